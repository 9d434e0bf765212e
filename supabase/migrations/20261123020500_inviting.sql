-- Inviting: the acts of invitations, by staff and by the invited person.
--
-- Invariants
--   * Nobody becomes a learner or staff by an invitation without accepting it.
--   * An answer to the inviter is the same, and comes from the same statements, whether an account
--     has the address or not. Members whom the inviter sees anyway are told apart.
--   * Locks: learner and course, course row, seats, invitation; docs/locks.md has all of them.

create function private.may_invite(
  p_user_id uuid, p_course_id uuid, p_role public.invited_role
) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from public.profiles as p
    where p.id = p_user_id and p.role = 'admin' and private.is_active(p.id)
  ) or exists (
    select from public.course_staff as s
    where s.course_id = p_course_id and s.user_id = p_user_id and private.is_active(s.user_id)
      and (s.role = 'owner' or (s.role = 'instructor' and p_role = 'learner'))
  );
end
$$;
comment on function private.may_invite(uuid, uuid, public.invited_role) is
'Whether an account may invite to this role now: admins to all, owners to their course, '
'instructors its learners.';

create function private.require_inviter(p_course_id uuid, p_role public.invited_role) returns void
language plpgsql stable
security definer set search_path = ''
as $$
begin
  if private.is_service() or private.may_invite(private.account_id(), p_course_id, p_role) then
    return;
  end if;
  if p_course_id is null then
    perform private.refuse('admin_required');
  end if;
  perform private.require_manager(p_course_id);
  perform private.refuse('owners_only');
end
$$;
comment on function private.require_inviter(uuid, public.invited_role) is
'Refuses a caller who may not invite to this role.';

-- The caller has checked the right, the role and the address, and locked course and seats.
create function private.save_invitation(
  p_email text, p_course_id uuid, p_role public.invited_role, p_expires_at timestamptz
) returns public.invitations
language plpgsql volatile
set search_path = ''
as $$
declare
  v_email text := btrim(p_email, E' \t\r\n');
  v_free integer;
  v_invitation public.invitations;
begin
  if p_course_id is not null and p_role = 'learner' then
    v_free := private.free_seats(p_course_id);
  end if;
  insert into public.invitations as i (
    email, address, course_id, role, has_seat, invited_by, expires_at
  )
  values (
    v_email, private.address_key(v_email), p_course_id, p_role, coalesce(v_free > 0, false),
    auth.uid(), p_expires_at
  )
  on conflict (address, course_id, role) where status = 'pending' do update
  set
    -- A seat that is still held is among those that are not free.
    has_seat = excluded.has_seat or (i.has_seat and i.expires_at > clock_timestamp()),
    invited_by = excluded.invited_by,
    sent_at = clock_timestamp(),
    expires_at = excluded.expires_at;
  select * into v_invitation from public.invitations as i
  where i.address = private.address_key(v_email) and i.course_id is not distinct from p_course_id
    and i.role = p_role and i.status = 'pending';
  return v_invitation;
end
$$;
comment on function private.save_invitation(text, uuid, public.invited_role, timestamptz) is
'Makes an invitation, or renews the pending one of this address, course and role.';

-- Compares the members whom the inviter sees, so that nothing is learned about other accounts.
create function private.is_member(
  p_address text, p_course_id uuid, p_role public.invited_role
) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return exists (
    select from public.enrollments as e
    inner join public.profiles as p on p.id = e.user_id
    where e.course_id = p_course_id and p_role = 'learner'
      and e.status in ('waitlisted', 'active', 'completed')
      and lower(p.email collate "C") = p_address
  ) or exists (
    select from public.course_staff as s
    inner join public.profiles as p on p.id = s.user_id
    where s.course_id = p_course_id and p_role <> 'learner'
      and s.role <= p_role::text::public.course_role
      and lower(p.email collate "C") = p_address
  ) or exists (
    select from public.profiles as p
    where p_course_id is null and p.role >= p_role::text::public.app_role
      and lower(p.email collate "C") = p_address
  );
end
$$;
comment on function private.is_member(text, uuid, public.invited_role) is
'Whether the owner of an address has what an invitation offers, as the inviter can see.';

create function private.invite(
  p_email text, p_course_id uuid, p_role public.invited_role, p_expires_at timestamptz
) returns public.invitations
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_address text := private.address_key(p_email);
  v_is_published boolean;
  v_expires_at timestamptz := coalesce(p_expires_at, now() + interval '14 days');
  v_invitation public.invitations;
