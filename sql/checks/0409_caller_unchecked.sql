-- An elevated function that clients reach and that does not look at the caller.
--
-- What: a security definer function that a client role may execute asks auth.uid(), or a
-- private.require_…, is_… or may_… function, who is calling, or begins with the courses that he is
-- enrolled in.
-- Why: it reads and writes past every policy; what it does not ask, nobody asks.
-- How: the text is searched, so that a question that is asked too late is not seen.
-- Resolve: check the caller in its first statement. One that answers everybody the same stands in
-- exceptions.toml with the reason.
select
  'caller_unchecked' as name,
  'warn' as level,
  format('Function %s does not look at the caller.', p.oid::regprocedure) as detail,
  format('caller_unchecked_%s', p.oid::regprocedure) as cache_key
from pg_catalog.pg_proc as p
where
  p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  and p.prosecdef
  and exists (
    select from pg_catalog.pg_roles as r
    where
      r.rolname in ('anon', 'authenticated', 'service_role')
      and has_function_privilege(r.oid, p.oid, 'execute')
  )
  and regexp_replace(p.prosrc, '--[^\n]*', '', 'g')
  !~ (
    '\m(auth\.(uid|jwt|role)|private\.(require|is|may)_[a-z_]+'
    '|private\.enrolled_course_gates)\s*\('
  )
order by cache_key;
