-- Enrollment by the learner: enroll and withdraw.
--
-- Invariants
--   * An open course takes everyone who fulfils its prerequisites, a closed one only learners with
--     an entitlement. A revoked learner cannot re-enroll through open enrollment.
--   * A wrong access code is counted. An error would roll the count back, so enroll answers with
--     the status and the body of the error instead, and its transaction commits.
--   * Locks follow the order of the enrollment file.

create function private.missing_prerequisites(p_user_id uuid, p_course_id uuid) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select coalesce(
      string_agg(c.title, ', ' order by c.title) filter (where c.is_published),
      'not in the catalogue'
    )
    from public.course_prerequisites as p
    inner join public.courses as c on c.id = p.prerequisite_id
    left join public.enrollments as e on e.course_id = p.prerequisite_id and e.user_id = p_user_id
    left join lateral private.course_scores(p.prerequisite_id, array[p_user_id]) as s
      on p.min_score is not null
    where p.course_id = p_course_id
      and (
        e.completed_at is not null and (p.min_score is null or p.min_score <= s.score)
      ) is not true
    having count(*) > 0
  );
end
$$;
comment on function private.missing_prerequisites(uuid, uuid) is
'Titles of the courses that a person has to complete before this one; null if none.';

create function private.require_prerequisites(p_user_id uuid, p_course_id uuid) returns void
language plpgsql stable
set search_path = ''
as $$
declare
  v_missing text;
begin
  -- Most courses have none.
  if exists (select from public.course_prerequisites as p where p.course_id = p_course_id) then
    v_missing := private.missing_prerequisites(p_user_id, p_course_id);
  end if;
  if v_missing is not null then
    perform private.refuse('prerequisite_missing', jsonb_build_object('courses', v_missing));
  end if;
end
$$;
comment on function private.require_prerequisites(uuid, uuid) is
'Refuses a person who has not completed the prerequisites of the course.';

-- The caller has locked the learner in the course.
create function private.redeem_code(p_user_id uuid, p_course_id uuid, p_code text) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  v_guesses private.code_guesses;
  v_reset_at timestamptz;
  -- No code is longer.
  v_code text := lower(btrim(private.normalize_text(left(p_code, 200))));
begin
  if coalesce(v_code, '') = '' then
    perform private.refuse('code_required');
  end if;
  select * into v_guesses
  from private.code_guesses as g
  where g.user_id = p_user_id and g.course_id = p_course_id
    and g.started_at > clock_timestamp() - interval '1 hour';
  if v_guesses.failure_count >= 10 then
    v_reset_at := v_guesses.started_at + interval '1 hour';
    perform private.refuse('too_many_guesses', jsonb_build_object(
      'limit', 10, 'reset_at', v_reset_at,
      'retry_after', greatest(1, ceil(extract(epoch from v_reset_at - clock_timestamp())))
    ));
  end if;
  update private.course_codes k set use_count = k.use_count + 1
  where k.course_id = p_course_id and lower(k.code) = v_code
    and (k.expires_at is null or k.expires_at > now())
    and (k.max_uses is null or k.use_count < k.max_uses);
  if found then
    return true;
  end if;
  insert into private.code_guesses as g (user_id, course_id, started_at)
  values (p_user_id, p_course_id, clock_timestamp())
  on conflict (user_id, course_id) do update
  set
    failure_count = coalesce(v_guesses.failure_count, 0) + 1,
    started_at = coalesce(v_guesses.started_at, excluded.started_at);
  perform private.audit(
    'refuse_course_code', p_course_id, jsonb_build_object('user_id', p_user_id)
  );
  return false;
end
$$;
comment on function private.redeem_code(uuid, uuid, text) is
'Counts one use of an access code and returns true; counts a wrong code and returns false.';

create function private.seat_learner(p_user_id uuid, p_course_id uuid) returns public.enrollments
language plpgsql volatile
set search_path = ''
as $$
declare
  v_seated boolean := coalesce(private.free_seats(p_course_id) > 0, true);
  v_enrollment public.enrollments;
  v_fact private.facts;
