-- Learners: the lists of the learners of a course, for its staff.
--
-- Invariants
--   * The lists read rows of learners; figures come from rollups. A page reads its own rows and
--     those of learners whom no fold has placed or judged since they changed.
--   * Only staff of the course, admins and service_role read them.

-- A plan for each call: it drops constant conditions and sort keys, so that one query serves both
-- directions with an index.
create function private.first_learner_ids(
  p_course_id uuid, p_statuses public.enrollment_status[], p_key text, p_down boolean,
  p_page_size integer, p_after private.cursor_position
) returns uuid[]
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_is_first boolean := (p_after).number is null;
  -- A forged number may be any.
  v_number numeric := least(greatest((p_after).number, -1e10), 1e10);
  v_day integer := floor(v_number / 86400);
  v_at timestamptz := to_timestamp(v_number);
  v_moved_ids uuid[];
begin
  if p_key = 'enrolled' then
    return array(
      select x.user_id
      from unnest(p_statuses) as s (status)
      cross join lateral (
        select n.user_id from public.enrollments as n
        where n.course_id = p_course_id and n.status = s.status
          and not (n.status = 'withdrawn' and n.has_left)
          and (v_is_first or case
            when p_down then (n.enrolled_at, n.user_id) < (v_at, (p_after).id)
            else (n.enrolled_at, n.user_id) > (v_at, (p_after).id)
          end)
        order by
          case when not p_down then n.enrolled_at end, case when p_down then n.enrolled_at end desc,
          case when not p_down then n.user_id end, case when p_down then n.user_id end desc
        limit p_page_size
      ) as x
    );
  end if;
  v_moved_ids := private.moved_user_ids(p_course_id);
  if p_key = 'progress' then
    return v_moved_ids || array(
      select x.user_id
      from unnest(p_statuses) as s (status)
      cross join lateral (
        select n.user_id from private.learner_places as n
        where n.course_id = p_course_id and n.status = s.status and n.user_id <> all(v_moved_ids)
          and (v_is_first or case
            when p_down then (n.progress, n.user_id) < (v_number, (p_after).id)
            else (n.progress, n.user_id) > (v_number, (p_after).id)
          end)
        order by
          case when not p_down then n.progress end, case when p_down then n.progress end desc,
          case when not p_down then n.user_id end, case when p_down then n.user_id end desc
        limit p_page_size
      ) as x
    );
  end if;
  -- The learners of a day come in no order: whole days, until the page is full.
  return v_moved_ids || array(
    select x.user_id
    from unnest(p_statuses) as s (status)
    cross join lateral (
      select n.user_id from private.learner_places as n
      where n.course_id = p_course_id and n.status = s.status and n.user_id <> all(v_moved_ids)
        and n.seen_day = v_day
      union all
      (
        select n.user_id from private.learner_places as n
        where n.course_id = p_course_id and n.status = s.status and n.user_id <> all(v_moved_ids)
          and (
            v_is_first or case when p_down then n.seen_day < v_day else n.seen_day > v_day end
          )
        order by
          case when not p_down then n.seen_day end, case when p_down then n.seen_day end desc
        fetch first (p_page_size) rows with ties
      )
    ) as x
  );
end
$$;
comment on function private.first_learner_ids(
  uuid, public.enrollment_status[], text, boolean, integer, private.cursor_position
) is
'The learners that a page of course_learners is chosen from: the first of each status and those '
'who have moved since the last fold.';

create function private.sort_learners(
  p_course_id uuid, p_statuses public.enrollment_status[], p_key text, p_down boolean,
  p_page_size integer, p_after private.cursor_position, p_user_ids uuid[]
) returns uuid[]
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return array(
    select e.id
    from (
      select
        n.id, n.user_id,
        case p_key
          when 'progress' then n.progress
          when 'last_activity' then extract(epoch from n.last_activity_at)
          else extract(epoch from n.enrolled_at)
        end as key
      from public.enrollments as n
      where n.course_id = p_course_id and n.user_id = any(p_user_ids)
        and n.status = any(p_statuses) and not (n.status = 'withdrawn' and n.has_left)
    ) as e
    where (p_after).id is null
      or case
        when p_down then (e.key, e.user_id) < ((p_after).number, (p_after).id)
        else (e.key, e.user_id) > ((p_after).number, (p_after).id)
      end
    order by
      case when not p_down then e.key end, case when p_down then e.key end desc,
      case when not p_down then e.user_id end, case when p_down then e.user_id end desc
    limit p_page_size
  );
end
$$;
comment on function private.sort_learners(
  uuid, public.enrollment_status[], text, boolean, integer, private.cursor_position, uuid[]
) is 'The enrollments of a page of course_learners, chosen from those of first_learner_ids.';

