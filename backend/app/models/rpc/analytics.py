"""Analytics. Figures are null where an admin would see fewer than five learners."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import (
    ContentType,
    Count,
    CourseRole,
    Cursor,
    Day,
    EnrollmentStatus,
    Percent,
    Seconds,
    Shape,
    Timestamp,
)

RiskReason = TypeAliasType("RiskReason", Literal["inactive", "falling_scores", "stuck", "deadline"])


class ActivityRow(Shape):
    """A day of a course, or of the platform."""

    day: Day
    enrolled: Count | None
    active_learners: Count | None
    lessons_completed: Count | None
    completed: Count | None = Field(description="Learners who completed the course.")
    seconds_spent: Seconds | None


class CourseOverview(Shape):
    """The figures of a course."""

    course_id: UUID
    course_slug: str
    title: str
    since: Day
    pending: Count | None
    waitlisted: Count | None
    active: Count | None
    completed: Count | None
    withdrawn: Count | None
    active_learners: Count | None
    enrolled_since: Count | None
    completed_since: Count | None
    completion_rate: Percent | None
    mean_progress: Percent | None
    median_days_to_complete: Count | None
    seconds_spent: Seconds | None
    mean_score: Percent | None
    score_distribution: list[Count | None] | None = Field(
        description="Results by tenths: 0 to 10 per cent first."
    )
    days: list[ActivityRow]


class FunnelRow(Shape):
    """A published lesson of a course."""

    lesson_id: UUID
    course_slug: str
    lesson_slug: str
    ord: int
    module_title: str
    title: str
    content_type: ContentType
    is_required: bool
    started: Count | None
    completed: Count | None
    seconds_per_learner: Seconds | None
    mean_score: Percent | None
    completion_rate: Percent | None
    drop_rate: Percent | None = Field(
        description="Percentage points lost since the required lesson before."
    )
    is_biggest_drop: bool | None
    cursor: str = Field(description="The next page starts after it.")


LearnerSort = TypeAliasType(
    "LearnerSort",
    Literal[
        "name",
        "-name",
        "progress",
        "-progress",
        "last_activity",
        "-last_activity",
        "enrolled",
        "-enrolled",
    ],
)


class LearnerRow(Shape):
    """A learner of a course."""

    user_id: UUID
    enrollment_id: UUID
    name: str
    email: str
    status: EnrollmentStatus
    progress: Percent
    lessons_completed: Count
    seconds_spent: Seconds
    course_score: Percent | None = Field(description="Null when all weights are 0.")
    enrolled_at: Timestamp
    last_activity_at: Timestamp
    completed_at: Timestamp | None
    cursor: Cursor


class RiskRow(Shape):
    """An active learner who may need help."""

    user_id: UUID
    name: str
    email: str
    progress: Percent
    last_activity_at: Timestamp
    reasons: list[RiskReason] = Field(min_length=1)
    course_slug: str
    stuck_lesson_id: UUID | None
    stuck_lesson_slug: str | None
    next_due_at: Timestamp | None
    risk: int = Field(ge=1, le=4, description="The number of reasons.")
    cursor: Cursor


class DashboardRow(Shape):
    """A course that the caller is staff of."""

    course_id: UUID
    course_slug: str
    title: str
    is_published: bool
    role: CourseRole
    pending: Count
    waitlisted: Count
    active: Count
    completed: Count
    active_learners_7d: Count
    inactive_learners: Count
    completed_7d: Count
    completion_rate: Percent | None
    labs_to_grade: Count
    mean_score: Percent | None
    cursor: Cursor


class TopCourse(Shape):
    """One of the courses with most active enrollments."""

    course_id: UUID
    course_slug: str
    title: str
    active: Count | None
    completed: Count | None


class PlatformOverview(Shape):
    """The figures of the platform."""

    since: Day
    learners: Count
    instructors: Count
    admins: Count
    courses: Count
    courses_published: Count
    lessons_published: Count
    enrollments_active: Count | None
    enrollments_completed: Count | None
    certificates: Count | None
    active_learners: Count | None
    enrolled_since: Count | None
    completed_since: Count | None
    seconds_spent: Seconds | None
    days: list[ActivityRow]
    top_courses: list[TopCourse]


class Partitions(Shape):
    """Names of the partitions of learning_events that were created and dropped."""

    made: list[str]
    dropped: list[str]


class Fold(Shape):
    """What a fold did."""

    folded: Count | None
    oldest_seconds: float | None


class Maintenance(Shape):
    """What the daily maintenance did."""

    partitions: Partitions
    seats_released: Count
    attempts_expired: Count
    progress_events_pruned: Count
    budget_uses_pruned: Count
    facts_folded: Count
    turns_pruned: Count
