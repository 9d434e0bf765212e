"""People: the team of a course."""

from uuid import UUID

from pydantic import Field

from app.models.rpc.base import CourseRole, Shape, Timestamp


class TeamMember(Shape):
    """One of the staff of a course, as the others see them."""

    user_id: UUID
    name: str
    email: str
    headline: str
    picture: str | None = Field(description="Address of an image.")
    role: CourseRole
    created_at: Timestamp = Field(description="When they joined.")
