"""One school for all cells of a module; each cell is rolled back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.policies.grid import Prober
from tests.policies.world import World
from tests.support.database import Database


@pytest.fixture(scope="module")
def world(database: Database) -> Iterator[World]:
    """The school of the access matrix, in a transaction that is rolled back after the module."""
    session = database.connect()
    try:
        yield World(session)
    finally:
        session.rollback()
        session.close()


@pytest.fixture(scope="module")
def prober(world: World) -> Prober:
    """Tests cells of the access matrix in the school."""
    return Prober(world)


@pytest.fixture
def scene(world: World) -> Iterator[World]:
    """The school for one test, which may change it."""
    with world.session.savepoint():
        yield world
