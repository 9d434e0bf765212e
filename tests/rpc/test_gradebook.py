"""The gradebook and the history of grades, for staff and for a learner."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import answer, call, pages, refuse
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


def test_b2_one_score_of_a_course(exam: Exam, school: School) -> None:
    """Gradebook, list of learners and prerequisites agree: work that is missing counts 0."""
    exam.root().run("update public.lessons set weight = 0 where id = %s", exam.lesson_id)
    lab_in(exam, is_required=False)
    exam.take(dict.fromkeys(ids(exam), True))
    assert exam.enrollment()["status"] == "completed"
    next_id = school.course(owner=exam.owner)
    exam.root().run(
        "insert into public.course_prerequisites (course_id, prerequisite_id, min_score) "
        "values (%s, %s, 80)",
        next_id,
        exam.course_id,
    )

    def scores() -> set[Any]:
        learners = exam.staff().rpc("course_learners", course_id=exam.course_id)
        return {row["course_score"] for row in [*learners, *book(exam)]}

    assert scores() == {0}
    refuse(exam.student(), "enroll", "prerequisite_missing", course_id=next_id)
    exam.root().run("update public.lessons set weight = 5 where id = %s", exam.lesson_id)
    assert scores() == {Decimal("83.33")}
    assert call(exam.student(), "enroll", course_id=next_id)["status"] == "active"


def test_lines_for_staff(exam: Exam, school: School) -> None:
    """A row for each learner and graded lesson, in the order of the course."""
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
    """The course score is the weighted mean; missing scores count 0, weight 0 excludes one."""
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


def test_a_learner_sees_their_own_rows(exam: Exam, school: School) -> None:
    """The rows that staff see of the learner, and no others."""
    lab_in(exam, weight=2)
    other = exam.another_learner()
    exam.take(dict.fromkeys(ids(exam), True))
    exam.take({}, other)
    rows = book(exam)
    for user_id in (exam.learner, other):
        own = [row for row in rows if row["user_id"] == user_id]
        assert book(exam, user_id) == own
        assert len(own) == 2


def test_who_has_no_gradebook(exam: Exam, school: School, db: Session) -> None:
    """Outsiders, withdrawn learners and staff of another course are refused."""
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


def without_cursor(rows: list[Row]) -> list[Row]:
    """The rows without their place in the list."""
    return [{name: value for name, value in row.items() if name != "cursor"} for row in rows]


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 200])
def test_pages(exam: Exam, page_size: int) -> None:
    """Each row once and in order, wherever a page ends, with the course score of the learner."""
    for _ in range(2):
        lab_in(exam, weight=2)
    exam.take(dict.fromkeys(ids(exam), True))
    people = [exam.learner, *(exam.another_learner() for _ in range(4))]
    whole = book(exam, page_size=200)
    assert [row["user_id"] for row in whole] == [one for one in sorted(people) for _ in range(3)]
    assert {row["course_score"] for row in whole if row["user_id"] == exam.learner} == {20}
    listed = list(pages(exam.staff(), "gradebook", course_id=exam.course_id, page_size=page_size))
    assert {len(page) for page in listed[:-1]} <= {page_size}
    assert [row for page in listed for row in page] == whole
    own = list(pages(exam.student(), "gradebook", course_id=exam.course_id, page_size=page_size))
    assert [row for page in own for row in page] == [
        row for row in whole if row["user_id"] == exam.learner
    ]


def test_more_lessons_than_a_page_has_rows(exam: Exam) -> None:
    """A page may end inside a learner: 60 rows of one come on two pages of 50 and 10."""
    for _ in range(59):
        lab_in(exam)
    exam.another_learner()
    listed = list(pages(exam.staff(), "gradebook", course_id=exam.course_id))
    assert [len(page) for page in listed] == [50, 50, 20]
    rows = [row for page in listed for row in page]
    assert len({(row["user_id"], row["lesson_id"]) for row in rows}) == 120
    assert [row["user_id"] for row in rows] == sorted(row["user_id"] for row in rows)


def test_a_gradebook_that_changes_between_pages(exam: Exam) -> None:
    """The next page starts after the last row, even if its learner or its lesson is gone."""
    labs = [lab_in(exam) for _ in range(2)]
    people = sorted([exam.learner, *(exam.another_learner() for _ in range(2))])
    first = book(exam, page_size=2)
    exam.root().run("update public.lessons set is_published = false where id = %s", labs[0])
    rest = book(exam, page_size=200, cursor=first[-1]["cursor"])
    assert [(row["user_id"], row["lesson_id"]) for row in rest] == [
        (people[0], labs[1]),
        *((user_id, lesson) for user_id in people[1:] for lesson in (exam.lesson_id, labs[1])),
    ]
    exam.student(people[0]).rpc("withdraw", course_id=exam.course_id)
    rest = book(exam, page_size=200, cursor=first[-1]["cursor"])
    assert {row["user_id"] for row in rest} == set(people[1:])


def test_invalid_pages(exam: Exam, school: School) -> None:
    """Other page sizes and foreign cursors are refused; no cursor shows a learner other rows."""
    other = exam.another_learner()
    named = {"course_id": exam.course_id}
    for page_size in (0, -1, 201, None):
        refuse(exam.staff(), "gradebook", "invalid_page", **named, page_size=page_size)
        refuse(exam.student(), "gradebook", "invalid_page", **named, page_size=page_size)
    elsewhere = make_exam(school)
    for cursor in ("", "x", book(elsewhere)[0]["cursor"]):
        refuse(exam.staff(), "gradebook", "invalid_cursor", **named, cursor=cursor)
    first, second = book(exam)
    assert {first["user_id"], second["user_id"]} == {exam.learner, other}
    for actor in (exam.learner, other):
        seen = book(exam, actor, cursor=first["cursor"])
        assert [row["user_id"] for row in seen] == [actor] * (actor == second["user_id"])


def test_rows_name_their_pages(exam: Exam) -> None:
    """A row of the gradebook or of the history has the slugs of the course and the lesson."""
    exam.take({})
    slugs = exam.root().one(
        "select c.slug as course_slug, l.slug as lesson_slug, l.title as lesson_title "
        "from public.lessons as l inner join public.courses as c on c.id = l.course_id "
        "where l.id = %s",
        exam.lesson_id,
    )
    for rows in (book(exam), history(exam, exam.owner)):
        assert {name: rows[0][name] for name in slugs} == slugs


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
    for actor in (exam.learner, exam.owner):
        seen = history(exam, actor, user_id=exam.learner)
        assert without_cursor(seen) == without_cursor(own)
    assert history(exam, exam.owner, cursor=rows[0]["cursor"]) == rows[1:]
    seen = history(exam, other, user_id=other)
    assert without_cursor(seen) == without_cursor(rows[1:2])


def test_history_is_paged(exam: Exam, school: School) -> None:
    """From newest to oldest, each row once; a row added between two pages shifts none."""
    add = (
        "insert into private.grade_history (course_id, lesson_id, user_id, work_id, action) "
        "select %s, %s, %s, gen_random_uuid(), 'submitted' from generate_series(1, %s)"
    )
    exam.root().run(add, exam.course_id, exam.lesson_id, exam.learner, 120)
    seen = []
    for page in pages(exam.staff(), "grade_history", course_id=exam.course_id):
        seen.append([row["id"] for row in page])
        exam.root().run(add, exam.course_id, exam.lesson_id, exam.learner, 1)
        exam.staff()
    assert [len(page) for page in seen] == [50, 50, 20]
    listed = [one for page in seen for one in page]
    assert listed == sorted(set(listed), reverse=True)
    named = {"course_id": exam.course_id}
    for page_size in (0, 201, None):
        refuse(exam.staff(), "grade_history", "invalid_page", **named, page_size=page_size)
    (row,) = history(exam, exam.owner, page_size=1)
    for cursor in ("x", book(exam)[0]["cursor"]):
        refuse(exam.staff(), "grade_history", "invalid_cursor", **named, cursor=cursor)
    more = {"user_id": exam.learner, "cursor": row["cursor"]}
    refuse(exam.staff(), "grade_history", "invalid_cursor", **named, **more)
    for number in (None, "NaN", "Infinity", "-1", "1e400", "0.5"):
        forged = exam.root().value(
            "select private.make_cursor(md5('grade_history|' || %s::text), %s::numeric, null, %s)",
            *(exam.course_id, number, exam.course_id),
        )
        whole = number in {"NaN", "Infinity", "1e400"}
        assert bool(history(exam, exam.owner, cursor=forged)) == whole


def test_history_of_a_lesson_that_is_gone(exam: Exam) -> None:
    """Learners do not get the title of an unpublished lesson; staff do until it is deleted."""
    exam.take({})
    exam.root().run("update public.lessons set is_published = false where id = %s", exam.lesson_id)
    (own,) = history(exam, exam.learner, user_id=exam.learner)
    assert (own["lesson_id"], own["lesson_slug"], own["lesson_title"]) == (
        exam.lesson_id,
        None,
        None,
    )
    (row,) = history(exam, exam.owner)
    assert row["lesson_slug"] and row["lesson_title"]
    # A lesson with work is not deleted: it goes first.
    exam.root().run("delete from public.quiz_attempts where lesson_id = %s", exam.lesson_id)
    exam.root().run("delete from public.lesson_progress where lesson_id = %s", exam.lesson_id)
    exam.root().run("delete from public.lessons where id = %s", exam.lesson_id)
    (row,) = history(exam, exam.owner)
    assert (row["lesson_id"], row["lesson_slug"]) == (exam.lesson_id, None)


def test_who_may_read_the_history(exam: Exam, school: School, db: Session) -> None:
    """Staff of the course; a learner only with their own id."""
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
