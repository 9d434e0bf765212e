"""Search over HTTP, for a browser, a crawler and unusual input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.http import token
from tests.support.stack import Stack

DATABASES = "c1000000-0000-4000-8000-000000000000"


@pytest.fixture
def anyone(stack: Stack) -> Iterator[httpx.Client]:
    """A client that is signed out."""
    headers = {"apikey": stack.publishable_key}
    with httpx.Client(base_url=f"{stack.supabase_url}/rest/v1", headers=headers) as client:
        yield client


@pytest.fixture
def learner(stack: Stack) -> Iterator[httpx.Client]:
    """A learner of the first demo course, half done."""
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, 'learner@lyceum.test')}",
    }
    with httpx.Client(base_url=f"{stack.supabase_url}/rest/v1", headers=headers) as client:
        yield client


def test_the_search_box(anyone: httpx.Client) -> None:
    """A visitor gets results, facets and a cursor that fits into a URL, by GET."""
    found: list[Any] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"query": "index or join", "limit": 3}
        if cursor:
            params["cursor"] = cursor
        answer = anyone.get("/rpc/search", params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["results"]
        cursor = page["next_cursor"]
        assert sum(page["facets"]["kind"].values()) >= len(found)
        if cursor is None:
            break
        assert httpx.QueryParams({"cursor": cursor}) == httpx.QueryParams(f"cursor={cursor}")
    assert len(found) == len({(one["kind"], one["module_id"], one["lesson_id"]) for one in found})
    assert sum(page["facets"]["kind"].values()) == len(found) > 3


def test_typing_ahead(anyone: httpx.Client) -> None:
    """Suggestions are rows."""
    answer = anyone.get("/rpc/suggest", params={"prefix": "rows and p"})
    assert answer.status_code == 200, answer.text
    assert [row["slug"] for row in answer.json()] == ["rows-and-pages"]


def test_passages_for_the_tutor(anyone: httpx.Client, learner: httpx.Client) -> None:
    """A learner finds passages of open lessons by GET and POST; other callers are refused."""
    params: dict[str, Any] = {
        "course_id": DATABASES,
        "query": "What is a B-tree made of?",
        "k": 3,
    }
    for answer in (
        learner.get("/rpc/search_passages", params=params),
        learner.post("/rpc/search_passages", json={**params, "query_embedding": [0.5, 1]}),
    ):
        assert answer.status_code == 200, answer.text
        assert answer.json()[0]["lesson_title"] == "Inside a B-tree"
    assert anyone.get("/rpc/search_passages", params=params).status_code == 401


def test_passages_are_rows(anyone: httpx.Client, learner: httpx.Client) -> None:
    """Passages are as readable as content: previews by anyone, open lessons by their learners."""
    params = {"select": "lesson_id,heading_path", "course_id": f"eq.{DATABASES}"}
    counts = [
        len(client.get("/lesson_passages", params=params).json()) for client in (anyone, learner)
    ]
    assert 0 < counts[0] < counts[1]
    row = {"lesson_id": DATABASES, "ord": 1, "body": "forged"}
    assert learner.post("/lesson_passages", json=row).status_code == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"query": ""}', 200),
        ('{"query": null}', 200),
        ('{"query": "\'"}', 200),
        ('{"query": "' + "a" * 2000 + '"}', 200),
        ('{"query": "' + "ab " * 100_000 + '"}', 200),
        ('{"query": "\\u0001\\ue000\\uffff"}', 200),
        ('{"query": "index", "kind": "quiz"}', 422),
        ('{"query": "index", "limit": 0}', 422),
        ('{"query": "index", "limit": 51}', 422),
        ('{"query": "index", "cursor": "x"}', 422),
        ('{"query": "index", "course_id": "x"}', 400),
        ('{"query": "index", "limit": "x"}', 400),
        ('{"query": "\\u0000"}', 400),
        ('{"query": "\\ud800"}', 400),
        ('{"query": ["index"]}', 200),
        ('{"query": {"a": 1}}', 200),
        ("{}", 404),
        ('{"q": "index"}', 404),
    ],
    ids=range(18),
)
def test_odd_bodies(anyone: httpx.Client, body: str, status: int) -> None:
    """Unusual input gets an answer that the client can handle."""
    headers = {"Content-Type": "application/json"}
    answer = anyone.post("/rpc/search", content=body, headers=headers, timeout=30)
    assert answer.status_code == status, answer.text[:500]
    if status == 422:
        assert answer.json()["message"] in ("invalid_search", "invalid_cursor")


def test_a_query_of_two_thousand_characters_fits_into_a_url(anyone: httpx.Client) -> None:
    """The longest accepted query can be sent by GET."""
    answer = anyone.get("/rpc/search", params={"query": "B-tree " * 285})
    assert answer.status_code == 200, answer.text
