"""Text reduced to what can be compared: folded letters, words, stems, languages.

Folding loses case, accents, width, invisible characters and the look-alikes of other alphabets, so
that two spellings of a word meet. Everything here is linear in the length of the text.
"""

import re
import unicodedata
from types import MappingProxyType
from typing import Final

from app.services.tutor.language.table import LANGUAGES

# Letters of other alphabets, and signs, that look like a Latin letter.
_LOOKALIKES: Final = str.maketrans(
    "авекмнорстухіјѕԁԛԝһӏαβεικνορτυχγηωμ" + "ıłøđħŧæœɑɡʀ",
    "abekmhopctyxijsdqwhlabeikvoptuxynwu" + "lloohtaoagr",
)
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
# Behind a figure.
_FRACTION: Final = re.compile("(?<=[0-9])[\u00bc-\u00be\u2153-\u215e]")
_WORD: Final = re.compile(r"[^\W_]+")
# Scripts without blanks between words: Thai, Lao, Burmese, Khmer, Chinese, Japanese. The same
# ranges as private.blankless() in the database.
BLANKLESS: Final = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u109f\uaa60-\uaa7f"
    "\u1780-\u17d3\u17dd\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u3096"
    "\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_PART: Final = re.compile(rf"[{BLANKLESS}]+|(?:(?![{BLANKLESS}])[^\W_])+")
_LETTER: Final = re.compile(f"[{BLANKLESS}]")
_SPACE: Final = re.compile(r"\s+")

STOPWORDS: Final = MappingProxyType(
    {code: frozenset(one.stopwords.split()) for code, one in LANGUAGES.items()}
)


def fold(text: str) -> str:
    """The text in lower case without accents, widths, invisible characters and look-alikes."""
    if text.isascii():
        return text.lower()
    text = _FRACTION.sub(lambda one: f"{unicodedata.numeric(one[0]):g}"[1:], text)
    text = unicodedata.normalize("NFKD", _INVISIBLE.sub("", text)).casefold()
    text = "".join(
        character
        for character in unicodedata.normalize("NFKD", text)
        if not unicodedata.combining(character)
    )
    return text.translate(_LOOKALIKES)


def words(text: str) -> list[str]:
    """The words of a folded text, figures too; of scripts without blanks, pairs of letters."""
    if text.isascii() or not _LETTER.search(text):
        return _WORD.findall(text)
    found: list[str] = []
    for part in _PART.findall(text):
        if len(part) > 1 and _LETTER.match(part):
            found += [part[at : at + 2] for at in range(len(part) - 1)]
        else:
            found.append(part)
    return found


def letters_without_blanks(text: str) -> int:
    """How many letters of a text are of scripts without blanks."""
    return 0 if text.isascii() else len(_LETTER.findall(text))


def beginnings(text: str) -> frozenset[str]:
    """The first six letters of the words that may carry meaning; pairs of letters are whole."""
    return frozenset(
        word[:6]
        for word in words(text)
        if len(word) > 2 or (len(word) == 2 and _LETTER.match(word))
    )


def squeeze(text: str) -> str:
    """The letters and digits of a folded text and nothing else."""
    return "".join(_WORD.findall(text))


def one_line(text: str) -> str:
    """The text with each run of white space as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip()
