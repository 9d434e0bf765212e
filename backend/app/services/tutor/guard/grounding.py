"""Whether a sentence rests on the lessons."""

import re
from typing import Final

from app.services.tutor.guard.case import Case
from app.services.tutor.guard.piece import Piece
from app.services.tutor.language import words

_GROUNDED: Final = 0.7
_GROUNDED_QUESTION: Final = 0.5
_MORSE: Final = re.compile(
    r"(?:[.\u00b7\u2022]\s?[-\u2013\u2014_]|[-\u2013\u2014_]\s?[.\u00b7\u2022])"
)
_GIBBERISH: Final = re.compile(r"(?=\w*\d)(?=\w*[a-z])\w{8,}|[bcdfghjklmnpqrstvwxz]{6,}|\w{26,}")


def ungrounded(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """In a strict turn, a sentence of other words than those of the lessons."""
    if not case.strict:
        return None
    strange = [
        token for token in piece.tokens if len(token) >= 6 and token not in case.source_words
    ]
    if _GIBBERISH.search(" ".join(strange)):
        return "encoded"
    stems = [stem for stem in piece.stems if not stem.isdigit()]
    if not stems:
        # Markup alone, such as a fence or a list mark, says nothing.
        return "ungrounded" if len(piece.tokens) == 1 or _MORSE.search(piece.raw) else None
    if (
        len(piece.tokens) <= 2
        and not case.harmless.issuperset(stems)
        and not _continues(case, piece, window)
    ):
        # A lone word answers by being chosen, even if the lessons use it.
        return "ungrounded"
    known = sum(1 for stem in stems if stem in case.vocabulary)
    least = _GROUNDED if len(stems) >= 3 else 1.0
    if piece.is_question:
        # A question states less; the checks before this one compared what it states.
        least = _GROUNDED_QUESTION
    return None if known >= least * len(stems) else "ungrounded"


def unasked(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """In any other turn, a statement with words that only a withheld question has."""
    if case.strict or not case.finder.own(piece.stem_set) or piece.is_question:
        return None
    return "unasked"


def _continues(case: Case, piece: Piece, window: Piece) -> bool:
    """Whether it ends a line of a passage of which the rest was allowed before."""
    before = window.raw.removesuffix(piece.raw)
    line = words.one_line(before[-40:] + piece.raw).strip('\u201c\u201d"')
    return len(before) >= 40 and case.quotable.holds(line)
