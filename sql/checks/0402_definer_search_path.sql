-- A security definer function that uses the caller's search path.
--
-- What: every security definer function of public and private has set search_path = ''. No
-- exception is possible.
-- Why: the caller sets the path, and thereby chooses which function or table an unqualified name
-- means.
-- Resolve: set search_path = '', and qualify every name.
select
  'definer_search_path' as name,
  'error' as level,
  format('Definer function %s has no empty search_path.', p.oid::regprocedure) as detail,
  format('definer_search_path_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
where
  p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and p.prosecdef
  and not coalesce('search_path=""' = any(p.proconfig), false)
order by cache_key;
