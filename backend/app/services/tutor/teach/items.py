"""Which withheld questions a message is about."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from app.services.tutor.context import Context, Passage
from app.services.tutor.items import Item
from app.services.tutor.language import numbers, words
from app.services.tutor.language.piece import covered, prepare, weights
from app.services.tutor.language.rarity import stem, stems
from app.services.tutor.language.sentences import sentences
from app.services.tutor.teach.evidence import Quotation, credit

# Of the weight that a message and a question have together, so much is in both.
_ALIKE: Final = 0.4
_COPIED: Final = 0.75
# A part of a question that is no proof: a single word is less than half of it, or several are less
# than this.
_REPEATED: Final = 0.4
_TOO_LITTLE: Final = 0.35
# What passages count for how near a question is, less with each place, and where that begins.
_FOUND: Final = 0.3
# From this nearness by meaning on a message may be about a question; as a share of words it is so
# much smaller.
_MEANT: Final = 0.4
_MEANT_LESS: Final = 0.15
_RANK: Final = 0.08
_NEAR: Final = 0.13
# So many questions are named to a model.
_NAMED: Final = 8
# What a word weighs that the course does not have.
_UNKNOWN: Final = 0.5
_FIGURES: Final = 2
# A message that names so many options of a question is about it.
_OPTIONS: Final = 3
# So much of what is in the best place is in the others.
_HELPFUL: Final = 0.5
_PLACES: Final = 16


class Finder:
    """Tells which questions a message is about.

    Words weigh by their rarity in the language and in the course. A message is about a question
    when they share most of that weight.
    """

    def __init__(self, items: Sequence[Item], language: str, context: Context) -> None:
        self._items = items
        self._language = language
        self._context = context
        self._frequency = {
            stem(one.word, language): one.frequency
            for one in context.words
            if one.frequency is not None
        }
        held = [frozenset(item.extent) for item in items]
        self._told: list[tuple[Sequence[str], list[frozenset[str]]]] | None = None
        held += [frozenset().union(*each) for _, each in self._sentences()]
        self._documents = len(held)
        self._counts = Counter(one for stems in held for one in stems)

    def touched(self, text: str) -> tuple[str, ...]:
        """The ids of the questions that a message is about, the nearest first."""
        alike = self.likeness(text)
        found = [id_ for id_, share in alike.items() if share >= _ALIKE]
        return tuple(sorted(found, key=lambda id_: -alike[id_]))

    def near(self, text: str) -> dict[str, float]:
        """The questions that a message may be about in other words, the nearest first.

        They share words or relatives of words with it, or with the passages that were found for
        it, or are alike by meaning. The values are the shares of the questions that the message
        has, 0 to 1.
        """
        asked = self._weighed(text)
        told = [frozenset().union(*held) for _, held in self._sentences()]
        score: dict[str, float] = {}
        shares: dict[str, float] = {}
        for item in self._items:
            own = {one: weight * self._idf(one) for one, weight in item.asked.items()}
            best = [covered(own, held) - _RANK * at for at, held in enumerate(told)]
            shares[item.id] = _related(own, asked)
            alike = math.sqrt(_related(asked, item.extent) * shares[item.id])
            score[item.id] = alike + _FOUND * max(best, default=0.0)
            meant = self._context.near.get(item.id.partition("/")[0], 0.0)
            if meant >= _MEANT:
                shares[item.id] = max(shares[item.id], meant - _MEANT_LESS)
                score[item.id] = max(score[item.id], meant - _MEANT_LESS)
        near = sorted(score, key=lambda id_: -score[id_])[:_NAMED]
        return {id_: shares[id_] for id_ in near if score[id_] >= _NEAR}

    def helpful(self, ids: Sequence[str], message: str) -> tuple[Quotation, ...]:
        """Sentences with most of a question and of what is said of it, in passages about it.

        The lesson of a quiz itself only repeats what it asks.
        """
        wanted = self._weighed(message)
        quizzes = {item.lesson_id for item in self._items}
        for item in self._items:
            if item.id in ids[:1]:
                wanted = {one: w * self._idf(one) for one, w in item.asked.items()} | wanted
        found: list[tuple[float, Passage, str]] = []
        for passage, (told, held) in zip(self._context.passages, self._sentences(), strict=True):
            if str(passage.lesson_id) in quizzes:
                continue
            title = " ".join([passage.lesson_title, *passage.heading_path])
            heads = frozenset(stems(title, self._language))
            # The passage counts as much as the sentence and what stands beside it.
            about = 2 * covered(wanted, heads.union(*held)) + covered(wanted, heads)
            for at, sentence in enumerate(told):
                beside = frozenset().union(*held[max(0, at - 1) : at + 2])
                if share := covered(wanted, held[at]) + covered(wanted, beside):
                    found.append((about + share, passage, sentence))
        found.sort(key=lambda one: -one[0])
        least = _HELPFUL * found[0][0] if found else 0.0
        return tuple(
            Quotation(passage.number, sentence)
            for share, passage, sentence in found[:_PLACES]
            if share >= least
        )

    def named(self, found: Sequence[str]) -> tuple[str, ...]:
        """The questions that a model is told not to solve: those found, others of the lessons."""
        lessons = [str(one.lesson_id) for one in self._context.passages]
        place = {id_: at for at, id_ in reversed(list(enumerate(lessons)))}
        rest = [item for item in self._items if item.id not in found]
        rest.sort(key=lambda item: place.get(item.lesson_id, len(lessons)))
        return tuple(dict.fromkeys([*found, *(item.id for item in rest)]))[:_NAMED]

    def likeness(self, text: str) -> dict[str, float]:
        """How much each question and a message have in common, 0 to 1."""
        asked = self._weighed(text)
        total = sum(asked.values())
        piece = prepare(text, self._language)
        figures = {value for _, _, value in numbers.figures(words.fold(text)) if abs(value) > 2}
        found: dict[str, float] = {}
        for item in self._items:
            own = {one: weight * self._idf(one) for one, weight in item.asked.items()}
            needed = sum(own.values())
            both = [weight for one, weight in own.items() if one in asked]
            shared = sum(both)
            extent = sum(weight for one, weight in asked.items() if one in item.extent)
            alike = math.sqrt((shared / needed) * (extent / total)) if needed and total else 0.0
            if shared < (_REPEATED if len(both) > 1 else 0.5) * needed:
                alike = min(alike, _TOO_LITTLE)
            elif shared >= _COPIED * needed:
                alike = 1.0
            options = item.order or (*item.keys, *item.others) if item.options else ()
            named = [one.is_in(piece) for one in options]
            if sum(named) >= max(_OPTIONS, _COPIED * len(named)):
                alike = max(alike, _COPIED)
            if len(figures & item.numbers) >= _FIGURES and shared:
                alike = max(alike, _COPIED)
            found[item.id] = alike
        return found

    def _idf(self, one: str) -> float:
        frequency = self._frequency.get(one)
        if frequency:
            most = max(1, self._context.passage_count)
        else:
            frequency, most = self._counts[one], max(1, self._documents)
        return math.log(1 + (most - frequency + 0.5) / (frequency + 0.5)) if frequency else 0.0

    def _weighed(self, text: str) -> dict[str, float]:
        """The stems of a message by weight; of words that the course does not have, a little."""
        found = weights(text, self._language)
        return {one: weight * (self._idf(one) or _UNKNOWN) for one, weight in found.items()}

    def _sentences(self) -> Iterator[tuple[Sequence[str], Sequence[frozenset[str]]]]:
        """The sentences of each passage with their stems; read when first needed."""
        if self._told is None:
            told = [sentences(one.body) for one in self._context.passages]
            self._told = [
                (each, [frozenset(stems(one, self._language)) for one in each]) for each in told
            ]
        return iter(self._told)


def _related(needed: Mapping[str, float], held: Iterable[str]) -> float:
    """The share of the weight that is in a text by words or by their relatives, 0 to 1."""
    stems, total = list(held), sum(needed.values())
    found = sum(
        weight * max((credit(one, other) for other in stems), default=0.0)
        for one, weight in needed.items()
    )
    return found / total if total else 0.0
