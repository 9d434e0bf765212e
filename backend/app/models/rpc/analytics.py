"""Analytics. Figures are null where an admin would see fewer than five learners."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import (
    ContentType,
    Count,
    CourseRole,
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
    """A course in figures."""

    course_id: UUID
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


class LearnerRow(Shape):
    """A learner of a course."""

    user_id: UUID
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
    cursor: str = Field(description="The next page starts after it.")


class RiskRow(Shape):
    """An active learner who may need help."""

    user_id: UUID
    name: str
    email: str
    progress: Percent
    last_activity_at: Timestamp
    reasons: list[RiskReason] = Field(min_length=1)
    stuck_lesson_id: UUID | None
    next_due_at: Timestamp | None
    risk: int = Field(ge=1, le=4, description="How many reasons.")


class DashboardRow(Shape):
    """A course that the caller is staff of."""

    course_id: UUID
    slug: str
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


class TopCourse(Shape):
    """One of the courses with most active learners."""

    course_id: UUID
    title: str
    active: Count | None
    completed: Count | None


class PlatformOverview(Shape):
    """The platform in figures."""

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
    """Partitions of learning_events that were made and dropped, by name."""

    made: list[str]
    dropped: list[str]


class Maintenance(Shape):
    """What a day's maintenance has done."""

    partitions: Partitions
    attempts_expired: Count
    progress_events_forgotten: Count
    rollups_folded: Count
    turns_forgotten: Count
