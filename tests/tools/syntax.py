"""Syntax trees of SQL and PL/pgSQL, from the parser of Postgres."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums, parse_plpgsql, parse_sql, scan

Node = ast.Node


def nodes(tree: Any, enter: Callable[[Node], bool] = lambda node: True) -> Iterator[Any]:
    """The nodes of a tree, the root first; skips the children of nodes that `enter` rejects."""
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
    """A PL/pgSQL body: its declared variables, its SQL, and the expressions that build SQL."""

    # Expressions that are executed as SQL and are not plain literals.
    built: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    trees: list[Any] = field(default_factory=list)


def with_known_types(definition: str) -> str:
    """A definition that the parser accepts: it treats types of public as records and knows no
    others.

    It has no arrays of records; text[] replaces them.
    """

    def known(match: re.Match[str]) -> str:
        return f"{match['before']}text[]" if match["array"] else f"{match['before']}public."

    ours = r"(?:private|public)\.(?P<array>\w+\[\])?"
    head, quote, body = definition.rpartition("\nAS $function$")
    head = re.sub(rf"(?P<before>\b(?:p_\w+|setof|returns) ){ours}", known, head, flags=re.I)
    variable = r"^(?P<before>\s*(?:declare\s+)?v_\w+\s+)"
    return head + quote + re.sub(variable + ours, known, body, flags=re.M)


def plpgsql(definition: str) -> Body:
    """The PL/pgSQL body of a create function or do statement; raises ParseError."""
    body = Body()
    pending: list[Any] = [parse_plpgsql(with_known_types(definition))]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending += item
            continue
        if not isinstance(item, dict):
            continue
        for kind, value in item.items():
            if kind.startswith("PLpgSQL_stmt_dyn"):
                executed(body, value["query"]["PLpgSQL_expr"]["query"])
            elif kind.startswith("PLpgSQL_stmt_") and "dynquery" in value:
                executed(body, value["dynquery"]["PLpgSQL_expr"]["query"])
            # Implicit variables (parameters, found, new) have no line number.
            if kind in ("PLpgSQL_var", "PLpgSQL_rec") and "lineno" in value:
                name = value["refname"]
                # A simple CASE has an implicit variable.
                if name not in ("sqlstate", "sqlerrm") and not name.startswith("__Case__"):
                    body.declared.append(name)
            if kind == "PLpgSQL_expr":
                # Mode 0 is a statement, 2 an expression, 3 to 5 an assignment.
                query, mode = value["query"], value.get("parseMode", 0)
                if mode > 2:
                    query = query.partition(":=" if ":=" in query else "=")[2]
                body.trees += statements(query if mode == 0 else f"select {query}")
            else:
                pending.append(value)
    return body


def executed(body: Body, expression: str) -> None:
    """Record the argument of `execute`: the SQL of a literal, or else the expression."""
    (select,) = statements(f"select {expression}")
    value = select.targetList[0].val
    if isinstance(value, ast.A_Const) and isinstance(value.val, ast.String):
        body.trees += statements(value.val.sval or "")
    else:
        body.built.append(expression)


def lower_keywords(sql: str) -> str:
    """A text with every keyword outside of strings in lower case."""
    text = list(sql)
    for token in scan(sql):
        if token.kind != "NO_KEYWORD":
            for place in range(token.start, token.end + 1):
                text[place] = text[place].lower()
    return "".join(text)


def unqualified(query: str) -> str:
    """A query over one table, without the table name before each column.

    Postgres 16 and later print the query of such a view without the name, earlier versions with it.
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
