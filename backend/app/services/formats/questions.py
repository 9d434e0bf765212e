"""Questions of other systems in the kinds that exist here. Each reader calls these."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from app.models.bundle import BundleHint, BundleQuestion
from app.models.rpc.questions import MatchingOptions, Option
from app.services.formats.naming import cut
from app.services.formats.report import Place, Report

MAX_TEXT: Final = 20_000
MAX_OPTIONS: Final = 50
_MAX_OPTION: Final = 1_900
_MAX_OPTIONS_BYTES: Final = 90_000
_MAX_ACCEPTED_BYTES: Final = 200
_SIGNS: Final = str.maketrans("\u2212\u066b", "-.")
_COMMA: Final = re.compile(r"^([-+]?\d*),(\d{1,2}|\d{4,})(?=[eE]|$)")
_MAX_NUMBERS: Final = 20
_WHOLE: Final = 0.999
# A number of a key is written in at most 100 digits.
_SMALL: Final = 1e-70
_LARGE: Final = 1e90


@dataclass(frozen=True, slots=True)
class Asked:
    """What questions of every kind have.

    Attributes:
        prompt: Markdown.
        explanation: Markdown that a learner reads afterwards.
    """

    prompt: str
    place: Place
    points: float = 1
    explanation: str = ""
    tags: Sequence[str] = ()
    hints: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that is offered or accepted.

    Attributes:
        text: Markdown, or the plain text of an accepted answer.
        share: of the points that it earns: 1 for a right one, 0 or less for a wrong one.
        feedback: Markdown.
    """

    text: str
    share: float
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """A text to type: what is accepted."""

    accepted: Sequence[Choice]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number to type: texts of numbers, with a tolerance each."""

    accepted: Sequence[Choice]
    tolerances: Sequence[float]
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Words to choose one from."""

    choices: Sequence[Choice]


Gap = Texts | Numbers | Words
_GAP = re.compile(r"\[\[([1-9][0-9]?)\]\]")
_NONE: Final[Mapping[bool, str]] = {}
_SILENT: Final[Mapping[str, str]] = {}


