"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format."""

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from app.services.formats.archive import Files
from app.services.formats.course import Course, Quiz, bundle_files
from app.services.formats.markup import (
    Element,
    Links,
    below,
    child,
    children,
    number_of,
    parse_xml,
    path_of,
    plain,
    text_of,
    to_markdown,
)
from app.services.formats.questions import Asked, Choice, Gap, Numbers, Questions, Texts, Words
from app.services.formats.report import Place, Report


def fits(files: Files) -> bool:
    """Whether an upload is one XML file with a `quiz` in it."""
    path = next(iter(files))
    return len(files.content) == 1 and b"<quiz" in files.content[path][:2_000]


def unpack(files: Files) -> Files:
    """The document and the files in it."""
    path = next(iter(files))
    found = dict(files.content)
    for file in below(parse_xml(files, path), "file"):
        name, data = _file(file)
        if data:
            found[name] = data
    return Files(files.name, found)


def _file(file: Element) -> tuple[str, bytes]:
    """Path and content of a file in a text."""
    try:
        data = base64.b64decode(text_of(file), validate=False)
    except ValueError:
        data = b""
    name = (file.get("name") or "").replace("/", "_")
    return f"files/{hashlib.sha256(data).hexdigest()[:16]}/{name}", data


def read(files: Files, report: Report) -> Course:
    """A quiz for each category."""
    path = next(iter(files))
    root = parse_xml(files, path)
    course = Course(path.rsplit(".", 1)[0], report, Place(path))
    title = course.title
    quiz: Quiz | None = None
    used: dict[str, dict[str, None]] = defaultdict(dict)
    for element in children(root, "question"):
        if element.get("type") == "category":
            title = text_of(element, "category", "text").rstrip("/").rpartition("/")[2] or title
            quiz = None
            continue
        place = Place(path, element.sourceline)
        if quiz is None:
            known = [item for item in course.quizzes() if item.title == title]
            quiz = known[0] if known else course.quiz(title, place)
        links = Links(_same, files)
        Reader(element, place, report, links).into(quiz)
        used[quiz.slug] |= links.used
    for quiz in course.quizzes():
        quiz.files = bundle_files(files, used[quiz.slug])
    return course


class Reader:
    """Reads one `question` of Moodle XML."""

    def __init__(
        self, element: Element, place: Place, report: Report, links: Links | None = None
    ) -> None:
        self.element = element
        self.place = place
        self.report = report
        self.links = links or Links(_same, Files("", {}))

    def into(self, quiz: Quiz) -> None:
        """Add the question to a quiz."""
        kind = self.element.get("type") or "?"
        if kind == "description":
            quiz.describe(self.markdown(child(self.element, "questiontext")), self.place)
            return
        asked = Asked(
            self.markdown(child(self.element, "questiontext"))
            or text_of(self.element, "name", "text"),
            self.place,
            points=self._points(),
            explanation=self.markdown(child(self.element, "generalfeedback")),
            tags=[text_of(tag, "text") for tag in children(child(self.element, "tags"), "tag")],
            hints=[self.markdown(hint) for hint in children(self.element, "hint")],
        )
        for name in ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"):
            if plain(text_of(self.element, name, "text")) not in _STANDARD:
                self.report.lost("feedback", f"The {name} has no place here.", self.place)
        act = _KINDS.get(kind)
        if act is None:
            quiz.questions.other(asked, kind)
        else:
            act(self, asked, quiz.questions)

    def markdown(self, element: Element | None) -> str:
        """A formatted text of Moodle."""
        if element is None:
            return ""
        text = text_of(element, "text")
        place = self.place.at(element.sourceline or self.place.line)
        own: dict[str, str] = {}
        for file in children(element, "file"):
            name, (path, data) = str(file.get("name")), _file(file)
            if data:
                own[name] = path
            else:
                self.report.lost("file", f"The file {name} of a question is empty.", place)
        if element.get("format") in {"markdown", "plain_text"}:
            return text.strip()

        def resolve(address: str) -> str | None:
            name = path_of(address).removeprefix("@@PLUGINFILE@@/")
            return own.get(name) or self.links.resolve(address)

        links = Links(resolve, self.links.files, self.links.used)
        return to_markdown(text, place, self.report, links)

    def choices(self, convert: Callable[[Element], str]) -> list[Choice]:
        """The answers with their share of the points."""
        return [
            Choice(
                convert(answer),
                (number_of(answer.get("fraction") or "0") or 0) / 100,
                self.markdown(child(answer, "feedback")),
            )
            for answer in children(self.element, "answer")
        ]

    def flag(self, name: str, otherwise: bool) -> bool:
        """A setting that is true or false."""
        text = text_of(self.element, name).lower()
        return otherwise if not text else text in {"1", "true"}

    def _points(self) -> float:
        points = number_of(text_of(self.element, "defaultgrade"))
        return 1 if points is None else points


