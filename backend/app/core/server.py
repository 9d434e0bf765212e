"""The HTTP protocol of the server: uvicorn's, which waits for no request head without end."""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.auto import AutoHTTPProtocol

# A client has this long to send the head of a request, and this many bytes.
HEAD_SECONDS: Final = 10.0
HEAD_BYTES: Final = 65_536

_Protocol: Any = AutoHTTPProtocol


class Protocol(_Protocol):  # type: ignore[misc]
    """Closes a connection whose request head is not there in time, or too long."""

    _late: asyncio.TimerHandle | None = None
    _bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop to wait."""
        self._have_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait on while no request has begun."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._have_head()
            return
        self._bytes += len(data)
        if self._bytes > HEAD_BYTES:
            self.transport.close()
        elif self._late is None:
            self._expect_head()

    def _expect_head(self) -> None:
        self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _have_head(self) -> None:
        self._bytes = 0
        if self._late is not None:
            self._late.cancel()
            self._late = None
