"""Versions of questions: an edit changes no attempt, and a regrade gives all the newest version."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam, options
from tests.rpc.support import answer, call, refuse
from tests.support.database import Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A quiz without questions."""
    return make_exam(school)


def reviewed(exam: Exam, attempt_id: UUID) -> Any:
    """The only item of a review."""
    (item,) = exam.review(attempt_id)["items"]
    return item


def test_an_edit_changes_no_attempt(exam: Exam) -> None:
    """Key, explanation, feedback and hints are those of its start, of an open attempt too."""
    hints = Jsonb([{"text_md": "First.", "cost_percent": 0}])
    made = exam.question("single", feedback=Jsonb({"a": "Yes."}), hints=hints)
    closed = exam.take({made: "a"})
    opened = exam.start()
    exam.question(
        "single",
        question_id=made,
        prompt_md="Another?",
        key={"correct": "b"},
        explanation_md="New.",
        feedback=Jsonb({"a": "No."}),
        hints=Jsonb([{"text_md": "Second.", "cost_percent": 0}]),
    )
    exam.save(opened, made, "a")
    taken = call(exam.student(), "take_hint", attempt_id=opened["id"], question_id=made, number=1)
    assert taken["hints"] == {str(made): [{"text_md": "First.", "cost_percent": 0}]}
    assert exam.submit(opened["id"])["score"] == 1
    for attempt in (closed, opened):
        item = reviewed(exam, attempt["id"])
        (shown,) = (one["id"] for one in item["options"] if one["text"] == "Text of a")
        assert (item["revision"], item["correct"], item["score_percent"]) == (1, shown, 100)
        assert item["explanation_md"] == "Explanation of single."
        assert item["feedback"] == {shown: "Yes."}
    new = exam.start()
    assert new["items"][0]["prompt_md"] == "Another?"
    exam.save(new, made, "a")
    assert exam.submit(new["id"])["score"] == 0
    assert reviewed(exam, new["id"])["revision"] == 2


def test_a_regrade_gives_the_newest_version(exam: Exam) -> None:
    """To closed attempts and to open ones; not where the attempt shows no right option."""
    made = exam.question("single")
    other = exam.another_learner()
    closed = exam.take({made: "b"})
    opened = exam.start(other)
    exam.save(opened, made, "b", other)
    exam.question("single", question_id=made, key={"correct": "b"}, explanation_md="It is b.")
    report = answer(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)
    assert report == {"attempts": 1, "changed": 1, "learners": 1}
    assert exam.submit(opened["id"], other)["score"] == exam.attempt(closed["id"])["score"] == 1
    exam.question("single", question_id=made, choices=options("x", "y"), key={"correct": "x"})
    call(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)
    for attempt_id, user_id in ((closed["id"], None), (opened["id"], other)):
        (item,) = exam.review(attempt_id, user_id)["items"]
        assert (item["revision"], item["score_percent"]) == (2, 100)
        assert item["explanation_md"] == "It is b."


def test_the_history_has_every_version(db: Session, exam: Exam, school: School) -> None:
    """Newest first, page by page, with keys and names; for staff alone."""
    made = exam.question("single")
    editor = school.user(name="Ada")
    school.staff(exam.course_id, editor, "instructor")
    exam.question("numeric")
    call(
        db.act(user_id=editor),
        "save_question",
        **{"lesson_id": exam.lesson_id, "kind": "single", "prompt_md": "Another?", "points": 3},
        options=Jsonb(options("x", "y")),
        key=Jsonb({"correct": "y"}),
        question_id=made,
    )
    named = {"question_id": made, "page_size": 1}
    (new,) = exam.staff().rpc("question_history", **named)
    (old,) = exam.staff().rpc("question_history", **named, cursor=new["cursor"])
    assert exam.staff().rpc("question_history", **named, cursor=old["cursor"]) == []
    told = [(one["revision"], one["prompt_md"], one["key"]) for one in (new, old)]
    assert told == [
        (2, "Another?", {"correct": "y"}),
        (1, "Prompt of single?", {"correct": "a"}),
    ]
    # What was not sent stayed.
    assert new["explanation_md"] == old["explanation_md"] == "Explanation of single."
    assert (new["saved_by"], new["saved_by_name"], new["points"]) == (editor, "Ada", 3)
    assert (old["saved_by"], new["options"]) == (exam.owner, options("x", "y"))
    for session in (exam.student(), db.act(user_id=make_exam(school).owner)):
        refuse(session, "question_history", "not_course_staff", question_id=made)
    refuse(exam.staff(), "question_history", "invalid_page", question_id=made, page_size=0)
    refuse(exam.staff(), "question_history", "invalid_cursor", question_id=made, cursor="x")
    assert db.act("service_role").rpc("question_history", question_id=uuid4()) == []
