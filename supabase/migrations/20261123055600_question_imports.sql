-- Question imports: questions in the form of a bundle are added to a quiz that exists.
--
-- Invariants
--   * All questions are saved, or none; each passes save_question, as an author's own does.
--   * A call that is repeated with its key adds nothing.

create type public.question_import as (is_new boolean, question_ids uuid []);
comment on type public.question_import is 'The answer of import_questions.';

create function private.import_questions(p_lesson_id uuid, p_questions jsonb, p_import_key uuid)
returns public.question_import
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_digest text := md5(jsonb_build_array(p_lesson_id, p_questions)::text);
  v_place text := '$';
  v_problem text;
  v_import private.course_imports;
  v_question record;
  v_ids uuid[] := '{}'::uuid[];
  v_state text;
  v_message text;
begin
  perform private.require_staff(v_course_id);
  if v_course_id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if pg_column_size(p_questions) > 20000000 then
    v_problem := 'Questions have at most 20 MB.';
  elsif coalesce(p_questions, '[]') = '[]' then
    v_problem := 'There is no question.';
  else
    -- The fields of questions are checked in a bundle around them.
    select replace(b.place, '$.course.modules[0].lessons[0].quiz.questions', '$'), b.problem
    into v_place, v_problem
    from private.bundle_problem(jsonb_build_object(
      'format', 'lyceum.course', 'version', 1, 'course', jsonb_build_object(
        'slug', 'x', 'title', 'x', 'modules', jsonb_build_array(jsonb_build_object(
          'title', 'x', 'lessons', jsonb_build_array(jsonb_build_object(
            'slug', 'x', 'title', 'x', 'quiz', jsonb_build_object('questions', p_questions)
          ))
        ))
      )
    )) as b;
  end if;
  if v_problem is not null then
    perform private.refuse('invalid_bundle', jsonb_build_object(
      'path', v_place, 'problem', v_problem
    ));
  end if;
  perform private.lock_imports(v_user_id);
  perform private.require_account();
  select * into v_import
  from private.course_imports as i
  where i.user_id = v_user_id and i.import_key = p_import_key;
  if found then
    if v_import.digest <> v_digest then
      perform private.refuse('import_key_reused');
    end if;
    return row(false, v_ids);
  end if;
  begin
    for v_question in
      select q.value, q.ordinality
      from jsonb_array_elements(p_questions) with ordinality as q
      order by q.ordinality
    loop
      v_place := format('$[%s]', v_question.ordinality - 1);
      v_ids := v_ids || private.import_question(p_lesson_id, null, v_question.value, null);
    end loop;
  exception
    when sqlstate 'PGRST' or data_exception or integrity_constraint_violation
      or program_limit_exceeded then
      get stacked diagnostics v_state = returned_sqlstate, v_message = message_text;
      if v_state = 'PGRST' and v_message::jsonb ->> 'code' <> 'invalid_question' then
        raise;
      end if;
      perform private.refuse('invalid_bundle', jsonb_build_object(
        'path', v_place, 'problem', case v_state
          when 'PGRST' then v_message::jsonb ->> 'message' else left(v_message, 500)
        end
      ));
  end;
  if p_import_key is not null then
    insert into private.course_imports (user_id, import_key, course_id, digest)
    values (v_user_id, p_import_key, v_course_id, v_digest);
  end if;
  return row(true, v_ids);
end
$$;
grant execute on function private.import_questions(uuid, jsonb, uuid) to authenticated;

create function public.import_questions(
  lesson_id uuid, questions jsonb, import_key uuid default null
) returns public.question_import
language sql volatile
set search_path = '' set statement_timeout = '60s'
begin atomic
  select private.import_questions(
    import_questions.lesson_id, import_questions.questions, import_questions.import_key
  );
end;
comment on function public.import_questions(uuid, jsonb, uuid) is
'Adds questions to a quiz, all or none, behind those that it has.

A question has the form that it has in a bundle: see docs/authoring.md. A call that is repeated with
its import_key adds nothing; is_new is then false, and question_ids is empty. For staff of the course.

Errors: not_authenticated, account_suspended, not_course_staff, managers_only, lesson_not_found,
not_a_quiz, invalid_bundle, import_key_reused.';

grant execute on function public.import_questions(uuid, jsonb, uuid) to authenticated;
