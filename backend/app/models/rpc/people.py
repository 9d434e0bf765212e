"""People: accounts, suspensions, the team of a course, invitations."""

from typing import Literal
from uuid import UUID

from pydantic import Field
from typing_extensions import TypeAliasType

from app.models.rpc.base import AppRole, CourseRole, Shape, Timestamp
from app.models.rpc.courses import OwnerlessCourse

InvitedRole = TypeAliasType(
    "InvitedRole", Literal["learner", "assistant", "instructor", "owner", "admin"]
)
InvitationStatus = TypeAliasType(
    "InvitationStatus", Literal["pending", "accepted", "declined", "revoked"]
)


class TeamMember(Shape):
    """One of the staff of a course, as the others see them."""

    user_id: UUID
    name: str
    email: str
    headline: str
    picture: str | None = Field(description="Address of an image.")
    role: CourseRole
    created_at: Timestamp = Field(description="When they joined.")


class InvitationRow(Shape):
    """An invitation that the caller can accept."""

    id: UUID
    role: InvitedRole
    course_id: UUID | None = Field(description="Null for a role on the platform.")
    course_slug: str | None
    course_title: str | None
    invited_by: str | None = Field(description="Name of the inviter.")
    has_seat: bool = Field(description="A seat is held until it expires.")
    created_at: Timestamp
    expires_at: Timestamp
    cursor: str = Field(description="The next page starts after it.")


class Suspension(Shape):
    """Whether an account is suspended, and what follows."""

    user_id: UUID
    is_suspended: bool
    until: Timestamp | None = Field(description="End of the suspension by an admin; null: none.")
    reason: str | None = Field(description="Null unless an admin has suspended the account.")
    banned_until: Timestamp | None = Field(description="End of the ban by Auth; null: none.")
    ownerless_courses: list[OwnerlessCourse] = Field(
        description="Courses without another owner who can act; admins act on them."
    )


class PersonRow(Shape):
    """An account in the list of admins."""

    user_id: UUID
    name: str
    email: str
    role: AppRole
    is_suspended: bool
    suspended_until: Timestamp | None = Field(description="Null without an end.")
    suspended_reason: str | None
    created_at: Timestamp
    cursor: str = Field(description="The next page starts after it.")


class PlatformSettings(Shape):
    """The settings of the platform, which admins change."""

    is_roster_direct: bool = Field(description="Rosters of staff enroll accounts without asking.")
