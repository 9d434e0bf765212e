-- Progress: what a learner did in a lesson, what is open to him, and the counts that follow from
-- both.
--
-- Invariants
--   * Clients write nothing: record_progress and complete_lesson do, after asking lesson_states,
--     the one predicate for what is open, or what is kept of its answer. The same predicate serves
--     the policy of lesson_contents and every answer about access.
--   * Progress never moves backwards: states, watched seconds, positions and time only grow.
--   * enrollments.lessons_completed, progress and completed_at always follow from the facts; a
--     completion is banked with the version of the course and never taken away.
--     private.progress_audit() lists every drift.
--
-- Locks are taken in this order: profile, lesson, enrollment, progress; a deletion holds the course
-- as well, see the catalogue.

create type public.progress_state as enum ('started', 'completed');
comment on type public.progress_state is 'How far a learner is with a lesson.';

-- Room in each page: a report changes a row in place and touches no index.
create table public.lesson_progress (
  user_id uuid not null,
  lesson_id uuid not null,
  course_id uuid not null,
  state public.progress_state not null default 'started',
  position_seconds integer not null default 0,
  watched int4multirange not null default '{}',
  seconds_spent integer not null default 0,
  score numeric(5, 2),
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint lesson_progress_pkey primary key (user_id, lesson_id),
  constraint lesson_progress_course_id_lesson_id_fkey foreign key (course_id, lesson_id)
  references public.lessons (course_id, id) on delete cascade,
  constraint lesson_progress_course_id_user_id_fkey foreign key (course_id, user_id)
  references public.enrollments (course_id, user_id) on delete cascade,
  constraint lesson_progress_completed_at_check
  check ((state = 'completed') = (completed_at is not null)),
  constraint lesson_progress_position_seconds_check check (position_seconds >= 0),
  constraint lesson_progress_seconds_spent_check check (seconds_spent >= 0),
  constraint lesson_progress_score_check check (score between 0 and 100)
) with (fillfactor = 85);
comment on table public.lesson_progress is
'One learner in one lesson; written by record_progress and complete_lesson only.';
comment on column public.lesson_progress.position_seconds is
'Furthest position reached in the video.';
comment on column public.lesson_progress.watched is
'Distinct seconds of the video that were played.';
comment on column public.lesson_progress.seconds_spent is 'Time reported on the lesson, in all.';
comment on column public.lesson_progress.score is 'Per cent, where the lesson is scored.';
create index lesson_progress_course_id_user_id_idx on public.lesson_progress (course_id, user_id);
create index lesson_progress_course_id_lesson_id_idx
on public.lesson_progress (course_id, lesson_id);

-- Who is in the middle of a lesson, and who has a result: few rows of a course.
create index lesson_progress_course_id_user_id_started_idx
on public.lesson_progress (course_id, user_id) where state = 'started';
create index lesson_progress_course_id_user_id_score_idx
on public.lesson_progress (course_id, user_id) where score is not null;

create table private.progress_events (
  user_id uuid not null,
  event_id uuid not null,
  lesson_id uuid not null,
  created_at timestamptz not null default now(),
  constraint progress_events_pkey primary key (user_id, event_id),
  constraint progress_events_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade
);
comment on table private.progress_events is
'Reports that were counted, by the id their client gave them, so that a retry counts once. Kept '
'30 days.';
create index progress_events_created_at_idx on private.progress_events (created_at);
alter table private.progress_events enable row level security;
revoke all on private.progress_events from public, anon, authenticated, service_role;

alter table public.lesson_progress enable row level security;
revoke all on public.lesson_progress from public, anon, authenticated, service_role;
grant select on public.lesson_progress to authenticated, service_role;

