"""GIFT: each kind of question, signs, comments and faults."""

import pytest

from app.services.formats.report import FormatError
from tests.formats.support import body, lessons, questions, read_text, titles

KINDS = r"""// A comment. [tag: tides]
::Tides:: What pulls the sea? {
  =The moon#Right!
  ~The wind#It makes waves. # and foam
  ~%50%The sun
  ####Gravity does.
}

Two of these are seas {~%50%Baltic ~%50%Black ~%-100%Alps}

The moon is a star. {F#It shines, but no.#Right.}

Who wrote \{braces\}\: and \~? {=Ada =%50%Eve =Ada Lovelace}

Order of \= signs {=a \= b -> 1 =c -> 2 = -> 3}

How long? {#3.5:0.5}

From one to five {#1..5}

Several {#
  =10:0.5#fine
  =20
  =%50%30:2
}

The {=small ~big} fish swims.
"""


def test_kinds() -> None:
    """Each kind of GIFT becomes a kind of question."""
    found = questions(read_text("tides.gift", KINDS))
    assert [question["kind"] for question in found] == [
        *("single", "multiple", "true_false", "short_text", "matching", "numeric", "numeric"),
        *("numeric", "single"),
    ]
    assert found[0] == {
        "kind": "single",
        "prompt_md": "What pulls the sea?",
        "options": [
            {"id": "o1", "text": "The moon"},
            {"id": "o2", "text": "The wind"},
            {"id": "o3", "text": "The sun"},
        ],
        "key": {"correct": "o1"},
        "explanation_md": "Gravity does.",
        "feedback": {"o1": "Right!", "o2": "It makes waves. # and foam"},
        "tags": ["tides"],
    }
    assert found[1]["key"] == {"correct": ["o1", "o2"]}
    assert found[2]["key"] == {"correct": False}
    assert found[2]["feedback"] == {"true": "It shines, but no.", "false": "Right."}
    assert found[3]["prompt_md"] == "Who wrote {braces}: and ~?"
    assert found[3]["key"] == {"accepted": ["Ada", "Ada Lovelace"]}
    assert found[4]["options"]["left"][0]["text"] == "a = b"
    assert [option["text"] for option in found[4]["options"]["right"]] == ["1", "2", "3"]
    assert [question["key"] for question in found[5:8]] == [
        {"value": 3.5, "tolerance": 0.5},
        {"value": 3.0, "tolerance": 2.0},
        {"values": [{"value": 10.0, "tolerance": 0.5}, {"value": 20.0}]},
    ]
    assert found[8]["prompt_md"] == "The _____ fish swims."


def test_what_is_lost_is_named_with_its_line() -> None:
    """Shares, comments on wrong texts and faults have a note; an essay comes."""
    imported = read_text("tides.gift", KINDS + "\nWrite! {}\n\nOpen { =a\n\nLast {T}\n")
    by_code = {note.code: note for note in imported.report.notes}
    assert by_code["partial_credit"].lines == [2, 13, 21]
    end = KINDS.count("\n") + 1
    assert by_code["syntax"].lines == [end + 3]
    assert imported.report.skipped == 1
    essay, last = questions(imported)[-2:]
    assert essay == {"kind": "essay", "prompt_md": "Write!", "key": {}}
    assert last["prompt_md"] == "Last"
    numbers = questions(imported)[7]
    assert numbers["explanation_md"] == "fine"


def test_categories_are_quizzes() -> None:
    """A category begins a quiz; text without answers stands in front of it."""
    text = (
        "$CATEGORY: top/Sea\n\nRead this.\n\nA {T}\n\n$CATEGORY: top/Land/\n\n[html]<b>B</b> {F}\n"
    )
    imported = read_text("x.gift", text)
    assert titles(imported) == {"x": [("Sea", "quiz"), ("Land", "quiz")]}
    assert body(lessons(imported)[0]) == "Read this."
    assert questions(imported)[1]["prompt_md"] == "**B**"


@pytest.mark.parametrize(
    "text", ["{", "}", "{=}", "a {~}", "a {#x}", "x {=\n\n", "a {=b -> }", "\\"]
)
def test_nothing_crashes(text: str) -> None:
    """A fault is a note or a refusal."""
    try:
        imported = read_text("x.gift", text)
        assert imported.report.skipped or not questions(imported)
    except FormatError as error:
        assert error.code == "nothing_to_import"


@pytest.mark.parametrize(
    ("written", "value", "tolerance"),
    [
        ("3,5:0,25", 3.5, 0.25),
        ("\u0663\u066b\u0665:\u0660\u066b\u0665", 3.5, 0.5),
        ("\u22122", -2, 0),
        ("1 200,5", 1200.5, 0),
    ],
)
def test_d3_numbers_as_people_write_them(written: str, value: float, tolerance: float) -> None:
    """With a decimal comma, in other digits, with a typographic minus and blanks in thousands."""
    (found,) = questions(read_text("a.gift", f"How much? {{#{written}}}"))
    assert (found["kind"], found["key"]["value"]) == ("numeric", value)
    assert found["key"].get("tolerance", 0) == tolerance


def test_a_comma_that_may_part_thousands_is_no_decimal_one() -> None:
    """The question is left out, and nothing is left to import."""
    with pytest.raises(FormatError, match="nothing_to_import"):
        read_text("a.gift", "How much? {#1,234}")


def test_a_title_of_which_nothing_is_seen() -> None:
    """A lesson is named by its place then, as the database refuses such a title."""
    imported = read_text("a.md", '---\ntitle: "\u200b\u00a0"\n---\n\nText.\n')
    assert all(
        title.strip("\u200b\u00a0 ") for part in titles(imported).values() for title, _ in part
    )
    assert imported.bundle.course.title.strip("\u200b\u00a0 ")
