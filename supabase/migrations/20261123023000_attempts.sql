-- Attempts: their rows, their deadlines, and how they are graded.
--
-- Invariants
--   * An attempt has a copy of its items without keys, with option ids of its own. The map to the
--     author's option ids and the score of each item are in private.attempt_secrets.
--   * The server's clock decides: no answer is saved later than ten seconds after the deadline. The
--     next call that reads the attempt after that grades it with the answers saved.
--   * An attempt with answers that staff grade is pending: submitted or expired, without a score,
--     until the last of them has a grade.
--   * Each item is graded by the version of its question that the attempt was given, until
--     regrade_quiz gives it the current one.
--   * Only grade_attempt, regrade_quiz, override_grade and a change of the rules of the quiz change
--     a closed attempt. Each change of a grade appends to private.grade_history.
--   * An edit of the rules never shortens the time limit of an open attempt, and ends none before
--     now.
--
-- Lock order: profile, lesson, quiz, enrollment, attempt, progress.

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
  time_limit_seconds integer,
  deadline timestamptz,
  answered_at timestamptz,
  revisions jsonb not null default '{}',
  submitted_at timestamptz,
  score numeric(9, 3),
  max_score numeric(9, 3) not null,
  is_passed boolean,
  is_overridden boolean not null default false,
  content_version integer,
  is_pending boolean not null default false,
  hints jsonb not null default '{}',
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
    and (status = 'open' or is_pending) = (score is null)
    and (status = 'open' or is_pending) = (is_passed is null)
    and not (status = 'open' and is_pending)
  ),
  constraint quiz_attempts_score_check check (score between 0 and max_score)
);
comment on table public.quiz_attempts is
'One attempt of a learner at a quiz; written by functions only. Embed the lesson through the quiz: '
'quizzes(lessons(title)).';
comment on column public.quiz_attempts.items is
'The questions as the learner sees them: [{question_id, kind, prompt_md, points, options}].';
comment on column public.quiz_attempts.answers is '{question_id: answer}, in ids of the attempt.';
comment on column public.quiz_attempts.time_limit_seconds is
'The time limit with the extra time of the learner; null: none. It never falls.';
comment on column public.quiz_attempts.answered_at is 'The time of the last saved answer.';
comment on column public.quiz_attempts.revisions is
'{question_id: revision} of the answers that were saved with one.';
comment on column public.quiz_attempts.deadline is
'The attempt expires ten seconds after it; null: no deadline.';
comment on column public.quiz_attempts.submitted_at is
'The time of submission; of an expired attempt, its deadline.';
comment on column public.quiz_attempts.is_overridden is
'Staff set the score; regrade_quiz does not change it.';
comment on column public.quiz_attempts.content_version is
'lesson_contents.version when the attempt began; null without content.';
comment on column public.quiz_attempts.is_pending is
'Awaits a grade by staff: closed, without a score.';
comment on column public.quiz_attempts.hints is
'{question_id: [{text_md, cost_percent}]}: the hints that the learner has taken.';
create unique index quiz_attempts_lesson_id_user_id_open_idx
on public.quiz_attempts (lesson_id, user_id) where status = 'open';
create index quiz_attempts_course_id_user_id_idx on public.quiz_attempts (course_id, user_id);
create index quiz_attempts_user_id_idx on public.quiz_attempts (user_id, lesson_id);
create index quiz_attempts_course_id_deadline_idx
on public.quiz_attempts (course_id, deadline) where status = 'open';

create index quiz_attempts_course_id_queue_idx
on public.quiz_attempts (course_id, submitted_at, id) where is_pending;

create trigger t05_note_version
before insert on public.quiz_attempts
for each row execute function private.tg_note_version();

create function private.lock_quiz_starts(p_lesson_id uuid, p_is_shared boolean) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_key bigint := hashtextextended(p_lesson_id::text, 13);
begin
  if p_is_shared then
    perform pg_advisory_xact_lock_shared(v_key);
  else
    perform pg_advisory_xact_lock(v_key);
  end if;
