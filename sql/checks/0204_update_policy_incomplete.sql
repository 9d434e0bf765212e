-- An update policy without using or with check.
--
-- What: every update policy has using and with check.
-- Why: using limits which rows may be changed, with check limits their new values. Without with
-- check, Postgres applies using to the new row, which does not restrict the columns that it does
-- not read.
-- Resolve: write both, with the same expression if necessary.
select
  'update_policy_incomplete' as name,
  'error' as level,
  format('Policy %s of %s lacks using or with check.', p.polname, p.polrelid::regclass) as detail,
  format('update_policy_incomplete_%s_%s', p.polrelid::regclass, p.polname) as cache_key
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and p.polcmd in ('w', '*')
  and (p.polqual is null or p.polwithcheck is null)
order by cache_key;
