"""The model that follows a script."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from app.services.tutor.models.base import Ask, ModelError, Usage
from tests.support.scripted import Script, ScriptedModel, Step, say
from tests.tutor.asks import make_ask, read


def steps(*values: dict[str, Any]) -> tuple[Step, ...]:
    """A script from its JSON."""
    return tuple(Step.model_validate(value) for value in values)


async def test_it_says_its_script() -> None:
    """Deltas, then usage."""
    model = ScriptedModel(say("Wa", "ter", usage=Usage(3, 2, 1)))
    ask = make_ask()
    stream = await model.open(ask)
    before = stream.usage
    assert await read(stream) == ["Wa", "ter"]
    assert (before, stream.usage) == (None, Usage(3, 2, 1))
    assert (list(model.asks), model.opened, model.closed) == ([ask], 1, 1)
    await stream.aclose()
    assert model.closed == 1
    await model.aclose()


async def test_a_script_for_a_question() -> None:
    """A function may choose."""

    def choose(ask: Ask) -> Script:
        return say(ask.question.upper())

    model = ScriptedModel(choose)
    assert await read(await model.open(make_ask("why"))) == ["WHY"]
    assert await read(await model.open(make_ask("how"))) == ["HOW"]


async def test_no_usage() -> None:
    """A provider that does not count."""
    stream = await ScriptedModel(steps({"text": "a"})).open(make_ask())
    assert await read(stream) == ["a"]
    assert stream.usage is None


async def test_refused() -> None:
    """At open, after the waits before it; nothing is open then."""
    model = ScriptedModel(
        steps({"sleep": 0.05}, {"fail": "provider_unavailable", "retry_after": 7}, {"text": "a"})
    )
    started = time.perf_counter()
    with pytest.raises(ModelError) as caught:
        await model.open(make_ask())
    assert time.perf_counter() - started >= 0.045
    assert (caught.value.code, caught.value.retry_after) == ("provider_unavailable", 7)
    assert model.opened == 0


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ({"break": "provider_protocol"}, ModelError),
        ({"break": "provider_timeout"}, ModelError),
        ({"crash": True}, RuntimeError),
    ],
)
async def test_it_breaks_off(step: dict[str, Any], error: type[Exception]) -> None:
    """After what was said."""
    stream = await ScriptedModel(steps({"text": "a"}, step, {"text": "b"})).open(make_ask())
    said = []
    with pytest.raises(error):
        async for text in stream:
            said.append(text)
    assert said == ["a"]


async def test_repeated_with_pauses() -> None:
    """Each time a pause, then the text."""
    stream = await ScriptedModel(steps({"repeat": 5, "text": "x", "sleep": 0.01})).open(make_ask())
    started = time.perf_counter()
    assert await read(stream) == ["x"] * 5
    assert time.perf_counter() - started >= 0.045


@pytest.mark.parametrize("step", [{"hang": True}, {"sleep": 60}])
async def test_closed_while_it_waits(step: dict[str, Any]) -> None:
    """The reader sees the end."""
    stream = await ScriptedModel(steps({"text": "a"}, step, {"text": "b"})).open(make_ask())
    reader = asyncio.create_task(read(stream))
    await asyncio.sleep(0.02)
    await stream.aclose()
    async with asyncio.timeout(0.5):
        assert await reader == ["a"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"repeat": 3},
        {"txet": "a"},
        {"sleep": -1},
        {"fail": "bad luck"},
        {"retry_after": 3, "text": "a"},
        {"usage": {"input_tokens": 1}},
    ],
)
def test_steps_that_make_no_sense(value: dict[str, Any]) -> None:
    """A typing error in a script is found."""
    with pytest.raises(ValidationError):
        Step.model_validate(value)


async def test_scripts_of_a_file(tmp_path: Path) -> None:
    """Chosen by what the question holds, in any case."""
    path = tmp_path / "script.json"
    path.write_text(
        json.dumps(
            {
                "default": [{"text": "I do not know."}],
                "by_question": {
                    "Boil": [
                        {"text": "100 °C"},
                        {"usage": {"input_tokens": 1, "output_tokens": 2}},
                    ],
                    "water": [{"fail": "provider_timeout"}],
                },
            }
        )
    )
    model = ScriptedModel.from_file(path, "leaky")
    assert model.name == "leaky"
    stream = await model.open(make_ask("When does water BOIL?"))
    assert await read(stream) == ["100 °C"]
    assert stream.usage == Usage(1, 2)
    assert await read(await model.open(make_ask("Why?"))) == ["I do not know."]
    with pytest.raises(ModelError, match="provider_timeout"):
        await model.open(make_ask("Is water wet?"))
