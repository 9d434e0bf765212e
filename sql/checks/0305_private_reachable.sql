-- Access of clients to schema private, or a right to create objects in either schema.
--
-- What: client roles and PUBLIC have no privilege on schema private, on a relation in it, or on a
-- sequence, and no create on public.
-- Why: clients cannot read what they cannot name, even when another guard fails.
-- Resolve: revoke it. Policies and functions of public reach private without it.
with g as (
  select
    r.oid,
    r.rolname
  from pg_catalog.pg_roles as r
  where r.rolname in ('anon', 'authenticated', 'service_role')
  union all
  select
    0 as oid,
    'PUBLIC' as rolname
)

select
  'private_reachable' as name,
  'error' as level,
  format('%s holds %s on %s.', g.rolname, lower(f.privilege_type), f.subject) as detail,
  format('private_reachable_%s_%s_%s', f.subject, g.rolname, lower(f.privilege_type)) as cache_key
from (
  select
    format('schema %s', n.nspname) as subject,
    x.grantee,
    x.privilege_type
  from pg_catalog.pg_namespace as n
  cross join aclexplode(n.nspacl) as x
  where n.nspname = 'private' or (n.nspname = 'public' and x.privilege_type = 'CREATE')
  union
  select
    c.oid::regclass::text,
    x.grantee,
    x.privilege_type
  from pg_catalog.pg_class as c
  left join pg_catalog.pg_attribute as a
    on c.oid = a.attrelid and a.attacl is not null and not a.attisdropped
  cross join
    lateral (
      select * from aclexplode(c.relacl)
      union all
      select * from aclexplode(a.attacl)
    ) as x
  where
    c.relnamespace = 'private'::regnamespace
    or (c.relnamespace = 'public'::regnamespace and c.relkind = 'S')
) as f
inner join g on f.grantee = g.oid
order by cache_key;
