"""Constraints of the OpenAPI document that no model declares."""

from typing import Any, Final

# Postgres stores no U+0000 in text.
_TEXT: Final = r"^[^\u0000]*$"
_CLOSED: Final = frozenset({"pattern", "enum", "const", "format", "contentMediaType"})


def refuse_nul(document: dict[str, Any]) -> None:
    """Give each free text of parameters and request bodies a pattern without U+0000."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    seen: set[str] = set()

    def visit(node: Any) -> None:
        if isinstance(node, list):
            for value in node:
                visit(value)
        if not isinstance(node, dict):
            return
        if node.get("type") == "string" and not node.keys() & _CLOSED:
            node["pattern"] = _TEXT
        reference = node.get("$ref")
        if isinstance(reference, str):
            name = reference.rsplit("/", 1)[-1]
            if name not in seen:
                seen.add(name)
                visit(schemas[name])
        for value in node.values():
            visit(value)

    for operations in document["paths"].values():
        for operation in operations.values():
            visit(operation.get("parameters", []))
            visit(operation.get("requestBody", {}))
