-- A parameter whose name breaks its convention.
--
-- What: parameters of a private function begin with p_, those of a public one do not; all have
-- names.
-- Why: a parameter of a body that is called like a column makes x = x, which is always true. The
-- names of public parameters are the JSON keys of the call.
-- Resolve: rename it; drop and create, since replace cannot.
select
  'parameter_name' as name,
  'error' as level,
  format('Parameter %s of %s is called %L.', f.number, f.oid::regprocedure, f.name) as detail,
  format('parameter_name_%s_%s', f.oid::regprocedure, f.number) as cache_key
from (
  select
    p.oid,
    p.pronamespace,
    p.pronargs,
    t.number,
    coalesce(p.proargnames[t.number], '') as name
  from pg_catalog.pg_proc as p
  cross join
    lateral unnest(
      coalesce(p.proallargtypes, p.proargtypes::oid[])
    ) with ordinality as t (type_id, number)
  where coalesce(p.proargmodes[t.number], 'i') in ('i', 'b', 'v')
) as f
where
  f.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and f.name !~ case f.pronamespace
    when 'private'::regnamespace then '^p_[a-z][a-z0-9_]*$' else '^(?!p_)[a-z][a-z0-9_]*$'
  end
  -- A computed field keeps its parameter unnamed, which keeps it off /rpc.
  and not (f.pronamespace = 'public'::regnamespace and f.pronargs = 1 and f.name = '')
order by cache_key;
