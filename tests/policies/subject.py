"""What the cells of one table work on."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.support.database import Row


@dataclass(frozen=True)
class Upsert:
    """What PostgREST makes of `Prefer: resolution=merge-duplicates`: every sent column is set."""

    row: str
    on: tuple[str, ...]
    values: Row


@dataclass(frozen=True)
class Move:
    """One row is to get another parent."""

    row: str
    values: Row


@dataclass(frozen=True)
class Subject:
    """What the cells of one table work on; names are those of the access file."""

    key: tuple[str, ...]
    rows: dict[str, Row]
    change: Row
    inserts: dict[str, Row]
    upserts: dict[str, Upsert]
    moves: dict[str, Move] = field(default_factory=dict)
