-- Lesson page: everything that the page of a lesson shows, in one call.
--
-- Invariants
--   * Content is in the answer only where the access predicate says that the lesson is open.
--   * The rules of quizzes and labs are for enrolled learners and staff, as in their tables.
--   * Neither questions nor keys are in the answer. A rubric is for staff, and for a learner once a
--     submission of theirs is graded by it.

create function private.quiz_rules(p_user_id uuid, p_lesson_id uuid, p_attempts_left integer)
returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'pass_mark', 100 * private.share(z.pass_mark),
      'max_attempts', z.max_attempts + coalesce(o.extra_attempts, 0),
      'attempts_left', p_attempts_left,
      'time_limit_seconds', z.time_limit_seconds + coalesce(o.extra_seconds, 0),
      'due_at', coalesce(o.due_at, z.due_at),
      'extra_attempts', coalesce(o.extra_attempts, 0),
      'extra_seconds', coalesce(o.extra_seconds, 0),
      'is_shuffled', z.is_shuffled,
      'scoring', z.scoring,
      'reveal', z.reveal,
      'question_count', private.attempt_size(z.lesson_id)
    )
    from public.quizzes as z
    left join private.quiz_overrides as o
      on o.lesson_id = z.lesson_id and o.user_id = p_user_id
    where z.lesson_id = p_lesson_id
  );
end
$$;
comment on function private.quiz_rules(uuid, uuid, integer) is
'The rules of a quiz with the exceptions of one learner; question_count is attempt_size.';

create function private.visible_rubric(p_user_id uuid, p_lesson_id uuid, p_is_staff boolean)
returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if p_is_staff then
    return (select r.criteria from private.lab_rubrics as r where r.lesson_id = p_lesson_id);
  end if;
  return (
    select jsonb_agg(c.value - 'given' order by c.at)
    from (
      select s.criteria
      from public.lab_submissions as s
      where s.lesson_id = p_lesson_id and s.user_id = p_user_id and s.criteria is not null
      order by s.version desc
      limit 1
    ) as s
    cross join jsonb_array_elements(s.criteria) with ordinality as c (value, at)
  );
end
$$;
comment on function private.visible_rubric(uuid, uuid, boolean) is
'The rubric of a lab for staff; for a learner the one by which their newest graded submission was '
'graded, or null.';

create function private.lesson_page(p_lesson_id uuid, p_course_slug text, p_lesson_slug text)
returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.account_id();
  v_lesson public.lessons;
  v_course public.courses;
  v_is_staff boolean;
  v_is_enrolled boolean;
  v_is_member boolean;
  v_place record;
  -- Null for callers who may not read the rules of quizzes and labs.
  v_due_at timestamptz;
  v_attempts_left integer;
