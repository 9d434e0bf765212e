"""An archived course: read only for its learners, gone for others; a course that is deleted."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import make_exam
from tests.rpc.support import answer, audit_lines, call, refuse
from tests.support.database import Session
from tests.support.school import School


@pytest.fixture
def owner(school: School) -> UUID:
    """The owner of the courses of a test."""
    return school.user("instructor")


def test_an_archived_course(db: Session, school: School, owner: UUID) -> None:
    """Its learners read what they read before and write nothing; others do not find it."""
    course_id, learner, other = school.course(owner=owner), school.user(), school.user()
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id)
    lab_id = school.lesson(module_id, content_type="lab", completion_rule="accept")
    db.act(user_id=learner).rpc("enroll", course_id=course_id)
    exam = make_exam(school, course_id=course_id, owner=owner, learner=learner)
    exam.question("true_false")
    call(db.act(user_id=learner), "complete_lesson", lesson_id=lesson_id)
    attempt_id = exam.start()["id"]
    db.act(user_id=owner)
    for _ in range(2):
        archived = call(db, "archive_course", course_id=course_id)
        assert (archived["is_published"], archived["archived_at"] is None) == (False, False)
    assert len(audit_lines(db, "archive_course", course_id)) == 1

    db.act(user_id=learner)
    outline = answer(db, "course_outline", course_id=course_id)
    states = {
        one["id"]: (one["is_open"], one["status"])
        for module in outline["modules"]
        for one in module["lessons"]
    }
    assert states[str(lesson_id)] == (True, "completed") and states[str(lab_id)] == (True, "open")
    page = answer(db, "lesson_page", lesson_id=lesson_id)
    assert page["content"]["body_md"] == "Text."
    for table, key in (("lessons", "id"), ("lesson_contents", "lesson_id")):
        assert db.all(f"select 1 from public.{table} where {key} = %s", lesson_id)
    assert db.all("select 1 from public.modules where id = %s", module_id)
    assert [row["course_id"] for row in db.rpc("my_learning")] == [course_id]
    locked = (403, "lesson_locked")
    for function, given in (
        ("record_progress", {"lesson_id": lesson_id, "seconds_spent": 1}),
        ("complete_lesson", {"lesson_id": lesson_id}),
        ("submit_lab", {"lesson_id": lab_id, "body": "Work."}),
        (
            "begin_tutor_turn",
            {
                **{"conversation_id": uuid4(), "course_id": course_id},
                **{"question": "Why?", "turn_key": "one"},
            },
        ),
    ):
        with db.refused(*locked):
            db.rpc(function, **given)
    # What was begun may be finished, and nothing new begun.
    call(db, "submit_attempt", attempt_id=attempt_id)
    with db.refused(*locked):
        db.rpc("start_attempt", lesson_id=exam.lesson_id)

    for reader in (None, other):
        session = db.act("anon") if reader is None else db.act(user_id=reader)
        refuse(session, "course_outline", "course_not_found", course_id=course_id)
        for table in ("courses", "modules", "lessons", "lesson_contents"):
            column = "id" if table == "courses" else "course_id"
            assert db.all(f"select 1 from public.{table} where {column} = %s", course_id) == []
    refuse(db, "enroll", "course_not_found", course_id=course_id)
    db.act(user_id=owner)
    kept = answer(db, "publish_course", course_id=course_id)
    assert (kept["is_published"], [one["code"] for one in kept["problems"]][:1]) == (
        False,
        ["course_archived"],
    )
    for _ in range(2):
        assert call(db, "restore_course_archive", course_id=course_id)["archived_at"] is None
    with db.act(user_id=learner).refused(*locked):
        db.rpc("complete_lesson", lesson_id=lesson_id)
    assert answer(db, "lesson_page", lesson_id=lesson_id)["content"] is None
    assert school.drift() == []


def test_who_archives(db: Session, school: School, owner: UUID) -> None:
    """Managers of the course, one that exists."""
    course_id, assistant, learner = school.course(owner=owner), school.user(), school.user()
    school.staff(course_id, assistant, "assistant")
    school.enroll(learner, course_id)
    for caller in (assistant, learner, school.user("instructor")):
        db.act(user_id=caller)
        refuse(db, "archive_course", "not_course_staff", course_id=course_id)
        refuse(db, "restore_course_archive", "not_course_staff", course_id=course_id)
    db.act(user_id=school.user("admin"))
    refuse(db, "archive_course", "course_not_found", course_id=uuid4())
    refuse(db, "restore_course_archive", "course_not_found", course_id=uuid4())


def test_delete_course(db: Session, school: School, owner: UUID) -> None:
    """Owners delete a course in which nobody has ever enrolled."""
    course_id, used_id = school.course(owner=owner), school.course(owner=owner)
    instructor, learner = school.user("instructor"), school.user()
    school.lesson(school.module(course_id))
    school.staff(course_id, instructor, "instructor")
    db.act(user_id=learner).rpc("enroll", course_id=used_id)
    db.rpc("withdraw", course_id=used_id)
    refuse(db, "delete_course", "not_course_staff", course_id=course_id)
    refuse(db.act(user_id=instructor), "delete_course", "owners_only", course_id=course_id)
    db.act(user_id=owner)
    refuse(db, "delete_course", "course_has_learners", course_id=used_id)
    db.rpc("delete_course", course_id=course_id)
    db.act(user_id=school.user("admin"))
    refuse(db, "delete_course", "course_not_found", course_id=course_id)
    assert len(audit_lines(db, "delete_course", course_id)) == 1
