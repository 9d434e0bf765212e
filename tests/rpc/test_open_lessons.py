"""The cache of open lessons: never more than lesson_states says, whatever is edited."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import make_exam
from tests.rpc.support import (
    Background,
    Job,
    Refusal,
    World,
    as_owner,
    as_role,
    as_user,
    at_once,
    committed,
    refusals,
    refuse,
    transaction,
    waits_for_lock,
)
from tests.support.cluster import ROOT
from tests.support.database import Database, Session
from tests.support.school import School

pytestmark = pytest.mark.once

CLOSED = ("lesson_locked", "not_enrolled", "lesson_not_found")


@dataclass
class Scene:
    """A learner in a course of two modules with two lessons each; the last is looked at."""

    db: Session
    school: School
    course_id: UUID
    modules: list[UUID]
    lessons: list[UUID]
    learner: UUID

    @property
    def target(self) -> UUID:
        """The lesson that an edit closes or opens."""
        return self.lessons[3]

    def sql(self, statement: str) -> None:
        """Edits as the owner of the database; names in braces are ids of the scene."""
        self.db.act("postgres")
        names = {f"l{number}": f"'{one}'" for number, one in enumerate(self.lessons)}
        names |= {f"m{number}": f"'{one}'" for number, one in enumerate(self.modules)}
        assert (
            self.db.run(
                statement.format(course=f"'{self.course_id}'", learner=f"'{self.learner}'", **names)
            )
            > 0
        )

    def link(self, score: int | None = None) -> None:
        """Makes the first lesson a prerequisite of the target."""
        self.sql(
            "insert into public.lesson_prerequisites (lesson_id, prerequisite_id, min_score) "
            f"values ({{l3}}, {{l0}}, {score if score is not None else 'null'})"
        )

    def complete(self, *numbers: int) -> None:
        """Completes lessons as the learner."""
        for number in numbers:
            self.db.act(user_id=self.learner)
            self.db.rpc("complete_lesson", lesson_id=self.lessons[number])

    def score(self, value: int) -> None:
        """Gives the first lesson a score."""
        self.sql(
            f"update public.lesson_progress set score = {value} "
            "where lesson_id = {l0} and user_id = {learner}"
        )

    def cached(self) -> set[UUID]:
        """The cached open lessons of the course, by a row that has not ended."""
        self.db.act("postgres")
        rows = self.db.all(
            "select unnest(lesson_ids) as id from private.open_lessons "
            "where user_id = %s and course_id = %s and ends_at > now()",
            self.learner,
            self.course_id,
        )
        return {row["id"] for row in rows}

    def read(self, lesson_id: UUID) -> bool:
        """Can the learner read the content? The passages must say the same."""
        self.db.act(user_id=self.learner)
        found = {
            table: self.db.value(
                f"select exists (select from public.{table} where lesson_id = %s)", lesson_id
            )
            for table in ("lesson_contents", "lesson_passages")
        }
        assert len(set(found.values())) == 1, found
        return all(found.values())


@pytest.fixture
def scene(db: Session, school: School) -> Scene:
    """All four lessons are open and cached."""
    course_id, learner = school.course(owner=school.user("instructor")), school.user()
    modules = [school.module(course_id) for _ in range(2)]
    lessons = [school.lesson(module_id) for module_id in modules for _ in range(2)]
    db.act(user_id=learner).rpc("enroll", course_id=course_id)
    return Scene(db, school, course_id, modules, lessons, learner)


# Each: what makes the target open and cached, and what closes it.
Step = Callable[[Scene], Any]


def run(statement: str) -> Step:
    """A step that is one statement."""
    return lambda scene: scene.sql(statement)


def rpc(name: str, actor: str | None = None, **arguments: Any) -> Step:
    """A step that is one call: by the learner, or by a role."""

    def step(scene: Scene) -> None:
        if actor:
            scene.db.act(actor)
        else:
            scene.db.act(user_id=scene.learner)
        given = {
            key: getattr(scene, value) if isinstance(value, str) else value
            for key, value in arguments.items()
        }
        scene.db.rpc(name, **given)

    return step


def steps(*parts: Step) -> Step:
    """Several steps, one after the other."""

    def step(scene: Scene) -> None:
        for part in parts:
            part(scene)

    return step


def complete(*numbers: int) -> Step:
    """The learner completes lessons."""
    return lambda scene: scene.complete(*numbers)


def lesson(module: int, **columns: Any) -> Step:
    """Another lesson in a module."""
    return lambda scene: scene.school.lesson(scene.modules[module], **columns)


def again(elsewhere: bool = False) -> Step:
    """The target is deleted, and its id names a draft, or a lesson of another course."""

    def step(scene: Scene) -> None:
        scene.sql("delete from public.lessons where id = {l3}")
        module_id = scene.modules[1]
        if elsewhere:
            module_id = scene.school.module(scene.school.course())
        scene.school.lesson(module_id, id=scene.target, is_published=elsewhere)

    return step


def moved(scene: Scene) -> None:
    """The target goes to another course, which no client can do."""
    course_id = scene.school.course()
    scene.sql(
        f"update public.lessons set course_id = '{course_id}', "
        f"module_id = '{scene.school.module(course_id)}' where id = {{l3}}"
    )


def handed(table: str) -> Step:
    """What the learner has goes to another account, as when two are merged."""

    def step(scene: Scene) -> None:
        other = scene.school.user()
        scene.db.act(user_id=other).rpc("enroll", course_id=scene.course_id)
        scene.sql(f"delete from public.entitlements where user_id = '{other}'")
        scene.sql(f"update public.{table} set user_id = '{other}' where user_id = {{learner}}")

    return step


def nothing(scene: Scene) -> None:
    """The scene as it is."""


def ordered(*completed: int) -> Step:
    """The course has an order, and lessons are completed."""

    def step(scene: Scene) -> None:
        scene.sql("update public.courses set is_sequential = true where id = {course}")
        scene.complete(*completed)

    return step


def scored(scene: Scene) -> None:
    """The target asks for half of the points in the first lesson, and the learner has more."""
    scene.link(50)
    scene.complete(0)
    scene.score(60)


def revoke(scene: Scene) -> None:
    """Staff take the right away."""
    scene.db.act("postgres")
    right = scene.db.value(
        "select id from public.entitlements "
        "where user_id = %s and course_id = %s and source = 'open'",
        scene.learner,
        scene.course_id,
    )
    scene.db.act("service_role").rpc("revoke_entitlement", entitlement_id=right)


CLOSING: dict[str, tuple[Step, Step]] = {
    "an order": (
        nothing,
        run("update public.courses set is_sequential = true where id = {course}"),
    ),
    "unpublished course": (
        nothing,
        run("update public.courses set is_published = false where id = {course}"),
    ),
    "unpublish_course": (nothing, rpc("unpublish_course", "service_role", course_id="course_id")),
    "unpublished lesson": (
        nothing,
        run("update public.lessons set is_published = false where id = {l3}"),
    ),
    "a date": (
        nothing,
        run("update public.lessons set release_at = now() + interval '1 day' where id = {l3}"),
    ),
    "a delay": (
        nothing,
        run("update public.lessons set release_after = interval '1 day' where id = {l3}"),
    ),
    "no preview": (
        run(
            "update public.lessons set is_preview = true, release_at = now() + interval '1 day' "
            "where id = {l3}"
        ),
        run("update public.lessons set is_preview = false where id = {l3}"),
    ),
    "a prerequisite": (nothing, Scene.link),
    "more points": (
        scored,
        run("update public.lesson_prerequisites set min_score = 70 where lesson_id = {l3}"),
    ),
    "another prerequisite": (
        steps(Scene.link, complete(0)),
        run("update public.lesson_prerequisites set prerequisite_id = {l1} where lesson_id = {l3}"),
    ),
    "modules in another order": (
        steps(
            lambda scene: scene.school.lesson(scene.school.module(scene.course_id)),
            ordered(0, 1, 2),
        ),
        run(
            "update public.modules set ord = 0 "
            "where id not in ({m0}, {m1}) and course_id = {course}"
        ),
    ),
    "lessons in another order": (
        steps(lesson(1), ordered(0, 1, 2)),
        run(
            "update public.lessons set module_id = {m0}, ord = 0 "
            "where id not in ({l0}, {l1}, {l2}, {l3}) and course_id = {course}"
        ),
    ),
    "a lesson before": (ordered(0, 1, 2), lesson(0, ord=0)),
    "a lesson that is published": (
        steps(lesson(0, ord=0, is_published=False), ordered(0, 1, 2)),
        run(
            "update public.lessons set is_published = true "
            "where not is_published and course_id = {course}"
        ),
    ),
    "a lesson that is required": (
        steps(
            run("update public.lessons set is_required = false where id = {l2}"),
            ordered(0, 1),
        ),
        run("update public.lessons set is_required = true where id = {l2}"),
    ),
    "a draft with the id": (nothing, again()),
    "another lesson with the id": (nothing, again(elsewhere=True)),
    "withdrawal": (nothing, rpc("withdraw", course_id="course_id")),
    "revoked right": (nothing, revoke),
    "right of the past": (
        nothing,
        run(
            "update public.entitlements set starts_at = now() - interval '2 days', "
            "expires_at = now() - interval '1 day' where user_id = {learner}"
        ),
    ),
    "right of the future": (
        nothing,
        run(
            "update public.entitlements set starts_at = now() + interval '1 day' "
            "where user_id = {learner}"
        ),
    ),
    "renewed for later": (
        steps(
            rpc("grant_entitlement", "service_role", user_id="learner", course_id="course_id"),
            run("delete from public.entitlements where user_id = {learner} and source = 'open'"),
        ),
        lambda scene: scene.db.act("service_role").rpc(
            "grant_entitlement",
            user_id=scene.learner,
            course_id=scene.course_id,
            starts_at="2100-01-01",
        ),
    ),
    "no right": (nothing, run("delete from public.entitlements where user_id = {learner}")),
    "a right of another": (nothing, handed("entitlements")),
    "a right to another course": (
        nothing,
        lambda scene: scene.sql(
            f"update public.entitlements set course_id = '{scene.school.course()}' "
            "where user_id = {learner}"
        ),
    ),
    "progress of another": (steps(Scene.link, complete(0)), handed("lesson_progress")),
    "progress in another lesson": (
        steps(Scene.link, complete(0)),
        run(
            "update public.lesson_progress set lesson_id = {l1} "
            "where user_id = {learner} and lesson_id = {l0}"
        ),
    ),
    "a later beginning": (
        steps(
            run("update public.lessons set release_after = interval '1 day' where id = {l3}"),
            run(
                "update public.enrollments set enrolled_at = now() - interval '2 days' "
                "where user_id = {learner}"
            ),
        ),
        run("update public.enrollments set enrolled_at = now() where user_id = {learner}"),
    ),
    "fewer points": (scored, lambda scene: scene.score(40)),
    "no points": (
        scored,
        run("update public.lesson_progress set score = null where lesson_id = {l0}"),
    ),
    "no progress": (
        steps(Scene.link, complete(0)),
        run("delete from public.lesson_progress where user_id = {learner}"),
    ),
    "no enrollment": (nothing, run("delete from public.enrollments where user_id = {learner}")),
}


def close(scene: Scene, closing: str) -> None:
    """Opens the target, has it cached, and does what closes it."""
    before, step = CLOSING[closing]
    before(scene)
    # A report caches the open lessons of its learner, whatever was edited before.
    scene.db.act(user_id=scene.learner).rpc("record_progress", lesson_id=scene.target)
    assert scene.target in scene.cached()
    assert scene.read(scene.target)
    step(scene)


@pytest.mark.parametrize("closing", CLOSING)
def test_what_closes_is_forgotten(scene: Scene, closing: str) -> None:
    """Whatever closes a cached lesson closes it at once, and removes it from the cache."""
    close(scene, closing)
    assert scene.target not in scene.cached()
    assert not scene.read(scene.target)
    scene.db.act("postgres")
    assert scene.db.all("select * from private.access_audit()") == []


def newcomer(scene: Scene) -> set[UUID]:
    """Another learner enrolls: what the cache has as open to them."""
    learner, scene.learner = scene.learner, scene.school.user()
    scene.db.act(user_id=scene.learner).rpc("enroll", course_id=scene.course_id)
    cached, scene.learner = scene.cached(), learner
    return cached


def test_newcomers_copy_what_is_open(scene: Scene) -> None:
    """One row of the course has what is open to newcomers; what may close a lesson deletes it."""
    assert newcomer(scene) == set(scene.lessons)
    scene.sql("update private.first_lessons set lesson_ids = '{{}}' where course_id = {course}")
    assert newcomer(scene) == set()
    ordered()(scene)
    assert newcomer(scene) == {scene.lessons[0]}
    scene.complete(0)
    assert newcomer(scene) == {scene.lessons[0]}
    run("update public.courses set is_sequential = false where id = {course}")(scene)
    scene.link()
    assert newcomer(scene) == set(scene.lessons[:3])
    run("delete from public.lesson_prerequisites where lesson_id = {l3}")(scene)
    assert newcomer(scene) == set(scene.lessons)
    scene.db.act("postgres")
    assert scene.db.all("select * from private.access_audit()") == []


@pytest.mark.parametrize(
    ("change", "opened"),
    [
        ("release_at = now() + interval '1 hour'", 3),
        ("release_at = now() - interval '1 hour'", 4),
        ("release_after = interval '1 hour'", 3),
    ],
)
def test_what_opens_by_time_is_not_copied(scene: Scene, change: str, opened: int) -> None:
    """Of a course that opens lessons by time each newcomer's set is computed."""
    run(f"update public.lessons set {change} where id = {{l3}}")(scene)
    for _ in range(2):
        assert newcomer(scene) == set(scene.lessons[:opened])
    scene.db.act("postgres")
    assert scene.db.value(
        "select count(*) from private.first_lessons where course_id = %s", scene.course_id
    ) == (opened == 4)


