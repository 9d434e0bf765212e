"""The sentence buffer loses nothing; the guard withholds what states a key, and nothing else."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tutor.context import GuardedItem, GuardMaterial, Guidance
from app.services.tutor.guard.guard import Guard
from app.services.tutor.items import read_all
from app.services.tutor.language.sentences import LIMIT, SentenceBuffer
from app.services.tutor.models.prompt import without_keys

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
    "Which planet of the system has the shortest year?",
    choices("Venus", "Mercury", "Mars", "Saturn"),
    {"correct": "b"},
)
NUMERIC = item(
    2,
    "numeric",
    "How many moons do the giants of the system have together?",
    [],
    {"value": 1234.5, "tolerance": 0.5, "relative": False},
)
SMALL = item(3, "numeric", "How many belts surround the planet?", [], {"value": 3})
FALSE = item(
    4, "true_false", "Comets carry their tails behind them along the orbit.", [], {"correct": False}
)
TRUE = item(5, "true_false", "A nearer planet runs faster on its ellipse.", [], {"correct": True})
ORDER = item(
    6,
    "ordering",
    "Put the bodies in order of distance.",
    choices("Neptune", "Mercury", "Jupiter", "Vesta"),
    {"order": ["b", "d", "c", "a"]},
)
PAIRS = item(
    7,
    "matching",
    "What shines how?",
    {
        "left": [{"id": "a", "text": "a star"}, {"id": "b", "text": "a planet"}],
        "right": [{"id": "x", "text": "reflects sunlight"}, {"id": "y", "text": "burns hydrogen"}],
    },
    {"pairs": {"a": "y", "b": "x"}},
)
WORD = item(
    8,
    "short_text",
    "What is the point nearest to the sun called?",
    [],
    {"accepted": ["Perihelion", "peri-apsis of the sun"], "max_distance": 1},
)
MANY = item(
    9,
    "multiple",
    "Which bodies have rings?",
    choices("Saturn", "Mercury", "Uranus", "Venus"),
    {"correct": ["a", "c"]},
)
ALL = [SINGLE, NUMERIC, SMALL, FALSE, TRUE, ORDER, PAIRS, WORD, MANY]


CLOZE = item(
    10,
    "cloze",
    "The orbit has [[1]] foci, the sun stands at its [[2]] and gives [[3]].",
    {
        "gaps": [
            {"id": "1", "kind": "number"},
            {"id": "2", "kind": "text"},
            {"id": "3", "kind": "choice", "options": choices("gravel", "hydrogen", "radiation")},
        ]
    },
    {
        "gaps": {
            "1": {"values": [{"value": 777}, {"value": 999}]},
            "2": {"accepted": ["Perihelion"]},
            "3": {"correct": "c"},
        }
    },
)


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("The number of foci is 777.", "number"),
        ("The number of foci is 999.", "number"),
        ("The sun stands at the perihelion.", "text"),
        ("The sun gives radiation.", "text"),
        ("The number of foci is 12.", None),
        ("Think about the shape of the orbit.", None),
    ],
)
def test_each_gap_and_each_value_is_a_key(sentence: str, found: str | None) -> None:
    """A cloze is withheld gap by gap, a number by any of its values."""
    assert reason(CLOZE, sentence) == found


LASTING = item(11, "numeric", "How long is the pass in minutes?", [], {"value": 150})


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("2:30", "number"),
        ("It takes 2.5 h.", "number"),
        ("Two hours and thirty minutes.", "number"),
        ("It takes from 14:40 on.", None),
        ("An orbit takes 2 hours.", None),
    ],
)
def test_durations_are_read_in_any_unit(sentence: str, found: str | None) -> None:
    assert reason(LASTING, sentence) == found


def sign(key: str, prompt: str = "Which sign does it?") -> GuardedItem:
    """A question whose answer is made of signs."""
    return item(20, "short_text", prompt, [], {"accepted": [key]})


def guard(
    *items: GuardedItem,
    about: bool = True,
    near: bool = False,
    said: tuple[str, ...] = ("Help me",),
    guidance: tuple[Guidance, ...] = (),
    public: tuple[str, ...] = (),
) -> Guard:
    """A guard over these items, which the turn is about, or seems to be."""
    ids = [one.id for one in read_all(items, "en")]
    material = GuardMaterial(items=list(items), guidance=list(guidance))
    return Guard(material, ids if about else (), ids if near else (), said, "en", public)


def reason(one: GuardedItem, sentence: str, **more: Any) -> str | None:
    """Why a sentence is withheld."""
    return guard(one, **more).check(sentence)


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
    start = time.process_time()
    assert sum(map(len, cut(["word " * 200_000]))) == 1_000_000
    assert time.process_time() - start < 3


# The guard ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "sentence", "kind"),
    [
        (SINGLE, "Mercury has the shortest year.", "text"),
        (SINGLE, "It is **Mer**cury.", "text"),
        (SINGLE, "| shortest | MERCURY |\n", "text"),
        (SINGLE, "The answer is B.", "choice"),
        (SINGLE, "b) is the one.", "choice"),
        (SINGLE, "So: option b", "choice"),
        (SINGLE, "The second option.", "choice"),
        (SINGLE, "It is not Venus, not Mars and not Saturn.", "elimination"),
        (SINGLE, "It is neither a, c nor d: options a, c and d are not it.", "elimination"),
        (MANY, "Tick a and c.", "choice"),
        (MANY, "Saturn is one of them.", "text"),
        (NUMERIC, "There are 1234.5 of them.", "number"),
        (NUMERIC, "That makes 1.234,5.", "number"),
        (NUMERIC, "Together 1 234.", "number"),
        (NUMERIC, "Between 1,200 and 1,300.", "number"),
        (NUMERIC, "About one thousand two hundred thirty-four.", "number"),
        (SMALL, "It has three belts.", "number"),
        (SMALL, "It is 3.", "number"),
        (SMALL, "`belts = 3 * x`", "number"),
        (FALSE, "False.", "verdict"),
        (FALSE, "No, they point away from the sun.", "verdict"),
        (FALSE, "The statement does not hold.", "verdict"),
        (FALSE, "It is wrong; look at the solar wind.", "verdict"),
        (FALSE, "Comets do not carry their tails behind them along the orbit.", "verdict"),
        (TRUE, "A nearer planet runs faster on its ellipse.", "verdict"),
        (ORDER, "Mercury, Vesta, Jupiter, Neptune.", "order"),
        (ORDER, "b, d, c, a", "order"),
        (PAIRS, "A star burns hydrogen.", "pair"),
        (PAIRS, "1-y and 2-x", "pair"),
        (WORD, "It is called the perihelion.", "text"),
        (WORD, "The peri-helion!", "text"),
    ],
)
def test_a_stated_key_is_withheld(one: GuardedItem, sentence: str, kind: str) -> None:
    assert reason(one, sentence) == kind


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (">>", "Use `>>` for that."),
        (">>", "```\necho a >> b\n"),
        ("?", "It is the question mark."),
        ("?", "Write `ls file?.txt`."),
        ("?", "The sign is '?' here."),
        ("%", "`LIKE 'L%'` finds it."),
        ("|", "Put a `|` between them."),
        ("!=", "where a != b"),
        ("--", "`git checkout -- file`"),
        ("-F", "Try `ls -F` once."),
        ("IN", "Fill in IN."),
        ("x", "Write `x` there."),
        ("git add", "Run `git add file.txt`."),
        ("C++", "The language is C++."),
        ("#", "**#** is the one."),
        ("*", "- *\n"),
        ("<>", "A smaller-than and a greater-than sign together."),
    ],
)
def test_signs_and_code_are_known_as_they_are_written(key: str, sentence: str) -> None:
    judge = guard(sign(key))
    fence, _, line = sentence.rpartition("```\n")
    assert not fence or judge.check(f"{fence}```\n") is None
    assert judge.check(line or sentence) == "text"


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (">>", "Compare `>` with what the lesson says."),
        ("?", "What does the shell do with it?"),
        ("%", "It is 5% larger."),
        ("|", "| sign | meaning |\n"),
        ("--", "`git status --ignored` shows it."),
        ("-F", "`ls -f` does something else."),
        ("IN", "Look in the lesson."),
        ("x", "Let us look at an example."),
    ],
)
def test_other_signs_pass(key: str, sentence: str) -> None:
    assert guard(sign(key)).check(sentence) is None


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (SINGLE, "A planet circles the sun on an ellipse [1]."),
        (SINGLE, "Compare options a and b: what differs?"),
        (SINGLE, "Venus is hot."),
        (NUMERIC, "Step 2 adds 400 and 600."),
        (SMALL, "There are 3 reasons to doubt that."),
        (SMALL, "3. Read step 3 of the lesson."),
        (FALSE, "What pushes the tail?"),
        (FALSE, "Decide whether the statement is true or false yourself."),
        (ORDER, "Which is nearer, Jupiter or Vesta?"),
        (PAIRS, "Does a star need fuel?"),
        (WORD, "The orbit is an ellipse, so one point of it is special."),
        (MANY, "```\n"),
        (MANY, "\n"),
    ],
)
def test_what_states_no_key_passes(one: GuardedItem, sentence: str) -> None:
    assert guard(one).check(sentence) is None


def test_a_key_elsewhere_is_no_leak() -> None:
    """A turn about something else may say the word; not together with its question."""
    assert reason(SINGLE, "Mercury is a metal too.", about=False) is None
    said = ("what planet runs around the sun the fastest, with the shortest year?",)
    assert reason(SINGLE, "That is Mercury.", about=False, said=said) == "text"
    assert reason(SINGLE, "The planet with the shortest year is Mercury.", about=False) == "text"
    assert reason(SINGLE, "By the way, in the quiz it is Mercury.", about=False) == "text"
    assert reason(SMALL, "It has 3.", about=False, near=True) is None
    assert reason(FALSE, "No.", about=False, near=True) is None
    assert reason(FALSE, "The statement is wrong.", about=False) is None
    assert reason(FALSE, "The statement is wrong.", about=False, near=True) == "verdict"
    assert reason(SINGLE, "The second option.", about=False, near=True) == "choice"


def test_learners_may_be_told_what_they_said() -> None:
    """Their guess may be repeated, and is not confirmed; a copied question is no guess."""
    said = ("I think it is Mercury",)
    assert reason(SINGLE, "What makes you think of Mercury?", said=said) is None
    assert reason(SINGLE, "Yes, Mercury.", said=said) == "text"
    assert reason(SINGLE, "Exactly!", said=said) == "verdict"
    assert reason(SINGLE, "Exactly!", said=("I think it is Mars",)) is None
    copied = ("Which planet has the shortest year? a) Venus b) Mercury c) Mars",)
    assert reason(SINGLE, "Think of Mercury.", said=copied) == "text"
    assert reason(NUMERIC, "You got 1234.5; from what?", said=("I get 1234.5",)) is None


def test_a_key_in_lines_is_a_key() -> None:
    judge = guard(ORDER)
    said = [
        judge.check(f"- {name}\n") is None for name in ("Mercury", "Vesta", "Jupiter", "Neptune")
    ]
    assert said[:2] == [True, True] and not said[2]


def test_nothing_withheld_means_nothing_held_back() -> None:
    judge = guard()
    for sentence in ("The answer is B.", "Yes, right!", "1234.5"):
        assert judge.check(sentence) is None


GUIDANCE = Guidance(
    lesson_id=LESSON,
    notes="Learners mix up the year and the day of a planet, so ask first.",
    misconceptions=["A tail always streams behind like smoke from a train", "It is not Mercury."],
)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Learners mix up the year and the day."],
        ["LEARNERS, mix-up: the *year* and the…"],
        ["Many think a tail always streams ", "behind like smoke."],
    ],
)
def test_guidance_is_never_quoted(sentences: list[str]) -> None:
    for items in ((), (SINGLE,)):
        judge = guard(*items, guidance=(GUIDANCE,))
        assert not all(judge.check(sentence) is None for sentence in sentences)


def test_guidance_that_a_lesson_says_too_is_free() -> None:
    sentence = "Learners mix up the year and the day of a planet."
    assert guard(guidance=(GUIDANCE,), public=(sentence,)).check(sentence) is None


def test_no_prompt_holds_a_key() -> None:
    """What a note says of an answer stays out of the prompt; the rest of it is there."""
    material = GuardMaterial(items=[SINGLE], guidance=[GUIDANCE])
    [shown] = without_keys(material.guidance, material, "en")
    assert shown.notes == GUIDANCE.notes
    assert shown.misconceptions == GUIDANCE.misconceptions[:1]


@pytest.mark.parametrize(
    ("options", "key"),
    [
        (None, None),
        ([], {}),
        ("text", "b"),
        ([{"text": "no id"}, 3, None], {"correct": ["x"], "order": ["x"], "accepted": 5}),
        ({"left": 1, "right": [{"id": "r"}]}, {"pairs": {"l": "r"}}),
        ([{"id": 1, "text": ""}], {"value": "many", "tolerance": None, "correct": 1}),
        ([{"id": "a", "text": "x"}], {"order": "a", "accepted": [""], "pairs": []}),
    ],
)
@pytest.mark.parametrize("kind", ["single", "multiple", "numeric", "ordering", "matching"])
def test_a_malformed_question_is_no_error(kind: str, options: Any, key: Any) -> None:
    judge = guard(item(1, kind, "?", options, key))
    judge.check("A planet circles the sun.")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.text(max_size=LIMIT))
def test_no_text_is_an_error(text: str) -> None:
    for about in (True, False):
        guard(*ALL, sign(text[:9] or "?"), about=about, said=(text,)).check(text)


@pytest.mark.parametrize("unit", ["a ", "not ", "1,", "0x", ". ", "- ", "ab", "=", "%2", "is it "])
def test_no_sentence_is_slow(unit: str) -> None:
    judge = guard(*ALL)
    start = time.process_time()
    for _ in range(4):
        judge.check((unit * LIMIT)[:LIMIT])
    assert time.process_time() - start < 1
