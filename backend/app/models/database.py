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

PublicCompletionRule: TypeAlias = Literal["view", "watch", "pass", "accept", "manual"]

PublicContentType: TypeAlias = Literal["video", "text", "quiz", "lab"]

PublicCourseRole: TypeAlias = Literal["owner", "instructor", "assistant"]

PublicEnrollmentMode: TypeAlias = Literal["open", "code", "approval", "closed"]

PublicEnrollmentStatus: TypeAlias = Literal["pending", "waitlisted", "active", "completed", "withdrawn"]

PublicProgressState: TypeAlias = Literal["started", "completed"]

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
    capacity: Optional[int] = Field(alias="capacity")
    closes_at: Optional[datetime.datetime] = Field(alias="closes_at")
    cover_url: Optional[str] = Field(alias="cover_url")
    created_at: datetime.datetime = Field(alias="created_at")
    created_by: Optional[uuid.UUID] = Field(alias="created_by")
    description: str = Field(alias="description")
    enrollment_mode: PublicEnrollmentMode = Field(alias="enrollment_mode")
    id: uuid.UUID = Field(alias="id")
    lesson_count: int = Field(alias="lesson_count")
    level: Optional[str] = Field(alias="level")
    locale: str = Field(alias="locale")
    opens_at: Optional[datetime.datetime] = Field(alias="opens_at")
    published: bool = Field(alias="published")
    required_count: int = Field(alias="required_count")
    sequential: bool = Field(alias="sequential")
    slug: str = Field(alias="slug")
    tags: List[str] = Field(alias="tags")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")
    version: int = Field(alias="version")

