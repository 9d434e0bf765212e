-- A granted function that calls one that is not granted.
--
-- What: a role that may execute a function of public may execute the functions of private that its
-- body calls; a role of a policy, view or default may execute the functions in it.
-- Why: Postgres checks the rights of the caller at every level; the call fails with 42501 at run
-- time.
-- Resolve: grant execute on the inner function to the same roles, or revoke the outer grant.
select
  'execute_missing' as name,
  'error' as level,
  format('%s needs execute on %s for %s.', f.role, f.function_id::regprocedure, f.subject)
    as detail,
  format('execute_missing_%s_%s_%s', f.subject, f.function_id::regprocedure, f.role) as cache_key
from (
  select
    w.oid::regprocedure::text as subject,
    d.refobjid as function_id,
    r.oid::regrole::text as role
  from pg_catalog.pg_proc as w
  inner join pg_catalog.pg_depend as d
    on d.classid = 'pg_proc'::regclass and w.oid = d.objid and d.refclassid = 'pg_proc'::regclass
  inner join pg_catalog.pg_roles as r on r.rolname in ('anon', 'authenticated', 'service_role')
  where
    w.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    and not w.prosecdef
    and has_function_privilege(r.oid, w.oid, 'execute')
    and not has_function_privilege(r.oid, d.refobjid, 'execute')
  union
  select
    format('policy %s of %s', p.polname, p.polrelid::regclass) as subject,
    d.refobjid as function_id,
    r.oid::regrole::text as role
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_depend as d
    on d.classid = 'pg_policy'::regclass and p.oid = d.objid and d.refclassid = 'pg_proc'::regclass
  cross join unnest(p.polroles) as r (oid)
  where
    r.oid <> 0
    and not has_function_privilege(r.oid, d.refobjid, 'execute')
) as f
order by cache_key;