def test_what_was_cached_in_the_archive_is_forgotten(scene: Scene) -> None:
    """A course that leaves the archive is not published: what was open in it is not."""
    run("update public.courses set is_published = false, archived_at = now() where id = {course}")(
        scene
    )
    run("update public.entitlements set expires_at = now() + interval '1 day' "
        "where course_id = {course}")(scene)  # fmt: skip
    assert scene.cached() == set(scene.lessons)
    run("update public.courses set archived_at = null where id = {course}")(scene)
    assert scene.cached() == set()
    assert not scene.read(scene.target)


def test_a_lesson_that_leaves_the_course_is_invalidated(scene: Scene) -> None:
    """A lesson that the owner of the database moves is not open to learners of its old course."""
    assert scene.read(scene.target)
    moved(scene)
    assert not scene.read(scene.target)
    scene.db.act("postgres")
    assert scene.db.all("select * from private.access_audit()") == []


@pytest.mark.parametrize(
    ("table", "trigger", "closing"),
    [
        ("courses", "t90_invalidate_courses_update", "an order"),
        ("modules", "t90_invalidate_modules_update", "modules in another order"),
        ("lessons", "t90_invalidate_lessons_insert", "a lesson before"),
        ("lessons", "t90_invalidate_lessons_update", "a date"),
        ("lessons", "t90_invalidate_lessons_delete", "a draft with the id"),
        ("lessons", "t90_invalidate_lessons_delete", "another lesson with the id"),
        ("lesson_prerequisites", "t90_invalidate_prerequisites_insert", "a prerequisite"),
        ("lesson_prerequisites", "t90_invalidate_prerequisites_update", "more points"),
        ("enrollments", "t60_cache_open_lessons_update", "withdrawal"),
        ("entitlements", "t60_cache_open_lessons_update", "right of the past"),
        ("entitlements", "t60_invalidate_entitlement", "no right"),
        ("lesson_progress", "t60_cache_progress_update", "fewer points"),
        ("lesson_progress", "t60_invalidate_progress", "no progress"),
    ],
)
def test_each_trigger_is_needed(scene: Scene, table: str, trigger: str, closing: str) -> None:
    """Without the trigger the lesson stays cached, and the audit says so."""
    scene.db.act("postgres").run(f"alter table public.{table} disable trigger {trigger}")
    close(scene, closing)
    assert scene.target in scene.cached()
    scene.db.act("postgres")
    found = scene.db.all("select * from private.access_audit()")
    assert str(scene.target) in {row["stored"] for row in found}