begin
  if p_role is null or (p_course_id is null and p_role in ('assistant', 'owner'))
    or (p_course_id is not null and p_role = 'admin') then
    perform private.refuse('invalid_role');
  end if;
  perform private.require_inviter(p_course_id, p_role);
  if not private.is_email(v_address) then
    perform private.refuse('invalid_email');
  end if;
  if v_expires_at <= now() or v_expires_at > now() + interval '1 year' then
    perform private.refuse('invalid_expiry');
  end if;
  if p_course_id is not null then
    select c.is_published into v_is_published
    from public.courses as c where c.id = p_course_id for share;
    if not found then
      perform private.refuse('course_not_found');
    end if;
    if p_role = 'learner' and not v_is_published then
      perform private.refuse('course_not_published');
    end if;
  end if;
  if p_role = 'learner' and v_address = private.address_key(
    (select p.email from public.profiles as p where p.id = auth.uid())
  ) then
    perform private.refuse('own_work');
  end if;
  if private.is_member(v_address, p_course_id, p_role) then
    perform private.refuse('already_member');
  end if;
  v_invitation := private.save_invitation(p_email, p_course_id, p_role, v_expires_at);
  perform private.audit('invite', v_invitation.id, jsonb_build_object(
    'course_id', p_course_id, 'role', p_role, 'email', v_invitation.email
  ));
  perform private.spend_budget(auth.uid(), 'invitations', 0);
  return v_invitation;
end
$$;
grant execute on function private.invite(text, uuid, public.invited_role, timestamptz)
to authenticated, service_role;

create function public.invite(
  email text, course_id uuid default null, role public.invited_role default 'learner',
  expires_at timestamptz default null
) returns public.invitations
language sql volatile
set search_path = ''
begin atomic
  select private.invite(invite.email, invite.course_id, invite.role, invite.expires_at);
end;
comment on function public.invite(text, uuid, public.invited_role, timestamptz) is
'Invites whoever has an e-mail address to a course or to a role on the platform.

With a course the role is learner, assistant, instructor or owner; without one learner, instructor
or admin. The person finds the invitation in my_invitations once they have an account that has
confirmed the address; no mail is sent. The answer does not depend on whether an account exists. A
learner''s invitation holds a seat (has_seat) if one is free. Inviting again renews the invitation;
it expires after 14 days, or at expires_at, within a year. Learners of a published course are
invited by its owners, instructors and admins; staff by owners and admins; to the platform admins
invite. Audited.

Errors: not_course_staff, owners_only, admin_required, course_not_found, course_not_published,
invalid_role, invalid_email, invalid_expiry, own_work, already_member, budget_exceeded.';

grant execute on function public.invite(text, uuid, public.invited_role, timestamptz)
to authenticated, service_role;

create function private.confirmed_address() returns text
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return (
    select private.address_key(u.email) from auth.users as u
    where u.id = private.account_id() and u.email_confirmed_at is not null and u.email <> ''
  );
end
$$;
comment on function private.confirmed_address() is
'The address of the caller, as it is compared; null until they have confirmed it.';

create function private.is_open_invitation(p_invitation public.invitations) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  return p_invitation.status = 'pending' and p_invitation.expires_at > clock_timestamp()
    and case
      -- A seat is the course's to give; an appointment ends with the right of who made it.
      when p_invitation.role = 'learner' then
        p_invitation.course_id is null or exists (
          select from public.courses as c where c.id = p_invitation.course_id and c.is_published
        )
      else p_invitation.invited_by is null or private.may_invite(
        p_invitation.invited_by, p_invitation.course_id, p_invitation.role
      )
    end;
end
$$;
comment on function private.is_open_invitation(public.invitations) is
'Whether an invitation can be accepted now.';

create function private.my_invitations(p_page_size integer, p_cursor text)
returns table (
  id uuid, role public.invited_role, course_id uuid, course_slug text, course_title text,
  invited_by text, has_seat boolean, created_at timestamptz, expires_at timestamptz, cursor text
)
language plpgsql stable
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_user();
  v_signature text := md5(concat_ws('|', 'my_invitations', v_user_id));
  v_after private.cursor_position;
