"""Answers over real sockets: the form of the stream, coming back, stopping, and each way to fail.

After every one of them nothing is reserved, and each turn has one line in the ledger.
"""

from __future__ import annotations

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.main import create_app
from app.services.tutor.language.texts import text
from app.services.tutor.turn import pipeline
from tests.rpc.exam import make_exam
from tests.rpc.support import World, transaction
from tests.support.database import Database
from tests.support.scripted import ScriptedModel
from tests.support.stack import Stack
from tests.support.tutor import Books, Received, Student, TutorService, make_student, tutor_service
from tests.tutor.script import DATABASES, PAGES, QUESTION, SCRIPT, WHOLE_COST, about


def assert_settled(books: Books, *outcomes: str) -> None:
    """One line for each turn, with these outcomes, and nothing reserved any more.

    The service of the stack may register its own model once more in its first minute. A turn that
    begins under another model is refunded and begins again.
    """
    found = [line["outcome"] for line in books.wait(len(outcomes))]
    if found[0] == "refunded" and outcomes[0] != "refunded":
        found = [line["outcome"] for line in books.wait(len(outcomes) + 1)][1:]
    assert found == list(outcomes)
    assert {turn["status"] for turn in books.turns()} == {"settled"}
    assert books.reserved() == 0


@pytest.mark.slow
def test_the_form_of_a_stream(student: Student, books: Books) -> None:
    """Sources before text, text, citations, data, and [DONE]; the row holds the same."""
    got = student.ask(QUESTION, lesson_id=PAGES)
    assert got.status == 200
    assert got.headers["content-type"].startswith("text/event-stream")
    assert got.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert got.headers["cache-control"] == "no-cache, no-transform"
    assert got.headers["x-accel-buffering"] == "no"
    assert got.headers["ratelimit"].startswith('"user-')
    kinds = [part["type"] for part in got.parts]
    first_text = kinds.index("text-start")
    assert kinds[0] == "start"
    assert set(kinds[1:first_text]) == {"source-document", "start-step"}
    assert kinds[-2:] == ["finish-step", "finish"]
    assert "data-usage" in kinds
    assert got.is_done
    assert all(a < b for a, b in pairwise(got.ids))
    [turn] = books.turns()
    assert got.headers["x-run-id"] == str(turn["id"])
    [answer] = books.answers()
    assert (answer["status"], answer["content"]) == ("complete", got.text)
    assert got.parts[0]["messageId"] == str(answer["id"])
    assert_settled(books, "complete")
    [line] = books.ledger()
    assert line["cost_micros"] == WHOLE_COST
    assert not line["is_estimated"]
    [usage] = got.of("data-usage")
    assert usage["data"]["costMicros"] == WHOLE_COST
    assert {quota["scope"] for quota in usage["data"]["quotas"]} == {"user"}


def test_citations_are_checked(student: Student, books: Books) -> None:
    """An invented one is gone and counted; the others point at what they cite, in UTF-16 units."""
    got = student.ask(QUESTION, lesson_id=PAGES)
    assert "[77]" not in got.text
    assert "[1]" in got.text
    sources = {part["sourceId"] for part in got.of("source-document")}
    [end] = got.of("text-end")
    assert len(end["citations"]) >= 2
    units = got.text.encode("utf-16-le")
    for citation in end["citations"]:
        assert citation["source"]["id"] in sources
        claim = units[2 * citation["startIndex"] : 2 * citation["endIndex"]].decode("utf-16-le")
        assert claim.strip()
        assert citation["citedText"]
    [line] = books.wait(1)
    assert line["invalid_citations"] == 1


@pytest.mark.slow
def test_coming_back_after_each_frame(student: Student, books: Books) -> None:
    """Whatever frame was the last one seen, the rest comes without a gap and without a repeat."""
    got = student.ask(QUESTION)
    for index, identifier in enumerate(got.ids):
        rest = student.resume(identifier)
        assert rest.frames == got.frames[index + 1 :]
    assert student.resume(0).frames == got.frames
    assert student.resume().status == 204
    assert_settled(books, "complete")


