"""course_outline, lesson_access, explain_access and my_learning: what they show, and to whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.support import answer, refuse
from tests.support.database import Row, Session
from tests.support.school import School


def slug_of(db: Session, course_id: UUID) -> str:
    """The slug of a course."""
    db.act("postgres")
    slug: str = db.value("select slug from public.courses where id = %s", course_id)
    return slug


def lessons_in(outline: Row) -> list[str]:
    """The ids of the lessons of an outline, in order."""
    return [lesson["id"] for module in outline["modules"] for lesson in module["lessons"]]


def test_outline(db: Session, school: School) -> None:
    """Course, own enrollment, modules and lessons in order, with the state of each; no content."""
    learner, course_id = school.user(), school.course()
    modules = [school.module(course_id) for _ in range(3)]
    first = [school.lesson(modules[0], body="SECRET-BODY") for _ in range(2)]
    second = [school.lesson(modules[1]) for _ in range(2)]
    draft = school.lesson(modules[1], is_published=False)
    db.run("update public.modules set ord = 4 - ord where course_id = %s", course_id)
    db.run("update public.lessons set ord = 3 - ord where module_id = %s", modules[0])
    school.enroll(learner, course_id)
    slug = slug_of(db, course_id)
    db.act(user_id=learner).rpc("complete_lesson", lesson_id=second[0])
    outline = answer(db, "course_outline", slug=slug)
    assert set(outline) == {"course", "enrollment", "is_staff", "modules"}
    assert [module["id"] for module in outline["modules"]] == [str(one) for one in modules[::-1]]
    assert lessons_in(outline) == [str(one) for one in [*second, first[1], first[0]]]
    assert str(draft) not in str(outline)
    assert outline["enrollment"]["progress"] == 25
    assert outline["is_staff"] is False
    assert outline["course"]["slug"] == slug
    assert "created_by" not in outline["course"]
    states = [lesson["status"] for module in outline["modules"] for lesson in module["lessons"]]
    assert states == ["completed", "open", "open", "open"]
    assert "SECRET-BODY" not in str(outline)


def test_outline_for_anyone_and_for_staff(db: Session, school: School) -> None:
    """Anyone sees the locked syllabus of a published course; staff see drafts, and all is open."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id)
    draft_id = school.lesson(module_id, is_published=False)
    slug = slug_of(db, course_id)
    outline = answer(db.act("anon"), "course_outline", slug=slug)
    assert (outline["enrollment"], outline["is_staff"]) == (None, False)
    assert lessons_in(outline) == [str(lesson_id)]
    assert outline["modules"][0]["lessons"][0]["reason"] == "not_enrolled"
    for session in (
        db.act(user_id=owner),
        db.act(user_id=school.user("admin")),
        db.act("service_role"),
    ):
        outline = answer(session, "course_outline", slug=slug)
        assert outline["is_staff"] is True
        assert lessons_in(outline) == [str(lesson_id), str(draft_id)]
        assert all(lesson["is_open"] for lesson in outline["modules"][0]["lessons"])


def test_outline_of_an_empty_course(db: Session, school: School) -> None:
    """Courses and modules without children have empty lists, not null."""
    course_id = school.course()
    slug = slug_of(db, course_id)
    assert answer(db.act("anon"), "course_outline", slug=slug)["modules"] == []
    school.module(course_id)
    assert answer(db.act("anon"), "course_outline", slug=slug)["modules"][0]["lessons"] == []


def test_outline_refuses(db: Session, school: School) -> None:
    """Unknown, NULL and hidden courses are one and the same."""
    course_id = school.course(is_published=False, owner=school.user("instructor"))
    slug = slug_of(db, course_id)
    for session in (
        db.act("anon"),
        db.act(user_id=school.user()),
        db.act(user_id=school.user("instructor")),
    ):
        for given in (slug, "no-such-course", "", None):
            refuse(session, "course_outline", "course_not_found", slug=given)
    db.act(user_id=school.user("admin"))
    refuse(db, "course_outline", "course_not_found", slug=None)
    assert answer(db, "course_outline", slug=slug)["course"]["is_published"] is False


def test_lesson_access_lists_in_order(db: Session, school: School) -> None:
    """One row a published lesson, in the order of the course."""
    course_id = school.course()
    modules = [school.module(course_id) for _ in range(2)]
    lessons = [school.lesson(modules[number % 2]) for number in range(4)]
    db.act("anon")
    rows = db.rpc("lesson_access", course_id=course_id)
    assert [row["lesson_id"] for row in rows] == [lessons[0], lessons[2], lessons[1], lessons[3]]
    assert {row["status"] for row in rows} == {"locked"}


def test_lesson_access_refuses(db: Session, school: School) -> None:
    """A course that the caller cannot see is not there."""
    hidden_id = school.course(is_published=False, owner=school.user("instructor"))
    for session in (db.act("anon"), db.act(user_id=school.user())):
        for given in (hidden_id, uuid4(), None):
            refuse(session, "lesson_access", "course_not_found", course_id=given)
    refuse(db.act("service_role"), "lesson_access", "course_not_found", course_id=uuid4())


