-- An error that is not part of the contract.
--
-- What: an error is raise sqlstate 'PTnnn' (nnn an HTTP status from 400) or '42501', using message
-- = 'snake_case_code', detail, hint, in this order.
-- Why: clients compare the state and the code; PostgREST turns PTnnn into the status. Prose in the
-- message would become the contract.
-- How: comments are cut out, then each raise up to its semicolon is compared. A bare raise; passes
-- on what was caught; notices and below are no errors.
-- Resolve: write it in that form.
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
      regexp_replace(p.prosrc, '--[^\n]*', '', 'g'), '(\mraise\M(?:[^;'']|''[^'']*'')*;)', 'gi'
    ) with ordinality as r (part, number)
  where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
) as f
where
  f.raised !~* '^raise\s*(;|(debug|log|info|notice|warning)\M)'
  and f.raised !~ (
    '^raise\s+sqlstate\s+''(42501|PT[45]\d\d)''\s+using\s+'
    'message\s*=\s*''[a-z][a-z0-9]*(_[a-z0-9]+)*'','
    '\s*detail\s*=.*,\s*hint\s*=.*;$'
  )
order by cache_key;
