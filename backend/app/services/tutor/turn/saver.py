"""Saves the answers in progress, all of a process in one call a second."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from app.core.errors import ServiceError, UpstreamError
from app.core.logging import get_logger
from app.services.tutor.turn.answer import Answer
from app.services.tutor.turn.runs import Run
from app.services.tutor.turn.store import TurnStore

SAVE_SECONDS: Final = 1.0
_BATCH: Final = 200


@dataclass(slots=True)
class _Watched:
    """An answer, and how much of it is saved."""

    run: Run
    answer: Answer | None
    details: Mapping[str, Any] | None
    saved: int = 0

    def row(self) -> dict[str, Any]:
        """What is new since the last save. An empty row still marks the answer as alive."""
        row: dict[str, Any] = {"turn_id": str(self.run.turn_id)}
        if self.answer is not None and self.run.text_length != self.saved:
            row["content"] = self.answer.content
        if self.details is not None:
            row["details"] = dict(self.details)
        return row


class Saver:
    """Writes the runs to the table, and ends those that the database wants ended."""

    def __init__(self, store: TurnStore) -> None:
        self._store = store
        self._watched: dict[UUID, _Watched] = {}

    def watch(
        self, run: Run, answer: Answer | None = None, details: Mapping[str, Any] | None = None
    ) -> None:
        """Save this answer from now on; `details` once.

        Without an answer, the run that will give one is only kept alive.
        """
        self._watched[run.turn_id] = _Watched(run, answer, details)

    def unwatch(self, run: Run) -> None:
        """Stop saving this run."""
        self._watched.pop(run.turn_id, None)

    async def work(self) -> None:
        """Save once a second until cancelled."""
        while True:
            watched = list(self._watched.values())
            try:
                for start in range(0, len(watched), _BATCH):
                    await self._save(watched[start : start + _BATCH])
            except Exception as error:
                get_logger().error("saver_failed", exc_info=error)
            await asyncio.sleep(SAVE_SECONDS)

    async def _save(self, batch: list[_Watched]) -> None:
        rows = [one.row() for one in batch]
        lengths = [one.run.text_length for one in batch]
        try:
            ended = await self._store.save(rows)
        except (ServiceError, UpstreamError) as error:
            # The next save, or the settlement, writes them.
            get_logger().warning("answers_not_saved", count=len(batch), code=error.code)
            return
        for one, length in zip(batch, lengths, strict=True):
            one.saved, one.details = length, None
            # A turn that was settled concurrently is reported as ended as well.
            if one.run.turn_id in ended and self._watched.get(one.run.turn_id) is one:
                one.run.end("locked")
