-- Gradebook: the scores of each learner, lesson by lesson, and their history.
--
-- Invariants
--   * The score of a quiz follows the scoring rule of the quiz, that of a lab is its newest grade;
--     both are in lesson_progress, written by the functions that grade.
--   * A learner sees their own lines, staff see those of their course, nobody else sees any.

create function private.gradebook(p_course_id uuid, p_after uuid, p_max_learners integer)
returns table (
  user_id uuid, name text, email text, lesson_id uuid, lesson_title text,
  content_type public.content_type, weight numeric, score numeric, status public.progress_status,
  attempt_count integer, is_late boolean, is_overridden boolean, course_score numeric
)
language plpgsql volatile
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_user_id uuid := auth.uid();
  v_staff boolean := private.is_staff(p_course_id);
  v_lessons bigint := (
    select count(*) from public.lessons as l
    where l.course_id = p_course_id and l.is_published and l.content_type in ('quiz', 'lab')
  );
begin
  if not v_staff and not exists (
    select from public.enrollments as e
    where e.course_id = p_course_id and e.user_id = v_user_id
      and e.status in ('active', 'completed')
  ) then
    perform private.refuse('not_course_staff');
  end if;
  perform private.expire_attempts(p_course_id);
  return query
  -- The page is one range of an index, in its order: from the learner himself to himself, or from
  -- where the last page ended. The plan serves both, and need not be made for each call.
  with learner as (
    select e.user_id, p.name, p.email
    from public.enrollments as e
    inner join public.profiles as p on p.id = e.user_id
    where e.course_id = p_course_id
      and e.user_id >= case
        when not v_staff then v_user_id else coalesce(p_after, '00000000-0000-0000-0000-000000000000')
      end
      and e.user_id <= case
        when not v_staff then v_user_id else 'ffffffff-ffff-ffff-ffff-ffffffffffff'
      end
      and (p_after is null or e.user_id > p_after)
      and (not v_staff or e.status in ('active', 'completed'))
    order by e.user_id
    -- PostgREST cuts an answer at 1,000 rows: a page holds whole learners below that.
    limit least(
      greatest(coalesce(p_max_learners, 50), 1), 200, greatest(1, 1000 / greatest(1, v_lessons))
    )
  ),

  graded as materialized (
    select l.id, l.title, l.content_type, l.weight, m.ord as module_ord, l.ord
    from public.lessons as l
    inner join public.modules as m on m.id = l.module_id and m.course_id = p_course_id
    where l.course_id = p_course_id and l.is_published and l.content_type in ('quiz', 'lab')
      and (v_staff or l.is_listed)
  )

  select
    r.user_id, r.name, r.email, g.id, g.title, g.content_type, g.weight, lp.score, lp.status,
    a.attempt_count + s.attempt_count, coalesce(s.is_late, false),
    coalesce(a.is_overridden, false),
    round(
      sum(coalesce(lp.score, 0) * g.weight) over w / nullif(sum(g.weight) over w, 0), 2
    )
  from learner as r
  cross join graded as g
  left join public.lesson_progress as lp on lp.user_id = r.user_id and lp.lesson_id = g.id
  cross join lateral (
    select count(*)::integer as attempt_count, bool_or(a.is_overridden) as is_overridden
    from public.quiz_attempts as a where a.lesson_id = g.id and a.user_id = r.user_id
  ) as a
  cross join lateral (
    select count(*)::integer as attempt_count, bool_or(s.is_late) as is_late
    from public.lab_submissions as s where s.lesson_id = g.id and s.user_id = r.user_id
  ) as s
  window w as (partition by r.user_id)
  order by r.user_id, g.module_ord, g.ord, g.id;
end
$$;
grant execute on function private.gradebook(uuid, uuid, integer) to authenticated, service_role;

create function public.gradebook(
  course_id uuid, after uuid default null, max_learners integer default 50
)
returns table (
  user_id uuid, name text, email text, lesson_id uuid, lesson_title text,
  content_type public.content_type, weight numeric, score numeric, status public.progress_status,
  attempt_count integer, is_late boolean, is_overridden boolean, course_score numeric
)
language sql volatile
set search_path = ''
begin atomic
  select * from private.gradebook(gradebook.course_id, gradebook.after, gradebook.max_learners);
end;
comment on function public.gradebook(uuid, uuid, integer) is
'A line for each learner and graded lesson: score in per cent, weight, attempts, and course_score,
the weighted mean in which what is missing counts 0.

Staff get up to 200 learners a page, the next page starts after the last user_id; a learner gets
his own lines. CSV with Accept: text/csv.

Errors: not_course_staff.';

grant execute on function public.gradebook(uuid, uuid, integer) to authenticated, service_role;

create function private.grade_history(p_course_id uuid, p_user_id uuid, p_before bigint)
returns table (
  id bigint, occurred_at timestamptz, user_id uuid, lesson_id uuid, work_id uuid, action text,
  old_score numeric, new_score numeric, reason text, actor_id uuid
)
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if p_user_id is distinct from private.require_user() or p_user_id is null then
    perform private.require_staff(p_course_id);
  end if;
  return query
  select
    h.id, h.occurred_at, h.user_id, h.lesson_id, h.work_id, h.action, h.old_score, h.new_score,
    h.reason, h.actor_id
  from private.grade_history as h
  where h.course_id = p_course_id
    and (p_user_id is null or h.user_id = p_user_id)
    and (p_before is null or h.id < p_before)
  order by h.id desc
  limit 200;
end
$$;
grant execute on function private.grade_history(uuid, uuid, bigint) to authenticated;

create function public.grade_history(
  course_id uuid, user_id uuid default null, before bigint default null
)
returns table (
  id bigint, occurred_at timestamptz, user_id uuid, lesson_id uuid, work_id uuid, action text,
  old_score numeric, new_score numeric, reason text, actor_id uuid
)
language sql stable
set search_path = ''
begin atomic
  select * from private.grade_history(
    grade_history.course_id, grade_history.user_id, grade_history.before
  );
end;
comment on function public.grade_history(uuid, uuid, bigint) is
'Who changed what grade and when, newest first, 200 lines a page; the next page starts before the
last id.

For staff; a learner asks with his own user_id.

Errors: not_authenticated, not_course_staff.';

grant execute on function public.grade_history(uuid, uuid, bigint) to authenticated;
