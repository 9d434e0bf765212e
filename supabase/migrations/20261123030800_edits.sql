-- Edits: changes of the meaning of a published course, and the archive of lessons and modules.
--
-- Invariants
--   * A lesson in which learners have worked is never deleted, only archived: hidden and outside
--     the per cents like an unpublished lesson, with its work readable.
--   * On a published course, and in a lesson with work, only managers change what lessons count,
--     ask, require or reveal, and each such statement is a line of the audit log. Assistants edit
--     words, content, order, and lessons in which learners see nothing and have done nothing.
--   * One function guards all the tables. It reads which columns changed, so a new column of a
--     guarded table is for managers unless its trigger names it as an exception.
--   * Servers and the owner of the database have no account: they are neither refused nor audited.

create function private.row_key(p_row jsonb) returns jsonb
language sql immutable
set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'id', p_row -> 'id', 'course_id', p_row -> 'course_id', 'lesson_id', p_row -> 'lesson_id',
    'question_id', p_row -> 'question_id', 'prerequisite_id', p_row -> 'prerequisite_id',
    'bank_id', p_row -> 'bank_id', 'tag', p_row -> 'tag'
  ))
$$;
comment on function private.row_key(jsonb) is
'The columns that identify a row of a table of the syllabus, whichever of them it has.';

create function private.has_work(p_course_id uuid, p_lesson_id uuid) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (select from public.quiz_attempts as a where a.lesson_id = p_lesson_id)
    or exists (select from public.lab_submissions as s where s.lesson_id = p_lesson_id)
    or exists (
      select from public.lesson_progress as lp
      where lp.course_id = p_course_id and lp.lesson_id = p_lesson_id
        and (lp.status = 'completed' or lp.score is not null)
    );
end
$$;
comment on function private.has_work(uuid, uuid) is
'Whether a lesson has attempts, submissions, scores or completions.';

-- The arguments of the trigger are the columns that anybody on the staff may change. One function
-- serves three triggers: Postgres allows transition tables only on single-event triggers.
create function private.tg_guard_meaning() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_old jsonb := '[]'::jsonb;
  v_new jsonb := '[]'::jsonb;
  -- Without arguments tg_argv is null.
  v_words text[] := coalesce(tg_argv, '{}'::text[]);
  v_edit record;
begin
  if auth.uid() is null then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    v_old := (select coalesce(jsonb_agg(to_jsonb(o)), '[]') from old_rows as o);
  end if;
  if tg_op <> 'DELETE' then
    v_new := (select coalesce(jsonb_agg(to_jsonb(n)), '[]') from new_rows as n);
  end if;
  for v_edit in
    with edited as (
      select
        coalesce(n.value, o.value) as value,
        o.value - v_words as old,
        n.value - v_words as new,
        -- Of a lesson its own row tells whether learners see it, before or after the edit.
        true in (
          (o.value -> 'is_published')::boolean, (n.value -> 'is_published')::boolean,
          o.value ->> 'archived_at' is not null
        ) as is_seen
      from jsonb_array_elements(v_old) as o
      full join jsonb_array_elements(v_new) as n
        on private.row_key(n.value) = private.row_key(o.value)
      where o.value - v_words is distinct from n.value - v_words
        -- The functions of the archive write their own lines.
        and (
          tg_op <> 'UPDATE'
          or (o.value -> 'archived_at') is not distinct from (n.value -> 'archived_at')
        )
    )

    select
      c.id as course_id,
      jsonb_agg(jsonb_build_object(
        'key', private.row_key(e.value),
        'old', (
          select jsonb_object_agg(k.key, k.value) from jsonb_each(e.old) as k
          where k.value is distinct from e.new -> k.key
        ),
        'new', (
          select jsonb_object_agg(k.key, k.value) from jsonb_each(e.new) as k
          where k.value is distinct from e.old -> k.key
        )
      )) as changes
    from edited as e
    cross join lateral (
      select
        coalesce(
          case tg_table_name when 'lessons' then e.value ->> 'id' else e.value ->> 'lesson_id' end,
          q.lesson_id::text
        )::uuid as id,
        case tg_table_name
          when 'questions' then (e.value ->> 'bank_id')::uuid else q.bank_id
        end as bank_id,
        q.course_id
      from (select (e.value ->> 'question_id')::uuid as id) as k
      left join public.questions as q on q.id = k.id
    ) as w
    left join public.lessons as l on l.id = w.id and tg_table_name <> 'lessons'
    inner join public.courses as c on c.id = case tg_table_name
      when 'courses' then e.value ->> 'id'
      else coalesce(l.course_id::text, e.value ->> 'course_id', w.course_id::text)
    end::uuid
    where c.is_published and (
        tg_table_name in ('courses', 'course_prerequisites')
        or l.is_published or l.archived_at is not null
        or (tg_table_name = 'lessons' and e.is_seen)
      )
      -- What learners have handed in means the same while they do not see it.
      or private.has_work(c.id, w.id)
      -- Of a bank the lessons count that draw from it.
      or exists (
        select from public.quiz_draws as d
        inner join public.lessons as t on t.id = d.lesson_id
        where d.bank_id = w.bank_id and (
          (c.is_published and (t.is_published or t.archived_at is not null))
          or private.has_work(c.id, t.id)
        )
      )
    group by c.id
    order by c.id
  loop
    if not private.is_manager(v_edit.course_id) then
      perform private.refuse('managers_only');
    end if;
    perform private.audit('edit_course', v_edit.course_id, jsonb_build_object(
      'table', tg_table_name, 'act', lower(tg_op), 'changes', v_edit.changes
    ));
  end loop;
  return null;
