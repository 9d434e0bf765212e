"""How long the calls of a school take through PostgREST, with row-level security. `make bench`.

Each call is made by the people who make it in life, with their own tokens, on lessons, courses and
words drawn by a seed. Beside the time that the caller sees stands the time in the database, of
calls of the same kind over a connection of their own, and the budget. Nothing is asserted.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import jwt
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.bench.school import generate
from tests.support.database import Row
from tests.support.stack import ephemeral_stack

WARM = 20
FLOOR = "one row"
TABLE = "{:34} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7}"


@dataclass(frozen=True)
class Target:
    """A running PostgREST and the database behind it."""

    rest_url: str
    superuser_url: str
    jwt_secret: str


@dataclass(frozen=True)
class Request:
    """One call; without a user it is made by anon."""

    user_id: UUID | None
    name: str
    arguments: Row
    is_function: bool = True

    @property
    def method(self) -> str:
        """As supabase-js makes it."""
        return "POST" if self.is_function else "GET"

    @property
    def path(self) -> str:
        """The path below the address of PostgREST."""
        if self.is_function:
            return f"/rpc/{self.name}"
        filters = {key: f"eq.{value}" for key, value in self.arguments.items()}
        return f"/{self.name}?{urlencode(filters)}"

    @property
    def body(self) -> bytes | None:
        """The arguments of a function."""
        return json.dumps(self.arguments, default=str).encode() if self.is_function else None

    @property
    def statement(self) -> sql.Composed:
        """The same in SQL."""
        operator = sql.SQL(" => " if self.is_function else " = ")
        given = [
            sql.Identifier(key) + operator + sql.Placeholder(key)
            for key, value in self.arguments.items()
        ]
        if self.is_function:
            return sql.SQL("select * from public.{}({})").format(
                sql.Identifier(self.name), sql.SQL(", ").join(given)
            )
        return sql.SQL("select * from public.{} where {}").format(
            sql.Identifier(self.name), sql.SQL(" and ").join(given)
        )


@dataclass(frozen=True)
class Case:
    """A line of the table: requests of one kind; the budget of `inside` is one of the database."""

    label: str
    budget_ms: float | None
    requests: Sequence[Request]
    inside: bool = False


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took."""

    status: int
    size: int
    took_ms: float
    text: str


@dataclass(frozen=True)
class Figures:
    """Percentiles of a case at one concurrency; the budget is for one caller at a time."""

    label: str
    concurrency: int
    requests: int
    failed: int
    per_second: float
    bytes: int
    outside_ms: dict[str, float]
    inside_ms: dict[str, float]
    budget_ms: float | None
    budget_inside: bool


def note(message: str) -> None:
    """A line on stderr: the table alone goes to stdout."""
    print(message, file=sys.stderr, flush=True)


