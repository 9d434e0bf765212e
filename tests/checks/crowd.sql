-- A large data set for the plans of statements: about 100,000 rows in each table that grows with
-- the number of people.
--
-- 20,000 learners, each in 5 of 1,000 courses of 20 lessons, 100 to a course; 200 instructors with
-- 5 courses each. Rows are in the order of time, so that those of one person or course are not
-- adjacent. Run as a superuser, in one transaction, in a separate database.

set local session_replication_role = replica;
set local synchronous_commit = off;
set local work_mem = '64MB';
set local maintenance_work_mem = '256MB';
set local jit = off;

create function pg_temp.key(p_kind text, p_number integer) returns uuid
language sql immutable
as $$
  select md5(p_kind || p_number::text)::uuid
$$;

create function pg_temp.word(p_number integer) returns text
language sql immutable
as $$
  select translate(left(md5((p_number % 4000)::text), 8), '0123456789', 'ghijklmnop')
$$;

-- Building an index once is faster than maintaining it: inserts skip it until it is rebuilt.
create temporary table crowded as
select c.oid::regclass as name
from pg_class as c
where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind = 'r';
update pg_index i set indisready = false from crowded as c where i.indrelid = c.name;

create temporary table seat as
select
  i.n,
  pg_temp.key('learner', i.n % 20000) as user_id,
  c.n as course,
  pg_temp.key('course', c.n) as course_id,
  now() - interval '20 days' + i.n * interval '10 seconds' as at
from generate_series(0, 99999) as i (n)
cross join lateral (select (i.n % 20000 * 7 + i.n / 20000 * 211) % 1000 as n) as c;

create temporary table lesson as
select
  i.n,
  i.n % 20 as ordinal,
  pg_temp.key('course', i.n / 20) as course_id,
  pg_temp.key('lesson', i.n) as id,
  i.n / 20 % 50 < 49 as is_listed,
  case i.n % 20 when 1 then 'video' when 4 then 'quiz' when 9 then 'lab' else 'text' end
  ::public.content_type as content_type
from generate_series(0, 19999) as i (n);

-- The first 2,500 learners have completed the first 8 lessons of their courses.
create temporary table done as
select
  i.n,
  pg_temp.key('learner', i.n % 2500) as user_id,
  l.course_id,
  l.id as lesson_id,
  now() - interval '20 days' + i.n * interval '10 seconds' as at
from generate_series(0, 99999) as i (n)
inner join lesson as l
  on l.n = (i.n % 2500 * 7 + i.n / 2500 % 5 * 211) % 1000 * 20 + i.n / 12500
order by i.n;

-- People and courses ------------------------------------------------------------------------------

insert into public.profiles (id, email, name, role)
select
  pg_temp.key(p.kind, i.n),
  p.kind || i.n || '@crowd.test',
  p.kind || ' ' || i.n,
  p.kind::public.app_role
from (values ('learner', 20000), ('instructor', 200), ('admin', 1)) as p (kind, people)
cross join lateral generate_series(0, p.people - 1) as i (n);
insert into auth.users (id, email)
select p.id, p.email from public.profiles as p
where p.id in (pg_temp.key('learner', 17), pg_temp.key('instructor', 3));

insert into public.courses (id, slug, title, is_published, created_by, lesson_count, required_count)
select
  pg_temp.key('course', i.n),
  'course-' || i.n,
  pg_temp.word(i.n) || ' ' || pg_temp.word(i.n + 7),
  i.n % 50 < 49,
  pg_temp.key('instructor', i.n % 200),
  20,
  20
from generate_series(0, 999) as i (n);
insert into public.course_staff (course_id, user_id, role)
select c.id, c.created_by, 'owner' from public.courses as c;
insert into public.course_prerequisites (course_id, prerequisite_id, min_score)
select pg_temp.key('course', i.n), pg_temp.key('course', i.n - 1), 0
from generate_series(1, 999, 2) as i (n);
insert into public.modules (id, course_id, ord, title, is_listed)
select
  pg_temp.key('module', i.n),
  pg_temp.key('course', i.n / 2),
  1 + i.n % 2,
  'Module',
  i.n / 2 % 50 < 49
from generate_series(0, 1999) as i (n);

insert into public.lessons (
  id, course_id, module_id, slug, title, content_type, duration_minutes, ord, is_published, is_preview,
  completion_rule, is_listed
)
select
  l.id,
  l.course_id,
  pg_temp.key('module', l.n / 10),
  'lesson-' || l.ordinal,
  pg_temp.word(l.n * 3) || ' ' || pg_temp.word(l.n * 5),
  l.content_type,
  10,
  1 + l.ordinal % 10,
  true,
  l.ordinal = 0,
  case l.content_type
    when 'video' then 'watch' when 'quiz' then 'pass' when 'lab' then 'accept' else 'view'
  end::public.completion_rule,
  l.is_listed
