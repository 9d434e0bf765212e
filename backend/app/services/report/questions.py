"""Questions of a course that need attention."""

import re
from dataclasses import dataclass
from typing import Final

from app.schemas.reports import FunnelRow, QuestionRow

MOST_QUESTIONS: Final = 20
FEWEST_ANSWERS: Final = 5
_HARD: Final = 30
_EASY: Final = 95
_WEAK: Final = 0.1
_LONGEST: Final = 140
_MARKUP: Final = re.compile(r"\*\*|__|`+|^#+ |^> ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Flagged:
    """A question with remarks."""

    quiz: FunnelRow
    question: QuestionRow
    prompt: str
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions with remarks, how many have answers, and whether some are hidden."""

    flagged: list[Flagged]
    answered: int
    held_back: bool


def questions_to_look_at(quizzes: list[tuple[FunnelRow, list[QuestionRow]]]) -> Questions:
    """The questions with remarks: most remarks first, then the hardest."""
    answered = [(quiz, row) for quiz, rows in quizzes for row in rows if row.difficulty is not None]
    flagged = [
        Flagged(quiz, row, plain(row.prompt_md), remarks)
        for quiz, row in answered
        if (remarks := _remarks(row))
    ]
    flagged.sort(key=lambda item: (-len(item.remarks), item.question.difficulty or 0))
    held_back = any(row.answer_count is None for _, rows in quizzes for row in rows)
    return Questions(flagged[:MOST_QUESTIONS], len(answered), held_back)


def plain(markdown: str) -> str:
    """The beginning of a text on one line, without the most common Markdown marks."""
    text = " ".join(_MARKUP.sub("", markdown).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _remarks(row: QuestionRow) -> list[str]:
    if row.difficulty is None or (row.answer_count or 0) < FEWEST_ANSWERS:
        return []
    remarks = []
    if row.difficulty < _HARD:
        remarks.append("hard")
    if row.difficulty > _EASY:
        remarks.append("easy")
    elif row.discrimination is not None and row.discrimination < _WEAK:
        remarks.append("weak")
    return remarks
