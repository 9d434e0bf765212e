"""Titles, slugs and texts within the limits of a bundle."""

import re
import unicodedata
from typing import Final

from app.services.formats.report import Place, Report

MAX_TITLE: Final = 200
MAX_SLUG: Final = 80
# Letters of Hangul and Khmer that nobody sees.
_FILLERS: Final = "\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_BARE: Final = {"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "\u0131": "i"}


def slug_of(text: str) -> str:
    """A text as a slug; empty when no letter of it fits one."""
    text = "".join(_BARE.get(mark, mark) for mark in text.casefold())
    text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:MAX_SLUG].strip("-")


class Slugs:
    """Slugs that differ from each other."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str, otherwise: str) -> str:
        """A free slug for a text; `otherwise` for one without Latin letters."""
        wanted = slug_of(text) or otherwise
        slug, number = wanted, 1
        while slug in self._taken:
            number += 1
            slug = f"{wanted[: MAX_SLUG - 6].rstrip('-')}-{number}"
        self._taken.add(slug)
        return slug


def title_of(text: str, otherwise: str, place: Place, report: Report) -> str:
    """A title within its limit; `otherwise` for one of which nothing is seen."""
    title = " ".join(text.split())
    if not any(unicodedata.category(mark)[0] in "LNPS" and mark not in _FILLERS for mark in title):
        title = otherwise
    if len(title) > MAX_TITLE:
        report.changed("cut", f"A title is longer than {MAX_TITLE} characters and is cut.", place)
        title = title[: MAX_TITLE - 1].rstrip() + "…"
    return title


def cut(text: str, limit: int, what: str, place: Place, report: Report) -> str:
    """A text within a limit; the report names what was cut."""
    text = text.replace("\0", "").encode("utf-8", "replace").decode()
    if len(text) <= limit:
        return text
    report.lost("cut", f"{what} is longer than {limit} characters and is cut.", place)
    return text[:limit]
