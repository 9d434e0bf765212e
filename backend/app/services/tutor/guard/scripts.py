"""The writing of a sentence: its alphabet and its language."""

import re
from typing import Final

from app.services.tutor.guard.case import Case
from app.services.tutor.guard.piece import CODE, Piece
from app.services.tutor.language import words

_FORMULA_LETTER: Final = re.compile(r"(?<![^\W\d_])[\u0370-\u03ff](?![^\W\d_])")
_OTHER_LETTER: Final = re.compile(
    r"[^\W\d_a-zA-Z\u00aa\u00ba\u00c0-\u024f\u0250-\u02ff\u1d00-\u1dbf\u1e00-\u1eff\u2070-\u209c"
    r"\u2100-\u214f\u24b6-\u24e9\ua720-\ua7ff\ufb00-\ufb06\uff21-\uff3a\uff41-\uff5a"
    r"\U0001d400-\U0001d7ff]"
)
_PICTURE: Final = re.compile(
    "[\u2460-\u24ff\u2600-\u27bf\u20e3\u2b00-\u2bff\u3200-\u33ff\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
# Letters of another width or typeface, more of them than a formula has in a row.
_DISGUISED: Final = re.compile(
    "[\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\u1d00-\u1d2b\U0001d400-\U0001d7ff\U0001f130-\U0001f189]{3,}"
)


def script(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """Letters of another alphabet, or of another typeface; in a strict turn also pictures."""
    if case.language not in words.FUNCTION_WORDS:
        return None
    if not piece.raw.isascii():
        if _OTHER_LETTER.search(_FORMULA_LETTER.sub(" ", piece.raw)):
            return "script"
        if case.strict and _PICTURE.search(piece.raw):
            return "picture"
        if _DISGUISED.search(piece.raw):
            return "script"
    return None


def foreign(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """A sentence in another language than the lessons."""
    if case.language not in words.FUNCTION_WORDS:
        return None
    for part in (piece, window):
        text = CODE.sub(" ", part.raw)
        tokens = words.words(words.fold(text)) if text != part.raw else part.tokens
        if len(tokens) < 3:
            continue
        name, count = words.guess_language(tokens)
        if name in {None, case.language}:
            continue
        own = words.function_words(tokens, case.language)
        if count >= 2 and count > own + (0 if part is piece else 2):
            return "language"
    return None
