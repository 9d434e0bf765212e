-- A parameter whose name breaks the convention.
--
-- What: parameters of a private function begin with p_, those of a public one do not; all have
-- names.
-- Why: a parameter that is named like a column makes x = x, which is always true. The names of
-- public parameters are the JSON keys of the call.
-- Resolve: drop the function and create it with the new name; replace cannot rename a parameter.
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
  -- A computed field has an unnamed parameter, so PostgREST does not expose it as an RPC.
  and not (f.pronamespace = 'public'::regnamespace and f.pronargs = 1 and f.name = '')
order by cache_key;
