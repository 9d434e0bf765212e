"""What may be said although a question is withheld: fixed texts, titles, quotations."""

import re
from collections.abc import Iterable
from typing import Final

from app.services.tutor.guard.piece import CITATION, MARKUP
from app.services.tutor.language import texts, words
from app.services.tutor.language.sentences import cut

_TITLE: Final = re.compile(r"\u00ab([^\u00ab\u00bb\n]{1,200})\u00bb")
_FIELD: Final = re.compile(r"\u00ab\{\w+\}\u00bb|\[\{number\}\]|\{\w+\}")
_QUOTATION: Final = re.compile(r"[\u201c\u00ab\"]([^\u201d\u00bb\"\n]{12,})(?:[\u201d\u00bb\"]|$)")


class Quotable:
    """The texts that a sentence may consist of.

    Args:
        bodies: what the answer may rest on.
        titles: names of lessons and headings.
        locale: of the fixed texts.
    """

    def __init__(self, bodies: Iterable[str], titles: Iterable[str], locale: str) -> None:
        bodies = list(bodies)
        self._sources = [words.one_line(MARKUP.sub("", body)) for body in bodies]
        self._sources += [words.one_line(body) for body in bodies]
        self._titles = frozenset(titles)
        self._fixed = frozenset(
            _bare(_FIELD.sub(" ", sentence))
            for template in texts.templates(locale)
            for sentence in cut(template)
        )

    def is_fixed(self, sentence: str) -> bool:
        """Whether a sentence is one of the fixed texts, citations aside."""
        return _bare(sentence) in self._fixed

    def holds(self, line: str) -> bool:
        """Whether a text on one line is part of a passage."""
        return any(line in source for source in self._sources)

    def without_titles(self, sentence: str) -> str:
        """The sentence without names of lessons and headings between guillemets."""

        def drop(match: re.Match[str]) -> str:
            names = match[1].split(" \u203a ")
            return " " if all(name in self._titles for name in names) else match[0]

        return _TITLE.sub(drop, sentence) if "\u00ab" in sentence else sentence

    def without_quotes(self, sentence: str) -> str:
        """The sentence without what stands word for word in a passage."""
        bare = words.one_line(sentence).strip(' \u201c\u201d"\u00ab\u00bb*->#')
        bare = CITATION.sub("", bare).strip(' \u201c\u201d"\u00ab\u00bb')
        if len(bare) >= 12 and _words(bare) >= 3 and self.holds(bare):
            return ""
        left = sentence
        for quote in _QUOTATION.findall(sentence):
            line = words.one_line(quote)
            if _words(line) >= 3 and self.holds(line):
                left = left.replace(quote, " ")
        return left


def _words(line: str) -> int:
    """How many words a line has; four letters of a script without blanks count as one."""
    return line.count(" ") + 1 + words.letters_without_blanks(line) // 4


def _bare(sentence: str) -> str:
    return words.one_line(CITATION.sub(" ", sentence))
