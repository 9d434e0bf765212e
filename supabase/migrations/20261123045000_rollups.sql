-- Rollups: precomputed sums, so that dashboards need not count rows.
--
-- Invariants
--   * A statement that changes enrollments, progress, days, certificates or accounts writes facts:
--     what counted before and what counts after. private.fact_deltas has the one formula for what a
--     fact adds to which sum.
--   * private.fold_facts adds the facts to the sums and deletes them, in one statement. Nothing
--     else writes sums, besides the repair. Readers add sums and facts in one snapshot, in
--     course_sums() and lesson_sums(), so that the total equals a recount at any time.
--     private.analytics_audit() in the next file lists every drift.
--   * Days are days of UTC; those of activity and time are days of the learner. A bucket stores a
--     day as its distance from private.day_zero().
--
-- Locks: one fold at a time; docs/locks.md has its place.

create function private.day_zero() returns date
language sql immutable
set search_path = ''
as $$
  select date '2000-01-01'
$$;
comment on function private.day_zero() is
'The day with the number 0. Immutable without arguments: the planner replaces it by a constant.';

-- The fillfactor, here and below, leaves room for HOT updates: only amounts change.
create table private.course_rollups (
  course_id uuid not null,
  metric text not null,
  bucket integer not null,
  amount bigint not null,
  constraint course_rollups_pkey primary key (course_id, metric, bucket)
) with (fillfactor = 85);
comment on table private.course_rollups is
'Sums of a course, and of the platform, as of the last fold; private.course_sums has the current '
'ones.';
comment on column private.course_rollups.course_id is
'The course; private.everyone() for the sum of all courses.';
comment on column private.course_rollups.metric is
'pending, waitlisted, active, completed, withdrawn: enrollments by status; left: withdrawn after '
'a first lesson. Of enrollments that hold a seat: enrolled, finished, seen (last activity), '
'seen_active (the same, active only) by day; progress in hundredths; duration: completions by '
'the days they took. lessons_completed, present (active learners), seconds by day; score: '
'results by tenth; score_sum in hundredths; certificates in force. Of the platform also last_day: '
'learners by the last day of activity; learner, instructor, admin: accounts by role.';
comment on column private.course_rollups.bucket is
'By metric the day (since day_zero), a number of days or the tenth of a score; otherwise 0.';
alter table private.course_rollups enable row level security;
revoke all on private.course_rollups from public, anon, authenticated, service_role;

create table private.course_ranks (
  course_id uuid not null,
  active bigint not null,
  constraint course_ranks_pkey primary key (course_id)
);
comment on table private.course_ranks is
'The sums active of courses with learners, in an index, which course_rollups, whose sums change '
'with every fold, should not have.';
create index course_ranks_active_course_id_idx
on private.course_ranks (active desc, course_id);
alter table private.course_ranks enable row level security;
revoke all on private.course_ranks from public, anon, authenticated, service_role;

create table private.lesson_rollups (
  lesson_id uuid not null,
  metric text not null,
  bucket integer not null,
  course_id uuid not null,
  amount bigint not null,
  constraint lesson_rollups_pkey primary key (lesson_id, metric, bucket)
) with (fillfactor = 85);
comment on table private.lesson_rollups is
'Sums of a lesson as of the last fold; private.lesson_sums has the current ones.';
comment on column private.lesson_rollups.metric is
'started, completed: learners; seconds; score: results by tenth; score_sum in hundredths.';
create index lesson_rollups_course_id_idx on private.lesson_rollups (course_id);
alter table private.lesson_rollups enable row level security;
revoke all on private.lesson_rollups from public, anon, authenticated, service_role;

-- One branch a kind of fact: a single list of all amounts takes five times as long.
create view private.fact_deltas with (security_invoker = true) as
select
  f.ctid as place,
  f.course_id,
  null::uuid as lesson_id,
  v.metric,
  f.day - private.day_zero() as bucket,
  v.amount,
  '{present,seconds}'::text[] as course_metrics
from private.facts as f
cross join
  lateral (
    values
    ('present', f.present::bigint), ('seconds', f.day_seconds::bigint)
  ) as v (metric, amount)
