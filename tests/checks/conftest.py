"""The system's Postgres, for the extensions that only Debian packages."""

from __future__ import annotations

import pytest

from tests.support.database import Database


@pytest.fixture(scope="session")
def system(request: pytest.FixtureRequest) -> Database:
    """The database under test where it is the system's; without other extensions, which do not
    matter.
    """
    if request.config.getoption("--database") != "system":
        pytest.skip("runs with --database system, as `make test-all` does")
    database: Database = request.getfixturevalue("database")
    return database
