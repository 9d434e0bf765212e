"""What authors write to tables through PostgREST, and how it is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
import psycopg
import pytest

from tests.support.http import token
from tests.support.stack import Stack


@pytest.fixture
def author(stack: Stack) -> Iterator[httpx.Client]:
    """PostgREST as the instructor of the demo courses."""
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, 'instructor@lyceum.test')}",
        "Prefer": "return=representation",
    }
    with httpx.Client(base_url=f"{stack.supabase_url}/rest/v1", headers=headers) as client:
        yield client


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an answer that has a sentence and a hint."""
    body = answer.json()
    assert body["message"].endswith(".") and body["hint"]
    return answer.status_code, body["code"]


def test_writes_are_refused_with_a_code(author: httpx.Client) -> None:
    """POST, PATCH and DELETE of an author answer with the codes of the catalogue."""
    slug = f"course-{uuid4()}"
    course = {"slug": slug, "title": "Written"}
    made = author.post("/courses", json=course)
    assert made.status_code == 201
    (row,) = made.json()
    one = f"/courses?id=eq.{row['id']}"
    assert refusal(author.post("/courses", json=course)) == (409, "slug_taken")
    other = author.patch(one, json={"slug": "databases-inside"})
    assert refusal(other) == (409, "slug_taken")
    assert refusal(author.patch(one, json={"slug": "No Slug"})) == (422, "invalid_slug")
    assert refusal(author.patch(one, json={"title": " "})) == (422, "invalid_title")
    address = author.patch(one, json={"cover_url": "javascript:alert(1)"})
    assert refusal(address) == (422, "invalid_address")
    assert json.loads(address.json()["details"]) == {"column": "cover_url"}
    module = {"course_id": row["id"], "title": ""}
    assert refusal(author.post("/modules", json=module)) == (422, "invalid_title")
    merged = author.post(
        "/courses?on_conflict=slug",
        json={**course, "title": "Written again"},
        headers={"Prefer": "return=representation,resolution=merge-duplicates"},
    )
    assert merged.is_success, merged.text
    assert [(one["id"], one["title"]) for one in merged.json()] == [(row["id"], "Written again")]
    assert author.delete(one).status_code == 200
    kept = author.delete("/courses?slug=eq.databases-inside")
    assert refusal(kept) == (409, "course_has_learners")


def test_b5_access_codes_cannot_be_guessed(stack: Stack, author: httpx.Client) -> None:
    """A wrong code is answered as an error and counted; the eleventh try is refused for an hour."""
    course = {
        "slug": f"course-{uuid4()}",
        "title": "Closed",
        "description": "By code.",
        "enrollment_mode": "code",
    }
    course_id = author.post("/courses", json=course).json()[0]["id"]
    made = author.post("/rpc/create_course_code", json={"course_id": course_id})
    module = author.post("/modules", json={"course_id": course_id, "title": "Module"}).json()[0]
    lesson = {"module_id": module["id"], "slug": "one", "title": "One", "is_published": True}
    lesson_id = author.post("/lessons", json=lesson).json()[0]["id"]
    author.post("/lesson_drafts", json={"lesson_id": lesson_id, "body_md": "Words."})
    published = author.post("/rpc/publish_course", json={"course_id": course_id})
    assert published.json()["problems"] == []
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, 'learner2@lyceum.test')}",
    }
    with httpx.Client(base_url=f"{stack.supabase_url}/rest/v1", headers=headers) as learner:

        def enroll(code: str) -> httpx.Response:
            return learner.post("/rpc/enroll", json={"course_id": course_id, "code": code})

        for number in range(10):
            wrong = enroll(f"nonsense-{number}")
            assert refusal(wrong) == (403, "code_invalid")
            assert wrong.json()["id"] is None
        for code in ("nonsense", made.json()["code"]):
            stopped = enroll(code)
            assert refusal(stopped) == (429, "too_many_guesses")
            assert 3500 < int(stopped.headers["Retry-After"]) <= 3600
        assert learner.get(f"/enrollments?course_id=eq.{course_id}").json() == []


def test_c6_a_visitor_holds_a_connection_for_a_second(stack: Stack) -> None:
    """A request without an account that waits is cancelled after a second; one with waits on."""
    with psycopg.connect(stack.database.superuser_url) as writer:
        writer.execute("lock table public.courses in access exclusive mode")
        started = time.monotonic()
        answer = httpx.get(
            f"{stack.supabase_url}/rest/v1/courses?select=id",
            headers={"apikey": stack.publishable_key},
            timeout=20,
        )
        assert (answer.status_code, answer.json()["code"]) == (500, "57014")
        assert 0.9 < time.monotonic() - started < 2.5


def test_a_bundle_that_postgres_cannot_read_is_no_fault_of_the_server(
    author: httpx.Client,
) -> None:
    """Too deep, with a NUL, with a number beyond all numbers, cut off: 4xx, and nothing is made."""
    slug = f"bundle-{uuid4()}"
    start = f'{{"bundle": {{"format": "lyceum.course", "version": 1, "course": {{"slug": "{slug}", '
    for rest, status in (
        (f'"title": "A", "tags": {"[" * 900 + "]" * 900}}}}}}}', 422),
        (f'"title": "A", "tags": {"[" * 100_000 + "]" * 100_000}}}}}}}', 413),
        ('"title": "\\u0000"}}}', 400),
        ('"title": "A", "capacity": 1e999999}}}', 400),
        ('"title": "A"', 400),
    ):
        answer = author.post(
            "/rpc/import_course", content=start + rest, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == status, answer.text
    assert author.get("/courses", params={"slug": f"eq.{slug}"}).json() == []
