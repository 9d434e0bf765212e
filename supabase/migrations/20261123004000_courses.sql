-- Courses: the course and its staff.
--
-- Invariants
--   * The creator of a course becomes its owner. A course loses its last owner only with their
--     account or platform role; then only admins own it.
--   * An account whose platform role ends is on the staff of no course.
--   * No client writes is_published, the counts, or the version.

create type public.course_role as enum ('owner', 'instructor', 'assistant');
comment on type public.course_role is
'Role of staff in one course: owners also appoint staff and delete the course; assistants edit '
'lessons but not the course.';

create type public.enrollment_mode as enum ('open', 'code', 'approval', 'closed');
comment on type public.enrollment_mode is
'How learners enroll: open to all, with a code, after approval by staff, or not at all.';

create table public.courses (
  id uuid not null default gen_random_uuid(),
  slug text not null,
  title text collate private.alphabetical not null,
  locale text not null default 'en',
  time_zone text not null default 'UTC',
  description text not null default '',
  is_published boolean not null default false,
  created_by uuid default auth.uid(),
  cover_url text,
  level text,
  tags text[] not null default '{}',
  enrollment_mode public.enrollment_mode not null default 'open',
  capacity integer,
  opens_at timestamptz,
  closes_at timestamptz,
  is_sequential boolean not null default false,
  lesson_count integer not null default 0,
  required_count integer not null default 0,
  version integer not null default 1,
  archived_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint courses_pkey primary key (id),
  constraint courses_slug_key unique (slug),
  constraint courses_created_by_fkey foreign key (created_by)
  references public.profiles (id) on delete set null,
  constraint courses_slug_check check (
    private.check_column('slug', slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 80)
  ),
  constraint courses_title_check check (
    private.check_column('title', private.is_title(title))
  ),
  constraint courses_locale_check check (
    locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' and length(locale) <= 35
  ),
  constraint courses_time_zone_check check (
    private.check_column('time_zone', private.is_time_zone(time_zone))
  ),
  constraint courses_description_check check (length(description) <= 20000),
  constraint courses_cover_url_check check (
    private.check_column('cover_url', private.is_address(cover_url))
  ),
  constraint courses_level_check check (length(level) <= 40),
  constraint courses_tags_check check (
    cardinality(tags) <= 20 and length(array_to_string(tags, ' ')) <= 1000
    and coalesce(array_ndims(tags), 1) = 1 and array_position(tags, null) is null
  ),
  constraint courses_capacity_check check (capacity > 0),
  constraint courses_archived_at_check check (archived_at is null or not is_published),
  constraint courses_opens_at_check check (private.is_date(opens_at)),
  constraint courses_closes_at_check check (closes_at > opens_at and private.is_date(closes_at))
);
comment on table public.courses is
'A course: its page in the catalogue and its rules of enrollment.';
comment on column public.courses.slug is
'The course in a URL: lower-case letters, digits, single hyphens.';
comment on column public.courses.locale is 'BCP 47 tag of the language of the course.';
comment on column public.courses.time_zone is
'Name of the time zone of the course, as in Europe/Paris: due dates that are days end in it, and '
'certificates bear the dates of it.';
comment on column public.courses.is_published is
'Written by publish_course, unpublish_course and archive_course only.';
comment on column public.courses.created_by is
'The account that becomes the first owner: null once it is, since everyone reads this table.';
comment on column public.courses.capacity is
'Seats for active and completed learners; null: no limit.';
comment on column public.courses.opens_at is 'Enrollment opens; null: at once.';
comment on column public.courses.closes_at is 'Enrollment closes; null: never.';
comment on column public.courses.is_sequential is
'Each lesson opens when the required lessons before it are completed.';
comment on column public.courses.lesson_count is
'Number of published lessons; written by a trigger.';
comment on column public.courses.required_count is
'Number of published required lessons, the denominator of progress; written by a trigger.';
comment on column public.courses.archived_at is
'When archive_course made the course read only for its learners and hid it from others.';
comment on column public.courses.version is
'Grows when a lesson is published, unpublished, deleted or changes is_required; a completion '
'stores it.';
create index courses_created_by_idx on public.courses (created_by);
create index courses_is_published_idx on public.courses (is_published, id);

