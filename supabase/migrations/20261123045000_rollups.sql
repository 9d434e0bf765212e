-- Rollups: precomputed sums, so that dashboards need not count rows.
--
-- Invariants
--   * Each table has one formula for what a row contributes. A change of rows adds the
--     contribution of the new rows and subtracts that of the old ones in the same statement, so
--     that each sum equals a recount. private.analytics_audit() lists every drift.
--   * The same triggers append to learning_events: rollups and events see the same changes.
--   * Days are days of UTC; those of activity and time are days of the learner. A bucket stores a
--     day as its distance from private.day_zero().
--
-- No transaction waits for a sum. A sum is stored in one row per shard, and readers add the shards
-- up. A transaction tries the advisory lock of each shard of the course in turn and adds to the
-- first free one: writers of a busy course do not queue for one row, and need no lock order.

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
  shard integer not null,
  amount bigint not null,
  constraint course_rollups_pkey primary key (course_id, metric, bucket, shard),
  constraint course_rollups_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
) with (fillfactor = 85);
comment on table private.course_rollups is 'Sums of a course; the value is the total over shards.';
comment on column private.course_rollups.metric is
'pending, waitlisted, active, completed, withdrawn: enrollments by status; left: withdrawn after '
'a first lesson. Of enrollments that hold a seat: enrolled, finished, seen (last activity), '
'seen_active (the same, active only) by day; progress in hundredths; duration: completions by '
'the days they took. lessons_completed, present (active learners), seconds by day; score: '
'results by tenth; score_sum in hundredths.';
comment on column private.course_rollups.shard is 'Any number; -1 is the shard of fold_rollups.';
comment on column private.course_rollups.bucket is
'By metric the day (since day_zero), a number of days or the tenth of a score; otherwise 0.';
alter table private.course_rollups enable row level security;
revoke all on private.course_rollups from public, anon, authenticated, service_role;

create table private.lesson_rollups (
  lesson_id uuid not null,
  metric text not null,
  bucket integer not null,
  shard integer not null,
  course_id uuid not null,
  amount bigint not null,
  constraint lesson_rollups_pkey primary key (lesson_id, metric, bucket, shard),
  constraint lesson_rollups_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint lesson_rollups_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
) with (fillfactor = 85);
comment on table private.lesson_rollups is 'Sums of a lesson; the value is the total over shards.';
comment on column private.lesson_rollups.metric is
'started, completed: learners; seconds; score: results by tenth; score_sum in hundredths.';
create index lesson_rollups_course_id_idx on private.lesson_rollups (course_id);
alter table private.lesson_rollups enable row level security;
revoke all on private.lesson_rollups from public, anon, authenticated, service_role;

create type private.rollup_delta as (
  course_id uuid, lesson_id uuid, metric text, bucket integer, amount bigint
);
comment on type private.rollup_delta is
'An amount to add to a sum: of a lesson where lesson_id is set, of the course otherwise.';

-- The *_facts functions return the contribution of the new rows minus that of the old ones. They
-- are plpgsql because it caches plans: record_progress calls them each time.
create function private.enrollment_facts(
  p_new public.enrollments[], p_old public.enrollments[]
) returns setof private.rollup_delta
language plpgsql immutable
set search_path = ''
as $$
begin
  return query
  select
    e.course_id, null::uuid, f.metric, f.bucket, sum(f.amount * e.sign)::bigint
  from (
    select n.*, 1 as sign from unnest(p_new) as n
    union all
    select o.*, -1 from unnest(p_old) as o
  ) as e
  cross join lateral (
    select e.status::text as metric, 0 as bucket, 1::bigint as amount
    union all
    select s.metric, s.bucket, s.amount
    from (values
      ('enrolled', (e.enrolled_at at time zone 'UTC')::date - private.day_zero(), 1::bigint),
      ('seen', (e.last_activity_at at time zone 'UTC')::date - private.day_zero(), 1),
      ('progress', 0, (e.progress * 100)::bigint)
    ) as s (metric, bucket, amount)
    where e.status in ('active', 'completed')
    union all
    -- Learners who gave up, not applicants who never held a seat.
    select 'left', 0, 1 where e.status = 'withdrawn' and e.lessons_completed > 0
    union all
    select 'seen_active', (e.last_activity_at at time zone 'UTC')::date - private.day_zero(), 1
    where e.status = 'active'
    union all
    select d.metric, d.bucket, 1
    from (values
      ('finished', (e.completed_at at time zone 'UTC')::date - private.day_zero()),
      ('duration', extract(day from e.completed_at - e.enrolled_at)::integer)
    ) as d (metric, bucket)
    where e.completed_at is not null and e.status in ('active', 'completed')
      -- A learner who returns after completing has a completion older than the enrollment.
      and (d.metric = 'finished' or e.completed_at >= e.enrolled_at)
  ) as f
  group by e.course_id, f.metric, f.bucket
  having sum(f.amount * e.sign) <> 0;
