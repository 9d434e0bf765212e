-- Caller: who sends the request, and which courses, lessons and people they may see or change.
--
-- Invariants
--   * The only late-bound file: every function is PL/pgSQL and may read tables of later files,
--     which bind at the first call. So a policy can stand beside its table.
--   * A key helper returns the caller's whole set of keys and takes no argument: a policy evaluates
--     it once a statement, and not at all where an earlier arm of an OR is true of every row.
--   * PL/pgSQL also because it caches plans: policies call these functions in every statement.
--   * "Or an admin" has two forms. `or (select private.is_admin())` is for writes, and for reads of
--     tables that have public rows. Reads of all other tables compare an indexed key:
--     `or key between (select private.admin_floor()) and 'ffffffff-…'`. The flag is true of any
--     row, so a select without a filter would scan the whole table for every caller; the range is
--     an index scan that is empty for callers other than admins.

-- Is the request made with the service key? The role setting survives security definer functions
-- and, unlike a claim, cannot be forged by a token that PostgREST has verified for another role.
create function private.is_service() returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return coalesce(current_setting('role', true) = 'service_role', false);
end
$$;
comment on function private.is_service() is 'True when the current request runs as service_role.';

create function private.is_admin() returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return exists (
    select from public.profiles as p
    where p.id = (select auth.uid()) and p.role = 'admin'
  ) and private.account_id() is not null;
end
$$;
comment on function private.is_admin() is 'True when the caller is a platform admin.';

grant execute on function private.is_admin() to authenticated;

-- The planner expects 1 row in 200 of a range whose bounds it does not know, and so uses the index.
create function private.admin_floor() returns uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if private.is_admin() then
    return '00000000-0000-0000-0000-000000000000'::uuid;
  end if;
  return null;
end
$$;
comment on function private.admin_floor() is
'The least id for an admin, null for others: the lower bound of all ids, or of none.';

grant execute on function private.admin_floor() to authenticated;

create function private.is_operator() returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return private.is_service() or private.is_admin();
end
$$;
comment on function private.is_operator() is 'True for a platform admin and for service_role.';

create function private.may_author() returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return exists (
    select from public.profiles as p
    where p.id = (select auth.uid()) and p.role in ('instructor', 'admin')
  ) and private.account_id() is not null;
end
$$;
comment on function private.may_author() is
'True when the caller may create courses: instructors and admins.';

grant execute on function private.may_author() to authenticated;

-- A token is valid for up to an hour after its account is deleted. Two short plans instead of one:
-- most calls execute this function several times.
create function private.account_id() returns uuid
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
begin
  if v_user_id is null then
    return null;
  end if;
  perform from public.profiles as p where p.id = v_user_id and p.deleted_at is null;
  if not found then
    return null;
  end if;
  perform from private.suspensions as s where s.user_id = v_user_id and s.ends_at > now();
  return case when not found then v_user_id end;
end
$$;
comment on function private.account_id() is
'The id of the caller; null when they are not signed in or their account is deleted or suspended.';

grant execute on function private.account_id() to authenticated;

create function private.refuse_caller() returns void
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_details jsonb;
begin
  select jsonb_build_object(
    'until', nullif(s.ends_at, 'infinity'),
    'reason', case when s.suspension_ends_at > now() then s.reason end
  ) into v_details
  from private.suspensions as s where s.user_id = auth.uid() and s.ends_at > now();
  if found then
    perform private.refuse('account_suspended', v_details);
  end if;
  perform private.refuse('not_authenticated');
end
$$;
comment on function private.refuse_caller() is
'Refuses a caller without an id, and says whether they are suspended.';

create function private.require_user() returns uuid
language plpgsql stable
set search_path = ''
as $$
declare
  v_user_id uuid := private.account_id();
begin
  if v_user_id is null then
    perform private.refuse_caller();
  end if;
  return v_user_id;
end
$$;
comment on function private.require_user() is
'The id of the caller; refuses a caller who is not signed in or whose account is deleted or '
'suspended.';

create function private.lock_account(p_user_id uuid, p_is_shared boolean) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_key bigint := hashtextextended(p_user_id::text, 5);
begin
  if p_is_shared then
    perform pg_advisory_xact_lock_shared(v_key);
  else
    perform pg_advisory_xact_lock(v_key);
  end if;
end
$$;
comment on function private.lock_account(uuid, boolean) is
'Locks an account: shared for what it does and for a change of its enrollments, exclusive to '
'delete or suspend it and to change its role.';

