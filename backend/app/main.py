"""The application. `python -m app` serves it."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from app import __version__
from app.api.v1.router import router
from app.core.config import Settings, load_settings
from app.core.errors import install_error_handlers
from app.core.logging import configure_logging, get_logger
from app.core.middleware import install_middleware
from app.core.security import KeySet, TokenVerifier
from app.core.supabase import Supabase, open_http
from app.schemas.openapi import refuse_nul
from app.schemas.problem import Problem, problems
from app.schemas.service import Welcome
from app.services.certificates.credential import Issuer
from app.services.certificates.fonts import BUNDLED_FILES
from app.services.folding import open_folding
from app.services.readiness import Readiness
from app.services.sweeping import open_sweeping
from app.services.tutor.models.base import ChatModel
from app.services.tutor.models.factory import build_embedder, build_model
from app.services.tutor.turn.background import open_tutor
from app.state import State

TITLE = "Lyceum"


def create_app(
    settings: Settings | None = None,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    model: ChatModel | None = None,
) -> FastAPI:
    """Build the application.

    Args:
        settings: read from the environment when None.
        transport: replaces the network in tests.
        model: replaces the model that the settings name.

    Raises:
        SystemExit: a setting is missing or wrong.
    """
    settings = settings or load_settings()
    model = model or build_model(settings)
    embedder = build_embedder(settings)
    configure_logging(settings.log_level)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            open_http(settings, transport) as http,
            open_tutor(settings, http, model, embedder) as tutor,
            open_folding(settings, http) as folding,
            open_sweeping(settings, http),
        ):
            verifier = TokenVerifier(settings, KeySet(http, settings.jwks_url))
            readiness = Readiness(verifier, Supabase(http, settings, None))
            issuer = Issuer(
                settings.certificate_issuer_name,
                settings.certificate_issuer_url,
                settings.service_url,
            )
            app.state.lyceum = State(
                settings, http, verifier, readiness, issuer, tutor, model, folding
            )

            loop = asyncio.get_running_loop()

            def drain() -> None:
                readiness.draining = True
                if tutor is not None:
                    loop.call_soon_threadsafe(tutor.hub.begin_drain, settings.tutor_drain_seconds)

            with _on_sigterm(drain):
                get_logger().info("started", version=__version__, environment=settings.environment)
                try:
                    yield
                finally:
                    readiness.draining = True
                    BUNDLED_FILES.remove()
        get_logger().info("stopped")

    app = FastAPI(
        title=TITLE,
        version=__version__,
        description="What the Lyceum backend does outside Postgres. Errors are problem+json.",
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    install_error_handlers(app)
    install_middleware(app, settings)
    app.include_router(router)
    app.add_api_route("/", _welcome, methods=["GET"], tags=["service"], responses=problems())
    _document(app, settings)
    return app


async def _welcome() -> Welcome:
    """Name, version, and links to the documentation."""
    return Welcome(
        name=TITLE,
        version=__version__,
        docs="/docs",
        openapi="/openapi.json",
        health="/v1/health",
    )


def _operation_id(route: APIRoute) -> str:
    return route.name.lstrip("_")


def _document(app: FastAPI, settings: Settings) -> None:
    """Complete the OpenAPI document: address, error body, public operations, text without NUL."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                servers=[{"url": settings.service_url}],
            )
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas = document.setdefault("components", {}).setdefault("schemas", {})
            schemas |= problem.pop("$defs", {}) | {"Problem": problem}
            for operations in document["paths"].values():
                for operation in operations.values():
                    operation.setdefault("security", [])
            refuse_nul(document)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


@contextmanager
def _on_sigterm(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` in the handler of SIGTERM, before the server's own handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.getsignal(signal.SIGTERM) or signal.SIG_DFL

    def drain(number: int, frame: FrameType | None) -> None:
        act()
        if callable(previous):
            previous(number, frame)
        else:
            signal.signal(signal.SIGTERM, previous)
            signal.raise_signal(number)

    signal.signal(signal.SIGTERM, drain)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
