"""QTI 1.2, with the fields of Common Cartridge, Canvas and Respondus."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from app.services.formats.archive import Files
from app.services.formats.course import Course, Quiz
from app.services.formats.markup import (
    Element,
    Links,
    below,
    child,
    children,
    local,
    number_of,
    parse_xml,
    plain,
    text_of,
    to_markdown,
)
from app.services.formats.questions import Asked, Choice, Gap, Numbers, Questions, Texts, Words
from app.services.formats.report import Place, Report

_RESPONSES: Final = ("response_lid", "response_str", "response_num", "response_grp", "response_xy")


def is_document(files: Files, path: str) -> bool:
    """Whether a file is XML of QTI 1.2."""
    return b"<questestinterop" in files.content[path][:4_000]


def fits(files: Files) -> bool:
    """Whether an upload is QTI 1.2 without a cartridge around it."""
    return "imsmanifest.xml" not in files and any(is_document(files, path) for path in files)


def read(files: Files, report: Report) -> Course:
    """A quiz for each assessment."""
    paths = [path for path in sorted(files) if is_document(files, path)]
    course = Course(files.name.rsplit(".", 1)[0], report, Place(files.name))
    for path in paths:
        read_document(course, files, path, Links(lambda address: address, files))
    return course


def read_document(
    course: Course, files: Files, path: str, links: Links, title: str = "", slug: str = ""
) -> Quiz:
    """The questions of a document as one quiz."""
    root = parse_xml(files, path)
    assessment = next(below(root, "assessment", "objectbank"), root)
    found = title or assessment.get("title") or path.rpartition("/")[2]
    quiz = course.quiz(found, Place(path, assessment.sourceline), slug)
    fields = _fields(assessment)
    attempts = number_of(fields.get("cc_maxattempts", ""))
    if attempts is not None and attempts >= 1:
        quiz.rules["max_attempts"] = int(attempts)
    minutes = number_of(fields.get("qmd_timelimit", ""))
    if minutes is not None and 1 <= minutes <= 10_000:
        quiz.rules["time_limit_seconds"] = int(minutes * 60)
    for item in below(root, "item"):
        Item(item, Place(path, item.sourceline), course.report, links).into(quiz)
    _draw(quiz, root, path)
    return quiz


def _draw(quiz: Quiz, root: Element, path: str) -> None:
    """A quiz with one section draws as many of its questions as that says."""
    with_items = [part for part in below(root, "section") if children(part, "item")]
    for selection in below(root, "selection_number"):
        drawn = number_of(text_of(selection)) or 0
        if len(with_items) == 1 and 1 <= drawn < len(quiz.questions.found):
            quiz.rules["draw_count"] = int(drawn)
        elif len(with_items) > 1:
            quiz.questions.report.changed(
                "draw",
                f"All questions of a section are used, not {drawn:g} drawn ones.",
                Place(path, selection.sourceline),
            )


def _fields(element: Element) -> dict[str, str]:
    """The metadata of an element itself, not of what is in it."""
    found: dict[str, str] = {}
    roots = [*children(element, "qtimetadata"), *children(child(element, "itemmetadata"))]
    for root in roots:
        for field in [root, *below(root, "qtimetadatafield")]:
            label = text_of(field, "fieldlabel")
            if label:
                found[label] = text_of(field, "fieldentry")
        if local(root).startswith("qmd_"):
            found[local(root)] = text_of(root)
    return found


class Item:
    """Reads one `item`."""

    def __init__(self, item: Element, place: Place, report: Report, links: Links) -> None:
        self.item = item
        self.place = place
        self.report = report
        self.links = links
        self.fields = _fields(item)
        self.presentation = child(item, "presentation")
        self.responses = list(below(self.presentation, *_RESPONSES))
        self.feedback = {
            feedback.get("ident") or "": self._materials(feedback)
            for feedback in children(item, "itemfeedback")
        }
        self.kind = self.fields.get("cc_profile") or self.fields.get("question_type") or ""

    def into(self, quiz: Quiz) -> None:
        """Add the item to a quiz."""
        prompt = self._prompt()
        if "text_only" in self.kind:
            quiz.describe(prompt, self.place)
            return
        points = (
            number_of(self.fields.get("points_possible", ""))
            or number_of(self.fields.get("cc_weighting", ""))
            or number_of(self.fields.get("qmd_weighting", ""))
        )
        asked = Asked(
            prompt or (self.item.get("title") or ""),
            self.place,
            points=1 if points is None else points,
            explanation=self.feedback.get("general_fb") or self.feedback.get("solution") or "",
        )
        for name in ("correct_fb", "general_incorrect_fb"):
            if self.feedback.get(name):
                self.report.lost(
                    "feedback",
                    "Feedback for all right or wrong answers has no place here.",
                    self.place,
                )
        self._read(asked, quiz.questions)

    def _read(self, asked: Asked, questions: Questions) -> None:
        if "essay" in self.kind:
            questions.essay(asked)
        elif "file_upload" in self.kind:
            questions.file(asked)
        elif "calculated" in self.kind or not self.responses:
            questions.other(asked, self.kind or "without a response")
        elif len(self.responses) > 1:
            self._several(asked, questions)
        elif local(self.responses[0]) == "response_lid":
            self._choice(self.responses[0], asked, questions)
        elif local(self.responses[0]) in {"response_str", "response_num"}:
            self._typed(self.responses[0], asked, questions)
        else:
            questions.other(asked, local(self.responses[0]))

    # Texts ---------------------------------------------------------------------------------------

    def _prompt(self) -> str:
        if self.presentation is None:
            return ""
        found: list[str] = []
        for material in below(self.presentation, "material"):
            above = {local(element) for element in material.iterancestors()}
            if not above & {"response_label", *(_RESPONSES if len(self.responses) > 1 else ())}:
                found.append(self._material(material))
        return "\n\n".join(part for part in found if part)

    def _materials(self, element: Element) -> str:
        parts = [self._material(material) for material in below(element, "material")]
        return "\n\n".join(part for part in parts if part)

    def _material(self, material: Element) -> str:
        parts: list[str] = []
        for part in below(material, "mattext", "matemtext", "matimage", "matbreak"):
            place = self.place.at(part.sourceline)
            if local(part) == "matimage":
                uri = part.get("uri") or ""
                parts.append(to_markdown(f'<img src="{uri}">', place, self.report, self.links))
                continue
            text = text_of(part)
            is_html = part.get("texttype", "").lower() == "text/html" or re.search(
                r"</[a-z]+>|<br", text
            )
            parts.append(to_markdown(text, place, self.report, self.links) if is_html else text)
        return "\n\n".join(part for part in parts if part)

    # Keys ----------------------------------------------------------------------------------------

    def _scores(self) -> Iterator[tuple[Element, float]]:
        """The conditions that give points, with their share of the most points."""
        processing = child(self.item, "resprocessing")
        top = max(
            (number_of(var.get("maxvalue") or "") or 0 for var in below(processing, "decvar")),
            default=0,
        )
        found = [
            (condition, number_of(text_of(child(condition, "setvar"))) or 0)
            for condition in children(processing, "respcondition")
            if child(condition, "setvar") is not None
        ]
        top = top or sum(score for _, score in found if score > 0) or 1
        for condition, score in found:
            variable = child(condition, "conditionvar")
            if variable is not None:
                yield variable, score / top

    def _equal(self, condition: Element) -> Iterator[tuple[str, str]]:
        """Response and value of each comparison that must be true."""
        for equal in below(condition, "varequal"):
            if not any(local(above) == "not" for above in equal.iterancestors()):
                yield equal.get("respident") or "", text_of(equal)

    def _said(self) -> dict[str, str]:
        """Feedback by the option that it belongs to."""
        said: dict[str, str] = {}
        for condition in children(child(self.item, "resprocessing"), "respcondition"):
            values = [value for _, value in self._equal(condition)]
            for shown in children(condition, "displayfeedback"):
                text = self.feedback.get(shown.get("linkrefid") or "", "")
                is_own = not (shown.get("linkrefid") or "").endswith(("correct_fb", "general_fb"))
                if text and is_own and len(values) == 1:
                    said.setdefault(values[0], text)
        return said

    def _labels(self, response: Element) -> list[tuple[str, str]]:
        return [
            (label.get("ident") or "", self._materials(label))
            for label in below(response, "response_label")
        ]

    # Kinds ---------------------------------------------------------------------------------------

    def _choice(self, response: Element, asked: Asked, questions: Questions) -> None:
        labels = self._labels(response)
        cardinality = (response.get("rcardinality") or "Single").lower()
        said = self._said()
        shares: dict[str, float] = defaultdict(float)
        for condition, share in self._scores():
            values = [value for _, value in self._equal(condition)]
            for value in values:
                if cardinality == "single":
                    shares[value] = max(shares[value], share)
                elif share > 0:
                    # One condition with all right options, or a condition for each.
                    shares[value] = 1
        if cardinality == "ordered":
            texts = dict(labels)
            order = [
                value for c, share in self._scores() if share > 0 for _, value in self._equal(c)
            ]
            if sorted(order) != sorted(texts):
                questions.skip("no_right_answer", "An ordering has no key.", asked.place)
                return
            questions.ordering(asked, [texts[value] for value in order])
            return
        truth = {ident: plain(text).lower() for ident, text in labels}
        if cardinality == "single" and sorted(truth.values()) == ["false", "true"]:
            right = [ident for ident, share in shares.items() if share > 0 and ident in truth]
            if len(right) != 1:
                questions.skip("no_right_answer", "A statement has no key.", asked.place)
                return
            questions.true_false(
                asked,
                truth[right[0]] == "true",
                {word == "true": said.get(ident, "") for ident, word in truth.items()},
            )
            return
        questions.choice(
            asked,
            [Choice(text, shares[ident], said.get(ident, "")) for ident, text in labels],
            is_single=cardinality == "single",
        )

    def _typed(self, response: Element, asked: Asked, questions: Questions) -> None:
        fib = child(response, "render_fib")
        kind = "" if fib is None else (fib.get("fibtype") or "").lower()
        conditions = [condition for condition, share in self._scores() if share > 0]
        is_number = (
            "numerical" in self.kind
            or kind in {"decimal", "integer"}
            or local(response) == "response_num"
        )
        if is_number:
            questions.numeric(asked, self._numbers(conditions))
            return
        if "pattern_match" in self.kind:
            for condition in conditions:
                if any(True for _ in below(condition, "varsubstring")):
                    self.report.lost(
                        "pattern", "A part of a text as an answer has no place here.", asked.place
                    )
        texts = [
            Choice(value, 1) for condition in conditions for _, value in self._equal(condition)
        ]
        if texts or "fib" in self.kind or "short_answer" in self.kind:
            questions.short_text(asked, Texts(texts))
        else:
            questions.essay(asked)

    def _numbers(self, conditions: list[Element]) -> Numbers:
        accepted: list[Choice] = []
        reaches: list[float] = []
        for condition in conditions:
            lows = [number_of(text_of(part)) for part in below(condition, "vargte", "vargt")]
            highs = [number_of(text_of(part)) for part in below(condition, "varlte", "varlt")]
            values = [value.replace(",", ".") for _, value in self._equal(condition)]
            if len(lows) == len(highs) == 1 and lows[0] is not None and highs[0] is not None:
                exact = number_of(values[0]) if values else None
                middle = (lows[0] + highs[0]) / 2 if exact is None else exact
                accepted.append(Choice(f"{middle:.12g}", 1))
                reaches.append(float(f"{max(abs(middle - lows[0]), abs(highs[0] - middle)):.12g}"))
            else:
                accepted += [Choice(value, 1) for value in values]
                reaches += [0.0] * len(values)
        return Numbers(accepted, reaches)

    def _several(self, asked: Asked, questions: Questions) -> None:
        """Several responses: pairs, or gaps that the prompt names as `[name]`."""
        right: dict[str, list[str]] = defaultdict(list)
        for condition, share in self._scores():
            for ident, value in self._equal(condition):
                if share > 0:
                    right[ident].append(value)
        prompt = self._prompt()
        names = [self._gap_name(response, prompt) for response in self.responses]
        if all(names):
            gaps: list[Gap] = []
            for number, (response, name) in enumerate(zip(self.responses, names, strict=True), 1):
                values = right[response.get("ident") or ""]
                labels = self._labels(response)
                prompt = prompt.replace(f"[{name}]", f"[[{number}]]", 1)
                if self._is_typed(response, asked):
                    texts = dict(labels)
                    gaps.append(Texts([Choice(texts.get(v, v), 1) for v in values]))
                else:
                    gaps.append(Words([Choice(text, float(i in values)) for i, text in labels]))
            questions.cloze(replace(asked, prompt=prompt), gaps)
            return
        if any(local(response) != "response_lid" for response in self.responses):
            questions.other(asked, "several responses")
            return
        pairs: list[tuple[str, str]] = []
        extra: list[str] = []
        known: dict[str, str] = {}
        is_sorted = "categorization" in self.kind
        for response in self.responses:
            texts = dict(self._labels(response))
            known |= texts
            key = [value for value in right[response.get("ident") or ""] if value in texts]
            left = "\n\n".join(
                self._material(material) for material in children(response, "material")
            )
            if not left or (len(key) != 1 and not is_sorted):
                questions.skip("no_right_answer", "A pair has no key.", asked.place)
                return
            if is_sorted:
                # Each item belongs to one category.
                pairs += [(texts[value], left) for value in key]
                extra.append(left)
            else:
                pairs.append((left, texts[key[0]]))
                extra += texts.values()
        if is_sorted and len(pairs) < len(known):
            self.report.lost("pair", "What belongs to nothing is left out.", asked.place)
        questions.matching(asked, pairs, extra)

    def _is_typed(self, response: Element, asked: Asked) -> bool:
        """Whether a gap takes a text; New Quizzes says so for each option."""
        labels = list(below(response, "response_label"))
        kinds = {label.get("answer_type") for label in labels}
        ways = {label.get("scoring_algorithm") or "" for label in labels}
        if ways & {"TextRegex", "TextCloseEnough", "TextContainsAnswer"}:
            self.report.changed("pattern", "A text is compared as it is.", asked.place)
        if kinds & {"dropdown", "wordbank"}:
            return False
        return "blanks" in self.kind

    def _gap_name(self, response: Element, prompt: str) -> str:
        """The name of a gap that the prompt has in brackets; empty when it has none."""
        names = [text_of(material) for material in children(response, "material")]
        names.append((response.get("ident") or "").removeprefix("response_"))
        return next((name for name in names if name and f"[{name}]" in prompt), "")
