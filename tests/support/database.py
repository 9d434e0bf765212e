"""Connections that speak as one of the actors of the platform."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row

from tests.support.contract import check_details, check_result, is_checked

# The column of an answer that holds all of it as JSON.
AS_JSON = "answer as json"
Row = dict[str, Any]
Statement = str | sql.SQL | sql.Composed


@dataclass(frozen=True)
class Database:
    """Where the database under test is, as `postgres` and as the superuser of the cluster.

    With a `pooled_url`, sessions are made through a pooler in transaction mode: a session has a
    connection of the database for one transaction, and another one for the next.
    """

    url: str
    superuser_url: str
    pooled_url: str | None = None

    def connect(self, *, autocommit: bool = False, opening: LiteralString = "") -> Session:
        """A session as role `postgres`, closed by the caller; `opening` begins each transaction."""
        connection = psycopg.connect(
            self.pooled_url or self.url,
            autocommit=autocommit,
            row_factory=dict_row,
            # The pooler does not know which connection a statement was prepared on.
            prepare_threshold=None if self.pooled_url else 5,
        )
        return Session(connection, opening)


@dataclass(frozen=True)
class Told:
    """What a database error tells a client.

    Of a refusal the HTTP status, the code of the catalogue, the sentence and the decoded details;
    of any other error the SQLSTATE, and its message as the code.
    """

    state: int | str
    code: str
    message: str = ""
    details: Any = None


def told(error: psycopg.Error) -> Told:
    """Reads a database error as PostgREST does."""
    primary = error.diag.message_primary or ""
    if error.sqlstate != "PGRST":
        return Told(error.sqlstate or "", primary)
    body = json.loads(primary)
    # PostgREST refuses to pass on an error without these, or with a field of another type.
    assert isinstance(body["code"], str) and isinstance(body["message"], str), primary
    assert isinstance(body["details"], str | None) and isinstance(body["hint"], str), primary
    status = json.loads(error.diag.message_detail or "")["status"]
    details = json.loads(body["details"]) if body["details"] else None
    return Told(status, body["code"], body["message"], details)


class Session:
    """One connection; `act` changes who is speaking, for the rest of the transaction."""

    def __init__(self, connection: psycopg.Connection[Row], opening: LiteralString = "") -> None:
        self.connection = connection
        self.opening = opening

    def _begun(self) -> psycopg.Connection[Row]:
        """The connection, in a transaction that has begun as this session's do."""
        idle = self.connection.info.transaction_status == TransactionStatus.IDLE
        if self.opening and idle:
            self.connection.execute(self.opening)
        return self.connection

    def backend(self) -> int:
        """The process of the database that runs this transaction."""
        return int(self.value("select pg_backend_pid()"))

    def act(self, role: str = "authenticated", user_id: UUID | str | None = None) -> Session:
        """Speaks as PostgREST would for a token of this role and user; `postgres` is the owner."""
        claims: Row = {"role": role}
        if user_id is not None:
            claims["sub"] = str(user_id)
        self._begun().execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            ["none", ""] if role == "postgres" else [role, json.dumps(claims)],
        )
        return self

    def all(self, statement: Statement, *params: Any) -> list[Row]:
        """The rows of a statement; none for one that returns nothing."""
        cursor = self._begun().execute(statement, params or None)
        return cursor.fetchall() if cursor.description else []

    def run(self, statement: Statement, *params: Any) -> int:
        """Runs a statement and returns how many rows it touched."""
        return self._begun().execute(statement, params or None).rowcount

    def one(self, statement: Statement, *params: Any) -> Row:
        """The only row of a statement."""
        rows = self.all(statement, *params)
        assert len(rows) == 1, f"{len(rows)} rows"
        return rows[0]

    def value(self, statement: Statement, *params: Any) -> Any:
        """The only value of the only row."""
        (value,) = self.one(statement, *params).values()
        return value

    def rpc(self, name: str, **arguments: Any) -> list[Row]:
        """Calls a function of schema public with named arguments, as PostgREST does.

        A function that returns jsonb gives one row with one column of the function's name. The
        answer is validated as JSON, in which Postgres writes it beside the columns.
        """
        named = sql.SQL(", ").join(
            sql.SQL("{} => {}").format(sql.Identifier(key), sql.Placeholder(key))
            for key in arguments
        )
        checked = is_checked(name)
        call = sql.SQL("select *{} from public.{}({})").format(
            sql.SQL(", coalesce(to_jsonb({})::text, 'null') as {}").format(
                sql.Identifier(name), sql.Identifier(AS_JSON)
            )
            if checked
            else sql.SQL(""),
            sql.Identifier(name),
            named,
        )
        rows = self._begun().execute(call, arguments).fetchall()
        if checked:
            check_result(name, [row.pop(AS_JSON) for row in rows])
        return rows

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undoes what happens inside, and keeps the transaction usable after an error."""
        with self._begun().transaction(force_rollback=True):
            yield

    @contextmanager
    def refused(self, state: int | str, code: str | None = None) -> Iterator[None]:
        """Expects the statement inside to fail with this state and, if given, this code.

        The state is the HTTP status of a refusal or the SQLSTATE of any other error. "42501" alone
        means that the caller may not: by grant, by policy, or by a function that says so.
        """
        try:
            with self._begun().transaction():
                yield
        except psycopg.Error as error:
            found = told(error)
            forbidden = state == "42501" and code is None and found.state in (401, 403)
            assert found.state == state or forbidden, f"{found.state}: {error}"
            assert code in (None, found.code)
            check_details(found.code, found.details)
        else:
            raise AssertionError(f"nothing was refused; expected {state} {code or ''}")

    def rollback(self) -> None:
        """Undoes the transaction; the session speaks as `postgres` again."""
        self.connection.rollback()

    def commit(self) -> None:
        """Keeps the transaction; the session speaks as `postgres` again."""
        self.connection.commit()

    def forget(self) -> bool:
        """Undoes the transaction and what a session keeps beyond it; False when it has ended."""
        if self.connection.closed:
            return False
        try:
            self.connection.rollback()
            self.connection.autocommit = True
            self.connection.execute("discard all")
            self.connection.autocommit = False
        except psycopg.OperationalError:
            return False
        return True

    def close(self) -> None:
        """Ends the session, undoing what was not committed."""
        self.connection.close()
