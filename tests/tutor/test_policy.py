"""The intent of a learner, the level of help, and when a turn is strict."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest

from app.services.tutor.context import GuardedItem, GuardMaterial, Lesson, Message
from app.services.tutor.language import texts
from app.services.tutor.teach.intent import asks, classify, is_distress
from app.services.tutor.teach.plan import Plan
from app.services.tutor.teach.policy import plan
from tests.tutor.asks import make_passage
from tests.tutor.turns import context

QUIZ = UUID(int=7)
BODY = (
    "A page holds rows. Each row has a header, and each has a line pointer. The page header takes"
    " 24 bytes. To count the rows, subtract the header of the page and divide by the size of a row."
    " An index keeps keys in order. The planner reads statistics, then estimates the cost of each"
    " path."
)
ITEM = GuardedItem.model_validate(
    {
        "question_id": UUID(int=1),
        "lesson_id": QUIZ,
        "lesson_title": "Check",
        "kind": "numeric",
        "prompt_md": "How many rows of 200 bytes fit on a page of 8192 bytes?",
        "options": [],
        "key": {"value": 40, "tolerance": 0},
    }
)
MATERIAL = GuardMaterial(items=[ITEM])
ASK = "How many rows of 200 bytes fit on a page of 8192 bytes?"


def turn(
    question: str, *said: tuple[str, int] | str, material: GuardMaterial = MATERIAL, **changes: Any
) -> Plan:
    """The plan after these messages: the learner's with the rung that answered each."""
    history = []
    for entry in said:
        text, rung = entry if isinstance(entry, tuple) else (entry, 1)
        history.append(Message(role="user", content=text))
        history.append(
            Message(role="assistant", content="Look at the page.", rung=rung, intent="concept")
        )
    support = changes.pop("support", "low")
    changes = {"passages": [make_passage(body=BODY)], "history": history, **changes}
    return plan(question, context(question=question, **changes), material, support)


@pytest.mark.parametrize(
    ("question", "intent"),
    [
        ("Just tell me the answer", "answer"),
        ("Is it 40?", "answer"),
        ("Which option is correct?", "answer"),
        ("Sag mir einfach die Lösung", "answer"),
        ("Was soll ich ankreuzen?", "answer"),
        ("Dame la respuesta", "answer"),
        ("Donne-moi la réponse", "answer"),
        ("I'm stuck", "stuck"),
        ("I don't understand this", "stuck"),
        ("Ich komme nicht weiter", "stuck"),
        ("Gib mir einen Hinweis", "stuck"),
        ("No entiendo nada", "stuck"),
        ("Je ne comprends pas", "stuck"),
        ("Summarize this lesson", "summary"),
        ("Fasse die Lektion zusammen", "summary"),
        ("Resume la lección", "summary"),
        ("Quiz me", "practice"),
        ("Ich möchte üben", "practice"),
        ("Quiero practicar", "practice"),
        ("Hello there!", "chat"),
        ("Vielen Dank", "chat"),
        ("When is the deadline?", "chat"),
        ("thanks, that helps", "chat"),
        ("merci quand même", "chat"),
        ("the other two I dunno", "stuck"),
        ("je sais toujours pas, désolée", "stuck"),
        ("sigo sin entender", "stuck"),
        ("ich komm nicht drauf", "stuck"),
        ("necesito la respuesta para corregir", "answer"),
        ("c'est bon ?", "answer"),
        ("What is a page?", "concept"),
        ("Wie funktioniert ein Index?", "concept"),
        ("Which index can answer a search by city?", "concept"),
    ],
)
def test_intents(question: str, intent: str) -> None:
    assert classify(question) == intent


@pytest.mark.parametrize(
    ("message", "is_question"),
    [
        ("could you tell me how it works?", True),
        ("ok back to it. what do i compare", True),
        ("cambiando de tema, qué son los kaavenga?", True),
        ("je regarde où?", True),
        ("a thing that was made, thats how they see it?", False),
        ("uno marca el principio y otro el final, asi que falta algo no?", False),
        ("ah mais c'est le salarié qui part ?", False),
    ],
)
def test_a_guess_is_no_question(message: str, is_question: bool) -> None:
    """A pronoun in the middle of what a learner says does not ask."""
    assert asks(message) is is_question


