"""The parts of the passages that answer a question, with a score.

Passages are cut into windows: a paragraph or a part of one, with the list or the code that it
announces. A linear model scores each window from what it and its headings hold of the question;
words weigh by their rarity in the course and in their language. The score compares the windows of
one question and, as 0 stands for no answer, tells whether there is one.
"""

import math
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise
from statistics import fmean, pstdev
from types import MappingProxyType
from typing import Final

from app.services.tutor.context import Context, Passage
from app.services.tutor.language import words
from app.services.tutor.language.rarity import is_listed, rarity, stem, stems
from app.services.tutor.language.table import known, vocabulary
from app.services.tutor.teach.intent import classify, plain
from app.services.tutor.teach.units import units

MAX_QUOTES: Final = 3
MAX_PASSAGES: Final = 2
# Characters of a window, and of what it announces.
_LONGEST: Final = 400
_MOST_ANNOUNCED: Final = 700
# A sentence that is shorter may be said twice.
_SHORT: Final = 20
# A conditional logit, fitted by `python -m tests.tutor.unseen.fit`: the probability that a window
# answers, against all others and against none, whose score is 0.
WEIGHTS: Final = MappingProxyType(
    {
        "base": -5.3,
        # Of the question's weight: in the window, in its first sentence, in the headings.
        "covered": 2.6,
        "first": 1.3,
        "headings": 4.0,
        # Of the question's words and pairs of neighbours, usual words too: in the window.
        "said": 1.4,
        "pairs": 2.8,
        # The window says what the word is that the question asks the meaning of.
        "defines": 1.7,
        "literal": 1.6,
        "code": -1.9,
        # The logarithm of its words; how many words of the question it has, in sixths.
        "length": 0.1,
        "count": 3.6,
        # Logarithms of the places in the ranking and in the lesson.
        "rank": -0.7,
        "place": -0.3,
        # Of the question: how many words up to six, in sixths; the weight of those that no
        # passage has.
        "words": 2.1,
        "unknown": -1.8,
        # How far the cosines of the question with the passage and with the window are above the
        # mean of all its passages, in standard deviations, above or below `_USUAL`; 0 where they
        # are not known. Cosines themselves differ from model to model.
        "likeness": 0.29,
        "alike": 0.225,
    }
)
_USUAL: Final = 1.55
# Cosines that are enough for a mean; the most deviations that count.
_FEWEST: Final = 3
_FARTHEST: Final = 4.0
# So many windows are compared by meaning; more gain nothing.
_COMPARED: Final = 8
# Words of small talk, and the rarity below which a word names no topic.
_EMPTY: Final = vocabulary(lambda one: f"{one.filler} {one.greeting}")
_PLAIN: Final = 0.35
# Of a related word: `infect` of `infection`, `datei` of `textdatei`.
_RELATED: Final = 0.7
_BASE = 0.1
# Of the words of the question before, with which a follow-up was searched for.
_BEFORE = 0.4
# Besides its signs, what makes a token of a question literal: `-F`, `!!`, `scl_slope`, `os.path`.
_LITERAL: Final = re.compile(r"-\w.*|-{1,2}|.*(?:[!?.]{2}|\w[_.]\w).*")
_PUNCTUATION: Final = frozenset(
    ".,;:?!'\"()\u2026\u2019-\u2013\u2014\u00a1\u00bf\u060c\u061f"
    "\u3001\u3002\u300c\u300d\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f"
)
_CODE: Final = re.compile(r"`([^`\n]+)`")
_TITLE: Final = re.compile(r"[^.!?…:\n\u3002\uff01\uff1f]{3,80}")
_SENTENCE: Final = re.compile(r"[.!?:…\u3002\uff01\uff1f\u104b\u17d4;]\W*\Z")
_ASIDE: Final = re.compile(r"\([^()]*\)")
_NEAR: Final = 3
_START: Final = 12
_QUOTES: Final = "\"'`()\u00a1\u00bf\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a question: its stem or, of signs, itself.

    `weight` is its share of the question, 0 to 1; `trust` is less than 1 for a correction and 0
    for a word that no passage contains.
    """

    text: str
    weight: float
    trust: float
    is_literal: bool = False


@dataclass(frozen=True, slots=True)
class Quotation:
    """A part of a passage, byte for byte."""

    passage: int
    text: str
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotations, best first, and how far the best of them answers.

    Attributes:
        score: that of the best window; see `WEIGHTS`.
        is_bare: the question has no word that a lesson could hold.
    """

    quotations: tuple[Quotation, ...] = ()
    score: float = -math.inf
    is_bare: bool = True


