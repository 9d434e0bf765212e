"""What is said in place of a sentence that may not be sent."""

from collections.abc import Callable, Iterator, Sequence

from app.services.tutor.context import Context
from app.services.tutor.language.texts import nudges, text
from app.services.tutor.teach.plan import Plan


def hint(
    context: Context, plan: Plan, said: Sequence[str], may_say: Callable[[str], bool]
) -> str | None:
    """A pointer into the lessons, or a question to think about, that was not said before.

    Args:
        said: earlier answers of the conversation, and this one so far.
        may_say: whether a text states no answer itself; a heading may.
    """
    for candidate in _candidates(context, plan):
        if may_say(candidate) and not any(candidate in answer for answer in said):
            return candidate
    return None


def _candidates(context: Context, plan: Plan) -> Iterator[str]:
    place = context.passages[0].heading if context.passages else context.course.title
    steps = nudges(plan.language, place)
    pointed: set[str] = set()
    for passage in context.passages:
        if passage.heading in pointed:
            continue
        pointed.add(passage.heading)
        yield text(
            "pointer",
            plan.language,
            heading=passage.heading,
            lesson=passage.lesson_title,
            number=passage.number,
        )
        if len(pointed) % 2 == 0 and steps:
            yield steps.pop(0)
    yield from steps
