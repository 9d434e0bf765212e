"""The pure parts of the benchmarks: figures, the SQL of a call, parts of a case, the report."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID

import pytest

from tests.bench import report
from tests.bench.calls import Call, get, rpc
from tests.bench.figures import growth, paired_ratio, percentile, percentiles
from tests.bench.growth import fitted
from tests.bench.measure import Plan, split
from tests.bench.versions import schema_hash, service_hash
from tests.bench.wire import Loop, burst, packet
from tests.support.database import Row

USER = UUID(int=7)


def line(label: str = "my_learning", **changes: object) -> Row:
    """A line of the table within all limits."""
    times = {"p50": 2.0, "p95": 4.0, "p99": 5.0}
    return {
        "label": label,
        "who": "learner",
        "writes": False,
        "calls": 300,
        "budget_ms": 15,
        "inside_ms": times,
        "statement_ms": times,
        "cpu_ms": times,
        "first_ms": times,
        "floor_ms": times,
        "floor_statement_ms": times,
        "overhead": 1.05,
        "overhead_statement": 1.1,
        "rest_ms": times,
        "bypass_ms": times,
        "per_second": {"1": 300.0, "8": 700.0, "32": 800.0},
        "load_ms": {"8": {**times, "p95": 12.0}, "32": {**times, "p95": 40.0}},
        "rows": 5,
        "bytes": 3882,
        "failed": 0,
        "first_error": None,
        **changes,
    }


NOW = {"schema": "a schema", "service": "a service"}
MACHINE = {
    "processors": 2,
    "model": "A processor",
    "load_before": 0.1,
    "load_after": 1.2,
    "postgres": "17.10",
    "shared_buffers": "2GB",
}


@pytest.mark.parametrize(
    ("share", "expected"), [(50, 5), (95, 10), (99, 10), (90, 9), (1, 1), (100, 10)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, expected: float) -> None:
    """A percentile is one of the values by nearest rank, for values in any order."""
    assert percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], share) == expected


def test_percentiles_of_one_value_are_that_value() -> None:
    """Every percentile of one value is that value."""
    assert percentiles([1.23456]) == {"p50": 1.235, "p95": 1.235, "p99": 1.235}


def test_a_ratio_is_that_of_pairs() -> None:
    """A slow moment that affects both halves of a pair does not change the ratio."""
    assert paired_ratio([2, 200, 4], [1, 100, 2]) == 2


@pytest.mark.parametrize(("exponent"), [0.0, 0.5, 1.0, 2.0])
def test_the_exponent_is_fitted(exponent: float) -> None:
    """A power law returns its exponent."""
    sizes = [0.1, 1, 10]
    assert growth(sizes, [3 * size**exponent for size in sizes]) == pytest.approx(exponent)


def test_one_size_has_no_growth() -> None:
    """One size has no exponent."""
    assert growth([1], [5.0]) is None


def test_growth_is_fitted_call_by_call() -> None:
    """Growth is fitted by call and caller, and omits a scale that failed."""
    slow = {"p50": 20.0, "p95": 30.0, "p99": 30.0}
    found = fitted(
        {
            0.1: [line(), line("search")],
            1: [line(), line("search", inside_ms=slow)],
            10: [line(), line("search", inside_ms=None)],
        }
    )
    assert [(one["label"], one["exponent"]) for one in found] == [
        ("my_learning", 0),
        ("search", 1),
    ]
    assert found[1]["p50_ms"] == {"0.1": 2.0, "1": 20.0}


def test_the_parts_of_a_case_share_no_call() -> None:
    """The parts of a case are consecutive, proportional and complete."""
    calls = [rpc(USER, "enroll", course_id=UUID(int=number)) for number in range(100)]
    parts = split(calls, (18, 18, 18, 6, 14, 26))
    assert [len(part) for part in parts] == [18, 18, 18, 6, 14, 26]
    assert [call for part in parts for call in part] == calls
    assert Plan(300, 20, 2).writes * 18 // 100 >= 320


def test_a_function_is_called_as_postgrest_calls_it() -> None:
    """A function takes one JSON document and returns one."""
    call = rpc(USER, "enroll", course_id=UUID(int=1))
    text = call.statement({"enroll": {"course_id": "uuid", "code": "text"}}).as_string()
    assert 'lateral public."enroll"("course_id" := pgrst_body."course_id")' in text
    assert '_("course_id" uuid)' in text
    assert "json_agg" in text
    assert json.loads(call.parameters()[0]) == {"course_id": str(UUID(int=1))}
    assert (call.method, call.path) == ("POST", "/rpc/enroll")
    assert call.claims() == {"role": "authenticated", "sub": str(USER)}


def test_a_table_is_read_with_its_filter() -> None:
    """The filter is a parameter, and rows are limited as by PostgREST."""
    call = get(None, "courses", "id,title", is_published=True, order="title.desc", limit=20)
    text = call.statement({}).as_string()
    assert 'select "id", "title" from public."courses" where "is_published" = %s' in text
    assert 'order by "title" desc limit 20' in text
    assert call.path == "/courses?select=id%2Ctitle&is_published=eq.true&order=title.desc&limit=20"
    assert (call.method, call.body, call.parameters(), call.role) == ("GET", b"", [True], "anon")
    assert "limit 1000" in Call(USER, "courses", {}, ("id",)).statement({}).as_string()


def test_a_request_is_one_packet() -> None:
    """A request is one packet of head and body, with the content length."""
    sent = packet("http://127.0.0.1:80/rest/v1", "POST", "/rpc/x", {"apikey": "k"}, b"{}")
    assert sent.startswith(b"POST /rest/v1/rpc/x HTTP/1.1\r\nHost: 127.0.0.1:80\r\napikey: k\r\n")
    assert sent.endswith(b"Content-Length: 2\r\n\r\n{}")


def test_a_burst_asks_until_there_is_nothing_left() -> None:
    """A burst sends each request once over its connections; a refused connection is an error."""
    loop = Loop()
    with pytest.raises(OSError):
        loop.run(burst("http://127.0.0.1:9", [b""], 1, 1))
    loop.close()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"budget_ms": 3}, ["budget"]),
        ({"budget_ms": None}, []),
        ({"overhead": 1.31}, ["overhead"]),
        ({"overhead": 1.3}, []),
        ({"overhead": None, "writes": True}, []),
        ({"failed": 2}, ["2 failed"]),
        ({"inside_ms": None, "failed": 320}, ["320 failed"]),
    ],
)
def test_a_line_says_what_it_misses(changes: Row, expected: list[str]) -> None:
    """A line names exceeded budget, overhead and failures."""
    assert report.misses(line(**changes)) == expected


def test_the_page_is_made_of_the_figures(tmp_path: Path) -> None:
    """The page has table, growth, pairs and chart, and equal figures give an equal page."""
    folder, page = tmp_path / "results", tmp_path / "BENCH.md"
    document = {
        "measured_at": "2026-11-26T00:00:00+00:00",
        "commit": "abc1234",
        "versions": NOW,
        "machine": MACHINE,
    }
    report.write(
        folder,
        "table",
        {
            **document,
            "scale": 1,
            "load_seconds": 45.2,
            "day": {
                "connections": 8,
                "calls": 5400,
                "per_second": 1201.4,
                "took_ms": {"p50": 6.0, "p95": 14.0, "p99": 20.0},
                "failed": 0,
            },
            "table": [line(), line("x", budget_ms=1, cpu_ms=None, first_ms=None)],
        },
    )
    slow = {"p50": 20.0, "p95": 30.0, "p99": 30.0}
    tables = {
        0.1: [line(), line("gradebook")],
        1: [line(), line("gradebook")],
        10: [line(), line("gradebook", inside_ms=slow)],
    }
    times = {"p50": 2.0, "p95": 4.0, "p99": 5.0}
    report.write(
        folder,
        "growth",
        {
            **document,
            "scales": [0.1, 1, 10],
            "load_seconds": [5, 45, 600],
            "growth": fitted(tables),
            "dashboards": [
                {
                    "label": "course_overview",
                    "learners": [1000, 100000],
                    "small_ms": times,
                    "large_ms": times,
                    "ratio": 1.0,
                }
            ],
        },
    )
    report.write(
        folder,
        "pairs",
        {"pairs": [{"change": "a", "measure": "b", "before": "2 ms", "after": "1 ms"}]},
    )
    report.render(folder, page)
    first, chart = page.read_text(), (folder / "budget.svg").read_bytes()
    assert "1 of 2 calls miss a limit: x (learner): budget." in first
    assert "2 calls with a budget, 1 misses it at 1, 1 misses it at 8, 2 miss it at 32" in first
    assert "5400 calls of a day over 8 connections: 1201 a second, p50 6.0, p95 14.0" in first
    row = "| my_learning | learner | 2.00 | 4.00 | 15 | 2.00 | 2.00 | 1.05 | 4.00 | 12.00 | 40.00 !"
    assert row in first
    assert "| x | learner | 2.00 | 4.00 | 1 |  |  | 1.05 |" in first
    assert "1 of 2 calls take about the same time at scales of 0.1, 1, 10." in first
    assert "| gradebook | learner | 2.00 | 2.00 | 20.00 | 0.500 | misses |" in first
    assert "| a | b | 2 ms | 1 ms |" in first
    assert "results/budget.svg" in first
    assert first.count("at commit abc1234") == 2
    report.render(folder, page)
    assert (page.read_text(), (folder / "budget.svg").read_bytes()) == (first, chart)
    assert report.warnings(folder, NOW) == ""
    assert report.warnings(folder, NOW | {"schema": "another"}).splitlines() == [
        "table: the schema changed after commit abc1234",
        "growth: the schema changed after commit abc1234",
    ]


def test_the_peer_is_beside(tmp_path: Path) -> None:
    """Each call has the figures of both sides, their ratios, and the failures of either."""
    times = {"p50": 2.0, "p95": 4.0, "p99": 5.0}
    side = {"calls": 800, "postgres_ms": 1.5, "per_second": 700.0, "took_ms": times, "failed": 0}
    slow = {**side, "postgres_ms": 1.2, "per_second": 280.0, "failed": 3}
    document = {
        "measured_at": "2026-11-26T00:00:00+00:00",
        "commit": "abc1234",
        "versions": NOW,
        "machine": MACHINE,
        "scale": 1,
        "connections": 8,
        "peer": [
            {"call": "home", "lyceum": side, "peer": slow},
            {"call": "enroll", "lyceum": side, "peer": side},
        ],
    }
    assert report.compared(document).endswith("1.00  4.00  4.00")
    report.write(tmp_path, "peer", document)
    report.render(tmp_path, tmp_path / "BENCH.md")
    page = (tmp_path / "BENCH.md").read_text()
    assert "| home | 1.50 | 1.20 | 1.25 | 700 | 280 | 2.50 | 4.00 | 4.00 | 0 + 3 |" in page
    assert "over 8 connections" in page


@pytest.mark.parametrize(
    ("name", "changed", "expected"),
    [
        ("table", "schema", ["schema"]),
        ("table", "service", []),
        ("service", "schema", ["schema"]),
        ("service", "service", ["service"]),
        ("pairs", "schema", []),
    ],
)
def test_a_part_is_stale_when_its_code_changed(
    name: str, changed: str, expected: list[str]
) -> None:
    """A part is stale when the code that it measures changes, or when it has no versions."""
    assert report.stale(name, {"versions": NOW}, NOW) == []
    assert report.stale(name, {"versions": NOW}, NOW | {changed: "another"}) == expected
    assert report.stale("table", {}, NOW) == ["schema"]


SNAPSHOT = """-- Generated.
create table public.a (
  id uuid -- the key
);
comment on table public.a is
  'Words;
