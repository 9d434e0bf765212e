"""The common part of all shapes: base class, units, and literal values of several domains."""

from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypeAliasType


class Shape(BaseModel):
    """A JSON object with exactly these keys and no conversion between types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# The same rules for a TypedDict, used where keys may be absent or the service builds the object.
exact: Final = with_config(ConfigDict(extra="forbid", strict=True))


# Units. Each is a named type in TypeScript too.

Percent = TypeAliasType(
    "Percent", Annotated[float, Field(ge=0, le=100, description="Per cent, 0 to 100.")]
)
Share = TypeAliasType("Share", Annotated[float, Field(ge=0, le=1, description="A share, 0 to 1.")])
Points = TypeAliasType("Points", Annotated[float, Field(ge=0, description="Points of a quiz.")])
Count = TypeAliasType("Count", Annotated[int, Field(ge=0, description="A count, from 0.")])
Seconds = TypeAliasType("Seconds", Annotated[int, Field(ge=0, description="Whole seconds.")])
Minutes = TypeAliasType("Minutes", Annotated[float, Field(ge=0, description="Minutes.")])
Micros = TypeAliasType(
    "Micros", Annotated[int, Field(ge=0, description="Micro-dollars: millionths of a US dollar.")]
)
Timestamp = TypeAliasType(
    "Timestamp",
    Annotated[AwareDatetime, Field(description="Date and time, ISO 8601 with an offset.")],
)
Cursor = TypeAliasType(
    "Cursor", Annotated[str, Field(description="The next page starts after this row.")]
)
Day = TypeAliasType("Day", Annotated[date, Field(description="A day of UTC, YYYY-MM-DD.")])

# Values. The enums among them equal those of the database; a test compares them.

AppRole = TypeAliasType("AppRole", Literal["learner", "instructor", "admin"])
ContentType = TypeAliasType("ContentType", Literal["video", "text", "quiz", "lab"])
CompletionRule = TypeAliasType(
    "CompletionRule", Literal["view", "watch", "pass", "accept", "manual"]
)
CourseRole = TypeAliasType("CourseRole", Literal["owner", "instructor", "assistant"])
EnrollmentMode = TypeAliasType("EnrollmentMode", Literal["open", "code", "approval", "closed"])
EnrollmentStatus = TypeAliasType(
    "EnrollmentStatus", Literal["pending", "waitlisted", "active", "completed", "withdrawn"]
)
ProgressStatus = TypeAliasType("ProgressStatus", Literal["started", "completed"])
AttemptStatus = TypeAliasType("AttemptStatus", Literal["open", "submitted", "expired"])
QuestionKind = TypeAliasType(
    "QuestionKind",
    Literal[
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
    ],
)
PassageSource = TypeAliasType("PassageSource", Literal["body", "transcript"])
