-- PostgREST caches the schema. As on the platform, a schema change makes PostgREST reload it, so
-- that clients see a migration, or a statement from an editor, at once.

create or replace function extensions.pgrst_reload_schema()
returns event_trigger
language plpgsql
set search_path = ''
as $$
begin
  -- Clients cannot see temporary objects.
  if tg_event = 'ddl_command_end' then
    if not exists (
      select from pg_catalog.pg_event_trigger_ddl_commands() as c
      where c.schema_name is distinct from 'pg_temp'
    ) then
      return;
    end if;
  elsif not exists (
    select from pg_catalog.pg_event_trigger_dropped_objects() as d where not d.is_temporary
  ) then
    return;
  end if;

  notify pgrst, 'reload schema';
end;
$$;

alter function extensions.pgrst_reload_schema() owner to supabase_admin;

do $$
begin
  if not exists (select from pg_catalog.pg_event_trigger where evtname = 'pgrst_ddl_watch') then
    create event trigger pgrst_ddl_watch
      on ddl_command_end
      when tag in (
        'CREATE SCHEMA', 'ALTER SCHEMA', 'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO',
        'ALTER TABLE', 'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE', 'CREATE VIEW', 'ALTER VIEW',
        'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW', 'CREATE FUNCTION',
        'ALTER FUNCTION', 'CREATE TYPE', 'ALTER TYPE', 'CREATE TRIGGER', 'CREATE RULE', 'COMMENT'
      )
      execute function extensions.pgrst_reload_schema();
  end if;

  if not exists (select from pg_catalog.pg_event_trigger where evtname = 'pgrst_drop_watch') then
    create event trigger pgrst_drop_watch
      on sql_drop
      execute function extensions.pgrst_reload_schema();
  end if;
end;
$$;