where f.day is not null and v.amount <> 0
union all
select
  f.ctid as place,
  f.course_id,
  v.lesson_id,
  v.metric,
  v.bucket,
  v.amount,
  '{}'::text[] as course_metrics
from private.facts as f
cross join
  lateral (
    values
    (f.lesson_id, 'started', 0, f.started::bigint),
    (f.lesson_id, 'seconds', 0, f.seconds::bigint)
  ) as v (lesson_id, metric, bucket, amount)
where f.lesson_id is not null and v.amount <> 0
union all
select
  f.ctid as place,
  f.course_id,
  v.lesson_id,
  v.metric,
  v.bucket,
  v.amount,
  '{lessons_completed}'::text[] as course_metrics
from private.facts as f
cross join
  lateral (
    values
    (
      f.lesson_id, 'completed', 0,
      (f.completed_to is not null)::integer::bigint
      - (f.completed_from is not null)::integer
    ),
    (null::uuid, 'lessons_completed', f.completed_to - private.day_zero(), 1::bigint),
    (null::uuid, 'lessons_completed', f.completed_from - private.day_zero(), -1::bigint)
  ) as v (lesson_id, metric, bucket, amount)
where
  f.completed_to is distinct from f.completed_from
  and v.bucket is not null and v.amount <> 0
union all
select
  f.ctid as place,
  f.course_id,
  t.lesson_id,
  s.metric,
  s.bucket,
  s.amount,
  '{score,score_sum}'::text[] as course_metrics
from private.facts as f
cross join lateral (values (f.lesson_id), (null::uuid)) as t (lesson_id)
cross join
  lateral (
    values
    -- The tenth of 100 per cent is the last one, too.
    ('score', f.score_to / 1000 - f.score_to / 10000, 1::bigint),
    ('score', f.score_from / 1000 - f.score_from / 10000, -1::bigint),
    ('score_sum', 0, coalesce(f.score_to, 0)::bigint - coalesce(f.score_from, 0))
  ) as s (metric, bucket, amount)
where
  f.score_to is distinct from f.score_from
  and s.bucket is not null and s.amount <> 0
union all
-- The same seat: another day of activity, other progress.
select
  f.ctid as place,
  f.course_id,
  null::uuid as lesson_id,
  v.metric,
  v.bucket,
  v.amount,
  '{seen,seen_active,progress}'::text[] as course_metrics
from private.facts as f
cross join
  lateral (
    values
    ('seen', f.seen_to - private.day_zero(), 1::bigint),
    ('seen', f.seen_from - private.day_zero(), -1::bigint),
    (
      'seen_active',
      case when f.status_to = 'active' then f.seen_to - private.day_zero() end, 1::bigint
    ),
    (
      'seen_active',
      case when f.status_to = 'active' then f.seen_from - private.day_zero() end,
      -1::bigint
    ),
    ('progress', 0, f.progress_to::bigint - f.progress_from)
  ) as v (metric, bucket, amount)
where
  f.status_to = f.status_from and f.status_to in ('active', 'completed')
  and f.enrolled_to = f.enrolled_from
  and (f.finished_to, f.took_to)
  is not distinct from (f.finished_from, f.took_from)
  and v.bucket is not null and v.amount <> 0
union all
select
  f.ctid as place,
  f.course_id,
  null::uuid as lesson_id,
  v.metric,
  v.bucket,
  v.amount,
  array[
    'pending', 'waitlisted', 'active', 'completed', 'withdrawn', 'left', 'enrolled', 'seen',
    'seen_active', 'progress', 'finished', 'duration'
  ] as course_metrics
