"""Enrollment over REST, for servers and clients without supabase-js. The database has the rules."""

from collections import Counter
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request, Response
from pydantic import ValidationError

from app.api.v1 import PREFIX
from app.api.v1.deps import ActiveUser, SupabaseDep
from app.core.errors import ServiceError, UpstreamError
from app.core.supabase import Row, Supabase
from app.models.database import PublicEnrollments
from app.schemas.enrollments import (
    ROSTER_BODY,
    EnrollRequest,
    RosterAnswer,
    RosterReport,
    RosterResult,
    RosterSummary,
)
from app.schemas.problem import problems
from app.services.roster import RosterRow, parse_roster

router = APIRouter(prefix=PREFIX + "/courses/{course_id}", tags=["enrollment"])

_HTTP_STATUS = {"enrolled": 201, "already": 200, "waitlisted": 202, "invited": 202}


@router.post(
    "/enroll",
    response_model=PublicEnrollments,
    status_code=201,
    responses={
        200: {"model": PublicEnrollments, "description": "Enrolled already"},
        **problems(400, 401, 403, 404, 409, 413, 422, 503),
    },
)
async def enroll(
    course_id: UUID,
    user: ActiveUser,
    supabase: SupabaseDep,
    response: Response,
    body: Annotated[EnrollRequest | None, Body()] = None,
) -> Row:
    """Enroll the caller. The call is idempotent; a full course answers `waitlisted`."""
    arguments: dict[str, Any] = {"course_id": str(course_id)}
    if body is not None and body.code is not None:
        arguments["code"] = body.code
    reply = await supabase.rpc("enroll", **arguments)
    response.status_code = 201 if reply.status == 201 else 200
    return reply.row()


@router.delete(
    "/enroll", response_model=PublicEnrollments, responses=problems(401, 403, 404, 409, 422, 503)
)
async def withdraw(course_id: UUID, user: ActiveUser, supabase: SupabaseDep) -> Row:
    """Withdraw the caller. The enrollment row and its progress remain."""
    return (await supabase.rpc("withdraw", course_id=str(course_id))).row()


@router.post(
    "/enrollments",
    status_code=207,
    responses=problems(400, 401, 403, 404, 413, 415, 422, 503),
    openapi_extra=ROSTER_BODY,
)
async def enroll_roster(
    course_id: UUID, user: ActiveUser, supabase: SupabaseDep, request: Request
) -> RosterReport:
    """Invite or enroll up to 500 learners as staff; each row has its own result."""
    rows = parse_roster(request.headers.get("content-type", ""), await request.body())
    sent = [index for index, row in enumerate(rows) if row.problem is None]
    learners = [rows[index].learner() for index in sent]
    answers = await _ask(supabase, course_id, learners)
    position = {index: number for number, index in enumerate(sent, start=1)}
    results = [
        _result(index + 1, row, answers.get(position.get(index, 0)))
        for index, row in enumerate(rows)
    ]
    counts = Counter(result.status for result in results)
    summary = RosterSummary(
        total=len(results),
        enrolled=counts["enrolled"],
        already=counts["already"],
        waitlisted=counts["waitlisted"],
        invited=counts["invited"],
        withdrawn=counts["withdrawn"],
        failed=counts["failed"],
    )
    return RosterReport(results=results, summary=summary)


async def _ask(
    supabase: Supabase, course_id: UUID, learners: list[dict[str, str]]
) -> dict[int, RosterAnswer]:
    """The answers of the database, by the position of the learner in the list that was sent."""
    try:
        reply = await supabase.rpc("enroll_roster", course_id=str(course_id), learners=learners)
        answers = [RosterAnswer.model_validate(row) for row in reply.rows()]
    except ValidationError:
        raise ServiceError("upstream_error") from None
    except UpstreamError as error:
        # The database checks the caller's rights even when no row is usable.
        if learners or error.code != "invalid_roster":
            raise
        answers = []
    return {answer.number: answer for answer in answers}


def _result(number: int, row: RosterRow, answer: RosterAnswer | None) -> RosterResult:
    """The result of one row; a row without an answer from the database is reported as failed."""
    code, detail = row.problem or ("upstream_error", "The database said nothing about this row.")
    if answer is None:
        return RosterResult(
            row=number,
            email=row.email,
            user_id=row.user_id,
            status="failed",
            http_status=422 if row.problem else 502,
            code=code,
            detail=detail,
        )
    return RosterResult(
        row=number,
        email=answer.email or row.email,
        user_id=answer.user_id or row.user_id,
        status=answer.status,
        http_status=_HTTP_STATUS.get(answer.status) or _failed_status(answer.code),
        code=answer.code,
        detail=answer.detail,
        enrollment_id=answer.enrollment_id,
    )


def _failed_status(code: str | None) -> int:
    return 404 if (code or "").endswith("_not_found") else 409
