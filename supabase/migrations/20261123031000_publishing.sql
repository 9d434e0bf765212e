-- Publishing: a course becomes visible to learners with what its authors have drafted, or hidden;
-- and what a learner has seen of it.
--
-- Invariants
--   * Only publish_course, unpublish_course and archive_course write is_published; an archived
--     course is not published. A course is published only when
--     the list of its problems is empty; what an edit breaks later is listed and closes nothing.
--   * Problems are those of the drafts, which publish_course publishes with the course.

create type public.course_problem as (
  code text, subject_id uuid, course_slug text, lesson_slug text, message text, cursor text
);
comment on type public.course_problem is 'A row of course_problems.';

create function private.problem_rows(p_course_id uuid)
returns table (code text, subject_id uuid, lesson_slug text, message text)
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  with lesson as (
    select l.*, coalesce(t.body_md, '') as body_md, t.md_url, t.video_url
    from public.lessons as l
    left join public.lesson_drafts as t on t.lesson_id = l.id
    where l.course_id = p_course_id and l.is_published
  ),

  found (code, subject_id, message) as (
    select 'description_missing', c.id, 'The course has no description.'
    from public.courses as c where c.id = p_course_id and btrim(c.description) = ''
    union all
    select 'course_archived', c.id, 'The course is archived.'
    from public.courses as c where c.id = p_course_id and c.archived_at is not null
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
    where (l.content_type = 'quiz' or l.completion_rule = 'pass')
      and coalesce(private.attempt_size(l.id), 0) = 0
    union all
    select 'prerequisite_unpublished', l.id,
      format('Lesson "%s" needs a lesson that is not published.', l.title)
    from lesson as l
    where exists (
      select from public.lesson_prerequisites as p
      inner join public.lessons as n on n.id = p.prerequisite_id
      where p.lesson_id = l.id and not n.is_published and n.archived_at is null
    )
  )

  select f.code, f.subject_id, l.slug, f.message
  from found as f
  left join lesson as l on l.id = f.subject_id;
end
$$;
comment on function private.problem_rows(uuid) is
'What is missing in a course: a draft with problems is not published, and an edit of a published '
'course may have made some. lesson_slug is null for a course or module.';

create function private.course_problems(p_course_id uuid, p_page_size integer, p_cursor text)
returns setof public.course_problem
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course_slug text := (select c.slug from public.courses as c where c.id = p_course_id);
  v_signature text := md5(concat_ws('|', 'course_problems', p_course_id));
  v_after private.cursor_position;
begin
  perform private.require_staff(p_course_id);
  if v_course_slug is null then
    perform private.refuse('course_not_found');
  end if;
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    p.code, p.subject_id, v_course_slug, p.lesson_slug, p.message,
    private.make_cursor(v_signature, null, p.code, p.subject_id)
  from private.problem_rows(p_course_id) as p
  where v_after.id is null
    or (p.code collate "C", p.subject_id) > (v_after.text collate "C", v_after.id)
  order by p.code collate "C", p.subject_id
  limit p_page_size;
end
$$;
grant execute on function private.course_problems(uuid, integer, text)
to authenticated, service_role;

create function public.course_problems(
  course_id uuid, page_size integer default 50, cursor text default null
) returns setof public.course_problem
language sql stable
set search_path = ''
begin atomic
  select * from private.course_problems(
    course_problems.course_id, course_problems.page_size, course_problems.cursor
  );
end;
comment on function public.course_problems(uuid, integer, text) is
'What is missing in a course, whether it is published or not, page by page.

publish_course publishes a course without problems; an edit of a published course may make some.
subject_id is the course, module or lesson; lesson_slug is null unless it is a lesson. For staff.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_course_staff, course_not_found, invalid_page, invalid_cursor.';

grant execute on function public.course_problems(uuid, integer, text)
to authenticated, service_role;

create function private.set_published(p_course_id uuid, p_published boolean) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_published boolean;
  v_problems jsonb := '[]'::jsonb;
  v_count integer := 0;
