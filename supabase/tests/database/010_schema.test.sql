-- The expected objects exist, and clients have no more access than intended: run by `supabase test
-- db`.
begin;
create extension if not exists pgtap with schema extensions;
select plan(87);

select has_schema('public'::name);
select has_schema('private'::name);

select has_table('public'::name, t.name::name, format('public.%s exists', t.name))
from unnest(
  array[
    'profiles', 'courses', 'course_staff', 'modules', 'lessons', 'lesson_contents',
    'course_prerequisites', 'lesson_prerequisites', 'entitlements', 'enrollments',
    'lesson_progress', 'quizzes', 'questions', 'quiz_attempts', 'labs', 'lab_submissions',
    'certificates', 'lesson_passages', 'learning_events', 'tutor_conversations',
    'tutor_messages'
  ]
) as t (name);

-- Row-level security, and no privilege that the Data API does not need.
select is_empty(
  $$
    select c.oid::regclass
    from pg_catalog.pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
      and c.relkind in ('r', 'p')
      and not c.relrowsecurity
  $$,
  'every table of public and private has row level security'
);

select is_empty(
  $$
    select c.oid::regclass, r.rolname
    from pg_catalog.pg_class as c
    cross join (values ('anon'), ('authenticated'), ('service_role')) as r (rolname)
    where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
      and c.relkind in ('r', 'p', 'v')
      and has_table_privilege(r.rolname, c.oid, 'truncate, references, trigger')
  $$,
  'no client may truncate, reference or add triggers to a table'
);

select table_privs_are('public', 'courses', 'anon', array['SELECT']);
select table_privs_are('public', 'enrollments', 'authenticated', array['SELECT']);
select table_privs_are('public', 'lesson_progress', 'service_role', array['SELECT']);
select table_privs_are('private', 'audit_log', 'service_role', '{}'::text[]);
select table_privs_are('private', 'answer_keys', 'authenticated', '{}'::text[]);
select table_privs_are('private', 'question_versions', 'authenticated', '{}'::text[]);
select table_privs_are('private', 'attempt_secrets', 'authenticated', '{}'::text[]);
select table_privs_are('public', 'quiz_attempts', 'authenticated', array['SELECT']);
select table_privs_are('public', 'lesson_passages', 'anon', array['SELECT']);
select table_privs_are('public', 'learning_events', 'authenticated', array['SELECT']);
select table_privs_are(
  'public', 'tutor_conversations', 'authenticated', array['SELECT', 'DELETE']
);
select table_privs_are('public', 'tutor_messages', 'authenticated', array['SELECT', 'DELETE']);
select table_privs_are('private', 'tutor_guidance', 'service_role', '{}'::text[]);
select schema_privs_are('private', 'anon', '{}'::text[]);
select schema_privs_are('private', 'authenticated', '{}'::text[]);
select schema_privs_are('private', 'service_role', '{}'::text[]);

-- The functions of the contract.
select has_function('public'::name, f.name::name, format('public.%s exists', f.name))
from unnest(
  array[
    'set_user_role', 'course_outline', 'publish_course', 'unpublish_course', 'reorder_modules',
    'reorder_lessons', 'enroll', 'withdraw', 'enroll_roster', 'record_progress',
    'complete_lesson', 'lesson_access', 'explain_access', 'lesson_page', 'my_learning',
    'save_question', 'start_attempt', 'save_answer', 'submit_attempt', 'review_attempt',
    'regrade_quiz', 'submit_lab', 'grade_lab', 'gradebook', 'verify_certificate', 'search',
    'search_facets', 'suggest', 'search_passages', 'course_overview', 'course_funnel',
    'course_learners', 'at_risk_learners',
    'instructor_dashboard', 'platform_overview', 'run_maintenance', 'begin_tutor_turn',
    'finish_tutor_turn', 'tutor_guard_material', 'tutor_quota'
  ]
) as f (name);

select function_privs_are('public', 'enroll', array['uuid', 'text'], 'anon', '{}'::text[]);
select function_privs_are(
  'public', 'enroll', array['uuid', 'text'], 'authenticated', array['EXECUTE']
);
select function_privs_are(
  'public', 'run_maintenance', '{}'::text[], 'authenticated', '{}'::text[]
);
select function_privs_are(
  'public', 'tutor_guard_material', array['uuid'], 'authenticated', '{}'::text[]
);
select is_empty(
  $$
    select p.oid::regprocedure
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.prosecdef
  $$,
  'nothing in public is security definer'
);

select trigger_is(
  'auth', 'users', 't10_create_profile', 'private', 'tg_create_profile',
  'an account gets its profile'
);

select * from finish();
rollback;
