"""QTI 2.1, 2.2 and 3.0: items, tests, and packages of them. `qti2_item` reads one item."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from app.services.formats.archive import Files
from app.services.formats.course import Course, Quiz, bundle_files
from app.services.formats.markup import (
    Element,
    Links,
    below,
    child,
    children,
    inner_xml,
    inside,
    local,
    number_of,
    parse_xml,
    path_of,
    text_of,
    to_markdown,
)
from app.services.formats.qti2_item import Item
from app.services.formats.report import FormatError, Place, Report

_MANIFEST: Final = "imsmanifest.xml"
_ROOT = re.compile(
    rb"<(?:[\w.-]+:)?(?:assessmentItem|assessmentTest|qti-assessment-item|qti-assessment-test)[\s>]"
)
_TEST = re.compile(rb"<(?:[\w.-]+:)?(?:assessmentTest|qti-assessment-test)[\s>]")
_MAX_DEPTH: Final = 10
_PARTS: Final = ("assessmentSection", "assessmentSectionRef", "assessmentItemRef")


def is_document(files: Files, path: str) -> bool:
    """Whether a file is an item or a test of QTI 2 or 3."""
    return path.lower().endswith((".xml", ".qti")) and _is(_ROOT, files, path)


def _is(what: "re.Pattern[bytes]", files: Files, path: str) -> bool:
    return what.search(files.content[path][:4_000]) is not None


def fits(files: Files) -> bool:
    """Whether an upload has such a file."""
    return any(is_document(files, path) for path in files)


def read(files: Files, report: Report) -> Course:
    """A quiz for each test, and one for the items that are in none."""
    course = Course(files.name.rsplit(".", 1)[0], report, Place(files.name))
    if _MANIFEST in files:
        metadata = child(parse_xml(files, _MANIFEST), "metadata")
        course.title = next((text_of(e) for e in below(metadata, "title")), "") or course.title
    paths = sorted(path for path in files if is_document(files, path))
    done: set[str] = set()
    for path in paths:
        if _is(_TEST, files, path):
            done |= read_document(course, files, path)
    items = [path for path in paths if path not in done]
    if items:
        reader = _Reader(course.quiz(course.title, Place(items[0])), files, report)
        for path in items:
            reader.item(path, reader.place)
        reader.finish()
    return course


def read_document(
    course: Course,
    files: Files,
    path: str,
    links: Callable[[str], Links] | None = None,
    title: str = "",
) -> set[str]:
    """A test or an item as one quiz; the answer is the files that were read.

    Args:
        links: the links of the document with a path.
    """
    root = normal(parse_xml(files, path))
    place = Place(path, root.sourceline)
    quiz = course.quiz(title or root.get("title") or path.rpartition("/")[2], place)
    reader = _Reader(quiz, files, course.report, links)
    if local(root) == "assessmentItem":
        reader.item(path, place)
    else:
        reader.test(root, path)
    reader.finish()
    return reader.done


def normal(root: Element) -> Element:
    """Elements without namespace, with the names of QTI 2 where they have those of QTI 3."""
    for element in root.iter():
        name = local(element)
        if not name:
            continue
        if name.startswith("qti-"):
            name = _camel(name.removeprefix("qti-"))
            for key in list(element.attrib):
                if "-" in str(key) and not str(key).startswith(("data-", "aria-", "{", "xml:")):
                    element.set(_camel(str(key)), element.attrib.pop(key))
        element.tag = "div" if name == "contentBody" else name
    return root


def _camel(name: str) -> str:
    return re.sub(r"-(\w)", lambda found: found[1].upper(), name)


@dataclass(slots=True)
class _Reader:
    """Reads items into one quiz."""

    quiz: Quiz
    files: Files
    report: Report
    links: Callable[[str], Links] | None = None
    done: set[str] = field(default_factory=set)
    used: dict[str, None] = field(default_factory=dict)
    stimuli: dict[str, str] = field(default_factory=dict)
    is_alone: bool = False
    _known: dict[str, Links] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        return self.quiz.place

    def finish(self) -> None:
        """The quiz has the files that its texts name."""
        for links in self._known.values():
            self.used |= links.used
        if self.quiz.rules.get("draw_count", 0) >= len(self.quiz.questions.found):
            self.quiz.rules.pop("draw_count", None)
        self.quiz.files = bundle_files(self.files, self.used)

    def test(self, root: Element, path: str) -> None:
        """The items of a test in order."""
        self.done.add(path)
        seconds = next((number_of(e.get("maxTime") or "") for e in below(root, "timeLimits")), None)
        if seconds is not None and 10 <= seconds <= 604_800:
            self.quiz.rules["time_limit_seconds"] = int(seconds)
        for name in ("preCondition", "branchRule", "testFeedback"):
            for rule in below(root, name):
                self.report.lost(
                    "test_rule", f"A {name} has no place here.", Place(path, rule.sourceline)
                )
        parts = [s for part in children(root, "testPart") for s in children(part, *_PARTS)]
        self.is_alone = len(parts) == 1 and not any(
            True for _ in below(parts[0], "assessmentSection", "assessmentSectionRef")
        )
        for part in parts:
            self._section(part, path, 0)

    def _section(self, section: Element, path: str, depth: int) -> None:
        place = Place(path, section.sourceline)
        target = self._target(section, path)
        if depth > _MAX_DEPTH:
            raise FormatError("invalid_file", f"{path} is nested too deeply.", place)
        if local(section) == "assessmentItemRef":
            weights = [number_of(w.get("value") or "") for w in children(section, "weight")]
            if target is None:
                self.quiz.questions.skip("missing_file", "An item is not in the upload.", place)
            else:
                self.item(target, place, next((w for w in weights if w), 1))
        elif local(section) == "assessmentSectionRef":
            if target is None:
                self.report.lost("missing_file", "A section is not in the upload.", place)
            else:
                self.done.add(target)
                self._section(normal(parse_xml(self.files, target)), target, depth + 1)
        else:
            self._rules(section, path, place)
            for part in children(section, *_PARTS):
                self._section(part, path, depth + 1)

    def _rules(self, section: Element, path: str, place: Place) -> None:
        """The texts of a section, and which of its items are drawn."""
        if not self.is_alone:
            self.report.changed("section", "The sections of a test are one list.", place)
        for rubric in children(section, "rubricBlock"):
            at = place.at(rubric.sourceline)
            text = to_markdown(inner_xml(rubric), at, self.report, self._links(path))
            self.quiz.describe(text, at)
        for selection in children(section, "selection"):
            drawn = number_of(selection.get("select") or "")
            if drawn is not None and drawn >= 1 and self.is_alone:
                self.quiz.rules["draw_count"] = int(drawn)
            else:
                self.report.changed("draw", "All questions of a section are used.", place)
        for ordering in children(section, "ordering"):
            self.quiz.rules["is_shuffled"] = ordering.get("shuffle") == "true"

    def item(self, path: str, place: Place, weight: float = 1) -> None:
        """Add the questions of an item."""
        self.done.add(path)
        root = normal(parse_xml(self.files, path))
        if local(root) != "assessmentItem":
            self.quiz.questions.skip("no_item", f"{path} is no item.", place)
            return
        stimuli = [self._stimulus(ref, path) for ref in children(root, "assessmentStimulusRef")]
        item = Item(root, Place(path, root.sourceline), self.report, self._links(path))
        item.into(self.quiz, weight, [text for text in stimuli if text])

    def _stimulus(self, ref: Element, path: str) -> str:
        """A text that several items share."""
        place = Place(path, ref.sourceline)
        target = self._target(ref, path)
        if target is None:
            self.report.lost("missing_file", "A shared text is not in the upload.", place)
            return ""
        self.done.add(target)
        if target not in self.stimuli:
            body = child(normal(parse_xml(self.files, target)), "stimulusBody")
            html = "" if body is None else inner_xml(body)
            self.stimuli[target] = to_markdown(
                html, Place(target), self.report, self._links(target)
            )
        return self.stimuli[target]

    def _target(self, ref: Element, path: str) -> str | None:
        target = inside(path.rpartition("/")[0], path_of(ref.get("href") or ""))
        return target if target in self.files else None

    def _links(self, path: str) -> Links:
        if path not in self._known:
            self._known[path] = (
                relative(self.files, path) if self.links is None else self.links(path)
            )
        return self._known[path]


def relative(files: Files, path: str) -> Links:
    """The links of a document whose addresses are relative to it."""

    def resolve(address: str) -> str | None:
        target = inside(path.rpartition("/")[0], path_of(address))
        return target if target in files else None

    return Links(resolve, files)
