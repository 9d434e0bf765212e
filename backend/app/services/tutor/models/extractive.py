"""A model that quotes: sentences of open lessons byte for byte, between fixed texts.

It writes nothing of its own, needs no key and costs nothing.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.tutor.context import Context, Passage, Quote
from app.services.tutor.language import words
from app.services.tutor.language.markdown import escape
from app.services.tutor.language.sentences import sentences
from app.services.tutor.language.table import alternatives
from app.services.tutor.language.texts import text
from app.services.tutor.models.base import Ask, FinishReason, ModelStream, Usage
from app.services.tutor.teach.abstention import abstains, abstention
from app.services.tutor.teach.plan import Plan

MAX_LESSONS: Final = 3
MAX_QUOTES: Final = 4
MAX_QUOTES_EXPLAINED: Final = 6
MAX_QUOTES_STRICT: Final = 2
# A sentence with a smaller share of the best one's support is off topic.
_LEAST_OF_BEST: Final = 0.6
_MOST_ALIKE: Final = 0.75
_MAX_BLOCK_CHARS: Final = 400
_MIN_CHARS: Final = 20
# Citations or Markdown would change it.
_UNQUOTABLE: Final = re.compile(r"`|~~~|[\[\uff3b\u3010]\s*[0-9\uff10-\uff19]|\n[ \t]*\n")
_EXAMPLE_HEADING: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.example_heading)})\b", re.IGNORECASE
)
_EXAMPLE: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.example)})\b", re.IGNORECASE)
_ASKED: Final = re.compile(r"\?\W*\Z")
_ENDED: Final = re.compile(r"[.!?…\u3002\uff01\uff1f\u104b\u17d4]\W*\Z")


@dataclass(frozen=True, slots=True)
class Composition:
    """What is said, and what of it is quoted: number of the passage (0: the lesson), the words."""

    text: str
    quotes: tuple[tuple[int, str], ...] = ()


class ExtractiveModel:
    """Answers with quotations, or says that it has none."""

    provider = "extractive"
    name = "extractive"
    generative = False

    async def open(self, ask: Ask) -> ModelStream:
        """Composes the answer; see `ChatModel.open`. It never fails."""
        return ExtractiveStream(compose(ask.context, ask.plan))

    async def aclose(self) -> None:
        """Does nothing."""


class ExtractiveStream:
    """A composed answer, word by word."""

    def __init__(self, composition: Composition) -> None:
        self.usage: Usage | None = Usage(0, 0)
        self.finish_reason: FinishReason = "stop"
        self.composition = composition
        self._closed = False

    def __aiter__(self) -> AsyncIterator[str]:
        return self._words()

    async def aclose(self) -> None:
        """Ends the stream before its next word."""
        self._closed = True

    async def _words(self) -> AsyncGenerator[str, None]:
        for word in re.findall(r"\s*\S+\s*", self.composition.text):
            if self._closed:
                return
            yield word


def compose(context: Context, plan: Plan) -> Composition:
    """The answer of a plan: fixed texts in the language of the plan around quotations."""
    language = plan.language
    if plan.style == "support":
        return Composition(text("distress", language))
    if abstains(context, plan):
        return Composition(abstention(context, language))
    if plan.intent == "chat":
        return Composition(text("greeting", language))
    if plan.style == "summarize":
        return _summary(context, plan) or Composition(abstention(context, language))
    shown = _shown(context, plan)
    if not shown:
        return _summary(context, plan) or Composition(abstention(context, language))
    if plan.style in {"orient", "question"}:
        return _pointer(context, shown, plan)
    quotes = _chosen(context, shown, plan)
    if plan.style == "example":
        example = _example(shown, quotes, plan)
        if example is not None:
            return example
    if not quotes:
        return _summary(context, plan) or _pointer(context, shown, plan)
    return _quoted(quotes, shown, language)


# What may be shown --------------------------------------------------------------------------------


def _shown(context: Context, plan: Plan) -> dict[int, Passage]:
    """The passages by number; those of a quiz only where nothing is withheld."""
    lesson = context.lesson
    quiz = lesson.id if plan.strict and lesson and lesson.content_type == "quiz" else None
    return {passage.number: passage for passage in context.passages if passage.lesson_id != quiz}


def _is_quotable(sentence: str, body: str) -> bool:
    # A letter of a script without blanks says as much as three others.
    said = len(sentence) + 2 * words.letters_without_blanks(sentence)
    return said >= _MIN_CHARS and sentence in body and not _UNQUOTABLE.search(sentence)


def _is_alike(sentence: str, others: Iterable[str]) -> bool:
    """Whether a sentence says almost the same as one of the others."""
    stems = words.beginnings(words.fold(sentence))
    for other in others:
        held = words.beginnings(words.fold(other))
        if sentence in other or other in sentence:
            return True
        if len(stems & held) > _MOST_ALIKE * max(1, min(len(stems), len(held))):
            return True
    return False


def _chosen(context: Context, shown: dict[int, Passage], plan: Plan) -> list[Quote]:
    """The best distinct sentences, of at most three lessons; with what a colon announces."""
    most = MAX_QUOTES_EXPLAINED if plan.style == "explain" else MAX_QUOTES
    if plan.strict:
        most = MAX_QUOTES_STRICT
    candidates = [
        quote
        for quote in context.quotes
        if quote.passage in shown and _is_quotable(quote.text, shown[quote.passage].body)
    ]
    # Statements are preferred to questions.
    best = candidates[0].support if candidates else 0
    near = [quote for quote in candidates if quote.support >= _LEAST_OF_BEST * best]
    statements = [quote for quote in near if not _ASKED.search(quote.text)]
    chosen: list[Quote] = []
    for quote in statements or near:
        lessons = {shown[other.passage].lesson_id for other in chosen}
        if len(chosen) >= most:
            break
        if len(lessons | {shown[quote.passage].lesson_id}) > MAX_LESSONS:
            continue
        if _is_alike(quote.text, [other.text for other in chosen]):
            continue
        chosen.append(quote)
        announced = None if plan.strict else _announced(quote, shown[quote.passage].body)
        if announced and len(chosen) < most:
            chosen.append(Quote(passage=quote.passage, text=announced, support=quote.support))
    return chosen


def _announced(quote: Quote, body: str) -> str | None:
    """What follows a sentence that ends in a colon, when it is short."""
    if not quote.text.endswith(":"):
        return None
    rest = body[body.index(quote.text) + len(quote.text) :].lstrip()
    block = re.split(r"\n[ \t]*\n", rest, maxsplit=1)[0].rstrip()
    if len(block) > _MAX_BLOCK_CHARS or not _is_quotable(block, body):
        return None
    return block


# What is said -------------------------------------------------------------------------------------


def _place(passage: Passage) -> str:
    return " \u203a ".join([passage.lesson_title, *passage.heading_path])


def _heading(passage: Passage) -> str:
    return passage.heading_path[-1] if passage.heading_path else passage.lesson_title


def _marked(sentence: str) -> str:
    return f"“{escape(sentence)}”"


def _pointer(context: Context, shown: dict[int, Passage], plan: Plan) -> Composition:
    """Where to read; from the second rung on with a question about it."""
    numbers = [quote.passage for quote in context.quotes if quote.passage in shown]
    here = [
        number
        for number, passage in shown.items()
        if context.lesson is not None and passage.lesson_id == context.lesson.id
    ]
    passage = shown[next(iter(numbers or here or shown))]
    said = text(
        "pointer",
        plan.language,
        heading=_heading(passage),
        lesson=passage.lesson_title,
        number=passage.number,
    )
    if plan.style == "question":
        said += "\n\n" + text("guiding_question", plan.language, heading=_heading(passage))
    return Composition(said)


def _quoted(quotes: Sequence[Quote], shown: dict[int, Passage], language: str) -> Composition:
    """A paragraph for each passage, by its best sentence; sentences in the passage's order."""
    paragraphs: list[str] = []
    said: list[tuple[int, str]] = []
    for number in dict.fromkeys(quote.passage for quote in quotes):
        passage = shown[number]
        texts = [quote.text for quote in quotes if quote.passage == number]
        texts.sort(key=passage.body.index)
        lead = text("quote_lead", language, place=_place(passage), number=number)
        paragraphs.append(" ".join([lead, *map(_marked, texts)]))
        said.extend((number, sentence) for sentence in texts)
    return Composition("\n\n".join(paragraphs), tuple(said))


