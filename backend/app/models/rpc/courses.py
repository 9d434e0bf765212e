"""Courses: the page of a course, access, the home page of a learner, enrollment by staff."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import (
    AppRole,
    CompletionRule,
    ContentType,
    Count,
    EnrollmentMode,
    EnrollmentStatus,
    Minutes,
    Percent,
    ProgressStatus,
    Seconds,
    Shape,
    Timestamp,
)
from app.models.rpc.grading import Criterion

QuizScoring = TypeAliasType("QuizScoring", Literal["highest", "last", "first", "average"])
QuizReveal = TypeAliasType(
    "QuizReveal", Literal["never", "after_submit", "after_pass", "after_close"]
)
LessonStatus = TypeAliasType("LessonStatus", Literal["locked", "open", "started", "completed"])
LockReason = TypeAliasType(
    "LockReason",
    Literal[
        "not_enrolled",
        "enrollment_pending",
        "waitlisted",
        "entitlement_ended",
        "course_unpublished",
        "course_archived",
        "not_released",
        "prerequisite",
        "sequence",
    ],
)


class LessonAccess(Shape):
    """One lesson of a course as it is for the caller."""

    lesson_id: UUID
    course_slug: str
    lesson_slug: str
    status: LessonStatus
    is_open: bool
    reason: LockReason | None = Field(description="Why it is locked; null for an open lesson.")
    opens_at: Timestamp | None = Field(description="When a date opens it; null without one.")
    requires: list[UUID] = Field(description="Lessons to complete first.")


class LessonAccessRow(LessonAccess):
    """A lesson in the list of its course."""

    cursor: str = Field(description="The next page starts after it.")


class OutlineCourse(Shape):
    """The course of an outline: its row without its author."""

    id: UUID
    slug: str
    title: str
    locale: str = Field(description="Language tag, such as en or de-CH.")
    time_zone: str = Field(description="Such as Europe/Paris.")
    description: str
    is_published: bool
    cover_url: str | None
    level: str | None
    tags: list[str]
    enrollment_mode: EnrollmentMode
    capacity: int | None = Field(description="Seats; null without a limit.")
    opens_at: Timestamp | None
    closes_at: Timestamp | None
    is_sequential: bool
    lesson_count: Count
    required_count: Count
    version: int
    archived_at: Timestamp | None = Field(description="Its learners only read it since then.")
    created_at: Timestamp
    updated_at: Timestamp


class OutlineEnrollment(Shape):
    """The caller's own enrollment, as the table has it."""

    id: UUID
    user_id: UUID
    course_id: UUID
    status: EnrollmentStatus
    requested_at: Timestamp
    enrolled_at: Timestamp
    has_left: bool = Field(description="The caller withdrew by themselves.")
    completed_at: Timestamp | None
    completed_version: int | None
    last_activity_at: Timestamp
    lessons_completed: Count
    progress: Percent


class EnrollmentAnswer(OutlineEnrollment):
    """The enrollment; the keys of an error are null, and set in the error `code_invalid`."""

    code: None
    message: None
    details: None
    hint: None


class LessonLink(Shape):
    """What a link to a lesson needs."""

    id: UUID
    slug: str
    course_slug: str
    title: str
    content_type: ContentType


class LessonState(LessonLink):
    """A lesson, and whether it is open to the caller."""

    duration_minutes: Minutes
    ord: int
    is_published: bool
    is_archived: bool = Field(description="Only staff find an archived lesson.")
    is_preview: bool
    is_required: bool
    completion_rule: CompletionRule
    status: LessonStatus
    is_open: bool
    reason: LockReason | None = Field(description="Why it is locked; null for an open lesson.")
    opens_at: Timestamp | None = Field(description="When a date opens it; null without one.")
    requires: list[UUID] = Field(description="Lessons to complete first.")


class OutlineLesson(LessonState):
    """A lesson in the outline of its course."""

    score: Percent | None = Field(description="The caller's result; null without one.")
    position_seconds: Seconds = Field(description="Where the caller left the video.")
    furthest_seconds: Seconds = Field(description="The furthest place that they reached in it.")
    due_at: Timestamp | None = Field(description="Due date of the caller's quiz or lab.")
    attempts_left: Count | None = Field(
        description="Attempts that can still be started; null without a limit."
    )


class OutlineModule(Shape):
    """A module with the lessons that the caller may know of."""

    id: UUID
    ord: int
    title: str
    summary: str
    is_archived: bool = Field(description="Only staff find an archived module.")
    lessons: list[OutlineLesson]


