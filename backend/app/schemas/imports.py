"""Bodies of the imports: what an upload becomes, and what of it is lost."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.models.rpc.base import ContentType


class ImportNote(BaseModel):
    """Something that does not come, or comes as something else."""

    level: Literal["lost", "changed"]
    code: str = Field(description="What it is, for a program", examples=["question_kind"])
    message: str
    file: str = Field(description="The file of the upload")
    line: int | None = Field(description="The first line, from 1; null where it is not known")
    lines: list[int] = Field(description="All lines, at most 100")
    count: int = Field(description="How often")


class ImportLesson(BaseModel):
    """A lesson that comes."""

    slug: str
    title: str
    content_type: ContentType
    questions: int
    files: list[str] = Field(description="Files of the upload that its text names")


class ImportModule(BaseModel):
    """A module that comes."""

    title: str
    lessons: list[ImportLesson]


class ImportCounts(BaseModel):
    """How many of each come."""

    modules: int
    lessons: int
    quizzes: int
    labs: int
    questions: int
    skipped_questions: int = Field(description="Questions of the upload that do not come")
    files: int


class ImportReport(BaseModel):
    """The report of an import."""

    format: str = Field(examples=["common_cartridge"])
    title: str
    slug: str
    counts: ImportCounts
    modules: list[ImportModule]
    notes: list[ImportNote] = Field(description="At most 500")
    notes_left_off: int


_STORED = "Files that lessons have in Storage now; the others have a note `file_not_stored`"


class CourseImport(BaseModel):
    """The answer to the import of a course."""

    is_dry_run: bool
    is_new: bool | None = Field(description="False: the same import has made the course before")
    course_id: UUID | None
    course_slug: str | None
    stored_files: int = Field(description=_STORED)
    report: ImportReport


class QuestionImport(BaseModel):
    """The answer to the import of questions."""

    is_dry_run: bool
    is_new: bool | None = Field(description="False: the same import has saved them before")
    question_ids: list[UUID]
    stored_files: int = Field(description=_STORED)
    report: ImportReport


# The endpoint reads the body itself: its size is bounded by a setting of its own.
UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One file: in a form, or as the body with the name in `name`.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}
