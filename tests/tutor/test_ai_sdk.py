"""Recorded streams, parsed by the client of the AI SDK that pages use."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.support.cluster import ROOT
from tests.support.tutor import Received, Student
from tests.tutor.script import PAGES, QUESTION, about


def parse(*streams: Received) -> list[dict[str, Any]]:
    """What the SDK makes of streams: the message, and the error if it found one."""
    recorded = [{"body": "".join(f"{event}\n\n" for event in one.frames)} for one in streams]
    output = subprocess.run(
        ["node", str(ROOT / "tests/tutor/ui_stream.mjs")],
        input=json.dumps(recorded),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    ).stdout
    return [json.loads(line) for line in output.splitlines()]


def test_streams_are_what_the_sdk_reads(student: Student) -> None:
    """A whole answer, an abstention, a failed one and a broken frame, as the SDK sees them."""
    whole = student.ask(QUESTION, lesson_id=PAGES)
    nothing = student.ask("Which bird lays the largest eggs in Patagonia?")
    failed = student.ask(about("breaking"))
    torn = Received(200, whole.headers, frames=[*whole.frames[:2], 'data: {"type":"text-delta"}'])
    answers = parse(whole, nothing, failed, torn)

    message = answers[0]["message"]
    assert answers[0]["error"] is None
    assert answers[0]["states"] > 5
    assert message["role"] == "assistant"
    assert message["id"] == whole.parts[0]["messageId"]
    kinds = [part["type"] for part in message["parts"]]
    assert kinds.index("source-document") < kinds.index("text")
    [text] = [part for part in message["parts"] if part["type"] == "text"]
    assert (text["text"], text["state"]) == (whole.text, "done")
    [end] = whole.of("text-end")
    assert [one["citedText"] for one in text["citations"]] == [
        one["citedText"] for one in end["citations"]
    ]
    [usage] = [part for part in message["parts"] if part["type"] == "data-usage"]
    assert usage["data"] == whole.of("data-usage")[0]["data"]
    assert message["metadata"]["generative"] is True

    assert [part for part in answers[1]["message"]["parts"] if part["type"] == "data-abstain"]
    assert answers[2]["error"] == f"Error: {failed.of('error')[0]['errorText']}"
    assert [part for part in answers[2]["message"]["parts"] if part["type"] == "data-problem"]
    assert answers[3]["error"]
