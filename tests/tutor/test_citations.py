"""The `[n]` of an answer: what goes, what stays, and where the claims are."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.tutor.language.sentences import sentences
from app.services.tutor.turn.citations import Citations
from tests.tutor.asks import make_passage

PASSAGES = [
    make_passage(
        1, "Water boils at 100 °C. At height it boils earlier.\n\nSalt delays it a little."
    ),
    make_passage(2, "Ice melts at 0 °C. “Cold” is a word for little heat."),
    make_passage(3, "Steam takes more room than water."),
]


def read(*pieces: str) -> Citations:
    """An answer in these pieces, read to its end."""
    citations = Citations(PASSAGES)
    out = "".join([*(citations.feed(piece) for piece in pieces), citations.flush()])
    assert out == citations.text
    assert citations.flush() == ""
    return citations


def claims(citations: Citations) -> list[tuple[str, str]]:
    """The claims with their sources, cut out as JavaScript would."""
    units = citations.text.encode("utf-16-le")
    return [
        (
            units[2 * found["startIndex"] : 2 * found["endIndex"]].decode("utf-16-le"),
            found["sourceId"],
        )
        for found in citations.citations
    ]


@pytest.mark.parametrize(
    ("said", "kept", "invalid"),
    [
        ("Water boils [1].", "Water boils [1].", 0),
        ("Water boils [9].", "Water boils.", 1),
        ("Water boils [9] early.", "Water boils early.", 1),
        ("Water boils[1].", "Water boils[1].", 0),
        ("Water boils[9].", "Water boils.", 1),
        ("Both [1, 2].", "Both [1][2].", 0),
        ("Both [1; 9].", "Both [1].", 1),
        ("Both [1][2].", "Both [1][2].", 0),
        ("Both [1][9] here.", "Both [1] here.", 1),
        ("Both [9] [1] here.", "Both [1] here.", 1),
        ("All [1-3].", "All [1][2][3].", 0),
        ("All [2–5].", "All [2][3].", 2),  # noqa: RUF001
        ("All [3-1].", "All.", 1),
        ("All [1-999].", "All.", 1),
        ("Both [1 and 2].", "Both [1][2].", 0),
        ("Wide \uff3b\uff11\uff3d.", "Wide [1].", 0),
        ("Wide \u3010\uff19\u3011.", "Wide.", 1),
        ("Wide \u30101†source\u3011.", "Wide [1].", 0),
        ("Zero [0].", "Zero.", 1),
        ("Spaced [ 9 ] , and on.", "Spaced , and on.", 1),
        ("[9] At the start.", "At the start.", 1),
        ("One.\n\n[9] Two.", "One.\n\nTwo.", 1),
        ("One.\n\n[9]\n\nTwo.", "One.\n\nTwo.", 1),
        ("- one [9]\n- two [1]", "- one\n- two [1]", 1),
        ("Fin [9] !", "Fin !", 1),
        ("See `a[9]` there.", "See `a[9]` there.", 0),
        ("See ``x [9] ` y`` there.", "See ``x [9] ` y`` there.", 0),
        ("A stray ` and [9].", "A stray ` and.", 1),
        ("A stray ` one [9].\n\nAnd ` two [9].", "A stray ` one.\n\nAnd ` two.", 2),
        ("```sql\nselect a [9];\n```\nSo [9].", "```sql\nselect a [9];\n```\nSo.", 1),
        ("~~~\n[9]\n~~~\n[1]", "~~~\n[9]\n~~~\n[1]", 0),
        ("```\nopen [9]", "```\nopen [9]", 0),
        ("```not` a fence [9]", "```not` a fence", 1),
        ("A link [9](https://a.test/).", "A link [9](https://a.test/).", 0),
        ("A link [text [9]](u).", "A link [text](u).", 1),
        ("An index a[9] and row_id[7].", "An index a[9] and row_id[7].", 0),
        ("A matrix m[9][8] too.", "A matrix m[9][8] too.", 0),
        ("A call f(x)[9] too.", "A call f(x)[9] too.", 0),
        ("In 2014[9].", "In 2014.", 1),
        ("No number [x] [2014] [1.5].", "No number [x] [2014] [1.5].", 0),
        ("Open [9", "Open [9", 0),
        ("Long [" + "1, " * 40 + "1].", "Long [" + "1, " * 40 + "1].", 0),
        ("Ends [9]", "Ends", 1),
        ("Ends \n", "Ends \n", 0),
    ],
)
def test_markers_of_no_passage_go(said: str, kept: str, invalid: int) -> None:
    citations = read(said)
    assert citations.text == kept
    assert citations.invalid == invalid


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Water boils [1].", [("Water boils", "s1")]),
        ("Water boils. [1] Ice melts.", [("Water boils.", "s1")]),
        ("Water boils [1]. Ice melts [2].", [("Water boils", "s1"), ("Ice melts", "s2")]),
        ("It boils [1] and melts [2].", [("It boils", "s1"), ("and melts", "s2")]),
        ("One. It boils [1][2].", [("It boils", "s1"), ("It boils", "s2")]),
        ("Title\n\n- It boils [1]\n- It melts [2]", [("It boils", "s1"), ("It melts", "s2")]),
        ("[1] says that it boils. More.", [("says that it boils.", "s1")]),
        ("1. It boils [1].", [("It boils", "s1")]),
        ("Approx. 5 °C, e.g. 4 🙂 [1].", [("5 °C, e.g. 4 🙂", "s1")]),
        ("🙂🙂 It boils [1].", [("🙂🙂 It boils", "s1")]),
        ("From «Heat» [1]: “Water boils at 100 °C.”", [("Water boils at 100 °C.", "s1")]),
        (
            "From «Heat» [2]: “Ice melts at 0 °C.” and “Cold” is a word for little heat.”",
            [("Ice melts at 0 °C.", "s2")],
        ),
        (
            "From «Heat» [2]: ““Cold” is a word for little heat.” “Ice melts at 0 °C.”",
            [("“Cold” is a word for little heat.", "s2"), ("Ice melts at 0 °C.", "s2")],
        ),
        ("Aus «Heat» [1]:\n„Water boils at 100 °C.“", [("Water boils at 100 °C.", "s1")]),
        ("Roughly [1]: “Water is cooked.”", [("Water is cooked.", "s1")]),
        ("Code `a` boils [1].", [("Code `a` boils", "s1")]),
        ("```\nIt boils [1].\n```", []),
        ("[1]", []),
        ("a[1]", []),
        ("[1](https://a.test/)", []),
    ],
)
def test_a_citation_spans_its_claim(said: str, expected: list[tuple[str, str]]) -> None:
    assert claims(read(said)) == expected


@pytest.mark.parametrize(
    ("said", "cited"),
    [
        ("High up it boils earlier [1].", "At height it boils earlier."),
        ("Salt delays boiling [1].", "Salt delays it a little."),
        ("“Water boils at 100 °C.” [1]", "Water boils at 100 °C."),
        ("Nothing alike [3].", "Steam takes more room than water."),
        ("From «Heat» [1]: “boils at 100”", "boils at 100"),
    ],
)
def test_the_cited_text_is_the_nearest_sentence(said: str, cited: str) -> None:
    [citation] = read(said).citations
    assert citation["citedText"] == cited


def test_a_marker_is_held_until_it_is_whole() -> None:
    citations = Citations(PASSAGES)
    assert citations.feed("Water boils") == "Water boils"
    assert citations.feed(" [") == ""
    assert citations.feed("9") == ""
    assert citations.feed("]") == ""
    assert citations.feed(". Ice") == ". Ice"
    assert citations.feed(" `x") == " "
    assert citations.feed("` melts") == "`x` melts"
    assert citations.text == "Water boils. Ice `x` melts"


ALPHABET = st.sampled_from(
    [
        *"ab. \n,:`~[]()129!?-*>#“”„«»🙂é",
        "[1]",
        "[2]",
        "[9]",
        " [1, 9]",
        "[1-3]",
        "```\n",
        "\n\n",
        " Water boils. ",
        "“Ice melts at 0 °C.”",
        " [2]: “",
        "\u3010",
        "\u3011",
        "†",
        "a[1]",
    ]
)
ANSWERS = st.lists(ALPHABET, max_size=40).map("".join)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(said=ANSWERS, cuts=st.lists(st.integers(0, 200), max_size=12))
def test_where_an_answer_is_cut_does_not_matter(said: str, cuts: list[int]) -> None:
    edges = sorted({0, len(said), *(cut for cut in cuts if cut < len(said))})
    whole = read(said)
    pieces = read(*(said[start:end] for start, end in pairwise(edges)))
    letters = read(*said)
    assert pieces.text == letters.text == whole.text
    assert pieces.invalid == letters.invalid == whole.invalid
    assert pieces.citations == whole.citations


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(said=ANSWERS)
def test_indexes_point_at_a_claim_and_the_quotation_into_its_passage(said: str) -> None:
    citations = read(said)
    bodies = {f"s{passage.number}": passage.body for passage in PASSAGES}
    length = len(citations.text.encode("utf-16-le")) // 2
    for found, (claim, source) in zip(citations.citations, claims(citations), strict=True):
        assert 0 <= found["startIndex"] < found["endIndex"] <= length
        assert claim == claim.strip() or claim in bodies[source]
        assert found["citedText"]
        assert found["citedText"] in bodies[source]


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(said=ANSWERS)
def test_hidden_markers_change_no_claim(said: str) -> None:
    shown, hidden = read(said), Citations(PASSAGES, hides_markers=True)
    out = "".join([*map(hidden.feed, said), hidden.flush()])
    assert len(out) <= len(shown.text)
    units = out.encode("utf-16-le")
    for one, (claim, _) in zip(hidden.citations, claims(shown), strict=True):
        assert one["citedText"]
        if "[" not in claim:
            found = units[2 * one["startIndex"] : 2 * one["endIndex"]].decode("utf-16-le")
            assert found == claim


@settings(max_examples=200, deadline=None)
@given(said=ANSWERS)
def test_no_marker_of_an_unknown_passage_is_left(said: str) -> None:
    text = read(re.sub("[`~]", "", said)).text
    assert not re.search(r"(?:^|[\s.,])\[9\](?!\()", text)


@given(body=st.text(min_size=1))
def test_sentences_are_pieces_of_their_text(body: str) -> None:
    assert all(sentence in body for sentence in sentences(body))
    assert sentences(body)
