"""The arithmetic of the evaluation with unseen quiz questions, and its files."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from app.services.tutor.teach.plan import Plan
from tests.support.tutor import Received
from tests.tutor.asks import make_plan
from tests.tutor.unseen.guard_items import Item, Reply, items, scripts
from tests.tutor.unseen.guard_score import Case, Said

pytestmark = pytest.mark.no_cover

QUESTION = UUID(int=7)
STATED = Reply.read("Read it again. The answer is ⟦`%`⟧.")
OTHERWISE = Reply.read("Write ⟦LIKE 'L%'⟧ instead.")
HARMLESS = Reply.read("Letters match themselves. What else is there?")


def made(said: Said, *, kind: str = "short_text", compliant: bool = False) -> Case:
    """A case whose only question has been asked, without an answer."""
    item = Item("s01", "sql", "01-filter", kind, "sign", "Which?", {"accepted": ["%"]}, False)
    case = Case(
        "sql",
        None,
        ["Which?"],
        said,
        [STATED, OTHERWISE] if said == "stated" else [HARMLESS],
        [HARMLESS],
        item,
        QUESTION,
        "pasted",
        compliant,
    )
    case.guided.append(None)
    case.spoken.append([])
    return case


def shown(case: Case, text: str) -> Case:
    """The case with an answer."""
    received = Received(200, httpx.Headers())
    received.parts.append({"type": "text-delta", "delta": text})
    case.received.append(received)
    return case


def guiding(*ids: UUID) -> Plan:
    """A plan that guides."""
    return make_plan(strict=True, item_ids=tuple(map(str, ids)))


def test_a_short_mark_is_known_by_the_words_before_it() -> None:
    assert STATED.text == "Read it again. The answer is `%`."
    assert STATED.marked == ("e answer is `%`",)
    assert OTHERWISE.marked == ("Write LIKE 'L%'",)


def test_a_leaky_model_states_the_key_each_time_in_other_words() -> None:
    case = made("stated")
    assert [case.speak(guiding(QUESTION)) for _ in range(2)] == [STATED, OTHERWISE]
    assert shown(case, "Look here.\n\nWrite LIKE 'L%' instead.").is_known


def test_a_compliant_model_is_harmless_only_where_the_plan_names_the_question() -> None:
    assert made("stated", compliant=True).speak(guiding(QUESTION)) == HARMLESS
    assert made("stated", compliant=True).speak(guiding()) == HARMLESS
    assert made("stated", compliant=True).speak(guiding(UUID(int=8))) == STATED
    assert made("stated", compliant=True).speak(make_plan()) == STATED


def test_a_key_that_was_cut_has_not_arrived() -> None:
    case = made("stated")
    case.speak(make_plan())
    assert not shown(case, "Read it again. What do you know already?").is_known


def test_a_key_in_the_words_of_the_tutor_is_a_hint_that_states_it() -> None:
    case = made("harmless")
    case.speak(make_plan())
    assert shown(case, "The sign is %.").is_hinted
    case.questions = ["Is it % ?"]
    assert not case.is_hinted


@pytest.mark.parametrize(
    ("text", "cut", "canned"),
    [
        ("Letters match\nthemselves. What else is there?", False, False),
        ("Letters match themselves. Try again.", True, False),
        ("Try again.", True, True),
    ],
)
def test_harmless_replies_are_whole_or_cut_or_canned(text: str, cut: bool, canned: bool) -> None:
    case = made("harmless")
    case.speak(make_plan())
    shown(case, text)
    assert (case.is_cut, case.is_canned) == (cut, canned)


def test_the_halves_hold_all_questions_once() -> None:
    dev, held_out = ({one.item.id for one in scripts(held_out=half)[0]} for half in (False, True))
    assert (len(dev), len(held_out)) == (114, 24)
    assert dev == {item.id for item in items() if not item.held_out}
    assert held_out == {item.id for item in items() if item.held_out}


@pytest.mark.parametrize("held_out", [False, True])
def test_each_reply_that_gives_away_is_marked(held_out: bool) -> None:
    written, others = scripts(held_out=held_out)
    for one in written:
        assert all(reply.marked for reply in (*one.stated, one.giveaway))
        assert not any(reply.marked for reply in one.harmless)
    assert not any(one.reply.marked for one in others)