@dataclass(slots=True)
class Questions:
    """The questions of one quiz as they are read, in order."""

    report: Report
    found: list[BundleQuestion] = field(default_factory=list)

    def skip(self, code: str, message: str, place: Place) -> None:
        """A question that does not come."""
        self.report.skipped += 1
        self.report.lost(code, message, place)

    def choice(self, asked: Asked, choices: Sequence[Choice], *, is_single: bool) -> None:
        """One or several right options."""
        choices = [choice for choice in choices if choice.text.strip()]
        right = [number for number, choice in enumerate(choices) if choice.share > 0]
        if is_single:
            best = max((choice.share for choice in choices), default=0)
            full = [number for number in right if choices[number].share >= best]
            if len(full) < len(right):
                for number in set(right) - set(full):
                    self._note_share(choices[number], asked)
            right = full
        if not 2 <= len(choices) <= MAX_OPTIONS:
            self.skip("options", f"A question has {len(choices)} options.", asked.place)
        elif not right:
            self.skip("no_right_answer", "A question has no right option.", asked.place)
        else:
            is_one = is_single and len(right) == 1
            if is_single and not is_one:
                self.report.changed(
                    "several_right",
                    "Each of several right options was enough; now all of them are.",
                    asked.place,
                )
            if len({choices[number].share for number in right}) > 1:
                self.report.changed("weights", "Right options earn equal shares.", asked.place)
            ids = [f"o{number}" for number in range(1, len(choices) + 1)]
            correct = [ids[number] for number in right]
            self._add(
                asked,
                "single" if is_one else "multiple",
                [
                    Option(id=i, text=self._option(c, asked))
                    for i, c in zip(ids, choices, strict=False)
                ],
                {"correct": correct[0] if is_one else correct},
                {i: c.feedback for i, c in zip(ids, choices, strict=False) if c.feedback.strip()},
            )

    def true_false(self, asked: Asked, correct: bool, feedback: Mapping[bool, str] = _NONE) -> None:
        """A statement. `feedback` is by the answer."""
        said = {str(answer).lower(): text for answer, text in feedback.items()}
        self._add(asked, "true_false", [], {"correct": correct}, said)

    def numeric(self, asked: Asked, gap: "Numbers") -> None:
        """A number within a tolerance."""
        key = self._number_key(asked, gap)
        said = self._said(gap.accepted, asked)
        if key is None:
            self.skip("no_right_answer", "A question has no right number.", asked.place)
        else:
            self._add(_explained(asked, said), "numeric", [], key)

    def short_text(self, asked: Asked, gap: "Texts") -> None:
        """A text to type."""
        key = self._text_key(asked, gap)
        said = self._said(gap.accepted, asked)
        if key is None:
            self.skip("no_right_answer", "A question has no accepted text.", asked.place)
        else:
            self._add(_explained(asked, said), "short_text", [], key)

    def cloze(self, asked: Asked, gaps: Sequence["Gap"]) -> None:
        """Gaps in a text: the prompt has `[[1]]` for the first."""
        options: list[dict[str, Any]] = []
        keys: dict[str, Any] = {}
        feedback: dict[str, str] = {}
        for number, gap in enumerate(gaps, start=1):
            key: dict[str, Any] | None = None
            answers = gap.choices if isinstance(gap, Words) else gap.accepted
            feedback[str(number)] = self._said(answers, asked)
            option: dict[str, Any] = {"id": str(number)}
            if isinstance(gap, Words):
                right = [i for i, choice in enumerate(gap.choices, 1) if choice.share >= _WHOLE]
                if 2 <= len(gap.choices) <= MAX_OPTIONS and right:
                    if len(right) > 1:
                        self.report.lost(
                            "several_right", "Of several right words one counts.", asked.place
                        )
                    key = {"correct": f"o{right[0]}"}
                    option["options"] = [
                        {"id": f"o{i}", "text": self._option(choice, asked)}
                        for i, choice in enumerate(gap.choices, 1)
                    ]
                option["kind"] = "choice"
            elif isinstance(gap, Numbers):
                option["kind"], key = "number", self._number_key(asked, gap)
            else:
                option["kind"], key = "text", self._text_key(asked, gap)
            if key is None:
                self.skip("no_right_answer", "A gap has no right answer.", asked.place)
                return
            options.append(option)
            keys[str(number)] = key
        if not 1 <= len(gaps) <= MAX_OPTIONS:
            self.skip("options", f"A text has {len(gaps)} gaps.", asked.place)
            return
        if sorted(_GAP.findall(asked.prompt.strip()[:MAX_TEXT])) != sorted(keys):
            self.skip("gap", "A sign such as [[1]] stands for no gap.", asked.place)
            return
        self._add(asked, "cloze", {"gaps": options}, {"gaps": keys}, feedback)

    def _number_key(self, asked: Asked, gap: "Numbers") -> dict[str, Any] | None:
        values: list[dict[str, float]] = []
        for choice, tolerance in zip(gap.accepted, gap.tolerances, strict=True):
            value = _number(choice.text)
            if choice.share < _WHOLE:
                self._note_share(choice, asked)
            elif value is None:
                self.report.lost("number", f"{choice.text[:40]} is not a number.", asked.place)
            elif not (tolerance == 0 or _SMALL < tolerance < _LARGE):
                self.report.lost("number", f"{value:g} has an unusable tolerance.", asked.place)
            else:
                values.append({"value": value} | ({"tolerance": tolerance} if tolerance else {}))
        if len(values) > _MAX_NUMBERS:
            self.report.lost("options", "More than 20 numbers are accepted.", asked.place)
        if not values:
            return None
        unit = {"unit": gap.unit[:40]} if gap.unit else {}
        return (values[0] if len(values) == 1 else {"values": values[:_MAX_NUMBERS]}) | unit

    def _text_key(self, asked: Asked, gap: "Texts") -> dict[str, Any] | None:
        texts: list[str] = []
        for choice in gap.accepted:
            text = " ".join(choice.text.split())
            if choice.share < _WHOLE:
                self._note_share(choice, asked)
            elif not text.strip("*"):
                self.report.lost("wildcard", "An answer * accepted any text.", asked.place)
            elif len(text.encode()) > _MAX_ACCEPTED_BYTES:
                self.report.lost("cut", "An accepted text is too long.", asked.place)
            elif text not in texts:
                if "*" in text:
                    self.report.changed("wildcard", "The sign * is that sign.", asked.place)
                texts.append(text)
        if len(texts) > MAX_OPTIONS:
            self.report.lost("options", "More than 50 texts are accepted.", asked.place)
        return {"accepted": texts[:MAX_OPTIONS]} if texts else None

    def _note_share(self, choice: Choice, asked: Asked) -> None:
        if choice.share > 0:
            self.report.changed(
                "partial_credit",
                "An answer that earned part of the points earns none.",
                asked.place,
            )

    def matching(
        self, asked: Asked, pairs: Sequence[tuple[str, str]], extra: Sequence[str] = ()
    ) -> None:
        """Pairs of texts; `extra` are right sides that belong to no left one."""
        rights = list(dict.fromkeys([*(right for _, right in pairs), *extra]))
        if not 2 <= len(pairs) <= MAX_OPTIONS or not 2 <= len(rights) <= MAX_OPTIONS:
            self.skip("options", f"A matching has {len(pairs)} pairs.", asked.place)
            return
        ids = {right: f"r{number}" for number, right in enumerate(rights, start=1)}
        lefts = [f"l{number}" for number in range(1, len(pairs) + 1)]
        self._add(
            asked,
            "matching",
            MatchingOptions(
                left=[Option(id=i, text=left) for i, (left, _) in zip(lefts, pairs, strict=False)],
                right=[Option(id=i, text=right) for right, i in ids.items()],
            ),
            {"pairs": {i: ids[right] for i, (_, right) in zip(lefts, pairs, strict=False)}},
        )

    def ordering(self, asked: Asked, items: Sequence[str]) -> None:
        """Texts in their right order."""
        if not 2 <= len(items) <= MAX_OPTIONS:
            self.skip("options", f"An ordering has {len(items)} items.", asked.place)
            return
        ids = [f"o{number}" for number in range(1, len(items) + 1)]
        options = [Option(id=i, text=text) for i, text in zip(ids, items, strict=False)]
        self._add(asked, "ordering", options, {"order": ids})

    def essay(self, asked: Asked, sample: str = "") -> None:
        """A text that staff grade; `sample` is Markdown."""
        self._by_hand("essay", asked, sample)

    def file(self, asked: Asked, sample: str = "") -> None:
        """A file that staff grade."""
        self._by_hand("file", asked, sample)

    def _by_hand(self, kind: str, asked: Asked, sample: str) -> None:
        sample = cut(sample.strip(), MAX_TEXT, "A sample", asked.place, self.report)
        self._add(asked, kind, [], {"sample_md": sample} if sample else {})

    def other(self, asked: Asked, kind: str) -> None:
        """A question of a kind that does not exist here."""
        self.skip("question_kind", f"A question of kind {kind} has no place here.", asked.place)

    def _said(self, answers: Sequence[Choice], asked: Asked) -> str:
        """The comments on right answers; those on others have no place."""
        for answer in answers:
            if answer.feedback.strip() and answer.share < _WHOLE:
                self.report.lost(
                    "feedback", "Feedback for one wrong answer has no place here.", asked.place
                )
        right = [a.feedback.strip() for a in answers if a.share >= _WHOLE]
        return "\n\n".join(dict.fromkeys(text for text in right if text))

    def _option(self, choice: Choice, asked: Asked) -> str:
        return cut(choice.text.strip(), _MAX_OPTION, "An option", asked.place, self.report)

    def _add(
        self,
        asked: Asked,
        kind: Any,
        options: Any,
        key: Any,
        feedback: Mapping[str, str] = _SILENT,
    ) -> None:
        place, report = asked.place, self.report
        prompt = cut(asked.prompt.strip(), MAX_TEXT, "A question", place, report)
        if not prompt:
            self.skip("no_prompt", "A question has no text.", place)
            return
        points = round(asked.points, 2)
        if not 0 < points <= 1_000:
            report.changed("points", f"{asked.points:g} points become 1.", place)
            points = 1
        explanation = cut(asked.explanation.strip(), MAX_TEXT, "An explanation", place, report)
        question = BundleQuestion(
            kind=kind,
            prompt_md=prompt,
            points=points,
            options=options,
            key=key,
            explanation_md=explanation or None,
            feedback={
                option: cut(text.strip(), MAX_TEXT, "A feedback", place, report)
                for option, text in feedback.items()
                if text.strip()
            },
            hints=[
                BundleHint(text_md=cut(hint.strip(), 4_000, "A hint", place, report))
                for hint in asked.hints[:10]
                if hint.strip()
            ],
            tags=[tag.strip()[:40] for tag in asked.tags if tag.strip()][:20],
        )
        if len(question.model_dump_json(include={"options"}).encode()) > _MAX_OPTIONS_BYTES:
            self.skip("options", "The options of a question are too long.", place)
        else:
            self.found.append(question)


def _explained(asked: Asked, said: str) -> Asked:
    """The comments on right answers are a part of the explanation."""
    parts = [said, asked.explanation.strip()]
    return replace(asked, explanation="\n\n".join(part for part in parts if part))


def number_of(text: str) -> float:
    """A number as people write it, with a decimal comma too where it cannot part thousands.

    Raises:
        ValueError: the text is no number.
    """
    plain = "".join(text.split()).translate(_SIGNS)
    return float(_COMMA.sub(r"\1.\2", plain))


def _number(text: str) -> float | None:
    try:
        value = number_of(text)
    except ValueError:
        return None
    return value if value == 0 or _SMALL < abs(value) < _LARGE else None
