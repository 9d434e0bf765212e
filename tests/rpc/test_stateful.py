"""Thousands of random operations against a small school; a model in Python says what must hold."""

from __future__ import annotations

import inspect
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg.types.json import Jsonb

from app.models.errors import ERRORS
from tests.rpc.support import status_of
from tests.support.database import Database, Row, Session, told
from tests.support.school import School

pytestmark = [pytest.mark.once, pytest.mark.slow]

LEARNERS, COURSES, MODULES = 5, 2, 2
MINUTES = 1
NUMBER = st.integers(0, 10_000)
SEATED = ("active", "completed")
CLOSED = ("lesson_not_found", "not_enrolled", "lesson_locked")


class Lyceum(RuleBasedStateMachine):
    """Learners and staff at work; each step is one call or statement as its actor."""

    database: Database
    total = 0

    def __init__(self) -> None:
        super().__init__()
        self.db: Session = self.database.connect()
        self.school = School(self.db)
        self.school.direct_rosters()
        # What the model knows: done lessons, watched seconds, stored completions, seats taken.
        self.done: dict[tuple[UUID, UUID], Any] = {}
        self.seconds: dict[tuple[UUID, UUID], set[int]] = defaultdict(set)
        self.banked: dict[tuple[UUID, UUID], tuple[Any, int]] = {}
        self.taken: dict[UUID, int] = {}
        self.versions: dict[UUID, int] = {}
        self.waiting: dict[UUID, list[UUID]] = {}
        self.made: list[UUID] = []
        self.steps = 0

    @initialize()
    def open_school(self) -> None:
        """A few learners, two courses with two modules each, and some lessons."""
        self.owner = self.school.user("instructor")
        self.learners = [self.school.user() for _ in range(LEARNERS)]
        self.courses = [
            self.school.course(owner=self.owner, capacity=capacity) for capacity in (2, None)
        ]
        self.modules = {
            one: [self.school.module(one) for _ in range(MODULES)] for one in self.courses
        }
        for course_id in self.courses:
            self.add(course_id, 0, video=False, published=True)
            self.add(course_id, 1, video=True, published=True)
            for learner in self.learners[:3]:
                self.call(learner, "enroll", course_id=course_id)
        self.capacity: dict[UUID, int | None] = {self.courses[0]: 2, self.courses[1]: None}

    def teardown(self) -> None:
        self.db.rollback()
        self.db.close()

    # Helpers -----------------------------------------------------------------------------------

    def pick(self, number: int, things: list[Any]) -> Any:
        """One of the things, by number."""
        return things[number % len(things)]

    def add(self, course_id: UUID, place: int, *, video: bool, published: bool) -> None:
        """A new lesson."""
        columns: dict[str, Any] = (
            {"content_type": "video", "duration_minutes": MINUTES} if video else {}
        )
        module_id = self.pick(place, self.modules[course_id])
        self.made.append(self.school.lesson(module_id, is_published=published, **columns))

    def lessons(self, course_id: UUID | None = None) -> list[Row]:
        """The lessons of a course, or all of them, in the order in which they were made."""
        self.db.act("postgres")
        rows = self.db.all(
            "select * from public.lessons where course_id = any(%s)",
            [course_id] if course_id else self.courses,
        )
        return sorted(rows, key=lambda row: self.made.index(row["id"]))

    def attempt(self, actor: UUID, work: Callable[[], Any], allowed: dict[str, int]) -> Any:
        """Does something as an actor; refusals must be among the codes that are allowed."""
        self.steps += 1
        Lyceum.total += 1
        self.db.act(user_id=actor)
        try:
            with self.db.connection.transaction():
                return work()
        except psycopg.Error as error:
            found = told(error)
            assert allowed.get(found.code) == found.state, str(error)
            return None

    def call(self, actor: UUID, function: str, *codes: str, **arguments: Any) -> Any:
        """Calls an RPC as an actor; None when it is refused with one of these codes."""
        allowed = {code: status_of(function, code) for code in codes}
        return self.attempt(actor, partial(self.db.rpc, function, **arguments), allowed)

    def edit(self, statement: str, *params: Any, codes: Sequence[str] = ()) -> None:
        """One statement of the owner of the courses on a table."""
        allowed = {code: ERRORS[code].status for code in codes}
        self.attempt(self.owner, partial(self.db.run, statement, *params), allowed)

    # Learners ----------------------------------------------------------------------------------

    @rule(who=NUMBER, where=NUMBER)
    def enroll(self, who: int, where: int) -> None:
        """A learner enrolls."""
        self.call(
            self.pick(who, self.learners),
            "enroll",
            "course_not_found",
            "entitlement_revoked",
            course_id=self.pick(where, self.courses),
        )

    @rule(who=NUMBER, where=NUMBER)
    def withdraw(self, who: int, where: int) -> None:
        """A learner leaves."""
        self.call(
            self.pick(who, self.learners),
            "withdraw",
            "not_enrolled",
            course_id=self.pick(where, self.courses),
        )

    @rule(who=NUMBER, which=NUMBER, start=st.integers(0, 70), length=st.integers(0, 60))
    def watch(self, who: int, which: int, start: int, length: int) -> None:
        """A learner reports that they watched a part."""
        for lesson in self.one_lesson(which):
            self.report(self.pick(who, self.learners), lesson, start, length)

    def report(self, learner: UUID, lesson: Row, start: int, length: int) -> None:
        """record_progress; the model knows which seconds count, and when they are enough."""
        self.school.let_pass(learner, 60)
        # A lesson may have opened with the completion of another.
        minute = timedelta(minutes=1)
        self.db.run(
            "update public.lesson_progress set completed_at = completed_at - %s where user_id = %s",
            minute,
            learner,
        )
        for one in [key for key in self.done if key[0] == learner]:
            self.done[one] -= minute
        rows = self.call(
            learner,
            "record_progress",
            *CLOSED,
            lesson_id=lesson["id"],
            watched=Jsonb([[start, start + length]]),
            position_seconds=start,
            event_id=uuid4(),
        )
        if rows is None:
            return
        key = (learner, lesson["id"])
        video = lesson["content_type"] == "video"
        if video:
            self.seconds[key] |= set(range(start, min(start + length, MINUTES * 60)))
        if key in self.done or (video and len(self.seconds[key]) >= MINUTES * 54):
            self.done.setdefault(key, rows[0]["completed_at"])
        assert (rows[0]["status"] == "completed") == (key in self.done)

    @rule(who=NUMBER, which=NUMBER)
    def complete(self, who: int, which: int) -> None:
        """A learner says that they are done with a lesson, any lesson."""
        for lesson in self.one_lesson(which):
            self.finish(self.pick(who, self.learners), lesson)

    def finish(self, learner: UUID, lesson: Row) -> None:
        """complete_lesson, which accepts what its rule and the facts allow."""
        rows = self.call(learner, "complete_lesson", *CLOSED, "lesson_rule", lesson_id=lesson["id"])
        if rows is not None:
            assert lesson["content_type"] == "text" or (learner, lesson["id"]) in self.done
            self.done.setdefault((learner, lesson["id"]), rows[0]["completed_at"])

    @rule(who=NUMBER, where=NUMBER, times=st.integers(1, 4))
    def study(self, who: int, where: int, times: int) -> None:
        """A learner works through the lessons of a course that are open to them, in order."""
        learner, course_id = self.pick(who, self.learners), self.pick(where, self.courses)
        lessons = self.lessons(course_id)
        todo = [one for one in lessons if (learner, one["id"]) not in self.done]
        for lesson in todo[:times]:
            if lesson["content_type"] == "video":
                self.report(learner, lesson, 0, 60)
            else:
                self.finish(learner, lesson)

    # Staff -------------------------------------------------------------------------------------

    @rule(where=NUMBER, seats=st.one_of(st.none(), st.integers(1, 4)))
    def set_capacity(self, where: int, seats: int | None) -> None:
        """Seats are added, taken away or unlimited."""
        course_id = self.pick(where, self.courses)
        self.edit("update public.courses set capacity = %s where id = %s", seats, course_id)
        self.capacity[course_id] = seats

    @rule(where=NUMBER, places=st.lists(NUMBER, min_size=1, max_size=3))
    def roster(self, where: int, places: list[int]) -> None:
        """Staff enroll several learners."""
        self.call(
            self.owner,
            "enroll_roster",
            "course_not_published",
            course_id=self.pick(where, self.courses),
            learners=Jsonb([{"user_id": str(self.pick(one, self.learners))} for one in places]),
        )

    @rule(who=NUMBER, where=NUMBER, revoke=st.booleans())
    def change_right(self, who: int, where: int, revoke: bool) -> None:
        """Staff give a right, or take the rights of a learner away."""
        learner, course_id = self.pick(who, self.learners), self.pick(where, self.courses)
        if not revoke:
            self.call(self.owner, "grant_entitlement", user_id=learner, course_id=course_id)
            return
        self.db.act("postgres")
        for row in self.db.all(
            "select id from public.entitlements where user_id = %s and course_id = %s",
            learner,
            course_id,
        ):
            self.call(self.owner, "revoke_entitlement", entitlement_id=row["id"])

    @rule(who=NUMBER, where=NUMBER)
    def expire_right(self, who: int, where: int) -> None:
        """The rights of a learner to a course end, as time would do it."""
        self.db.act("postgres")
        self.db.run(
            "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
            "where user_id = %s and course_id = %s",
            self.pick(who, self.learners),
            self.pick(where, self.courses),
        )

    @rule(where=NUMBER, function=st.sampled_from(["publish_course", "unpublish_course"]))
    def publish(self, where: int, function: str) -> None:
        """The course comes and goes."""
        self.call(self.owner, function, course_id=self.pick(where, self.courses))

    @rule(where=NUMBER, place=NUMBER, video=st.booleans(), published=st.booleans())
    def add_lesson(self, where: int, place: int, video: bool, published: bool) -> None:
        """A new lesson, up to six a course."""
        course_id = self.pick(where, self.courses)
        if len(self.lessons(course_id)) < 6:
            self.add(course_id, place, video=video, published=published)

    @rule(
        which=NUMBER,
        column=st.sampled_from(["is_published", "is_required", "is_preview"]),
        value=st.sampled_from(["true", "false", "not"]),
        everywhere=st.booleans(),
    )
    def set_flag(self, which: int, column: str, value: str, everywhere: bool) -> None:
        """One flag of one lesson, or of all lessons of its course in one statement."""
        for lesson in self.one_lesson(which):
            key = "course_id" if everywhere else "id"
            self.edit(
                f"update public.lessons set {column} = "
                f"{f'not {column}' if value == 'not' else value} where {key} = %s",
                lesson[key],
            )

    @rule(which=NUMBER, place=NUMBER)
    def move(self, which: int, place: int) -> None:
        """A lesson goes to another module."""
        for lesson in self.one_lesson(which):
            self.edit(
                "update public.lessons set module_id = %s where id = %s",
                self.pick(place, self.modules[lesson["course_id"]]),
                lesson["id"],
            )

    @rule(which=NUMBER)
    def delete_lesson(self, which: int) -> None:
        """A lesson is deleted, unless a learner has completed it."""
        for lesson in self.one_lesson(which):
            self.edit(
                "delete from public.lessons where id = %s",
                lesson["id"],
                codes=["lesson_has_work"],
            )
            self.forget({lesson["id"]})

    @precondition(lambda self: self.steps % 7 == 0)
    @rule(where=NUMBER, place=NUMBER)
    def replace_module(self, where: int, place: int) -> None:
        """A module is deleted with its lessons, unless they hold work, and another one made."""
        course_id = self.pick(where, self.courses)
        module_id = self.pick(place, self.modules[course_id])
        gone = {row["id"] for row in self.lessons(course_id) if row["module_id"] == module_id}
        self.edit("delete from public.modules where id = %s", module_id, codes=["lesson_has_work"])
        if self.forget(gone):
            self.modules[course_id].remove(module_id)
            self.modules[course_id].append(self.school.module(course_id))

    @rule(which=NUMBER, seed=st.randoms(use_true_random=False))
    def reorder(self, which: int, seed: Any) -> None:
        """The lessons of a module in any order."""
        for lesson in self.one_lesson(which):
            ids = [
                row["id"]
                for row in self.lessons(lesson["course_id"])
                if row["module_id"] == lesson["module_id"]
            ]
            seed.shuffle(ids)
            self.call(self.owner, "reorder_lessons", module_id=lesson["module_id"], lesson_ids=ids)

    @rule(where=NUMBER)
    def toggle_sequence(self, where: int) -> None:
        """The course becomes sequential, or free."""
        self.edit(
            "update public.courses set is_sequential = not is_sequential where id = %s",
            self.pick(where, self.courses),
        )

    @rule(one=NUMBER, two=NUMBER)
    def link(self, one: int, two: int) -> None:
        """A lesson is made to depend on another one of its course."""
        for lesson in self.one_lesson(one):
            other = self.pick(two, self.lessons(lesson["course_id"]))
            if other["id"] != lesson["id"]:
                self.edit(
                    "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) "
                    "values (%s, %s) on conflict do nothing",
                    lesson["id"],
                    other["id"],
                    codes=["prerequisite_cycle"],
                )

    @precondition(lambda self: self.steps % 5 == 0)
    @rule(who=NUMBER)
    def replace_account(self, who: int) -> None:
        """An account is deleted and another one made."""
        learner = self.pick(who, self.learners)
        self.db.act("postgres")
        self.db.run("delete from auth.users where id = %s", learner)
        self.learners[self.learners.index(learner)] = self.school.user()
        self.done = {key: at for key, at in self.done.items() if key[0] != learner}
        self.banked = {key: what for key, what in self.banked.items() if key[0] != learner}

    def one_lesson(self, which: int) -> list[Row]:
        """One of the lessons, or nothing when there are none."""
        lessons = self.lessons()
        return [self.pick(which, lessons)] if lessons else []

    def forget(self, lesson_ids: set[UUID]) -> bool:
        """Lessons that were to be deleted: whether they are gone. Those with work stay."""
        if lesson_ids & {row["id"] for row in self.lessons()}:
            assert any(key[1] in lesson_ids for key in self.done)
            return False
        self.done = {key: at for key, at in self.done.items() if key[1] not in lesson_ids}
        return True

    # What always holds -------------------------------------------------------------------------

    @invariant()
    def nothing_drifts(self) -> None:
        """The audit is empty, and so is the list of positions that two children share."""
        assert self.school.drift() == []
        self.db.run("set constraints all immediate")
        self.db.run("set constraints all deferred")

    @invariant()
    def the_model_agrees(self) -> None:
        """Counts, seats, completions and versions are those of the model."""
        if not hasattr(self, "courses"):
            return
        counting: dict[UUID, set[UUID]] = {one: set() for one in self.courses}
        for lesson in self.lessons():
            if lesson["is_published"] and lesson["is_required"]:
                counting[lesson["course_id"]].add(lesson["id"])
        rows = self.db.all(
            "select * from public.enrollments where course_id = any(%s) order by requested_at, id",
            self.courses,
        )
        for row in rows:
            self.check_enrollment(row, counting[row["course_id"]])
        self.check_seats(rows)
        for row in self.db.all(
            "select id, version from public.courses where id = any(%s)", self.courses
        ):
            assert row["version"] >= self.versions.get(row["id"], 1)
            self.versions[row["id"]] = row["version"]
        self.check_progress()

    def check_enrollment(self, row: Row, counting: set[UUID]) -> None:
        """The counts follow from the facts; what is banked stays as it was."""
        key = (row["user_id"], row["course_id"])
        number = sum((row["user_id"], lesson_id) in self.done for lesson_id in counting)
        if row["status"] in (*SEATED, "withdrawn"):
            progress = number * 10000 // len(counting) if counting else 0
            assert (row["lessons_completed"], int(row["progress"] * 100)) == (number, progress)
        if key in self.banked:
            assert (row["completed_at"], row["completed_version"]) == self.banked[key]
            assert row["status"] != "active"
        elif row["completed_at"]:
            self.banked[key] = (row["completed_at"], row["completed_version"])

    def check_seats(self, rows: list[Row]) -> None:
        """No more seats than before when there are too many, and no idle seat; order is kept."""
        rights = self.db.all(
            "select user_id, course_id from public.entitlements where revoked_at is null "
            "and (expires_at is null or expires_at > now())"
        )
        entitled = {(row["user_id"], row["course_id"]) for row in rights}
        for course_id in self.courses:
            of_course = [row for row in rows if row["course_id"] == course_id]
            taken = sum(row["status"] in SEATED for row in of_course)
            queue = [
                row["user_id"]
                for row in of_course
                if row["status"] == "waitlisted" and (row["user_id"], course_id) in entitled
            ]
            capacity = self.capacity[course_id]
            if capacity is None:
                assert queue == []
            else:
                assert taken <= max(capacity, self.taken.get(course_id, 0))
                assert not queue or taken >= capacity
            # No waiting learner was overtaken by one behind them.
            seated = {row["user_id"] for row in of_course if row["status"] in SEATED}
            before = self.waiting.get(course_id, [])
            moved = [place for place, one in enumerate(before) if one in seated]
            still = [place for place, one in enumerate(before) if one in queue]
            assert not moved or not still or max(moved) < min(still)
            self.taken[course_id] = taken
            self.waiting[course_id] = queue

    def check_progress(self) -> None:
        """Every completed lesson and every watched second is still there, and no other one."""
        rows = self.db.all(
            "select user_id, lesson_id, status::text, completed_at, watched "
            "from public.lesson_progress where course_id = any(%s)",
            self.courses,
        )
        done = {
            (row["user_id"], row["lesson_id"]): row["completed_at"]
            for row in rows
            if row["status"] == "completed"
        }
        assert done == self.done
        for row in rows:
            found = {second for span in row["watched"] for second in range(span.lower, span.upper)}
            assert found == self.seconds.get((row["user_id"], row["lesson_id"]), set())

    @invariant()
    def readers_agree(self) -> None:
        """Now and then, the content that a learner can read is what lesson_access calls open."""
        if not hasattr(self, "courses") or self.steps % 3:
            return
        learner = self.learners[self.steps % LEARNERS]
        course_id = self.courses[self.steps % COURSES]
        self.db.act(user_id=learner)
        readable = {
            row["lesson_id"]
            for row in self.db.all(
                "select lesson_id from public.lesson_contents where course_id = %s", course_id
            )
        }
        try:
            with self.db.connection.transaction():
                listed = self.db.rpc("lesson_access", course_id=course_id)
        except psycopg.Error as error:
            assert told(error).code == "course_not_found"
            listed = []
        assert readable == {row["lesson_id"] for row in listed if row["is_open"]}


