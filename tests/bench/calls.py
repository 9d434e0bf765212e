"""One call of a client: the HTTP request to PostgREST, and the SQL that PostgREST generates.

The SQL is that of PostgREST 12, recorded from pg_stat_statements: the arguments of a function are
one JSON document, and the database writes the answer as one JSON document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from psycopg import sql

MAX_ROWS = 1000
SETTINGS = (
    "select set_config('search_path', '\"public\", \"extensions\"', true), "
    "set_config('request.jwt.claims', %s, true), set_config('role', %s, true), "
    "set_config('request.method', %s, true), set_config('request.path', %s, true), "
    "set_config('request.headers', '{}', true), set_config('request.cookies', '{}', true)"
)
ANSWER = """
select
  null::bigint as total_result_set, pg_catalog.count(_postgrest_t) as page_total,
  coalesce(json_agg(_postgrest_t), '[]') as body,
  nullif(current_setting('response.headers', true), '') as response_headers,
  nullif(current_setting('response.status', true), '') as response_status
from (select source.* from pgrst_source as source limit {limit}) as _postgrest_t
"""
FUNCTION = """
with pgrst_source as (
  select pgrst_call.*
  from (select %s::json as json_data) as pgrst_payload,
  lateral (
    select case
      when json_typeof(pgrst_payload.json_data) = 'array' then pgrst_payload.json_data
      else json_build_array(pgrst_payload.json_data)
    end as val
  ) as pgrst_uniform_json,
  lateral (
    select {names} from json_to_recordset(pgrst_uniform_json.val) as _({columns}) limit 1
  ) as pgrst_body,
  lateral public.{function}({given}) as pgrst_call
)
"""
CONSTANT = "with pgrst_source as (select pgrst_call.* from public.{function}() as pgrst_call)\n"
TABLE = "with pgrst_source as (select {columns} from public.{table}{where}{order} limit {limit})\n"

Types = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Call:
    """One call, as anon when there is no user. `order` and `limit` are for tables only."""

    user_id: UUID | None
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    columns: Sequence[str] = ()
    order: str | None = None
    limit: int | None = None

    @property
    def role(self) -> str:
        """The role in the token of this caller."""
        return "anon" if self.user_id is None else "authenticated"

    @property
    def is_function(self) -> bool:
        """Whether it calls a function; otherwise it reads a table."""
        return not self.columns

    @property
    def method(self) -> str:
        """The method that supabase-js uses."""
        return "POST" if self.is_function else "GET"

    @property
    def path(self) -> str:
        """The path below the address of PostgREST."""
        if self.is_function:
            return f"/rpc/{self.name}"
        query = {"select": ",".join(self.columns)}
        query |= {key: f"eq.{_text(value)}" for key, value in self.arguments.items()}
        query |= {"order": self.order} if self.order else {}
        query |= {"limit": str(self.limit)} if self.limit else {}
        return f"/{self.name}?{urlencode(query)}"

    @property
    def body(self) -> bytes:
        """The arguments of a function; nothing for a table."""
        return json.dumps(dict(self.arguments), default=str).encode() if self.is_function else b""

    def claims(self, role: str | None = None) -> dict[str, str]:
        """The claims that row-level security reads."""
        subject = {} if self.user_id is None else {"sub": str(self.user_id)}
        return {"role": role or self.role, **subject}

    def statement(self, types: Types) -> sql.Composed:
        """The SQL; `types` has the argument types of each function."""
        answer = sql.SQL(ANSWER).format(limit=sql.Literal(min(self.limit or MAX_ROWS, MAX_ROWS)))
        if not self.is_function:
            return self._table() + answer
        name = sql.Identifier(self.name)
        if not self.arguments:
            return sql.SQL(CONSTANT).format(function=name) + answer
        known = types[self.name]
        names = [sql.Identifier(key) for key in self.arguments]
        columns = [sql.Identifier(key) + sql.SQL(" " + known[key]) for key in self.arguments]
        given = [one + sql.SQL(" := pgrst_body.") + one for one in names]
        return (
            sql.SQL(FUNCTION).format(
                function=name,
                names=sql.SQL(", ").join(names),
                columns=sql.SQL(", ").join(columns),
                given=sql.SQL(", ").join(given),
            )
            + answer
        )

    def parameters(self) -> list[Any]:
        """The values of the placeholders of the SQL."""
        if not self.is_function:
            return list(self.arguments.values())
        return [self.body.decode()] if self.arguments else []

    def _table(self) -> sql.Composed:
        where = [sql.Identifier(key) + sql.SQL(" = %s") for key in self.arguments]
        column, _, direction = (self.order or "").partition(".")
        ordered = sql.SQL(" order by {} {}").format(
            sql.Identifier(column), sql.SQL("desc" if direction == "desc" else "asc")
        )
        return sql.SQL(TABLE).format(
            columns=sql.SQL(", ").join(map(sql.Identifier, self.columns)),
            table=sql.Identifier(self.name),
            where=sql.SQL(" where ") + sql.SQL(" and ").join(where) if where else sql.SQL(""),
            order=ordered if self.order else sql.SQL(""),
            limit=sql.Literal(min(self.limit or MAX_ROWS, MAX_ROWS)),
        )


def rpc(user_id: UUID | None, name: str, /, **arguments: Any) -> Call:
    """A call of a function."""
    return Call(user_id, name, arguments)


def get(
    user_id: UUID | None,
    name: str,
    columns: str,
    /,
    *,
    order: str | None = None,
    limit: int | None = None,
    **filters: Any,
) -> Call:
    """A read of a table: comma-separated columns, rows whose columns equal the filters."""
    return Call(user_id, name, filters, columns.split(","), order, limit)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
