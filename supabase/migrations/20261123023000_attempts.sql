-- Attempts: their rows, their deadlines, and how they are graded.
--
-- Invariants
--   * An attempt has a copy of its items without keys, with option ids of its own. The map to the
--     author's option ids and the score of each item are in private.attempt_secrets.
--   * The server's clock decides: no answer is saved later than ten seconds after the deadline. The
--     next call that reads the attempt after that grades it with the answers saved.
--   * Only regrade_quiz and override_grade change a closed attempt. Each change of a grade appends
--     to private.grade_history.
--
-- Lock order: profile, lesson, enrollment, attempt, progress.

create type public.attempt_status as enum ('open', 'submitted', 'expired');
comment on type public.attempt_status is
'open until the learner submits it, or it expires after its deadline.';

create table public.quiz_attempts (
  id uuid not null default gen_random_uuid(),
  lesson_id uuid not null,
  course_id uuid not null,
  user_id uuid not null,
  number integer not null,
  items jsonb not null,
  answers jsonb not null default '{}',
  status public.attempt_status not null default 'open',
  started_at timestamptz not null default clock_timestamp(),
  deadline timestamptz,
  submitted_at timestamptz,
  score numeric(9, 3),
  max_score numeric(9, 3) not null,
  is_passed boolean,
  is_overridden boolean not null default false,
  constraint quiz_attempts_pkey primary key (id),
  constraint quiz_attempts_lesson_id_user_id_number_key unique (lesson_id, user_id, number),
  constraint quiz_attempts_lesson_id_fkey foreign key (lesson_id)
  references public.quizzes (lesson_id) on delete cascade,
  constraint quiz_attempts_course_id_user_id_fkey foreign key (course_id, user_id)
  references public.enrollments (course_id, user_id) on delete cascade,
  constraint quiz_attempts_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint quiz_attempts_state_check check (
    (status = 'open') = (submitted_at is null)
    and (status = 'open') = (score is null)
    and (status = 'open') = (is_passed is null)
  ),
  constraint quiz_attempts_score_check check (score between 0 and max_score)
);
comment on table public.quiz_attempts is
'One attempt of a learner at a quiz; written by functions only. Embed the lesson through the quiz: '
'quizzes(lessons(title)).';
comment on column public.quiz_attempts.items is
'The questions as the learner sees them: [{question_id, kind, prompt_md, points, options}].';
comment on column public.quiz_attempts.answers is '{question_id: answer}, in ids of the attempt.';
comment on column public.quiz_attempts.deadline is
'The attempt expires ten seconds after it; null: no deadline.';
comment on column public.quiz_attempts.submitted_at is
'The time of submission; of an expired attempt, its deadline.';
comment on column public.quiz_attempts.is_overridden is
'Staff set the score; regrade_quiz does not change it.';
create unique index quiz_attempts_lesson_id_user_id_open_idx
on public.quiz_attempts (lesson_id, user_id) where status = 'open';
create index quiz_attempts_course_id_user_id_idx on public.quiz_attempts (course_id, user_id);
create index quiz_attempts_user_id_idx on public.quiz_attempts (user_id, lesson_id);
create index quiz_attempts_course_id_deadline_idx
on public.quiz_attempts (course_id, deadline) where status = 'open';

alter table public.quiz_attempts enable row level security;
revoke all on public.quiz_attempts from public, anon, authenticated, service_role;
grant select on public.quiz_attempts to authenticated, service_role;

create policy quiz_attempts_select_related on public.quiz_attempts
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy quiz_attempts_select_related on public.quiz_attempts is
'Learners read their own attempts, staff those in their courses, admins all.';

create table private.attempt_secrets (
  attempt_id uuid not null,
  option_map jsonb not null,
  item_shares jsonb,
  constraint attempt_secrets_pkey primary key (attempt_id),
  constraint attempt_secrets_attempt_id_fkey foreign key (attempt_id)
  references public.quiz_attempts (id) on delete cascade
);
comment on table private.attempt_secrets is
'The parts of an attempt that its learner must not read.';
comment on column private.attempt_secrets.option_map is
'{question_id: {option id in the attempt: option id of the author}}.';
comment on column private.attempt_secrets.item_shares is
'{question_id: share of its points, 0 to 1}; null until the attempt is graded.';
alter table private.attempt_secrets enable row level security;
revoke all on private.attempt_secrets from public, anon, authenticated, service_role;

