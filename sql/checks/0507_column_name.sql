-- A relation or column whose name breaks the convention.
--
-- What: names are snake_case; a timestamptz ends in _at; a column with its own foreign key is id or
-- ends in _id, or in _by for a person.
-- Why: the names are the contract of the Data API.
-- Resolve: alter table … rename.
select
  'column_name' as name,
  'warn' as level,
  f.detail,
  format('column_name_%s', f.subject) as cache_key
from (
  select
    c.relnamespace as schema_id,
    c.oid::regclass::text as subject,
    format('%s is not snake_case.', c.oid::regclass) as detail
  from pg_catalog.pg_class as c
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'c') and c.relname !~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'
  union all
  select
    c.relnamespace as schema_id,
    format('%s_%s', c.oid::regclass, a.attname) as subject,
    format(
      'Column %s of %s is %s.', a.attname, c.oid::regclass, format_type(a.atttypid, a.atttypmod)
    ) as detail
  from pg_catalog.pg_attribute as a
  inner join pg_catalog.pg_class as c on a.attrelid = c.oid
  where
    c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
    and a.attnum > 0
    and not a.attisdropped
    and (
      a.attname !~ '^[a-z][a-z0-9]*(_[a-z0-9]+)*$'
      or (a.atttypid = 'timestamptz'::regtype) <> (a.attname ~ '_at$')
      or (
        a.attname !~ '(^id|_id|_by)$'
        and exists (
          select from pg_catalog.pg_constraint as k
          where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum]
        )
      )
    )
) as f
where f.schema_id in ('public'::regnamespace, 'private'::regnamespace)
order by cache_key;
