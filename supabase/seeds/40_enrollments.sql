-- Learners in the demo courses: one half done, one finished, several in progress, one withdrawn.
-- learner2@ is not enrolled in any course. Times are relative to the moment the seeds run.
--
-- Entitlements come first: a trigger gives an active enrollment without an entitlement one from
-- another source.

insert into public.entitlements (id, user_id, course_id, source, starts_at, created_at)
select
  rights.id,
  rights.user_id,
  rights.course_id,
  'open' as entitlement_source,
  now() - rights.age as starts_at,
  now() - rights.age as created_at
from (
  values
  (
    'd1000000-0000-4000-8000-000000000021'::uuid,
    'a0000000-0000-4000-8000-000000000021'::uuid,
    'c1000000-0000-4000-8000-000000000000'::uuid,
    interval '3 days'
  ),
  (
    'd1000000-0000-4000-8000-000000000023',
    'a0000000-0000-4000-8000-000000000023',
    'c1000000-0000-4000-8000-000000000000',
    interval '40 days'
  ),
  (
    'd1000000-0000-4000-8000-000000000025',
    'a0000000-0000-4000-8000-000000000025',
    'c1000000-0000-4000-8000-000000000000',
    interval '20 days'
  ),
  (
    'd1000000-0000-4000-8000-000000000026',
    'a0000000-0000-4000-8000-000000000026',
    'c1000000-0000-4000-8000-000000000000',
    interval '1 day'
  ),
  (
    'd2000000-0000-4000-8000-000000000024',
    'a0000000-0000-4000-8000-000000000024',
    'c2000000-0000-4000-8000-000000000000',
    interval '2 hours'
  ),
  (
    'd2000000-0000-4000-8000-000000000025',
    'a0000000-0000-4000-8000-000000000025',
    'c2000000-0000-4000-8000-000000000000',
    interval '12 days'
  ),
  (
    'd2000000-0000-4000-8000-000000000026',
    'a0000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000000',
    interval '25 days'
  )
) as rights (id, user_id, course_id, age);

-- One enrollment for each entitlement. The end of this file counts progress.
insert into public.enrollments (
  id,
  user_id,
  course_id,
  status,
  requested_at,
  enrolled_at,
  completed_at,
  completed_version,
  last_activity_at
)
select
  overlay(rights.id::text placing 'e' from 1 for 1)::uuid as id,
  rights.user_id,
  rights.course_id,
  case
    when rights.id = 'd1000000-0000-4000-8000-000000000025'
      then 'withdrawn'::public.enrollment_status
    when finished.completed_at is not null then 'completed'::public.enrollment_status
    else 'active'::public.enrollment_status
  end as status,
  rights.starts_at as requested_at,
  rights.starts_at as enrolled_at,
  finished.completed_at,
  case when finished.completed_at is not null then courses.version end as completed_version,
  rights.starts_at as last_activity_at
from public.entitlements as rights
inner join public.courses as courses on rights.course_id = courses.id
left join (
  values
  ('d1000000-0000-4000-8000-000000000023'::uuid, now() - interval '29 days')
) as finished (id, completed_at) on rights.id = finished.id
where
  rights.course_id in (
    'c1000000-0000-4000-8000-000000000000',
    'c2000000-0000-4000-8000-000000000000'
  );

-- Finished: every published lesson, one a day. The last lesson opens seven days after enrollment.
with
lessons_done as (
  select
    enrollments.user_id,
    lessons.id as lesson_id,
    lessons.course_id,
    (lessons.duration_minutes * 60)::integer as seconds_spent,
    case lessons.content_type
      when 'video' then (lessons.duration_minutes * 60)::integer
      else 0
    end as seconds_watched,
    enrollments.completed_at
    - interval '1 day' * (row_number() over (order by modules.ord desc, lessons.ord desc) - 1)
      as completed_at
  from public.enrollments as enrollments
  inner join public.lessons as lessons on enrollments.course_id = lessons.course_id
  inner join public.modules as modules on lessons.module_id = modules.id
  where
    enrollments.id = 'e1000000-0000-4000-8000-000000000023'
    and lessons.is_published
)

insert into public.lesson_progress (
  user_id,
  lesson_id,
  course_id,
  status,
  position_seconds,
  furthest_seconds,
  watched,
  seconds_spent,
  started_at,
  completed_at
)
select
  lessons_done.user_id,
  lessons_done.lesson_id,
  lessons_done.course_id,
  'completed' as status,
  lessons_done.seconds_watched as position_seconds,
  lessons_done.seconds_watched as furthest_seconds,
  int4multirange(int4range(0, lessons_done.seconds_watched)) as watched,
  lessons_done.seconds_spent,
  lessons_done.completed_at - lessons_done.seconds_spent * interval '1 second' as started_at,
  lessons_done.completed_at
from lessons_done;

-- In progress: the lesson, when after enrollment it was opened, and how much of a video was
-- watched.
insert into public.lesson_progress (
  user_id,
  lesson_id,
  course_id,
  status,
  position_seconds,
  furthest_seconds,
  watched,
  seconds_spent,
  started_at,
  completed_at
)
select
  enrollments.user_id,
  visits.lesson_id,
  enrollments.course_id,
  visits.status::public.progress_status as status,
  visits.position_seconds,
  visits.position_seconds as furthest_seconds,
  visits.watched,
  visits.seconds_spent,
  enrollments.enrolled_at + visits.after as started_at,
  case visits.status
    when 'completed'
      then enrollments.enrolled_at + visits.after + visits.seconds_spent * interval '1 second'
  end as completed_at