create table private.quiz_overrides (
  lesson_id uuid not null,
  user_id uuid not null,
  extra_seconds integer not null default 0,
  extra_attempts integer not null default 0,
  due_at timestamptz,
  constraint quiz_overrides_pkey primary key (lesson_id, user_id),
  constraint quiz_overrides_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint quiz_overrides_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint quiz_overrides_extra_seconds_check check (extra_seconds between 0 and 604800),
  constraint quiz_overrides_extra_attempts_check check (extra_attempts between 0 and 1000)
);
comment on table private.quiz_overrides is
'Exceptions of one learner from the rules of a quiz or lab: time, attempts, due date.';
create index quiz_overrides_user_id_idx on private.quiz_overrides (user_id);
alter table private.quiz_overrides enable row level security;
revoke all on private.quiz_overrides from public, anon, authenticated, service_role;

create table private.grade_history (
  id bigint generated always as identity,
  occurred_at timestamptz not null default clock_timestamp(),
  course_id uuid not null,
  lesson_id uuid not null,
  user_id uuid not null,
  work_id uuid not null,
  action text not null,
  old_score numeric(9, 3),
  new_score numeric(9, 3),
  reason text,
  actor_id uuid,
  constraint grade_history_pkey primary key (id),
  constraint grade_history_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint grade_history_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint grade_history_action_check check (
    action in ('submitted', 'expired', 'regraded', 'overridden', 'accepted', 'returned')
  )
);
comment on table private.grade_history is
'Append-only: each grade of an attempt or submission, and each change of a grade.';
comment on column private.grade_history.work_id is 'The attempt or the submission.';
comment on column private.grade_history.actor_id is
'The account that caused it; null: a deadline or the server.';
create index grade_history_course_id_user_id_idx
on private.grade_history (course_id, user_id, id desc);
create index grade_history_user_id_idx on private.grade_history (user_id);
create index grade_history_work_id_idx on private.grade_history (work_id);
alter table private.grade_history enable row level security;
revoke all on private.grade_history from public, anon, authenticated, service_role;

create function private.author_answer(p_kind public.question_kind, p_answer jsonb, p_map jsonb)
returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  return case
    when p_answer is null or p_answer = 'null' then null
    when p_kind = 'single' then p_map -> (p_answer #>> '{}')
    when p_kind in ('multiple', 'ordering') then (
      select jsonb_agg(p_map -> a.id order by a.at)
      from jsonb_array_elements_text(p_answer) with ordinality as a (id, at)
    )
    when p_kind = 'matching' then (
      select jsonb_object_agg(p_map ->> a.key, p_map -> a.value) from jsonb_each_text(p_answer) as a
    )
    else p_answer
  end;
end
$$;
comment on function private.author_answer(public.question_kind, jsonb, jsonb) is
'Translates an answer from the option ids of the attempt to those of the author.';

create function private.item_shares(p_items jsonb, p_answers jsonb, p_map jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(
      i.value ->> 'question_id',
      round(private.answer_share(
        (i.value ->> 'kind')::public.question_kind, k.key,
        private.author_answer(
          (i.value ->> 'kind')::public.question_kind,
          p_answers -> (i.value ->> 'question_id'),
          p_map -> (i.value ->> 'question_id')
        )
      ), 6)
    ), '{}')
    from jsonb_array_elements(p_items) as i
    inner join private.answer_keys as k on k.question_id = (i.value ->> 'question_id')::uuid
  );
end
$$;
comment on function private.item_shares(jsonb, jsonb, jsonb) is
'Scores each item of an attempt with the current keys: {question_id: share}, without items whose '
'question was deleted.';

create function private.item_total(p_items jsonb, p_shares jsonb) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(round(sum(
      (i.value ->> 'points')::numeric
      * coalesce((p_shares ->> (i.value ->> 'question_id'))::numeric, 0)
    ), 3), 0)
    from jsonb_array_elements(p_items) as i
  );
end
$$;
comment on function private.item_total(jsonb, jsonb) is
'The points of an attempt from the shares of its items.';

create function private.is_pass(p_score numeric, p_max_score numeric, p_pass_mark numeric)
returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return p_score >= p_max_score * private.share(p_pass_mark);
end
$$;
comment on function private.is_pass(numeric, numeric, numeric) is
'Whether a score reaches the pass mark.';