def swap(scene: Scene) -> None:
    """The first lesson of the second module is looked at."""
    scene.lessons[2], scene.lessons[3] = scene.lessons[3], scene.lessons[2]


OPENING: dict[str, tuple[Step, Step]] = {
    "no order": (
        ordered(),
        run("update public.courses set is_sequential = false where id = {course}"),
    ),
    "no prerequisite": (
        Scene.link,
        run("delete from public.lesson_prerequisites where lesson_id = {l3}"),
    ),
    "no lesson before": (ordered(0, 1), run("delete from public.lessons where id = {l2}")),
    "no module before": (
        steps(ordered(), swap),
        run("delete from public.modules where id = {m0}"),
    ),
    "a date that has come": (
        run("update public.lessons set release_at = now() + interval '1 day' where id = {l3}"),
        run("update public.lessons set release_at = now() where id = {l3}"),
    ),
    "completion in order": (ordered(0, 1), complete(2)),
    "completion of a prerequisite": (Scene.link, complete(0)),
    "points": (
        steps(lambda scene: scene.link(50), complete(0)),
        lambda scene: scene.score(60),
    ),
    "a seat": (
        rpc("withdraw", course_id="course_id"),
        rpc("enroll", course_id="course_id"),
    ),
    "a right": (
        run("update public.entitlements set revoked_at = now() where user_id = {learner}"),
        rpc("grant_entitlement", "service_role", user_id="learner", course_id="course_id"),
    ),
}


