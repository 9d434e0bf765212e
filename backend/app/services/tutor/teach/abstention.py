"""Whether the lessons support an answer, and what is said when they do not."""

from typing import Final

from app.services.tutor.context import Context
from app.services.tutor.language.table import LANGUAGES
from app.services.tutor.language.texts import text
from app.services.tutor.teach.plan import Plan

# Tuned on the questions of tests/tutor/eval that are not held out. The second applies where no
# passage contains the rarest word of the question as it is written.
MIN_SUPPORT: Final = 0.40
MIN_SUPPORT_WITHOUT_RAREST: Final = 0.47
# These are about the open lesson, in whatever words.
_ABOUT_THE_LESSON: Final = frozenset({"answer", "practice", "stuck", "summary"})


def is_supported(context: Context) -> bool:
    """Whether the open lessons contain enough of the words of the question."""
    least = MIN_SUPPORT if context.rarest_found else MIN_SUPPORT_WITHOUT_RAREST
    return context.support >= least


def abstains(context: Context, plan: Plan | None = None) -> bool:
    """Whether the open lessons contain too little of the question to answer it.

    Without a plan the words alone decide.
    """
    if not context.passages and context.lesson is None:
        return True
    if plan is not None:
        if plan.goes_on:
            return False
        if context.lesson is not None and plan.intent in _ABOUT_THE_LESSON:
            return False
    return not is_supported(context)


def is_abstention(said: str) -> bool:
    """Whether an answer only says that nothing was found."""
    return any(said.startswith(text("abstain", language)) for language in LANGUAGES)


def abstention(context: Context, language: str | None = None) -> str:
    """What is said instead of an answer, with the nearest lessons.

    `language` is that of the course unless the plan has another.
    """
    spoken = language or context.course.locale
    said = text("abstain", spoken)
    if context.closest:
        titles = ", ".join(f"«{near.title}»" for near in context.closest)
        said += " " + text("closest", spoken, lessons=titles)
    return said
