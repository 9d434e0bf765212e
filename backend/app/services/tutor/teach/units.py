"""A passage cut into what can be quoted: sentences, items of lists, rows of tables, code."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal

from app.services.tutor.language.table import alternatives

Kind = Literal["sentence", "item", "row", "code"]
_BLOCK: Final = re.compile(r"(?:(?!\n[ \t]*\n)[\s\S])+")
_CLOSING: Final = r"[\u201d\"\u00bb\u201c)\]\u2019']*"
_STOP: Final = re.compile(
    rf"[.!?…]{_CLOSING}\s+(?=[^\Wa-z_]|[\"\u201e\u201c\u00ab(\u00bf\u00a1\u2018'\[]|$)"
    r"|[\u3002\uff01\uff1f\u104b\u17d4][\u201d\u2019\u300d\u300f\uff09]*\s*"
)
# Not after an initial, a figure of a list or an abbreviation.
_NO_STOP: Final = re.compile(
    rf"(?:^|[\s(\[])(?:\d{{1,3}}|[^\W\d_]|{alternatives(lambda one: one.abbreviation)})\.\s*$",
    re.IGNORECASE,
)
_ROW: Final = re.compile(r"\S \u00b7 \S")
_ITEM: Final = re.compile(r"\s*(?:\d{1,3}[.)]|[a-z]\)|[-*+\u2022])\s")
_MARKS: Final = re.compile(r"[{}$;|<>=()\[\]/\\_~*#&^%@`+]|(?:^|\s)-{1,2}\w|\w[.:]\w")
_PROMPT: Final = re.compile(r"\s*(?:[$>%#]|>>>|\.\.\.|In ?\[|[\w.@~-]+[$#])\s")
_ENDED: Final = re.compile(rf"[.!?:…\u3002\uff01\uff1f\u104b\u17d4]{_CLOSING}\s*$")
_LONG_LINE: Final = 60


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of a passage; `block` counts the paragraphs, tables and pieces of code."""

    start: int
    end: int
    block: int
    kind: Kind


def _is_code(block: str) -> bool:
    """Whether a block is laid out by lines and made of signs rather than of sentences."""
    lines = [line for line in block.split("\n") if line.strip()]
    if _PROMPT.match(block) or any(line.startswith(("  ", "\t")) for line in lines):
        return True
    if len(lines) == 1 and _ENDED.search(block):
        return False
    if sum(bool(_ENDED.search(line)) and " " in line.strip() for line in lines) * 2 >= len(lines):
        return False
    tokens = block.split()
    marked = sum(1 for token in tokens if _MARKS.search(token))
    return marked >= max(1, 0.34 * len(tokens))


def _is_wrapped(block: str, lines: list[tuple[int, int]]) -> bool:
    """Whether the lines break where the page of the author ended."""
    width = max(end - start for start, end in lines)
    return width > _LONG_LINE and all(
        end - start + 1 + len(block[after:stop].split(" ", 1)[0]) >= 0.85 * width
        for (start, end), (after, stop) in pairwise(lines)
    )


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for stop in _STOP.finditer(text, start, end):
        if _NO_STOP.search(text[max(start, stop.start() - 12) : stop.end()]):
            continue
        yield at, stop.end()
        at = stop.end()
    yield at, end


def _parts(body: str, start: int, end: int) -> Iterator[tuple[int, int, Kind]]:
    block = body[start:end]
    lines = [found.span() for found in re.finditer(r"[^\n]+", block)]
    if all(_ROW.search(block, first, last) for first, last in lines):
        yield from ((start + first, start + last, "row") for first, last in lines)
    elif _is_code(block):
        yield start, end, "code"
    else:
        is_list = len(lines) > 1 and not _is_wrapped(block, lines)
        spans = lines if is_list else [(0, len(block))]
        kind: Kind = "item" if is_list or _ITEM.match(block) else "sentence"
        for first, last in spans:
            for at, stop in _sentences(body, start + first, start + last):
                yield at, stop, kind


@lru_cache(maxsize=2_048)
def units(body: str) -> tuple[Unit, ...]:
    """The parts of a passage in order, without the white space around them."""
    found: list[Unit] = []
    for number, block in enumerate(_BLOCK.finditer(body)):
        for start, end, kind in _parts(body, *block.span()):
            text = body[start:end]
            start, end = (
                start + len(text) - len(text.lstrip()),
                end - len(text) + len(text.rstrip()),
            )
            if start < end:
                found.append(Unit(start, end, number, kind))
    return tuple(found)
