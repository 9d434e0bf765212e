"""What is said of a quiz that the learner may review."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.services.tutor.context import GuardMaterial, Message, Passage
from app.services.tutor.teach.abstention import abstains
from app.services.tutor.teach.policy import plan
from app.services.tutor.teach.review import reviewed
from tests.tutor.test_guard import FALSE, NUMERIC, SINGLE, choices, item
from tests.tutor.turns import NO_COURSE, context

TEXT = item(11, "short_text", "What is the tail of a comet made of?", [], {"accepted": ["dust"]})
SEVERAL = item(
    12,
    "multiple",
    "Which of these planets have rings around them?",
    choices("Saturn", "Mars", "Uranus"),
    {"correct": ["a", "c"]},
)
ORDER = item(
    13,
    "ordering",
    "Order these planets by their distance.",
    choices("Mars", "Venus", "Earth"),
    {"order": ["b", "c", "a"]},
)
PAIRS = item(
    14,
    "matching",
    "Match each moon with its planet.",
    {"left": choices("Io", "Titan"), "right": choices("Saturn", "Jupiter")},
    {"pairs": {"a": "b", "b": "a"}},
)
VALUES = item(
    15, "numeric", "How long is the year of Mars in years?", [], {"values": [{"value": 1.88}]}
)
ESSAY = item(16, "essay", "Describe the tail of a comet.", [], {"sample_md": "It is of dust."})


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (SINGLE, "Mercury"),
        (NUMERIC, "1234.5"),
        (FALSE, "the statement is false"),
        (TEXT, "dust"),
        (SEVERAL, "Saturn; Uranus"),
        (ORDER, "Venus \u2192 Earth \u2192 Mars"),
        (PAIRS, "Io: Jupiter; Titan: Saturn"),
        (VALUES, "1.88"),
        (ESSAY, ""),
    ],
)
def test_the_answer_is_said_in_words(question: Any, answer: str) -> None:
    """As the learner reads it in the review."""
    found = reviewed(question.prompt_md, question.prompt_md, [question], context(), "en")
    assert found is not None
    assert found.answer == answer


ASKED = "Which planet of the system has the shortest year?"


@pytest.mark.parametrize(
    ("message", "told", "is_right"),
    [
        ("then it is Mercury", "Mercury", True),
        ("so it is not Mercury", "Mercury", False),
        ("just tell me the answer", "Mercury", False),
        ("isn't it Venus?", "Mercury", False),
        ("the letter b then", "Mercury", False),
        ("I don't know", "", False),
        ("thanks, I see", "", False),
        ("Why is the year of a planet short?", "", False),
    ],
)
def test_who_guesses_or_demands_an_answer_is_told_it(
    message: str, told: str, is_right: bool
) -> None:
    """A right guess is confirmed; who is stuck or asks is taught as before."""
    said = [
        Message(role="user", content=ASKED),
        Message(role="assistant", content="Read the lesson.", rung=3, intent="concept"),
    ]
    there = context(quiz_state="finished", history=said)
    made = plan(message, there, GuardMaterial(revealed=[SINGLE, NUMERIC]), None)
    assert (made.told, made.told != "" and made.is_right) == (told, is_right)
    assert made.strict is False
    withheld = plan(message, context(history=said), GuardMaterial(items=[SINGLE]), None)
    assert (withheld.told, withheld.is_right) == ("", False)


def test_the_answer_is_told_where_no_lesson_has_it() -> None:
    """A first message that demands it is no question that the lessons cannot answer."""
    there = context(quiz_state="finished")
    made = plan(f"Just tell me: {ASKED}", there, GuardMaterial(revealed=[SINGLE]), None)
    assert made.told == "Mercury"
    assert not abstains(there, made)
    assert abstains(there, replace(made, told=""))


def test_the_quiz_itself_does_not_help_with_its_question() -> None:
    """What helps is a passage of a lesson, not the text of the quiz that repeats the question."""
    values: dict[str, Any] = {
        "ord": 1,
        "heading_path": ["H"],
        "anchor": "h",
        "source": "body",
        "support": 1.0,
    }
    texts = {
        SINGLE.lesson_id: f"{ASKED} Write down the planet.",
        NO_COURSE: "The year of a planet is short where it is near.",
    }
    passages = [
        Passage(number=at, lesson_id=lesson_id, lesson_title="L", body=body, **values)
        for at, (lesson_id, body) in enumerate(texts.items(), 1)
    ]
    there = context(quiz_state="finished", passages=passages, question=ASKED)
    made = plan(ASKED, there, GuardMaterial(revealed=[SINGLE]), None)
    assert {one.passage for one in made.pointers} == {2}


def test_what_was_handed_in_is_not_called_unfinished() -> None:
    """Also where a question of another quiz resembles it; who asks about that one is guided."""
    other = item(
        21,
        "single",
        "Which planet has the longest year?",
        choices("Mars", "Saturn"),
        {"correct": "b"},
    )
    material = GuardMaterial(revealed=[SINGLE], items=[other])
    assert not plan(ASKED, context(quiz_state="finished"), material, None).strict
    assert plan(other.prompt_md, context(quiz_state="finished"), material, None).strict


@pytest.mark.parametrize(
    ("message", "is_right"),
    [
        ("1234.5", True),
        # Within the tolerance of the question.
        ("1234.9", True),
        ("1236", False),
        ("then it's 1200 + 34.5 = 1234.5", True),
        ("I had 2469 because I took 1234.5 twice", False),
        ("1234.5 = 2469 / 2, no: 2469", False),
    ],
)
def test_of_a_calculation_the_result_counts(message: str, is_right: bool) -> None:
    """A number on the way to another one is no answer."""
    found = reviewed(message, NUMERIC.prompt_md, [NUMERIC], context(), "en")
    assert found is not None
    assert found.is_right is is_right


@pytest.mark.parametrize(
    ("question", "message", "is_right"),
    [
        (SEVERAL, "Saturn and Uranus then", True),
        (SEVERAL, "Saturn then", False),
        (SEVERAL, "Saturn, Mars and Uranus", False),
        (SINGLE, "Mercury or Venus", False),
        (TEXT, "is it dust", True),
        (TEXT, "is it ice", False),
        (FALSE, "then it is false", False),
        (ORDER, "Venus, Earth, Mars", False),
        (PAIRS, "Io belongs to Jupiter", False),
    ],
)
def test_only_a_whole_answer_is_called_right(question: Any, message: str, is_right: bool) -> None:
    """Of several options each, and none besides. Verdicts, orders and pairs are not judged."""
    found = reviewed(message, question.prompt_md, [question], context(), "en")
    assert found is not None
    assert found.is_right is is_right


def test_a_message_about_something_else_is_no_answer() -> None:
    """Also when it has a word of one."""
    asked = "How do magnets work?"
    assert reviewed(asked, asked, [SINGLE, NUMERIC], context(), "en") is None
