-- Analytics: what staff see of a course, and admins of the platform.
--
-- Invariants
--   * Figures of a course come from rollups. Only lists of learners read each learner, and
--     platform_overview counts accounts and recent activity.
--   * Only staff of a course see figures about fewer than five learners; in the dashboards of
--     admins and the server they are null. This is discretion, not secrecy: an admin may read the
--     rows.
--   * Each answer is a table or one row, so that PostgREST can return it as CSV too.

create type public.course_figures as (
  course_id uuid, title text, since date,
  pending bigint, waitlisted bigint, active bigint, completed bigint, withdrawn bigint,
  active_learners bigint, enrolled_since bigint, completed_since bigint,
  completion_rate numeric, mean_progress numeric, median_days_to_complete integer,
  seconds_spent bigint, mean_score numeric, score_distribution jsonb, days jsonb
);
comment on type public.course_figures is 'A course in figures; see course_overview.';

create type public.platform_figures as (
  since date, learners bigint, instructors bigint, admins bigint, courses bigint,
  courses_published bigint, lessons_published bigint, enrollments_active bigint,
  enrollments_completed bigint, certificates bigint, active_learners bigint,
  enrolled_since bigint, completed_since bigint, seconds_spent bigint, days jsonb,
  top_courses jsonb
);
comment on type public.platform_figures is 'The platform in figures; see platform_overview.';

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
'A figure, or null where it tells of one to four learners and the caller may not see that.';

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
'The course, for its staff, admins and service_role; refuses others.';

create function private.since_day(p_since date) returns date
language plpgsql stable
set search_path = ''
as $$
begin
  return greatest(
    least(coalesce(p_since, private.today() - 29), private.today() + 1), date '2000-01-01'
  );
end
$$;
comment on function private.since_day(date) is
'The first day to look at: 30 days back unless said otherwise; infinity is allowed.';

create function private.activity_rows(p_course_ids uuid[], p_since date, p_see_few boolean)
returns table (
  day date, enrolled bigint, active_learners bigint, lessons_completed bigint, completed bigint,
  seconds_spent bigint
)
language sql stable
set search_path = ''
as $$
  with summed as (
    select
      r.bucket,
      sum(r.amount) filter (where r.metric = 'enrolled') as enrolled,
      sum(r.amount) filter (where r.metric = 'present') as present,
      sum(r.amount) filter (where r.metric = 'lessons_completed') as lessons_completed,
      sum(r.amount) filter (where r.metric = 'finished') as finished,
      sum(r.amount) filter (where r.metric = 'seconds') as seconds
    from private.course_rollups as r
    where r.course_id = any(p_course_ids)
      and r.metric in ('enrolled', 'present', 'lessons_completed', 'finished', 'seconds')
      and r.bucket between greatest(p_since, (select private.today()) - 365) - date '2000-01-01'
      and (select private.today()) - date '2000-01-01'
    group by r.bucket
  )

  select
    date '2000-01-01' + d.bucket,
    private.unless_few(coalesce(s.enrolled, 0), coalesce(s.enrolled, 0)::bigint, p_see_few)::bigint,
    private.unless_few(coalesce(s.present, 0), coalesce(s.present, 0)::bigint, p_see_few)::bigint,
    -- What staff grade is completed on a day on which the learner need not have been there.
    private.unless_few(
      coalesce(s.lessons_completed, 0),
      greatest(coalesce(s.present, 0), least(coalesce(s.lessons_completed, 0), 1))::bigint,
      p_see_few
    )::bigint,
    private.unless_few(coalesce(s.finished, 0), coalesce(s.finished, 0)::bigint, p_see_few)::bigint,
    private.unless_few(
      coalesce(s.seconds, 0),
      greatest(coalesce(s.present, 0), least(coalesce(s.seconds, 0), 1))::bigint,
      p_see_few
    )::bigint
  from generate_series(
    greatest(p_since, private.today() - 365) - date '2000-01-01',
    private.today() - date '2000-01-01'
  ) as d (bucket)
  left join summed as s on s.bucket = d.bucket
  order by d.bucket
$$;
comment on function private.activity_rows(uuid[], date, boolean) is
'The days of courses since a day, at most 366, none left out.';

