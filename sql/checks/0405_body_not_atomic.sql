-- A function of public that is not a begin atomic body.
--
-- What: every function of public is language sql with a begin atomic body.
-- Why: Postgres binds its names at creation, so it reaches private although the caller has no USAGE
-- there, and the catalogue records its dependencies.
-- Resolve: put the body into private and call it from begin atomic … end.
select
  'body_not_atomic' as name,
  'error' as level,
  format('Function %s is not a begin atomic body.', p.oid::regprocedure) as detail,
  format('body_not_atomic_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
where
  p.pronamespace = 'public'::regnamespace
  and p.prosqlbody is null
order by cache_key;
