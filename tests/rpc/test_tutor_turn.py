"""A turn of the tutor: access, context, saved answers, and what is withheld."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import answer, refuse
from tests.rpc.tutoring import BODY, CONTEXT, QUESTION, Desk, ask, refused_by
from tests.support.database import Row, Session, told
from tests.support.school import School, insert

pytestmark = pytest.mark.once


@pytest.fixture
def desk(db: Session, school: School) -> Desk:
    """A course to ask about."""
    desk = Desk(db, school)
    desk.protect_other_turns()
    return desk


def quiz(desk: Desk, **rules: Any) -> Exam:
    """A quiz in the course, with one question, of its learner."""
    exam = make_exam(
        desk.school,
        course_id=desk.course_id,
        owner=desk.owner,
        learner=desk.learner,
        lesson={"is_required": False},
        **rules,
    )
    exam.question("true_false")
    return exam


# What a turn says -------------------------------------------------------------------------------


def test_a_turn_names_what_it_is(desk: Desk) -> None:
    """The answer holds ids, model, estimate, context and quotas; the question is stored."""
    key, talk = uuid4(), uuid4()
    turn = desk.ask(conversation_id=talk, lesson_id=desk.lesson_id, turn_key=str(key))
    assert set(turn) == {
        *("turn_id", "message_id", "conversation_id", "is_replay", "status", "expires_at", "model"),
        *("estimate_micros", "course", "quotas", *CONTEXT),
    }
    assert (turn["is_replay"], turn["status"]) == (False, "streaming")
    assert turn["conversation_id"] == str(talk)
    assert turn["model"] == {
        "provider": "extractive",
        "name": "extractive",
        "max_output_tokens": 800,
    }
    assert turn["estimate_micros"] == 0
    assert turn["course"]["id"] == str(desk.course_id)
    question, message = desk.messages(talk)
    assert (question["id"], question["role"], question["content"]) == (key, "user", QUESTION)
    assert question["status"] == "complete"
    assert (str(message["id"]), message["role"]) == (turn["message_id"], "assistant")
    assert (message["content"], message["status"]) == ("", "streaming")
    assert (message["citations"], message["details"]) == ([], {})
    assert question["user_id"] == message["user_id"] == desk.learner


def test_a_conversation_is_named_after_its_first_question(desk: Desk) -> None:
    """The title is one line of at most 80 characters, and stays; updated_at goes on."""
    talk = uuid4()
    turn = desk.ask(
        conversation_id=talk, lesson_id=desk.lesson_id, question=" What\n is " + "x" * 99
    )
    first = desk.root().one("select * from public.tutor_conversations where id = %s", talk)
    assert first["title"] == ("What is " + "x" * 99)[:80]
    assert (first["course_id"], first["lesson_id"]) == (desk.course_id, desk.lesson_id)
    desk.finish(turn)
    desk.ask(conversation_id=talk, question="And then?")
    second = desk.root().one("select * from public.tutor_conversations where id = %s", talk)
    assert (second["title"], second["lesson_id"]) == (first["title"], desk.lesson_id)
    assert second["updated_at"] > first["updated_at"]


@pytest.mark.once
@pytest.mark.parametrize("key", ["a key of mine", "{not-a-uuid}", "x" * 200])
def test_a_key_that_is_no_uuid_is_no_id(desk: Desk, key: str) -> None:
    """The question gets an id of its own, and the key is a key all the same."""
    talk = uuid4()
    turn = desk.ask(conversation_id=talk, turn_key=key)
    assert desk.messages(talk)[0]["id"] != key
    assert desk.turn(turn)["turn_key"] == key


def test_a_key_that_somebody_has_is_no_id(desk: Desk) -> None:
    """With the id of a message of anybody as key the question gets another id."""
    key = str(uuid4())
    desk.ask(turn_key=key)
    other, talk = desk.another(), uuid4()
    turn = desk.ask(other, conversation_id=talk, turn_key=key)
    assert turn["is_replay"] is False
    question, _ = desk.messages(talk)
    assert question["user_id"] == other and str(question["id"]) != key


def test_a_turn_holds_passages_and_words(desk: Desk) -> None:
    """The lesson, its passages with numbers from 1, the words asked, and what is near."""
    turn = desk.ask(lesson_id=desk.lesson_id)
    assert turn["lesson"]["id"] == str(desk.lesson_id)
    assert turn["lesson"]["body"] == BODY
    passage = turn["passages"][0]
    assert set(passage) == {
        *("number", "lesson_id", "ord", "lesson_title", "heading_path", "anchor", "source", "body"),
        *("support", "likeness"),
    }
    assert [one["number"] for one in turn["passages"]] == [*range(1, len(turn["passages"]) + 1)]
    assert (passage["lesson_id"], passage["support"]) == (str(desk.lesson_id), 1)
    assert turn["passage_count"] == 1
    words = {one["word"]: one["frequency"] for one in turn["words"]}
    assert words == {"what": None, "is": None, "a": None, "kestrel": 1}
    assert turn["closest"] == [{"lesson_id": str(desk.lesson_id), "title": turn["lesson"]["title"]}]
    assert desk.ask()["lesson"] is None


def test_a_word_of_a_question_has_its_correction(desk: Desk) -> None:
    """A word that no passage contains comes with the one that was meant, if there is one."""
    words = {one["word"]: one for one in desk.ask(question="a kestrle in Paris")["words"]}
    meant = ("meant", "meant_frequency")
    assert [words["kestrle"][key] for key in ("frequency", *meant)] == [0, "kestrel", 1]
    assert [words["paris"][key] for key in ("frequency", *meant)] == [0, None, None]


def test_the_open_lesson_comes_first(desk: Desk) -> None:
    """Of two lessons that say the same, the passages of the current one come first."""
    other = desk.school.lesson(desk.module_id, body=BODY)
    for lesson_id in (desk.lesson_id, other):
        turn = desk.ask(lesson_id=lesson_id)
        assert turn["passages"][0]["lesson_id"] == str(lesson_id)
        assert len(turn["closest"]) == 2


@pytest.mark.once
@pytest.mark.parametrize(
    "question", ["?", "the of a", "zzyzx", "日本語", "x" * 4000, "' or true --"]
)
def test_any_text_is_a_question(desk: Desk, question: str) -> None:
    """Marks, small words, unknown words and long ones begin a turn as well."""
    turn = desk.ask(question=question, lesson_id=desk.lesson_id)
    assert turn["status"] == "streaming"


def test_a_long_lesson_is_cut(desk: Desk) -> None:
    """At most 18,000 characters of a lesson are in the context."""
    text = "\n\n".join(f"## Part {n}\n\nA kestrel has {n} feathers. " * 20 for n in range(80))
    lesson_id = desk.school.lesson(desk.module_id, body=text)
    turn = desk.ask(lesson_id=lesson_id)
    assert len(turn["lesson"]["body"]) == 18000
    assert len(turn["passages"]) == 12


# What is refused --------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    "given",
    [
        {"conversation_id": None},
        {"course_id": None},
        {"question": None},
        {"question": " \n\t"},
        {"question": "x" * 4001},
        {"mode": "solve"},
        {"mode": ""},
        {"turn_key": None},
        {"turn_key": ""},
        {"turn_key": "x" * 201},
    ],
)
def test_a_turn_has_a_form(desk: Desk, given: Row) -> None:
    """Without conversation, course, question and key, or with an unknown mode: invalid_turn."""
    arguments = desk.question(**given)
    refuse(desk.student(), "begin_tutor_turn", "invalid_turn", **arguments)


def test_nobody_asks_without_an_account(desk: Desk) -> None:
    """Without a user, or with one whose account is gone: not_authenticated."""
    arguments = desk.question()
    refuse(desk.session.act(), "begin_tutor_turn", "not_authenticated", **arguments)
    refuse(desk.student(uuid4()), "begin_tutor_turn", "not_authenticated", **arguments)
    refuse(desk.session.act(), "tutor_quota", "not_authenticated")
    refuse(desk.session.act(), "stop_tutor_turn", "not_authenticated", conversation_id=uuid4())


def test_a_course_that_is_hidden_is_none(desk: Desk) -> None:
    """An unknown course and a draft of others: course_not_found in both cases."""
    outsider = desk.school.user()
    draft = Desk(desk.session, desk.school, is_published=False)
    for course_id in (uuid4(), draft.course_id):
        given = desk.question(course_id=course_id)
        refuse(desk.student(outsider), "begin_tutor_turn", "course_not_found", **given)
        refuse(desk.session, "tutor_quota", "course_not_found", course_id=course_id)


def seats(desk: Desk) -> dict[str, UUID]:
    """People who have no seat in the course, or no right to it."""
    people = {"outsider": desk.school.user()}
    for status in ("pending", "waitlisted", "withdrawn"):
        people[status] = desk.school.user()
        # Given first: a right that comes later would take the free seat.
        insert(
            desk.session,
            "entitlements",
            user_id=people[status],
            course_id=desk.course_id,
            source="staff",
        )
        desk.school.enroll(people[status], desk.course_id, status)
    for name, setting in (
        ("future", "starts_at = now() + interval '1 day'"),
        ("expired", "expires_at = now() - interval '1 second', starts_at = '2020-01-01'"),
        ("revoked", "revoked_at = now()"),
    ):
        people[name] = desk.another()
        desk.root().run(
            f"update public.entitlements set {setting} where user_id = %s", people[name]
        )
    return people


@pytest.mark.once
@pytest.mark.parametrize(
    "who", ["outsider", "pending", "waitlisted", "withdrawn", "future", "expired", "revoked"]
)
def test_the_tutor_is_for_enrolled_learners(desk: Desk, who: str) -> None:
    """Neither a state that holds no seat nor a right that is not valid: not_enrolled."""
    user_id = seats(desk)[who]
    for lesson_id in (None, desk.lesson_id):
        given = desk.question(lesson_id=lesson_id)
        refuse(desk.student(user_id), "begin_tutor_turn", "not_enrolled", **given)
    assert (
        desk.root().all("select * from public.tutor_conversations where user_id = %s", user_id)
        == []
    )


def test_a_learner_who_completed_the_course_may_ask(desk: Desk) -> None:
    """A completed enrollment with a valid right is as good as an active one."""
    desk.root().run(
        "update public.enrollments set status = 'completed', completed_at = now(), "
        "completed_version = 1 where user_id = %s",
        desk.learner,
    )
    assert desk.ask()["passages"]


def test_a_lesson_is_one_of_the_course_and_open(desk: Desk, school: School) -> None:
    """Unknown, of another course or a draft: lesson_not_found; not open yet: lesson_locked."""
    elsewhere = Desk(desk.session, school)
    school.enroll(desk.learner, elsewhere.course_id)
    draft = school.lesson(desk.module_id, is_published=False)
    for lesson_id in (uuid4(), elsewhere.lesson_id, draft):
        given = desk.question(lesson_id=lesson_id)
        refuse(desk.student(), "begin_tutor_turn", "lesson_not_found", **given)
    later = school.lesson(desk.module_id, release_at="2100-01-01")
    gated = school.lesson(desk.module_id)
    insert(desk.session, "lesson_prerequisites", lesson_id=gated, prerequisite_id=desk.lesson_id)
    for lesson_id in (later, gated):
        given = desk.question(lesson_id=lesson_id)
        refuse(desk.student(), "begin_tutor_turn", "lesson_locked", **given)
    # Nothing is left of what was refused.
    for table in ("public.tutor_conversations", "private.tutor_turns"):
        assert desk.root().all(f"select * from {table} where course_id = %s", desk.course_id) == []


def test_staff_turn_the_tutor_off(desk: Desk) -> None:
    """Off, it refuses everybody, staff too, and no more when it is on again."""
    desk.staff().rpc("save_tutor_settings", course_id=desk.course_id, is_enabled=False)
    for user_id in (desk.learner, desk.owner):
        refuse(desk.student(user_id), "begin_tutor_turn", "tutor_disabled", **desk.question())
    quota = answer(desk.student(), "tutor_quota", course_id=desk.course_id)
    assert (quota["is_enabled"], quota["max_support_level"]) == (False, "high")
    assert quota["is_locked"] is False
    desk.staff().rpc("save_tutor_settings", course_id=desk.course_id, is_enabled=True)
    assert desk.ask()["turn_id"]


def test_a_conversation_has_one_owner_and_one_course(desk: Desk, school: School) -> None:
    """The id of somebody else's, or of one's own in another course: conversation_not_found."""
    talk = uuid4()
    desk.finish(desk.ask(conversation_id=talk))
    other = desk.another()
    given = desk.question(conversation_id=talk)
    refuse(desk.student(other), "begin_tutor_turn", "conversation_not_found", **given)
    elsewhere = Desk(desk.session, school)
    school.enroll(desk.learner, elsewhere.course_id)
    given = elsewhere.question(conversation_id=talk)
    refuse(desk.student(), "begin_tutor_turn", "conversation_not_found", **given)
    assert len(desk.messages(talk)) == 2


def test_one_turn_at_a_time(desk: Desk) -> None:
    """A second question waits for the end of the first; in another conversation it does not."""
    talk = uuid4()
    turn = desk.ask(conversation_id=talk)
    given = desk.question(conversation_id=talk)
    refuse(desk.student(), "begin_tutor_turn", "turn_in_progress", **given)
    assert answer(desk.student(), "stop_tutor_turn", conversation_id=talk) is True
    refuse(desk.student(), "begin_tutor_turn", "turn_in_progress", **given)
    assert desk.ask()["turn_id"]
    desk.finish(turn, "stopped")
    assert ask(desk.student(), **given)["turn_id"]


def test_an_expired_turn_is_settled_by_the_next_question(desk: Desk) -> None:
    """A turn that expired is settled by the next question of the conversation."""
    talk = uuid4()
    first = desk.ask(conversation_id=talk)
    desk.save(first, "A kestrel is")
    desk.expire(first)
    second = desk.ask(conversation_id=talk, question="And then?")
    (line,) = desk.ledger(first)
    assert (line["outcome"], line["is_estimated"]) == ("expired", True)
    assert [one["status"] for one in desk.messages(talk)] == [
        *("complete", "failed", "complete", "streaming"),
    ]
    assert desk.turn(first)["status"] == "settled"
    assert desk.used("user", "day") == [(1, 1)]
    assert desk.turn(second)["status"] == "reserved"


@pytest.mark.once
def test_f5_a_running_turn_says_when_it_expires(desk: Desk) -> None:
    """409 turn_in_progress has the seconds of the lease, 30 at most, also as Retry-After."""
    talk = uuid4()
    turn = desk.ask(conversation_id=talk)
    given = desk.question(conversation_id=talk)
    wait = refused_by(desk.student(), "turn_in_progress", **given)
    assert 25 <= wait["retry_after"] <= 30
    desk.set_turn(turn, "expires_at = clock_timestamp() + interval '3 seconds'")
    wait = refused_by(desk.student(), "turn_in_progress", **given)
    assert 1 <= wait["retry_after"] <= 3
    desk.save(turn)
    wait = refused_by(desk.student(), "turn_in_progress", **given)
    assert 25 <= wait["retry_after"] <= 30


# The same key -----------------------------------------------------------------------------------


@pytest.mark.parametrize("settled", ["by nobody", "by the sweep", "by another question"])
def test_f3_a_turn_that_nobody_ran_begins_anew(desk: Desk, settled: str) -> None:
    """A turn that expires without a word does not block its key: the question is asked once."""
    given = desk.question()
    lost = ask(desk.student(), **given)
    again = ask(desk.student(), **given)
    assert (again["is_replay"], again["turn_id"]) == (True, lost["turn_id"])
    desk.expire(lost)
    questions = 1
    if settled == "by the sweep":
        desk.protect_other_turns()
        desk.expire(lost)
        assert desk.sweep() == 1
    elif settled == "by another question":
        other = desk.ask(conversation_id=given["conversation_id"], question="And an eagle?")
        desk.finish(other, content="A bird")
        questions = 2
    again = ask(desk.student(), **given)
    assert again["is_replay"] is False and again["turn_id"] != lost["turn_id"]
    assert [one["outcome"] for one in desk.ledger(lost)] == ["expired"]
    messages = desk.messages(given["conversation_id"])
    assert len(messages) == 2 * questions
    assert str(messages[-2]["id"]) == given["turn_key"]
    desk.finish(again, content="A bird")
    assert ask(desk.student(), **given)["status"] == "complete"


def test_f3_what_was_said_is_not_asked_again(desk: Desk) -> None:
    """Content or details that were saved stay with the key, and another question is refused."""
    for content, details in (("A kestrel", None), (None, {"rung": 1})):
        given = desk.question()
        turn = ask(desk.student(), **given)
        desk.save(turn, content, details)
        desk.expire(turn)
        again = ask(desk.student(), **given)
        assert (again["is_replay"], again["turn_id"]) == (True, turn["turn_id"])
    given = desk.question()
    desk.expire(ask(desk.student(), **given))
    given["question"] = "Something else?"
    refuse(desk.student(), "begin_tutor_turn", "turn_key_reused", **given)


def test_the_same_key_is_the_same_turn(desk: Desk) -> None:
    """A question that comes again gets its turn, where it is now, without the context."""
    given = desk.question(lesson_id=desk.lesson_id, mode="hint")
    turn = ask(desk.student(), **given)
    again = ask(desk.student(), **given)
    assert set(turn) - set(again) == {*CONTEXT, "quotas"}
    assert again["is_replay"] is True
    assert again["model"] == {"provider": "extractive", "name": "extractive"}
    for name in ("turn_id", "message_id", "conversation_id", "status", "course", "estimate_micros"):
        assert again[name] == turn[name]
    desk.finish(turn, "stopped", content="A kestrel")
    assert ask(desk.student(), **given)["status"] == "stopped"
    assert len(desk.messages(given["conversation_id"])) == 2
    assert desk.used("user", "day") == [(0, 1)]


@pytest.mark.once
@pytest.mark.parametrize(
    "change",
    [
        {"question": "What is it?"},
        {"mode": "hint"},
        {"mode": None, "lesson_id": None},
        {"conversation_id": "00000000-0000-4000-8000-000000000001"},
        {"course_id": "00000000-0000-4000-8000-000000000001"},
    ],
)
def test_a_key_is_for_one_question(desk: Desk, change: Row) -> None:
    """Something else with a key that was used: turn_key_reused."""
    given = desk.question(lesson_id=desk.lesson_id)
    desk.finish(ask(desk.student(), **given))
    refuse(desk.student(), "begin_tutor_turn", "turn_key_reused", **{**given, **change})


def test_a_key_is_of_one_person(desk: Desk) -> None:
    """Two people may use the same key."""
    first = desk.ask(turn_key="key")
    second = desk.ask(desk.another(), turn_key="key")
    assert first["turn_id"] != second["turn_id"]


def test_a_course_that_went_away_is_not_replayed(desk: Desk) -> None:
    """The key of a turn whose course is hidden or deleted: course_not_found."""
    given = desk.question()
    desk.finish(ask(desk.student(), **given))
    desk.root().run("delete from public.enrollments where course_id = %s", desk.course_id)
    desk.session.run("delete from public.entitlements where course_id = %s", desk.course_id)
    desk.session.run("delete from public.courses where id = %s", desk.course_id)
    refuse(desk.student(), "begin_tutor_turn", "course_not_found", **given)


# Another answer to the same question -------------------------------------------------------------


def current(desk: Desk, talk: UUID) -> list[str]:
    """The contents of the current history of a conversation."""
    return [one["content"] for one in desk.messages(talk) if one["superseded_by"] is None]


def regenerate(desk: Desk, given: Row, **changes: Any) -> Row:
    """A turn of the learner that replaces the one with this key."""
    turn: Row = ask(desk.student(), **{**given, "is_regenerated": True, **changes})
    return turn


def test_a_new_answer_replaces_what_followed_the_question(desk: Desk) -> None:
    """The question, its answer and later messages leave the history; each turn is charged."""
    talk = uuid4()
    given = desk.question(conversation_id=talk)
    desk.finish(desk.ask(conversation_id=talk, question="Before?"), content="Before.")
    desk.finish(ask(desk.student(), **given), content="A bird.")
    desk.finish(desk.ask(conversation_id=talk, question="And then?"), content="Then.")
    turn = regenerate(desk, given)
    assert turn["is_replay"] is False
    assert [one["content"] for one in turn["history"]] == ["Before?", "Before."]
    desk.finish(turn, content="A falcon.")
    assert current(desk, talk) == ["Before?", "Before.", QUESTION, "A falcon."]
    replaced = [one for one in desk.messages(talk) if one["superseded_by"] is not None]
    assert [one["content"] for one in replaced] == [QUESTION, "A bird.", "And then?", "Then."]
    assert {str(one["superseded_by"]) for one in replaced} == {turn["message_id"]}
    assert desk.used("user", "day") == [(0, 4)]
    # The key now names the latest turn.
    again = ask(desk.student(), **given)
    assert (again["is_replay"], again["turn_id"]) == (True, turn["turn_id"])


def test_a_question_can_be_edited(desk: Desk) -> None:
    """With another text the key names the edited question from then on."""
    talk = uuid4()
    given = desk.question(conversation_id=talk)
    desk.finish(ask(desk.student(), **given), content="A bird.")
    desk.finish(regenerate(desk, given, question="What is prey?"), content="Food.")
    assert current(desk, talk) == ["What is prey?", "Food."]
    desk.finish(regenerate(desk, given, question="What is prey?"), content="A catch.")
    assert current(desk, talk) == ["What is prey?", "A catch."]


def test_a_question_is_named_by_its_id_in_the_history(desk: Desk) -> None:
    """After a reload a page knows the id of the stored question only."""
    talk = uuid4()
    given = desk.question(conversation_id=talk, turn_key="of a page")
    desk.finish(ask(desk.student(), **given), content="A bird.")
    stored = str(desk.messages(talk)[0]["id"])
    desk.finish(regenerate(desk, given, turn_key=stored), content="A falcon.")
    assert current(desk, talk) == [QUESTION, "A falcon."]


def test_without_an_earlier_turn_it_is_a_new_question(desk: Desk) -> None:
    """A question that was never stored is asked; one of another conversation is not replaced."""
    given = desk.question()
    desk.finish(regenerate(desk, given), content="A bird.")
    assert current(desk, given["conversation_id"]) == [QUESTION, "A bird."]
    elsewhere = {**given, "conversation_id": uuid4(), "is_regenerated": True}
    refuse(desk.student(), "begin_tutor_turn", "turn_key_reused", **elsewhere)
    assert current(desk, given["conversation_id"]) == [QUESTION, "A bird."]
    taken = str(desk.messages(given["conversation_id"])[0]["id"])
    other = desk.another()
    desk.ask(other, turn_key=taken, is_regenerated=True)
    assert current(desk, given["conversation_id"]) == [QUESTION, "A bird."]


def test_a_refund_restores_what_was_replaced(desk: Desk) -> None:
    """When nothing was produced the old answer is back, and can be replaced again."""
    given = desk.question()
    talk = given["conversation_id"]
    desk.finish(ask(desk.student(), **given), content="A bird.")
    turn = regenerate(desk, given)
    assert current(desk, talk) == [QUESTION, ""]
    desk.finish(turn, "refunded")
    assert current(desk, talk) == [QUESTION, "A bird."]
    desk.finish(regenerate(desk, given), content="A falcon.")
    assert current(desk, talk) == [QUESTION, "A falcon."]


def test_a_running_answer_is_not_replaced(desk: Desk) -> None:
    """The turn has to end first."""
    given = desk.question()
    ask(desk.student(), **given)
    refuse(
        desk.student(), "begin_tutor_turn", "turn_in_progress", **{**given, "is_regenerated": True}
    )


# What is withheld -------------------------------------------------------------------------------


def test_closed_lessons_are_not_in_the_context(desk: Desk, school: School) -> None:
    """Words of locked lessons, drafts, hidden blocks, quizzes and other courses are not there."""
    text = "A {} is a kind of kestrel. It has a {} wing."
    words = {
        name: f"{name}zyx"
        for name in ("locked", "draft", "hidden", "comment", "quiz", "elsewhere", "open")
    }
    said = {name: text.format(word, word) for name, word in words.items()}
    school.lesson(desk.module_id, body=said["locked"], release_at="2100-01-01")
    school.lesson(desk.module_id, body=said["draft"], is_published=False)
    shown = school.lesson(
        desk.module_id,
        body=f"{said['open']}\n\n::: staff\n{said['hidden']}\n:::\n\n<!-- {said['comment']} -->\n",
    )
    exam = quiz(desk)
    exam.question("short_text", prompt_md=said["quiz"], key={"accepted": [words["quiz"]]})
    school.lesson(Desk(desk.session, school).module_id, body=said["elsewhere"])
    seen = {"learner": {"open"}, "owner": {"open", "locked", "draft"}}
    for name, word in words.items():
        for lesson_id in (None, shown, exam.lesson_id):
            for who, user_id in (("learner", desk.learner), ("owner", desk.owner)):
                desk.root().run("delete from private.tutor_limits")
                turn = desk.ask(user_id, lesson_id=lesson_id, question=f"What is a {word} kestrel?")
                # The question itself may come back; a correction must not.
                turn["words"] = [one["meant"] for one in turn["words"]]
                told = {other for other in words if words[other] in str(turn)}
                assert told <= seen[who], (name, who)
                assert (name in told) == (name in seen[who]), (name, who)


def test_staff_ask_before_it_is_published(db: Session, school: School) -> None:
    """In a draft course staff try the tutor in each of its lessons, and learners do not."""
    desk = Desk(db, school, is_published=False)
    draft = school.lesson(desk.module_id, body=BODY, is_published=False)
    assistant = school.user()
    school.staff(desk.course_id, assistant, "assistant")
    for user_id in (desk.owner, assistant, school.user("admin")):
        turn = desk.ask(user_id, lesson_id=draft)
        assert turn["lesson"]["body"] == BODY
        assert turn["plan"]["is_staff"] is True
    given = desk.question(lesson_id=desk.lesson_id)
    refuse(desk.student(), "begin_tutor_turn", "lesson_locked", **given)
    assert desk.ask()["passages"] == []


# History and plan -------------------------------------------------------------------------------


def test_history_is_what_was_said_last(desk: Desk) -> None:
    """The last twelve messages, oldest first, cut, without what failed, runs or is empty."""
    talk = uuid4()
    desk.finish(desk.ask(conversation_id=talk))
    desk.root().run("delete from public.tutor_messages where conversation_id = %s", talk)
    for number in range(20):
        role = ("user", "assistant")[number % 2]
        insert(
            desk.session,
            "tutor_messages",
            **{"id": uuid4(), "conversation_id": talk, "user_id": desk.learner, "role": role},
            content="" if number == 17 else f"{number} " + "x" * 5000,
            status={15: "failed", 13: "stopped", 19: "streaming"}.get(number, "complete"),
            details=Jsonb({"rung": number, "intent": "explain", "usage": {}} if number % 2 else {}),
        )
    history = desk.ask(conversation_id=talk)["history"]
    numbers = [int(one["content"].split()[0]) for one in history]
    assert numbers == [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18]
    assert all(set(one) == {"role", "content", "rung", "intent"} for one in history)
    assert all(len(one["content"]) == 4000 for one in history)
    assert (history[0]["rung"], history[0]["intent"]) == (5, "explain")
    assert (history[1]["role"], history[1]["rung"]) == ("user", None)


@pytest.mark.once
@pytest.mark.parametrize("mode", [None, "auto", "explain", "hint", "practice", "summarize"])
def test_the_plan_says_the_mode(desk: Desk, mode: str | None) -> None:
    """The mode as it was asked for; auto without one."""
    assert desk.ask(mode=mode)["plan"]["mode"] == (mode or "auto")


def test_the_course_caps_the_support(desk: Desk) -> None:
    """What owners have decided is in the plan and in the quota; high without a decision."""
    assert desk.ask()["plan"]["max_support_level"] == "high"
    desk.staff().rpc(
        "save_tutor_settings", course_id=desk.course_id, is_enabled=True, max_support_level="low"
    )
    assert desk.ask()["plan"]["max_support_level"] == "low"
    quota = answer(desk.student(), "tutor_quota", course_id=desk.course_id)
    assert (quota["is_enabled"], quota["max_support_level"]) == (True, "low")


@pytest.mark.once
@pytest.mark.parametrize(
    ("rules", "right", "finished"),
    [
        ({"reveal": "never"}, True, False),
        ({"reveal": "after_submit"}, False, True),
        ({"reveal": "after_pass", "pass_mark": 80}, False, False),
        ({"reveal": "after_pass", "pass_mark": 80}, True, True),
        ({"reveal": "after_close", "due_at": "2100-01-01"}, True, False),
        ({"reveal": "after_close"}, True, False),
    ],
)
def test_a_quiz_is_finished_when_its_answers_may_be_seen(
    desk: Desk, rules: Row, right: bool, finished: bool
) -> None:
    """The plan names the quiz of the lesson finished, and its key is withheld, by reveal alone."""
    exam = quiz(desk, **rules)
    (question_id,) = (
        row["id"]
        for row in desk.root().all(
            "select id from public.questions where lesson_id = %s", exam.lesson_id
        )
    )

    def standing() -> tuple[str, bool]:
        turn = desk.ask(lesson_id=exam.lesson_id)
        material = answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])
        return turn["plan"]["quiz_state"], bool(material["items"])

    assert standing() == ("unattempted", True)
    exam.take({question_id: right})
    assert standing() == (("finished", False) if finished else ("unattempted", True))
    assert desk.ask(lesson_id=desk.lesson_id)["plan"]["quiz_state"] == "none"
    assert desk.ask()["plan"]["quiz_state"] == "none"
    if rules["reveal"] == "after_close":
        desk.root().run(
            "update public.quizzes set due_at = now() - interval '1 day' where lesson_id = %s",
            exam.lesson_id,
        )
        assert standing() == ("finished", False)


# The exam ---------------------------------------------------------------------------------------


def test_an_open_attempt_locks_the_tutor(desk: Desk, school: School) -> None:
    """In that course only, for that learner only, until it is submitted."""
    exam = quiz(desk)
    elsewhere = Desk(desk.session, school)
    school.enroll(desk.learner, elsewhere.course_id)
    attempt = exam.start()
    refuse(desk.student(), "begin_tutor_turn", "tutor_locked", **desk.question())
    assert answer(desk.student(), "tutor_quota", course_id=desk.course_id)["is_locked"] is True
    assert desk.ask(desk.another())["turn_id"]
    assert ask(desk.student(), **elsewhere.question())["turn_id"]
    exam.submit(attempt["id"])
    assert desk.ask()["turn_id"]
    assert answer(desk.student(), "tutor_quota", course_id=desk.course_id)["is_locked"] is False


def test_a18_the_lock_names_the_attempt(desk: Desk) -> None:
    """Attempt and lesson, with what a link needs."""
    exam = quiz(desk)
    attempt = exam.start()
    with pytest.raises(psycopg.Error) as error, desk.session.savepoint():
        desk.student().rpc("begin_tutor_turn", **desk.question())
    slugs = desk.session.act("postgres").one(
        "select c.slug as course_slug, l.slug as lesson_slug from public.lessons as l "
        "inner join public.courses as c on c.id = l.course_id where l.id = %s",
        exam.lesson_id,
    )
    assert told(error.value).details == {
        "attempt_id": str(attempt["id"]),
        "lesson_id": str(exam.lesson_id),
        **slugs,
    }


def test_a18_what_locks_nothing(desk: Desk) -> None:
    """A hidden quiz, and an attempt without a time limit that is untouched for a day."""
    exam = quiz(desk)
    attempt = exam.start()
    publish = "update public.lessons set is_published = %s where id = %s"
    desk.staff().run(publish, False, exam.lesson_id)
    assert desk.ask()["turn_id"]
    desk.staff().run(publish, True, exam.lesson_id)
    refuse(desk.student(), "begin_tutor_turn", "tutor_locked", **desk.question())
    back = "update public.quiz_attempts set {} = clock_timestamp() - interval '25 hours'"
    desk.session.act("postgres").run(back.format("started_at"))
    assert desk.ask()["turn_id"]
    exam.save(attempt, UUID(attempt["items"][0]["question_id"]), True)
    refuse(desk.student(), "begin_tutor_turn", "tutor_locked", **desk.question())
    desk.session.act("postgres").run(back.format("answered_at"))
    assert desk.ask()["turn_id"]
    exam.rules(due_at="2100-01-01")
    assert desk.ask()["turn_id"]
    desk.session.act("postgres").run("update public.quiz_attempts set time_limit_seconds = 90000")
    refuse(desk.student(), "begin_tutor_turn", "tutor_locked", **desk.question())


def test_time_that_ran_out_locks_nothing(desk: Desk) -> None:
    """An overdue attempt that nobody has graded is over; within its grace it is not."""
    exam = quiz(desk, time_limit_seconds=60)
    attempt = exam.start()
    exam.turn_clock(attempt["id"], 5)
    refuse(desk.student(), "begin_tutor_turn", "tutor_locked", **desk.question())
    exam.turn_clock(attempt["id"], 11)
    turn = desk.ask()
    assert answer(desk.student(), "tutor_quota", course_id=desk.course_id)["is_locked"] is False
    # More time is given: it is open again, and the answer ends.
    desk.staff().run(
        "update public.quizzes set time_limit_seconds = 3600, due_at = '2100-01-01' "
        "where lesson_id = %s",
        exam.lesson_id,
    )
    assert desk.turn(turn)["is_stopped"] is True
    refuse(desk.student(), "begin_tutor_turn", "tutor_locked", **desk.question())


def test_an_attempt_ends_the_answers(desk: Desk, school: School) -> None:
    """The running turns of the learner in the course are stopped, and no others."""
    exam = quiz(desk)
    elsewhere = Desk(desk.session, school)
    school.enroll(desk.learner, elsewhere.course_id)
    turns = [desk.ask(), desk.ask()]
    others = [desk.ask(desk.another()), ask(desk.student(), **elsewhere.question())]
    assert desk.save(turns[0], "A kestrel")
    exam.start()
    assert [desk.turn(turn)["is_stopped"] for turn in (*turns, *others)] == [
        *(True, True, False, False),
    ]
    assert desk.save(turns[0], "A kestrel is a bird") is False
    assert desk.messages(turns[0]["conversation_id"])[1]["content"] == "A kestrel"
    assert desk.save(others[0], "A kestrel")
    # The run hands in what it has.
    assert desk.finish(turns[0], "stopped", content="A kestrel")["is_settled"] is True
    assert desk.ledger(turns[0])[0]["outcome"] == "stopped"


def test_a_question_that_was_answered_is_replayed_in_the_exam(desk: Desk) -> None:
    """The same key says where its turn is; it holds no context."""
    exam = quiz(desk)
    given = desk.question()
    desk.finish(ask(desk.student(), **given), content="A kestrel is a bird.")
    exam.start()
    again = ask(desk.student(), **given)
    assert again["is_replay"] is True
    assert not set(again) & set(CONTEXT)


# The answer -------------------------------------------------------------------------------------


def test_an_answer_is_saved_as_it_grows(desk: Desk) -> None:
    """Each save replaces what it names and puts the end of the turn off."""
    turn = desk.ask()
    desk.set_turn(turn, "expires_at = clock_timestamp() + interval '1 second'")
    assert desk.save(turn, "A kestrel", {"rung": 2})
    assert desk.save(turn, "A kestrel is")
    assert desk.save(turn, None, {"rung": 3})
    assert desk.save(turn)
    message = desk.messages(turn["conversation_id"])[1]
    assert (message["content"], message["details"]) == ("A kestrel is", {"rung": 3})
    assert message["status"] == "streaming"
    left = "select expires_at - clock_timestamp() > interval '25 seconds' from private.tutor_turns "
    assert desk.root().value(left + "where id = %s", turn["turn_id"])
    desk.finish(turn)
    assert desk.save(turn, "Something else") is False
    assert desk.save({"turn_id": uuid4()}, "Something else") is False
    assert desk.messages(turn["conversation_id"])[1]["content"] == "A kestrel is"


@pytest.mark.once
@pytest.mark.parametrize("status", ["complete", "stopped", "failed"])
def test_an_answer_ends(desk: Desk, status: str) -> None:
    """Content, citations, details and status are saved; usage joins the details."""
    turn = desk.ask()
    desk.save(turn, "A", {"rung": 1})
    citations = [{"sourceId": "1", "startIndex": 0, "endIndex": 1, "citedText": "A"}]
    finished = desk.finish(turn, status, content="A bird", citations=citations)
    assert finished["is_settled"] is True
    message = desk.messages(turn["conversation_id"])[1]
    assert (message["content"], message["status"]) == ("A bird", status)
    assert message["citations"] == citations
    assert message["details"] == {"rung": 1, "usage": finished["usage"]}
    assert set(finished["usage"]) == {
        *("inputTokens", "cachedTokens", "cacheWriteTokens", "outputTokens"),
        *("isEstimated", "costMicros", "quotas"),
    }


def test_a_refund_removes_the_question(desk: Desk) -> None:
    """Refunded without content: the messages are gone, and the key is free for the question."""
    given = desk.question()
    turn = ask(desk.student(), **given)
    assert desk.finish(turn, "refunded")["is_settled"] is True
    assert desk.messages(given["conversation_id"]) == []
    assert desk.finish(turn, "refunded")["is_settled"] is False
    again = ask(desk.student(), **given)
    assert again["is_replay"] is False and again["turn_id"] != turn["turn_id"]
    question, _ = desk.messages(given["conversation_id"])
    assert str(question["id"]) == given["turn_key"]
    # And another question may have it as well.
    desk.finish(again, "refunded")
    assert ask(desk.student(), **{**given, "question": "And then?"})["is_replay"] is False


def test_no_key_keeps_a_turn_from_being_taken_back(desk: Desk) -> None:
    """Whatever keys a learner makes up of a turn's id, its refund goes through."""
    turn = desk.ask(turn_key="key")
    for key in (turn["turn_id"], f"key:{turn['turn_id']}"):
        desk.ask(turn_key=key)
    assert desk.finish(turn, "refunded")["is_settled"] is True


