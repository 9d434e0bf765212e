-- An object that nobody has described.
--
-- What: every table, view, function, policy and type of public and private has a comment.
-- Why: the comment is what PostgREST's OpenAPI, the Studio and the next reader see.
-- Resolve: comment on … is 'A sentence.'
select
  'comment_missing' as name,
  'warn' as level,
  format('%s has no comment.', f.object) as detail,
  format('comment_missing_%s', f.object) as cache_key
from (
  select
    format('relation %s', c.oid::regclass) as object,
    c.relnamespace as schema_id,
    obj_description(c.oid, 'pg_class') as comment
  from pg_catalog.pg_class as c
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
  union all
  select format('function %s', p.oid::regprocedure), p.pronamespace, obj_description(p.oid, 'pg_proc')
  from pg_catalog.pg_proc as p
  union all
  select
    format('policy %s of %s', p.polname, p.polrelid::regclass), c.relnamespace, obj_description(p.oid, 'pg_policy')
  from pg_catalog.pg_policy as p
  inner join pg_catalog.pg_class as c on c.oid = p.polrelid
  union all
  select format('type %s', t.oid::regtype), t.typnamespace, obj_description(t.oid, 'pg_type')
  from pg_catalog.pg_type as t
  left join pg_catalog.pg_class as c on c.oid = t.typrelid
  where t.typtype in ('d', 'e', 'r') or c.relkind = 'c'
) as f
where f.schema_id in ('public'::regnamespace, 'private'::regnamespace)
  and coalesce(btrim(f.comment), '') = ''
order by cache_key;