@pytest.mark.parametrize("opening", OPENING)
def test_what_opens_can_be_read(scene: Scene, opening: str) -> None:
    """Whatever opens a lesson opens it at once, cached or not, and the next report caches it."""
    before, open_ = OPENING[opening]
    before(scene)
    assert not scene.read(scene.target)
    open_(scene)
    assert scene.read(scene.target)
    scene.db.act(user_id=scene.learner).rpc("record_progress", lesson_id=scene.target)
    assert scene.target in scene.cached()
    assert scene.school.drift() == []


def row_version(scene: Scene) -> Any:
    """Changes when the row of the learner is written."""
    scene.db.act("postgres")
    return scene.db.value(
        "select ctid::text from private.open_lessons where user_id = %s", scene.learner
    )


def test_only_what_may_open_something_is_worked_out(scene: Scene) -> None:
    """A completion where all is open writes nothing; in an order each writes what it opens."""
    before = row_version(scene)
    scene.complete(0, 1)
    scene.score(70)
    assert row_version(scene) == before
    ordered()(scene)
    scene.complete(2)
    assert scene.cached() == set(scene.lessons)
    scene.sql("update public.lessons set title = 'New', duration_minutes = 3 where id = {l0}")
    scene.sql("update public.modules set title = 'New' where id = {m0}")
    scene.sql("update public.courses set title = 'New' where id = {course}")
    scene.school.lesson(scene.modules[1], is_published=False)
    assert scene.cached() == set(scene.lessons)


