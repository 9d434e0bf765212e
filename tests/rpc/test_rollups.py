"""Rollups equal a recount after each step, under concurrency and after a rebuild."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from psycopg.pq import TransactionStatus
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import (
    Background,
    Job,
    World,
    as_owner,
    as_role,
    as_user,
    at_once,
    call,
    committed,
    refusals,
    transaction,
)
from tests.support.database import Database, Row, Session, told
from tests.support.school import School, insert

pytestmark = pytest.mark.once

AUDIT = "select * from private.analytics_audit()"
NUMBER = st.integers(0, 10_000)

# The expected overview, counted from the rows without the functions of the rollups.
COUNTED = """
select
  count(*) filter (where status = 'pending') as pending,
  count(*) filter (where status = 'waitlisted') as waitlisted,
  count(*) filter (where status = 'active') as active,
  count(*) filter (where status = 'completed') as completed,
  count(*) filter (where status = 'withdrawn') as withdrawn,
  count(*) filter (
    where status in ('active', 'completed') and last_activity_at::date > current_date - 9
  ) as active_learners,
  count(*) filter (
    where status in ('active', 'completed') and enrolled_at::date > current_date - 9
  ) as enrolled_since,
  count(*) filter (
    where status = 'completed' and completed_at::date > current_date - 9
  ) as completed_since,
  (
    select coalesce(sum(d.seconds), 0) from private.learner_days as d
    where d.course_id = %(course_id)s and d.day > current_date - 9
  ) as seconds_spent,
  round(avg(progress) filter (where status in ('active', 'completed')), 2) as mean_progress,
  (
    select round(avg(p.score), 2) from public.lesson_progress as p
    where p.course_id = %(course_id)s
  ) as mean_score
from public.enrollments where course_id = %(course_id)s
"""
LESSONS = """
select
  l.id as lesson_id,
  count(p.user_id) as started,
  count(*) filter (where p.status = 'completed') as completed,
  round(avg(p.seconds_spent))::integer as seconds_per_learner,
  round(avg(p.score), 2) as mean_score
