"""The tutor at the start of the process: with a price, without one, without a database."""

from __future__ import annotations

import json
from unittest.mock import patch

import httpx
import pytest

from app.core.supabase import open_http
from app.services.tutor.turn.background import open_tutor
from tests.api.support import SECRET_KEY, make_settings
from tests.support.scripted import ScriptedModel, say

SETTINGS = make_settings(supabase_secret_key=SECRET_KEY)


class Gateway:
    """A gateway whose answers to a registration are these, the last one for ever."""

    def __init__(self, *answers: httpx.Response) -> None:
        self._answers = list(answers)
        self.registered: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("register_tutor_model"):
            return httpx.Response(200, json=0)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if answer.is_success:
            self.registered.append(json.loads(request.content)["model"])
        return answer


async def start(gateway: Gateway) -> bool:
    """Whether there is a tutor after the start."""
    async with (
        open_http(SETTINGS, httpx.MockTransport(gateway)) as http,
        open_tutor(SETTINGS, http, ScriptedModel(say("a")), None) as tutor,
    ):
        return tutor is not None


STARTING = httpx.Response(503, json={"code": "PGRST001", "message": "The stack is starting."})
PRICE = httpx.Response(200, json={"model": "scripted"})


@pytest.fixture(autouse=True)
def _impatient() -> object:
    with patch("app.services.tutor.turn.background._START_SECONDS", (0.0, 0.0)):
        yield


async def test_it_waits_for_the_database() -> None:
    """Refused with 503 at first, the model is registered by a later attempt."""
    gateway = Gateway(STARTING, PRICE)
    assert await start(gateway)
    assert gateway.registered == ["scripted"]


async def test_it_starts_without_a_database() -> None:
    """A database that does not answer is no reason to end; the model is registered later."""
    gateway = Gateway(STARTING)
    assert await start(gateway)
    assert gateway.registered == []


async def test_a_model_without_a_price_ends_the_start() -> None:
    """A refusal will not pass."""
    refused = httpx.Response(409, json={"code": "price_missing", "message": "No price."})
    with pytest.raises(RuntimeError, match="cannot answer: price_missing"):
        await start(Gateway(refused))
