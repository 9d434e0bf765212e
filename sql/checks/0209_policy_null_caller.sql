-- A policy that admits a caller without an identity.
--
-- What: no policy tests whether auth.uid() or another claim is null, or replaces a null one.
-- Why: auth.uid() is null or … is true for every caller who is signed out.
-- Resolve: remove the disjunct; service_role and postgres bypass policies anyway.
select
  'policy_null_caller' as name,
  'error' as level,
  format('Policy %s of %s lets in a caller without an identity.', f.polname, f.polrelid::regclass)
    as detail,
  format('policy_null_caller_%s_%s', f.polrelid::regclass, f.polname) as cache_key
from (
  select
    p.polname,
    p.polrelid,
    concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
      as source
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
) as f
where
  f.source ~ 'auth\.\w+\(\)[^(]* IS (NULL|DISTINCT)'
  or f.source ~ '(COALESCE\(|IS DISTINCT FROM )(\( SELECT )?auth\.'
order by cache_key;