from private.facts as f
cross join
  lateral (
    values
    (f.status_to::text, 0, 1::bigint),
    (f.status_from::text, 0, -1::bigint),
    (
      'left', 0, coalesce(f.left_to, false)::integer::bigint
      - coalesce(f.left_from, false)::integer
    ),
    (
      'enrolled', case
        when f.status_to in ('active', 'completed')
          then f.enrolled_to - private.day_zero()
      end, 1::bigint
    ),
    (
      'enrolled', case
        when f.status_from in ('active', 'completed')
          then f.enrolled_from - private.day_zero()
      end, -1::bigint
    ),
    (
      'seen', case
        when f.status_to in ('active', 'completed') then f.seen_to - private.day_zero()
      end, 1::bigint
    ),
    (
      'seen', case
        when f.status_from in ('active', 'completed')
          then f.seen_from - private.day_zero()
      end, -1::bigint
    ),
    (
      'seen_active',
      case when f.status_to = 'active' then f.seen_to - private.day_zero() end, 1::bigint
    ),
    (
      'seen_active',
      case when f.status_from = 'active' then f.seen_from - private.day_zero() end,
      -1::bigint
    ),
    (
      'progress', 0,
      case
        when f.status_to in ('active', 'completed') then f.progress_to else 0
      end::bigint
      - case when f.status_from in ('active', 'completed') then f.progress_from else 0 end
    ),
    ('finished', f.finished_to - private.day_zero(), 1::bigint),
    ('finished', f.finished_from - private.day_zero(), -1::bigint),
    ('duration', f.took_to, 1::bigint),
    ('duration', f.took_from, -1::bigint)
  ) as v (metric, bucket, amount)
where
  coalesce(f.status_to, f.status_from) is not null
  and not coalesce(
    f.status_to = f.status_from and f.status_to in ('active', 'completed')
    and f.enrolled_to = f.enrolled_from
    and (f.finished_to, f.took_to)
    is not distinct from (f.finished_from, f.took_from), false
  )
  and v.metric is not null and v.bucket is not null and v.amount <> 0
union all
-- Accounts are of the course everyone().
select
  f.ctid as place,
  f.course_id,
  null::uuid as lesson_id,
  v.metric,
  0 as bucket,
  v.amount,
  '{certificates,learner,instructor,admin}'::text[] as course_metrics
from private.facts as f
cross join
  lateral (
    values
    ('certificates', f.certificates::bigint),
    (f.role_to::text, 1::bigint),
    (f.role_from::text, -1::bigint)
  ) as v (metric, amount)
where
  (f.certificates is not null or f.role_to is distinct from f.role_from)
  and v.metric is not null and v.amount <> 0;
comment on view private.fact_deltas is
'What each fact (by its ctid) adds to the sums of its course and, where lesson_id is set, of a '
'lesson: the one formula. course_metrics lists what its kind can add to the sums of the course.';

revoke all on private.fact_deltas from public, anon, authenticated, service_role;

create function private.course_sums(
  p_course_ids uuid[], p_metrics text[], p_first_bucket integer default -2147483648
)
returns table (course_id uuid, metric text, bucket integer, amount bigint)
language plpgsql stable
-- A plan that is made while no fact waits would scan all facts, and is cached until many wait.
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
set enable_seqscan = off
as $$
declare
  -- The facts of most calls change no count.
  v_is_count boolean := p_metrics <@ '{pending,waitlisted,active,completed,withdrawn,certificates,'
    'learner,instructor,admin}';
begin
  return query
  select r.course_id, r.metric, r.bucket, r.amount
  from private.course_rollups as r
  where r.course_id = any(coalesce(p_course_ids, array[private.everyone()]))
    and r.metric = any(p_metrics) and r.bucket >= p_first_bucket;
  -- Apart: mostly nothing waits, and the plan of the formula is long.
  if p_course_ids is null and exists (
    select from private.facts as f
    where not v_is_count or f.status_to is distinct from f.status_from
      or f.certificates is not null or f.role_to is distinct from f.role_from
  ) then
    return query
    select private.everyone(), d.metric, d.bucket, d.amount
    from private.fact_deltas as d
    where d.lesson_id is null and d.metric = any(p_metrics) and d.bucket >= p_first_bucket
      -- Each branch has one constant: those that add to other metrics do not run.
      and d.course_metrics && p_metrics;
  elsif exists (
    select from private.facts as f
    where f.course_id = any(p_course_ids)
      and (
        not v_is_count or f.status_to is distinct from f.status_from
        or f.certificates is not null
      )
  ) then
    return query
    select d.course_id, d.metric, d.bucket, d.amount
    from private.fact_deltas as d
    where d.course_id = any(p_course_ids) and d.lesson_id is null and d.metric = any(p_metrics)
      and d.bucket >= p_first_bucket
      and d.course_metrics && p_metrics;
  end if;
