"""The gradebook and the history of grades: what staff see, and what a learner sees of himself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import answer, call, refuse
from tests.support.database import Row, Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A quiz of two questions in a course with one learner."""
    made = make_exam(school)
    for _ in range(2):
        made.question("true_false")
    return made


def ids(exam: Exam) -> list[UUID]:
    """The questions of the quiz, in order."""
    rows = exam.root().all(
        "select id from public.questions where lesson_id = %s order by ord", exam.lesson_id
    )
    return [row["id"] for row in rows]


def lab_in(exam: Exam, **columns: Any) -> UUID:
    """A lab in the course of the exam."""
    return exam.school.lesson(
        exam.module_id, content_type="lab", completion_rule="accept", **columns
    )


def book(exam: Exam, user_id: UUID | None = None, **more: Any) -> list[Row]:
    """The gradebook as the owner, or somebody else, sees it."""
    session = exam.session.act(user_id=user_id or exam.owner)
    return session.rpc("gradebook", course_id=exam.course_id, **more)


def test_lines_for_staff(exam: Exam, school: School) -> None:
    """A line for each learner and graded lesson, in the order of the course."""
    lab_id = lab_in(exam)
    school.lesson(exam.module_id)
    lab_in(exam, is_published=False)
    other = exam.another_learner()
    for status in ("pending", "waitlisted", "withdrawn"):
        school.enroll(school.user(), exam.course_id, status)
    rows = book(exam)
    people = sorted([exam.learner, other])
    assert [(row["user_id"], row["lesson_id"]) for row in rows] == [
        (user_id, lesson_id) for user_id in people for lesson_id in (exam.lesson_id, lab_id)
    ]
    assert [row["content_type"] for row in rows] == ["quiz", "lab"] * 2
    for row in rows:
        assert (row["score"], row["status"], row["attempt_count"]) == (None, None, 0)
        assert (row["is_late"], row["is_overridden"], row["course_score"]) == (False, False, 0)
        assert row["email"] == f"{row['user_id']}@school.test"
        assert row["name"] == "Test"


def test_scores_and_counts(exam: Exam) -> None:
    """Scores that count, attempts, versions, late and overridden marks."""
    lab_id = lab_in(exam)
    exam.root().run("insert into public.labs (lesson_id, due_at) values (%s, '2020-01-01')", lab_id)
    exam.take({ids(exam)[0]: True})
    done = exam.take({})
    for body in ("One.", "Two."):
        row = call(exam.student(), "submit_lab", lesson_id=lab_id, body=body)
    quiz, lab = book(exam)
    assert (quiz["score"], quiz["status"], quiz["attempt_count"]) == (50, "started", 2)
    assert (lab["score"], lab["attempt_count"], lab["is_late"]) == (None, 2, True)
    assert (quiz["is_late"], quiz["is_overridden"]) == (False, False)
    call(
        exam.staff(),
        "grade_lab",
        submission_id=row["id"],
        score=70,
        feedback=None,
        accept=True,
    )
    call(exam.staff(), "override_grade", attempt_id=done["id"], score=2, reason="Agreed.")
    quiz, lab = book(exam)
    assert (quiz["score"], quiz["status"], quiz["is_overridden"]) == (100, "completed", True)
    assert (lab["score"], lab["status"], lab["is_overridden"]) == (70, "completed", False)
    assert quiz["course_score"] == lab["course_score"] == 85


def test_weights(exam: Exam) -> None:
    """The course score is the weighted mean; what is missing counts 0, weight 0 does not count."""
    lab_id = lab_in(exam, weight=3)
    exam.take(dict.fromkeys(ids(exam), True))
    assert [row["course_score"] for row in book(exam)] == [25, 25]
    assert [row["weight"] for row in book(exam)] == [1, 3]
    exam.root().run("update public.lessons set weight = 0 where id = %s", lab_id)
    assert [row["course_score"] for row in book(exam)] == [100, 100]
    exam.root().run("update public.lessons set weight = 0.5 where course_id = %s", exam.course_id)
    assert [row["course_score"] for row in book(exam)] == [50, 50]
    exam.root().run("update public.lessons set weight = 0 where course_id = %s", exam.course_id)
    assert [row["course_score"] for row in book(exam)] == [None, None]


def test_a_learner_sees_his_own_lines(exam: Exam, school: School) -> None:
    """The same lines as staff see of him, and nobody else's."""
    lab_in(exam, weight=2)
    other = exam.another_learner()
    exam.take(dict.fromkeys(ids(exam), True))
    exam.take({}, other)
    rows = book(exam)
    for user_id in (exam.learner, other):
        own = [row for row in rows if row["user_id"] == user_id]
        assert book(exam, user_id) == own
        assert len(own) == 2
    assert book(exam, exam.learner, max_learners=200) == book(exam, exam.learner)


