"""Backups of Moodle: activities, the question bank of old and new versions, files, faults."""

from typing import Any

import pytest

from app.services.formats.reading import Imported, read_upload
from app.services.formats.report import FormatError
from tests.formats.support import Texts, as_tar, as_zip, body, lessons, questions, titles

PICTURE = "ab" + "0" * 38
SHEET = "cd" + "0" * 38


def escaped(html: str) -> str:
    """HTML as text of XML."""
    return html.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def activity(number: int, kind: str, title: str, section: int = 1) -> str:
    """An activity of the index."""
    return (
        f"<activity><moduleid>{number}</moduleid><sectionid>{section}</sectionid><modulename>{kind}"
        f"</modulename><title>{title}</title><directory>activities/{kind}_{number}</directory>"
        "</activity>"
    )


def inner(kind: str, context: int, fields: str) -> str:
    """The file of an activity."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<activity id="1" moduleid="1" modulename="{kind}"'
        f' contextid="{context}"><{kind} id="1">{fields}</{kind}></activity>'
    )


def page(title: str, html: str) -> str:
    """The fields of a page."""
    return (
        f"<name>{title}</name><intro></intro><introformat>1</introformat>"
        f"<content>{escaped(html)}</content><contentformat>1</contentformat>"
    )


def file(digest: str, context: int, name: str, component: str, area: str, item: int = 0) -> str:
    """A file of the index of files."""
    return (
        f"<file id='1'><contenthash>{digest}</contenthash><contextid>{context}</contextid>"
        f"<component>{component}</component><filearea>{area}</filearea><itemid>{item}</itemid>"
        f"<filepath>/</filepath><filename>{name}</filename></file>"
    )


def question(number: int, kind: str, text: str, plugin: str = "", parent: int = 0) -> str:
    """A question of the bank."""
    return (
        f'<question id="{number}"><parent>{parent}</parent><name>Q{number}</name><questiontext>'
        f"{escaped(text)}</questiontext><questiontextformat>1</questiontextformat>"
        f"<generalfeedback></generalfeedback><defaultmark>1.0000000</defaultmark><qtype>{kind}"
        f"</qtype><plugin_qtype_{kind}_question>{plugin}</plugin_qtype_{kind}_question></question>"
    )


def answers(*items: tuple[int, str, float, str]) -> str:
    """Answers with id, text, share and feedback."""
    return "<answers>{}</answers>".format(
        "".join(
            f'<answer id="{ident}"><answertext>{text}</answertext><answerformat>0</answerformat>'
            f"<fraction>{share:.7f}</fraction><feedback>{said}</feedback></answer>"
            for ident, text, share, said in items
        )
    )


BANK = (
    question(
        1,
        "multichoice",
        '<p>Which? <img src="@@PLUGINFILE@@/map.png" alt="Map"></p>',
        answers((1, "Sea", 1, "Yes"), (2, "Hill", 0, ""))
        + "<multichoice id='1'><single>1</single><correctfeedback>Your answer is correct."
        "</correctfeedback></multichoice>",
    ),
    question(
        2,
        "truefalse",
        "Flat?",
        answers((3, "Verdadero", 0, ""), (4, "Falso", 1, ""))
        + "<truefalse id='1'><trueanswer>3</trueanswer><falseanswer>4</falseanswer></truefalse>",
    ),
    question(
        3,
        "numerical",
        "g?",
        answers((5, "9.81", 1, ""))
        + "<numerical_units><numerical_unit id='1'><multiplier>1</multiplier><unit>m</unit>"
        "</numerical_unit></numerical_units><numerical_records><numerical_record id='1'>"
        "<answer>5</answer><tolerance>0.1</tolerance></numerical_record></numerical_records>",
    ),
    question(
        4,
        "match",
        "Match",
        "<matches>"
        + "".join(
            f"<match id='{n}'><questiontext>{left}</questiontext><questiontextformat>1"
            f"</questiontextformat><answertext>{right}</answertext></match>"
            for n, left, right in ((1, "a", "1"), (2, "b", "2"))
        )
        + "</matches>",
    ),
    question(
        5,
        "multianswer",
        "In {#1} it is {#2}.",
        "<multianswer><sequence>6,7</sequence></multianswer>",
    ),
    question(6, "shortanswer", "{1:SHORTANSWER:=Rome}", parent=5),
    question(7, "multichoice", "{1:MULTICHOICE:=hot~cold}", parent=5),
    question(8, "essay", "Write", "<essay id='1'><responseformat>editor</responseformat></essay>"),
    question(
        9,
        "ddwtos",
        "A [[1]] and a [[2]].",
        answers(
            (8, "sun", 1, escaped('O:8:"stdClass":2:{s:9:"draggroup";s:1:"1";}')),
            (9, "moon", 1, escaped('O:8:"stdClass":2:{s:9:"draggroup";s:1:"1";}')),
        ),
    ),
)


def bank_4(*found: str) -> str:
    """The question bank of Moodle 4: entry 100 + n has an empty older version."""
    entries = "".join(
        f'<question_bank_entry id="{100 + n}"><question_version><question_versions id="1{n}">'
        f"<version>1</version><questions>{question(1000 + n, 'essay', 'Old')}</questions>"
        f'</question_versions><question_versions id="2{n}"><version>2</version><questions>{text}'
        "</questions></question_versions></question_version></question_bank_entry>"
        for n, text in enumerate(found, 1)
    )
    return (
        f'<question_categories><question_category id="7"><question_bank_entries>{entries}'
        "</question_bank_entries></question_category></question_categories>"
    )


def bank_3(*found: str) -> str:
    """The question bank before Moodle 4."""
    return (
        '<question_categories><question_category id="7"><questions>'
        f"{''.join(found)}</questions></question_category></question_categories>"
    )


def slot_4(number: int, entry: int) -> str:
    """A slot that names an entry."""
    return (
        f"<question_instance id='{number}'><slot>{number}</slot><maxmark>2.0000000</maxmark>"
        f"<question_reference id='1'><questionbankentryid>{entry}</questionbankentryid>"
        "<version>$@NULL@$</version></question_reference></question_instance>"
    )


def slot_3(number: int, ident: int) -> str:
    """A slot that names a question."""
    return (
        f"<question_instance id='{number}'><slot>{number}</slot><questionid>{ident}</questionid>"
        "<maxmark>2.0000000</maxmark></question_instance>"
    )


def backup(slots: str, bank: str) -> dict[str, Any]:
    """A backup with an activity of each kind."""
    listed = (
        activity(11, "label", "Read this")
        + activity(12, "page", "Intro")
        + activity(13, "book", "Book")
        + activity(14, "url", "Link")
        + activity(15, "resource", "Sheet")
        + activity(16, "assign", "Essay", 2)
        + activity(17, "quiz", "Test", 2)
        + activity(18, "forum", "Talk", 2)
    )
    sections = "".join(
        f"<section><sectionid>{n}</sectionid><title>{n}</title><directory>sections/section_{n}"
        "</directory></section>"
        for n in (1, 2)
    )
    chapters = "".join(
        f"<chapter id='{n}'><pagenum>{n}</pagenum><subchapter>{sub}</subchapter><title>C{n}</title>"
        f"<content>&lt;p&gt;Text {n}&lt;/p&gt;</content><hidden>{hidden}</hidden></chapter>"
        for n, sub, hidden in ((1, 0, 0), (2, 1, 0), (3, 0, 0), (4, 0, 1))
    )
    intro = (
        '<p>See <a href="$@QUIZVIEWBYID*17@$">the test</a>.</p>'
        '<img src="@@PLUGINFILE@@/map.png" alt="M">'
    )
    return {
        "moodle_backup.xml": "<moodle_backup><information><original_course_fullname>Seas"
        f"</original_course_fullname><contents><activities>{listed}</activities><sections>{sections}"
        "</sections></contents></information></moodle_backup>",
        "course/course.xml": "<course id='1' contextid='1'><lang>de</lang><summary>&lt;b&gt;All"
        "&lt;/b&gt;</summary><summaryformat>1</summaryformat></course>",
        "sections/section_1/section.xml": "<section id='1'><number>1</number><name>Water</name>"
        "<summary>&lt;p&gt;Wet.&lt;/p&gt;</summary><sequence>12,11,13,14,15</sequence>"
        "<visible>1</visible></section>",
        "sections/section_2/section.xml": "<section id='2'><number>2</number><name>$@NULL@$</name>"
        "<summary></summary><sequence>16,17,18</sequence><visible>0</visible></section>",
        "activities/label_11/label.xml": inner(
            "label", 21, "<name>Read this</name><intro>&lt;p&gt;Read this&lt;/p&gt;</intro>"
        ),
        "activities/page_12/page.xml": inner("page", 22, page("Intro", intro)),
        "activities/page_12/module.xml": "<module id='12'><visible>1</visible><availability>{}"
        "</availability></module>",
        "activities/book_13/book.xml": inner(
            "book", 23, f"<name>Book</name><chapters>{chapters}</chapters>"
        ),
        "activities/url_14/url.xml": inner(
            "url", 24, "<name>Link</name><externalurl>https://sea.example/a b</externalurl>"
        ),
        "activities/resource_15/resource.xml": inner("resource", 25, "<name>Sheet</name>"),
        "activities/assign_16/assign.xml": inner(
            "assign", 26, "<name>Essay</name><intro>Write</intro><duedate>1700000000</duedate>"
        ),
        "activities/quiz_17/quiz.xml": inner(
            "quiz",
            27,
            "<name>Test</name><timelimit>600</timelimit><attempts_number>2</attempts_number>"
            "<grademethod>4</grademethod><shuffleanswers>0</shuffleanswers><question_instances>"
            f"{slots}</question_instances>",
        ),
        "activities/quiz_17/grades.xml": "<activity_gradebook><grade_items><grade_item id='1'>"
        "<grademax>10.00000</grademax><gradepass>7.00000</gradepass></grade_item></grade_items>"
        "</activity_gradebook>",
        "questions.xml": bank,
        "files.xml": "<files>"
        + file(PICTURE, 22, "map.png", "mod_page", "content")
        + file(PICTURE, 5, "map.png", "question", "questiontext", 1)
        + file(SHEET, 25, "sheet 1.pdf", "mod_resource", "content")
        + file(SHEET, 25, ".", "mod_resource", "content")
        + "</files>",
        f"files/ab/{PICTURE}": b"PNG",
        f"files/cd/{SHEET}": b"PDF",
        "users.xml": "<users><user id='2'><email>a@b.example</email></user></users>",
    }


def read(files: Texts) -> Imported:
    """A backup read."""
    return read_upload("seas.mbz", as_tar(files))


@pytest.mark.parametrize("version", [3, 4])
def test_a_backup(version: int) -> None:
    """Sections are modules; the question bank of both layouts gives the same questions."""
    numbers = (1, 2, 3, 4, 5, 8, 9)
    slot, bank, first = (slot_3, bank_3, 0) if version == 3 else (slot_4, bank_4, 100)
    slots = "".join(slot(9 - place, first + n) for place, n in enumerate(reversed(numbers)))
    imported = read(backup(slots, bank(*BANK)))
    assert imported.format == "moodle_backup"
    course = imported.bundle.course
    assert (course.title, course.locale, course.description) == ("Seas", "de", "**All**")
    assert titles(imported) == {
        "Water": [
            *(("Intro", "text"), ("Read this", "text"), ("C1", "text"), ("C3", "text")),
            *(("Link", "text"), ("Sheet", "text")),
        ],
        "Section 2": [("Essay", "lab"), ("Test", "quiz")],
    }
    assert course.modules[0].summary == "Wet."
    found = {lesson.title: lesson for lesson in lessons(imported)}
    picture = f"files/ab/{PICTURE}/map.png"
    assert body(found["Intro"]) == f"See [the test](test.md).\n\n![M]({picture})"
    assert body(found["C1"]) == "Text 1\n\n## C2\n\nText 2"
    assert body(found["Link"]) == "[Link](https://sea.example/a%20b)"
    assert body(found["Sheet"]) == f"- [sheet 1.pdf](files/cd/{SHEET}/sheet%201.pdf)"
    assert [file.title for file in found["Sheet"].files] == ["sheet 1.pdf"]
    assert not found["Test"].is_published
    quiz = found["Test"].quiz
    assert quiz is not None
    assert (quiz.time_limit_seconds, quiz.max_attempts, quiz.scoring) == (600, 2, "last")
    assert (quiz.pass_mark, quiz.is_shuffled, quiz.draw_count) == (70, False, None)
    assert [file.path for file in found["Test"].files] == [picture]
    asked = questions(imported)
    assert [item["kind"] for item in asked] == [
        *("single", "true_false", "numeric", "matching", "cloze", "essay", "cloze"),
    ]
    assert asked[0]["prompt_md"] == f"Which? ![Map]({picture})"
    assert (asked[0]["points"], asked[0]["feedback"]) == (2, {"o1": "Yes"})
    assert asked[1]["key"] == {"correct": False}
    assert asked[2]["key"] == {"value": 9.81, "tolerance": 0.1, "unit": "m"}
    assert asked[4]["prompt_md"] == "In [[1]] it is [[2]]."
    assert asked[4]["key"]["gaps"] == {"1": {"accepted": ["Rome"]}, "2": {"correct": "o1"}}
    assert asked[6]["key"]["gaps"] == {"1": {"correct": "o1"}, "2": {"correct": "o2"}}
    assert {note.code for note in imported.report.notes} == {
        *("activity", "assignment_rule", "hidden", "release_rule", "setting"),
    }


def test_drawn_questions() -> None:
    """A quiz that only draws of one category has all questions of it and draws as many."""
    slots = "".join(
        f"<question_instance id='{n}'><slot>{n}</slot><question_set_reference><filtercondition>"
        '{"questioncategoryid":"7"}</filtercondition></question_set_reference></question_instance>'
        for n in (1, 2)
    )
    new = read(backup(slots, bank_4(*BANK)))
    old = read(backup(slot_3(1, 50) + slot_3(2, 50), bank_3(*BANK, question(50, "random", "0"))))
    for imported in (new, old):
        quiz = lessons(imported)[-1].quiz
        assert quiz is not None
        assert (len(quiz.questions), quiz.draw_count) == (7, 2)
    gone = read(backup(slots.replace('"7"', '"8"'), bank_4(*BANK)))
    assert (len(questions(gone)), gone.report.skipped) == (0, 2)
    mixed = read(backup(slots + slot_4(3, 101), bank_4(*BANK)))
    assert (len(questions(mixed)), mixed.report.skipped) == (1, 2)


def test_a_zip_and_faults() -> None:
    """A backup may be a zip; what is missing is named, and no damage is a crash."""
    whole = backup(slot_4(1, 101) + slot_4(2, 999), bank_4(*BANK))
    imported = read_upload("seas.mbz", as_zip(whole))
    assert (len(questions(imported)), imported.report.skipped) == (1, 1)
    for path in whole:
        try:
            read({name: text for name, text in whole.items() if name != path})
        except FormatError as error:
            assert error.code in {"invalid_file", "unknown_format", "nothing_to_import"}
        for text in ("", "<a/>", "<a>", "<a><question_category/></a>"):
            try:
                read({**whole, path: text})
            except FormatError as error:
                assert error.code in {"invalid_file", "nothing_to_import"}
