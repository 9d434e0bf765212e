-- Outline: the calls behind a course page and the learner's home page.
--
-- Invariants
--   * Every statement about access comes from private.lesson_states or from its cache.
--   * No answer carries content: titles, order, status and dates only.
--   * The rules of quizzes and labs are for enrolled learners and staff, as in their tables.

create function private.work_rules(p_user_id uuid, p_course_id uuid)
returns table (lesson_id uuid, due_at timestamptz, attempts_left integer)
language plpgsql stable rows 20
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select
    w.lesson_id,
    coalesce(o.due_at, w.due_at),
    case when w.max_attempts is not null then greatest(
      0,
      w.max_attempts + coalesce(o.extra_attempts, 0) - coalesce((
        select max(a.number) from public.quiz_attempts as a
        where a.lesson_id = w.lesson_id and a.user_id = p_user_id
      ), 0)
    ) end
  from private.course_work as w
  left join private.quiz_overrides as o
    on o.lesson_id = w.lesson_id and o.user_id = p_user_id
  where w.course_id = p_course_id;
end
$$;
comment on function private.work_rules(uuid, uuid) is
'The due dates of the quizzes and labs of a course and the attempts left, with the exceptions of '
'one learner; attempts_left is null without a limit.';

create function private.course_outline(p_slug text, p_course_id uuid) returns json
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_user_id uuid := private.account_id();
  v_course public.courses;
  v_enrollment public.enrollments;
  v_is_staff boolean;
  -- All lessons are open to the caller: their progress is all that the lessons differ in.
  v_is_whole boolean;
  -- Null for callers who may not read the rules of quizzes and labs.
  v_rules_course_id uuid;
  v_learner_count integer;
  v_waitlist_position integer;
  v_answer json;
begin
  if num_nonnulls(p_slug, p_course_id) <> 1 then
    perform private.refuse('invalid_lookup');
  end if;
  if p_slug is not null then
    select * into v_course from public.courses as c where c.slug = p_slug;
  else
    select * into v_course from public.courses as c where c.id = p_course_id;
  end if;
  -- A published course is visible to everybody: the other conditions are not read.
  if v_course.is_published is not true then
    perform private.require_visible(v_course.id);
  end if;
  v_is_staff := private.is_staff(v_course.id);
  v_is_whole := v_is_staff or exists (
    select from private.open_lessons as o
    where o.user_id = v_user_id and o.course_id = v_course.id and o.is_whole and o.ends_at > now()
  );
  select * into v_enrollment
  from public.enrollments as e where e.course_id = v_course.id and e.user_id = v_user_id;
  if v_is_staff or (
    v_enrollment.id is not null and v_enrollment.status in ('active', 'completed')
    and private.is_entitled(v_user_id, v_course.id)
  ) then
    v_rules_course_id := v_course.id;
  end if;
  if v_enrollment.status = 'waitlisted' then
    select count(*) into v_waitlist_position
    from public.enrollments as e
    where e.course_id = v_course.id and e.status = 'waitlisted'
      and (e.requested_at, e.id) <= (v_enrollment.requested_at, v_enrollment.id);
  end if;
  select coalesce(sum(r.amount), 0) into v_learner_count
  from private.course_sums(array[v_course.id], '{active,completed}') as r;
  -- Rows become JSON at once: a list of keys and values costs more. The access of a lesson is that
  -- of access_rows, without its second read of the lessons. Staff find their progress in lessons
  -- that are not published too.
  with listed as materialized (
    select
      l.module_id,
      sum(l.duration_minutes) filter (where l.is_published) as minutes,
      json_agg(x order by l.ord, l.id) as lessons
    from public.lessons as l
    left join private.lesson_states(
      v_user_id, case when not v_is_whole then array[v_course.id] end
    ) as s on s.lesson_id = l.id
    left join public.lesson_progress as lp
      on v_is_whole and lp.user_id = v_user_id and lp.lesson_id = l.id
    left join private.work_rules(v_user_id, v_rules_course_id) as w on w.lesson_id = l.id
    cross join lateral (
      select
        l.id, l.slug, v_course.slug as course_slug, l.title, l.content_type, l.duration_minutes,
        l.ord, l.is_published, l.archived_at is not null as is_archived, l.is_preview,
        l.is_required, l.completion_rule,
        case
          when s.status is not null then s.status::text
          when lp.status is not null and l.is_published then lp.status::text
          when v_is_whole or s.is_open then 'open'
          else 'locked'
        end as status,
        v_is_whole or coalesce(s.is_open, false) as is_open,
        s.reason, s.opens_at, coalesce(s.requires, '{}') as requires,
        coalesce(s.score, lp.score) as score,
        coalesce(s.position_seconds, lp.position_seconds, 0) as position_seconds,
        coalesce(s.furthest_seconds, lp.furthest_seconds, 0) as furthest_seconds,
        w.due_at, w.attempts_left
    ) as x
    where l.course_id = v_course.id and (l.is_published or v_is_staff)
    group by l.module_id
  )

  select json_build_object(
    'course', (to_jsonb(v_course) - 'created_by')::json,
    'enrollment', case when v_enrollment.id is not null then to_json(v_enrollment) end,
    'is_staff', v_is_staff,
    'teachers', (
      select coalesce(json_agg(t), '[]')
      from (
        select p.name, p.headline, p.picture, p.bio_md
        from private.course_teachers(array[v_course.id]) as p
      ) as t
    ),
    'hours', round(coalesce(sum(x.minutes), 0) / 60, 1),
    'learner_count', v_learner_count,
    'seats_left', case
      when v_course.capacity is not null then greatest(
        0, v_course.capacity - v_learner_count - private.held_seats(v_course.id)
      )
    end,
    'waitlist_position', v_waitlist_position,
    'certificate_code', private.certificate_code(v_user_id, v_course.id),
    'modules', coalesce(json_agg(
      json_build_object(
        'id', m.id, 'ord', m.ord, 'title', m.title, 'summary', m.summary,
        'is_archived', m.archived_at is not null,
        'lessons', coalesce(x.lessons, '[]')
      ) order by m.ord, m.id
    ), '[]')
  ) into v_answer
  from public.modules as m
  left join listed as x on x.module_id = m.id
  where m.course_id = v_course.id and (m.archived_at is null or v_is_staff);
  return v_answer;
