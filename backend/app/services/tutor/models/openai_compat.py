"""Any server that speaks chat completions with server-sent events, over httpx.

One `data:` line is one frame: no such server splits a frame over several.
"""

import asyncio
import contextlib
import json
import math
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import groupby
from typing import Any, Final, Literal, cast

import httpx
from pydantic import SecretStr

from app.core.logging import get_logger
from app.services.tutor.models.base import (
    Ask,
    ChatMessage,
    ModelError,
    ModelStream,
    Usage,
)

_MAX_LINE: Final = 1 << 20
_MAX_ERROR_BODY: Final = 1 << 14
# What a server may still say after the last word of an answer: its usage.
_TAIL_SECONDS: Final = 2.0
_NAME: Final = re.compile(r"[a-z_]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server and how to talk to it.

    Args:
        base_url: up to `/chat/completions` or `/embeddings`, without a slash at the end.
        api_key: sent as a bearer token; None or empty for servers that want none.
        connect_seconds: until there is a connection.
        answer_seconds: until the headers of the answer are there.
        idle_seconds: the longest pause between two frames. Comments that keep a connection alive
            are no frames.
    """

    base_url: str
    api_key: SecretStr | None = field(default=None, repr=False)
    connect_seconds: float = 5.0
    answer_seconds: float = 30.0
    idle_seconds: float = 20.0

    def client(self, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
        """A client for this server; a transport replaces the network."""
        headers = {"Accept-Encoding": "identity"}
        if self.api_key is not None and self.api_key.get_secret_value():
            headers["Authorization"] = f"Bearer {self.api_key.get_secret_value()}"
        return httpx.AsyncClient(
            transport=transport,
            # A transport that was passed in must not be bypassed by a proxy from the environment.
            trust_env=transport is None,
            headers=headers,
            timeout=httpx.Timeout(self.answer_seconds, connect=self.connect_seconds, read=None),
            # A stream occupies a connection until it ends.
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=50, keepalive_expiry=30.0
            ),
        )


async def send(
    http: httpx.AsyncClient, endpoint: Endpoint, path: str, body: dict[str, Any]
) -> httpx.Response:
    """The answer to a POST, once its headers are there and say 2xx. The caller closes it.

    Raises:
        ModelError: `provider_timeout` or `provider_unavailable`.
    """
    failed = "provider_unavailable"
    response: httpx.Response | None = None
    try:
        async with asyncio.timeout(endpoint.answer_seconds):
            request = http.build_request("POST", endpoint.base_url + path, json=body)
            response = await http.send(request, stream=True)
    except (TimeoutError, httpx.TimeoutException):
        failed = "provider_timeout"
    except (httpx.HTTPError, httpx.InvalidURL):
        pass
    if response is None:
        # Raised outside of the handler: an httpx error contains the request, and so the key.
        get_logger().warning("provider_failed", code=failed)
        raise ModelError(failed)
    if response.is_success:
        return response
    try:
        names = await _error_names(response)
    finally:
        await response.aclose()
    get_logger().warning("provider_failed", code=failed, upstream=response.status_code, **names)
    raise ModelError(failed, _retry_after(response.headers.get("retry-after")))


class OpenAICompatModel:
    """A model behind chat completions.

    Args:
        model: its name at the server.
        tokens_field: which field carries the longest answer.
        temperature, reasoning_effort: sent when not None.
        stream_usage: whether the server is asked to count tokens.
        transport: stands in for the network in tests.
    """

    provider = "openai_compat"
    generative = True

    def __init__(
        self,
        endpoint: Endpoint,
        model: str,
        *,
        tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens",
        temperature: float | None = None,
        reasoning_effort: str | None = None,
        stream_usage: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = model
        self._endpoint = endpoint
        self._tokens_field = tokens_field
        self._options: dict[str, Any] = {"stream": True}
        if stream_usage:
            self._options["stream_options"] = {"include_usage": True}
        if temperature is not None:
            self._options["temperature"] = temperature
        if reasoning_effort is not None:
            self._options["reasoning_effort"] = reasoning_effort
        self._http = endpoint.client(transport)

    async def open(self, ask: Ask) -> ModelStream:
        """Sends the question; see `ChatModel.open`."""
        body = {
            "model": self.name,
            "messages": merged(ask.messages),
            self._tokens_field: ask.max_output_tokens,
            **self._options,
        }
        response = await send(self._http, self._endpoint, "/chat/completions", body)
        return OpenAICompatStream(response, self._endpoint.idle_seconds)

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._http.aclose()


class OpenAICompatStream:
    """The frames of an answer, as text."""

    def __init__(self, response: httpx.Response, idle_seconds: float) -> None:
        self.usage: Usage | None = None
        self._response = response
        self._idle = idle_seconds
        self._finished = False
        self._closed = False
        self._deltas = self._read()

    def __aiter__(self) -> AsyncIterator[str]:
        return self._deltas

    async def aclose(self) -> None:
        """Ends the stream, also while another task reads it: that one then sees the end."""
        self._closed = True
        with contextlib.suppress(httpx.HTTPError, OSError):
            await self._response.aclose()
        # Running in another task, it ends by itself.
        with contextlib.suppress(RuntimeError):
            await self._deltas.aclose()

    async def _read(self) -> AsyncGenerator[str, None]:
        failed: str | None = None
        rest = b""
        done = False
        deadline = _now() + self._idle
        # A generator, though httpx types it as less, which must not outlive this one.
        read = cast(AsyncGenerator[bytes, None], self._response.aiter_bytes())
        async with contextlib.aclosing(read) as parts:
            while not done and failed is None and not self._closed:
                try:
                    async with asyncio.timeout_at(deadline):
                        part = await anext(parts)
                except StopAsyncIteration:
                    lines, done = [rest], True
                except (TimeoutError, httpx.TimeoutException):
                    failed = "provider_timeout"
                    break
                except (httpx.HTTPError, httpx.StreamError, OSError):
                    failed = "provider_protocol"
                    break
                else:
                    *lines, rest = (rest + part).split(b"\n")
                heard = False
                for line in lines:
                    if not line.startswith(b"data:"):
                        continue
                    heard = True
                    data = line[5:].strip()
                    if data == b"[DONE]":
                        self._finished = done = True
                        break
                    try:
                        text = self._take(json.loads(data.decode())) if data else ""
                    except (ValueError, RecursionError):
                        self._finished, failed = False, "provider_protocol"
                        break
                    if text:
                        yield text
                if len(rest) > _MAX_LINE:
                    self._finished, failed = False, "provider_protocol"
                if heard:
                    deadline = _now() + (_TAIL_SECONDS if self._finished else self._idle)
        if self._closed:
            return
        await self._response.aclose()
        # After the finish reason an answer is complete, even if the connection fails.
        if not self._finished:
            get_logger().warning("provider_broke_off", code=failed or "provider_protocol")
            raise ModelError(failed or "provider_protocol")

    def _take(self, frame: Any) -> str:
        """The text of a frame; stores its usage. ValueError: the frame is malformed."""
        if type(frame) is not dict or frame.get("error") is not None:
            raise ValueError
        if (counted := frame.get("usage")) is not None:
            self.usage = _usage(counted) or self.usage
        choices = frame.get("choices")
        if not choices:
            return ""
        if type(choices) is not list or type(choices[0]) is not dict:
            raise ValueError
        choice = choices[0]
        if choice.get("finish_reason") is not None:
            self._finished = True
        delta = choice.get("delta")
        if delta is None:
            return ""
        if type(delta) is not dict:
            raise ValueError
        content = delta.get("content")
        if type(content) is str:
            return content
        return _joined(content)


def merged(messages: Iterable[ChatMessage]) -> list[dict[str, str]]:
    """Messages with neighbours of one role made one: many chat templates want the roles in turn."""
    return [
        {"role": role, "content": "\n\n".join(one.content for one in group)}
        for role, group in groupby(messages, lambda one: one.role)
    ]


def _joined(content: Any) -> str:
    """Text of a list of parts; None is no text, and parts of other types are not for readers."""
    if content is None:
        return ""
    if type(content) is not list:
        raise ValueError
    texts = [
        part.get("text") for part in content if type(part) is dict and part.get("type") == "text"
    ]
    return "".join(text for text in texts if type(text) is str)


def _usage(counted: Any) -> Usage | None:
    """The usage, or None when a count is malformed."""
    if type(counted) is not dict:
        return None
    details = counted.get("prompt_tokens_details")
    of_prompt = details if type(details) is dict else {}

    def first(inside: str, beside: str) -> Any:
        """A count of the details, or the one of servers that put it beside them."""
        value = of_prompt.get(inside)
        return (counted.get(beside) if value is None else value) or 0

    numbers = [
        counted.get("prompt_tokens"),
        counted.get("completion_tokens"),
        first("cached_tokens", "prompt_cache_hit_tokens"),
        first("cache_write_tokens", "cache_creation_input_tokens"),
    ]
    if not all(type(number) is int and number >= 0 for number in numbers):
        return None
    prompt, completion, hit, written = numbers
    hit = min(hit, prompt)
    return Usage(prompt, completion, hit, min(written, prompt - hit))


async def _error_names(response: httpx.Response) -> dict[str, str]:
    """`error_code`, `error_type` and `error_param` of an error body, where they are mere names.

    Its message is left out: it may quote what was sent.
    """
    body = b""
    try:
        async with asyncio.timeout(_TAIL_SECONDS):
            async for part in response.aiter_bytes():
                body += part
                if len(body) > _MAX_ERROR_BODY:
                    return {}
        error = json.loads(body)["error"]
        return {
            f"error_{key}": error[key]
            for key in ("code", "type", "param")
            if isinstance(error.get(key), str) and _NAME.fullmatch(error[key])
        }
    except (TimeoutError, httpx.HTTPError, ValueError, RecursionError):
        return {}
    except (AttributeError, LookupError, TypeError):
        return {}


def _retry_after(value: str | None) -> float | None:
    """Seconds of the header, which names seconds or a moment."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _now() -> float:
    return asyncio.get_running_loop().time()
