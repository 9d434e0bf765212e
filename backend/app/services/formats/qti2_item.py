"""One item of QTI 2 or 3: its interactions become questions."""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from app.services.formats.course import Quiz
from app.services.formats.markup import (
    Element,
    Links,
    below,
    child,
    children,
    inner_xml,
    local,
    mark,
    number_of,
    plain,
    remove,
    text_of,
    to_markdown,
)
from app.services.formats.questions import Asked, Choice, Gap, Numbers, Questions, Texts, Words
from app.services.formats.report import Place, Report

_NUMBERS: Final = frozenset({"float", "integer"})
# Private letters mark gaps and interactions in a text while it becomes Markdown.
_GAP = re.compile("\ue010(\\d+)\ue011")
_BLOCK = re.compile("\ue012(\\d{1,6})\ue013")
_COMPARED: Final = ("match", "equal", "stringMatch", "member", "contains", "equalRounded")


@dataclass(slots=True)
class _Response:
    """The right answer of one response.

    Attributes:
        mapped: value to points.
        tolerance: of a number, as it is or a share of the value.
    """

    cardinality: str = "single"
    base: str = "identifier"
    correct: list[str] = field(default_factory=list)
    mapped: dict[str, float] = field(default_factory=dict)
    upper: float | None = None
    tolerance: float = 0
    is_relative: bool = False

    def shares(self) -> dict[str, float]:
        """Each value that earns something, to its share of the points."""
        if not self.mapped:
            return dict.fromkeys(self.correct, 1.0)
        best = max(self.mapped.values())
        if best <= 0:
            return dict.fromkeys(self.correct, 1.0)
        return {value: points / best for value, points in self.mapped.items()}

    def numbers(self) -> Numbers:
        """The numbers that are accepted."""
        accepted = [Choice(value, share) for value, share in self.shares().items()]
        reaches = [
            abs(number_of(choice.text) or 0) * self.tolerance / 100
            if self.is_relative
            else self.tolerance
            for choice in accepted
        ]
        return Numbers(accepted, [float(f"{reach:.12g}") for reach in reaches])


