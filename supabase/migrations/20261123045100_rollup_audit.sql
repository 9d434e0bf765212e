-- Rollup audit: every sum counted from the rows, and the repair.
--
-- Invariants
--   * The recount uses neither facts nor the formula of fact_deltas: it finds their mistakes.
--   * A concurrent writer changes rows and facts together: neither audit nor repair waits for one.

create view private.counted_sums with (security_invoker = true) as
select
  e.course_id,
  null::uuid as lesson_id,
  v.metric,
  v.bucket,
  sum(v.amount)::bigint as amount
from (
  select
    n.*,
    n.status in ('active', 'completed') as has_seat,
    (n.enrolled_at at time zone 'UTC')::date - private.day_zero() as enrolled_day,
    (n.last_activity_at at time zone 'UTC')::date - private.day_zero() as seen_day,
    (n.completed_at at time zone 'UTC')::date - private.day_zero() as finished_day
  from public.enrollments as n
) as e
cross join
  lateral (
    values
    (e.status::text, 0, 1),
    ('left', case when e.status = 'withdrawn' and e.lessons_completed > 0 then 0 end, 1),
    ('enrolled', case when e.has_seat then e.enrolled_day end, 1),
    ('seen', case when e.has_seat then e.seen_day end, 1),
    ('seen_active', case when e.status = 'active' then e.seen_day end, 1),
    ('progress', case when e.has_seat then 0 end, e.progress * 100),
    ('finished', case when e.has_seat then e.finished_day end, 1),
    -- A learner who returns after completing has a completion older than the enrollment.
    (
      'duration', case
        when e.has_seat and e.completed_at >= e.enrolled_at
          then extract(day from e.completed_at - e.enrolled_at)::integer
      end, 1
    )
  ) as v (metric, bucket, amount)
where v.bucket is not null
group by e.course_id, v.metric, v.bucket
having sum(v.amount) <> 0
union all
select
  p.course_id,
  v.lesson_id,
  v.metric,
  v.bucket,
  sum(v.amount)::bigint as amount
from public.lesson_progress as p
cross join
  lateral (
    values
    (p.lesson_id, 'started', 0, 1),
    (p.lesson_id, 'seconds', 0, p.seconds_spent),
    (p.lesson_id, 'completed', case when p.status = 'completed' then 0 end, 1),
    (
      null, 'lessons_completed', case
        when p.status = 'completed'
          then (p.completed_at at time zone 'UTC')::date - private.day_zero()
      end, 1
    ),
    (p.lesson_id, 'score', (trunc(p.score / 10) - trunc(p.score / 100))::integer, 1),
    (null, 'score', (trunc(p.score / 10) - trunc(p.score / 100))::integer, 1),
    (p.lesson_id, 'score_sum', 0, p.score * 100),
    (null, 'score_sum', 0, p.score * 100)
  ) as v (lesson_id, metric, bucket, amount)
where v.bucket is not null
group by p.course_id, v.lesson_id, v.metric, v.bucket
having sum(v.amount) <> 0
union all
select
  d.course_id,
  null as lesson_id,
  v.metric,
  d.day - private.day_zero() as bucket,
  sum(v.amount)::bigint as amount
from private.learner_days as d
cross join lateral (values ('present', 1), ('seconds', d.seconds)) as v (metric, amount)
group by d.course_id, v.metric, d.day
having sum(v.amount) <> 0
union all
select
  f.course_id,
  null as lesson_id,
  'certificates' as metric,
  0 as bucket,
  count(*) as amount
from public.certificates as f
where f.revoked_at is null
group by f.course_id
union all
select
  private.everyone() as course_id,
  null as lesson_id,
  p.role::text as metric,
  0 as bucket,
  count(*) as amount
from public.profiles as p
group by p.role;
comment on view private.counted_sums is 'Every sum, counted from the rows.';

revoke all on private.counted_sums from public, anon, authenticated, service_role;

