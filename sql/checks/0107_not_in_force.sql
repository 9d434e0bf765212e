-- A rule that is written but not in force.
--
-- What: no constraint is unvalidated, no index invalid, no trigger disabled.
-- Why: the schema says one thing and the rows another; a failed concurrent build stays for ever.
-- Resolve: validate the constraint, reindex or drop the index, enable the trigger.
select
  'not_in_force' as name,
  'error' as level,
  format('%s %s of %s is not in force.', initcap(f.kind), f.object, f.relation) as detail,
  format('not_in_force_%s_%s', f.relation, f.object) as cache_key
from (
  select
    'constraint' as kind,
    k.conname as object,
    k.conrelid::regclass as relation,
    k.connamespace as schema_id
  from pg_catalog.pg_constraint as k
  where not k.convalidated
  union all
  select 'index', x.relname, i.indrelid::regclass, x.relnamespace
  from pg_catalog.pg_index as i
  inner join pg_catalog.pg_class as x on x.oid = i.indexrelid
  where not (i.indisvalid and i.indisready)
  union all
  select 'trigger', t.tgname, t.tgrelid::regclass, c.relnamespace
  from pg_catalog.pg_trigger as t
  inner join pg_catalog.pg_class as c on c.oid = t.tgrelid
  where t.tgenabled <> 'O'
) as f
where f.schema_id in ('public'::regnamespace, 'private'::regnamespace)
order by cache_key;
