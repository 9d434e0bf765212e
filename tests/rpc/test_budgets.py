"""Budgets: what one account stores in a day ends at a limit, in every call that writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import (
    World,
    answer,
    as_user,
    at_once,
    call,
    committed,
    refusals,
    refuse,
)
from tests.rpc.tutoring import QUESTION
from tests.support.database import Database, Row, Session, told
from tests.support.school import School

# What one row costs at most besides the bytes of its budget: columns, events, messages, histories.
ROW = 4000


@dataclass
class Desk:
    """A course with a text, a quiz and a lab; its learner, and how they write in a loop."""

    db: Session
    school: School
    owner: UUID
    learner: UUID
    course_id: UUID
    text_id: UUID
    lab_id: UUID
    exam: Exam
    question_id: UUID
    answers: list[Any] = field(default_factory=list)

    def limit(self, kind: str, rows: int, size: int) -> None:
        """What an account may add of a kind in a day."""
        self.db.act("service_role").rpc("save_budget", kind=kind, max_rows=rows, max_bytes=size)

    def size(self) -> int:
        """The bytes of all rows of the database, but for the counts of the budgets themselves."""
        self.db.act("postgres")
        tables = self.db.all(
            "select c.oid::regclass::text as name from pg_class as c "
            "where c.relkind in ('r', 'p') and not c.relispartition "
            "and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) "
            "and c.relname <> 'budget_uses'"
        )
        total: int = self.db.value(
            "select sum(n.bytes)::bigint from ("
            + " union all ".join(
                f"select coalesce(sum(pg_column_size(t)), 0) as bytes from {row['name']} as t"
                for row in tables
            )
            + ") as n"
        )
        return total

    def report(self) -> None:
        """A report of the player."""
        self.rpc("record_progress", lesson_id=self.text_id, event_id=uuid4())

    def come_and_go(self) -> None:
        """Leaves the course and enrolls again."""
        self.rpc("withdraw", course_id=self.course_id)
        self.rpc("enroll", course_id=self.course_id)

    def attempt(self) -> None:
        """An attempt, handed in empty."""
        row = self.rpc("start_attempt", lesson_id=self.exam.lesson_id)[0]
        self.rpc("submit_attempt", attempt_id=row["id"])

    def answer(self) -> None:
        """An answer that takes the place of a shorter one."""
        if not self.answers:
            self.answers.append(self.rpc("start_attempt", lesson_id=self.exam.lesson_id)[0]["id"])
        for text in ("a", "a" * 900):
            self.rpc(
                "save_answer",
                attempt_id=self.answers[0],
                question_id=self.question_id,
                answer=Jsonb(text),
            )

    def hand_in(self) -> None:
        """A version of the work."""
        self.rpc("submit_lab", lesson_id=self.lab_id, body="x" * 2000)

    def ask(self) -> None:
        """A question to the tutor, in a conversation of its own."""
        self.rpc(
            "begin_tutor_turn",
            conversation_id=uuid4(),
            course_id=self.course_id,
            question=f"{QUESTION} " * 10,
            turn_key=str(uuid4()),
        )

    def rpc(self, function: str, /, **arguments: Any) -> list[Row]:
        """A call of the learner."""
        return self.db.act(user_id=self.learner).rpc(function, **arguments)


@pytest.fixture
def desk(db: Session, school: School) -> Desk:
    """A course without anything handed in."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    school.enroll(learner, course_id)
    exam = make_exam(school, course_id=course_id, owner=owner, learner=learner)
    exam.rules(max_attempts=None)
    question_id = exam.question("short_text")
    text_id = school.lesson(exam.module_id)
    lab_id = school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    school.session.act("postgres").run("update private.tutor_limits set max_amount = 1000000000")
    return Desk(db, school, owner, learner, course_id, text_id, lab_id, exam, question_id)


# A kind, and the call of a learner that spends it.
LOOPS: dict[str, Callable[[Desk], None]] = {
    "reports": Desk.report,
    "enrollments": Desk.come_and_go,
    "attempts": Desk.attempt,
    "answers": Desk.answer,
    "submissions": Desk.hand_in,
    "questions": Desk.ask,
}


def until_refused(desk: Desk, step: Callable[[Desk], None], times: int = 60) -> tuple[int, Row]:
    """How many steps succeed, and the details of the refusal that ends them."""
    for number in range(times):
        try:
            with desk.db.connection.transaction():
                step(desk)
        except psycopg.Error as error:
            found = told(error)
            assert (found.state, found.code) == (429, "budget_exceeded")
            details: Row = found.details
            return number, details
    raise AssertionError(f"{times} steps were not refused")


@pytest.mark.parametrize("kind", LOOPS)
def test_c1_a_loop_of_each_call_ends(desk: Desk, kind: str) -> None:
    """A loop of each writing call ends at its budget of rows, and stores no more than it allows."""
    desk.limit(kind, 20, 100_000)
    LOOPS[kind](desk)
    before = desk.size()
    steps, details = until_refused(desk, LOOPS[kind])
    assert 5 <= steps <= 20
    assert (details["kind"], details["limit"]) == (kind, 20)
    assert details["retry_after"] > 0
    assert desk.size() - before <= 100_000 + 20 * ROW