begin
  perform private.require_page(p_page_size);
  if p_cursor is not null then
    v_after := private.read_cursor(v_signature, p_cursor);
  end if;
  return query
  select
    i.id, i.role, i.course_id, c.slug, c.title::text, nullif(p.name, '')::text, i.has_seat,
    i.created_at, i.expires_at,
    private.make_cursor(v_signature, extract(epoch from i.created_at), null, i.id)
  from public.invitations as i
  left join public.courses as c on c.id = i.course_id
  left join public.profiles as p on p.id = i.invited_by
  where i.address = private.confirmed_address() and i.status = 'pending'
    and private.is_open_invitation(i)
    and (
      v_after.id is null
      or (extract(epoch from i.created_at), i.id) < (v_after.number, v_after.id)
    )
  order by i.created_at desc, i.id desc
  limit p_page_size;
end
$$;
grant execute on function private.my_invitations(integer, text) to authenticated;

create function public.my_invitations(page_size integer default 50, cursor text default null)
returns table (
  id uuid, role public.invited_role, course_id uuid, course_slug text, course_title text,
  invited_by text, has_seat boolean, created_at timestamptz, expires_at timestamptz, cursor text
)
language sql stable
set search_path = ''
begin atomic
  select * from private.my_invitations(my_invitations.page_size, my_invitations.cursor);
end;
comment on function public.my_invitations(integer, text) is
'The invitations to the caller''s confirmed address that they can accept, newest first.

course_id, course_slug and course_title are null for a role on the platform; invited_by is a name.
Addresses are equal when they differ only in the case of A to Z or in outer blanks.

page_size is 1 to 200; the cursor of the last row asks for the next page, and a page without rows is
the end.

Errors: not_authenticated, account_suspended, invalid_page, invalid_cursor.';

grant execute on function public.my_invitations(integer, text) to authenticated;

-- The locks of everything that decides an invitation, in their order; the row as it is then.
create function private.lock_invitation(p_invitation_id uuid, p_user_id uuid)
returns public.invitations
language plpgsql volatile
set search_path = ''
as $$
declare
  v_invitation public.invitations;
begin
  select * into v_invitation from public.invitations as i where i.id = p_invitation_id;
  if v_invitation.course_id is not null then
    if p_user_id is not null then
      perform private.lock_learner(p_user_id, v_invitation.course_id);
    end if;
    perform private.free_seats(v_invitation.course_id);
  end if;
  select * into v_invitation
  from public.invitations as i where i.id = p_invitation_id for update;
  return v_invitation;
end
$$;
comment on function private.lock_invitation(uuid, uuid) is
'Locks the learner in the course, the course, its seats and the invitation, and returns it.';

create function private.accept_invitation(p_invitation_id uuid) returns public.invitations
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_user_id uuid := private.require_account();
  v_invitation public.invitations := private.lock_invitation(p_invitation_id, v_user_id);
begin
  if (v_invitation.address = private.confirmed_address()) is not true then
    perform private.refuse('invitation_not_found');
  end if;
  if v_invitation.accepted_by = v_user_id then
    return v_invitation;
  end if;
  if not private.is_open_invitation(v_invitation) then
    perform private.refuse('invitation_closed', jsonb_build_object(
      'status', v_invitation.status
    ));
  end if;
  -- While the seat is still held: a right that somebody on the waitlist gets fills the free ones.
  if v_invitation.role = 'learner' and v_invitation.course_id is not null
    and not private.is_entitled(v_user_id, v_invitation.course_id) then
    perform private.entitle(v_user_id, v_invitation.course_id, 'invitation', null, null);
  end if;
  update public.invitations i
  set status = 'accepted', accepted_by = v_user_id, decided_at = clock_timestamp()
  where i.id = p_invitation_id;
  if v_invitation.course_id is null then
    update public.profiles p set role = v_invitation.role::text::public.app_role
    where p.id = v_user_id and p.role < v_invitation.role::text::public.app_role;
  elsif v_invitation.role = 'learner' then
    -- The seat that was held is free since the update above: it is the learner's before anybody's
    -- who waits longer, and those who wait get it where the learner has one.
    if not exists (
      select from public.enrollments as e
      where e.course_id = v_invitation.course_id and e.user_id = v_user_id and (
        e.status in ('active', 'completed')
        or (e.status = 'waitlisted' and not v_invitation.has_seat)
      )
    ) then
      perform private.seat_learner(v_user_id, v_invitation.course_id);
    elsif v_invitation.has_seat then
      perform private.fill_seats(v_invitation.course_id);
    end if;
  else
    insert into public.course_staff as s (course_id, user_id, role)
    values (v_invitation.course_id, v_user_id, v_invitation.role::text::public.course_role)
    on conflict (course_id, user_id) do update set role = excluded.role
    where excluded.role < s.role;
  end if;
  perform private.audit('accept_invitation', v_user_id, jsonb_build_object(
    'invitation_id', p_invitation_id, 'course_id', v_invitation.course_id,
    'role', v_invitation.role
  ));
  select * into v_invitation from public.invitations as i where i.id = p_invitation_id;
  return v_invitation;
