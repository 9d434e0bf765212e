-- An overloaded function.
--
-- What: one function a name, in public and in private.
-- Why: PostgREST chooses by argument names and answers 300 when two match.
-- Resolve: use another name, or parameters with a default.
select
  'overloaded_function' as name,
  'error' as level,
  format('%s functions are called %s.%s.', count(*), p.pronamespace::regnamespace, p.proname)
    as detail,
  format('overloaded_function_%s.%s', p.pronamespace::regnamespace, p.proname) as cache_key
from pg_catalog.pg_proc as p
where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
group by p.pronamespace, p.proname
having count(*) > 1
order by cache_key;
