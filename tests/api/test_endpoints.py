"""The calls for learners, and the identity with which they reach PostgREST."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.api.v1.deps import OptionalUser, SupabaseDep
from app.main import create_app
from tests.api.conftest import Serve
from tests.api.support import (
    PUBLISHABLE_KEY,
    Upstream,
    assert_problem,
    bearer,
    hs256,
    make_settings,
)


async def test_me(
    client: httpx.AsyncClient, upstream: Upstream, user_id: UUID, profile: dict[str, Any]
) -> None:
    """The answer is the row that the database shows to the caller."""
    upstream.on("GET", "profiles", httpx.Response(200, json=[profile]))
    token = hs256(sub=str(user_id))
    response = await client.get("/v1/me", headers=bearer(token))
    assert response.status_code == 200
    body = response.json()
    assert {name: body[name] for name in ("id", "email", "name", "role", "locale")} == {
        name: profile[name] for name in ("id", "email", "name", "role", "locale")
    }
    [request] = upstream.requests
    assert request.url.params["id"] == f"eq.{user_id}"
    assert request.headers["authorization"] == f"Bearer {token}"
    assert request.headers["apikey"] == PUBLISHABLE_KEY


async def test_me_without_a_profile(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """A valid token of a deleted account gets profile_not_found."""
    upstream.on("GET", "profiles", httpx.Response(200, json=[]))
    upstream.rpc("my_invitations", 401, {"code": "not_authenticated", "message": "Sign in."})
    response = await client.get("/v1/me", headers=bearer(hs256()))
    assert_problem(response, 404, "profile_not_found")


async def test_me_while_suspended(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """A suspended account, to which the table shows nothing, reads why."""
    upstream.on("GET", "profiles", httpx.Response(200, json=[]))
    details = json.dumps({"until": None, "reason": "Spam."})
    refusal = {"code": "account_suspended", "message": "Your account is suspended."}
    upstream.rpc("my_invitations", 403, {**refusal, "details": details, "hint": ""})
    response = await client.get("/v1/me", headers=bearer(hs256()))
    assert_problem(response, 403, "account_suspended")


@pytest.mark.parametrize(("status", "expected"), [(201, 201), (200, 200)])
async def test_enroll(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    enrollment: dict[str, Any],
    status: int,
    expected: int,
) -> None:
    """The database says whether the enrollment is new."""
    upstream.rpc("enroll", status, enrollment)
    response = await client.post(f"/v1/courses/{course_id}/enroll", headers=bearer(hs256()))
    assert response.status_code == expected
    assert response.json()["id"] == enrollment["id"]
    assert response.json()["progress"] == 0
    assert json.loads(upstream.requests[0].content) == {"course_id": str(course_id)}


@pytest.mark.parametrize(
    ("body", "sent"), [({"code": "spring"}, {"code": "spring"}), ({}, {}), ({"code": None}, {})]
)
async def test_enroll_with_a_code(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    enrollment: dict[str, Any],
    body: dict[str, Any],
    sent: dict[str, Any],
) -> None:
    """A code in the body is passed to the database."""
    upstream.rpc("enroll", 201, enrollment)
    response = await client.post(
        f"/v1/courses/{course_id}/enroll", json=body, headers=bearer(hs256())
    )
    assert response.status_code == 201
    assert json.loads(upstream.requests[0].content) == {"course_id": str(course_id)} | sent


async def test_withdraw(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID, enrollment: dict[str, Any]
) -> None:
    """The answer is the withdrawn enrollment."""
    upstream.rpc("withdraw", 200, enrollment | {"status": "withdrawn"})
    response = await client.delete(f"/v1/courses/{course_id}/enroll", headers=bearer(hs256()))
    assert response.status_code == 200
    assert response.json()["status"] == "withdrawn"
    assert json.loads(upstream.requests[0].content) == {"course_id": str(course_id)}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/me"), ("POST", "/enroll"), ("DELETE", "/enroll"), ("POST", "/enrollments")],
)
async def test_nobody_gets_nowhere(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID, method: str, path: str
) -> None:
    """Without a token PostgREST is not called."""
    url = path if path == "/v1/me" else f"/v1/courses/{course_id}{path}"
    assert_problem(await client.request(method, url), 401, "unauthenticated")
    assert upstream.requests == []


async def test_no_identity_bleeds_into_another_request(
    client: httpx.AsyncClient, upstream: Upstream, profile: dict[str, Any]
) -> None:
    """Sixty concurrent callers over the same connections each see their own row."""

    async def own_row(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.01 * (len(upstream.requests) % 3))
        token = request.headers["authorization"].removeprefix("Bearer ")
        assert request.url.params["id"] == f"eq.{owners[token]}"
        return httpx.Response(200, json=[profile | {"id": owners[token]}])

    owners = {hs256(sub=user): user for user in (str(uuid4()) for _ in range(60))}
    upstream.on("GET", "profiles", own_row)
    calls = [client.get("/v1/me", headers=bearer(token)) for token in owners]
    refused = [client.get("/v1/me") for _ in range(10)]
    responses = await asyncio.gather(*calls, *refused)
    assert [response.json()["id"] for response in responses[:60]] == list(owners.values())
    assert {response.status_code for response in responses[60:]} == {401}


async def test_the_role_comes_from_the_database(
    client: httpx.AsyncClient, upstream: Upstream, profile: dict[str, Any]
) -> None:
    """A role of the application in a token has no effect."""
    headers = bearer(hs256(app_metadata={"role": "admin"}, user_metadata={"role": "admin"}))
    for role in ("learner", "admin"):
        upstream.on("GET", "profiles", httpx.Response(200, json=[profile | {"role": role}]))
        response = await client.get("/v1/me", headers=headers)
        assert response.json()["role"] == role


async def test_anonymous_calls_reach_postgrest_as_anon(serve: Serve, upstream: Upstream) -> None:
    """Without a user only the publishable key is sent."""
    app = create_app(make_settings(), transport=upstream.transport())

    @app.get("/catalogue")
    async def catalogue(user: OptionalUser, supabase: SupabaseDep) -> list[dict[str, Any]]:
        assert user is None
        return await supabase.select("courses", select="id")

    async with serve(app=app) as client:
        assert (await client.get("/catalogue")).json() == []
    [request] = upstream.requests
    assert request.headers["apikey"] == PUBLISHABLE_KEY
    assert "authorization" not in request.headers


async def test_the_token_is_not_shown(serve: Serve, upstream: Upstream) -> None:
    """Printing a user does not show the token."""
    app = create_app(make_settings(), transport=upstream.transport())
    token = hs256()

    @app.get("/who")
    async def who(user: OptionalUser) -> str:
        return repr(user)

    async with serve(app=app) as client:
        assert token not in (await client.get("/who", headers=bearer(token))).text
