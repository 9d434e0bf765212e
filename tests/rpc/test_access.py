"""One predicate for what is open: every reader and every writer agree in every situation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.rpc.support import answer, status_of
from tests.support.database import Row, Session, told
from tests.support.school import School


@dataclass
class Scene:
    """A course with a first and a target lesson, and the person who looks at the target."""

    db: Session
    school: School
    course_id: UUID
    module_id: UUID
    first: UUID
    target: UUID
    learner: UUID
    # Who asks: a user, or None for anon.
    actor: UUID | None
    # What lesson_access says under `requires`.
    requires: list[UUID]

    def enroll(self, status: str = "active") -> None:
        """Enrolls the learner."""
        self.school.enroll(self.learner, self.course_id, status)

    def sql(self, statement: str, *params: Any) -> None:
        """Changes the scene as the owner of the database."""
        self.db.act("postgres")
        assert self.db.run(statement, *params) > 0

    def set_course(self, assignment: str) -> None:
        """Changes the course."""
        self.sql(f"update public.courses set {assignment} where id = %s", self.course_id)

    def set_lesson(self, assignment: str, lesson_id: UUID | None = None) -> None:
        """Changes the target, or another lesson."""
        self.sql(f"update public.lessons set {assignment} where id = %s", lesson_id or self.target)

    def set_right(self, assignment: str) -> None:
        """Changes the learner's right."""
        self.sql(f"update public.entitlements set {assignment} where user_id = %s", self.learner)

    def link(self, score: float | None = None) -> None:
        """Makes the first lesson a prerequisite of the target."""
        self.sql(
            "insert into public.lesson_prerequisites (lesson_id, prerequisite_id, min_score) "
            "values (%s, %s, %s)",
            self.target,
            self.first,
            score,
        )

    def complete(self, lesson_id: UUID, score: float | None = None) -> None:
        """Lets the learner complete a lesson; the score is set as a later slice will."""
        self.db.act(user_id=self.learner)
        self.db.rpc("complete_lesson", lesson_id=lesson_id)
        if score is not None:
            self.sql(
                "update public.lesson_progress set score = %s where lesson_id = %s",
                score,
                lesson_id,
            )


@dataclass
class Expected:
    """What must come out: is the target open, why not, and what a write answers."""

    open: bool
    reason: str | None
    write: str | None
    state: str


Setup = Callable[[Scene], None]
SCENARIOS: dict[str, tuple[Setup, Expected]] = {}


def scenario(
    reason: str | None = None, *, write: str | None = None, state: str | None = None
) -> Callable[[Setup], Setup]:
    """Registers a situation; without a reason the target is open. `hidden`: nobody may see it."""

    def register(setup: Setup) -> Setup:
        said = state or ("locked" if reason else "open")
        code = write if write is not None else ("lesson_locked" if reason else None)
        SCENARIOS[setup.__name__] = (setup, Expected(reason is None, reason, code or None, said))
        return setup

    return register


@scenario()
def enrolled(scene: Scene) -> None:
    scene.enroll()


@scenario(state="started")
def started(scene: Scene) -> None:
    scene.enroll()
    scene.db.act(user_id=scene.learner).rpc("record_progress", lesson_id=scene.target)


@scenario("not_enrolled", write="not_enrolled")
def not_enrolled(scene: Scene) -> None:
    pass


@scenario("not_enrolled", write="not_enrolled")
def entitled_but_not_enrolled(scene: Scene) -> None:
    scene.db.act("service_role").rpc(
        "grant_entitlement", user_id=scene.learner, course_id=scene.course_id
    )


@scenario("not_enrolled", write="not_enrolled")
def enrolled_elsewhere(scene: Scene) -> None:
    scene.school.enroll(scene.learner, scene.school.course())


@scenario("not_enrolled", write="not_authenticated")
def anonymous(scene: Scene) -> None:
    scene.enroll()
    scene.actor = None


@scenario("enrollment_pending", write="not_enrolled")
def pending(scene: Scene) -> None:
    scene.enroll("pending")


@scenario("waitlisted", write="not_enrolled")
def waitlisted(scene: Scene) -> None:
    scene.set_course("capacity = 1")
    scene.school.enroll(scene.school.user(), scene.course_id)
    scene.enroll("waitlisted")