from public.lessons as l
left join public.lesson_progress as p on p.lesson_id = l.id
where l.course_id = %(course_id)s and l.is_published
group by l.id
"""


def audit(session: Session) -> list[Row]:
    """The drift that the audit of the rollups finds."""
    return session.act("postgres").all(AUDIT)


# Random operations -------------------------------------------------------------------------------


class Rollups(RuleBasedStateMachine):
    """One capped course with lessons of each kind, its learners, and staff who edit it."""

    database: Database
    done = 0

    def __init__(self) -> None:
        super().__init__()
        self.db: Session = self.database.connect()
        self.db.run("set timezone = 'UTC'")
        self.school = School(self.db)
        self.school.direct_rosters()
        self.owner = self.school.user("instructor")
        self.people = [self.school.user() for _ in range(5)]
        self.course_id = self.school.course(owner=self.owner, capacity=3)
        self.modules = [self.school.module(self.course_id) for _ in range(2)]
        self.add("text")
        self.add("quiz")

    @initialize(seats=st.one_of(st.none(), st.integers(1, 4)))
    def begin(self, seats: int | None) -> None:
        """Seats, and the first learners."""
        self.edit("update public.courses set capacity = %s where id = %s", seats, self.course_id)
        for one in self.people[:3]:
            self.ask(one, "enroll", course_id=self.course_id)

    def teardown(self) -> None:
        if self.db.connection.info.transaction_status == TransactionStatus.INTRANS:
            self.db.act("postgres")
            assert self.db.all("select * from private.search_audit()") == []
        self.db.rollback()
        self.db.close()

    # Helpers -----------------------------------------------------------------------------------

    def pick(self, number: int, things: Sequence[Any]) -> Any:
        """An item by number, modulo the length."""
        return things[number % len(things)]

    def ask(self, actor: UUID, function: str, **arguments: Any) -> list[Row]:
        """One RPC; a refusal is an answer if its code is of the contract."""
        self.db.act(user_id=actor)
        try:
            with self.db.connection.transaction():
                rows = self.db.rpc(function, **arguments)
        except psycopg.Error as error:
            assert error.sqlstate == "PGRST", str(error)
            return []
        Rollups.done += 1
        return rows

    def edit(self, statement: str, *params: Any) -> None:
        """One statement as the owner of the database."""
        self.db.act("postgres")
        with self.db.connection.transaction():
            self.db.run(statement, *params)
        Rollups.done += 1

    def remove(self, table: str, row_id: UUID, lesson_ids: list[UUID]) -> None:
        """Delete a lesson or module; archive its lessons when learners have worked in them."""
        try:
            self.edit(f"delete from public.{table} where id = %s", row_id)
        except psycopg.Error as error:
            assert told(error).code == "lesson_has_work", str(error)
            self.edit("select private.archive_lessons(%s, now())", lesson_ids)

    def add(self, kind: str, number: int = 0) -> None:
        """A lesson of this kind with its quiz or lab."""
        kinds: dict[str, dict[str, Any]] = {
            "video": {"duration_minutes": 1},
            "quiz": {"completion_rule": "pass"},
            "lab": {"completion_rule": "accept"},
        }
        columns = kinds.get(kind, {})
        lesson_id = self.school.lesson(
            self.pick(number, self.modules), content_type=kind, **columns
        )
        if kind == "quiz":
            insert(self.db, "quizzes", lesson_id=lesson_id, pass_mark=50)
            for _ in range(2):
                self.question(lesson_id, correct=True)
        elif kind == "lab":
            insert(self.db, "labs", lesson_id=lesson_id)

    def question(self, lesson_id: UUID, *, correct: bool, question_id: UUID | None = None) -> None:
        """A true or false question."""
        self.ask(
            self.owner,
            "save_question",
            lesson_id=lesson_id,
            kind="true_false",
            prompt_md="True?",
            points=1,
            options=Jsonb([]),
            key=Jsonb({"correct": correct}),
            explanation_md="",
            question_id=question_id,
        )

    def lessons(self, kind: str | None = None) -> list[UUID]:
        """The lessons of the course, of one kind or all."""
        self.db.act("postgres")
        rows = self.db.all(
            "select id from public.lessons where course_id = %s "
            "and (%s::text is null or content_type::text = %s) order by slug",
            *(self.course_id, kind, kind),
        )
        return [row["id"] for row in rows]

    def some(self, number: int, kind: str | None = None) -> list[UUID]:
        """One lesson, or None."""
        lessons = self.lessons(kind)
        return [self.pick(number, lessons)] if lessons else []

    # Learners ----------------------------------------------------------------------------------

    @rule(who=NUMBER)
    def enroll(self, who: int) -> None:
        """A learner enrolls, for the first time or again."""
        self.ask(self.pick(who, self.people), "enroll", course_id=self.course_id)

    @rule(who=NUMBER)
    def withdraw(self, who: int) -> None:
        """A learner withdraws; the waitlist may move up."""
        self.ask(self.pick(who, self.people), "withdraw", course_id=self.course_id)

    @rule(who=NUMBER, which=NUMBER, seconds=st.integers(0, 60))
    def report(self, who: int, which: int, seconds: int) -> None:
        """A learner reports time, which may complete a video."""
        for lesson_id in self.some(which):
            self.school.let_pass(self.pick(who, self.people), 60)
            self.ask(
                self.pick(who, self.people),
                "record_progress",
                lesson_id=lesson_id,
                watched=Jsonb([[0, seconds]]),
                seconds_spent=seconds,
                event_id=uuid4(),
            )

    @rule(who=NUMBER)
    def complete(self, who: int) -> None:
        """A learner completes every lesson that they can."""
        for lesson_id in self.lessons():
            self.ask(self.pick(who, self.people), "complete_lesson", lesson_id=lesson_id)

    @rule(who=NUMBER, which=NUMBER, right=st.integers(0, 2), submit=st.booleans())
    def sit(self, who: int, which: int, right: int, submit: bool) -> None:
        """A learner takes a quiz with a number of right answers, and may leave it open."""
        learner = self.pick(who, self.people)
        for lesson_id in self.some(which, "quiz"):
            for attempt in self.ask(learner, "start_attempt", lesson_id=lesson_id):
                for number, item in enumerate(attempt["items"]):
                    self.ask(
                        learner,
                        "save_answer",
                        attempt_id=attempt["id"],
                        question_id=item["question_id"],
                        answer=Jsonb(number < right),
                    )
                if submit:
                    self.ask(learner, "submit_attempt", attempt_id=attempt["id"])

    @rule(who=NUMBER, which=NUMBER)
    def hand_in(self, who: int, which: int) -> None:
        """A learner submits a lab."""
        for lesson_id in self.some(which, "lab"):
            self.ask(self.pick(who, self.people), "submit_lab", lesson_id=lesson_id, body="Work.")

    # Staff -------------------------------------------------------------------------------------

    @rule(score=st.integers(0, 100), accept=st.booleans())
    def grade(self, score: int, accept: bool) -> None:
        """Staff grade waiting submissions."""
        for row in self.ask(self.owner, "lab_queue", course_id=self.course_id):
            self.ask(
                self.owner,
                "grade_lab",
                submission_id=row["submission_id"],
                score=score,
                feedback="",
                accept=accept,
            )

    @rule(which=NUMBER, mark=st.sampled_from([30, 50, 100]), correct=st.booleans())
    def regrade(self, which: int, mark: int, correct: bool) -> None:
        """Staff change a key and the pass mark, and regrade."""
        for lesson_id in self.some(which, "quiz"):
            self.edit(
                "update public.quizzes set pass_mark = %s where lesson_id = %s", mark, lesson_id
            )
            self.db.act("postgres")
            for row in self.db.all(
                "select id from public.questions where lesson_id = %s order by ord limit 1",
                lesson_id,
            ):
                self.question(lesson_id, correct=correct, question_id=row["id"])
            self.ask(self.owner, "regrade_quiz", lesson_id=lesson_id)

    @rule(which=NUMBER, score=st.integers(0, 2))
    def override(self, which: int, score: int) -> None:
        """Staff set the score of an attempt."""
        self.db.act("postgres")
        rows = self.db.all(
            "select id from public.quiz_attempts where course_id = %s order by started_at, id",
            self.course_id,
        )
        if rows:
            attempt_id = self.pick(which, rows)["id"]
            self.ask(
                self.owner, "override_grade", attempt_id=attempt_id, score=score, reason="Because."
            )

    @rule()
    def time_is_up(self) -> None:
        """All open attempts expire, and the gradebook is read."""
        self.edit(
            "update public.quiz_attempts set deadline = clock_timestamp() - interval '1 minute' "
            "where course_id = %s and status = 'open'",
            self.course_id,
        )
        self.ask(self.owner, "gradebook", course_id=self.course_id)

    @rule(places=st.lists(NUMBER, min_size=1, max_size=4))
    def roster(self, places: list[int]) -> None:
        """Staff enroll several learners."""
        learners = [{"user_id": str(self.pick(one, self.people))} for one in places]
        self.ask(self.owner, "enroll_roster", course_id=self.course_id, learners=Jsonb(learners))

    @rule(seats=st.one_of(st.none(), st.integers(1, 5)))
    def set_capacity(self, seats: int | None) -> None:
        """The capacity changes; several learners may move up at once."""
        self.edit("update public.courses set capacity = %s where id = %s", seats, self.course_id)

    @rule(mode=st.sampled_from(["open", "approval"]), accept=st.booleans())
    def change_mode(self, mode: str, accept: bool) -> None:
        """The enrollment mode changes; pending enrollments are decided."""
        self.edit(
            "update public.courses set enrollment_mode = %s where id = %s", mode, self.course_id
        )
        for row in self.db.act("postgres").all(
            "select id from public.enrollments where course_id = %s and status = 'pending'",
            self.course_id,
        ):
            self.ask(self.owner, "decide_enrollment", enrollment_id=row["id"], accept=accept)

    @rule(
        which=NUMBER,
        column=st.sampled_from(["is_published", "is_required"]),
        everywhere=st.booleans(),
    )
    def toggle(self, which: int, column: str, everywhere: bool) -> None:
        """One lesson or all change is_published or is_required; archived ones stay hidden."""
        for lesson_id in self.some(which):
            self.edit(
                f"update public.lessons set {column} = not {column} "
                f"where archived_at is null and (id = %s {'or' if everywhere else 'and'} "
                "course_id = %s)",
                lesson_id,
                self.course_id,
            )

    @rule(function=st.sampled_from(["publish_course", "unpublish_course"]))
    def publish(self, function: str) -> None:
        """The course is published or unpublished."""
        self.ask(self.owner, function, course_id=self.course_id)

    @rule(kind=st.sampled_from(["text", "video", "quiz", "lab"]), place=NUMBER)
    def add_lesson(self, kind: str, place: int) -> None:
        """A new lesson, up to six."""
        if len(self.lessons()) < 6:
            self.add(kind, place)

    @rule(which=NUMBER, place=NUMBER)
    def move(self, which: int, place: int) -> None:
        """A lesson moves to the other module."""
        for lesson_id in self.some(which):
            self.edit(
                "update public.lessons set module_id = %s where id = %s",
                self.pick(place, self.modules),
                lesson_id,
            )

    @rule(which=NUMBER)
    def delete_lesson(self, which: int) -> None:
        """A lesson is deleted with its progress, or archived when it has work."""
        for lesson_id in self.some(which):
            self.remove("lessons", lesson_id, [lesson_id])

    @rule(place=NUMBER)
    def replace_module(self, place: int) -> None:
        """A module is deleted with its lessons, or its lessons are archived; another is made."""
        module_id = self.pick(place, self.modules)
        self.db.act("postgres")
        lessons = self.db.all("select id from public.lessons where module_id = %s", module_id)
        self.remove("modules", module_id, [row["id"] for row in lessons])
        self.modules.remove(module_id)
        self.modules.append(self.school.module(self.course_id))
        self.add("text", len(self.modules) - 1)

    @rule(who=NUMBER, two=st.booleans())
    def replace_accounts(self, who: int, two: bool) -> None:
        """One or two accounts are deleted in one statement, and replaced."""
        gone = {self.pick(who, self.people), self.pick(who + (1 if two else 0), self.people)}
        self.edit("delete from auth.users where id = any(%s)", list(gone))
        self.people = [one for one in self.people if one not in gone]
        self.people += [self.school.user() for _ in gone]

    @rule(days=st.integers(1, 12))
    def time_passes(self, days: int) -> None:
        """All rows become a number of days older."""
        for table, columns in {
            "public.enrollments": ("enrolled_at", "completed_at", "last_activity_at"),
            "public.lesson_progress": ("started_at", "completed_at", "updated_at"),
        }.items():
            shifted = ", ".join(f"{one} = {one} - interval '{days} days'" for one in columns)
            self.edit(f"update {table} set {shifted} where course_id = %s", self.course_id)
        self.edit(
            # Moves far away first, so that two days of a learner never collide.
            "update private.learner_days set day = day - 10000 where course_id = %s",
            self.course_id,
        )
        self.edit(
            "update private.learner_days set day = day + 10000 - %s where course_id = %s",
            *(days, self.course_id),
        )

    @rule()
    def rebuild(self) -> None:
        """A rebuild of all sums changes none."""
        self.edit("select private.rebuild_analytics()")

    @rule()
    def fold(self) -> None:
        """Facts become sums."""
        self.edit("select private.fold_facts()")

    # Invariants --------------------------------------------------------------------------------

    @invariant()
    def nothing_drifts(self) -> None:
        """Each audit is empty. That of the search index takes long: it runs at the end."""
        assert self.school.drift() == []

    @invariant()
    def figures_are_counts(self) -> None:
        """Overview and funnel equal the count of the rows."""
        self.db.act("postgres")
        connection = self.db.connection
        given = {"course_id": self.course_id}
        counted = connection.execute(COUNTED, given).fetchone()
        lessons = connection.execute(LESSONS, given).fetchall()
        seats = (counted or {})["active"] + (counted or {})["completed"]
        self.db.act(user_id=self.owner)
        since = self.db.value("select current_date - 8")
        row = call(self.db, "course_overview", course_id=self.course_id, since=since)
        assert {key: row[key] for key in counted or {}} == counted
        rate = round(100 * row["completed"] / seats, 2) if seats else None
        assert (None if rate is None else float(row["completion_rate"])) == rate
        funnel = self.db.rpc("course_funnel", course_id=self.course_id)
        by_id = {one["lesson_id"]: one for one in lessons}
        assert {
            one["lesson_id"]: {key: one[key] for key in by_id[one["lesson_id"]]} for one in funnel
        } == by_id


@pytest.mark.slow
@pytest.mark.parametrize("stories", [10, pytest.param(60, marks=pytest.mark.long)])
def test_random_operations(database: Database, stories: int) -> None:
    """After each of some hundred random steps audits are empty and figures equal counts."""
    Rollups.database = database
    Rollups.done = 0
    run_state_machine_as_test(
        Rollups,
        settings=settings(
            max_examples=stories,
            # Shrinking would take minutes; 35 steps are readable.
            phases=[Phase.generate],
            stateful_step_count=35,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    assert Rollups.done > 200


# Concurrency -------------------------------------------------------------------------------------


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Committed accounts and courses; the audits are empty afterwards."""
    with committed(database) as made:
        yield made
        assert made.drift() == []
        assert made.all(AUDIT) == []
    # No sum remains after everything is deleted.
    session = database.connect()
    assert session.all(AUDIT) == []
    session.close()