from (
  values
  -- learner@, databases: five of ten required lessons, and a partly watched video.
  (
    'e1000000-0000-4000-8000-000000000021'::uuid,
    'c1000000-0000-4000-8000-000000000101'::uuid,
    'completed',
    interval '5 minutes',
    340,
    0,
    '{}'::int4multirange
  ),
  (
    'e1000000-0000-4000-8000-000000000021',
    'c1000000-0000-4000-8000-000000000102',
    'completed',
    interval '12 minutes',
    285,
    270,
    '{[0,270)}'
  ),
  (
    'e1000000-0000-4000-8000-000000000021',
    'c1000000-0000-4000-8000-000000000103',
    'completed',
    interval '20 minutes',
    410,
    0,
    '{}'
  ),
  (
    'e1000000-0000-4000-8000-000000000021',
    'c1000000-0000-4000-8000-000000000201',
    'completed',
    interval '1 day',
    455,
    0,
    '{}'
  ),
  (
    'e1000000-0000-4000-8000-000000000021',
    'c1000000-0000-4000-8000-000000000203',
    'completed',
    interval '1 day 20 minutes',
    1920,
    0,
    '{}'
  ),
  (
    'e1000000-0000-4000-8000-000000000021',
    'c1000000-0000-4000-8000-000000000202',
    'started',
    interval '2 days',
    100,
    95,
    '{[0,95)}'
  ),
  -- learner5@, databases: withdrawn after the first lesson.
  (
    'e1000000-0000-4000-8000-000000000025',
    'c1000000-0000-4000-8000-000000000101',
    'completed',
    interval '1 hour',
    300,
    0,
    '{}'
  ),
  (
    'e1000000-0000-4000-8000-000000000025',
    'c1000000-0000-4000-8000-000000000102',
    'started',
    interval '1 day',
    40,
    35,
    '{[0,35)}'
  ),
  -- learner4@, Statistik: just started.
  (
    'e2000000-0000-4000-8000-000000000024',
    'c2000000-0000-4000-8000-000000000101',
    'started',
    interval '10 minutes',
    120,
    0,
    '{}'
  ),
  -- learner5@, Statistik: four lessons, then half a video. The course is sequential.
  (
    'e2000000-0000-4000-8000-000000000025',
    'c2000000-0000-4000-8000-000000000101',
    'completed',
    interval '30 minutes',
    380,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000025',
    'c2000000-0000-4000-8000-000000000102',
    'completed',
    interval '1 day',
    190,
    180,
    '{[0,180)}'
  ),
  (
    'e2000000-0000-4000-8000-000000000025',
    'c2000000-0000-4000-8000-000000000103',
    'completed',
    interval '1 day 10 minutes',
    450,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000025',
    'c2000000-0000-4000-8000-000000000201',
    'completed',
    interval '4 days',
    600,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000025',
    'c2000000-0000-4000-8000-000000000202',
    'started',
    interval '5 days',
    110,
    105,
    '{[0,105)}'
  ),
  -- learner6@, Statistik: seven lessons; skipped ten seconds of the first video.
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000101',
    'completed',
    interval '15 minutes',
    290,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000102',
    'completed',
    interval '2 days',
    175,
    180,
    '{[0,110),[120,180)}'
  ),
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000103',
    'completed',
    interval '3 days',
    520,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000201',
    'completed',
    interval '7 days',
    640,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000202',
    'completed',
    interval '9 days',
    240,
    210,
    '{[0,210)}'
  ),
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000203',
    'completed',
    interval '9 days 20 minutes',
    900,
    0,
    '{}'
  ),
  (
    'e2000000-0000-4000-8000-000000000026',
    'c2000000-0000-4000-8000-000000000301',
    'completed',
    interval '16 days',
    560,
    0,
    '{}'
  )
) as visits (enrollment_id, lesson_id, status, after, seconds_spent, position_seconds, watched)
inner join public.enrollments as enrollments on visits.enrollment_id = enrollments.id;

update public.enrollments as enrollments
set last_activity_at = visits.last_at
from (
  select
    lesson_progress.user_id,
    lesson_progress.course_id,
    max(coalesce(lesson_progress.completed_at, lesson_progress.started_at)) as last_at
  from public.lesson_progress as lesson_progress
  group by lesson_progress.user_id, lesson_progress.course_id
) as visits
where
  enrollments.user_id = visits.user_id
  and enrollments.course_id = visits.course_id;

-- Days of activity: each lesson counts on the day of its completion, else of its start.
insert into private.learner_days (user_id, course_id, day, seconds)
select
  lesson_progress.user_id,
  lesson_progress.course_id,
  (coalesce(lesson_progress.completed_at, lesson_progress.started_at) at time zone 'UTC')::date
    as visit_day,
  sum(lesson_progress.seconds_spent) as visit_seconds
from public.lesson_progress as lesson_progress
group by lesson_progress.user_id, lesson_progress.course_id, visit_day;

select
  private.recount_progress(
    array[
      'c1000000-0000-4000-8000-000000000000',
      'c2000000-0000-4000-8000-000000000000'
    ]::uuid[]
  ) as recounted;
