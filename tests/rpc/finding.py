"""What the tests of search share: results whose form is checked, and a course to search."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

from tests.rpc.support import answer
from tests.support.database import Row, Session
from tests.support.school import School

NOTHING: Row = {"results": [], "next_cursor": None, "did_you_mean": None}
ACTORS = (
    *("anon", "outsider", "learner", "peer", "elsewhere", "pending", "waitlisted", "withdrawn"),
    *("future", "expired", "revoked", "completed", "assistant", "instructor", "owner", "rival"),
    *("admin", "service"),
)


def search(db: Session, query: str | None, **more: Any) -> Row:
    """One page of results, after its form is checked."""
    page: Row = answer(db, "search", query=query, **more)
    assert set(page) == {"results", "next_cursor", "did_you_mean", "facets"}
    assert set(page["facets"]) == {"kind", "locale", "course"}
    for one in page["results"]:
        assert one["kind"] in {"course", "module", "lesson"}
        check_snippet(one["snippet"])
        assert one["score"] >= 0
        assert (one["kind"] == "lesson") == (one.get("lesson_id") is not None)
    return page


def check_snippet(snippet: str) -> None:
    """Holds no markup but <mark>, in pairs that are not empty or nested."""
    parts = re.split(r"(</?mark>)", snippet)
    assert parts[1::2] == ["<mark>", "</mark>"] * (len(parts) // 4), snippet
    assert all(parts[2::4]), snippet
    rest = "".join(parts[::2])
    assert not re.search(r"[<>\"]", rest.replace('"', "")), snippet
    assert not re.search(r"&(?!(?:amp|lt|gt|quot|apos|#39|#x27|#34|nbsp);)", rest), snippet


def shown(snippet: str) -> str:
    """The text of a snippet, as a browser shows it."""
    return unescape(re.sub(r"</?mark>", "", snippet))


def marked(snippet: str) -> list[str]:
    """What is highlighted."""
    return [unescape(one) for one in re.findall(r"<mark>(.*?)</mark>", snippet, re.DOTALL)]


def place(one: Row) -> tuple[str, str]:
    """Kind and id of a result."""
    key = {"course": "course_id", "module": "module_id", "lesson": "lesson_id"}[one["kind"]]
    return one["kind"], one[key]


def places(page: Row) -> list[tuple[str, str]]:
    """Kind and id of each result, in order."""
    return [place(one) for one in page["results"]]


def lessons(page: Row) -> list[UUID]:
    """The lessons of a page, in order."""
    return [UUID(one["lesson_id"]) for one in page["results"] if one["kind"] == "lesson"]


def is_empty(page: Row) -> bool:
    """Nothing at all: no result, page, correction or count."""
    facets = page["facets"]
    return {key: page[key] for key in NOTHING} == NOTHING and not any(
        facets[key] and (key == "course" or any(facets[key].values())) for key in facets
    )


def pages(db: Session, query: str, limit: int, **more: Any) -> list[Row]:
    """All results, page by page."""
    found: list[Row] = []
    cursor = None
    while True:
        page = search(db, query, limit=limit, cursor=cursor, **more)
        found += page["results"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
        assert len(page["results"]) == limit
        assert len(found) < 2000


def suggest(db: Session, prefix: str | None, **more: Any) -> list[Row]:
    """The rows of suggest, after their form is checked."""
    rows = db.rpc("suggest", prefix=prefix, **more)
    for row in rows:
        assert {"kind", "course_id", "lesson_id", "title", "slug"} <= set(row)
        assert (row["kind"] == "lesson") == (row["lesson_id"] is not None)
    return rows


class Library:
    """A published course with an owner and a learner."""

    def __init__(self, db: Session, school: School, **columns: Any) -> None:
        self.db, self.school = db, school
        self.owner, self.learner = school.user("instructor"), school.user()
        self.course_id = school.course(owner=self.owner, **columns)
        self.module_id = school.module(self.course_id)
        school.enroll(self.learner, self.course_id)

    def lesson(self, body: str = "Text.", **columns: Any) -> UUID:
        """A lesson in the module."""
        return self.school.lesson(self.module_id, body=body, **columns)

    def sql(self, statement: str, *params: Any) -> None:
        """Changes something as the owner of the database."""
        self.db.act("postgres")
        assert self.db.run(statement, *params) > 0

    def ask(self, query: str | None, *, who: UUID | None = None, **more: Any) -> Row:
        """One page of results within the course, for the learner unless said otherwise."""
        self.db.act(user_id=who or self.learner)
        return search(self.db, query, **{"course_id": self.course_id, **more})
