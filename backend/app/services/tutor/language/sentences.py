"""Where sentences end: in a stream, in a text, in a passage."""

import re
from functools import lru_cache
from typing import Final

from app.services.tutor.language.table import alternatives

LIMIT: Final = 240
_ABBREVIATION: Final = re.compile(
    rf"(?:^|[\s(])(?:\d{{1,3}}|[^\W\d_]|{alternatives(lambda one: one.abbreviation)})\.$",
    re.IGNORECASE,
)
_FULL_STOPS: Final = "\u3002\uff01\uff1f\u104b\u17d4"
_CLOSING: Final = "\"')]}\u201d\u201c\u2019\u00bb\u203a*_`"
# Not after a single letter or a figure: abbreviations, ordinals, the numbers of lists.
STOP: Final = re.compile(
    r"(?:(?<!\d)(?<![\s(.]\w)[.!?…]|(?<=\d{4})\.|(?<=\d)[!?])[”\"»“)\]\u2019]*(?=\s)"
    r"|[\u3002\uff01\uff1f\u104b\u17d4]"
)


class SentenceBuffer:
    """Cuts a stream into sentences and changes no character of it.

    A piece ends after `.`, `?` or `!` before white space, after a full stop of a script without
    blanks, after a line break, or at 240 characters.
    Inside a code fence only lines and length count.
    """

    def __init__(self) -> None:
        self._text = ""
        self._scanned = 0
        self._fenced = False

    def feed(self, delta: str) -> list[str]:
        """The sentences that are complete with this delta."""
        self._text += delta
        done: list[str] = []
        start = 0
        place = self._scanned
        text = self._text
        while place < len(text):
            character = text[place]
            end = 0
            if character == "\n":
                end = place + 1
                if text[start:end].lstrip().startswith(("```", "~~~")):
                    self._fenced = not self._fenced
            elif character in ".?!" and not self._fenced:
                after = place + 1
                while after < len(text) and text[after] in _CLOSING + ".?!":
                    after += 1
                if after == len(text) and after - start < LIMIT:
                    # Wait for what follows: `3.` may become `3.14`.
                    break
                if after < len(text) and text[after].isspace() and text[after] != "\n":
                    head = text[max(start, place - 12) : place + 1]
                    if character != "." or not _ABBREVIATION.search(head):
                        end = after + 1
            elif character in _FULL_STOPS and not self._fenced:
                after = place + 1
                while after < len(text) and text[after] in _CLOSING + _FULL_STOPS:
                    after += 1
                if after == len(text) and after - start < LIMIT:
                    break
                end = after
            if not end and place + 1 - start >= LIMIT:
                blank = max(text.rfind(" ", start, place + 1), text.rfind("\t", start, place + 1))
                end = blank + 1 if blank > start + LIMIT // 2 else place + 1
            if end:
                done.append(text[start:end])
                start = end
                place = max(place, end - 1)
            place += 1
        self._text = text[start:]
        self._scanned = place - start
        return done

    def flush(self) -> list[str]:
        """What is left at the end of the stream."""
        rest, self._text, self._scanned = self._text, "", 0
        return [rest] if rest else []


def cut(text: str) -> list[str]:
    buffer = SentenceBuffer()
    return buffer.feed(text) + buffer.flush()


@lru_cache(maxsize=512)
def sentences(body: str) -> tuple[str, ...]:
    """The sentences and lines of a passage, byte for byte, at least one."""
    found: list[str] = []
    for block in re.split(r"\n[ \t]*\n", body):
        start = 0
        for stop in STOP.finditer(block):
            found.append(block[start : stop.end()].strip())
            start = stop.end()
        found.append(block[start:].strip())
    return tuple(sentence for sentence in found if sentence) or (body,)
