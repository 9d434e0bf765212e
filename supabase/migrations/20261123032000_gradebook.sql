-- Gradebook: the scores of each learner, lesson by lesson, and their history.
--
-- Invariants
--   * The score of a quiz is the result by the scoring rule of the quiz, that of a lab its newest
--     grade; both are in lesson_progress, written by the functions that grade.
--   * A learner reads their own rows, staff those of their course, nobody else any.

create type public.gradebook_row as (
  user_id uuid, name text, email text, lesson_id uuid, course_slug text, lesson_slug text,
  lesson_title text, content_type public.content_type, weight numeric, score numeric,
  status public.progress_status, attempt_count integer, is_late boolean, is_overridden boolean,
  is_archived boolean, course_score numeric, cursor text
);
comment on type public.gradebook_row is 'A row of gradebook.';

create function private.gradebook(p_course_id uuid, p_page_size integer, p_cursor text)
returns setof public.gradebook_row
language plpgsql volatile
security definer set search_path = '' set plan_cache_mode = 'force_generic_plan'
as $$
declare
  v_is_staff boolean := private.is_staff(p_course_id);
  -- The learners of the page are one range of an index: a learner is the only one in theirs.
  v_first uuid := private.account_id();
  v_last uuid := private.account_id();
  v_signature text := md5(concat_ws('|', 'gradebook', p_course_id));
  v_after private.cursor_position;
begin
  if not v_is_staff and not exists (
    select from public.enrollments as e
    where e.course_id = p_course_id and e.user_id = v_first
      and e.status in ('active', 'completed')
  ) then
    perform private.refuse('not_course_staff');
  end if;
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  if v_is_staff then
    v_first := coalesce(v_after.id, '00000000-0000-0000-0000-000000000000');
    v_last := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  end if;
  perform private.expire_attempts(p_course_id);
  return query
  with graded as materialized (
    select
      l.id, l.slug, l.title, l.content_type, l.weight,
      l.archived_at is not null as is_archived,
      -- Sorts as the lessons of the course do.
      to_char(m.ord, 'FM0000000000') || to_char(l.ord, 'FM0000000000') || l.id as place
    from public.lessons as l
    inner join public.modules as m on m.id = l.module_id and m.course_id = p_course_id
    where l.course_id = p_course_id and l.content_type in ('quiz', 'lab')
      and (
        l.is_published and (v_is_staff or l.is_listed)
        -- Of archived lessons those with work; for a learner, with their own.
        or l.archived_at is not null and exists (
          select from public.lesson_progress as lp
          where lp.course_id = p_course_id and lp.lesson_id = l.id
            and (v_is_staff or lp.user_id = v_last)
        )
      )
  ),

  learner as (
    select e.user_id, p.name, p.email, (
      select s.score from private.course_scores(p_course_id, array[e.user_id]) as s
    ) as course_score
    from public.enrollments as e
    inner join public.profiles as p on p.id = e.user_id
    where e.course_id = p_course_id and e.user_id between v_first and v_last
      and (not v_is_staff or e.status in ('active', 'completed'))
    order by e.user_id
    -- Enough to fill the page: its first and its last learner may have a part of their rows on it.
    limit p_page_size / greatest(1, (select count(*) from graded)) + 2
  ),

  scored as (
    select
      r.user_id, r.name, r.email, r.course_score, g.id as lesson_id, g.slug, g.title,
      g.content_type, g.weight, g.is_archived, g.place collate "C" as place, lp.score, lp.status
    from learner as r
    cross join graded as g
    left join public.lesson_progress as lp on lp.user_id = r.user_id and lp.lesson_id = g.id
  ),

  page as (
    select s.*
    from scored as s
    where v_after.id is null or (s.user_id, s.place) > (v_after.id, v_after.text collate "C")
    order by s.user_id, s.place
    limit p_page_size
  )

  select
    p.user_id, p.name, p.email, p.lesson_id,
    (select c.slug from public.courses as c where c.id = p_course_id), p.slug, p.title,
    p.content_type, p.weight, p.score, p.status, a.attempt_count + s.attempt_count,
    coalesce(s.is_late, false), coalesce(a.is_overridden, false), p.is_archived, p.course_score,
    private.make_cursor(v_signature, null, p.place, p.user_id)
  from page as p
  cross join lateral (
    select count(*)::integer as attempt_count, bool_or(a.is_overridden) as is_overridden
    from public.quiz_attempts as a where a.lesson_id = p.lesson_id and a.user_id = p.user_id
  ) as a
  cross join lateral (
    select count(*)::integer as attempt_count, bool_or(s.is_late) as is_late
    from public.lab_submissions as s where s.lesson_id = p.lesson_id and s.user_id = p.user_id
  ) as s
  order by p.user_id, p.place;
