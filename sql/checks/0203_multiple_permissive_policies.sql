-- More than one permissive policy for the same table, command and role.
--
-- What: one permissive policy for each table, command and role.
-- Why: Postgres combines permissive policies with or: it evaluates each, and the widest decides.
-- Resolve: combine them into one policy.
select
  'multiple_permissive_policies' as name,
  'warn' as level,
  format(
    'Table %s has %s permissive policies of one command for %s: %s.',
    f.polrelid::regclass, count(*), f.role, string_agg(f.polname, ', ' order by f.polname)
  ) as detail,
  format('multiple_permissive_policies_%s_%s_%s', f.polrelid::regclass, f.command, f.role)
    as cache_key
from (
  select
    p.polrelid,
    p.polname,
    m.command,
    case when r.oid = 0 then 'public' else r.oid::regrole::text end as role
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  cross join unnest(p.polroles) as r (oid)
  cross join (values ('r'), ('a'), ('w'), ('d')) as m (command)
  where
    c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
    and p.polpermissive
    and p.polcmd::text in (m.command, '*')
) as f
group by f.polrelid, f.command, f.role
having count(*) > 1
order by cache_key;
