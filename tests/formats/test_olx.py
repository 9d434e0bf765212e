"""OLX of Open edX: the tree of files, verticals of several kinds, problems, faults."""

from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError
from tests.formats.support import as_tar, body, lessons, questions, titles

PROBLEM = """<problem display_name="Seas" weight="2" max_attempts="3">
  <p>Think of <b>maps</b>.</p>
  <multiplechoiceresponse>
    <label>Which is a sea?</label>
    <choicegroup type="MultipleChoice">
      <choice correct="true">Baltic <choicehint>Cold!</choicehint></choice>
      <choice correct="false">Alps</choice>
    </choicegroup>
  </multiplechoiceresponse>
  <solution><p>See the map.</p></solution>
  <demandhint><hint>North.</hint></demandhint>
</problem>"""
SEVERAL = """<problem display_name="More">
  <p>Two questions.</p>
  <choiceresponse><checkboxgroup><choice correct="true">a</choice><choice correct="true">b</choice>
    <choice correct="false">c<choicehint selected="true">No</choicehint></choice></checkboxgroup>
  </choiceresponse>
  <p>And pi?</p>
  <numericalresponse answer="3.14"><responseparam type="tolerance" default="1%"/>
    <additional_answer answer="[3, 4]"/><formulaequationinput/></numericalresponse>
  <p>Who?</p>
  <stringresponse answer="Ada" type="ci"><additional_answer answer="Lovelace"/>
    <correcthint>Yes.</correcthint><textline size="20"/></stringresponse>
  <p>Choose</p>
  <optionresponse><optioninput options="('red','it\\'s blue')" correct="red"/></optionresponse>
  <p>Draw</p>
  <customresponse cfn="check"><textline/></customresponse>
</problem>"""
ORA = """<openassessment display_name="Report"><rubric>
  <criterion><name>c</name><label>Clear</label><option points="0"><name>no</name></option>
    <option points="3"><name>yes</name></option></criterion></rubric>
  <prompts><prompt>
  <description>&lt;p&gt;Write &lt;b&gt;well&lt;/b&gt;.&lt;/p&gt;</description></prompt>
  </prompts></openassessment>"""
FILES = {
    "course.xml": '<course url_name="run" org="o" course="c"/>',
    "course/run.xml": '<course display_name="Old"><chapter url_name="ch1"/>'
    '<wiki slug="x"/></course>',
    "policies/run/policy.json": '{"course/run": {"display_name": "Water", "language": "de"}}',
    "about/overview.html": "<h2>About</h2>",
    "chapter/ch1.xml": '<chapter display_name="One"><sequential url_name="s1"/></chapter>',
    "sequential/s1.xml": '<sequential display_name="Seas" due="2020-01-01T00:00:00Z">'
    '<vertical url_name="v1"/><vertical url_name="v2"/></sequential>',
    "vertical/v1.xml": '<vertical display_name="Mixed"><html url_name="h1"/><html url_name="h2"/>'
    '<video url_name="f1"/><problem url_name="p1"/><problem url_name="p2"/>'
    '<discussion url_name="d1"/></vertical>',
    "vertical/v2.xml": '<vertical display_name="Last"><openassessment url_name="o1"/></vertical>',
    "html/h1.xml": '<html filename="h1" display_name="Text"/>',
    "html/h1.html": '<p>See <a href="/jump_to_id/v2">the end</a>.</p>'
    '<img src="/static/map 1.png" alt="Map">',
    "html/h2.xml": '<html filename="h2"/>',
    "html/h2.html": "<p>More.</p>",
    "video/f1.xml": '<video display_name="Film" youtube="0.75:x,1.00:abc_1"><transcript '
    'language="en" src="film.srt"/></video>',
    "problem/p1.xml": PROBLEM,
    "problem/p2.xml": SEVERAL,
    "openassessment/o1.xml": ORA,
    "static/map_1.png": "PNG",
    "static/film.srt": "1\n00:00:01,500 --> 00:01:30,000\nHello.\n",
}