-- A plan for each call: which index comes first depends on the share of the learners in the course.
-- Without nested loops a plan would read all profiles of the platform.
create function private.learner_ids(
  p_course_id uuid, p_status public.enrollment_status, p_sort text, p_page_size integer,
  p_after private.cursor_position
) returns uuid[]
language plpgsql stable
set search_path = '' set plan_cache_mode = 'force_custom_plan'
set enable_hashjoin = off set enable_mergejoin = off set max_parallel_workers_per_gather = 0
as $$
declare
  v_key text := ltrim(p_sort, '-');
  v_down boolean := starts_with(p_sort, '-');
  v_statuses public.enrollment_status[] := case
    when p_status is null then enum_range(null::public.enrollment_status) else array[p_status]
  end;
begin
  -- By name an index has the order; otherwise profiles are not read.
  case p_sort
    when 'name' then
      return array(
        select e.id
        from public.enrollments as e
        inner join public.profiles as p on p.id = e.user_id
        where e.course_id = p_course_id and (p_status is null or e.status = p_status)
          and not (e.status = 'withdrawn' and e.has_left)
          and ((p_after).id is null or (p.name, p.id) > ((p_after).text, (p_after).id))
        order by p.name, p.id
        limit p_page_size
      );
    when '-name' then
      return array(
        select e.id
        from public.enrollments as e
        inner join public.profiles as p on p.id = e.user_id
        where e.course_id = p_course_id and (p_status is null or e.status = p_status)
          and not (e.status = 'withdrawn' and e.has_left)
          and (
            (p_after).id is null
            or p.name <= (p_after).text and (p.name < (p_after).text or p.id > (p_after).id)
          )
        order by p.name desc, p.id
        limit p_page_size
      );
    else
      return private.sort_learners(
        p_course_id, v_statuses, v_key, v_down, p_page_size, p_after,
        private.first_learner_ids(p_course_id, v_statuses, v_key, v_down, p_page_size, p_after)
      );
  end case;
end
$$;
comment on function private.learner_ids(
  uuid, public.enrollment_status, text, integer, private.cursor_position
) is 'The enrollments of a page of course_learners, in its order.';