create trigger t10_touch_updated_at
before update on public.courses
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create function private.tg_refuse_taken_slug() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- Policies are evaluated after this trigger: callers who may not insert must not learn the slugs
  -- of drafts here.
  if (tg_op = 'UPDATE' or private.is_service() or private.may_author())
    and not private.is_upsert()
    and exists (select from public.courses as c where c.slug = new.slug and c.id <> new.id) then
    perform private.refuse('slug_taken');
  end if;
  return new;
end
$$;
comment on function private.tg_refuse_taken_slug() is
'Refuses a slug of another course; a concurrent writer still meets the unique key.';

create function private.end_of_day(p_course_id uuid, p_day date) returns timestamptz
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    -- Where clocks change around midnight, one of the two is an hour late.
    select least(
      (p_day + 1)::timestamp at time zone c.time_zone - interval '1 second',
      (p_day + time '23:59:59') at time zone c.time_zone
    )
    from public.courses as c
    where c.id = p_course_id and p_day between '2000-01-01' and '9999-12-30'
  );
end
$$;
comment on function private.end_of_day(uuid, date) is
'The last second of a day in the time zone of a course; null without a day of 2000 to 9999.';

create trigger t10_refuse_taken_slug
before insert or update of slug on public.courses
for each row execute function private.tg_refuse_taken_slug();

create function private.tg_own_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if new.created_by is not null then
    insert into public.course_staff (course_id, user_id, role)
    values (new.id, new.created_by, 'owner')
    on conflict (course_id, user_id) do nothing;
    update public.courses c set created_by = null where c.id = new.id;
  end if;
  return null;
end
$$;
comment on function private.tg_own_course() is 'Makes the creator of a course its owner.';

create trigger t20_own_course
after insert on public.courses
for each row execute function private.tg_own_course();

create trigger t90_spend_rows
after insert on public.courses
referencing new table as new_rows
for each statement execute function private.tg_spend_rows('content');
create trigger t90_spend_growth
after update on public.courses
for each row when (pg_column_size(new.*) > pg_column_size(old.*))
execute function private.tg_spend_growth('content');

alter table public.courses enable row level security;
revoke all on public.courses from public, anon, authenticated, service_role;
grant select on public.courses to anon, authenticated, service_role;
grant insert (
  id, slug, title, locale, time_zone, description, cover_url, level, tags, enrollment_mode,
  capacity, opens_at, closes_at, is_sequential
) on public.courses to authenticated, service_role;
grant update (
  slug, title, locale, time_zone, description, cover_url, level, tags, enrollment_mode, capacity,
  opens_at, closes_at, is_sequential
) on public.courses to authenticated, service_role;
grant delete on public.courses to authenticated, service_role;

create policy courses_select_anon on public.courses
for select to anon
using (is_published);
comment on policy courses_select_anon on public.courses is 'Anyone reads published courses.';

create policy courses_select_authenticated on public.courses
for select to authenticated
using (
  is_published
  -- A row that the caller has just inserted: RETURNING is checked before tg_own_course runs.
  or created_by = (select private.account_id())
  or id = any(array(select private.staffed_course_ids()))
  or id = any(array(select private.enrolled_course_ids()))
  or (select private.is_admin())
);
comment on policy courses_select_authenticated on public.courses is
'Published courses; unpublished ones for their staff, their enrolled learners and admins.';

create policy courses_insert_author on public.courses
for insert to authenticated
with check (created_by = (select private.account_id()) and (select private.may_author()));
comment on policy courses_insert_author on public.courses is
'Instructors and admins create courses.';

create policy courses_update_manager on public.courses
for update to authenticated
using (
  id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
)
with check (
  id = any(array(select private.managed_course_ids()))
  or (select private.is_admin())
);
comment on policy courses_update_manager on public.courses is
'Owners and instructors of the course, and admins, change it.';