@pytest.mark.slow
def test_leaving_at_each_frame(student: Student, books: Books) -> None:
    """A reader that leaves after any number of frames finds the whole answer on return."""
    whole = student.ask(QUESTION)

    def leave(most: int) -> None:
        one = replace(student, conversation_id=uuid4())
        first = one.ask(QUESTION, most=most)
        assert len(first.parts) == most
        rest = one.resume(first.ids[-1])
        assert rest.is_done
        kinds = [part["type"] for part in [*first.parts, *rest.parts]]
        assert kinds == [part["type"] for part in whole.parts]
        assert first.text + rest.text == whole.text

    total = len(whole.parts)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(leave, range(1, total)))
    assert {answer["content"] for answer in books.answers()} == {whole.text}
    assert_settled(books, *["complete"] * total)


@pytest.mark.slow
def test_an_answer_is_served_from_the_table(
    stack: Stack,
    service: TutorService,
    student: Student,
    books: Books,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Another process that never saw the run gives the rest of the answer, after any frame."""
    got = student.ask(QUESTION, lesson_id=PAGES)
    with tutor_service(stack, tmp_path_factory.mktemp("other"), SCRIPT) as other:
        student.service = other
        for index, identifier in enumerate(got.ids):
            rest = student.resume(identifier)
            before = Received(200, got.headers, parts=got.parts[: index + 1])
            assert before.text + rest.text == got.text
            tail = [part for part in rest.parts if part["type"] != "text-delta"]
            expected = [part for part in got.parts[index + 1 :] if part["type"] != "text-delta"]
            assert tail == expected
            assert rest.is_done
        assert student.resume().status == 204
        again = student.ask(QUESTION, lesson_id=PAGES, conversation_id=str(student.conversation_id))
        assert again.status == 200
    assert_settled(books, "complete", "complete")


@pytest.mark.slow
def test_an_answer_is_followed_from_another_process(
    stack: Stack, student: Student, books: Books, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Another process shows it as it is saved, and a stop there arrives where it is made."""
    with (
        ThreadPoolExecutor() as pool,
        tutor_service(stack, tmp_path_factory.mktemp("other"), SCRIPT) as other,
    ):
        asked = pool.submit(student.ask, about("slowly"), most=8)
        asked.result()
        there = Student(stack, other, student.user_id, DATABASES, student.conversation_id)
        followed = pool.submit(there.resume)
        time.sleep(1.2)
        assert there.stop().json() == {"status": "stopping"}
        got = followed.result()
    assert got.of("abort")
    assert got.text == books.answers()[0]["content"] != ""
    assert_settled(books, "stopped")


def test_the_same_message_is_the_same_turn(student: Student, books: Books) -> None:
    """Sent again, while it is answered and after, a message has one answer and one line."""
    body = student.body(QUESTION)
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(student.ask, QUESTION, message=body["message"]) for _ in range(4)]
        answers = [one.result() for one in asked]
    answers.append(student.ask(QUESTION, message=body["message"]))
    assert {one.status for one in answers} == {200}
    assert len({one.text for one in answers}) == 1
    assert all(one.is_done for one in answers)
    other = student.ask("Something else?", message=body["message"] | {"text": "Something else?"})
    assert (other.status, json.loads(other.body)["code"]) == (409, "turn_key_reused")
    assert_settled(books, "complete")


def test_a_new_question_stops_the_old_answer(student: Student, books: Books) -> None:
    """Whether its client reads on or has closed the request, the old answer ends and is settled."""
    student.ask(about("slowly"), most=6)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(student.ask, about("slowly"))
        while len(books.answers()) < 2 or not books.answers()[1]["content"]:
            time.sleep(0.05)
        got = student.ask(QUESTION)
    assert asked.result().parts[-1] == {"type": "abort", "reason": "stopped"}
    assert (got.status, got.parts[-1]["type"]) == (200, "finish")
    assert [answer["status"] for answer in books.answers()] == ["stopped", "stopped", "complete"]
    assert_settled(books, "stopped", "stopped", "complete")


