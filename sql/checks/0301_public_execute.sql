-- A function that every role may call.
--
-- What: PUBLIC may execute no function of public and private.
-- Why: PUBLIC is every role, anon included; Postgres grants it EXECUTE by default.
-- Resolve: alter default privileges revoke execute on functions from public, in its global form,
-- before the function is created; then grant execute to the roles that need it.
select
  'public_execute' as name,
  'error' as level,
  format('Function %s is executable by PUBLIC.', p.oid::regprocedure) as detail,
  format('public_execute_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as x
where
  p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and x.grantee = 0
  and x.privilege_type = 'EXECUTE'
order by cache_key;