def test_explain_access_refuses(db: Session, school: School) -> None:
    """A lesson that the caller cannot see is not there, whichever the reason."""
    owner = school.user("instructor")
    hidden = school.lesson(school.module(school.course(is_published=False, owner=owner)))
    draft = school.lesson(school.module(school.course(owner=owner)), is_published=False)
    for session in (db.act("anon"), db.act(user_id=school.user())):
        for given in (hidden, draft, uuid4(), None):
            refuse(session, "explain_access", "lesson_not_found", lesson_id=given)
    db.act(user_id=owner)
    for given in (hidden, draft):
        assert answer(db, "explain_access", lesson_id=given)["is_open"] is True
    refuse(db, "explain_access", "lesson_not_found", lesson_id=uuid4())


def test_explain_access_gives_the_date(db: Session, school: School) -> None:
    """opens_at is the later of the two release dates, and absent once it has passed."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    later = school.lesson(module_id, release_at="2100-01-01T00:00:00Z", release_after="1 day")
    after = school.lesson(module_id, release_at="2000-01-01T00:00:00Z", release_after="1 day")
    school.enroll(learner, course_id)
    enrolled_at = db.value("select enrolled_at from public.enrollments where user_id = %s", learner)
    db.act(user_id=learner)
    assert answer(db, "explain_access", lesson_id=later)["opens_at"].startswith("2100-01-01")
    (row,) = [
        one for one in db.rpc("lesson_access", course_id=course_id) if one["lesson_id"] == after
    ]
    assert (row["opens_at"] - enrolled_at).days == 1
    # Nobody's enrollment: release_after has nothing to count from.
    stranger = answer(db.act("anon"), "explain_access", lesson_id=later)
    assert stranger["reason"] == "not_enrolled"


def test_my_learning(db: Session, school: School) -> None:
    """One row a course, last used first, without withdrawn ones, and the next open lesson."""
    learner = school.user()
    courses = [school.course() for _ in range(3)]
    lessons = {}
    for course_id in courses:
        module_id = school.module(course_id)
        lessons[course_id] = [school.lesson(module_id) for _ in range(3)]
    left_id, waiting_id = school.course(), school.course(enrollment_mode="approval")
    for course_id in [*courses, left_id, waiting_id]:
        db.act(user_id=learner).rpc("enroll", course_id=course_id)
    db.rpc("withdraw", course_id=left_id)
    db.rpc("complete_lesson", lesson_id=lessons[courses[1]][0])
    for lesson_id in lessons[courses[0]]:
        db.rpc("complete_lesson", lesson_id=lesson_id)
    rows = {row["course_id"]: row for row in db.rpc("my_learning")}
    assert set(rows) == {*courses, waiting_id}
    following = {course_id: row["next_lesson"] for course_id, row in rows.items()}
    assert following[courses[0]] is None
    assert following[courses[1]]["id"] == str(lessons[courses[1]][1])
    assert following[courses[2]]["id"] == str(lessons[courses[2]][0])
    assert following[waiting_id] is None
    assert (rows[courses[0]]["status"], rows[courses[0]]["progress"]) == ("completed", 100)
    assert rows[courses[1]]["lessons_completed"] == 1
    assert rows[courses[1]]["required_count"] == 3
    assert rows[waiting_id]["status"] == "pending"


def test_my_learning_skips_locked_lessons(db: Session, school: School) -> None:
    """The next lesson is an open one, also when an earlier one is locked."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    school.lesson(module_id, release_at="2100-01-01")
    reachable = school.lesson(module_id)
    school.enroll(learner, course_id)
    (row,) = db.act(user_id=learner).rpc("my_learning")
    assert row["next_lesson"]["id"] == str(reachable)


def test_my_learning_is_ordered_by_activity(db: Session, school: School) -> None:
    """The course that was used last comes first."""
    learner = school.user()
    courses = [school.course() for _ in range(3)]
    for course_id in courses:
        school.enroll(learner, course_id)
    db.run(
        "update public.enrollments set last_activity_at = now() - interval '1 day' "
        "where course_id = %s",
        courses[0],
    )
    db.run(
        "update public.enrollments set last_activity_at = now() + interval '1 day' "
        "where course_id = %s",
        courses[2],
    )
    rows = db.act(user_id=learner).rpc("my_learning")
    assert [row["course_id"] for row in rows] == [courses[2], courses[1], courses[0]]


def test_my_learning_is_ones_own(db: Session, school: School) -> None:
    """Nobody else's courses, for staff and admins neither; without a user not_authenticated."""
    owner = school.user("instructor")
    school.enroll(school.user(), school.course(owner=owner))
    for actor in (owner, school.user("admin"), school.user(), uuid4()):
        assert db.act(user_id=actor).rpc("my_learning") == []
    db.act()
    refuse(db, "my_learning", "not_authenticated")


@pytest.mark.parametrize("function", ["course_outline", "lesson_access", "explain_access"])
def test_readers_write_nothing(db: Session, school: School, function: str) -> None:
    """The readers work in a read-only transaction, as PostgREST runs a GET."""
    learner, course_id = school.user(), school.course()
    lesson_id = school.lesson(school.module(course_id))
    school.enroll(learner, course_id)
    given: dict[str, dict[str, Any]] = {
        "course_outline": {"slug": slug_of(db, course_id)},
        "lesson_access": {"course_id": course_id},
        "explain_access": {"lesson_id": lesson_id},
    }
    db.act(user_id=learner)
    db.run("set transaction read only")
    assert len(db.rpc(function, **given[function])) == 1
    assert db.rpc("my_learning")[0]["next_lesson"]["id"] == str(lesson_id)
