"""The bodies of functions: errors that Postgres reports only when a function runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
import pytest
from pglast import ast

from tests.support.cluster import ROOT
from tests.support.database import Database, Session
from tests.tools.errors import codes
from tests.tools.syntax import nodes, plpgsql, statements

# Functions that build a statement from text, with the reason.
BUILDERS: dict[str, str] = {
    "private.maintain_event_partitions(integer,integer)": "A partition is named after its month.",
}


@dataclass
class Function:
    """A function of public or private, with its parsed body."""

    oid: int
    name: str
    language: str
    atomic: bool
    source: str
    definition: str
    comment: str
    result: str
    argument_names: list[str]

    @cached_property
    def trees(self) -> list[Any]:
        """The SQL statements of the body."""
        if self.language == "plpgsql":
            return plpgsql(self.definition).trees
        if self.atomic:
            (function,) = statements(self.definition)
            return [function.sql_body]
        return statements(self.source)

    @property
    def code(self) -> str:
        """The source without comments."""
        return re.sub(r"--[^\n]*", "", self.source)


FUNCTIONS = """
select p.oid::integer as oid, p.oid::regprocedure::text as name, l.lanname::text as language,
  p.prosqlbody is not null as atomic, p.prosrc as source, pg_get_functiondef(p.oid) as definition,
  coalesce(obj_description(p.oid, 'pg_proc'), '') as comment,
  p.prorettype::regtype::text as result, coalesce(p.proargnames, '{}') as argument_names
