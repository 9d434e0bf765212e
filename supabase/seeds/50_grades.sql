-- The quiz attempts and lab submissions behind the completions of the seeded learners, with grades.
--
-- Attempts are drawn by the same function as all others, and answered with the keys.

with
done as (
  select progress.*
  from public.lesson_progress as progress
  inner join public.lessons as lessons on progress.lesson_id = lessons.id
  where progress.status = 'completed' and lessons.content_type = 'quiz'
),

items as (
  select
    done.user_id,
    done.lesson_id,
    questions.id as question_id,
    questions.points,
    questions.revision,
    drawn.item,
    drawn.option_map,
    private.attempt_key(questions.kind, answer_keys.key, drawn.option_map) as answer
  from done
  inner join public.questions as questions on done.lesson_id = questions.lesson_id
  inner join private.answer_keys as answer_keys on questions.id = answer_keys.question_id
  cross join lateral private.draw_item(questions, true, done.user_id::text) as drawn
),

attempts as (
  insert into public.quiz_attempts (
    lesson_id,
    course_id,
    user_id,
    number,
    items,
    answers,
    status,
    started_at,
    submitted_at,
    score,
    max_score,
    is_passed
  )
  select
    done.lesson_id,
    done.course_id,
    done.user_id,
    1 as number,
    jsonb_agg(items.item order by items.question_id) as items,
    jsonb_object_agg(items.question_id, items.answer) as answers,
    'submitted' as status,
    done.started_at,
    done.completed_at as submitted_at,
    sum(items.points) as score,
    sum(items.points) as max_score,
    true as is_passed
  from done
  inner join items on done.user_id = items.user_id and done.lesson_id = items.lesson_id
  group by done.lesson_id, done.course_id, done.user_id, done.started_at, done.completed_at
  returning id, lesson_id, user_id
)

insert into private.attempt_secrets (attempt_id, option_map, item_revisions, item_shares)
select
  attempts.id,
  jsonb_object_agg(items.question_id, items.option_map) as option_map,
  jsonb_object_agg(items.question_id, items.revision) as item_revisions,
  jsonb_object_agg(items.question_id, 1) as item_shares
from attempts
inner join items on attempts.user_id = items.user_id and attempts.lesson_id = items.lesson_id
group by attempts.id;

insert into public.lab_submissions (
  lesson_id,
  course_id,
  user_id,
  version,
  status,
  body,
  submitted_at,
  graded_at,
  graded_by,
  score,
  feedback
)
select
  progress.lesson_id,
  progress.course_id,
  progress.user_id,
  1 as version,
  'accepted' as status,
  'See the plan and the notes in the shared folder of the group.' as body,
  progress.completed_at - interval '2 hours' as submitted_at,
  progress.completed_at as graded_at,
  'a0000000-0000-4000-8000-000000000011' as graded_by,
  90 as score,
  'Clear and complete.' as feedback
from public.lesson_progress as progress
inner join public.lessons as lessons on progress.lesson_id = lessons.id
where progress.status = 'completed' and lessons.content_type = 'lab';

update public.lesson_progress progress
set score = case lessons.content_type when 'quiz' then 100 else 90 end
from public.lessons as lessons
where
  lessons.id = progress.lesson_id
  and progress.status = 'completed'
  and lessons.content_type in ('quiz', 'lab');

-- One submission that waits for the instructor.
insert into public.lab_submissions (lesson_id, course_id, user_id, version, body)
values (
  'c2000000-0000-4000-8000-000000000303',
  'c2000000-0000-4000-8000-000000000000',
  'a0000000-0000-4000-8000-000000000026',
  1,
  'Mit 2 000 Stichproben liegt der Median zwischen 21 und 34 Minuten.'
);

insert into public.lesson_progress (user_id, lesson_id, course_id)
values (
  'a0000000-0000-4000-8000-000000000026',
  'c2000000-0000-4000-8000-000000000303',
  'c2000000-0000-4000-8000-000000000000'
)
on conflict (user_id, lesson_id) do nothing;
