"""A model that follows a script of deltas and failures.

`python -m tests.support.scripted --port 8000` serves the application with the script of the file
`TUTOR_SCRIPT`.
"""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, Literal, Self
from unittest.mock import patch

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.__main__ import main
from app.services.tutor.models.base import Ask, ModelError, ModelStream, Usage

Code = Literal["provider_unavailable", "provider_timeout", "provider_protocol"]

_REMEMBERED: Final = 100


class Counted(BaseModel):
    """Tokens that the provider says it counted."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input_tokens: int = Field(ge=0)
    output_tokens: int = Field(ge=0)
    cached_tokens: int = Field(default=0, ge=0)
    cache_write_tokens: int = Field(default=0, ge=0)


class Step(BaseModel):
    """Something that a model does, `repeat` times: first it waits `sleep` seconds, then the rest.

    `fail`: the provider refuses at `open`, after the waits before it. `break`: the stream breaks.
    `crash`: an exception that is no ModelError. `hang`: nothing more, until the stream is closed.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    text: str | None = None
    sleep: float = Field(default=0, ge=0, le=3600)
    repeat: int = Field(default=1, ge=1, le=1_000_000)
    hang: bool = False
    fail: Code | None = None
    retry_after: float | None = Field(default=None, ge=0)
    break_: Code | None = Field(default=None, alias="break")
    crash: bool = False
    usage: Counted | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set - {"repeat", "retry_after"}:
            raise ValueError("a step must do something")
        if self.retry_after is not None and self.fail is None:
            raise ValueError("retry_after needs fail")
        return self


Script = Sequence[Step]


def say(*texts: str, usage: Usage | None = None) -> tuple[Step, ...]:
    """A script: these deltas, and the usage when there is one."""
    steps = [Step(text=text) for text in texts]
    if usage is not None:
        steps.append(Step(usage=Counted.model_validate(asdict(usage))))
    return tuple(steps)


class ScriptedModel:
    """A model that follows a script, or the script that a function chooses for what is asked.

    `asks` are the last 100 questions; `opened` and `closed` count streams.
    """

    provider = "scripted"
    generative = True

    def __init__(self, script: Script | Callable[[Ask], Script], name: str = "scripted") -> None:
        self.name = name
        self.asks: deque[Ask] = deque(maxlen=_REMEMBERED)
        self.opened = 0
        self.closed = 0
        self._script = script

    @classmethod
    def from_file(cls, path: str | Path, name: str = "scripted") -> Self:
        """A model whose scripts are a JSON file.

        `{"default": [steps], "by_question": {"substring": [steps]}}`: the first substring that the
        question holds, in any case, chooses.
        """
        book = _Book.model_validate_json(Path(path).read_bytes())
        return cls(book.choose, name)

    async def open(self, ask: Ask) -> ModelStream:
        """Starts the script; see `ChatModel.open`."""
        self.asks.append(ask)
        script = self._script(ask) if callable(self._script) else self._script
        waited = 0.0
        for step in script:
            waited += step.sleep * step.repeat
            if step.fail is not None:
                await asyncio.sleep(waited)
                raise ModelError(step.fail, step.retry_after)
        self.opened += 1
        return ScriptedStream(script, self)

    async def aclose(self) -> None:
        """Does nothing."""


class ScriptedStream:
    """A script being followed."""

    def __init__(self, script: Script, model: ScriptedModel) -> None:
        self.usage: Usage | None = None
        self._script = script
        self._model = model
        self._closed = asyncio.Event()
        # The wait of the moment; cheaper than a timeout, for benchmarks with many streams.
        self._pause: asyncio.Future[None] | None = None
        self._deltas = self._follow()

    def __aiter__(self) -> AsyncIterator[str]:
        return self._deltas

    async def aclose(self) -> None:
        """Ends the script, also while another task waits for it: that one then sees the end."""
        if not self._closed.is_set():
            self._model.closed += 1
            self._closed.set()
            if self._pause is not None:
                _end(self._pause)

    async def _follow(self) -> AsyncGenerator[str, None]:
        for step in self._script:
            for _ in range(step.repeat):
                if step.sleep:
                    await self._wait(step.sleep)
                if self._closed.is_set():
                    return
                if step.text:
                    yield step.text
                if step.usage is not None:
                    self.usage = Usage(**step.usage.model_dump())
                if step.break_ is not None:
                    raise ModelError(step.break_)
                if step.crash:
                    raise RuntimeError("scripted")
                if step.hang:
                    await self._closed.wait()

    async def _wait(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._pause = loop.create_future()
        timer = loop.call_later(seconds, _end, self._pause)
        try:
            await self._pause
        finally:
            timer.cancel()


def _end(pause: asyncio.Future[None]) -> None:
    if not pause.done():
        pause.set_result(None)


class _Book(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    default: list[Step]
    by_question: Mapping[str, list[Step]] = Field(default_factory=dict)

    def choose(self, ask: Ask) -> Script:
        question = ask.question.casefold()
        for part, script in self.by_question.items():
            if part.casefold() in question:
                return script
        return self.default


if __name__ == "__main__":
    scripted = ScriptedModel.from_file(os.environ["TUTOR_SCRIPT"])
    with patch("app.main.build_model", return_value=scripted):
        main()