def test_a_right_ends_by_itself(scene: Scene) -> None:
    """An entry ends with the last of the entitlements that are valid now."""
    ends = "select ends_at::text from private.open_lessons where user_id = %s"
    scene.db.act("postgres")
    assert scene.db.value(ends, scene.learner) == "infinity"
    for source, year in (("purchase", 2101), ("gift", 2103), ("voucher", 2102)):
        scene.db.act("service_role").rpc(
            "grant_entitlement",
            user_id=scene.learner,
            course_id=scene.course_id,
            source=source,
            expires_at=f"{year}-01-01T00:00:00Z",
        )
    revoke(scene)
    scene.db.act("postgres")
    assert scene.db.value(ends, scene.learner)[:10] == "2103-01-01"
    scene.sql("update private.open_lessons set ends_at = now() where user_id = {learner}")
    scene.db.value(
        "select set_config('request.jwt.claims', jsonb_build_object('sub', %s::text)::text, true)",
        scene.learner,
    )
    assert scene.db.value("select private.cached_lesson_ids()") is None
    # The entitlements are still valid: a cache miss is computed.
    assert scene.read(scene.target)


def test_an_outline_is_the_same_without_the_cache(scene: Scene) -> None:
    """With an entry of the whole course, without one, and with one that has ended."""
    scene.complete(0)
    scene.school.lesson(scene.modules[1], is_published=False)

    def outline() -> Any:
        scene.db.act(user_id=scene.learner)
        [row] = scene.db.rpc("course_outline", course_id=scene.course_id)
        return row["course_outline"]

    cached = outline()
    states = [one["status"] for part in cached["modules"] for one in part["lessons"]]
    assert states == ["completed", "open", "open", "open"]
    entry = "private.open_lessons where user_id = {learner} and is_whole"
    scene.sql(f"delete from {entry}")
    assert outline() == cached
    scene.sql("update public.entitlements set revoked_at = now() where user_id = {learner}")
    # An entry that has ended says nothing.
    scene.sql(
        "insert into private.open_lessons (user_id, course_id, lesson_ids, is_whole, ends_at) "
        "values ({learner}, {course}, array[{l0}, {l1}, {l2}, {l3}]::uuid[], true, now())"
    )
    locked = [one for part in outline()["modules"] for one in part["lessons"]]
    assert {(one["is_open"], one["reason"]) for one in locked} == {(False, "entitlement_ended")}
    # Progress stays to be seen.
    assert [one["status"] for one in locked] == ["completed", "locked", "locked", "locked"]


def test_the_audit_finds_a_wrong_entry(scene: Scene) -> None:
    """A row that opens too much, written past all functions, is listed."""
    scene.link()
    scene.db.act("postgres")
    scene.db.run(
        "insert into private.open_lessons (user_id, course_id, lesson_ids, is_whole, ends_at) "
        "values (%s, %s, %s, false, 'infinity')",
        scene.learner,
        scene.course_id,
        scene.lessons,
    )
    (found,) = [row for row in scene.school.drift() if row["drift"] == "cached_open"]
    assert (found["subject_id"], found["stored"]) == (scene.learner, str(scene.target))
    assert found["expected"] == "prerequisite"
    # A row that claims to be whole and misses a lesson that is open.
    scene.db.run("update private.open_lessons set lesson_ids = '{}', is_whole = true")
    missed = {row["expected"] for row in scene.school.drift() if row["drift"] == "cached_whole"}
    assert str(scene.lessons[0]) in missed
    assert str(scene.target) not in missed


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_a_delay_is_counted_the_same_everywhere(scene: Scene, zone: str) -> None:
    """A month from now is the same instant whatever zone a request asks for its answers in."""
    # A month after the 30th of January, by the calendar of the zone: a day apart, or the same.
    scene.sql(
        "update public.lessons set release_after = interval '1 month' "
        "+ (now() - (timestamp '2025-02-27 18:00' at time zone 'UTC')) where id = {l3}"
    )
    scene.sql(
        "update public.enrollments set enrolled_at = timestamptz '2025-01-30 12:00+00' "
        "where user_id = {learner}"
    )
    scene.db.act(user_id=scene.learner)
    scene.db.value("select set_config('timezone', %s, true)", zone)
    refuse(scene.db, "record_progress", "lesson_locked", lesson_id=scene.target)
    assert not scene.read(scene.target)
    scene.complete(0)
    scene.db.value("select set_config('timezone', 'UTC', true)")
    assert scene.target not in scene.cached()
    scene.db.act("postgres")
    assert scene.db.all("select * from private.access_audit()") == []