end
$$;
grant execute on function private.accept_invitation(uuid) to authenticated;

create function public.accept_invitation(invitation_id uuid) returns public.invitations
language sql volatile
set search_path = ''
begin atomic
  select private.accept_invitation(accept_invitation.invitation_id);
end;
comment on function public.accept_invitation(uuid) is
'Accepts an invitation to the caller''s confirmed address and returns it.

A learner is enrolled: with the seat that was held, or another free one, else on the waitlist; mode,
period and prerequisites of the course do not apply. Staff join the course; a role never gets lower.
Idempotent and audited.

Errors: not_authenticated, account_suspended, invitation_not_found, invitation_closed.';

grant execute on function public.accept_invitation(uuid) to authenticated;

create function private.close_invitation(
  p_invitation public.invitations, p_status public.invitation_status
) returns public.invitations
language plpgsql volatile
set search_path = ''
as $$
declare
  v_invitation public.invitations;
begin
  if p_invitation.status = p_status then
    return p_invitation;
  end if;
  if p_invitation.status <> 'pending' then
    perform private.refuse('invitation_closed', jsonb_build_object(
      'status', p_invitation.status
    ));
  end if;
  update public.invitations i
  set status = p_status, has_seat = false, decided_at = clock_timestamp()
  where i.id = p_invitation.id returning i.* into v_invitation;
  if p_invitation.has_seat then
    perform private.fill_seats(p_invitation.course_id);
  end if;
  return v_invitation;
end
$$;
comment on function private.close_invitation(public.invitations, public.invitation_status) is
'Ends a pending invitation and gives its seat to the waitlist; the caller has locked it.';

create function private.decline_invitation(p_invitation_id uuid) returns public.invitations
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_invitation public.invitations;
begin
  perform private.require_user();
  v_invitation := private.lock_invitation(p_invitation_id, null);
  if (v_invitation.address = private.confirmed_address()) is not true then
    perform private.refuse('invitation_not_found');
  end if;
  return private.close_invitation(v_invitation, 'declined');
end
$$;
grant execute on function private.decline_invitation(uuid) to authenticated;

create function public.decline_invitation(invitation_id uuid) returns public.invitations
language sql volatile
set search_path = ''
begin atomic
  select private.decline_invitation(decline_invitation.invitation_id);
end;
comment on function public.decline_invitation(uuid) is
'Declines an invitation to the caller''s confirmed address and returns it.

The seat that was held goes to the waitlist. Idempotent.

Errors: not_authenticated, account_suspended, invitation_not_found, invitation_closed.';

grant execute on function public.decline_invitation(uuid) to authenticated;

create function private.revoke_invitation(p_invitation_id uuid) returns public.invitations
language plpgsql volatile
security definer set search_path = ''
as $$
declare
  v_invitation public.invitations;
begin
  select * into v_invitation from public.invitations as i where i.id = p_invitation_id;
  perform private.require_manager(v_invitation.course_id);
  if v_invitation.id is null then
    perform private.refuse('invitation_not_found');
  end if;
  if not private.is_service() and not private.may_invite(
    private.account_id(), v_invitation.course_id, v_invitation.role
  ) then
    perform private.refuse('owners_only');
  end if;
  v_invitation := private.close_invitation(
    private.lock_invitation(p_invitation_id, null), 'revoked'
  );
  perform private.audit('revoke_invitation', p_invitation_id, jsonb_build_object(
    'course_id', v_invitation.course_id, 'role', v_invitation.role
  ));
  return v_invitation;
end
$$;
grant execute on function private.revoke_invitation(uuid) to authenticated, service_role;

create function public.revoke_invitation(invitation_id uuid) returns public.invitations
language sql volatile
set search_path = ''
begin atomic
  select private.revoke_invitation(revoke_invitation.invitation_id);
end;
comment on function public.revoke_invitation(uuid) is
'Takes back an invitation that nobody has answered, and returns it.

The seat that was held goes to the waitlist. For those who may send it. Idempotent and audited.

Errors: not_course_staff, owners_only, invitation_not_found, invitation_closed.';

grant execute on function public.revoke_invitation(uuid) to authenticated, service_role;
