-- A volatility that contradicts the functions that are called.
--
-- What: no function of public and private is more stable than a function of ours that it calls, and
-- a function of public has exactly the volatility of what it calls in private.
-- Why: PostgREST runs stable functions read-only and allows GET for them: a function that writes
-- fails there, and a function that only reads should not need POST.
-- How: calls are read from pg_depend for begin atomic bodies, from the text for the others.
-- Resolve: give both the same volatility.
with proc as (
  select
    p.*,
    array_position('{i,s,v}', p.provolatile::text) as rank,
    regexp_replace(p.prosrc, '--[^\n]*', '', 'g') as source
  from pg_catalog.pg_proc as p
  where
    p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
    and p.prorettype <> 'trigger'::regtype
),

call as (
  select
    w.oid as caller_id,
    d.refobjid as callee_id
  from proc as w
  inner join pg_catalog.pg_depend as d
    on d.classid = 'pg_proc'::regclass and w.oid = d.objid and d.refclassid = 'pg_proc'::regclass
  union
  select
    w.oid as caller_id,
    g.oid as callee_id
  from proc as w
  cross join lateral regexp_matches(w.source, '\m(public|private)\.(\w+)\s*\(', 'g') as m (part)
  inner join proc as g
    on
      m.part[1] = g.pronamespace::regnamespace::text and m.part[2] = g.proname
      and w.oid <> g.oid
  where w.prosqlbody is null
)

select
  'volatility' as name,
  'error' as level,
  format(
    '%s is marked %s and calls %s.', w.oid::regprocedure,
    case w.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    string_agg(g.oid::regproc::text, ', ' order by g.oid::regproc::text)
  ) as detail,
  format('volatility_%s', w.oid::regprocedure) as cache_key
from proc as w
inner join call as k on w.oid = k.caller_id
inner join proc as g on k.callee_id = g.oid
group by w.oid, w.provolatile, w.rank, w.pronamespace
having
  w.rank < max(g.rank)
  or (w.pronamespace = 'public'::regnamespace and w.rank > max(g.rank))
order by cache_key;
