"""Markdown that the tutor sends: what is put into it is escaped, what is active is dropped.

Code stays as it is. Of an image nothing is sent, of an element of HTML its content, of a link its
text. An address stays where a lesson has it.
"""

import re
from collections.abc import Iterable
from typing import Final

from lxml.html import defs

# The maximum length of a construct; a longer one is treated as text.
_LONGEST: Final = 2_000
_ELEMENTS: Final = defs.tags | {
    "bdi", "bgsound", "data", "dialog", "frame", "image", "listing", "main", "menuitem", "nobr",
    "noembed", "noframes", "picture", "plaintext", "portal", "rb", "rtc", "search", "slot",
    "spacer", "template", "xml", "xmp",
}  # fmt: skip
# A backslash makes the next character plain; `<`, `[` and `!` begin something.
_ACTIVE: Final = re.compile(r"\\(?=[!-/:-@\[-`{-~])|<(?=[A-Za-z/!?])|\[")
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINKED: Final = re.compile(r"\][ \t]*[(\[:]")
_ADDRESS: Final = re.compile(
    r"(?:https?|ftp)://[^\s<>]+|(?:mailto|xmpp):[^\s<>]+|www\.[^\s<>]+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?)]*_~\"'\u00bb\u201d`"
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)([^<>]*)>")
_DECLARED: Final = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<[!?][^>]*>", re.DOTALL)
_AUTOLINK: Final = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[^\s<>@]+@[^\s<>]+>")
_PLAIN: Final = re.compile(r"[^\s\\`<\[!]+")
_FENCE: Final = re.compile(r"( {0,3})(`{3,}(?=[^`\n]*\n)|~{3,})[^\n]*\n")
# Markers of quotes and lists, which may precede a definition.
_LINE_START: Final = re.compile(r"[ \t>*+\-\d.)]*\Z")
_FENCE_START: Final = re.compile(r" {0,3}(?:`{3,}[^`\n]*|~{3,}[^\n]*|`{1,2}|~{1,2})?\Z")
_NUMBERS: Final = re.compile(r"[\d\s,;\u2013-]+")


def escape(text: str) -> str:
    """A text on its way into Markdown: nothing of it is an element, an image or a link."""
    linked = bool(_LINKED.search(text))
    return _ACTIVE.sub(lambda m: m[0] if m[0] == "[" and not linked else f"\\{m[0]}", text)


