"""How many answers one core can stream, and how soon the first source comes. `make bench`.

The service runs alone in its process, with a model that says 25 tokens a second; this process asks
and reads. Streams a core are those that ran at once, divided by the share of a core that the
service took meanwhile, saving included. Figures of one run, on a machine that does more than this.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from tests.support.school import School
from tests.support.stack import Stack, ephemeral_stack
from tests.support.tutor import TutorService, access_token, make_student, tutor_service

COURSE = "c1000000-0000-4000-8000-000000000000"
QUESTION = "How many bytes does a page have?"
TOKENS_A_SECOND = 25
SECONDS = 40
# A sentence of sixteen tokens: those of the lessons have about as many.
WORDS = [
    *("A ", "page ", "has ", "room ", "for ", "many ", "rows, ", "and "),
    *("each ", "row ", "has ", "an ", "address ", "in ", "the ", "page. "),
]
TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid: int) -> float:
    """Resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


class Reader:
    """One learner who reads one answer."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self.first_source: float | None = None
        self.first_text: float | None = None
        self.events = 0
        self.gaps: list[float] = []

    async def read(self) -> None:
        """Asks, and reads to the end."""
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
    """Seconds to the first source, one question after the other."""
    async with httpx.AsyncClient(base_url=service.url, timeout=60, trust_env=False) as http:
        seconds = []
        for number in range(count):
            reader = Reader(http, tokens[number % len(tokens)])
            await reader.read()
            assert reader.first_source is not None
            seconds.append(reader.first_source)
        return seconds


async def crowd(service: TutorService, tokens: list[str], count: int) -> None:
    """Streams at once, and what they take of a core."""
    pid = service.process.pid
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=service.url, timeout=120, limits=limits, trust_env=False
    ) as http:
        readers = [Reader(http, tokens[number % len(tokens)]) for number in range(count)]
        gate = asyncio.Semaphore(8)

        async def begin(reader: Reader) -> asyncio.Task[None]:
            async with gate:
                task = asyncio.create_task(reader.read())
                while reader.first_source is None and not task.done():
                    await asyncio.sleep(0.01)
                return task

        began = time.perf_counter()
        tasks = await asyncio.gather(*(begin(reader) for reader in readers))
        ramp = time.perf_counter() - began
        assert ramp < SECONDS - 12, f"it took {ramp:.0f} s to begin"
        await asyncio.sleep(1)
        cpu, clock = cpu_seconds(pid), time.perf_counter()
        await asyncio.sleep(10)
        share = (cpu_seconds(pid) - cpu) / (time.perf_counter() - clock)
        held = memory(pid)
        running = sum(not task.done() for task in tasks)
        await asyncio.gather(*tasks)
    gaps = sorted(gap for reader in readers for gap in reader.gaps)
    expected = len(WORDS) / TOKENS_A_SECOND
    late = gaps[int(len(gaps) * 0.99)] - expected
    print(
        f"{running:5} streams at {TOKENS_A_SECOND} tokens/s: {share:5.2f} of a core, "
        f"{running / share:6.0f} streams a core, p99 of a sentence {late * 1000:4.0f} ms late, "
        f"{held:4.0f} MiB"
    )


def make_tokens(stack: Stack, service: TutorService, count: int) -> list[str]:
    """Learners of the course, as access tokens."""
    session = stack.database.connect()
    school = School(session)
    tokens = [
        access_token(stack, UUID(str(make_student(stack, service, school, COURSE).user_id)))
        for _ in range(count)
    ]
    session.close()
    return tokens


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, nargs="*", default=[100, 400])
    parser.add_argument("--questions", type=int, default=100)
    arguments = parser.parse_args()
    spoken = {"sleep": 1 / TOKENS_A_SECOND}
    script = [{"text": word, **spoken} for word in WORDS] * (
        SECONDS * TOKENS_A_SECOND // len(WORDS)
    )
    with (
        ephemeral_stack() as stack,
        tempfile.TemporaryDirectory() as folder,
        tutor_service(
            stack, Path(folder), script, TUTOR_MAX_RUNS="5000", LOG_LEVEL="WARNING"
        ) as slow,
        tutor_service(
            stack, Path(folder), TUTOR_PROVIDER="extractive", LOG_LEVEL="WARNING"
        ) as quoting,
    ):
        tokens = make_tokens(stack, slow, 50)
        asyncio.run(first_sources(quoting, tokens, 10))
        seconds = sorted(asyncio.run(first_sources(quoting, tokens, arguments.questions)))
        print(
            f"first source, quoting: p50 {statistics.median(seconds) * 1000:.1f} ms, "
            f"p95 {seconds[int(len(seconds) * 0.95)] * 1000:.1f} ms"
        )
        for count in arguments.streams:
            asyncio.run(crowd(slow, tokens, count))


if __name__ == "__main__":
    main()
