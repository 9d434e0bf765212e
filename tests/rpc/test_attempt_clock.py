"""Deadlines, grace, due dates, and the calls that grade overdue attempts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import answer, call, refuse
from tests.support.database import Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A quiz of one minute with two questions."""
    made = make_exam(school, time_limit_seconds=60)
    for _ in range(2):
        made.question("true_false")
    return made


def ids(exam: Exam) -> list[UUID]:
    """The questions of the quiz, in order."""
    rows = exam.root().all(
        "select id from public.questions where lesson_id = %s order by ord", exam.lesson_id
    )
    return [row["id"] for row in rows]


def half_done(exam: Exam, user_id: UUID | None = None) -> Any:
    """An open attempt with one right answer of two."""
    return exam.save(exam.start(user_id), ids(exam)[0], True, user_id)


def assert_expired(exam: Exam, attempt_id: UUID) -> None:
    """The attempt is expired and graded with the answers saved; the history names no actor."""
    row = exam.attempt(attempt_id)
    assert (row["status"], row["score"], row["is_passed"]) == ("expired", 1, False)
    assert row["submitted_at"] == row["deadline"]
    (line,) = exam.history(attempt_id)
    assert (line["action"], line["new_score"], line["actor_id"]) == ("expired", 1, None)
    assert exam.progress(row["user_id"])["score"] == 50


def test_the_deadline_of_an_attempt(exam: Exam) -> None:
    """The time limit counts from the start, by the clock of the server."""
    attempt = exam.start()
    length = attempt["deadline"] - attempt["started_at"]
    assert abs(length - timedelta(seconds=60)) < timedelta(seconds=1)
    assert abs(attempt["started_at"] - datetime.now(UTC)) < timedelta(seconds=5)
    exam.rules(time_limit_seconds=None)
    assert exam.start(exam.another_learner())["deadline"] is None


def left(exam: Exam) -> tuple[int | None, float]:
    """seconds_left of start_attempt, and the seconds between its now and our clock."""
    row = call(exam.student(), "start_attempt", lesson_id=exam.lesson_id)
    return row["seconds_left"], (datetime.now(UTC) - row["now"]).total_seconds()


def test_the_seconds_left(exam: Exam) -> None:
    """Whole seconds until the deadline by the server's clock; never negative, also in the grace."""
    attempt = exam.start()
    seconds, behind = left(exam)
    assert seconds is not None and 55 <= seconds <= 59
    assert abs(behind) < 5
    for past, expected in ((-30.5, {29, 30}), (-0.5, {0}), (5, {0})):
        exam.turn_clock(attempt["id"], past)
        assert left(exam)[0] in expected
        named = {"attempt_id": attempt["id"], "question_id": ids(exam)[0]}
        row = call(exam.student(), "save_answer", **named, answer=Jsonb(True))
        assert row["seconds_left"] in expected
        assert row["answers"] == {str(ids(exam)[0]): True}
    exam.turn_clock(attempt["id"], -30)
    done = call(exam.student(), "submit_attempt", attempt_id=attempt["id"])
    assert (done["status"], done["seconds_left"]) == ("submitted", 0)
    assert done["now"] >= done["submitted_at"]


@pytest.mark.parametrize("due_at", ["2200-01-01", "9999-12-30"])
def test_the_seconds_left_of_a_far_deadline(exam: Exam, due_at: str) -> None:
    """More seconds than fit in an integer are the largest integer."""
    exam.rules(due_at=due_at, time_limit_seconds=None)
    (seconds,) = exam.student().all(
        "select seconds_left from public.start_attempt(%s)", exam.lesson_id
    )
    assert seconds == {"seconds_left": 2**31 - 1}


def test_no_seconds_left_without_a_deadline(exam: Exam) -> None:
    """seconds_left is null without a time limit and due date, in a closed attempt too."""
    exam.rules(time_limit_seconds=None)
    attempt = exam.start()
    assert left(exam)[0] is None
    done = call(exam.student(), "submit_attempt", attempt_id=attempt["id"])
    assert (done["status"], done["seconds_left"]) == ("submitted", None)


