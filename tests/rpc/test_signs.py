"""Signs as words: operators, options and names such as C++, in search, passages and the tutor."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.support.database import Row, Session
from tests.support.school import School

pytestmark = pytest.mark.once

TEXTS = {
    "append": "Write `ls >> list` to append the names to a list.",
    "replace": "Write `ls > list` to write the names to a new list.",
    "classify": "With `ls -F` each name of a folder ends with a mark.",
    "force": "With `ls -f` the names are in no order.",
    "all": "The variable `$@` stands for all arguments of the program.",
    "count": "The variable `$#` stands for how many arguments the program has.",
    "plus": "Programs in C++ are compiled; a class has members.",
    "plain": "Programs in C are compiled; there is no class.",
    "equal": "Two values are compared with `==` in most languages.",
    "pipe": "The sign `|` hands the output of one program to the next.",
    "name": "Use `find . -name '*.txt'` to look for files.",
    "snake": "A python is a snake without poison; you find its name in a book.",
    "script": "Python is a language of programs.",
}


@pytest.fixture
def lessons(db: Session, school: School) -> dict[str, UUID]:
    """Lessons of one text each, in a course that the caller owns."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module = school.module(course_id)
    made = {
        name: school.lesson(module, body=body, title=f"Part {name}", slug=name)
        for name, body in TEXTS.items()
    }
    db.act(user_id=owner)
    return {"course": course_id, **made}


def names(rows: list[Row]) -> list[str]:
    """The lessons of rows, best first."""
    return [row["lesson_slug"] for row in rows]


FIRST = [
    (">>", "append"),
    ("what does >> do?", "append"),
    ("ls -F", "classify"),
    ("ls -f", "force"),
    ("$@", "all"),
    ("what is $# for", "count"),
    ("C++", "plus"),
    ("C++ programs", "plus"),
    ("==", "equal"),
    ("what does the | mean", "pipe"),
    ("*.txt", "name"),
]


@pytest.mark.parametrize(("query", "first"), FIRST)
def test_a_sign_is_found(db: Session, lessons: dict[str, UUID], query: str, first: str) -> None:
    """The text with the sign is the first of the passages."""
    found = db.rpc("search_passages", course_id=lessons["course"], query=query)
    assert names(found)[0] == first


@pytest.mark.parametrize(
    ("query", "first"), [(query, first) for query, first in FIRST if "what" not in query]
)
def test_search_knows_signs(db: Session, lessons: dict[str, UUID], query: str, first: str) -> None:
    """The same in the search box, for queries that are no questions."""
    assert names(db.rpc("search", course_id=lessons["course"], query=query))[0] == first


def test_a_sign_alone_is_required(db: Session, lessons: dict[str, UUID]) -> None:
    """A query of signs alone finds only texts with them; beside words they rank only."""
    course_id = lessons["course"]
    assert names(db.rpc("search", course_id=course_id, query=">>")) == ["append"]
    assert names(db.rpc("search", course_id=course_id, query="-F")) == ["classify"]
    assert db.rpc("search", course_id=course_id, query="&&") == []
    found = names(db.rpc("search", course_id=course_id, query="ls -F"))
    assert found[0] == "classify"
    assert set(found) == {"append", "replace", "classify", "force"}


def test_a_minus_excludes_a_word_but_no_option(db: Session, lessons: dict[str, UUID]) -> None:
    """-word excludes texts with the word, unless they have it as an option."""
    course_id = lessons["course"]
    assert names(db.rpc("search", course_id=course_id, query="python -snake")) == ["script"]
    assert names(db.rpc("search", course_id=course_id, query="find -name")) == ["name"]
    assert set(names(db.rpc("search", course_id=course_id, query="find"))) == {"name", "snake"}
    assert names(db.rpc("search", course_id=course_id, query='python -"a snake"')) == ["script"]
    found = names(db.rpc("search", course_id=course_id, query="compiled or python -snake"))
    assert set(found) == {"plus", "plain", "script"}


def test_punctuation_is_no_sign(db: Session, lessons: dict[str, UUID]) -> None:
    """Marks of sentences, prices, addresses and dashes change nothing."""
    db.act("postgres")
    for text in (
        "What is a snake ?",
        "x -- y",
        "5% of $5",
        "a@b.test",
        "http://a.test/?b=c",
    ):
        assert "zx" not in db.value("select private.asked_text(%s)", text), text


def test_a_sign_is_written_back(db: Session) -> None:
    """The word that stands for a sign gives the sign again; other words stay."""
    for sign in (">>", "-F", "--all", "C++", "$@", "*.txt", "|", "\\"):
        assert db.value("select private.decoded_sign(private.coded_sign(%s))", sign) == sign
    assert db.value("select private.decoded_sign('zxylophone')") == "zxylophone"
