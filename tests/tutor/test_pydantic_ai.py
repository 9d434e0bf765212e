"""The adapter of pydantic-ai: with the package where it is installed, else with a stand-in."""

import asyncio
import dataclasses
import sys
import types
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from app.services.tutor.models.base import ChatMessage, ModelError, ModelStream, Usage
from app.services.tutor.models.pydantic_ai import PydanticAIModel
from tests.tutor.asks import make_ask, read

INSTALLED = find_spec("pydantic_ai") is not None
Say = Callable[..., AsyncIterator[str]]


def _stand_in() -> dict[str, types.ModuleType]:
    """The part of the package that the adapter uses, by module."""

    def record(name: str, *fields: str, **defaults: Any) -> type:
        extra = [(key, Any, dataclasses.field(default=value)) for key, value in defaults.items()]
        return dataclasses.make_dataclass(name, [*((field, Any) for field in fields), *extra])

    class FunctionModel:
        def __init__(self, *, stream_function: Say) -> None:
            self.stream_function = stream_function

        async def __aenter__(self) -> "FunctionModel":
            return self

        async def __aexit__(self, *_: object) -> None:
            return None

    @asynccontextmanager
    async def model_request_stream(
        model: Any, messages: list[Any], *, model_settings: dict[str, Any]
    ) -> AsyncIterator[Any]:
        told = model.stream_function(messages, SimpleNamespace(model_settings=model_settings))
        try:
            yield Answer(told)
        finally:
            await told.aclose()

    class Answer:
        finish_reason = None
        provider_name = None
        usage = SimpleNamespace(
            input_tokens=50, output_tokens=2, cache_read_tokens=0, cache_write_tokens=0
        )

        def __init__(self, told: AsyncIterator[str]) -> None:
            self.told = told

        async def __aiter__(self) -> AsyncIterator[Any]:
            part = messages.TextPart
            first = True
            async for text in self.told:
                if first:
                    yield messages.PartStartEvent(index=0, part=part(content=text))
                else:
                    change = messages.TextPartDelta(content_delta=text)
                    yield messages.PartDeltaEvent(index=0, delta=change)
                first = False

    messages: Any = types.ModuleType("pydantic_ai.messages")
    for name in ("SystemPromptPart", "UserPromptPart", "TextPart", "ThinkingPart"):
        setattr(messages, name, record(name, "content"))
    for name in ("ModelRequest", "ModelResponse"):
        setattr(messages, name, record(name, "parts"))
    messages.TextPartDelta = record("TextPartDelta", "content_delta")
    messages.ThinkingPartDelta = record("ThinkingPartDelta", "content_delta")
    messages.PartStartEvent = record("PartStartEvent", "index", "part")
    messages.PartDeltaEvent = record("PartDeltaEvent", "index", "delta")

    exceptions: Any = types.ModuleType("pydantic_ai.exceptions")
    api_error: Any = type("ModelAPIError", (RuntimeError,), {"__init__": _api_error})
    exceptions.ModelAPIError = api_error
    for name in ("ModelTimeoutError", "ModelRequestTimeout"):
        setattr(exceptions, name, type(name, (api_error,), {}))
    exceptions.UnexpectedModelBehavior = type("UnexpectedModelBehavior", (RuntimeError,), {})

    direct: Any = types.ModuleType("pydantic_ai.direct")
    direct.model_request_stream = model_request_stream
    models: Any = types.ModuleType("pydantic_ai.models")
    models.__path__ = []
    models.infer_model = lambda name, factory: SimpleNamespace(name=name, provider=factory(name))
    function: Any = types.ModuleType("pydantic_ai.models.function")
    function.FunctionModel = FunctionModel
    providers: Any = types.ModuleType("pydantic_ai.providers")
    providers.infer_provider_class = _provider_class
    package: Any = types.ModuleType("pydantic_ai")
    package.__path__ = []
    modules = [package, messages, exceptions, direct, models, function, providers]
    return {module.__name__: module for module in modules}


def _api_error(
    self: Any, model_name: str, message: str, *, retry_after: float | None = None
) -> None:
    RuntimeError.__init__(self, message)
    self.retry_after = retry_after


def _provider_class(kind: str) -> Callable[..., Any]:
    if kind.startswith("google"):
        raise ImportError("the SDK is missing")

    def connect(api_key: str | None = None, base_url: str | None = None) -> Any:
        if api_key is None:
            raise RuntimeError("set a key")
        return SimpleNamespace(api_key=api_key, base_url=base_url)

    return connect


