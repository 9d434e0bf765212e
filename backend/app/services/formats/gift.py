"""GIFT, the text format of Moodle: https://docs.moodle.org/en/GIFT_format."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.services.formats.archive import Files
from app.services.formats.course import Course, Quiz
from app.services.formats.markup import to_markdown
from app.services.formats.questions import Asked, Choice, Numbers, Questions, Texts, number_of
from app.services.formats.report import Place, Report

# Signs behind a backslash are themselves. Private use letters take their place while signs are
# looked for.
_SIGNS: Final = "~=#{}:\\"
_HIDE: Final = {f"\\{sign}": chr(0xE100 + number) for number, sign in enumerate(_SIGNS)}
_SHOW: Final = {0xE100 + number: sign for number, sign in enumerate(_SIGNS)} | {0xE1FF: "\n"}
_HIDDEN = re.compile(r"\\[~=#{}:\\]|\\n")
_CATEGORY = re.compile(r"\s*\$CATEGORY:\s*(.*)")
_TAG = re.compile(r"\[tag:\s*([^\[\]]+)\]")
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d+)?)%")
_Markdown = Callable[[str], str]
_TRUTH: Final = {"T": True, "TRUE": True, "F": False, "FALSE": False}


def fits(files: Files) -> bool:
    """Whether an upload is one text with GIFT in it."""
    if len(files.content) != 1:
        return False
    path = next(iter(files))
    if path.lower().endswith(".gift"):
        return True
    return (
        path.lower().endswith(".txt")
        and re.search(rb"(?<!\\)\{[^{}]*\}", files.content[path]) is not None
    )


def read(files: Files, report: Report) -> Course:
    """A quiz for each category."""
    path = next(iter(files))
    course = Course(path.rsplit(".", 1)[0], report, Place(path))
    quiz: Quiz | None = None
    for block in _blocks(files.text(path), path):
        if quiz is None or block.category not in {None, quiz.title}:
            quiz = course.quiz(block.category or course.title, block.place)
        _question(block, quiz, report)
    return course


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    place: Place
    category: str | None
    tags: tuple[str, ...]


def _blocks(text: str, path: str) -> Iterator[_Block]:
    """Questions with their place; a blank line ends one, unless an answer is open."""
    lines: list[str] = []
    tags: list[str] = []
    category: str | None = None
    start = 1
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.lstrip().startswith("//"):
            tags += _TAG.findall(line)
            continue
        named = _CATEGORY.fullmatch(line)
        line = "" if named else _HIDDEN.sub(_hide, line)
        block = "\n".join(lines)
        is_open = block.count("{") > block.count("}")
        # A blank line ends a question. Behind it an open answer goes on, until another one begins.
        if line.strip() and not (is_open and lines[-1] == "" and "{" in line):
            start = start if lines else number
            lines.append(line)
            continue
        if is_open and not line.strip() and not named and number <= text.count("\n"):
            lines.append("")
            continue
        if block.strip():
            yield _Block(block, Place(path, start), category, tuple(tags))
        lines, tags, start = [], [], number
        if line.strip():
            lines = [line]
        if named:
            category = named[1].strip().rstrip("/").rpartition("/")[2].strip() or None


def _hide(found: "re.Match[str]") -> str:
    return chr(0xE1FF) if found[0] == "\\n" else _HIDE[found[0]]


def _show(text: str) -> str:
    return text.translate(_SHOW).strip()


def _question(block: _Block, quiz: Quiz, report: Report) -> None:
    title, text = "", block.text.strip()
    if text.startswith("::"):
        title, _, text = text[2:].partition("::")
    form = re.match(r"\s*\[(html|markdown|plain|moodle)\]", text)
    style = "moodle" if form is None else form[1]
    text = text[0 if form is None else form.end() :]

    def markdown(part: str) -> str:
        part = _show(part)
        is_html = style == "html" or (style == "moodle" and re.search(r"</?[a-zA-Z]", part))
        return to_markdown(part, block.place, report) if is_html else part

    before, opened, rest = text.partition("{")
    inside, closed, after = rest.partition("}")
    if opened and not closed:
        quiz.questions.skip("syntax", "A question has no closing brace.", block.place)
        return
    if not opened:
        quiz.describe(markdown(text), block.place)
        return
    has_word = bool(after.strip(" \t\n."))
    prompt = f"{before.rstrip()} _____ {after.lstrip()}" if has_word else before.rstrip()
    inside, _, general = inside.partition("####")
    asked = Asked(
        markdown(prompt) or _show(title),
        block.place,
        explanation=markdown(general),
        tags=block.tags,
    )
    _answers(inside.strip(), asked, quiz.questions, markdown)


def _answers(inside: str, asked: Asked, questions: Questions, markdown: _Markdown) -> None:
    first, *more = inside.split("#")
    if not inside:
        questions.essay(asked)
    elif inside.startswith("#"):
        _numbers(inside[1:], asked, questions, markdown)
    elif first.strip().upper() in _TRUTH:
        _truth(_TRUTH[first.strip().upper()], more, asked, questions, markdown)
    else:
        # A sign and the text behind it, in turn.
        parts = re.split(r"([=~])", inside)
        choices = [
            _choice(sign, part, markdown)
            for sign, part in zip(parts[1::2], parts[2::2], strict=False)
        ]
        pairs = [choice.text.partition("->") for choice in choices]
        if parts[0].strip() and not choices:
            questions.short_text(asked, Texts([_choice("=", parts[0], _show)]))
        elif "~" in parts[1::2]:
            questions.choice(asked, choices, is_single="=" in parts[1::2])
        elif all(arrow for _, arrow, _ in pairs):
            questions.matching(
                asked,
                [(left.strip(), right.strip()) for left, _, right in pairs if left.strip()],
                [right.strip() for left, _, right in pairs if not left.strip()],
            )
        else:
            plain = [
                _choice(sign, part, _show)
                for sign, part in zip(parts[1::2], parts[2::2], strict=False)
            ]
            questions.short_text(asked, Texts(plain))


def _truth(
    is_true: bool, more: list[str], asked: Asked, questions: Questions, markdown: _Markdown
) -> None:
    """The first comment is on the wrong answer, the second on the right one."""
    said = dict(zip((not is_true, is_true), map(markdown, more), strict=False))
    questions.true_false(asked, is_true, said)


def _choice(sign: str, part: str, markdown: _Markdown) -> Choice:
    text, _, feedback = part.partition("#")
    weight = _WEIGHT.match(text.strip())
    if weight is not None:
        share, text = float(weight[1]) / 100, text.strip()[weight.end() :]
    else:
        share = 1.0 if sign == "=" else 0.0
    return Choice(markdown(text), share, markdown(feedback))


def _numbers(inside: str, asked: Asked, questions: Questions, markdown: _Markdown) -> None:
    parts = re.split(r"([=~])", inside)
    written = (
        [("=", inside)] if len(parts) == 1 else list(zip(parts[1::2], parts[2::2], strict=True))
    )
    accepted: list[Choice] = []
    reaches: list[float] = []
    for sign, part in written:
        choice = _choice(sign, part, _show)
        # An escaped colon cannot be in a number; what is left is value:tolerance or from..to.
        low, dots, high = choice.text.partition("..")
        value, _, tolerance = choice.text.partition(":")
        try:
            if dots:
                ends = (number_of(low), number_of(high))
                middle, half = sum(ends) / 2, abs(ends[1] - ends[0]) / 2
                text, reach = f"{middle:.12g}", float(f"{half:.12g}")
            else:
                text, reach = f"{number_of(value):.15g}", number_of(tolerance or "0")
        except ValueError:
            text, reach = choice.text, 0.0
        if choice.text:
            accepted.append(Choice(text, choice.share, markdown(choice.feedback)))
            reaches.append(reach)
    questions.numeric(asked, Numbers(accepted, reaches))
