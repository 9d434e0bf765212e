-- A trigger or trigger function whose name hides its order or its task.
--
-- What: a trigger is t<NN>_<task>, its function private.tg_<task>; where one function serves
-- several events of a table, the trigger ends in _insert, _update or _delete. Only trigger
-- functions begin with tg_.
-- Why: triggers of one event fire in the order of their names.
-- Resolve: alter trigger … rename to …, or alter function … rename to ….
select
  'trigger_name' as name,
  'warn' as level,
  f.detail,
  format('trigger_name_%s', f.subject) as cache_key
from (
  select
    format('%s_%s', t.tgrelid::regclass, t.tgname) as subject,
    format('Trigger %s of %s runs %s.', t.tgname, t.tgrelid::regclass, p.oid::regproc) as detail
  from pg_catalog.pg_trigger as t
  inner join pg_catalog.pg_class as c on t.tgrelid = c.oid
  inner join pg_catalog.pg_proc as p on t.tgfoid = p.oid
  where
    not t.tgisinternal
    and t.tgparentid = 0
    and (
      c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
      or p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    )
    and not (
      p.pronamespace = 'private'::regnamespace
      and t.tgname
      ~ format('^t\d\d_%s(_insert|_update|_delete)?$', substring(p.proname from '^tg_(.+)$'))
    )
  union all
  select
    p.oid::regprocedure::text as subject,
    format('Function %s returns %s.', p.oid::regprocedure, p.prorettype::regtype) as detail
  from pg_catalog.pg_proc as p
  where
    p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    and (p.prorettype = 'trigger'::regtype)
    <> (p.pronamespace = 'private'::regnamespace and p.proname ~ '^tg_.')
) as f
order by cache_key;
