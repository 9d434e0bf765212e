-- A decision that depends on user metadata.
--
-- What: no policy and no function reads user_metadata of a token.
-- Why: users write their own metadata, so a rule that reads it lets them choose their rights.
-- Resolve: store roles in a table that clients cannot write, or in app_metadata.
select
  'user_metadata_trusted' as name,
  'error' as level,
  format('%s reads user_metadata.', f.subject) as detail,
  format('user_metadata_trusted_%s', f.subject) as cache_key
from (
  select
    format('Policy %s of %s', p.polname, p.polrelid::regclass) as subject,
    c.relnamespace as schema_id,
    concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)) as source
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  union all
  select
    format('Function %s', p.oid::regprocedure) as subject,
    p.pronamespace as schema_id,
    concat(p.prosrc, pg_get_function_sqlbody(p.oid)) as source
  from pg_catalog.pg_proc as p
) as f
where
  f.schema_id in ('public'::regnamespace, 'private'::regnamespace)
  and f.source like '%user_metadata%'
order by cache_key;