def test_a_late_answer_is_refused(exam: Exam) -> None:
    """attempt_expired, and nothing is saved; the attempt is graded with the answers before."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 11)
    second = ids(exam)[1]
    before = exam.attempt(attempt["id"])
    for value in (True, None):
        refuse(
            exam.student(),
            "save_answer",
            "attempt_expired",
            attempt_id=attempt["id"],
            question_id=second,
            answer=Jsonb(value),
        )
    assert exam.attempt(attempt["id"]) == before
    done = exam.submit(attempt["id"])
    assert (done["status"], done["score"]) == ("expired", 1)
    assert_expired(exam, attempt["id"])
    assert exam.submit(attempt["id"]) == done
    refuse(
        exam.student(),
        "save_answer",
        "attempt_closed",
        attempt_id=attempt["id"],
        question_id=second,
        answer=Jsonb(True),
    )


def test_the_grace(exam: Exam) -> None:
    """Ten seconds after the deadline an answer still counts, and so does the submission."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 7)
    exam.save(attempt, ids(exam)[1], True)
    done = exam.submit(attempt["id"])
    assert (done["status"], done["score"], done["is_passed"]) == ("submitted", 2, True)


def test_a_pass_by_the_clock_completes(exam: Exam) -> None:
    """An expired attempt that reaches the mark completes the course like any other."""
    attempt = half_done(exam)
    exam.save(attempt, ids(exam)[1], True)
    exam.turn_clock(attempt["id"], 3600)
    assert exam.submit(attempt["id"])["is_passed"] is True
    assert exam.enrollment()["status"] == "completed"
    assert len(exam.certificates()) == 1
    assert exam.school.drift() == []


def test_start_grades_the_overdue_attempt(exam: Exam) -> None:
    """The next start expires the old attempt and gives a new one."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 60)
    new = exam.start()
    assert (new["number"], new["status"], new["answers"]) == (2, "open", {})
    assert_expired(exam, attempt["id"])


def test_start_after_the_last_attempt_ran_out(exam: Exam) -> None:
    """When no attempt is left, start returns the expired one, graded."""
    exam.rules(max_attempts=1)
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 60)
    again = exam.start()
    assert (again["id"], again["status"], again["score"]) == (attempt["id"], "expired", 1)
    assert_expired(exam, attempt["id"])
    refuse(exam.student(), "start_attempt", "attempts_exhausted", lesson_id=exam.lesson_id)


def test_start_after_the_quiz_closed_on_an_attempt(exam: Exam) -> None:
    """After the due date, start returns the expired attempt, graded; the next start is refused."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 60)
    exam.rules(due_at="2020-01-01")
    assert exam.start()["status"] == "expired"
    assert_expired(exam, attempt["id"])
    refuse(exam.student(), "start_attempt", "quiz_closed", lesson_id=exam.lesson_id)


@pytest.mark.parametrize("who", ["learner", "owner"])
def test_review_grades_the_overdue_attempt(exam: Exam, who: str) -> None:
    """A review of an overdue attempt grades it first."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 60)
    review = exam.review(attempt["id"], getattr(exam, who))
    assert (review["status"], review["score"], review["is_revealed"]) == ("expired", 1, True)
    assert_expired(exam, attempt["id"])


@pytest.mark.parametrize("who", ["learner", "owner"])
def test_gradebook_grades_overdue_attempts(exam: Exam, who: str) -> None:
    """The gradebook, of staff and of a learner, shows the overdue attempts of the course graded."""
    attempts = [half_done(exam)]
    other = exam.another_learner()
    attempts.append(half_done(exam, other))
    for attempt in attempts:
        exam.turn_clock(attempt["id"], 60)
    session = exam.session.act(user_id=getattr(exam, who))
    rows = session.rpc("gradebook", course_id=exam.course_id)
    assert [row["score"] for row in rows] == [50] * (1 if who == "learner" else 2)
    for attempt in attempts:
        assert_expired(exam, attempt["id"])
    assert exam.school.drift() == []


def test_attempts_in_time_are_left_alone(exam: Exam) -> None:
    """Reading the gradebook closes no attempt before the end of the grace."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 5)
    before = exam.attempt(attempt["id"])
    exam.staff().rpc("gradebook", course_id=exam.course_id)
    exam.review(attempt["id"], exam.owner)
    assert exam.start() == before
    assert exam.attempt(attempt["id"]) == before


