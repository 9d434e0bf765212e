-- The roles of a Supabase project, for a plain Postgres.
--
-- Applied as superuser (`supabase_admin`); can be applied again. Role `postgres` owns the database
-- and runs the migrations; as on the platform it is not a superuser.
-- Passwords are for local use only. They are set once, when the role is created.

do $$
declare
  v_role text;
  v_attributes text;
begin
  for v_role, v_attributes in
    values
      ('postgres', 'login createdb createrole replication bypassrls password ''postgres'''),
      ('anon', 'nologin noinherit'),
      ('authenticated', 'nologin noinherit'),
      ('service_role', 'nologin noinherit bypassrls'),
      ('authenticator', 'login noinherit password ''postgres'''),
      ('supabase_auth_admin', 'login noinherit createrole password ''postgres''')
  loop
    if not exists (select from pg_catalog.pg_roles where rolname = v_role) then
      execute format('create role %I %s', v_role, v_attributes);
    end if;
  end loop;
end;
$$;

-- These attributes decide the effect of row-level security. They are set again here, because an
-- earlier run or another tool may have created the roles.
alter role anon nologin noinherit nosuperuser nobypassrls;
alter role authenticated nologin noinherit nosuperuser nobypassrls;
alter role service_role nologin noinherit nosuperuser bypassrls;
alter role authenticator login noinherit nosuperuser nobypassrls;
alter role supabase_auth_admin login noinherit nosuperuser nobypassrls;
alter role postgres login inherit nosuperuser createdb createrole replication bypassrls;

grant anon to authenticator;
grant authenticated to authenticator;
grant service_role to authenticator;
grant anon to postgres with admin option;
grant authenticated to postgres with admin option;
grant service_role to postgres with admin option;
grant authenticator to postgres with admin option;
grant pg_monitor to postgres;

-- The platform's limits for requests through the Data API.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

alter role postgres set search_path = '$user', public, extensions;
alter role supabase_auth_admin set search_path = 'auth';
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
