-- Identity: one profile for each account of Supabase Auth, and the platform role.
--
-- Invariants
--   * Triggers on auth.users create a profile and copy changes of its email; no client inserts or
--     deletes a profile.
--   * Only set_user_role and an accepted invitation write the role, and only a deletion resets it;
--     user metadata never reaches it.
--   * The last admin cannot be demoted or suspended, and their account cannot be deleted.
--   * For a suspended account no call works that needs one, whatever its token says: the caller
--     file does not know it. Its seats stay, and its rights rest until the suspension ends.
--   * The profile of an account that Auth deletes softly stays, without name, address, picture,
--     texts and role: what refers to the person remains, and their tokens are refused.

create type public.app_role as enum ('learner', 'instructor', 'admin');
comment on type public.app_role is
'Role of an account on the platform; courses have their own staff.';

-- By the name and a conversion: pg_timezone_names reads hundreds of files. Postgres also converts
-- by abbreviations, which have no slash, and by POSIX rules, which have digits.
create function private.is_time_zone(p_name text) returns boolean
language plpgsql stable
set search_path = ''
as $$
begin
  if p_name = 'UTC' then
    return true;
  end if;
  return p_name ~ '^([A-Za-z]+(/[A-Za-z_-]+){1,2}|Etc/GMT[+-]([0-9]|1[0-4]))$'
    and length(p_name) <= 64 and p_name !~* '^(posix|right)/'
    and now() at time zone p_name is not null;
exception
  when invalid_parameter_value then
    return false;
end
$$;
comment on function private.is_time_zone(text) is
'True for UTC and for names of time zones such as Europe/Paris.';

grant execute on function private.is_time_zone(text) to authenticated, service_role;

create table public.profiles (
  id uuid not null,
  email text not null default '',
  name text collate private.alphabetical not null default '',
  avatar_url text,
  headline text not null default '',
  bio_md text not null default '',
  locale text not null default 'en',
  time_zone text not null default 'UTC',
  role public.app_role not null default 'learner',
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_pkey primary key (id),
  constraint profiles_id_fkey foreign key (id) references auth.users (id) on delete cascade,
  constraint profiles_name_check check (length(name) <= 200),
  constraint profiles_avatar_url_check check (
    private.check_column('avatar_url', private.is_address(avatar_url))
  ),
  constraint profiles_headline_check check (length(headline) <= 200),
  constraint profiles_bio_md_check check (length(bio_md) <= 5000),
  constraint profiles_locale_check check (
    locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$' and length(locale) <= 35
  ),
  constraint profiles_time_zone_check check (
    private.check_column('time_zone', private.is_time_zone(time_zone))
  )
);
comment on table public.profiles is
'One profile for each account; triggers on auth.users create it and copy changes.';
comment on column public.profiles.email is
'Copy of auth.users.email; empty for an account without one.';
comment on column public.profiles.headline is
'One line about the person, such as their profession; everyone reads that of teachers.';
comment on column public.profiles.bio_md is
'Markdown about the person; everyone reads that of teachers.';
comment on column public.profiles.locale is 'BCP 47 tag of the language that the person reads.';
comment on column public.profiles.time_zone is
'Name of the time zone of the person, as in Europe/Paris: their days and weeks are those of it. A '
'change holds from then on.';
comment on column public.profiles.role is 'Platform role; written by functions only.';
comment on column public.profiles.deleted_at is
'Copy of auth.users.deleted_at: when Auth deleted the account softly.';

create index profiles_id_admin_idx on public.profiles (id) where role = 'admin';
-- Lists of the people of a rare role.
create index profiles_role_idx on public.profiles (role);
-- The order of lists of learners.
create index profiles_name_id_idx on public.profiles (name, id);
-- As addresses are compared: see address_key.
create index profiles_email_lower_idx on public.profiles (lower(email collate "C"));

create trigger t10_touch_updated_at
before update on public.profiles
for each row when (old.* is distinct from new.*)
execute function private.tg_touch_updated_at();

