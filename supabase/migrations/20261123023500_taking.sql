-- Taking a quiz: the learner starts an attempt, saves answers and submits.
--
-- Invariants
--   * The items of an attempt are drawn once, when it starts.
--   * A learner has at most one open attempt at a quiz, and never more attempts than allowed, under
--     any concurrency.
--
-- Locks are taken in the order of the attempts file.

create function private.shuffled_options(
  p_options jsonb, p_prefix text, p_shuffle boolean, p_seed text,
  out options jsonb, out option_map jsonb
)
language plpgsql immutable
set search_path = ''
as $$
begin
  select
    jsonb_agg(jsonb_build_object('id', p_prefix || s.at, 'text', s.option -> 'text') order by s.at),
    jsonb_object_agg(p_prefix || s.at, s.option -> 'id')
  into options, option_map
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
  p_question public.questions, p_shuffle boolean, p_seed text,
  out item jsonb, out option_map jsonb
)
language plpgsql stable
set search_path = ''
as $$
declare
  v_options jsonb := '[]'::jsonb;
  v_left record;
  v_right record;
  v_gap jsonb;
begin
  option_map := '{}'::jsonb;
  -- Assignments: a statement for each question costs more than its options.
  if p_question.kind = 'matching' then
    v_left := private.shuffled_options(p_question.options -> 'left', 'l', p_shuffle, p_seed);
    -- Always shuffled: the author's order may be the key.
    v_right := private.shuffled_options(p_question.options -> 'right', 'r', true, p_seed);
    v_options := jsonb_build_object('left', v_left.options, 'right', v_right.options);
    option_map := v_left.option_map || v_right.option_map;
  elsif p_question.kind = 'cloze' then
    for v_gap in select g.value from jsonb_array_elements(p_question.options -> 'gaps') as g loop
      v_left := private.shuffled_options(
        coalesce(v_gap -> 'options', '[]'), (v_gap ->> 'id') || 'o', p_shuffle, p_seed
      );
      v_options := v_options || jsonb_strip_nulls(jsonb_build_object(
        'id', v_gap -> 'id', 'kind', v_gap -> 'kind', 'options', v_left.options
      ));
      option_map := option_map || jsonb_build_object(v_gap ->> 'id', v_gap -> 'id')
        || coalesce(v_left.option_map, '{}');
    end loop;
    v_options := jsonb_build_object('gaps', v_options);
  elsif p_question.kind in ('single', 'multiple', 'ordering') then
    v_left := private.shuffled_options(
      p_question.options, 'o', p_shuffle or p_question.kind = 'ordering', p_seed
    );
    v_options := v_left.options;
    option_map := v_left.option_map;
  end if;
  item := jsonb_build_object(
    'question_id', p_question.id, 'kind', p_question.kind,
    'prompt_md', private.shown_markdown(p_question.prompt_md, 2),
    'points', p_question.points, 'options', v_options
  );
end
$$;
comment on function private.draw_item(public.questions, boolean, text) is
'A question as an item of an attempt, without its key and what its prompt has for staff, and the '
'map of its option ids.';

create function private.draw_from_banks(p_lesson_id uuid, p_seed text) returns uuid[]
language plpgsql volatile
set search_path = ''
as $$
declare
  v_draw record;
  v_ids uuid[] := '{}'::uuid[];
begin
  -- A question is drawn once. The draw with the fewest questions to choose from comes first: the
  -- others have enough left.
  for v_draw in
    select d.bank_id, d.tag, d.question_count
    from public.quiz_draws as d
    where d.lesson_id = p_lesson_id
    order by (
      select count(*) from public.questions as q
      where q.bank_id = d.bank_id and q.archived_at is null
        and (d.tag = '' or d.tag = any(q.tags))
    ), d.bank_id, d.tag
  loop
    v_ids := v_ids || array(
      select q.id
      from public.questions as q
      where q.bank_id = v_draw.bank_id and q.archived_at is null
        and (v_draw.tag = '' or v_draw.tag = any(q.tags)) and q.id <> all(v_ids)
      order by md5(p_seed || q.id)
      limit v_draw.question_count
    );
  end loop;
  return v_ids;
