"""Editing a course keeps every learner's progress right, in one statement for all learners."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest

from tests.support.database import Database, Row, Session
from tests.support.school import School

pytestmark = pytest.mark.slow


@dataclass
class Class:
    """A course with two modules of lessons and learners in every state and at every stage."""

    db: Session
    school: School
    course_id: UUID
    modules: list[UUID]
    lessons: list[UUID]
    draft: UUID
    optional: UUID
    # Learner to their completed lessons.
    done: dict[UUID, set[UUID]]

    def sql(self, statement: str, *params: object) -> None:
        """Edits the course as the owner of the database."""
        self.db.act("postgres")
        assert self.db.run(statement, *params) > 0

    def forget(self, column: str, key: UUID) -> None:
        """Deletes the progress in some lessons, which keeps them from being deleted."""
        self.sql(
            "delete from public.lesson_progress where lesson_id in "
            f"(select id from public.lessons where {column} = %s)",
            key,
        )

    def rows(self) -> dict[UUID, Row]:
        """The enrollments of the course, by learner."""
        self.db.act("postgres")
        rows = self.db.all("select * from public.enrollments where course_id = %s", self.course_id)
        return {row["user_id"]: row for row in rows}


@pytest.fixture
def klass(db: Session, school: School) -> Class:
    """Six lessons, one of them a draft and one optional; nine learners."""
    course_id = school.course()
    modules = [school.module(course_id) for _ in range(2)]
    lessons = [school.lesson(modules[number // 2]) for number in range(4)]
    draft = school.lesson(modules[1], is_published=False)
    optional = school.lesson(modules[0], is_required=False)
    stages: list[tuple[str, list[UUID]]] = [
        ("active", []),
        ("active", lessons[:1]),
        ("active", lessons[1:3]),
        ("active", lessons[:3]),
        ("active", [*lessons[1:], optional]),
        ("active", lessons),
        ("withdrawn", lessons[:3]),
        ("withdrawn", lessons),
        ("waitlisted", []),
        ("pending", []),
    ]
    done: dict[UUID, set[UUID]] = {}
    for status, completed in stages:
        learner = school.user()
        done[learner] = set(completed)
        waits = status in ("waitlisted", "pending")
        enrollment_id = school.enroll(learner, course_id, status if waits else "active")
        db.act(user_id=learner)
        for lesson_id in completed:
            db.rpc("complete_lesson", lesson_id=lesson_id)
        if status == "withdrawn":
            db.rpc("withdraw", course_id=course_id)
        if status == "waitlisted":
            # No seat is left, so that the waitlist stays one.
            db.act("postgres")
            db.run("update public.courses set capacity = 6 where id = %s", course_id)
            db.run(
                "update public.enrollments set status = 'waitlisted' where id = %s", enrollment_id
            )
    return Class(db, school, course_id, modules, lessons, draft, optional, done)


EDITS: dict[str, Callable[[Class], None]] = {}


def edit(change: Callable[[Class], None]) -> Callable[[Class], None]:
    """Registers a change of a course."""
    EDITS[change.__name__] = change
    return change


@edit
def publish_lesson(klass: Class) -> None:
    klass.sql("update public.lessons set is_published = true where id = %s", klass.draft)


@edit
def unpublish_lesson(klass: Class) -> None:
    klass.sql("update public.lessons set is_published = false where id = %s", klass.lessons[0])


@edit
def unpublish_all(klass: Class) -> None:
    klass.sql(
        "update public.lessons set is_published = false where course_id = %s", klass.course_id
    )


@edit
def toggle_all(klass: Class) -> None:
    klass.sql(
        "update public.lessons set is_published = not is_published where course_id = %s",
        klass.course_id,
    )


@edit
def add_published(klass: Class) -> None:
    klass.school.lesson(klass.modules[0])


@edit
def add_draft(klass: Class) -> None:
    klass.school.lesson(klass.modules[0], is_published=False)


@edit
def add_several(klass: Class) -> None:
    klass.sql(
        "insert into public.lessons (module_id, slug, title, is_published, is_required) "
        "select %s, 'added-' || n, 'Added', n < 4, n <> 2 from generate_series(1, 5) as n",
        klass.modules[1],
    )


@edit
def delete_lesson(klass: Class) -> None:
    klass.forget("id", klass.lessons[3])
    klass.sql("delete from public.lessons where id = %s", klass.lessons[3])


@edit
def delete_draft(klass: Class) -> None:
    klass.sql("delete from public.lessons where id = %s", klass.draft)


@edit
def delete_module(klass: Class) -> None:
    klass.forget("module_id", klass.modules[1])
    klass.sql("delete from public.modules where id = %s", klass.modules[1])


@edit
def delete_both_modules(klass: Class) -> None:
    klass.forget("course_id", klass.course_id)
    klass.sql("delete from public.modules where course_id = %s", klass.course_id)


@edit
def move_lesson(klass: Class) -> None:
    klass.sql(
        "update public.lessons set module_id = %s where id = %s", klass.modules[1], klass.lessons[0]
    )


@edit
def make_optional(klass: Class) -> None:
    klass.sql("update public.lessons set is_required = false where id = %s", klass.lessons[0])


@edit
def make_required(klass: Class) -> None:
    klass.sql("update public.lessons set is_required = true where id = %s", klass.optional)


@edit
def make_all_optional(klass: Class) -> None:
    klass.sql("update public.lessons set is_required = false where course_id = %s", klass.course_id)


@edit
def make_draft_required_and_publish(klass: Class) -> None:
    klass.sql(
        "update public.lessons set is_published = true, is_required = true where id = any(%s)",
        [klass.draft, klass.optional],
    )


@edit
def rename(klass: Class) -> None:
    klass.sql("update public.lessons set title = 'New' where course_id = %s", klass.course_id)


@edit
def unpublish_course(klass: Class) -> None:
    klass.db.act("service_role").rpc("unpublish_course", course_id=klass.course_id)


@edit
def preview_and_threshold(klass: Class) -> None:
    klass.sql(
        "update public.lessons set is_preview = true, completion_threshold = 10 "
        "where course_id = %s",
        klass.course_id,
    )


def expected(klass: Class, before: dict[UUID, Row]) -> dict[UUID, Row]:
    """Counts of each learner after an edit, computed from the facts; the state stays."""
    klass.db.act("postgres")
    counting = {
        row["id"]
        for row in klass.db.all(
            "select id from public.lessons where course_id = %s and is_published and is_required",
            klass.course_id,
        )
    }
    result = {}
    for learner, row in before.items():
        number = len(klass.done[learner] & counting)
        progress = number * 10000 // len(counting) / 100 if counting else 0
        result[learner] = {
            "lessons_completed": number,
            "progress": progress,
            "status": row["status"],
            "completed": row["completed_at"] is not None,
        }
    return result


@pytest.mark.parametrize("name", sorted(EDITS))
def test_an_edit_keeps_everybody_right(klass: Class, name: str) -> None:
    """After an edit each learner's counts are the facts, and no completion is lost or made."""
    before = klass.rows()
    EDITS[name](klass)
    after = klass.rows()
    assert {
        learner: {
            "lessons_completed": row["lessons_completed"],
            "progress": float(row["progress"]),
            "status": row["status"],
            "completed": row["completed_at"] is not None,
        }
        for learner, row in after.items()
    } == expected(klass, before)
    for learner, row in before.items():
        if row["completed_at"]:
            for column in ("completed_at", "completed_version"):
                assert after[learner][column] == row[column]
    assert klass.school.drift() == []


