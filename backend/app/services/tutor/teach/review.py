"""Which question of a reviewed quiz a message is about, its answer, and whether it is stated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.services.tutor.context import Context, GuardedItem
from app.services.tutor.guard.states import NEGATION
from app.services.tutor.items import Item, read_all
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
    return Reviewed(
        asked.prompt_md,
        finder.helpful([found], message),
        _answer(asked, language),
        _is_right(next(item for item in items if item.id == found), message, language),
    )


def _is_right(item: Item, message: str, language: str) -> bool:
    """Whether a message states the whole answer in words or as a number, and nothing wrong.

    Letters are no answer: each learner sees the options in another order.
    """
    piece = prepare(message, language)
    if NEGATION.search(piece.folded):
        return False
    if item.value is not None:
        # Of a calculation the result counts.
        values = [value for _, _, value in numbers.figures(piece.folded)]
        is_result = len(values) == 1 or (bool(values) and "=" in message)
        return is_result and abs(values[-1] - item.value) <= item.tolerance
    stated = [key.is_in(piece) for key in item.keys]
    is_whole = all(stated) and not any(one.is_in(piece) for one in item.others)
    return any(stated) and (is_whole or not item.options)


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
