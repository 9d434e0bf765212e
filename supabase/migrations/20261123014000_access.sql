-- Access: which lessons are open to a learner: the one predicate, its cache, and their readers.
--
-- Invariants
--   * Every answer about access comes from private.lesson_states, the predicate that guards the
--     content itself, or from its cache. No answer carries content.
--   * open_lessons is a cache that may miss but never lies: each lesson in it is one that
--     lesson_states calls open; private.access_audit() lists those that are not. Policies ask
--     lesson_states about the rest.
--   * What only opens a lesson may reach the cache late. What closes one invalidates it in the same
--     transaction: an edit of the course that may close a lesson deletes the entries of the course;
--     an entitlement that is cut short, a seat that is given up, a score that falls recompute the
--     entry of the learner; an entitlement that ends by itself stores its end in the entry.
--   * first_lessons is the same cache for newcomers: one row a course, from which their entry is
--     copied.
--   * A writer of an entry has locked the enrollment and, shared, the open lessons of the course
--     (advisory), each in an earlier statement: what it computes is newer than anything committed.
--     An edit of the course takes the second lock exclusively, as the last lock of its statement.
--     No writer touches an entry before it has the lock, so an edit never waits for one.
--
-- Locks are taken in this order: enrollment, open lessons of the course, its first lessons (both
-- advisory). A function that revokes an entitlement locks the seats of the course, see the
-- enrollment file.

create function private.lesson_states(p_user_id uuid, p_course_ids uuid[])
returns table (
  course_id uuid, lesson_id uuid, ordinal integer, is_open boolean, reason text,
  opens_at timestamptz, requires uuid[], status public.progress_status, score numeric,
  position_seconds integer, furthest_seconds integer
)
language plpgsql stable
-- The lessons of one course: a plan that expects a thousand hashes the wide rows of its caller.
rows 20
security definer
set search_path = '' set plan_cache_mode = 'force_generic_plan' set timezone = 'UTC'
as $$
declare
  v_course_id uuid;
  v_course record;
begin
  foreach v_course_id in array coalesce(p_course_ids, '{}') loop
    select
      c.id,
      c.is_published,
      c.is_sequential,
      c.is_sequential
      or exists (select from public.lesson_prerequisites as p where p.course_id = c.id)
      or exists (
        select from public.lessons as l
        where l.course_id = c.id and (l.release_at is not null or l.release_after is not null)
      ) as is_gated,
      e.enrolled_at,
      case
        when not c.is_published and c.archived_at is null then 'course_unpublished'
        when e.status is null or e.status = 'withdrawn' then 'not_enrolled'
        when e.status = 'pending' then 'enrollment_pending'
        when e.status = 'waitlisted' then 'waitlisted'
        when not private.is_entitled(p_user_id, c.id) then 'entitlement_ended'
      end as barrier
    into v_course
    from public.courses as c
    left join public.enrollments as e on e.course_id = c.id and e.user_id = p_user_id
    where c.id = v_course_id;
    continue when not found;
    -- Without a gate all lessons share one reason: a shorter plan.
    if not v_course.is_gated then
      return query
      select
        v_course.id, l.id, (row_number() over (order by m.ord, l.ord, l.id))::integer,
        x.reason is null, x.reason, null::timestamptz, '{}'::uuid[],
        lp.status, lp.score, lp.position_seconds, lp.furthest_seconds
      from public.lessons as l
      inner join public.modules as m on m.id = l.module_id and m.course_id = v_course.id
      left join public.lesson_progress as lp
        on lp.user_id = p_user_id and lp.lesson_id = l.id
      cross join lateral (
        select case when not (l.is_preview and v_course.is_published) then v_course.barrier end
      ) as x (reason)
      where l.course_id = v_course.id and l.is_published;
      continue;
    end if;
    -- Days and months of release_after are those of UTC, whatever zone the request asks for.
    return query
    with lesson as materialized (
      select
        l.id,
        l.is_preview,
        l.is_required and lp.status is distinct from 'completed' as is_due,
        lp.status,
        lp.score,
        lp.position_seconds,
        lp.furthest_seconds,
        (row_number() over (order by m.ord, l.ord, l.id))::integer as ordinal,
        -- greatest() ignores nulls: the later of the two dates that are set.
        greatest(l.release_at, v_course.enrolled_at + l.release_after) as releases_at
      from public.lessons as l
      inner join public.modules as m on m.id = l.module_id and m.course_id = v_course.id
      left join public.lesson_progress as lp
        on lp.user_id = p_user_id and lp.lesson_id = l.id
      where l.course_id = v_course.id and l.is_published
    ),

    -- The first required lesson that is not completed: a sequential course is open up to here.
    frontier as (
      select l.id, l.ordinal
      from lesson as l
      where v_course.is_sequential and l.is_due
      order by l.ordinal
      limit 1
    ),

    unmet as (
      select p.lesson_id, array_agg(p.prerequisite_id order by p.prerequisite_id) as requires
      from public.lesson_prerequisites as p
      inner join lesson as l on l.id = p.prerequisite_id
      where p.course_id = v_course.id
        and (l.status = 'completed' and (p.min_score is null or l.score >= p.min_score)) is not true
      group by p.lesson_id
    ),

    judged as (
      select
        l.*,
        case
          when l.is_preview and v_course.is_published then null
          when v_course.barrier is not null then v_course.barrier
          when l.status = 'completed' then null
          when l.releases_at > now() then 'not_released'
          when unmet.lesson_id is not null then 'prerequisite'
          when frontier.ordinal < l.ordinal then 'sequence'
        end as reason,
        unmet.requires as unmet_ids,
        frontier.id as frontier_id
      from lesson as l
      left join frontier on true
      left join unmet on unmet.lesson_id = l.id
    )

    select
      v_course.id, j.id, j.ordinal, j.reason is null, j.reason,
      case when j.reason is not null and j.releases_at > now() then j.releases_at end,
      case
        when j.reason = 'prerequisite' then j.unmet_ids
        when j.reason = 'sequence' then array[j.frontier_id]
        else '{}'
      end,
      j.status, j.score, j.position_seconds, j.furthest_seconds
    from judged as j;
  end loop;