@pytest.mark.parametrize("who", ["learner", "owner"])
def test_a_read_only_look_changes_nothing(exam: Exam, who: str) -> None:
    """A GET runs read-only: it returns the stored state and does not fail."""
    attempt = half_done(exam)
    exam.turn_clock(attempt["id"], 60)
    with exam.session.savepoint():
        exam.session.run("set transaction read only")
        session = exam.session.act(user_id=getattr(exam, who))
        assert len(session.rpc("gradebook", course_id=exam.course_id)) == 1
        assert exam.review(attempt["id"], getattr(exam, who))["status"] == "open"
    assert exam.attempt(attempt["id"])["status"] == "open"


def test_the_scheduled_job(exam: Exam, school: School) -> None:
    """private.expire_attempts grades the overdue attempts of one course or of all, once."""
    other = make_exam(school, time_limit_seconds=60)
    other.question("true_false")
    mine, theirs = half_done(exam), other.start()
    exam.turn_clock(mine["id"], 60)
    other.turn_clock(theirs["id"], 60)
    expire = "select private.expire_attempts(%s)"
    assert exam.root().value(expire, exam.course_id) == 1
    assert other.attempt(theirs["id"])["status"] == "open"
    assert exam.root().value(expire, None) == 1
    assert exam.root().value(expire, None) == 0
    assert_expired(exam, mine["id"])
    assert other.attempt(theirs["id"])["status"] == "expired"


# Due dates -------------------------------------------------------------------------------------


def test_the_due_date_closes_the_quiz(exam: Exam) -> None:
    """No attempt starts after it; one that starts before ends with it."""
    soon = datetime.now(UTC) + timedelta(seconds=30)
    exam.rules(due_at=soon)
    attempt = half_done(exam)
    assert attempt["deadline"] == soon
    exam.rules(due_at=datetime.now(UTC) + timedelta(hours=1))
    later = exam.start(exam.another_learner())
    assert later["deadline"] - later["started_at"] < timedelta(seconds=61)
    exam.rules(due_at=datetime.now(UTC) - timedelta(seconds=1))
    refuse(
        exam.student(exam.another_learner()),
        "start_attempt",
        "quiz_closed",
        lesson_id=exam.lesson_id,
    )
    assert exam.start()["id"] == attempt["id"]


def test_a_due_date_that_moves(exam: Exam) -> None:
    """A new due date limits open attempts, except those of learners with their own due date."""
    attempt = exam.start()
    own = exam.another_learner()
    override(exam, user_id=own, due_at="2100-01-01")
    theirs = exam.start(own)
    soon = datetime.now(UTC) + timedelta(seconds=20)
    exam.rules(due_at=soon)
    assert exam.start()["deadline"] == soon
    exam.rules(due_at="2100-01-01")
    assert exam.start()["deadline"] - attempt["started_at"] == timedelta(seconds=60)
    exam.rules(due_at=None)
    assert exam.start()["deadline"] - attempt["started_at"] == timedelta(seconds=60)
    exam.rules(due_at="2020-01-01")
    assert_ends_now(exam, attempt["id"])
    assert exam.attempt(theirs["id"]) == theirs


def assert_ends_now(exam: Exam, attempt_id: UUID) -> None:
    """The deadline was moved to the present: neither before it nor after it."""
    row = exam.attempt(attempt_id)
    assert row["status"] == "open" and row["deadline"] >= row["started_at"]
    assert abs(row["deadline"] - datetime.now(UTC)) < timedelta(seconds=5)


def stays(exam: Exam, attempt: Any) -> timedelta:
    """How long the attempt is by now."""
    length: timedelta = exam.attempt(attempt["id"])["deadline"] - attempt["started_at"]
    return length


def test_a11_an_edit_shortens_no_time_limit(exam: Exam) -> None:
    """A later due date beside a shorter time limit, in one edit or two, takes no second away."""
    exam.rules(time_limit_seconds=3600)
    attempt = exam.start()
    exam.staff().run(
        "update public.quizzes set time_limit_seconds = 60, due_at = '2100-01-01' "
        "where lesson_id = %s",
        exam.lesson_id,
    )
    assert stays(exam, attempt) == timedelta(seconds=3600)
    exam.rules(due_at="2101-01-01")
    exam.rules(due_at=None)
    exam.rules(time_limit_seconds=None)
    exam.rules(time_limit_seconds=60)
    assert exam.attempt(attempt["id"])["deadline"] is None
    new = exam.start(exam.another_learner())
    assert stays(exam, new) == timedelta(seconds=60)
    exam.rules(time_limit_seconds=120)
    assert stays(exam, new) == timedelta(seconds=120)


