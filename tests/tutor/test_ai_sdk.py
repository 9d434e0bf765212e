"""Recorded streams, parsed by the client of the AI SDK that pages use."""

from __future__ import annotations

import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.cluster import ROOT
from tests.support.stack import Stack
from tests.support.tutor import Books, Received, Student, register_model, tutor_service
from tests.tutor.script import PAGES, QUESTION, about

pytestmark = pytest.mark.slow


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


def stripped(value: Any) -> Any:
    """JSON without the keys that hold null."""
    if isinstance(value, dict):
        return {key: stripped(one) for key, one in value.items() if one is not None}
    return [stripped(one) for one in value] if isinstance(value, list) else value


def test_the_history_holds_what_was_streamed(
    stack: Stack, student: Student, books: Books, tmp_path: Path
) -> None:
    """For each way to end, the stored message equals the one that the SDK assembles."""
    streamed = [
        student.ask(QUESTION, lesson_id=PAGES),
        student.ask(about("breaking")),
        student.ask(about("hanging")),
        student.ask("Which bird lays the largest eggs in Patagonia?"),
        student.ask("Ich will nicht mehr leben."),
    ]
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(student.ask, about("slowly"))
        while len(books.answers()) < 6 or not books.answers()[5]["content"]:
            time.sleep(0.05)
        student.stop()
        streamed.append(asked.result())
    with tutor_service(stack, tmp_path) as quoting:
        student.service = quoting
        streamed.append(student.ask(QUESTION, lesson_id=PAGES, mode="explain"))
        streamed.append(student.ask(QUESTION, lesson_id=PAGES, mode="summarize"))
    register_model(stack, "scripted", "scripted")
    kinds = [one.parts[-1]["type"] for one in streamed]
    assert kinds == ["finish", "error", "error", "finish", "finish", "abort", "finish", "finish"]
    stored = student.history(str(student.conversation_id))
    assert [row["role"] for row in stored] == ["user", "assistant"] * len(streamed)
    messages = [answer["message"] for answer in parse(*streamed)]
    fields = ("id", "role", "metadata", "parts")
    assert [stripped({name: row[name] for name in fields}) for row in stored[1::2]] == [
        stripped(message) for message in messages
    ]

    assert "“" in streamed[-1].text
    # Quoted answers have no numbers in their text; their citations point at the quotations.
    for one in streamed[-2:]:
        assert one.parts[0]["messageMetadata"]["generative"] is False
        assert not re.search(r"\[\d", one.text)
        [end] = one.of("text-end")
        units = one.text.encode("utf-16-le")
        assert end["citations"]
        for cited in end["citations"]:
            quoted = units[2 * cited["startIndex"] : 2 * cited["endIndex"]].decode("utf-16-le")
            # Empty where the text only points to the passage.
            assert cited["citedText"] in {quoted, ""}
        assert end["providerMetadata"] == {"tutor": {"citations": end["citations"]}}
