"""Random operations of learners and staff on one quiz; a model in Python predicts the state."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import answer, call, status_of
from tests.support.database import Database, Row, Session
from tests.support.school import School

pytestmark = [pytest.mark.once, pytest.mark.slow]

QUESTIONS, PEOPLE = 3, 3
NUMBER = st.integers(0, 1000)


@dataclass
class Try:
    """An attempt as the model knows it."""

    id: UUID
    number: int
    keys: list[bool]
    answers: dict[int, bool] = field(default_factory=dict)
    state: str = "open"
    score: int = 0
    overdue: bool = False
    overridden: bool = False
    changes: int = 0


class Quiz(RuleBasedStateMachine):
    """One quiz of three questions in a course of its own, and three learners."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.db: Session = self.database.connect()
        self.exam: Exam = make_exam(School(self.db), time_limit_seconds=600, max_attempts=3)
        self.keys = [True] * QUESTIONS
        self.questions = [self.exam.question("true_false") for _ in range(QUESTIONS)]
        self.people = [self.exam.learner, *(self.exam.another_learner() for _ in range(2))]
        self.tries: dict[UUID, list[Try]] = {one: [] for one in self.people}
        self.away: set[UUID] = set()
        self.passed: set[UUID] = set()
        self.certified: set[UUID] = set()
        self.scoring, self.cap = "highest", 3
        self.mark: float = 60

    @initialize(
        scoring=st.sampled_from(["highest", "last", "first", "average"]), cap=st.integers(1, 4)
    )
    def begin(self, scoring: str, cap: int) -> None:
        """The rules of this run."""
        self.scoring, self.cap = scoring, cap
        self.exam.rules(scoring=scoring, max_attempts=cap)

    def teardown(self) -> None:
        self.db.rollback()
        self.db.close()

    # The model ---------------------------------------------------------------------------------

    def result(self, learner: UUID) -> Fraction | None:
        """The share that counts, from the closed attempts."""
        shares = [
            Fraction(one.score, QUESTIONS) for one in self.tries[learner] if one.state != "open"
        ]
        if not shares:
            return None
        return {
            "highest": max(shares),
            "last": shares[-1],
            "first": shares[0],
            "average": sum(shares, Fraction(0)) / len(shares),
        }[self.scoring]

    def record(self) -> None:
        """A learner who reaches the mark has passed for good, and is certified if enrolled."""
        for learner in self.people:
            result = self.result(learner)
            if result is not None and result * 100 >= self.mark:
                self.passed.add(learner)
        self.certified |= self.passed - self.away

    def worth(self, one: Try) -> int:
        """The points of an attempt by the keys that it was given."""
        return sum(one.keys[number] == value for number, value in one.answers.items())

    def close(self, one: Try, state: str) -> None:
        """An attempt ends."""
        one.state, one.score, one.changes = state, self.worth(one), 1

    def open_try(self, learner: UUID) -> Try | None:
        """The open attempt of a learner."""
        return next((one for one in self.tries[learner] if one.state == "open"), None)

    def person(self, number: int) -> UUID:
        """One of the learners."""
        return self.people[number % PEOPLE]

    def refused(self, learner: UUID, function: str, code: str, **arguments: Any) -> None:
        """The call must be refused with this code."""
        self.exam.student(learner)
        with self.db.refused(status_of(function, code), code):
            self.db.rpc(function, **arguments)

    # Learners ----------------------------------------------------------------------------------

    @rule(who=NUMBER)
    def start(self, who: int) -> None:
        """A learner starts, or goes on."""
        learner = self.person(who)
        named = {"lesson_id": self.exam.lesson_id}
        if learner in self.away:
            self.refused(learner, "start_attempt", "not_enrolled", **named)
            return
        now = self.open_try(learner)
        if now is not None and now.overdue:
            self.close(now, "expired")
        elif now is not None:
            assert self.exam.start(learner)["id"] == now.id
            return
        if len(self.tries[learner]) >= self.cap:
            if now is None:
                self.refused(learner, "start_attempt", "attempts_exhausted", **named)
            else:
                assert self.exam.start(learner)["id"] == now.id
        else:
            row = self.exam.start(learner)
            assert row["number"] == len(self.tries[learner]) + 1
            self.tries[learner].append(Try(row["id"], row["number"], [*self.keys]))
        self.record()

    @rule(who=NUMBER, which=NUMBER, value=st.booleans())
    def save(self, who: int, which: int, value: bool) -> None:
        """A learner answers a question of their newest attempt."""
        learner = self.person(who)
        if not self.tries[learner]:
            return
        one = self.tries[learner][-1]
        given = {
            "attempt_id": one.id,
            "question_id": self.questions[which % QUESTIONS],
            "answer": Jsonb(value),
        }
        if one.state != "open":
            self.refused(learner, "save_answer", "attempt_closed", **given)
        elif learner in self.away:
            self.refused(learner, "save_answer", "not_enrolled", **given)
        elif one.overdue:
            self.refused(learner, "save_answer", "attempt_expired", **given)
        else:
            call(self.exam.student(learner), "save_answer", **given)
            one.answers[which % QUESTIONS] = value

    @rule(who=NUMBER)
    def submit(self, who: int) -> None:
        """A learner submits their newest attempt, possibly again."""
        learner = self.person(who)
        if not self.tries[learner]:
            return
        one = self.tries[learner][-1]
        if one.state == "open" and learner in self.away:
            self.refused(learner, "submit_attempt", "not_enrolled", attempt_id=one.id)
            return
        row = self.exam.submit(one.id, learner)
        if one.state == "open":
            self.close(one, "expired" if one.overdue else "submitted")
        assert (row["status"], row["score"]) == (one.state, one.score)
        self.record()

    @rule(who=NUMBER, right=st.integers(0, QUESTIONS))
    def take(self, who: int, right: int) -> None:
        """A learner goes through a whole attempt."""
        self.start(who)
        for number in range(right):
            if self.open_try(self.person(who)):
                self.save(who, number, self.keys[number])
        self.submit(who)

    @rule(who=NUMBER)
    def time_is_up(self, who: int) -> None:
        """The deadline and the grace pass."""
        one = self.open_try(self.person(who))
        if one is not None:
            self.exam.turn_clock(one.id, 11)
            one.overdue = True

    @rule(who=NUMBER)
    def come_and_go(self, who: int) -> None:
        """A learner withdraws, or enrolls again."""
        learner = self.person(who)
        function = "enroll" if learner in self.away else "withdraw"
        self.exam.student(learner).rpc(function, course_id=self.exam.course_id)
        self.away ^= {learner}
        self.record()

    # Staff -------------------------------------------------------------------------------------

    @rule()
    def look(self) -> None:
        """Staff read the gradebook, which grades overdue attempts."""
        self.exam.staff().rpc("gradebook", course_id=self.exam.course_id)
        for learner in self.people:
            one = self.open_try(learner)
            if one is not None and one.overdue:
                self.close(one, "expired")
        self.record()

    @rule(which=NUMBER, value=st.booleans(), regrade=st.booleans())
    def correct_key(self, which: int, value: bool, regrade: bool) -> None:
        """Staff change a key, and perhaps grade again."""
        number = which % QUESTIONS
        self.keys[number] = value
        self.exam.question("true_false", question_id=self.questions[number], key={"correct": value})
        if regrade:
            self.regrade()

    @rule()
    def regrade(self) -> None:
        """Staff grade again."""
        report = answer(self.exam.staff(), "regrade_quiz", lesson_id=self.exam.lesson_id)
        graded = [
            one
            for tries in self.tries.values()
            for one in tries
            if one.state != "open" and not one.overridden
        ]
        assert report["attempts"] == len(graded)
        for tries in self.tries.values():
            for one in tries:
                if not one.overridden:
                    one.keys = [*self.keys]
        for one in graded:
            one.score = self.worth(one)
        self.record()

    @rule(
        mark=st.sampled_from([30, 33.33, 60, 66.66, 100]),
        scoring=st.sampled_from(["highest", "last", "first", "average"]),
        cap=st.integers(1, 6),
    )
    def change_rules(self, mark: float, scoring: str, cap: int) -> None:
        """Staff change the rules and grade again."""
        self.mark, self.scoring, self.cap = mark, scoring, cap
        self.exam.rules(pass_mark=mark, scoring=scoring, max_attempts=cap)
        self.regrade()

    @rule(who=NUMBER, which=NUMBER, score=st.integers(0, QUESTIONS))
    def override(self, who: int, which: int, score: int) -> None:
        """Staff set the score of an attempt that is closed."""
        tries = self.tries[self.person(who)]
        if not tries or tries[which % len(tries)].state == "open":
            return
        one = tries[which % len(tries)]
        given = {"attempt_id": one.id, "score": score, "reason": "Because."}
        call(self.exam.staff(), "override_grade", **given)
        one.score, one.overridden = score, True
        self.record()

    # Invariants --------------------------------------------------------------------------------

    @invariant()
    def attempts_are_as_the_model_says(self) -> None:
        """State, score and answers of each attempt; at most one is open."""
        for learner, tries in self.tries.items():
            rows = self.rows("quiz_attempts", learner, "order by number")
            assert [(row["id"], row["number"], row["status"]) for row in rows] == [
                (one.id, one.number, one.state) for one in tries
            ]
            for row, one in zip(rows, tries, strict=True):
                assert row["answers"] == {
                    str(self.questions[number]): value for number, value in one.answers.items()
                }
                if one.state != "open":
                    assert row["score"] == one.score
                    assert self.exam.history(one.id)[-1]["new_score"] == one.score
            assert sum(one.state == "open" for one in tries) <= 1

    @invariant()
    def results_are_recorded(self) -> None:
        """The score that counts, completions that stay, one certificate, and no drift."""
        for learner in self.people:
            rows = self.rows("lesson_progress", learner)
            result = self.result(learner)
            if result is not None:
                assert rows[0]["score"] == Fraction(floor(result * 10000), 100)
            completed = bool(rows) and rows[0]["status"] == "completed"
            assert completed == (learner in self.passed)
            status = self.exam.enrollment(learner)["status"]
            if learner in self.away:
                assert status == "withdrawn"
            else:
                # A change by staff may complete the lesson; the learner claims the course.
                assert status in (("completed", "active") if completed else ("active",))
            assert len(self.exam.certificates(learner)) <= int(learner in self.certified)
        assert self.exam.school.drift() == []

    def rows(self, table: str, learner: UUID, order: str = "") -> list[Row]:
        """The rows of a learner and the quiz."""
        return self.exam.root().all(
            f"select * from public.{table} where user_id = %s and lesson_id = %s {order}",
            learner,
            self.exam.lesson_id,
        )


@pytest.mark.parametrize("stories", [10, pytest.param(150, marks=pytest.mark.long)])
def test_random_operations(database: Database, stories: int) -> None:
    """After each of some hundred random steps the database equals the model."""
    Quiz.database = database
    run_state_machine_as_test(
        Quiz,
        settings=settings(
            max_examples=stories,
            stateful_step_count=40,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
