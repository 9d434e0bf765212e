"""`make eval`: how well the tutor finds, quotes, teaches and keeps what is withheld.

On a stack of its own. Ends with 1 when a bar is broken. With `--unseen` it asks about courses that
the tutor was not fitted to, and prints the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "backend"))

from app.core.logging import configure_logging
from app.services.tutor.models.factory import build_model
from app.services.tutor.models.prompt import PROMPT_VERSION
from tests.rpc.support import World
from tests.support.stack import Stack, ephemeral_stack
from tests.tutor.eval import live, recordings, report, tier0
from tests.tutor.eval.report import Figure
from tests.tutor.eval.stage import open_school, settings_for
from tests.tutor.unseen import guard_score, questions, scorer


def main() -> int:
    """Runs what the arguments say; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.tutor.eval", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--record",
        action="store_true",
        help="record what the model of TUTOR_PROVIDER says, for later replays",
    )
    choice.add_argument(
        "--live",
        action="store_true",
        help="judge the model of TUTOR_PROVIDER by TUTOR_JUDGE_MODEL; needs a key, costs money",
    )
    choice.add_argument(
        "--unseen",
        action="store_true",
        help="ask about courses that the tutor was not fitted to",
    )
    choice.add_argument(
        "--unseen-guard",
        action="store_true",
        help="what a model that answers freely gives away on courses that are unseen",
    )
    parser.add_argument(
        "--held-out", action="store_true", help="with --unseen…: the half that is run rarely"
    )
    parser.add_argument(
        "--embeddings", metavar="FOLDER", help="with --unseen…: an embedding model, as a folder"
    )
    parser.add_argument("--verbose", action="store_true", help="with --unseen…: show each case")
    chosen = parser.parse_args()
    if chosen.unseen and chosen.held_out and chosen.verbose:
        parser.error("what is held out is not shown")
    configure_logging("ERROR")
    with ephemeral_stack() as stack:
        if chosen.unseen:
            return unseen(
                stack,
                is_held_out=chosen.held_out,
                is_verbose=chosen.verbose,
                embeddings=chosen.embeddings,
            )
        if chosen.unseen_guard:
            guard_score.run(
                stack,
                held_out=chosen.held_out,
                verbose=chosen.verbose,
                embeddings=chosen.embeddings,
            )
            return 0
        if chosen.record:
            return record(stack)
        if chosen.live:
            settings = settings_for(stack, of_environment=True)
            live.judge_of(settings)
            open_school(stack)
            print(asyncio.run(live.run(stack, settings)))
            return 0
        return evaluate(stack)


def unseen(
    stack: Stack, *, is_held_out: bool, is_verbose: bool, embeddings: str | None = None
) -> int:
    """Asks about unseen courses and prints the figures."""
    with tempfile.TemporaryDirectory() as folder:
        asked = questions.load("held_out" if is_held_out else "dev")
        results = scorer.measure(World(stack.database), stack, Path(folder), asked, embeddings)
    if is_verbose:
        print(scorer.details(results))
    print(scorer.table(results))
    return 0


def record(stack: Stack) -> int:
    """Writes recordings."""
    open_school(stack)
    settings = settings_for(stack, of_environment=True)
    count = asyncio.run(recordings.record(stack, settings, build_model(settings)))
    print(f"{count} recordings in {recordings.FOLDER.relative_to(Path.cwd())}")
    return 0


def evaluate(stack: Stack) -> int:
    """Measures, replays, compares with the last report and writes the new one."""
    replayed = asyncio.run(recordings.replay_all(stack))
    figures, faults = tier0.measure(stack)
    changed = [(one.name, one.changes()) for one in replayed]
    wrong = [f"{one.name}: {fault}" for one in replayed for fault in one.faults()]
    figures += [
        Figure("recordings", len(replayed)),
        Figure("recordings that changed", sum(bool(changes) for _, changes in changed)),
        Figure("recordings: leaks, invalid citations", len(wrong), most=0),
    ]
    print(report.table(figures, report.load()))
    for line in [*faults, *wrong]:
        print(f"fault: {line}")
    for name, changes in changed:
        for change in changes:
            print(f"recording {name}: {change}")
    report.save(figures, PROMPT_VERSION)
    broken = [figure.name for figure in figures if figure.is_broken]
    if broken:
        print(f"{len(broken)} bars are broken")
    return 1 if broken else 0


sys.exit(main())
