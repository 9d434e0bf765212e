"""A pooler in transaction mode between all clients and Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import httpx
import psycopg
import pytest

from tests.support.database import Session
from tests.support.stack import Stack, ephemeral_stack
from tests.support.tutor import access_token

pytestmark = pytest.mark.once

# The number of connections that the pooler opens for a role.
SERVERS = 15
LEARNER = "a0000000-0000-4000-8000-000000000021"
OWNER = "a0000000-0000-4000-8000-000000000011"


@pytest.fixture(scope="module")
def pooled(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The stack of the run when it is pooled, else a separate one."""
    if request.config.getoption("--pooled"):
        yield request.getfixturevalue("stack")
    else:
        with ephemeral_stack("--pooled", "--no-service") as stack:
            yield stack


def backends(stack: Stack, role: str) -> int:
    """The number of connections of a role to the database."""
    with psycopg.connect(stack.database.superuser_url) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where usename = %s", [role]
        ).fetchone()
    return int(row[0]) if row else 0


def test_more_sessions_than_connections(pooled: Stack) -> None:
    """Sixty sessions that take turns need no more than fifteen connections."""
    sessions = [pooled.database.connect() for _ in range(60)]

    def work(session: Session) -> int:
        found = session.value("select count(*) from public.courses, pg_sleep(0.01)")
        session.commit()
        return int(found)

    with ThreadPoolExecutor(30) as threads:
        answers = list(threads.map(work, sessions * 3))
    assert min(answers) >= 2
    assert 2 <= backends(pooled, "postgres") <= SERVERS
    for session in sessions:
        session.close()


def test_nothing_is_left_to_the_next(pooled: Stack) -> None:
    """The caller of a transaction is reset at its end, also on the same connection."""
    first, second = pooled.database.connect(), pooled.database.connect()
    first.act(user_id=LEARNER)
    assert str(first.value("select auth.uid()")) == LEARNER
    first.act("postgres")
    backend = first.backend()
    first.commit()
    assert second.backend() == backend
    assert second.value("select auth.uid()") is None
    assert second.value("select current_user::text") == "postgres"
    first.close()
    second.close()


def test_each_request_has_its_own_caller(pooled: Stack) -> None:
    """Concurrent callers over few connections: each sees their own row and no other."""
    assert pooled.postgrest_url is not None
    callers = [LEARNER, OWNER, None] * 40
    tokens = {user: access_token(pooled, user) for user in (LEARNER, OWNER)}
    headers = {"apikey": pooled.publishable_key}

    with httpx.Client(base_url=f"{pooled.supabase_url}/rest/v1", headers=headers) as http:

        def ask(user: str | None) -> list[UUID]:
            bearer = {"Authorization": f"Bearer {tokens[user]}"} if user else {}
            answer = http.get(f"profiles?select=id&id=eq.{user or LEARNER}", headers=bearer)
            return [row["id"] for row in answer.json()] if answer.is_success else []

        with ThreadPoolExecutor(24) as threads:
            answers = list(threads.map(ask, callers))
    assert answers == [[user] if user else [] for user in callers]
    assert 1 <= backends(pooled, "authenticator") <= SERVERS


def test_statements_prepared_by_a_client_collide(pooled: Stack) -> None:
    """Prepared statements of clients collide, because a pooler shares its connections."""
    assert pooled.database.pooled_url is not None
    with (
        psycopg.connect(pooled.database.pooled_url, prepare_threshold=0) as first,
        psycopg.connect(pooled.database.pooled_url, prepare_threshold=0) as second,
    ):
        first.execute("select 1")
        first.commit()
        with pytest.raises(psycopg.errors.DuplicatePreparedStatement):
            second.execute("select 2")
