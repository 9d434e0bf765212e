"""The table on the terminal, BENCH.md and its charts, all from the figures that were written."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tests.support.cluster import ROOT
from tests.support.database import Row

RESULTS = ROOT / "tests" / "bench" / "results"
PAGE = ROOT / "BENCH.md"
MAX_OVERHEAD = 1.3
# A learner's own calls, and what they may grow by when the school is a hundred times as large.
MAX_EXPONENT = 0.1

HEADERS = [
    *("call", "by", "n", "p50", "p95", "p99", "budget", "floor", "RLS x", "stmt x"),
    *("REST p50", "p95", "p99", "bypass p95", "1/s at 1", "at 8", "at 32", "rows", "bytes", ""),
]


def misses(line: Row) -> list[str]:
    """What a line of the table misses, in words."""
    found = []
    inside, budget = line["inside_ms"], line["budget_ms"]
    if inside is not None and budget is not None and inside["p95"] > budget:
        found.append("budget")
    if line["overhead"] is not None and line["overhead"] > MAX_OVERHEAD:
        found.append("overhead")
    if line["failed"]:
        found.append(f"{line['failed']} failed")
    return found


def cells(line: Row) -> list[str]:
    """A line of the table as text."""
    inside, rest = line["inside_ms"] or {}, line["rest_ms"] or {}
    return [
        line["label"],
        line["who"],
        str(line["calls"]),
        *(_number(inside.get(key)) for key in ("p50", "p95", "p99")),
        _number(line["budget_ms"], 0),
        _number((line["floor_ms"] or {}).get("p50")),
        _number(line["overhead"]),
        _number(line["overhead_statement"]),
        *(_number(rest.get(key)) for key in ("p50", "p95", "p99")),
        _number((line["bypass_ms"] or {}).get("p95")),
        *(_number(line["per_second"].get(level), 0) for level in ("1", "8", "32")),
        str(line["rows"]),
        str(line["bytes"]),
        ", ".join(misses(line)),
    ]


def plain(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal: the first two columns to the left, the others to the right."""
    widths = [max(len(row[at]) for row in [headers, *rows]) for at in range(len(headers))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            text.ljust(width) if at < 2 or at == len(widths) - 1 else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()

    return "\n".join(line(row) for row in [headers, *rows])


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table for a page."""
    rule = ["---" if at < left else "---:" for at in range(len(headers))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [headers, rule, *rows])


def table(document: Row) -> str:
    """What a run prints."""
    return plain(HEADERS, [cells(line) for line in document["table"]])


def grown(document: Row) -> str:
    """What a run over several scales prints."""
    scales = document["scales"]
    headers = ["call", "by", *(f"p50 at {_scale(scale)}" for scale in scales), "exponent", ""]
    rows = [
        [
            line["label"],
            line["who"],
            *(_number(line["p50_ms"].get(str(scale))) for scale in scales),
            _number(line["exponent"]),
            "grows" if grows(line) else "",
        ]
        for line in document["growth"]
    ]
    return plain(headers, rows) + "\n\n" + plain(*_dashboards(document))


def grows(line: Row) -> bool:
    """Whether a call of a learner about himself grows with the school."""
    own = line["who"] == "learner" and not line["label"].startswith(("search", "suggest", "begin"))
    return own and line["exponent"] is not None and line["exponent"] > MAX_EXPONENT


def served(document: Row) -> str:
    """What a run of the service prints."""
    return "\n\n".join(plain(headers, rows) for _, headers, rows in _service(document["service"]))


def read(folder: Path, name: str) -> Row | None:
    """The figures of one part, or None when it was never measured."""
    file = folder / f"{name}.json"
    if not file.exists():
        return None
    found: Row = json.loads(file.read_text())
    return found


def write(folder: Path, name: str, document: Row) -> None:
    """Keeps the figures of one part."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def render(folder: Path, page: Path) -> None:
    """Writes the page and its charts from the figures in a folder."""
    parts: list[str] = [INTRODUCTION]
    makers: list[tuple[str, Callable[[Row, Path, Path], str]]] = [
        ("table", _table_section),
        ("growth", _growth_section),
        ("service", _service_section),
        ("pairs", _pairs_section),
    ]
    for name, make in makers:
        document = read(folder, name)
        if document is not None:
            parts.append(make(document, folder, page))
    page.write_text("\n\n".join(parts) + "\n")


INTRODUCTION = """# Measured

Written by `make bench` from `tests/bench/results`; do not edit. It measures on a stack of its
own, with a school made by `sql/bench/generate.sql`: at a scale of 1, 10,000 learners, 200
courses of 20 lessons, 50,000 enrollments and 500,000 completions, a few courses huge and most
small. Callers are many different learners, staff and visitors with their own tokens. Client,
service, PostgREST and Postgres share one machine."""

TABLE_NOTES = """Times are milliseconds. **p50, p95, p99** are those in the database, as the
caller with row-level security: a raw connection that begins, sets role and claims as PostgREST
does, runs its statement and commits. **budget** is for that p95. **floor** is the median of the
same as a superuser with the same claims, without row-level security; **RLS x** the median of the
ratios of the two, call by call, at most 1.3 for reads, and **stmt x** the same for the statement
alone. **REST** is through PostgREST, one call at a time, with the caller's token, **bypass** the
same as a role with the caller's rights and BYPASSRLS. The four are measured in turn, call by
call. **1/s** are requests a second over 1, 8 and 32 connections. Calls that write are made once
each, on rows that have not seen them; a commit waits for the disk."""


def _table_section(document: Row, folder: Path, page: Path) -> str:
    missed = [line for line in document["table"] if misses(line)]
    said = (
        f"{len(missed)} of {len(document['table'])} lines miss something: "
        + "; ".join(f"{one['label']} ({one['who']}): {', '.join(misses(one))}" for one in missed)
        + "."
        if missed
        else "Every line keeps its budget."
    )
    _budget_chart(document).render_to_file(str(folder / "budget.svg"))
    rows = [cells(line) for line in document["table"]]
    return "\n\n".join(
        [
            f"## Calls at a scale of {_scale(document['scale'])}",
            f"{_machine(document)} The school was loaded in {document['load_seconds']:.0f} s.",
            said,
            f"![p95 in the database against the budget]({_link(folder, page)}/budget.svg)",
            markdown(HEADERS, rows, left=2),
            TABLE_NOTES,
        ]
    )


def _growth_section(document: Row, folder: Path, page: Path) -> str:
    scales = document["scales"]
    _growth_chart(document).render_to_file(str(folder / "growth.svg"))
    loads = ", ".join(
        f"{_scale(scale)} in {seconds:.0f} s"
        for scale, seconds in zip(scales, document["load_seconds"], strict=True)
    )
    rows = [
        [
            line["label"],
            line["who"],
            *(_number(line["p50_ms"].get(str(scale))) for scale in scales),
            *(_number(line["p95_ms"].get(str(scale))) for scale in scales),
            _number(line["exponent"]),
            "grows" if grows(line) else "",
        ]
        for line in document["growth"]
    ]
    headers = ["call", "by"]
    headers += [f"p50 at {_scale(scale)}" for scale in scales]
    headers += [f"p95 at {_scale(scale)}" for scale in scales]
    return "\n\n".join(
        [
            "## Growth",
            f"{_machine(document)} Loaded: scale {loads}.",
            "The median in the database at each scale, and the exponent x of time ~ scale^x, "
            "fitted by least squares of the logarithms: 0 does not grow, 1 as the school does. "
            f"What a learner asks about himself stays below {MAX_EXPONENT}.",
            f"![Median by scale]({_link(folder, page)}/growth.svg)",
            markdown([*headers, "exponent", ""], rows, left=2),
            "The largest course beside one with a hundredth of its learners, call by call; a list "
            "of learners looks at each.",
            markdown(*_dashboards(document)),
        ]
    )


def _service_section(document: Row, folder: Path, page: Path) -> str:
    parts = ["## The service", _machine(document)]
    for text, headers, rows in _service(document["service"]):
        parts += [text, markdown(headers, rows)]
    return "\n\n".join(parts)


def _pairs_section(document: Row, folder: Path, page: Path) -> str:
    rows = [
        [one["change"], one["measure"], one["before"], one["after"]] for one in document["pairs"]
    ]
    return "\n\n".join(
        ["## Before and after", markdown(["change", "measured", "before", "after"], rows, left=2)]
    )


def _service(document: Row) -> list[tuple[str, list[str], list[list[str]]]]:
    added, memory, streams = document["added"], document["memory"], document["streams"]
    latency = [
        [
            name,
            *(
                _number(one[where][key])
                for where in ("postgrest", "gateway", "service")
                for key in ("p50", "p95")
            ),
            *(_number(one["added_ms"][key]) for key in ("p50", "p95")),
        ]
        for name, one in added.items()
    ]
    rates = [
        [
            name,
            level,
            _number(one["per_second"], 0),
            *(_number(one[key]) for key in ("p50", "p95", "p99")),
            _number(one["cpu_ms"]),
            str(one["failed"] or ""),
        ]
        for name, levels in document["rates"].items()
        for level, one in levels.items()
    ]
    speaking = [
        [
            str(one["streams"]),
            str(one["tokens_a_second"]),
            _number(one["core_share"]),
            _number(one["streams_a_core"], 0),
            _number(one["late_p99_ms"], 0),
            _number(one["memory_before_mib"], 0),
            _number(one["memory_mib"], 0),
        ]
        for one in [*streams["speaking"], streams["idle"]]
    ]
    first = streams["first_source_ms"]
    return [
        (
            "One call after the other, in milliseconds: PostgREST alone, behind the gateway, and "
            "the service that asks the gateway. Added is what the service adds to the gateway.",
            [
                *("call", "PostgREST p50", "p95", "gateway p50", "p95", "service p50", "p95"),
                *("added p50", "p95"),
            ],
            latency,
        ),
        (
            "Rates over so many connections, and the CPU time of the service for a request.",
            ["call", "connections", "1/s", "p50", "p95", "p99", "CPU ms", "failed"],
            rates,
        ),
        (
            "A token is verified in so many microseconds; memory is resident.",
            [
                *("HS256 µs", "ES256 µs", "RS256 µs"),
                *("MiB before", f"MiB after {memory['requests']:,} requests"),
            ],
            [
                [
                    *(
                        _number(document["verify_us"][key], 0)
                        for key in ("HS256", "ES256", "RS256")
                    ),
                    _number(memory["before_mib"], 0),
                    _number(memory["after_mib"], 0),
                ]
            ],
        ),
        (
            f"Streams of the tutor at once. The first source of a quoted answer comes after "
            f"{first['p50']:.0f} ms (p50), {first['p95']:.0f} ms (p95).",
            [
                *("streams", "tokens/s each", "of a core", "streams a core", "p99 late ms"),
                *("MiB before", "MiB"),
            ],
            speaking,
        ),
    ]


def _dashboards(document: Row) -> tuple[list[str], list[list[str]]]:
    headers = ["call", "learners", "p50", "p95", "learners", "p50", "p95", "times"]
    rows = [
        [
            one["label"],
            *(
                text
                for learners, times in zip(
                    one["learners"], (one["small_ms"], one["large_ms"]), strict=True
                )
                for text in (f"{learners:,}", _number(times["p50"]), _number(times["p95"]))
            ),
            _number(one["ratio"]),
        ]
        for one in document["dashboards"]
    ]
    return headers, rows


def _budget_chart(document: Row) -> Any:
    lines = [line for line in document["table"] if line["budget_ms"] and line["inside_ms"]][::-1]
    chart = _chart("HorizontalBar", 80 + 34 * len(lines), legend_at_bottom=True)
    chart.title = f"Milliseconds in the database at a scale of {_scale(document['scale'])}"
    chart.x_labels = [f"{line['label']}, {line['who']}" for line in lines]
    chart.add("budget", [line["budget_ms"] for line in lines])
    chart.add("p95", [line["inside_ms"]["p95"] for line in lines])
    chart.add("p50", [line["inside_ms"]["p50"] for line in lines])
    return chart


def _growth_chart(document: Row) -> Any:
    chart = _chart("Line", 700, logarithmic=True, truncate_legend=-1)
    chart.title = "Median milliseconds in the database by scale"
    chart.x_labels = [_scale(scale) for scale in document["scales"]]
    for line in document["growth"]:
        name = f"{line['label']}, {line['who']}"
        chart.add(name, [line["p50_ms"].get(str(scale)) for scale in document["scales"]])
    return chart


def _chart(kind: str, height: int, **options: Any) -> Any:
    """A chart that is the same whenever it is drawn."""
    # Importing it puts a finder into the import system that makes Python warn at later imports.
    import pygal
    from pygal.style import CleanStyle

    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, pygal.PluginImportFixer)]
    chart = getattr(pygal, kind)(style=CleanStyle, js=[], width=900, height=height, **options)
    chart.uuid = kind.lower()
    return chart


def _machine(document: Row) -> str:
    facts = document["machine"]
    return (
        f"Measured {document['measured_at'][:10]} on {facts['processors']} processors "
        f"({facts['model']}), load {facts['load_before']:.1f} before and {facts['load_after']:.1f} "
        f"after, with Postgres {facts['postgres']} and {facts['shared_buffers']} of shared buffers."
    )


def _link(folder: Path, page: Path) -> str:
    return folder.relative_to(page.parent).as_posix()


def _scale(scale: float) -> str:
    return f"{scale:g}"


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"
