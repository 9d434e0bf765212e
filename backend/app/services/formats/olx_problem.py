"""A problem of Open edX: each of its responses is a question."""

import copy
import re
from collections.abc import Callable
from typing import Final

from app.services.formats.course import Quiz
from app.services.formats.markup import (
    Element,
    Links,
    below,
    children,
    inner_xml,
    local,
    mark,
    number_of,
    remove,
    text_of,
    to_markdown,
)
from app.services.formats.questions import Asked, Choice, Numbers, Questions, Texts
from app.services.formats.report import Place, Report

_MARK = re.compile("\ue012(\\d+)\ue013")
_RANGE = re.compile(r"[\[(]\s*([^,]+?)\s*,\s*([^\])]+?)\s*[\])]")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_HINTS: Final = ("correcthint", "stringequalhint", "choicehint", "optionhint")


def read_problem(problem: Element, place: Place, report: Report, links: Links, quiz: Quiz) -> None:
    """Add the questions of a problem to a quiz."""
    _Problem(problem, place, report, links).into(quiz)


class _Problem:
    def __init__(self, problem: Element, place: Place, report: Report, links: Links) -> None:
        self.problem = copy.deepcopy(problem)
        self.place = place
        self.report = report
        self.links = links

    def into(self, quiz: Quiz) -> None:
        """Each response has the text before it; the first text stands before all."""
        name = self.problem.get("display_name") or ""
        explanation = "\n\n".join(self._html(found) for found in below(self.problem, "solution"))
        hints = [self._html(hint) for found in below(self.problem, "demandhint") for hint in found]
        for aside in list(below(self.problem, "solution", "demandhint")):
            remove(aside)
        responses = [e for e in self.problem.iter() if local(e).endswith("response")]
        points = number_of(self.problem.get("weight") or "") or 1
        if any(True for _ in below(self.problem, "script")):
            quiz.questions.other(Asked(name, self.place), "problem with a script")
            return
        for attribute in ("max_attempts", "showanswer", "rerandomize"):
            if self.problem.get(attribute) not in {None, "", "never", "null"}:
                self.report.lost(
                    "problem_rule", f"{attribute} of a problem has no place.", self.place
                )
        found: list[tuple[Element, str]] = []
        for number, response in enumerate(responses):
            own = map(self._html, children(response, "label", "description", "p"))
            found.append((response, "\n\n".join(text for text in own if text)))
            mark(response, f"\ue012{number}\ue013", "p")
        texts = [part.strip() for part in _MARK.split(self._html(self.problem))[::2]]
        # A response in an element that is left out has no mark in the text.
        texts += [""] * (len(found) + 1 - len(texts))
        if not found:
            quiz.describe("\n\n".join(texts), self.place)
            return
        if len(found) > 1:
            self.report.changed("split", f"A problem comes as {len(found)} questions.", self.place)
        for number, (response, own_text) in enumerate(found):
            before = [texts[0], texts[number] if number else "", own_text]
            if number == len(found) - 1:
                before.append(texts[-1])
            asked = Asked(
                "\n\n".join(part for part in before if part) or name,
                self.place,
                points=points / len(found),
                explanation=explanation,
                hints=hints,
            )
            act = _RESPONSES.get(local(response))
            if act is None:
                quiz.questions.other(asked, local(response))
            else:
                act(self, response, asked, quiz.questions)

    def _html(self, element: Element) -> str:
        place = self.place.at(element.sourceline or self.place.line)
        return to_markdown(inner_xml(element), place, self.report, self.links)

    def choices(self, response: Element) -> list[Choice]:
        """The options with their hints."""
        found: list[Choice] = []
        for choice in list(below(response, "choice", "option")):
            said: list[str] = []
            for hint in list(below(choice, *_HINTS)):
                if hint.get("selected") != "false":
                    said.append(self._html(hint))
                remove(hint)
            right = (choice.get("correct") or "").lower() in {"true", "partial"}
            found.append(Choice(self._html(choice), float(right), "\n\n".join(said)))
        return found

    def single(self, response: Element, asked: Asked, questions: Questions) -> None:
        """One right option."""
        questions.choice(asked, self.choices(response), is_single=True)

    def multiple(self, response: Element, asked: Asked, questions: Questions) -> None:
        """Several right options."""
        questions.choice(asked, self.choices(response), is_single=False)

    def option(self, response: Element, asked: Asked, questions: Questions) -> None:
        """A list to choose from, as elements or as `('a','b')`."""
        choices = self.choices(response)
        for field in below(response, "optioninput"):
            right = field.get("correct") or ""
            quoted = _QUOTED.findall(field.get("options") or "")
            listed = [re.sub(r"\\(.)", r"\1", a or b) for a, b in quoted]
            choices += [Choice(text, float(text == right)) for text in listed]
        questions.choice(asked, choices, is_single=True)

    def string(self, response: Element, asked: Asked, questions: Questions) -> None:
        """A text to type."""
        if "regexp" in (response.get("type") or ""):
            questions.other(asked, "stringresponse with a pattern")
            return
        first = Choice(response.get("answer") or "", 1, self._right(response))
        more = [
            Choice(found.get("answer") or text_of(found), 1)
            for found in below(response, "additional_answer")
        ]
        if any(True for _ in below(response, "stringequalhint")):
            self.report.lost("feedback", "Feedback for one wrong answer has no place.", asked.place)
        questions.short_text(asked, Texts([first, *more]))

    def number(self, response: Element, asked: Asked, questions: Questions) -> None:
        """A number with a tolerance, or a range."""
        written = [response.get("answer") or ""]
        written += [found.get("answer") or "" for found in below(response, "additional_answer")]
        reach = next(
            (
                found.get("default") or ""
                for found in below(response, "responseparam")
                if found.get("type") == "tolerance"
            ),
            "",
        )
        accepted: list[Choice] = []
        reaches: list[float] = []
        for text in written:
            span = _RANGE.fullmatch(text.strip())
            ends = [number_of(span[1]), number_of(span[2])] if span is not None else []
            low, high = ends if ends else (None, None)
            if low is not None and high is not None:
                middle, half = (low + high) / 2, abs(high - low) / 2
                accepted.append(Choice(f"{middle:.12g}", 1))
                reaches.append(float(f"{half:.12g}"))
                continue
            value = number_of(text) or 0
            share = number_of(reach.strip().rstrip("%")) or 0
            amount = abs(value) * share / 100 if reach.strip().endswith("%") else share
            accepted.append(Choice(text, 1, self._right(response) if not accepted else ""))
            reaches.append(float(f"{amount:.12g}"))
        questions.numeric(asked, Numbers(accepted, reaches))

    def _right(self, response: Element) -> str:
        return "\n\n".join(self._html(hint) for hint in children(response, "correcthint"))


_RESPONSES: Final[dict[str, Callable[[_Problem, Element, Asked, Questions], None]]] = {
    "multiplechoiceresponse": _Problem.single,
    "choiceresponse": _Problem.multiple,
    "optionresponse": _Problem.option,
    "stringresponse": _Problem.string,
    "numericalresponse": _Problem.number,
}
