-- Activity: facts about changes, the append-only log of events, and the days of learners.
--
-- Invariants
--   * Clients write nothing here. A fact is written in the transaction that makes it true, by a
--     function or trigger; private.fold_facts appends its events to the log, once, and deletes it.
--   * Events are never changed. Their numbers (seq) have no gaps and become visible in order: a
--     consumer that has read up to a number misses nothing below it.
--   * Events are partitioned by month; old months are dropped whole. No figure is counted from
--     events, so dropping them changes no figure.
--   * A day of activity is one of the learner's time zone when they were active; a later change of
--     the zone moves no day.
--
-- Locks: rows of one learner whose enrollment is locked.

create table public.learning_events (
  seq bigint not null,
  occurred_at timestamptz not null default now(),
  kind text not null,
  user_id uuid not null,
  course_id uuid not null,
  lesson_id uuid,
  detail jsonb not null default '{}',
  constraint learning_events_pkey primary key (occurred_at, seq),
  constraint learning_events_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint learning_events_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint learning_events_kind_check check (kind in (
    'enrolled', 'withdrawn', 'course_completed', 'lesson_started', 'lesson_completed',
    'attempt_started', 'attempt_closed', 'attempt_graded', 'lab_submitted', 'lab_graded',
    'certificate_issued'
  ))
) partition by range (occurred_at);
comment on table public.learning_events is
'What learners did: append-only, one partition a month; written by functions only.';
comment on column public.learning_events.seq is
'The number of the event, from 1 without gaps. An event appears a few seconds after it occurred; '
'consumers read what is above the number that they read last, in this order.';
comment on column public.learning_events.lesson_id is
'The lesson, if any; no foreign key: an event outlives its lesson.';
comment on column public.learning_events.detail is 'Figures at that time, such as a score.';
create index learning_events_user_id_occurred_at_idx
on public.learning_events (user_id, occurred_at desc);
create index learning_events_course_id_occurred_at_idx
on public.learning_events (course_id, occurred_at desc);

create index learning_events_seq_idx on public.learning_events (seq);

-- The default partition: events of a month without a partition. Normally empty.
create table private.learning_events_rest partition of public.learning_events default;

alter table public.learning_events enable row level security;

alter table private.learning_events_rest enable row level security;

revoke all on public.learning_events from public, anon, authenticated, service_role;

revoke all on private.learning_events_rest from public, anon, authenticated, service_role;

grant select on public.learning_events to authenticated, service_role;

create policy learning_events_select_related on public.learning_events
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy learning_events_select_related on public.learning_events is
'A person reads their own events; staff those of their courses; admins all.';

create function private.lock_event_partitions() returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('learning_events', 11));
end
$$;
comment on function private.lock_event_partitions() is
'Serializes the making and dropping of partitions of learning_events.';

create function private.maintain_event_partitions(p_months_ahead integer, p_months_retained integer)
returns jsonb
language plpgsql volatile
security definer set search_path = '' set lock_timeout = '3s'
as $$
declare
  v_first timestamptz;
  v_next timestamptz;
  v_name text;
  v_made text[] := '{}'::text[];
  v_dropped text[] := '{}'::text[];
