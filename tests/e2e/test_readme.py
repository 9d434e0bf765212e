"""What README.md and the pages of docs/ say is run, or compared with what exists."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.pages import blocks, on_stack, run, run_typescript
from tests.support.cluster import ROOT
from tests.support.stack import Stack

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
LIMITS = {README: 200, ROOT / "docs" / "api.md": 330, ROOT / "docs" / "conventions.md": 150}
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)")
TARGET = re.compile(r"^make ([a-z][a-z -]*)|`make ([a-z][a-z -]*)", re.MULTILINE)
# The foreign keys of schema public as lines of a Mermaid diagram: |o is a parent that may be
# absent, o| a child that exists once. A relation that others imply is left out.
RELATIONS = """
with recursive relation as (
  select
    c.relname as child, p.relname as parent, bool_or(not a.attnotnull) as is_optional,
    string_agg(a.attname, ', ' order by k.ord) as columns, count(*) > 1 as is_composite,
    exists (
      select from pg_index as i
      where i.indrelid = f.conrelid and i.indisunique and i.indpred is null
        and i.indkey::int2[] <@ f.conkey
    ) as is_single
  from pg_constraint as f
  inner join pg_class as c on c.oid = f.conrelid
  inner join pg_class as p on p.oid = f.confrelid
  cross join unnest(f.conkey) with ordinality as k (attnum, ord)
  inner join pg_attribute as a on a.attrelid = f.conrelid and a.attnum = k.attnum
  where f.contype = 'f' and f.conparentid = 0
    and c.relnamespace = 'public'::regnamespace and p.relnamespace = 'public'::regnamespace
  group by f.oid, c.oid, p.oid
),
ancestor as (
  select child, parent, 1 as distance from relation where not is_optional
  union
  select a.child, r.parent, a.distance + 1
  from ancestor as a inner join relation as r on r.child = a.parent
  where not r.is_optional and a.distance < 9
)
select format(
  '%s %s--%s %s : %s', r.parent, case when r.is_optional then '|o' else '||' end,
  case when r.is_single then 'o|' else 'o{' end, r.child,
  case when r.is_composite then format('"%s"', r.columns) else r.columns end
) as line
from relation as r
where not exists (
  select from ancestor as a where a.child = r.child and a.parent = r.parent and a.distance > 1
)
"""


def test_typescript(stack: Stack) -> None:
    """The first call enrolls, completes the open lesson, and shows why the last one is refused."""
    (block,) = blocks(README, "ts")
    status, first, last = run_typescript(block, stack).splitlines()
    assert status == "active"
    assert re.search(r" \d{3,} undefined undefined$", first)
    assert last.endswith("undefined lesson_locked This lesson is not open to you yet.")


def test_python(stack: Stack) -> None:
    """The example of supabase-py prints the learner's course and what comes next in it."""
    (block,) = blocks(README, "python")
    assert re.fullmatch(r"\w.+ active \w.+\n", run([sys.executable, "-c", on_stack(block, stack)]))


def test_curl(stack: Stack) -> None:
    """The example with curl lists the demo courses."""
    (block,) = [block for block in blocks(README, "sh") if "curl" in block]
    assert "databases-inside" in run(["sh", "-c", on_stack(block, stack)])


def test_data_model(stack: Stack) -> None:
    """The diagram has the tables and foreign keys of the catalogue, and no other."""
    (diagram,) = [block for block in blocks(README, "mermaid") if "erDiagram" in block]
    drawn = [line.strip() for line in diagram.splitlines()[1:]]
    session = stack.database.connect()
    try:
        relations = {row["line"] for row in session.all(RELATIONS)}
        tables = session.all(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind in ('r', 'p') and not relispartition"
        )
    finally:
        session.close()
    assert sorted(drawn) == sorted(relations)
    named = {word for line in drawn for word in line.split(" : ")[0].split()[::2]}
    assert named == {row["relname"] for row in tables}


def long_lines(page: Path) -> Iterator[str]:
    """The lines of a page that are too long, tables aside."""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if len(line) > 120 and not line.startswith("|"):
            yield f"{page.name}:{number}"


def test_lines() -> None:
    """No page has a line over 120 characters, tables aside, and none more lines than it may."""
    assert [place for page in PAGES for place in long_lines(page)] == []
    for page, limit in LIMITS.items():
        assert len(page.read_text().splitlines()) <= limit, page.name


def anchors(page: Path) -> set[str]:
    """The anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    """Each relative link leads to a file, and its anchor to a heading; code has no links."""
    text = re.sub(r"`[^`\n]*`", "`", page.read_text())
    for path, anchor in LINK.findall(text):
        target = (page.parent / path) if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_make_targets_exist() -> None:
    """Every target that a page names is in the Makefile."""
    makefile = (ROOT / "Makefile").read_text()
    known = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    for page in PAGES:
        for line, code in TARGET.findall(page.read_text()):
            assert set((line or code).split()) <= known, page.name
