-- Outline: the calls behind a course page and the learner's home page.
--
-- Invariants
--   * Every statement about access comes from private.lesson_states.
--   * No answer carries content: titles, order, states and dates only.

create function private.course_outline(p_slug text) returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_course public.courses;
  v_answer jsonb;
begin
  select * into v_course from public.courses as c where c.slug = p_slug;
  perform private.require_visible(v_course.id);
  select jsonb_build_object(
    'course', to_jsonb(v_course) - 'created_by',
    'enrollment', (
      select to_jsonb(e) from public.enrollments as e
      where e.course_id = v_course.id and e.user_id = v_user_id
    ),
    'is_staff', private.is_staff(v_course.id),
    'modules', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'id', m.id, 'ord', m.ord, 'title', m.title, 'summary', m.summary,
          'lessons', coalesce(x.lessons, '[]')
        ) order by m.ord, m.id
      )
      from public.modules as m
      left join (
        select
          l.module_id,
          jsonb_agg(
            jsonb_build_object(
              'id', l.id, 'slug', l.slug, 'title', l.title, 'content_type', l.content_type,
              'duration_minutes', l.duration_minutes, 'ord', l.ord, 'is_published', l.is_published,
              'is_preview', l.is_preview, 'is_required', l.is_required, 'completion_rule', l.completion_rule,
              'status', a.status, 'is_open', a.is_open, 'reason', a.reason, 'opens_at', a.opens_at,
              'requires', a.requires
            ) order by l.ord, l.id
          ) as lessons
        from private.access_rows(v_course.id) as a
        inner join public.lessons as l on l.course_id = v_course.id and l.id = a.lesson_id
        group by l.module_id
      ) as x on x.module_id = m.id
      where m.course_id = v_course.id
    ), '[]')
  ) into v_answer;
  return v_answer;
end
$$;
grant execute on function private.course_outline(text) to anon, authenticated, service_role;

create function public.course_outline(slug text) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.course_outline(course_outline.slug);
end;
comment on function public.course_outline(text) is
'Everything a course page shows, in one call: {course, enrollment or null, is_staff, modules: [{id,
ord, title, summary, lessons: [{id, slug, title, content_type, …, state, open, reason, opens_at,
requires}]}]}.

Errors: course_not_found.';

grant execute on function public.course_outline(text) to anon, authenticated, service_role;

create function private.streak_days(p_user_id uuid) returns integer
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    -- A day less its place in the row is the same for all days of one run.
    with present as (
      select distinct d.day from private.learner_days as d
      where d.user_id = p_user_id and d.day <= (select private.today())
    ),

    run as (
      select p.day, p.day + (row_number() over (order by p.day desc))::integer as run
      from present as p
    )

    select count(*)::integer
    from run as r
    where r.run = (
      select f.run from run as f
      where f.day >= (select private.today()) - 1 order by f.day desc limit 1
    )
  );
end
$$;
comment on function private.streak_days(uuid) is
'Days in a row with activity in any course, up to today or yesterday.';

create function private.my_learning()
returns table (
  course_id uuid, slug text, title text, locale text, cover_url text,
  status public.enrollment_status, progress numeric, lessons_completed integer,
  required_count integer, lesson_count integer,
  enrolled_at timestamptz, completed_at timestamptz, last_activity_at timestamptz,
  next_lesson jsonb, streak_days integer, minutes_this_week integer, due_dates jsonb
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_streak integer := private.streak_days(v_user_id);
begin
  return query
  with mine as materialized (
    select e.*
    from public.enrollments as e
    where e.user_id = v_user_id and e.status <> 'withdrawn'
    order by e.last_activity_at desc, e.id
    limit 200
  ),

  following as (
    select distinct on (s.course_id) s.course_id, s.lesson_id
    from private.lesson_states(
      v_user_id, array(select m.course_id from mine as m where m.status in ('active', 'completed'))
    ) as s
    where s.is_open and s.status is distinct from 'completed'
    order by s.course_id, s.ordinal
  ),

  week as (
    select d.course_id, (sum(d.seconds) / 60)::integer as minutes
    from private.learner_days as d
    where d.user_id = v_user_id
      and d.day >= date_trunc('week', now() at time zone 'UTC')::date
    group by d.course_id
  )

  select
    c.id, c.slug, c.title, c.locale, c.cover_url, m.status,
    m.progress, m.lessons_completed, c.required_count, c.lesson_count,
    m.enrolled_at, m.completed_at, m.last_activity_at,
    case when l.id is not null then jsonb_build_object(
      'id', l.id, 'slug', l.slug, 'title', l.title, 'content_type', l.content_type,
      'duration_minutes', l.duration_minutes
    ) end,
    v_streak, coalesce(w.minutes, 0),
    case
      when m.status in ('active', 'completed') then private.due_dates(v_user_id, m.course_id)
      else '[]'
    end
  from mine as m
  inner join public.courses as c on c.id = m.course_id
  left join week as w on w.course_id = m.course_id
  left join following as f on f.course_id = m.course_id
  left join public.lessons as l on l.id = f.lesson_id
  order by m.last_activity_at desc, m.id;
end
$$;
grant execute on function private.my_learning() to authenticated;

create function public.my_learning()
returns table (
  course_id uuid, slug text, title text, locale text, cover_url text,
  status public.enrollment_status, progress numeric, lessons_completed integer,
  required_count integer, lesson_count integer,
  enrolled_at timestamptz, completed_at timestamptz, last_activity_at timestamptz,
  next_lesson jsonb, streak_days integer, minutes_this_week integer, due_dates jsonb
)
language sql stable
set search_path = ''
begin atomic
  select * from private.my_learning();
end;
comment on function public.my_learning() is
'The caller''s courses, last used first, at most 200: state, counts, next_lesson {id, slug, title,
content_type, duration_minutes}, the first open lesson that is not completed, minutes_this_week in
the course since Monday, due_dates [{lesson_id, title, content_type, due_at}] of what is not
completed, at most 10, and streak_days of the learner: days in a row until today or yesterday.

Days are those of UTC.

Errors: not_authenticated.';

grant execute on function public.my_learning() to authenticated;

-- What my_learning shows of quizzes and labs.
create function private.due_dates(p_user_id uuid, p_course_id uuid) returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object(
        'lesson_id', d.id, 'title', d.title, 'content_type', d.content_type, 'due_at', d.due_at
      ) order by d.due_at, d.id
    ), '[]')
    from (
      select l.id, l.title, l.content_type, coalesce(o.due_at, w.due_at) as due_at
      from (
        select z.lesson_id, z.due_at from public.quizzes as z where z.course_id = p_course_id
        union all
        select b.lesson_id, b.due_at from public.labs as b where b.course_id = p_course_id
      ) as w
      inner join public.lessons as l on l.id = w.lesson_id and l.is_listed
      left join private.quiz_overrides as o on o.lesson_id = l.id and o.user_id = p_user_id
      left join public.lesson_progress as lp on lp.lesson_id = l.id and lp.user_id = p_user_id
      where lp.status is distinct from 'completed' and coalesce(o.due_at, w.due_at) is not null
      order by coalesce(o.due_at, w.due_at), l.id
      limit 10
    ) as d
  );
end
$$;
comment on function private.due_dates(uuid, uuid) is
'What is due of a learner in a course and not completed, earliest first, at most 10.';
