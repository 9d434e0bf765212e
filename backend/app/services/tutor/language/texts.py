"""Fixed texts of the tutor, by key and language; what is not translated is English."""

from typing import Final

from app.services.tutor.language.markdown import escape
from app.services.tutor.language.table import FALLBACK, known, language

KEYS: Final = frozenset(FALLBACK.texts)


def templates(locale: str) -> list[str]:
    """All texts of a language, values as `{name}`."""
    texts = known(language(locale)).texts
    return [texts[key] for key in sorted(KEYS)]


def text(key: str, locale: str, **values: object) -> str:
    """The text of a key with its values filled in.

    Values by key: `source` place; `quote_lead` place, number; `pointer` heading, lesson, number;
    `guiding_question` heading; `example_lead` lesson, number; `summary_lead` lesson; `closest`
    lessons. Of a value only what is active in Markdown is escaped; braces stay.

    Raises:
        KeyError: there is no such key, or a value is missing.
    """
    escaped = {name: escape(str(value).replace("\n", " ")) for name, value in values.items()}
    return known(language(locale)).texts[key].format(**escaped)
