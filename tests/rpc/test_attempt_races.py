"""Attempts and labs on many connections at once, committed. No deadlock is accepted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam, stored
from tests.rpc.support import (
    LOST,
    Background,
    Job,
    Refusal,
    World,
    as_role,
    as_user,
    at_once,
    committed,
    refusals,
)
from tests.support.database import Database, Row, Session

pytestmark = pytest.mark.once


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []


def committed_exam(world: World, questions: int = 2, learners: int = 1, **rules: Any) -> Exam:
    """A committed quiz of true_false questions in a course of its own, with one learner."""
    owner = world.user("instructor")
    learner = world.user()
    course_id = world.course(owner=owner)
    world.school.enroll(learner, course_id)
    exam = make_exam(world.school, course_id=course_id, owner=owner, learner=learner, **rules)
    for _ in range(questions):
        exam.question("true_false")
    world.commit()
    return exam


def more_learners(world: World, exam: Exam, number: int) -> list[UUID]:
    """More learners of the course."""
    people = world.users(number)
    for user_id in people:
        world.school.enroll(user_id, exam.course_id)
    world.commit()
    return people


def only_refused(answers: Sequence[Any], *codes: str) -> None:
    """Calls end with an answer or one of these codes; never with a deadlock or a constraint."""
    assert {one.code for one in refusals(answers)} <= set(codes)


def in_turn(user_id: UUID, exam: Exam, *, submit: bool) -> Job:
    """A job: start, and if asked submit what was started, in transactions of their own."""

    def job(session: Session) -> Any:
        session.act(user_id=user_id)
        (row,) = session.rpc("start_attempt", lesson_id=exam.lesson_id)
        if submit:
            session.commit()
            session.act(user_id=user_id)
            session.rpc("submit_attempt", attempt_id=row["id"])
        return row["number"]

    return job


# One learner -----------------------------------------------------------------------------------


def test_a_hundred_starts_at_once(database: Database, world: World) -> None:
    """One open attempt, given to all."""
    exam = committed_exam(world, max_attempts=3)
    start = as_user(exam.learner, "start_attempt", lesson_id=exam.lesson_id)
    answers = at_once(database, [start] * 100, connections=100)
    only_refused(answers)
    assert len({str(rows[0]["id"]) for rows in answers}) == 1
    assert all(stored(rows[0]) == stored(answers[0][0]) for rows in answers)
    assert (
        world.value(
            "select count(*) from public.quiz_attempts where lesson_id = %s", exam.lesson_id
        )
        == 1
    )


@pytest.mark.parametrize("seed", range(4))
def test_no_sequence_passes_the_cap(database: Database, world: World, seed: int) -> None:
    """Starts and submits in any order on 20 connections: as many attempts as allowed, no more."""
    chance = random.Random(seed)
    cap = chance.randint(1, 5)
    exam = committed_exam(world, max_attempts=cap)
    jobs = [in_turn(exam.learner, exam, submit=chance.random() < 0.7) for _ in range(60)]
    answers = at_once(database, jobs, connections=20)
    only_refused(answers, "attempts_exhausted")
    rows = world.all(
        "select number, status::text from public.quiz_attempts where lesson_id = %s "
        "order by number",
        exam.lesson_id,
    )
    assert [row["number"] for row in rows] == list(range(1, cap + 1))
    assert Counter(row["status"] for row in rows)["open"] <= 1


def test_overdue_attempts_do_not_pass_the_cap(database: Database, world: World) -> None:
    """Starts at once over an attempt that ran out: it is graded once, and one new one is made."""
    exam = committed_exam(world, max_attempts=2, time_limit_seconds=60)
    old = exam.start()["id"]
    exam.turn_clock(old, 60)
    world.commit()
    start = as_user(exam.learner, "start_attempt", lesson_id=exam.lesson_id)
    answers = at_once(database, [start] * 30, connections=30)
    only_refused(answers)
    assert {rows[0]["number"] for rows in answers} == {2}
    assert [row["action"] for row in exam.history(old)] == ["expired"]


def test_answers_at_once_are_all_kept(database: Database, world: World) -> None:
    """Twenty answers saved at the same time do not overwrite each other."""
    exam = committed_exam(world, questions=20)
    attempt = exam.start()
    world.commit()
    questions = [UUID(one["question_id"]) for one in attempt["items"]]
    jobs = [
        as_user(
            exam.learner,
            "save_answer",
            attempt_id=attempt["id"],
            question_id=one,
            answer=Jsonb(True),
        )
        for one in questions
    ]
    only_refused(at_once(database, jobs, connections=20))
    assert exam.submit(attempt["id"])["score"] == 20
    world.commit()


def test_answers_and_the_submission_at_once(database: Database, world: World) -> None:
    """What was saved before the submission counts; what came after was refused."""
    exam = committed_exam(world, questions=10)
    attempt = exam.start()
    world.commit()
    jobs = [
        as_user(
            exam.learner,
            "save_answer",
            attempt_id=attempt["id"],
            question_id=UUID(one["question_id"]),
            answer=Jsonb(True),
        )
        for one in attempt["items"]
    ]
    jobs[5:5] = [as_user(exam.learner, "submit_attempt", attempt_id=attempt["id"])] * 3
    answers = at_once(database, jobs, connections=13)
    only_refused(answers, "attempt_closed")
    row = exam.attempt(attempt["id"])
    assert row["score"] == len(row["answers"]) == 10 - len(refusals(answers))
    assert len(exam.history(attempt["id"])) == 1
    world.commit()


def test_a_connection_that_dies_in_submit(database: Database, world: World) -> None:
    """Killed before the commit: nothing was submitted, and the next submit does it once."""
    exam = committed_exam(world)
    attempt = exam.start()
    for item in attempt["items"]:
        exam.save(attempt, UUID(item["question_id"]), True)
    world.commit()
    dying = database.connect()
    dying.act(user_id=exam.learner).rpc("submit_attempt", attempt_id=attempt["id"])
    waiting = Background(
        database, as_user(exam.learner, "submit_attempt", attempt_id=attempt["id"])
    )
    assert waiting.blocked()
    assert exam.attempt(attempt["id"])["status"] == "open"
    assert exam.history(attempt["id"]) == []
    world.all("select pg_terminate_backend(%s)", dying.backend())
    (row,) = waiting.result()
    assert (row["status"], row["score"]) == ("submitted", 2)
    with pytest.raises(LOST):
        dying.commit()
    dying.close()
    assert len(exam.history(attempt["id"])) == 1
    assert len(exam.certificates()) == 1
    world.commit()


def test_a_connection_that_dies_and_nobody_comes(database: Database, world: World) -> None:
    """Killed before the commit and never repeated: the attempt is open and ungraded."""
    exam = committed_exam(world)
    attempt = exam.start()
    world.commit()
    dying = database.connect()
    dying.act(user_id=exam.learner).rpc("submit_attempt", attempt_id=attempt["id"])
    world.all("select pg_terminate_backend(%s)", dying.backend())
    with pytest.raises(LOST):
        dying.commit()
    dying.close()
    assert exam.attempt(attempt["id"]) == attempt
    assert exam.history(attempt["id"]) == []
    world.commit()


# Completion ------------------------------------------------------------------------------------


def test_two_final_lessons_at_once(database: Database, world: World) -> None:
    """Two quizzes submitted at the same time complete the course with one certificate."""
    exam = committed_exam(world)
    other = make_exam(
        world.school, course_id=exam.course_id, owner=exam.owner, learner=exam.learner
    )
    other.question("true_false")
    people = [exam.learner, *more_learners(world, exam, 9)]
    jobs: list[Job] = []
    for user_id in people:
        for quiz in (exam, other):
            attempt = quiz.start(user_id)
            for item in attempt["items"]:
                quiz.save(attempt, UUID(item["question_id"]), True, user_id)
            jobs += [as_user(user_id, "submit_attempt", attempt_id=attempt["id"])] * 2
    world.commit()
    only_refused(at_once(database, jobs, connections=40))
    assert world.statuses(exam.course_id) == {"completed": 10}
    certificates = world.all(
        "select user_id from public.certificates where course_id = %s", exam.course_id
    )
    assert {row["user_id"] for row in certificates} == set(people)
    assert len(certificates) == 10


def test_the_whole_course_at_once(database: Database, world: World) -> None:
    """Learners take quizzes and submit labs while staff grade, regrade and publish."""
    exam = committed_exam(world, questions=3, time_limit_seconds=60)
    other = make_exam(
        world.school,
        course_id=exam.course_id,
        owner=exam.owner,
        learner=exam.learner,
        time_limit_seconds=60,
    )
    questions = [other.question("true_false") for _ in range(3)]
    lab_id = world.school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    extra = world.school.lesson(exam.module_id, is_required=False)
    people = more_learners(world, exam, 15)
    overdue = []
    for user_id in people[:10]:
        for quiz in (exam, other):
            overdue.append(quiz.start(user_id)["id"])
            quiz.turn_clock(overdue[-1], 60)
    submissions = []
    for user_id in people[10:]:
        world.session.act(user_id=user_id)
        submissions.append(world.session.rpc("submit_lab", lesson_id=lab_id, body="One.")[0]["id"])
    world.commit()

    def toggle(session: Session) -> int:
        session.act(user_id=exam.owner)
        return session.run(
            "update public.lessons set is_required = not is_required where id = %s", extra
        )

    jobs: list[Job] = [toggle] * 6
    for _ in range(6):
        jobs += [
            as_user(exam.owner, "regrade_quiz", lesson_id=exam.lesson_id),
            as_role("service_role", "regrade_quiz", lesson_id=other.lesson_id),
            as_user(exam.owner, "gradebook", course_id=exam.course_id),
            as_user(exam.learner, "gradebook", course_id=exam.course_id),
            as_user(
                exam.owner,
                "save_question",
                lesson_id=other.lesson_id,
                kind="true_false",
                prompt_md="Changed?",
                points=1,
                options=Jsonb([]),
                key=Jsonb({"correct": False}),
                question_id=questions[0],
            ),
        ]
    for user_id in people:
        jobs += [
            in_turn(user_id, exam, submit=True),
            in_turn(user_id, other, submit=True),
            as_user(user_id, "submit_lab", lesson_id=lab_id, body="Two."),
        ]
    for submission_id in submissions:
        jobs += [
            as_user(exam.owner, "claim_submission", submission_id=submission_id),
            as_user(
                exam.owner,
                "grade_lab",
                submission_id=submission_id,
                score=90,
                feedback=None,
                accept=True,
            ),
        ]
    jobs += [as_user(exam.owner, "review_attempt", attempt_id=one) for one in overdue[::3]]
    random.Random(5).shuffle(jobs)
    answers = at_once(database, jobs, connections=24)
    only_refused(answers, "not_submitted", "lab_accepted")
    for attempt_id in overdue:
        assert exam.history(attempt_id)[0]["action"] == "expired"
    world.commit()


@pytest.mark.slow
@pytest.mark.parametrize("round_number", range(3))
def test_looks_and_regrades_at_once(database: Database, world: World, round_number: int) -> None:
    """Many overdue attempts in two quizzes, graded by who looks first, while staff regrade both."""
    exam = committed_exam(world, time_limit_seconds=60)
    other = make_exam(
        world.school,
        course_id=exam.course_id,
        owner=exam.owner,
        learner=exam.learner,
        time_limit_seconds=60,
    )
    other.question("true_false")
    people = more_learners(world, exam, 30)
    attempts = []
    for user_id in people:
        for quiz in (exam, other):
            quiz.submit(quiz.start(user_id)["id"], user_id)
            attempts.append(quiz.start(user_id)["id"])
            quiz.turn_clock(attempts[-1], 60)
    world.commit()
    jobs: list[Job] = []
    for user_id in people[:6]:
        jobs += [
            as_user(exam.owner, "gradebook", course_id=exam.course_id),
            as_user(user_id, "gradebook", course_id=exam.course_id),
            as_user(exam.owner, "regrade_quiz", lesson_id=exam.lesson_id),
            as_user(exam.owner, "regrade_quiz", lesson_id=other.lesson_id),
        ]
    random.Random(round_number).shuffle(jobs)
    only_refused(at_once(database, jobs, connections=24))
    exam.staff().rpc("gradebook", course_id=exam.course_id)
    world.commit()
    actions = [exam.history(one) for one in attempts]
    assert [[row["action"] for row in rows] for rows in actions] == [["expired"]] * len(attempts)


def test_questions_are_written_at_once(database: Database, world: World) -> None:
    """Twenty questions that are added at the same time get twenty positions."""
    exam = committed_exam(world, questions=0)
    job = as_user(
        exam.owner,
        "save_question",
        lesson_id=exam.lesson_id,
        kind="true_false",
        prompt_md="True?",
        points=1,
        options=Jsonb([]),
        key=Jsonb({"correct": True}),
    )
    only_refused(at_once(database, [job] * 20, connections=20))
    rows = world.all(
        "select ord from public.questions where lesson_id = %s order by ord", exam.lesson_id
    )
    assert [row["ord"] for row in rows] == list(range(1, 21))


def test_a_question_changes_while_attempts_start(database: Database, world: World) -> None:
    """Each attempt is graded by the key of the prompt that it shows, whatever came between."""
    exam = committed_exam(world, questions=1)
    (question_id,) = (UUID(one["question_id"]) for one in exam.start()["items"])
    people = more_learners(world, exam, 16)
    world.commit()
    jobs = [as_user(one, "start_attempt", lesson_id=exam.lesson_id) for one in people]
    for number in range(8):
        value = number % 2 == 0
        jobs.insert(
            number * 3,
            as_user(
                exam.owner,
                "save_question",
                **{"lesson_id": exam.lesson_id, "kind": "true_false", "points": 1},
                prompt_md=f"Say {value}.",
                options=Jsonb([]),
                key=Jsonb({"correct": value}),
                question_id=question_id,
            ),
        )
    only_refused(at_once(database, jobs, connections=12))
    for user_id in people:
        attempt = exam.start(user_id)
        asked = attempt["items"][0]["prompt_md"]
        exam.save(attempt, question_id, asked != "Say False.", user_id)
        assert exam.submit(attempt["id"], user_id)["score"] == 1, asked


def test_a_bank_changes_while_attempts_draw(database: Database, world: World) -> None:
    """What an attempt drew exists, with the key of its prompt, whatever was deleted meanwhile."""
    exam = committed_exam(world, questions=0, max_attempts=1)
    people = more_learners(world, exam, 16)
    bank_id = exam.staff().value(
        "insert into public.question_banks (course_id, title) values (%s, 'Bank') returning id",
        exam.course_id,
    )
    in_bank: Row = {"lesson_id": None, "bank_id": bank_id, "prompt_md": "Say True."}
    pool = [exam.question("true_false", **in_bank) for _ in range(8)]
    exam.staff().run(
        "insert into public.quiz_draws (lesson_id, bank_id, question_count) values (%s, %s, 2)",
        *(exam.lesson_id, bank_id),
    )
    world.commit()
    jobs = [as_user(one, "start_attempt", lesson_id=exam.lesson_id) for one in people]

    def delete(question_id: UUID) -> Job:
        def job(session: Session) -> Any:
            session.act(user_id=exam.owner)
            return session.run("delete from public.questions where id = %s", question_id)

        return job

    for number, question_id in enumerate(pool[:6]):
        edit = as_user(
            exam.owner,
            "save_question",
            **{**in_bank, "prompt_md": "Say False.", "question_id": question_id},
            **{"kind": "true_false", "points": 1, "options": Jsonb([])},
            key=Jsonb({"correct": False}),
        )
        jobs[number * 4 : number * 4] = [delete(question_id) if number % 2 else edit]
    only_refused(at_once(database, jobs, connections=12), "question_has_attempts")
    world.session.act("postgres")
    left = {row["id"] for row in world.all("select id from public.questions")}
    for user_id in people:
        attempt = exam.start(user_id)
        drawn = {UUID(item["question_id"]): item["prompt_md"] for item in attempt["items"]}
        assert len(drawn) == 2 and set(drawn) <= left & set(pool)
        for question_id, asked in drawn.items():
            exam.save(attempt, question_id, asked == "Say True.", user_id)
        assert exam.submit(attempt["id"], user_id)["score"] == 2


def test_keys_change_while_attempts_end(database: Database, world: World) -> None:
    """Keys are corrected and regraded during 20 submissions; a last regrade finds all as it is."""
    exam = committed_exam(world, questions=1)
    (question_id,) = (UUID(one["question_id"]) for one in exam.start()["items"])
    people = more_learners(world, exam, 20)
    jobs: list[Job] = []
    for user_id in people:
        attempt = exam.start(user_id)
        exam.save(attempt, question_id, True, user_id)
        jobs.append(as_user(user_id, "submit_attempt", attempt_id=attempt["id"]))
    world.commit()
    for number in range(6):
        jobs += [
            as_user(
                exam.owner,
                "save_question",
                lesson_id=exam.lesson_id,
                kind="true_false",
                prompt_md="True?",
                points=1,
                options=Jsonb([]),
                key=Jsonb({"correct": number % 2 == 0}),
                question_id=question_id,
            ),
            as_user(exam.owner, "regrade_quiz", lesson_id=exam.lesson_id),
        ]
    random.Random(3).shuffle(jobs)
    only_refused(at_once(database, jobs, connections=20))
    exam.question("true_false", question_id=question_id, key={"correct": True})
    exam.staff().rpc("regrade_quiz", lesson_id=exam.lesson_id)
    world.commit()
    rows = world.all(
        "select a.score, a.is_passed, p.score as counted, p.status::text "
        "from public.quiz_attempts as a "
        "inner join public.lesson_progress as p using (user_id, lesson_id) "
        "where a.lesson_id = %s and a.status <> 'open'",
        exam.lesson_id,
    )
    expected = {"score": 1, "is_passed": True, "counted": 100, "status": "completed"}
    assert rows == [expected] * 20
    # A regrade completes lessons. The course of a learner who failed at first is to be claimed.
    exam.staff().rpc("complete_learners", course_id=exam.course_id, user_ids=people)
    world.commit()
    assert world.statuses(exam.course_id) == {"completed": 20, "active": 1}


@pytest.mark.parametrize("round_number", range(3))
def test_due_dates_move_while_attempts_expire(
    database: Database, world: World, round_number: int
) -> None:
    """Staff move the due date while gradebook reads grade overdue attempts: no deadlock."""
    exam = committed_exam(world, time_limit_seconds=60)
    people = more_learners(world, exam, 40)
    for user_id in random.Random(round_number).sample(people, len(people)):
        exam.start(user_id)
    exam.root().run(
        "update public.quiz_attempts set started_at = now() - interval '2 hours', "
        "deadline = now() - interval '1 hour' where lesson_id = %s",
        exam.lesson_id,
    )
    world.commit()

    def move(day: int) -> Job:
        def job(session: Session) -> int:
            session.act(user_id=exam.owner)
            return session.run(
                "update public.quizzes set due_at = %s where lesson_id = %s",
                f"2100-01-{day:02}",
                exam.lesson_id,
            )

        return job

    jobs = [move(day) for day in range(1, 9)]
    jobs += [as_user(exam.owner, "gradebook", course_id=exam.course_id)] * 8
    jobs += [as_user(one, "start_attempt", lesson_id=exam.lesson_id) for one in people[:8]]
    random.Random(round_number).shuffle(jobs)
    only_refused(at_once(database, jobs, connections=24))
    exam.staff().rpc("gradebook", course_id=exam.course_id)
    world.commit()
    states = world.all(
        "select status::text, count(*) from public.quiz_attempts "
        "where lesson_id = %s and number = 1 group by status",
        exam.lesson_id,
    )
    assert states == [{"status": "expired", "count": 40}]


# A day is due at its end in the zone of the course -------------------------------------------

# By kind: a statement that sets a due day, and the query that reads the due date.
DAYS = {
    "exception": (
        "select public.save_quiz_override('{lesson}', '{learner}', due_on => '2100-06-01')",
        "select due_at from private.quiz_overrides where lesson_id = '{lesson}'",
    ),
    "exception without rules": (
        "select public.save_quiz_override('{new}', '{learner}', due_on => '2100-06-01')",
        "select due_at from private.quiz_overrides where lesson_id = '{new}'",
    ),
    "quiz": (
        "update public.quizzes set due_on = '2100-06-01' where lesson_id = '{lesson}'",
        "select due_at from public.quizzes where lesson_id = '{lesson}'",
    ),
    "new quiz": (
        "insert into public.quizzes (lesson_id, due_on) values ('{new}', '2100-06-01')",
        "select due_at from public.quizzes where lesson_id = '{new}'",
    ),
    "lab": (
        "update public.labs set due_on = '2100-06-01' where lesson_id = '{lab}'",
        "select due_at from public.labs where lesson_id = '{lab}'",
    ),
}


@pytest.mark.parametrize("is_first", [True, False], ids=["zone first", "day first"])
@pytest.mark.parametrize("kind", DAYS)
def test_a_day_is_set_while_the_zone_changes(
    database: Database, world: World, kind: str, is_first: bool
) -> None:
    """Whichever is committed first, the day ends in the new zone."""
    exam = committed_exam(world)
    new = world.school.lesson(exam.module_id, content_type="quiz")
    lab = world.school.lesson(exam.module_id, content_type="lab")
    admin = world.user("admin")
    exam.root().run("delete from public.quizzes where lesson_id = %s", new)
    exam.root().run("insert into public.labs (lesson_id) values (%s)", lab)
    world.commit()
    text, due = DAYS[kind]
    ids = {"lesson": exam.lesson_id, "learner": exam.learner, "course": exam.course_id}
    ids |= {"new": new, "lab": lab}

    def act(user_id: UUID, sql: str) -> Job:
        return lambda session: session.act(user_id=user_id).run(sql.format(**ids))

    zone = act(admin, "update public.courses set time_zone = 'Pacific/Apia' where id = '{course}'")
    day = act(exam.owner, text)
    first, second = (zone, day) if is_first else (day, zone)
    session = database.connect()
    first(session)
    waiting = Background(database, second)
    assert waiting.blocked()
    session.commit()
    session.close()
    assert not isinstance(waiting.result(), Refusal)
    expected = "select '2100-06-01 23:59:59'::timestamp at time zone 'Pacific/Apia'"
    assert world.value(due.format(**ids)) == world.value(expected)


# Labs ------------------------------------------------------------------------------------------


def test_versions_at_once(database: Database, world: World) -> None:
    """Ten versions submitted at the same time are numbered 1 to 10; the last awaits a grade."""
    exam = committed_exam(world)
    lab_id = world.school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    world.commit()
    jobs = [
        as_user(exam.learner, "submit_lab", lesson_id=lab_id, body=f"Try {number}.")
        for number in range(10)
    ]
    only_refused(at_once(database, jobs))
    rows = world.all(
        "select version, status::text from public.lab_submissions where lesson_id = %s "
        "order by version",
        lab_id,
    )
    assert [row["version"] for row in rows] == list(range(1, 11))
    assert [row["status"] for row in rows] == ["superseded"] * 9 + ["submitted"]


def test_two_graders_at_once(database: Database, world: World) -> None:
    """A submission is claimed by one of many graders, and graded once."""
    exam = committed_exam(world)
    graders = world.users(8)
    for user_id in graders:
        world.school.staff(exam.course_id, user_id, "assistant")
    lab_id = world.school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    (row,) = exam.student().rpc("submit_lab", lesson_id=lab_id, body="Work.")
    world.commit()
    claims = at_once(
        database, [as_user(one, "claim_submission", submission_id=row["id"]) for one in graders]
    )
    assert Counter(one.code for one in refusals(claims)) == {"submission_claimed": 7}
    grades = at_once(
        database,
        [
            as_user(
                one, "grade_lab", submission_id=row["id"], score=50, feedback=None, accept=False
            )
            for one in graders * 2
        ],
    )
    only_refused(grades, "submission_claimed", "reason_required")
    assert len(grades) - len(refusals(grades)) == 1
    assert [line["action"] for line in exam.history(row["id"])] == ["returned"]
    world.commit()


@pytest.mark.parametrize("seed", range(3))
def test_a11_rules_change_while_learners_work(database: Database, world: World, seed: int) -> None:
    """Rules, exceptions, keys and archives change meanwhile: every result follows the last ones."""
    chance = random.Random(seed)
    exam = committed_exam(world, questions=4, time_limit_seconds=3600)
    lab_id = world.school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    exam.staff().run("insert into public.labs (lesson_id) values (%s)", lab_id)
    people = [exam.learner, *more_learners(world, exam, 9)]
    named = {"lesson_id": exam.lesson_id}
    made = world.all("select id from public.questions where lesson_id = %s", exam.lesson_id)
    world.commit()

    def work(user_id: UUID) -> Job:
        """A job: start, save some answers and perhaps submit, and hand in the lab."""
        right = chance.sample(range(4), chance.randint(0, 4))
        submits = chance.random() < 0.7

        def job(session: Session) -> Any:
            session.act(user_id=user_id)
            (row,) = session.rpc("start_attempt", **named)
            session.commit()
            for number, item in enumerate(row["items"]):
                session.act(user_id=user_id)
                session.rpc(
                    "save_answer",
                    attempt_id=row["id"],
                    question_id=UUID(item["question_id"]),
                    answer=Jsonb(number in right),
                )
                session.commit()
            if submits:
                session.act(user_id=user_id).rpc("submit_attempt", attempt_id=row["id"])
                session.commit()
            session.act(user_id=user_id).rpc("submit_lab", lesson_id=lab_id, body="Work.")

        return job

    def edit() -> Job:
        """A job: one act of the owner."""
        kind = chance.choice(["quiz", "lab", "exception", "regrade", "archive", "delete"])
        if kind == "quiz":
            rules = {
                "pass_mark": chance.choice([20, 50, 80]),
                "scoring": chance.choice(["highest", "last", "average"]),
                "time_limit_seconds": chance.choice([60, 1800, 7200]),
                "due_at": chance.choice([None, "2100-01-01", "2101-01-01"]),
            }
            return owns(
                "update public.quizzes set pass_mark = %s, scoring = %s, time_limit_seconds = %s, "
                "due_at = %s where lesson_id = %s",
                *rules.values(),
                exam.lesson_id,
            )
        if kind == "lab":
            due_at = chance.choice([None, "2020-01-01", "2100-01-01"])
            return owns("update public.labs set due_at = %s where lesson_id = %s", due_at, lab_id)
        if kind == "exception":
            return as_user(
                exam.owner,
                "save_quiz_override",
                lesson_id=chance.choice([exam.lesson_id, lab_id]),
                user_id=chance.choice(people),
                extra_seconds=chance.choice([None, 600]),
                due_at=chance.choice([None, "2100-06-01"]),
            )
        question_id = chance.choice(made)["id"]
        if kind == "archive":
            name = chance.choice(["archive_question", "restore_question_archive"])
            return as_user(exam.owner, name, question_id=question_id)
        if kind == "delete":
            return owns("delete from public.questions where id = %s", question_id)
        return as_user(exam.owner, "regrade_quiz", **named)

    def owns(statement: str, *params: Any) -> Job:
        """A job: one statement of the owner of the course."""

        def job(session: Session) -> Any:
            return session.act(user_id=exam.owner).run(statement, *params)

        return job

    jobs = [work(user_id) for user_id in people for _ in range(2)] + [edit() for _ in range(60)]
    chance.shuffle(jobs)
    answers = at_once(database, jobs, connections=16)
    # A learner works twice at once, and a question may be gone before it is archived.
    only_refused(
        answers,
        *("attempt_closed", "not_course_staff", "question_has_attempts", "question_not_found"),
        "quiz_empty",
    )
    wrong = world.all(
        "select a.id from public.quiz_attempts as a "
        "inner join public.quizzes as z on z.lesson_id = a.lesson_id "
        "left join private.quiz_overrides as o "
        "  on o.lesson_id = a.lesson_id and o.user_id = a.user_id "
        "where a.lesson_id = %s and (a.is_passed "
        "  <> private.is_pass(a.score, a.max_score, z.pass_mark) or a.status = 'open' and ("
        "  a.deadline is distinct from least("
        "    a.started_at + make_interval(secs => a.time_limit_seconds),"
        "    coalesce(o.due_at, z.due_at)"
        "  ) or a.time_limit_seconds < z.time_limit_seconds + coalesce(o.extra_seconds, 0)))",
        exam.lesson_id,
    )
    assert wrong == []
    drifted = world.all(
        "select lp.user_id from public.lesson_progress as lp "
        "left join private.quiz_results as r "
        "  on r.lesson_id = lp.lesson_id and r.user_id = lp.user_id "
        "where lp.lesson_id = %s and lp.score is distinct from r.score",
        exam.lesson_id,
    )
    assert drifted == []
    late = world.all(
        "select s.id from public.lab_submissions as s "
        "inner join public.labs as b on b.lesson_id = s.lesson_id "
        "left join private.quiz_overrides as o "
        "  on o.lesson_id = s.lesson_id and o.user_id = s.user_id "
        "where s.lesson_id = %s "
        "  and s.is_late <> coalesce(s.submitted_at > coalesce(o.due_at, b.due_at), false)",
        lab_id,
    )
    assert late == []
