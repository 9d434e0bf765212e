"""Every cell of the access matrix, and its completeness."""

from __future__ import annotations

import pytest

from tests.policies.grid import ACTORS, ALL_OPERATIONS, MORE_OPERATIONS, Prober, read_access
from tests.policies.world import World

CELLS = read_access()
TABLES = sorted({cell.table for cell in CELLS})


@pytest.mark.parametrize("operation", [*ALL_OPERATIONS, *MORE_OPERATIONS])
@pytest.mark.parametrize("table", TABLES)
def test_cells(prober: Prober, table: str, operation: str) -> None:
    """Every actor gets the result in the matrix for this operation on this table."""
    cells = [cell for cell in CELLS if (cell.table, cell.operation) == (table, operation)]
    assert list(prober.surprises(cells)) == []


def test_every_table_is_in_the_matrix(world: World) -> None:
    """Every table and view of schema public is in the matrix."""
    relations = world.session.all(
        "select relname from pg_class where relnamespace = 'public'::regnamespace "
        "and relkind in ('r', 'p', 'v', 'm', 'f')"
    )
    assert sorted(row["relname"] for row in relations) == TABLES


@pytest.mark.parametrize("table", TABLES)
def test_every_actor_tries_everything(table: str) -> None:
    """Every actor has a cell for each operation."""
    named = {(cell.actor, cell.operation) for cell in CELLS if cell.table == table}
    wanted = {(actor, operation) for actor in ACTORS for operation in ALL_OPERATIONS}
    assert wanted - named == set()


def test_lines_are_not_repeated() -> None:
    """No cell appears twice in the matrix, so that none contradicts another."""
    seen = [(cell.table, cell.operation, cell.case, cell.actor) for cell in CELLS]
    assert len(seen) == len(set(seen))
