-- A policy that calls a function with arguments.
--
-- What: the functions that a policy calls, built-in ones excepted, take no argument.
-- Why: a call that reads a column of the row cannot be hoisted, not even in a subselect: at 100,000
-- rows it costs 500 times as much as a set of keys that is computed once.
-- How: the check reads pg_depend, so the spelling of a call does not matter.
-- Resolve: a helper private.<relation>_<subject>_ids() that returns the caller's keys, and column =
-- any(array(select …)).
select
  'policy_function_with_arguments' as name,
  'error' as level,
  format(
    'Policy %s of %s calls %s with arguments.', p.polname, p.polrelid::regclass, f.oid::regprocedure
  ) as detail,
  format(
    'policy_function_with_arguments_%s_%s_%s', p.polrelid::regclass, p.polname, f.oid::regproc
  ) as cache_key
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
inner join pg_catalog.pg_depend as d on d.classid = 'pg_policy'::regclass and p.oid = d.objid
inner join pg_catalog.pg_proc as f on d.refclassid = 'pg_proc'::regclass and d.refobjid = f.oid
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and f.pronargs > 0
group by p.polname, p.polrelid, f.oid
order by cache_key;