def test_c1_answers_that_replace_others_count(desk: Desk) -> None:
    """An answer of the same length as the one before counts; the same answer and none do not."""
    attempt = desk.rpc("start_attempt", lesson_id=desk.exam.lesson_id)[0]
    desk.limit("answers", 4, 1000)

    def save(answer: str | None) -> Row:
        (row,) = desk.rpc(
            "save_answer",
            attempt_id=attempt["id"],
            question_id=desk.question_id,
            answer=Jsonb(answer),
        )
        return row

    for text in ("a" * 900, "b" * 900, "b" * 900, "c" * 900, "c" * 900):
        assert save(text)["answers"] == {str(desk.question_id): text}
    assert save(None)["answers"] == save(None)["answers"] == {}
    save("d")
    assert save("d")["answers"] == {str(desk.question_id): "d"}
    with desk.db.refused(429, "budget_exceeded"):
        save("e")
    assert save(None)["answers"] == {}


@pytest.mark.parametrize("kind", ["attempts", "answers", "submissions", "questions"])
def test_c1_a_loop_ends_at_its_bytes(desk: Desk, kind: str) -> None:
    """The same for the bytes, however many rows are left."""
    desk.limit(kind, 1000, 9000)
    before = desk.size()
    steps, details = until_refused(desk, LOOPS[kind], times=400)
    assert (details["kind"], details["limit"]) == (kind, 9000)
    assert desk.size() - before <= 9000 + (steps + 1) * ROW


def test_c1_each_call_refuses(desk: Desk) -> None:
    """Each call of a learner that stores something answers with the code."""
    attempt = desk.rpc("start_attempt", lesson_id=desk.exam.lesson_id)[0]
    for kind in LOOPS:
        desk.limit(kind, 0, 0)
    db = desk.db.act(user_id=desk.learner)
    refuse(db, "record_progress", "budget_exceeded", lesson_id=desk.text_id, event_id=uuid4())
    refuse(
        db,
        "save_answer",
        "budget_exceeded",
        attempt_id=attempt["id"],
        question_id=desk.question_id,
        answer=Jsonb("a"),
    )
    desk.rpc("submit_attempt", attempt_id=attempt["id"])
    refuse(db, "start_attempt", "budget_exceeded", lesson_id=desk.exam.lesson_id)
    refuse(db, "submit_lab", "budget_exceeded", lesson_id=desk.lab_id, body="Work.")
    other_id = desk.school.course()
    asked = {"conversation_id": uuid4(), "course_id": desk.course_id, "turn_key": "one"}
    db = desk.db.act(user_id=desk.learner)
    refuse(db, "begin_tutor_turn", "budget_exceeded", question=QUESTION, **asked)
    refuse(db, "enroll", "budget_exceeded", course_id=other_id)
    # What stores nothing new goes on.
    call(db, "record_progress", lesson_id=desk.text_id)
    call(db, "complete_lesson", lesson_id=desk.text_id)
    call(db, "withdraw", course_id=desk.course_id)


def test_c1_a_day_later_there_is_a_new_budget(desk: Desk) -> None:
    """Uses belong to a day and an account, and the maintenance deletes those of past days."""
    desk.limit("submissions", 1, 100_000)
    desk.hand_in()
    assert until_refused(desk, Desk.hand_in)[0] == 0
    desk.db.act("postgres").run("update private.budget_uses set day = day - 2")
    desk.hand_in()
    desk.db.act("service_role")
    assert answer(desk.db, "run_maintenance")["budget_uses_pruned"] > 0
    assert until_refused(desk, Desk.hand_in)[0] == 0
    other = desk.exam.another_learner()
    call(desk.db.act(user_id=other), "submit_lab", lesson_id=desk.lab_id, body="Work.")


def test_c1_a_lab_takes_50_versions(desk: Desk) -> None:
    """After 50 versions of a learner the lab takes no more of theirs."""
    for _ in range(50):
        desk.hand_in()
    db = desk.db.act(user_id=desk.learner)
    refuse(db, "submit_lab", "too_many_versions", lesson_id=desk.lab_id, body="One more.")


def test_c1_a_quiz_takes_200_attempts(desk: Desk) -> None:
    """A quiz without a limit of its own takes 200 attempts, and extra ones of the learner."""
    desk.attempt()
    desk.db.act("postgres").run(
        "update public.quiz_attempts set number = 200 where user_id = %s", desk.learner
    )
    db = desk.db.act(user_id=desk.learner)
    refuse(db, "start_attempt", "attempts_exhausted", lesson_id=desk.exam.lesson_id)
    desk.exam.staff().rpc(
        "save_quiz_override", lesson_id=desk.exam.lesson_id, user_id=desk.learner, extra_attempts=1
    )
    assert desk.rpc("start_attempt", lesson_id=desk.exam.lesson_id)[0]["number"] == 201


