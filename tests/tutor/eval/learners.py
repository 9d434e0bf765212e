"""Simulated learners: whether help grows by a rung for a reply, and never for repetition."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.scripted import ScriptedModel
from tests.support.stack import Stack
from tests.tutor.eval import scores
from tests.tutor.eval.end_to_end import Scripts
from tests.tutor.eval.stage import Stage, Turn, each, stage_of

LEARNERS = Path(__file__).with_name("learners.toml")
# The most help without a finished attempt.
LIMITS = {"low": 3, "medium": 4, "high": 4}


@dataclass
class Conversation:
    """A learner of the file with the turns of his conversation."""

    learner: dict[str, Any]
    turns: list[Turn] = field(default_factory=list)

    @property
    def rungs(self) -> list[int]:
        """The rung of each answer."""
        return [turn.rung for turn in self.turns]

    def faults(self) -> list[str]:
        """Where the ladder was not kept, and what was leaked."""
        name = self.learner["id"]
        found: list[str] = []
        rungs = self.rungs
        for place, (before, now) in enumerate(pairwise(rungs), 1):
            adds = self.learner["message"][place]["adds"]
            if now > before and not adds:
                found.append(f"{name}: up to {now} by repetition at {place + 1}")
            if now > before + 1:
                found.append(f"{name}: from {before} to {now} at {place + 1}")
            if now < before:
                found.append(f"{name}: down to {now} at {place + 1}")
        found += [
            f"{name}: above the limit of his level"
            for rung in rungs
            if rung > LIMITS[self.learner["level"]]
        ]
        if rungs[-1] < self.learner.get("reaches", 0):
            found.append(f"{name}: {rungs[-1]} at the end")
        return found

    def leaks(self) -> list[str]:
        """What reached him that must not have, in one answer or in all of them together."""
        learner = self.learner
        found = [leak for turn in self.turns for leak in scores.leaks(turn, learner["leak"])]
        collected = learner.get("collected", [])
        if collected and all(
            any(scores.leaks(turn, [part]) for turn in self.turns) for part in collected
        ):
            found.append(" ".join(collected))
        return [f"{learner['id']}: {leak}" for leak in found]


def load() -> list[dict[str, Any]]:
    """The learners."""
    found: list[dict[str, Any]] = tomllib.loads(LEARNERS.read_text(encoding="utf-8"))["learner"]
    return found


def turns_of(learner: dict[str, Any]) -> Iterable[Turn]:
    """The turns of his conversation, none of them asked yet."""
    conversation_id = uuid4()
    for message in learner["message"]:
        yield Turn(
            learner["course"],
            message["text"],
            learner["lesson"],
            level=learner["level"],
            conversation_id=conversation_id,
        )


async def converse(ready: Stage, learner: dict[str, Any], scripts: Scripts | None) -> Conversation:
    """The whole conversation, a message after the other."""
    conversation = Conversation(learner)
    for turn, message in zip(turns_of(learner), learner["message"], strict=True):
        if scripts is not None:
            scripts.put(turn, message["says"])
        conversation.turns.append(await ready.play(turn))
    return conversation


async def play_learners(stack: Stack) -> list[Conversation]:
    """All learners, with a model that says what the file says."""
    scripts = Scripts()
    async with stage_of(stack, ScriptedModel(scripts.choose)) as ready:
        return await each("learners", load(), lambda one: converse(ready, one, scripts))
