"""Questions by kind: options, keys, answers, and the items of attempts and reviews.

docs/authoring.md has an example of each. A question and its key use the author's option ids; an
attempt has option ids of its own.
"""

from typing import Annotated, Literal, NotRequired
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from app.models.rpc.base import (
    AttemptStatus,
    Count,
    Percent,
    Points,
    QuestionKind,
    Seconds,
    Shape,
    Timestamp,
    exact,
)


class Option(Shape):
    """A choice of a question."""

    id: str
    text: str


class MatchingOptions(Shape):
    """The two sides of a matching question."""

    left: list[Option]
    right: list[Option]


GapId = TypeAliasType(
    "GapId",
    Annotated[str, Field(pattern=r"^[1-9][0-9]?$", description="[[1]] in the prompt is gap 1.")],
)


class OpenGap(Shape):
    """A gap of a cloze that takes a text or a number."""

    id: GapId
    kind: Literal["text", "number"]


class ChoiceGap(Shape):
    """A gap of a cloze that takes one of its options."""

    id: GapId
    kind: Literal["choice"]
    options: list[Option]


class ClozeOptions(Shape):
    """The gaps of a cloze."""

    gaps: list[Annotated[OpenGap | ChoiceGap, Field(discriminator="kind")]]


NoOptions = TypeAliasType(
    "NoOptions", Annotated[list[Option], Field(max_length=0, description="An empty list.")]
)
QuestionOptions = TypeAliasType(
    "QuestionOptions",
    Annotated[
        list[Option] | MatchingOptions | ClozeOptions,
        Field(
            description="single, multiple, ordering: a list; matching: two lists; cloze: its gaps; "
            "the other kinds: an empty list."
        ),
    ],
)

# Keys ---------------------------------------------------------------------------------------------


class SingleKey(Shape):
    """Key of kind single."""

    correct: str = Field(description="Id of the right option.")


class MultipleKey(Shape):
    """Key of kind multiple."""

    correct: list[str] = Field(description="Ids of the right options.")


class TrueFalseKey(Shape):
    """Key of kind true_false."""

    correct: bool


@exact
class NumericKey(TypedDict):
    """Key of kind numeric."""

    value: float
    tolerance: NotRequired[
        Annotated[float, Field(ge=0, description="In the unit of the value; 0 if left out.")]
    ]
    unit: NotRequired[
        Annotated[str, Field(description="What an answer in words may have behind its number.")]
    ]
    relative: NotRequired[
        Annotated[bool, Field(description="The tolerance is a share of the value: 0.01 is 1 %.")]
    ]


@exact
class AcceptedNumber(TypedDict):
    """One of several values that a numeric key accepts."""

    value: float
    tolerance: NotRequired[
        Annotated[float, Field(ge=0, description="In the unit of the value; 0 if left out.")]
    ]
    relative: NotRequired[
        Annotated[bool, Field(description="The tolerance is a share of the value: 0.01 is 1 %.")]
    ]


@exact
class NumericValuesKey(TypedDict):
    """Key of kind numeric with several accepted values."""

    values: Annotated[list[AcceptedNumber], Field(min_length=1, max_length=20)]
    unit: NotRequired[
        Annotated[str, Field(description="What an answer in words may have behind its number.")]
    ]


@exact
class ShortTextKey(TypedDict):
    """Key of kind short_text."""

    accepted: Annotated[
        list[str], Field(description="Accepted texts; case and accents do not matter.")
    ]
    max_distance: NotRequired[
        Annotated[int, Field(ge=0, le=3, description="Edits allowed; 0 if left out.")]
    ]


class OrderingKey(Shape):
    """Key of kind ordering."""

    order: list[str] = Field(description="Ids of all options in order.")


class MatchingKey(Shape):
    """Key of kind matching."""

    pairs: dict[str, str] = Field(description="Id of each left option to that of the right one.")


class ClozeKey(Shape):
    """Key of kind cloze."""

    gaps: dict[str, SingleKey | NumericKey | NumericValuesKey | ShortTextKey] = Field(
        description="Each gap to its key: of a choice that of single, of a number that of numeric, "
        "of a text that of short_text."
    )


@exact
class SampleKey(TypedDict):
    """Key of kinds essay and file, which staff grade."""

    sample_md: NotRequired[
        Annotated[str, Field(description="A sample answer, shown like a right answer.")]
    ]


QuestionKey = TypeAliasType(
    "QuestionKey",
    SingleKey
    | MultipleKey
    | TrueFalseKey
    | NumericKey
    | NumericValuesKey
    | ShortTextKey
    | OrderingKey
    | MatchingKey
    | ClozeKey
    | SampleKey,
)
Feedback = TypeAliasType(
    "Feedback",
    Annotated[
        dict[str, str],
        Field(
            description="Option id to Markdown; of true_false by true and false, of matching by "
            "left id, of cloze by gap."
        ),
    ],
)


