"""Measures the calls of a loaded school in four ways, whose calls alternate.

1. `inside`: in the database as the caller, on a raw connection that does what PostgREST does:
begin, set role and claims, the prepared statement, commit. Budgets apply to this way. Some calls
are also made as the first of a connection.
2. `floor`: the same as a superuser with the same claims, without row-level security.
3. `rest`: through PostgREST, with the caller's token.
4. `bypass`: through PostgREST as a role with the caller's rights and BYPASSRLS. service_role cannot
be used: it may not make the calls of learners, and would do different work.

Each call that writes is made once, on rows of its own, and not in the fourth way.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import jwt
import psycopg
from psycopg.rows import dict_row, tuple_row
from tqdm import tqdm

from tests.bench.calls import SETTINGS, Call
from tests.bench.cases import Case
from tests.bench.figures import paired_ratio, percentiles
from tests.bench.wire import Line, Load, Loop, burst, packet
from tests.support.database import Row

UNGUARDED = "bench_unguarded"
MAKE_UNGUARDED = f"""
create role {UNGUARDED} nologin bypassrls in role anon, authenticated;
grant {UNGUARDED} to authenticator
"""
SIGNATURES = """
select
  p.proname as name, p.provolatile = 'v' as is_volatile, p.proargnames as names,
  p.proargtypes::regtype[]::text[] as types
