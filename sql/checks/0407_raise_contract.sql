-- An error outside the contract.
--
-- What: only private.refuse raises; every other function calls it with a code of private.errors as
-- a literal.
-- Why: clients compare the code and show the sentence; another raise has neither.
-- How: the check removes comments, then compares each raise and each call of refuse. A bare raise;
-- re-raises a caught error and is allowed; notices and below are not errors.
-- Resolve: perform private.refuse('code'), with a row for the code in the migration of errors.
select
  'raise_contract' as name,
  'error' as level,
  format('Function %s: %s', f.oid::regprocedure, regexp_replace(f.raised, '\s+', ' ', 'g'))
    as detail,
  format('raise_contract_%s_%s', f.oid::regprocedure, f.number) as cache_key
from (
  select
    p.oid,
    r.part[1] as raised,
    r.number
  from pg_catalog.pg_proc as p
  cross join
    lateral regexp_matches(
      regexp_replace(p.prosrc, '--[^\n]*', '', 'g'),
      '(\mraise\M(?:[^;'']|''[^'']*'')*;|\mprivate\.refuse\s*\([^,)]*)', 'gi'
    ) with ordinality as r (part, number)
  where
    p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    and p.oid <> 'private.refuse(text,jsonb,integer)'::regprocedure
) as f
where
  f.raised !~* '^raise\s*(;|(debug|log|info|notice|warning)\M)'
  and not exists (
    select from private.errors as e
    where f.raised = format('private.refuse(%L', e.code)
  )
order by cache_key;
