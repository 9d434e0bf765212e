"""The command line against the real stack: a folder goes in, comes out, and is the same course."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from tests.e2e.demo_import import CARPENTRIES, PICTURE
from tests.support.stack import Stack


@pytest.fixture(autouse=True)
def account(stack: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment of an instructor, in a folder without .env."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LYCEUM_TOKEN", raising=False)
    for name, value in {
        "SERVICE_URL": stack.service_url,
        "SUPABASE_URL": stack.supabase_url,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "LYCEUM_EMAIL": "instructor@lyceum.test",
        "LYCEUM_PASSWORD": "lyceum-demo",
    }.items():
        monkeypatch.setenv(name, value)


def run(*words: str) -> Result:
    """A command as in a shell."""
    return CliRunner().invoke(app, list(words))


def test_a_folder_goes_in_and_out(tmp_path: Path) -> None:
    """Import, import again, export into a folder, check it, and import what came out."""
    source, target, slug = tmp_path / "waves", tmp_path / "out", f"waves-{uuid4().hex[:8]}"
    for path, content in CARPENTRIES.items():
        file = source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
    dry = run("import", str(source), "--dry-run")
    assert (dry.exit_code, dry.stdout) == (0, "carpentries: 1 modules, 1 lessons, 1 files\n")
    first = run("import", str(source), "--slug", slug, "--json")
    assert first.exit_code == 0, first.output
    answer = json.loads(first.stdout)
    assert (answer["is_new"], answer["stored_files"]) == (True, 1)
    again = run("import", str(source), "--slug", slug)
    assert again.stdout.endswith(f"{slug} ({answer['course_id']}): imported before\n")
    (target / "lessons").mkdir(parents=True)
    (target / "lessons" / "gone.md").write_text("# Gone\n")
    assert run("export", slug, str(target)).exit_code == 0
    assert sorted(path.name for path in (target / "lessons").iterdir()) == ["waves.md"]
    (picture,) = (target / "files").rglob("*.png")
    assert picture.read_bytes() == PICTURE
    assert run("check", str(target)).exit_code == 0
    assert run("check", slug).exit_code == 0
    back = run("import", str(target), "--dry-run")
    assert back.stdout == "markdown: 1 modules, 1 lessons, 1 files\n"
    copied = run("import", str(target), "--slug", f"{slug}-copy", "--json")
    assert json.loads(copied.stdout)["stored_files"] == 1, copied.output
    archive = run("export", answer["course_id"], "out.zip")
    assert (archive.exit_code, Path("out.zip").read_bytes()[:2]) == (0, b"PK")


def test_refusals(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refusal is one line and exit code 1."""
    Path("a.md").write_text("---\na: [\n---\n")
    bad = run("import", "a.md")
    assert (bad.exit_code, bad.stderr.split(": ")[:2]) == (1, ["a.md:3", "invalid_file"])
    assert run("export", "no-such-course", "x.zip").exit_code == 1
    monkeypatch.setenv("LYCEUM_PASSWORD", "wrong")
    assert run("import", "a.md").exit_code == 1