begin
  -- Not an upsert: that fires the triggers of insert and update.
  perform set_config('lyceum.facts', 'told', true);
  insert into public.enrollments as e (user_id, course_id, status, enrolled_at, last_activity_at)
  values (
    p_user_id, p_course_id,
    case when v_seated then 'active' else 'waitlisted' end::public.enrollment_status,
    clock_timestamp(), clock_timestamp()
  )
  on conflict (course_id, user_id) do nothing
  returning e.* into v_enrollment;
  perform set_config('lyceum.facts', '', true);
  if v_enrollment.id is not null then
    v_fact.course_id := p_course_id;
    v_fact.user_id := p_user_id;
    v_fact.status_to := v_enrollment.status;
    v_fact.enrolled_to := (v_enrollment.enrolled_at at time zone 'UTC')::date;
    v_fact.seen_to := (v_enrollment.last_activity_at at time zone 'UTC')::date;
    v_fact.progress_to := 0;
    v_fact.left_to := false;
    perform private.note_fact(v_fact);
    return v_enrollment;
  end if;
  update public.enrollments e
  set
    status = case
      when not v_seated then 'waitlisted'
      when e.completed_at is not null then 'completed'
      else 'active'
    end::public.enrollment_status,
    requested_at = case when e.status = 'pending' then e.requested_at else clock_timestamp() end,
    enrolled_at = clock_timestamp(),
    has_left = false,
    last_activity_at = clock_timestamp()
  where e.course_id = p_course_id and e.user_id = p_user_id;
  -- Triggers count the progress again.
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = p_user_id;
  return v_enrollment;
end
$$;
comment on function private.seat_learner(uuid, uuid) is
'Sets the enrollment to active, or to waitlisted without a free seat, and returns it.';

-- Beginning with the columns of enrollments, in their order.
create type public.enrollment_answer as (
  id uuid,
  user_id uuid,
  course_id uuid,
  status public.enrollment_status,
  requested_at timestamptz,
  enrolled_at timestamptz,
  has_left boolean,
  completed_at timestamptz,
  completed_version integer,
  last_activity_at timestamptz,
  lessons_completed integer,
  progress numeric,
  code text,
  message text,
  details text,
  hint text
);
comment on type public.enrollment_answer is
'The answer of enroll: the columns of enrollments; or, with the status of the error, its code, '
'message, details and hint.';

create function private.enrollment_answer(p_enrollment public.enrollments)
returns public.enrollment_answer
language plpgsql immutable
set search_path = ''
as $$
begin
  return row(p_enrollment.*, null, null, null, null)::public.enrollment_answer;
end
$$;
comment on function private.enrollment_answer(public.enrollments) is
'An enrollment as enroll answers with it.';

create function private.answer_code_invalid() returns public.enrollment_answer
language plpgsql volatile
set search_path = ''
as $$
declare
  v_error private.errors := private.error_of('code_invalid', null);
  v_answer public.enrollment_answer;
begin
  -- Without PostgREST nobody would read the status: the error is raised.
  if nullif(current_setting('request.method', true), '') is null then
    perform private.refuse('code_invalid');
  end if;
  perform set_config('response.status', v_error.status::text, true);
  v_answer.code := v_error.code;
  v_answer.message := v_error.message;
  v_answer.hint := v_error.hint;
  return v_answer;
end
$$;
comment on function private.answer_code_invalid() is
'The error code_invalid as status and body of an answer, so that its transaction commits.';

create function private.enroll(p_course_id uuid, p_code text) returns public.enrollment_answer
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_course public.courses;
  v_enrollment public.enrollments;
  v_entitled boolean;