@pytest.mark.slow
def test_a_new_question_stops_an_answer_of_another_process(
    stack: Stack, student: Student, books: Books, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The other process ends its answer at its next save; the question waits for that."""
    with tutor_service(stack, tmp_path_factory.mktemp("other"), SCRIPT) as other:
        there = replace(student, service=other)
        there.ask(about("slowly"), most=6)
        got = student.ask(QUESTION)
    assert (got.status, got.parts[-1]["type"]) == (200, "finish")
    assert_settled(books, "stopped", "complete")


def test_questions_at_once(student: Student, books: Books) -> None:
    """Of eight questions at once in a running conversation never two run; the last one answers."""
    student.ask(about("slowly"), most=6)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(student.ask, [QUESTION] * 8))
    assert {one.status for one in answers} <= {200, 409}
    begun = [one for one in answers if one.status == 200]
    assert {json.loads(one.body)["code"] for one in answers if one not in begun} <= {
        "turn_in_progress",
        "conflict",
    }
    assert [one.parts[-1]["type"] for one in begun].count("finish") == 1
    assert {one.parts[-1]["type"] for one in begun} <= {"finish", "abort"}
    # The question before it was stopped before the next one was stored: never two at once.
    stored = books.answers()
    assert [one["status"] for one in stored].count("complete") == 1
    assert stored[-1]["status"] == "complete"
    outcomes = [line["outcome"] for line in books.wait(len(books.turns()))]
    assert outcomes.count("complete") == 1
    assert set(outcomes) <= {"complete", "stopped", "refunded"}
    assert books.reserved() == 0


# The body of `useChat` ----------------------------------------------------------------------------


def said(identifier: str, text: str, role: str = "user") -> dict[str, Any]:
    """A message as a page of the SDK holds it."""
    return {"id": identifier, "role": role, "parts": [{"type": "text", "text": text}]}


def test_the_body_of_use_chat(student: Student, books: Books) -> None:
    """Ids are any text; the last question counts; the same message is the same turn."""
    chat, first = "mB2xLq9RtV4wKc7Z", said("Zk3mPqWv8TnB4aYc", QUESTION)
    got = student.chat(chat, messages=[first], trigger="submit-message")
    assert (got.status, got.parts[-1]["type"]) == (200, "finish")
    assert student.chat(chat, messages=[first], trigger="submit-message").frames == got.frames
    second = said("Hf6sJd1GyU0eXo5N", QUESTION)
    second["parts"].insert(0, {"type": "file"})
    more = [first, said("anything", "Never read.", "assistant"), {"role": "odd"}, second]
    again = student.chat(chat, messages=more, trigger="submit-message")
    assert again.parts[0]["messageId"] != got.parts[0]["messageId"]
    conversations = {part["messageMetadata"]["conversationId"] for part in again.of("start")}
    assert conversations == {got.parts[0]["messageMetadata"]["conversationId"]}
    # The same message id in another chat is another turn.
    other = student.chat("another chat", messages=[first], trigger="submit-message")
    assert other.parts[0]["messageId"] not in {one.parts[0]["messageId"] for one in (got, again)}
    # The stream is found by the id of the chat as well as by that of the conversation.
    assert student.resume(0, conversation=chat).frames == again.frames
    assert student.resume(0, conversation=conversations.pop()).frames == again.frames
    assert_settled(books, "complete", "complete", "complete")


def test_an_id_that_is_a_uuid_stays(student: Student, books: Books) -> None:
    """Conversation and question have the ids of the client."""
    chat, question = str(uuid4()), str(uuid4())
    got = student.chat(chat, messages=[said(question, QUESTION)], trigger="submit-message")
    assert got.parts[0]["messageMetadata"]["conversationId"] == chat
    [turn] = books.turns()
    assert (str(turn["conversation_id"]), str(turn["question_id"])) == (chat, question)


@pytest.mark.parametrize("names_it", [False, True])
def test_regenerate(student: Student, books: Books, names_it: bool) -> None:
    """A new answer to the same question, charged as a turn; a reload gives the new one only."""
    asked = [said("first", QUESTION)]
    old = student.chat("chat", messages=asked, trigger="submit-message")
    named = {"messageId": old.parts[0]["messageId"]} if names_it else {}
    new = student.chat("chat", messages=asked, trigger="regenerate-message", **named)
    assert new.status == 200
    assert new.parts[0]["messageId"] != old.parts[0]["messageId"]
    shown = [row["id"] for row in student.history("chat")]
    assert shown[1:] == [new.parts[0]["messageId"]]
    # The page was loaded again: it knows the question by its id in the history.
    asked[0]["id"] = shown[0]
    newest = student.chat("chat", messages=asked, trigger="regenerate-message")
    assert [row["id"] for row in student.history("chat")][1:] == [newest.parts[0]["messageId"]]
    assert_settled(books, "complete", "complete", "complete")


def test_regenerate_while_it_is_answered(student: Student, books: Books) -> None:
    """The old answer is stopped, and replaced."""
    asked = [said("first", about("slowly"))]
    student.chat("chat", messages=asked, trigger="submit-message", most=6)
    asked[0]["parts"][0]["text"] = QUESTION
    new = student.chat("chat", messages=asked, trigger="regenerate-message")
    assert new.parts[-1]["type"] == "finish"
    assert len(student.history("chat")) == 2
    assert_settled(books, "stopped", "complete")


def test_an_edited_question(student: Student, books: Books) -> None:
    """`sendMessage({ messageId })` replaces the question; without it the id belongs to a turn."""
    asked = [said("first", QUESTION)]
    student.chat("chat", messages=asked, trigger="submit-message")
    asked[0]["parts"][0]["text"] = "Why does a page have 8192 bytes?"
    refused = student.chat("chat", messages=asked, trigger="submit-message")
    assert (refused.status, json.loads(refused.body)["code"]) == (409, "turn_key_reused")
    new = student.chat("chat", messages=asked, trigger="submit-message", messageId="first")
    assert new.status == 200
    [question, answer] = student.history("chat")
    assert question["parts"] == asked[0]["parts"]
    assert answer["id"] == new.parts[0]["messageId"]
    assert_settled(books, "complete", "complete")


@pytest.mark.parametrize(
    "change",
    [
        {"messages": []},
        {"messages": [said("a", "Hello", "assistant")]},
        {"messages": [said("", QUESTION)]},
        {"messages": [said("a", " \n ")]},
        {"messages": [said("a", "x" * 4001)]},
        {"messages": [{"id": "a", "role": "user", "parts": "text"}]},
        {"messages": ["text"]},
        {"messages": None},
        {"trigger": "resume-stream"},
        {"id": ""},
        {"id": "x" * 201},
        {"message": {"id": str(uuid4()), "text": QUESTION}},
    ],
)
def test_a_body_that_is_none(student: Student, change: dict[str, Any]) -> None:
    """422 says what is wrong with the body of `useChat`."""
    chat = {"messages": [said("first", QUESTION)], "trigger": "submit-message"}
    got = student.chat("chat", **{**chat, **change})
    assert (got.status, json.loads(got.body)["code"]) == (422, "validation_failed")


def test_stop(student: Student, books: Books) -> None:
    """A stop ends the answer, saves its text, and charges for that."""
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(student.ask, about("slowly"))
        while not books.answers() or not books.answers()[0]["content"]:
            time.sleep(0.05)
        assert student.stop(run_id=str(uuid4())).json() == {"status": "idle"}
        assert student.stop().json() == {"status": "stopping"}
        got = asked.result()
    assert got.parts[-1] == {"type": "abort", "reason": "stopped"}
    assert got.is_done
    assert student.stop().json() == {"status": "idle"}
    [answer] = books.answers()
    assert (answer["status"], answer["content"]) == ("stopped", got.text)
    [line] = books.wait(1)
    assert line["is_estimated"]
    assert line["output_tokens"] >= len(got.text.encode()) // 3
    assert_settled(books, "stopped")


def test_a_stop_that_comes_too_late(database: Database, student: Student, books: Books) -> None:
    """A stop during settlement is ignored, and readers get the end of the answer."""
    with ThreadPoolExecutor() as pool, transaction(database) as session:
        asked = pool.submit(student.ask, about("pausing"))
        while not books.turns():
            time.sleep(0.02)
        session.all("select from private.tutor_turns where user_id = %s for update", books.user_id)
        while not session.value("select exists (select from pg_locks where not granted)"):
            time.sleep(0.02)
        assert student.stop().json() == {"status": "stopping"}
        time.sleep(0.2)
        session.commit()
        got = asked.result()
    assert got.parts[-1]["type"] == "finish"
    assert got.is_done
    [answer] = books.answers()
    assert (answer["status"], answer["content"]) == ("complete", got.text)
    assert_settled(books, "complete")


@pytest.mark.parametrize(
    ("script", "status", "code", "wait"),
    [("refused", 503, "provider_unavailable", "7"), ("late", 504, "provider_timeout", None)],
)
def test_a_provider_that_does_not_begin(
    student: Student, books: Books, script: str, status: int, code: str, wait: str | None
) -> None:
    """A status before the first byte, no charge, and the message can be sent again."""
    body = student.body(about(script))
    for _ in range(2):
        got = student.ask(about(script), message=body["message"])
        assert (got.status, json.loads(got.body)["code"]) == (status, code)
        assert got.headers.get("retry-after") == wait
    assert_settled(books, "refunded", "refunded")
    assert {(line["requests"], line["cost_micros"]) for line in books.ledger()} == {(0, 0)}
    assert books.answers() == []


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("breaking", "provider_protocol"),
        ("crashing", "internal_error"),
        ("hanging", "provider_timeout"),
    ],
)
def test_a_provider_that_breaks_off(student: Student, books: Books, script: str, code: str) -> None:
    """The text so far is shown and saved, and an error part follows."""
    got = student.ask(about(script))
    assert got.status == 200
    [problem] = got.of("data-problem")
    assert problem["data"]["code"] == code
    assert got.parts[-1]["type"] == "error"
    assert got.is_done
    [answer] = books.answers()
    assert (answer["status"], answer["content"]) == ("failed", got.text)
    assert got.text.strip() == "The page is read."
    assert books.wait(1)[0]["is_estimated"]
    assert_settled(books, "failed")


def test_a_provider_that_does_not_count(student: Student, books: Books) -> None:
    """Missing usage is estimated from bytes, and says so."""
    got = student.ask(about("uncounted"))
    [usage] = got.of("data-usage")
    assert usage["data"]["isEstimated"] is True
    assert usage["data"]["costMicros"] > 0
    assert_settled(books, "complete")


def test_nothing_found_asks_no_model(student: Student, books: Books) -> None:
    """What the lessons do not hold is not asked of the model: it abstains, for nothing."""
    got = student.ask("Which bird lays the largest eggs in Patagonia?")
    [abstain] = got.of("data-abstain")
    assert abstain["data"]["reason"] == "no_support"
    assert got.parts[0]["messageMetadata"]["generative"] is False
    assert got.of("source-document") == []
    [line] = books.wait(1)
    assert (line["is_abstained"], line["cost_micros"], line["requests"]) == (True, 0, 1)
    assert_settled(books, "complete")


def test_distress_is_answered_without_a_model(student: Student, books: Books) -> None:
    """Help, in the language that was written, also by a few words, and no charge."""
    got = student.ask("ich will sterben")
    assert got.text == text("distress", "de")
    assert got.parts[0]["messageMetadata"]["generative"] is False
    [line] = books.wait(1)
    assert (line["outcome"], line["requests"], line["cost_micros"]) == ("refunded", 1, 0)
    assert books.answers()[0]["status"] == "complete"


def course_with_quiz(world: World) -> tuple[UUID, UUID]:
    """A course of a lesson on pages and a quiz; its id and that of the quiz."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    module_id = world.school.module(course_id)
    world.school.lesson(module_id, body="# Pages\n\nA page has 8192 bytes. It is read as a whole.")
    exam = make_exam(world.school, course_id=course_id, owner=owner, learner=owner)
    exam.question("single")
    world.commit()
    return course_id, exam.lesson_id


def start(stack: Stack, student: Student, lesson_id: UUID) -> str:
    """Starts an attempt as the learner; its id."""
    answer = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/start_attempt",
        headers=student.headers | {"apikey": stack.publishable_key},
        json={"lesson_id": str(lesson_id)},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_attempt_locks_the_tutor(stack: Stack, service: TutorService, world: World) -> None:
    """No tutor while an attempt is open; an answer that is running ends when one starts."""
    course_id, lesson_id = course_with_quiz(world)
    student = make_student(stack, service, world.school, course_id)
    world.user_ids.append(student.user_id)
    books = Books(stack.database, student.user_id)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(student.ask, about("slowly"))
        while not books.answers():
            time.sleep(0.02)
        start(stack, student, lesson_id)
        got = asked.result()
    assert got.parts[-1] == {"type": "abort", "reason": "locked"}
    refused = student.ask(QUESTION)
    assert (refused.status, json.loads(refused.body)["code"]) == (423, "tutor_locked")
    help_text = student.ask("I want to kill myself")
    assert "findahelpline.com" in help_text.text
    assert_settled(books, "stopped")


def test_quota(world: World, student: Student, books: Books) -> None:
    """429 names scope, window and reset, in the body and in headers; nothing is stored or lost."""
    world.session.run(
        "update private.tutor_limits set max_amount = 1 where user_id = %s and period = 'day'",
        student.user_id,
    )
    world.commit()
    assert student.ask(QUESTION).status == 200
    got = student.ask(QUESTION)
    assert got.status == 429
    problem = json.loads(got.body)
    assert {
        key: problem[key] for key in ("code", "scope", "period", "meter", "limit", "remaining")
    } == {
        "code": "quota_exceeded",
        "scope": "user",
        "period": "day",
        "meter": "requests",
        "limit": 1,
        "remaining": 0,
    }
    assert problem["reset_at"] > "2026"
    assert 0 < int(got.headers["retry-after"]) <= 86_400
    assert got.headers["ratelimit-policy"] == '"user-day-requests";q=1;w=86400'
    assert got.headers["ratelimit"].startswith('"user-day-requests";r=0;t=')
    assert len(books.answers()) == 1
    assert_settled(books, "complete")


def test_nobody_else_sees_a_run(
    stack: Stack, service: TutorService, world: World, student: Student, books: Books
) -> None:
    """Another learner can neither read, nor stop, nor go on with a conversation."""
    student.ask(about("slowly"), most=6)
    thief = make_student(stack, service, world.school, DATABASES)
    world.user_ids.append(thief.user_id)
    thief.conversation_id = student.conversation_id
    assert thief.resume(0).status == 204
    assert thief.stop().json() == {"status": "idle"}
    taken = thief.ask(QUESTION)
    assert (taken.status, json.loads(taken.body)["code"]) == (404, "conversation_not_found")
    assert not books.ledger()
    assert student.stop().json() == {"status": "stopping"}
    assert_settled(books, "stopped")


@pytest.mark.slow
def test_an_answer_that_nobody_reads_ends(
    stack: Stack,
    world: World,
    student: Student,
    books: Books,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A run goes on without readers for a while, then ends and settles."""
    folder = tmp_path_factory.mktemp("grace")
    with tutor_service(stack, folder, SCRIPT, TUTOR_GRACE_SECONDS="0.5") as other:
        student.service = other
        student.ask(about("slowly"), most=6)
        assert_settled(books, "stopped")
    [answer] = books.answers()
    assert answer["details"]["reason"] == "abandoned"


def test_sigterm_drains(
    stack: Stack, student: Student, books: Books, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Told to end, the service takes no more questions, ends its answers, and settles each."""
    folder = tmp_path_factory.mktemp("drain")
    with (
        ThreadPoolExecutor() as pool,
        tutor_service(stack, folder, SCRIPT, TUTOR_DRAIN_SECONDS="0.5") as other,
    ):
        student.service = other
        asked = pool.submit(student.ask, about("slowly"))
        while not books.answers():
            time.sleep(0.02)
        assert other.terminate() in {0, -15}
        got = asked.result()
    assert got.parts[-1] == {"type": "abort", "reason": "shutdown"}
    assert got.is_done
    assert_settled(books, "stopped")


def test_a_killed_process_is_swept(
    stack: Stack,
    service: TutorService,
    world: World,
    student: Student,
    books: Books,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Killed, it leaves a reservation; the sweep settles it, and what was saved can be read."""
    with tutor_service(stack, tmp_path_factory.mktemp("killed"), SCRIPT) as other:
        student.service = other
        got = student.ask(about("slowly"), most=60)
        other.kill()
    assert not books.ledger()
    assert books.reserved() > 0
    world.session.act("postgres")
    world.session.run(
        "update private.tutor_turns set expires_at = now() where user_id = %s", student.user_id
    )
    assert world.session.value("select private.sweep_tutor_turns()") >= 1
    world.commit()
    assert_settled(books, "expired")
    student.service = service
    rest = student.resume(0)
    assert rest.text
    assert got.text.startswith(rest.text)
    assert rest.parts[-1]["type"] == "error"


@pytest.mark.slow
def test_f2_no_clean_end_before_the_settlement(
    database: Database,
    stack: Stack,
    student: Student,
    books: Books,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """While the database does not answer no `finish` is sent; then it is, and all is stored."""
    folder = tmp_path_factory.mktemp("away")
    with (
        ThreadPoolExecutor() as pool,
        transaction(database) as session,
        tutor_service(stack, folder, SCRIPT, SUPABASE_TIMEOUT_SECONDS="0.5") as other,
    ):
        student.service = other
        asked = pool.submit(student.ask, about("pausing"))
        while not books.turns():
            time.sleep(0.02)
        session.all("select from private.tutor_turns where user_id = %s for update", books.user_id)
        # Four attempts end in this time.
        time.sleep(7)
        assert not asked.done()
        session.commit()
        got = asked.result()
    assert got.parts[-1]["type"] == "finish"
    assert got.of("data-usage")
    [answer] = books.answers()
    assert (answer["status"], answer["content"]) == ("complete", got.text)
    assert_settled(books, "complete")


class Broken(httpx.AsyncHTTPTransport):
    """The network, on which the calls that settle a turn fail, each time in another way."""

    def __init__(self) -> None:
        super().__init__()
        self.is_broken = True
        self.calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as PostgREST and the network do while Postgres restarts."""
        if not (self.is_broken and request.url.path.endswith("/finish_tutor_turn")):
            return await super().handle_async_request(request)
        self.calls += 1
        empty = {"code": "", "details": None, "hint": None, "message": ""}
        stopped = {"code": "57P01", "message": "terminating connection"}
        match self.calls % 4:
            case 0:
                raise httpx.ConnectError("refused")
            case 1:
                return httpx.Response(400, json=empty)
            case 2:
                return httpx.Response(500, json=stopped)
            case _:
                return httpx.Response(503, text="no server is available")


@pytest.mark.slow
async def test_f2_f7_an_outage_that_lasts(
    monkeypatch: pytest.MonkeyPatch,
    stack: Stack,
    student: Student,
    books: Books,
    tmp_path: Path,
) -> None:
    """The stream waits, then says that nothing is saved yet; the service saves it later."""
    script = tmp_path / "script.json"
    script.write_text(json.dumps(SCRIPT))
    settings = Settings(
        _env_file=None,
        supabase_url=stack.supabase_url,
        supabase_publishable_key=SecretStr(stack.publishable_key),
        supabase_secret_key=SecretStr(stack.secret_key),
        supabase_jwt_secret=SecretStr(stack.jwt_secret),
    )
    network = Broken()
    monkeypatch.setattr(pipeline, "PATIENCE_SECONDS", 4.0)
    model = ScriptedModel.from_file(script)
    app = create_app(settings, transport=network, model=model)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lyceum") as client,
    ):
        body = student.body(QUESTION)
        answer = await client.post("/v1/tutor/chat", headers=student.headers, json=body)
        got = Received(answer.status_code, answer.headers)
        for event in answer.text.split("\n\n")[:-1]:
            got.take(event)
        assert [part["type"] for part in got.parts[-2:]] == ["data-problem", "error"]
        assert got.parts[-2]["data"]["code"] == "not_saved_yet"
        assert got.is_done and not got.of("finish")
        assert books.answers()[0]["status"] == "streaming"
        assert not books.ledger()
        assert network.calls >= 4
        network.is_broken = False
        while not books.ledger():
            await asyncio.sleep(0.05)
    [stored] = books.answers()
    assert (stored["status"], stored["content"]) == ("complete", got.text)
    assert books.ledger()[0]["cost_micros"] == WHOLE_COST
    assert_settled(books, "complete")


def test_f3_a_turn_that_the_service_gave_up(
    database: Database, stack: Stack, service: TutorService, student: Student, books: Books
) -> None:
    """A call that commits after the service has answered 503 does not block the same message."""
    message = {"id": str(uuid4()), "text": QUESTION}
    begun = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/begin_tutor_turn",
        headers=student.headers | {"apikey": stack.publishable_key},
        json={
            "conversation_id": str(student.conversation_id),
            "course_id": str(student.course_id),
            "question": QUESTION,
            "turn_key": message["id"],
        },
    )
    assert begun.status_code == 200, begun.text
    refused = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/begin_tutor_turn",
        headers=student.headers | {"apikey": stack.publishable_key},
        json={
            "conversation_id": str(student.conversation_id),
            "course_id": str(student.course_id),
            "question": "Another question?",
            "turn_key": str(uuid4()),
        },
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "turn_in_progress")
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(student.ask, QUESTION, message=message)
        time.sleep(1)
        with transaction(database) as session:
            session.run(
                "update private.tutor_turns set expires_at = now() where user_id = %s",
                student.user_id,
            )
            session.commit()
        got = asked.result(timeout=40)
    assert (got.status, got.parts[-1]["type"]) == (200, "finish")
    assert [answer["content"] for answer in books.answers()] == [got.text]
    assert_settled(books, "expired", "complete")


