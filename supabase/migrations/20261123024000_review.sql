-- Review: an attempt with its answers and, where the quiz allows it, the right answers.
--
-- Invariants
--   * Keys, explanations and the score of each item are revealed to a learner only when the reveal
--     rule of the quiz allows it and the learner has no open attempt at the quiz.

create function private.attempt_key(p_kind public.question_kind, p_key jsonb, p_map jsonb)
returns jsonb
language sql stable
set search_path = ''
as $$
  with back as (
    select coalesce(jsonb_object_agg(m.value, m.key), '{}') as ids
    from jsonb_each_text(p_map) as m where m.key !~ '^r'
  ),

  back_right as (
    select coalesce(jsonb_object_agg(m.value, m.key), '{}') as ids
    from jsonb_each_text(p_map) as m where m.key ~ '^r'
  )

  select case p_kind
    when 'single' then b.ids -> (p_key ->> 'correct')
    when 'multiple' then (
      select jsonb_agg(b.ids -> c.id) from jsonb_array_elements_text(p_key -> 'correct') as c (id)
    )
    when 'ordering' then (
      select jsonb_agg(b.ids -> c.id order by c.at)
      from jsonb_array_elements_text(p_key -> 'order') with ordinality as c (id, at)
    )
    when 'matching' then (
      select jsonb_object_agg(b.ids ->> c.key, r.ids -> c.value)
      from jsonb_each_text(p_key -> 'pairs') as c where b.ids ? c.key
    )
    when 'true_false' then p_key -> 'correct'
    when 'numeric' then p_key -> 'value'
    when 'short_text' then p_key -> 'accepted' -> 0
  end
  from back as b, back_right as r
$$;
comment on function private.attempt_key(public.question_kind, jsonb, jsonb) is
'The right answer in the form of an answer, in option ids of the attempt.';

create function private.is_revealed(p_attempt public.quiz_attempts) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    select case z.reveal
      when 'after_submit' then true
      when 'after_pass' then exists (
        select from public.quiz_attempts as a
        where a.lesson_id = p_attempt.lesson_id and a.user_id = p_attempt.user_id and a.is_passed
      )
      when 'after_close' then now() >= coalesce(o.due_at, z.due_at) and now() >= z.due_at
      else false
    end is true
    and p_attempt.status <> 'open'
    -- An open attempt may contain the same questions.
    and not exists (
      select from public.quiz_attempts as a
      where a.lesson_id = p_attempt.lesson_id and a.user_id = p_attempt.user_id and a.status = 'open'
    )
    from public.quizzes as z
    left join private.quiz_overrides as o
      on o.lesson_id = z.lesson_id and o.user_id = p_attempt.user_id
    where z.lesson_id = p_attempt.lesson_id
  );
end
$$;
comment on function private.is_revealed(public.quiz_attempts) is
'Whether the learner of an attempt may now see the scores and keys of its items.';

create function private.review_attempt(p_attempt_id uuid) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_attempt public.quiz_attempts;
  v_secret private.attempt_secrets;
  v_is_staff boolean;
  v_is_revealed boolean;
begin
  select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  v_is_staff := private.is_staff(v_attempt.course_id);
  if v_attempt.id is null or (v_attempt.user_id <> v_user_id and not v_is_staff) then
    perform private.refuse('attempt_not_found');
  end if;
  if v_attempt.status = 'open' and private.is_overdue(v_attempt.deadline)
    and private.expire_attempts(v_attempt.course_id) > 0 then
    select * into v_attempt from public.quiz_attempts as a where a.id = p_attempt_id;
  end if;
  -- The reveal rule also applies to staff who review their own attempt.
  v_is_revealed :=
    (v_is_staff and v_attempt.user_id <> v_user_id) or private.is_revealed(v_attempt);
  select * into v_secret from private.attempt_secrets as s where s.attempt_id = p_attempt_id;
  return (to_jsonb(v_attempt) - 'items' - 'answers') || jsonb_build_object(
    'is_revealed', v_is_revealed,
    'items', (
      select jsonb_agg(
        i.value
        || jsonb_build_object('answer', v_attempt.answers -> (i.value ->> 'question_id'))
        || case when v_is_revealed then jsonb_build_object(
          'score_percent',
          round(100 * (v_secret.item_shares ->> (i.value ->> 'question_id'))::numeric, 4),
          'correct', private.attempt_key(
            (i.value ->> 'kind')::public.question_kind, k.key,
            v_secret.option_map -> (i.value ->> 'question_id')
          ),
          'explanation_md', k.explanation_md
        ) else '{}' end
        order by i.ordinality
      )
      from jsonb_array_elements(v_attempt.items) with ordinality as i
      left join private.answer_keys as k on k.question_id = (i.value ->> 'question_id')::uuid
    )
  );
end
$$;
grant execute on function private.review_attempt(uuid) to authenticated;

create function public.review_attempt(attempt_id uuid) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.review_attempt(review_attempt.attempt_id);
end;
comment on function public.review_attempt(uuid) is
'An attempt with its items and answers and, where they are revealed, the right answers.

For the learner of the attempt and staff. Staff always see the right answers of a learner; a learner
sees them when is_revealed is true, by the reveal rule of the quiz, and never during an open attempt
at the quiz. Each item then also has score_percent (0 to 100, per cent of its points), correct (the
right answer in the form of an answer) and explanation_md.

Errors: not_authenticated, attempt_not_found.';

grant execute on function public.review_attempt(uuid) to authenticated;
