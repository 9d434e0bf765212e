"""The parts of the tutor's stream, and what a stored message holds of them.

The service builds its parts with these types, so that mypy compares them; the tests validate
each frame against `TutorStreamPart`.
"""

from typing import Annotated, Literal, NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from app.models.rpc.base import Micros, Shape, Timestamp, exact
from app.models.rpc.tutor import MessageRole, SupportLevel, TurnUsage, TutorMode


@exact
class TutorMetadata(TypedDict, total=False):
    """`metadata` of an answer. Help in distress has two keys; an answer that is resumed before it
    is first saved has none."""

    conversationId: str
    generative: Annotated[bool, Field(description="False where the answer quotes only.")]
    runId: str
    provider: str
    model: str
    label: Annotated[str | None, Field(description="Shown where the answer is not generated.")]
    promptVersion: str
    mode: TutorMode
    rung: Annotated[int, Field(ge=0, le=5, description="How much help: 1 orients, 5 explains.")]
    supportLevel: SupportLevel
    costMicros: Annotated[Micros, Field(description="Once it is settled.")]


@exact
class TutorFinish(TypedDict):
    """What the last frame adds to `metadata`."""

    costMicros: NotRequired[Micros]


@exact
class TutorPassage(TypedDict):
    """Where a source stands."""

    courseId: str
    lessonId: str
    ord: int
    anchor: str
    headingPath: list[str]


@exact
class TutorSourceMetadata(TypedDict):
    """`providerMetadata` of a source."""

    tutor: TutorPassage


@exact
class TutorSource(TypedDict):
    """A passage that the text may cite."""

    type: Literal["source-document"]
    sourceId: Annotated[str, Field(description="s and the number that the text cites.")]
    mediaType: Literal["text/markdown"]
    title: str
    providerMetadata: TutorSourceMetadata


@exact
class StoredCitation(TypedDict):
    """A citation of a stored message. Indexes are UTF-16 units of its content."""

    sourceId: str
    startIndex: Annotated[int, Field(ge=0)]
    endIndex: Annotated[int, Field(ge=0)]
    citedText: Annotated[str, Field(description="Empty where the text only points to it.")]


@exact
class CitedSource(TypedDict):
    """The source of a citation."""

    type: Literal["source"]
    sourceType: Literal["document"]
    id: str
    mediaType: Literal["text/markdown"]
    title: str


@exact
class TutorCitation(TypedDict):
    """A claim of the text with its source. Indexes are UTF-16 units."""

    source: CitedSource
    startIndex: Annotated[int, Field(ge=0)]
    endIndex: Annotated[int, Field(ge=0)]
    citedText: Annotated[str, Field(description="Empty where the text only points to it.")]


@exact
class TutorTextCitations(TypedDict):
    """The citations of a text, where `ai` 6 passes them on."""

    citations: list[TutorCitation]


@exact
class TutorTextMetadata(TypedDict):
    """`providerMetadata` of a text."""

    tutor: TutorTextCitations


# Data parts ---------------------------------------------------------------------------------------


@exact
class NearLesson(TypedDict):
    """A lesson that is near to the question."""

    lessonId: str
    title: str


@exact
class Abstain(TypedDict):
    """The course holds no answer."""

    reason: Literal["no_support"]
    searched: int
    suggestions: list[NearLesson]


@exact
class QuizGuard(TypedDict):
    """Sentences were withheld because they answer a question of a quiz."""

    held: Annotated[int, Field(ge=1, description="How many.")]
    reasons: list[str]


@exact
class Suggestions(TypedDict):
    """What the learner may ask next."""

    items: list[str]


@exact
class AnswerProblem(TypedDict):
    """Why an answer broke off."""

    code: str
    detail: Annotated[str, Field(description="A sentence to show.")]


@exact
class AbstainPart(TypedDict):
    """The course holds no answer."""

    type: Literal["data-abstain"]
    data: Abstain


@exact
class QuizGuardPart(TypedDict):
    """Sentences were withheld."""

    type: Literal["data-quiz-guard"]
    data: QuizGuard


@exact
class SuggestionsPart(TypedDict):
    """What the learner may ask next."""

    type: Literal["data-suggestions"]
    data: Suggestions


@exact
class UsagePart(TypedDict):
    """What the answer used and cost."""

    type: Literal["data-usage"]
    data: TurnUsage


