-- Enrollment by staff and other servers: approval, rosters, access codes, entitlements.
--
-- Invariants
--   * Locks follow docs/locks.md; a roster locks its learners in the order of their ids.
--   * A roster of staff enrolls nobody without asking, and tells nothing about who has an account,
--     unless an admin has set that rosters enroll directly.
--   * Every granted or revoked entitlement, and every access code, has a row in the audit log.

create function private.decide_enrollment(p_enrollment_id uuid, p_accept boolean)
returns public.enrollments
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_enrollment public.enrollments;
begin
  select * into v_enrollment from public.enrollments as e where e.id = p_enrollment_id;
  perform private.require_manager(v_enrollment.course_id);
  if v_enrollment.id is null then
    perform private.refuse('enrollment_not_found');
  end if;
  perform private.refuse_own_work(v_enrollment.user_id);
  if p_accept is null then
    perform private.refuse('invalid_decision');
  end if;
  perform private.lock_learner(v_enrollment.user_id, v_enrollment.course_id);
  perform private.free_seats(v_enrollment.course_id);
  select * into v_enrollment from public.enrollments as e where e.id = p_enrollment_id;
  if v_enrollment.status is distinct from 'pending' then
    perform private.refuse('not_pending');
  end if;
  if p_accept then
    perform private.entitle(v_enrollment.user_id, v_enrollment.course_id, 'approval', null, null);
    perform private.audit(
      'approve_enrollment', v_enrollment.user_id,
      jsonb_build_object('course_id', v_enrollment.course_id)
    );
    return private.seat_learner(v_enrollment.user_id, v_enrollment.course_id);
  end if;
  update public.enrollments e set status = 'withdrawn' where e.id = p_enrollment_id;
  select * into v_enrollment from public.enrollments as e where e.id = p_enrollment_id;
  return v_enrollment;
end
$$;
grant execute on function private.decide_enrollment(uuid, boolean) to authenticated, service_role;

create function public.decide_enrollment(enrollment_id uuid, accept boolean)
returns public.enrollments
language sql volatile
set search_path = ''
begin atomic
  select private.decide_enrollment(
    decide_enrollment.enrollment_id, decide_enrollment.accept
  );
end;
comment on function public.decide_enrollment(uuid, boolean) is
'Accepts or declines a pending enrollment and returns it.

The status becomes active (waitlisted without a free seat) or withdrawn. For owners, instructors,
admins, service_role.

Errors: not_course_staff, enrollment_not_found, own_work, not_pending, invalid_decision.';

grant execute on function public.decide_enrollment(uuid, boolean) to authenticated, service_role;

create table private.platform_settings (
  id boolean not null default true,
  is_roster_direct boolean not null default false,
  constraint platform_settings_pkey primary key (id),
  constraint platform_settings_id_check check (id)
);
comment on table private.platform_settings is 'What admins have set for the platform; one row.';
comment on column private.platform_settings.is_roster_direct is
'Whether the rosters of staff enroll accounts directly instead of inviting them.';
alter table private.platform_settings enable row level security;
revoke all on private.platform_settings from public, anon, authenticated, service_role;
insert into private.platform_settings default values;

create function private.platform_settings() returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
begin
  perform private.require_operator();
  return (
    select jsonb_build_object('is_roster_direct', s.is_roster_direct)
    from private.platform_settings as s
  );
end
$$;
grant execute on function private.platform_settings() to authenticated, service_role;

create function public.platform_settings() returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.platform_settings();
end;
comment on function public.platform_settings() is
'The settings of the platform, for admins and service_role.

Errors: admin_required.';

grant execute on function public.platform_settings() to authenticated, service_role;

create function private.save_platform_settings(p_is_roster_direct boolean) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
begin
  perform private.require_operator();
  update private.platform_settings s set is_roster_direct = p_is_roster_direct
  where s.is_roster_direct <> p_is_roster_direct;
  if found then
    perform private.audit('save_platform_settings', null, jsonb_build_object(
      'is_roster_direct', p_is_roster_direct
    ));
  end if;
  return private.platform_settings();
