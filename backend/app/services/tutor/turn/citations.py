"""The `[n]` of an answer: a marker without a passage is removed, others become citations.

Indexes count UTF-16 code units, as the strings of JavaScript do.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.models.rpc.stream import StoredCitation
from app.services.tutor.context import Passage
from app.services.tutor.language import words
from app.services.tutor.language.markdown import unescape
from app.services.tutor.language.sentences import STOP, sentences

# Four figures are a year.
_NUMBER: Final = r"[0-9\uff10-\uff19]{1,3}"
_DASH: Final = r"[-\u2013\u2014\uff0d]"
_AND: Final = rf"(?:[,;\uff0c\u3001]|{_DASH}|and|und|y|et)"
_MARKER: Final = re.compile(
    r"(?:(?P<open>\[)|\uff3b|\u3010)[ \t]*"
    rf"(?P<list>{_NUMBER}(?:[ \t]*{_AND}[ \t]*{_NUMBER})*)[ \t]*"
    r"(?(open)\]|(?:\uff3d|(?:†[^\u3011\n]*)?\u3011))"
)
_RANGE: Final = re.compile(rf"({_NUMBER})[ \t]*{_DASH}[ \t]*({_NUMBER})|{_NUMBER}")
# A prefix of a marker: wait for more text.
_PARTIAL: Final = re.compile(
    r"[\[\uff3b\u3010][0-9\uff10-\uff19 \t,;\uff0c\u3001\u2013\u2014\uff0dandutye-]*"
    r"(?:†[^\u3011\n]*)?"
)
_LONGEST_MARKER: Final = 80
_PLAIN: Final = re.compile(r"(?:\\\[|[^\s`\[\uff3b\u3010])+")
_SPACE: Final = re.compile(r"\s+")
_FENCE: Final = re.compile(r"(`{3,}(?=[^`\n]*(?:\n|\Z))|~{3,})[^\n]*\n?")
_FENCE_START: Final = re.compile(r"(?:`{1,2}|~{1,2}|(?:`{3,}|~{3,})[^\n]*)\Z")
_QUOTED_CODE: Final = re.compile(r"```\n((?:(?!```)[\s\S])+)\n```\s*")
_CLOSING: Final = frozenset(".,;:!?)]}»”\"'\u2019…\u3002\u3001\uff0c\uff01\uff1f")
# The end of the name of a variable: `a[1]`, `row_2[1]`, `f(x)[1]`.
_NAME: Final = re.compile(
    r"(?<![\w.])(?:[A-Za-z]|[A-Za-z_][\w.]*(?:[\d_]|\w\.\w|[a-z][A-Z])[\w.]*|[A-Za-z_]\w*\(\S*\))"
    r"(?:\[\d+\])*\Z",
    re.ASCII,
)
_BLOCK: Final = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+•]|\d+[.)]|#{1,6}|\|)[ \t])")
_ITEM: Final = re.compile(r"[ \t>]*(?:(?:[-*+•]|\d+[.)]|#{1,6})[ \t]+)?")
_OPENING: Final = {"“": "”", "„": "“”", "«": "»", '"': '"', "»": "«"}
_LONGEST_RANGE: Final = 50
_MOST_QUOTATIONS: Final = 20


@dataclass(frozen=True, slots=True)
class _Mark:
    """Markers that stand together in the final text: where, and the passages they name."""

    start: int
    end: int
    numbers: tuple[int, ...]


class Citations:
    """Reads an answer piece by piece, independent of where it is cut.

    `text` is the answer so far with its markers, `invalid` the count of marker numbers without a
    passage. With `hides_markers` the pieces that `feed` returns carry no markers; the indexes of
    `citations` are those of the returned text in both cases.
    """

    def __init__(self, passages: Sequence[Passage], *, hides_markers: bool = False) -> None:
        self.text = ""
        self.invalid = 0
        self._hides_markers = hides_markers
        # The text with line breaks for blocks of code and `x` for spans of it.
        self._masked = ""
        self._marks: list[_Mark] = []
        # Spans of `text` that are not sent, in order.
        self._hidden: list[tuple[int, int]] = []
        self._passages: Mapping[int, Passage] = {passage.number: passage for passage in passages}
        self._pending = ""
        self._fence = ""
        # Whether a marker was read last.
        self._marked = False

    def feed(self, piece: str) -> str:
        """Takes a piece, returns what can be sent: all but an unfinished marker, space or code."""
        self._pending += piece
        return self._read(final=False)

    def flush(self) -> str:
        """The rest; nothing the second time."""
        return self._read(final=True)

    @property
    def citations(self) -> list[StoredCitation]:
        """Each claim with the sentence of the passage that is nearest to it.

        `sourceId` is `s` and the number, `startIndex` and `endIndex` are where the claim stands
        before its marker, or the quotation after `[n]:`; `citedText` is byte for byte of the body.
        """
        sent = self._without_hidden(0)
        return [
            {
                "sourceId": f"s{number}",
                "startIndex": _units(sent[:start]),
                "endIndex": _units(sent[:end]),
                "citedText": _nearest(sent[start:end], self._passages[number].body),
            }
            for first, last, number in self._spans()
            for start, end in [(self._place(first), self._place(last))]
        ]

    # Reading ------------------------------------------------------------------------------------

    def _read(self, *, final: bool) -> str:
        before = len(self.text)
        at = 0
        while at < len(self._pending):
            step = self._fence_line(at, final) if self._fence else self._step(at, final)
            if step is None:
                break
            at = step
        self._pending = self._pending[at:]
        return self._without_hidden(before)

    def _emit(self, piece: str, *, is_hidden: bool = False, mask: str = "") -> None:
        if is_hidden and piece:
            self._hidden.append((len(self.text), len(self.text) + len(piece)))
        self.text += piece
        self._masked += mask * len(piece) or piece
        self._marked = False

    def _without_hidden(self, start: int) -> str:
        """The text from a place on, without what is not sent."""
        sent: list[str] = []
        for first, last in self._hidden:
            if first >= start:
                sent.append(self.text[start:first])
                start = last
        return "".join(sent) + self.text[start:]

    def _place(self, place: int) -> int:
        """A place of the text as an index of what is sent."""
        hidden = sum(min(last, place) - first for first, last in self._hidden if first < place)
        return place - hidden

    def _at_line_start(self) -> bool:
        return not self.text[self.text.rfind("\n") + 1 :].strip(" \t>")

    def _fence_line(self, at: int, final: bool) -> int | None:
        end = self._pending.find("\n", at) + 1 or len(self._pending)
        line = self._pending[at:end]
        if not (final or line.endswith("\n")):
            return None
        self._emit(line, mask="\n")
        stripped = line.strip(" \t\n>")
        if stripped and not stripped.strip(self._fence[0]) and len(stripped) >= len(self._fence):
            self._fence = ""
        return end

    def _step(self, at: int, final: bool) -> int | None:
        """Reads one token, returns where it ends; None when it may be incomplete."""
        pending = self._pending
        if pending[at] in "`~" and self._at_line_start():
            if not final and _FENCE_START.fullmatch(pending, at):
                return None
            fence = _FENCE.match(pending, at)
            if fence:
                self._fence = fence[1]
                self._emit(fence[0], mask="\n")
                return fence.end()
        if pending[at] == "`":
            return self._code(at, final)
        space = _SPACE.match(pending, at)
        after = space.end() if space else at
        if after == len(pending) and not final:
            return None
        marker = _MARKER.match(pending, after)
        if marker is not None and marker.end() - after <= _LONGEST_MARKER:
            return self._marker(at, after, marker, final)
        is_short = len(pending) - after <= _LONGEST_MARKER
        if not final and is_short and _PARTIAL.fullmatch(pending, after):
            return None
        if space:
            self._emit(space[0])
            return after
        plain = _PLAIN.match(pending, at)
        self._emit(plain[0] if plain else pending[at])
        return plain.end() if plain else at + 1

    def _code(self, at: int, final: bool) -> int | None:
        """A span of code; a backtick that its paragraph does not close is plain text."""
        run = re.compile("`+").match(self._pending, at)
        assert run is not None
        if run.end() == len(self._pending) and not final:
            return None
        close = re.compile(rf"(?<!`){run[0]}(?!`)").search(self._pending, run.end())
        gap = re.compile(r"\n[ \t]*\n").search(self._pending, run.end())
        limit = gap.start() if gap else len(self._pending)
        if close and close.end() <= limit:
            if close.end() == len(self._pending) and not final:
                return None
            self._emit(self._pending[at : close.end()], mask="x")
            return close.end()
        if gap is None and not final:
            return None
        self._emit(run[0])
        return run.end()

    def _marker(self, at: int, after: int, marker: re.Match[str], final: bool) -> int | None:
        pending, end = self._pending, marker.end()
        if end == len(pending) and not final:
            return None
        following = pending[end : end + 1]
        is_ascii = marker["open"] is not None
        attached = at == after and not self._marked and not self._at_line_start()
        if is_ascii and (following == "(" or (attached and _NAME.search(self.text[-80:]))):
            self._emit(pending[at:end])
            return end
        numbers, wrong = self._numbers(marker["list"])
        space = pending[at:after]
        if numbers:
            marked = "".join(f"[{number}]" for number in numbers)
            is_hidden = self._hides_markers
            self._emit(space, is_hidden=is_hidden and "\n" not in space)
            start = len(self.text)
            if self._marks and not self.text[self._marks[-1].end :].strip():
                last = self._marks.pop()
                start, numbers = last.start, [*last.numbers, *numbers]
            self._emit(marked, is_hidden=is_hidden)
            self._marks.append(_Mark(start, len(self.text), tuple(numbers)))
        else:
            rest = _SPACE.match(pending, end)
            if "\n" in space or self._at_line_start():
                # The marker began a line: the line begins with what follows.
                if rest and rest.end() == len(pending) and not final:
                    return None
                self._emit(space)
                end = rest.end() if rest else end
            elif following and not following.isspace() and following not in _CLOSING:
                self._emit(space)
        self.invalid += wrong
        self._marked = True
        return end

    def _numbers(self, listed: str) -> tuple[list[int], int]:
        """The passages that a marker names, each once, and how many of its numbers name none."""
        found: list[int] = []
        wrong = 0
        for part in _RANGE.finditer(listed):
            first = int(part[1] or part[0])
            last = int(part[2] or part[0])
            if not first <= last <= first + _LONGEST_RANGE:
                wrong += 1
                continue
            for number in range(first, last + 1):
                if number not in self._passages:
                    wrong += 1
                elif number not in found:
                    found.append(number)
        return found, wrong

    # What was read ------------------------------------------------------------------------------

    def _spans(self) -> Iterator[tuple[int, int, int]]:
        """Where each claim starts and ends, and the passage that it cites."""
        text, marks = self.text, self._marks
        for index, mark in enumerate(marks):
            limit = marks[index + 1].start if index + 1 < len(marks) else len(text)
            spans = self._quoted(mark, limit)
            if not spans:
                floor = marks[index - 1].end if index else 0
                spans = [_claim(self._masked, floor, mark, limit)]
            for start, end in spans:
                if start < end:
                    for number in mark.numbers:
                        yield start, end, number

    def _quoted(self, mark: _Mark, limit: int) -> list[tuple[int, int]]:
        """The quotations and pieces of code that `[n]:` introduces, without their marks."""
        text = self.text
        colon = re.compile(r"[ \t\u00a0\u202f]?:\s*(?=[“„«\"»]|```\n)").match(text, mark.end)
        if colon is None:
            return []
        bodies = [self._passages[number].body for number in mark.numbers]
        spans: list[tuple[int, int]] = []
        at = colon.end()
        while at < limit and len(spans) < _MOST_QUOTATIONS:
            if code := _QUOTED_CODE.match(text, at, limit):
                if any(code[1] in body for body in bodies):
                    spans.append(code.span(1))
                at = code.end()
                continue
            if text[at] not in _OPENING:
                break
            # Each character may be escaped.
            longest = min(limit, at + 2 + 2 * max(map(len, bodies)))
            closers = [
                place for place in range(at + 1, longest) if text[place] in _OPENING[text[at]]
            ]
            exact = [
                place
                for place in closers
                if any(unescape(text[at + 1 : place]) in body for body in bodies)
            ]
            end = exact[-1] if exact else next(iter(closers), None)
            if end is None:
                break
            inner = text[at + 1 : end]
            spans.append(
                (at + 1, end)
                if exact
                else (end - len(inner.lstrip()), at + 1 + len(inner.rstrip()))
            )
            space = _SPACE.match(text, end + 1)
            at = space.end() if space else end + 1
        return spans


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _claim(text: str, floor: int, mark: _Mark, limit: int) -> tuple[int, int]:
    """The sentence before a marker; without one, the sentence that the marker begins."""
    for block in _BLOCK.finditer(text, floor, mark.start):
        floor = block.end()
    end = len(text[: mark.start].rstrip())
    start = floor
    for stop in STOP.finditer(text, floor, mark.start):
        # A sentence that ends right before its marker is the claim itself.
        if stop.end() < end:
            start = stop.end()
    start = _first(text, start, end)
    if start < end and any(character.isalnum() for character in text[start:end]):
        return start, end
    block_after = _BLOCK.search(text, mark.end, limit)
    limit = block_after.start() if block_after else limit
    stop_after = STOP.search(text, mark.end, limit)
    start = _first(text, mark.end, limit)
    end = len(text[: stop_after.end() if stop_after else limit].rstrip())
    if any(character.isalnum() for character in text[start:end]):
        return start, end
    return mark.start, mark.start


def _first(text: str, start: int, end: int) -> int:
    """Where the words begin: after space, a list marker, and the end of the previous claim."""
    while True:
        before = start
        while start < end and (text[start].isspace() or text[start] in ".,;:)!?"):
            start += 1
        item = _ITEM.match(text, start, end)
        start = item.end() if item else start
        if start == before:
            return start


def _nearest(claim: str, body: str) -> str:
    """The claim itself when it is a quotation, else the sentence that shares most words with it."""
    plain = unescape(claim)
    if plain in body:
        return plain
    wanted = words.beginnings(claim.casefold())

    def likeness(sentence: str) -> float:
        held = words.beginnings(sentence.casefold())
        return len(wanted & held) / math.sqrt(len(held) + 4)

    return max(sentences(body), key=likeness)
