-- Analytics: figures of a course for its staff, and of the platform for admins.
--
-- Invariants
--   * Figures come from rollups; platform_overview also counts courses.
--   * A figure about one to four learners is null, except for staff of the course. This is
--     discretion, not secrecy: an admin may read the rows.
--   * Each answer is a set of rows or one row, so that PostgREST can return it as CSV too.

create type public.course_figures as (
  course_id uuid, course_slug text, title text, since date,
  pending bigint, waitlisted bigint, active bigint, completed bigint, withdrawn bigint,
  active_learners bigint, enrolled_since bigint, completed_since bigint,
  completion_rate numeric, mean_progress numeric, median_days_to_complete integer,
  seconds_spent bigint, mean_score numeric, score_distribution jsonb, days jsonb
);
comment on type public.course_figures is 'Figures of a course; see course_overview.';

create type public.platform_figures as (
  since date, learners bigint, instructors bigint, admins bigint, courses bigint,
  courses_published bigint, lessons_published bigint, enrollments_active bigint,
  enrollments_completed bigint, certificates bigint, active_learners bigint,
  enrolled_since bigint, completed_since bigint, seconds_spent bigint, days jsonb,
  top_courses jsonb
);
comment on type public.platform_figures is 'Figures of the platform; see platform_overview.';

create function private.unless_few(p_value numeric, p_learners bigint, p_see_few boolean)
returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  return case when p_see_few or p_learners >= 5 or p_learners = 0 then p_value end;
end
$$;
comment on function private.unless_few(numeric, bigint, boolean) is
'A figure, or null where it is about one to four learners and the caller may not see that.';

create function private.count_unless_few(p_count bigint, p_see_few boolean) returns bigint
language plpgsql immutable
set search_path = ''
as $$
begin
  return case when p_see_few or p_count >= 5 or p_count = 0 then p_count end;
end
$$;
comment on function private.count_unless_few(bigint, boolean) is
'unless_few() for a figure that counts the learners themselves.';

create function private.require_course(p_course_id uuid) returns public.courses
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course public.courses;
begin
  perform private.require_staff(p_course_id);
  select * into v_course from public.courses as c where c.id = p_course_id;
  if not found then
    perform private.refuse('course_not_found');
  end if;
  return v_course;
end
$$;
comment on function private.require_course(uuid) is
'The course, for its staff, admins and service_role; refuses other callers.';

create function private.since_day(p_since date) returns date
language plpgsql stable
set search_path = ''
as $$
begin
  return greatest(
    least(coalesce(p_since, private.today() - 29), private.today() + 1), private.day_zero()
  );
end
$$;
comment on function private.since_day(date) is
'The first day of a report: the given day, or 29 days ago; clamps what is out of range.';

create function private.activity_rows(p_course_ids uuid[], p_since date, p_see_few boolean)
returns table (
  day date, enrolled bigint, active_learners bigint, lessons_completed bigint, completed bigint,
  seconds_spent bigint
)
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  with summed as (
    select
      r.bucket,
      sum(r.amount) filter (where r.metric = 'enrolled') as enrolled,
      sum(r.amount) filter (where r.metric = 'present') as present,
      sum(r.amount) filter (where r.metric = 'lessons_completed') as lessons_completed,
      sum(r.amount) filter (where r.metric = 'finished') as finished,
      sum(r.amount) filter (where r.metric = 'seconds') as seconds
    from private.course_sums(
      p_course_ids, '{enrolled,present,lessons_completed,finished,seconds}',
      greatest(p_since, private.today() - 365) - private.day_zero()
    ) as r
    group by r.bucket
  ),

  daily as (
    select
      d.bucket,
      coalesce(s.enrolled, 0)::bigint as enrolled,
      coalesce(s.present, 0)::bigint as present,
      coalesce(s.lessons_completed, 0)::bigint as lessons_completed,
      coalesce(s.finished, 0)::bigint as finished,
      coalesce(s.seconds, 0)::bigint as seconds
    from generate_series(
      greatest(p_since, private.today() - 365) - private.day_zero(),
      private.today() - private.day_zero()
    ) as d (bucket)
    left join summed as s on s.bucket = d.bucket
  )

  select
    private.day_zero() + d.bucket,
    private.count_unless_few(d.enrolled, p_see_few),
    private.count_unless_few(d.present, p_see_few),
    -- A lesson that staff grade is completed on a day on which the learner may be absent.
    private.unless_few(
      d.lessons_completed, greatest(d.present, least(d.lessons_completed, 1)), p_see_few
    )::bigint,
    private.count_unless_few(d.finished, p_see_few),
    private.unless_few(d.seconds, greatest(d.present, least(d.seconds, 1)), p_see_few)::bigint
  from daily as d
  order by d.bucket;
