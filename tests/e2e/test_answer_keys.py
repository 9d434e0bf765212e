"""No answer key or rubric detail leaves the gateway or the service."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import httpx
import jwt
import pytest

from tests.policies.canary import (
    CURIOUS,
    Canary,
    foreign_keys,
    functions,
    relations,
)
from tests.support.database import Row
from tests.support.stack import Stack

pytestmark = pytest.mark.slow

PRIVATE = (
    *("answer_keys", "question_versions", "attempt_secrets", "lab_rubrics", "quiz_overrides"),
    "quiz_results",
    *("search_documents", "passage_vectors", "search_words", "learner_days"),
)
# Functions that must have answered each actor, so that the test does not search only errors.
ANYONE = {
    *("course_outline", "lesson_page", "lesson_access", "explain_access"),
    *("search", "search_facets", "suggest"),
}
LEARNER = ANYONE | {"my_learning", "gradebook", "grade_history", "search_passages"}
WORKER = LEARNER | {"start_attempt", "review_attempt", "submit_attempt", "submit_lab"}
REACHED = {
    "anon": ANYONE,
    "outsider": ANYONE | {"my_learning"},
    "fresh": LEARNER | {"start_attempt"},
    "taking": WORKER,
    "done": WORKER,
    "rival": {
        *("lesson_access", "gradebook", "lab_queue", "search", "course_overview"),
        *("course_activity", "course_funnel", "course_learners", "instructor_dashboard"),
    },
}
CSV, ONE = "text/csv", "application/vnd.pgrst.object+json"


@dataclass
class Walk:
    """Requests of one actor; each answer is searched for marks."""

    canary: Canary
    actor: str
    rest: httpx.Client
    service: httpx.Client
    # The number of answers of each kind, by 2xx or not.
    answered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    # Functions that have answered.
    reached: set[str] = field(default_factory=set)

    def look(self, kind: str, answer: httpx.Response, function: str = "") -> httpx.Response:
        """Fail when the answer, its headers or its status line contain a mark."""
        text = answer.text + answer.reason_phrase + unquote_plus(str(answer.headers.raw))
        for mark in self.canary.forbidden(self.actor, function):
            assert mark not in text, (
                f"{self.actor}: {answer.request.method} {answer.request.url} "
                f"{answer.request.content!r} gave {mark}"
            )
        (self.answered if answer.is_success else self.refused)[kind] += 1
        if answer.is_success and function:
            self.reached.add(function)
        return answer

    def get(self, kind: str, path: str, **headers: str) -> httpx.Response:
        """A GET of the Data API."""
        return self.look(kind, self.rest.get(path, headers=headers))

    def send(self, kind: str, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
        """A write through the Data API."""
        return self.look(kind, self.rest.request(method, path, json=body, headers=headers))


def bearer(stack: Stack, canary: Canary, actor: str) -> dict[str, str]:
    """The headers of this actor's requests; a visitor has no token."""
    if actor == "anon":
        return {}
    now = int(time.time())
    claims = {
        **{"sub": str(canary.users[actor]), "role": "authenticated", "aud": "authenticated"},
        **{"iss": f"{stack.supabase_url}/auth/v1", "iat": now, "exp": now + 3600},
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, stack.jwt_secret, algorithm='HS256')}"}


@pytest.fixture(scope="module")
def canary(stack: Stack) -> Iterator[Canary]:
    """The course with the marks, committed, and removed after the module."""
    session = stack.database.connect()
    planted = Canary(session)
    session.commit()
    try:
        yield planted
    finally:
        session.rollback()
        for table in ("certificates", "entitlements", "enrollments", "courses"):
            column = "id" if table == "courses" else "course_id"
            session.run(
                f"delete from public.{table} where {column} = any(%s)",
                [planted.course, planted.foreign],
            )
        session.run("delete from auth.users where id = any(%s)", [*planted.users.values()])
        session.commit()
        session.close()