@pytest.fixture(autouse=True)
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package, real or not."""
    if not INSTALLED:
        for name, module in _stand_in().items():
            monkeypatch.setitem(sys.modules, name, module)
    yield


def make_model(say: Say, **changes: Any) -> PydanticAIModel:
    """A model whose answers are a function's."""
    function_model = import_module("pydantic_ai.models.function").FunctionModel
    values: dict[str, Any] = {"answer_seconds": 0.2, "idle_seconds": 0.2}
    backend = function_model(stream_function=say)
    return PydanticAIModel("anthropic", "claude-x", backend=backend, **(values | changes))


class Answer:
    """An answer whose events, and whose end, a test chooses."""

    def __init__(self, *events: Any, finish: str | None = "stop", usage: Any = None) -> None:
        self.events = events
        self.finish_reason = finish
        self.provider_name = "anthropic"
        self.usage = usage or SimpleNamespace(
            input_tokens=0, output_tokens=0, cache_read_tokens=0, cache_write_tokens=0
        )

    async def __aiter__(self) -> AsyncIterator[Any]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event


async def opened(answer: Answer | Exception) -> ModelStream:
    """A stream of this answer."""

    async def say(*_: Any) -> AsyncIterator[str]:
        yield ""

    @asynccontextmanager
    async def request(*_: Any, **__: Any) -> AsyncIterator[Answer]:
        if isinstance(answer, Exception):
            raise answer
        yield answer

    model = make_model(say)
    model._direct = SimpleNamespace(model_request_stream=request)
    return await model.open(make_ask())


def kinds() -> Any:
    """The classes of messages and events."""
    return import_module("pydantic_ai.messages")


def errors() -> Any:
    """The exceptions."""
    return import_module("pydantic_ai.exceptions")


async def test_an_answer_through_the_package() -> None:
    """Deltas, usage, and the prompt that the model receives."""

    async def say(messages: list[Any], info: Any) -> AsyncIterator[str]:
        told.extend(messages)
        settings.append(dict(info.model_settings))
        yield "Wa"
        yield "ter"

    told: list[Any] = []
    settings: list[dict[str, Any]] = []
    model = make_model(say, temperature=0.5, reasoning_effort="low")
    assert (model.provider, model.name, model.generative) == ("anthropic", "claude-x", True)
    stream = await model.open(
        make_ask(
            "q2",
            ChatMessage("system", "rules"),
            ChatMessage("system", "passages"),
            ChatMessage("user", "q1"),
            ChatMessage("assistant", "a1"),
            ChatMessage("user", "q2"),
        )
    )
    assert await read(stream) == ["Wa", "ter"]
    assert stream.usage is not None
    assert stream.usage.input_tokens > 0
    assert stream.usage.output_tokens == 2
    assert [
        (type(message).__name__, [part.content for part in message.parts]) for message in told
    ] == [
        ("ModelRequest", ["rules", "passages", "q1"]),
        ("ModelResponse", ["a1"]),
        ("ModelRequest", ["q2"]),
    ]
    [sent] = settings
    assert sent["max_tokens"] == 800
    assert sent["temperature"] == 0.5
    # The package takes away what its stand-in for a model does not know.
    assert INSTALLED or sent["thinking"] == "low"
    await model.aclose()


async def test_opened_in_one_task_and_read_in_another() -> None:
    """As the pipeline does."""

    async def say(*_: Any) -> AsyncIterator[str]:
        for number in range(200):
            yield str(number)

    stream = await asyncio.create_task(make_model(say).open(make_ask()))
    texts = await asyncio.create_task(read(stream))
    assert texts == [str(number) for number in range(200)]


@pytest.mark.parametrize("way", ["cancel", "close", "close from elsewhere"])
async def test_left_half_read(way: str) -> None:
    """The answer of the package is closed."""

    async def say(*_: Any) -> AsyncIterator[str]:
        try:
            yield "Water"
            yield " boils"
            await asyncio.sleep(60)
        finally:
            closed.set()

    closed = asyncio.Event()
    stream = await make_model(say, idle_seconds=30.0).open(make_ask())
    if way == "close":
        async for _text in stream:
            break
        await stream.aclose()
    else:
        reader = asyncio.create_task(read(stream))
        await asyncio.sleep(0.05)
        if way == "cancel":
            reader.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reader
        else:
            await stream.aclose()
            assert await reader == ["Water", " boils"]
    async with asyncio.timeout(0.5):
        await closed.wait()
    assert stream.usage is None
    await stream.aclose()


async def test_a_pause_that_is_too_long() -> None:
    """The answer is closed then, too."""

    async def say(*_: Any) -> AsyncIterator[str]:
        try:
            yield "Water"
            await asyncio.sleep(60)
            yield "boils"
        finally:
            closed.set()

    closed = asyncio.Event()
    stream = await make_model(say).open(make_ask())
    with pytest.raises(ModelError, match="provider_timeout"):
        await read(stream)
    assert closed.is_set()


