"""Whether a text states the answer to a question that it is about.

Each check compares a sentence, and the text that it ends, with one question, and returns the kind
of statement or None.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from itertools import product
from typing import Final

from app.services.tutor.items import Item, Text, is_small
from app.services.tutor.language import numbers as numerals
from app.services.tutor.language import words
from app.services.tutor.language.piece import Piece, covered
from app.services.tutor.language.places import places
from app.services.tutor.language.table import alternatives

# The kind of a statement.
Kind = str | None


def _any(*patterns: str) -> str:
    return rf"\b(?:{'|'.join(patterns)})\b"


_YES: Final = alternatives(lambda one: one.yes)
_NO: Final = alternatives(lambda one: one.no)
_JUDGED: Final = alternatives(lambda one: one.verdict)
_CLAIM: Final = alternatives(lambda one: one.claim)
_COPULA: Final = alternatives(lambda one: one.copula)
_LINK: Final = alternatives(lambda one: one.link)
NEGATION: Final = re.compile(_any(alternatives(lambda one: one.negation)))
_HEDGE: Final = re.compile(_any(alternatives(lambda one: one.hedge)))
QUIZ: Final = re.compile(_any(alternatives(lambda one: one.quiz)))
# An option by its letter, which only a quiz has.
LETTERED: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.choice, alternatives(lambda one: one.choose))})"
    rf"\W{{1,3}}(?:(?:{_COPULA})\W{{1,3}})?[a-h]\b"
    r"(?!'|\u2019|\s\w{3})"
)
ANSWER: Final = re.compile(_any(alternatives(lambda one: one.answer)))
_STOP: Final = r"\W{0,3}(?:$|[.,;:!)\u2014\u2013|\n*\"\u201d\u00bb]|\s-\s"
_MARK: Final = "\u2705\u2714\u2713\u2611\u274c\u2716\u2717\u2718\u274e"
# A verdict as a clause, or what is said of a statement; not `the right word`, nor `to the right`.
_SPOKEN: Final = re.compile(
    rf"(?:^|[.,!:;|\u2014]|\b(?:{_LINK}|{_COPULA}|say|answers?|lautet))\W{{1,4}}"
    rf"(?:{_YES}|{_NO}){_STOP})|^\W{{0,4}}(?:{_YES}|{_NO}){_STOP})"
    rf"|\b(?<!the )(?<!das )(?<!la )(?<!le )(?:{_JUDGED})"
    rf"(?:{_STOP}|\s(?:{_LINK})\b)|\s(?:box|option)\b)"
    rf"|^(?:\W*\w+){{0,2}}\W+(?:{_YES}|{_NO})\W*$|[{_MARK}]|^\W*[tfwrv]\b(?:\W*$|[,.:;])"
    rf"|{_any(alternatives(lambda one: one.holds))}"
)
_AFFIRMED: Final = re.compile(
    rf"(?:^|[.!:;\u2014]\s?)\W{{0,4}}(?:{_YES})\s*(?:$|[.,;:!\u2014\u2013)])"
    rf"|\b(?:{_CLAIM}) (?:\w+ ){{0,2}}(?:{_YES})\b"
)
# A verdict between quotation marks, or one that is recommended, by its letter too.
_DECLARED: Final = re.compile(
    rf"[\"'`*\u201c\u201e\u00ab\u00bb]\s?(?:{_JUDGED})\W{{0,2}}[\"'`*\u201c\u201d\u00ab\u00bb]"
    rf"|\b(?:{alternatives(lambda one: one.choose)}|{alternatives(lambda one: one.answer)})\b"
    rf"(?:\W+\w+){{0,3}}?\W+(?:(?:{_JUDGED})\b|(?:{_YES}|{_NO})(?={_STOP}|\s(?:{_LINK})\b))"
    r"|[tfwvr]\W*$)"
)
_STATEMENT: Final = (
    r"(?:statement|claim|aussage|behauptung|afirmacion|enunciado|affirmation|enonce)s?\b"
)
# A verdict that can be about nothing but a statement.
_CALLED: Final = re.compile(
    rf"\b{_STATEMENT}\W+(?:\w+\W+){{0,3}}?(?:{_JUDGED}|{alternatives(lambda one: one.holds)})\b"
    rf"|\b(?:{_JUDGED}) {_STATEMENT}"
)
# Both verdicts, or one twice, say none.
_EITHER: Final = re.compile(
    rf"\b(?:{_JUDGED}|{_YES}|{_NO}) (?:and|or|und|oder|y|o|et|ou) (?:{_JUDGED}|{_YES}|{_NO})\b"
)
_ANSWERED: Final = re.compile(r"\W*(?:yes|no|ja|nein|si|oui|non)\b")
_SEQUENCE: Final = re.compile(r"(?<![\w'])[a-h1-8](?:\W{1,4}(?:\w{1,5} )?[a-h1-8](?![\w'])){2,}")
_PAIR: Final = re.compile(
    r"(?<![\w'])([a-h1-8])\)?\s*(?:[-\u2013\u2014\u2192=:\u2192|>]+\s*)([a-z1-8])(?![\w'])"
)
_LABEL: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.label)})(?:\s|\s?#|\snr\.?\s|\sno\.?\s)?$"
)
# A question that opens with a question word wants more than yes or no.
_OPENING: Final = re.compile(rf"\W*(?:{alternatives(lambda one: one.asking)})\b")
# Between money and coins.
_COINS: Final = re.compile(rf"\s?(?:{alternatives(lambda one: one.parted)}|[\u20ac$\u00a3])\s?")
_CONNECTED: Final = re.compile(
    r"\s*(?:[-\u2013\u2014]|to|and|bis|und|y|a|et|\u00e0)\s*[$\u20ac\u00a3]?\s*"
)
_SAID: Final = re.compile(rf"(?:^|[=:(]|\b(?:{_COPULA}|returns?|gives?|makes?|only|get))\W*$")
# `One of them` counts nothing.
_FEW: Final = 2
# `The two dates` are known before.
_KNOWN: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.known)})\s$")
_PARTITIVE: Final = frozenset({"of", "de", "der", "des", "von"})
# A sentence of so many words is about nothing else.
_SHORT: Final = 3
_RESTATED: Final = 0.6
# What an option has in a sentence, and how much more than every other one.
_HELD: Final = 0.6
_APART: Final = 0.2
# The same in a sentence that is no question.
_HINTED: Final = 0.3
# Where a verdict begins that answers, in letters.
_OPENED: Final = 12
# Usual words are about a question where so much of it is repeated.
_TOLD: Final = 0.25
_DENIED: Final = 0.12
_ASSERTED: Final = 0.5
_SHARED: Final = 0.1
_ASKED: Final = 0.2


class Nearness(IntEnum):
    """How near a turn is to a question: about it, or perhaps about it, among others."""

    FAR = 0
    NEAR = 1
    CLOSE = 2
    ABOUT = 3


@dataclass(frozen=True, slots=True)
class Learner:
    """What the learner said that bears on one question.

    Attributes:
        guessed: keys that they named, or that another question of the turn names, by place.
        numbers: the numbers that they named.
        is_right: one of their guesses is the answer.
        is_open: they ask for more than yes or no.
        asks_verdict: they ask whether something of the question is so.
        share: how much of the question they repeat, 0 to 1.
    """

    guessed: frozenset[int] = frozenset()
    numbers: frozenset[float] = frozenset()
    is_right: bool = False
    is_open: bool = True
    asks_verdict: bool = False
    share: float = 0.0


NOBODY: Final = Learner()


def learner_of(item: Item, said: Piece, known: Piece) -> Learner:
    """What messages say of a question.

    Args:
        said: the messages. Who copies a question with its options has not guessed.
        known: the same with the other questions that the turn is about.
    """
    keys = [(at, key) for at, key in enumerate(item.keys) if key.is_in(known)]
    share = item.restated(said.stems)
    copied = share >= _RESTATED or any(one.is_in(said) for one in item.others)
    guessed = frozenset(at for at, key in keys if not copied or not key.is_in(said))
    values = frozenset(value for _, _, value in numerals.figures(said.folded))
    is_right = any(_close(value, item) for value in values - item.numbers) or (
        not copied and any(key.is_in(said) for _, key in keys)
    )
    is_open = _OPENING.match(said.folded) is not None
    return Learner(guessed, values, is_right, is_open, not is_open and share >= _ASKED, share)


def _text(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    is_about = nearness is Nearness.ABOUT
    announced = ANSWER.search(piece.folded) or _SPOKEN.search(piece.folded)
    for at, key in enumerate(item.keys):
        if not is_about and (
            key.is_phrase
            or (key.literal is None and key.weights and key.weights.keys() <= item.asked.keys())
        ):
            # Words of the question itself, or usual ones.
            continue
        if nearness is not Nearness.ABOUT and not key.is_whole_in(piece):
            told = item.restated(window.stems)
            if key.is_usual and told < _TOLD and not (told and nearness is Nearness.CLOSE):
                continue
            if item.options and nearness is Nearness.NEAR and not told:
                continue
        if announced or at not in learner.guessed:
            # A key of a few words may go on over the end of a sentence.
            is_begun = is_about and not item.options and not piece.stems.isdisjoint(key.weights)
            if key.is_in(piece) or (is_begun and key.is_in(window)):
                return "text"
    if len(item.others) > 1 and item.keys:
        # To rule out all others is to state the answer; so is to name all others.
        text = window if NEGATION.search(window.folded) else piece
        if all(one.is_in(text) for one in item.others):
            return "elimination"
        is_close = nearness >= Nearness.CLOSE and len(item.places) == 1
        if is_close and NEGATION.search(piece.folded) and not piece.is_question:
            named = [not piece.stems.isdisjoint(one) for one in item.distinct]
            if [at for at, is_named in enumerate(named) if not is_named] == [*item.places]:
                return "elimination"
    return None


def _more(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    """More of what only the right option has than of what is in each other one."""
    if nearness < Nearness.CLOSE or len(item.places) != 1 or learner.guessed:
        return None
    [place] = item.places
    wrong = [at for at in range(len(item.contrast)) if at != place]
    share = [covered(dict(one), piece.stems, piece.squeezed) for one in item.contrast]
    weight = [one * sum(own.values()) for one, own in zip(share, item.contrast, strict=True)]
    has_figures = any(one.isdigit() for own in item.contrast for one in own)
    is_strict = nearness is Nearness.ABOUT and not (piece.is_question or has_figures)
    if not wrong or share[place] < (_HINTED if is_strict else _HELD):
        return None
    lead = max(min(one[place] - one[at] for at in wrong) for one in (share, weight))
    return "text" if lead >= _APART else None


def _number(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    if item.value is None:
        return None
    text = piece.folded
    free = learner.numbers - item.numbers
    announced = bool(ANSWER.search(text) or _AFFIRMED.search(text))
    spans = numerals.all_in(text)
    is_about = nearness is Nearness.ABOUT
    said = 1.0 if is_about else max(item.restated(piece.stems), learner.share)
    if not is_about and item.value in item.numbers:
        # A number of something else.
        return None
    least = _SHARED if nearness else _TOLD
    lasting = numerals.durations(text) if item.times else {}
    for start, end, value in spans:
        if is_small(value) and said < least:
            continue
        values = [value, value / 100, value * 100] if item.is_percent else [value]
        if more := _COINS.match(text, end):
            part = next((one for at, _, one in spans if at == more.end()), 0.0)
            values.append(value + part / 100)
        # In the unit of the question or in another one.
        times = [lasting[start] * item.value / one for one in item.times if start in lasting]
        if value not in free and any(_close(one, item) for one in times):
            return "number"
        if not any(_close(one, item) for one in values):
            continue
        if (value not in free or announced) and _answers(item, text, start, end, value, is_about):
            return "number"
    width = max(4 * item.tolerance, 0.3 * abs(item.value))
    for (_, end, low), (start, _, high) in product(spans, repeat=2):
        if (
            start >= end
            and low <= item.value <= high
            and high - low <= width
            and _CONNECTED.fullmatch(text[end:start])
            and not {low, high} & free
        ):
            return "number"
    return None


def _close(value: float, item: Item) -> bool:
    return item.value is not None and abs(value - item.value) <= (
        item.tolerance + 1e-9 * max(1.0, abs(item.value))
    )


def _answers(item: Item, text: str, start: int, end: int, value: float, is_about: bool) -> bool:
    """Whether a number stands for itself: not the number of a step, nor `3` of `3 reasons`."""
    if _LABEL.search(text[:start]) or re.search(r"[^\W\d]-$", text[:start]):
        return False
    if is_small(value) and _KNOWN.search(text[:start]):
        return False
    if text[start:end] == "one" and not _SAID.search(text[:start]):
        # `The other one`.
        return False
    if not is_small(value) or len(text.split()) <= _SHORT:
        return True
    after = re.match(r"[\s-]*([^\W\d_]+)", text[end:])
    if after is None or numerals.is_unit(after[1]):
        return True
    if after[1] in _PARTITIVE and value <= _FEW:
        return False
    asked = item.restated(frozenset({after[1]})) > 0 or after[1][:4] in words.squeeze(
        words.fold(item.prompt)
    )
    return asked or (is_about and len(after[1]) <= 3)


def _choice(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    if item.order_places:
        order = "".join(map(chr, item.order_places))
        for run in _SEQUENCE.findall(piece.folded):
            marks = re.findall(r"(?<![\w'])[a-h1-8](?![\w'])", run)
            listed = "".join(chr(ord(one) - ord("1" if one.isdigit() else "a")) for one in marks)
            if len(listed) >= max(2, len(order) - 1) and listed in order:
                return "order"
        return None
    most = len(item.options)
    named = places(piece, item.marks, most, is_about=nearness >= Nearness.CLOSE)
    others = frozenset(item.marks.values()) - item.places
    if named and named <= item.places:
        return "choice"
    if others and named | (places(window, item.marks, most) if named else set()) == others:
        return "elimination"
    judged = ANSWER.search(piece.folded) or re.search(rf"\b(?:{_JUDGED})\b", piece.folded)
    is_told = named & item.places and not (named >= item.places | others or piece.is_question)
    return "choice" if is_told and judged else None


def _verdict(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    text = _EITHER.sub(" ", piece.folded).strip()
    if item.verdict is None:
        is_told = nearness is Nearness.ABOUT and learner.is_right and _AFFIRMED.search(text)
        return "verdict" if is_told else None
    is_about = nearness is Nearness.ABOUT
    if piece.is_question:
        return None
    hedge, repeated = _HEDGE.search(text), item.restated(piece.stems)
    if not hedge and _CALLED.search(text):
        return "verdict"
    if not (is_about or hedge) and repeated >= _ASSERTED:
        return None if item.verdict is bool(NEGATION.search(text)) else "verdict"
    if nearness < Nearness.CLOSE and not learner.asks_verdict:
        return None
    if _DECLARED.search(text):
        return "verdict"
    spoken = _SPOKEN.search(text)
    if hedge and (spoken is None or hedge.start() < spoken.start()):
        return None
    if spoken and (
        is_about
        or (
            spoken.start() <= _OPENED
            and (learner.asks_verdict or not (learner.is_open or _ANSWERED.match(text)))
        )
    ):
        return "verdict"
    if not (is_about or learner.asks_verdict):
        return None
    denied = NEGATION.search(text)
    if item.verdict:
        return "verdict" if repeated >= _ASSERTED and not denied else None
    if denied and repeated >= _DENIED:
        near = words.words(text[denied.end() :])[:3]
        if repeated >= _RESTATED or item.restated(
            frozenset(one for one in piece.stems if any(word.startswith(one[:5]) for word in near))
        ):
            return "verdict"
    return None


def _order(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    if len(item.order) < 2 or not any(one.is_in(piece) for one in item.order):
        return None
    places = [_where(one, window) for one in item.order]
    said = [place for place in places if place >= 0]
    least = len(places) if len(places) <= 3 else len(places) - 1
    return "order" if len(said) >= least and said == sorted(set(said)) else None


def _where(text: Text, piece: Piece) -> int:
    """Where a text is first named, in letters; -1 when it is not."""
    place = piece.squeezed.find(text.core)
    found = [piece.squeezed.find(stem[:6]) for stem in text.weights]
    return place if place >= 0 else min(found, default=-1)


def _pair(item: Item, piece: Piece, window: Piece, learner: Learner, nearness: Nearness) -> Kind:
    marks = _PAIR.findall(piece.folded)
    for left, right, left_marks, right_marks in item.pairs:
        is_marked = any(one in left_marks and other in right_marks for one, other in marks)
        if is_marked or (right.is_in(piece) and left.is_in(piece)):
            return "pair"
    return None


# In this order; the first that finds something counts.
CHECKS: Final[tuple[Callable[[Item, Piece, Piece, Learner, Nearness], Kind], ...]] = (
    _text,
    _more,
    _number,
    _choice,
    _verdict,
    _order,
    _pair,
)


def states(
    item: Item,
    piece: Piece,
    window: Piece,
    learner: Learner = NOBODY,
    nearness: Nearness = Nearness.ABOUT,
) -> str | None:
    """The kind of statement that a sentence makes of the answer, or None.

    Args:
        window: the sentence and what was said before it.
        learner: what the learner has said of the question; they may be told that.
        nearness: of the turn to the question. The farther, the more a statement must have to do
            with it: a number is said of its words, a verdict answers a question with yes or no.
    """
    for check in CHECKS:
        if (found := check(item, piece, window, learner, nearness)) is not None:
            return found
    return None
