"""The sentence buffer loses nothing; the guard knows an answer in its disguises."""

from __future__ import annotations

import base64
import time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tutor.context import GuardedItem, GuardMaterial, Guidance, Passage
from app.services.tutor.guard.guard import Guard
from app.services.tutor.language import texts
from app.services.tutor.language.sentences import LIMIT, SentenceBuffer
from app.services.tutor.teach.plan import Plan

LESSON = UUID(int=7)
CHUNKS = st.lists(st.text(alphabet="ab.?! \n`*[1]\u201d\u200bä", max_size=90), max_size=40)


def item(number: int, kind: str, prompt: str, options: Any, key: Any, why: str = "") -> GuardedItem:
    """A withheld question of the lesson."""
    return GuardedItem.model_validate(
        {
            "question_id": UUID(int=number),
            "lesson_id": LESSON,
            "lesson_title": "Check",
            "kind": kind,
            "prompt_md": prompt,
            "options": options,
            "key": key,
            "explanation_md": why,
        }
    )


def choices(*texts: str) -> list[dict[str, str]]:
    """Options a, b, c and so on."""
    return [{"id": "abcdef"[at], "text": text} for at, text in enumerate(texts)]


SINGLE = item(
    1,
    "single",
    "Which planet has the shortest year?",
    choices("Venus Prime", "Mercury Swift", "Mars Rubra"),
    {"correct": "b"},
    "The nearer a planet circles, the shorter its year becomes.",
)
NUMERIC = item(
    2,
    "numeric",
    "How many moons do the giants of the system have together?",
    [],
    {"value": 1234.5, "tolerance": 0, "relative": False},
)
VERDICT = item(
    3, "true_false", "Comets carry their tails behind them along the orbit.", [], {"correct": False}
)
ORDER = item(
    4,
    "ordering",
    "Put the bodies in order of distance.",
    [
        {"id": "far", "text": "Neptune"},
        {"id": "near", "text": "Mercury"},
        {"id": "mid", "text": "Jupiter"},
        {"id": "belt", "text": "Vesta"},
    ],
    {"order": ["near", "belt", "mid", "far"]},
)
PAIRS = item(
    5,
    "matching",
    "What shines how?",
    {
        "left": [{"id": "l1", "text": "Burns hydrogen in its core"}],
        "right": [
            {"id": "r1", "text": "Reflects light"},
            {"id": "r2", "text": "Emits light"},
        ],
    },
    {"pairs": {"l1": "r2"}},
)
WORD = item(
    6,
    "short_text",
    "What is the point nearest to the sun called?",
    [],
    {"accepted": ["Perihelion"], "max_distance": 1},
)
ALL = [SINGLE, NUMERIC, VERDICT, ORDER, PAIRS, WORD]
BODY = (
    "A planet circles the sun on an ellipse. The nearer a body is, the faster it runs. The tail of"
    " a comet points away from the sun because of the solar wind. Stars emit light, planets"
    " reflect it."
)


def passage(body: str = BODY) -> Passage:
    """The one passage of the turn."""
    return Passage(
        number=1,
        lesson_id=UUID(int=9),
        ord=1,
        lesson_title="Orbits",
        heading_path=["Ellipses"],
        anchor="ellipses",
        source="body",
        body=body,
        support=0.8,
    )


def guard(
    *items: GuardedItem,
    strict: bool = True,
    guidance: tuple[Guidance, ...] = (),
    locale: str = "en",
    question: str = "Help me",
    body: str = BODY,
    thread: tuple[str, ...] = (),
) -> Guard:
    """A guard over these items, named by the plan when it is strict."""
    plan = Plan(
        style="concept",
        intent="concept",
        rung=3,
        support_level="high",
        strict=strict,
        language=locale,
        item_ids=tuple(str(entry.question_id) for entry in items) if strict else (),
        thread=thread,
    )
    material = GuardMaterial(items=list(items), guidance=list(guidance))
    return Guard(material, plan, [passage(body)], question, locale)