begin
  perform private.lock_learner(v_user_id, p_course_id);
  select * into v_course from public.courses as c where c.id = p_course_id for share;
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
  v_entitled := private.is_entitled(v_user_id, p_course_id);
  if not v_entitled and v_enrollment.status in ('active', 'completed') then
    -- Their seat may be released concurrently.
    perform private.lock_seats(p_course_id);
    select * into v_enrollment
    from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
  end if;
  if (v_enrollment.status = 'pending' and not v_entitled and v_course.enrollment_mode = 'approval')
    or (v_enrollment.status in ('waitlisted', 'active', 'completed') and v_entitled) then
    return private.enrollment_answer(v_enrollment);
  end if;
  if v_course.is_published is not true then
    perform private.refuse('course_not_found');
  end if;
  if not v_entitled then
    -- A revoked learner cannot re-enroll through open enrollment.
    if exists (
      select from public.entitlements as t
      where t.user_id = v_user_id and t.course_id = p_course_id and t.revoked_at is not null
    ) then
      perform private.refuse('entitlement_revoked');
    end if;
    if v_course.enrollment_mode = 'closed'
      or now() < v_course.opens_at or now() >= v_course.closes_at then
      perform private.refuse('course_closed', jsonb_build_object(
        'enrollment_mode', v_course.enrollment_mode,
        'opens_at', v_course.opens_at,
        'closes_at', v_course.closes_at
      ));
    end if;
    perform private.require_prerequisites(v_user_id, p_course_id);
    if v_course.enrollment_mode = 'code'
      and not private.redeem_code(v_user_id, p_course_id, p_code) then
      return private.answer_code_invalid();
    end if;
    perform private.spend_budget(v_user_id, 'enrollments', 0);
    if v_course.enrollment_mode = 'approval' then
      insert into public.enrollments as e (user_id, course_id, status)
      values (v_user_id, p_course_id, 'pending')
      on conflict (course_id, user_id) do update
      set status = 'pending', requested_at = clock_timestamp(), has_left = false
      returning e.* into v_enrollment;
      perform set_config('response.status', '201', true);
      return private.enrollment_answer(v_enrollment);
    end if;
    perform private.entitle(v_user_id, p_course_id, v_course.enrollment_mode::text, null, null);
  else
    perform private.require_prerequisites(v_user_id, p_course_id);
    perform private.spend_budget(v_user_id, 'enrollments', 0);
  end if;
  if v_enrollment.status in ('waitlisted', 'active', 'completed') then
    -- Only the entitlement had expired. Its renewal may have given a seat: read the row again.
    select * into v_enrollment
    from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
    return private.enrollment_answer(v_enrollment);
  end if;
  perform set_config('response.status', '201', true);
  return private.enrollment_answer(private.seat_learner(v_user_id, p_course_id));
end
$$;
grant execute on function private.enroll(uuid, text) to authenticated;

create function public.enroll(course_id uuid, code text default null)
returns public.enrollment_answer
language sql volatile
set search_path = ''
begin atomic
  select private.enroll(enroll.course_id, enroll.code);
end;
comment on function public.enroll(uuid, text) is
'Enrolls the caller in a course and returns the enrollment.

status is active, pending in a course with the mode approval, or waitlisted without a free seat.
Idempotent: 201 when the call changed something, 200 when the caller was enrolled already.

code, message, details and hint are null in every answer but that to a wrong access code, which is
the error code_invalid with status 403 and counts: after 10 in an hour the course refuses every code
of the caller with too_many_guesses.

Errors: course_not_found, course_closed, code_required, code_invalid, too_many_guesses,
entitlement_revoked, prerequisite_missing, not_authenticated, account_suspended, budget_exceeded.';

grant execute on function public.enroll(uuid, text) to authenticated;

create function private.withdraw(p_course_id uuid) returns public.enrollments
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_enrollment public.enrollments;
begin
  perform private.lock_learner(v_user_id, p_course_id);
  perform private.free_seats(p_course_id);
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = v_user_id;
  if not found then
    perform private.refuse('not_enrolled', p_status => 404);
  end if;
  if v_enrollment.status <> 'withdrawn' then
    update public.enrollments e set status = 'withdrawn', has_left = true
    where e.id = v_enrollment.id;
    select * into v_enrollment from public.enrollments as e where e.id = v_enrollment.id;
  end if;
  return v_enrollment;
end
$$;
grant execute on function private.withdraw(uuid) to authenticated;

create function public.withdraw(course_id uuid) returns public.enrollments
language sql volatile
set search_path = ''
begin atomic
  select private.withdraw(withdraw.course_id);
end;
comment on function public.withdraw(uuid) is
'Withdraws the caller from a course and returns the enrollment.

Progress and entitlement stay; the seat goes to the waitlist. Lists of staff leave the caller out,
and only the caller can enroll again. Idempotent.

Errors: not_enrolled, not_authenticated, account_suspended.';

grant execute on function public.withdraw(uuid) to authenticated;