create policy courses_delete_owner on public.courses
for delete to authenticated
using (
  id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy courses_delete_owner on public.courses is
'Owners and admins delete a course; tg_refuse_deletion keeps one with learners.';

create table public.course_staff (
  course_id uuid not null,
  user_id uuid not null,
  role public.course_role not null default 'instructor',
  created_at timestamptz not null default now(),
  constraint course_staff_pkey primary key (course_id, user_id),
  constraint course_staff_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint course_staff_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade
);
comment on table public.course_staff is 'The staff of a course, with their roles.';
create index course_staff_user_id_idx on public.course_staff (user_id, course_id);

create function private.tg_refuse_last_owner() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- An account that is being deleted leaves its courses, and so does one that an admin demotes.
  if not exists (
    select from public.profiles as p
    where p.id = old.user_id and p.deleted_at is null
      and (p.role <> 'learner' or not private.is_operator())
  ) then
    return old;
  end if;
  -- Of two owners who leave concurrently, the second waits and sees that the first is gone. Without
  -- a course row, the course is being deleted.
  perform from public.courses as c where c.id = old.course_id for no key update;
  if found and not exists (
    select from public.course_staff as s
    where s.course_id = old.course_id and s.role = 'owner' and s.user_id <> old.user_id
  ) then
    perform private.refuse('last_owner');
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.tg_refuse_last_owner() is
'Refuses to remove or demote the last owner of a course, unless their account is deleted or '
'demoted to learner.';

create trigger t10_refuse_last_owner_update
before update of role on public.course_staff
for each row when (old.role = 'owner' and new.role <> 'owner')
execute function private.tg_refuse_last_owner();
create trigger t10_refuse_last_owner_delete
before delete on public.course_staff
for each row when (old.role = 'owner')
execute function private.tg_refuse_last_owner();

create function private.tg_refuse_appointment() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if not private.is_admin() then
    perform private.refuse('invitation_required');
  end if;
  return new;
end
$$;
comment on function private.tg_refuse_appointment() is
'Refuses to make somebody an owner without asking, but by an admin: owners invite them.';

-- current_user: a client, not accept_invitation.
create trigger t15_refuse_appointment
before update of role on public.course_staff
for each row when (
  new.role = 'owner' and old.role <> 'owner' and current_user = 'authenticated'
)
execute function private.tg_refuse_appointment();

create function private.tg_audit_staff() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.audit(
    'course_staff_' || lower(tg_op),
    case when tg_op = 'DELETE' then old.user_id else new.user_id end,
    jsonb_build_object(
      'course_id', case when tg_op = 'DELETE' then old.course_id else new.course_id end,
      'from', case when tg_op <> 'INSERT' then old.role end,
      'to', case when tg_op <> 'DELETE' then new.role end
    )
  );
  return null;
end
$$;
comment on function private.tg_audit_staff() is
'Writes every change of the staff of a course to the audit log.';

create trigger t20_audit_staff
after insert or update or delete on public.course_staff
for each row execute function private.tg_audit_staff();

alter table public.course_staff enable row level security;
revoke all on public.course_staff from public, anon, authenticated, service_role;
grant select on public.course_staff to authenticated, service_role;
grant insert (course_id, user_id, role) on public.course_staff to authenticated, service_role;
grant update (role) on public.course_staff to authenticated, service_role;
grant delete on public.course_staff to authenticated, service_role;

create policy course_staff_select_staff on public.course_staff
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy course_staff_select_staff on public.course_staff is
'Staff read the staff list of their courses; admins read all.';

create policy course_staff_insert_admin on public.course_staff
for insert to authenticated
with check ((select private.is_admin()));
comment on policy course_staff_insert_admin on public.course_staff is
'Admins appoint staff, as where a course has no owner; others invite, and the person accepts.';

create policy course_staff_update_owner on public.course_staff
for update to authenticated
using (
  course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy course_staff_update_owner on public.course_staff is
'Owners and admins change a staff role; tg_refuse_appointment leaves the owners to admins.';

create policy course_staff_delete_owner on public.course_staff
for delete to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.owned_course_ids()))
  or (select private.is_admin())
);
comment on policy course_staff_delete_owner on public.course_staff is
'Owners and admins remove staff; anyone may leave.';

