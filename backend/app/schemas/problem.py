"""The error body, as the OpenAPI document describes it."""

from typing import Any

from pydantic import BaseModel, Field

from app.core.errors import PROBLEM_JSON


class FieldProblem(BaseModel):
    """One invalid value of the request."""

    pointer: str = Field(description="JSON pointer into the request", examples=["/body/code"])
    message: str


class Problem(BaseModel):
    """RFC 9457. Programs read `code`."""

    type: str = Field(examples=["urn:lyceum:problem:course_not_found"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="Path of the request")
    code: str = Field(examples=["course_not_found"])
    request_id: str
    hint: str | None = Field(default=None, description="What to do about it")
    errors: list[FieldProblem] | None = Field(default=None, description="With 422")
    dependencies: dict[str, str] | None = Field(default=None, description="With not_ready")


_CONTENT: dict[str, Any] = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_DESCRIPTIONS = {
    400: "The request cannot be read",
    401: "No access token, or one that is not accepted",
    403: "Not allowed",
    404: "Not found",
    408: "The body did not arrive in time",
    409: "In conflict with the state of the course or the learner",
    410: "Revoked",
    413: "The body is too large",
    415: "The type of the body is not accepted",
    422: "A value is not valid",
    423: "An attempt is open: no tutor until it is submitted",
    429: "A limit is used up",
    503: "A dependency is down; try again after `Retry-After` seconds",
    504: "Something that the service asks did not answer in time",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` of an operation: these statuses, and `default` for any other failure."""
    texts: dict[int | str, str] = {status: _DESCRIPTIONS[status] for status in statuses}
    texts["default"] = "Any other failure"
    return {status: {"description": text, "content": _CONTENT} for status, text in texts.items()}
