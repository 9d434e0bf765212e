"""Events and days: appended once, in the transaction that makes them true, and who reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import (
    Background,
    Job,
    World,
    answer,
    as_owner,
    as_role,
    as_user,
    at_once,
    call,
    committed,
    refusals,
    refuse,
    transaction,
)
from tests.support.database import Database, Row, Session
from tests.support.school import School, insert

KINDS = {
    *("enrolled", "withdrawn", "course_completed", "lesson_started", "lesson_completed"),
    *("attempt_started", "attempt_closed", "attempt_graded"),
    *("lab_submitted", "lab_graded", "certificate_issued"),
}


@dataclass
class Term:
    """A course with a text, a video, a quiz and a lab; nobody is enrolled yet."""

    db: Session
    school: School
    owner: UUID
    course_id: UUID
    text: UUID
    video: UUID
    quiz: Exam
    question: UUID
    lab: UUID

    def learner(self, *, enrolled: bool = True) -> UUID:
        """One more account, enrolled by its own call unless said otherwise."""
        user_id = self.school.user()
        if enrolled:
            self.db.act(user_id=user_id).rpc("enroll", course_id=self.course_id)
            self.school.let_pass(user_id, 600)
        return user_id

    def act(self, user_id: UUID) -> Session:
        """The session, speaking as this person."""
        return self.db.act(user_id=user_id)

    def events(self, user_id: UUID, *kinds: str) -> list[Row]:
        """The events of a person, oldest first; all, or those of some kinds."""
        return self.db.fold().all(
            "select * from public.learning_events where user_id = %s "
            "and (cardinality(%s::text[]) = 0 or kind = any(%s)) order by seq",
            user_id,
            list(kinds),
            list(kinds),
        )

    def kinds(self, user_id: UUID) -> list[str]:
        """The kinds of the events of a person, oldest first."""
        return [row["kind"] for row in self.events(user_id)]

    def days(self, user_id: UUID) -> list[tuple[date, int]]:
        """The days of a person in this course."""
        rows = self.db.act("postgres").all(
            "select day, seconds from private.learner_days "
            "where user_id = %s and course_id = %s order by day",
            user_id,
            self.course_id,
        )
        return [(row["day"], row["seconds"]) for row in rows]

    def today(self) -> date:
        """The day of the transaction, in UTC."""
        today: date = self.db.act("postgres").value("select (now() at time zone 'UTC')::date")
        return today

    def yesterday(self, user_id: UUID) -> None:
        """Makes all that a person did lie a day back."""
        self.db.act("postgres").run(
            "update private.learner_days set day = day - 1 where user_id = %s", user_id
        )
        self.db.run(
            "update public.enrollments set last_activity_at = last_activity_at - interval '1 day' "
            "where user_id = %s",
            user_id,
        )


@pytest.fixture
def term(db: Session, school: School) -> Term:
    """The course of these tests."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    quiz = make_exam(school, course_id=course_id, owner=owner, learner=owner, pass_mark=50)
    question = quiz.question("true_false", key={"correct": True})
    module_id = school.module(course_id)
    text = school.lesson(module_id)
    video = school.lesson(module_id, content_type="video", duration_minutes=1)
    lab = school.lesson(module_id, content_type="lab", completion_rule="accept")
    insert(db, "labs", lesson_id=lab)
    return Term(db, school, owner, course_id, text, video, quiz, question, lab)


# Enrollment --------------------------------------------------------------------------------------


def test_enrolling_and_leaving(term: Term) -> None:
    """Enrolling, leaving and coming back are an event each; a repeated call is none."""
    learner = term.learner()
    for function in ("enroll", "withdraw", "withdraw", "enroll", "enroll"):
        term.act(learner).rpc(function, course_id=term.course_id)
    assert term.kinds(learner) == ["enrolled", "withdrawn", "enrolled"]
    (left,) = term.events(learner, "withdrawn")
    assert (left["course_id"], left["lesson_id"]) == (term.course_id, None)
    assert left["detail"] == {"progress": 0}
    assert left["occurred_at"] == term.db.value("select now()")


@pytest.mark.parametrize("way", ["withdraw", "capacity", "account", "entitlement"])
def test_moving_up(term: Term, way: str) -> None:
    """A waiting learner has no event; they have one when they get a seat, in any way."""
    db = term.db
    db.act("postgres").run("update public.courses set capacity = 1 where id = %s", term.course_id)
    first, second = term.learner(), term.learner()
    assert term.kinds(second) == []
    if way == "withdraw":
        term.act(first).rpc("withdraw", course_id=term.course_id)
    elif way == "capacity":
        db.act("postgres").run(
            "update public.courses set capacity = 2 where id = %s", term.course_id
        )
    elif way == "account":
        db.act("postgres").run("delete from auth.users where id = %s", first)
    else:
        db.act("postgres").run(
            "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
            "where user_id = %s",
            second,
        )
        term.act(first).rpc("withdraw", course_id=term.course_id)
        assert term.kinds(second) == []
        term.act(term.owner).rpc("grant_entitlement", user_id=second, course_id=term.course_id)
    assert term.kinds(second) == ["enrolled"]
    assert term.days(second) == []


