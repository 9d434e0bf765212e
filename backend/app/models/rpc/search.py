"""Search: courses, modules and lessons, titles while typing, passages."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import ContentType, Count, PassageSource, Shape, Share


class FoundBase(Shape):
    """What every result has."""

    course_id: UUID
    title: str
    course_title: str
    slug: str = Field(description="Of the lesson, or of the course.")
    locale: str
    snippet: str = Field(description="HTML in which only <mark> is markup.")
    score: float


class FoundCourse(FoundBase):
    """A course that matches."""

    kind: Literal["course"]
    module_id: None
    lesson_id: None
    content_type: None


class FoundModule(FoundBase):
    """A module that matches."""

    kind: Literal["module"]
    module_id: UUID
    lesson_id: None
    content_type: None


class FoundLesson(FoundBase):
    """A lesson that matches."""

    kind: Literal["lesson"]
    module_id: UUID
    lesson_id: UUID
    content_type: ContentType


SearchResult = TypeAliasType(
    "SearchResult",
    Annotated[FoundCourse | FoundModule | FoundLesson, Field(discriminator="kind")],
)


class CourseFacet(Shape):
    """How many results a course has."""

    course_id: UUID
    title: str
    count: Count


class Facets(Shape):
    """Results of all pages, counted."""

    kind: dict[Literal["course", "module", "lesson"], Count]
    locale: dict[str, Count]
    course: list[CourseFacet] = Field(description="The 20 courses with most results.")


class Search(Shape):
    """A page of results."""

    results: list[SearchResult]
    next_cursor: str | None = Field(description="Null on the last page.")
    did_you_mean: str | None = Field(description="The corrected query that was answered.")
    facets: Facets


class SuggestionRow(Shape):
    """A title that continues what was typed."""

    kind: Literal["course", "lesson"]
    course_id: UUID
    lesson_id: UUID | None = Field(description="Null for a course.")
    title: str
    slug: str


class PassageRow(Shape):
    """A passage that answers a question."""

    lesson_id: UUID
    ord: int
    lesson_title: str
    heading_path: list[str]
    anchor: str
    source: PassageSource
    body: str
    score: float
    support: Share = Field(description="Share of the weight of the query that it covers.")


class PassageToEmbed(Shape):
    """A passage without an embedding of the model."""

    lesson_id: UUID
    ord: int
    body_hash: str
    body: str


class PassageEmbedding(Shape):
    """The embedding of a passage."""

    lesson_id: UUID
    ord: int
    body_hash: str
    embedding: list[float]
