"""Problems of a course before it is imported: those of `course_problems`, and further ones."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from app.models.bundle import BundleCourse, BundleLesson, BundleQuiz
from app.services.formats.report import Place

_CODE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1|`[^`\n]+`", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(!?)\[((?:[^\[\]\\]|\\.)*)\]\(\s*<?([^)\s>]+)>?[^)\n]*\)")
_IMAGE = re.compile(r"<img\b(?![^>]*\balt\s*=\s*[\"']?[^\"'\s>])[^>]*>", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|[/#?]", re.IGNORECASE)
_RULES: Final = {"text": "view", "video": "watch", "quiz": "pass", "lab": "accept"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend.

    Attributes:
        code: a code of `course_problems`, or `dead_link`, `missing_alt`, `missing_transcript`.
        is_blocking: whether `publish_course` refuses the course for it.
    """

    code: str
    message: str
    place: Place
    is_blocking: bool


def find_problems(course: BundleCourse, places: Mapping[str, Place], top: Place) -> list[Finding]:
    """Problems for which `publish_course` would refuse the imported course.

    Args:
        places: where a lesson is, by slug.
        top: where the course is.
    """
    found: list[Finding] = []

    def note(code: str, message: str, place: Place) -> None:
        found.append(Finding(code, message, place, is_blocking=True))

    shown = [one for part in course.modules for one in part.lessons if one.is_published]
    names = {one.slug for one in shown}
    if not course.description.strip():
        note("description_missing", "The course has no description.", top)
    if not any(one.is_required for one in shown):
        note("no_required_lesson", "No published lesson counts for completion.", top)
    for part in course.modules:
        if not any(one.is_published for one in part.lessons):
            note("module_empty", f'Module "{part.title}" has no published lesson.', top)
    for one in shown:
        place = places.get(one.slug, top)
        # A draft is published with the course.
        content = one.draft or one.content
        rule = one.completion_rule or _RULES[one.content_type]
        is_empty = content is None or not (content.body_md.strip() or content.md_url)
        if one.content_type == "text" and is_empty:
            note("content_missing", f'Lesson "{one.title}" has no text.', place)
        if one.content_type == "video" and (content is None or content.video_url is None):
            note("video_missing", f'Lesson "{one.title}" has no video address.', place)
        if rule == "watch" and one.duration_minutes == 0:
            note("duration_missing", f'Lesson "{one.title}" has no playing time.', place)
        is_quiz = one.content_type == "quiz" or rule == "pass"
        if is_quiz and not (one.quiz and (one.quiz.questions or _has_draws(one.quiz, course))):
            note("quiz_empty", f'Quiz "{one.title}" has no questions.', place)
        if any(needed.lesson not in names for needed in one.prerequisites):
            note(
                "prerequisite_unpublished",
                f'Lesson "{one.title}" needs a lesson that is not published.',
                place,
            )
    return found


def find_flaws(course: BundleCourse, places: Mapping[str, Place], top: Place) -> list[Finding]:
    """Dead links inside the course, missing alternative texts and transcripts."""
    slugs = {one.slug for part in course.modules for one in part.lessons}
    found: list[Finding] = []
    for part in course.modules:
        for one in part.lessons:
            place = places.get(one.slug, top)
            content = one.draft or one.content
            if one.content_type == "video" and not (content and content.transcript):
                message = f'The film "{one.title}" has no transcript.'
                found.append(Finding("missing_transcript", message, place, is_blocking=False))
            for text, is_body in _texts(one):
                # A body of Markdown begins where its lesson is.
                start = place.line if is_body and place.file.endswith(".md") else None
                for code, message, line in _flaws(text, one, slugs):
                    at = place.at(None if start is None else start + line)
                    found.append(Finding(code, message, at, is_blocking=False))
    return found


def _texts(lesson: BundleLesson) -> Iterator[tuple[str, bool]]:
    """The texts of a lesson, and which of them is its body."""
    if lesson.content is not None:
        yield lesson.content.body_md, True
    if lesson.draft is not None:
        yield lesson.draft.body_md, False
    for question in lesson.quiz.questions if lesson.quiz is not None else []:
        yield question.prompt_md, False


def _has_draws(quiz: BundleQuiz, course: BundleCourse) -> bool:
    """Whether a draw of the quiz finds a question in its bank."""
    tags = {
        (bank.title, tag)
        for bank in course.banks
        for question in bank.questions
        for tag in ("", *question.tags)
    }
    return any((draw.bank, draw.tag) in tags for draw in quiz.draws)


def _flaws(text: str, lesson: BundleLesson, slugs: set[str]) -> Iterator[tuple[str, str, int]]:
    """Code, message and line from 0."""
    text = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), text)
    files = {file.title for file in lesson.files} | {file.path for file in lesson.files}
    for link in _LINK.finditer(text):
        line = text.count("\n", 0, link.start())
        if link[1] and not link[2].strip():
            yield "missing_alt", f"The image {link[3][:80]} has no alternative text.", line
        if _ELSEWHERE.match(link[3]):
            continue
        target = unquote(link[3].partition("#")[0].partition("?")[0])
        last = target.rpartition("/")[2]
        stem = last.removesuffix(".md")
        if not {target, last} & files and not (last.endswith(".md") and stem in slugs):
            yield "dead_link", f"{link[3][:80]} is neither a lesson nor a file of it.", line
    for image in _IMAGE.finditer(text):
        line = text.count("\n", 0, image.start())
        yield "missing_alt", "An image has no alternative text.", line