def test_leaving_the_queue(term: Term) -> None:
    """Who leaves a waitlist, or is declined, neither enrolled nor withdrew."""
    db = term.db
    db.act("postgres").run("update public.courses set capacity = 1 where id = %s", term.course_id)
    _, waiting = term.learner(), term.learner()
    term.act(waiting).rpc("withdraw", course_id=term.course_id)
    db.act("postgres").run(
        "update public.courses set capacity = null, enrollment_mode = 'approval' where id = %s",
        term.course_id,
    )
    declined = term.learner()
    review(term, declined, accept=False)
    assert [term.kinds(one) for one in (waiting, declined)] == [[], []]


def review(term: Term, learner: UUID, *, accept: bool) -> None:
    """Staff answer a learner who asks for a seat."""
    enrollment_id = term.db.act("postgres").value(
        "select id from public.enrollments where user_id = %s", learner
    )
    term.act(term.owner).rpc("decide_enrollment", enrollment_id=enrollment_id, accept=accept)


def test_approval(term: Term) -> None:
    """Asking is no event, being accepted is one."""
    term.db.act("postgres").run(
        "update public.courses set enrollment_mode = 'approval' where id = %s", term.course_id
    )
    learner = term.learner()
    assert term.kinds(learner) == []
    review(term, learner, accept=True)
    assert term.kinds(learner) == ["enrolled"]


@pytest.mark.parametrize("role", ["authenticated", "service_role"])
def test_roster(term: Term, role: str) -> None:
    """Each learner of a roster has one event, also when they are named twice or again."""
    term.school.direct_rosters()
    people = [term.learner(enrolled=False) for _ in range(3)]
    listed = Jsonb([{"user_id": str(one)} for one in [*people, people[0]]])
    for _ in range(2):
        term.db.act(role, term.owner if role == "authenticated" else None)
        term.db.rpc("enroll_roster", course_id=term.course_id, learners=listed)
    assert [term.kinds(one) for one in people] == [["enrolled"]] * 3


# Lessons -----------------------------------------------------------------------------------------


def test_lessons(term: Term) -> None:
    """A lesson is started once and completed once, by whichever call comes first."""
    learner = term.learner()
    for seconds in (10, 20, 60, 60):
        term.act(learner).rpc(
            "record_progress", lesson_id=term.video, watched=Jsonb([[0, seconds]])
        )
    for _ in range(2):
        term.act(learner).rpc("complete_lesson", lesson_id=term.text)
    assert [(row["kind"], row["lesson_id"]) for row in term.events(learner)[1:]] == [
        ("lesson_started", term.video),
        ("lesson_completed", term.video),
        ("lesson_started", term.text),
        ("lesson_completed", term.text),
    ]


def test_completing_the_course(term: Term, school: School) -> None:
    """The last lesson completes the course and issues the certificate, once."""
    course_id = school.course()
    lessons = [school.lesson(school.module(course_id)) for _ in range(2)]
    learner = term.learner(enrolled=False)
    term.act(learner).rpc("enroll", course_id=course_id)
    for lesson_id in [*lessons, *lessons]:
        term.act(learner).rpc("complete_lesson", lesson_id=lesson_id)
    for function in ("withdraw", "enroll"):
        term.act(learner).rpc(function, course_id=course_id)
    assert sorted(term.kinds(learner)) == sorted(
        [
            *("enrolled", "lesson_started", "lesson_completed", "lesson_started"),
            *("lesson_completed", "course_completed", "certificate_issued"),
            *("withdrawn", "enrolled"),
        ]
    )
    done, issued = term.events(learner, "course_completed", "certificate_issued")
    if done["kind"] != "course_completed":
        done, issued = issued, done
    stored = term.db.one(
        "select e.completed_version, c.id::text as certificate_id from public.enrollments as e "
        "inner join public.certificates as c using (user_id, course_id) where user_id = %s",
        learner,
    )
    assert done["detail"] == {"version": stored["completed_version"]}
    assert issued["detail"] == {"certificate_id": stored["certificate_id"]}
    assert {done["course_id"], issued["course_id"]} == {course_id}


def test_an_edit_completes_several(term: Term, school: School) -> None:
    """Unpublishing the lesson that all lack completes nobody; each claims the completion."""
    course_id = school.course(owner=term.owner)
    lessons = [school.lesson(school.module(course_id)) for _ in range(2)]
    people = [term.learner(enrolled=False) for _ in range(3)]
    for one in people:
        term.act(one).rpc("enroll", course_id=course_id)
        term.act(one).rpc("complete_lesson", lesson_id=lessons[0])
    for published in (False, True, False):
        term.act(term.owner).run(
            "update public.lessons set is_published = %s where id = %s", published, lessons[1]
        )
    for one in people:
        assert "course_completed" not in term.kinds(one)
        term.act(one).rpc("complete_course", course_id=course_id)
        kinds = term.kinds(one)
        assert sorted(kinds[-2:]) == ["certificate_issued", "course_completed"]
        assert len(kinds) == 5


# Quizzes and labs --------------------------------------------------------------------------------


