"""A question of a Moodle backup as an element of Moodle XML, which `moodle_xml` reads."""

import re
from typing import Any, Final

from lxml import etree

from app.services.formats.markup import Element, below, child, children, number_of, text_of

NULL: Final = "$@NULL@$"
_FORMS: Final = {"2": "plain_text", "4": "markdown"}
_KINDS: Final = {"match": "matching"}
_GAP = re.compile(r"\{#(\d{1,3})\}")
_GROUP = re.compile(r'draggroup";(?:s:\d+:"|i:)(\d+)')
_RULES: Final = ("single", "usecase", "responseformat", "attachments")
_TEXTS: Final = (
    *("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"),
    *("graderinfo", "responsetemplate"),
)


def converted(question: Element, parts: dict[str, Element], points: str = "") -> Element:
    """The element.

    Args:
        parts: questions by id, for those that a cloze has.
        points: those of the quiz, which count more than those of the question.
    """
    kind = text_of(question, "qtype")
    plugin = child(question, f"plugin_qtype_{kind}_question")
    made = etree.Element("question", type=_KINDS.get(kind, kind))
    _add(made, "name", text_of(question, "name"))
    text = text_of(question, "questiontext")
    if kind == "multianswer":
        text = _cloze(text, plugin, parts)
    _add(made, "questiontext", text, _form(question, "questiontext"))
    _add(made, "generalfeedback", _text(question, "generalfeedback"), "html")
    etree.SubElement(made, "defaultgrade").text = points or text_of(question, "defaultmark")
    for name in _RULES:
        rule = next(below(plugin, name), None)
        if rule is not None:
            etree.SubElement(made, name).text = text_of(rule)
    for name in _TEXTS:
        found = next(below(plugin, name), None)
        if found is not None:
            _add(made, name, "" if text_of(found) == NULL else text_of(found), "html")
    _answers(made, kind, plugin)
    for match in below(plugin, "match"):
        form = _form(match, "questiontext")
        _add(
            _add(made, "subquestion", text_of(match, "questiontext"), form),
            "answer",
            text_of(match, "answertext"),
        )
    units = etree.SubElement(made, "units")
    for unit in below(plugin, "numerical_unit"):
        etree.SubElement(etree.SubElement(units, "unit"), "unit_name").text = text_of(unit, "unit")
    for hint in below(child(question, "question_hints"), "question_hint"):
        _add(made, "hint", text_of(hint, "hint"), _form(hint, "hint"))
    tags = etree.SubElement(made, "tags")
    for tag in children(child(question, "tags"), "tag"):
        _add(tags, "tag", text_of(tag, "rawname") or text_of(tag, "name"))
    return made


def _answers(made: Any, kind: str, plugin: Element | None) -> None:
    reaches = {
        text_of(record, "answer"): text_of(record, "tolerance")
        for record in below(plugin, "numerical_record")
    }
    right = text_of(next(below(plugin, "trueanswer"), None))
    for answer in children(child(plugin, "answers"), "answer"):
        ident, text = answer.get("id") or "", text_of(answer, "answertext")
        said = text_of(answer, "feedback")
        if kind in {"gapselect", "ddwtos"}:
            group = _GROUP.search(said)
            option = _add(made, "selectoption", text)
            etree.SubElement(option, "group").text = said if group is None else group[1]
            continue
        if kind == "truefalse":
            # The words are in the language of the site.
            text = "true" if ident == right or (not right and text == "True") else "false"
        share = (number_of(text_of(answer, "fraction")) or 0) * 100
        part = _add(made, "answer", text, _form(answer, "answer"))
        part.set("fraction", f"{share:g}")
        _add(part, "feedback", said, _form(answer, "feedback"))
        etree.SubElement(part, "tolerance").text = reaches.get(ident, "0")


def _cloze(text: str, plugin: Element | None, parts: dict[str, Element]) -> str:
    """The text with the source of each gap in place of its number."""
    order = text_of(next(below(plugin, "sequence"), None)).split(",")

    def source(found: "re.Match[str]") -> str:
        number = int(found[1])
        part = parts.get(order[number - 1]) if 0 < number <= len(order) else None
        return found[0] if part is None else text_of(part, "questiontext")

    return _GAP.sub(source, text)


def _text(element: Element, name: str) -> str:
    text = text_of(element, name)
    return "" if text == NULL else text


def _form(element: Element, name: str) -> str:
    return _FORMS.get(text_of(element, name + "format"), "html")


def _add(parent: Any, name: str, text: str, form: str = "html") -> Any:
    part = etree.SubElement(parent, name, format=form)
    etree.SubElement(part, "text").text = text
    return part