def none_refused(answers: Sequence[Any]) -> None:
    """No call may end with an error."""
    assert [(one.state, one.code) for one in refusals(answers)] == []


def only_refused(answers: Sequence[Any], *codes: str) -> None:
    """Calls return an answer or one of these codes, never a deadlock."""
    assert {one.code for one in refusals(answers)} <= set(codes)


def sitting(learner: UUID, lesson_id: UUID, *, right: bool, submit: bool = True) -> Job:
    """A job: a whole attempt with all answers right or wrong."""

    def job(session: Session) -> Any:
        session.act(user_id=learner)
        (attempt,) = session.rpc("start_attempt", lesson_id=lesson_id)
        for item in attempt["items"]:
            session.rpc(
                "save_answer",
                attempt_id=attempt["id"],
                question_id=item["question_id"],
                answer=Jsonb(right),
            )
        return session.rpc("submit_attempt", attempt_id=attempt["id"]) if submit else [attempt]

    return job


def quiz_in(world: World, course_id: UUID, owner: UUID, **rules: Any) -> Exam:
    """A quiz of one question in a course of the world."""
    exam = make_exam(
        world.school, course_id=course_id, owner=owner, learner=owner, **{"pass_mark": 50, **rules}
    )
    exam.question("true_false", key={"correct": True})
    return exam


def report(learner: UUID, lesson_id: UUID, seconds: int) -> Job:
    """A job: a report of time in a lesson."""
    return as_user(
        learner,
        "record_progress",
        lesson_id=lesson_id,
        seconds_spent=seconds,
        event_id=uuid4(),
    )


