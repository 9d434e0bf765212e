from __future__ import annotations

import datetime
import uuid
from typing import (
    Annotated,
    Any,
    List,
    Literal,
    Optional,
    TypedDict,
)
from typing_extensions import NotRequired, TypeAlias

from pydantic import BaseModel, Field, JsonValue

PublicAppRole: TypeAlias = Literal["learner", "instructor", "admin"]

PublicAttemptStatus: TypeAlias = Literal["open", "submitted", "expired"]

PublicCompletionRule: TypeAlias = Literal["view", "watch", "pass", "accept", "manual"]

PublicContentType: TypeAlias = Literal["video", "text", "quiz", "lab"]

PublicCourseRole: TypeAlias = Literal["owner", "instructor", "assistant"]

PublicEnrollmentMode: TypeAlias = Literal["open", "code", "approval", "closed"]

PublicEnrollmentStatus: TypeAlias = Literal["pending", "waitlisted", "active", "completed", "withdrawn"]

PublicInvitationStatus: TypeAlias = Literal["pending", "accepted", "declined", "revoked"]

PublicInvitedRole: TypeAlias = Literal["learner", "assistant", "instructor", "owner", "admin"]

PublicProgressStatus: TypeAlias = Literal["started", "completed"]

PublicQuestionKind: TypeAlias = Literal["single", "multiple", "true_false", "numeric", "short_text", "ordering", "matching", "cloze", "essay", "file"]

PublicQuizReveal: TypeAlias = Literal["never", "after_submit", "after_pass", "after_close"]

PublicQuizScoring: TypeAlias = Literal["highest", "last", "first", "average"]

PublicSubmissionStatus: TypeAlias = Literal["submitted", "superseded", "returned", "accepted"]

class PublicCertificates(BaseModel):
    code: str = Field(alias="code")
    completed_at: datetime.datetime = Field(alias="completed_at")
    content_versions: JsonValue = Field(alias="content_versions")
    course_id: uuid.UUID = Field(alias="course_id")
    hours: float = Field(alias="hours")
    id: uuid.UUID = Field(alias="id")
    issued_at: datetime.datetime = Field(alias="issued_at")
    locale: str = Field(alias="locale")
    name: str = Field(alias="name")
    replaced_by: Optional[uuid.UUID] = Field(alias="replaced_by")
    revoke_reason: Optional[str] = Field(alias="revoke_reason")
    revoked_at: Optional[datetime.datetime] = Field(alias="revoked_at")
    status_index: int = Field(alias="status_index")
    teachers: List[str] = Field(alias="teachers")
    time_zone: str = Field(alias="time_zone")
    title: str = Field(alias="title")
    user_id: uuid.UUID = Field(alias="user_id")
    version: int = Field(alias="version")

