"""The rows and values that the cells of one table use."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.database import Row


@dataclass(frozen=True)
class Upsert:
    """An upsert like `Prefer: resolution=merge-duplicates` of PostgREST, which sets every sent
    column.
    """

    row: str
    on: tuple[str, ...]
    values: Row


@dataclass(frozen=True)
class Move:
    """An update that moves one row to another parent."""

    row: str
    values: Row


@dataclass(frozen=True)
class Subject:
    """The rows and values for the cells of one table; the names are those of access.txt."""

    key: tuple[str, ...]
    rows: dict[str, Row]
    change: Row
    inserts: dict[str, Row]
    upserts: dict[str, Upsert]
    moves: dict[str, Move] = field(default_factory=dict)
    # What triggers make of the columns of an insert.
    written: dict[str, Row] = field(default_factory=dict)
