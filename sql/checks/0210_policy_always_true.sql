-- A policy that admits every row.
--
-- What: no policy is true or 1 = 1.
-- Why: it silently disables row level security for its command and role.
-- Resolve: write the rule. A table that everybody may read has a column that says so.
select
  'policy_always_true' as name,
  'error' as level,
  format('Policy %s of %s lets every row through.', f.polname, f.polrelid::regclass) as detail,
  format('policy_always_true_%s_%s', f.polrelid::regclass, f.polname) as cache_key
from (
  select
    p.polname,
    p.polrelid,
    e.clause
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  cross join
    unnest(
      array[pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)]
    ) as e (clause)
  where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
) as f
where f.clause ~ '^\(*( SELECT )?(true|(\d+) = \3)( AS \S+)?\)*$'
group by f.polname, f.polrelid
order by cache_key;
