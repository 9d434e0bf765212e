"""The tutor: turns, quotas, limits, prices, settings and guidance."""

from typing import Annotated, Literal, NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from app.models.rpc.base import (
    ContentType,
    Count,
    Cursor,
    Day,
    Micros,
    PassageSource,
    Shape,
    Share,
    Timestamp,
    exact,
)
from app.models.rpc.questions import (
    ClozeKey,
    ClozeOptions,
    MatchingKey,
    MatchingOptions,
    MultipleKey,
    NoOptions,
    NumericKey,
    NumericValuesKey,
    Option,
    OrderingKey,
    SampleKey,
    ShortTextKey,
    SingleKey,
    TrueFalseKey,
)

QuotaScope = TypeAliasType("QuotaScope", Literal["user", "user_course", "course", "platform"])
Period = TypeAliasType("Period", Literal["minute", "day", "month"])
Meter = TypeAliasType("Meter", Literal["requests", "micros"])
SupportLevel = TypeAliasType("SupportLevel", Literal["low", "medium", "high"])
TutorMode = TypeAliasType("TutorMode", Literal["auto", "explain", "hint", "practice", "summarize"])
MessageRole = TypeAliasType("MessageRole", Literal["user", "assistant"])
MessageStatus = TypeAliasType(
    "MessageStatus", Literal["streaming", "complete", "failed", "stopped"]
)


@exact
class Quota(TypedDict):
    """A limit of the caller and what remains of it, in requests or micro-dollars."""

    scope: Literal["user", "user_course"]
    period: Period
    meter: Meter
    limit: Count
    used: Count
    remaining: Count
    reset_at: Timestamp


class TutorQuota(Shape):
    """What remains of the tutor for the caller, and the settings of the course."""

    quotas: list[Quota]
    is_enabled: bool
    max_support_level: SupportLevel
    is_locked: bool = Field(
        description="An attempt is open: the tutor does not answer until it is submitted."
    )


class TutorLimit(Shape):
    """A limit of the tutor; a null user or course stands for every one."""

    scope: QuotaScope
    period: Period
    meter: Meter
    user_id: UUID | None
    course_id: UUID | None
    max_amount: Count


class ModelPrice(Shape):
    """The price of a model from a day on, for a million tokens."""

    provider: str
    model: str
    effective_from: Day
    input_micros: Micros
    cached_input_micros: Micros
    cache_write_micros: Micros
    output_micros: Micros


class TutorSettings(Shape):
    """Whether the tutor of a course answers, and how much it helps."""

    course_id: UUID
    is_enabled: bool
    max_support_level: SupportLevel
    updated_at: Timestamp


class TutorGuidance(Shape):
    """Notes of authors to the tutor about a lesson or one of its questions."""

    course_id: UUID
    lesson_id: UUID
    question_id: UUID | None
    notes: str
    misconceptions: list[str]
    updated_at: Timestamp


class TutorUsageRow(Shape):
    """What the tutor did and cost in a course on a day."""

    course_id: UUID
    course_slug: str | None = Field(description="Null for a deleted course.")
    day: Day
    turns: Count
    completed: Count
    failed: Count
    abstained: Count
    guard_hits: Count
    invalid_citations: Count
    input_tokens: Count
    output_tokens: Count
    cost_micros: Micros
    cursor: Cursor


# A turn -------------------------------------------------------------------------------------------


class TurnModel(Shape):
    """The model that a turn was priced with."""

    provider: str
    name: str


class TurnModelLimited(TurnModel):
    """The model of a new turn."""

    max_output_tokens: int


class TurnCourse(Shape):
    """The course of a turn."""

    id: UUID
    title: str
    locale: str


class TurnLesson(Shape):
    """The lesson that the learner reads."""

    id: UUID
    title: str
    content_type: ContentType
    body: str = Field(description="What of its text may be quoted.")


class TurnPassage(Shape):
    """A passage that the answer may cite as [number]."""

    number: int = Field(ge=1)
    lesson_id: UUID
    ord: int
    lesson_title: str
    heading_path: list[str]
    anchor: str
    source: PassageSource
    body: str
    support: Share
    likeness: float | None = Field(
        description="The cosine of its embedding with query_embedding; null without embeddings."
    )


class TurnWord(Shape):
    """A word of the question; a stop word has no frequency."""

    word: str
    frequency: Count | None = Field(description="The number of passages that contain it.")
    meant: str | None = Field(description="Its correction, where no passage contains it.")
    meant_frequency: Count | None


class TurnNear(Shape):
    """An open lesson near to the question."""

    lesson_id: UUID
    title: str


class TurnMessage(Shape):
    """An earlier message of the conversation, oldest first."""

    role: MessageRole
    content: str
    rung: int | None
    intent: str | None


