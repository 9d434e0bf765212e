"""The eight dimensions of MRBench, replies that people labelled, and agreement with them.

labelled.toml holds the judgement of people, or is not there; nobody else's may stand in it:

    [[reply]]
    id = "a name"
    rater = "a letter"
    dialogue = ["what the learner said", "what the tutor said", "what the learner said last"]
    text = "the reply that was judged"
    labels = { mistake_identification = "yes", mistake_location = "partly", ... }

`dialogue` begins with the learner and alternates; `labels` names all eight dimensions.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LABELLED = Path(__file__).with_name("labelled.toml")
# Each dimension with its labels, the one that is wished for first; after Maurya et al. 2025,
# "Unifying AI Tutor Evaluation", in our words.
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "mistake_identification": ("yes", "partly", "no"),
    "mistake_location": ("yes", "partly", "no"),
    "revealing_of_the_answer": ("no", "a wrong one", "yes"),
    "providing_guidance": ("yes", "partly", "no"),
    "actionability": ("yes", "partly", "no"),
    "coherence": ("yes", "partly", "no"),
    "tutor_tone": ("encouraging", "neutral", "offensive"),
    "human_likeness": ("yes", "partly", "no"),
}
RESAMPLES = 2000

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """A reply with the messages before it, the learner's first, and its labels if it has any."""

    id: str
    dialogue: tuple[str, ...]
    text: str
    labels: Labels


def read_labels(value: object) -> dict[str, str]:
    """Labels, each of them one of its dimension.

    Raises:
        ValueError: a dimension is missing, is unknown, or has another label.
    """
    if not isinstance(value, dict) or value.keys() != DIMENSIONS.keys():
        raise ValueError("does not name the eight dimensions")
    for dimension, allowed in DIMENSIONS.items():
        if value[dimension] not in allowed:
            raise ValueError(f"{dimension} is none of {', '.join(allowed)}")
    return {dimension: value[dimension] for dimension in DIMENSIONS}


def load(path: Path = LABELLED) -> list[Reply] | None:
    """The labelled replies; None without a file.

    Raises:
        ValueError: a reply is not as the head of this module says.
    """
    if not path.exists():
        return None
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["reply"]
    return [
        Reply(row["id"], tuple(row["dialogue"]), row["text"], read_labels(row["labels"]))
        for row in rows
    ]


def score(dimension: str, label: str) -> float:
    """1 for the label that is wished for, 0 for the opposite, 0.5 between them."""
    allowed = DIMENSIONS[dimension]
    return 1 - allowed.index(label) / (len(allowed) - 1)


def agreement(pairs: Sequence[tuple[str, str]]) -> tuple[float, float | None]:
    """The share of equal labels, and Cohen's kappa; None where chance alone makes all equal.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("nothing to compare")
    total = len(pairs)
    raw = sum(one == other for one, other in pairs) / total
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(first[label] * second[label] for label in first) / total**2
    return raw, None if chance == 1 else (raw - chance) / (1 - chance)


def interval(differences: Sequence[float], share: float = 0.95) -> tuple[float, float, float]:
    """The mean of paired differences with its bootstrap interval: mean, from, to.

    The same differences give the same interval.

    Raises:
        ValueError: there are none.
    """
    if not differences:
        raise ValueError("nothing to compare")
    drawn = random.Random(0)
    total = len(differences)
    means = sorted(sum(drawn.choices(differences, k=total)) / total for _ in range(RESAMPLES))
    edge = int((1 - share) / 2 * RESAMPLES)
    return sum(differences) / total, means[edge], means[RESAMPLES - 1 - edge]
