"""QTI 1.2 with the kinds of Canvas, and a cartridge of Canvas around it."""

from app.services.formats.reading import read_upload
from tests.formats.support import as_zip, body, lessons, questions, read_text, titles


def item(kind: str, text: str, responses: str = "", processing: str = "", points: float = 1) -> str:
    """An item as Canvas writes it."""
    fields = "".join(
        f"<qtimetadatafield><fieldlabel>{name}</fieldlabel><fieldentry>{value}</fieldentry>"
        "</qtimetadatafield>"
        for name, value in (("question_type", kind), ("points_possible", points))
    )
    return (
        f'<item ident="i" title="Q"><itemmetadata><qtimetadata>{fields}</qtimetadata>'
        f'</itemmetadata><presentation><material><mattext texttype="text/html">{text}</mattext>'
        f"</material>{responses}</presentation><resprocessing><outcomes>"
        f'<decvar maxvalue="100" minvalue="0"/></outcomes>{processing}</resprocessing></item>'
    )


def lid(ident: str, labels: dict[str, str], name: str = "", cardinality: str = "Single") -> str:
    """A response to choose from."""
    head = f"<material><mattext>{name}</mattext></material>" if name else ""
    options = "".join(
        f'<response_label ident="{key}"><material><mattext>{text}</mattext></material>'
        "</response_label>"
        for key, text in labels.items()
    )
    return (
        f'<response_lid ident="{ident}" rcardinality="{cardinality}">{head}<render_choice>{options}'
        "</render_choice></response_lid>"
    )


def right(ident: str, value: str, points: float = 100) -> str:
    """A condition that gives points."""
    return (
        f'<respcondition><conditionvar><varequal respident="{ident}">{value}</varequal>'
        f'</conditionvar><setvar varname="SCORE" action="Add">{points}</setvar></respcondition>'
    )


FIB = '<response_str ident="r" rcardinality="Single"><render_fib/></response_str>'
RANGE = (
    '<respcondition><conditionvar><or><varequal respident="r">5</varequal><and>'
    '<vargte respident="r">4</vargte><varlte respident="r">6</varlte></and></or></conditionvar>'
    '<setvar action="Set">100</setvar></respcondition>'
)
BLANKS = lid("response_a", {"1": "sun", "2": "Sun"}, "a") + lid("response_b", {"3": "hot"}, "b")
DROPDOWNS = lid("response_a", {"1": "sun", "2": "moon"}, "a") + lid(
    "response_b", {"3": "hot", "4": "cold"}, "b"
)
ITEMS = "".join(
    (
        item("essay_question", "Write"),
        item("file_upload_question", "Send"),
        item(
            "fill_in_multiple_blanks_question",
            "The [a] is [b].",
            BLANKS,
            right("response_a", "1", 50) + right("response_b", "3", 50),
        ),
        item(
            "multiple_dropdowns_question",
            "The [a] is [b].",
            DROPDOWNS,
            right("response_a", "1", 50) + right("response_b", "4", 50),
        ),
        item(
            "matching_question",
            "Match",
            lid("response_1", {"x": "Rome", "y": "Paris"}, "Italy")
            + lid("response_2", {"x": "Rome", "y": "Paris"}, "France"),
            right("response_1", "x", 50) + right("response_2", "y", 50),
        ),
        item("numerical_question", "How many?", FIB, RANGE, 3),
        item("short_answer_question", "Who?", FIB, right("r", "Ada") + right("r", "Lovelace")),
        item("calculated_question", "1 + [x]?", FIB),
        item("text_only_question", "Read this."),
    )
)
DOCUMENT = (
    '<questestinterop xmlns="http://www.imsglobal.org/xsd/ims_qtiasiv1p2"><assessment ident="a" '
    'title="Quiz"><section ident="root_section">{}</section></assessment></questestinterop>'
)


def test_kinds_of_canvas() -> None:
    """Essays, uploads, blanks and lists to choose from are questions of their kinds."""
    imported = read_text("quiz.xml", DOCUMENT.format(ITEMS))
    found = questions(imported)
    assert [question["kind"] for question in found] == [
        *("essay", "file", "cloze", "cloze", "matching", "numeric", "short_text"),
    ]
    assert found[2]["prompt_md"] == found[3]["prompt_md"] == "The [[1]] is [[2]]."
    assert found[2]["key"]["gaps"] == {"1": {"accepted": ["sun"]}, "2": {"accepted": ["hot"]}}
    assert found[3]["key"]["gaps"] == {"1": {"correct": "o1"}, "2": {"correct": "o2"}}
    assert found[4]["key"] == {"pairs": {"l1": "r1", "l2": "r2"}}
    assert (found[5]["points"], found[5]["key"]) == (3, {"value": 5.0, "tolerance": 1.0})
    assert found[6]["key"] == {"accepted": ["Ada", "Lovelace"]}
    assert imported.report.skipped == 1
    assert body(lessons(imported)[0]) == "Read this."


