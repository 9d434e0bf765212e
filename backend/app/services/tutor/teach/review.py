"""What a quiz that the learner has handed in, and may review, says of a message."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.services.tutor.context import Context, GuardedItem
from app.services.tutor.guard.states import NEGATION, states
from app.services.tutor.items import read_all
from app.services.tutor.language import numbers
from app.services.tutor.language.piece import prepare
from app.services.tutor.language.texts import text
from app.services.tutor.teach.evidence import Quotation
from app.services.tutor.teach.items import Finder


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The question that a message is about, and the sentences that help with it.

    `answer` is its answer in words; `is_right` whether the message states it.
    """

    prompt: str
    pointers: tuple[Quotation, ...]
    answer: str
    is_right: bool


def reviewed(
    message: str,
    talk: str,
    revealed: Sequence[GuardedItem],
    context: Context,
    language: str,
) -> Reviewed | None:
    """The question of the reviewed quiz that a talk up to this message is nearest to."""
    items = read_all(revealed, language)
    finder = Finder(items, language, context)
    found = next(iter(finder.near(talk) if items else ()), None)
    if found is None:
        return None
    asked = next(one for one in revealed if found.startswith(str(one.question_id)))
    piece = prepare(message, language)
    # Of a calculation the result counts.
    values = [value for _, _, value in numbers.figures(piece.folded)]
    result = values[-1] if len(values) == 1 or (values and "=" in message) else math.inf
    return Reviewed(
        asked.prompt_md,
        finder.helpful([found], message),
        _answer(asked, language),
        not NEGATION.search(piece.folded)
        and any(
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
