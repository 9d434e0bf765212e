-- Enrollment: the right to a course (entitlements), the status of a learner in it (enrollments),
-- access codes, seats.
--
-- Invariants
--   * Only functions write here: no client can forge an entitlement or a status.
--   * One enrollment for each learner and course; an active or completed one always has an
--     entitlement row.
--   * Active and completed learners take seats, and never more than the capacity, under concurrency
--     too. The transaction that frees a seat gives it to the waitlist, by requested_at.
--   * A seat whose entitlement has ended stays with its learner until somebody asks for a seat of
--     the course or the daily maintenance runs.
--
-- Locks are taken in this order: account, learner and course, course row, seats of the course,
-- profile, enrollment rows; docs/locks.md has all of them.

create type public.enrollment_status as enum (
  'pending', 'waitlisted', 'active', 'completed', 'withdrawn'
);
comment on type public.enrollment_status is
'pending: waits for approval; waitlisted: waits for a seat; active and completed take a seat.';

create table public.entitlements (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  course_id uuid not null,
  source text not null,
  reference text not null default '',
  starts_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint entitlements_pkey primary key (id),
  constraint entitlements_user_id_course_id_source_reference_key
  unique (user_id, course_id, source, reference),
  constraint entitlements_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint entitlements_course_id_fkey foreign key (course_id) references public.courses (id),
  constraint entitlements_source_check check (source ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint entitlements_starts_at_check check (private.is_date(starts_at)),
  constraint entitlements_expires_at_check
  check (expires_at > starts_at and private.is_date(expires_at))
);
comment on table public.entitlements is
'The right to a course and its source; access needs one that has started, has not expired and is '
'not revoked.';
comment on column public.entitlements.source is
'open, code, approval, invitation: from the learner; roster, staff: from staff; purchase: from an '
'order; any other: from the server.';
comment on column public.entitlements.reference is
'Tells rights of one source apart: the id of the order for a purchase.';
create index entitlements_course_id_idx on public.entitlements (course_id);
create index entitlements_reference_idx on public.entitlements (reference) where reference <> '';
-- Ended entitlements: release_seats.
create index entitlements_course_id_expires_at_idx
on public.entitlements (course_id, expires_at) where expires_at is not null;

create function private.tg_seat_entitled() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if exists (
    select from public.enrollments as e
    where e.user_id = new.user_id and e.course_id = new.course_id and e.status = 'waitlisted'
  ) then
    perform private.fill_seats(new.course_id);
  end if;
  return null;
end
$$;
comment on function private.tg_seat_entitled() is
'Fills free seats when a waitlisted learner gets an entitlement: fill_seats skips those without.';

create trigger t10_seat_entitled
after insert or update of starts_at, expires_at, revoked_at on public.entitlements
for each row when (new.revoked_at is null)
execute function private.tg_seat_entitled();

alter table public.entitlements enable row level security;
revoke all on public.entitlements from public, anon, authenticated, service_role;
grant select on public.entitlements to authenticated, service_role;

create policy entitlements_select_related on public.entitlements
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy entitlements_select_related on public.entitlements is
'People read their own entitlements; staff those to their courses; admins all.';

-- The fillfactor allows HOT updates: activity and progress change often and are in no index.
create table public.enrollments (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  course_id uuid not null,
  status public.enrollment_status not null default 'active',
  requested_at timestamptz not null default clock_timestamp(),
  enrolled_at timestamptz not null default now(),
  has_left boolean not null default false,
  completed_at timestamptz,
  completed_version integer,
  last_activity_at timestamptz not null default now(),
  lessons_completed integer not null default 0,
  progress numeric(5, 2) not null default 0,
  constraint enrollments_pkey primary key (id),
  constraint enrollments_course_id_user_id_key unique (course_id, user_id),
  constraint enrollments_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint enrollments_course_id_fkey foreign key (course_id) references public.courses (id),
  constraint enrollments_completed_at_check
  check (status <> 'completed' or completed_at is not null),
  constraint enrollments_lessons_completed_check check (lessons_completed >= 0),
  constraint enrollments_progress_check check (progress between 0 and 100)
) with (fillfactor = 85);
comment on table public.enrollments is
'The status of one learner in one course; written by functions only.';
comment on column public.enrollments.requested_at is
'Time of the request for a seat: the order of the waitlist.';
comment on column public.enrollments.enrolled_at is
'Time at which the enrollment last became active; release_after counts from it.';
comment on column public.enrollments.has_left is
'While the status is withdrawn: the learner withdrew by themselves. Lists of staff leave them out, '
'and no roster enrolls them.';
comment on column public.enrollments.completed_at is
'Time of the first completion; edits of the course never clear it.';
comment on column public.enrollments.completed_version is
'courses.version at the first completion.';
comment on column public.enrollments.lessons_completed is
'Number of completed lessons among the published required ones.';
comment on column public.enrollments.progress is
'Per cent of the published required lessons, rounded down.';
create index enrollments_user_id_idx on public.enrollments (user_id, course_id);
-- Lists of staff merge the learners of each status.
create index enrollments_course_id_status_enrolled_at_idx
on public.enrollments (course_id, status, enrolled_at);
create index enrollments_course_id_waitlist_idx
on public.enrollments (course_id, requested_at, id) where status = 'waitlisted';

create function private.tg_fill_seats() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.fill_seats(old.course_id);
  return null;
end
$$;
comment on function private.tg_fill_seats() is 'Gives a freed seat to the waitlist.';

create trigger t10_fill_seats_update
after update of status on public.enrollments
for each row when (
  old.status in ('active', 'completed') and new.status not in ('active', 'completed')
)
execute function private.tg_fill_seats();
create trigger t10_fill_seats_delete
after delete on public.enrollments
for each row when (old.status in ('active', 'completed'))
execute function private.tg_fill_seats();

alter table public.enrollments enable row level security;
revoke all on public.enrollments from public, anon, authenticated, service_role;
grant select on public.enrollments to authenticated, service_role;

create policy enrollments_select_related on public.enrollments
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy enrollments_select_related on public.enrollments is
'People read their own enrollments; staff those in their courses; admins all.';

create table private.course_codes (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  code text not null,
  max_uses integer,
  use_count integer not null default 0,
  expires_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  constraint course_codes_pkey primary key (id),
  constraint course_codes_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint course_codes_code_check check (length(code) between 6 and 64),
  constraint course_codes_max_uses_check check (max_uses > 0),
  constraint course_codes_use_count_check check (
    use_count >= 0 and (max_uses is null or use_count <= max_uses)
  )
);
comment on table private.course_codes is
'Access codes of courses, compared without case and outer blanks.';
comment on column private.course_codes.max_uses is
'Limit of enrollments with the code; null: none.';
create unique index course_codes_course_id_code_idx
on private.course_codes (course_id, lower(code));
alter table private.course_codes enable row level security;
revoke all on private.course_codes from public, anon, authenticated, service_role;

create table private.code_guesses (
  user_id uuid not null,
  course_id uuid not null,
  started_at timestamptz not null default now(),
  failure_count integer not null default 1,
  constraint code_guesses_pkey primary key (user_id, course_id),
  constraint code_guesses_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint code_guesses_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint code_guesses_failure_count_check check (failure_count > 0)
);
comment on table private.code_guesses is
'Wrong access codes of a person for a course, within an hour from the first.';
create index code_guesses_course_id_idx on private.code_guesses (course_id);
alter table private.code_guesses enable row level security;
revoke all on private.code_guesses from public, anon, authenticated, service_role;

create function private.lock_learner(p_user_id uuid, p_course_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform private.lock_account(p_user_id, true);
  perform pg_advisory_xact_lock(hashtextextended(p_user_id::text || p_course_id::text, 1));
end
$$;
comment on function private.lock_learner(uuid, uuid) is
'Serializes the changes of the enrollment of one learner in one course.';

create function private.lock_seats(p_course_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(p_course_id::text, 2));
end
$$;
comment on function private.lock_seats(uuid) is
'Serializes the filling of seats of one course; the course row is locked before.';

create function private.release_seats(p_course_id uuid) returns integer
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_enrollment_ids uuid[];
begin
  v_enrollment_ids := array(
    select e.id
    from public.enrollments as e
    where e.course_id = p_course_id and e.status in ('active', 'completed')
      and e.user_id in (
        select t.user_id from public.entitlements as t
        where t.course_id = p_course_id and t.expires_at <= clock_timestamp()
      )
      -- Not is_entitled: an entitlement that has yet to start has not ended.
      and not exists (
        select from public.entitlements as t
        where t.user_id = e.user_id and t.course_id = p_course_id and t.revoked_at is null
          and (t.expires_at is null or t.expires_at > clock_timestamp())
      )
    order by e.id
    for no key update of e
  );
  if cardinality(v_enrollment_ids) > 0 then
    update public.enrollments e set status = 'withdrawn' where e.id = any(v_enrollment_ids);
  end if;
  return cardinality(v_enrollment_ids);
end
$$;
comment on function private.release_seats(uuid) is
'Withdraws the learners whose entitlements have all ended and returns how many; the caller has '
'locked the seats.';

create function private.free_seats(p_course_id uuid) returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_capacity integer;
begin
  select c.capacity into v_capacity from public.courses as c where c.id = p_course_id for share;
  if v_capacity is null then
    return null;
  end if;
  perform private.lock_seats(p_course_id);
  perform private.release_seats(p_course_id);
  return v_capacity - private.held_seats(p_course_id) - (
    select count(*) from public.enrollments as e
    where e.course_id = p_course_id and e.status in ('active', 'completed')
  );
end
$$;
comment on function private.free_seats(uuid) is
'Free seats of a course, null without a limit; those held for invited learners are not free. Locks '
'them, so that the answer stays correct, and releases those whose entitlement has ended.';

create function private.release_ended_seats() returns integer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_course_id uuid;
  v_course_ids uuid[] := '{}'::uuid[];
  v_released integer := 0;
begin
  for v_course_id in
    select c.id from public.courses as c
    where c.capacity is not null and c.id in (
      select t.course_id
      from public.entitlements as t
      inner join public.enrollments as e
        on e.course_id = t.course_id and e.user_id = t.user_id
        and e.status in ('active', 'completed')
      where t.expires_at <= now()
      union all
      select i.course_id from public.invitations as i
      where i.has_seat and i.status = 'pending' and i.expires_at <= now()
    )
    order by c.id for share
  loop
    v_course_ids := v_course_ids || v_course_id;
  end loop;
  foreach v_course_id in array v_course_ids loop
    perform private.lock_seats(v_course_id);
  end loop;
  foreach v_course_id in array v_course_ids loop
    v_released := v_released + private.release_seats(v_course_id);
    update public.invitations i set has_seat = false
    where i.course_id = v_course_id and i.has_seat and i.status = 'pending'
      and i.expires_at <= now();
    if found then
      perform private.fill_seats(v_course_id);
    end if;
  end loop;
  return v_released;
end
$$;
comment on function private.release_ended_seats() is
'Releases the seats of all courses whose entitlement has ended, and returns how many; also those '
'held for invitations that have expired.';

create function private.fill_seats(p_course_id uuid) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_free integer := private.free_seats(p_course_id);
begin
  if v_free <= 0 then
    return;
  end if;
  -- With unlimited seats only learners without an entitlement wait; lock the seats, since one may
  -- be granted or revoked concurrently.
  if v_free is null and exists (
    select from public.enrollments as e
    where e.course_id = p_course_id and e.status = 'waitlisted'
  ) then
    perform private.lock_seats(p_course_id);
  end if;
  update public.enrollments e
  set
    status = case
      when e.completed_at is null then 'active' else 'completed'
    end::public.enrollment_status,
    enrolled_at = clock_timestamp()
  where e.id = any(array(
    select w.id from public.enrollments as w
    where w.course_id = p_course_id and w.status = 'waitlisted'
      and private.is_entitled(w.user_id, w.course_id)
    order by w.requested_at, w.id
    limit v_free
    for update skip locked
  ));
end
$$;
comment on function private.fill_seats(uuid) is
'Gives free seats to entitled learners of the waitlist, in the order of requested_at.';

create function private.tg_fill_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if new.capacity is not null then
    perform private.free_seats(new.id);
    perform private.release_held_seats(new.id, new.capacity - (
      select count(*)::integer from public.enrollments as e
      where e.course_id = new.id and e.status in ('active', 'completed')
    ));
  end if;
  perform private.fill_seats(new.id);
  return null;
end
$$;
comment on function private.tg_fill_course() is
'Gives added seats to the waitlist; removed ones are no longer held for the latest invitations.';

create trigger t40_fill_course
after update of capacity on public.courses
for each row when (old.capacity is distinct from new.capacity)
execute function private.tg_fill_course();

create function private.tg_refuse_deletion() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if exists (select from public.enrollments as e where e.course_id = old.id)
    or exists (select from public.entitlements as t where t.course_id = old.id) then
    perform private.refuse('course_has_learners');
  end if;
  return old;
end
$$;
comment on function private.tg_refuse_deletion() is
'Refuses to delete a course that anybody enrolled in or is entitled to.';

create trigger t10_refuse_deletion
before delete on public.courses
for each row execute function private.tg_refuse_deletion();

create function private.is_entitled(p_user_id uuid, p_course_id uuid) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from public.entitlements as t
    where t.user_id = p_user_id and t.course_id = p_course_id
      -- Not now(): this call may have waited for the transaction that granted the entitlement.
      and t.revoked_at is null and t.starts_at <= clock_timestamp()
      and (t.expires_at is null or t.expires_at > clock_timestamp())
  );
end
$$;
comment on function private.is_entitled(uuid, uuid) is
'True when the person has a valid entitlement to the course now.';

create function private.entitle(
  p_user_id uuid, p_course_id uuid, p_source text, p_starts_at timestamptz,
  p_expires_at timestamptz, p_reference text default ''
) returns public.entitlements
language plpgsql volatile
set search_path = ''
as $$
declare
  v_entitlement public.entitlements;
begin
  insert into public.entitlements as t (
    user_id, course_id, source, reference, starts_at, expires_at
  )
  values (
    p_user_id, p_course_id, p_source, p_reference, coalesce(p_starts_at, now()), p_expires_at
  )
  on conflict (user_id, course_id, source, reference) do update
  set starts_at = excluded.starts_at, expires_at = excluded.expires_at, revoked_at = null
  returning t.* into v_entitlement;
  return v_entitlement;
end
$$;
comment on function private.entitle(uuid, uuid, text, timestamptz, timestamptz, text) is
'Grants or renews an entitlement; one row for each person, course, source and reference.';
