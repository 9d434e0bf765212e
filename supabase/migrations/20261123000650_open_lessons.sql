-- Open lessons: what lesson_states says, worked out when it changes instead of at every read.
--
-- Invariants
--   * What is kept is open: each lesson of open_lessons is one that lesson_states calls open.
--     private.access_audit() lists those that are not. It need not hold all: policies ask
--     lesson_states about the rest.
--   * So what only opens may come late, but what closes is in the same transaction: an edit of the
--     course that may close a lesson forgets what is kept of the course; a right that is cut
--     short, a seat that is left, a score that falls are worked out again; a right that ends by
--     itself has its end kept.
--   * Whoever writes for a learner has locked his enrollment and, shared, the lessons of the course
--     (advisory), each in an earlier statement: what he works out is newer than what anybody has
--     committed. An edit of the course locks the lessons alone, as the last of its statement.
--     Nobody touches a row before he has the lessons: an edit never waits for one.
--
-- Locks are taken in this order: enrollment, open lessons of the course (advisory). Whoever takes a
-- right away holds the seats of the course, see the enrollment file.

-- Room in each page: a set changes in place and touches no index.
create table private.open_lessons (
  user_id uuid not null,
  course_id uuid not null,
  lesson_ids uuid[] not null,
  is_whole boolean not null,
  ends_at timestamptz not null,
  constraint open_lessons_pkey primary key (user_id, course_id),
  constraint open_lessons_user_id_course_id_fkey foreign key (user_id, course_id)
  references public.enrollments (user_id, course_id) on delete cascade
) with (fillfactor = 85);
comment on table private.open_lessons is
'Which lessons of a course are open to one of its learners; a row only while he holds a seat and '
'a right.';
comment on column private.open_lessons.lesson_ids is
'Published lessons that are open; none that is deleted: another may be made with its id.';
comment on column private.open_lessons.is_whole is
'All lessons of the course were open: completing one opens no other.';
comment on column private.open_lessons.ends_at is 'When the right ends; infinity: it does not.';
create index open_lessons_course_id_idx on private.open_lessons (course_id);
alter table private.open_lessons enable row level security;
revoke all on private.open_lessons from public, anon, authenticated, service_role;

create function private.keep_open_lessons(p_user_id uuid, p_course_id uuid) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_ends_at timestamptz;
begin
  perform from public.enrollments as e
  where e.course_id = p_course_id and e.user_id = p_user_id and e.status in ('active', 'completed')
  for no key update;
  if found then
    select max(coalesce(t.expires_at, 'infinity')) into v_ends_at
    from public.entitlements as t
    where t.user_id = p_user_id and t.course_id = p_course_id
      and t.revoked_at is null and t.starts_at <= clock_timestamp()
      and (t.expires_at is null or t.expires_at > clock_timestamp());
  end if;
  perform pg_advisory_xact_lock_shared(hashtextextended(p_course_id::text, 6));
  -- The snapshot of a whole transaction may be older than an edit that has been committed.
  if v_ends_at is null
    or current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    delete from private.open_lessons o
    where o.user_id = p_user_id and o.course_id = p_course_id;
    return;
  end if;
  insert into private.open_lessons as o (user_id, course_id, lesson_ids, is_whole, ends_at)
  select
    p_user_id, p_course_id, coalesce(array_agg(s.lesson_id) filter (where s.is_open), '{}'),
    coalesce(bool_and(s.is_open), true), v_ends_at
  from private.lesson_states(p_user_id, array[p_course_id]) as s
  on conflict (user_id, course_id) do update
  set lesson_ids = excluded.lesson_ids, is_whole = excluded.is_whole, ends_at = excluded.ends_at;
end
$$;
comment on function private.keep_open_lessons(uuid, uuid) is
'Works out what is open to a learner in a course and keeps it; keeps nothing of who has no seat or'
' right, nor anything in repeatable read.';

