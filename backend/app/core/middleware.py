"""Middleware of every request: id, log line, CORS, body limit, and the last error handler.

Plain ASGI, so that streamed answers are not buffered.
"""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import structlog
from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.config import Settings
from app.core.errors import catalogued, problem_response, unexpected
from app.core.logging import get_logger

REQUEST_ID: Final = "X-Request-Id"
_CORS: Final = frozenset(
    {"vary", "access-control-allow-methods", "access-control-allow-headers"}
    | {"access-control-allow-origin", "access-control-max-age"}
)
# Documents and keys that a verifier on any page may read.
_PUBLIC: Final = "/v1/certificates/"
# How long a client may take to send its body.
BODY_SECONDS: Final = 30.0
UPLOAD_SECONDS: Final = 300.0
# Paths that take a file.
_UPLOADS = re.compile(r"/v1/courses/import|/v1/lessons/[^/]+/questions/import")
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)


def install_middleware(app: FastAPI, settings: Settings) -> None:
    """Add the middleware to an app; the last one added is the outermost."""
    app.add_middleware(
        GuardMiddleware,
        max_body_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
    )
    app.add_middleware(
        ProblemCORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["GET", "HEAD", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Last-Event-ID", REQUEST_ID],
        expose_headers=[
            *(REQUEST_ID, "ETag", "Retry-After", "WWW-Authenticate"),
            *("X-Run-Id", "RateLimit", "RateLimit-Policy", "X-Vercel-AI-UI-Message-Stream"),
        ],
        max_age=600,
    )
    app.add_middleware(HeadMiddleware)
    app.add_middleware(RequestLogMiddleware)


class RequestLogMiddleware:
    """Assigns an id to each request and logs one line when it ends."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _SANE_ID.fullmatch(given) else uuid4().hex
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status: int | None = None

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            get_logger().info(
                "request",
                method=scope["method"],
                path=getattr(scope.get("route"), "path", None),
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
            )


class HeadMiddleware:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        scope["method"] = "GET"

        async def send_head(message: Message) -> None:
            # The server and the log must know the method that was sent.
            scope["method"] = "HEAD"
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b""})

        await self.app(scope, receive, send_head)


class ProblemCORSMiddleware(CORSMiddleware):
    """CORS that refuses a preflight with a problem document.

    Any origin may read the certificates: they are public to whoever has a code. Only the origins
    of the settings may send a token.
    """

    def __init__(
        self,
        app: ASGIApp,
        allow_origins: Sequence[str],
        allow_methods: Sequence[str],
        allow_headers: Sequence[str],
        expose_headers: Sequence[str],
        max_age: int,
    ) -> None:
        super().__init__(
            app,
            allow_origins=allow_origins,
            allow_methods=allow_methods,
            allow_headers=allow_headers,
            expose_headers=expose_headers,
            max_age=max_age,
        )
        self.public = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD"],
            allow_headers=["If-None-Match", REQUEST_ID],
            expose_headers=expose_headers,
            max_age=max_age,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_PUBLIC):
            origin = Headers(scope=scope).get("origin")
            if origin is not None and not self.is_allowed_origin(origin):
                await self.public(scope, receive, send)
                return
        if scope["type"] == "http" and scope["method"] == "OPTIONS":
            headers = Headers(scope=scope)
            if "origin" in headers and "access-control-request-method" in headers:
                answer = self.preflight_response(headers)
                if answer.status_code >= 400:
                    kept = {name: value for name, value in answer.headers.items() if name in _CORS}
                    problem = catalogued("cors_refused", headers=kept)
                    answer = problem_response(Request(scope), problem)
                await answer(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


class GuardMiddleware:
    """Refuses bodies that are too large, declared or not, or too slow; makes a 500 of a crash."""

    def __init__(self, app: ASGIApp, max_body_bytes: int, max_upload_bytes: int) -> None:
        self.app = app
        self.max_body_bytes = max_body_bytes
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        is_upload = _UPLOADS.fullmatch(scope["path"]) is not None
        most = self.max_upload_bytes if is_upload else self.max_body_bytes
        declared = request.headers.get("content-length", "0")
        if len(declared) > 15 or not declared.isdecimal() or int(declared) > most:
            problem = catalogued("body_too_large", headers={"Connection": "close"})
            await problem_response(request, problem)(scope, receive, send)
            return

        received = 0
        complete = False
        answering = False
        deadline = asyncio.get_running_loop().time() + (
            UPLOAD_SECONDS if is_upload else BODY_SECONDS
        )

        async def receive_limited() -> Message:
            nonlocal received, complete
            try:
                async with asyncio.timeout_at(None if complete else deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, headers={"Connection": "close"}) from None
            complete = complete or not message.get("more_body", False)
            received += len(message.get("body", b""))
            if received > most:
                # The framework passes on only this exception while it reads a body.
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        async def send_watched(message: Message) -> None:
            nonlocal answering
            answering = True
            await send(message)

        try:
            await self.app(scope, receive_limited, send_watched)
        except Exception as error:
            response = unexpected(request, error)
            if answering:
                raise
            await response(scope, receive, send)
