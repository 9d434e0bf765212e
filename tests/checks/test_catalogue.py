"""The catalogue checks find nothing in the schema, and each finds a breach of its rule."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pglast import ast

from tests.checks.breaches import BREACHES, NEAR_MISSES
from tests.support.cluster import ROOT
from tests.support.database import Database, Session
from tests.tools.checks import COLUMNS, check_files, check_name, exceptions, findings
from tests.tools.syntax import statements

FILES = {check_name(file): file for file in check_files()}


def keys(db: Session, check: str) -> set[str]:
    """The cache keys of a check's current findings."""
    return {row["cache_key"] for row in findings(db, FILES[check])}


@pytest.mark.parametrize("check", FILES)
def test_schema_has_no_finding(db: Session, check: str) -> None:
    """The migrated database follows the rule, apart from exceptions.toml."""
    excused = exceptions()
    rows = [row for row in findings(db, FILES[check]) if row["cache_key"] not in excused]
    assert not rows, "\n".join(row["detail"] for row in rows)


def test_later_months_make_no_finding(db: Session) -> None:
    """Partitions that are created later follow every rule, as the current ones do."""
    before = {check: keys(db, check) for check in FILES}
    assert db.value("select private.maintain_event_partitions(40, 25)")["made"]
    assert {check: keys(db, check) for check in FILES} == before


def test_exceptions_are_in_use(db: Session) -> None:
    """Each entry of exceptions.toml has a reason and matches a finding."""
    found = {row["cache_key"] for file in FILES.values() for row in findings(db, file)}
    for cache_key, reason in exceptions().items():
        assert reason.endswith("."), cache_key
        assert cache_key in found, cache_key


@pytest.mark.parametrize(
    ("check", "statement", "expected"),
    [
        pytest.param(check, statement, f"{check}_{key}", id=f"{check}-{number}")
        for check, cases in BREACHES.items()
        for number, (statement, key) in enumerate(cases, 1)
    ],
)
@pytest.mark.once
def test_breach_is_found(db: Session, check: str, statement: str, expected: str) -> None:
    """Breaking the rule adds the finding, with the columns that all checks share."""
    assert expected not in keys(db, check)
    db.run(statement)
    rows = findings(db, FILES[check])
    assert expected in {row["cache_key"] for row in rows}, rows
    for row in rows:
        assert list(row) == COLUMNS
        assert row["name"] == check
        assert row["level"] in {"error", "warn"}
        assert row["detail"]
    assert len({row["cache_key"] for row in rows}) == len(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "statement"),
    [
        pytest.param(check, statement, id=f"{check}-{number}")
        for check, statements in NEAR_MISSES.items()
        for number, statement in enumerate(statements, 1)
    ],
)
@pytest.mark.once
def test_near_miss_is_not_found(db: Session, check: str, statement: str) -> None:
    """A statement that follows the rule in another form adds no finding."""
    before = keys(db, check)
    db.run(statement)
    assert keys(db, check) == before


def test_every_check_has_a_breach() -> None:
    """Every check has a breach, so every check can fail."""
    assert set(BREACHES) == set(FILES)
    assert set(NEAR_MISSES) <= set(FILES)


@pytest.mark.parametrize("file", FILES.values(), ids=FILES)
def test_check_explains_itself(file: Path) -> None:
    """Each file is one select under a comment with what, why and how to resolve."""
    text = file.read_text()
    for part in ("-- What: ", "-- Why: ", "-- Resolve: "):
        assert part in text
    (statement,) = statements(text)
    assert isinstance(statement, ast.SelectStmt)
    assert text.endswith("order by cache_key;\n")


def test_command_line(database: Database) -> None:
    """`python -m tests.tools.checks URL` runs every check on a database and counts findings."""
    command = [sys.executable, "-m", "tests.tools.checks", database.url]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    lines = run.stdout.splitlines()
    assert lines[-1] == f"{len(lines) - 1} findings, {len(exceptions())} excepted", run.stderr
    assert run.returncode == (1 if len(lines) > 1 else 0)