@pytest.fixture
def walks(stack: Stack, canary: Canary) -> Iterator[Any]:
    """Creates the walk of an actor."""
    clients: list[httpx.Client] = []

    def walk(actor: str) -> Walk:
        headers = bearer(stack, canary, actor)
        rest = httpx.Client(
            base_url=f"{stack.supabase_url}/rest/v1/",
            headers={"apikey": stack.publishable_key, **headers},
        )
        service = httpx.Client(base_url=stack.service_url, headers=headers)
        clients.extend((rest, service))
        return Walk(canary, actor, rest, service)

    yield walk
    for client in clients:
        client.close()


def test_staff_see_the_marks(walks: Any, canary: Canary) -> None:
    """Staff get the marks by the same requests, so the marks are in place."""
    rest: httpx.Client = walks("owner").rest
    keys = rest.post("rpc/question_keys", json={"lesson_id": str(canary.quizzes[0])}).text
    for mark in canary.marks:
        assert mark in keys
    assert canary.secret in rest.get(f"rpc/rubric?lesson_id={canary.lab}").text
    assert canary.secret in rest.get("questions?select=*").text
    assert canary.secret in rest.get("questions?select=*", headers={"Accept": CSV}).text
    assert (
        canary.secret in rest.get(f"quizzes?select=questions(*)&course_id=eq.{canary.course}").text
    )
    attempt = {"attempt_id": str(canary.attempts["closed"])}
    assert canary.secret in rest.post("rpc/review_attempt", json=attempt).text


def reads(walk: Walk, names: list[str], keys: list[Row]) -> None:
    """Every table in every format, and every embedding in both directions."""
    for name in names:
        walk.get("table", f"{name}?select=*")
        walk.get("csv", f"{name}?select=*", Accept=CSV)
        walk.get("object", f"{name}?select=*&limit=1", Accept=ONE)
        walk.get("plan", f"{name}?select=*", Accept="application/vnd.pgrst.plan+json")
        walk.get("count", f"{name}?select=*", Prefer="count=exact", Range="0-0")
        walk.look("head", walk.rest.head(f"{name}?select=*", headers={"Prefer": "count=exact"}))
        for table in PRIVATE:
            answer = walk.get("private embedding", f"{name}?select=*,{table}(*)")
            assert not answer.is_success
        for schema in ("private", "auth", "extensions", "pg_catalog"):
            answer = walk.get("profile", f"{name}?select=*", **{"Accept-Profile": schema})
            assert answer.status_code == 406
    for key in keys:
        child, parent, link = key["child"], key["parent"], key["name"]
        walk.get("to parent", f"{child}?select=*,{parent}!{link}(*)&limit=1000")
        walk.get("to child", f"{parent}?select=*,{child}!{link}(*)&limit=1000")
        walk.get("spread", f"{child}?select=*,...{parent}!{link}(*)&limit=1000")
    for path in (
        "courses?select=*,modules(*,lessons(*,quizzes(*,questions(*))))",
        "quiz_attempts?select=*,quizzes(*,questions(*),lessons(*,labs(*),lab_submissions(*)))",
        "lessons?select=*,quizzes!inner(questions!inner(*))",
    ):
        assert walk.get("deep", path).is_success or walk.actor == "anon", path
    for table in PRIVATE:
        assert not walk.get("private", f"{table}?select=*").is_success
        assert not walk.get(
            "private", f"{table}?select=*", **{"Accept-Profile": "private"}
        ).is_success


def hidden(walk: Walk) -> None:
    """Filters, orders and selections by a hidden column are refused."""
    for path in (
        "quiz_attempts?select=option_map",
        "quiz_attempts?select=item_shares",
        "quiz_attempts?select=*&order=item_shares",
        "quiz_attempts?option_map=not.is.null",
        "quiz_attempts?attempt_secrets.option_map=not.is.null",
        "questions?select=key",
        "questions?select=explanation_md",
        "questions?key->>correct=eq.o1",
        "questions?order=key",
        "labs?select=criteria",
        "labs?order=criteria",
        "lesson_passages?select=terms",
        "lesson_passages?order=terms",
        "lesson_passages?passage_vectors.terms=not.is.null",
        "learning_events?select=answers",
        "questions?answer_keys.key=not.is.null",
    ):
        assert not walk.get("hidden", path).is_success, path
    for path in (
        "quiz_attempts?select=items->0->correct,items->0->>score_percent,items->0->options->0->>id",
        "quiz_attempts?select=id&items->0->>correct=not.is.null",
        "questions?select=id&options=cs.[{}]",
        "questions?select=id&options->0->>id=like.*canary*",
        "questions?select=id&or=(ord.gte.0,points.gt.0)",
    ):
        answer = walk.get("json", path)
        if answer.is_success and "select=id&" in path:
            assert answer.json() == []


