"""What is said of a quiz that the learner may review."""

from __future__ import annotations

from typing import Any

import pytest

from app.services.tutor.context import GuardMaterial
from app.services.tutor.teach.policy import plan
from app.services.tutor.teach.review import reviewed
from tests.tutor.test_guard import FALSE, NUMERIC, SINGLE, choices, item
from tests.tutor.turns import context

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
    found = reviewed(question.prompt_md, [], [question], context(), "en")
    assert found is not None
    assert found.answer == answer


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("then it is Mercury", "Mercury"),
        # What is said is the answer, also to who denies it.
        ("so it is not Mercury", "Mercury"),
        ("just tell me the answer", "Mercury"),
        ("isn't it Venus?", ""),
        ("I don't know", ""),
    ],
)
def test_who_states_or_demands_an_answer_is_told_it(message: str, told: str) -> None:
    """A wrong guess is not, nor who is stuck: they are taught as before."""
    asked = "Which planet of the system has the shortest year?"
    made = plan(
        f"{asked} {message}",
        context(quiz_state="finished"),
        GuardMaterial(revealed=[SINGLE, NUMERIC]),
        None,
    )
    assert made.told == told
    withheld = plan(f"{asked} {message}", context(), GuardMaterial(items=[SINGLE]), None)
    assert withheld.told == ""


@pytest.mark.parametrize(
    ("message", "is_stated"),
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
def test_of_a_calculation_the_result_counts(message: str, is_stated: bool) -> None:
    """A number on the way to another one is no answer."""
    found = reviewed(message, [NUMERIC.prompt_md], [NUMERIC], context(), "en")
    assert found is not None
    assert found.is_stated is is_stated


def test_a_message_about_something_else_is_no_answer() -> None:
    """Also when it has a word of one."""
    asked = "How do magnets work?"
    assert reviewed(asked, [], [SINGLE, NUMERIC], context(), "en") is None
