-- A partitioned table without a default partition.
--
-- What: a table that is partitioned by range or list has a default partition.
-- Why: a row that fits no partition fails, and its transaction with it: learners could not work on
-- a day for which the maintenance job has not created a partition.
-- Resolve: create table … partition of … default, with row level security and revoke all.
select
  'no_default_partition' as name,
  'error' as level,
  format('Table %s has no default partition.', c.oid::regclass) as detail,
  format('no_default_partition_%s', c.oid::regclass) as cache_key
from pg_catalog.pg_class as c
inner join pg_catalog.pg_partitioned_table as p on c.oid = p.partrelid
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and p.partstrat in ('r', 'l')
  and p.partdefid = 0
order by cache_key;
