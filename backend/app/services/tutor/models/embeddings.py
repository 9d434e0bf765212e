"""Vectors of texts; here from the `/embeddings` of a server that speaks OpenAI's format."""

from __future__ import annotations

import asyncio
import json
import math
import operator
from array import array
from collections.abc import Sequence
from typing import Any, Final, Protocol

import httpx

from app.core.logging import get_logger
from app.services.tutor.models.base import ModelError
from app.services.tutor.models.openai_compat import Endpoint, send

BATCH: Final = 64
# Vectors that are cached, 1.5 kB each with 384 numbers; new texts of one step; how long a question
# waits for new ones.
_CACHED: Final = 20_000
_STEP: Final = 16
_PATIENCE_SECONDS: Final = 0.5


class Embedder(Protocol):
    """An embedding model. `name` is stored with the vectors; `ready` says whether `embed` works."""

    name: str

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        ...

    async def open(self) -> None:
        """Loads the model.

        Raises:
            ModelError: it cannot be loaded; the cause is logged.
        """
        ...

    async def embed(self, texts: Sequence[str], *, queries: bool = False) -> list[list[float]]:
        """One vector a text, in order; some models embed queries in another way than passages.

        Raises:
            ModelError: there are no vectors.
        """
        ...

    async def aclose(self) -> None:
        """Frees what the model holds."""
        ...


class Vectors:
    """Cosines of a question with short texts, whose vectors are cached in the process."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, array[float]] = {}
        self._tasks: dict[asyncio.Task[None], frozenset[str]] = {}

    async def cosines(self, query: Sequence[float], texts: Sequence[str]) -> dict[str, float]:
        """By text, -1 to 1. What has no vector after half a second is left out; it comes later."""
        pending = frozenset[str]().union(*self._tasks.values())
        new = list(
            dict.fromkeys(one for one in texts if one not in self._known and one not in pending)
        )
        if new:
            task = asyncio.create_task(self._embed(new))
            self._tasks[task] = frozenset(new)
            task.add_done_callback(self._tasks.pop)
            await asyncio.wait({task}, timeout=_PATIENCE_SECONDS)
        asked = _unit(query)
        return {
            one: sum(map(operator.mul, asked, vector))
            for one in texts
            if (vector := self._known.get(one)) and len(vector) == len(asked)
        }

    async def _embed(self, texts: Sequence[str]) -> None:
        for start in range(0, len(texts), _STEP):
            step = texts[start : start + _STEP]
            try:
                vectors = await self._embedder.embed(step)
            except ModelError as error:
                get_logger().warning("embedding_failed", code=error.code)
                return
            self._known.update(zip(step, map(_unit, vectors), strict=True))
            while len(self._known) > _CACHED:
                del self._known[next(iter(self._known))]


def _unit(vector: Sequence[float]) -> array[float]:
    length = math.hypot(*vector) or 1.0
    return array("f", [one / length for one in vector])


class ServedEmbedder:
    """An embedding model; `name` is what the server calls it.

    Args:
        transport: stands in for the network in tests.
    """

    def __init__(
        self, endpoint: Endpoint, model: str, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.name = model
        self._endpoint = endpoint
        self._http = endpoint.client(transport)

    @property
    def ready(self) -> bool:
        """Nothing is loaded here."""
        return True

    async def open(self) -> None:
        """Nothing to load."""

    async def embed(self, texts: Sequence[str], *, queries: bool = False) -> list[list[float]]:
        """One vector a text, in order, all of the length that the server gives; 64 a request.

        Raises:
            ModelError: a batch failed; vectors of earlier batches are lost.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            vectors += await self._batch(texts[start : start + BATCH])
        if len({len(vector) for vector in vectors}) > 1:
            raise _nonsense()
        return vectors

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def _batch(self, texts: Sequence[str]) -> list[list[float]]:
        body = {"model": self.name, "input": list(texts), "encoding_format": "float"}
        response = await send(self._http, self._endpoint, "/embeddings", body)
        failed: str | None = None
        content = b""
        try:
            async with asyncio.timeout(self._endpoint.idle_seconds):
                content = await response.aread()
        except (TimeoutError, httpx.TimeoutException):
            failed = "provider_timeout"
        except (httpx.HTTPError, httpx.StreamError):
            failed = "provider_protocol"
        finally:
            await response.aclose()
        if failed is not None:
            get_logger().warning("provider_broke_off", code=failed)
            raise ModelError(failed)
        return _vectors(content, len(texts))


def _vectors(content: bytes, count: int) -> list[list[float]]:
    try:
        data = json.loads(content)["data"]
        vectors: list[list[float] | None] = [None] * count
        for place, item in enumerate(data):
            vectors[int(item.get("index", place))] = [_number(part) for part in item["embedding"]]
    except (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError):
        raise _nonsense() from None
    whole = [vector for vector in vectors if vector]
    if len(whole) != count or len(data) != count:
        raise _nonsense()
    return whole


def _number(value: Any) -> float:
    if type(value) not in {int, float} or not math.isfinite(value):
        raise ValueError
    return float(value)


def _nonsense() -> ModelError:
    get_logger().warning("provider_broke_off", code="provider_protocol")
    return ModelError("provider_protocol")