end
$$;
grant execute on function private.course_outline(text, uuid) to anon, authenticated, service_role;

create function public.course_outline(slug text default null, course_id uuid default null)
returns json
language sql stable
set search_path = ''
begin atomic
  select private.course_outline(course_outline.slug, course_outline.course_id);
end;
comment on function public.course_outline(text, uuid) is
'Everything that a course page shows, for the caller.

Pass the slug or the id of the course, one of them. The answer has the course, the caller''s
enrollment, the teachers (owners and instructors), hours, learner_count, seats_left (null without a
limit), waitlist_position and certificate_code of the caller, and modules with their lessons. Each
lesson has the caller''s status, score, position_seconds (where a player resumes) and
furthest_seconds; is_open, reason, opens_at and requires say who may open it; due_at and
attempts_left are null for callers who are not enrolled.

Errors: course_not_found, invalid_lookup.';

grant execute on function public.course_outline(text, uuid) to anon, authenticated, service_role;

create function private.streak_days(p_user_id uuid, p_today date) returns integer
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_expected date := p_today;
  v_day date;
  v_count integer := 0;
begin
  -- A loop: it reads the days of the run, and not those before it.
  for v_day in
    select d.day from private.learner_days as d
    where d.user_id = p_user_id and d.day <= v_expected
    order by d.day desc
  loop
    if v_day = v_expected or (v_count = 0 and v_day = v_expected - 1) then
      v_count := v_count + 1;
      v_expected := v_day - 1;
    else
      -- The day of another course, or the end of the run.
      exit when v_day < v_expected;
    end if;
  end loop;
  return v_count;
end
$$;
comment on function private.streak_days(uuid, date) is
'Consecutive days with activity in any course, up to today or yesterday of the learner.';

create function private.my_learning(p_page_size integer, p_cursor text)
returns table (
  course_id uuid, slug text, title text, locale text, cover_url text,
  status public.enrollment_status, progress numeric, lessons_completed integer,
  required_count integer, lesson_count integer,
  enrolled_at timestamptz, completed_at timestamptz, last_activity_at timestamptz,
  next_lesson jsonb, streak_days integer, minutes_this_week integer, due_dates jsonb,
  certificate_code text, cursor text
)
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_user_id uuid := private.require_user();
  v_today date := private.learner_day(v_user_id, now());
  v_streak integer := private.streak_days(v_user_id, v_today);
  v_monday date := date_trunc('week', v_today::timestamp);
  v_signature constant text := 'my_learning';
  v_position private.cursor_position;
