"""The charts of a course by day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter
from typing import Final

from markupsafe import Markup

from app.schemas.reports import Day, Overview
from app.services.report.charts import Bar, Chart, draw, ticks
from app.services.report.texts import Texts

MOST_DAYS: Final = 366
_COLUMNS: Final = ("active_learners", "enrolled", "completed")
_HEADINGS: Final = ("chart_active", "chart_enrolled", "chart_completed")


@dataclass(frozen=True, slots=True)
class DayChart:
    """One figure: its heading, and a chart or the text to show when there is no data."""

    name: str
    heading: str
    picture: Markup | None
    otherwise: str


def period(overview: Overview, today: date) -> list[date]:
    """The days of the report, ascending: from the start, at most 366, to today."""
    last = max([today, *(row.day for row in overview.days)])
    first = max(overview.since, last - timedelta(days=MOST_DAYS - 1))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def day_charts(overview: Overview, days: list[date], texts: Texts) -> list[DayChart]:
    """Active learners, enrollments and completions, one chart each."""
    rows = {row.day: row for row in overview.days}
    charts = []
    for column, heading in zip(_COLUMNS, _HEADINGS, strict=True):
        read: Callable[[Day], int | None] = attrgetter(column)
        values = [read(rows[day]) if day in rows else 0 for day in days]
        name = column.replace("_", "-")
        picture = _picture(name, texts[heading], days, values, texts)
        otherwise = texts.held_back if None in values else texts["no_activity"]
        charts.append(DayChart(name, texts[heading], picture, otherwise))
    return charts


def _picture(
    name: str, heading: str, days: list[date], values: list[int | None], texts: Texts
) -> Markup | None:
    most = max((value or 0 for value in values), default=0)
    if not most:
        return None
    labels = _labels(days, texts)
    peak = days[values.index(most)]
    return draw(
        Chart(
            name=name,
            title=heading,
            summary=texts["chart_summary"].format(
                since=texts.full_date(days[0]),
                until=texts.full_date(days[-1]),
                most=texts.number(most),
                day=texts.full_date(peak),
            ),
            bars=[
                Bar(labels.get(day, ""), _tip(day, value, texts), value)
                for day, value in zip(days, values, strict=True)
            ],
            figure=texts.number,
            ticks=ticks(most),
            height=124,
        )
    )


def _tip(day: date, value: int | None, texts: Texts) -> str:
    return f"{texts.full_date(day)}: {texts.held_back if value is None else texts.number(value)}"


def _labels(days: list[date], texts: Texts) -> dict[date, str]:
    """The days labelled at the axis: all of a week, else Mondays, else first days of months."""
    if len(days) <= 8:
        return {day: texts.short_date(day) for day in days}
    if len(days) <= 100:
        mondays = [day for day in days[1:-2] if day.weekday() == 0]
        return {day: texts.short_date(day) for day in mondays[:: 1 + len(mondays) // 8]}
    return {day: texts.month(day) for day in days[:-6] if day.day == 1}
