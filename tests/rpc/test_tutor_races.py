"""Turns of the tutor on many connections at once, committed: no limit is passed, no turn lost."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import (
    LOST,
    Background,
    Job,
    Refusal,
    World,
    as_owner,
    as_role,
    as_user,
    at_once,
    committed,
    refusals,
    transaction,
)
from tests.rpc.tutoring import Desk, ask, wait_for_a_minute
from tests.support.database import Database, Row, Session

pytestmark = pytest.mark.once


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        # The usage of other tests does not count here.
        made.session.run("delete from private.tutor_usage where subject = ''")
        made.commit()
        yield made


@pytest.fixture
def desk(world: World) -> Desk:
    """A committed course to ask about, in a minute that lasts."""
    wait_for_a_minute(world.session)
    made = Desk(world.session, world.school)
    world.course_ids.append(made.course_id)
    world.user_ids += [made.owner, made.learner]
    world.commit()
    return made


@contextmanager
def priced(world: World, desk: Desk) -> Iterator[None]:
    """A committed model that costs, without the limits of a minute; taken back afterwards."""
    desk.root()
    limits = world.session.all("delete from private.tutor_limits returning *")
    desk.price()
    desk.limit("user", "day", 10**9, meter="micros")
    desk.limit("course", "day", 10**9, meter="micros")
    desk.limit("course", "day", 10**6)
    desk.limit("platform", "month", 10**9, meter="micros")
    world.commit()
    try:
        yield
    finally:
        world.session.rollback()
        desk.server().rpc(
            "register_tutor_model",
            provider="extractive",
            model="extractive",
            max_output_tokens=800,
        )
        desk.root().run("delete from private.model_prices where provider = 'openai_compat'")
        world.session.run("delete from private.tutor_limits")
        for row in limits:
            world.session.run(
                "insert into private.tutor_limits "
                "(scope, period, meter, max_amount, user_id, course_id) "
                "values (%s, %s, %s, %s, %s, %s)",
                *(row["scope"], row["period"], row["meter"], row["max_amount"]),
                *(row["user_id"], row["course_id"]),
            )
        world.commit()


def learners(world: World, desk: Desk, number: int) -> list[UUID]:
    """More learners of the course."""
    people = world.users(number)
    world.session.run(
        "insert into public.enrollments (user_id, course_id) select u.id, %s "
        "from unnest(%s::uuid[]) as u (id)",
        *(desk.course_id, people),
    )
    world.commit()
    return people


def exam_of(world: World, desk: Desk) -> Exam:
    """A committed quiz in the course."""
    exam = make_exam(world.school, course_id=desk.course_id, owner=desk.owner, learner=desk.learner)
    exam.question("true_false")
    world.commit()
    return exam


def begin(desk: Desk, user_id: UUID, **more: Any) -> Job:
    """A job: one question; answers with the turn."""
    given = desk.question(**more)

    def job(session: Session) -> Row:
        return ask(session.act(user_id=user_id), **given)

    return job


def save(turn: Row) -> Job:
    """A job: what there is of an answer."""
    given = [{"turn_id": str(turn["turn_id"]), "content": "A bird"}]
    return as_role("service_role", "save_tutor_answers", answers=Jsonb(given))


def finish(turn: Row | str, status: str = "complete", **usage: int) -> Job:
    """A job: the end of a turn."""
    turn_id = turn if isinstance(turn, str) else turn["turn_id"]
    return as_role(
        "service_role",
        "finish_tutor_turn",
        turn_id=turn_id,
        status=status,
        content="A kestrel is a bird.",
        usage=Jsonb(usage),
    )


def books(world: World, desk: Desk) -> list[Row]:
    """Windows of the course, its people and the platform that are not what the ledger says."""
    return world.all(
        "with spent as ("
        "  select s.subject, sum(l.requests) as requests, sum(l.cost_micros) as micros "
        "  from private.tutor_ledger as l cross join unnest(array["
        "    l.user_id::text, l.user_id || ':' || l.course_id, l.course_id::text, ''"
        "  ]) as s (subject) where l.course_id = %s group by s.subject"
        "), used as ("
        "  select u.scope, u.subject, u.period, u.meter, sum(u.reserved) as reserved, "
        "    sum(u.settled) as settled from private.tutor_usage as u "
        "  where u.subject = '' or right(u.subject, 36) = any(%s) group by 1, 2, 3, 4"
        ") select u.*, s.requests, s.micros from used as u left join spent as s using (subject) "
        "where u.reserved <> 0 or u.settled <> coalesce("
        "  case u.meter when 'requests' then s.requests else s.micros end, 0)",
        *(desk.course_id, [str(one) for one in (desk.course_id, *world.user_ids)]),
    )


def open_turns(world: World, desk: Desk) -> int:
    """How many turns of the course are reserved."""
    count: int = world.value(
        "select count(*) from private.tutor_turns where course_id = %s and status = 'reserved'",
        desk.course_id,
    )
    return count


# Limits -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_two_thousand_questions_and_a_hundred_answers(
    database: Database, world: World, desk: Desk
) -> None:
    """Of 2,000 turns at once a limit of 100 lets 100 through; ended twice each, 100 are settled."""
    people = learners(world, desk, 200)
    desk.limit("course", "day", 100, course_id=desk.course_id)
    world.commit()
    jobs = [begin(desk, people[number % 200]) for number in range(2000)]
    answers = at_once(database, jobs, connections=40)
    assert Counter(one.code for one in refusals(answers)) == {"quota_exceeded": 1900}
    turns = [one for one in answers if not isinstance(one, Refusal)]
    assert desk.used("course", "day") == [(100, 0)]
    world.commit()
    assert open_turns(world, desk) == 100
    ends = [finish(turn) for turn in turns * 2]
    random.Random(1).shuffle(ends)
    ended = at_once(database, ends, connections=40)
    assert refusals(ended) == []
    settled = Counter(rows[0]["finish_tutor_turn"]["is_settled"] for rows in ended)
    assert settled == {True: 100, False: 100}
    assert desk.used("course", "day") == [(0, 100)]
    world.commit()
    assert open_turns(world, desk) == 0
    assert books(world, desk) == []
    lines = "select count(*) from private.tutor_ledger where course_id = %s"
    assert world.value(lines, desk.course_id) == 100
    assert isinstance(at_once(database, [begin(desk, people[0])])[0], Refusal)


@pytest.mark.parametrize("limit", [None, 1])
def test_one_key_is_one_charge(
    database: Database, world: World, desk: Desk, limit: int | None
) -> None:
    """Two hundred calls with one key at once: one turn, which all of them get."""
    if limit is not None:
        desk.limit("course", "day", limit, course_id=desk.course_id)
        world.commit()
    answers = at_once(database, [begin(desk, desk.learner)] * 200, connections=40)
    assert refusals(answers) == []
    assert Counter(turn["is_replay"] for turn in answers) == {False: 1, True: 199}
    assert len({turn["turn_id"] for turn in answers}) == 1
    assert desk.used("user", "day") == [(1, 0)]
    assert len(desk.messages(answers[0]["conversation_id"])) == 2
    world.commit()


def test_one_turn_at_a_time_in_a_conversation(database: Database, world: World, desk: Desk) -> None:
    """Of forty concurrent questions in a conversation one begins."""
    talk, other = uuid4(), learners(world, desk, 1)[0]
    jobs = [begin(desk, desk.learner, conversation_id=talk) for _ in range(20)]
    jobs += [begin(desk, other, conversation_id=talk) for _ in range(20)]
    answers = at_once(database, jobs, connections=40)
    codes = Counter(one.code for one in refusals(answers))
    assert codes == {"turn_in_progress": 19, "conversation_not_found": 20}
    assert open_turns(world, desk) == 1
    assert sum(reserved for reserved, _ in desk.used("user", "day")) in (0, 1)
    world.commit()


def test_one_of_many_new_answers_begins(database: Database, world: World, desk: Desk) -> None:
    """Of twenty concurrent calls that replace an answer one begins, and replaces it once."""
    talk = uuid4()
    given: Row = {"conversation_id": talk, "turn_key": str(uuid4())}
    desk.finish(desk.ask(**given), content="A bird.")
    world.commit()
    jobs = [begin(desk, desk.learner, **given, is_regenerated=True) for _ in range(20)]
    answers = at_once(database, jobs, connections=20)
    assert Counter(one.code for one in refusals(answers)) == {"turn_in_progress": 19}
    [turn] = [one for one in answers if not isinstance(one, Refusal)]
    messages = desk.messages(talk)
    replaced = [str(one["superseded_by"]) for one in messages if one["superseded_by"]]
    assert replaced == [turn["message_id"]] * 2
    assert len(messages) == 4
    assert open_turns(world, desk) == 1
    world.commit()


# Ends -------------------------------------------------------------------------------------------


def test_the_end_meets_the_sweep(database: Database, world: World, desk: Desk) -> None:
    """Turns that are swept while their runs come back have one line each, and the books agree."""
    with priced(world, desk):
        people = learners(world, desk, 10)
        turns = [desk.ask(people[number % 10]) for number in range(60)]
        for turn in turns:
            desk.expire(turn)
        world.commit()
        jobs = [finish(turn, input_tokens=900, output_tokens=90) for turn in turns]
        jobs += [as_role("service_role", "sweep_tutor_turns")] * 20
        random.Random(2).shuffle(jobs)
        assert refusals(at_once(database, jobs, connections=24)) == []
        outcomes = Counter(
            row["outcome"]
            for row in world.all(
                "select outcome from private.tutor_ledger where course_id = %s", desk.course_id
            )
        )
        assert sum(outcomes.values()) == 60
        assert set(outcomes) <= {"complete", "expired"}
        assert open_turns(world, desk) == 0
        assert books(world, desk) == []
        # What came back is there, swept or not.
        statuses = world.all(
            "select distinct m.status from public.tutor_messages as m inner join "
            "public.tutor_conversations as c on c.id = m.conversation_id "
            "where c.course_id = %s and m.role = 'assistant'",
            desk.course_id,
        )
        assert statuses == [{"status": "complete"}]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_the_whole_course_asks(database: Database, world: World, desk: Desk, seed: int) -> None:
    """Questions, saves, stops, ends, sweeps, attempts, deletions: no deadlock, no drift."""
    chance = random.Random(seed)
    with priced(world, desk):
        exam = exam_of(world, desk)
        people = learners(world, desk, 30)
        desk.limit("user_course", "day", 5)
        turns = [desk.ask(user_id) for user_id in people for _ in range(2)]
        for turn in chance.sample(turns, 20):
            desk.expire(turn)
        world.commit()
        jobs: list[Job] = [as_role("service_role", "sweep_tutor_turns")] * 12
        for turn in turns:
            status = chance.choice(["complete", "failed", "stopped", "refunded"])
            jobs += [finish(turn, status, input_tokens=chance.randrange(9000))] * 2
            jobs.append(save(turn))
        for user_id in people:
            talk = turns[2 * people.index(user_id)]["conversation_id"]
            jobs += [begin(desk, user_id) for _ in range(3)]
            jobs += [
                begin(desk, user_id, conversation_id=talk),
                as_user(user_id, "stop_tutor_turn", conversation_id=talk),
                as_user(user_id, "tutor_quota", course_id=desk.course_id),
            ]
        jobs += [as_user(one, "start_attempt", lesson_id=exam.lesson_id) for one in people[:10]]
        jobs += [as_owner("delete from auth.users where id = %s", one) for one in people[-5:]]
        jobs += [as_user(desk.owner, "tutor_usage", course_id=desk.course_id)] * 3
        chance.shuffle(jobs)
        answers = at_once(database, jobs, connections=24)
        assert {one.code for one in refusals(answers)} <= {
            *("quota_exceeded", "turn_in_progress", "tutor_locked", "not_authenticated"),
            # The account that is deleted owned the conversation.
            *("conversation_not_found", "not_enrolled"),
        }
        world.session.run(
            "update private.tutor_turns set expires_at = clock_timestamp() where course_id = %s",
            desk.course_id,
        )
        world.commit()
        at_once(database, [as_role("service_role", "sweep_tutor_turns")])
        assert open_turns(world, desk) == 0
        assert books(world, desk) == []
        assert world.drift() == []


def test_an_account_goes_while_its_turn_runs(database: Database, world: World, desk: Desk) -> None:
    """What was reserved for it is given back by the end of the run, or by the sweep."""
    with priced(world, desk):
        people = learners(world, desk, 8)
        turns = [desk.ask(user_id) for user_id in people]
        for turn in turns[4:]:
            desk.expire(turn)
        world.commit()
        jobs = [as_owner("delete from auth.users where id = %s", one) for one in people]
        jobs += [finish(turn, input_tokens=9, output_tokens=9) for turn in turns[:2]]
        jobs += [save(turns[2])]
        assert refusals(at_once(database, jobs, connections=12)) == []
        assert open_turns(world, desk) == 6
        at_once(database, [finish(turn, "refunded") for turn in turns[2:4]])
        at_once(database, [as_role("service_role", "sweep_tutor_turns")])
        assert open_turns(world, desk) == 0
        assert books(world, desk) == []
        assert world.value(
            "select count(*) from private.tutor_ledger where course_id = %s", desk.course_id
        ) == len(turns)


def test_a_silent_turn_of_yesterday(database: Database, world: World, desk: Desk) -> None:
    """It is settled by a question of today while others ask: nobody waits for each other."""
    with priced(world, desk):
        other = learners(world, desk, 1)[0]
        old = desk.ask()
        desk.finish(desk.ask(other), "refunded")
        desk.shift(old, "day", timedelta(days=1))
        desk.expire(old)
        world.commit()
        with transaction(database) as holder:
            holder.run(
                "select from private.tutor_usage where scope = 'platform' and period = 'month' "
                "for update"
            )
            first = Background(
                database, begin(desk, desk.learner, conversation_id=old["conversation_id"])
            )
            assert first.blocked()
            second = Background(database, begin(desk, other))
            assert second.blocked()
            holder.rollback()
        taken = first.result()
        # A service that settles the old turn at the same moment lets its learner ask once more.
        if isinstance(taken, Refusal):
            assert taken.code == "turn_in_progress"
            again = begin(desk, desk.learner, conversation_id=old["conversation_id"])
            (taken,) = at_once(database, [again])
        for answer in (taken, second.result()):
            assert not isinstance(answer, Refusal), answer
            desk.finish(answer)
        world.commit()
        assert books(world, desk) == []


# The exam ---------------------------------------------------------------------------------------

CHEATS = (
    "select count(*) from private.tutor_turns as t inner join public.quiz_attempts as a "
    "on a.user_id = t.user_id and a.course_id = t.course_id "
    "where t.course_id = %s and t.status = 'reserved' and not t.is_stopped and a.status = 'open' "
    "and not private.is_overdue(a.deadline)"
)


def test_an_attempt_waits_for_the_question(database: Database, world: World, desk: Desk) -> None:
    """A turn is being begun when the attempt starts: it is stopped as soon as it is there."""
    exam = exam_of(world, desk)
    with transaction(database) as first:
        turn = begin(desk, desk.learner)(first)
        second = Background(
            database, as_user(desk.learner, "start_attempt", lesson_id=exam.lesson_id)
        )
        assert second.blocked()
        first.commit()
    assert not isinstance(second.result(), Refusal)
    assert desk.turn(turn)["is_stopped"] is True
    assert desk.save(turn, "A kestrel") is False
    world.commit()
    assert world.value(CHEATS, desk.course_id) == 0


def test_a_question_waits_for_the_attempt(database: Database, world: World, desk: Desk) -> None:
    """An attempt is being started when the question comes: it is refused, or goes on if not."""
    exam = exam_of(world, desk)
    for is_kept in (False, True):
        with transaction(database) as first:
            as_user(desk.learner, "start_attempt", lesson_id=exam.lesson_id)(first)
            second = Background(database, begin(desk, desk.learner))
            assert second.blocked()
            if is_kept:
                first.commit()
            else:
                first.rollback()
        if is_kept:
            assert isinstance(second.result(), Refusal)
            assert second.answer.code == "tutor_locked"
        else:
            desk.finish(second.result())
            world.commit()
    assert open_turns(world, desk) == 0


@pytest.mark.parametrize("order", ["question", "deadline"])
def test_more_time_meets_a_question(
    database: Database, world: World, desk: Desk, order: str
) -> None:
    """An attempt that had run out gets more time while its learner asks: the answer ends."""
    exam = exam_of(world, desk)
    exam.rules(time_limit_seconds=60)
    attempt = exam.start()
    exam.turn_clock(attempt["id"], 60)
    world.commit()

    def give_time(session: Session) -> int:
        session.act(user_id=desk.owner)
        return session.run(
            "update public.quizzes set time_limit_seconds = 3600, due_at = '2100-01-01' "
            "where lesson_id = %s",
            exam.lesson_id,
        )

    jobs: list[Job] = [begin(desk, desk.learner), give_time]
    if order == "deadline":
        jobs.reverse()
    with transaction(database) as first:
        jobs[0](first)
        second = Background(database, jobs[1])
        assert second.blocked()
        first.commit()
    answer = second.result()
    assert isinstance(answer, Refusal) == (order == "deadline")
    assert world.value(CHEATS, desk.course_id) == 0
    assert open_turns(world, desk) == (order == "question")


def test_many_questions_and_attempts(database: Database, world: World, desk: Desk) -> None:
    """Fifty learners ask and start at the same time: nobody is left with both."""
    exam = exam_of(world, desk)
    people = learners(world, desk, 50)
    jobs: list[Job] = []
    for user_id in people:
        jobs += [
            begin(desk, user_id),
            as_user(user_id, "start_attempt", lesson_id=exam.lesson_id),
            begin(desk, user_id),
        ]
    answers = at_once(database, jobs, connections=30)
    assert {one.code for one in refusals(answers)} <= {"tutor_locked"}
    assert world.value(CHEATS, desk.course_id) == 0
    attempts = "select count(*) from public.quiz_attempts where course_id = %s and status = 'open'"
    assert world.value(attempts, desk.course_id) == 50


# Others -----------------------------------------------------------------------------------------


def test_a_waitlisted_learner_who_asks_gets_a_seat(
    database: Database, world: World, desk: Desk
) -> None:
    """A question of a waitlisted learner is refused and does not delay their seat."""
    waiting = world.users(2)
    world.session.run("update public.courses set capacity = 1 where id = %s", desk.course_id)
    for user_id in waiting:
        world.commit()
        (row,) = desk.student(user_id).rpc("enroll", course_id=desk.course_id)
        assert row["status"] == "waitlisted"
    world.commit()
    with transaction(database) as asking:
        with pytest.raises(psycopg.Error, match="not_enrolled"):
            begin(desk, waiting[0])(asking)
        # Their transaction is still open.
        (left,) = at_once(database, [as_user(desk.learner, "withdraw", course_id=desk.course_id)])
        assert not isinstance(left, Refusal)
    seats = world.all(
        "select user_id from public.enrollments where course_id = %s and status = 'active'",
        desk.course_id,
    )
    assert seats == [{"user_id": waiting[0]}]


def kill(world: World, dying: Session) -> None:
    """Ends a connection before its commit."""
    world.all("select pg_terminate_backend(%s)", dying.backend())
    with pytest.raises(LOST):
        dying.commit()
    dying.close()


def test_a_run_that_dies_with_its_connection(database: Database, world: World, desk: Desk) -> None:
    """A beginning and an end that are not committed leave nothing, and both can be repeated."""
    given = desk.question()
    dying = database.connect()
    ask(dying.act(user_id=desk.learner), **given)
    waiting = Background(database, as_user(desk.learner, "begin_tutor_turn", **given))
    assert waiting.blocked()
    kill(world, dying)
    (row,) = waiting.result()
    turn = row["begin_tutor_turn"]
    assert turn["is_replay"] is False
    dying = database.connect()
    finish(turn)(dying)
    waiting = Background(database, finish(turn))
    assert waiting.blocked()
    kill(world, dying)
    (row,) = waiting.result()
    assert row["finish_tutor_turn"]["is_settled"] is True
    assert desk.used("user", "day") == [(0, 1)]
    world.commit()
