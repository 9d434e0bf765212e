"""The search index under concurrent writers: short waits, and no stale rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.finding import is_empty, lessons, search
from tests.rpc.support import (
    Background,
    Refusal,
    World,
    as_owner,
    at_once,
    committed,
    refusals,
    transaction,
    waits_for_lock,
)
from tests.support.database import Database, Row

pytestmark = [pytest.mark.once, pytest.mark.slow]


def a_word() -> str:
    """A new random word."""
    return uuid4().hex[:12].translate(str.maketrans("0123456789", "ghijklmnop"))


def settle(second: Background) -> None:
    """Waits until the job has ended or waits for a lock."""
    while second.thread.is_alive() and not waits_for_lock(second.watcher, second.pid, timeout=0.05):
        pass


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Courses that all connections see, removed afterwards."""
    with committed(database) as world:
        yield world


def test_authors_do_not_wait_for_each_other(database: Database, world: World) -> None:
    """Two concurrent transactions with the same new word do not wait for each other."""
    word = a_word()
    targets = [world.lessons(world.course(), 1)[0] for _ in range(2)]
    world.commit()
    statement = "update public.lesson_contents set body_md = %s where lesson_id = %s"
    with transaction(database) as first:
        first.run(statement, f"{word} {word}b", targets[0])
        second = Background(database, as_owner(statement, f"{word} {word}a", targets[1]))
        settle(second)
        waited = second.thread.is_alive()
        first.rollback()
    assert not isinstance(second.result(), Refusal)
    assert not waited


class Scene:
    """A lesson in a module, with a word in its text."""

    def __init__(self, world: World, word: str, **columns: Any) -> None:
        self.world, self.word = world, word
        self.course_id = world.course()
        self.lesson_id = world.lessons(self.course_id, 1, body=f"About {word}.", **columns)[0]
        self.ids = {"course": self.course_id, "lesson": self.lesson_id}
        world.commit()

    def statement(self, text: str) -> str:
        """A statement about the course or the lesson."""
        return text.format(
            course=f"'{self.course_id}'", lesson=f"'{self.lesson_id}'", word=self.word
        )

    def asked(self, query: str, user_id: UUID | None = None) -> Row:
        """The page that this user finds now."""
        session = self.world.session
        session.act("anon") if user_id is None else session.act(user_id=user_id)
        page = search(session, query)
        session.rollback()
        return page


# Statements that rewrite the documents of the lessons of a course.
OTHERS = {
    "module": "update public.modules set title = 'New' where course_id = {course}",
    "course": "update public.courses set title = 'New' where id = {course}",
    "locale": "update public.courses set locale = 'de' where id = {course}",
    "lesson": "update public.lessons set slug = slug || 'x', title = 'New' where id = {lesson}",
    "content": "update public.lesson_contents set transcript = 'New.' where lesson_id = {lesson}",
}
CLOSING = {
    "preview": "update public.lessons set is_preview = false where id = {lesson}",
    "draft": "update public.lessons set is_published = false where id = {lesson}",
    "course": "update public.courses set is_published = false where id = {course}",
    "text": "update public.lesson_contents set body_md = 'Nothing.' where lesson_id = {lesson}",
    "content": "delete from public.lesson_contents where lesson_id = {lesson}",
    "deleted": "delete from public.lessons where id = {lesson}",
}


@pytest.mark.parametrize("closing", CLOSING)
@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("first", ["closing", "other"])
def test_what_is_closed_stays_closed(
    database: Database, world: World, closing: str, other: str, first: str
) -> None:
    """A lesson closed while its module or course is renamed is no longer found."""
    scene = Scene(world, a_word(), is_preview=True)
    assert lessons(scene.asked(scene.word)) == [scene.lesson_id]
    statements = [scene.statement(CLOSING[closing]), scene.statement(OTHERS[other])]
    if first == "other":
        statements.reverse()
    with transaction(database) as session:
        session.run(statements[0])
        second = Background(database, as_owner(statements[1]))
        settle(second)
        session.commit()
    assert not isinstance(second.result(), Refusal)
    assert is_empty(scene.asked(scene.word))
    assert world.all("select * from private.search_audit()") == []