class Item:
    """Reads an `assessmentItem` whose names are those of QTI 2."""

    def __init__(self, root: Element, place: Place, report: Report, links: Links) -> None:
        self.root = root
        self.place = place
        self.report = report
        self.links = links
        self.processing = child(root, "responseProcessing")
        self.responses = {
            declared.get("identifier") or "": self._response(declared)
            for declared in children(root, "responseDeclaration")
        }
        self.gaps: list[Gap | None] = []
        self.blocks: list[Element] = []
        self.said: dict[str, str] = {}
        self.explanation: list[str] = []
        self.hints: list[str] = []

    def into(self, quiz: Quiz, weight: float, stimuli: Sequence[str]) -> None:
        """Add the item's questions to a quiz."""
        body = child(self.root, "itemBody")
        if body is None:
            quiz.questions.skip("no_prompt", "An item has no body.", self.place)
            return
        text = self._body(copy.deepcopy(body))
        self._modal()
        if child(self.root, "templateProcessing") is not None:
            quiz.questions.other(self._asked(text), "template")
            return
        parts = _BLOCK.split(text)
        texts = [part.strip() for part in parts[::2]]
        # The author's own text may have such letters.
        numbers = [n for n in map(int, parts[1::2]) if n < len(self.blocks)]
        stem = [*stimuli, texts[0]]
        points = self._points() * weight
        if not self.gaps and not numbers:
            quiz.describe("\n\n".join(part for part in stem if part), self.place)
        elif self.gaps and numbers:
            quiz.questions.other(self._asked(text), "gaps among other interactions")
        elif self.gaps:
            self._typed(self._asked("\n\n".join(stem), points), quiz.questions)
        else:
            if len(numbers) > 1:
                self.report.changed(
                    "split", f"An item comes as {len(numbers)} questions.", self.place
                )
            for number, before in zip(numbers, ["", *texts[1:]], strict=False):
                block = self.blocks[number]
                own = [*stem, before, self._html(child(block, "prompt"))]
                if number == numbers[-1]:
                    own.append(texts[-1] if len(texts) > 1 else "")
                prompt = "\n\n".join(part for part in own if part)
                asked = self._asked(prompt, points / len(numbers))
                _BLOCKS[local(block)](self, block, asked, quiz.questions)

    def _asked(self, prompt: str, points: float = 1) -> Asked:
        return Asked(
            prompt.strip() or (self.root.get("title") or ""),
            self.place,
            points=points,
            explanation="\n\n".join(self.explanation),
            hints=self.hints,
        )

    # Keys ----------------------------------------------------------------------------------------

    def _response(self, declared: Element) -> _Response:
        ident = declared.get("identifier") or ""
        mapping = child(declared, "mapping")
        response = _Response(
            (declared.get("cardinality") or "single").lower(),
            declared.get("baseType") or "identifier",
            [text_of(value) for value in children(child(declared, "correctResponse"), "value")],
        )
        template = "" if self.processing is None else (self.processing.get("template") or "")
        is_mapped = "map_response" in template or any(
            found.get("identifier") == ident for found in below(self.processing, "mapResponse")
        )
        if mapping is not None and (is_mapped or not response.correct):
            response.mapped = {
                entry.get("mapKey") or "": number_of(entry.get("mappedValue") or "") or 0
                for entry in children(mapping, "mapEntry")
            }
            response.upper = number_of(mapping.get("upperBound") or "")
        tested = list(self._tested(ident, response.base))
        if not response.correct and not response.mapped:
            response.mapped = {value: points for value, points in tested if points > 0}
        for equal in below(self.processing, "equal"):
            names = [found.get("identifier") for found in below(equal, "variable")]
            reach = number_of((equal.get("tolerance") or "").split(" ")[0])
            if ident in names and reach is not None:
                response.tolerance = reach
                response.is_relative = equal.get("toleranceMode") == "relative"
        return response

    def _tested(self, ident: str, base: str) -> Iterator[tuple[str, float]]:
        """Values that a condition compares a response with, and the points that follow."""
        for branch in below(self.processing, "responseIf", "responseElseIf"):
            points = next(
                (
                    number_of(text_of(found, "baseValue")) or 0
                    for found in children(branch, "setOutcomeValue")
                    if number_of(text_of(found, "baseValue")) is not None
                ),
                0.0,
            )
            for value in self._values(branch, ident):
                yield value, points

    def _values(self, branch: Element, ident: str) -> Iterator[str]:
        for compared in below(branch, *_COMPARED):
            names = {found.get("identifier") for found in children(compared, "variable")}
            outer = {local(above) for above in compared.iterancestors()}
            if ident in names and "not" not in outer and self._branch(compared) is branch:
                yield from (text_of(found) for found in children(compared, "baseValue"))

    def _branch(self, element: Element) -> Element | None:
        return next(
            (e for e in element.iterancestors() if local(e) in {"responseIf", "responseElseIf"}),
            None,
        )

    def _points(self) -> float:
        for outcome in children(self.root, "outcomeDeclaration"):
            found = (
                text_of(outcome, "defaultValue", "value")
                if outcome.get("identifier") == "MAXSCORE"
                else outcome.get("normalMaximum") or ""
            )
            points = number_of(found)
            if points is not None and points > 0:
                return points
        total = 0.0
        for response in self.responses.values():
            gains = [points for points in response.mapped.values() if points > 0]
            if gains:
                most = max(gains) if response.cardinality == "single" else sum(gains)
                total += min(most, response.upper or most)
        return total or 1

    # Texts ---------------------------------------------------------------------------------------

    def _html(self, element: Element | None) -> str:
        if element is None:
            return ""
        place = self.place.at(element.sourceline)
        return to_markdown(inner_xml(element), place, self.report, self.links)

    def _body(self, body: Element) -> str:
        """The Markdown of a body with marks in place of its interactions."""
        for block in list(below(body, "rubricBlock")):
            if "candidate" not in (block.get("view") or "candidate").split():
                self.report.lost("rubric", "A rubric for graders has no place here.", self.place)
                remove(block)
            else:
                block.tag = "div"
        for block in list(below(body, "feedbackBlock")):
            self._feedback(block)
            remove(block)
        for found in list(below(body, *_BLOCKS, *_GAPS)):
            if local(found) in _GAPS:
                _GAPS[local(found)](self, found)
            else:
                self.blocks.append(found)
                mark(found, f"\ue012{len(self.blocks) - 1}\ue013", "p")
        return self._html(body)

    def gap(self, element: Element, gap: Gap | None) -> None:
        """Put a mark in place of an element."""
        self.gaps.append(gap)
        mark(element, f"\ue010{len(self.gaps)}\ue011", "span")

    def _feedback(self, element: Element) -> None:
        """A feedback that is not in an option: by its name, a comment, an explanation, a hint."""
        ident = element.get("identifier") or ""
        name = f"{element.get('outcomeIdentifier') or ''} {ident}".lower()
        text = self._html(element)
        if not text or (element.get("showHide") or "show") != "show":
            return
        options = {choice.get("identifier") for choice in below(self.root, "simpleChoice")}
        shown = {
            value
            for branch in below(self.processing, "responseIf", "responseElseIf")
            if ident
            in {text_of(found, "baseValue") for found in children(branch, "setOutcomeValue")}
            for response in self.responses
            for value in self._values(branch, response)
        }
        targets = {ident} & options or shown & options
        if len(targets) == 1:
            self.said[str(targets.pop())] = text
        elif "hint" in name:
            self.hints.append(text)
        elif "solution" in name or "general" in name:
            self.explanation.append(text)
        else:
            self.report.lost(
                "feedback",
                "Feedback for all right or wrong answers has no place here.",
                self.place.at(element.sourceline),
            )

    def _modal(self) -> None:
        for element in children(self.root, "modalFeedback"):
            self._feedback(element)

    def _label(self, choice: Element) -> tuple[str, str]:
        """The text of an option, and the feedback in it."""
        said: list[str] = []
        for inline in list(below(choice, "feedbackInline", "feedbackBlock")):
            said.append(self._html(inline))
            remove(inline)
        own = self.said.get(choice.get("identifier") or "", "")
        return self._html(choice), "\n\n".join(text for text in [*said, own] if text)

    def _of(self, element: Element) -> _Response:
        return self.responses.get(element.get("responseIdentifier") or "", _Response())

    # Questions -----------------------------------------------------------------------------------

    def _typed(self, asked: Asked, questions: Questions) -> None:
        """One gap for a text or a number is a question of that kind; others are a cloze."""
        gaps = [gap for gap in self.gaps if gap is not None]
        if len(gaps) < len(self.gaps):
            questions.other(asked, "picture to move")
        elif len(gaps) == 1 and not isinstance(gaps[0], Words):
            blank = "" if asked.prompt.endswith("\ue011") else "_____"
            own = replace(asked, prompt=_GAP.sub(blank, asked.prompt).strip())
            if isinstance(gaps[0], Numbers):
                questions.numeric(own, gaps[0])
            else:
                questions.short_text(own, gaps[0])
        else:
            prompt = _GAP.sub(lambda found: f"[[{found[1]}]]", asked.prompt)
            questions.cloze(replace(asked, prompt=prompt), gaps)

    def choice(self, block: Element, asked: Asked, questions: Questions) -> None:
        """Options to choose from."""
        response = self._of(block)
        shares = response.shares()
        is_single = response.cardinality == "single"
        found = [
            (choice.get("identifier") or "", *self._label(choice))
            for choice in list(below(block, "simpleChoice"))
        ]
        truth = {plain(text).lower() for _, text, _ in found}
        if is_single and truth == {"true", "false"} and len(found) == 2:
            right = [plain(text).lower() for ident, text, _ in found if shares.get(ident, 0) > 0]
            if len(right) == 1:
                said = {plain(text).lower() == "true": comment for _, text, comment in found}
                questions.true_false(asked, right[0] == "true", said)
                return
        questions.choice(
            asked,
            [Choice(text, shares.get(ident, 0), comment) for ident, text, comment in found],
            is_single=is_single,
        )

    def hottext(self, block: Element, asked: Asked, questions: Questions) -> None:
        """Words of a text to pick."""
        response = self._of(block)
        shares = response.shares()
        choices: list[Choice] = []
        for word in list(below(block, "hottext")):
            choices.append(Choice(text_of(word), shares.get(word.get("identifier") or "", 0)))
            word.tag = "strong"
        for prompt in children(block, "prompt"):
            remove(prompt)
        self.report.changed("hottext", "Words to pick in a text are options.", asked.place)
        text = f"{asked.prompt}\n\n{self._html(block)}"
        own = replace(asked, prompt=text.strip())
        questions.choice(own, choices, is_single=response.cardinality == "single")

    def order(self, block: Element, asked: Asked, questions: Questions) -> None:
        """Options to put in order."""
        texts = {
            choice.get("identifier") or "": self._label(choice)[0]
            for choice in list(below(block, "simpleChoice"))
        }
        order = self._of(block).correct
        if sorted(order) != sorted(texts):
            questions.skip("no_right_answer", "An ordering has no key.", asked.place)
        else:
            questions.ordering(asked, [texts[ident] for ident in order])

    def match(self, block: Element, asked: Asked, questions: Questions) -> None:
        """Pairs of two sets; of one set for an associateInteraction."""
        sets = [
            {
                choice.get("identifier") or "": self._label(choice)[0]
                for choice in list(below(part, "simpleAssociableChoice"))
            }
            for part in (children(block, "simpleMatchSet") or [block])
        ]
        response = self._of(block)
        right = [value for value, share in response.shares().items() if share > 0]
        split = [value.split() for value in right]
        pairs = [(pair[0], pair[1]) for pair in split if len(pair) == 2]
        if len(sets) == 1:
            self.report.changed("associate", "Pairs of one list are of two lists.", asked.place)
            first, last = ({p[end]: sets[0].get(p[end], "") for p in pairs} for end in (0, 1))
            sets = [first, {**last, **{k: v for k, v in sets[0].items() if k not in first}}]
        lefts, rights = sets[0], sets[1]
        if len({pair[0] for pair in pairs}) < len(pairs):
            # A left side with several right ones: each right one may have one left.
            lefts, rights = rights, lefts
            pairs = [(b, a) for a, b in pairs]
        keys = dict(pairs)
        if len(keys) < len(pairs) or not keys.keys() <= lefts.keys():
            questions.skip("several_right", "A pair has several right sides.", asked.place)
            return
        if lefts.keys() - keys.keys():
            self.report.lost("pair", "What belongs to nothing is left out.", asked.place)
        questions.matching(
            asked,
            [(text, rights.get(keys[ident], "")) for ident, text in lefts.items() if ident in keys],
            list(rights.values()),
        )

    def slider(self, block: Element, asked: Asked, questions: Questions) -> None:
        """A number on a scale."""
        low, high = (block.get(name) or "?" for name in ("lowerBound", "upperBound"))
        own = replace(asked, prompt=f"{asked.prompt} ({low} to {high})".strip())
        questions.numeric(own, self._of(block).numbers())

    def essay(self, block: Element, asked: Asked, questions: Questions) -> None:
        """A long text; a short one where all accepted answers are known."""
        response = self._of(block)
        sample = response.correct[0] if response.correct else ""
        questions.essay(asked, sample)

    def upload(self, block: Element, asked: Asked, questions: Questions) -> None:
        """A file."""
        questions.file(asked)

    def other(self, block: Element, asked: Asked, questions: Questions) -> None:
        """An interaction that has no place here."""
        questions.other(asked, local(block))

    # Gaps ----------------------------------------------------------------------------------------

    def inline_choice(self, element: Element) -> None:
        """A word to choose in a text."""
        shares = self._of(element).shares()
        choices = [
            Choice(text_of(choice), shares.get(choice.get("identifier") or "", 0))
            for choice in below(element, "inlineChoice")
        ]
        self.gap(element, Words(choices))

    def text_entry(self, element: Element) -> None:
        """A text or a number to type."""
        response = self._of(element)
        if response.base in _NUMBERS:
            self.gap(element, response.numbers())
        else:
            self.gap(element, Texts([Choice(v, s) for v, s in response.shares().items()]))

    def gap_match(self, element: Element) -> None:
        """Words to move into gaps."""
        shares = self._of(element).shares()
        words = {e.get("identifier") or "": text_of(e) for e in below(element, "gapText")}
        has_pictures = any(True for _ in below(element, "gapImg"))
        for part in list(below(element, "gapText", "gapImg")):
            remove(part)
        for gap in list(below(element, "gap")):
            ident = gap.get("identifier") or ""
            # Gaps may be worth different points: what is best for a gap is right there.
            own = {word: shares.get(f"{word} {ident}", 0) for word in words}
            best = max(own.values(), default=0)
            choices = [
                Choice(text, own[word] / best if best > 0 else 0) for word, text in words.items()
            ]
            self.gap(gap, None if has_pictures else Words(choices))
        element.tag = "div"
        for prompt in children(element, "prompt"):
            prompt.tag = "div"


_Act = Callable[[Item, Element, Asked, Questions], None]
_OTHERS: Final = (
    *("hotspotInteraction", "selectPointInteraction", "graphicOrderInteraction"),
    *("graphicAssociateInteraction", "graphicGapMatchInteraction", "positionObjectInteraction"),
    *("drawingInteraction", "mediaInteraction", "customInteraction", "endAttemptInteraction"),
    "portableCustomInteraction",
)
_BLOCKS: Final[dict[str, _Act]] = {
    "choiceInteraction": Item.choice,
    "hottextInteraction": Item.hottext,
    "orderInteraction": Item.order,
    "matchInteraction": Item.match,
    "associateInteraction": Item.match,
    "sliderInteraction": Item.slider,
    "extendedTextInteraction": Item.essay,
    "uploadInteraction": Item.upload,
    **dict.fromkeys(_OTHERS, Item.other),
}
_GAPS: Final[dict[str, Callable[[Item, Element], None]]] = {
    "inlineChoiceInteraction": Item.inline_choice,
    "textEntryInteraction": Item.text_entry,
    "gapMatchInteraction": Item.gap_match,
}