create table private.suspensions (
  user_id uuid not null,
  suspension_ends_at timestamptz,
  reason text,
  suspended_by uuid,
  suspended_at timestamptz,
  ban_ends_at timestamptz,
  ends_at timestamptz generated always as (greatest(suspension_ends_at, ban_ends_at)) stored,
  constraint suspensions_pkey primary key (user_id),
  constraint suspensions_user_id_fkey foreign key (user_id)
  references public.profiles (id) on delete cascade,
  constraint suspensions_suspension_ends_at_check check (
    (suspension_ends_at is null) = (reason is null)
    and (suspension_ends_at is null) = (suspended_at is null)
  ),
  constraint suspensions_reason_check check (btrim(reason) <> '' and length(reason) <= 1000)
);
comment on table private.suspensions is
'Accounts for which no call works until ends_at: by an admin, by Auth, or both.';
comment on column private.suspensions.suspension_ends_at is
'When the suspension by an admin ends: infinity without an end, null without a suspension.';
comment on column private.suspensions.ban_ends_at is 'Copy of auth.users.banned_until.';
alter table private.suspensions enable row level security;
revoke all on private.suspensions from public, anon, authenticated, service_role;

create function private.is_active(p_user_id uuid) returns boolean
language plpgsql stable
security definer set search_path = ''
as $$
begin
  return exists (
    select from public.profiles as p where p.id = p_user_id and p.deleted_at is null
  ) and not exists (
    select from private.suspensions as s where s.user_id = p_user_id and s.ends_at > now()
  );
end
$$;
comment on function private.is_active(uuid) is
'Whether an account exists and is not suspended now.';

create function private.lock_admins() returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('admins', 9));
end
$$;
comment on function private.lock_admins() is
'Serializes the deletion and suspension of admins.';

create function private.tg_refuse_last_admin() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  -- Of two admins deleted concurrently, the second waits and sees that the first is gone.
  perform private.lock_admins();
  if not exists (
    select from public.profiles as p
    where p.role = 'admin' and p.id <> old.id and private.is_active(p.id)
  ) then
    perform private.refuse('last_admin');
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end
$$;
comment on function private.tg_refuse_last_admin() is
'Refuses to delete the account of the last admin.';

create trigger t20_refuse_last_admin_update
before update of deleted_at on public.profiles
for each row when (old.role = 'admin' and new.deleted_at is not null)
execute function private.tg_refuse_last_admin();
create trigger t20_refuse_last_admin_delete
before delete on public.profiles
for each row when (old.role = 'admin')
execute function private.tg_refuse_last_admin();

alter table public.profiles enable row level security;
revoke all on public.profiles from public, anon, authenticated, service_role;
grant select on public.profiles to authenticated, service_role;
grant update (name, avatar_url, headline, bio_md, locale, time_zone)
on public.profiles to authenticated, service_role;

create policy profiles_select_related on public.profiles
for select to authenticated
using (
  id = (select private.account_id())
  or id = any(array(select private.taught_user_ids()))
  or id between (select private.admin_floor()) and 'ffffffff-ffff-ffff-ffff-ffffffffffff'
);
comment on policy profiles_select_related on public.profiles is
'People read their own profile; staff read those of learners of their courses; admins read all.';

create policy profiles_update_own on public.profiles
for update to authenticated
using (id = (select private.account_id()))
with check (id = (select private.account_id()));
comment on policy profiles_update_own on public.profiles is
'People change their own profile, but for address and role.';

