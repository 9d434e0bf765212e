"""Bodies of the enrollment calls."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class EnrollRequest(BaseModel):
    """Body of the enroll call. Optional."""

    model_config = ConfigDict(extra="forbid")

    code: str | None = Field(default=None, min_length=1, max_length=200)


RosterStatus = Literal["enrolled", "already", "waitlisted", "invited", "withdrawn", "failed"]


class RosterAnswer(BaseModel):
    """A row that `enroll_roster` returns; `number` is the position sent, from 1."""

    number: int
    email: str | None = None
    user_id: UUID | None = None
    status: RosterStatus
    enrollment_id: UUID | None = None
    code: str | None = None
    detail: str | None = None


class RosterResult(BaseModel):
    """The result for one learner of a roster."""

    row: int = Field(description="Position in the request, from 1; headers and blank lines aside")
    email: str | None = None
    user_id: UUID | None = None
    status: RosterStatus
    http_status: int = Field(description="The status a call for this learner alone would have had")
    code: str | None = None
    detail: str | None = None
    enrollment_id: UUID | None = None


class RosterSummary(BaseModel):
    """Number of rows by status."""

    total: int
    enrolled: int
    already: int
    waitlisted: int
    invited: int
    withdrawn: int
    failed: int


class RosterReport(BaseModel):
    """One result for each row of the request, in its order."""

    results: list[RosterResult]
    summary: RosterSummary


_LEARNER: dict[str, Any] = {
    "type": "object",
    "description": "One of the two; `user_id` counts when there are both.",
    "properties": {
        "email": {"type": "string", "format": "email"},
        "user_id": {"type": "string", "format": "uuid"},
    },
    "minProperties": 1,
}
_LEARNERS: dict[str, Any] = {"type": "array", "items": _LEARNER, "minItems": 1, "maxItems": 500}

# The service parses the body itself, so that one bad row does not refuse the others.
ROSTER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {
                            "type": "object",
                            "properties": {"learners": _LEARNERS},
                            "required": ["learners"],
                        },
                        _LEARNERS,
                    ]
                },
                "example": {"learners": [{"email": "learner@lyceum.test"}]},
            },
            "text/csv": {
                "schema": {"type": "string"},
                "example": "email\nlearner@lyceum.test\n",
            },
        },
    }
}