end
$$;
comment on function private.lesson_states(uuid, uuid[]) is
'The published lessons of courses for one person: open or locked, and why, and their progress. A '
'preview is open to anyone; a completed lesson stays open while the person is enrolled. The one '
'predicate for access.';

create function private.refuse_archived(p_course_id uuid) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if exists (
    select from public.courses as c where c.id = p_course_id and c.archived_at is not null
  ) then
    perform private.refuse('lesson_locked', jsonb_build_object(
      'reason', 'course_archived', 'opens_at', null
    ));
  end if;
end
$$;
comment on function private.refuse_archived(uuid) is
'Refuses what a learner would write into an archived course.';

-- The gate of both writing functions. Locks the lesson against deletion, then the enrollment, and
-- raises unless the lesson is open to the caller. A completed lesson passes whatever its rules are
-- now. On a cache miss the entry is computed and cached.
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
  -- A waitlisted row is not locked: fill_seats skips locked rows. A row that is not active is read
  -- again, since a concurrent writer may have activated it unlocked.
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
    perform private.refuse('lesson_not_found');
  end if;
  if v_status is null or v_status not in ('active', 'completed') then
    perform private.refuse('not_enrolled', jsonb_build_object('status', v_status));
  end if;
  -- Of an archived course lessons are open, but not listed.
  if not v_lesson.is_listed then
    perform private.refuse_archived(v_lesson.course_id);
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
  -- A preview is open to anyone, but counts only with an entitlement to the course.
  if v_access.is_open is not true
    or (v_lesson.is_preview and not private.is_entitled(p_user_id, v_lesson.course_id)) then
    perform private.refuse('lesson_locked', jsonb_build_object(
      'reason', coalesce(
        v_access.reason,
        case when v_access.is_open then 'entitlement_ended' end,
        'lesson_unpublished'
      ),
      'opens_at', v_access.opens_at
    ));
  end if;
  perform private.cache_open_lessons(p_user_id, v_lesson.course_id);
  return v_lesson;
end
$$;
comment on function private.enter_lesson(uuid, uuid) is
'The lesson, locked, when it is open to the person; lesson_not_found, not_enrolled or '
'lesson_locked otherwise.';