end
$$;
comment on function private.enrollment_facts(public.enrollments[], public.enrollments[]) is
'The deltas of rollups for a change of enrollments.';

create function private.progress_facts(
  p_new public.lesson_progress[], p_old public.lesson_progress[]
) returns setof private.rollup_delta
language plpgsql immutable
set search_path = ''
as $$
begin
  return query
  select
    p.course_id, f.lesson_id, f.metric, f.bucket, sum(f.amount * p.sign)::bigint
  from (
    select n.*, 1 as sign from unnest(p_new) as n
    union all
    select o.*, -1 from unnest(p_old) as o
  ) as p
  cross join lateral (
    select p.lesson_id, 'started' as metric, 0 as bucket, 1::bigint as amount
    union all
    select p.lesson_id, 'seconds', 0, p.seconds_spent
    union all
    select t.lesson_id, t.metric, t.bucket, 1
    from (values
      (p.lesson_id, 'completed', 0),
      (null, 'lessons_completed', (p.completed_at at time zone 'UTC')::date - private.day_zero())
    ) as t (lesson_id, metric, bucket)
    where p.status = 'completed'
    union all
    select t.lesson_id, s.metric, s.bucket, s.amount
    from (values (p.lesson_id), (null::uuid)) as t (lesson_id)
    cross join (values
      ('score', least(trunc(p.score / 10), 9)::integer, 1::bigint),
      ('score_sum', 0, (p.score * 100)::bigint)
    ) as s (metric, bucket, amount)
    where p.score is not null
  ) as f
  group by p.course_id, f.lesson_id, f.metric, f.bucket
  having sum(f.amount * p.sign) <> 0;
end
$$;
comment on function private.progress_facts(public.lesson_progress[], public.lesson_progress[]) is
'The deltas of rollups for a change of progress.';

create function private.day_facts(p_new private.learner_days[], p_old private.learner_days[])
returns setof private.rollup_delta
language plpgsql immutable
set search_path = ''
as $$
begin
  return query
  select
    d.course_id, null::uuid, f.metric, d.day - private.day_zero(), sum(f.amount * d.sign)::bigint
  from (
    select n.*, 1 as sign from unnest(p_new) as n
    union all
    select o.*, -1 from unnest(p_old) as o
  ) as d
  cross join lateral (values
    ('present', 1::bigint), ('seconds', d.seconds::bigint)
  ) as f (metric, amount)
  group by d.course_id, f.metric, d.day
  having sum(f.amount * d.sign) <> 0;
end
$$;
comment on function private.day_facts(private.learner_days[], private.learner_days[]) is
'The deltas of rollups for a change of learner_days.';

create function private.try_lock_shard(p_course_id uuid, p_shard integer) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  return pg_try_advisory_xact_lock(hashtextextended(p_course_id::text || p_shard, 8));
end
$$;
comment on function private.try_lock_shard(uuid, integer) is
'Takes one shard of the sums of a course until the transaction ends, or answers false at once.';

create function private.add_rollups(p_deltas private.rollup_delta[], p_shard integer)
returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_course_ids uuid[];
  v_of_course boolean;
  v_of_lesson boolean;
  v_shards integer[] := '{}'::integer[];
  v_shard integer;
  v_course_id uuid;
