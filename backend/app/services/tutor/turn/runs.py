"""Runs: answers in progress. A run belongs to the process, not to a connection.

A run appends frames; readers connect, leave and reconnect. It works and settles without them, until
it is done, it is stopped, or nobody has read it for a while.
"""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar
from uuid import UUID
from weakref import WeakSet

from app.core.errors import ServiceError
from app.core.logging import get_logger
from app.models.rpc.stream import TutorStreamPart
from app.services.tutor.turn import frames

T = TypeVar("T")

HEARTBEAT_SECONDS: Final = 10.0
MAX_READERS: Final = 5
# How long a reader waits for an answer to be saved before it is told that it is not.
PATIENCE_SECONDS: Final = 15.0
# The same for an answer that failed before its first word: it has nothing to save.
REFUND_SECONDS: Final = 2.5
# A finished run stays in memory for readers that reconnect; later ones read the table.
RETAIN_SECONDS: Final = 60.0
SETTLE_SECONDS: Final = 5.0


async def uninterrupted(work: Coroutine[Any, Any, None]) -> None:
    """Finish this work even when the task that waits for it is cancelled."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise
    task.result()


class Readers:
    """The open readers of one answer: at most five, all of its owner."""

    def __init__(self) -> None:
        # A reader that nobody iterates any more leaves by itself.
        self._open: WeakSet[AsyncGenerator[bytes, None]] = WeakSet()

    def admit(self, reader: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
        """One more reader.

        Raises:
            ServiceError: `rate_limited`.
        """
        if len(self._open) >= MAX_READERS:
            raise ServiceError(
                "rate_limited",
                f"This answer has {MAX_READERS} readers already. Close one of them.",
                retry_after=HEARTBEAT_SECONDS,
            )
        self._open.add(reader)
        return reader


class Run:
    """One answer: its frames so far, and whether it is in progress."""

    def __init__(self, turn_id: UUID, user_id: UUID, conversation_id: UUID) -> None:
        self.turn_id = turn_id
        self.user_id = user_id
        self.conversation_id = conversation_id
        self.headers: dict[str, str] = {}
        self.text_length = 0
        self.is_over = False
        # Why the run ends early: stopped, abandoned, shutdown, locked, timeout.
        self.end_reason: str | None = None
        self.work: asyncio.Task[None] | None = None
        self._ids: list[int] = []
        self._frames: list[bytes] = []
        self._phase = frames.BEFORE
        self._number = 0
        self._waiting: set[asyncio.Event] = set()
        self._readers = Readers()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.last_read = asyncio.get_running_loop().time()

    def emit(self, phase: int, *parts: TutorStreamPart, text: str = "") -> None:
        """Append parts; `text` is what they add to the text of the answer."""
        if phase != self._phase:
            self._phase, self._number = phase, 0
        self.text_length += len(text)
        for part in parts:
            identifier = frames.frame_id(phase, self._number, self.text_length)
            self._number += 1
            self._ids.append(identifier)
            self._frames.append(frames.frame(identifier, part))
        self._wake()

    def close(self) -> None:
        """Marks the run finished; readers drain what is left."""
        self.is_over = True
        self.open()
        self._wake()

    def open(self) -> None:
        """Lets readers begin: no failure can become an HTTP status from here on."""
        if not self._ready.done():
            self._ready.set_result(None)

    def refuse(self, error: Exception) -> None:
        """Marks the run failed before its first byte; `wait_open` raises the error."""
        if not self._ready.done():
            self._ready.set_exception(error)
            # Retrieved here: the reader that waited may have left.
            self._ready.exception()
        self.close()

    async def wait_open(self) -> None:
        """Waits until the first byte can be sent.

        Raises:
            ServiceError, UpstreamError: the run failed before its first byte.
        """
        await asyncio.shield(self._ready)

    def end(self, reason: str) -> None:
        """Ask the work to end; it settles first."""
        if self.end_reason is None and not self.is_over and self.work is not None:
            self.end_reason = reason
            self.work.cancel()

    def read(self, after: int = 0) -> AsyncIterator[bytes]:
        """The frames after an id as they come, waiting ones in one chunk, with heartbeats.

        Raises:
            ServiceError: `rate_limited`, too many readers.
        """
        return self._readers.admit(self._chunks(after))

    async def _chunks(self, after: int) -> AsyncGenerator[bytes, None]:
        clock = asyncio.get_running_loop().time
        position = bisect_right(self._ids, after)
        woken = asyncio.Event()
        self._waiting.add(woken)
        try:
            while True:
                self.last_read = clock()
                woken.clear()
                if position < len(self._frames):
                    chunk = b"".join(self._frames[position:])
                    position = len(self._frames)
                    yield chunk
                elif self.is_over:
                    yield frames.DONE
                    return
                else:
                    try:
                        async with asyncio.timeout(HEARTBEAT_SECONDS):
                            await woken.wait()
                    except TimeoutError:
                        yield frames.PING
        finally:
            self._waiting.discard(woken)

    def _wake(self) -> None:
        for woken in self._waiting:
            woken.set()


class RunHub:
    """The runs of the process, by turn and by conversation.

    Args:
        max_runs: how many may be in progress at once.
        grace_seconds: how long a run continues without a reader; longer than a heartbeat.
    """

    def __init__(self, max_runs: int, grace_seconds: float = 30.0) -> None:
        self.max_runs = max_runs
        self.grace_seconds = grace_seconds
        self.is_draining = False
        self._runs: dict[UUID, Run] = {}
        self._conversations: dict[tuple[UUID, UUID], Run] = {}
        self._watch: asyncio.Task[None] | None = None
        self._settling: set[asyncio.Task[Any]] = set()

    @property
    def active(self) -> int:
        """How many runs are in progress."""
        return sum(not run.is_over for run in self._runs.values())

    def require_room(self) -> None:
        """Refuse a new run when the process shuts down or is full.

        Raises:
            ServiceError: `draining`, `tutor_busy`.
        """
        if self.is_draining:
            raise ServiceError("draining")
        if self.active >= self.max_runs:
            raise ServiceError("tutor_busy")

    def start(self, run: Run, work: Callable[[Run], Awaitable[None]]) -> None:
        """Start the work of a run in its own task."""
        self._runs[run.turn_id] = run
        self._conversations[run.user_id, run.conversation_id] = run
        run.work = asyncio.create_task(self._work(run, work), name=f"tutor-{run.turn_id}")
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._end_abandoned())

    async def settle(self, work: Coroutine[Any, Any, T], patience: float) -> T | None:
        """The result of a settlement; None when it takes longer, and goes on without the caller."""
        task = asyncio.create_task(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)
        await asyncio.wait({task}, timeout=patience)
        return task.result() if task.done() and not task.cancelled() else None

    def by_turn(self, turn_id: UUID) -> Run | None:
        """The run of a turn, while it is in memory."""
        return self._runs.get(turn_id)

    def by_conversation(self, user_id: UUID, conversation_id: UUID) -> Run | None:
        """The latest run in a conversation of this user, while it is in memory."""
        return self._conversations.get((user_id, conversation_id))

    def begin_drain(self, patience: float) -> None:
        """Refuse new runs, and end those that are still in progress after `patience` seconds."""
        self.is_draining = True
        asyncio.get_running_loop().call_later(patience, self._end_all)

    async def drain(self) -> None:
        """End all runs and wait until each is settled."""
        self.is_draining = True
        self._end_all()
        ends = asyncio.get_running_loop().time() + SETTLE_SECONDS + 1
        tasks: set[asyncio.Task[Any]] = {run.work for run in self._runs.values() if run.work}
        for group in (tasks, self._settling):
            if group:
                left = ends - asyncio.get_running_loop().time()
                await asyncio.wait(set(group), timeout=max(0.0, left))
        if self._settling:
            get_logger().error("turns_not_settled", count=len(self._settling))
        for task in list(self._settling):
            task.cancel()
        if self._watch is not None:
            self._watch.cancel()

    def _end_all(self) -> None:
        for run in list(self._runs.values()):
            run.end("shutdown")

    async def _work(self, run: Run, work: Callable[[Run], Awaitable[None]]) -> None:
        try:
            await work(run)
        except Exception as error:
            get_logger().error("run_failed", turn_id=str(run.turn_id), exc_info=error)
            run.refuse(ServiceError("internal_error"))
        finally:
            run.close()
            asyncio.get_running_loop().call_later(RETAIN_SECONDS, self._remove, run)

    def _remove(self, run: Run) -> None:
        self._runs.pop(run.turn_id, None)
        key = (run.user_id, run.conversation_id)
        if self._conversations.get(key) is run:
            del self._conversations[key]

    async def _end_abandoned(self) -> None:
        """End runs that nobody has read for a while."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(min(self.grace_seconds / 4, 1.0))
            for run in list(self._runs.values()):
                if not run.is_over and clock() - run.last_read > self.grace_seconds:
                    run.end("abandoned")
