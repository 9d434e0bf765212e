"""Parses privileges.txt: the privileges of each role on columns and functions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

PRIVILEGES = Path(__file__).with_name("privileges.txt")
CLIENTS = ("anon", "authenticated", "service_role")
COLUMN_LISTS = ("insert", "update")
# The text after the colon of a function, and the audience it means.
AUDIENCES = {
    "anon authenticated service_role": "everybody",
    "authenticated": "learners",
    "authenticated authors": "authors",
    "authenticated staff": "staff",
    "authenticated shared": "shared",
    "authenticated service_role shared": "shared",
    "authenticated service_role staff": "staff",
    "authenticated service_role managers": "managers",
    "authenticated service_role admins": "admins",
    "service_role": "servers",
}

# (role, privilege, object, column); the column is * for a privilege on the whole object.
Privilege = tuple[str, str, str, str]


def _entries() -> Iterator[str]:
    """The lines of the file without comments; continuation lines are joined."""
    entry = ""
    for line in PRIVILEGES.read_text().splitlines():
        text = line.split("#")[0].rstrip()
        if entry and text.startswith("   "):
            entry += f" {text.strip()}"
        elif text:
            yield from [entry] if entry else []
            entry = text
    yield entry


@cache
def read_privileges() -> frozenset[Privilege]:
    """Every privilege that the file names."""
    found: set[Privilege] = set()
    table = ""
    for entry in _entries():
        head, _, tail = (part.strip() for part in entry.partition(" : "))
        kind, *words = head.split()
        if kind == "table":
            table = words[0]
        elif kind == "function":
            name = head.removeprefix("function ")
            found |= {(role, "execute", name, "*") for role in tail.split() if role in CLIENTS}
        else:
            columns = tail.split() if kind in COLUMN_LISTS else ["*"]
            found |= {(role, kind, table, column) for role in words for column in columns}
    return frozenset(found)


@cache
def read_audiences() -> dict[str, str]:
    """The audience of each function, by its bare name; a KeyError for an unknown audience."""
    found: dict[str, str] = {}
    for entry in _entries():
        head, _, tail = (part.strip() for part in entry.partition(" : "))
        if head.startswith("function "):
            found[head.removeprefix("function ").partition("(")[0]] = AUDIENCES[tail]
    return found


def functions_for(*audiences: str) -> frozenset[str]:
    """The functions of these audiences."""
    return frozenset(name for name, one in read_audiences().items() if one in audiences)


def updatable(table: str, role: str) -> frozenset[str]:
    """The columns of a table that a role may update."""
    return frozenset(
        column
        for holder, privilege, name, column in read_privileges()
        if (holder, privilege, name) == (role, "update", table)
    )
