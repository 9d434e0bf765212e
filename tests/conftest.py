"""Fixtures of the suite.

`--database system` tests the database on the system's Postgres, `--pooled` through a pooler.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import system_cluster
from tests.support.contract import checked_responses
from tests.support.database import Database, Session
from tests.support.school import School
from tests.support.stack import Stack, ephemeral_stack
from tests.support.stripe import fake_stripe

# The slowest files, slowest first: a slow file that starts last runs alone at the end.
LONGEST = (
    *("tutor/test_eval.py", "rpc/test_search.py", "tutor/test_stream.py", "rpc/test_rollups.py"),
    *("policies/test_answer_keys.py", "e2e/test_answer_keys.py", "rpc/test_passages.py"),
    *("api/test_certificates.py", "rpc/test_stateful.py", "api/test_process.py"),
    *("rpc/test_registry.py", "rpc/test_analytics.py", "policies/test_mutation.py"),
    *("rpc/test_attempt_races.py", "rpc/test_search_races.py", "tutor/test_leaks.py"),
    *("rpc/test_tutor_races.py", "rpc/test_search_access.py", "rpc/test_concurrency.py"),
    *("policies/test_attack_writes.py", "policies/test_matrix.py", "e2e/test_report.py"),
    *("rpc/test_embeddings.py", "rpc/test_recount.py", "rpc/test_attempt_walk.py"),
    *("checks/test_plans.py", "rpc/test_grading.py", "checks/test_snapshot.py"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the slowest files; the order of tests within a file does not change."""
    ranks = {Path(__file__).parent / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["stack", "system"],
        default="stack",
        help="database under test: the local stack's Postgres 17, or the system's Postgres",
    )
    parser.addoption(
        "--pooled",
        action="store_true",
        help="PostgREST and the tests reach the local stack's Postgres through PgBouncer",
    )


@pytest.fixture(scope="session", autouse=True)
def checked() -> Iterator[None]:
    """Validate every answer that an HTTP client of the tests receives from PostgREST."""
    with checked_responses():
        yield


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """The whole local stack with a fake of Stripe, started once a run."""
    options = ["--pooled"] if request.config.getoption("--pooled") else []
    with fake_stripe() as stripe, ephemeral_stack(*options, *stripe.settings()) as running:
        stripe.service_url = running.service_url
        yield running


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database under test, migrated from zero and seeded once a run."""
    if request.config.getoption("--database") == "system":
        with system_cluster() as cluster:
            yield cluster
    else:
        stack: Stack = request.getfixturevalue("stack")
        yield stack.database


@pytest.fixture(scope="session")
def idle_sessions(database: Database) -> Iterator[list[Session]]:
    """The session that the last test with `db` used; its caches are warm."""
    sessions: list[Session] = []
    yield sessions
    for session in sessions:
        session.close()


@pytest.fixture
def db(database: Database, idle_sessions: list[Session]) -> Iterator[Session]:
    """A session whose transaction is rolled back at the end of the test."""
    session = idle_sessions.pop() if idle_sessions else database.connect()
    yield session
    if database.pooled_url or not session.forget():
        session.close()
    else:
        idle_sessions.append(session)


@pytest.fixture
def school(db: Session) -> School:
    """A builder of accounts and courses in the transaction of the test."""
    return School(db)
