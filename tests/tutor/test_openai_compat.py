"""Chat completions over httpx, on a transport in memory and on a socket."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.core.logging import configure_logging
from app.services.tutor.models.base import ChatMessage, ModelError, Usage
from app.services.tutor.models.embeddings import ServedEmbedder
from app.services.tutor.models.openai_compat import Endpoint, OpenAICompatModel, OpenAICompatStream
from tests.tutor.asks import make_ask, read

KEY = "sk-hidden-key"
DONE = b"data: [DONE]\n\n"
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
COUNTED = {
    "prompt_tokens": 30,
    "completion_tokens": 5,
    "prompt_tokens_details": {"cached_tokens": 20},
}

Piece = bytes | float | Exception


def frame(**values: Any) -> bytes:
    """A frame with this object."""
    return b"data: " + json.dumps(values).encode() + b"\n\n"


def delta(text: Any, finish: str | None = None) -> bytes:
    """A frame with a text."""
    return frame(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": finish}])


class Body(httpx.AsyncByteStream):
    """A body in pieces: bytes, a pause in seconds, or an exception."""

    def __init__(self, *pieces: Piece) -> None:
        self.pieces = pieces
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            elif isinstance(piece, Exception):
                raise piece
            else:
                await asyncio.sleep(piece)

    async def aclose(self) -> None:
        self.closed = True


class Server(httpx.AsyncBaseTransport):
    """A server in memory, which remembers what it was asked."""

    def __init__(self, answer: httpx.Response | Exception | float) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, float):
            await asyncio.sleep(self.answer)
            return httpx.Response(200)
        return self.answer

    def sent(self) -> dict[str, Any]:
        """The body of the only request."""
        [request] = self.requests
        body: dict[str, Any] = json.loads(request.content)
        return body


def make_model(
    answer: httpx.Response | Exception | float, **changes: Any
) -> tuple[OpenAICompatModel, Server]:
    """A model with its server."""
    server = Server(answer)
    endpoint = Endpoint(
        "http://models.test/v1", SecretStr(KEY), answer_seconds=0.2, idle_seconds=0.2
    )
    return OpenAICompatModel(endpoint, "small", transport=server, **changes), server


async def opened(*pieces: Piece) -> OpenAICompatStream:
    """A stream of these pieces."""
    model, _ = make_model(httpx.Response(200, stream=Body(*pieces)))
    stream = await model.open(make_ask())
    assert isinstance(stream, OpenAICompatStream)
    return stream


async def test_an_answer() -> None:
    """Deltas in order, then usage."""
    usage = frame(choices=[], usage=COUNTED)
    stream = await opened(delta(""), delta("Wa"), delta("ter"), STOP, usage, DONE)
    before = stream.usage
    assert await read(stream) == ["Wa", "ter"]
    assert (before, stream.usage) == (None, Usage(30, 5, 20))


async def test_the_request() -> None:
    """What is sent: key, model, limits, and neighbours of one role as one message."""
    model, server = make_model(httpx.Response(200, stream=Body(STOP)))
    await read(
        await model.open(
            make_ask(
                "q",
                ChatMessage("system", "a"),
                ChatMessage("system", "b"),
                ChatMessage("user", "c"),
                ChatMessage("user", "q"),
            )
        )
    )
    assert server.sent() == {
        "model": "small",
        "messages": [
            {"role": "system", "content": "a\n\nb"},
            {"role": "user", "content": "c\n\nq"},
        ],
        "max_tokens": 800,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    [request] = server.requests
    assert str(request.url) == "http://models.test/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    await model.aclose()


async def test_the_request_can_be_configured() -> None:
    """For servers that want other fields."""
    model, server = make_model(
        httpx.Response(200, stream=Body(STOP)),
        tokens_field="max_completion_tokens",
        temperature=0.2,
        reasoning_effort="low",
        stream_usage=False,
    )
    await read(await model.open(make_ask()))
    sent = server.sent()
    del sent["model"], sent["messages"]
    assert sent == {
        "max_completion_tokens": 800,
        "temperature": 0.2,
        "reasoning_effort": "low",
        "stream": True,
    }


@pytest.mark.parametrize("key", [None, SecretStr("")])
async def test_without_a_key(key: SecretStr | None) -> None:
    """Local servers want none."""
    server = Server(httpx.Response(200, stream=Body(STOP)))
    model = OpenAICompatModel(Endpoint("http://models.test/v1", key), "small", transport=server)
    await read(await model.open(make_ask()))
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
async def test_pieces_of_any_size(size: int) -> None:
    """Frames may be cut anywhere, also within a character; lines may end with CR LF."""
    texts = ["Höhe ", "→ ", "12 m"]
    frames = [f'data:{{"choices":[{{"delta":{{"content":"{text}"}}}}]}}' for text in texts]
    whole = ": hello\r\nevent: x\r\n" + "\r\n\r\n".join(frames) + "\r\n\r\ndata: [DONE]"
    sent = whole.encode()
    stream = await opened(*(sent[at : at + size] for at in range(0, len(sent), size)))
    assert await read(stream) == texts


@pytest.mark.parametrize(
    "reason", ["stop", "length", "content_filter", "tool_calls", "model_length", 7]
)
async def test_any_reason_ends_an_answer(reason: Any) -> None:
    assert await read(await opened(delta("a", reason))) == ["a"]


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (COUNTED, Usage(30, 5, 20)),
        ({"prompt_tokens": 3, "completion_tokens": 1}, Usage(3, 1)),
        (
            {"prompt_tokens": 3, "completion_tokens": 1, "prompt_cache_hit_tokens": 2},
            Usage(3, 1, 2),
        ),
        (
            {
                "prompt_tokens": 3,
                "completion_tokens": 1,
                "prompt_tokens_details": {"cached_tokens": 9},
            },
            Usage(3, 1, 3),
        ),
        (
            {
                "prompt_tokens": 9,
                "completion_tokens": 1,
                "prompt_tokens_details": {"cached_tokens": 2, "cache_write_tokens": 5},
            },
            Usage(9, 1, 2, 5),
        ),
        (
            {"prompt_tokens": 9, "completion_tokens": 1, "cache_creation_input_tokens": 10},
            Usage(9, 1, 0, 9),
        ),
        ({"prompt_tokens": 3}, None),
        ({"prompt_tokens": -3, "completion_tokens": 1}, None),
        ({"prompt_tokens": "3", "completion_tokens": 1}, None),
        (None, None),
        ("many", None),
    ],
)
async def test_usage(counted: Any, expected: Usage | None) -> None:
    """Counts, or none: a malformed count is ignored."""
    stream = await opened(delta("a", "stop"), frame(choices=[], usage=counted), DONE)
    await read(stream)
    assert stream.usage == expected


async def test_what_is_no_text() -> None:
    """Reasoning, roles, parts of other types and empty frames say nothing to the reader."""
    stream = await opened(
        frame(choices=[{"delta": {"role": "assistant", "content": None}}]),
        frame(choices=[{"delta": {"reasoning_content": "hm"}}]),
        frame(choices=[{"index": 0, "delta": None}]),
        frame(choices=None),
        b"data:\n\n",
        delta([{"type": "thinking", "text": "hm"}, {"type": "text", "text": "Wa"}, 3]),
        delta("ter", "stop"),
    )
    assert await read(stream) == ["Wa", "ter"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(400),
        httpx.Response(401),
        httpx.Response(403),
        httpx.Response(404),
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(302, headers={"Location": "http://elsewhere.test"}),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("broken"),
    ],
)
async def test_refused(answer: httpx.Response | Exception) -> None:
    """Nothing was produced, and the answer says nothing about why."""
    model, server = make_model(answer)
    with pytest.raises(ModelError) as caught:
        await model.open(make_ask())
    assert (caught.value.code, caught.value.retry_after) == ("provider_unavailable", None)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("7", 7.0, 7.0),
        ("0.5", 0.5, 0.5),
        ("-3", 0.0, 0.0),
        (formatdate(time.time() + 86400, usegmt=True), 3600.0, 86400.0),
        (formatdate(0, usegmt=True), 0.0, 0.0),
    ],
    # Without the time of day: the processes of a run must collect the same.
    ids=["seconds", "half", "negative", "date", "past"],
)
async def test_retry_after(header: str, least: float, most: float) -> None:
    """Seconds or a moment."""
    model, _ = make_model(httpx.Response(429, headers={"Retry-After": header}))
    with pytest.raises(ModelError) as caught:
        await model.open(make_ask())
    assert caught.value.retry_after is not None
    assert least <= caught.value.retry_after <= most


@pytest.mark.parametrize("header", ["soon", "nan", "inf", ""])
async def test_retry_after_that_makes_no_sense(header: str) -> None:
    """It is none."""
    model, _ = make_model(httpx.Response(503, headers={"Retry-After": header}))
    with pytest.raises(ModelError) as caught:
        await model.open(make_ask())
    assert caught.value.retry_after is None


@pytest.mark.parametrize(
    "answer", [0.5, httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full"), TimeoutError()]
)
async def test_an_answer_that_does_not_come(answer: Exception | float) -> None:
    """The wait for the headers is limited."""
    model, _ = make_model(answer)
    with pytest.raises(ModelError, match="provider_timeout"):
        await model.open(make_ask())


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b'{"error": "not a stream"}'],
        [b"<html>"],
        [b"data: {broken\n\n"],
        [b'data: {"choices":[{"delta":{"content":"\xff"}}]}\n\n'],
        [b"data: []\n\n"],
        [b"data: " + b"[" * 100_000 + b"\n\n"],
        [frame(error={"message": "overloaded"})],
        [frame(choices={"delta": {}})],
        [frame(choices=["a"])],
        [frame(choices=[{"delta": "a"}])],
        [delta(7)],
        [delta({"text": "a"})],
        [b"x" * (1 << 20), b"x"],
        [httpx.ReadError("reset")],
        [httpx.RemoteProtocolError("incomplete chunked read")],
        [OSError("gone")],
        [STOP, b"data: {broken\n\n"],
    ],
)
async def test_a_stream_that_breaks(pieces: list[Piece]) -> None:
    """What was said before is read, then the error comes."""
    body = Body(delta("Water"), *pieces)
    model, _ = make_model(httpx.Response(200, stream=body))
    stream = await model.open(make_ask())
    said: list[str] = []
    with pytest.raises(ModelError, match="provider_protocol"):
        async for text in stream:
            said.append(text)
    assert said == ["Water"]
    assert body.closed
    await stream.aclose()


@pytest.mark.parametrize(
    "pieces", [[0.5], [b": ping\n\n", 0.15, b": ping\n\n", 0.15], [httpx.ReadTimeout("slow")]]
)
async def test_a_pause_that_is_too_long(pieces: list[Piece]) -> None:
    """Comments do not shorten it."""
    stream = await opened(delta("Water"), *pieces, STOP)
    with pytest.raises(ModelError, match="provider_timeout"):
        await read(stream)


async def test_frames_without_text_are_no_pause() -> None:
    """A model that reasons is at work."""
    thinking = frame(choices=[{"delta": {"reasoning_content": "hm"}}])
    stream = await opened(0.15, thinking, 0.15, thinking, 0.15, delta("Water", "stop"))
    assert await read(stream) == ["Water"]


async def test_a_slow_reader_is_no_pause() -> None:
    """Only what the provider takes counts."""
    stream = await opened(delta("a"), 0.1, delta("b"), STOP)
    said = []
    async for text in stream:
        said.append(text)
        await asyncio.sleep(0.25)
    assert said == ["a", "b"]


@pytest.mark.parametrize("end", [httpx.ReadError("reset"), httpx.ReadTimeout("slow"), b""])
async def test_an_answer_that_is_whole(end: Piece) -> None:
    """After its last word the connection does not matter."""
    stream = await opened(delta("Water"), STOP, end)
    assert await read(stream) == ["Water"]
    assert stream.usage is None


async def test_left_half_read() -> None:
    """The connection is freed, and closing again does nothing."""
    body = Body(delta("a"), delta("b"), 60.0)
    model, _ = make_model(httpx.Response(200, stream=body))
    stream = await model.open(make_ask())
    async for _text in stream:
        break
    await stream.aclose()
    await stream.aclose()
    assert body.closed
    assert [text async for text in stream] == []


async def test_cancelled() -> None:
    """A cancelled reader gets its cancellation, not an error of ours."""
    body = Body(delta("a"), 60.0)
    model, _ = make_model(httpx.Response(200, stream=body))
    stream = await model.open(make_ask())
    reader = asyncio.create_task(read(stream))
    await asyncio.sleep(0.02)
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    assert body.closed


async def test_the_key_is_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    """Not in what is printed of a model, not in its errors, not in the log."""
    configure_logging("DEBUG")
    error = {"code": "invalid_api_key", "type": KEY, "param": 3, "message": f"wrong key {KEY}"}
    models = [
        make_model(httpx.Response(401, json={"error": error}))[0],
        make_model(httpx.Response(401, json={"error": f"wrong key {KEY}"}))[0],
        make_model(httpx.Response(401, content=b"x" * 100_000))[0],
        make_model(httpx.ConnectError(f"refused {KEY}"))[0],
    ]
    shown = ""
    for model in models:
        with pytest.raises(ModelError) as caught:
            await model.open(make_ask())
        assert caught.value.__context__ is None
        shown += repr(caught.value) + repr(model) + repr(vars(model))
    logged = capsys.readouterr().out
    assert "invalid_api_key" in logged
    assert KEY not in shown + logged
    assert "boil" not in logged


@asynccontextmanager
async def socket_server(
    answer: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[OpenAICompatModel]:
    """A model whose server answers on a socket."""

    handled: set[asyncio.Task[Any]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handled.add(task)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        with suppress(OSError):
            await answer(writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    endpoint = Endpoint(f"http://127.0.0.1:{port}", answer_seconds=0.5, idle_seconds=0.3)
    model = OpenAICompatModel(endpoint, "small")
    async with server:
        yield model
        await model.aclose()
        await asyncio.gather(*handled)


async def test_over_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer, and a pause that is too long."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    async def say(writer: asyncio.StreamWriter) -> None:
        writer.write(delta("Water") + STOP + DONE)
        await writer.drain()

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(delta("Water"))
        await writer.drain()
        await asyncio.sleep(0.6)

    async with socket_server(say) as model:
        assert await read(await model.open(make_ask())) == ["Water"]
    async with socket_server(stall) as model:
        with pytest.raises(ModelError, match="provider_timeout"):
            await read(await model.open(make_ask()))


async def test_closed_while_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader sees the end, at once."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    over = asyncio.Event()

    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(delta("Water"))
        await writer.drain()
        await over.wait()

    async with socket_server(stall) as model:
        stream = await model.open(make_ask())
        reader = asyncio.create_task(read(stream))
        await asyncio.sleep(0.05)
        await stream.aclose()
        async with asyncio.timeout(0.2):
            assert await reader == ["Water"]
        over.set()


async def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port without a server."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    model = OpenAICompatModel(Endpoint("http://127.0.0.1:9"), "small")
    with pytest.raises(ModelError, match="provider_unavailable"):
        await model.open(make_ask())
    await model.aclose()


def make_embedder(answer: httpx.Response | Exception | float) -> tuple[ServedEmbedder, Server]:
    """An embedder with its server."""
    server = Server(answer)
    endpoint = Endpoint(
        "http://models.test/v1", SecretStr(KEY), answer_seconds=0.1, idle_seconds=0.1
    )
    return ServedEmbedder(endpoint, "vectors", server), server


async def test_vectors() -> None:
    """In the order of the texts, whatever the order of the answer."""
    data = [{"index": 1, "embedding": [3, 4.5]}, {"index": 0, "embedding": [1.0, 2.0]}]
    embedder, server = make_embedder(httpx.Response(200, json={"data": data}))
    assert await embedder.embed(["a", "b"]) == [[1.0, 2.0], [3.0, 4.5]]
    assert server.sent() == {"model": "vectors", "input": ["a", "b"], "encoding_format": "float"}
    assert server.requests[0].url.path == "/v1/embeddings"
    assert await embedder.embed([]) == []
    await embedder.aclose()


async def test_vectors_of_many_texts() -> None:
    """64 a request."""

    def answer(request: httpx.Request) -> httpx.Response:
        texts = json.loads(request.content)["input"]
        sizes.append(len(texts))
        return httpx.Response(200, json={"data": [{"embedding": [float(t)]} for t in texts]})

    sizes: list[int] = []
    endpoint = Endpoint("http://models.test")
    embedder = ServedEmbedder(endpoint, "vectors", httpx.MockTransport(answer))
    vectors = await embedder.embed([str(number) for number in range(130)])
    assert vectors == [[float(number)] for number in range(130)]
    assert sizes == [64, 64, 2]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(401), "provider_unavailable"),
        (0.5, "provider_timeout"),
        (httpx.Response(200, stream=Body(b"{", 0.5)), "provider_timeout"),
        (httpx.Response(200, stream=Body(b"{", httpx.ReadError("reset"))), "provider_protocol"),
        (httpx.Response(200, content=b"{"), "provider_protocol"),
        (httpx.Response(200, json=[]), "provider_protocol"),
        (httpx.Response(200, json={"data": []}), "provider_protocol"),
        (httpx.Response(200, json={"data": [{"embedding": []}] * 2}), "provider_protocol"),
        (httpx.Response(200, json={"data": [{"embedding": ["1"]}] * 2}), "provider_protocol"),
        (
            httpx.Response(200, json={"data": [{"index": 0, "embedding": [1]}] * 2}),
            "provider_protocol",
        ),
        (
            httpx.Response(200, json={"data": [{"index": 9, "embedding": [1]}] * 2}),
            "provider_protocol",
        ),
        (
            httpx.Response(200, json={"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}),
            "provider_protocol",
        ),
    ],
)
async def test_no_vectors(answer: httpx.Response | float, code: str) -> None:
    """All or nothing."""
    embedder, _ = make_embedder(answer)
    with pytest.raises(ModelError, match=code):
        await embedder.embed(["a", "b"])