@pytest.mark.parametrize(
    "question",
    [
        "I want to kill myself",
        "i don't want to live anymore",
        "I feel suicidal",
        "My dad hits me",
        "there is no reason to live",
        "My friend wants to kill herself",
        "I can't go on like this",
        "Ich will nicht mehr leben",
        "ich möchte sterben",
        "Ich will mich umbringen",
        "Mein Vater schlägt mich",
        "Ich ritze mich",
        "Ich kann nicht mehr",
        "Quiero morir",
        "mi padre me pega",
        "Je veux mourir",
        "j'ai envie de mourir",
        "I W\u200bANT to d\u200bie",
    ],
)
def test_distress_is_heard(question: str) -> None:
    assert is_distress(question)
    made = turn(question)
    assert (made.intent, made.style, made.strict, made.suggestions) == (
        "distress",
        "support",
        False,
        (),
    )


@pytest.mark.parametrize(
    "question",
    [
        "This exercise kills me",
        "I'm dying to know how joins work",
        "What does kill -9 do to the process?",
        "How do I kill the process?",
        "Diese Aufgabe bringt mich um",
        "How are suicide rates computed?",
        "Warum sinkt die Suizidrate in der Tabelle?",
        "I can't go on with this exercise",
        "Ich kann nicht mehr folgen",
        "Does the row die when it is deleted?",
        "I give up on this query",
        "When does a dead version live on?",
        "Wie lange leben Zeilen?",
        "Je ne peux pas vivre sans index",
    ],
)
def test_idioms_are_not_distress(question: str) -> None:
    assert not is_distress(question)


@pytest.mark.parametrize(("support", "rung"), [("low", 1), ("medium", 2), ("high", 3)])
def test_the_ladder_starts_at_the_level(support: str, rung: int) -> None:
    assert turn(ASK, support=support).rung == rung


def test_the_course_caps_the_level() -> None:
    made = plan(ASK, context(level="low"), MATERIAL, "high")
    assert (made.support_level, made.rung) == ("low", 1)
    assert plan(ASK, context(level="high"), MATERIAL, None).support_level == "medium"


def test_a_reply_that_adds_something_climbs_one_rung() -> None:
    made = turn("I think the header of the page has to be subtracted", (ASK, 1))
    assert made.rung == 2 and made.strict


@pytest.mark.parametrize(
    "question",
    [
        "again",
        "?",
        "   ",
        "just tell me",
        "please please just tell me the answer now",
        ASK.upper(),
        ASK.replace("rows", "r\u200bows"),
        "how many rows of 200 bytes fit on the page of 8192 bytes???",
        "I don't know",
    ],
)
def test_repetition_and_noise_do_not_climb(question: str) -> None:
    assert turn(question, (ASK, 2)).rung <= 2


@pytest.mark.parametrize(("support", "most"), [("low", 3), ("medium", 4), ("high", 4)])
def test_no_level_climbs_beyond_its_limit(support: str, most: int) -> None:
    made = turn("I think the line pointer needs room as well", (ASK, 5), support=support)
    assert made.rung == most


@pytest.mark.parametrize(
    "between", ["banana apple cherry tree", "How does an index keep keys in order?"]
)
def test_a_detour_lifts_nobody(between: str) -> None:
    assert turn("and then?", (ASK, 1), (between, 3)).rung <= 1


def test_a_new_topic_starts_anew() -> None:
    made = turn(ASK, ("How does the planner read statistics?", 4), support="low")
    assert made.rung == 1


def test_the_last_rung_needs_a_finished_attempt() -> None:
    reply = "I think the header of the page has to be subtracted because it takes 24 bytes"
    said = ("How do I count the rows of a page?", 4)
    nothing = GuardMaterial()
    open_ = turn(reply, said, material=nothing, support="high")
    finished = turn(reply, said, material=nothing, support="high", quiz_state="finished")
    assert (open_.rung, finished.rung, finished.style) == (4, 5, "explain")
    assert turn(reply, said, material=nothing, support="low", quiz_state="finished").rung == 3
    assert turn(reply, (ASK, 4), support="high", quiz_state="finished").rung == 4


