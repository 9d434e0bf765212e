"""What the command line finds in a folder before it is imported."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app

COURSE = """title: Seas
{}modules:
  - title: One
    lessons: [intro, film, quiz]
  - title: Two
    lessons: [end]
"""
GOOD = {
    "course.yml": COURSE.format("description: All about seas\n"),
    "intro.md": "---\nis_published: true\n---\n# Intro\n\n![Map](map.png) [Film](film.md)\n",
    "map.png": "PNG",
    "film.md": "---\nis_published: true\ncontent_type: video\nduration_minutes: 3\n"
    "video_url: https://v.example/1\ntranscript: Hello\n---\n",
    "quiz.md": "---\nis_published: true\ncontent_type: quiz\nquiz:\n  questions:\n"
    "  - {kind: true_false, prompt_md: 'Flat?', key: {correct: false}}\n---\n",
    "end.md": "---\nis_published: true\n---\nThe end.\n",
    ".git/config": "secret",
}
BANK = (
    "description: Seas\nbanks:\n  - title: Bank\n    questions:\n"
    "    - {kind: true_false, prompt_md: 'Flat?', key: {correct: false}, tags: [shape]}\n"
)
DRAWING = (
    "---\nis_published: true\ncontent_type: quiz\nquiz:\n  draws:\n  - {bank: Bank, tag: %s}\n---\n"
)
# Replaced files, and what is found: file, line, kind, code.
FLAWS = [
    ({}, []),
    ({"course.yml": COURSE.format("")}, ["course.yml: error: description_missing"]),
    ({"end.md": "---\nis_published: false\n---\nThe end.\n"}, ["course.yml: error: module_empty"]),
    ({"end.md": "---\nis_published: true\n---\n"}, ["end.md:4: error: content_missing"]),
    (
        {"film.md": "---\nis_published: true\ncontent_type: video\n---\n"},
        [
            *("film.md:5: error: video_missing", "film.md:5: error: duration_missing"),
            "film.md:5: warning: missing_transcript",
        ],
    ),
    (
        {"quiz.md": "---\nis_published: true\ncontent_type: quiz\nquiz: {}\n---\n"},
        ["quiz.md:6: error: quiz_empty"],
    ),
    ({"course.yml": COURSE.format(BANK), "quiz.md": DRAWING % "shape"}, []),
    (
        {"course.yml": COURSE.format(BANK), "quiz.md": DRAWING % "size"},
        ["quiz.md:8: error: quiz_empty"],
    ),
    (
        {"end.md": "---\nis_published: true\nprerequisites: [{lesson: film}]\n---\nEnd.\n"}
        | {"film.md": GOOD["film.md"].replace("is_published: true", "is_published: false")},
        ["end.md:5: error: prerequisite_unpublished"],
    ),
    (
        {
            "end.md": "---\nis_published: true\n---\n\n![](map.png)\n\n[x](gone.md) "
            "<img src='map.png'>\n\n```\n[y](no.md)\n```\n"
        },
        [
            "end.md:5: warning: missing_alt",
            "end.md:7: warning: dead_link",
            "end.md:7: warning: missing_alt",
        ],
    ),
    ({"end.md": "---\na: [\n---\n"}, ["end.md:3: error: invalid_file"]),
]


@pytest.mark.parametrize(("changes", "expected"), FLAWS)
def test_check(tmp_path: Path, changes: dict[str, str], expected: list[str]) -> None:
    """Errors prevent a publication and fail; warnings fail only with --strict."""
    for path, text in {**GOOD, **changes}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    result = CliRunner().invoke(app, ["check", str(tmp_path)])
    found = [": ".join(line.split(": ")[:3]) for line in result.output.splitlines()[:-1]]
    assert found == expected
    assert result.exit_code == any(": error: " in line for line in expected)
    strict = CliRunner().invoke(app, ["check", "--strict", str(tmp_path)])
    assert strict.exit_code == bool(expected)


def test_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there, or not set, is wrong usage."""
    monkeypatch.chdir(tmp_path)
    for name in ("SERVICE_URL", "LYCEUM_TOKEN", "LYCEUM_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    for words in (["import", "gone.zip"], ["export", "slug", "here"], ["check", "slug"], ["no"]):
        assert CliRunner().invoke(app, words).exit_code == 2
