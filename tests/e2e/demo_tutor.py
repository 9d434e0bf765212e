"""The part of `make demo` in which a learner asks the tutor."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

Part = dict[str, Any]


@dataclass
class Answer:
    """The result of one question: the parts of a stream, or a problem."""

    status: int
    parts: list[Part] = field(default_factory=list)
    problem: Part = field(default_factory=dict)

    def of(self, kind: str) -> list[Part]:
        """The parts of one type."""
        return [part for part in self.parts if part["type"] == kind]

    @property
    def text(self) -> str:
        """The text of the answer."""
        return "".join(part["delta"] for part in self.of("text-delta"))


def ask(service: httpx.Client, course_id: str, text: str, **more: Any) -> Answer:
    """Ask in a new conversation, and read the stream to its end."""
    body = {
        "conversation_id": str(uuid4()),
        "course_id": course_id,
        "message": {"id": str(uuid4()), "text": text},
        **more,
    }
    with service.stream("POST", "/v1/tutor/chat", json=body) as response:
        if response.status_code != 200:
            return Answer(response.status_code, problem=json.loads(response.read()))
        parts = [
            json.loads(line[6:])
            for line in response.iter_lines()
            if line.startswith("data: ") and line != "data: [DONE]"
        ]
    return Answer(200, parts)


def tutor_journey(
    service: httpx.Client,
    databases: str,
    planets: str,
    start_attempt: Callable[[], str],
    submit_attempt: Callable[[str], Any],
    set_limit: Callable[[int], Any],
    step: Callable[[str, bool], None],
) -> None:
    """A cited answer, an abstention, a refusal while a quiz is open, and an exhausted quota."""
    meta = service.get("/v1/meta").json()["tutor"]
    step(f"the tutor quotes and generates nothing: {meta['label']}", not meta["generative"])
    answer = ask(service, databases, "What does a leaf of a B-tree know of its neighbours?")
    sources, [end] = answer.of("source-document"), answer.of("text-end")
    cited = end["citations"]
    step(
        f"an answer in {len(answer.of('text-delta'))} pieces, {len(sources)} sources before it",
        answer.parts[1]["type"] == "source-document" and bool(answer.text),
    )
    step(
        f"it quotes {cited[0]['source']['title']}: “{cited[0]['citedText']}”",
        all(one["citedText"] in answer.text for one in cited),
    )
    nothing = ask(service, databases, "Which bird lays the largest eggs in Patagonia?")
    step(
        "what no lesson holds is not answered",
        bool(nothing.of("data-abstain")) and not nothing.of("source-document"),
    )
    attempt_id = start_attempt()
    locked = ask(service, planets, "Which planet is the largest?")
    step(
        f"while an attempt is open: {locked.status} {locked.problem.get('code')}",
        (locked.status, locked.problem["code"]) == (423, "tutor_locked"),
    )
    submit_attempt(attempt_id)
    set_limit(1)
    first = ask(service, planets, "Which planet is the largest?")
    second = ask(service, planets, "And which one is the smallest?")
    problem = second.problem
    step(
        f"after {problem.get('limit')} question a {problem.get('window')}: {second.status} "
        f"{problem.get('code')}, until {problem.get('reset_at')}",
        (first.status, second.status, problem["scope"]) == (200, 429, "user_course"),
    )
    left = service.get("/v1/tutor/quota", params={"course_id": planets}).json()
    used = {quota["scope"]: quota for quota in left["quotas"] if quota["period"] == "day"}
    step(
        f"elsewhere {used['user']['remaining']} questions are left today",
        used["user_course"]["remaining"] == 0 and used["user"]["remaining"] > 0,
    )