create function private.course_teachers(p_course_ids uuid[])
returns table (course_id uuid, name text, headline text, picture text, bio_md text)
language plpgsql stable rows 10
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id, p.name, p.headline, p.avatar_url, p.bio_md
  from public.course_staff as s
  inner join public.profiles as p on p.id = s.user_id
  where s.course_id = any(p_course_ids) and s.role in ('owner', 'instructor')
    and not exists (
      select from private.suspensions as x where x.user_id = p.id and x.ends_at > now()
    )
  order by s.role <> 'owner', p.name, p.id;
end
$$;
comment on function private.course_teachers(uuid[]) is
'The owners and then the instructors of courses, as everyone may see them: no address, no id.';

create function private.course_team(p_course_id uuid)
returns table (
  user_id uuid, name text, email text, headline text, picture text, role text,
  created_at timestamptz
)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(p_course_id);
  return query
  select s.user_id, p.name, p.email, p.headline, p.avatar_url, s.role::text, s.created_at
  from public.course_staff as s
  inner join public.profiles as p on p.id = s.user_id
  where s.course_id = p_course_id
  order by s.role, p.name, p.id;
end
$$;
grant execute on function private.course_team(uuid) to authenticated, service_role;

create function public.course_team(course_id uuid)
returns table (
  user_id uuid, name text, email text, headline text, picture text, role text,
  created_at timestamptz
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_team(course_team.course_id);
end;
comment on function public.course_team(uuid) is
'The staff of a course with their addresses, owners first; for staff.

created_at is when the person joined. Learners find the names of owners and instructors in
course_outline.

Errors: not_course_staff.';

grant execute on function public.course_team(uuid) to authenticated, service_role;

create function private.ownerless_courses(p_user_id uuid, p_course_ids uuid[])
returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(
      jsonb_build_object('course_id', c.id, 'course_slug', c.slug, 'title', c.title)
      order by c.slug
    ), '[]')
    from public.courses as c
    where c.id = any(p_course_ids) and not exists (
      select from public.course_staff as s
      where s.course_id = c.id and s.role = 'owner' and s.user_id <> p_user_id
        and private.is_active(s.user_id)
    )
  );
end
$$;
comment on function private.ownerless_courses(uuid, uuid[]) is
'Those of the courses that have no other owner who can act.';

create type public.role_change as (
  id uuid, email text, name text, avatar_url text, locale text, time_zone text,
  role public.app_role, created_at timestamptz, updated_at timestamptz, ownerless_courses jsonb
);
comment on type public.role_change is
'The answer of set_user_role: columns of the profile, and the courses without an owner.';

create function private.set_user_role(p_user_id uuid, p_role public.app_role)
returns public.role_change
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_old public.app_role;
  v_profile public.profiles;
  v_ownerless jsonb := '[]'::jsonb;
begin
  if not private.is_operator() then
    perform private.refuse('admin_required');
  end if;
  if p_role is null then
    perform private.refuse('invalid_role');
  end if;
  perform private.lock_account(p_user_id, false);
  -- Courses before profiles: of two owners who leave concurrently, one is seen to be the last.
  if p_role = 'learner' then
    perform from public.courses as c
    where c.id in (
      select s.course_id from public.course_staff as s
      where s.user_id = p_user_id and s.role = 'owner'
    )
    order by c.id for no key update;
  end if;
  -- Locks all admins by id: two admins cannot demote each other concurrently.
  perform from public.profiles as p where p.role = 'admin' order by p.id for update;
  select p.role into v_old
  from public.profiles as p where p.id = p_user_id and p.deleted_at is null for update;
  if not found then
    perform private.refuse('user_not_found');
  end if;
  if v_old = 'admin' and p_role <> 'admin'
    and not exists (
      select from public.profiles as p
      where p.role = 'admin' and p.id <> p_user_id and private.is_active(p.id)
    ) then
    perform private.refuse('last_admin');
  end if;
  update public.profiles p set role = p_role where p.id = p_user_id returning p.* into v_profile;
  if v_old <> 'learner' and p_role = 'learner' then
    with removed as (
      delete from public.course_staff s where s.user_id = p_user_id returning s.course_id, s.role
    )

    select private.ownerless_courses(
      p_user_id, array(select r.course_id from removed as r where r.role = 'owner')
    ) into v_ownerless;
  end if;
  if v_old <> p_role then
    perform private.audit('set_user_role', p_user_id, jsonb_strip_nulls(jsonb_build_object(
      'from', v_old, 'to', p_role, 'ownerless_courses', nullif(v_ownerless, '[]')
    )));
  end if;
  return row(
    v_profile.id, v_profile.email, v_profile.name, v_profile.avatar_url, v_profile.locale,
    v_profile.time_zone, v_profile.role, v_profile.created_at, v_profile.updated_at, v_ownerless
  )::public.role_change;