end
$$;
comment on function private.course_sums(uuid[], text[], integer) is
'The current sums of courses, null: of the platform, in parts: the value of a metric and bucket is '
'the total of its rows.';

create function private.lesson_sums(p_course_id uuid)
returns table (lesson_id uuid, metric text, bucket integer, amount bigint)
language plpgsql stable
-- As course_sums.
security definer set search_path = '' set enable_seqscan = off
as $$
begin
  return query
  select r.lesson_id, r.metric, r.bucket, r.amount
  from private.lesson_rollups as r
  where r.course_id = p_course_id;
  if exists (select from private.facts as f where f.course_id = p_course_id) then
    return query
    select d.lesson_id, d.metric, d.bucket, d.amount
    from private.fact_deltas as d
    where d.course_id = p_course_id and d.lesson_id is not null;
  end if;
end
$$;
comment on function private.lesson_sums(uuid) is
'The current sums of the lessons of a course, in parts as those of course_sums.';

create function private.tg_note_enrollments() returns trigger
language plpgsql
security definer set search_path = '' set timezone = 'UTC'
as $$
begin
  if tg_op = 'UPDATE' then
    insert into private.facts (
      course_id, user_id, kind, detail, status_from, status_to, enrolled_from, enrolled_to,
      seen_from, seen_to, progress_from, progress_to, finished_from, finished_to, took_from,
      took_to, left_from, left_to
    )
    select
      coalesce(n.course_id, o.course_id), coalesce(n.user_id, o.user_id),
      case
        when n.completed_at is not null and o.completed_at is null then 'course_completed'
        when n.status = 'withdrawn' and o.status in ('active', 'completed') then 'withdrawn'
      end,
      case
        when n.completed_at is not null and o.completed_at is null
          then jsonb_build_object('version', n.completed_version)
        when n.status = 'withdrawn' and o.status in ('active', 'completed')
          then jsonb_build_object('progress', n.progress)
      end,
      o.status, n.status, o.enrolled_at::date, n.enrolled_at::date,
      o.last_activity_at::date, n.last_activity_at::date, o.progress * 100, n.progress * 100,
      case when o.status in ('active', 'completed') then o.completed_at::date end,
      case when n.status in ('active', 'completed') then n.completed_at::date end,
      case
        when o.status in ('active', 'completed') and o.completed_at >= o.enrolled_at
          then extract(day from o.completed_at - o.enrolled_at)
      end,
      case
        when n.status in ('active', 'completed') and n.completed_at >= n.enrolled_at
          then extract(day from n.completed_at - n.enrolled_at)
      end,
      o.status = 'withdrawn' and o.lessons_completed > 0,
      n.status = 'withdrawn' and n.lessons_completed > 0
    from new_rows as n
    full join old_rows as o on o.id = n.id and o.course_id = n.course_id
    -- Most updates only move last_activity_at within the same day.
    where
      (n.status, n.progress, n.enrolled_at, n.completed_at, n.lessons_completed > 0, n.has_left)
      is distinct from
      (o.status, o.progress, o.enrolled_at, o.completed_at, o.lessons_completed > 0, o.has_left)
      or n.last_activity_at::date is distinct from o.last_activity_at::date
      or n.last_activity_at < o.last_activity_at;
  elsif tg_op = 'INSERT' then
    insert into private.facts (
      course_id, user_id, kind, detail, status_to, enrolled_to, seen_to, progress_to, finished_to,
      took_to, left_to
    )
    select
      n.course_id, n.user_id,
      case when n.completed_at is not null then 'course_completed' end,
      case
        when n.completed_at is not null then jsonb_build_object('version', n.completed_version)
      end,
      n.status, n.enrolled_at::date, n.last_activity_at::date, n.progress * 100,
      case when n.status in ('active', 'completed') then n.completed_at::date end,
      -- A learner who returns after completing has a completion older than the enrollment.
      case
        when n.status in ('active', 'completed') and n.completed_at >= n.enrolled_at
          then extract(day from n.completed_at - n.enrolled_at)
      end,
      n.status = 'withdrawn' and n.lessons_completed > 0
    from new_rows as n;
  else
    insert into private.facts (
      course_id, user_id, status_from, enrolled_from, seen_from, progress_from, finished_from,
      took_from, left_from
    )
    select
      o.course_id, o.user_id, o.status, o.enrolled_at::date, o.last_activity_at::date,
      o.progress * 100,
      case when o.status in ('active', 'completed') then o.completed_at::date end,
      case
        when o.status in ('active', 'completed') and o.completed_at >= o.enrolled_at
          then extract(day from o.completed_at - o.enrolled_at)
      end,
      o.status = 'withdrawn' and o.lessons_completed > 0
    from old_rows as o;
  end if;
  return null;