NONE: Final = Evidence()


# The question -------------------------------------------------------------------------------------


def literals(question: str, passages: Sequence[Passage]) -> list[str]:
    """The tokens of a question that are made of signs, with the word before or without it.

    A sign at the end of a token may end the sentence, and one alone may be a mere mark: the
    passages decide.
    """
    found = [code.strip() for code in _CODE.findall(question)]
    before = ""
    for token in question.split():
        bare = token.strip(_QUOTES)
        ended = bare.rstrip(".,;:!?")
        for one in dict.fromkeys((bare, ended)):
            has_signs = _has_signs(one)
            if not one or not (has_signs or _LITERAL.fullmatch(one)):
                continue
            phrase = f"{before} {one}" if before else one
            held = [text for text in (phrase, one) if any(_holds(text, p.body) for p in passages)]
            if held or (one == ended and has_signs):
                found.append(held[0] if held else _spelled(one, passages))
                break
        before = bare
    return list(dict.fromkeys(found))


def _spelled(literal: str, passages: Sequence[Passage]) -> str:
    """A name in the case in which a passage has it, `C++` for `c++`; options are left alone."""
    for passage in () if literal.startswith("-") else passages:
        at = passage.body.lower().find(literal.lower())
        text = passage.body[at : at + len(literal)]
        if text.lower() == literal.lower() and _holds(text, passage.body):
            return text
    return literal


def _has_signs(token: str) -> bool:
    """Whether a token has a sign that is no punctuation: `>>`, `$@`, `C++`, `*.txt`."""
    return any(unicodedata.category(one)[0] in "SP" and one not in _PUNCTUATION for one in token)


def terms(question: str, context: Context, language: str) -> list[Term]:
    """The words of a question with their weight, which sum to 1."""
    course = context.course.locale.partition("-")[0]
    most = max(1, context.passage_count)
    own = frozenset(words.words(words.fold(question)))
    stopwords = words.STOPWORDS.get(language, frozenset())
    found: dict[str, tuple[float, float, bool]] = {}
    for asked in context.words:
        if asked.frequency is None or words.fold(asked.word) in stopwords:
            continue
        word, frequency, trust = asked.word, asked.frequency, float(asked.frequency > 0)
        if asked.meant is not None and not is_listed(word, language):
            trust = max(0.1, 2 * SequenceMatcher(None, words.fold(word), asked.meant).ratio() - 1)
            word, frequency = asked.meant, asked.meant_frequency or 0
        idf = math.log(1 + (most - frequency + 0.5) / (frequency + 0.5))
        rare = rarity(asked.word, language)
        weight = idf * (_BASE + (1 - _BASE) * (rare if frequency else rare * rare))
        # Pairs of letters of a script without blanks are looked for as they are.
        is_pair = bool(words.letters_without_blanks(word))
        if is_pair and not frequency:
            # It may be the border of two words.
            weight /= 2
        text = word if is_pair else stem(word, course)
        if own and words.fold(asked.word) not in own:
            weight *= _BEFORE
        if weight > found.get(text, (0.0,))[0]:
            found[text] = (weight, trust, is_pair)
    heaviest = max((weight for weight, _, _ in found.values()), default=1.0)
    signs = literals(question, context.passages)
    parts = set(stems(" ".join(signs), course)) | set(signs)
    found = {
        text: held
        for text, held in found.items()
        if text not in parts and (text.isalnum() or not any(text in sign for sign in signs))
    }
    for literal in signs:
        held = sum(_holds(literal, passage.body) for passage in context.passages)
        found[literal] = (heaviest, float(held > 0), True)
    total = sum(weight for weight, _, _ in found.values())
    return [
        Term(text, weight / total, trust, is_literal)
        for text, (weight, trust, is_literal) in found.items()
        if total
    ]


