"""Answers about the service itself."""

from typing import Literal

from pydantic import BaseModel, Field


class Welcome(BaseModel):
    """Links from the root."""

    name: str
    version: str
    docs: str
    openapi: str
    health: str


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Every dependency answers."""

    status: Literal["ok"] = "ok"
    dependencies: dict[str, Literal["ok"]]
    oldest_fact_seconds: float | None = Field(
        description="At most how old the oldest change is that sums and events lack; null when "
        "this process does not fold"
    )
