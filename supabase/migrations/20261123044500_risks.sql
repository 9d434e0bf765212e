-- Risks: which active learners of a course may need help, in the order of their list.
--
-- Invariants
--   * private.learner_risks has the one formula. private.risks caches its order for a list that
--     costs the same in a course of any size.
--   * A row is valid until changes_at, unless a fact of the learner, or of everyone in the course,
--     waits. Lists compute the learners of other rows anew, so that they are right without a fold.
--     A change of an enrollment, of progress, of which lessons count, of a due date or of an
--     exception writes a fact.
--   * Only the fold and the repair write rows, under the lock of the sums. private.risk_audit()
--     lists every drift.

create view private.course_work with (security_invoker = true) as
select
  z.course_id,
  z.lesson_id,
  z.due_at,
  z.max_attempts
from public.quizzes as z
union all
select
  b.course_id,
  b.lesson_id,
  b.due_at,
  null::integer as max_attempts
from public.labs as b;
comment on view private.course_work is
'The quizzes and labs of courses with their due dates; max_attempts is null for a lab.';

revoke all on private.course_work from public, anon, authenticated, service_role;

create table private.risks (
  course_id uuid not null,
  user_id uuid not null,
  place integer,
  seen_day integer,
  changes_at timestamptz not null,
  constraint risks_pkey primary key (course_id, user_id)
);
comment on table private.risks is
'One row for each active enrollment as of the last fold: the place of the learner in '
'at_risk_learners. Without foreign keys, as the rollups.';
comment on column private.risks.place is '4 less the number of reasons; null without reasons.';
comment on column private.risks.seen_day is
'The day of UTC of the last activity, since 1970; null without reasons. Not the moment, which '
'every report changes.';
comment on column private.risks.changes_at is
'When time alone changes the reasons: a week without activity, a lesson begun a week ago, work '
'that comes due.';
create index risks_course_id_place_seen_day_idx
on private.risks (course_id, place, seen_day) where place is not null;
create index risks_changes_at_idx on private.risks (changes_at, course_id);
alter table private.risks enable row level security;
revoke all on private.risks from public, anon, authenticated, service_role;

create function private.tg_note_work() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    insert into private.facts (course_id, user_id)
    select distinct n.course_id, private.everyone()
    from new_rows as n
    inner join old_rows as o on o.lesson_id = n.lesson_id
    where n.due_at is distinct from o.due_at;
  elsif tg_op = 'INSERT' then
    insert into private.facts (course_id, user_id)
    select distinct n.course_id, private.everyone() from new_rows as n where n.due_at is not null;
  else
    insert into private.facts (course_id, user_id)
    select distinct o.course_id, private.everyone() from old_rows as o where o.due_at is not null;
  end if;
  return null;
end
$$;
comment on function private.tg_note_work() is
'Writes a fact of everyone in a course when a due date of its work comes, goes or changes.';

create trigger t50_note_work_insert
after insert on public.quizzes
referencing new table as new_rows
for each statement execute function private.tg_note_work();
create trigger t50_note_work_update
after update on public.quizzes
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_note_work();
create trigger t50_note_work_delete
after delete on public.quizzes
referencing old table as old_rows
for each statement execute function private.tg_note_work();
create trigger t50_note_work_insert
after insert on public.labs
referencing new table as new_rows
for each statement execute function private.tg_note_work();
create trigger t50_note_work_update
after update on public.labs
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_note_work();
create trigger t50_note_work_delete
after delete on public.labs
referencing old table as old_rows
for each statement execute function private.tg_note_work();

create function private.tg_note_overrides() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_row private.quiz_overrides := coalesce(new, old);
begin
  -- A lesson that is being deleted writes a fact of everyone.
  insert into private.facts (course_id, user_id)
  select l.course_id, v_row.user_id from public.lessons as l where l.id = v_row.lesson_id;
  return null;
end
$$;
comment on function private.tg_note_overrides() is
'Writes a fact of a learner whose due date comes, goes or changes.';

