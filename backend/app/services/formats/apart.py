"""Reads an upload in a process of its own, where a hostile one stops nothing but itself."""

import resource
import time
from typing import Final

from anyio import BrokenWorkerProcess, CapacityLimiter, to_process

from app.services.formats.reading import Imported, read_upload
from app.services.formats.report import FormatError

MAX_SECONDS: Final = 60
MAX_MEMORY: Final = 2 * 1024**3


async def read_apart(
    name: str,
    data: bytes,
    limiter: CapacityLimiter,
    seconds: int = MAX_SECONDS,
    memory: int = MAX_MEMORY,
) -> Imported:
    """Read an upload within a time of the processor and an amount of memory.

    Raises:
        FormatError: as `read_upload`; `upload_too_large` beyond the limits.
    """
    try:
        return await to_process.run_sync(
            _read, name, data, seconds, memory, cancellable=True, limiter=limiter
        )
    except (MemoryError, BrokenWorkerProcess):
        raise FormatError(
            "upload_too_large", "The upload takes too much time or memory to read."
        ) from None


def _read(name: str, data: bytes, seconds: int, memory: int) -> Imported:
    # The worker reads several uploads: its time so far does not count. At the limit it is killed.
    until = int(time.process_time()) + seconds + 1
    for what, limit in (
        (resource.RLIMIT_CPU, until),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        _, most = resource.getrlimit(what)
        resource.setrlimit(what, (limit if most < 0 else min(limit, most), most))
    return read_upload(name, data)