from pg_catalog.pg_proc as p where p.pronamespace = 'public'::regnamespace
"""
LEVELS = (1, 8, 32)
# How a hundred writing calls are divided: three ways, first calls, then the levels of the load.
WRITE_PARTS = (18, 18, 18, 2, 6, 14, 24)
# Connections that make one call of a case each.
FRESH = 8


@dataclass(frozen=True)
class Target:
    """A running PostgREST, the database behind it, and the secret of its tokens."""

    rest_url: str
    superuser_url: str
    jwt_secret: str


@dataclass(frozen=True)
class Plan:
    """Numbers of measured and warm-up calls a way, seconds a level; 0 omits the load test.

    A case ends early after `patience` seconds, if it has ten calls of each way.
    """

    calls: int
    warm: int
    seconds: float
    patience: float = 60

    def is_enough(self, number: int, began: float) -> bool:
        """Whether a case that started then may end before this call."""
        return number >= self.warm + 10 and time.perf_counter() - began > self.patience

    @property
    def reads(self) -> int:
        """The number of calls that a reading case selects."""
        return self.calls + self.warm

    @property
    def writes(self) -> int:
        """The number of calls that a writing case selects."""
        return -(-(self.calls + self.warm) * 100 // WRITE_PARTS[0])


@dataclass
class Times:
    """Milliseconds of one way, and the number of failed calls."""

    whole: list[float] = field(default_factory=list)
    statement: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def percent(times: Sequence[float]) -> dict[str, float] | None:
    """Percentiles, or None without measurements."""
    return percentiles(times) if times else None


class Raw:
    """A connection that does for each call what PostgREST does."""

    def __init__(self, target: Target, *, guarded: bool) -> None:
        self._target = target
        self.guarded = guarded
        self._open()
        found = self.connection.execute(SIGNATURES).fetchall()
        self._types = {
            name: dict(zip(names or [], types or [], strict=False))
            for name, _, names, types in found
        }
        self._volatile = {name for name, is_volatile, _, _ in found if is_volatile}
        self._texts: dict[tuple[Any, ...], str] = {}

    def _open(self) -> None:
        self.connection = psycopg.connect(
            self._target.superuser_url, autocommit=True, row_factory=tuple_row
        )
        self.connection.prepared_max = None
        self._clock = Path(f"/proc/{self.connection.info.backend_pid}/schedstat")

    def _cpu_ms(self) -> float | None:
        """What the backend has computed so far; None where the system does not say."""
        try:
            return int(self._clock.read_text().split()[0]) / 1e6
        except OSError:
            return None

    def first(self, calls: Sequence[Call], times: Times) -> None:
        """Make each call on a connection of its own, which has made no other."""
        kept = self.connection
        for call in calls:
            self._open()
            self.call(call, times, keep=True)
            self.connection.close()
        self.connection = kept
        self._clock = Path(f"/proc/{kept.info.backend_pid}/schedstat")

    def call(self, call: Call, times: Times, keep: bool) -> None:
        """Make one call and record its time."""
        run = self.connection.execute
        text, given = self._text(call), call.parameters()
        claims = json.dumps(call.claims())
        mode = "write" if call.name in self._volatile else "only"
        before_ms = self._cpu_ms()
        try:
            started = time.perf_counter()
            run(f"begin isolation level read committed read {mode}", prepare=True)
            run(
                SETTINGS,
                [claims, call.role if self.guarded else "none", call.method, call.path],
                prepare=True,
            )
            before = time.perf_counter()
            run(text, given, prepare=True).fetchall()
            after = time.perf_counter()
            run("commit", prepare=True)
            ended = time.perf_counter()
        except psycopg.Error as error:
            run("rollback")
            times.errors.append(str(error).partition("\n")[0])
            return
        if keep:
            times.whole.append((ended - started) * 1000)
            times.statement.append((after - before) * 1000)
            if before_ms is not None and (after_ms := self._cpu_ms()) is not None:
                times.cpu.append(after_ms - before_ms)

    def _text(self, call: Call) -> str:
        key = (call.name, *call.arguments, call.columns and tuple(call.columns), call.limit)
        if key not in self._texts:
            self._texts[key] = call.statement(self._types).as_string(self.connection)
        return self._texts[key]


class Rest:
    """PostgREST, over one persistent connection for single calls, over many for load tests."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._loop = Loop()
        self._line = self._loop.run(Line.open(target.rest_url))
        self._tokens: dict[tuple[UUID, str], str] = {}

    def packet(self, call: Call, role: str | None = None) -> bytes:
        """The request of a call, with the token of its caller."""
        headers = self.headers(call, role)
        return packet(self._target.rest_url, call.method, call.path, headers, call.body)

    def headers(self, call: Call, role: str | None = None) -> dict[str, str]:
        """The headers of a call, with the token of its caller."""
        headers = {"Accept": "application/json"}
        if call.user_id is not None or role is not None:
            headers["Authorization"] = f"Bearer {self._token(call, role)}"
        return headers

    def call(self, request: bytes, times: Times, keep: bool) -> bytes:
        """Make one call, record its time, return its answer."""
        answer = self._loop.run(self._line.ask(request))
        if answer.status >= 300:
            times.errors.append(f"{answer.status} {answer.body[:200].decode('utf-8', 'replace')}")
        elif keep:
            times.whole.append(answer.took_ms)
        return answer.body

    def load(self, requests: Iterator[bytes], lines: int, seconds: float) -> Load:
        """Send requests over this many connections."""
        return self._loop.run(burst(self._target.rest_url, requests, lines, seconds))

    def loads(self, seconds: float, *streams: tuple[Iterator[bytes], int]) -> list[Load]:
        """Several streams of requests at once, each over its own number of connections."""

        async def together() -> list[Load]:
            return await asyncio.gather(
                *(burst(self._target.rest_url, one, lines, seconds) for one, lines in streams)
            )

        return self._loop.run(together())

    def close(self) -> None:
        """Close the connections."""
        self._line.close()
        self._loop.close()

    def _token(self, call: Call, role: str | None) -> str:
        claims = call.claims(role)
        key = (call.user_id or UUID(int=0), claims["role"])
        if key not in self._tokens:
            now = int(time.time())
            self._tokens[key] = jwt.encode(
                {**claims, "aud": "authenticated", "iat": now, "exp": now + 86400},
                self._target.jwt_secret,
                algorithm="HS256",
            )
        return self._tokens[key]