end
$$;
comment on function private.tg_guard_meaning() is
'Refuses an assistant who changes what a published course, or a lesson with work, counts, asks or '
'reveals; writes such an edit of a manager to the audit log, with the old and new values.';

-- The last triggers of a statement: a line of the audit log spends the budget of the actor, whose
-- row is locked after everything else.
create trigger t95_guard_meaning_insert
after insert on public.lessons
referencing new table as new_rows
for each statement execute function private.tg_guard_meaning(
  'title', 'slug', 'module_id', 'ord', 'is_listed', 'updated_at'
);
create trigger t95_guard_meaning_update
after update on public.lessons
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning(
  'title', 'slug', 'module_id', 'ord', 'is_listed', 'updated_at'
);
create trigger t95_guard_meaning_delete
after delete on public.lessons
referencing old table as old_rows
for each statement execute function private.tg_guard_meaning(
  'title', 'slug', 'module_id', 'ord', 'is_listed', 'updated_at'
);

create trigger t95_guard_meaning_insert
after insert on public.lesson_prerequisites
referencing new table as new_rows
for each statement
execute function private.tg_guard_meaning('is_lesson_listed', 'is_prerequisite_listed');
create trigger t95_guard_meaning_update
after update on public.lesson_prerequisites
referencing old table as old_rows new table as new_rows
for each statement
execute function private.tg_guard_meaning('is_lesson_listed', 'is_prerequisite_listed');
create trigger t95_guard_meaning_delete
after delete on public.lesson_prerequisites
referencing old table as old_rows
for each statement
execute function private.tg_guard_meaning('is_lesson_listed', 'is_prerequisite_listed');

create trigger t95_guard_meaning_insert
after insert on public.quizzes
referencing new table as new_rows
for each statement execute function private.tg_guard_meaning('updated_at');
create trigger t95_guard_meaning_update
after update on public.quizzes
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning('updated_at');

create trigger t95_guard_meaning_insert
after insert on public.quiz_draws
referencing new table as new_rows
for each statement execute function private.tg_guard_meaning();
create trigger t95_guard_meaning_update
after update on public.quiz_draws
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning();
create trigger t95_guard_meaning_delete
after delete on public.quiz_draws
referencing old table as old_rows
for each statement execute function private.tg_guard_meaning();

create trigger t95_guard_meaning_insert
after insert on public.questions
referencing new table as new_rows
for each statement
execute function private.tg_guard_meaning('ord', 'revision', 'updated_at', 'updated_by');
create trigger t95_guard_meaning_update
after update on public.questions
referencing old table as old_rows new table as new_rows
for each statement
execute function private.tg_guard_meaning('ord', 'revision', 'updated_at', 'updated_by');
create trigger t95_guard_meaning_delete
after delete on public.questions
referencing old table as old_rows
for each statement
execute function private.tg_guard_meaning('ord', 'revision', 'updated_at', 'updated_by');