create function private.course_learners(
  p_course_id uuid, p_status public.enrollment_status, p_sort text, p_page_size integer,
  p_cursor text
)
returns table (
  user_id uuid, enrollment_id uuid, name text, email text, status public.enrollment_status,
  progress numeric, lessons_completed integer, seconds_spent bigint, course_score numeric,
  enrolled_at timestamptz, last_activity_at timestamptz, completed_at timestamptz, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_key text := ltrim(p_sort, '-');
  v_signature text := md5(concat_ws('|', 'course_learners', p_course_id, p_status, p_sort));
  v_after private.cursor_position;
  v_ids uuid[];
begin
  perform private.require_course(p_course_id);
  if p_sort is null or p_sort !~ '^-?(name|progress|last_activity|enrolled)$' then
    perform private.refuse('invalid_sort');
  end if;
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  v_ids := private.learner_ids(p_course_id, p_status, p_sort, p_page_size, v_after);
  return query
  select
    g.user_id, g.id, n.name, n.email, g.status, g.progress, g.lessons_completed,
    coalesce(s.seconds, 0)::bigint,
    c.score,
    g.enrolled_at, g.last_activity_at, g.completed_at,
    private.make_cursor(
      v_signature,
      case v_key
        when 'progress' then g.progress
        when 'last_activity' then extract(epoch from g.last_activity_at)
        when 'enrolled' then extract(epoch from g.enrolled_at)
      end,
      case when v_key = 'name' then n.name end,
      g.user_id
    )
  from unnest(v_ids) with ordinality as i (id, place)
  inner join public.enrollments as g on g.id = i.id
  inner join public.profiles as n on n.id = g.user_id
  inner join private.course_scores(
    p_course_id, array(select m.user_id from public.enrollments as m where m.id = any(v_ids))
  ) as c on c.user_id = g.user_id
  left join lateral (
    select sum(lp.seconds_spent) as seconds
    from public.lesson_progress as lp
    where lp.course_id = p_course_id and lp.user_id = g.user_id
  ) as s on true
  order by i.place;
end
$$;
grant execute on function private.course_learners(
  uuid, public.enrollment_status, text, integer, text
) to authenticated, service_role;

create function public.course_learners(
  course_id uuid, status public.enrollment_status default null, sort text default 'name',
  page_size integer default 50, cursor text default null
)
returns table (
  user_id uuid, enrollment_id uuid, name text, email text, status public.enrollment_status,
  progress numeric, lessons_completed integer, seconds_spent bigint, course_score numeric,
  enrolled_at timestamptz, last_activity_at timestamptz, completed_at timestamptz, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_learners(
    course_learners.course_id, course_learners.status, course_learners.sort,
    course_learners.page_size, course_learners.cursor
  );
end;
comment on function public.course_learners(uuid, public.enrollment_status, text, integer, text) is
'The learners of a course, with progress, time and score.

sort is name, progress, last_activity or enrolled; a minus in front sorts in descending order.
status selects one status of enrollments, null all; learners who withdrew by themselves are left out
of both. progress is in per cent; course_score is the
weighted mean score of quizzes and labs in per cent, in which a missing result counts 0, and null
when all weights are 0. The cursor of the last row returns the next page.

For staff, admins and service_role.

Errors: not_course_staff, course_not_found, invalid_sort, invalid_page, invalid_cursor.';

grant execute on function public.course_learners(
  uuid, public.enrollment_status, text, integer, text
) to authenticated, service_role;

create function private.at_risk_learners(
  p_course_id uuid, p_page_size integer, p_cursor text
)
returns table (
  user_id uuid, name text, email text, progress numeric, last_activity_at timestamptz,
  reasons text[], course_slug text, stuck_lesson_id uuid, stuck_lesson_slug text,
  next_due_at timestamptz, risk integer, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course public.courses := private.require_course(p_course_id);
  v_signature text := md5(concat_ws('|', 'at_risk_learners', p_course_id));
  v_after private.cursor_position;
  v_place integer := -1;
  v_seen_day integer := 0;
  v_unjudged_ids uuid[] := private.unjudged_user_ids(p_course_id);
  v_user_ids uuid[];
begin
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
    -- The number of reasons and the day of the learner before, from the sort key.
    v_place := 4 - greatest(0, least(5, ceil(-v_after.number / 1e12)));
    v_seen_day := greatest(
      0, least(1e9, floor((v_after.number + 1e12 * (4 - v_place)) / 86400))
    );
  end if;
  -- The learners of a day come in no order: whole days, until the page is full.
  v_user_ids := array(
    select r.user_id from private.risks as r
    where r.course_id = p_course_id and r.place = v_place and r.seen_day = v_seen_day
      and r.user_id <> all(v_unjudged_ids)
  ) || array(
    select r.user_id from private.risks as r
    where r.course_id = p_course_id and r.place is not null
      and (r.place, r.seen_day) > (v_place, v_seen_day) and r.user_id <> all(v_unjudged_ids)
    order by r.place, r.seen_day
    fetch first p_page_size rows with ties
  ) || v_unjudged_ids;
  return query
  with page as (
    select k.*
    from (
      select
        j.*,
        -- By number of reasons, then by time: no time has 12 digits of seconds.
        extract(epoch from j.last_activity_at) - 1e12 * cardinality(j.reasons) as number_key
      from private.learner_risks(
        array_fill(p_course_id, array[cardinality(v_user_ids)]), v_user_ids
      ) as j
      where cardinality(j.reasons) > 0
    ) as k
    where v_after.id is null or (k.number_key, k.user_id) > (v_after.number, v_after.id)
    order by k.number_key, k.user_id
    limit p_page_size
  )

  select
    g.user_id, p.name, p.email, g.progress, g.last_activity_at, g.reasons, v_course.slug,
    g.stuck_lesson_id, l.slug, g.next_due_at, cardinality(g.reasons),
    private.make_cursor(v_signature, g.number_key, null, g.user_id)
  from page as g
  inner join public.profiles as p on p.id = g.user_id
  left join public.lessons as l on l.id = g.stuck_lesson_id
  order by g.number_key, g.user_id;
end
$$;
grant execute on function private.at_risk_learners(uuid, integer, text)
to authenticated, service_role;

create function public.at_risk_learners(
  course_id uuid, page_size integer default 50, cursor text default null
)
returns table (
  user_id uuid, name text, email text, progress numeric, last_activity_at timestamptz,
  reasons text[], course_slug text, stuck_lesson_id uuid, stuck_lesson_slug text,
  next_due_at timestamptz, risk integer, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.at_risk_learners(
    at_risk_learners.course_id, at_risk_learners.page_size, at_risk_learners.cursor
  );
end;
comment on function public.at_risk_learners(uuid, integer, text) is
'Active learners of a course who may need help, most reasons first.

reasons: inactive (no activity for 7 days), falling_scores (the mean of the last two results is 15
points below the mean of those before), stuck (a required lesson started more than 7 days ago and
not completed: stuck_lesson_id), deadline (required work due within 3 days and not completed:
next_due_at). risk is the number of reasons; among equals the longest inactive comes first. The
cursor of the last row returns the next page; reasons are those of the time of the call.

For staff, admins and service_role.

Errors: not_course_staff, course_not_found, invalid_page, invalid_cursor.';

grant execute on function public.at_risk_learners(uuid, integer, text)
to authenticated, service_role;
