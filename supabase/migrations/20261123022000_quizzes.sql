-- Quizzes: settings, banks, questions, and the keys that no learner can reach.
--
-- Invariants
--   * Keys and explanations are in private.answer_keys. Learners read neither that table nor
--     questions; they see the copy of a question in their attempt.
--   * Each save of a question is a version, which never changes: an attempt is graded by the one
--     that it was given.
--   * A question that an attempt holds is never deleted. An archived question is not drawn, and
--     leaves the points of the attempts that hold it when they are graded.

create type public.quiz_scoring as enum ('highest', 'last', 'first', 'average');
comment on type public.quiz_scoring is 'Which of several attempts determines the result.';

create type public.quiz_reveal as enum ('never', 'after_submit', 'after_pass', 'after_close');
comment on type public.quiz_reveal is 'When a learner sees scores, keys and explanations of items.';

create type public.question_kind as enum (
  'single', 'multiple', 'true_false', 'numeric', 'short_text', 'ordering', 'matching', 'cloze',
  'essay', 'file'
);
comment on type public.question_kind is
'Determines the form of options, key and answer: see docs/authoring.md.';

create table public.quizzes (
  lesson_id uuid not null,
  course_id uuid not null,
  pass_mark numeric(5, 2) not null default 60,
  max_attempts integer,
  time_limit_seconds integer,
  is_shuffled boolean not null default true,
  draw_count integer,
  scoring public.quiz_scoring not null default 'highest',
  reveal public.quiz_reveal not null default 'after_submit',
  due_at timestamptz,
  due_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint quizzes_pkey primary key (lesson_id),
  constraint quizzes_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint quizzes_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint quizzes_pass_mark_check check (pass_mark > 0 and pass_mark <= 100),
  constraint quizzes_max_attempts_check check (max_attempts > 0),
  constraint quizzes_time_limit_seconds_check check (time_limit_seconds between 10 and 604800),
  constraint quizzes_draw_count_check check (draw_count > 0),
  constraint quizzes_due_at_check check (private.is_date(due_at)),
  constraint quizzes_due_on_check check (due_on between '2000-01-01' and '9999-12-30')
);
comment on table public.quizzes is
'The rules of a quiz lesson; save_question inserts the row with the first question.';
comment on column public.quizzes.course_id is 'The course of the lesson; set by trigger.';
comment on column public.quizzes.pass_mark is
'Per cent of the points needed to pass; passing completes a lesson with the rule pass. Up to 1, a '
'share: 0.6 means 60.';
comment on column public.quizzes.max_attempts is
'Attempts allowed for each learner; null: no limit.';
comment on column public.quizzes.time_limit_seconds is 'Seconds for one attempt; null: no limit.';
comment on column public.quizzes.is_shuffled is
'Shuffles questions and options. Options of an ordering are always shuffled.';
comment on column public.quizzes.draw_count is
'Number of questions drawn for each attempt; null: all.';
comment on column public.quizzes.due_at is
'No attempt starts after this time, and open attempts end at it.';
comment on column public.quizzes.due_on is
'Sets due_at to the end of this day in the time zone of the course. A later write of due_at takes '
'it back.';
create index quizzes_course_id_idx on public.quizzes (course_id);

create function private.tg_set_course_id() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  select l.course_id into new.course_id from public.lessons as l where l.id = new.lesson_id;
  return new;
end
$$;
comment on function private.tg_set_course_id() is 'Sets the course of a quiz or lab.';

-- After the row, and so after the policies: a caller who may not write gets 42501.
create function private.tg_require_type() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if not exists (
    select from public.lessons as l
    where l.id = new.lesson_id and l.content_type = tg_argv[0]::public.content_type
  ) then
    if tg_argv[0] = 'quiz' then
      perform private.refuse('not_a_quiz');
    end if;
    perform private.refuse('not_a_lab');
  end if;
  return null;
end
$$;
comment on function private.tg_require_type() is
'Refuses the rules of a quiz or lab for a lesson of another type.';

create trigger t10_set_course_id
before insert on public.quizzes
for each row execute function private.tg_set_course_id();
create function private.tg_set_due_at() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    if new.due_on is not distinct from old.due_on and new.due_at is distinct from old.due_at then
      new.due_on := null;
    elsif new.due_on is null and old.due_on is not null
      and new.due_at is not distinct from old.due_at then
      new.due_at := null;
    end if;
  end if;
  if new.due_on is not null then
    if tg_op = 'INSERT' then
      -- Another time zone of the course waits, and then finds the day; a row that is there is
      -- locked by it.
      perform from public.courses as c where c.id = new.course_id for share;
    end if;
    new.due_at := private.end_of_day(new.course_id, new.due_on);
  end if;
  return new;
