-- Progress: what a learner did in a lesson, and the counts of an enrollment that follow from it.
--
-- Invariants
--   * Clients write nothing: record_progress and complete_lesson do, after the access predicate.
--   * Progress never moves backwards: status, watched seconds, furthest place and time only grow.
--   * enrollments.lessons_completed and progress always follow from the rows here;
--     private.progress_audit() lists every drift.
--   * A recount changes counts, never a status. Only private.complete_enrollments completes a
--     course, by an act of the learner or of a manager of the course. A completion is stored with
--     the version of the course and never taken away.
--
-- Locks are taken in this order: profile, lesson, enrollment, progress; a deletion locks the course
-- as well, see the syllabus file.

create type public.progress_status as enum ('started', 'completed');
comment on type public.progress_status is 'How far a learner is with a lesson.';

create function private.tg_enter_course() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if not exists (
    select from public.entitlements as t
    where t.user_id = new.user_id and t.course_id = new.course_id
  ) then
    insert into public.entitlements (user_id, course_id, source)
    values (new.user_id, new.course_id, 'enrollment');
  end if;
  if tg_op = 'UPDATE' then
    perform private.recount_learner(new.course_id, new.user_id);
  end if;
  return null;
end
$$;
comment on function private.tg_enter_course() is
'Gives a learner who becomes active an entitlement, and counts their progress by the course as it '
'is now.';

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
'Recounts a learner who withdraws from a queue: recounts of the course skip learners who wait.';

create trigger t20_leave_queue
after update of status on public.enrollments
for each row when (old.status in ('pending', 'waitlisted') and new.status = 'withdrawn')
execute function private.tg_leave_queue();

create function private.tg_lock_courses() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_id uuid;
begin
  -- Serializes with every enrollment of this person: the list of courses stays complete.
  perform private.lock_account(old.id, false);
  -- Lessons are locked before their course: the update of their sums refers to them.
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
    perform private.lock_seats(v_course_id);
  end loop;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.tg_lock_courses() is
'Locks the courses and seats of an account that is being deleted, before its profile goes.';

create trigger t30_lock_courses_update
before update of deleted_at on auth.users
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function private.tg_lock_courses();
create trigger t30_lock_courses_delete
before delete on auth.users
for each row execute function private.tg_lock_courses();

create function private.tg_leave_courses() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  delete from public.course_staff s where s.user_id = new.id;
  perform from public.enrollments as e
  where e.user_id = new.id and e.status <> 'withdrawn' order by e.id for no key update;
  update public.enrollments e set status = 'withdrawn', has_left = true
  where e.user_id = new.id and e.status <> 'withdrawn';
  return null;
end
$$;
comment on function private.tg_leave_courses() is
'Ends the staff roles and enrollments of an account that is deleted softly; seats go to the '
'waitlist.';

create trigger t30_leave_courses
after update of deleted_at on public.profiles
for each row when (old.deleted_at is null and new.deleted_at is not null)
execute function private.tg_leave_courses();

-- In plpgsql, which caches its plan: it runs in every report of a video.
create function private.count_seconds(p_watched int4multirange) returns integer
language plpgsql immutable
set search_path = ''
as $$
begin
  -- One range, the usual case, needs no query.
  if p_watched = int4multirange(range_merge(p_watched)) then
    return coalesce(upper(p_watched) - lower(p_watched), 0);
  end if;
  return (select sum(upper(r) - lower(r)) from unnest(p_watched) as r);
end
$$;
comment on function private.count_seconds(int4multirange) is 'The distinct seconds in ranges.';

