-- A table without a primary key.
--
-- What: every table of public and private has one.
-- Why: PostgREST needs it to address a row, and replication needs it to identify one.
-- Resolve: name it in create table: constraint <table>_pkey primary key (…).
select
  'no_primary_key' as name,
  'error' as level,
  format('Table %s has no primary key.', c.oid::regclass) as detail,
  format('no_primary_key_%s', c.oid::regclass) as cache_key
from pg_catalog.pg_class as c
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and c.relkind in ('r', 'p')
  and not exists (
    select from pg_catalog.pg_constraint as k
    where k.conrelid = c.oid and k.contype = 'p'
  )
order by cache_key;