end
$$;
grant execute on function private.save_platform_settings(boolean) to authenticated, service_role;

create function public.save_platform_settings(is_roster_direct boolean default null) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.save_platform_settings(save_platform_settings.is_roster_direct);
end;
comment on function public.save_platform_settings(boolean) is
'Changes the settings of the platform and returns them; null leaves one as it is.

With is_roster_direct the rosters of owners and instructors enroll the accounts that exist: for a
school whose accounts are its own. Their answers then tell who has an account. For admins and
service_role; audited.

Errors: admin_required.';

grant execute on function public.save_platform_settings(boolean) to authenticated, service_role;

-- Staff who may not enroll directly address the people whom they see anyway: those of the course,
-- but for the ones who left it, by address or id; those of their other courses by id.
create function private.roster_entries(
  p_course_id uuid, p_learners jsonb, p_is_direct boolean
) returns table (number integer, user_id uuid, email text, is_enrolled boolean)
language sql stable
set search_path = ''
as $$
  select
    l.ordinality::integer, p.id,
    case
      when l.value ->> 'user_id' is null then l.value ->> 'email' else p.email
    end,
    p_is_direct or p.is_inside
  from jsonb_array_elements(p_learners) with ordinality as l
  left join lateral (
    select f.id, f.email, f.is_inside
    from (
      select
        s.id, s.email, s.created_at, e.user_id is not null as is_inside,
        p_is_direct or e.user_id is not null or (
          l.value ->> 'user_id' is not null
          and s.id = any(array(select private.taught_user_ids()))
        ) as is_known
      from public.profiles as s
      left join public.enrollments as e
        on e.course_id = p_course_id and e.user_id = s.id
        and not (e.status = 'withdrawn' and e.has_left)
      where s.deleted_at is null and (
        s.id = case
          when l.value ->> 'user_id' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
            then (l.value ->> 'user_id')::uuid
        end
        or (
          l.value ->> 'user_id' is null and s.email <> ''
          and lower(s.email collate "C") = private.address_key(l.value ->> 'email')
        )
      )
    ) as f
    where f.is_known
    order by f.created_at
    limit 1
  ) as p on true
$$;
comment on function private.roster_entries(uuid, jsonb, boolean) is
'The entries of a roster with the accounts that its sender may know of; is_enrolled: without '
'asking.';

create function private.enroll_entry(p_course_id uuid, p_user_id uuid) returns jsonb
language plpgsql volatile
set search_path = ''
as $$
declare
  v_enrollment public.enrollments;
  v_status text := 'enrolled';
begin
  if p_user_id = auth.uid() then
    return jsonb_build_object(
      'status', 'failed', 'code', 'own_work',
      'detail', 'Another person of the staff enrolls you; in an open course call enroll.'
    );
  end if;
  select * into v_enrollment
  from public.enrollments as e where e.course_id = p_course_id and e.user_id = p_user_id;
  if v_enrollment.status = 'withdrawn' and v_enrollment.has_left then
    return jsonb_build_object(
      'status', 'withdrawn', 'enrollment_id', v_enrollment.id,
      'detail', 'This person withdrew by themselves; only they can enroll again.'
    );
  end if;
  if not private.is_entitled(p_user_id, p_course_id) then
    perform private.entitle(p_user_id, p_course_id, 'roster', null, null);
  end if;
  if v_enrollment.status in ('waitlisted', 'active', 'completed') then
    if v_enrollment.status <> 'waitlisted' or exists (
      select from public.enrollments as e
      where e.id = v_enrollment.id and e.status = 'waitlisted'
    ) then
      v_status := 'already';
    end if;
  else
    v_enrollment := private.seat_learner(p_user_id, p_course_id);
    if v_enrollment.status = 'waitlisted' then
      v_status := 'waitlisted';
    end if;
  end if;
  return jsonb_build_object('status', v_status, 'enrollment_id', v_enrollment.id);
end
$$;
comment on function private.enroll_entry(uuid, uuid) is
'Enrolls the account of an entry of a roster and returns its status; the caller has the locks.';