def functions_of(walk: Walk, listed: list[Row]) -> None:
    """Every function, by every way to call it."""
    for function in listed:
        name, path = function["name"], f"rpc/{function['name']}"
        calls = walk.canary.calls(function, walk.actor, most=16)
        for number, arguments in enumerate(calls):
            body = json.loads(json.dumps(arguments, default=str))
            accept = ("application/json", CSV, ONE)[number % 3]
            answer = walk.rest.post(path, json=body, headers={"Accept": accept})
            walk.look("rpc", answer, name)
            if function["reads"]:
                query = {key: str(value) for key, value in body.items() if value is not None}
                walk.look("rpc get", walk.rest.get(path, params=query), name)
        for body in ([], {"x": "y"}, None):
            walk.look("rpc odd", walk.rest.post(path, json=body), name)
        answer = walk.rest.post(path, json={}, headers={"Content-Profile": "private"})
        assert walk.look("rpc private", answer).status_code == 406
    for name in ("answer_share", "draw_item", "item_shares", "attempt_key", "expire_attempts"):
        assert walk.send("private rpc", "POST", f"rpc/{name}", {}).status_code == 404


def writes(walk: Walk, names: list[str]) -> None:
    """Writes that request the row are refused or return none, and their errors reveal nothing."""
    canary = walk.canary
    back = {"Prefer": "return=representation"}
    for name in names:
        walk.send("write", "POST", name, {}, **back)
        walk.send("write", "POST", name, [{}], Prefer="return=representation,missing=default")
        walk.send("write", "POST", name, {"lesson_id": str(canary.quizzes[0])}, **back)
        walk.send(
            *("write", "POST", name, {"lesson_id": str(canary.quizzes[0])}),
            Prefer="return=representation,resolution=merge-duplicates",
        )
        walk.send("write", "POST", name, {}, **{"Content-Profile": "private"})
    attempts = ",".join(map(str, canary.attempts.values()))
    for path, body in (
        (f"quiz_attempts?id=in.({attempts})", {"score": 14}),
        (f"quiz_attempts?id=in.({attempts})", {"answers": {}}),
        (f"quiz_attempts?id=in.({attempts})", {"status": "open"}),
        (f"quiz_attempts?id=in.({attempts})", {"deadline": None}),
        (f"questions?course_id=eq.{canary.course}", {"points": 1}),
        (f"quizzes?course_id=eq.{canary.course}", {"reveal": "after_submit"}),
        (f"labs?course_id=eq.{canary.course}", {"due_at": None}),
        (f"lessons?course_id=eq.{canary.course}", {"weight": 0}),
        (f"lab_submissions?id=eq.{canary.submission}", {"score": 100}),
        (f"lab_submissions?id=eq.{canary.submission}", {"status": "accepted"}),
        (f"certificates?course_id=eq.{canary.course}", {"name": "X"}),
        (f"lesson_passages?course_id=eq.{canary.course}", {"is_public": True}),
        (f"learning_events?course_id=eq.{canary.course}", {"detail": {}}),
    ):
        answer = walk.send("patch", "PATCH", path, body, **back)
        assert not answer.is_success or answer.json() == [], path
    for name in (
        "questions",
        "quizzes",
        "quiz_attempts",
        "lab_submissions",
        "certificates",
        "lesson_passages",
        "learning_events",
    ):
        path = f"{name}?course_id=eq.{canary.course}"
        answer = walk.look("delete", walk.rest.delete(path, headers=back))
        assert not answer.is_success or answer.json() == [], path