begin
  perform private.require_manager(p_course_id);
  -- No module or lesson comes, goes or changes while their flags do.
  perform private.lock_syllabus(false);
  select c.is_published into v_published
  from public.courses as c where c.id = p_course_id for no key update;
  if not found then
    perform private.refuse('course_not_found');
  end if;
  if p_published then
    select coalesce(jsonb_agg(
      jsonb_build_object('code', p.code, 'subject_id', p.subject_id, 'message', p.message)
      order by p.code, p.subject_id
    ), '[]')
    into v_problems
    from private.problem_rows(p_course_id) as p;
  end if;
  if p_published and v_problems = '[]' then
    v_count := private.publish_drafts(array(
      select d.lesson_id from public.lesson_drafts as d
      inner join public.lessons as l on l.id = d.lesson_id
      where d.course_id = p_course_id and d.has_changes and l.is_published
    ), null);
  end if;
  if p_published <> v_published and v_problems = '[]' then
    update public.courses c set is_published = p_published where c.id = p_course_id;
    perform private.audit(
      case when p_published then 'publish_course' else 'unpublish_course' end, p_course_id, '{}'
    );
    v_published := p_published;
  end if;
  return jsonb_build_object(
    'course_id', p_course_id, 'is_published', v_published, 'problems', v_problems,
    'published_drafts', v_count
  );
end
$$;
comment on function private.set_published(uuid, boolean) is
'Publishes a course without problems and its drafts, or unpublishes it; returns the problems.';

grant execute on function private.set_published(uuid, boolean) to authenticated, service_role;

create function public.publish_course(course_id uuid) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.set_published(publish_course.course_id, true);
end;
comment on function public.publish_course(uuid) is
'Publishes a course and its drafts, or returns the problems that prevent it.

Publishes the changed drafts of its published lessons as publish_lesson does; published_drafts is
their number. A course that is published already gets its new drafts, unless there are problems.

is_published tells whether the course is published now. Each problem has code, subject_id (the
course, module or lesson) and message. A course that is published already stays so, and problems
lists what an edit has broken since; course_problems lists the same. For owners, instructors,
admins, service_role.

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

create type public.seen_version as (
  kind text, subject_id uuid, lesson_id uuid, course_slug text, lesson_slug text, title text,
  seen_at timestamptz, version integer, published_at timestamptz, cursor text
);
comment on type public.seen_version is 'A row of seen_versions.';

create function private.seen_versions(
  p_course_id uuid, p_user_id uuid, p_page_size integer, p_cursor text
) returns setof public.seen_version
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'seen_versions', p_course_id, p_user_id));
  v_after private.cursor_position;
