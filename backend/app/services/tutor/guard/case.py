"""What the sentences of one answer are compared with, prepared once a turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.services.tutor.context import GuardMaterial, Lesson, Passage
from app.services.tutor.guard.piece import Piece, consonants, mentions, prepare
from app.services.tutor.guard.quotable import Quotable
from app.services.tutor.language import cues, numbers, table, words
from app.services.tutor.teach import items as questions
from app.services.tutor.teach.intent import agrees
from app.services.tutor.teach.items import Item
from app.services.tutor.teach.plan import Plan

_PERCENT: Final = re.compile(table.alternatives(lambda one: one.percent, "%"))
_THOUSANDS: Final = re.compile(table.alternatives(lambda one: one.thousands))


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that answers a question. `long` ones are known by their words alone."""

    item: Item
    stems: frozenset[str]
    core: str
    long: bool


class Case:
    """The withheld questions of a turn, and the words that its answer may use.

    Attributes:
        language: of the course.
        strict: the turn is, or may be, about a withheld question.
        items: the withheld questions.
        on: ids of the questions that a strict turn is about; empty when it names none.
        beside: ids of all questions of the same quizzes.
        asked_rights: ids of the right sides of pairs that the learner named.
        agreed: stems that the learner agreed on as signs for answers.
        secrets: texts that answer a question; `hidden` their letters, and `skeletons` the
            consonants of those with the letters.
        numeric: questions with a number as answer, and whether that number tells by itself;
            `units` by what an answer may be multiplied.
        lists: data of questions, whose numbers are no answers; `whitelist` numbers that a turn
            about a numeric question may say.
        source_words, vocabulary: words of the lessons; stems of them, of teaching, and of the
            questions that the turn is about.
        harmless: stems of teaching that are part of no secret.
        generic: a strict turn that names no question is about any of them.
        quotable: what may be said all the same.
        initials: first letters of the last allowed sentences, at most 40.
    """

    def __init__(
        self,
        material: GuardMaterial,
        plan: Plan,
        passages: Sequence[Passage],
        question: str,
        locale: str,
        lesson: Lesson | None,
    ) -> None:
        self.language = table.language(locale)
        self.strict = plan.strict
        self.items = [questions.read(item, self.language) for item in material.items]
        self.initials: list[str] = []

        bodies = [passage.body for passage in passages]
        headings = [" ".join([passage.lesson_title, *passage.heading_path]) for passage in passages]
        if lesson is not None:
            bodies.append(lesson.body)
            headings.append(lesson.title)
        folded = words.fold("\n".join([*bodies, *headings]))
        self.source_list = words.words(folded)
        self.source_words = frozenset(self.source_list)
        self._plain = frozenset(words.content(cues.pedagogic(self.language), self.language))
        self.finder = self._finder(passages, lesson)

        said = [*plan.thread, question]
        self._asked = frozenset(
            id_ for text in said for id_ in self.finder.touched(words.fold(text))
        )
        self.agreed = frozenset(
            stem
            for text in said
            if agrees(text)
            for stem in words.content(words.words(words.fold(text)), self.language)
        )
        named = frozenset(plan.item_ids)
        self.on = frozenset(item.id for item in self.items if self.strict and item.id in named)
        lessons = {item.lesson_id for item in self.items if item.id in self.on}
        self.beside = frozenset(item.id for item in self.items if item.lesson_id in lessons)
        self.asked_rights = {
            option.id
            for put in (prepare(text, self.language) for text in said)
            for item in self.items
            for _, _, option in item.pairs
            if mentions(option, put)
        }
        self._prepare_texts()
        self._prepare_numbers(folded)
        self._prepare_turn()
        self.quotable = Quotable(bodies, self._titles(material, passages, lesson), locale)

    def near(self, window: Piece) -> frozenset[str]:
        """The ids of the questions that the turn, the learner or the answer is about."""
        if self.on:
            return self.on
        values = frozenset(value for _, _, value in numbers.figures(window.folded))
        near = {*self.finder.match(window.stem_set, values), *self._asked}
        lessons = {item.lesson_id for item in self.items if item.id in near}
        # `And the median?` goes on with the numbers of the question before it.
        near.update(
            item.id for item, _ in self.numeric if not item.numbers and item.lesson_id in lessons
        )
        return frozenset(near)

    def _finder(self, passages: Sequence[Passage], lesson: Lesson | None) -> questions.Finder:
        """Finds questions by words that the lessons, their own quizzes aside, do not use."""
        quizzes = {item.lesson_id for item in self.items}
        taught = [p.body for p in passages if str(p.lesson_id) not in quizzes]
        if lesson is not None and str(lesson.id) not in quizzes:
            taught.append(lesson.body)
        tokens = words.words(words.fold("\n".join(taught)))
        usual = frozenset(words.content(tokens, self.language)) | self._plain
        return questions.Finder(self.items, self.language, usual)

    def _secret(self, item: Item, text: str, core: str = "") -> Secret | None:
        stems = frozenset(words.content(words.words(text), self.language))
        core = core or words.squeeze(text)
        if not core:
            return None
        return Secret(item, stems, core, len(stems) >= 3)

    def _prepare_texts(self) -> None:
        secrets: list[Secret | None] = []
        for item in self.items:
            if item.kind in {"single", "multiple"}:
                secrets += [
                    self._secret(item, option.text, option.core)
                    for option in item.options
                    if option.correct
                ]
            secrets += [self._secret(item, text) for text in item.accepted]
            if item.explanation:
                secrets.append(self._secret(item, item.explanation))
        self.secrets = [secret for secret in secrets if secret is not None]
        cores = {
            secret.core
            for secret in self.secrets
            if 5 <= len(secret.core) <= 60 and not secret.core.isdigit()
        }
        rights = {
            option.core
            for item in self.items
            for _, _, option in item.pairs
            if 6 <= len(option.core) <= 60
        }
        self.hidden = sorted(cores | rights)
        self.skeletons = [
            (skeleton, core)
            for core in self.hidden
            if len(core) <= 40 and len(skeleton := consonants(core)) >= 7
        ]

    def _prepare_numbers(self, source: str) -> None:
        stated = frozenset(value for _, _, value in numbers.figures(source))
        self.numeric: list[tuple[Item, bool]] = []
        self.lists: list[str] = []
        self.units = {item.id: _units(item) for item in self.items if item.value is not None}
        self.whitelist = {*stated, *numbers.spoken(self.source_list)}
        for item in self.items:
            if item.value is not None:
                known = item.value in stated or item.value in item.numbers
                self.numeric.append((item, _is_distinctive(item.value) and not known))
            if item.id in self.beside or self.strict:
                self.whitelist |= item.numbers
            if item.numbers:
                spans = numbers.figures(item.prompt_text)
                if len(spans) >= 3:
                    self.lists.append(item.prompt_text[spans[0][0] : spans[-1][1]])

    def _prepare_turn(self) -> None:
        stems = frozenset(words.content(self.source_words, self.language))
        self.vocabulary = (stems | self._plain).union(
            *(item.prompt for item in self.items if item.id in self.on)
        )
        self.harmless = self._plain.difference(*(secret.stems for secret in self.secrets))
        self.generic = self.strict and not self.on
        on = [item for item in self.items if self.strict and (item.id in self.on or not self.on)]
        self.is_numeric_turn = any(item.value is not None for item in on)
        self.has_choices = any(item.options for item in on)
        self.has_verdict = any(item.verdict is not None for item in on)

    def _titles(
        self, material: GuardMaterial, passages: Sequence[Passage], lesson: Lesson | None
    ) -> set[str]:
        """Names of lessons and headings, without those that hold an answer."""
        names = {
            *(name for p in passages for name in (p.lesson_title, *p.heading_path)),
            *(item.lesson_title for item in material.items),
            *([lesson.title] if lesson is not None else []),
        }
        return {
            name
            for name in names
            if not any(core in words.squeeze(words.fold(name)) for core in self.hidden)
        }


def _is_distinctive(value: float) -> bool:
    """Whether a number has at least three significant digits."""
    return len(f"{abs(value):.6g}".replace(".", "").strip("0").split("e")[0]) >= 3


def _units(item: Item) -> tuple[bool, tuple[float, ...]]:
    """Whether a question wants milliseconds, and by what else an answer may be multiplied."""
    scales: list[float] = []
    if _PERCENT.search(item.prompt_text):
        scales.append(100.0)
    if _THOUSANDS.search(item.prompt_text):
        scales.append(0.001)
    return "milli" in item.prompt_text, tuple(scales)
