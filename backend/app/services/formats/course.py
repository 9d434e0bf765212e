"""A course while it is read: parts, lessons and quizzes in order, with free slugs."""

import json
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from pydantic import BaseModel, ValidationError

from app.models.bundle import (
    Bundle,
    BundleContent,
    BundleCourse,
    BundleFile,
    BundleLab,
    BundleLesson,
    BundleModule,
    BundleQuiz,
)
from app.services.formats.archive import Files
from app.services.formats.naming import Slugs, cut, slug_of, title_of
from app.services.formats.questions import Questions
from app.services.formats.report import FormatError, Place, Report

MAX_LESSON: Final = 400_000
MAX_SUMMARY: Final = 4_000
_MAX_CHILDREN: Final = 1_000
_MAX_FILES: Final = 200
# The address of another lesson while a course is read; `Course.join` replaces it.
LESSON: Final = "lyceum-lesson:"
_LESSON_LINK = re.compile(re.escape(LESSON) + r"([^)\s\"'>]+)")


@dataclass(slots=True)
class Quiz:
    """A lesson of type quiz while its questions are read; `rules` are fields of a BundleQuiz."""

    title: str
    place: Place
    questions: Questions
    slug: str
    intro: str = ""
    rules: dict[str, Any] = field(default_factory=dict)
    lesson: dict[str, Any] = field(default_factory=dict)
    files: tuple[BundleFile, ...] = ()

    def describe(self, text: str, place: Place) -> None:
        """A text that stands between the questions."""
        if text.strip():
            self.questions.report.changed(
                "description", "A text between questions is in front of the quiz.", place
            )
            self.intro = f"{self.intro}\n\n{text.strip()}".strip()


@dataclass(slots=True)
class Lesson:
    """A lesson with a text; `fields` are of a BundleLesson, `content` of a BundleContent."""

    title: str
    place: Place
    slug: str
    body: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    files: tuple[BundleFile, ...] = ()


@dataclass(slots=True)
class Module:
    """A part of the course."""

    title: str
    summary: str = ""
    lessons: list[Lesson | Quiz] = field(default_factory=list)


