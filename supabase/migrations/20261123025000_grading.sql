-- Grading after submission: regrades, overrides, exceptions for learners, statistics of questions.
--
-- Invariants
--   * A regrade recomputes scores with the current keys, except overridden ones, appends each old
--     score to the history and never revokes a completion.
--   * Setting a grade by hand requires a reason, which is recorded.
--
-- Lock order: lesson, profiles and enrollments by id, attempts, progress.

create function private.save_quiz_override(
  p_lesson_id uuid, p_user_id uuid, p_extra_seconds integer, p_extra_attempts integer,
  p_due_at timestamptz
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_override private.quiz_overrides;
begin
  perform private.require_staff(v_course_id);
  if not exists (
    select from public.enrollments as e where e.course_id = v_course_id and e.user_id = p_user_id
  ) then
    perform private.refuse('learner_not_found');
  end if;
  if p_extra_seconds not between 0 and 604800 or p_extra_attempts not between 0 and 1000 then
    perform private.refuse('invalid_override');
  end if;
  insert into private.quiz_overrides as o (
    lesson_id, user_id, extra_seconds, extra_attempts, due_at
  )
  values (
    p_lesson_id, p_user_id, coalesce(p_extra_seconds, 0), coalesce(p_extra_attempts, 0), p_due_at
  )
  on conflict (lesson_id, user_id) do update
  set
    extra_seconds = coalesce(p_extra_seconds, o.extra_seconds),
    extra_attempts = coalesce(p_extra_attempts, o.extra_attempts),
    due_at = coalesce(p_due_at, o.due_at)
  returning * into v_override;
  perform private.audit('save_quiz_override', p_user_id, to_jsonb(v_override));
  return to_jsonb(v_override);
end
$$;
grant execute on function private.save_quiz_override(uuid, uuid, integer, integer, timestamptz)
to authenticated, service_role;

create function public.save_quiz_override(
  lesson_id uuid, user_id uuid, extra_seconds integer default null,
  extra_attempts integer default null, due_at timestamptz default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.save_quiz_override(
    save_quiz_override.lesson_id, save_quiz_override.user_id, save_quiz_override.extra_seconds,
    save_quiz_override.extra_attempts, save_quiz_override.due_at
  );
end;
comment on function public.save_quiz_override(uuid, uuid, integer, integer, timestamptz) is
'Sets an exception of one learner from the rules of a quiz or lab, and returns it.

For staff. extra_seconds and extra_attempts add to the rules of the quiz, due_at replaces the due
date; all apply from the next attempt or submission. A null parameter leaves its value unchanged.

Errors: not_course_staff, learner_not_found, invalid_override.';

grant execute on function public.save_quiz_override(uuid, uuid, integer, integer, timestamptz)
to authenticated, service_role;

-- Without nested loops the plan is good with and without statistics, as in recount_progress.
create function private.regrade_quiz(p_lesson_id uuid) returns jsonb
language plpgsql volatile
security definer set search_path = '' set enable_nestloop = off
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_quiz public.quizzes;
  v_user_ids uuid [];
  v_user_id uuid;
  v_attempts integer;
  v_changed integer;
begin
  perform private.require_staff(v_course_id);
  select * into v_quiz from public.quizzes as z where z.lesson_id = p_lesson_id;
  if not found then
    perform private.refuse('quiz_not_found');
  end if;
  perform from public.lessons as l where l.id = p_lesson_id for key share;
  perform from public.profiles as p
  where p.id in (select a.user_id from public.quiz_attempts as a where a.lesson_id = p_lesson_id)
  order by p.id for key share;
  perform from public.enrollments as e
  where e.course_id = v_course_id and exists (
    select from public.quiz_attempts as a
    where a.lesson_id = p_lesson_id and a.user_id = e.user_id
  )
  order by e.id for update;

  -- One pass over all attempts. Without a key (a deleted question) the old share remains.
  with graded as materialized (
    select
      a.id,
      a.score as old_score,
      a.items,
      s.item_shares || private.item_shares(a.items, a.answers, s.option_map) as shares
    from public.quiz_attempts as a
    inner join private.attempt_secrets as s on s.attempt_id = a.id
    where a.lesson_id = p_lesson_id and a.status <> 'open' and not a.is_overridden
  ),

  rescored as materialized (
    select g.id, g.old_score, private.item_total(g.items, g.shares) as score from graded as g
  ),

  shares as (
    update private.attempt_secrets s set item_shares = g.shares
    from graded as g where s.attempt_id = g.id and s.item_shares <> g.shares
  ),

  changed as (
    update public.quiz_attempts a
    set
      score = n.score,
      is_passed = private.is_pass(n.score, a.max_score, v_quiz.pass_mark)
    from rescored as n
    where a.id = n.id
      and (a.score, a.is_passed)
      <> (n.score, private.is_pass(n.score, a.max_score, v_quiz.pass_mark))
    returning a.id, a.user_id, n.old_score, a.score
  ),

  noted as (
    insert into private.grade_history (
      course_id, lesson_id, user_id, work_id, action, old_score, new_score, actor_id
    )
    select
      v_course_id, p_lesson_id, c.user_id, c.id, 'regraded', c.old_score, c.score, auth.uid()
    from changed as c
  )

  select
    (select count(*) from graded), count(*), coalesce(array_agg(distinct c.user_id), '{}')
  into v_attempts, v_changed, v_user_ids
  from changed as c;

  update public.lesson_progress lp
  set score = r.score, updated_at = now()
  from private.quiz_results as r
  where r.lesson_id = p_lesson_id and lp.lesson_id = p_lesson_id and lp.user_id = r.user_id
    and lp.score is distinct from r.score;
  -- Learners who reach the pass mark only now: record_result completes the lesson. A regrade
  -- follows an edit of the quiz, so it completes no course.
  for v_user_id in
    select r.user_id
    from private.quiz_results as r
    inner join public.lesson_progress as lp
      on lp.lesson_id = p_lesson_id and lp.user_id = r.user_id and lp.status = 'started'
    where r.lesson_id = p_lesson_id and r.score >= 100 * private.share(r.pass_mark)
  loop
    perform private.record_result(v_user_id, p_lesson_id, null);
  end loop;
  perform private.audit(
    'regrade_quiz', p_lesson_id, jsonb_build_object('attempts', v_attempts, 'changed', v_changed)
  );
  return jsonb_build_object(
    'attempts', v_attempts, 'changed', v_changed, 'learners', cardinality(v_user_ids)
  );
end
$$;
grant execute on function private.regrade_quiz(uuid) to authenticated, service_role;

create function public.regrade_quiz(lesson_id uuid) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.regrade_quiz(regrade_quiz.lesson_id);
end;
comment on function public.regrade_quiz(uuid) is
'Grades all closed attempts at a quiz again with the current keys and pass mark.

For staff. Returns counts: attempts (graded again), changed (with another score or result) and
learners (of changed attempts). Overridden scores and completions do not change; grade_history has
the old scores.

Errors: not_course_staff, quiz_not_found.';

grant execute on function public.regrade_quiz(uuid) to authenticated, service_role;

create function private.override_grade(p_attempt_id uuid, p_score numeric, p_reason text)
returns public.quiz_attempts
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
  v_old numeric;
begin
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  perform private.require_staff(v_attempt.course_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  if coalesce(btrim(p_reason), '') = '' or length(p_reason) > 1000 then
    perform private.refuse('reason_required');
  end if;
  v_attempt := private.lock_attempt(p_attempt_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  if v_attempt.status = 'open' then
    perform private.refuse('attempt_open');
  end if;
  if p_score is null or p_score not between 0 and v_attempt.max_score then
    perform private.refuse('invalid_score', jsonb_build_object('max_score', v_attempt.max_score));
  end if;
  v_old := v_attempt.score;
  update public.quiz_attempts a
  set
    score = round(p_score, 3),
    is_passed = private.is_pass(round(p_score, 3), a.max_score, z.pass_mark),
    is_overridden = true
  from public.quizzes as z
  where a.id = p_attempt_id and z.lesson_id = a.lesson_id
  returning a.* into v_attempt;
  insert into private.grade_history (
    course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
  )
  values (
    v_attempt.course_id, v_attempt.lesson_id, v_attempt.user_id, p_attempt_id, 'overridden',
    v_old, v_attempt.score, btrim(p_reason), auth.uid()
  );
  perform private.record_result(
    v_attempt.user_id, v_attempt.lesson_id,
    case when private.is_manager(v_attempt.course_id) then 'manager' end
  );
  return v_attempt;
end
$$;
grant execute on function private.override_grade(uuid, numeric, text)
to authenticated, service_role;

create function public.override_grade(attempt_id uuid, score numeric, reason text)
returns public.quiz_attempts
language sql volatile
set search_path = ''
begin atomic
  select private.override_grade(
    override_grade.attempt_id, override_grade.score, override_grade.reason
  );
end;
comment on function public.override_grade(uuid, numeric, text) is
'Sets the score of a closed attempt, with a reason, and returns the attempt.

For staff. score is in points, 0 to max_score. reason has 1 to 1,000 characters and is recorded in
grade_history. A completion is never revoked; regrade_quiz does not change the score.

Errors: not_course_staff, attempt_not_found, attempt_open, invalid_score, reason_required.';

grant execute on function public.override_grade(uuid, numeric, text)
to authenticated, service_role;

create type public.question_stats_row as (
  question_id uuid, ord integer, kind public.question_kind, prompt_md text, answer_count integer,
  difficulty numeric, discrimination numeric, choices jsonb
);
comment on type public.question_stats_row is 'A row of question_stats.';

create function private.question_stats(p_lesson_id uuid) returns setof public.question_stats_row
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_see_few boolean;
begin
  perform private.require_staff(v_course_id);
  v_see_few := private.may_see_few(v_course_id);
  return query
  with attempt as materialized (
    select
      a.user_id, a.items, a.answers, s.option_map, s.item_shares,
      private.item_total(a.items, s.item_shares) as total
    from public.quiz_attempts as a
    inner join private.attempt_secrets as s on s.attempt_id = a.id
    where a.lesson_id = p_lesson_id and a.status <> 'open'
  ),

  item as (
    select
      a.user_id,
      (i.value ->> 'question_id')::uuid as question_id,
      (a.item_shares ->> (i.value ->> 'question_id'))::numeric as share,
      (i.value ->> 'points')::numeric as points,
      a.total,
      private.author_answer(
        (i.value ->> 'kind')::public.question_kind,
        a.answers -> (i.value ->> 'question_id'),
        a.option_map -> (i.value ->> 'question_id')
      ) as answer
    from attempt as a
    cross join lateral jsonb_array_elements(a.items) as i
  ),

  figure as (
    select
      i.question_id,
      count(*)::integer as answer_count,
      count(distinct i.user_id) as learners,
      round(100 * avg(i.share), 2) as difficulty,
      -- With the rest of the attempt: the item itself would raise the correlation.
      round(corr(i.share, i.total - i.share * i.points)::numeric, 4) as discrimination
    from item as i
    group by i.question_id
  ),

  pick as (
    select i.question_id, o.option_id, count(*) as picks
    from item as i
    cross join lateral jsonb_array_elements_text(
      case jsonb_typeof(i.answer)
        when 'array' then i.answer
        when 'string' then jsonb_build_array(i.answer)
        when 'boolean' then jsonb_build_array(i.answer)
        else '[]'
      end
    ) as o (option_id)
    group by i.question_id, o.option_id
  ),

  choice as (
    select p.question_id, jsonb_object_agg(p.option_id, p.picks) as choices
    from pick as p group by p.question_id
  )

  select
    q.id, q.ord, q.kind, q.prompt_md,
    case when s.is_shown then coalesce(f.answer_count, 0) end,
    case when s.is_shown then f.difficulty end,
    case when s.is_shown then f.discrimination end,
    case
      when s.is_shown and q.kind in ('single', 'multiple', 'true_false')
        then coalesce(c.choices, '{}')
    end
  from public.questions as q
  left join figure as f on f.question_id = q.id
  left join choice as c on c.question_id = q.id
  cross join lateral (
    select v_see_few or coalesce(f.learners, 0) not between 1 and 4
  ) as s (is_shown)
  where q.lesson_id = p_lesson_id
  order by q.ord, q.id
  limit 1000;
end
$$;
grant execute on function private.question_stats(uuid) to authenticated, service_role;

create function public.question_stats(lesson_id uuid) returns setof public.question_stats_row
language sql stable
set search_path = ''
begin atomic
  select * from private.question_stats(question_stats.lesson_id);
end;
comment on function public.question_stats(uuid) is
'Statistics of each question of a quiz, over closed attempts.

For staff. answer_count counts attempts with the question. difficulty is the mean result in per cent
of the points, 0 to 100: a low value is a hard question. discrimination is the correlation of the
result with the rest of the attempt, -1 to 1. choices counts picks by option id, {"a": 12}, and is
null for kinds without choices. An admin who is not staff of the course gets nulls for a question
that 1 to 4 learners have answered.

Errors: not_course_staff.';

grant execute on function public.question_stats(uuid) to authenticated, service_role;
