-- An elevated function that clients can call and that does not check the caller.
--
-- What: a security definer function that a client role may execute reads auth.uid() or
-- private.account_id(), calls a private.require_…, is_… or may_… function, or starts from the
-- caller's enrolled courses.
-- Why: it bypasses every policy, so nothing else checks the caller.
-- How: the check searches the text, so it does not find a check that comes too late.
-- Resolve: check the caller in the first statement. A function that gives everybody the same answer
-- has an entry in exceptions.toml with the reason.
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
    '\m(auth\.(uid|jwt|role)|private\.(require_(?!page)|is_|may_)[a-z_]+'
    '|private\.(account_id|enrolled_course_(gates|ids)))\s*\('
  )
order by cache_key;
