"""The quotas that a turn counts against, as headers of its answer."""

from collections.abc import Sequence
from datetime import UTC, datetime

from app.core.quotas import QuotaState, limit_headers
from app.services.tutor.context import Quota


def quota_headers(quotas: Sequence[Quota]) -> dict[str, str]:
    """The headers for the quotas of a turn, with the seconds from now until each resets."""
    now = datetime.now(UTC)
    return limit_headers(
        QuotaState(
            scope=quota.scope,
            period=quota.period,
            meter=quota.meter,
            limit=quota.limit,
            remaining=quota.remaining,
            reset_seconds=max(0, round((quota.reset_at - now).total_seconds())),
        )
        for quota in quotas
    )
