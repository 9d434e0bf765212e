"""Numbers in figures and in words."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Final

from app.services.tutor.language.spec import Language
from app.services.tutor.language.table import LANGUAGES, alternatives, vocabulary


def _numerals(language: Language) -> dict[str, int]:
    """Units and tens of a language, without those that are articles or other words as well."""
    units = {word: value for value, word in enumerate(language.units.split())}
    tens = {word: 20 + 10 * place for place, word in enumerate(language.tens.split())}
    return {word: value for word, value in (units | tens).items() if word != "-"}


NUMERALS: Final = {
    word: value
    for one in LANGUAGES.values()
    for word, value in (_numerals(one) | dict(one.numerals)).items()
}
_SCALES: Final = {word: value for one in LANGUAGES.values() for word, value in one.scales.items()}
_AND: Final = vocabulary(lambda one: one.number_and)
_DECIMAL: Final = vocabulary(lambda one: one.decimal)
# German writes a number as one word. `null` and `ein` count only inside it.
_GERMAN_PARTS: Final = _numerals(LANGUAGES["de"]) | {"null": 0, "ein": 1}
_GERMAN_PIECE: Final = re.compile(
    "|".join(sorted([*_GERMAN_PARTS, "hundert", "tausend", "und"], key=len, reverse=True))
)
# Numerals at the end of a number only.
_ARTICLES: Final = frozenset({"un", "une", "uno", "una"})
_TIMES: Final = frozenset({"times", "mal", "veces", "fois"})
_GERMAN_NUMBER: Final = re.compile(f"(?:{_GERMAN_PIECE.pattern})+")
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_JOINED: Final = re.compile(r"[\s-]+")
_PERCENT: Final = re.compile(alternatives(lambda one: one.percent))
_PERCENT_SIGN: Final = re.compile(rf"\s?%|[\s-]+(?:{_PERCENT.pattern})\b")
_DIGIT: Final = re.compile(r"\d")
_FIGURE: Final = re.compile(
    r"(?<![\w.,])(?:0x(?P<hex>[0-9a-f]{1,12})|0b(?P<bin>[01]{1,40})|"
    r"(?P<int>(?=\.\d)|\d{1,3}(?:(?P<sep>[.,'\u2019\u00a0\u2009\u202f _])\d{3}(?!\d))+|\d+)"
    r"(?:(?P<point>[.,])(?P<frac>\d+))?"
    r"(?:\s?(?:e|[*·\u00d7x]\s?10\s?(?:\^|\*\*))\s?(?P<exp>[+-]?\d{1,2})(?!\d))?"
    r"(?P<kilo>\s?k)?)(?![\w])",
    re.IGNORECASE,
)


def _by_word(listed: Callable[[Language], Mapping[str, str]]) -> dict[str, int]:
    return {
        word: int(number)
        for one in LANGUAGES.values()
        for number, some in listed(one).items()
        for word in some.split()
    }


_PARTS: Final = _by_word(lambda one: one.parts)
_SECONDS: Final = _by_word(lambda one: one.times)
_TIME_WORD: Final = re.compile(rf"\b({'|'.join(_SECONDS)})\b")
_CLOCK: Final = re.compile(r"\b(\d{1,3}):([0-5]\d)\b")
_TIME: Final = re.compile(rf"[\s-]*{_TIME_WORD.pattern}")
_PART: Final = rf"(?P<part>{'|'.join(_PARTS)})\b"
_ONE: Final = r"(?:an?|one|eine?|une?)[\s-]+"
_AND_PART: Final = re.compile(
    rf"(?P<noun>\s+[^\W\d]+)?[\s-]+(?:{'|'.join(_AND)})[\s-]+(?:{_ONE})?{_PART}"
)
_OF_PART: Final = re.compile(rf"[\s-]+{_PART}")
_ONE_PART: Final = re.compile(rf"\b{_ONE}{_PART}")
_OVER: Final = re.compile(
    r"\s*[/\u2215\u00f7]\s*|\s+(?:out of|of|in|over|von|aus|durch|de|sobre|entre|sur|par)\s+"
)


def all_in(text: str) -> list[tuple[int, int, float]]:
    """The numbers of a text in figures and words: start, end, value.

    `Two and a half` is one; `nine hundredths`, `2 percent`, `8/25` and `8 out of 25` are read as
    one and as what they are made of.
    """
    found: list[tuple[int, int, float]] = []
    for start, end, value in [*figures(text), *in_words(text)]:
        if more := _AND_PART.match(text, end):
            found.append((start, more.end(), value + 1 / _PARTS[more["part"]]))
            if not more["noun"]:
                continue
        found.append((start, end, value))
        if more := _OF_PART.match(text, end):
            found.append((start, more.end(), value / _PARTS[more["part"]]))
        if percent := _PERCENT_SIGN.match(text, end):
            found.append((start, percent.end(), value / 100))
    whole = sorted(found)
    for (start, end, above), (after, close, below) in pairwise(whole):
        if below and end <= after and _OVER.fullmatch(text[end:after]):
            found.append((start, close, above / below))
    found += [(one.start(), one.end(), 1 / _PARTS[one["part"]]) for one in _ONE_PART.finditer(text)]
    return found


def units_of_time(text: str) -> frozenset[int]:
    """The seconds of each unit of time in a text."""
    return frozenset(_SECONDS[one] for one in _TIME_WORD.findall(text))


def durations(text: str) -> dict[int, float]:
    """By where they start, the seconds of durations such as `4 hours and 12 minutes` or `4:12`."""
    found = {one.start(): 3600.0 * int(one[1]) + 60 * int(one[2]) for one in _CLOCK.finditer(text)}
    first, last, unit = -1, -1, 0
    for start, end, value in sorted(all_in(text)):
        if (time := _TIME.match(text, end)) is None or start in found:
            continue
        seconds = _SECONDS[time[1]]
        goes_on = seconds < unit and re.fullmatch(r"\W*(?:and|und|y|et)?\W*", text[last:start])
        first = first if goes_on else start
        found[first] = found.get(first, 0.0) + value * seconds
        last, unit = time.end(), seconds
    return found


def figures(text: str) -> list[tuple[int, int, float]]:
    """The numbers in figures with where they stand: start, end, value.

    Reads `1,234.5`, `1.234,5`, `1 234`, `2e3`, `2·10^3`, `0x28`, `2k`. A single separator before
    three digits is read both ways.
    """
    found: list[tuple[int, int, float]] = []
    if not _DIGIT.search(text):
        return found
    for match in _FIGURE.finditer(text):
        if match["hex"] or match["bin"]:
            value = float(int(match["hex"], 16) if match["hex"] else int(match["bin"], 2))
            found.append((match.start(), match.end(), value))
            continue
        whole = re.sub(r"\D", "", match["int"]) or "0"
        if len(whole) > 15:
            continue
        factor = 10.0 ** int(match["exp"] or 0) * (1000.0 if match["kilo"] else 1.0)
        value = float(f"{whole}.{match['frac'] or 0}") * factor
        found.append((match.start(), match.end(), value))
        if match["sep"] and (match["sep"].isspace() or match["sep"] == "_"):
            # A list of numbers looks like one number in groups: both are read.
            found += [
                (match.start(), match.end(), float(part))
                for part in re.split(r"[\s_]", match["int"])
            ]
        parts = re.split(r"[.,]", match["int"])
        if match["sep"] in {".", ","} and len(parts) == 2 and not match["frac"]:
            found.append((match.start(), match.end(), float(f"{parts[0]}.{parts[1]}") * factor))
    return found


@lru_cache(maxsize=20_000)
def _german(word: str) -> float | None:
    """The value of a German number written as one word, such as `dreihundertsechsundsechzig`."""
    if word.endswith("einhalb") and (whole := NUMERALS.get(word[:-7])):
        return whole + 0.5
    if len(word) < 5 or not _GERMAN_NUMBER.fullmatch(word):
        return None
    total = group = 0
    for piece in _GERMAN_PIECE.findall(word):
        if piece == "tausend":
            total, group = total + max(group, 1) * 1000, 0
        elif piece == "hundert":
            group = max(group, 1) * 100
        elif piece != "und":
            group += _GERMAN_PARTS[piece]
    return total + group


def spoken(word: str) -> float | None:
    """The value of a folded word that is a number by itself."""
    value = NUMERALS.get(word)
    return _german(word) if value is None else value


def in_words(text: str) -> list[tuple[int, int, float]]:
    """The numbers written as words of any language of the tutor: start, end, value."""
    found: list[tuple[int, int, float]] = []
    total = group = 0.0
    fraction: str | None = None
    start = end = read = -1
    for match in [*_LETTERS.finditer(text), None]:
        token = match[0] if match else ""
        is_joined = match is not None and _JOINED.fullmatch(text[read : match.start()])
        read = match.end() if match else -1
        if start >= 0 and is_joined and token in _AND:
            continue
        if start >= 0 and is_joined and fraction is None and token in _DECIMAL:
            fraction = ""
            continue
        value: float | None = NUMERALS.get(token)
        if value is None and token == "null" and fraction is not None:
            value = 0
        if value is None and start >= 0 and is_joined and group >= 20 and token in _ARTICLES:
            value = 1
        scale = _SCALES.get(token) if fraction is None else None
        german = _german(token) if token and value is None and scale is None else None
        # `Four: two and two` are three numbers, and so are `one two three`.
        if value is None:
            goes_on = scale is not None
        else:
            goes_on = fraction is not None or not (value < 10 and group % 10)
        if start >= 0 and not (is_joined and goes_on):
            spoken = total + group + (float(f"0.{fraction}") if fraction else 0.0)
            found.append((start, end, spoken))
            total = group = 0.0
            fraction, start = None, -1
        if fraction is not None and value is not None and value < 10:
            fraction += f"{value:g}"
        elif value is not None:
            # `Nineteen eighty-nine` is a year.
            group = value + (100 * group if 10 < group <= 20 and value >= 10 else group)
            if group % 100 == 24 and token.startswith("vingt"):
                group += 56
        elif scale is not None:
            if scale == 100:
                group = max(group, 1) * 100
            else:
                total, group = total + max(group, 1) * scale, 0.0
        elif german is not None:
            group = german
        else:
            continue
        assert match is not None
        start = match.start() if start < 0 else start
        end = match.end()
    return found


def is_unit(word: str) -> bool:
    """Whether a word after a number belongs to it: per cent, thousand, times."""
    return word in _SCALES or word in _TIMES or _PERCENT.fullmatch(word) is not None