create trigger t50_note_overrides
after insert or update or delete on private.quiz_overrides
for each row execute function private.tg_note_overrides();

create function private.learner_risks(p_course_ids uuid[], p_user_ids uuid[])
returns table (
  course_id uuid, user_id uuid, progress numeric, last_activity_at timestamptz, reasons text[],
  stuck_lesson_id uuid, next_due_at timestamptz, changes_at timestamptz
)
language plpgsql stable
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
begin
  return query
  with learner as materialized (
    select e.course_id, e.user_id, e.progress, e.last_activity_at
    from unnest(p_course_ids, p_user_ids) as i (course_id, user_id)
    inner join public.enrollments as e
      on e.course_id = i.course_id and e.user_id = i.user_id and e.status = 'active'
  ),

  work as materialized (
    select w.course_id, w.lesson_id, w.due_at
    from private.course_work as w
    inner join public.lessons as l on l.id = w.lesson_id and l.is_published and l.is_required
    where w.course_id in (select n.course_id from learner as n) and (
      w.due_at >= now()
      or exists (
        select from private.quiz_overrides as o
        where o.lesson_id = w.lesson_id and o.due_at >= now()
      )
    )
  ),

  judged as (
    select
      n.*, s.lesson_id, d.next_at, s.next_begun_at, d.changes_at,
      n.last_activity_at < now() - interval '168 hours' as is_inactive,
      coalesce(f.is_falling, false) as is_falling
    from learner as n
    cross join lateral (
      select
        (
          array_agg(lp.lesson_id order by lp.updated_at desc, lp.lesson_id)
          filter (where lp.started_at < now() - interval '168 hours')
        )[1] as lesson_id,
        min(lp.started_at) filter (where lp.started_at >= now() - interval '168 hours')
          as next_begun_at
      from public.lesson_progress as lp
      inner join public.lessons as l on l.id = lp.lesson_id and l.is_published and l.is_required
      where lp.course_id = n.course_id and lp.user_id = n.user_id and lp.status = 'started'
    ) as s
    cross join lateral (
      select avg(r.score) filter (where r.place <= 2)
        <= avg(r.score) filter (where r.place > 2) - 15 as is_falling
      from (
        select
          lp.score, row_number() over (order by lp.updated_at desc, lp.lesson_id) as place
        from public.lesson_progress as lp
        where lp.course_id = n.course_id and lp.user_id = n.user_id and lp.score is not null
      ) as r
    ) as f
    cross join lateral (
      select
        min(k.due_at) filter (where k.due_at <= now() + interval '72 hours') as next_at,
        min(
          case
            when k.due_at <= now() + interval '72 hours' then k.due_at
            else k.due_at - interval '72 hours'
          end
        ) as changes_at
      from (
        select coalesce(o.due_at, w.due_at) as due_at
        from work as w
        left join private.quiz_overrides as o
          on o.lesson_id = w.lesson_id and o.user_id = n.user_id
        where w.course_id = n.course_id and coalesce(o.due_at, w.due_at) >= now()
          and not exists (
            select from public.lesson_progress as lp
            where lp.user_id = n.user_id and lp.lesson_id = w.lesson_id
              and lp.status = 'completed'
          )
      ) as k
    ) as d
  )

  select
    j.course_id, j.user_id, j.progress, j.last_activity_at,
    array_remove(array[
      case when j.is_inactive then 'inactive' end,
      case when j.is_falling then 'falling_scores' end,
      case when j.lesson_id is not null then 'stuck' end,
      case when j.next_at is not null then 'deadline' end
    ], null),
    j.lesson_id, j.next_at,
    coalesce(least(
      case when not j.is_inactive then j.last_activity_at + interval '168 hours' end,
      j.next_begun_at + interval '168 hours',
      j.changes_at
    ), 'infinity')
  from judged as j;
end
$$;
comment on function private.learner_risks(uuid[], uuid[]) is
'The reasons why learners (pairs of course and user) may need help, and until when they stay the '
'same if nothing but time changes; learners who are not active are left out.';

