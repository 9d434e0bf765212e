-- A policy whose name does not say its command and its actor.
--
-- What: <table>_<command>_<who>.
-- Why: a violation, a test and a review show only the name.
-- Resolve: alter policy … rename to ….
select
  'policy_name' as name,
  'warn' as level,
  format('Policy %s of %s should be called %s_….', f.polname, f.polrelid::regclass, f.expected)
    as detail,
  format('policy_name_%s_%s', f.polrelid::regclass, f.polname) as cache_key
from (
  select
    p.polname,
    p.polrelid,
    concat_ws(
      '_', c.relname,
      case p.polcmd
        when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when
          'd'
          then 'delete'
        else 'all'
      end
    ) as expected
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
) as f
where f.polname !~ format('^%s_[a-z][a-z0-9_]*$', f.expected)
order by cache_key;
