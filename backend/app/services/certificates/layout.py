"""The position of everything on the page: A4 landscape, in points from the top left corner."""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import segno

from app.schemas.certificates import CertificateFacts
from app.services.certificates.fonts import text_width
from app.services.certificates.texts import Texts, texts_for

WIDTH: Final = 841.89
HEIGHT: Final = 595.28

_INK: Final = "#1c2733"
_SOFT: Final = "#5b6875"
_ACCENT: Final = "#1f4e79"
_ALARM: Final = "#b3261e"

_JOINERS: Final = "\u200c\u200d"

_MARGIN: Final = 64.0
_COLUMN: Final = 640.0
_QR: Final = 86.0
# (font size, greatest number of lines), in the order of preference.
_NAME: Final = ((36, 1), (30, 2), (25, 2), (21, 3), (17, 3), (14, 3), (11, 4), (9.5, 4))
_TITLE: Final = ((25, 2), (22, 3), (19, 3), (16, 3), (13, 4), (10, 4))


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle, or its outline."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    line: float = 0


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text; `y` is its baseline, `turn` degrees counter-clockwise around (x, y).

    `width` makes a viewer with other fonts draw the line at that width.
    """

    x: float
    y: float
    text: str
    size: float
    colour: str = _INK
    bold: bool = False
    anchor: Literal["start", "middle"] = "middle"
    width: float = 0
    turn: float = 0
    opacity: float = 1


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code: runs of dark modules as (column, row, length); encodes `url`."""

    x: float
    y: float
    module: float
    runs: tuple[tuple[int, int, int], ...]
    url: str


Shape = Box | Text | Code