begin
  perform private.lock_event_partitions();
  for v_first in
    select generate_series(
      greatest(
        least(
          (
            select date_trunc('month', min(r.occurred_at) at time zone 'UTC')
            from private.learning_events_rest as r
          ),
          date_trunc('month', now() at time zone 'UTC')
        ),
        date_trunc('month', now() at time zone 'UTC') - make_interval(months => p_months_retained)
      ),
      date_trunc('month', now() at time zone 'UTC') + make_interval(months => p_months_ahead),
      interval '1 month'
    ) at time zone 'UTC'
  loop
    v_next := (v_first at time zone 'UTC' + interval '1 month') at time zone 'UTC';
    v_name := 'learning_events_' || to_char(v_first at time zone 'UTC', 'YYYYMM');
    continue when to_regclass('private.' || v_name) is not null;
    execute format(
      'create table private.%I (like public.learning_events including defaults including '
      'constraints)', v_name
    );
    execute format('alter table private.%I enable row level security', v_name);
    execute format(
      'revoke all on private.%I from public, anon, authenticated, service_role', v_name
    );
    -- Moves events out of the default partition, which the attach would refuse otherwise.
    execute format(
      'with moved as (
        delete from private.learning_events_rest r
        where r.occurred_at >= %1$L and r.occurred_at < %2$L returning r.*
      )
      insert into private.%3$I select * from moved',
      v_first, v_next, v_name
    );
    execute format(
      'alter table public.learning_events attach partition private.%I for values from (%L) to (%L)',
      v_name, v_first, v_next
    );
    v_made := v_made || v_name;
  end loop;
  for v_name in
    select c.relname::text
    from pg_catalog.pg_inherits as i
    inner join pg_catalog.pg_class as c on c.oid = i.inhrelid
    where i.inhparent = 'public.learning_events'::regclass and c.relname ~ '^learning_events_\d{6}$'
      and substring(c.relname from '\d{6}$') < to_char(
        (now() at time zone 'UTC') - make_interval(months => p_months_retained), 'YYYYMM'
      )
    order by 1
  loop
    begin
      execute format('drop table private.%I', v_name);
      v_dropped := v_dropped || v_name;
    exception
      when lock_not_available then
        -- A long reader blocks the drop, and writers would queue behind it: left for the next run.
        null;
    end;
  end loop;
  delete from private.learning_events_rest r
  where r.occurred_at < (
    date_trunc('month', now() at time zone 'UTC') - make_interval(months => p_months_retained)
  ) at time zone 'UTC';
  return jsonb_build_object('made', to_jsonb(v_made), 'dropped', to_jsonb(v_dropped));
end
$$;
comment on function private.maintain_event_partitions(integer, integer) is
'Creates the partitions of coming months and of events without one, and drops the old ones; '
'returns {made, dropped}.';

do $$
begin
  perform private.maintain_event_partitions(12, 25);
end
$$;

