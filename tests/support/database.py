"""Connections that act as one of the actors of the platform."""

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

# The column that has the whole answer as JSON.
AS_JSON = "answer as json"
Row = dict[str, Any]
Statement = str | sql.SQL | sql.Composed


@dataclass(frozen=True)
class Database:
    """The addresses of the database under test, as `postgres` and as the superuser of the cluster.

    With a `pooled_url`, sessions go through a pooler in transaction mode: a session uses a
    connection of the database for one transaction, and may get another for the next.
    """

    url: str
    superuser_url: str
    pooled_url: str | None = None

    def connect(self, *, autocommit: bool = False, opening: LiteralString = "") -> Session:
        """A session as role `postgres`; the caller closes it. `opening` runs first in each
        transaction.
        """
        connection = psycopg.connect(
            self.pooled_url or self.url,
            autocommit=autocommit,
            row_factory=dict_row,
            # The pooler does not know on which connection a statement was prepared.
            prepare_threshold=None if self.pooled_url else 5,
        )
        return Session(connection, opening)


@dataclass(frozen=True)
class Told:
    """The part of a database error that a client sees.

    For a refusal: the HTTP status, the code of the catalogue, the sentence and the decoded details.
    For any other error: the SQLSTATE, and its message as the code.
    """

    state: int | str
    code: str
    message: str = ""
    details: Any = None


def told(error: psycopg.Error) -> Told:
    """Decode a database error as PostgREST does."""
    primary = error.diag.message_primary or ""
    if error.sqlstate != "PGRST":
        return Told(error.sqlstate or "", primary)
    body = json.loads(primary)
    # PostgREST fails on an error without these fields, or with a field of another type.
    assert isinstance(body["code"], str) and isinstance(body["message"], str), primary
    assert isinstance(body["details"], str | None) and isinstance(body["hint"], str), primary
    status = json.loads(error.diag.message_detail or "")["status"]
    details = json.loads(body["details"]) if body["details"] else None
    return Told(status, body["code"], body["message"], details)


class Session:
    """One connection; `act` changes the caller for the rest of the transaction."""

    def __init__(self, connection: psycopg.Connection[Row], opening: LiteralString = "") -> None:
        self.connection = connection
        self.opening = opening

    def _begun(self) -> psycopg.Connection[Row]:
        """The connection, in a transaction in which `opening` has run."""
        idle = self.connection.info.transaction_status == TransactionStatus.IDLE
        if self.opening and idle:
            self.connection.execute(self.opening)
        return self.connection

    def backend(self) -> int:
        """The process id of the backend that runs this transaction."""
        return int(self.value("select pg_backend_pid()"))

    def act(self, role: str = "authenticated", user_id: UUID | str | None = None) -> Session:
        """Set the role and claims as PostgREST does for a token; `postgres` is the owner."""
        claims: Row = {"role": role}
        if user_id is not None:
            claims["sub"] = str(user_id)
        self._begun().execute(
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
            ["none", ""] if role == "postgres" else [role, json.dumps(claims)],
        )
        return self

    def all(self, statement: Statement, *params: Any) -> list[Row]:
        """The rows of a statement; empty when it returns none."""
        cursor = self._begun().execute(statement, params or None)
        return cursor.fetchall() if cursor.description else []

    def run(self, statement: Statement, *params: Any) -> int:
        """Run a statement and return the number of affected rows."""
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
        """Call a function of schema public with named arguments, as PostgREST does.

        A function that returns jsonb gives one row with one column of the function's name. Postgres
        also returns the answer as JSON beside the columns, and that JSON is validated.
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

    def hold_sums(self) -> Session:
        """Let nobody else fold until the transaction ends; acts as `postgres`.

        The service of the same stack folds every two seconds what other tests have committed. A
        test that compares whole tables of sums or events would see that as a change.
        """
        self.act("postgres").run("select private.lock_sums()")
        return self

    def fold(self) -> Session:
        """Add the waiting facts to sums and events, as the service does; acts as `postgres`."""
        self.hold_sums().run("select private.fold_facts()")
        return self

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Roll back the block, so that the transaction stays usable after an error."""
        with self._begun().transaction(force_rollback=True):
            yield

    @contextmanager
    def refused(self, state: int | str, code: str | None = None) -> Iterator[None]:
        """Assert that the statement inside fails with this state and, if given, this code.

        The state is the HTTP status of a refusal or the SQLSTATE of any other error. "42501" alone
        means that a grant, a policy or a function denies access.
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
        """Roll back the transaction; the session acts as `postgres` again."""
        self.connection.rollback()

    def commit(self) -> None:
        """Commit the transaction; the session acts as `postgres` again."""
        self.connection.commit()

    def forget(self) -> bool:
        """Roll back and discard all session state; False when the connection is closed."""
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
        """Close the session; uncommitted work is rolled back."""
        self.connection.close()
