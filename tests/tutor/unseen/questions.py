"""Courses and questions of this folder, and the comparison of texts without their markup."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent
COURSES = {
    "bash": ("Bash scripting", "en"),
    "imaging": ("Medical images in Python", "en"),
    "debian": ("Debian verwalten", "de"),
    "cielo": ("Los cielos de otras culturas", "es"),
    "hackers": ("Hacker language and culture", "en"),
    "statistics": ("Statistical learning", "en"),
    "travail": ("Le droit du travail", "fr"),
    "time-zones": ("Time zones", "en"),
    "notensatz": ("Notensatz", "de"),
    "astronomy": ("Astronomy", "en"),
    "climat": ("Empreinte climat", "fr"),
}
Kind = Literal["answer", "none", "talk", "search"]
Verdict = Literal["yes", "partly", "no"]

_MARKUP = (
    (re.compile(r"^[ \t]*(>[ \t]+)+|^[ \t]*>$", re.M), ""),  # quotation marks of a block
    (re.compile(r"\]\([^)\s]*\)"), "]"),  # addresses of links
    *[(re.compile(r"\[([^\[\]]*)\]\{[^}]*\}"), r"\1")] * 2,  # spans with attributes, nested once
    (re.compile(r"\{[#.][^}]*\}"), ""),  # attributes
    (re.compile(r"</?[a-z]+( [^<>]*)?>"), ""),  # HTML
    (re.compile(r"[*`\\\[\]]"), ""),
    (re.compile("[\u201c\u201d\u201e]"), '"'),
    (re.compile("[\u2018\u2019]"), "'"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Question:
    """A question; README.md says what the fields mean."""

    course: str
    kind: Kind
    text: str
    after: str = ""
    lessons: tuple[str, ...] = ()
    gold: tuple[str, ...] = ()
    must: tuple[tuple[str, ...], ...] = ()

    def is_gold(self, lesson: str, body: str) -> bool:
        """Whether a passage of a lesson, by the name of its file, answers."""
        return lesson in self.lessons and any(holds(body, span) for span in self.gold)

    def judge(self, quotes: Iterable[str]) -> Verdict:
        """Whether the quotations of an answer contain what they must."""
        text = "\n\n".join(quotes)
        found = sum(any(_matches(text, way) for way in ways) for ways in self.must)
        return "yes" if found == len(self.must) else "partly" if found else "no"


@dataclass(frozen=True)
class Lesson:
    """A file of a course."""

    name: str
    title: str
    body: str


def load(name: str) -> list[Question]:
    """The questions of dev.toml or held_out.toml."""
    rows: list[dict[str, Any]] = tomllib.loads(
        (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    )["ask"]
    return [
        Question(
            **row
            | {
                "lessons": tuple(row.get("lessons", ())),
                "gold": tuple(row.get("gold", ())),
                "must": tuple(map(tuple, row.get("must", ()))),
            }
        )
        for row in rows
    ]


def lessons(course: str) -> list[Lesson]:
    """The lessons of a course in order, titled by their front matter or first heading."""
    found = []
    for file in sorted((FOLDER / "courses" / course).glob("*.md")):
        body = file.read_text(encoding="utf-8")
        title = re.search(r"^(?:title:|#+) +(.+)$", body, re.M)
        assert title, f"{file} has no title"
        found.append(Lesson(file.stem, plain(title[1]).strip('" ')[:200], body))
    return found


def plain(text: str) -> str:
    """A text without markup, white space as one space."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    return text.strip()


def holds(text: str, span: str) -> bool:
    """Whether a text contains a span, both without markup, white space and case."""
    return _bare(span) in _bare(text)


@cache
def _bare(text: str) -> str:
    return plain(text).replace(" ", "").casefold()


def _matches(text: str, way: str) -> bool:
    if way.startswith("re:"):
        return bool(re.search(way[3:], plain(text), re.I))
    return holds(text, way)