def documents(walk: Walk) -> None:
    """The description of the Data API, and the service with its own."""
    walk.get("root", "")
    walk.get("root", "", Accept="application/openapi+json")
    course = walk.canary.course
    for path in ("/", "/openapi.json", "/v1/health", "/v1/me", "/v1/nothing"):
        walk.look("service", walk.service.get(path))
    paths = walk.service.get("/openapi.json").json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            if method == "get":
                for code in (str(course), "00000000000000000000", "%25"):
                    url = re.sub(r"\{[^}]+\}", code, path)
                    walk.look("service", walk.service.get(url))
    roster = [{"user_id": str(walk.canary.users["outsider"])}]
    walk.look("service", walk.service.post(f"/v1/courses/{course}/enrollments", json=roster))
    walk.look("service", walk.service.post(f"/v1/courses/{course}/enroll"))


@pytest.mark.parametrize("actor", CURIOUS)
def test_no_surface_shows_a_key(walks: Any, canary: Canary, actor: str) -> None:
    """No request in any form returns a mark in a body or header."""
    walk: Walk = walks(actor)
    names, keys = relations(canary.session), foreign_keys(canary.session)
    listed = functions(canary.session)
    canary.session.rollback()
    reads(walk, names, keys)
    hidden(walk)
    writes(walk, names)
    documents(walk)
    functions_of(walk, listed)
    assert walk.reached >= REACHED[actor]
    least = {"table": 4, "csv": 4, "object": 1, "count": 4, "head": 4, "to parent": 3}
    if actor != "anon":
        least = {"table": 17, "csv": 17, "object": 2, "count": 17, "head": 17, "to parent": 25}
        least |= {"to child": 25, "spread": 25, "deep": 3, "json": 4}
    least |= {"service": 3, "rpc": 5, "rpc get": 1}
    for kind, count in least.items():
        assert walk.answered[kind] >= count, (kind, walk.answered[kind])
    for kind in ("rpc", "write", "private embedding", "profile", "hidden", "patch"):
        assert walk.refused[kind] > 5, (kind, walk.refused[kind])


@pytest.mark.parametrize("actor", ["anon", "outsider"])
def test_certificates_cannot_be_listed_by_code(walks: Any, canary: Canary, actor: str) -> None:
    """Filters on the answer, lists, patterns and arrays instead of a code find nothing."""
    session = canary.session
    session.run(
        "update public.enrollments set status = 'completed', completed_at = now() "
        "where user_id = %s and course_id = %s",
        *(canary.users["fresh"], canary.course),
    )
    code: str = session.value(
        "select code from public.certificates where user_id = %s", canary.users["fresh"]
    )
    session.commit()
    rest: httpx.Client = walks(actor).rest
    assert rest.get("rpc/verify_certificate", params={"code": code}).json()["name"] == "fresh"
    for guess in (
        *(f"like.{code[:4]}*", "like.*", f"eq.{code}", f"in.({code})", "not.is.null", code[:19]),
        *(f"{code[:19]}*", "%", f"{{{code}}}", "", f"ilike.{code}"),
    ):
        answer = rest.get("rpc/verify_certificate", params={"code": guess})
        # A value with an operator is a filter, so the function is called without a code.
        assert answer.status_code == 404
        assert answer.json()["code"] in ("certificate_not_found", "PGRST202"), guess
    bodies: list[Any] = [
        {"code": [code]},
        {"code": {"like": "%"}},
        {"code": None},
        # PostgREST uses only the first element of a list.
        [{"code": "0" * 20}, {"code": code}],
    ]
    for body in [*bodies, {}, {"code": True}]:
        answer = rest.post(
            "rpc/verify_certificate", json=body, headers={"Prefer": "params=multiple-objects"}
        )
        assert answer.status_code in (400, 404), body
        assert "fresh" not in answer.text
    found = rest.get(f"certificates?code=like.{code[:2]}*&select=*")
    assert not found.is_success or found.json() == []
