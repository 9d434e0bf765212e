-- Certificates: proof of a completion, for anyone who is shown its code.
--
-- Invariants
--   * A trigger issues a certificate in the transaction that completes the course, or, for a
--     learner without a name, in the one that names them; one a learner and course.
--   * A certificate is a snapshot: later changes of name, title or course do not change it. Staff
--     reissue it: the old one is revoked and names the one that replaces it.
--   * The code has 100 random bits and is the only access for the public.

create sequence private.status_numbers as bigint minvalue 0;
revoke all on sequence private.status_numbers from public, anon, authenticated, service_role;

create function private.next_status_index() returns bigint
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_number bigint := nextval('private.status_numbers');
begin
  -- The factor is odd, so that every place of a list is taken once.
  return v_number / 131072 * 131072 + (v_number % 131072 * 52837 + 71993) % 131072;
end
$$;
comment on function private.next_status_index() is
'A new place in the status lists of 131,072 certificates each; neighbours tell nothing.';

create function private.has_letter(p_name text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  -- Normalized: the fillers of Hangul are letters that nobody sees.
  return private.normalize_text(p_name) collate private.alphabetical ~ '[[:alpha:]]';
end
$$;
comment on function private.has_letter(text) is
'True for a name that a certificate can bear: it has a letter of some script.';

create table public.certificates (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  course_id uuid not null,
  code text not null,
  name text not null,
  title text not null,
  teachers text[] not null default '{}',
  locale text not null,
  time_zone text not null default 'UTC',
  version integer not null,
  hours numeric(7, 1) not null,
  content_versions jsonb not null default '{}',
  completed_at timestamptz not null,
  issued_at timestamptz not null default now(),
  status_index bigint not null default private.next_status_index(),
  revoked_at timestamptz,
  revoke_reason text,
  replaced_by uuid,
  constraint certificates_pkey primary key (id),
  -- One that nothing replaces.
  constraint certificates_user_id_course_id_replaced_by_key
  unique nulls not distinct (user_id, course_id, replaced_by),
  constraint certificates_code_key unique (code),
  constraint certificates_status_index_key unique (status_index),
  constraint certificates_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint certificates_course_id_fkey foreign key (course_id) references public.courses (id),
  -- Deferred: the old one is replaced before the new one is inserted.
  constraint certificates_replaced_by_fkey foreign key (replaced_by)
  references public.certificates (id) deferrable initially deferred,
  constraint certificates_replaced_by_check check (
    replaced_by is null or revoked_at is not null
  ),
  constraint certificates_code_check check (code ~ '^[0-9A-Z]{20}$'),
  constraint certificates_revoke_reason_check check (
    (revoked_at is null) = (revoke_reason is null) and length(revoke_reason) <= 1000
  )
);
comment on table public.certificates is
'Proof that a learner completed a course, as both were on that day.';
comment on column public.certificates.code is 'Crockford base 32, 100 random bits.';
comment on column public.certificates.teachers is
'Names of the teachers of the course at the issue, owners first.';
comment on column public.certificates.time_zone is
'courses.time_zone at the issue: the dates on the certificate are those of it.';
comment on column public.certificates.replaced_by is
'The certificate that was issued instead of this one.';
comment on column public.certificates.version is 'courses.version at the completion.';
comment on column public.certificates.content_versions is
'{lesson_id: version} of the completed lessons: which version the learner completed.';
comment on column public.certificates.hours is 'Length of the published required lessons.';
comment on column public.certificates.status_index is
'Place in the status lists of credentials: the list is status_index / 131072.';
create index certificates_course_id_idx on public.certificates (course_id);
create index certificates_replaced_by_idx on public.certificates (replaced_by);

create function private.tg_note_certificates() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    insert into private.facts (course_id, user_id, certificates)
    select
      n.course_id, n.user_id, (n.revoked_at is null)::integer - (o.revoked_at is null)::integer
    from new_rows as n
    inner join old_rows as o on o.id = n.id
    where (n.revoked_at is null) <> (o.revoked_at is null);
  elsif tg_op = 'INSERT' then
    insert into private.facts (course_id, user_id, kind, detail, certificates)
    select
      n.course_id, n.user_id, 'certificate_issued', jsonb_build_object('certificate_id', n.id),
      (n.revoked_at is null)::integer
    from new_rows as n;
  else
    insert into private.facts (course_id, user_id, certificates)
    select o.course_id, o.user_id, -1 from old_rows as o where o.revoked_at is null;
  end if;
  return null;
end
$$;
comment on function private.tg_note_certificates() is
'Writes the facts of a change of certificates.';

create trigger t50_note_certificates_insert
after insert on public.certificates
referencing new table as new_rows
for each statement execute function private.tg_note_certificates();
create trigger t50_note_certificates_update
after update on public.certificates
referencing old table as old_rows new table as new_rows
for each statement execute function private.tg_note_certificates();
create trigger t50_note_certificates_delete
after delete on public.certificates
referencing old table as old_rows
for each statement execute function private.tg_note_certificates();

alter table public.certificates enable row level security;
revoke all on public.certificates from public, anon, authenticated, service_role;
grant select on public.certificates to authenticated, service_role;

create policy certificates_select_related on public.certificates
for select to authenticated
using (
  user_id = (select private.account_id())
  or course_id = any(array(select private.staffed_course_ids()))
  or user_id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy certificates_select_related on public.certificates is
'A person reads their own certificates; staff those of their courses; admins all.';

create function private.random_code(p_length integer) returns text
language sql volatile
set search_path = ''
as $$
  select string_agg(
    substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + get_byte(b.bytes, i) % 32, 1), ''
  )
  from
    (select extensions.gen_random_bytes(p_length) as bytes) as b,
    generate_series(0, p_length - 1) as i
$$;
comment on function private.random_code(integer) is
'Random characters of Crockford base 32, five bits each.';

create function private.certificate_code(p_user_id uuid, p_course_id uuid) returns text
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select f.code from public.certificates as f
    where f.user_id = p_user_id and f.course_id = p_course_id and f.revoked_at is null
  );
