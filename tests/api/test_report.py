"""The report on a course, with mocked answers of the database."""

import asyncio
import base64
import hashlib
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import httpx
import pytest

from app.api.v1.endpoints import reports
from app.schemas.reports import FunnelRow, Overview
from app.services.report import facts as facts_module
from app.services.report.charts import Bar, Chart, draw, ticks
from app.services.report.days import day_charts, period
from app.services.report.questions import plain
from app.services.report.texts import LANGUAGES, texts_for
from app.services.report.words import ENGLISH, GERMAN
from tests.api.support import Upstream, assert_problem, bearer, hs256

TODAY = datetime.now(UTC).date()
EVIL = "<script>alert(1)</script>\"'&"
HELD_BACK = "fewer than five"
FIRST_ROUND = ("course_overview", "course_funnel", "at_risk_learners")
ENGLISH_READER = {"Accept-Language": "en-GB"}


class Course:
    """The answers of the database about one course; change them, then `serve`."""

    def __init__(self, upstream: Upstream, course_id: UUID) -> None:
        self.upstream = upstream
        self.course_id = course_id
        self.locale: str | None = "en"
        self.overview: dict[str, Any] = {
            "course_id": str(course_id),
            "title": "Databases from the inside",
            "since": (TODAY - timedelta(days=30)).isoformat(),
            **{"pending": 0, "waitlisted": 3, "active": 96, "completed": 24, "withdrawn": 7},
            **{"active_learners": 81, "enrolled_since": 18, "completed_since": 6},
            **{"completion_rate": 20, "mean_progress": 58.4, "median_days_to_complete": 33.5},
            **{"seconds_spent": 912345, "mean_score": 76.25},
            "score_distribution": [0, 1, 0, 2, 4, 8, 14, 22, 31, 12],
            "days": [self.day(20, 7), self.idle(10), self.day(3, 11), self.day(0, 9)],
        }
        self.funnel = [self.lesson(number) for number in range(1, 7)]
        self.funnel[3] |= {"content_type": "quiz", "mean_score": 71.5}
        self.funnel[4] |= {"drop_rate": 26, "is_biggest_drop": True}
        self.at_risk: list[dict[str, Any]] = [
            {
                "user_id": str(uuid4()),
                "name": "Lea Hoffmann",
                "email": "lea@school.test",
                "progress": 12.5,
                "last_activity_at": "2026-10-01T23:30:00+00:00",
                "reasons": ["inactive", "stuck"],
                "stuck_lesson_id": self.funnel[4]["lesson_id"],
                "next_due_at": None,
                "risk": 2,
            }
        ]
        self.questions: list[dict[str, Any]] = [
            self.question(1, difficulty=12, discrimination=-0.2),
            self.question(2, difficulty=70, discrimination=0.5),
            self.question(3, difficulty=99, discrimination=None),
        ]

    @staticmethod
    def day(ago: int, active: int | None) -> dict[str, Any]:
        """A day with activity."""
        return {
            "day": (TODAY - timedelta(days=ago)).isoformat(),
            **{"enrolled": 1, "active_learners": active, "lessons_completed": 4},
            **{"completed": 0, "seconds_spent": 5400},
        }

    @staticmethod
    def idle(ago: int) -> dict[str, Any]:
        """A day without activity."""
        day = Course.day(ago, 0)
        return day | {name: 0 for name in day if name != "day"}

    @staticmethod
    def lesson(number: int) -> dict[str, Any]:
        """A lesson that most learners complete."""
        return {
            "lesson_id": str(uuid4()),
            "ord": number,
            "module_title": f"Module {(number + 2) // 3}",
            "title": f"Title {number}",
            **{"content_type": "text", "is_required": True},
            **{"started": 200 - 3 * number, "completed": 190 - 3 * number},
            **{"seconds_per_learner": 90.5 * number, "mean_score": None},
            **{"completion_rate": 95, "drop_rate": 2.5, "is_biggest_drop": False},
        }

    @staticmethod
    def question(number: int, **changes: Any) -> dict[str, Any]:
        """A question with answers."""
        return {
            **{"question_id": str(uuid4()), "ord": number, "kind": "single"},
            **{"prompt_md": f"Which **one** is `{number}`?", "answer_count": 40},
            **{"difficulty": 60, "discrimination": 0.4, "choices": {}},
        } | changes

    def empty(self) -> None:
        """Remove everything: no learner has ever enrolled."""
        for name, value in self.overview.items():
            if isinstance(value, int):
                self.overview[name] = 0
            elif isinstance(value, float):
                self.overview[name] = None
        self.overview |= {"score_distribution": [0] * 10, "days": []}
        for lesson in self.funnel:
            lesson |= {"started": 0, "completed": 0, "completion_rate": None}
            lesson |= {"seconds_per_learner": None, "mean_score": None, "drop_rate": None}
            lesson |= {"is_biggest_drop": False}
        self.at_risk = []
        self.questions = [question | {"difficulty": None} for question in self.questions]

    def suppress(self) -> None:
        """Withhold every figure about small groups."""
        kept = {"course_id", "title", "since", "days", "score_distribution"}
        kept |= {"pending", "waitlisted", "active", "completed", "withdrawn"}
        self.overview |= dict.fromkeys(self.overview.keys() - kept)
        self.overview["score_distribution"] = [None] * 10
        for day in self.overview["days"]:
            day |= dict.fromkeys(day.keys() - {"day"})
        for lesson in self.funnel:
            for name in ("started", "completed", "seconds_per_learner", "mean_score"):
                lesson[name] = None
            lesson |= {"completion_rate": None, "drop_rate": None, "is_biggest_drop": None}

    def serve(self) -> None:
        """Make the mock answer with all this."""
        self.upstream.rpc("course_overview", 200, self.overview)
        self.upstream.on("POST", "rpc/course_funnel", paged(self.funnel))
        self.upstream.rpc("at_risk_learners", 200, self.at_risk)
        self.upstream.rpc("question_stats", 200, self.questions)
        rows = [] if self.locale is None else [{"locale": self.locale}]
        self.upstream.on("GET", "courses", httpx.Response(200, json=rows))

    def arguments(self, function: str) -> list[dict[str, Any]]:
        """The arguments of each call of a function."""
        calls = self.upstream.calls(f"/rest/v1/rpc/{function}")
        return [json.loads(call.content) for call in calls]


