"""The service as a process: start, refusal to start, and shutdown."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.support import JWT_SECRET, PUBLISHABLE_KEY, bearer, hs256

ROOT = Path(__file__).resolve().parents[2]


def _environment(**changes: str) -> dict[str, str]:
    values = {
        "ENVIRONMENT": "development",
        "LOG_LEVEL": "INFO",
        "SUPABASE_URL": "http://127.0.0.1:9",
        "SUPABASE_PUBLISHABLE_KEY": PUBLISHABLE_KEY,
        "SUPABASE_SECRET_KEY": "",
        "SUPABASE_JWT_SECRET": JWT_SECRET,
        "SUPABASE_JWT_ISSUER": "",
        "SUPABASE_JWT_AUDIENCE": "authenticated",
        "SUPABASE_TIMEOUT_SECONDS": "5",
        "CORS_ORIGINS": "",
        "MAX_BODY_BYTES": "65536",
        "SERVICE_URL": "http://127.0.0.1:8000",
        "CERTIFICATE_ISSUER_NAME": "The School",
        "CERTIFICATE_ISSUER_URL": "",
        "CERTIFICATE_VERIFY_URL": "",
        "CERTIFICATE_SIGNING_KEY": "",
        "CERTIFICATE_FONTS": "",
        "TUTOR_PROVIDER": "extractive",
        "TUTOR_MODEL": "",
        "TUTOR_BASE_URL": "",
        "TUTOR_API_KEY": "",
        "TUTOR_MAX_OUTPUT_TOKENS": "800",
        "TUTOR_TOKENS_FIELD": "max_tokens",
        "TUTOR_TEMPERATURE": "",
        "TUTOR_REASONING_EFFORT": "",
        "TUTOR_STREAM_USAGE": "true",
        "TUTOR_TIMEOUT_SECONDS": "30",
        "TUTOR_IDLE_TIMEOUT_SECONDS": "20",
        "TUTOR_EMBEDDING_MODEL": "",
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(ROOT / "backend"),
    }
    return {**os.environ, **values, **changes}


async def _start(port: int, **changes: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "--port", str(port)),
        stdout=PIPE,
        stderr=PIPE,
        env=_environment(**changes),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def _running(**changes: str) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    port = _free_port()
    process = await _start(port, **changes)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http, asyncio.timeout(20):
            while process.returncode is None:
                try:
                    if (await http.get("/v1/health")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
            yield process, http
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _lines(process: Process) -> list[dict[str, Any]]:
    output, errors = await asyncio.wait_for(process.communicate(), 10)
    assert errors == b""
    return [json.loads(line) for line in output.splitlines()]


async def test_sigterm_lets_requests_finish(profile: dict[str, Any]) -> None:
    """After SIGTERM a running request is answered; then the process ends and logs it."""
    arrived = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await asyncio.sleep(0.5)
        body = json.dumps([profile]).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, _running(SUPABASE_URL=f"http://127.0.0.1:{port}") as (process, http):
        call = asyncio.create_task(http.get("/v1/me", headers=bearer(hs256())))
        await arrived.wait()
        process.send_signal(signal.SIGTERM)
        assert (await call).status_code == 200
        lines = await _lines(process)
        assert process.returncode in {0, -signal.SIGTERM}
    events = [line["event"] for line in lines]
    assert "started" in events
    assert "stopped" in events
    [request] = [line for line in lines if line.get("path") == "/v1/me"]
    assert request["status"] == 200


async def test_only_json_lines_come_out() -> None:
    """All output is JSON lines, also that of the server, with one line a request."""
    async with _running() as (process, http):
        assert (await http.get("/v1/me", headers=bearer(hs256()))).status_code == 503
        assert (await http.get("/v1/health/ready")).status_code == 503
        process.send_signal(signal.SIGTERM)
        lines = await _lines(process)
    paths = [line["path"] for line in lines if line["event"] == "request"]
    assert paths[-2:] == ["/v1/me", "/v1/health/ready"]


async def test_an_oversized_body_over_a_socket() -> None:
    """An endless chunked body is refused while the client is still sending it."""
    async with _running() as (_, http):
        port = http.base_url.port
        assert port is not None
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"POST /v1/courses/4b1c9a9e-5c6a-4a3e-9a53-1d8ce3d2b7f0/enroll HTTP/1.1\r\n"
            b"Host: lyceum\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        for _chunk in range(10):
            writer.write(b"2000\r\n" + b" " * 8192 + b"\r\n")
        await writer.drain()
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        assert head.startswith(b"HTTP/1.1 413")
        assert b"application/problem+json" in head
        writer.close()


@pytest.mark.slow
async def test_c6_half_a_request_is_closed() -> None:
    """A head that does not come, comes slowly or never ends is not waited for."""
    async with _running() as (_, http):
        port = http.base_url.port

        async def closes(*pieces: bytes, pause: float) -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            with suppress(ConnectionError):
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(pause)
                await asyncio.wait_for(reader.read(), 15)
            writer.close()

        head = b"GET /v1/health HTTP/1.1\r\nHost: lyceum\r\n"
        started = asyncio.get_running_loop().time()
        await asyncio.gather(
            *(closes(head, pause=0) for _ in range(20)),
            closes(pause=0),
            closes(head, *[b"X: y\r\n"] * 9, pause=1.0),
            closes(head, b"X: " + b"y" * 200_000, pause=0),
        )
        assert asyncio.get_running_loop().time() - started < 14
        # One that goes on is served, also after a pause longer than that of a keep-alive.
        assert (await http.get("/v1/health")).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"SUPABASE_URL": "nonsense"}, b"SUPABASE_URL"),
        ({"SUPABASE_JWT_SECRET": "short"}, b"SUPABASE_JWT_SECRET"),
        ({"CERTIFICATE_SIGNING_KEY": "nonsense"}, b"CERTIFICATE_SIGNING_KEY"),
        ({"TUTOR_PROVIDER": "openai_compat"}, b"TUTOR_MODEL"),
    ],
)
async def test_wrong_settings_give_one_line(changes: dict[str, str], named: bytes) -> None:
    """The process exits with status 1 and one line with the reason."""
    process = await _start(_free_port(), **changes)
    output, errors = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 1
    assert output == b""
    assert errors.startswith(b"lyceum: wrong settings: ")
    assert named in errors
    assert errors.count(b"\n") == 1