@pytest.mark.slow
@pytest.mark.parametrize("stories", [15, pytest.param(150, marks=pytest.mark.long)])
def test_random_operations(database: Database, stories: int) -> None:
    """Short random stories, found and shrunk by hypothesis; the audit and the model agree."""
    Lyceum.database = database
    Lyceum.total = 0
    run_state_machine_as_test(
        Lyceum,
        settings=settings(
            max_examples=stories,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Lyceum.total > 200


# How often the long walk takes each turn; learners are busier than staff.
TURNS = {
    "enroll": 12,
    "withdraw": 6,
    "watch": 8,
    "complete": 8,
    "study": 20,
    "set_capacity": 3,
    "roster": 2,
    "change_right": 6,
    "expire_right": 4,
    "publish": 4,
    "add_lesson": 6,
    "set_flag": 6,
    "move": 3,
    "delete_lesson": 2,
    "replace_module": 1,
    "reorder": 3,
    "toggle_sequence": 1,
    "link": 3,
    "replace_account": 1,
}


def turn(machine: Lyceum, name: str, dice: random.Random) -> None:
    """One step of a long walk."""
    numbers = {key: dice.randrange(10_000) for key in ("who", "where", "which", "place")}
    others: dict[str, Any] = {
        "start": dice.randrange(70),
        "length": dice.randrange(60),
        "times": dice.randint(1, 4),
        "seats": dice.choice([None, 1, 1, 2, 2, 3]),
        "places": [dice.randrange(10_000) for _ in range(dice.randint(1, 3))],
        "revoke": dice.random() < 0.3,
        "function": dice.choice(["publish_course", "publish_course", "unpublish_course"]),
        "video": dice.random() < 0.4,
        "published": dice.random() < 0.7,
        "column": dice.choice(["is_published", "is_published", "is_required", "is_preview"]),
        "value": dice.choice(["true", "true", "false", "not"]),
        "everywhere": dice.random() < 0.2,
        "seed": dice,
        "one": dice.randrange(10_000),
        "two": dice.randrange(10_000),
    }
    method = getattr(Lyceum, name)
    names = inspect.signature(method).parameters
    given = {key: value for key, value in {**numbers, **others}.items() if key in names}
    method(machine, **given)


@pytest.mark.slow
@pytest.mark.parametrize(
    "seeds",
    [
        # Walks that have found a defect before.
        (3, 131, 132, 150),
        pytest.param(range(200, 225), marks=pytest.mark.long),
    ],
    ids=["known", "more"],
)
def test_long_walks(database: Database, seeds: Sequence[int]) -> None:
    """400 operations in a row on one school; the audit and the model agree after each."""
    Lyceum.database = database
    banked = 0
    for seed in seeds:
        machine = Lyceum()
        dice = random.Random(seed)
        try:
            machine.open_school()
            machine.the_model_agrees()
            for name in dice.choices(list(TURNS), list(TURNS.values()), k=400):
                turn(machine, name, dice)
                machine.nothing_drifts()
                machine.the_model_agrees()
                machine.readers_agree()
            banked += len(machine.banked)
        finally:
            machine.teardown()
    assert banked, "nobody completed a course on any of the walks"