# Staff -----------------------------------------------------------------------------------------


def test_c1_what_authors_write_has_a_budget(desk: Desk) -> None:
    """Rows of the syllabus, content and questions, and what content grows by."""
    module_id, lesson_id = desk.exam.module_id, desk.text_id
    db = desk.db.act(user_id=desk.owner)
    desk.limit("content", 4, 3000)
    db.act(user_id=desk.owner)
    module = "insert into public.modules (course_id, title) values (%s, 'M')"
    lesson = "insert into public.lessons (module_id, slug, title) values (%s, 'm', 'M')"
    update = "update public.lesson_drafts set body_md = %s where lesson_id = %s"
    db.run(module, desk.course_id)
    db.run(lesson, module_id)
    db.run(update, "Words. " + uuid4().hex * 20, lesson_id)
    db.run(update, "Short.", lesson_id)
    with db.refused(429, "budget_exceeded"):
        db.run(update, "".join(uuid4().hex for _ in range(200)), lesson_id)
    desk.exam.question("true_false")
    for _ in range(2):
        db.act(user_id=desk.owner)
        with db.refused(429, "budget_exceeded"):
            db.run(module, desk.course_id)
    with db.refused(429, "budget_exceeded"):
        db.run("insert into public.courses (slug, title) values ('c', 'C')")
    # A server has no budget.
    db.act("service_role").run(module, desk.course_id)


def test_c1_acts_of_staff_have_a_budget(desk: Desk) -> None:
    """Lines of the audit log and of the history of grades."""
    desk.attempt()
    desk.db.act("postgres").run("delete from private.budget_uses where kind = 'acts'")
    # A line of the history and one of the log each.
    desk.limit("acts", 4, 10_000)
    attempt_id = desk.db.act("postgres").value(
        "select id from public.quiz_attempts where user_id = %s", desk.learner
    )
    db = desk.db.act(user_id=desk.owner)
    graded = {"attempt_id": attempt_id, "score": 1, "reason": "Said it aloud."}
    for _ in range(2):
        call(db, "override_grade", **graded)
    with db.refused(429, "budget_exceeded"):
        db.rpc("override_grade", **graded)
    with db.refused(429, "budget_exceeded"):
        db.rpc("create_course_code", course_id=desk.course_id)
    # A learner spends nothing of it by what others grade.
    db.act("postgres")
    spent = "select count(*) from private.budget_uses where user_id = %s and kind = 'acts'"
    assert db.value(spent, desk.learner) == 0


# Limits ----------------------------------------------------------------------------------------


def test_c1_admins_change_budgets(db: Session, school: School) -> None:
    """budgets lists each kind, save_budget changes one and is audited; others may do neither."""
    admin = school.user("admin")
    db.act(user_id=admin)
    listed = {row["kind"]: row for row in db.rpc("budgets")}
    assert set(listed) == {*LOOPS, "content", "acts", "files", "media", "invitations"}
    changed = {"kind": "reports", "max_rows": 5, "max_bytes": 7}
    assert call(db, "save_budget", **changed) == changed
    assert [row for row in db.rpc("budgets") if row["kind"] == "reports"] == [changed]
    db.act("postgres")
    assert db.value(
        "select detail from private.audit_log where action = 'save_budget' and actor_id = %s", admin
    ) == {"kind": "reports", "max_rows": 5, "max_bytes": 7}
    db.act(user_id=admin)
    for wrong in ({"kind": "nothing"}, {"max_rows": -1}, {"max_bytes": -1}, {"max_rows": None}):
        refuse(db, "save_budget", "invalid_budget", **{**changed, **wrong})
    db.act(user_id=school.user("instructor"))
    refuse(db, "budgets", "admin_required")
    refuse(db, "save_budget", "admin_required", **changed)


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []


@pytest.mark.once
def test_c1_two_connections_spend_one_budget(database: Database, world: World) -> None:
    """Reports in several courses at once never exceed the budget together, without a deadlock."""
    learner = world.user()
    lessons = []
    for _ in range(4):
        course_id = world.course()
        lessons += world.lessons(course_id, 1)
        world.school.enroll(learner, course_id)
    world.session.act("postgres")
    insert_clock = (
        "insert into private.learner_clocks (user_id, counted_at, day, report_count) "
        "values (%s, now(), (now() at time zone 'UTC')::date, 19980)"
    )
    world.session.run(insert_clock, learner)
    world.commit()
    jobs = [
        as_user(
            learner,
            "record_progress",
            lesson_id=lessons[number % 4],
            seconds_spent=1,
            event_id=uuid4(),
        )
        for number in range(60)
    ]
    refused = refusals(at_once(database, jobs))
    assert {(one.state, one.code) for one in refused} == {(429, "budget_exceeded")}
    assert len(refused) == 40
    assert world.all(
        "select report_count from private.learner_clocks where user_id = %s", learner
    ) == [{"report_count": 20000}]
