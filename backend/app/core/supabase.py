"""PostgREST and Storage with the identity of one caller.

The process shares the connections but not the identity: the token goes on each request. The API key
is the publishable one, so the caller's row-level security applies to every call.
`Supabase.as_service` is the exception: it sends the secret key, for writes that only a server may
make.
"""

import asyncio
from copy import copy
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final
from urllib.request import getproxies

import httpx
import structlog

from app.core.config import Settings
from app.core.errors import ServiceError, UpstreamError
from app.core.logging import get_logger
from app.core.security import CurrentUser

Row = dict[str, Any]

# httpcore scans all idle connections of a pool on each request and response, so several small pools
# are faster than a large one.
_POOLS: Final = 8
_POOL: Final = httpx.Limits(max_connections=25, max_keepalive_connections=8, keepalive_expiry=30.0)


class _Pools(httpx.AsyncBaseTransport):
    """Distributes requests over the pools in turn."""

    def __init__(self) -> None:
        self._pools = [httpx.AsyncHTTPTransport(limits=_POOL) for _ in range(_POOLS)]
        self._turns = cycle(self._pools)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await next(self._turns).handle_async_request(request)

    async def aclose(self) -> None:
        for pool in self._pools:
            await pool.aclose()


def open_http(
    settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """The HTTP client of the process, without an identity. `transport` replaces the network."""
    # A proxy from the environment must not bypass a transport that was passed in, and our pools
    # must not bypass a proxy.
    if transport is None and not getproxies().keys() - {"no"}:
        transport = _Pools()
    return httpx.AsyncClient(
        transport=transport,
        trust_env=transport is None,
        timeout=settings.supabase_timeout_seconds,
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: HTTP status and decoded JSON."""

    status: int
    data: Any

    def row(self) -> Row:
        """The only row.

        Raises:
            ServiceError: `upstream_error`, the answer has an unexpected shape.
        """
        if not isinstance(self.data, dict):
            raise ServiceError("upstream_error")
        return self.data

    def rows(self) -> list[Row]:
        """All rows.

        Raises:
            ServiceError: `upstream_error`, the answer has an unexpected shape.
        """
        if not isinstance(self.data, list) or not all(isinstance(row, dict) for row in self.data):
            raise ServiceError("upstream_error")
        return self.data


class Supabase:
    """Reads tables and calls functions as `user`, or as anon without a user.

    Raises (every method):
        UpstreamError: PostgREST or Storage answered with an error.
        ServiceError: `database_unavailable`, `database_timeout`, `upstream_error`.
    """

    def __init__(self, http: httpx.AsyncClient, settings: Settings, user: CurrentUser | None):
        self._http = http
        self._rest = settings.rest_url
        self._storage = settings.storage_url
        self._timeout = settings.supabase_timeout_seconds
        self._headers = {"apikey": settings.supabase_publishable_key.get_secret_value()}
        if user is not None:
            self._headers["Authorization"] = f"Bearer {user.token}"

    @classmethod
    def as_service(cls, http: httpx.AsyncClient, settings: Settings) -> "Supabase | None":
        """PostgREST as service_role; None without a secret key."""
        if settings.supabase_secret_key is None:
            return None
        service = cls(http, settings, None)
        service._headers = {"apikey": settings.supabase_secret_key.get_secret_value()}
        return service

    def patient(self, seconds: float) -> "Supabase":
        """The same caller, for calls that take up to so many seconds."""
        patient = copy(self)
        patient._timeout = max(seconds, self._timeout)
        return patient

    async def select(self, table: str, **params: str) -> list[Row]:
        """Rows of a table; `params` in PostgREST's syntax, for example `id="eq.7"`."""
        return (await self._send("GET", f"{self._rest}/{table}", params=params)).rows()

    async def rpc(self, function: str, **arguments: Any) -> Reply:
        """Call a function with JSON arguments; the function sets the status."""
        return await self._send("POST", f"{self._rest}/rpc/{function}", json=arguments)

    async def insert(self, table: str, row: Row) -> None:
        """Insert a row."""
        await self._send(
            "POST", f"{self._rest}/{table}", json=row, more={"Prefer": "return=minimal"}
        )

    async def upload(self, bucket: str, path: str, data: bytes, media_type: str) -> None:
        """Add an object to Storage; one that exists stays, see `UpstreamError.is_duplicate`."""
        url = f"{self._storage}/object/{bucket}/{path}"
        await self._send("POST", url, content=data, more={"Content-Type": media_type})

    async def download(self, bucket: str, path: str) -> bytes:
        """The bytes of an object of Storage."""
        response = await self._request("GET", f"{self._storage}/object/{bucket}/{path}")
        if not response.is_success:
            _read(response)
        return response.content

    async def remove(self, bucket: str, paths: list[str]) -> int:
        """Delete objects of Storage and return how many there were."""
        url = f"{self._storage}/object/{bucket}"
        return len((await self._send("DELETE", url, json={"prefixes": paths})).rows())

    async def _send(self, method: str, url: str, **content: Any) -> Reply:
        return _read(await self._request(method, url, **content))

    async def _request(
        self, method: str, url: str, more: dict[str, str] | None = None, **content: Any
    ) -> httpx.Response:
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        headers = self._headers | ({"X-Request-Id": request_id} if request_id else {})
        headers |= more or {}
        try:
            # The timeout of httpx limits each read; this one limits the whole call.
            async with asyncio.timeout(self._timeout):
                return await self._http.request(
                    method, url, headers=headers, timeout=self._timeout, **content
                )
        except (TimeoutError, httpx.TimeoutException) as error:
            get_logger().warning("postgrest_timeout", error=type(error).__name__)
            raise ServiceError("database_timeout") from None
        except httpx.HTTPError as error:
            get_logger().warning("postgrest_unreachable", error=type(error).__name__)
            raise ServiceError("database_unavailable") from None


def _read(response: httpx.Response) -> Reply:
    try:
        data = response.json()
    except ValueError:
        data = None
        if response.is_success and response.content:
            raise ServiceError("upstream_error") from None
    if not response.is_success:
        raise UpstreamError(response.status_code, data if isinstance(data, dict) else None)
    return Reply(response.status_code, data)