class Teacher(Shape):
    """An owner or instructor of a course."""

    name: str
    headline: str = Field(description="One line about them; empty without one.")
    picture: str | None = Field(description="Address of an image.")
    bio_md: str = Field(description="Markdown about them; empty without one.")


class CourseOutline(Shape):
    """Everything that a course page shows."""

    course: OutlineCourse
    enrollment: OutlineEnrollment | None
    is_staff: bool
    teachers: list[Teacher] = Field(description="Owners first.")
    hours: float = Field(ge=0, description="Length of the published lessons, in hours.")
    learner_count: Count = Field(description="Learners who hold a seat.")
    seats_left: Count | None = Field(description="Null without a limit.")
    waitlist_position: int | None = Field(
        ge=1, description="The caller's place; null unless they are waitlisted."
    )
    certificate_code: str | None = Field(description="The caller's; null without a valid one.")
    modules: list[OutlineModule]


class LessonProgress(Shape):
    """The caller's progress in a lesson, as the table has it."""

    user_id: UUID
    lesson_id: UUID
    course_id: UUID
    status: ProgressStatus
    position_seconds: Seconds = Field(description="Where the player resumes.")
    furthest_seconds: Seconds = Field(description="The furthest place that was reached.")
    watched: str = Field(description="Seconds played, as {[0,30),[60,91)}; ends are exclusive.")
    watched_seconds: Seconds = Field(description="Distinct seconds played.")
    watch_credit: float = Field(
        ge=0, description="Seconds that a report could add to watched at updated_at."
    )
    seconds_spent: Seconds
    score: Percent | None
    content_version: Count | None = Field(
        description="The version of the lesson when it was completed; null before."
    )
    started_at: Timestamp
    completed_at: Timestamp | None
    updated_at: Timestamp


class LessonCompletion(LessonProgress):
    """The progress after completing a lesson, and what it means for the course."""

    is_course_complete: bool
    certificate_code: str | None = Field(description="Null without a valid certificate.")


class CourseCompletion(Shape):
    """A completed course of the caller."""

    course_id: UUID
    course_slug: str
    completed_at: Timestamp
    is_course_complete: Literal[True]
    certificate_code: str | None = Field(description="Null without a valid certificate.")


class ReadyLearner(Shape):
    """A learner who has completed each required lesson, and not yet the course."""

    user_id: UUID
    name: str
    email: str
    lessons_completed: Count
    enrolled_at: Timestamp
    last_activity_at: Timestamp
    cursor: str = Field(description="The next page starts after it.")


class CompletedLearner(Shape):
    """The outcome for one learner in complete_learners."""

    user_id: UUID
    status: Literal["completed", "already", "incomplete", "not_enrolled"]
    certificate_code: str | None = Field(description="Null without a valid certificate.")


class PageCourse(Shape):
    """The course of a lesson page."""

    id: UUID
    slug: str
    title: str
    locale: str = Field(description="Language tag, such as en or de-CH.")


class PageModule(Shape):
    """The module of a lesson page."""

    id: UUID
    title: str
    ord: int


class PageLesson(LessonState):
    """The lesson of a lesson page."""

    completion_percent: Percent = Field(description="Rule watch: what must be watched.")


class PageContent(Shape):
    """What an open lesson teaches."""

    version: Count
    body_md: str = Field(description="Markdown.")
    md_url: str | None
    video_url: str | None
    transcript: str | None
    updated_at: Timestamp


class PageFile(Shape):
    """A file of an open lesson."""

    id: UUID
    title: str
    path: str = Field(description="The object in bucket lesson-files.")
    size_bytes: Count | None
    media_type: str | None


class LessonPublication(Shape):
    """A published version of a lesson, without its text."""

    lesson_id: UUID
    course_slug: str
    lesson_slug: str
    version: Count
    title: str = Field(description="The title of the lesson at the publication.")
    note: str | None
    published_by: UUID | None = Field(description="Null for a server.")
    published_by_name: str | None
    published_at: Timestamp
    is_current: bool = Field(description="Learners read this version.")
    cursor: str | None = Field(description="Null outside a list.")


class LessonPublicationRow(LessonPublication):
    """A row of the history of a lesson."""

    cursor: str = Field(description="The next page starts after it.")


