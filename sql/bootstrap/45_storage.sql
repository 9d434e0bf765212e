-- Schema `storage` as on a hosted project, without the parts for S3, vectors and resumable uploads.
--
-- The Storage server owns the tables and works as `supabase_storage_admin`.

create schema if not exists storage;

do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'supabase_storage_admin') then
    create role supabase_storage_admin login noinherit createrole password 'postgres';
  end if;
end;
$$;

alter role supabase_storage_admin login noinherit nosuperuser nobypassrls;
alter role supabase_storage_admin set search_path = 'storage';
alter role supabase_storage_admin set idle_in_transaction_session_timeout = '60s';
grant anon to supabase_storage_admin;
grant authenticated to supabase_storage_admin;
grant service_role to supabase_storage_admin;

create table if not exists storage.buckets (
  id text not null,
  name text not null,
  owner uuid, -- noqa: RF04
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  public boolean default false, -- noqa: RF04
  avif_autodetection boolean default false,
  file_size_limit bigint,
  allowed_mime_types text[],
  owner_id text,
  constraint buckets_pkey primary key (id)
);
create unique index if not exists bname on storage.buckets (name);

create table if not exists storage.objects (
  id uuid not null default gen_random_uuid(),
  bucket_id text,
  name text,
  owner uuid, -- noqa: RF04
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  last_accessed_at timestamptz default now(),
  metadata jsonb,
  path_tokens text[] generated always as (string_to_array(name, '/')) stored,
  version text,
  owner_id text,
  user_metadata jsonb,
  constraint objects_pkey primary key (id),
  constraint "objects_bucketId_fkey" foreign key (bucket_id) references storage.buckets (id)
);
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;

create or replace function storage.foldername(name text) returns text[]
language sql immutable
as $$
  select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1]
$$;

create or replace function storage.filename(name text) returns text
language sql immutable
as $$
  select (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)]
$$;

create or replace function storage.extension(name text) returns text
language sql immutable
as $$
  select reverse(split_part(reverse(storage.filename(name)), '.', 1))
$$;

create or replace function storage.operation() returns text
language sql stable
as $$
  select current_setting('storage.operation', true)
$$;

-- A row that is deleted by SQL leaves its bytes behind: only the server may.
create or replace function storage.protect_delete() returns trigger
language plpgsql
as $$
begin
  if coalesce(current_setting('storage.can_delete', true), 'false') <> 'true' then
    raise exception 'Direct deletion from storage tables is not allowed. Use the Storage API instead.'
    using errcode = '42501';
  end if;
  return null;
end;
$$;

create or replace trigger protect_objects_delete
before delete on storage.objects
for each statement execute function storage.protect_delete();
create or replace trigger protect_buckets_delete
before delete on storage.buckets
for each statement execute function storage.protect_delete();

alter table storage.buckets owner to supabase_storage_admin;
alter table storage.objects owner to supabase_storage_admin;
alter function storage.foldername(text) owner to supabase_storage_admin;
alter function storage.filename(text) owner to supabase_storage_admin;
alter function storage.extension(text) owner to supabase_storage_admin;
alter function storage.operation() owner to supabase_storage_admin;
alter function storage.protect_delete() owner to supabase_storage_admin;

grant all on schema storage to supabase_storage_admin;
grant usage on schema storage to postgres, anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to postgres with grant option;

-- The platform lets `postgres` create policies on these tables without owning them. Here it is a
-- member of the owner, and an event trigger refuses what the platform refuses.
grant supabase_storage_admin to postgres;

create or replace function extensions.guard_storage_schema() returns event_trigger
language plpgsql
set search_path = ''
as $$
declare
  v_command record;
begin
  if current_user <> 'postgres' then
    return;
  end if;
  for v_command in
    select c.command_tag, c.object_identity
    from pg_catalog.pg_event_trigger_ddl_commands() as c
    where (c.schema_name = 'storage' or c.object_identity ~ ' on storage\.')
      and c.command_tag not in ('CREATE POLICY', 'ALTER POLICY', 'CREATE TRIGGER', 'GRANT')
  loop
    raise exception 'must be owner of %: a hosted project refuses % in schema storage',
      v_command.object_identity, v_command.command_tag using errcode = '42501';
  end loop;
end;
$$;

alter function extensions.guard_storage_schema() owner to supabase_admin;

do $$
begin
  if not exists (select from pg_catalog.pg_event_trigger where evtname = 'guard_storage_schema') then
    create event trigger guard_storage_schema on ddl_command_end
      execute function extensions.guard_storage_schema();
  end if;
end;
$$;
