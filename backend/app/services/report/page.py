"""A report as one self-contained page of HTML: no scripts, no files, no URLs."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from app.schemas.reports import Overview
from app.services.report.charts import Bar, Chart, draw, ticks
from app.services.report.days import day_charts, period
from app.services.report.facts import MOST_AT_RISK, MOST_QUIZZES, Facts
from app.services.report.lessons import biggest_drop, funnel_chart, modules, seconds_chart
from app.services.report.questions import questions_to_look_at
from app.services.report.texts import Texts

if TYPE_CHECKING:
    from jinja2 import Template

_HERE: Final = Path(__file__).parent
_STYLE: Final = (_HERE / "page.css").read_text(encoding="utf-8").strip()
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_RANGES: Final = (*(f"{start}\u2013{start + 9}" for start in range(0, 90, 10)), "90\u2013100")

# The content security policy. The page repeats it for copies that are opened from a disk.
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'"
CONTENT_SECURITY_POLICY: Final = f"{POLICY}; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Figures under a heading: pairs of a label and a figure."""

    heading: str
    figures: list[tuple[str, str]]


def draw_report(facts: Facts, texts: Texts, now: datetime) -> str:
    """Render the page. Takes 10 to 150 ms: call from a thread."""
    overview, guarded = facts.overview, facts.guarded
    days = period(overview, now.astimezone(UTC).date())

    def shown(value: float | None, figure: Any = texts.number) -> str:
        if value is None:
            return texts.held_back if guarded else texts.nothing
        return str(figure(value))

    return _template().render(
        t=texts,
        w=texts.words,
        shown=shown,
        style=Markup(_STYLE),
        policy=POLICY,
        overview=overview,
        # Set only if it differs from the language of the page.
        course_language="" if facts.locale[:2].lower() == texts.language else facts.locale,
        since=texts.full_date(overview.since),
        until=texts.full_date(days[-1] if days else overview.since),
        created=texts["created"].format(
            date=texts.full_date(now), time=f"{now.astimezone(UTC):%H:%M}"
        ),
        empty=not any(count is None or count for count in overview.counts),
        tiles=_tiles(overview, texts, shown),
        days=[row for row in overview.days if any(count != 0 for count in row.counts)],
        day_charts=day_charts(overview, days, texts),
        funnel=funnel_chart(facts.funnel, texts),
        biggest_drop=biggest_drop(facts.funnel, texts),
        seconds=seconds_chart(facts.funnel, texts),
        modules=modules(facts.funnel),
        lessons_held_back=any(row.started is None for row in facts.funnel),
        distribution=_distribution(overview, texts),
        ranges=list(zip(_RANGES, overview.score_distribution, strict=False)),
        at_risk=facts.at_risk,
        most_at_risk=MOST_AT_RISK,
        numbers={row.lesson_id: row.ord for row in facts.funnel},
        questions=questions_to_look_at(facts.quizzes),
        most_quizzes=MOST_QUIZZES if len(facts.quizzes) == MOST_QUIZZES else None,
        guarded=guarded,
        days_cut=bool(days) and days[0] > overview.since,
    )


def _tiles(overview: Overview, texts: Texts, shown: Any) -> list[Tiles]:
    now = [
        (texts["active"], shown(overview.active)),
        (texts["completed"], shown(overview.completed)),
        (texts["withdrawn"], shown(overview.withdrawn)),
    ]
    # Only courses with approval or limited seats have pending or waitlisted learners.
    for word, count in (("pending", overview.pending), ("waitlisted", overview.waitlisted)):
        if count != 0:
            now.append((texts[word], shown(count)))
    return [
        Tiles(texts["now"], now),
        Tiles(
            texts["in_period"],
            [
                (texts["active_learners"], shown(overview.active_learners)),
                (texts["enrolled_since"], shown(overview.enrolled_since)),
                (texts["completed_since"], shown(overview.completed_since)),
                (texts["time_spent"], shown(overview.seconds_spent, texts.duration)),
            ],
        ),
        Tiles(
            texts["results"],
            [
                (texts["completion_rate"], shown(overview.completion_rate, texts.percent)),
                (texts["mean_progress"], shown(overview.mean_progress, texts.percent)),
                (texts["mean_score"], shown(overview.mean_score, texts.percent)),
                (texts["median_days"], shown(overview.median_days_to_complete, texts.decimal)),
            ],
        ),
    ]


def _distribution(overview: Overview, texts: Texts) -> Markup | None:
    counts = overview.score_distribution
    most = max((count or 0 for count in counts), default=0)
    if not most:
        return None
    return draw(
        Chart(
            name="distribution",
            title=texts["distribution"],
            summary=texts["distribution_summary"],
            bars=[
                Bar(label, f"{label}: {texts.held_back if count is None else count}", count)
                for label, count in zip(_RANGES, counts, strict=False)
            ],
            figure=texts.number,
            ticks=ticks(most),
            height=180,
        )
    )


@cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2")
