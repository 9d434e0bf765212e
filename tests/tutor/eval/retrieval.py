"""What the tutor finds for the questions of questions.toml, and when it abstains.

`measure` gives the figures, `show` prints them. It works in the transaction of the caller, who
undoes it: all lessons are opened, all limits lifted.
"""

from __future__ import annotations

import re
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.services.tutor.context import Context, GuardMaterial
from app.services.tutor.language.markdown import unescape
from app.services.tutor.models.extractive import Composition, compose
from app.services.tutor.teach.abstention import abstains
from app.services.tutor.teach.policy import plan
from tests.support.database import Session

QUESTIONS = Path(__file__).with_name("questions.toml")
LEARNER = "a0000000-0000-4000-8000-000000000022"
COURSES = {
    "databases-inside": "c1000000-0000-4000-8000-000000000000",
    "statistik-verstehen": "c2000000-0000-4000-8000-000000000000",
}
KINDS = ("answerable", "cross_lesson", "typo", "other_language")


@dataclass(frozen=True)
class Question:
    """A question, its gold lessons as module/lesson, and words of the passage that answers it.

    `topic` of one without an answer: off, or near to what the course covers.
    """

    course: str
    kind: str
    text: str
    gold: tuple[str, ...] = ()
    phrase: str = ""
    topic: str = ""
    held_out: bool = False


@dataclass
class Asked:
    """A question with what came of it."""

    question: Question
    context: Context
    abstains: bool
    composition: Composition
    seconds: float
    # Places, from 1, of the first passage of a gold lesson, of the passage with the phrase, and of
    # the quotation that holds some of it; None when there is none.
    lesson_place: int | None = None
    passage_place: int | None = None
    quote_place: int | None = None


@dataclass
class Figures:
    """Figures by group of questions, and what is wrong wherever it is."""

    groups: dict[str, dict[str, float]] = field(default_factory=dict)
    altered_quotes: int = 0
    asked: list[Asked] = field(default_factory=list)


def load() -> list[Question]:
    """The questions."""
    rows = tomllib.loads(QUESTIONS.read_text(encoding="utf-8"))["question"]
    return [Question(**(row | {"gold": tuple(row.get("gold", ()))})) for row in rows]


def open_courses(db: Session) -> None:
    """Enrolls a learner in both demo courses, to whom all published lessons are then open."""
    db.act("postgres")
    courses = list(COURSES.values())
    db.run("delete from private.tutor_limits where true")
    db.run(
        "update private.budgets set max_rows = 1000000, max_bytes = 1000000000 "
        "where kind = 'questions'"
    )
    db.run("delete from public.lesson_prerequisites where course_id = any(%s::uuid[])", courses)
    db.run("update public.courses set is_sequential = false where id = any(%s::uuid[])", courses)
    db.run(
        "update public.lessons set release_at = null, release_after = null "
        "where course_id = any(%s::uuid[])",
        courses,
    )
    db.act(user_id=LEARNER)
    for course in courses:
        db.rpc("enroll", course_id=course)


def ask(db: Session, question: Question) -> Asked:
    """Asks as the learner, without a lesson before him, and answers with quotations."""
    db.act(user_id=LEARNER)
    started = time.perf_counter()
    reply = db.rpc(
        "begin_tutor_turn",
        conversation_id=uuid4(),
        course_id=COURSES[question.course],
        question=question.text,
        turn_key=str(uuid4()),
    )[0]["begin_tutor_turn"]
    seconds = time.perf_counter() - started
    context = Context.model_validate(reply)
    made = plan(question.text, context, GuardMaterial(), "medium")
    asked = Asked(question, context, abstains(context, made), compose(context, made), seconds)
    bodies = [passage.body for passage in context.passages]
    lessons = [_short(str(passage.lesson_id)) for passage in context.passages]
    asked.lesson_place = _place(lessons, lambda lesson: lesson in question.gold)
    if question.phrase:
        phrase = _one_line(question.phrase)
        asked.passage_place = _place(bodies, lambda body: phrase in _one_line(body))
        asked.quote_place = _place(
            [quote for _, quote in asked.composition.quotes],
            lambda quote: _overlap(quote, phrase),
        )
    return asked