-- The result of a learner in a quiz, in per cent: closed attempts combined by the scoring rule.
create view private.quiz_results with (security_invoker = true) as
select
  a.lesson_id,
  a.user_id,
  trunc(100 * case z.scoring
    when 'highest' then max(a.score / a.max_score)
    when 'average' then avg(a.score / a.max_score)
    when 'first' then (array_agg(a.score / a.max_score order by a.number))[1]
    when 'last' then (array_agg(a.score / a.max_score order by a.number desc))[1]
  end, 2) as score,
  z.pass_mark,
  count(*) as attempt_count
from public.quiz_attempts as a
inner join public.quizzes as z on a.lesson_id = z.lesson_id
where a.status <> 'open'
group by a.lesson_id, a.user_id, z.scoring, z.pass_mark;
comment on view private.quiz_results is
'Per learner and quiz: the result in per cent, by the scoring of the quiz.';

revoke all on private.quiz_results from public, anon, authenticated, service_role;

create function private.record_result(p_user_id uuid, p_lesson_id uuid, p_act_of text)
returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_lesson public.lessons;
  v_result record;
begin
  select * into v_lesson from public.lessons as l where l.id = p_lesson_id;
  select r.score, r.pass_mark into v_result
  from private.quiz_results as r where r.lesson_id = p_lesson_id and r.user_id = p_user_id;
  insert into public.lesson_progress as lp (user_id, lesson_id, course_id, score)
  values (p_user_id, p_lesson_id, v_lesson.course_id, v_result.score)
  on conflict (user_id, lesson_id) do update set score = excluded.score, updated_at = now();
  if v_lesson.completion_rule = 'pass'
    and v_result.score >= 100 * private.share(v_result.pass_mark)
    and not exists (
      select from public.lesson_progress as lp
      where lp.user_id = p_user_id and lp.lesson_id = p_lesson_id and lp.status = 'completed'
    ) then
    perform private.bank_lesson(p_user_id, v_lesson, p_act_of);
  else
    perform private.complete_enrollments(v_lesson.course_id, array[p_user_id], p_act_of);
  end if;
end
$$;
comment on function private.record_result(uuid, uuid, text) is
'Writes the result of a quiz to the learner''s progress; completes a lesson with the rule pass '
'when the result reaches the pass mark. p_act_of as in complete_enrollments.';

create function private.lock_attempt(p_attempt_id uuid) returns public.quiz_attempts
language plpgsql volatile
set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
begin
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  perform from public.profiles as p where p.id = v_attempt.user_id for key share;
  perform from public.lessons as l where l.id = v_attempt.lesson_id for key share;
  perform from public.enrollments as e
  where e.course_id = v_attempt.course_id and e.user_id = v_attempt.user_id for update;
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id for update;
  return v_attempt;
end
$$;
comment on function private.lock_attempt(uuid) is
'Locks an attempt, in the lock order of this file, and returns it; null when it does not exist.';

create function private.close_attempt(
  p_attempt public.quiz_attempts, p_state public.attempt_status
) returns public.quiz_attempts
language plpgsql volatile
set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
  v_given jsonb;
  v_shares jsonb;
  v_score numeric;
