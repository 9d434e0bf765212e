"""Objects of Storage."""

from typing import Literal

from app.models.rpc.base import Shape


class UnusedObject(Shape):
    """An object that no row names."""

    bucket: Literal["lesson-files", "submissions", "covers", "avatars"]
    path: str
