"""QTI 2.1, 2.2 and 3.0: items of each interaction, tests, packages, faults."""

import re
from typing import Any

import pytest

from app.services.formats.reading import Imported, read_upload
from tests.formats.support import as_zip, body, lessons, questions, titles

MATCH = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct"
MAP = "http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response"


def declared(
    *correct: str, cardinality: str = "single", base: str = "identifier", ident: str = "RESPONSE"
) -> str:
    """A response with its key."""
    values = "".join(f"<value>{value}</value>" for value in correct)
    return (
        f'<responseDeclaration identifier="{ident}" cardinality="{cardinality}" baseType="{base}">'
        f"<correctResponse>{values}</correctResponse></responseDeclaration>"
    )


def item(declarations: str, text: str, processing: str = "", title: str = "Item") -> str:
    """An item of QTI 2.1."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i1" '
        f'title="{title}" adaptive="false" timeDependent="false">{declarations}'
        f"<itemBody>{text}</itemBody>"
        f"{processing or f'<responseProcessing template={chr(34)}{MATCH}{chr(34)}/>'}"
        "</assessmentItem>"
    )


def as_qti3(text: str) -> str:
    """The same document with the names of QTI 3."""

    def kebab(name: str) -> str:
        return re.sub(r"([A-Z])", lambda found: f"-{found[1].lower()}", name)

    def tag(found: "re.Match[str]") -> str:
        name = found[2]
        if name in {"p", "em", "img", "strong"}:
            return found[0]
        fields = re.sub(r"(\w+)=", lambda field: kebab(field[1]) + "=", found[3])
        return f"<{found[1]}qti-{kebab(name)}{fields}>"

    text = text.replace("imsqti_v2p1", "imsqtiasi_v3p0")
    return re.sub(r"<(/?)([a-zA-Z]+)([^<>]*)>", tag, text)


def read_items(*items: str) -> Imported:
    """Items without a test around them."""
    return read_upload("i.zip", as_zip({f"{n:02}.xml": text for n, text in enumerate(items)}))


CHOICE = (
    '<p>Which <em>seas</em>?</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="{}">'
    "<prompt>Pick.</prompt>"
    '<simpleChoice identifier="A">Baltic<feedbackInline outcomeIdentifier="FEEDBACK" '
    'identifier="A" showHide="show">Cold!</feedbackInline></simpleChoice>'
    '<simpleChoice identifier="B">Alps</simpleChoice>'
    '<simpleChoice identifier="C">Black</simpleChoice></choiceInteraction>'
)
SET = '<simpleMatchSet><simpleAssociableChoice identifier="{}" matchMax="1">{}' + (
    '</simpleAssociableChoice><simpleAssociableChoice identifier="{}" matchMax="1">{}'
    "</simpleAssociableChoice></simpleMatchSet>"
)
ITEMS = (
    item(declared("A"), CHOICE.format(1)),
    item(declared("A", "C", cardinality="multiple"), CHOICE.format(0)),
    item(
        declared("t"),
        '<p>Flat?</p><choiceInteraction responseIdentifier="RESPONSE" maxChoices="1">'
        '<simpleChoice identifier="t">True</simpleChoice>'
        '<simpleChoice identifier="f">False</simpleChoice></choiceInteraction>',
    ),
    item(
        declared("b", "a", cardinality="ordered"),
        '<orderInteraction responseIdentifier="RESPONSE"><prompt>Order</prompt>'
        '<simpleChoice identifier="a">two</simpleChoice><simpleChoice identifier="b">one'
        "</simpleChoice></orderInteraction>",
    ),
    item(
        declared("f p", "i r", cardinality="multiple", base="directedPair"),
        '<matchInteraction responseIdentifier="RESPONSE"><prompt>Match</prompt>'
        + SET.format("f", "France", "i", "Italy")
        + SET.format("r", "Rome", "p", "Paris")
        + "</matchInteraction>",
    ),
    item(
        declared("y", ident="R1") + declared("York", base="string", ident="R2"),
        '<p>Now is <inlineChoiceInteraction responseIdentifier="R1"><inlineChoice identifier="x">'
        'winter</inlineChoice><inlineChoice identifier="y">summer</inlineChoice>'
        '</inlineChoiceInteraction> of <textEntryInteraction responseIdentifier="R2"/>.</p>',
    ),
    item(
        declared("3.14", base="float"),
        '<p>Pi is <textEntryInteraction responseIdentifier="RESPONSE"/> about.</p>',
        '<responseProcessing><responseCondition><responseIf><equal toleranceMode="absolute" '
        'tolerance="0.01 0.01"><variable identifier="RESPONSE"/><correct identifier="RESPONSE"/>'
        '</equal><setOutcomeValue identifier="SCORE"><baseValue baseType="float">2</baseValue>'
        "</setOutcomeValue></responseIf></responseCondition></responseProcessing>",
    ),
    item(
        declared("W1 G1", "W2 G2", cardinality="multiple", base="directedPair"),
        '<gapMatchInteraction responseIdentifier="RESPONSE"><prompt>Fill.</prompt>'
        '<gapText identifier="W1" matchMax="1">sun</gapText><gapText identifier="W2" matchMax="1">'
        'hot</gapText><p>The <gap identifier="G1"/> is <gap identifier="G2"/>.</p>'
        "</gapMatchInteraction>",
    ),
    item(
        declared("h2"),
        '<hottextInteraction responseIdentifier="RESPONSE" maxChoices="1"><prompt>Find.</prompt>'
        '<p>A <hottext identifier="h1">good</hottext> <hottext identifier="h2">bed</hottext> idea.'
        "</p></hottextInteraction>",
    ),
    item(
        declared("Because.", base="string"),
        '<extendedTextInteraction responseIdentifier="RESPONSE"><prompt>Why?</prompt>'
        "</extendedTextInteraction>",
    ),
    item(
        declared(base="file"),
        '<uploadInteraction responseIdentifier="RESPONSE"><prompt>Send.</prompt>'
        "</uploadInteraction>",
    ),
    item(
        declared("5", base="integer"),
        '<sliderInteraction responseIdentifier="RESPONSE" lowerBound="0" upperBound="10">'
        "<prompt>How many?</prompt></sliderInteraction>",
    ),
)


@pytest.mark.parametrize("convert", [str, as_qti3], ids=["2.1", "3.0"])
def test_interactions(convert: Any) -> None:
    """Each interaction becomes a kind of question, in both spellings."""
    imported = read_items(*map(convert, ITEMS))
    assert imported.format == "qti_2"
    found = questions(imported)
    assert [question["kind"] for question in found] == [
        *("single", "multiple", "true_false", "ordering", "matching", "cloze", "numeric", "cloze"),
        *("single", "essay", "file", "numeric"),
    ]
    assert found[0] == {
        "kind": "single",
        "prompt_md": "Which *seas*?\n\nPick.",
        "options": [
            {"id": "o1", "text": "Baltic"},
            {"id": "o2", "text": "Alps"},
            {"id": "o3", "text": "Black"},
        ],
        "key": {"correct": "o1"},
        "feedback": {"o1": "Cold!"},
    }
    assert [question["key"] for question in found[1:5]] == [
        {"correct": ["o1", "o3"]},
        {"correct": True},
        {"order": ["o1", "o2"]},
        {"pairs": {"l1": "r1", "l2": "r2"}},
    ]
    assert [option["text"] for option in found[3]["options"]] == ["one", "two"]
    assert found[5]["prompt_md"] == "Now is [[1]] of [[2]]."
    assert found[5]["key"] == {"gaps": {"1": {"correct": "o2"}, "2": {"accepted": ["York"]}}}
    assert found[6]["prompt_md"] == "Pi is _____ about."
    assert found[6]["key"] == {"value": 3.14, "tolerance": 0.01}
    assert found[7]["prompt_md"] == "Fill.\n\nThe [[1]] is [[2]]."
    assert found[7]["key"] == {"gaps": {"1": {"correct": "o1"}, "2": {"correct": "o2"}}}
    assert found[8]["prompt_md"] == "Find.\n\nA **good** **bed** idea."
    assert (found[8]["key"], found[8]["options"][1]["text"]) == ({"correct": "o2"}, "bed")
    assert found[9]["key"] == {"sample_md": "Because."}
    assert found[11]["key"] == {"value": 5.0}
    assert {note.code for note in imported.report.notes} == {"hottext"}


def test_scores_and_feedback() -> None:
    """Points come of mappings and outcomes; feedback has the place that its name says."""
    mapped = (
        '<responseDeclaration identifier="RESPONSE" cardinality="multiple" baseType="identifier">'
        '<mapping upperBound="3"><mapEntry mapKey="A" mappedValue="1"/><mapEntry mapKey="B" '
        'mappedValue="-1"/><mapEntry mapKey="C" mappedValue="2"/></mapping></responseDeclaration>'
    )
    said = "".join(
        f'<modalFeedback outcomeIdentifier="{outcome}" identifier="{ident}" showHide="show">'
        f"<p>{text}</p></modalFeedback>"
        for outcome, ident, text in (
            ("FEEDBACK", "B", "Mountains"),
            ("SOLUTIONMODAL", "s", "See the map"),
            ("HINTREQUEST", "HINT", "Look north"),
            ("FEEDBACK", "wrong", "No"),
        )
    )
    rules = f'<responseProcessing template="{MAP}"/>{said}'
    imported = read_items(item(mapped, CHOICE.format(0), rules))
    (found,) = questions(imported)
    assert (found["points"], found["key"]) == (3, {"correct": ["o1", "o3"]})
    assert found["feedback"] == {"o1": "Cold!", "o2": "Mountains"}
    assert found["explanation_md"] == "See the map"
    assert found["hints"] == [{"text_md": "Look north"}]
    assert {note.code for note in imported.report.notes} == {"weights", "feedback"}


def test_gaps_of_different_worth() -> None:
    """What is best for a gap is right there, whatever other gaps are worth."""
    mapped = (
        '<responseDeclaration identifier="RESPONSE" cardinality="multiple" baseType="directedPair">'
        '<mapping><mapEntry mapKey="W1 G1" mappedValue="1"/><mapEntry mapKey="W2 G2" '
        'mappedValue="2"/></mapping></responseDeclaration>'
    )
    declaration = declared("W1 G1", "W2 G2", cardinality="multiple", base="directedPair")
    text = ITEMS[7].replace(declaration, mapped).replace(MATCH, MAP)
    (found,) = questions(read_items(text))
    assert (found["points"], found["kind"]) == (3, "cloze")
    assert found["key"] == {"gaps": {"1": {"correct": "o1"}, "2": {"correct": "o2"}}}


def test_custom_processing() -> None:
    """Conditions that compare with values are the key where nothing is declared."""
    branch = (
        "<response{0}><match><variable identifier='RESPONSE'/><baseValue baseType='identifier'>{1}"
        "</baseValue></match><setOutcomeValue identifier='SCORE'><baseValue baseType='float'>{2}"
        "</baseValue></setOutcomeValue></response{0}>"
    )
    branches = branch.format("If", "C", 2) + branch.format("ElseIf", "B", 0)
    condition = (
        f"<responseProcessing><responseCondition>{branches}</responseCondition>"
        "</responseProcessing>"
    )
    bare = "<responseDeclaration identifier='RESPONSE' cardinality='single' baseType='identifier'/>"
    (found,) = questions(read_items(item(bare, CHOICE.format(1), condition)))
    assert (found["key"], found["points"]) == ({"correct": "o3"}, 2)


def test_several_interactions_are_several_questions() -> None:
    """Each has the text before them all, and its part of the points."""
    text = CHOICE.format(1) + "<p>And why?</p>" + ITEMS[9].split("<itemBody>")[1].split("</item")[0]
    both = declared("A") + declared("x", base="string", ident="OTHER")
    imported = read_items(item(both, text.replace('"RESPONSE"><prompt>Why', '"OTHER"><prompt>Why')))
    first, second = questions(imported)
    assert (first["kind"], second["kind"], second["points"]) == ("single", "essay", 0.5)
    assert first["prompt_md"] == "Which *seas*?\n\nPick."
    assert second["prompt_md"] == "Which *seas*?\n\nAnd why?\n\nWhy?"


def test_a_package() -> None:
    """A test is a quiz with its rules, sections and pictures; items beside it are another."""
    stimulus = (
        '<assessmentStimulus xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="s" '
        'title="T"><stimulusBody><p>A long text.</p></stimulusBody></assessmentStimulus>'
    )
    with_text = ITEMS[9].replace(
        "<itemBody>", '<assessmentStimulusRef identifier="s" href="s.xml"/><itemBody>'
    )
    picture = item(declared("A"), '<p><img src="../pic.png" alt="A"/></p>' + CHOICE.format(1))
    test = (
        '<assessmentTest xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="t" '
        'title="Seas"><timeLimits maxTime="600"/><testPart identifier="p" navigationMode="linear" '
        'submissionMode="individual"><assessmentSection identifier="s" title="One" visible="true">'
        '<selection select="2"/><ordering shuffle="false"/><rubricBlock view="candidate"><p>Begin.'
        '</p></rubricBlock><assessmentItemRef identifier="a" href="items/a.xml"><weight '
        'identifier="w" value="2"/></assessmentItemRef><assessmentItemRef identifier="b" '
        'href="items/b.xml"/><assessmentItemRef identifier="c" href="items/c.xml"/>'
        '<assessmentItemRef identifier="d" href="items/gone.xml"/></assessmentSection></testPart>'
        "</assessmentTest>"
    )
    manifest = (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" identifier="m"><metadata>'
        "<schema>QTIv2.1</schema></metadata><organizations/><resources/></manifest>"
    )
    files: dict[str, str | bytes] = {
        "imsmanifest.xml": manifest,
        "test.xml": test,
        "items/a.xml": picture,
        "items/b.xml": with_text,
        "items/c.xml": ITEMS[1],
        "items/s.xml": stimulus,
        "loose.xml": ITEMS[2],
        "pic.png": b"PNG",
    }
    imported = read_upload("seas.zip", as_zip(files))
    assert titles(imported) == {"seas": [("Seas", "quiz"), ("seas", "quiz")]}
    quiz, loose = lessons(imported)
    assert quiz.quiz is not None and loose.quiz is not None
    assert (quiz.quiz.time_limit_seconds, quiz.quiz.draw_count) == (600, 2)
    assert quiz.quiz.is_shuffled is False
    assert body(quiz) == "Begin."
    assert [file.path for file in quiz.files] == ["pic.png"]
    found = quiz.quiz.questions
    assert [question.points for question in found] == [2, 1, 1]
    assert found[0].prompt_md.startswith("![A](pic.png)")
    assert found[1].prompt_md == "A long text.\n\nWhy?"
    assert len(loose.quiz.questions) == 1
    assert imported.report.skipped == 1


def test_a_cartridge_with_items_of_qti_2() -> None:
    """A resource of a cartridge may be a test of QTI 2."""
    manifest = (
        '<manifest xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1" identifier="m">'
        "<metadata/><organizations><organization identifier='o'><item identifier='r'><item "
        "identifier='m1'><title>Week</title><item identifier='i' identifierref='q'><title>Quiz"
        "</title></item></item></item></organization></organizations><resources><resource "
        "identifier='q' type='imsqti_item_xmlv2p1' href='q/item.xml'><file href='q/item.xml'/>"
        "</resource></resources></manifest>"
    )
    imported = read_upload("c.imscc", as_zip({"imsmanifest.xml": manifest, "q/item.xml": ITEMS[0]}))
    assert imported.format == "common_cartridge"
    assert titles(imported) == {"Week": [("Quiz", "quiz")]}
    assert [question["kind"] for question in questions(imported)] == ["single"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (item("", ""), None),
        (item("", CHOICE.format(1)), "no_right_answer"),
        (item(declared("Z"), CHOICE.format(1)), "no_right_answer"),
        (item(declared("a"), '<hotspotInteraction responseIdentifier="R"/>'), "question_kind"),
        (item("", "<orderInteraction responseIdentifier='RESPONSE'/>"), "options"),
        (item(declared("a"), "<matchInteraction responseIdentifier='RESPONSE'/>"), "options"),
        (item(declared("a"), "<p><textEntryInteraction/></p>"), "no_right_answer"),
        (ITEMS[0].replace("itemBody", "body"), "no_prompt"),
        (ITEMS[6].replace("3.14", "pi"), "no_right_answer"),
    ],
)
def test_faults_are_named(text: str, code: str | None) -> None:
    """An item that cannot come is in the report, and nothing crashes."""
    other = item(declared("A"), CHOICE.format(1))
    imported = read_items(text, other)
    assert len(questions(imported)) == 1
    assert code in {None, *(note.code for note in imported.report.notes)}
    assert imported.report.skipped == (code is not None)
