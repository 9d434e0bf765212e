"""A model that quotes: sentences of open lessons byte for byte, between fixed texts.

It writes nothing of its own, needs no key and costs nothing.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.tutor.context import Context, Passage
from app.services.tutor.language import words
from app.services.tutor.language.markdown import escape
from app.services.tutor.language.table import alternatives
from app.services.tutor.language.texts import fresh, nudges, text
from app.services.tutor.models.base import Ask, FinishReason, ModelStream, Usage
from app.services.tutor.teach.abstention import abstains, abstention
from app.services.tutor.teach.evidence import Quotation
from app.services.tutor.teach.plan import Plan
from app.services.tutor.teach.units import Unit, units

MAX_SECTIONS: Final = 6
MAX_EXAMPLE: Final = 4
# Sentences that help with a question of a quiz.
_HELPS: Final = 2
_ENDED: Final = re.compile(r"[.!?…\u3002\uff01\uff1f\u104b\u17d4]\W*\Z")
_OPENING_WORDS: Final = 5
_MIN_CHARS: Final = 20
# Citations or Markdown would change it.
_UNQUOTABLE: Final = re.compile(r"`|~~~|[\uff3b\u3010]\s*[0-9\uff10-\uff19]|\n[ \t]*\n")
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
        about = _summary(context, plan) if plan.intent not in {"chat", "stuck"} else None
        greeting = fresh("thanks" if plan.act == "thanks" else "greeting", language, said)
        if plan.intent == "stuck":
            greeting = f"{fresh('stuck', language, said)} {text('greeting_3', language)}"
        return about or Composition(greeting)
    if plan.style == "summarize":
        return _summary(context, plan) or Composition(abstention(context, language))
    shown = _shown(context, plan)
    # A guess or "I don't know" says little of what would help; what the quiz asks does.
    helps = plan.pointers if plan.act != "ask" else ()
    quotes = [
        one
        for one in [*helps[:_HELPS], *plan.evidence.quotations]
        if _is_quotable(one, shown) and may_say(one.text)
    ]
    if plan.style in {"orient", "question"}:
        return _pointer(context, shown, quotes, plan, said, may_say)
    answer = _example(shown, quotes, plan, may_say) if plan.style == "example" else None
    if answer is None and quotes:
        # What was quoted before is quoted again only when nothing else is left.
        new = [one for one in quotes if not any(_marked(one.text) in before for before in said)]
        answer = _quoted((new if plan.thread else None) or quotes, shown, language)
    if answer is None and plan.told:
        return Composition(text("compare", language))
    if answer is None:
        answer = _summary(context, plan)
    if answer is None:
        return _pointer(context, shown, quotes, plan, said, may_say)
    lead = _lead(plan, said)
    return Composition(f"{lead}\n\n{answer.text}" if lead else answer.text, answer.quotes)


# What may be shown --------------------------------------------------------------------------------


def _shown(context: Context, plan: Plan) -> dict[int, Passage]:
    """The passages by number; not those of a quiz that the turn is about."""
    lesson = context.lesson
    is_about = plan.strict or bool(plan.focus)
    quiz = lesson.id if is_about and lesson and lesson.content_type == "quiz" else None
    return {passage.number: passage for passage in context.passages if passage.lesson_id != quiz}


def _is_quotable(quote: Quotation, shown: Mapping[int, Passage]) -> bool:
    passage = shown.get(quote.passage)
    if passage is None or quote.text not in passage.body:
        return False
    return "```" not in quote.text if quote.is_code else _is_plain(quote.text)


def _is_plain(sentence: str) -> bool:
    # A letter of a script without blanks says as much as three others.
    said = len(sentence) + 2 * words.letters_without_blanks(sentence)
    return said >= _MIN_CHARS and not _UNQUOTABLE.search(sentence)


# What is said -------------------------------------------------------------------------------------


def _place(passage: Passage) -> str:
    return " \u203a ".join([passage.lesson_title, *passage.heading_path])


def _marked(sentence: str) -> str:
    """A sentence in Markdown; a figure in brackets is no citation, and none is an image."""
    return re.sub(r"(?<!\\)\[(?=\s*[0-9])|(?<=!)\[", r"\\[", escape(sentence))


def _lead(plan: Plan, said: Sequence[str]) -> str:
    """How the tutor takes up what the learner did."""
    if plan.told or (plan.act == "stuck" and not said):
        return ""
    if plan.act == "demand":
        return fresh("refuse", plan.language, said) if plan.strict else ""
    return "" if plan.act == "ask" else fresh(plan.act, plan.language, said)


def _pointer(
    context: Context,
    shown: Mapping[int, Passage],
    quotes: Sequence[Quotation],
    plan: Plan,
    said: Sequence[str],
    may_say: Callable[[str], bool],
) -> Composition:
    """Where to read, from the second rung on with what to look for; a place not named before."""
    lesson_id = context.lesson.id if context.lesson is not None else None
    here = [Quotation(n, "") for n, passage in shown.items() if passage.lesson_id == lesson_id]
    best = [one for one in plan.pointers if one.passage in shown] or list(quotes) or here
    if best:
        # The best passage is read to its end, step by step, before another one is named.
        passage = shown[best[0].passage]
        best += [
            Quotation(passage.number, passage.body[unit.start : unit.end])
            for unit in _sentences(passage)
        ]
    lead = _lead(plan, said)
    first = best[0].passage if best else 0
    near: list[str] = []
    others: list[str] = []
    for one in dict.fromkeys([*best, *(Quotation(number, "") for number in shown)]):
        passage = shown[one.passage]
        values = {
            "heading": passage.heading,
            "lesson": passage.lesson_title,
            "number": one.passage,
            "opening": _opening(passage, one),
        }
        keys = [
            "pointer" if plan.style == "orient" else "guiding",
            *["opening"] * bool(values["opening"]),
        ]
        if plan.act == "stuck":
            keys.reverse()
        told = near if one.passage == first else others
        told += [text(key, plan.language, **values) for key in keys]
    steps = nudges(plan.language, shown[first].heading if first else context.course.title)
    allowed = list(filter(may_say, [*near, *steps, *others])) or steps
    new = [one for one in allowed if not any(_bare(one) in _bare(before) for before in said)]
    answer = (new or allowed)[0]
    return Composition(f"{lead}\n\n{answer}" if lead else answer)


def _bare(answer: str) -> str:
    """An answer as it is stored: without the markers of citations."""
    return re.sub(r"\s*\[\d+\]", "", answer)


def _opening(passage: Passage, quote: Quotation) -> str:
    """The first words of the sentence that helps, or of the passage; empty where there is none."""
    said = quote.text
    if quote.is_code or not (_ENDED.search(said) and _is_plain(said)):
        body = passage.body
        told = (body[u.start : u.end] for u in units(body) if u.kind == "sentence")
        said = next(filter(_is_plain, told), "")
    return " ".join(said.split()[:_OPENING_WORDS])


def _quoted(
    quotes: Iterable[Quotation], shown: Mapping[int, Passage], language: str
) -> Composition:
    """A paragraph for each passage; the best quotation first."""
    paragraphs: list[str] = []
    said: list[tuple[int, str]] = []
    chosen = list(quotes)
    for number in dict.fromkeys(one.passage for one in chosen):
        passage = shown[number]
        own = [one for one in chosen if one.passage == number]
        answer = text("quote_lead", language, place=_place(passage), number=number)
        for one in own:
            code = f"\n\n```\n{one.text}\n```\n\n"
            answer += code if one.is_code else f" “{_marked(one.text)}”"
        paragraphs.append(re.sub(r"\n\n (?=“)", "\n\n", answer).rstrip("\n"))
        said.extend((number, one.text) for one in own)
    return Composition("\n\n".join(paragraphs), tuple(said))


def _sentences(passage: Passage) -> list[Unit]:
    return [
        unit
        for unit in units(passage.body)
        if unit.kind in {"sentence", "item"} and _is_plain(passage.body[unit.start : unit.end])
    ]


def _example(
    shown: Mapping[int, Passage],
    quotes: Sequence[Quotation],
    plan: Plan,
    may_say: Callable[[str], bool],
) -> Composition | None:
    """A few sentences of the example that is nearest to the question."""
    near = {quote.passage for quote in quotes}
    lessons = {shown[number].lesson_id for number in near}
    for passage in sorted(shown.values(), key=lambda passage: passage.number not in near):
        parts = [passage.body[unit.start : unit.end] for unit in _sentences(passage)]
        start = next((place for place, part in enumerate(parts) if _EXAMPLE.search(part)), None)
        if start is None and any(map(_EXAMPLE_HEADING.search, passage.heading_path)):
            start = 0
        if start is None or passage.lesson_id not in lessons or not parts:
            continue
        if not may_say(" ".join(parts[start : start + MAX_EXAMPLE])):
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
        if (found := [unit for unit in _sentences(passage) if unit.kind == "sentence"])
    ][:MAX_SECTIONS]
    if not firsts:
        body = lesson.body
        parts = units(body)
        firsts = [
            Quotation(0, body[one.start : one.end])
            for before, one in zip((None, *parts), parts, strict=False)
            if one.kind == "sentence" and (before is None or before.block != one.block)
            if _ENDED.search(body, one.start, one.end) and _is_plain(body[one.start : one.end])
        ][:MAX_SECTIONS]
        if not firsts:
            return None
        paragraphs = [lead, *(f"“{_marked(one.text)}”" for one in firsts)]
        return Composition("\n\n".join(paragraphs), tuple((0, one.text) for one in firsts))
    told = _quoted(firsts, {passage.number: passage for passage in sections}, plan.language)
    return Composition(f"{lead}\n\n{told.text}", told.quotes)