-- For functions that write.
create function private.require_account() returns uuid
language plpgsql volatile
set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
begin
  -- Not the row: each report would write the page of the profile.
  perform private.lock_account(v_user_id, true);
  -- Read after the lock, which waits for who deletes or suspends the account.
  perform from public.profiles as p where p.id = v_user_id and p.deleted_at is null;
  if not found then
    perform private.refuse_caller();
  end if;
  perform from private.suspensions as s where s.user_id = v_user_id and s.ends_at > now();
  if found then
    perform private.refuse_caller();
  end if;
  return v_user_id;
end
$$;
comment on function private.require_account() is
'The same as require_user; also locks the account of the caller.';

create function private.taught_user_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select e.user_id
  from public.course_staff as s
  inner join public.enrollments as e on e.course_id = s.course_id
  where s.user_id = (select private.account_id()) and e.status <> 'withdrawn';
end
$$;
comment on function private.taught_user_ids() is
'Learners of the courses that the caller is staff of, pending and waitlisted ones too; withdrawn '
'ones not.';

grant execute on function private.taught_user_ids() to authenticated;

create function private.staffed_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id from public.course_staff as s where s.user_id = (select private.account_id());
end
$$;
comment on function private.staffed_course_ids() is
'Courses that the caller is staff of, in any role.';

grant execute on function private.staffed_course_ids() to authenticated;

create function private.managed_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id from public.course_staff as s
  where s.user_id = (select private.account_id()) and s.role in ('owner', 'instructor');
end
$$;
comment on function private.managed_course_ids() is 'Courses that the caller owns or instructs.';

grant execute on function private.managed_course_ids() to authenticated;

create function private.owned_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select s.course_id from public.course_staff as s
  where s.user_id = (select private.account_id()) and s.role = 'owner';
end
$$;
comment on function private.owned_course_ids() is 'Courses that the caller owns.';

grant execute on function private.owned_course_ids() to authenticated;

create function private.published_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query select c.id from public.courses as c where c.is_published;
end
$$;
comment on function private.published_course_ids() is
'Published courses; for the policies of course prerequisites, a small table.';

grant execute on function private.published_course_ids() to anon, authenticated;

create function private.enrolled_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select e.course_id from public.enrollments as e
  where e.user_id = (select private.account_id())
    and e.status in ('active', 'completed')
    and exists (
      select from public.entitlements as t
      where t.user_id = e.user_id and t.course_id = e.course_id
        and t.revoked_at is null and t.starts_at <= now()
        and (t.expires_at is null or t.expires_at > now())
    );
end
$$;
comment on function private.enrolled_course_ids() is
'Courses in which the caller has a seat and an entitlement that is valid now.';

grant execute on function private.enrolled_course_ids() to authenticated;

create function private.archived_course_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return query
  select c.id from public.courses as c
  where c.id in (select private.enrolled_course_ids()) and c.archived_at is not null;
end
$$;
comment on function private.archived_course_ids() is
'Those of enrolled_course_ids that are archived: their learners still read them.';

grant execute on function private.archived_course_ids() to authenticated;

create function private.open_lesson_ids() returns setof uuid
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.account_id();
  v_course_ids uuid[] := '{}'::uuid[];
  v_course_id uuid;
  v_lesson_ids uuid[];
begin
  -- An entry of the cache that has the whole course misses no lesson.
  for v_course_id, v_lesson_ids in
    select o.course_id, o.lesson_ids from private.open_lessons as o
    where o.user_id = v_user_id and o.is_whole and o.ends_at > now()
  loop
    v_course_ids := v_course_ids || v_course_id;
    return query select u.id from unnest(v_lesson_ids) as u (id);
  end loop;
  return query
  select s.lesson_id
  from private.lesson_states(
    v_user_id,
    array(select e.id from private.enrolled_course_ids() as e (id) where e.id <> all(v_course_ids))
  ) as s
  where s.is_open;
end
$$;
comment on function private.open_lesson_ids() is
'Lessons that are open to the caller now, in all courses in which they are enrolled.';

grant execute on function private.open_lesson_ids() to authenticated;

create function private.cached_lesson_ids() returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_all_ids uuid[];
  v_lesson_ids uuid[];
begin
  -- A loop: unnest and array_agg cost more than reading the rows.
  for v_lesson_ids in
    select o.lesson_ids from private.open_lessons as o
    where o.user_id = (select private.account_id()) and o.ends_at > now()
  loop
    v_all_ids := v_all_ids || v_lesson_ids;
  end loop;
  return v_all_ids;