def test_a_plain_concept_question_is_answered_at_once() -> None:
    made = turn("How does an index keep keys in order?")
    assert (made.rung, made.style, made.strict) == (3, "concept", False)


@pytest.mark.parametrize(
    "question",
    [
        ASK,
        "200 bytes a row and 8192 a page, what now?",
        "What is the answer?",
        "rows of 200 bytes on a page, how many of them fit?",
    ],
)
def test_strict_turns(question: str) -> None:
    assert turn(question).strict


def test_a_follow_up_stays_strict() -> None:
    made = turn("and then?", (ASK, 1))
    assert made.strict and made.item_ids == (str(ITEM.question_id),)


def test_in_the_lesson_of_the_quiz_every_turn_is_strict() -> None:
    lesson = Lesson(id=QUIZ, title="Check", content_type="quiz", body="Answer on paper.")
    made = turn("How does an index keep keys in order?", lesson=lesson)
    assert (made.strict, made.rung) == (True, 3)


QUIZ_LESSON = Lesson(id=QUIZ, title="Check", content_type="quiz", body="Answer on paper.")


@pytest.mark.parametrize("nod", ["ok", "thanks", "hm", "...", "cool, thanks a lot"])
def test_a_nod_is_as_strict_as_what_it_follows(nod: str) -> None:
    made = turn(nod, (ASK, 1), ("ok", 1), ("hm", 1), ("ok", 1), ("hm", 1))
    assert made.strict and made.item_ids == (str(ITEM.question_id),) and made.thread == (ASK,)
    assert turn(nod, lesson=QUIZ_LESSON).strict
    assert not turn("ok", ("How does an index keep keys in order?", 3)).strict


@pytest.mark.parametrize(
    "question",
    [
        "How does an index keep keys in order?",
        "How large is the header of a page?",
        "What does the planner read?",
        "line pointer",
        "index",
    ],
)
def test_a_question_that_shares_words_is_not_strict(question: str) -> None:
    assert not turn(question).strict


@pytest.mark.parametrize(
    ("question", "is_strict"),
    [
        ("heap, tree, hash or bitmap, which one keeps order?", True),
        ("is a hash kept like a tree?", False),
    ],
)
def test_who_names_the_options_asks_their_question(question: str, is_strict: bool) -> None:
    """Three of them or more; two are named in many questions."""
    changes = {
        "kind": "single",
        "prompt_md": "Which structure do range scans need?",
        "options": [
            {"id": "abcd"[at], "text": text}
            for at, text in enumerate(["a heap", "a tree", "a hash", "a bitmap"])
        ],
        "key": {"correct": "b"},
    }
    material = GuardMaterial(items=[ITEM.model_copy(update=changes)])
    assert turn(question, material=material).strict is is_strict


def test_the_model_is_told_what_it_must_not_solve() -> None:
    """All questions of the lessons, at most eight, those first that the message may be about."""
    others = [
        ITEM.model_copy(update={"question_id": UUID(int=at), "prompt_md": f"What is a zorb {at}?"})
        for at in range(2, 12)
    ]
    material = GuardMaterial(items=[*others, ITEM])
    made = turn("What is a page?", material=material)
    assert not made.on_ids and len(made.item_ids) == 8
    made = turn(ASK, material=material)
    assert made.on_ids == (str(ITEM.question_id),) == made.item_ids[:1]


def test_other_words_are_near() -> None:
    """The passage that is found has words of the question, where the message has none."""
    body = "Rows of 200 bytes fit on a page of 8192 bytes until the sheet is full: forty of them."
    made = turn("when is a sheet full of records?", passages=[make_passage(body=body)])
    assert not made.strict and made.near_ids == (str(ITEM.question_id),)


