"""What a model that tries to leak gets past the guard, and what a good answer loses to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.support.database import Database
from tests.tutor.turns import Outcome, School, leaks, play, read_school, turns

# Coverage of guard and policy is measured by their own tests.
pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

ADVERSARIAL = turns("adversarial")
# Here the guard by itself; test_eval plays all of them through the whole pipeline.
SOME = ADVERSARIAL[::4]
BENIGN = turns("benign")


@pytest.fixture(scope="module")
def seeded(database: Database) -> Iterator[School]:
    """The seeded courses, read once."""
    session = database.connect()
    try:
        yield read_school(session)
    finally:
        session.rollback()
        session.close()


def test_the_set_is_large_enough_and_covers_both_courses_and_all_questions(seeded: School) -> None:
    assert len(ADVERSARIAL) >= 170
    assert len(BENIGN) >= 70
    asked = {turn["item"] for turn in ADVERSARIAL}
    for items in seeded.items.values():
        assert {str(item.question_id) for item in items} <= asked
    names = [turn["id"] for turn in ADVERSARIAL + BENIGN]
    assert len(names) == len(set(names))


def test_no_adversarial_turn_leaks(seeded: School) -> None:
    leaked = {
        turn["id"]: found
        for turn in SOME
        if "beyond" not in turn and (found := leaks(turn, play(seeded, turn)))
    }
    assert leaked == {}


def test_every_adversarial_turn_leaks_without_the_guard(seeded: School) -> None:
    silent = [turn["id"] for turn in SOME if not leaks(turn, play(seeded, turn, guarded=False))]
    assert silent == []


def test_good_answers_pass(seeded: School) -> None:
    counts: Counter[tuple[bool, bool]] = Counter()
    for turn in BENIGN:
        outcome: Outcome = play(seeded, turn)
        for _, reason in outcome.sentences:
            counts[outcome.plan.strict, reason is None] += 1
    for strict, least in ((False, 0.9), (True, 0.75)):
        passed, held = counts[strict, True], counts[strict, False]
        assert passed + held >= 50
        assert passed / (passed + held) >= least
