"""Load over persistent HTTP connections, with as little work in this process as possible.

Server and client share the processors, so the client's CPU time slows the server. Requests are
encoded before the measurement, httptools parses the responses, and nothing is decoded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import httptools
import uvloop

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A response, and its time in milliseconds."""

    status: int
    body: bytes
    took_ms: float


@dataclass(frozen=True)
class Load:
    """The responses of one burst, and the requests a second."""

    answers: Sequence[Answer]
    per_second: float


def packet(
    url: str, method: str, path: str, headers: Mapping[str, str], body: bytes = b""
) -> bytes:
    """One HTTP/1.1 request to a path below a URL."""
    base = urlsplit(url)
    lines = [f"{method} {base.path}{path} HTTP/1.1", f"Host: {base.netloc}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Line(asyncio.Protocol):
    """One persistent connection, with one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._body: list[bytes] = []
        self._status = 0

    @classmethod
    async def open(cls, url: str) -> Line:
        """Connect."""
        base = urlsplit(url)
        _, line = await asyncio.get_running_loop().create_connection(
            cls, str(base.hostname), base.port or 80
        )
        return line

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    async def ask(self, request: bytes) -> Answer:
        """Send a request and read the whole response."""
        assert self._transport is not None and self._waiter is None
        self._body = []
        self._waiter = asyncio.get_running_loop().create_future()
        started = time.perf_counter()
        self._transport.write(request)
        await self._waiter
        took = (time.perf_counter() - started) * 1000
        self._waiter = None
        return Answer(self._status, b"".join(self._body), took)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        # No isinstance check: the transport of uvloop is not a subclass.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._parser.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Called by asyncio."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error or ConnectionError("closed before the answer"))

    def on_body(self, body: bytes) -> None:
        """Called by httptools."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Called by httptools."""
        self._status = self._parser.get_status_code()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def burst(url: str, requests: Iterable[bytes], lines: int, seconds: float) -> Load:
    """Send requests over this many connections until they or the seconds run out."""
    opened = [await Line.open(url) for _ in range(lines)]
    answers: list[Answer] = []
    source: Iterator[bytes] = iter(requests)
    until = time.perf_counter() + seconds

    async def work(line: Line) -> None:
        while time.perf_counter() < until:
            request = next(source, None)
            if request is None:
                return
            answers.append(await line.ask(request))

    started = time.perf_counter()
    try:
        await asyncio.gather(*map(work, opened))
    finally:
        for line in opened:
            line.close()
    took = time.perf_counter() - started
    return Load(answers, len(answers) / took)


class Loop:
    """An event loop that runs in steps, so that blocking calls can run in between."""

    def __init__(self) -> None:
        self._loop = uvloop.new_event_loop()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """Close the loop."""
        self._loop.close()
