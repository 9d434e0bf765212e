-- Publishing: a course becomes visible to learners, or hidden.
--
-- Invariants
--   * Only publish_course and unpublish_course write is_published. A course is published only when
--     the list of its problems is empty.

create function private.course_problems(p_course_id uuid) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  -- PL/pgSQL binds public.questions, a table of a later file, at the first call.
  return (
  with lesson as (
    select l.*, coalesce(t.body_md, '') as body_md, t.md_url, t.video_url
    from public.lessons as l
    left join public.lesson_contents as t on t.lesson_id = l.id
    where l.course_id = p_course_id and l.is_published
  ),

  problem (code, subject_id, message) as (
    select 'description_missing', c.id, 'The course has no description.'
    from public.courses as c where c.id = p_course_id and btrim(c.description) = ''
    union all
    select 'no_required_lesson', p_course_id, 'No published lesson counts for completion.'
    where not exists (select from lesson as l where l.is_required)
    union all
    select 'module_empty', m.id, format('Module "%s" has no published lesson.', m.title)
    from public.modules as m
    where m.course_id = p_course_id and m.archived_at is null
      and not exists (select from lesson as l where l.module_id = m.id)
    union all
    select 'content_missing', l.id, format('Lesson "%s" has no text.', l.title)
    from lesson as l where l.content_type = 'text' and btrim(l.body_md) = '' and l.md_url is null
    union all
    select 'video_missing', l.id, format('Lesson "%s" has no video address.', l.title)
    from lesson as l where l.content_type = 'video' and l.video_url is null
    union all
    select 'duration_missing', l.id,
      format('Lesson "%s" has no playing time to measure watching against.', l.title)
    from lesson as l where l.completion_rule = 'watch' and l.duration_minutes = 0
    union all
    select 'quiz_empty', l.id, format('Quiz "%s" has no questions.', l.title)
    from lesson as l
    where l.completion_rule = 'pass'
      and not exists (
        select from public.questions as q where q.lesson_id = l.id and q.archived_at is null
      )
    union all
    select 'prerequisite_unpublished', l.id,
      format('Lesson "%s" needs a lesson that is not published.', l.title)
    from lesson as l
    where exists (
      select from public.lesson_prerequisites as p
      inner join public.lessons as n on n.id = p.prerequisite_id
      where p.lesson_id = l.id and not n.is_published
    )
  )

  select coalesce(
    jsonb_agg(
      jsonb_build_object('code', code, 'subject_id', subject_id, 'message', message)
      order by code, subject_id
    ),
    '[]'
  )
  from problem
  );
end
$$;
comment on function private.course_problems(uuid) is
'Problems that prevent the publication of a course: [{code, subject_id, message}].';

create function private.set_published(p_course_id uuid, p_published boolean) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_published boolean;
  v_problems jsonb := '[]'::jsonb;
begin
  perform private.require_manager(p_course_id);
  -- Locked in the order of docs/locks.md while the flags change.
  perform from public.modules as m where m.course_id = p_course_id order by m.id for no key update;
  perform from public.lessons as l where l.course_id = p_course_id order by l.id for no key update;
  select c.is_published into v_published
  from public.courses as c where c.id = p_course_id for no key update;
  if not found then
    perform private.refuse('course_not_found');
  end if;
  if p_published and not v_published then
    v_problems := private.course_problems(p_course_id);
  end if;
  if p_published <> v_published and v_problems = '[]' then
    update public.courses c set is_published = p_published where c.id = p_course_id;
    perform private.audit(
      case when p_published then 'publish_course' else 'unpublish_course' end, p_course_id, '{}'
    );
    v_published := p_published;
  end if;
  return jsonb_build_object(
    'course_id', p_course_id, 'is_published', v_published, 'problems', v_problems
  );
end
$$;
comment on function private.set_published(uuid, boolean) is
'Publishes a course without problems, or unpublishes it; returns the problems.';

grant execute on function private.set_published(uuid, boolean) to authenticated, service_role;

create function public.publish_course(course_id uuid) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.set_published(publish_course.course_id, true);
end;
comment on function public.publish_course(uuid) is
'Publishes a course, or returns the problems that prevent it.

is_published tells whether the course is published now. Each problem has code, subject_id (the
course, module or lesson) and message. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found.';

grant execute on function public.publish_course(uuid) to authenticated, service_role;

create function public.unpublish_course(course_id uuid) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.set_published(unpublish_course.course_id, false);
end;
comment on function public.unpublish_course(uuid) is
'Hides a course from the catalogue and closes its content.

Progress stays. Returns the same as publish_course. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found.';

grant execute on function public.unpublish_course(uuid) to authenticated, service_role;