end
$$;
comment on function private.lock_quiz_starts(uuid, boolean) is
'Locks the starts of attempts at a quiz, or with a bank: shared to start one, exclusive to see all '
'of them.';

create function private.tg_refuse_held_question() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.lock_quiz_starts(coalesce(old.lesson_id, old.bank_id), false);
  if exists (
    select from public.quiz_attempts as a
    where a.lesson_id = any(array(
        select old.lesson_id
        union all
        select d.lesson_id from private.drawn_banks as d where d.bank_id = old.bank_id
      ))
      and a.items @> jsonb_build_array(jsonb_build_object('question_id', old.id))
  ) then
    perform private.refuse('question_has_attempts');
  end if;
  return old;
end
$$;
comment on function private.tg_refuse_held_question() is
'Refuses to delete a question that an attempt holds; it can be archived.';

-- Not where the lesson is deleted: a cascade runs at a depth of 1.
create trigger t10_refuse_held_question
before delete on public.questions
for each row when (pg_trigger_depth() = 0)
execute function private.tg_refuse_held_question();

create function private.tg_keep_bank() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.lock_quiz_starts(old.id, false);
  -- Waits for a draw that is being added, which would vanish with the bank.
  perform from public.question_banks as b where b.id = old.id for update;
  if exists (select from public.quiz_draws as d where d.bank_id = old.id) then
    perform private.refuse('bank_in_use');
  end if;
  if exists (
    select from private.drawn_banks as d
    inner join public.quiz_attempts as a on a.lesson_id = d.lesson_id
    cross join lateral jsonb_array_elements(a.items) as i
    inner join public.questions as q
      on q.id = (i.value ->> 'question_id')::uuid and q.bank_id = d.bank_id
    where d.bank_id = old.id
  ) then
    perform private.refuse('question_has_attempts');
  end if;
  return old;
end
$$;
comment on function private.tg_keep_bank() is
'Refuses to delete a bank from which quizzes draw, or with a question that an attempt holds.';

-- Not where the course is deleted.
create trigger t10_keep_bank
before delete on public.question_banks
for each row when (pg_trigger_depth() = 0)
execute function private.tg_keep_bank();

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
  item_revisions jsonb not null default '{}',
  item_grades jsonb not null default '{}',
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
comment on column private.attempt_secrets.item_revisions is
'{question_id: revision of the question} that grades the item; where it is missing, the current '
'one.';
comment on column private.attempt_secrets.item_grades is
'{question_id: {comment_md, graded_at, graded_by}} of the answers that staff have graded.';
alter table private.attempt_secrets enable row level security;
revoke all on private.attempt_secrets from public, anon, authenticated, service_role;

create table private.quiz_overrides (
  lesson_id uuid not null,
  user_id uuid not null,
  extra_seconds integer not null default 0,
  extra_attempts integer not null default 0,
  due_at timestamptz,
  due_on date,
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
comment on column private.quiz_overrides.due_on is
'The day at whose end due_at is, in the time zone of the course; null: due_at was given.';
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
    action in (
      'submitted', 'expired', 'closed', 'graded', 'regraded', 'overridden', 'restored',
      'rescored', 'accepted', 'returned'
    )
  )
);
comment on table private.grade_history is
'Append-only: each grade of an attempt or submission, and each change of a grade.';
comment on column private.grade_history.action is
'submitted, expired, closed (by staff): an attempt ended. graded: by staff, the last of its '
'answers. regraded: new keys, another pass mark, another grade by staff. '
'overridden, restored: staff set a score, or took it back. rescored: the result of a quiz by '
'another scoring. accepted, returned: a submission.';
comment on column private.grade_history.work_id is
'The attempt or the submission; for rescored the lesson.';
comment on column private.grade_history.actor_id is
'The account that caused it; null: a deadline or the server.';
create index grade_history_course_id_user_id_idx
on private.grade_history (course_id, user_id, id desc);
create index grade_history_user_id_idx on private.grade_history (user_id);
create index grade_history_work_id_idx on private.grade_history (work_id);
create function private.tg_spend_grades() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_rows integer;
begin
  select count(*) into v_rows from new_rows as n where n.actor_id <> n.user_id;
  if v_rows > 0 then
    perform private.spend_budget(auth.uid(), 'acts', 0, v_rows);
  end if;
  return null;
