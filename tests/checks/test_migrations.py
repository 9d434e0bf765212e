"""Rules for the text of migrations, and for the result of applying them."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pglast import ast, enums

from tests.support.cluster import BOOTSTRAP, MIGRATIONS, ROOT, SEEDS, run_file
from tests.support.database import Database, Session
from tests.tools.second import second_database
from tests.tools.snapshot import snapshot
from tests.tools.syntax import nodes, plpgsql, statements

FILES = sorted(MIGRATIONS.glob("*"))
CLIENTS = {"anon", "authenticated", "service_role"}
every_migration = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def names(items: Any) -> list[str]:
    """The parts of a dotted name."""
    return [item.sval for item in items or ()]


def roles(items: Any) -> set[str]:
    """The roles of a statement; PUBLIC as public."""
    return {item.rolename or "public" for item in items or ()}


def qualified(relation: Any) -> str:
    """A relation as schema.name."""
    return f"{relation.schemaname}.{relation.relname}"


def test_names_and_order() -> None:
    """File names are YYYYMMDDHHMMSS_subject.sql with a valid, unique time."""
    stamps = []
    for file in FILES:
        match = re.fullmatch(r"(\d{14})_[a-z][a-z0-9_]*\.sql", file.name)
        assert match, file.name
        stamps.append(datetime.strptime(match[1], "%Y%m%d%H%M%S"))
    assert stamps == sorted(set(stamps))


@every_migration
def test_header(file: Path) -> None:
    """Each file begins with its purpose and its invariants."""
    lines = file.read_text().splitlines()
    header = lines[: next(n for n, line in enumerate(lines) if not line.startswith("--"))]
    assert re.match(r"-- [A-Z][\w -]*: .+", header[0])
    assert "-- Invariants" in header
    assert [line for line in header if line.startswith("--   * ")]


@pytest.mark.parametrize(
    "file",
    [*FILES, *sorted(SEEDS.glob("*.sql")), *sorted(BOOTSTRAP.glob("*.sql"))],
    ids=lambda file: str(file.relative_to(ROOT)),
)
def test_parses(file: Path) -> None:
    """Every file parses, including its anonymous blocks and PL/pgSQL functions, and is complete."""
    text = file.read_text()
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)
    for node in statements(text):
        assert not isinstance(node, ast.TransactionStmt), "the runner opens the transaction"
        if isinstance(node, ast.DoStmt):
            (source,) = (arg.arg.sval for arg in node.args or () if arg.defname == "as")
            plpgsql(f"do $lyceum${source}$lyceum$")


@pytest.mark.parametrize("file", sorted(SEEDS.glob("*.sql")), ids=lambda file: file.stem)
def test_seeds_are_data(file: Path) -> None:
    """A seed contains only statements that change rows."""
    allowed = (
        ast.InsertStmt,
        ast.UpdateStmt,
        ast.DeleteStmt,
        ast.SelectStmt,
        ast.DoStmt,
        ast.VariableSetStmt,
    )
    assert [
        type(n).__name__ for n in statements(file.read_text()) if not isinstance(n, allowed)
    ] == []


def faults(text: str) -> list[str]:
    """Statements in a migration that the conventions forbid."""
    found = []
    guarded: set[str] = set()
    closed: dict[str, set[str]] = {}
    made: list[str] = []
    for node in nodes(statements(text)):
        match node:
            case ast.GrantStmt():
                objects = {qualified(o) for o in node.objects or () if isinstance(o, ast.RangeVar)}
                if node.is_grant and node.privileges is None:
                    found.append("grant all")
                if node.is_grant and "public" in roles(node.grantees):
                    found.append("grant to public")
                if not node.is_grant and node.privileges is None:
                    for name in objects:
                        closed.setdefault(name, set()).update(roles(node.grantees))
            case ast.CreatePolicyStmt():
                if node.cmd_name == "all":
                    found.append("policy for all")
                if not node.roles or "public" in roles(node.roles):
                    found.append("policy without role")
                for part in (node.qual, node.with_check):
                    if isinstance(part, ast.A_Const):
                        found.append("policy that is always true")
            case ast.CreateStmt():
                made.append(qualified(node.relation))
                found += [
                    f"{made[-1]}: a constraint without a name"
                    for item in nodes(node.tableElts)
                    if isinstance(item, ast.Constraint)
                    and item.contype not in UNNAMED
                    and not item.conname
                ]
            case ast.ViewStmt():
                guarded.add(qualified(node.view))
                made.append(qualified(node.view))
            case ast.AlterTableStmt():
                if any(
                    command.subtype == enums.AlterTableType.AT_EnableRowSecurity
                    for command in node.cmds or ()
                ):
                    guarded.add(qualified(node.relation))
            case ast.IndexStmt():
                if not node.idxname:
                    found.append("index without a name")
            case ast.CreateFunctionStmt():
                options = {option.defname for option in node.options or ()}
                name = ".".join(names(node.funcname))
                result = names(node.returnType.names if node.returnType else None)
                if "volatility" not in options and result[-1:] != ["trigger"]:
                    found.append(f"{name}: no volatility")
                if "set" not in options:
                    found.append(f"{name}: no search_path")
                if len(names(node.funcname)) != 2:
                    found.append(f"{name}: no schema")
                if node.replace:
                    found.append(f"{name}: replaced")
            case ast.DropStmt():
                if node.behavior == enums.DropBehavior.DROP_CASCADE:
                    found.append("drop … cascade")
    for name in made:
        found += [f"{name}: row level security is not enabled"] if name not in guarded else []
        missing = CLIENTS - closed.get(name, set())
        found += [f"{name}: no revoke all from {role}" for role in sorted(missing)]
    return found


# Parts of a column that are not named constraints.
UNNAMED = {
    enums.ConstrType.CONSTR_NULL,
    enums.ConstrType.CONSTR_NOTNULL,
    enums.ConstrType.CONSTR_DEFAULT,
    enums.ConstrType.CONSTR_IDENTITY,
    enums.ConstrType.CONSTR_GENERATED,
}


@every_migration
def test_no_fault(file: Path) -> None:
    """Each table is closed where it is created, grants list columns, everything has a name."""
    assert faults(file.read_text()) == []


TABLE = "create table public.t (id uuid constraint t_pkey primary key); "
CLOSED = (
    "alter table public.t enable row level security; "
    "revoke all on public.t from anon, authenticated, service_role; "
)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (TABLE, "public.t: row level security is not enabled"),
        (TABLE, "public.t: no revoke all from service_role"),
        (TABLE + CLOSED + "grant all on public.t to anon;", "grant all"),
        (TABLE + CLOSED + "grant select on public.t to public;", "grant to public"),
        (
            "create policy p on public.t for select to anon using (true);",
            "policy that is always true",
        ),
        ("create policy p on public.t to anon using (a);", "policy for all"),
        ("create policy p on public.t for select using (a);", "policy without role"),
        ("create table public.t (id uuid primary key);", "public.t: a constraint without a name"),
        ("create table public.t (id uuid, unique (id));", "public.t: a constraint without a name"),
        ("create view public.v as select 1 as a;", "public.v: no revoke all from anon"),
        ("create index on public.t (id);", "index without a name"),
        (
            "create function private.f() returns integer language sql as 'select 1';",
            "private.f: no volatility",
        ),
        (
            "create function private.f() returns integer language sql as 'select 1';",
            "private.f: no search_path",
        ),
        ("create or replace function f() returns int language sql as '';", "f: replaced"),
        ("drop table public.t cascade;", "drop … cascade"),
    ],
)
def test_fault_is_found(text: str, fault: str) -> None:
    """Each fault is found in a text that contains it."""
    assert fault in faults(text)


def test_closed_table_has_no_fault() -> None:
    """A table that is created and closed by the conventions has no fault."""
    assert faults(TABLE + CLOSED) == []


def test_every_function_is_granted_and_described_beside_it() -> None:
    """A function has its comment and its grant in the file that creates it.

    A private function behind a public one of the same name needs no comment.
    """
    for file in FILES:
        tree = statements(file.read_text())
        described = {
            ".".join(names(n.object.objname))
            for n in tree
            if isinstance(n, ast.CommentStmt) and isinstance(n.object, ast.ObjectWithArgs)
        }
        granted = {
            ".".join(names(o.objname))
            for n in tree
            if isinstance(n, ast.GrantStmt) and n.is_grant
            for o in n.objects or ()
            if isinstance(o, ast.ObjectWithArgs)
        }
        made = {".".join(names(n.funcname)) for n in tree if isinstance(n, ast.CreateFunctionStmt)}
        for node in tree:
            if isinstance(node, ast.CreateFunctionStmt):
                name = ".".join(names(node.funcname))
                public = name.replace("private.", "public.")
                assert name in described or public in made, f"{file.name}: {name} has no comment"
                assert name in granted or name.startswith("private."), f"{name} is not granted"


MADE = re.compile(r"^create (?:function|table|view|type) ((?:public|private)\.\w+)", re.M)
NAMED = re.compile(r"\b(?:public|private)\.\w+")


def later_names(texts: dict[str, str]) -> list[str]:
    """Names in each text that only a later text creates; comments do not count."""
    homes: dict[str, int] = {}
    for place, text in enumerate(texts.values()):
        for name in MADE.findall(text):
            homes.setdefault(name, place)
    return [
        f"{title}: {name}"
        for place, (title, text) in enumerate(texts.items())
        for name in sorted(set(NAMED.findall(re.sub(r"--.*|^comment on .*", "", text, flags=re.M))))
        if homes.get(name, 0) > place
    ]


def test_no_file_names_what_a_later_one_makes() -> None:
    """Only the caller file, whose calls are bound late, refers to objects of later files."""
    texts = {file.stem.partition("_")[2]: file.read_text() for file in FILES}
    assert [name for name in later_names(texts) if not name.startswith("caller: ")] == []
    assert [name for name in later_names(texts) if name.startswith("caller: ")] != []


def test_a_later_name_is_found() -> None:
    """A call to a function of a later file is found."""
    early = "create function private.f() returns void as $$ select private.g() $$;"
    late = "create function private.g() returns void as $$ $$;"
    assert later_names({"early": early, "late": late}) == ["early: private.g"]
    assert later_names({"late": late, "early": early}) == []


def test_files_are_short() -> None:
    """A migration has fewer than 900 lines."""
    assert {file.name for file in FILES if len(file.read_text().splitlines()) >= 900} == set()


def test_objects_belong_to_an_ordinary_role(db: Session) -> None:
    """The migrations run as postgres, which is not a superuser, and postgres owns every object."""
    assert db.value("select rolsuper from pg_roles where rolname = current_user") is False
    assert db.value("select current_user::text") == "postgres"
    owners = db.all("""
      select distinct owner::regrole::text as name from (
        select c.relowner from pg_class as c
        where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
        union select p.proowner from pg_proc as p
        where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
        union select t.typowner from pg_type as t
        where t.typnamespace in ('public'::regnamespace, 'private'::regnamespace)
      ) as x (owner)
    """)
    assert [row["name"] for row in owners] == ["postgres"]


# A project created before 30 May 2026 grants its clients all on what postgres creates in public.
OLD_PROJECT = """
alter default privileges for role postgres in schema public
grant all on tables to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
grant all on sequences to anon, authenticated, service_role;
alter default privileges for role postgres in schema public
grant all on functions to anon, authenticated, service_role;
"""


@pytest.mark.parametrize("setting", ["", OLD_PROJECT], ids=["new project", "old project"])
def test_every_project_becomes_the_same(database: Database, db: Session, setting: str) -> None:
    """A new project and one with the old default privileges get the same schema from the
    migrations.
    """
    with second_database(database, "lyceum_second") as second:
        with psycopg.connect(second.superuser_url) as connection:
            connection.execute(setting or "select 1")
        for file in FILES:
            run_file(second.url, file)
        session = second.connect()
        found = snapshot(session)
        session.close()
    assert found == snapshot(db)