-- Metadata is user input: it is truncated to the limits of the columns, so that none can make a
-- sign-up fail. An Auth server may store the object as a JSON string.
create function private.metadata_object(p_metadata jsonb) returns jsonb
language plpgsql immutable
set search_path = ''
as $$
begin
  if jsonb_typeof(p_metadata) = 'string' then
    return (p_metadata #>> '{}')::jsonb;
  end if;
  return p_metadata;
exception
  when invalid_text_representation or untranslatable_character then
    return null;
end
$$;
comment on function private.metadata_object(jsonb) is
'User metadata as an object, parsed when it is a JSON string; null when it is invalid.';

create function private.metadata_name(p_metadata jsonb) returns text
language sql immutable
set search_path = ''
as $$
  select left(coalesce(
    nullif(btrim(m.object ->> 'name'), ''),
    nullif(btrim(m.object ->> 'full_name'), '')
  ), 200)
  from (select private.metadata_object(p_metadata) as object) as m
$$;
comment on function private.metadata_name(jsonb) is
'The display name in user metadata, or null.';

create function private.tg_create_profile() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_time_zone text := private.metadata_object(new.raw_user_meta_data) ->> 'time_zone';
begin
  insert into public.profiles (id, email, name, locale, time_zone)
  values (
    new.id,
    coalesce(new.email, ''),
    coalesce(
      private.metadata_name(new.raw_user_meta_data),
      left(split_part(coalesce(new.email, ''), '@', 1), 200)
    ),
    coalesce(
      substring(
        private.metadata_object(new.raw_user_meta_data) ->> 'locale'
        from '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'
      ),
      'en'
    ),
    case when private.is_time_zone(v_time_zone) then v_time_zone else 'UTC' end
  )
  on conflict (id) do nothing;
  return null;
end
$$;
comment on function private.tg_create_profile() is 'Creates the profile of a new account.';

create trigger t10_create_profile
after insert on auth.users
for each row execute function private.tg_create_profile();

create function private.tg_copy_account() returns trigger
language plpgsql
security definer set search_path = ''
as $$
declare
  v_name text := private.metadata_name(new.raw_user_meta_data);
  v_renamed boolean := v_name is not null
    and v_name is distinct from private.metadata_name(old.raw_user_meta_data);
begin
  if new.deleted_at is not null then
    -- Auth writes hashes over the address of the account: they are nobody's address.
    update public.profiles p
    set
      email = '', name = '', avatar_url = null, headline = '', bio_md = '', role = 'learner',
      deleted_at = new.deleted_at
    where p.id = new.id and p.deleted_at is null;
    if found then
      perform private.audit('delete_account', new.id, '{}');
    end if;
  elsif v_renamed or (new.email, new.deleted_at) is distinct from (old.email, old.deleted_at) then
    update public.profiles p
    set
      email = coalesce(new.email, ''),
      name = case when v_renamed then v_name else p.name end,
      deleted_at = null
    where p.id = new.id;
  end if;
  return null;
end
$$;
comment on function private.tg_copy_account() is
'Copies a changed email or name of an account to its profile, and clears the profile of an account '
'that is deleted softly.';

create trigger t20_copy_account
after update of email, raw_user_meta_data, deleted_at on auth.users
for each row execute function private.tg_copy_account();

create function private.require_other_admin(p_user_id uuid) returns void
language plpgsql volatile
set search_path = ''
as $$
begin
  perform private.lock_admins();
  if exists (select from public.profiles as p where p.id = p_user_id and p.role = 'admin')
    and not exists (
      select from public.profiles as p
      where p.role = 'admin' and p.id <> p_user_id and private.is_active(p.id)
    ) then
    perform private.refuse('last_admin');
  end if;
end
$$;
comment on function private.require_other_admin(uuid) is
'Refuses to suspend the last admin who can act.';

create function private.tg_copy_ban() returns trigger
language plpgsql
security definer set search_path = ''
as $$
begin
  if new.banned_until > now() then
    perform private.require_other_admin(new.id);
  end if;
  insert into private.suspensions as s (user_id, ban_ends_at)
  select p.id, new.banned_until from public.profiles as p where p.id = new.id
  on conflict (user_id) do update set ban_ends_at = excluded.ban_ends_at;
  return null;
end
$$;
comment on function private.tg_copy_ban() is
'A ban by Auth suspends the account, tokens that are still valid included.';

create trigger t30_copy_ban
after update of banned_until on auth.users
for each row when (old.banned_until is distinct from new.banned_until)
execute function private.tg_copy_ban();

-- Backfill: accounts that exist before this migration.
insert into public.profiles (id, email, name)
select
  u.id,
  coalesce(u.email, '') as email,
  coalesce(
    private.metadata_name(u.raw_user_meta_data),
    left(split_part(coalesce(u.email, ''), '@', 1), 200)
  ) as name
from auth.users as u
where u.deleted_at is null
on conflict (id) do nothing;

insert into private.suspensions (user_id, ban_ends_at)
select
  u.id,
  u.banned_until
from auth.users as u
inner join public.profiles as p on u.id = p.id
where u.banned_until > now();
