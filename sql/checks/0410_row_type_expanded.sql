-- A function of public that expands the row of a table.
--
-- What: a begin atomic function that returns a table's row type returns it whole: select
-- private.enroll(…), not select * from private.enroll(…).
-- Why: Postgres expands the star to the current columns at creation. After a migration adds a
-- column to the table, every call fails with 42P13.
-- Resolve: select the function, without from.
select
  'row_type_expanded' as name,
  'error' as level,
  format('Function %s returns the columns of %s one by one.', p.oid::regprocedure, c.oid::regclass)
    as detail,
  format('row_type_expanded_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_type as t on p.prorettype = t.oid
inner join pg_catalog.pg_class as c on t.typrelid = c.oid and c.relkind in ('r', 'p', 'v')
where
  p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and pg_get_function_sqlbody(p.oid) ~ '\mFROM (public|private)\.\w+\('
order by cache_key;