end
$$;
comment on function private.tg_note_enrollments() is
'Writes the facts of a change of enrollments. One function serves three triggers: Postgres allows '
'transition tables only on single-event triggers.';

create trigger t50_note_enrollments_insert
after insert on public.enrollments
referencing new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_note_enrollments();
create trigger t50_note_enrollments_update
after update on public.enrollments
referencing old table as old_rows new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_note_enrollments();
create trigger t50_note_enrollments_delete
after delete on public.enrollments
referencing old table as old_rows
for each statement execute function private.tg_note_enrollments();

create function private.tg_note_progress() returns trigger
language plpgsql
security definer set search_path = '' set timezone = 'UTC'
as $$
begin
  if tg_op = 'UPDATE' then
    insert into private.facts (
      course_id, user_id, lesson_id, started, seconds, completed_from, completed_to, score_from,
      score_to
    )
    select
      coalesce(n.course_id, o.course_id), coalesce(n.user_id, o.user_id),
      coalesce(n.lesson_id, o.lesson_id),
      case
        when n.user_id is null then -1
        when o.user_id is null then 1
        when n.started_at <> o.started_at then 0
      end,
      coalesce(n.seconds_spent, 0) - coalesce(o.seconds_spent, 0),
      case when o.status = 'completed' then o.completed_at::date end,
      case when n.status = 'completed' then n.completed_at::date end,
      o.score * 100, n.score * 100
    from new_rows as n
    full join old_rows as o
      on o.user_id = n.user_id and o.lesson_id = n.lesson_id and o.course_id = n.course_id
    -- The order of results is that of their last change.
    where (n.status, n.seconds_spent, n.score, n.completed_at, n.started_at)
      is distinct from (o.status, o.seconds_spent, o.score, o.completed_at, o.started_at)
      or (n.score is not null and n.updated_at <> o.updated_at);
  elsif tg_op = 'INSERT' then
    insert into private.facts (
      course_id, user_id, lesson_id, started, seconds, completed_to, score_to
    )
    select
      n.course_id, n.user_id, n.lesson_id, 1, n.seconds_spent,
      case when n.status = 'completed' then n.completed_at::date end, n.score * 100
    from new_rows as n;
  else
    insert into private.facts (
      course_id, user_id, lesson_id, started, seconds, completed_from, score_from
    )
    select
      o.course_id, o.user_id, o.lesson_id, -1, -o.seconds_spent,
      case when o.status = 'completed' then o.completed_at::date end, o.score * 100
    from old_rows as o;
  end if;
  return null;
end
$$;
comment on function private.tg_note_progress() is 'Writes the facts of a change of progress.';

create trigger t50_note_progress_insert
after insert on public.lesson_progress
referencing new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_note_progress();
create trigger t50_note_progress_update
after update on public.lesson_progress
referencing old table as old_rows new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_note_progress();
create trigger t50_note_progress_delete
after delete on public.lesson_progress
referencing old table as old_rows
for each statement execute function private.tg_note_progress();

