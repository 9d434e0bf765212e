"""The notes of authors to the tutor, which are never quoted."""

from collections.abc import Sequence
from typing import Final

from app.services.tutor.context import GuardMaterial
from app.services.tutor.guard.piece import CITATION
from app.services.tutor.language import words

_RUN: Final = 6


class Notes:
    """Finds runs of six words of the authors' notes in an answer.

    Args:
        material: holds the notes.
        public: the words of the lessons; a run that they hold is free.
    """

    def __init__(self, material: GuardMaterial, public: Sequence[str]) -> None:
        runs: set[tuple[str, ...]] = set()
        for guidance in material.guidance:
            for note in [guidance.notes, *guidance.misconceptions]:
                runs |= _runs(words.words(words.fold(note)))
        self._runs = frozenset(runs - _runs(public))
        self._tail: list[str] = []
        self._next: list[str] = []

    def quoted(self, sentence: str) -> bool:
        """Whether a sentence, with the words allowed before it, quotes a note."""
        if not self._runs:
            return False
        tokens = self._tail + words.words(words.fold(CITATION.sub(" ", sentence)))
        if not self._runs.isdisjoint(_runs(tokens)):
            return True
        self._next = tokens[-(_RUN - 1) :]
        return False

    def allow(self) -> None:
        """Takes the last sentence as sent."""
        self._tail = self._next


def _runs(tokens: Sequence[str]) -> set[tuple[str, ...]]:
    return {tuple(tokens[at : at + _RUN]) for at in range(len(tokens) - _RUN + 1)}