@exact
class ProblemPart(TypedDict):
    """Why the answer broke off."""

    type: Literal["data-problem"]
    data: AnswerProblem


# Frames that carry no data of ours ----------------------------------------------------------------


@exact
class StartPart(TypedDict):
    """The beginning of an answer."""

    type: Literal["start"]
    messageId: str
    messageMetadata: TutorMetadata


@exact
class StartStepPart(TypedDict):
    """The beginning of the only step."""

    type: Literal["start-step"]


@exact
class TextStartPart(TypedDict):
    """The beginning of the text."""

    type: Literal["text-start"]
    id: str


@exact
class TextDeltaPart(TypedDict):
    """A piece of the text."""

    type: Literal["text-delta"]
    id: str
    delta: str


@exact
class TextEndPart(TypedDict):
    """The end of the text."""

    type: Literal["text-end"]
    id: str
    citations: list[TutorCitation]
    providerMetadata: TutorTextMetadata


@exact
class FinishStepPart(TypedDict):
    """The end of the only step."""

    type: Literal["finish-step"]


@exact
class FinishPart(TypedDict):
    """The end of an answer that is complete."""

    type: Literal["finish"]
    finishReason: Literal["stop"]
    messageMetadata: TutorFinish


@exact
class AbortPart(TypedDict):
    """The end of an answer that was stopped."""

    type: Literal["abort"]
    reason: str


@exact
class ErrorPart(TypedDict):
    """The end of an answer that failed."""

    type: Literal["error"]
    errorText: Annotated[str, Field(description="A sentence to show.")]


TutorDataPart = TypeAliasType(
    "TutorDataPart",
    Annotated[
        AbstainPart | QuizGuardPart | SuggestionsPart | UsagePart | ProblemPart,
        Field(discriminator="type"),
    ],
)
TutorStreamPart = TypeAliasType(
    "TutorStreamPart",
    Annotated[
        StartPart
        | TutorSource
        | StartStepPart
        | TextStartPart
        | TextDeltaPart
        | TextEndPart
        | AbstainPart
        | QuizGuardPart
        | SuggestionsPart
        | UsagePart
        | ProblemPart
        | FinishStepPart
        | FinishPart
        | AbortPart
        | ErrorPart,
        Field(discriminator="type"),
    ],
)


@exact
class MessageDetails(TypedDict, total=False):
    """What a stored message holds beside its text; a question holds nothing."""

    metadata: TutorMetadata
    rung: int
    intent: str
    sources: list[TutorSource]
    data: list[TutorDataPart]
    usage: TurnUsage
    reason: Annotated[str, Field(description="Why it was stopped.")]
    problem: AnswerProblem
    abstained: Annotated[bool, Field(description="While it is written.")]
    suggestions: Annotated[
        list[str], Field(description="What it will suggest, while it is written.")
    ]


@exact
class TextPart(TypedDict):
    """The text of an answer, or a question."""

    type: Literal["text"]
    text: str
    state: NotRequired[Literal["streaming", "done"]]
    citations: NotRequired[list[TutorCitation]]
    providerMetadata: NotRequired[TutorTextMetadata]


@exact
class StepPart(TypedDict):
    """Where the only step of an answer begins."""

    type: Literal["step-start"]


TutorPart = TypeAliasType(
    "TutorPart",
    Annotated[
        TextPart
        | StepPart
        | TutorSource
        | AbstainPart
        | QuizGuardPart
        | SuggestionsPart
        | UsagePart
        | ProblemPart,
        Field(discriminator="type"),
    ],
)


@exact
class TutorUIMessage(TypedDict):
    """A message as a page of the AI SDK holds it; `UIMessage<TutorMetadata, TutorData>` of `ai`."""

    id: str
    role: Literal["user", "assistant"]
    metadata: NotRequired[TutorMetadata]
    parts: list[TutorPart]


class TutorHistoryRow(Shape):
    """A stored message as a page of the AI SDK holds it, and where the next page starts."""

    id: UUID
    role: MessageRole
    parts: list[TutorPart]
    metadata: TutorMetadata | None = Field(description="Null for a question.")
    created_at: Timestamp
    cursor: str


@exact
class SavedAnswer(TypedDict):
    """What there is of an answer that is being made; without what has not changed."""

    turn_id: str
    content: NotRequired[str]
    details: NotRequired[MessageDetails]