def test_an_attempt(term: Term) -> None:
    """Started and handed in: one event each with figures, and the lesson that it completes."""
    learner = term.learner()
    attempt = term.quiz.start(learner)
    assert term.quiz.start(learner)["id"] == attempt["id"]
    term.quiz.save(attempt, term.question, True, learner)
    for _ in range(2):
        term.quiz.submit(attempt["id"], learner)
    assert term.kinds(learner)[1:] == [
        *("attempt_started", "lesson_started", "attempt_closed", "lesson_completed"),
    ]
    started, closed = term.events(learner, "attempt_started", "attempt_closed")
    assert started["detail"] == {"attempt_id": str(attempt["id"]), "number": 1}
    assert closed["detail"] == {
        "attempt_id": str(attempt["id"]),
        "status": "submitted",
        "score": 1,
        "max_score": 1,
        "is_passed": True,
    }
    assert {started["lesson_id"], closed["lesson_id"]} == {term.quiz.lesson_id}


EXPIRIES: dict[str, Callable[[Term, UUID, UUID], Any]] = {
    "submit": lambda term, learner, attempt_id: term.quiz.submit(attempt_id, learner),
    "start": lambda term, learner, attempt_id: term.quiz.start(learner),
    "own review": lambda term, learner, attempt_id: term.quiz.review(attempt_id, learner),
    "review": lambda term, learner, attempt_id: term.quiz.review(attempt_id, term.owner),
    "gradebook": lambda term, learner, attempt_id: term.quiz.staff().rpc(
        "gradebook", course_id=term.course_id
    ),
    "own gradebook": lambda term, learner, attempt_id: term.act(learner).rpc(
        "gradebook", course_id=term.course_id
    ),
    "maintenance": lambda term, learner, attempt_id: term.db.act("service_role").rpc(
        "run_maintenance"
    ),
}


@pytest.mark.parametrize("way", sorted(EXPIRIES))
def test_an_attempt_runs_out(term: Term, way: str) -> None:
    """An attempt that ran out gives one event, expired, whichever call closes it."""
    learner = term.learner()
    attempt = term.quiz.start(learner)
    term.quiz.turn_clock(attempt["id"], 11)
    for _ in range(2):
        EXPIRIES[way](term, learner, attempt["id"])
    (closed,) = term.events(learner, "attempt_closed")
    assert closed["detail"]["attempt_id"] == str(attempt["id"])
    assert (closed["detail"]["status"], closed["detail"]["is_passed"]) == ("expired", False)
    started = 2 if way == "start" else 1
    assert len(term.events(learner, "attempt_started")) == started


def test_regrade_and_override(term: Term) -> None:
    """A new grade is no event of its own; the completion that it brings is one."""
    learner = term.learner()
    attempt = term.quiz.take({term.question: False}, learner)
    before = len(term.events(learner))
    term.quiz.question("true_false", key={"correct": False}, question_id=term.question)
    for _ in range(2):
        answer(term.quiz.staff(), "regrade_quiz", lesson_id=term.quiz.lesson_id)
    assert term.kinds(learner)[before:] == ["lesson_completed"]
    for score in (0, 1):
        call(
            term.quiz.staff(),
            "override_grade",
            attempt_id=attempt["id"],
            score=score,
            reason="Because.",
        )
    assert len(term.events(learner)) == before + 1


def test_a_lab(term: Term) -> None:
    """Each version is an event of the learner, each grade and the completion are too."""
    learner = term.learner()
    ids = []
    for accept in (False, True):
        row = call(term.act(learner), "submit_lab", lesson_id=term.lab, body="Work.")
        ids.append(str(row["id"]))
        grade(term, row["id"], accept=accept)
    assert term.kinds(learner)[1:] == [
        *("lab_submitted", "lesson_started", "lab_graded", "lab_submitted", "lab_graded"),
        "lesson_completed",
    ]
    submitted = term.events(learner, "lab_submitted")
    assert [row["detail"] for row in submitted] == [
        {"submission_id": ids[n], "version": n + 1, "is_late": False} for n in range(2)
    ]
    graded = term.events(learner, "lab_graded")
    assert [row["detail"] for row in graded] == [
        {"submission_id": ids[n], "status": state, "score": 70}
        for n, state in enumerate(("returned", "accepted"))
    ]
    assert {row["lesson_id"] for row in [*submitted, *graded]} == {term.lab}


def grade(term: Term, submission_id: UUID, *, accept: bool) -> None:
    """Staff grade a version of a lab."""
    call(
        term.act(term.owner),
        "grade_lab",
        submission_id=submission_id,
        score=70,
        feedback="",
        accept=accept,
    )


def test_every_kind_is_written(term: Term) -> None:
    """The kinds that the table takes are those that the calls write."""
    learner = term.learner()
    term.act(learner).rpc("complete_lesson", lesson_id=term.text)
    term.act(learner).rpc("record_progress", lesson_id=term.video, watched=Jsonb([[0, 60]]))
    term.quiz.take({term.question: True}, learner)
    essay = term.quiz.question("essay")
    pending = term.quiz.take({essay: "So."}, learner)
    call(
        term.quiz.staff(),
        "grade_attempt",
        attempt_id=pending["id"],
        grades=Jsonb({str(essay): {"score_percent": 100}}),
    )
    row = call(term.act(learner), "submit_lab", lesson_id=term.lab, body="Work.")
    grade(term, row["id"], accept=True)
    term.act(learner).rpc("withdraw", course_id=term.course_id)
    assert set(term.kinds(learner)) == KINDS
    with term.db.refused("23514"):
        term.db.run(
            "insert into public.learning_events (seq, kind, user_id, course_id) "
            "values (0, %s, %s, %s)",
            *("other", learner, term.course_id),
        )