def test_a11_a_past_due_date_ends_now(exam: Exam) -> None:
    """And what is handed in then was handed in after it was started."""
    attempt = half_done(exam)
    exam.rules(due_at="2020-01-01")
    assert_ends_now(exam, attempt["id"])
    exam.rules(due_at="2100-01-01")
    assert stays(exam, attempt) == timedelta(seconds=60)
    exam.rules(due_at="2020-01-01")
    done = exam.submit(attempt["id"])
    assert (done["status"], done["score"]) == ("submitted", 1)
    assert done["submitted_at"] >= done["started_at"]


def test_a11_exceptions_reach_an_open_attempt(exam: Exam) -> None:
    """More time and another date at once; what is taken back ends nothing before now."""
    attempt = exam.start()
    override(exam, extra_seconds=90)
    assert stays(exam, attempt) == timedelta(seconds=150)
    override(exam)
    assert stays(exam, attempt) == timedelta(seconds=150)
    override(exam, due_at="2020-01-01")
    assert_ends_now(exam, attempt["id"])
    override(exam, extra_seconds=540, due_at="2100-01-01")
    assert stays(exam, attempt) == timedelta(seconds=600)
    other = exam.start(exam.another_learner())
    assert stays(exam, other) == timedelta(seconds=60)


def test_a_due_date_without_a_time_limit(exam: Exam) -> None:
    """The deadline is then the due date."""
    soon = datetime.now(UTC) + timedelta(days=3)
    exam.rules(due_at=soon, time_limit_seconds=None)
    assert exam.start()["deadline"] == soon


def override(exam: Exam, **given: Any) -> None:
    """An exception for the learner of the exam."""
    answer(
        exam.staff(),
        "save_quiz_override",
        **{"lesson_id": exam.lesson_id, "user_id": exam.learner, **given},
    )


def test_extra_time(exam: Exam) -> None:
    """One learner gets more time; the others do not."""
    override(exam, extra_seconds=90)
    attempt = exam.start()
    length = attempt["deadline"] - attempt["started_at"]
    assert abs(length - timedelta(seconds=150)) < timedelta(seconds=1)
    exam.submit(attempt["id"])
    exam.rules(time_limit_seconds=None)
    assert exam.start()["deadline"] is None
    exam.rules(time_limit_seconds=60)
    other = exam.start(exam.another_learner())
    assert other["deadline"] - other["started_at"] < timedelta(seconds=61)


def test_another_due_date(exam: Exam) -> None:
    """A learner's own due date replaces that of the quiz."""
    exam.rules(due_at="2020-01-01", time_limit_seconds=None)
    refuse(exam.student(), "start_attempt", "quiz_closed", lesson_id=exam.lesson_id)
    own = datetime.now(UTC) + timedelta(days=1)
    override(exam, due_at=own)
    assert exam.start()["deadline"] == own
    refuse(
        exam.student(exam.another_learner()),
        "start_attempt",
        "quiz_closed",
        lesson_id=exam.lesson_id,
    )


def test_an_earlier_due_date(exam: Exam, db: Session) -> None:
    """An exception may also be earlier than the rule."""
    exam.rules(due_at="2100-01-01")
    override(exam, due_at="2020-01-01")
    refuse(exam.student(), "start_attempt", "quiz_closed", lesson_id=exam.lesson_id)
    assert exam.start(exam.another_learner())["status"] == "open"


def due_dates(exam: Exam) -> tuple[Any, Any]:
    """The due date of the quiz and the day that it was given as."""
    row = exam.root().one(
        "select due_at, due_on::text as due_on from public.quizzes where lesson_id = %s",
        exam.lesson_id,
    )
    return row["due_at"], row["due_on"]


