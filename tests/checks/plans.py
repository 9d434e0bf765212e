"""Plans of statements as they run, and the faults in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.support.database import Database, Session, Statement

Node = dict[str, Any]

# Conditions that are evaluated for each row, or for each page of rows.
CONDITIONS = ("Filter", "Join Filter", "Index Cond", "Recheck Cond", "Hash Cond", "Merge Cond")
# Our own functions; auth.uid() is inlined, so its body appears in the plan.
CALL = re.compile(r"\b((?:auth|private)\.\w+|current_setting)\(")
# A statement that reads few rows must not scan a table of this size.
BIG = 10_000
SETTINGS = {
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "json",
    # Notices go to the client, also from functions that suppress them, and not to the log.
    "auto_explain.log_level": "warning",
    "client_min_messages": "warning",
    "log_min_messages": "fatal",
}


def walk(node: Node) -> Iterator[Node]:
    """A node and all its descendants."""
    yield node
    for child in node.get("Plans", []):
        yield from walk(child)


def conditions(node: Node) -> Iterator[str]:
    """The conditions of a node, except those that are evaluated once a statement."""
    for name in CONDITIONS:
        if name in node:
            yield str(node[name])


@dataclass
class Tables:
    """The row count of each table, the table of each index, the first column of each btree."""

    rows: dict[str, float]
    indexes: dict[str, str]
    columns: dict[str, str]

    def of(self, node: Node) -> str | None:
        """The table that a node reads."""
        name = node.get("Relation Name") or self.indexes.get(node.get("Index Name", ""))
        # A partition counts as its parent table.
        return re.sub(r"^(learning_events)_\w+$", r"\1", name) if name else None

    def is_entered(self, node: Node) -> bool:
        """Whether the condition of an index scan includes the first column of the index."""
        column = self.columns.get(node["Index Name"], "")
        return re.search(rf"\b{column}\b", node.get("Index Cond", "")) is not None

    def is_big(self, node: Node) -> bool:
        """Whether the node reads a table, or a partition, with many rows."""
        name = node.get("Relation Name") or self.indexes.get(node.get("Index Name", ""), "")
        return self.rows.get(name, 0) >= BIG


@dataclass
class Recorder:
    """A session that records the plan of each statement, including those inside functions."""

    session: Session
    tables: Tables
    plans: list[tuple[str, Node]] = field(default_factory=list)

    def keep(self, diagnostic: psycopg.errors.Diagnostic) -> None:
        """Store a plan that auto_explain reports."""
        _, found, text = (diagnostic.message_primary or "").partition("  plan:\n")
        if found:
            plan = json.loads(text)
            self.plans.append((" ".join(plan["Query Text"].split()), plan["Plan"]))

    def run(self, statement: Statement, facts: dict[str, Any]) -> list[tuple[str, Node]]:
        """Run a statement as the current actor; return the plans of it and of its nested
        statements.
        """
        self.plans.clear()
        self.session.connection.execute(statement, facts)
        assert self.plans, "auto_explain said nothing"
        return list(self.plans)

    def explain(self, statement: sql.Composed, facts: dict[str, Any]) -> Node:
        """The plan of a statement that is not executed."""
        row = self.session.connection.execute(
            sql.SQL("explain (format json) {}").format(statement), facts
        ).fetchone()
        assert row is not None
        ((plan,),) = row.values()
        found: Node = plan["Plan"]
        return found


def recorder(database: Database) -> Recorder:
    """A session of the superuser, because only a superuser may load auto_explain."""
    # Values are inlined: auto_explain reports a statement with parameters only at the next one.
    connection = psycopg.connect(
        database.superuser_url, row_factory=dict_row, cursor_factory=psycopg.ClientCursor
    )
    session = Session(connection)
    relations = session.all(
        "select relname as name, reltuples as rows from pg_class "
        "where relnamespace in ('public'::regnamespace, 'private'::regnamespace)"
    )
    indexes = session.all(
        "select x.relname as name, t.relname as table_name, "
        "case when m.amname = 'btree' then a.attname end as column_name from pg_index as i "
        "inner join pg_class as x on x.oid = i.indexrelid "
        "inner join pg_class as t on t.oid = i.indrelid "
        "inner join pg_am as m on m.oid = x.relam "
        "left join pg_attribute as a on a.attrelid = t.oid and a.attnum = i.indkey[0]"
    )
    tables = Tables(
        rows={row["name"]: row["rows"] for row in relations},
        indexes={row["name"]: row["table_name"] for row in indexes},
        columns={row["name"]: row["column_name"] for row in indexes if row["column_name"]},
    )
    session.run("load 'auto_explain'")
    for name, value in SETTINGS.items():
        session.run("select set_config(%s, %s, false)", name, value)
    session.commit()
    found = Recorder(session, tables)
    connection.add_notice_handler(found.keep)
    return found


def faults(plan: Node, tables: Tables) -> list[str]:
    """The parts of a plan whose cost grows with the school; empty when there are none."""
    found = []
    for node in walk(plan):
        for condition in conditions(node):
            found += [f"calls {name} for each row: {condition}" for name in CALL.findall(condition)]
            if re.search(r"(?<!hashed )SubPlan \d", condition):
                found.append(f"runs a subquery for each row: {condition}")
    # The first rows of a table, or of an index in order, are not the whole table.
    few = {
        id(child)
        for node in walk(plan)
        if node["Node Type"] == "Limit"
        for child in node["Plans"]
        if "Filter" not in child
    }
    for node in walk(plan):
        if id(node) in few or not tables.is_big(node):
            continue
        if node["Node Type"] == "Seq Scan":
            found.append(f"reads all of {tables.of(node)}: {node.get('Filter')}")
        elif "Index Name" in node and not tables.is_entered(node):
            entry = node.get("Index Cond", node.get("Filter"))
            found.append(f"reads all of {node['Index Name']}: {entry}")
    return found


def is_keyed(plan: Node, tables: Tables, table: str, key: str) -> bool:
    """Whether an index finds the rows of the table by conditions that include this column."""
    return any(
        tables.of(node) == table
        and re.search(rf"\b{key} (=|>=|@@|~~|%)", str(node.get("Index Cond")))
        for node in walk(plan)
    )
