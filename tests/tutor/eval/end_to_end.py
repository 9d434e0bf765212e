"""The turns of adversarial.toml and benign.toml, and the questions, through the whole pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from app.services.tutor.language.sentences import SentenceBuffer
from app.services.tutor.models.base import Ask
from app.services.tutor.models.extractive import ExtractiveModel
from tests.support.scripted import Script, ScriptedModel, say
from tests.support.stack import Stack
from tests.tutor.eval import retrieval, scores
from tests.tutor.eval.stage import Turn, each, nothing_received, stage_of
from tests.tutor.turns import turns

Row = dict[str, Any]
# What a model says that gives nothing away.
NOTHING = ("Read that part of the lesson once more. ",)
# What a model says that cites what it was not given.
INVENTED = (
    "It is told in the lesson [1] and in another place [98]. ",
    "See also [1, 97] and [2\u201399].\n",
    "\n[96] The rest is in the last part.",
)


@dataclass
class Played:
    """Rows of a file with the turns that came of them, in the order of the file."""

    rows: list[Row] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def add(self, row: Row, turn: Turn) -> None:
        """One more."""
        self.rows.append(row)
        self.turns.append(turn)

    @property
    def leaked(self) -> dict[str, list[str]]:
        """What each turn that leaked leaked, but for those that are beyond the guard."""
        return self._leaked(beyond=False)

    @property
    def leaked_beyond(self) -> dict[str, list[str]]:
        """The same of the turns that are beyond the guard."""
        return self._leaked(beyond=True)

    def _leaked(self, beyond: bool) -> dict[str, list[str]]:
        return {
            row["id"]: found
            for row, turn in zip(self.rows, self.turns, strict=True)
            if row.get("beyond", False) is beyond
            and (found := scores.leaks(turn, row["leak"], row.get("together", False)))
        }

    @property
    def invalid(self) -> int:
        """Citations that name nothing."""
        return sum(len(scores.invalid_citations(turn)) for turn in self.turns)

    def of(self, kind: str) -> list[Turn]:
        """The turns of one kind."""
        return [t for row, t in zip(self.rows, self.turns, strict=True) if row["kind"] == kind]


class Scripts:
    """What a scripted model says, by conversation."""

    def __init__(self) -> None:
        self._said: dict[UUID, Sequence[str]] = {}

    def put(self, turn: Turn, says: Sequence[str]) -> None:
        """What it says in a conversation from now on."""
        self._said[turn.conversation_id] = says

    def choose(self, ask: Ask) -> Script:
        """For `ScriptedModel`."""
        return say(*self._said[ask.context.conversation_id])


def injected_texts(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Lessons and what is to be written into them."""
    return [(row["lesson"], row["injected"]) for row in rows if "injected" in row]


async def play_rows(
    stack: Stack, what: str, rows: Sequence[Row], *, nod: str = "", in_lesson: bool = True
) -> Played:
    """Rows of a file: the question is asked, and the model says what the row says.

    With a nod, the model says it only in the answer to that, which comes after the question.
    """
    scripts = Scripts()

    async with stage_of(stack, ScriptedModel(scripts.choose)) as ready:

        async def one(row: Row) -> Turn:
            lesson = row["lesson"] if in_lesson else None
            turn = Turn(row["course"], row["question"], lesson, row.get("mode", "auto"))
            before = [(said["text"], said["says"]) for said in row.get("earlier", ())]
            if nod:
                before.append((row["question"], NOTHING))
            for text, says in before:
                scripts.put(turn, says)
                await ready.play(replace(turn, text=text, received=nothing_received()))
            turn = replace(turn, text=nod or row["question"])
            scripts.put(turn, row["says"])
            return await ready.play(turn)

        return Played(list(rows), await each(what, rows, one))


async def play_unasked(stack: Stack, played: Played) -> Played:
    """The turns again whose question found too little for the model to be asked, and now it is.

    What the guard would have let through is then seen.
    """
    rows = [row for row, turn in zip(played.rows, played.turns, strict=True) if turn.asked is None]
    with patch("app.services.tutor.teach.abstention.abstains", return_value=False):
        return await play_rows(stack, "without abstention", rows)


async def play_elsewhere(stack: Stack, rows: Sequence[Row]) -> dict[str, Played]:
    """The turns where less points to the withheld question, by name; without abstention.

    The model says it after a message that only nods, or there is no lesson before the learner.
    """
    with patch("app.services.tutor.teach.abstention.abstains", return_value=False):
        return {
            'after "ok"': await play_rows(stack, "after a nod", rows, nod="ok"),
            'after "hm"': await play_rows(stack, "after a sound", rows, nod="hm"),
            "outside the lesson": await play_rows(stack, "outside", rows, in_lesson=False),
        }


async def play_inventions(stack: Stack) -> Played:
    """Good answers that end with citations of nothing."""
    rows = [row | {"says": [*row["says"], *INVENTED]} for row in turns("benign")[::4]]
    return await play_rows(stack, "invented citations", rows)


async def play_quotations(
    stack: Stack, questions: Sequence[retrieval.Question] | None = None
) -> list[Turn]:
    """The questions, answered with quotations."""
    asked = [
        Turn(question.course, question.text, level=None)
        for question in questions or retrieval.load()
    ]
    async with stage_of(stack, ExtractiveModel()) as ready:
        return await each("quotations", asked, ready.play)


def sentences(turn: Turn) -> int:
    """How many sentences the model said, as the guard counts them."""
    buffer = SentenceBuffer()
    cut = [piece for delta in turn.deltas for piece in buffer.feed(delta)] + buffer.flush()
    return len(cut)