end
$$;
comment on function private.activity_rows(uuid[], date, boolean) is
'The days of courses, null: of the platform, since a day, at most 366, days without activity '
'included.';

-- For a caller who may not see few, sums only the days that they may see: the difference of two
-- periods reveals nothing about the day between them. Null where all days are hidden.
create function private.since_totals(p_course_ids uuid[], p_since date, p_see_few boolean)
returns table (seen bigint, enrolled bigint, completed bigint, seconds_spent bigint)
language plpgsql stable
set search_path = ''
as $$
begin
  return query
  with daily as (
    select
      coalesce(sum(r.amount) filter (where r.metric = 'seen'), 0)::bigint as seen,
      coalesce(sum(r.amount) filter (where r.metric = 'enrolled'), 0)::bigint as enrolled,
      coalesce(sum(r.amount) filter (where r.metric = 'finished'), 0)::bigint as finished,
      coalesce(sum(r.amount) filter (where r.metric = 'present'), 0)::bigint as present,
      coalesce(sum(r.amount) filter (where r.metric = 'seconds'), 0)::bigint as seconds
    from private.course_sums(
      p_course_ids, '{seen,enrolled,finished,present,seconds}', p_since - private.day_zero()
    ) as r
    group by r.bucket
  ),

  total as (
    select
      coalesce(sum(d.seen), 0) as seen,
      coalesce(sum(d.enrolled), 0) as enrolled,
      coalesce(sum(d.finished), 0) as finished,
      coalesce(sum(d.seconds), 0) as seconds,
      coalesce(sum(d.seen) filter (where p_see_few or d.seen >= 5), 0) as seen_shown,
      coalesce(sum(d.enrolled) filter (where p_see_few or d.enrolled >= 5), 0) as enrolled_shown,
      coalesce(sum(d.finished) filter (where p_see_few or d.finished >= 5), 0) as finished_shown,
      coalesce(sum(d.seconds) filter (where p_see_few or d.present >= 5), 0) as seconds_shown
    from daily as d
  )

  select
    case when t.seen = 0 or t.seen_shown > 0 then t.seen_shown end::bigint,
    case when t.enrolled = 0 or t.enrolled_shown > 0 then t.enrolled_shown end::bigint,
    case when t.finished = 0 or t.finished_shown > 0 then t.finished_shown end::bigint,
    case when t.seconds = 0 or t.seconds_shown > 0 then t.seconds_shown end::bigint
  from total as t;
end
$$;
comment on function private.since_totals(uuid[], date, boolean) is
'Learners by last activity, enrollments, completions and seconds of courses, null: of the '
'platform, since a day.';

create function private.course_activity(p_course_id uuid, p_since date)
returns table (
  day date, enrolled bigint, active_learners bigint, lessons_completed bigint, completed bigint,
  seconds_spent bigint
)
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  perform private.require_course(p_course_id);
  return query
  select * from private.activity_rows(
    array[p_course_id], private.since_day(p_since), private.may_see_few(p_course_id)
  );
end
$$;
grant execute on function private.course_activity(uuid, date) to authenticated, service_role;