create function private.forget_open_lessons(p_course_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid;
begin
  if current_setting('transaction_isolation') not in ('read committed', 'read uncommitted') then
    raise sqlstate 'PT409' using
      message = 'isolation_level',
      detail = 'What is kept as open by others is not visible in this isolation level.',
      hint = 'Edit courses in read committed.';
  end if;
  for v_course_id in select distinct u.id from unnest(p_course_ids) as u (id)
    where u.id is not null order by u.id
  loop
    -- Whoever is working out what is open has not seen this edit: he is waited for.
    perform pg_advisory_xact_lock(hashtextextended(v_course_id::text, 6));
    delete from private.open_lessons o where o.course_id = v_course_id;
  end loop;
end
$$;
comment on function private.forget_open_lessons(uuid[]) is
'Forgets what is kept of courses; each learner''s is worked out again when he next writes. Raises '
'isolation_level in repeatable read.';

create function private.tg_forget_open_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_course_ids uuid[];
begin
  case tg_table_name || ' ' || tg_op
    when 'courses UPDATE' then
      v_course_ids := array(
        select n.id from new_rows as n inner join old_rows as o on o.id = n.id
        where (n.published, n.sequential) <> (o.published, o.sequential)
      );
    when 'modules UPDATE' then
      v_course_ids := array(
        select n.course_id from new_rows as n inner join old_rows as o on o.id = n.id
        where n.ord <> o.ord
      );
    when 'lessons INSERT' then
      v_course_ids := array(select n.course_id from new_rows as n where n.published);
    when 'lessons UPDATE' then
      v_course_ids := array(
        select unnest(array[n.course_id, o.course_id])
        from new_rows as n full join old_rows as o on o.id = n.id
        where (n.published or o.published)
          and (
            n.id, n.course_id, n.module_id, n.ord, n.published, n.preview, n.required,
            n.release_at, n.release_after
          ) is distinct from (
            o.id, o.course_id, o.module_id, o.ord, o.published, o.preview, o.required,
            o.release_at, o.release_after
          )
      );
    when 'lessons DELETE' then
      v_course_ids := array(select o.course_id from old_rows as o where o.published);
    when 'lesson_prerequisites INSERT' then
      v_course_ids := array(select n.course_id from new_rows as n);
    when 'lesson_prerequisites UPDATE' then
      v_course_ids := array(
        select n.course_id from new_rows as n
        where not exists (
          select from old_rows as o
          where o.lesson_id = n.lesson_id and o.prerequisite_id = n.prerequisite_id
            and o.min_score is not distinct from n.min_score
        )
      );
  end case;
  if cardinality(v_course_ids) > 0 then
    perform private.forget_open_lessons(v_course_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_forget_open_lessons() is
'Forgets what is kept of a course when what opens its lessons may have become stricter, or when an '
'id may come to name another lesson. What only opens, as deleting a prerequisite does, leaves it.';

create function private.tg_keep_open_lessons() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' and (new.user_id, new.course_id) <> (old.user_id, old.course_id) then
    perform private.keep_open_lessons(old.user_id, old.course_id);
  end if;
  perform private.keep_open_lessons(new.user_id, new.course_id);
  return null;
end
$$;
comment on function private.tg_keep_open_lessons() is
'Works out what is open when a seat is taken or left, or a right is cut short or goes to another.';

create function private.tg_drop_right() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform from public.enrollments as e
  where e.course_id = old.course_id and e.user_id = old.user_id for no key update;
  perform pg_advisory_xact_lock_shared(hashtextextended(old.course_id::text, 6));
  delete from private.open_lessons o
  where o.user_id = old.user_id and o.course_id = old.course_id;
  return null;
end
$$;
comment on function private.tg_drop_right() is
'Forgets what was open when a right is deleted.';

create function private.tg_drop_progress() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_enrollment_ids uuid[];
begin
  -- Progress that goes with its lesson closes no other.
  v_enrollment_ids := array(
    select distinct e.id
    from old_rows as p
    inner join public.lessons as l on l.id = p.lesson_id
    inner join public.enrollments as e on e.course_id = p.course_id and e.user_id = p.user_id
  );
  if cardinality(v_enrollment_ids) > 0 then
    perform from public.enrollments as e
    where e.id = any(v_enrollment_ids) order by e.id for no key update;
    perform pg_advisory_xact_lock_shared(hashtextextended(c.course_id::text, 6))
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
comment on function private.tg_drop_progress() is
'Forgets what was open when progress is deleted.';

create function private.tg_keep_progress() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_is_wider boolean := new.state = 'completed';
  v_is_scored boolean := new.score is not null;
begin
  if tg_op = 'UPDATE' then
    v_is_wider := new.state <> old.state;
    v_is_scored := new.score is distinct from old.score;
    if (new.user_id, new.lesson_id) <> (old.user_id, old.lesson_id) then
      perform private.keep_open_lessons(old.user_id, old.course_id);
      perform private.keep_open_lessons(new.user_id, new.course_id);
      return null;
    end if;
  end if;
  if v_is_wider and not exists (
    select from private.open_lessons as o
    where o.user_id = new.user_id and o.course_id = new.course_id and o.is_whole
  )
  or v_is_scored and exists (
    select from public.lesson_prerequisites as p
    where p.prerequisite_id = new.lesson_id and p.min_score is not null
  ) then
    perform private.keep_open_lessons(new.user_id, new.course_id);
  end if;
  return null;
end
$$;
comment on function private.tg_keep_progress() is
'Works out what is open when a lesson is completed, unless all were, when a score may open or '
'close one, or when progress goes to another.';

-- Last of all: nothing is locked after the lessons of the course.
create trigger t90_forget_open_lessons_update
after update on public.courses
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_forget_open_lessons();
create trigger t90_forget_open_lessons_update
after update on public.modules
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_forget_open_lessons();
create trigger t90_forget_open_lessons_insert
after insert on public.lessons
referencing new table as new_rows
for each statement execute function private.tg_forget_open_lessons();
create trigger t90_forget_open_lessons_update
after update on public.lessons
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_forget_open_lessons();
create trigger t90_forget_open_lessons_delete
after delete on public.lessons
referencing old table as old_rows
for each statement execute function private.tg_forget_open_lessons();
create trigger t90_forget_open_lessons_insert
after insert on public.lesson_prerequisites
referencing new table as new_rows
for each statement execute function private.tg_forget_open_lessons();
create trigger t90_forget_open_lessons_update
after update on public.lesson_prerequisites
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_forget_open_lessons();

create trigger t60_keep_open_lessons_insert
after insert on public.enrollments
for each row when (new.status in ('active', 'completed'))
execute function private.tg_keep_open_lessons();
create trigger t60_keep_open_lessons_update
after update of status, enrolled_at on public.enrollments
for each row when (
  (old.status in ('active', 'completed')) <> (new.status in ('active', 'completed'))
  or old.enrolled_at <> new.enrolled_at
)
execute function private.tg_keep_open_lessons();
create trigger t60_keep_open_lessons_update
after update of user_id, course_id, starts_at, expires_at, revoked_at on public.entitlements
for each row when (
  (new.user_id, new.course_id) <> (old.user_id, old.course_id)
  or new.revoked_at is distinct from old.revoked_at
  or new.starts_at > old.starts_at
  or coalesce(new.expires_at, 'infinity') < coalesce(old.expires_at, 'infinity')
)
execute function private.tg_keep_open_lessons();
create trigger t60_drop_right
after delete on public.entitlements
for each row execute function private.tg_drop_right();
create trigger t60_keep_progress_insert
after insert on public.lesson_progress
for each row when (new.state = 'completed' or new.score is not null)
execute function private.tg_keep_progress();
create trigger t60_keep_progress_update
after update of user_id, lesson_id, state, score on public.lesson_progress
for each row when (
  (old.user_id, old.lesson_id) <> (new.user_id, new.lesson_id)
  or old.state <> new.state or old.score is distinct from new.score
)
execute function private.tg_keep_progress();
create trigger t60_drop_progress
after delete on public.lesson_progress
referencing old table as old_rows
for each statement execute function private.tg_drop_progress();

create function private.access_audit()
returns table (drift text, course_id uuid, subject_id uuid, stored text, expected text)
language sql stable
security definer set search_path = ''
as $$
  select 'kept_open', o.course_id, o.user_id, l.id::text, s.reason
  from private.open_lessons as o
  inner join public.lessons as l on l.id = any(o.lesson_ids)
  left join lateral private.lesson_states(o.user_id, array[o.course_id]) as s
    on s.lesson_id = l.id
  where o.ends_at > now() and s.is_open is not true
$$;
comment on function private.access_audit() is
'Every lesson that is kept as open to a learner and is not; empty when all is well.';
