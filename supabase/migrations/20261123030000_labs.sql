-- Labs: work that staff grade.
--
-- Invariants
--   * Each submission is stored as a version; staff grade the newest.
--   * Only staff read the rubric. A submission graded by it has a copy, which its learner reads.
--   * Two graders cannot grade the same submission: a claim excludes others for 30 minutes, and who
--     changes a grade gives a reason.
--   * is_late follows the due date that holds for the learner now.

create type public.submission_status as enum ('submitted', 'superseded', 'returned', 'accepted');
comment on type public.submission_status is
'submitted: awaits a grade; superseded: replaced by a newer version; returned: to be revised.';

create table public.labs (
  lesson_id uuid not null,
  course_id uuid not null,
  due_at timestamptz,
  due_on date,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint labs_pkey primary key (lesson_id),
  constraint labs_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint labs_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint labs_due_at_check check (private.is_date(due_at)),
  constraint labs_due_on_check check (due_on between '2000-01-01' and '9999-12-30')
);
comment on table public.labs is 'The rules of a lab lesson; a lab without a row has no due date.';
comment on column public.labs.course_id is 'The course of the lesson; set by trigger.';
comment on column public.labs.due_at is 'Later submissions are accepted and marked late.';
comment on column public.labs.due_on is
'Sets due_at to the end of this day in the time zone of the course. A later write of due_at takes '
'it back.';
create index labs_course_id_idx on public.labs (course_id);

create trigger t10_set_course_id
before insert on public.labs
for each row execute function private.tg_set_course_id();
create trigger t20_set_due_at
before insert or update of due_at, due_on on public.labs
for each row execute function private.tg_set_due_at();
create trigger t20_require_type
after insert on public.labs
for each row execute function private.tg_require_type('lab');
create trigger t20_touch_updated_at
before update on public.labs
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

alter table public.labs enable row level security;
revoke all on public.labs from public, anon, authenticated, service_role;
grant select on public.labs to authenticated, service_role;
grant insert (lesson_id, due_at, due_on) on public.labs to authenticated, service_role;
grant update (due_at, due_on) on public.labs to authenticated, service_role;