@pytest.mark.slow
def test_a_full_course_at_work(database: Database, world: World) -> None:
    """40 learners enroll, report, complete and sit a quiz while staff regrade and republish."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, capacity=30)
    lessons = world.lessons(course_id, 4)
    exam = quiz_in(world, course_id, owner, max_attempts=3)
    early, late = world.users(24), world.users(16)
    for one in early:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    toggle = "update public.lessons set is_published = not is_published where id = %s"
    seats = "update public.courses set capacity = %s where id = %s"
    jobs: list[Job] = []
    for number in range(24):
        one = early[number]
        jobs += [report(one, lesson_id, 10 + number) for lesson_id in lessons]
        jobs += [as_user(one, "complete_lesson", lesson_id=lesson_id) for lesson_id in lessons]
        jobs.append(sitting(one, exam.lesson_id, right=number % 3 > 0))
        if number < 16:
            jobs.append(as_user(late[number], "enroll", course_id=course_id))
            jobs.append(report(late[number], lessons[0], 5))
        if number % 5 == 0:
            jobs.append(as_user(one, "withdraw", course_id=course_id))
        if number % 3 == 0:
            jobs += [
                as_user(owner, "regrade_quiz", lesson_id=exam.lesson_id),
                as_owner(toggle, lessons[number % 4]),
                as_owner(seats, 24 + number, course_id),
                as_user(owner, "gradebook", course_id=course_id),
            ]
    answers = at_once(database, jobs, connections=24)
    only_refused(answers, "not_enrolled", "lesson_locked", "lesson_not_found", "attempts_exhausted")
    counted = world.value(
        "select sum(seconds_spent) from public.lesson_progress where course_id = %s", course_id
    )
    days = world.value(
        "select sum(seconds) from private.learner_days where course_id = %s", course_id
    )
    rolled = world.value(
        "select sum(amount) from private.course_sums(array[%s], '{seconds}')", course_id
    )
    assert counted == days == rolled


@pytest.mark.slow
def test_no_addition_is_lost(database: Database, world: World) -> None:
    """400 concurrent reports of 32 learners in one course add up."""
    course_id = world.course()
    lessons = world.lessons(course_id, 2)
    people = world.users(32)
    for one in people:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    jobs = [report(people[n % 32], lessons[n // 200], n) for n in range(400)]
    none_refused(at_once(database, jobs, connections=32))
    assert world.value(
        "select sum(amount) from private.course_sums(array[%s], '{seconds}')", course_id
    ) == sum(range(400))
    assert world.value(
        "select sum(amount) from private.lesson_sums(%s) "
        "where lesson_id = %s and metric = 'seconds'",
        *(course_id, lessons[1]),
    ) == sum(range(200, 400))


def test_a_writer_waits_for_no_fold(database: Database, world: World) -> None:
    """While a fold has not committed, learners report, other folds return, and sums are right."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    learner = world.user()
    world.school.enroll(learner, course_id)
    world.school.let_pass(learner, 86400)
    world.commit()
    with transaction(database) as folder:
        # The service of the stack folds, too: not before this one.
        folder.run("select private.lock_sums()")
        none_refused(at_once(database, [report(learner, lesson_id, 7)]))
        assert folder.value("select folded from private.fold_facts()") >= 3
        writes = Background(database, report(learner, lesson_id, 21))
        other = Background(database, as_owner("select folded from private.fold_facts()"))
        for one in (writes, other):
            one.thread.join(timeout=5)
            assert not one.thread.is_alive()
        assert other.result() == [{"folded": None}]
        assert len(writes.result()) == 1
        assert world.all(AUDIT) == []
        world.session.commit()
        folder.commit()
    of_course = "where course_id = %s and metric = 'seconds'"
    folded = f"select amount from private.course_rollups {of_course}"
    assert world.value(folded, course_id) == 7
    current = "select sum(amount) from private.course_sums(array[%s], '{seconds}')"
    assert world.value(current, course_id) == 28


def test_rosters_at_once(database: Database, world: World) -> None:
    """Concurrent rosters of different learners in one course do not deadlock."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    people = world.users(160)
    world.commit()
    jobs = [
        as_role(
            "service_role",
            "enroll_roster",
            course_id=course_id,
            learners=Jsonb([{"user_id": str(one)} for one in people[n * 20 : n * 20 + 20]]),
        )
        for n in range(8)
    ]
    none_refused(at_once(database, jobs))
    assert world.statuses(course_id) == {"active": 160}


@pytest.mark.slow
def test_attempts_expire_on_two_connections(database: Database, world: World) -> None:
    """Concurrent gradebooks and maintenance grade each overdue attempt once."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    exam = quiz_in(world, course_id, owner, time_limit_seconds=60)
    people = world.users(60)
    for one in people:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    none_refused(
        at_once(
            database,
            [sitting(one, exam.lesson_id, right=True, submit=False) for one in people],
            connections=16,
        )
    )
    world.session.run(
        "update public.quiz_attempts set deadline = clock_timestamp() - interval '1 minute' "
        "where course_id = %s",
        course_id,
    )
    world.commit()
    jobs = [as_user(owner, "gradebook", course_id=course_id)] * 6
    jobs += [as_role("service_role", "run_maintenance")] * 2
    none_refused(at_once(database, jobs))
    states = world.all(
        "select status::text, count(*) from public.quiz_attempts where course_id = %s group by 1",
        course_id,
    )
    assert states == [{"status": "expired", "count": 60}]
    world.session.fold()
    assert (
        world.value(
            "select count(*) from public.learning_events "
            "where course_id = %s and kind = 'attempt_closed'",
            course_id,
        )
        == 60
    )


@pytest.mark.slow
def test_a_regrade_and_a_roster(database: Database, world: World) -> None:
    """A regrade runs concurrently with rosters and with active learners."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    exam = quiz_in(world, course_id, owner)
    (lesson_id,) = world.lessons(course_id, 1)
    people, others = world.users(40), world.users(80)
    for one in people:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    none_refused(
        at_once(
            database,
            [sitting(one, exam.lesson_id, right=n % 2 > 0) for n, one in enumerate(people)],
            connections=16,
        )
    )
    exam.session = world.session
    jobs: list[Job] = []
    for number in range(8):
        mark = "update public.quizzes set pass_mark = %s where lesson_id = %s"
        learners = [{"user_id": str(one)} for one in others[number * 10 : number * 10 + 10]]
        jobs += [
            as_owner(mark, 40 + number, exam.lesson_id),
            as_user(owner, "regrade_quiz", lesson_id=exam.lesson_id),
            as_role("service_role", "enroll_roster", course_id=course_id, learners=Jsonb(learners)),
            *(report(one, lesson_id, 3) for one in people[number * 5 : number * 5 + 5]),
            as_role("service_role", "unpublish_course", course_id=course_id),
            as_role("service_role", "publish_course", course_id=course_id),
        ]
    only_refused(
        at_once(database, jobs, connections=20),
        *("lesson_locked", "not_enrolled", "course_not_published"),
    )


@pytest.mark.slow
def test_seats_move_during_regrades(database: Database, world: World) -> None:
    """Learners leave a full course and others move up during a regrade."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, capacity=30)
    exam = quiz_in(world, course_id, owner)
    sitters, leavers, waiting = world.users(10), world.users(20), world.users(20)
    for one in [*sitters, *leavers]:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    none_refused(
        at_once(database, [as_user(one, "enroll", course_id=course_id) for one in waiting])
    )
    none_refused(
        at_once(
            database,
            [sitting(one, exam.lesson_id, right=n % 2 > 0) for n, one in enumerate(sitters)],
        )
    )
    jobs: list[Job] = []
    for one in leavers:
        jobs += [
            as_user(one, "withdraw", course_id=course_id),
            as_user(owner, "regrade_quiz", lesson_id=exam.lesson_id),
            as_user(owner, "regrade_quiz", lesson_id=exam.lesson_id),
        ]
    none_refused(at_once(database, jobs, connections=16))
    assert world.statuses(course_id)["withdrawn"] == 20


