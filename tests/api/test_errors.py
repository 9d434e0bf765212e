"""Every failure is a problem document."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter

from app.core import errors, middleware
from app.core.errors import UpstreamError, from_upstream
from app.main import create_app
from tests.api.conftest import Serve
from tests.api.support import Upstream, assert_problem, bearer, hs256, make_settings


def _enroll(course_id: UUID) -> str:
    return f"/v1/courses/{course_id}/enroll"


# What the framework finds ------------------------------------------------------------------------


async def test_unknown_path(client: httpx.AsyncClient) -> None:
    """The instance is the encoded path, without the query."""
    body = assert_problem(await client.get("/v1/n%C3%B6pe?token=x"), 404, "not_found")
    assert body["instance"] == "/v1/n%C3%B6pe"


async def test_a_slash_at_the_end_is_another_path(client: httpx.AsyncClient) -> None:
    """A trailing slash is another path and is not redirected."""
    assert_problem(await client.get("/v1/health/"), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/v1/courses/7/enroll", "DELETE, POST"),
        ("GET", "/v1/courses/7/enrollments", "POST"),
        ("POST", "/v1/health", "GET, HEAD"),
        ("BREW", "/", "GET, HEAD"),
        ("OPTIONS", "/v1/me", "GET, HEAD"),
    ],
)
async def test_wrong_method(client: httpx.AsyncClient, method: str, path: str, allow: str) -> None:
    """The answer lists all methods of the path."""
    response = await client.request(method, path)
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == allow


@pytest.mark.parametrize("content", [b"{", b"{'a': 1}", b"\xff\xfe", b"[" * 20_000, b"9" * 5000])
async def test_bad_json(client: httpx.AsyncClient, course_id: UUID, content: bytes) -> None:
    """A body that is not JSON is a client error."""
    response = await client.post(
        _enroll(course_id),
        content=content,
        headers=bearer(hs256()) | {"Content-Type": "application/json"},
    )
    assert response.status_code == 400
    assert_problem(response, 400, response.json()["code"])
    assert response.json()["code"] in {"bad_json", "bad_request"}


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/v1/courses/7/enroll", None, "/path/course_id"),
        ("/v1/courses/{id}/enroll", {"code": 7}, "/body/code"),
        ("/v1/courses/{id}/enroll", {"code": ""}, "/body/code"),
        ("/v1/courses/{id}/enroll", {"code": "x" * 201}, "/body/code"),
        ("/v1/courses/{id}/enroll", {"user_id": "x"}, "/body/user_id"),
        ("/v1/courses/{id}/enroll", {"a/b~c": 1}, "/body/a~1b~0c"),
        ("/v1/courses/{id}/enroll", {"\ud800": 1}, "/body"),
        ("/v1/courses/{id}/enroll", {"code": "\ud800"}, "/body/code"),
        ("/v1/courses/{id}/enroll", ["x"], "/body"),
    ],
)
async def test_invalid_values(
    client: httpx.AsyncClient, course_id: UUID, path: str, body: Any, pointer: str
) -> None:
    """Each invalid value is identified by a JSON pointer and never repeated."""
    response = await client.post(
        path.replace("{id}", str(course_id)),
        content=json.dumps(body),
        headers=bearer(hs256()) | {"Content-Type": "application/json"},
    )
    problem = assert_problem(response, 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert all(set(error) == {"pointer", "message"} for error in problem["errors"])


async def test_a_body_of_another_type_is_refused(
    client: httpx.AsyncClient, course_id: UUID
) -> None:
    """A JSON body requires the content type of JSON."""
    response = await client.post(
        _enroll(course_id),
        content='{"code": "x"}',
        headers=bearer(hs256()) | {"Content-Type": "text/plain"},
    )
    assert_problem(response, 422, "validation_failed")


@pytest.mark.parametrize("path", ["enroll", "enrollments"])
async def test_a_declared_body_over_the_limit(
    client: httpx.AsyncClient, course_id: UUID, path: str
) -> None:
    """A declared body over the limit is refused before it is read."""
    response = await client.post(
        f"/v1/courses/{course_id}/{path}",
        content=b" " * 65_537,
        headers=bearer(hs256()) | {"Content-Type": "application/json"},
    )
    assert_problem(response, 413, "body_too_large")
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("path", ["enroll", "enrollments"])
async def test_a_chunked_body_over_the_limit(
    client: httpx.AsyncClient, course_id: UUID, path: str
) -> None:
    """A chunked body is read up to the limit and no further."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 8192
            yield b" " * 8192

    response = await client.post(
        f"/v1/courses/{course_id}/{path}",
        content=chunks(),
        headers=bearer(hs256()) | {"Content-Type": "application/json"},
    )
    assert_problem(response, 413, "body_too_large")
    assert sent <= 65_536 + 2 * 8192