def _same(address: str) -> str | None:
    return address


def _choice(reader: Reader, asked: Asked, questions: Questions) -> None:
    choices = reader.choices(reader.markdown)
    questions.choice(asked, choices, is_single=reader.flag("single", True))


def _true_false(reader: Reader, asked: Asked, questions: Questions) -> None:
    choices = reader.choices(lambda answer: text_of(answer, "text").lower())
    right = next((choice.text for choice in choices if choice.share > 0), "")
    if right not in {"true", "false"}:
        questions.skip("no_right_answer", "A statement is neither true nor false.", asked.place)
        return
    said = {choice.text == "true": choice.feedback for choice in choices}
    questions.true_false(asked, right == "true", said)


def _short(reader: Reader, asked: Asked, questions: Questions) -> None:
    if reader.flag("usecase", False):
        reader.report.changed("case", "Upper and lower case do not matter.", asked.place)
    questions.short_text(asked, Texts(reader.choices(lambda answer: text_of(answer, "text"))))


def _numerical(reader: Reader, asked: Asked, questions: Questions) -> None:
    answers = children(reader.element, "answer")
    choices = reader.choices(lambda answer: text_of(answer, "text").replace(",", "."))
    tolerances = [number_of(text_of(answer, "tolerance") or "0") or 0 for answer in answers]
    units = [text_of(unit, "unit_name") for unit in children(child(reader.element, "units"))]
    if len(units) > 1:
        reader.report.lost("units", "Only the first unit of a number comes.", asked.place)
    questions.numeric(asked, Numbers(choices, tolerances, units[0] if units else ""))


def _matching(reader: Reader, asked: Asked, questions: Questions) -> None:
    pairs = [
        (reader.markdown(part), text_of(part, "answer", "text"))
        for part in children(reader.element, "subquestion")
    ]
    questions.matching(
        asked,
        [(left, right) for left, right in pairs if left],
        [right for left, right in pairs if not left],
    )


def _essay(reader: Reader, asked: Asked, questions: Questions) -> None:
    """A text; a file where nothing can be typed."""
    for name, what in (
        ("graderinfo", "Information for graders"),
        ("responsetemplate", "A template of the answer"),
    ):
        if plain(text_of(reader.element, name, "text")):
            reader.report.lost("essay_rule", f"{what} has no place here.", asked.place)
    attachments = text_of(reader.element, "attachments")
    if text_of(reader.element, "responseformat") == "noinline":
        if attachments not in {"", "1"}:
            reader.report.lost("essay_rule", "Of several files one can be sent.", asked.place)
        questions.file(asked)
        return
    if attachments not in {"", "0"}:
        reader.report.lost("essay_rule", "Files beside a text have no place here.", asked.place)
    questions.essay(asked)


def _ordering(reader: Reader, asked: Asked, questions: Questions) -> None:
    answers = children(reader.element, "answer")
    questions.ordering(asked, [reader.markdown(answer) for answer in answers])