-- The fill factor leaves room for HOT updates: a report changes no indexed column.
create table public.lesson_progress (
  user_id uuid not null,
  lesson_id uuid not null,
  course_id uuid not null,
  status public.progress_status not null default 'started',
  position_seconds integer not null default 0,
  furthest_seconds integer not null default 0,
  watched int4multirange not null default '{}',
  watched_seconds integer not null generated always as (private.count_seconds(watched)) stored,
  watch_credit numeric(8, 2) not null default 30,
  seconds_spent integer not null default 0,
  score numeric(5, 2),
  content_version integer,
  started_at timestamptz not null default now(),
  completed_at timestamptz,
  updated_at timestamptz not null default now(),
  constraint lesson_progress_pkey primary key (user_id, lesson_id),
  constraint lesson_progress_course_id_lesson_id_fkey foreign key (course_id, lesson_id)
  references public.lessons (course_id, id) on delete cascade,
  constraint lesson_progress_course_id_user_id_fkey foreign key (course_id, user_id)
  references public.enrollments (course_id, user_id) on delete cascade,
  constraint lesson_progress_completed_at_check
  check ((status = 'completed') = (completed_at is not null)),
  -- One check, since each statement prepares every check of its table anew.
  constraint lesson_progress_seconds_check check (
    least(position_seconds, furthest_seconds, seconds_spent) >= 0
    and least(watch_credit, score) >= 0 and (score > 100) is not true
  )
) with (fillfactor = 85);
comment on table public.lesson_progress is
'Progress of a learner in a lesson; written by record_progress and complete_lesson only. Embed the '
'course through the lesson: lessons(courses(title)).';
comment on column public.lesson_progress.position_seconds is
'The place in the video that was reported last: where a player resumes.';
comment on column public.lesson_progress.furthest_seconds is
'The furthest place in the video that was reported.';
comment on column public.lesson_progress.watched is
'Seconds of the video that were played, as text: {[0,30),[60,91)}, each end exclusive; at most 500 '
'ranges.';
comment on column public.lesson_progress.watched_seconds is
'Distinct seconds of the video that were played.';
comment on column public.lesson_progress.watch_credit is
'Seconds that reports could add to watched at updated_at; it grows twice as fast as time passes.';
comment on column public.lesson_progress.seconds_spent is
'Total time reported on the lesson, as far as it had passed.';
comment on column public.lesson_progress.score is 'Per cent, where the lesson is scored.';
comment on column public.lesson_progress.content_version is
'lesson_contents.version when the lesson was completed last; null before, and without content.';
create index lesson_progress_course_id_user_id_idx on public.lesson_progress (course_id, user_id);
create index lesson_progress_course_id_lesson_id_idx
on public.lesson_progress (course_id, lesson_id);

-- Unfinished lessons and results: few rows of a course.
create index lesson_progress_course_id_user_id_started_idx
on public.lesson_progress (course_id, user_id) where status = 'started';
create index lesson_progress_course_id_user_id_score_idx
on public.lesson_progress (course_id, user_id) where score is not null;

create trigger t05_note_version_insert
before insert on public.lesson_progress
for each row when (new.status = 'completed')
execute function private.tg_note_version();
create trigger t05_note_version_update
before update of status on public.lesson_progress
for each row when (new.status = 'completed' and old.status <> 'completed')
execute function private.tg_note_version();

alter table public.lesson_progress enable row level security;
revoke all on public.lesson_progress from public, anon, authenticated, service_role;
grant select on public.lesson_progress to authenticated, service_role;

create policy lesson_progress_select_related on public.lesson_progress
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy lesson_progress_select_related on public.lesson_progress is
'A person reads their own progress; staff that in their courses; admins all.';

create view private.enrollment_counts with (security_invoker = true) as
with done as (
  select
    lp.course_id,
    lp.user_id,
    count(*)::integer as lessons_completed
  from public.lesson_progress as lp
  inner join public.lessons as l on lp.lesson_id = l.id and l.is_published and l.is_required
  where lp.status = 'completed'
  group by lp.course_id, lp.user_id
)

select
  e.id as enrollment_id,
  e.course_id,
  e.user_id,
  coalesce(d.lessons_completed, 0) as lessons_completed,
  case
    when r.required_count > 0
      then trunc(100.0 * coalesce(d.lessons_completed, 0) / r.required_count, 2)
    else 0
  end as progress
from public.enrollments as e
inner join public.courses as r on e.course_id = r.id
left join done as d on e.course_id = d.course_id and e.user_id = d.user_id;
comment on view private.enrollment_counts is
'What the counts of an enrollment must be, computed from progress; the one formula for it.';