def paged(rows: list[dict[str, Any]]) -> Callable[[httpx.Request], Any]:
    """The answer of a list: pages of the size that the caller asks for."""

    async def answer(request: httpx.Request) -> httpx.Response:
        given = json.loads(request.content)
        first = int(given.get("cursor", 0))
        numbered = [row | {"cursor": str(place)} for place, row in enumerate(rows, 1)]
        return httpx.Response(200, json=numbered[first : first + given["page_size"]])

    return answer


class Page(HTMLParser):
    """The facts of a page that the tests check."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.headings: list[int] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an element; void elements are not left open."""
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record an SVG element without content."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the current element."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Record visible text, with single spaces."""
        if self._open and self._open[-1] != "style" and data.strip():
            self.texts.append(" ".join(data.split()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        """All visible text."""
        return " ".join(self.texts)


@pytest.fixture
def course(upstream: Upstream, course_id: UUID) -> Course:
    """A course with learners, as the database shows it to its staff."""
    return Course(upstream, course_id)


@pytest.fixture
def get(client: httpx.AsyncClient, course: Course) -> Callable[..., Any]:
    """Request the report as a user; keywords are the query."""

    async def ask(headers: dict[str, str] = ENGLISH_READER, **query: str) -> httpx.Response:
        course.serve()
        path = f"/v1/courses/{course.course_id}/report.html"
        return await client.get(path, params=query, headers=bearer(hs256()) | headers)

    return ask


# The calls ---------------------------------------------------------------------------------------


async def test_the_database_is_asked_as_the_caller(
    client: httpx.AsyncClient, course: Course, upstream: Upstream
) -> None:
    """Each part and each quiz is one call, with the token of the caller."""
    course.serve()
    token, course_id = hs256(), str(course.course_id)
    path = f"/v1/courses/{course_id}/report.html"
    assert (await client.get(path, headers=bearer(token))).status_code == 200
    assert len(upstream.requests) == 5
    assert {request.headers["authorization"] for request in upstream.requests} == {
        f"Bearer {token}"
    }
    assert course.arguments("course_overview") == [{"course_id": course_id}]
    assert course.arguments("course_funnel") == [{"course_id": course_id, "page_size": 200}]
    assert course.arguments("at_risk_learners") == [{"course_id": course_id, "page_size": 20}]
    assert course.arguments("question_stats") == [
        {"lesson_id": course.funnel[3]["lesson_id"], "page_size": 200}
    ]


async def test_since_is_passed_on(get: Callable[..., Any], course: Course) -> None:
    """Only the overview gets the period."""
    assert (await get(since="2026-02-28")).status_code == 200
    assert course.arguments("course_overview")[0]["since"] == "2026-02-28"
    assert "since" not in course.arguments("course_funnel")[0]


async def test_the_calls_overlap(
    client: httpx.AsyncClient, course: Course, upstream: Upstream
) -> None:
    """The calls of the first round are concurrent: each answer waits for all requests."""
    course.serve()
    everyone = asyncio.Barrier(4)

    def meet(answer: Any) -> Callable[[httpx.Request], Any]:
        async def wait(request: httpx.Request) -> Any:
            await everyone.wait()
            return await answer(request) if callable(answer) else answer

        return wait

    for key in [
        *(("POST", f"/rest/v1/rpc/{name}") for name in FIRST_ROUND),
        ("GET", "/rest/v1/courses"),
    ]:
        upstream.answers[key] = meet(upstream.answers[key])
    path = f"/v1/courses/{course.course_id}/report.html"
    async with asyncio.timeout(5):
        assert (await client.get(path, headers=bearer(hs256()))).status_code == 200


async def test_many_quizzes(client: httpx.AsyncClient, course: Course, upstream: Upstream) -> None:
    """Questions of the first forty quizzes are read, eight at a time, and the page says so."""
    course.funnel = [course.lesson(number) | {"content_type": "quiz"} for number in range(1, 61)]
    course.serve()
    running, most = 0, 0

    async def answer(_: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return httpx.Response(200, json=course.questions)

    upstream.on("POST", "rpc/question_stats", answer)
    path = f"/v1/courses/{course.course_id}/report.html"
    response = await client.get(path, headers=bearer(hs256()) | ENGLISH_READER)
    assert len(course.arguments("question_stats")) == facts_module.MOST_QUIZZES == 40
    assert 2 <= most <= 8
    assert ENGLISH["questions_left"].format(count=40) in response.text


async def test_d11_every_page_of_a_list_is_read(
    client: httpx.AsyncClient, course: Course, upstream: Upstream
) -> None:
    """A course of 450 lessons is in the report whole; a page without an end is an error."""
    course.funnel = [
        course.lesson(1) | {"ord": number, "title": f"Title {number}"} for number in range(1, 451)
    ]
    course.serve()
    path = f"/v1/courses/{course.course_id}/report.html"
    response = await client.get(path, headers=bearer(hs256()) | ENGLISH_READER)
    assert response.status_code == 200, response.text
    asked = [one.get("cursor") for one in course.arguments("course_funnel")]
    assert asked == [None, "200", "400"]
    assert all(f"Title {number}<" in response.text for number in (1, 200, 201, 450))
    upstream.rpc("course_funnel", 200, course.funnel[:200])
    response = await client.get(path, headers=bearer(hs256()))
    assert_problem(response, 502, "upstream_error")


async def test_it_is_drawn_beside_the_event_loop(
    get: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other requests continue while a report is drawn; reports are drawn one at a time."""
    threads: list[int] = []
    alone = threading.Lock()

    def drawn(*_: object) -> str:
        threads.append(threading.get_ident())
        assert alone.acquire(blocking=False)
        time.sleep(0.02)
        alone.release()
        return ""

    monkeypatch.setattr(reports, "draw_report", drawn)
    answers = await asyncio.gather(*(get() for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert threading.get_ident() not in threads


async def test_head(client: httpx.AsyncClient, course: Course) -> None:
    """HEAD has the headers of GET, without the page."""
    course.serve()
    path = f"/v1/courses/{course.course_id}/report.html"
    head = await client.head(path, headers=bearer(hs256()))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "text/html; charset=utf-8"


# The page ----------------------------------------------------------------------------------------


async def test_contents(get: Callable[..., Any]) -> None:
    """The page shows every part of the answers."""
    page = Page((await get()).text)
    for expected in (
        "Databases from the inside",
        *("96", "24", "81", "253 h", "20%", "58%", "76%", "33.5"),
        *("Title 1", "Title 6", "Module 2", "Lea Hoffmann", "lea@school.test", "1 October 2026"),
        "inactive, stuck at lesson 5",
        ENGLISH["biggest_drop"].format(number=5, title="Title 5", points=26),
        "Which one is 1?",
        f"{ENGLISH['hard']}; {ENGLISH['weak']}",
        ENGLISH["questions_table"].format(shown=2, count=3),
    ):
        assert expected in page.text, expected
    assert "Which one is 2?" not in page.text
    assert HELD_BACK not in page.text
    assert ENGLISH["pending"] not in page.text
    assert ENGLISH["waitlisted"] in page.text


async def test_headers(get: Callable[..., Any], course: Course) -> None:
    """No cache may store the page, and the browser may load only its own style."""
    response = await get()
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["cache-control"] == "private, no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-language"] == "en"
    assert "Accept-Language" in response.headers["vary"]
    assert response.headers["content-disposition"] == (
        f'inline; filename="report-{course.course_id}.html"'
    )
    [style] = re.findall(r"<style>(.*?)</style>", response.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(
        part.strip().split(" ", 1)
        for part in response.headers["content-security-policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }


def assert_self_contained(html: str) -> Page:
    """Check the rules for every page; return it."""
    assert html.startswith("<!doctype html>")
    page = Page(html)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "link", "img", "image", "iframe", "object", "use", "a", "base"}
    for name, attributes in page.elements:
        bad = [key for key in attributes if key.startswith("on") or key in {"style", "href", "src"}]
        assert bad == [], name
    policies = [meta["content"] for meta in page.all("meta") if "http-equiv" in meta]
    assert len(policies) == 1
    assert "://" not in html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "url(" not in html
    return page


def assert_accessible(page: Page) -> None:
    """Check language, headings, charts and tables."""
    [html] = page.all("html")
    assert html["lang"] in LANGUAGES
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    for before, after in zip(page.headings, page.headings[1:], strict=False):
        assert after <= before + 1
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in page.elements:
        assert set((attributes.get("aria-labelledby") or "").split()) <= set(ids)
    for picture in page.all("svg"):
        assert picture["role"] == "img"
        assert picture["aria-labelledby"]
    assert len(page.all("caption")) == len(page.all("table"))
    for header in page.all("th"):
        assert header.get("scope") in {"col", "row", "rowgroup"}


@pytest.mark.parametrize("language", ["en", "de"])
async def test_a_page_that_needs_nothing_else(get: Callable[..., Any], language: str) -> None:
    """The page has no scripts, files or URLs, ordered headings, named charts and real tables."""
    page = assert_self_contained((await get({"Accept-Language": language})).text)
    assert_accessible(page)
    assert len(page.all("svg")) == 5
    assert len(page.all("table")) == 5


async def test_nothing_of_the_database_is_markup(get: Callable[..., Any], course: Course) -> None:
    """Markup in text of the database is escaped."""
    course.locale = f'en" onload="{EVIL}'
    course.overview["title"] = EVIL
    for lesson in course.funnel:
        lesson |= {"title": EVIL, "module_title": EVIL, "content_type": EVIL}
    course.funnel[3]["content_type"] = "quiz"
    course.at_risk[0] |= {"name": EVIL, "email": EVIL, "reasons": [EVIL, "stuck"]}
    course.questions[0]["prompt_md"] = EVIL
    response = await get()
    assert "<script" not in response.text
    assert "onload=" not in response.text.replace("onload=&", "")
    page = assert_self_contained(response.text)
    assert page.text.count("<script>alert(1)</script>\"'&") > 20


async def test_text_that_utf8_lacks(client: httpx.AsyncClient, course: Course) -> None:
    """Half a surrogate pair does not break the page."""
    course.serve()
    text = json.dumps(course.at_risk).replace("Lea", "Lea \\ud83d")
    course.upstream.on("POST", "rpc/at_risk_learners", httpx.Response(200, text=text))
    path = f"/v1/courses/{course.course_id}/report.html"
    assert "Lea ? Hoffmann" in (await client.get(path, headers=bearer(hs256()))).text


async def test_held_back(get: Callable[..., Any], course: Course) -> None:
    """Withheld figures are marked and not drawn."""
    course.suppress()
    page = assert_self_contained((await get()).text)
    assert_accessible(page)
    assert page.all("svg") == []
    assert page.text.count(HELD_BACK) > 50
    assert ENGLISH["no_activity"] not in page.text
    assert ENGLISH["note_held_back"] in page.text
    assert ENGLISH["empty"] not in page.text
    assert "None" not in page.texts


async def test_a_figure_held_back_among_others(get: Callable[..., Any], course: Course) -> None:
    """One withheld figure does not change the others."""
    course.overview |= {"completed_since": None, "mean_score": None}
    course.overview["days"][2] = course.day(3, None)
    course.overview["score_distribution"][1] = None
    course.funnel[5] |= {"started": None, "completed": None, "completion_rate": None}
    page = Page((await get()).text)
    assert len(page.all("svg")) == 5
    assert page.text.count(HELD_BACK) >= 7
    assert "96" in page.texts


@pytest.mark.parametrize("where", ["counts", "days", "scores", "lessons", "rate"])
async def test_how_held_back_shows(get: Callable[..., Any], course: Course, where: str) -> None:
    """A gap that only a small group can cause makes the page mark the other gaps as withheld."""
    course.overview["median_days_to_complete"] = None
    match where:
        case "counts":
            course.overview["enrolled_since"] = None
        case "days":
            course.overview["days"][0]["seconds_spent"] = None
        case "scores":
            course.overview["score_distribution"][0] = None
        case "lessons":
            course.funnel[0]["completed"] = None
        case _:
            course.overview["completion_rate"] = None
    page = Page((await get()).text)
    place = page.texts.index(ENGLISH["median_days"])
    assert page.texts[place + 1] == HELD_BACK
    assert ENGLISH["note_held_back"] in page.text


async def test_who_may_not_see_few_gets_no_list(get: Callable[..., Any], course: Course) -> None:
    """A page with withheld figures names no learner, and says so for questions too."""
    course.overview["completion_rate"] = None
    names = [row["name"] for row in course.at_risk]
    course.questions = [
        course.question(1, answer_count=None, difficulty=None, discrimination=None, choices=None)
    ]
    text = Page((await get()).text).text
    assert names
    assert [name for name in names if name in text] == []
    assert ENGLISH["no_questions"] not in text


async def test_a_text_has_no_score(get: Callable[..., Any], course: Course) -> None:
    """A lesson without a score shows none, also on a page with withheld figures."""
    course.overview["completion_rate"] = None
    held_back = Page((await get()).text).text.count(HELD_BACK)
    for lesson in course.funnel:
        lesson["content_type"] = "quiz"
    texts = len(course.funnel)
    assert Page((await get()).text).text.count(HELD_BACK) >= held_back + texts - 3


async def test_a_period_longer_than_the_charts(get: Callable[..., Any], course: Course) -> None:
    """The page says that its charts start later than its figures."""
    assert ENGLISH["note_days"] not in Page((await get()).text).text
    course.overview["since"] = str(TODAY - timedelta(days=1000))
    assert ENGLISH["note_days"] in Page((await get()).text).text


async def test_days_without_anything(get: Callable[..., Any], course: Course) -> None:
    """The table omits days without activity; the charts show them."""
    texts = Page((await get()).text).texts
    english = LANGUAGES["en"]
    assert english.full_date(TODAY - timedelta(days=20)) in texts
    assert english.full_date(TODAY - timedelta(days=10)) not in texts


async def test_nothing_to_measure(get: Callable[..., Any], course: Course) -> None:
    """For staff a missing figure means that there is nothing to measure."""
    course.overview |= {"mean_score": None, "median_days_to_complete": None}
    page = Page((await get()).text)
    assert HELD_BACK not in page.text
    assert "\u2013" in page.texts


async def test_an_empty_course(get: Callable[..., Any], course: Course) -> None:
    """Every part of an empty course says that it is empty."""
    course.empty()
    page = assert_self_contained((await get()).text)
    assert_accessible(page)
    assert page.all("svg") == []
    words = ("empty", "no_activity", "not_started", "no_times", "no_scores")
    for word in (*words, "nobody_at_risk", "no_questions"):
        assert ENGLISH[word] in page.text


async def test_a_course_without_lessons(get: Callable[..., Any], course: Course) -> None:
    """A course without lessons has a report; its lists may be null."""
    course.empty()
    course.funnel = []
    course.overview |= {"days": None, "score_distribution": None}
    page = assert_self_contained((await get()).text)
    assert_accessible(page)
    assert page.all("table") == []
    assert ENGLISH["no_lessons"] in page.text


async def test_questions_without_remarks(get: Callable[..., Any], course: Course) -> None:
    """Without flagged questions the page says so; few answers flag no question."""
    course.questions = [course.question(1), course.question(2, difficulty=10, answer_count=4)]
    assert ENGLISH["no_flags"].format(count=2) in Page((await get()).text).text


async def test_a_large_course(get: Callable[..., Any], course: Course) -> None:
    """200 lessons and 366 days each have a bar, and the page is smaller than a megabyte."""
    course.funnel = [course.lesson(1) | {"ord": number} for number in range(1, 201)]
    course.funnel[56] |= {"is_biggest_drop": True, "drop_rate": 30, "title": "The wall"}
    course.overview["since"] = (TODAY - timedelta(days=500)).isoformat()
    course.overview["days"] = [course.day(ago, 5 + ago % 7) for ago in range(365, -1, -1)]
    response = await get()
    page = assert_self_contained(response.text)
    assert_accessible(page)
    assert len(response.content) < 1_000_000
    classes = [attributes.get("class") for attributes in page.all("g")]
    # Two charts by day with one bar a day; by lesson one chart with two bars and one with one; and
    # ten bars for scores.
    assert classes.count("bar") + classes.count("bar marked") == 2 * 366 + 3 * 200 + 10
    assert classes.count("bar marked") == 2
    assert "\u25bc 57" in page.texts


async def test_a_lesson_has_a_line_or_a_column(get: Callable[..., Any], course: Course) -> None:
    """Up to 30 lessons have a line with their title, more have a column."""
    for count, shape in ((30, "horizontal"), (31, "vertical")):
        course.funnel = [course.lesson(number) for number in range(1, count + 1)]
        page = Page((await get()).text)
        shapes = [(group.get("class") or "").split() for group in page.all("g")]
        assert sum("graph" in names and shape in names for names in shapes) >= 2


# Language ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "locale", "language"),
    [
        ("de", "en", "de"),
        ("en", "de", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "en", "de"),
        ("fr, en;q=0.5, de;q=0.7", "en", "de"),
        ("DE-ch", "en", "de"),
        ("en;q=0, de;q=0", "de", "de"),
        ("en;q=0", "fr", "en"),
        ("", "de-DE", "de"),
        ("*", "de", "de"),
        ("fr", "de", "de"),
        ("", "", "en"),
        ("", "fr", "en"),
        ("x;q=,;;,de;q=2,\u00e9", "en", "en"),
    ],
)
def test_languages(accepted: str, locale: str, language: str) -> None:
    """The caller's language wins, then the course's, then English."""
    assert texts_for(accepted, locale).language == language


@pytest.mark.parametrize(("locale", "language"), [("de", "de"), ("fr", "en"), (None, "en")])
async def test_the_language_of_the_course(
    get: Callable[..., Any], course: Course, locale: str | None, language: str
) -> None:
    """Without a preferred language the caller gets that of the course, where it is supported."""
    course.locale = locale
    response = await get({})
    assert response.headers["content-language"] == language
    page = Page(response.text)
    assert page.all("html")[0]["lang"] == language
    assert {span.get("lang") for span in page.all("span") if "lang" in span} == (
        {locale} if locale == "fr" else set()
    )
    assert {"en": ENGLISH, "de": GERMAN}[language]["glance"] in page.texts


def test_both_languages_say_the_same() -> None:
    """Both languages have the same texts with the same placeholders."""
    assert ENGLISH.keys() == GERMAN.keys()
    gaps = re.compile(r"\{\w+\}")
    for word, english in ENGLISH.items():
        assert set(gaps.findall(english)) == set(gaps.findall(GERMAN[word])), word


@pytest.mark.parametrize(
    ("seconds", "english", "german"),
    [
        (0, "0 s", "0 s"),
        (59, "59 s", "59 s"),
        (60, "1 min", "1 min"),
        (3599, "1 h", "1 h"),
        (4500, "1 h 15 min", "1 h 15 min"),
        (35_999, "10 h", "10 h"),
        (43_200, "12 h", "12 h"),
        (4_500_000, "1,250 h", "1.250 h"),
    ],
)
def test_durations(seconds: int, english: str, german: str) -> None:
    """Durations are seconds, minutes or hours, with suitable precision."""
    for language, expected in (("en", english), ("de", german)):
        assert LANGUAGES[language].duration(seconds).replace("\u00a0", " ") == expected


def test_numbers() -> None:
    """Each language has its own separators."""
    english, german = LANGUAGES["en"], LANGUAGES["de"]
    assert (english.decimal(1234.56), german.decimal(1234.56)) == ("1,234.6", "1.234,6")
    assert (english.decimal(7.0), german.percent(7.4)) == ("7", "7\u00a0%")
    assert german.full_date(date(2026, 3, 1)) == "1. M\u00e4rz 2026"
    assert english.full_date(datetime.fromisoformat("2026-03-01T00:30:00+02:00")) == (
        "28 February 2026"
    )


# Charts ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("top", "unit", "expected"),
    [
        (0, 1, [0, 1]),
        (1, 1, [0, 1]),
        (5, 1, [0, 1, 2, 3, 4, 5]),
        (6, 1, [0, 2, 4, 6]),
        (44, 1, [0, 10, 20, 30, 40, 50]),
        (1001, 1, [0, 500, 1000, 1500]),
        (45.5, 60, [0, 60]),
        (3000, 60, [0, 600, 1200, 1800, 2400, 3000]),
    ],
)
def test_ticks(top: float, unit: float, expected: list[float]) -> None:
    """Ticks are round numbers that reach the top."""
    assert ticks(top, unit) == expected


@pytest.mark.parametrize("horizontal", [False, True])
def test_a_chart(horizontal: bool) -> None:
    """Bars are proportional, ordered and labelled, and the mark is on the right bar."""
    bars = [Bar("a", "first", 10), Bar("b", "second", None), Bar("c", "third", 5, 5, marked=True)]
    svg = draw(Chart("x", "A title", EVIL, bars, str, ticks(10), 200, horizontal))
    assert "<script" not in svg
    assert "style" not in svg
    length = "width" if horizontal else "height"
    # A bar of zero width has no such attribute.
    found = [
        (node.get("class"), float(node[0].get(length, 0)), node[1].text)
        for node in ElementTree.fromstring(svg).iterfind(".//{*}g[@class='bars']/{*}g")
    ]
    if horizontal:
        found = [*reversed(found[:3]), *reversed(found[3:])]
    assert [title for _, _, title in found] == ["first", "second", "third"] * 2
    assert [name for name, _, _ in found] == ["bar", "bar", "bar marked"] * 2
    whole, none, half, *rest = [size for _, size, _ in found]
    assert none == rest[0] == rest[1] == 0
    assert whole == pytest.approx(2 * half, abs=0.3)
    assert half == pytest.approx(rest[2], abs=0.3)


def test_no_hook_is_left_behind() -> None:
    """The chart library leaves the import system unchanged."""
    draw(Chart("x", "A title", "A summary", [Bar("a", "first", 1)], str, ticks(1)))
    assert [finder for finder in sys.meta_path if "pygal" in str(finder)] == []


@pytest.mark.parametrize(
    ("since_days", "last_day", "length"),
    [(0, 0, 1), (30, 0, 31), (365, 0, 366), (900, 0, 366), (-2, 0, 0), (1, -1, 3)],
)
def test_period(since_days: int, last_day: int, length: int) -> None:
    """The period runs from the start to today, at most 366 days, also when the clock is behind."""
    days = [{"day": TODAY - timedelta(days=last_day)}]
    since = TODAY - timedelta(days=since_days)
    overview = Overview.model_validate({"title": "T", "since": since, "days": days})
    found = period(overview, TODAY)
    assert len(found) == length
    if found:
        assert found[-1] == max(TODAY, days[0]["day"])
        assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("ago", "labels"),
    [
        (6, ["17 Nov", "18 Nov", "19 Nov", "20 Nov", "21 Nov", "22 Nov", "23 Nov"]),
        (30, ["26 Oct", "2 Nov", "9 Nov", "16 Nov"]),
        (150, ["Jul", "Aug", "Sep", "Oct", "Nov"]),
        (365, ["Dec", "Jan 2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]),
    ],
)
def test_labels_of_days(ago: int, labels: list[str]) -> None:
    """Labels are days, Mondays or months, depending on the length of the period."""
    today = date(2026, 11, 23)
    overview = Overview.model_validate(
        {
            "title": "T",
            "since": today - timedelta(days=ago),
            "days": [{"day": today, "enrolled": 1, "active_learners": 0, "completed": None}],
        }
    )
    english = LANGUAGES["en"]
    active, enrolled, completed = day_charts(overview, period(overview, today), english)
    assert (active.picture, active.otherwise) == (None, english["no_activity"])
    assert (completed.picture, completed.otherwise) == (None, english.held_back)
    found = re.findall(r"<text[^>]*>([^<]*[a-z][^<]*)</text>", enrolled.picture or "")
    assert found[: len(labels)] == labels
    assert len(found) <= 12


async def test_a_period_that_has_not_begun(get: Callable[..., Any], course: Course) -> None:
    """A period in the future has no data."""
    course.overview |= {"since": (TODAY + timedelta(days=9)).isoformat(), "days": []}
    page = assert_self_contained((await get()).text)
    assert page.text.count(ENGLISH["no_activity"]) == 3


def test_plain_text() -> None:
    """A prompt is one line without common Markdown marks, and is truncated."""
    assert plain("# What\n\n> is `x` **now**?") == "What is x now?"
    assert len(plain("word " * 100)) == 140


def test_a_row_may_have_more_columns() -> None:
    """Additional columns in a row are ignored."""
    row = Course.lesson(1) | {"added": 1}
    assert FunnelRow.model_validate(row).ord == 1


# Errors ------------------------------------------------------------------------------------------


async def test_nobody(client: httpx.AsyncClient, upstream: Upstream, course_id: UUID) -> None:
    """Without a token the database is not called."""
    path = f"/v1/courses/{course_id}/report.html"
    assert_problem(await client.get(path), 401, "unauthenticated")
    assert_problem(await client.get(path, headers=bearer("bad")), 401, "invalid_token")
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, "not_course_staff"), (404, "course_not_found")],
)
@pytest.mark.parametrize("function", [*FIRST_ROUND, "question_stats"])
async def test_refusals_of_the_database(
    client: httpx.AsyncClient,
    course: Course,
    upstream: Upstream,
    function: str,
    status: int,
    code: str,
) -> None:
    """The error of any function is passed on unchanged."""
    course.serve()
    upstream.fail(function, status, code, "A sentence.", hint="What to do.")
    path = f"/v1/courses/{course.course_id}/report.html"
    response = await client.get(path, headers=bearer(hs256()))
    problem = assert_problem(response, status, code)
    assert (problem["detail"], problem["hint"]) == ("A sentence.", "What to do.")
    assert "content-security-policy" not in response.headers


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("no-uuid/report.html", "/path/course_id"),
        *(
            (f"{UUID(int=1)}/report.html?since={since}", "/query/since")
            for since in (
                *("", "yesterday", "2026-02-30", "1764547200", "2026-11-1", "2026-11-01T00:00:00"),
                *("0", "20261101", "\u0662\u0660\u0662\u0666-11-01", "-2026-1-01"),
            )
        ),
    ],
)
async def test_what_is_no_course_or_day(
    client: httpx.AsyncClient, upstream: Upstream, path: str, pointer: str
) -> None:
    """An invalid course id or day is refused before the database is called."""
    response = await client.get(f"/v1/courses/{path}", headers=bearer(hs256()))
    problem = assert_problem(response, 422, "validation_failed")
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert upstream.requests == []


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        ("course_overview", None),
        ("course_overview", []),
        ("course_overview", {"title": "T"}),
        ("course_overview", {"title": "T", "since": "2026-11-01", "active": -1}),
        ("course_funnel", {}),
        ("course_funnel", [{"lesson_id": "x"}]),
        ("at_risk_learners", [1]),
        ("question_stats", [{}]),
    ],
)
async def test_an_answer_that_makes_no_sense(
    client: httpx.AsyncClient, course: Course, upstream: Upstream, function: str, answer: Any
) -> None:
    """An answer with an unexpected shape draws nothing."""
    course.serve()
    upstream.rpc(function, 200, answer)
    path = f"/v1/courses/{course.course_id}/report.html"
    response = await client.get(path, headers=bearer(hs256()))
    assert_problem(response, 502, "upstream_error")


async def test_the_database_is_down(
    client: httpx.AsyncClient, course: Course, upstream: Upstream
) -> None:
    """One failed call fails the report."""

    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    course.serve()
    upstream.on("POST", "rpc/at_risk_learners", refuse)
    path = f"/v1/courses/{course.course_id}/report.html"
    response = await client.get(path, headers=bearer(hs256()))
    assert_problem(response, 503, "database_unavailable")


async def test_other_methods(client: httpx.AsyncClient, course_id: UUID) -> None:
    """A report accepts only GET and HEAD."""
    for method in ("POST", "PUT", "DELETE"):
        response = await client.request(method, f"/v1/courses/{course_id}/report.html")
        assert_problem(response, 405, "method_not_allowed")
        assert response.headers["allow"] == "GET, HEAD"
