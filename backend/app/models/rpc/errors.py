"""The details of those errors that have details."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.models.rpc.base import (
    CompletionRule,
    Count,
    EnrollmentMode,
    EnrollmentStatus,
    Percent,
    Points,
    Seconds,
    Shape,
    Timestamp,
)
from app.models.rpc.budgets import BudgetKind
from app.models.rpc.courses import LockReason
from app.models.rpc.people import InvitationStatus
from app.models.rpc.tutor import Meter, Period, QuotaScope


class AccountSuspended(Shape):
    """Details of account_suspended."""

    until: Timestamp | None = Field(description="Null without an end.")
    reason: str | None = Field(description="Null where Auth bans the account.")


class BudgetExceeded(Shape):
    """Details of budget_exceeded: the budget of rows or bytes that is used up."""

    kind: BudgetKind
    limit: Count
    reset_at: Timestamp
    retry_after: Seconds


class CourseClosed(Shape):
    """Details of course_closed."""

    enrollment_mode: EnrollmentMode
    opens_at: Timestamp | None
    closes_at: Timestamp | None


class CourseIncomplete(Shape):
    """Details of course_incomplete: required lessons that are completed, and all of them."""

    completed: Count
    required: Count


class FileNotFound(Shape):
    """Details of file_not_found: the path that names no object."""

    path: str


class InvalidAddress(Shape):
    """Details of invalid_address."""

    column: Literal["avatar_url", "cover_url", "md_url", "video_url"]


class InvalidBundle(Shape):
    """Details of invalid_bundle."""

    path: str = Field(description="The place in the bundle, as in $.course.modules[0].title.")
    problem: str = Field(description="A sentence that says what is wrong.")


class InvitationClosed(Shape):
    """Details of invitation_closed; a pending one has expired, or its ground is gone."""

    status: InvitationStatus


class InvalidQuestion(Shape):
    """Details of invalid_question."""

    problem: str = Field(description="A sentence that says what is wrong.")


class InvalidScore(Shape):
    """Details of invalid_score."""

    max_score: Points


class LessonLocked(Shape):
    """Details of lesson_locked."""

    reason: LockReason | Literal["lesson_unpublished"]
    opens_at: Timestamp | None


class LessonRule(Shape):
    """Details of lesson_rule: what completes the lesson; per cents for videos only."""

    completion_rule: CompletionRule
    watched_percent: Percent | None
    required_percent: Percent | None


class NotEnrolled(Shape):
    """Details of not_enrolled: the status of an enrollment that is not active, if there is one."""

    status: EnrollmentStatus | None


class NotSubmitted(Shape):
    """Details of not_submitted."""

    status: Literal["submitted", "returned", "accepted", "superseded"]


class PrerequisiteMissing(Shape):
    """Details of prerequisite_missing."""

    courses: str = Field(description="Titles of the courses to complete first.")


class TurnInProgress(Shape):
    """Details of turn_in_progress: when the running turn expires unless its run is alive."""

    retry_after: Seconds


class DraftConflict(Shape):
    """Details of draft_conflict: who saved the draft last."""

    updated_at: Timestamp
    updated_by: UUID | None = Field(description="Null for a server.")
    name: str | None = Field(description="Null without an account.")


class QuestionChanged(Shape):
    """Details of question_changed: who saved the question last."""

    revision: Count
    updated_at: Timestamp
    updated_by: UUID | None = Field(description="Null for a server.")
    name: str | None = Field(description="Null without an account.")


class TutorLocked(Shape):
    """Details of tutor_locked: the open attempt."""

    attempt_id: UUID
    lesson_id: UUID
    course_slug: str
    lesson_slug: str


class QuotaExceeded(Shape):
    """Details of quota_exceeded: the limit that is used up."""

    scope: QuotaScope
    period: Period
    meter: Meter
    limit: Count
    remaining: Literal[0]
    reset_at: Timestamp
    retry_after: Seconds


class TooManyFiles(Shape):
    """Details of too_many_files."""

    limit: Count


class TooManyGuesses(Shape):
    """Details of too_many_guesses: wrong codes of the caller in the course within an hour."""

    limit: Count
    reset_at: Timestamp
    retry_after: Seconds


class TooManyVersions(Shape):
    """Details of too_many_versions."""

    limit: Count
