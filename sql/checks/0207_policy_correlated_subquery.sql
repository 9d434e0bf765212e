-- A policy with a correlated subquery.
--
-- What: no subselect of a policy refers to a column of the policy's table.
-- Why: unless the planner can hash it, it runs once a row. It is also subject to the policies of
-- the tables that it reads, so two policies can recurse into each other (42P17).
-- How: in the stored tree, a column of an outer query has varlevelsup above 0.
-- Resolve: a helper that returns the caller's keys, and column = any(array(select …)).
select
  'policy_correlated_subquery' as name,
  'warn' as level,
  format('A subquery in policy %s of %s reads the row.', p.polname, p.polrelid::regclass) as detail,
  format('policy_correlated_subquery_%s_%s', p.polrelid::regclass, p.polname) as cache_key
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and concat(p.polqual::text, p.polwithcheck::text) ~ '\{VAR [^{}]*:varlevelsup [1-9]'
order by cache_key;
