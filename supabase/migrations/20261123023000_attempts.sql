-- Attempts: a learner takes a quiz; the database draws, times and grades it.
--
-- Invariants
--   * An attempt has a copy of its items without keys, with option ids of its own. The map to the
--     author's option ids and the score of each item are in private.attempt_secrets.
--   * A learner has at most one open attempt at a quiz, and never more attempts than allowed, under
--     any concurrency.
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
  user_id = (select auth.uid())
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

create function private.record_result(p_user_id uuid, p_lesson_id uuid) returns void
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
    perform private.bank_lesson(p_user_id, v_lesson);
  end if;
end
$$;
comment on function private.record_result(uuid, uuid) is
'Writes the result of a quiz to the learner''s progress; completes a lesson with the rule pass '
'when the result reaches the pass mark.';

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
  perform private.record_result(v_attempt.user_id, v_attempt.lesson_id);
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

create function private.shuffled_options(
  p_options jsonb, p_prefix text, p_shuffle boolean, p_seed text
) returns table (options jsonb, option_map jsonb)
language plpgsql immutable
set search_path = ''
as $$
begin
  return query
  select
    jsonb_agg(jsonb_build_object('id', p_prefix || s.at, 'text', s.option -> 'text') order by s.at),
    jsonb_object_agg(p_prefix || s.at, s.option -> 'id')
  from (
    select
      o.value as option,
      row_number() over (
        order by case when p_shuffle then md5(p_seed || (o.value ->> 'id')) end, o.ordinality
      ) as at
    from jsonb_array_elements(p_options) with ordinality as o
  ) as s;
end
$$;
comment on function private.shuffled_options(jsonb, text, boolean, text) is
'Options with ids of the attempt, ordered by a secret seed, and the map to the author''s ids.';

create function private.draw_item(
  p_question public.questions, p_shuffle boolean, p_seed text
) returns table (item jsonb, option_map jsonb)
language plpgsql immutable
set search_path = ''
as $$
declare
  v_options jsonb := '[]'::jsonb;
  v_map jsonb := '{}'::jsonb;
  v_left record;
  v_right record;
begin
  if p_question.kind = 'matching' then
    select * into v_left from private.shuffled_options(
      p_question.options -> 'left', 'l', p_shuffle, p_seed
    );
    -- Always shuffled: the author's order may be the key.
    select * into v_right from private.shuffled_options(
      p_question.options -> 'right', 'r', true, p_seed
    );
    v_options := jsonb_build_object('left', v_left.options, 'right', v_right.options);
    v_map := v_left.option_map || v_right.option_map;
  elsif p_question.kind in ('single', 'multiple', 'ordering') then
    select * into v_left from private.shuffled_options(
      p_question.options, 'o', p_shuffle or p_question.kind = 'ordering', p_seed
    );
    v_options := v_left.options;
    v_map := v_left.option_map;
  end if;
  return query select
    jsonb_build_object(
      'question_id', p_question.id, 'kind', p_question.kind, 'prompt_md', p_question.prompt_md,
      'points', p_question.points, 'options', v_options
    ),
    v_map;
end
$$;
comment on function private.draw_item(public.questions, boolean, text) is
'A question as an item of an attempt, without its key, and the map of its option ids.';

create type public.timed_attempt as (
  id uuid, lesson_id uuid, course_id uuid, user_id uuid, number integer,
  status public.attempt_status, started_at timestamptz, deadline timestamptz,
  submitted_at timestamptz, score numeric, max_score numeric, is_passed boolean,
  is_overridden boolean, items jsonb, answers jsonb, now timestamptz, seconds_left integer
);
comment on type public.timed_attempt is
'A row of quiz_attempts with the time of the server and the seconds until the deadline.';

create function private.timed_attempt(p_attempt public.quiz_attempts) returns public.timed_attempt
language plpgsql volatile
set search_path = ''
as $$
declare
  v_now timestamptz := clock_timestamp();