# What is not appended ----------------------------------------------------------------------------


def test_refusals_append_nothing(term: Term) -> None:
    """Calls that are refused leave neither an event nor a day."""
    learner, outsider = term.learner(), term.learner(enrolled=False)
    hidden = term.school.lesson(term.school.module(term.course_id), release_after="1 day")
    before = (term.events(learner), term.days(learner))
    session = term.act(learner)
    refuse(session, "complete_lesson", "lesson_rule", lesson_id=term.lab)
    refuse(session, "complete_lesson", "lesson_locked", lesson_id=hidden)
    refuse(session, "record_progress", "lesson_locked", lesson_id=hidden, seconds_spent=5)
    refuse(session, "record_progress", "invalid_progress", lesson_id=term.text, seconds_spent=-1)
    refuse(
        session,
        "submit_lab",
        "invalid_submission",
        **{"lesson_id": term.lab, "body": "", "url": None, "file_path": None},
    )
    refuse(session, "start_attempt", "quiz_not_found", lesson_id=term.text)
    assert (term.events(learner), term.days(learner)) == before
    session = term.act(outsider)
    refuse(session, "record_progress", "not_enrolled", lesson_id=term.text, seconds_spent=5)
    refuse(session, "start_attempt", "not_enrolled", lesson_id=term.quiz.lesson_id)
    refuse(session, "withdraw", "not_enrolled", course_id=term.course_id)
    assert (term.events(outsider), term.days(outsider)) == ([], [])


def test_a_rollback_takes_all_along(term: Term) -> None:
    """What a transaction did that was undone is no event, no day and no sum."""
    learner = term.learner(enrolled=False)
    with term.db.savepoint():
        term.act(learner).rpc("enroll", course_id=term.course_id)
        term.act(learner).rpc("record_progress", lesson_id=term.text, seconds_spent=5)
        assert len(term.events(learner)) == 2
    assert (term.events(learner), term.days(learner)) == ([], [])
    assert term.db.all("select * from private.analytics_audit()") == []


WRITES = [
    "insert into {} (seq, kind, user_id, course_id) values (0, 'enrolled', '{}', '{}')",
    "update {} set kind = 'withdrawn'",
    "update {} set detail = '{{}}' where user_id = '{}'",
    "delete from {} where user_id = '{}'",
    "truncate {}",
]


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
def test_clients_write_nothing(term: Term, role: str) -> None:
    """No client inserts, changes or deletes an event, in the table or in a month of it."""
    learner = term.learner()
    month = term.db.act("postgres").value(
        "select c.oid::regclass::text from pg_inherits as i inner join pg_class as c "
        "on c.oid = i.inhrelid where i.inhparent = 'public.learning_events'::regclass "
        "order by c.relname limit 1"
    )
    for table in ("public.learning_events", month, "private.learning_events_rest"):
        for statement in WRITES:
            term.db.act(role, learner if role == "authenticated" else None)
            with term.db.refused("42501"):
                term.db.run(statement.format(table, learner, term.course_id))
        if table != "public.learning_events":
            term.db.act(role, learner if role == "authenticated" else None)
            with term.db.refused("42501"):
                term.db.all(f"select * from {table}")
    for statement in (
        "select private.note_event('enrolled', null, null, null, null)",
        "select private.note_activity(null, 5)",
        "select private.maintain_event_partitions(1, 1)",
        "insert into private.learner_days (user_id, course_id, day) values (null, null, null)",
    ):
        term.db.act(role, learner if role == "authenticated" else None)
        with term.db.refused("42501"):
            term.db.all(statement)
    assert term.kinds(learner) == ["enrolled"]


def test_who_reads_events(term: Term, school: School) -> None:
    """A person reads their own, staff those of their courses, admins and the server all."""
    first, second = term.learner(), term.learner()
    assistant, stranger = school.user(), school.user("instructor")
    school.staff(term.course_id, assistant, "assistant")
    other_id = school.course(owner=stranger)
    term.act(first).rpc("enroll", course_id=other_id)
    term.db.fold()

    def seen(session: Session) -> list[tuple[UUID, UUID]]:
        rows = session.all(
            "select user_id, course_id from public.learning_events where user_id = any(%s)",
            [first, second],
        )
        return [(row["user_id"], row["course_id"]) for row in rows]

    here, there = (first, term.course_id), (first, other_id)
    also = (second, term.course_id)
    assert set(seen(term.act(first))) == {here, there}
    assert set(seen(term.act(second))) == {also}
    assert set(seen(term.act(term.owner))) == {here, also}
    assert set(seen(term.act(assistant))) == {here, also}
    assert set(seen(term.act(stranger))) == {there}
    assert set(seen(term.act(school.user("admin")))) == {here, there, also}
    assert set(seen(term.db.act("service_role"))) == {here, there, also}
    assert seen(term.act(school.user())) == []
    with term.db.refused("42501"):
        seen(term.db.act("anon"))


# Days --------------------------------------------------------------------------------------------


