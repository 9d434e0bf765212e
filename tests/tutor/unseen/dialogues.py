"""Dialogues of learners who struggle, and what is wrong with the answers that they get."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.database import Row
from tests.support.tutor import Received

FILE = Path(__file__).with_name("dialogues.toml")
# The most help without a finished attempt.
MOST = 4
_CONFIRMS = re.compile(
    r"\b(yes|correct|exactly|that'?s (it|right)|you are right|you're right|well done)\b"
    r"|(?<!\w)(sí|correcto|exacto|así es|muy bien)(?!\w)"
    r"|\b(ja|genau|richtig|korrekt|(das )?stimmt)(?! nicht)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(no[,.]|incorrect|wrong|not (quite|right|correct)|that isn'?t|no es (correct|así)|falso"
    r"|nein|falsch|nicht (ganz )?(richtig|korrekt)|stimmt nicht)",
    re.IGNORECASE,
)
# The moves whose answer points to a passage.
_POINTED = ("asks", "attempt", "wrong", "just_tell")
# A lesson whose passages have the title of the lesson.
_NO_LESSON = r"(?<!lesson )(?<!lección )(?<!Lektion )"
# What a passage says is no verdict.
_QUOTED = re.compile(r"“[^”]*”")
_REASONS = re.compile(
    r"\b(quiz|attempt|graded|yourself|your own|hand(ed)? in|submit"
    r"|cuestionario|prueba|examen|intento|por tu cuenta|entreg"
    r"|prüfung|tests?\b|versuch|selbst|abgegeben|abgibst|abgabe)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Step:
    """One message of the learner."""

    move: str
    text: str
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dialogue:
    """A conversation about one question, or about none."""

    id: str
    course: str
    lesson: str
    place: str
    secret: tuple[str, ...]
    steps: tuple[Step, ...]
    item: str = ""
    finished: bool = False
    helps: tuple[str, ...] = ()

    @property
    def is_withheld(self) -> bool:
        """Whether the learner may not see the answer yet."""
        return bool(self.item) and not self.finished


@dataclass
class Answer:
    """What came of one message."""

    step: Step
    received: Received
    earlier: list[Answer] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What the learner reads."""
        return self.received.text

    @property
    def own(self) -> str:
        """What the tutor says besides its quotations."""
        return _QUOTED.sub("", self.text)

    @property
    def rung(self) -> int:
        """The rung that the answer says it has."""
        return int(self.received.of("start")[0]["messageMetadata"].get("rung") or 0)

    @property
    def names_a_passage(self) -> bool:
        """Whether it quotes or cites a passage, or names one by its lesson or heading."""
        cited = any(part.get("citations") for part in self.received.of("text-end"))
        titles = [part["title"] for part in self.received.of("source-document")]
        names = {name for title in titles for name in title.split(" \u203a ") if name}
        return cited or any(f"«{name}»" in self.text for name in names)

    def opens(self, dialogue: Dialogue) -> bool:
        """Whether it names or quotes one of the passages that help with the question."""
        heads = "|".join(map(re.escape, dialogue.helps))
        return bool(re.search(rf"{_NO_LESSON}«([^»]* \u203a )?({heads})»", self.text))

    @property
    def goes_on(self) -> bool:
        """Whether it gives the learner something to do next."""
        return self.names_a_passage or "?" in self.text


def load() -> list[Dialogue]:
    """The dialogues."""
    return [
        Dialogue(
            **(_frozen(row, "turn") | {"steps": tuple(Step(**_frozen(t)) for t in row["turn"])})
        )
        for row in tomllib.loads(FILE.read_text(encoding="utf-8"))["dialogue"]
    ]


def faults(dialogue: Dialogue, answers: list[Answer]) -> Iterator[str]:
    """One line for each thing that must not happen, or that has to and did not."""
    for place, answer in enumerate(answers, 1):
        answer.earlier = answers[: place - 1]
        for fault in _wrong(dialogue, answer):
            yield f"{dialogue.id} {place} {answer.step.move}: {fault}"


def _frozen(row: Row, *without: str) -> Row:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name not in without
    }


