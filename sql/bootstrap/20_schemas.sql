-- Ownership of the database, and the schemas `public` and `extensions`.

-- The owner of the database also owns `public` (through pg_database_owner) and may install
-- trusted extensions.
do $$
begin
  execute format('alter database %I owner to postgres', current_database());
end;
$$;

alter schema public owner to pg_database_owner;

create schema if not exists extensions;

alter schema extensions owner to postgres;

-- The extensions that a new project has. The last one needs a superuser.
create extension if not exists pgcrypto with schema extensions;
create extension if not exists "uuid-ossp" with schema extensions;
create extension if not exists pg_stat_statements with schema extensions;

grant usage on schema extensions to anon, authenticated, service_role;
grant usage on schema public to anon, authenticated, service_role;

-- Default privileges of a project that does not expose new tables: the API roles get no select,
-- insert, update or delete on what `postgres` creates, and no use of its sequences. They keep the
-- rest of `all` (truncate, references, trigger, from 17 on maintain), as on the platform, so that
-- the tests find a migration without `revoke all`.
alter default privileges for role postgres in schema public
grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
revoke select, insert, update, delete on tables from anon, authenticated, service_role;
alter default privileges for role postgres in schema public
revoke all on sequences from anon, authenticated, service_role;