create function public.course_activity(course_id uuid, since date default null)
returns table (
  day date, enrolled bigint, active_learners bigint, lessons_completed bigint, completed bigint,
  seconds_spent bigint
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_activity(course_activity.course_id, course_activity.since);
end;
comment on function public.course_activity(uuid, date) is
'Activity in a course day by day.

Days of UTC since a day, by default for 30 days, at most 366; active_learners and seconds_spent are
those of the learners'' own days. enrolled and completed count learners who hold a seat,
active_learners those with activity on the day; lessons_completed; seconds_spent. For staff,
admins and service_role; null where an admin would see fewer than five learners.

Errors: not_course_staff, course_not_found.';

grant execute on function public.course_activity(uuid, date) to authenticated, service_role;

create function private.course_overview(p_course_id uuid, p_since date)
returns public.course_figures
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_course public.courses := private.require_course(p_course_id);
  v_see_few boolean := private.may_see_few(p_course_id);
  v_since date := private.since_day(p_since);
  v_sums record;
  v_figures public.course_figures;
begin
  select
    coalesce(sum(r.amount) filter (where r.metric = 'pending'), 0)::bigint as pending,
    coalesce(sum(r.amount) filter (where r.metric = 'waitlisted'), 0)::bigint as waitlisted,
    coalesce(sum(r.amount) filter (where r.metric = 'active'), 0)::bigint as active,
    coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0)::bigint as completed,
    coalesce(sum(r.amount) filter (where r.metric = 'withdrawn'), 0)::bigint as withdrawn,
    coalesce(sum(r.amount) filter (where r.metric = 'progress'), 0) / 100 as progress,
    coalesce(sum(r.amount) filter (where r.metric = 'duration'), 0) as durations
  into v_sums
  from private.course_sums(
    array[p_course_id], '{pending,waitlisted,active,completed,withdrawn,progress,duration}'
  ) as r;
  v_figures.course_id := p_course_id;
  v_figures.course_slug := v_course.slug;
  v_figures.title := v_course.title;
  v_figures.since := v_since;
  v_figures.pending := private.count_unless_few(v_sums.pending, v_see_few);
  v_figures.waitlisted := private.count_unless_few(v_sums.waitlisted, v_see_few);
  v_figures.active := private.count_unless_few(v_sums.active, v_see_few);
  v_figures.completed := private.count_unless_few(v_sums.completed, v_see_few);
  v_figures.withdrawn := private.count_unless_few(v_sums.withdrawn, v_see_few);
  select t.seen, t.enrolled, t.completed, t.seconds_spent
  into
    v_figures.active_learners, v_figures.enrolled_since, v_figures.completed_since,
    v_figures.seconds_spent
  from private.since_totals(array[p_course_id], v_since, v_see_few) as t;
  v_figures.completion_rate := private.unless_few(
    round(100.0 * v_sums.completed / nullif(v_sums.active + v_sums.completed, 0), 2),
    -- A rate is about the smaller of its two groups, unless that is empty.
    least(
      coalesce(nullif(v_sums.active, 0), v_sums.completed),
      coalesce(nullif(v_sums.completed, 0), v_sums.active)
    ),
    v_see_few
  );
  v_figures.mean_progress := private.unless_few(
    round(v_sums.progress / nullif(v_sums.active + v_sums.completed, 0), 2),
    v_sums.active + v_sums.completed, v_see_few
  );
  if v_see_few or v_sums.durations >= 5 then
    select min(d.days) into v_figures.median_days_to_complete
    from (
      select r.bucket as days, sum(sum(r.amount)) over (order by r.bucket) as learners
      from private.course_sums(array[p_course_id], '{duration}') as r
      group by r.bucket
    ) as d
    where 2 * d.learners >= v_sums.durations and v_sums.durations > 0;
  end if;
  -- A result is one learner in one lesson. For admins, lessons with fewer than five do not count.
  with scored as materialized (
    select r.lesson_id, r.metric, r.bucket, r.amount
    from private.lesson_sums(p_course_id) as r where r.metric in ('score', 'score_sum')
  ),

  counted as (
    select r.lesson_id, r.metric, r.bucket, sum(r.amount) as amount
    from scored as r
    where v_see_few or r.lesson_id in (
      select n.lesson_id from scored as n where n.metric = 'score'
      group by n.lesson_id having sum(n.amount) >= 5
    )
    group by r.lesson_id, r.metric, r.bucket
  )

  select
    round(
      coalesce(sum(c.amount) filter (where c.metric = 'score_sum'), 0) / 100
      / nullif(sum(c.amount) filter (where c.metric = 'score'), 0), 2
    ),
    -- Null where there are results and all are hidden.
    case when v_see_few or count(*) > 0 or not exists (
      select from private.course_sums(array[p_course_id], '{score}') as r
      group by r.course_id having sum(r.amount) > 0
    ) then (
      select jsonb_agg(
        private.count_unless_few(coalesce(s.results, 0)::bigint, v_see_few) order by b.bucket
      )
      from generate_series(0, 9) as b (bucket)
      left join (
        select k.bucket, sum(k.amount) as results
        from counted as k where k.metric = 'score' group by k.bucket
      ) as s on s.bucket = b.bucket
    ) end
  into v_figures.mean_score, v_figures.score_distribution
  from counted as c;
  select coalesce(jsonb_agg(to_jsonb(a) order by a.day), '[]') into v_figures.days
  from private.activity_rows(array[p_course_id], v_since, v_see_few) as a;
  return v_figures;