begin
  perform private.require_staff(p_course_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  with seen (kind, subject_id, lesson_id, seen_at, version) as (
    select 'completion', lp.lesson_id, lp.lesson_id, lp.completed_at, lp.content_version
    from public.lesson_progress as lp
    where lp.course_id = p_course_id and lp.user_id = p_user_id and lp.status = 'completed'
    union all
    select 'attempt', a.id, a.lesson_id, a.started_at, a.content_version
    from public.quiz_attempts as a
    where a.course_id = p_course_id and a.user_id = p_user_id
    union all
    select 'certificate', f.id, v.key::uuid, f.issued_at, v.value::integer
    from public.certificates as f cross join jsonb_each_text(f.content_versions) as v
    where f.course_id = p_course_id and f.user_id = p_user_id
  ),

  placed as (
    -- The order of a page: by kind and lesson, then by subject.
    select s.*, concat_ws('|', s.kind, s.lesson_id) collate "C" as place from seen as s
  )

  select
    p.kind, p.subject_id, p.lesson_id, c.slug, l.slug, coalesce(v.title, l.title), p.seen_at,
    p.version, v.published_at, private.make_cursor(v_signature, null, p.place, p.subject_id)
  from placed as p
  inner join public.courses as c on c.id = p_course_id
  left join public.lessons as l on l.id = p.lesson_id
  left join public.lesson_versions as v on v.lesson_id = p.lesson_id and v.version = p.version
  where v_after.id is null
    or (p.place, p.subject_id) > (v_after.text collate "C", v_after.id)
  order by p.place, p.subject_id
  limit p_page_size;
end
$$;
grant execute on function private.seen_versions(uuid, uuid, integer, text)
to authenticated, service_role;

create function public.seen_versions(
  course_id uuid, user_id uuid, page_size integer default 50, cursor text default null
) returns setof public.seen_version
language sql stable
set search_path = ''
begin atomic
  select * from private.seen_versions(
    seen_versions.course_id, seen_versions.user_id, seen_versions.page_size, seen_versions.cursor
  );
end;
comment on function public.seen_versions(uuid, uuid, integer, text) is
'Which version of each lesson a learner could read when they did something, page by page.

kind is completion (of a lesson; subject_id is the lesson), attempt (when it began; subject_id is
the attempt) or certificate (the versions that the learner had completed when it was issued).
version is null where the lesson had no text. lesson_versions has the texts: what learners read is
shown_body_md, or body_md where that is null. No row: the person has done nothing in the course. For
staff.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.seen_versions(uuid, uuid, integer, text)
to authenticated, service_role;

create function private.set_course_archived(p_course_id uuid, p_archived boolean)
returns public.courses
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course public.courses;
begin
  perform private.require_manager(p_course_id);
  perform private.lock_syllabus(false);
  select * into v_course from public.courses as c where c.id = p_course_id for no key update;
  if not found then
    perform private.refuse('course_not_found');
  end if;
  if (v_course.archived_at is not null) = p_archived then
    return v_course;
  end if;
  update public.courses c
  set is_published = false, archived_at = case when p_archived then clock_timestamp() end
  where c.id = p_course_id;
  perform private.audit(
    case when p_archived then 'archive_course' else 'restore_course_archive' end, p_course_id, '{}'
  );
  select * into v_course from public.courses as c where c.id = p_course_id;
  return v_course;
end
$$;
comment on function private.set_course_archived(uuid, boolean) is
'Archives a course, or restores it unpublished.';

grant execute on function private.set_course_archived(uuid, boolean)
to authenticated, service_role;

create function public.archive_course(course_id uuid) returns public.courses
language sql volatile
set search_path = ''
begin atomic
  select private.set_course_archived(archive_course.course_id, true);
end;
comment on function public.archive_course(uuid) is
'Archives a course and returns it.

It is gone for visitors and others. Its learners still read the lessons that are open to them, their
progress, work and certificates; reports, new attempts, submissions and the tutor are refused
(lesson_locked with the reason course_archived), while an attempt that is open may be finished.
Idempotent and audited. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found.';

grant execute on function public.archive_course(uuid) to authenticated, service_role;

create function public.restore_course_archive(course_id uuid) returns public.courses
language sql volatile
set search_path = ''
begin atomic
  select private.set_course_archived(restore_course_archive.course_id, false);
end;
comment on function public.restore_course_archive(uuid) is
'Takes a course out of the archive and returns it; publish_course publishes it again.

Idempotent and audited. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found.';

grant execute on function public.restore_course_archive(uuid) to authenticated, service_role;

create function private.delete_course(p_course_id uuid) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_manager(p_course_id);
  if not exists (select from public.courses as c where c.id = p_course_id) then
    perform private.refuse('course_not_found');
  end if;
  if not private.is_operator()
    and p_course_id not in (select private.owned_course_ids()) then
    perform private.refuse('owners_only');
  end if;
  delete from public.courses c where c.id = p_course_id;
  perform private.audit('delete_course', p_course_id, '{}');
end
$$;
grant execute on function private.delete_course(uuid) to authenticated, service_role;

create function public.delete_course(course_id uuid) returns void
language sql volatile
set search_path = ''
begin atomic
  select private.delete_course(delete_course.course_id);
end;
comment on function public.delete_course(uuid) is
'Deletes a course with everything in it, if nobody has ever enrolled in it or was entitled to it.

archive_course and unpublish_course hide one that has learners. Audited. For owners, admins,
service_role.

Errors: not_course_staff, owners_only, course_not_found, course_has_learners.';

grant execute on function public.delete_course(uuid) to authenticated, service_role;