def test_a_course() -> None:
    """Chapters are modules; a vertical of several kinds is several lessons."""
    imported = read_upload("course.tar.gz", as_tar(FILES, "course/"))
    assert imported.format == "olx"
    course = imported.bundle.course
    assert (course.title, course.locale, course.description) == ("Water", "de", "## About")
    assert titles(imported) == {
        "One": [("Mixed", "text"), ("Film", "video"), ("Seas", "quiz"), ("Last", "lab")],
    }
    text, film, quiz, lab = lessons(imported)
    assert body(text) == "See [the end](last.md).\n\n![Map](static/map_1.png)\n\nMore."
    assert [file.path for file in text.files] == ["static/map_1.png"]
    assert film.content is not None
    assert film.content.video_url == "https://www.youtube.com/watch?v=abc_1"
    assert film.content.transcript == "WEBVTT\n\n1\n00:00:01.500 --> 00:01:30.000\nHello.\n"
    assert film.duration_minutes == 1.5
    assert (body(lab), lab.lab and [c.points for c in lab.lab.rubric]) == ("Write **well**.", [3])
    assert quiz.quiz is not None and len(quiz.quiz.questions) == 5
    assert {note.code for note in imported.report.notes} == {
        *("component", "level", "problem_rule", "question_kind", "release_rule", "rubric"),
        "split",
    }


def test_problems() -> None:
    """Each response is a question, with the text before it."""
    found = questions(read_upload("course.tar.gz", as_tar(FILES)))
    assert [item["kind"] for item in found] == [
        *("single", "multiple", "numeric", "short_text", "single"),
    ]
    assert found[0] == {
        "kind": "single",
        "prompt_md": "Think of **maps**.\n\nWhich is a sea?",
        "points": 2,
        "options": [{"id": "o1", "text": "Baltic"}, {"id": "o2", "text": "Alps"}],
        "key": {"correct": "o1"},
        "explanation_md": "See the map.",
        "feedback": {"o1": "Cold!"},
        "hints": [{"text_md": "North."}],
    }
    assert (found[1]["prompt_md"], found[1]["points"]) == ("Two questions.", 0.2)
    assert found[1]["feedback"] == {"o3": "No"}
    assert found[2]["prompt_md"] == "Two questions.\n\nAnd pi?"
    assert found[2]["key"] == {
        "values": [
            {"value": 3.14, "tolerance": 0.0314},
            {"value": 3.5, "tolerance": 0.5},
        ]
    }
    assert found[3]["key"] == {"accepted": ["Ada", "Lovelace"]}
    assert found[3]["explanation_md"] == "Yes."
    assert found[4]["options"] == [{"id": "o1", "text": "red"}, {"id": "o2", "text": "it's blue"}]


def test_an_archive_of_git() -> None:
    """A course may be in a folder beside other files."""
    around = {f"demo/{path}": text for path, text in FILES.items()} | {"README.md": "# Read me\n"}
    imported = read_upload("demo.tar.gz", as_tar(around, "demo-main/"))
    assert (imported.format, len(lessons(imported))) == ("olx", 4)
    assert imported.files.content["static/map_1.png"] == b"PNG"


def test_faults_are_named() -> None:
    """What is missing is a note or a refusal; a pointer to itself ends."""
    for path in FILES:
        for text in (None, "", "<a/>", "<course", "<vertical url_name='v1'><vertical/></vertical>"):
            files = {name: content for name, content in FILES.items() if name != path}
            if text is not None:
                files[path] = text
            try:
                read_upload("c.tgz", as_tar(files))
            except FormatError as error:
                assert error.code in {"invalid_file", "unknown_format", "nothing_to_import"}
    circle = FILES | {
        "sequential/s1.xml": '<sequential><sequential url_name="s2"/></sequential>',
        "sequential/s2.xml": '<sequential><sequential url_name="s1"/></sequential>',
    }
    try:
        read_upload("c.tgz", as_tar(circle))
    except FormatError as error:
        assert error.code in {"invalid_file", "nothing_to_import"}
