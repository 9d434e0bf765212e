"""Folds what learners did into the sums of dashboards and the log of events."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import httpx

from app.core.config import Settings
from app.core.errors import ServiceError, UpstreamError
from app.core.logging import get_logger
from app.core.supabase import Supabase

FOLD_SECONDS: Final = 2.0


class Folding:
    """Calls fold_facts again and again, and knows how far behind the sums and events are."""

    def __init__(self, service: Supabase, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._clock = clock
        self._folded_until = clock()

    def lag_seconds(self) -> float:
        """At most how old the oldest fact is that waits."""
        return round(self._clock() - self._folded_until, 3)

    async def fold(self) -> None:
        """Fold once. An error is logged: the facts wait for the next call."""
        began_at = self._clock()
        try:
            [report] = (await self._service.rpc("fold_facts")).rows()
        except (ServiceError, UpstreamError) as error:
            get_logger().warning("facts_not_folded", code=error.code)
            return
        waited = 0.0 if report["folded"] is not None else float(report["oldest_seconds"])
        self._folded_until = began_at - waited

    async def work(self) -> None:
        """Fold every two seconds, until cancelled."""
        while True:
            await self.fold()
            await asyncio.sleep(FOLD_SECONDS)


@asynccontextmanager
async def open_folding(
    settings: Settings, http: httpx.AsyncClient
) -> AsyncIterator[Folding | None]:
    """Folds from start to end of the process; None without a secret key."""
    service = Supabase.as_service(http, settings)
    if service is None:
        yield None
        return
    folding = Folding(service)
    task = asyncio.create_task(folding.work())
    try:
        yield folding
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