class Bench:
    """Measures cases on a target."""

    def __init__(self, target: Target, plan: Plan) -> None:
        self.plan = plan
        self.inside = Raw(target, guarded=True)
        self.floor = Raw(target, guarded=False)
        known = self.floor.connection.execute(
            "select from pg_catalog.pg_roles where rolname = %s", [UNGUARDED]
        )
        if known.fetchone() is None:
            self.floor.connection.execute(MAKE_UNGUARDED)
        self.rest = Rest(target)

    def close(self) -> None:
        """Close the connections."""
        self.rest.close()
        for raw in (self.inside, self.floor):
            raw.connection.close()

    def measure(self, case: Case, bar: tqdm[Any]) -> Row:
        """Measure one line of the table."""
        bar.set_description(f"{case.label}, {case.who}")
        result = self._writes(case, bar) if case.writes else self._reads(case, bar)
        case.after()
        return result

    def _reads(self, case: Case, bar: tqdm[Any]) -> Row:
        inside, floor, rest, bypass = (Times() for _ in range(4))
        sizes: list[tuple[int, int]] = []
        began = time.perf_counter()
        for number, call in enumerate(case.calls):
            if self.plan.is_enough(number, began):
                break
            keep = number >= self.plan.warm
            open_request = self.rest.packet(call)
            bypass_request = self.rest.packet(call, UNGUARDED)

            def as_caller(request: bytes = open_request, keep: bool = keep) -> None:
                body = self.rest.call(request, rest, keep)
                sizes.append((_rows(body), len(body)))

            def without(request: bytes = bypass_request, keep: bool = keep) -> None:
                self.rest.call(request, bypass, keep)

            def raw(call: Call = call, keep: bool = keep) -> None:
                self.inside.call(call, inside, keep)

            def bottom(call: Call = call, keep: bool = keep) -> None:
                self.floor.call(call, floor, keep)

            _in_turn(number, [raw, bottom, as_caller, without])
            bar.update()
        first = Times()
        self.inside.first(case.calls[:FRESH], first)
        requests = [self.rest.packet(call) for call in case.calls]
        loads = {}
        for level in LEVELS if self.plan.seconds else ():
            loads[level] = self.rest.load(itertools.cycle(requests), level, self.plan.seconds)
            bar.update()
        return _result(case, inside, floor, rest, bypass, first, sizes, loads)

    def _writes(self, case: Case, bar: tqdm[Any]) -> Row:
        inside, floor, rest = Times(), Times(), Times()
        parts = split(case.calls, WRITE_PARTS)
        sizes: list[tuple[int, int]] = []
        warm = min(self.plan.warm, len(parts[0]) // 4)
        began = time.perf_counter()
        for number, (first, second, third) in enumerate(zip(*parts[:3], strict=False)):
            if self.plan.is_enough(number, began):
                break
            keep = number >= warm
            request = self.rest.packet(third)

            def raw(call: Call = first, keep: bool = keep) -> None:
                self.inside.call(call, inside, keep)

            def bottom(call: Call = second, keep: bool = keep) -> None:
                self.floor.call(call, floor, keep)

            def as_caller(request: bytes = request, keep: bool = keep) -> None:
                body = self.rest.call(request, rest, keep)
                sizes.append((_rows(body), len(body)))

            _in_turn(number, [raw, bottom, as_caller])
            bar.update()
        fresh = Times()
        self.inside.first(parts[3][:FRESH], fresh)
        loads = {}
        for level, part in zip(LEVELS if self.plan.seconds else (), parts[4:], strict=False):
            requests = iter([self.rest.packet(call) for call in part])
            loads[level] = self.rest.load(requests, level, 60)
            bar.update()
        return _result(case, inside, floor, rest, Times(), fresh, sizes, loads)


def split(calls: Sequence[Call], shares: Sequence[int]) -> list[Sequence[Call]]:
    """Consecutive parts of the calls, in these proportions."""
    total, at, parts = sum(shares), 0, []
    for share in itertools.accumulate(shares):
        until = len(calls) * share // total
        parts.append(calls[at:until])
        at = until
    return parts


def run(
    target: Target, plan: Plan, cases: Iterator[Case], only: str | None = None, count: int = 0
) -> list[Row]:
    """The lines of the table; `only` filters by the beginning of the label."""
    bench = Bench(target, plan)
    results = []
    try:
        with tqdm(
            total=count * (plan.reads + len(LEVELS)) or None, unit="call", disable=None
        ) as bar:
            for case in cases:
                if only is None or case.label.startswith(only):
                    results.append(bench.measure(case, bar))
    except LookupError:
        # A case may need rows of an earlier case that was not selected.
        if not only or not results:
            raise
    finally:
        bench.close()
    return results


def day(target: Target, calls: Sequence[Call], lines: int = 8) -> Row:
    """A day's mix of calls through PostgREST over several connections; a tenth warms up."""
    rest = Rest(target)
    try:
        requests = [rest.packet(call) for call in calls]
        warm = len(requests) // 10
        rest.load(iter(requests[:warm]), lines, 60)
        load = rest.load(iter(requests[warm:]), lines, 60)
    finally:
        rest.close()
    return {
        "connections": lines,
        "calls": len(load.answers),
        "per_second": round(load.per_second, 1),
        "took_ms": percent([answer.took_ms for answer in load.answers]),
        "failed": sum(answer.status >= 300 for answer in load.answers),
    }


def connect(target: Target) -> psycopg.Connection[Row]:
    """A connection of the superuser for work that is not measured."""
    return psycopg.connect(target.superuser_url, autocommit=True, row_factory=dict_row)


def _in_turn(number: int, ways: Sequence[Callable[[], None]]) -> None:
    """Run each way once, with another one first each time: later ways find warm caches."""
    at = number % len(ways)
    for way in [*ways[at:], *ways[:at]]:
        way()


def _rows(body: bytes) -> int:
    """The number of rows of an answer; an object counts as one."""
    try:
        found = json.loads(body)
    except ValueError:
        return 0
    return len(found) if isinstance(found, list) else 1


def _result(
    case: Case,
    inside: Times,
    floor: Times,
    rest: Times,
    bypass: Times,
    first: Times,
    sizes: Sequence[tuple[int, int]],
    loads: dict[int, Load],
) -> Row:
    whole = percent(inside.whole)
    errors = [*inside.errors, *floor.errors, *rest.errors, *bypass.errors, *first.errors]
    answers = [answer for load in loads.values() for answer in load.answers]
    failed = [answer for answer in answers if answer.status >= 300]
    if failed:
        errors.append(f"{failed[0].status} {failed[0].body[:200].decode('utf-8', 'replace')}")
    pairs = min(len(inside.whole), len(floor.whole))
    paired = pairs > 0 and not case.writes and len(inside.whole) == len(floor.whole)
    middle = sorted(sizes, key=lambda one: one[1])[len(sizes) // 2] if sizes else (0, 0)
    return {
        "label": case.label,
        "who": case.who,
        "writes": case.writes,
        "calls": len(inside.whole),
        "budget_ms": case.budget_ms,
        "inside_ms": whole,
        "statement_ms": percent(inside.statement),
        "cpu_ms": percent(inside.cpu),
        "first_ms": percent(first.whole),
        "floor_ms": percent(floor.whole),
        "floor_statement_ms": percent(floor.statement),
        "overhead": paired_ratio(inside.whole, floor.whole) if paired else None,
        "overhead_statement": (paired_ratio(inside.statement, floor.statement) if paired else None),
        "rest_ms": percent(rest.whole),
        "bypass_ms": percent(bypass.whole),
        "per_second": {str(level): round(load.per_second, 1) for level, load in loads.items()},
        "load_ms": {
            str(level): percent([answer.took_ms for answer in load.answers])
            for level, load in loads.items()
        },
        "rows": middle[0],
        "bytes": middle[1],
        "failed": len(errors) + max(0, len(failed) - 1),
        "first_error": errors[0] if errors else None,
    }
