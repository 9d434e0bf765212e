"""The languages of the tutor. A further one is a file beside this one and a line here."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Final

from app.services.tutor.language.de import DE
from app.services.tutor.language.en import EN
from app.services.tutor.language.es import ES
from app.services.tutor.language.fr import FR
from app.services.tutor.language.spec import Language

# By code. The first stands in for languages that are not here.
LANGUAGES: Final = MappingProxyType({"en": EN, "de": DE, "es": ES, "fr": FR})
FALLBACK: Final = EN


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
