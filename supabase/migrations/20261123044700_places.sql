-- Places: the learners of a course in the orders of their list that no index of enrollments has.
--
-- Invariants
--   * Progress and activity are in no index of enrollments: their updates stay HOT. The fold copies
--     them here, the activity as a day, since every report moves the moment.
--   * A row is that of its enrollment unless a fact with a status of the learner waits; readers
--     read the enrollments of those. A change of status, progress, day or has_left writes a fact.
--   * Only the fold and the repair write rows, under the lock of the sums. private.place_audit()
--     lists every drift.

create table private.learner_places (
  course_id uuid not null,
  user_id uuid not null,
  status public.enrollment_status not null,
  progress numeric(5, 2) not null,
  seen_day integer not null,
  constraint learner_places_pkey primary key (course_id, user_id)
);
comment on table private.learner_places is
'One row for each enrollment as of the last fold, but for learners who withdrew by themselves. '
'Without foreign keys, as the rollups.';
comment on column private.learner_places.seen_day is
'The day of UTC of the last activity, since 1970.';
create index learner_places_course_id_status_progress_user_id_idx
on private.learner_places (course_id, status, progress, user_id);
create index learner_places_course_id_status_seen_day_idx
on private.learner_places (course_id, status, seen_day);
alter table private.learner_places enable row level security;
revoke all on private.learner_places from public, anon, authenticated, service_role;

create view private.current_places with (security_invoker = true) as
select
  e.course_id,
  e.user_id,
  e.status,
  e.progress,
  floor(extract(epoch from e.last_activity_at) / 86400)::integer as seen_day
from public.enrollments as e
where not (e.status = 'withdrawn' and e.has_left);
comment on view private.current_places is 'The rows that learner_places should have.';

revoke all on private.current_places from public, anon, authenticated, service_role;

create function private.moved_user_ids(p_course_id uuid) returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return array(
    select distinct f.user_id from private.facts as f
    where f.course_id = p_course_id and coalesce(f.status_from, f.status_to) is not null
  );
end
$$;
comment on function private.moved_user_ids(uuid) is
'The learners of a course whose rows in learner_places may be stale.';

create function private.place_learners(p_course_ids uuid[], p_user_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  with pair as materialized (
    select distinct i.course_id, i.user_id
    from unnest(p_course_ids, p_user_ids) as i (course_id, user_id)
  ),

  placed as materialized (
    select p.course_id, p.user_id, c.status, c.progress, c.seen_day
    from pair as p
    left join private.current_places as c on c.course_id = p.course_id and c.user_id = p.user_id
  ),

  gone as (
    delete from private.learner_places n
    using placed as c
    where n.course_id = c.course_id and n.user_id = c.user_id and c.status is null
  )

  insert into private.learner_places as n (course_id, user_id, status, progress, seen_day)
  select c.* from placed as c where c.status is not null
  on conflict (course_id, user_id) do update
  set status = excluded.status, progress = excluded.progress, seen_day = excluded.seen_day
  where (n.status, n.progress, n.seen_day)
    is distinct from (excluded.status, excluded.progress, excluded.seen_day);
end
$$;
comment on function private.place_learners(uuid[], uuid[]) is
'Writes the rows of learner_places of learners (pairs of course and user); for the fold and the '
'repair.';

create function private.place_audit()
returns table (course_id uuid, user_id uuid, stored text, expected text)
language sql stable
security definer set search_path = ''
as $$
  select
    coalesce(s.course_id, x.course_id), coalesce(s.user_id, x.user_id),
    concat_ws(' ', s.status, s.progress, s.seen_day),
    concat_ws(' ', x.status, x.progress, x.seen_day)
  from private.learner_places as s
  full join private.current_places as x on x.course_id = s.course_id and x.user_id = s.user_id
  where (s.status, s.progress, s.seen_day) is distinct from (x.status, x.progress, x.seen_day)
    and not exists (
      select from private.facts as f
      where f.course_id = coalesce(s.course_id, x.course_id)
        and f.user_id = coalesce(s.user_id, x.user_id)
        and coalesce(f.status_from, f.status_to) is not null
    )
$$;
comment on function private.place_audit() is
'Every learner whose row of learner_places differs from the enrollment, though no fact of theirs '
'waits; empty without drift.';
