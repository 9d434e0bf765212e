"""The removal of unused objects: in pages, by bucket, and never for ever."""

from __future__ import annotations

import json

import httpx

from app.core.supabase import Supabase
from app.services.sweeping import Sweeping, open_sweeping
from tests.api.support import SECRET_KEY, make_settings

SETTINGS = make_settings(supabase_secret_key=SECRET_KEY)
PAGE = [
    {"bucket": "submissions", "path": "a/b"},
    {"bucket": "avatars", "path": "c"},
    {"bucket": "submissions", "path": "d/e"},
]


class Storage:
    """Answers with these pages of unused objects; deletes what is not `stuck`."""

    def __init__(self, *pages: list[dict[str, str]], stuck: str = "") -> None:
        self.pages = list(pages)
        self.stuck = stuck
        self.deleted: list[tuple[str, list[str]]] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The gateway."""
        assert request.headers["apikey"] == SECRET_KEY
        if request.method == "POST":
            assert request.url.path == "/rest/v1/rpc/unused_objects"
            return httpx.Response(200, json=self.pages.pop(0) if self.pages else [])
        keys = json.loads(request.content)["prefixes"]
        self.deleted.append((request.url.path, keys))
        return httpx.Response(200, json=[{"name": key} for key in keys if key != self.stuck])

    async def sweep(self) -> int:
        """One sweep."""
        async with httpx.AsyncClient(transport=httpx.MockTransport(self.answer)) as http:
            service = Supabase.as_service(http, SETTINGS)
            assert service is not None
            return await Sweeping(service).sweep()


async def test_pages_are_removed_by_bucket() -> None:
    """It asks until nothing is unused, and deletes each bucket's objects in one call."""
    storage = Storage(PAGE, [{"bucket": "covers", "path": "f"}])
    assert await storage.sweep() == 4
    assert storage.deleted == [
        ("/storage/v1/object/submissions", ["a/b", "d/e"]),
        ("/storage/v1/object/avatars", ["c"]),
        ("/storage/v1/object/covers", ["f"]),
    ]


async def test_what_stays_ends_the_sweep() -> None:
    """An object that Storage does not delete is not asked for again at once."""
    storage = Storage(PAGE, PAGE, PAGE, stuck="c")
    assert await storage.sweep() == 2
    assert len(storage.pages) == 2


async def test_an_error_ends_the_sweep() -> None:
    """Without an answer the objects wait; without a secret key nothing is swept."""
    broken = httpx.MockTransport(lambda _: httpx.Response(500, json={"message": "away"}))
    async with httpx.AsyncClient(transport=broken) as http:
        service = Supabase.as_service(http, SETTINGS)
        assert service is not None
        assert await Sweeping(service).sweep() == 0
        async with open_sweeping(make_settings(), http), open_sweeping(SETTINGS, http):
            pass