end
$$;
comment on function private.certificate_code(uuid, uuid) is
'The code of a learner''s certificate for a course; null without one and when it is revoked.';

-- One statement for every enrollment that a statement completes: staff may complete many.
create function private.issue_certificates(p_enrollment_ids uuid[]) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  -- A learner without a name gets the certificate from tg_issue_named: waits for a concurrent
  -- change of the name, and lets the next one see the completion.
  perform from public.profiles as p
  where p.id in (
    select e.user_id from public.enrollments as e where e.id = any(p_enrollment_ids)
  ) and not private.has_letter(p.name)
  order by p.id for share;
  insert into public.certificates (
    user_id, course_id, code, name, title, teachers, locale, time_zone, version, hours,
    completed_at, content_versions
  )
  select
    e.user_id, e.course_id, private.random_code(20), btrim(p.name), c.title, c.teachers, c.locale,
    c.time_zone, coalesce(e.completed_version, c.version), round(coalesce(h.minutes, 0) / 60, 1),
    e.completed_at, (
      select coalesce(jsonb_object_agg(lp.lesson_id, lp.content_version), '{}')
      from public.lesson_progress as lp
      where lp.course_id = e.course_id and lp.user_id = e.user_id
        and lp.status = 'completed' and lp.content_version is not null
    )
  from public.enrollments as e
  -- The teachers once a course, not once a learner.
  inner join (
    select d.*, array(
      select t.name from private.course_teachers(array[d.id]) as t where t.name <> ''
    ) as teachers
    from public.courses as d
    where d.id in (
      select x.course_id from public.enrollments as x where x.id = any(p_enrollment_ids)
    )
    offset 0
  ) as c on c.id = e.course_id
  inner join public.profiles as p on p.id = e.user_id and private.has_letter(p.name)
  left join (
    select l.course_id, sum(l.duration_minutes) as minutes
    from public.lessons as l
    where l.is_published and l.is_required and l.course_id in (
      select d.course_id from public.enrollments as d where d.id = any(p_enrollment_ids)
    )
    group by l.course_id
  ) as h on h.course_id = e.course_id
  where e.id = any(p_enrollment_ids)
  order by e.id
  on conflict (user_id, course_id, replaced_by) do nothing;
end
$$;
comment on function private.issue_certificates(uuid[]) is
'Issues the certificates of completed enrollments that have none and whose learner has a name.';

create function private.tg_issue_certificates() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_enrollment_ids uuid [];
begin
  if tg_op = 'INSERT' then
    v_enrollment_ids := array(select n.id from new_rows as n where n.status = 'completed');
  else
    v_enrollment_ids := array(
      select n.id from new_rows as n inner join old_rows as o on o.id = n.id
      where n.status = 'completed' and o.status <> 'completed'
    );
  end if;
  if cardinality(v_enrollment_ids) > 0 then
    perform private.issue_certificates(v_enrollment_ids);
  end if;
  return null;