more words.';

create function public.f() returns integer
language sql as $function$
  -- Why.
  select 1;
$function$;
"""


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("more words", "other words", True),
        ("-- Why.", "-- Because.", True),
        ("  -- Why.\n", "", True),
        (" -- the key", "", True),
        ("select 1", "select 2", False),
        ("id uuid", "id bigint", False),
    ],
)
def test_words_do_not_make_figures_stale(old: str, new: str, is_same: bool) -> None:
    """The hash of a schema depends on its definitions, not on comments."""
    assert old in SNAPSHOT
    changed = SNAPSHOT.replace(old, new)
    assert (schema_hash(changed) == schema_hash(SNAPSHOT)) == is_same


def test_words_and_moves_leave_the_service_as_it_is() -> None:
    """The hash of the service depends on its code, not on comments or file names."""
    sources = ['"""Doc."""\nx = 1  # one\n', "def f():\n    return 2\n"]
    moved = ["def f():\n    'Doc.'\n    return 2\n", "x = 1\n"]
    assert service_hash(moved) == service_hash(sources)
    assert service_hash([*moved, "y = 3\n"]) != service_hash(sources)


def test_results_are_written_a_case_a_line(tmp_path: Path) -> None:
    """Only lists of objects are expanded, and reading returns what was written."""
    document = {"scale": 1, "table": [line(), line("x")], "tables": {"1": [line()]}, "none": []}
    report.write(tmp_path, "table", document)
    assert report.read(tmp_path, "table") == document
    assert len((tmp_path / "table.json").read_text().splitlines()) == 13
    stored = [file.read_text() for file in report.RESULTS.iterdir()]
    assert sum(text.count("\n") for text in stored) <= 1500


def test_the_page_in_the_repository_is_that_of_its_figures(tmp_path: Path) -> None:
    """BENCH.md equals the page of its figures, also after the code changed."""
    page = tmp_path / "BENCH.md"
    folder = tmp_path / report.RESULTS.relative_to(report.PAGE.parent)
    for name in ("table", "growth", "service", "peer", "flood", "pairs"):
        document = report.read(report.RESULTS, name)
        if document is not None:
            report.write(folder, name, document)
    report.render(folder, page)
    assert page.read_text() == report.PAGE.read_text(), "Write it: make bench BENCH=--report"
