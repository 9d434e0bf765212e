"""A text prepared for comparison."""

import re
from dataclasses import dataclass, field
from typing import Final

from app.services.tutor.language import words
from app.services.tutor.teach.items import Option

CITATION: Final = re.compile(r"\[\d{1,2}\]")
MARKUP: Final = re.compile(r"[*`~#|>]+")
CODE: Final = re.compile(r"`[^`\n]*`")
MARK: Final = re.compile(
    "[\u2705\u2714\u2611\u274c\u2716\u274e\U0001f44d\U0001f44e\U0001f4af\U0001f3af]"
)
COVERAGE: Final = 0.75
_VOWELS: Final = b"aeiouy"


@dataclass(slots=True)
class Piece:
    """A text prepared for comparison."""

    raw: str
    folded: str
    tokens: list[str]
    stems: list[str]
    stem_set: frozenset[str]
    squeezed: str
    found: dict[re.Pattern[str], bool] = field(default_factory=dict)

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether a pattern is in the folded text; looked for once."""
        if pattern not in self.found:
            self.found[pattern] = pattern.search(self.folded) is not None
        return self.found[pattern]

    @property
    def is_question(self) -> bool:
        """Whether it ends as a question does."""
        return self.folded.rstrip(" \"'*_\n\u201d)").endswith("?")


def prepare(raw: str, language: str) -> Piece:
    """The text without citations, apostrophes and markup, as words and stems of a language."""
    folded = words.fold(CITATION.sub(" ", raw)).replace("'", "").replace("\u2019", "")
    folded = folded.replace("_", " ")
    plain = MARKUP.sub("", folded)
    tokens = words.words(plain)
    stems = words.content(tokens, language)
    return Piece(raw, folded, tokens, stems, frozenset(stems), words.squeeze(plain))


def covered(needed: frozenset[str], given: frozenset[str]) -> float:
    """The share of the needed stems that are given, 0 to 1; 0 when none is needed."""
    return len(needed & given) / len(needed) if needed else 0.0


def mentions(option: Option, piece: Piece) -> bool:
    """Whether a text names an option by its letters or by most of its stems."""
    if len(option.core) >= 5 and option.core in piece.squeezed:
        return True
    if len(option.stems) >= 2:
        return covered(option.stems, piece.stem_set) >= COVERAGE
    return bool(option.stems) and option.stems <= piece.stem_set


def mapped(letters: str, table: bytes | None, without: bytes = b"") -> str:
    """Folded letters by a table of bytes; what is not ASCII stays as it is."""
    return letters.encode().translate(table, without).decode()


def consonants(letters: str) -> str:
    """Folded letters without vowels."""
    return mapped(letters, None, _VOWELS)