def test_a_refund_deletes_nothing_of_others(desk: Desk) -> None:
    """A message of somebody else that has the id of a deleted question stays."""
    key = str(uuid4())
    turn = desk.ask(turn_key=key)
    desk.student().run("delete from public.tutor_messages where id = %s", key)
    talk = uuid4()
    desk.ask(desk.another(), conversation_id=talk, turn_key=key)
    desk.finish(turn, "refunded")
    assert str(desk.messages(talk)[0]["id"]) == key


def test_help_that_is_free_stays(desk: Desk) -> None:
    """Refunded with content: nothing is owed, and the answer is complete."""
    turn = desk.ask()
    desk.finish(turn, "refunded", content="Call somebody.")
    message = desk.messages(turn["conversation_id"])[1]
    assert (message["content"], message["status"]) == ("Call somebody.", "complete")
    assert desk.ledger(turn)[0]["outcome"] == "refunded"


def test_a_run_that_finishes_late(desk: Desk) -> None:
    """After the sweep the content is still taken; a late refund leaves the answer failed."""
    for status, content, kept in (
        ("complete", "A bird", ("A bird", "complete")),
        ("stopped", None, ("A", "stopped")),
        ("refunded", None, ("A", "failed")),
    ):
        turn = desk.ask()
        desk.save(turn, "A")
        desk.expire(turn)
        assert desk.sweep() == 1
        message = desk.messages(turn["conversation_id"])[1]
        assert (message["content"], message["status"]) == ("A", "failed")
        assert desk.finish(turn, status, content=content)["is_settled"] is False
        message = desk.messages(turn["conversation_id"])[1]
        assert (message["content"], message["status"]) == kept
        assert [line["outcome"] for line in desk.ledger(turn)] == ["expired"]


