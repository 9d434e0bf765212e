-- A table without row level security.
--
-- What: every table of public and private, partitions too, has row level security enabled.
-- Why: without it a grant is the only guard; a partition is guarded apart from its parent.
-- Resolve: alter table … enable row level security, in the migration that makes the table.
select
  'rls_disabled' as name,
  'error' as level,
  format('Table %s has no row level security.', c.oid::regclass) as detail,
  format('rls_disabled_%s', c.oid::regclass) as cache_key
from pg_catalog.pg_class as c
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and c.relkind in ('r', 'p')
  and not c.relrowsecurity
order by cache_key;
