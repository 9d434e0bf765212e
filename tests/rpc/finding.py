"""Shared by the tests of search: results whose form is checked, and a course to search."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import UUID

from tests.support.database import Row, Session
from tests.support.school import School

ACTORS = (
    *("anon", "outsider", "learner", "peer", "elsewhere", "pending", "waitlisted", "withdrawn"),
    *("future", "expired", "revoked", "completed", "assistant", "instructor", "owner", "rival"),
    *("admin", "service"),
)


def search(db: Session, query: str | None, **more: Any) -> Row:
    """One page of results with the facets of its query, after their form is checked.

    `cursor` is that of the last row, None for an empty page. `did_you_mean` is that of all rows.
    """
    results = db.rpc("search", query=query, **more)
    filters = {key: more[key] for key in ("course_id", "kind", "locale") if key in more}
    facets = counts(db, query, **filters)
    for one in results:
        check_snippet(one["snippet"])
        assert one["score"] >= 0
        assert facets["kind"][one["kind"]] > 0
    cursors = [one.pop("cursor") for one in results]
    (correction,) = {one.pop("did_you_mean") for one in results} or {None}
    assert all(cursors) and len(set(cursors)) == len(cursors)
    assert bool(results) == bool(facets["kind"]) or more.get("cursor")
    return {
        "results": results,
        "did_you_mean": correction,
        "cursor": cursors[-1] if cursors else None,
        "facets": facets,
    }


def counts(db: Session, query: str | None, **filters: Any) -> dict[str, dict[str, int]]:
    """The rows of search_facets: for each facet, the count of each value."""
    found: dict[str, dict[str, int]] = {"course": {}, "kind": {}, "locale": {}}
    for row in db.rpc("search_facets", query=query, **filters):
        assert row["count"] > 0 and row["value"] not in found[row["facet"]]
        found[row["facet"]][row["value"]] = row["count"]
    return found


def check_snippet(snippet: str) -> None:
    """Fails on markup other than <mark>, and on marks that are empty, nested or unpaired."""
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
    """The highlighted texts."""
    return [unescape(one) for one in re.findall(r"<mark>(.*?)</mark>", snippet, re.DOTALL)]


def place(one: Row) -> tuple[str, str]:
    """Kind and id of a result."""
    key = {"course": "course_id", "module": "module_id", "lesson": "lesson_id"}[one["kind"]]
    return one["kind"], str(one[key])


def places(page: Row) -> list[tuple[str, str]]:
    """Kind and id of each result, in order."""
    return [place(one) for one in page["results"]]


def lessons(page: Row) -> list[UUID]:
    """The lessons of a page, in order."""
    return [one["lesson_id"] for one in page["results"] if one["kind"] == "lesson"]


def is_empty(page: Row) -> bool:
    """No result, correction or count."""
    return not page["results"] and not page["did_you_mean"] and not any(page["facets"].values())


def pages(db: Session, query: str, page_size: int, **more: Any) -> list[Row]:
    """All results, page by page, until a page is empty."""
    found: list[Row] = []
    cursor = None
    while True:
        page = search(db, query, page_size=page_size, cursor=cursor, **more)
        if not page["results"]:
            return found
        assert len(found) % page_size == 0, "a page before the last is not full"
        assert len(page["results"]) <= page_size
        found += page["results"]
        cursor = page["cursor"]
        assert len(found) < 2000


def suggest(db: Session, prefix: str | None, **more: Any) -> list[Row]:
    """The rows of suggest, after their form is checked."""
    return db.rpc("suggest", prefix=prefix, **more)


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
        """Changes rows as the owner of the database."""
        self.db.act("postgres")
        assert self.db.run(statement, *params) > 0

    def ask(self, query: str | None, *, who: UUID | None = None, **more: Any) -> Row:
        """One page of results within the course, for the learner by default."""
        self.db.act(user_id=who or self.learner)
        return search(self.db, query, **{"course_id": self.course_id, **more})