def test_the_same_meaning_is_near() -> None:
    """Without a word of the question; as near as any other sentence is not."""
    id_ = str(ITEM.question_id)
    question = "when is a sheet full of records?"
    asked = context(question=question, passages=[make_passage(body="A sheet holds records.")])
    for nearness, near in ((0.3, ()), (0.5, (id_,)), (0.9, (id_,))):
        made = plan(question, asked.model_copy(update={"near": {id_: nearness}}), MATERIAL, "low")
        assert (made.near_ids, made.strict) == (near, False), nearness
    assert made.nearness == pytest.approx(0.75)


def test_replies_about_a_numbered_question_climb() -> None:
    first = ("How do I begin with question 1?", 1)
    reply = "I think the header of the page has to be subtracted"
    assert turn(reply, first, lesson=QUIZ_LESSON).rung == 2
    assert turn("Tell me question 2", (first[0], 3), lesson=QUIZ_LESSON).rung == 1


def test_a_reply_goes_on_with_the_conversation() -> None:
    asked = "How does the planner read statistics?"
    for reply in ("ok", "I think the planner estimates the cost", "and the cost of each path?"):
        assert turn(reply, asked).goes_on, reply
    for other in ("What about penguins?", "Which football club has won the cup most often?"):
        assert not turn(other, asked).goes_on, other
    assert not turn(asked).goes_on
    said = [
        Message(role="user", content=asked),
        Message(role="assistant", content=texts.text("abstain", "en"), rung=3, intent="concept"),
    ]
    assert not turn("ok", history=said).goes_on


def test_a_question_of_the_quiz_needs_no_passage() -> None:
    assert turn(ASK, lesson=QUIZ_LESSON).goes_on
    assert not turn(ASK).goes_on
    assert not turn("penguins", lesson=QUIZ_LESSON).goes_on


def test_nothing_withheld_is_never_strict() -> None:
    assert not turn("What is the answer?", material=GuardMaterial()).strict


def test_staff_have_nothing_withheld_and_no_ladder() -> None:
    made = turn(ASK, is_staff=True)
    assert (made.strict, made.rung, made.item_ids) == (False, 5, ())


def test_the_language_is_that_of_the_course_where_answers_are_withheld() -> None:
    """No comparison finds a translation; elsewhere it is the language of the question."""
    question = "Wie ist ein Index aufgebaut und was ist er für die Suche?"
    assert turn(question).language == "de"
    assert turn(question, lesson=QUIZ_LESSON).language == "en"


@pytest.mark.parametrize(
    ("mode", "intent", "style"),
    [
        ("practice", "practice", "question"),
        ("summarize", "summary", "summarize"),
        ("hint", "stuck", "orient"),
        ("explain", "concept", "concept"),
    ],
)
def test_modes_narrow(mode: str, intent: str, style: str) -> None:
    made = turn("How does an index keep keys in order?", mode=mode)
    assert (made.intent, made.style) == (intent, style)
    assert turn("I want to kill myself", mode=mode).intent == "distress"


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr"])
@pytest.mark.parametrize("question", ["Hi", ASK, "Summarize", "Quiz me"])
def test_suggestions_are_short_and_of_the_language(locale: str, question: str) -> None:
    made = turn(question, locale=locale)
    known = {texts.text(key, locale) for key in texts.KEYS if key.startswith("suggestion_")}
    assert 2 <= len(made.suggestions) <= 4
    assert set(made.suggestions) <= known


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr", "de-AT", "xx"])
def test_every_text_is_there(locale: str) -> None:
    values = {"place": "P", "number": 1, "heading": "{H}", "lesson": "L", "lessons": "A, B"}
    values |= {"opening": "Water boils at", "answer": "steam"}
    for key in texts.KEYS:
        assert "{" not in texts.text(key, locale, **values).replace("{H}", "")


@pytest.mark.parametrize(
    "unit", ["i ", "a", "ich will mich ", "my dad ", "the answer ", "\u200b", "so "]
)
def test_no_question_is_slow(unit: str) -> None:
    question = (unit * 4000)[:4000]
    start = time.process_time()
    turn(question, (question, 1))
    assert time.process_time() - start < 1
