"""The tutor: ask, resume an answer, stop it, read the remaining quota."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Depends, Header, Path, Request, Response
from fastapi.responses import StreamingResponse

from app.api.v1 import PREFIX
from app.api.v1.deps import ActiveUser, StateDep, SupabaseDep
from app.core.errors import ServiceError
from app.core.supabase import Row
from app.schemas.problem import problems
from app.schemas.tutor import (
    STREAM,
    ChatBody,
    ChatUIRequest,
    QuotaAnswer,
    StopAnswer,
    StopRequest,
    client_uuid,
)
from app.services.tutor.turn import frames
from app.services.tutor.turn.pipeline import Question, Tutor
from app.services.tutor.turn.runs import Run
from app.services.tutor.turn.store import StoredAnswer

router = APIRouter(prefix=f"{PREFIX}/tutor", tags=["tutor"])

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID")]
ConversationId = Annotated[
    str, Path(max_length=200, description="The conversation id, or the id of the chat in the SDK")
]


async def get_tutor(state: StateDep) -> Tutor:
    """The tutor of the process.

    Raises:
        ServiceError: `tutor_not_configured`.
    """
    if state.tutor is None:
        raise ServiceError("tutor_not_configured")
    return state.tutor


TutorDep = Annotated[Tutor, Depends(get_tutor)]


@router.post(
    "/chat",
    response_class=StreamingResponse,
    responses={**STREAM, **problems(400, 401, 403, 404, 409, 413, 422, 423, 429, 503, 504)},
)
async def chat(
    body: Annotated[ChatBody, Body()],
    request: Request,
    user: ActiveUser,
    tutor: TutorDep,
    supabase: SupabaseDep,
    last_event_id: LastEventId = None,
) -> Response:
    """Ask, and stream the answer. A repeated message id returns the same turn and its answer.

    A new question stops the answer that is running in its conversation.
    """
    if isinstance(body, ChatUIRequest):
        conversation_id = client_uuid(user.id, body.id)
        asked = body.question
        key, text = client_uuid(conversation_id, asked.id), asked.text
        is_regenerated = body.is_regenerated
    else:
        conversation_id = body.conversation_id
        key, text, is_regenerated = body.message.id, body.message.text, False
    question = Question(
        conversation_id=conversation_id,
        course_id=body.course_id,
        lesson_id=body.lesson_id,
        key=str(key),
        text=text,
        mode=body.mode,
        support_level=body.support_level,
        is_regenerated=is_regenerated,
    )
    answer = await tutor.ask(supabase, user.id, question, is_gone=request.is_disconnected)
    return _stream(answer, last_event_id)


@router.get(
    "/chat/{conversation_id}/stream",
    response_class=StreamingResponse,
    responses={
        **STREAM,
        204: {"description": "Nothing is running"},
        **problems(401, 422, 429, 503),
    },
)
async def resume(
    conversation_id: ConversationId,
    user: ActiveUser,
    tutor: TutorDep,
    supabase: SupabaseDep,
    last_event_id: LastEventId = None,
) -> Response:
    """Stream the running answer, after `Last-Event-ID` or from the beginning.

    With `Last-Event-ID`, the rest of an answer that has just ended is streamed too.
    """
    conversation = client_uuid(user.id, conversation_id)
    run = tutor.hub.by_conversation(user.id, conversation)
    if run is not None and (last_event_id is not None or not run.is_over):
        return _stream(run, last_event_id)
    if run is None:
        stored = await StoredAnswer.latest(supabase, conversation)
        if stored is not None and (last_event_id is not None or stored.is_growing):
            return _stream(stored, last_event_id)
    return Response(status_code=204)


@router.post(
    "/chat/{conversation_id}/stop", status_code=202, responses=problems(401, 413, 422, 503)
)
async def stop(
    conversation_id: ConversationId,
    user: ActiveUser,
    tutor: TutorDep,
    supabase: SupabaseDep,
    body: Annotated[StopRequest | None, Body()] = None,
) -> StopAnswer:
    """Stop the running answer, in this process or another. The text so far is stored."""
    conversation = client_uuid(user.id, conversation_id)
    run = tutor.hub.by_conversation(user.id, conversation)
    wanted = body.run_id if body is not None else None
    if run is not None and not run.is_over:
        if wanted is not None and wanted != run.turn_id:
            return StopAnswer(status="idle")
        run.end("stopped")
        return StopAnswer(status="stopping")
    reply = await supabase.rpc("stop_tutor_turn", conversation_id=str(conversation))
    return StopAnswer(status="stopping" if reply.data is True else "idle")


@router.get("/quota", response_model=QuotaAnswer, responses=problems(401, 404, 422, 503))
async def quota(user: ActiveUser, supabase: SupabaseDep, course_id: UUID | None = None) -> Row:
    """The caller's remaining quota, and the settings of the tutor in a course."""
    reply = await supabase.rpc("tutor_quota", course_id=str(course_id) if course_id else None)
    return reply.row()


def _stream(answer: Run | StoredAnswer, last_event_id: str | None) -> StreamingResponse:
    headers = dict(frames.HEADERS)
    if isinstance(answer, Run):
        headers |= {"X-Run-Id": str(answer.turn_id), **answer.headers}
    chunks = answer.read(frames.read_event_id(last_event_id))
    return StreamingResponse(chunks, media_type=frames.MEDIA_TYPE, headers=headers)
