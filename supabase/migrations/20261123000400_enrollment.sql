-- Enrollment: the right to a course (entitlements), the state of a learner in it (enrollments),
-- codes, seats.
--
-- Invariants
--   * Clients write nothing here: every change is made by a function, so no client can forge a
--     right or a state.
--   * One enrollment a learner and course; an active or completed one never stands without an
--     entitlement row.
--   * Active and completed learners hold seats. Never one seat more than the capacity, whatever the
--     concurrency; a free seat goes to the waitlist in the order of asking, in the transaction that
--     frees it.
--
-- Locks are taken in this order: account (advisory, shared; whoever deletes it takes it alone),
-- learner and course (advisory), course row, seats of the course (advisory), profile, enrollment
-- rows, progress.

create type public.enrollment_status as enum (
  'pending', 'waitlisted', 'active', 'completed', 'withdrawn'
);
comment on type public.enrollment_status is
'pending: waits for approval; waitlisted: waits for a seat; active and completed hold a seat.';

create table public.entitlements (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  course_id uuid not null,
  source text not null,
  starts_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint entitlements_pkey primary key (id),
  constraint entitlements_user_id_course_id_source_key unique (user_id, course_id, source),
  constraint entitlements_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint entitlements_course_id_fkey foreign key (course_id) references public.courses (id),
  constraint entitlements_source_check check (source ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint entitlements_starts_at_check check (isfinite(starts_at)),
  constraint entitlements_expires_at_check check (expires_at > starts_at and isfinite(expires_at))
);
comment on table public.entitlements is
'The right to a course and where it comes from; access needs one that has started, not ended, '
'not revoked.';
comment on column public.entitlements.source is
'open, code, approval: through enroll; roster, staff: by staff; anything else: by the server, as'
' in purchase.';
create index entitlements_course_id_idx on public.entitlements (course_id);

-- Room in each page: what changes often changes in place and touches no index.
create table public.enrollments (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  course_id uuid not null,
  status public.enrollment_status not null default 'active',
  requested_at timestamptz not null default clock_timestamp(),
  enrolled_at timestamptz not null default now(),
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
'The state of one learner in one course; written by functions only.';
comment on column public.enrollments.requested_at is
'When the seat was asked for: the order of the waitlist.';
comment on column public.enrollments.enrolled_at is
'When the present enrollment became active; release_after counts from here.';
comment on column public.enrollments.completed_at is
'First completion; later edits of the course never clear it.';
comment on column public.enrollments.completed_version is 'courses.version at the completion.';
comment on column public.enrollments.lessons_completed is
'Completed lessons among the published required ones.';
comment on column public.enrollments.progress is
'Per cent of the published required lessons, rounded down.';
create index enrollments_user_id_idx on public.enrollments (user_id, course_id);
create index enrollments_course_id_status_idx on public.enrollments (course_id, status);
create index enrollments_course_id_waitlist_idx
on public.enrollments (course_id, requested_at, id) where status = 'waitlisted';

create table private.course_codes (
  id uuid not null default gen_random_uuid(),
  course_id uuid not null,
  code text not null,
  max_uses integer,
  uses integer not null default 0,
  expires_at timestamptz,
  created_by uuid,
  created_at timestamptz not null default now(),
  constraint course_codes_pkey primary key (id),
  constraint course_codes_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint course_codes_code_check check (length(code) between 6 and 64),
  constraint course_codes_max_uses_check check (max_uses > 0),
  constraint course_codes_uses_check check (uses >= 0 and (max_uses is null or uses <= max_uses))
);
comment on table private.course_codes is
'Access codes of courses; compared without case and outer blanks.';
comment on column private.course_codes.max_uses is
'How many enrollments the code is good for; null: any number.';
create unique index course_codes_course_id_code_idx
on private.course_codes (course_id, lower(code));
alter table private.course_codes enable row level security;
revoke all on private.course_codes from public, anon, authenticated, service_role;

-- RLS ---------------------------------------------------------------------------------------------

alter table public.entitlements enable row level security;
revoke all on public.entitlements from public, anon, authenticated, service_role;
grant select on public.entitlements to authenticated, service_role;

create policy entitlements_select_related on public.entitlements
for select to authenticated
using (
  user_id = (select auth.uid())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy entitlements_select_related on public.entitlements is
'A person reads his own rights; staff those to their courses; admins all.';

alter table public.enrollments enable row level security;
revoke all on public.enrollments from public, anon, authenticated, service_role;
grant select on public.enrollments to authenticated, service_role;

create policy enrollments_select_related on public.enrollments
for select to authenticated
using (
  user_id = (select auth.uid())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy enrollments_select_related on public.enrollments is
'A person reads his own enrollments; staff those in their courses; admins all.';

-- Seats -------------------------------------------------------------------------------------------

create function private.lock_learner(p_user_id uuid, p_course_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended(p_user_id::text, 5));
  perform pg_advisory_xact_lock(hashtextextended(p_user_id::text || p_course_id::text, 1));
end
$$;
comment on function private.lock_learner(uuid, uuid) is
'Serialises all enrollment changes of one learner in one course until the transaction ends.';

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
  perform pg_advisory_xact_lock(hashtextextended(p_course_id::text, 2));
  return v_capacity - (
    select count(*) from public.enrollments as e
    where e.course_id = p_course_id and e.status in ('active', 'completed')
  );
end
$$;
comment on function private.free_seats(uuid) is
'Seats left in a course, null without a limit; the answer stays true until the transaction ends.';

create function private.hold_seats(p_course_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform private.free_seats(p_course_id);
  perform pg_advisory_xact_lock(hashtextextended(p_course_id::text, 2));
end
$$;
comment on function private.hold_seats(uuid) is
'Nobody is moved up from the waitlist until the transaction ends, without a limit neither.';

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
  -- Who waits though there is no limit had no right: it may be given and taken just now.
  if v_free is null and exists (
    select from public.enrollments as e
    where e.course_id = p_course_id and e.status = 'waitlisted'
  ) then
    perform private.hold_seats(p_course_id);
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
'Gives free seats to the waitlist in the order of asking.';

create function private.tg_fill_seats() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.fill_seats(old.course_id);
  return null;
end
$$;
comment on function private.tg_fill_seats() is 'Moves the waitlist up when a seat is freed.';

create function private.tg_fill_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.fill_seats(new.id);
  return null;
end
$$;
comment on function private.tg_fill_course() is 'Moves the waitlist up when seats are added.';

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
'Whoever was passed over on the waitlist for want of a right takes a free seat with the new one.';

create function private.tg_enter_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  insert into public.entitlements (user_id, course_id, source)
  select new.user_id, new.course_id, 'enrollment'
  where not exists (
    select from public.entitlements as t
    where t.user_id = new.user_id and t.course_id = new.course_id
  );
  if tg_op = 'UPDATE' then
    perform private.recount_learner(new.course_id, new.user_id);
  end if;
  return null;
end
$$;
comment on function private.tg_enter_course() is
'Whoever becomes active has a right on record and a progress that counts the course as it is '
'now.';

create function private.tg_leave_queue() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.recount_learner(new.course_id, new.user_id);
  return null;
end
$$;
comment on function private.tg_leave_queue() is
'Whoever waited was not counted meanwhile: a progress from before is brought up to date.';

create function private.tg_hold_courses() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_id uuid;
begin
  -- From here on nobody enrolls or withdraws this person: the list of courses stays complete.
  perform pg_advisory_xact_lock(hashtextextended(old.id::text, 5));
  -- Lessons come before their course: what is taken from their sums refers to them.
  perform from public.lessons as l
  where l.id in (select lp.lesson_id from public.lesson_progress as lp where lp.user_id = old.id)
  order by l.id for key share;
  for v_course_id in
    select c.id from public.courses as c
    where c.id in (
      select e.course_id from public.enrollments as e where e.user_id = old.id
      union all
      select s.course_id from public.course_staff as s where s.user_id = old.id
    )
    order by c.id for no key update
  loop
    perform pg_advisory_xact_lock(hashtextextended(v_course_id::text, 2));
  end loop;
  return old;
end
$$;
comment on function private.tg_hold_courses() is
'Locks the courses and seats of an account that is being deleted, before its profile goes.';

create trigger t30_hold_courses
before delete on auth.users
for each row execute function private.tg_hold_courses();

create trigger t10_seat_entitled
after insert or update of starts_at, expires_at, revoked_at on public.entitlements
for each row when (new.revoked_at is null)
execute function private.tg_seat_entitled();
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
create trigger t20_enter_course_insert
after insert on public.enrollments
for each row when (new.status in ('active', 'completed'))
execute function private.tg_enter_course();
create trigger t20_enter_course_update
after update of status on public.enrollments
for each row when (
  old.status not in ('active', 'completed') and new.status in ('active', 'completed')
)
execute function private.tg_enter_course();
create trigger t20_leave_queue
after update of status on public.enrollments
for each row when (old.status in ('pending', 'waitlisted') and new.status = 'withdrawn')
execute function private.tg_leave_queue();
create trigger t40_fill_course
after update of capacity on public.courses
for each row when (old.capacity is distinct from new.capacity)
execute function private.tg_fill_course();

-- Enrolling ---------------------------------------------------------------------------------------

create function private.is_entitled(p_user_id uuid, p_course_id uuid) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from public.entitlements as t
    where t.user_id = p_user_id and t.course_id = p_course_id
      -- Not now(): the call may have waited for the one that gave the right.
      and t.revoked_at is null and t.starts_at <= clock_timestamp()
      and (t.expires_at is null or t.expires_at > clock_timestamp())
  );
end
$$;
comment on function private.is_entitled(uuid, uuid) is
'True when the person has a right to the course now.';

create function private.entitle(
  p_user_id uuid, p_course_id uuid, p_source text, p_starts_at timestamptz, p_expires_at timestamptz
) returns public.entitlements
language plpgsql volatile
set search_path = ''
as $$
declare
  v_entitlement public.entitlements;
begin
  insert into public.entitlements as t (user_id, course_id, source, starts_at, expires_at)
  values (p_user_id, p_course_id, p_source, coalesce(p_starts_at, now()), p_expires_at)
  on conflict (user_id, course_id, source) do update
  set starts_at = excluded.starts_at, expires_at = excluded.expires_at, revoked_at = null
  returning t.* into v_entitlement;
  return v_entitlement;
end
$$;
comment on function private.entitle(uuid, uuid, text, timestamptz, timestamptz) is
'Gives or renews a right; one row a person, course and source.';

create function private.require_prerequisites(p_user_id uuid, p_course_id uuid) returns void
language plpgsql stable
set search_path = ''
as $$
declare
  v_missing text;
begin
  select coalesce(
    string_agg(c.title, ', ' order by c.title) filter (where c.published), 'not in the catalogue'
  ) into v_missing
  from public.course_prerequisites as p
  inner join public.courses as c on c.id = p.prerequisite_id
  left join public.enrollments as e on e.course_id = p.prerequisite_id and e.user_id = p_user_id
  cross join lateral (
    select avg(lp.score) as score from public.lesson_progress as lp
    where lp.user_id = p_user_id and lp.course_id = p.prerequisite_id and lp.score is not null
  ) as g
  where p.course_id = p_course_id
    and (
      e.completed_at is not null and (p.min_score is null or p.min_score <= g.score)
    ) is not true
  having count(*) > 0;
  if v_missing is not null then
    raise sqlstate 'PT409' using
      message = 'prerequisite_missing',
      detail = 'This course asks for completed courses: ' || v_missing || '.',
      hint = 'Complete them first.';
  end if;
end
$$;
comment on function private.require_prerequisites(uuid, uuid) is
'Raises prerequisite_missing unless the person has completed what the course demands.';

create function private.redeem_code(p_course_id uuid, p_code text) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  if nullif(btrim(p_code), '') is null then
    raise sqlstate 'PT403' using
      message = 'code_required',
      detail = 'This course opens with an access code.',
      hint = 'Send the code that the instructor gave you.';
  end if;
  update private.course_codes k set uses = k.uses + 1
  where k.course_id = p_course_id and lower(k.code) = lower(btrim(p_code))
    and (k.expires_at is null or k.expires_at > now())
    and (k.max_uses is null or k.uses < k.max_uses);
  if not found then
    raise sqlstate 'PT403' using
      message = 'code_invalid',
      detail = 'The code is wrong, expired or used up.',
      hint = 'Ask the instructor for a valid code.';
  end if;
end
$$;
comment on function private.redeem_code(uuid, text) is 'Uses an access code once, or refuses it.';

create function private.seat_learner(p_user_id uuid, p_course_id uuid) returns public.enrollments
language plpgsql volatile
set search_path = ''
as $$
declare
  v_seated boolean := coalesce(private.free_seats(p_course_id) > 0, true);
  v_enrollment public.enrollments;
begin
  insert into public.enrollments as e (user_id, course_id, status, enrolled_at, last_activity_at)
  values (
    p_user_id, p_course_id,
    case when v_seated then 'active' else 'waitlisted' end::public.enrollment_status,
    clock_timestamp(), clock_timestamp()
  )
  on conflict (course_id, user_id) do update
  set
    status = case
      when not v_seated then 'waitlisted'
      when e.completed_at is not null then 'completed'
      else 'active'
    end::public.enrollment_status,
    requested_at = case when e.status = 'pending' then e.requested_at else clock_timestamp() end,
    enrolled_at = clock_timestamp(),
    last_activity_at = clock_timestamp();
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = p_user_id;
  return v_enrollment;
end
$$;
comment on function private.seat_learner(uuid, uuid) is
'Makes the person active, or waitlisted when no seat is free, and returns the enrollment.';

create function private.enroll(p_course_id uuid, p_code text) returns public.enrollments
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_course public.courses;
  v_enrollment public.enrollments;
  v_entitled boolean;
begin
  perform private.lock_learner(v_user_id, p_course_id);
  select * into v_course from public.courses as c where c.id = p_course_id for share;
  perform private.require_account();
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
  v_entitled := private.is_entitled(v_user_id, p_course_id);
  if (v_enrollment.status = 'pending' and not v_entitled and v_course.enrollment_mode = 'approval')
    or (v_enrollment.status in ('waitlisted', 'active', 'completed') and v_entitled) then
    return v_enrollment;
  end if;
  if v_course.published is not true then
    raise sqlstate 'PT404' using
      message = 'course_not_found',
      detail = 'There is no published course with this id.',
      hint = 'Look the course up in the catalogue.';
  end if;
  if not v_entitled then
    -- Who was sent away does not come back through the door that is open to all.
    if exists (
      select from public.entitlements as t
      where t.user_id = v_user_id and t.course_id = p_course_id and t.revoked_at is not null
    ) then
      raise sqlstate 'PT403' using
        message = 'entitlement_revoked',
        detail = 'Your right to this course was taken away.',
        hint = 'Ask the staff of the course to give it again.';
    end if;
    if v_course.enrollment_mode = 'closed'
      or now() < v_course.opens_at or now() >= v_course.closes_at then
      raise sqlstate 'PT409' using
        message = 'course_closed',
        detail = case
          when v_course.enrollment_mode <> 'closed' and now() < v_course.opens_at
            then to_char(
              v_course.opens_at at time zone 'UTC', '"Enrollment opens at "YYYY-MM-DD"T"HH24:MI"Z."'
            )
          else 'The course takes no enrollments.'
        end,
        hint = 'See opens_at and closes_at of the course.';
    end if;
    perform private.require_prerequisites(v_user_id, p_course_id);
    if v_course.enrollment_mode = 'approval' then
      insert into public.enrollments as e (user_id, course_id, status)
      values (v_user_id, p_course_id, 'pending')
      on conflict (course_id, user_id) do update
      set status = 'pending', requested_at = clock_timestamp()
      returning e.* into v_enrollment;
      perform set_config('response.status', '201', true);
      return v_enrollment;
    end if;
    if v_course.enrollment_mode = 'code' then
      perform private.redeem_code(p_course_id, p_code);
    end if;
    perform private.entitle(v_user_id, p_course_id, v_course.enrollment_mode::text, null, null);
  else
    perform private.require_prerequisites(v_user_id, p_course_id);
  end if;
  if v_enrollment.status in ('waitlisted', 'active', 'completed') then
    -- Enrolled all along; only the right had ended and is renewed, which may have given a seat.
    select * into v_enrollment
    from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
    return v_enrollment;
  end if;
  perform set_config('response.status', '201', true);
  return private.seat_learner(v_user_id, p_course_id);
end
$$;
comment on function private.enroll(uuid, text) is 'Body of public.enroll.';

create function public.enroll(course_id uuid, code text default null) returns public.enrollments
language sql volatile
set search_path = ''
begin atomic
  select private.enroll(enroll.course_id, enroll.code);
end;
comment on function public.enroll(uuid, text) is
'Enrolls the caller and returns the enrollment: active, pending (mode approval) or waitlisted '
'(no seat). Idempotent; PostgREST answers 201 when the call changed something, 200 when it was '
'so already. Errors: course_not_found PT404, course_closed PT409, code_required, code_invalid '
'and entitlement_revoked PT403, prerequisite_missing PT409, not_authenticated 42501.';
grant execute on function private.enroll(uuid, text) to authenticated;
grant execute on function public.enroll(uuid, text) to authenticated;

create function private.withdraw(p_course_id uuid) returns public.enrollments
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_enrollment public.enrollments;
begin
  perform private.lock_learner(v_user_id, p_course_id);
  perform private.free_seats(p_course_id);
  perform private.require_account();
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'not_enrolled',
      detail = 'You are not enrolled in this course.',
      hint = 'Nothing needs to be done.';
  end if;
  if v_enrollment.status <> 'withdrawn' then
    update public.enrollments e set status = 'withdrawn' where e.id = v_enrollment.id;
    select * into v_enrollment from public.enrollments as e where e.id = v_enrollment.id;
  end if;
  return v_enrollment;
end
$$;
comment on function private.withdraw(uuid) is 'Body of public.withdraw.';

create function public.withdraw(course_id uuid) returns public.enrollments
language sql volatile
set search_path = ''
begin atomic
  select private.withdraw(withdraw.course_id);
end;
comment on function public.withdraw(uuid) is
'Takes the caller out of a course and returns the enrollment; progress and right are kept, the '
'seat goes to the waitlist. Idempotent. Errors: not_enrolled PT404, not_authenticated 42501.';
grant execute on function private.withdraw(uuid) to authenticated;
grant execute on function public.withdraw(uuid) to authenticated;
