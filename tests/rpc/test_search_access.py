"""search, search_facets, suggest and lesson_passages for each actor of the access matrix."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from psycopg import sql

from tests.policies.world import World
from tests.rpc.finding import ACTORS, is_empty, lessons, places, search, suggest
from tests.support.database import Database, Session

pytestmark = [pytest.mark.once, pytest.mark.slow]

# One word for each lesson of the school, in its text only. They share no trigram, so that none is a
# correction of another.
WORDS = {
    "preview": "brumvalk",
    "open": "klidont",
    "locked": "zephquor",
    "gated": "muxiwend",
    "unpublished": "tajobrig",
    "draft": "fyscelph",
    "draft_gated": "howrinuk",
    "foreign": "dqapelom",
}
# After the first letter of any of them: a word that does not occur.
NOWHERE = "bsgertz"


@pytest.fixture(scope="module")
def world(database: Database) -> Iterator[World]:
    """The school of the access matrix, each text with a heading, a body and a transcript."""
    session = database.connect()
    try:
        world = World(session)
        for name, word in WORDS.items():
            session.run(
                "update public.lesson_contents set body_md = %s, transcript = %s "
                "where lesson_id = %s",
                f"## About {word}a\n\nIt is {word}e here, and {word}i.",
                f"They say {word}o now.",
                world.lessons[name],
            )
        yield world
    finally:
        session.rollback()
        session.close()


def readable(session: Session, lesson_id: UUID) -> bool:
    """Whether the caller may read the content of the lesson."""
    return bool(session.all("select 1 from public.lesson_contents where lesson_id = %s", lesson_id))


@pytest.mark.parametrize("actor", ACTORS)
def test_words_of_a_text_are_found_by_its_readers(world: World, actor: str) -> None:
    """Only callers who may read the content find its heading, body and transcript."""
    session = world.act(actor)
    opened = 0
    for name, word in WORDS.items():
        for ending in "aeio":
            page = search(session, word + ending)
            if readable(session, world.lessons[name]):
                assert lessons(page) == [world.lessons[name]]
                assert page["did_you_mean"] is None
                assert word in page["results"][0]["snippet"]
                opened += 1
            else:
                assert is_empty(page), (name, page)
    assert opened


# Queries of a caller who guesses that a word is in a closed lesson.
PROBES = [
    "{}e", "{}", "{}es", "{}x", "x{}e", '"{}e here"', '"is {}e"', "{}e or {}a", "lesson {}e",
    "lesson -{}e", "-{}e", "lesson or {}e", "{}e {}a {}i {}o", "about {}", "{}a lesson", "{}u",
    "{}ee", "lesson {}", "course or {}i", "module -{}o",
]  # fmt: skip


@pytest.mark.parametrize("actor", ["anon", "learner", "expired", "rival", "pending"])
@pytest.mark.parametrize("probe", PROBES)
def test_a_closed_word_is_no_word(world: World, actor: str, probe: str) -> None:
    """A word of a closed lesson is answered like a word that does not occur."""
    session = world.act(actor)
    for name, word in WORDS.items():
        if readable(session, world.lessons[name]):
            continue
        nowhere = word[0] + NOWHERE
        for page_size in (1, 50):
            given, control = (
                search(session, probe.replace("{}", one), page_size=page_size)
                for one in (word, nowhere)
            )
            for page in (given, control):
                page["cursor"] = page["cursor"] is not None
                page["did_you_mean"] = str(page["did_you_mean"]).replace(word, nowhere)
            assert given == control, name
        given_rows, control_rows = (
            suggest(session, probe.replace("{}", one)) for one in (word, nowhere)
        )
        assert given_rows == control_rows


@pytest.mark.parametrize("actor", ACTORS)
def test_titles_are_found_by_whom_the_syllabus_shows_them(world: World, actor: str) -> None:
    """Courses, modules and lessons are found by title exactly where their policies show the row."""
    session = world.session
    names = {
        ("courses", world.course): "wundrak",
        ("courses", world.draft): "pellixo",
        ("courses", world.foreign): "gruhmte",
        ("modules", world.module): "sfizzan",
        ("modules", world.module_draft): "bquolev",
        ("lessons", world.lessons["locked"]): "jinktar",
        ("lessons", world.lessons["unpublished"]): "oxhumbe",
        ("lessons", world.lessons["draft"]): "cyldwap",
    }
    with session.savepoint():
        session.act("postgres")
        for (table, row_id), word in names.items():
            session.run(
                sql.SQL("update public.{} set title = %s where id = %s").format(
                    sql.Identifier(table)
                ),
                word,
                row_id,
            )
        world.act(actor)
        for (table, row_id), word in names.items():
            seen = session.all(
                sql.SQL("select 1 from public.{} where id = %s").format(sql.Identifier(table)),
                row_id,
            )
            page = search(session, word)
            assert ((table[:-1], str(row_id)) in places(page)) == bool(seen), table
            if not seen:
                assert is_empty(page), table
                assert is_empty(search(session, word[:-1] + "y")), table
                assert suggest(session, word[:4]) == []
            elif table != "modules":
                assert [row["title"] for row in suggest(session, word[:4])] == [word]


# Passages ----------------------------------------------------------------------------------------


def readers_of(session: Session, table: str, lessons: list[UUID]) -> set[UUID]:
    """The lessons whose rows in the table the caller sees."""
    return {
        row["lesson_id"]
        for row in session.all(
            f"select lesson_id from public.{table} where lesson_id = any(%s)", lessons
        )
    }


@pytest.mark.parametrize("actor", ACTORS)
def test_passages_are_read_like_the_content(world: World, actor: str) -> None:
    """Each actor sees passages of exactly the lessons whose content they see."""
    session = world.act(actor)
    lessons = list(world.lessons.values())
    contents = readers_of(session, "lesson_contents", lessons)
    assert readers_of(session, "lesson_passages", lessons) == contents
    assert contents


CHANGES = {
    "preview": "update public.lessons set is_preview = true where id = %s",
    "no_preview": "update public.lessons set is_preview = false where id = %s",
    "draft": "update public.lessons set is_published = false where id = %s",
    "open": "update public.lessons set release_at = null where id = %s",
    "locked": "update public.lessons set release_at = now() + interval '1 s' where id = %s",
    "unpublished": "update public.courses set is_published = false "
    "where id = (select course_id from public.lessons where id = %s)",
    "is_published": "update public.courses set is_published = true "
    "where id = (select course_id from public.lessons where id = %s)",
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("lesson_name", ["preview", "open", "locked", "draft"])
def test_a_change_of_access_is_one_of_passages(world: World, change: str, lesson_name: str) -> None:
    """A flag that opens or closes content opens or closes its passages in the same transaction."""
    session = world.session
    lesson_id = world.lessons[lesson_name]
    with session.savepoint():
        session.act("postgres")
        session.run(CHANGES[change], lesson_id)
        for actor in ("anon", "outsider", "learner", "assistant", "rival", "admin"):
            world.act(actor)
            assert readers_of(session, "lesson_passages", [lesson_id]) == readers_of(
                session, "lesson_contents", [lesson_id]
            ), actor


WRITES = [
    "insert into public.lesson_passages (lesson_id, ord, course_id, source, heading_path, anchor, "
    "body) select lesson_id, 999, course_id, 'body', '{}', '', 'forged' "
    "from public.lesson_passages limit 1",
    "insert into public.lesson_passages default values",
    "update public.lesson_passages set body = 'forged'",
    "update public.lesson_passages set ord = ord",
    "delete from public.lesson_passages",
    "truncate public.lesson_passages",
    "merge into public.lesson_passages as p using (select 1) as x on true when matched then delete",
]


@pytest.mark.parametrize("actor", ["anon", "learner", "owner", "admin", "service"])
@pytest.mark.parametrize("statement", WRITES)
def test_no_client_writes_passages(world: World, actor: str, statement: str) -> None:
    """Passages are written by triggers only."""
    session = world.act(actor)
    with session.savepoint(), session.refused("42501"):
        session.run(statement)
