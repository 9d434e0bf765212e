"""The only module that knows HTTP: every failure becomes RFC 9457 problem+json here.

There are three kinds of failure. `ServiceError` is our own, with a code of `CATALOGUE`.
`UpstreamError` is an error answer of PostgREST: a code of the database's catalogue passes
unchanged, any other becomes a code of ours without internal details. The framework raises the rest
(unknown path, wrong method, unreadable body).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from app.core.logging import describe_exception, get_logger
from app.core.quotas import QuotaState, limit_headers
from app.models.errors import ERRORS

PROBLEM_JSON: Final = "application/problem+json"
RETRY_AFTER_SECONDS: Final = 5

# code: (status, title). The codes of the database are in app.models.errors.
CATALOGUE: Final[Mapping[str, tuple[int, str]]] = {
    "bad_request": (400, "The request cannot be read"),
    "bad_json": (400, "The body is not JSON"),
    "invalid_signature": (400, "The event is not signed by the payment provider"),
    "cors_refused": (400, "The preflight names an origin, method or header that is not allowed"),
    "unauthenticated": (401, "Sign in first"),
    "invalid_token": (401, "The access token is not accepted"),
    "forbidden": (403, "Not allowed"),
    "not_found": (404, "Nothing here"),
    "profile_not_found": (404, "This account has no profile"),
    "method_not_allowed": (405, "The path has no such method"),
    "body_timeout": (408, "The body did not arrive in time"),
    "conflict": (409, "In conflict with what is stored"),
    "certificate_revoked": (410, "The certificate was revoked"),
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The type of the body is not accepted"),
    "validation_failed": (422, "The request is not valid"),
    "invalid_input": (422, "The database does not accept a value"),
    "invalid_csv": (422, "The CSV cannot be read"),
    "invalid_archive": (422, "The archive cannot be read"),
    "invalid_file": (422, "A file cannot be read"),
    "nothing_to_import": (422, "The upload has nothing that can be imported"),
    "unknown_format": (422, "The upload has no known format"),
    "upload_too_large": (422, "The upload holds too much"),
    "roster_empty": (422, "The roster names nobody"),
    "roster_too_large": (422, "The roster has too many rows"),
    "rate_limited": (429, "Too many requests"),
    "internal_error": (500, "The service failed"),
    "provider_timeout": (504, "The model did not answer in time"),
    "upstream_error": (502, "The database gave an answer that makes no sense here"),
    "not_ready": (503, "The service is not ready"),
    "auth_unavailable": (503, "The keys that verify access tokens cannot be fetched"),
    "database_unavailable": (503, "The database cannot be reached"),
    "database_timeout": (503, "The database did not answer in time"),
    "tutor_not_configured": (503, "The service has no key to write what a tutor says"),
    "tutor_busy": (503, "The tutor is answering as many questions as it can"),
    "provider_unavailable": (503, "The model cannot be reached"),
    "draining": (503, "The service is ending"),
    "payments_not_configured": (503, "The service takes no payments"),
    "credentials_not_configured": (503, "The service signs no credentials"),
}


class ServiceError(Exception):
    """A failure that the service itself found.

    Args:
        code: a key of `CATALOGUE`.
        detail: one sentence for the reader of the answer.
        members: further members of the problem document; `retry_after`, in seconds, becomes the
            header.
    """

    def __init__(self, code: str, detail: str | None = None, **members: Any) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.members = members


class UpstreamError(Exception):
    """A failure that PostgREST, or the gateway in front of it, answered.

    Args:
        status: HTTP status of the answer.
        body: the decoded JSON object, or None when there was none.
    """

    def __init__(self, status: int, body: Mapping[str, Any] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.code = _text(body, "code")
        self.message = _text(body, "message")
        self.details = _text(body, "details")
        self.hint = _text(body, "hint")
        # Storage says 400 and names the status in the body.
        self.is_duplicate = _text(body, "error") == "Duplicate"
        self.is_empty = body is not None and body.get("code") == body.get("message") == ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem+json answer before the members that depend on the request are known."""

    code: str
    status: int
    title: str
    detail: str | None = None
    members: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def catalogued(
    code: str,
    detail: str | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Problem:
    """The problem with this code of `CATALOGUE`."""
    status, title = CATALOGUE[code]
    return Problem(code, status, title, detail, members, headers or {})


def from_upstream(error: UpstreamError) -> Problem:
    """Translate an error answer of PostgREST into a problem."""
    code = error.code
    if code in ERRORS:
        return _refused(error)
    if code == "42501":
        return catalogued("unauthenticated" if error.status == 401 else "forbidden")
    if code in {"PGRST301", "PGRST302", "PGRST303"}:
        return catalogued("invalid_token", "The database does not accept the access token.")
    if code == "PGRST116":
        return catalogued("not_found")
    if code in {"23505", "23503"}:
        return catalogued("conflict")
    if code in {"23502", "23514"} or (code[:2] == "22" and len(code) == 5):
        return catalogued("invalid_input")
    if code == "57014" or error.status == 504:
        return catalogued("database_timeout")
    # A connection that broke during a statement: PostgREST answers 400 with an empty code.
    broken = error.status == 400 and error.is_empty
    if error.status == 503 or broken or code[:2] in {"08", "53"} or code in _TRY_AGAIN:
        return catalogued("database_unavailable")
    if error.status == 429:
        return catalogued("rate_limited")
    return catalogued("upstream_error")


def is_passing(error: "ServiceError | UpstreamError") -> bool:
    """Whether the same call may succeed later: it was not refused."""
    if isinstance(error, ServiceError):
        return CATALOGUE[error.code][0] >= 500
    return error.status >= 500 or from_upstream(error).status in {429, 503}


def _refused(error: UpstreamError) -> Problem:
    """An error of the database's catalogue; its details become members of the problem."""
    members: dict[str, Any] = {"hint": error.hint} if error.hint else {}
    try:
        details = json.loads(error.details)
    except ValueError:
        details = None
    if isinstance(details, dict):
        members = {**details, **members}
    headers = _rate_limit(members) if error.code == "quota_exceeded" else _retry_after(members)
    status = error.status if 400 <= error.status < 500 else ERRORS[error.code].status
    return Problem(error.code, status, error.message, error.message, members, headers)


def _retry_after(details: Mapping[str, Any]) -> dict[str, str]:
    wait = details.get("retry_after")
    return {"Retry-After": str(max(1, wait))} if isinstance(wait, int) else {}


def _rate_limit(limit: Mapping[str, Any]) -> dict[str, str]:
    """The headers of a tutor limit that was exceeded; empty when the limit is incomplete."""
    try:
        seconds = max(1, int(limit["retry_after"]))
        used_up = QuotaState(
            scope=limit["scope"],
            period=limit["period"],
            meter=limit["meter"],
            limit=int(limit["limit"]),
            remaining=0,
            reset_seconds=seconds,
        )
        return {"Retry-After": str(seconds), **limit_headers([used_up])}
    except (ValueError, KeyError, TypeError):
        return {}


# Serialization failure, deadlock, lock not available, database shutdown and start-up.
_TRY_AGAIN: Final = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03"})


def problem_response(request: Request, problem: Problem) -> Response:
    """The problem document for this request, with the headers that its status requires."""
    context = structlog.contextvars.get_contextvars()
    structlog.contextvars.bind_contextvars(code=problem.code)
    document = {
        "type": f"urn:lyceum:problem:{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or f"{problem.title}.",
        "instance": quote(request.scope["path"]),
        "code": problem.code,
        "request_id": context.get("request_id"),
        **problem.members,
    }
    headers = dict(problem.headers)
    if problem.status == 401:
        headers["WWW-Authenticate"] = _challenge(problem)
    if problem.status in {429, 503}:
        headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    # ASCII only: input of a client may contain half a surrogate pair.
    body = json.dumps(document, ensure_ascii=True).encode("ascii")
    return Response(body, problem.status, headers, media_type=PROBLEM_JSON)


def unexpected(request: Request, error: BaseException) -> Response:
    """A 500 without details; the log has the class and the stack."""
    get_logger().error("unexpected_error", **describe_exception(error))
    return problem_response(request, catalogued("internal_error"))


def install_error_handlers(app: FastAPI) -> None:
    """Turn every failure below the middleware into a problem document."""

    @app.exception_handler(ServiceError)
    async def _service(request: Request, error: ServiceError) -> Response:
        members = dict(error.members)
        wait = members.pop("retry_after", None)
        headers = {} if wait is None else {"Retry-After": str(max(1, round(wait)))}
        problem = catalogued(error.code, error.detail, headers, **members)
        return problem_response(request, problem)

    @app.exception_handler(UpstreamError)
    async def _upstream(request: Request, error: UpstreamError) -> Response:
        problem = from_upstream(error)
        if problem.status >= 500:
            get_logger().warning("postgrest_failed", upstream=error.status, sqlstate=error.code)
        return problem_response(request, problem)

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        items = error.errors()
        if any(item["type"] == "json_invalid" for item in items):
            return problem_response(request, catalogued("bad_json"))
        errors = [{"pointer": _pointer(item["loc"]), "message": item["msg"]} for item in items]
        return problem_response(request, catalogued("validation_failed", errors=errors))

    @app.exception_handler(ResponseValidationError)
    async def _response(request: Request, error: ResponseValidationError) -> Response:
        fields = sorted({_pointer(item["loc"]) for item in error.errors()})
        get_logger().error("row_does_not_fit_model", fields=fields)
        return problem_response(request, catalogued("upstream_error"))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            allow = ", ".join(_methods(app, request.scope))
            return problem_response(
                request, catalogued("method_not_allowed", headers={"Allow": allow})
            )
        headers = dict(error.headers or {})
        return problem_response(request, catalogued(_code_of(error.status_code), headers=headers))


def _methods(app: FastAPI, scope: Mapping[str, Any]) -> list[str]:
    """Methods of all routes with the path of the request; the framework reports only the first."""
    asked = {key: scope[key] for key in ("type", "path", "root_path", "headers") if key in scope}
    return [
        method
        for method, like in (
            *(("DELETE", "DELETE"), ("GET", "GET"), ("HEAD", "GET"), ("PATCH", "PATCH")),
            *(("POST", "POST"), ("PUT", "PUT")),
        )
        if any(route.matches(asked | {"method": like})[0] is Match.FULL for route in app.routes)
    ]


def _challenge(problem: Problem) -> str:
    if problem.code == "unauthenticated":
        return 'Bearer realm="lyceum"'
    detail = (problem.detail or problem.title).encode("ascii", "ignore").decode()
    detail = detail.replace("\\", "").replace('"', "'")
    return f'Bearer realm="lyceum", error="invalid_token", error_description="{detail}"'


def _code_of(status: int) -> str:
    """The most general code for a status."""
    general = {503: "database_unavailable"}
    if status in general:
        return general[status]
    for code, (known, _) in CATALOGUE.items():
        if known == status:
            return code
    return "bad_request" if status < 500 else "internal_error"


def _pointer(location: tuple[int | str, ...]) -> str:
    """JSON pointer of a location in the request: `/body/code`, `/path/course_id`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in location)


def _text(body: Mapping[str, Any] | None, key: str) -> str:
    value = (body or {}).get(key)
    return value if isinstance(value, str) else ""
