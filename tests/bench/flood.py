"""Measures what one learner can do to the others: each writing call in a loop. `make bench`.

Over PostgREST, one connection for the learner and one for calls of other learners, in one school.
A line has the bytes by which the database grew and the p95 of the others, as a ratio to their p95
without the loop, measured just before.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

import psycopg

from tests.bench.calls import Call, get, rpc
from tests.bench.draw import CONTENT, ENROLLED, Draw
from tests.bench.figures import percentiles
from tests.bench.measure import Rest, Target
from tests.bench.wire import Load
from tests.support.database import Row

# A learner of one course in which a lesson of each type is open to them.
FLOODER = """
select
  e.user_id, e.course_id,
  min(l.id::text) filter (where l.content_type = 'lab') as lab,
  min(l.id::text) filter (where l.content_type = 'quiz') as quiz,
  min(l.id::text) filter (where l.content_type = 'video') as video,
  min(l.id::text) filter (where l.content_type = 'text') as text
from (
  select * from public.enrollments as e
  where e.status = 'active' order by e.progress desc, e.id limit 2000
) as e
cross join lateral private.lesson_states(e.user_id, array[e.course_id]) as s
inner join public.lessons as l on l.id = s.lesson_id
where s.is_open
group by e.user_id, e.course_id
having count(distinct l.content_type) = 4 and exists (
  select from public.courses as c
  where c.is_published and c.enrollment_mode = 'code' and not exists (
    select from public.enrollments as o where o.course_id = c.id and o.user_id = e.user_id
  )
)
order by e.user_id limit 1
"""
COURSE = """
select c.id from public.courses as c
where c.is_published and c.enrollment_mode::text = %s
  and not exists (
    select from public.enrollments as e where e.course_id = c.id and e.user_id = %s
  )
order by c.id limit 1
"""
SIZE = "select pg_database_size(current_database()) as size"


class Patch(Call):
    """An update of the rows whose id is that of the caller."""

    method = "PATCH"

    @property
    def path(self) -> str:
        """The path below the address of PostgREST."""
        return f"/{self.name}?id=eq.{self.user_id}"

    @property
    def body(self) -> bytes:
        """The new values."""
        return json.dumps(dict(self.arguments)).encode()


def floods(who: Row, open_id: UUID, coded_id: UUID) -> Iterator[tuple[str, Callable[[int], Call]]]:
    """The writing calls of a learner, with large inputs; each makes its call of this number."""
    user_id = who["user_id"]
    lab, quiz, video, text = (who[kind] for kind in ("lab", "quiz", "video", "text"))

    def made(name: str, **arguments: Any) -> Callable[[int], Call]:
        """A call; arguments that are functions make a value for each number."""
        return lambda number: rpc(
            user_id,
            name,
            **{key: one(number) if callable(one) else one for key, one in arguments.items()},
        )

    def ranges(number: int) -> list[list[int]]:
        return [[at, at + 1] for at in range(number % 3, 3000, 3)]

    def fresh(number: int) -> UUID:
        return uuid4()

    yield "submit_lab", made("submit_lab", lesson_id=lab, body=lambda _: token_hex(99_500))
    yield (
        "record_progress, video",
        made("record_progress", lesson_id=video, watched=ranges, event_id=fresh),
    )
    yield (
        "record_progress, text",
        made("record_progress", lesson_id=text, watched=ranges, seconds_spent=86_400),
    )
    yield "complete_lesson", made("complete_lesson", lesson_id=text)
    yield (
        "enroll, withdraw",
        lambda number: rpc(user_id, ("enroll", "withdraw")[number % 2], course_id=open_id),
    )
    yield "enroll with a code", made("enroll", course_id=coded_id, code=lambda _: uuid4().hex)
    yield (
        "begin_tutor_turn",
        made(
            "begin_tutor_turn",
            conversation_id=fresh,
            course_id=who["course_id"],
            question="What is a page? " * 100,
            turn_key=fresh,
        ),
    )
    # Last: an open attempt locks the tutor.
    yield "start_attempt", made("start_attempt", lesson_id=quiz)
    yield "own profile", lambda _: Patch(user_id, "profiles", {"name": uuid4().hex * 3})


def others(connection: psycopg.Connection[Row], but: UUID) -> list[Call]:
    """Calls of other learners, in turn: home page, course page, lesson."""
    draw = Draw(connection, 1)
    enrolled = [row for row in draw.rows(ENROLLED, 200) if row["user_id"] != but]
    lessons = [row for row in draw.rows(CONTENT, 200) if row["user_id"] != but]
    calls: list[Call] = []
    for row, lesson in zip(enrolled, lessons, strict=False):
        calls += [
            rpc(row["user_id"], "my_learning"),
            rpc(row["user_id"], "course_outline", slug=row["slug"]),
            get(
                lesson["user_id"],
                "lesson_contents",
                "lesson_id,body_md",
                lesson_id=lesson["lesson_id"],
            ),
        ]
    return calls


def measure(target: Target, connection: psycopg.Connection[Row], seconds: float) -> list[Row]:
    """A line for each call, in a loop of this many seconds."""
    who = connection.execute(FLOODER).fetchone()
    if who is None:
        raise LookupError("no learner has a lesson of each type open")

    def course(mode: str) -> UUID:
        row = connection.execute(COURSE, [mode, who["user_id"]]).fetchone()
        if row is None:
            raise LookupError(f"no course of mode {mode} without this learner")
        found: UUID = row["id"]
        return found

    rest = Rest(target)
    requests = [rest.packet(call) for call in others(connection, who["user_id"])]

    def size() -> int:
        row = connection.execute(SIZE).fetchone()
        assert row is not None
        return int(row["size"])

    def p95(load: Load) -> float:
        return percentiles([one.took_ms for one in load.answers])["p95"]

    found = []
    try:
        for label, make in floods(who, course("open"), course("code")):
            [alone] = rest.loads(min(seconds, 10), (itertools.cycle(requests), 1))
            before = size()
            mine, theirs = rest.loads(
                seconds,
                ((rest.packet(make(number)) for number in itertools.count()), 1),
                (itertools.cycle(requests), 1),
            )
            statuses = Counter(str(answer.status) for answer in mine.answers)
            found.append(
                {
                    "label": label,
                    "calls": len(mine.answers),
                    "statuses": dict(sorted(statuses.items())),
                    "grew_bytes": size() - before,
                    "usual_p95_ms": p95(alone),
                    "p95_ms": p95(theirs),
                    "ratio": round(p95(theirs) / p95(alone), 2),
                }
            )
    finally:
        rest.close()
    return found
