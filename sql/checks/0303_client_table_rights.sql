-- A privilege that the Data API does not need.
--
-- What: no client role, service_role included, has truncate, references, trigger or maintain.
-- Why: a project grants them by default. Truncate bypasses row level security and every delete
-- trigger.
-- Resolve: revoke all on … from anon, authenticated, service_role, before the grants.
select
  'client_table_rights' as name,
  'error' as level,
  format('%s holds %s on %s.', x.grantee::regrole, lower(x.privilege_type), c.oid::regclass)
    as detail,
  format(
    'client_table_rights_%s_%s_%s', c.oid::regclass, x.grantee::regrole, lower(x.privilege_type)
  ) as cache_key
from pg_catalog.pg_class as c
cross join
  lateral (
    select
      k.grantee,
      k.privilege_type
    from aclexplode(c.relacl) as k
    union
    select
      k.grantee,
      k.privilege_type
    from pg_catalog.pg_attribute as a
    cross join aclexplode(a.attacl) as k
    where a.attrelid = c.oid and not a.attisdropped
  ) as x
where
  c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and x.grantee in ('anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole)
  and x.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
order by cache_key;
