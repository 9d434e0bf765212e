"""Lyceum beside the peer: the same calls of the same people to both, in turn, on one Postgres.

The peer has a process for each processor. Its tables are a schema of the same database. What folds
the facts of Lyceum afterwards counts as Lyceum's.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.bench.calls import Call, rpc
from tests.bench.draw import ENROLLED, NEWCOMERS, NEXT, Draw
from tests.bench.measure import Rest, Target, connect, percent
from tests.bench.peer.models import SCHEMA, statements
from tests.bench.wire import Load, Loop, burst, packet
from tests.support.cluster import ROOT, free_port
from tests.support.database import Row

LINES = 8
# Each side makes so many bursts of a call, by turns; the first warms up.
TURNS = 5
BACKENDS = """
select a.pid from pg_catalog.pg_stat_activity as a
where a.application_name = 'peer' or a.usename = 'authenticator' or a.pid = pg_backend_pid()
"""


def cases(draw: Draw, count: int) -> dict[str, list[tuple[Call, str, str]]]:
    """Calls of Lyceum by name, each with the method and path of the same call of the peer."""
    enrolled = draw.rows(ENROLLED, count)
    return {
        "home": [(rpc(row["user_id"], "my_learning"), "GET", "/home") for row in enrolled],
        "outline": [
            (
                rpc(row["user_id"], "course_outline", slug=row["slug"]),
                "GET",
                f"/courses/{row['slug']}",
            )
            for row in enrolled
        ],
        "complete": [
            (
                rpc(row["user_id"], "complete_lesson", lesson_id=row["lesson_id"]),
                "POST",
                f"/lessons/{row['lesson_id']}/complete",
            )
            for row in draw.some(NEXT, count)
        ],
        "enroll": [
            (
                rpc(row["user_id"], "enroll", course_id=row["course_id"]),
                "POST",
                f"/courses/{row['course_id']}/enroll",
            )
            for row in draw.some(NEWCOMERS, count)
        ],
    }


@contextmanager
def peer(target: Target) -> Iterator[str]:
    """Run the peer on the tables of this database; its URL."""
    port = free_port()
    environment = os.environ | {
        "PEER_DATABASE_URL": target.superuser_url.replace("://", "+asyncpg://", 1),
        "PEER_JWT_SECRET": target.jwt_secret,
        "PYTHONPATH": str(ROOT),
    }
    options = ["--port", str(port), "--workers", str(os.cpu_count() or 1), "--no-access-log"]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "tests.bench.peer.app:app", *options],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def measure(target: Target, count: int) -> list[Row]:
    """A line for each call: milliseconds of Postgres a call, calls a second, and percentiles."""
    rest, loop = Rest(target), Loop()
    with connect(target) as connection, peer_tables(connection), peer(target) as url:
        lines = []
        for name, calls in cases(Draw(connection, 11), count).items():
            loads: dict[str, list[tuple[Load, float]]] = {"lyceum": [], "peer": []}
            for turn in range(TURNS):
                part = calls[turn::TURNS]

                def lyceum(part: Sequence[tuple[Call, str, str]] = part) -> Load:
                    found = rest.load(iter([rest.packet(call) for call, _, _ in part]), LINES, 600)
                    connection.execute("select * from private.fold_facts()")
                    return found

                def other(part: Sequence[tuple[Call, str, str]] = part) -> Load:
                    requests = [
                        packet(url, method, path, rest.headers(call), b"{}" * (method == "POST"))
                        for call, method, path in part
                    ]
                    return loop.run(burst(url, requests, LINES, 600))

                ways: list[tuple[str, Callable[[], Load]]] = [("lyceum", lyceum), ("peer", other)]
                for side, way in ways if turn % 2 else ways[::-1]:
                    before = backends(connection)
                    load = way()
                    after = backends(connection)
                    spent = sum(after[pid] - before.get(pid, 0) for pid in after)
                    if turn:
                        loads[side].append((load, spent))
            lines.append({"call": name, **{side: result(of) for side, of in loads.items()}})
    rest.close()
    loop.close()
    return lines


def result(loads: Sequence[tuple[Load, float]]) -> Row:
    """The figures of one side."""
    answers = [answer for load, _ in loads for answer in load.answers]
    seconds = sum(len(load.answers) / load.per_second for load, _ in loads)
    return {
        "calls": len(answers),
        "postgres_ms": round(sum(spent for _, spent in loads) / len(answers), 3),
        "per_second": round(len(answers) / seconds, 1),
        "took_ms": percent([answer.took_ms for answer in answers]),
        "failed": sum(answer.status >= 300 for answer in answers),
    }


@contextmanager
def peer_tables(connection: psycopg.Connection[Row]) -> Iterator[None]:
    """The tables of the peer, filled from the school, for as long as this lasts."""
    for statement in statements():
        connection.execute(statement)
    try:
        yield
    finally:
        connection.execute(f"drop schema {SCHEMA} cascade")


def backends(connection: psycopg.Connection[Row]) -> dict[int, float]:
    """Milliseconds that each backend of either side, and this one, has computed."""
    found = {}
    for row in connection.execute(BACKENDS).fetchall():
        clock = Path(f"/proc/{row['pid']}/schedstat")
        if clock.exists():
            found[row["pid"]] = int(clock.read_text().split()[0]) / 1e6
    return found