from pg_proc as p
inner join pg_language as l on l.oid = p.prolang
where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and p.prokind = 'f'
order by 2
"""


def functions(db: Session) -> list[Function]:
    """All functions of both schemas, with schema-qualified names."""
    db.run("set local search_path = ''")
    return [Function(**row) for row in db.all(FUNCTIONS)]


@pytest.fixture(scope="module")
def catalogue(database: Database) -> Iterator[list[Function]]:
    """The functions of the migrated database."""
    session = database.connect()
    yield functions(session)
    session.close()


@pytest.mark.once
def test_bodies_parse(catalogue: list[Function]) -> None:
    """Every body, and every SQL statement in a PL/pgSQL body, parses."""
    assert len(catalogue) > 50
    for function in catalogue:
        assert function.trees, function.name


def writes_without_where(function: Function) -> list[str]:
    """Updates and deletes without a condition, or with one that is always true."""
    return [
        type(node).__name__
        for node in nodes(function.trees)
        if isinstance(node, (ast.UpdateStmt, ast.DeleteStmt))
        and (node.whereClause is None or isinstance(node.whereClause, ast.A_Const))
    ]


@pytest.mark.once
def test_writes_have_where(catalogue: list[Function]) -> None:
    """Every update and delete has a condition, which safeupdate requires in a project."""
    assert {f.name: found for f in catalogue if (found := writes_without_where(f))} == {}


def unused_variables(function: Function) -> list[str]:
    """Declared variables that the body never uses, and those without the prefix v_."""
    if function.language != "plpgsql":
        return []
    declared = plpgsql(function.definition).declared
    return [
        name
        for name in declared
        if not name.startswith("v_")
        or not (
            len(re.findall(rf"\b{name}\b", function.code)) > 1
            # A loop over integers must name its counter.
            or re.search(rf"\bfor {name} in \d", function.code)
        )
    ]


@pytest.mark.once
def test_variables_are_used(catalogue: list[Function]) -> None:
    """Every declared variable has the prefix v_ and is used."""
    assert {f.name: found for f in catalogue if (found := unused_variables(f))} == {}


def unused_parameters(function: Function) -> list[str]:
    """Parameters of a private function that its body never uses."""
    return [
        name
        for name in function.argument_names
        if name.startswith("p_") and not re.search(rf"\b{name}\b", function.code)
    ]


@pytest.mark.once
def test_parameters_are_used(catalogue: list[Function]) -> None:
    """Every parameter of a private function is used."""
    assert {f.name: found for f in catalogue if (found := unused_parameters(f))} == {}


def built_statements(function: Function) -> list[str]:
    """Expressions that the body executes as SQL; literals are checked like the body."""
    return plpgsql(function.definition).built if function.language == "plpgsql" else []


@pytest.mark.once
def test_no_dynamic_sql(catalogue: list[Function]) -> None:
    """No body builds a statement from text, apart from BUILDERS."""
    assert [f.name for f in catalogue if built_statements(f)] == sorted(BUILDERS)


@pytest.mark.once
def test_advisory_locks_have_names(catalogue: list[Function]) -> None:
    """Only functions named lock_ or try_lock_ take advisory locks; docs/locks.md has each."""
    page = (ROOT / "docs" / "locks.md").read_text()
    documented = dict(re.findall(r"\| advisory, (seed \d+) \|([^|]*)\|", page))
    names: dict[str, set[str]] = {}
    for function in catalogue:
        if re.search(r"\bpg_(try_)?advisory_", function.code):
            name = re.sub(r"^private\.|\(.*", "", function.name)
            (seed,) = re.findall(r"hashtextextended\(.*, (\d+)\)", function.code)
            assert f"`{name}`" in documented[f"seed {seed}"]
            names.setdefault(f"seed {seed}", set()).add(name.removeprefix("try_"))
    assert names.keys() == documented.keys()
    # Two locks with one seed would be one lock, where their keys are equal.
    assert all(len(same) == 1 for same in names.values()), names
    assert all(name.startswith("lock_") for (name,) in names.values()), names


def unresolved_names(db: Session, function: Function) -> list[str]:
    """Relations, functions and types in the body that an empty search path does not resolve."""
    if function.atomic:
        return []
    local = {
        node.ctename for node in nodes(function.trees) if isinstance(node, ast.CommonTableExpr)
    }
    if function.result == "trigger":
        local |= set(
            db.value(
                "select array_remove(array_agg(distinct t.tgoldtable::text) "
                "|| array_agg(distinct t.tgnewtable::text), null) "
                "from pg_trigger as t where t.tgfoid = %s",
                function.oid,
            )
            or []
        )
    relations, calls, kinds = set(), set(), set()
    # `for update of e` refers to an alias of the query.
    for node in nodes(function.trees, lambda node: not isinstance(node, ast.LockingClause)):
        if isinstance(node, ast.RangeVar) and (node.schemaname or node.relname not in local):
            relations.add(".".join(filter(None, (node.schemaname, node.relname))))
        elif isinstance(node, ast.FuncCall):
            calls.add(".".join(part.sval for part in node.funcname or ()))
        elif isinstance(node, ast.TypeName):
            kinds.add(".".join(part.sval for part in node.names or ()))
    missing = db.all(
        """
        select x as name from unnest(%s::text[]) as x where to_regclass(x) is null
        union all
        select x from unnest(%s::text[]) as x
        where not exists (
          select from pg_proc as p
          where x in (
            p.proname, case when p.pronamespace = 'pg_catalog'::regnamespace then '' else null end
          ) and p.pronamespace = 'pg_catalog'::regnamespace
            or x = p.pronamespace::regnamespace::text || '.' || p.proname
        )
        union all
        select x from unnest(%s::text[]) as x where to_regtype(x) is null
        """,
        sorted(relations),
        sorted(calls),
        sorted(kinds),
    )
    return [row["name"] for row in missing]


def test_names_resolve(db: Session, catalogue: list[Function]) -> None:
    """Bodies qualify every name, because PL/pgSQL resolves names only at run time."""
    db.run("set local search_path = ''")
    assert {f.name: found for f in catalogue if (found := unresolved_names(db, f))} == {}


def raised(function: Function, known: dict[str, Function], seen: set[str]) -> set[str]:
    """The code of every error that the function, or a function that it calls, can raise."""
    seen.add(function.name)
    # Its handler answers with one of these for any error of what it calls.
    if "private.refuse_bundle(" in function.code:
        return {"invalid_bundle", "slug_taken", "budget_exceeded"}
    found = set(re.findall(r"private\.refuse\('(\w+)'", function.code))
    text = function.definition if function.atomic else function.code
    # A table may have the name of a function: its column list is not a call.
    for name in re.findall(r"(?<!into )\bprivate\.\w+(?=\s*\()", text):
        called = known.get(name)
        if called and called.name not in seen:
            found |= raised(called, known, seen)
    # It saves new questions of quizzes only, and answers with invalid_bundle for a question that is
    # not valid.
    if "private.import_question(" in function.code:
        found -= {"bank_not_found", "invalid_question", "question_changed", "question_not_found"}
    return found


@pytest.mark.once
def test_reachable_errors_are_documented(catalogue: list[Function]) -> None:
    """The comment of a function of public lists every error that its body can raise."""
    known = {f.name.partition("(")[0]: f for f in catalogue}
    missing = {
        f.name: sorted(found)
        for f in catalogue
        if f.name.startswith("public.")
        and (found := raised(f, known, set()) - set(codes(f.comment)))
    }
    assert missing == {}


def test_plpgsql_check_has_no_finding(system: Database) -> None:
    """plpgsql_check reports no errors and no warnings for any PL/pgSQL function."""
    session = Database(system.superuser_url, system.superuser_url).connect()
    try:
        session.run("create extension plpgsql_check with schema extensions")
        rows = session.all("""
          select p.oid::regprocedure::text as name, t.relation::text, c.lineno, c.level, c.message
          from pg_proc as p
          inner join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
          left join lateral (
            select distinct on (t.tgrelid)
              t.tgrelid::regclass as relation, t.tgoldtable, t.tgnewtable
            from pg_trigger as t where t.tgfoid = p.oid
            order by t.tgrelid, (t.tgoldtable is null)::integer + (t.tgnewtable is null)::integer
          ) as t on true
          cross join lateral extensions.plpgsql_check_function_tb(
            funcoid => p.oid, relid => coalesce(t.relation, 0::regclass),
            oldtable => t.tgoldtable, newtable => t.tgnewtable, extra_warnings => true,
            performance_warnings => false
          ) as c
          where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
          order by 1, 3
        """)
        assert not rows, "\n".join(f"{r['name']}:{r['lineno']} {r['message']}" for r in rows)
    finally:
        session.close()


BROKEN = [
    ("update public.courses c set title = ''; ", writes_without_where),
    ("delete from public.courses where true;", writes_without_where),
    ("with x as (delete from public.courses returning 1) select 1 from x;", writes_without_where),
    ("return;", unused_variables),
    ("return;", unused_parameters),
    ("execute 'delete from public.courses';", writes_without_where),
    ("execute 'drop table ' || p_a;", built_statements),
    ("execute format('drop table %I', p_a);", built_statements),
    ("for v_x in execute 'select ' || p_a loop return; end loop;", built_statements),
]


def probe(db: Session, body: str) -> Function:
    """A function with this body, one variable and one parameter."""
    db.run(
        "create function private.probe(p_a uuid) returns void language plpgsql "
        f"set search_path = '' as $$ declare v_x integer; begin {body} end $$"
    )
    return next(f for f in functions(db) if f.name == "private.probe(uuid)")


@pytest.mark.parametrize(("body", "check"), BROKEN)
def test_broken_body_is_found(db: Session, body: str, check: Any) -> None:
    """Each check of this file finds the fault it is written for."""
    assert check(probe(db, body))


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("perform from courses;", "courses"),
        ("perform from public.nothing;", "public.nothing"),
        ("perform crypt('a', 'b');", "crypt"),
        ("perform private.nothing();", "private.nothing"),
        ("perform 'a'::app_role;", "app_role"),
        ("v_x := (select count(*) from courses);", "courses"),
        ("if exists (select from courses) then return; end if;", "courses"),
        ("for v_x in select 1 from courses loop return; end loop;", "courses"),
        ("execute 'select from courses';", "courses"),
        ("for v_x in execute 'select from courses' loop return; end loop;", "courses"),
    ],
)
def test_unresolved_name_is_found(db: Session, body: str, name: str) -> None:
    """An unqualified name is found anywhere in a body."""
    assert unresolved_names(db, probe(db, body)) == [name]


def test_undocumented_error_is_found(db: Session) -> None:
    """An error that is raised two calls deep is found."""
    probe(db, "perform private.refuse('last_owner');")
    db.run(
        "create function public.probe() returns void language sql begin atomic "
        "select private.probe(null); end; comment on function public.probe() is "
        "'Errors: last_admin.'"
    )
    known = {f.name.partition("(")[0]: f for f in functions(db)}
    assert raised(known["public.probe"], known, set()) == {"last_owner"}
    assert codes(known["public.probe"].comment) == ["last_admin"]


def test_calls_survive_a_new_column(db: Session) -> None:
    """Adding a column to a table does not break the functions that return its rows."""
    rows = db.all("""
      select p.proname as name, p.pronargs as arguments, c.oid::regclass::text as relation
      from pg_proc as p
      inner join pg_type as t on t.oid = p.prorettype
      inner join pg_class as c on c.oid = t.typrelid and c.relkind = 'r'
      where p.pronamespace = 'public'::regnamespace
    """)
    for relation in {row["relation"] for row in rows}:
        db.run(f"alter table {relation} add column added text")
    broken = {}
    for row in rows:
        nothing = ", ".join(["null"] * row["arguments"])
        try:
            with db.savepoint():
                db.all(f"select * from public.{row['name']}({nothing})")
        except psycopg.Error as error:
            if error.sqlstate == "42P13":
                broken[row["name"]] = row["relation"]
    assert broken == {}