end
$$;
grant execute on function private.set_user_role(uuid, public.app_role)
to authenticated, service_role;

create function public.set_user_role(user_id uuid, role public.app_role)
returns public.role_change
language sql volatile
set search_path = ''
begin atomic
  select private.set_user_role(set_user_role.user_id, set_user_role.role);
end;
comment on function public.set_user_role(uuid, public.app_role) is
'Sets the platform role of an account and returns its profile.

An instructor or admin who becomes a learner leaves the staff of every course. ownerless_courses
lists those that have no owner then: admins act on them, and can appoint one. For admins and
service_role; audited.

Errors: admin_required, user_not_found, invalid_role, last_admin.';

grant execute on function public.set_user_role(uuid, public.app_role)
to authenticated, service_role;

create function private.suspension(p_user_id uuid) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'user_id', p.id,
      'is_suspended', not private.is_active(p.id),
      'until', case when s.suspension_ends_at > now() then nullif(s.suspension_ends_at, 'infinity') end,
      'reason', case when s.suspension_ends_at > now() then s.reason end,
      'banned_until', case when s.ban_ends_at > now() then nullif(s.ban_ends_at, 'infinity') end,
      'ownerless_courses', case
        when private.is_active(p.id) then '[]'
        else private.ownerless_courses(p.id, array(
          select o.course_id from public.course_staff as o
          where o.user_id = p.id and o.role = 'owner'
        ))
      end
    )
    from public.profiles as p
    left join private.suspensions as s on s.user_id = p.id
    where p.id = p_user_id
  );
end
$$;
comment on function private.suspension(uuid) is
'Whether an account is suspended, and what follows, as the functions answer.';

create function private.suspend_user(p_user_id uuid, p_reason text, p_until timestamptz)
returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_answer jsonb;
begin
  perform private.require_operator();
  p_reason := private.read_reason(p_reason, true);
  if p_until <= now() or not private.is_date(p_until) then
    perform private.refuse('invalid_expiry');
  end if;
  perform private.require_other_admin(p_user_id);
  -- Waits for calls of the account.
  perform private.lock_account(p_user_id, false);
  perform from public.profiles as p where p.id = p_user_id and p.deleted_at is null for update;
  if not found then
    perform private.refuse('user_not_found');
  end if;
  -- Again, with the role as it is now.
  perform private.require_other_admin(p_user_id);
  insert into private.suspensions as s (user_id, suspension_ends_at, reason, suspended_by, suspended_at)
  values (p_user_id, coalesce(p_until, 'infinity'), p_reason, auth.uid(), now())
  on conflict (user_id) do update
  set
    suspension_ends_at = excluded.suspension_ends_at, reason = excluded.reason,
    suspended_by = excluded.suspended_by,
    suspended_at = excluded.suspended_at;
  v_answer := private.suspension(p_user_id);
  perform private.audit('suspend_user', p_user_id, jsonb_build_object(
    'reason', p_reason, 'until', p_until, 'ownerless_courses', v_answer -> 'ownerless_courses'
  ));
  return v_answer;
