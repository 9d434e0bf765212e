-- Fields of bundles: the shape of a course as one document, and what is wrong with one.
--
-- Invariants
--   * private.bundle_fields, the shapes of backend/app/models/bundle.py and docs/bundle.schema.json
--     have the same fields; a test compares them.

create table private.bundle_fields (
  shape text not null,
  field text not null,
  kind text not null,
  child text,
  is_required boolean not null default false,
  is_nullable boolean not null default false,
  max_items integer,
  constraint bundle_fields_pkey primary key (shape, field),
  constraint bundle_fields_kind_check check (
    kind in ('text', 'number', 'boolean', 'moment', 'day', 'object', 'list', 'any')
  ),
  constraint bundle_fields_max_items_check check ((kind = 'list') = (max_items is not null))
);
comment on table private.bundle_fields is 'The fields of each object in a bundle.';
comment on column private.bundle_fields.child is
'The shape of an object or of each element of a list; text: a list of texts; null: not checked '
'here.';
alter table private.bundle_fields enable row level security;
revoke all on private.bundle_fields from public, anon, authenticated, service_role;

insert into private.bundle_fields (shape, field, kind, child, is_required, is_nullable, max_items)
values
('bundle', 'format', 'text', null, true, false, null),
('bundle', 'version', 'number', null, true, false, null),
('bundle', 'course', 'object', 'course', true, false, null),
('course', 'slug', 'text', null, true, false, null),
('course', 'title', 'text', null, true, false, null),
('course', 'locale', 'text', null, false, false, null),
('course', 'time_zone', 'text', null, false, false, null),
('course', 'description', 'text', null, false, false, null),
('course', 'cover_url', 'text', null, false, true, null),
('course', 'level', 'text', null, false, true, null),
('course', 'tags', 'list', 'text', false, false, 20),
('course', 'enrollment_mode', 'text', null, false, false, null),
('course', 'capacity', 'number', null, false, true, null),
('course', 'opens_at', 'moment', null, false, true, null),
('course', 'closes_at', 'moment', null, false, true, null),
('course', 'is_sequential', 'boolean', null, false, false, null),
('course', 'prerequisites', 'list', 'course_prerequisite', false, false, 100),
('course', 'tutor', 'object', 'tutor', false, true, null),
('course', 'banks', 'list', 'bank', false, false, 100),
('course', 'modules', 'list', 'module', false, false, 1000),
('course_prerequisite', 'course', 'text', null, true, false, null),
('course_prerequisite', 'min_score', 'number', null, false, true, null),
('tutor', 'is_enabled', 'boolean', null, false, false, null),
('tutor', 'max_support_level', 'text', null, false, false, null),
('module', 'title', 'text', null, true, false, null),
('module', 'summary', 'text', null, false, false, null),
('module', 'lessons', 'list', 'lesson', false, false, 1000),
('lesson', 'slug', 'text', null, true, false, null),
('lesson', 'title', 'text', null, true, false, null),
('lesson', 'content_type', 'text', null, false, false, null),
('lesson', 'duration_minutes', 'number', null, false, false, null),
('lesson', 'is_published', 'boolean', null, false, false, null),
('lesson', 'is_preview', 'boolean', null, false, false, null),
('lesson', 'is_required', 'boolean', null, false, false, null),
('lesson', 'release_at', 'moment', null, false, true, null),
('lesson', 'release_after', 'text', null, false, true, null),
('lesson', 'completion_rule', 'text', null, false, true, null),
('lesson', 'completion_threshold', 'number', null, false, false, null),
('lesson', 'weight', 'number', null, false, false, null),
('lesson', 'content', 'object', 'content', false, true, null),
('lesson', 'draft', 'object', 'content', false, true, null),
('lesson', 'prerequisites', 'list', 'lesson_prerequisite', false, false, 200),
('lesson', 'files', 'list', 'file', false, false, 200),
('lesson', 'guidance', 'object', 'guidance', false, true, null),
('lesson', 'quiz', 'object', 'quiz', false, true, null),
('lesson', 'lab', 'object', 'lab', false, true, null),
('content', 'body_md', 'text', null, false, false, null),
('content', 'md_url', 'text', null, false, true, null),
('content', 'video_url', 'text', null, false, true, null),
('content', 'transcript', 'text', null, false, true, null),
('lesson_prerequisite', 'lesson', 'text', null, true, false, null),
('lesson_prerequisite', 'min_score', 'number', null, false, true, null),
('file', 'title', 'text', null, true, false, null),
('file', 'path', 'text', null, true, false, null),
('file', 'media_type', 'text', null, false, true, null),
('file', 'size', 'number', null, false, true, null),
('guidance', 'notes', 'text', null, false, false, null),
('guidance', 'misconceptions', 'list', 'text', false, false, 6),
('quiz', 'pass_mark', 'number', null, false, false, null),
('quiz', 'max_attempts', 'number', null, false, true, null),
('quiz', 'time_limit_seconds', 'number', null, false, true, null),
('quiz', 'is_shuffled', 'boolean', null, false, false, null),
('quiz', 'draw_count', 'number', null, false, true, null),
('quiz', 'scoring', 'text', null, false, false, null),
('quiz', 'reveal', 'text', null, false, false, null),
('quiz', 'due_at', 'moment', null, false, true, null),
('quiz', 'due_on', 'day', null, false, true, null),
('quiz', 'draws', 'list', 'draw', false, false, 100),
('quiz', 'questions', 'list', 'question', false, false, 1000),
('draw', 'bank', 'text', null, true, false, null),
('draw', 'tag', 'text', null, false, false, null),
('draw', 'question_count', 'number', null, false, true, null),
('bank', 'title', 'text', null, true, false, null),
('bank', 'questions', 'list', 'bank_question', false, false, 1000),
('question', 'kind', 'text', null, true, false, null),
('question', 'prompt_md', 'text', null, true, false, null),
('question', 'points', 'number', null, false, false, null),
('question', 'options', 'any', null, false, false, null),
('question', 'key', 'object', null, true, false, null),
('question', 'explanation_md', 'text', null, false, true, null),
('question', 'feedback', 'object', null, false, false, null),
('question', 'hints', 'list', 'hint', false, false, 10),
('question', 'tags', 'list', 'text', false, false, 20),
('question', 'guidance', 'object', 'guidance', false, true, null),
('hint', 'text_md', 'text', null, true, false, null),
('hint', 'cost_percent', 'number', null, false, false, null),
('lab', 'due_at', 'moment', null, false, true, null),
('lab', 'due_on', 'day', null, false, true, null),
('lab', 'rubric', 'list', 'criterion', false, false, 50),
('criterion', 'id', 'text', null, true, false, null),
('criterion', 'title', 'text', null, true, false, null),
('criterion', 'points', 'number', null, true, false, null);

