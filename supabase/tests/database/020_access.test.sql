-- The access of each role to one course: run by `supabase test db`.
begin;
create extension if not exists pgtap with schema extensions;
select plan(19);

-- One instructor, two learners, one published and one draft course, one lesson with content.
insert into auth.users (id, email, raw_user_meta_data)
values
(
  '00000000-0000-4000-8000-00000000000a', 'ada@tap.test',
  '{"name": "Ada", "role": "admin"}'
),
('00000000-0000-4000-8000-00000000000b', 'bo@tap.test', '{}'),
('00000000-0000-4000-8000-00000000000c', 'cy@tap.test', '{}');
update public.profiles set role = 'instructor'
where id = '00000000-0000-4000-8000-00000000000a';
insert into public.courses (id, slug, title, is_published, created_by)
values
(
  '00000000-0000-4000-8000-000000000001', 'tap-open', 'Open', true,
  '00000000-0000-4000-8000-00000000000a'
),
(
  '00000000-0000-4000-8000-000000000002', 'tap-draft', 'Draft', false,
  '00000000-0000-4000-8000-00000000000a'
);
insert into public.modules (id, course_id, title)
values (
  '00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001', 'One'
);
insert into public.lessons (id, module_id, slug, title, is_published)
values (
  '00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000011', 'one', 'One',
  true
);
insert into public.lesson_contents (lesson_id, body_md)
values ('00000000-0000-4000-8000-000000000021', 'Text.');

-- An account gets its profile.
select is(
  (
    select p.name from public.profiles as p
    where p.email = 'ada@tap.test'
  ),
  'Ada', 'the name of a profile comes from the sign-up'
);
select is(
  (
    select p.role::text from public.profiles as p
    where p.email = 'bo@tap.test'
  ),
  'learner', 'a new account is a learner, whatever its metadata says'
);

-- Anonymous: reads the catalogue and nothing else.
set local role anon;
select set_config('request.jwt.claims', '{"role": "anon"}', true);
select results_eq(
  $$
    select slug from public.courses
    where slug like 'tap-%'
  $$,
  array['tap-open'],
  'anon sees published courses only'
);
select results_eq(
  $$
    select slug from public.lessons
    where id = '00000000-0000-4000-8000-000000000021'
  $$,
  array['one'],
  'anon sees the syllabus'
);
select is_empty(
  $$
    select from public.lesson_contents
    where lesson_id = '00000000-0000-4000-8000-000000000021'
  $$,
  'anon sees no content'
);
select throws_ok(
  $$ insert into public.courses (slug, title) values ('tap-anon', 'No') $$,
  '42501', null,
  'anon writes nothing'
);
select throws_ok(
  $$ select * from public.enroll('00000000-0000-4000-8000-000000000001') $$,
  '42501', null,
  'anon cannot enroll'
);
select throws_ok(
  $$ select private.is_admin() $$,
  '42501', null,
  'anon cannot name schema private'
);

-- A learner: enrolls, reads and completes, but cannot forge rows.
set local role authenticated;
select
  set_config(
    'request.jwt.claims',
    '{"role": "authenticated", "sub": "00000000-0000-4000-8000-00000000000b"}',
    true
  );
select is_empty(
  $$
    select from public.lesson_contents
    where lesson_id = '00000000-0000-4000-8000-000000000021'
  $$,
  'a learner who is not enrolled sees no content'
);
select results_eq(
  $$ select status::text from public.enroll('00000000-0000-4000-8000-000000000001') $$,
  array['active'],
  'a learner enrolls'
);
select results_eq(
  $$
    select body_md from public.lesson_contents
    where lesson_id = '00000000-0000-4000-8000-000000000021'
  $$,
  array['Text.'],
  'an enrolled learner reads the content'
);
select throws_ok(
  $$
    update public.enrollments set progress = 100
    where course_id = '00000000-0000-4000-8000-000000000001'
  $$,
  '42501', null,
  'a learner cannot write progress'
);
select results_eq(
  $$
    select status::text
    from public.complete_lesson('00000000-0000-4000-8000-000000000021')
  $$,
  array['completed'],
  'a learner completes a lesson'
);
select throws_like(
  $$ select * from public.enroll('00000000-0000-4000-8000-000000000002') $$,
  '%"code": "course_not_found"%',
  'a learner cannot enroll in a draft'
);

-- Another learner: sees none of these rows.
select
  set_config(
    'request.jwt.claims',
    '{"role": "authenticated", "sub": "00000000-0000-4000-8000-00000000000c"}',
    true
  );
select is_empty(
  $$
    select from public.enrollments
    where course_id = '00000000-0000-4000-8000-000000000001'
  $$,
  'another learner sees no enrollment'
);
select is_empty(
  $$
    update public.courses set title = 'Mine'
    where id = '00000000-0000-4000-8000-000000000001' returning 1
  $$,
  'another learner changes no course'
);

-- Staff: sees the learner and edits the course.
select
  set_config(
    'request.jwt.claims',
    '{"role": "authenticated", "sub": "00000000-0000-4000-8000-00000000000a"}',
    true
  );
select results_eq(
  $$
    select status::text, progress::integer from public.enrollments
    where course_id = '00000000-0000-4000-8000-000000000001'
  $$,
  $$ values ('completed', 100) $$,
  'staff see who has completed the course'
);
select results_eq(
  $$
    update public.courses set title = 'Opened'
    where id = '00000000-0000-4000-8000-000000000001' returning title collate "default"
  $$,
  array['Opened'],
  'staff change their course'
);
select throws_ok(
  $$
    update public.courses set is_published = true
    where id = '00000000-0000-4000-8000-000000000002'
  $$,
  '42501', null,
  'staff publish through publish_course only'
);

select * from finish();
rollback;