def test_kinds_of_new_quizzes() -> None:
    """Gaps are named by ids and say how they are answered; items are sorted into categories."""
    gaps = (
        lid("response_1a", {"x": "black", "y": "red"}, "black")
        + lid("response_2b", {"z": "blue"}, "blue")
    ).replace('ident="x"', 'ident="x" answer_type="dropdown"')
    items = {"a1": "Rome", "b1": "Oslo", "a2": "Milan", "d": "Mars"}
    sort = lid("c1", items, "Italy", "Multiple") + lid("c2", items, "Norway", "Multiple")
    imported = read_text(
        "quiz.xml",
        DOCUMENT.format(
            item(
                "fill_in_multiple_blanks_question",
                "Roses are [1a], violets [2b].",
                gaps,
                right("response_1a", "y", 50) + right("response_2b", "z", 50),
            )
            + item(
                "categorization_question",
                "Sort",
                sort,
                "<respcondition><conditionvar><varequal respident='c1'>a1</varequal>"
                "<varequal respident='c1'>a2</varequal></conditionvar><setvar>50</setvar>"
                "</respcondition>" + right("c2", "b1", 50),
            )
        ),
    )
    blanks, matching = questions(imported)
    assert blanks["prompt_md"] == "Roses are [[1]], violets [[2]]."
    assert blanks["key"] == {"gaps": {"1": {"correct": "o2"}, "2": {"accepted": ["blue"]}}}
    assert [one["text"] for one in matching["options"]["left"]] == ["Rome", "Milan", "Oslo"]
    assert matching["key"] == {"pairs": {"l1": "r1", "l2": "r1", "l3": "r2"}}
    assert [note.code for note in imported.report.notes] == ["pair"]


def test_drawn_questions() -> None:
    """One section that draws is a quiz that draws; of several sections all questions come."""
    drawn = "<selection_ordering><selection><selection_number>2</selection_number></selection>"
    drawn += "</selection_ordering>"
    (quiz,) = lessons(read_text("quiz.xml", DOCUMENT.format(drawn + ITEMS)))
    assert quiz.quiz is not None
    assert (quiz.quiz.draw_count, len(quiz.quiz.questions)) == (2, 7)
    two = f"<section>{drawn}{ITEMS}</section><section>{ITEMS}</section>"
    imported = read_text("quiz.xml", DOCUMENT.format(two))
    (quiz,) = lessons(imported)
    assert quiz.quiz is not None and quiz.quiz.draw_count is None
    assert "draw" in {note.code for note in imported.report.notes}


def test_a_cartridge_of_canvas() -> None:
    """Rules of quizzes, assignments, hidden items and links between pages."""
    kinds = {
        "p": ("webcontent", "wiki_content/page.html", []),
        "q": ("imsqti_xmlv1p2/imscc_xmlv1p1/assessment", "", ["q/assessment_qti.xml"]),
        "a": ("associatedcontent/imscc_xmlv1p1/x", "a/work.html", ["a/assignment_settings.xml"]),
        "t": ("imsbasiclti_xmlv1p0", "", []),
    }
    resources = "".join(
        f'<resource identifier="{ident}" type="{kind}" href="{href}">'
        + "".join(f'<file href="{path}"/>' for path in [*([href] if href else []), *more])
        + "</resource>"
        for ident, (kind, href, more) in kinds.items()
    )
    listed = "".join(
        f'<item identifier="i{number}" identifierref="{ident}"><title>{title}</title></item>'
        for number, (ident, title) in enumerate(
            (("p", "Page"), ("q", "Quiz"), ("a", "Work"), ("t", "Tool")), start=1
        )
    )
    manifest = (
        '<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1">'
        '<metadata/><organizations><organization identifier="o"><item identifier="r">'
        f'<item identifier="m1"><title>Week</title>{listed}</item></item></organization>'
        f"</organizations><resources>{resources}</resources></manifest>"
    )
    html = "<html><head><title>{}</title></head><body>{}</body></html>"
    imported = read_upload(
        "c.imscc",
        as_zip(
            {
                "imsmanifest.xml": manifest,
                "course_settings/course_settings.xml": "<course><title>Seas</title></course>",
                "course_settings/module_meta.xml": '<modules><module identifier="m1"><items>'
                '<item identifier="i1"><workflow_state>unpublished</workflow_state></item></items>'
                "</module></modules>",
                "wiki_content/page.html": html.format(
                    "Page",
                    '<a href="$CANVAS_OBJECT_REFERENCE$/quizzes/q">quiz</a>'
                    '<img src="$IMS-CC-FILEBASE$/map%201.png" alt="Map">',
                ),
                "web_resources/map 1.png": "PNG",
                "q/assessment_qti.xml": DOCUMENT.format(item("essay_question", "CC")),
                "non_cc_assessments/q.xml.qti": DOCUMENT.format(ITEMS),
                "q/assessment_meta.xml": "<quiz><title>Quiz</title><allowed_attempts>3"
                "</allowed_attempts><time_limit>20</time_limit><scoring_policy>keep_latest"
                "</scoring_policy><shuffle_answers>true</shuffle_answers></quiz>",
                "a/work.html": html.format("Work", "Do it."),
                "a/assignment_settings.xml": "<assignment><due_at>2024-01-01T00:00:00</due_at>"
                "</assignment>",
            }
        ),
    )
    assert titles(imported) == {"Week": [("Page", "text"), ("Quiz", "quiz"), ("Work", "lab")]}
    page, quiz, work = lessons(imported)
    assert body(page) == "[quiz](quiz.md)![Map](web_resources/map%201.png)"
    assert (page.is_published, [file.title for file in page.files]) == (False, ["map 1.png"])
    assert body(work) == "Do it."
    assert quiz.quiz is not None
    assert (quiz.quiz.max_attempts, quiz.quiz.time_limit_seconds) == (3, 1200)
    assert (quiz.quiz.scoring, len(quiz.quiz.questions)) == ("last", 7)
    assert {"external_tool", "assignment_rule"} <= {note.code for note in imported.report.notes}
