"""JSON Schema, as far as the schema of Open Badges uses it; a keyword it does not know is an error.

`schema_errors` answers with one line for each breach.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list,
    "boolean": bool,
    "number": (int, float),
    "object": dict,
    "string": str,
}
_NOTES = {"$comment", "$defs", "$id", "$schema", "description", "title"}


def schema_errors(schema: dict[str, Any], value: Any) -> list[str]:
    """What a value breaks of a schema."""
    return list(_errors(schema, schema, value, "$"))


def _errors(root: dict[str, Any], schema: Any, value: Any, at: str) -> Iterator[str]:
    for keyword, wanted in schema.items():
        match keyword:
            case "$ref":
                name = wanted.removeprefix("#/$defs/")
                yield from _errors(root, root["$defs"][name], value, at)
            case "type":
                if not isinstance(value, _TYPES[wanted]):
                    yield f"{at}: no {wanted}"
                    return
            case "enum":
                if value not in wanted:
                    yield f"{at}: {value!r} is none of {wanted}"
            case "pattern":
                if isinstance(value, str) and not re.search(wanted, value):
                    yield f"{at}: {value!r} does not match {wanted}"
            case "format":
                assert wanted == "date-time", wanted
                datetime.fromisoformat(value)
            case "required":
                if isinstance(value, dict):
                    yield from (f"{at}: {name} is missing" for name in wanted if name not in value)
            case "properties":
                if isinstance(value, dict):
                    for name in wanted.keys() & value.keys():
                        yield from _errors(root, wanted[name], value[name], f"{at}.{name}")
            case "additionalProperties":
                if isinstance(value, dict) and wanted is not True:
                    others = value.keys() - schema.get("properties", {}).keys()
                    for name in others:
                        if wanted is False:
                            yield f"{at}: {name} is not known"
                        else:
                            yield from _errors(root, wanted, value[name], f"{at}.{name}")
            case "minItems":
                if isinstance(value, list) and len(value) < wanted:
                    yield f"{at}: fewer than {wanted}"
            case "items" if isinstance(wanted, list):
                rest = schema.get("additionalItems", {})
                for place, item in enumerate(value):
                    part = wanted[place] if place < len(wanted) else rest
                    yield from _errors(root, part, item, f"{at}[{place}]")
            case "items":
                for place, item in enumerate(value if isinstance(value, list) else []):
                    yield from _errors(root, wanted, item, f"{at}[{place}]")
            case "contains":
                if not any(not list(_errors(root, wanted, item, at)) for item in value):
                    yield f"{at}: holds nothing like {wanted}"
            case "oneOf":
                fits = [one for one in wanted if not list(_errors(root, one, value, at))]
                if len(fits) != 1:
                    yield f"{at}: fits {len(fits)} of oneOf"
            case "allOf":
                for one in wanted:
                    yield from _errors(root, one, value, at)
            case "additionalItems":
                pass
            case _:
                assert keyword in _NOTES, f"unknown keyword {keyword}"