end
$$;
comment on function private.tg_issue_certificates() is
'Issues the certificates of the enrollments that a statement completes.';

-- A function that tells its facts completes no course.
create trigger t30_issue_certificates_insert
after insert on public.enrollments
referencing new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_issue_certificates();
create trigger t30_issue_certificates_update
after update on public.enrollments
referencing old table as old_rows new table as new_rows
for each statement
when (current_setting('lyceum.facts', true) is distinct from 'told')
execute function private.tg_issue_certificates();

create function private.tg_issue_named() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if private.has_letter(new.name) and not private.has_letter(old.name) then
    perform private.issue_certificates(array(
      select e.id from public.enrollments as e
      where e.user_id = new.id and e.completed_at is not null
    ));
  end if;
  return null;
end
$$;
comment on function private.tg_issue_named() is
'Issues the certificates of a learner who completed courses without a name and gives one now.';

create trigger t40_issue_named
after update of name on public.profiles
for each row when (old.name <> new.name)
execute function private.tg_issue_named();

create function private.verify_certificate(p_code text) returns jsonb
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_answer jsonb;
begin
  select jsonb_build_object(
    'code', f.code, 'valid', f.revoked_at is null, 'name', f.name, 'title', f.title,
    'teachers', f.teachers,
    'locale', f.locale, 'version', f.version, 'hours', f.hours, 'completed_at', f.completed_at,
    'completed_on', (f.completed_at at time zone f.time_zone)::date,
    'issued_at', f.issued_at, 'issued_on', (f.issued_at at time zone f.time_zone)::date,
    'revoked_at', f.revoked_at, 'revoked_on', (f.revoked_at at time zone f.time_zone)::date,
    'replaced_by', (select r.code from public.certificates as r where r.id = f.replaced_by),
    'course_id', f.course_id, 'status_index', f.status_index,
    'identity_salt', s.salt, 'identity_hash',
    'sha256$'
    || encode(sha256(convert_to(lower(nullif(p.email, '')) || s.salt, 'UTF8')), 'hex')
  )
  into v_answer
  from public.certificates as f
  inner join public.profiles as p on p.id = f.user_id
  cross join lateral (select md5(f.id::text) as salt) as s
  -- Crockford base 32 has no O, I and L: they are read as the digits that they look like.
  where f.code = translate(
    upper(regexp_replace(
      private.normalize_text(left(p_code, 200)), '[[:space:]\u2010-\u2015\u2212-]', '', 'g'
    )), 'OIL', '011'
  );
  if v_answer is null then
    perform private.refuse('certificate_not_found');
  end if;
  return v_answer;
end
$$;
grant execute on function private.verify_certificate(text) to anon, authenticated, service_role;

create function public.verify_certificate(code text) returns jsonb
language sql stable
set search_path = ''
begin atomic
  select private.verify_certificate(verify_certificate.code);
end;
comment on function public.verify_certificate(text) is
'The content of a certificate, for anyone who has its code.

valid is false once the certificate is revoked; replaced_by is the code of the one that was issued
instead. completed_on, issued_on and revoked_on are dates in the time zone of the course. Blanks,
hyphens and the case of letters do not matter in the code; O is read as 0, I and L as 1.
identity_hash is the SHA-256 of the learner''s address in lower case, followed by identity_salt:
whoever knows the address can confirm it; null without an address. status_index is the place of the
certificate in the lists of revoked_certificates.

Errors: certificate_not_found.';

grant execute on function public.verify_certificate(text) to anon, authenticated, service_role;

create function private.revoked_certificates(p_list integer) returns integer[]
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if (p_list >= 0) is not true then
    perform private.refuse('list_not_found');
  end if;
  return array(
    select (f.status_index % 131072)::integer
    from public.certificates as f
    where f.status_index between p_list * 131072::bigint and p_list * 131072::bigint + 131071
      and f.revoked_at is not null
    order by f.status_index
  );
end
$$;
grant execute on function private.revoked_certificates(integer)
to anon, authenticated, service_role;

create function public.revoked_certificates(list integer) returns integer[]
language sql stable
set search_path = ''
begin atomic
  select private.revoked_certificates(revoked_certificates.list);
end;
comment on function public.revoked_certificates(integer) is
'The places of revoked certificates in a status list, for anyone.

A certificate is in the list status_index / 131072, counted from 0, at the place
status_index % 131072. A place names neither a person nor a course.

Errors: list_not_found.';

