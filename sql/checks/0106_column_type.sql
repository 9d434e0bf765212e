-- A column of a type that the conventions forbid.
--
-- What: no timestamp or time, varchar(n), char(n), json, money, real, serial or reg… column.
-- Why: a timestamp without a zone is a different moment in each session; a length belongs in a
-- named check; json has no equality and no index; a float does not store the exact score; the
-- sequence of a serial needs its own grants; a regconfig or regprocedure is an oid that changes
-- between versions, so pg_upgrade refuses the database.
-- Resolve: timestamptz; text with a check; jsonb; numeric; generated always as identity, or a uuid;
-- the name of the object as text.
select
  'column_type' as name,
  'error' as level,
  format(
    'Column %s of %s is %s%s.',
    a.attname,
    a.attrelid::regclass,
    format_type(a.atttypid, a.atttypmod),
    case when d.oid is not null then ' with default ' || pg_get_expr(d.adbin, d.adrelid) end
  ) as detail,
  format('column_type_%s_%s', a.attrelid::regclass, a.attname) as cache_key
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on a.attrelid = c.oid
inner join pg_catalog.pg_type as t on a.atttypid = t.oid
left join pg_catalog.pg_type as e on t.typelem = e.oid and t.typcategory = 'A'
left join pg_catalog.pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and c.relkind in ('r', 'p', 'v', 'm', 'c')
  and a.attnum > 0
  and not a.attisdropped
  and (
    coalesce(e.typname, t.typname) in (
      'timestamp',
      'time',
      'timetz',
      'varchar',
      'bpchar',
      'char',
      'json',
      'money',
      'float4',
      'float8',
      'regcollation',
      'regconfig',
      'regdictionary',
      'regnamespace',
      'regoper',
      'regoperator',
      'regproc',
      'regprocedure'
    )
    or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%'
  )
order by cache_key;
