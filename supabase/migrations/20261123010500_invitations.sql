-- Invitations: a place in a course, or a role, that is offered to an e-mail address.
--
-- Invariants
--   * Whoever has confirmed the address accepts or declines. No answer to the inviter depends on
--     whether an account has it.
--   * Two spellings are one address when they differ in the case of A to Z or in outer blanks only.
--     Nothing else is folded: another tag after a plus, or a letter that looks alike, is another
--     mailbox.
--   * At most one invitation for each address, course and role is pending.
--   * The invitation of a learner holds a seat if one was free; taken and held seats together never
--     exceed the capacity. One that has expired holds none.

create function private.address_key(p_email text) returns text
language sql immutable
set search_path = ''
as $$
  select lower(btrim(p_email, E' \t\r\n') collate "C")
$$;
comment on function private.address_key(text) is
'The spelling in which addresses are compared: ASCII letters in lower case, no outer blanks.';

create function private.is_email(p_email text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return coalesce(
    length(p_email) <= 254
    and p_email ~ '^[^[:space:]@]{1,64}@[^[:space:]@.]+(\.[^[:space:]@.]+)+$'
    and not private.has_hidden_signs(p_email),
    false
  );
end
$$;
comment on function private.is_email(text) is 'Whether a text has the form of an e-mail address.';

create type public.invitation_status as enum ('pending', 'accepted', 'declined', 'revoked');
comment on type public.invitation_status is
'pending: waits for an answer, until expires_at.';

create type public.invited_role as enum ('learner', 'assistant', 'instructor', 'owner', 'admin');
comment on type public.invited_role is
'What an invitation offers: with a course a seat or a role on its staff, without one a role on the '
'platform.';

create table public.invitations (
  id uuid not null default gen_random_uuid(),
  email text not null,
  address text collate "C" not null,
  course_id uuid,
  role public.invited_role not null,
  status public.invitation_status not null default 'pending',
  has_seat boolean not null default false,
  invited_by uuid,
  accepted_by uuid,
  created_at timestamptz not null default now(),
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  decided_at timestamptz,
  constraint invitations_pkey primary key (id),
  constraint invitations_course_id_fkey foreign key (course_id)
  references public.courses (id) on delete cascade,
  constraint invitations_invited_by_fkey foreign key (invited_by)
  references public.profiles (id) on delete set null,
  constraint invitations_accepted_by_fkey foreign key (accepted_by)
  references public.profiles (id) on delete set null,
  constraint invitations_address_check check (address = private.address_key(email)),
  constraint invitations_role_check check (
    role <> case when course_id is null then 'owner' else 'admin' end::public.invited_role
    and (course_id is not null or role <> 'assistant')
  ),
  constraint invitations_has_seat_check check (
    not has_seat or (course_id is not null and role = 'learner')
  ),
  constraint invitations_decided_at_check check ((status = 'pending') = (decided_at is null))
);
comment on table public.invitations is
'Who was invited to a course or to the platform, and what became of it; written by functions only.';
comment on column public.invitations.email is 'The address as the inviter wrote it.';
comment on column public.invitations.address is 'The address as it is compared.';
comment on column public.invitations.course_id is 'Null: an invitation to a role on the platform.';
comment on column public.invitations.has_seat is
'Whether a seat of the course is held for the learner while the invitation is pending.';
comment on column public.invitations.invited_by is
'Who invited; null for a server. An appointment ends with their right to appoint.';
comment on column public.invitations.sent_at is 'When it was last sent: inviting again renews it.';
create unique index invitations_address_course_id_role_idx
on public.invitations (address, course_id, role) nulls not distinct where status = 'pending';
create index invitations_course_id_idx on public.invitations (course_id, id);
create index invitations_invited_by_idx on public.invitations (invited_by);
create index invitations_accepted_by_idx on public.invitations (accepted_by);
create index invitations_course_id_seat_idx
on public.invitations (course_id) where has_seat and status = 'pending';

alter table public.invitations enable row level security;
revoke all on public.invitations from public, anon, authenticated, service_role;
grant select on public.invitations to authenticated, service_role;

create policy invitations_select_manager on public.invitations
for select to authenticated
using (
  course_id = any(array(select private.managed_course_ids()))
  or id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy invitations_select_manager on public.invitations is
'Owners and instructors read the invitations to their courses; admins all. The invited person '
'calls my_invitations.';

create function private.held_seats(p_course_id uuid) returns integer
language plpgsql stable
set search_path = ''
as $$
begin
  return (
    select count(*) from public.invitations as i
    where i.course_id = p_course_id and i.has_seat and i.status = 'pending'
      and i.expires_at > clock_timestamp()
  );
end
$$;
comment on function private.held_seats(uuid) is
'How many seats of a course are held for invited learners.';

create function private.release_held_seats(p_course_id uuid, p_seats integer) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  update public.invitations i set has_seat = false
  where i.id = any(array(
    select h.id from public.invitations as h
    where h.course_id = p_course_id and h.has_seat and h.status = 'pending'
    order by h.expires_at <= clock_timestamp(), h.created_at, h.id
    offset greatest(0, least(p_seats, private.held_seats(p_course_id)))
  ));
end
$$;
comment on function private.release_held_seats(uuid, integer) is
'Keeps so many seats held for the earliest invitations, and none for expired ones; the caller has '
'locked the seats.';
