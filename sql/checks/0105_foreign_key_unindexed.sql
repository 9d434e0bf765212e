-- A foreign key without an index that serves it.
--
-- What: the columns of each foreign key, in its order, lead a complete and valid btree index.
-- Why: otherwise each delete or change of a key in the parent, and each join along the key, scans
-- the child.
-- Resolve: create index <table>_<columns>_idx on … (<columns of the key>).
select
  'foreign_key_unindexed' as name,
  'warn' as level,
  format('Foreign key %s of %s has no index.', k.conname, k.conrelid::regclass) as detail,
  format('foreign_key_unindexed_%s_%s', k.conrelid::regclass, k.conname) as cache_key
from pg_catalog.pg_constraint as k
where
  k.connamespace in ('public'::regnamespace, 'private'::regnamespace)
  and k.contype = 'f'
  and not exists (
    select
    from pg_catalog.pg_index as i
    inner join pg_catalog.pg_class as x on i.indexrelid = x.oid
    inner join pg_catalog.pg_am as a on x.relam = a.oid
    where
      i.indrelid = k.conrelid
      and i.indpred is null
      and i.indisvalid
      and a.amname = 'btree'
      and (i.indkey::smallint[])[0:cardinality(k.conkey) - 1] = k.conkey
  )
order by cache_key;