def measure(db: Session, questions: Sequence[Question] | None = None) -> Figures:
    """The figures by kind, by language of the course, held out and not.

    hit5, mrr: a passage of a gold lesson. passage5: the passage with the answer among the first
    five. quoted: some of the answer is quoted. abstained: the share of the
    questions; right for unanswerable ones, wrong for the others. ms: the median time of a turn.
    """
    open_courses(db)
    figures = Figures(asked=[ask(db, question) for question in questions or load()])
    asked = figures.asked
    for kind in (*KINDS, "unanswerable"):
        _add(figures, kind, [one for one in asked if one.question.kind == kind])
    found = [one for one in asked if one.question.kind in KINDS]
    missing = [one for one in asked if one.question.kind == "unanswerable"]
    for course in COURSES:
        _add(figures, course, [one for one in found if one.question.course == course])
    for name, held_out in (("tuned", False), ("held out", True)):
        _add(figures, name, [one for one in found if one.question.held_out is held_out])
        _add(
            figures,
            f"unanswerable, {name}",
            [one for one in missing if one.question.held_out is held_out],
        )
    for topic in ("near", "off"):
        name = f"unanswerable, {topic} topic"
        _add(figures, name, [one for one in missing if one.question.topic == topic])
    _add(figures, "all with an answer", found)
    figures.altered_quotes = sum(map(_altered, asked))
    return figures


def show(figures: Figures) -> str:
    """The figures as a table."""
    names = ("questions", "hit5", "mrr", "passage5", "quoted", "abstained", "ms")
    lines = ["group".ljust(26) + "".join(name.rjust(11) for name in names)]
    for group, row in figures.groups.items():
        cells = [
            ""
            if name not in row
            else f"{row[name]:.0f}"
            if name == "questions"
            else f"{row[name]:.2f}"
            for name in names
        ]
        lines.append(group.ljust(26) + "".join(cell.rjust(11) for cell in cells))
    lines.append(f"altered quotations {figures.altered_quotes}")
    return "\n".join(lines)


def _add(figures: Figures, name: str, asked: Sequence[Asked]) -> None:
    if not asked:
        return
    row: dict[str, float] = {"questions": len(asked)}
    if all(one.question.gold for one in asked):
        places = [one.lesson_place for one in asked]
        row["hit5"] = _share(place is not None and place <= 5 for place in places)
        row["mrr"] = sum(1 / place for place in places if place) / len(places)
    phrased = [one for one in asked if one.question.phrase]
    if phrased:
        row["passage5"] = _share((one.passage_place or 99) <= 5 for one in phrased)
        row["quoted"] = _share(one.quote_place is not None for one in phrased)
    row["abstained"] = _share(one.abstains for one in asked)
    row["ms"] = sorted(one.seconds for one in asked)[len(asked) // 2] * 1000
    figures.groups[name] = row


def _altered(asked: Asked) -> int:
    """How many quotations are not byte for byte of their passage, or not as they were given."""
    bodies = {passage.number: passage.body for passage in asked.context.passages}
    if asked.context.lesson is not None:
        bodies[0] = asked.context.lesson.body
    told = unescape(asked.composition.text)
    return sum(
        quote not in bodies.get(number, "") or quote not in told
        for number, quote in asked.composition.quotes
    )


def _share(values: Any) -> float:
    held = [bool(value) for value in values]
    return sum(held) / len(held)


def _place(values: Sequence[str], is_it: Callable[[str], bool]) -> int | None:
    return next((place for place, value in enumerate(values, 1) if is_it(value)), None)


def _short(lesson_id: str) -> str:
    return f"{lesson_id[-3]}/{lesson_id[-2:]}"


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _overlap(quote: str, phrase: str) -> bool:
    """Whether a sentence holds the phrase, lies in it, or shares 15 characters at an end of it."""
    quote = _one_line(quote)
    if phrase in quote or quote in phrase:
        return True
    return any(
        quote.endswith(phrase[:length]) or quote.startswith(phrase[-length:])
        for length in range(15, len(phrase))
    )
