"""Courses and questions that other people wrote, from a folder beside the project."""

from pathlib import Path
from typing import Final

import pytest

from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError
from tests.formats.support import as_tar, as_zip, lessons, questions

FOLDER: Final = Path(__file__).resolve().parents[2].parent / "shared" / "fixtures" / "import"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"{FOLDER} is missing")


def fixture(end: str) -> Path:
    """The file whose name ends so."""
    (found,) = [path for path in FOLDER.iterdir() if path.name.endswith(end)]
    return found


@pytest.mark.parametrize(
    ("end", "kinds"),
    [
        ("escapeAll.gift", {"single": 1}),
        ("formatExamples.gift", {"single": 1}),
        (
            "giftFormatPhpExamples.gift",
            {"single": 4, "true_false": 1, "short_text": 2, "numeric": 2, "matching": 1},
        ),
        ("markdown.gift", {}),
        ("matching1.gift", {"matching": 2}),
        ("numerical1.gift", {"numeric": 10}),
        ("dragdrop_missing-wordsRef.xml", {"cloze": 2}),
        ("multiple-choiceRef.xml", {"single": 2}),
        ("numericalRef.xml", {"numeric": 2}),
        ("assessment_qti.xml", {"single": 1, "true_false": 1, "multiple": 1, "essay": 1}),
    ],
)
def test_questions(end: str, kinds: dict[str, int]) -> None:
    """The number of questions of each kind."""
    path = fixture(end)
    found = questions(read_upload(path.name, path.read_bytes()))
    assert {kind: [q["kind"] for q in found].count(kind) for kind in kinds} == kinds
    assert len(found) == sum(kinds.values())


def test_most_questions_lose_nothing() -> None:
    """No question is skipped, and 8 of the 30 of GIFT and Moodle have a note."""
    noted = 0
    for path in sorted(FOLDER.glob("*.gift")) + sorted(FOLDER.glob("*Ref.xml")):
        imported = read_upload(path.name, path.read_bytes())
        assert imported.report.skipped == 0
        lines = {line for note in imported.report.notes for line in note.lines}
        noted += len(lines) if questions(imported) else 0
    assert noted == 8


def test_a_canvas_cartridge() -> None:
    """A manifest without its files is a course of titles, and each file is missed."""
    files = {
        "imsmanifest.xml": fixture("course-1__imsmanifest.xml").read_bytes(),
        "course_settings/module_meta.xml": fixture("module_meta.xml").read_bytes(),
    }
    imported = read_upload("course.imscc", as_zip(files))
    course = imported.bundle.course
    assert (course.title, [part.title for part in course.modules]) == (
        "COURSE-for-modules-testing",
        ["First Module"],
    )
    assert [item.content_type for item in lessons(imported)].count("lab") == 2
    assert len(lessons(imported)) == 9
    assert len([note for note in imported.report.notes if note.code == "missing_file"]) == 10


def test_a_cartridge_without_modules() -> None:
    """Pages that no module lists come behind the modules; pictures need their own files."""
    manifest = fixture("rich-content-cc-file__imsmanifest.xml").read_bytes()
    with pytest.raises(FormatError) as caught:
        read_upload("rich.imscc", as_zip({"imsmanifest.xml": manifest}))
    assert caught.value.code == "nothing_to_import"
    page = "<html><head><title>Front</title></head><body><p>Hello</p></body></html>"
    files: dict[str, str | bytes] = {
        "imsmanifest.xml": manifest,
        "wiki_content/front-page.html": page,
    }
    imported = read_upload("rich.imscc", as_zip(files))
    assert imported.bundle.course.title == "Dhealey Main 1"
    assert [item.title for item in lessons(imported)] == ["Front"]


def test_a_lesson_of_the_carpentries() -> None:
    """Seven episodes in order, of which two are there."""
    files = {
        "episodes/01-intro.md": fixture("01-intro.md").read_bytes(),
        "episodes/05-loop.md": fixture("05-loop.md").read_bytes(),
        "config.yaml": fixture("config.yaml").read_bytes(),
    }
    imported = read_upload("main.tar.gz", as_tar(files, "shell-novice-main/"))
    found = lessons(imported)
    assert [item.slug for item in found] == [
        *("intro", "filedir", "create", "pipefilter", "loop", "script", "find"),
    ]
    assert (found[0].title, found[0].duration_minutes) == ("Introducing the Shell", 5)
    assert found[4].content is not None
    assert ":  solution" in found[4].content.body_md
    assert [note.place.file for note in imported.report.notes].count("config.yaml") == 5