class SeenVersionRow(Shape):
    """Which version of a lesson a learner could read when they did something."""

    kind: Literal["completion", "attempt", "certificate"]
    subject_id: UUID = Field(description="The lesson, the attempt or the certificate.")
    lesson_id: UUID
    course_slug: str
    lesson_slug: str | None = Field(description="Null for a lesson that is deleted.")
    title: str | None
    seen_at: Timestamp
    version: Count | None = Field(description="Null without a text.")
    published_at: Timestamp | None
    cursor: str = Field(description="The next page starts after it.")


class Neighbour(LessonLink):
    """The lesson before or after this one."""

    is_open: bool


class QuizRules(Shape):
    """The rules of a quiz as they hold for the caller, exceptions included."""

    pass_mark: Percent
    max_attempts: Count | None = Field(description="Null without a limit.")
    attempts_left: Count | None = Field(
        description="Attempts that can still be started; null without a limit."
    )
    time_limit_seconds: Seconds | None = Field(description="Null without a limit.")
    due_at: Timestamp | None
    extra_attempts: Count = Field(description="What max_attempts has beyond the rule.")
    extra_seconds: Seconds = Field(description="What time_limit_seconds has beyond the rule.")
    is_shuffled: bool
    scoring: QuizScoring
    reveal: QuizReveal
    question_count: Count = Field(description="Questions in an attempt.")


class LabRules(Shape):
    """The rules of a lab as they hold for the caller."""

    due_at: Timestamp | None
    rubric: list[Criterion] | None = Field(
        description="For staff, and for learners once their work is graded; null otherwise."
    )


class LessonPage(Shape):
    """Everything that the page of a lesson shows."""

    course: PageCourse
    module: PageModule
    lesson: PageLesson
    is_staff: bool
    is_enrolled: bool = Field(description="The caller holds a seat, so that what they do counts.")
    content: PageContent | None = Field(description="Null while the lesson is locked or empty.")
    files: list[PageFile] = Field(description="Empty while the lesson is locked.")
    progress: LessonProgress | None
    previous: Neighbour | None
    next: Neighbour | None
    quiz: QuizRules | None
    lab: LabRules | None


class NextLesson(LessonLink):
    """The first open lesson that is not completed."""

    duration_minutes: Minutes


class DueDate(Shape):
    """Work of a course that is not completed and has a due date."""

    lesson_id: UUID
    lesson_slug: str
    course_slug: str
    title: str
    content_type: ContentType
    due_at: Timestamp


class LearningRow(Shape):
    """A course of the caller on their home page."""

    course_id: UUID
    slug: str
    title: str
    locale: str
    cover_url: str | None
    status: EnrollmentStatus
    progress: Percent
    lessons_completed: Count
    required_count: Count
    lesson_count: Count
    enrolled_at: Timestamp
    completed_at: Timestamp | None
    last_activity_at: Timestamp
    next_lesson: NextLesson | None
    streak_days: Count = Field(description="Days in a row, of UTC, until today or yesterday.")
    minutes_this_week: Count = Field(description="Minutes in this course since Monday, UTC.")
    due_dates: list[DueDate] = Field(description="The next 10, the earliest first.")
    certificate_code: str | None = Field(description="Null without a valid certificate.")
    cursor: str = Field(description="Gives the rows after this one.")


ProblemCode = TypeAliasType(
    "ProblemCode",
    Literal[
        "description_missing",
        "course_archived",
        "no_required_lesson",
        "module_empty",
        "content_missing",
        "video_missing",
        "duration_missing",
        "quiz_empty",
        "prerequisite_unpublished",
    ],
)


class PublishProblem(Shape):
    """A problem that prevents the publication of a draft."""

    code: ProblemCode
    subject_id: UUID = Field(description="The course, module or lesson.")
    message: str = Field(description="A sentence to show.")


class ProblemRow(Shape):
    """A problem in the list of its course."""

    code: ProblemCode
    subject_id: UUID = Field(description="The course, module or lesson.")
    course_slug: str
    lesson_slug: str | None = Field(description="Null unless the subject is a lesson.")
    message: str = Field(description="A sentence to show.")
    cursor: str = Field(description="The next page starts after it.")


class Publication(Shape):
    """Whether a course is published now, and what is missing."""

    course_id: UUID
    is_published: bool
    problems: list[PublishProblem]
    published_drafts: Count


class CourseCode(Shape):
    """An access code of a course."""

    id: UUID
    course_id: UUID
    code: str
    max_uses: int | None = Field(description="Null without a limit.")
    use_count: Count = Field(description="Enrollments that used it.")
    expires_at: Timestamp | None = Field(description="Null when it does not expire.")
    created_by: UUID | None = Field(description="Null when a server created it.")
    created_at: Timestamp


