"""Fixed texts of the tutor, by key and language; what is not translated is English."""

from collections.abc import Sequence
from typing import Final

from app.services.tutor.language.markdown import escape
from app.services.tutor.language.table import FALLBACK, known, language

KEYS: Final = frozenset(FALLBACK.texts)


def text(key: str, locale: str, **values: object) -> str:
    """The text of a key with its values filled in.

    Values by key: `quote_lead` place, number; `pointer`, `guiding` heading, lesson, number;
    `opening` heading, number, opening; `example_lead` lesson, number; `summary_lead` lesson;
    `closest` lessons; `told`, `right` answer. Of a value only what is active in Markdown is
    escaped; braces stay.

    Raises:
        KeyError: there is no such key, or a value is missing.
    """
    escaped = {name: escape(str(value).replace("\n", " ")) for name, value in values.items()}
    return known(language(locale)).texts[key].format(**escaped)


def nudges(locale: str, heading: str) -> list[str]:
    """Questions and small tasks about a passage, the easiest to answer first."""
    return [text(f"nudge_{number}", locale, heading=heading) for number in (2, 3, 1, 4)]


def fresh(key: str, locale: str, said: Sequence[str], **values: object) -> str:
    """The first variant of a text that is in no earlier answer: `key`, `key_2`, `key_3`, ….

    When all were said, the one that was said longest ago.
    """
    variants = [key, *(name for number in range(2, 9) if (name := f"{key}_{number}") in KEYS)]
    told = [text(name, locale, **values) for name in variants]
    last = [max((at for at, one in enumerate(said) if each in one), default=-1) for each in told]
    return told[last.index(min(last))]