def test_d5_a_day_ends_in_the_zone_of_the_course(exam: Exam) -> None:
    """A due date that is a day is the last second of it; the last write of the two holds."""
    change = "update public.courses set time_zone = %s where id = %s"
    exam.staff().run(change, "America/Los_Angeles", exam.course_id)
    day = "update public.quizzes set due_on = %s where lesson_id = %s"
    exam.staff().run(day, "2100-12-24", exam.lesson_id)
    assert due_dates(exam) == (datetime(2100, 12, 25, 7, 59, 59, tzinfo=UTC), "2100-12-24")
    exam.staff().run(change, "Pacific/Kiritimati", exam.course_id)
    assert due_dates(exam) == (datetime(2100, 12, 24, 9, 59, 59, tzinfo=UTC), "2100-12-24")
    moment = datetime(2100, 12, 24, tzinfo=UTC)
    exam.staff().run(
        "update public.quizzes set due_at = %s where lesson_id = %s", moment, exam.lesson_id
    )
    assert due_dates(exam) == (moment, None)
    exam.staff().run(day, "2100-12-24", exam.lesson_id)
    exam.staff().run(day, None, exam.lesson_id)
    assert due_dates(exam) == (None, None)
    exam.staff()
    for wrong in ("infinity", "1999-12-31", "5874897-12-31"):
        with exam.session.refused("23514"):
            exam.session.run(day, wrong, exam.lesson_id)


@pytest.mark.parametrize(
    ("zone", "day", "end"),
    [
        # Clocks go back at 1:00, so that midnight comes twice.
        ("Atlantic/Azores", "2026-10-24", datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC)),
        ("America/Havana", "2026-10-31", datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC)),
        # They go from 23:00 to midnight, from midnight to 1:00, and from midnight to 23:00.
        ("America/Nuuk", "2026-03-28", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
        ("America/Santiago", "2026-09-05", datetime(2026, 9, 6, 3, 59, 59, tzinfo=UTC)),
        ("Africa/Cairo", "2026-10-29", datetime(2026, 10, 29, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_d5_a_day_ends_once(exam: Exam, zone: str, day: str, end: datetime) -> None:
    """A day ends at its last second also where clocks change around midnight."""
    exam.staff().run("update public.courses set time_zone = %s where id = %s", zone, exam.course_id)
    exam.staff().run(
        "update public.quizzes set due_on = %s where lesson_id = %s", day, exam.lesson_id
    )
    assert due_dates(exam) == (end, day)


def test_d5_a_day_reaches_an_open_attempt(exam: Exam) -> None:
    """A later day moves the deadline of an open attempt, as a later moment does."""
    soon = datetime.now(UTC) + timedelta(days=2)
    exam.rules(due_at=soon, time_limit_seconds=None)
    attempt = exam.start()
    later = (soon + timedelta(days=5)).date()
    exam.staff().run(
        "update public.quizzes set due_on = %s where lesson_id = %s", later, exam.lesson_id
    )
    end = datetime.combine(later, datetime.max.time(), UTC).replace(microsecond=0)
    assert exam.start()["id"] == attempt["id"]
    assert exam.start()["deadline"] == end


def test_d5_an_exception_until_a_day(exam: Exam) -> None:
    """The same for one learner: the end of a day in the zone of the course."""
    exam.staff().run(
        "update public.courses set time_zone = 'America/Los_Angeles' where id = %s", exam.course_id
    )
    exam.rules(due_at="2020-01-01", time_limit_seconds=None)
    override(exam, due_on="2100-12-24")
    assert exam.start()["deadline"] == datetime(2100, 12, 25, 7, 59, 59, tzinfo=UTC)
    # A day moves with the zone, and reaches the open attempt; a moment stays.
    other = exam.another_learner()
    override(exam, user_id=other, due_at="2100-12-24T12:00Z")
    exam.staff().run(
        "update public.courses set time_zone = 'Pacific/Pago_Pago' where id = %s", exam.course_id
    )
    assert exam.start()["deadline"] == datetime(2100, 12, 25, 10, 59, 59, tzinfo=UTC)
    rows = exam.staff().rpc("quiz_overrides", lesson_id=exam.lesson_id)
    assert {row["user_id"]: (row["due_at"], row["due_on"]) for row in rows} == {
        exam.learner: (datetime(2100, 12, 25, 10, 59, 59, tzinfo=UTC), date(2100, 12, 24)),
        other: (datetime(2100, 12, 24, 12, tzinfo=UTC), None),
    }
    named = {"lesson_id": exam.lesson_id, "user_id": exam.learner}
    for wrong in ({"due_on": "infinity"}, {"due_on": "2100-12-24", "due_at": "2100-12-24T12:00Z"}):
        refuse(exam.staff(), "save_quiz_override", "invalid_override", **named, **wrong)
