"""The calls of a school, their callers, and their budgets at a scale of 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg

from tests.bench.calls import Call, get, rpc
from tests.bench.draw import (
    ADMIN,
    BUSY,
    CONTENT,
    COURSES,
    ENROLLED,
    EXAMS,
    LONG,
    NEWCOMERS,
    NEXT,
    OPEN_ATTEMPTS,
    OWNED,
    PREVIEWS,
    WATCHED,
    Draw,
    Queries,
)
from tests.support.database import Row

LIMITS = "update private.tutor_limits l set max_amount = 1000000000000 where l.max_amount >= 0"
RUNNING = "select t.id from private.tutor_turns as t where t.status = 'reserved'"
AS_SERVICE = """
select
  set_config('role', 'service_role', true),
  set_config('request.jwt.claims', '{"role": "service_role"}', true)
"""
FINISH = """
select public.finish_tutor_turn(
  turn_id => %s, status => 'complete', content => 'A page holds 8,192 bytes.'
)
"""
# Twenty learners enroll in the first 65 courses.
MANY_COURSES = """
insert into public.enrollments (user_id, course_id, status)
select p.id, c.id, 'active'
from (
  select p.id from public.profiles as p
  where p.email like 'learner-%' order by md5(p.id::text) limit 20
) as p
cross join (
  select c.id from public.courses as c
  where c.is_published and c.slug like 'course-%' order by c.id limit 65
) as c
on conflict (user_id, course_id) do nothing
"""
# A course with learners gets 280 lessons more.
MANY_LESSONS = """
insert into public.lessons (module_id, slug, title, ord, is_published)
select m.id, 'more-' || n, 'One of many lessons', 1000 + n, true
from (
  select c.id from public.courses as c
  where c.is_published and c.slug like 'course-%'
  order by abs(100 - (select count(*) from public.enrollments as e where e.course_id = c.id)), c.id
  limit 1
) as c
cross join lateral (
  select m.id from public.modules as m where m.course_id = c.id order by m.ord limit 1
) as m
cross join generate_series(1, 280) as n
"""
# The correct answers, with the option ids of each attempt.
ANSWER = """
update public.quiz_attempts a
set answers = n.answers
from (
  select
    s.attempt_id,
    jsonb_object_agg(
      q.id, private.attempt_key(q.kind, k.key, s.option_map -> q.id::text)
    ) as answers
  from public.quiz_attempts as o
  inner join private.attempt_secrets as s on s.attempt_id = o.id
  inner join public.questions as q on q.lesson_id = o.lesson_id
  inner join private.answer_keys as k on k.question_id = q.id
  where o.status = 'open'
  group by s.attempt_id
) as n
where n.attempt_id = a.id
"""


@dataclass(frozen=True)
class Case:
    """A line of the table.

    `who` is visitor, learner, staff or admin. Each call of a writing case is made once, on rows
    that no call has used yet; `after` cleans up, unmeasured.
    """

    label: str
    who: str
    calls: Sequence[Call]
    budget_ms: float | None = None
    writes: bool = False
    after: Callable[[], None] = lambda: None


@dataclass
class School:
    """A loaded school that supplies cases: `reads` calls each, or up to `writes` that write."""

    connection: psycopg.Connection[Row]
    reads: int
    writes: int
    seed: int = 1

    def cases(self) -> Iterator[Case]:
        """Every case, lazily: a case may need the rows of an earlier one."""
        draw = Draw(self.connection, self.seed)
        yield from self._visitor(draw)
        yield from self._learner(draw)
        yield from self._staff(draw)
        yield from self._writes(draw)
        yield from self._attempts(draw)
        yield from self._shapes(draw)

    def day(self, count: int) -> list[Call]:
        """About this many calls of a day, mixed: learners, and a few of the staff."""
        draw = Draw(self.connection, self.seed + 1)
        queries = Queries(draw)
        enrolled = draw.rows(ENROLLED, count)
        calls = [
            *(rpc(row["user_id"], "my_learning") for row in enrolled[: count // 10]),
            *(
                rpc(row["user_id"], "course_outline", slug=row["slug"])
                for row in enrolled[-count * 12 // 100 :]
            ),
            *(_open(row["user_id"], row["lesson_id"]) for row in draw.rows(CONTENT, count // 4)),
            *(self._report(row, draw) for row in draw.rows(WATCHED, count * 2 // 5)),
            *(
                rpc(row["user_id"], "complete_lesson", lesson_id=row["lesson_id"])
                for row in draw.some(NEXT, count * 8 // 100)
            ),
            *(
                rpc(row["user_id"], "search", query=queries.query())
                for row in enrolled[: count // 25]
            ),
            *(
                rpc(row["user_id"], "instructor_dashboard")
                for row in draw.rows(OWNED, count // 100)
            ),
        ]
        draw.random.shuffle(calls)
        return calls

    @staticmethod
    def _report(row: Row, draw: Draw) -> Call:
        return rpc(
            row["user_id"],
            "record_progress",
            lesson_id=row["lesson_id"],
            position_seconds=row["position_seconds"] + 30,
            watched=[[row["position_seconds"], row["position_seconds"] + 30]],
            seconds_spent=30,
            event_id=UUID(int=draw.random.getrandbits(128)),
        )

    def dashboards(self) -> Iterator[tuple[str, Call, Call, int, int]]:
        """Calls of the staff about a course, and about one of a hundredth of its learners.

        Name, the call for the small and for the large course, and their numbers of learners.
        """
        draw = Draw(self.connection, self.seed)
        [small] = draw.some(COURSES, 1, divisor=100)
        [large] = draw.some(COURSES, 1, divisor=1)
        for name in (
            "course_overview",
            "course_activity",
            "course_funnel",
            "course_learners",
            "at_risk_learners",
        ):
            few, many = (
                rpc(one["user_id"], name, course_id=one["course_id"]) for one in (small, large)
            )
            yield name, few, many, int(small["learners"]), int(large["learners"])

    def _visitor(self, draw: Draw) -> Iterator[Case]:
        count, queries = self.reads, Queries(draw)
        enrolled = draw.rows(ENROLLED, count)
        yield Case(
            "the catalogue",
            "visitor",
            [
                get(
                    None,
                    "courses",
                    "id,slug,title,locale,level,lesson_count",
                    is_published=True,
                    order="title.asc",
                    limit=20,
                )
            ]
            * count,
        )
        yield Case(
            "the lessons of a course",
            "visitor",
            [
                get(None, "lessons", "id,slug,title,ord,duration_minutes", course_id=r["course_id"])
                for r in enrolled
            ],
        )
        yield Case(
            "open a preview",
            "visitor",
            [_open(None, row["lesson_id"]) for row in draw.rows(PREVIEWS, count)],
            2,
        )
        yield Case(
            "course_outline",
            "visitor",
            [rpc(None, "course_outline", slug=row["slug"]) for row in enrolled],
            5,
        )
        yield Case(
            "search",
            "visitor",
            [rpc(None, "search", query=queries.query()) for _ in range(count)],
            30,
        )

    def _learner(self, draw: Draw) -> Iterator[Case]:
        count, queries = self.reads, Queries(draw)
        enrolled = draw.rows(ENROLLED, count)
        users: list[UUID] = [row["user_id"] for row in enrolled]

        def of_course(name: str) -> list[Call]:
            return [rpc(row["user_id"], name, course_id=row["course_id"]) for row in enrolled]

        yield Case("my_learning", "learner", [rpc(user, "my_learning") for user in users], 15)
        yield Case(
            "course_outline",
            "learner",
            [rpc(row["user_id"], "course_outline", slug=row["slug"]) for row in enrolled],
            5,
        )
        yield Case(
            "open a lesson",
            "learner",
            [_open(row["user_id"], row["lesson_id"]) for row in draw.rows(CONTENT, count)],
            2,
        )
        yield Case("lesson_access", "learner", of_course("lesson_access"))
        yield Case(
            "own profile",
            "learner",
            [get(user, "profiles", "id,email,name,role", id=user) for user in users],
        )
        yield Case(
            "own enrollments",
            "learner",
            [
                get(
                    user,
                    "enrollments",
                    "id,course_id,status,progress,last_activity_at",
                    user_id=user,
                    order="last_activity_at.desc",
                )
                for user in users
            ],
        )
        yield Case(
            "own progress in a course",
            "learner",
            [
                get(
                    row["user_id"],
                    "lesson_progress",
                    "lesson_id,status,position_seconds,score,completed_at",
                    user_id=row["user_id"],
                    course_id=row["course_id"],
                )
                for row in enrolled
            ],
        )
        yield Case("own gradebook", "learner", of_course("gradebook"))
        yield Case("tutor_quota", "learner", of_course("tutor_quota"))
        yield Case(
            "search", "learner", [rpc(user, "search", query=queries.query()) for user in users], 30
        )
        yield Case(
            "suggest", "learner", [rpc(user, "suggest", prefix=queries.prefix()) for user in users]
        )
        yield Case(
            "search_passages",
            "learner",
            [
                rpc(
                    row["user_id"],
                    "search_passages",
                    course_id=row["course_id"],
                    query=queries.question(),
                )
                for row in enrolled
            ],
        )

    def _staff(self, draw: Draw) -> Iterator[Case]:
        count, queries = self.reads, Queries(draw)
        owned = draw.rows(OWNED, count)
        staff: list[UUID] = [row["user_id"] for row in owned]
        [large] = draw.some(COURSES, 1, divisor=1)
        owner, course = large["user_id"], large["course_id"]

        def of_large(name: str) -> list[Call]:
            return [rpc(owner, name, course_id=course)] * count

        yield Case(
            "instructor_dashboard",
            "staff",
            [rpc(user, "instructor_dashboard") for user in staff],
            50,
        )
        yield Case(
            "course_overview",
            "staff",
            [rpc(row["user_id"], "course_overview", course_id=row["course_id"]) for row in owned],
            20,
        )
        yield Case("course_overview, the largest", "staff", of_large("course_overview"), 20)
        yield Case("course_activity, the largest", "staff", of_large("course_activity"))
        yield Case("course_funnel, the largest", "staff", of_large("course_funnel"))
        yield Case(
            "course_learners, the largest",
            "staff",
            [
                rpc(owner, "course_learners", course_id=course, sort=sort, status=state)
                for sort, state in draw.random.choices(
                    [
                        (sort, state)
                        for sort in ("name", "-progress", "last_activity", "-enrolled")
                        for state in (None, "active")
                    ],
                    k=count,
                )
            ],
        )
        yield Case("at_risk_learners, the largest", "staff", of_large("at_risk_learners"))
        yield Case("gradebook, the largest", "staff", of_large("gradebook"))
        yield Case(
            "the roster, the largest",
            "staff",
            [
                get(
                    owner,
                    "enrollments",
                    "id,user_id,status,progress,last_activity_at",
                    course_id=course,
                    order="last_activity_at.desc",
                    limit=50,
                )
            ]
            * count,
        )
        yield Case(
            "search", "staff", [rpc(user, "search", query=queries.query()) for user in staff], 30
        )
        [admin] = draw.some(ADMIN, 1)
        yield Case(
            "platform_overview", "admin", [rpc(admin["user_id"], "platform_overview")] * count
        )

    def _writes(self, draw: Draw) -> Iterator[Case]:
        count, queries = self.writes, Queries(draw)
        yield Case(
            "record_progress",
            "learner",
            [self._report(row, draw) for row in draw.some(WATCHED, count)],
            3,
            writes=True,
        )
        yield Case(
            "complete_lesson",
            "learner",
            [
                rpc(row["user_id"], "complete_lesson", lesson_id=row["lesson_id"])
                for row in draw.some(NEXT, count)
            ],
            5,
            writes=True,
        )
        yield Case(
            "enroll",
            "learner",
            [
                rpc(row["user_id"], "enroll", course_id=row["course_id"])
                for row in draw.some(NEWCOMERS, count)
            ],
            5,
            writes=True,
        )
        self.connection.execute(LIMITS)
        yield Case(
            "begin_tutor_turn",
            "learner",
            [
                rpc(
                    row["user_id"],
                    "begin_tutor_turn",
                    conversation_id=UUID(int=draw.random.getrandbits(128)),
                    course_id=row["course_id"],
                    question=queries.question(),
                    turn_key=str(UUID(int=draw.random.getrandbits(128))),
                )
                for row in draw.some(ENROLLED, count)
            ],
            30,
            writes=True,
            after=self._finish_turns,
        )

    def _attempts(self, draw: Draw) -> Iterator[Case]:
        yield Case(
            "start_attempt of 20 questions",
            "learner",
            [
                rpc(row["user_id"], "start_attempt", lesson_id=row["lesson_id"])
                for row in draw.some(EXAMS, self.writes)
            ],
            10,
            writes=True,
        )
        self.connection.execute(ANSWER)
        open_attempts = draw.some(OPEN_ATTEMPTS, self.writes)
        yield Case(
            "save_answer",
            "learner",
            [
                rpc(
                    row["user_id"],
                    "save_answer",
                    attempt_id=row["attempt_id"],
                    question_id=row["question_id"],
                    answer=True,
                )
                for row in open_attempts
            ],
            writes=True,
        )
        yield Case(
            "submit_attempt of 20 questions",
            "learner",
            [
                rpc(row["user_id"], "submit_attempt", attempt_id=row["attempt_id"])
                for row in open_attempts
            ],
            15,
            writes=True,
        )

    def _shapes(self, draw: Draw) -> Iterator[Case]:
        """A learner in many courses, and a long course: last, because they change the school."""
        self.connection.execute(MANY_COURSES)
        yield Case(
            "my_learning of 65 courses",
            "learner",
            [rpc(row["user_id"], "my_learning") for row in draw.rows(BUSY, self.reads)],
            15,
        )
        self.connection.execute(MANY_LESSONS)
        yield Case(
            "course_outline of 300 lessons",
            "learner",
            [
                rpc(row["user_id"], "course_outline", slug=row["slug"])
                for row in draw.rows(LONG, self.reads)
            ],
            10,
        )

    def _finish_turns(self) -> None:
        with self.connection.transaction():
            turns = [[row["id"]] for row in self.connection.execute(RUNNING).fetchall()]
            self.connection.execute(AS_SERVICE)
            self.connection.cursor().executemany(FINISH, turns)


def _open(user_id: UUID | None, lesson_id: UUID) -> Call:
    return get(
        user_id, "lesson_contents", "body_md,md_url,video_url,transcript", lesson_id=lesson_id
    )
