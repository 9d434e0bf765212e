"""Parses access.txt, the access matrix, and tests its cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.policies.privileges import updatable
from tests.policies.subject import Subject
from tests.policies.world import World
from tests.support.database import Row, Statement, told

ACCESS = Path(__file__).with_name("access.txt")
ACTORS = (
    *("anon", "outsider", "learner", "peer", "elsewhere", "assistant", "instructor"),
    *("owner", "rival", "admin", "service"),
)
ALL_OPERATIONS = (
    *("select", "insert", "returning", "upsert", "update", "protected", "move", "delete"),
    "truncate",
)
MORE_OPERATIONS = ("granted", "forged", "drift", "sweep")


@dataclass(frozen=True)
class Cell:
    """The expected result of one operation by one actor on one row."""

    table: str
    operation: str
    case: str
    actor: str
    expected: str

    def __str__(self) -> str:
        return f"{self.table}: {self.actor} {self.operation} {self.case}"


def read_access() -> list[Cell]:
    """All cells of access.txt; the head of the file describes its format."""
    cells: list[Cell] = []
    table, actors = "", list[str]()
    for number, line in enumerate(ACCESS.read_text().splitlines(), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0] == "table":
            table, actors = words[1], words[2:]
            continue
        operations, case, *tokens = words
        if len(tokens) != len(actors):
            raise ValueError(f"{ACCESS.name}:{number}: {len(tokens)} cells, {len(actors)} actors")
        cells += [
            Cell(table, operation, case, actor, token)
            for operation in operations.split("/")
            for actor, token in zip(actors, tokens, strict=True)
        ]
    return cells


def where(key: Row) -> tuple[sql.Composed, list[Any]]:
    """The condition that selects the row with this key, and its parameters."""
    pairs = [
        sql.SQL("{} is null" if value is None else "{} = %s").format(sql.Identifier(column))
        for column, value in key.items()
    ]
    return sql.SQL(" and ").join(pairs), [value for value in key.values() if value is not None]


def assignments(values: Row) -> tuple[sql.Composed, list[Any]]:
    """The list of an UPDATE's SET, and its parameters."""
    pairs = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in values]
    return sql.SQL(", ").join(pairs), list(values.values())


@dataclass(frozen=True)
class Attempt:
    """One statement, and the query that shows its effect."""

    statement: Statement
    params: list[Any]
    key: Row
    # The row after an allowed write; None after a delete.
    after: Row | None


# By grant, policy or function; the last one is any write to a generated column.
DENIED = (401, 403, "42501", "428C9")


