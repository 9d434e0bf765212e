"""Models of Anthropic, Google and Amazon Bedrock, through the optional package pydantic-ai-slim.

Nothing of the package is imported before a model is made.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from importlib import import_module
from itertools import groupby
from typing import Any, Final, Literal

from pydantic import SecretStr

from app.core.logging import get_logger
from app.services.tutor.models.base import (
    Ask,
    ChatMessage,
    ModelError,
    ModelStream,
    Usage,
)

Provider = Literal["anthropic", "google", "bedrock"]

# Deltas that wait for a reader; then the provider waits too.
_AHEAD: Final = 64


class PydanticAIModel:
    """A model of pydantic-ai.

    Args:
        model: its name at the provider, such as `claude-sonnet-5-5`.
        api_key: None: what the provider finds in the environment.
        base_url: None: the provider's own.
        temperature, reasoning_effort: sent when not None.
        answer_seconds: until the provider has accepted a question.
        idle_seconds: the longest pause between two deltas.
        backend: a model of pydantic-ai that stands in for the provider's in tests.

    Raises:
        ValueError: the package, or its extra for the provider, is not installed, or the provider
            does not take the settings. The message is one line and holds no value.
    """

    generative = True

    def __init__(
        self,
        provider: Provider,
        model: str,
        *,
        api_key: SecretStr | None = None,
        base_url: str | None = None,
        temperature: float | None = None,
        reasoning_effort: str | None = None,
        answer_seconds: float = 30.0,
        idle_seconds: float = 20.0,
        backend: Any = None,
    ) -> None:
        self.provider: str = provider
        self.name = model.removeprefix(f"{provider}:")
        self._answer = answer_seconds
        self._idle = idle_seconds
        self._options: dict[str, Any] = {
            "timeout": max(answer_seconds, idle_seconds),
            "max_retries": 0,
        }
        if temperature is not None:
            self._options["temperature"] = temperature
        if reasoning_effort is not None:
            self._options["thinking"] = reasoning_effort
        try:
            self._direct: Any = import_module("pydantic_ai.direct")
            self._messages: Any = import_module("pydantic_ai.messages")
            self._exceptions: Any = import_module("pydantic_ai.exceptions")
            self._model = backend or _connect(provider, self.name, api_key, base_url)
        except ImportError:
            raise ValueError(
                f"TUTOR_PROVIDER {provider} needs the package pydantic-ai-slim[{provider}]"
            ) from None
        except Exception as error:
            # Its message may contain the key.
            raise ValueError(
                f"TUTOR_PROVIDER {provider} does not take TUTOR_MODEL, TUTOR_API_KEY or"
                f" TUTOR_BASE_URL as they are ({type(error).__name__})"
            ) from None

    async def open(self, ask: Ask) -> ModelStream:
        """Sends the question; see `ChatModel.open`."""

        def request() -> Any:
            return self._direct.model_request_stream(
                self._model,
                self._conversation(ask.messages),
                model_settings={**self._options, "max_tokens": ask.max_output_tokens},
            )

        stream = PydanticAIStream(request, self._messages, self._exceptions, self._idle)
        await stream.start(self._answer)
        return stream

    async def aclose(self) -> None:
        """Closes the connections."""
        # A provider closes the client that it made when the last to enter the model leaves it.
        async with self._model:
            pass

    def _conversation(self, messages: Sequence[ChatMessage]) -> list[Any]:
        kinds = self._messages
        kind = {
            "assistant": kinds.TextPart,
            "system": kinds.SystemPromptPart,
            "user": kinds.UserPromptPart,
        }
        result: list[Any] = []
        for is_said, group in groupby(messages, lambda one: one.role == "assistant"):
            parts = [kind[one.role](content=one.content) for one in group]
            result.append((kinds.ModelResponse if is_said else kinds.ModelRequest)(parts=parts))
        return result


class PydanticAIStream:
    """An answer of pydantic-ai.

    A task of its own holds the answer open: what pydantic-ai enters it must leave in the same task,
    while a stream may be opened in one task and read in another.
    """

    def __init__(
        self, request: Callable[[], Any], messages: Any, exceptions: Any, idle_seconds: float
    ) -> None:
        self.usage: Usage | None = None
        self._request = request
        self._messages = messages
        self._exceptions = exceptions
        self._idle = idle_seconds
        # None is the end.
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(_AHEAD)
        self._opened = asyncio.Event()
        self._refused: ModelError | None = None
        self._failed: ModelError | None = None
        self._closed = False
        self._deltas = self._read()
        self._pump: asyncio.Task[None] | None = None

    async def start(self, seconds: float) -> None:
        """Returns once the provider has accepted the question.

        Raises:
            ModelError: it did not, or not in time.
        """
        self._pump = asyncio.create_task(self._hold())
        try:
            async with asyncio.timeout(seconds):
                await self._opened.wait()
        except TimeoutError:
            self._refused = ModelError("provider_timeout")
        except BaseException:
            await self.aclose()
            raise
        if self._refused is not None:
            await self.aclose()
            get_logger().warning("provider_failed", code=self._refused.code)
            raise self._refused

    def __aiter__(self) -> AsyncIterator[str]:
        return self._deltas

    async def aclose(self) -> None:
        """Ends the stream, also while another task reads it: that one then sees the end."""
        self._closed = True
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.wait({self._pump})

    async def _read(self) -> AsyncGenerator[str, None]:
        while not self._closed:
            try:
                async with asyncio.timeout(self._idle):
                    delta = await self._waiting.get()
            except TimeoutError:
                self._failed = ModelError("provider_timeout")
                break
            if delta is None:
                break
            yield delta
        if self._closed:
            return
        await self.aclose()
        if self._failed is not None:
            get_logger().warning("provider_broke_off", code=self._failed.code)
            raise self._failed

    async def _hold(self) -> None:
        try:
            async with self._request() as answer:
                self._opened.set()
                async for event in answer:
                    if text := self._text(event):
                        await self._waiting.put(text)
                self._settle(answer)
            await self._waiting.put(None)
        except Exception as error:
            if self._opened.is_set():
                self._failed = self._failure(error)
                await self._waiting.put(None)
            else:
                self._refused = self._failure(error)
        finally:
            self._opened.set()
            # For a reader that waits while the stream is closed; with a full queue none does.
            with contextlib.suppress(asyncio.QueueFull):
                self._waiting.put_nowait(None)

    def _text(self, event: Any) -> str:
        kinds = self._messages
        if isinstance(event, kinds.PartDeltaEvent):
            return event.delta.content_delta if isinstance(event.delta, kinds.TextPartDelta) else ""
        if isinstance(event, kinds.PartStartEvent) and isinstance(event.part, kinds.TextPart):
            return str(event.part.content)
        return ""

    def _settle(self, answer: Any) -> None:
        counted = answer.usage
        if counted.input_tokens > 0 or counted.output_tokens > 0:
            # The input includes what was read from and written to a cache.
            read = min(counted.cache_read_tokens, counted.input_tokens)
            written = min(counted.cache_write_tokens, counted.input_tokens - read)
            self.usage = Usage(counted.input_tokens, counted.output_tokens, read, written)
        if answer.finish_reason is None and answer.provider_name is not None:
            # A stream without a finish reason was cut off.
            raise ModelError("provider_protocol")

    def _failure(self, error: Exception) -> ModelError:
        known = self._exceptions
        if isinstance(error, ModelError):
            return error
        get_logger().warning(
            "provider_raised",
            error=type(error).__name__,
            upstream=getattr(error, "status_code", None),
        )
        if isinstance(error, (TimeoutError, known.ModelTimeoutError, known.ModelRequestTimeout)):
            return ModelError("provider_timeout")
        if self._opened.is_set():
            return ModelError("provider_protocol")
        return ModelError("provider_unavailable", getattr(error, "retry_after", None))


def _connect(provider: Provider, name: str, api_key: SecretStr | None, base_url: str | None) -> Any:
    models = import_module("pydantic_ai.models")
    providers = import_module("pydantic_ai.providers")
    given: dict[str, str] = {}
    if api_key is not None:
        given["api_key"] = api_key.get_secret_value()
    if base_url:
        given["base_url"] = base_url
    return models.infer_model(
        f"{provider}:{name}", lambda kind: providers.infer_provider_class(kind)(**given)
    )
