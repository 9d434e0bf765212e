-- Exceptions: one learner gets more time, more attempts or another due date in a quiz or lab.
--
-- Invariants
--   * A call states the whole exception. It reaches an open attempt and handed-in work at once.
--
-- Lock order: course, lesson, quiz and lab, profile, enrollment, attempts and submissions.

create function private.save_quiz_override(
  p_lesson_id uuid, p_user_id uuid, p_extra_seconds integer, p_extra_attempts integer,
  p_due_at timestamptz, p_due_on date
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
  v_due_at timestamptz;
  v_override private.quiz_overrides;
begin
  perform private.require_staff(v_course_id);
  perform private.refuse_own_work(p_user_id);
  if p_extra_seconds not between 0 and 604800 or p_extra_attempts not between 0 and 1000
    or p_due_on not between '2000-01-01' and '9999-12-30' or not private.is_date(p_due_at)
    or (p_due_at is not null and p_due_on is not null) then
    perform private.refuse('invalid_override');
  end if;
  -- Another time zone of the course waits, or this has waited for it.
  perform from public.courses as c
  where c.id = v_course_id and p_due_on is not null for share;
  v_due_at := coalesce(p_due_at, private.end_of_day(v_course_id, p_due_on));
  -- An attempt or a submission that starts now waits, and then reads the exception.
  perform from public.lessons as l where l.id = p_lesson_id for key share;
  perform from public.quizzes as z where z.lesson_id = p_lesson_id for share;
  perform from public.labs as b where b.lesson_id = p_lesson_id for share;
  perform from public.profiles as p where p.id = p_user_id for key share;
  perform from public.enrollments as e
  where e.course_id = v_course_id and e.user_id = p_user_id for update;
  if not found then
    perform private.refuse('learner_not_found');
  end if;
  v_override := row(
    p_lesson_id, p_user_id, coalesce(p_extra_seconds, 0), coalesce(p_extra_attempts, 0), v_due_at,
    p_due_on
  );
  if v_override.extra_seconds = 0 and v_override.extra_attempts = 0 and v_due_at is null then
    delete from private.quiz_overrides o
    where o.lesson_id = p_lesson_id and o.user_id = p_user_id;
  else
    insert into private.quiz_overrides as o
    select v_override.*
    on conflict (lesson_id, user_id) do update
    set
      extra_seconds = excluded.extra_seconds, extra_attempts = excluded.extra_attempts,
      due_at = excluded.due_at, due_on = excluded.due_on;
  end if;
  perform private.move_deadlines(p_lesson_id, p_user_id);
  perform private.mark_late(p_lesson_id, p_user_id);
  perform private.audit('save_quiz_override', p_user_id, to_jsonb(v_override));
  return to_jsonb(v_override);
end
$$;
grant execute on function private.save_quiz_override(
  uuid, uuid, integer, integer, timestamptz, date
) to authenticated, service_role;

create function public.save_quiz_override(
  lesson_id uuid, user_id uuid, extra_seconds integer default null,
  extra_attempts integer default null, due_at timestamptz default null, due_on date default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.save_quiz_override(
    save_quiz_override.lesson_id, save_quiz_override.user_id, save_quiz_override.extra_seconds,
    save_quiz_override.extra_attempts, save_quiz_override.due_at, save_quiz_override.due_on
  );
end;
comment on function public.save_quiz_override(uuid, uuid, integer, integer, timestamptz, date) is
'Sets the exception of one learner from the rules of a quiz or lab, and returns it.

For staff. extra_seconds and extra_attempts add to the rules of the quiz; due_at replaces the due
date, or due_on does, by the end of a day in the time zone of the course. Each call replaces the
whole exception: what is null or left out is taken back. More time and another due date reach an
open attempt at once; less time never shortens it, and nothing ends before now. is_late of
submissions follows the due date.

Errors: not_course_staff, own_work, learner_not_found, invalid_override.';

grant execute on function public.save_quiz_override(uuid, uuid, integer, integer, timestamptz, date)
to authenticated, service_role;

create function private.quiz_overrides(p_lesson_id uuid, p_page_size integer, p_cursor text)
returns table (
  lesson_id uuid, user_id uuid, extra_seconds integer, extra_attempts integer,
  due_at timestamptz, due_on date, name text, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'quiz_overrides', p_lesson_id));
  v_after private.cursor_position;
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    o.lesson_id, o.user_id, o.extra_seconds, o.extra_attempts, o.due_at, o.due_on, p.name,
    private.make_cursor(v_signature, null, null, o.user_id)
  from private.quiz_overrides as o
  inner join public.profiles as p on p.id = o.user_id
  where o.lesson_id = p_lesson_id and (v_after.id is null or o.user_id > v_after.id)
  order by o.user_id
  limit p_page_size;
end
$$;
grant execute on function private.quiz_overrides(uuid, integer, text)
to authenticated, service_role;

create function public.quiz_overrides(
  lesson_id uuid, page_size integer default 50, cursor text default null
)
returns table (
  lesson_id uuid, user_id uuid, extra_seconds integer, extra_attempts integer,
  due_at timestamptz, due_on date, name text, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.quiz_overrides(
    quiz_overrides.lesson_id, quiz_overrides.page_size, quiz_overrides.cursor
  );
end;
comment on function public.quiz_overrides(uuid, integer, text) is
'The exceptions of learners from the rules of a quiz or lab, page by page.

For staff. due_at is null where the due date of the lesson holds, due_on where it is no end of a day.
save_quiz_override changes an exception or takes it back. page_size is 1 to 200; the cursor of the last row asks for the next
page, and a page without rows is the end.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.quiz_overrides(uuid, integer, text)
to authenticated, service_role;

create function private.tg_move_exceptions() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_lesson_ids uuid[];
  v_lesson_id uuid;
begin
  -- A due day that is saved now, and an attempt or a submission that starts, wait.
  -- t40_move_due_days needs the quizzes and labs too.
  perform from public.quizzes as z
  where z.course_id = new.id order by z.lesson_id for no key update;
  perform from public.labs as b
  where b.course_id = new.id order by b.lesson_id for no key update;
  v_lesson_ids := array(
    select distinct o.lesson_id
    from private.quiz_overrides as o
    inner join public.lessons as l on l.id = o.lesson_id
    where l.course_id = new.id and o.due_on is not null
    order by o.lesson_id
  );
  if v_lesson_ids = '{}' then
    return null;
  end if;
  perform private.lock_quiz_starts(z.lesson_id, false)
  from (select q.lesson_id from public.quizzes as q where q.course_id = new.id order by 1) as z;
  update private.quiz_overrides o set due_at = private.end_of_day(new.id, o.due_on)
  where o.lesson_id = any(v_lesson_ids) and o.due_on is not null;
  foreach v_lesson_id in array v_lesson_ids loop
    perform private.move_deadlines(v_lesson_id);
    perform private.mark_late(v_lesson_id);
  end loop;
  return null;
end
$$;
comment on function private.tg_move_exceptions() is
'Moves due dates of exceptions that are days to the new time zone of their course.';

create trigger t35_move_exceptions
after update of time_zone on public.courses
for each row when (old.time_zone <> new.time_zone)
execute function private.tg_move_exceptions();
