"""Bodies of the tutor's calls."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Mode = Literal["auto", "explain", "hint", "practice", "summarize"]
SupportLevel = Literal["low", "medium", "high"]

QuestionText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)
]


class ChatMessage(BaseModel):
    """A question. The client makes its id; a repeated id means the same turn."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    text: QuestionText


class ChatRequest(BaseModel):
    """Body of the chat call. A conversation starts with an id that the client makes."""

    model_config = ConfigDict(extra="forbid")

    conversation_id: UUID
    course_id: UUID
    lesson_id: UUID | None = Field(default=None, description="The lesson before the learner")
    message: ChatMessage
    mode: Mode = "auto"
    support_level: SupportLevel | None = Field(
        default=None, description="How much help; never more than the course allows"
    )


class StopRequest(BaseModel):
    """Body of the stop call. Optional."""

    model_config = ConfigDict(extra="forbid")

    run_id: UUID | None = Field(
        default=None, description="Stop this run only: X-Run-Id of the chat"
    )


class StopAnswer(BaseModel):
    """Whether an answer was running and has been told to stop."""

    status: Literal["stopping", "idle"]


class QuotaLeft(BaseModel):
    """One limit of the caller; `micros` are micro-dollars."""

    scope: Literal["user", "user_course"]
    period: Literal["minute", "day", "month"]
    meter: Literal["requests", "micros"]
    limit: int
    used: int
    remaining: int
    reset_at: datetime


class QuotaAnswer(BaseModel):
    """The remaining quota of the caller, and whether the tutor answers in the given course."""

    quotas: list[QuotaLeft]
    is_enabled: bool
    max_support_level: SupportLevel
    is_locked: bool = Field(
        description="An attempt is open: the tutor does not answer until it is submitted"
    )


class TutorMeta(BaseModel):
    """The tutor. `generative` is false where it only quotes; `label` is the text to show."""

    enabled: bool
    provider: str
    model: str
    generative: bool
    label: str | None
    modes: list[str]


class Meta(BaseModel):
    """Version of the service, and its tutor."""

    version: str
    tutor: TutorMeta


STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "UI message stream of the Vercel AI SDK, version 1",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}