def _is_bare(question: str, asked: Sequence[Term], language: str) -> bool:
    """Whether a question has no word of its own: thanks, greetings, hm?, "I don't know"."""
    if any(term.is_literal for term in asked):
        return False
    return all(
        word in _EMPTY or rarity(word, language) < _PLAIN
        for word in words.words(words.fold(question).replace("'", "").replace("\u2019", ""))
    )


def _common(one: str, other: str) -> str:
    end = 0
    while end < min(len(one), len(other)) and one[end] == other[end]:
        end += 1
    return one[:end]


@lru_cache(maxsize=50_000)
def credit(asked: str, said: str) -> float:
    """What a stem of a text counts for one of a question: 1, less for a relative, or 0."""
    if asked == said:
        return 1.0
    if len(asked) < 5 or len(said) < 5:
        return 0.0
    if asked[:5] != said[:5]:
        return _RELATED if asked.endswith(said) or said.endswith(asked) else 0.0
    longer = max(len(asked), len(said))
    is_part = asked.startswith(said) or said.startswith(asked)
    return _RELATED if is_part or len(_common(asked, said)) >= 0.8 * longer else 0.0


def _holds(literal: str, text: str) -> bool:
    """Whether a text has signs as a token of their own, or letters that need no blanks."""
    if words.letters_without_blanks(literal):
        return literal in text
    at = text.find(literal)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(literal) : at + len(literal) + 1]
        joins_before = (literal[0].isalnum() and before.isalnum()) or before == literal[0]
        joins_after = (literal[-1].isalnum() and after.isalnum()) or after == literal[-1]
        if not (joins_before or joins_after):
            return True
        at = text.find(literal, at + 1)
    return False


# The passages -------------------------------------------------------------------------------------

Credits = list[float]


@lru_cache(maxsize=2_048)
def _said(body: str, language: str) -> tuple[tuple[str, ...], ...]:
    """The stems of each unit of a passage, in order."""
    return tuple(tuple(stems(body[unit.start : unit.end], language)) for unit in units(body))


class _Asked:
    """The terms of a question, and what a stem of the passages counts for each."""

    def __init__(self, asked: Sequence[Term], language: str) -> None:
        self.terms = asked
        self._language = language
        self._words = [
            (place, term.text) for place, term in enumerate(asked) if not term.is_literal
        ]
        self._literals = [(place, term.text) for place, term in enumerate(asked) if term.is_literal]
        self._related: dict[str, list[tuple[int, float]]] = {}

    def credits(self, text: str, said: Iterable[str]) -> Credits:
        """What a text with these stems holds of each term."""
        found = [0.0] * len(self.terms)
        for one in said:
            if (related := self._related.get(one)) is None:
                related = self._related[one] = [
                    (place, held) for place, term in self._words if (held := credit(term, one))
                ]
            for place, held in related:
                found[place] = max(found[place], held)
        for place, literal in self._literals:
            found[place] = float(_holds(literal, text))
        return found

    def names(self, credits: Sequence[float]) -> bool:
        """Whether credits are of a literal token of the question."""
        return any(credits[place] for place, _ in self._literals)

    def share(self, credits: Sequence[float]) -> float:
        """The share of the question that credits are, 0 to 1."""
        return sum(
            term.weight * credit * (term.trust or 1.0)
            for term, credit in zip(self.terms, credits, strict=True)
        )


def _most(held: Sequence[Credits]) -> Credits:
    return held[0] if len(held) == 1 else [max(one) for one in zip(*held, strict=True)]


@dataclass(frozen=True, slots=True)
class Window:
    """Units of a passage that are quoted together, with the figures of `WEIGHTS`."""

    passage: Passage
    first: int
    last: int
    figures: tuple[float, ...]
    score: float

    @property
    def text(self) -> str:
        """All of it."""
        parts = units(self.passage.body)
        return self.passage.body[parts[self.first].start : parts[self.last].end]

    @property
    def quotations(self) -> Iterator[Quotation]:
        """A quotation for each paragraph; without a title or a caption."""
        parts = units(self.passage.body)
        start = self.first
        for at in range(self.first, self.last + 1):
            if at == self.last or parts[at + 1].block != parts[at].block:
                if not _is_caption(self.passage.body, start, at):
                    text = self.passage.body[parts[start].start : parts[at].end]
                    yield Quotation(self.passage.number, text, parts[at].kind == "code")
                start = at + 1


