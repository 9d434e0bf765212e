"""A database of the system's Postgres beside the one under test, for what only Debian packages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.cluster import system_binaries, system_cluster
from tests.support.database import Database


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> Iterator[Database]:
    """The system's Postgres, migrated and seeded, whatever `--database` says; skips without one."""
    if request.config.getoption("--database") == "system":
        yield request.getfixturevalue("database")
    elif system_binaries() is None:
        pytest.skip("no system Postgres is installed")
    else:
        with system_cluster() as database:
            yield database
