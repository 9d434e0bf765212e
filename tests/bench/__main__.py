"""Measures the calls of a school, with row-level security. `make bench`.

Without a selection of parts: the table of calls at one scale, the service, the same
calls of a peer, and a regrade. Figures
of a complete run go to tests/bench/results and into BENCH.md, others to .local/bench. The exit code
is 0 for any figures.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "backend"))

from tests.bench import flood, growth, regrade, report, service
from tests.bench.cases import School
from tests.bench.measure import Plan, Target, connect, day, run
from tests.bench.peer import measure as peer
from tests.bench.school import generate
from tests.bench.versions import commit, versions
from tests.support.cluster import ROOT
from tests.support.database import Row
from tests.support.stack import Stack, ephemeral_stack

SCRATCH = ROOT / ".local" / "bench"
SCALES = (0.1, 1, 10)
CASES = 37
PARTS = ("table", "growth", "service", "flood", "regrade", "peer")
# shared_buffers of a hosted database of this size: a quarter of 8 GB.
BUFFERS = "2GB"
# Loading needs no durability. Autovacuum could block it by locks, and runs afterwards anyway.
LOADING = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "'8GB'",
    "autovacuum": "off",
}


@dataclass
class Loaded:
    """A stack with a loaded school."""

    stack: Stack
    target: Target
    load_seconds: float


def note(message: str) -> None:
    """Print a line to stderr: only tables go to stdout."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def loaded(scale: float) -> Iterator[Loaded]:
    """A separate, durable stack with a school of this scale."""
    with ephemeral_stack("--durable", "--buffers", BUFFERS) as stack:
        if stack.postgrest_url is None:
            raise SystemExit("PostgREST does not run on this platform")
        target = Target(stack.postgrest_url, stack.database.superuser_url, stack.jwt_secret)
        note(f"loading a school of scale {scale:g}")
        with connect(target) as connection:
            for name, value in LOADING.items():
                connection.execute(f"alter system set {name} = {value}")
            connection.execute("select pg_reload_conf()")
        started = time.perf_counter()
        with psycopg.connect(target.superuser_url, row_factory=dict_row) as session:
            session.execute("set local synchronous_commit = off")
            generate(session, scale=scale)
        took = time.perf_counter() - started
        with connect(target) as connection:
            connection.execute("vacuum (analyze)")
            for name in LOADING:
                connection.execute(f"alter system reset {name}")
            connection.execute("select pg_reload_conf()")
            connection.execute("checkpoint")
        note(f"loaded in {took:.0f} s")
        yield Loaded(stack, target, round(took, 1))


def machine(load_before: float, stack: Stack) -> Row:
    """The machine of the measurement."""
    models = [
        line.partition(":")[2].strip()
        for line in _lines("/proc/cpuinfo")
        if line.startswith("model name")
    ]
    with psycopg.connect(stack.database.superuser_url) as connection:
        row = connection.execute(
            "select current_setting('server_version'), current_setting('shared_buffers')"
        ).fetchone()
    assert row is not None
    return {
        "processors": os.cpu_count(),
        "model": models[0] if models else platform.machine(),
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "postgres": row[0].split()[0],
        "shared_buffers": row[1],
    }


def measure_table(scale: float, plan: Plan, only: str | None) -> Row:
    """Measure the table at one scale."""
    before = os.getloadavg()[0]
    with loaded(scale) as school, connect(school.target) as connection:
        cases = School(connection, plan.reads, plan.writes)
        lines = run(school.target, plan, cases.cases(), only, CASES)
        mixed = None if only else day(school.target, cases.day(20 * plan.calls))
        return {
            "measured_at": _now(),
            "scale": scale,
            "load_seconds": school.load_seconds,
            "machine": machine(before, school.stack),
            "day": mixed,
            "table": lines,
        }


def measure_growth(scales: list[float], plan: Plan, only: str | None) -> Row:
    """Measure the table at several scales, one stack after the other."""
    before = os.getloadavg()[0]
    tables, seconds = {}, []
    for scale in scales:
        with loaded(scale) as school, connect(school.target) as connection:
            seconds.append(school.load_seconds)
            cases = School(connection, plan.reads, plan.writes).cases()
            tables[scale] = run(school.target, plan, cases, only, CASES)
            dashboards = growth.dashboards(school.target, plan.calls)
            facts = machine(before, school.stack)
    return {
        "measured_at": _now(),
        "scales": scales,
        "load_seconds": seconds,
        "machine": facts,
        "growth": growth.fitted(tables),
        "dashboards": dashboards,
        "tables": {str(scale): lines for scale, lines in tables.items()},
    }