@pytest.mark.parametrize("length", ["-1", "1e3", "9" * 5000, ""])
async def test_a_nonsensical_length(client: httpx.AsyncClient, length: str) -> None:
    """An invalid content length does not cause a failure."""
    response = await client.get("/v1/health", headers={"Content-Length": length})
    assert_problem(response, 413, "body_too_large")


# What goes wrong inside --------------------------------------------------------------------------


async def test_an_unexpected_exception_names_nothing(serve: Serve, log_lines: Any) -> None:
    """The caller gets a 500 with a request id; the log has the location but not the message."""
    app = create_app(make_settings())
    router = APIRouter()

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("secret of the caller") from ValueError("another secret")

    app.include_router(router)
    async with serve(app=app) as client:
        response = await client.get("/broken", headers={"Origin": "http://localhost:3000"})
    problem = assert_problem(response, 500, "internal_error")
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert "secret" not in response.text
    lines = log_lines()
    [line] = [line for line in lines if line["event"] == "unexpected_error"]
    assert line["request_id"] == problem["request_id"]
    assert line["error"] == "builtins.RuntimeError"
    assert line["cause"] == "ValueError"
    assert any("broken" in frame for frame in line["stack"])
    assert "secret" not in json.dumps(lines)


async def test_a_failure_after_the_first_byte_is_not_hidden(serve: Serve) -> None:
    """A failure after the first byte breaks the connection, because the status is already sent."""
    app = create_app(make_settings())

    async def half(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("too late")

    app.mount("/half", half)
    async with serve(app=app) as client:
        with pytest.raises(RuntimeError, match="too late"):
            await client.get("/half/way")


# What PostgREST answers --------------------------------------------------------------------------

PASSED_ON = [
    (404, "course_not_found"),
    (403, "code_required"),
    (409, "course_closed"),
    (423, "tutor_locked"),
    (422, "invalid_roster"),
    (403, "not_course_staff"),
    (401, "not_authenticated"),
    # The database overrides the status of this code when there is no enrollment to withdraw.
    (404, "not_enrolled"),
]


@pytest.mark.parametrize(("status", "code"), PASSED_ON)
async def test_codes_of_the_database_pass_one_to_one(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    status: int,
    code: str,
) -> None:
    """Status, code, sentence, details and hint are those of the database."""
    details = '{"reason": "prerequisite"}'
    upstream.fail("enroll", status, code, "A sentence.", details=details, hint="Do this.")
    response = await client.post(_enroll(course_id), headers=bearer(hs256()))
    problem = assert_problem(response, status, code)
    assert (problem["detail"], problem["hint"]) == ("A sentence.", "Do this.")
    assert problem["reason"] == "prerequisite"


TRANSLATED = [
    (403, "42501", "permission denied for table enrollments", 403, "forbidden"),
    (401, "42501", "permission denied for table enrollments", 401, "unauthenticated"),
    (409, "23505", 'duplicate key value violates unique constraint "x"', 409, "conflict"),
    (409, "23503", 'violates foreign key constraint "x"', 409, "conflict"),
    (400, "23514", 'violates check constraint "x"', 422, "invalid_input"),
    (400, "23502", 'null value in column "x"', 422, "invalid_input"),
    (400, "22P05", "unsupported Unicode escape sequence", 422, "invalid_input"),
    (406, "PGRST116", "JSON object requested", 404, "not_found"),
    (401, "PGRST301", "JWSError", 401, "invalid_token"),
    (401, "PGRST302", "Anonymous access is disabled", 401, "invalid_token"),
    (401, "PGRST303", "JWT expired", 401, "invalid_token"),
    (500, "57014", "canceling statement due to statement timeout", 503, "database_timeout"),
    (504, "PGRST003", "Timed out acquiring connection", 503, "database_timeout"),
    (503, "PGRST000", "Database connection error", 503, "database_unavailable"),
    (503, "53300", "too many connections", 503, "database_unavailable"),
    (500, "40001", "could not serialize access", 503, "database_unavailable"),
    (500, "40P01", "deadlock detected", 503, "database_unavailable"),
    (400, "55P03", "could not obtain lock", 503, "database_unavailable"),
    (429, "", "slow down", 429, "rate_limited"),
    (404, "PGRST202", "Could not find the function public.enroll", 502, "upstream_error"),
    (404, "42883", "function does not exist", 502, "upstream_error"),
    (401, "", "No API key found in request", 502, "upstream_error"),
    (400, "P0001", "some prose", 502, "upstream_error"),
    (500, "XX000", "internal error", 502, "upstream_error"),
    (500, "42P17", "infinite recursion", 502, "upstream_error"),
]


@pytest.mark.parametrize(("status", "sqlstate", "message", "expected", "code"), TRANSLATED)
async def test_other_errors_are_translated(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    status: int,
    sqlstate: str,
    message: str,
    expected: int,
    code: str,
) -> None:
    """Nothing of what Postgres wrote reaches the caller."""
    upstream.fail("enroll", status, sqlstate, message, details="Key (email)=(x)", hint="Internals")
    response = await client.post(_enroll(course_id), headers=bearer(hs256()))
    problem = assert_problem(response, expected, code)
    assert message not in response.text
    assert "Key (email)" not in response.text
    assert "hint" not in problem


async def test_c6_a_body_that_does_not_come(
    client: httpx.AsyncClient, course_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body that comes too slowly is refused with 408."""
    monkeypatch.setattr(middleware, "BODY_SECONDS", 0.05)

    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" "
            await asyncio.sleep(0.01)

    response = await client.post(
        _enroll(course_id),
        headers=bearer(hs256()) | {"Content-Type": "application/json"},
        content=slowly(),
    )
    assert_problem(response, 408, "body_timeout")
    assert response.headers["connection"] == "close"


async def test_f7_a_connection_that_broke(
    client: httpx.AsyncClient, upstream: Upstream, course_id: UUID
) -> None:
    """PostgREST's 400 without a code, and Postgres's words of a shutdown: 503 with Retry-After."""
    upstream.fail("enroll", 400, "", "", details=None, hint=None)
    response = await client.post(_enroll(course_id), headers=bearer(hs256()))
    assert_problem(response, 503, "database_unavailable")
    for code in ("57P01", "57P02", "57P03"):
        upstream.fail("enroll", 500, code, "the database system is in recovery mode")
        response = await client.post(_enroll(course_id), headers=bearer(hs256()))
        assert_problem(response, 503, "database_unavailable")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {"code": "course_not_found", "message": "?", "details": "{"},
            (400, "course_not_found"),
        ),
        ({"code": "no_such_code", "message": "A sentence."}, (502, "upstream_error")),
        ({"code": "PT404", "message": "course_not_found"}, (502, "upstream_error")),
        ({"code": 404, "message": "course_not_found"}, (502, "upstream_error")),
        ({"code": 7, "message": None}, (502, "upstream_error")),
        ({"code": "42501", "message": "forbidden", "details": 7}, (403, "forbidden")),
        (None, (502, "upstream_error")),
    ],
)
def test_unusual_error_bodies(body: dict[str, Any] | None, expected: tuple[int, str]) -> None:
    """Only codes of the catalogue pass."""
    problem = from_upstream(UpstreamError(400, body))
    assert (problem.status, problem.code) == expected


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (httpx.Response(500, html="<h1>Oops</h1>"), 502, "upstream_error"),
        (httpx.Response(404, html="<h1>nginx</h1>"), 502, "upstream_error"),
        (httpx.Response(502, html="<h1>Bad gateway</h1>"), 502, "upstream_error"),
        (httpx.Response(503, html="<h1>Down</h1>"), 503, "database_unavailable"),
        (httpx.Response(504, html="<h1>Slow</h1>"), 503, "database_timeout"),
        (httpx.Response(200, html="<h1>Welcome</h1>"), 502, "upstream_error"),
        (httpx.Response(200, content=b"\xff\xff"), 502, "upstream_error"),
        (httpx.Response(204), 502, "upstream_error"),
        (httpx.Response(302, headers={"location": "/login"}), 502, "upstream_error"),
        (httpx.Response(200, json=[]), 502, "upstream_error"),
        (httpx.Response(200, json=None), 502, "upstream_error"),
        (httpx.Response(200, json={"id": "not a row"}), 502, "upstream_error"),
        (httpx.Response(500, json=["x"]), 502, "upstream_error"),
    ],
)
async def test_garbage_from_the_gateway(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    answer: httpx.Response,
    status: int,
    code: str,
) -> None:
    """An unreadable answer of the gateway is reported as a failure of the database."""
    upstream.on("POST", "rpc/enroll", answer)
    response = await client.post(_enroll(course_id), headers=bearer(hs256()))
    assert_problem(response, status, code)
    assert "<h1>" not in response.text


async def test_rows_that_are_no_rows(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """A table answer of the wrong shape is reported as a failure of the database."""
    for garbage in ({"id": 1}, [1], "x"):
        upstream.on("GET", "profiles", httpx.Response(200, json=garbage))
        response = await client.get("/v1/me", headers=bearer(hs256()))
        assert_problem(response, 502, "upstream_error")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx.ConnectError("refused"), "database_unavailable"),
        (httpx.ReadError("reset"), "database_unavailable"),
        (httpx.RemoteProtocolError("closed"), "database_unavailable"),
        (httpx.ConnectTimeout("slow"), "database_timeout"),
        (httpx.PoolTimeout("full"), "database_timeout"),
    ],
)
async def test_postgrest_out_of_reach(
    client: httpx.AsyncClient, upstream: Upstream, error: httpx.HTTPError, code: str
) -> None:
    """An unreachable PostgREST gives a 503 with Retry-After."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise error

    upstream.on("GET", "profiles", fail)
    response = await client.get("/v1/me", headers=bearer(hs256()))
    assert_problem(response, 503, code)
    assert str(error) not in response.text


async def test_a_slow_postgrest_is_given_up(serve: Serve, upstream: Upstream) -> None:
    """The timeout covers the whole call, also when bytes still arrive slowly."""

    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            await asyncio.sleep(0.05)
            yield b" "

    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(5)
        return httpx.Response(200, json=[])

    async def dripping(_: httpx.Request) -> httpx.Response:
        response = httpx.Response(200, content=drip())
        await response.aread()
        return response

    async with serve(make_settings(supabase_timeout_seconds=0.2)) as client:
        for answer in (silent, dripping):
            upstream.on("GET", "profiles", answer)
            async with asyncio.timeout(1):
                response = await client.get("/v1/me", headers=bearer(hs256()))
            assert_problem(response, 503, "database_timeout")


def test_the_catalogue_is_sound() -> None:
    """Each code is snake_case and has an error status and a title."""
    for code, (status, title) in errors.CATALOGUE.items():
        assert code == code.lower().replace(" ", "_")
        assert 400 <= status < 600
        assert title[0].isupper() and not title.endswith(".")