end
$$;
comment on function private.tg_spend_grades() is
'Spends the budget of the person who graded; a learner''s own lines belong to their attempt.';

create trigger t90_spend_grades
after insert on private.grade_history
referencing new table as new_rows
for each statement execute function private.tg_spend_grades();

alter table private.grade_history enable row level security;
revoke all on private.grade_history from public, anon, authenticated, service_role;

create function private.author_answer(p_kind public.question_kind, p_answer jsonb, p_map jsonb)
returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  if p_answer is null or p_answer = 'null' then
    return null;
  end if;
  case p_kind
    when 'single' then
      return p_map -> (p_answer #>> '{}');
    when 'multiple', 'ordering' then
      return (
        select jsonb_agg(p_map -> a.id order by a.at)
        from jsonb_array_elements_text(p_answer) with ordinality as a (id, at)
      );
    when 'matching' then
      return (
        select jsonb_object_agg(p_map ->> a.key, p_map -> a.value)
        from jsonb_each_text(p_answer) as a
      );
    when 'cloze' then
      return (
        select jsonb_object_agg(a.key, case
          when starts_with(a.value #>> '{}', a.key || 'o')
            then coalesce(p_map -> (a.value #>> '{}'), a.value)
          else a.value
        end)
        from jsonb_each(p_answer) as a
      );
    else
      return p_answer;
  end case;
end
$$;
comment on function private.author_answer(public.question_kind, jsonb, jsonb) is
'Translates an answer from the option ids of the attempt to those of the author.';

create function private.attempt_key(p_kind public.question_kind, p_key jsonb, p_map jsonb)
returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  case p_kind
    when 'true_false' then
      return p_key -> 'correct';
    when 'numeric' then
      return coalesce(p_key -> 'value', p_key #> '{values,0,value}');
    when 'short_text' then
      return p_key -> 'accepted' -> 0;
    when 'essay', 'file' then
      return p_key -> 'sample_md';
    when 'single' then
      return (
        select to_jsonb(m.key) from jsonb_each(p_map) as m where m.value = p_key -> 'correct'
      );
    when 'multiple' then
      return (
        select jsonb_agg(m.key)
        from jsonb_each(p_map) as m where p_key -> 'correct' @> m.value
      );
    when 'ordering' then
      return (
        select jsonb_agg(m.key order by o.at)
        from jsonb_array_elements(p_key -> 'order') with ordinality as o (id, at)
        inner join jsonb_each(p_map) as m on m.value = o.id
      );
    when 'cloze' then
      return (
        select jsonb_object_agg(g.key, private.attempt_key(
          private.gap_kind(g.value), g.value, (
            select jsonb_object_agg(m.key, m.value)
            from jsonb_each(p_map) as m where starts_with(m.key, g.key || 'o')
          )
        ))
        from jsonb_each(p_key -> 'gaps') as g
      );
    else -- matching
      return (
        select jsonb_object_agg(l.key, r.key)
        from jsonb_each_text(p_key -> 'pairs') as c
        inner join jsonb_each_text(p_map) as l on l.value = c.key and starts_with(l.key, 'l')
        inner join jsonb_each_text(p_map) as r on r.value = c.value and starts_with(r.key, 'r')
      );
  end case;
end
$$;
comment on function private.attempt_key(public.question_kind, jsonb, jsonb) is
'The right answer in the form of an answer, in option ids of the attempt, from a shown_key.';

create function private.attempt_feedback(
  p_kind public.question_kind, p_feedback jsonb, p_map jsonb
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(f.key, private.shown_markdown(f.value, 2)), '{}')
    from jsonb_each_text(case
      when p_feedback is null or p_kind in ('true_false', 'cloze') then p_feedback
      else (
        select jsonb_object_agg(m.key, p_feedback -> m.value)
        from jsonb_each_text(p_map) as m
        where p_feedback ? m.value and (p_kind <> 'matching' or starts_with(m.key, 'l'))
      )
    end) as f
  );
end
$$;
comment on function private.attempt_feedback(public.question_kind, jsonb, jsonb) is
'The feedback of the options that an attempt showed, by their ids in the attempt.';

create function private.hint_cost(p_hints jsonb, p_question_id text) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(sum((h.value ->> 'cost_percent')::numeric), 0) / 100
    from jsonb_array_elements(p_hints -> p_question_id) as h
  );
end
$$;
comment on function private.hint_cost(jsonb, text) is
'The share of the points of a question that the hints taken cost.';

create function private.judge_items(
  p_items jsonb, p_answers jsonb, p_map jsonb, p_hints jsonb, p_revisions jsonb
)
returns table (shares jsonb, revisions jsonb)
language plpgsql stable
set search_path = ''
as $$
declare
  v_revisions jsonb := p_revisions;
begin
  if exists (
    select from jsonb_to_recordset(p_items) as i (question_id text)
    where not p_revisions ? i.question_id
  ) then
    select coalesce(jsonb_object_agg(q.id, q.revision), '{}') || p_revisions into v_revisions
    from public.questions as q
    where q.id = any(array(
      select i.question_id from jsonb_to_recordset(p_items) as i (question_id uuid)
    ));
  end if;
  return query
  select
    coalesce(jsonb_object_agg(
      j.question_id,
      round(greatest(0, private.answer_share(
        j.kind, j.key, private.author_answer(j.kind, j.answer, j.option_map)
      ) - case
        when p_hints ? j.question_id then private.hint_cost(p_hints, j.question_id) else 0
      end), 6)
    ) filter (where j.kind not in ('essay', 'file')), '{}'),
    coalesce(jsonb_object_agg(j.question_id, j.revision), '{}')
  from (
    select
      i.question_id,
      i.kind,
      p_answers -> i.question_id as answer,
      p_map -> i.question_id as option_map,
      private.shown_key(i.kind, v.key, p_map -> i.question_id) as key,
      v.revision
    from jsonb_to_recordset(p_items) as i (question_id text, kind public.question_kind)
    inner join private.question_versions as v
      on v.question_id = i.question_id::uuid
      and v.revision = (v_revisions ->> i.question_id)::integer
    -- Not flattened: the key is computed once.
    offset 0
  ) as j
  where j.key is not null;
end
$$;
comment on function private.judge_items(jsonb, jsonb, jsonb, jsonb, jsonb) is
'Scores the items of an attempt by these revisions of their questions, the current ones where none '
'is given, less the cost of hints: {question_id: share}, without those that staff grade, and '
'{question_id: revision}; both without items of which the attempt showed no right option.';

create function private.counted_items(p_items jsonb) returns jsonb
language plpgsql stable
set search_path = ''
as $$
declare
  v_archived_ids uuid[] := array(
    select q.id
    from public.questions as q
    where q.archived_at is not null and q.id = any(array(
      select i.question_id from jsonb_to_recordset(p_items) as i (question_id uuid)
    ))
  );
begin
  if v_archived_ids = '{}' then
    return p_items;
  end if;
  return coalesce(
    (
      select jsonb_agg(i.value order by i.ordinality)
      from jsonb_array_elements(p_items) with ordinality as i
      where (i.value ->> 'question_id')::uuid <> all(v_archived_ids)
    ),
    p_items
  );
end
$$;
comment on function private.counted_items(jsonb) is
'The items of an attempt whose questions are not archived; all of them where all are.';

create function private.item_total(p_items jsonb, p_shares jsonb) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  return (
    select coalesce(round(sum(
      (i.value ->> 'points')::numeric * case
        when p_shares is null then 1
        else coalesce((p_shares ->> (i.value ->> 'question_id'))::numeric, 0)
      end
    ), 3), 0)
    from jsonb_array_elements(p_items) as i
  );
end
$$;
comment on function private.item_total(jsonb, jsonb) is
'The points of items from their shares; without shares, the most points.';

create function private.awaits_grade(p_items jsonb, p_shares jsonb) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return exists (
    select from jsonb_array_elements(p_items) as i
    where i.value ->> 'kind' in ('essay', 'file')
      and not coalesce(p_shares, '{}') ? (i.value ->> 'question_id')
  );
end
$$;
comment on function private.awaits_grade(jsonb, jsonb) is
'Whether one of the items is for staff to grade and has no share yet.';

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

-- The result of a learner in a quiz, in per cent: graded attempts combined by the scoring rule.
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
where a.status <> 'open' and not a.is_pending
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
  if v_lesson.completion_rule = 'pass'
    and v_result.score >= 100 * private.share(v_result.pass_mark)
    and not exists (
      select from public.lesson_progress as lp
      where lp.user_id = p_user_id and lp.lesson_id = p_lesson_id and lp.status = 'completed'
    ) then
    perform private.bank_lesson(p_user_id, v_lesson, p_act_of, null, v_result.score);
    return;
  end if;
  -- The row exists since the first attempt began. Not an upsert: that fires the triggers of insert
  -- too.
  update public.lesson_progress lp set score = v_result.score, updated_at = now()
  where lp.user_id = p_user_id and lp.lesson_id = p_lesson_id;
  if not found then
    insert into public.lesson_progress (user_id, lesson_id, course_id, score)
    values (p_user_id, p_lesson_id, v_lesson.course_id, v_result.score);
  end if;
  perform private.complete_enrollments(v_lesson.course_id, array[p_user_id], p_act_of);
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

create function private.finish_attempt(
  p_attempt public.quiz_attempts, p_state public.attempt_status, p_action text
) returns public.quiz_attempts
language plpgsql volatile
set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
  v_counted jsonb := private.counted_items(p_attempt.items);
  v_shares jsonb;
  v_max_score numeric := private.item_total(v_counted, null);
  v_score numeric;
  v_is_pending boolean;
begin
  -- An item that staff grade earns 0 without an answer, and otherwise waits.
  select
    (
      select coalesce(jsonb_object_agg(i.value ->> 'question_id', 0), '{}')
      from jsonb_array_elements(p_attempt.items) as i
      where i.value ->> 'kind' in ('essay', 'file')
        and not p_attempt.answers ? (i.value ->> 'question_id')
    ) || j.shares
  into v_shares
  from private.attempt_secrets as s
  cross join lateral private.judge_items(
    p_attempt.items, p_attempt.answers, s.option_map, p_attempt.hints, s.item_revisions
  ) as j
  where s.attempt_id = p_attempt.id;
  v_is_pending := private.awaits_grade(v_counted, v_shares);
  if not v_is_pending then
    v_score := private.item_total(v_counted, coalesce(v_shares, '{}'));
  end if;
  update private.attempt_secrets s set item_shares = v_shares
  where s.attempt_id = p_attempt.id;
  update public.quiz_attempts a
  set
    status = p_state,
    submitted_at = case p_state when 'expired' then a.deadline else clock_timestamp() end,
    score = v_score,
    is_pending = v_is_pending,
    max_score = v_max_score,
    is_passed = private.is_pass(v_score, v_max_score, z.pass_mark)
  from public.quizzes as z
  where a.id = p_attempt.id and z.lesson_id = a.lesson_id
  returning a.* into v_attempt;
  insert into private.grade_history (
    course_id, lesson_id, user_id, work_id, action, new_score, actor_id
  )
  values (
    v_attempt.course_id, v_attempt.lesson_id, v_attempt.user_id, v_attempt.id, p_action,
    v_score, case when p_action <> 'expired' then auth.uid() end
  );
  perform private.note_event(
    'attempt_closed', v_attempt.user_id, v_attempt.course_id, v_attempt.lesson_id,
    jsonb_build_object(
      'attempt_id', v_attempt.id, 'status', v_attempt.status, 'score', v_attempt.score,
      'max_score', v_attempt.max_score, 'is_passed', v_attempt.is_passed
    )
  );
  -- Also where the clock closes the attempt: the answers are the learner's act. Where staff close
  -- it, the moment is theirs.
  perform private.record_result(
    v_attempt.user_id, v_attempt.lesson_id,
    case
      when p_action <> 'closed' then 'learner'
      when private.is_manager(v_attempt.course_id) then 'manager'
    end
  );
  return v_attempt;
end
$$;
comment on function private.finish_attempt(public.quiz_attempts, public.attempt_status, text) is
'Grades a locked open attempt with the answers saved, and records the result; p_action is for the '
'history.';

create function private.grace() returns interval
language plpgsql immutable
set search_path = ''
as $$
begin
  return interval '10 seconds';
end
$$;
comment on function private.grace() is
'How long after a deadline an answer is accepted: the allowance for network latency.';

create function private.is_overdue(p_deadline timestamptz) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  return coalesce(clock_timestamp() > p_deadline + private.grace(), false);
end
$$;
comment on function private.is_overdue(timestamptz) is
'Whether a deadline and the allowance after it have passed.';

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
      perform private.finish_attempt(v_attempt, 'expired', 'expired');
      v_count := v_count + 1;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function private.expire_attempts(uuid) is
'Grades the overdue attempts of a course, or of all courses; pg_cron, where installed, runs it '
'each minute.';

create function private.attempt_deadline(
  p_started_at timestamptz, p_time_limit_seconds integer, p_due_at timestamptz,
  p_deadline timestamptz default null
) returns timestamptz
language plpgsql volatile
set search_path = ''
as $$
declare
  -- least ignores nulls.
  v_deadline timestamptz :=
    least(p_started_at + make_interval(secs => p_time_limit_seconds), p_due_at);
begin
  if v_deadline is null then
    return null;
  end if;
  return least(
    greatest(v_deadline, clock_timestamp()),
    greatest(v_deadline, coalesce(p_deadline, 'infinity'))
  );
end
$$;
comment on function private.attempt_deadline(timestamptz, integer, timestamptz, timestamptz) is
'The deadline of an attempt: the end of its time limit or the due date, whichever comes first. An '
'earlier one than p_deadline, the deadline so far, is never before now.';

create function private.move_deadlines(p_lesson_id uuid, p_user_id uuid default null)
returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform from public.quiz_attempts as a
  where a.lesson_id = p_lesson_id and a.status = 'open'
    and (p_user_id is null or a.user_id = p_user_id)
  order by a.id for update;
  update public.quiz_attempts a
  set
    time_limit_seconds = r.time_limit_seconds,
    deadline = private.attempt_deadline(a.started_at, r.time_limit_seconds, r.due_at, a.deadline)
  from (
    select
      o.id,
      coalesce(e.due_at, z.due_at) as due_at,
      -- An attempt without a limit keeps none.
      case when o.time_limit_seconds is not null and z.time_limit_seconds is not null then greatest(
        o.time_limit_seconds, z.time_limit_seconds + coalesce(e.extra_seconds, 0)
      ) end as time_limit_seconds
    from public.quiz_attempts as o
    inner join public.quizzes as z on z.lesson_id = o.lesson_id
    left join private.quiz_overrides as e
      on e.lesson_id = o.lesson_id and e.user_id = o.user_id
    where o.lesson_id = p_lesson_id and o.status = 'open'
      and (p_user_id is null or o.user_id = p_user_id)
  ) as r
  where a.id = r.id;
end
$$;
comment on function private.move_deadlines(uuid, uuid) is
'Applies the rules of a quiz and the exceptions of its learners to open attempts, or to that of '
'one learner.';
