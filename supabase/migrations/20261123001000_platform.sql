-- Platform: schemas, default privileges, the audit log, and the trigger that touches updated_at.
--
-- Invariants
--   * A new table, sequence or function of this project is reachable by no client until a migration
--     grants it.
--   * Clients have no USAGE on schema private, so they cannot name anything in it. Policies and the
--     thin functions in public still reach it, because both are resolved when they are created.

create schema if not exists private;

create schema if not exists extensions;

revoke all on schema private from public, anon, authenticated, service_role;

comment on schema private is
'Tables and functions that no client can name; the functions in public are thin wrappers around '
'it.';

-- Only the global form, without "in schema", revokes the built-in EXECUTE of PUBLIC.
alter default privileges revoke execute on functions from public;

-- Older projects grant everything on new objects in public: revoke it for those of this project.
alter default privileges in schema public
revoke all on tables from anon, authenticated, service_role;

alter default privileges in schema public
revoke all on sequences from anon, authenticated, service_role;

alter default privileges in schema public
revoke execute on functions from anon, authenticated, service_role;

create extension if not exists pgcrypto with schema extensions;

-- Whoever has no account holds a connection for a second at most; PostgREST applies it.
alter role anon set statement_timeout = '1s';

notify pgrst, 'reload config';

-- Without ICU names sort by code point. In a block also because SQLFluff cannot parse the comment.
do $$
begin
  begin
    create collation private.alphabetical (provider = icu, locale = 'und');
  exception
    when feature_not_supported then
      create collation private.alphabetical from pg_catalog."C";
  end;
  comment on collation private.alphabetical is
  'The order that people expect of names, in the root locale of ICU: É is beside E, not after Z.';
end
$$;

create function private.everyone() returns uuid
language sql immutable
set search_path = ''
as $$
  select '00000000-0000-0000-0000-000000000000'::uuid
$$;
comment on function private.everyone() is
'The id that stands for all: courses in sums, readers of a word, the learners of a course.';

create function private.tg_touch_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;
comment on function private.tg_touch_updated_at() is
'Sets updated_at on every update that changes a row.';

create table private.audit_log (
  id bigint generated always as identity,
  occurred_at timestamptz not null default now(),
  actor_id uuid,
  actor_role text not null,
  action text not null,
  subject_id uuid,
  detail jsonb not null default '{}',
  constraint audit_log_pkey primary key (id),
  constraint audit_log_action_check check (action ~ '^[a-z_]+$')
);
comment on table private.audit_log is
'Append-only log of acts that change rights: roles, staff, entitlements, codes, publication.';
comment on column private.audit_log.actor_id is
'The signed-in user; null for service_role or a direct connection. No foreign key: it outlives '
'the account.';
comment on column private.audit_log.actor_role is 'The database role of the request.';
comment on column private.audit_log.subject_id is 'The user, course or row that was acted upon.';
create index audit_log_subject_id_idx on private.audit_log (subject_id, occurred_at desc);
alter table private.audit_log enable row level security;
revoke all on private.audit_log from public, anon, authenticated, service_role;

create function private.audit(p_action text, p_subject_id uuid, p_detail jsonb) returns void
language sql volatile
set search_path = ''
as $$
  insert into private.audit_log (actor_id, actor_role, action, subject_id, detail)
  values (
    auth.uid(),
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    p_action,
    p_subject_id,
    p_detail
  )
$$;
comment on function private.audit(text, uuid, jsonb) is
'Appends a row to the audit log; only security definer functions call it.';

-- Controls, and signs without width or that change the direction of a line.
create function private.has_hidden_signs(p_text text) returns boolean
language plpgsql immutable
set search_path = ''
as $$
begin
  return p_text ~ (
    '[\u0001-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e'
    '\u200b-\u200f\u2028-\u202f\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\uffff'
    '\U000e0000-\U000e007f]'
  );
end
$$;
comment on function private.has_hidden_signs(text) is
'Whether a text has controls or format characters, which hide what it is.';

create function private.is_date(p_time timestamptz) returns boolean
language plpgsql immutable
security definer set search_path = ''
as $$
begin
  return p_time >= '0001-01-01 00:00:00+00' and p_time <= '9999-12-31 23:59:59.999999+00';
end
$$;
comment on function private.is_date(timestamptz) is
'Whether JSON clients can read a time: one of the years 1 to 9999, not infinity.';

create function private.is_address(p_text text) returns boolean
language plpgsql immutable
security definer set search_path = ''
as $$
begin
  return length(p_text) <= 2048
    and p_text ~* (
      '^https?://(\[[0-9a-f:.]+\]|[^][/?#@:%]*[[:alnum:]][^][/?#@:%]*)'
      '(:[0-9]{1,5})?([/?#]|$)'
    )
    and p_text !~ '[[:space:]\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"''<>\\^`{|}]'
    -- Signs in a host that look like the end of it, or that browsers take for it.
    and normalize(split_part(p_text, '/', 3), nfkc) !~ '[/?#@%\\\u2044\u2215\u29f8\u2571]'
    and not private.has_hidden_signs(p_text);