from lesson as l;
insert into public.lesson_contents (lesson_id, course_id, body_md, is_public)
select l.id, l.course_id, pg_temp.word(l.n), l.ordinal = 0 and l.is_listed from lesson as l;
insert into public.lesson_prerequisites (
  lesson_id, prerequisite_id, course_id, is_lesson_listed, is_prerequisite_listed
)
select l.id, pg_temp.key('lesson', l.n - 1), l.course_id, l.is_listed, l.is_listed
from lesson as l where l.ordinal between 3 and 14;
insert into public.labs (lesson_id, course_id)
select l.id, l.course_id from lesson as l where l.content_type = 'lab';
insert into public.quizzes (lesson_id, course_id, draw_count)
select l.id, l.course_id, 20 from lesson as l where l.content_type = 'quiz';
insert into public.questions (id, lesson_id, course_id, ord, kind, prompt_md, options)
select
  pg_temp.key('question', l.n * 50 + i.n),
  l.id,
  l.course_id,
  1 + i.n,
  'single',
  'Which?',
  '[{"id": "a", "text": "This"}, {"id": "b", "text": "That"}]'
from lesson as l
cross join generate_series(0, 49) as i (n)
where l.content_type = 'quiz';
insert into private.answer_keys (question_id, key)
select q.id, '{"correct": "a"}' from public.questions as q;
insert into private.question_versions (
  question_id, revision, prompt_md, points, options, key, feedback, hints, saved_at
)
select
  q.id, q.revision, q.prompt_md, q.points, q.options, k.key, k.feedback, k.hints, k.updated_at
from public.questions as q
inner join private.answer_keys as k on k.question_id = q.id;

insert into public.lesson_passages (
  lesson_id, ord, course_id, source, heading_path, anchor, body, is_public
)
select
  l.id,
  i.n,
  l.course_id,
  'body',
  '{}',
  '',
  pg_temp.word(l.n) || ' ' || pg_temp.word(l.n * i.n),
  l.ordinal = 0 and l.is_listed
from lesson as l
cross join generate_series(1, 5) as i (n);
insert into private.passage_vectors (lesson_id, ord, course_id, terms)
select p.lesson_id, p.ord, p.course_id, to_tsvector('private.english', p.body)
from public.lesson_passages as p;
insert into private.search_documents (
  kind, subject_id, course_id, lesson_id, locale, config, is_listed, is_public, title, summary,
  title_terms, syllabus_terms, content_terms
)
select
  d.kind,
  d.id,
  d.course_id,
  d.lesson_id,
  'en',
  'private.english',
  d.is_listed,
  d.is_public,
  d.title,
  '',
  to_tsvector('simple', d.title),
  to_tsvector('private.english', d.title),
  case when d.kind = 'lesson' then to_tsvector('private.english', d.title) end
from (
  select
    'lesson' as kind, l.id, l.course_id, l.id as lesson_id, l.is_listed,
    l.is_preview and l.is_listed as is_public, l.title
  from public.lessons as l
  union all
  select 'course', c.id, c.id, null, c.is_published, false, c.title from public.courses as c
) as d;
insert into private.search_words (course_id, word)
select distinct private.everyone(), pg_temp.word(i.n) from generate_series(0, 3999) as i (n);

-- What learners do --------------------------------------------------------------------------------

insert into public.entitlements (user_id, course_id, source, starts_at)
select s.user_id, s.course_id, 'open', s.at from seat as s order by s.n;
insert into public.enrollments (
  user_id, course_id, status, requested_at, enrolled_at, last_activity_at, completed_at
)
select
  s.user_id,
  s.course_id,
  case when s.course % 10 = 0 then 'completed' else 'active' end::public.enrollment_status,
  s.at,
  s.at,
  s.at,
  case when s.course % 10 = 0 then s.at end
from seat as s order by s.n;
insert into private.open_lessons (user_id, course_id, lesson_ids, is_whole, ends_at)
select
  s.user_id,
  s.course_id,
  array(select l.id from public.lessons as l where l.course_id = s.course_id),
  false,
  'infinity'
