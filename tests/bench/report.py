"""The tables on the terminal, and BENCH.md with its chart, from the stored figures."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.cluster import ROOT
from tests.support.database import Row

RESULTS = ROOT / "tests" / "bench" / "results"
PAGE = ROOT / "BENCH.md"
MAX_OVERHEAD = 1.3
# The largest growth exponent of a learner's own calls.
MAX_EXPONENT = 0.1

LEVELS = ("1", "8", "32")
HEADERS = [
    *("call", "by", "p50", "p95", "budget", "CPU", "first", "RLS x"),
    *("REST p95 at 1", "at 8", "at 32", "1/s at 1", "at 8", "at 32", ""),
]
# The code that each part measures.
DESCRIBES = {
    "table": ("schema",),
    "growth": ("schema",),
    "flood": ("schema",),
    "service": ("schema", "service"),
    "peer": ("schema",),
}


def misses(line: Row) -> list[str]:
    """The limits that a line of the table exceeds, in words."""
    found = []
    inside, budget = line["inside_ms"], line["budget_ms"]
    if inside is not None and budget is not None and inside["p95"] > budget:
        found.append("budget")
    if line["overhead"] is not None and line["overhead"] > MAX_OVERHEAD:
        found.append("overhead")
    if line["failed"]:
        found.append(f"{line['failed']} failed")
    return found


def rest_p95(line: Row) -> list[float | None]:
    """The p95 over REST at each level: call by call at 1, under load at the others."""
    alone, load = line["rest_ms"], line["load_ms"]
    found = [alone, *(load.get(level) for level in LEVELS[1:])]
    return [one and one["p95"] for one in found]


def over_budget(line: Row) -> list[bool]:
    """For each level, whether the p95 over REST exceeds the budget."""
    budget = line["budget_ms"]
    return [bool(budget and p95 and p95 > budget) for p95 in rest_p95(line)]


def cells(line: Row) -> list[str]:
    """A line of the table as text; an exclamation mark follows a p95 over REST above the budget."""
    inside = line["inside_ms"] or {}
    return [
        line["label"],
        line["who"],
        *(_number(inside.get(key)) for key in ("p50", "p95")),
        _number(line["budget_ms"], 0),
        # Older figures have neither.
        *(_number((line.get(key) or {}).get("p50")) for key in ("cpu_ms", "first_ms")),
        _number(line["overhead"]),
        *(
            _number(p95) + (" !" if over else "")
            for p95, over in zip(rest_p95(line), over_budget(line), strict=True)
        ),
        *(_number(line["per_second"].get(level), 0) for level in LEVELS),
        ", ".join(misses(line)),
    ]


def plain(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for a terminal: the first two columns left-aligned, the others right-aligned."""
    widths = [max(len(row[at]) for row in [headers, *rows]) for at in range(len(headers))]

    def line(row: Sequence[str]) -> str:
        return "  ".join(
            text.ljust(width) if at < 2 or at == len(widths) - 1 else text.rjust(width)
            for at, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()

    return "\n".join(line(row) for row in [headers, *rows])


def markdown(headers: Sequence[str], rows: Sequence[Sequence[str]], left: int = 1) -> str:
    """A table in Markdown."""
    rule = ["---" if at < left else "---:" for at in range(len(headers))]
    return "\n".join("| " + " | ".join(row) + " |" for row in [headers, rule, *rows])


def table(document: Row) -> str:
    """The output of a run."""
    return plain(HEADERS, [cells(line) for line in document["table"]])


def grown(document: Row) -> str:
    """The output of a run over several scales."""
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
    """Whether a learner's call about their own data grows with the school."""
    own = line["who"] == "learner" and not line["label"].startswith(("search", "suggest", "begin"))
    return own and line["exponent"] is not None and line["exponent"] > MAX_EXPONENT


def served(document: Row) -> str:
    """The output of a run of the service."""
    return "\n\n".join(plain(headers, rows) for _, headers, rows in _service(document["service"]))


def flooded(document: Row) -> str:
    """The output of a run of one learner in a loop."""
    return plain(*_flood(document))


def compared(document: Row) -> str:
    """The output of a run beside the classic design."""
    return plain(*_peer(document))


def read(folder: Path, name: str) -> Row | None:
    """The figures of one part, or None when there are none."""
    file = folder / f"{name}.json"
    if not file.exists():
        return None
    found: Row = json.loads(file.read_text())
    return found


def write(folder: Path, name: str, document: Row) -> None:
    """Store the figures of one part, one case a line."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(_lines(document) + "\n")


def _lines(value: Any, indent: str = "") -> str:
    """JSON that expands lists of objects and their parents; everything else is on one line."""
    if not _opens(value):
        return json.dumps(value, ensure_ascii=False)
    inner = indent + " "
    if isinstance(value, list):
        parts, ends = [_lines(one, inner) for one in value], "[]"
    else:
        parts, ends = (
            [f"{json.dumps(key)}: {_lines(one, inner)}" for key, one in value.items()],
            "{}",
        )
    return f"{ends[0]}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{ends[1]}"


def _opens(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(one, dict) for one in value)
    return isinstance(value, dict) and any(map(_opens, value.values()))


def render(folder: Path, page: Path) -> None:
    """Write the page and its chart from the figures in a folder."""
    parts: list[str] = [INTRODUCTION]
    makers: list[tuple[str, Callable[[Row, str, Path, Path], str]]] = [
        ("table", _table_section),
        ("growth", _growth_section),
        ("service", _service_section),
        ("peer", _peer_section),
        ("flood", _flood_section),
        ("pairs", _pairs_section),
    ]
    for name, make in makers:
        document = read(folder, name)
        if document is not None:
            parts.append(make(document, _origin(document), folder, page))
    page.write_text("\n\n".join(parts) + "\n")


def stale(name: str, document: Row, current: Mapping[str, str]) -> list[str]:
    """The measured code that has changed since a part was measured."""
    known = document.get("versions") or {}
    return [one for one in DESCRIBES.get(name, ()) if known.get(one) != current[one]]


def warnings(folder: Path, current: Mapping[str, str]) -> str:
    """A line for each part in a folder that was measured on other code than the current.

    The page cannot have them: each later commit would change them.
    """
    found = [(name, read(folder, name)) for name in DESCRIBES]
    return "\n".join(
        f"{name}: the {' and the '.join(changed)} changed after commit {document.get('commit')}"
        for name, document in found
        if document is not None and (changed := stale(name, document, current))
    )


def _origin(document: Row) -> str:
    """The code and machine of a measurement."""
    if "machine" not in document:
        return ""
    facts = document["machine"]
    return (
        f"Measured {document['measured_at'][:10]} at commit "
        f"{document.get('commit') or 'unknown'}, on {facts['processors']} processors "
        f"({facts['model']}), load {facts['load_before']:.1f} before and {facts['load_after']:.1f} "
        f"after, Postgres {facts['postgres']}, shared buffers {facts['shared_buffers']}."
    )


INTRODUCTION = """# Benchmarks

`make bench` writes this page from `tests/bench/results`, which holds more: p99, the call without
row-level security, rows, bytes. Each part names the commit that it measured; `make bench
BENCH=--report` says which parts are older than the current code. The benchmark runs on its own
stack, with a school made by `sql/bench/generate.sql`. A scale of 1 is 10,000 learners, 200 courses
of 20 lessons, 50,000 enrollments and 500,000 completed lessons; a few courses are huge, most are
small. The callers are many learners, staff and visitors, each with their own token. Client,
service, PostgREST and Postgres share one machine. Times are milliseconds."""

TABLE_NOTES = """- **p50**, **p95**: the call in the database as the caller, with row-level
  security. A raw connection begins, sets role and claims as PostgREST does, runs the statement and
  commits.
- **budget**: the limit of that p95.
- **CPU**: what the backend computes for the call, p50.
- **first**: the call as the first of a new connection, p50.
- **RLS x**: the median ratio to the same call as a superuser with the same claims, measured in
  turn; at most 1.3 for reads.
- **REST p95**: through PostgREST with the caller's token; one call at a time, then under load over
  8 and 32 connections. `!`: above the budget.
- **1/s**: requests a second over 1, 8 and 32 connections.
- **the mix**: 40 % record_progress, 25 % open a lesson, 12 % course_outline, 10 % my_learning, 8 %
  complete_lesson, 4 % search, 1 % instructor_dashboard, through PostgREST.

A call that writes runs once for each row, on rows that it has not written before. Commits wait for
the disk."""


def _table_section(document: Row, origin: str, folder: Path, page: Path) -> str:
    lines = document["table"]
    missed = [line for line in lines if misses(line)]
    budgeted = [line for line in lines if line["budget_ms"]]
    over = [sum(flags) for flags in zip(*map(over_budget, budgeted), strict=True)]
    said = (
        f"In the database {len(missed)} of {len(lines)} calls miss a limit: "
        + "; ".join(f"{one['label']} ({one['who']}): {', '.join(misses(one))}" for one in missed)
        + "."
        if missed
        else "In the database every call is within its budget."
    )
    if budgeted:
        said += (
            f" Over REST, of {len(budgeted)} calls with a budget, "
            + ", ".join(
                f"{count} miss{'es' if count == 1 else ''} it at {level}"
                for count, level in zip(over, LEVELS, strict=True)
            )
            + " connections."
        )
    if mixed := document.get("day"):
        said += (
            f" A mix of {mixed['calls']} calls of a day over {mixed['connections']} connections: "
            f"{mixed['per_second']:.0f} a second, p50 {mixed['took_ms']['p50']:.1f}, "
            f"p95 {mixed['took_ms']['p95']:.1f}, {mixed['failed']} failed."
        )
    _budget_chart(document).render_to_file(str(folder / "budget.svg"))
    return "\n\n".join(
        [
            f"## Calls at a scale of {_scale(document['scale'])}",
            f"{origin} The school was loaded in {document['load_seconds']:.0f} s.",
            said,
            markdown(HEADERS, [cells(line) for line in lines], left=2),
            TABLE_NOTES,
            f"![p95 in the database against the budget]({_link(folder, page)}/budget.svg)",
        ]
    )


def _growth_section(document: Row, origin: str, folder: Path, page: Path) -> str:
    scales = document["scales"]
    growing = [
        line
        for line in document["growth"]
        if line["exponent"] is not None and line["exponent"] > MAX_EXPONENT
    ]
    rows = [
        [
            line["label"],
            line["who"],
            *(_number(line["p50_ms"].get(str(scale))) for scale in scales),
            _number(line["exponent"], 3),
            "misses" if grows(line) else "",
        ]
        for line in sorted(growing, key=lambda one: -one["exponent"])
    ]
    headers = ["call", "by", *(f"p50 at {_scale(scale)}" for scale in scales), "exponent", ""]
    return "\n\n".join(
        [
            "## Growth",
            origin,
            f"{len(document['growth']) - len(growing)} of {len(document['growth'])} calls take "
            f"about the same time at scales of {', '.join(map(_scale, scales))}. The others are "
            "below, with the exponent x of time ~ scale^x: 0 is constant, 1 is proportional to "
            f"the school. A learner's own calls must stay at {MAX_EXPONENT} or below.",
            markdown(headers, rows, left=2),
        ]
    )


def _service_section(document: Row, origin: str, folder: Path, page: Path) -> str:
    found = document["service"]
    memory, streams = found["memory"], found["streams"]
    rows = [
        [
            name,
            *(
                _number(found["added"].get(name, {}).get(where, {}).get("p95"))
                for where in ("postgrest", "gateway", "service")
            ),
            *(_number(levels[level]["p95"]) for level in LEVELS[1:]),
            *(_number(levels[level]["per_second"], 0) for level in LEVELS),
            str(sum(levels[level]["failed"] for level in LEVELS) or ""),
        ]
        for name, levels in found["rates"].items()
    ]
    headers = [
        *("call", "PostgREST p95", "gateway p95", "service p95", "at 8", "at 32"),
        *("1/s at 1", "at 8", "at 32", "failed"),
    ]
    speaking = "; ".join(
        f"{one['streams']} streams take {one['core_share']:.2f} of a core, p99 "
        f"{one['late_p99_ms']:.0f} ms late"
        for one in streams["speaking"]
    )
    return "\n\n".join(
        [
            "## The service",
            origin,
            "The same call to PostgREST, through the gateway, and to the service, which asks the "
            "gateway; then the service under load over 8 and 32 connections.",
            markdown(headers, rows),
            f"The tutor: {speaking}; the first source of a quoted answer comes after "
            f"{streams['first_source_ms']['p95']:.0f} ms (p95). Memory: {memory['before_mib']:.0f} "
            f"MiB, {memory['after_mib']:.0f} after {memory['requests']:,} requests.",
        ]
    )


def _flood(document: Row) -> tuple[list[str], list[list[str]]]:
    headers = ["call in a loop", "answers", "calls", "MB grown", "usual p95", "p95 then", "ratio"]
    rows = [
        [
            line["label"],
            ", ".join(f"{count} x {status}" for status, count in line["statuses"].items()),
            f"{line['calls']:,}",
            _number(line["grew_bytes"] / 1e6),
            _number(line["usual_p95_ms"]),
            _number(line["p95_ms"]),
            _number(line["ratio"]),
        ]
        for line in document["flood"]
    ]
    return headers, rows


def _flood_section(document: Row, origin: str, folder: Path, page: Path) -> str:
    return "\n\n".join(
        [
            "## One learner in a loop",
            origin,
            f"One learner repeats a writing call for {document['seconds']} seconds. Over "
            "a second connection other learners open their home page, a course page and a lesson: "
            "the p95 of these, before and meanwhile. Client and server share the processors.",
            markdown(*_flood(document), left=2),
        ]
    )


def _peer(document: Row) -> tuple[list[str], list[list[str]]]:
    headers = [
        *("call", "Postgres", "peer", "ratio", "1/s", "peer", "ratio", "p95", "peer", "failed"),
    ]
    rows = []
    for line in document["peer"]:
        sides = line["lyceum"], line["peer"]
        cells = [line["call"]]
        for key in ("postgres_ms", "per_second"):
            ours, theirs = (side[key] for side in sides)
            digits = 2 if key == "postgres_ms" else 0
            cells += [_number(ours, digits), _number(theirs, digits), _number(ours / theirs)]
        cells += [_number(side["took_ms"]["p95"]) for side in sides]
        failed = " + ".join(str(side["failed"]) for side in sides)
        rows.append([*cells, "" if failed == "0 + 0" else failed])
    return headers, rows


def _peer_section(document: Row, origin: str, folder: Path, page: Path) -> str:
    return "\n\n".join(
        [
            "## Beside the classic design",
            origin,
            "The same calls of the same people to PostgREST and to a peer, in turn, over "
            f"{document['connections']} connections, on one Postgres. The peer, "
            "`tests/bench/peer`, is FastAPI and SQLModel with async connections, indexes and "
            "set-based queries, one process a processor; it has no rules of access, seats, "
            "streaks, due dates, events, sums or certificates. Postgres is the time that its "
            "backends compute for a call, the fold of facts included.",
            markdown(*_peer(document)),
        ]
    )


def _pairs_section(document: Row, origin: str, folder: Path, page: Path) -> str:
    rows = [
        [one["change"], one["measure"], one["before"], one["after"]] for one in document["pairs"]
    ]
    return "\n\n".join(
        [
            "## Before and after",
            "Each pair was measured when its change was made.",
            markdown(["change", "measured", "before", "after"], rows, left=2),
        ]
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


def _chart(kind: str, height: int, **options: Any) -> Any:
    """A chart that is identical each time it is drawn."""
    # Imported here: pygal adds an import hook that makes Python warn at later imports.
    import pygal
    from pygal.style import CleanStyle

    sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, pygal.PluginImportFixer)]
    chart = getattr(pygal, kind)(style=CleanStyle, js=[], width=900, height=height, **options)
    chart.uuid = kind.lower()
    return chart


def _link(folder: Path, page: Path) -> str:
    return folder.relative_to(page.parent).as_posix()


def _scale(scale: float) -> str:
    return f"{scale:g}"


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"