def test_an_answer_ends_once(desk: Desk) -> None:
    """A second end changes nothing and returns the figures of the first."""
    turn = desk.ask()
    first = desk.finish(turn, content="A bird", usage={"input_tokens": 5, "output_tokens": 7})
    second = desk.finish(turn, "failed", content="No", usage={"input_tokens": 9})
    # Quotas are read at each call, and a minute may begin in between.
    for ended in (first, second):
        ended["usage"].pop("quotas")
    assert second == {"is_settled": False, "usage": first["usage"]}
    message = desk.messages(turn["conversation_id"])[1]
    assert (message["content"], message["status"]) == ("A bird", "complete")


def test_a_talk_that_was_deleted_is_settled(desk: Desk) -> None:
    """The owner deletes the conversation while the tutor answers: the turn ends all the same."""
    turn = desk.ask()
    assert desk.student().run("delete from public.tutor_conversations") == 1
    assert desk.messages(turn["conversation_id"]) == []
    assert desk.save(turn, "A") is True
    assert desk.finish(turn, content="A bird")["is_settled"] is True
    assert len(desk.ledger(turn)) == 1
    assert desk.messages(turn["conversation_id"]) == []


@pytest.mark.once
@pytest.mark.parametrize(
    "given",
    [
        {"status": None},
        {"status": "streaming"},
        {"status": "expired"},
        {"usage": []},
        {"usage": {"input_tokens": -1}},
        {"usage": {"output_tokens": 1.5}},
        {"usage": {"cached_tokens": "9"}},
        {"usage": {"cache_write_tokens": -1}},
        {"usage": {"guard_hits": 10_000_000_000}},
        {"usage": {"invalid_citations": True}},
        {"citations": {}},
        {"details": []},
    ],
)
def test_the_end_of_a_turn_has_a_form(desk: Desk, given: Row) -> None:
    """An unknown status, counts that are none, documents of another kind: invalid_turn."""
    turn = desk.ask()
    arguments = {
        name: Jsonb(value) if name != "status" else value
        for name, value in {"status": "complete", **given}.items()
    }
    arguments["turn_id"] = turn["turn_id"]
    refuse(desk.server(), "finish_tutor_turn", "invalid_turn", **arguments)
    assert desk.turn(turn)["status"] == "reserved"