@pytest.mark.slow
def test_grading_while_accounts_go(database: Database, world: World) -> None:
    """Work is graded and attempts expire while their learners are deleted."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    exam = quiz_in(world, course_id, owner, time_limit_seconds=60)
    lab_id = world.school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    people = world.users(40)
    for one in people:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    sat = [sitting(one, exam.lesson_id, right=True, submit=False) for one in people]
    none_refused(at_once(database, sat, connections=16))
    handed_in = at_once(
        database,
        [as_user(one, "submit_lab", lesson_id=lab_id, body="Work.") for one in people],
        connections=16,
    )
    world.session.run(
        "update public.quiz_attempts set deadline = clock_timestamp() - interval '1 minute' "
        "where course_id = %s",
        course_id,
    )
    world.commit()
    jobs: list[Job] = []
    for number, one in enumerate(people):
        jobs.append(
            as_user(
                owner,
                "grade_lab",
                submission_id=handed_in[number][0]["id"],
                score=80,
                feedback="",
                accept=True,
            )
        )
        jobs.append(as_owner("delete from auth.users where id = %s", one))
        if number % 6 == 0:
            jobs.append(as_user(owner, "gradebook", course_id=course_id))
    only_refused(
        at_once(database, jobs, connections=16), "submission_not_found", "not_course_staff"
    )
    assert world.statuses(course_id) == {}


def test_accounts_are_deleted_meanwhile(database: Database, world: World) -> None:
    """Accounts are deleted during concurrent work, together with their sums."""
    owner = world.user("instructor")
    courses = [world.course(owner=owner) for _ in range(2)]
    lessons = [world.lessons(one, 2) for one in courses]
    people = world.users(30)
    for one in people:
        for course_id in courses:
            world.school.enroll(one, course_id)
            world.school.let_pass(one, 86400)
    world.commit()
    jobs: list[Job] = []
    for number, one in enumerate(people):
        for of_course in lessons[:: 1 if number % 2 else -1]:
            jobs.append(report(one, of_course[0], 7))
            jobs.append(as_user(one, "complete_lesson", lesson_id=of_course[1]))
        if number % 3 == 0:
            jobs.append(as_owner("delete from auth.users where id = %s", one))
    answers = at_once(database, jobs, connections=16)
    only_refused(answers, "not_authenticated", "not_enrolled")


def test_a_rebuild_under_load(database: Database, world: World) -> None:
    """A rebuild corrects sums during concurrent writes, and loses none."""
    owner = world.user("instructor")
    courses = [world.course(owner=owner) for _ in range(2)]
    lessons = [world.lessons(one, 2) for one in courses]
    people = world.users(20)
    for one in people:
        for course_id in courses:
            world.school.enroll(one, course_id)
            world.school.let_pass(one, 86400)
    world.commit()
    none_refused(at_once(database, [report(one, lessons[0][0], 11) for one in people]))
    world.session.fold()
    world.session.run(
        "update private.course_rollups set amount = amount + 1 where course_id = any(%s)", courses
    )
    world.session.run("delete from private.lesson_rollups where course_id = any(%s)", courses)
    world.commit()
    assert world.all(AUDIT)
    jobs: list[Job] = []
    for number, one in enumerate(people):
        jobs += [report(one, lessons[number % 2][0], 5), report(one, lessons[0][1], 2)]
        jobs.append(as_user(one, "complete_lesson", lesson_id=lessons[1][1]))
        if number % 5 == 0:
            jobs.append(as_owner("select private.rebuild_analytics()"))
        if number % 7 == 0:
            jobs.append(as_owner("delete from auth.users where id = %s", one))
    jobs.append(as_owner("select private.rebuild_analytics()"))
    only_refused(at_once(database, jobs, connections=16), "not_authenticated", "not_enrolled")
    # One more rebuild without writers, so that timing cannot decide.
    assert world.all(AUDIT) == []


def test_folding_under_load(database: Database, world: World) -> None:
    """Facts are folded during concurrent reports, deletes and rebuilds; events have no gap."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    lessons = world.lessons(course_id, 24)
    empty = [world.course() for _ in range(8)]
    people = world.users(20)
    for one in people:
        world.school.enroll(one, course_id)
        world.school.let_pass(one, 86400)
    world.commit()
    first = [report(one, lesson_id, 1) for one in people[:8] for lesson_id in lessons]
    none_refused(at_once(database, first, connections=16))
    fold = as_owner("select folded from private.fold_facts()")
    jobs: list[Job] = []
    for number, one in enumerate(people):
        jobs += [report(one, lesson_id, 3) for lesson_id in lessons[20:]]
        jobs += [fold, as_owner("delete from public.lessons where id = %s", lessons[number])]
        if number % 4 == 0:
            jobs.append(as_owner("delete from auth.users where id = %s", one))
        if number % 5 == 0:
            jobs.append(as_owner("select private.rebuild_analytics()"))
        if number < 8:
            jobs.append(as_owner("delete from public.courses where id = %s", empty[number]))
    answers = at_once(database, jobs, connections=16)
    only_refused(answers, "not_authenticated", "not_enrolled")
    none_refused(at_once(database, [fold]))
    for name in ("course", "lesson"):
        assert world.value(f"select count(*) from private.{name}_rollups where amount = 0") == 0
    assert world.value("select count(*) from private.facts") == 0
    # Events of accounts and courses that were deleted afterwards are gone.
    (numbers,) = world.all(
        "select count(*) = count(distinct seq) as are_distinct, max(seq) as last, "
        "(select seq from private.event_counter) as counted from public.learning_events"
    )
    assert numbers["are_distinct"] and numbers["last"] <= numbers["counted"]


# The audit ---------------------------------------------------------------------------------------


