-- A write privilege of callers who are signed out.
--
-- What: anon and PUBLIC have no privilege but select on any table, view or column of public and
-- private.
-- Why: every browser has the publishable key.
-- Resolve: revoke all on … from anon, then grant select where it is intended.
select
  'anon_write' as name,
  'error' as level,
  format(
    '%s holds %s on %s.',
    case when x.grantee = 0 then 'PUBLIC' else 'anon' end,
    x.privilege_type,
    c.oid::regclass
  ) as detail,
  format('anon_write_%s_%s', c.oid::regclass, lower(x.privilege_type)) as cache_key
from pg_catalog.pg_class as c
cross join
  lateral (
    select
      k.grantee,
      k.privilege_type
    from aclexplode(c.relacl) as k
    union
    select
      k.grantee,
      k.privilege_type
    from pg_catalog.pg_attribute as a
    cross join aclexplode(a.attacl) as k
    where a.attrelid = c.oid and not a.attisdropped
  ) as x
where
  c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and x.grantee in (0, 'anon'::regrole)
  and x.privilege_type <> 'SELECT'
order by cache_key;
