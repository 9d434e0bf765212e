"""The statements of docs/operations.md run, and what it says of them is true."""

from __future__ import annotations

import re

import pytest

from tests.support.cluster import ROOT
from tests.support.database import Row, Session
from tests.support.school import School

PAGE = (ROOT / "docs" / "operations.md").read_text()
BLOCKS = re.findall(r"^```sql\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
AUDITS, REBUILDS = (
    next(block for block in BLOCKS if name in block) for name in ("_audit()", "rebuild_")
)


def drift(db: Session) -> list[Row]:
    """What the audits of the page find."""
    return [row for line in AUDITS.splitlines() for row in db.all(line)]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
def test_statements_run(db: Session, block: str) -> None:
    """The operator runs each statement as postgres."""
    for statement in block.strip().removesuffix(";").split(";\n"):
        db.run(statement)


def test_a_load_with_triggers_off(db: Session, school: School) -> None:
    """The audits find the stale data, and the rebuilds leave them empty."""
    course_id = school.course(owner=school.user("instructor"))
    lesson_id = school.lesson(school.module(course_id), title="Warp")
    learner = school.user()
    school.enroll(learner, course_id)
    db.act("postgres")
    tables = ("lessons", "lesson_progress")
    for table in tables:
        db.run(f"alter table public.{table} disable trigger user")
    db.run(
        "insert into public.lesson_progress (user_id, lesson_id, course_id, status, completed_at) "
        "values (%s, %s, %s, 'completed', now())",
        *(learner, lesson_id, course_id),
    )
    db.run("update public.lessons set title = 'Weft' where id = %s", lesson_id)
    for table in tables:
        db.run(f"alter table public.{table} enable trigger user")
    assert len({tuple(row) for row in drift(db)}) >= 2
    for line in REBUILDS.splitlines():
        db.run(line)
    assert drift(db) == []


def test_variables_exist() -> None:
    """Each variable of the environment that the page names is in .env.example."""
    example = (ROOT / ".env.example").read_text()
    names = set(
        re.findall(r"`((?:SUPABASE|TUTOR|CERTIFICATE|CORS|SERVICE)_[A-Z_]+|ENVIRONMENT)`", PAGE)
    )
    assert len(names) >= 10
    assert {name for name in names if f"\n{name}=" not in example} == set()


def test_jobs_and_defaults(db: Session) -> None:
    """The page names the jobs of pg_cron and the limits of a fresh database."""
    [migration] = (ROOT / "supabase" / "migrations").glob("*_maintenance.sql")
    jobs = re.findall(r"\('lyceum_(\w+)', '(\S+) (\S+) \* \* \*'", migration.read_text())
    assert len(jobs) == 4
    for name, minute, hour in jobs:
        assert f"`{name}`" in PAGE
        if hour != "*":
            assert re.search(rf"`{name}` at\s{int(hour):02}:{int(minute):02}", PAGE)
    limits = db.all(
        "select scope, meter, max_amount from private.tutor_limits "
        "where user_id is null and course_id is null"
    )
    text = " ".join(PAGE.split())
    for row in limits:
        amount = row["max_amount"] // (1_000_000 if row["meter"] == "micros" else 1)
        assert re.search(rf"\b{amount:,}\b", text), row


def test_length() -> None:
    """The page stays readable: at most 180 lines."""
    assert len(PAGE.splitlines()) <= 180
