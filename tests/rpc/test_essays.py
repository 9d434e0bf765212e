"""Essays and files in quizzes: what staff grade, and what waits until they have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import World, answer, as_user, at_once, audit_lines, call, committed, refuse
from tests.rpc.support import refusals as refused_of
from tests.support.database import Database, Row, Session
from tests.support.school import School


def grades(**scores: float) -> Jsonb:
    """Grades by question id."""
    return Jsonb({key: {"score_percent": score} for key, score in scores.items()})


def give(exam: Exam, attempt_id: UUID, found: dict[UUID, float], **more: Any) -> Row:
    """The owner grades answers of an attempt."""
    named = {str(key): score for key, score in found.items()}
    return call(
        exam.staff(), "grade_attempt", attempt_id=attempt_id, grades=grades(**named), **more
    )


def waiting(exam: Exam) -> list[UUID]:
    """The attempts in the queue of the course."""
    rows = exam.staff().rpc("lab_queue", course_id=exam.course_id)
    assert all(row["submission_id"] is None for row in rows)
    return [row["attempt_id"] for row in rows]


@pytest.fixture
def exam(school: School) -> Exam:
    """A quiz whose pass completes the course."""
    return make_exam(school, pass_mark=60)


def test_an_essay_waits_and_then_passes(db: Session, exam: Exam) -> None:
    """Submitted without a score; the last grade brings score, completion and certificate."""
    essay, choice = exam.question("essay", points=3), exam.question("single")
    row = exam.take({essay: "I think so.", choice: "a"})
    assert (row["status"], row["is_pending"]) == ("submitted", True)
    assert (row["score"], row["is_passed"], row["max_score"]) == (None, None, 4)
    assert exam.progress()["status"] == "started"
    assert waiting(exam) == [row["id"]]
    (board,) = exam.staff().rpc("instructor_dashboard")
    assert board["labs_to_grade"] == 1
    reviewed = {one["kind"]: one for one in exam.review(row["id"])["items"]}
    assert (reviewed["essay"]["score_percent"], reviewed["essay"]["comment_md"]) == (None, None)
    assert reviewed["essay"]["correct"] == "Because it is."
    assert reviewed["single"]["score_percent"] == 100
    graded = call(
        exam.staff(),
        "grade_attempt",
        attempt_id=row["id"],
        grades=Jsonb({str(essay): {"score_percent": 50, "comment_md": "Say why."}}),
    )
    assert (graded["is_pending"], graded["score"], graded["is_passed"]) == (False, 2.5, True)
    assert (exam.progress()["status"], exam.progress()["score"]) == ("completed", 62.5)
    assert exam.enrollment()["status"] == "completed"
    assert len(exam.certificates()) == 1
    assert waiting(exam) == []
    assert [
        (line["action"], line["new_score"], line["actor_id"]) for line in exam.history(row["id"])
    ] == [("submitted", None, exam.learner), ("graded", 2.5, exam.owner)]
    (item,) = (one for one in exam.review(row["id"])["items"] if one["kind"] == "essay")
    assert (item["score_percent"], item["comment_md"]) == (50, "Say why.")


def test_the_comment_is_shown_where_keys_are_not(db: Session, exam: Exam) -> None:
    """With reveal never, the learner reads the comment, and neither share nor sample."""
    exam.rules(reveal="never")
    essay = exam.question("essay")
    row = exam.take({essay: "So."})
    call(
        exam.staff(),
        "grade_attempt",
        attempt_id=row["id"],
        grades=Jsonb({str(essay): {"score_percent": 10, "comment_md": "Why?"}}),
    )
    (item,) = exam.review(row["id"])["items"]
    assert item["comment_md"] == "Why?"
    assert "correct" not in item and "score_percent" not in item


def test_grades_may_come_one_by_one_and_change_with_a_reason(db: Session, exam: Exam) -> None:
    """The second grade of an answer needs a reason; a completion is never revoked."""
    one, two = exam.question("essay"), exam.question("essay")
    row = exam.take({one: "A", two: "B"})
    assert give(exam, row["id"], {one: 100})["is_pending"]
    again = {"attempt_id": row["id"], "grades": grades(**{str(one): 0})}
    refuse(exam.staff(), "grade_attempt", "reason_required", **again)
    refuse(exam.staff(), "grade_attempt", "reason_required", **again, reason="x" * 1001)
    refuse(exam.staff(), "grade_attempt", "reason_required", **again, reason="\u200b")
    assert give(exam, row["id"], {two: 100})["score"] == 2
    assert exam.enrollment()["status"] == "completed"
    changed = give(exam, row["id"], {two: 0}, reason="Copied.")
    assert (changed["score"], changed["is_passed"]) == (1, False)
    assert exam.progress()["status"] == "completed"
    assert [line["action"] for line in exam.history(row["id"])] == [
        *("submitted", "graded", "regraded"),
    ]
    assert exam.history(row["id"])[-1]["reason"] == "Copied."
    assert audit_lines(exam.root(), "regrade_attempt", row["id"])


def test_who_grades_what(db: Session, school: School, exam: Exam) -> None:
    """Staff of the course grade closed attempts of others, with grades of its essays."""
    essay, choice = exam.question("essay"), exam.question("single")
    attempt = exam.start()
    exam.save(attempt, essay, "So.")
    given: Row = {"attempt_id": attempt["id"], "grades": grades(**{str(essay): 100})}
    refuse(exam.staff(), "grade_attempt", "attempt_open", **given)
    exam.submit(attempt["id"])
    refuse(
        exam.staff(),
        "override_grade",
        "attempt_pending",
        attempt_id=attempt["id"],
        score=1,
        reason="Faster.",
    )
    for outsider in (exam.learner, school.user(), make_exam(school).owner):
        refuse(db.act(user_id=outsider), "grade_attempt", "not_course_staff", **given)
    refuse(
        db.act("service_role"),
        "grade_attempt",
        "attempt_not_found",
        **given | {"attempt_id": uuid4()},
    )
    bad: list[Any] = [
        None,
        [],
        {str(uuid4()): {"score_percent": 1}},
        {str(choice): {"score_percent": 1}},
        {str(essay): 100},
        {str(essay): {}},
        {str(essay): {"score_percent": "1"}},
        {str(essay): {"score_percent": 101}},
        {str(essay): {"score_percent": -1}},
        {str(essay): {"score_percent": 1, "comment_md": 1}},
        {str(essay): {"score_percent": 1, "comment_md": "x" * 20001}},
    ]
    for one in bad:
        refuse(
            exam.staff(),
            "grade_attempt",
            "invalid_grade",
            **given | {"grades": None if one is None else Jsonb(one)},
        )
    assert exam.attempt(attempt["id"])["is_pending"]
    school.staff(exam.course_id, exam.learner, "assistant")
    refuse(exam.student(), "grade_attempt", "own_work", **given)
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    call(db.act(user_id=assistant), "grade_attempt", **given)
    # Their act completes the lesson, and leaves the course to the learner or a manager.
    assert exam.progress()["status"] == "started" or exam.enrollment()["status"] == "active"


def test_without_an_answer_nothing_waits(db: Session, exam: Exam) -> None:
    """An essay that was left out earns 0 at once, and the sample stays a sample."""
    exam.question("essay")
    choice = exam.question("single")
    row = exam.take({choice: "a"})
    assert (row["is_pending"], row["score"], row["is_passed"]) == (False, 1, False)
    assert waiting(exam) == []


def test_the_deadline_holds(db: Session, exam: Exam) -> None:
    """An expired attempt waits with the answers saved in time."""
    exam.rules(time_limit_seconds=60)
    essay = exam.question("essay")
    attempt = exam.start()
    exam.save(attempt, essay, "In time.")
    exam.turn_clock(attempt["id"], 11)
    late = {"attempt_id": attempt["id"], "question_id": essay, "answer": Jsonb("Late.")}
    refuse(exam.student(), "save_answer", "attempt_expired", **late)
    row = exam.submit(attempt["id"])
    assert (row["status"], row["is_pending"]) == ("expired", True)
    graded = give(exam, row["id"], {essay: 100})
    assert (graded["status"], graded["score"], graded["is_passed"]) == ("expired", 1, True)


def test_a_regrade_leaves_what_staff_gave(db: Session, exam: Exam) -> None:
    """New keys apply to the other items; an archived essay no longer waits."""
    essay, choice = exam.question("essay"), exam.question("single")
    graded = exam.take({essay: "A", choice: "b"})
    give(exam, graded["id"], {essay: 50})
    pending = exam.take({essay: "B", choice: "b"})
    exam.question("single", question_id=choice, key={"correct": "b"})
    call(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id, reason="b is right.")
    assert exam.attempt(graded["id"])["score"] == 1.5
    assert exam.attempt(pending["id"])["is_pending"]
    call(exam.staff(), "archive_question", question_id=essay)
    call(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)
    row = exam.attempt(pending["id"])
    assert (row["is_pending"], row["score"], row["max_score"]) == (False, 1, 1)
    assert exam.attempt(graded["id"])["max_score"] == 1


def test_a10_a_grade_after_an_archive(db: Session, exam: Exam) -> None:
    """The same grade is another result without the archived question: recorded, and it counts."""
    essay, choice = exam.question("essay"), exam.question("single")
    row = exam.take({essay: "I think so."})
    assert give(exam, row["id"], {essay: 100})["is_passed"] is False
    call(exam.staff(), "archive_question", question_id=choice)
    row = give(exam, row["id"], {essay: 100}, reason="The other question was wrong.")
    assert (row["score"], row["max_score"], row["is_passed"]) == (1, 1, True)
    assert [line["action"] for line in exam.history(row["id"])] == [
        *("submitted", "graded", "regraded")
    ]
    assert (exam.progress()["score"], exam.progress()["status"]) == (100, "completed")


def test_a8_a_result_that_waits_again(db: Session, exam: Exam) -> None:
    """Where a regrade leaves no graded attempt, there is no result until staff have graded."""
    essay, choice = exam.question("essay"), exam.question("single")
    attempt = exam.start()
    exam.save(attempt, essay, "I think so.")
    exam.save(attempt, choice, "a")
    call(exam.staff(), "archive_question", question_id=essay)
    attempt_id = exam.submit(attempt["id"])["id"]
    assert exam.progress()["score"] == 100
    call(exam.staff(), "restore_question_archive", question_id=essay)
    assert answer(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)["changed"] == 1
    assert exam.attempt(attempt_id)["is_pending"] and exam.progress()["score"] is None
    give(exam, attempt_id, {essay: 0})
    assert exam.progress()["score"] == 50


def test_a_pending_attempt_is_no_result(db: Session, exam: Exam) -> None:
    """Until it is graded the earlier result holds, whatever the scoring."""
    exam.rules(scoring="last", pass_mark=90)
    essay, choice = exam.question("essay"), exam.question("single")
    exam.take({choice: "a"})
    assert exam.progress()["score"] == 50
    row = exam.take({essay: "A"})
    assert exam.progress()["score"] == 50
    exam.rules(pass_mark=40)
    assert exam.attempt(row["id"])["is_passed"] is None
    give(exam, row["id"], {essay: 20})
    assert exam.progress()["score"] == 10


def test_a_file_is_an_own_object_of_the_lesson(db: Session, exam: Exam) -> None:
    """Its path is in the folder of the learner and the lesson."""
    question_id = exam.question("file")
    attempt = exam.start()
    mine = f"{exam.learner}/{exam.lesson_id}"
    bad: list[Any] = [
        *(
            "x.pdf",
            f"{uuid4()}/{exam.lesson_id}/a",
            f"{exam.learner}/{uuid4()}/a",
            mine,
            f"{mine}/",
        ),
        *(f"{mine}/../a", f"/{mine}/a", 1, ["a"], "https://x.test/a"),
    ]
    for one in bad:
        given = {"attempt_id": attempt["id"], "question_id": question_id, "answer": Jsonb(one)}
        refuse(exam.student(), "save_answer", "invalid_answer", **given)
    path = exam.school.stored("submissions", f"{mine}/{uuid4()}")
    for _ in range(2):
        exam.save(attempt, question_id, path)
    row = exam.submit(attempt["id"])
    assert row["is_pending"]
    assert give(exam, row["id"], {question_id: 100})["score"] == 1


@pytest.mark.once
def test_a_file_exists_and_is_read_by_staff(db: Session, school: School, exam: Exam) -> None:
    """Only an uploaded object is an answer; staff of the course read it, and it is never unused."""
    question_id = exam.question("file")
    attempt = exam.start()
    mine = f"{exam.learner}/{exam.lesson_id}"
    given = {"attempt_id": attempt["id"], "question_id": question_id}
    missing = Jsonb(f"{mine}/{uuid4()}")
    refuse(exam.student(), "save_answer", "file_not_found", **given, answer=missing)
    one, two = (school.stored("submissions", f"{mine}/{uuid4()}") for _ in range(2))
    listed = "select name from storage.objects where bucket_id = 'submissions'"
    assert exam.staff().all(listed) == []
    exam.save(attempt, question_id, one)
    exam.save(attempt, question_id, two)
    assert [row["name"] for row in exam.staff().all(listed)] == [two]
    for stranger in (exam.another_learner(), make_exam(school).owner):
        assert db.act(user_id=stranger).all(listed) == []
    exam.root().run(
        "update storage.objects set created_at = now() - interval '2 days' where name in (%s, %s)",
        *(one, two),
    )
    assert [row["path"] for row in db.act("service_role").rpc("unused_objects")] == [one]


@pytest.mark.parametrize(
    "key", [{"sample_md": ""}, {"sample_md": 1}, {"sample_md": "x" * 20001}, {"value": 1}, [], None]
)
def test_a_sample_is_a_text(exam: Exam, key: Any) -> None:
    """Anything else in the key of an essay is refused."""
    refuse(
        exam.staff(),
        "save_question",
        "invalid_question",
        **{"lesson_id": exam.lesson_id, "kind": "essay", "prompt_md": "Why?", "points": 1},
        options=Jsonb([]),
        key=None if key is None else Jsonb(key),
    )


def test_an_essay_is_a_text(exam: Exam) -> None:
    """Blank, long and other values are refused."""
    question_id = exam.question("essay")
    attempt = exam.start()
    bad: list[Any] = ["", "  ", "\u00a0\u200b", "x" * 20001, 1, ["a"], {}]
    for one in bad:
        given = {"attempt_id": attempt["id"], "question_id": question_id, "answer": Jsonb(one)}
        refuse(exam.student(), "save_answer", "invalid_answer", **given)
    assert exam.save(attempt, question_id, "x" * 20000)["answers"]


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []


@pytest.mark.once
def test_two_graders_at_once(database: Database, world: World) -> None:
    """One grade is stored, once; the others are asked for a reason. One certificate follows."""
    owner, learner = world.user("instructor"), world.user()
    course_id = world.course(owner=owner)
    world.school.enroll(learner, course_id)
    exam = make_exam(world.school, course_id=course_id, owner=owner, learner=learner)
    essay = exam.question("essay")
    row = exam.take({essay: "So."})
    world.commit()
    jobs = [
        as_user(
            owner,
            "grade_attempt",
            attempt_id=row["id"],
            grades=grades(**{str(essay): 100 - number}),
        )
        for number in range(12)
    ]
    answers = at_once(database, jobs, connections=12)
    assert [one.code for one in refused_of(answers)] == ["reason_required"] * 11
    (given,) = [one[0] for one in answers if isinstance(one, list)]
    assert exam.attempt(row["id"])["score"] == given["score"]
    assert [line["action"] for line in exam.history(row["id"])] == ["submitted", "graded"]
    assert len(exam.certificates()) == 1
    assert answer(exam.student(), "review_attempt", attempt_id=row["id"])["is_pending"] is False
