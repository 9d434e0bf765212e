"""A stack of its own with every lesson open, and the pipeline of the tutor in this process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr

from app.core.config import Settings
from app.core.security import CurrentUser
from app.core.supabase import Supabase, open_http
from app.schemas.tutor import Mode, SupportLevel
from app.services.tutor.context import Context
from app.services.tutor.models.base import Ask, ChatModel, ModelStream, Usage
from app.services.tutor.teach.plan import Plan
from app.services.tutor.turn.pipeline import Question, Tutor
from app.services.tutor.turn.runs import RunHub
from app.services.tutor.turn.store import TurnStore
from tests.support.stack import Stack
from tests.support.tutor import Received, access_token, save_price
from tests.tutor.eval import retrieval

AT_ONCE = 16
COURSES = {
    "databases": retrieval.COURSES["databases-inside"],
    "statistik": retrieval.COURSES["statistik-verstehen"],
} | retrieval.COURSES

_PLAIN: dict[str, Any] = {
    "_env_file": None,
    "tutor_provider": "extractive",
    "tutor_embedding_model": "",
}

T = TypeVar("T")
R = TypeVar("R")


def open_school(stack: Stack, texts: Sequence[tuple[str, str]] = ()) -> None:
    """Opens all lessons to the learner for good, and writes texts (lesson, text) into lessons."""
    session = stack.database.connect()
    try:
        retrieval.open_courses(session)
        session.act("postgres")
        for lesson, text in texts:
            changed = session.run(
                r"update public.lesson_contents set body_md = body_md || E'\n\n' || %s "
                "where lesson_id = %s and position(%s in body_md) = 0",
                text,
                lesson,
                text,
            )
            known = session.value(
                "select count(*) from public.lesson_contents where lesson_id = %s", lesson
            )
            if not changed and not known:
                raise AssertionError(f"{lesson} has no content")
        session.commit()
    finally:
        session.close()
    save_price(stack, "scripted", "scripted")


def settings_for(stack: Stack, *, of_environment: bool = False) -> Settings:
    """Settings of this stack; TUTOR_* as the environment and `.env` say only when asked for."""
    own: dict[str, Any] = {} if of_environment else _PLAIN
    return Settings(
        **own,
        environment="development",
        supabase_url=stack.supabase_url,
        supabase_publishable_key=SecretStr(stack.publishable_key),
        supabase_secret_key=SecretStr(stack.secret_key),
        supabase_jwt_secret=SecretStr(stack.jwt_secret),
        supabase_timeout_seconds=30.0,
    )


def nothing_received() -> Received:
    """What was received before the first frame."""
    return Received(200, httpx.Headers())


@dataclass
class Turn:
    """A question on its way, with what came of it.

    `asked` is None when the model was not asked: an abstention, or fixed help.
    """

    course: str
    text: str
    lesson: str | None = None
    mode: Mode = "auto"
    level: SupportLevel | None = "high"
    conversation_id: UUID = field(default_factory=uuid4)
    received: Received = field(default_factory=nothing_received)
    asked: Ask | None = None
    deltas: list[str] = field(default_factory=list)
    usage: Usage | None = None

    @property
    def delivered(self) -> str:
        """The text that the learner reads."""
        return self.received.text

    @property
    def context(self) -> Context | None:
        """What the model was asked with."""
        return self.asked.context if self.asked else None

    @property
    def plan(self) -> Plan | None:
        """The plan, when the model was asked."""
        return self.asked.plan if self.asked else None

    @property
    def rung(self) -> int:
        """The rung that the answer says it has."""
        return int(self.received.of("start")[0]["messageMetadata"]["rung"])

    @property
    def held(self) -> int:
        """How many sentences the guard held back."""
        return sum(part["data"]["held"] for part in self.received.of("data-quiz-guard"))

    @property
    def abstained(self) -> bool:
        """Whether the lessons held too little of the question."""
        return bool(self.received.of("data-abstain"))


class Overheard:
    """A model whose questions and deltas are kept by conversation, the last of each."""

    def __init__(self, model: ChatModel) -> None:
        self.provider = model.provider
        self.name = model.name
        self.generative = model.generative
        self.heard: dict[UUID, tuple[Ask, OverheardStream]] = {}
        self._model = model

    async def open(self, ask: Ask) -> ModelStream:
        """Passes the question on."""
        stream = OverheardStream(await self._model.open(ask))
        self.heard[ask.context.conversation_id] = ask, stream
        return stream

    async def aclose(self) -> None:
        """Frees what the model holds."""
        await self._model.aclose()


class OverheardStream:
    """A stream whose deltas are kept."""

    def __init__(self, stream: ModelStream) -> None:
        self.deltas: list[str] = []
        self._stream = stream

    @property
    def usage(self) -> Usage | None:
        """What the provider counted."""
        return self._stream.usage

    @usage.setter
    def usage(self, value: Usage | None) -> None:
        self._stream.usage = value

    async def __aiter__(self) -> AsyncIterator[str]:
        async for delta in self._stream:
            self.deltas.append(delta)
            yield delta

    async def aclose(self) -> None:
        """Ends the stream."""
        await self._stream.aclose()


class Stage:
    """The pipeline with one model, and the learner who asks it."""

    def __init__(self, tutor: Tutor, model: Overheard, learner: Supabase) -> None:
        self._tutor = tutor
        self._model = model
        self._learner = learner

    async def play(self, turn: Turn) -> Turn:
        """Asks, reads to the last frame, and fills in the turn.

        Raises:
            ServiceError, UpstreamError: the turn failed before its first byte.
        """
        question = Question(
            conversation_id=turn.conversation_id,
            course_id=UUID(COURSES[turn.course]),
            lesson_id=UUID(turn.lesson) if turn.lesson else None,
            key=str(uuid4()),
            text=turn.text,
            mode=turn.mode,
            support_level=turn.level,
        )
        run = await self._tutor.ask(
            self._learner, UUID(retrieval.LEARNER), question, is_gone=_never
        )
        pending = ""
        async for chunk in run.read():
            pending += chunk.decode()
        for event in pending.split("\n\n"):
            if event.startswith(("id:", "data:")):
                turn.received.take(event)
        if heard := self._model.heard.pop(turn.conversation_id, None):
            turn.asked, stream = heard
            turn.deltas, turn.usage = stream.deltas, stream.usage
        return turn


@asynccontextmanager
async def stage(
    settings: Settings,
    model: ChatModel,
    token: str,
    transport: httpx.AsyncBaseTransport | None = None,
) -> AsyncIterator[Stage]:
    """The pipeline against the PostgREST of the settings; a transport stands in for it."""
    async with open_http(settings, transport) as http:
        service = Supabase.as_service(http, settings)
        assert service is not None
        overheard = Overheard(model)
        hub = RunHub(max_runs=200)
        tutor = Tutor(
            overheard,
            TurnStore(service),
            hub,
            embedder=None,
            max_output_tokens=settings.tutor_max_output_tokens,
        )
        await tutor.register()
        user = CurrentUser(id=UUID(retrieval.LEARNER), email=None, token=token)
        try:
            yield Stage(tutor, overheard, Supabase(http, settings, user))
        finally:
            await hub.drain()
            await overheard.aclose()


@asynccontextmanager
async def stage_of(stack: Stack, model: ChatModel) -> AsyncIterator[Stage]:
    """The pipeline against a stack."""
    token = access_token(stack, retrieval.LEARNER)
    async with stage(settings_for(stack), model, token) as ready:
        yield ready


async def each(
    what: str, values: Sequence[T], work: Callable[[T], Awaitable[R]], at_once: int = AT_ONCE
) -> list[R]:
    """Does the same work for all values, several at once, and counts on stderr."""
    slots = asyncio.Semaphore(at_once)
    progress = Progress(what, len(values))

    async def one(value: T) -> R:
        async with slots:
            result = await work(value)
        progress.step()
        return result

    return list(await asyncio.gather(*map(one, values)))


class Progress:
    """A counter on stderr, silent where nobody looks."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if sys.stderr.isatty():
            end = "\n" if self._done == self._total else ""
            print(f"\r{self._what} {self._done}/{self._total}", end=end, file=sys.stderr)


async def _never() -> bool:
    """Nobody closes a request here."""
    return False
