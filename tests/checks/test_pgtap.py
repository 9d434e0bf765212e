"""The pgTAP suite in supabase/tests/database passes on the system's Postgres."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest
from pglast import split

from tests.support.cluster import ROOT
from tests.support.database import Database

FILES = sorted((ROOT / "supabase" / "tests" / "database").glob("*.test.sql"))


def run_file(database: Database, file: Path) -> list[str]:
    """The TAP lines that a file prints."""
    lines: list[str] = []
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for statement in split(file.read_text()):
            cursor = connection.execute(statement.encode())
            if statement.startswith("create extension"):
                # Created by the superuser, as on the platform; tested as the owner of the project.
                connection.execute("set local session authorization postgres")
                connection.execute("set local search_path to public, extensions")
            if cursor.description:
                lines += [str(row[0]) for row in cursor.fetchall()]
    return lines


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_suite_passes(system: Database, file: Path) -> None:
    """Every assertion of the file passes, and their number equals its plan."""
    lines = "\n".join(run_file(system, file)).splitlines()
    planned = next(int(line[3:]) for line in lines if line.startswith("1.."))
    assert not [line for line in lines if line.startswith(("not ok", "#"))], "\n".join(lines)
    assert len([line for line in lines if re.match(r"ok \d+", line)]) == planned


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_suite_leaves_nothing(file: Path) -> None:
    """A file is one transaction that is rolled back."""
    statements = split(file.read_text())
    assert (statements[0], statements[-1]) == ("begin", "rollback")


def test_e9_extensions_of_the_machine_are_those_of_the_system_alone(
    request: pytest.FixtureRequest, database: Database
) -> None:
    """`make test` has neither, whatever packages Debian has; `test-system` has both."""
    session = database.connect()
    found = session.all(
        "select name from pg_available_extensions where name in ('pgtap', 'plpgsql_check')"
    )
    session.close()
    is_system = request.config.getoption("--database") == "system"
    assert len(found) == (2 if is_system else 0)
