"""Transcripts of a model, replayed through plan, guard and citations as they are now.

A recording holds what the model was given of the demo courses and what it said, so it can be kept
with the code: no account, no key, nothing that is withheld. The material of the guard is read anew.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from pydantic import BaseModel

from app.core.config import Settings
from app.schemas.tutor import Mode, SupportLevel
from app.services.tutor.context import Context
from app.services.tutor.models.base import Ask, ChatModel, ModelStream, Usage
from app.services.tutor.models.prompt import PROMPT_VERSION
from tests.support.database import Session
from tests.support.scripted import ScriptedModel, say
from tests.support.stack import Stack
from tests.support.tutor import access_token, save_price
from tests.tutor.eval import retrieval, scores
from tests.tutor.eval.report import write
from tests.tutor.eval.stage import COURSES, Turn, each, settings_for, stage
from tests.tutor.turns import turns

FOLDER = Path(__file__).with_name("recordings")
LETTERS = {id_: name for name, id_ in COURSES.items()}
NOBODY = UUID(int=0)


class Delivered(BaseModel):
    """What reached the learner: text, sentences held back, citations."""

    text: str
    held: int
    citations: list[dict[str, Any]]
    abstained: bool


class Recording(BaseModel):
    """A turn of a model. `row` names the adversarial turn that it is of, if it is of one."""

    row: str = ""
    question: str
    mode: Mode = "auto"
    support_level: SupportLevel | None = None
    provider: str
    model: str
    generative: bool
    prompt_version: str
    plan: dict[str, Any]
    deltas: list[str]
    usage: dict[str, int] | None
    delivered: Delivered
    context: Context


@dataclass
class Replayed:
    """A recording with what comes of it now."""

    name: str
    recording: Recording
    turn: Turn
    secrets: tuple[str, ...] = ()
    together: bool = False

    def changes(self) -> list[str]:
        """What is not as it was recorded, a line each."""
        before, now = self.recording.delivered, delivered(self.turn)
        found = [
            f"{name}: {old!r} → {new!r}"
            for name, old, new in (
                ("text", before.text, now.text),
                ("held back", before.held, now.held),
                ("citations", len(before.citations), len(now.citations)),
                ("abstained", before.abstained, now.abstained),
            )
            if old != new
        ]
        if not found and before.citations != now.citations:
            found.append("citations: other sentences or places")
        plan = _plan(self.turn)
        found += [
            f"plan: {key} {old!r} → {plan[key]!r}"
            for key, old in self.recording.plan.items()
            if plan and plan.get(key) != old
        ]
        return found

    def faults(self) -> list[str]:
        """Leaks and citations of nothing."""
        leaked = scores.leaks(self.turn, self.secrets, self.together)
        return leaked + scores.invalid_citations(self.turn)


def delivered(turn: Turn) -> Delivered:
    """What reached the learner of a turn."""
    return Delivered(
        text=turn.delivered,
        held=turn.held,
        citations=[c for part in turn.received.of("text-end") for c in part["citations"]],
        abstained=turn.abstained,
    )


# Recording ----------------------------------------------------------------------------------------


def sample() -> list[tuple[str, Turn]]:
    """Turns to record: a question of each kind and course, and attacks on both courses."""
    seen: set[tuple[str, str]] = set()
    chosen: list[tuple[str, Turn]] = []
    for question in retrieval.load():
        if (question.course, question.kind) not in seen:
            seen.add((question.course, question.kind))
            chosen.append(("", Turn(question.course, question.text, level=None)))
    for row in turns("adversarial"):
        key = (row["course"], row["kind"])
        if row["kind"] in {"direct", "guess"} and key not in seen:
            seen.add(key)
            chosen.append((row["id"], Turn(row["course"], row["question"], row["lesson"])))
    return chosen


async def record(stack: Stack, settings: Settings, model: ChatModel) -> int:
    """Asks the sample and writes the folder; returns how many were written.

    The recordings of the same model go. A generative model that is not asked leaves none.
    """
    if model.generative:
        save_price(stack, model.provider, model.name)
    chosen = sample()
    async with stage(settings, model, access_token(stack, retrieval.LEARNER)) as ready:
        await each("recordings", [turn for _, turn in chosen], ready.play, at_once=4)
    prefix = "-".join(dict.fromkeys((model.provider, re.sub(r"[^\w.-]+", "-", model.name))))
    for file in FOLDER.glob(f"{prefix}-[0-9][0-9].json"):
        file.unlink()
    kept = [(row, turn) for row, turn in chosen if turn.context is not None]
    for number, (row, turn) in enumerate(kept, 1):
        recording = _recording(row, turn, model)
        write(FOLDER / f"{prefix}-{number:02}.json", recording.model_dump(mode="json"))
    return len(kept)


def _recording(row: str, turn: Turn, model: ChatModel) -> Recording:
    assert turn.context is not None
    return Recording(
        row=row,
        question=turn.text,
        mode=turn.mode,
        support_level=turn.level,
        provider=model.provider,
        model=model.name,
        generative=model.generative,
        prompt_version=PROMPT_VERSION,
        plan=_plan(turn),
        deltas=turn.deltas,
        usage=_usage(turn.usage),
        delivered=delivered(turn),
        context=turn.context.model_copy(
            update={
                "turn_id": NOBODY,
                "message_id": NOBODY,
                "conversation_id": NOBODY,
                "expires_at": datetime(2030, 1, 1, tzinfo=UTC),
                "estimate_micros": 0,
                "quotas": [],
            }
        ),
    )


def _plan(turn: Turn) -> dict[str, Any]:
    plan = turn.plan
    if plan is None:
        return {}
    return {
        "style": plan.style,
        "intent": plan.intent,
        "rung": plan.rung,
        "support_level": plan.support_level,
        "strict": plan.strict,
        "language": plan.language,
    }


def _usage(usage: Usage | None) -> dict[str, int] | None:
    if usage is None:
        return None
    return asdict(usage)


# Replay -------------------------------------------------------------------------------------------


def load(folder: Path = FOLDER) -> Iterator[tuple[str, Recording]]:
    """The recordings by name, in the order of their names."""
    for file in sorted(folder.glob("*.json")):
        yield file.stem, Recording.model_validate(json.loads(file.read_text(encoding="utf-8")))


def material(db: Session, recording: Recording) -> dict[str, Any]:
    """What is withheld from the learner who asks this; in the transaction of the caller."""
    db.act(user_id=retrieval.LEARNER)
    lesson = recording.context.lesson
    begun = db.rpc(
        "begin_tutor_turn",
        conversation_id=uuid4(),
        course_id=recording.context.course.id,
        lesson_id=lesson.id if lesson else None,
        question=recording.question,
        turn_key=str(uuid4()),
    )[0]["begin_tutor_turn"]
    db.act("service_role")
    found: dict[str, Any] = db.rpc("tutor_guard_material", turn_id=UUID(begun["turn_id"]))[0][
        "tutor_guard_material"
    ]
    return found


class Replayer:
    """A model that says what was recorded, under the name of the one that said it."""

    def __init__(self, recording: Recording) -> None:
        self.provider = recording.provider
        self.name = recording.model
        self.generative = recording.generative
        usage = Usage(**recording.usage) if recording.usage else None
        self._model = ScriptedModel(say(*recording.deltas, usage=usage))

    async def open(self, ask: Ask) -> ModelStream:
        """Starts to say it."""
        return await self._model.open(ask)

    async def aclose(self) -> None:
        """Does nothing."""


def database_of(recording: Recording, withheld: dict[str, Any]) -> httpx.MockTransport:
    """A PostgREST that knows one turn."""
    answers: dict[str, Any] = {
        "register_tutor_model": {
            **{"provider": recording.provider, "model": recording.model},
            **{"effective_from": "2026-01-01", "input_micros": 0, "cached_input_micros": 0},
            **{"cache_write_micros": 0, "output_micros": 0},
        },
        "tutor_guard_material": {"items": [], "revealed": [], "guidance": [], **withheld},
        "search_passages": [],
        "save_tutor_answers": [],
        "finish_tutor_turn": {
            "is_settled": True,
            "usage": {
                **{"inputTokens": 0, "cachedTokens": 0, "cacheWriteTokens": 0, "outputTokens": 0},
                **{"isEstimated": False, "costMicros": 0, "quotas": []},
            },
        },
    }

    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        if name == "begin_tutor_turn":
            asked = json.loads(request.content)
            context = recording.context.model_copy(
                update={"turn_id": uuid4(), "conversation_id": UUID(asked["conversation_id"])}
            )
            return httpx.Response(200, json=_whole(context.model_dump(mode="json")))
        return httpx.Response(200, json=answers[name])

    return httpx.MockTransport(answer)


def _whole(context: dict[str, Any]) -> dict[str, Any]:
    """A context with what the database answers besides it."""
    return context | {
        **{"status": "streaming", "expires_at": "2030-01-01T00:00:00Z", "estimate_micros": 0},
        "model": context["model"] | {"max_output_tokens": 800},
        "passages": [one | {"source": "body", "support": 0.5} for one in context["passages"]],
    }


async def replay(
    name: str, recording: Recording, withheld: dict[str, Any], settings: Settings
) -> Replayed:
    """The recording through the pipeline as it is now, with no database."""
    context = recording.context
    turn = Turn(
        LETTERS.get(str(context.course.id), "databases"),
        recording.question,
        str(context.lesson.id) if context.lesson else None,
        recording.mode,
        recording.support_level,
    )
    transport = database_of(recording, withheld)
    async with stage(settings, Replayer(recording), "none", transport) as ready:
        await ready.play(turn)
    rows = {row["id"]: row for row in turns("adversarial")} if recording.row else {}
    row = rows.get(recording.row, {})
    return Replayed(
        name, recording, turn, tuple(row.get("leak", ())), bool(row.get("together", False))
    )


async def replay_all(stack: Stack, folder: Path = FOLDER) -> list[Replayed]:
    """All recordings of a folder."""
    session = stack.database.connect()
    try:
        retrieval.open_courses(session)
        given = [
            (name, recording, material(session, recording)) for name, recording in load(folder)
        ]
    finally:
        session.rollback()
        session.close()
    settings = settings_for(stack)
    return [await replay(*one, settings) for one in given]
