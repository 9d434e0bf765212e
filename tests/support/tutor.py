"""A separate service with a scripted tutor, learners who ask it, and the answers they receive."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import httpx
import jwt

from app.core.config import Settings
from app.schemas.tutor import client_uuid
from tests.support.cluster import ROOT, free_port
from tests.support.contract import check_part
from tests.support.database import Database, Row
from tests.support.school import School
from tests.support.stack import Stack

Part = dict[str, Any]
PRICE = {"input_micros": 1_000_000, "cached_input_micros": 500_000, "output_micros": 2_000_000}


def access_token(stack: Stack, user_id: UUID | str) -> str:
    """An access token for an account, signed with the secret of the stack."""
    now = int(time.time())
    claims = {
        "sub": str(user_id),
        "role": "authenticated",
        "aud": "authenticated",
        "iat": now,
        "exp": now + 3600,
    }
    return jwt.encode(claims, stack.jwt_secret, algorithm="HS256")


class Service(Protocol):
    """A service that can be asked."""

    url: str


@dataclass
class Address:
    """A service that somebody else runs."""

    url: str


@dataclass
class TutorService:
    """A running service; `log` is the file of its output."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """Kill the process, as a crash would."""
        self.process.kill()
        self.process.wait(10)

    def terminate(self) -> int:
        """Send SIGTERM, as an operator would; return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def tutor_service(
    stack: Stack, folder: Path, script: Any = None, **environment: str
) -> Iterator[TutorService]:
    """Start a service for this stack; with a script, its tutor is scripted."""
    port = free_port()
    module = "app" if script is None else "tests.support.scripted"
    values = {
        **os.environ,
        "ENVIRONMENT": "development",
        "LOG_LEVEL": "INFO",
        "SUPABASE_URL": stack.supabase_url,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "SUPABASE_SECRET_KEY": stack.secret_key,
        "SUPABASE_JWT_SECRET": stack.jwt_secret,
        "SERVICE_URL": f"http://127.0.0.1:{port}",
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": str(ROOT / "backend"),
        "PYTHONUNBUFFERED": "1",
    }
    if script is not None:
        file = folder / f"script-{port}.json"
        file.write_text(json.dumps(script if "default" in script else {"default": script}))
        values |= {"TUTOR_SCRIPT": str(file), "PYTHONPATH": f"{ROOT}:{ROOT / 'backend'}"}
        save_price(stack, "scripted", "scripted")
    log = folder / f"service-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--port", str(port), "--drain", "10"],
            env=values | environment,
            cwd=folder,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    service = TutorService(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait(service)
        yield service
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def _wait(service: TutorService) -> None:
    for _ in range(400):
        assert service.process.poll() is None, service.log.read_text()
        try:
            if httpx.get(f"{service.url}/v1/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.03)
    raise AssertionError(f"no answer: {service.log.read_text()}")


def save_price(stack: Stack, provider: str, model: str, **price: int) -> None:
    """Set the price of a model, as service_role."""
    answer = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/save_model_price",
        headers={"apikey": stack.secret_key},
        json={
            "provider": provider,
            "model": model,
            "effective_from": "2026-01-01",
            **(price or PRICE),
        },
    )
    assert answer.status_code == 200, answer.text


def register_model(stack: Stack, provider: str, model: str) -> None:
    """Make it the current model, as its service does at start: another may be current."""
    answer = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/register_tutor_model",
        headers={"apikey": stack.secret_key},
        json={
            "provider": provider,
            "model": model,
            "max_output_tokens": Settings.model_fields["tutor_max_output_tokens"].default,
        },
    )
    assert answer.status_code == 200, answer.text


@dataclass
class Received:
    """The part of a stream that was read: ids and parts in order, and whether [DONE] arrived."""

    status: int
    headers: httpx.Headers
    ids: list[int] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    is_done: bool = False
    body: str = ""

    def of(self, kind: str) -> list[Part]:
        """The parts of one type."""
        return [part for part in self.parts if part["type"] == kind]

    @property
    def text(self) -> str:
        """The text of the answer that has arrived."""
        return "".join(part["delta"] for part in self.of("text-delta"))

    def take(self, event: str) -> None:
        """Parse one event of the stream, without its blank line."""
        self.frames.append(event)
        data = "\n".join(line[6:] for line in event.split("\n") if line.startswith("data: "))
        if data == "[DONE]":
            self.is_done = True
        elif data:
            [identifier] = [line[4:] for line in event.split("\n") if line.startswith("id: ")]
            self.ids.append(int(identifier))
            check_part(data)
            self.parts.append(json.loads(data))


