"""Lists of a course as files for spreadsheets, with mocked answers of the database."""

import csv
import io
import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.services import exports
from tests.api.support import Upstream, assert_problem, bearer, hs256

LEARNER = {
    **{"user_id": "x", "name": "Zoë", "email": "zoe@school.test", "status": "active"},
    **{"progress": 12.5, "lessons_completed": 2, "seconds_spent": 90, "course_score": None},
    **{"enrolled_at": "2026-11-01T00:00:00+00:00", "last_activity_at": None},
    **{"completed_at": None, "cursor": "c"},
}
GRADE = {
    **{"user_id": "x", "name": "Zoë", "email": "zoe@school.test", "lesson_title": "=1+1"},
    **{"content_type": "quiz", "weight": 1, "score": 0, "status": None, "attempt_count": 0},
    **{"is_late": False, "is_overridden": True, "is_archived": False, "course_score": 0},
    "cursor": "c",
}


def read(response: httpx.Response) -> list[dict[str, str]]:
    """The rows of a file, as a spreadsheet reads them."""
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["content-disposition"].startswith("attachment;")
    assert response.content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


async def test_d13_names_are_read_by_spreadsheets(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID
) -> None:
    """Letters stay what they are; null is empty; the caller's token asks."""
    upstream.rpc("course_learners", 200, [LEARNER])
    token = hs256()
    response = await client.get(f"/v1/courses/{course_id}/learners.csv", headers=bearer(token))
    (row,) = read(response)
    assert (row["name"], row["progress"], row["course_score"]) == ("Zoë", "12.5", "")
    assert "user_id" not in row and "cursor" not in row
    assert [one.headers["authorization"] for one in upstream.requests] == [f"Bearer {token}"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
async def test_d13_no_cell_is_a_formula(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID, sign: str
) -> None:
    """A name that a spreadsheet would run is a text; quotes and lines stay in one cell."""
    name = f'{sign}HYPERLINK("https://x.test","a"),b'
    upstream.rpc("gradebook", 200, [GRADE | {"name": name}])
    response = await client.get(f"/v1/courses/{course_id}/gradebook.csv", headers=bearer(hs256()))
    (row,) = read(response)
    assert row["name"] == "'" + name
    assert (row["lesson_title"], row["score"], row["is_overridden"]) == ("'=1+1", "0", "true")


@pytest.mark.parametrize(
    "text", ["Zoë;{}=1+1", "Zoë\n{}@a", 'Zoë;{}"=1+1"', "Zoë; a-b{}", "Zoë;{};"]
)
async def test_no_part_of_a_cell_is_a_formula(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID, text: str
) -> None:
    """Where a semicolon ends a cell, none begins in a text with the sign of a formula."""
    upstream.rpc("gradebook", 200, [GRADE | {"name": text.format("")}])
    response = await client.get(f"/v1/courses/{course_id}/gradebook.csv", headers=bearer(hs256()))
    (row,) = read(response)
    is_formula = any(sign in text for sign in "=@")
    assert row["name"] == text.format("'" if is_formula else "")


async def test_a_long_list_is_whole(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages are joined by their cursors, with one line of names."""
    monkeypatch.setattr(exports, "_PAGE_SIZE", 2)
    everybody = [LEARNER | {"name": f"L{at}", "cursor": str(at)} for at in range(4)]

    def answer(request: httpx.Request) -> httpx.Response:
        cursor = json.loads(request.content)["cursor"]
        start = 0 if cursor is None else int(cursor) + 1
        return httpx.Response(200, json=everybody[start : start + 2])

    upstream.on("POST", "rpc/course_learners", answer)
    response = await client.get(f"/v1/courses/{course_id}/learners.csv", headers=bearer(hs256()))
    assert [row["name"] for row in read(response)] == ["L0", "L1", "L2", "L3"]


@pytest.mark.parametrize("name", ["learners", "gradebook"])
async def test_others_get_no_file(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID, name: str
) -> None:
    """A refusal of the database is a problem; an empty list is a file with names only."""
    path = f"/v1/courses/{course_id}/{name}.csv"
    function = {"learners": "course_learners", "gradebook": "gradebook"}[name]
    assert_problem(await client.get(path), 401, "unauthenticated")
    refusal: dict[str, Any] = {"code": "not_course_staff", "message": "Only staff.", "hint": ""}
    upstream.rpc(function, 403, refusal | {"details": None})
    assert_problem(await client.get(path, headers=bearer(hs256())), 403, "not_course_staff")
    upstream.rpc(function, 200, [])
    assert read(await client.get(path, headers=bearer(hs256()))) == []
