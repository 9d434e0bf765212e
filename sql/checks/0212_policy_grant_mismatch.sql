-- A grant without a policy, or a policy without a grant.
--
-- What: a role that is subject to policies has a privilege on a table of public if and only if a
-- policy for that command and role exists.
-- Why: either one alone has no effect: a grant without a policy returns no rows, a policy without a
-- grant gives no access. Both mislead the reader of the migration.
-- Resolve: add the missing half, or drop the existing one.
with privilege as (
  select distinct
    c.oid as table_id,
    x.grantee,
    lower(x.privilege_type) as command
  from pg_catalog.pg_class as c
  left join pg_catalog.pg_attribute as a on c.oid = a.attrelid and a.attacl is not null
  cross join
    lateral (
      select * from aclexplode(c.relacl)
      union all
      select * from aclexplode(a.attacl)
    ) as x
  where
    c.relnamespace = 'public'::regnamespace
    and c.relkind in ('r', 'p')
    and x.privilege_type in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
    and x.grantee in ('anon'::regrole, 'authenticated'::regrole)
),

rule as (
  select distinct
    p.polrelid as table_id,
    r.role_id as grantee,
    m.command
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  cross join unnest(p.polroles) as r (role_id)
  cross join (
    values ('r', 'select'), ('a', 'insert'), ('w', 'update'), ('d', 'delete')
  ) as m (letter, command)
  where
    c.relnamespace = 'public'::regnamespace
    and p.polcmd::text in (m.letter, '*')
    and r.role_id <> 0
)

select
  'policy_grant_mismatch' as name,
  'warn' as level,
  case
    when rule.table_id is null
      then format(
        '%s may %s %s, but no policy says which rows.',
        privilege.grantee::regrole, privilege.command, privilege.table_id::regclass
      )
    else format(
      'A policy is for %s by %s on %s, but nothing is granted.',
      rule.command, rule.grantee::regrole, rule.table_id::regclass
    )
  end as detail,
  format(
    'policy_grant_mismatch_%s_%s_%s', coalesce(privilege.table_id, rule.table_id)::regclass,
    coalesce(privilege.command, rule.command), coalesce(privilege.grantee, rule.grantee)::regrole
  ) as cache_key
from privilege
full join rule
  on
    (rule.table_id, rule.grantee, rule.command)
    = (privilege.table_id, privilege.grantee, privilege.command)
where rule.table_id is null or privilege.table_id is null
order by cache_key;
