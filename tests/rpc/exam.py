"""A quiz in a course, with the calls of its staff and its learner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import sql
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, call
from tests.support.database import Row, Session
from tests.support.school import School, insert


def options(*ids: str) -> list[Row]:
    """Options whose text contains the author's id."""
    return [{"id": one, "text": f"Text of {one}"} for one in ids]


# Of each kind: options, key and the right answer in the ids of the author.
MODELS: dict[str, tuple[Any, Row, Any]] = {
    "single": (options("a", "b", "c"), {"correct": "a"}, "a"),
    "multiple": (options("a", "b", "c", "d"), {"correct": ["a", "c"]}, ["a", "c"]),
    "true_false": ([], {"correct": True}, True),
    "numeric": ([], {"value": 9.81, "tolerance": 0.01, "relative": False}, 9.81),
    "short_text": ([], {"accepted": ["Zürich"], "max_distance": 1}, "Zürich"),
    "ordering": (options("a", "b", "c", "d"), {"order": list("bdac")}, list("bdac")),
    "matching": (
        {"left": options("k", "l", "m"), "right": options("w", "x", "y", "z")},
        {"pairs": {"k": "y", "l": "w", "m": "y"}},
        {"k": "y", "l": "w", "m": "y"},
    ),
    "cloze": (
        {
            "gaps": [
                {"id": "1", "kind": "text"},
                {"id": "2", "kind": "number"},
                {"id": "12", "kind": "choice", "options": options("a", "b", "c")},
            ]
        },
        {
            "gaps": {
                "1": {"accepted": ["Zürich"], "max_distance": 1},
                "2": {"value": 9.81, "tolerance": 0.01},
                "12": {"correct": "b"},
            }
        },
        {"1": "Zürich", "2": 9.81, "12": "b"},
    ),
}
# Staff grade the answers to these: options and key.
BY_HAND: dict[str, tuple[Any, Row]] = {
    "essay": ([], {"sample_md": "Because it is."}),
    "file": ([], {}),
}
PROMPTS = {"cloze": "In [[1]] it falls with [[2]], like [[12]]."}


@dataclass
class Exam:
    """One quiz; its methods act as its owner, as its learner, or as `postgres` for deadlines."""

    session: Session
    school: School
    owner: UUID
    learner: UUID
    course_id: UUID
    module_id: UUID
    lesson_id: UUID

    def staff(self) -> Session:
        """The session, speaking as the owner of the course."""
        return self.session.act(user_id=self.owner)

    def student(self, user_id: UUID | None = None) -> Session:
        """The session, speaking as the learner, or as another one."""
        return self.session.act(user_id=user_id or self.learner)

    def root(self) -> Session:
        """The session, speaking as the owner of the database."""
        return self.session.act("postgres")

    def another_learner(self) -> UUID:
        """One more learner of the course."""
        user_id = self.school.user()
        self.school.enroll(user_id, self.course_id)
        return user_id

    def rules(self, **columns: Any) -> None:
        """Changes the rules of the quiz."""
        self.root()
        for name, value in columns.items():
            self.session.run(
                sql.SQL("update public.quizzes set {} = %s where lesson_id = %s").format(
                    sql.Identifier(name)
                ),
                value,
                self.lesson_id,
            )

    def question(
        self,
        kind: str = "single",
        *,
        choices: Any = None,
        key: Any = None,
        points: Any = 1,
        question_id: UUID | None = None,
        **more: Any,
    ) -> UUID:
        """Adds a question like the model of its kind, or with question_id replaces one."""
        model = {**MODELS, **BY_HAND}[kind]
        row = call(
            self.staff(),
            "save_question",
            **{
                "lesson_id": self.lesson_id,
                "kind": kind,
                "prompt_md": PROMPTS.get(kind, f"Prompt of {kind}?"),
                "points": points,
                "options": Jsonb(model[0] if choices is None else choices),
                "key": Jsonb(model[1] if key is None else key),
                "explanation_md": f"Explanation of {kind}.",
                "question_id": question_id,
                **more,
            },
        )
        made: UUID = row["id"]
        return made

    def start(self, user_id: UUID | None = None) -> Row:
        """Starts an attempt, or gets the open one: the row of the table, without the time left."""
        return stored(call(self.student(user_id), "start_attempt", lesson_id=self.lesson_id))

    def save(self, attempt: Row, question_id: UUID, value: Any, user_id: UUID | None = None) -> Row:
        """Saves an answer that is given in ids of the author."""
        given = translate(attempt, question_id, value)
        saved = call(
            self.student(user_id),
            "save_answer",
            attempt_id=attempt["id"],
            question_id=question_id,
            answer=Jsonb(given),
        )
        return stored(saved)

    def submit(self, attempt_id: UUID, user_id: UUID | None = None) -> Row:
        """Submits the attempt."""
        return stored(call(self.student(user_id), "submit_attempt", attempt_id=attempt_id))

    def review(self, attempt_id: UUID, user_id: UUID | None = None) -> Row:
        """The review of the attempt for the learner, or for another user."""
        seen: Row = answer(self.student(user_id), "review_attempt", attempt_id=attempt_id)
        return seen

    def take(self, answers: dict[UUID, Any], user_id: UUID | None = None) -> Row:
        """A whole attempt with these answers in ids of the author."""
        attempt = self.start(user_id)
        for question_id, value in answers.items():
            self.save(attempt, question_id, value, user_id)
        return self.submit(attempt["id"], user_id)

    def attempt(self, attempt_id: UUID) -> Row:
        """The attempt as it is stored."""
        return self.root().one("select * from public.quiz_attempts where id = %s", attempt_id)

    def turn_clock(self, attempt_id: UUID, seconds: float) -> None:
        """Makes the deadline of an attempt lie so many seconds back."""
        self.root().run(
            "update public.quiz_attempts "
            "set deadline = clock_timestamp() - make_interval(secs => %s) where id = %s",
            seconds,
            attempt_id,
        )

    def history(self, work_id: UUID) -> list[Row]:
        """The lines of the history about an attempt or submission, oldest first."""
        return self.root().all(
            "select * from private.grade_history where work_id = %s order by id", work_id
        )

    def progress(self, user_id: UUID | None = None, lesson_id: UUID | None = None) -> Row:
        """The stored progress of a learner in a lesson."""
        return self.root().one(
            "select * from public.lesson_progress where user_id = %s and lesson_id = %s",
            user_id or self.learner,
            lesson_id or self.lesson_id,
        )

    def enrollment(self, user_id: UUID | None = None) -> Row:
        """The stored enrollment of a learner."""
        return self.root().one(
            "select * from public.enrollments where user_id = %s and course_id = %s",
            user_id or self.learner,
            self.course_id,
        )

    def certificates(self, user_id: UUID | None = None) -> list[Row]:
        """The certificates of a learner for this course."""
        return self.root().all(
            "select * from public.certificates where user_id = %s and course_id = %s",
            user_id or self.learner,
            self.course_id,
        )

    def certificate(self) -> tuple[UUID, str]:
        """Id and code of the certificate of one more learner, who has completed the course."""
        user_id = self.school.user()
        self.school.enroll(user_id, self.course_id)
        self.root().run(
            "update public.enrollments set status = 'completed', completed_at = now(), "
            "completed_version = 1 where user_id = %s and course_id = %s",
            user_id,
            self.course_id,
        )
        (row,) = self.certificates(user_id)
        return row["id"], row["code"]