begin
  if cardinality(p_deltas) = 0 then
    return;
  end if;
  select
    array_agg(distinct d.course_id), bool_or(d.lesson_id is null), bool_or(d.lesson_id is not null)
  into v_course_ids, v_of_course, v_of_lesson
  from unnest(p_deltas) as d;
  if p_shard is null then
    foreach v_course_id in array v_course_ids loop
      v_shard := 0;
      while v_shard < 64 and not private.try_lock_shard(v_course_id, v_shard) loop
        v_shard := v_shard + 1;
      end loop;
      if v_shard = 64 then
        -- A shard of this session alone.
        v_shard := 1000 + pg_backend_pid();
      end if;
      v_shards := v_shards || v_shard;
    end loop;
  end if;
  if v_of_course then
    insert into private.course_rollups as r (course_id, metric, bucket, shard, amount)
    select
      d.course_id, d.metric, d.bucket,
      coalesce(p_shard, v_shards[array_position(v_course_ids, d.course_id)]), d.amount
    from unnest(p_deltas) as d
    where d.lesson_id is null
    on conflict (course_id, metric, bucket, shard) do update
    set amount = r.amount + excluded.amount;
  end if;
  if v_of_lesson then
    insert into private.lesson_rollups as r (lesson_id, metric, bucket, shard, course_id, amount)
    select
      d.lesson_id, d.metric, d.bucket,
      coalesce(p_shard, v_shards[array_position(v_course_ids, d.course_id)]), d.course_id, d.amount
    from unnest(p_deltas) as d
    -- The sums of a lesson that is being deleted cascade with it.
    where d.lesson_id is not null
      and exists (select from public.lessons as l where l.id = d.lesson_id)
    on conflict (lesson_id, metric, bucket, shard) do update
    set amount = r.amount + excluded.amount;
  end if;
end
$$;
comment on function private.add_rollups(private.rollup_delta[], integer) is
'Adds deltas to the sums, in a shard that no concurrent transaction has locked.';

create function private.tg_roll_enrollments() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_old public.enrollments[] := '{}'::public.enrollments[];
  v_new public.enrollments[] := '{}'::public.enrollments[];
  v_is_event boolean := tg_op = 'INSERT';
begin
  if tg_op = 'UPDATE' then
    -- Most updates only move last_activity_at within the same day: skip them.
    select
      array_agg(row(o.*)::public.enrollments), array_agg(row(n.*)::public.enrollments),
      bool_or((n.status, n.completed_at) is distinct from (o.status, o.completed_at))
    into v_old, v_new, v_is_event
    from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.status, n.progress, n.enrolled_at, n.completed_at)
      is distinct from (o.status, o.progress, o.enrolled_at, o.completed_at)
      or (n.last_activity_at at time zone 'UTC')::date
      <> (o.last_activity_at at time zone 'UTC')::date;
    if v_new is null then
      return null;
    end if;
  elsif tg_op = 'DELETE' then
    v_old := array(select row(o.*)::public.enrollments from old_rows as o);
  else
    v_new := array(select row(n.*)::public.enrollments from new_rows as n);
  end if;
  if v_is_event then
    insert into public.learning_events (kind, user_id, course_id, detail)
    select v.kind, n.user_id, n.course_id, v.detail
    from unnest(v_new) as n
    left join unnest(v_old) as o on o.id = n.id
    cross join lateral (values
      (
        'enrolled', '{}'::jsonb, n.status in ('active', 'completed')
        and (o.status in ('active', 'completed')) is not true
      ),
      (
        'withdrawn', jsonb_build_object('progress', n.progress),
        n.status = 'withdrawn' and o.status in ('active', 'completed')
      ),
      (
        'course_completed', jsonb_build_object('version', n.completed_version),
        n.completed_at is not null and o.completed_at is null
      )
    ) as v (kind, detail, is_so)
    where v.is_so
    order by n.id;
  end if;
  perform private.add_rollups(
    array(select f from private.enrollment_facts(v_new, v_old) as f), null
  );
  return null;
end
$$;
comment on function private.tg_roll_enrollments() is
'Appends events of enrollments and updates the rollups.';

create trigger t50_roll_enrollments_insert
after insert on public.enrollments
referencing new table as new_rows
for each statement execute function private.tg_roll_enrollments();
create trigger t50_roll_enrollments_update
after update on public.enrollments
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_roll_enrollments();
create trigger t50_roll_enrollments_delete
after delete on public.enrollments
referencing old table as old_rows
for each statement execute function private.tg_roll_enrollments();

