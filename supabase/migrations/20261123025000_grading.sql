-- Grading after submission: changed rules, regrades, overrides, statistics of questions.
--
-- Invariants
--   * A change of pass mark or scoring applies to all learners in the statement that makes it.
--   * A regrade recomputes scores with the current keys, except overridden ones, and gives the
--     current versions to open attempts too.
--   * Each change of a score or result appends the old one to the history; none revokes a
--     completion.
--   * Setting a grade by hand requires a reason, which is recorded, and another learner.
--
-- Lock order: lesson, quiz, profiles and enrollments by id, attempts, progress.

create function private.lock_results(p_lesson_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform from public.lessons as l where l.id = p_lesson_id for key share;
  perform from public.quizzes as z where z.lesson_id = p_lesson_id for no key update;
  -- Attempts that start now are seen afterwards.
  perform private.lock_quiz_starts(p_lesson_id, false);
  perform from public.profiles as p
  where p.id in (select a.user_id from public.quiz_attempts as a where a.lesson_id = p_lesson_id)
  order by p.id for key share;
  perform from public.enrollments as e
  where e.course_id = (select l.course_id from public.lessons as l where l.id = p_lesson_id)
    and exists (
      select from public.quiz_attempts as a
      where a.lesson_id = p_lesson_id and a.user_id = e.user_id
    )
  order by e.id for update;
end
$$;
comment on function private.lock_results(uuid) is
'Locks the results of a quiz: its rules, and the enrollments of all who have attempted it.';

-- Without nested loops the plan is good with and without statistics, as in recount_progress.
create function private.apply_rules(p_lesson_id uuid, p_reason text, p_noted_ids uuid[])
returns uuid[]
language plpgsql volatile
set search_path = '' set enable_nestloop = off
as $$
declare
  v_quiz public.quizzes;
  v_user_ids uuid[];
  v_rescored_ids uuid[];
  v_user_id uuid;
begin
  select * into v_quiz from public.quizzes as z where z.lesson_id = p_lesson_id;
  with changed as (
    update public.quiz_attempts a
    set is_passed = not a.is_passed
    where a.lesson_id = p_lesson_id and a.status <> 'open'
      and a.is_passed <> private.is_pass(a.score, a.max_score, v_quiz.pass_mark)
    returning a.id, a.user_id, a.score
  ),

  noted as (
    insert into private.grade_history (
      course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
    )
    select
      v_quiz.course_id, p_lesson_id, c.user_id, c.id, 'regraded', c.score, c.score, p_reason,
      auth.uid()
    from changed as c
    order by c.user_id
  )

  select coalesce(array_agg(distinct c.user_id), '{}') into v_user_ids from changed as c;

  with changed as (
    select lp.user_id, lp.score as old_score, r.score
    from public.lesson_progress as lp
    -- Without a result where all attempts wait for a grade again.
    left join (
      select q.* from private.quiz_results as q where q.lesson_id = p_lesson_id
    ) as r on r.user_id = lp.user_id
    where lp.lesson_id = p_lesson_id and lp.course_id = v_quiz.course_id
      and lp.score is distinct from r.score
  ),

  rescored as (
    update public.lesson_progress lp
    set score = c.score, updated_at = now()
    from changed as c
    where lp.lesson_id = p_lesson_id and lp.user_id = c.user_id
  ),

  noted as (
    insert into private.grade_history (
      course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
    )
    select
      v_quiz.course_id, p_lesson_id, c.user_id, p_lesson_id, 'rescored', c.old_score, c.score,
      p_reason, auth.uid()
    from changed as c
    -- A regraded attempt has its own line.
    where c.user_id <> all(p_noted_ids)
    order by c.user_id
  )

  select coalesce(array_agg(c.user_id), '{}') into v_rescored_ids from changed as c;

  -- Learners who reach the pass mark only now: record_result completes the lesson. An edit of the
  -- quiz is the cause, so no course is completed.
  for v_user_id in
    select r.user_id
    from private.quiz_results as r
    inner join public.lesson_progress as lp
      on lp.lesson_id = p_lesson_id and lp.user_id = r.user_id and lp.status = 'started'
    where r.lesson_id = p_lesson_id and r.score >= 100 * private.share(r.pass_mark)
    order by r.user_id
  loop
    perform private.record_result(v_user_id, p_lesson_id, null);
  end loop;
  return array(
    select distinct u.id from unnest(v_user_ids || v_rescored_ids || p_noted_ids) as u (id)
  );
end
$$;
comment on function private.apply_rules(uuid, text, uuid[]) is
'Judges the closed attempts at a quiz by its pass mark and the learners by its scoring, and '
'returns the learners whose result changed, with p_noted_ids, whose history has it already.';

create function private.tg_apply_rules() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_is_moved boolean :=
    (old.due_at, old.time_limit_seconds) is distinct from (new.due_at, new.time_limit_seconds);
begin
  -- Attempts that start now have read the old rules.
  if v_is_moved then
    perform private.lock_quiz_starts(new.lesson_id, false);
  end if;
  if (old.pass_mark, old.scoring) <> (new.pass_mark, new.scoring) then
    perform private.lock_results(new.lesson_id);
    perform private.apply_rules(
      new.lesson_id,
      concat_ws(
        ', ',
        case when new.pass_mark <> old.pass_mark
          then format('pass_mark %s → %s', old.pass_mark, new.pass_mark) end,
        case when new.scoring <> old.scoring
          then format('scoring %s → %s', old.scoring, new.scoring) end
      ),
      '{}'
    );
  end if;
  if v_is_moved then
    perform private.move_deadlines(new.lesson_id);
  end if;
  return null;
end
$$;
comment on function private.tg_apply_rules() is
'Applies another pass mark or scoring to all learners of a quiz at once, and another due date or '
'time limit to its open attempts.';

create trigger t30_apply_rules
after update of pass_mark, scoring, due_at, due_on, time_limit_seconds on public.quizzes
for each row when (
  (old.pass_mark, old.scoring, old.due_at, old.time_limit_seconds)
  is distinct from (new.pass_mark, new.scoring, new.due_at, new.time_limit_seconds)
)
execute function private.tg_apply_rules();

create function private.regrade_quiz(p_lesson_id uuid, p_reason text) returns jsonb
language plpgsql volatile
security definer set search_path = '' set enable_nestloop = off
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_quiz public.quizzes;
  v_user_ids uuid [];
  v_attempts integer;
  v_changed integer;
begin
  perform private.require_manager(v_course_id);
  p_reason := private.read_reason(p_reason, false);
  perform private.lock_results(p_lesson_id);
  select * into v_quiz from public.quizzes as z where z.lesson_id = p_lesson_id;
  if not found then
    perform private.refuse('quiz_not_found');
  end if;

  -- One pass over all attempts. An item that cannot be scored any more keeps its share.
  with graded as materialized (
    select
      a.id,
      a.status = 'open' as is_open,
      a.score as old_score,
      private.counted_items(a.items) as items,
      s.item_shares || j.shares as shares,
      s.item_revisions || j.revisions as revisions
    from public.quiz_attempts as a
    inner join private.attempt_secrets as s on s.attempt_id = a.id
    cross join lateral private.judge_items(
      a.items, a.answers, s.option_map, a.hints, '{}'
    ) as j
    where a.lesson_id = p_lesson_id and not a.is_overridden
  ),

  rescored as materialized (
    select
      g.id, g.old_score, w.is_pending,
      case when not w.is_pending then private.item_total(g.items, g.shares) end as score,
      private.item_total(g.items, null) as max_score
    from graded as g
    cross join lateral (select private.awaits_grade(g.items, g.shares) as is_pending) as w
    where not g.is_open
  ),

  secrets as (
    update private.attempt_secrets s
    set
      item_shares = case when not g.is_open then g.shares end,
      item_revisions = g.revisions
    from graded as g
    where s.attempt_id = g.id and (
      s.item_revisions <> g.revisions
      or (not g.is_open and s.item_shares is distinct from g.shares)
    )
  ),

  changed as (
    update public.quiz_attempts a
    set
      score = n.score,
      max_score = n.max_score,
      is_pending = n.is_pending,
      is_passed = private.is_pass(n.score, n.max_score, v_quiz.pass_mark)
    from rescored as n
    where a.id = n.id
      and (a.score, a.max_score, a.is_passed) is distinct from
      (n.score, n.max_score, private.is_pass(n.score, n.max_score, v_quiz.pass_mark))
    returning a.id, a.user_id, n.old_score, a.score
  ),

  noted as (
    insert into private.grade_history (
      course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
    )
    select
      v_course_id, p_lesson_id, c.user_id, c.id, 'regraded', c.old_score, c.score, p_reason,
      auth.uid()
    from changed as c
  )

  select
    (select count(*) from rescored), count(*), coalesce(array_agg(distinct c.user_id), '{}')
  into v_attempts, v_changed, v_user_ids
  from changed as c;

  v_user_ids := private.apply_rules(p_lesson_id, p_reason, v_user_ids);
  perform private.audit('regrade_quiz', p_lesson_id, jsonb_build_object(
    'attempts', v_attempts, 'changed', v_changed, 'learners', cardinality(v_user_ids),
    'reason', p_reason
  ));
  return jsonb_build_object(
    'attempts', v_attempts, 'changed', v_changed, 'learners', cardinality(v_user_ids)
  );
end
$$;
grant execute on function private.regrade_quiz(uuid, text) to authenticated, service_role;

create function public.regrade_quiz(lesson_id uuid, reason text default null) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.regrade_quiz(regrade_quiz.lesson_id, regrade_quiz.reason);
end;
comment on function public.regrade_quiz(uuid, text) is
'Grades all closed attempts at a quiz again with the current keys.

Open attempts are graded with them too, when they close. For owners, instructors, admins,
service_role. Points of archived questions leave score and max_score of every attempt. An option counts only where the attempt showed it; an item of which it
showed no right option keeps its share, and so does one that staff grade. Returns counts: attempts
(graded again), changed (with another score, max_score or result) and learners (whose result
changed). Overridden scores and completions do not change; grade_history has the old scores and the
reason, of at most 1,000 characters.

Errors: not_course_staff, quiz_not_found, reason_required.';

grant execute on function public.regrade_quiz(uuid, text) to authenticated, service_role;

create function private.override_grade(p_attempt_id uuid, p_score numeric, p_reason text)
returns public.quiz_attempts
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
  v_old numeric;
  v_new numeric := round(p_score, 3);
begin
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  perform private.require_staff(v_attempt.course_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  perform private.refuse_own_work(v_attempt.user_id);
  p_reason := private.read_reason(p_reason, true);
  v_attempt := private.lock_attempt(p_attempt_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  if v_attempt.status = 'open' then
    perform private.refuse('attempt_open');
  end if;
  if v_attempt.is_pending then
    perform private.refuse('attempt_pending');
  end if;
  if p_score not between 0 and v_attempt.max_score then
    perform private.refuse('invalid_score', jsonb_build_object('max_score', v_attempt.max_score));
  end if;
  v_old := v_attempt.score;
  if v_new is null then
    -- The score that was computed last; regrade_quiz applies later keys.
    select private.item_total(private.counted_items(v_attempt.items), s.item_shares) into v_new
    from private.attempt_secrets as s where s.attempt_id = p_attempt_id;
    v_attempt.max_score := private.item_total(private.counted_items(v_attempt.items), null);
  end if;
  update public.quiz_attempts a
  set
    score = v_new,
    max_score = v_attempt.max_score,
    is_passed = private.is_pass(v_new, v_attempt.max_score, z.pass_mark),
    is_overridden = p_score is not null
  from public.quizzes as z
  where a.id = p_attempt_id and z.lesson_id = a.lesson_id
  returning a.* into v_attempt;
  insert into private.grade_history (
    course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
  )
  values (
    v_attempt.course_id, v_attempt.lesson_id, v_attempt.user_id, p_attempt_id,
    case when p_score is null then 'restored' else 'overridden' end,
    v_old, v_attempt.score, p_reason, auth.uid()
  );
  perform private.audit('override_grade', p_attempt_id, jsonb_build_object(
    'user_id', v_attempt.user_id, 'old_score', v_old, 'new_score', v_attempt.score,
    'is_overridden', v_attempt.is_overridden, 'reason', p_reason
  ));
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

For staff, not for their own attempts. score is in points, 0 to max_score; null takes an overridden
score back to the one that was computed. reason has 1 to 1,000 characters and is recorded in
grade_history and the audit log. A completion is never revoked; regrade_quiz does not change an
overridden score.

Errors: not_course_staff, attempt_not_found, own_work, attempt_open, attempt_pending, invalid_score,
reason_required.';

grant execute on function public.override_grade(uuid, numeric, text)
to authenticated, service_role;

create function private.grade_attempt(p_attempt_id uuid, p_grades jsonb, p_reason text)
returns public.quiz_attempts
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
  v_secret private.attempt_secrets;
  v_old public.quiz_attempts;
  v_counted jsonb;
  v_shares jsonb;
begin
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  perform private.require_staff(v_attempt.course_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  perform private.refuse_own_work(v_attempt.user_id);
  v_attempt := private.lock_attempt(p_attempt_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  if v_attempt.status = 'open' then
    perform private.refuse('attempt_open');
  end if;
  if jsonb_typeof(p_grades) is distinct from 'object' or exists (
    select from jsonb_each(p_grades) as g
    left join jsonb_array_elements(v_attempt.items) as i on i.value ->> 'question_id' = g.key
    where (i.value ->> 'kind' in ('essay', 'file')) is not true
      or jsonb_typeof(g.value -> 'score_percent') is distinct from 'number'
      or (g.value ->> 'score_percent')::numeric not between 0 and 100
      or coalesce(jsonb_typeof(g.value -> 'comment_md'), 'null') not in ('string', 'null')
      or length(g.value ->> 'comment_md') > 20000
  ) then
    perform private.refuse('invalid_grade');
  end if;
  select * into v_secret from private.attempt_secrets as s where s.attempt_id = p_attempt_id;
  -- Of two who grade the same answer the second one changes a grade, and gives a reason.
  p_reason := private.read_reason(p_reason, exists (
    select from jsonb_object_keys(p_grades) as g where v_secret.item_grades ? g
  ));
  v_counted := private.counted_items(v_attempt.items);
  v_shares := coalesce(v_secret.item_shares, '{}') || (
    select coalesce(jsonb_object_agg(
      g.key, round(greatest(
        0, (g.value ->> 'score_percent')::numeric / 100 - private.hint_cost(v_attempt.hints, g.key)
      ), 6)
    ), '{}')
    from jsonb_each(p_grades) as g
  );
  update private.attempt_secrets s
  set
    item_shares = v_shares,
    item_grades = s.item_grades || (
      select coalesce(jsonb_object_agg(g.key, jsonb_build_object(
        'comment_md', nullif(btrim(g.value ->> 'comment_md'), ''),
        'graded_at', clock_timestamp(), 'graded_by', auth.uid()
      )), '{}')
      from jsonb_each(p_grades) as g
    )
  where s.attempt_id = p_attempt_id;
  if private.awaits_grade(v_counted, v_shares) or v_attempt.is_overridden then
    return v_attempt;
  end if;
  v_old := v_attempt;
  update public.quiz_attempts a
  set
    is_pending = false,
    score = private.item_total(v_counted, v_shares),
    max_score = private.item_total(v_counted, null),
    is_passed = private.is_pass(
      private.item_total(v_counted, v_shares), private.item_total(v_counted, null), z.pass_mark
    )
  from public.quizzes as z
  where a.id = p_attempt_id and z.lesson_id = a.lesson_id
  returning a.* into v_attempt;
  -- A question may have been archived meanwhile: with the same score the result may be another.
  if (v_attempt.score, v_attempt.max_score, v_attempt.is_passed)
    is not distinct from (v_old.score, v_old.max_score, v_old.is_passed) then
    return v_attempt;
  end if;
  insert into private.grade_history (
    course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
  )
  values (
    v_attempt.course_id, v_attempt.lesson_id, v_attempt.user_id, p_attempt_id,
    case when v_old.is_pending then 'graded' else 'regraded' end,
    v_old.score, v_attempt.score, p_reason, auth.uid()
  );
  if not v_old.is_pending then
    perform private.audit('regrade_attempt', p_attempt_id, jsonb_build_object(
      'user_id', v_attempt.user_id, 'old_score', v_old.score, 'new_score', v_attempt.score,
      'reason', p_reason
    ));
  end if;
  perform private.note_event(
    'attempt_graded', v_attempt.user_id, v_attempt.course_id, v_attempt.lesson_id,
    jsonb_build_object(
      'attempt_id', p_attempt_id, 'score', v_attempt.score, 'max_score', v_attempt.max_score,
      'is_passed', v_attempt.is_passed
    )
  );
  perform private.record_result(
    v_attempt.user_id, v_attempt.lesson_id,
    case when private.is_manager(v_attempt.course_id) then 'manager' end
  );
  return v_attempt;
end
$$;
grant execute on function private.grade_attempt(uuid, jsonb, text) to authenticated, service_role;

create function public.grade_attempt(attempt_id uuid, grades jsonb, reason text default null)
returns public.quiz_attempts
language sql volatile
set search_path = ''
begin atomic
  select private.grade_attempt(
    grade_attempt.attempt_id, grade_attempt.grades, grade_attempt.reason
  );
end;
comment on function public.grade_attempt(uuid, jsonb, text) is
'Grades the essays and files of a closed attempt, and returns the attempt.

For staff, not for their own attempts. grades is {question_id: {"score_percent": 80, "comment_md":
"…"}}: per cent of the points, less what hints cost, and a comment that the learner reads. With
the last grade the attempt is no longer pending: its score counts, and completes the lesson when the result
reaches the pass mark. review_attempt has the answers, lab_queue the attempts that wait.

A grade is changed by grading again, with a reason of 1 to 1,000 characters, which the history has.
An overridden score does not change.

Errors: not_course_staff, attempt_not_found, own_work, attempt_open, invalid_grade,
reason_required.';

grant execute on function public.grade_attempt(uuid, jsonb, text) to authenticated, service_role;

create type public.question_stats_row as (
  question_id uuid, ord integer, kind public.question_kind, prompt_md text, answer_count integer,
  difficulty numeric, discrimination numeric, choices jsonb, cursor text
);
comment on type public.question_stats_row is 'A row of question_stats.';

create function private.question_stats(p_lesson_id uuid, p_page_size integer, p_cursor text)
returns setof public.question_stats_row
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_see_few boolean;
  v_signature text := md5(concat_ws('|', 'question_stats', p_lesson_id));
  v_after private.cursor_position;
begin
  perform private.require_staff(v_course_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
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
    end,
    private.make_cursor(v_signature, q.ord, null, q.id)
  from public.questions as q
  left join figure as f on f.question_id = q.id
  left join choice as c on c.question_id = q.id
  cross join lateral (
    select v_see_few or coalesce(f.learners, 0) not between 1 and 4
  ) as s (is_shown)
  -- Those of banks where attempts hold them, whatever is drawn by now.
  where (q.lesson_id = p_lesson_id or q.id in (select f.question_id from figure as f))
    and (v_after.id is null or (q.ord, q.id) > (v_after.number, v_after.id))
  order by q.ord, q.id
  limit p_page_size;
end
$$;
grant execute on function private.question_stats(uuid, integer, text)
to authenticated, service_role;

create function public.question_stats(
  lesson_id uuid, page_size integer default 200, cursor text default null
) returns setof public.question_stats_row
language sql stable
set search_path = ''
begin atomic
  select * from private.question_stats(
    question_stats.lesson_id, question_stats.page_size, question_stats.cursor
  );
end;
comment on function public.question_stats(uuid, integer, text) is
'Statistics of each question of a quiz, also those drawn from banks, over closed attempts.

For staff. answer_count counts attempts with the question. difficulty is the mean result in per cent
of the points, 0 to 100: a low value is a hard question. discrimination is the correlation of the
result with the rest of the attempt, -1 to 1. choices counts picks by option id, {"a": 12}, and is
null for kinds without choices. An admin who is not staff of the course gets nulls for a question
that 1 to 4 learners have answered.

page_size is 1 to 200 and 200 by default, so that most quizzes are one page; the cursor of the last
row asks for the next page, and a page without rows is the end.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.question_stats(uuid, integer, text)
to authenticated, service_role;