-- The fill factor leaves room for HOT updates.
create table private.open_lessons (
  user_id uuid not null,
  course_id uuid not null,
  lesson_ids uuid[] not null,
  is_whole boolean not null,
  ends_at timestamptz not null,
  constraint open_lessons_pkey primary key (user_id, course_id)
) with (fillfactor = 85);
comment on table private.open_lessons is
'Cache of the lessons of a course that are open to one learner; a row only while they hold a seat '
'and an entitlement. Without a foreign key: writers lock the enrollment or insert it, and '
'tg_delete_open_lessons cascades.';
comment on column private.open_lessons.lesson_ids is
'Published lessons that are open; no deleted ones, since an id can be used again.';
comment on column private.open_lessons.is_whole is
'All lessons of the course are open: completing one opens no other.';
comment on column private.open_lessons.ends_at is 'When the entitlement ends; infinity: never.';
create index open_lessons_course_id_idx on private.open_lessons (course_id);
alter table private.open_lessons enable row level security;
revoke all on private.open_lessons from public, anon, authenticated, service_role;

create function private.lock_open_lessons(p_course_id uuid, p_is_shared boolean) returns void
language plpgsql volatile
set search_path = ''
as $$
declare
  v_key bigint := hashtextextended(p_course_id::text, 6);
begin
  if p_is_shared then
    perform pg_advisory_xact_lock_shared(v_key);
  else
    perform pg_advisory_xact_lock(v_key);
  end if;
end
$$;
comment on function private.lock_open_lessons(uuid, boolean) is
'Locks the cached open lessons of a course: shared for one learner''s, exclusive for everybody''s.';

create function private.try_lock_open_lessons(p_course_id uuid) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  return pg_try_advisory_xact_lock_shared(hashtextextended(p_course_id::text, 6));
end
$$;
comment on function private.try_lock_open_lessons(uuid) is
'Takes the shared lock of lock_open_lessons, or answers false at once.';

-- Without a foreign key to lessons: an edit of the course deletes the row.
create table private.first_lessons (
  course_id uuid not null,
  lesson_ids uuid[] not null,
  is_whole boolean not null,
  constraint first_lessons_pkey primary key (course_id),
  constraint first_lessons_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade
);
comment on table private.first_lessons is
'Cache of the lessons that are open to whoever takes a seat in a course for the first time, as in '
'open_lessons; only of courses that open no lesson by time.';
alter table private.first_lessons enable row level security;
revoke all on private.first_lessons from public, anon, authenticated, service_role;

create function private.try_lock_first_lessons(p_course_id uuid) returns boolean
language plpgsql volatile
set search_path = ''
as $$
begin
  return pg_try_advisory_xact_lock(hashtextextended(p_course_id::text, 17));
end
$$;
comment on function private.try_lock_first_lessons(uuid) is
'Locks the insertion of the first lessons of a course, or answers false at once: an insert would '
'wait for a concurrent one.';

create function private.cache_open_lessons(
  p_user_id uuid, p_course_id uuid, p_is_new boolean default false
) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_ends_at timestamptz;
  v_entry private.open_lessons;
begin
  -- A row that this statement inserts needs no lock.
  if not p_is_new then
    perform from public.enrollments as e
    where e.course_id = p_course_id and e.user_id = p_user_id
      and e.status in ('active', 'completed')
    for no key update;
  end if;
  if p_is_new or found then
    select max(coalesce(t.expires_at, 'infinity')) into v_ends_at
    from public.entitlements as t
    where t.user_id = p_user_id and t.course_id = p_course_id
      and t.revoked_at is null and t.starts_at <= clock_timestamp()
      and (t.expires_at is null or t.expires_at > clock_timestamp());
  end if;
  perform private.lock_open_lessons(p_course_id, true);
  -- In repeatable read the snapshot may be older than a committed edit of the course.
  if v_ends_at is null
    or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    delete from private.open_lessons o
    where o.user_id = p_user_id and o.course_id = p_course_id;
    return;
  end if;
  if p_is_new then
    insert into private.open_lessons as o (user_id, course_id, lesson_ids, is_whole, ends_at)
    select p_user_id, p_course_id, f.lesson_ids, f.is_whole, v_ends_at
    from private.first_lessons as f
    where f.course_id = p_course_id;
    if found then
      return;
    end if;
  end if;
  insert into private.open_lessons as o (user_id, course_id, lesson_ids, is_whole, ends_at)
  select
    p_user_id, p_course_id, coalesce(array_agg(s.lesson_id) filter (where s.is_open), '{}'),
    coalesce(bool_and(s.is_open), true), v_ends_at
  from private.lesson_states(p_user_id, array[p_course_id]) as s
  on conflict (user_id, course_id) do update
  set lesson_ids = excluded.lesson_ids, is_whole = excluded.is_whole, ends_at = excluded.ends_at
  returning o.* into v_entry;
  if p_is_new and not exists (
    select from public.lessons as l
    where l.course_id = p_course_id and (l.release_at > now() or l.release_after is not null)
  ) and private.try_lock_first_lessons(p_course_id) then
    insert into private.first_lessons as f (course_id, lesson_ids, is_whole)
    values (p_course_id, v_entry.lesson_ids, v_entry.is_whole)
    on conflict (course_id) do nothing;
  end if;