def make_exam(
    school: School,
    *,
    course_id: UUID | None = None,
    owner: UUID | None = None,
    learner: UUID | None = None,
    lesson: Row | None = None,
    **rules: Any,
) -> Exam:
    """A quiz without questions, with rule pass, in a course with an owner and a learner."""
    owner = owner or school.user("instructor")
    if course_id is None:
        course_id = school.course(owner=owner)
    if learner is None:
        learner = school.user()
        school.enroll(learner, course_id)
    module_id = school.module(course_id)
    columns = {"content_type": "quiz", "completion_rule": "pass", **(lesson or {})}
    lesson_id = school.lesson(module_id, **columns)
    insert(school.session, "quizzes", lesson_id=lesson_id, **rules)
    return Exam(school.session, school, owner, learner, course_id, module_id, lesson_id)


def stored(attempt: Row) -> Row:
    """The columns of the table in the answer of start_attempt, save_answer or submit_attempt."""
    return {name: value for name, value in attempt.items() if name not in {"now", "seconds_left"}}


def item_of(attempt: Row, question_id: UUID) -> Row:
    """The item of an attempt that is the copy of this question."""
    (item,) = (one for one in attempt["items"] if one["question_id"] == str(question_id))
    found: Row = item
    return found


def by_text(listed: list[Row]) -> dict[str, str]:
    """Author's ids, as the texts tell them, to the ids of the attempt."""
    return {one["text"].removeprefix("Text of "): one["id"] for one in listed}


def translate(attempt: Row, question_id: UUID, value: Any) -> Any:
    """Translates an answer from the author's ids to those of the attempt; leaves unknown ids."""
    item = item_of(attempt, question_id)
    listed = item["options"]
    if item["kind"] == "matching":
        if not isinstance(value, dict):
            return value
        left, right = by_text(listed["left"]), by_text(listed["right"])
        return {
            left.get(key, key): right.get(one, one) if isinstance(one, str) else one
            for key, one in value.items()
        }
    if item["kind"] == "cloze":
        if not isinstance(value, dict):
            return value
        gaps = {gap["id"]: by_text(gap.get("options", [])) for gap in listed["gaps"]}
        return {
            gap: gaps.get(gap, {}).get(one, one) if isinstance(one, str) else one
            for gap, one in value.items()
        }
    ids = by_text(listed)
    if isinstance(value, list):
        return [ids.get(one, one) if isinstance(one, str) else one for one in value]
    if item["kind"] == "single" and isinstance(value, str):
        return ids.get(value, value)
    return value
