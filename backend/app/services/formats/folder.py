"""A folder of Markdown: front matter, one file a lesson, and `course.yml` for order and rules.

`write_folder` writes a bundle as such a folder, and `read` gives the same bundle back. Without a
`course.yml` the names give the order, and a folder is a part of the course.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from app.models.bundle import Bundle, BundleContent, BundleCourse, BundleLesson
from app.services.formats.archive import Files
from app.services.formats.course import Course, Lesson, bundle_files, fields_of
from app.services.formats.markup import inside, path_of
from app.services.formats.naming import slug_of
from app.services.formats.report import FormatError, Place, Report
from app.services.formats.yaml import read_yaml, split_front, write_yaml

COURSE: Final = ("course.yml", "course.yaml")
_MARKDOWN = re.compile(r"\.(md|markdown)$", re.IGNORECASE)
_IGNORED = re.compile(
    r"(^|/)(README|CHANGELOG|CONTRIBUTING|CODE_OF_CONDUCT|LICENSE)\.md$|^\.|/\.",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE
)
_LESSON_FIELDS: Final = frozenset(BundleLesson.model_fields) - {"slug", "content", "draft"}
_CONTENT_FIELDS: Final = frozenset(BundleContent.model_fields) - {"body_md"}
_COURSE_FIELDS: Final = frozenset(BundleCourse.model_fields) - {"modules"}


def fits(files: Files) -> bool:
    """Whether an upload has Markdown and no other format did fit."""
    return any(path in files for path in COURSE) or any(_MARKDOWN.search(path) for path in files)


def read(files: Files, report: Report) -> Course:
    """Lessons in the order of `course.yml`, then the others in the order of their names."""
    path = next((path for path in COURSE if path in files), None)
    place = Place(path or files.name)
    rules = {} if path is None else read_yaml(files.text(path), place)
    course = Course("", report, place)
    _course_fields(course, rules, place)
    paths = [
        p
        for p in sorted(files, key=_natural)
        if _MARKDOWN.search(p) and not p.startswith("drafts/")
    ]
    by_name = {
        name: p for p in reversed(paths) for name in (_slug(p), _stem(p), p.rpartition("/")[2], p)
    }
    used: set[str] = set()
    for number, part in enumerate(_parts(rules, place), start=1):
        course.module(str(part.get("title") or f"Part {number}"), str(part.get("summary") or ""))
        for name in _names(part, place):
            found = by_name.get(name) or by_name.get(name.removesuffix(".md"))
            if found is None:
                report.lost("missing_file", f"There is no file for the lesson {name}.", place)
            elif found not in used:
                used.add(found)
                _lesson(course, files, found)
    folder: str | None = None
    for p in paths:
        if p in used or _IGNORED.search(p):
            continue
        if path is not None and rules.get("modules") is not None:
            report.lost("not_listed", f"{path} does not list the file.", Place(p))
            continue
        if p.rpartition("/")[0] != folder:
            folder = p.rpartition("/")[0]
            course.module(_title(folder.rpartition("/")[2]) or course.title or "Lessons")
        _lesson(course, files, p)
    if not course.title:
        course.title = course.lessons()[0].title if len(paths) == 1 else _title(_stem(files.name))
    listed = [
        item.fields.get("files") or item.files
        for item in course.lessons()
        if isinstance(item, Lesson)
    ]
    named = {file.path for found in listed for file in found}
    for p in files:
        if (
            not _MARKDOWN.search(p)
            and p not in COURSE
            and p not in named
            and not _IGNORED.search(p)
        ):
            report.lost("file", "No lesson names the file.", Place(p))
    return course


def _course_fields(course: Course, rules: dict[str, Any], place: Place) -> None:
    course.title = str(rules.get("title") or "")
    course.slug = str(rules.get("slug") or "")
    known: dict[str, Any] = {}
    for name, value in rules.items():
        if name in {"title", "slug", "modules", "format", "version"}:
            continue
        if name not in _COURSE_FIELDS:
            course.report.lost("unknown_field", f"The field {name} is not known.", place)
            continue
        known[name] = value
    head = {"slug": course.slug or "course", "title": course.title or "Course"}
    course.fields = fields_of(BundleCourse, known | head, place)
    for name in head:
        del course.fields[name]


def _parts(rules: dict[str, Any], place: Place) -> list[dict[str, Any]]:
    parts = rules.get("modules") or []
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise FormatError("invalid_file", "modules is a list of mappings.", place)
    return parts


def _names(part: dict[str, Any], place: Place) -> list[str]:
    names = part.get("lessons") or []
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FormatError("invalid_file", "lessons is a list of names.", place)
    return names


def _lesson(course: Course, files: Files, path: str) -> None:
    front, body, line = split_front(files.raw(path), path)
    place = Place(path, line)
    top = Place(path, 1)
    for name in sorted(front.keys() - _LESSON_FIELDS - _CONTENT_FIELDS):
        course.report.lost("unknown_field", f"The field {name} is not known.", top)
    title = str(front.get("title") or "") or _heading(body) or _title(_stem(path))
    lesson = course.lesson(title, place, body, str(front.get("slug") or "") or _slug(path))
    known = {name: value for name, value in front.items() if name in _LESSON_FIELDS}
    fields = fields_of(BundleLesson, known | {"slug": lesson.slug, "title": lesson.title}, top)
    lesson.fields |= {name: fields[name] for name in fields.keys() - {"slug", "title"}}
    lesson.content = _content(front, top)
    draft = f"drafts/{_stem(path)}.md"
    if draft in files:
        front, body, _ = split_front(files.raw(draft), draft)
        lesson.fields["draft"] = BundleContent(
            body_md=course.body(body, Place(draft)), **_content(front, Place(draft, 1))
        )
    if "files" not in fields:
        lesson.files = bundle_files(files, named_files(body, path, line, files, course.report))


def _content(front: dict[str, Any], place: Place) -> dict[str, Any]:
    known = {name: value for name, value in front.items() if name in _CONTENT_FIELDS}
    return fields_of(BundleContent, known, place)


def named_files(body: str, path: str, line: int, files: Files, report: Report) -> list[str]:
    """The files of the upload that a text names; a note for one that is missing."""
    found: list[str] = []
    folder = path.rpartition("/")[0]
    for match in _ADDRESS.finditer(
        re.sub(r"(?s)^(```|~~~).*?^\1", _blank, body, flags=re.MULTILINE)
    ):
        address = match[1] or match[2]
        if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|#|/|\{", address):
            continue
        target = inside(folder, path_of(address))
        if _MARKDOWN.search(target) or not target:
            continue
        if target in files:
            found.append(target)
        else:
            place = Place(path, line + body.count("\n", 0, match.start()))
            report.lost("missing_file", f"{address[:120]} is not in the upload.", place)
    return found


def _blank(found: "re.Match[str]") -> str:
    """Blanks in place of code, with its lines."""
    return "".join(mark if mark == "\n" else " " for mark in found[0])


def _natural(path: str) -> list[tuple[int, str]]:
    """Numbers in names count as numbers."""
    return [
        (int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d{1,9})", path)
    ]


def _slug(path: str) -> str:
    return slug_of(re.sub(r"^\d+[-_. ]+", "", _stem(path)))


def _stem(path: str) -> str:
    return re.sub(r"\.[^.]+$", "", path.rpartition("/")[2])


def _title(name: str) -> str:
    text = re.sub(r"^\d+[-_. ]+", "", name)
    text = re.sub(r"[-_]+", " ", text).strip()
    return text[:1].upper() + text[1:]


def _heading(body: str) -> str:
    found = re.search(r"^#\s+(.+?)\s*#*\s*$", body, re.MULTILINE)
    return "" if found is None else found[1]


# Writing ------------------------------------------------------------------------------------------


def write_folder(bundle: Bundle) -> dict[str, str]:
    """A bundle as files by path: `course.yml`, `lessons/<slug>.md`, `drafts/<slug>.md`."""
    course = bundle.course.model_dump(mode="json", exclude_defaults=True, exclude={"modules"})
    modules: list[dict[str, Any]] = []
    found: dict[str, str] = {}
    for module in bundle.course.modules:
        rules = module.model_dump(mode="json", exclude_defaults=True, exclude={"lessons"})
        modules.append({**rules, "lessons": [lesson.slug for lesson in module.lessons]})
        for lesson in module.lessons:
            front = lesson.model_dump(
                mode="json", exclude_defaults=True, exclude={"slug", "content", "draft"}
            )
            front["is_published"] = lesson.is_published
            if _slug(lesson.slug) != lesson.slug:
                front["slug"] = lesson.slug
            found[f"lessons/{lesson.slug}.md"] = _document(front, lesson.content)
            if lesson.draft is not None:
                found[f"drafts/{lesson.slug}.md"] = _document({}, lesson.draft)
    head = {"format": bundle.format, "version": bundle.version}
    return {"course.yml": write_yaml({**head, **course, "modules": modules}), **found}


def _document(front: dict[str, Any], content: BundleContent | None) -> str:
    content = content or BundleContent()
    more = content.model_dump(mode="json", exclude_defaults=True, exclude={"body_md"})
    return f"---\n{write_yaml({**front, **more})}---\n{content.body_md}"


def zip_folder(found: Mapping[str, str | bytes]) -> bytes:
    """Files as a zip; equal files give equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in found.items():
            entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()
