"""The policies of the database and their mutants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import BoolExprType
from pglast.stream import RawStream
from psycopg import sql

from tests.policies.grid import ACTORS, OPERATIONS, Cell
from tests.support.database import Session

# The actors to whom the policies of a role apply. service_role and postgres pass policies by.
ROLE_OF = {name: "authenticated" for name in ACTORS} | {"anon": "anon", "service": "service_role"}
DENIED = ("0", "no")


@dataclass(frozen=True)
class Policy:
    """One row of pg_policies."""

    schema: str
    table: str
    name: str
    roles: tuple[str, ...]
    command: str
    clauses: dict[str, str]

    def cells(self, cells: list[Cell]) -> list[Cell]:
        """The cells in which this policy has a say."""
        return [
            cell
            for cell in cells
            if (self.schema, self.table) == ("public", cell.table)
            and cell.operation in OPERATIONS.get(self.command, ())
            and ROLE_OF.get(cell.actor, "authenticated") in self.roles
        ]


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
        """Alters the policy; the caller undoes it."""
        session.run(
            sql.SQL("alter policy {} on {}.{} {} ({})").format(
                sql.Identifier(self.policy.name),
                sql.Identifier(self.policy.schema),
                sql.Identifier(self.policy.table),
                sql.SQL("using" if self.clause == "using" else "with check"),
                # Text of the catalogue, or of its syntax tree; nothing a client has sent.
                sql.SQL(self.expression),  # type: ignore[arg-type]
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
    """Each clause replaced by true and by false."""
    for clause in policy.clauses:
        for value in ("true", "false"):
            yield Mutant(policy, clause, value, value)


def arm_mutants(policy: Policy) -> Iterator[Mutant]:
    """Each arm of an OR taken away, each condition of an AND dropped."""
    for clause, text in policy.clauses.items():
        for expression, arm in _without_one(_parse(text)):
            yield Mutant(policy, clause, RawStream()(expression), f"without {RawStream()(arm)}")


def _parse(text: str) -> Any:
    return parse_sql(f"select 1 where {text}")[0].stmt.whereClause


def _without_one(node: Any) -> Iterator[tuple[Any, Any]]:
    """Pairs of an expression that lacks one arm, and the arm."""
    if not isinstance(node, ast.BoolExpr) or node.boolop == BoolExprType.NOT_EXPR:
        return
    for position, arm in enumerate(node.args):
        rest = node.args[:position] + node.args[position + 1 :]
        yield (rest[0] if len(rest) == 1 else ast.BoolExpr(node.boolop, rest)), arm
        for inner, inner_arm in _without_one(arm):
            changed = (*node.args[:position], inner, *node.args[position + 1 :])
            yield ast.BoolExpr(node.boolop, changed), inner_arm