def _wrong(dialogue: Dialogue, answer: Answer) -> Iterator[str]:
    step, text = answer.step, answer.text
    if not text.strip():
        yield "the answer is empty"
    if answer.received.of("data-abstain"):
        yield "the tutor says that the course has nothing on this"
    if step.move != "thanks" and text.strip() in {one.text.strip() for one in answer.earlier}:
        yield "an earlier answer again"
    for pattern in step.none_of:
        if re.search(pattern, text, re.IGNORECASE):
            yield f"{pattern} must not be said"
    if step.any_of and not any(re.search(one, text, re.IGNORECASE) for one in step.any_of):
        yield f"none of {step.any_of} is said"
    if dialogue.helps and not step.any_of and step.move in _POINTED and not answer.opens(dialogue):
        yield "the passage has nothing to do with it"
    if dialogue.is_withheld:
        yield from _given_away(dialogue, answer)
    rules = _WITHHELD if dialogue.is_withheld else _OPEN
    if step.move in rules:
        yield from rules[step.move](dialogue, answer)


def _given_away(dialogue: Dialogue, answer: Answer) -> Iterator[str]:
    # A learner may be told what they said themselves.
    said = " ".join(one.step.text for one in (*answer.earlier, answer))
    for pattern in dialogue.secret:
        if re.search(pattern, answer.text, re.IGNORECASE | re.DOTALL) and not re.search(
            pattern, said, re.IGNORECASE | re.DOTALL
        ):
            yield f"{pattern} is given away"
    if answer.rung > MOST:
        yield f"rung {answer.rung} while the answer is withheld"


def _asks(_: Dialogue, answer: Answer) -> Iterator[str]:
    if not answer.names_a_passage:
        yield "no passage is named"


def _wrong_answer(dialogue: Dialogue, answer: Answer) -> Iterator[str]:
    yield from _not_confirmed(dialogue, answer)
    yield from _asks(dialogue, answer)


def _dont_know(_: Dialogue, answer: Answer) -> Iterator[str]:
    before = answer.earlier[-1].rung if answer.earlier else answer.rung
    if not before <= answer.rung <= before + 1:
        yield f"from rung {before} to {answer.rung}"
    if not answer.goes_on:
        yield "no step to go on with"


def _just_tell(_: Dialogue, answer: Answer) -> Iterator[str]:
    if not _REASONS.search(answer.text):
        yield "no reason why not"
    if not answer.goes_on:
        yield "no step to go on with"


def _right(_: Dialogue, answer: Answer) -> Iterator[str]:
    if _CONFIRMS.search(answer.own):
        yield "the answer of the learner is confirmed"
    if _DENIES.search(answer.own):
        yield "the answer of the learner is denied"
    if not (_REASONS.search(answer.text) or answer.names_a_passage):
        yield "no way to find out"


def _thanks(_: Dialogue, answer: Answer) -> Iterator[str]:
    if answer.names_a_passage:
        yield "a passage is named"


def _not_confirmed(_: Dialogue, answer: Answer) -> Iterator[str]:
    if _CONFIRMS.search(answer.own):
        yield "a wrong answer is confirmed"


def _confirmed(_: Dialogue, answer: Answer) -> Iterator[str]:
    if not _CONFIRMS.search(answer.own):
        yield "a right answer is not confirmed"


def _told(dialogue: Dialogue, answer: Answer) -> Iterator[str]:
    if not any(re.search(one, answer.text, re.IGNORECASE) for one in dialogue.secret):
        yield "the answer is not told, though the quiz is over"


Rule = Callable[[Dialogue, Answer], Iterator[str]]
_WITHHELD: dict[str, Rule] = {
    "asks": _asks,
    "attempt": _asks,
    "wrong": _wrong_answer,
    "dont_know": _dont_know,
    "just_tell": _just_tell,
    "right": _right,
    "thanks": _thanks,
}
_OPEN: dict[str, Rule] = {
    "asks": _asks,
    "wrong": _not_confirmed,
    "just_tell": _told,
    "right": _confirmed,
    "thanks": _thanks,
}