@dataclass
class Student:
    """An account with a token that asks one service about one course."""

    stack: Stack
    service: Service
    user_id: UUID
    course_id: UUID | str
    conversation_id: UUID = field(default_factory=uuid4)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of each request."""
        return {"Authorization": f"Bearer {access_token(self.stack, self.user_id)}"}

    def body(self, text: str, **changes: Any) -> Row:
        """The body of a chat call."""
        return {
            "conversation_id": str(self.conversation_id),
            "course_id": str(self.course_id),
            "message": {"id": str(uuid4()), "text": text},
            **changes,
        }

    def ask(
        self, text: str, *, most: int | None = None, after: int | None = None, **changes: Any
    ) -> Received:
        """Ask, and read to the end or until `most` parts have arrived."""
        return self._read("POST", "/v1/tutor/chat", most, after, json=self.body(text, **changes))

    def chat(self, identifier: str, *, most: int | None = None, **body: Any) -> Received:
        """Sends the body of `useChat` for the chat with this id."""
        course = {"id": identifier, "course_id": str(self.course_id)}
        return self._read("POST", "/v1/tutor/chat", most, None, json={**course, **body})

    def history(self, chat: str) -> list[Row]:
        """The stored messages of a chat of `useChat`."""
        answer = httpx.post(
            f"{self.stack.supabase_url}/rest/v1/rpc/tutor_history",
            headers=self.headers | {"apikey": self.stack.publishable_key},
            json={"conversation_id": str(client_uuid(self.user_id, chat))},
        )
        assert answer.status_code == 200, answer.text
        rows: list[Row] = answer.json()
        return rows

    def resume(
        self, after: int | None = None, *, most: int | None = None, conversation: str | None = None
    ) -> Received:
        """Resume the stream of the conversation's answer, or of a chat with an id of its own."""
        path = f"/v1/tutor/chat/{conversation or self.conversation_id}/stream"
        return self._read("GET", path, most, after)

    def stop(self, **body: Any) -> httpx.Response:
        """Request that the answer stops."""
        url = f"{self.service.url}/v1/tutor/chat/{self.conversation_id}/stop"
        return httpx.post(url, headers=self.headers, json=body or None, trust_env=False)

    def _read(
        self, method: str, path: str, most: int | None, after: int | None, **content: Any
    ) -> Received:
        headers = self.headers | ({} if after is None else {"Last-Event-ID": str(after)})
        with (
            httpx.Client(base_url=self.service.url, timeout=30, trust_env=False) as client,
            client.stream(method, path, headers=headers, **content) as response,
        ):
            received = Received(response.status_code, response.headers)
            if response.status_code != 200:
                received.body = response.read().decode()
                return received
            pending = ""
            for chunk in response.iter_text():
                pending += chunk
                while "\n\n" in pending:
                    event, pending = pending.split("\n\n", 1)
                    received.take(event)
                    if most is not None and len(received.parts) >= most:
                        return received
        return received


@dataclass
class Books:
    """The database's records of one learner's turns."""

    database: Database
    user_id: UUID

    def _all(self, statement: str) -> list[Row]:
        session = self.database.connect()
        try:
            return session.all(statement, self.user_id)
        finally:
            session.close()

    def ledger(self) -> list[Row]:
        """The learner's ledger lines, oldest first."""
        return self._all(
            "select * from private.tutor_ledger where user_id = %s order by occurred_at"
        )

    def turns(self) -> list[Row]:
        """The learner's turns, oldest first."""
        return self._all("select * from private.tutor_turns where user_id = %s order by created_at")

    def answers(self) -> list[Row]:
        """The answers to the learner, oldest first."""
        return self._all(
            "select * from public.tutor_messages where user_id = %s and role = 'assistant' "
            "order by created_at"
        )

    def reserved(self) -> int:
        """The amount reserved in the learner's own periods."""
        [row] = self._all(
            "select coalesce(sum(reserved), 0)::bigint as sum from private.tutor_usage "
            "where subject like %s || '%%'"
        )
        return int(row["sum"])

    def wait(self, count: int, seconds: float = 10) -> list[Row]:
        """Wait until this many of the learner's turns are settled; return their lines."""
        for _ in range(int(seconds / 0.02)):
            lines = self.ledger()
            if len(lines) >= count:
                return lines
            time.sleep(0.02)
        raise AssertionError(f"{len(self.ledger())} lines, not {count}")


def make_student(stack: Stack, service: Service, school: School, course_id: UUID | str) -> Student:
    """A new learner of a course, with limits too high to reach by accident; committed."""
    user_id = school.user()
    school.enroll(user_id, UUID(str(course_id)))
    school.session.run(
        "insert into private.tutor_limits (scope, period, meter, user_id, max_amount) "
        "values ('user', 'minute', 'requests', %s, 100000), "
        "('user', 'day', 'requests', %s, 100000)",
        user_id,
        user_id,
    )
    school.session.commit()
    return Student(stack, service, user_id, course_id)