@pytest.mark.parametrize("other", ["module", "course", "locale", "lesson"])
@pytest.mark.parametrize("first", ["edit", "other"])
def test_what_is_written_is_found(database: Database, world: World, other: str, first: str) -> None:
    """A text edited while its module or course is renamed is found by its new words."""
    scene = Scene(world, a_word(), is_preview=True)
    fresh = a_word()
    edit = "update public.lesson_contents set body_md = %s where lesson_id = %s"
    rename = scene.statement(OTHERS[other])
    with transaction(database) as session:
        if first == "edit":
            session.run(edit, fresh, scene.lesson_id)
            second = Background(database, as_owner(rename))
        else:
            session.run(rename)
            second = Background(database, as_owner(edit, fresh, scene.lesson_id))
        settle(second)
        session.commit()
    assert not isinstance(second.result(), Refusal)
    assert is_empty(scene.asked(scene.word))
    page = scene.asked(fresh)
    assert lessons(page) == [scene.lesson_id]
    if other in ("module", "course"):
        assert scene.lesson_id in lessons(scene.asked(f"{fresh} new"))


@pytest.mark.parametrize("other", ["module", "course", "locale", "lesson"])
@pytest.mark.parametrize("first", ["content", "other"])
def test_the_first_content_meets_a_rename(
    database: Database, world: World, other: str, first: str
) -> None:
    """Content inserted while its module or course is renamed is indexed with the new names."""
    scene = Scene(world, a_word())
    world.all("delete from public.lesson_contents where lesson_id = %s", scene.lesson_id)
    fresh = a_word()
    # Other stems in another language.
    text = f"The houses of {fresh}."
    insert = "insert into public.lesson_contents (lesson_id, body_md) values (%s, %s)"
    rename = scene.statement(OTHERS[other])
    with transaction(database) as session:
        if first == "content":
            session.run(insert, scene.lesson_id, text)
            second = Background(database, as_owner(rename))
        else:
            session.run(rename)
            second = Background(database, as_owner(insert, scene.lesson_id, text))
        settle(second)
        session.commit()
    assert not isinstance(second.result(), Refusal)
    assert world.all("select * from private.search_audit()") == []
    world.session.act("service_role")
    found = lessons(search(world.session, fresh if other == "locale" else f"{fresh} new"))
    world.session.rollback()
    assert found == [scene.lesson_id]


@pytest.mark.slow
def test_many_authors_at_once(database: Database, world: World) -> None:
    """Of 200 concurrent edits of one course none fails, and the index equals a rebuilt one."""
    course_id = world.course()
    targets = world.lessons(course_id, 4) + world.lessons(course_id, 4)
    world.commit()
    words = [a_word() for _ in range(6)]
    jobs = []
    for number in range(200):
        lesson_id = targets[number % len(targets)]
        text = " ".join(words[(number + step * (1 + number % 5)) % 6] for step in range(6))
        jobs.append(
            [
                as_owner(
                    "update public.lesson_contents set body_md = %s where lesson_id = %s",
                    f"## {text}\n\n{text}\n\n" * (1 + number % 3),
                    lesson_id,
                ),
                as_owner(
                    "update public.lessons set title = %s where id = %s", f"{text} x", lesson_id
                ),
                as_owner(
                    "update public.lessons set is_preview = not is_preview where id = %s", lesson_id
                ),
                as_owner(
                    "insert into public.lesson_contents (lesson_id, body_md) values (%s, %s) "
                    "on conflict (lesson_id) do update set body_md = excluded.body_md",
                    lesson_id,
                    text,
                ),
                as_owner("delete from public.lesson_contents where lesson_id = %s", lesson_id),
                as_owner(
                    "update public.modules set title = %s where course_id = %s and ord = %s",
                    text,
                    course_id,
                    1 + number % 2,
                ),
                as_owner(
                    "update public.courses set title = %s, locale = %s where id = %s",
                    text,
                    "ende"[number % 4 // 2 * 2 :][:2],
                    course_id,
                ),
            ][number % 7]
        )
    assert [str(one) for one in refusals(at_once(database, jobs, connections=12))] == []
    assert world.all("select * from private.search_audit()") == []
    documents = (
        "select to_jsonb(d) as row from private.search_documents as d "
        "where d.course_id = %s order by d.kind, d.subject_id"
    )
    before = world.all(documents, course_id)
    world.all("select private.rebuild_search()")
    assert world.all(documents, course_id) == before
