-- Writing questions: authors save, order and archive them, in a quiz or in a bank.
--
-- Invariants
--   * save_question validates a question and its key together and writes both.
--   * Each save is a version of its own, by its revision.
--   * What is not sent of explanation, feedback and hints stays.

create function private.save_question(
  p_lesson_id uuid, p_kind public.question_kind, p_prompt_md text, p_points numeric,
  p_options jsonb, p_key jsonb, p_explanation_md text, p_ord integer, p_question_id uuid,
  p_revision integer, p_feedback jsonb, p_hints jsonb, p_bank_id uuid, p_tags text[]
) returns public.questions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := case
    when p_lesson_id is null
      then (select b.course_id from public.question_banks as b where b.id = p_bank_id)
    else (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  end;
  v_tags text[] := case when p_tags is not null then array(
    select private.tag_text(t.tag) from unnest(p_tags) with ordinality as t (tag, at) order by t.at
  ) end;
  v_question public.questions;
  v_problem text;
begin
  perform private.require_staff(v_course_id);
  if v_course_id is null and p_lesson_id is null and p_bank_id is not null then
    perform private.refuse('bank_not_found');
  end if;
  if v_course_id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if p_lesson_id is not null and not exists (
    select from public.lessons as l where l.id = p_lesson_id and l.content_type = 'quiz'
  ) then
    perform private.refuse('not_a_quiz');
  end if;
  v_problem := case
    when num_nonnulls(p_lesson_id, p_bank_id) = 2 then 'A question is in a quiz or in a bank.'
    when p_kind is null then 'The kind is missing.'
    when coalesce(round(p_points, 2), 0) <= 0 or p_points > 1000
      then 'Points are more than 0, at most 1,000.'
    when p_ord not between 0 and 1000000 then 'The position counts from 0, up to 1,000,000.'
    when length(p_explanation_md) > 20000 or octet_length(p_options::text) > 100000
      then 'The question is too long.'
    when cardinality(v_tags) > 20 or exists (
      select from unnest(v_tags) as t (tag)
      where coalesce(t.tag, '') = '' or length(t.tag) > 40
    ) then 'Tags are at most 20 texts of 1 to 40 characters.'
    else coalesce(
      private.prompt_problem(p_kind, p_prompt_md, p_options),
      private.question_problem(p_kind, coalesce(p_options, '[]'), p_key),
      private.feedback_problem(p_kind, p_options, p_feedback),
      private.hints_problem(p_hints)
    )
  end;
  if v_problem is not null then
    perform private.refuse('invalid_question', jsonb_build_object('problem', v_problem));
  end if;
  -- Serialize the writers of a quiz or bank: concurrently appended questions get different
  -- positions.
  if p_bank_id is not null then
    perform from public.question_banks as b where b.id = p_bank_id for no key update;
  else
    insert into public.quizzes (lesson_id) values (p_lesson_id) on conflict (lesson_id) do nothing;
    perform from public.quizzes as z where z.lesson_id = p_lesson_id for no key update;
  end if;
  if p_question_id is not null then
    select * into v_question
    from public.questions as q
    where q.id = p_question_id and (q.lesson_id = p_lesson_id or q.bank_id = p_bank_id)
      and q.kind = p_kind;
    if not found then
      perform private.refuse('question_not_found');
    end if;
    if v_question.revision <> p_revision then
      perform private.refuse('question_changed', jsonb_build_object(
        'revision', v_question.revision,
        'updated_at', v_question.updated_at,
        'updated_by', v_question.updated_by,
        'name', (select p.name from public.profiles as p where p.id = v_question.updated_by)
      ));
    end if;
  end if;
  -- If the position is taken, shift that question and all after it.
  update public.questions q set ord = q.ord + 1
  where (q.lesson_id = p_lesson_id or q.bank_id = p_bank_id)
    and q.ord >= p_ord and q.id is distinct from p_question_id
    and exists (
      select from public.questions as t
      where (t.lesson_id = p_lesson_id or t.bank_id = p_bank_id)
        and t.ord = p_ord and t.id is distinct from p_question_id
    );
  if p_question_id is null then
    insert into public.questions (
      lesson_id, bank_id, course_id, ord, kind, prompt_md, points, options, tags, updated_by
    )
    values (
      p_lesson_id,
      p_bank_id,
      v_course_id,
      coalesce(p_ord, (
        select coalesce(max(q.ord) + 1, 1) from public.questions as q
        where q.lesson_id = p_lesson_id or q.bank_id = p_bank_id
      )),
      p_kind, p_prompt_md, p_points, coalesce(p_options, '[]'), coalesce(v_tags, '{}'), auth.uid()
    )
    returning * into v_question;
  else
    update public.questions q
    set
      prompt_md = p_prompt_md, points = p_points, options = coalesce(p_options, '[]'),
      tags = coalesce(v_tags, q.tags), ord = coalesce(p_ord, q.ord), revision = q.revision + 1,
      updated_by = auth.uid()
    where q.id = p_question_id
    returning * into v_question;
  end if;
  insert into private.answer_keys as k (question_id, key, explanation_md, feedback, hints)
  values (
    v_question.id, p_key, nullif(p_explanation_md, ''), coalesce(p_feedback, '{}'),
    coalesce(p_hints, '[]')
  )
  on conflict (question_id) do update
  set
    key = excluded.key,
    explanation_md = case
      when p_explanation_md is null then k.explanation_md else excluded.explanation_md
    end,
    feedback = case when p_feedback is not null then excluded.feedback else (
      select coalesce(jsonb_object_agg(f.key, f.value), '{}')
      from jsonb_each(k.feedback) as f
      where f.key = any(private.feedback_ids(p_kind, p_options))
    ) end,
    hints = coalesce(p_hints, k.hints),
    updated_at = now();
  return v_question;
end
$$;
grant execute on function private.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid, integer, jsonb,
  jsonb, uuid, text[]
) to authenticated, service_role;

