-- Course in English: how databases answer questions. Not sequential; one lesson opens seven days
-- after enrollment, three require another lesson, one is a draft.
--
-- Ids read c1000000-0000-4000-8000-000000000MLL: course 1, module M, lesson LL (000 is the course).
-- 21 and 22 contain the contents; 22 publishes.

insert into public.courses (
  id,
  slug,
  title,
  locale,
  description,
  is_published,
  created_by,
  cover_url,
  level,
  tags,
  enrollment_mode,
  is_sequential,
  created_at
)
values
(
  'c1000000-0000-4000-8000-000000000000',
  'databases-inside',
  'How databases answer questions',
  'en',
  'What happens between a SELECT and its rows: pages, indexes, joins, estimates and row versions. '
  'The examples run on any PostgreSQL from version 15. You should be able to read a simple SELECT; '
  'after the course you can read an execution plan, say why it is slow, and change it.',
  false,
  'a0000000-0000-4000-8000-000000000011',
  coalesce(
    nullif(current_setting('app.settings.api_url', true), ''), 'http://127.0.0.1:54321'
  ) || '/storage/v1/object/public/media/covers/databases-inside.svg',
  'intermediate',
  array['databases', 'sql', 'postgresql', 'indexes', 'performance'],
  'open',
  false,
  now() - interval '80 days'
);

-- A trigger makes the creator the owner; inserted here too, so that the seed does not depend on it.
insert into public.course_staff (course_id, user_id, role)
values
('c1000000-0000-4000-8000-000000000000', 'a0000000-0000-4000-8000-000000000011', 'owner')
on conflict do nothing;

insert into public.modules (id, course_id, ord, title, summary)
values
(
  'c1000000-0000-4000-8000-000000000100',
  'c1000000-0000-4000-8000-000000000000',
  1,
  'From a question to a page',
  'Where rows lie, which steps a query passes through, and what an unknown value does to a filter.'
),
(
  'c1000000-0000-4000-8000-000000000200',
  'c1000000-0000-4000-8000-000000000000',
  2,
  'Indexes',
  'The structure of a B-tree, the questions it can and cannot answer, and a first plan to read.'
),
(
  'c1000000-0000-4000-8000-000000000300',
  'c1000000-0000-4000-8000-000000000000',
  3,
  'Joins and estimates',
  'Three algorithms that combine tables, and the statistics by which the planner picks one.'
),
(
  'c1000000-0000-4000-8000-000000000400',
  'c1000000-0000-4000-8000-000000000000',
  4,
  'Data that changes',
  'Row versions, vacuum, and a slow query to repair from end to end.'
);

insert into public.lessons (
  id,
  module_id,
  slug,
  title,
  content_type,
  duration_minutes,
  ord,
  is_published,
  is_preview,
  is_required,
  release_after,
  completion_rule,
  completion_threshold
)
values
(
  'c1000000-0000-4000-8000-000000000101',
  'c1000000-0000-4000-8000-000000000100',
  'rows-and-pages',
  'Rows, pages and tables',
  'text',
  6,
  1,
  true,
  true,
  true,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000102',
  'c1000000-0000-4000-8000-000000000100',
  'life-of-a-query',
  'The life of a query',
  'video',
  4.5,
  2,
  true,
  true,
  true,
  null,
  'watch',
  90
),
(
  'c1000000-0000-4000-8000-000000000103',
  'c1000000-0000-4000-8000-000000000100',
  'null-and-three-valued-logic',
  'NULL and three-valued logic',
  'text',
  6,
  3,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000201',
  'c1000000-0000-4000-8000-000000000200',
  'inside-a-b-tree',
  'Inside a B-tree',
  'text',
  7,
  1,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000202',
  'c1000000-0000-4000-8000-000000000200',
  'which-index-for-which-question',
  'Which index for which question',
  'video',
  4,
  2,
  true,
  false,
  true,
  null,
  'watch',
  90
),
(
  'c1000000-0000-4000-8000-000000000203',
  'c1000000-0000-4000-8000-000000000200',
  'lab-read-a-plan',
  'Lab: read an execution plan',
  'lab',
  30,
  3,
  true,
  false,
  true,
  null,
  'manual',
  90
),
(
  'c1000000-0000-4000-8000-000000000204',
  'c1000000-0000-4000-8000-000000000200',
  'partial-and-covering-indexes',
  'Partial and covering indexes',
  'text',
  5,
  4,
  false,
  false,
  true,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000301',
  'c1000000-0000-4000-8000-000000000300',
  'three-ways-to-join',
  'Three ways to join',
  'text',
  7,
  1,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000302',
  'c1000000-0000-4000-8000-000000000300',
  'how-the-planner-estimates',
  'How the planner estimates',
  'text',
  7,
  2,
  true,
  false,
  false,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000300',
  'quiz-indexes-and-joins',
  'Self-check: indexes and joins',
  'quiz',
  10,
  3,
  true,
  false,
  true,
  null,
  'manual',
  90
),
(
  'c1000000-0000-4000-8000-000000000401',
  'c1000000-0000-4000-8000-000000000400',
  'row-versions-and-vacuum',
  'Row versions and vacuum',
  'text',
  7,
  1,
  true,
  false,
  true,
  null,
  'view',
  90
),
(
  'c1000000-0000-4000-8000-000000000402',
  'c1000000-0000-4000-8000-000000000400',
  'lab-repair-a-slow-query',
  'Lab: repair a slow query',
  'lab',
  45,
  2,
  true,
  false,
  true,
  interval '7 days',
  'manual',
  90
);

insert into public.lesson_prerequisites (course_id, lesson_id, prerequisite_id)
values
(
  'c1000000-0000-4000-8000-000000000000',
  'c1000000-0000-4000-8000-000000000203',
  'c1000000-0000-4000-8000-000000000201'
),
(
  'c1000000-0000-4000-8000-000000000000',
  'c1000000-0000-4000-8000-000000000303',
  'c1000000-0000-4000-8000-000000000301'
),
(
  'c1000000-0000-4000-8000-000000000000',
  'c1000000-0000-4000-8000-000000000402',
  'c1000000-0000-4000-8000-000000000203'
);