end
$$;
comment on function private.draw_from_banks(uuid, text) is
'The questions of banks for an attempt at a quiz, drawn by a secret seed.';

create type public.timed_attempt as (
  id uuid, lesson_id uuid, course_id uuid, user_id uuid, number integer,
  status public.attempt_status, started_at timestamptz, time_limit_seconds integer,
  deadline timestamptz, answered_at timestamptz, revisions jsonb, submitted_at timestamptz,
  score numeric, max_score numeric, is_passed boolean,
  is_overridden boolean, content_version integer, is_pending boolean, hints jsonb, items jsonb,
  answers jsonb, now timestamptz, seconds_left integer
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
    p_attempt.status, p_attempt.started_at, p_attempt.time_limit_seconds, p_attempt.deadline,
    p_attempt.answered_at, p_attempt.revisions, p_attempt.submitted_at, p_attempt.score,
    p_attempt.max_score, p_attempt.is_passed, p_attempt.is_overridden, p_attempt.content_version,
    p_attempt.is_pending, p_attempt.hints, p_attempt.items, p_attempt.answers, v_now,
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

create function private.require_right(p_attempt public.quiz_attempts) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_status public.enrollment_status;
begin
  select e.status into v_status
  from public.enrollments as e
  where e.course_id = p_attempt.course_id and e.user_id = p_attempt.user_id;
  if v_status is null or v_status not in ('active', 'completed') then
    perform private.refuse('not_enrolled', jsonb_build_object('status', v_status));
  end if;
  if not private.is_entitled(p_attempt.user_id, p_attempt.course_id) then
    perform private.refuse('lesson_locked', jsonb_build_object(
      'reason', 'entitlement_ended', 'opens_at', null
    ));
  end if;
end
$$;
comment on function private.require_right(public.quiz_attempts) is
'Refuses to go on with an attempt without a seat and a valid entitlement; what has happened to its '
'lesson does not matter.';

create function private.require_own_attempt(p_attempt_id uuid) returns public.quiz_attempts
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
  if v_attempt.status = 'open' then
    perform private.require_right(v_attempt);
  end if;
  return v_attempt;
end
$$;
comment on function private.require_own_attempt(uuid) is
'Locks an attempt of the caller and returns it; refuses any other with attempt_not_found, and an '
'open one without a right.';

create function private.start_attempt(p_lesson_id uuid) returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons;
  v_quiz public.quizzes;
  v_override private.quiz_overrides;
  v_attempt public.quiz_attempts;
  v_expired public.quiz_attempts;
  v_seed text := encode(extensions.gen_random_bytes(16), 'hex');
  v_now timestamptz;
  v_due_at timestamptz;
  v_max_attempts integer;
  v_items jsonb;
  v_map jsonb;
  v_revisions jsonb;
  v_bank_ids uuid[];
begin
  -- A concurrent edit of the rules waits, and then applies to the attempt that starts here.
  perform from public.lessons as l where l.id = p_lesson_id for key share;
  -- Who deletes a question, or one of a bank, waits, and then sees the attempt.
  perform private.lock_quiz_starts(s.id, true)
  from (
    select p_lesson_id as id
    union
    select d.bank_id from public.quiz_draws as d where d.lesson_id = p_lesson_id
    order by id
  ) as s;
  select * into v_quiz from public.quizzes as z where z.lesson_id = p_lesson_id;
  -- The open attempt is returned whatever has happened to its lesson since.
  select * into v_attempt
  from public.quiz_attempts as a
  where a.lesson_id = p_lesson_id and a.user_id = v_user_id and a.status = 'open';
  if found then
    v_attempt := private.lock_attempt(v_attempt.id);
    perform private.require_right(v_attempt);
    if v_attempt.status = 'open' and not private.is_overdue(v_attempt.deadline) then
      return private.timed_attempt(v_attempt);
    elsif v_attempt.status = 'open' then
      v_expired := private.finish_attempt(v_attempt, 'expired', 'expired');
    end if;
  end if;
  -- An error would roll back the grading of the attempt that has just expired: return it instead.
  if v_expired.id is null then
    v_lesson := private.enter_lesson(v_user_id, p_lesson_id);
  else
    begin
      v_lesson := private.enter_lesson(v_user_id, p_lesson_id);
    exception when sqlstate 'PGRST' then
      return private.timed_attempt(v_expired);
    end;
  end if;
  if v_quiz.lesson_id is null then
    perform private.refuse('quiz_not_found');
  end if;
  -- enter_lesson has locked the enrollment: concurrent starts of this learner are serialized.
  select * into v_attempt
  from public.quiz_attempts as a
  where a.lesson_id = p_lesson_id and a.user_id = v_user_id and a.status = 'open';
  if found then
    return private.timed_attempt(v_attempt);
  end if;
  select * into v_override
  from private.quiz_overrides as o where o.lesson_id = p_lesson_id and o.user_id = v_user_id;
  v_due_at := coalesce(v_override.due_at, v_quiz.due_at);
  v_now := clock_timestamp();
  -- least ignores nulls: a quiz without a limit of its own has 200 attempts.
  v_max_attempts := least(v_quiz.max_attempts, 200) + coalesce(v_override.extra_attempts, 0);
  select coalesce(max(a.number), 0) + 1 into v_attempt.number
  from public.quiz_attempts as a
  where a.lesson_id = p_lesson_id and a.user_id = v_user_id;
  if v_expired.id is not null and (
    v_now >= v_due_at
    or v_attempt.number > v_max_attempts
    or private.attempt_size(p_lesson_id) = 0
  ) then
    return private.timed_attempt(v_expired);
  end if;
  if v_now >= v_due_at then
    perform private.refuse('quiz_closed');
  end if;
  if v_attempt.number > v_max_attempts then
    perform private.refuse('attempts_exhausted');
  end if;
  v_bank_ids := private.draw_from_banks(p_lesson_id, v_seed);
  with drawn as (
    (
      select q as question
      from public.questions as q
      where q.lesson_id = p_lesson_id and q.archived_at is null
      order by case when v_quiz.draw_count is not null then md5(v_seed || q.id) end, q.ord
      limit v_quiz.draw_count
    )
    union all
    select q from public.questions as q where q.id = any(v_bank_ids)
  ),

  item as (
    select
      d.question,
      i.item || case when k.hints <> '[]' then jsonb_build_object(
        'hint_costs', jsonb_path_query_array(k.hints, '$[*].cost_percent')
      ) else '{}' end as item,
      i.option_map
    from drawn as d
    -- Lateral: keys are looked up, whatever number of questions the planner expects. A hash join
    -- reads the keys of all courses.
    left join lateral (
      select k.hints from private.answer_keys as k where k.question_id = (d.question).id limit 1
    ) as k on true
    cross join lateral private.draw_item(
      d.question, v_quiz.is_shuffled, v_seed || (d.question).id
    ) as i
  )

  select
    jsonb_agg(
      i.item order by
      case when v_quiz.is_shuffled then md5(v_seed || (i.question).id || 'order') end,
      -- Without shuffling, those of banks are last, as they were drawn.
      coalesce(array_position(v_bank_ids, (i.question).id), 0), (i.question).ord
    ),
    jsonb_object_agg((i.question).id, i.option_map),
    jsonb_object_agg((i.question).id, (i.question).revision),
    sum((i.question).points)
  into v_items, v_map, v_revisions, v_attempt.max_score
  from item as i;
  if v_items is null then
    perform private.refuse('quiz_empty');
  end if;
  perform private.spend_budget(
    v_user_id, 'attempts', octet_length(v_items::text) + octet_length(v_map::text)
  );
  v_attempt.time_limit_seconds :=
    v_quiz.time_limit_seconds + coalesce(v_override.extra_seconds, 0);
  insert into public.quiz_attempts (
    lesson_id, course_id, user_id, number, items, max_score, started_at, time_limit_seconds,
    deadline
  )
  values (
    p_lesson_id, v_lesson.course_id, v_user_id, v_attempt.number, v_items, v_attempt.max_score,
    v_now, v_attempt.time_limit_seconds,
    private.attempt_deadline(v_now, v_attempt.time_limit_seconds, v_due_at)
  )
  returning * into v_attempt;
  insert into private.attempt_secrets (attempt_id, option_map, item_revisions)
  values (v_attempt.id, v_map, v_revisions);
  perform private.note_work(
    v_user_id, v_lesson.course_id, p_lesson_id, 'attempt_started',
    jsonb_build_object('attempt_id', v_attempt.id, 'number', v_attempt.number)
  );
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

The open attempt is returned even when its lesson is locked or hidden by now; it needs a seat and a
valid entitlement. If it has expired and no other may follow, it is returned graded. A quiz without
max_attempts takes 200 attempts, besides the extra ones of the learner.

Errors: not_authenticated, account_suspended, lesson_not_found, quiz_not_found, not_enrolled,
lesson_locked, quiz_closed, quiz_empty, attempts_exhausted, budget_exceeded.';

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
      return case jsonb_typeof(p_answer)
        when 'number' then octet_length(p_answer::text) <= 100
        -- Whether its unit is that of the key, the score says.
        when 'string' then private.read_numbers(p_answer #>> '{}', null) <> '{}'
        else false
      end;
    when 'short_text' then
      return jsonb_typeof(p_answer) = 'string' and length(p_answer #>> '{}') <= 1000;
    when 'essay' then
      return jsonb_typeof(p_answer) = 'string' and length(p_answer #>> '{}') <= 20000
        and private.normalize_text(p_answer #>> '{}') ~ '\S';
    when 'file' then
      -- Whose it is, and that it exists, save_answer asks.
      return jsonb_typeof(p_answer) = 'string' and private.is_storage_path(p_answer #>> '{}');
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
    when 'cloze' then
      return jsonb_typeof(p_answer) = 'object' and not exists (
        select from jsonb_each(p_answer) as a
        left join jsonb_array_elements(p_item -> 'options' -> 'gaps') as g
          on g.value ->> 'id' = a.key
        where a.value = 'null' or g.value is null or private.is_valid_answer(
          g.value || jsonb_build_object('kind', case g.value ->> 'kind'
            when 'text' then 'short_text' when 'number' then 'numeric' else 'single'
          end),
          a.value
        ) is not true
      );
  end case;
  return false;
end
$$;
comment on function private.is_valid_answer(jsonb, jsonb) is
'Whether an answer has the form of its item, in option ids of the attempt. JSON null is valid: '
'it removes the answer.';

create function private.save_answer(
  p_attempt_id uuid, p_question_id uuid, p_answer jsonb, p_revision bigint
) returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts := private.require_own_attempt(p_attempt_id);
  v_key text := p_question_id::text;
  v_item jsonb;
  v_old jsonb := v_attempt.answers -> v_key;
  v_new jsonb := nullif(p_answer, 'null');
begin
  if v_attempt.status <> 'open' then
    perform private.refuse('attempt_closed');
  end if;
  if private.is_overdue(v_attempt.deadline) then
    perform private.refuse('attempt_expired');
  end if;
  select i.value into v_item
  from jsonb_array_elements(v_attempt.items) as i
  where i.value ->> 'question_id' = v_key;
  if v_item is null then
    perform private.refuse('question_not_found');
  end if;
  if p_answer is not null and private.is_valid_answer(v_item, p_answer) is not true
    or v_item ->> 'kind' = 'file' and not starts_with(
      v_new #>> '{}', concat(v_attempt.user_id, '/', v_attempt.lesson_id, '/')
    ) then
    perform private.refuse('invalid_answer');
  end if;
  if v_item ->> 'kind' = 'file' and v_new <> coalesce(v_old, 'null') then
    perform private.stored_object('submissions', v_new #>> '{}');
  end if;
  -- A request that was overtaken by a newer one changes nothing.
  if p_revision < (v_attempt.revisions ->> v_key)::bigint then
    return private.timed_attempt(v_attempt);
  end if;
  -- Each change writes all answers anew, so it counts even where it stores no more than before.
  if v_new <> v_old or (v_new is not null and v_old is null) then
    perform private.spend_budget(
      v_attempt.user_id, 'answers',
      greatest(0, octet_length(v_new::text) - coalesce(octet_length(v_old::text), 0))
    );
  end if;
  update public.quiz_attempts a
  set
    -- The stored value where nothing changes: it is not written again.
    answers = case
      when v_new is not distinct from v_old then a.answers
      when v_new is null then a.answers - v_key
      else a.answers || jsonb_build_object(v_key, v_new)
    end,
    revisions = case
      when p_revision is null then a.revisions
      else a.revisions || jsonb_build_object(v_key, p_revision)
    end,
    answered_at = clock_timestamp()
  where a.id = p_attempt_id
  returning a.* into v_attempt;
  return private.timed_attempt(v_attempt);
end
$$;
grant execute on function private.save_answer(uuid, uuid, jsonb, bigint) to authenticated;

create function public.save_answer(
  attempt_id uuid, question_id uuid, answer jsonb, revision bigint default null
) returns public.timed_attempt
language sql volatile
set search_path = ''
begin atomic
  select private.save_answer(
    save_answer.attempt_id, save_answer.question_id, save_answer.answer, save_answer.revision
  );
end;
comment on function public.save_answer(uuid, uuid, jsonb, bigint) is
'Saves an answer in an open attempt of the caller and returns the attempt.

docs/authoring.md has the JSON of the answer for each kind of question, in option ids of the
attempt. null removes the answer. Answers are accepted until ten seconds after the deadline. Returns
now and seconds_left like start_attempt.

revision is a number that the client increases with each change of an answer: an older one than the
stored revision changes nothing, and the attempt is returned as it is stored. Without it the last
request wins.

Errors: not_authenticated, account_suspended, attempt_not_found, not_enrolled, lesson_locked,
question_not_found, attempt_closed, attempt_expired, invalid_answer, file_not_found,
budget_exceeded.';

grant execute on function public.save_answer(uuid, uuid, jsonb, bigint) to authenticated;

create function private.take_hint(p_attempt_id uuid, p_question_id uuid, p_number integer)
returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts := private.require_own_attempt(p_attempt_id);
  v_key text := p_question_id::text;
  v_cost jsonb;
  v_text jsonb;
  v_taken jsonb := coalesce(v_attempt.hints -> v_key, '[]');
begin
  if v_attempt.status <> 'open' then
    perform private.refuse('attempt_closed');
  end if;
  if private.is_overdue(v_attempt.deadline) then
    perform private.refuse('attempt_expired');
  end if;
  if p_number between 1 and jsonb_array_length(v_taken) then
    return private.timed_attempt(v_attempt);
  end if;
  -- Costs and text of the next one, as they were when the attempt began.
  select i.value -> 'hint_costs' -> jsonb_array_length(v_taken) into v_cost
  from jsonb_array_elements(v_attempt.items) as i
  where i.value ->> 'question_id' = v_key;
  select to_jsonb(private.shown_markdown(
    v.hints -> jsonb_array_length(v_taken) ->> 'text_md', 2
  )) into v_text
  from private.attempt_secrets as s
  -- A regrade may have given the attempt a version without this hint.
  inner join private.question_versions as v
    on v.question_id = p_question_id and v.revision <= (s.item_revisions ->> v_key)::integer
  where s.attempt_id = p_attempt_id
    and v.hints -> jsonb_array_length(v_taken) -> 'cost_percent' = v_cost
  order by v.revision desc limit 1;
  if p_number is distinct from jsonb_array_length(v_taken) + 1
    or v_cost is null or v_text is null then
    perform private.refuse('hint_not_found');
  end if;
  perform private.spend_budget(v_attempt.user_id, 'answers', octet_length(v_text::text));
  update public.quiz_attempts a
  set hints = a.hints || jsonb_build_object(
    v_key, v_taken || jsonb_build_object('text_md', v_text, 'cost_percent', v_cost)
  )
  where a.id = p_attempt_id
  returning a.* into v_attempt;
  return private.timed_attempt(v_attempt);
end
$$;
grant execute on function private.take_hint(uuid, uuid, integer) to authenticated;

create function public.take_hint(attempt_id uuid, question_id uuid, number integer)
returns public.timed_attempt
language sql volatile
set search_path = ''
begin atomic
  select private.take_hint(take_hint.attempt_id, take_hint.question_id, take_hint.number);
end;
comment on function public.take_hint(uuid, uuid, integer) is
'Takes a hint of a question in an open attempt of the caller, and returns the attempt.

number counts from 1, and hints are taken in order; an item has hint_costs, the cost of each in per
cent of its points, and hints of the attempt has the texts of those taken. A hint costs once: taking
one again changes nothing. The costs leave what the answer earns, which is never less than 0.

Errors: not_authenticated, account_suspended, attempt_not_found, not_enrolled, lesson_locked,
attempt_closed, attempt_expired, hint_not_found, budget_exceeded.';

grant execute on function public.take_hint(uuid, uuid, integer) to authenticated;

create function private.hand_in(p_attempt public.quiz_attempts, p_action text)
returns public.quiz_attempts
language plpgsql volatile
set search_path = ''
as $$
begin
  if private.is_overdue(p_attempt.deadline) then
    return private.finish_attempt(p_attempt, 'expired', 'expired');
  end if;
  return private.finish_attempt(p_attempt, 'submitted', p_action);
end
$$;
comment on function private.hand_in(public.quiz_attempts, text) is
'Grades a locked open attempt that somebody hands in, or one that has expired before.';

create function private.submit_attempt(p_attempt_id uuid) returns public.timed_attempt
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts := private.require_own_attempt(p_attempt_id);
begin
  if v_attempt.status = 'open' then
    perform private.note_work(
      v_attempt.user_id, v_attempt.course_id, v_attempt.lesson_id, null, null
    );
    v_attempt := private.hand_in(v_attempt, 'submitted');
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

With answers that staff grade, essays and files, is_pending is true and score null until they have
graded the last of them.

Idempotent: a closed attempt is returned unchanged. Later than ten seconds after the deadline the
status is expired instead of submitted; the answers saved in time are graded either way. Returns now
and seconds_left like start_attempt.

Errors: not_authenticated, account_suspended, attempt_not_found, not_enrolled, lesson_locked.';

grant execute on function public.submit_attempt(uuid) to authenticated;

create function private.close_attempt(p_attempt_id uuid) returns public.quiz_attempts
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_attempt public.quiz_attempts;
begin
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  perform private.require_staff(v_attempt.course_id);
  perform private.refuse_own_work(v_attempt.user_id);
  v_attempt := private.lock_attempt(p_attempt_id);
  if v_attempt.id is null then
    perform private.refuse('attempt_not_found');
  end if;
  if v_attempt.status = 'open' then
    v_attempt := private.hand_in(v_attempt, 'closed');
    perform private.audit(
      'close_attempt', p_attempt_id,
      jsonb_build_object('user_id', v_attempt.user_id, 'score', v_attempt.score)
    );
  end if;
  return v_attempt;
end
$$;
grant execute on function private.close_attempt(uuid) to authenticated, service_role;

create function public.close_attempt(attempt_id uuid) returns public.quiz_attempts
language sql volatile
set search_path = ''
begin atomic
  select private.close_attempt(close_attempt.attempt_id);
end;
comment on function public.close_attempt(uuid) is
'Ends the open attempt of a learner, grades it with the answers saved, and returns it.

For staff, where a learner has left an attempt open. Idempotent: a closed attempt is returned
unchanged. The history and the audit log name the caller.

Errors: not_course_staff, attempt_not_found, own_work.';

grant execute on function public.close_attempt(uuid) to authenticated, service_role;
