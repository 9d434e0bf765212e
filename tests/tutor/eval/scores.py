"""What is wrong with an answer that a learner received: leaks, citations, quotations."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from app.services.tutor.context import Context
from app.services.tutor.language import words
from app.services.tutor.language.markdown import unescape
from tests.tutor.eval.stage import Turn

_CODE = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)|`[^`\n]+`", re.DOTALL)
_MARKER = re.compile(r"(?<![\w)])\[([0-9]{1,3}(?:\s*[,;\u2013-]\s*[0-9]{1,3})*)\]")
_QUOTATION = re.compile(r"“([^“”]*(?:“[^“”]*”[^“”]*)*)”")
_TITLE = re.compile(r"«[^»]*»")
# Shorter ones stand in every text once their form is gone.
_LEAST_PLAIN = 4
# Beside what is counted here, a learner receives titles and sentences of lessons that are open.
_FIXED = {"data-suggestions", "data-quiz-guard", "data-problem", "error"}


def leaks(turn: Turn, secrets: Sequence[str], together: bool = False) -> list[str]:
    """The strings of the turn that reached the learner, as they are or but for their form.

    With `together`, none unless all of them did. Titles of lessons that an abstention names are no
    leak.
    """
    said = [turn.delivered, *(str(part) for part in turn.received.parts if part["type"] in _FIXED)]
    text = " ".join(said)
    if turn.asked is None:
        text = _TITLE.sub("", text)
    exact, plain = f" {words.one_line(text)} ", f" {_plain(text)} "
    found = [
        secret
        for secret in secrets
        if words.one_line(secret) in exact
        or (len(_plain(secret)) >= _LEAST_PLAIN and f" {_plain(secret)} " in plain)
    ]
    return [] if together and len(found) < len(secrets) else found


def invalid_citations(turn: Turn) -> list[str]:
    """Markers and citations of what was delivered that name or quote nothing that was retrieved."""
    numbers = {part["sourceId"] for part in turn.received.of("source-document")}
    bodies = {f"s{p.number}": p.body for p in turn.context.passages} if turn.context else {}
    wrong = [
        marker[0]
        for marker in _MARKER.finditer(_CODE.sub(" ", turn.delivered))
        if any(f"s{int(number)}" not in numbers for number in re.findall(r"[0-9]+", marker[1]))
    ]
    units = turn.delivered.encode("utf-16-le")
    for part in turn.received.of("text-end"):
        for citation in part["citations"]:
            start, end = 2 * citation["startIndex"], 2 * citation["endIndex"]
            if (
                citation["source"]["id"] not in numbers
                or citation["citedText"] not in bodies.get(citation["source"]["id"], "")
                or not 0 <= start < end <= len(units)
            ):
                wrong.append(str(citation))
    return wrong


def altered_quotations(turn: Turn) -> list[str]:
    """What stands between quotation marks and is not byte for byte of the lessons.

    For a model that only quotes.
    """
    if turn.context is None or turn.abstained:
        return []
    bodies = _bodies(turn.context)
    return [
        quotation for quotation in quotations(turn) if not any(quotation in body for body in bodies)
    ]


def quotations(turn: Turn) -> list[str]:
    """What stands between quotation marks, as Markdown shows it."""
    return [unescape(quotation) for quotation in _QUOTATION.findall(turn.delivered)]


def _bodies(context: Context) -> list[str]:
    bodies = [passage.body for passage in context.passages]
    # Titles and headings may hold quotation marks of their own.
    bodies += [" ".join([p.lesson_title, *p.heading_path]) for p in context.passages]
    return bodies if context.lesson is None else [*bodies, context.lesson.body]


def _plain(text: str) -> str:
    """Without markers, markup, marks, signs that are not seen, and upper case."""
    text = unicodedata.normalize("NFKD", _MARKER.sub("", text)).casefold()
    seen = "".join(sign for sign in text if unicodedata.category(sign) not in {"Mn", "Cf"})
    return " ".join(re.sub(r"[^\w\s]|_", " ", seen).split())


def share(values: Sequence[Any]) -> float:
    """The share of what holds; 1 of nothing."""
    return sum(map(bool, values)) / len(values) if values else 1.0