class Hint(Shape):
    """A hint and what it costs."""

    text_md: str
    cost_percent: Percent = Field(description="Per cent of the points of the question.")


class QuestionKeyRow(Shape):
    """The key of a question, for its editor."""

    question_id: UUID
    key: QuestionKey
    explanation_md: str | None
    feedback: Feedback
    hints: list[Hint]


class QuestionVersionRow(Shape):
    """A version of a question with its key."""

    revision: int = Field(ge=1)
    prompt_md: str
    points: Points
    options: QuestionOptions
    key: QuestionKey
    explanation_md: str | None
    feedback: Feedback
    hints: list[Hint]
    saved_at: Timestamp
    saved_by: UUID | None = Field(description="Null for a server.")
    saved_by_name: str | None = Field(description="Null for a server and for an account now gone.")
    cursor: str = Field(description="The next page starts after it.")


Answer = TypeAliasType(
    "Answer",
    Annotated[
        bool | float | str | list[str] | dict[str, str | float],
        Field(
            description="single: an option id; multiple, ordering: ids; matching: left id to right "
            "id; true_false: a boolean; numeric: a number, or a text of it such as 9,81; "
            "short_text: a text; cloze: gap to the answer of its kind; essay: a text; file: the "
            "path of an own object in bucket submissions."
        ),
    ],
)

# Items of an attempt ------------------------------------------------------------------------------


class ItemBase(Shape):
    """A question as the learner of an attempt sees it."""

    question_id: UUID
    prompt_md: str
    points: Points
    hint_costs: list[Percent] = Field(
        default_factory=list, description="Of each hint; left out without hints."
    )


class SingleItem(ItemBase):
    """One right option."""

    kind: Literal["single"]
    options: list[Option]


class MultipleItem(ItemBase):
    """Several right options."""

    kind: Literal["multiple"]
    options: list[Option]


class TrueFalseItem(ItemBase):
    """A statement."""

    kind: Literal["true_false"]
    options: NoOptions


class NumericItem(ItemBase):
    """A number."""

    kind: Literal["numeric"]
    options: NoOptions


class ShortTextItem(ItemBase):
    """A short text."""

    kind: Literal["short_text"]
    options: NoOptions


class OrderingItem(ItemBase):
    """Options to put in order."""

    kind: Literal["ordering"]
    options: list[Option]


class MatchingItem(ItemBase):
    """Options to match."""

    kind: Literal["matching"]
    options: MatchingOptions


class ClozeItem(ItemBase):
    """A text with gaps."""

    kind: Literal["cloze"]
    options: ClozeOptions


class EssayItem(ItemBase):
    """A text that staff grade."""

    kind: Literal["essay"]
    options: NoOptions


class FileItem(ItemBase):
    """A file that staff grade."""

    kind: Literal["file"]
    options: NoOptions


Item = TypeAliasType(
    "Item",
    Annotated[
        SingleItem
        | MultipleItem
        | TrueFalseItem
        | NumericItem
        | ShortTextItem
        | OrderingItem
        | MatchingItem
        | ClozeItem
        | EssayItem
        | FileItem,
        Field(discriminator="kind"),
    ],
)

# Items of a review: with the answer given and, if revealed, the right answer. ---------------------


class Reviewed(Shape):
    """The fields that each item of a review has."""

    is_counted: bool = Field(description="False for an archived question: it earns no points.")


