"""Pages, filters, facets and cursors of search, in one course about whales."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rpc.finding import Library, is_empty, pages, places, search, suggest
from tests.rpc.support import refuse
from tests.support.database import Database, Row, Session, told
from tests.support.school import School

FUZZ = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def filled(database: Database) -> Iterator[Library]:
    """A course with 47 lessons, a module and a title about whales, many of them alike.

    Its transaction is rolled back after the module; the statement timeout is that of a request.
    """
    session = database.connect()
    try:
        session.run("set local statement_timeout = '10s'")
        library = Library(session, School(session), title="Whales", tags=["whale"])
        library.sql("update public.modules set title = 'A whale' where id = %s", library.module_id)
        for number in range(47):
            kind = number % 5
            library.lesson(
                "whale " * (1 + number % 3) + "rain " * (number % 7) if kind < 3 else "Nothing.",
                title="Whale" if kind > 2 else f"Lesson {number % 4}",
                is_preview=number % 2 == 0,
            )
        yield library
    finally:
        session.rollback()
        session.close()


@pytest.fixture
def shelf(filled: Library) -> Iterator[Library]:
    """The course for one test; its changes are rolled back."""
    with filled.db.savepoint():
        yield filled


# Pages and filters -------------------------------------------------------------------------------


@pytest.mark.parametrize("page_size", [1, 2, 7, 20, 48, 49, 50, 200])
def test_pages_have_no_gap_and_no_duplicate(shelf: Library, page_size: int) -> None:
    """All pages together equal one large page, in the same order; the page after is empty."""
    db = shelf.db
    whole = shelf.ask("whale", page_size=50)
    assert shelf.ask("whale", page_size=50, cursor=whole["cursor"])["results"] == []
    assert len(whole["results"]) == 49
    assert len(set(places(whole))) == 49
    scores = [one["score"] for one in whole["results"]]
    assert scores == sorted(scores, reverse=True)
    db.act(user_id=shelf.learner)
    assert pages(db, "whale", page_size, course_id=shelf.course_id) == whole["results"]


def test_the_default_page(shelf: Library) -> None:
    """A page has 20 results by default, and the facets count all pages."""
    page = shelf.ask("whale")
    assert len(page["results"]) == 20
    following = shelf.ask("whale", cursor=page["cursor"])
    assert sum(page["facets"]["kind"].values()) == 49
    assert not set(places(page)) & set(places(following))


def test_pages_of_a_correction(shelf: Library) -> None:
    """A corrected query is paged too, and each page reports the correction."""
    shelf.db.act(user_id=shelf.learner)
    corrected = search(shelf.db, "whalle", course_id=shelf.course_id, page_size=50)
    assert corrected["did_you_mean"] == "whale"
    assert pages(shelf.db, "whalle", 7, course_id=shelf.course_id) == corrected["results"]
    page = search(shelf.db, "whalle", course_id=shelf.course_id, page_size=7)
    following = search(
        shelf.db, "whalle", course_id=shelf.course_id, page_size=7, cursor=page["cursor"]
    )
    assert following["did_you_mean"] == "whale"
    assert following["facets"] == page["facets"] == corrected["facets"]


def test_a_page_survives_changes(shelf: Library) -> None:
    """A row deleted between two pages moves no other row in or out."""
    whole = places(shelf.ask("whale", page_size=50))
    page = shelf.ask("whale", page_size=10)
    gone = page["results"][-1]
    assert gone["kind"] == "lesson"
    shelf.sql("delete from public.lessons where id = %s", gone["lesson_id"])
    following = shelf.ask("whale", page_size=50, cursor=page["cursor"])
    assert places(following) == whole[10:]


def test_facets_add_up(shelf: Library) -> None:
    """Each facet counts every result once, for each caller."""
    for who in (shelf.learner, shelf.owner, shelf.school.user()):
        total = Counter(
            one["kind"]
            for one in pages(shelf.db.act(user_id=who), "whale", 50, course_id=shelf.course_id)
        )
        facets = shelf.ask("whale", who=who, page_size=3)["facets"]
        assert facets == {
            "course": {str(shelf.course_id): total.total()},
            "kind": total,
            "locale": {"en": total.total()},
        }


def test_rows_of_facets(shelf: Library) -> None:
    """A course facet has slug and title; each value narrows the search to its count."""
    given = {"query": "whale", "course_id": shelf.course_id}
    rows = shelf.db.act(user_id=shelf.learner).rpc("search_facets", **given)
    slug = shelf.db.value("select slug from public.courses where id = %s", shelf.course_id)
    assert [(row["facet"], row["course_slug"], row["course_title"]) for row in rows] == [
        ("course", slug, "Whales"),
        *[("kind", None, None)] * 3,
        ("locale", None, None),
    ]
    assert [row["count"] for row in rows] == [49, 47, 1, 1, 49]
    for row in rows:
        key = "course_id" if row["facet"] == "course" else row["facet"]
        narrowed = shelf.db.rpc("search", **{**given, key: row["value"], "page_size": 200})
        assert len(narrowed) == row["count"]


def test_a_facet_has_at_most_twenty_values(shelf: Library) -> None:
    """Of 21 courses, the facet has the 20 with most matches; the other facets count all."""
    for number in range(21):
        course_id = shelf.school.course(title="Zephquor" + " zephquor" * (number == 20))
        if number:
            shelf.school.module(course_id, title="Zephquor")
    rows = shelf.db.act("anon").rpc("search_facets", query="zephquor")
    counted = [row["count"] for row in rows if row["facet"] == "course"]
    assert counted == [2] * 20
    assert {row["value"]: row["count"] for row in rows if row["facet"] == "kind"} == {
        "course": 21,
        "module": 20,
    }


@pytest.mark.parametrize("kind", ["course", "module", "lesson"])
def test_filter_by_kind(shelf: Library, kind: str) -> None:
    """A kind selects its results, in the same order."""
    everything = shelf.ask("whale", page_size=50)["results"]
    found = shelf.ask("whale", page_size=50, kind=kind)
    assert found["results"] == [one for one in everything if one["kind"] == kind]
    assert found["facets"]["kind"].get(kind) == len(found["results"])


# Cursors -----------------------------------------------------------------------------------------


def test_a_cursor_belongs_to_its_query(shelf: Library) -> None:
    """A cursor is valid only with the query, kind, locale and course that it came from."""
    cursor = shelf.ask("whale", page_size=5)["cursor"]
    own = {"query": "whale", "course_id": shelf.course_id}
    for other in (
        {**own, "query": "rain"},
        {**own, "query": "whale rain"},
        {**own, "query": ""},
        {**own, "query": None},
        {**own, "kind": "lesson"},
        {**own, "locale": "en"},
        {"query": "whale"},
        {"query": "whale", "course_id": uuid4()},
    ):
        refuse(shelf.db, "search", "invalid_cursor", cursor=cursor, **other)
    assert shelf.ask("whale", page_size=3, cursor=cursor)["results"]


def test_a_cursor_opens_nothing(shelf: Library) -> None:
    """With the cursor of another caller, the results are still those of this caller."""
    cursor = shelf.ask("whale", who=shelf.owner, page_size=2)["cursor"]
    shelf.db.act("anon")
    found = search(shelf.db, "whale", course_id=shelf.course_id, page_size=50, cursor=cursor)
    whole = search(shelf.db, "whale", course_id=shelf.course_id, page_size=50)
    assert set(places(found)) <= set(places(whole))


def outcome(db: Session, cursor: str, **more: Any) -> Row | None:
    """The page of a cursor, or None if it is refused with invalid_cursor."""
    try:
        with db.savepoint():
            return search(db, "whale", cursor=cursor, **more)
    except psycopg.Error as error:
        assert told(error).code == "invalid_cursor", error
        return None


GARBAGE = ["", " ", "x", "null", "0", "{}", "[]", "AAAA", "====", "e30=", "W10=", "bnVsbA==", "%%%",
           "a" * 100_000, "\u202e", "😀", "'; drop table public.courses; --", "\\x00", "MQ==",
           base64.b64encode(b'["a",1e999,null]').decode(), base64.b64encode(b"\xff\xfe").decode(),
           base64.b64encode(json.dumps({"score": "nan", "id": 1}).encode()).decode()]  # fmt: skip


@pytest.mark.parametrize("cursor", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.once
def test_garbage_is_no_cursor(shelf: Library, cursor: str) -> None:
    """A text that is no cursor is refused."""
    shelf.db.act(user_id=shelf.learner)
    refuse(
        shelf.db,
        "search",
        "invalid_cursor",
        query="whale",
        course_id=shelf.course_id,
        cursor=cursor,
    )


def mutants(cursor: str) -> list[str]:
    """The cursor truncated, with letters changed, and with its content changed."""
    found = [cursor[:n] for n in range(1, len(cursor), max(1, len(cursor) // 12))]
    found += [cursor[:n] + "A" + cursor[n + 1 :] for n in range(0, len(cursor), 3)]
    found += [cursor + "A", cursor + "=", cursor * 2, cursor.lower(), cursor[::-1]]
    for decode, encode in (
        (base64.b64decode, base64.b64encode),
        (base64.urlsafe_b64decode, base64.urlsafe_b64encode),
    ):
        try:
            plain = decode(cursor + "=" * (-len(cursor) % 4)).decode()
        except ValueError:
            continue
        changed = [re.sub(r"\d", digit, plain, count=many) for digit in "059-x" for many in (1, 0)]
        for word in (
            "null",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            '""',
            "{}",
            "[]",
            "'",
            "9" * 400,
        ):
            changed += [re.sub(r"\d+\.\d+(e-?\d+)?", word, plain), re.sub(r'"[^"]*"', word, plain)]
        found += [encode(one.encode()).decode() for one in changed]
        found += [encode(one.encode()).decode().rstrip("=") for one in changed]
    return found


def test_forged_cursors(shelf: Library) -> None:
    """A forged cursor is refused, or selects from what the caller may find anyway."""
    everything = places(shelf.ask("whale", page_size=50))
    cursor = shelf.ask("whale", page_size=5)["cursor"]
    for forged in mutants(cursor):
        page = outcome(shelf.db, forged, course_id=shelf.course_id, page_size=50)
        if page is not None:
            assert set(places(page)) <= set(everything), forged


def repacked(cursor: str, **changes: Any) -> str:
    """A cursor with changed content, encoded as the server encodes it."""
    inner = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    assert isinstance(inner, dict)
    text = json.dumps({**inner, **{key: changes.get(key, inner[key]) for key in inner}})
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "value",
    [
        "a or " * 200_000, "-a " * 300_000, '"a ' * 100_000, "x" * 2_000_000, "\x02\x03<b>", "\\",
        "", "!!!", None, 1, 1e308, -1e308, "NaN", "Infinity", True, [], {}, [1], {"a": 1},
        "00000000-0000-0000-0000-000000000000", "9" * 5000, "\u0001",
    ],
    ids=range(22),
)  # fmt: skip
@pytest.mark.once
def test_cursors_with_other_things_inside(shelf: Library, value: Any) -> None:
    """Any value in place of any part of a cursor gives a page or invalid_cursor."""
    cursor = shelf.ask("whale", page_size=5)["cursor"]
    everything = places(shelf.ask("whale", page_size=50))
    padded = cursor + "=" * (-len(cursor) % 4)
    for key in json.loads(base64.urlsafe_b64decode(padded)):
        page = outcome(
            shelf.db,
            repacked(cursor, **{key: value}),
            course_id=shelf.course_id,
            page_size=50,
        )
        if page is not None:
            assert set(places(page)) <= set(everything), key


@FUZZ
@given(cursor=st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_any_cursor_is_answered(shelf: Library, cursor: str) -> None:
    """No text as a cursor raises another error."""
    outcome(shelf.db.act("anon"), cursor)


def test_null_arguments_are_defaults(shelf: Library) -> None:
    """A null filter equals a missing one; a null query equals an empty one."""
    nulls = {"kind": None, "locale": None, "cursor": None}
    assert shelf.ask("whale", **nulls) == shelf.ask("whale")
    assert is_empty(shelf.ask(None))
    assert suggest(shelf.db, None) == []