def _spans(body: str) -> Iterator[tuple[int, int]]:
    """The windows of a passage as first and last units.

    A paragraph that is too long makes several, which overlap. A line that ends with a colon and
    one that does not end as a sentence does, a title, take in what is below them.
    """
    parts = units(body)
    begin = 0
    while begin < len(parts):
        end = begin
        while end + 1 < len(parts) and parts[end + 1].block == parts[begin].block:
            end += 1
        done = -1
        for first in range(begin, end + 1):
            last = first
            while last < end and parts[last + 1].end - parts[first].start <= _LONGEST:
                last += 1
            if last > done:
                done = last
                yield first, _announced(body, last, is_alone=begin == last)
        begin = end + 1


def _announced(body: str, last: int, *, is_alone: bool) -> int:
    """The last unit of the list, table or code that a unit announces; else the unit."""
    parts = units(body)
    text = body[parts[last].start : parts[last].end]
    announces = text.endswith((":", "\uff1a")) or (is_alone and _TITLE.fullmatch(text))
    if not announces or last + 1 == len(parts) or parts[last + 1].block == parts[last].block:
        return last
    below = last + 1
    while below + 1 < len(parts) and parts[below + 1].block == parts[last + 1].block:
        if parts[below + 1].end - parts[last + 1].start > _MOST_ANNOUNCED:
            break
        below += 1
    return below


def _is_caption(body: str, first: int, last: int) -> bool:
    """Whether all of a paragraph is a line that does not end as a sentence does."""
    parts = units(body)
    text = body[parts[first].start : parts[last].end]
    is_all = (not first or parts[first - 1].block != parts[first].block) and (
        last + 1 == len(parts) or parts[last + 1].block != parts[last].block
    )
    is_text = parts[first].kind == "sentence" and is_all and "\n" not in text
    # Thai, Lao and Khmer end no sentence with a mark.
    return is_text and not _SENTENCE.search(text) and not words.letters_without_blanks(text)


# The choice ---------------------------------------------------------------------------------------


def find(question: str, context: Context, language: str) -> Evidence:
    """The evidence of a question in the language `language`."""
    asked = terms(question, context, language)
    ranked = sorted(windows(question, asked, context, language), key=lambda one: -one.score)
    is_bare = _is_bare(question, asked, language)
    said = "\n".join(words.squeeze(words.fold(one.content)) for one in context.history)
    # A learner who asks why, or does not understand, has read the earlier quotations.
    is_lost = is_bare or classify(question) == "stuck"
    new = [one for one in ranked if not (is_lost and _was_said(one, said))]
    return Evidence(
        quotations=tuple(_chosen(new or ranked)),
        score=ranked[0].score if ranked else -math.inf,
        is_bare=is_bare,
    )


def likeliest(question: str, context: Context, language: str) -> list[str]:
    """The texts of the windows that answer best by words: what to compare by meaning."""
    asked = terms(question, context, language)
    ranked = sorted(windows(question, asked, context, language), key=lambda one: -one.score)
    return list(dict.fromkeys(one.text for one in ranked[:_COMPARED]))


def _was_said(window: Window, said: str) -> bool:
    """Whether a sentence of a window was said; windows of a paragraph overlap."""
    body = window.passage.body
    told = units(body)[window.first : window.last + 1]
    folded = (words.squeeze(words.fold(body[one.start : one.end])) for one in told)
    return any(len(one) >= _SHORT and one in said for one in folded)