create function private.tg_roll_progress() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_old public.lesson_progress[] := '{}'::public.lesson_progress[];
  v_new public.lesson_progress[] := '{}'::public.lesson_progress[];
  v_is_event boolean := tg_op = 'INSERT';
begin
  if tg_op = 'UPDATE' then
    select
      array_agg(row(o.*)::public.lesson_progress), array_agg(row(n.*)::public.lesson_progress),
      bool_or(n.status <> o.status)
    into v_old, v_new, v_is_event
    from new_rows as n
    inner join old_rows as o on o.user_id = n.user_id and o.lesson_id = n.lesson_id
    where (n.status, n.seconds_spent, n.score, n.completed_at)
      is distinct from (o.status, o.seconds_spent, o.score, o.completed_at);
  elsif tg_op = 'DELETE' then
    v_old := array(select row(o.*)::public.lesson_progress from old_rows as o);
  else
    v_new := array(select row(n.*)::public.lesson_progress from new_rows as n);
  end if;
  -- No column that counts has changed, or this is the empty half of an upsert.
  if coalesce(cardinality(v_old), 0) + coalesce(cardinality(v_new), 0) = 0 then
    return null;
  end if;
  if v_is_event then
    insert into public.learning_events (kind, user_id, course_id, lesson_id)
    select v.kind, n.user_id, n.course_id, n.lesson_id
    from unnest(v_new) as n
    left join unnest(v_old) as o on o.user_id = n.user_id and o.lesson_id = n.lesson_id
    cross join lateral (values
      ('lesson_started', o.lesson_id is null),
      ('lesson_completed', n.status = 'completed' and o.status is distinct from 'completed')
    ) as v (kind, is_so)
    where v.is_so
    order by n.user_id, n.lesson_id;
  end if;
  perform private.add_rollups(
    array(select f from private.progress_facts(v_new, v_old) as f), null
  );
  return null;
end
$$;
comment on function private.tg_roll_progress() is
'Appends events of progress and updates the rollups.';

create trigger t50_roll_progress_insert
after insert on public.lesson_progress
referencing new table as new_rows
for each statement execute function private.tg_roll_progress();
create trigger t50_roll_progress_update
after update on public.lesson_progress
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_roll_progress();
create trigger t50_roll_progress_delete
after delete on public.lesson_progress
referencing old table as old_rows
for each statement execute function private.tg_roll_progress();

create function private.tg_roll_days() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_old private.learner_days[] := '{}'::private.learner_days[];
  v_new private.learner_days[] := '{}'::private.learner_days[];
begin
  if tg_op <> 'DELETE' then
    v_new := array(select row(n.*)::private.learner_days from new_rows as n);
    -- The empty half of an upsert.
    if cardinality(v_new) = 0 then
      return null;
    end if;
  end if;
  if tg_op <> 'INSERT' then
    v_old := array(select row(o.*)::private.learner_days from old_rows as o);
  end if;
  perform private.add_rollups(array(select f from private.day_facts(v_new, v_old) as f), null);
  return null;
end
$$;
comment on function private.tg_roll_days() is 'Updates the rollups from days of learners.';

create trigger t50_roll_days_insert
after insert on private.learner_days
referencing new table as new_rows
for each statement execute function private.tg_roll_days();
create trigger t50_roll_days_update
after update on private.learner_days
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_roll_days();
create trigger t50_roll_days_delete
after delete on private.learner_days
referencing old table as old_rows
for each statement execute function private.tg_roll_days();

create function private.counted_facts(p_course_id uuid) returns setof private.rollup_delta
language sql stable
set search_path = ''
as $$
  select f.*
  from (
    select n.* from private.enrollment_facts(
      array(select e from public.enrollments as e where e.course_id = p_course_id), '{}'
    ) as n
    union all
    select n.* from private.progress_facts(
      array(select p from public.lesson_progress as p where p.course_id = p_course_id), '{}'
    ) as n
    union all
    select n.* from private.day_facts(
      array(select d from private.learner_days as d where d.course_id = p_course_id), '{}'
    ) as n
  ) as f
$$;
comment on function private.counted_facts(uuid) is
'The sums of a course, recounted from its rows.';

