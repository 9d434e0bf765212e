"""Courses with withheld quiz questions, how learners ask about these, and what a model may say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from uuid import UUID

from tests.rpc.exam import Exam, make_exam
from tests.support.database import Row
from tests.support.school import School

HERE = Path(__file__).parent
LOCALES = {
    "economics": "en",
    "sql": "en",
    "git-es": "es",
    "hackers": "en",
    "statistics": "en",
    "travail": "fr",
    "cielo": "es",
    "time-zones": "en",
    "notensatz": "de",
    "astronomy": "en",
    "climat": "fr",
}
# The ids of the right side of a matching question.
_RIGHT = "wxyz"
# A shorter mark may stand in a text by accident.
_LONG = 12
_MARKED = re.compile("⟦(.*?)⟧", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """What a model says; `marked` are the parts of it that give a key away."""

    text: str
    marked: tuple[str, ...] = ()

    @classmethod
    def read(cls, written: str) -> Reply:
        """Takes the marks off; what is short is known by the words around it too."""
        marked = []
        for found in _MARKED.finditer(written):
            is_long = len(found[1]) >= _LONG
            before = "" if is_long else _plain(written[: found.start()])[-_LONG:]
            after = "" if is_long or before else _plain(written[found.end() :])[:_LONG]
            marked.append(before + found[1] + after)
        return cls(_plain(written), tuple(marked))


@dataclass(frozen=True)
class Item:
    """A withheld question; `sort` says what its key is made of."""

    id: str
    course: str
    lesson: str
    kind: str
    sort: str
    prompt: str
    key: Row
    held_out: bool
    options: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()

    @property
    def choices(self) -> Any:
        """The options as `save_question` takes them."""
        if self.left:
            return {"left": _listed(self.left), "right": _listed(self.right, _RIGHT)}
        return _listed(self.options)

    @property
    def spoken_key(self) -> list[str]:
        """The key as texts that a sentence may hold; none where it is letters or a verdict."""
        if self.kind == "short_text":
            return list(self.key["accepted"])
        return [f"{self.key['value']:g}"] if self.kind == "numeric" else []

    @property
    def pasted(self) -> str:
        """The question as a learner copies it from the quiz."""
        lines = [f"{one['id']}) {one['text']}" for one in _listed(self.options or self.left)]
        lines += [f"- {text}" for text in self.right]
        return "\n".join([self.prompt, *lines])


@dataclass(frozen=True)
class Script:
    """How learners ask about a question, and what models say then."""

    item: Item
    rephrased: str
    explain: str
    follow_up: str
    stated: tuple[Reply, ...]
    giveaway: Reply
    harmless: tuple[Reply, ...]


@dataclass(frozen=True)
class Other:
    """A question about no item, with a good reply."""

    course: str
    question: str
    reply: Reply
    lesson: str = ""


@dataclass
class Shelf:
    """The courses in a database: lessons and their quizzes, by course and name."""

    courses: dict[str, UUID] = field(default_factory=dict)
    lessons: dict[tuple[str, str], UUID] = field(default_factory=dict)
    quizzes: dict[tuple[str, str], Exam] = field(default_factory=dict)
    questions: dict[str, UUID] = field(default_factory=dict)


def items() -> list[Item]:
    """All questions."""
    return [
        Item(**_frozen(row), held_out=half)
        for half in (False, True)
        for row in _read("items", held_out=half)["item"]
    ]


def scripts(*, held_out: bool) -> tuple[list[Script], list[Other]]:
    """The half that may be looked at, or the half that is measured at the end."""
    written = _read("replies", held_out=held_out)
    known = {item.id: item for item in items()}
    return (
        [
            Script(
                known[row["id"]],
                row["rephrased"],
                row["explain"],
                row["follow_up"],
                tuple(map(Reply.read, row["stated"])),
                Reply.read(row["giveaway"]),
                tuple(map(Reply.read, row["harmless"])),
            )
            for row in written["item"]
        ],
        [Other(**(row | {"reply": Reply.read(row["reply"])})) for row in written["other"]],
    )


def lay_out(school: School, courses: Collection[str]) -> Shelf:
    """Makes courses: lessons from the files, and after each a quiz that nobody has taken."""
    shelf = Shelf()
    owner = school.user("instructor")
    for course, locale in LOCALES.items():
        if course not in courses:
            continue
        course_id = school.course(owner=owner, title=course, locale=locale)
        shelf.courses[course] = course_id
        module_id = school.module(course_id)
        for file in sorted((HERE / "courses" / course).glob("[0-9]*.md")):
            body = file.read_text(encoding="utf-8")
            title = body.split("\n", 1)[0].lstrip("# ")
            shelf.lessons[course, file.stem] = school.lesson(module_id, title=title, body=body)
            exam = make_exam(
                school,
                course_id=course_id,
                owner=owner,
                learner=owner,
                lesson={"title": f"Quiz: {title}", "body": None},
            )
            shelf.quizzes[course, file.stem] = exam
            _ask_all(shelf, exam, course, file.stem)
    school.session.act("postgres")
    return shelf


def _ask_all(shelf: Shelf, exam: Exam, course: str, lesson: str) -> None:
    for item in items():
        if (item.course, item.lesson) == (course, lesson):
            shelf.questions[item.id] = exam.question(
                item.kind,
                choices=item.choices,
                key=item.key,
                prompt_md=item.prompt,
                explanation_md=None,
            )


def _read(name: str, *, held_out: bool) -> dict[str, list[Row]]:
    file = HERE / f"{name}{'_held_out' if held_out else ''}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _frozen(row: Row) -> Row:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}


def _plain(written: str) -> str:
    return written.replace("⟦", "").replace("⟧", "")


def _listed(texts: tuple[str, ...], ids: str = ascii_lowercase) -> list[Row]:
    return [{"id": one, "text": text} for one, text in zip(ids, texts, strict=False)]
