"""Grading: regrades, exceptions, rubrics, the queue of labs, the gradebook and its history."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import Count, Percent, ProgressStatus, Seconds, Shape, Timestamp

GradeAction = TypeAliasType(
    "GradeAction",
    Literal["submitted", "expired", "regraded", "overridden", "accepted", "returned"],
)


class Regrade(Shape):
    """What grading the closed attempts of a quiz again has done."""

    attempts: Count
    changed: Count
    learners: Count = Field(description="Learners whose score changed.")


class QuizOverride(Shape):
    """What one learner gets beyond the rules of a quiz or lab."""

    lesson_id: UUID
    user_id: UUID
    extra_seconds: Seconds
    extra_attempts: Count
    due_at: Timestamp | None


class Criterion(Shape):
    """A line of a rubric."""

    id: str
    title: str
    points: float = Field(gt=0, description="Most that it can give.")


class GradedCriterion(Criterion):
    """A line of a rubric with what a submission was given."""

    given: float = Field(ge=0, description="0 to its points.")


class LabQueueRow(Shape):
    """A submission that waits for a grade."""

    submission_id: UUID
    lesson_id: UUID
    lesson_title: str
    user_id: UUID
    name: str
    version: int
    is_late: bool
    submitted_at: Timestamp
    claimed_by: UUID | None = Field(description="Null once the claim has run out.")
    claimed_until: Timestamp | None


class GradebookRow(Shape):
    """A learner in a graded lesson."""

    user_id: UUID
    name: str
    email: str
    lesson_id: UUID
    lesson_title: str
    content_type: Literal["quiz", "lab"]
    weight: float = Field(ge=0)
    score: Percent | None = Field(description="Null without a result.")
    status: ProgressStatus | None = Field(description="Null before the learner begins.")
    attempt_count: Count
    is_late: bool
    is_overridden: bool
    course_score: Percent | None = Field(
        description="Weighted mean, missing work counts 0; null when all weights are 0."
    )


class GradeHistoryRow(Shape):
    """A grade, or a change of one. Scores of attempts are points, those of labs per cent."""

    id: int
    occurred_at: Timestamp
    user_id: UUID
    lesson_id: UUID
    work_id: UUID = Field(description="The attempt or the submission.")
    action: GradeAction
    old_score: float | None
    new_score: float | None
    reason: str | None
    actor_id: UUID | None = Field(description="Null: the clock or the server.")
