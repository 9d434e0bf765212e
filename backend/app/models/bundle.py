"""A course as one document: what `export_course` returns and `import_course` takes.

`python -m app.models.bundle` prints its JSON Schema, which is docs/bundle.schema.json. Nothing in a
bundle is an id of the database: a lesson is named by its slug, an option by the id that its author
chose. A field that is left out has its default; an unknown field is refused.
"""

import json
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import CompletionRule, ContentType, EnrollmentMode, Shape, Timestamp
from app.models.rpc.grading import Criterion
from app.models.rpc.questions import QuestionKey, QuestionOptions

BundleSlug = TypeAliasType(
    "BundleSlug",
    Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
            max_length=80,
            description="A name for an address: lower-case letters, digits, single hyphens.",
        ),
    ],
)
BundleTitle = TypeAliasType(
    "BundleTitle",
    Annotated[str, Field(pattern="[^ ]", max_length=200, description="A title that is not blank.")],
)
BundleLongText = TypeAliasType(
    "BundleLongText", Annotated[str, Field(max_length=400_000, description="Markdown of a lesson.")]
)
BundleShortText = TypeAliasType(
    "BundleShortText", Annotated[str, Field(max_length=20_000, description="Markdown.")]
)
BundleAddress = TypeAliasType(
    "BundleAddress",
    Annotated[
        str, Field(max_length=2_048, description="An address that begins with http:// or https://.")
    ],
)
BundleScore = TypeAliasType(
    "BundleScore", Annotated[float, Field(ge=0, le=100, description="Per cent, 0 to 100.")]
)
BundleQuota = TypeAliasType(
    "BundleQuota", Annotated[int, Field(gt=0, le=2_147_483_647, description="A number from 1.")]
)


class BundleGuidance(Shape):
    """Notes of the authors to the tutor; learners never read them."""

    notes: str = Field(default="", max_length=4_000)
    misconceptions: list[Annotated[str, Field(pattern="[^ ]", max_length=500)]] = Field(
        default=[], max_length=6, description="Mistakes that learners make here."
    )


class BundleHint(Shape):
    """A hint of a question that a learner may ask for."""

    text_md: str = Field(pattern="[^ ]", max_length=4_000)
    cost_percent: BundleScore = Field(
        default=0, description="What it costs, in per cent of the points."
    )


class BundleBankQuestion(Shape):
    """A question with its key, in the form of `save_question`; see docs/authoring.md."""

    kind: Literal[
        "single",
        "multiple",
        "true_false",
        "numeric",
        "short_text",
        "ordering",
        "matching",
        "cloze",
        "essay",
        "file",
    ]
    prompt_md: str = Field(pattern="[^ ]", max_length=20_000)
    points: float = Field(default=1, gt=0, le=1_000)
    options: QuestionOptions = Field(default=[])
    key: QuestionKey
    explanation_md: BundleShortText | None = None
    feedback: dict[str, BundleShortText] = Field(
        default={}, description="Option id to a comment on it."
    )
    hints: list[BundleHint] = Field(
        default=[], max_length=10, description="In the order of asking."
    )
    tags: list[Annotated[str, Field(pattern="[^ ]", max_length=40)]] = Field(
        default=[], max_length=20, description="By which quizzes draw it from a bank."
    )


class BundleQuestion(BundleBankQuestion):
    """A question of a quiz with its key."""

    guidance: BundleGuidance | None = None


class BundleBank(Shape):
    """Questions from which quizzes of the course draw. Its title is unique and names it."""

    title: BundleTitle
    questions: list[BundleBankQuestion] = Field(default=[], max_length=1_000)


class BundleDraw(Shape):
    """Questions that each attempt draws from a bank, added to those of the quiz."""

    bank: BundleTitle
    tag: str = Field(
        default="", max_length=40, description="Only questions with it; empty: of all."
    )
    question_count: int | None = Field(default=None, ge=1, le=1_000, description="Null: all.")


class BundleQuiz(Shape):
    """The rules of a quiz and its questions in order."""

    pass_mark: float = Field(default=60, gt=0, le=100, description="Per cent.")
    max_attempts: BundleQuota | None = Field(default=None, description="Null: no limit.")
    time_limit_seconds: int | None = Field(
        default=None, ge=10, le=604_800, description="Null: no limit."
    )
    is_shuffled: bool = True
    draw_count: BundleQuota | None = Field(
        default=None, description="Questions drawn for each attempt; null: all."
    )
    scoring: Literal["highest", "last", "first", "average"] = "highest"
    reveal: Literal["never", "after_submit", "after_pass", "after_close"] = "after_submit"
    due_at: Timestamp | None = Field(default=None, description="Ignored with a due_on.")
    due_on: date | None = Field(default=None, description="Due at the end of this day.")
    draws: list[BundleDraw] = Field(
        default=[], max_length=100, description="Each pair of bank and tag once."
    )
    questions: list[BundleQuestion] = Field(default=[], max_length=1_000)


