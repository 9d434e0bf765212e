"""Bodies of the tutor's calls."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID, uuid5

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
)

Mode = Literal["auto", "explain", "hint", "practice", "summarize"]
SupportLevel = Literal["low", "medium", "high"]

QuestionText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)
]


ClientId = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def client_uuid(scope: UUID, identifier: str) -> UUID:
    """The UUID of an id that a client made: itself where it is one, else UUID 5 in a scope.

    The scope of a conversation is its user, that of a message its conversation.
    """
    return UUID(identifier) if _UUID.fullmatch(identifier) else uuid5(scope, identifier)


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
    lesson_id: UUID | None = Field(default=None, description="The lesson that the learner reads")
    message: ChatMessage
    mode: Mode = "auto"
    support_level: SupportLevel | None = Field(
        default=None, description="How much help; never more than the course allows"
    )


class LastMessage(BaseModel):
    """The last question of the messages that the AI SDK sends."""

    id: ClientId
    text: QuestionText


class ChatUIRequest(BaseModel):
    """Body of the chat call as `useChat` of the AI SDK sends it, with `course_id` in its `body`.

    Of `messages` only the last one of role `user` is read: the service has its own history.
    """

    model_config = ConfigDict(extra="forbid")

    id: ClientId = Field(description="The id of the chat")
    messages: list[dict[str, Any]] = Field(description="UIMessages")
    trigger: Literal["submit-message", "regenerate-message"]
    message_id: ClientId | None = Field(default=None, alias="messageId")
    course_id: UUID
    lesson_id: UUID | None = Field(default=None, description="The lesson that the learner reads")
    mode: Mode = "auto"
    support_level: SupportLevel | None = Field(
        default=None, description="How much help; never more than the course allows"
    )

    @field_validator("messages")
    @classmethod
    def _has_question(cls, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        _last_question(messages)
        return messages

    @property
    def question(self) -> LastMessage:
        """The last message of role `user`."""
        return _last_question(self.messages)

    @property
    def is_regenerated(self) -> bool:
        """Whether it replaces an earlier turn: `regenerate`, or an edit of the question."""
        return self.trigger == "regenerate-message" or self.message_id == self.question.id


def _last_question(messages: list[dict[str, Any]]) -> LastMessage:
    """The last message of role `user`.

    Raises:
        ValueError: there is none, or it has no id or no text.
    """
    message = next((one for one in reversed(messages) if one.get("role") == "user"), None)
    if message is None:
        raise ValueError("no message has the role user")
    parts = message.get("parts")
    texts = [
        part["text"]
        for part in (parts if isinstance(parts, list) else [])
        if isinstance(part, dict)
        and part.get("type") == "text"
        and isinstance(part.get("text"), str)
    ]
    return LastMessage(id=message.get("id", ""), text="\n".join(texts))


def _form_of(body: Any) -> str:
    return "ui" if isinstance(body, dict) and "messages" in body else "plain"


ChatBody = Annotated[
    Annotated[ChatRequest, Tag("plain")] | Annotated[ChatUIRequest, Tag("ui")],
    Discriminator(_form_of),
]


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
