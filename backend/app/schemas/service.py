"""Answers about the service itself."""

from typing import Literal

from pydantic import BaseModel


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