@scenario("not_enrolled", write="not_enrolled")
def withdrawn(scene: Scene) -> None:
    scene.enroll()
    scene.db.act(user_id=scene.learner).rpc("withdraw", course_id=scene.course_id)


@scenario("entitlement_ended")
def right_expired(scene: Scene) -> None:
    scene.enroll()
    scene.set_right("starts_at = now() - interval '2 d', expires_at = now()")


@scenario("entitlement_ended")
def right_revoked(scene: Scene) -> None:
    scene.enroll()
    scene.set_right("revoked_at = now()")


@scenario("entitlement_ended")
def right_not_started(scene: Scene) -> None:
    scene.enroll()
    scene.set_right("starts_at = now() + interval '1 h'")


@scenario()
def right_renewed(scene: Scene) -> None:
    scene.enroll()
    scene.set_right("revoked_at = now()")
    scene.db.act("service_role").rpc(
        "grant_entitlement", user_id=scene.learner, course_id=scene.course_id
    )


@scenario()
def right_ending_later(scene: Scene) -> None:
    scene.enroll()
    scene.set_right("expires_at = now() + interval '1 h'")


@scenario("not_released")
def release_at_later(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("release_at = now() + interval '1 s'")


@scenario()
def release_at_now(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("release_at = now()")


@scenario("not_released")
def release_after_later(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("release_after = interval '7 days'")


@scenario()
def release_after_passed(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("release_after = interval '7 days'")
    scene.sql(
        "update public.enrollments set enrolled_at = now() - interval '7 days' where user_id = %s",
        scene.learner,
    )


@scenario("not_released")
def later_of_both_releases(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("release_at = now() - interval '1 d', release_after = interval '1 s'")


@scenario("not_released")
def release_before_prerequisite(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    scene.set_lesson("release_at = now() + interval '1 d'")


@scenario("prerequisite")
def prerequisite_unmet(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    scene.requires = [scene.first]


@scenario("prerequisite")
def prerequisite_started(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    scene.db.act(user_id=scene.learner).rpc("record_progress", lesson_id=scene.first)
    scene.requires = [scene.first]


@scenario("prerequisite")
def prerequisite_completed_by_another(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    other = scene.school.user()
    scene.school.enroll(other, scene.course_id)
    scene.db.act(user_id=other).rpc("complete_lesson", lesson_id=scene.first)
    scene.requires = [scene.first]


@scenario()
def prerequisite_met(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    scene.complete(scene.first)


@scenario("prerequisite")
def prerequisite_without_score(scene: Scene) -> None:
    scene.enroll()
    scene.link(0)
    scene.complete(scene.first)
    scene.requires = [scene.first]


@scenario("prerequisite")
def prerequisite_score_too_low(scene: Scene) -> None:
    scene.enroll()
    scene.link(60)
    scene.complete(scene.first, 59.99)
    scene.requires = [scene.first]


@scenario()
def prerequisite_score_reached(scene: Scene) -> None:
    scene.enroll()
    scene.link(60)
    scene.complete(scene.first, 60)


@scenario()
def prerequisite_unpublished(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    scene.set_lesson("is_published = false", scene.first)


@scenario("prerequisite")
def one_of_two_prerequisites(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    third = scene.school.lesson(scene.module_id)
    scene.sql(
        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)",
        scene.target,
        third,
    )
    scene.complete(scene.first)
    scene.requires = [third]


@scenario("sequence")
def sequence_blocked(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.requires = [scene.first]


@scenario()
def sequence_followed(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.complete(scene.first)


@scenario()
def sequence_past_an_optional_lesson(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.set_lesson("is_required = false", scene.first)


@scenario()
def sequence_past_a_draft(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.set_lesson("is_published = false", scene.first)


@scenario("sequence")
def sequence_over_modules(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.set_lesson("ord = 5", scene.first)
    scene.set_lesson(f"ord = 1, module_id = '{scene.school.module(scene.course_id)}'")
    scene.requires = [scene.first]


@scenario()
def sequence_after_the_modules_were_swapped(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.set_lesson(f"ord = 5, module_id = '{scene.school.module(scene.course_id)}'")
    scene.sql("update public.modules set ord = 3 - ord where course_id = %s", scene.course_id)


@scenario("sequence")
def sequence_blocks_an_optional_lesson(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_sequential = true")
    scene.set_lesson("is_required = false")
    scene.requires = [scene.first]


@scenario(write="not_authenticated")
def preview_anonymous(scene: Scene) -> None:
    scene.set_lesson("is_preview = true")
    scene.actor = None


@scenario(write="not_enrolled")
def preview_not_enrolled(scene: Scene) -> None:
    scene.set_lesson("is_preview = true")


@scenario(write="not_enrolled")
def preview_pending(scene: Scene) -> None:
    scene.set_lesson("is_preview = true")
    scene.enroll("pending")


@scenario()
def preview_before_everything_else(scene: Scene) -> None:
    scene.enroll()
    scene.link()
    scene.set_course("is_sequential = true")
    scene.set_lesson("is_preview = true, release_at = now() + interval '1 d'")


@scenario(write="lesson_locked")
def preview_and_right_ended(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("is_preview = true")
    scene.set_right("revoked_at = now()")


@scenario("hidden", write="lesson_not_found")
def preview_of_a_draft(scene: Scene) -> None:
    scene.set_lesson("is_preview = true, is_published = false")


@scenario("hidden", write="not_authenticated")
def preview_of_an_unpublished_course(scene: Scene) -> None:
    scene.set_lesson("is_preview = true")
    scene.set_course("is_published = false")
    scene.actor = None


@scenario("hidden", write="lesson_locked")
def draft_lesson(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("is_published = false")


@scenario("hidden", write="lesson_locked")
def draft_lesson_that_was_completed(scene: Scene) -> None:
    scene.enroll()
    scene.complete(scene.target)
    scene.set_lesson("is_published = false")


@scenario("hidden", write="lesson_not_found")
def draft_lesson_not_enrolled(scene: Scene) -> None:
    scene.set_lesson("is_published = false")


@scenario("course_unpublished")
def course_unpublished(scene: Scene) -> None:
    scene.enroll()
    scene.set_course("is_published = false")


@scenario("course_unpublished")
def course_unpublished_with_preview(scene: Scene) -> None:
    scene.enroll()
    scene.set_lesson("is_preview = true")
    scene.set_course("is_published = false")


@scenario("hidden", write="lesson_not_found")
def course_unpublished_not_enrolled(scene: Scene) -> None:
    scene.set_course("is_published = false")


@scenario("hidden", write="not_enrolled")
def course_unpublished_pending(scene: Scene) -> None:
    scene.enroll("pending")
    scene.set_course("is_published = false")


@scenario(state="completed")
def completed(scene: Scene) -> None:
    scene.enroll()
    scene.complete(scene.target)


@scenario(state="completed")
def completed_before_the_rules_changed(scene: Scene) -> None:
    scene.enroll()
    scene.complete(scene.target)
    scene.link()
    scene.set_course("is_sequential = true")
    scene.set_lesson("release_at = now() + interval '1 d', release_after = interval '1 d'")


@scenario("entitlement_ended", state="completed")
def completed_and_right_ended(scene: Scene) -> None:
    scene.enroll()
    scene.complete(scene.target)
    scene.set_right("revoked_at = now()")


@scenario("not_enrolled", write="not_enrolled", state="completed")
def completed_and_withdrawn(scene: Scene) -> None:
    scene.enroll()
    scene.complete(scene.target)
    scene.db.act(user_id=scene.learner).rpc("withdraw", course_id=scene.course_id)


@scenario()
def course_completed(scene: Scene) -> None:
    scene.enroll()
    scene.complete(scene.first)
    scene.complete(scene.target)
    scene.target = scene.school.lesson(scene.module_id)


@scenario(write="not_enrolled")
def assistant(scene: Scene) -> None:
    scene.school.staff(scene.course_id, scene.learner, "assistant")
    scene.link()


@scenario(write="lesson_not_found")
def assistant_and_draft(scene: Scene) -> None:
    scene.school.staff(scene.course_id, scene.learner, "assistant")
    scene.set_course("is_published = false")
    scene.set_lesson("is_published = false")


@scenario(write="not_enrolled")
def admin(scene: Scene) -> None:
    scene.actor = scene.school.user("admin")


@scenario("not_enrolled", write="not_enrolled")
def instructor_of_another_course(scene: Scene) -> None:
    scene.actor = scene.school.user("instructor")
    scene.school.course(owner=scene.actor)


def refusal(db: Session, function: str, **arguments: Any) -> str | None:
    """The code that a call is refused with, or None; what it did is undone."""
    try:
        with db.savepoint():
            db.rpc(function, **arguments)
    except psycopg.Error as error:
        found = told(error)
        code = found.code
        if code.startswith("permission denied for function"):
            return "not_authenticated"
        assert found.state == status_of(function, code)
        return code
    return None


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_the_same_predicate(db: Session, school: School, name: str) -> None:
    """Content, the functions that tell of access, and the writers agree."""
    setup, expected = SCENARIOS[name]
    course_id = school.course()
    module_id = school.module(course_id)
    first, target = school.lesson(module_id), school.lesson(module_id)
    learner = school.user()
    scene = Scene(db, school, course_id, module_id, first, target, learner, learner, [])
    setup(scene)
    target = scene.target
    if scene.actor is None:
        db.act("anon")
    else:
        db.act(user_id=scene.actor)
    assert readings(db, course_id, target) == expected.open
    hidden = expected.reason == "hidden"
    listed = listing(db, course_id, target)
    if hidden:
        assert listed is None
        for function in ("explain_access", "lesson_page"):
            assert refusal(db, function, lesson_id=target) == "lesson_not_found"
    else:
        assert listed == {
            "lesson_id": str(target),
            "course_slug": listed["course_slug"] if listed else "",
            "lesson_slug": listed["lesson_slug"] if listed else "",
            "status": expected.state,
            "is_open": expected.open,
            "reason": expected.reason,
            "opens_at": listed["opens_at"] if listed else "",
            "requires": [str(one) for one in scene.requires],
        }
        assert (listed["opens_at"] is not None) == (expected.reason == "not_released")
        assert answer(db, "explain_access", lesson_id=target) == listed
        page = answer(db, "lesson_page", lesson_id=target)
        assert (page["content"] is not None) == expected.open
        assert access_of(page["lesson"]) == listed
    outlined = outline(db, course_id, target)
    assert outlined == ({**listed} if listed else None)
    assert refusal(db, "record_progress", lesson_id=target) == expected.write
    assert refusal(db, "complete_lesson", lesson_id=target) == expected.write
    if scene.actor is not None:
        following = [row["next_lesson"] for row in db.rpc("my_learning") if row["next_lesson"]]
        if not expected.open:
            assert str(target) not in [lesson["id"] for lesson in following]
    assert school.drift() == []


def readings(db: Session, course_id: UUID, lesson_id: UUID) -> bool:
    """Whether the content can be read: alone, and in a list of the course."""
    alone = db.all("select body_md from public.lesson_contents where lesson_id = %s", lesson_id)
    course = db.all("select lesson_id from public.lesson_contents where course_id = %s", course_id)
    assert bool(alone) == (lesson_id in [row["lesson_id"] for row in course])
    return bool(alone)


def listing(db: Session, course_id: UUID, lesson_id: UUID) -> Row | None:
    """The lesson as lesson_access lists it, in the form of JSON; None when it is not there."""
    if refusal(db, "lesson_access", course_id=course_id) is not None:
        return None
    rows = db.all(
        "select to_jsonb(a) - 'cursor' as row from public.lesson_access(%s) as a "
        "where a.lesson_id = %s",
        course_id,
        lesson_id,
    )
    row: Row | None = rows[0]["row"] if rows else None
    return row


def outline(db: Session, course_id: UUID, lesson_id: UUID) -> Row | None:
    """What course_outline says about access to the lesson; None when it is not there."""
    role = db.value("select current_setting('role')")
    claims = db.value("select current_setting('request.jwt.claims')")
    db.act("postgres")
    slug = db.value("select slug from public.courses where id = %s", course_id)
    db.run(
        "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
        role,
        claims,
    )
    if refusal(db, "course_outline", slug=slug) is not None:
        return None
    modules = answer(db, "course_outline", slug=slug)["modules"]
    for lesson in (lesson for module in modules for lesson in module["lessons"]):
        if lesson["id"] == str(lesson_id):
            return access_of(lesson)
    return None


def access_of(lesson: Row) -> Row:
    """A lesson of an outline or a page as lesson_access would list it."""
    keys = ("course_slug", "status", "is_open", "reason", "opens_at", "requires")
    named = {"lesson_id": lesson["id"], "lesson_slug": lesson["slug"]}
    return named | {key: lesson[key] for key in keys}
