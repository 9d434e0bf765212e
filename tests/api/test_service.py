"""Behaviour around the endpoints: welcome, health, request ids, log lines, CORS, OpenAPI."""

import asyncio
import json
import logging
import re
import signal
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from app import __version__
from app.main import create_app
from app.services import readiness
from tests.api.conftest import Serve
from tests.api.support import (
    ORIGIN,
    PUBLISHABLE_KEY,
    SERVICE_URL,
    Signer,
    Upstream,
    assert_problem,
    bearer,
    hs256,
    make_settings,
)

ROOT = Path(__file__).resolve().parents[2]


async def test_welcome(client: httpx.AsyncClient) -> None:
    """The root describes the service, and its links work."""
    body = (await client.get("/")).json()
    assert (body["name"], body["version"]) == ("Lyceum", __version__)
    for link in (body["docs"], body["openapi"], body["health"]):
        assert (await client.get(link)).status_code == 200


def test_one_version() -> None:
    """The version of the service equals that of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == __version__


# Health ------------------------------------------------------------------------------------------


async def test_health_touches_nothing(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """Health is ok while the dependencies are down."""
    response = await client.get("/v1/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert upstream.requests == []


async def test_ready(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """Readiness requires that the database answers as anon; callers at once share a check."""
    responses = await asyncio.gather(*(client.get("/v1/health/ready") for _ in range(20)))
    assert {response.status_code for response in responses} == {200}
    assert responses[0].json() == {
        "status": "ok",
        "dependencies": {"auth": "ok", "database": "ok"},
        "oldest_fact_seconds": None,
    }
    assert 1 <= len(upstream.requests) <= 2
    for request in upstream.requests:
        assert request.headers["apikey"] == PUBLISHABLE_KEY
        assert "authorization" not in request.headers


async def test_f9_ready_says_what_is_true_now(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    """Each probe sees the state of its moment, however soon it follows another one."""
    for status in (503, 200, 503, 200):
        upstream.on("GET", "courses", httpx.Response(status, json=[]))
        assert (await client.get("/v1/health/ready")).status_code == status


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_not_ready_without_a_database(
    client: httpx.AsyncClient, upstream: Upstream, status: int
) -> None:
    """A wrong key and a database without tables make the service not ready."""
    upstream.on("GET", "courses", httpx.Response(status, json={}))
    problem = assert_problem(await client.get("/v1/health/ready"), 503, "not_ready")
    assert problem["dependencies"] == {"auth": "ok", "database": "down"}
    assert "database" in problem["detail"]


async def test_not_ready_without_keys(serve: Serve, upstream: Upstream, elliptic: Signer) -> None:
    """Without a secret, readiness requires the keys of Supabase Auth."""
    async with serve(make_settings(supabase_jwt_secret=None)) as client:
        problem = assert_problem(await client.get("/v1/health/ready"), 503, "not_ready")
        assert problem["dependencies"] == {"auth": "down", "database": "ok"}
    upstream.jwks = [elliptic.jwk()]
    async with serve(make_settings(supabase_jwt_secret=None)) as client:
        assert (await client.get("/v1/health/ready")).status_code == 200


async def test_not_ready_when_dependencies_hang(
    serve: Serve, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readiness has its own, short timeout."""
    monkeypatch.setattr(readiness, "CHECK_TIMEOUT_SECONDS", 0.05)

    async def hang(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(5)
        return httpx.Response(200, json=[])

    upstream.on("GET", "courses", hang)
    upstream.answers["GET", "/auth/v1/.well-known/jwks.json"] = hang
    async with serve(make_settings(supabase_jwt_secret=None)) as client, asyncio.timeout(1):
        problem = assert_problem(await client.get("/v1/health/ready"), 503, "not_ready")
    assert problem["dependencies"] == {"auth": "down", "database": "down"}


async def test_not_ready_while_draining(serve: Serve) -> None:
    """A process that shuts down is not ready."""
    app = create_app(make_settings(), transport=Upstream().transport())
    async with serve(app=app) as client:
        app.state.lyceum.readiness.draining = True
        problem = assert_problem(await client.get("/v1/health/ready"), 503, "not_ready")
        assert problem["dependencies"]["service"] == "down"
        assert (await client.get("/v1/health")).status_code == 200


async def test_sigterm_starts_the_draining(serve: Serve) -> None:
    """SIGTERM also calls the server's own handler, which is restored afterwards."""
    received: list[int] = []

    def server_handler(number: int, _: object) -> None:
        received.append(number)

    before = signal.signal(signal.SIGTERM, server_handler)
    try:
        async with serve() as client:
            assert (await client.get("/v1/health/ready")).status_code == 200
            signal.raise_signal(signal.SIGTERM)
            assert received == [signal.SIGTERM]
            # The event loop processes the signal at its next iteration.
            await asyncio.sleep(0)
            assert_problem(await client.get("/v1/health/ready"), 503, "not_ready")
        assert signal.getsignal(signal.SIGTERM) is server_handler
    finally:
        signal.signal(signal.SIGTERM, before)


# Request id and log ------------------------------------------------------------------------------


async def test_a_request_id_is_made(client: httpx.AsyncClient) -> None:
    """Each request gets its own request id."""
    first, second = [(await client.get("/")).headers["x-request-id"] for _ in range(2)]
    assert first != second
    assert len(first) == 32


async def test_a_sane_request_id_is_kept_and_handed_on(
    client: httpx.AsyncClient, upstream: Upstream, profile: dict[str, Any]
) -> None:
    """A valid request id is reused and passed on to PostgREST."""
    upstream.on("GET", "profiles", httpx.Response(200, json=[profile]))
    response = await client.get("/v1/me", headers=bearer(hs256()) | {"X-Request-Id": "a-1.B_2"})
    assert response.headers["x-request-id"] == "a-1.B_2"
    assert upstream.requests[-1].headers["x-request-id"] == "a-1.B_2"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, '"},{"', "<script>", "ä"])
