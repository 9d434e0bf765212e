"""A live model in conversations with the simulated learners, judged by another one.

Needs a provider with a key, costs money, and is refused where CI is set. Nothing depends on it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from app.core.config import Settings
from app.services.tutor.models.base import ChatModel
from app.services.tutor.models.factory import build_model
from app.services.tutor.models.prompt import PROMPT_VERSION
from tests.support.stack import Stack
from tests.support.tutor import access_token, save_price
from tests.tutor.eval import labels, learners, retrieval
from tests.tutor.eval.judge import judge
from tests.tutor.eval.labels import DIMENSIONS, Labels, Reply
from tests.tutor.eval.learners import Conversation
from tests.tutor.eval.report import write
from tests.tutor.eval.stage import each, stage

LIVE = Path(__file__).with_name("live.json")
NOT_LABELLED = (
    "agreement: not computed. tests/tutor/eval/labelled.toml does not exist; without replies that"
    " people labelled nobody knows what these figures are worth."
)
AT_ONCE = 4


def judge_of(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> ChatModel:
    """The judge: TUTOR_JUDGE_MODEL on the server of the tutor.

    Raises:
        SystemExit: CI is set, or the provider writes nothing of its own, or a key or the judge is
            missing.
    """
    if os.environ.get("CI"):
        raise SystemExit("eval: a live model is never judged in CI")
    if settings.tutor_provider == "extractive":
        raise SystemExit("eval: --live needs a TUTOR_PROVIDER that generates")
    if settings.tutor_api_key is None:
        raise SystemExit("eval: --live needs TUTOR_API_KEY")
    name = os.environ.get("TUTOR_JUDGE_MODEL", "")
    if not name:
        raise SystemExit("eval: --live needs TUTOR_JUDGE_MODEL")
    return build_model(settings.model_copy(update={"tutor_model": name}), transport)


async def run(
    stack: Stack,
    settings: Settings,
    path: Path = LIVE,
    transport: httpx.AsyncBaseTransport | None = None,
) -> str:
    """Holds the conversations, judges each reply, writes the file; returns what it shows.

    A transport stands in for the server of both models.
    """
    judging = judge_of(settings, transport)
    model = build_model(settings, transport)
    try:
        save_price(stack, model.provider, model.name)
        async with stage(settings, model, access_token(stack, retrieval.LEARNER)) as ready:
            held = await each(
                "conversations",
                learners.load(),
                lambda learner: learners.converse(ready, learner, None),
                AT_ONCE,
            )
        judged = await label(judging, replies(held))
        labelled = labels.load()
        again = await label(judging, labelled) if labelled else None
    finally:
        await judging.aclose()
    before = load(path)
    shown = [
        f"model {model.provider}/{model.name}, judge {judging.name}, prompt {PROMPT_VERSION}",
        *table(judged, before),
        f"leaks {sum(len(one.leaks()) for one in held)}, "
        f"ladder not kept {sum(len(one.faults()) for one in held)}",
        *agreed(labelled, again),
    ]
    write(
        path,
        {
            "model": f"{model.provider}/{model.name}",
            "judge": judging.name,
            "prompt_version": PROMPT_VERSION,
            "replies": judged,
        },
    )
    return "\n".join(shown)


def replies(held: Sequence[Conversation]) -> list[Reply]:
    """The replies of conversations, each with what was said before it."""
    found: list[Reply] = []
    for conversation in held:
        dialogue: list[str] = []
        for number, turn in enumerate(conversation.turns, 1):
            dialogue.append(turn.text)
            name = f"{conversation.learner['id']}/{number}"
            found.append(Reply(name, tuple(dialogue), turn.delivered, {}))
            dialogue.append(turn.delivered)
    return found


async def label(model: ChatModel, given: Sequence[Reply]) -> dict[str, dict[str, str]]:
    """The labels that a judge gives, by reply, without those that it could not judge."""

    async def one(reply: Reply) -> tuple[str, dict[str, str] | None]:
        return reply.id, await judge(model, reply)

    return {name: found for name, found in await each("judgements", given, one, AT_ONCE) if found}


def load(path: Path = LIVE) -> dict[str, dict[str, str]]:
    """The labels of the last run; none when there was none."""
    if not path.exists():
        return {}
    found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))["replies"]
    return found


def table(judged: Mapping[str, Labels], before: Mapping[str, Labels]) -> list[str]:
    """The share of wished-for labels, and the change of the score of replies that both runs have.

    The change is the mean of the differences with its 95 % interval.
    """
    lines = [f"{'dimension':28}{'replies':>9}{'as wished':>11}   change (95 %)"]
    both = sorted(judged.keys() & before.keys())
    for dimension, (wished, *_) in DIMENSIONS.items():
        given = [found[dimension] for found in judged.values()]
        share = f"{given.count(wished) / len(given):.2f}" if given else "-"
        change = "-"
        if both:
            mean, low, high = labels.interval(
                [
                    labels.score(dimension, judged[name][dimension])
                    - labels.score(dimension, before[name][dimension])
                    for name in both
                ]
            )
            change = f"{mean:+.2f} ({low:+.2f} to {high:+.2f}), {len(both)} pairs"
        lines.append(f"{dimension:28}{len(given):>9}{share:>11}   {change}")
    return lines


def agreed(labelled: Sequence[Reply] | None, judged: Mapping[str, Any] | None) -> list[str]:
    """How far the judge agrees with people, by dimension."""
    if not labelled or not judged:
        return [NOT_LABELLED]
    lines = [f"{'agreement with people':28}{'replies':>9}{'equal':>11}{'kappa':>9}"]
    known = [reply for reply in labelled if reply.id in judged]
    for dimension in DIMENSIONS:
        raw, kappa = labels.agreement(
            [(reply.labels[dimension], judged[reply.id][dimension]) for reply in known]
        )
        shown = "-" if kappa is None else f"{kappa:.2f}"
        lines.append(f"{dimension:28}{len(known):>9}{raw:>11.2f}{shown:>9}")
    return lines
