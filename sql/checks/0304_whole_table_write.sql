-- A right to insert or update whole rows.
--
-- What: insert and update are granted to client roles with a list of columns.
-- Why: with a grant of the table, a column that is added later can be written the same day, meant
-- or not.
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
