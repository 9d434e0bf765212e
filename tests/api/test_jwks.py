"""Fetching and caching the keys of Supabase Auth."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import pytest

from app.core.errors import ServiceError
from app.core.security import KeySet
from tests.api.conftest import Serve
from tests.api.support import Signer, Upstream, assert_problem, bearer, make_settings

JWKS = ("GET", "/auth/v1/.well-known/jwks.json")


class Clock:
    """A clock that advances only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the key set."""
    return Clock()


@pytest.fixture
async def keys(upstream: Upstream, clock: Clock) -> AsyncIterator[KeySet]:
    """A key set that fetches from the mock."""
    async with httpx.AsyncClient(transport=upstream.transport()) as http:
        yield KeySet(http, "http://supabase.test/auth/v1/.well-known/jwks.json", clock)


def _has(keys: KeySet) -> Callable[[Signer], Coroutine[Any, Any, bool]]:
    async def has(signer: Signer) -> bool:
        return await keys.get(signer.kid, signer.algorithm) is not None

    return has


async def test_a_flood_of_unknown_kids_fetches_once(
    client: httpx.AsyncClient, upstream: Upstream, elliptic: Signer
) -> None:
    """Many forged tokens with unknown key ids cause only one fetch."""
    upstream.jwks = [elliptic.jwk()]
    stranger = Signer.elliptic("x")
    tokens = []
    for number in range(60):
        stranger.kid = f"unknown-{number}"
        tokens.append(stranger.token())
    responses = await asyncio.gather(
        *(client.get("/v1/me", headers=bearer(token)) for token in tokens)
    )
    assert {response.status_code for response in responses} == {401}
    assert upstream.jwks_fetches == 1


async def test_many_first_requests_share_one_fetch(
    keys: KeySet, upstream: Upstream, elliptic: Signer
) -> None:
    """Concurrent first requests wait for one shared fetch."""

    async def slow(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        return httpx.Response(200, json={"keys": [elliptic.jwk()]})

    upstream.answers[JWKS] = slow
    has = _has(keys)
    assert all(await asyncio.gather(*(has(elliptic) for _ in range(50))))
    assert upstream.jwks_fetches == 1


async def test_rotation_is_followed(
    keys: KeySet, clock: Clock, upstream: Upstream, elliptic: Signer
) -> None:
    """A new key is found 30 seconds after the last fetch, which also drops a removed key."""
    has = _has(keys)
    new = Signer.elliptic("elliptic-2")
    upstream.jwks = [elliptic.jwk()]
    assert await has(elliptic)

    upstream.jwks = [new.jwk()]
    clock.now += 29
    assert not await has(new)
    assert await has(elliptic)
    assert upstream.jwks_fetches == 1

    clock.now += 1
    assert await has(new)
    assert not await has(elliptic)
    assert upstream.jwks_fetches == 2


async def test_keys_are_refreshed_while_still_usable(
    keys: KeySet, clock: Clock, upstream: Upstream, elliptic: Signer
) -> None:
    """After five minutes one request fetches; the others continue with the cached keys."""
    has = _has(keys)
    upstream.jwks = [elliptic.jwk()]
    assert await has(elliptic)
    clock.now += 301
    started = asyncio.Event()

    async def slow(_: httpx.Request) -> httpx.Response:
        started.set()
        await asyncio.sleep(0.05)
        return httpx.Response(200, json={"keys": [elliptic.jwk()]})

    upstream.answers[JWKS] = slow
    fetching = asyncio.create_task(has(elliptic))
    await started.wait()
    async with asyncio.timeout(0.04):
        assert await has(elliptic)
    assert await fetching
    assert upstream.jwks_fetches == 2


async def test_no_key_outlives_ten_minutes(
    keys: KeySet, clock: Clock, upstream: Upstream, elliptic: Signer
) -> None:
    """While Supabase Auth is down, cached keys are used for ten minutes at most."""
    has = _has(keys)
    upstream.jwks = [elliptic.jwk()]
    assert await has(elliptic)
    upstream.answers[JWKS] = httpx.Response(500)
    clock.now += 599
    assert await has(elliptic)
    clock.now += 1
    with pytest.raises(ServiceError, match="auth_unavailable"):
        await has(elliptic)


async def test_failed_fetches_are_spaced(
    keys: KeySet, clock: Clock, upstream: Upstream, elliptic: Signer
) -> None:
    """Failed fetches are retried every five seconds, and a successful one is used at once."""
    has = _has(keys)
    upstream.answers[JWKS] = httpx.Response(503)
    for _ in range(5):
        with pytest.raises(ServiceError, match="auth_unavailable"):
            await has(elliptic)
    assert upstream.jwks_fetches == 1
    assert not await keys.usable()

    clock.now += 5
    upstream.answers[JWKS] = httpx.Response(200, json={"keys": [elliptic.jwk()]})
    assert await has(elliptic)
    assert await keys.usable()
    assert upstream.jwks_fetches == 2


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"location": "http://evil.test/"}),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"keys": {}}),
    ],
    ids=["500", "redirect", "html", "list", "no list"],
)
async def test_what_is_no_key_set_is_not_used(
    serve: Serve, upstream: Upstream, elliptic: Signer, answer: httpx.Response
) -> None:
    """An invalid key set gives a 503, because the caller's token may be valid."""
    upstream.answers[JWKS] = answer
    async with serve(make_settings(supabase_jwt_secret=None)) as client:
        response = await client.get("/v1/me", headers=bearer(elliptic.token()))
        assert_problem(response, 503, "auth_unavailable")
        assert response.headers["retry-after"] == "5"


async def test_supabase_auth_out_of_reach(
    serve: Serve, upstream: Upstream, elliptic: Signer
) -> None:
    """An unreachable Supabase Auth gives the same answer as an invalid key set."""

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    upstream.answers[JWKS] = refuse
    async with serve(make_settings(supabase_jwt_secret=None)) as client:
        response = await client.get("/v1/me", headers=bearer(elliptic.token()))
        assert_problem(response, 503, "auth_unavailable")


async def test_a_stack_without_keys_refuses_asymmetric_tokens(
    client: httpx.AsyncClient, upstream: Upstream, elliptic: Signer
) -> None:
    """A 404 means that there are no keys, so asymmetric tokens are refused."""
    upstream.answers[JWKS] = httpx.Response(404)
    response = await client.get("/v1/me", headers=bearer(elliptic.token()))
    assert_problem(response, 401, "invalid_token")


async def test_unfit_keys_are_left_out(keys: KeySet, upstream: Upstream, elliptic: Signer) -> None:
    """Invalid and weak keys are skipped, the others are used."""
    unfit = [
        "text",
        elliptic.jwk(kid=None),
        elliptic.jwk(kid="for encryption", use="enc"),
        elliptic.jwk(kid="of another algorithm", alg="ES384"),
        elliptic.jwk(kid="broken", x="!"),
        elliptic.jwk(kid="unknown type", kty="XX"),
        elliptic.jwk(kid="type is a number", kty=7),
        Signer.rsa("short", 1024).jwk(),
    ]
    upstream.answers[JWKS] = httpx.Response(200, json={"keys": [*unfit, elliptic.jwk()]})
    assert await _has(keys)(elliptic)
    for item in unfit:
        kid = item.get("kid") if isinstance(item, dict) else None
        if isinstance(kid, str):
            assert await keys.get(kid, "ES256") is None
            assert await keys.get(kid, "RS256") is None
