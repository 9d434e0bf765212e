"""Which options a text names by letter, number or place."""

import re
from collections.abc import Mapping
from typing import Final

from app.services.tutor.language.piece import Piece
from app.services.tutor.language.table import LANGUAGES, alternatives

_COPULA: Final = alternatives(lambda one: one.copula)
_NOT: Final = alternatives(lambda one: one.negation)
_CHOICE: Final = alternatives(lambda one: one.choice)
_CHOOSE: Final = alternatives(lambda one: one.choose)
_LINK: Final = alternatives(lambda one: one.link)
_ARTICLE: Final = "the|der|die|das|den|la|las|el|le|les"
_JUDGED: Final = alternatives(lambda one: one.verdict)
_MARKUP: Final = r"[\s:=\-(\"'*`\[]"
# After a noun for options, or a verb of choosing.
_CALLED: Final = re.compile(
    rf"\b(?:{_CHOICE}|{_CHOOSE}){_MARKUP}{{1,4}}(?:(?:{_COPULA}|{_ARTICLE}){_MARKUP}{{1,4}}){{0,2}}$"
    rf"|\b(?:{_CHOICE}|{_CHOOSE})(?: \w+){{0,3}} (?:{_ARTICLE}) $"
)
_BEFORE: Final = re.compile(
    rf"(?:^|[.,:;!?|>(\[\n\u2014\u2013+]|\b(?:{_COPULA}|{_NOT}|{_ARTICLE}|{_LINK})\b){_MARKUP}*$"
)
_END: Final = r"[)\]\"'*`\u201d\u00bb]*\s*(?:$|[.,:;!?|)\]\n\u2013\u2014+]"
_AFTER: Final = re.compile(rf"{_END}|-\s|\b(?:{_COPULA}|{_LINK}|{_NOT}|{_CHOICE}|{_JUDGED})\b)")
_CLOSED: Final = re.compile(rf"{_END})")
_NOUN: Final = re.compile(rf" (?:{_CHOICE})\b")
# Letters that are words as well.
_WORDS: Final = frozenset("aeo")
_BARE: Final = re.compile(rf"(?:^|[:|\n]|\b(?:{_COPULA}|so|also)\b){_MARKUP}*$")
_IS: Final = re.compile(rf"\s(?:{_COPULA})\s")
_LETTER: Final = r"(?<![\w'$\\+-])[a-h](?![\w'#]|[+-]\w|\s?[=^])"
# Within a sentence `A` is no article.
_CAPITAL: Final = re.compile(r"(?<=[^\W\d.!?:] )A(?![\w'\u2019-])|\u2192\s?A\b")
_JOIN: Final = (
    rf"\W{{0,4}}(?:[,/&+]|\b(?:{_LINK}|{_NOT})\b)\W{{0,3}}(?:(?:{_NOT}|{_LINK})\W{{1,3}})?"
)
_RUN: Final = re.compile(rf"{_LETTER}(?:{_JOIN}{_LETTER})*")
_FIGURES: Final = re.compile(rf"(?<![\w.,])[1-8](?:{_JOIN}[1-8])*(?![\w%]|[.,]\d)")
_COUNTS: Final = {
    word: at
    for one in LANGUAGES.values()
    for at, word in enumerate(one.units.split())
    if word != "-" and 0 < at < 9
}
_CODE: Final = re.compile(r"`[^`]{4,}`")
_COUNT: Final = re.compile(rf"\b(?:{'|'.join(_COUNTS)})\b")
# Two numbers at least, and nothing else.
_ONLY: Final = re.compile(
    rf"\W*(?:[1-8]|{_COUNT.pattern})(?:(?:\W|\b(?:{_LINK})\b){{1,6}}(?:[1-8]|{_COUNT.pattern}))+\W*"
)
_LABELLED: Final = re.compile(rf"(?:{alternatives(lambda one: one.label)})$")
_ORDINALS: Final = [
    re.compile(rf"\b(?:{'|'.join(names)})\b(?: (?P<count>[2-5]|{'|'.join(_COUNTS)})\b(?!\s?%))?")
    for names in zip(*(one.ordinals.split() for one in LANGUAGES.values()), strict=True)
]
_FROM_BEHIND: Final = {5: 1, 6: 2}
_POINTED: Final = re.compile(rf"\b(?:{_ARTICLE}|{_CHOOSE}){_MARKUP}+$")


def places(piece: Piece, marks: Mapping[str, int], most: int, *, is_about: bool = True) -> set[int]:
    """The places of the options that are named, from 0.

    `marks` are their letters with their places, `most` how many there are. Where a turn is about
    something else, and in a question, `the second` may be anything.
    """
    text = _CODE.sub(" ", piece.folded)
    found: set[int] = set()
    for run in _RUN.finditer(text):
        letters = re.findall(_LETTER, run[0])
        before, after = text[: run.start()], text[run.end() :]
        if any(one in marks for one in letters) and _is_named(letters, before, after):
            found |= {marks[one] for one in letters if one in marks}
    if is_about and "a" in marks and _CAPITAL.search(piece.plain):
        found.add(marks["a"])
    if not found and _ONLY.fullmatch(text):
        found |= {_value(one) - 1 for one in re.findall(rf"[1-8]|{_COUNT.pattern}", text)}
    for run in _FIGURES.finditer(text):
        before = text[: run.start()]
        is_called = _CALLED.search(before) and piece.code != piece.plain
        if is_called and not _LABELLED.search(before.rstrip()):
            found |= {int(one) - 1 for one in re.findall(r"\d", run[0])}
    for count in _COUNT.finditer(text):
        if re.search(rf"\b(?:{_CHOICE}) $", text[: count.start()]) and _AFTER.match(
            text[count.end() :]
        ):
            found.add(_COUNTS[count[0]] - 1)
    if not is_about or piece.is_question:
        return {one for one in found if 0 <= one < most}
    for at, pattern in enumerate(_ORDINALS):
        for one in pattern.finditer(text):
            if not _is_pointed(text, one):
                continue
            many = _value(one["count"] or "1")
            first = most - _FROM_BEHIND[at] if at in _FROM_BEHIND else at
            found |= set(range(most - many, most) if at == 5 else range(first, first + many))
    return {one for one in found if 0 <= one < most}


def _value(number: str) -> int:
    return int(number) if number.isdigit() else _COUNTS[number]


def _is_named(letters: list[str], before: str, after: str) -> bool:
    """Whether letters between two texts stand for options."""
    if _CALLED.search(before):
        return len(letters) > 1 or letters[0] not in _WORDS or not re.match(r" [a-z]{3}", after)
    if not all(one in _WORDS for one in letters):
        return len(letters) > 1 or bool(_BEFORE.search(before) or _AFTER.match(after))
    if _BARE.search(before):
        return bool(_CLOSED.match(after) or (not before.strip() and _IS.match(after)))
    return bool(re.search(r"[(*`\"]$", before) and re.match(r"[)*`\"]", after))


def _is_pointed(text: str, one: re.Match[str]) -> bool:
    """Whether a place stands for an option: not `first, read`, nor `the second paragraph`."""
    before, after = text[: one.start()], text[one.end() :]
    if _CALLED.search(before):
        return bool(_AFTER.match(after))
    if not before.strip(" *\"'`("):
        # An adverb, mostly.
        return bool(_CLOSED.fullmatch(after) or _NOUN.match(after))
    return bool(_POINTED.search(before) and (_AFTER.match(after) or one["count"]))
