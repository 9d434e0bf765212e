"""The report on a course and its lists, for its staff. The database decides what they see."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Final
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator

from app.api.v1 import PREFIX
from app.api.v1.deps import ActiveUser, StateDep, SupabaseDep
from app.core.supabase import Supabase
from app.schemas.problem import problems
from app.services import exports
from app.services.report.facts import gather_facts
from app.services.report.page import CONTENT_SECURITY_POLICY, draw_report
from app.services.report.texts import texts_for

router = APIRouter(prefix=PREFIX + "/courses/{course_id}", tags=["reports"])

MEDIA_TYPE: Final = "text/html"
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _calendar_day(value: object) -> object:
    """Accept only `YYYY-MM-DD`; the type alone also accepts Unix timestamps."""
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("must look like 2026-11-23")
    return value


Since = Annotated[
    date | None,
    BeforeValidator(_calendar_day),
    Query(description="First day of the period, UTC; 30 days back when left out"),
]


async def course_report(
    course_id: UUID,
    user: ActiveUser,
    supabase: SupabaseDep,
    state: StateDep,
    request: Request,
    since: Since = None,
) -> Response:
    """A page about the course to read and to print, for its staff.

    English or German: the language that `Accept-Language` prefers, else the language of the course.
    """
    facts = await gather_facts(supabase, course_id, since)
    texts = texts_for(request.headers.get("accept-language", ""), facts.locale)
    page = await anyio.to_thread.run_sync(
        draw_report, facts, texts, datetime.now(UTC), limiter=state.drawing
    )
    return Response(
        page,
        headers={
            # The page names learners, so no cache may store it.
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'inline; filename="report-{course_id}.html"',
            "Content-Language": texts.language,
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Language, Authorization",
            "X-Content-Type-Options": "nosniff",
        },
        media_type=MEDIA_TYPE,
    )


router.add_api_route(
    "/report.html",
    course_report,
    methods=["GET"],
    response_class=Response,
    responses={
        200: {
            "description": "The report",
            "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)


async def _download(
    supabase: Supabase, course_id: UUID, function: str, columns: tuple[str, ...], name: str
) -> Response:
    pages = exports.export_rows(supabase, function, columns, str(course_id))
    # The database has answered before the status is sent: a refusal is an error, not a file.
    first = await anext(pages)

    async def content() -> AsyncIterator[bytes]:
        yield first
        async for page in pages:
            yield page

    return StreamingResponse(
        content(),
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{name}-{course_id}.csv"',
            "X-Content-Type-Options": "nosniff",
        },
        media_type=exports.MEDIA_TYPE,
    )


async def course_learners(course_id: UUID, _: ActiveUser, supabase: SupabaseDep) -> Response:
    """The learners of a course as a file for spreadsheets, by name; the rows of `course_learners`.

    UTF-8 with a byte order mark. A text that a spreadsheet would take for a formula begins with an
    apostrophe.
    """
    columns = (
        *("name", "email", "status", "progress", "lessons_completed", "seconds_spent"),
        *("course_score", "enrolled_at", "last_activity_at", "completed_at"),
    )
    return await _download(supabase, course_id, "course_learners", columns, "learners")


async def course_gradebook(course_id: UUID, _: ActiveUser, supabase: SupabaseDep) -> Response:
    """The scores of a course as a file for spreadsheets; the rows of `gradebook`.

    A row for each learner and quiz or lab, in the form of the list of learners.
    """
    columns = (
        *("name", "email", "lesson_title", "content_type", "weight", "score", "status"),
        *("attempt_count", "is_late", "is_overridden", "is_archived", "course_score"),
    )
    return await _download(supabase, course_id, "gradebook", columns, "gradebook")


for _path, _endpoint in (
    ("/learners.csv", course_learners),
    ("/gradebook.csv", course_gradebook),
):
    router.add_api_route(
        _path,
        _endpoint,
        methods=["GET"],
        response_class=StreamingResponse,
        responses={
            200: {
                "description": "The list",
                "content": {exports.MEDIA_TYPE: {"schema": {"type": "string"}}},
            },
            **problems(401, 403, 404, 422, 503),
        },
    )