create function private.analytics_audit()
returns table (
  course_id uuid, lesson_id uuid, metric text, bucket integer, stored bigint, expected bigint
)
language sql stable
security definer set search_path = ''
as $$
  with counted as materialized (
    select n.course_id, n.lesson_id, n.metric, n.bucket, n.amount
    from private.counted_sums as n
  ),

  waiting as materialized (
    select d.course_id, d.lesson_id, d.metric, d.bucket, d.amount from private.fact_deltas as d
  ),

  moved as materialized (
    select m.* from private.last_day_moves(private.moving_user_ids()) as m
  )

  select
    coalesce(s.course_id, x.course_id), coalesce(s.lesson_id, x.lesson_id),
    coalesce(s.metric, x.metric), coalesce(s.bucket, x.bucket), s.amount, x.amount
  from (
    select r.course_id, r.lesson_id, r.metric, r.bucket, sum(r.amount)::bigint as amount
    from (
      select c.course_id, null::uuid as lesson_id, c.metric, c.bucket, c.amount
      from private.course_rollups as c
      union all
      select l.course_id, l.lesson_id, l.metric, l.bucket, l.amount
      from private.lesson_rollups as l
      union all
      select w.* from waiting as w where w.course_id <> private.everyone()
      union all
      select private.everyone(), null, w.metric, w.bucket, w.amount
      from waiting as w where w.lesson_id is null
      union all
      select n.course_id, null, 'rank', 0, n.active from private.course_ranks as n
      union all
      select w.course_id, null, 'rank', 0, w.amount from waiting as w where w.metric = 'active'
      union all
      select private.everyone(), null, 'last_days', n.day - private.day_zero(), 1
      from private.last_days as n
      union all
      select private.everyone(), null, t.metric, v.day - private.day_zero(), v.amount
      from moved as m
      cross join lateral (values (m.day_from, -1), (m.day_to, 1)) as v (day, amount)
      cross join (values ('last_day'), ('last_days')) as t (metric)
      where v.day is not null
    ) as r
    group by r.course_id, r.lesson_id, r.metric, r.bucket having sum(r.amount) <> 0
  ) as s
  full join (
    select n.* from counted as n where n.course_id <> private.everyone()
    union all
    select n.course_id, null, 'rank', 0, n.amount from counted as n where n.metric = 'active'
    union all
    select private.everyone(), null, n.metric, n.bucket, sum(n.amount)::bigint
    from counted as n where n.lesson_id is null
    group by n.metric, n.bucket having sum(n.amount) <> 0
    union all
    select private.everyone(), null, t.metric, n.day - private.day_zero(), count(*)
    from (
      select max(d.day) as day from private.learner_days as d group by d.user_id
    ) as n
    -- The sum, and the rows of the table last_days.
    cross join (values ('last_day'), ('last_days')) as t (metric)
    group by t.metric, n.day
  ) as x
    on x.course_id = s.course_id and x.metric = s.metric and x.bucket = s.bucket
    and coalesce(x.lesson_id, x.course_id) = coalesce(s.lesson_id, s.course_id)
  where s.amount is distinct from x.amount
$$;
comment on function private.analytics_audit() is
'Every sum that, with the facts that wait, differs from a recount; empty without drift.';

create function private.rebuild_analytics() returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  -- A concurrent writer changes rows and facts together, so the drift stays the same.
  perform private.lock_sums();
  perform private.fold_last_days(array(
    select d.user_id from private.learner_days as d
    union
    select n.user_id from private.last_days as n
  ));
  with drift as materialized (
    select
      d.course_id, d.lesson_id, d.metric, d.bucket,
      coalesce(d.expected, 0) - coalesce(d.stored, 0) as amount
    from private.analytics_audit() as d
    where d.metric <> 'rank'
  ),

  of_course as (
    insert into private.course_rollups as r (course_id, metric, bucket, amount)
    select d.course_id, d.metric, d.bucket, d.amount from drift as d where d.lesson_id is null
    on conflict (course_id, metric, bucket) do update set amount = r.amount + excluded.amount
  )

  insert into private.lesson_rollups as r (lesson_id, metric, bucket, course_id, amount)
  select d.lesson_id, d.metric, d.bucket, d.course_id, d.amount
  from drift as d where d.lesson_id is not null
  on conflict (lesson_id, metric, bucket) do update set amount = r.amount + excluded.amount;
  delete from private.course_rollups r where r.amount = 0;
  delete from private.lesson_rollups r where r.amount = 0;
  perform private.rank_courses(array(
    select r.course_id from private.course_rollups as r where r.metric in ('active', 'completed')
    union
    select n.course_id from private.course_ranks as n
  ));
  delete from private.risks r
  where not exists (
    select from public.enrollments as e
    where e.course_id = r.course_id and e.user_id = r.user_id and e.status = 'active'
  );
  perform private.judge_learners(array_agg(c.id), array_agg(private.everyone()))
  from public.courses as c;
  perform private.place_learners(array_agg(p.course_id), array_agg(p.user_id))
  from (
    select e.course_id, e.user_id from public.enrollments as e
    union
    select n.course_id, n.user_id from private.learner_places as n
  ) as p;
end
$$;
comment on function private.rebuild_analytics() is
'Corrects every drift of the sums, judges and places all learners anew, for example after a load '
'with triggers off.';
