"""Search: matches and their counts, suggestions, passages, embeddings."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import ContentType, Count, PassageSource, Percent, Shape


class FoundBase(Shape):
    """The columns before those that depend on the kind."""

    kind: Literal["course", "module", "lesson"]
    course_id: UUID
    course_slug: str
    course_title: str
    module_id: UUID | None
    lesson_id: UUID | None
    lesson_slug: str | None
    title: str = Field(description="Of the course, module or lesson; plain text.")
    locale: str
    content_type: ContentType | None
    snippet: str = Field(description="HTML in which only <mark> is markup.")
    teachers: list[str] = Field(description="Names of the teachers of the course, owners first.")
    score: float
    did_you_mean: str | None = Field(
        description="The corrected query that was answered; null if it was not corrected."
    )
    cursor: str = Field(description="Of the last row: asks for the next page.")


class FoundCourse(FoundBase):
    """A course that matches."""

    kind: Literal["course"]
    module_id: None
    lesson_id: None
    lesson_slug: None
    content_type: None


class FoundModule(FoundBase):
    """A module that matches."""

    kind: Literal["module"]
    module_id: UUID
    lesson_id: None
    lesson_slug: None
    content_type: None


class FoundLesson(FoundBase):
    """A lesson that matches."""

    kind: Literal["lesson"]
    module_id: UUID
    lesson_id: UUID
    lesson_slug: str
    content_type: ContentType


FoundRow = TypeAliasType(
    "FoundRow",
    Annotated[FoundCourse | FoundModule | FoundLesson, Field(discriminator="kind")],
)


class CourseFacet(Shape):
    """How many matches a course has."""

    facet: Literal["course"]
    value: UUID = Field(description="The course_id to search with.")
    count: Count
    course_slug: str
    course_title: str


class KindFacet(Shape):
    """How many matches are of a kind."""

    facet: Literal["kind"]
    value: Literal["course", "module", "lesson"]
    count: Count
    course_slug: None
    course_title: None


class LocaleFacet(Shape):
    """How many matches are in a locale."""

    facet: Literal["locale"]
    value: str
    count: Count
    course_slug: None
    course_title: None


FacetRow = TypeAliasType(
    "FacetRow", Annotated[CourseFacet | KindFacet | LocaleFacet, Field(discriminator="facet")]
)


class SuggestedCourse(Shape):
    """A course whose title continues the prefix."""

    kind: Literal["course"]
    course_id: UUID
    course_slug: str
    lesson_id: None
    lesson_slug: None
    title: str


class SuggestedLesson(Shape):
    """A lesson whose title continues the prefix."""

    kind: Literal["lesson"]
    course_id: UUID
    course_slug: str
    lesson_id: UUID
    lesson_slug: str
    title: str


SuggestionRow = TypeAliasType(
    "SuggestionRow",
    Annotated[SuggestedCourse | SuggestedLesson, Field(discriminator="kind")],
)


class PassageRow(Shape):
    """A passage that answers a question."""

    course_slug: str
    lesson_id: UUID
    lesson_slug: str
    lesson_title: str
    ord: int
    heading_path: list[str]
    anchor: str
    source: PassageSource
    body: str
    score: float
    support_percent: Percent = Field(
        description="Per cent of the weight of the query that the passage covers."
    )


class PassageToEmbed(Shape):
    """A passage without a current embedding of the model."""

    lesson_id: UUID
    ord: int
    body_hash: str
    body: str = Field(description="The text to embed: title, headings, body.")
    remaining: int = Field(ge=1, description="The passages of this page and after it.")
    cursor: str


class PassageEmbedding(Shape):
    """The embedding of a passage."""

    lesson_id: UUID
    ord: int
    body_hash: str
    embedding: list[float]