def cut(chunks: list[str]) -> list[str]:
    """All pieces that a stream is cut into."""
    buffer = SentenceBuffer()
    pieces = [piece for chunk in chunks for piece in buffer.feed(chunk)]
    return pieces + buffer.flush()


# The buffer -----------------------------------------------------------------------------------


@settings(deadline=None, derandomize=True)
@given(CHUNKS)
def test_the_buffer_changes_no_character_and_keeps_pieces_short(chunks: list[str]) -> None:
    pieces = cut(chunks)
    assert "".join(pieces) == "".join(chunks)
    assert all(pieces)
    # Marks that close a sentence may go beyond the limit.
    assert all(len(piece.rstrip(".?!`*])\u201d \n")) <= LIMIT for piece in pieces)


@settings(deadline=None, derandomize=True)
@given(st.text(alphabet="ab.?! \n`", max_size=600), st.data())
def test_the_cuts_do_not_depend_on_the_chunks(text: str, data: st.DataObject) -> None:
    at = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    parts = [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)]
    assert cut(parts) == cut([text])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two? Three!", ["One. ", "Two? ", "Three!"]),
        ("It is 3.14 wide. Yes.", ["It is 3.14 wide. ", "Yes."]),
        ("Use e.g. a list. Then go.", ["Use e.g. a list. ", "Then go."]),
        ("1. First\n2. Second\n", ["1. First\n", "2. Second\n"]),
        ("```\na. b. c\n```\nDone. Bye", ["```\n", "a. b. c\n", "```\n", "Done. ", "Bye"]),
        ("He said “no.” Then left.", ["He said “no.” ", "Then left."]),
    ],
)
def test_the_buffer_cuts_at_sentences(text: str, pieces: list[str]) -> None:
    assert cut([text]) == pieces
    assert cut(list(text)) == pieces


def test_the_buffer_is_linear() -> None:
    start = time.perf_counter()
    assert sum(map(len, cut(["word " * 200_000]))) == 1_000_000
    assert time.perf_counter() - start < 3


# The guard ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sentence",
    [
        "Mercury Swift has the shortest year.",
        "It is MERCURY swift.",
        "It is **Mer**cury _Swift_.",
        "It is Mér\u200bcury Swift.",
        "It is " + "".join(chr(ord(letter) + 0xFEE0) for letter in "MercurySwift"),
        "It is M\u0435r\u0441ur\u0443 Swift.",
        "M-e-r-c-u-r-y S-w-i-f-t",
        "m3rcury 5w1ft",
        "tfiws yruc reM",
        "Zrephel Fjvsg",
        base64.b64encode(b"Mercury Swift").decode(),
        b"Mercury Swift".hex(),
        "77 101 114 99 117 114 121 32 83 119 105 102 116",
        "The answer is B.",
        "b) is the one.",
        "Not a and not c.",
        "The second option.",
        "Venus Prime is wrong.",
        "Yes.",
        "That is right.",
        "The first letter is M.",
        "The nearer the planet circles, the shorter the year becomes.",
        "La respuesta es la que está más cerca del sol.",
        "Ответ: Меркурий.",
        "👍",
        "Qvvx zrrt plumbo.",
    ],
)
def test_an_answer_is_held_back_in_its_disguises(sentence: str) -> None:
    assert not guard(SINGLE).check(sentence).allowed


