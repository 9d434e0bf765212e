"""A text prepared for comparison with keys."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.services.tutor.language import numbers, words
from app.services.tutor.language.rarity import rarity, stem
from app.services.tutor.language.table import known

CITATION: Final = re.compile(r"\[\d{1,3}(?:[\],;\u2013-]\s*\[?\d{1,3})*\]")
_EMPHASIS: Final = re.compile(r"\*{1,3}(?=\S)|(?<=\S)\*{1,3}|(?<![^\W_])_{1,2}|_{1,2}(?![^\W_])")
SPAN: Final = re.compile(r"`+([^`\n]+)`+")
# Signs that are emphasized, or that are all of a line, are meant as signs.
_SIGNS: Final = re.compile(
    r"(?<![*\w])(\*{1,3}|__?)([^\w\s]{1,4})\1(?![*\w])|^\s*(?:[-*+]\s+)?([^\w\s]{1,4})\s*$", re.M
)
_BULLET: Final = re.compile(r"(?m)^[ \t>]*(?:[-*+\u2022]|\d{1,3}[.)]|#{1,6})[ \t]+(?=\S)")
# Shorter stems are not looked for inside of words.
_LONG: Final = 6
# A word that everybody uses still says a little.
_LEAST: Final = 0.1


@dataclass(frozen=True, slots=True)
class Piece:
    """A text in the forms in which it is compared.

    Attributes:
        raw: without citations; `plain` also without emphasis and the marks of lists.
        folded: the plain text in lower case, without accents and apostrophes.
        code: the code in it, and signs that stand as code does, one piece a line.
    """

    raw: str
    plain: str
    folded: str
    tokens: tuple[str, ...]
    stems: frozenset[str]
    squeezed: str
    code: str

    @property
    def is_question(self) -> bool:
        """Whether it ends as a question does."""
        return self.raw.rstrip(" \"'*_\n\u201d)\u00bb").endswith(("?", "\uff1f"))


def prepare(raw: str, language: str, *, is_code: bool = False) -> Piece:
    """A text as words, stems and letters. Inside a fence all of it is code."""
    raw = CITATION.sub(" ", raw)
    plain = raw if is_code else _BULLET.sub("", _EMPHASIS.sub("", raw))
    folded = words.fold(plain).replace("'", "").replace("\u2019", "")
    tokens = words.words(folded)
    return Piece(
        raw,
        plain,
        folded,
        tuple(tokens),
        frozenset(_stem(token, language) for token in words.words(plain.lower())),
        words.squeeze(folded),
        plain
        if is_code
        else "\n".join([*SPAN.findall(raw), *(one[1] or one[2] for one in _SIGNS.findall(raw))]),
    )


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    """The stem of a word, of a numeral its figure, of `rises` and `grows` the same."""
    folded = words.fold(word)
    if (value := numbers.spoken(folded)) is not None:
        return f"{value:g}"
    for name, some in known(language).same.items():
        if folded in some.split():
            return f"={name}"
    return stem(word, language)


def weights(text: str, language: str) -> dict[str, float]:
    """The stems of a text by how much they say: rare words more than usual ones."""
    stopwords = known(language).stopwords.split()
    found: dict[str, float] = {}
    for word in words.words(text.lower()):
        if words.fold(word) not in stopwords:
            found[_stem(word, language)] = _LEAST + (1 - _LEAST) * rarity(word, language)
    return found


def covered(needed: dict[str, float], stems: frozenset[str], squeezed: str = "") -> float:
    """The share of the weight that a text holds, 0 to 1.

    Of a long stem also a part counts: inside of a word, or the first one of a compound.
    """
    total = sum(needed.values())
    held = sum(
        weight
        for one, weight in needed.items()
        if one in stems
        or (
            len(one) >= _LONG
            and (
                one[: max(_LONG, len(one) - 2)] in squeezed
                or any(one[:at] in stems for at in range(_LONG, len(one)))
            )
        )
    )
    return held / total if total else 0.0