grant execute on function public.revoked_certificates(integer)
to anon, authenticated, service_role;

create function private.revoke_certificate(p_certificate_id uuid, p_reason text)
returns public.certificates
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_certificate public.certificates;
begin
  select * into v_certificate from public.certificates as f where f.id = p_certificate_id;
  perform private.require_manager(v_certificate.course_id);
  if v_certificate.id is null then
    perform private.refuse('certificate_not_found');
  end if;
  p_reason := private.read_reason(p_reason, true);
  update public.certificates f set revoked_at = now(), revoke_reason = p_reason
  where f.id = p_certificate_id and f.revoked_at is null;
  if found then
    perform private.audit(
      'revoke_certificate', v_certificate.user_id,
      jsonb_build_object('certificate_id', p_certificate_id, 'reason', p_reason)
    );
  end if;
  select * into v_certificate from public.certificates as f where f.id = p_certificate_id;
  return v_certificate;
end
$$;
grant execute on function private.revoke_certificate(uuid, text) to authenticated, service_role;

create function public.revoke_certificate(certificate_id uuid, reason text)
returns public.certificates
language sql volatile
set search_path = ''
begin atomic
  select private.revoke_certificate(
    revoke_certificate.certificate_id, revoke_certificate.reason
  );
end;
comment on function public.revoke_certificate(uuid, text) is
'Revokes a certificate, with a reason.

verify_certificate shows that it is revoked. The call is idempotent. For owners, instructors, admins
and service_role.

Errors: not_course_staff, certificate_not_found, reason_required.';

grant execute on function public.revoke_certificate(uuid, text) to authenticated, service_role;

create function private.reissue_certificate(p_certificate_id uuid, p_reason text)
returns public.certificates
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_new_id uuid := gen_random_uuid();
  v_name text;
  v_certificate public.certificates;
begin
  select * into v_certificate from public.certificates as f where f.id = p_certificate_id;
  perform private.require_manager(v_certificate.course_id);
  if v_certificate.id is null then
    perform private.refuse('certificate_not_found');
  end if;
  perform private.refuse_own_work(v_certificate.user_id);
  p_reason := private.read_reason(p_reason, true);
  select btrim(p.name) into v_name
  from public.profiles as p where p.id = v_certificate.user_id for key share;
  select * into v_certificate
  from public.certificates as f where f.id = p_certificate_id for update;
  if v_certificate.replaced_by is not null then
    select * into v_certificate
    from public.certificates as f where f.id = v_certificate.replaced_by;
    return v_certificate;
  end if;
  if not private.has_letter(v_name) then
    perform private.refuse('name_required');
  end if;
  update public.certificates f
  set
    revoked_at = coalesce(f.revoked_at, now()),
    revoke_reason = coalesce(f.revoke_reason, p_reason),
    replaced_by = v_new_id
  where f.id = p_certificate_id;
  insert into public.certificates (
    id, user_id, course_id, code, name, title, teachers, locale, time_zone, version, hours,
    completed_at, content_versions
  )
  values (
    v_new_id, v_certificate.user_id, v_certificate.course_id, private.random_code(20), v_name,
    v_certificate.title, v_certificate.teachers, v_certificate.locale, v_certificate.time_zone,
    v_certificate.version, v_certificate.hours, v_certificate.completed_at,
    v_certificate.content_versions
  )
  returning * into v_certificate;
  perform private.audit(
    'reissue_certificate', v_certificate.user_id,
    jsonb_build_object(
      'certificate_id', p_certificate_id, 'replaced_by', v_new_id, 'reason', p_reason
    )
  );
  return v_certificate;
end
$$;
grant execute on function private.reissue_certificate(uuid, text) to authenticated, service_role;

create function public.reissue_certificate(certificate_id uuid, reason text)
returns public.certificates
language sql volatile
set search_path = ''
begin atomic
  select private.reissue_certificate(
    reissue_certificate.certificate_id, reissue_certificate.reason
  );
end;
comment on function public.reissue_certificate(uuid, text) is
'Issues a certificate anew, with the name that the learner has now, and returns the new one.

For a misspelt name, or after a revocation by mistake. The old one is revoked with the reason, and
verify_certificate names the code that replaces it; course, version and completion stay those of the
old one. For a certificate that is replaced already the call returns the one that replaced it. For
owners, instructors, admins and service_role; audited.

Errors: not_course_staff, own_work, certificate_not_found, reason_required, name_required.';

grant execute on function public.reissue_certificate(uuid, text) to authenticated, service_role;