def test_rows_that_were_loaded_without_triggers(scene: Scene) -> None:
    """The cache is stale until the statement of docs/operations.md invalidates all of it."""
    scene.db.act("postgres").run("alter table public.courses disable trigger user")
    scene.sql("update public.courses set is_sequential = true where id = {course}")
    scene.db.act("postgres")
    assert scene.db.all("select * from private.access_audit()") != []
    page = (ROOT / "docs" / "operations.md").read_text()
    [statement] = re.findall(r"^(select private\.\w+_open_lessons\(.*\);)$", page, re.MULTILINE)
    scene.db.all(statement)
    assert scene.cached() == set()
    assert scene.db.all("select * from private.access_audit()") == []


# Races -----------------------------------------------------------------------------------------


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []


EDITS = {
    "prerequisite": (
        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values ({2}, {1})"
    ),
    "order": "update public.lessons set ord = 90 where id = {1}",
    "date": "update public.lessons set release_at = '2100-01-01' where id = {2}",
    "lesson": "update public.courses set is_published = false where id = {course}",
    "right": "update public.entitlements set revoked_at = now() where course_id = {course}",
    "seat": "update public.enrollments set status = 'withdrawn' where course_id = {course}",
}


@pytest.mark.slow
@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("first", ["learner", "staff"])
def test_an_edit_meets_a_completion(
    database: Database, world: World, edit: str, first: str
) -> None:
    """The last to commit has seen the other: no closed lesson stays in the cache."""
    course_id, learner = world.course(is_sequential=edit == "order"), world.user()
    lessons = world.lessons(course_id, 3)
    world.school.session.act(user_id=learner)
    world.school.session.rpc("enroll", course_id=course_id)
    world.commit()
    statement = EDITS[edit].format(*(f"'{one}'" for one in lessons), course=f"'{course_id}'")
    completion = as_user(learner, "complete_lesson", lesson_id=lessons[0])
    # A whole set is not computed again: this one does not exist yet.
    world.all("delete from private.open_lessons where user_id = %s returning 1", learner)
    with transaction(database) as session:
        jobs: list[Job] = [completion, as_owner(f"{statement} returning 1")]
        if first == "staff":
            jobs.reverse()
        jobs[0](session)
        second = Background(database, jobs[1])
        while second.thread.is_alive() and not waits_for_lock(
            second.watcher, second.pid, timeout=0.05
        ):
            pass
        session.commit()
    answer = second.result()
    assert not isinstance(answer, Refusal) or answer.code in CLOSED, answer
    assert world.all("select * from private.access_audit()") == []
    cached = world.value(
        "select coalesce((select lesson_ids from private.open_lessons where user_id = %s), '{}')",
        learner,
    )
    # The second has gone to the end, or the third is closed.
    assert lessons[1 if edit == "order" else 2] not in cached


def test_a_seat_is_handed_on_while_an_edit_waits(database: Database, world: World) -> None:
    """Invalidating the entry of one learner and computing the next makes no deadlock."""
    course_id, leaver, waiter = world.course(capacity=1), world.user(), world.user()
    lessons = world.lessons(course_id, 2)
    for learner in (leaver, waiter):
        world.school.session.act(user_id=learner).rpc("enroll", course_id=course_id)
        world.commit()
    with transaction(database) as session:
        for statement in (
            "update public.entitlements set revoked_at = now() where user_id = %s",
            "update public.enrollments set status = 'withdrawn' where user_id = %s",
        ):
            session.run(statement, leaver)
            if statement.startswith("update public.entitlements"):
                edit = Background(
                    database,
                    as_owner(
                        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) "
                        "values (%s, %s) returning 1",
                        *lessons,
                    ),
                )
                assert edit.blocked()
        session.commit()
    assert not isinstance(edit.result(), Refusal)
    assert world.statuses(course_id) == {"active": 1, "withdrawn": 1}