end
$$;
comment on function private.cache_open_lessons(uuid, uuid, boolean) is
'Computes and caches the open lessons of a learner in a course; deletes the entry without a seat '
'or entitlement, and in repeatable read. p_is_new: the enrollment was inserted, so nothing is '
'completed; the entry is copied from first_lessons, or fills it.';

create function private.invalidate_open_lessons(p_course_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid;
begin
  if cardinality(p_course_ids) = 0 then
    return;
  end if;
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    perform private.refuse('isolation_level');
  end if;
  for v_course_id in select distinct u.id from unnest(p_course_ids) as u (id)
    where u.id is not null order by u.id
  loop
    -- Waits for concurrent writers of entries: their snapshot may not have this edit.
    perform private.lock_open_lessons(v_course_id, false);
    delete from private.open_lessons o where o.course_id = v_course_id;
    delete from private.first_lessons f where f.course_id = v_course_id;
  end loop;
end
$$;
comment on function private.invalidate_open_lessons(uuid[]) is
'Deletes the cached open lessons of courses; each entry is computed again when its learner next '
'writes. Raises isolation_level in repeatable read.';

-- Each of the next functions finds the courses in which an edit of its table may close a lesson, or
-- give the id of a lesson to another one. An edit that only opens lessons invalidates nothing.
create function private.tg_invalidate_courses() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.invalidate_open_lessons(array(
    select n.id from new_rows as n inner join old_rows as o on o.id = n.id
    where (n.is_published, n.is_sequential, n.archived_at is null)
      <> (o.is_published, o.is_sequential, o.archived_at is null)
  ));
  return null;
end
$$;
comment on function private.tg_invalidate_courses() is
'Invalidates the cache of courses that are published, archived or ordered in another way.';

create function private.tg_invalidate_modules() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.invalidate_open_lessons(array(
    select n.course_id from new_rows as n inner join old_rows as o on o.id = n.id
    where n.ord <> o.ord
  ));
  return null;
end
$$;
comment on function private.tg_invalidate_modules() is
'Invalidates the cache of courses whose modules change their order.';

-- One function serves three triggers: Postgres allows transition tables only on single-event
-- triggers.
create function private.tg_invalidate_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_ids uuid[];
begin
  case tg_op
    when 'INSERT' then
      v_course_ids := array(select n.course_id from new_rows as n where n.is_published);
    when 'UPDATE' then
      v_course_ids := array(
        select unnest(array[n.course_id, o.course_id])
        from new_rows as n full join old_rows as o on o.id = n.id
        where (n.is_published or o.is_published)
          and (
            n.id, n.course_id, n.module_id, n.ord, n.is_published, n.is_preview, n.is_required,
            n.release_at, n.release_after
          ) is distinct from (
            o.id, o.course_id, o.module_id, o.ord, o.is_published, o.is_preview, o.is_required,
            o.release_at, o.release_after
          )
      );
    when 'DELETE' then
      v_course_ids := array(select o.course_id from old_rows as o where o.is_published);
  end case;
  perform private.invalidate_open_lessons(v_course_ids);
  return null;
end
$$;
comment on function private.tg_invalidate_lessons() is
'Invalidates the cache of courses whose published lessons come, go or change what access reads.';

create function private.tg_invalidate_prerequisites() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_ids uuid[];
begin
  if tg_op = 'DELETE' then
    -- Only opens: what learners have is completed when they next write.
    delete from private.first_lessons f
    where f.course_id in (select o.course_id from old_rows as o);
    return null;
  elsif tg_op = 'INSERT' then
    v_course_ids := array(select n.course_id from new_rows as n);
  else
    v_course_ids := array(
      select n.course_id from new_rows as n
      where not exists (
        select from old_rows as o
        where o.lesson_id = n.lesson_id and o.prerequisite_id = n.prerequisite_id
          and o.min_score is not distinct from n.min_score
      )
    );
  end if;
  perform private.invalidate_open_lessons(v_course_ids);
  return null;
end
$$;
comment on function private.tg_invalidate_prerequisites() is
'Invalidates the cache of courses that gain a prerequisite or change one; of those that lose one, '
'what newcomers would copy.';

-- The last triggers of a statement: nothing is locked after the open lessons of the course.
create trigger t90_invalidate_courses_update
after update on public.courses
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_invalidate_courses();
create trigger t90_invalidate_modules_update
after update on public.modules
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_invalidate_modules();
create trigger t90_invalidate_lessons_insert
after insert on public.lessons
referencing new table as new_rows
for each statement execute function private.tg_invalidate_lessons();
create trigger t90_invalidate_lessons_update
after update on public.lessons
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_invalidate_lessons();
create trigger t90_invalidate_lessons_delete
after delete on public.lessons
referencing old table as old_rows
for each statement execute function private.tg_invalidate_lessons();
create trigger t90_invalidate_prerequisites_insert
after insert on public.lesson_prerequisites
referencing new table as new_rows
for each statement execute function private.tg_invalidate_prerequisites();
create trigger t90_invalidate_prerequisites_update
after update on public.lesson_prerequisites
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_invalidate_prerequisites();
create trigger t90_invalidate_prerequisites_delete
after delete on public.lesson_prerequisites
referencing old table as old_rows
for each statement execute function private.tg_invalidate_prerequisites();

create function private.tg_cache_open_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and (new.user_id, new.course_id) <> (old.user_id, old.course_id) then
    perform private.cache_open_lessons(old.user_id, old.course_id);
  end if;
  perform private.cache_open_lessons(new.user_id, new.course_id, tg_op = 'INSERT');
  return null;
end
$$;
comment on function private.tg_cache_open_lessons() is
'Computes the entry of a learner when they take or give up a seat, or when an entitlement is cut '
'short or goes to another learner.';

create trigger t60_cache_open_lessons_insert
after insert on public.enrollments
for each row when (new.status in ('active', 'completed'))
execute function private.tg_cache_open_lessons();
create trigger t60_cache_open_lessons_update
after update of status, enrolled_at on public.enrollments
for each row when (
  (old.status in ('active', 'completed')) <> (new.status in ('active', 'completed'))
  or old.enrolled_at <> new.enrolled_at
)
execute function private.tg_cache_open_lessons();
create trigger t60_cache_open_lessons_update
after update of user_id, course_id, starts_at, expires_at, revoked_at on public.entitlements
for each row when (
  (new.user_id, new.course_id) <> (old.user_id, old.course_id)
  or new.revoked_at is distinct from old.revoked_at
  or new.starts_at > old.starts_at
  or coalesce(new.expires_at, 'infinity') < coalesce(old.expires_at, 'infinity')
)
execute function private.tg_cache_open_lessons();

create function private.tg_delete_open_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  delete from private.open_lessons c
  using old_rows as o where c.user_id = o.user_id and c.course_id = o.course_id;
  return null;
end
$$;
comment on function private.tg_delete_open_lessons() is
'Deletes the entries of enrollments that are deleted.';

create trigger t60_delete_open_lessons
after delete on public.enrollments
referencing old table as old_rows
for each statement execute function private.tg_delete_open_lessons();

create function private.tg_invalidate_entitlement() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform from public.enrollments as e
  where e.course_id = old.course_id and e.user_id = old.user_id for no key update;
  perform private.lock_open_lessons(old.course_id, true);
  delete from private.open_lessons o
  where o.user_id = old.user_id and o.course_id = old.course_id;
  return null;
end
$$;
comment on function private.tg_invalidate_entitlement() is
'Deletes the entry of a learner whose entitlement is deleted.';

create trigger t60_invalidate_entitlement
after delete on public.entitlements
for each row execute function private.tg_invalidate_entitlement();

create function private.tg_invalidate_progress() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_enrollment_ids uuid[];
begin
  -- Progress that is deleted with its lesson closes no other lesson.
  v_enrollment_ids := array(
    select distinct e.id
    from old_rows as p
    inner join public.lessons as l on l.id = p.lesson_id
    inner join public.enrollments as e on e.course_id = p.course_id and e.user_id = p.user_id
  );
  if cardinality(v_enrollment_ids) > 0 then
    perform from public.enrollments as e
    where e.id = any(v_enrollment_ids) order by e.id for no key update;
    perform private.lock_open_lessons(c.course_id, true)
    from (
      select distinct e.course_id from public.enrollments as e
      where e.id = any(v_enrollment_ids) order by e.course_id
    ) as c;
    delete from private.open_lessons o
    using public.enrollments as e
    where e.id = any(v_enrollment_ids) and o.user_id = e.user_id and o.course_id = e.course_id;
  end if;
  return null;
end
$$;
comment on function private.tg_invalidate_progress() is
'Deletes the entries of learners whose progress is deleted.';

create trigger t60_invalidate_progress
after delete on public.lesson_progress
referencing old table as old_rows
for each statement execute function private.tg_invalidate_progress();

create function private.tg_cache_progress() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_is_wider boolean := new.status = 'completed';
  v_is_scored boolean := new.score is not null;
begin
  if tg_op = 'UPDATE' then
    v_is_wider := new.status <> old.status;
    v_is_scored := new.score is distinct from old.score;
    if (new.user_id, new.lesson_id) <> (old.user_id, old.lesson_id) then
      perform private.cache_open_lessons(old.user_id, old.course_id);
      perform private.cache_open_lessons(new.user_id, new.course_id);
      return null;
    end if;
  end if;
  if v_is_wider and not exists (
    select from private.open_lessons as o
    where o.user_id = new.user_id and o.course_id = new.course_id and o.is_whole
  ) and (
    new.status <> 'completed'
    or exists (
      select from public.courses as c
      inner join public.lessons as l on l.id = new.lesson_id
      where c.id = new.course_id and c.is_sequential and l.is_required
    )
    or exists (
      select from public.lesson_prerequisites as p where p.prerequisite_id = new.lesson_id
    )
  )
  or v_is_scored and exists (
    select from public.lesson_prerequisites as p
    where p.prerequisite_id = new.lesson_id and p.min_score is not null
  ) then
    perform private.cache_open_lessons(new.user_id, new.course_id);
  end if;
  return null;
end
$$;
comment on function private.tg_cache_progress() is
'Computes the entry of a learner when they complete a lesson that may open others, unless all were '
'open, when a score may open or close a lesson, or when progress goes to another learner.';

create trigger t60_cache_progress_insert
after insert on public.lesson_progress
for each row when (new.status = 'completed' or new.score is not null)
execute function private.tg_cache_progress();
create trigger t60_cache_progress_update
after update of user_id, lesson_id, status, score on public.lesson_progress
for each row when (
  (old.user_id, old.lesson_id) <> (new.user_id, new.lesson_id)
  or old.status <> new.status or old.score is distinct from new.score
)
execute function private.tg_cache_progress();

create function private.access_audit()
returns table (drift text, course_id uuid, subject_id uuid, stored text, expected text)
language sql stable
security definer set search_path = ''
as $$
  select 'cached_open', o.course_id, o.user_id, l.id::text, s.reason
  from private.open_lessons as o
  inner join public.lessons as l on l.id = any(o.lesson_ids)
  left join lateral private.lesson_states(o.user_id, array[o.course_id]) as s
    on s.lesson_id = l.id
  where o.ends_at > now() and s.is_open is not true
  union all
  -- What is open to a newcomer is open to each learner of the course.
  select 'first_open', f.course_id, o.user_id, i.id::text, s.reason
  from private.first_lessons as f
  cross join unnest(f.lesson_ids) as i (id)
  cross join lateral (
    select p.user_id from private.open_lessons as p
    where p.course_id = f.course_id and p.ends_at > now() limit 1
  ) as o
  left join lateral private.lesson_states(o.user_id, array[f.course_id]) as s
    on s.lesson_id = i.id
  where s.is_open is not true
  union all
  select 'cached_whole', o.course_id, o.user_id, null, s.lesson_id::text
  from private.open_lessons as o
  cross join lateral private.lesson_states(o.user_id, array[o.course_id]) as s
  where o.is_whole and o.ends_at > now() and s.is_open and s.lesson_id <> all(o.lesson_ids)
$$;
comment on function private.access_audit() is
'Every lesson that is cached as open to a learner or to newcomers and is not, and every open one '
'that an entry of the whole course misses; empty without drift.';

create function private.access_rows(p_course_id uuid, p_is_staff boolean)
returns table (
  lesson_id uuid, course_slug text, lesson_slug text, status text, is_open boolean, reason text,
  opens_at timestamptz, requires uuid[], place text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.account_id();
  v_course_slug text := (select c.slug from public.courses as c where c.id = p_course_id);
begin
  return query
  select
    l.id,
    v_course_slug,
    l.slug,
    case
      when s.status is not null then s.status::text
      when p_is_staff or s.is_open then 'open'
      else 'locked'
    end,
    p_is_staff or coalesce(s.is_open, false),
    case when not p_is_staff then s.reason end,
    case when not p_is_staff then s.opens_at end,
    case when p_is_staff then '{}' else coalesce(s.requires, '{}') end,
    to_char(m.ord, 'FM0000000000') || to_char(l.ord, 'FM0000000000') || l.id
  from public.lessons as l
  inner join public.modules as m on m.id = l.module_id
  left join private.lesson_states(v_user_id, array[p_course_id]) as s on s.lesson_id = l.id
  where l.course_id = p_course_id and (l.is_published or p_is_staff);
end
$$;
comment on function private.access_rows(uuid, boolean) is
'The lessons of a course as the caller may use them; staff also see drafts, and find all open. '
'place sorts as the lessons of the course do.';

create type public.lesson_access_row as (
  lesson_id uuid, course_slug text, lesson_slug text, status text, is_open boolean, reason text,
  opens_at timestamptz, requires uuid [], cursor text
);
comment on type public.lesson_access_row is 'A row of lesson_access.';

create function private.lesson_access(p_course_id uuid, p_page_size integer, p_cursor text)
returns setof public.lesson_access_row
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'lesson_access', p_course_id));
  v_after private.cursor_position;
