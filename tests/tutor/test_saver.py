"""Saving answers in progress, and ending the runs that the database wants ended."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

from app.services.tutor.turn.answer import Answer
from app.services.tutor.turn.runs import Run, RunHub, uninterrupted
from app.services.tutor.turn.saver import Saver
from app.services.tutor.turn.store import TurnStore


class Ending:
    """A table that wants every answer ended, and says so when it may."""

    def __init__(self) -> None:
        self.may_say = asyncio.Event()

    async def save(self, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
        """All turns."""
        await self.may_say.wait()
        return {UUID(row["turn_id"]) for row in rows}


class Said:
    """An answer."""

    content = "A page is a block."


async def test_an_answer_that_is_over_is_not_ended() -> None:
    """A run that is no longer watched is not ended."""
    table, hub, over = Ending(), RunHub(max_runs=2), asyncio.Event()
    saver = Saver(cast("TurnStore", table))

    async def work(_: Run) -> None:
        await over.wait()

    runs = [Run(uuid4(), uuid4(), uuid4()) for _ in range(2)]
    for run in runs:
        hub.start(run, work)
        saver.watch(run, cast("Answer", Said()), {})
    saving = asyncio.create_task(saver.work())
    await asyncio.sleep(0)
    saver.unwatch(runs[1])
    table.may_say.set()
    await asyncio.sleep(0.01)
    assert [run.end_reason for run in runs] == ["locked", None]
    over.set()
    saving.cancel()
    await hub.drain()


async def test_uninterrupted() -> None:
    """Work goes on to its end although the task is cancelled, however often."""
    steps: list[int] = []

    async def settle() -> None:
        for step in range(3):
            await asyncio.sleep(0.01)
            steps.append(step)

    task = asyncio.create_task(uninterrupted(settle()))
    for _ in range(3):
        await asyncio.sleep(0.005)
        task.cancel()
    await task
    assert steps == [0, 1, 2]