-- A question of a bank has no guidance, which belongs to a lesson.
insert into private.bundle_fields (shape, field, kind, child, is_required, is_nullable, max_items)
select
  'bank_question' as shape,
  f.field,
  f.kind,
  f.child,
  f.is_required,
  f.is_nullable,
  f.max_items
from private.bundle_fields as f
where f.shape = 'question' and f.field <> 'guidance';

-- The nodes are visited level by level and only as far as the caller reads: a list that is too long
-- is refused before its elements are visited.
create function private.bundle_problem(p_bundle jsonb)
returns table (place text, problem text)
language sql stable
set search_path = ''
as $$
  with recursive node (place, shape, kind, is_nullable, max_items, value) as (
    select '$', 'bundle', 'object', false, null::integer, p_bundle
    union all
    select c.place, c.shape, c.kind, c.is_nullable, c.max_items, c.value
    from node as n
    cross join lateral (
      select
        n.place || '.' || f.field as place, f.child as shape, f.kind, f.is_nullable, f.max_items,
        n.value -> f.field as value
      from private.bundle_fields as f
      where n.kind = 'object' and jsonb_typeof(n.value) = 'object'
        and f.shape = n.shape and n.value ? f.field
      union all
      select
        format('%s[%s]', n.place, e.ordinality - 1), n.shape,
        case n.shape when 'text' then 'text' else 'object' end, false, null, e.value
      from jsonb_array_elements(
        case when n.kind = 'list' and jsonb_typeof(n.value) = 'array' then n.value else '[]' end
      ) with ordinality as e
    ) as c
  ),

  found (place, problem) as (
    select n.place, p.problem
    from node as n
    cross join lateral (
      select case
        when jsonb_typeof(n.value) = 'null' and n.is_nullable then null
        when n.kind <> 'any' and jsonb_typeof(n.value) <> case n.kind
          when 'list' then 'array'
          when 'text' then 'string'
          when 'moment' then 'string'
          when 'day' then 'string'
          else n.kind
        end then format(
          'Expected %s%s, found %s.',
          case n.kind
            when 'moment' then 'a time as text' when 'day' then 'a day as text'
            when 'object' then 'an object' else 'a ' || n.kind
          end,
          case when n.is_nullable then ' or null' else '' end, jsonb_typeof(n.value)
        )
        when n.kind = 'moment' and n.value #>> '{}'
          !~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)$'
          then 'A time is written as 2030-06-30T22:00:00Z.'
        when n.kind = 'day' and n.value #>> '{}' !~ '^\d{4}-\d\d-\d\d$'
          then 'A day is written as 2030-06-30.'
        when n.kind = 'list' and jsonb_array_length(n.value) > n.max_items
          then format('At most %s elements.', n.max_items)
      end as problem
    ) as p
    where p.problem is not null
    union all
    select n.place || '.' || left(k.key, 100), 'This field is unknown.'
    from node as n
    cross join lateral jsonb_object_keys(
      case
        when n.shape is not null and n.kind = 'object' and jsonb_typeof(n.value) = 'object'
          then n.value else '{}'
      end
    ) as k (key)
    where not exists (
      select from private.bundle_fields as f where f.shape = n.shape and f.field = k.key
    )
    union all
    select n.place || '.' || f.field, 'This field is missing.'
    from node as n
    inner join private.bundle_fields as f on f.shape = n.shape and f.is_required
    where n.kind = 'object' and jsonb_typeof(n.value) = 'object' and not n.value ? f.field
  )

  select f.place, f.problem from found as f limit 1
$$;
comment on function private.bundle_problem(jsonb) is
'The place and the sentence of a field of a bundle that is unknown, missing or of a wrong type; no '
'row: there is none.';