end
$$;
comment on function private.is_address(text) is
'Whether a text is an address of the web: http or https, a host without user, no blank, quote, '
'bracket or backslash, at most 2,048 characters.';

create function private.is_storage_path(p_text text) returns boolean
language plpgsql immutable
security definer set search_path = ''
as $$
begin
  return length(p_text) <= 1024
    and p_text !~ '[\\"''<>^`{|}%?#:]'
    -- Parts that are empty, dots, or begin or end with a blank.
    -- Also in other spellings of slashes, dots and blanks.
    and '/' || normalize(p_text, nfkc) || '/' !~ '//|/\.+/|/[[:space:]]|[[:space:]]/'
    and not private.has_hidden_signs(p_text);
end
$$;
comment on function private.is_storage_path(text) is
'Whether a text is the path of an object in storage: parts between single slashes that are no '
'dots, without %, colon, quote or backslash, at most 1,024 characters.';

create function private.is_title(p_text text) returns boolean
language plpgsql immutable
security definer set search_path = ''
as $$
begin
  return length(p_text) <= 200 and btrim(private.normalize_text(p_text)) <> '';
end
$$;
comment on function private.is_title(text) is
'Whether a text can be a title: at most 200 characters, and not only blanks and signs without '
'width.';

-- Constraints call them, so whoever writes the table runs them.
grant execute on function private.is_title(text) to authenticated, service_role;
grant execute on function private.is_date(timestamptz) to authenticated, service_role;
grant execute on function private.is_address(text) to authenticated, service_role;
grant execute on function private.is_storage_path(text) to authenticated, service_role;

create function private.normalize_text(p_text text) returns text
language plpgsql immutable
set search_path = ''
as $$
declare
  v_text text;
begin
  -- ASCII has one spelling.
  if octet_length(p_text) = length(p_text) then
    return p_text;
  end if;
  -- NFKC composes letters, and makes widths, ligatures and special blanks usual; what it leaves are
  -- format characters, marks that a script writes optionally, and variants of letters and of
  -- apostrophes, which NFKC may take for accents. A trade mark is no part of its word.
  v_text := translate(
    regexp_replace(
      normalize(translate(p_text, '™℠´', '  '''), nfkc),
      '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e'
      '\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff'
      '\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640'
      '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711'
      '\u0730-\u074a]',
      '', 'g'
    ),
    U&'\0622\0623\0625\0671\0649\06CC\06A9\03C2\05F3\05F4\05BE\2044\2028\2029\1680\0085',
    U&'\0627\0627\0627\0627\064A\064A\0643\03C3''"-/    '
  );
  -- Two signs that look like one.
  v_text := replace(v_text, U&'\0E40\0E40', U&'\0E41');
  -- The time of translate grows with its list: the digits of other scripts only where they are.
  if v_text ~ (
    '[\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\u09e6-\u09ef\u0a66-\u0a6f\u0ae6-\u0aef'
    '\u0b66-\u0b6f\u0be6-\u0bef\u0c66-\u0c6f\u0ce6-\u0cef\u0d66-\u0d6f\u0e50-\u0e59'
    '\u0ed0-\u0ed9\u0f20-\u0f29\u1040-\u1049\u17e0-\u17e9]'
  ) then
    v_text := translate(
      v_text,
      U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669'
      '\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9'
      '\0966\0967\0968\0969\096A\096B\096C\096D\096E\096F'
      '\09E6\09E7\09E8\09E9\09EA\09EB\09EC\09ED\09EE\09EF'
      '\0A66\0A67\0A68\0A69\0A6A\0A6B\0A6C\0A6D\0A6E\0A6F'
      '\0AE6\0AE7\0AE8\0AE9\0AEA\0AEB\0AEC\0AED\0AEE\0AEF'
      '\0B66\0B67\0B68\0B69\0B6A\0B6B\0B6C\0B6D\0B6E\0B6F'
      '\0BE6\0BE7\0BE8\0BE9\0BEA\0BEB\0BEC\0BED\0BEE\0BEF'
      '\0C66\0C67\0C68\0C69\0C6A\0C6B\0C6C\0C6D\0C6E\0C6F'
      '\0CE6\0CE7\0CE8\0CE9\0CEA\0CEB\0CEC\0CED\0CEE\0CEF'
      '\0D66\0D67\0D68\0D69\0D6A\0D6B\0D6C\0D6D\0D6E\0D6F'
      '\0E50\0E51\0E52\0E53\0E54\0E55\0E56\0E57\0E58\0E59'
      '\0ED0\0ED1\0ED2\0ED3\0ED4\0ED5\0ED6\0ED7\0ED8\0ED9'
      '\0F20\0F21\0F22\0F23\0F24\0F25\0F26\0F27\0F28\0F29'
      '\1040\1041\1042\1043\1044\1045\1046\1047\1048\1049'
      '\17E0\17E1\17E2\17E3\17E4\17E5\17E6\17E7\17E8\17E9',
      repeat('0123456789', 16)
    );
  end if;
  return v_text;
end
$$;
comment on function private.normalize_text(text) is
'One spelling of a text: composed letters of usual width, usual blanks and digits, no format '
'characters and no optional marks; letters that are variants of one another are one.';