class CourseCodeRow(CourseCode):
    """An access code in the list of its course."""

    cursor: str = Field(description="The next page starts after it.")


class ImportedFile(Shape):
    """A file that a bundle names, and the lesson that it belongs to."""

    lesson_id: UUID
    lesson_slug: str
    title: str
    path: str = Field(description="As the bundle has it.")
    media_type: str | None = None
    size: int | None = None


class CourseImport(Shape):
    """A course that was made of a bundle."""

    course_id: UUID
    course_slug: str
    is_new: bool = Field(description="False where the call repeats an earlier one.")
    files: list[ImportedFile] = Field(description="Files to upload; the bundle only names them.")


class ImportedQuestions(Shape):
    """Questions that were added to a quiz."""

    is_new: bool = Field(description="False where the call repeats an earlier one.")
    question_ids: list[UUID] = Field(description="In the order sent; empty where it is not new.")


class OwnerlessCourse(Shape):
    """A course that a change of a role left without an owner."""

    course_id: UUID
    course_slug: str
    title: str


class RoleChange(Shape):
    """The profile of an account whose platform role was set."""

    id: UUID
    email: str
    name: str
    avatar_url: str | None
    locale: str
    time_zone: str
    role: AppRole
    created_at: Timestamp
    updated_at: Timestamp
    ownerless_courses: list[OwnerlessCourse] = Field(
        description="Courses whose last owner the account was; admins act on them."
    )


class RosterEntry(Shape):
    """A person to enroll, by address or by account."""

    email: str | None = None
    user_id: UUID | None = None


class RosterSuccess(Shape):
    """A person of a roster who is enrolled, was enrolled already, or waits for a seat."""

    number: int = Field(description="Position in the roster, from 1.")
    email: str | None = Field(description="As sent; null for an entry with a user_id only.")
    user_id: UUID
    status: Literal["enrolled", "already", "waitlisted"]
    enrollment_id: UUID
    code: None
    detail: None


class RosterWithdrawal(Shape):
    """A person of a roster who withdrew from the course by themselves, and stays withdrawn."""

    number: int = Field(description="Position in the roster, from 1.")
    email: str | None = Field(description="As sent; null for an entry with a user_id only.")
    user_id: UUID
    status: Literal["withdrawn"]
    enrollment_id: UUID
    code: None
    detail: str = Field(description="A sentence to show.")


class RosterInvitation(Shape):
    """An address of a roster that was invited, whether or not an account has it."""

    number: int = Field(description="Position in the roster, from 1.")
    email: str | None = Field(description="As sent; null for an entry with a user_id only.")
    user_id: None
    status: Literal["invited"]
    enrollment_id: None
    code: None
    detail: None


class RosterFailure(Shape):
    """An entry of a roster that was not enrolled: no address or account, or the caller's own."""

    number: int = Field(description="Position in the roster, from 1.")
    email: str | None = Field(description="As sent; null for an entry with a user_id only.")
    user_id: UUID | None
    status: Literal["failed"]
    enrollment_id: None
    code: Literal["user_not_found", "invalid_email", "own_work"]
    detail: str = Field(description="A sentence to show.")


RosterLine = TypeAliasType(
    "RosterLine",
    Annotated[
        RosterSuccess | RosterWithdrawal | RosterInvitation | RosterFailure,
        Field(discriminator="status"),
    ],
)


class Certificate(Shape):
    """What a certificate says to anyone who has its code."""

    code: str
    valid: bool = Field(description="False once it is revoked.")
    name: str
    title: str
    teachers: list[str] = Field(description="Names of the teachers at the issue, owners first.")
    locale: str
    version: int
    hours: float = Field(ge=0, description="Hours.")
    completed_at: Timestamp
    completed_on: date = Field(description="The date in the time zone of the course.")
    issued_at: Timestamp
    issued_on: date = Field(description="The date in the time zone of the course.")
    revoked_at: Timestamp | None
    revoked_on: date | None = Field(description="The date in the time zone of the course.")
    replaced_by: str | None = Field(description="The code of the one that was issued instead.")
    course_id: UUID
    status_index: int = Field(ge=0, description="Place in the status lists.")
    identity_salt: str
    identity_hash: str | None = Field(
        description="sha256$ and the hash of the address and the salt; null without an address."
    )
