"""The frames of an answer: the UI message stream of the Vercel AI SDK, version 1, as SSE.

Frame ids grow, and a stored answer can resume from any of them: phase (1 before the text, 2 text,
3 after it) << 40 | number in the phase << 20 | characters of the text so far.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from app.models.rpc.stream import (
    MessageDetails,
    StoredCitation,
    TutorCitation,
    TutorFinish,
    TutorMetadata,
    TutorSource,
    TutorStreamPart,
)
from app.services.tutor.context import Passage

HEADERS: Final = {
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "X-Vercel-AI-UI-Message-Stream": "v1",
}
MEDIA_TYPE: Final = "text/event-stream"
DONE: Final = b"data: [DONE]\n\n"
PING: Final = b": ping\n\n"
TEXT_ID: Final = "text-1"

BEFORE: Final = 1
TEXT: Final = 2
AFTER: Final = 3
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def frame_id(phase: int, number: int, characters: int) -> int:
    """The id of a frame; below 2**53, so that it is exact in JavaScript."""
    return phase << 40 | number << 20 | characters


def position(identifier: int) -> tuple[int, int, int]:
    """The phase of an id, 0 for that of a new reader, its number and its characters."""
    return identifier >> 40, identifier >> 20 & 0xFFFFF, identifier & 0xFFFFF


def frame(identifier: int, part: TutorStreamPart) -> bytes:
    """One part as an SSE event."""
    return f"id: {identifier}\ndata: {_encode(part)}\n\n".encode()


def read_event_id(value: str | None) -> int:
    """The number in a `Last-Event-ID` header; 0, the beginning, for any other value."""
    value = (value or "").strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= 16 else 0


def start_parts(
    message_id: str, metadata: TutorMetadata, sources: Sequence[TutorSource]
) -> list[TutorStreamPart]:
    """What comes before the text: start, the sources, and the beginning of the text."""
    return [
        {"type": "start", "messageId": message_id, "messageMetadata": metadata},
        *sources,
        {"type": "start-step"},
        {"type": "text-start", "id": TEXT_ID},
    ]


def source_part(passage: Passage, course_id: str) -> TutorSource:
    """A passage as a source document; `sourceId` is `s` and the number that the text cites."""
    return {
        "type": "source-document",
        "sourceId": f"s{passage.number}",
        "mediaType": "text/markdown",
        "title": " \u203a ".join(passage.path),
        "providerMetadata": {
            "tutor": {
                "courseId": course_id,
                "lessonId": str(passage.lesson_id),
                "ord": passage.ord,
                "anchor": passage.anchor,
                "headingPath": passage.heading_path,
            }
        },
    }


def citation_parts(
    citations: Sequence[StoredCitation], sources: Sequence[TutorSource]
) -> list[TutorCitation]:
    """Citations as `text-end` carries them, each with its source."""
    titles = {source["sourceId"]: source["title"] for source in sources}
    return [
        {
            "source": {
                "type": "source",
                "sourceType": "document",
                "id": citation["sourceId"],
                "mediaType": "text/markdown",
                "title": titles[citation["sourceId"]],
            },
            "startIndex": citation["startIndex"],
            "endIndex": citation["endIndex"],
            "citedText": citation["citedText"],
        }
        for citation in citations
        if citation["sourceId"] in titles
    ]


def end_parts(
    status: str,
    citations: Sequence[StoredCitation],
    details: MessageDetails,
) -> Iterator[TutorStreamPart]:
    """What comes after the text, by how the answer ended: complete, stopped or failed.

    `details` is what the message holds beside its text: sources, data, usage, reason, problem.
    """
    sources = details.get("sources", [])
    cited = citation_parts(citations, sources)
    # `ai` 6 drops `citations` of a text and passes `providerMetadata` on; `ai` 7 passes both on.
    yield {
        "type": "text-end",
        "id": TEXT_ID,
        "citations": cited,
        "providerMetadata": {"tutor": {"citations": cited}},
    }
    yield from details.get("data", [])
    if usage := details.get("usage"):
        yield {"type": "data-usage", "data": usage}
    if status == "complete":
        yield {"type": "finish-step"}
        metadata: TutorFinish = {"costMicros": usage["costMicros"]} if usage else {}
        yield {"type": "finish", "finishReason": "stop", "messageMetadata": metadata}
    elif status == "stopped":
        yield {"type": "abort", "reason": details.get("reason", "stopped")}
    else:
        problem = details.get("problem") or {
            "code": "answer_lost",
            "detail": "The answer broke off. What there is of it is saved.",
        }
        yield {"type": "data-problem", "data": problem}
        yield {"type": "error", "errorText": problem["detail"]}