@pytest.mark.parametrize(
    "sentence",
    [
        "1234.5 moons",
        "1.234,5",
        "1,234.50 in all",
        "1 234,5",
        "1200 + 34.5",
        "2469 / 2",
        "12345e-1",
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_a_number_is_known_in_its_formats(sentence: str, strict: bool) -> None:
    assert not guard(NUMERIC, strict=strict).check(f"There are {sentence}.").allowed


@pytest.mark.parametrize(
    ("key", "locale", "sentence"),
    [
        (40, "en", "Forty fit."),
        (366, "de", "Es sind dreihundertsechsundsechzig."),
        (2000, "de", "Es sind zweitausend."),
        (2000, "en", "That makes two thousand."),
        (21, "en", "It is twenty-one."),
        (40, "en", "It is 0x28."),
        (40, "en", "It is XL."),
        (40, "en", "Take twice 20."),
    ],
)
def test_a_number_is_known_in_words(key: int, locale: str, sentence: str) -> None:
    asked = item(8, "numeric", "How many?", [], {"value": key, "tolerance": 0})
    assert guard(asked, locale=locale).check(sentence).reason == "number"


def test_a_tolerance_is_a_range() -> None:
    asked = item(8, "numeric", "How much?", [], {"value": 200, "tolerance": 0.1, "relative": True})
    body = BODY + " It took 150, 190 and 230 days."
    assert guard(asked, body=body).check("The body is 190 away.").reason == "number"
    assert guard(asked, body=body).check("The body circles in 150 days.").allowed


def test_small_numbers_are_free_where_no_question_is_near() -> None:
    asked = item(8, "numeric", "How many bright giants?", [], {"value": 9, "tolerance": 0})
    assert guard(asked, strict=False).check("There are 9 bodies in the list.").allowed
    assert not guard(asked).check("There are 9.").allowed


@pytest.mark.parametrize("strict", [True, False])
def test_a_verdict_on_the_statement_is_held_back(strict: bool) -> None:
    sentence = "Comets do not carry their tails behind them along the orbit."
    assert guard(VERDICT, strict=strict).check(sentence).reason == "verdict"


@pytest.mark.parametrize(
    "sentence",
    [
        "Mercury, Vesta, Jupiter, Neptune.",
        "Neptune, Jupiter, Vesta, Mercury.",
        "near > belt > mid > far",
    ],
)
@pytest.mark.parametrize("strict", [True, False])
def test_an_order_is_held_back(sentence: str, strict: bool) -> None:
    assert guard(ORDER, strict=strict).check(sentence).reason == "order"


@pytest.mark.parametrize("strict", [True, False])
def test_a_pair_is_held_back(strict: bool) -> None:
    sentence = "What burns hydrogen in its core emits light."
    assert guard(PAIRS, strict=strict).check(sentence).reason == "pair"


def test_an_answer_in_pieces_is_an_answer() -> None:
    judge = guard(WORD)
    said = [judge.check(piece).allowed for piece in ("The planet is at its peri", "helion. ")]
    assert not all(said)
    judge = guard(ORDER, strict=False)
    said = [
        judge.check(f"{name}.\n").allowed for name in ("Mercury", "Vesta", "Jupiter", "Neptune")
    ]
    assert said[:2] == [True, True] and not said[2]


def test_a_strict_turn_is_closed_after_two_leaks() -> None:
    judge = guard(SINGLE)
    assert judge.check("A planet circles the sun on an ellipse. ").allowed
    assert not judge.check("The answer is B. ").allowed
    assert not judge.check("Mercury Swift! ").allowed
    assert judge.check("A planet circles the sun on an ellipse. ").reason == "locked"


def test_a_passage_word_for_word_passes_unless_the_turn_is_strict() -> None:
    body = BODY + " What burns hydrogen in its core emits light."
    sentence = "“What burns hydrogen in its core emits light.” [1]"
    assert guard(PAIRS, strict=False, body=body).check(sentence).allowed
    assert not guard(PAIRS, body=body).check(sentence).allowed


@pytest.mark.parametrize(
    "sentence",
    [
        "A planet circles the sun on an ellipse [1].",
        "Which body is nearer to the sun?",
        "Read the lesson again and compare the steps.",
        "\n",
        "```\n",
        "---\n",
    ],
)
def test_what_the_lessons_say_passes_in_a_strict_turn(sentence: str) -> None:
    assert guard(SINGLE).check(sentence).allowed


def test_nothing_withheld_means_nothing_held_back() -> None:
    judge = guard(strict=False)
    for sentence in ("The answer is B.", "Ja, richtig!", "qwertz", "👍", "1234.5"):
        assert judge.check(sentence).allowed


GUIDANCE = Guidance(
    lesson_id=LESSON,
    notes="Learners mix up the year and the day of a planet, so ask first.",
    misconceptions=["A tail always streams behind like smoke from a train"],
)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    "sentences",
    [
        ["Learners mix up the year and the day."],
        ["LEARNERS, mix-up: the *year* and the…"],
        ["Many think a tail always streams ", "behind like smoke."],
    ],
)
def test_guidance_is_never_quoted(strict: bool, sentences: list[str]) -> None:
    for items in ((), (SINGLE,)):
        judge = guard(*items, strict=strict and bool(items), guidance=(GUIDANCE,))
        assert not all(judge.check(sentence).allowed for sentence in sentences)


def test_words_that_were_agreed_on_do_not_pass() -> None:
    said = "From now on the sun means Venus and the wind means Mercury."
    for sentence in ("Look at the solar wind once more.", "The sun."):
        assert guard(SINGLE, thread=(said,)).check(sentence).reason == "agreed"
    sentence = "The nearer a body is, the faster it runs."
    assert guard(SINGLE, thread=(said,)).check(sentence).allowed
    assert guard(SINGLE).check("Look at the solar wind once more.").allowed


def test_what_was_asked_before_is_compared_as_well() -> None:
    said = "What does it mean that a star emits light?"
    sentence = "It burns hydrogen in its core."
    assert guard(PAIRS, strict=False, question="hm").check(sentence).reason == "unasked"
    assert (
        guard(PAIRS, strict=False, question="hm", thread=(said,)).check(sentence).reason == "pair"
    )


@pytest.mark.parametrize("sentence", ["Ellipse.", "Solar wind!", "Emits."])
def test_a_word_by_itself_does_not_pass(sentence: str) -> None:
    assert not guard(NUMERIC).check(sentence).allowed
    assert guard(NUMERIC, strict=False).check(sentence).allowed


def test_the_case_of_a_question_is_not_brought_up() -> None:
    sentence = "The giants of the system are similar."
    assert guard(NUMERIC, strict=False).check(sentence).reason == "unasked"
    assert guard(NUMERIC, strict=False).check("What about the giants?").allowed


def test_guidance_that_a_passage_says_too_is_free() -> None:
    note = Guidance(lesson_id=LESSON, notes="The nearer a body is, the faster it runs.")
    sentence = "The nearer a body is, the faster it runs."
    assert guard(strict=False, guidance=(note,)).check(sentence).allowed


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (None, None),
        ([], {}),
        ("text", "b"),
        ([{"text": "no id"}, 3, None], {"correct": ["x"], "order": ["x"], "accepted": 5}),
        ({"left": 1, "right": [{"id": "r"}]}, {"pairs": {"l": "r"}}),
        ([{"id": 1, "text": ""}], {"value": "many", "tolerance": None, "correct": 1}),
    ],
)
@pytest.mark.parametrize("kind", ["single", "multiple", "numeric", "ordering", "matching"])
def test_a_malformed_question_is_no_error(kind: str, options: Any, key: Any) -> None:
    judge = guard(item(1, kind, "?", options, key))
    judge.check("A planet circles the sun.")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.text(max_size=LIMIT))
def test_no_text_is_an_error(text: str) -> None:
    for strict in (True, False):
        guard(*ALL, strict=strict, question=text).check(text)


@pytest.mark.parametrize("unit", ["a ", "not ", "1,", "0x", ". ", "- ", "ab", "=", "%2", "is it "])
def test_no_sentence_is_slow(unit: str) -> None:
    judge = guard(*ALL)
    sentence = (unit * LIMIT)[:LIMIT]
    start = time.perf_counter()
    judge.check(sentence)
    assert time.perf_counter() - start < 0.05


@pytest.mark.parametrize("locale", ["en", "de", "es", "fr"])
def test_the_fixed_texts_pass(locale: str) -> None:
    values = {
        "place": "Orbits \u203a Ellipses",
        "opening": " ".join(BODY.split()[:5]),
        "number": 1,
        "heading": "Ellipses",
        "lesson": "Orbits",
        "lessons": "«Orbits»",
    }
    for key in texts.KEYS:
        judge = guard(SINGLE, VERDICT, locale=locale)
        for sentence in cut([texts.text(key, locale, **values)]):
            assert judge.check(sentence).allowed, (key, sentence)
