"""The languages of the tutor. A further one is a file beside this one and a code here."""

import tomllib
from collections.abc import Callable
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from app.services.tutor.language.spec import WORDS, Language


def _read(code: str) -> Language:
    """A language from its file: a pattern goes on over lines, signs are a list."""
    written: dict[str, Any] = tomllib.loads(
        (files(__package__) / f"{code}.toml").read_text(encoding="utf-8")
    )
    for name, value in written.items():
        if isinstance(value, str) and name not in WORDS:
            written[name] = value.replace("\n", "")
    asks, says = written.pop("meaning", ("", ""))
    signs = " / ".join(written.pop("signs", ()))
    return Language(**written, meaning=(asks, says), signs=signs)


# By code. The first stands in for languages that are not here.
LANGUAGES: Final = MappingProxyType({code: _read(code) for code in ("en", "de", "es", "fr")})
FALLBACK: Final = LANGUAGES["en"]


def language(locale: str) -> str:
    """The language of a locale: `de` of `de-CH` or `DE_at`."""
    return locale.replace("_", "-").partition("-")[0].lower()


def known(code: str) -> Language:
    """The language with a code, or the one that stands in for it."""
    return LANGUAGES.get(code, FALLBACK)


def alternatives(pattern: Callable[[Language], str], *more: str) -> str:
    """A pattern of all languages and `more` as one list of alternatives."""
    return "|".join([part for one in LANGUAGES.values() if (part := pattern(one))] + [*more])


def vocabulary(listed: Callable[[Language], str]) -> frozenset[str]:
    """A list of words of all languages."""
    return frozenset(word for one in LANGUAGES.values() for word in listed(one).split())