create function private.enroll_roster(p_course_id uuid, p_learners jsonb)
returns table (
  number integer, email text, user_id uuid, status text, enrollment_id uuid, code text, detail text
)
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_is_direct boolean := private.is_operator()
    or (select s.is_roster_direct from private.platform_settings as s);
  v_own_address text;
  v_line record;
  v_result jsonb;
  v_results jsonb [] := '{}'::jsonb [];
  v_invited integer := 0;
begin
  perform private.require_managed_course(p_course_id);
  if not exists (select from public.courses as c where c.id = p_course_id and c.is_published) then
    perform private.refuse('course_not_published');
  end if;
  if jsonb_typeof(p_learners) is distinct from 'array'
    or jsonb_array_length(p_learners) not between 1 and 500 then
    perform private.refuse('invalid_roster');
  end if;
  select nullif(private.address_key(p.email), '') into v_own_address
  from public.profiles as p where p.id = auth.uid();
  perform private.lock_learner(u.user_id, p_course_id)
  from (
    select r.user_id from private.roster_entries(p_course_id, p_learners, v_is_direct) as r
    where r.is_enrolled group by r.user_id order by r.user_id
  ) as u;
  perform private.free_seats(p_course_id);
  -- By id, as everywhere. Waitlisted rows stay unlocked: fill_seats would skip them.
  perform from public.enrollments as e
  where e.course_id = p_course_id and e.status <> 'waitlisted'
    and e.user_id in (
      select r.user_id from private.roster_entries(p_course_id, p_learners, v_is_direct) as r
      where r.is_enrolled
    )
  order by e.id for no key update;
  for v_line in
    select r.*, l.entry
    from private.roster_entries(p_course_id, p_learners, v_is_direct) as r
    inner join jsonb_array_elements(p_learners) with ordinality as l (entry, number)
      on l.number = r.number
    order by r.number
  loop
    if v_line.user_id is not null and v_line.is_enrolled then
      v_result := private.enroll_entry(p_course_id, v_line.user_id)
        || jsonb_build_object('user_id', v_line.user_id);
    elsif v_line.entry ->> 'user_id' is not null and v_line.email is null then
      v_result := jsonb_build_object(
        'status', 'failed', 'code', 'user_not_found', 'detail', 'No account has this id.'
      );
    elsif not private.is_email(private.address_key(v_line.email)) then
      v_result := jsonb_build_object(
        'status', 'failed', 'code', 'invalid_email', 'detail', 'This is not an e-mail address.'
      );
    elsif private.address_key(v_line.email) = v_own_address then
      v_result := jsonb_build_object(
        'status', 'failed', 'code', 'own_work',
        'detail', 'Another person of the staff enrolls you; in an open course call enroll.'
      );
    else
      perform private.save_invitation(
        v_line.email, p_course_id, 'learner', now() + interval '14 days'
      );
      v_invited := v_invited + 1;
      v_result := jsonb_build_object('status', 'invited');
    end if;
    v_results := v_results || (v_result || jsonb_build_object(
      'number', v_line.number, 'email', v_line.entry ->> 'email'
    ));
  end loop;
  perform private.audit(
    'enroll_roster', p_course_id, jsonb_build_object('results', to_jsonb(v_results))
  );
  perform private.spend_budget(auth.uid(), 'invitations', 0, v_invited);
  return query
  select a.*
  from jsonb_to_recordset(to_jsonb(v_results)) as a (
    number integer, email text, user_id uuid, status text, enrollment_id uuid, code text,
    detail text
  )
  order by a.number;
end
$$;
grant execute on function private.enroll_roster(uuid, jsonb) to authenticated, service_role;

create function public.enroll_roster(course_id uuid, learners jsonb)
returns table (
  number integer, email text, user_id uuid, status text, enrollment_id uuid, code text, detail text
)
language sql volatile
set search_path = ''
begin atomic
  select * from private.enroll_roster(enroll_roster.course_id, enroll_roster.learners);
end;
comment on function public.enroll_roster(uuid, jsonb) is
'Invites or enrolls 1 to 500 people and returns one row for each, in order.