def test_f5_a_run_is_alive_before_its_first_word(student: Student, books: Books) -> None:
    """While the model has not begun the saver renews the lease of the turn."""
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(student.ask, about("waiting"))
        while not books.turns():
            time.sleep(0.02)
        [first] = books.turns()
        while (now := books.turns()[0])["expires_at"] == first["expires_at"]:
            time.sleep(0.1)
        assert now["status"] == "reserved" and not books.answers()[0]["content"]
        assert asked.result().status == 503
    assert_settled(books, "refunded")


def test_heartbeats(student: Student, service: TutorService) -> None:
    """Frames are framed: each event is an id and one line of data, or a comment."""
    got = student.ask(QUESTION)
    for event in got.frames[:-1]:
        lines = event.split("\n")
        assert lines[0].startswith("id: ") and lines[1].startswith("data: ") and len(lines) == 2
    assert got.frames[-1] == "data: [DONE]"


@pytest.mark.slow
def test_many_at_once(stack: Stack, service: TutorService, world: World) -> None:
    """Forty learners at once each get their own answer and no word of another's."""
    students = [make_student(stack, service, world.school, DATABASES) for _ in range(40)]
    world.user_ids.extend(one.user_id for one in students)
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda one: one.ask(QUESTION), students))
    assert {one.status for one in answers} == {200}
    assert len({one.parts[0]["messageId"] for one in answers}) == 40
    for one in students:
        assert_settled(Books(stack.database, one.user_id), "complete")


def test_the_secrets_are_in_no_log(stack: Stack, service: TutorService, student: Student) -> None:
    """Neither keys nor what learners wrote or read is logged."""
    student.ask("How many bytes does a page have? Zaunkönig")
    student.ask("Ich will nicht mehr leben, Zaunkönig.")
    time.sleep(0.1)
    log = service.log.read_text()
    assert "turn" in log
    for secret in ("Zaunk", stack.secret_key, stack.jwt_secret, "8192 bytes", "findahelpline"):
        assert secret not in log
