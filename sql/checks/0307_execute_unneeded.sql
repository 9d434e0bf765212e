-- An unused right to call a private function.
--
-- What: a client role has execute on a function of private only when a policy, a view, a default or
-- check, or a function of public that the role may call depends on it.
-- Why: if the schema is ever exposed, each such grant bypasses the wrappers of public.
-- Resolve: revoke execute on the function from the role.
select
  'execute_unneeded' as name,
  'warn' as level,
  format('%s may execute %s, which it does not need.', r.rolname, g.oid::regprocedure) as detail,
  format('execute_unneeded_%s_%s', g.oid::regprocedure, r.rolname) as cache_key
from pg_catalog.pg_proc as g
inner join pg_catalog.pg_roles as r on r.rolname in ('anon', 'authenticated', 'service_role')
where
  g.pronamespace = 'private'::regnamespace
  and has_function_privilege(r.oid, g.oid, 'execute')
  and not exists (
    select
    from pg_catalog.pg_depend as d
    left join pg_catalog.pg_proc as w on d.classid = 'pg_proc'::regclass and d.objid = w.oid
    left join pg_catalog.pg_policy as p on d.classid = 'pg_policy'::regclass and d.objid = p.oid
    where
      d.refclassid = 'pg_proc'::regclass
      and d.refobjid = g.oid
      and (
        d.classid in ('pg_rewrite'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass)
        or has_function_privilege(r.oid, w.oid, 'execute')
        or r.oid = any(p.polroles)
      )
  )
order by cache_key;