def unescape(text: str) -> str:
    """The text of escaped Markdown."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


class Cleaner:
    """Takes Markdown piece by piece and returns it without images, HTML and foreign links.

    What may be the beginning of one waits for its end.

    Args:
        sources: texts of lessons; only addresses in these texts are kept.
    """

    def __init__(self, sources: Iterable[str] = ()) -> None:
        self._addresses = frozenset(
            found.rstrip(_TRAILING) for text in sources for found in _ADDRESS.findall(text)
        )
        self._pending = ""
        self._fence = ""
        self._indent = 0
        # The part of the line already sent, and whether anything before it was dropped.
        self._line = ""
        self._is_cut = False

    def feed(self, piece: str) -> str:
        """Takes a piece, returns what is complete."""
        self._pending += piece
        return self._read(final=False)

    def flush(self) -> str:
        """The rest; nothing the second time."""
        return self._read(final=True)

    def _read(self, *, final: bool) -> str:
        done: list[str] = []
        at = 0
        while at < len(self._pending):
            step = self._step(at, final)
            if step is None:
                break
            end, sent = step
            if self._is_cut and self._line.endswith("]") and sent.startswith(("(", ":")):
                # Dropping the text between the two must not turn them into a link.
                sent = f"\\{sent}"
            if sent:
                done.append(sent)
                line = (self._line + sent).rpartition("\n")[2]
                self._line = line[:1] + line[-_LONGEST:] if len(line) > _LONGEST else line
            self._is_cut = sent != self._pending[at:end]
            at = end
        self._pending = self._pending[at:]
        return "".join(done)

    def _step(self, at: int, final: bool) -> tuple[int, str] | None:
        """Reads one token: where it ends and what is sent of it; None when it may go on."""
        pending = self._pending
        if self._fence:
            step = self._code_line(at, final)
            if self._fence or step is None or step[0] > at:
                return step
        if not self._line:
            fence = _FENCE.match(pending, at)
            if fence is not None:
                self._indent, self._fence = len(fence[1]), fence[2]
                return fence.end(), fence[0]
            if not final and _FENCE_START.match(pending, at):
                return None
        here = pending[at]
        if here == "\\":
            if at + 1 == len(pending):
                return (at + 1, here) if final else None
            return at + 2, pending[at : at + 2]
        if here == "`":
            return self._span(at, final)
        if here == "<":
            return self._element(at, final)
        if here == "[" or pending.startswith("![", at):
            return self._link(at, final)
        if here == "!":
            return (at + 1, here) if final or at + 1 < len(pending) else None
        if here.isspace():
            return at + 1, here
        return self._word(at, final)

    def _code_line(self, at: int, final: bool) -> tuple[int, str] | None:
        end = self._pending.find("\n", at) + 1 or len(self._pending)
        line = self._pending[at:end]
        if not (final or line.endswith("\n")):
            return None
        mark = line.strip()
        if mark and len(line) - len(line.lstrip(" ")) < self._indent:
            # It leaves the list that the code may be in.
            self._fence = ""
            return at, ""
        if mark and not mark.strip(self._fence[0]) and len(mark) >= len(self._fence):
            self._fence = ""
        return end, line

    def _span(self, at: int, final: bool) -> tuple[int, str] | None:
        """A span of code ends on its line; any other backtick is text."""
        pending = self._pending
        run = re.compile("`+").match(pending, at)
        assert run is not None
        if run.end() == len(pending) and not final:
            return None
        stop = pending.find("\n", at)
        limit = stop if stop >= 0 else len(pending)
        for close in re.compile("`+").finditer(pending, run.end(), limit):
            if len(close[0]) == len(run[0]):
                if close.end() == len(pending) and not final:
                    return None
                code = pending[at : close.end()]
                if "|" in code and (_ACTIVE.search(code) or _ADDRESS.search(code)):
                    # A row of a table would end the code there.
                    break
                return close.end(), code
        if stop < 0 and not final and len(pending) - at < _LONGEST:
            return None
        return run.end(), "".join(f"\\{mark}" for mark in run[0])

    def _element(self, at: int, final: bool) -> tuple[int, str] | None:
        pending = self._pending
        if at + 1 == len(pending):
            return (at + 1, "\\<") if final else None
        if pending[at + 1].isspace() or pending[at + 1] == "=":
            return at + 1, "<"
        if link := _AUTOLINK.match(pending, at):
            return link.end(), self._kept(link[0][1:-1])
        if declared := _DECLARED.match(pending, at):
            return declared.end(), ""
        if tag := _TAG.match(pending, at):
            name, rest = tag[2].lower(), tag[3].strip(" /")
            # `a<b and c>d` compares; `<b>` and `<b class="x">` are elements.
            if (name in _ELEMENTS or "-" in name) and (not rest or "=" in rest or len(name) > 1):
                return tag.end(), ""
            return at + 1, "\\<"
        is_open = ">" not in pending[at:] and "<" not in pending[at + 1 :]
        if not final and is_open and len(pending) - at < _LONGEST:
            return None
        return at + 1, "\\<"

    def _link(self, at: int, final: bool) -> tuple[int, str] | None:
        pending = self._pending
        is_image = pending[at] == "!"
        start = at + is_image + 1
        close = _closing(pending, start, "[", "]")
        if close is None or close + 1 == len(pending):
            if not final and len(pending) - at < _LONGEST and "\n\n" not in pending[at:]:
                return None
            if close is None:
                return start, "\\!\\[" if is_image else "\\["
        inner = pending[start:close]
        after = pending[close + 1 : close + 2]
        if after == "(" or (after == "[" and not _NUMBERS.fullmatch(inner)):
            end = _closing(pending, close + 2, after, ")" if after == "(" else "]")
            may_close = len(pending) - close < _LONGEST and "\n\n" not in pending[close:]
            if end is None and not final and may_close:
                return None
            if end is None or (after == "[" and _NUMBERS.fullmatch(pending[close + 2 : end])):
                # Nothing closes it, or a citation follows.
                end = close + (after == "(")
            text = f"[{inner}]" if _NUMBERS.fullmatch(inner) else self._text(inner)
            return end + 1, "" if is_image else text
        if is_image:
            return close + 1, ""
        if _NUMBERS.fullmatch(inner):
            # Not a definition, which a colon right behind it would make.
            is_definition = after == ":" and _LINE_START.match(self._line)
            return close + 1, f"[{inner}] " if is_definition else f"[{inner}]"
        return close + 1, f"\\[{self._text(inner)}]"

    def _text(self, inner: str) -> str:
        cleaner = Cleaner()
        cleaner._addresses = self._addresses
        cleaner._line = " "
        return cleaner.feed(inner) + cleaner.flush()

    def _word(self, at: int, final: bool) -> tuple[int, str] | None:
        word = _PLAIN.match(self._pending, at)
        assert word is not None
        if word.end() == len(self._pending) and not final and len(word[0]) < _LONGEST:
            return None
        address = _ADDRESS.search(self._pending, at)
        if address is not None and address.start() < word.end():
            before = self._pending[at : address.start()]
            if address.end() == len(self._pending) and not final:
                return None
            found = address[0].rstrip(_TRAILING)
            return address.start() + len(found), before + self._kept(found)
        return word.end(), word[0]

    def _kept(self, address: str) -> str:
        return address if address.rstrip(_TRAILING) in self._addresses else ""


def _closing(text: str, start: int, opening: str, closing: str) -> int | None:
    """The place of the bracket that closes one before `start`, before an empty line."""
    depth = 1
    at = start
    while at < min(len(text), start + _LONGEST):
        here = text[at]
        if here == "\\":
            at += 1
        elif here == "\n" and text.startswith("\n\n", at):
            return None
        elif here == opening:
            depth += 1
        elif here == closing:
            depth -= 1
            if not depth:
                return at
        at += 1
    return None
