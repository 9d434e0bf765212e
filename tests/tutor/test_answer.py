"""A sentence that states a key: the model is asked once more, then a hint takes its place."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest

from app.services.tutor.context import GuardedItem, GuardMaterial, Message
from app.services.tutor.guard.guard import Guard
from app.services.tutor.teach.evidence import Evidence, Quotation
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


def answer(*said: str, stops: bool = True, lesson: str = "", **plan: Any) -> Answer:
    """An answer about the question, after these answers, to a reader of this lesson."""
    context = make_context(
        passages=[make_passage(), make_passage(2, "A planet is fastest there.", anchor="b")],
        history=[Message(role="assistant", content=text, rung=1) for text in said],
    )
    about = [str(ITEM.question_id)]
    guard = Guard(GuardMaterial(items=[ITEM]), about, (), ["What is it?"], "en", [lesson])
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
        "It is a word for a place. Now draw the ellipse and mark that place. ",
        "The lesson says how far Mercury, Venus and Saturn travel before their orbits close. ",
        "An ellipse is a stretched circle. Its foci lie inside, and a planet sweeps the same areas "
        "between focus and orbit in every month, summer or winter. ",
    ],
)
def test_where_a_turn_guides_an_answer_waits_until_it_guides(text: str) -> None:
    """It asks, sets a task, points into a lesson or explains it; then all of it is sent."""
    one = answer(strict=True, lesson=text)
    one.feed(text)
    one.finish()
    assert one.content == text


SLOW = "A planet is slow at the far end of its ellipse, where it sweeps a narrow wedge: an area. "


@pytest.mark.parametrize(
    ("lesson", "nearness", "is_sent"),
    [("", 0.2, True), ("", 0.3, False), (SLOW, 0.3, True), (SLOW, 0.6, False)],
)
def test_words_of_the_lessons_explain_more(lesson: str, nearness: float, is_sent: bool) -> None:
    """The more of a question a message has, the more its answer has to explain."""
    one = answer(lesson=lesson, nearness=nearness)
    one.feed(SLOW)
    one.finish()
    assert one.content == (SLOW if is_sent else "")


@pytest.mark.parametrize(
    "text",
    [
        "It begins like “perish” and ends like “helion”. ",
        "It has two names. The lesson gives both of them. ",
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


@pytest.mark.parametrize(
    ("body", "nearness", "is_quoted"),
    [
        ("A planet is fastest where its orbit is nearest to the sun.", 0.3, True),
        ("A planet is fastest where its orbit is nearest to the sun.", 0.5, False),
        ("A planet is fastest at its perihelion.", 0.3, False),
    ],
)
def test_the_lessons_answer_where_a_model_does_not_guide(
    body: str, nearness: float, is_quoted: bool
) -> None:
    """Where the turn only may be about a question, and what they say does not state its key."""
    near = (str(ITEM.question_id),)
    context = make_context(passages=[make_passage(1, body)])
    guard = Guard(GuardMaterial(items=[ITEM]), (), near, ["Where is a planet fast?"], "en")
    found = Evidence((Quotation(1, body),), 2.0, is_bare=False)
    plan = make_plan(near_ids=near, nearness=nearness, rung=3, style="concept", evidence=found)
    one = Answer(cast(Run, Silent()), guard, Citations(context.passages), context, plan, stops=True)
    for _ in range(2):
        one.feed("You know. ")
        one.finish()
        if one.is_stopped:
            one.resume()
    assert (f"“{body}”" in one.content) is is_quoted
    assert one.content and "perihelion" not in one.content


def test_a_pointer_names_no_heading_that_states_the_key() -> None:
    """A usual word is free in an answer that may be about the question, not in a heading."""
    item = ITEM.model_copy(
        update={"prompt_md": "What is the centre called?", "key": {"accepted": ["focus"]}}
    )
    passages = [make_passage(heading_path=["The focus"]), make_passage(2, heading_path=["Orbits"])]
    context = make_context(passages=passages)
    near = (str(item.question_id),)
    guard = Guard(GuardMaterial(items=[item]), (), near, ["Which place is it?"], "en")
    plan = make_plan(near_ids=near, nearness=0.3)
    one = Answer(cast(Run, Silent()), guard, Citations(passages), context, plan, stops=True)
    assert one.may_say("Have a look at «The focus».")
    for _ in range(2):
        one.feed("You know. ")
        one.finish()
        if one.is_stopped:
            one.resume()
    assert "«Orbits»" in one.content and "«The focus»" not in one.content