def test_a_right_is_taken_while_its_holder_is_seated(database: Database, world: World) -> None:
    """Of two rights the one without an end goes as another call moves the waitlist up."""
    course_id, holder, waiter, other = world.course(capacity=1), *world.users(3)
    lessons = world.lessons(course_id, 1)

    def grant(learner: UUID, source: str, starts: float = 0, ends: float | None = None) -> None:
        ((starts_at, ends_at),) = (
            row.values()
            for row in world.all(
                "select clock_timestamp() + make_interval(secs => %s) as starts_at, "
                "clock_timestamp() + make_interval(secs => %s) as ends_at",
                starts,
                ends,
            )
        )
        world.school.session.act("service_role").rpc(
            "grant_entitlement",
            user_id=learner,
            course_id=course_id,
            source=source,
            starts_at=starts_at if starts else None,
            expires_at=ends_at,
        )
        world.commit()

    world.school.session.act(user_id=holder).rpc("enroll", course_id=course_id)
    world.commit()
    for learner in (waiter, other):
        grant(learner, "loan", ends=1.5)
        world.school.session.act(user_id=learner).rpc("enroll", course_id=course_id)
        world.commit()
    world.all("select pg_sleep(1.6)")
    # Without an entitlement a waiting learner is skipped when the limit goes.
    world.all("update public.courses set capacity = null where id = %s returning 1", course_id)
    grant(waiter, "gift", starts=1)
    grant(waiter, "loan", starts=1, ends=3600)
    assert world.statuses(course_id) == {"active": 1, "waitlisted": 2}
    world.all("select pg_sleep(1.1)")
    right = world.value(
        "select id from public.entitlements where user_id = %s and source = 'gift'", waiter
    )
    with transaction(database) as session:
        as_role("service_role", "revoke_entitlement", entitlement_id=right)(session)
        filling = Background(
            database,
            as_role(
                "service_role",
                "grant_entitlement",
                user_id=other,
                course_id=course_id,
                source="gift",
            ),
        )
        while filling.thread.is_alive() and not waits_for_lock(
            filling.watcher, filling.pid, timeout=0.05
        ):
            pass
        session.commit()
    assert not isinstance(filling.result(), Refusal)
    assert world.statuses(course_id) == {"active": 3}
    cached = world.all(
        "select lesson_ids, isfinite(ends_at) as ends from private.open_lessons where user_id = %s",
        waiter,
    )
    assert cached == [{"lesson_ids": lessons, "ends": True}]


def test_attempts_expire_while_a_course_is_edited(database: Database, world: World) -> None:
    """Grading what has run out passes over a course that is being edited, and never waits."""
    owner, learner = world.user("instructor"), world.user()
    course_id = world.course(owner=owner)
    world.school.enroll(learner, course_id)
    exam = make_exam(world.school, course_id=course_id, owner=owner, learner=learner)
    exam.question("true_false")
    lessons = world.lessons(course_id, 2)
    link = (
        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id, min_score) "
        "values (%s, %s, 50) returning 1"
    )
    world.all(link, lessons[0], exam.lesson_id)
    exam.student().rpc("start_attempt", lesson_id=exam.lesson_id)
    world.commit()
    world.all(
        "update public.quiz_attempts set started_at = now() - interval '2 hours', "
        "deadline = now() - interval '1 hour' where lesson_id = %s returning 1",
        exam.lesson_id,
    )
    with transaction(database) as session:
        as_owner(link, lessons[1], exam.lesson_id)(session)
        expiry = Background(database, as_owner("select private.expire_attempts(null) as number"))
        expiry.thread.join(timeout=3)
        waited = expiry.thread.is_alive()
        session.commit()
    assert not waited
    assert expiry.result() == [{"number": 0}]
    assert world.value("select private.expire_attempts(%s)", course_id) == 1


def test_a_roster_meets_a_regrade(database: Database, world: World) -> None:
    """A roster that renews rights locks learners in the order in which a regrade does."""
    owner = world.user("instructor")
    people = world.users(2)
    course_id = world.course(owner=owner)
    for learner in people:
        world.school.enroll(learner, course_id)
    exam = make_exam(world.school, course_id=course_id, owner=owner, learner=people[0])
    exam.question("true_false")
    for learner in people:
        exam.student(learner).rpc("start_attempt", lesson_id=exam.lesson_id)
    world.commit()
    rows = world.all(
        "select user_id from public.enrollments where course_id = %s order by id", course_id
    )
    first, last = (row["user_id"] for row in rows)
    world.all(
        "insert into public.entitlements (user_id, course_id, source) "
        "select e.user_id, e.course_id, 'roster' from public.enrollments as e "
        "where e.course_id = %s returning 1",
        course_id,
    )
    world.all(
        "update public.entitlements set starts_at = now() - interval '2 days', "
        "expires_at = now() - interval '1 day' where course_id = %s returning 1",
        course_id,
    )
    with transaction(database) as session:
        session.run(
            "select from public.entitlements where user_id = %s and source = 'roster' for update",
            first,
        )
        learners = Jsonb([{"user_id": str(one)} for one in (last, first)])
        roster = Background(
            database,
            as_role("service_role", "enroll_roster", course_id=course_id, learners=learners),
        )
        assert roster.blocked()
        regrade = Background(database, as_user(owner, "regrade_quiz", lesson_id=exam.lesson_id))
        assert regrade.blocked()
        session.commit()
    answers = [roster.result(), regrade.result()]
    assert refusals(answers) == []


