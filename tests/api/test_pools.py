"""The HTTP client of the process on real sockets: connections are reused, proxies are respected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from app.core.supabase import _POOLS, open_http
from tests.api.support import make_settings

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@dataclass
class Server:
    """The connections, numbered, and the first line of each request."""

    url: str = ""
    connections: int = 0
    requests: list[str] = field(default_factory=list)
    closing: list[asyncio.StreamWriter] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until the client closes it."""
        self.connections += 1
        self.closing.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head.decode().partition("\r\n")[0])
                writer.write(ANSWER)
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass


@asynccontextmanager
async def listening() -> AsyncIterator[Server]:
    """A server on a free port of the loopback interface."""
    server = Server()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for writer in server.closing:
            writer.close()
            await writer.wait_closed()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the proxies of the machine from the environment."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def test_connections_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sequential requests open no more connections than there are pools."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with listening() as server, open_http(make_settings()) as http:
        for _ in range(3 * _POOLS):
            assert (await http.get(server.url)).json() == []
        assert len(server.requests) == 3 * _POOLS
        assert server.connections == _POOLS


async def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests go through a proxy of the environment, with the absolute URL."""
    async with listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with open_http(make_settings()) as http:
            assert (await http.get("http://supabase.test/rest/v1/")).status_code == 200
        assert proxy.requests == ["GET http://supabase.test/rest/v1/ HTTP/1.1"]


async def test_a_transport_that_was_passed_in_is_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A transport that is passed in is used without a proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    transport = httpx.MockTransport(lambda _: httpx.Response(204))
    async with open_http(make_settings(), transport) as http:
        assert (await http.get("http://supabase.test/")).status_code == 204