begin
  -- An item whose question was deleted during the attempt earns its full points.
  select
    (
      select jsonb_object_agg(i.value ->> 'question_id', 1)
      from jsonb_array_elements(p_attempt.items) as i
      where not exists (
        select from private.answer_keys as k
        where k.question_id = (i.value ->> 'question_id')::uuid
      )
    ),
    private.item_shares(p_attempt.items, p_attempt.answers, s.option_map)
  into v_given, v_shares
  from private.attempt_secrets as s where s.attempt_id = p_attempt.id;
  v_shares := coalesce(v_given, '{}') || v_shares;
  v_score := private.item_total(p_attempt.items, v_shares);
  update private.attempt_secrets s set item_shares = v_shares where s.attempt_id = p_attempt.id;
  update public.quiz_attempts a
  set
    status = p_state,
    submitted_at = case p_state when 'expired' then a.deadline else clock_timestamp() end,
    score = v_score,
    is_passed = private.is_pass(v_score, a.max_score, z.pass_mark)
  from public.quizzes as z
  where a.id = p_attempt.id and z.lesson_id = a.lesson_id
  returning a.* into v_attempt;
  insert into private.grade_history (
    course_id, lesson_id, user_id, work_id, action, new_score, actor_id
  )
  values (
    v_attempt.course_id, v_attempt.lesson_id, v_attempt.user_id, v_attempt.id, p_state::text,
    v_score, case p_state when 'submitted' then v_attempt.user_id end
  );
  perform private.note_event(
    'attempt_closed', v_attempt.user_id, v_attempt.course_id, v_attempt.lesson_id,
    jsonb_build_object(
      'attempt_id', v_attempt.id, 'status', v_attempt.status, 'score', v_attempt.score,
      'max_score', v_attempt.max_score, 'is_passed', v_attempt.is_passed
    )
  );
  -- Also where the clock closes the attempt: the answers are the learner's act.
  perform private.record_result(v_attempt.user_id, v_attempt.lesson_id, 'learner');
  return v_attempt;
end
$$;
comment on function private.close_attempt(public.quiz_attempts, public.attempt_status) is
'Grades a locked open attempt with the answers saved, and records the result.';

create function private.is_overdue(p_deadline timestamptz) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  return coalesce(clock_timestamp() > p_deadline + interval '10 seconds', false);
end
$$;
comment on function private.is_overdue(timestamptz) is
'Whether a deadline has passed by more than ten seconds, the allowance for network latency.';

create function private.expire_attempts(p_course_id uuid) returns integer
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_id uuid;
  v_attempt public.quiz_attempts;
  v_count integer := 0;
begin
  -- PostgREST runs a GET read-only: leave the grading to the next call that may write.
  if current_setting('transaction_read_only')::boolean then
    return 0;
  end if;
  for v_id in
    select a.id from public.quiz_attempts as a
    where a.status = 'open' and (p_course_id is null or a.course_id = p_course_id)
      and private.is_overdue(a.deadline)
    limit 1000
  loop
    -- Skip rows that are locked: the next call retries, and this one never waits.
    perform from public.profiles as p
    where p.id = (select a.user_id from public.quiz_attempts as a where a.id = v_id)
    for key share skip locked;
    continue when not found;
    perform from public.lessons as l
    where l.id = (select a.lesson_id from public.quiz_attempts as a where a.id = v_id)
    for key share skip locked;
    continue when not found;
    perform from public.enrollments as e
    inner join public.quiz_attempts as a on a.course_id = e.course_id and a.user_id = e.user_id
    where a.id = v_id
    for update of e skip locked;
    continue when not found;
    perform from public.quiz_attempts as a where a.id = v_id for update skip locked;
    continue when not found;
    -- The result may open a lesson. A concurrent edit of the course may hold this lock, see the
    -- cache of open lessons.
    continue when not private.try_lock_open_lessons(
      (select a.course_id from public.quiz_attempts as a where a.id = v_id)
    );
    v_attempt := private.lock_attempt(v_id);
    -- The deadline may have changed before the lock was taken.
    if v_attempt.status = 'open' and private.is_overdue(v_attempt.deadline) then
      perform private.close_attempt(v_attempt, 'expired');
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function private.expire_attempts(uuid) is
'Grades the overdue attempts of a course, or of all courses; pg_cron, where installed, runs it '
'each minute.';

-- A new due date also applies to open attempts, except those of learners with their own due date.
create function private.tg_move_deadlines() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.quiz_attempts a
  set deadline = least(
    a.started_at + make_interval(secs => new.time_limit_seconds + coalesce((
      select o.extra_seconds from private.quiz_overrides as o
      where o.lesson_id = a.lesson_id and o.user_id = a.user_id
    ), 0)),
    new.due_at
  )
  where a.lesson_id = new.lesson_id and a.status = 'open'
    and not exists (
      select from private.quiz_overrides as o
      where o.lesson_id = a.lesson_id and o.user_id = a.user_id and o.due_at is not null
    );
  return null;
end
$$;
comment on function private.tg_move_deadlines() is
'Applies a new due date of a quiz to the deadlines of its open attempts.';

create trigger t30_move_deadlines
after update of due_at on public.quizzes
for each row when (old.due_at is distinct from new.due_at)
execute function private.tg_move_deadlines();