async def test_another_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    """A request id that could break a log line or a page is replaced."""
    response = await client.get("/", headers=[(b"X-Request-Id", given.encode("latin-1"))])
    assert len(response.headers["x-request-id"]) == 32


async def test_one_line_a_request(
    client: httpx.AsyncClient,
    upstream: Upstream,
    user_id: UUID,
    course_id: UUID,
    enrollment: dict[str, Any],
    log_lines: Callable[[], list[dict[str, Any]]],
) -> None:
    """A request logs one line with all expected fields."""
    upstream.rpc("enroll", 201, enrollment)
    response = await client.post(
        f"/v1/courses/{course_id}/enroll?x=query-secret",
        json={"code": "body-secret"},
        headers=bearer(hs256(sub=str(user_id))),
    )
    assert response.status_code == 201
    [line] = [line for line in log_lines() if line["event"] == "request"]
    assert line.pop("duration_ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": response.headers["x-request-id"],
        "method": "POST",
        "path": "/v1/courses/{course_id}/enroll",
        "status": 201,
        "user_id": str(user_id),
    }


async def test_a_failure_is_logged_with_its_code(
    client: httpx.AsyncClient, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    """A failed request logs its code; signed out it has no user, and without a route no path."""
    await client.get("/v1/me", headers=bearer(hs256()) | {"Authorization": "Bearer bad"})
    await client.get("/nowhere")
    refused, lost = [line for line in log_lines() if line["event"] == "request"]
    assert (refused["status"], refused["code"]) == (401, "invalid_token")
    assert (lost["status"], lost["path"]) == (404, None)
    assert "user_id" not in refused
    assert "user_id" not in lost


async def test_no_secret_is_ever_logged(
    client: httpx.AsyncClient,
    upstream: Upstream,
    course_id: UUID,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No token, key, body or query is logged, for successful and failed calls."""
    token = hs256()
    path = f"/v1/courses/{course_id}/enroll"

    def crash(_: httpx.Request) -> httpx.Response:
        raise RuntimeError(f"with {token} in the message")

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"with {token} in the message")

    garbage = httpx.Response(200, json={"id": "row-secret"})
    for answer in (crash, refuse, garbage, httpx.Response(500, json={"message": "row-secret"})):
        upstream.on("POST", "rpc/enroll", answer)
        for body in ({"code": "body-secret"}, {"code": ["body-secret"]}):
            await client.post(f"{path}?q=query-secret", json=body, headers=bearer(token))
    output = capsys.readouterr()
    assert "unexpected_error" in output.out
    for secret in (token, token.split(".")[2], PUBLISHABLE_KEY, "-secret"):
        assert secret not in output.out + output.err


async def test_other_libraries_log_in_the_same_form(
    client: httpx.AsyncClient, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    """Lines of the server are JSON too, and exceptions are logged without their message."""
    try:
        raise ValueError("with a secret")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in %s application", "ASGI")
    [line] = [line for line in log_lines() if line["level"] == "error"]
    assert line["event"] == "Exception in ASGI application"
    assert line["error"] == "builtins.ValueError"
    assert "secret" not in json.dumps(line)


# CORS --------------------------------------------------------------------------------------------

PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


async def test_preflight_of_a_configured_origin(client: httpx.AsyncClient) -> None:
    """A page of a configured origin may send the token."""
    response = await client.options("/v1/me", headers=PREFLIGHT | {"Origin": ORIGIN})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in response.headers
    assert "origin" in response.headers["vary"].lower()


@pytest.mark.parametrize("origin", ["http://evil.test", f"{ORIGIN}.evil.test", "null"])
async def test_preflight_of_another_origin(client: httpx.AsyncClient, origin: str) -> None:
    """Other origins are refused with a problem document."""
    response = await client.options("/v1/me", headers=PREFLIGHT | {"Origin": origin})
    assert_problem(response, 400, "cors_refused")
    assert "access-control-allow-origin" not in response.headers


async def test_answers_name_a_configured_origin_only(client: httpx.AsyncClient) -> None:
    """A page of a configured origin can read errors and their request id."""
    response = await client.get("/v1/me", headers={"Origin": ORIGIN})
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert "X-Request-Id" in response.headers["access-control-expose-headers"]
    response = await client.get("/v1/me", headers={"Origin": "http://evil.test"})
    assert "access-control-allow-origin" not in response.headers


async def test_without_origins_there_is_no_cors(serve: Serve) -> None:
    """By default no origin is configured."""
    async with serve(make_settings(cors_origins="")) as client:
        response = await client.get("/", headers={"Origin": ORIGIN})
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("path", ["keys", "keys/x", "7K2M9QX4T0BVHJ3ENDRS/revocations"])
@pytest.mark.parametrize("origin", ["https://verifier.test", "null", ORIGIN])
async def test_e3_any_page_may_read_the_certificates(
    client: httpx.AsyncClient, upstream: Upstream, path: str, origin: str
) -> None:
    """Keys, credentials and revocations are readable from any origin, refusals included."""
    upstream.fail("verify_certificate", 404, "certificate_not_found", "None.")
    for method in ("GET", "HEAD"):
        response = await client.request(
            method, f"/v1/certificates/{path}", headers={"Origin": origin}
        )
        assert response.headers["access-control-allow-origin"] in {"*", origin}
        preflight = await client.options(
            f"/v1/certificates/{path}",
            headers={"Origin": origin, "Access-Control-Request-Method": method},
        )
        assert preflight.status_code == 200


async def test_e3_a_token_is_for_configured_origins(client: httpx.AsyncClient) -> None:
    """A page of another origin may not send a token, also not to read a certificate."""
    asked = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    path = "/v1/certificates/keys"
    response = await client.options(path, headers={"Origin": "https://verifier.test", **asked})
    assert response.status_code == 400
    response = await client.options(path, headers={"Origin": ORIGIN, **asked})
    assert response.status_code == 200


async def test_e3_head_answers_wherever_get_does(
    client: httpx.AsyncClient, upstream: Upstream, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    """HEAD has the status and the headers of GET and no body; the log names what was sent."""
    for path in (
        "/",
        "/v1/health",
        "/v1/health/ready",
        "/v1/certificates/keys",
        "/v1/meta",
        "/v1/me",
    ):
        got, head = await client.get(path), await client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        for name in ("content-type", "content-length"):
            assert head.headers[name] == got.headers[name]
    assert {line["method"] for line in log_lines() if line["event"] == "request"} == {"GET", "HEAD"}
    refused = await client.head("/v1/courses/4b1c9a9e-5c6a-4a3e-9a53-1d8ce3d2b7f0/enroll")
    assert (refused.status_code, refused.headers["allow"]) == (405, "DELETE, POST")
    refused = await client.put("/v1/health")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")


# OpenAPI -----------------------------------------------------------------------------------------


async def test_openapi(client: httpx.AsyncClient) -> None:
    """The document describes every operation, its security and its errors."""
    document = (await client.get("/openapi.json")).json()
    operations = {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {
        "GET /",
        "GET /v1/health",
        "GET /v1/health/ready",
        "GET /v1/me",
        "POST /v1/courses/{course_id}/enroll",
        "DELETE /v1/courses/{course_id}/enroll",
        "POST /v1/courses/{course_id}/enrollments",
        "GET /v1/courses/{course_id}/report.html",
        "GET /v1/courses/{course_id}/learners.csv",
        "GET /v1/courses/{course_id}/gradebook.csv",
        "POST /v1/offers/{offer_id}/checkout",
        "POST /v1/payments/stripe",
        "POST /v1/courses/import",
        "GET /v1/courses/{course_id}/export.zip",
        "POST /v1/lessons/{lesson_id}/questions/import",
        "POST /v1/tutor/chat",
        "GET /v1/tutor/chat/{conversation_id}/stream",
        "POST /v1/tutor/chat/{conversation_id}/stop",
        "GET /v1/tutor/quota",
        "GET /v1/meta",
        "GET /v1/certificates/keys",
        "GET /v1/certificates/statuses/{number}",
        "GET /v1/certificates/keys/{thumbprint}",
        "GET /v1/certificates/{code}.pdf",
        "GET /v1/certificates/{code}.svg",
        "GET /v1/certificates/{code}/credential",
        "GET /v1/certificates/{code}/revocations",
    }
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for name, operation in operations.items():
        anyone = "{code}" in name
        signed_in = name.endswith("/me") or any(
            part in name for part in ("/courses", "/lessons", "/offers", "/tutor")
        )
        assert bool(operation["security"]) == (signed_in or anyone), name
        assert ({} in operation["security"]) == anyone, name
        for status, response in operation["responses"].items():
            if status == "default" or int(status) >= 400:
                assert response["content"] == {"application/problem+json": problem}, name
        assert "default" in operation["responses"]
    for kind, media_type in (
        (".pdf", "application/pdf"),
        (".svg", "image/svg+xml"),
        ("/credential", "text/plain"),
    ):
        responses = operations[f"GET /v1/certificates/{{code}}{kind}"]["responses"]
        assert set(responses["200"]["content"]) == {media_type}
        assert {"401", "404", "422", "503"} <= set(responses)
    chat = operations["POST /v1/tutor/chat"]["responses"]
    assert set(chat["200"]["content"]) == {"text/event-stream"}
    assert {"401", "403", "404", "409", "422", "423", "429", "503", "504"} <= set(chat)
    assert "204" in operations["GET /v1/tutor/chat/{conversation_id}/stream"]["responses"]
    report = operations["GET /v1/courses/{course_id}/report.html"]["responses"]
    assert set(report["200"]["content"]) == {"text/html"}
    assert {"401", "403", "404", "422", "503"} <= set(report)
    assert {"200", "201"} <= set(operations["POST /v1/courses/{course_id}/enroll"]["responses"])
    schemas = document["components"]["schemas"]
    assert {"Problem", "FieldProblem", "PublicProfiles", "PublicEnrollments"} <= set(schemas)
    assert "HTTPValidationError" not in schemas
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)


async def test_openapi_references_exist(client: httpx.AsyncClient) -> None:
    """Each reference of the document resolves."""
    document = (await client.get("/openapi.json")).json()

    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            found = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return found + [ref for value in node.values() for ref in references(value)]
        if isinstance(node, list):
            return [ref for value in node for ref in references(value)]
        return []

    for reference in references(document):
        target: Any = document
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


async def test_e7_openapi_says_where_and_what(client: httpx.AsyncClient) -> None:
    """The document has the address of the service, and no free text of a request holds U+0000."""
    document = (await client.get("/openapi.json")).json()
    assert document["servers"] == [{"url": SERVICE_URL}]
    texts = 0

    def visit(node: Any) -> None:
        nonlocal texts
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                visit(document["components"]["schemas"][node["$ref"].rsplit("/", 1)[-1]])
            if node.get("type") == "string" and not node.keys() & {"enum", "const", "format"}:
                assert not re.search(node["pattern"], "a\0b"), node
                texts += 1
            for value in node.values():
                visit(value)
        if isinstance(node, list):
            for value in node:
                visit(value)

    for operations in document["paths"].values():
        for operation in operations.values():
            visit([operation.get("parameters"), operation.get("requestBody")])
    assert texts > 5