create function private.tg_note_days() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    -- A full join, here and above: a row whose key changes leaves its old sums.
    insert into private.facts (course_id, user_id, day, present, day_seconds)
    select
      coalesce(n.course_id, o.course_id), coalesce(n.user_id, o.user_id), coalesce(n.day, o.day),
      (n.day is not null)::integer - (o.day is not null)::integer,
      coalesce(n.seconds, 0) - coalesce(o.seconds, 0)
    from new_rows as n
    full join old_rows as o
      on o.user_id = n.user_id and o.course_id = n.course_id and o.day = n.day
    where n.seconds is distinct from o.seconds;
  elsif tg_op = 'INSERT' then
    insert into private.facts (course_id, user_id, day, present, day_seconds)
    select n.course_id, n.user_id, n.day, 1, n.seconds from new_rows as n;
  else
    insert into private.facts (course_id, user_id, day, present, day_seconds)
    select o.course_id, o.user_id, o.day, -1, -o.seconds from old_rows as o;
  end if;
  return null;
end
$$;
comment on function private.tg_note_days() is 'Writes the facts of a change of learner_days.';

create trigger t50_note_days_insert
after insert on private.learner_days
referencing new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_note_days();
create trigger t50_note_days_update
after update on private.learner_days
referencing old table as old_rows new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_note_days();
create trigger t50_note_days_delete
after delete on private.learner_days
referencing old table as old_rows
for each statement execute function private.tg_note_days();

create function private.lock_sums() returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('sums', 7));
end
$$;
comment on function private.lock_sums() is
'Waits for the fold that is running and keeps others out; writers of facts do not wait.';

create function private.try_lock_sums() returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  return pg_try_advisory_xact_lock(hashtextextended('sums', 7));
end
$$;
comment on function private.try_lock_sums() is 'As lock_sums, or answers false at once.';

-- The number of the last event. Not a sequence: an aborted fold must leave no gap.
create table private.event_counter (
  is_only boolean not null default true,
  seq bigint not null,
  constraint event_counter_pkey primary key (is_only),
  constraint event_counter_is_only_check check (is_only)
);
comment on table private.event_counter is 'One row: the number of the last event.';
alter table private.event_counter enable row level security;
revoke all on private.event_counter from public, anon, authenticated, service_role;

insert into private.event_counter (seq) values (0);