end
$$;
grant execute on function private.course_overview(uuid, date) to authenticated, service_role;

create function public.course_overview(course_id uuid, since date default null)
returns public.course_figures
language sql stable
set search_path = ''
begin atomic
  select private.course_overview(course_overview.course_id, course_overview.since);
end;
comment on function public.course_overview(uuid, date) is
'The figures of a course.

Enrollments by status. Since a day, by default for 30 days: active_learners (by their last
activity), enrolled_since, completed_since, seconds_spent, and days as course_activity returns
them. Of learners who hold a seat: completion_rate and mean_progress in per cent,
median_days_to_complete. Of the results of quizzes and labs: mean_score in per cent,
score_distribution (ten counts, 0 to 10 per cent first).

For staff, admins and service_role; null where an admin would see fewer than five learners.

Errors: not_course_staff, course_not_found.';

grant execute on function public.course_overview(uuid, date) to authenticated, service_role;

create function private.course_funnel(p_course_id uuid, p_page_size integer, p_cursor text)
returns table (
  lesson_id uuid, course_slug text, lesson_slug text, ord integer, module_title text, title text,
  content_type public.content_type, is_required boolean, started bigint, completed bigint,
  seconds_per_learner integer, mean_score numeric, completion_rate numeric, drop_rate numeric,
  is_biggest_drop boolean, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course public.courses := private.require_course(p_course_id);
  v_see_few boolean := private.may_see_few(p_course_id);
  v_signature text := md5(concat_ws('|', 'course_funnel', p_course_id));
  v_after private.cursor_position;
  v_learners bigint;
begin
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  select coalesce(sum(r.amount), 0) into v_learners
  from private.course_sums(array[p_course_id], '{active,completed,left}') as r;
  return query
  with summed as materialized (
    select
      r.lesson_id,
      sum(r.amount) filter (where r.metric = 'started') as started,
      sum(r.amount) filter (where r.metric = 'completed') as completed,
      sum(r.amount) filter (where r.metric = 'seconds') as seconds,
      sum(r.amount) filter (where r.metric = 'score') as scored,
      sum(r.amount) filter (where r.metric = 'score_sum') as score_sum
    from private.lesson_sums(p_course_id) as r
    group by r.lesson_id
  ),

  step as (
    select
      l.id, l.slug, l.title, l.content_type, l.is_required, m.title as module_title,
      row_number() over (order by m.ord, l.ord, l.id)::integer as ord,
      -- Sorts as the lessons of the course do.
      to_char(m.ord, 'FM0000000000') || to_char(l.ord, 'FM0000000000') || l.id as place,
      coalesce(s.started, 0)::bigint as started,
      coalesce(s.completed, 0)::bigint as completed,
      coalesce(s.seconds, 0) as seconds, coalesce(s.scored, 0)::bigint as scored, s.score_sum,
      case
        when v_learners > 0
          then least(round(100 * coalesce(s.completed, 0) / v_learners, 2), 100)
      end as rate
    from public.lessons as l
    inner join public.modules as m on m.id = l.module_id
    left join summed as s on s.lesson_id = l.id
    where l.course_id = p_course_id and l.is_published
  ),

  -- The funnel consists of required lessons only.
  dropped as (
    select d.id, d.ord, lag(d.rate, 1, 100.00) over (order by d.ord) - d.rate as drop_rate
    from step as d where d.is_required and v_learners > 0
  ),

  biggest as (
    select d.id from dropped as d where d.drop_rate > 0
    order by d.drop_rate desc, d.ord limit 1
  )

  select
    s.id, v_course.slug, s.slug, s.ord, s.module_title, s.title, s.content_type, s.is_required,
    private.count_unless_few(s.started, v_see_few),
    private.count_unless_few(s.completed, v_see_few),
    private.unless_few(round(s.seconds / nullif(s.started, 0)), s.started, v_see_few)::integer,
    private.unless_few(
      round(coalesce(s.score_sum, 0) / 100 / nullif(s.scored, 0), 2), s.scored, v_see_few
    ),
    private.unless_few(s.rate, s.completed, v_see_few),
    private.unless_few(
      case when d.drop_rate < 0 then 0 else d.drop_rate end, least(s.completed, v_learners),
      v_see_few
    ),
    case
      when v_see_few or v_learners >= 5
        then coalesce(s.id = (select b.id from biggest as b), false)
    end,
    private.make_cursor(v_signature, null, s.place, s.id)
  from step as s
  left join dropped as d on d.id = s.id
  where v_after.id is null or s.place collate "C" > v_after.text collate "C"
  order by s.place collate "C"
  limit p_page_size;
end
$$;
grant execute on function private.course_funnel(uuid, integer, text)
to authenticated, service_role;

create function public.course_funnel(
  course_id uuid, page_size integer default 200, cursor text default null
)
returns table (
  lesson_id uuid, course_slug text, lesson_slug text, ord integer, module_title text, title text,
  content_type public.content_type, is_required boolean, started bigint, completed bigint,
  seconds_per_learner integer, mean_score numeric, completion_rate numeric, drop_rate numeric,
  is_biggest_drop boolean, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_funnel(
    course_funnel.course_id, course_funnel.page_size, course_funnel.cursor
  );
end;
comment on function public.course_funnel(uuid, integer, text) is
'The published lessons of a course in order, and where learners stop, page by page.

started and completed count learners; seconds_per_learner and mean_score (per cent) are means.
completion_rate is in per cent of the learners who hold a seat or gave it up after a lesson;
drop_rate is the percentage points lost since the required lesson before, null for optional
lessons; is_biggest_drop marks the lesson with the largest of the whole course. For staff,
admins and service_role; null where an admin would see fewer than five learners.

page_size is 1 to 200 and 200 by default, so that most courses are one page; the cursor of the last
row asks for the next page, and a page without rows is the end.

Errors: not_course_staff, course_not_found, invalid_page, invalid_cursor.';

grant execute on function public.course_funnel(uuid, integer, text)
to authenticated, service_role;

create function private.instructor_dashboard(p_page_size integer, p_cursor text)
returns table (
  course_id uuid, course_slug text, title text, is_published boolean, role public.course_role,
  pending bigint, waitlisted bigint, active bigint, completed bigint, active_learners_7d bigint,
  inactive_learners bigint, completed_7d bigint, completion_rate numeric, labs_to_grade bigint,
  mean_score numeric, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_week integer := private.today() - 6 - private.day_zero();
  v_signature text := md5(concat_ws('|', 'instructor_dashboard', v_user_id));
  v_after private.cursor_position;
begin
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  with mine as materialized (
    select s.course_id, s.role from public.course_staff as s where s.user_id = v_user_id
  ),

  part as (
    select r.*
    from private.course_sums(
      array(select m.course_id from mine as m),
      '{pending,waitlisted,active,completed,score,score_sum}'
    ) as r
    union all
    select r.*
    from private.course_sums(
      array(select m.course_id from mine as m), '{seen,seen_active,finished}', v_week
    ) as r
  ),

  summed as (
    select
      r.course_id,
      coalesce(sum(r.amount) filter (where r.metric = 'pending'), 0) as pending,
      coalesce(sum(r.amount) filter (where r.metric = 'waitlisted'), 0) as waitlisted,
      coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) as active,
      coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0) as completed,
      coalesce(sum(r.amount) filter (where r.metric = 'seen'), 0) as seen,
      coalesce(sum(r.amount) filter (where r.metric = 'seen_active'), 0) as seen_active,
      coalesce(sum(r.amount) filter (where r.metric = 'finished'), 0) as finished,
      sum(r.amount) filter (where r.metric = 'score') as scored,
      sum(r.amount) filter (where r.metric = 'score_sum') as score_sum
    from part as r
    group by r.course_id
  ),

  page as (
    select
      c.id, c.slug, c.title, c.is_published, m.role, s.*,
      -coalesce(s.seen, 0) as number_key
    from mine as m
    inner join public.courses as c on c.id = m.course_id
    left join summed as s on s.course_id = m.course_id
    where v_after.id is null
      or (-coalesce(s.seen, 0), c.title, c.id) > (v_after.number, v_after.text, v_after.id)
    order by -coalesce(s.seen, 0), c.title, c.id
    limit p_page_size
  ),

  queue as (
    select w.course_id, count(*) as waiting
    from (
      select b.course_id
      from public.lab_submissions as b
      where b.course_id = any(array(select g.id from page as g)) and b.status = 'submitted'
      union all
      select a.course_id
      from public.quiz_attempts as a
      where a.course_id = any(array(select g.id from page as g)) and a.is_pending
    ) as w
    group by w.course_id
  )

  select
    g.id, g.slug, g.title, g.is_published, g.role,
    coalesce(g.pending, 0)::bigint, coalesce(g.waitlisted, 0)::bigint,
    coalesce(g.active, 0)::bigint, coalesce(g.completed, 0)::bigint,
    coalesce(g.seen, 0)::bigint, coalesce(g.active - g.seen_active, 0)::bigint,
    coalesce(g.finished, 0)::bigint,
    round(100 * g.completed / nullif(g.active + g.completed, 0), 2),
    coalesce(q.waiting, 0), round(coalesce(g.score_sum, 0) / 100 / nullif(g.scored, 0), 2),
    private.make_cursor(v_signature, g.number_key, g.title, g.id)
  from page as g
  left join queue as q on q.course_id = g.id
  order by g.number_key, g.title, g.id;
end
$$;
grant execute on function private.instructor_dashboard(integer, text) to authenticated;

create function public.instructor_dashboard(
  page_size integer default 50, cursor text default null
)
returns table (
  course_id uuid, course_slug text, title text, is_published boolean, role public.course_role,
  pending bigint, waitlisted bigint, active bigint, completed bigint, active_learners_7d bigint,
  inactive_learners bigint, completed_7d bigint, completion_rate numeric, labs_to_grade bigint,
  mean_score numeric, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.instructor_dashboard(
    instructor_dashboard.page_size, instructor_dashboard.cursor
  );
end;
comment on function public.instructor_dashboard(integer, text) is
'The courses that the caller is staff of, the most active first.

Enrollments by status; active_learners_7d and completed_7d in the last 7 days; inactive_learners
(active enrollments without activity for 7 days); completion_rate and mean_score in per cent;
labs_to_grade (submissions that wait). Sorted by active_learners_7d, then title. The cursor of the
last row returns the next page.

Errors: not_authenticated, account_suspended, invalid_page, invalid_cursor.';

grant execute on function public.instructor_dashboard(integer, text) to authenticated;

create function private.platform_overview(p_since date) returns public.platform_figures
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_since date := private.since_day(p_since);
  v_course_ids uuid[];
  v_figures public.platform_figures;
begin
  if not private.is_operator() then
    perform private.refuse('admin_required');
  end if;
  v_figures.since := v_since;
  select
    count(*), count(*) filter (where c.is_published),
    coalesce(sum(c.lesson_count) filter (where c.is_published), 0)
  into v_figures.courses, v_figures.courses_published, v_figures.lessons_published
  from public.courses as c;
  select private.count_unless_few(coalesce(sum(n.amount), 0)::bigint, false)
  into v_figures.active_learners
  from (
    select r.amount
    from private.course_rollups as r
    where r.course_id = private.everyone() and r.metric = 'last_day'
      and r.bucket >= v_since - private.day_zero()
    union all
    select coalesce((m.day_to >= v_since)::integer, 0) - coalesce((m.day_from >= v_since)::integer, 0)
    from private.last_day_moves(private.moving_user_ids()) as m
  ) as n;
  select
    coalesce(sum(r.amount) filter (where r.metric = 'learner'), 0),
    coalesce(sum(r.amount) filter (where r.metric = 'instructor'), 0),
    coalesce(sum(r.amount) filter (where r.metric = 'admin'), 0),
    private.count_unless_few(
      coalesce(sum(r.amount) filter (where r.metric = 'active'), 0)::bigint, false
    ),
    private.count_unless_few(
      coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0)::bigint, false
    ),
    private.count_unless_few(
      coalesce(sum(r.amount) filter (where r.metric = 'certificates'), 0)::bigint, false
    )
  into
    v_figures.learners, v_figures.instructors, v_figures.admins, v_figures.enrollments_active,
    v_figures.enrollments_completed, v_figures.certificates
  from private.course_sums(null, '{learner,instructor,admin,active,completed,certificates}') as r;
  select t.enrolled, t.completed, t.seconds_spent
  into v_figures.enrolled_since, v_figures.completed_since, v_figures.seconds_spent
  from private.since_totals(null, v_since, false) as t;
  select coalesce(jsonb_agg(to_jsonb(a) order by a.day), '[]') into v_figures.days
  from private.activity_rows(null, v_since, false) as a;
  -- Of n courses whose facts wait, none can hide a course that is not among the first 10 + n.
  v_course_ids := array(
    select distinct f.course_id from private.facts as f
    where f.status_to is distinct from f.status_from
  );
  v_course_ids := v_course_ids || array(
    select n.course_id from private.course_ranks as n
    order by n.active desc, n.course_id limit 10 + cardinality(v_course_ids)
  );
  select coalesce(jsonb_agg(to_jsonb(t) - 'place' order by t.place), '[]')
  into v_figures.top_courses
  from (
    select
      s.place, s.course_id, c.slug as course_slug, c.title,
      private.count_unless_few(s.active::bigint, false) as active,
      private.count_unless_few(s.completed::bigint, false) as completed
    from (
      select
        r.course_id,
        coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) as active,
        coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0) as completed,
        row_number() over (
          order by coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) desc, r.course_id
        ) as place
      from private.course_sums(v_course_ids, '{active,completed}') as r
      group by r.course_id having sum(r.amount) > 0
      order by place limit 10
    ) as s
    inner join public.courses as c on c.id = s.course_id
  ) as t;
  return v_figures;
end
$$;
grant execute on function private.platform_overview(date) to authenticated, service_role;

create function public.platform_overview(since date default null)
returns public.platform_figures
language sql stable
set search_path = ''
begin atomic
  select private.platform_overview(platform_overview.since);
end;
comment on function public.platform_overview(date) is
'The figures of the platform.

Accounts by role, courses, enrollments, certificates that are not revoked. Since a day, by default
for 30 days: active_learners, enrolled_since, completed_since, seconds_spent, and days as
course_activity returns them. top_courses: the ten courses with most active enrollments.

For admins and service_role; null for fewer than five learners, except accounts.

Errors: admin_required.';

grant execute on function public.platform_overview(date) to authenticated, service_role;