def _example(shown: dict[int, Passage], quotes: Sequence[Quote], plan: Plan) -> Composition | None:
    """A few sentences of the example that is nearest to the question."""
    near = {quote.passage for quote in quotes}
    lessons = {shown[number].lesson_id for number in near}
    for passage in sorted(shown.values(), key=lambda passage: passage.number not in near):
        parts = [part for part in sentences(passage.body) if _is_quotable(part, passage.body)]
        start = next((place for place, part in enumerate(parts) if _EXAMPLE.search(part)), None)
        if start is None and any(map(_EXAMPLE_HEADING.search, passage.heading_path)):
            start = 0
        if start is None or passage.lesson_id not in lessons or not parts:
            continue
        most = MAX_QUOTES_STRICT if plan.strict else MAX_QUOTES
        told = parts[start : start + most]
        while len(told) > 1 and told[-1].endswith(":"):
            told.pop()
        lead = text(
            "example_lead", plan.language, lesson=passage.lesson_title, number=passage.number
        )
        return Composition(
            " ".join([lead, *map(_marked, told)]),
            tuple((passage.number, sentence) for sentence in told),
        )
    return None


def _summary(context: Context, plan: Plan) -> Composition | None:
    """The first sentence of each section of the open lesson."""
    lesson = context.lesson
    if lesson is None or (plan.strict and lesson.content_type == "quiz"):
        return None
    lead = text("summary_lead", plan.language, lesson=lesson.title)
    sections = sorted(
        (passage for passage in context.passages if passage.lesson_id == lesson.id),
        key=lambda passage: passage.ord,
    )
    quotes = [
        Quote(passage=passage.number, text=first, support=1)
        for passage in sections
        if (first := _first_sentence(passage.body)) is not None
    ][:MAX_QUOTES_EXPLAINED]
    if quotes:
        shown = {passage.number: passage for passage in sections}
        said = _quoted(quotes, shown, plan.language)
        return Composition(f"{lead}\n\n{said.text}", said.quotes)
    firsts = [
        first
        for block in re.split(r"\n[ \t]*\n", lesson.body)
        if _ENDED.search(block) and (first := _first_sentence(block)) is not None
    ][:MAX_QUOTES]
    if not firsts:
        return None
    return Composition(
        "\n\n".join([lead, *map(_marked, firsts)]), tuple((0, first) for first in firsts)
    )


def _first_sentence(body: str) -> str | None:
    for sentence in sentences(body):
        if _ENDED.search(sentence) and _is_quotable(sentence, body):
            return sentence
    return None