-- No foreign keys: facts about rows that are deleted afterwards still count, with their sign.
create table private.facts (
  id bigint generated always as identity,
  occurred_at timestamptz not null default now(),
  course_id uuid not null,
  user_id uuid not null,
  lesson_id uuid,
  kind text,
  detail jsonb,
  started integer,
  seconds integer,
  completed_from date,
  completed_to date,
  score_from integer,
  score_to integer,
  day date,
  present integer,
  day_seconds integer,
  status_from public.enrollment_status,
  status_to public.enrollment_status,
  enrolled_from date,
  enrolled_to date,
  seen_from date,
  seen_to date,
  progress_from integer,
  progress_to integer,
  finished_from date,
  finished_to date,
  took_from integer,
  took_to integer,
  left_from boolean,
  left_to boolean,
  certificates integer,
  role_from public.app_role,
  role_to public.app_role,
  constraint facts_pkey primary key (course_id, id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
comment on table private.facts is
'The inbox of the sums and of the log: what changed, before and after, since the last fold. '
'Rollups say what a fact adds to which sum.

While lyceum.facts is told, the triggers write no facts of progress, days and enrollments: the '
'function that sets it writes them, in one row.';
comment on column private.facts.user_id is
'The learner; private.everyone() where what changed is of the course.';
comment on column private.facts.kind is
'An event that the writer names; enrolled, lesson_started and lesson_completed are inferred.';
comment on column private.facts.started is
'Of progress: 1 for a new row, -1 for a deleted one, 0 where it begins at another time.';
comment on column private.facts.seconds is 'Of progress: seconds added.';
comment on column private.facts.score_from is 'Of progress, in hundredths, as score_to.';
comment on column private.facts.day is 'Of a day of activity, as present and day_seconds.';
comment on column private.facts.present is '1 for a new day, -1 for a deleted one.';
comment on column private.facts.day_seconds is 'Seconds added to the day.';
comment on column private.facts.status_from is
'Of an enrollment, as the columns that follow; null before it was inserted.';
comment on column private.facts.status_to is 'Null after it was deleted.';
comment on column private.facts.seen_from is 'The day of its last activity.';
comment on column private.facts.progress_from is 'In hundredths of a per cent.';
comment on column private.facts.finished_from is 'The day of completion, while it holds a seat.';
comment on column private.facts.took_from is 'Whole days from enrollment to completion.';
comment on column private.facts.left_from is 'Whether the learner gave up after a first lesson.';
comment on column private.facts.certificates is
'1 for a certificate that is issued, -1 for one that is revoked or deleted.';
comment on column private.facts.role_from is
'Of an account, in a fact of the course private.everyone(); null before it was inserted.';
comment on column private.facts.role_to is 'Null after it was deleted.';
alter table private.facts enable row level security;
revoke all on private.facts from public, anon, authenticated, service_role;

create function private.tg_note_accounts() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  insert into private.facts (course_id, user_id, role_from, role_to)
  values (private.everyone(), coalesce(new.id, old.id), old.role, new.role);
  return null;
end
$$;
comment on function private.tg_note_accounts() is
'Writes the fact of an account that is new, is deleted or changes its role.';

create trigger t50_note_accounts
after insert or delete on public.profiles
for each row execute function private.tg_note_accounts();
create trigger t50_note_accounts_update
after update of role on public.profiles
for each row when (old.role <> new.role)
execute function private.tg_note_accounts();

-- Accounts that are older than the trigger.
insert into private.facts (course_id, user_id, role_to)
select
  private.everyone() as course_id,
  p.id as user_id,
  p.role as role_to
from public.profiles as p;

create function private.note_fact(p_fact private.facts) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if p_fact.kind is null and p_fact.started is null and coalesce(p_fact.seconds, 0) = 0
    and coalesce(p_fact.completed_from, p_fact.completed_to) is null
    and coalesce(p_fact.score_from, p_fact.score_to) is null
    and p_fact.day is null and coalesce(p_fact.status_from, p_fact.status_to) is null then
    return;
  end if;
  p_fact.occurred_at := now();
  insert into private.facts overriding user value values (p_fact.*);
end
$$;
comment on function private.note_fact(private.facts) is
'Writes a fact, unless nothing changed.';

create function private.note_event(
  p_kind text, p_user_id uuid, p_course_id uuid, p_lesson_id uuid, p_detail jsonb
) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  insert into private.facts (kind, user_id, course_id, lesson_id, detail)
  values (p_kind, p_user_id, p_course_id, p_lesson_id, coalesce(p_detail, '{}'));
end
$$;
comment on function private.note_event(text, uuid, uuid, uuid, jsonb) is
'Writes the fact of one event.';

-- The fill factor leaves room for HOT updates: adding time changes no indexed column.
create table private.learner_days (
  user_id uuid not null,
  course_id uuid not null,
  day date not null,
  seconds integer not null default 0,
  constraint learner_days_pkey primary key (user_id, day, course_id),
  constraint learner_days_seconds_check check (seconds >= 0)
) with (fillfactor = 85);
comment on table private.learner_days is
'The days, in their time zone, on which a learner was active in a course, and the time that they '
'reported. Without a foreign key: writers lock the enrollment anyway, and tg_delete_days cascades.';
alter table private.learner_days enable row level security;
revoke all on private.learner_days from public, anon, authenticated, service_role;

create function private.tg_delete_days() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  delete from private.learner_days d
  using old_rows as o where d.user_id = o.user_id and d.course_id = o.course_id;
  return null;
end
$$;
comment on function private.tg_delete_days() is
'Deletes the days of enrollments that are deleted.';

create trigger t20_delete_days
after delete on public.enrollments
referencing old table as old_rows
for each statement execute function private.tg_delete_days();

create table private.last_days (
  user_id uuid not null,
  day date not null,
  constraint last_days_pkey primary key (user_id)
);
comment on table private.last_days is
'The last day of each learner in learner_days, as of the last fold. Without a foreign key, as the '
'rollups.';
alter table private.last_days enable row level security;
revoke all on private.last_days from public, anon, authenticated, service_role;

create function private.moving_user_ids() returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return array(select distinct f.user_id from private.facts as f where f.present <> 0);
end
$$;
comment on function private.moving_user_ids() is
'The learners whose last day may differ from the one in last_days: a fact waits.';

create function private.last_day_moves(p_user_ids uuid[])
returns table (user_id uuid, day_from date, day_to date)
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  select i.id, n.day, d.day
  from unnest(p_user_ids) as i (id)
  left join private.last_days as n on n.user_id = i.id
  cross join lateral (
    select max(l.day) as day from private.learner_days as l where l.user_id = i.id
  ) as d
  where n.day is distinct from d.day;
end
$$;
comment on function private.last_day_moves(uuid[]) is
'The learners whose last day of activity is not the stored one: that, and the current one.';

create function private.today() returns date
language plpgsql stable
set search_path = ''
as $$
begin
  return (now() at time zone 'UTC')::date;
end
$$;
comment on function private.today() is 'The current day in UTC.';

create function private.learner_day(p_user_id uuid, p_at timestamptz) returns date
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select (p_at at time zone p.time_zone)::date from public.profiles as p where p.id = p_user_id
  );
end
$$;
comment on function private.learner_day(uuid, timestamptz) is
'The day that a time falls on in the time zone of a learner.';

-- The caller has locked the enrollment: writes of one learner are serialized.
create function private.note_day(p_user_id uuid, p_course_id uuid, p_seconds integer)
returns private.facts
language plpgsql volatile
set search_path = ''
as $$
declare
  v_fact private.facts;
  v_old integer;
begin
  v_fact.user_id := p_user_id;
  v_fact.course_id := p_course_id;
  select (now() at time zone p.time_zone)::date, d.seconds into v_fact.day, v_old
  from public.profiles as p
  left join private.learner_days as d
    on d.user_id = p.id and d.course_id = p_course_id
    and d.day = (now() at time zone p.time_zone)::date
  where p.id = p_user_id;
  -- Not an upsert: that fires the triggers of insert and update.
  if v_old is null then
    v_fact.present := 1;
    v_fact.day_seconds := p_seconds;
    insert into private.learner_days (user_id, course_id, day, seconds)
    values (p_user_id, p_course_id, v_fact.day, p_seconds);
  elsif p_seconds > 0 then
    v_fact.day_seconds := least(p_seconds, 2147483647 - v_old);
    update private.learner_days d set seconds = v_old + v_fact.day_seconds
    where d.user_id = p_user_id and d.day = v_fact.day and d.course_id = p_course_id;
  else
    v_fact.day := null;
  end if;
  return v_fact;
end
$$;
comment on function private.note_day(uuid, uuid, integer) is
'Records that a learner was active in a course today, and for how long; returns the fact of it, '
'for writers that tell their facts.';

create function private.note_activity(p_enrollment public.enrollments, p_seconds integer)
returns private.facts
language plpgsql volatile
set search_path = ''
as $$
declare
  v_fact private.facts := private.note_day(
    p_enrollment.user_id, p_enrollment.course_id, p_seconds
  );
begin
  -- A transaction that waited began before the one that it waited for.
  update public.enrollments e set last_activity_at = greatest(e.last_activity_at, now())
  where e.id = p_enrollment.id;
  -- Most activity follows another of the same day.
  if p_enrollment.last_activity_at < date_trunc('day', now(), 'UTC') then
    v_fact.status_from := p_enrollment.status;
    v_fact.status_to := p_enrollment.status;
    v_fact.enrolled_from := p_enrollment.enrolled_at;
    v_fact.enrolled_to := p_enrollment.enrolled_at;
    v_fact.seen_from := (p_enrollment.last_activity_at at time zone 'UTC')::date;
    v_fact.seen_to := (now() at time zone 'UTC')::date;
  end if;
  return v_fact;
end
$$;
comment on function private.note_activity(public.enrollments, integer) is
'Records that a learner, whose enrollment is locked, is active in a course now, and for how long; '
'returns the fact of it, for writers that tell their facts.';
