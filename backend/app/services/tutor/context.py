"""A turn as the database describes it: `begin_tutor_turn` and `tutor_guard_material`."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.models.rpc.base import QuestionKind
from app.schemas.tutor import Mode, SupportLevel

QuizState = Literal["none", "unattempted", "finished"]


class Course(BaseModel):
    """The course of the turn; `locale` is the language of its lessons, such as `en` or `de-CH`."""

    id: UUID
    title: str
    locale: str


class Lesson(BaseModel):
    """The lesson that the learner has open; `body` is the part of its text that may be quoted."""

    id: UUID
    title: str
    content_type: Literal["video", "text", "quiz", "lab"]
    body: str


class Passage(BaseModel):
    """A passage of an unlocked lesson. The answer cites `number`, from 1, as `[n]`.

    `likeness` is the cosine of its embedding with that of the question, None without embeddings.
    """

    number: int
    lesson_id: UUID
    ord: int
    lesson_title: str
    heading_path: list[str]
    anchor: str
    body: str
    likeness: float | None = None

    @property
    def path(self) -> list[str]:
        """The title of its lesson and the headings above it."""
        return [self.lesson_title, *self.heading_path]

    @property
    def heading(self) -> str:
        """The nearest heading above it; the title of the lesson where there is none."""
        return self.path[-1]


class Word(BaseModel):
    """A word of the question: how many passages of the course contain it; none for a stop word.

    `meant` is the correction of a word that no passage contains.
    """

    word: str
    frequency: int | None = None
    meant: str | None = None
    meant_frequency: int | None = None


class Suggestion(BaseModel):
    """An unlocked lesson close to the question."""

    lesson_id: UUID
    title: str


class Message(BaseModel):
    """An earlier message of the conversation, oldest first; `rung` and `intent` of answers."""

    role: Literal["user", "assistant"]
    content: str
    rung: int | None = None
    intent: str | None = None


class Standing(BaseModel):
    """What the plan of the turn depends on.

    `max_support_level` is the cap of the course; `quiz_state` that of the quiz of the lesson: no
    quiz, no closed attempt yet, at least one closed attempt whose answers the learner may see.
    """

    mode: Mode
    max_support_level: SupportLevel
    quiz_state: QuizState
    is_staff: bool


class Quota(BaseModel):
    """One limit that the turn counts against, after the reservation."""

    scope: Literal["user", "user_course", "course", "platform"]
    period: Literal["minute", "day", "month"]
    meter: Literal["requests", "micros"]
    limit: int
    remaining: int
    reset_at: datetime


class ModelChoice(BaseModel):
    """The model that the estimate was made for."""

    provider: str
    name: str


class Context(BaseModel):
    """The answer of `begin_tutor_turn`.

    `is_replay`: the key was used before for the same question; the fields from `lesson` on are
    left out.

    Where there are embeddings the service adds what the question is like: `alike`, the cosines of
    windows of passages by their text; `near` of withheld questions by their id, 0 as near as
    everyday sentences, 1 the same.
    """

    turn_id: UUID
    message_id: UUID
    conversation_id: UUID
    is_replay: bool
    model: ModelChoice
    course: Course
    lesson: Lesson | None = None
    passages: list[Passage] = Field(default_factory=list)
    words: list[Word] = Field(default_factory=list)
    passage_count: int = 0
    closest: list[Suggestion] = Field(default_factory=list)
    history: list[Message] = Field(default_factory=list)
    plan: Standing = Standing(
        mode="auto", max_support_level="high", quiz_state="none", is_staff=False
    )
    quotas: list[Quota] = Field(default_factory=list)
    alike: dict[str, float] = Field(default_factory=dict, exclude=True)
    near: dict[str, float] = Field(default_factory=dict, exclude=True)


class GuardedItem(BaseModel):
    """A question whose key the learner may not see yet; options and key in the author's ids.

    `part` tells apart what the guard reads as several questions: gaps, accepted values.
    """

    question_id: UUID
    part: str = ""
    lesson_id: UUID
    kind: QuestionKind
    prompt_md: str
    options: Any
    key: Any


class Guidance(BaseModel):
    """What authors tell the tutor about a lesson or one of its questions; never to be quoted."""

    lesson_id: UUID
    question_id: UUID | None = None
    notes: str = ""
    misconceptions: list[str] = Field(default_factory=list)


class GuardMaterial(BaseModel):
    """The answer of `tutor_guard_material`: what must not be said. In memory for one turn only.

    `revealed`: questions of the open quiz whose answers the learner has seen.
    """

    items: list[GuardedItem] = Field(default_factory=list)
    revealed: list[GuardedItem] = Field(default_factory=list)
    guidance: list[Guidance] = Field(default_factory=list)
