"""What a quiz that the learner has handed in, and may review, says of a message."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.services.tutor.context import Context, GuardedItem
from app.services.tutor.guard.states import states
from app.services.tutor.items import read_all
from app.services.tutor.language import numbers
from app.services.tutor.language.piece import prepare
from app.services.tutor.language.texts import text
from app.services.tutor.teach.items import Finder


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The question that a message is about.

    `answer` is its answer in words; `is_stated` whether the message states it, rightly or to deny
    it: so what may be said is the answer, not that the message is right.
    """

    answer: str
    is_stated: bool


def reviewed(
    message: str,
    thread: Sequence[str],
    revealed: Sequence[GuardedItem],
    context: Context,
    language: str,
) -> Reviewed | None:
    """The question of the reviewed quiz that a message and those before it are nearest to."""
    items = read_all(revealed, language)
    near = Finder(items, language, context).near("\n".join([*thread, message])) if items else ()
    found = next(iter(near), None)
    if found is None:
        return None
    piece = prepare(message, language)
    # Of a calculation the result counts.
    values = [value for _, _, value in numbers.figures(piece.folded)]
    result = values[-1] if len(values) == 1 or (values and "=" in message) else math.inf
    return Reviewed(
        next(_answer(one, language) for one in revealed if found.startswith(str(one.question_id))),
        any(
            states(item, piece, piece) is not None
            and (item.value is None or abs(result - item.value) <= item.tolerance)
            for item in items
            if item.id == found
        ),
    )


def _names(options: Any) -> Mapping[str, str]:
    return {str(one["id"]): str(one.get("text", "")) for one in options}


def _answer(question: GuardedItem, language: str) -> str:
    """The right answer in words; empty for gaps, essays and files."""
    key, options = question.key, question.options
    match question.kind:
        case "single" | "multiple":
            chosen = key["correct"] if isinstance(key["correct"], list) else [key["correct"]]
            return "; ".join(_names(options)[str(one)] for one in chosen)
        case "true_false":
            return text("holds" if key["correct"] else "holds_not", language)
        case "numeric":
            return f"{(key['values'][0] if 'values' in key else key)['value']:.12g}"
        case "short_text":
            return str(key["accepted"][0])
        case "ordering":
            return " → ".join(_names(options)[str(one)] for one in key["order"])
        case "matching":
            left, right = _names(options["left"]), _names(options["right"])
            return "; ".join(f"{left[one]}: {right[other]}" for one, other in key["pairs"].items())
    return ""