def windows(
    question: str, terms: Sequence[Term], context: Context, language: str
) -> Iterator[Window]:
    """The windows of all passages that hold something of the question."""
    course = context.course.locale.partition("-")[0]
    asked = _Asked(terms, course)
    spoken = stems(question, course)
    pairs = set(pairwise(spoken))
    main = max(terms, key=lambda term: term.weight, default=None)
    defines = _defines(question, terms, language, course)
    size = min(len(terms), 6) / 6
    unknown = sum(term.weight * (1 - term.trust) for term in terms)
    deviation = _deviation([one.likeness for one in context.passages if one.likeness is not None])
    # A window that was not compared is no nearer than the farthest that was.
    farthest = min(context.alike.values(), default=None)
    for passage in context.passages:
        body, parts, said = passage.body, units(passage.body), _said(passage.body, course)
        title = " ".join([passage.lesson_title, *passage.heading_path])
        headings = asked.share(asked.credits(title, stems(title, course)))
        held = [
            asked.credits(body[unit.start : unit.end], one)
            for unit, one in zip(parts, said, strict=True)
        ]
        for first, last in _spans(body):
            own = _most(held[first : last + 1])
            if not any(own):
                continue
            heard = [one for unit in said[first : last + 1] for one in unit]
            inside = parts[first : last + 1]
            is_code = inside[0].kind == inside[-1].kind == "code"
            alike = context.alike.get(body[inside[0].start : inside[-1].end], farthest)
            figures = (
                1.0,
                asked.share(own),
                asked.share(held[first]),
                headings,
                len(set(spoken) & set(heard)) / max(1, len(set(spoken))),
                len(pairs & set(pairwise(heard))) / max(1, len(pairs)),
                max(
                    _definition(defines, body[unit.start : unit.end], main, course)
                    for unit in inside
                )
                if defines and main
                else 0.0,
                float(asked.names(own)),
                float(is_code),
                math.log(1 + len(heard)),
                sum(map(bool, own)) / 6,
                math.log(passage.number),
                math.log(1 + passage.ord),
                size,
                unknown,
                deviation(passage.likeness),
                deviation(alike),
            )
            score = sum(map(operator.mul, WEIGHTS.values(), figures))
            yield Window(passage, first, last, figures, score)


def _deviation(cosines: Sequence[float]) -> Callable[[float | None], float]:
    """Measures a cosine in standard deviations above the mean of the passages, less `_USUAL`.

    0 for an unknown cosine, and where fewer than three passages have one.
    """
    if len(cosines) < _FEWEST:
        return lambda _: 0.0
    mean, unit = fmean(cosines), max(pstdev(cosines), 1e-6)

    def deviation(cosine: float | None) -> float:
        if cosine is None:
            return 0.0
        return max(-_FARTHEST, min(_FARTHEST, (cosine - mean) / unit)) - _USUAL

    return deviation


@lru_cache
def _meaning(code: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    asks, says = known(code).meaning
    return re.compile(rf"\b(?:{asks})\b"), re.compile(rf"\b(?:{says})\b")


def _defines(
    question: str, terms: Sequence[Term], spoken: str, course: str
) -> re.Pattern[str] | None:
    """The pattern of a definition in the language of the course, if the question asks for one.

    Who names a thing and nothing else asks what it is.
    """
    is_asked = len(terms) <= 2 or _meaning(spoken)[0].search(plain(question))
    return _meaning(course)[1] if is_asked else None


def _definition(says: re.Pattern[str], text: str, main: Term, course: str) -> float:
    """How well a text defines a term: what is explained comes first.

    "A shell is", "The shell runs", "-F marks".
    """
    if main.is_literal:
        return 1.0 if text.find(main.text, 0, len(main.text) + _START) >= 0 else 0.0
    said = words.fold(text).replace("'", "").replace("\u2019", "")
    found = says.search(said)
    if found and main.text in stems(_ASIDE.sub(" ", said[: found.start()]), course)[-_NEAR:]:
        return 1.0
    return 0.5 if main.text in stems(said[:80], course)[:_NEAR] else 0.0


def _chosen(ranked: Iterable[Window]) -> Sequence[Quotation]:
    """At most three quotations of two passages, none of which says what another does."""
    chosen: list[Quotation] = []
    taken: list[Window] = []
    for one in ranked:
        numbers = {each.passage.number for each in taken} | {one.passage.number}
        if len(chosen) == MAX_QUOTES or len(numbers) > MAX_PASSAGES:
            continue
        if any(
            one.passage is each.passage and one.first <= each.last and each.first <= one.last
            for each in taken
        ):
            continue
        quotations = list(one.quotations)
        if quotations and not all(_is_alike(each.text, chosen) for each in quotations):
            chosen += quotations[: MAX_QUOTES - len(chosen)]
            taken.append(one)
    return chosen


def _is_alike(text: str, chosen: Sequence[Quotation]) -> bool:
    """Whether a quotation says almost the same."""
    said = words.beginnings(words.fold(text))
    for one in chosen:
        held = words.beginnings(words.fold(one.text))
        if text in one.text or len(said & held) > 0.75 * max(1, min(len(said), len(held))):
            return True
    return False
