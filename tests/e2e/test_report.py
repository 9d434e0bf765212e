"""The report on a course: from the real stack, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from app.schemas.reports import Day, FunnelRow, Overview
from app.services.report.facts import Facts
from app.services.report.page import draw_report
from app.services.report.texts import LANGUAGES
from tests.support.browser import BROWSER, Tab, browser
from tests.support.http import service, token
from tests.support.stack import Stack

pytestmark = pytest.mark.slow

DATABASES = "c1000000-0000-4000-8000-000000000000"
NOWHERE = "ffffffff-0000-4000-8000-000000000000"
PATH = f"/v1/courses/{DATABASES}/report.html"
STAFF = "instructor@lyceum.test"
WIDTHS = [320, 768, 1280]

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="NO BROWSER: install chromium (`supabase/local/install.sh browser`)"
)

# Texts with too little contrast to their background, by WCAG.
PALE = """
(() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parse(colour).map((c) => {
      const s = c / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (node) => {
    for (let n = node; n; n = n.parentElement) {
      const colour = getComputedStyle(n).backgroundColor;
      if ((parse(colour)[3] ?? 1) > 0) return colour;
    }
    return 'none';
  };
  return [...document.querySelectorAll('body *')]
    .filter((n) => [...n.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
    .filter((n) => n.checkVisibility() && !['title', 'desc'].includes(n.localName))
    .map((n) => {
      const style = getComputedStyle(n);
      const pair = [n instanceof SVGElement ? style.fill : style.color, behind(n)].map(light);
      const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
      return [n.textContent.trim().slice(0, 40), ratio];
    })
    .filter(([, ratio]) => !(ratio >= 4.5));
})()
"""

# Labels of charts that overlap, or that extend beyond their chart.
CROWDED = """
[...document.querySelectorAll('svg')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const boxes = [...svg.querySelectorAll('text')]
    .map((t) => [t.textContent, t.getBoundingClientRect()]);
  const outside = boxes.filter(([, b]) => b.left < frame.left - 1 || b.right > frame.right + 1
    || b.top < frame.top - 1 || b.bottom > frame.bottom + 1);
  const touching = boxes.filter(([, a], i) => boxes.slice(i + 1).some(([, b]) =>
    a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom));
  return [...outside, ...touching].map(([text]) => `${svg.textContent.slice(0, 30)}: ${text}`);
})
"""

WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


# The service -------------------------------------------------------------------------------------


def test_staff_read_it(stack: Stack) -> None:
    """The page has the lessons of the course, for any period."""
    with service(stack, STAFF) as client:
        answer = client.get(PATH)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "private, no-store"
        titles = client.get(
            f"{stack.supabase_url}/rest/v1/lessons",
            params={"select": "title", "course_id": f"eq.{DATABASES}", "is_published": "is.true"},
            headers={"apikey": stack.publishable_key},
        ).json()
        assert len(titles) > 5
        shown = answer.text.replace("&#39;", "'").replace("&amp;", "&")
        assert [row["title"] for row in titles if row["title"] not in shown] == []
        assert answer.text.count("<svg") >= 3
        since = client.get(PATH, params={"since": "2020-01-01"}, headers={"Accept-Language": "de"})
        assert since.status_code == 200
        assert "1. Januar 2020" in since.text


@pytest.mark.parametrize(
    ("email", "course", "query", "status", "code"),
    [
        (None, DATABASES, "", 401, "unauthenticated"),
        ("learner@lyceum.test", DATABASES, "", 403, "not_course_staff"),
        ("instructor2@lyceum.test", DATABASES, "", 403, "not_course_staff"),
        ("instructor2@lyceum.test", NOWHERE, "", 403, "not_course_staff"),
        ("admin@lyceum.test", NOWHERE, "", 404, "course_not_found"),
        (STAFF, "no-uuid", "", 422, "validation_failed"),
        (STAFF, DATABASES, "?since=soon", 422, "validation_failed"),
    ],
)
def test_others_do_not(
    stack: Stack, email: str | None, course: str, query: str, status: int, code: str
) -> None:
    """The database's code and status pass unchanged, as problem+json."""
    with service(stack, email) as client:
        answer = client.get(f"/v1/courses/{course}/report.html{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_admin_is_told_less(stack: Stack) -> None:
    """An admin who is not on the staff sees no small figures of the demo course."""
    texts = LANGUAGES["en"]
    with service(stack, "admin@lyceum.test") as client:
        page = client.get(PATH, headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert texts.held_back in page.text
    assert texts["note_held_back"] in page.text


@pytest.mark.parametrize("name", ["learners", "gradebook"])
def test_staff_save_lists(stack: Stack, name: str) -> None:
    """The demo learner is in both files of the staff; visitors get none."""
    path = f"/v1/courses/{DATABASES}/{name}.csv"
    with service(stack, STAFF) as client:
        answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbfname,email,")
    assert "learner@lyceum.test" in answer.text
    with service(stack) as client:
        assert client.get(path).status_code == 401
    with service(stack, STAFF) as client:
        assert client.get(f"/v1/courses/{NOWHERE}/{name}.csv").status_code in (403, 404)


# The browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """One window for all tests of this file."""
    with browser() as window:
        yield window


@pytest.fixture
def report(tab: Tab, stack: Stack) -> Tab:
    """The report on the demo course, as its owner sees it."""
    tab.resize(1280, 900)
    tab.show("light")
    headers = {"Authorization": f"Bearer {token(stack, STAFF)}", "Accept-Language": "en"}
    tab.open(stack.service_url + PATH, headers)
    return tab


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report on 200 lessons and 366 days, saved as a file."""
    now = datetime.now(UTC)
    lesson = {
        "content_type": "text",
        "is_required": True,
        "module_title": "A module of this course",
    }
    funnel = [
        FunnelRow.model_validate(
            lesson
            | {"lesson_id": UUID(int=number), "ord": number, "title": "A title to read " * 5}
            | {"started": 4200 - 20 * number, "completed": 4200 - 20 * number - number % 9 * 20}
            | {"seconds_per_learner": 3000 + number, "is_biggest_drop": number == 58}
        )
        for number in range(1, 201)
    ]
    days = [
        Day(day=now.date() - timedelta(days=ago), active_learners=1000 + ago, enrolled=1)
        for ago in range(365, -1, -1)
    ]
    overview = Overview(title="A" * 200, since=days[0].day, days=days)
    file = tmp_path_factory.mktemp("report") / "large.html"
    file.write_text(draw_report(Facts(overview, funnel, []), LANGUAGES["de"], now))
    return file.as_uri()


def picture(content: bytes) -> Image.Image:
    """A screenshot, decoded."""
    return Image.open(BytesIO(content)).convert("RGB")


@needs_browser
def test_nothing_is_blocked_or_fetched(report: Tab) -> None:
    """The browser sends one request, reports no error, and applies the style."""
    assert report.complaints == []
    assert len(report.requests) == 1
    assert report.evaluate("getComputedStyle(document.body).maxWidth") == "960px"


@needs_browser
def test_scripts_are_refused(report: Tab) -> None:
    """The browser blocks a script on the page and reports it."""
    for markup in ("<img src=x onerror='window.ran = 1'>", "<p style='color: red' id=red>x</p>"):
        report.evaluate(f"document.body.insertAdjacentHTML('beforeend', {markup!r})")
    report.evaluate(
        "document.body.append(Object.assign(document.createElement('script'),"
        " {textContent: 'window.ran = 1'}))"
    )
    assert report.evaluate("typeof window.ran") == "undefined"
    assert report.evaluate("getComputedStyle(document.getElementById('red')).color") != (
        "rgb(255, 0, 0)"
    )
    assert any("Content Security Policy" in complaint for complaint in report.complaints)


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screen(report: Tab, tmp_path: Path, scheme: str) -> None:
    """Background and charts follow the colour scheme, and every text is readable."""
    report.show(scheme)
    shot = picture(report.screenshot(tmp_path / f"report-{scheme}.png"))
    paper = shot.getpixel((5, 5))
    assert isinstance(paper, tuple)
    assert min(paper) > 240 if scheme == "light" else max(paper) < 50
    boxes = report.evaluate(
        "[...document.querySelectorAll('svg')].map((s) => s.getBoundingClientRect())"
        ".map((b) => [b.left + scrollX, b.top + scrollY, b.right + scrollX, b.bottom + scrollY])"
    )
    assert len(boxes) >= 3
    for left, top, right, bottom in boxes:
        drawn = shot.crop((round(left), round(top), round(right), round(bottom)))
        pixels: Any = drawn.getcolors(drawn.width * drawn.height)
        blank = sum(count for count, colour in pixels if colour == paper)
        blue = sum(count for count, (red, _, blue) in pixels if blue - red > 60)
        assert 0.2 < blank / (drawn.width * drawn.height) < 0.99
        assert blue > 200
    assert report.evaluate(PALE) == []


@needs_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_width(report: Tab, width: int) -> None:
    """The page is never wider than the window, and labels of charts do not overlap."""
    report.resize(width, 900)
    assert report.evaluate(WIDER) == 0
    assert report.evaluate(CROWDED) == []


@needs_browser
@pytest.mark.parametrize("width", WIDTHS)
def test_large_course(tab: Tab, large: str, tmp_path: Path, width: int) -> None:
    """200 lessons and 366 days fit, and a saved copy has the same security policy."""
    tab.resize(width, 900)
    tab.show("light")
    tab.open(large, {})
    tab.screenshot(tmp_path / f"large-{width}.png")
    assert tab.complaints == []
    assert tab.evaluate("document.querySelectorAll('svg').length") == 4
    assert tab.evaluate(WIDER) == 0
    assert tab.evaluate(CROWDED) == []


@needs_browser
def test_print(report: Tab, tmp_path: Path) -> None:
    """Printed pages are A4 on white in every colour scheme, and nothing is cut off at the side."""
    report.show("dark", "print")
    assert report.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert report.evaluate(PALE) == []
    # The width between the margins of the page.
    report.resize(680, 900)
    assert report.evaluate(WIDER) == 0
    document = report.print(tmp_path / "report.pdf")
    assert document.startswith(b"%PDF-")
    sizes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", document))
    [(width, height)] = [(float(x), float(y)) for x, y in sizes]
    assert width == pytest.approx(595, abs=1)
    assert height == pytest.approx(842, abs=1)
    assert 2 <= len(re.findall(rb"/Type /Page\b", document)) <= 8


@needs_browser
def test_read_out(report: Tab) -> None:
    """The accessibility tree has a name for each picture and table, and headings in order."""
    nodes = report.call("Accessibility.getFullAXTree")["nodes"]
    found: dict[str, list[dict[str, str]]] = {}
    for node in nodes:
        if not node["ignored"]:
            values = {
                name: str(node.get(name, {}).get("value", "")) for name in ("name", "description")
            }
            values |= {item["name"]: str(item["value"].get("value")) for item in node["properties"]}
            found.setdefault(node["role"]["value"], []).append(values)
    pictures = report.evaluate("document.querySelectorAll('svg').length")
    assert len(found["image"]) == pictures
    assert all(len(image["name"]) > 20 for image in found["image"])
    assert all(table["name"] for table in found["table"])
    levels = [int(heading["level"]) for heading in found["heading"]]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert {"main", "contentinfo", "banner"} <= found.keys()