create function public.save_question(
  lesson_id uuid, kind public.question_kind, prompt_md text, points numeric, options jsonb,
  key jsonb, explanation_md text default null, ord integer default null,
  question_id uuid default null, revision integer default null, feedback jsonb default null,
  hints jsonb default null, bank_id uuid default null, tags text[] default null
) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.save_question(
    save_question.lesson_id, save_question.kind, save_question.prompt_md, save_question.points,
    save_question.options, save_question.key, save_question.explanation_md, save_question.ord,
    save_question.question_id, save_question.revision, save_question.feedback,
    save_question.hints, save_question.bank_id, save_question.tags
  );
end;
comment on function public.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid, integer, jsonb,
  jsonb, uuid, text[]
) is
'Adds a question with its key, or with question_id replaces one, and returns it without the key.

For staff; in a published course, while learners see the lesson, for owners, instructors and admins.
docs/authoring.md has the JSON of options and key for each kind. A question of a bank has bank_id
in place of lesson_id, which is then null; tags, of a quiz without meaning, are what quiz_draws draw
by. The first question of a
lesson inserts its quiz with the default rules. ord is the position; without it a new question is
appended. A replaced question stays in its quiz and cannot change its kind. Attempts, open ones too,
are graded by the version that they were given; regrade_quiz applies the new key to them.
question_history has the versions.

feedback is an object from option id to Markdown, shown with the key; hints is a list of {"text_md",
"cost_percent"}, which a learner takes one by one. Of a replaced question, an explanation, feedback,
hints or tags that are null or left out stay; an empty value removes them. Feedback
of options that the question no longer has is dropped.

revision is the revision that the author has read: when somebody else has saved the question since,
question_changed says who and when. Without it the last writer wins.

Errors: not_course_staff, managers_only, lesson_not_found, bank_not_found, not_a_quiz,
question_not_found, question_changed, invalid_question.';

