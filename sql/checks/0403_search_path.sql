-- A function without an empty search path.
--
-- What: every function of public and private has set search_path = ''.
-- Why: the meaning of a body must not depend on the caller.
-- Resolve: set search_path = ''. A function that must inline (a computed relationship, a filterable
-- read) is begin atomic instead, which binds its names at creation, and has an entry in
-- exceptions.toml with the reason.
select
  'search_path' as name,
  'error' as level,
  format('Function %s has no empty search_path.', p.oid::regprocedure) as detail,
  format('search_path_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
where
  p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and not coalesce('search_path=""' = any(p.proconfig), false)
order by cache_key;
