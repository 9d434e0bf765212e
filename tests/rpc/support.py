"""What the tests of the RPCs share: expected refusals, committed worlds, and calls made at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg

from app.models.errors import ERRORS
from tests.support.database import Database, Row, Session, told
from tests.support.school import School

# The one code with two meanings: nothing to withdraw from is 404, nothing to write into is 403.
SPECIAL = {("withdraw", "not_enrolled"): 404}


def status_of(function: str, code: str) -> int:
    """The HTTP status with which this function refuses with this code."""
    return SPECIAL.get((function, code), ERRORS[code].status)


def refuse(session: Session, function: str, code: str, /, **arguments: Any) -> None:
    """Expects the RPC to refuse with this code and its status; test_registry reads these calls."""
    with session.refused(status_of(function, code), code):
        session.rpc(function, **arguments)


def call(session: Session, function: str, /, **arguments: Any) -> Row:
    """The single row that the RPC answers with."""
    (row,) = session.rpc(function, **arguments)
    return row


def answer(session: Session, function: str, /, **arguments: Any) -> Any:
    """The single value that a function returning jsonb answers with."""
    (value,) = call(session, function, **arguments).values()
    return value


def pages(session: Session, function: str, /, **arguments: Any) -> Iterator[list[Row]]:
    """The pages of a list, each requested with the cursor of the last row of the page before."""
    cursor = None
    while page := session.rpc(function, **arguments, cursor=cursor):
        yield page
        cursor = page[-1]["cursor"]


def audit_lines(session: Session, action: str, subject_id: UUID) -> list[Row]:
    """The lines of the audit log about one act on one subject."""
    session.act("postgres")
    return session.all(
        "select * from private.audit_log where action = %s and subject_id = %s order by id",
        action,
        subject_id,
    )


class World:
    """Accounts and courses that are committed, and removed again by `clean`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.session = database.connect(opening="set local lock_timeout = '10s'")
        self.school = School(self.session)
        self.course_ids: list[UUID] = []
        self.user_ids: list[UUID] = []

    def commit(self) -> None:
        """Shows to other connections what the school has made."""
        self.session.act("postgres")
        self.session.commit()

    def users(self, number: int, role: str = "learner") -> list[UUID]:
        """New accounts, in one statement."""
        self.session.act("postgres")
        rows = self.session.all(
            "insert into auth.users (id, email) "
            "select u.id, u.id || '@school.test' from "
            "(select gen_random_uuid() as id from generate_series(1, %s)) as u returning id",
            number,
        )
        ids = [row["id"] for row in rows]
        if role != "learner":
            self.session.run("update public.profiles set role = %s where id = any(%s)", role, ids)
        self.user_ids += ids
        return ids

    def user(self, role: str = "learner") -> UUID:
        """One new account."""
        return self.users(1, role)[0]

    def course(self, **columns: Any) -> UUID:
        """A new course."""
        course_id = self.school.course(**columns)
        self.course_ids.append(course_id)
        return course_id

    def lessons(self, course_id: UUID, number: int, **columns: Any) -> list[UUID]:
        """New text lessons in a new module of the course."""
        module_id = self.school.module(course_id)
        return [self.school.lesson(module_id, **columns) for _ in range(number)]

    def all(self, statement: str, *params: Any) -> list[Row]:
        """Reads the present, in a transaction of its own."""
        self.session.act("postgres")
        rows = self.session.all(statement, *params)
        self.session.commit()
        return rows

    def value(self, statement: str, *params: Any) -> Any:
        """Reads one value of the present."""
        ((value,),) = (row.values() for row in self.all(statement, *params))
        return value

    def statuses(self, course_id: UUID) -> dict[str, int]:
        """How many enrollments of the course are in each state."""
        rows = self.all(
            "select status::text, count(*) from public.enrollments where course_id = %s group by 1",
            course_id,
        )
        return {row["status"]: row["count"] for row in rows}

    def drift(self) -> list[Row]:
        """The drift that all audits but search_audit find in the committed state."""
        return [
            *self.all("select * from private.progress_audit()"),
            *self.all("select * from private.access_audit()"),
            *self.all("select * from private.analytics_audit()"),
            *self.all("select * from private.risk_audit()"),
            *self.all("select * from private.place_audit()"),
        ]

    def clean(self) -> None:
        """Removes everything that was made here."""
        self.session.rollback()
        for statement in (
            "delete from public.certificates where course_id = any(%s)",
            "delete from public.enrollments where course_id = any(%s)",
            "delete from public.entitlements where course_id = any(%s)",
            "delete from public.courses where id = any(%s)",
            "delete from private.tutor_turns where course_id = any(%s)",
            "delete from private.tutor_ledger where course_id = any(%s)",
        ):
            self.session.run(statement, self.course_ids)
        self.session.run(
            "delete from private.tutor_usage where right(subject, 36) = any(%s) or subject = ''",
            [str(one) for one in (*self.course_ids, *self.user_ids)],
        )
        self.session.run("delete from auth.users where id = any(%s)", self.user_ids)
        self.session.commit()
        self.session.close()