end
$$;
comment on function private.tg_set_due_at() is
'Computes the due date of a quiz or lab from its day. The last of the two that is written holds.';

create trigger t20_set_due_at
before insert or update of due_at, due_on on public.quizzes
for each row execute function private.tg_set_due_at();
create trigger t20_require_type
after insert on public.quizzes
for each row execute function private.tg_require_type('quiz');
create trigger t20_touch_updated_at
before update on public.quizzes
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

alter table public.quizzes enable row level security;
revoke all on public.quizzes from public, anon, authenticated, service_role;
grant select on public.quizzes to authenticated, service_role;
grant insert (
  lesson_id, pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal,
  due_at, due_on
) on public.quizzes to authenticated, service_role;
grant update (
  pass_mark, max_attempts, time_limit_seconds, is_shuffled, draw_count, scoring, reveal, due_at,
  due_on
) on public.quizzes to authenticated, service_role;

create policy quizzes_select_member on public.quizzes
for select to authenticated
using (
  course_id = any(array(select private.enrolled_course_ids()))
  or course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy quizzes_select_member on public.quizzes is
'Enrolled learners, staff and admins read the rules of a quiz.';

create policy quizzes_insert_staff on public.quizzes
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quizzes_insert_staff on public.quizzes is 'Staff insert the rules of a quiz.';

create policy quizzes_update_staff on public.quizzes
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quizzes_update_staff on public.quizzes is 'Staff change the rules of a quiz.';

create table public.question_banks (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  title text collate private.alphabetical not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint question_banks_pkey primary key (id),
  constraint question_banks_id_course_id_key unique (id, course_id),
  constraint question_banks_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint question_banks_course_id_title_key unique (course_id, title),
  constraint question_banks_title_check check (
    private.check_column('title', private.is_title(title))
  )
);
comment on table public.question_banks is
'Questions of a course from which its quizzes draw; save_question writes them. Only staff read it.';

create trigger t20_touch_updated_at
before update on public.question_banks
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();
create trigger t90_spend_rows
after insert on public.question_banks
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');

alter table public.question_banks enable row level security;
revoke all on public.question_banks from public, anon, authenticated, service_role;
grant select, delete on public.question_banks to authenticated, service_role;
grant insert (id, course_id, title) on public.question_banks to authenticated, service_role;
grant update (title) on public.question_banks to authenticated, service_role;

create policy question_banks_select_staff on public.question_banks
for select to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy question_banks_select_staff on public.question_banks is
'Staff and admins read banks of questions.';

create policy question_banks_insert_staff on public.question_banks
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy question_banks_insert_staff on public.question_banks is
'Staff insert banks of questions.';

create policy question_banks_update_staff on public.question_banks
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy question_banks_update_staff on public.question_banks is
'Staff change banks of questions.';

create policy question_banks_delete_staff on public.question_banks
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy question_banks_delete_staff on public.question_banks is
'Staff delete banks of questions.';

create table public.quiz_draws (
  lesson_id uuid not null,
  bank_id uuid not null,
  course_id uuid not null,
  tag text not null default '',
  question_count integer,
  constraint quiz_draws_pkey primary key (lesson_id, bank_id, tag),
  constraint quiz_draws_lesson_id_fkey foreign key (lesson_id)
  references public.quizzes (lesson_id) on delete cascade,
  constraint quiz_draws_bank_id_course_id_fkey foreign key (bank_id, course_id)
  references public.question_banks (id, course_id) on delete cascade,
  constraint quiz_draws_tag_check check (length(tag) <= 40),
  constraint quiz_draws_question_count_check check (question_count between 1 and 1000)
);
comment on table public.quiz_draws is
'What each attempt at a quiz draws from banks of its course, beside the questions of the quiz.';
comment on column public.quiz_draws.course_id is 'The course of the quiz; set by trigger.';
comment on column public.quiz_draws.tag is 'Only questions with this tag; empty: all.';
comment on column public.quiz_draws.question_count is 'How many of them; null: all.';
create index quiz_draws_bank_id_course_id_idx on public.quiz_draws (bank_id, course_id);
create index quiz_draws_course_id_idx on public.quiz_draws (course_id);

create function private.tag_text(p_tag text) returns text
language sql immutable
set search_path = ''
as $$
  select btrim(regexp_replace(
    normalize(p_tag, nfc),
    '[[:space:]\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]+', ' ', 'g'
  ))
$$;
comment on function private.tag_text(text) is
'The spelling in which tags of questions are stored: composed letters, single blanks.';

create function private.tg_place_draw() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  new.tag := private.tag_text(new.tag);
  select l.course_id into new.course_id from public.lessons as l where l.id = new.lesson_id;
  -- Policies are evaluated after this trigger: other callers must not learn which rows exist.
  if not private.is_staff(new.course_id) then
    return new;
  end if;
  if not exists (select from public.quizzes as z where z.lesson_id = new.lesson_id) then
    perform private.refuse('quiz_not_found');
  end if;
  if not exists (
    select from public.question_banks as b
    where b.id = new.bank_id and b.course_id = new.course_id
  ) then
    perform private.refuse('bank_not_found');
  end if;
  return new;
end
$$;
comment on function private.tg_place_draw() is
'Sets course and spelling of the tag of a draw; refuses a lesson without a quiz and a bank of '
'another course.';

create trigger t10_place_draw
before insert on public.quiz_draws
for each row execute function private.tg_place_draw();
create trigger t90_spend_rows
after insert on public.quiz_draws
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');

alter table public.quiz_draws enable row level security;
revoke all on public.quiz_draws from public, anon, authenticated, service_role;
grant select, delete on public.quiz_draws to authenticated, service_role;
grant insert (lesson_id, bank_id, tag, question_count)
on public.quiz_draws to authenticated, service_role;
grant update (question_count) on public.quiz_draws to authenticated, service_role;

create policy quiz_draws_select_staff on public.quiz_draws
for select to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy quiz_draws_select_staff on public.quiz_draws is
'Staff and admins read what quizzes draw.';

create policy quiz_draws_insert_staff on public.quiz_draws
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quiz_draws_insert_staff on public.quiz_draws is 'Staff insert what quizzes draw.';

create policy quiz_draws_update_staff on public.quiz_draws
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quiz_draws_update_staff on public.quiz_draws is 'Staff change what quizzes draw.';

create policy quiz_draws_delete_staff on public.quiz_draws
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy quiz_draws_delete_staff on public.quiz_draws is 'Staff delete what quizzes draw.';

create table private.drawn_banks (
  bank_id uuid not null,
  lesson_id uuid not null,
  constraint drawn_banks_pkey primary key (bank_id, lesson_id),
  constraint drawn_banks_bank_id_fkey foreign key (bank_id)
  references public.question_banks (id) on delete cascade,
  constraint drawn_banks_lesson_id_fkey foreign key (lesson_id)
  references public.quizzes (lesson_id) on delete cascade
);
comment on table private.drawn_banks is
'The quizzes that draw from a bank or did: no attempt at another one holds a question of it.';
create index drawn_banks_lesson_id_idx on private.drawn_banks (lesson_id);
alter table private.drawn_banks enable row level security;
revoke all on private.drawn_banks from public, anon, authenticated, service_role;

create function private.tg_note_draw() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  insert into private.drawn_banks (bank_id, lesson_id) values (new.bank_id, new.lesson_id)
  on conflict (bank_id, lesson_id) do nothing;
  return null;
end
$$;
comment on function private.tg_note_draw() is 'Notes that a quiz draws from a bank.';

create trigger t20_note_draw
after insert on public.quiz_draws
for each row execute function private.tg_note_draw();

create table public.questions (
  id uuid not null default gen_random_uuid(),
  lesson_id uuid,
  bank_id uuid,
  course_id uuid not null,
  ord integer not null,
  kind public.question_kind not null,
  prompt_md text not null,
  points numeric(6, 2) not null default 1,
  options jsonb not null default '[]',
  tags text[] not null default '{}',
  revision integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  archived_at timestamptz,
  constraint questions_pkey primary key (id),
  constraint questions_lesson_id_fkey foreign key (lesson_id)
  references public.quizzes (lesson_id) on delete cascade,
  constraint questions_bank_id_course_id_fkey foreign key (bank_id, course_id)
  references public.question_banks (id, course_id) on delete cascade,
  constraint questions_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint questions_lesson_id_ord_key unique (lesson_id, ord) deferrable initially deferred,
  constraint questions_bank_id_ord_key unique (bank_id, ord) deferrable initially deferred,
  constraint questions_lesson_id_check check (num_nonnulls(lesson_id, bank_id) = 1),
  constraint questions_ord_check check (ord >= 0),
  constraint questions_prompt_md_check check (
    btrim(prompt_md) <> '' and length(prompt_md) <= 20000
  ),
  constraint questions_points_check check (points > 0)
);
comment on table public.questions is
'The questions of quizzes and banks, without keys. Only staff read them.';
comment on column public.questions.lesson_id is 'The quiz; null: the question is in a bank.';
comment on column public.questions.course_id is 'The course of the quiz or bank.';
comment on column public.questions.tags is 'By which a quiz draws it from its bank.';
comment on column public.questions.options is
'single, multiple, ordering: [{"id", "text"}]; matching: {"left": […], "right": […]}; cloze: '
'{"gaps": [{"id", "kind", "options"?}]}; others: [].';
comment on column public.questions.revision is
'Counts the edits of the question and its key, from 1: the number of its newest version.';
comment on column public.questions.updated_by is
'The account that saved it last; without a foreign key, since it may outlive the account.';
comment on column public.questions.archived_at is
'An archived question is not drawn and does not count; null: in use.';
create index questions_course_id_idx on public.questions (course_id);
create index questions_bank_id_course_id_idx on public.questions (bank_id, course_id);

create trigger t20_touch_updated_at
before update on public.questions
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create trigger t90_spend_rows
after insert on public.questions
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');
create trigger t90_spend_growth
after update on public.questions
for each row when (pg_column_size(new.*) > pg_column_size(old.*))
execute function private.tg_spend_growth('content');

alter table public.questions enable row level security;
revoke all on public.questions from public, anon, authenticated, service_role;
grant select, delete on public.questions to authenticated, service_role;

create policy questions_select_staff on public.questions
for select to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy questions_select_staff on public.questions is 'Staff and admins read questions.';

create policy questions_delete_staff on public.questions
for delete to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy questions_delete_staff on public.questions is
'Staff delete questions that no attempt holds.';

create table private.answer_keys (
  question_id uuid not null,
  key jsonb not null,
  explanation_md text,
  feedback jsonb not null default '{}',
  hints jsonb not null default '[]',
  updated_at timestamptz not null default now(),
  constraint answer_keys_pkey primary key (question_id),
  constraint answer_keys_question_id_fkey foreign key (question_id)
  references public.questions (id) on delete cascade
);
comment on table private.answer_keys is 'The key and explanation of each question.';
comment on column private.answer_keys.feedback is
'{option id: Markdown} of single and multiple; of true_false by "true" and "false", of matching by '
'left id, of cloze by gap. Shown with the key.';
comment on column private.answer_keys.hints is
'[{"text_md", "cost_percent"}] in order; take_hint copies one into an attempt.';
alter table private.answer_keys enable row level security;
revoke all on private.answer_keys from public, anon, authenticated, service_role;

create table private.question_versions (
  question_id uuid not null,
  revision integer not null,
  prompt_md text not null,
  points numeric(6, 2) not null,
  options jsonb not null,
  key jsonb not null,
  explanation_md text,
  feedback jsonb not null,
  hints jsonb not null,
  saved_by uuid,
  saved_at timestamptz not null,
  constraint question_versions_pkey primary key (question_id, revision),
  constraint question_versions_question_id_fkey foreign key (question_id)
  references public.questions (id) on delete cascade
);
comment on table private.question_versions is
'Every version of a question with its key, the current one too; written by a trigger.';
comment on column private.question_versions.saved_by is
'Who saved it, without a foreign key; null for a server.';
alter table private.question_versions enable row level security;
revoke all on private.question_versions from public, anon, authenticated, service_role;

create function private.tg_save_version() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  insert into private.question_versions (
    question_id, revision, prompt_md, points, options, key, explanation_md, feedback, hints,
    saved_by, saved_at
  )
  select
    q.id, q.revision, q.prompt_md, q.points, q.options, n.key, n.explanation_md, n.feedback,
    n.hints, q.updated_by, n.updated_at
  from new_rows as n
  inner join public.questions as q on q.id = n.question_id
  -- Only the owner of the database changes a key without a new revision.
  on conflict (question_id, revision) do update
  set
    key = excluded.key, explanation_md = excluded.explanation_md, feedback = excluded.feedback,
    hints = excluded.hints;
  -- Bytes alone: the question has been counted.
  perform private.spend_budget(
    auth.uid(), 'content',
    (select coalesce(sum(pg_column_size(n)), 0)::bigint from new_rows as n), 0
  );
  return null;
end
$$;
comment on function private.tg_save_version() is
'Writes the version of a question whose key was saved; the question is saved before its key.';

create trigger t50_save_version_insert
after insert on private.answer_keys
referencing new table as new_rows
for each statement execute function private.tg_save_version();
create trigger t50_save_version_update
after update on private.answer_keys
referencing new table as new_rows
for each statement execute function private.tg_save_version();
