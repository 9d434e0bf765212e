"""Syntax trees of SQL and PL/pgSQL, by the parser of Postgres."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums, parse_plpgsql, parse_sql, scan

Node = ast.Node


def nodes(tree: Any, enter: Callable[[Node], bool] = lambda node: True) -> Iterator[Any]:
    """A tree's nodes, itself first; below those that `enter` declines, none."""
    if isinstance(tree, Node):
        if enter(tree):
            yield tree
            for name in tree:
                yield from nodes(getattr(tree, name), enter)
    elif isinstance(tree, (list, tuple)):
        for item in tree:
            yield from nodes(item, enter)


def statements(sql: str) -> list[Any]:
    """The statements of a text; raises pglast.parser.ParseError when it is not SQL."""
    return [raw.stmt for raw in parse_sql(sql)]


@dataclass
class Body:
    """A PL/pgSQL body: its kinds of statement, the variables it declares, the SQL in it."""

    kinds: set[str] = field(default_factory=set)
    declared: list[str] = field(default_factory=list)
    trees: list[Any] = field(default_factory=list)


def plpgsql(definition: str) -> Body:
    """The PL/pgSQL body of a create function or do statement; raises ParseError."""
    body = Body()
    # The parser knows the types of pg_catalog and public only.
    definition = re.sub(r"(?m)^(\s*(?:declare\s+)?v_\w+\s+)private\.", r"\1public.", definition)
    pending: list[Any] = [parse_plpgsql(definition)]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
            continue
        if not isinstance(item, dict):
            continue
        for kind, value in item.items():
            if kind.startswith("PLpgSQL_stmt_"):
                body.kinds.add(kind.removeprefix("PLpgSQL_stmt_"))
            # Parameters, found, new and the like have no line.
            if kind in ("PLpgSQL_var", "PLpgSQL_rec") and "lineno" in value:
                name = value["refname"]
                # A simple CASE has one of its own.
                if name not in ("sqlstate", "sqlerrm") and not name.startswith("__Case__"):
                    body.declared.append(name)
            if kind == "PLpgSQL_expr":
                # Mode 0 is a statement, 2 an expression, 3 to 5 an assignment to what comes first.
                query, mode = value["query"], value.get("parseMode", 0)
                if mode > 2:
                    query = query.partition(":=" if ":=" in query else "=")[2]
                body.trees += statements(query if mode == 0 else f"select {query}")
            else:
                pending.append(value)
    return body


def lower_keywords(sql: str) -> str:
    """A text with every keyword outside of strings in lower case."""
    text = list(sql)
    for token in scan(sql):
        if token.kind != "NO_KEYWORD":
            for place in range(token.start, token.end + 1):
                text[place] = text[place].lower()
    return "".join(text)


def unqualified(query: str) -> str:
    """A query over one table without the table's name before each of its columns.

    From version 16 on Postgres prints the query of such a view without the names, before with.
    """
    (select,) = statements(query)
    sources: tuple[Any, ...] = select.fromClause or ()
    if (
        select.op is not enums.SetOperation.SETOP_NONE
        or len(sources) != 1
        or isinstance(sources[0], ast.JoinExpr)
    ):
        return query
    name = sources[0].alias.aliasname if sources[0].alias else sources[0].relname
    places = [
        node.location or 0
        for part in ("targetList", "whereClause", "groupClause", "havingClause", "sortClause")
        for node in nodes(getattr(select, part), lambda node: not isinstance(node, ast.SelectStmt))
        if isinstance(node, ast.ColumnRef)
        and node.fields
        and len(node.fields) > 1
        and getattr(node.fields[0], "sval", None) == name
    ]
    for place in sorted(places, reverse=True):
        query = query[:place] + query[query.index(".", place) + 1 :]
    return query
