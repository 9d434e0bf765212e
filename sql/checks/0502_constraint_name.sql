-- A constraint whose name does not say what it is.
--
-- What: <table>_pkey, <table>_<columns>_key, <table>_<columns>_fkey; <table>_…_check and
-- <table>_…_excl.
-- Why: a violation reports the name, and a later migration drops the constraint by it.
-- Resolve: write the name out: constraint … unique (…).
select
  'constraint_name' as name,
  'warn' as level,
  format('Constraint %s of %s should be called %s.', f.conname, f.conrelid::regclass, f.expected)
    as detail,
  format('constraint_name_%s_%s', f.conrelid::regclass, f.conname) as cache_key
from (
  select
    k.conname,
    k.conrelid,
    c.relname,
    concat_ws(
      '_', c.relname,
      case
        when k.contype in ('u', 'f') then n.column_list
        when k.contype in ('c', 'x') then '%'
      end,
      case k.contype
        when 'p' then 'pkey'
        when 'u' then 'key'
        when 'f' then 'fkey'
        when 'c' then 'check'
        else 'excl'
      end
    ) as expected
  from pg_catalog.pg_constraint as k
  inner join pg_catalog.pg_class as c on k.conrelid = c.oid
  left join lateral (
    select string_agg(a.attname, '_' order by u.number) as column_list
    from unnest(k.conkey) with ordinality as u (attnum, number)
    inner join pg_catalog.pg_attribute as a on k.conrelid = a.attrelid and u.attnum = a.attnum
  ) as n on true
  where
    c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
    and k.contype in ('p', 'u', 'f', 'c', 'x')
    and k.conparentid = 0
    and not c.relispartition
) as f
-- Postgres truncates names to 63 bytes.
where f.conname not like replace(left(f.expected, 63), '_', '\_')
order by cache_key;
