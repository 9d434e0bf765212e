-- Review: an attempt with its answers and, where the quiz allows it, the right answers.
--
-- Invariants
--   * Keys, explanations and the score of each item are revealed to a learner only when the reveal
--     rule of the quiz allows it and the learner has no open attempt at the quiz, or at another
--     one that holds a question of it; nor while another quiz that can draw a question of the
--     attempt hides it.

create function private.is_closed(p_quiz public.quizzes) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return p_quiz.due_at is not null
    -- greatest ignores nulls.
    and now() > private.grace() + greatest(p_quiz.due_at, (
      select max(o.due_at) from private.quiz_overrides as o where o.lesson_id = p_quiz.lesson_id
    ))
    and not exists (
      select from public.quiz_attempts as a
      where a.lesson_id = p_quiz.lesson_id and a.status = 'open'
        and now() <= a.deadline + private.grace()
    );
end
$$;
comment on function private.is_closed(public.quizzes) is
'Whether nobody can answer a quiz any more: the latest due date of any learner has passed, with '
'the allowance, and no attempt is open.';

create function private.reveals(p_quiz public.quizzes, p_user_id uuid) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return case p_quiz.reveal
    when 'after_submit' then true
    when 'after_pass' then exists (
      select from public.quiz_attempts as a
      where a.lesson_id = p_quiz.lesson_id and a.user_id = p_user_id and a.is_passed
    )
    when 'after_close' then private.is_closed(p_quiz)
    else false
  end;
end
$$;
comment on function private.reveals(public.quizzes, uuid) is
'Whether the reveal rule of a quiz lets a learner see keys now.';

create function private.is_revealed(p_attempt public.quiz_attempts) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    select private.reveals(z, p_attempt.user_id)
    and p_attempt.status <> 'open'
    -- An open attempt may contain the same questions, of a bank also one at another quiz.
    and not exists (
      select from public.quiz_attempts as a
      where a.course_id = p_attempt.course_id and a.user_id = p_attempt.user_id
        and a.status = 'open'
        and (a.lesson_id = p_attempt.lesson_id or exists (
          select from jsonb_array_elements(a.items) as i
          where p_attempt.items @> jsonb_build_array(
            jsonb_build_object('question_id', i.value -> 'question_id')
          )
        ))
    )
    -- A practice quiz must not show what an exam draws from the same bank and hides.
    and not exists (
      select from public.quiz_draws as d
      inner join public.quizzes as o on o.lesson_id = d.lesson_id and o.reveal <> 'after_submit'
      inner join public.lessons as l on l.id = d.lesson_id and l.archived_at is null
      where d.course_id = p_attempt.course_id and d.lesson_id <> p_attempt.lesson_id
        and exists (
          select from jsonb_array_elements(p_attempt.items) as i
          inner join public.questions as q on q.id = (i.value ->> 'question_id')::uuid
          where q.bank_id = d.bank_id and (d.tag = '' or d.tag = any(q.tags))
            and q.archived_at is null
        )
        and not private.reveals(o, p_attempt.user_id)
    )
    from public.quizzes as z
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
  v_counted jsonb;
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
  v_counted := private.counted_items(v_attempt.items);
  return (to_jsonb(v_attempt) - 'items' - 'answers') || jsonb_build_object(
    'is_revealed', v_is_revealed,
    'items', (
      select jsonb_agg(
        i.value
        || jsonb_build_object(
          'answer', v_attempt.answers -> (i.value ->> 'question_id'),
          'is_counted', v_counted @> jsonb_build_array(
            jsonb_build_object('question_id', i.value -> 'question_id')
          )
        )
        || case when i.value ->> 'kind' in ('essay', 'file') then jsonb_build_object(
          'comment_md', v_secret.item_grades -> (i.value ->> 'question_id') -> 'comment_md'
        ) else '{}' end
        || case when v_is_revealed then jsonb_build_object(
          'score_percent',
          round(100 * (v_secret.item_shares ->> (i.value ->> 'question_id'))::numeric, 4),
          'correct', private.attempt_key(
            q.kind,
            private.shown_key(q.kind, k.key, v_secret.option_map -> (i.value ->> 'question_id')),
            v_secret.option_map -> (i.value ->> 'question_id')
          ),
          'revision', k.revision,
          'explanation_md', private.shown_markdown(k.explanation_md, 2),
          'feedback', private.attempt_feedback(
            q.kind, k.feedback, v_secret.option_map -> (i.value ->> 'question_id')
          )
        ) else '{}' end
        order by i.ordinality
      )
      from jsonb_array_elements(v_attempt.items) with ordinality as i
      left join public.questions as q on q.id = (i.value ->> 'question_id')::uuid
      left join private.question_versions as k
        on k.question_id = q.id and k.revision = coalesce(
          (v_secret.item_revisions ->> (i.value ->> 'question_id'))::integer, q.revision
        )
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
at the quiz or at another one with a question of it, nor while another quiz that can draw
one of its questions from a bank hides keys by its own rule. Each item then also has score_percent (0 to
100, per cent of its points), correct (the right answer in the form of an answer), explanation_md
and feedback (Markdown of the options shown, by option id), all of the version that grades the item:
revision, as question_history lists it. is_counted is false for an item whose question is archived.
An essay or file has comment_md, what staff wrote when they graded it, for its learner at once.

Errors: not_authenticated, account_suspended, attempt_not_found.';

grant execute on function public.review_attempt(uuid) to authenticated;
