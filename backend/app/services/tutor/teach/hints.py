"""Where to read and what to think about: what guides, also in place of what may not be sent."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from app.services.tutor.context import Context, Passage
from app.services.tutor.language import words
from app.services.tutor.language.texts import fresh, nudges, text
from app.services.tutor.teach.evidence import Quotation
from app.services.tutor.teach.plan import Plan
from app.services.tutor.teach.units import Unit, units

ENDED: Final = re.compile(r"[.!?…\u3002\uff01\uff1f\u104b\u17d4]\W*\Z")
_OPENING_WORDS: Final = 5
_MIN_CHARS: Final = 20
# Citations or Markdown would change it.
_UNQUOTABLE: Final = re.compile(r"`|~~~|[\uff3b\u3010]\s*[0-9\uff10-\uff19]|\n[ \t]*\n")


def shown(context: Context, plan: Plan) -> dict[int, Passage]:
    """The passages by number; not those of a quiz that the turn is about."""
    lesson = context.lesson
    is_about = plan.strict or bool(plan.focus)
    quiz = lesson.id if is_about and lesson and lesson.content_type == "quiz" else None
    return {passage.number: passage for passage in context.passages if passage.lesson_id != quiz}


def is_plain(sentence: str) -> bool:
    """Whether a sentence can be quoted as it is."""
    # A letter of a script without blanks says as much as three others.
    said = len(sentence) + 2 * words.letters_without_blanks(sentence)
    return said >= _MIN_CHARS and not _UNQUOTABLE.search(sentence)


def sentences(passage: Passage) -> list[Unit]:
    """The sentences of a passage that can be quoted."""
    return [
        unit
        for unit in units(passage.body)
        if unit.kind in {"sentence", "item"} and is_plain(passage.body[unit.start : unit.end])
    ]


def lead(plan: Plan, said: Sequence[str]) -> str:
    """How the tutor takes up what the learner did, as a paragraph; may be empty."""
    if plan.act in {"ask", "thanks"} or plan.told or (plan.act == "stuck" and not said):
        return ""
    if plan.act == "demand" and not plan.strict:
        return ""
    key = "refuse" if plan.act == "demand" else plan.act
    return fresh(key, plan.language, said) + "\n\n"


def hint(
    context: Context, plan: Plan, said: Sequence[str], may_say: Callable[[str], bool]
) -> str | None:
    """Where to read, from the second rung on with what to look for, or a small task.

    Args:
        said: earlier answers, and this one so far: what they have is not said again.
        may_say: whether a text states no answer itself; a heading may.
    """
    if plan.act == "thanks":
        return fresh("thanks", plan.language, said)
    told = [_bare(answer) for answer in said]
    for candidate in _candidates(context, plan):
        if may_say(candidate) and not any(_bare(candidate) in answer for answer in told):
            return candidate
    return None


def _candidates(context: Context, plan: Plan) -> Iterator[str]:
    places = shown(context, plan)
    lesson_id = context.lesson.id if context.lesson is not None else None
    here = [Quotation(n, "") for n, passage in places.items() if passage.lesson_id == lesson_id]
    found = [one for one in plan.pointers or plan.evidence.quotations if one.passage in places]
    best = found or here
    first = best[0].passage if best else 0
    if best:
        # The best passage is read to its end, step by step, before another one is named.
        body = places[first].body
        best += [Quotation(first, body[one.start : one.end]) for one in sentences(places[first])]
    others = (Quotation(number, "") for number in places)
    steps = nudges(plan.language, places[first].heading if first else context.course.title)
    ordered = dict.fromkeys([*best, *others])
    for one in sorted(ordered, key=lambda one: one.passage != first):
        if one.passage != first:
            yield from steps
            steps = []
        yield from _pointers(places[one.passage], one, plan)
    yield from steps


def _pointers(passage: Passage, quote: Quotation, plan: Plan) -> Iterator[str]:
    """To the passage, and to its sentence; for who is stuck the smaller step first."""
    opening = _opening(passage, quote)
    keys = ["pointer" if plan.style == "orient" else "guiding", *["opening"] * bool(opening)]
    for key in reversed(keys) if plan.act == "stuck" else keys:
        yield text(
            key,
            plan.language,
            heading=passage.heading,
            lesson=passage.lesson_title,
            number=passage.number,
            opening=opening,
        )


def _bare(answer: str) -> str:
    """An answer as it is stored: without the markers of citations."""
    return re.sub(r"\s*\[\d+\]", "", answer)


def _opening(passage: Passage, quote: Quotation) -> str:
    """The first words of the sentence that helps, or of the passage; empty where there is none."""
    said = quote.text
    if quote.is_code or not (ENDED.search(said) and is_plain(said)):
        body = passage.body
        told = (body[u.start : u.end] for u in units(body) if u.kind == "sentence")
        said = next(filter(is_plain, told), "")
    return " ".join(said.split()[:_OPENING_WORDS])