begin
  return row(
    p_attempt.id, p_attempt.lesson_id, p_attempt.course_id, p_attempt.user_id, p_attempt.number,
    p_attempt.status, p_attempt.started_at, p_attempt.deadline, p_attempt.submitted_at,
    p_attempt.score, p_attempt.max_score, p_attempt.is_passed, p_attempt.is_overridden,
    p_attempt.items, p_attempt.answers, v_now,
    case
      when p_attempt.deadline is null then null
      when p_attempt.status <> 'open' then 0
      -- As numbers: a deadline may be infinite, and the seconds may exceed an integer.
      else least(greatest(
        floor(extract(epoch from p_attempt.deadline) - extract(epoch from v_now)), 0
      ), 2147483647)
    end
  )::public.timed_attempt;
end
$$;
comment on function private.timed_attempt(public.quiz_attempts) is
'Adds now and seconds_left to an attempt: 0 once it is closed, null without a deadline.';

create function private.start_attempt(p_lesson_id uuid) returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons := private.enter_lesson(v_user_id, p_lesson_id);
  v_quiz public.quizzes;
  v_override private.quiz_overrides;
  v_attempt public.quiz_attempts;
  v_expired public.quiz_attempts;
  v_seed text := encode(extensions.gen_random_bytes(16), 'hex');
  v_due_at timestamptz;
  v_items jsonb;
  v_map jsonb;
begin
  select * into v_quiz from public.quizzes as z where z.lesson_id = p_lesson_id;
  if not found then
    perform private.refuse('quiz_not_found');
  end if;
  -- enter_lesson has locked the enrollment: concurrent starts of this learner are serialized.
  select * into v_attempt
  from public.quiz_attempts as a
  where a.lesson_id = p_lesson_id and a.user_id = v_user_id and a.status = 'open';
  if found then
    if not private.is_overdue(v_attempt.deadline) then
      return private.timed_attempt(v_attempt);
    end if;
    v_expired := private.close_attempt(private.lock_attempt(v_attempt.id), 'expired');
  end if;
  select * into v_override
  from private.quiz_overrides as o where o.lesson_id = p_lesson_id and o.user_id = v_user_id;
  v_due_at := coalesce(v_override.due_at, v_quiz.due_at);
  select coalesce(max(a.number), 0) + 1 into v_attempt.number
  from public.quiz_attempts as a
  where a.lesson_id = p_lesson_id and a.user_id = v_user_id;
  -- An error would roll back the grading of the attempt that has just expired: return it instead.
  if v_expired.id is not null and (
    clock_timestamp() >= v_due_at
    or v_attempt.number > v_quiz.max_attempts + coalesce(v_override.extra_attempts, 0)
    or not exists (select from public.questions as q where q.lesson_id = p_lesson_id)
  ) then
    return private.timed_attempt(v_expired);
  end if;
  if clock_timestamp() >= v_due_at then
    perform private.refuse('quiz_closed');
  end if;
  if v_attempt.number > v_quiz.max_attempts + coalesce(v_override.extra_attempts, 0) then
    perform private.refuse('attempts_exhausted');
  end if;
  with drawn as (
    select q as question
    from public.questions as q
    where q.lesson_id = p_lesson_id
    order by case when v_quiz.draw_count is not null then md5(v_seed || q.id) end, q.ord
    limit v_quiz.draw_count
  ),

  item as (
    select d.question, i.item, i.option_map
    from drawn as d
    cross join lateral private.draw_item(
      d.question, v_quiz.is_shuffled, v_seed || (d.question).id
    ) as i
  )

  select
    jsonb_agg(
      i.item order by
      case when v_quiz.is_shuffled then md5(v_seed || (i.question).id || 'order') end,
      (i.question).ord
    ),
    jsonb_object_agg((i.question).id, i.option_map),
    sum((i.question).points)
  into v_items, v_map, v_attempt.max_score
  from item as i;
  if v_items is null then
    perform private.refuse('quiz_empty');
  end if;
  insert into public.quiz_attempts (
    lesson_id, course_id, user_id, number, items, max_score, deadline
  )
  values (
    p_lesson_id, v_lesson.course_id, v_user_id, v_attempt.number, v_items, v_attempt.max_score,
    -- least ignores nulls.
    least(
      clock_timestamp()
      + make_interval(secs => v_quiz.time_limit_seconds + coalesce(v_override.extra_seconds, 0)),
      v_due_at
    )
  )
  returning * into v_attempt;
  insert into private.attempt_secrets (attempt_id, option_map) values (v_attempt.id, v_map);
  perform private.note_event(
    'attempt_started', v_user_id, v_lesson.course_id, p_lesson_id,
    jsonb_build_object('attempt_id', v_attempt.id, 'number', v_attempt.number)
  );
  perform private.note_activity(v_user_id, v_lesson.course_id, 0);
  insert into public.lesson_progress (user_id, lesson_id, course_id)
  values (v_user_id, p_lesson_id, v_lesson.course_id)
  on conflict (user_id, lesson_id) do nothing;
  perform set_config('response.status', '201', true);
  return private.timed_attempt(v_attempt);
