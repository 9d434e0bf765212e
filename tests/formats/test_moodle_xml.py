"""Moodle XML: each kind of question, texts of HTML, and hostile documents."""

import pytest

from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError
from tests.formats.support import body, lessons, questions, read_text, titles


def quiz(*items: str) -> str:
    """A document of Moodle XML."""
    return '<?xml version="1.0"?>\n<quiz>\n' + "\n".join(items) + "\n</quiz>"


def question(kind: str, text: str, *more: str) -> str:
    """A question of Moodle XML."""
    return (
        f'<question type="{kind}"><name><text>Name</text></name><questiontext format="html">'
        f"<text><![CDATA[{text}]]></text></questiontext>{''.join(more)}</question>"
    )


def answer(fraction: float, text: str, feedback: str = "", more: str = "") -> str:
    """An answer of Moodle XML."""
    said = f"<feedback format='html'><text>{feedback}</text></feedback>"
    return f'<answer fraction="{fraction}"><text>{text}</text>{said}{more}</answer>'


def test_kinds() -> None:
    """Each kind becomes a kind of question."""
    gaps = "{1:SA:=Rome~%50%Rom} has {2:NM:=7:1#Right} hills and {:MC:=a river~a fjord}."
    found = questions(
        read_text(
            "x.xml",
            quiz(
                question("truefalse", "Up?", answer(100, "true", "Yes"), answer(0, "false", "No")),
                question(
                    "multichoice",
                    "Both",
                    "<single>false</single>",
                    answer(50, "A"),
                    answer(50, "B"),
                    answer(-50, "C"),
                    "<defaultgrade>2.5</defaultgrade>",
                ),
                question("shortanswer", "Who?", answer(100, "Ada"), answer(0, "*", "No")),
                question(
                    "numerical",
                    "g?",
                    answer(100, "9,81", "", "<tolerance>0.1</tolerance>"),
                    "<units><unit><unit_name>m/s2</unit_name></unit></units>",
                ),
                question(
                    "matching",
                    "Match",
                    *(
                        f"<subquestion format='html'><text>{left}</text><answer>"
                        f"<text>{right}</text></answer></subquestion>"
                        for left, right in (("a", "1"), ("b", "2"), ("", "3"))
                    ),
                ),
                question("ordering", "Order", answer(1, "first"), answer(1, "second")),
                question(
                    "gapselect",
                    "The [[2]] is [[1]].",
                    *(
                        f"<selectoption><text>{word}</text><group>{group}</group></selectoption>"
                        for word, group in (("hot", 1), ("sun", 2), ("cold", 1), ("moon", 2))
                    ),
                ),
                question("cloze", gaps),
                question("essay", "Write", "<attachments>0</attachments>"),
                question("essay", "Send", "<responseformat>noinline</responseformat>"),
            ),
        )
    )
    assert [item["kind"] for item in found] == [
        *("true_false", "multiple", "short_text", "numeric", "matching", "ordering"),
        *("cloze", "cloze", "essay", "file"),
    ]
    assert found[0]["feedback"] == {"true": "Yes", "false": "No"}
    assert (found[1]["points"], found[1]["key"]) == (2.5, {"correct": ["o1", "o2"]})
    assert found[3]["key"] == {"value": 9.81, "tolerance": 0.1, "unit": "m/s2"}
    assert found[4]["key"] == {"pairs": {"l1": "r1", "l2": "r2"}}
    assert found[5]["key"] == {"order": ["o1", "o2"]}
    assert found[6]["prompt_md"] == "The [[1]] is [[2]]."
    assert found[6]["options"]["gaps"][0]["options"] == [
        {"id": "o1", "text": "sun"},
        {"id": "o2", "text": "moon"},
    ]
    assert found[6]["key"] == {"gaps": {"1": {"correct": "o1"}, "2": {"correct": "o1"}}}
    assert found[7]["prompt_md"] == "[[1]] has [[2]] hills and [[3]]."
    assert found[7]["key"]["gaps"] == {
        "1": {"accepted": ["Rome"]},
        "2": {"value": 7.0, "tolerance": 1.0},
        "3": {"correct": "o1"},
    }
    assert found[7]["feedback"] == {"2": "Right"}
    assert [item["key"] for item in found[8:]] == [{}, {}]


def test_rules_of_essays_that_are_lost() -> None:
    """Notes for graders, templates and files beside a text are named."""
    more = [
        *("<attachments>2</attachments>", "<graderinfo><text>Be kind</text></graderinfo>"),
        "<responsetemplate><text>Dear</text></responsetemplate>",
    ]
    imported = read_text("x.xml", quiz(question("essay", "Write", *more)))
    assert [note.code for note in imported.report.notes] == ["essay_rule"] * 3