begin
  if num_nonnulls(p_lesson_id, p_course_slug) <> 1
    or num_nonnulls(p_course_slug, p_lesson_slug) = 1 then
    perform private.refuse('invalid_lookup');
  end if;
  if p_lesson_id is not null then
    select * into v_lesson from public.lessons as l where l.id = p_lesson_id;
  else
    select l.* into v_lesson
    from public.courses as c
    inner join public.lessons as l on l.course_id = c.id and l.slug = p_lesson_slug
    where c.slug = p_course_slug;
  end if;
  v_is_staff := private.is_staff(v_lesson.course_id);
  if (private.is_visible(v_lesson.course_id) and (v_lesson.is_published or v_is_staff))
    is not true then
    perform private.refuse('lesson_not_found');
  end if;
  select * into v_course from public.courses as c where c.id = v_lesson.course_id;
  v_is_enrolled := v_course.id in (select private.enrolled_course_ids());
  v_is_member := v_is_staff or v_is_enrolled;
  select
    a.*,
    case when a.previous_id is not null then jsonb_build_object(
      'id', a.previous_id, 'slug', p.slug, 'course_slug', v_course.slug, 'title', p.title,
      'content_type', p.content_type, 'is_open', a.is_previous_open
    ) end as previous,
    case when a.next_id is not null then jsonb_build_object(
      'id', a.next_id, 'slug', n.slug, 'course_slug', v_course.slug, 'title', n.title,
      'content_type', n.content_type, 'is_open', a.is_next_open
    ) end as next
  into v_place
  from (
    select
      r.*,
      lag(r.lesson_id) over w as previous_id,
      lag(r.is_open) over w as is_previous_open,
      lead(r.lesson_id) over w as next_id,
      lead(r.is_open) over w as is_next_open
    from private.access_rows(v_course.id, v_is_staff) with ordinality as r (
      lesson_id, course_slug, lesson_slug, status, is_open, reason, opens_at, requires, ordinal
    )
    window w as (order by r.ordinal)
  ) as a
  left join public.lessons as p on p.id = a.previous_id
  left join public.lessons as n on n.id = a.next_id
  where a.lesson_id = v_lesson.id;
  if v_is_member then
    select r.due_at, r.attempts_left into v_due_at, v_attempts_left
    from private.work_rules(v_user_id, v_course.id) as r where r.lesson_id = v_lesson.id;
  end if;
  return jsonb_build_object(
    'course', jsonb_build_object(
      'id', v_course.id, 'slug', v_course.slug, 'title', v_course.title, 'locale', v_course.locale
    ),
    'module', (
      select jsonb_build_object('id', m.id, 'title', m.title, 'ord', m.ord)
      from public.modules as m where m.id = v_lesson.module_id
    ),
    'lesson', jsonb_build_object(
      'id', v_lesson.id, 'slug', v_lesson.slug, 'course_slug', v_course.slug,
      'title', v_lesson.title, 'content_type', v_lesson.content_type,
      'duration_minutes', v_lesson.duration_minutes, 'ord', v_lesson.ord,
      'is_published', v_lesson.is_published, 'is_archived', v_lesson.archived_at is not null,
      'is_preview', v_lesson.is_preview,
      'is_required', v_lesson.is_required, 'completion_rule', v_lesson.completion_rule,
      'completion_percent', 100 * private.share(v_lesson.completion_threshold),
      'status', v_place.status, 'is_open', v_place.is_open, 'reason', v_place.reason,
      'opens_at', v_place.opens_at, 'requires', v_place.requires
    ),
    'is_staff', v_is_staff,
    'is_enrolled', v_is_enrolled,
    'content', case when v_place.is_open then (
      select jsonb_build_object(
        'version', t.version, 'body_md', t.body_md, 'md_url', t.md_url, 'video_url', t.video_url,
        'transcript', t.transcript, 'updated_at', t.updated_at
      )
      from public.lesson_contents as t where t.lesson_id = v_lesson.id
    ) end,
    'files', case when v_place.is_open then coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', f.id, 'title', f.title, 'path', f.path, 'size_bytes', f.size_bytes,
        'media_type', f.media_type
      ) order by f.ord, f.created_at, f.id)
      from public.lesson_files as f where f.lesson_id = v_lesson.id
    ), '[]') else '[]' end,
    'progress', (
      select to_jsonb(lp) from public.lesson_progress as lp
      where lp.user_id = v_user_id and lp.lesson_id = v_lesson.id
    ),
    'previous', v_place.previous,
    'next', v_place.next,
    'quiz', case
      when v_is_member then private.quiz_rules(v_user_id, v_lesson.id, v_attempts_left)
    end,
    'lab', case
      when v_is_member and v_lesson.content_type = 'lab' then jsonb_build_object(
        'due_at', v_due_at,
        'rubric', private.visible_rubric(v_user_id, v_lesson.id, v_is_staff)
      )
    end
  );
end
$$;
grant execute on function private.lesson_page(uuid, text, text)
to anon, authenticated, service_role;

create function public.lesson_page(
  lesson_id uuid default null, course_slug text default null, lesson_slug text default null
) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.lesson_page(
    lesson_page.lesson_id, lesson_page.course_slug, lesson_page.lesson_slug
  );
end;
comment on function public.lesson_page(uuid, text, text) is
'Everything that the page of a lesson shows, for the caller.

Pass either lesson_id or both slugs. content is null while the lesson is locked or empty;
lesson.reason, opens_at and requires say what opens it. files are those of the lesson, in bucket
lesson-files; an empty list while it is locked. progress is the caller''s own row; previous
and next are the neighbours in the order of the course. quiz has the rules with the caller''s
exceptions included, and the number of questions in an attempt; lab has the due date and the rubric,
which learners see once their work is graded. Both are null for callers who are not enrolled.

Errors: lesson_not_found, invalid_lookup.';

grant execute on function public.lesson_page(uuid, text, text) to anon, authenticated, service_role;
