"""The service, with a mock of Supabase behind it."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.core.config import Settings
from app.main import create_app
from tests.api.support import Signer, Upstream, make_settings

Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def upstream() -> Upstream:
    """The mock of Supabase."""
    return Upstream()


@pytest.fixture
def serve(upstream: Upstream) -> Serve:
    """Run an app inside its lifespan, with a client."""

    @asynccontextmanager
    async def run(
        settings: Settings | None = None, app: FastAPI | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        app = app or create_app(settings or make_settings(), transport=upstream.transport())
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lyceum") as http,
        ):
            yield http

    return run


@pytest.fixture
async def client(serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service with the default settings of the tests."""
    async with serve() as http:
        yield http


@pytest.fixture(scope="session")
def elliptic() -> Signer:
    """The ES256 key of Supabase Auth."""
    return Signer.elliptic("elliptic-1")


@pytest.fixture(scope="session")
def rsa_signer() -> Signer:
    """The RS256 key of Supabase Auth."""
    return Signer.rsa("rsa-1")


@pytest.fixture
def user_id() -> UUID:
    """A learner."""
    return uuid4()


@pytest.fixture
def profile(user_id: UUID) -> dict[str, Any]:
    """The learner's row of `profiles`, as PostgREST prints it."""
    return {
        "id": str(user_id),
        "email": "learner@lyceum.test",
        "name": "Lea Hoffmann",
        "avatar_url": None,
        "headline": "",
        "bio_md": "",
        "locale": "en",
        "time_zone": "UTC",
        "deleted_at": None,
        "role": "learner",
        "created_at": "2026-11-01T08:00:00+00:00",
        "updated_at": "2026-11-01T08:00:00+00:00",
    }


@pytest.fixture
def course_id() -> UUID:
    """A course."""
    return uuid4()


@pytest.fixture
def enrollment(user_id: UUID, course_id: UUID) -> dict[str, Any]:
    """The learner's row of `enrollments`, as PostgREST prints it."""
    return {
        "id": str(uuid4()),
        "user_id": str(user_id),
        "course_id": str(course_id),
        "status": "active",
        "requested_at": "2026-11-01T08:00:00+00:00",
        "enrolled_at": "2026-11-01T08:00:00+00:00",
        "completed_at": None,
        "completed_version": None,
        "last_activity_at": "2026-11-01T08:00:00+00:00",
        "lessons_completed": 0,
        "progress": 0,
        "has_left": False,
    }


@pytest.fixture
def log_lines(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """The log lines since the last call, each decoded."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