def test_who_has_no_gradebook(exam: Exam, school: School, db: Session) -> None:
    """Neither outsiders, nor who withdrew, nor staff of another course."""
    gone = school.user()
    school.enroll(gone, exam.course_id, "withdrawn")
    for user_id in (gone, school.user(), make_exam(school).owner):
        refuse(db.act(user_id=user_id), "gradebook", "not_course_staff", course_id=exam.course_id)
    refuse(db.act(), "gradebook", "not_course_staff", course_id=exam.course_id)
    refuse(exam.staff(), "gradebook", "not_course_staff", course_id=uuid4())
    assert len(db.act("service_role").rpc("gradebook", course_id=exam.course_id)) == 1
    assert len(book(exam, school.user("admin"))) == 1


def test_learners_of_other_courses(exam: Exam, school: School) -> None:
    """A gradebook has neither learners nor scores of another course."""
    other = make_exam(school, learner=exam.learner)
    school.enroll(exam.learner, other.course_id)
    question_id = other.question("true_false")
    other.take({question_id: True})
    (row,) = book(exam)
    assert (row["score"], row["course_score"]) == (None, 0)
    assert [row["score"] for row in book(other)] == [100]


def test_pages(exam: Exam) -> None:
    """Learner after learner, each once, with all lines of a learner on one page."""
    lab_in(exam)
    people = sorted([exam.learner, *(exam.another_learner() for _ in range(6))])
    listed: list[UUID] = []
    after = None
    while page := book(exam, max_learners=3, after=after):
        assert len(page) <= 6
        after = page[-1]["user_id"]
        listed += [row["user_id"] for row in page]
    assert listed == [user_id for user_id in people for _ in range(2)]
    for number, learners in ((0, 1), (-1, 1), (None, 7), (10000, 7)):
        assert len(book(exam, max_learners=number)) == 2 * learners


def test_a_page_is_whole(exam: Exam) -> None:
    """PostgREST cuts an answer at 1,000 rows: a page stays below, and ends with a whole learner."""
    for _ in range(29):
        lab_in(exam)
    for _ in range(39):
        exam.another_learner()
    listed: list[UUID] = []
    after = None
    while page := book(exam, max_learners=200, after=after):
        assert len(page) <= 1000
        assert len(page) % 30 == 0
        after = page[-1]["user_id"]
        listed += [row["user_id"] for row in page]
    assert len(listed) == 1200
    assert len(set(listed)) == 40


# History ---------------------------------------------------------------------------------------


def history(exam: Exam, actor: UUID, **more: Any) -> list[Row]:
    """The history of the course as somebody sees it."""
    session = exam.session.act(user_id=actor)
    return session.rpc("grade_history", course_id=exam.course_id, **more)


def test_history_for_staff_and_learner(exam: Exam) -> None:
    """Every grade and change of one, newest first: who, what, when and why."""
    first, _ = ids(exam)
    other = exam.another_learner()
    done = exam.take({first: True})
    exam.take({}, other)
    call(
        exam.staff(),
        "override_grade",
        attempt_id=done["id"],
        score=Decimal("1.5"),
        reason="Agreed.",
    )
    exam.question("true_false", question_id=first, key={"correct": False})
    answer(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)
    rows = history(exam, exam.owner)
    assert [
        (row["user_id"], row["action"], row["old_score"], row["new_score"]) for row in rows
    ] == [
        (exam.learner, "overridden", 1, Decimal("1.5")),
        (other, "submitted", None, 0),
        (exam.learner, "submitted", None, 1),
    ]
    assert [row["actor_id"] for row in rows] == [exam.owner, other, exam.learner]
    assert [row["reason"] for row in rows] == ["Agreed.", None, None]
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    own = [row for row in rows if row["user_id"] == exam.learner]
    assert history(exam, exam.learner, user_id=exam.learner) == own
    assert history(exam, exam.owner, user_id=exam.learner) == own
    assert history(exam, exam.owner, before=rows[0]["id"]) == rows[1:]
    assert history(exam, other, user_id=other) == rows[1:2]


def test_history_is_paged(exam: Exam) -> None:
    """200 lines a page, from the newest to the oldest."""
    exam.root().run(
        "insert into private.grade_history (course_id, lesson_id, user_id, work_id, action) "
        "select %s, %s, %s, gen_random_uuid(), 'submitted' from generate_series(1, 450)",
        exam.course_id,
        exam.lesson_id,
        exam.learner,
    )
    pages = []
    before = None
    while page := history(exam, exam.owner, before=before):
        pages.append(len(page))
        before = page[-1]["id"]
    assert pages == [200, 200, 50]


def test_who_may_read_the_history(exam: Exam, school: School, db: Session) -> None:
    """Staff of the course; a learner only with his own id."""
    exam.take({})
    named = {"course_id": exam.course_id}
    other = exam.another_learner()
    for user_id in (other, school.user(), make_exam(school).owner):
        session = db.act(user_id=user_id)
        refuse(session, "grade_history", "not_course_staff", **named)
        refuse(session, "grade_history", "not_course_staff", **named, user_id=exam.learner)
    refuse(db.act(), "grade_history", "not_authenticated", **named)
    refuse(db.act(), "grade_history", "not_authenticated", **named, user_id=exam.learner)
    assert history(exam, other, user_id=other) == []
    stranger = school.user()
    assert history(exam, stranger, user_id=stranger) == []
    assert len(history(exam, school.user("admin"))) == 1
