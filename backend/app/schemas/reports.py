"""Rows of the database for the report of a course. None: hidden, or nothing to measure."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field


def _printable(value: object) -> object:
    """Text that UTF-8 can encode; half a surrogate pair becomes a question mark."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _none_is_empty(value: object) -> object:
    return [] if value is None else value


Line = Annotated[str, BeforeValidator(_printable)]
Count = Annotated[int, Field(ge=0)] | None
Figure = Annotated[float, Field(allow_inf_nan=False)] | None


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True)


class Day(_Row):
    """One day (UTC) of a course."""

    day: date
    enrolled: Count = None
    active_learners: Count = None
    lessons_completed: Count = None
    completed: Count = None
    seconds_spent: Count = None

    @property
    def counts(self) -> tuple[int | None, ...]:
        """All figures."""
        people = self.enrolled, self.active_learners, self.completed
        return *people, self.lessons_completed, self.seconds_spent


class Overview(_Row):
    """Answer of the function `course_overview`: rates and scores in percent, times in seconds."""

    title: Line
    since: date
    pending: Count = None
    waitlisted: Count = None
    active: Count = None
    completed: Count = None
    withdrawn: Count = None
    active_learners: Count = None
    enrolled_since: Count = None
    completed_since: Count = None
    completion_rate: Figure = None
    mean_progress: Figure = None
    median_days_to_complete: Figure = None
    seconds_spent: Count = None
    mean_score: Figure = None
    score_distribution: Annotated[list[Count], BeforeValidator(_none_is_empty)] = []
    days: Annotated[list[Day], BeforeValidator(_none_is_empty)] = []

    @property
    def counts(self) -> tuple[int | None, ...]:
        """Enrollments in total and in the period."""
        return (
            *(self.pending, self.waitlisted, self.active, self.completed, self.withdrawn),
            *(self.active_learners, self.enrolled_since, self.completed_since),
        )


class FunnelRow(_Row):
    """A row of the function `course_funnel`."""

    lesson_id: UUID
    ord: int
    module_title: Line
    title: Line
    content_type: str
    is_required: bool
    started: Count = None
    completed: Count = None
    seconds_per_learner: Figure = None
    mean_score: Figure = None
    completion_rate: Figure = None
    drop_rate: Figure = None
    is_biggest_drop: Annotated[bool, BeforeValidator(bool)] = False


class RiskRow(_Row):
    """A row of the function `at_risk_learners`."""

    user_id: UUID
    name: Line | None = None
    email: Line | None = None
    progress: Figure = None
    last_activity_at: AwareDatetime | None = None
    reasons: Annotated[list[Line], BeforeValidator(_none_is_empty)] = []
    stuck_lesson_id: UUID | None = None
    next_due_at: AwareDatetime | None = None


class QuestionRow(_Row):
    """A row of the function `question_stats`; difficulty is in per cent of the points."""

    question_id: UUID
    ord: int
    prompt_md: Line
    answer_count: Count = None
    difficulty: Figure = None
    discrimination: Figure = None