create function private.fold_last_days(p_user_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  with moved as materialized (select m.* from private.last_day_moves(p_user_ids) as m),

  gone as (
    delete from private.last_days n
    using moved as m where n.user_id = m.user_id and m.day_to is null
  ),

  stored as (
    insert into private.last_days as n (user_id, day)
    select m.user_id, m.day_to from moved as m where m.day_to is not null
    on conflict (user_id) do update set day = excluded.day
  )

  insert into private.course_rollups as r (course_id, metric, bucket, amount)
  select private.everyone(), 'last_day', v.day - private.day_zero(), sum(v.amount)
  from moved as m
  cross join lateral (values (m.day_from, -1), (m.day_to, 1)) as v (day, amount)
  where v.day is not null
  group by v.day having sum(v.amount) <> 0
  on conflict (course_id, metric, bucket) do update set amount = r.amount + excluded.amount;
  delete from private.course_rollups r
  where r.course_id = private.everyone() and r.metric = 'last_day' and r.amount = 0;
end
$$;
comment on function private.fold_last_days(uuid[]) is
'Stores the last day of activity of learners, and counts them by it; for the fold and the repair.';

create function private.rank_courses(p_course_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  with summed as materialized (
    select
      r.course_id, coalesce(sum(r.amount) filter (where r.metric = 'active'), 0) as active
    from private.course_rollups as r
    where r.course_id = any(p_course_ids) and r.metric in ('active', 'completed') and r.bucket = 0
      and r.course_id <> private.everyone()
    group by r.course_id
  ),

  gone as (
    delete from private.course_ranks n
    where n.course_id = any(p_course_ids)
      and not exists (select from summed as s where s.course_id = n.course_id)
  )

  insert into private.course_ranks as n (course_id, active)
  select s.course_id, s.active from summed as s
  on conflict (course_id) do update set active = excluded.active
  where n.active <> excluded.active;
end
$$;
comment on function private.rank_courses(uuid[]) is
'Copies the sums active of courses to course_ranks; for the fold and the repair.';

create function private.fold_facts() returns table (folded bigint, oldest_seconds numeric)
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_oldest_at timestamptz := (select min(f.occurred_at) from private.facts as f);
  -- Facts of one statement: bounds its memory after a time without folds.
  v_batch constant integer := 20000;
  v_seq bigint;
  v_events bigint;
  v_count bigint;
  v_total bigint := 0;
  v_zeros private.course_rollups[];
  v_lesson_zeros private.lesson_rollups[];
  v_course_ids uuid[];
  v_user_ids uuid[];
  v_present_ids uuid[];
  v_ranked_ids uuid[];
  v_place_course_ids uuid[];
  v_place_user_ids uuid[];
begin
  oldest_seconds := round(extract(epoch from clock_timestamp() - v_oldest_at), 3);
  select array_agg(r.course_id), array_agg(r.user_id) into v_course_ids, v_user_ids
  from (
    select r.course_id, r.user_id from private.risks as r
    where r.changes_at <= now() order by r.changes_at limit v_batch
  ) as r;
  if (v_oldest_at is not null or v_user_ids is not null) and not private.try_lock_sums() then
    return next;
    return;
  end if;
  if v_user_ids is not null then
    perform private.judge_learners(v_course_ids, v_user_ids);
  end if;
  select c.seq into v_seq from private.event_counter as c;
  while v_oldest_at is not null loop
    -- One statement has one snapshot: what it deletes is what it sums. A fact whose learner or
    -- course is being deleted waits, since an event refers to both.
    -- Arrays, not joins: nothing is known about a table that is empty most of the time.
    with batch as materialized (
      select f.ctid as place, f.user_id, f.course_id
      from private.facts as f order by f.id limit v_batch
    ),

    people as materialized (
      select p.id from public.profiles as p
      where p.id = any(array(select distinct b.user_id from batch as b))
      for key share skip locked
    ),

    places as materialized (
      select c.id from public.courses as c
      where c.id = any(array(select distinct b.course_id from batch as b))
      for key share skip locked
    ),

    gone as (
      delete from private.facts f
      where f.ctid = any(array(select b.place from batch as b))
        and (
          f.user_id in (select p.id from people as p)
          or not exists (select from public.profiles as p where p.id = f.user_id)
        )
        and (
          f.course_id in (select c.id from places as c)
          or not exists (select from public.courses as c where c.id = f.course_id)
        )
      returning f.ctid as place, f.*
    ),

    delta as materialized (
      select d.course_id, d.lesson_id, d.metric, d.bucket, sum(d.amount)::bigint as amount
      from private.fact_deltas as d
      where d.place = any(array(select g.place from gone as g))
      group by d.course_id, d.lesson_id, d.metric, d.bucket
      having sum(d.amount) <> 0
    ),

    of_course as (
      insert into private.course_rollups as r (course_id, metric, bucket, amount)
      select coalesce(d.course_id, private.everyone()), d.metric, d.bucket, sum(d.amount)
      from delta as d where d.lesson_id is null
      group by grouping sets ((d.course_id, d.metric, d.bucket), (d.metric, d.bucket))
      having sum(d.amount) <> 0
        and (grouping(d.course_id) = 1 or d.course_id <> private.everyone())
      on conflict (course_id, metric, bucket) do update set amount = r.amount + excluded.amount
      returning r.*
    ),

    of_lesson as (
      insert into private.lesson_rollups as r (lesson_id, metric, bucket, course_id, amount)
      select d.lesson_id, d.metric, d.bucket, d.course_id, d.amount
      from delta as d where d.lesson_id is not null
      on conflict (lesson_id, metric, bucket) do update set amount = r.amount + excluded.amount
      returning r.*
    ),

    event as (
      insert into public.learning_events (
        seq, occurred_at, kind, user_id, course_id, lesson_id, detail
      )
      select
        v_seq + row_number() over (order by g.id, v.place), g.occurred_at, v.kind, g.user_id,
        g.course_id, g.lesson_id, coalesce(v.detail, '{}')
      from gone as g
      cross join lateral (values
        (
          1, 'enrolled', null::jsonb,
          g.status_to in ('active', 'completed')
          and (g.status_from in ('active', 'completed')) is not true
        ),
        (2, g.kind, g.detail, g.kind is not null),
        (3, 'lesson_started', null, g.started = 1),
        (4, 'lesson_completed', null, g.completed_to is not null and g.completed_from is null)
      ) as v (place, kind, detail, is_so)
      where v.is_so and g.user_id in (select p.id from people as p)
        and g.course_id in (select c.id from places as c)
      returning 1
    )

    select
      (select count(*) from gone), (select count(*) from event),
      (select array_agg(row(o.*)::private.course_rollups) from of_course as o where o.amount = 0),
      (select array_agg(row(o.*)::private.lesson_rollups) from of_lesson as o where o.amount = 0),
      j.course_ids, j.user_ids, j.place_course_ids, j.place_user_ids,
      (select array_agg(distinct g.user_id) from gone as g where g.present <> 0),
      (select array_agg(o.course_id) from of_course as o where o.metric in ('active', 'completed'))
    into v_count, v_events, v_zeros, v_lesson_zeros, v_course_ids, v_user_ids,
      v_place_course_ids, v_place_user_ids, v_present_ids, v_ranked_ids
    from (
      -- Not a report that only adds seconds, a day or an event.
      select
        array_agg(g.course_id) as course_ids, array_agg(g.user_id) as user_ids,
        array_agg(g.course_id) filter (where coalesce(g.status_from, g.status_to) is not null)
          as place_course_ids,
        array_agg(g.user_id) filter (where coalesce(g.status_from, g.status_to) is not null)
          as place_user_ids
      from gone as g
      where coalesce(g.status_from, g.status_to) is not null or g.started is not null
        or g.completed_from is distinct from g.completed_to
        or coalesce(g.score_from, g.score_to) is not null
        or (
          g.lesson_id is null and g.day is null and g.kind is null and g.certificates is null
          and coalesce(g.role_from, g.role_to) is null
        )
    ) as j;
    if v_user_ids is not null then
      perform private.judge_learners(v_course_ids, v_user_ids);
    end if;
    if v_place_user_ids is not null then
      perform private.place_learners(v_place_course_ids, v_place_user_ids);
    end if;
    if v_present_ids is not null then
      perform private.fold_last_days(v_present_ids);
    end if;
    delete from private.course_rollups r
    using unnest(v_zeros) as z
    where r.course_id = z.course_id and r.metric = z.metric and r.bucket = z.bucket;
    delete from private.lesson_rollups r
    using unnest(v_lesson_zeros) as z
    where r.lesson_id = z.lesson_id and r.metric = z.metric and r.bucket = z.bucket;
    if v_ranked_ids is not null then
      perform private.rank_courses(v_ranked_ids);
    end if;
    v_seq := v_seq + v_events;
    v_total := v_total + v_count;
    exit when v_count < v_batch;
  end loop;
  update private.event_counter c set seq = v_seq where c.is_only and c.seq <> v_seq;
  folded := v_total;
  return next;
end
$$;
comment on function private.fold_facts() is
'Adds the waiting facts to the sums, appends their events and deletes them; see public.fold_facts.';
grant execute on function private.fold_facts() to service_role;

create function public.fold_facts() returns table (folded bigint, oldest_seconds numeric)
language sql volatile
set search_path = ''
begin atomic
  select * from private.fold_facts();
end;
comment on function public.fold_facts() is
'Adds what changed since the last fold to the sums of dashboards and to learning_events.

The service calls it every two seconds, pg_cron where it is installed; figures are right without it,
but become slower, and events are missing. Returns folded, the facts that were added, or null while
another fold runs; and oldest_seconds, the age of the oldest fact when the call began, null without
facts. For service_role.';

grant execute on function public.fold_facts() to service_role;