async def test_an_answer_that_does_not_come() -> None:
    """The wait is limited, and its end is an end of the request."""

    @asynccontextmanager
    async def request(*_: Any, **__: Any) -> AsyncIterator[Answer]:
        try:
            await asyncio.sleep(60)
        finally:
            closed.set()
        yield Answer()

    async def say(*_: Any) -> AsyncIterator[str]:
        yield ""

    closed = asyncio.Event()
    model = make_model(say)
    model._direct = SimpleNamespace(model_request_stream=request)
    with pytest.raises(ModelError, match="provider_timeout"):
        await model.open(make_ask())
    assert closed.is_set()

    closed.clear()
    opening = asyncio.create_task(model.open(make_ask()))
    await asyncio.sleep(0.02)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert closed.is_set()


@pytest.mark.parametrize("finish", ["stop", "length", "content_filter", "tool_call"])
async def test_any_reason_ends_an_answer(finish: str) -> None:
    assert await read(await opened(Answer(finish=finish))) == []


async def test_usage() -> None:
    """Tokens of the cache are part of the input; nothing counted is no usage."""
    counted = SimpleNamespace(
        input_tokens=30, output_tokens=5, cache_read_tokens=20, cache_write_tokens=6
    )
    stream = await opened(Answer(usage=counted))
    await read(stream)
    assert stream.usage == Usage(30, 5, 20, 6)
    stream = await opened(Answer())
    await read(stream)
    assert stream.usage is None


async def test_only_text_is_read() -> None:
    """Thoughts and events of other kinds say nothing."""
    named = kinds()
    stream = await opened(
        Answer(
            named.PartStartEvent(index=0, part=named.ThinkingPart(content="hm")),
            named.PartDeltaEvent(index=0, delta=named.ThinkingPartDelta(content_delta="hm")),
            object(),
            named.PartStartEvent(index=1, part=named.TextPart(content="")),
            named.PartDeltaEvent(index=1, delta=named.TextPartDelta(content_delta="Water")),
        )
    )
    assert await read(stream) == ["Water"]


async def test_refused() -> None:
    """Nothing was produced."""
    for error, code, retry_after in [
        (errors().ModelAPIError("m", "no", retry_after=7.0), "provider_unavailable", 7.0),
        (errors().ModelAPIError("m", "no"), "provider_unavailable", None),
        (errors().ModelTimeoutError("m", "slow"), "provider_timeout", None),
        (OSError("refused"), "provider_unavailable", None),
        (TimeoutError(), "provider_timeout", None),
    ]:
        with pytest.raises(ModelError) as caught:
            await opened(error)
        assert (caught.value.code, caught.value.retry_after) == (code, retry_after)


async def test_a_stream_that_breaks() -> None:
    """What was said before is read, then the error comes; an end without a reason is none."""
    named = kinds()
    water = named.PartStartEvent(index=0, part=named.TextPart(content="Water"))
    for answer, code in [
        (Answer(water, errors().ModelAPIError("m", "overloaded")), "provider_protocol"),
        (Answer(water, errors().UnexpectedModelBehavior("odd")), "provider_protocol"),
        (Answer(water, OSError("reset")), "provider_protocol"),
        (Answer(water, errors().ModelTimeoutError("m", "slow")), "provider_timeout"),
        (Answer(water, finish=None), "provider_protocol"),
    ]:
        stream = await opened(answer)
        said = []
        with pytest.raises(ModelError, match=code):
            async for text in stream:
                said.append(text)
        assert said == ["Water"]


def test_a_key_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says so, and never what was given."""
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ValueError, match=r"^TUTOR_PROVIDER anthropic does not take") as caught:
        PydanticAIModel("anthropic", "claude-x")
    assert "\n" not in str(caught.value)


async def test_with_a_key() -> None:
    """The name may carry the provider; the key is not printed."""
    model = PydanticAIModel(
        "anthropic",
        "anthropic:claude-haiku-4-5",
        api_key=SecretStr("sk-hidden"),
        base_url="http://models.test",
    )
    assert model.name == "claude-haiku-4-5"
    assert "sk-hidden" not in repr(model)


@pytest.mark.skipif(INSTALLED, reason="the package is installed")
def test_an_sdk_that_is_missing() -> None:
    """One line names the package and its extra."""
    with pytest.raises(ValueError, match=r"needs the package pydantic-ai-slim\[google\]$"):
        PydanticAIModel("google", "gemini-x", api_key=SecretStr("sk-hidden"))
