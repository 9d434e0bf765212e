"""The cost that the service adds to PostgREST: rates, latency, CPU, memory, tokens and streams.

The service runs under uvicorn, in one process, with logging. Its PostgREST is behind the gateway of
the local stack, so the gateway is measured alone too, and the cost of the service is the
difference. The three calls of a trio are made one after another.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from psycopg.rows import dict_row
from tqdm import tqdm

from app.core.security import KeySet, TokenVerifier
from tests.api.support import make_settings
from tests.bench.draw import NEWCOMERS, Draw
from tests.bench.figures import percentiles
from tests.bench.school import generate
from tests.bench.streams import cpu_seconds, memory
from tests.bench.streams import measure as measure_streams
from tests.bench.wire import Line, Load, Loop, burst, packet
from tests.support.database import Row
from tests.support.stack import Stack
from tests.support.tutor import TutorService, access_token, tutor_service

Signer = str | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
LEVELS = (1, 8, 32)
SCALE = 0.1
MANY = 10_000


class Calls:
    """Requests of learners to the service, to the gateway and to PostgREST alone."""

    def __init__(self, stack: Stack, service: TutorService, pairs: Sequence[Row]) -> None:
        self._stack = stack
        self._pairs = iter(pairs)
        self._tokens = {row["user_id"]: access_token(stack, row["user_id"]) for row in pairs}
        self._users = cycle(self._tokens)
        assert stack.postgrest_url is not None
        self.urls = {
            "service": service.url,
            "gateway": f"{stack.supabase_url}/rest/v1",
            "postgrest": stack.postgrest_url,
        }

    def health(self) -> bytes:
        """A request without a call to PostgREST."""
        return packet(self.urls["service"], "GET", "/v1/health", {})

    def me(self, where: str) -> bytes:
        """One row of one table, for the next learner."""
        user_id = next(self._users)
        path = "/v1/me" if where == "service" else f"/profiles?select=*&id=eq.{user_id}"
        return packet(self.urls[where], "GET", path, self._headers(where, user_id))

    def enroll(self, where: str) -> bytes:
        """A learner enrolls in a course for the first time."""
        row = next(self._pairs)
        headers = self._headers(where, row["user_id"])
        if where == "service":
            path = f"/v1/courses/{row['course_id']}/enroll"
            return packet(self.urls[where], "POST", path, headers, b"{}")
        body = json.dumps({"course_id": str(row["course_id"])}).encode()
        return packet(self.urls[where], "POST", "/rpc/enroll", headers, body)

    def _headers(self, where: str, user_id: UUID) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self._tokens[user_id]}"}
        return headers if where != "gateway" else headers | {"apikey": self._stack.publishable_key}


def measure(stack: Stack, quick: bool) -> Row:
    """Measure all figures of the service."""
    count = 50 if quick else 300
    seconds = 1.0 if quick else 3.0
    bursts = 60 if quick else 500
    with psycopg.connect(stack.database.superuser_url, row_factory=dict_row) as connection:
        generate(connection, scale=SCALE)
        pairs = Draw(connection, 1).some(NEWCOMERS, 3 * count + len(LEVELS) * bursts + 50)
    loop = Loop()
    steps = ["latency", "rates", "memory", "tokens", "streams"]
    with tqdm(steps, disable=None) as bar, tempfile.TemporaryDirectory() as folder:
        with tutor_service(
            stack, Path(folder), TUTOR_PROVIDER="extractive", LOG_LEVEL="INFO"
        ) as service:
            calls = Calls(stack, service, pairs)
            loop.run(burst(service.url, (calls.me("service") for _ in range(200)), 8, 30))
            bar.set_description("latency")
            added = {
                "me": loop.run(_side_by_side(calls, calls.me, count)),
                "enroll": loop.run(_side_by_side(calls, calls.enroll, count)),
            }
            bar.update()
            bar.set_description("rates")
            rates = _rates(loop, service, calls, seconds, bursts)
            bar.update()
            bar.set_description("memory")
            held = _memory(loop, service, calls, 1000 if quick else MANY)
            bar.update()
        loop.close()
        bar.set_description("tokens")
        tokens = asyncio.run(_tokens(200 if quick else 2000))
        bar.update()
        bar.set_description("streams")
        streams = measure_streams(
            stack, [20] if quick else [100, 400], 50 if quick else 500, 20 if quick else 100
        )
        bar.update()
    return {
        "added": added,
        "rates": rates,
        "memory": held,
        "verify_us": tokens,
        "streams": streams,
    }


async def _side_by_side(calls: Calls, make: Callable[[str], bytes], count: int) -> Row:
    """Percentiles of one call made three ways in turn, and the time that the service adds."""
    lines = {where: await Line.open(url) for where, url in calls.urls.items()}
    times: dict[str, list[float]] = {where: [] for where in lines}
    names = list(lines)
    try:
        for number in range(count):
            at = number % len(names)
            for where in [*names[at:], *names[:at]]:
                answer = await lines[where].ask(make(where))
                if answer.status >= 300:
                    raise RuntimeError(f"{where} {answer.status}: {answer.body[:200]!r}")
                times[where].append(answer.took_ms)
    finally:
        for line in lines.values():
            line.close()
    found = {where: percentiles(one) for where, one in times.items()}
    return {
        **found,
        "added_ms": {
            key: round(found["service"][key] - found["gateway"][key], 3) for key in ("p50", "p95")
        },
    }


def _rates(
    loop: Loop, service: TutorService, calls: Calls, seconds: float, bursts: int
) -> dict[str, Row]:
    def endless(name: str) -> Iterator[bytes]:
        while True:
            yield calls.health() if name == "health" else calls.me("service")

    rates: dict[str, Row] = {}
    for name in ("health", "me", "enroll"):
        for level in LEVELS:
            requests = (
                iter([calls.enroll("service") for _ in range(bursts)])
                if name == "enroll"
                else endless(name)
            )
            cpu = cpu_seconds(service.process.pid)
            until = 60 if name == "enroll" else seconds
            load: Load = loop.run(burst(service.url, requests, level, until))
            spent = cpu_seconds(service.process.pid) - cpu
            failed = sum(answer.status >= 300 for answer in load.answers)
            rates.setdefault(name, {})[str(level)] = {
                "per_second": round(load.per_second, 1),
                **percentiles([answer.took_ms for answer in load.answers]),
                "cpu_ms": round(spent * 1000 / len(load.answers), 3),
                "failed": failed,
            }
    return rates


def _memory(loop: Loop, service: TutorService, calls: Calls, count: int) -> Row:
    before = memory(service.process.pid)
    loop.run(burst(service.url, (calls.me("service") for _ in range(count)), 8, 600))
    after = memory(service.process.pid)
    return {"requests": count, "before_mib": round(before, 1), "after_mib": round(after, 1)}


async def _tokens(count: int) -> dict[str, float]:
    """Microseconds to verify a token, the median of batches, by algorithm."""
    secret = "a-secret-of-at-least-thirty-two-characters"
    curve = ec.generate_private_key(ec.SECP256R1())
    large = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    keys = [
        json.loads(ECAlgorithm.to_jwk(curve.public_key())) | {"kid": "ES256"},
        json.loads(RSAAlgorithm.to_jwk(large.public_key())) | {"kid": "RS256"},
    ]
    settings = make_settings(supabase_jwt_secret=secret)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"keys": keys}))
    signers: dict[str, Signer] = {"HS256": secret, "ES256": curve, "RS256": large}
    async with httpx.AsyncClient(transport=transport) as http:
        verifier = TokenVerifier(settings, KeySet(http, settings.jwks_url))
        return {
            name: await _verify(verifier, signer, name, count) for name, signer in signers.items()
        }


async def _verify(
    verifier: TokenVerifier,
    signer: Signer,
    algorithm: str,
    count: int,
) -> float:
    now = int(time.time())
    claims = {"role": "authenticated", "aud": "authenticated", "iat": now, "exp": now + 3600}
    tokens = [
        jwt.encode(claims | {"sub": str(uuid4())}, signer, algorithm, {"kid": algorithm})
        for _ in range(count)
    ]
    times = []
    for token in tokens:
        started = time.perf_counter()
        await verifier.verify(token)
        times.append((time.perf_counter() - started) * 1e6)
    return round(sorted(times)[len(times) // 2], 1)