def test_an_unknown_turn(desk: Desk) -> None:
    """An unknown id: turn_not_found."""
    given: list[Any] = [{}, [None], [[]], [{"turn_id": 1}], [{"turn_id": ""}]]
    for bad in (*given, [[{"turn_id": str(uuid4())}]]):
        refuse(desk.server(), "save_tutor_answers", "invalid_turn", answers=Jsonb(bad))
    refuse(desk.server(), "finish_tutor_turn", "turn_not_found", turn_id=uuid4(), status="complete")
    refuse(desk.server(), "tutor_guard_material", "turn_not_found", turn_id=uuid4())


def test_turns_are_the_servers(desk: Desk) -> None:
    """The owner of the database without the service key: service_required."""
    root = desk.root()
    refuse(root, "save_tutor_answers", "service_required", answers=Jsonb([]))
    refuse(root, "finish_tutor_turn", "service_required", turn_id=uuid4(), status="complete")
    refuse(root, "tutor_guard_material", "service_required", turn_id=uuid4())


def test_only_the_owner_stops_a_turn(desk: Desk) -> None:
    """stop_tutor_turn ends what runs in a conversation of the caller; anything else is false."""
    turn = desk.ask()
    given = {"conversation_id": turn["conversation_id"]}
    assert answer(desk.student(desk.another()), "stop_tutor_turn", **given) is False
    assert answer(desk.staff(), "stop_tutor_turn", **given) is False
    assert desk.turn(turn)["is_stopped"] is False
    assert answer(desk.student(), "stop_tutor_turn", **given) is True
    assert desk.save(turn) is False
    desk.finish(turn, "stopped")
    assert answer(desk.student(), "stop_tutor_turn", **given) is False