grant execute on function public.save_question(
  uuid, public.question_kind, text, numeric, jsonb, jsonb, text, integer, uuid, integer, jsonb,
  jsonb, uuid, text[]
) to authenticated, service_role;

create function private.question_keys(p_lesson_id uuid, p_bank_id uuid)
returns table (question_id uuid, key jsonb, explanation_md text, feedback jsonb, hints jsonb)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(coalesce(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id),
    (select b.course_id from public.question_banks as b where b.id = p_bank_id)
  ));
  return query
  select q.id, k.key, k.explanation_md, k.feedback, k.hints
  from public.questions as q
  inner join private.answer_keys as k on k.question_id = q.id
  where q.lesson_id = p_lesson_id or (p_lesson_id is null and q.bank_id = p_bank_id)
  order by q.ord, q.id;
end
$$;
grant execute on function private.question_keys(uuid, uuid) to authenticated, service_role;

create function public.question_keys(lesson_id uuid default null, bank_id uuid default null)
returns table (question_id uuid, key jsonb, explanation_md text, feedback jsonb, hints jsonb)
language sql stable
set search_path = ''
begin atomic
  select * from private.question_keys(question_keys.lesson_id, question_keys.bank_id);
end;
comment on function public.question_keys(uuid, uuid) is
'Key, explanation, feedback and hints of each question of a quiz or a bank, in its order.

For staff. docs/authoring.md has the JSON of the key for each kind.

Errors: not_course_staff.';

grant execute on function public.question_keys(uuid, uuid) to authenticated, service_role;

create function private.set_question_archived(p_question_id uuid, p_is_archived boolean)
returns public.questions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_question public.questions;
begin
  select * into v_question from public.questions as q where q.id = p_question_id;
  perform private.require_manager(v_question.course_id);
  if v_question.id is null then
    perform private.refuse('question_not_found');
  end if;
  perform from public.quizzes as z where z.lesson_id = v_question.lesson_id for no key update;
  perform from public.question_banks as b where b.id = v_question.bank_id for no key update;
  update public.questions q
  set archived_at = case when p_is_archived then now() end
  where q.id = p_question_id and (q.archived_at is not null) <> p_is_archived
  returning q.* into v_question;
  if found then
    perform private.audit(
      case when p_is_archived then 'archive_question' else 'restore_question_archive' end,
      p_question_id, jsonb_strip_nulls(jsonb_build_object(
        'lesson_id', v_question.lesson_id, 'bank_id', v_question.bank_id
      ))
    );
  else
    select * into v_question from public.questions as q where q.id = p_question_id;
    if not found then
      perform private.refuse('question_not_found');
    end if;
  end if;
  return v_question;
end
$$;
comment on function private.set_question_archived(uuid, boolean) is
'Archives a question or takes it back into use, and returns it.';

grant execute on function private.set_question_archived(uuid, boolean)
to authenticated, service_role;

create function public.archive_question(question_id uuid) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.set_question_archived(archive_question.question_id, true);
end;
comment on function public.archive_question(uuid) is
'Takes a question out of use and returns it.

An archived question is not drawn any more. In the attempts that hold it its points leave both score
and max_score: when an open attempt is graded, and for closed ones with the next regrade_quiz. An
attempt of archived questions only keeps its points. Idempotent. For owners, instructors, admins,
service_role.

Errors: not_course_staff, question_not_found.';

grant execute on function public.archive_question(uuid) to authenticated, service_role;

create function public.restore_question_archive(question_id uuid) returns public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.set_question_archived(restore_question_archive.question_id, false);
end;
comment on function public.restore_question_archive(uuid) is
'Takes an archived question back into use and returns it.

Its points count again: for closed attempts with the next regrade_quiz. Idempotent. For owners,
instructors, admins, service_role.

Errors: not_course_staff, question_not_found.';

grant execute on function public.restore_question_archive(uuid) to authenticated, service_role;

