-- A rule that is declared but not enforced.
--
-- What: no constraint is unvalidated, no index invalid, no trigger disabled.
-- Why: the rows may break a rule that the schema declares; an index stays invalid after a failed
-- concurrent build.
-- Resolve: validate the constraint, reindex or drop the index, enable the trigger.
select
  'not_in_force' as name,
  'error' as level,
  format('%s %s of %s is not in force.', initcap(f.kind), f.subject, f.relation) as detail,
  format('not_in_force_%s_%s', f.relation, f.subject) as cache_key
from (
  select
    'constraint' as kind,
    k.conname as subject,
    k.conrelid::regclass as relation,
    k.connamespace as schema_id
  from pg_catalog.pg_constraint as k
  where not k.convalidated
  union all
  select
    'index' as kind,
    x.relname as subject,
    i.indrelid::regclass as relation,
    x.relnamespace as schema_id
  from pg_catalog.pg_index as i
  inner join pg_catalog.pg_class as x on i.indexrelid = x.oid
  where not (i.indisvalid and i.indisready)
  union all
  select
    'trigger' as kind,
    t.tgname as subject,
    t.tgrelid::regclass as relation,
    c.relnamespace as schema_id
  from pg_catalog.pg_trigger as t
  inner join pg_catalog.pg_class as c on t.tgrelid = c.oid
  where t.tgenabled <> 'O'
) as f
where f.schema_id in ('public'::regnamespace, 'private'::regnamespace)
order by cache_key;
