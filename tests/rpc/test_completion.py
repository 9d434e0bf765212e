"""Who completes a course: the learner by an act, a manager by a function, and no edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import make_exam
from tests.rpc.support import (
    answer,
    as_owner,
    as_user,
    at_once,
    audit_lines,
    call,
    committed,
    pages,
    refusals,
    refuse,
)
from tests.support.database import Database, Row, Session
from tests.support.school import School


@dataclass
class Half:
    """A course of two lessons; three learners have completed the first."""

    db: Session
    school: School
    owner: UUID
    assistant: UUID
    course_id: UUID
    lessons: list[UUID]
    learners: list[UUID]

    def rows(self) -> list[Row]:
        """Status, progress and completion of each learner, and whether they have a certificate."""
        return self.db.act("postgres").all(
            "select e.status::text, e.progress::float, e.completed_at is not null as is_completed, "
            "exists (select from public.certificates as f where f.user_id = e.user_id "
            "and f.course_id = e.course_id) as has_certificate "
            "from public.enrollments as e where e.course_id = %s order by e.user_id",
            self.course_id,
        )

    def without_last(self) -> None:
        """An edit that leaves the first lesson only: each learner is at 100 per cent."""
        self.db.act("postgres").run(
            "update public.lessons set is_published = false where id = %s", self.lessons[1]
        )


ACTIVE = {"status": "active", "progress": 100, "is_completed": False, "has_certificate": False}
DONE = {"status": "completed", "progress": 100, "is_completed": True, "has_certificate": True}


@pytest.fixture
def half(db: Session, school: School) -> Half:
    """Three learners at 50 per cent."""
    owner, assistant = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    school.staff(course_id, assistant, "assistant")
    module_id = school.module(course_id)
    lessons = [school.lesson(module_id) for _ in range(2)]
    learners = sorted(school.user() for _ in range(3))
    for learner in learners:
        school.enroll(learner, course_id)
        db.act(user_id=learner).rpc("complete_lesson", lesson_id=lessons[0])
    return Half(db, school, owner, assistant, course_id, lessons, learners)


def reseat(half: Half) -> None:
    """Each learner leaves, the lesson goes, and the owner enrolls them again."""
    for learner in half.learners:
        half.db.act(user_id=learner).rpc("withdraw", course_id=half.course_id)
    half.without_last()
    for learner in half.learners:
        half.db.act("postgres").run(
            "update public.enrollments set status = 'active' where user_id = %s", learner
        )


EDITS: dict[str, Callable[[Half], object]] = {
    "unpublish": lambda half: half.db.act(user_id=half.owner).run(
        "update public.lessons set is_published = false where id = %s", half.lessons[1]
    ),
    "optional": lambda half: half.db.act(user_id=half.owner).run(
        "update public.lessons set is_required = false where id = %s", half.lessons[1]
    ),
    "delete": lambda half: half.db.act(user_id=half.owner).run(
        "delete from public.lessons where id = %s", half.lessons[1]
    ),
    "server": lambda half: half.db.act("service_role").run(
        "update public.lessons set is_published = false where id = %s", half.lessons[1]
    ),
    "reseat": reseat,
}


@pytest.mark.parametrize("name", sorted(EDITS))
def test_a1_an_edit_changes_per_cents_and_completes_nobody(half: Half, name: str) -> None:
    """After an edit all learners are at 100 per cent, none is complete, none has a certificate."""
    EDITS[name](half)
    assert half.rows() == [ACTIVE] * 3
    assert half.school.drift() == []


def test_a1_there_and_back_leaves_no_trace(half: Half) -> None:
    """A lesson that is unpublished and published again changes nothing for good."""
    before = half.rows()
    half.without_last()
    half.db.run("update public.lessons set is_published = true where id = %s", half.lessons[1])
    assert half.rows() == before


def test_a1_a_completion_outlives_an_edit(half: Half) -> None:
    """Who completed the course stays complete when a lesson is added."""
    for learner in half.learners:
        half.db.act(user_id=learner).rpc("complete_lesson", lesson_id=half.lessons[1])
    assert half.rows() == [DONE] * 3
    half.school.lesson(half.school.module(half.course_id))
    assert half.rows() == [{**DONE, "progress": 66.66}] * 3


def test_a1_a_learner_claims_the_completion(half: Half) -> None:
    """complete_course completes a ready learner, once, and says what it means."""
    first, *others = half.learners
    half.db.act(user_id=first)
    refuse(half.db, "complete_course", "course_incomplete", course_id=half.course_id)
    half.without_last()
    done = call(half.db.act(user_id=first), "complete_course", course_id=half.course_id)
    again = call(half.db, "complete_course", course_id=half.course_id)
    assert done == again
    assert done["is_course_complete"] and len(done["certificate_code"]) == 20
    assert half.rows() == [DONE, ACTIVE, ACTIVE]
    # complete_lesson is an act too, also where the lesson was completed before.
    half.db.act(user_id=others[0])
    row = call(half.db, "complete_lesson", lesson_id=half.lessons[0])
    assert row["is_course_complete"] and row["certificate_code"]
    assert half.rows() == [DONE, DONE, ACTIVE]
    assert audit_lines(half.db, "complete_learners", half.course_id) == []


def test_a1_complete_course_refuses(half: Half) -> None:
    """Without an account, a course, a seat or a right there is nothing to claim."""
    half.without_last()
    half.db.act("authenticated")
    refuse(half.db, "complete_course", "not_authenticated", course_id=half.course_id)
    half.db.act(user_id=half.learners[0])
    refuse(half.db, "complete_course", "course_not_found", course_id=uuid4())
    half.db.act(user_id=half.owner)
    refuse(half.db, "complete_course", "not_enrolled", course_id=half.course_id)
    half.db.act("postgres").run(
        "update public.entitlements set starts_at = now() - interval '1 day', expires_at = now()"
    )
    half.db.act(user_id=half.learners[0])
    refuse(half.db, "complete_course", "not_enrolled", course_id=half.course_id)
    # Nothing is required, so nothing is complete.
    half.db.act("postgres").run("update public.entitlements set expires_at = null")
    half.db.run("update public.lessons set is_required = false")
    half.db.act(user_id=half.learners[0])
    refuse(half.db, "complete_course", "course_incomplete", course_id=half.course_id)


def test_a1_a_manager_completes_learners(half: Half) -> None:
    """learners_to_complete says whom complete_learners would complete; the act is audited."""
    half.db.act(user_id=half.owner)
    assert half.db.rpc("learners_to_complete", course_id=half.course_id) == []
    half.without_last()
    half.db.act(user_id=half.owner)
    listed = list(pages(half.db, "learners_to_complete", course_id=half.course_id, page_size=2))
    assert [[row["user_id"] for row in page] for page in listed] == [
        half.learners[:2],
        half.learners[2:],
    ]
    stranger = uuid4()
    asked = [half.learners[2], half.learners[0], half.learners[2], stranger]
    given = {"course_id": half.course_id, "user_ids": asked}
    rows = half.db.rpc("complete_learners", **given)
    assert [(row["user_id"], row["status"]) for row in rows] == [
        (half.learners[2], "completed"),
        (half.learners[0], "completed"),
        (stranger, "not_enrolled"),
    ]
    assert [bool(row["certificate_code"]) for row in rows] == [True, True, False]
    again = half.db.rpc("complete_learners", **given)
    assert [row["status"] for row in again] == ["already", "already", "not_enrolled"]
    assert half.rows() == [DONE, ACTIVE, DONE]
    (line,) = audit_lines(half.db, "complete_learners", half.course_id)
    assert line["actor_id"] == half.owner
    assert sorted(line["detail"]["user_ids"]) == [str(half.learners[0]), str(half.learners[2])]
    assert half.school.drift() == []


def test_a1_complete_learners_is_for_managers(half: Half) -> None:
    """An assistant, a learner and a bad list are refused; the incomplete stay as they are."""
    listing = {"course_id": half.course_id}
    given = {**listing, "user_ids": half.learners}
    for user_id in (half.assistant, half.learners[0]):
        half.db.act(user_id=user_id)
        refuse(half.db, "learners_to_complete", "not_course_staff", **listing)
        refuse(half.db, "complete_learners", "not_course_staff", **given)
    half.db.act(user_id=half.owner)
    assert {row["status"] for row in half.db.rpc("complete_learners", **given)} == {"incomplete"}
    refuse(half.db, "complete_learners", "invalid_roster", **{**given, "user_ids": []})
    refuse(half.db, "learners_to_complete", "invalid_page", **listing, page_size=0)
    refuse(half.db, "learners_to_complete", "invalid_cursor", **listing, cursor="x")
    half.db.act("service_role")
    refuse(half.db, "learners_to_complete", "course_not_found", course_id=uuid4())
    refuse(half.db, "complete_learners", "course_not_found", **{**given, "course_id": uuid4()})


@pytest.mark.parametrize("role", ["assistant", "instructor", "admin"])
def test_a1_a_grade_completes_only_by_a_manager(db: Session, school: School, role: str) -> None:
    """The last grade completes the lesson; the course only when a manager gave it."""
    exam = make_exam(school)
    question_id = exam.question("single")
    lab_id = school.lesson(exam.module_id, content_type="lab")
    grader = school.user("admin" if role == "admin" else "instructor")
    if role != "admin":
        school.staff(exam.course_id, grader, role)
    attempt = exam.take({question_id: "b"})
    assert attempt["score"] == 0
    db.act(user_id=exam.learner)
    work = call(db, "submit_lab", lesson_id=lab_id, body="Work.")
    db.act(user_id=grader)
    override = {"attempt_id": attempt["id"], "score": attempt["max_score"], "reason": "Right."}
    db.rpc("override_grade", **override)
    db.rpc("grade_lab", submission_id=work["id"], score=100, feedback="", accept=True)
    stored = exam.enrollment()
    assert stored["progress"] == 100
    assert stored["status"] == ("active" if role == "assistant" else "completed")
    assert len(exam.certificates()) == (0 if role == "assistant" else 1)
    lines = audit_lines(db, "complete_learners", exam.course_id)
    assert [line["actor_id"] for line in lines] == ([] if role == "assistant" else [grader])
    if role == "assistant":
        # The course is ready: a later act of a manager on the learner completes it.
        db.act(user_id=exam.owner).rpc("override_grade", **override)
        assert exam.enrollment()["status"] == "completed"


def test_a1_the_clock_completes_for_the_learner(db: Session, school: School) -> None:
    """An attempt that expires is an act of the learner, also when an assistant closes it."""
    exam = make_exam(school, time_limit_seconds=60)
    question_id = exam.question("single")
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    attempt = exam.start()
    exam.save(attempt, question_id, "a")
    exam.turn_clock(attempt["id"], 60)
    db.act(user_id=assistant).rpc("gradebook", course_id=exam.course_id)
    assert exam.attempt(attempt["id"])["status"] == "expired"
    assert exam.enrollment()["status"] == "completed"


def test_a1_a_regrade_completes_no_course(db: Session, school: School) -> None:
    """A new key may complete the lesson; the course waits for an act on the learner."""
    exam = make_exam(school)
    question_id = exam.question("single")
    exam.take({question_id: "b"})
    exam.question("single", question_id=question_id, key={"correct": "b"})
    assert answer(db.act(user_id=exam.owner), "regrade_quiz", lesson_id=exam.lesson_id)["changed"]
    assert exam.progress()["status"] == "completed"
    stored = exam.enrollment()
    assert (stored["status"], stored["progress"]) == ("active", 100)
    call(db.act(user_id=exam.learner), "complete_course", course_id=exam.course_id)
    assert exam.enrollment()["status"] == "completed"


def test_a1_a_claim_and_an_edit_at_once(database: Database) -> None:
    """A claim that runs into an edit ends with one of the two states, and without drift."""
    with committed(database) as world:
        course_id = world.course()
        lessons = world.lessons(course_id, 2)
        learners = world.users(6)
        for learner in learners:
            world.school.enroll(learner, course_id)
            world.session.act(user_id=learner).rpc("complete_lesson", lesson_id=lessons[0])
        world.session.act("postgres").run(
            "update public.lessons set is_published = false where id = %s", lessons[1]
        )
        world.commit()
        publish = "update public.lessons set is_published = %s where id = %s returning id"
        answers = at_once(
            database,
            [
                *(as_user(learner, "complete_course", course_id=course_id) for learner in learners),
                as_owner(publish, True, lessons[1]),
            ],
        )
        assert {refusal.code for refusal in refusals(answers)} <= {"course_incomplete"}
        assert world.drift() == []
        counts = world.statuses(course_id)
        assert counts.get("completed", 0) == 6 - len(refusals(answers))
