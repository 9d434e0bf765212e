"""Daily storage limits of an account."""

from typing import Literal

from typing_extensions import TypeAliasType

from app.models.rpc.base import Count, Shape

BudgetKind = TypeAliasType(
    "BudgetKind",
    Literal[
        "reports",
        "enrollments",
        "invitations",
        "attempts",
        "answers",
        "submissions",
        "questions",
        "content",
        "acts",
        "files",
        "media",
    ],
)


class Budget(Shape):
    """Rows and bytes that one account may add in a day, of one kind."""

    kind: BudgetKind
    max_rows: Count
    max_bytes: Count
