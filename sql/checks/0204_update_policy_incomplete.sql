-- An update policy that lacks one of its two halves.
--
-- What: every update policy has using and with check.
-- Why: using decides which rows may be changed, with check what they may become. Where the second
-- is left out, the first is taken for it, which says nothing of the columns that it does not read.
-- Resolve: write both, the same expression twice if need be.
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