def _words(reader: Reader, asked: Asked, questions: Questions) -> None:
    """Words to put into gaps: [[1]] is the first of the words."""
    boxes = [
        (text_of(box, "text"), text_of(box, "group") or "1")
        for box in children(reader.element, "dragbox", "selectoption")
    ]
    chosen: list[int] = []

    def number(found: "re.Match[str]") -> str:
        chosen.append(int(found[1]))
        return f"[[{len(chosen)}]]"

    prompt = re.sub(r"\[\[(\d{1,3})\]\]", number, asked.prompt)
    if any(not 1 <= choice <= len(boxes) for choice in chosen):
        questions.skip("no_right_answer", "A gap has no word.", asked.place)
        return
    gaps: list[Gap] = []
    for choice in chosen:
        offered = [i for i, (_, group) in enumerate(boxes, 1) if group == boxes[choice - 1][1]]
        # A group of one word offers no choice.
        offered = offered if len(offered) > 1 else list(range(1, len(boxes) + 1))
        gaps.append(Words([Choice(boxes[i - 1][0], float(i == choice)) for i in offered]))
    questions.cloze(replace(asked, prompt=prompt), gaps)


_GAP = re.compile(r"\{(\d*):([A-Z_]+):((?:\\.|(?!\{\d*:)[^\\}])*)\}", re.DOTALL)


def _cloze(reader: Reader, asked: Asked, questions: Questions) -> None:
    """Gaps as `{1:SHORTANSWER:=Berlin~%50%Bonn#Not any more}`."""
    gaps: list[Gap] = []
    unknown: set[str] = set()

    def read_gap(found: "re.Match[str]") -> str:
        kind = found[2].upper()
        choices: list[Choice] = []
        reaches: list[float] = []
        for part in re.split(r"(?<!\\)~", found[3]):
            text, _, feedback = _unescaped(part).partition("\ue0ff")
            weight = re.match(r"=|%(-?\d+(?:\.\d+)?)%", text)
            share = 0.0 if weight is None else float(weight[1] or 100) / 100
            text = text[0 if weight is None else weight.end() :].strip()
            if kind in _NUMBERS:
                text, _, reach = text.partition(":")
                reaches.append(number_of(reach or "0") or 0)
                text = text.replace(",", ".")
            choices.append(Choice(text, share, feedback.strip()))
        if kind in _NUMBERS:
            gaps.append(Numbers(choices, reaches))
        elif kind in _TEXTS:
            gaps.append(Texts(choices))
        elif kind in _WORDS:
            gaps.append(Words([choice for choice in choices if choice.text]))
        else:
            unknown.add(kind)
        return f"[[{len(gaps)}]]"

    prompt = _GAP.sub(read_gap, asked.prompt)
    if unknown or not gaps:
        questions.other(asked, f"cloze with {', '.join(sorted(unknown)) or 'no gap'}")
    else:
        questions.cloze(replace(asked, prompt=prompt), gaps)


def _unescaped(part: str) -> str:
    """Without backslashes; the sign before feedback becomes a private letter."""
    part = re.sub(r"(?<!\\)#", "\ue0ff", part)
    return re.sub(r"\\(.)", r"\1", part)


_NUMBERS: Final = frozenset({"NUMERICAL", "NM"})
_TEXTS: Final = frozenset({"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"})
_WORDS: Final = frozenset(
    {"MULTICHOICE", "MC", "MULTICHOICE_V", "MCV", "MULTICHOICE_H", "MCH", "MULTICHOICE_S", "MCS"}
    | {"MULTICHOICE_VS", "MCVS", "MULTICHOICE_HS", "MCHS"}
)

_STANDARD: Final = frozenset(
    {
        "",
        "Your answer is correct.",
        "Your answer is partially correct.",
        "Your answer is incorrect.",
    }
)
_KINDS: Final[dict[str, Callable[[Reader, Asked, Questions], None]]] = {
    "multichoice": _choice,
    "multichoiceset": _choice,
    "truefalse": _true_false,
    "shortanswer": _short,
    "numerical": _numerical,
    "matching": _matching,
    "essay": _essay,
    "ordering": _ordering,
    "ddwtos": _words,
    "gapselect": _words,
    "cloze": _cloze,
    "multianswer": _cloze,
}
