"""Files of courses: into Storage with an import, and out of it with an export."""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid5

from app.core.errors import ServiceError, UpstreamError
from app.core.supabase import Supabase

BUCKET: Final = "lesson-files"
_NAMES: Final = UUID("0d0c8a55-7a7b-4c8e-8d1d-4f3b6f0f7d11")
_AT_ONCE: Final = 4
# Other files of the same import would fail for the same reason.
_FINAL: Final = frozenset({401, 403, 404, 429})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file of an upload that a lesson is to have.

    Attributes:
        path: its path in the upload.
    """

    lesson_id: str
    path: str
    title: str
    media_type: str | None


@dataclass(slots=True)
class Stored:
    """How many files are in Storage now, and why others are not, by path."""

    count: int = 0
    failed: dict[str, str] = field(default_factory=dict)


async def store_files(
    supabase: Supabase,
    course_id: str,
    wanted: Sequence[Wanted],
    content: Mapping[str, bytes],
    seconds: float,
) -> Stored:
    """Upload each file as the caller, then insert its row.

    A name follows from course, lesson, title and content: what is there is not stored again, so a
    call that was cut off can be repeated. An error is no exception: the course is there without
    the file, and `failed` says why.
    """
    stored = Stored()
    if not wanted:
        return stored
    until = time.monotonic() + seconds
    try:
        rows = await supabase.select("lesson_files", select="path", course_id=f"eq.{course_id}")
    except (ServiceError, UpstreamError):
        rows = []
    known = {str(row.get("path")) for row in rows}
    reason: str | None = None
    turns = asyncio.Semaphore(_AT_ONCE)

    async def store(file: Wanted) -> None:
        nonlocal reason
        data = content[file.path]
        name = f"{file.title}\0{hashlib.sha256(data).hexdigest()}"
        path = f"{course_id}/{file.lesson_id}/{uuid5(_NAMES, f'{file.lesson_id} {name}')}"
        if path in known:
            stored.count += 1
            return
        async with turns:
            if reason is None and time.monotonic() > until:
                reason = "Time is up; repeat the import to store it."
            if reason is not None:
                stored.failed[file.path] = reason
                return
            try:
                await _store(supabase, path, file, data)
                stored.count += 1
            except ServiceError as error:
                reason = stored.failed[file.path] = f"Storage does not answer ({error.code})."
            except UpstreamError as error:
                said = error.message or error.code or f"status {error.status}"
                stored.failed[file.path] = f"Storage refuses it: {said}"
                if error.status in _FINAL or error.status >= 500:
                    reason = stored.failed[file.path]

    await asyncio.gather(*map(store, wanted))
    return stored


async def fetch_files(
    supabase: Supabase, paths: Mapping[str, int], most: int, seconds: float
) -> dict[str, bytes]:
    """The bytes of objects by path, in order until they are `most` bytes.

    Args:
        paths: each object with its size. What Storage does not give is left out.
    """
    until = time.monotonic() + seconds
    turns = asyncio.Semaphore(_AT_ONCE)
    found: dict[str, bytes] = {}

    async def fetch(path: str) -> None:
        async with turns:
            if time.monotonic() < until:
                with suppress(ServiceError, UpstreamError):
                    found[path] = await supabase.download(BUCKET, path)

    chosen: list[str] = []
    for path, size in paths.items():
        most -= size
        if most >= 0:
            chosen.append(path)
    await asyncio.gather(*map(fetch, chosen))
    return found


async def _store(supabase: Supabase, path: str, file: Wanted, data: bytes) -> None:
    media_type = file.media_type or "application/octet-stream"
    try:
        await supabase.upload(BUCKET, path, data, media_type)
    except UpstreamError as error:
        if not error.is_duplicate:
            raise
    row = {"lesson_id": file.lesson_id, "path": path, "title": file.title}
    try:
        await supabase.insert("lesson_files", row)
    except UpstreamError as error:
        if error.status != 409:
            raise