begin
  perform private.require_visible(p_course_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    a.lesson_id, a.course_slug, a.lesson_slug, a.status, a.is_open, a.reason, a.opens_at,
    a.requires, private.make_cursor(v_signature, null, a.place, a.lesson_id)
  from private.access_rows(p_course_id, private.is_staff(p_course_id)) as a
  where v_after.id is null or a.place collate "C" > v_after.text collate "C"
  order by a.place collate "C"
  limit p_page_size;
end
$$;
grant execute on function private.lesson_access(uuid, integer, text)
to anon, authenticated, service_role;

create function public.lesson_access(
  course_id uuid, page_size integer default 200, cursor text default null
) returns setof public.lesson_access_row
language sql stable
set search_path = ''
begin atomic
  select * from private.lesson_access(
    lesson_access.course_id, lesson_access.page_size, lesson_access.cursor
  );
end;
comment on function public.lesson_access(uuid, integer, text) is
'Whether each lesson of a course is open to the caller, in the order of the course, page by page.

status is locked, open, started or completed. reason says why a lesson is locked: not_enrolled,
enrollment_pending, waitlisted, entitlement_ended, course_unpublished, not_released, prerequisite or
sequence. opens_at is set where a date opens it; requires lists the lessons to complete first.

page_size is 1 to 200 and 200 by default, so that most courses are one page; the cursor of the last
row asks for the next page, and a page without rows is the end.

Errors: course_not_found, invalid_page, invalid_cursor.';

grant execute on function public.lesson_access(uuid, integer, text)
to anon, authenticated, service_role;

create function private.explain_access(p_lesson_id uuid) returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_course_id uuid;
  v_answer jsonb;
begin
  select l.course_id into v_course_id from public.lessons as l where l.id = p_lesson_id;
  if private.is_visible(v_course_id) then
    select to_jsonb(a) - 'place' into v_answer
    from private.access_rows(v_course_id, private.is_staff(v_course_id)) as a
    where a.lesson_id = p_lesson_id;
  end if;
  if v_answer is null then
    perform private.refuse('lesson_not_found');
  end if;
  return v_answer;
end
$$;
grant execute on function private.explain_access(uuid) to anon, authenticated, service_role;

create function public.explain_access(lesson_id uuid) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.explain_access(explain_access.lesson_id);
end;
comment on function public.explain_access(uuid) is
'Whether one lesson is open to the caller, and what opens it.

The answer is the row of lesson_access, as an object.

Errors: lesson_not_found.';

grant execute on function public.explain_access(uuid) to anon, authenticated, service_role;