def test_seconds_of_a_day(term: Term) -> None:
    """One row a day, its seconds those of all reports of the course; a retry counts once."""
    learner, event_id = term.learner(), uuid4()
    assert term.days(learner) == []
    for lesson_id, seconds, given in (
        (term.text, 40, event_id),
        (term.text, 40, event_id),
        (term.video, 7, uuid4()),
        (term.text, None, None),
    ):
        term.act(learner).rpc(
            "record_progress", lesson_id=lesson_id, seconds_spent=seconds, event_id=given
        )
    assert term.days(learner) == [(term.today(), 47)]
    term.yesterday(learner)
    term.act(learner).rpc("record_progress", lesson_id=term.text, seconds_spent=3)
    assert term.days(learner) == [
        (term.today() - timedelta(days=1), 47),
        (term.today(), 3),
    ]


def test_a_day_holds_what_an_integer_holds(term: Term) -> None:
    """Seconds beyond what the column takes stay at its end."""
    learner = term.learner()
    term.act(learner).rpc("record_progress", lesson_id=term.text, seconds_spent=1)
    term.db.act("postgres").run(
        "update private.learner_days set seconds = 2147483640 where user_id = %s", learner
    )
    for _ in range(2):
        term.act(learner).rpc("record_progress", lesson_id=term.text, seconds_spent=86400)
    assert term.days(learner) == [(term.today(), 2147483647)]
    assert term.db.all("select * from private.analytics_audit()") == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
def test_a_day_is_one_of_utc(term: Term, zone: str) -> None:
    """The time zone of the session does not move the day; one of these zones has another date."""
    term.db.act("postgres").run("select set_config('timezone', %s, true)", zone)
    learner = term.learner()
    term.act(learner).rpc("record_progress", lesson_id=term.text, seconds_spent=1)
    assert term.days(learner) == [(term.today(), 1)]
    rows = term.act(term.owner).rpc("course_activity", course_id=term.course_id)
    assert [(row["day"], row["active_learners"]) for row in rows[-2:]] == [
        (term.today() - timedelta(days=1), 0),
        (term.today(), 1),
    ]