class PublicCoursesInsert(TypedDict):
    capacity: NotRequired[Annotated[Optional[int], Field(alias="capacity")]]
    closes_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="closes_at")]]
    cover_url: NotRequired[Annotated[Optional[str], Field(alias="cover_url")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    enrollment_mode: NotRequired[Annotated[PublicEnrollmentMode, Field(alias="enrollment_mode")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    lesson_count: NotRequired[Annotated[int, Field(alias="lesson_count")]]
    level: NotRequired[Annotated[Optional[str], Field(alias="level")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    opens_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="opens_at")]]
    published: NotRequired[Annotated[bool, Field(alias="published")]]
    required_count: NotRequired[Annotated[int, Field(alias="required_count")]]
    sequential: NotRequired[Annotated[bool, Field(alias="sequential")]]
    slug: Annotated[str, Field(alias="slug")]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]

class PublicCoursesUpdate(TypedDict):
    capacity: NotRequired[Annotated[Optional[int], Field(alias="capacity")]]
    closes_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="closes_at")]]
    cover_url: NotRequired[Annotated[Optional[str], Field(alias="cover_url")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    created_by: NotRequired[Annotated[Optional[uuid.UUID], Field(alias="created_by")]]
    description: NotRequired[Annotated[str, Field(alias="description")]]
    enrollment_mode: NotRequired[Annotated[PublicEnrollmentMode, Field(alias="enrollment_mode")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    lesson_count: NotRequired[Annotated[int, Field(alias="lesson_count")]]
    level: NotRequired[Annotated[Optional[str], Field(alias="level")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    opens_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="opens_at")]]
    published: NotRequired[Annotated[bool, Field(alias="published")]]
    required_count: NotRequired[Annotated[int, Field(alias="required_count")]]
    sequential: NotRequired[Annotated[bool, Field(alias="sequential")]]
    slug: NotRequired[Annotated[str, Field(alias="slug")]]
    tags: NotRequired[Annotated[List[str], Field(alias="tags")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    version: NotRequired[Annotated[int, Field(alias="version")]]

class PublicEnrollments(BaseModel):
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    completed_version: Optional[int] = Field(alias="completed_version")
    course_id: uuid.UUID = Field(alias="course_id")
    enrolled_at: datetime.datetime = Field(alias="enrolled_at")
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
    revoked_at: Optional[datetime.datetime] = Field(alias="revoked_at")
    source: str = Field(alias="source")
    starts_at: datetime.datetime = Field(alias="starts_at")
    user_id: uuid.UUID = Field(alias="user_id")

class PublicEntitlementsInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    expires_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    source: Annotated[str, Field(alias="source")]
    starts_at: NotRequired[Annotated[datetime.datetime, Field(alias="starts_at")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]

class PublicEntitlementsUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    expires_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="expires_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    revoked_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="revoked_at")]]
    source: NotRequired[Annotated[str, Field(alias="source")]]
    starts_at: NotRequired[Annotated[datetime.datetime, Field(alias="starts_at")]]
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
    video_url: NotRequired[Annotated[Optional[str], Field(alias="video_url")]]

class PublicLessonPrerequisites(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    min_score: Optional[float] = Field(alias="min_score")
    prerequisite_id: uuid.UUID = Field(alias="prerequisite_id")

class PublicLessonPrerequisitesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    min_score: NotRequired[Annotated[Optional[float], Field(alias="min_score")]]
    prerequisite_id: Annotated[uuid.UUID, Field(alias="prerequisite_id")]

class PublicLessonPrerequisitesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    min_score: NotRequired[Annotated[Optional[float], Field(alias="min_score")]]
    prerequisite_id: NotRequired[Annotated[uuid.UUID, Field(alias="prerequisite_id")]]

class PublicLessonProgress(BaseModel):
    completed_at: Optional[datetime.datetime] = Field(alias="completed_at")
    course_id: uuid.UUID = Field(alias="course_id")
    lesson_id: uuid.UUID = Field(alias="lesson_id")
    position_seconds: int = Field(alias="position_seconds")
    score: Optional[float] = Field(alias="score")
    seconds_spent: int = Field(alias="seconds_spent")
    started_at: datetime.datetime = Field(alias="started_at")
    state: PublicProgressState = Field(alias="state")
    updated_at: datetime.datetime = Field(alias="updated_at")
    user_id: uuid.UUID = Field(alias="user_id")
    watched: str = Field(alias="watched")

class PublicLessonProgressInsert(TypedDict):
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    lesson_id: Annotated[uuid.UUID, Field(alias="lesson_id")]
    position_seconds: NotRequired[Annotated[int, Field(alias="position_seconds")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    seconds_spent: NotRequired[Annotated[int, Field(alias="seconds_spent")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    state: NotRequired[Annotated[PublicProgressState, Field(alias="state")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: Annotated[uuid.UUID, Field(alias="user_id")]
    watched: NotRequired[Annotated[str, Field(alias="watched")]]

class PublicLessonProgressUpdate(TypedDict):
    completed_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="completed_at")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    lesson_id: NotRequired[Annotated[uuid.UUID, Field(alias="lesson_id")]]
    position_seconds: NotRequired[Annotated[int, Field(alias="position_seconds")]]
    score: NotRequired[Annotated[Optional[float], Field(alias="score")]]
    seconds_spent: NotRequired[Annotated[int, Field(alias="seconds_spent")]]
    started_at: NotRequired[Annotated[datetime.datetime, Field(alias="started_at")]]
    state: NotRequired[Annotated[PublicProgressState, Field(alias="state")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
    user_id: NotRequired[Annotated[uuid.UUID, Field(alias="user_id")]]
    watched: NotRequired[Annotated[str, Field(alias="watched")]]

class PublicLessons(BaseModel):
    completion_rule: PublicCompletionRule = Field(alias="completion_rule")
    completion_threshold: float = Field(alias="completion_threshold")
    content_type: PublicContentType = Field(alias="content_type")
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    duration_minutes: float = Field(alias="duration_minutes")
    id: uuid.UUID = Field(alias="id")
    is_listed: bool = Field(alias="is_listed")
    module_id: uuid.UUID = Field(alias="module_id")
    ord: int = Field(alias="ord")
    preview: bool = Field(alias="preview")
    published: bool = Field(alias="published")
    release_after: Optional[str] = Field(alias="release_after")
    release_at: Optional[datetime.datetime] = Field(alias="release_at")
    required: bool = Field(alias="required")
    slug: str = Field(alias="slug")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicLessonsInsert(TypedDict):
    completion_rule: Annotated[PublicCompletionRule, Field(alias="completion_rule")]
    completion_threshold: NotRequired[Annotated[float, Field(alias="completion_threshold")]]
    content_type: NotRequired[Annotated[PublicContentType, Field(alias="content_type")]]
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    duration_minutes: NotRequired[Annotated[float, Field(alias="duration_minutes")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    module_id: Annotated[uuid.UUID, Field(alias="module_id")]
    ord: Annotated[int, Field(alias="ord")]
    preview: NotRequired[Annotated[bool, Field(alias="preview")]]
    published: NotRequired[Annotated[bool, Field(alias="published")]]
    release_after: NotRequired[Annotated[Optional[str], Field(alias="release_after")]]
    release_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="release_at")]]
    required: NotRequired[Annotated[bool, Field(alias="required")]]
    slug: Annotated[str, Field(alias="slug")]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicLessonsUpdate(TypedDict):
    completion_rule: NotRequired[Annotated[PublicCompletionRule, Field(alias="completion_rule")]]
    completion_threshold: NotRequired[Annotated[float, Field(alias="completion_threshold")]]
    content_type: NotRequired[Annotated[PublicContentType, Field(alias="content_type")]]
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    duration_minutes: NotRequired[Annotated[float, Field(alias="duration_minutes")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    module_id: NotRequired[Annotated[uuid.UUID, Field(alias="module_id")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    preview: NotRequired[Annotated[bool, Field(alias="preview")]]
    published: NotRequired[Annotated[bool, Field(alias="published")]]
    release_after: NotRequired[Annotated[Optional[str], Field(alias="release_after")]]
    release_at: NotRequired[Annotated[Optional[datetime.datetime], Field(alias="release_at")]]
    required: NotRequired[Annotated[bool, Field(alias="required")]]
    slug: NotRequired[Annotated[str, Field(alias="slug")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicModules(BaseModel):
    course_id: uuid.UUID = Field(alias="course_id")
    created_at: datetime.datetime = Field(alias="created_at")
    id: uuid.UUID = Field(alias="id")
    is_listed: bool = Field(alias="is_listed")
    ord: int = Field(alias="ord")
    summary: str = Field(alias="summary")
    title: str = Field(alias="title")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicModulesInsert(TypedDict):
    course_id: Annotated[uuid.UUID, Field(alias="course_id")]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    ord: Annotated[int, Field(alias="ord")]
    summary: NotRequired[Annotated[str, Field(alias="summary")]]
    title: Annotated[str, Field(alias="title")]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicModulesUpdate(TypedDict):
    course_id: NotRequired[Annotated[uuid.UUID, Field(alias="course_id")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    is_listed: NotRequired[Annotated[bool, Field(alias="is_listed")]]
    ord: NotRequired[Annotated[int, Field(alias="ord")]]
    summary: NotRequired[Annotated[str, Field(alias="summary")]]
    title: NotRequired[Annotated[str, Field(alias="title")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicProfiles(BaseModel):
    avatar_url: Optional[str] = Field(alias="avatar_url")
    created_at: datetime.datetime = Field(alias="created_at")
    email: str = Field(alias="email")
    id: uuid.UUID = Field(alias="id")
    locale: str = Field(alias="locale")
    name: str = Field(alias="name")
    role: PublicAppRole = Field(alias="role")
    updated_at: datetime.datetime = Field(alias="updated_at")

class PublicProfilesInsert(TypedDict):
    avatar_url: NotRequired[Annotated[Optional[str], Field(alias="avatar_url")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    id: Annotated[uuid.UUID, Field(alias="id")]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    role: NotRequired[Annotated[PublicAppRole, Field(alias="role")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]

class PublicProfilesUpdate(TypedDict):
    avatar_url: NotRequired[Annotated[Optional[str], Field(alias="avatar_url")]]
    created_at: NotRequired[Annotated[datetime.datetime, Field(alias="created_at")]]
    email: NotRequired[Annotated[str, Field(alias="email")]]
    id: NotRequired[Annotated[uuid.UUID, Field(alias="id")]]
    locale: NotRequired[Annotated[str, Field(alias="locale")]]
    name: NotRequired[Annotated[str, Field(alias="name")]]
    role: NotRequired[Annotated[PublicAppRole, Field(alias="role")]]
    updated_at: NotRequired[Annotated[datetime.datetime, Field(alias="updated_at")]]