class Prober:
    """Tests cells. Rereads the row as `postgres`, then rolls back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.session = world.session
        self.tried = 0

    def surprise(self, cell: Cell) -> str | None:
        """None when the cell is as expected, else the actual result."""
        self.tried += 1
        subject = self.world.subjects[cell.table]
        if cell.operation == "protected":
            return self._protected(cell, subject)
        with self.session.savepoint():
            if cell.operation in ("granted", "drift"):
                self._grant("update", cell.table, subject.moves[cell.case].values)
            elif cell.operation == "forged":
                self._grant("insert", cell.table, subject.inserts[cell.case])
            return self._outcome(cell, self._attempt(cell, subject))

    def surprises(self, cells: Iterable[Cell]) -> Iterator[str]:
        """The cells with an unexpected result, each as a line."""
        for cell in cells:
            surprise = self.surprise(cell)
            if surprise is not None:
                yield f"{cell}: expected {cell.expected}, {surprise}"

    def _outcome(self, cell: Cell, attempt: Attempt) -> str | None:
        before = self._image(cell.table, attempt.key)
        got = self._token(cell, attempt)
        self.session.act("postgres")
        if got != cell.expected:
            return f"got {got}"
        if cell.operation == "select":
            return None
        if got == "ok":
            return self._missing(cell.table, attempt)
        if self._image(cell.table, attempt.key) != before:
            return "and yet the row has changed"
        return None

    def _token(self, cell: Cell, attempt: Attempt) -> str:
        try:
            with self.session.connection.transaction():
                self.world.act(cell.actor)
                count = self.session.run(attempt.statement, *attempt.params)
                if cell.operation != "select":
                    self.session.run("set constraints all immediate")
        except psycopg.Error as error:
            return "no" if told(error).state in DENIED else str(told(error).state)
        return {0: "0", 1: "ok"}.get(count, f"{count} rows")

    def _image(self, table: str, key: Row) -> Row:
        condition, params = where(key)
        statement = sql.SQL(
            "select count(*), (array_agg(t::text) filter (where {}))[1] as row from public.{} as t"
        ).format(condition, sql.Identifier(table))
        return self.session.one(statement, *params)

    def _missing(self, table: str, attempt: Attempt) -> str | None:
        condition, params = where(attempt.key if attempt.after is None else attempt.after)
        found = self.session.value(
            sql.SQL("select exists (select from public.{} where {})").format(
                sql.Identifier(table), condition
            ),
            *params,
        )
        if found is (attempt.after is not None):
            return None
        return "allowed, but the row is not as written"

    def _grant(self, privilege: str, table: str, values: Row) -> None:
        self.session.run(
            sql.SQL("grant {} ({}) on public.{} to authenticated, service_role").format(
                sql.SQL("update" if privilege == "update" else "insert"),
                sql.SQL(", ").join(map(sql.Identifier, values)),
                sql.Identifier(table),
            )
        )

    def _protected(self, cell: Cell, subject: Subject) -> str | None:
        """Try to set each column that the role may not update to its own value."""
        condition, params = where(subject.rows[cell.case])
        role = self.world.actors[cell.actor].role
        columns = self.session.all(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 "
            # Postgres refuses to set an identity column before it checks the caller's privileges.
            "and attidentity <> 'a' and not attisdropped",
            f"public.{cell.table}",
        )
        allowed = updatable(cell.table, role)
        for column in (row["attname"] for row in columns if row["attname"] not in allowed):
            statement = sql.SQL("update public.{} set {} = {} where {}").format(
                sql.Identifier(cell.table),
                *[sql.Identifier(column)] * 2,
                condition,
            )
            with self.session.savepoint():
                key = subject.rows[cell.case]
                surprise = self._outcome(cell, Attempt(statement, params, key, key))
            if surprise is not None:
                return f"{surprise} for column {column}"
        return None

    def _attempt(self, cell: Cell, subject: Subject) -> Attempt:
        table = sql.Identifier(cell.table)
        match cell.operation:
            case "insert" | "returning" | "forged":
                attempt = insertion(
                    table, subject.inserts[cell.case], cell.operation == "returning"
                )
                row = {**attempt.key, **subject.written.get(cell.case, {})}
                return replace(attempt, key=row, after=row)
            case "upsert":
                return self._upsert(table, subject, cell.case)
            case "move" | "granted":
                move = subject.moves[cell.case]
                return change(table, subject.rows[move.row], move.values)
            case "drift":
                move = subject.moves[cell.case]
                settings, params = assignments(move.values)
                statement = sql.SQL("update public.{} set {}").format(table, settings)
                key = subject.rows[move.row]
                return Attempt(statement, params, key, {**key, **move.values})
            case "sweep":
                statement = sql.SQL("delete from public.{}").format(table)
                return Attempt(statement, [], subject.rows[cell.case], None)
            case "truncate":
                row = next(iter(subject.rows.values()))
                return Attempt(sql.SQL("truncate public.{}").format(table), [], row, None)
        key = subject.rows[cell.case]
        condition, params = where(key)
        match cell.operation:
            case "select":
                statement = sql.SQL("select * from public.{} where {}").format(table, condition)
                return Attempt(statement, params, key, key)
            case "update":
                return change(table, key, subject.change)
            case "delete":
                statement = sql.SQL("delete from public.{} where {}").format(table, condition)
                return Attempt(statement, params, key, None)
        raise ValueError(f"unknown operation {cell.operation}")

    def _upsert(self, table: sql.Identifier, subject: Subject, case: str) -> Attempt:
        upsert = subject.upserts[case]
        prefer = Jsonb({"prefer": "resolution=merge-duplicates"})
        self.session.run("select set_config('request.headers', %s::text, true)", prefer)
        inserted = insertion(table, upsert.values, returning=False)
        statement = sql.SQL("{} on conflict ({}) do update set {}").format(
            inserted.statement,
            sql.SQL(", ").join(map(sql.Identifier, upsert.on)),
            sql.SQL(", ").join(
                sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
                for column in upsert.values
            ),
        )
        key = subject.rows[upsert.row]
        return Attempt(statement, inserted.params, key, {**key, **upsert.values})


def insertion(table: sql.Identifier, values: Row, returning: bool) -> Attempt:
    """An INSERT of these columns; `returning` mirrors a client that asks PostgREST for the row."""
    statement = sql.SQL("insert into public.{} ({}) values ({}) {}").format(
        table,
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values),
        sql.SQL("returning *" if returning else ""),
    )
    return Attempt(statement, list(values.values()), values, values)


def change(table: sql.Identifier, key: Row, values: Row) -> Attempt:
    """An UPDATE of one row."""
    settings, set_params = assignments(values)
    condition, key_params = where(key)
    statement = sql.SQL("update public.{} set {} where {}").format(table, settings, condition)
    return Attempt(statement, [*set_params, *key_params], key, {**key, **values})
