-- A relation that clients can read and that cannot have row level security.
--
-- What: no client role may read a materialised view or a foreign table of public or private.
-- Why: neither has policies, so a role that may read it reads every row.
-- Resolve: put it in private without grants, and read it in a function that checks the caller.
select
  'unguarded_relation' as name,
  'error' as level,
  format('%s is readable by %s and cannot have policies.', c.oid::regclass, r.rolname) as detail,
  format('unguarded_relation_%s_%s', c.oid::regclass, r.rolname) as cache_key
from pg_catalog.pg_class as c
cross join pg_catalog.pg_roles as r
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and c.relkind in ('m', 'f')
  and r.rolname in ('anon', 'authenticated', 'service_role')
  and has_any_column_privilege(r.oid, c.oid, 'select')
order by cache_key;