create policy lesson_progress_select_related on public.lesson_progress
for select to authenticated
using (
  user_id = (select auth.uid())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy lesson_progress_select_related on public.lesson_progress is
'A person reads his own progress; staff that in their courses; admins all.';

-- What is open ------------------------------------------------------------------------------------

create function private.lesson_states(p_user_id uuid, p_course_ids uuid[])
returns table (
  course_id uuid, lesson_id uuid, ordinal integer, is_open boolean, reason text,
  opens_at timestamptz, requires uuid[], state public.progress_state
)
language plpgsql stable
security definer
set search_path = '' set plan_cache_mode = 'force_generic_plan' set timezone = 'UTC'
as $$
begin
  -- Days and months of release_after are those of UTC, whatever zone the request asks for.
  return query
  with course as materialized (
    select
      c.id,
      c.sequential,
      c.published,
      e.enrolled_at,
      case
        when not c.published then 'course_unpublished'
        when e.status is null or e.status = 'withdrawn' then 'not_enrolled'
        when e.status = 'pending' then 'enrollment_pending'
        when e.status = 'waitlisted' then 'waitlisted'
        when not private.is_entitled(p_user_id, c.id) then 'entitlement_ended'
      end as barrier
    from public.courses as c
    left join lateral (
      select e.status, e.enrolled_at
      from public.enrollments as e where e.course_id = c.id and e.user_id = p_user_id limit 1
    ) as e on true
    where c.id = any(p_course_ids)
  ),

  -- Course by course, each by its index: how many there are the plan cannot know.
  lesson as materialized (
    select course.id as course_id, l.*
    from course
    cross join lateral (
      select
        l.id,
        l.preview,
        l.required,
        lp.state,
        lp.score,
        (row_number() over (order by m.ord, l.ord, l.id))::integer as ordinal,
        -- greatest() ignores nulls: the later of the two dates that are set.
        greatest(l.release_at, course.enrolled_at + l.release_after) as releases_at
      from public.lessons as l
      inner join public.modules as m on m.id = l.module_id and m.course_id = course.id
      left join public.lesson_progress as lp
        on lp.user_id = p_user_id and lp.lesson_id = l.id
      where l.course_id = course.id and l.published
    ) as l
  ),

  -- The first required lesson that is not completed: a sequential course is open up to here.
  frontier as (
    select distinct on (l.course_id) l.course_id, l.id, l.ordinal
    from lesson as l
    where l.required and l.state is distinct from 'completed'
    order by l.course_id, l.ordinal
  ),

  unmet as (
    select p.lesson_id, array_agg(p.prerequisite_id order by p.prerequisite_id) as requires
    from public.lesson_prerequisites as p
    inner join lesson as l on l.id = p.prerequisite_id
    where p.course_id = any(p_course_ids)
      and (l.state = 'completed' and (p.min_score is null or l.score >= p.min_score)) is not true
    group by p.lesson_id
  ),

  judged as (
    select
      l.*,
      case
        when l.preview and course.published then null
        when course.barrier is not null then course.barrier
        when l.state = 'completed' then null
        when l.releases_at > now() then 'not_released'
        when unmet.lesson_id is not null then 'prerequisite'
        when course.sequential and frontier.ordinal < l.ordinal then 'sequence'
      end as reason,
      unmet.requires as unmet_ids,
      frontier.id as frontier_id
    from lesson as l
    inner join course on course.id = l.course_id
    left join frontier on frontier.course_id = l.course_id
    left join unmet on unmet.lesson_id = l.id
  )

  select
    j.course_id, j.id, j.ordinal, j.reason is null, j.reason,
    case when j.reason is not null and j.releases_at > now() then j.releases_at end,
    case
      when j.reason = 'prerequisite' then j.unmet_ids
      when j.reason = 'sequence' then array[j.frontier_id]
      else '{}'
    end,
    j.state
  from judged as j;
end
$$;
comment on function private.lesson_states(uuid, uuid[]) is
'The published lessons of the courses as they are for one person: open or not, and why. A '
'preview is open to anyone; what was completed stays open while the person is enrolled. The one '
'predicate for access.';

-- Counts ------------------------------------------------------------------------------------------

create view private.enrollment_counts with (security_invoker = true) as
with done as (
  select
    lp.course_id,
    lp.user_id,
    count(*)::integer as lessons_completed
  from public.lesson_progress as lp
  inner join public.lessons as l on lp.lesson_id = l.id and l.published and l.required
  where lp.state = 'completed'
  group by lp.course_id, lp.user_id
),

counted as (
  select
    e.id,
    e.course_id,
    e.user_id,
    e.status,
    e.completed_at,
    e.completed_version,
    r.version,
    coalesce(d.lessons_completed, 0) as lessons_completed,
    case
      when r.required_count > 0
        then trunc(100.0 * coalesce(d.lessons_completed, 0) / r.required_count, 2)
      else 0
    end as progress
  from public.enrollments as e
  inner join public.courses as r on e.course_id = r.id
  left join done as d on e.course_id = d.course_id and e.user_id = d.user_id
)

select
  c.id as enrollment_id,
  c.course_id,
  c.user_id,
  c.lessons_completed,
  c.progress,
  case
    when c.status = 'active' and c.progress = 100 then 'completed' else c.status
  end as status,
  case
    when c.status = 'active' and c.progress = 100 then coalesce(c.completed_at, now())
    else c.completed_at
  end as completed_at,
  case
    when c.status = 'active' and c.progress = 100 then coalesce(c.completed_version, c.version)
    else c.completed_version
  end as completed_version
from counted as c;
comment on view private.enrollment_counts is
'What the counts and the completion of an enrollment must be, from the facts; the one formula for '
'all who need it.';
revoke all on private.enrollment_counts from public, anon, authenticated, service_role;

create function private.recount_learner(
  p_course_id uuid, p_user_id uuid, p_seen_at timestamptz default null
) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  update public.enrollments e
  set
    lessons_completed = n.lessons_completed,
    progress = n.progress,
    status = n.status,
    completed_at = n.completed_at,
    completed_version = n.completed_version,
    last_activity_at = coalesce(p_seen_at, e.last_activity_at)
  from private.enrollment_counts as n
  where n.enrollment_id = e.id
    and n.course_id = p_course_id and n.user_id = p_user_id
    and e.course_id = p_course_id and e.user_id = p_user_id;
end
$$;
comment on function private.recount_learner(uuid, uuid, timestamptz) is
'Brings the counts of one enrollment up to date; banks a completion. p_seen_at: when the learner '
'was there; null where somebody else changed the counts.';

-- Without statistics, as after an import, the planner would compare all learners with all counts
-- one by one; a hash join is right for one learner and for a hundred thousand.
create function private.recount_progress(p_course_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = '' set enable_nestloop = off
as $$
declare
  v_course_id uuid;
begin
  for v_course_id in select distinct u.id from unnest(p_course_ids) as u (id) order by u.id loop
    update public.courses c
    set lesson_count = n.lesson_count, required_count = n.required_count
    from (
      select
        count(*)::integer as lesson_count,
        (count(*) filter (where l.required))::integer as required_count
      from public.lessons as l
      where l.course_id = v_course_id and l.published
    ) as n
    where c.id = v_course_id
      and (c.lesson_count, c.required_count)
      is distinct from (n.lesson_count, n.required_count);
    -- Locked first, counted in the next statement: a learner who completes a lesson meanwhile is
    -- counted.
    perform from public.enrollments as e
    where e.course_id = v_course_id and e.status in ('active', 'completed', 'withdrawn')
    order by e.id for update;
    update public.enrollments e
    set
      lessons_completed = n.lessons_completed,
      progress = n.progress,
      status = n.status,
      completed_at = n.completed_at,
      completed_version = n.completed_version
    from private.enrollment_counts as n
    where n.enrollment_id = e.id
      and n.course_id = v_course_id and e.course_id = v_course_id
      and e.status in ('active', 'completed', 'withdrawn')
      and (e.lessons_completed, e.progress, e.status)
      <> (n.lessons_completed, n.progress, n.status);
  end loop;
end
$$;
comment on function private.recount_progress(uuid[]) is
'Brings the counts of whole courses up to date, all learners of a course in one statement.';

-- Which lessons count has changed. One function for three triggers: a transition table has a name
-- an event.
create function private.tg_recount_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_ids uuid [];
begin
  if tg_op = 'INSERT' then
    v_course_ids := array(select distinct n.course_id from new_rows as n where n.published);
  elsif tg_op = 'DELETE' then
    v_course_ids := array(select distinct o.course_id from old_rows as o where o.published);
  else
    v_course_ids := array(
      select distinct n.course_id from new_rows as n inner join old_rows as o on o.id = n.id
      where n.published <> o.published or (n.published and n.required <> o.required)
    );
  end if;
  if cardinality(v_course_ids) > 0 then
    update public.courses c set version = c.version + 1 where c.id = any(v_course_ids);
    perform private.recount_progress(v_course_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_recount_lessons() is
'Keeps counts, version and every learner''s progress right when lessons come, go or change what '
'they count for.';

create trigger t40_recount_lessons_insert
after insert on public.lessons
referencing new table as new_rows
for each statement execute function private.tg_recount_lessons();
create trigger t40_recount_lessons_update
after update on public.lessons
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_recount_lessons();
create trigger t40_recount_lessons_delete
after delete on public.lessons
referencing old table as old_rows
for each statement execute function private.tg_recount_lessons();

-- Writing -----------------------------------------------------------------------------------------

-- In plpgsql, which keeps its plan: it runs in every report of a video.
create function private.watched_share(p_watched int4multirange, p_duration_minutes numeric)
returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  if p_duration_minutes > 0 then
    return coalesce(
      (select sum(upper(r) - lower(r)) from unnest(p_watched) as r) / (p_duration_minutes * 60), 0
    );
  end if;
  return 0;
end
$$;
comment on function private.watched_share(int4multirange, numeric) is
'Distinct seconds watched as a share of the playing time; 0 when the playing time is unknown.';

create function private.share(p_threshold numeric) returns numeric
language plpgsql immutable
set search_path = ''
as $$
begin
  return case when p_threshold <= 1 then p_threshold else p_threshold / 100 end;
end
$$;
comment on function private.share(numeric) is
'A completion threshold, per cent or share, as a share.';

-- The gate of both writing functions. Locks the lesson against deletion, then the enrollment, and
-- raises unless the lesson is open to the caller. A lesson that he completed passes whatever has
-- happened to its rules since. What is not kept as open is worked out and, where it is, kept.
create function private.enter_lesson(p_user_id uuid, p_lesson_id uuid) returns public.lessons
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_lesson public.lessons;
  v_status public.enrollment_status;
  v_access record;
begin
  select * into v_lesson from public.lessons as l where l.id = p_lesson_id for key share;
  -- Who waits for a seat is not locked: the waitlist passes over locked rows. Whoever is not found
  -- active is looked at again, so that nobody who has become so goes on unlocked.
  loop
    select e.status into v_status
    from public.enrollments as e
    where e.course_id = v_lesson.course_id and e.user_id = p_user_id
      and e.status in ('active', 'completed') for update;
    exit when found;
    select e.status into v_status
    from public.enrollments as e
    where e.course_id = v_lesson.course_id and e.user_id = p_user_id;
    exit when v_status is null or v_status not in ('active', 'completed');
  end loop;
  if v_lesson.id is null or (v_lesson.is_listed is not true and v_status is null) then
    raise sqlstate 'PT404' using
      message = 'lesson_not_found',
      detail = 'There is no published lesson with this id.',
      hint = 'Look it up in the outline of the course.';
  end if;
  if v_status is null or v_status not in ('active', 'completed') then
    raise sqlstate 'PT403' using
      message = 'not_enrolled',
      detail = case v_status
        when 'pending' then 'Your enrollment waits for approval.'
        when 'waitlisted' then 'You are on the waitlist of this course.'
        else 'You are not enrolled in this course.'
      end,
      hint = 'Enroll in the course first.';
  end if;
  if exists (
    select from private.open_lessons as o
    where o.user_id = p_user_id and o.course_id = v_lesson.course_id
      and o.ends_at > clock_timestamp() and p_lesson_id = any(o.lesson_ids)
  ) then
    return v_lesson;
  end if;
  select s.is_open, s.reason, s.opens_at into v_access
  from private.lesson_states(p_user_id, array[v_lesson.course_id]) as s
  where s.lesson_id = p_lesson_id;
  -- A preview is open to anyone, but counts for those who have the right to the course.
  if v_access.is_open is not true
    or (v_lesson.preview and not private.is_entitled(p_user_id, v_lesson.course_id)) then
    raise sqlstate 'PT403' using
      message = 'lesson_locked',
      detail = coalesce(
        v_access.reason, case when v_access.is_open then 'entitlement_ended' end, 'lesson_unpublished'
      )
        || coalesce(to_char(
          v_access.opens_at at time zone 'UTC', '" until "YYYY-MM-DD"T"HH24:MI:SS"Z"'
        ), ''),
      hint = 'explain_access says what opens the lesson.';
  end if;
  perform private.keep_open_lessons(p_user_id, v_lesson.course_id);
  return v_lesson;
end
$$;
comment on function private.enter_lesson(uuid, uuid) is
'The lesson, locked, when it is open to the person; lesson_not_found, not_enrolled or '
'lesson_locked otherwise.';

create function private.bank_lesson(
  p_user_id uuid, p_lesson public.lessons, p_seen_at timestamptz default null
) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_progress public.lesson_progress;
begin
  insert into public.lesson_progress as lp (user_id, lesson_id, course_id, state, completed_at)
  values (p_user_id, p_lesson.id, p_lesson.course_id, 'completed', now())
  on conflict (user_id, lesson_id) do update
  set
    state = 'completed',
    completed_at = coalesce(lp.completed_at, excluded.completed_at),
    updated_at = now()
  returning lp.* into v_progress;
  perform private.recount_learner(p_lesson.course_id, p_user_id, p_seen_at);
  return v_progress;
end
$$;
comment on function private.bank_lesson(uuid, public.lessons, timestamptz) is
'Completes a lesson for a person whose enrollment is locked, and recounts; p_seen_at as in '
'recount_learner.';

create function private.record_progress(
  p_lesson_id uuid, p_position_seconds integer, p_watched int4multirange,
  p_seconds_spent integer, p_event_id uuid
) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons;
  v_progress public.lesson_progress;
  v_event_lesson_id uuid;
  -- Whole seconds of the video; a day where the playing time is unknown.
  v_seconds integer;
  v_position integer;
  v_watched int4multirange;
begin
  if p_position_seconds < 0 or p_seconds_spent not between 0 and 86400
    or lower_inf(p_watched) or upper_inf(p_watched) or lower(p_watched) < 0
    or (select count(*) from unnest(p_watched)) > 1000 then
    raise sqlstate 'PT422' using
      message = 'invalid_progress',
      detail = 'Seconds count from 0; time spent is at most a day; at most 1,000 watched ranges.',
      hint = 'Send watched as {[0,30),[60,90)} in whole seconds.';
  end if;
  v_lesson := private.enter_lesson(v_user_id, p_lesson_id);
  if p_event_id is not null then
    insert into private.progress_events (user_id, event_id, lesson_id)
    values (v_user_id, p_event_id, p_lesson_id)
    on conflict (user_id, event_id) do nothing;
    if not found then
      select v.lesson_id into v_event_lesson_id
      from private.progress_events as v where v.user_id = v_user_id and v.event_id = p_event_id;
      if v_event_lesson_id <> p_lesson_id then
        raise sqlstate 'PT409' using
          message = 'event_id_reused',
          detail = 'This event id belongs to a report about another lesson.',
          hint = 'Make a new id for each report; repeat it only to retry.';
      end if;
      select * into v_progress
      from public.lesson_progress as lp where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id;
      return v_progress;
    end if;
  end if;
  v_seconds := case
    when v_lesson.duration_minutes > 0 then ceil(v_lesson.duration_minutes * 60) else 86400
  end;
  v_position := least(coalesce(p_position_seconds, 0), v_seconds);
  v_watched := coalesce(p_watched, '{}'::int4multirange) * int4multirange(int4range(0, v_seconds));
  -- The enrollment is locked. Each in its turn, as an upsert calls the triggers of both.
  update public.lesson_progress lp
  set
    position_seconds = greatest(lp.position_seconds, v_position),
    watched = lp.watched + v_watched,
    seconds_spent = least(
      lp.seconds_spent::bigint + coalesce(p_seconds_spent, 0), 2147483647
    )::integer,
    updated_at = now()
  where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id
  returning lp.* into v_progress;
  if not found then
    insert into public.lesson_progress as lp (
      user_id, lesson_id, course_id, position_seconds, watched, seconds_spent
    )
    values (
      v_user_id, p_lesson_id, v_lesson.course_id, v_position, v_watched,
      coalesce(p_seconds_spent, 0)
    )
    returning lp.* into v_progress;
  end if;
  perform private.note_activity(v_user_id, v_lesson.course_id, coalesce(p_seconds_spent, 0));
  if v_progress.state = 'started' and v_lesson.completion_rule = 'watch'
    and private.watched_share(v_progress.watched, v_lesson.duration_minutes)
    >= private.share(v_lesson.completion_threshold) then
    return private.bank_lesson(v_user_id, v_lesson);
  end if;
  return v_progress;
end
$$;
comment on function private.record_progress(uuid, integer, int4multirange, integer, uuid) is
'Body of public.record_progress.';

create function public.record_progress(
  lesson_id uuid, position_seconds integer default null, watched int4multirange default null,
  seconds_spent integer default null, event_id uuid default null
) returns public.lesson_progress
language sql volatile
set search_path = ''
begin atomic
  select private.record_progress(
    record_progress.lesson_id, record_progress.position_seconds, record_progress.watched,
    record_progress.seconds_spent, record_progress.event_id
  );
end;
comment on function public.record_progress(uuid, integer, int4multirange, integer, uuid) is
'Merges a report about an open lesson into the caller''s progress and returns it: watched ranges'
' are united, position only grows, seconds_spent is added. The same event_id counts once. Rule '
'watch completes here, once the threshold of distinct seconds is reached. Errors: '
'not_authenticated 42501, lesson_not_found PT404, not_enrolled and lesson_locked PT403, '
'invalid_progress PT422, event_id_reused PT409.';
grant execute on function private.record_progress(uuid, integer, int4multirange, integer, uuid)
to authenticated;
grant execute on function public.record_progress(uuid, integer, int4multirange, integer, uuid)
to authenticated;

create function private.complete_lesson(p_lesson_id uuid) returns public.lesson_progress
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons := private.enter_lesson(v_user_id, p_lesson_id);
  v_progress public.lesson_progress;
begin
  select * into v_progress
  from public.lesson_progress as lp where lp.user_id = v_user_id and lp.lesson_id = p_lesson_id;
  if v_progress.state = 'completed' then
    return v_progress;
  end if;
  if v_lesson.completion_rule in ('view', 'manual')
    or (
      v_lesson.completion_rule = 'watch'
      and private.watched_share(v_progress.watched, v_lesson.duration_minutes)
      >= private.share(v_lesson.completion_threshold)
    ) then
    perform private.note_day(v_user_id, v_lesson.course_id, 0);
    return private.bank_lesson(v_user_id, v_lesson, now());
  end if;
  raise sqlstate 'PT409' using
    message = 'lesson_rule',
    detail = case v_lesson.completion_rule
      when 'watch' then format(
        'Watched %s of %s per cent of the video.',
        trunc(100 * private.watched_share(v_progress.watched, v_lesson.duration_minutes)),
        trunc(100 * private.share(v_lesson.completion_threshold))
      )
      when 'pass' then 'This lesson is completed by passing its quiz.'
      else 'This lesson is completed when staff accept the work.'
    end,
    hint = 'Report watched ranges with record_progress, or do what the rule asks.';
end
$$;
comment on function private.complete_lesson(uuid) is 'Body of public.complete_lesson.';

create function public.complete_lesson(lesson_id uuid) returns public.lesson_progress
language sql volatile
set search_path = ''
begin atomic
  select private.complete_lesson(complete_lesson.lesson_id);
end;
comment on function public.complete_lesson(uuid) is
'Completes an open lesson for the caller where its rule is his to fulfil (view, manual, watch '
'once watched) and returns the progress. Idempotent. Errors: lesson_rule PT409, lesson_not_found'
' PT404, not_enrolled and lesson_locked PT403, not_authenticated 42501.';
grant execute on function private.complete_lesson(uuid) to authenticated;
grant execute on function public.complete_lesson(uuid) to authenticated;

-- Audit -------------------------------------------------------------------------------------------

create function private.progress_audit()
returns table (drift text, course_id uuid, subject_id uuid, stored text, expected text)
language sql stable
security definer set search_path = ''
as $$
  select 'enrollment_counts', e.course_id, e.id, (e.lessons_completed, e.progress)::text,
    (n.lessons_completed, n.progress)::text
  from public.enrollments as e
  inner join private.enrollment_counts as n on n.enrollment_id = e.id
  where e.status in ('active', 'completed', 'withdrawn')
    and (e.lessons_completed, e.progress) <> (n.lessons_completed, n.progress)
  union all
  select 'completion_not_banked', e.course_id, e.id, e.status::text, 'completed'
  from public.enrollments as e
  where (e.status = 'active' and (e.progress = 100 or e.completed_at is not null))
    or (e.completed_at is null) <> (e.completed_version is null)
  union all
  select 'course_counts', c.id, c.id, (c.lesson_count, c.required_count)::text,
    (n.lesson_count, n.required_count)::text
  from public.courses as c
  left join lateral (
    select count(*) as lesson_count, count(*) filter (where l.required) as required_count
    from public.lessons as l where l.course_id = c.id and l.published
  ) as n on true
  where (c.lesson_count, c.required_count) <> (n.lesson_count, n.required_count)
  union all
  select 'module_listed', m.course_id, m.id, m.is_listed::text, c.published::text
  from public.modules as m inner join public.courses as c on c.id = m.course_id
  where m.is_listed <> c.published
  union all
  select 'lesson_listed', l.course_id, l.id, l.is_listed::text, (l.published and c.published)::text
  from public.lessons as l inner join public.courses as c on c.id = l.course_id
  where l.is_listed <> (l.published and c.published)
  union all
  select 'content_public', t.course_id, t.lesson_id, t.is_public::text,
    (l.preview and l.is_listed)::text
  from public.lesson_contents as t inner join public.lessons as l on l.id = t.lesson_id
  where t.is_public <> (l.preview and l.is_listed)
  union all
  select 'seat_idle', c.id, c.id, n.taken::text, 'waitlist moved up'
  from public.courses as c
  inner join (
    select
      e.course_id,
      count(*) filter (where e.status in ('active', 'completed')) as taken,
      count(*) filter (
        where e.status = 'waitlisted' and private.is_entitled(e.user_id, e.course_id)
      ) as waiting
    from public.enrollments as e group by e.course_id
  ) as n on n.course_id = c.id
  where n.waiting > 0 and (c.capacity is null or n.taken < c.capacity)
  union all
  select 'right_missing', e.course_id, e.id, e.status::text, 'an entitlement'
  from public.enrollments as e
  where e.status in ('active', 'completed') and not exists (
    select from public.entitlements as t where t.user_id = e.user_id and t.course_id = e.course_id
  )
$$;
comment on function private.progress_audit() is
'Every place where a stored count, flag or state differs from the facts it follows from; empty '
'when all is well.';

create function private.prune_progress_events() returns integer
language sql volatile
security definer set search_path = ''
as $$
  with gone as (
    delete from private.progress_events v
    where v.created_at < now() - interval '30 days' returning 1
  )
  select count(*)::integer from gone
$$;
comment on function private.prune_progress_events() is
'Forgets event ids older than 30 days and returns how many; scheduled daily where pg_cron is '
'installed.';

do $$
begin
  if exists (select from pg_extension where extname = 'pg_cron') then
    perform cron.schedule(
      'lyceum_prune_progress_events', '17 3 * * *', 'select private.prune_progress_events()'
    );
  end if;
end
$$;