# What must not be said --------------------------------------------------------------------------


def test_the_keys_of_the_course_are_withheld(desk: Desk, school: School) -> None:
    """All questions of the course with key and explanation, those of the lesson first."""
    first, second = quiz(desk), quiz(desk)
    elsewhere = quiz(Desk(desk.session, school))
    turn = desk.ask(lesson_id=second.lesson_id)
    material = answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])
    assert [one["lesson_id"] for one in material["items"]] == [
        *(str(second.lesson_id), str(first.lesson_id)),
    ]
    for item in material["items"]:
        assert set(item) == {
            *("question_id", "lesson_id", "lesson_title", "kind", "prompt_md", "options", "key"),
            "explanation_md",
        }
        assert item["key"] == {"correct": True}
    assert str(elsewhere.lesson_id) not in str(material)


def test_only_revealed_keys_are_allowed(desk: Desk) -> None:
    """A question that was not in the attempt, and one of another learner's, stays withheld."""
    exam = quiz(desk, reveal="after_submit")
    exam.take({})
    later = exam.question("numeric")
    other = desk.another()
    for user_id, count in ((desk.learner, 1), (other, 2)):
        turn = desk.ask(user_id, lesson_id=exam.lesson_id)
        items = answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])["items"]
        assert len(items) == count
        assert str(later) in str(items)


