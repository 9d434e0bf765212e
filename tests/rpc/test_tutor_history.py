"""The history of a conversation: whose it is, in which order, page by page, and in which form."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import refuse
from tests.rpc.tutoring import QUESTION, Desk
from tests.support.database import Row, Session
from tests.support.school import School

pytestmark = pytest.mark.once

SOURCE = {
    "type": "source-document",
    "sourceId": "s1",
    "mediaType": "text/markdown",
    "title": "Kestrels",
    "providerMetadata": {
        "tutor": {
            "courseId": "c",
            "lessonId": "l",
            "ord": 1,
            "anchor": "kestrels",
            "headingPath": [],
        }
    },
}
CITATION = {"sourceId": "s1", "startIndex": 0, "endIndex": 6, "citedText": "A bird"}


@pytest.fixture
def desk(db: Session, school: School) -> Desk:
    """A course to ask about."""
    return Desk(db, school)


def history(desk: Desk, talk: UUID, **more: Any) -> list[Row]:
    """The history as the learner reads it."""
    return desk.student().rpc("tutor_history", conversation_id=talk, **more)


def talk_of(desk: Desk, count: int) -> UUID:
    """A conversation of so many questions with answers."""
    talk = uuid4()
    for number in range(count):
        turn = desk.ask(conversation_id=talk, question=f"Question {number}?")
        desk.finish(turn, content=f"Answer {number}.")
    return talk


def test_a_question_and_its_answer(desk: Desk) -> None:
    """Sources, step, text with citations in both places, data, usage; metadata with the cost."""
    turn = desk.ask()
    data = [{"type": "data-suggestions", "data": {"items": ["And its nest?"]}}]
    details = {"metadata": {"generative": False}, "sources": [SOURCE], "data": data, "rung": 3}
    usage = desk.finish(turn, content="A bird.", citations=[CITATION], details=details)["usage"]
    question, answer = history(desk, UUID(turn["conversation_id"]))
    assert (question["role"], question["metadata"]) == ("user", None)
    assert question["parts"] == [{"type": "text", "text": QUESTION}]
    assert (str(answer["id"]), answer["role"]) == (turn["message_id"], "assistant")
    assert answer["metadata"] == {"generative": False, "costMicros": usage["costMicros"]}
    kinds = ["source-document", "step-start", "text", "data-suggestions", "data-usage"]
    assert [part["type"] for part in answer["parts"]] == kinds
    text = answer["parts"][2]
    assert (text["text"], text["state"]) == ("A bird.", "done")
    [cited] = text["citations"]
    assert cited["source"]["title"] == "Kestrels"
    assert (cited["startIndex"], cited["endIndex"], cited["citedText"]) == (0, 6, "A bird")
    assert text["providerMetadata"] == {"tutor": {"citations": [cited]}}
    assert answer["parts"][4]["data"] == usage


@pytest.mark.parametrize(
    ("status", "problem"),
    [("stopped", None), ("failed", {"code": "provider_timeout", "detail": "Too slow."})],
)
def test_an_answer_that_broke_off(desk: Desk, status: str, problem: Row | None) -> None:
    """It is in the history with what it has; a failed one says why."""
    turn = desk.ask()
    details = {"metadata": {"generative": True}} | ({"problem": problem} if problem else {})
    desk.finish(turn, status, content="A", details=details)
    answer = history(desk, UUID(turn["conversation_id"]))[1]
    assert answer["metadata"] == {"generative": True}
    shown = [part["data"] for part in answer["parts"] if part["type"] == "data-problem"]
    assert shown == ([problem] if problem else [])


def test_an_answer_in_progress_is_left_to_the_stream(desk: Desk) -> None:
    """The question is there, the answer comes when it has ended; a lost one says so."""
    turn = desk.ask()
    talk = UUID(turn["conversation_id"])
    assert [row["role"] for row in history(desk, talk)] == ["user"]
    desk.save(turn, "A bird")
    desk.expire(turn)
    assert desk.sweep() >= 1
    parts = history(desk, talk)[1]["parts"]
    assert parts[1]["text"] == "A bird"
    assert parts[-1]["data"]["code"] == "answer_lost"


def test_pages(desk: Desk) -> None:
    """Each message comes once, oldest first, whatever is added between two pages."""
    talk = talk_of(desk, 3)
    seen: list[Row] = []
    cursor = None
    while page := history(desk, talk, page_size=2, cursor=cursor):
        assert len(page) <= 2
        if not seen:
            desk.finish(desk.ask(conversation_id=talk, question="Question 3?"), content="Answer 3.")
        seen += page
        cursor = page[-1]["cursor"]
    texts = [part["text"] for row in seen for part in row["parts"] if part["type"] == "text"]
    assert texts == [
        f"{kind} {n}{end}"
        for n in range(4)
        for kind, end in zip(("Question", "Answer"), "?.", strict=True)
    ]
    assert len({row["id"] for row in seen}) == 8


def test_what_was_replaced_is_gone(desk: Desk) -> None:
    """A regenerated answer stands where the old one stood."""
    talk, key = uuid4(), str(uuid4())
    desk.finish(desk.ask(conversation_id=talk, turn_key=key), content="A bird.")
    again = desk.ask(conversation_id=talk, turn_key=key, is_regenerated=True)
    desk.finish(again, content="A falcon.")
    question, answer = history(desk, talk)
    assert question["parts"][0]["text"] == QUESTION
    assert answer["parts"][1]["text"] == "A falcon."


def test_it_is_for_its_owner(desk: Desk) -> None:
    """Another learner, staff and an admin find no such conversation; nobody without an account."""
    talk = talk_of(desk, 1)
    for who in (desk.another(), desk.owner, desk.school.user("admin")):
        session = desk.session.act(user_id=who)
        refuse(session, "tutor_history", "conversation_not_found", conversation_id=talk)
    refuse(desk.student(), "tutor_history", "conversation_not_found", conversation_id=uuid4())
    refuse(desk.session.act(), "tutor_history", "not_authenticated", conversation_id=talk)
    desk.student().run("delete from public.tutor_conversations where id = %s", talk)
    refuse(desk.student(), "tutor_history", "conversation_not_found", conversation_id=talk)


def test_a_page_has_a_form(desk: Desk) -> None:
    """Sizes from 1 to 200; the cursor of another conversation belongs to no page of this one."""
    talk, other = talk_of(desk, 1), talk_of(desk, 1)
    for size in (0, 201, None):
        refuse(
            desk.student(), "tutor_history", "invalid_page", conversation_id=talk, page_size=size
        )
    cursor = history(desk, other)[0]["cursor"]
    for wrong in (cursor, "", "x"):
        refuse(
            desk.student(), "tutor_history", "invalid_cursor", conversation_id=talk, cursor=wrong
        )


def test_a_message_of_an_older_form_is_shown(desk: Desk) -> None:
    """Without sources or metadata an answer has its step and its text."""
    turn = desk.ask()
    desk.server().rpc(
        "finish_tutor_turn",
        turn_id=turn["turn_id"],
        status="complete",
        content="A bird.",
        citations=Jsonb([CITATION]),
    )
    answer = history(desk, UUID(turn["conversation_id"]))[1]
    assert [part["type"] for part in answer["parts"]] == ["step-start", "text", "data-usage"]
    assert answer["parts"][1]["citations"] == []