def measure_service(quick: bool) -> Row:
    """Measure the service over a small school."""
    before = os.getloadavg()[0]
    with ephemeral_stack() as stack:
        found = service.measure(stack, quick)
        return {"measured_at": _now(), "machine": machine(before, stack), "service": found}


def measure_peer(scale: float, quick: bool) -> Row:
    """Measure calls beside those of the classic design."""
    before = os.getloadavg()[0]
    with loaded(scale) as school:
        lines = peer.measure(school.target, 200 if quick else 1000)
        return {
            "measured_at": _now(),
            "scale": scale,
            "connections": peer.LINES,
            "machine": machine(before, school.stack),
            "peer": lines,
        }


def measure_flood(quick: bool) -> Row:
    """Measure each writing call of one learner in a loop."""
    before = os.getloadavg()[0]
    seconds = 3 if quick else 60
    with loaded(0.1 if quick else 1) as school, connect(school.target) as connection:
        lines = flood.measure(school.target, connection, seconds)
        return {
            "measured_at": _now(),
            "seconds": seconds,
            "machine": machine(before, school.stack),
            "flood": lines,
        }


def parse() -> argparse.Namespace:
    """Parse the arguments."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--table", action="store_true", help="the calls of a school")
    parser.add_argument("--growth", action="store_true", help="the same at several scales")
    parser.add_argument("--service", action="store_true", help="the service")
    parser.add_argument("--flood", action="store_true", help="one learner in a loop")
    parser.add_argument("--regrade", action="store_true", help="a quiz of 1,000 attempts")
    parser.add_argument("--peer", action="store_true", help="beside the classic design")
    parser.add_argument("--report", action="store_true", help="BENCH.md again, without measuring")
    parser.add_argument("--scale", type=float, default=1, help="1: 10,000 learners, 200 courses")
    parser.add_argument("--scales", type=float, nargs="+", default=list(SCALES))
    parser.add_argument("--quick", action="store_true", help="few calls: to see that it works")
    parser.add_argument("--only", help="the lines that begin so")
    return parser.parse_args()


def main() -> None:
    """Measure the requested parts, print and store them."""
    arguments = parse()
    if arguments.report:
        report.render(report.RESULTS, report.PAGE)
        print(report.warnings(report.RESULTS, versions()))
        return
    # Recorded before the run, which takes minutes: the code may change meanwhile.
    origin = {"commit": commit(), "versions": versions()}
    some = any(getattr(arguments, part) for part in PARTS)
    plan = Plan(30, 5, 0.3) if arguments.quick else Plan(300, 20, 2)
    partial = arguments.quick or bool(arguments.only)
    if arguments.table or not some:
        document = measure_table(arguments.scale, plan, arguments.only)
        keep("table", origin | document, partial or arguments.scale != 1)
        print(report.table(document))
    if arguments.growth:
        small = Plan(15, 5, 0) if arguments.quick else Plan(100, 10, 0)
        document = measure_growth(arguments.scales, small, arguments.only)
        keep("growth", origin | document, partial or arguments.scales != list(SCALES))
        print(report.grown(document))
    if arguments.service or not some:
        document = measure_service(arguments.quick)
        keep("service", origin | document, partial)
        print(report.served(document))
    if arguments.peer or not some:
        document = measure_peer(arguments.scale, arguments.quick)
        keep("peer", origin | document, partial or arguments.scale != 1)
        print(report.compared(document))
    if arguments.flood:
        document = measure_flood(arguments.quick)
        keep("flood", origin | document, partial)
        print(report.flooded(document))
    if arguments.regrade or not some:
        regrade.main()


def keep(name: str, document: Row, is_partial: bool) -> None:
    """Store the figures; a complete run also updates the page."""
    folder = SCRATCH if is_partial else report.RESULTS
    report.write(folder, name, document)
    if not is_partial:
        report.render(report.RESULTS, report.PAGE)
    note(f"wrote {(folder / name).relative_to(ROOT)}.json")


def _lines(name: str) -> list[str]:
    file = Path(name)
    return file.read_text().splitlines() if file.exists() else []


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    main()