learners is [{"email": "…"}] or [{"user_id": "…"}]. Mode, period of enrollment and prerequisites of
the course do not apply; its capacity does. number is the position in learners, from 1. status is
invited (whether or not an account has the address; see invite), and for those who are in the course
already, or asked to be, enrolled, already or waitlisted. A user_id is that of a learner of the
caller. Calls by admins and service_role, and those of all where save_platform_settings says so,
enroll the accounts that exist directly. withdrawn: they left the course themselves and are not
enrolled again. failed: code and detail say why.

The course is published. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found, course_not_published, invalid_roster, budget_exceeded.';

grant execute on function public.enroll_roster(uuid, jsonb) to authenticated, service_role;

create type public.ready_learner as (
  user_id uuid, name text, email text, lessons_completed integer, enrolled_at timestamptz,
  last_activity_at timestamptz, cursor text
);
comment on type public.ready_learner is 'A row of learners_to_complete.';

create function private.learners_to_complete(p_course_id uuid, p_page_size integer, p_cursor text)
returns setof public.ready_learner
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'learners_to_complete', p_course_id));
  v_after private.cursor_position;
begin
  perform private.require_managed_course(p_course_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    e.user_id, p.name, p.email, e.lessons_completed, e.enrolled_at, e.last_activity_at,
    private.make_cursor(v_signature, null, null, e.user_id)
  from public.enrollments as e
  inner join public.profiles as p on p.id = e.user_id
  where e.course_id = p_course_id and e.status = 'active' and e.progress = 100
    and (v_after.id is null or e.user_id > v_after.id)
  order by e.user_id
  limit p_page_size;
end
$$;
grant execute on function private.learners_to_complete(uuid, integer, text)
to authenticated, service_role;

create function public.learners_to_complete(
  course_id uuid, page_size integer default 50, cursor text default null
) returns setof public.ready_learner
language sql stable
set search_path = ''
begin atomic
  select * from private.learners_to_complete(
    learners_to_complete.course_id, learners_to_complete.page_size, learners_to_complete.cursor
  );
end;
comment on function public.learners_to_complete(uuid, integer, text) is
'Learners who have completed each required lesson and whose course is not complete, page by page.

An edit of the course, or a grade by an assistant, can bring a learner to 100 per cent but never
completes the course. complete_learners completes it for those in this list; each of them can also
call complete_course. For owners, instructors, admins, service_role.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_course_staff, course_not_found, invalid_page, invalid_cursor.';

grant execute on function public.learners_to_complete(uuid, integer, text)
to authenticated, service_role;

create function private.complete_learners(p_course_id uuid, p_user_ids uuid[])
returns table (user_id uuid, status text, certificate_code text)
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_completed_ids uuid[];
begin
  perform private.require_managed_course(p_course_id);
  if coalesce(cardinality(p_user_ids), 0) not between 1 and 500 then
    perform private.refuse('invalid_roster');
  end if;
  perform from public.profiles as p where p.id = any(p_user_ids) order by p.id for key share;
  perform from public.enrollments as e
  where e.course_id = p_course_id and e.user_id = any(p_user_ids) and e.status = 'active'
  order by e.id for update;
  v_completed_ids := private.complete_enrollments(p_course_id, p_user_ids, 'manager');
  return query
  select
    u.id,
    case
      when u.id = any(v_completed_ids) then 'completed'
      when e.status = 'completed' then 'already'
      when e.status = 'active' then 'incomplete'
      else 'not_enrolled'
    end,
    private.certificate_code(u.id, p_course_id)
  from (
    select t.id, min(t.ordinality) as place
    from unnest(p_user_ids) with ordinality as t (id, ordinality) group by t.id
  ) as u
  left join public.enrollments as e on e.course_id = p_course_id and e.user_id = u.id
  order by u.place;
end
$$;
grant execute on function private.complete_learners(uuid, uuid[]) to authenticated, service_role;

create function public.complete_learners(course_id uuid, user_ids uuid[])
returns table (user_id uuid, status text, certificate_code text)
language sql volatile
set search_path = ''
begin atomic
  select * from private.complete_learners(complete_learners.course_id, complete_learners.user_ids);
end;
comment on function public.complete_learners(uuid, uuid[]) is
'Completes a course for 1 to 500 learners who have completed each required lesson.

learners_to_complete lists them. Returns a row for each learner, in order: status is completed,
already (was complete before), incomplete or not_enrolled; certificate_code is null without a valid
certificate. Audited. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found, invalid_roster.';

grant execute on function public.complete_learners(uuid, uuid[]) to authenticated, service_role;

create function private.code_bits(p_code text) returns numeric
language plpgsql immutable strict
set search_path = ''
as $$
declare
  v_steps integer;
  v_alphabet integer :=
    case when p_code ~ '[0-9]' then 10 else 0 end
    + case when p_code ~* '[a-z]' then 26 else 0 end
    + case when p_code ~* '[^0-9a-z]' then 10 else 0 end;
begin
  -- A character that repeats or follows the one before it adds nothing.
  select count(*) filter (where abs(c.number - c.before) > 1) + 1 into v_steps
  from (
    select ascii(s.sign) as number, lag(ascii(s.sign)) over (order by s.at) as before
    from regexp_split_to_table(lower(p_code), '') with ordinality as s (sign, at)
  ) as c;
  return v_steps * log(2, v_alphabet);
end
$$;
comment on function private.code_bits(text) is
'The most bits that an access code can have: its characters, without runs, in the alphabet that it '
'uses, without case.';

create function private.create_course_code(
  p_course_id uuid, p_code text, p_max_uses integer, p_expires_at timestamptz
) returns jsonb
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_row private.course_codes;
begin
  perform private.require_managed_course(p_course_id);
  -- Measured first: normalizing takes time.
  if length(p_code) > 1000 or length(btrim(private.normalize_text(p_code))) not between 6 and 64
    or p_max_uses <= 0 or not private.is_date(p_expires_at) then
    perform private.refuse('invalid_code');
  end if;
  if private.code_bits(btrim(private.normalize_text(p_code))) < 40 then
    perform private.refuse('weak_code');
  end if;
  insert into private.course_codes (course_id, code, max_uses, expires_at, created_by)
  values (
    p_course_id,
    -- 80 random bits, in characters that are hard to confuse.
    coalesce(btrim(private.normalize_text(p_code)), (
      select string_agg(
        substr('0123456789abcdefghjkmnpqrstvwxyz', 1 + get_byte(b.bytes, i) % 32, 1), ''
      )
      from (select extensions.gen_random_bytes(16) as bytes) as b, generate_series(0, 15) as i
    )),
    p_max_uses, p_expires_at, auth.uid()
  )
  on conflict (course_id, lower(code)) do nothing
  returning * into v_row;
  if v_row.id is null then
    perform private.refuse('code_taken');
  end if;
  perform private.audit('create_course_code', p_course_id, jsonb_build_object('code_id', v_row.id));
  return to_jsonb(v_row);
end
$$;
grant execute on function private.create_course_code(uuid, text, integer, timestamptz)
to authenticated, service_role;

create function public.create_course_code(
  course_id uuid, code text default null, max_uses integer default null,
  expires_at timestamptz default null
) returns jsonb
language sql volatile
set search_path = ''
begin atomic
  select private.create_course_code(
    create_course_code.course_id, create_course_code.code, create_course_code.max_uses,
    create_course_code.expires_at
  );
end;
comment on function public.create_course_code(uuid, text, integer, timestamptz) is
'Creates an access code of a course, a random one when none is given, and returns it.

A code is compared without case and outer blanks. An own code has 6 to 64 characters and at least 40
bits, such as 8 letters and digits in no order. For owners, instructors, admins, service_role.

Errors: not_course_staff, course_not_found, invalid_code, weak_code, code_taken.';

grant execute on function public.create_course_code(uuid, text, integer, timestamptz)
to authenticated, service_role;

create function private.course_codes(p_course_id uuid, p_page_size integer, p_cursor text)
returns table (
  id uuid, course_id uuid, code text, max_uses integer, use_count integer, expires_at timestamptz,
  created_by uuid, created_at timestamptz, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_signature text := md5(concat_ws('|', 'codes', p_course_id));
  v_after private.cursor_position;
begin
  perform private.require_manager(p_course_id);
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    k.id, k.course_id, k.code, k.max_uses, k.use_count, k.expires_at, k.created_by, k.created_at,
    private.make_cursor(v_signature, extract(epoch from k.created_at), null, k.id)
  from private.course_codes as k
  where k.course_id = p_course_id
    and (
      v_after.id is null
      or (extract(epoch from k.created_at), k.id) < (v_after.number, v_after.id)
    )
  order by k.created_at desc, k.id desc
  limit p_page_size;
end
$$;
grant execute on function private.course_codes(uuid, integer, text)
to authenticated, service_role;

create function public.course_codes(
  course_id uuid, page_size integer default 50, cursor text default null
)
returns table (
  id uuid, course_id uuid, code text, max_uses integer, use_count integer, expires_at timestamptz,
  created_by uuid, created_at timestamptz, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.course_codes(
    course_codes.course_id, course_codes.page_size, course_codes.cursor
  );
end;
comment on function public.course_codes(uuid, integer, text) is
'Lists the access codes of a course, newest first.

max_uses is null without a limit, expires_at for a code that does not expire. For owners,
instructors, admins, service_role.

Errors: not_course_staff, invalid_page, invalid_cursor.';

grant execute on function public.course_codes(uuid, integer, text)
to authenticated, service_role;

create function private.delete_course_code(p_code_id uuid) returns void
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_course_id uuid;
begin
  select k.course_id into v_course_id from private.course_codes as k where k.id = p_code_id;
  if not found then
    return;
  end if;
  perform private.require_manager(v_course_id);
  delete from private.course_codes k where k.id = p_code_id;
  if found then
    perform private.audit(
      'delete_course_code', v_course_id, jsonb_build_object('code_id', p_code_id)
    );
  end if;
end
$$;
grant execute on function private.delete_course_code(uuid) to authenticated, service_role;

create function public.delete_course_code(code_id uuid) returns void
language sql volatile
set search_path = ''
begin atomic
  select private.delete_course_code(delete_course_code.code_id);
end;
comment on function public.delete_course_code(uuid) is
'Deletes an access code; learners who enrolled with it stay enrolled.

For owners, instructors, admins, service_role.

Errors: not_course_staff.';

grant execute on function public.delete_course_code(uuid) to authenticated, service_role;

create function private.grant_entitlement(
  p_user_id uuid, p_course_id uuid, p_source text, p_starts_at timestamptz, p_expires_at timestamptz
) returns public.entitlements
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_entitlement public.entitlements;
begin
  perform private.require_manager(p_course_id);
  perform private.refuse_own_work(p_user_id);
  -- Other sources, such as a purchase, are for the server to state.
  if p_source <> 'staff' and not private.is_operator() then
    perform private.refuse('source_reserved');
  end if;
  if p_source !~ '^[a-z][a-z0-9_]{0,39}$' or p_source is null
    or p_expires_at <= coalesce(p_starts_at, now())
    or not private.is_date(p_starts_at) or not private.is_date(p_expires_at) then
    perform private.refuse('invalid_entitlement');
  end if;
  if not exists (select from public.courses as c where c.id = p_course_id) then
    perform private.refuse('course_not_found');
  end if;
  if not exists (
    select from public.profiles as p where p.id = p_user_id and p.deleted_at is null
  ) then
    perform private.refuse('user_not_found');
  end if;
  perform private.lock_learner(p_user_id, p_course_id);
  perform from public.courses as c where c.id = p_course_id for share;
  perform private.lock_seats(p_course_id);
  v_entitlement := private.entitle(p_user_id, p_course_id, p_source, p_starts_at, p_expires_at);
  perform private.audit('grant_entitlement', p_user_id, to_jsonb(v_entitlement));
  return v_entitlement;
end
$$;
grant execute on function private.grant_entitlement(uuid, uuid, text, timestamptz, timestamptz)
to authenticated, service_role;

create function public.grant_entitlement(
  user_id uuid, course_id uuid, source text default 'staff', starts_at timestamptz default null,
  expires_at timestamptz default null
) returns public.entitlements
language sql volatile
set search_path = ''
begin atomic
  select private.grant_entitlement(
    grant_entitlement.user_id, grant_entitlement.course_id, grant_entitlement.source,
    grant_entitlement.starts_at, grant_entitlement.expires_at
  );
end;
comment on function public.grant_entitlement(uuid, uuid, text, timestamptz, timestamptz) is
'Grants or renews the entitlement of a person to a course and returns it.

There is one for each person, course and source. The person then calls enroll. For owners and
instructors (source staff), admins and service_role (any source).

Errors: not_course_staff, own_work, source_reserved, course_not_found, user_not_found,
invalid_entitlement.';

grant execute on function public.grant_entitlement(uuid, uuid, text, timestamptz, timestamptz)
to authenticated, service_role;

create function private.end_entitlement(p_entitlement_id uuid) returns boolean
language plpgsql volatile
set search_path = ''
as $$
declare
  v_entitlement public.entitlements;
begin
  select * into v_entitlement from public.entitlements as t where t.id = p_entitlement_id;
  perform private.lock_learner(v_entitlement.user_id, v_entitlement.course_id);
  perform from public.courses as c where c.id = v_entitlement.course_id for share;
  perform private.lock_seats(v_entitlement.course_id);
  update public.entitlements t set revoked_at = now()
  where t.id = p_entitlement_id and t.revoked_at is null;
  if not found then
    return false;
  end if;
  -- Without a valid entitlement a learner has no seat and no place on the waitlist.
  update public.enrollments e set status = 'withdrawn'
  where e.user_id = v_entitlement.user_id and e.course_id = v_entitlement.course_id
    and e.status <> 'withdrawn'
    and not private.is_entitled(e.user_id, e.course_id);
  return true;
end
$$;
comment on function private.end_entitlement(uuid) is
'Revokes an entitlement, and withdraws the learner if it was their last; false if it was revoked.';

create function private.revoke_entitlement(p_entitlement_id uuid) returns public.entitlements
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_entitlement public.entitlements;
begin
  select * into v_entitlement from public.entitlements as t where t.id = p_entitlement_id;
  perform private.require_manager(v_entitlement.course_id);
  if v_entitlement.id is null then
    perform private.refuse('entitlement_not_found');
  end if;
  if private.end_entitlement(p_entitlement_id) then
    perform private.audit(
      'revoke_entitlement', v_entitlement.user_id,
      jsonb_build_object('id', p_entitlement_id, 'course_id', v_entitlement.course_id)
    );
    -- Nor does an invitation of before let them in again.
    if not private.is_entitled(v_entitlement.user_id, v_entitlement.course_id) then
      update public.invitations i
      set status = 'revoked', has_seat = false, decided_at = clock_timestamp()
      from auth.users as u
      where u.id = v_entitlement.user_id and i.address = private.address_key(u.email)
        and i.course_id = v_entitlement.course_id and i.role = 'learner' and i.status = 'pending';
      if found then
        perform private.fill_seats(v_entitlement.course_id);
      end if;
    end if;
  end if;
  select * into v_entitlement from public.entitlements as t where t.id = p_entitlement_id;
  return v_entitlement;
end
$$;
grant execute on function private.revoke_entitlement(uuid) to authenticated, service_role;

create function public.revoke_entitlement(entitlement_id uuid) returns public.entitlements
language sql volatile
set search_path = ''
begin atomic
  select private.revoke_entitlement(revoke_entitlement.entitlement_id);
end;
comment on function public.revoke_entitlement(uuid) is
'Revokes an entitlement and returns it.

Without another valid one the enrollment is withdrawn, its seat goes to the waitlist, and a pending
invitation of the person to the course is revoked. Idempotent. For owners, instructors, admins, service_role.

Errors: not_course_staff, entitlement_not_found.';

grant execute on function public.revoke_entitlement(uuid) to authenticated, service_role;
