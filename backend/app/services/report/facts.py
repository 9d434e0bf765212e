"""The data of a report, read from the database as the caller."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app.core.errors import ServiceError, UpstreamError
from app.core.supabase import Row, Supabase
from app.schemas.reports import FunnelRow, Overview, QuestionRow, RiskRow

MOST_AT_RISK: Final = 20
# The most quizzes whose questions are read, and how many concurrently.
MOST_QUIZZES: Final = 40
_AT_A_TIME: Final = 8
# The largest page of a list. A shorter one is the last.
PAGE: Final = 200

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Facts:
    """The data of a report. `quizzes` are those whose questions were read, in order."""

    overview: Overview
    funnel: list[FunnelRow]
    at_risk: list[RiskRow]
    locale: str = ""
    quizzes: list[tuple[FunnelRow, list[QuestionRow]]] = field(default_factory=list)

    @property
    def guarded(self) -> bool:
        """Whether the database hides figures about small groups from this caller."""
        overview = self.overview
        counts = [*overview.counts, *overview.score_distribution]
        for day in overview.days:
            counts += day.counts
        for row in self.funnel:
            counts += row.started, row.completed
        seated = (overview.active or 0) + (overview.completed or 0)
        held_back = None in counts or not overview.score_distribution
        return held_back or (seated > 0 and overview.completion_rate is None)


async def gather_facts(supabase: Supabase, course_id: UUID, since: date | None) -> Facts:
    """Two rounds of calls: the course, then the questions of its quizzes.

    Raises:
        UpstreamError: among others `not_course_staff`, `course_not_found`.
        ServiceError: `upstream_error`, an answer has an unexpected shape.
    """
    course = {"course_id": str(course_id)}
    period = course if since is None else course | {"since": since.isoformat()}
    overview, funnel, at_risk, locale = await _together(
        _overview(supabase, period),
        _all_rows(supabase, FunnelRow, "course_funnel", **course),
        _rows(supabase, RiskRow, "at_risk_learners", **course, page_size=MOST_AT_RISK),
        _locale(supabase, course_id),
    )
    quizzes = [row for row in funnel if row.content_type == "quiz"][:MOST_QUIZZES]
    gate = asyncio.Semaphore(_AT_A_TIME)

    async def questions(quiz: FunnelRow) -> list[QuestionRow]:
        async with gate:
            lesson = str(quiz.lesson_id)
            return await _all_rows(supabase, QuestionRow, "question_stats", lesson_id=lesson)

    answers = await _together(*(questions(quiz) for quiz in quizzes))
    return Facts(overview, funnel, at_risk, locale, list(zip(quizzes, answers, strict=True)))


async def _together(*calls: Coroutine[Any, Any, Any]) -> tuple[Any, ...]:
    """The results in order; the first failure cancels the other calls."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(call) for call in calls]
    except* (ServiceError, UpstreamError) as failures:
        raise failures.exceptions[0] from None
    return tuple(task.result() for task in tasks)


async def _overview(supabase: Supabase, arguments: dict[str, str]) -> Overview:
    return _read(Overview, (await supabase.rpc("course_overview", **arguments)).row())


async def _rows(
    supabase: Supabase, model: type[_Model], function: str, **arguments: Any
) -> list[_Model]:
    return [_read(model, row) for row in (await supabase.rpc(function, **arguments)).rows()]


async def _all_rows(
    supabase: Supabase, model: type[_Model], function: str, **arguments: Any
) -> list[_Model]:
    """All pages of a list."""
    rows: list[_Model] = []
    place: Row = {}
    while True:
        reply = await supabase.rpc(function, **arguments, page_size=PAGE, **place)
        page = reply.rows()
        rows += [_read(model, row) for row in page]
        if len(page) < PAGE:
            return rows
        if page[-1].get("cursor") in (None, place.get("cursor")):
            raise ServiceError("upstream_error")
        place = {"cursor": page[-1]["cursor"]}


async def _locale(supabase: Supabase, course_id: UUID) -> str:
    """The language of the course; empty when the caller may not read the course."""
    rows = await supabase.select("courses", select="locale", id=f"eq.{course_id}")
    return str(rows[0].get("locale") or "") if rows else ""


def _read(model: type[_Model], row: Row) -> _Model:
    try:
        return model.model_validate(row)
    except ValidationError:
        raise ServiceError("upstream_error") from None