revoke all on private.enrollment_counts from public, anon, authenticated, service_role;

create function private.recount_learner(
  p_course_id uuid, p_user_id uuid, p_seen_at timestamptz default null
) returns public.enrollments
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_enrollment public.enrollments;
begin
  update public.enrollments e
  set
    lessons_completed = n.lessons_completed,
    progress = n.progress,
    last_activity_at = greatest(p_seen_at, e.last_activity_at)
  from private.enrollment_counts as n
  where n.enrollment_id = e.id
    and n.course_id = p_course_id and n.user_id = p_user_id
    and e.course_id = p_course_id and e.user_id = p_user_id
  returning e.* into v_enrollment;
  return v_enrollment;
end
$$;
comment on function private.recount_learner(uuid, uuid, timestamptz) is
'Updates the counts of one enrollment and returns it. p_seen_at: the time of the learner''s '
'activity; null when another person changes the counts.';

-- enrollment_counts has the formula; a function for both would be called for each learner of a
-- recount. What an edit of the course changes meanwhile, it counts itself: it waits for the
-- enrollment.
create function private.count_lesson(
  p_course_id uuid, p_user_id uuid, p_lesson_id uuid, p_is_first boolean, p_seen_at timestamptz
) returns public.enrollments
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_enrollment public.enrollments;
begin
  update public.enrollments e
  set
    lessons_completed = e.lessons_completed + n.added,
    progress = case
      when r.required_count > 0
        then trunc(100.0 * (e.lessons_completed + n.added) / r.required_count, 2)
      else 0
    end,
    last_activity_at = greatest(p_seen_at, e.last_activity_at)
  from public.courses as r
  cross join lateral (
    select count(*)::integer as added
    from public.lessons as l
    where p_is_first and l.id = p_lesson_id and l.is_published and l.is_required
  ) as n
  where r.id = p_course_id and e.course_id = p_course_id and e.user_id = p_user_id
  returning e.* into v_enrollment;
  return v_enrollment;
end
$$;
comment on function private.count_lesson(uuid, uuid, uuid, boolean, timestamptz) is
'Adds a lesson to the counts of an enrollment, which is locked and has a seat, and returns it: '
'what recount_learner would compute. p_is_first: it was not completed before; p_seen_at as there.';

create function private.complete_enrollments(p_course_id uuid, p_user_ids uuid[], p_act_of text)
returns uuid[]
language plpgsql volatile
-- Otherwise each call plans: with the ids known the plan seems cheaper.
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_user_ids uuid[];
begin
  -- Most acts complete no course, and an update without rows fires triggers too.
  if not exists (
    select from public.enrollments as e
    where e.course_id = p_course_id and e.user_id = any(p_user_ids)
      and e.status = 'active' and e.progress = 100
  ) then
    return '{}'::uuid[];
  end if;
  with completed as (
    update public.enrollments e
    set
      status = 'completed',
      completed_at = coalesce(e.completed_at, now()),
      completed_version = coalesce(e.completed_version, c.version)
    from public.courses as c
    where c.id = p_course_id and p_act_of in ('learner', 'manager')
      and e.course_id = p_course_id and e.user_id = any(p_user_ids)
      and e.status = 'active' and e.progress = 100
    returning e.user_id
  )

  select array_agg(d.user_id) into v_user_ids from completed as d;
  if v_user_ids is not null and p_act_of = 'manager' then
    perform private.audit(
      'complete_learners', p_course_id, jsonb_build_object('user_ids', to_jsonb(v_user_ids))
    );
  end if;
  return coalesce(v_user_ids, '{}');
end
$$;
comment on function private.complete_enrollments(uuid, uuid[], text) is
'Completes the course for those of the learners who have completed each required lesson, and '
'returns them; their enrollments are locked. p_act_of is learner or manager, which is audited; '
'null, for anybody else, completes nobody.';

