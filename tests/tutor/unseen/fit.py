"""Fits the weights by which the tutor chooses windows and abstains.

`python -m tests.tutor.unseen.fit` asks the questions of `dev.toml`, but those after another one,
and those of the demo courses that are not held out. It prints how well weights that were fitted on
all other courses do in each course, and then the weights fitted on all. The model is a conditional
logit: of the windows of a question one answers, or none does, whose score is 0. No embeddings are
used: the weights of likeness come out as 0.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "backend"))

from app.services.tutor.context import Context
from app.services.tutor.language import rarity
from app.services.tutor.language.table import language
from app.services.tutor.teach import evidence
from tests.rpc.support import World
from tests.support.stack import Stack, ephemeral_stack
from tests.tutor.eval import retrieval
from tests.tutor.unseen import questions, scorer

Numbers = np.ndarray[Any, np.dtype[np.float64]]
# Weights are drawn to 0 with this strength.
RIDGE = 0.1
# Questions of the demo courses count half, as do those whose answer was not found.
HALF = 0.5
FALSE = 0.1


@dataclass
class Case:
    """A question with the figures of its windows, and how far each window answers, 0 to 1."""

    course: str
    text: str
    context: Context
    is_answered: bool
    judge: Callable[[Sequence[str]], float]
    weight: float = 1.0

    def __post_init__(self) -> None:
        self.language = rarity.spoken(self.text, language(self.context.course.locale))
        terms = evidence.terms(self.text, self.context, self.language)
        windows = list(evidence.windows(self.text, terms, self.context, self.language))
        self.figures = np.array([one.figures for one in windows]).reshape(-1, len(evidence.WEIGHTS))
        texts = [[quote.text for quote in one.quotations] for one in windows]
        self.gains = np.array([self.judge(one) if self.is_answered else 0.0 for one in texts])

    def asked(self, weights: Numbers) -> tuple[float, float]:
        """The score of the best window by these weights, and how far the quotations answer."""
        with using(weights):
            found = evidence.find(self.text, self.context, self.language)
        told = [one.text for one in found.quotations]
        return found.score, self.judge(told) if self.is_answered else 0.0


@contextmanager
def using(weights: Numbers) -> Iterator[None]:
    """Other weights for a while."""
    before = evidence.WEIGHTS
    named = dict(zip(before, map(float, weights), strict=True))
    evidence.WEIGHTS = named  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        evidence.WEIGHTS = before  # type: ignore[misc]


def likelihood(weights: Numbers, cases: Sequence[Case]) -> tuple[float, Numbers]:
    """The logarithm of the likelihood of what is right, and its gradient."""
    total, slope = 0.0, np.zeros(len(weights))
    for case in cases:
        if not len(case.figures):
            continue
        scores = case.figures @ weights
        top = max(scores.max(), 0.0)
        odds, none = np.exp(scores - top), np.exp(-top)
        everything = odds.sum() + none
        right = odds * case.gains
        expected = case.figures.T @ odds / everything
        if right.any():
            total += case.weight * np.log(right.sum() / everything)
            slope += case.weight * (case.figures.T @ right / right.sum() - expected)
        else:
            weight = case.weight * (HALF if case.is_answered else 1.0)
            total += weight * np.log(none / everything)
            slope -= weight * expected
    drawn = RIDGE * np.r_[0.0, np.ones(len(weights) - 1)]
    return total - (drawn * weights**2).sum(), slope - 2 * drawn * weights


def fit(cases: Sequence[Case]) -> Numbers:
    """The weights that make what is right likeliest, by BFGS."""
    weights = np.zeros(len(evidence.WEIGHTS))
    inverse = np.eye(len(weights)) / 50
    value, slope = likelihood(weights, cases)
    for _ in range(500):
        step = inverse @ slope
        new, new_slope = likelihood(weights + step, cases)
        while new < value and np.abs(step).max() > 1e-9:
            step /= 2
            new, new_slope = likelihood(weights + step, cases)
        change = slope - new_slope
        if new - value < 1e-8:
            break
        if (along := step @ change) > 1e-12:
            left = np.eye(len(weights)) - np.outer(step, change) / along
            inverse = left @ inverse @ left.T + np.outer(step, step) / along
        weights, value, slope = weights + step, new, new_slope
    return weights


def report(cases: Sequence[Case]) -> str:
    """What weights of all other courses do in each course, and the weights of all."""
    lines = []
    scores: dict[bool, list[float]] = {True: [], False: []}
    for course in dict.fromkeys(case.course for case in cases):
        weights = fit([case for case in cases if case.course != course])
        asked = [(case, *case.asked(weights)) for case in cases if case.course == course]
        told = [gain for case, _, gain in asked if case.is_answered]
        lines.append(f"{course:22} answered {np.mean(told):.2f} of {len(told)}")
        for case, score, _ in asked:
            scores[case.is_answered].append(score)
    for false in (FALSE / 2, FALSE):
        least = float(np.quantile(scores[True], false))
        recall = np.mean([score < least for score in scores[False]])
        lines.append(f"false abstention {false:.2f}: below {least:.2f}, recall {recall:.2f}")
    weights = fit(cases)
    lines += [f'"{name}": {one:.2f},' for name, one in zip(evidence.WEIGHTS, weights, strict=True)]
    return "\n".join(lines)


def unseen(stack: Stack) -> list[Case]:
    """The questions of `dev.toml` that stand by themselves."""
    world = World(stack.database)
    asked = [
        one for one in questions.load("dev") if one.kind in {"answer", "none"} and not one.after
    ]
    library = scorer.open_library(world, dict.fromkeys(one.course for one in asked))
    cases = []
    for one in asked:
        world.session.act(user_id=library.learner)
        reply = world.session.rpc(
            "begin_tutor_turn",
            conversation_id=uuid4(),
            course_id=library.courses[one.course],
            question=one.text,
            turn_key=str(uuid4()),
        )[0]["begin_tutor_turn"]
        world.session.rollback()
        context = Context.model_validate(reply)
        cases.append(Case(one.course, one.text, context, one.kind == "answer", judge_of(one)))
    return cases


def judge_of(one: questions.Question) -> Callable[[Sequence[str]], float]:
    """How far quotations answer a question."""
    return lambda told: {"yes": 1.0, "partly": 0.5, "no": 0.0}[one.judge(told)]


def demo(stack: Stack) -> list[Case]:
    """The questions of the demo courses whose answer is marked, and those without one."""
    session = stack.database.connect()
    retrieval.open_courses(session)
    cases = []
    for one in retrieval.load():
        if not one.held_out and (one.phrase or one.kind == "unanswerable"):
            context = retrieval.ask(session, one).context
            phrase = re.sub(r"\s+", " ", one.phrase)
            cases.append(Case(one.course, one.text, context, bool(phrase), holds(phrase), HALF))
    session.rollback()
    session.close()
    return cases


def holds(phrase: str) -> Callable[[Sequence[str]], float]:
    """Whether a quotation holds a phrase."""
    return lambda told: float(any(phrase in re.sub(r"\s+", " ", one) for one in told))


if __name__ == "__main__":
    with ephemeral_stack() as own:
        print(report([*unseen(own), *demo(own)]))