end
$$;
comment on function private.cached_lesson_ids() is
'Those of open_lesson_ids that the cache private.open_lessons has: most, in a tenth of the time. '
'Null: none.';

grant execute on function private.cached_lesson_ids() to authenticated;

create function private.is_staff(p_course_id uuid) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return private.is_operator() or exists (
    select from public.course_staff as s
    where s.course_id = p_course_id and s.user_id = (select private.account_id())
  );
end
$$;
comment on function private.is_staff(uuid) is
'True for staff of the course, admins and service_role; for functions, never for policies.';

create function private.is_manager(p_course_id uuid) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return private.is_operator() or exists (
    select from public.course_staff as s
    where s.course_id = p_course_id
      and s.user_id = (select private.account_id()) and s.role in ('owner', 'instructor')
  );
end
$$;
comment on function private.is_manager(uuid) is
'True for owners and instructors of the course, admins and service_role; for functions, never for '
'policies.';

create function private.require_manager(p_course_id uuid) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if not private.is_manager(p_course_id) then
    perform private.refuse('not_course_staff');
  end if;
end
$$;
comment on function private.require_manager(uuid) is
'Refuses callers other than owners and instructors of the course, admins and service_role.';

create function private.require_managed_course(p_course_id uuid) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_manager(p_course_id);
  if not exists (select from public.courses as c where c.id = p_course_id) then
    perform private.refuse('course_not_found');
  end if;
end
$$;
comment on function private.require_managed_course(uuid) is
'The same as require_manager; also refuses a course that does not exist.';

create function private.require_staff(p_course_id uuid) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if not coalesce(private.is_staff(p_course_id), false) then
    perform private.refuse('not_course_staff');
  end if;
end
$$;
comment on function private.require_staff(uuid) is
'Refuses callers other than staff of the course, admins and service_role.';

create function private.refuse_own_work(p_user_id uuid) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if p_user_id = auth.uid() then
    perform private.refuse('own_work');
  end if;
end
$$;
comment on function private.refuse_own_work(uuid) is
'Refuses a caller who acts as staff on themselves: nobody grades their own work, admins included.';

create function private.is_visible(p_course_id uuid) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_is_published boolean;
begin
  select c.is_published into v_is_published from public.courses as c where c.id = p_course_id;
  if v_is_published or not found then
    return found;
  end if;
  return private.is_staff(p_course_id)
    or p_course_id in (select private.enrolled_course_ids());
end
$$;
comment on function private.is_visible(uuid) is
'True when the course exists and the caller may know of it.';

create function private.require_visible(p_course_id uuid) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if not private.is_visible(p_course_id) then
    perform private.refuse('course_not_found');
  end if;
end
$$;
comment on function private.require_visible(uuid) is
'Refuses a course that does not exist or that the caller may not know of.';

create function private.readable_lesson_ids(p_course_id uuid) returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.account_id();
  v_lesson_ids uuid[];
begin
  if private.is_staff(p_course_id) then
    return array(
      select l.id from public.lessons as l
      where l.course_id = p_course_id and l.archived_at is null
    );
  end if;
  -- An entry of the cache that has the whole course misses no lesson.
  select o.lesson_ids into v_lesson_ids
  from private.open_lessons as o
  where o.user_id = v_user_id and o.course_id = p_course_id and o.is_whole and o.ends_at > now();
  if found then
    return v_lesson_ids;
  end if;
  return array(
    select s.lesson_id from private.lesson_states(v_user_id, array[p_course_id]) as s
    where s.is_open
  );
end
$$;
comment on function private.readable_lesson_ids(uuid) is
'Lessons of a course that are open to the caller; for staff all that are not archived.';

create function private.may_see_few(p_course_id uuid) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return exists (
    select from public.course_staff as s
    where s.course_id = p_course_id and s.user_id = (select private.account_id())
  );
end
$$;
comment on function private.may_see_few(uuid) is
'True for staff of the course: they see figures of small groups too.';

create function private.require_operator() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if not private.is_operator() then
    perform private.refuse('admin_required');
  end if;
end
$$;
comment on function private.require_operator() is
'Refuses callers other than admins and service_role.';

create function private.require_service() returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if not private.is_service() then
    perform private.refuse('service_required');
  end if;
end
$$;
comment on function private.require_service() is 'Refuses callers other than service_role.';
