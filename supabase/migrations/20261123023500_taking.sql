-- Taking a quiz: the learner starts an attempt, saves answers and submits.
--
-- Invariants
--   * The items of an attempt are drawn once, when it starts.
--   * A learner has at most one open attempt at a quiz, and never more attempts than allowed, under
--     any concurrency.
--
-- Locks are taken in the order of the attempts file.

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
