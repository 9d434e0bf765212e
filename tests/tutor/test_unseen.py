"""The questions on unseen courses, how they are scored, and a few of them asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.rpc.support import World
from tests.support.stack import Stack
from tests.support.tutor import Received, register_model
from tests.tutor.asks import make_context, make_passage, words_of
from tests.tutor.unseen import questions, scorer
from tests.tutor.unseen.fit import Case, fit, likelihood
from tests.tutor.unseen.questions import Question
from tests.tutor.unseen.scorer import Baseline, Passage, Reply, Results

ALL = questions.load("dev") + questions.load("held_out")
FEW = 8


@pytest.mark.parametrize("course", questions.COURSES)
def test_the_lessons_hold_what_is_expected(course: str) -> None:
    bodies = {lesson.name: lesson.body for lesson in questions.lessons(course)}
    for asked in ALL:
        if asked.course != course:
            continue
        assert bool(asked.lessons) == (asked.kind in ("answer", "search")), asked
        own = "\n".join(bodies[name] for name in asked.lessons)
        assert all(questions.holds(own, span) for span in asked.gold), asked
        assert asked.kind != "answer" or (asked.gold and asked.must), asked
        assert asked.judge([own]) == "yes", asked


def test_no_question_is_in_both_files() -> None:
    dev, held_out = (
        {(one.course, one.after, one.text) for one in questions.load(name)}
        for name in ("dev", "held_out")
    )
    assert not dev & held_out


def test_texts_are_compared_without_markup() -> None:
    text = (
        "> *Write* `ls`{.command} or [the **command** `dir`](#dir){.x}\n> (see [\\$PATH]{.TOKEN})."
    )
    assert questions.plain(text) == "Write ls or the command dir (see $PATH)."
    assert questions.holds(text, "the command dir (SEE $path)")
    assert not questions.holds(text, "the command ls")


def test_verdicts() -> None:
    asked = Question("bash", "answer", "?", must=(("appends", "re:adds? to"), (">>",)))
    assert asked.judge(["It adds to the file.", "Use `>>`."]) == "yes"
    assert asked.judge(["It appends."]) == "partly"
    assert asked.judge(["It overwrites."]) == asked.judge([]) == "no"


def test_the_baseline_prefers_rare_words() -> None:
    bodies = ["the shell and the loop", "the shell and the pipe", "the shell"]
    baseline = Baseline([Passage("a", n, "one", body, body) for n, body in enumerate(bodies)])
    assert baseline.ranked("the PIPE")[0] == ("a", 1)
    assert baseline.ranked("unheard") == []


def test_figures() -> None:
    asked = Question("bash", "answer", "?", must=(("x",),))
    replies = [Reply(asked, Received(200, httpx.Headers()), 0.03, found=1, baseline=None)]
    found = scorer.figures(Results(replies, [(asked, True), (asked, False)]))
    assert found["search_passages hit@1"] == found["search_passages MRR"] == 1
    assert found["BM25 hit@5"] == found["quoted answer yes"] == 0
    assert found["search recall@5"] == 0.5
    assert found["first source p50, ms"] == pytest.approx(30)


def test_weights_are_fitted_to_what_answers() -> None:
    """They prefer the window that answers, and no window to those that do not."""
    bodies = ["Water boils at 100 °C.", "Steam is of no use here.", "The sea is deep."]
    passages = [make_passage(at, body) for at, body in enumerate(bodies, 1)]
    cases = [
        Case(
            "one",
            text,
            make_context(passages=passages, words=words_of(text, passages), passage_count=40),
            is_answered,
            lambda told: float(any("100" in one for one in told)),
        )
        for text, is_answered in (("when does water boil", True), ("is steam deep", False))
    ]
    weights = fit(cases)
    value, slope = likelihood(weights, cases)
    assert abs(slope).max() < 0.01
    assert value > likelihood(weights * 0.9, cases)[0]
    (right, gain), (wrong, _) = [case.asked(weights) for case in cases]
    assert right > 0 > wrong and gain == 1
    assert right == pytest.approx((cases[0].figures @ weights).max())


@pytest.fixture
def world(stack: Stack) -> Iterator[World]:
    """Courses that are removed after the test."""
    world = World(stack.database)
    yield world
    world.clean()


def test_a_few_questions(stack: Stack, world: World, tmp_path: Path) -> None:
    imaging = [one for one in questions.load("dev") if one.course == "imaging"]
    few = [one for one in imaging if one.kind == "answer"][:FEW]
    few += [one for one in imaging if one.kind in ("none", "search")][:FEW]
    register_model(stack, "extractive", "extractive")
    results = scorer.measure(world, stack, tmp_path, few)
    found = scorer.figures(results)
    assert found["gold in no passage"] == 0
    assert found["search_passages hit@5"] >= 0.6
    assert found["quoted answer yes"] >= 0.35
    assert found["abstention recall"] >= 0.5
    assert found["search recall@5"] >= 0.8
    assert found["citations altered"] == 0
    assert "imaging" in scorer.table(results).splitlines()[0]
    assert len(scorer.details(results).splitlines()) > len(few) / 2
