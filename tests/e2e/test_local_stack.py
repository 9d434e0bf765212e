"""`make up`: a start without warnings, and what it says and does after each kind of failure."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from dotenv import dotenv_values

from tests.support.cluster import ROOT, free_port

pytestmark = pytest.mark.slow

FULL = "No space left on device"


@dataclass
class Local:
    """A folder for the data of `make up`, with an `.env` of free ports."""

    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    # What is not started, unless a test asks for it.
    without: tuple[str, ...] = ("--no-web",)

    @classmethod
    def make(cls, folder: Path) -> Local:
        """Write the `.env`: that of `.env.example` on ports that are free now."""
        local = cls(folder, {name: free_port() for name in ("54321", "54322", "8000", "5173")})
        text = (ROOT / ".env.example").read_text()
        for port, free in local.ports.items():
            text = re.sub(rf"(127\.0\.0\.1):{port}\b", rf"\1:{free}", text)
        (folder / ".env").write_text(text)
        return local

    @property
    def data(self) -> Path:
        """The folder `.local`."""
        return self.folder / "local"

    @property
    def gateway(self) -> str:
        """The address of Auth and REST."""
        return f"http://127.0.0.1:{self.ports['54321']}"

    @property
    def service(self) -> str:
        """The address of the service."""
        return f"http://127.0.0.1:{self.ports['8000']}"

    @property
    def web(self) -> str:
        """The address of the front end."""
        return f"http://127.0.0.1:{self.ports['5173']}"

    def spawn(self, *options: str, **environment: str) -> subprocess.Popen[str]:
        """Start `up.mjs` on this folder; its output is one stream."""
        values = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TUTOR_")},
            "LYCEUM_LOCAL_DIR": str(self.data),
            "LYCEUM_ENV_FILE": str(self.folder / ".env"),
            "NO_PROXY": "127.0.0.1",
        }
        return subprocess.Popen(
            ["node", str(ROOT / "supabase" / "local" / "up.mjs"), *self.without, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=values | environment,
            text=True,
        )

    @contextmanager
    def running(self, *options: str, **environment: str) -> Iterator[list[str]]:
        """A stack that has started; yields the lines of its start."""
        process = self.spawn(*options, **environment)
        assert process.stdout is not None
        lines: list[str] = []
        try:
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if "Ctrl-C" in line:
                    break
            assert process.poll() is None, "\n".join(lines)
            yield lines
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)

    def fails(self, *options: str, **environment: str) -> str:
        """What a start prints that fails; the last line says why."""
        process = self.spawn(*options, **environment)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 1, output
        return output


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Local:
    """Data that a first start has made; the start is a test of its own below."""
    folder = tmp_path_factory.mktemp("local")
    folder.chmod(0o755)
    return Local.make(folder)


def _troubles(lines: list[str]) -> list[str]:
    """Lines of a start that a reader would take for a warning."""
    return [
        line
        for line in lines
        if re.search(r'"level": ?"(warning|error)|\b50[0-9]\b \d+ ms|failed|ERROR|WARNING', line)
    ]


def test_f1_e6_first_start_has_no_warning(local: Local) -> None:
    """The gateway serves before the service starts: no call of the service is refused."""
    with local.running(TUTOR_PROVIDER="openai_compat", **MODEL) as lines:
        assert _troubles(lines) == []
        assert httpx.get(f"{local.service}/v1/health/ready").status_code == 200
    assert any("/rest/v1/rpc/register_tutor_model 200" in line for line in lines)


@pytest.mark.parametrize("provider", ["extractive", "anthropic", "google", "bedrock"])
def test_f1_e6_starts_with_every_provider(local: Local, provider: str) -> None:
    """A later start, which has no migrations to wait for, is as clean."""
    if provider in PRICED and find_spec("pydantic_ai") is None:
        pytest.skip(f"the optional package pydantic-ai-slim[{provider}] is not installed")
    with local.running(TUTOR_PROVIDER=provider, **PRICED.get(provider, {})) as lines:
        assert _troubles(lines) == []
        assert httpx.get(f"{local.service}/v1/health/ready").status_code == 200


def test_f1_a_server_of_chat_completions_answers(local: Local) -> None:
    """With openai_compat the stack starts, and a learner reads what the server says."""
    with completions("Databases keep an index in order.") as url:
        more = {"TUTOR_PROVIDER": "openai_compat", "TUTOR_MODEL": "gpt-4.1-mini"}
        with local.running(TUTOR_BASE_URL=url, **more) as lines:
            assert _troubles(lines) == []
            assert "Databases keep an index in order." in _asked(local)


def _asked(local: Local) -> str:
    """What the tutor streams to the demo learner, who asks what an index is."""
    env = dotenv_values(local.folder / ".env")
    headers = {"apikey": str(env["SUPABASE_PUBLISHABLE_KEY"])}
    signed_in = httpx.post(
        f"{local.gateway}/auth/v1/token?grant_type=password",
        headers=headers,
        json={"email": "learner@lyceum.test", "password": "lyceum-demo"},
    )
    headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
    course = httpx.get(
        f"{local.gateway}/rest/v1/courses?slug=eq.databases-inside&select=id", headers=headers
    ).json()[0]["id"]
    message = {"id": str(uuid4()), "role": "user"}
    answer = httpx.post(
        f"{local.service}/v1/tutor/chat",
        headers=headers,
        json={
            **{"id": str(uuid4()), "trigger": "submit-message", "course_id": course},
            "messages": [message | {"parts": [{"type": "text", "text": "What is an index?"}]}],
        },
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.text


@contextmanager
def completions(said: str) -> Iterator[str]:
    """A server on loopback that speaks chat completions and always says the same; its base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            choice = {"index": 0, "delta": {"content": said}, "finish_reason": "stop"}
            usage = {"prompt_tokens": 9, "completion_tokens": 9}
            frames = [json.dumps({"choices": [choice], "usage": usage}), "[DONE]"]
            body = "".join(f"data: {frame}\n\n" for frame in frames).encode()
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()


