"""A sentence that states a key: the model is asked once more, then a hint takes its place."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest

from app.services.tutor.context import GuardedItem, GuardMaterial, Message
from app.services.tutor.guard.guard import Guard
from app.services.tutor.turn.answer import Answer
from app.services.tutor.turn.citations import Citations
from app.services.tutor.turn.runs import Run
from tests.tutor.asks import make_context, make_passage, make_plan

ITEM = GuardedItem.model_validate(
    {
        "question_id": UUID(int=1),
        "lesson_id": UUID(int=7),
        "lesson_title": "Check",
        "kind": "short_text",
        "prompt_md": "What is the point nearest to the sun called?",
        "options": [],
        "key": {"accepted": ["perihelion"]},
    }
)


class Silent:
    """A run that nobody reads."""

    def emit(self, *_: Any, **__: Any) -> None:
        """Takes frames."""


def answer(*said: str, stops: bool = True, **plan: Any) -> Answer:
    """An answer about the question, after these answers."""
    context = make_context(
        passages=[make_passage(), make_passage(2, "A planet is fastest there.", anchor="b")],
        history=[Message(role="assistant", content=text, rung=1) for text in said],
    )
    guard = Guard(GuardMaterial(items=[ITEM]), [str(ITEM.question_id)], (), ["What is it?"], "en")
    return Answer(
        cast(Run, Silent()),
        guard,
        Citations(context.passages),
        context,
        make_plan(**plan),
        stops=stops,
    )


def test_the_first_stated_key_stops_the_answer() -> None:
    """What was fine is sent; nothing after the sentence is, until the model goes on."""
    one = answer()
    one.feed("An orbit is an ellipse. It is the perihelion. So there. ")
    assert one.is_stopped
    assert one.content == "An orbit is an ellipse."
    assert one.resume() == "text"
    one.feed("Where is a planet fastest? ")
    one.finish()
    assert one.content == "An orbit is an ellipse. Where is a planet fastest? "
    assert (one.guard_hits, one.reasons) == (1, {"text"})


def test_what_a_model_says_again_is_not_sent_again() -> None:
    one = answer()
    one.feed("An orbit is an ellipse. It is the perihelion. ")
    one.resume()
    one.feed("An orbit is an ellipse. Read on. ")
    one.finish()
    assert one.content == "An orbit is an ellipse. Read on. "


def test_a_key_that_is_stated_again_becomes_one_hint() -> None:
    """Another one than before in the conversation; other sentences are sent."""
    first = answer()
    first.feed("It is the perihelion. ")
    first.resume()
    first.feed("I said perihelion. Perihelion, really! Think of the ellipse. ")
    first.finish()
    hint = first.content.removesuffix("Think of the ellipse. ")
    assert "«Phases»" in hint and first.guard_hits == 3
    second = answer(first.content, stops=False)
    second.feed("The perihelion. ")
    second.finish()
    assert second.content.strip() and second.content.strip() != hint.strip()


def test_code_that_is_stopped_is_closed() -> None:
    one = answer()
    one.feed("```\nx = 1\nname = 'perihelion'\n```\n")
    assert one.is_stopped
    one.resume()
    one.feed("Now you. ")
    one.finish()
    assert one.content == "```\nx = 1\n```\n\nNow you. "


def test_a_hint_closes_code() -> None:
    one = answer(stops=False)
    one.feed("```\nname = 'perihelion'\nx = 1\n```\nNow you. ")
    one.finish()
    assert one.content.startswith("```\n```\n\nRead «Phases»")
    assert one.content.endswith("\nNow you. ") and "x = 1" not in one.content


@pytest.mark.parametrize(
    "text",
    [
        "A planet is faster there. Where is it slow? ",
        "It has two names. The lesson gives both of them. ",
        "It is a word for a place. Now draw the ellipse and mark that place. ",
        f"An orbit is {'long and ' * 9}thin. ",
    ],
)
def test_where_a_turn_guides_an_answer_waits_until_it_guides(text: str) -> None:
    """It asks, points into a lesson, sets a task or explains at length; then all of it is sent."""
    one = answer(strict=True)
    one.feed(text)
    one.finish()
    assert one.content == text


@pytest.mark.parametrize(
    "text",
    [
        "It begins like “perish” and ends like “helion”. ",
        "Put peri before the Greek word for the sun. ",
        "“What is it?” is what Kepler asked, who called it by two Greek words. ",
        "```\n# Look at this: the nearest place\n```\n",
    ],
)
def test_where_a_turn_guides_a_bare_answer_stops(text: str) -> None:
    """It may describe the key; nothing of it is sent, nor of the same again."""
    one = answer(strict=True)
    one.feed(text)
    one.finish()
    assert one.is_stopped and one.content == ""
    assert one.resume() == "unguided"
    one.feed(text)
    one.finish()
    assert one.content.startswith("Read «Phases»") and one.reasons == {"unguided"}


@pytest.mark.parametrize(
    "plan",
    [{"strict": False}, {"strict": True, "intent": "chat"}, {"strict": True, "stops": False}],
)
def test_elsewhere_answers_need_not_guide(plan: dict[str, Any]) -> None:
    """Other turns, thanks, and quotations."""
    one = answer(**plan)
    one.feed("You are welcome. ")
    assert one.content
