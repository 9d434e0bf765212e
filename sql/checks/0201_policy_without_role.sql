-- A policy that names no role.
--
-- What: every policy names its roles, and never public.
-- Why: without a role the expression also applies to anon, and a change meant for members opens the
-- table to everybody.
-- Resolve: create policy … to anon, or to authenticated.
select
  'policy_without_role' as name,
  'error' as level,
  format('Policy %s of %s applies to every role.', p.polname, p.polrelid::regclass) as detail,
  format('policy_without_role_%s_%s', p.polrelid::regclass, p.polname) as cache_key
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and 0 = any(p.polroles)
order by cache_key;