class AnsweredSingle(SingleItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: str | None


class AnsweredMultiple(MultipleItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: list[str] | None


class AnsweredTrueFalse(TrueFalseItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: bool | None


class AnsweredNumeric(NumericItem, Reviewed):
    """An item with the answer given, a number or its words such as 9,81 m; null: none."""

    answer: float | str | None


class AnsweredShortText(ShortTextItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: str | None


class AnsweredOrdering(OrderingItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: list[str] | None


class AnsweredMatching(MatchingItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: dict[str, str] | None


class AnsweredCloze(ClozeItem, Reviewed):
    """An item with the answer given; null: none."""

    answer: dict[str, str | float] | None


class Commented(Reviewed):
    """The fields of an item that staff grade."""

    comment_md: str | None = Field(description="What staff wrote when they graded it.")


class AnsweredEssay(EssayItem, Commented):
    """An item with the answer given; null: none."""

    answer: str | None


class AnsweredFile(FileItem, Commented):
    """An item with the path of the file given; null: none."""

    answer: str | None


class Revealed(Shape):
    """The result of a graded item.

    `correct` is the right answer by the version that grades the item, in options that the attempt
    showed; null where it showed no right one.
    """

    score_percent: Percent | None = Field(
        description="Result in per cent of its points; null until the attempt is graded."
    )
    revision: int = Field(description="The version of the question that grades it.")
    explanation_md: str | None
    feedback: Feedback = Field(description="Of the options that the attempt showed, by their ids.")


class RevealedSingle(AnsweredSingle, Revealed):
    """A graded item with the right answer."""

    correct: str | None


class RevealedMultiple(AnsweredMultiple, Revealed):
    """A graded item with the right answer."""

    correct: list[str] | None


class RevealedTrueFalse(AnsweredTrueFalse, Revealed):
    """A graded item with the right answer."""

    correct: bool | None


class RevealedNumeric(AnsweredNumeric, Revealed):
    """A graded item with the right answer."""

    correct: float | None


class RevealedShortText(AnsweredShortText, Revealed):
    """A graded item with the right answer."""

    correct: str | None


class RevealedOrdering(AnsweredOrdering, Revealed):
    """A graded item with the right answer."""

    correct: list[str] | None


class RevealedMatching(AnsweredMatching, Revealed):
    """A graded item with the right answer."""

    correct: dict[str, str] | None


class RevealedCloze(AnsweredCloze, Revealed):
    """A graded item with the right answer."""

    correct: dict[str, str | float | None] | None


class RevealedEssay(AnsweredEssay, Revealed):
    """An item with the sample answer, if there is one."""

    correct: str | None


class RevealedFile(AnsweredFile, Revealed):
    """An item with the sample answer, if there is one."""

    correct: str | None


AnsweredItem = TypeAliasType(
    "AnsweredItem",
    Annotated[
        AnsweredSingle
        | AnsweredMultiple
        | AnsweredTrueFalse
        | AnsweredNumeric
        | AnsweredShortText
        | AnsweredOrdering
        | AnsweredMatching
        | AnsweredCloze
        | AnsweredEssay
        | AnsweredFile,
        Field(discriminator="kind"),
    ],
)
RevealedItem = TypeAliasType(
    "RevealedItem",
    Annotated[
        RevealedSingle
        | RevealedMultiple
        | RevealedTrueFalse
        | RevealedNumeric
        | RevealedShortText
        | RevealedOrdering
        | RevealedMatching
        | RevealedCloze
        | RevealedEssay
        | RevealedFile,
        Field(discriminator="kind"),
    ],
)


class AttemptBase(Shape):
    """An attempt without its items and answers."""

    id: UUID
    lesson_id: UUID
    course_id: UUID
    user_id: UUID
    number: int = Field(description="1 is the first attempt of the learner.")
    status: AttemptStatus
    started_at: Timestamp
    time_limit_seconds: Seconds | None = Field(
        description="With the extra time of the learner; null without a limit."
    )
    deadline: Timestamp | None = Field(description="Null without a time limit or due date.")
    answered_at: Timestamp | None = Field(description="The time of the last saved answer.")
    revisions: dict[str, int] = Field(
        description="Question id to the revision of an answer that was saved with one."
    )
    submitted_at: Timestamp | None
    score: Points | None = Field(description="Null while it is open or pending.")
    max_score: Points
    is_passed: bool | None = Field(description="Null while it is open or pending.")
    is_overridden: bool
    content_version: Count | None = Field(
        description="The version of the lesson at the start; null without content."
    )
    is_pending: bool = Field(description="Closed, and awaits a grade by staff.")
    hints: dict[str, list[Hint]] = Field(description="Question id to the hints taken, in order.")


class TimedAttempt(AttemptBase):
    """An attempt with the time left, for a countdown that does not trust the local clock."""

    items: list[Item]
    answers: dict[str, Answer] = Field(description="Question id to the answer saved.")
    now: Timestamp = Field(description="The time of the server.")
    seconds_left: Seconds | None = Field(
        description="Until the deadline; 0 once it is closed; null without a deadline."
    )


class ReviewHidden(AttemptBase):
    """An attempt whose right answers the caller may not see now."""

    is_revealed: Literal[False]
    items: list[AnsweredItem]


class ReviewShown(AttemptBase):
    """An attempt with the results of its items, right answers and explanations."""

    is_revealed: Literal[True]
    items: list[RevealedItem]


Review = TypeAliasType(
    "Review", Annotated[ReviewHidden | ReviewShown, Field(discriminator="is_revealed")]
)


@exact
class HandGrade(TypedDict):
    """The grade of an essay or a file."""

    score_percent: Annotated[float, Field(ge=0, le=100, description="Per cent of its points.")]
    comment_md: NotRequired[Annotated[str | None, Field(description="For the learner.")]]


class QuestionStatsRow(Shape):
    """Statistics of a question over closed attempts; null for an admin if of too few learners."""

    question_id: UUID
    ord: int
    kind: QuestionKind
    prompt_md: str
    answer_count: Count | None
    difficulty: Percent | None = Field(
        description="Mean result in per cent of the points; low is hard."
    )
    discrimination: float | None = Field(
        ge=-1, le=1, description="Correlation with the rest of the attempt, -1 to 1."
    )
    choices: dict[str, int] | None = Field(
        description="Option id to picks; null for kinds without choices."
    )
    cursor: str = Field(description="The next page starts after it.")