-- Without statistics, as after an import, the planner would choose a nested loop over all learners
-- and all counts; a hash join is right for one learner and for a hundred thousand.
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
        (count(*) filter (where l.is_required))::integer as required_count
      from public.lessons as l
      where l.course_id = v_course_id and l.is_published
    ) as n
    where c.id = v_course_id
      and (c.lesson_count, c.required_count)
      is distinct from (n.lesson_count, n.required_count);
    -- Locks first and counts in the next statement, whose snapshot has every concurrent completion.
    perform from public.enrollments as e
    where e.course_id = v_course_id and e.status in ('active', 'completed', 'withdrawn')
    order by e.id for update;
    update public.enrollments e
    set lessons_completed = n.lessons_completed, progress = n.progress
    from private.enrollment_counts as n
    where n.enrollment_id = e.id
      and n.course_id = v_course_id and e.course_id = v_course_id
      and e.status in ('active', 'completed', 'withdrawn')
      and (e.lessons_completed, e.progress) <> (n.lessons_completed, n.progress);
  end loop;
end
$$;
comment on function private.recount_progress(uuid[]) is
'Updates the counts of whole courses, all learners of a course in one statement. An edit of a '
'course completes nobody.';

-- One function serves three triggers: Postgres allows transition tables only on single-event
-- triggers.
create function private.tg_recount_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_ids uuid [];
begin
  if tg_op = 'INSERT' then
    v_course_ids := array(select distinct n.course_id from new_rows as n where n.is_published);
  elsif tg_op = 'DELETE' then
    v_course_ids := array(select distinct o.course_id from old_rows as o where o.is_published);
  else
    v_course_ids := array(
      select distinct n.course_id from new_rows as n inner join old_rows as o on o.id = n.id
      where n.is_published <> o.is_published or (n.is_published and n.is_required <> o.is_required)
    );
  end if;
  if cardinality(v_course_ids) > 0 then
    update public.courses c set version = c.version + 1 where c.id = any(v_course_ids);
    perform private.recount_progress(v_course_ids);
    insert into private.facts (course_id, user_id)
    select i.id, private.everyone() from unnest(v_course_ids) as i (id);
  end if;
  return null;
end
$$;
comment on function private.tg_recount_lessons() is
'Recounts courses and their learners, and increments the version, when lessons come, go or change '
'whether they count.';

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
  where (e.status = 'active' and e.completed_at is not null)
    or (e.completed_at is null) <> (e.completed_version is null)
  union all
  select 'course_counts', c.id, c.id, (c.lesson_count, c.required_count)::text,
    (n.lesson_count, n.required_count)::text
  from public.courses as c
  left join lateral (
    select count(*) as lesson_count, count(*) filter (where l.is_required) as required_count
    from public.lessons as l where l.course_id = c.id and l.is_published
  ) as n on true
  where (c.lesson_count, c.required_count) <> (n.lesson_count, n.required_count)
  union all
  select 'module_listed', m.course_id, m.id, m.is_listed::text,
    (c.is_published and m.archived_at is null)::text
  from public.modules as m inner join public.courses as c on c.id = m.course_id
  where m.is_listed <> (c.is_published and m.archived_at is null)
  union all
  select 'lesson_listed', l.course_id, l.id, l.is_listed::text,
    (l.is_published and c.is_published)::text
  from public.lessons as l inner join public.courses as c on c.id = l.course_id
  where l.is_listed <> (l.is_published and c.is_published)
  union all
  select 'content_public', t.course_id, t.lesson_id, t.is_public::text,
    (l.is_preview and l.is_listed)::text
  from public.lesson_contents as t inner join public.lessons as l on l.id = t.lesson_id
  where t.is_public <> (l.is_preview and l.is_listed)
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
  where n.waiting > 0
    and (c.capacity is null or n.taken + private.held_seats(c.id) < c.capacity)
  union all
  select 'right_missing', e.course_id, e.id, e.status::text, 'an entitlement'
  from public.enrollments as e
  where e.status in ('active', 'completed') and not exists (
    select from public.entitlements as t where t.user_id = e.user_id and t.course_id = e.course_id
  )
$$;
comment on function private.progress_audit() is
'Every stored count, flag or status that differs from the rows it follows from; empty without '
'drift.';