create function private.reorder_questions(p_lesson_id uuid, p_question_ids uuid[])
returns setof public.questions
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  -- Serializes with save_question.
  perform from public.quizzes as z where z.lesson_id = p_lesson_id for no key update;
  if (
      select array_agg(q.id order by q.id)
      from public.questions as q where q.lesson_id = p_lesson_id
    ) is distinct from (
      select array_agg(u.id order by u.id) from unnest(p_question_ids) as u (id)
    ) then
    perform private.refuse('incomplete_list');
  end if;
  update public.questions q set ord = u.ordinality
  from unnest(p_question_ids) with ordinality as u (id, ordinality)
  where q.id = u.id and q.ord <> u.ordinality;
  return query select * from public.questions as q where q.lesson_id = p_lesson_id order by q.ord;
end
$$;
grant execute on function private.reorder_questions(uuid, uuid[]) to authenticated, service_role;

create function public.reorder_questions(lesson_id uuid, question_ids uuid[])
returns setof public.questions
language sql volatile
set search_path = ''
begin atomic
  select private.reorder_questions(reorder_questions.lesson_id, reorder_questions.question_ids);
end;
comment on function public.reorder_questions(uuid, uuid[]) is
'Sets the order of the questions of a quiz, from 1, and returns them.

The list names every question exactly once, archived ones too. For staff.

Errors: not_course_staff, incomplete_list.';

grant execute on function public.reorder_questions(uuid, uuid[]) to authenticated, service_role;

create type public.question_version as (
  revision integer, prompt_md text, points numeric, options jsonb, key jsonb, explanation_md text,
  feedback jsonb, hints jsonb, saved_at timestamptz, saved_by uuid, saved_by_name text, cursor text
);
comment on type public.question_version is 'A row of question_history.';

create function private.question_history(
  p_question_id uuid, p_page_size integer, p_cursor text
) returns setof public.question_version
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'question_history', p_question_id));
  v_after private.cursor_position;
begin
  perform private.require_staff(
    (select q.course_id from public.questions as q where q.id = p_question_id)
  );
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    v.revision, v.prompt_md, v.points, v.options, v.key, v.explanation_md, v.feedback, v.hints,
    v.saved_at, v.saved_by, p.name, private.make_cursor(v_signature, v.revision, null, v.question_id)
  from private.question_versions as v
  left join public.profiles as p on p.id = v.saved_by
  where v.question_id = p_question_id and (v_after.id is null or v.revision < v_after.number)
  order by v.revision desc
  limit p_page_size;
end
$$;
grant execute on function private.question_history(uuid, integer, text)
to authenticated, service_role;

create function public.question_history(
  question_id uuid, page_size integer default 50, cursor text default null
) returns setof public.question_version
language sql stable
set search_path = ''
begin atomic
  select * from private.question_history(
    question_history.question_id, question_history.page_size, question_history.cursor
  );
end;
comment on function public.question_history(uuid, integer, text) is
'The versions of a question with their keys, newest first.

For staff. review_attempt says by which revision each item is graded. saved_by_name is null for a
server and for an account that is gone. page_size is 1 to 200; cursor is that of the last row.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.question_history(uuid, integer, text)
to authenticated, service_role;

create function private.attempt_size(p_lesson_id uuid) returns integer
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select least(z.draw_count, (
      select count(*) from public.questions as q
      where q.lesson_id = z.lesson_id and q.archived_at is null
    )) + (
      select coalesce(sum(least(d.question_count, (
        select count(*) from public.questions as q
        where q.bank_id = d.bank_id and q.archived_at is null
          and (d.tag = '' or d.tag = any(q.tags))
      ))), 0)
      from public.quiz_draws as d where d.lesson_id = z.lesson_id
    )
    from public.quizzes as z where z.lesson_id = p_lesson_id
  );
end
$$;
comment on function private.attempt_size(uuid) is
'How many questions an attempt at a quiz has, of its own and of banks; fewer where its draws share '
'questions. Null without a quiz.';
