"""The growth of calls with the school, and of calls about a course with its learners."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from tests.bench.cases import School
from tests.bench.figures import growth, paired_ratio, percentiles
from tests.bench.measure import Raw, Target, Times, connect
from tests.support.database import Row

PATIENCE_SECONDS = 60


def fitted(tables: Mapping[float, Sequence[Row]]) -> list[Row]:
    """One line per call: its median in the database at each scale, and the fitted exponent."""
    found: dict[tuple[str, str], dict[float, Row]] = {}
    for scale, table in tables.items():
        for line in table:
            if line["inside_ms"] is not None:
                found.setdefault((line["label"], line["who"]), {})[scale] = line
    return [
        {
            "label": label,
            "who": who,
            "p50_ms": {str(scale): line["inside_ms"]["p50"] for scale, line in lines.items()},
            "p95_ms": {str(scale): line["inside_ms"]["p95"] for scale, line in lines.items()},
            "exponent": growth(list(lines), [line["inside_ms"]["p50"] for line in lines.values()]),
        }
        for (label, who), lines in found.items()
    ]


def dashboards(target: Target, count: int) -> list[Row]:
    """Calls about the largest course, paired with calls about one with 1 % of its learners."""
    results = []
    raw = Raw(target, guarded=True)
    with connect(target) as connection:
        for name, small, large, few, many in School(connection, count, count).dashboards():
            below, above = Times(), Times()
            began = time.perf_counter()
            for number in range(count + 10):
                if number >= 20 and time.perf_counter() - began > PATIENCE_SECONDS:
                    break
                order = [(small, below), (large, above)]
                for call, times in order if number % 2 else reversed(order):
                    raw.call(call, times, number >= 10)
            if below.errors or above.errors:
                raise RuntimeError([*below.errors, *above.errors][0])
            results.append(
                {
                    "label": name,
                    "learners": [few, many],
                    "small_ms": percentiles(below.whole),
                    "large_ms": percentiles(above.whole),
                    "ratio": paired_ratio(above.whole, below.whole),
                }
            )
    raw.connection.close()
    return results
