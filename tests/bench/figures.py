"""Percentiles, ratios and fits of measured times."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

SHARES = (50, 95, 99)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that is not below `share` percent of the values (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, math.ceil(len(ranked) * share / 100) - 1)]


def percentiles(times: Sequence[float]) -> dict[str, float]:
    """The 50th, 95th and 99th percentile."""
    return {f"p{share}": round(percentile(times, share), 3) for share in SHARES}


def paired_ratio(above: Sequence[float], below: Sequence[float]) -> float:
    """The median of the ratios of times that were measured in pairs."""
    return round(statistics.median(a / b for a, b in zip(above, below, strict=True)), 3)


def growth(sizes: Sequence[float], times: Sequence[float]) -> float | None:
    """The exponent x of time ~ size^x, by least squares of the logarithms; None for one size."""
    if len(set(sizes)) < 2:
        return None
    fit = statistics.linear_regression([math.log(s) for s in sizes], [math.log(t) for t in times])
    return round(fit.slope, 3)
