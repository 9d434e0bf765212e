"""What leaves the tutor: text a sentence at a time, compared with what must not be said.

The guard sees a sentence together with what it allowed before it, so that an answer in pieces is
an answer. It compares words, numbers, letters and spellings, not meanings. It cannot see a
paraphrase that shares few words with the key. A turn about a withheld question is therefore
strict: each of its sentences must consist of words of the lessons.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.tutor.context import GuardMaterial, Lesson, Passage
from app.services.tutor.guard import answers, figures, grounding, scripts, spellings
from app.services.tutor.guard.case import Case
from app.services.tutor.guard.guidance import Notes
from app.services.tutor.guard.piece import MARKUP, Piece, prepare
from app.services.tutor.language import words
from app.services.tutor.language.markdown import unescape
from app.services.tutor.teach.plan import Plan

WINDOW: Final = 300
_LOCK_AFTER: Final = 2

# Compares a sentence, the window that it ends, and the questions near to both. Returns the kind of
# leak, or None.
Check = Callable[[Case, Piece, Piece, frozenset[str]], str | None]

# In this order; the first reason counts.
CHECKS: Final[tuple[Check, ...]] = (
    scripts.script,
    answers.codewords,
    answers.texts,
    figures.numbers,
    answers.choices,
    answers.verdicts,
    answers.orders,
    answers.pairs,
    spellings.spellings,
    scripts.foreign,
    grounding.ungrounded,
    grounding.unasked,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be sent, and the kind of leak when not."""

    allowed: bool
    reason: str | None = None


_ALLOWED: Final = Verdict(True)


class Guard:
    """Judges the sentences of one answer, in order.

    Args:
        material: what must not be said.
        plan: of the turn; `strict`, `item_ids` and `thread` decide what is compared.
        passages: what the answer may rest on.
        question: the learner's.
        locale: of the course.
        lesson: the one that the learner has open, which the answer may rest on as well.
    """

    def __init__(
        self,
        material: GuardMaterial,
        plan: Plan,
        passages: Sequence[Passage],
        question: str,
        locale: str,
        lesson: Lesson | None = None,
    ) -> None:
        self._case = Case(material, plan, passages, question, locale, lesson)
        self._notes = Notes(material, self._case.source_list)
        self._tail = ""
        self._hits = 0

    def check(self, sentence: str) -> Verdict:
        """Judges the next sentence and remembers it when it may be sent."""
        if not sentence.strip():
            return _ALLOWED
        sentence = unescape(sentence)
        if self._notes.quoted(sentence):
            return Verdict(False, "guidance")
        reason = self._leak(sentence) if self._case.items else None
        if reason is not None:
            self._hits += reason not in {"ungrounded", "locked"}
            return Verdict(False, reason)
        self._notes.allow()
        return _ALLOWED

    def _leak(self, sentence: str) -> str | None:
        case, quotable = self._case, self._case.quotable
        if case.strict and self._hits >= _LOCK_AFTER:
            return "locked"
        sentence = quotable.without_titles(sentence)
        if quotable.is_fixed(sentence):
            return None
        shown = sentence if case.strict else quotable.without_quotes(sentence)
        if not shown.strip():
            self._remember("", sentence)
            return None
        piece = prepare(shown, case.language)
        window = prepare(self._tail + shown, case.language) if self._tail else piece
        near = case.near(window)
        for check in CHECKS:
            reason = check(case, piece, window, near)
            if reason is not None:
                return reason
        self._remember(shown, sentence)
        return None

    def _remember(self, shown: str, sentence: str) -> None:
        self._tail = (self._tail + shown)[-WINDOW:]
        first = words.first(words.fold(MARKUP.sub("", sentence)))
        if first:
            self._case.initials = [*self._case.initials[-39:], first[0]]
