"""The guard withholds keys in the words of models, and sends what states none."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.services.tutor.context import GuardedItem, GuardMaterial
from app.services.tutor.guard.guard import Guard
from tests.tutor.test_guard import cut

ITEMS = tomllib.loads((Path(__file__).parent / "statements.toml").read_text("utf-8"))["item"]
ID = UUID(int=1)
# Of the statements, so many are in words that only meaning connects with the key.
MOST_SENT = 44
MOST_CUT = 1


def listed(texts: list[str], ids: str = "abcdefgh") -> list[dict[str, str]]:
    """Options with letters."""
    return [{"id": one, "text": text} for one, text in zip(ids, texts, strict=False)]


def item(row: dict[str, Any]) -> GuardedItem:
    """The withheld question of a row."""
    options = row.get("options", [])
    pairs = isinstance(options, dict)
    return GuardedItem(
        question_id=ID,
        lesson_id=ID,
        kind=row["kind"],
        prompt_md=row["prompt"],
        options={"left": listed(options["left"]), "right": listed(options["right"], "wxyz")}
        if pairs
        else listed(options),
        key=row["key"],
    )


@pytest.mark.parametrize(("kind", "most"), [("stated", MOST_SENT), ("harmless", MOST_CUT)])
def test_statements_are_withheld_and_nothing_else(kind: str, most: int) -> None:
    """The learner has pasted the question, without its options."""
    wrong = []
    for row in ITEMS:
        material = GuardMaterial(items=[item(row)])
        for text in row[kind]:
            guard = Guard(material, [str(ID)], [], [row["prompt"]], row["lang"])
            allowed = [guard.check(sentence) is None for sentence in cut([text])]
            if all(allowed) == (kind == "stated"):
                wrong.append((row["prompt"], text))
    assert len(wrong) <= most, wrong
