"""Removes objects of Storage that no row names."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx

from app.core.config import Settings
from app.core.errors import ServiceError, UpstreamError
from app.core.logging import get_logger
from app.core.supabase import Supabase

SWEEP_SECONDS: Final = 3600.0


class Sweeping:
    """Asks the database for unused objects, and deletes them through the Storage API."""

    def __init__(self, service: Supabase) -> None:
        self._service = service

    async def sweep(self) -> int:
        """Remove what is unused now, and return how many objects were removed.

        An error is logged: the objects wait for the next sweep.
        """
        removed = 0
        try:
            while rows := (await self._service.rpc("unused_objects")).rows():
                buckets: dict[str, list[str]] = defaultdict(list)
                for row in rows:
                    buckets[row["bucket"]].append(row["path"])
                gone = [await self._service.remove(*bucket) for bucket in buckets.items()]
                removed += sum(gone)
                if sum(gone) < len(rows):
                    get_logger().warning("objects_left", count=len(rows) - sum(gone))
                    break
        except (ServiceError, UpstreamError) as error:
            get_logger().warning("objects_not_swept", code=error.code)
        return removed

    async def work(self) -> None:
        """Sweep once an hour, until cancelled."""
        while True:
            await self.sweep()
            await asyncio.sleep(SWEEP_SECONDS)


@asynccontextmanager
async def open_sweeping(settings: Settings, http: httpx.AsyncClient) -> AsyncIterator[None]:
    """Sweeps from start to end of the process; not without a secret key."""
    service = Supabase.as_service(http, settings)
    if service is None:
        yield
        return
    task = asyncio.create_task(Sweeping(service).work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