class TurnPlan(Shape):
    """What the plan of an answer depends on."""

    mode: TutorMode
    max_support_level: SupportLevel
    quiz_state: Literal["none", "unattempted", "finished"]
    is_staff: bool


class TurnBase(Shape):
    """What each turn has."""

    turn_id: UUID
    message_id: UUID
    conversation_id: UUID
    status: MessageStatus
    expires_at: Timestamp
    estimate_micros: Micros
    course: TurnCourse


class RepeatedTurn(TurnBase):
    """A turn whose key was used before for the same question."""

    is_replay: Literal[True]
    model: TurnModel


class NewTurn(TurnBase):
    """A turn that begins, with the context of its answer."""

    is_replay: Literal[False]
    model: TurnModelLimited
    lesson: TurnLesson | None
    passages: list[TurnPassage]
    words: list[TurnWord]
    passage_count: Count = Field(description="The passages of the course that the caller can read.")
    closest: list[TurnNear]
    history: list[TurnMessage]
    plan: TurnPlan
    quotas: list[Quota]


Turn = TypeAliasType("Turn", Annotated[NewTurn | RepeatedTurn, Field(discriminator="is_replay")])


@exact
class TurnUsage(TypedDict):
    """What an answer used and cost, and what is left."""

    inputTokens: Count
    cachedTokens: Count
    cacheWriteTokens: Count
    outputTokens: Count
    isEstimated: bool
    costMicros: Micros
    quotas: list[Quota]


class FinishedTurn(Shape):
    """A turn that is settled."""

    is_settled: bool = Field(description="This call did it.")
    usage: TurnUsage


@exact
class ReportedUsage(TypedDict):
    """What the service reports of an answer; what is missing is estimated."""

    input_tokens: NotRequired[Count | None]
    cached_tokens: NotRequired[Count | None]
    cache_write_tokens: NotRequired[Count | None]
    output_tokens: NotRequired[Count | None]
    output_bytes: NotRequired[Count | None]
    abstained: NotRequired[bool]
    guard_hits: NotRequired[Count | None]
    invalid_citations: NotRequired[Count | None]


# What an answer must not say ----------------------------------------------------------------------


class GuardedBase(Shape):
    """A question of the course whose key the learner may not see yet."""

    question_id: UUID
    lesson_id: UUID
    lesson_title: str
    prompt_md: str
    explanation_md: str | None


class GuardedSingle(GuardedBase):
    """Of kind single."""

    kind: Literal["single"]
    options: list[Option]
    key: SingleKey


class GuardedMultiple(GuardedBase):
    """Of kind multiple."""

    kind: Literal["multiple"]
    options: list[Option]
    key: MultipleKey


class GuardedTrueFalse(GuardedBase):
    """Of kind true_false."""

    kind: Literal["true_false"]
    options: NoOptions
    key: TrueFalseKey


class GuardedNumeric(GuardedBase):
    """Of kind numeric."""

    kind: Literal["numeric"]
    options: NoOptions
    key: NumericKey | NumericValuesKey


class GuardedShortText(GuardedBase):
    """Of kind short_text."""

    kind: Literal["short_text"]
    options: NoOptions
    key: ShortTextKey


class GuardedOrdering(GuardedBase):
    """Of kind ordering."""

    kind: Literal["ordering"]
    options: list[Option]
    key: OrderingKey


class GuardedMatching(GuardedBase):
    """Of kind matching."""

    kind: Literal["matching"]
    options: MatchingOptions
    key: MatchingKey


class GuardedCloze(GuardedBase):
    """Of kind cloze."""

    kind: Literal["cloze"]
    options: ClozeOptions
    key: ClozeKey


class GuardedEssay(GuardedBase):
    """Of kind essay."""

    kind: Literal["essay"]
    options: NoOptions
    key: SampleKey


class GuardedFile(GuardedBase):
    """Of kind file."""

    kind: Literal["file"]
    options: NoOptions
    key: SampleKey


GuardedQuestion = TypeAliasType(
    "GuardedQuestion",
    Annotated[
        GuardedSingle
        | GuardedMultiple
        | GuardedTrueFalse
        | GuardedNumeric
        | GuardedShortText
        | GuardedOrdering
        | GuardedMatching
        | GuardedCloze
        | GuardedEssay
        | GuardedFile,
        Field(discriminator="kind"),
    ],
)


class GuardGuidance(Shape):
    """Notes of authors to the tutor; never quoted."""

    lesson_id: UUID
    question_id: UUID | None
    notes: str
    misconceptions: list[str]


class GuardMaterial(Shape):
    """Keys that the answer of a turn must not state; those in `revealed` it may state."""

    items: list[GuardedQuestion]
    revealed: list[GuardedQuestion]
    guidance: list[GuardGuidance]
