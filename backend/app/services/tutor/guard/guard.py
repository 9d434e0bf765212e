"""What leaves the tutor: text a sentence at a time, compared with the keys of withheld questions.

The comparison is literal: words, numbers, letters of options, verdicts, signs. It finds a key that
is stated, not one that is described: what a turn may explain is decided by its plan. A sentence is
compared with the questions that the turn is about, and with those that learner and answer together
repeat.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final

from app.services.tutor.context import GuardMaterial, Guidance
from app.services.tutor.guard.states import LETTERED, QUIZ, Nearness, learner_of, states
from app.services.tutor.items import read_all
from app.services.tutor.language import words
from app.services.tutor.language.markdown import unescape
from app.services.tutor.language.piece import SPAN, prepare, weights
from app.services.tutor.language.sentences import cut
from app.services.tutor.language.table import LANGUAGES, alternatives

WINDOW: Final = 300
# So many questions that a message seems to be about are taken for those that it is about, as far as
# what is said can be about nothing else.
_CLOSE: Final = 2
# A message that copies so much of a question asks nothing else.
_COPIED: Final = 0.75
_RUN: Final = 6
_FENCES: Final = ("```", "~~~")
_QUOTED: Final = ('"', "\u201c", "\u201e", "\u00ab")
# Sentences of the fixed texts that have no value filled in.
_FIXED: Final = frozenset({""}) | frozenset(
    sentence.strip()
    for language in LANGUAGES.values()
    for template in language.texts.values()
    for sentence in cut(template)
    if "{" not in sentence
)
_PLACE: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.guides)})\b")
# Where a clause begins that gives the learner something to do.
_TASK: Final = re.compile(
    rf"(?:^|[.,;:!?*(]|\b(?:{alternatives(lambda one: one.joint)})\b)\W*"
    rf"(?:{alternatives(lambda one: one.tasks)})\b(?=\W+\w)"
)


class Guard:
    """Judges the sentences of one answer, in order.

    Args:
        material: what must not be said.
        about: ids of the questions that the turn is about, the nearest first.
        near: ids of those that it seems to be about, the nearest first.
        said: the learner's messages of this turn and of those that it continues.
        language: of the course.
        public: texts of lessons: what explains has words of these, and the notes of authors may be
            quoted as far as these say the same.
    """

    def __init__(
        self,
        material: GuardMaterial,
        about: Sequence[str],
        near: Sequence[str],
        said: Sequence[str],
        language: str,
        public: Sequence[str] = (),
    ) -> None:
        self._language = language
        self._public = public
        self._items = read_all(material.items, language)
        asked = [prepare(text, language) for text in said]
        self._asked = asked[-1].stems if asked else frozenset()
        # They may be told what they said themselves, and what a nearer question says.
        known = spoken = prepare("\n".join(said), language)
        nearer = list(said)
        self._learners = {}
        items = {item.id: item for item in self._items}
        for id_ in dict.fromkeys([*(one for one in about if one in items), *items]):
            self._learners[id_] = learner_of(items[id_], spoken, known)
            if id_ in about:
                nearer.append(items[id_].prompt)
                known = prepare("\n".join(nearer), language)
        self._nearness = dict.fromkeys(about, Nearness.ABOUT)
        if not any(self._learners[id_].share >= _COPIED for id_ in about if id_ in items):
            self._nearness = (
                dict.fromkeys(near, Nearness.NEAR)
                | dict.fromkeys(near[:_CLOSE], Nearness.CLOSE)
                | self._nearness
            )
        self._notes = _notes(material.guidance, public) if material.guidance else frozenset()
        self._tail = ""
        self._fenced = False

    def check(self, sentence: str) -> str | None:
        """Why the next sentence may not be sent; None when it may: it is then remembered."""
        if sentence.lstrip().startswith(_FENCES):
            self._fenced = not self._fenced
            self._tail += sentence
            return None
        if (reason := self.reason(sentence)) is None:
            self._tail = (self._tail + sentence)[-WINDOW:]
        return reason

    def guides(self, told: Sequence[str], least: float, length: int) -> bool:
        """Whether sentences give the learner something to do, or explain so much.

        They ask or set a task; or they have so many words; or their words, rare ones more, weigh
        enough: words of the lessons count twice. Half is enough where they point into a lesson.
        """
        is_code = points = False
        for sentence in told:
            if sentence.lstrip().startswith(_FENCES):
                is_code = not is_code
            elif not is_code:
                piece = prepare(SPAN.sub(" ", sentence), self._language)
                is_question = piece.is_question and not piece.raw.lstrip().startswith(_QUOTED)
                if is_question or _TASK.search(piece.folded):
                    return True
                points = points or bool(_PLACE.search(piece.folded))
        text = "".join(told)
        said = weights(text, self._language)
        explained = sum(
            weight * (2 if one in self._taught and not one.isdigit() else 1)
            for one, weight in said.items()
        )
        return explained >= (least / 2 if points else least) or len(text.split()) >= length

    @cached_property
    def _taught(self) -> frozenset[str]:
        return prepare("\n".join(self._public), self._language).stems

    def close_fence(self) -> bool:
        """Whether the text so far ends inside a fence; after the call it no longer does."""
        was, self._fenced = self._fenced, False
        return was

    def reason(self, sentence: str, *, points: bool = False) -> str | None:
        """The kind of statement that a sentence would make here, or None.

        A pointer into the lessons stands in the place of an answer, so its headings say more: it
        `points` for each question that the turn may be about.
        """
        if not (self._items or self._notes) or sentence.strip() in _FIXED:
            return None
        sentence = unescape(sentence)
        if self._notes and not self._notes.isdisjoint(_runs(self._tail + sentence)):
            return "guidance"
        if not self._items:
            return None
        piece = prepare(sentence, self._language, is_code=self._fenced)
        window = prepare(self._tail + sentence, self._language) if self._tail else piece
        # By the way, in the quiz … Tick answer b.
        of_quiz = bool(QUIZ.search(piece.folded) or LETTERED.search(piece.folded))
        for item in self._items:
            nearness = self._nearness.get(item.id, Nearness.FAR)
            if of_quiz or (points and nearness):
                nearness = Nearness.ABOUT
            elif (
                nearness is Nearness.FAR
                and item.restated(self._asked | window.stems) < item.least_repeated
            ):
                continue
            found = states(item, piece, window, self._learners[item.id], nearness)
            if found is not None:
                return found
        return None


def _notes(guidance: Iterable[Guidance], public: Iterable[str]) -> frozenset[tuple[str, ...]]:
    """Runs of six words of the notes that no lesson has."""
    notes = [note for one in guidance for note in (one.notes, *one.misconceptions)]
    return frozenset().union(*map(_runs, notes)) - _runs("\n".join(public))


def _runs(text: str) -> set[tuple[str, ...]]:
    tokens = words.words(words.fold(text))
    return {tuple(tokens[at : at + _RUN]) for at in range(len(tokens) - _RUN + 1)}
