"""Grading: regrades, exceptions, rubrics, the lab queue, the gradebook and its history."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import Count, Percent, ProgressStatus, Seconds, Shape, Timestamp

GradeAction = TypeAliasType(
    "GradeAction",
    Literal[
        "submitted",
        "expired",
        "closed",
        "graded",
        "regraded",
        "overridden",
        "restored",
        "rescored",
        "accepted",
        "returned",
    ],
)


class Regrade(Shape):
    """Counts of a regrade of the closed attempts of a quiz."""

    attempts: Count = Field(description="Attempts graded again.")
    changed: Count = Field(description="Attempts whose score, most points or result changed.")
    learners: Count = Field(description="Learners whose result changed.")


class QuizOverride(Shape):
    """The exception of one learner from the rules of a quiz or lab."""

    lesson_id: UUID
    user_id: UUID
    extra_seconds: Seconds
    extra_attempts: Count
    due_at: Timestamp | None
    due_on: date | None = Field(
        description="The day, in the zone of the course, that ends at due_at."
    )


class QuizOverrideRow(QuizOverride):
    """The exception of one learner, in the list of a quiz or lab."""

    name: str
    cursor: str


class Criterion(Shape):
    """A criterion of a rubric."""

    id: str
    title: str
    points: float = Field(gt=0, description="The most points it gives.")


class GradedCriterion(Criterion):
    """A criterion of a rubric with the points that a submission was given."""

    given: float = Field(ge=0, description="0 to its points.")


class LabQueueRow(Shape):
    """A submission for a lab, or an attempt with essays or files, that awaits a grade."""

    submission_id: UUID | None = Field(description="Null for an attempt.")
    attempt_id: UUID | None = Field(description="Null for a lab.")
    lesson_id: UUID
    course_slug: str
    lesson_slug: str
    lesson_title: str
    user_id: UUID
    name: str
    version: int = Field(description="Of an attempt its number.")
    is_late: bool
    submitted_at: Timestamp
    claimed_by: UUID | None = Field(description="Null without a claim, and after its end.")
    claimed_until: Timestamp | None
    cursor: str


class GradebookRow(Shape):
    """A learner in a published quiz or lab."""

    user_id: UUID
    name: str
    email: str
    lesson_id: UUID
    course_slug: str
    lesson_slug: str
    lesson_title: str
    content_type: Literal["quiz", "lab"]
    weight: float = Field(ge=0)
    score: Percent | None = Field(description="Null without a result.")
    status: ProgressStatus | None = Field(description="Null before the learner begins.")
    attempt_count: Count
    is_late: bool
    is_overridden: bool
    is_archived: bool = Field(description="The lesson is archived and not in course_score.")
    course_score: Percent | None = Field(
        description="Weighted mean, missing work counts 0; null when all weights are 0."
    )
    cursor: str


class GradeHistoryRow(Shape):
    """A grade or a change of one. Scores are points for attempts, otherwise per cent."""

    id: int
    occurred_at: Timestamp
    user_id: UUID
    lesson_id: UUID
    course_slug: str
    lesson_slug: str | None = Field(description="Null when the caller cannot see the lesson.")
    lesson_title: str | None = Field(description="Null when the caller cannot see the lesson.")
    work_id: UUID = Field(description="The attempt or the submission; for rescored the lesson.")
    action: GradeAction
    old_score: float | None
    new_score: float | None
    reason: str | None
    actor_id: UUID | None = Field(description="Null: a deadline or the server.")
    cursor: str