create function private.unjudged_user_ids(p_course_id uuid) returns uuid[]
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return array(
    select f.user_id from private.facts as f where f.course_id = p_course_id
    union
    select r.user_id from private.risks as r
    where r.course_id = p_course_id and r.changes_at <= now()
    union
    select e.user_id from public.enrollments as e
    where e.course_id = p_course_id and e.status = 'active' and exists (
      select from private.facts as f
      where f.course_id = p_course_id and f.user_id = private.everyone()
    )
  );
end
$$;
comment on function private.unjudged_user_ids(uuid) is
'The learners of a course whose rows in risks may be stale.';

create function private.judge_learners(p_course_ids uuid[], p_user_ids uuid[]) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  with pair as materialized (
    select i.course_id, i.user_id from unnest(p_course_ids, p_user_ids) as i (course_id, user_id)
    where i.user_id <> private.everyone()
    union
    select e.course_id, e.user_id
    from unnest(p_course_ids, p_user_ids) as i (course_id, user_id)
    inner join public.enrollments as e on e.course_id = i.course_id and e.status = 'active'
    where i.user_id = private.everyone()
  ),

  judged as materialized (
    select
      j.course_id, j.user_id, nullif(4 - cardinality(j.reasons), 4) as place,
      case
        when cardinality(j.reasons) > 0
          then floor(extract(epoch from j.last_activity_at) / 86400)::integer
      end as seen_day,
      j.changes_at
    from private.learner_risks(
      array(select p.course_id from pair as p), array(select p.user_id from pair as p)
    ) as j
  ),

  gone as (
    delete from private.risks r
    using pair as p
    where r.course_id = p.course_id and r.user_id = p.user_id
      and not exists (
        select from judged as j where j.course_id = r.course_id and j.user_id = r.user_id
      )
  )

  insert into private.risks as r (course_id, user_id, place, seen_day, changes_at)
  select j.* from judged as j
  on conflict (course_id, user_id) do update
  set place = excluded.place, seen_day = excluded.seen_day, changes_at = excluded.changes_at
  -- An earlier end is no mistake: most learners are active again before a week is over.
  where (r.place, r.seen_day) is distinct from (excluded.place, excluded.seen_day)
    or r.changes_at <= now() or r.changes_at > excluded.changes_at;
end
$$;
comment on function private.judge_learners(uuid[], uuid[]) is
'Writes the rows of risks of learners (pairs of course and user), everyone() for all of a course; '
'for the fold and the repair.';

create function private.risk_audit()
returns table (course_id uuid, user_id uuid, stored text, expected text)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_stale_ids uuid[];
  v_course_id uuid;
begin
  for v_course_id in
    select e.course_id from public.enrollments as e
    union
    select r.course_id from private.risks as r
  loop
    v_stale_ids := private.unjudged_user_ids(v_course_id);
    return query
    select v_course_id, coalesce(s.user_id, x.user_id), s.place, x.place
    from (
      select r.user_id, concat_ws(' ', r.place, r.seen_day) as place, r.changes_at
      from private.risks as r where r.course_id = v_course_id
    ) as s
    full join (
      select
        j.user_id, j.changes_at,
        case when cardinality(j.reasons) > 0 then concat_ws(
          ' ', 4 - cardinality(j.reasons),
          floor(extract(epoch from j.last_activity_at) / 86400)::integer
        ) else '' end as place
      from (
        select array_agg(e.user_id) as ids from public.enrollments as e
        where e.course_id = v_course_id and e.status = 'active'
      ) as a
      cross join lateral private.learner_risks(
        array_fill(v_course_id, array[coalesce(cardinality(a.ids), 0)]), a.ids
      ) as j
    ) as x on x.user_id = s.user_id
    where (s.place is distinct from x.place or s.changes_at > x.changes_at)
      and not coalesce(s.user_id, x.user_id) = any(v_stale_ids);
  end loop;
end
$$;
comment on function private.risk_audit() is
'Every learner whose row of risks differs from the formula, or whom time changes before it says '
'so, though no fact of theirs waits; empty without drift.';
