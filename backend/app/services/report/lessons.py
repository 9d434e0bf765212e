"""The charts of a course by lesson, and the rows of their table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from markupsafe import Markup

from app.schemas.reports import FunnelRow
from app.services.report.charts import Bar, Chart, draw, ticks
from app.services.report.texts import Texts

# Up to this number each lesson is a line with its title, above it a column with its number.
MOST_LINES: Final = 30
_LONGEST: Final = 42
_MARK: Final = "▼"


@dataclass(frozen=True, slots=True)
class Module:
    """A module with its lessons, as the table shows them."""

    title: str
    lessons: list[FunnelRow]


def modules(funnel: list[FunnelRow]) -> list[Module]:
    """The lessons by module, in order."""
    groups = groupby(funnel, key=lambda row: row.module_title)
    return [Module(title, list(rows)) for title, rows in groups]


def biggest_drop(funnel: list[FunnelRow], texts: Texts) -> str:
    """The sentence about the biggest drop; empty when there is none."""
    for row in funnel:
        if row.is_biggest_drop and row.drop_rate is not None:
            return texts["biggest_drop"].format(
                number=row.ord, title=row.title, points=texts.decimal(row.drop_rate)
            )
    return ""


def funnel_chart(funnel: list[FunnelRow], texts: Texts) -> Markup | None:
    """Learners who started and who completed each lesson; None when there are none or all is
    withheld.
    """
    most = max((row.started or 0 for row in funnel), default=0)
    if not most:
        return None
    bars = [
        Bar(
            label=label,
            tip=_funnel_tip(row, texts),
            value=row.completed,
            rest=max((row.started or 0) - (row.completed or 0), 0),
            marked=row.is_biggest_drop,
        )
        for row, label in zip(funnel, _labels(funnel, mark=True), strict=True)
    ]
    summary = texts["funnel_summary"].format(count=len(funnel))
    return draw(
        Chart(
            name="funnel",
            title=texts["funnel"],
            summary=f"{summary} {biggest_drop(funnel, texts)}".strip(),
            bars=bars,
            figure=texts.number,
            ticks=ticks(most),
            horizontal=len(funnel) <= MOST_LINES,
            height=_height(funnel),
        )
    )


def seconds_chart(funnel: list[FunnelRow], texts: Texts) -> Markup | None:
    """The time that learners spend on each lesson; None when no time is known."""
    longest = max(funnel, key=lambda row: row.seconds_per_learner or 0, default=None)
    if longest is None or not longest.seconds_per_learner:
        return None
    most = longest.seconds_per_learner
    return draw(
        Chart(
            name="seconds",
            title=texts["seconds"],
            summary=texts["seconds_summary"].format(
                count=len(funnel), longest=texts.duration(most), number=longest.ord
            ),
            bars=[
                Bar(label, _seconds_tip(row, texts), row.seconds_per_learner)
                for row, label in zip(funnel, _labels(funnel, mark=False), strict=True)
            ],
            figure=lambda value: texts.duration(value) if value else texts.number(0),
            ticks=ticks(most, _unit(most)),
            horizontal=len(funnel) <= MOST_LINES,
            height=_height(funnel),
        )
    )


def _unit(seconds: float) -> float:
    """The unit of the axis ticks: seconds, minutes, half hours or hours."""
    limits = ((120, 1), (3600, 60), (3 * 3600, 1800))
    return next((unit for limit, unit in limits if seconds <= limit), 3600)


def _height(funnel: list[FunnelRow]) -> int:
    return 24 * len(funnel) + 34 if len(funnel) <= MOST_LINES else 240


def _labels(funnel: list[FunnelRow], *, mark: bool) -> Sequence[str]:
    marked = [mark and row.is_biggest_drop for row in funnel]
    if len(funnel) <= MOST_LINES:
        return [
            f"{_MARK} {_line(row)}" if is_marked else _line(row)
            for row, is_marked in zip(funnel, marked, strict=True)
        ]
    place = marked.index(True) if True in marked else -len(funnel)
    labels = []
    for index, row in enumerate(funnel):
        room = abs(index - place) > len(funnel) / 24
        named = room and (row.ord == 1 or row.ord % (5 if len(funnel) <= 60 else 10) == 0)
        labels.append(f"{_MARK} {row.ord}" if marked[index] else str(row.ord) if named else "")
    return labels


def _line(row: FunnelRow) -> str:
    text = f"{row.ord} {row.title}"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def _funnel_tip(row: FunnelRow, texts: Texts) -> str:
    figures = ", ".join(
        f"{texts[word]} {texts.held_back if value is None else texts.number(value)}"
        for word, value in (("started", row.started), ("completed", row.completed))
    )
    drop = f" ({texts['biggest_drop_short']})" if row.is_biggest_drop else ""
    return f"{row.ord} {row.title}: {figures}{drop}"


def _seconds_tip(row: FunnelRow, texts: Texts) -> str:
    value = row.seconds_per_learner
    return f"{row.ord} {row.title}: {texts.nothing if value is None else texts.duration(value)}"
