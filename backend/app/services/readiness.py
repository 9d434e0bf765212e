"""Whether this process can serve requests now."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Literal

from app.core.errors import ServiceError, UpstreamError
from app.core.security import TokenVerifier
from app.core.supabase import Supabase

CHECK_TIMEOUT_SECONDS: Final = 2

Health = Literal["ok", "down"]


class Readiness:
    """Checks the dependencies, one check at a time; a caller gets one that began after it came."""

    def __init__(
        self,
        verifier: TokenVerifier,
        anonymous: Supabase,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verifier = verifier
        self._anonymous = anonymous
        self._clock = clock
        self._lock = asyncio.Lock()
        self._began_at = float("-inf")
        self._last: dict[str, Health] = {}
        self.draining = False

    async def check(self) -> dict[str, Health]:
        """The state of each dependency, and of the process itself when it is shutting down."""
        came_at = self._clock()
        async with self._lock:
            if self._began_at <= came_at:
                self._began_at = self._clock()
                auth, database = await asyncio.gather(self._auth(), self._database())
                self._last = {"auth": auth, "database": database}
        return self._last | ({"service": "down"} if self.draining else {})

    async def _auth(self) -> Health:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                return "ok" if await self._verifier.ready() else "down"
        except TimeoutError:
            return "down"

    async def _database(self) -> Health:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                # Passes through the gateway and PostgREST to the migrated database.
                await self._anonymous.select("courses", select="id", limit="1")
        except (TimeoutError, ServiceError, UpstreamError):
            return "down"
        return "ok"