end
$$;
grant execute on function private.gradebook(uuid, integer, text) to authenticated, service_role;

create function public.gradebook(
  course_id uuid, page_size integer default 50, cursor text default null
) returns setof public.gradebook_row
language sql volatile
set search_path = ''
begin atomic
  select * from private.gradebook(gradebook.course_id, gradebook.page_size, gradebook.cursor);
end;
comment on function public.gradebook(uuid, integer, text) is
'The scores of a course, a row for each learner and published quiz or lab, page by page.

Staff get all learners who hold a seat, by user_id and then in the order of the course; a learner
gets their own rows. score is in per cent. course_score is the mean of the scores of the learner in
per cent, weighted by weight; a missing score counts as 0. attempt_count counts attempts and
submissions. An archived lesson has rows while it has work, and no part in course_score.

page_size is 1 to 200 rows; a page may end between two rows of a learner. The cursor of the last row
asks for the next page, and a page without rows is the end. With Accept: text/csv it is a CSV file.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.gradebook(uuid, integer, text) to authenticated, service_role;

create type public.grade_history_row as (
  id bigint, occurred_at timestamptz, user_id uuid, lesson_id uuid, course_slug text,
  lesson_slug text, lesson_title text, work_id uuid, action text, old_score numeric,
  new_score numeric, reason text, actor_id uuid, cursor text
);
comment on type public.grade_history_row is 'A row of grade_history.';

create function private.grade_history(
  p_course_id uuid, p_user_id uuid, p_page_size integer, p_cursor text
) returns setof public.grade_history_row
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_is_staff boolean := private.is_staff(p_course_id);
  v_signature text := md5(concat_ws('|', 'grade_history', p_course_id, p_user_id));
  v_after private.cursor_position;
  v_before bigint := 9223372036854775807;
begin
  if p_user_id is distinct from private.require_user() or p_user_id is null then
    perform private.require_staff(p_course_id);
  end if;
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
    -- Bounded: a forged number must not overflow.
    v_before := least(greatest(trunc(v_after.number), 0), v_before)::bigint;
  end if;
  return query
  select
    h.id, h.occurred_at, h.user_id, h.lesson_id, c.slug, l.slug, l.title, h.work_id, h.action,
    h.old_score, h.new_score, h.reason, h.actor_id,
    private.make_cursor(v_signature, h.id, null, h.work_id)
  from private.grade_history as h
  inner join public.courses as c on c.id = h.course_id
  left join public.lessons as l on l.id = h.lesson_id and (
    v_is_staff or l.is_listed or l.archived_at is not null
  )
  where h.course_id = p_course_id
    and (p_user_id is null or h.user_id = p_user_id)
    and h.id < v_before
  order by h.id desc
  limit p_page_size;
end
$$;
grant execute on function private.grade_history(uuid, uuid, integer, text) to authenticated;

create function public.grade_history(
  course_id uuid, user_id uuid default null, page_size integer default 50,
  cursor text default null
) returns setof public.grade_history_row
language sql stable
set search_path = ''
begin atomic
  select * from private.grade_history(
    grade_history.course_id, grade_history.user_id, grade_history.page_size, grade_history.cursor
  );
end;
comment on function public.grade_history(uuid, uuid, integer, text) is
'The grades of a course and each change of one, newest first, page by page.

Staff get all rows, or with user_id those of one learner; a learner passes their own user_id.
old_score and new_score are points for an attempt, per cent for a submission and for the action
rescored. work_id is the attempt or the submission, for rescored the lesson. actor_id is null when a
deadline or the server caused it. lesson_slug and lesson_title are null for a deleted lesson, and
for a learner also for an unpublished one.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_authenticated, account_suspended, not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.grade_history(uuid, uuid, integer, text) to authenticated;
