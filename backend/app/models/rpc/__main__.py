"""`python -m app.models.rpc`: the shapes as JSON Schema, for supabase/local/types.mjs."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from app.models.rpc.registry import ANSWERS, ARGUMENTS, COLUMNS, DETAILS
from app.models.rpc.stream import TutorDataPart, TutorStreamPart, TutorUIMessage

# Groups with two levels: the columns of a table, the parameters of a function.
_NESTED = {"columns": COLUMNS, "arguments": ARGUMENTS}
_FLAT = {
    "answers": ANSWERS,
    "details": DETAILS,
    "stream": {"part": TutorStreamPart, "data": TutorDataPart, "message": TutorUIMessage},
}


def _all() -> Iterator[tuple[tuple[str, ...], Any]]:
    for group, shapes in _FLAT.items():
        yield from (((group, name), shape) for name, shape in shapes.items())
    for group, nested in _NESTED.items():
        for owner, shapes in nested.items():
            yield from (((group, owner, name), shape) for name, shape in shapes.items())


def schema() -> dict[str, Any]:
    """`types`: schema by name; and each group: the shape of each function, column and error."""
    inputs = [("/".join(path), "validation", TypeAdapter(shape)) for path, shape in _all()]
    found, definitions = TypeAdapter.json_schemas(inputs)  # type: ignore[arg-type]
    answer: dict[str, Any] = {group: {} for group in (*_FLAT, *_NESTED)}
    for path, _ in _all():
        *owners, name = path
        into = answer
        for owner in owners:
            into = into.setdefault(owner, {})
        into[name] = found["/".join(path), "validation"]
    return answer | {"types": definitions.get("$defs", {})}


if __name__ == "__main__":
    print(json.dumps(schema()))