@contextmanager
def committed(database: Database) -> Iterator[World]:
    """A world for tests with several connections; nothing of it is left afterwards."""
    world = World(database)
    try:
        yield world
    finally:
        world.clean()


# What a session says whose backend was killed. A pooler hands on the last word of the backend and
# adds one of its own, which psycopg takes for two answers to one question.
LOST = (psycopg.OperationalError, psycopg.InternalError)


@contextmanager
def transaction(database: Database) -> Iterator[Session]:
    """A session beside that of the world; what the test does not commit is undone."""
    session = database.connect()
    try:
        yield session
    finally:
        session.close()


class Refusal(Exception):
    """A database error that one of several calls made at once ended with."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        found = told(error)
        self.state, self.code = found.state, found.code

    def __repr__(self) -> str:
        return f"{self.state} {self.code}"


Job = Callable[[Session], Any]


def as_user(actor: UUID | str, function: str, /, **arguments: Any) -> Job:
    """A job: one RPC by a signed-in user, as PostgREST runs it."""

    def job(session: Session) -> Any:
        session.act(user_id=actor)
        return session.rpc(function, **arguments)

    return job


def as_role(role: str, function: str, /, **arguments: Any) -> Job:
    """A job: one RPC by a role without a user."""

    def job(session: Session) -> Any:
        session.act(role)
        return session.rpc(function, **arguments)

    return job


def as_owner(statement: str, *params: Any) -> Job:
    """A job: one statement by the owner of the database."""

    def job(session: Session) -> Any:
        return session.all(statement, *params)

    return job


def at_once(database: Database, jobs: Sequence[Job], *, connections: int = 200) -> list[Any]:
    """Runs each job in a transaction of its own, on as many connections as allowed, all at once.

    Answers in the order of the jobs: what the job returned, or a Refusal.
    """
    answers: list[Any] = [None] * len(jobs)
    number = min(len(jobs), connections, free_connections(database))
    queue = iter(list(enumerate(jobs)))
    lock = threading.Lock()
    gate = threading.Barrier(number)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            session = database.connect(opening="set local statement_timeout = '30s'")
        except BaseException as error:
            gate.abort()
            failures.append(error)
            return
        try:
            gate.wait(timeout=60)
            while True:
                with lock:
                    index, job = next(queue, (None, None))
                if index is None or job is None:
                    return
                try:
                    answers[index] = job(session)
                    session.commit()
                except psycopg.Error as error:
                    session.rollback()
                    answers[index] = Refusal(error)
        except BaseException as error:
            failures.append(error)
        finally:
            session.close()

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return answers


def free_connections(database: Database) -> int:
    """How many connections a test may open without taking them from the rest of the stack."""
    session = database.connect()
    taken = int(
        session.value("select count(*) from pg_stat_activity where backend_type = 'client backend'")
    )
    allowed = int(session.value("show max_connections"))
    session.close()
    return max(10, allowed - taken - 15)


def refusals(answers: Sequence[Any]) -> list[Refusal]:
    """Those of the answers that are refusals."""
    return [value for value in answers if isinstance(value, Refusal)]


def waits_for_lock(watcher: Session, pid: int, *, timeout: float = 3.0) -> bool:
    """Waits until the backend with this pid is blocked by another one."""
    step = threading.Event()
    for _ in range(int(timeout / 0.01)):
        blocked = watcher.value("select cardinality(pg_blocking_pids(%s)) > 0", pid)
        watcher.rollback()
        if blocked:
            return True
        step.wait(0.01)
    return False


class Background:
    """One job in a thread of its own; `blocked` says whether it waits for somebody else's lock."""

    def __init__(self, database: Database, job: Job) -> None:
        self.session = database.connect(opening="set local statement_timeout = '30s'")
        self.watcher = database.connect()
        self.pid = self.session.backend()
        self.answer: Any = None
        self.job = job
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self) -> None:
        try:
            self.answer = self.job(self.session)
            self.session.commit()
        except psycopg.Error as error:
            self.session.rollback()
            self.answer = Refusal(error)

    def blocked(self) -> bool:
        """Waits until the job waits for a lock; False when it never does."""
        return waits_for_lock(self.watcher, self.pid)

    def result(self) -> Any:
        """Waits for the end of the job and returns its answer."""
        self.thread.join(timeout=40)
        assert not self.thread.is_alive(), "the job is still blocked"
        self.session.close()
        self.watcher.close()
        return self.answer