def test_the_answers_of_a_reviewed_quiz_may_be_said(desk: Desk) -> None:
    """In a turn on its lesson, in the version that was reviewed; of no other quiz."""
    exam, other = quiz(desk, reveal="after_submit"), quiz(desk, reveal="after_submit")

    def revealed(lesson_id: UUID) -> list[str]:
        turn = desk.ask(lesson_id=lesson_id)
        material = answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])
        withheld = {one["question_id"] for one in material["items"]}
        assert withheld.isdisjoint(one["question_id"] for one in material["revealed"])
        return [one["lesson_id"] for one in material["revealed"]]

    assert revealed(exam.lesson_id) == []
    exam.take({})
    assert revealed(exam.lesson_id) == [str(exam.lesson_id)]
    assert revealed(other.lesson_id) == revealed(desk.lesson_id) == []
    [question] = desk.root().all(
        "select id from public.questions where lesson_id = %s", exam.lesson_id
    )
    desk.staff().rpc(
        "save_question",
        **{"lesson_id": exam.lesson_id, "question_id": question["id"], "kind": "true_false"},
        **{"prompt_md": "Is it otherwise?", "points": 1, "options": Jsonb([])},
        key=Jsonb({"correct": False}),
    )
    assert revealed(exam.lesson_id) == []