end
$$;
grant execute on function private.suspend_user(uuid, text, timestamptz)
to authenticated, service_role;

create function public.suspend_user(user_id uuid, reason text, until timestamptz default null)
returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.suspend_user(suspend_user.user_id, suspend_user.reason, suspend_user.until);
end;
comment on function public.suspend_user(uuid, text, timestamptz) is
'Suspends an account until a time, or until restore_user.

From then on no call works that a visitor could not make: functions refuse with account_suspended,
whose details have until and reason, and tables and files are empty. Seats, progress and
certificates stay; staff rights and roles rest, and ownerless_courses lists the courses that have no
other owner who can act. A ban by Auth does the same. Suspending again changes reason and end. For
admins and service_role; audited.

Errors: admin_required, user_not_found, reason_required, invalid_expiry, last_admin.';

grant execute on function public.suspend_user(uuid, text, timestamptz)
to authenticated, service_role;

create function private.restore_user(p_user_id uuid) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_operator();
  perform from public.profiles as p where p.id = p_user_id and p.deleted_at is null for update;
  if not found then
    perform private.refuse('user_not_found');
  end if;
  update private.suspensions s
  set suspension_ends_at = null, reason = null, suspended_by = null, suspended_at = null
  where s.user_id = p_user_id and s.suspension_ends_at is not null;
  if found then
    perform private.audit('restore_user', p_user_id, '{}');
  end if;
  return private.suspension(p_user_id);
end
$$;
grant execute on function private.restore_user(uuid) to authenticated, service_role;

create function public.restore_user(user_id uuid) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.restore_user(restore_user.user_id);
end;
comment on function public.restore_user(uuid) is
'Ends the suspension of an account; roles and staff rights hold again.

is_suspended stays true while Auth bans the account (banned_until): Auth lifts its own ban.
Idempotent. For admins and service_role; audited.

Errors: admin_required, user_not_found.';

grant execute on function public.restore_user(uuid) to authenticated, service_role;

create function private.people(
  p_query text, p_role public.app_role, p_page_size integer, p_cursor text
)
returns table (
  user_id uuid, name text, email text, role public.app_role, is_suspended boolean,
  suspended_until timestamptz, suspended_reason text, created_at timestamptz, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'people', p_query, p_role));
  v_pattern text := '%' || regexp_replace(p_query, '([\\%_])', '\\\1', 'g') || '%';
  v_after private.cursor_position;
begin
  perform private.require_operator();
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    p.id, p.name::text, p.email, p.role, coalesce(s.ends_at > now(), false),
    case when s.ends_at > now() then nullif(s.ends_at, 'infinity') end,
    case when s.suspension_ends_at > now() then s.reason end,
    p.created_at,
    private.make_cursor(v_signature, null, lower(p.email collate "C"), p.id)
  from public.profiles as p
  left join private.suspensions as s on s.user_id = p.id
  where p.deleted_at is null
    and (p_role is null or p.role = p_role)
    and (p_query is null or p.name ilike v_pattern or p.email ilike v_pattern)
    and (
      v_after.id is null
      or (lower(p.email collate "C"), p.id) > (v_after.text collate "C", v_after.id)
    )
  order by lower(p.email collate "C"), p.id
  limit p_page_size;
end
$$;
grant execute on function private.people(text, public.app_role, integer, text)
to authenticated, service_role;

create function public.people(
  query text default null, role public.app_role default null, page_size integer default 50,
  cursor text default null
)
returns table (
  user_id uuid, name text, email text, role public.app_role, is_suspended boolean,
  suspended_until timestamptz, suspended_reason text, created_at timestamptz, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.people(people.query, people.role, people.page_size, people.cursor);
end;
comment on function public.people(text, public.app_role, integer, text) is
'Accounts in the order of their addresses, for admins and service_role.

query is a part of the name or address. suspended_until is null without an end; suspended_reason is
null where Auth bans the account.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: admin_required, invalid_page, invalid_cursor.';

grant execute on function public.people(text, public.app_role, integer, text)
to authenticated, service_role;
