"""Details of learning events, by their kind."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import Percent, Points, Shape


class NoDetail(Shape):
    """Detail of an event whose columns say everything."""


class Withdrawn(Shape):
    """Detail of withdrawn."""

    progress: Percent


class CourseCompleted(Shape):
    """Detail of course_completed."""

    version: int | None


class CertificateIssued(Shape):
    """Detail of certificate_issued."""

    certificate_id: UUID


class AttemptStarted(Shape):
    """Detail of attempt_started."""

    attempt_id: UUID
    number: int


class AttemptClosed(Shape):
    """Detail of attempt_closed."""

    attempt_id: UUID
    status: Literal["submitted", "expired"]
    score: Points | None = Field(description="Null where staff grade an answer.")
    max_score: Points
    is_passed: bool | None


class AttemptGraded(Shape):
    """Detail of attempt_graded: by staff, the last of its essays and files, or another grade."""

    attempt_id: UUID
    score: Points
    max_score: Points
    is_passed: bool


class LabSubmitted(Shape):
    """Detail of lab_submitted."""

    submission_id: UUID
    version: int
    is_late: bool


class LabGraded(Shape):
    """Detail of lab_graded."""

    submission_id: UUID
    status: Literal["accepted", "returned"]
    score: Percent


EventKind = TypeAliasType(
    "EventKind",
    Literal[
        "enrolled",
        "withdrawn",
        "course_completed",
        "lesson_started",
        "lesson_completed",
        "attempt_started",
        "attempt_closed",
        "attempt_graded",
        "lab_submitted",
        "lab_graded",
        "certificate_issued",
    ],
)
EventDetail = TypeAliasType(
    "EventDetail",
    Withdrawn
    | CourseCompleted
    | CertificateIssued
    | AttemptStarted
    | AttemptClosed
    | AttemptGraded
    | LabSubmitted
    | LabGraded
    | NoDetail,
)