def progress(label: str, done: int, total: int) -> None:
    """Shows how far a case is, on a terminal only."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r{label:44} {done:5} of {total}", end=end, file=sys.stderr, flush=True)
    elif done == total:
        note(f"{label:44} {total}")


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th percentile by nearest rank."""
    ranked = sorted(times)
    return {
        f"p{share}": round(ranked[max(0, -(-len(ranked) * share // 100) - 1)], 3)
        for share in (50, 95, 99)
    }


class Caller:
    """One connection to PostgREST that is kept open."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.base = urlsplit(target.rest_url)
        self.connection = http.client.HTTPConnection(
            str(self.base.hostname), self.base.port, timeout=120
        )
        self.tokens: dict[UUID, str] = {}

    def token(self, user_id: UUID) -> str:
        """An access token as Supabase Auth signs it."""
        if user_id not in self.tokens:
            now = int(time.time())
            claims = {
                "sub": str(user_id),
                "role": "authenticated",
                "aud": "authenticated",
                "iat": now,
                "exp": now + 86400,
            }
            self.tokens[user_id] = jwt.encode(claims, self.target.jwt_secret, algorithm="HS256")
        return self.tokens[user_id]

    def call(self, request: Request) -> Answer:
        """Makes the request and reads the whole answer."""
        headers = {"Accept": "application/json"}
        if request.user_id is not None:
            headers["Authorization"] = f"Bearer {self.token(request.user_id)}"
        if request.is_function:
            headers["Content-Type"] = "application/json"
        started = time.perf_counter()
        self.connection.request(
            request.method, self.base.path + request.path, request.body, headers
        )
        response = self.connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - started) * 1000
        return Answer(response.status, len(content), took, content[:300].decode("utf-8", "ignore"))


def inside(target: Target, requests: Sequence[Request]) -> list[float]:
    """The milliseconds of the same calls in the database, on behalf of the same people."""
    times = []
    with psycopg.connect(target.superuser_url) as connection:
        for request in requests:
            role = "anon" if request.user_id is None else "authenticated"
            claims = {"role": role} | ({"sub": str(request.user_id)} if request.user_id else {})
            connection.execute(
                "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
                [role, json.dumps(claims)],
            )
            statement = request.statement
            started = time.perf_counter()
            connection.execute(statement, request.arguments, prepare=True).fetchall()
            times.append((time.perf_counter() - started) * 1000)
            connection.commit()
    return times


def run(
    target: Target, case: Case, requests: Sequence[Request], concurrency: int, times: list[float]
) -> Figures:
    """Makes requests of a case, a caller a thread; `times` are those in the database."""
    label = f"{case.label}, {concurrency} at once"
    done = 0

    def work(share: Sequence[Request]) -> list[Answer]:
        nonlocal done
        caller = Caller(target)
        # The connection and the tokens are there before the clock starts.
        caller.call(Request(None, "courses", {"id": UUID(int=0)}, False))
        for request in share:
            if request.user_id is not None:
                caller.token(request.user_id)
        answers = []
        for request in share:
            answers.append(caller.call(request))
            done += 1
            if done % 10 == 0 and done < len(requests):
                progress(label, done, len(requests))
        caller.connection.close()
        return answers

    started = time.perf_counter()
    with ThreadPoolExecutor(concurrency) as pool:
        shares = [requests[number::concurrency] for number in range(concurrency)]
        answers = [answer for share in pool.map(work, shares) for answer in share]
    took = time.perf_counter() - started
    progress(label, len(requests), len(requests))
    failed = [answer for answer in answers if answer.status >= 300]
    if failed:
        note(f"  {len(failed)} failed, the first with {failed[0].status}: {failed[0].text}")
    return Figures(
        label=case.label,
        concurrency=concurrency,
        requests=len(answers),
        failed=len(failed),
        per_second=round(len(answers) / took, 1),
        bytes=sorted(answer.size for answer in answers)[len(answers) // 2],
        outside_ms=percentiles([answer.took_ms for answer in answers]),
        inside_ms=percentiles(times),
        budget_ms=case.budget_ms if concurrency == 1 else None,
        budget_inside=case.inside,
    )


@dataclass
class Draw:
    """Chooses people, courses and words of a loaded school, the same for the same seed."""

    connection: psycopg.Connection[Row]
    count: int
    seed: int
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def rows(self, statement: str, **params: Any) -> list[Row]:
        """As many rows as there are requests, the rows of the statement over and over."""
        given = {"seed": str(self.seed), "count": self.count, **params}
        found = self.connection.execute(statement, given).fetchall()
        if not found:
            raise LookupError(f"the school has nothing for: {statement}")
        return [found[number % len(found)] for number in range(self.count)]

    def exists(self, function: str) -> bool:
        """True when schema public has the function."""
        row = self.connection.execute(
            "select exists (select from pg_proc where proname = %s "
            "and pronamespace = 'public'::regnamespace) as it",
            [function],
        ).fetchone()
        return row is not None and bool(row["it"])


ENROLLED = """
select e.user_id, e.course_id, c.slug
from public.enrollments as e inner join public.courses as c on c.id = e.course_id
where e.status in ('active', 'completed') and c.published
order by md5(e.id::text || %(seed)s) limit %(count)s
"""
CONTENT = """
select e.user_id, p.lesson_id
from (
  select e.* from public.enrollments as e
  where e.status in ('active', 'completed') and e.progress > 0
  order by md5(e.id::text || %(seed)s) limit %(count)s
) as e
cross join lateral (
  select lp.lesson_id from public.lesson_progress as lp
  where lp.user_id = e.user_id and lp.course_id = e.course_id
  order by md5(lp.lesson_id::text || %(seed)s) limit 1
) as p
"""
PREVIEWS = """
select t.lesson_id from public.lesson_contents as t
where t.is_public order by md5(t.lesson_id::text || %(seed)s) limit %(count)s
"""
WATCHED = """
select lp.user_id, lp.lesson_id
from public.lesson_progress as lp
inner join public.lessons as l on l.id = lp.lesson_id and l.content_type = 'video'
inner join public.enrollments as e
  on e.user_id = lp.user_id and e.course_id = lp.course_id and e.status in ('active', 'completed')
order by md5(lp.user_id::text || lp.lesson_id::text || %(seed)s) limit %(count)s
"""
NEXT = """
select e.user_id, s.lesson_id
from (
  select e.* from public.enrollments as e
  where e.status = 'active' order by md5(e.id::text || %(seed)s) limit %(count)s * 4
) as e
cross join lateral (
  select s.lesson_id
  from private.lesson_states(e.user_id, array[e.course_id]) as s
  inner join public.lessons as l on l.id = s.lesson_id
  where s.is_open and s.state is distinct from 'completed' and l.completion_rule = 'view'
  order by s.ordinal limit 1
) as s
limit %(count)s
"""
NEWCOMERS = """
select p.id as user_id, c.id as course_id
from (
  select p.id from public.profiles as p
  where p.role = 'learner' and p.email like 'learner-%%'
  order by md5(p.id::text || %(seed)s) limit %(count)s
) as p
cross join lateral (
  select c.id from public.courses as c
  where c.published and c.enrollment_mode = 'open' and c.capacity is null
    and not exists (select from public.course_prerequisites as r where r.course_id = c.id)
    and not exists (
      select from public.enrollments as e where e.course_id = c.id and e.user_id = p.id
    )
  order by md5(c.id::text || p.id::text) limit 1
) as c
"""
OWNED = """
select s.user_id, s.course_id, c.slug
from public.course_staff as s inner join public.courses as c on c.id = s.course_id
where s.role = 'owner' and c.published and c.slug like 'course-%%'
order by md5(c.id::text || %(seed)s) limit %(count)s
"""
LARGE = """
select s.user_id, s.course_id, c.slug
from public.course_staff as s inner join public.courses as c on c.id = s.course_id
where s.role = 'owner' and c.slug = %(slug)s
"""
ADMIN = "select p.id as user_id from public.profiles as p where p.email = 'admin-1-1@school.test'"
TITLES = """
select l.title, l.course_id from public.lessons as l inner join public.courses as c
  on c.id = l.course_id
where l.is_listed and c.slug like 'course-%%' order by md5(l.id::text || %(seed)s) limit %(count)s
"""
BODIES = """
select t.body_md from public.lesson_contents as t inner join public.courses as c
  on c.id = t.course_id
where c.slug like 'course-%%' order by md5(t.lesson_id::text || %(seed)s) limit 300
"""


class Queries:
    """What people type: words of titles and texts, with typos, and words that are everywhere."""

    KINDS = ("word", "words", "body", "typo", "broad", "phrase", "nothing")
    SHARES = (25, 25, 15, 15, 10, 5, 5)

    def __init__(self, draw: Draw) -> None:
        self.random = draw.random
        self.titles = [str(row["title"]).lower().split() for row in draw.rows(TITLES)]
        counted: Counter[str] = Counter()
        for row in draw.rows(BODIES):
            words = "".join(c if c.isalpha() else " " for c in str(row["body_md"]).lower()).split()
            counted.update({word for word in words if len(word) > 4})
        common = [word for word, _ in counted.most_common()]
        self.broad = common[:30]
        self.body = common[100:3000] or common

    def typo(self, word: str) -> str:
        """The word with two letters changed places, one left out, or one wrong."""
        at = self.random.randrange(1, len(word) - 1)
        kind = self.random.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + ("" if kind == 1 else "x") + word[at + 1 :]

    def query(self, kind: str | None = None) -> str:
        """A query of this kind, or of any."""
        title = self.random.choice(self.titles)
        match kind or self.random.choices(self.KINDS, self.SHARES)[0]:
            case "word":
                return self.random.choice(title)
            case "words":
                return " ".join(title[: self.random.choice((2, 2, 3))])
            case "body":
                return " ".join(self.random.sample(self.body, self.random.choice((1, 2))))
            case "typo":
                return self.typo(self.random.choice(title))
            case "broad":
                return self.random.choice(self.broad)
            case "phrase":
                return f'"{" ".join(title[:2])}"'
            case _:
                return "qwrtzpsdfg"

    def prefix(self) -> str:
        """The beginning of a title, two letters or more."""
        title = " ".join(self.random.choice(self.titles))
        return title[: self.random.randint(2, 8)]


def rpc(user_id: UUID | None, name: str, **arguments: Any) -> Request:
    """A call of a function."""
    return Request(user_id, name, arguments)


def get(user_id: UUID | None, name: str, **arguments: Any) -> Request:
    """A read of a row."""
    return Request(user_id, name, arguments, is_function=False)


def course_cases(draw: Draw, slug: str, learners: str) -> Iterator[Case]:
    """The calls of the staff of one large course."""
    large = draw.rows(LARGE, slug=slug)[0]
    owner, course = large["user_id"], large["course_id"]

    def all_of(name: str, **arguments: Any) -> list[Request]:
        return [rpc(owner, name, course_id=course, **arguments) for _ in range(draw.count)]

    yield Case(f"course_overview, {learners}", 20, all_of("course_overview"))
    yield Case(f"course_funnel, {learners}", None, all_of("course_funnel"))
    yield Case(
        f"course_learners, {learners}",
        None,
        [
            rpc(owner, "course_learners", course_id=course, sort=sort, state=state)
            for sort, state in draw.random.choices(
                [
                    (sort, state)
                    for sort in ("name", "-progress", "last_activity", "-enrolled")
                    for state in (None, "active")
                ],
                k=draw.count,
            )
        ],
    )
    yield Case(f"at_risk_learners, {learners}", None, all_of("at_risk_learners"))


def cases(draw: Draw) -> Iterator[Case]:
    """Every call of a school, with its budget."""
    enrolled = draw.rows(ENROLLED)
    owned = draw.rows(OWNED)
    admin = draw.rows(ADMIN)
    queries = Queries(draw)
    learners = [row["user_id"] for row in enrolled]
    staff = [row["user_id"] for row in owned]

    yield Case(
        FLOOR,
        None,
        [get(None, "courses", id=row["course_id"]) for row in enrolled],
    )
    for actor, users in (("anon", [None] * draw.count), ("learner", learners), ("staff", staff)):
        yield Case(f"search, {actor}", 30, [rpc(u, "search", query=queries.query()) for u in users])
    for kind in ("words", "typo", "broad", "nothing"):
        yield Case(
            f"search, learner, {kind}",
            30,
            [rpc(user, "search", query=queries.query(kind)) for user in learners],
        )
    for actor, users in (("anon", [None] * draw.count), ("learner", learners)):
        yield Case(
            f"suggest, {actor}", 15, [rpc(u, "suggest", prefix=queries.prefix()) for u in users]
        )
    yield Case(
        "search_passages, learner",
        30,
        [
            rpc(
                row["user_id"],
                "search_passages",
                course_id=row["course_id"],
                query=f"{queries.query('words')} {queries.query('body')}",
            )
            for row in enrolled
        ],
    )
    yield Case("my_learning", 15, [rpc(user, "my_learning") for user in learners])
    yield Case(
        "course_outline, learner",
        5,
        [rpc(row["user_id"], "course_outline", slug=row["slug"]) for row in enrolled],
    )
    yield Case(
        "course_outline, anon",
        5,
        [rpc(None, "course_outline", slug=row["slug"]) for row in enrolled],
    )
    yield Case(
        "lesson content, learner",
        2,
        [
            get(row["user_id"], "lesson_contents", lesson_id=row["lesson_id"])
            for row in draw.rows(CONTENT)
        ],
        inside=True,
    )
    yield Case(
        "lesson content, anon",
        2,
        [get(None, "lesson_contents", lesson_id=row["lesson_id"]) for row in draw.rows(PREVIEWS)],
        inside=True,
    )
    yield Case(
        "course_overview, any course",
        20,
        [rpc(row["user_id"], "course_overview", course_id=row["course_id"]) for row in owned],
    )
    yield from course_cases(draw, "course-1-1", "the largest")
    yield Case("instructor_dashboard", 50, [rpc(user, "instructor_dashboard") for user in staff])
    yield Case(
        "platform_overview", None, [rpc(row["user_id"], "platform_overview") for row in admin]
    )
    yield Case(
        "record_progress",
        3,
        [
            rpc(
                row["user_id"],
                "record_progress",
                lesson_id=row["lesson_id"],
                position_seconds=120,
                watched="{[60,120)}",
                seconds_spent=30,
                event_id=UUID(int=draw.random.getrandbits(128)),
            )
            for row in draw.rows(WATCHED)
        ],
        inside=True,
    )
    yield Case(
        "complete_lesson",
        5,
        [
            rpc(row["user_id"], "complete_lesson", lesson_id=row["lesson_id"])
            for row in draw.rows(NEXT)
        ],
        inside=True,
    )
    yield Case(
        "enroll",
        5,
        [rpc(row["user_id"], "enroll", course_id=row["course_id"]) for row in draw.rows(NEWCOMERS)],
        inside=True,
    )


def measure(
    target: Target, draw: Draw, chosen: Iterator[Case], levels: Sequence[int], only: str | None
) -> list[Figures]:
    """The figures of each case at each concurrency; functions that do not exist are named."""
    count = draw.count // (len(levels) + 1)
    results = []
    for case in chosen:
        first = case.requests[0]
        if only and not case.label.startswith(only):
            continue
        if first.is_function and not draw.exists(first.name):
            note(f"{case.label:44} left out: no function {first.name}")
            continue
        # A call that writes is not made twice: each run has requests of its own. The first of
        # them, in the database, warm it.
        times = inside(target, case.requests[:count])[WARM:]
        for number, level in enumerate(levels, start=1):
            part = case.requests[number * count : (number + 1) * count]
            results.append(run(target, case, part, level, times))
    return results


def report(results: Sequence[Figures]) -> str:
    """The table."""

    def number(value: float | None) -> str:
        return "" if value is None else f"{value:.1f}"

    lines = [
        TABLE.format(
            "milliseconds",
            "at",
            "p50",
            "p95",
            "p99",
            "db p50",
            "db p95",
            "budget",
            "per s",
            "bytes",
        )
    ]
    for one in results:
        found = (one.inside_ms if one.budget_inside else one.outside_ms)["p95"]
        over = one.budget_ms is not None and found > one.budget_ms
        budget = f"{number(one.budget_ms)}{' db' if one.budget_inside else ''}"
        lines.append(
            TABLE.format(
                one.label,
                str(one.concurrency),
                *(number(one.outside_ms[key]) for key in ("p50", "p95", "p99")),
                *(number(one.inside_ms[key]) for key in ("p50", "p95")),
                (budget if one.budget_ms is not None else "") + ("!" if over else " "),
                f"{one.per_second:.0f}",
                one.bytes,
            )
            + (f"  {one.failed} failed" if one.failed else "")
        )
    return "\n".join(lines)


def ratio(results: Sequence[Figures], few: str, many: str) -> float | None:
    """How much slower course_overview is for many learners than for few, by the median."""
    found = {one.label: one.inside_ms for one in results if one.concurrency == 1}
    try:
        return round(
            found[f"course_overview, {many}"]["p50"] / found[f"course_overview, {few}"]["p50"], 2
        )
    except KeyError:
        return None


def load(target: Target, label: str, **settings: object) -> float:
    """Writes a school and returns the seconds it took."""
    note(f"loading {label}")
    started = time.perf_counter()
    with psycopg.connect(target.superuser_url, row_factory=dict_row) as connection:
        generate(connection, **settings)
    with psycopg.connect(target.superuser_url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
    took = time.perf_counter() - started
    note(f"loaded {label} in {took:.0f} s")
    return took


@contextmanager
def running(arguments: argparse.Namespace) -> Iterator[Target]:
    """The stack that was named, or one of its own."""
    if arguments.rest:
        yield Target(arguments.rest, arguments.database, arguments.secret)
        return
    note("starting a stack")
    with ephemeral_stack() as stack:
        if stack.postgrest_url is None:
            raise SystemExit("PostgREST does not run on this platform")
        yield Target(stack.postgrest_url, stack.database.superuser_url, stack.jwt_secret)


def parse() -> argparse.Namespace:
    """The arguments."""
    parser = argparse.ArgumentParser(prog="latency", description=__doc__)
    parser.add_argument("--scale", type=float, default=1, help="1: 10,000 learners, 200 courses")
    parser.add_argument(
        "--large", type=int, default=100_000, help="learners of one more course; 0: none"
    )
    parser.add_argument("--requests", type=int, default=200, help="requests a line")
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", help="measure the lines that begin so")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rest", help="a running PostgREST over a loaded school")
    parser.add_argument("--database", help="its database, as a superuser")
    parser.add_argument("--secret", help="its JWT secret")
    return parser.parse_args()


def main() -> None:
    """Prints the table."""
    arguments = parse()
    levels: list[int] = arguments.concurrency
    count = (WARM + arguments.requests) * (len(levels) + 1)
    facts: dict[str, Any] = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds")}
    facts |= {"processors": os.cpu_count(), "load_before": os.getloadavg()[0]}
    facts |= {"scale": arguments.scale, "large": arguments.large, "seed": arguments.seed}

    with running(arguments) as target:
        if not arguments.rest:
            facts["load_seconds"] = round(load(target, "the school", scale=arguments.scale), 1)

        def measured(make: Callable[[Draw], Iterator[Case]]) -> list[Figures]:
            with psycopg.connect(
                target.superuser_url, autocommit=True, row_factory=dict_row
            ) as connection:
                draw = Draw(connection, count, arguments.seed)
                return measure(target, draw, make(draw), levels, arguments.only)

        results = measured(cases)
        if arguments.large and not arguments.rest:
            facts["load_large_seconds"] = round(
                load(target, "the large course", learners=arguments.large, courses=1, seed=2), 1
            )
        if arguments.large:
            size = f"{arguments.large:,}"
            results += measured(lambda draw: course_cases(draw, "course-2-1", size))
            facts["course_overview_ratio"] = ratio(results, "the largest", size)
        with psycopg.connect(target.superuser_url, row_factory=dict_row) as connection:
            facts["rows"] = {
                table: row["rows"]
                for table in ("profiles", "courses", "lessons", "enrollments", "lesson_progress")
                for row in connection.execute(f"select count(*) as rows from public.{table}")
            }
            version = connection.execute("show server_version").fetchone()
            facts["postgres"] = version["server_version"] if version else None

    facts["load_after"] = os.getloadavg()[0]
    print(report(results))
    print(
        f"{facts['processors']} processors, load {facts['load_before']:.1f} before and "
        f"{facts['load_after']:.1f} after, Postgres {facts['postgres']}"
    )
    if facts.get("course_overview_ratio") is not None:
        times = facts["course_overview_ratio"]
        print(f"course_overview, {arguments.large:,} learners to the largest course: {times} times")
    if arguments.json:
        facts["figures"] = [asdict(one) for one in results]
        arguments.json.write_text(json.dumps(facts, indent=2) + "\n")


if __name__ == "__main__":
    main()
