"""Quotas as headers: `RateLimit` and `RateLimit-Policy`, an expired draft of the IETF."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from app.services.tutor.context import Quota

_SECONDS: Final = {"minute": 60, "day": 86_400, "month": 2_592_000}


def limit_headers(quotas: Sequence[Quota]) -> dict[str, str]:
    """The headers for these quotas: `t` seconds until the reset, `w` seconds of the window."""
    if not quotas:
        return {}
    now = datetime.now(UTC)
    policies, limits = [], []
    for quota in quotas:
        name = f'"{quota.scope}-{quota.window}-{quota.meter}"'
        seconds = max(0, round((quota.reset_at - now).total_seconds()))
        policies.append(f"{name};q={quota.limit};w={_SECONDS[quota.window]}")
        limits.append(f"{name};r={quota.remaining};t={seconds}")
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(limits)}
