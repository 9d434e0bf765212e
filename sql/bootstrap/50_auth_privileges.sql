-- Privileges in schema `auth`.
--
-- The Auth server owns its tables and works as `supabase_auth_admin`. `postgres` may create
-- triggers on them, reference them and insert seeds. Clients may call the functions of the schema
-- and read none of its tables.

do $$
declare
  v_object record;
begin
  for v_object in
    select c.oid::regclass as name
    from pg_catalog.pg_class as c
    where c.relnamespace = 'auth'::regnamespace
      and c.relkind in ('r', 'p')
      and (
        pg_catalog.pg_get_userbyid(c.relowner) <> 'supabase_auth_admin'
        or not c.relrowsecurity
      )
    order by c.oid
  loop
    execute format('alter table %s owner to supabase_auth_admin', v_object.name);
    execute format('alter table %s enable row level security', v_object.name);
  end loop;

  for v_object in
    select p.oid::regprocedure as name
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'auth'::regnamespace
      and pg_catalog.pg_get_userbyid(p.proowner) <> 'supabase_auth_admin'
    order by p.oid
  loop
    execute format('alter function %s owner to supabase_auth_admin', v_object.name);
  end loop;
end;
$$;

grant usage, create on schema auth to supabase_auth_admin;
grant usage on schema auth to postgres, anon, authenticated, service_role;
grant all on all tables in schema auth to postgres;
grant all on all sequences in schema auth to postgres;
revoke all on all tables in schema auth from anon, authenticated, service_role;
grant execute on function auth.uid(), auth.role(), auth.email(), auth.jwt()
to postgres, anon, authenticated, service_role;
