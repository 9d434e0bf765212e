"""What of the passages answers a question, and how far they support an answer.

Words weigh by their rarity in the course and in their language. A window of sentences is judged by
the share of that weight that it, its paragraph and its headings hold.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from app.services.tutor.context import Context, Passage
from app.services.tutor.language import words
from app.services.tutor.language.rarity import is_listed, rarity, stem, stems
from app.services.tutor.language.table import known, vocabulary
from app.services.tutor.teach.intent import plain
from app.services.tutor.teach.units import units

MAX_QUOTES: Final = 3
MAX_PASSAGES: Final = 2
_MOST_OF_ONE = 2
# Words of small talk, and the rarity below which a word names no topic.
_EMPTY: Final = vocabulary(lambda one: f"{one.filler} {one.greeting}")
_PLAIN: Final = 0.35
# First words of sentences that refer to the one before.
_BACK: Final = vocabulary(lambda one: one.back)
# What a term counts that stands in the paragraph or the headings only.
_IN_PARAGRAPH = 0.6
_IN_HEADING = 0.5
# Of a related word: `infect` of `infection`, `datei` of `textdatei`.
_RELATED: Final = 0.7
_LONGEST = 600
_MOST_SENTENCES = 2
_MOST_CODE: Final = 700
# Each place further down the ranking needs so much more.
_RANK = 0.04
_FITS = 0.15
# What a passage loses that is less like the question than the one that is most.
_UNLIKE = 0.5
_BASE = 0.1
# Of the words of the question before, with which a follow-up was searched for.
_BEFORE = 0.4
_LENGTH = 0.04
# Code without a sign of the question says less than a sentence.
_CODE_ALONE = 0.2
_ENOUGH = 0.65
# Besides its signs, what makes a token of a question literal: `-F`, `!!`, `scl_slope`, `os.path`.
_LITERAL: Final = re.compile(r"-\w.*|-{1,2}|.*(?:[!?.]{2}|\w[_.]\w).*")
_PUNCTUATION: Final = frozenset(".,;:?!'\"()\u2026\u2019-")
_CODE: Final = re.compile(r"`([^`\n]+)`")
_TITLE: Final = re.compile(r"[^.!?…:\n\u3002\uff01\uff1f]{3,80}")
_SENTENCE: Final = re.compile(r"[.!?:…\u3002\uff01\uff1f\u104b\u17d4;]\W*\Z")
_ASIDE: Final = re.compile(r"\([^()]*\)")
_NEAR: Final = 3
_START: Final = 12
_QUOTES: Final = "\"'`()\u201c\u201d\u201e\u00ab\u00bb\u2018\u2019"


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
    """A part of a passage, byte for byte; `score` compares those of one question."""

    passage: int
    text: str
    score: float
    is_code: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """Quotations, best first, and what the passages support of the question.

    Attributes:
        support: the largest share of the question in one passage, 0 to 1.
        window: the same in one quotation.
        terms: how many words of the question count.
        is_bare: the question has no word that a lesson could hold.
        likeness: the largest of the passages; None without embeddings.
    """

    quotations: tuple[Quotation, ...] = ()
    support: float = 0.0
    window: float = 0.0
    terms: int = 0
    is_bare: bool = True
    likeness: float | None = None


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
                found.append(held[0] if held else one)
                break
        before = bare
    return list(dict.fromkeys(found))


def _has_signs(token: str) -> bool:
    """Whether a token has a sign that is no punctuation: `>>`, `$@`, `C++`, `*.txt`."""
    return any(unicodedata.category(one)[0] in "SP" and one not in _PUNCTUATION for one in token)


def terms(question: str, context: Context, language: str) -> list[Term]:
    """The words of a question with their weight, which sum to 1."""
    course = context.course.locale.partition("-")[0]
    most = max(1, context.passage_count)
    own = frozenset(words.words(words.fold(question)))
    found: dict[str, tuple[float, float, bool]] = {}
    for asked in context.words:
        if asked.frequency is None:
            continue
        word, frequency, trust = asked.word, asked.frequency, float(asked.frequency > 0)
        if asked.meant is not None and not is_listed(word, language):
            trust = 2 * SequenceMatcher(None, words.fold(word), asked.meant).ratio() - 1
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
    return _RELATED if is_part or len(_common(asked, said)) >= 0.7 * longer else 0.0


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
def _said(body: str, language: str) -> tuple[frozenset[str], ...]:
    """The stems of each unit of a passage."""
    return tuple(frozenset(stems(body[unit.start : unit.end], language)) for unit in units(body))


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


class _Reader:
    """A passage with what each part of it holds of the question."""

    def __init__(self, passage: Passage, asked: _Asked, language: str) -> None:
        self.passage = passage
        self.units = units(passage.body)
        title = " ".join([passage.lesson_title, *passage.heading_path])
        self.heading = asked.credits(title, stems(title, language))
        self.held = [
            asked.credits(passage.body[unit.start : unit.end], said)
            for unit, said in zip(self.units, _said(passage.body, language), strict=True)
        ]
        self.body = _most(self.held)
        self.blocks: dict[int, Credits] = {}
        for unit, held in zip(self.units, self.held, strict=True):
            self.blocks[unit.block] = _most([self.blocks.get(unit.block, held), held])

    def window(self, first: int, last: int, own: Credits) -> Credits:
        """What units of a paragraph hold of each term, with what their surroundings add."""
        near = self.blocks[self.units[first].block]
        return [
            max(here, _IN_PARAGRAPH * by, _IN_HEADING * above)
            for here, by, above in zip(own, near, self.heading, strict=True)
        ]

    def text(self, first: int, last: int) -> str:
        """The bytes of the passage from one unit to another."""
        return self.passage.body[self.units[first].start : self.units[last].end]


def _most(held: Sequence[Credits]) -> Credits:
    return held[0] if len(held) == 1 else [max(one) for one in zip(*held, strict=True)]


# The choice ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    reader: _Reader
    first: int
    last: int
    score: float
    credits: Credits

    @property
    def text(self) -> str:
        return self.reader.text(self.first, self.last)


def find(question: str, context: Context, language: str) -> Evidence:
    """The evidence of a question in the language `language`."""
    course = context.course.locale.partition("-")[0]
    asked = _Asked(terms(question, context, language), course)
    if not asked.terms or not context.passages:
        is_bare = _is_bare(question, asked.terms, language)
        return Evidence(terms=len(asked.terms), is_bare=is_bare)
    readers = [_Reader(passage, asked, course) for passage in context.passages]
    held = [_most([one.body, [_IN_HEADING * above for above in one.heading]]) for one in readers]
    kinds = _kinds_of(question, asked.terms, language, course)
    likeness = max(
        (one.likeness for one in context.passages if one.likeness is not None), default=None
    )
    windows = [
        window
        for reader in readers
        for window in _windows(reader, asked, kinds, course, likeness or 0.0)
    ]
    windows.sort(key=lambda window: -window.score)
    return Evidence(
        quotations=tuple(_chosen(windows)),
        support=max(map(asked.share, held)),
        window=max((asked.share(window.credits) for window in windows), default=0.0),
        terms=len(asked.terms),
        is_bare=_is_bare(question, asked.terms, language),
        likeness=likeness,
    )


def _windows(
    reader: _Reader,
    asked: _Asked,
    kinds: Sequence[tuple[str, re.Pattern[str]]],
    course: str,
    likeness: float,
) -> Iterable[_Window]:
    """The windows of a passage: up to three sentences of a paragraph, a row, a piece of code."""
    body = reader.passage.body
    unlike = max(0.0, likeness - (reader.passage.likeness or 0.0)) if likeness else 0.0
    fits = [
        _fitness(kinds, body[unit.start : unit.end], asked.terms, course) if any(held) else 0.0
        for unit, held in zip(reader.units, reader.held, strict=True)
    ]
    for first, unit in enumerate(reader.units):
        own = [0.0] * len(asked.terms)
        for last in range(first, min(first + _MOST_SENTENCES, len(reader.units))):
            end = reader.units[last]
            length = end.end - unit.start
            if end.block != unit.block or (last > first and length > _LONGEST):
                break
            own = _most([own, reader.held[last]])
            if not any(own):
                continue
            credits = reader.window(first, last, own)
            score = asked.share(credits) - _RANK * (reader.passage.number - 1)
            score -= _LENGTH * min(max(0, length - 150), _LONGEST) / 100
            score += _FITS * max(fits[first : last + 1]) - _UNLIKE * unlike
            if unit.kind == "code" and not asked.names(own):
                score -= _CODE_ALONE
            if length < 25:
                score -= 0.1
            yield _Window(reader, first, last, score, credits)


@lru_cache
def _kinds(code: str) -> list[tuple[str, re.Pattern[str], re.Pattern[str]]]:
    return [
        (kind, re.compile(rf"\b(?:{asks})\b"), re.compile(rf"\b(?:{says})\b"))
        for kind, (asks, says) in known(code).kinds.items()
    ]


def _kinds_of(
    question: str, terms: Sequence[Term], spoken: str, course: str
) -> list[tuple[str, re.Pattern[str]]]:
    """The kinds of a question, with what an answer in the language of the course says."""
    asked = plain(question)
    wanted = {kind for kind, asks, _ in _kinds(spoken) if asks.search(asked)}
    if not wanted and len(terms) <= 2:
        # Who names a thing and nothing else asks what it is.
        wanted = {"meaning"}
    return [(kind, says) for kind, _, says in _kinds(course) if kind in wanted]


def _fitness(
    kinds: Sequence[tuple[str, re.Pattern[str]]], text: str, asked: Sequence[Term], course: str
) -> float:
    """How well a text fits the kinds of a question, 0 to 1."""
    if not kinds:
        return 0.0
    said = words.fold(text).replace("'", "").replace("\u2019", "")
    fit = 0.0
    for kind, says in kinds:
        found = says.search(said)
        if kind == "meaning":
            start = found.start() if found else 0
            # What is explained comes first: "A shell is", "The shell runs", "-F marks".
            main = max(asked, key=lambda term: term.weight)
            if main.is_literal:
                fit += 1.0 if text.find(main.text, 0, len(main.text) + _START) >= 0 else 0.2
                continue
            before = stems(_ASIDE.sub(" ", said[:start]), course)[-_NEAR:]
            is_first = main.text in stems(said, course)[:_NEAR]
            fit += 1.0 if main.text in before else 0.6 if is_first else 0.2
        elif found:
            fit += 1.0
    return fit / len(kinds)


def _chosen(windows: Sequence[_Window]) -> Iterable[Quotation]:
    """At most three quotations of two passages; the later ones almost as good as the first."""
    chosen: list[Quotation] = []
    taken: list[tuple[int, int, int]] = []
    for window in windows:
        if len(chosen) >= MAX_QUOTES or window.score < _ENOUGH * windows[0].score:
            break
        reader, number = window.reader, window.reader.passage.number
        if len({one.passage for one in chosen} | {number}) > MAX_PASSAGES:
            continue
        if sum(one.passage == number for one in chosen) >= _MOST_OF_ONE:
            continue
        first, last = _grown(window)
        spans = [*_announced(reader, last)]
        if not _is_caption(reader, first, last):
            spans.insert(0, (first, last))
        elif not spans:
            continue
        if any(n == number and first <= end and start <= spans[-1][1] for n, start, end in taken):
            continue
        if any(_is_alike(reader.text(first, last), one.text) for one in chosen):
            continue
        for start, end in spans[: MAX_QUOTES - len(chosen)]:
            is_code = reader.units[start].kind == "code"
            text = reader.text(start, end)
            chosen.append(Quotation(number, text, round(window.score, 3), is_code))
        taken.append((number, first, spans[-1][1]))
    return chosen


def _grown(window: _Window) -> tuple[int, int]:
    """A window with the rest of its paragraph, as far as it is short."""
    reader, first, last = window.reader, window.first, window.last
    parts = reader.units
    if parts[first].kind in {"sentence", "item"}:
        block = parts[first].block
        while first and parts[first - 1].block == block and _refers_back(reader, first):
            if len(reader.text(first - 1, last)) > _LONGEST:
                break
            first -= 1
        while last + 1 < len(parts) and parts[last + 1].block == block:
            if len(reader.text(first, last + 1)) > _LONGEST:
                break
            last += 1
        while first and parts[first - 1].block == block:
            if len(reader.text(first - 1, last)) > _LONGEST:
                break
            first -= 1
    return first, last


def _is_caption(reader: _Reader, first: int, last: int) -> bool:
    """Whether all of a paragraph is a line that does not end as a sentence does."""
    text = reader.text(first, last)
    parts = reader.units
    is_all = (not first or parts[first - 1].block != parts[first].block) and (
        last + 1 == len(parts) or parts[last + 1].block != parts[last].block
    )
    is_text = parts[first].kind == "sentence" and is_all and "\n" not in text
    # Thai, Lao and Khmer end no sentence with a mark.
    return is_text and not _SENTENCE.search(text) and not words.letters_without_blanks(text)


def _refers_back(reader: _Reader, at: int) -> bool:
    """Whether a sentence is understood only with the one before."""
    return words.first(words.fold(reader.text(at, at))) in _BACK


def _announced(reader: _Reader, last: int) -> Iterable[tuple[int, int]]:
    """The list, table or piece of code that a colon at the end of a unit announces.

    A line that does not end as a sentence does is a title, and announces what is below it.
    """
    parts = reader.units
    text = reader.text(last, last)
    is_alone = not last or parts[last - 1].block != parts[last].block
    if last + 1 < len(parts) and (
        text.endswith((":", "\uff1a")) or (is_alone and _TITLE.fullmatch(text))
    ):
        end = last + 1
        while end + 1 < len(parts) and parts[end + 1].block == parts[last + 1].block:
            end += 1
        if len(reader.text(last + 1, end)) <= _MOST_CODE:
            yield last + 1, end


def _is_alike(one: str, other: str) -> bool:
    """Whether two texts say almost the same."""
    if one in other or other in one:
        return True
    said, held = words.beginnings(words.fold(one)), words.beginnings(words.fold(other))
    return len(said & held) > 0.75 * max(1, min(len(said), len(held)))
