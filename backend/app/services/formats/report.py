"""The report of an import: its counts, and each loss or change with file and line."""

from dataclasses import dataclass, field
from typing import Final, Literal, Self

Level = Literal["lost", "changed"]

# A report names so many notes; the rest is a number.
MAX_NOTES: Final = 500
MAX_LINES: Final = 100
_MAX_MESSAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Place:
    """A file of the upload and a line in it, from 1; None where the format has no lines."""

    file: str
    line: int | None = None

    def at(self, line: int | None) -> "Place":
        """Another line of the same file."""
        return Place(self.file, line)


@dataclass(slots=True)
class Note:
    """Something that does not come, or comes as something else.

    Attributes:
        place: the first one.
        lines: the lines of all, at most `MAX_LINES`.
        count: how often.
    """

    level: Level
    code: str
    message: str
    place: Place
    lines: list[int] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class Report:
    """The notes of one reading. Equal notes of one file are one note with a count."""

    notes: list[Note] = field(default_factory=list)
    left_off: int = 0
    # Questions that do not come.
    skipped: int = 0
    _known: dict[tuple[str, str, str], Note] = field(default_factory=dict)

    def lost(self, code: str, message: str, place: Place) -> None:
        """Something has no place in a course here."""
        self._add("lost", code, message, place)

    def changed(self, code: str, message: str, place: Place) -> None:
        """Something comes in another form than it had."""
        self._add("changed", code, message, place)

    def _add(self, level: Level, code: str, message: str, place: Place) -> None:
        message = printable(message)[:_MAX_MESSAGE]
        place = Place(printable(place.file), place.line)
        key = (code, message, place.file)
        known = self._known.get(key)
        if known is None and len(self.notes) < MAX_NOTES:
            known = self._known[key] = Note(level, code, message, place)
            self.notes.append(known)
        if known is None:
            self.left_off += 1
            return
        known.count += 1
        if place.line is not None and len(known.lines) < MAX_LINES:
            known.lines.append(place.line)


class FormatError(Exception):
    """An upload that cannot be read at all.

    Args:
        code: `invalid_archive`, `upload_too_large`, `unknown_format`, `invalid_file` or
            `nothing_to_import`.
        detail: one sentence.
    """

    def __init__(self, code: str, detail: str, place: Place | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.detail = printable(detail)[:_MAX_MESSAGE]
        self.place = None if place is None else Place(printable(place.file)[:500], place.line)

    def __reduce__(self) -> tuple[type[Self], tuple[str, str, Place | None]]:
        """As it was made, where it comes out of another process."""
        return type(self), (self.code, self.detail, self.place)


def printable(text: str) -> str:
    """Text without control characters and half surrogate pairs."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(mark if mark.isprintable() else " " for mark in text)
