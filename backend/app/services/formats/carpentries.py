"""Lessons of The Carpentries: `config.yaml` and episodes, and the older layout with `_episodes`."""

import re
from typing import Any, Final

from app.services.formats.archive import Files
from app.services.formats.course import Course, bundle_files
from app.services.formats.folder import named_files
from app.services.formats.naming import slug_of
from app.services.formats.report import Place, Report
from app.services.formats.yaml import read_yaml, split_front

_CONFIG: Final = ("config.yaml", "_config.yml")
_FOLDERS: Final = ("episodes", "_episodes")
_REFERENCE = re.compile(r"^\[([^\]]+)\]:\s*\S.*$", re.MULTILINE)
# Fields of the older layout that are parts of the text.
_LISTS: Final = ("questions", "objectives", "keypoints")
_MAX_MINUTES: Final = 1_440


def fits(files: Files) -> bool:
    """Whether an upload has a configuration with `carpentry` in it."""
    path = _config(files)
    return path is not None and b"carpentry" in files.content[path]


def _config(files: Files) -> str | None:
    if len(files.content) == 1:
        path = next(iter(files))
        return path if path.endswith(_CONFIG) else None
    return next((path for path in _CONFIG if path in files), None)


def read(files: Files, report: Report) -> Course:
    """A lesson for each episode, then the pages for learners."""
    config = _config(files) or _CONFIG[0]
    place = Place(config)
    rules = read_yaml(files.text(config), place)
    course = Course(str(rules.get("title") or "Lesson"), report, place)
    locale = str(rules.get("lang") or "en")
    if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", locale):
        course.fields["locale"] = locale
    keywords = [word.strip()[:40] for word in str(rules.get("keywords") or "").split(",")]
    course.fields["tags"] = [word for word in keywords if word][:20]
    shared = files.text("links.md") if "links.md" in files else ""
    if "index.md" in files:
        _, body, _ = split_front(files.text("index.md"), "index.md")
        course.fields["description"] = body.strip()[:20_000]
    folder = next((f for f in _FOLDERS if any(p.startswith(f + "/") for p in files)), _FOLDERS[0])
    course.module("Episodes")
    listed = _listed(rules, "episodes") or [
        path.removeprefix(folder + "/")
        for path in sorted(files)
        if re.fullmatch(re.escape(folder) + r"/[^/]+\.R?md", path)
    ]
    for name in listed:
        _page(course, files, f"{folder}/{name}", shared, place)
    learners = [p for p in sorted(files) if re.fullmatch(r"learners/[^/]+\.R?md", p)]
    if learners:
        course.module("For learners")
        for path in learners:
            page = _page(course, files, path, shared, place)
            page["is_required"] = False
    named = {file.path for item in course.lessons() for file in item.files}
    used = {item.place.file for item in course.lessons()} | {config, "links.md", "index.md"}
    for path in files:
        if re.match(r"(instructors|profiles)/", path):
            report.lost("staff_page", "A page for staff is left out.", Place(path))
        elif path not in named | used and re.match(r"(_?episodes|fig|data|files|code)/", path):
            report.lost("file", "No lesson names the file.", Place(path))
    return course


def _listed(rules: dict[str, Any], name: str) -> list[str]:
    value = rules.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []


def _page(course: Course, files: Files, path: str, shared: str, place: Place) -> dict[str, Any]:
    """Add a page; the answer is the fields of its lesson."""
    stem = re.sub(r"\.R?md$", "", path.rpartition("/")[2])
    name = re.sub(r"^\d+[-_]", "", stem)
    if path not in files:
        course.report.lost("missing_file", f"{path} is not in the upload.", place)
        return course.lesson(name.replace("-", " ").capitalize(), place, slug=slug_of(name)).fields
    front, body, line = split_front(files.text(path), path)
    for field in _LISTS:
        items = front.get(field)
        if isinstance(items, list) and items:
            block = "\n".join(f"- {item}" for item in items)
            body = f"::: {field}\n\n{block}\n\n:::\n\n{body}"
    names = set(re.findall(r"\]\[([^\]]+)\]", body))
    links = [found[0] for found in _REFERENCE.finditer(shared) if found[1] in names]
    body = re.sub(r"^\{%\s*include links\.md\s*%\}\s*$", "", body, flags=re.MULTILINE).strip()
    if links:
        body = "\n".join([body, "", *links])
    if "{%" in body:
        course.report.changed("template", "Signs of a template stay in the text.", Place(path))
    if path.endswith(".Rmd"):
        course.report.changed("code", "Code in R Markdown is not run.", Place(path))
    lesson = course.lesson(
        str(front.get("title") or name), Place(path, line), body + "\n", slug_of(name)
    )
    minutes = sum(
        value
        for value in (front.get("teaching"), front.get("exercises"))
        if isinstance(value, int | float) and not isinstance(value, bool)
    )
    if 0 < minutes <= _MAX_MINUTES:
        lesson.fields["duration_minutes"] = minutes
    lesson.files = bundle_files(files, named_files(body, path, line, files, course.report))
    return lesson.fields
