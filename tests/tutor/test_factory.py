"""The model that the settings name."""

import json
import sys
import types

import httpx
import pytest

from app.services.tutor.models.factory import build_embedder, build_model
from app.services.tutor.models.openai_compat import OpenAICompatModel
from tests.api.support import make_settings
from tests.tutor.asks import make_ask, read

COMPATIBLE = {
    "tutor_provider": "openai_compat",
    "tutor_model": "small",
    "tutor_base_url": "http://models.test/v1/",
}


async def test_quotes_without_settings() -> None:
    """The default needs nothing and generates nothing."""
    model = build_model(make_settings())
    assert (model.provider, model.generative) == ("extractive", False)
    await model.aclose()


async def test_chat_completions() -> None:
    """Address, key and options are those of the settings."""

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(
            200, content=b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
        )

    requests: list[httpx.Request] = []
    settings = make_settings(
        **COMPATIBLE,
        tutor_api_key="sk-hidden",
        tutor_tokens_field="max_completion_tokens",
        tutor_temperature=0.0,
        tutor_reasoning_effort="low",
        tutor_stream_usage=False,
    )
    model = build_model(settings, httpx.MockTransport(answer))
    assert isinstance(model, OpenAICompatModel)
    assert (model.provider, model.name, model.generative) == ("openai_compat", "small", True)
    assert await read(await model.open(make_ask())) == ["a"]
    [request] = requests
    assert str(request.url) == "http://models.test/v1/chat/completions"
    assert request.headers["authorization"] == "Bearer sk-hidden"
    sent = json.loads(request.content)
    del sent["messages"]
    assert sent == {
        "model": "small",
        "max_completion_tokens": 800,
        "temperature": 0.0,
        "reasoning_effort": "low",
        "stream": True,
    }
    await model.aclose()


@pytest.mark.parametrize("provider", ["anthropic", "google", "bedrock"])
def test_a_package_that_is_missing(monkeypatch: pytest.MonkeyPatch, provider: str) -> None:
    """One line names it."""
    monkeypatch.setitem(sys.modules, "pydantic_ai", types.ModuleType("pydantic_ai"))
    monkeypatch.delitem(sys.modules, "pydantic_ai.direct", raising=False)
    with pytest.raises(SystemExit) as caught:
        build_model(make_settings(tutor_provider=provider, tutor_model="m"))
    assert str(caught.value) == (
        f"lyceum: wrong settings: TUTOR_PROVIDER {provider} needs the package "
        f"pydantic-ai-slim[{provider}]"
    )


async def test_embeddings() -> None:
    """None unless they are named; also beside a tutor that quotes."""
    assert build_embedder(make_settings()) is None
    settings = make_settings(
        tutor_embedding_model="vectors", tutor_base_url="http://models.test/v1"
    )
    answer = httpx.Response(200, json={"data": [{"embedding": [1.0]}]})
    embedder = build_embedder(settings, httpx.MockTransport(lambda _: answer))
    assert embedder is not None
    assert embedder.name == "vectors"
    assert await embedder.embed(["a"]) == [[1.0]]
    await embedder.aclose()