create trigger t95_guard_meaning_insert
after insert on private.answer_keys
referencing new table as new_rows
for each statement
execute function private.tg_guard_meaning('explanation_md', 'feedback', 'updated_at');
create trigger t95_guard_meaning_update
after update on private.answer_keys
referencing old table as old_rows new table as new_rows
for each statement
execute function private.tg_guard_meaning('explanation_md', 'feedback', 'updated_at');
create trigger t95_guard_meaning_delete
after delete on private.answer_keys
referencing old table as old_rows
for each statement
execute function private.tg_guard_meaning('explanation_md', 'feedback', 'updated_at');

create trigger t95_guard_meaning_insert
after insert on public.labs
referencing new table as new_rows
for each statement execute function private.tg_guard_meaning('updated_at');
create trigger t95_guard_meaning_update
after update on public.labs
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning('updated_at');

create trigger t95_guard_meaning_insert
after insert on private.lab_rubrics
referencing new table as new_rows
for each statement execute function private.tg_guard_meaning('updated_at');
create trigger t95_guard_meaning_update
after update on private.lab_rubrics
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning('updated_at');

-- Policies leave the rules of a course to its managers: here they are only audited.
create trigger t95_guard_meaning_update
after update on public.courses
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning(
  'slug', 'title', 'locale', 'description', 'cover_url', 'level', 'tags', 'is_published',
  'lesson_count', 'required_count', 'version', 'updated_at'
);

create trigger t95_guard_meaning_insert
after insert on public.course_prerequisites
referencing new table as new_rows
for each statement execute function private.tg_guard_meaning();
create trigger t95_guard_meaning_update
after update on public.course_prerequisites
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_guard_meaning();
create trigger t95_guard_meaning_delete
after delete on public.course_prerequisites
referencing old table as old_rows
for each statement execute function private.tg_guard_meaning();

create function private.tg_keep_work() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- The row is locked: whoever records work locks it for key share first.
  if private.has_work(old.course_id, old.id) then
    perform private.refuse('lesson_has_work');
  end if;
  return old;
end
$$;
comment on function private.tg_keep_work() is
'Refuses to delete a lesson that has attempts, submissions, scores or completions.';

create trigger t20_keep_work
before delete on public.lessons
for each row execute function private.tg_keep_work();

create function private.archive_lessons(p_lesson_ids uuid[], p_at timestamptz) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  update public.lessons l
  set archived_at = p_at, is_restored_published = l.is_published, is_published = false
  where l.id = any(p_lesson_ids) and l.archived_at is null;
end
$$;
comment on function private.archive_lessons(uuid[], timestamptz) is
'Hides lessons and stores whether each was published.';

create function private.restore_lessons(p_lesson_ids uuid[], p_at timestamptz) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  update public.lessons l
  set archived_at = null, is_published = l.is_restored_published, is_restored_published = false
  where l.id = any(p_lesson_ids) and l.archived_at = p_at;
end
$$;
comment on function private.restore_lessons(uuid[], timestamptz) is
'Takes those of the lessons out of the archive that were archived at that time.';

create function private.archive_lesson(p_lesson_id uuid) returns public.lessons
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_lesson public.lessons;
begin
  perform private.lock_syllabus(false);
  select * into v_lesson from public.lessons as l where l.id = p_lesson_id;
  perform private.require_manager(v_lesson.course_id);
  if v_lesson.id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if v_lesson.archived_at is null then
    perform private.archive_lessons(array[p_lesson_id], clock_timestamp());
    perform private.audit(
      'archive_lesson', p_lesson_id, jsonb_build_object('course_id', v_lesson.course_id)
    );
  end if;
  select * into v_lesson from public.lessons as l where l.id = p_lesson_id;
  return v_lesson;
end
$$;
grant execute on function private.archive_lesson(uuid) to authenticated, service_role;

create function public.archive_lesson(lesson_id uuid) returns public.lessons
language sql volatile
set search_path = ''
begin atomic
  select private.archive_lesson(archive_lesson.lesson_id);
end;
comment on function public.archive_lesson(uuid) is
'Archives a lesson and returns it.

Learners find it no longer: it is out of outline, search, tutor, per cents and prerequisites. What
they handed in stays readable for them and for staff, in the gradebook too. Idempotent and audited.
For owners, instructors, admins, service_role.

