"""Search over HTTP: GET and POST, paging, and odd input."""

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
    """A client that is not signed in."""
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
    """Anyone pages with GET, by a cursor that is safe in a URL, through as many rows as counted."""
    found: list[Any] = []
    params: dict[str, Any] = {"query": "index or join", "page_size": 3}
    while True:
        answer = anyone.get("/rpc/search", params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        if not page:
            break
        found += page
        cursor = params["cursor"] = page[-1]["cursor"]
        assert httpx.QueryParams({"cursor": cursor}) == httpx.QueryParams(f"cursor={cursor}")
    assert len(found) == len({(one["kind"], one["module_id"], one["lesson_id"]) for one in found})
    answer = anyone.get("/rpc/search_facets", params={"query": "index or join"})
    assert answer.status_code == 200, answer.text
    counts = [row["count"] for row in answer.json() if row["facet"] == "kind"]
    assert sum(counts) == len(found) > 3


def test_limit_and_select_of_postgrest(anyone: httpx.Client) -> None:
    """`limit` and `select`, which PostgREST takes for itself, work because a match is a row."""
    params: dict[str, Any] = {"query": "index", "limit": 3}
    answer = anyone.get("/rpc/search", params=params)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()) == 3
    whole = anyone.get("/rpc/search", params={"query": "index"}).json()
    assert len(whole) > 3
    assert answer.json() == whole[:3]
    titles = anyone.get("/rpc/search", params={**params, "select": "title"}).json()
    assert titles == [{"title": row["title"]} for row in whole[:3]]


@pytest.mark.parametrize("text", ["in.memory", "eq.5", "(a,b)", "in.(a,b)", "not.is.null"])
def test_free_text_by_post(anyone: httpx.Client, learner: httpx.Client, text: str) -> None:
    """Text that looks like a filter of PostgREST is a query when it is sent with POST."""
    query = f"index or {text}"
    for name, body in (
        ("search", {"query": text}),
        ("search_facets", {"query": text}),
        ("suggest", {"prefix": text}),
        ("search_passages", {"query": text, "course_id": DATABASES}),
    ):
        answer = learner.post(f"/rpc/{name}", json=body)
        assert answer.status_code == 200, answer.text
    found = anyone.post("/rpc/search", json={"query": query})
    assert found.status_code == 200, found.text
    assert found.json()


def test_free_text_by_get(anyone: httpx.Client) -> None:
    """By GET the same text is read as a filter, as the comment of search says."""
    answer = anyone.get("/rpc/search", params={"query": "in.memory"})
    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] == "PGRST100"


def test_typing_ahead(anyone: httpx.Client) -> None:
    """Suggestions are rows with the slugs of a URL."""
    answer = anyone.get("/rpc/suggest", params={"prefix": "rows and p"})
    assert answer.status_code == 200, answer.text
    assert [(row["course_slug"], row["lesson_slug"]) for row in answer.json()] == [
        ("databases-inside", "rows-and-pages")
    ]


def test_passages_for_the_tutor(anyone: httpx.Client, learner: httpx.Client) -> None:
    """A learner finds passages of open lessons with GET or POST; anon may not call it."""
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
    """Access to passages is that to content: previews for anyone, open lessons for learners."""
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
        ('{"query": "index", "page_size": 0}', 422),
        ('{"query": "index", "page_size": 201}', 422),
        ('{"query": "index", "cursor": "x"}', 422),
        ('{"query": "index", "course_id": "x"}', 400),
        ('{"query": "index", "page_size": "x"}', 400),
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
    """Odd input is answered, or refused with a status below 500 and a code."""
    headers = {"Content-Type": "application/json"}
    answer = anyone.post("/rpc/search", content=body, headers=headers, timeout=30)
    assert answer.status_code == status, answer.text[:500]
    if status == 422:
        assert answer.json()["code"] in ("invalid_search", "invalid_cursor", "invalid_page")


def test_a_query_of_two_thousand_characters_fits_into_a_url(anyone: httpx.Client) -> None:
    """The longest query that is searched can be sent with GET."""
    answer = anyone.get("/rpc/search", params={"query": "B-tree " * 285})
    assert answer.status_code == 200, answer.text