def test_from_staff_no_key_is_withheld(desk: Desk) -> None:
    """A turn of staff has guidance and no items; it stays so when they leave the staff."""
    quiz(desk)
    desk.staff().rpc("save_tutor_guidance", lesson_id=desk.lesson_id, notes="They mix it up.")
    turn = desk.ask(desk.owner, lesson_id=desk.lesson_id)
    material = answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])
    assert material["items"] == []
    assert [one["notes"] for one in material["guidance"]] == ["They mix it up."]


def test_guidance_is_that_of_the_lesson(desk: Desk) -> None:
    """Notes of the lesson and its questions, or of the whole course without a lesson."""
    exam = quiz(desk)
    question_id = exam.question("numeric")
    desk.staff()
    for lesson_id, more, notes in (
        (exam.lesson_id, {"question_id": question_id}, "Of the question."),
        (exam.lesson_id, {"misconceptions": ["It flies."]}, "Of the quiz."),
        (desk.lesson_id, {}, "Of the text."),
    ):
        desk.session.rpc("save_tutor_guidance", lesson_id=lesson_id, notes=notes, **more)
    for lesson_id, expected in (
        (exam.lesson_id, ["Of the quiz.", "Of the question."]),
        (desk.lesson_id, ["Of the text."]),
    ):
        turn = desk.ask(lesson_id=lesson_id)
        told = answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])["guidance"]
        assert [one["notes"] for one in told] == expected
        assert all(
            set(one) == {"lesson_id", "question_id", "notes", "misconceptions"} for one in told
        )
        assert "Of the" not in str(turn)
    turn = desk.ask()
    assert (
        len(answer(desk.server(), "tutor_guard_material", turn_id=turn["turn_id"])["guidance"]) == 3
    )


