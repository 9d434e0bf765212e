-- A learner takes a quiz without access to its answer keys: run by `supabase test db`.
begin;
create extension if not exists pgtap with schema extensions;
select plan(13);

-- One instructor, one learner, one course with a quiz lesson.
insert into auth.users (id, email, raw_user_meta_data)
values
('00000000-0000-4000-8000-00000000000a', 'ada@tap.test', '{}'),
('00000000-0000-4000-8000-00000000000b', 'bo@tap.test', '{}');
update public.profiles set role = 'instructor'
where id = '00000000-0000-4000-8000-00000000000a';
insert into public.courses (id, slug, title, is_published, created_by)
values (
  '00000000-0000-4000-8000-000000000001', 'tap-quiz', 'Quiz', true,
  '00000000-0000-4000-8000-00000000000a'
);
insert into public.modules (id, course_id, title)
values (
  '00000000-0000-4000-8000-000000000011', '00000000-0000-4000-8000-000000000001', 'One'
);
insert into public.lessons (id, module_id, slug, title, content_type, is_published)
values (
  '00000000-0000-4000-8000-000000000021', '00000000-0000-4000-8000-000000000011', 'one', 'One',
  'quiz', true
);

-- Staff: writes the question and reads its key.
set local role authenticated;
select
  set_config(
    'request.jwt.claims',
    '{"role": "authenticated", "sub": "00000000-0000-4000-8000-00000000000a"}',
    true
  );
select lives_ok(
  $$
    select public.save_question(
      lesson_id => '00000000-0000-4000-8000-000000000021', kind => 'single', points => 1,
      prompt_md => 'Which?', explanation_md => 'Because.', key => '{"correct": "author-b"}',
      options => '[{"id": "author-a", "text": "A"}, {"id": "author-b", "text": "B"}]'
    )
  $$,
  'staff write a question with its key'
);
select matches(
  public.question_keys('00000000-0000-4000-8000-000000000021')::text, 'author-b',
  'staff read the key'
);

-- A learner: takes the quiz, and can read neither the key nor the question's row.
select
  set_config(
    'request.jwt.claims',
    '{"role": "authenticated", "sub": "00000000-0000-4000-8000-00000000000b"}',
    true
  );
select lives_ok(
  $$ select public.enroll('00000000-0000-4000-8000-000000000001') $$,
  'a learner enrolls'
);
select results_eq(
  $$ select status::text from public.start_attempt('00000000-0000-4000-8000-000000000021') $$,
  array['open'],
  'a learner starts an attempt'
);
select is_empty(
  $$ select from public.questions where lesson_id = '00000000-0000-4000-8000-000000000021' $$,
  'a learner sees no question'
);
select results_eq(
  $$ select count(*)::integer from public.quiz_attempts where items::text ~ 'Which' $$,
  array[1],
  'a learner sees the copy in the attempt'
);
select is_empty(
  $$ select from public.quiz_attempts where items::text ~ 'author|Because' $$,
  'the copy has no key, no explanation and no option ids of the author'
);
select throws_like(
  $$ select public.question_keys('00000000-0000-4000-8000-000000000021') $$,
  '%"code": "not_course_staff"%',
  'a learner cannot read the key'
);
select throws_ok(
  $$ update public.quiz_attempts set score = 1, is_passed = true $$,
  '42501', null,
  'a learner cannot write a score'
);
select throws_ok(
  $$ update public.quiz_attempts set deadline = null $$,
  '42501', null,
  'a learner cannot write a deadline'
);
select results_eq(
  $$
    select s.status::text
    from
      public.quiz_attempts as a,
      lateral public.submit_attempt(a.id) as s
  $$,
  array['submitted'],
  'a learner submits'
);

-- Anonymous: sees none of these rows.
set local role anon;
select set_config('request.jwt.claims', '{"role": "anon"}', true);
select throws_ok(
  $$ select from public.quiz_attempts $$,
  '42501', null,
  'anon sees no attempt'
);
select throws_like(
  $$ select public.verify_certificate('%') $$,
  '%"code": "certificate_not_found"%',
  'a pattern is no code of a certificate'
);

select * from finish();
rollback;
