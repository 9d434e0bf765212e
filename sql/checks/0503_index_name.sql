-- An index whose name does not say what it serves.
--
-- What: <table>_<columns>[_<qualifier>]_idx, beginning with the leading column.
-- Why: a query plan shows only the name.
-- Resolve: name it in create index.
select
  'index_name' as name,
  'warn' as level,
  format('Index %s of %s should be called %s….', f.index_name, f.table_id::regclass, f.expected)
    as detail,
  format('index_name_%s_%s', f.table_id::regclass, f.index_name) as cache_key
from (
  select
    x.relname as index_name,
    c.oid as table_id,
    concat_ws('_', c.relname, a.attname) as expected
  from pg_catalog.pg_index as i
  inner join pg_catalog.pg_class as x on i.indexrelid = x.oid
  inner join pg_catalog.pg_class as c on i.indrelid = c.oid
  -- An expression has no column.
  left join
    pg_catalog.pg_attribute as a
    on c.oid = a.attrelid and a.attnum = i.indkey[0] and a.attnum > 0
  where
    c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
    and not c.relispartition
    and not exists (
      select from pg_catalog.pg_constraint as k
      where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
    )
) as f
where f.index_name !~ format('^%s_(.+_)?idx$', f.expected)
order by cache_key;
