-- A policy for all commands at once.
--
-- What: a policy is for select, insert, update or delete.
-- Why: reading and writing have different rules; one rule for both is wrong for one of them.
-- Resolve: write one policy for each command.
select
  'policy_for_all' as name,
  'error' as level,
  format('Policy %s of %s is for all commands.', p.polname, p.polrelid::regclass) as detail,
  format('policy_for_all_%s_%s', p.polrelid::regclass, p.polname) as cache_key
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and p.polcmd = '*'
order by cache_key;