create policy labs_select_member on public.labs
for select to authenticated
using (
  course_id = any(array(select private.enrolled_course_ids()))
  or course_id = any(array(select private.staffed_course_ids()))
  or course_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy labs_select_member on public.labs is
'Enrolled learners, staff and admins read the rules of a lab.';

create policy labs_insert_staff on public.labs
for insert to authenticated
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy labs_insert_staff on public.labs is 'Staff insert the rules of a lab.';

create policy labs_update_staff on public.labs
for update to authenticated
using (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
)
with check (
  course_id = any(array(select private.staffed_course_ids()))
  or (select private.is_admin())
);
comment on policy labs_update_staff on public.labs is 'Staff change the rules of a lab.';

create table private.lab_rubrics (
  lesson_id uuid not null,
  criteria jsonb not null,
  updated_at timestamptz not null default now(),
  constraint lab_rubrics_pkey primary key (lesson_id),
  constraint lab_rubrics_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade
);
comment on table private.lab_rubrics is
'The criteria by which staff grade a lab: [{"id", "title", "points"}].';
alter table private.lab_rubrics enable row level security;
revoke all on private.lab_rubrics from public, anon, authenticated, service_role;

create table public.lab_submissions (
  id uuid not null default gen_random_uuid(),
  lesson_id uuid not null,
  course_id uuid not null,
  user_id uuid not null,
  version integer not null,
  status public.submission_status not null default 'submitted',
  body text,
  url text,
  file_path text,
  file_name text,
  is_late boolean not null default false,
  submitted_at timestamptz not null default clock_timestamp(),
  claimed_by uuid,
  claimed_until timestamptz,
  graded_at timestamptz,
  graded_by uuid,
  score numeric(5, 2),
  feedback text,
  criteria jsonb,
  constraint lab_submissions_pkey primary key (id),
  constraint lab_submissions_lesson_id_user_id_version_key unique (lesson_id, user_id, version),
  constraint lab_submissions_lesson_id_fkey foreign key (lesson_id)
  references public.lessons (id) on delete cascade,
  constraint lab_submissions_course_id_user_id_fkey foreign key (course_id, user_id)
  references public.enrollments (course_id, user_id) on delete cascade,
  constraint lab_submissions_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint lab_submissions_body_check check (
    num_nonnulls(body, url, file_path) > 0 and length(body) <= 200000
  ),
  constraint lab_submissions_url_check check (private.is_address(url)),
  constraint lab_submissions_file_path_check check (private.is_storage_path(file_path)),
  constraint lab_submissions_file_name_check check (
    file_name is null or (
      length(file_name) between 1 and 200 and not private.has_hidden_signs(file_name)
      and file_path is not null
    )
  ),
  constraint lab_submissions_score_check check (score between 0 and 100),
  constraint lab_submissions_state_check check (
    (status in ('returned', 'accepted')) = (graded_at is not null)
  )
);
comment on table public.lab_submissions is
'Versions of a learner''s work; only functions write them.';
comment on column public.lab_submissions.file_path is
'Object in bucket submissions, in the folder of the learner''s id.';
comment on column public.lab_submissions.file_name is 'The name that the learner gave the file.';
comment on column public.lab_submissions.is_late is
'Submitted after the due date that holds for the learner now; mark_late maintains it.';
comment on column public.lab_submissions.claimed_by is
'The account that grades it now; without a foreign key, since it is only a hint.';
comment on column public.lab_submissions.graded_by is
'The account that graded it; without a foreign key, since it may outlive the account.';
comment on column public.lab_submissions.score is 'Per cent.';
comment on column public.lab_submissions.criteria is
'A copy of the rubric with the points given: [{"id", "title", "points", "given"}].';
create index lab_submissions_course_id_user_id_idx
on public.lab_submissions (course_id, user_id);
create index lab_submissions_user_id_idx on public.lab_submissions (user_id, lesson_id);
-- The policies of storage.objects look a file up by its path.
create index lab_submissions_file_path_idx
on public.lab_submissions (file_path) where file_path is not null;
create index lab_submissions_course_id_queue_idx
on public.lab_submissions (course_id, submitted_at, id) where status = 'submitted';

alter table public.lab_submissions enable row level security;
revoke all on public.lab_submissions from public, anon, authenticated, service_role;
grant select on public.lab_submissions to authenticated, service_role;

create policy lab_submissions_select_related on public.lab_submissions
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy lab_submissions_select_related on public.lab_submissions is
'Learners read their own submissions, staff those in their courses, admins all.';

create function private.mark_late(p_lesson_id uuid, p_user_id uuid default null) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform from public.lab_submissions as s
  where s.lesson_id = p_lesson_id and (p_user_id is null or s.user_id = p_user_id)
  order by s.id for update;
  update public.lab_submissions s
  set is_late = not s.is_late
  from (select p_lesson_id as id) as l
  left join public.labs as b on b.lesson_id = l.id
  where s.lesson_id = l.id and (p_user_id is null or s.user_id = p_user_id)
    and s.is_late <> coalesce(s.submitted_at > coalesce(
      (
        select o.due_at from private.quiz_overrides as o
        where o.lesson_id = s.lesson_id and o.user_id = s.user_id
      ),
      b.due_at
    ), false);
end
$$;
comment on function private.mark_late(uuid, uuid) is
'Compares the submissions for a lab, or those of one learner, with the due date that holds now.';

create function private.tg_mark_late() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  perform private.mark_late(new.lesson_id);
  return null;
end
$$;
comment on function private.tg_mark_late() is
'Applies a new due date of a lab to the submissions for it.';

create trigger t30_mark_late_insert
after insert on public.labs
for each row execute function private.tg_mark_late();
create trigger t30_mark_late_update
after update of due_at, due_on on public.labs
for each row when (old.due_at is distinct from new.due_at)
execute function private.tg_mark_late();

create function private.tg_move_due_days() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  update public.quizzes z set due_on = z.due_on
  where z.course_id = new.id and z.due_on is not null;
  update public.labs b set due_on = b.due_on
  where b.course_id = new.id and b.due_on is not null;
  return null;
end
$$;
comment on function private.tg_move_due_days() is
'Moves due dates that are days to the new time zone of their course.';

create trigger t40_move_due_days
after update of time_zone on public.courses
for each row when (old.time_zone <> new.time_zone)
execute function private.tg_move_due_days();

create function private.tg_fix_content_type() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- Serializes with save_question and start_attempt.
  perform from public.quizzes as z where z.lesson_id = new.id for no key update;
  if exists (select from public.questions as q where q.lesson_id = new.id)
    or exists (select from public.quiz_attempts as a where a.lesson_id = new.id)
    or exists (select from public.lab_submissions as s where s.lesson_id = new.id) then
    perform private.refuse('content_type_fixed');
  end if;
  delete from public.quizzes z where z.lesson_id = new.id and new.content_type <> 'quiz';
  delete from public.labs b where b.lesson_id = new.id and new.content_type <> 'lab';
  return null;
end
$$;
comment on function private.tg_fix_content_type() is
'Refuses another type for a lesson with questions, attempts or submissions; otherwise deletes the '
'rules of the old type.';

create trigger t30_fix_content_type
after update of content_type on public.lessons
for each row when (old.content_type <> new.content_type)
execute function private.tg_fix_content_type();

create type public.rubric_criterion as (id text, title text, points numeric);
comment on type public.rubric_criterion is 'A criterion of a rubric with the most points it gives.';

create function private.rubric(p_lesson_id uuid) returns setof public.rubric_criterion
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_staff(
    (select l.course_id from public.lessons as l where l.id = p_lesson_id)
  );
  return query
  select c.id, c.title, c.points
  from private.lab_rubrics as r
  cross join lateral jsonb_populate_recordset(null::public.rubric_criterion, r.criteria)
  with ordinality as c (id, title, points, ord)
  where r.lesson_id = p_lesson_id
  order by c.ord;
end
$$;
grant execute on function private.rubric(uuid) to authenticated, service_role;

create function public.rubric(lesson_id uuid) returns setof public.rubric_criterion
language sql stable
set search_path = ''
begin atomic
  select * from private.rubric(rubric.lesson_id);
end;
comment on function public.rubric(uuid) is
'The criteria of the rubric of a lab, in order; no rows without a rubric.

For staff.

Errors: not_course_staff.';

grant execute on function public.rubric(uuid) to authenticated, service_role;

create function private.save_rubric(p_lesson_id uuid, p_criteria jsonb)
returns setof public.rubric_criterion
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid := (select l.course_id from public.lessons as l where l.id = p_lesson_id);
begin
  perform private.require_staff(v_course_id);
  if v_course_id is null then
    perform private.refuse('lesson_not_found');
  end if;
  if not exists (
    select from public.lessons as l where l.id = p_lesson_id and l.content_type = 'lab'
  ) then
    perform private.refuse('not_a_lab');
  end if;
  if jsonb_typeof(p_criteria) is distinct from 'array'
    or jsonb_array_length(p_criteria) not between 1 and 50
    or exists (
      select from jsonb_array_elements(p_criteria) as c
      where jsonb_typeof(c.value) <> 'object'
        or jsonb_typeof(c.value -> 'id') is distinct from 'string'
        or jsonb_typeof(c.value -> 'title') is distinct from 'string'
        or jsonb_typeof(c.value -> 'points') is distinct from 'number'
        or length(c.value ->> 'id') not between 1 and 100
        or length(c.value ->> 'title') > 1000
        or (c.value ->> 'points')::numeric <= 0 or (c.value ->> 'points')::numeric > 1000000
    )
    or not private.is_distinct_list(array(
      select c.value ->> 'id' from jsonb_array_elements(p_criteria) as c
    )) then
    perform private.refuse('invalid_rubric');
  end if;
  insert into private.lab_rubrics as r (lesson_id, criteria)
  select
    p_lesson_id,
    jsonb_agg(jsonb_build_object(
      'id', c.value -> 'id', 'title', c.value -> 'title', 'points', c.value -> 'points'
    ) order by c.ordinality)
  from jsonb_array_elements(p_criteria) with ordinality as c
  on conflict (lesson_id) do update set criteria = excluded.criteria, updated_at = now();
  return query select * from private.rubric(p_lesson_id);
end
$$;
grant execute on function private.save_rubric(uuid, jsonb) to authenticated, service_role;

create function public.save_rubric(lesson_id uuid, criteria jsonb)
returns setof public.rubric_criterion
language sql volatile
set search_path = ''
begin atomic
  select * from private.save_rubric(save_rubric.lesson_id, save_rubric.criteria);
end;
comment on function public.save_rubric(uuid, jsonb) is
'Replaces the rubric of a lab and returns its criteria in order.

For staff; in a published course, while learners see the lesson, for owners, instructors and admins.
criteria is a list of 1 to 50 {"id": "tests", "title": "It has tests", "points": 4} with
different ids of at most 100 characters, titles of at most 1,000, and points above 0, up to
1,000,000; other fields are dropped. Graded submissions do not change.

Errors: not_course_staff, managers_only, lesson_not_found, not_a_lab, invalid_rubric.';

grant execute on function public.save_rubric(uuid, jsonb) to authenticated, service_role;

create function private.submit_lab(
  p_lesson_id uuid, p_body text, p_url text, p_file_path text, p_file_name text
) returns public.lab_submissions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_lesson public.lessons;
  v_body text := nullif(btrim(p_body), '');
  v_url text := nullif(btrim(p_url), '');
  v_file_path text := nullif(btrim(p_file_path), '');
  v_file_name text := nullif(btrim(p_file_name), '');
  v_due_at timestamptz;
  v_submission public.lab_submissions;
begin
  -- A concurrent edit of the due date waits, and then compares this submission too.
  perform from public.lessons as l where l.id = p_lesson_id for key share;
  perform from public.labs as b where b.lesson_id = p_lesson_id for share;
  v_lesson := private.enter_lesson(v_user_id, p_lesson_id);
  if v_lesson.content_type <> 'lab' then
    perform private.refuse('not_a_lab');
  end if;
  if num_nonnulls(v_body, v_url, v_file_path) = 0 or length(v_body) > 200000
    or not private.is_address(v_url) or not private.is_storage_path(v_file_path)
    or not starts_with(v_file_path, v_user_id::text || '/')
    or length(v_file_name) > 200 or private.has_hidden_signs(v_file_name)
    or (v_file_name is not null and v_file_path is null) then
    perform private.refuse('invalid_submission');
  end if;
  -- enter_lesson has locked the enrollment: submissions of this learner are serialized.
  select * into v_submission
  from public.lab_submissions as s
  where s.lesson_id = p_lesson_id and s.user_id = v_user_id
  order by s.version desc limit 1;
  if v_submission.status = 'accepted' then
    perform private.refuse('lab_accepted');
  end if;
  if v_submission.version >= 50 then
    perform private.refuse('too_many_versions', jsonb_build_object('limit', 50));
  end if;
  -- What was handed in before stays, and may be handed in again.
  if v_file_path is not null and not exists (
    select from public.lab_submissions as s
    where s.file_path = v_file_path and s.user_id = v_user_id
  ) then
    perform private.stored_object('submissions', v_file_path);
  end if;
  perform private.spend_budget(
    v_user_id, 'submissions', octet_length(concat(v_body, v_url, v_file_path, v_file_name))
  );
  update public.lab_submissions s
  set status = 'superseded', claimed_by = null, claimed_until = null
  where s.id = v_submission.id and s.status = 'submitted';
  select coalesce(o.due_at, b.due_at) into v_due_at
  from (select p_lesson_id as id) as l
  left join public.labs as b on b.lesson_id = l.id
  left join private.quiz_overrides as o on o.lesson_id = l.id and o.user_id = v_user_id;
  insert into public.lab_submissions (
    lesson_id, course_id, user_id, version, body, url, file_path, file_name, is_late
  )
  values (
    p_lesson_id, v_lesson.course_id, v_user_id, coalesce(v_submission.version, 0) + 1,
    v_body, v_url, v_file_path, v_file_name, coalesce(clock_timestamp() > v_due_at, false)
  )
  returning * into v_submission;
  perform private.note_work(
    v_user_id, v_lesson.course_id, p_lesson_id, 'lab_submitted',
    jsonb_build_object(
      'submission_id', v_submission.id, 'version', v_submission.version,
      'is_late', v_submission.is_late
    )
  );
  perform set_config('response.status', '201', true);
  return v_submission;
end
$$;
grant execute on function private.submit_lab(uuid, text, text, text, text) to authenticated;

create function public.submit_lab(
  lesson_id uuid, body text default null, url text default null, file_path text default null,
  file_name text default null
) returns public.lab_submissions
language sql volatile
set search_path = ''
begin atomic
  select private.submit_lab(
    submit_lab.lesson_id, submit_lab.body, submit_lab.url, submit_lab.file_path,
    submit_lab.file_name
  );
end;
comment on function public.submit_lab(uuid, text, text, text, text) is
'Submits a version of the caller''s work for a lab and returns it.

Give at least one of body (text, at most 200,000 characters), url (http or https) and file_path: an
object in bucket submissions, <own id>/<lesson_id>/<uuid>, that was uploaded in the last day;
file_name is what people see of it. A new version supersedes one that awaits a grade; a lab takes 50
of a learner. After the due date it is marked late. The status is 201.

Errors: not_authenticated, account_suspended, lesson_not_found, not_enrolled, lesson_locked,
not_a_lab, lab_accepted, invalid_submission, file_not_found, too_many_versions, budget_exceeded.';

grant execute on function public.submit_lab(uuid, text, text, text, text) to authenticated;

create function private.lock_submission(
  p_submission_id uuid, p_is_regraded boolean default false
) returns public.lab_submissions
language plpgsql volatile
set search_path = ''
as $$
declare
  v_submission public.lab_submissions;
begin
  select * into v_submission from public.lab_submissions as s where s.id = p_submission_id;
  perform private.require_staff(v_submission.course_id);
  if v_submission.id is null then
    perform private.refuse('submission_not_found');
  end if;
  perform private.refuse_own_work(v_submission.user_id);
  perform from public.profiles as p where p.id = v_submission.user_id for key share;
  perform from public.lessons as l where l.id = v_submission.lesson_id for key share;
  perform from public.enrollments as e
  where e.course_id = v_submission.course_id and e.user_id = v_submission.user_id for update;
  select * into v_submission
  from public.lab_submissions as s where s.id = p_submission_id for update;
  if v_submission.id is null then
    perform private.refuse('submission_not_found');
  end if;
  if v_submission.status <> 'submitted' and not (
    p_is_regraded and v_submission.graded_at is not null and not exists (
      select from public.lab_submissions as s
      where s.lesson_id = v_submission.lesson_id and s.user_id = v_submission.user_id
        and s.version > v_submission.version
    )
  ) then
    perform private.refuse('not_submitted', jsonb_build_object('status', v_submission.status));
  end if;
  if v_submission.claimed_until > now() and v_submission.claimed_by is distinct from auth.uid() then
    perform private.refuse('submission_claimed');
  end if;
  return v_submission;
end
$$;
comment on function private.lock_submission(uuid, boolean) is
'Locks a submission that the caller may grade now, and returns it; refuses any other. '
'p_is_regraded also accepts the newest version when it is graded.';

create function private.claim_submission(p_submission_id uuid) returns public.lab_submissions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_submission public.lab_submissions := private.lock_submission(p_submission_id);
begin
  update public.lab_submissions s
  set claimed_by = auth.uid(), claimed_until = now() + interval '30 minutes'
  where s.id = v_submission.id returning s.* into v_submission;
  return v_submission;
end
$$;
grant execute on function private.claim_submission(uuid) to authenticated, service_role;

create function public.claim_submission(submission_id uuid) returns public.lab_submissions
language sql volatile
set search_path = ''
begin atomic
  select private.claim_submission(claim_submission.submission_id);
end;
comment on function public.claim_submission(uuid) is
'Claims a submission for grading, for 30 minutes, and returns it.

For staff. Until the claim ends only the caller can grade or claim it; claiming again renews it.

Errors: not_course_staff, submission_not_found, own_work, not_submitted, submission_claimed.';

grant execute on function public.claim_submission(uuid) to authenticated, service_role;

create function private.grade_lab(
  p_submission_id uuid, p_score numeric, p_feedback text, p_accept boolean, p_criteria jsonb,
  p_reason text
) returns public.lab_submissions
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_submission public.lab_submissions := private.lock_submission(p_submission_id, true);
  v_old public.lab_submissions := v_submission;
  v_reason text := private.read_reason(p_reason, v_submission.graded_at is not null);
  v_lesson public.lessons;
  v_rubric jsonb;
  v_score numeric := p_score;
begin
  if p_criteria is not null then
    select jsonb_agg(
      c.value || jsonb_build_object('given', p_criteria -> (c.value ->> 'id')) order by c.ordinality
    )
    into v_rubric
    from private.lab_rubrics as r
    cross join lateral jsonb_array_elements(r.criteria) with ordinality as c
    where r.lesson_id = v_submission.lesson_id;
    if v_rubric is null or jsonb_typeof(p_criteria) <> 'object'
      or exists (
        select from jsonb_array_elements(v_rubric) as c
        where jsonb_typeof(c.value -> 'given') <> 'number'
          or (c.value ->> 'given')::numeric not between 0 and (c.value ->> 'points')::numeric
      ) then
      perform private.refuse('invalid_criteria');
    end if;
    v_score := coalesce(v_score, (
      select 100 * sum((c.value ->> 'given')::numeric) / sum((c.value ->> 'points')::numeric)
      from jsonb_array_elements(v_rubric) as c
    ));
  end if;
  if v_score is null or v_score not between 0 and 100 or p_accept is null
    or length(p_feedback) > 20000 then
    perform private.refuse('invalid_grade');
  end if;
  update public.lab_submissions s
  set
    status = case when p_accept then 'accepted' else 'returned' end::public.submission_status,
    graded_at = now(), graded_by = auth.uid(), claimed_by = null, claimed_until = null,
    score = round(v_score, 2), feedback = nullif(btrim(p_feedback), ''), criteria = v_rubric
  where s.id = p_submission_id returning s.* into v_submission;
  insert into private.grade_history (
    course_id, lesson_id, user_id, work_id, action, old_score, new_score, reason, actor_id
  )
  values (
    v_submission.course_id, v_submission.lesson_id, v_submission.user_id, v_submission.id,
    v_submission.status::text, v_old.score, v_submission.score,
    coalesce(v_reason, left(v_submission.feedback, 1000)), auth.uid()
  );
  if v_old.graded_at is not null then
    perform private.audit('regrade_lab', p_submission_id, jsonb_build_object(
      'user_id', v_submission.user_id,
      'old_status', v_old.status, 'new_status', v_submission.status,
      'old_score', v_old.score, 'new_score', v_submission.score, 'reason', v_reason
    ));
  end if;
  perform private.note_event(
    'lab_graded', v_submission.user_id, v_submission.course_id, v_submission.lesson_id,
    jsonb_build_object(
      'submission_id', v_submission.id, 'status', v_submission.status, 'score', v_submission.score
    )
  );
  insert into public.lesson_progress as lp (user_id, lesson_id, course_id, score)
  values (
    v_submission.user_id, v_submission.lesson_id, v_submission.course_id, v_submission.score
  )
  on conflict (user_id, lesson_id) do update set score = excluded.score, updated_at = now();
  select * into v_lesson from public.lessons as l where l.id = v_submission.lesson_id;
  if v_lesson.completion_rule = 'accept' and p_accept then
    perform private.bank_lesson(
      v_submission.user_id, v_lesson,
      case when private.is_manager(v_submission.course_id) then 'manager' end
    );
  elsif v_lesson.completion_rule = 'accept' and v_old.status = 'accepted' then
    -- The acceptance was a mistake; a completed course stays completed.
    update public.lesson_progress lp
    set status = 'started', completed_at = null, updated_at = now()
    where lp.user_id = v_submission.user_id and lp.lesson_id = v_submission.lesson_id;
    perform private.recount_learner(v_submission.course_id, v_submission.user_id);
  end if;
  return v_submission;
end
$$;
grant execute on function private.grade_lab(uuid, numeric, text, boolean, jsonb, text)
to authenticated, service_role;

create function public.grade_lab(
  submission_id uuid, score numeric, feedback text, accept boolean, criteria jsonb default null,
  reason text default null
) returns public.lab_submissions
language sql volatile
set search_path = ''
begin atomic
  select private.grade_lab(
    grade_lab.submission_id, grade_lab.score, grade_lab.feedback, grade_lab.accept,
    grade_lab.criteria, grade_lab.reason
  );
end;
comment on function public.grade_lab(uuid, numeric, text, boolean, jsonb, text) is
'Grades the newest version of a lab, and accepts it or returns it for revision.

For staff. score is in per cent, 0 to 100. criteria gives each criterion of the rubric its points,
{"tests": 3}; without a score, the score is computed from them. accept true accepts the work, which
completes a lesson with the rule accept; false returns it, and the learner may submit a new version.

A grade is changed by grading again, with a reason of 1 to 1,000 characters, until the learner
submits a new version; the history has the old score. Accepted work that is returned opens the
lesson to a new version, and does not complete it any more.

Errors: not_course_staff, submission_not_found, own_work, not_submitted, submission_claimed,
reason_required, invalid_grade, invalid_criteria.';

grant execute on function public.grade_lab(uuid, numeric, text, boolean, jsonb, text)
to authenticated, service_role;

create type public.lab_queue_row as (
  submission_id uuid, attempt_id uuid, lesson_id uuid, course_slug text, lesson_slug text,
  lesson_title text,
  user_id uuid, name text, version integer, is_late boolean, submitted_at timestamptz,
  claimed_by uuid, claimed_until timestamptz, cursor text
);
comment on type public.lab_queue_row is 'A row of lab_queue.';

create function private.lab_queue(p_course_id uuid, p_page_size integer, p_cursor text)
returns setof public.lab_queue_row
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'lab_queue', p_course_id));
  v_after private.cursor_position;
  v_time timestamptz := '-infinity'::timestamptz;
  v_id uuid := '00000000-0000-0000-0000-000000000000'::uuid;
