-- A default privilege on new objects.
--
-- What: no role can reach a new object of the project's owner until it is granted: EXECUTE is
-- revoked from PUBLIC for all schemas, and no default in public or private names a client role.
-- Why: the defaults still protect when a migration omits revoke. Revoking from PUBLIC in the
-- per-schema form has no effect.
-- Resolve: alter default privileges … revoke …, as in the first migration.
select
  'default_privileges' as name,
  'error' as level,
  f.detail,
  format('default_privileges_%s', f.subject) as cache_key
from (
  select
    'execute' as subject,
    'New functions are executable by PUBLIC.' as detail
  where
    not exists (
      select from pg_catalog.pg_default_acl as d
      where
        d.defaclrole = 'postgres'::regrole
        and d.defaclnamespace = 0
        and d.defaclobjtype = 'f'
        and not exists (
          select from aclexplode(d.defaclacl) as x
          where x.grantee = 0
        )
    )
  union all
  select
    format('%s_%s_%s_%s', n.nspname, d.defaclobjtype, g.rolname, lower(x.privilege_type))
      as subject,
    format(
      'New objects of kind %s in schema %s give %s to %s.',
      d.defaclobjtype,
      n.nspname,
      lower(x.privilege_type),
      g.rolname
    ) as detail
  from pg_catalog.pg_default_acl as d
  inner join pg_catalog.pg_namespace as n on d.defaclnamespace = n.oid
  cross join aclexplode(d.defaclacl) as x
  inner join (
    select
      r.oid,
      r.rolname
    from pg_catalog.pg_roles as r
    where r.rolname in ('anon', 'authenticated', 'service_role')
    union all
    select
      0 as oid,
      'PUBLIC' as rolname
  ) as g on x.grantee = g.oid
  where d.defaclrole = 'postgres'::regrole and n.nspname in ('public', 'private')
) as f
order by cache_key;
