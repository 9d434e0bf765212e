"""The generated school: its size, repeatability and consistency."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from tests.bench.school import generate
from tests.support.database import Database, Row, Session

pytestmark = [pytest.mark.once, pytest.mark.slow]

SETTINGS = {"scale": "0.005", "anchor": "2026-06-01"}
LEARNERS, COURSES, LESSONS, ENROLLMENTS = 50, 8, 160, 250

# Each table, with the columns that the generator does not set.
TABLES = [
    ("auth.users", ""),
    ("public.profiles", ""),
    ("public.courses", ""),
    ("public.course_staff", ""),
    ("public.modules", ""),
    ("public.lessons", ""),
    ("public.lesson_contents", ""),
    ("public.lesson_prerequisites", ""),
    ("public.quizzes", ""),
    ("public.questions", ""),
    ("public.labs", ""),
    ("public.lab_submissions", ""),
    ("public.entitlements", ""),
    ("public.enrollments", ""),
    ("private.open_lessons", ""),
    ("public.lesson_progress", ""),
    ("public.certificates", "status_index"),
    ("public.learning_events", ""),
    ("private.learner_days", ""),
]


@pytest.fixture(scope="module", autouse=True)
def _no_autovacuum(database: Database) -> Iterator[None]:
    """As in the benchmark: autovacuum and a load may deadlock."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute("alter system set autovacuum = off")
        connection.execute("select pg_reload_conf()")
        yield
        connection.execute("alter system reset autovacuum")
        connection.execute("select pg_reload_conf()")


@pytest.fixture
def superuser(database: Database) -> Iterator[Session]:
    """A session of the superuser whose work is rolled back."""
    session = Session(psycopg.connect(database.superuser_url, row_factory=dict_row))
    yield session
    session.rollback()
    session.close()


def prints(session: Session) -> Row:
    """A fingerprint of each table."""
    return {
        table: session.value(
            sql.SQL(
                "select md5(string_agg(r, '' order by r)) "
                "from (select (to_jsonb(t) - {})::text as r from {} as t) as t"
            ).format(sql.Literal(left_out), sql.SQL(table))
        )
        for table, left_out in TABLES
    }


def test_the_school_has_the_size_that_was_asked_for(superuser: Session) -> None:
    """A small school has the rows of its scale, and no drift."""
    before = superuser.value("select count(*) from public.courses")
    generate(superuser.connection, **SETTINGS)
    found = superuser.one(
        """
        with course as (select * from public.courses where slug ~ '^course-1-[0-9]{1,2}$')

        select
          (select count(*) from course) as courses,
          (select count(*) from public.courses) as all_courses,
          (select count(*) from public.profiles where email like 'learner-1-%') as learners,
          (select count(*) from public.lessons where course_id in (select id from course))
          as lessons,
          (select count(*) from public.enrollments where course_id in (select id from course))
          as enrollments,
          (
            select count(*) from public.enrollments as e
            inner join course as c on c.id = e.course_id and c.slug = 'course-1-1'
          ) as largest,
          (
            select count(*) from public.lesson_progress
            where status = 'completed' and course_id in (select id from course)
          ) as completions,
          (
            select array_agg(distinct e.status::text order by e.status::text)
            from public.enrollments as e inner join course as c on c.id = e.course_id
          ) as states,
          (
            select count(*) from public.lesson_passages where course_id in (select id from course)
          ) as passages
        """
    )
    assert found["all_courses"] == before + COURSES
    assert (found["courses"], found["lessons"]) == (COURSES, LESSONS)
    assert (found["learners"], found["enrollments"]) == (LEARNERS, ENROLLMENTS)
    assert found["largest"] == LEARNERS
    assert 7 * ENROLLMENTS < found["completions"] < 13 * ENROLLMENTS
    assert {"active", "completed", "waitlisted", "withdrawn"} <= set(found["states"])
    assert found["passages"] > LESSONS
    for audit in (
        "progress_audit",
        "access_audit",
        "analytics_audit",
        "risk_audit",
        "place_audit",
        "search_audit",
    ):
        drift = superuser.all(
            sql.SQL("select * from private.{}() limit 3").format(sql.Identifier(audit))
        )
        assert drift == [], audit


def test_the_same_settings_make_the_same_school(superuser: Session) -> None:
    """Two loads of one seed are equal row by row; another seed adds other rows."""
    settings = {**SETTINGS, "learners": "20", "courses": "2"}
    superuser.hold_sums()
    with superuser.savepoint():
        generate(superuser.connection, **settings)
        first = prints(superuser)
    generate(superuser.connection, **settings)
    assert prints(superuser) == first
    generate(superuser.connection, **settings, seed="2")
    slugs = superuser.value(
        "select array_agg(slug order by slug) from public.courses where slug like 'course-%-_'"
    )
    assert slugs == ["course-1-1", "course-1-2", "course-2-1", "course-2-2"]
    assert superuser.all("select * from private.progress_audit()") == []
