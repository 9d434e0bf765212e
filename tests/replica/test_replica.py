"""A replica answers reads as the primary does, and refuses writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.replica.support import Pair
from tests.rpc.exam import make_exam
from tests.support.database import Session

pytestmark = [pytest.mark.once, pytest.mark.slow]

COURSE = "c1000000-0000-4000-8000-000000000000"
LESSON = "c1000000-0000-4000-8000-000000000103"
QUIZ, LAB = "c1000000-0000-4000-8000-000000000303", "c1000000-0000-4000-8000-000000000203"
ADMIN = "a0000000-0000-4000-8000-000000000001"
OWNER = "a0000000-0000-4000-8000-000000000011"
LEARNER = "a0000000-0000-4000-8000-000000000021"

# The caller and arguments of each function. `{…}` is filled in from the fixture.
READS: dict[str, tuple[str | None, dict[str, str]]] = {
    "at_risk_learners": (OWNER, {"course_id": COURSE}),
    "course_activity": (OWNER, {"course_id": COURSE}),
    "course_funnel": (OWNER, {"course_id": COURSE}),
    "course_learners": (OWNER, {"course_id": COURSE}),
    "course_outline": (LEARNER, {"slug": "databases-inside"}),
    "course_overview": (OWNER, {"course_id": COURSE}),
    "course_problems": (OWNER, {"course_id": COURSE}),
    "course_team": (OWNER, {"course_id": COURSE}),
    "export_course": (OWNER, {"course_id": COURSE}),
    "my_invitations": (LEARNER, {}),
    "people": (ADMIN, {}),
    "platform_settings": (ADMIN, {}),
    "explain_access": (LEARNER, {"lesson_id": LESSON}),
    "grade_history": (OWNER, {"course_id": COURSE, "user_id": LEARNER}),
    "instructor_dashboard": (OWNER, {}),
    "lab_queue": (OWNER, {"course_id": COURSE}),
    "learners_to_complete": (OWNER, {"course_id": COURSE}),
    "rubric": (OWNER, {"lesson_id": LAB}),
    "lesson_access": (LEARNER, {"course_id": COURSE}),
    "lesson_page": (LEARNER, {"lesson_id": LESSON}),
    "course_codes": (OWNER, {"course_id": COURSE}),
    "my_learning": (LEARNER, {}),
    "passages_to_embed": ("service_role", {"model": "words-3", "page_size": "5"}),
    "budgets": (ADMIN, {}),
    "unused_objects": ("service_role", {}),
    "platform_overview": (ADMIN, {}),
    "lesson_history": (OWNER, {"lesson_id": LESSON}),
    "seen_versions": (OWNER, {"course_id": COURSE, "user_id": LEARNER}),
    "question_history": (OWNER, {"question_id": "f1000000-0000-4000-8000-000000000303"}),
    "question_keys": (OWNER, {"lesson_id": QUIZ}),
    "quiz_overrides": (OWNER, {"lesson_id": QUIZ}),
    "question_stats": (OWNER, {"lesson_id": QUIZ}),
    "revoked_certificates": (None, {"list": "0"}),
    "search": (LEARNER, {"query": "index"}),
    "search_facets": (LEARNER, {"query": "index"}),
    "search_passages": (LEARNER, {"course_id": COURSE, "query": "leaf of a B-tree"}),
    "suggest": (None, {"prefix": "data"}),
    "tutor_guard_material": ("service_role", {"turn_id": "{turn}"}),
    "tutor_guidance": (OWNER, {"lesson_id": LESSON}),
    "tutor_history": (LEARNER, {"conversation_id": "{talk}"}),
    "tutor_usage": (OWNER, {"course_id": COURSE}),
    "verify_certificate": (None, {"code": "{certificate}"}),
}
# Functions that return nothing for the demo course.
EMPTY = {
    "my_invitations",
    "unused_objects",
    "revoked_certificates",
    *("course_problems", "at_risk_learners", "grade_history", "lab_queue", "learners_to_complete"),
    "quiz_overrides",
    "tutor_usage",
}

# Volatile functions that are also read. The first two submit an attempt whose time is up, which a
# GET cannot do; the third looks for rows that were committed after its statement began.
LOOKS = {
    "gradebook": ({"course_id": "{exam_course}"}, "expired"),
    "review_attempt": ({"attempt_id": "{attempt}"}, "expired"),
    "tutor_quota": ({"course_id": "{exam_course}"}, "open"),
}

TABLES = """
select c.relname, coalesce(string_agg(a.attname, ',' order by a.attnum)
  filter (where has_column_privilege('authenticated', c.oid, a.attnum, 'select')), '') as columns
