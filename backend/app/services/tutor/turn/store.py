"""Turns in the database: what the service writes, and the stored answers that it serves."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any, Final, cast
from uuid import UUID
from weakref import WeakValueDictionary

from app.core.errors import ServiceError, UpstreamError, is_passing
from app.core.logging import get_logger
from app.core.supabase import Row, Supabase
from app.models.rpc.stream import MessageDetails
from app.models.rpc.tutor import TurnUsage
from app.services.tutor.context import GuardMaterial
from app.services.tutor.turn import frames
from app.services.tutor.turn.runs import Readers

# Waits between attempts to settle; the last one repeats.
_RETRIES: Final = (0.1, 0.5, 1.5, 2.5)
_POLL_SECONDS: Final = 1.0
_FOLLOW_SECONDS: Final = 240.0


class TurnStore:
    """What only the service may do to a turn. `service` calls as service_role."""

    def __init__(self, service: Supabase) -> None:
        self._service = service

    async def register(self, provider: str, model: str, max_output_tokens: int) -> None:
        """Register the model that answers.

        Raises:
            UpstreamError: `price_missing`, among others.
            ServiceError: the database cannot be reached.
        """
        await self._service.rpc(
            "register_tutor_model",
            provider=provider,
            model=model,
            max_output_tokens=max_output_tokens,
        )

    async def guard_material(self, turn_id: UUID) -> GuardMaterial:
        """What the answer must not say."""
        reply = await self._service.rpc("tutor_guard_material", turn_id=str(turn_id))
        return GuardMaterial.model_validate(reply.row())

    async def save(self, answers: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """Save `{turn_id, content?, details?}` of several turns; returns the turns to end."""
        reply = await self._service.rpc("save_tutor_answers", answers=list(answers))
        return {UUID(turn_id) for turn_id in reply.data}

    async def finish(
        self,
        turn_id: UUID,
        status: str,
        *,
        content: str | None,
        citations: Sequence[Mapping[str, Any]],
        details: Mapping[str, Any],
        usage: Mapping[str, Any],
    ) -> TurnUsage | None:
        """Settle, idempotently, and retry until the database has answered.

        Returns the usage; None when the database refuses.
        """
        for wait in chain(_RETRIES, repeat(_RETRIES[-1])):
            try:
                reply = await self._service.rpc(
                    "finish_tutor_turn",
                    turn_id=str(turn_id),
                    status=status,
                    content=content,
                    citations=list(citations),
                    details=dict(details),
                    usage=dict(usage),
                )
                return cast(TurnUsage, reply.row()["usage"])
            except (ServiceError, UpstreamError) as error:
                if not is_passing(error):
                    get_logger().error("turn_refused", turn_id=str(turn_id), code=error.code)
                    return None
                # Many turns end in one outage: they do not come back at once.
                await asyncio.sleep(wait * random.uniform(0.5, 1.0))
        return None

    async def refund(self, turn_id: UUID) -> None:
        """Settle a turn without an answer: it costs nothing, and its key is free again."""
        await self.finish(turn_id, "refunded", content=None, citations=[], details={}, usage={})

    async def sweep(self) -> int:
        """Settle turns whose run is lost; returns how many."""
        return cast(int, (await self._service.rpc("sweep_tutor_turns")).data)


class _Poll:
    """A stored answer that grows: one select a second, however many readers it has."""

    def __init__(self, message: Row) -> None:
        self.message: Row | None = message
        self._id: str = message["id"]
        self.readers = Readers()
        self.count = 0
        self._lock = asyncio.Lock()

    async def next(self, learner: Supabase, count: int) -> int:
        """Wait for the poll after number `count`. The first reader that waits makes it for all."""
        async with self._lock:
            if self.count == count:
                await asyncio.sleep(_POLL_SECONDS)
                rows = await learner.select("tutor_messages", select="*", id=f"eq.{self._id}")
                self.message = rows[0] if rows else None
                self.count += 1
            return self.count


# By message, while anybody reads it. Only its owner can read a message.
_POLLS: Final[WeakValueDictionary[str, _Poll]] = WeakValueDictionary()


class StoredAnswer:
    """An answer of another process or of the past: read from the table, polled while it grows.

    Args:
        learner: PostgREST as the owner of the message.
        message: its row.
    """

    def __init__(self, learner: Supabase, message: Row) -> None:
        self._learner = learner
        self._message = message
        self._poll = _POLLS.setdefault(message["id"], _Poll(message))

    @classmethod
    async def latest(cls, learner: Supabase, conversation_id: UUID) -> "StoredAnswer | None":
        """The last answer of a conversation, or None."""
        rows = await learner.select(
            "tutor_messages",
            select="*",
            conversation_id=f"eq.{conversation_id}",
            role="eq.assistant",
            order="created_at.desc",
            limit="1",
        )
        return cls(learner, rows[0]) if rows else None

    @classmethod
    async def of_message(cls, learner: Supabase, message_id: UUID) -> "StoredAnswer | None":
        """The answer with an id, or None when its owner has deleted it."""
        rows = await learner.select("tutor_messages", select="*", id=f"eq.{message_id}")
        return cls(learner, rows[0]) if rows else None

    @property
    def is_unbegun(self) -> bool:
        """Whether nothing was ever saved: no process has begun it, or the one that did is gone."""
        message = self._message
        empty = not message["content"] and not message["details"]
        return empty and message["status"] in {"streaming", "failed"}

    @property
    def is_growing(self) -> bool:
        """Whether its last saved status is `streaming`; its process may be gone."""
        return bool(self._message["status"] == "streaming")

    def read(self, after: int = 0) -> AsyncIterator[bytes]:
        """The frames after an id; those of an answer in progress come as it is saved.

        Raises:
            ServiceError: `rate_limited`, too many readers.
        """
        return self._poll.readers.admit(self._frames(after))

    async def _frames(self, after: int) -> AsyncGenerator[bytes, None]:
        phase, seen, sent = frames.position(after)
        details: MessageDetails = self._message["details"]
        parts = frames.start_parts(
            self._message["id"], details.get("metadata", {}), details.get("sources", [])
        )
        for number, part in enumerate(parts):
            identifier = frames.frame_id(frames.BEFORE, number, 0)
            if identifier > after:
                yield frames.frame(identifier, part)
        number = seen + 1 if phase >= frames.TEXT else 0
        deadline = asyncio.get_running_loop().time() + _FOLLOW_SECONDS
        polls, count = 0, self._poll.count
        while True:
            content: str = self._message["content"]
            if phase < frames.AFTER and len(content) > sent:
                part = {"type": "text-delta", "id": frames.TEXT_ID, "delta": content[sent:]}
                yield frames.frame(frames.frame_id(frames.TEXT, number, len(content)), part)
                sent, number = len(content), number + 1
            if not self.is_growing or asyncio.get_running_loop().time() > deadline:
                break
            count = await self._poll.next(self._learner, count)
            polls += 1
            if polls % 10 == 0:
                yield frames.PING
            if self._poll.message is None:
                break
            self._message = self._poll.message
        status = "failed" if self.is_growing else self._message["status"]
        ending = frames.end_parts(status, self._message["citations"], self._message["details"])
        for number, part in enumerate(ending):
            identifier = frames.frame_id(frames.AFTER, number, sent)
            if identifier > after:
                yield frames.frame(identifier, part)
        yield frames.DONE