ACTS: dict[str, Callable[[Term, UUID], Any]] = {
    "report": lambda term, learner: term.act(learner).rpc("record_progress", lesson_id=term.text),
    "complete": lambda term, learner: term.act(learner).rpc("complete_lesson", lesson_id=term.text),
    "start": lambda term, learner: term.quiz.start(learner),
    "hand in": lambda term, learner: term.act(learner).rpc(
        "submit_lab", lesson_id=term.lab, body="Work."
    ),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_what_a_learner_does(term: Term, act: str) -> None:
    """Each act of a learner records the day and sets their last activity."""
    learner = term.learner()
    term.yesterday(learner)
    ACTS[act](term, learner)
    assert term.days(learner) == [(term.today(), 0)]
    assert last_activity(term, learner) == term.db.value("select now()")


def last_activity(term: Term, learner: UUID) -> datetime:
    """When a learner was last seen in the course."""
    at: datetime = term.db.act("postgres").value(
        "select last_activity_at from public.enrollments where user_id = %s and course_id = %s",
        *(learner, term.course_id),
    )
    return at


def test_submitting_is_activity(term: Term) -> None:
    """So is handing an attempt in on the day after it was begun."""
    learner = term.learner()
    attempt = term.quiz.start(learner)
    term.yesterday(learner)
    term.quiz.submit(attempt["id"], learner)
    assert [day for day, _ in term.days(learner)] == [
        term.today() - timedelta(days=1),
        term.today(),
    ]


def test_a_second_completion_is_no_activity(term: Term) -> None:
    """What changes nothing, a lesson completed again, is not counted as being there."""
    learner = term.learner()
    term.act(learner).rpc("complete_lesson", lesson_id=term.text)
    term.yesterday(learner)
    term.act(learner).rpc("complete_lesson", lesson_id=term.text)
    assert term.days(learner) == [(term.today() - timedelta(days=1), 0)]


def test_grading_is_not_activity_of_the_learner(term: Term) -> None:
    """What staff and the clock do to the work of a learner changes neither days nor activity."""
    learner = term.learner()
    lab = call(term.act(learner), "submit_lab", lesson_id=term.lab, body="Work.")
    taken = term.quiz.take({term.question: False}, learner)
    attempt = term.quiz.start(learner)
    term.yesterday(learner)
    before = (term.days(learner), last_activity(term, learner))
    grade(term, lab["id"], accept=True)
    term.quiz.turn_clock(attempt["id"], 11)
    term.quiz.staff().rpc("gradebook", course_id=term.course_id)
    term.quiz.question("true_false", key={"correct": False}, question_id=term.question)
    answer(term.quiz.staff(), "regrade_quiz", lesson_id=term.quiz.lesson_id)
    given = {"attempt_id": taken["id"], "score": 1, "reason": "Because."}
    call(term.quiz.staff(), "override_grade", **given)
    term.act(term.owner).run(
        "update public.lessons set is_published = false where id = %s", term.text
    )
    assert (term.days(learner), last_activity(term, learner)) == before
    assert len(term.events(learner, "lesson_completed")) == 2


def test_an_account_goes(term: Term) -> None:
    """Its events and days go with it, and the sums follow; those of others stay."""
    gone, stays = term.learner(), term.learner()
    for one in (gone, stays):
        term.act(one).rpc("record_progress", lesson_id=term.text, seconds_spent=30)
        term.quiz.take({term.question: True}, one)
        term.act(one).rpc("complete_lesson", lesson_id=term.text)
    kept = term.events(stays)
    term.db.act("postgres").run("delete from auth.users where id = %s", gone)
    assert (term.events(gone), term.days(gone)) == ([], [])
    assert (term.events(stays), term.days(stays)) == (kept, [(term.today(), 30)])
    assert term.db.all("select * from private.analytics_audit()") == []
    row = call(term.act(term.owner), "course_overview", course_id=term.course_id)
    assert (row["active"], row["seconds_spent"], row["active_learners"]) == (1, 30, 1)


def test_an_event_outlives_its_lesson(term: Term) -> None:
    """An archived lesson leaves the events about it."""
    learner = term.learner()
    term.act(learner).rpc("complete_lesson", lesson_id=term.text)
    before = term.events(learner)
    term.db.run("select private.archive_lessons(%s, now())", [term.text])
    assert term.events(learner) == before


# Months ------------------------------------------------------------------------------------------

PARTITIONS = """
select c.relname from pg_inherits as i inner join pg_class as c on c.oid = i.inhrelid
where i.inhparent = 'public.learning_events'::regclass order by 1
"""


def months(session: Session) -> list[str]:
    """The months that have a partition, as YYYYMM, and rest for the default."""
    names = [row["relname"] for row in session.act("postgres").all(PARTITIONS)]
    return [name.removeprefix("learning_events_") for name in names]


def keep(session: Session, ahead: int, kept: int) -> tuple[list[str], list[str]]:
    """Runs the maintenance of partitions; which months were made, and which dropped."""
    session.act("postgres")
    done = session.value("select private.maintain_event_partitions(%s, %s)", ahead, kept)
    made, dropped = (
        [name.removeprefix("learning_events_") for name in done[key]] for key in ("made", "dropped")
    )
    return made, dropped


def month(session: Session, ahead: int) -> datetime:
    """The first moment of a month of UTC, so many ahead of this one."""
    at: datetime = session.act("postgres").value(
        "select (date_trunc('month', now() at time zone 'UTC') + make_interval(months => %s)) "
        "at time zone 'UTC'",
        ahead,
    )
    return at.astimezone(UTC)


def name_of(session: Session, ahead: int) -> str:
    """The month as the name of its partition has it."""
    return month(session, ahead).strftime("%Y%m")


def append(term: Term, learner: UUID, at: datetime) -> tuple[int, str]:
    """An event at any time; its number, and the partition that took it."""
    row = term.db.act("postgres").one(
        "insert into public.learning_events (seq, occurred_at, kind, user_id, course_id, detail) "
        "select coalesce(min(seq), 0) - 1, %s, 'enrolled', %s, %s, '{\"n\": 1}' "
        "from public.learning_events where seq < 0 returning seq, tableoid::regclass::text",
        *(at, learner, term.course_id),
    )
    return row["seq"], row["tableoid"]


def make_month(session: Session, ahead: int) -> str:
    """A partition for a month that maintenance would not make."""
    name = name_of(session, ahead)
    session.run(
        f"create table private.learning_events_{name} partition of public.learning_events "
        f"for values from ('{month(session, ahead)}') to ('{month(session, ahead + 1)}')"
    )
    return name


def test_the_year_ahead_is_made(db: Session) -> None:
    """The migration leaves this month and twelve ahead, and the rest for what fits none."""
    assert months(db) == [*(name_of(db, n) for n in range(13)), "rest"]


def test_keeping_is_idempotent(db: Session) -> None:
    """Months that lack are made once; a second call does nothing."""
    assert keep(db, 12, 25) == ([], [])
    assert keep(db, 14, 25) == ([name_of(db, 13), name_of(db, 14)], [])
    assert keep(db, 14, 25) == ([], [])
    db.run(f"drop table private.learning_events_{name_of(db, 3)}")
    assert keep(db, 14, 25) == ([name_of(db, 3)], [])
    assert months(db) == [*(name_of(db, n) for n in range(15)), "rest"]


def test_a_new_month_is_closed_to_clients(db: Session) -> None:
    """A partition that maintenance makes has RLS and no grant, and the keys of its parent."""
    keep(db, 13, 25)
    table = f"private.learning_events_{name_of(db, 13)}"
    row = db.one(
        "select c.relrowsecurity, c.relacl::text, "
        "(select count(*) from pg_constraint as k where k.conrelid = c.oid and contype = 'f') "
        "as keys, (select count(*) from pg_index as x where x.indrelid = c.oid) as indexes "
        "from pg_class as c where c.oid = %s::regclass",
        table,
    )
    assert row["relrowsecurity"] is True
    assert (row["keys"], row["indexes"]) == (2, 4)
    for role in ("anon", "authenticated", "service_role"):
        assert not db.value(
            "select has_table_privilege(%s, %s, 'select, insert, update, delete')", role, table
        )


def test_an_event_finds_its_month(term: Term) -> None:
    """The first and last moment of a month are in it; what fits no month lands in the rest."""
    learner, db = term.learner(), term.db
    tick = timedelta(microseconds=1)
    for at, expected in (
        (month(db, 0), name_of(db, 0)),
        (month(db, 1) - tick, name_of(db, 0)),
        (month(db, 1), name_of(db, 1)),
        (month(db, 13) - tick, name_of(db, 12)),
        (month(db, 13), "rest"),
        (month(db, 0) - tick, "rest"),
    ):
        _, table = append(term, learner, at)
        assert table == f"private.learning_events_{expected}"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC"])
def test_the_rest_moves_into_its_month(term: Term, zone: str) -> None:
    """Once its month is made, an event moves there with its number; those of other months stay."""
    learner, db = term.learner(), term.db
    db.act("postgres").run("select set_config('timezone', %s, true)", zone)
    tick = timedelta(microseconds=1)
    times = [month(db, 13), month(db, 14) - tick, month(db, 14), month(db, 20)]
    made = {append(term, learner, at)[0]: at for at in times}
    before = term.events(learner)
    assert keep(db, 13, 25) == ([name_of(db, 13)], [])
    assert term.events(learner) == before
    where = {
        row["seq"]: row["place"].removeprefix("private.learning_events_")
        for row in db.all(
            "select seq, tableoid::regclass::text as place from public.learning_events "
            "where seq = any(%s)",
            list(made),
        )
    }
    assert [where[one] for one in made] == [name_of(db, 13)] * 2 + ["rest"] * 2


def test_old_months_go(term: Term) -> None:
    """Months past keeping are dropped with their events, and no other one."""
    learner, db = term.learner(), term.db
    old = [make_month(db, ahead) for ahead in (-27, -26, -25, -24, -1)]
    ids = {
        name: append(term, learner, month(db, ahead) + timedelta(days=3))[0]
        for name, ahead in zip(old, (-27, -26, -25, -24, -1), strict=True)
    }
    db.fold()
    days, sums = (
        db.all(f"select * from private.{name}") for name in ("learner_days", "course_rollups")
    )
    assert keep(db, 12, 25) == ([], old[:2])
    left = [row["seq"] for row in term.events(learner) if row["seq"] in ids.values()]
    assert sorted(left) == sorted(ids[name] for name in old[2:])
    assert keep(db, 12, 25) == ([], [])
    assert keep(db, 12, 0) == ([], old[2:])
    assert months(db) == [*(name_of(db, n) for n in range(13)), "rest"]
    assert days == db.all("select * from private.learner_days")
    assert sums == db.all("select * from private.course_rollups")


def test_old_events_of_the_rest_go(term: Term) -> None:
    """What came while no month was made, as after a year without maintenance, goes in its time."""
    learner, db = term.learner(), term.db
    old, recent = (append(term, learner, month(db, ahead)) for ahead in (-30, -2))
    assert {old[1], recent[1]} == {"private.learning_events_rest"}
    keep(db, 12, 25)
    left = {row["seq"] for row in term.events(learner)}
    assert recent[0] in left
    assert old[0] not in left


# Maintenance -------------------------------------------------------------------------------------


def test_maintenance(term: Term) -> None:
    """It makes months, closes attempts, forgets old report ids, and says what it did."""
    learner, db = term.learner(), term.db
    attempt = term.quiz.start(learner)
    term.quiz.turn_clock(attempt["id"], 11)
    term.act(learner).rpc("record_progress", lesson_id=term.text, event_id=uuid4())
    db.act("postgres").run(
        "update private.progress_events set created_at = now() - interval '31 days' "
        "where user_id = %s",
        learner,
    )
    db.run(f"drop table private.learning_events_{name_of(db, 7)}")
    done = [answer(db.act("service_role"), "run_maintenance") for _ in range(3)]
    assert [one["partitions"]["made"] for one in done] == [
        [f"learning_events_{name_of(db, 7)}"],
        [],
        [],
    ]
    # Partitions are a day's work of their own.
    for key in ("attempts_expired", "progress_events_pruned", "facts_folded"):
        assert done[0][key] == 0
        assert done[1][key] >= 1
        assert done[2][key] == 0
    assert term.quiz.attempt(attempt["id"])["status"] == "expired"
    assert db.all("select * from private.analytics_audit()") == []


@pytest.mark.parametrize("actor", ["anon", "learner", "instructor", "admin"])
def test_maintenance_is_for_the_server(db: Session, school: School, actor: str) -> None:
    """Nobody but the server runs it, not even an admin."""
    if actor == "anon":
        db.act("anon")
    else:
        db.act(user_id=school.user(actor))
    with db.refused("42501"):
        db.rpc("run_maintenance")


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []
        assert made.all("select * from private.analytics_audit()") == []


def test_maintenance_beside_a_fold(database: Database, world: World) -> None:
    """While another connection folds, the rest is done, and no fact is counted."""
    course_id = world.course()
    (one,) = world.users(1)
    world.commit()
    at_once(database, [as_user(one, "enroll", course_id=course_id)])
    with transaction(database) as holder:
        holder.run("select private.lock_sums()")
        (done,) = at_once(database, [as_role("service_role", "run_maintenance")])
        holder.rollback()
    assert done[0]["run_maintenance"]["facts_folded"] == 0


def test_maintenance_at_once(database: Database, world: World) -> None:
    """Six runs at once while learners work: the months that lack are made once, nobody fails."""
    course_id = world.course()
    lessons = world.lessons(course_id, 3)
    people = world.users(12)
    world.commit()
    lost = [name_of(world.session, n) for n in (6, 12)]
    for name in lost:
        world.session.run(f"drop table private.learning_events_{name}")
    world.commit()
    jobs: list[Job] = [as_role("service_role", "run_maintenance")] * 6
    for one in people:
        jobs.append(as_user(one, "enroll", course_id=course_id))
    answers = at_once(database, jobs)
    assert refusals(answers) == []
    made = [rows[0]["run_maintenance"]["partitions"]["made"] for rows in answers[:6]]
    assert [name for names in made for name in names] == [f"learning_events_{n}" for n in lost]
    again: list[Job] = [as_role("service_role", "run_maintenance")] * 3
    for one in people:
        again += [as_user(one, "complete_lesson", lesson_id=lesson_id) for lesson_id in lessons]
        again.append(as_owner("delete from auth.users where id = %s", one))
    assert {one.code for one in refusals(at_once(database, again))} <= {
        *("not_authenticated", "not_enrolled"),
    }


def test_a_month_is_dropped_under_load(database: Database, world: World) -> None:
    """Maintenance that drops a month and closes attempts goes with learners at work."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    exam = make_exam(
        world.school, course_id=course_id, owner=owner, learner=owner, time_limit_seconds=60
    )
    exam.question("true_false", key={"correct": True})
    lessons = world.lessons(course_id, 2)
    people = world.users(24)
    for one in people:
        world.school.enroll(one, course_id)
    world.commit()
    started = [as_user(one, "start_attempt", lesson_id=exam.lesson_id) for one in people[:12]]
    assert refusals(at_once(database, started)) == []
    world.session.run(
        "update public.quiz_attempts set deadline = clock_timestamp() - interval '1 minute' "
        "where course_id = %s",
        course_id,
    )
    make_month(world.session, -30)
    world.commit()
    jobs: list[Job] = []
    for number, one in enumerate(people[12:]):
        jobs += [as_user(one, "complete_lesson", lesson_id=lesson_id) for lesson_id in lessons]
        if number % 6 == 3:
            jobs.append(as_role("service_role", "run_maintenance"))
    assert refusals(at_once(database, jobs, connections=12)) == []
    assert name_of(world.session, -30) not in months(world.session)
    world.session.commit()
    world.session.fold()
    counted = world.all(
        "select kind, count(*) from public.learning_events where course_id = %s "
        "and kind in ('attempt_closed', 'course_completed', 'lesson_completed') group by 1",
        course_id,
    )
    assert {row["kind"]: row["count"] for row in counted} == {
        "attempt_closed": 12,
        "lesson_completed": 24,
    }


def test_one_report_from_many_connections(database: Database, world: World) -> None:
    """The same report from ten connections starts the lesson once and counts once."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    learner = world.user()
    world.commit()
    given = {"lesson_id": lesson_id, "seconds_spent": 9, "event_id": uuid4()}
    jobs: list[Job] = [as_user(learner, "enroll", course_id=course_id)] * 10
    assert refusals(at_once(database, jobs)) == []
    world.school.let_pass(learner, 60)
    world.commit()
    jobs = [as_user(learner, "record_progress", **given)] * 10
    jobs += [as_user(learner, "complete_lesson", lesson_id=lesson_id)] * 10
    assert refusals(at_once(database, jobs)) == []
    world.session.fold()
    rows = world.all(
        "select kind, count(*) from public.learning_events where user_id = %s group by 1", learner
    )
    assert {row["kind"]: row["count"] for row in rows} == dict.fromkeys(
        [
            "enrolled",
            "lesson_started",
            "lesson_completed",
            "course_completed",
            "certificate_issued",
        ],
        1,
    )
    assert (
        world.value("select sum(seconds) from private.learner_days where user_id = %s", learner)
        == 9
    )


def test_a_deletion_takes_a_report_in_flight(database: Database, world: World) -> None:
    """The deletion of an account waits for its report, and takes the id, the clock and the day."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    learner = world.user()
    world.school.enroll(learner, course_id)
    world.commit()
    with transaction(database) as report:
        report.act(user_id=learner)
        report.rpc("record_progress", lesson_id=lesson_id, seconds_spent=1, event_id=uuid4())
        deletion = Background(
            database, as_owner("delete from auth.users where id = %s returning 1", learner)
        )
        assert deletion.blocked()
        report.commit()
    assert refusals([deletion.result()]) == []
    for table in ("progress_events", "learner_clocks", "learner_days"):
        assert not world.all(f"select from private.{table} where user_id = %s", learner), table


def test_a_report_waits_for_nobody_else(database: Database, world: World) -> None:
    """Learners report in one course while the transactions of others are open."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    first, second, third = world.users(3)
    for one in (first, second, third):
        world.school.enroll(one, course_id)
    world.commit()
    given = {"lesson_id": lesson_id, "seconds_spent": 1}
    with transaction(database) as left, transaction(database) as right:
        left.act(user_id=first).rpc("record_progress", **given)
        right.act(user_id=second).rpc("complete_lesson", lesson_id=lesson_id)
        other = Background(database, as_user(third, "record_progress", **given))
        other.thread.join(timeout=5)
        assert not other.thread.is_alive()
        left.commit()
        right.rollback()
    other.result()
