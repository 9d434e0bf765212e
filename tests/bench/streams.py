"""The number of streams a core, the cost of idle streams, and the time to the first source.

The service runs in its own process, with a model that produces 25 tokens a second or none; this
process asks and reads. Streams a core are the concurrent streams, divided by the share of a core
that the service used, including storage. Figures of one run, on a machine with other load.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from tests.bench.figures import percentile, percentiles
from tests.support.database import Row
from tests.support.school import School
from tests.support.stack import Stack, ephemeral_stack
from tests.support.tutor import TutorService, access_token, make_student, tutor_service

COURSE = "c1000000-0000-4000-8000-000000000000"
QUESTION = "How many bytes does a page have?"
TOKENS_A_SECOND = 25
SECONDS = 40
WATCH_SECONDS = 10
# A sentence of sixteen tokens, as many as a typical sentence of the lessons has.
WORDS = [
    *("A ", "page ", "has ", "room ", "for ", "many ", "rows, ", "and "),
    *("each ", "row ", "has ", "an ", "address ", "in ", "the ", "page. "),
]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Reader:
    """One learner that reads one answer."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.first_source: float | None = None
        self.first_text: float | None = None
        self.events = 0
        self.gaps: list[float] = []

    async def read(self) -> None:
        """Ask, and read to the end."""
        body = {
            "conversation_id": str(uuid4()),
            "course_id": COURSE,
            "message": {"id": str(uuid4()), "text": QUESTION},
        }
        began = last = time.perf_counter()
        async with self._http.stream(
            "POST", "/v1/tutor/chat", json=body, headers=self._headers
        ) as answer:
            assert answer.status_code == 200, (await answer.aread()).decode()
            async for chunk in answer.aiter_raw():
                now = time.perf_counter()
                if self.first_source is None and b"source-document" in chunk:
                    self.first_source = now - began
                if b"text-delta" in chunk:
                    if self.first_text is None:
                        self.first_text = now - began
                    else:
                        self.gaps.append(now - last)
                    last = now
                self.events += chunk.count(b"\n\n")


async def first_sources(service: TutorService, tokens: list[str], count: int) -> list[float]:
    """Seconds to the first source, one question after another."""
    async with httpx.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as http:
        seconds = []
        for number in range(count):
            reader = Reader(http, tokens[number % len(tokens)])
            await reader.read()
            assert reader.first_source is not None
            seconds.append(reader.first_source)
        return seconds


async def crowd(service: TutorService, tokens: list[str], count: int) -> Row:
    """Run concurrent streams and measure their share of a core; endless streams are closed."""
    pid = service.process.pid
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=service.url, timeout=300, limits=limits, trust_env=False
    ) as http:
        readers = [Reader(http, tokens[number % len(tokens)]) for number in range(count)]
        gate = asyncio.Semaphore(8)

        async def begin(reader: Reader) -> asyncio.Task[None]:
            async with gate:
                task = asyncio.create_task(reader.read())
                while reader.first_source is None and not task.done():
                    await asyncio.sleep(0.01)
                return task

        before = memory(pid)
        tasks = await asyncio.gather(*(begin(reader) for reader in readers))
        await asyncio.sleep(1)
        cpu, clock = cpu_seconds(pid), time.perf_counter()
        await asyncio.sleep(WATCH_SECONDS)
        share = (cpu_seconds(pid) - cpu) / (time.perf_counter() - clock)
        held = memory(pid)
        running = sum(not task.done() for task in tasks)
        said = any(reader.gaps for reader in readers)
        if not said:
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=not said)
    gaps = [gap for reader in readers for gap in reader.gaps]
    late = percentile(gaps, 99) - len(WORDS) / TOKENS_A_SECOND if gaps else None
    return {
        "streams": running,
        "tokens_a_second": TOKENS_A_SECOND if said else 0,
        "core_share": round(share, 3),
        "streams_a_core": round(running / share) if share and said else None,
        "late_p99_ms": None if late is None else round(late * 1000, 1),
        "memory_before_mib": round(before, 1),
        "memory_mib": round(held, 1),
    }


def make_tokens(stack: Stack, service: TutorService, count: int) -> list[str]:
    """Access tokens of learners of the course."""
    session = stack.database.connect()
    school = School(session)
    tokens = [
        access_token(stack, UUID(str(make_student(stack, service, school, COURSE).user_id)))
        for _ in range(count)
    ]
    session.close()
    return tokens


def measure(stack: Stack, streams: list[int], idle: int, questions: int) -> Row:
    """Measure the first source, active streams and idle streams."""
    spoken = {"sleep": 1 / TOKENS_A_SECOND}
    script = [{"text": word, **spoken} for word in WORDS] * (
        SECONDS * TOKENS_A_SECOND // len(WORDS)
    )
    patient = {"TUTOR_MAX_RUNS": "5000", "TUTOR_IDLE_TIMEOUT_SECONDS": "300"}
    patient |= {"TUTOR_RUN_SECONDS": "170", "LOG_LEVEL": "WARNING"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tutor_service(
            stack, folder, TUTOR_PROVIDER="extractive", LOG_LEVEL="WARNING"
        ) as quoting:
            tokens = make_tokens(stack, quoting, 50)
            asyncio.run(first_sources(quoting, tokens, 10))
            seconds = asyncio.run(first_sources(quoting, tokens, questions))
        with tutor_service(stack, folder, script, **patient) as slow:
            speaking = [asyncio.run(crowd(slow, tokens, count)) for count in streams]
        with tutor_service(stack, folder, [{"hang": True}], **patient) as silent:
            waiting = asyncio.run(crowd(silent, tokens, idle))
    return {
        "first_source_ms": percentiles([one * 1000 for one in seconds]),
        "speaking": speaking,
        "idle": waiting,
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="*", default=[100, 400])
    parser.add_argument("--idle", type=int, default=500)
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    with ephemeral_stack() as stack:
        found = measure(stack, arguments.streams, arguments.idle, arguments.questions)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
