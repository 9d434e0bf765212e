"""Each policy has cells that allow and cells that deny, and the cells detect its mutants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from psycopg import sql

from tests.policies.grid import Cell, Prober, read_access
from tests.policies.policy import (
    Mutant,
    Policy,
    arm_mutants,
    read_policies,
    whole_mutants,
)

# These tests check that the matrix detects changed policies; the matrix itself runs on every
# version of Postgres.
pytestmark = pytest.mark.once

CELLS = read_access()
TABLES = sorted({cell.table for cell in CELLS})

# Arms whose removal has no visible effect, each with the reason why it exists.
EQUIVALENT = {
    "course_staff_select_staff: using without "
    "user_id = (SELECT private.account_id() AS account_id)": (
        "everyone with a row is staff of its course; the arm makes the rule explicit"
    ),
    **{
        f"{table}_select_authenticated: using without "
        "lesson_id = ANY(CAST((SELECT private.cached_lesson_ids() AS cached_lesson_ids) "
        "AS uuid[]))": (
            "open_lesson_ids, the last and most expensive arm, has every cached lesson too"
        )
        for table in ("lesson_contents", "lesson_files", "lesson_passages")
    },
}
# The upper bound of the range for admins: every id is below it, and the planner expects few rows
# from a range with two bounds.
CLOSING = re.compile(r"_select_\w+: using without \w+ <= CAST\('f[f-]+' AS uuid\)$")


@pytest.fixture(scope="module")
def policies(prober: Prober) -> list[Policy]:
    """All policies of the two schemas."""
    return read_policies(prober.session)


def test_registry(policies: list[Policy]) -> None:
    """Every policy has a cell that allows and a cell that denies."""
    missing = []
    for policy in policies:
        tokens = {cell.expected for cell in policy.decides(CELLS)}
        if "ok" not in tokens:
            missing.append(f"{policy.name}: no cell allows")
        if not tokens & {"0", "no"}:
            missing.append(f"{policy.name}: no cell denies")
    assert policies
    assert missing == []


def unnoticed(prober: Prober, mutant: Mutant) -> bool:
    """Whether every cell passes with the mutant; the change is rolled back."""
    # Most promising first: denials for a wider policy, permissions for a narrower one.
    wider = mutant.name == "true"

    def hope(cell: Cell) -> bool:
        return (cell.expected == "ok") is wider

    with prober.session.savepoint():
        mutant.apply(prober.session)
        return next(prober.surprises(sorted(mutant.policy.affects(CELLS), key=hope)), None) is None


def survivors(
    prober: Prober,
    policies: list[Policy],
    table: str,
    mutants: Callable[[Policy], Iterator[Mutant]],
) -> list[str]:
    """The mutants of a table's policies that no cell detects."""
    return [
        str(mutant)
        for policy in policies
        if policy.table == table
        for mutant in mutants(policy)
        if unnoticed(prober, mutant)
    ]


@pytest.mark.parametrize("table", TABLES)
def test_true_and_false_are_noticed(prober: Prober, policies: list[Policy], table: str) -> None:
    """Replacing any clause of any policy by true or by false fails a cell."""
    assert survivors(prober, policies, table, whole_mutants) == []


@pytest.mark.parametrize("table", TABLES)
def test_every_arm_is_noticed(prober: Prober, policies: list[Policy], table: str) -> None:
    """Removing any arm of any policy fails a cell, apart from EQUIVALENT."""
    found = [
        name for name in survivors(prober, policies, table, arm_mutants) if not CLOSING.search(name)
    ]
    assert found == [name for name in EQUIVALENT if name.startswith(f"{table}_")]


@pytest.mark.parametrize(
    "change",
    [
        "alter table public.{} disable row level security",
        "grant all on public.{} to anon, authenticated, service_role",
    ],
    ids=["without row level security", "with all privileges"],
)
@pytest.mark.parametrize("table", TABLES)
def test_an_open_table_is_noticed(prober: Prober, table: str, change: str) -> None:
    """Disabling row-level security or granting every privilege fails a cell."""
    cells = [cell for cell in CELLS if cell.table == table and cell.expected != "ok"]
    with prober.session.savepoint():
        # A table with pending checks cannot be altered.
        prober.session.run("set constraints all immediate")
        prober.session.run(sql.SQL(change).format(sql.Identifier(table)))
        assert next(prober.surprises(cells), None) is not None
