"""Measures a regrade of 1,000 attempts of 20 questions, on a separate stack. `make bench`.

Prints the time of a regrade that changes every attempt, of one that changes none, and their ratio
to a single read of the same attempts, all in one run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from tests.support.database import Session
from tests.support.school import School
from tests.support.stack import ephemeral_stack

ATTEMPTS = 1_000
QUESTIONS = 20
RUNS = 5

FOUR = [{"id": one, "text": f"Option {one}"} for one in "abcd"]
KINDS: list[tuple[str, Any, Any]] = [
    ("single", FOUR, {"correct": "a"}),
    ("multiple", FOUR, {"correct": ["a", "c"]}),
    ("true_false", [], {"correct": True}),
    ("numeric", [], {"value": 9.81, "tolerance": 0.01}),
    ("short_text", [], {"accepted": ["Paris", "Lutetia"], "max_distance": 1}),
    ("ordering", FOUR, {"order": ["b", "a", "d", "c"]}),
    (
        "matching",
        {"left": FOUR, "right": FOUR},
        {"pairs": {"a": "b", "b": "c", "c": "d", "d": "a"}},
    ),
]

FILL = """
with learner as (
  insert into auth.users (id, email)
  select gen_random_uuid(), 'bench-' || i || '@school.test' from generate_series(1, %(count)s) as i
  returning id
)
select array_agg(id) as ids from learner
"""
ENROLL = """
insert into public.enrollments (user_id, course_id) select unnest(%s::uuid []), %s
"""
ATTEMPT = """
with drawn as (
  select
    u.id as user_id,
    jsonb_agg(d.item) as items,
    jsonb_object_agg(q.id, d.option_map) as option_map,
    jsonb_object_agg(q.id, private.attempt_key(q.kind, k.key, d.option_map)) as answers
  from unnest(%(users)s::uuid []) as u (id)
  cross join public.questions as q
  inner join private.answer_keys as k on k.question_id = q.id
  cross join lateral private.draw_item(q, true, u.id::text) as d
  where q.lesson_id = %(lesson)s
  group by u.id
),
attempt as (
  insert into public.quiz_attempts (
    lesson_id, course_id, user_id, number, items, answers, status, submitted_at, score, max_score,
    is_passed
  )
  select
    %(lesson)s, %(course)s, d.user_id, 1, d.items, d.answers, 'submitted', now(), 20, 20, true
  from drawn as d
  returning id, user_id
)
insert into private.attempt_secrets (attempt_id, option_map, item_shares)
select a.id, d.option_map, '{}' from attempt as a inner join drawn as d on d.user_id = a.user_id
"""
FLOOR = """
select sum(length(a.items::text) + length(a.answers::text) + length(s.option_map::text))
from public.quiz_attempts as a
inner join private.attempt_secrets as s on s.attempt_id = a.id
where a.lesson_id = %s
"""


def median_ms(call: Callable[[], object]) -> float:
    """The median of several runs, in milliseconds."""
    times = []
    for _ in range(RUNS):
        started = time.perf_counter()
        call()
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)[RUNS // 2]


def prepare(session: Session) -> tuple[UUID, UUID]:
    """A quiz of 20 questions of all kinds with 1,000 correct attempts; its lesson and its owner."""
    school = School(session)
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id), content_type="quiz")
    session.act(user_id=owner)
    for number in range(QUESTIONS):
        kind, options, key = KINDS[number % len(KINDS)]
        session.rpc(
            "save_question",
            lesson_id=lesson_id,
            kind=kind,
            prompt_md=f"Question {number}",
            points=1,
            options=Jsonb(options),
            key=Jsonb(key),
        )
    session.act("postgres")
    users = session.value(FILL.replace("%(count)s", str(ATTEMPTS)))
    session.run(ENROLL, users, course_id)
    session.connection.execute(ATTEMPT, {"users": users, "lesson": lesson_id, "course": course_id})
    session.commit()
    return lesson_id, owner


def main() -> None:
    """Print the table."""
    with ephemeral_stack() as stack:
        session = stack.database.connect()
        lesson_id, owner = prepare(session)
        session.run("analyze")
        session.commit()
        right = "a"

        def regrade() -> int:
            session.act(user_id=owner)
            changed: int = session.rpc("regrade_quiz", lesson_id=lesson_id)[0]["regrade_quiz"][
                "changed"
            ]
            session.commit()
            return changed

        def correct_and_regrade() -> None:
            nonlocal right
            right = "b" if right == "a" else "a"
            session.run(
                "update private.answer_keys k set key = jsonb_build_object('correct', %s::text) "
                "from public.questions as q "
                "where q.id = k.question_id and q.lesson_id = %s and q.kind = 'single'",
                right,
                lesson_id,
            )
            session.commit()
            assert regrade() == ATTEMPTS

        regrade()
        floor = median_ms(lambda: session.value(FLOOR, lesson_id))
        nothing = median_ms(regrade)
        everything = median_ms(correct_and_regrade)
        session.close()
    print(f"{ATTEMPTS} attempts of {QUESTIONS} questions, median of {RUNS} runs")
    for label, took in (
        ("read once", floor),
        ("regrade, nothing changes", nothing),
        ("regrade, every attempt changes", everything),
    ):
        print(f"  {label:32} {took:8.0f} ms   {took / floor:6.1f} x")


if __name__ == "__main__":
    main()