-- For who may not see few, the sum of the days that he may see, so that two windows do not tell of
-- the day between them; null where that is nothing and there was something.
create function private.since_totals(p_course_ids uuid[], p_since date, p_see_few boolean)
returns table (seen bigint, enrolled bigint, completed bigint, seconds_spent bigint)
language sql stable
set search_path = ''
as $$
  with daily as (
    select
      coalesce(sum(r.amount) filter (where r.metric = 'seen'), 0)::bigint as seen,
      coalesce(sum(r.amount) filter (where r.metric = 'enrolled'), 0)::bigint as enrolled,
      coalesce(sum(r.amount) filter (where r.metric = 'finished'), 0)::bigint as finished,
      coalesce(sum(r.amount) filter (where r.metric = 'present'), 0)::bigint as present,
      coalesce(sum(r.amount) filter (where r.metric = 'seconds'), 0)::bigint as seconds
    from private.course_rollups as r
    where r.course_id = any(p_course_ids)
      and r.metric in ('seen', 'enrolled', 'finished', 'present', 'seconds')
      and r.bucket >= p_since - date '2000-01-01'
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
  from total as t
$$;
comment on function private.since_totals(uuid[], date, boolean) is
'Learners last seen, enrollments, completions and seconds of courses since a day.';

create function private.course_activity(p_course_id uuid, p_since date)
returns table (
  day date, enrolled bigint, active_learners bigint, lessons_completed bigint, completed bigint,
  seconds_spent bigint
)
language plpgsql stable
security definer set search_path = ''
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
'A course day by day (UTC), since a day or for 30 days, at most 366: who enrolled and completed of
those that hold a seat, learners who were there, lessons completed, seconds reported.

For staff.

Errors: not_course_staff, course_not_found.';

grant execute on function public.course_activity(uuid, date) to authenticated, service_role;

create function private.course_overview(p_course_id uuid, p_since date)
returns public.course_figures
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course public.courses := private.require_course(p_course_id);
  v_see_few boolean := private.may_see_few(p_course_id);
  v_since date := private.since_day(p_since);
  v_sums record;
  v_figures public.course_figures;
begin
  select
    coalesce(sum(r.amount) filter (where r.metric = 'pending'), 0) as pending,
    coalesce(sum(r.amount) filter (where r.metric = 'waitlisted'), 0) as waitlisted,
    coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) as active,
    coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0) as completed,
    coalesce(sum(r.amount) filter (where r.metric = 'withdrawn'), 0) as withdrawn,
    coalesce(sum(r.amount) filter (where r.metric = 'progress'), 0) / 100 as progress,
    coalesce(sum(r.amount) filter (where r.metric = 'duration'), 0) as durations
  into v_sums
  from private.course_rollups as r
  where r.course_id = p_course_id and r.metric in (
    'pending', 'waitlisted', 'active', 'completed', 'withdrawn', 'progress', 'duration'
  );
  v_figures.course_id := p_course_id;
  v_figures.title := v_course.title;
  v_figures.since := v_since;
  v_figures.pending := private.unless_few(v_sums.pending, v_sums.pending::bigint, v_see_few);
  v_figures.waitlisted := private.unless_few(
    v_sums.waitlisted, v_sums.waitlisted::bigint, v_see_few
  );
  v_figures.active := private.unless_few(v_sums.active, v_sums.active::bigint, v_see_few);
  v_figures.completed := private.unless_few(v_sums.completed, v_sums.completed::bigint, v_see_few);
  v_figures.withdrawn := private.unless_few(v_sums.withdrawn, v_sums.withdrawn::bigint, v_see_few);
  select t.seen, t.enrolled, t.completed, t.seconds_spent
  into
    v_figures.active_learners, v_figures.enrolled_since, v_figures.completed_since,
    v_figures.seconds_spent
  from private.since_totals(array[p_course_id], v_since, v_see_few) as t;
  v_figures.completion_rate := private.unless_few(
    round(100 * v_sums.completed / nullif(v_sums.active + v_sums.completed, 0), 2),
    -- As few as the smaller part, if there is one.
    least(
      coalesce(nullif(v_sums.active, 0), v_sums.completed),
      coalesce(nullif(v_sums.completed, 0), v_sums.active)
    )::bigint,
    v_see_few
  );
  v_figures.mean_progress := private.unless_few(
    round(v_sums.progress / nullif(v_sums.active + v_sums.completed, 0), 2),
    (v_sums.active + v_sums.completed)::bigint, v_see_few
  );
  if v_see_few or v_sums.durations >= 5 then
    select min(d.days) into v_figures.median_days_to_complete
    from (
      select r.bucket as days, sum(sum(r.amount)) over (order by r.bucket) as learners
      from private.course_rollups as r
      where r.course_id = p_course_id and r.metric = 'duration'
      group by r.bucket
    ) as d
    where 2 * d.learners >= v_sums.durations and v_sums.durations > 0;
  end if;
  -- A result is one learner in one lesson: lessons with few results count only for staff.
  with counted as (
    select r.lesson_id, r.metric, r.bucket, sum(r.amount) as amount
    from private.lesson_rollups as r
    where r.course_id = p_course_id and r.metric in ('score', 'score_sum')
      and (
        v_see_few or r.lesson_id in (
          select n.lesson_id from private.lesson_rollups as n
          where n.course_id = p_course_id and n.metric = 'score'
          group by n.lesson_id having sum(n.amount) >= 5
        )
      )
    group by r.lesson_id, r.metric, r.bucket
  )

  select
    round(
      coalesce(sum(c.amount) filter (where c.metric = 'score_sum'), 0) / 100
      / nullif(sum(c.amount) filter (where c.metric = 'score'), 0), 2
    ),
    -- Nothing at all where there are results and none is shown.
    case when v_see_few or count(*) > 0 or not exists (
      select from private.course_rollups as r
      where r.course_id = p_course_id and r.metric = 'score'
      group by r.course_id having sum(r.amount) > 0
    ) then (
      select jsonb_agg(
        private.unless_few(coalesce(s.results, 0), coalesce(s.results, 0)::bigint, v_see_few)
        order by b.bucket
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
'A course in figures: enrollments by state; since a day or for 30 days: active_learners (whose last
activity was then), enrolled_since, completed_since, seconds_spent; of those that hold a seat:
completion_rate and mean_progress in per cent, median_days_to_complete; mean_score and
score_distribution over results of quizzes and labs, counted by tenths; days as course_activity
gives them.

For staff; null where an admin would see fewer than five learners.

Errors: not_course_staff, course_not_found.';

grant execute on function public.course_overview(uuid, date) to authenticated, service_role;

create function private.course_funnel(p_course_id uuid)
returns table (
  lesson_id uuid, ord integer, module_title text, title text, content_type public.content_type,
  is_required boolean, started bigint, completed bigint, seconds_per_learner integer,
  mean_score numeric, completion_rate numeric, drop_rate numeric, is_biggest_drop boolean
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_see_few boolean := private.may_see_few(p_course_id);
  v_learners bigint;
begin
  perform private.require_course(p_course_id);
  select coalesce(sum(r.amount), 0) into v_learners
  from private.course_rollups as r
  where r.course_id = p_course_id and r.metric in ('active', 'completed', 'left');
  return query
  with summed as materialized (
    select
      r.lesson_id,
      sum(r.amount) filter (where r.metric = 'started') as started,
      sum(r.amount) filter (where r.metric = 'completed') as completed,
      sum(r.amount) filter (where r.metric = 'seconds') as seconds,
      sum(r.amount) filter (where r.metric = 'score') as scored,
      sum(r.amount) filter (where r.metric = 'score_sum') as score_sum
    from private.lesson_rollups as r
    where r.course_id = p_course_id
    group by r.lesson_id
  ),

  step as (
    select
      l.id, l.title, l.content_type, l.is_required, m.title as module_title,
      row_number() over (order by m.ord, l.ord, l.id)::integer as ord,
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

  -- Only required lessons form the way that learners are lost on.
  dropped as (
    select d.id, d.ord, lag(d.rate, 1, 100.00) over (order by d.ord) - d.rate as drop_rate
    from step as d where d.is_required and v_learners > 0
  ),

  biggest as (
    select d.id from dropped as d where d.drop_rate > 0
    order by d.drop_rate desc, d.ord limit 1
  )

  select
    s.id, s.ord, s.module_title, s.title, s.content_type, s.is_required,
    private.unless_few(s.started, s.started, v_see_few)::bigint,
    private.unless_few(s.completed, s.completed, v_see_few)::bigint,
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
    end
  from step as s
  left join dropped as d on d.id = s.id
  order by s.ord
  limit 1000;
end
$$;
grant execute on function private.course_funnel(uuid) to authenticated, service_role;

create function public.course_funnel(course_id uuid)
returns table (
  lesson_id uuid, ord integer, module_title text, title text, content_type public.content_type,
  is_required boolean, started bigint, completed bigint, seconds_per_learner integer,
  mean_score numeric, completion_rate numeric, drop_rate numeric, is_biggest_drop boolean
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_funnel(course_funnel.course_id);
end;
comment on function public.course_funnel(uuid) is
'The published lessons of a course in order: learners who started and completed, mean time and
score, completion_rate in per cent of all who hold a seat or gave it up after a lesson, drop_rate:
percentage points lost since the required lesson before, is_biggest_drop.

For staff.

Errors: not_course_staff, course_not_found.';

grant execute on function public.course_funnel(uuid) to authenticated, service_role;

create function private.course_learners(
  p_course_id uuid, p_state public.enrollment_status, p_sort text, p_limit integer, p_cursor text
)
returns table (
  user_id uuid, name text, email text, status public.enrollment_status, progress numeric,
  lessons_completed integer, seconds_spent bigint, course_score numeric, enrolled_at timestamptz,
  last_activity_at timestamptz, completed_at timestamptz, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_key text := ltrim(p_sort, '-');
  v_down boolean := starts_with(p_sort, '-');
  v_signature text := md5(concat_ws('|', 'learners', p_course_id, p_state, p_sort));
  v_after private.cursor_position;
  v_weight numeric := (
    select sum(l.weight) from public.lessons as l
    where l.course_id = p_course_id and l.is_published and l.content_type in ('quiz', 'lab')
  );
begin
  perform private.require_course(p_course_id);
  if p_sort is null or p_sort !~ '^-?(name|progress|last_activity|enrolled)$'
    or p_limit is null or p_limit not between 1 and 200 then
    perform private.refuse('invalid_sort');
  end if;
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  -- The page is cut from enrollments alone, unless names decide.
  with listed as (
    select
      e.*,
      -- One of the two is the key; the sign turns numbers round.
      case when v_key = 'name' then lower(p.name) else '' end collate "C" as text_key,
      case v_key
        when 'progress' then e.progress
        when 'last_activity' then extract(epoch from e.last_activity_at)
        when 'enrolled' then extract(epoch from e.enrolled_at)
        else 0
      end * case when v_down then -1 else 1 end as number_key
    from public.enrollments as e
    left join public.profiles as p on v_key = 'name' and p.id = e.user_id
    where e.course_id = p_course_id and (p_state is null or e.status = p_state)
  ),

  page as (
    select l.*
    from listed as l
    where v_after.id is null or case
      when v_key = 'name' and v_down
        then (l.text_key, v_after.id) < (v_after.text collate "C", l.user_id)
      when v_key = 'name' then (l.text_key, l.user_id) > (v_after.text collate "C", v_after.id)
      else (l.number_key, l.user_id) > (v_after.number, v_after.id)
    end
    order by
      case when not v_down then l.text_key end, case when v_down then l.text_key end desc,
      l.number_key, l.user_id
    limit p_limit
  )

  select
    g.user_id, n.name, n.email, g.status, g.progress, g.lessons_completed,
    coalesce(s.seconds, 0)::bigint,
    case when v_weight > 0 then coalesce(s.score, 0) end,
    g.enrolled_at, g.last_activity_at, g.completed_at,
    private.make_cursor(v_signature, g.number_key, g.text_key, g.user_id)
  from page as g
  inner join public.profiles as n on n.id = g.user_id
  left join lateral (
    select
      sum(lp.seconds_spent) as seconds,
      -- As in the gradebook.
      round(
        sum(lp.score * l.weight) filter (
          where l.is_published and l.content_type in ('quiz', 'lab')
        ) / nullif(v_weight, 0), 2
      ) as score
    from public.lesson_progress as lp
    inner join public.lessons as l on l.id = lp.lesson_id
    where lp.course_id = p_course_id and lp.user_id = g.user_id
  ) as s on true
  order by
    case when not v_down then g.text_key end, case when v_down then g.text_key end desc,
    g.number_key, g.user_id;
end
$$;
grant execute on function private.course_learners(
  uuid, public.enrollment_status, text, integer, text
) to authenticated, service_role;

create function public.course_learners(
  course_id uuid, status public.enrollment_status default null, sort text default 'name',
  "limit" integer default 50, cursor text default null
)
returns table (
  user_id uuid, name text, email text, status public.enrollment_status, progress numeric,
  lessons_completed integer, seconds_spent bigint, course_score numeric, enrolled_at timestamptz,
  last_activity_at timestamptz, completed_at timestamptz, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_learners(
    course_learners.course_id, course_learners.status, course_learners.sort,
    course_learners."limit", course_learners.cursor
  );
end;
comment on function public.course_learners(uuid, public.enrollment_status, text, integer, text) is
'The learners of a course, by name, progress, last_activity or enrolled, with a minus in front
downwards, all or those in one state: progress in per cent, seconds reported, course_score: the
weighted mean in which what is missing counts 0.

The next page starts after the cursor of the last line. For staff.

Errors: not_course_staff, course_not_found, invalid_sort, invalid_cursor.';

grant execute on function public.course_learners(
  uuid, public.enrollment_status, text, integer, text
) to authenticated, service_role;

create function private.at_risk_learners(p_course_id uuid, p_limit integer)
returns table (
  user_id uuid, name text, email text, progress numeric, last_activity_at timestamptz,
  reasons text[], stuck_lesson_id uuid, next_due_at timestamptz, risk integer
)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_course(p_course_id);
  return query
  with learner as materialized (
    select e.user_id, e.progress, e.last_activity_at
    from public.enrollments as e
    where e.course_id = p_course_id and e.status = 'active'
  ),

  stuck as (
    select distinct on (lp.user_id) lp.user_id, lp.lesson_id
    from public.lesson_progress as lp
    inner join public.lessons as l on l.id = lp.lesson_id and l.is_published and l.is_required
    where lp.course_id = p_course_id and lp.status = 'started'
      and lp.started_at < now() - interval '7 days'
    order by lp.user_id, lp.updated_at desc, lp.lesson_id
  ),

  result as (
    select
      lp.user_id, lp.score,
      row_number() over (
        partition by lp.user_id order by lp.updated_at desc, lp.lesson_id
      ) as place
    from public.lesson_progress as lp
    where lp.course_id = p_course_id and lp.score is not null
  ),

  falling as (
    select r.user_id
    from result as r
    group by r.user_id
    having avg(r.score) filter (where r.place <= 2)
      <= avg(r.score) filter (where r.place > 2) - 15
  ),

  work as materialized (
    select w.lesson_id, w.due_at
    from (
      select z.lesson_id, z.due_at from public.quizzes as z where z.course_id = p_course_id
      union all
      select b.lesson_id, b.due_at from public.labs as b where b.course_id = p_course_id
    ) as w
    inner join public.lessons as l on l.id = w.lesson_id and l.is_published and l.is_required
    where w.due_at between now() and now() + interval '3 days'
      or exists (
        select from private.quiz_overrides as o
        where o.lesson_id = w.lesson_id
          and o.due_at between now() and now() + interval '3 days'
      )
  ),

  -- Those who are through, in one reading: few beside a look for each learner.
  done as materialized (
    select lp.user_id, lp.lesson_id
    from work as w
    inner join public.lesson_progress as lp
      on lp.course_id = p_course_id and lp.lesson_id = w.lesson_id and lp.status = 'completed'
  ),

  due as (
    select e.user_id, min(coalesce(o.due_at, w.due_at)) as due_at
    from learner as e
    cross join work as w
    left join private.quiz_overrides as o
      on o.lesson_id = w.lesson_id and o.user_id = e.user_id
    left join done on done.lesson_id = w.lesson_id and done.user_id = e.user_id
    where done.user_id is null
      and coalesce(o.due_at, w.due_at) between now() and now() + interval '3 days'
    group by e.user_id
  ),

  judged as (
    select
      e.*, s.lesson_id, d.due_at,
      array_remove(array[
        case when e.last_activity_at < now() - interval '7 days' then 'inactive' end,
        case when f.user_id is not null then 'falling_scores' end,
        case when s.user_id is not null then 'stuck' end,
        case when d.user_id is not null then 'deadline' end
      ], null) as reasons
    from learner as e
    left join stuck as s on s.user_id = e.user_id
    left join falling as f on f.user_id = e.user_id
    left join due as d on d.user_id = e.user_id
  ),

  page as (
    select j.*
    from judged as j
    where cardinality(j.reasons) > 0
    order by cardinality(j.reasons) desc, j.last_activity_at, j.user_id
    limit least(greatest(coalesce(p_limit, 100), 1), 500)
  )

  select
    g.user_id, p.name, p.email, g.progress, g.last_activity_at, g.reasons, g.lesson_id, g.due_at,
    cardinality(g.reasons)
  from page as g
  inner join public.profiles as p on p.id = g.user_id
  order by cardinality(g.reasons) desc, g.last_activity_at, g.user_id;
end
$$;
grant execute on function private.at_risk_learners(uuid, integer) to authenticated, service_role;

create function public.at_risk_learners(course_id uuid, "limit" integer default 100)
returns table (
  user_id uuid, name text, email text, progress numeric, last_activity_at timestamptz,
  reasons text[], stuck_lesson_id uuid, next_due_at timestamptz, risk integer
)
language sql stable
set search_path = ''
begin atomic
  select * from private.at_risk_learners(
    at_risk_learners.course_id, at_risk_learners."limit"
  );
end;
comment on function public.at_risk_learners(uuid, integer) is
'Active learners who may need help, most reasons first, at most 500: inactive (nothing for 7 days),
falling_scores (the last two results 15 points below those before), stuck (a required lesson begun
7 days ago and not completed: stuck_lesson_id), deadline (required work due within 3 days and not
done: next_due_at).

For staff.

Errors: not_course_staff, course_not_found.';

grant execute on function public.at_risk_learners(uuid, integer) to authenticated, service_role;

create function private.instructor_dashboard()
returns table (
  course_id uuid, slug text, title text, is_published boolean, role public.course_role,
  pending bigint, waitlisted bigint, active bigint, completed bigint, active_learners_7d bigint,
  inactive_learners bigint, completed_7d bigint, completion_rate numeric, labs_to_grade bigint,
  mean_score numeric
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_week integer := private.today() - 6 - date '2000-01-01';
begin
  return query
  with mine as materialized (
    select s.course_id, s.role from public.course_staff as s where s.user_id = v_user_id
    order by s.course_id limit 500
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
    from private.course_rollups as r
    where r.course_id = any(array(select m.course_id from mine as m))
      and (
        r.metric in (
          'pending', 'waitlisted', 'active', 'completed', 'score', 'score_sum'
        )
        or (r.metric in ('seen', 'seen_active', 'finished') and r.bucket >= v_week)
      )
    group by r.course_id
  ),

  queue as (
    select b.course_id, count(*) as waiting
    from public.lab_submissions as b
    where b.course_id = any(array(select m.course_id from mine as m)) and b.status = 'submitted'
    group by b.course_id
  )

  select
    c.id, c.slug, c.title, c.is_published, m.role,
    coalesce(s.pending, 0)::bigint, coalesce(s.waitlisted, 0)::bigint,
    coalesce(s.active, 0)::bigint, coalesce(s.completed, 0)::bigint,
    coalesce(s.seen, 0)::bigint, coalesce(s.active - s.seen_active, 0)::bigint,
    coalesce(s.finished, 0)::bigint,
    round(100 * s.completed / nullif(s.active + s.completed, 0), 2),
    coalesce(q.waiting, 0), round(coalesce(s.score_sum, 0) / 100 / nullif(s.scored, 0), 2)
  from mine as m
  inner join public.courses as c on c.id = m.course_id
  left join summed as s on s.course_id = m.course_id
  left join queue as q on q.course_id = m.course_id
  order by coalesce(s.seen, 0) desc, c.title, c.id;
end
$$;
grant execute on function private.instructor_dashboard() to authenticated;

create function public.instructor_dashboard()
returns table (
  course_id uuid, slug text, title text, is_published boolean, role public.course_role,
  pending bigint, waitlisted bigint, active bigint, completed bigint, active_learners_7d bigint,
  inactive_learners bigint, completed_7d bigint, completion_rate numeric, labs_to_grade bigint,
  mean_score numeric
)
language sql stable
set search_path = ''
begin atomic
  select * from private.instructor_dashboard();
end;
comment on function public.instructor_dashboard() is
'The courses that the caller is staff of, the liveliest first, at most 500: enrollments by state,
learners active and completions in the last 7 days, inactive_learners (active ones not seen for 7
days), completion_rate in per cent, labs_to_grade, mean_score.

Errors: not_authenticated.';

grant execute on function public.instructor_dashboard() to authenticated;

create function private.platform_overview(p_since date) returns public.platform_figures
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_since date := private.since_day(p_since);
  v_course_ids uuid[] := array(select c.id from public.courses as c);
  v_figures public.platform_figures;
begin
  if not private.is_operator() then
    perform private.refuse('admin_required');
  end if;
  v_figures.since := v_since;
  select
    count(*) filter (where p.role = 'learner'), count(*) filter (where p.role = 'instructor'),
    count(*) filter (where p.role = 'admin')
  into v_figures.learners, v_figures.instructors, v_figures.admins
  from public.profiles as p;
  select
    count(*), count(*) filter (where c.is_published),
    coalesce(sum(c.lesson_count) filter (where c.is_published), 0)
  into v_figures.courses, v_figures.courses_published, v_figures.lessons_published
  from public.courses as c;
  select private.unless_few(count(*), count(*), false) into v_figures.certificates
  from public.certificates as f where f.revoked_at is null;
  -- Grouped by hash, where count(distinct …) would sort.
  select count(*) into v_figures.active_learners
  from (
    select d.user_id from private.learner_days as d where d.day >= v_since group by d.user_id
  ) as u;
  v_figures.active_learners := private.unless_few(
    v_figures.active_learners, v_figures.active_learners, false
  );
  select
    private.unless_few(
      coalesce(sum(r.amount) filter (where r.metric = 'active'), 0),
      coalesce(sum(r.amount) filter (where r.metric = 'active'), 0)::bigint, false
    ),
    private.unless_few(
      coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0),
      coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0)::bigint, false
    )
  into v_figures.enrollments_active, v_figures.enrollments_completed
  from private.course_rollups as r
  where r.course_id = any(v_course_ids) and r.metric in ('active', 'completed') and r.bucket = 0;
  select t.enrolled, t.completed, t.seconds_spent
  into v_figures.enrolled_since, v_figures.completed_since, v_figures.seconds_spent
  from private.since_totals(v_course_ids, v_since, false) as t;
  select coalesce(jsonb_agg(to_jsonb(a) order by a.day), '[]') into v_figures.days
  from private.activity_rows(v_course_ids, v_since, false) as a;
  select coalesce(jsonb_agg(to_jsonb(t) - 'place' order by t.place), '[]')
  into v_figures.top_courses
  from (
    select
      s.place, s.course_id, c.title,
      private.unless_few(s.active, s.active::bigint, false) as active,
      private.unless_few(s.completed, s.completed::bigint, false) as completed
    from (
      select
        r.course_id,
        coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) as active,
        coalesce(sum(r.amount) filter (where r.metric = 'completed'), 0) as completed,
        row_number() over (
          order by coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) desc, r.course_id
        ) as place
      from private.course_rollups as r
      where r.course_id = any(v_course_ids) and r.metric in ('active', 'completed') and r.bucket = 0
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
'The platform in figures: accounts by role, courses, enrollments, certificates that stand; since a
day or for 30 days: active_learners, enrolled_since, completed_since, seconds_spent, days as
course_activity gives them; the ten courses with most active learners.

For admins and service_role; null for fewer than five learners, except accounts.

Errors: admin_required.';

grant execute on function public.platform_overview(date) to authenticated, service_role;