create function private.analytics_audit()
returns table (
  course_id uuid, lesson_id uuid, metric text, bucket integer, stored bigint, expected bigint
)
language sql stable
security definer set search_path = ''
as $$
  select
    coalesce(s.course_id, x.course_id), coalesce(s.lesson_id, x.lesson_id),
    coalesce(s.metric, x.metric), coalesce(s.bucket, x.bucket), s.amount, x.amount
  from (
    select r.course_id, r.lesson_id, r.metric, r.bucket, sum(r.amount)::bigint as amount
    from (
      select c.course_id, null::uuid as lesson_id, c.metric, c.bucket, c.amount
      from private.course_rollups as c
      union all
      select l.course_id, l.lesson_id, l.metric, l.bucket, l.amount
      from private.lesson_rollups as l
    ) as r
    group by r.course_id, r.lesson_id, r.metric, r.bucket having sum(r.amount) <> 0
  ) as s
  full join (
    select f.*
    from public.courses as c
    cross join lateral private.counted_facts(c.id) as f
  ) as x
    on x.course_id = s.course_id and x.metric = s.metric and x.bucket = s.bucket
    and coalesce(x.lesson_id, x.course_id) = coalesce(s.lesson_id, s.course_id)
  where s.amount is distinct from x.amount
$$;
comment on function private.analytics_audit() is
'Every sum that differs from a recount; empty without drift.';

create function private.lock_rollups() returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('rollups', 7));
end
$$;
comment on function private.lock_rollups() is
'Serializes rebuild_analytics and fold_rollups; triggers do not wait for it.';

create function private.rebuild_analytics() returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  -- A concurrent writer changes rows and sums together, so the drift stays the same.
  perform private.lock_rollups();
  perform private.add_rollups(
    array(
      select row(
        d.course_id, d.lesson_id, d.metric, d.bucket,
        coalesce(d.expected, 0) - coalesce(d.stored, 0)
      )::private.rollup_delta
      from private.analytics_audit() as d
    ),
    -1
  );
end
$$;
comment on function private.rebuild_analytics() is
'Corrects every drift of the sums, for example after a load with triggers off.';

create function private.fold_rollups() returns bigint
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_deltas private.rollup_delta[];
  v_count bigint;
begin
  perform private.lock_rollups();
  -- Skips rows that are locked, as is a row of a lesson or course that is being deleted: the next
  -- run folds them.
  with free as (
    select r.course_id, r.metric, r.bucket, r.shard
    from private.course_rollups as r
    inner join public.courses as c on c.id = r.course_id
    where r.shard <> -1
    for update of r skip locked
    for key share of c skip locked
  ),

  folded as (
    delete from private.course_rollups r
    using free as f
    where r.course_id = f.course_id and r.metric = f.metric and r.bucket = f.bucket
      and r.shard = f.shard
    returning r.course_id, null::uuid as lesson_id, r.metric, r.bucket, r.amount
  ),

  free_lesson as (
    select r.lesson_id, r.metric, r.bucket, r.shard
    from private.lesson_rollups as r
    inner join public.lessons as l on l.id = r.lesson_id
    where r.shard <> -1
    for update of r skip locked
    for key share of l skip locked
  ),

  folded_lesson as (
    delete from private.lesson_rollups r
    using free_lesson as f
    where r.lesson_id = f.lesson_id and r.metric = f.metric and r.bucket = f.bucket
      and r.shard = f.shard
    returning r.course_id, r.lesson_id, r.metric, r.bucket, r.amount
  ),

  summed as (
    select g.course_id, g.lesson_id, g.metric, g.bucket, sum(g.amount)::bigint as amount,
      count(*) as row_count
    from (select * from folded union all select * from folded_lesson) as g
    group by g.course_id, g.lesson_id, g.metric, g.bucket
  )

  select
    coalesce(array_agg(
      row(s.course_id, s.lesson_id, s.metric, s.bucket, s.amount)::private.rollup_delta
    ) filter (where s.amount <> 0), '{}'),
    coalesce(sum(s.row_count), 0)
  into v_deltas, v_count
  from summed as s;
  perform private.add_rollups(v_deltas, -1);
  delete from private.course_rollups r where r.shard = -1 and r.amount = 0;
  delete from private.lesson_rollups r where r.shard = -1 and r.amount = 0;
  return v_count;
end
$$;
comment on function private.fold_rollups() is
'Merges the shards of each sum into one row; returns the number of rows merged.';