@dataclass(frozen=True, slots=True)
class Page:
    """A drawn certificate."""

    language: str
    title: str
    summary: str
    author: str
    created: datetime
    missing: str
    shapes: tuple[Shape, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of one size, and the space above them."""

    lines: tuple[str, ...]
    size: float
    gap: float
    colour: str = _INK
    bold: bool = False

    @property
    def height(self) -> float:
        return self.gap + len(self.lines) * self.size * 1.2


def lay_out(facts: CertificateFacts, issuer: str, url: str) -> Page:
    """Place the facts on a page.

    Args:
        issuer: name of the issuer.
        url: where the certificate can be verified; the QR code encodes it.
    """
    texts = texts_for(facts.locale)
    name, title = _clean(facts.name) or "—", _clean(facts.title) or "—"
    shapes: list[Shape] = [
        Box(0, 0, WIDTH, HEIGHT, "#ffffff"),
        Box(22, 22, WIDTH - 44, HEIGHT - 44, _ACCENT, 2.5),
        Box(28, 28, WIDTH - 56, HEIGHT - 56, _ACCENT, 0.6),
    ]
    shapes += _middle(facts, texts, name, title, _clean(issuer))
    shapes += _foot(facts, texts, url)
    if not facts.valid:
        shapes += _revoked(facts, texts)
    return Page(
        language=texts.language,
        title=f"{texts.heading}: {name}",
        summary=summary(facts, texts),
        author=_clean(issuer),
        created=facts.issued_at,
        missing=texts.missing,
        shapes=tuple(shapes),
    )


def summary(facts: CertificateFacts, texts: Texts) -> str:
    """One sentence that names what was completed."""
    return texts.description.format(title=_clean(facts.title), details=details(facts, texts))


def details(facts: CertificateFacts, texts: Texts) -> str:
    """Length and version of the course; only the version when the course has no length."""
    parts = [texts.duration(facts.hours)] if facts.hours > 0 else []
    return " · ".join([*parts, texts.version.format(number=facts.version)])


def _middle(
    facts: CertificateFacts, texts: Texts, name: str, title: str, issuer: str
) -> list[Shape]:
    blocks = [
        _fit(issuer, ((15, 1), (12, 2), (9, 2)), gap=0, colour=_ACCENT, bold=True),
        _fit(texts.heading, ((34, 1),), gap=12, colour=_ACCENT),
        _Block((texts.certifies,), 13, 22, _SOFT),
        _fit(name, _NAME, gap=8, bold=True),
        _Block((texts.completed,), 13, 14, _SOFT),
        _fit(title, _TITLE, gap=8, bold=True),
        _Block((details(facts, texts),), 13, 10, _SOFT),
    ]
    teachers = ", ".join(filter(None, map(_clean, facts.teachers)))
    if teachers:
        line = texts.taught_by.format(names=teachers)
        blocks.append(_fit(line, ((13, 1), (11, 2), (9.5, 2)), gap=4, colour=_SOFT))
    top, bottom = 52.0, HEIGHT - 158
    y = top + max(0, (bottom - top - sum(block.height for block in blocks)) / 2)
    shapes: list[Shape] = []
    for block in blocks:
        y += block.gap
        widths = [text_width(line, block.size, block.bold) for line in block.lines]
        wide = max(widths, default=0) > 0.8 * _COLUMN
        for line, width in zip(block.lines, widths, strict=True):
            y += block.size * 1.2
            shapes.append(
                Text(
                    WIDTH / 2,
                    y - block.size * 0.3,
                    line,
                    block.size,
                    block.colour,
                    block.bold,
                    width=width if wide else 0,
                )
            )
    return shapes


def _foot(facts: CertificateFacts, texts: Texts, url: str) -> list[Shape]:
    base = HEIGHT - 62
    dates = ((texts.completed_on, facts.completed_on), (texts.issued_on, facts.issued_on))
    code = "-".join(facts.code[i : i + 4] for i in range(0, len(facts.code), 4))
    shapes: list[Shape] = []
    for x, (label, day) in zip((_MARGIN, _MARGIN + 190), dates, strict=True):
        shapes.append(Text(x, base - 70, label, 9.5, _SOFT, anchor="start"))
        shapes.append(Text(x, base - 54, texts.date(day), 13, anchor="start"))
    shapes.append(Text(_MARGIN, base - 32, texts.code, 9.5, _SOFT, anchor="start"))
    shapes.append(Text(_MARGIN, base - 16, code, 13, bold=True, anchor="start"))
    right = WIDTH - _MARGIN - _QR
    shapes.append(_code(right, base - _QR + 4, url))
    address = f"{texts.verify} {url}"
    room = right - 16 - _MARGIN
    size = next((s for s in (9.5, 8.5, 7.5, 6.5) if text_width(address, s, False) <= room), 0)
    if size:
        shapes.append(Text(_MARGIN, base + 2, address, size, _SOFT, anchor="start"))
    return shapes


def _code(x: float, y: float, url: str) -> Code:
    matrix = segno.make(url, error="m", micro=False, boost_error=False).matrix
    runs: list[tuple[int, int, int]] = []
    for row, cells in enumerate(matrix):
        column = 0
        while column < len(cells):
            length = 0
            while column + length < len(cells) and cells[column + length]:
                length += 1
            if length:
                runs.append((column, row, length))
            column += length + 1
    return Code(x, y, _QR / len(matrix), tuple(runs), url)


def _revoked(facts: CertificateFacts, texts: Texts) -> list[Shape]:
    sentence = texts.revoked_on.format(date=texts.date(facts.revoked_on or facts.issued_on))
    word = texts.revoked.upper()
    size = min(130.0, 130 * 620 / text_width(word, 130, True))
    # The offset puts the middle of the turned word at the middle of the page.
    return [
        Text(WIDTH / 2 + 36, HEIGHT / 2 + 40, word, size, _ALARM, True, turn=24, opacity=0.22),
        Box(22, 22, WIDTH - 44, 24, _ALARM),
        Text(WIDTH / 2, 38.5, sentence, 12.5, "#ffffff", True),
    ]


def _clean(text: str) -> str:
    """One line without control characters, which XML cannot contain, and direction marks."""
    kept = []
    for character in text:
        if character.isprintable() or character in _JOINERS:
            kept.append(character)
        elif unicodedata.category(character) != "Cf":
            kept.append(" ")
    return " ".join("".join(kept).split())


def _fit(
    text: str,
    sizes: tuple[tuple[float, int], ...],
    *,
    gap: float,
    colour: str = _INK,
    bold: bool = False,
) -> _Block:
    """The text in the first size in which it fits its number of lines; truncated in the last."""
    for size, most in sizes:
        lines = _wrap(text, size, bold)
        if len(lines) <= most:
            return _Block(lines, size, gap, colour, bold)
    kept = list(lines[:most])
    kept[-1] = kept[-1][:-1].rstrip() + "…"
    return _Block(tuple(kept), size, gap, colour, bold)


def _wrap(text: str, size: float, bold: bool) -> tuple[str, ...]:
    """Lines no wider than the column; a wider word is cut."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}".strip()
        if text_width(candidate, size, bold) <= _COLUMN:
            line = candidate
            continue
        if line:
            lines.append(line)
        line = ""
        for character in word:
            if line and text_width(line + character, size, bold) > _COLUMN:
                lines.append(line)
                line = ""
            line += character
    return (*lines, line) if line else tuple(lines)
