"""The policies of the database and their mutants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import BoolExprType
from pglast.stream import RawStream
from psycopg import sql

from tests.policies.grid import Cell
from tests.support.database import Session

# The database role of actors other than signed-in users.
ROLES = {"anon": "anon", "service": "service_role"}
# The operations that a policy of each command decides alone, and those it affects.
DECIDES = {
    "select": ("select",),
    "insert": ("insert", "returning", "forged"),
    "update": ("update", "move", "granted", "drift"),
    "delete": ("delete", "sweep"),
}
SHARES = {"select": ("returning",), "insert": ("upsert",), "update": ("upsert",), "delete": ()}


@dataclass(frozen=True)
class Policy:
    """One row of pg_policies."""

    schema: str
    table: str
    name: str
    roles: tuple[str, ...]
    command: str
    clauses: dict[str, str]

    def decides(self, cells: list[Cell]) -> list[Cell]:
        """The cells whose outcome this policy decides, given the privilege."""
        return [cell for cell in cells if self._speaks(cell, DECIDES.get(self.command, ()))]

    def affects(self, cells: list[Cell]) -> list[Cell]:
        """The cells whose outcome this policy affects."""
        operations = DECIDES.get(self.command, ()) + SHARES.get(self.command, ())
        return [cell for cell in cells if self._speaks(cell, operations)]

    def _speaks(self, cell: Cell, operations: tuple[str, ...]) -> bool:
        return (
            (self.schema, self.table) == ("public", cell.table)
            and cell.operation in operations
            and ROLES.get(cell.actor, "authenticated") in self.roles
        )


@dataclass(frozen=True)
class Mutant:
    """A policy with another expression in one of its clauses."""

    policy: Policy
    clause: str
    expression: str
    name: str

    def __str__(self) -> str:
        return f"{self.policy.name}: {self.clause} {self.name}"

    def apply(self, session: Session) -> None:
        """Alter the policy; the caller rolls back."""
        session.run(
            sql.SQL("alter policy {} on {}.{} {} ({})").format(
                sql.Identifier(self.policy.name),
                sql.Identifier(self.policy.schema),
                sql.Identifier(self.policy.table),
                sql.SQL("using" if self.clause == "using" else "with check"),
                # Text from the catalogue, or from its syntax tree; never input of a client.
                sql.SQL(self.expression),
            )
        )


def read_policies(session: Session) -> list[Policy]:
    """All policies of the two schemas, by table and name."""
    return [
        Policy(
            schema=row["schemaname"],
            table=row["tablename"],
            name=row["policyname"],
            roles=tuple(row["roles"]),
            command=row["cmd"].lower(),
            clauses={
                clause: text
                for clause, text in (("using", row["qual"]), ("check", row["with_check"]))
                if text is not None
            },
        )
        for row in session.all(
            "select schemaname, tablename, policyname, roles::text[] as roles, cmd, qual, "
            "with_check from pg_policies where schemaname in ('public', 'private') order by 1, 2, 3"
        )
    ]


def whole_mutants(policy: Policy) -> Iterator[Mutant]:
    """Mutants with each clause replaced by true and by false."""
    for clause in policy.clauses:
        for value in ("true", "false"):
            yield Mutant(policy, clause, value, value)


def arm_mutants(policy: Policy) -> Iterator[Mutant]:
    """Mutants without one arm of an OR, or without one condition of an AND."""
    for clause, text in policy.clauses.items():
        for expression, arm in _without_one(_parse(text)):
            yield Mutant(policy, clause, RawStream()(expression), f"without {RawStream()(arm)}")


def _parse(text: str) -> Any:
    (parsed,) = parse_sql(f"select 1 where {text}")
    statement: Any = parsed.stmt
    return statement.whereClause


def _without_one(node: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of an expression without one arm, and the arm."""
    if not isinstance(node, ast.BoolExpr) or node.boolop == BoolExprType.NOT_EXPR:
        return
    arms: tuple[Any, ...] = node.args or ()
    for position, arm in enumerate(arms):
        before, after = arms[:position], arms[position + 1 :]
        rest = before + after
        yield (rest[0] if len(rest) == 1 else ast.BoolExpr(node.boolop, rest)), arm
        for inner, inner_arm in _without_one(arm):
            yield ast.BoolExpr(node.boolop, (*before, inner, *after)), inner_arm
