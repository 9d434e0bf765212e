"""A primary and its replica, called with the same requests."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any
from uuid import UUID

import httpx
import jwt

from tests.support.database import Row
from tests.support.school import School
from tests.support.stack import Stack
from tests.support.tutor import access_token


class Pair:
    """Sessions on both databases, and calls to both PostgREST servers and the gateway."""

    def __init__(self, stack: Stack) -> None:
        assert stack.replica is not None and stack.postgrest_url is not None
        self.stack = stack
        self.primary = stack.database.connect()
        self.replica = stack.replica.database.connect(autocommit=True)
        self.school = School(self.primary)
        self._http = httpx.Client(timeout=20)
        self._bases = {
            "primary": stack.postgrest_url,
            "replica": stack.replica.postgrest_url,
            "gateway": f"{stack.supabase_url}/rest/v1",
        }

    def __enter__(self) -> Pair:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()
        self.primary.close()
        self.replica.close()

    def commit(self) -> None:
        """Commit the work of the session on the primary."""
        self.primary.act("postgres")
        self.primary.commit()

    def ask(
        self,
        where: str,
        path: str,
        actor: UUID | str | None = None,
        *,
        method: str = "GET",
        body: Any = None,
        **parameters: str,
    ) -> httpx.Response:
        """A request to `primary`, `replica` or `gateway`, as a user, service_role or signed out."""
        headers = {"apikey": self.stack.publishable_key}
        if actor == "service_role":
            claims = {"role": "service_role"}
            token = jwt.encode(claims, self.stack.jwt_secret, algorithm="HS256")
            headers["Authorization"] = f"Bearer {token}"
        elif actor is not None:
            headers["Authorization"] = f"Bearer {access_token(self.stack, actor)}"
        return self._http.request(
            method, f"{self._bases[where]}/{path}", headers=headers, params=parameters, json=body
        )

    def catch_up(self, timeout: float = 10.0) -> float:
        """Wait until the replica has replayed the primary's commits; return the seconds."""
        begun = time.perf_counter()
        # Not the insert position: at the end of a page it is beyond the last written record.
        target = self.primary.value("select pg_current_wal_flush_lsn()::text")
        self.primary.rollback()
        while not self.replica.value("select pg_last_wal_replay_lsn() >= %s::pg_lsn", target):
            assert time.perf_counter() - begun < timeout, "the replica does not follow"
        return time.perf_counter() - begun

    def functions(self, *volatilities: str) -> set[str]:
        """The functions of the API with volatility `s`table, `i`mmutable or `v`olatile."""
        rows: list[Row] = self.primary.all(
            "select proname from pg_proc where pronamespace = 'public'::regnamespace "
            "and prokind = 'f' and provolatile = any(%s)",
            list(volatilities),
        )
        self.primary.rollback()
        return {row["proname"] for row in rows}