class PublicCertificatesInsert(TypedDict):
    code: Annotated[str, Field(alias="code")]
    completed_at: Annotated[datetime.datetime, Field(alias="completed_at")]
    content_versions: NotRequired[Annotated[JsonValue, Field(alias="content_versions")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    hours: Annotated[float, Field(alias="hours")]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    issued_at: NotRequired[Annotated[datetime.datetime, Field(alias="issued_at")]]
    locale: Annotated[str, Field(alias="locale")]
    name: Annotated[str, Field(alias="name")]
    replaced_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="replaced_by")]]
    revoke_reason: NotRequired[Annotated[Optional[str], Field(alias="revoke_reason")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    status_index: NotRequired[Annotated[int, Field(alias="status_index")]]
    teachers: NotRequired[Annotated[List[str], Field(alias="teachers")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    title: Annotated[str, Field(alias="title")]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]
    version: Annotated[int, Field(alias="version")]

class PublicCertificatesUpdate(TypedDict):
    code: NotRequired[Annotated[str, Field(alias="code")]]
    completed_at: NotRequired[Annotated[datetime.datetime, Field(alias="completed_at")]]
    content_versions: NotRequired[Annotated[JsonValue, Field(alias="content_versions")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    hours: NotRequired[Annotated[float, Field(alias="hours")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    issued_at: NotRequired[Annotated[datetime.datetime, Field(alias="issued_at")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    replaced_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="replaced_by")]]
    revoke_reason: NotRequired[Annotated[Optional[str], Field(alias="revoke_reason")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    status_index: NotRequired[Annotated[int, Field(alias="status_index")]]
    teachers: NotRequired[Annotated[List[str], Field(alias="teachers")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]

class PublicCoursePrerequisites(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    min_score: Optional[float] = Field(alias="min_score")
    prerequisite_id: uuid.UUID = Field(alias="prerequisite_id")

class PublicCoursePrerequisitesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    min_score: NotRequired[Annotated[Optional[float], Field(alias="min_score")]]
    prerequisite_id: Annotated[uuid.UUID, Field(alias="prerequisite_id")]

class PublicCoursePrerequisitesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    min_score: NotRequired[Annotated[Optional[float], Field(alias="min_score")]]
    prerequisite_id: NotRequired[Annotated[uuid.UUID, Field(alias="prerequisite_id")]]

class PublicCourseStaff(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    role: PublicCourseRole = Field(alias="role")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicCourseStaffInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    role: NotRequired[Annotated[PublicCourseRole, Field(alias="role")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicCourseStaffUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    role: NotRequired[Annotated[PublicCourseRole, Field(alias="role")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicCourses(BaseModel):
    archived_at: Optional[datetime.datetime] = Field(alias="archived_at")
    capacity: Optional[int] = Field(alias="capacity")
    closes_at: Optional[datetime.datetime] = Field(alias="closes_at")
    cover_url: Optional[str] = Field(alias="cover_url")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    description: str = Field(alias="description")
    enrollment_mode: PublicEnrollmentMode = Field(alias="enrollment_mode")
    id: uuid.UUID = Field(alias="id")
    is_published: bool = Field(alias="is_published")
    is_sequential: bool = Field(alias="is_sequential")
    lesson_count: int = Field(alias="lesson_count")
    level: Optional[str] = Field(alias="level")
    locale: str = Field(alias="locale")
    opens_at: Optional[datetime.datetime] = Field(alias="opens_at")
    required_count: int = Field(alias="required_count")
    slug: str = Field(alias="slug")
    tags: List[str] = Field(alias="tags")
    time_zone: str = Field(alias="time_zone")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")
    version: int = Field(alias="version")

class PublicCoursesInsert(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    capacity: NotRequired[Annotated[Optional[int], Field(alias="capacity")]]
    closes_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="closes_at")]]
    cover_url: NotRequired[Annotated[Optional[str], Field(alias="cover_url")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    enrollment_mode: NotRequired[Annotated[PublicEnrollmentMode, Field(alias="enrollment_mode")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_published: NotRequired[Annotated[bool, Field(alias="is_published")]]
    is_sequential: NotRequired[Annotated[bool, Field(alias="is_sequential")]]
    lesson_count: NotRequired[Annotated[int, Field(alias="lesson_count")]]
    level: NotRequired[Annotated[Optional[str], Field(alias="level")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    opens_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="opens_at")]]
    required_count: NotRequired[Annotated[int, Field(alias="required_count")]]
    slug: Annotated[str, Field(alias="slug")]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]

class PublicCoursesUpdate(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    capacity: NotRequired[Annotated[Optional[int], Field(alias="capacity")]]
    closes_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="closes_at")]]
    cover_url: NotRequired[Annotated[Optional[str], Field(alias="cover_url")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    enrollment_mode: NotRequired[Annotated[PublicEnrollmentMode, Field(alias="enrollment_mode")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_published: NotRequired[Annotated[bool, Field(alias="is_published")]]
    is_sequential: NotRequired[Annotated[bool, Field(alias="is_sequential")]]
    lesson_count: NotRequired[Annotated[int, Field(alias="lesson_count")]]
    level: NotRequired[Annotated[Optional[str], Field(alias="level")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    opens_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="opens_at")]]
    required_count: NotRequired[Annotated[int, Field(alias="required_count")]]
    slug: NotRequired[Annotated[str, Field(alias="slug")]]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]

class PublicEnrollments(BaseModel):
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    completed_version: Optional[int] = Field(alias="completed_version")
    course_id: uuid.UUID = Field(alias="course_id")
    enrolled_at: datetime.datetime = Field(alias="enrolled_at")
    has_left: bool = Field(alias="has_left")
    id: uuid.UUID = Field(alias="id")
    last_activity_at: datetime.datetime = Field(alias="last_activity_at")
    lessons_completed: int = Field(alias="lessons_completed")
    progress: float = Field(alias="progress")
    requested_at: datetime.datetime = Field(alias="requested_at")
    status: PublicEnrollmentStatus = Field(alias="status")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicEnrollmentsInsert(TypedDict):
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    completed_version: NotRequired[Annotated[Optional[int], Field(alias="completed_version")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    enrolled_at: NotRequired[Annotated[datetime.datetime, Field(alias="enrolled_at")]]
    has_left: NotRequired[Annotated[bool, Field(alias="has_left")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    last_activity_at: NotRequired[Annotated[datetime.datetime, Field(alias="last_activity_at")]]
    lessons_completed: NotRequired[Annotated[int, Field(alias="lessons_completed")]]
    progress: NotRequired[Annotated[float, Field(alias="progress")]]
    requested_at: NotRequired[Annotated[datetime.datetime, Field(alias="requested_at")]]
    status: NotRequired[Annotated[PublicEnrollmentStatus, Field(alias="status")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicEnrollmentsUpdate(TypedDict):
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    completed_version: NotRequired[Annotated[Optional[int], Field(alias="completed_version")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    enrolled_at: NotRequired[Annotated[datetime.datetime, Field(alias="enrolled_at")]]
    has_left: NotRequired[Annotated[bool, Field(alias="has_left")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    last_activity_at: NotRequired[Annotated[datetime.datetime, Field(alias="last_activity_at")]]
    lessons_completed: NotRequired[Annotated[int, Field(alias="lessons_completed")]]
    progress: NotRequired[Annotated[float, Field(alias="progress")]]
    requested_at: NotRequired[Annotated[datetime.datetime, Field(alias="requested_at")]]
    status: NotRequired[Annotated[PublicEnrollmentStatus, Field(alias="status")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicEntitlements(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    expires_at: Optional[datetime.datetime] = Field(alias="expires_at")
    id: uuid.UUID = Field(alias="id")
    reference: str = Field(alias="reference")
    revoked_at: Optional[datetime.datetime] = Field(alias="revoked_at")
    source: str = Field(alias="source")
    starts_at: datetime.datetime = Field(alias="starts_at")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicEntitlementsInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    expires_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    reference: NotRequired[Annotated[str, Field(alias="reference")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    source: Annotated[str, Field(alias="source")]
    starts_at: NotRequired[Annotated[datetime.datetime, Field(alias="starts_at")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicEntitlementsUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    expires_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    reference: NotRequired[Annotated[str, Field(alias="reference")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    source: NotRequired[Annotated[str, Field(alias="source")]]
    starts_at: NotRequired[Annotated[datetime.datetime, Field(alias="starts_at")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicInvitations(BaseModel):
    accepted_by: Optional[uuid.UUID] = Field(alias="accepted_by")
    address: str = Field(alias="address")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    decided_at: Optional[datetime.datetime] = Field(alias="decided_at")
    email: str = Field(alias="email")
    expires_at: datetime.datetime = Field(alias="expires_at")
    has_seat: bool = Field(alias="has_seat")
    id: uuid.UUID = Field(alias="id")
    invited_by: Optional[uuid.UUID] = Field(alias="invited_by")
    role: PublicInvitedRole = Field(alias="role")
    sent_at: datetime.datetime = Field(alias="sent_at")
    status: PublicInvitationStatus = Field(alias="status")

class PublicInvitationsInsert(TypedDict):
    accepted_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="accepted_by")]]
    address: Annotated[str, Field(alias="address")]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    decided_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="decided_at")]]
    email: Annotated[str, Field(alias="email")]
    expires_at: Annotated[datetime.datetime, Field(alias="expires_at")]
    has_seat: NotRequired[Annotated[bool, Field(alias="has_seat")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    invited_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="invited_by")]]
    role: Annotated[PublicInvitedRole, Field(alias="role")]
    sent_at: NotRequired[Annotated[datetime.datetime, Field(alias="sent_at")]]
    status: NotRequired[Annotated[PublicInvitationStatus, Field(alias="status")]]

class PublicInvitationsUpdate(TypedDict):
    accepted_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="accepted_by")]]
    address: NotRequired[Annotated[str, Field(alias="address")]]
    course_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    decided_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="decided_at")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    expires_at: NotRequired[Annotated[datetime.datetime, Field(alias="expires_at")]]
    has_seat: NotRequired[Annotated[bool, Field(alias="has_seat")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    invited_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="invited_by")]]
    role: NotRequired[Annotated[PublicInvitedRole, Field(alias="role")]]
    sent_at: NotRequired[Annotated[datetime.datetime, Field(alias="sent_at")]]
    status: NotRequired[Annotated[PublicInvitationStatus, Field(alias="status")]]

class PublicLabSubmissions(BaseModel):
    body: Optional[str] = Field(alias="body")
    claimed_by: Optional[uuid.UUID] = Field(alias="claimed_by")
    claimed_until: Optional[datetime.datetime] = Field(alias="claimed_until")
    course_id: uuid.UUID = Field(alias="course_id")
    criteria: Optional[JsonValue] = Field(alias="criteria")
    feedback: Optional[str] = Field(alias="feedback")
    file_name: Optional[str] = Field(alias="file_name")
    file_path: Optional[str] = Field(alias="file_path")
    graded_at: Optional[datetime.datetime] = Field(alias="graded_at")
    graded_by: Optional[uuid.UUID] = Field(alias="graded_by")
    id: uuid.UUID = Field(alias="id")
    is_late: bool = Field(alias="is_late")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    score: Optional[float] = Field(alias="score")
    status: PublicSubmissionStatus = Field(alias="status")
    submitted_at: datetime.datetime = Field(alias="submitted_at")
    url: Optional[str] = Field(alias="url")
    user_id: uuid.UUID = Field(alias="user_id")
    version: int = Field(alias="version")

class PublicLabSubmissionsInsert(TypedDict):
    body: NotRequired[Annotated[Optional[str], Field(alias="body")]]
    claimed_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="claimed_by")]]
    claimed_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="claimed_until")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    criteria: NotRequired[Annotated[Optional[JsonValue], Field(alias="criteria")]]
    feedback: NotRequired[Annotated[Optional[str], Field(alias="feedback")]]
    file_name: NotRequired[Annotated[Optional[str], Field(alias="file_name")]]
    file_path: NotRequired[Annotated[Optional[str], Field(alias="file_path")]]
    graded_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="graded_at")]]
    graded_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="graded_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_late: NotRequired[Annotated[bool, Field(alias="is_late")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    status: NotRequired[Annotated[PublicSubmissionStatus, Field(alias="status")]]
    submitted_at: NotRequired[Annotated[datetime.datetime, Field(alias="submitted_at")]]
    url: NotRequired[Annotated[Optional[str], Field(alias="url")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]
    version: Annotated[int, Field(alias="version")]

class PublicLabSubmissionsUpdate(TypedDict):
    body: NotRequired[Annotated[Optional[str], Field(alias="body")]]
    claimed_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="claimed_by")]]
    claimed_until: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="claimed_until")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    criteria: NotRequired[Annotated[Optional[JsonValue], Field(alias="criteria")]]
    feedback: NotRequired[Annotated[Optional[str], Field(alias="feedback")]]
    file_name: NotRequired[Annotated[Optional[str], Field(alias="file_name")]]
    file_path: NotRequired[Annotated[Optional[str], Field(alias="file_path")]]
    graded_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="graded_at")]]
    graded_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="graded_by")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_late: NotRequired[Annotated[bool, Field(alias="is_late")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    status: NotRequired[Annotated[PublicSubmissionStatus, Field(alias="status")]]
    submitted_at: NotRequired[Annotated[datetime.datetime, Field(alias="submitted_at")]]
    url: NotRequired[Annotated[Optional[str], Field(alias="url")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]

class PublicLabs(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    due_at: Optional[datetime.datetime] = Field(alias="due_at")
    due_on: Optional[datetime.date] = Field(alias="due_on")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicLabsInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    due_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="due_at")]]
    due_on: NotRequired[Annotated[Optional[datetime.date], Field(alias="due_on")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLabsUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    due_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="due_at")]]
    due_on: NotRequired[Annotated[Optional[datetime.date], Field(alias="due_on")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLearningEvents(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    detail: JsonValue = Field(alias="detail")
    kind: str = Field(alias="kind")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    occurred_at: datetime.datetime = Field(alias="occurred_at")
    seq: int = Field(alias="seq")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicLearningEventsInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    detail: NotRequired[Annotated[JsonValue, Field(alias="detail")]]
    kind: Annotated[str, Field(alias="kind")]
    lesson_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="lesson_id")]]
    occurred_at: NotRequired[Annotated[datetime.datetime, Field(alias="occurred_at")]]
    seq: Annotated[int, Field(alias="seq")]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicLearningEventsUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    detail: NotRequired[Annotated[JsonValue, Field(alias="detail")]]
    kind: NotRequired[Annotated[str, Field(alias="kind")]]
    lesson_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="lesson_id")]]
    occurred_at: NotRequired[Annotated[datetime.datetime, Field(alias="occurred_at")]]
    seq: NotRequired[Annotated[int, Field(alias="seq")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicLessonContents(BaseModel):
    body_md: str = Field(alias="body_md")
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    is_public: bool = Field(alias="is_public")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    md_url: Optional[str] = Field(alias="md_url")
    transcript: Optional[str] = Field(alias="transcript")
    updated_at: datetime.datetime = Field(alias="updated_at")
    version: int = Field(alias="version")
    video_url: Optional[str] = Field(alias="video_url")

class PublicLessonContentsInsert(TypedDict):
    body_md: NotRequired[Annotated[str, Field(alias="body_md")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    is_public: NotRequired[Annotated[bool, Field(alias="is_public")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    md_url: NotRequired[Annotated[Optional[str], Field(alias="md_url")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessonContentsUpdate(TypedDict):
    body_md: NotRequired[Annotated[str, Field(alias="body_md")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    is_public: NotRequired[Annotated[bool, Field(alias="is_public")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    md_url: NotRequired[Annotated[Optional[str], Field(alias="md_url")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessonDrafts(BaseModel):
    body_md: str = Field(alias="body_md")
    course_id: uuid.UUID = Field(alias="course_id")
    has_changes: bool = Field(alias="has_changes")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    md_url: Optional[str] = Field(alias="md_url")
    transcript: Optional[str] = Field(alias="transcript")
    updated_at: datetime.datetime = Field(alias="updated_at")
    updated_by: Optional[uuid.UUID] = Field(alias="updated_by")
    video_url: Optional[str] = Field(alias="video_url")

class PublicLessonDraftsInsert(TypedDict):
    body_md: NotRequired[Annotated[str, Field(alias="body_md")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    has_changes: NotRequired[Annotated[bool, Field(alias="has_changes")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    md_url: NotRequired[Annotated[Optional[str], Field(alias="md_url")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="updated_by")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessonDraftsUpdate(TypedDict):
    body_md: NotRequired[Annotated[str, Field(alias="body_md")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    has_changes: NotRequired[Annotated[bool, Field(alias="has_changes")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    md_url: NotRequired[Annotated[Optional[str], Field(alias="md_url")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="updated_by")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessonFiles(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    is_public: bool = Field(alias="is_public")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    media_type: Optional[str] = Field(alias="media_type")
    ord: int = Field(alias="ord")
    path: str = Field(alias="path")
    size_bytes: Optional[int] = Field(alias="size_bytes")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicLessonFilesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_public: NotRequired[Annotated[bool, Field(alias="is_public")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    media_type: NotRequired[Annotated[Optional[str], Field(alias="media_type")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    path: Annotated[str, Field(alias="path")]
    size_bytes: NotRequired[Annotated[Optional[int], Field(alias="size_bytes")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLessonFilesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_public: NotRequired[Annotated[bool, Field(alias="is_public")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    media_type: NotRequired[Annotated[Optional[str], Field(alias="media_type")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    path: NotRequired[Annotated[str, Field(alias="path")]]
    size_bytes: NotRequired[Annotated[Optional[int], Field(alias="size_bytes")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLessonPassages(BaseModel):
    anchor: str = Field(alias="anchor")
    body: str = Field(alias="body")
    course_id: uuid.UUID = Field(alias="course_id")
    heading_path: List[str] = Field(alias="heading_path")
    is_public: bool = Field(alias="is_public")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    ord: int = Field(alias="ord")
    source: str = Field(alias="source")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicLessonPassagesInsert(TypedDict):
    anchor: Annotated[str, Field(alias="anchor")]
    body: Annotated[str, Field(alias="body")]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    heading_path: Annotated[List[str], Field(alias="heading_path")]
    is_public: Annotated[bool, Field(alias="is_public")]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    ord: Annotated[int, Field(alias="ord")]
    source: Annotated[str, Field(alias="source")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLessonPassagesUpdate(TypedDict):
    anchor: NotRequired[Annotated[str, Field(alias="anchor")]]
    body: NotRequired[Annotated[str, Field(alias="body")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    heading_path: NotRequired[Annotated[List[str], Field(alias="heading_path")]]
    is_public: NotRequired[Annotated[bool, Field(alias="is_public")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    source: NotRequired[Annotated[str, Field(alias="source")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLessonPrerequisites(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    is_lesson_listed: bool = Field(alias="is_lesson_listed")
    is_prerequisite_listed: bool = Field(alias="is_prerequisite_listed")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    min_score: Optional[float] = Field(alias="min_score")
    prerequisite_id: uuid.UUID = Field(alias="prerequisite_id")

class PublicLessonPrerequisitesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    is_lesson_listed: NotRequired[Annotated[bool, Field(alias="is_lesson_listed")]]
    is_prerequisite_listed: NotRequired[Annotated[bool, Field(alias="is_prerequisite_listed")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    min_score: NotRequired[Annotated[Optional[float], Field(alias="min_score")]]
    prerequisite_id: Annotated[uuid.UUID, Field(alias="prerequisite_id")]

class PublicLessonPrerequisitesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    is_lesson_listed: NotRequired[Annotated[bool, Field(alias="is_lesson_listed")]]
    is_prerequisite_listed: NotRequired[Annotated[bool, Field(alias="is_prerequisite_listed")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    min_score: NotRequired[Annotated[Optional[float], Field(alias="min_score")]]
    prerequisite_id: NotRequired[Annotated[uuid.UUID, Field(alias="prerequisite_id")]]

class PublicLessonProgress(BaseModel):
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    content_version: Optional[int] = Field(alias="content_version")
    course_id: uuid.UUID = Field(alias="course_id")
    furthest_seconds: int = Field(alias="furthest_seconds")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    position_seconds: int = Field(alias="position_seconds")
    score: Optional[float] = Field(alias="score")
    seconds_spent: int = Field(alias="seconds_spent")
    started_at: datetime.datetime = Field(alias="started_at")
    status: PublicProgressStatus = Field(alias="status")
    updated_at: datetime.datetime = Field(alias="updated_at")
    user_id: uuid.UUID = Field(alias="user_id")
    watch_credit: float = Field(alias="watch_credit")
    watched: str = Field(alias="watched")
    watched_seconds: int = Field(alias="watched_seconds")

class PublicLessonProgressInsert(TypedDict):
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    content_version: NotRequired[Annotated[Optional[int], Field(alias="content_version")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    furthest_seconds: NotRequired[Annotated[int, Field(alias="furthest_seconds")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    position_seconds: NotRequired[Annotated[int, Field(alias="position_seconds")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    seconds_spent: NotRequired[Annotated[int, Field(alias="seconds_spent")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    status: NotRequired[Annotated[PublicProgressStatus, Field(alias="status")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]
    watch_credit: NotRequired[Annotated[float, Field(alias="watch_credit")]]
    watched: NotRequired[Annotated[str, Field(alias="watched")]]
    watched_seconds: NotRequired[Annotated[int, Field(alias="watched_seconds")]]

class PublicLessonProgressUpdate(TypedDict):
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    content_version: NotRequired[Annotated[Optional[int], Field(alias="content_version")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    furthest_seconds: NotRequired[Annotated[int, Field(alias="furthest_seconds")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    position_seconds: NotRequired[Annotated[int, Field(alias="position_seconds")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    seconds_spent: NotRequired[Annotated[int, Field(alias="seconds_spent")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    status: NotRequired[Annotated[PublicProgressStatus, Field(alias="status")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]
    watch_credit: NotRequired[Annotated[float, Field(alias="watch_credit")]]
    watched: NotRequired[Annotated[str, Field(alias="watched")]]
    watched_seconds: NotRequired[Annotated[int, Field(alias="watched_seconds")]]

class PublicLessonVersions(BaseModel):
    body_md: str = Field(alias="body_md")
    course_id: uuid.UUID = Field(alias="course_id")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    md_url: Optional[str] = Field(alias="md_url")
    note: Optional[str] = Field(alias="note")
    published_at: datetime.datetime = Field(alias="published_at")
    published_by: Optional[uuid.UUID] = Field(alias="published_by")
    shown_body_md: Optional[str] = Field(alias="shown_body_md")
    shown_transcript: Optional[str] = Field(alias="shown_transcript")
    title: str = Field(alias="title")
    transcript: Optional[str] = Field(alias="transcript")
    version: int = Field(alias="version")
    video_url: Optional[str] = Field(alias="video_url")

class PublicLessonVersionsInsert(TypedDict):
    body_md: Annotated[str, Field(alias="body_md")]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    md_url: NotRequired[Annotated[Optional[str], Field(alias="md_url")]]
    note: NotRequired[Annotated[Optional[str], Field(alias="note")]]
    published_at: NotRequired[Annotated[datetime.datetime, Field(alias="published_at")]]
    published_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="published_by")]]
    shown_body_md: NotRequired[Annotated[Optional[str], Field(alias="shown_body_md")]]
    shown_transcript: NotRequired[Annotated[Optional[str], Field(alias="shown_transcript")]]
    title: Annotated[str, Field(alias="title")]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    version: Annotated[int, Field(alias="version")]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessonVersionsUpdate(TypedDict):
    body_md: NotRequired[Annotated[str, Field(alias="body_md")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    md_url: NotRequired[Annotated[Optional[str], Field(alias="md_url")]]
    note: NotRequired[Annotated[Optional[str], Field(alias="note")]]
    published_at: NotRequired[Annotated[datetime.datetime, Field(alias="published_at")]]
    published_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="published_by")]]
    shown_body_md: NotRequired[Annotated[Optional[str], Field(alias="shown_body_md")]]
    shown_transcript: NotRequired[Annotated[Optional[str], Field(alias="shown_transcript")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    transcript: NotRequired[Annotated[Optional[str], Field(alias="transcript")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessons(BaseModel):
    archived_at: Optional[datetime.datetime] = Field(alias="archived_at")
    completion_rule: PublicCompletionRule = Field(alias="completion_rule")
    completion_threshold: float = Field(alias="completion_threshold")
    content_type: PublicContentType = Field(alias="content_type")
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    duration_minutes: float = Field(alias="duration_minutes")
    id: uuid.UUID = Field(alias="id")
    is_listed: bool = Field(alias="is_listed")
    is_preview: bool = Field(alias="is_preview")
    is_published: bool = Field(alias="is_published")
    is_required: bool = Field(alias="is_required")
    is_restored_published: bool = Field(alias="is_restored_published")
    module_id: uuid.UUID = Field(alias="module_id")
    ord: int = Field(alias="ord")
    release_after: Optional[str] = Field(alias="release_after")
    release_at: Optional[datetime.datetime] = Field(alias="release_at")
    slug: str = Field(alias="slug")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")
    weight: float = Field(alias="weight")

class PublicLessonsInsert(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    completion_rule: Annotated[PublicCompletionRule, Field(alias="completion_rule")]
    completion_threshold: NotRequired[Annotated[float, Field(alias="completion_threshold")]]
    content_type: NotRequired[Annotated[PublicContentType, Field(alias="content_type")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    duration_minutes: NotRequired[Annotated[float, Field(alias="duration_minutes")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    is_preview: NotRequired[Annotated[bool, Field(alias="is_preview")]]
    is_published: NotRequired[Annotated[bool, Field(alias="is_published")]]
    is_required: NotRequired[Annotated[bool, Field(alias="is_required")]]
    is_restored_published: NotRequired[Annotated[bool, Field(alias="is_restored_published")]]
    module_id: Annotated[uuid.UUID, Field(alias="module_id")]
    ord: Annotated[int, Field(alias="ord")]
    release_after: NotRequired[Annotated[Optional[str], Field(alias="release_after")]]
    release_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="release_at")]]
    slug: Annotated[str, Field(alias="slug")]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    weight: NotRequired[Annotated[float, Field(alias="weight")]]

class PublicLessonsUpdate(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    completion_rule: NotRequired[Annotated[PublicCompletionRule, Field(alias="completion_rule")]]
    completion_threshold: NotRequired[Annotated[float, Field(alias="completion_threshold")]]
    content_type: NotRequired[Annotated[PublicContentType, Field(alias="content_type")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    duration_minutes: NotRequired[Annotated[float, Field(alias="duration_minutes")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    is_preview: NotRequired[Annotated[bool, Field(alias="is_preview")]]
    is_published: NotRequired[Annotated[bool, Field(alias="is_published")]]
    is_required: NotRequired[Annotated[bool, Field(alias="is_required")]]
    is_restored_published: NotRequired[Annotated[bool, Field(alias="is_restored_published")]]
    module_id: NotRequired[Annotated[uuid.UUID, Field(alias="module_id")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    release_after: NotRequired[Annotated[Optional[str], Field(alias="release_after")]]
    release_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="release_at")]]
    slug: NotRequired[Annotated[str, Field(alias="slug")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    weight: NotRequired[Annotated[float, Field(alias="weight")]]

class PublicModules(BaseModel):
    archived_at: Optional[datetime.datetime] = Field(alias="archived_at")
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    is_listed: bool = Field(alias="is_listed")
    ord: int = Field(alias="ord")
    summary: str = Field(alias="summary")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicModulesInsert(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    ord: Annotated[int, Field(alias="ord")]
    summary: NotRequired[Annotated[str, Field(alias="summary")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicModulesUpdate(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    summary: NotRequired[Annotated[str, Field(alias="summary")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicOfferCourses(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    offer_id: uuid.UUID = Field(alias="offer_id")

class PublicOfferCoursesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    offer_id: Annotated[uuid.UUID, Field(alias="offer_id")]

class PublicOfferCoursesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    offer_id: NotRequired[Annotated[uuid.UUID, Field(alias="offer_id")]]

class PublicOffers(BaseModel):
    access_days: Optional[int] = Field(alias="access_days")
    billing_period: Optional[str] = Field(alias="billing_period")
    created_at: datetime.datetime = Field(alias="created_at")
    currency: str = Field(alias="currency")
    grace_days: int = Field(alias="grace_days")
    id: uuid.UUID = Field(alias="id")
    is_active: bool = Field(alias="is_active")
    price: int = Field(alias="price")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicOffersInsert(TypedDict):
    access_days: NotRequired[Annotated[Optional[int], Field(alias="access_days")]]
    billing_period: NotRequired[Annotated[Optional[str], Field(alias="billing_period")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: Annotated[str, Field(alias="currency")]
    grace_days: NotRequired[Annotated[int, Field(alias="grace_days")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_active: NotRequired[Annotated[bool, Field(alias="is_active")]]
    price: Annotated[int, Field(alias="price")]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicOffersUpdate(TypedDict):
    access_days: NotRequired[Annotated[Optional[int], Field(alias="access_days")]]
    billing_period: NotRequired[Annotated[Optional[str], Field(alias="billing_period")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: NotRequired[Annotated[str, Field(alias="currency")]]
    grace_days: NotRequired[Annotated[int, Field(alias="grace_days")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_active: NotRequired[Annotated[bool, Field(alias="is_active")]]
    price: NotRequired[Annotated[int, Field(alias="price")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicOrders(BaseModel):
    amount: Optional[int] = Field(alias="amount")
    cancelled_at: Optional[datetime.datetime] = Field(alias="cancelled_at")
    created_at: datetime.datetime = Field(alias="created_at")
    currency: Optional[str] = Field(alias="currency")
    disputed_at: Optional[datetime.datetime] = Field(alias="disputed_at")
    ended_at: Optional[datetime.datetime] = Field(alias="ended_at")
    expires_at: Optional[datetime.datetime] = Field(alias="expires_at")
    grace_days: Optional[int] = Field(alias="grace_days")
    id: uuid.UUID = Field(alias="id")
    is_disputed: bool = Field(alias="is_disputed")
    is_refunded: bool = Field(alias="is_refunded")
    offer_id: Optional[uuid.UUID] = Field(alias="offer_id")
    paid_at: Optional[datetime.datetime] = Field(alias="paid_at")
    period_ends_at: Optional[datetime.datetime] = Field(alias="period_ends_at")
    provider: str = Field(alias="provider")
    reference: str = Field(alias="reference")
    refunded_amount: int = Field(alias="refunded_amount")
    status: str = Field(alias="status")
    subscription: Optional[str] = Field(alias="subscription")
    title: Optional[str] = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")
    user_id: Optional[uuid.UUID] = Field(alias="user_id")

class PublicOrdersInsert(TypedDict):
    amount: NotRequired[Annotated[Optional[int], Field(alias="amount")]]
    cancelled_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="cancelled_at")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: NotRequired[Annotated[Optional[str], Field(alias="currency")]]
    disputed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="disputed_at")]]
    ended_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="ended_at")]]
    expires_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="expires_at")]]
    grace_days: NotRequired[Annotated[Optional[int], Field(alias="grace_days")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_disputed: NotRequired[Annotated[bool, Field(alias="is_disputed")]]
    is_refunded: NotRequired[Annotated[bool, Field(alias="is_refunded")]]
    offer_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="offer_id")]]
    paid_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="paid_at")]]
    period_ends_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="period_ends_at")]]
    provider: Annotated[str, Field(alias="provider")]
    reference: Annotated[str, Field(alias="reference")]
    refunded_amount: NotRequired[Annotated[int, Field(alias="refunded_amount")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    subscription: NotRequired[Annotated[Optional[str], Field(alias="subscription")]]
    title: NotRequired[Annotated[Optional[str], Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="user_id")]]

class PublicOrdersUpdate(TypedDict):
    amount: NotRequired[Annotated[Optional[int], Field(alias="amount")]]
    cancelled_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="cancelled_at")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    currency: NotRequired[Annotated[Optional[str], Field(alias="currency")]]
    disputed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="disputed_at")]]
    ended_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="ended_at")]]
    expires_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="expires_at")]]
    grace_days: NotRequired[Annotated[Optional[int], Field(alias="grace_days")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_disputed: NotRequired[Annotated[bool, Field(alias="is_disputed")]]
    is_refunded: NotRequired[Annotated[bool, Field(alias="is_refunded")]]
    offer_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="offer_id")]]
    paid_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="paid_at")]]
    period_ends_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="period_ends_at")]]
    provider: NotRequired[Annotated[str, Field(alias="provider")]]
    reference: NotRequired[Annotated[str, Field(alias="reference")]]
    refunded_amount: NotRequired[Annotated[int, Field(alias="refunded_amount")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    subscription: NotRequired[Annotated[Optional[str], Field(alias="subscription")]]
    title: NotRequired[Annotated[Optional[str], Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="user_id")]]

class PublicProfiles(BaseModel):
    avatar_url: Optional[str] = Field(alias="avatar_url")
    bio_md: str = Field(alias="bio_md")
    created_at: datetime.datetime = Field(alias="created_at")
    deleted_at: Optional[datetime.datetime] = Field(alias="deleted_at")
    email: str = Field(alias="email")
    headline: str = Field(alias="headline")
    id: uuid.UUID = Field(alias="id")
    locale: str = Field(alias="locale")
    name: str = Field(alias="name")
    role: PublicAppRole = Field(alias="role")
    time_zone: str = Field(alias="time_zone")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicProfilesInsert(TypedDict):
    avatar_url: NotRequired[Annotated[Optional[str], Field(alias="avatar_url")]]
    bio_md: NotRequired[Annotated[str, Field(alias="bio_md")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    headline: NotRequired[Annotated[str, Field(alias="headline")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    role: NotRequired[Annotated[PublicAppRole, Field(alias="role")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicProfilesUpdate(TypedDict):
    avatar_url: NotRequired[Annotated[Optional[str], Field(alias="avatar_url")]]
    bio_md: NotRequired[Annotated[str, Field(alias="bio_md")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    deleted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deleted_at")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    headline: NotRequired[Annotated[str, Field(alias="headline")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    role: NotRequired[Annotated[PublicAppRole, Field(alias="role")]]
    time_zone: NotRequired[Annotated[str, Field(alias="time_zone")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicQuestionBanks(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicQuestionBanksInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicQuestionBanksUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicQuestions(BaseModel):
    archived_at: Optional[datetime.datetime] = Field(alias="archived_at")
    bank_id: Optional[uuid.UUID] = Field(alias="bank_id")
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    kind: PublicQuestionKind = Field(alias="kind")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    options: JsonValue = Field(alias="options")
    ord: int = Field(alias="ord")
    points: float = Field(alias="points")
    prompt_md: str = Field(alias="prompt_md")
    revision: int = Field(alias="revision")
    tags: List[str] = Field(alias="tags")
    updated_at: datetime.datetime = Field(alias="updated_at")
    updated_by: Optional[uuid.UUID] = Field(alias="updated_by")

class PublicQuestionsInsert(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    bank_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="bank_id")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    kind: Annotated[PublicQuestionKind, Field(alias="kind")]
    lesson_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="lesson_id")]]
    options: NotRequired[Annotated[JsonValue, Field(alias="options")]]
    ord: Annotated[int, Field(alias="ord")]
    points: NotRequired[Annotated[float, Field(alias="points")]]
    prompt_md: Annotated[str, Field(alias="prompt_md")]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="updated_by")]]

class PublicQuestionsUpdate(TypedDict):
    archived_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="archived_at")]]
    bank_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="bank_id")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    kind: NotRequired[Annotated[PublicQuestionKind, Field(alias="kind")]]
    lesson_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="lesson_id")]]
    options: NotRequired[Annotated[JsonValue, Field(alias="options")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    points: NotRequired[Annotated[float, Field(alias="points")]]
    prompt_md: NotRequired[Annotated[str, Field(alias="prompt_md")]]
    revision: NotRequired[Annotated[int, Field(alias="revision")]]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    updated_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="updated_by")]]

class PublicQuizAttempts(BaseModel):
    answered_at: Optional[datetime.datetime] = Field(alias="answered_at")
    answers: JsonValue = Field(alias="answers")
    content_version: Optional[int] = Field(alias="content_version")
    course_id: uuid.UUID = Field(alias="course_id")
    deadline: Optional[datetime.datetime] = Field(alias="deadline")
    hints: JsonValue = Field(alias="hints")
    id: uuid.UUID = Field(alias="id")
    is_overridden: bool = Field(alias="is_overridden")
    is_passed: Optional[bool] = Field(alias="is_passed")
    is_pending: bool = Field(alias="is_pending")
    items: JsonValue = Field(alias="items")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    max_score: float = Field(alias="max_score")
    number: int = Field(alias="number")
    revisions: JsonValue = Field(alias="revisions")
    score: Optional[float] = Field(alias="score")
    started_at: datetime.datetime = Field(alias="started_at")
    status: PublicAttemptStatus = Field(alias="status")
    submitted_at: Optional[datetime.datetime] = Field(alias="submitted_at")
    time_limit_seconds: Optional[int] = Field(alias="time_limit_seconds")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicQuizAttemptsInsert(TypedDict):
    answered_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="answered_at")]]
    answers: NotRequired[Annotated[JsonValue, Field(alias="answers")]]
    content_version: NotRequired[Annotated[Optional[int], Field(alias="content_version")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    deadline: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deadline")]]
    hints: NotRequired[Annotated[JsonValue, Field(alias="hints")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_overridden: NotRequired[Annotated[bool, Field(alias="is_overridden")]]
    is_passed: NotRequired[Annotated[Optional[bool], Field(alias="is_passed")]]
    is_pending: NotRequired[Annotated[bool, Field(alias="is_pending")]]
    items: Annotated[JsonValue, Field(alias="items")]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    max_score: Annotated[float, Field(alias="max_score")]
    number: Annotated[int, Field(alias="number")]
    revisions: NotRequired[Annotated[JsonValue, Field(alias="revisions")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    status: NotRequired[Annotated[PublicAttemptStatus, Field(alias="status")]]
    submitted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="submitted_at")]]
    time_limit_seconds: NotRequired[Annotated[Optional[int], Field(alias="time_limit_seconds")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicQuizAttemptsUpdate(TypedDict):
    answered_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="answered_at")]]
    answers: NotRequired[Annotated[JsonValue, Field(alias="answers")]]
    content_version: NotRequired[Annotated[Optional[int], Field(alias="content_version")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    deadline: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="deadline")]]
    hints: NotRequired[Annotated[JsonValue, Field(alias="hints")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_overridden: NotRequired[Annotated[bool, Field(alias="is_overridden")]]
    is_passed: NotRequired[Annotated[Optional[bool], Field(alias="is_passed")]]
    is_pending: NotRequired[Annotated[bool, Field(alias="is_pending")]]
    items: NotRequired[Annotated[JsonValue, Field(alias="items")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    max_score: NotRequired[Annotated[float, Field(alias="max_score")]]
    number: NotRequired[Annotated[int, Field(alias="number")]]
    revisions: NotRequired[Annotated[JsonValue, Field(alias="revisions")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    status: NotRequired[Annotated[PublicAttemptStatus, Field(alias="status")]]
    submitted_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="submitted_at")]]
    time_limit_seconds: NotRequired[Annotated[Optional[int], Field(alias="time_limit_seconds")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicQuizDraws(BaseModel):
    bank_id: uuid.UUID = Field(alias="bank_id")
    course_id: uuid.UUID = Field(alias="course_id")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    question_count: Optional[int] = Field(alias="question_count")
    tag: str = Field(alias="tag")

class PublicQuizDrawsInsert(TypedDict):
    bank_id: Annotated[uuid.UUID, Field(alias="bank_id")]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    question_count: NotRequired[Annotated[Optional[int], Field(alias="question_count")]]
    tag: NotRequired[Annotated[str, Field(alias="tag")]]

class PublicQuizDrawsUpdate(TypedDict):
    bank_id: NotRequired[Annotated[uuid.UUID, Field(alias="bank_id")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    question_count: NotRequired[Annotated[Optional[int], Field(alias="question_count")]]
    tag: NotRequired[Annotated[str, Field(alias="tag")]]

class PublicQuizzes(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    draw_count: Optional[int] = Field(alias="draw_count")
    due_at: Optional[datetime.datetime] = Field(alias="due_at")
    due_on: Optional[datetime.date] = Field(alias="due_on")
    is_shuffled: bool = Field(alias="is_shuffled")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    max_attempts: Optional[int] = Field(alias="max_attempts")
    pass_mark: float = Field(alias="pass_mark")
    reveal: PublicQuizReveal = Field(alias="reveal")
    scoring: PublicQuizScoring = Field(alias="scoring")
    time_limit_seconds: Optional[int] = Field(alias="time_limit_seconds")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicQuizzesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    draw_count: NotRequired[Annotated[Optional[int], Field(alias="draw_count")]]
    due_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="due_at")]]
    due_on: NotRequired[Annotated[Optional[datetime.date], Field(alias="due_on")]]
    is_shuffled: NotRequired[Annotated[bool, Field(alias="is_shuffled")]]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    max_attempts: NotRequired[Annotated[Optional[int], Field(alias="max_attempts")]]
    pass_mark: NotRequired[Annotated[float, Field(alias="pass_mark")]]
    reveal: NotRequired[Annotated[PublicQuizReveal, Field(alias="reveal")]]
    scoring: NotRequired[Annotated[PublicQuizScoring, Field(alias="scoring")]]
    time_limit_seconds: NotRequired[Annotated[Optional[int], Field(alias="time_limit_seconds")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicQuizzesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    draw_count: NotRequired[Annotated[Optional[int], Field(alias="draw_count")]]
    due_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="due_at")]]
    due_on: NotRequired[Annotated[Optional[datetime.date], Field(alias="due_on")]]
    is_shuffled: NotRequired[Annotated[bool, Field(alias="is_shuffled")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    max_attempts: NotRequired[Annotated[Optional[int], Field(alias="max_attempts")]]
    pass_mark: NotRequired[Annotated[float, Field(alias="pass_mark")]]
    reveal: NotRequired[Annotated[PublicQuizReveal, Field(alias="reveal")]]
    scoring: NotRequired[Annotated[PublicQuizScoring, Field(alias="scoring")]]
    time_limit_seconds: NotRequired[Annotated[Optional[int], Field(alias="time_limit_seconds")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicTutorConversations(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicTutorConversationsInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    lesson_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="lesson_id")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicTutorConversationsUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    lesson_id: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="lesson_id")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]

class PublicTutorMessages(BaseModel):
    citations: JsonValue = Field(alias="citations")
    content: str = Field(alias="content")
    conversation_id: uuid.UUID = Field(alias="conversation_id")
    created_at: datetime.datetime = Field(alias="created_at")
    details: JsonValue = Field(alias="details")
    id: uuid.UUID = Field(alias="id")
    role: str = Field(alias="role")
    status: str = Field(alias="status")
    superseded_by: Optional[uuid.UUID] = Field(alias="superseded_by")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicTutorMessagesInsert(TypedDict):
    citations: NotRequired[Annotated[JsonValue, Field(alias="citations")]]
    content: NotRequired[Annotated[str, Field(alias="content")]]
    conversation_id: Annotated[uuid.UUID, Field(alias="conversation_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    details: NotRequired[Annotated[JsonValue, Field(alias="details")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    role: Annotated[str, Field(alias="role")]
    status: Annotated[str, Field(alias="status")]
    superseded_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="superseded_by")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicTutorMessagesUpdate(TypedDict):
    citations: NotRequired[Annotated[JsonValue, Field(alias="citations")]]
    content: NotRequired[Annotated[str, Field(alias="content")]]
    conversation_id: NotRequired[Annotated[uuid.UUID, Field(alias="conversation_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    details: NotRequired[Annotated[JsonValue, Field(alias="details")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    role: NotRequired[Annotated[str, Field(alias="role")]]
    status: NotRequired[Annotated[str, Field(alias="status")]]
    superseded_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="superseded_by")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]





class PublicBudget(BaseModel):
    kind: Optional[str] = Field(alias="kind")
    max_rows: Optional[int] = Field(alias="max_rows")
    max_bytes: Optional[int] = Field(alias="max_bytes")

class PublicCourseCompletion(BaseModel):
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    is_course_complete: Optional[bool] = Field(alias="is_course_complete")
    certificate_code: Optional[str] = Field(alias="certificate_code")

class PublicCourseFigures(BaseModel):
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    title: Optional[str] = Field(alias="title")
    since: Optional[datetime.date] = Field(alias="since")
    pending: Optional[int] = Field(alias="pending")
    waitlisted: Optional[int] = Field(alias="waitlisted")
    active: Optional[int] = Field(alias="active")
    completed: Optional[int] = Field(alias="completed")
    withdrawn: Optional[int] = Field(alias="withdrawn")
    active_learners: Optional[int] = Field(alias="active_learners")
    enrolled_since: Optional[int] = Field(alias="enrolled_since")
    completed_since: Optional[int] = Field(alias="completed_since")
    completion_rate: Optional[float] = Field(alias="completion_rate")
    mean_progress: Optional[float] = Field(alias="mean_progress")
    median_days_to_complete: Optional[int] = Field(alias="median_days_to_complete")
    seconds_spent: Optional[int] = Field(alias="seconds_spent")
    mean_score: Optional[float] = Field(alias="mean_score")
    score_distribution: Optional[JsonValue] = Field(alias="score_distribution")
    days: Optional[JsonValue] = Field(alias="days")

class PublicCourseImport(BaseModel):
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    is_new: Optional[bool] = Field(alias="is_new")
    files: Optional[JsonValue] = Field(alias="files")

class PublicCourseProblem(BaseModel):
    code: Optional[str] = Field(alias="code")
    subject_id: Optional[uuid.UUID] = Field(alias="subject_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    message: Optional[str] = Field(alias="message")
    cursor: Optional[str] = Field(alias="cursor")

class PublicEnrollmentAnswer(BaseModel):
    id: Optional[uuid.UUID] = Field(alias="id")
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    status: Optional[PublicEnrollmentStatus] = Field(alias="status")
    requested_at: Optional[datetime.datetime] = Field(alias="requested_at")
    enrolled_at: Optional[datetime.datetime] = Field(alias="enrolled_at")
    has_left: Optional[bool] = Field(alias="has_left")
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    completed_version: Optional[int] = Field(alias="completed_version")
    last_activity_at: Optional[datetime.datetime] = Field(alias="last_activity_at")
    lessons_completed: Optional[int] = Field(alias="lessons_completed")
    progress: Optional[float] = Field(alias="progress")
    code: Optional[str] = Field(alias="code")
    message: Optional[str] = Field(alias="message")
    details: Optional[str] = Field(alias="details")
    hint: Optional[str] = Field(alias="hint")

class PublicGradeHistoryRow(BaseModel):
    id: Optional[int] = Field(alias="id")
    occurred_at: Optional[datetime.datetime] = Field(alias="occurred_at")
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    lesson_title: Optional[str] = Field(alias="lesson_title")
    work_id: Optional[uuid.UUID] = Field(alias="work_id")
    action: Optional[str] = Field(alias="action")
    old_score: Optional[float] = Field(alias="old_score")
    new_score: Optional[float] = Field(alias="new_score")
    reason: Optional[str] = Field(alias="reason")
    actor_id: Optional[uuid.UUID] = Field(alias="actor_id")
    cursor: Optional[str] = Field(alias="cursor")

class PublicGradebookRow(BaseModel):
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    name: Optional[str] = Field(alias="name")
    email: Optional[str] = Field(alias="email")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    lesson_title: Optional[str] = Field(alias="lesson_title")
    content_type: Optional[PublicContentType] = Field(alias="content_type")
    weight: Optional[float] = Field(alias="weight")
    score: Optional[float] = Field(alias="score")
    status: Optional[PublicProgressStatus] = Field(alias="status")
    attempt_count: Optional[int] = Field(alias="attempt_count")
    is_late: Optional[bool] = Field(alias="is_late")
    is_overridden: Optional[bool] = Field(alias="is_overridden")
    is_archived: Optional[bool] = Field(alias="is_archived")
    course_score: Optional[float] = Field(alias="course_score")
    cursor: Optional[str] = Field(alias="cursor")

class PublicLabQueueRow(BaseModel):
    submission_id: Optional[uuid.UUID] = Field(alias="submission_id")
    attempt_id: Optional[uuid.UUID] = Field(alias="attempt_id")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    lesson_title: Optional[str] = Field(alias="lesson_title")
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    name: Optional[str] = Field(alias="name")
    version: Optional[int] = Field(alias="version")
    is_late: Optional[bool] = Field(alias="is_late")
    submitted_at: Optional[datetime.datetime] = Field(alias="submitted_at")
    claimed_by: Optional[uuid.UUID] = Field(alias="claimed_by")
    claimed_until: Optional[datetime.datetime] = Field(alias="claimed_until")
    cursor: Optional[str] = Field(alias="cursor")

class PublicLessonAccessRow(BaseModel):
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    status: Optional[str] = Field(alias="status")
    is_open: Optional[bool] = Field(alias="is_open")
    reason: Optional[str] = Field(alias="reason")
    opens_at: Optional[datetime.datetime] = Field(alias="opens_at")
    requires: Optional[List[uuid.UUID]] = Field(alias="requires")
    cursor: Optional[str] = Field(alias="cursor")

class PublicLessonCompletion(BaseModel):
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    status: Optional[PublicProgressStatus] = Field(alias="status")
    position_seconds: Optional[int] = Field(alias="position_seconds")
    furthest_seconds: Optional[int] = Field(alias="furthest_seconds")
    watched: Optional[str] = Field(alias="watched")
    watched_seconds: Optional[int] = Field(alias="watched_seconds")
    watch_credit: Optional[float] = Field(alias="watch_credit")
    seconds_spent: Optional[int] = Field(alias="seconds_spent")
    score: Optional[float] = Field(alias="score")
    content_version: Optional[int] = Field(alias="content_version")
    started_at: Optional[datetime.datetime] = Field(alias="started_at")
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    updated_at: Optional[datetime.datetime] = Field(alias="updated_at")
    is_course_complete: Optional[bool] = Field(alias="is_course_complete")
    certificate_code: Optional[str] = Field(alias="certificate_code")

class PublicLessonPublication(BaseModel):
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    version: Optional[int] = Field(alias="version")
    title: Optional[str] = Field(alias="title")
    note: Optional[str] = Field(alias="note")
    published_by: Optional[uuid.UUID] = Field(alias="published_by")
    published_by_name: Optional[str] = Field(alias="published_by_name")
    published_at: Optional[datetime.datetime] = Field(alias="published_at")
    is_current: Optional[bool] = Field(alias="is_current")
    cursor: Optional[str] = Field(alias="cursor")

class PublicPlatformFigures(BaseModel):
    since: Optional[datetime.date] = Field(alias="since")
    learners: Optional[int] = Field(alias="learners")
    instructors: Optional[int] = Field(alias="instructors")
    admins: Optional[int] = Field(alias="admins")
    courses: Optional[int] = Field(alias="courses")
    courses_published: Optional[int] = Field(alias="courses_published")
    lessons_published: Optional[int] = Field(alias="lessons_published")
    enrollments_active: Optional[int] = Field(alias="enrollments_active")
    enrollments_completed: Optional[int] = Field(alias="enrollments_completed")
    certificates: Optional[int] = Field(alias="certificates")
    active_learners: Optional[int] = Field(alias="active_learners")
    enrolled_since: Optional[int] = Field(alias="enrolled_since")
    completed_since: Optional[int] = Field(alias="completed_since")
    seconds_spent: Optional[int] = Field(alias="seconds_spent")
    days: Optional[JsonValue] = Field(alias="days")
    top_courses: Optional[JsonValue] = Field(alias="top_courses")

class PublicQuestionImport(BaseModel):
    is_new: Optional[bool] = Field(alias="is_new")
    question_ids: Optional[List[uuid.UUID]] = Field(alias="question_ids")

class PublicQuestionStatsRow(BaseModel):
    question_id: Optional[uuid.UUID] = Field(alias="question_id")
    ord: Optional[int] = Field(alias="ord")
    kind: Optional[PublicQuestionKind] = Field(alias="kind")
    prompt_md: Optional[str] = Field(alias="prompt_md")
    answer_count: Optional[int] = Field(alias="answer_count")
    difficulty: Optional[float] = Field(alias="difficulty")
    discrimination: Optional[float] = Field(alias="discrimination")
    choices: Optional[JsonValue] = Field(alias="choices")
    cursor: Optional[str] = Field(alias="cursor")

class PublicQuestionVersion(BaseModel):
    revision: Optional[int] = Field(alias="revision")
    prompt_md: Optional[str] = Field(alias="prompt_md")
    points: Optional[float] = Field(alias="points")
    options: Optional[JsonValue] = Field(alias="options")
    key: Optional[JsonValue] = Field(alias="key")
    explanation_md: Optional[str] = Field(alias="explanation_md")
    feedback: Optional[JsonValue] = Field(alias="feedback")
    hints: Optional[JsonValue] = Field(alias="hints")
    saved_at: Optional[datetime.datetime] = Field(alias="saved_at")
    saved_by: Optional[uuid.UUID] = Field(alias="saved_by")
    saved_by_name: Optional[str] = Field(alias="saved_by_name")
    cursor: Optional[str] = Field(alias="cursor")

class PublicReadyLearner(BaseModel):
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    name: Optional[str] = Field(alias="name")
    email: Optional[str] = Field(alias="email")
    lessons_completed: Optional[int] = Field(alias="lessons_completed")
    enrolled_at: Optional[datetime.datetime] = Field(alias="enrolled_at")
    last_activity_at: Optional[datetime.datetime] = Field(alias="last_activity_at")
    cursor: Optional[str] = Field(alias="cursor")

class PublicRoleChange(BaseModel):
    id: Optional[uuid.UUID] = Field(alias="id")
    email: Optional[str] = Field(alias="email")
    name: Optional[str] = Field(alias="name")
    avatar_url: Optional[str] = Field(alias="avatar_url")
    locale: Optional[str] = Field(alias="locale")
    time_zone: Optional[str] = Field(alias="time_zone")
    role: Optional[PublicAppRole] = Field(alias="role")
    created_at: Optional[datetime.datetime] = Field(alias="created_at")
    updated_at: Optional[datetime.datetime] = Field(alias="updated_at")
    ownerless_courses: Optional[JsonValue] = Field(alias="ownerless_courses")

class PublicRubricCriterion(BaseModel):
    id: Optional[str] = Field(alias="id")
    title: Optional[str] = Field(alias="title")
    points: Optional[float] = Field(alias="points")

class PublicSeenVersion(BaseModel):
    kind: Optional[str] = Field(alias="kind")
    subject_id: Optional[uuid.UUID] = Field(alias="subject_id")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_slug: Optional[str] = Field(alias="course_slug")
    lesson_slug: Optional[str] = Field(alias="lesson_slug")
    title: Optional[str] = Field(alias="title")
    seen_at: Optional[datetime.datetime] = Field(alias="seen_at")
    version: Optional[int] = Field(alias="version")
    published_at: Optional[datetime.datetime] = Field(alias="published_at")
    cursor: Optional[str] = Field(alias="cursor")

class PublicTimedAttempt(BaseModel):
    id: Optional[uuid.UUID] = Field(alias="id")
    lesson_id: Optional[uuid.UUID] = Field(alias="lesson_id")
    course_id: Optional[uuid.UUID] = Field(alias="course_id")
    user_id: Optional[uuid.UUID] = Field(alias="user_id")
    number: Optional[int] = Field(alias="number")
    status: Optional[PublicAttemptStatus] = Field(alias="status")
    started_at: Optional[datetime.datetime] = Field(alias="started_at")
    time_limit_seconds: Optional[int] = Field(alias="time_limit_seconds")
    deadline: Optional[datetime.datetime] = Field(alias="deadline")
    answered_at: Optional[datetime.datetime] = Field(alias="answered_at")
    revisions: Optional[JsonValue] = Field(alias="revisions")
    submitted_at: Optional[datetime.datetime] = Field(alias="submitted_at")
    score: Optional[float] = Field(alias="score")
    max_score: Optional[float] = Field(alias="max_score")
    is_passed: Optional[bool] = Field(alias="is_passed")
    is_overridden: Optional[bool] = Field(alias="is_overridden")
    content_version: Optional[int] = Field(alias="content_version")
    is_pending: Optional[bool] = Field(alias="is_pending")
    hints: Optional[JsonValue] = Field(alias="hints")
    items: Optional[JsonValue] = Field(alias="items")
    answers: Optional[JsonValue] = Field(alias="answers")
    now: Optional[datetime.datetime] = Field(alias="now")
    seconds_left: Optional[int] = Field(alias="seconds_left")

class PublicUnusedObject(BaseModel):
    bucket: Optional[str] = Field(alias="bucket")
    path: Optional[str] = Field(alias="path")