@pytest.mark.parametrize(
    ("name", "grows"),
    [
        ("publish_lesson", True),
        ("unpublish_lesson", True),
        ("add_published", True),
        ("delete_lesson", True),
        ("make_required", True),
        ("make_optional", True),
        ("add_draft", False),
        ("delete_draft", False),
        ("move_lesson", False),
        ("rename", False),
        ("preview_and_threshold", False),
        ("unpublish_course", False),
    ],
)
def test_the_version_follows_what_counts(klass: Class, name: str, grows: bool) -> None:
    """The version grows when the set of counting lessons changes, and only then."""
    read = "select version from public.courses where id = %s"
    klass.db.act("postgres")
    before = klass.db.value(read, klass.course_id)
    EDITS[name](klass)
    klass.db.act("postgres")
    assert klass.db.value(read, klass.course_id) == before + int(grows)


def test_an_edit_of_one_course_leaves_others_alone(klass: Class) -> None:
    """Progress in another course is not touched."""
    school = klass.school
    other_id = school.course()
    lesson_id = school.lesson(school.module(other_id))
    learner = next(iter(klass.done))
    school.enroll(learner, other_id)
    klass.db.act(user_id=learner).rpc("complete_lesson", lesson_id=lesson_id)
    klass.db.act("postgres")
    read = "select xmin, * from public.enrollments where course_id = %s"
    before = klass.db.all(read, other_id)
    delete_both_modules(klass)
    assert klass.db.all(read, other_id) == before


# Cost ------------------------------------------------------------------------------------------

