-- An object without a comment.
--
-- What: every table, view, function, policy and type of public and private has a comment. A private
-- function behind a public one of the same name needs none: the public one has the contract.
-- Why: PostgREST's OpenAPI, the Studio and the next reader show the comment.
-- Resolve: comment on … is 'A sentence.'
select
  'comment_missing' as name,
  'warn' as level,
  format('%s has no comment.', f.subject) as detail,
  format('comment_missing_%s', f.subject) as cache_key
from (
  select
    format('relation %s', c.oid::regclass) as subject,
    c.relnamespace as schema_id,
    obj_description(c.oid, 'pg_class') as remark
  from pg_catalog.pg_class as c
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  union all
  select
    format('function %s', p.oid::regprocedure) as subject,
    p.pronamespace as schema_id,
    obj_description(p.oid, 'pg_proc') as remark
  from pg_catalog.pg_proc as p
  where
    not exists (
      select from pg_catalog.pg_proc as q
      where
        p.pronamespace = 'private'::regnamespace
        and q.pronamespace = 'public'::regnamespace
        and q.proname = p.proname
    )
  union all
  select
    format('policy %s of %s', p.polname, p.polrelid::regclass) as subject,
    c.relnamespace as schema_id,
    obj_description(p.oid, 'pg_policy') as remark
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on p.polrelid = c.oid
  union all
  select
    format('type %s', t.oid::regtype) as subject,
    t.typnamespace as schema_id,
    obj_description(t.oid, 'pg_type') as remark
  from pg_catalog.pg_type as t
  left join pg_catalog.pg_class as c on t.typrelid = c.oid
  where t.typtype in ('d', 'e', 'r') or c.relkind = 'c'
) as f
where
  f.schema_id in ('public'::regnamespace, 'private'::regnamespace)
  and coalesce(btrim(f.remark), '') = ''
order by cache_key;
