-- A function that a policy calls for each row.
--
-- What: in a policy, current_setting and every function that is not built in is inside a subselect:
-- (select auth.uid()), any(array(select private.staffed_course_ids())).
-- Why: the planner runs such a subselect once a statement, but a bare call once a row.
-- How: the check parses the stored expression tree; a call is wrapped when a SUBLINK node encloses
-- it.
-- Resolve: put the call into a subselect.
with expression as (
  select
    p.polrelid,
    p.polname,
    e.clause,
    e.tree::text as tree
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  cross join lateral (values ('using', p.polqual), ('check', p.polwithcheck)) as e (clause, tree)
  where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
),

-- Braces open and close nodes; a brace inside a name has a backslash before it.
token as (
  select
    e.polrelid,
    e.polname,
    e.clause,
    t.number,
    t.part[1] as word,
    sum(case left(t.part[1], 1) when '{' then 1 when '}' then -1 else 0 end)
      over (partition by e.polrelid, e.polname, e.clause order by t.number) as nesting
  from expression as e
  cross join lateral regexp_matches(
    e.tree, '(\\.|\{SUBLINK|\{FUNCEXPR :funcid \d+|\{|\})', 'g'
  ) with ordinality as t (part, number)
),

call as (
  select
    t.*,
    f.oid as function_id
  from token as t
  inner join pg_catalog.pg_proc as f on f.oid = substring(t.word from 'funcid (\d+)')::oid
  where f.pronamespace <> 'pg_catalog'::regnamespace or f.proname = 'current_setting'
)

select distinct
  'policy_function_unwrapped' as name,
  'warn' as level,
  format(
    'Policy %s of %s calls %s for each row.',
    k.polname,
    k.polrelid::regclass,
    k.function_id::regprocedure
  ) as detail,
  format(
    'policy_function_unwrapped_%s_%s_%s', k.polrelid::regclass, k.polname, k.function_id::regproc
  ) as cache_key
from call as k
where
  not exists (
    select
    from token as s
    where
      (s.polrelid, s.polname, s.clause) = (k.polrelid, k.polname, k.clause)
      and s.word = '{SUBLINK'
      and s.number < k.number
      -- The node is still open at the call: no token in between has a lower nesting level.
      and s.nesting <= (
        select min(b.nesting)
        from token as b
        where
          (b.polrelid, b.polname, b.clause) = (k.polrelid, k.polname, k.clause)
          and b.number between s.number and k.number
      )
  )
order by cache_key;