LEARNERS = 2000


@pytest.fixture
def counting(database: Database) -> Iterator[Session]:
    """A session of the superuser in which every call of a function is counted."""
    session = Database(database.superuser_url, database.superuser_url).connect()
    session.run("set local track_functions = 'all'")
    yield session
    session.rollback()
    session.close()


def crowd(session: Session) -> list[UUID]:
    """A course with four lessons, of which learner n has completed n modulo 5."""
    school = School(session)
    course_id = school.course()
    module_id = school.module(course_id)
    lessons = [school.lesson(module_id, body=None) for _ in range(4)]
    session.run(
        "create temporary table crowd on commit drop as "
        "select gen_random_uuid() as id, n from generate_series(1, %s) as n",
        LEARNERS,
    )
    session.run("insert into auth.users (id) select id from crowd")
    session.run(
        "insert into public.enrollments (user_id, course_id) select id, %s from crowd", course_id
    )
    session.run(
        "insert into public.lesson_progress "
        "(user_id, lesson_id, course_id, status, completed_at) "
        "select c.id, l.id, %s, 'completed', now() from crowd as c "
        "inner join unnest(%s::uuid[]) with ordinality as l (id, number) on l.number <= c.n %% 5",
        course_id,
        lessons,
    )
    session.run("select private.recount_progress(array[%s::uuid])", course_id)
    assert school.drift() == []
    return lessons


def cost(session: Session, statement: str, *params: object) -> tuple[int, dict[str, int]]:
    """How many enrollments a statement updates, and how often it calls each private function."""
    updates = (
        "select n_tup_upd from pg_stat_xact_user_tables "
        "where relid = 'public.enrollments'::regclass"
    )
    calls = "select funcname, calls from pg_stat_xact_user_functions where schemaname = 'private'"

    def counts() -> tuple[int, dict[str, int]]:
        return session.value(updates), {row["funcname"]: row["calls"] for row in session.all(calls)}

    updated, called = counts()
    session.run(statement, *params)
    updated_after, called_after = counts()
    return updated_after - updated, {
        name: number - called.get(name, 0)
        for name, number in called_after.items()
        if number > called.get(name, 0)
    }


SEARCH = ("search_text", "text_config", "text_words", "title_terms", "weighted_vector")


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        # Everybody with a completed lesson falls; 0 of 4 and 0 of 5 are the same.
        (
            "insert into public.lessons (module_id, slug, title, is_published) "
            "select module_id, 'new', 'New', true from public.lessons where id = %(first)s",
            LEARNERS * 4 // 5,
        ),
        # Who had completed the first falls, except who had all of them: 3 of 3 is still 100,
        # but one lesson fewer is counted.
        ("update public.lessons set is_published = false where id = %(first)s", LEARNERS * 4 // 5),
        # The last is completed only by who has all; the others rise, but for those at 0.
        ("delete from public.lessons where id = %(last)s", LEARNERS * 4 // 5),
        (
            "update public.lessons set is_required = false where id = any(%(all)s)",
            LEARNERS * 4 // 5,
        ),
        ("update public.lessons set title = 'New' where id = any(%(all)s)", 0),
    ],
)
def test_the_recount_is_one_statement(counting: Session, statement: str, changed: int) -> None:
    """2,000 learners are recounted once each, by no function that is called per learner."""
    lessons = crowd(counting)
    given = {"first": lessons[0], "last": lessons[3], "all": lessons}
    text = statement
    params: list[object] = []
    for name, value in given.items():
        if f"%({name})s" in text:
            text = text.replace(f"%({name})s", "%s")
            params.append(value)
    if statement.startswith("delete"):
        # A lesson with work is not deleted.
        counting.run("delete from public.lesson_progress where lesson_id = %s", lessons[3])
    # There are no statistics about the rows of this transaction: the plan must do without them.
    counting.run("set local statement_timeout = '2s'")
    updated, called = cost(counting, text, *params)
    counting.run("set local statement_timeout = 0")
    assert updated == changed
    # A few times per lesson, but never per learner; only codes of certificates are
    # drawn one by one.
    called.pop("random_code", None)
    # The search index is written per lesson, whatever the number of learners; so are check
    # constraints evaluated, one for each column that has one. day_zero is a constant.
    for name in (*SEARCH, "check_column", "day_zero"):
        called.pop(name, None)
    most = {name: count for name, count in called.items() if count > 6 * len(lessons)}
    assert most == {}
    assert called.get("recount_progress", 0) == (1 if changed else 0)
    assert "recount_learner" not in called
    assert School(counting).drift() == []