begin
  perform private.require_staff(p_course_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
    -- Bounded: a forged number must not overflow.
    v_time := to_timestamp(round(least(greatest(v_after.number, 0), 1e11), 6)::double precision);
    v_id := v_after.id;
  end if;
  return query
  with waiting as (
    (
      select
        s.id, s.id as submission_id, null::uuid as attempt_id, s.lesson_id, s.user_id, s.version,
        s.is_late, s.submitted_at, s.claimed_by, s.claimed_until
      from public.lab_submissions as s
      where s.course_id = p_course_id and s.status = 'submitted'
        and (s.submitted_at, s.id) > (v_time, v_id)
      order by s.submitted_at, s.id
      limit p_page_size
    )
    union all
    (
      select
        a.id, null, a.id, a.lesson_id, a.user_id, a.number, false, a.submitted_at, null, null
      from public.quiz_attempts as a
      where a.course_id = p_course_id and a.is_pending
        and (a.submitted_at, a.id) > (v_time, v_id)
      order by a.submitted_at, a.id
      limit p_page_size
    )
  )

  select
    s.submission_id, s.attempt_id, s.lesson_id, c.slug, l.slug, l.title, s.user_id, p.name,
    s.version, s.is_late, s.submitted_at,
    case when s.claimed_until > now() then s.claimed_by end,
    case when s.claimed_until > now() then s.claimed_until end,
    private.make_cursor(v_signature, extract(epoch from s.submitted_at), null, s.id)
  from waiting as s
  inner join public.lessons as l on l.id = s.lesson_id
  inner join public.courses as c on c.id = p_course_id
  inner join public.profiles as p on p.id = s.user_id
  order by s.submitted_at, s.id
  limit p_page_size;
end
$$;
grant execute on function private.lab_queue(uuid, integer, text) to authenticated, service_role;

create function public.lab_queue(
  course_id uuid, page_size integer default 50, cursor text default null
) returns setof public.lab_queue_row
language sql stable
set search_path = ''
begin atomic
  select * from private.lab_queue(lab_queue.course_id, lab_queue.page_size, lab_queue.cursor);
end;
comment on function public.lab_queue(uuid, integer, text) is
'The submissions and attempts of a course that await a grade, oldest first, page by page.

For staff. A lab has submission_id, for grade_lab; a quiz with essays or files has attempt_id, for
grade_attempt, and its number as version. claimed_by and claimed_until are null unless somebody has
claimed the submission now.
page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.lab_queue(uuid, integer, text) to authenticated, service_role;
