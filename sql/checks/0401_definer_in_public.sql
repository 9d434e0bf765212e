-- A function of public that runs with the rights of its owner.
--
-- What: nothing in public is security definer.
-- Why: clients can call everything in public; elevated code belongs in private, where it checks the
-- caller first.
-- Resolve: move the body to private and leave a begin atomic wrapper.
select
  'definer_in_public' as name,
  'error' as level,
  format('Function %s is security definer.', p.oid::regprocedure) as detail,
  format('definer_in_public_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
where
  p.pronamespace = 'public'::regnamespace
  and p.prosecdef
order by cache_key;