def test_repeatable_read(database: Database, world: World) -> None:
    """An old snapshot caches nothing, and no edit runs on one."""
    course_id, learner = world.course(is_sequential=True), world.user()
    lesson_id, other_id = world.lessons(course_id, 2)
    world.school.session.act(user_id=learner)
    world.school.session.rpc("enroll", course_id=course_id)
    world.commit()
    cached = "select count(*) from private.open_lessons where course_id = %s"
    with transaction(database) as session:
        session.run("set transaction isolation level repeatable read")
        session.run("update public.lessons set title = 'New' where id = %s", lesson_id)
        with session.refused(409, "isolation_level"):
            session.run("update public.lessons set is_required = false where id = %s", lesson_id)
        session.commit()
    assert world.value(cached, course_id) == 1
    with transaction(database) as session:
        session.run("set transaction isolation level repeatable read")
        session.act(user_id=learner)
        session.rpc("complete_lesson", lesson_id=lesson_id)
        session.commit()
    assert world.value(cached, course_id) == 0
    with transaction(database) as session:
        session.act(user_id=learner)
        session.rpc("record_progress", lesson_id=other_id)
        session.commit()
    assert world.value(cached, course_id) == 1


@pytest.mark.slow
@pytest.mark.parametrize("edit", ["prerequisite", "order", "date", "lesson"])
@pytest.mark.parametrize("first", ["learner", "staff"])
@pytest.mark.parametrize("is_cached", [True, False])
def test_an_edit_meets_a_newcomer(
    database: Database, world: World, edit: str, first: str, is_cached: bool
) -> None:
    """Neither the entry of the newcomer nor the one that others copy has what the edit closes."""
    course_id, learner = world.course(is_sequential=edit == "order"), world.user()
    lessons = world.lessons(course_id, 3)
    if is_cached:
        world.school.session.act(user_id=world.user())
        world.school.session.rpc("enroll", course_id=course_id)
    world.commit()
    statement = EDITS[edit].format(*(f"'{one}'" for one in lessons), course=f"'{course_id}'")
    with transaction(database) as session:
        jobs: list[Job] = [
            as_user(learner, "enroll", course_id=course_id),
            as_owner(f"{statement} returning 1"),
        ]
        if first == "staff":
            jobs.reverse()
        jobs[0](session)
        second = Background(database, jobs[1])
        while second.thread.is_alive() and not waits_for_lock(
            second.watcher, second.pid, timeout=0.05
        ):
            pass
        session.commit()
    answer = second.result()
    assert not isinstance(answer, Refusal) or answer.code == "course_not_found", answer
    assert world.all("select * from private.access_audit()") == []


def test_learners_and_authors_at_once(database: Database, world: World) -> None:
    """Three hundred calls at once in a course: no deadlock, and no wrong entry in the cache."""
    course_id = world.course(owner=world.user("instructor"))
    lessons = world.lessons(course_id, 4) + world.lessons(course_id, 4)
    modules = [row["id"] for row in world.all(
        "select id from public.modules where course_id = %s order by ord", course_id
    )]  # fmt: skip
    people = world.users(30)
    # The others enroll during the edits: what is open to newcomers is read and cached then.
    for learner in people[:15]:
        world.school.session.act(user_id=learner)
        world.school.session.rpc("enroll", course_id=course_id)
    world.commit()
    draw = random.Random(5)
    jobs: list[Job] = []
    for number in range(300):
        learner, one, two = draw.choice(people), *draw.sample(lessons, 2)
        edits = [
            as_owner("update public.courses set is_sequential = not is_sequential where id = %s "
                     "returning 1", course_id),
            as_owner("update public.lessons set is_required = not is_required where id = %s "
                     "returning 1", one),
            as_owner("update public.lessons set is_published = not is_published where id = %s "
                     "returning 1", lessons[number % 2]),
            as_owner("update public.lessons set release_after = case when release_after is null "
                     "then interval '1 day' end where id = %s returning 1", two),
            as_owner("insert into public.lesson_prerequisites (lesson_id, prerequisite_id) "
                     "values (%s, %s) on conflict do nothing returning 1",
                     *sorted((one, two), key=lessons.index, reverse=True)),
            as_owner("delete from public.lesson_prerequisites where lesson_id = %s returning 1",
                     one),
            as_owner("update public.entitlements set expires_at = case when expires_at is null "
                     "then now() + interval '1 hour' end where user_id = %s and course_id = %s "
                     "returning 1", learner, course_id),
            as_owner("update public.modules set title = title || 'x' where id = %s returning 1",
                     modules[number % 2]),
        ]  # fmt: skip
        calls = [
            as_user(learner, "complete_lesson", lesson_id=one),
            as_user(learner, "record_progress", lesson_id=two),
            as_user(learner, "withdraw", course_id=course_id),
            as_user(learner, "enroll", course_id=course_id),
        ]
        jobs.append(draw.choice(edits if number % 3 == 0 else calls))
    answers = at_once(database, jobs, connections=16)
    assert {one.code for one in refusals(answers)} <= {*CLOSED, "lesson_rule"}
    assert world.all("select * from private.access_audit()") == []