def test_guidance_is_saved_and_read_by_staff(desk: Desk) -> None:
    """One note a lesson and question; the second replaces the first; null is nothing."""
    desk.staff()
    desk.session.rpc("save_tutor_guidance", lesson_id=desk.lesson_id, notes="One.")
    desk.session.rpc(
        "save_tutor_guidance", lesson_id=desk.lesson_id, notes=None, misconceptions=["It swims."]
    )
    (row,) = desk.session.rpc("tutor_guidance", lesson_id=desk.lesson_id)
    assert (row["notes"], row["misconceptions"]) == ("", ["It swims."])
    assert row["question_id"] is None
    assert "id" not in row


@pytest.mark.once
@pytest.mark.parametrize(
    "given",
    [
        {"notes": "x" * 4001},
        {"misconceptions": ["x"] * 7},
        {"misconceptions": ["x" * 501]},
        {"misconceptions": [" "]},
        {"misconceptions": [None]},
    ],
)
def test_guidance_has_a_form(desk: Desk, given: Row) -> None:
    """Notes of 4,000 characters and six misconceptions of 500 are the most."""
    arguments = {"lesson_id": desk.lesson_id, "notes": "x", **given}
    refuse(desk.staff(), "save_tutor_guidance", "invalid_guidance", **arguments)


def test_guidance_is_for_staff(desk: Desk, school: School) -> None:
    """A learner is refused; a question must be of the lesson; only admins get a 404."""
    question_id = quiz(Desk(desk.session, school)).question("numeric")
    given = {"lesson_id": desk.lesson_id, "notes": "x"}
    refuse(desk.student(), "save_tutor_guidance", "not_course_staff", **given)
    refuse(desk.student(), "tutor_guidance", "not_course_staff", lesson_id=desk.lesson_id)
    refuse(
        desk.staff(),
        "save_tutor_guidance",
        "question_not_found",
        **{**given, "question_id": question_id},
    )
    unknown = {**given, "lesson_id": uuid4()}
    refuse(desk.staff(), "save_tutor_guidance", "not_course_staff", **unknown)
    refuse(desk.server(), "save_tutor_guidance", "lesson_not_found", **unknown)


def test_settings_are_for_owners_and_instructors(desk: Desk, school: School) -> None:
    """An assistant and a learner are refused, and so is what is no setting."""
    assistant = school.user()
    school.staff(desk.course_id, assistant, "assistant")
    given: Row = {"course_id": desk.course_id, "is_enabled": True}
    for user_id in (assistant, desk.learner):
        refuse(desk.student(user_id), "save_tutor_settings", "not_course_staff", **given)
    for change in ({"is_enabled": None}, {"max_support_level": "all"}, {"max_support_level": None}):
        refuse(desk.staff(), "save_tutor_settings", "invalid_settings", **{**given, **change})
    refuse(
        desk.server(), "save_tutor_settings", "invalid_settings", course_id=uuid4(), is_enabled=True
    )


# Follow-ups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question", ["and what else?", "Why?", "What about the others?", "und die?"]
)
def test_a_follow_up_is_read_with_the_question_before(
    db: Session, school: School, question: str
) -> None:
    """A question that says little by itself finds what the one before found."""
    desk = Desk(db, school)
    desk.school.lesson(desk.module_id, body="An otter swims in a river.")
    conversation_id = uuid4()
    first = desk.ask(conversation_id=conversation_id, question="Where does a kestrel hover?")
    desk.finish(first)
    second = desk.ask(conversation_id=conversation_id, question=question)
    assert second["passages"][0]["lesson_id"] == str(desk.lesson_id)
    assert "kestrel" in [word["word"] for word in second["words"]]
    # In a conversation of its own it has nothing to refer to.
    alone = desk.ask(question=question)
    assert "kestrel" not in [word["word"] for word in alone["words"]]


def test_a_new_question_is_read_alone(db: Session, school: School) -> None:
    """A question that can be understood by itself does not look back."""
    desk = Desk(db, school)
    otter = desk.school.lesson(desk.module_id, body="An otter swims in a river.")
    conversation_id = uuid4()
    desk.finish(desk.ask(conversation_id=conversation_id, question="Where does a kestrel hover?"))
    turn = desk.ask(conversation_id=conversation_id, question="In which water does an otter swim?")
    assert turn["passages"][0]["lesson_id"] == str(otter)
    assert "kestrel" not in [word["word"] for word in turn["words"]]
