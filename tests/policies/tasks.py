"""The quizzes, labs and certificates of the school of the access matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from psycopg.types.json import Jsonb

from tests.policies.subject import Move, Subject, Upsert
from tests.support.database import Row
from tests.support.school import insert

if TYPE_CHECKING:
    from tests.policies.world import World

# The learners with work, and the courses it is in.
WORKERS = (("learner", "open"), ("elsewhere", "foreign"))


class Tasks:
    """A quiz and a lab in a lesson of each visibility, and the work of two learners."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.quizzes = self._lessons("quiz")
        self.labs = self._lessons("lab")
        self.questions: dict[str, UUID] = {}
        for name in ("open", "unpublished", "draft", "foreign"):
            insert(world.session, "quizzes", lesson_id=self.quizzes[name])
            insert(world.session, "labs", lesson_id=self.labs[name])
            self.questions[name] = self._question(name)
            world.session.run(
                "insert into private.lab_rubrics (lesson_id, criteria) values (%s, %s)",
                self.labs[name],
                Jsonb([{"id": "a", "title": "All of it", "points": 10}]),
            )
        # No attempt holds them.
        for name in ("open", "foreign"):
            self.questions[f"unasked_{name}"] = self._question(name, ord=3)
        self.banks = {
            name: insert(
                world.session, "question_banks", course_id=self._course(where), title=name
            )["id"]
            for name, where in (
                *(("open", "open"), ("drawn", "open"), ("draft", "draft")),
                *(("foreign", "foreign"), ("drawn_foreign", "foreign")),
            )
        }
        self.draws = {
            name: {"lesson_id": self.quizzes[name], "bank_id": self.banks[bank], "tag": ""}
            for name, bank in (
                *(("open", "drawn"), ("unpublished", "drawn")),
                *(("draft", "draft"), ("foreign", "drawn_foreign")),
            )
        }
        for draw in self.draws.values():
            insert(world.session, "quiz_draws", **draw)
        self.attempts = {who: self._attempt(who, where) for who, where in WORKERS}
        self.submissions = {who: self._submission(who, where) for who, where in WORKERS}
        self.certificates = {who: self._certificate(who, where) for who, where in WORKERS}

    def _course(self, name: str) -> UUID:
        world = self.world
        return {"draft": world.draft, "foreign": world.foreign}.get(name, world.course)

    def _lessons(self, kind: str) -> dict[str, UUID]:
        world = self.world
        return {
            name: world.school.lesson(
                module_id,
                body=None,
                content_type=kind,
                is_required=False,
                is_published=name != "unpublished",
            )
            for name, module_id in {
                "open": world.module,
                "unpublished": world.module,
                "draft": world.module_draft,
                "foreign": world.module_foreign,
                # Without a quiz or a lab.
                "bare": world.module,
                "bare_draft": world.module_draft,
                "bare_foreign": world.module_foreign,
            }.items()
        }

    def _question(self, name: str, *, ord: int = 1) -> UUID:
        row = insert(
            self.world.session,
            "questions",
            lesson_id=self.quizzes[name],
            course_id=self._course(name),
            ord=ord,
            kind="true_false",
            prompt_md="Is it so?",
        )
        question_id: UUID = row["id"]
        self.world.session.run(
            "insert into private.answer_keys (question_id, key, explanation_md) "
            "values (%s, %s, 'Because.')",
            question_id,
            Jsonb({"correct": True}),
        )
        return question_id

    def _attempt(self, who: str, where: str) -> UUID:
        closed: Row = {"status": "submitted", "submitted_at": "now", "score": 0, "is_passed": False}
        item = {
            "question_id": str(self.questions[where]),
            "kind": "true_false",
            "prompt_md": "Is it so?",
            "points": 1,
            "options": [],
        }
        row = insert(
            self.world.session,
            "quiz_attempts",
            lesson_id=self.quizzes[where],
            course_id=self._course(where),
            user_id=self.world.id(who),
            number=1,
            items=Jsonb([item]),
            max_score=1,
            **closed,
        )
        attempt_id: UUID = row["id"]
        self.world.session.run(
            "insert into private.attempt_secrets (attempt_id, option_map, item_shares) "
            "values (%s, '{}', %s)",
            attempt_id,
            Jsonb({str(self.questions[where]): 0}),
        )
        return attempt_id

    def _submission(self, who: str, where: str) -> UUID:
        row = insert(
            self.world.session,
            "lab_submissions",
            lesson_id=self.labs[where],
            course_id=self._course(where),
            user_id=self.world.id(who),
            version=1,
            body="My work.",
        )
        submission_id: UUID = row["id"]
        return submission_id

    def _certificate(self, who: str, where: str) -> UUID:
        row = insert(
            self.world.session, "certificates", **self._certificate_values(who, self._course(where))
        )
        certificate_id: UUID = row["id"]
        return certificate_id

    def _certificate_values(self, who: str, course_id: UUID) -> Row:
        user_id = self.world.id(who)
        return {
            "user_id": user_id,
            "course_id": course_id,
            # A unique code.
            "code": (user_id.hex + course_id.hex)[22:42].upper(),
            "name": "Learner",
            "title": "Course",
            "locale": "en",
            "version": 1,
            "hours": 1,
            "completed_at": "now",
        }

    def subjects(self) -> dict[str, Subject]:
        """The subjects of the access matrix."""
        return {
            "quizzes": self._rules(self.quizzes, {"pass_mark": 50}),
            "labs": self._rules(self.labs, {"due_at": None}),
            "question_banks": self._bank_table(),
            "quiz_draws": self._draw_table(),
            "questions": self._question_table(),
            "quiz_attempts": self._attempt_table(),
            "lab_submissions": self._submission_table(),
            "certificates": self._certificate_table(),
        }

    def _rules(self, lessons: dict[str, UUID], values: Row) -> Subject:
        return Subject(
            key=("lesson_id",),
            rows={
                name: {"lesson_id": lessons[name]}
                for name in ("open", "unpublished", "draft", "foreign")
            },
            change=values,
            inserts={
                name: {"lesson_id": lessons[f"bare{suffix}"], **values}
                for name, suffix in (("open", ""), ("draft", "_draft"), ("foreign", "_foreign"))
            },
            upserts={
                "open": Upsert("open", ("lesson_id",), {"lesson_id": lessons["open"], **values})
            },
            moves={"open": Move("open", {"course_id": self.world.foreign})},
        )

    def _bank_table(self) -> Subject:
        new = {"course_id": self.world.course, "title": "New"}
        return Subject(
            key=("id",),
            rows={name: {"id": bank_id} for name, bank_id in self.banks.items()},
            change={"title": "Changed"},
            inserts={"open": new, "foreign": {**new, "course_id": self.world.foreign}},
            upserts={"open": Upsert("open", ("id",), {**new, "id": self.banks["open"]})},
            moves={"open": Move("open", {"course_id": self.world.foreign})},
        )

    def _draw_table(self) -> Subject:
        return Subject(
            key=("lesson_id", "bank_id", "tag"),
            rows=self.draws,
            change={"question_count": 3},
            inserts={name: {**draw, "tag": "new"} for name, draw in self.draws.items()},
            upserts={
                "open": Upsert(
                    "open", ("lesson_id", "bank_id", "tag"), {**self.draws["open"], "tag": ""}
                )
            },
            moves={"open": Move("open", {"course_id": self.world.foreign})},
        )

    def _question_table(self) -> Subject:
        new = {
            "lesson_id": self.quizzes["open"],
            "course_id": self.world.course,
            "ord": 2,
            "kind": "true_false",
            "prompt_md": "New?",
        }
        return Subject(
            key=("id",),
            rows={name: {"id": question_id} for name, question_id in self.questions.items()},
            change={"prompt_md": "Changed"},
            inserts={"open": new},
            upserts={"open": Upsert("open", ("id",), {**new, "id": self.questions["open"]})},
            moves={"open": Move("open", {"lesson_id": self.quizzes["foreign"]})},
        )

    def _attempt_table(self) -> Subject:
        new = {
            "lesson_id": self.quizzes["open"],
            "course_id": self.world.course,
            "user_id": self.world.id("learner"),
            "number": 2,
            "items": "[]",
            "max_score": 1,
        }
        return Subject(
            key=("id",),
            rows={who: {"id": attempt_id} for who, attempt_id in self.attempts.items()},
            change={"score": 1, "is_passed": True},
            inserts={"learner": new},
            upserts={
                "learner": Upsert("learner", ("id",), {**new, "id": self.attempts["learner"]})
            },
            moves={"learner": Move("learner", {"user_id": self.world.id("peer")})},
        )

    def _submission_table(self) -> Subject:
        new = {
            "lesson_id": self.labs["open"],
            "course_id": self.world.course,
            "user_id": self.world.id("learner"),
            "version": 2,
            "body": "More.",
        }
        return Subject(
            key=("id",),
            rows={who: {"id": submission_id} for who, submission_id in self.submissions.items()},
            change={"status": "accepted", "graded_at": "now", "score": 100},
            inserts={"learner": new},
            upserts={
                "learner": Upsert("learner", ("id",), {**new, "id": self.submissions["learner"]})
            },
            moves={"learner": Move("learner", {"user_id": self.world.id("peer")})},
        )

    def _certificate_table(self) -> Subject:
        new = self._certificate_values("learner", self.world.empty)
        return Subject(
            key=("id",),
            rows={who: {"id": certificate_id} for who, certificate_id in self.certificates.items()},
            change={"name": "Changed"},
            inserts={"learner": new},
            upserts={
                "learner": Upsert("learner", ("id",), {**new, "id": self.certificates["learner"]})
            },
            moves={"learner": Move("learner", {"user_id": self.world.id("peer")})},
        )
