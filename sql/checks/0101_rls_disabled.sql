-- A table without row level security.
--
-- What: every table of public and private, partitions included, has row level security enabled.
-- Why: without it, grants are the only guard. A partition needs its own: it does not inherit the
-- parent's row level security.
-- Resolve: alter table … enable row level security, in the migration that creates the table.
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
