"""Numbers: said, spoken, computed, or put together from others."""

import re
from itertools import pairwise
from typing import Final

from app.services.tutor.guard.case import Case
from app.services.tutor.guard.piece import Piece
from app.services.tutor.language import cues, words
from app.services.tutor.language import numbers as numerals
from app.services.tutor.language.table import LANGUAGES, alternatives
from app.services.tutor.teach.items import Item

_LIST_NUMBER: Final = re.compile(r"(?:^|\n)\s*(?:[-*>#]+\s*)?\d{1,2}[.)]\s")
_ROMAN: Final = re.compile(
    r"(?<![\w'])(?=[MDCLXVI]{2,})M{0,4}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![\w'])"
)
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_OPERATOR: Final = re.compile(
    r"\s*(?:([+*/\u00d7\u00b7x:\u00f7\u2212-])"
    rf"|({alternatives(lambda one: one.plus)})|({alternatives(lambda one: one.minus)})"
    rf"|({alternatives(lambda one: one.times)})|({alternatives(lambda one: one.over)})"
    rf"|({alternatives(lambda one: one.loosely)}))\s*(?:ms\s*|the\s*)?"
)
_SECONDS: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.seconds)})\b")
_FACTORS: Final = {
    word: factor for one in LANGUAGES.values() for word, factor in one.factors.items()
}
_ROOTS: Final = alternatives(lambda one: one.roots)
_TWICE: Final = re.compile(rf"\b({'|'.join(_FACTORS)}|{_ROOTS})\b[^\d]{{0,24}}$")


def numbers(case: Case, piece: Piece, window: Piece, near: frozenset[str]) -> str | None:
    """A numeric answer; in a turn about a numeric question, any number of its own."""
    if not case.numeric:
        return None
    said, values = _values(case, words.one_line(_LIST_NUMBER.sub("\n", piece.folded)))
    cue = piece.has(cues.ANSWER)
    if case.strict:
        values += [
            float(_roman(match[0])) for match in _ROMAN.finditer(piece.raw) if len(match[0]) >= 2
        ]
    for item, distinctive in case.numeric if values else ():
        assert item.value is not None
        on = item.id in near
        beside = item.id in case.beside and (item.value >= 10 or item.value % 1 != 0)
        if not (on or beside or distinctive or cue or case.generic):
            continue
        exact = values if on or beside or distinctive or cue else ()
        if any(_close(value, item) if on else value == item.value for value in exact):
            return "number"
        milli, scales = case.units[item.id]
        if milli and piece.has(_SECONDS):
            scales = (1000.0, *scales)
        scaled = [value * factor for value in values for factor in scales]
        if (on or case.generic) and any(_close(value, item) for value in scaled):
            return "number"
        # A computed value may differ by the tolerance; a stated number must match exactly.
        if distinctive and (
            any(abs(value - item.value) < 1e-9 for value in scaled)
            or any(_close(value, item) for value in scaled[len(said) :])
        ):
            return "number"
        if on:
            digits = f"{item.value:g}"
            if len(digits) >= 2 and digits.isdigit():
                apart = r"(?<!\d)" + r"\W{1,3}".join(digits) + r"(?!\d)"
                if re.search(apart, window.folded):
                    return "number"
    if case.is_numeric_turn:
        for value in said:
            if (value > 3 or value % 1) and not any(
                abs(value - known) <= 1e-9 * max(1.0, abs(value)) for known in case.whitelist
            ):
                return "number"
    return None


def _values(case: Case, text: str) -> tuple[list[float], list[float]]:
    """The numbers that a text says, and those that its simple sums and products come to."""
    for known in case.lists:
        text = text.replace(known, " ")
    spans = numerals.figures(text)
    values = [value for _, _, value in spans]
    values += numerals.spoken(words.words(text))
    said = list(values)
    for (_, end, left), (start, _, right) in pairwise(spans):
        if start < end:
            continue
        between = _OPERATOR.fullmatch(text[end:start])
        if between is None:
            continue
        sign, plus, minus, times, over, loose = between.groups()
        if plus or loose or sign == "+":
            values.append(left + right)
        if minus or sign in {"-", "\u2212"}:
            values.append(left - right)
        if times or sign in {"*", "\u00d7", "\u00b7", "x"}:
            values.append(left * right)
        if (over or sign in {"/", ":", "\u00f7"}) and right:
            values.append(left / right)
    for start, _, value in spans:
        factor = _TWICE.search(text[:start])
        if factor is not None:
            name = factor[1]
            values.append(value * _FACTORS[name] if name in _FACTORS else value**0.5)
    return said, values


def _close(value: float, item: Item) -> bool:
    if item.value is None:
        return False
    return abs(value - item.value) <= item.tolerance + 1e-9 * max(1.0, abs(item.value))


def _roman(numeral: str) -> int:
    total = 0
    for at, sign in enumerate(numeral):
        value = _ROMAN_VALUES[sign]
        following = _ROMAN_VALUES[numeral[at + 1]] if at + 1 < len(numeral) else 0
        total += -value if value < following else value
    return total
