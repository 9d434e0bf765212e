-- A privilege to insert or update all columns.
--
-- What: client roles have insert and update only with a list of columns.
-- Why: with a grant on the table, clients can write every column that is added later.
-- Resolve: grant insert (…) and grant update (…).
select
  'whole_table_write' as name,
  'error' as level,
  format(
    '%s holds %s on all columns of %s.',
    x.grantee::regrole,
    lower(x.privilege_type),
    c.oid::regclass
  ) as detail,
  format(
    'whole_table_write_%s_%s_%s', c.oid::regclass, x.grantee::regrole, lower(x.privilege_type)
  ) as cache_key
from pg_catalog.pg_class as c
cross join aclexplode(c.relacl) as x
where
  c.relkind in ('r', 'p', 'v', 'f')
  and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and x.grantee in ('anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole)
  and x.privilege_type in ('INSERT', 'UPDATE')
order by cache_key;