@dataclass(slots=True)
class Course:
    """A course while it is read.

    Attributes:
        fields: further fields of a BundleCourse.
    """

    title: str
    report: Report
    place: Place
    slug: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    modules: list[Module] = field(default_factory=list)
    slugs: Slugs = field(default_factory=Slugs)

    def module(self, title: str, summary: str = "") -> Module:
        """Begin a part."""
        number = len(self.modules) + 1
        title = title_of(title, f"Part {number}", self.place, self.report)
        summary = cut(summary, MAX_SUMMARY, "A summary", self.place, self.report)
        self.modules.append(Module(title, summary))
        return self.modules[-1]

    def current(self) -> Module:
        """The part that is being read."""
        return self.modules[-1] if self.modules else self.module(self.title)

    def lesson(self, title: str, place: Place, body: str = "", slug: str = "") -> Lesson:
        """Add a lesson with a text."""
        title, slug = self._name(title, slug, place)
        lesson = Lesson(title, place, slug, self.body(body, place))
        self.current().lessons.append(lesson)
        return lesson

    def quiz(self, title: str, place: Place, slug: str = "") -> Quiz:
        """Add a quiz without questions."""
        title, slug = self._name(title, slug, place)
        quiz = Quiz(title, place, Questions(self.report), slug)
        self.current().lessons.append(quiz)
        return quiz

    def body(self, text: str, place: Place) -> str:
        """The text of a lesson within its limit."""
        return cut(text, MAX_LESSON, "A text", place, self.report)

    def quizzes(self) -> list[Quiz]:
        """All quizzes in order."""
        return [item for part in self.modules for item in part.lessons if isinstance(item, Quiz)]

    def lessons(self) -> list[Lesson | Quiz]:
        """All lessons in order."""
        return [item for part in self.modules for item in part.lessons]

    def bundle(self) -> Bundle:
        """The course as a bundle.

        Raises:
            FormatError: `nothing_to_import`, it has no lesson.
        """
        quizzes = self.quizzes()
        if len(quizzes) == len(self.lessons()) and not any(
            quiz.questions.found or quiz.intro for quiz in quizzes
        ):
            raise FormatError(
                "nothing_to_import", "The upload has no lesson and no question.", self.place
            )
        for part in self.modules:
            part.lessons = [
                item if isinstance(item, Lesson) or item.questions.found else self._text(item)
                for item in part.lessons
            ]
        parts = [part for part in self.modules if part.lessons]
        lessons = sum(len(part.lessons) for part in parts)
        if len(parts) > _MAX_CHILDREN or lessons > 5 * _MAX_CHILDREN:
            raise FormatError("upload_too_large", "The course has too many lessons.", self.place)
        title = title_of(self.title, "Imported course", self.place, self.report)
        return Bundle(
            format="lyceum.course",
            version=1,
            course=BundleCourse(
                slug=self.slug or slug_of(title) or "imported-course",
                title=title,
                modules=[
                    BundleModule(
                        title=part.title,
                        summary=part.summary,
                        lessons=[
                            _quiz(item) if isinstance(item, Quiz) else _lesson(item)
                            for item in part.lessons
                        ],
                    )
                    for part in parts
                ],
                **self.fields,
            ),
        )

    def join(self, targets: Mapping[str, str]) -> None:
        """Write the addresses of other lessons: `LESSON` and an id become the lesson's file."""

        def write(text: str, place: Place) -> str:
            def address(found: "re.Match[str]") -> str:
                slug = targets.get(unquote(found[1]))
                if slug is None:
                    self.report.lost("dead_link", "A link leads to nothing that comes.", place)
                return f"{slug}.md" if slug else "#"

            return _LESSON_LINK.sub(address, text)

        for item in self.lessons():
            if isinstance(item, Lesson):
                item.body = write(item.body, item.place)
                continue
            item.intro = write(item.intro, item.place)
            item.questions.found = [
                question.model_copy(update={"prompt_md": write(question.prompt_md, item.place)})
                for question in item.questions.found
            ]

    def _text(self, quiz: Quiz) -> Lesson:
        """A quiz without questions, as a text."""
        self.report.changed(
            "empty_quiz", f'Quiz "{quiz.title}" has no question; it comes as a text.', quiz.place
        )
        fields = {name: value for name, value in quiz.lesson.items() if name != "completion_rule"}
        return Lesson(quiz.title, quiz.place, quiz.slug, quiz.intro, fields, files=quiz.files)

    def _name(self, title: str, slug: str, place: Place) -> tuple[str, str]:
        number = len(self.lessons()) + 1
        title = title_of(title, f"Lesson {number}", place, self.report)
        return title, self.slugs.take(slug or title, f"lesson-{number}")


def bundle_files(files: Files, paths: Iterable[str]) -> tuple[BundleFile, ...]:
    """Files of the upload that a lesson names. A text finds a file by its title: its name, or its
    whole path where another file of the lesson has the same name."""
    found = [path for path in dict.fromkeys(paths) if path in files][:_MAX_FILES]
    names = [path.rpartition("/")[2] for path in found]
    return tuple(
        BundleFile(
            title=(name if names.count(name) == 1 else path)[-200:].strip() or "File",
            path=path,
            media_type=mimetypes.guess_type(path)[0],
            size=len(files.content[path]),
        )
        for path, name in zip(found, names, strict=True)
    )


def fields_of(shape: type[BaseModel], values: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Plain values as fields of a shape of the bundle.

    Raises:
        FormatError: `invalid_file`, one does not fit.
    """
    try:
        whole = shape.model_validate_json(json.dumps(values, allow_nan=False))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FormatError("invalid_file", f"{where}: {first['msg']}.", place) from None
    except (TypeError, ValueError):
        raise FormatError("invalid_file", "A value cannot be read.", place) from None
    return {name: getattr(whole, name) for name in whole.model_fields_set}


def _lesson(item: Lesson) -> BundleLesson:
    fields: dict[str, Any] = {"content_type": "text", "is_published": True} | item.fields
    if fields["content_type"] == "lab":
        fields.setdefault("lab", BundleLab())
    fields.setdefault("files", list(item.files))
    content = None
    if item.body or item.content:
        content = BundleContent(body_md=item.body, **item.content)
    return BundleLesson(slug=item.slug, title=item.title, content=content, **fields)


def _quiz(item: Quiz) -> BundleLesson:
    fields: dict[str, Any] = {"is_published": True} | item.lesson
    return BundleLesson(
        slug=item.slug,
        title=item.title,
        content_type="quiz",
        content=BundleContent(body_md=item.intro) if item.intro else None,
        files=list(item.files),
        quiz=BundleQuiz(questions=item.questions.found, **item.rules),
        **fields,
    )
