"""The fonts of the PDF, and the width of text in them.

FiraGO covers Latin, Greek, Cyrillic, Arabic, Hebrew, Devanagari, Georgian and Thai. Other scripts
need a font of the host (`CERTIFICATE_FONTS`).
"""

import atexit
import io
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from fontTools.ttLib import TTFont
from pymupdf_fonts import FiraGO_Bold, FiraGO_Regular

# Replaces a character that no font has.
_PLACEHOLDER: Final = "?"


@dataclass(frozen=True, slots=True)
class Metrics:
    """Advance widths of a font by code point, in font units."""

    units: int
    widths: Mapping[int, int]


class BundledFiles:
    """The bundled fonts as files, because fpdf2 reads only files.

    They are written on first use, and again when the folder has been emptied.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._folder: Path | None = None

    def paths(self) -> tuple[str, str]:
        """Paths of the regular and the bold font."""
        with self._lock:
            if self._folder is None or not all(path.exists() for path in self._files(self._folder)):
                self._folder = Path(tempfile.mkdtemp(prefix="lyceum-fonts-"))
                for path, bold in zip(self._files(self._folder), (False, True), strict=True):
                    path.write_bytes(_bundled(bold))
            regular, bold_path = self._files(self._folder)
            return str(regular), str(bold_path)

    def remove(self) -> None:
        """Remove the files when the process ends."""
        with self._lock:
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    @staticmethod
    def _files(folder: Path) -> tuple[Path, Path]:
        return folder / "regular.ttf", folder / "bold.ttf"


BUNDLED_FILES: Final = BundledFiles()
# For tools. The service removes the files in its lifespan: a signal that ends it skips atexit.
atexit.register(BUNDLED_FILES.remove)


def text_width(text: str, size: float, bold: bool) -> float:
    """Approximate width of a text in points. A missing character counts as a square."""
    font = _bundled_metrics(bold)
    return sum(font.widths.get(ord(c), font.units) for c in text) * size / font.units


def drawable(text: str, fonts: tuple[str, ...]) -> str:
    """The text with each character that no font has replaced by its base letter or a question mark.

    Args:
        text: one line.
        fonts: paths of fonts of the host.
    """
    covered = [_bundled_metrics(False).widths, *(_file_metrics(path).widths for path in fonts)]

    def known(character: str) -> bool:
        return any(ord(character) in widths for widths in covered)

    drawn = []
    for character in unicodedata.normalize("NFC", text):
        if known(character):
            drawn.append(character)
            continue
        base = [c for c in unicodedata.normalize("NFKD", character) if known(c)]
        if base:
            drawn.extend(base)
        elif not _invisible(character):
            drawn.append(_PLACEHOLDER)
    return "".join(drawn)


def lacks(text: str, fonts: tuple[str, ...]) -> bool:
    """Whether `drawable` changes a visible character."""
    shown = "".join(c for c in unicodedata.normalize("NFC", text) if not _invisible(c))
    drawn = "".join(c for c in drawable(text, fonts) if not _invisible(c))
    return shown != drawn


def _invisible(character: str) -> bool:
    """Joiners, variation selectors, direction marks, control characters."""
    return unicodedata.category(character) in {"Cf", "Cc"} or "\ufe00" <= character <= "\ufe0f"


def _bundled(bold: bool) -> bytes:
    return bytes((FiraGO_Bold if bold else FiraGO_Regular).fontbuffer)


@cache
def _bundled_metrics(bold: bool) -> Metrics:
    return _metrics(io.BytesIO(_bundled(bold)))


@cache
def _file_metrics(path: str) -> Metrics:
    with open(path, "rb") as file:
        return _metrics(file)


def _metrics(file: BinaryIO) -> Metrics:
    with TTFont(file, fontNumber=0, lazy=True) as font:
        advances = font["hmtx"].metrics
        best = font.getBestCmap() or {}
        widths = {point: advances[glyph][0] for point, glyph in best.items()}
        return Metrics(font["head"].unitsPerEm, widths)
