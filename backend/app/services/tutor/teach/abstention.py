"""Whether the lessons support an answer, and what is said when they do not."""

from typing import Final

from app.services.tutor.context import Context
from app.services.tutor.language.table import LANGUAGES
from app.services.tutor.language.texts import fresh, text
from app.services.tutor.teach.evidence import Evidence
from app.services.tutor.teach.plan import Plan

# Nearly one in ten questions that the lessons answer has no window above it, where weights of the
# other courses score them.
LEAST: Final = -1.8
# So much is enough where the message seems to be about a withheld question: it is guided.
_NEAR_QUESTION: Final = -3.5
# These are about the open lesson, in whatever words.
_ABOUT_THE_LESSON: Final = frozenset({"answer", "practice", "stuck", "summary"})
_VARIANTS: Final = ("abstain", "abstain_2", "abstain_3")


def is_supported(evidence: Evidence) -> bool:
    """Whether the open lessons contain enough of the question. Small talk needs nothing."""
    return evidence.is_bare or evidence.score >= LEAST


def abstains(context: Context, plan: Plan) -> bool:
    """Whether the open lessons contain too little of the question to answer it."""
    if plan.goes_on or plan.told or plan.evidence.is_bare:
        return False
    if plan.strict and (plan.near_ids or plan.thread):
        return False
    if plan.intent in _ABOUT_THE_LESSON and context.lesson is not None:
        return False
    least = _NEAR_QUESTION if plan.near_ids else LEAST
    return not context.passages or plan.evidence.score < least


def is_abstention(said: str) -> bool:
    """Whether an answer only says that nothing was found."""
    return any(said.startswith(text(key, code)) for key in _VARIANTS for code in LANGUAGES)


def abstention(context: Context, language: str) -> str:
    """What is said instead of an answer, with the nearest lessons."""
    said = fresh(
        "abstain", language, [one.content for one in context.history if one.role == "assistant"]
    )
    if context.closest:
        titles = ", ".join(f"«{near.title}»" for near in context.closest)
        said += " " + text("closest", language, lessons=titles)
    return said