def test_categories_and_descriptions() -> None:
    """A category that comes again is the same quiz."""
    category = (
        "<question type='category'><category><text>$course$/top/{}</text></category></question>"
    )
    imported = read_text(
        "x.xml",
        quiz(
            category.format("A"),
            question("description", "<h3>Read</h3>"),
            question("essay", "Write"),
            question("ordering", "O", answer(1, "x"), answer(1, "y")),
            category.format("B"),
            question("stack", "S"),
            category.format("A"),
            question("truefalse", "T", answer(100, "false")),
        ),
    )
    assert titles(imported) == {"x": [("A", "quiz"), ("B", "text")]}
    assert body(lessons(imported)[0]) == "### Read"
    lost = [note.message for note in imported.report.notes if note.code == "question_kind"]
    assert lost[-1] == "A question of kind stack has no place here."


def test_html_becomes_markdown() -> None:
    """Tables, lists, code, formulas, players and images; scripts are named."""
    html = (
        "<p>Let <em>x</em><sub>1</sub> be \\(a_1 * b\\).</p><script>alert(1)</script>"
        "<table><tr><th>A</th></tr><tr><td>1</td></tr></table><ul><li>one</li></ul>"
        "<pre><code>a_b *c*</code></pre><iframe src='https://v.example/1' title='Film'></iframe>"
        "<a href='javascript:alert(1)'>click</a><img src='a (1).png'>"
    )
    imported = read_text("x.xml", quiz(question("truefalse", html, answer(100, "true"))))
    prompt = questions(imported)[0]["prompt_md"]
    for part in (
        *("*x*", "$a_1 * b$", "| A |", "- one", "a_b *c*", "[Film](https://v.example/1)"),
        *("click", "(a%20%281%29.png)"),
    ):
        assert part in prompt
    assert "alert" not in prompt
    assert {note.code for note in imported.report.notes} == {
        *("html_element", "embedded_media", "address", "missing_alt"),
    }


def test_what_a_key_cannot_hold_is_named() -> None:
    """A sign of a gap in the text itself, and numbers of hundreds of digits."""
    imported = read_text(
        "x.xml",
        quiz(
            question("cloze", "In {1:SA:=Rome}, not [[1]] nor [[7]]."),
            question("numerical", "Much", answer(100, "1e300")),
            question("numerical", "Little", answer(100, "1e-300")),
            question("multichoice", "Long", *(answer(n, "水" * 1_900) for n in range(20))),
            question("truefalse", "Up?", answer(100, "true")),
        ),
    )
    assert [item["kind"] for item in questions(imported)] == ["true_false"]
    assert imported.report.skipped == 4


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "iso-8859-1", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    """A document in any encoding that it declares; the signs of UTF-16 come before it."""
    declared = encoding.removesuffix("-be").removesuffix("-sig")
    text = quiz(question("shortanswer", "Größe?", answer(100, "groß"))).replace(
        '"1.0"', f'"1.0" encoding="{declared}"'
    )
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    (found,) = questions(read_upload("x.xml", (mark + text).encode(encoding)))
    assert (found["prompt_md"], found["key"]) == ("Größe?", {"accepted": ["groß"]})


def test_a_negative_tolerance_is_named() -> None:
    """The report says what is wrong with the number."""
    wrong = answer(100, "9.81", "", "<tolerance>-1</tolerance>")
    imported = read_text("x.xml", quiz(question("numerical", "g?", wrong, answer(100, "9.8"))))
    assert "9.81 has an unusable tolerance." in [note.message for note in imported.report.notes]


def test_files_in_a_text() -> None:
    """A picture in a question is a file of the quiz; an empty one is named."""
    text = (
        '<question type="truefalse"><questiontext format="html"><text><![CDATA[<p>See <img src="'
        '@@PLUGINFILE@@/map%201.png" alt="Map"></p>]]></text><file name="map 1.png" '
        'encoding="base64">UE5H</file><file name="gone.png" encoding="base64"></file>'
        f"</questiontext>{answer(100, 'true')}</question>"
    )
    imported = read_text("x.xml", quiz(text))
    (lesson,) = lessons(imported)
    (file,) = lesson.files
    assert (file.title, file.media_type, file.size) == ("map 1.png", "image/png", 3)
    assert imported.files.content[file.path] == b"PNG"
    (found,) = questions(imported)
    assert found["prompt_md"] == f"See ![Map]({file.path.replace(' ', '%20')})"
    assert [note.code for note in imported.report.notes] == ["file"]


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE q [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<quiz>&x;</quiz>',
        '<!DOCTYPE q [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<quiz>&b;</quiz>',
        '<!DOCTYPE q [<!ENTITY % x SYSTEM "http://127.0.0.1:1/x">%x;]>\n<quiz/>',
        "<quiz><question></quiz>",
        "<quiz>" + "<a>" * 100_000,
        "<quiz>\0</quiz>",
    ],
)
def test_hostile_documents(document: str) -> None:
    """No entity is expanded, nothing is fetched, and no depth is a crash."""
    with pytest.raises(FormatError) as caught:
        read_text("x.xml", document)
    assert caught.value.code in {"invalid_file", "nothing_to_import"}


def test_deep_html() -> None:
    """HTML that is nested too deeply for Markdown comes as text."""
    html = "<div><span>" * 5_000 + "deep" + "</span></div>" * 5_000
    imported = read_text("x.xml", quiz(question("truefalse", html, answer(100, "true"))))
    assert "deep" in questions(imported)[0]["prompt_md"]
