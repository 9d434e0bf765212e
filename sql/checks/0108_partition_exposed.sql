-- A partition that clients can name.
--
-- What: every partition is in schema private, and no client role, nor PUBLIC, has a privilege on it
-- or on a column of it.
-- Why: a query that names the partition bypasses the policies of the parent table.
-- Resolve: create it in private and revoke all on it; the grants on the parent are sufficient.
with right_held as (
  select
    c.oid as table_id,
    case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end as grantee,
    lower(x.privilege_type) as privilege
  from pg_catalog.pg_class as c
  left join pg_catalog.pg_attribute as a on c.oid = a.attrelid and a.attacl is not null
  cross join
    lateral (
      select * from aclexplode(c.relacl)
      union all
      select * from aclexplode(a.attacl)
    ) as x
  where
    c.relispartition
    and x.grantee in (0, 'anon'::regrole, 'authenticated'::regrole, 'service_role'::regrole)
)

select distinct
  'partition_exposed' as name,
  'error' as level,
  case
    when h.table_id is not null
      then format('%s holds %s on partition %s.', h.grantee, h.privilege, c.oid::regclass)
    else format('Partition %s is in schema %s.', c.oid::regclass, c.relnamespace::regnamespace)
  end as detail,
  concat_ws('_', 'partition_exposed', c.oid::regclass, h.grantee, h.privilege) as cache_key
from pg_catalog.pg_class as c
inner join pg_catalog.pg_inherits as i on c.oid = i.inhrelid
inner join pg_catalog.pg_class as p on i.inhparent = p.oid
left join right_held as h on c.oid = h.table_id
where
  c.relispartition
  and c.relkind in ('r', 'p')
  and p.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and (c.relnamespace <> 'private'::regnamespace or h.table_id is not null)
order by cache_key;
