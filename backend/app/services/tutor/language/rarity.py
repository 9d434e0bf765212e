"""How rare a word is in its language, whatever the course.

`frequent/` holds the 5,000 most frequent words of each language, one a line, the most frequent
first, packed with gzip.
"""

import gzip
import math
from functools import lru_cache
from importlib.resources import files
from typing import Final

from Stemmer import Stemmer

from app.services.tutor.language import words
from app.services.tutor.language.table import LANGUAGES

_LISTED: Final = 5_000
# The hundred most frequent words say nothing by themselves.
_EMPTY: Final = 100
# So many words tell a language where the mean of the logarithms of their ranks is at most this:
# Portuguese has many words of Spanish, but not the most usual ones.
_FEW: Final = 3
_USUAL: Final = 4.5
_STEMMERS: Final = {"en": "english", "de": "german", "es": "spanish", "fr": "french"} | {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish",
    "nl": "dutch", "fi": "finnish", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil",
    "tr": "turkish", "yi": "yiddish",
}  # fmt: skip


@lru_cache
def _ranks(language: str) -> dict[str, int]:
    file = files(__package__) / "frequent" / f"{language}.txt.gz"
    if not file.is_file():
        return {}
    listed = gzip.decompress(file.read_bytes()).decode().split()
    return {word: rank for rank, word in enumerate(listed, 1)}


@lru_cache
def _stemmer(language: str) -> Stemmer | None:
    name = _STEMMERS.get(language)
    return Stemmer(name) if name else None


@lru_cache(maxsize=50_000)
def rarity(word: str, language: str) -> float:
    """From 0 for the most frequent words to 1 for those that are not listed, by rank."""
    rank = _ranks(language).get(words.fold(word), _LISTED)
    return max(0.0, math.log(rank / _EMPTY) / math.log(_LISTED / _EMPTY)) if rank > _EMPTY else 0.0


def is_listed(word: str, language: str) -> bool:
    """Whether a word is one of the most frequent of its language."""
    return words.fold(word) in _ranks(language)


@lru_cache(maxsize=100_000)
def stem(word: str, language: str) -> str:
    """The stem of a word in lower case, folded; of languages without a stemmer the word."""
    stemmer = _stemmer(language)
    word = words.fold(word)
    return stemmer.stemWord(word) if stemmer else word


def stems(text: str, language: str) -> list[str]:
    """The stems of all words of a text, in order."""
    return [stem(word, language) for word in words.words(text.lower())]


def usual_in(text: str) -> str:
    """The language in which the words of a text are most usual."""
    tokens = _tokens(text)
    return min(LANGUAGES, key=lambda one: _cost(tokens, one))


def spoken(text: str, course: str) -> str:
    """The language of a text: that of the course unless its words are far more usual in another."""
    tokens, best = _tokens(text), usual_in(text)
    if not _ranks(course):
        is_usual = _cost(tokens, best) <= _USUAL * len(tokens)
        return best if is_usual and len(tokens) >= _FEW else course
    # A single word of another language is a loan.
    if len(tokens) > 1 and sum(one in _ranks(best) for one in tokens) < 2:
        return course
    is_best = _cost(tokens, course) - _cost(tokens, best) >= max(4.0, 0.8 * len(tokens))
    return best if is_best else course


def _tokens(text: str) -> list[str]:
    return words.words(words.fold(text).replace("'", "").replace("\u2019", ""))


def _cost(tokens: list[str], language: str) -> float:
    """The less, the more usual words are in a language."""
    ranks = _ranks(language)
    return sum(math.log(ranks.get(one, 4 * _LISTED)) for one in tokens)