def test_front_end_answers(local: Local) -> None:
    """The front end starts after the rest, so it does not slow it down."""
    with replace(local, without=()).running() as lines:
        deadline = time.monotonic() + 30
        assert any(local.web in line for line in lines)
        while True:
            try:
                answer = httpx.get(local.web)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert answer.status_code == 200 and '<div id="root">' in answer.text
        assert local.gateway in httpx.get(f"{local.web}/@vite/env").text


MODEL = {"TUTOR_MODEL": "gpt-4.1-mini", "TUTOR_BASE_URL": "http://127.0.0.1:9/v1"}
KEY = {"TUTOR_API_KEY": "sk-of-the-tests"}
PRICED = {
    "anthropic": {"TUTOR_MODEL": "claude-haiku-4-5", **KEY},
    "google": {"TUTOR_MODEL": "gemini-2.5-flash", **KEY},
    "bedrock": {"TUTOR_MODEL": "amazon.nova-lite-v1:0", "AWS_DEFAULT_REGION": "eu-central-1"},
}


@pytest.mark.parametrize("content", ["", '{"20261123001000_pl', "[]", "null", "\0\0\0"])
def test_f6_unreadable_record_is_absent(local: Local, content: str) -> None:
    """A half-written record of migrations, or of processes, does not end the start."""
    for name in ("migrations.json", "stack.json"):
        (local.data / name).write_text(content)
    with local.running("--no-service") as lines:
        assert _troubles(lines) == []
    assert "platform.sql" in (local.data / "migrations.json").read_text()
    assert not list(local.data.glob("*.json.*"))


def test_f8_stack_starts_beside_a_living_service(local: Local) -> None:
    """`--no-service` needs no port of the service."""
    with local.running("--service-only"):
        assert httpx.get(f"{local.service}/v1/health/ready").status_code == 503
        with local.running("--no-service"):
            for _ in range(100):
                if httpx.get(f"{local.service}/v1/health/ready").status_code == 200:
                    break
                time.sleep(0.1)
            else:
                raise AssertionError("the service does not find the stack")


def test_f4_full_disk_is_named(local: Local) -> None:
    """A start on a full disk says so, and does not advise to remove data that is whole."""
    options = local.data / "postgres" / "postmaster.opts"
    options.unlink(missing_ok=True)
    # A write to it fails as on a full disk.
    options.symlink_to("/dev/full")
    try:
        output = local.fails()
    finally:
        options.unlink()
    assert FULL in output
    assert "The disk is full" in output.splitlines()[-1]
    assert "reset" not in output


@pytest.mark.parametrize("name", ["postgres.password", "postgres/PG_VERSION"])
def test_f4_whole_data_is_never_given_up(local: Local, name: str) -> None:
    """Data of another version, or without its password, is kept: no advice removes it."""
    file = local.data / name
    content = file.read_bytes()
    if name.endswith("password"):
        file.unlink()
    else:
        file.write_text("16\n")
    try:
        output = local.fails()
    finally:
        file.write_bytes(content)
    assert "reset" not in output
    assert name.split("/")[-1] in output or "Postgres 16" in output


def test_f4_damaged_data_may_be_reset(local: Local) -> None:
    """Where Postgres reports damage, the advice is a backup, or to start afresh."""
    control = local.data / "postgres" / "global" / "pg_control"
    content = control.read_bytes()
    control.write_bytes(bytes(len(content)))
    try:
        output = local.fails()
    finally:
        control.write_bytes(content)
    assert "restore a backup" in output.splitlines()[-1]
    with local.running("--no-service"):
        pass