@pytest.fixture
def waiting(db: Session, school: School) -> UUID:
    """A course with facts of every metric, not folded yet."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    exam = make_exam(school, course_id=course_id, owner=owner, learner=school.user())
    exam.question("true_false")
    lesson_id = school.lesson(exam.module_id)
    people = [school.user() for _ in range(3)]
    for one in people:
        school.enroll(one, course_id)
        school.let_pass(one, 86400)
        db.act(user_id=one).rpc("record_progress", lesson_id=lesson_id, seconds_spent=30)
    db.act(user_id=people[0]).rpc("complete_lesson", lesson_id=lesson_id)
    sat = sitting(people[0], exam.lesson_id, right=True)
    sat(db)
    for status in ("pending", "waitlisted"):
        school.enroll(school.user(), course_id, status)
    db.act(user_id=people[1]).rpc("complete_lesson", lesson_id=lesson_id)
    db.act(user_id=people[1]).rpc("withdraw", course_id=course_id)
    # A waitlist beside a free seat would be another drift.
    db.act("postgres").run("delete from public.enrollments where status = 'waitlisted'")
    school.enroll(school.user(), course_id, "waitlisted")
    assert audit(db) == []
    return course_id


@pytest.fixture
def rolled(db: Session, waiting: UUID) -> UUID:
    """A course with rollups of every metric."""
    db.fold()
    assert audit(db) == []
    return waiting


METRICS = {
    "course": [
        *("pending", "waitlisted", "active", "completed", "withdrawn", "left", "enrolled"),
        *("finished", "seen", "seen_active", "progress", "duration", "lessons_completed"),
        *("present", "seconds", "score", "score_sum", "certificates"),
    ],
    "lesson": ["started", "completed", "seconds", "score", "score_sum"],
}


@pytest.mark.slow
@pytest.mark.parametrize("change", ["more", "less", "gone", "elsewhere", "added"])
@pytest.mark.parametrize(
    ("table", "metric"),
    [(table, metric) for table, metrics in METRICS.items() for metric in metrics],
)
def test_the_audit_sees(db: Session, rolled: UUID, table: str, metric: str, change: str) -> None:
    """The audit reports each sum that is too high, too low, missing, misplaced or extra."""
    name = f"private.{table}_rollups"
    where = "where course_id = %s and metric = %s and amount > 0"
    statement = {
        "more": f"update {name} set amount = amount + 1 {where}",
        "less": f"update {name} set amount = amount - 1 {where}",
        "gone": f"delete from {name} {where}",
        "elsewhere": f"update {name} set bucket = bucket + 100000 {where}",
        "added": (
            f"insert into {name} select (jsonb_populate_record(r, jsonb_build_object("
            f"'bucket', r.bucket + 7777, 'amount', 1))).* from {name} as r {where} limit 1"
        ),
    }[change]
    assert db.run(statement, rolled, metric) > 0
    found = audit(db)
    assert found and {(row["course_id"], row["metric"]) for row in found} == {(rolled, metric)}
    assert all((row["lesson_id"] is not None) == (table == "lesson") for row in found)
    db.run("select private.rebuild_analytics()")
    assert audit(db) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update private.learner_places set progress = 100 - progress where progress <> 50",
        "update private.learner_places set seen_day = seen_day + 1",
        "update private.learner_places set status = 'completed' where status = 'active'",
        "delete from private.learner_places where status = 'withdrawn' or status = 'active'",
        "insert into private.learner_places select course_id, gen_random_uuid(), status, progress, "
        "seen_day from private.learner_places limit 1",
        "set local session_replication_role = 'replica'; update public.enrollments "
        "set has_left = not has_left, status = 'withdrawn'",
    ],
)
def test_the_audit_sees_places(database: Database, statement: str) -> None:
    """The audit reports each wrong row of learner_places; the rebuild corrects it."""
    session = Database(database.superuser_url, database.superuser_url).connect()
    drift = "select * from private.place_audit()"
    try:
        school = School(session)
        course_id = school.course()
        for status in ("active", "pending", "withdrawn"):
            school.enroll(school.user(), course_id, status)
        assert session.all(drift) == []
        session.fold()
        assert session.all(drift) == []
        session.connection.execute(statement.encode())
        assert session.all(drift)
        session.run("set local session_replication_role = 'origin'")
        session.run("select private.rebuild_analytics()")
        assert session.all(drift) == []
    finally:
        session.rollback()
        session.close()


def test_each_metric_alone(db: Session, waiting: UUID) -> None:
    """A sum that is asked for alone is the same while its facts wait and after the fold."""
    of_course = "course_sums(array[%s], array[%s])"
    of_all = "course_sums(null, array[%s])"

    def sums() -> dict[str, list[Row]]:
        statement = (
            "select metric, bucket, sum(amount) as amount from private.{} "
            "group by metric, bucket having sum(amount) <> 0 order by bucket"
        )
        return {
            metric: [
                *db.all(statement.format(of_course), waiting, metric),
                *db.all(statement.format(of_all), metric),
            ]
            for metric in METRICS["course"]
        }

    before = sums()
    assert all(before.values())
    db.fold()
    assert sums() == before


def test_every_metric_is_there(db: Session, rolled: UUID) -> None:
    """The course has every metric of the tables."""
    for table, metrics in METRICS.items():
        rows = db.all(
            f"select distinct metric from private.{table}_rollups "
            "where course_id = %s and amount <> 0",
            rolled,
        )
        assert {row["metric"] for row in rows} == set(metrics)


@pytest.mark.parametrize(
    "statement",
    [
        "update private.last_days set day = day + 1",
        "delete from private.last_days",
        "update private.course_rollups set amount = amount + 1 where metric = 'last_day'",
        "delete from private.course_rollups where metric = 'last_day'",
    ],
)
def test_the_audit_sees_last_days(db: Session, rolled: UUID, statement: str) -> None:
    """The audit reports each wrong last day, and each wrong sum of them."""
    assert db.run(statement) > 0
    found = audit(db)
    assert found and {row["metric"] for row in found} <= {"last_day", "last_days"}
    db.run("select private.rebuild_analytics()")
    assert audit(db) == []


@pytest.mark.parametrize(
    ("statement", "metric"),
    [
        ("update private.course_ranks set active = active + 1", "rank"),
        ("delete from private.course_ranks", "rank"),
        *(
            (f"update private.course_rollups set amount = amount + 1 where metric = '{role}'", role)
            for role in ("learner", "instructor", "admin")
        ),
        ("delete from private.course_rollups where metric = 'learner'", "learner"),
    ],
)
def test_the_audit_sees_ranks_and_accounts(
    db: Session, school: School, rolled: UUID, statement: str, metric: str
) -> None:
    """The audit reports each wrong rank of a course, and each wrong count of accounts."""
    school.user("admin")
    db.fold()
    assert db.act("postgres").run(statement) > 0
    found = audit(db)
    assert found and {row["metric"] for row in found} == {metric}
    db.run("select private.rebuild_analytics()")
    assert audit(db) == []


@pytest.mark.parametrize("folds", [False, True])
def test_accounts_and_certificates_add_up(db: Session, school: School, folds: bool) -> None:
    """Counts of accounts and certificates follow each change, while facts wait and after a fold."""
    admin, course_id = school.user("admin"), school.course()
    lesson_id = school.lesson(school.module(course_id))
    people = [school.user() for _ in range(6)]
    for one in people:
        school.enroll(one, course_id)
    changes: list[tuple[str, Sequence[Any]]] = [
        (
            "select private.bank_lesson(u, l, 'staff') from public.lessons as l, unnest(%s) as u "
            "where l.id = %s",
            (people, lesson_id),
        ),
        ("update public.profiles set role = 'instructor' where id = %s", (people[0],)),
        (
            "update public.certificates set revoked_at = now(), revoke_reason = 'x' "
            "where user_id = %s",
            (people[1],),
        ),
        (
            "update public.certificates set revoked_at = null, revoke_reason = null "
            "where user_id = %s",
            (people[1],),
        ),
        (
            "select public.reissue_certificate(id, 'x') from public.certificates "
            "where user_id = %s",
            (people[2],),
        ),
        ("delete from auth.users where id = any(%s)", (people[:2],)),
        ("update public.profiles set role = 'learner' where id = any(%s)", (people,)),
    ]
    for statement, params in changes:
        db.act("postgres").run(statement, *params)
        if folds:
            db.fold()
        assert audit(db) == [], statement
        counted = db.one(
            "select count(*) filter (where role = 'learner') as learners, "
            "count(*) filter (where role = 'instructor') as instructors, "
            "count(*) filter (where role = 'admin') as admins, (select count(*) "
            "from public.certificates where revoked_at is null) as certificates "
            "from public.profiles"
        )
        if counted["certificates"] < 5:
            counted["certificates"] = None
        figures = call(db.act(user_id=admin), "platform_overview")
        assert {name: figures[name] for name in counted} == counted, statement


def test_the_largest_courses_while_facts_wait(db: Session, school: School) -> None:
    """The ten largest courses are those of a recount, whatever waits for the fold."""
    admin, people = school.user("admin"), [school.user() for _ in range(9)]
    ids = [school.course() for _ in range(14)]
    for number, course_id in enumerate(ids):
        for one in people[: 5 + number % 4]:
            school.enroll(one, course_id)
    counted = (
        "select c.id::text as course_id from public.courses as c "
        "cross join lateral (select count(*) filter (where e.status = 'active') as active, "
        "count(*) filter (where e.status = 'completed') as completed "
        "from public.enrollments as e where e.course_id = c.id) as n "
        "where n.active + n.completed > 0 order by n.active desc, c.id limit 10"
    )
    moved = "update public.enrollments set status = %s, completed_at = now() where course_id = %s"
    for fold, status, course_id in (
        *((True, "withdrawn", one) for one in ids[3:8]),
        *((False, "completed", one) for one in ids[7:13]),
        *((False, "active", one) for one in ids[4:6]),
        (True, "active", ids[6]),
    ):
        if fold:
            db.act("postgres").fold()
        db.act("postgres").run(moved, status, course_id)
        top = call(db.act(user_id=admin), "platform_overview")["top_courses"]
        assert [{"course_id": one["course_id"]} for one in top] == db.act("postgres").all(counted)
        assert audit(db) == []


def test_a_call_writes_one_fact(db: Session, school: School) -> None:
    """Seat, day, start, result and event of a call are one fact, which adds to all its sums."""
    owner, learner = school.user("instructor"), school.user()
    exam = make_exam(school, owner=owner, learner=learner, course_id=school.course(owner=owner))
    lesson_id = school.lesson(exam.module_id, content_type="video", completion_rule="manual")
    exam.question("true_false")

    def facts(name: str, **arguments: Any) -> Row:
        [*old] = db.act("postgres").all("select id from private.facts")
        found: Row = call(db.act(user_id=learner), name, **arguments)
        [fact] = db.act("postgres").all(
            "select * from private.facts where id <> all(%s)", [row["id"] for row in old]
        )
        assert audit(db) == []
        assert fact["user_id"] == learner and fact["course_id"] == exam.course_id
        return found | {"fact": fact}

    fact = facts("enroll", course_id=exam.course_id)["fact"]
    assert (fact["status_from"], fact["status_to"], fact["progress_to"]) == (None, "active", 0)
    attempt = facts("start_attempt", lesson_id=exam.lesson_id)
    fact = attempt["fact"]
    assert (fact["kind"], fact["started"], fact["present"]) == ("attempt_started", 1, 1)
    fact = facts("record_progress", lesson_id=lesson_id, seconds_spent=0)["fact"]
    assert (fact["kind"], fact["started"], fact["present"]) == (None, 1, None)
    fact = facts("complete_lesson", lesson_id=lesson_id)["fact"]
    assert (fact["started"], fact["progress_from"], fact["progress_to"]) == (None, 0, 5000)
    assert fact["completed_to"] is not None
    db.fold()
    assert audit(db) == []
    assert [
        row["kind"]
        for row in db.all(
            "select kind from public.learning_events where user_id = %s order by seq", learner
        )
    ] == [
        "enrolled",
        "attempt_started",
        "lesson_started",
        "lesson_started",
        "lesson_completed",
    ]


@pytest.mark.parametrize("call", ["course_sums(array[%s], '{left}')", "lesson_sums(%s)"])
def test_a_cached_plan_reads_no_other_facts(db: Session, school: School, call: str) -> None:
    """A plan that was made while no fact waited still reads only those of its course."""
    course_id, other_id = school.course(), school.course()
    statement = f"select from private.{call}"
    scans = "select seq_scan from pg_stat_xact_user_tables where relid = 'private.facts'::regclass"
    db.act("postgres").run("truncate private.facts")
    # Now the planner knows that the table is empty.
    db.run("analyze private.facts")
    for _ in range(8):
        db.all(statement, course_id)
    db.run(
        "insert into private.facts (course_id, user_id, started, lesson_id) "
        "select %s, private.everyone(), 1, private.everyone() from generate_series(1, 1000)",
        other_id,
    )
    before = db.value(scans)
    db.all(statement, course_id)
    assert db.value(scans) == before


def test_learners_count_by_their_last_day(db: Session, school: School) -> None:
    """active_learners of the platform is a count of people, while facts wait and after a fold."""
    admin, courses = school.user("admin"), [school.course() for _ in range(2)]
    people = [school.user() for _ in range(12)]
    for number, one in enumerate(people):
        for course_id in courses:
            school.enroll(one, course_id)
            for ago in (number, 40 + number):
                db.run(
                    "insert into private.learner_days (user_id, course_id, day) "
                    "values (%s, %s, private.today() - %s)",
                    *(one, course_id, ago),
                )
    changes = (
        "select 1",
        "delete from private.learner_days where day > private.today() - 3",
        "update private.learner_days set day = day - 1000 where day > private.today() - 8",
        "update private.learner_days set day = day + 1000 where day < private.today() - 900",
    )
    for number, change in enumerate((*changes, *changes)):
        db.act("postgres").run(change)
        if number % 2:
            db.fold()
        for since in (0, 5, 9, 29, 100):
            counted = db.value(
                "select count(distinct user_id) from private.learner_days "
                "where day >= private.today() - %s",
                since,
            )
            day = db.value("select private.today() - %s", since)
            figures = call(db.act(user_id=admin), "platform_overview", since=day)
            db.act("postgres")
            shown = counted if counted == 0 or counted >= 5 else None
            assert figures["active_learners"] == shown, (number, since)
        assert audit(db) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update public.enrollments set status = 'pending' where status = 'active'",
        "update public.lesson_progress set seconds_spent = seconds_spent + 1",
        "update private.learner_days set seconds = seconds + 1",
        "delete from private.learner_days",
        "delete from public.lesson_progress",
        "update public.enrollments set enrolled_at = enrolled_at - interval '1 day'",
    ],
)
def test_what_passes_the_triggers_by(database: Database, statement: str) -> None:
    """Changes without triggers are reported until a rebuild."""
    session = Database(database.superuser_url, database.superuser_url).connect()
    try:
        school = School(session)
        learner = school.user()
        course_id = school.course()
        lesson_id = school.lesson(school.module(course_id))
        school.enroll(learner, course_id)
        school.let_pass(learner, 86400)
        session.act(user_id=learner).rpc("record_progress", lesson_id=lesson_id, seconds_spent=9)
        assert audit(session) == []
        session.run("set local session_replication_role = 'replica'")
        scoped = statement + (" and" if " where " in statement else " where") + " course_id = %s"
        assert session.run(scoped, course_id) > 0
        session.run("set local session_replication_role = 'origin'")
        # The sum of the platform drifts with that of the course.
        assert {row["course_id"] for row in audit(session)} - {UUID(int=0)} == {course_id}
        session.run("select private.rebuild_analytics()")
        assert audit(session) == []
    finally:
        session.rollback()
        session.close()


# Statements of many rows -------------------------------------------------------------------------


@pytest.fixture
def crowd(db: Session, school: School) -> tuple[UUID, list[UUID], list[UUID]]:
    """A course of six learners who have completed some of three lessons."""
    course_id = school.course()
    module_id = school.module(course_id)
    lessons = [school.lesson(module_id) for _ in range(3)]
    people = [school.user() for _ in range(6)]
    for number, one in enumerate(people):
        school.enroll(one, course_id)
        school.let_pass(one, 86400)
        for lesson_id in lessons[: number % 4]:
            db.act(user_id=one).rpc("complete_lesson", lesson_id=lesson_id)
    return course_id, lessons, people


Edit = Callable[[Session, UUID, list[UUID], list[UUID]], Any]
EDITS: dict[str, Edit] = {
    "delete four accounts": lambda db, course_id, lessons, people: db.run(
        "delete from auth.users where id = any(%s)", people[:4]
    ),
    "archive all lessons": lambda db, course_id, lessons, people: db.run(
        "select private.archive_lessons(%s, now())", lessons
    ),
    "delete enrollments": lambda db, course_id, lessons, people: db.run(
        "delete from public.enrollments where course_id = %s and user_id = any(%s)",
        course_id,
        people[1:],
    ),
    "withdraw all": lambda db, course_id, lessons, people: db.run(
        "update public.enrollments set status = 'withdrawn' where course_id = %s", course_id
    ),
    "publish none": lambda db, course_id, lessons, people: db.run(
        "update public.lessons set is_published = false where course_id = %s", course_id
    ),
    "score all": lambda db, course_id, lessons, people: db.run(
        "update public.lesson_progress set score = 10 * (1 + abs(hashtext(user_id::text)) %% 10) "
        "where course_id = %s",
        course_id,
    ),
    "score none": lambda db, course_id, lessons, people: (
        db.run("update public.lesson_progress set score = 100 where course_id = %s", course_id),
        db.run("update public.lesson_progress set score = null where course_id = %s", course_id),
    ),
    "enroll many": lambda db, course_id, lessons, people: db.run(
        "with made as (insert into auth.users (id) select gen_random_uuid() "
        "from generate_series(1, 30) returning id) select count(*) from made"
    ),
}


@pytest.mark.parametrize("name", sorted(EDITS))
def test_one_statement_of_many_rows(
    db: Session, crowd: tuple[UUID, list[UUID], list[UUID]], name: str
) -> None:
    """Sums are right after statements on many rows, and after cascades."""
    db.act("postgres")
    EDITS[name](db, *crowd)
    assert audit(db) == []
    db.fold()
    assert audit(db) == []


def test_a_course_takes_its_sums_along(
    db: Session, crowd: tuple[UUID, list[UUID], list[UUID]]
) -> None:
    """A deleted course leaves no sum."""
    course_id, _, _ = crowd
    db.act("postgres")
    for table in ("certificates", "enrollments", "entitlements"):
        db.run(f"delete from public.{table} where course_id = %s", course_id)
    db.run("delete from public.courses where id = %s", course_id)
    db.fold()
    for name in ("course_rollups", "lesson_rollups", "facts"):
        left = f"select count(*) from private.{name} where course_id = %s"
        assert db.value(left, course_id) == 0
    assert audit(db) == []


def test_clients_do_not_reach_the_sums(db: Session, rolled: UUID) -> None:
    """No client reads rollups or days, or calls the functions that write them."""
    for role in ("anon", "authenticated", "service_role"):
        for statement in (
            "select * from private.course_rollups",
            "select * from private.lesson_rollups",
            "select * from private.learner_days",
            "select private.rebuild_analytics()",
            "select * from private.analytics_audit()",
            "select * from private.facts",
            "select * from private.course_sums('{}', '{}')",
            "select * from private.event_counter",
        ):
            db.act(role, uuid4() if role == "authenticated" else None)
            with db.refused("42501"):
                db.all(statement)