from seat as s order by s.n;
insert into public.lesson_progress (
  user_id, lesson_id, course_id, status, started_at, completed_at, seconds_spent, score
)
select d.user_id, d.lesson_id, d.course_id, 'completed', d.at, d.at, 60, 80 from done as d;
insert into public.learning_events (seq, occurred_at, kind, user_id, course_id, lesson_id)
select d.n, d.at, 'lesson_completed', d.user_id, d.course_id, d.lesson_id from done as d;
insert into private.progress_events (user_id, event_id, lesson_id, created_at)
select d.user_id, pg_temp.key('event', d.n), d.lesson_id, d.at from done as d;
insert into private.learner_days (user_id, course_id, day, seconds)
select s.user_id, s.course_id, s.at::date, 60 from seat as s order by s.n;
insert into public.quiz_attempts (
  lesson_id, course_id, user_id, number, items, status, started_at, submitted_at, score, max_score,
  is_passed
)
select
  pg_temp.key('lesson', s.course * 20 + 4),
  s.course_id,
  s.user_id,
  1,
  '[]',
  case when o.is_open then 'open' else 'submitted' end::public.attempt_status,
  s.at,
  case when not o.is_open then s.at end,
  case when not o.is_open then 5 end,
  20,
  case when not o.is_open then false end
from seat as s
cross join lateral (select s.n % 50 = 49 as is_open) as o
order by s.n;
insert into public.lab_submissions (
  lesson_id, course_id, user_id, version, body, status, submitted_at, graded_at, score
)
select
  pg_temp.key('lesson', s.course * 20 + 9),
  s.course_id,
  s.user_id,
  1,
  'Done.',
  'accepted',
  s.at,
  s.at,
  80
from seat as s where s.n < 20000 order by s.n;
insert into public.certificates (
  user_id, course_id, code, name, title, locale, version, hours, completed_at
)
select
  s.user_id,
  s.course_id,
  upper(left(md5('certificate' || s.n::text), 20)),
  'Somebody',
  'Something',
  'en',
  1,
  3,
  s.at
from seat as s where s.n < 20000 order by s.n;

-- The tutor ---------------------------------------------------------------------------------------

insert into public.tutor_conversations (id, user_id, course_id, title)
select pg_temp.key('conversation', s.n), s.user_id, s.course_id, 'Why?'
from seat as s where s.n < 20000 order by s.n;
insert into public.tutor_messages (
  id, conversation_id, user_id, role, content, status, created_at
)
select
  pg_temp.key('message', s.n),
  pg_temp.key('conversation', s.n % 20000),
  s.user_id,
  case s.n / 20000 % 2 when 0 then 'user' else 'assistant' end,
  'Because.',
  'complete',
  s.at
from seat as s order by s.n;
insert into private.tutor_turns (
  id, user_id, course_id, conversation_id, question_id, message_id, turn_key, request_hash,
  is_staff, status, provider, model, price, created_at, expires_at
)
select
  pg_temp.key('turn', s.n),
  s.user_id,
  s.course_id,
  pg_temp.key('conversation', s.n),
  pg_temp.key('message', s.n),
  pg_temp.key('message', s.n + 20000),
  s.n::text,
  '',
  false,
  case when s.n % 50 = 49 then 'reserved' else 'settled' end,
  'one',
  'two',
  '{}',
  s.at,
  s.at
from seat as s where s.n < 20000 order by s.n;
insert into private.tutor_usage (scope, subject, period, meter, starts_at, settled)
select
  'user',
  s.user_id::text,
  'day',
  'turns',
  date_trunc('day', now()) - s.n / 20000 * interval '1 day',
  1
from seat as s order by s.n;

-- Rollups -----------------------------------------------------------------------------------------

insert into private.course_rollups (course_id, metric, bucket, amount)
select pg_temp.key('course', i.n), m.metric, b.bucket, 20
from generate_series(0, 999) as i (n)
cross join (
  values ('active', 0, 0), ('completed', 0, 0), ('seen', 9800, 9819), ('score', 0, 9)
) as m (metric, first_bucket, last_bucket)
cross join lateral generate_series(m.first_bucket, m.last_bucket) as b (bucket);
select private.rank_courses(array_agg(r.course_id)) from private.course_rollups as r;
insert into private.learner_places select * from private.current_places;
insert into private.lesson_rollups (lesson_id, metric, bucket, course_id, amount)
select l.id, m.metric, 0, l.course_id, 10
from lesson as l
cross join (values ('started'), ('completed')) as m (metric);

drop table seat, lesson, done;
drop function pg_temp.key(text, integer);
drop function pg_temp.word(integer);

do $$
declare
  v_name regclass;
begin
  for v_name in select c.name from pg_temp.crowded as c loop
    execute format('reindex table %s', v_name);
  end loop;
end
$$;
drop table crowded;
