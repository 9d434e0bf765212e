-- A view that reads with the rights of its owner.
--
-- What: every view of public and private is created with (security_invoker = true).
-- Why: the owner bypasses row level security, so such a view shows every row to every role that may
-- read it.
-- Resolve: create view … with (security_invoker = true).
select
  'view_not_invoker' as name,
  'error' as level,
  format('View %s is not security_invoker.', c.oid::regclass) as detail,
  format('view_not_invoker_%s', c.oid::regclass) as cache_key
from pg_catalog.pg_class as c
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and c.relkind = 'v'
  and not exists (
    select from pg_catalog.pg_options_to_table(c.reloptions) as o
    where
      o.option_name = 'security_invoker'
      and lower(o.option_value) in ('true', 'on', 'yes', '1')
  )
order by cache_key;