begin
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_position := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  with mine as materialized (
    select
      e.*,
      e.status in ('active', 'completed') as has_seat,
      -- An array, which one index scan fills.
      array(
        select lp.lesson_id from public.lesson_progress as lp
        where lp.course_id = e.course_id and lp.user_id = v_user_id and lp.status = 'completed'
      ) as completed_ids
    from public.enrollments as e
    where e.user_id = v_user_id and e.status <> 'withdrawn'
      and (
        p_cursor is null
        or extract(epoch from e.last_activity_at) < v_position.number
        or (extract(epoch from e.last_activity_at) = v_position.number and e.id > v_position.id)
      )
    order by e.last_activity_at desc, e.id
    limit p_page_size
  ),

  week as materialized (
    select d.course_id, (sum(d.seconds) / 60)::integer as minutes
    from private.learner_days as d
    where d.user_id = v_user_id
      and d.day >= v_monday
    group by d.course_id
  ),

  -- Of all courses at once: most work has no date.
  due as materialized (
    select w.course_id, w.lesson_id, coalesce(o.due_at, w.due_at) as due_at
    from private.course_work as w
    left join private.quiz_overrides as o
      on o.lesson_id = w.lesson_id and o.user_id = v_user_id
    where w.course_id = any(array(select m.course_id from mine as m where m.has_seat))
      and coalesce(o.due_at, w.due_at) is not null
  )

  select
    c.id, c.slug, c.title, c.locale, c.cover_url, m.status,
    m.progress, m.lessons_completed, c.required_count, c.lesson_count,
    m.enrolled_at, m.completed_at, m.last_activity_at,
    case when l.id is not null then jsonb_build_object(
      'id', l.id, 'slug', l.slug, 'course_slug', c.slug, 'title', l.title,
      'content_type', l.content_type, 'duration_minutes', l.duration_minutes
    ) end,
    v_streak, coalesce(w.minutes, 0),
    to_jsonb(array(
      select jsonb_build_object(
        'lesson_id', t.id, 'lesson_slug', t.slug, 'course_slug', c.slug,
        'title', t.title, 'content_type', t.content_type, 'due_at', w.due_at
      )
      from (
        select d.lesson_id, d.due_at from due as d
        where d.course_id = m.course_id and d.lesson_id <> all(m.completed_ids)
        -- Its lesson is read last.
        offset 0
      ) as w
      inner join public.lessons as t on t.id = w.lesson_id and t.is_listed
      order by w.due_at, t.id
      limit 10
    )),
    f.code,
    private.make_cursor(v_signature, extract(epoch from m.last_activity_at), null, m.id)
  from mine as m
  inner join public.courses as c on c.id = m.course_id
  left join lateral (
    select l.id
    from public.lessons as l
    inner join public.modules as o on o.id = l.module_id and o.course_id = m.course_id
    where m.has_seat and l.course_id = m.course_id and l.is_published
      and l.id <> all(m.completed_ids)
    order by o.ord, l.ord, l.id
    limit 1
  ) as n on true
  -- The first lesson that is not completed is next if the cache has it as open; most are there.
  cross join lateral (
    select case
      when n.id is null then null
      when exists (
        select from private.open_lessons as o
        where o.user_id = v_user_id and o.course_id = m.course_id
          and o.ends_at > now() and n.id = any(o.lesson_ids)
      ) then n.id
      else (
        select s.lesson_id from private.lesson_states(v_user_id, array[m.course_id]) as s
        where s.is_open and s.status is distinct from 'completed'
        order by s.ordinal
        limit 1
      )
    end as id
    offset 0
  ) as x
  left join public.lessons as l on l.id = x.id
  left join week as w on w.course_id = m.course_id
  left join public.certificates as f
    on f.user_id = v_user_id and f.course_id = m.course_id and f.revoked_at is null
  order by m.last_activity_at desc, m.id;
end
$$;
grant execute on function private.my_learning(integer, text) to authenticated;

create function public.my_learning(page_size integer default 50, cursor text default null)
returns table (
  course_id uuid, slug text, title text, locale text, cover_url text,
  status public.enrollment_status, progress numeric, lessons_completed integer,
  required_count integer, lesson_count integer,
  enrolled_at timestamptz, completed_at timestamptz, last_activity_at timestamptz,
  next_lesson jsonb, streak_days integer, minutes_this_week integer, due_dates jsonb,
  certificate_code text, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.my_learning(my_learning.page_size, my_learning.cursor);
end;
comment on function public.my_learning(integer, text) is
'The caller''s courses with their progress, the last used first.

next_lesson is the first open lesson that is not completed. due_dates lists quizzes and labs that
are not completed and have a due date, at most 10, the earliest first. minutes_this_week counts the
course since Monday, streak_days consecutive days with activity in any course; days are those of
the time zone of the caller''s profile. certificate_code is null without a valid certificate; one is
issued to a learner without a name when they give one. The cursor of the last row gives the next
page.

Errors: not_authenticated, account_suspended, invalid_page, invalid_cursor.';

grant execute on function public.my_learning(integer, text) to authenticated;