Errors: not_course_staff, lesson_not_found.';

grant execute on function public.archive_lesson(uuid) to authenticated, service_role;

create function private.restore_lesson_archive(p_lesson_id uuid) returns public.lessons
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_lesson public.lessons;
begin
  perform private.lock_syllabus(false);
  select * into v_lesson from public.lessons as l where l.id = p_lesson_id;
  perform private.require_manager(v_lesson.course_id);
  if v_lesson.id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if exists (
    select from public.modules as m where m.id = v_lesson.module_id and m.archived_at is not null
  ) then
    perform private.refuse('module_archived');
  end if;
  if v_lesson.archived_at is not null then
    perform private.restore_lessons(array[p_lesson_id], v_lesson.archived_at);
    perform private.audit(
      'restore_lesson_archive', p_lesson_id, jsonb_build_object('course_id', v_lesson.course_id)
    );
  end if;
  select * into v_lesson from public.lessons as l where l.id = p_lesson_id;
  return v_lesson;
end
$$;
grant execute on function private.restore_lesson_archive(uuid) to authenticated, service_role;

create function public.restore_lesson_archive(lesson_id uuid) returns public.lessons
language sql volatile
set search_path = ''
begin atomic
  select private.restore_lesson_archive(restore_lesson_archive.lesson_id);
end;
comment on function public.restore_lesson_archive(uuid) is
'Takes a lesson out of the archive and returns it.

It is published again if it was. Idempotent and audited. For owners, instructors, admins,
service_role.

Errors: not_course_staff, lesson_not_found, module_archived.';

grant execute on function public.restore_lesson_archive(uuid) to authenticated, service_role;

create function private.set_module_archived(p_module_id uuid, p_archived boolean)
returns public.modules
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_module public.modules;
  v_lesson_ids uuid[];
  v_at timestamptz := clock_timestamp();
begin
  perform private.lock_syllabus(false);
  select * into v_module from public.modules as m where m.id = p_module_id;
  perform private.require_manager(v_module.course_id);
  if v_module.id is null then
    perform private.refuse('module_not_found');
  end if;
  if (v_module.archived_at is not null) = p_archived then
    return v_module;
  end if;
  v_lesson_ids := array(select l.id from public.lessons as l where l.module_id = p_module_id);
  if p_archived then
    perform private.archive_lessons(v_lesson_ids, v_at);
    update public.modules m set archived_at = v_at, is_listed = false
    where m.id = p_module_id returning m.* into v_module;
  else
    update public.modules m set archived_at = null, is_listed = c.is_published
    from public.courses as c
    where m.id = p_module_id and c.id = m.course_id;
    perform private.restore_lessons(v_lesson_ids, v_module.archived_at);
    select * into v_module from public.modules as m where m.id = p_module_id;
  end if;
  perform private.audit(
    case when p_archived then 'archive_module' else 'restore_module_archive' end, p_module_id,
    jsonb_build_object('course_id', v_module.course_id)
  );
  return v_module;
end
$$;
comment on function private.set_module_archived(uuid, boolean) is
'Archives a module with its lessons, or restores it with those that were archived with it.';

grant execute on function private.set_module_archived(uuid, boolean)
to authenticated, service_role;

create function public.archive_module(module_id uuid) returns public.modules
language sql volatile
set search_path = ''
begin atomic
  select private.set_module_archived(archive_module.module_id, true);
end;
comment on function public.archive_module(uuid) is
'Archives a module with all its lessons and returns it.

What archive_lesson says holds for each of its lessons. Idempotent and audited. For owners,
instructors, admins, service_role.

Errors: not_course_staff, module_not_found.';

grant execute on function public.archive_module(uuid) to authenticated, service_role;

create function public.restore_module_archive(module_id uuid) returns public.modules
language sql volatile
set search_path = ''
begin atomic
  select private.set_module_archived(restore_module_archive.module_id, false);
end;
comment on function public.restore_module_archive(uuid) is
'Takes a module out of the archive and returns it.

Lessons that were archived with it come back, published if they were; one that archive_lesson had
archived before stays archived. Idempotent and audited. For owners, instructors, admins,
service_role.

Errors: not_course_staff, module_not_found.';

grant execute on function public.restore_module_archive(uuid) to authenticated, service_role;
