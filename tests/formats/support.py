"""Archives and readings for the tests of formats."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from typing import Any

from app.models.bundle import BundleLesson
from app.services.formats.reading import Imported, read_upload

Texts = Mapping[str, str | bytes]


def as_zip(files: Texts) -> bytes:
    """Files as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


def as_tar(files: Texts, root: str = "") -> bytes:
    """Files as a tar with gzip, as git archives them: in a folder `root`."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(root + path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def read(files: Texts) -> Imported:
    """Files read as a zip."""
    return read_upload("course.zip", as_zip(files))


def read_text(name: str, text: str) -> Imported:
    """One file read."""
    return read_upload(name, text.encode())


def codes(imported: Imported) -> list[tuple[str, int | None]]:
    """Codes and first lines of the notes."""
    return [(note.code, note.place.line) for note in imported.report.notes]


def lessons(imported: Imported) -> list[BundleLesson]:
    """All lessons in order."""
    return [item for part in imported.bundle.course.modules for item in part.lessons]


def titles(imported: Imported) -> dict[str, list[tuple[str, str]]]:
    """Titles and types of lessons by module."""
    return {
        part.title: [(item.title, item.content_type) for item in part.lessons]
        for part in imported.bundle.course.modules
    }


def body(lesson: BundleLesson) -> str:
    """The text of a lesson."""
    return "" if lesson.content is None else lesson.content.body_md


def questions(imported: Imported) -> list[dict[str, Any]]:
    """All questions without what is empty."""
    return [
        json.loads(question.model_dump_json(exclude_defaults=True))
        for question in imported.questions()
    ]