end
$$;
grant execute on function private.start_attempt(uuid) to authenticated;

create function public.start_attempt(lesson_id uuid) returns public.timed_attempt
language sql volatile
set search_path = ''
begin atomic
  select private.start_attempt(start_attempt.lesson_id);
end;
comment on function public.start_attempt(uuid) is
'Starts an attempt at the quiz of a lesson, or returns the caller''s open attempt.

Returns the columns of quiz_attempts, now (the time of the server) and seconds_left until the
deadline: 0 once the attempt is closed, null without a deadline. items are the questions with option
ids of this attempt, answers the answers saved so far. The status is 201 when the attempt is new.

If the open attempt has expired and no other may follow, returns the expired attempt, graded.

Errors: not_authenticated, lesson_not_found, quiz_not_found, not_enrolled, lesson_locked,
quiz_closed, quiz_empty, attempts_exhausted.';

grant execute on function public.start_attempt(uuid) to authenticated;

create function private.is_valid_answer(p_item jsonb, p_answer jsonb) returns boolean
language plpgsql immutable
set search_path = ''
as $$
declare
  v_ids text [];
  v_list text [];
begin
  if p_answer = 'null' then
    return true;
  end if;
  v_ids := array(
    select o.value ->> 'id'
    from jsonb_array_elements(
      case jsonb_typeof(p_item -> 'options') when 'array' then p_item -> 'options' else '[]' end
    ) as o
  );
  case p_item ->> 'kind'
    when 'single' then
      return jsonb_typeof(p_answer) = 'string' and p_answer #>> '{}' = any(v_ids);
    when 'true_false' then
      return jsonb_typeof(p_answer) = 'boolean';
    when 'numeric' then
      return jsonb_typeof(p_answer) = 'number' and octet_length(p_answer::text) <= 100;
    when 'short_text' then
      return jsonb_typeof(p_answer) = 'string' and length(p_answer #>> '{}') <= 1000;
    when 'multiple' then
      v_list := private.text_list(p_answer);
      return v_list <@ v_ids and private.is_distinct_list(v_list);
    when 'ordering' then
      v_list := private.text_list(p_answer);
      return v_list <@ v_ids and private.is_distinct_list(v_list)
        and cardinality(v_list) = cardinality(v_ids);
    when 'matching' then
      return jsonb_typeof(p_answer) = 'object' and not exists (
        select from jsonb_each(p_answer) as a
        where not p_item -> 'options' -> 'left'
            @> jsonb_build_array(jsonb_build_object('id', a.key))
          or jsonb_typeof(a.value) <> 'string'
          or not p_item -> 'options' -> 'right'
            @> jsonb_build_array(jsonb_build_object('id', a.value))
      );
  end case;
  return false;
end
$$;
comment on function private.is_valid_answer(jsonb, jsonb) is
'Whether an answer has the form of its item, in option ids of the attempt. JSON null is valid: '
'it removes the answer.';

create function private.lock_own_attempt(p_attempt_id uuid) returns public.quiz_attempts
language plpgsql volatile
set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_attempt public.quiz_attempts;
begin
  if exists (
    select from public.quiz_attempts as a where a.id = p_attempt_id and a.user_id = v_user_id
  ) then
    v_attempt := private.lock_attempt(p_attempt_id);
  end if;
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  return v_attempt;
end
$$;
comment on function private.lock_own_attempt(uuid) is
'Locks an attempt of the caller and returns it; refuses any other with attempt_not_found.';

create function private.save_answer(p_attempt_id uuid, p_question_id uuid, p_answer jsonb)
returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts := private.lock_own_attempt(p_attempt_id);
  v_item jsonb;
begin
  if v_attempt.status <> 'open' then
    perform private.refuse('attempt_closed');
  end if;
  if private.is_overdue(v_attempt.deadline) then
    perform private.refuse('attempt_expired');
  end if;
  select i.value into v_item
  from jsonb_array_elements(v_attempt.items) as i
  where i.value ->> 'question_id' = p_question_id::text;
  if v_item is null then
    perform private.refuse('question_not_found');
  end if;
  if p_answer is not null and private.is_valid_answer(v_item, p_answer) is not true then
    perform private.refuse('invalid_answer');
  end if;
  update public.quiz_attempts a
  set answers = case
    when p_answer is null or p_answer = 'null' then a.answers - p_question_id::text
    else a.answers || jsonb_build_object(p_question_id, p_answer)
  end
  where a.id = p_attempt_id
  returning a.* into v_attempt;
  return private.timed_attempt(v_attempt);
end
$$;
grant execute on function private.save_answer(uuid, uuid, jsonb) to authenticated;

create function public.save_answer(attempt_id uuid, question_id uuid, answer jsonb)
returns public.timed_attempt
language sql volatile
set search_path = ''
begin atomic
  select private.save_answer(
    save_answer.attempt_id, save_answer.question_id, save_answer.answer
  );
end;
comment on function public.save_answer(uuid, uuid, jsonb) is
'Saves an answer in an open attempt of the caller and returns the attempt.

docs/authoring.md has the JSON of the answer for each kind of question, in option ids of the
attempt. null removes the answer. Answers are accepted until ten seconds after the deadline. Returns
now and seconds_left like start_attempt.

Errors: not_authenticated, attempt_not_found, question_not_found, attempt_closed, attempt_expired,
invalid_answer.';

grant execute on function public.save_answer(uuid, uuid, jsonb) to authenticated;

create function private.submit_attempt(p_attempt_id uuid) returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts := private.lock_own_attempt(p_attempt_id);
begin
  if v_attempt.status = 'open' then
    perform private.note_activity(v_attempt.user_id, v_attempt.course_id, 0);
    v_attempt := private.close_attempt(
      v_attempt,
      case when private.is_overdue(v_attempt.deadline) then 'expired' else 'submitted' end
      ::public.attempt_status
    );
  end if;
  return private.timed_attempt(v_attempt);
end
$$;
grant execute on function private.submit_attempt(uuid) to authenticated;

create function public.submit_attempt(attempt_id uuid) returns public.timed_attempt
language sql volatile
set search_path = ''
begin atomic
  select private.submit_attempt(submit_attempt.attempt_id);
end;
comment on function public.submit_attempt(uuid) is
'Submits and grades an attempt of the caller, and returns it with status, score and is_passed.

Idempotent: a closed attempt is returned unchanged. Later than ten seconds after the deadline the
status is expired instead of submitted; the answers saved in time are graded either way. Returns now
and seconds_left like start_attempt.

Errors: not_authenticated, attempt_not_found.';

grant execute on function public.submit_attempt(uuid) to authenticated;