from pg_class as c inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
  and not c.relispartition and not a.attisdropped
group by c.relname order by c.relname
"""


@pytest.fixture(scope="module")
def made(pair: Pair) -> dict[str, str]:
    """A certificate, a running turn of the tutor, a code and an open attempt, on the primary."""
    pair.primary.act(user_id=OWNER).rpc("create_course_code", course_id=UUID(COURSE))
    pair.primary.act(user_id=OWNER).rpc(
        "save_tutor_guidance", lesson_id=UUID(LESSON), notes="Compare with an index of words."
    )
    pair.commit()
    given = {
        "conversation_id": str(uuid4()),
        "course_id": COURSE,
        "question": "What does a leaf of a B-tree know?",
        "mode": "auto",
        "turn_key": str(uuid4()),
    }
    turn = pair.ask(
        "gateway", "rpc/begin_tutor_turn", LEARNER, method="POST", body=given
    ).raise_for_status()
    owner = pair.school.user("instructor")
    course_id = pair.school.course(owner=owner)
    lesson_id = pair.school.lesson(pair.school.module(course_id))
    graduate = pair.school.user()
    pair.primary.act(user_id=graduate).rpc("enroll", course_id=course_id)
    pair.primary.rpc("complete_lesson", lesson_id=lesson_id)
    exam = make_exam(pair.school)
    exam.question()
    attempt = exam.start()
    exam.root()
    code = pair.primary.value("select code from public.certificates where user_id = %s", graduate)
    pair.commit()
    pair.catch_up()
    return {
        "turn": turn.json()["turn_id"],
        "talk": given["conversation_id"],
        "certificate": str(code),
        "attempt": str(attempt["id"]),
        "exam_course": str(exam.course_id),
        "examinee": str(exam.learner),
    }


@contextmanager
def stopped(pair: Pair) -> Iterator[None]:
    """Pause the replay on the replica."""
    assert pair.stack.replica is not None
    root = psycopg.connect(pair.stack.replica.database.superuser_url, autocommit=True)
    root.execute("select pg_wal_replay_pause()")
    while root.execute("select pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
        pass
    try:
        yield
    finally:
        root.execute("select pg_wal_replay_resume()")
        root.close()


def test_it_follows(pair: Pair) -> None:
    """The primary streams to the replica, and the replica is in recovery."""
    assert pair.primary.value("select pg_is_in_recovery()") is False
    assert pair.primary.value("select state from pg_stat_replication") == "streaming"
    pair.primary.rollback()
    assert pair.replica.value("select pg_is_in_recovery()") is True


def test_every_reading_function_is_asked(pair: Pair) -> None:
    """Every read-only function is listed above."""
    assert set(READS) == pair.functions("s", "i")
    assert set(LOOKS) <= pair.functions("v")


@pytest.mark.parametrize("name", READS)
def test_a_function_answers_the_same(pair: Pair, made: dict[str, str], name: str) -> None:
    """Both answer byte for byte the same; since a replica cannot write, the function does not."""
    actor, given = READS[name]
    parameters = {key: value.format(**made) for key, value in given.items()}
    first = pair.ask("primary", f"rpc/{name}", actor, **parameters)
    second = pair.ask("replica", f"rpc/{name}", actor, **parameters)
    status = 200
    assert (first.status_code, second.status_code) == (status, status), first.text + second.text
    assert second.content == first.content
    assert (first.json() in ([], {})) == (name in EMPTY)


def test_every_table_answers_the_same(pair: Pair, made: dict[str, str]) -> None:
    """Both give a visitor, a learner, an owner, an admin and service_role the same answer."""
    tables = pair.primary.all(TABLES)
    pair.primary.rollback()
    assert len(tables) >= 20
    read = set()
    for table in tables:
        for actor in (None, LEARNER, OWNER, ADMIN, "service_role"):
            first, second = (
                pair.ask(where, table["relname"], actor, select=table["columns"] or "*")
                for where in ("primary", "replica")
            )
            assert first.status_code == second.status_code
            assert first.content == second.content
            if first.status_code == 200 and first.json():
                read.add(table["relname"])
    assert len(read) >= 18, sorted({table["relname"] for table in tables} - read)


def test_the_gateway_reads_there_and_writes_here(pair: Pair) -> None:
    """GET and HEAD go to the replica, other methods to the primary, whose writers read their
    writes.
    """
    learner = pair.school.user()
    pair.commit()
    pair.catch_up()
    mine = {"course_id": f"eq.{COURSE}", "user_id": f"eq.{learner}", "select": "status"}
    with stopped(pair):
        wrote = pair.ask(
            "gateway", "rpc/enroll", learner, method="POST", body={"course_id": COURSE}
        )
        assert (wrote.status_code, wrote.json()["status"]) == (201, "active")
        assert pair.ask("gateway", "enrollments", learner, **mine).json() == []
        assert pair.ask("gateway", "enrollments", learner, method="HEAD", **mine).is_success
        assert pair.ask("primary", "enrollments", learner, **mine).json() == [{"status": "active"}]
        # A function that is called with POST reads the primary.
        learning = pair.ask("gateway", "rpc/my_learning", learner, method="POST", body={})
        assert [row["course_id"] for row in learning.json()] == [COURSE]
    pair.catch_up()
    assert pair.ask("gateway", "enrollments", learner, **mine).json() == [{"status": "active"}]


@pytest.mark.parametrize(
    ("name", "actor", "parameters"),
    [
        ("enroll", ADMIN, {"course_id": COURSE}),
        ("complete_lesson", LEARNER, {"lesson_id": LESSON}),
        ("start_attempt", LEARNER, {"lesson_id": QUIZ}),
        ("withdraw", LEARNER, {"course_id": COURSE}),
        ("set_user_role", ADMIN, {"user_id": LEARNER, "role": "instructor"}),
    ],
)
def test_no_write_by_get(pair: Pair, name: str, actor: str, parameters: dict[str, str]) -> None:
    """Both answer 405 with 25006."""
    for where in ("gateway", "primary"):
        refused = pair.ask(where, f"rpc/{name}", actor, **parameters)
        assert (refused.status_code, refused.json()["code"]) == (405, "25006"), refused.text


def test_no_write_on_the_replica(pair: Pair) -> None:
    """Both its REST server and the owner of the database are refused."""
    refused = pair.ask("replica", "rpc/enroll", ADMIN, method="POST", body={"course_id": COURSE})
    assert refused.status_code >= 400
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        pair.replica.run("update public.courses set title = title")


@pytest.mark.parametrize("name", LOOKS)
def test_a_volatile_look(pair: Pair, made: dict[str, str], name: str) -> None:
    """GET shows an overdue attempt as it is stored; POST may submit it."""
    given, handed_in = LOOKS[name]
    parameters = {key: value.format(**made) for key, value in given.items()}
    learner, attempt = made["examinee"], {"id": f"eq.{made['attempt']}", "select": "status"}
    pair.primary.act("postgres").run(
        "update public.quiz_attempts set status = 'open', submitted_at = null, score = null, "
        "is_passed = null, deadline = now() - interval '1 hour' where id = %s",
        made["attempt"],
    )
    pair.commit()
    pair.catch_up()
    for method, state in (("GET", "open"), ("POST", handed_in), ("GET", handed_in)):
        if method == "POST":
            seen = pair.ask("gateway", f"rpc/{name}", learner, method="POST", body=parameters)
        else:
            seen = pair.ask("gateway", f"rpc/{name}", learner, **parameters)
        assert seen.status_code == 200, seen.text
        pair.catch_up()
        (row,) = pair.ask("gateway", "quiz_attempts", learner, **attempt).json()
        assert row["status"] == state


def measure(pair: Pair, writer: Session, times: int) -> list[float]:
    """Milliseconds from the end of a commit until the replica shows it."""
    lags = []
    for number in range(times):
        writer.run("update public.profiles set name = %s where id = %s", f"Name {number}", LEARNER)
        writer.commit()
        lags.append(1000 * pair.catch_up())
    return sorted(lags)


def test_lag(pair: Pair) -> None:
    """On one machine the replica lags by milliseconds; `pytest -s` prints how many."""
    lags = measure(pair, pair.primary, 100)
    print(f"\nlag p50 {median(lags):.1f} ms, p95 {lags[94]:.1f} ms, max {lags[-1]:.1f} ms")
    assert median(lags) < 250
