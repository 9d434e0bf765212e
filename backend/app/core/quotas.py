"""Quotas as headers: `RateLimit` and `RateLimit-Policy`, from an expired IETF draft."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_SECONDS: Final = {"minute": 60, "day": 86_400, "month": 2_592_000}


@dataclass(frozen=True, slots=True)
class QuotaState:
    """One limit as a client sees it; `reset_seconds` is the time until the period ends."""

    scope: str
    period: str
    meter: str
    limit: int
    remaining: int
    reset_seconds: int


def limit_headers(quotas: Iterable[QuotaState]) -> dict[str, str]:
    """The headers for these quotas; empty without quotas.

    `t` is the number of seconds until the reset, `w` the length of the period in seconds.

    Raises:
        KeyError: a quota names an unknown period.
    """
    policies, limits = [], []
    for quota in quotas:
        name = f'"{quota.scope}-{quota.period}-{quota.meter}"'
        policies.append(f"{name};q={quota.limit};w={_SECONDS[quota.period]}")
        limits.append(f"{name};r={quota.remaining};t={quota.reset_seconds}")
    if not policies:
        return {}
    return {"RateLimit-Policy": ", ".join(policies), "RateLimit": ", ".join(limits)}
