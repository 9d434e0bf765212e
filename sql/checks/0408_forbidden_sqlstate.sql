-- An SQLSTATE that PostgREST misinterprets.
--
-- What: no function names P0001, raise_exception, 40001 or serialization_failure.
-- Why: P0001 becomes status 400 with a message only. 40001 asks for a retry, and PostgREST 14
-- retries without end.
-- Resolve: perform private.refuse('code').
select
  'forbidden_sqlstate' as name,
  'error' as level,
  format('Function %s names %s.', p.oid::regprocedure, r.part[1]) as detail,
  format('forbidden_sqlstate_%s_%s', p.oid::regprocedure, r.part[1]) as cache_key
from pg_catalog.pg_proc as p
cross join
  lateral regexp_matches(
    p.prosrc, '\m(P0001|40001|raise_exception|serialization_failure)\M', 'gi'
  ) as r (part)
where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
group by p.oid, r.part[1]
order by cache_key;
