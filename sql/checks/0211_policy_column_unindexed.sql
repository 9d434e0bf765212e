-- A key that a policy compares and that has no index.
--
-- What: each uuid, integer or text column that the policy of a select, update or delete reads leads
-- a complete and valid btree index. Flags and times are exempt: they only narrow the rows that a
-- key has found.
-- Why: the policy is part of every query of the table. A primary key (course_id, user_id) does not
-- serve user_id.
-- Resolve: create index <table>_<column>_idx on … (<column>, …), without a where.
select
  'policy_column_unindexed' as name,
  'warn' as level,
  format('Policies of %s compare %s, which leads no index.', a.attrelid::regclass, a.attname)
    as detail,
  format('policy_column_unindexed_%s_%s', a.attrelid::regclass, a.attname) as cache_key
from pg_catalog.pg_policy as p
inner join pg_catalog.pg_class as c on p.polrelid = c.oid
inner join pg_catalog.pg_depend as d
  on
    d.classid = 'pg_policy'::regclass and p.oid = d.objid
    and d.refclassid = 'pg_class'::regclass and p.polrelid = d.refobjid
inner join pg_catalog.pg_attribute as a on p.polrelid = a.attrelid and d.refobjsubid = a.attnum
where
  c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
  and a.attnum > 0
  and p.polcmd <> 'a'
  and a.atttypid in ('uuid'::regtype, 'integer'::regtype, 'bigint'::regtype, 'text'::regtype)
  and not exists (
    select
    from pg_catalog.pg_index as i
    inner join pg_catalog.pg_class as x on i.indexrelid = x.oid
    inner join pg_catalog.pg_am as m on x.relam = m.oid
    where
      i.indrelid = p.polrelid
      and i.indkey[0] = a.attnum
      and i.indpred is null
      and i.indisvalid
      and m.amname = 'btree'
  )
group by a.attrelid, a.attname
order by cache_key;
