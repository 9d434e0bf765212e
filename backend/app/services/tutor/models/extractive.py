"""A model that quotes: sentences of open lessons byte for byte, between fixed texts.

It writes nothing of its own, needs no key and costs nothing.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.tutor.context import Context, Passage
from app.services.tutor.language.markdown import escape
from app.services.tutor.language.table import alternatives
from app.services.tutor.language.texts import fresh, nudges, text
from app.services.tutor.models.base import Ask, ModelStream, Usage
from app.services.tutor.teach.abstention import abstains, abstention
from app.services.tutor.teach.evidence import Quotation
from app.services.tutor.teach.hints import ENDED, hint, is_plain, lead, sentences, shown
from app.services.tutor.teach.plan import Plan
from app.services.tutor.teach.units import units

MAX_SECTIONS: Final = 6
MAX_EXAMPLE: Final = 4
# Sentences that help with a question of a quiz.
_HELPS: Final = 2
_EXAMPLE_HEADING: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.example_heading)})\b", re.IGNORECASE
)
_EXAMPLE: Final = re.compile(rf"\b(?:{alternatives(lambda one: one.example)})\b", re.IGNORECASE)


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
        return ExtractiveStream(compose(ask.context, ask.plan, ask.may_say))

    async def aclose(self) -> None:
        """Does nothing."""


class ExtractiveStream:
    """A composed answer, word by word."""

    def __init__(self, composition: Composition) -> None:
        self.usage: Usage | None = Usage(0, 0)
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


def compose(
    context: Context, plan: Plan, may_say: Callable[[str], bool] = lambda _: True
) -> Composition:
    """The answer of a plan: fixed texts in the language of the plan around quotations.

    Args:
        may_say: whether a text states no answer that is withheld; others are not quoted.
    """
    language = plan.language
    said = [one.content for one in context.history if one.role == "assistant"]
    if plan.style == "support":
        return Composition(text("distress", language))
    if abstains(context, plan):
        return Composition(abstention(context, language))
    is_guided = bool((plan.strict and plan.item_ids) or plan.thread or plan.told)
    is_lost = plan.intent == "stuck" and context.lesson is None
    is_empty = plan.evidence.is_bare and (plan.act == "ask" or is_lost) and not is_guided
    if plan.intent == "chat" or is_empty:
        if plan.intent == "stuck":
            return Composition(f"{fresh('stuck', language, said)} {text('greeting_3', language)}")
        about = _summary(context, plan) if plan.intent != "chat" else None
        greeting = "thanks" if plan.act == "thanks" else "greeting"
        return about or Composition(fresh(greeting, language, said))
    if plan.style == "summarize":
        return _summary(context, plan) or Composition(abstention(context, language))
    places = shown(context, plan)
    # A guess or "I don't know" says little of what would help; what the quiz asks does.
    helps = plan.pointers if plan.act != "ask" else ()
    quotes = [
        one
        for one in helps or plan.evidence.quotations
        if _is_quotable(one, places) and may_say(one.text)
    ]
    if plan.style in {"orient", "question"}:
        return _pointer(context, plan, said, may_say)
    answer = _example(places, quotes, plan) if plan.style == "example" else None
    if quotes and not (answer and may_say(answer.text)):
        # What was quoted before is quoted again only when nothing else is left.
        new = [one for one in quotes if not any(_marked(one.text) in before for before in said)]
        if helps:
            new = [one for one in new if one.passage == quotes[0].passage]
        chosen = (new if is_guided else None) or quotes
        if helps:
            chosen = sorted(
                chosen[:_HELPS], key=lambda one: places[one.passage].body.find(one.text)
            )
        answer = _quoted(chosen, places, language)
    if answer is None and plan.told:
        return Composition(text("compare", language))
    answer = answer or _summary(context, plan)
    # Quotations that state no answer by themselves may state one together.
    if answer is None or not may_say(answer.text):
        return _pointer(context, plan, said, may_say)
    return Composition(lead(plan, said) + answer.text, answer.quotes)


# What may be shown --------------------------------------------------------------------------------


def _is_quotable(quote: Quotation, shown: Mapping[int, Passage]) -> bool:
    passage = shown.get(quote.passage)
    if passage is None or quote.text not in passage.body:
        return False
    return "```" not in quote.text if quote.is_code else is_plain(quote.text)


# What is said -------------------------------------------------------------------------------------


def _marked(sentence: str) -> str:
    """A sentence in Markdown; a figure in brackets is no citation, and none is an image."""
    return re.sub(r"(?<!\\)\[(?=\s*[0-9])|(?<=!)\[", r"\\[", escape(sentence))


def _pointer(
    context: Context, plan: Plan, said: Sequence[str], may_say: Callable[[str], bool]
) -> Composition:
    """Where to read; a place not named before."""
    told = hint(context, plan, said, may_say) or nudges(plan.language, context.course.title)[0]
    return Composition(lead(plan, said) + told)


def _quoted(
    quotes: Sequence[Quotation], shown: Mapping[int, Passage], language: str
) -> Composition:
    """A paragraph for each passage; the best quotation first."""
    paragraphs: list[str] = []
    said: list[tuple[int, str]] = []
    for number in dict.fromkeys(one.passage for one in quotes):
        own = [one for one in quotes if one.passage == number]
        place = " \u203a ".join(shown[number].path)
        answer = text("quote_lead", language, place=place, number=number)
        for one in own:
            code = f"\n\n```\n{one.text}\n```\n\n"
            answer += code if one.is_code else f" “{_marked(one.text)}”"
        paragraphs.append(re.sub(r"\n\n (?=“)", "\n\n", answer).rstrip("\n"))
        said.extend((number, one.text) for one in own)
    return Composition("\n\n".join(paragraphs), tuple(said))


def _example(
    shown: Mapping[int, Passage], quotes: Sequence[Quotation], plan: Plan
) -> Composition | None:
    """A few sentences of the example that is nearest to the question."""
    near = {quote.passage for quote in quotes}
    lessons = {shown[number].lesson_id for number in near}
    for passage in sorted(shown.values(), key=lambda passage: passage.number not in near):
        parts = [passage.body[unit.start : unit.end] for unit in sentences(passage)]
        start = next((place for place, part in enumerate(parts) if _EXAMPLE.search(part)), None)
        if start is None and any(map(_EXAMPLE_HEADING.search, passage.heading_path)):
            start = 0
        if start is None or passage.lesson_id not in lessons or not parts:
            continue
        told = parts[start : start + (MAX_EXAMPLE // 2 if plan.strict else MAX_EXAMPLE)]
        while len(told) > 1 and told[-1].endswith(":"):
            told.pop()
        lead = text(
            "example_lead", plan.language, lesson=passage.lesson_title, number=passage.number
        )
        return Composition(
            " ".join([lead, *(f"“{_marked(one)}”" for one in told)]),
            tuple((passage.number, one) for one in told),
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
    firsts = [
        Quotation(passage.number, passage.body[found[0].start : found[0].end])
        for passage in sections
        if (found := [unit for unit in sentences(passage) if unit.kind == "sentence"])
    ][:MAX_SECTIONS]
    if not firsts:
        body, parts = lesson.body, units(lesson.body)
        firsts = [
            Quotation(0, body[one.start : one.end])
            for before, one in zip((None, *parts), parts, strict=False)
            if one.kind == "sentence" and (before is None or before.block != one.block)
            if ENDED.search(body, one.start, one.end) and is_plain(body[one.start : one.end])
        ][:MAX_SECTIONS]
        paragraphs = [lead, *(f"“{_marked(one.text)}”" for one in firsts)]
        quotes = tuple((0, one.text) for one in firsts)
        return Composition("\n\n".join(paragraphs), quotes) if firsts else None
    told = _quoted(firsts, {passage.number: passage for passage in sections}, plan.language)
    return Composition(f"{lead}\n\n{told.text}", told.quotes)
