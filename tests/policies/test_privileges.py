"""Grants equal privileges.txt, and clients cannot reach schema private."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from tests.policies.privileges import CLIENTS, COLUMN_LISTS, Privilege, read_privileges
from tests.support.database import Row, Session

TABLE_PRIVILEGES = ("select", "insert", "update", "delete", "truncate", "references", "trigger")
COLUMN_PRIVILEGES = ("select", "insert", "update", "references")


def table_privileges(db: Session) -> tuple[str, ...]:
    """The privileges on tables that this version of Postgres has."""
    newer = db.connection.info.server_version >= 170000
    return (*TABLE_PRIVILEGES, "maintain") if newer else TABLE_PRIVILEGES


def held_on_tables(db: Session) -> set[Privilege]:
    """The effective privileges of the client roles on relations and columns of schema public."""
    rows = db.all(
        "select r.role, p.privilege, c.relname as name, '*' as column_name "
        "from pg_class as c, unnest(%s::text[]) as r (role), unnest(%s::text[]) as p (privilege) "
        "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') "
        "and has_table_privilege(r.role, c.oid, p.privilege) "
        "union all "
        "select r.role, p.privilege, c.relname, a.attname "
        "from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0, "
        "unnest(%s::text[]) as r (role), unnest(%s::text[]) as p (privilege) "
        "where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') "
        "and not a.attisdropped and has_column_privilege(r.role, c.oid, a.attnum, p.privilege) "
        "and not has_table_privilege(r.role, c.oid, p.privilege)",
        [*CLIENTS],
        [*table_privileges(db)],
        [*CLIENTS],
        [*COLUMN_PRIVILEGES],
    )
    return {(row["role"], row["privilege"], row["name"], row["column_name"]) for row in rows}


def held_on_functions(db: Session) -> set[Privilege]:
    """The functions of schema public that a client role can execute."""
    rows = db.all(
        "select r.role, p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' "
        "as name from pg_proc as p, unnest(%s::text[]) as r (role) "
        "where p.pronamespace = 'public'::regnamespace "
        "and has_function_privilege(r.role, p.oid, 'execute')",
        [*CLIENTS],
    )
    return {(row["role"], "execute", row["name"], "*") for row in rows}


def test_privileges_are_those_of_the_list(db: Session) -> None:
    """The privileges of each role on objects of schema public equal the list."""
    held = held_on_tables(db) | held_on_functions(db)
    listed = read_privileges()
    assert sorted(held - listed) == [], "held, not in privileges.txt"
    assert sorted(listed - held) == [], "in privileges.txt, not held"


def test_every_function_is_in_the_list(db: Session) -> None:
    """Every function of schema public is in the list."""
    listed = {name for _, privilege, name, _ in read_privileges() if privilege == "execute"}
    functions = db.all(
        "select proname || '(' || pg_get_function_identity_arguments(oid) || ')' as name "
        "from pg_proc where pronamespace = 'public'::regnamespace"
    )
    assert {row["name"] for row in functions} == listed


def test_writes_are_granted_by_column() -> None:
    """INSERT and UPDATE are never granted on a whole table, and anon writes nothing."""
    for role, privilege, name, column in read_privileges():
        assert privilege not in COLUMN_LISTS or column != "*", (role, privilege, name)
        assert role != "anon" or privilege in ("select", "execute"), (role, privilege, name)


def test_nobody_else_holds_anything(db: Session) -> None:
    """Only the owner and the three client roles have privileges on our tables, columns and
    functions.
    """
    rows = db.all(
        "with acl as ("
        "  select relnamespace as namespace, relname as name, relowner as owner, relacl as acl"
        "  from pg_class"
        "  union all select c.relnamespace, c.relname, c.relowner, a.attacl"
        "  from pg_attribute as a inner join pg_class as c on c.oid = a.attrelid"
        "  union all select pronamespace, proname, proowner, coalesce(proacl, "
        "    acldefault('f', proowner)) from pg_proc"
        ") select acl.name, x.grantee::regrole::text as grantee, x.privilege_type "
        "from acl, aclexplode(acl.acl) as x "
        "where acl.namespace in ('public'::regnamespace, 'private'::regnamespace) "
        "and x.grantee <> acl.owner and x.grantee <> all(%s::regrole[])",
        [*CLIENTS],
    )
    assert rows == []


def test_nothing_is_definer_in_public(db: Session) -> None:
    """No function of the exposed schema runs with the rights of its owner."""
    found = db.all(
        "select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef"
    )
    assert found == []


@pytest.mark.parametrize("role", CLIENTS)
@pytest.mark.parametrize("schema", ["public", "private", "extensions", "auth"])
def test_clients_create_nothing(db: Session, role: str, schema: str) -> None:
    """No client role can create an object in any of the schemas."""
    db.act(role)
    for statement in ("create table {}.trap (id integer)", "create view {}.trap as select 1 as id"):
        with db.refused("42501"):
            db.run(sql.SQL(statement).format(sql.Identifier(schema)))


def private_relations(db: Session) -> list[Row]:
    """Every readable relation of schema private."""
    return db.all(
        "select relname as name from pg_class where relnamespace = 'private'::regnamespace "
        "and relkind in ('r', 'p', 'v', 'm', 'f', 'S') order by 1"
    )


def private_functions(db: Session) -> list[Row]:
    """Every function of schema private, with a null of the right type for each argument."""
    return db.all(
        "select p.proname as name, coalesce((select string_agg("
        "  'null::' || format_type(a.type_id, null), ', ' order by a.position) "
        "  from unnest(p.proargtypes) with ordinality as a (type_id, position)), '') as arguments "
        "from pg_proc as p where p.pronamespace = 'private'::regnamespace order by 1, 2"
    )


@pytest.mark.parametrize("role", CLIENTS)
def test_private_relations_are_out_of_reach(db: Session, role: str) -> None:
    """No client role can read, write or name a relation of schema private."""
    relations = private_relations(db)
    assert relations
    db.act(role)
    for name in (sql.Identifier("private", row["name"]) for row in relations):
        for statement in ("select from {}", "insert into {} default values", "delete from {}"):
            with db.refused("42501"):
                db.run(sql.SQL(statement).format(name))


@pytest.mark.parametrize("role", CLIENTS)
def test_private_functions_are_out_of_reach(db: Session, role: str) -> None:
    """No client role can call a function of schema private, not even with EXECUTE on it."""
    functions = private_functions(db)
    assert len(functions) > 50
    db.act(role)
    for row in functions:
        call = sql.SQL("select {}(" + row["arguments"] + ")")
        with db.refused("42501"):
            db.run(call.format(sql.Identifier("private", row["name"])))


@pytest.mark.parametrize("role", CLIENTS)
def test_private_is_closed_as_a_schema(db: Session, role: str) -> None:
    """The client roles have no privilege on schema private or on its relations."""
    for privilege in ("usage", "create"):
        assert not db.value("select has_schema_privilege(%s, 'private', %s)", role, privilege)
    open_relations = db.all(
        "select c.relname, p.privilege from pg_class as c, unnest(%s::text[]) as p (privilege) "
        "where c.relnamespace = 'private'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') "
        "and (has_table_privilege(%s, c.oid, p.privilege))",
        [*table_privileges(db)],
        role,
    )
    assert open_relations == []


@pytest.mark.parametrize("role", CLIENTS)
@pytest.mark.parametrize("schema", ["public", "private"])
def test_new_objects_are_closed(db: Session, schema: str, role: str) -> None:
    """A new table, view, sequence or function without a grant is closed to clients."""
    for statement in (
        "create table {}.fresh_table (id integer generated always as identity)",
        "create view {}.fresh_view as select 1 as id",
        "create materialized view {}.fresh_copy as select 1 as id",
        "create sequence {}.fresh_sequence",
        "create function {}.fresh_function() returns integer language sql return 1",
        "create procedure {}.fresh_procedure() language sql begin atomic select 1; end",
    ):
        db.run(sql.SQL(statement).format(sql.Identifier(schema)))
    for relation in ("fresh_table", "fresh_view", "fresh_copy"):
        for privilege in table_privileges(db):
            assert not db.value(
                "select has_table_privilege(%s, %s, %s)", role, f"{schema}.{relation}", privilege
            )
    for privilege in ("usage", "select", "update"):
        assert not db.value(
            "select has_sequence_privilege(%s, %s, %s)",
            *(role, f"{schema}.fresh_sequence", privilege),
        )
    db.act(role)
    for statement in (
        "select * from {}.fresh_table",
        "insert into {}.fresh_table default values",
        "truncate {}.fresh_table",
        "select * from {}.fresh_view",
        "select * from {}.fresh_copy",
        "select nextval('{}.fresh_sequence')",
        "select {}.fresh_function()",
        "call {}.fresh_procedure()",
    ):
        with db.refused("42501"):
            db.run(sql.SQL(statement).format(sql.SQL(schema)))


@pytest.mark.parametrize("role", CLIENTS)
def test_accounts_are_out_of_reach(db: Session, role: str) -> None:
    """No client can read the tables of Supabase Auth, which have the password hashes."""
    db.act(role)
    for statement in (
        "select id, email, encrypted_password from auth.users",
        "update auth.users set role = 'service_role'",
        "insert into auth.users (id) values (gen_random_uuid())",
        "delete from auth.identities",
    ):
        with db.refused("42501"):
            db.run(statement)


@pytest.mark.parametrize("role", CLIENTS)
def test_policies_cannot_be_changed(db: Session, role: str) -> None:
    """A client role can neither disable row-level security nor grant itself a privilege."""
    db.act(role)
    for statement in (
        "alter table public.lesson_contents disable row level security",
        "create policy trap on public.lesson_contents for select to anon using (true)",
        "alter policy lesson_contents_select_anon on public.lesson_contents using (true)",
        "alter role authenticated bypassrls",
        "alter function private.is_admin() security invoker",
    ):
        with db.refused("42501"):
            db.run(statement)
    # Granting a privilege on an object of another owner is only a warning.
    try:
        with db.connection.transaction():
            db.run("grant all on public.lesson_contents to anon")
    except psycopg.errors.InsufficientPrivilege:
        pass
    db.act("postgres")
    assert not db.value("select has_table_privilege('anon', 'public.lesson_contents', 'delete')")