class BundleLab(Shape):
    """The rules of a lab and its rubric."""

    due_at: Timestamp | None = Field(default=None, description="Ignored with a due_on.")
    due_on: date | None = Field(default=None, description="Due at the end of this day.")
    rubric: list[Criterion] = Field(default=[], max_length=50, description="Empty: no rubric.")


class BundleContent(Shape):
    """The text of a lesson as its authors wrote it, with parts that learners do not read."""

    body_md: BundleLongText = ""
    md_url: BundleAddress | None = Field(
        default=None, description="Address or storage path of Markdown that is stored elsewhere."
    )
    video_url: BundleAddress | None = Field(default=None, description="Address or storage path.")
    transcript: BundleLongText | None = Field(
        default=None, description="Text or WebVTT of the video."
    )


class BundleFile(Shape):
    """A file of a lesson, by reference: the bytes are not in the bundle."""

    title: BundleTitle
    path: str = Field(
        min_length=1,
        max_length=1_024,
        description="Where the bytes are: in an archive a path in it, in an export the object in "
        "the bucket lesson-files. Unique in the bundle.",
    )
    media_type: str | None = Field(default=None, max_length=255)
    size: int | None = Field(default=None, ge=0, description="Bytes.")


class BundleLessonPrerequisite(Shape):
    """A lesson of the same course to complete before."""

    lesson: BundleSlug
    min_score: BundleScore | None = Field(default=None, description="Null: completion is enough.")


class BundleLesson(Shape):
    """A lesson. Its slug is unique in the bundle and names it for prerequisites."""

    slug: BundleSlug
    title: BundleTitle
    content_type: ContentType = "text"
    duration_minutes: float = Field(default=0, ge=0, le=1_440)
    is_published: bool = False
    is_preview: bool = False
    is_required: bool = True
    release_at: Timestamp | None = Field(default=None, description="Opens at this time.")
    release_after: str | None = Field(
        default=None,
        pattern=r"^P[0-9YMWDTHS.]+$",
        max_length=40,
        description="Opens so long after enrollment: a duration of ISO 8601 such as P7D, at most "
        "10 years.",
    )
    completion_rule: CompletionRule | None = Field(
        default=None,
        description="Null: view for text, watch for video, pass for quiz, accept for lab.",
    )
    completion_threshold: float = Field(default=90, gt=0, le=100, description="Per cent.")
    weight: float = Field(default=1, ge=0, le=9_999.99)
    content: BundleContent | None = Field(default=None, description="What learners read.")
    draft: BundleContent | None = Field(
        default=None, description="What the next publication makes of it; null: nothing new."
    )
    prerequisites: list[BundleLessonPrerequisite] = Field(default=[], max_length=200)
    files: list[BundleFile] = Field(default=[], max_length=200)
    guidance: BundleGuidance | None = None
    quiz: BundleQuiz | None = Field(default=None, description="Only of a lesson of type quiz.")
    lab: BundleLab | None = Field(default=None, description="Only of a lesson of type lab.")


class BundleModule(Shape):
    """A part of a course."""

    title: BundleTitle
    summary: str = Field(default="", max_length=4_000)
    lessons: list[BundleLesson] = Field(default=[], max_length=1_000)


class BundleCoursePrerequisite(Shape):
    """A course to complete before enrolling, by its slug."""

    course: BundleSlug
    min_score: BundleScore | None = Field(default=None, description="Null: completion is enough.")


class BundleTutor(Shape):
    """The settings of the tutor of the course."""

    is_enabled: bool = True
    max_support_level: Literal["low", "medium", "high"] = "high"


class BundleCourse(Shape):
    """The page of the course in the catalogue and its rules of enrollment."""

    slug: BundleSlug
    title: BundleTitle
    locale: str = Field(
        default="en",
        pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        max_length=35,
        description="BCP 47 tag of the language.",
    )
    time_zone: str = Field(default="UTC", description="A name of the IANA database.")
    description: BundleShortText = ""
    cover_url: BundleAddress | None = None
    level: str | None = Field(default=None, max_length=40)
    tags: list[str] = Field(default=[], max_length=20)
    enrollment_mode: EnrollmentMode = "open"
    capacity: BundleQuota | None = Field(default=None, description="Seats; null: no limit.")
    opens_at: Timestamp | None = None
    closes_at: Timestamp | None = None
    is_sequential: bool = False
    prerequisites: list[BundleCoursePrerequisite] = Field(default=[], max_length=100)
    tutor: BundleTutor | None = Field(default=None, description="Null: the defaults.")
    banks: list[BundleBank] = Field(default=[], max_length=100)
    modules: list[BundleModule] = Field(default=[], max_length=1_000)


class Bundle(Shape):
    """A course with all that its authors made, and nobody's data."""

    format: Literal["lyceum.course"]
    version: Literal[1]
    course: BundleCourse


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a bundle."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Bundle.model_json_schema()}


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
