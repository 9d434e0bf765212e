"""What leaves the tutor: text a sentence at a time, compared with what must not be said.

The guard sees a sentence together with what it let through before it, so that an answer in pieces
is an answer. It compares words, numbers, letters and spellings; it does not know what they mean.
A paraphrase that shares few words with the key is beyond it, which is why a turn about a withheld
question is strict: there every sentence has to be made of the words of the lessons.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from app.services.tutor.context import GuardMaterial, Lesson, Passage
from app.services.tutor.guard.sentences import cut
from app.services.tutor.language import cues, texts, words
from app.services.tutor.teach import items as questions
from app.services.tutor.teach.intent import agrees
from app.services.tutor.teach.items import Item, Option
from app.services.tutor.teach.plan import Plan

WINDOW: Final = 300
_RUN: Final = 6
_COVERAGE: Final = 0.75
_GROUNDED: Final = 0.7
_GROUNDED_QUESTION: Final = 0.5
_LOCK_AFTER: Final = 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a sentence may be sent, and the kind of leak when not."""

    allowed: bool
    reason: str | None = None


_ALLOWED: Final = Verdict(True)
_LATIN: Final = re.compile(
    r"[a-zA-Z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff\ua720-\ua7ff\ufb00-\ufb06]"
)
_FORMULA_LETTER: Final = re.compile(r"(?<![^\W\d_])[\u0370-\u03ff](?![^\W\d_])")
_OTHER_LETTER: Final = re.compile(
    r"[^\W\d_a-zA-Z\u00aa\u00ba\u00c0-\u024f\u0250-\u02ff\u1d00-\u1dbf\u1e00-\u1eff\u2070-\u209c"
    r"\u2100-\u214f\u24b6-\u24e9\ua720-\ua7ff\ufb00-\ufb06\uff21-\uff3a\uff41-\uff5a"
    r"\U0001d400-\U0001d7ff]"
)
_PICTURE: Final = re.compile(
    "[\u2460-\u24ff\u2600-\u27bf\u20e3\u2b00-\u2bff\u3200-\u33ff\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
# Letters of another width or typeface, more of them than a formula has in a row.
_DISGUISED: Final = re.compile(
    "[\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\u1d00-\u1d2b\U0001d400-\U0001d7ff\U0001f130-\U0001f189]{3,}"
)
_MARK: Final = re.compile(
    "[\u2705\u2714\u2611\u274c\u2716\u274e\U0001f44d\U0001f44e\U0001f4af\U0001f3af]"
)
_CITATION: Final = re.compile(r"\[\d{1,2}\]")
_TITLE: Final = re.compile(r"\u00ab([^\u00ab\u00bb\n]{1,200})\u00bb")
_FIELD: Final = re.compile(r"\u00ab\{\w+\}\u00bb|\[\{number\}\]|\{\w+\}")
_LIST_NUMBER: Final = re.compile(r"(?:^|\n)\s*(?:[-*>#]+\s*)?\d{1,2}[.)]\s")
_CODE: Final = re.compile(r"`[^`\n]*`")
_MARKUP: Final = re.compile(r"[*`~#|>]+")
# Seven signs hold five letters, and shorter answers are not looked for. Words are not decoded:
# what is encoded has a capital, a figure or a sign somewhere behind its first letter.
_BASE64: Final = re.compile(r"[A-Za-z0-9+/_-]{7,}={0,2}")
_FIGURE: Final = re.compile(r"\d")
# Where letters may stand as numbers: five of them, in any base, hold nothing else behind a figure.
_NUMBERED: Final = re.compile(r"\d[0-9a-fA-FxXu%&#\\\s:,;.|-]{8,}")
_HEX: Final = re.compile(r"(?:(?:0x|\\x|%|\\u00)?[0-9a-fA-F]{2}[\s:,;.-]{0,2}){3,}")
_CODES: Final = re.compile(r"(?:(?:&#)?\b\d{2,3}\b[\s,;:.|-]{1,3}){2,}(?:&#)?\d{2,3}\b")
_PLACES: Final = re.compile(r"(?:\b\d{1,2}\b[\s,;:.|-]{1,3}){3,}\d{1,2}\b")
_BITS: Final = re.compile(r"(?:[01]{7,8}[\s,;:.-]{0,2}){2,}")
_ROMAN: Final = re.compile(
    r"(?<![\w'])(?=[MDCLXVI]{2,})M{0,4}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})(?![\w'])"
)
_ROMAN_VALUES: Final = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_OPERATOR: Final = re.compile(
    r"\s*(?:([+*/\u00d7\u00b7x:\u00f7\u2212-])|(plus|add(?:ed to)?|and another)|(minus|less)|"
    r"(times|mal|multiplied by|multipliziert mit|lots of|by)|"
    r"(divided by|over|out of|of|geteilt durch|durch|unter|von|aus)|(and|und))\s*(?:ms\s*|the\s*)?"
)
_MORSE: Final = re.compile(
    r"(?:[.\u00b7\u2022]\s?[-\u2013\u2014_]|[-\u2013\u2014_]\s?[.\u00b7\u2022])"
)
_VOWELS: Final = b"aeiouy"
_LEET: Final = bytes.maketrans(b"013457@$!896", b"oieastasibgb")
_LEET_SIGN: Final = re.compile(r"[013456789@$!]")
_ROT13: Final = bytes.maketrans(
    questions.LETTERS.encode(), (questions.LETTERS[13:] + questions.LETTERS[:13]).encode()
)
_SECONDS: Final = re.compile(r"\b(?:seconds?|sekunden?|s)\b")
_TWICE: Final = re.compile(
    r"\b(double|twice|doppelt|das doppelte|half|halb|die halfte|quarter|viertel|square root|wurzel)"
    r"\b[^\d]{0,24}$"
)
_FACTORS: Final = {
    "double": 2.0,
    "twice": 2.0,
    "doppelt": 2.0,
    "das doppelte": 2.0,
    "half": 0.5,
    "halb": 0.5,
    "die halfte": 0.5,
    "quarter": 0.25,
    "viertel": 0.25,
}
_GIBBERISH: Final = re.compile(r"(?=\w*\d)(?=\w*[a-z])\w{8,}|[bcdfghjklmnpqrstvwxz]{6,}|\w{26,}")


@dataclass(frozen=True, slots=True)
class _Secret:
    """A text that answers a question. `long` ones are known by their words alone."""

    item: Item
    stems: frozenset[str]
    core: str
    long: bool


@dataclass(slots=True)
class _Piece:
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


def _close(value: float, item: Item) -> bool:
    if item.value is None:
        return False
    return abs(value - item.value) <= item.tolerance + 1e-9 * max(1.0, abs(item.value))


def _is_distinctive(value: float) -> bool:
    """Whether a number has at least three significant digits."""
    return len(f"{abs(value):.6g}".replace(".", "").strip("0").split("e")[0]) >= 3


def _units(item: Item) -> tuple[bool, tuple[float, ...]]:
    """Whether a question wants milliseconds, and by what else an answer may be multiplied."""
    scales: list[float] = []
    if re.search(r"%|prozent|percent", item.prompt_text):
        scales.append(100.0)
    if re.search(r"thousand|tausend", item.prompt_text):
        scales.append(0.001)
    return "milli" in item.prompt_text, tuple(scales)


def _covered(needed: frozenset[str], given: frozenset[str]) -> float:
    return len(needed & given) / len(needed) if needed else 0.0


class Guard:
    """Judges the sentences of one answer, in order.

    Args:
        material: what must not be said.
        plan: of the turn; `strict`, `item_ids` and `thread` decide what is compared.
        passages: what the answer may rest on.
        question: the learner's.
        locale: of the course.
        lesson: the one before him, which the answer may rest on as well.
    """

    def __init__(
        self,
        material: GuardMaterial,
        plan: Plan,
        passages: Sequence[Passage],
        question: str,
        locale: str,
        lesson: Lesson | None = None,
    ) -> None:
        self._language = texts.language(locale)
        self._strict = plan.strict
        self._items = [questions.read(item, self._language) for item in material.items]
        bodies = [passage.body for passage in passages]
        headings = [" ".join([passage.lesson_title, *passage.heading_path]) for passage in passages]
        if lesson is not None:
            bodies.append(lesson.body)
            headings.append(lesson.title)
        self._sources = [words.one_line(_MARKUP.sub("", body)) for body in bodies]
        self._sources += [words.one_line(body) for body in bodies]
        folded = words.fold("\n".join([*bodies, *headings]))
        self._source_words = frozenset(words.words(folded))
        self._source_stems = frozenset(words.content(self._source_words, self._language))
        quizzes = {item.lesson_id for item in self._items}
        taught = words.words(
            words.fold(
                "\n".join(
                    [p.body for p in passages if str(p.lesson_id) not in quizzes]
                    + [lesson.body if lesson and str(lesson.id) not in quizzes else ""]
                )
            )
        )
        self._plain = frozenset(words.content(cues.pedagogic(self._language), self._language))
        self._finder = questions.Finder(
            self._items,
            self._language,
            frozenset(words.content(taught, self._language)) | self._plain,
        )
        self._source_spoken = frozenset(words.spoken(words.words(folded)))
        self._source_numbers = frozenset(value for _, _, value in words.figures(folded))
        self._runs = self._guidance_runs(material, words.words(folded))

        said = [*plan.thread, question]
        self._asked = frozenset(
            id_ for text in said for id_ in self._finder.touched(words.fold(text))
        )
        self._agreed = frozenset(
            stem
            for text in said
            if agrees(text)
            for stem in words.content(words.words(words.fold(text)), self._language)
        )
        named = frozenset(plan.item_ids)
        self._on = frozenset(item.id for item in self._items if self._strict and item.id in named)
        lessons = {item.lesson_id for item in self._items if item.id in self._on}
        self._beside = frozenset(item.id for item in self._items if item.lesson_id in lessons)
        self._asked_rights = {
            option.id
            for put in map(self._piece, said)
            for item in self._items
            for _, _, option in item.pairs
            if self._mentions(option, put)
        }
        self._prepare()

        self._fixed = {
            self._bare(_FIELD.sub(" ", sentence))
            for template in texts.templates(locale)
            for sentence in cut(template)
        }
        names = {
            *(name for p in passages for name in (p.lesson_title, *p.heading_path)),
            *(item.lesson_title for item in material.items),
            *([lesson.title] if lesson is not None else []),
        }
        # A title may be the answer itself.
        self._titles = {
            name
            for name in names
            if not any(core in words.squeeze(words.fold(name)) for core in self._hidden)
        }

        self._tail = ""
        self._run_tail: list[str] = []
        self._next_run: list[str] = []
        self._initials: list[str] = []
        self._hits = 0

    def check(self, sentence: str) -> Verdict:
        """Judges the next sentence and remembers it when it may be sent."""
        if not sentence.strip():
            return _ALLOWED
        reason = self._guidance(sentence)
        if reason is None and self._items:
            reason = self._leak(sentence)
        if reason is not None:
            self._hits += reason not in {"ungrounded", "locked", "guidance"}
            return Verdict(False, reason)
        self._run_tail = self._next_run
        return _ALLOWED

    # Guidance ------------------------------------------------------------------------------------

    @staticmethod
    def _guidance_runs(material: GuardMaterial, public: list[str]) -> frozenset[tuple[str, ...]]:
        """All runs of six words of what authors wrote for the tutor; short notes as a whole."""
        shown = {tuple(public[at : at + _RUN]) for at in range(len(public) - _RUN + 1)}
        runs: set[tuple[str, ...]] = set()
        for guidance in material.guidance:
            for note in [guidance.notes, *guidance.misconceptions]:
                tokens = words.words(words.fold(note))
                for at in range(len(tokens) - _RUN + 1):
                    runs.add(tuple(tokens[at : at + _RUN]))
        return frozenset(runs - shown)

    def _guidance(self, sentence: str) -> str | None:
        if not self._runs:
            return None
        tokens = self._run_tail + words.words(words.fold(_CITATION.sub(" ", sentence)))
        for at in range(len(tokens) - _RUN + 1):
            if tuple(tokens[at : at + _RUN]) in self._runs:
                return "guidance"
        self._next_run = tokens[-(_RUN - 1) :]
        return None

    # Preparation ---------------------------------------------------------------------------------

    def _secret(self, item: Item, text: str, core: str = "") -> _Secret | None:
        stems = frozenset(words.content(words.words(text), self._language))
        core = core or words.squeeze(text)
        if not core:
            return None
        return _Secret(item, stems, core, len(stems) >= 3)

    def _prepare(self) -> None:
        secrets: list[_Secret | None] = []
        self._numeric: list[tuple[Item, bool]] = []
        self._lists: list[str] = []
        self._units = {item.id: _units(item) for item in self._items if item.value is not None}
        self._whitelist = set(self._source_numbers) | self._source_spoken
        for item in self._items:
            if item.kind in {"single", "multiple"}:
                secrets += [
                    self._secret(item, option.text, option.core)
                    for option in item.options
                    if option.correct
                ]
            secrets += [self._secret(item, text) for text in item.accepted]
            if item.explanation:
                secrets.append(self._secret(item, item.explanation))
            if item.value is not None:
                known = item.value in self._source_numbers or item.value in item.numbers
                self._numeric.append((item, _is_distinctive(item.value) and not known))
            if item.id in self._beside or self._strict:
                self._whitelist |= item.numbers
            if item.numbers:
                spans = words.figures(item.prompt_text)
                if len(spans) >= 3:
                    self._lists.append(item.prompt_text[spans[0][0] : spans[-1][1]])
        self._secrets = [secret for secret in secrets if secret is not None]
        self._hidden = sorted(
            {
                core
                for secret in self._secrets
                for core in [secret.core]
                if 5 <= len(core) <= 60 and not core.isdigit()
            }
            | {
                option.core
                for item in self._items
                for _, _, option in item.pairs
                if 6 <= len(option.core) <= 60
            }
        )
        self._skeletons = [
            (skeleton, core)
            for core in self._hidden
            if len(core) <= 40 and len(skeleton := _consonants(core)) >= 7
        ]
        vocabulary = set(self._source_stems)
        vocabulary.update(self._plain)
        for item in self._items:
            if item.id in self._on:
                vocabulary |= item.prompt
        self._vocabulary = frozenset(vocabulary)
        self._harmless = self._plain.difference(*(s.stems for s in self._secrets))
        # A strict turn that names no question is about any of them.
        self._generic = self._strict and not self._on
        on = [
            item for item in self._items if self._strict and (item.id in self._on or not self._on)
        ]
        self._is_numeric_turn = any(item.value is not None for item in on)
        self._has_choices = any(item.options for item in on)
        self._has_verdict = any(item.verdict is not None for item in on)

    def _piece(self, raw: str) -> _Piece:
        folded = words.fold(_CITATION.sub(" ", raw)).replace("'", "").replace("\u2019", "")
        folded = folded.replace("_", " ")
        plain = _MARKUP.sub("", folded)
        tokens = words.words(plain)
        stems = words.content(tokens, self._language)
        return _Piece(raw, folded, tokens, stems, frozenset(stems), "".join(tokens))

    # Checks --------------------------------------------------------------------------------------

    def _leak(self, sentence: str) -> str | None:
        if self._strict and self._hits >= _LOCK_AFTER:
            return "locked"
        sentence = self._without_titles(sentence)
        if self._bare(sentence) in self._fixed:
            return None
        shown = sentence if self._strict else self._without_quotes(sentence)
        if not shown.strip():
            self._remember("", sentence)
            return None
        one = self._piece(shown)
        window = self._piece(self._tail + shown) if self._tail else one
        near = self._on or self._near(window)
        reason = (
            self._script(shown)
            or self._codewords(one)
            or self._texts(one, window, near)
            or self._numbers(one, window, near)
            or self._choices(one, window, near)
            or self._verdicts(one, window, near)
            or self._orders(one, window, near)
            or self._pairs(one, window, near)
            or self._codes(one, window)
            or self._foreign(one, window)
            or (self._ungrounded(one) if self._strict else self._unasked(one))
        )
        if reason is None:
            self._remember(shown, sentence)
        return reason

    def _remember(self, shown: str, sentence: str) -> None:
        self._tail = (self._tail + shown)[-WINDOW:]
        first = words.first(words.fold(_MARKUP.sub("", sentence)))
        if first:
            self._initials = [*self._initials[-39:], first[0]]

    def _near(self, window: _Piece) -> frozenset[str]:
        numbers = frozenset(value for _, _, value in words.figures(window.folded))
        near = {*self._finder.match(window.stem_set, numbers), *self._asked}
        lessons = {item.lesson_id for item in self._items if item.id in near}
        # `And the median?` goes on with the numbers of the question before it.
        near.update(
            item.id for item, _ in self._numeric if not item.numbers and item.lesson_id in lessons
        )
        return frozenset(near)

    @staticmethod
    def _bare(sentence: str) -> str:
        """A sentence without citations, to be compared with a fixed text."""
        return words.one_line(_CITATION.sub(" ", sentence))

    def _without_titles(self, sentence: str) -> str:
        """The sentence without names of lessons and headings between guillemets."""

        def drop(match: re.Match[str]) -> str:
            names = match[1].split(" \u203a ")
            return " " if all(name in self._titles for name in names) else match[0]

        return _TITLE.sub(drop, sentence) if "\u00ab" in sentence else sentence

    def _without_quotes(self, sentence: str) -> str:
        """The sentence without what stands word for word in a passage."""
        bare = words.one_line(sentence).strip(' \u201c\u201d"\u00ab\u00bb*->#')
        bare = _CITATION.sub("", bare).strip(' \u201c\u201d"\u00ab\u00bb')
        if (
            len(bare) >= 12
            and bare.count(" ") >= 2
            and any(bare in source for source in self._sources)
        ):
            return ""
        left = sentence
        for quote in re.findall(
            r"[\u201c\u00ab\"]([^\u201d\u00bb\"\n]{12,})(?:[\u201d\u00bb\"]|$)", sentence
        ):
            line = words.one_line(quote)
            if line.count(" ") >= 2 and any(line in source for source in self._sources):
                left = left.replace(quote, " ")
        return left

    def _continues(self, shown: str) -> bool:
        """Whether it ends a line that stands in a passage and was let through up to here."""
        line = words.one_line(self._tail[-40:] + shown).strip('\u201c\u201d"')
        return len(self._tail) >= 40 and any(line in source for source in self._sources)

    def _script(self, shown: str) -> str | None:
        if self._language not in words.FUNCTION_WORDS:
            return None
        if not shown.isascii():
            if _OTHER_LETTER.search(_FORMULA_LETTER.sub(" ", shown)):
                return "script"
            if self._strict and _PICTURE.search(shown):
                return "picture"
            if _DISGUISED.search(shown):
                return "script"
        return None

    def _codewords(self, one: _Piece) -> str | None:
        """Whether a sentence uses words that the learner made stand for answers."""
        return "agreed" if self._strict and self._agreed & one.stem_set else None

    def _texts(self, one: _Piece, window: _Piece, near: frozenset[str]) -> str | None:
        cue = one.has(cues.ANSWER)
        for secret in self._secrets:
            if secret.core not in window.squeezed and secret.stems.isdisjoint(window.stem_set):
                continue
            on = secret.item.id in near
            if secret.long:
                if _covered(secret.stems, one.stem_set) >= _COVERAGE:
                    return "text"
                full = _COVERAGE if self._strict and on else 1.0
                if (
                    len(secret.stems) >= (3 if on or self._strict else 4)
                    and _covered(secret.stems, window.stem_set) >= full
                ):
                    return "text"
                if len(secret.core) >= 12 and secret.core in window.squeezed:
                    return "text"
                continue
            beside = self._strict and secret.item.id in self._beside
            if not (on or cue or beside):
                continue
            if len(secret.core) >= 5:
                # Across word borders only in a strict turn: `is or dinal` must not hide it.
                if secret.core in (window.squeezed if on or beside else one.squeezed):
                    return "text"
            elif secret.core in one.tokens:
                return "text"
            if secret.stems and secret.stems <= one.stem_set:
                return "text"
        return None

    def _values(self, text: str) -> tuple[list[float], list[float]]:
        """The numbers that a text says, and those that its simple sums and products come to."""
        for known in self._lists:
            text = text.replace(known, " ")
        spans = words.figures(text)
        values = [value for _, _, value in spans]
        values += words.spoken(words.words(text))
        said = list(values)
        for (_, end, left), (start, _, right) in pairwise(spans):
            if start < end:
                continue
            between = _OPERATOR.fullmatch(text[end:start])
            if between is None:
                continue
            sign, plus, minus, times, over, loose = between.groups()
            if plus or loose or sign == "+":
                values.append(left + right)
            if minus or sign in {"-", "\u2212"}:
                values.append(left - right)
            if times or sign in {"*", "\u00d7", "\u00b7", "x"}:
                values.append(left * right)
            if (over or sign in {"/", ":", "\u00f7"}) and right:
                values.append(left / right)
        for start, _, value in spans:
            factor = _TWICE.search(text[:start])
            if factor is not None:
                name = factor[1]
                values.append(
                    value**0.5 if name in {"square root", "wurzel"} else value * _FACTORS[name]
                )
        return said, values

    def _numbers(self, one: _Piece, window: _Piece, near: frozenset[str]) -> str | None:
        if not self._numeric:
            return None
        said, values = self._values(words.one_line(_LIST_NUMBER.sub("\n", one.folded)))
        cue = one.has(cues.ANSWER)
        if self._strict:
            values += [
                float(_roman(match[0])) for match in _ROMAN.finditer(one.raw) if len(match[0]) >= 2
            ]
        for item, distinctive in self._numeric if values else ():
            assert item.value is not None
            on = item.id in near
            beside = item.id in self._beside and (item.value >= 10 or item.value % 1 != 0)
            if not (on or beside or distinctive or cue or self._generic):
                continue
            exact = values if on or beside or distinctive or cue else ()
            if any(_close(value, item) if on else value == item.value for value in exact):
                return "number"
            milli, scales = self._units[item.id]
            if milli and one.has(_SECONDS):
                scales = (1000.0, *scales)
            scaled = [value * factor for value in values for factor in scales]
            if (on or self._generic) and any(_close(value, item) for value in scaled):
                return "number"
            # Of a sum that comes close, the tolerance decides; of a number said, the number.
            if distinctive and (
                any(abs(value - item.value) < 1e-9 for value in scaled)
                or any(_close(value, item) for value in scaled[len(said) :])
            ):
                return "number"
            if on:
                digits = f"{item.value:g}"
                if len(digits) >= 2 and digits.isdigit():
                    apart = r"(?<!\d)" + r"\W{1,3}".join(digits) + r"(?!\d)"
                    if re.search(apart, window.folded):
                        return "number"
        if self._is_numeric_turn:
            for value in said:
                if (value > 3 or value % 1) and not any(
                    abs(value - known) <= 1e-9 * max(1.0, abs(value)) for known in self._whitelist
                ):
                    return "number"
        return None

    def _choices(self, one: _Piece, window: _Piece, near: frozenset[str]) -> str | None:
        if one.has(cues.TEST):
            return "test"
        if one.has(cues.QUIZ) and one.has(cues.ANSWER):
            return "answer"
        named = cues.CHOICE.search(_MARKUP.sub("", one.folded))
        if named is not None and (
            self._strict or near or cues.ANSWER.search(named[0]) or cues.CLAUSE.search(named[0])
        ):
            return "choice"
        if self._strict and self._has_choices:
            bare = _CODE.sub(lambda m: m[0] if len(m[0]) <= 3 else " ", one.raw)
            if cues.LONE_LETTER.search(_CITATION.sub(" ", bare)):
                return "choice"
        if not near:
            return None
        judged = (
            one.has(cues.JUDGEMENT)
            or _MARK.search(one.raw) is not None
            or (self._strict and one.has(cues.NEGATION))
        )
        for item in self._items:
            if item.id not in near or not item.options:
                continue
            for option in item.options:
                if judged and self._mentions(option, one):
                    return "elimination"
        return None

    @staticmethod
    def _mentions(option: Option, piece: _Piece) -> bool:
        if len(option.core) >= 5 and option.core in piece.squeezed:
            return True
        if len(option.stems) >= 2:
            return _covered(option.stems, piece.stem_set) >= _COVERAGE
        return bool(option.stems) and option.stems <= piece.stem_set

    def _verdicts(self, one: _Piece, window: _Piece, near: frozenset[str]) -> str | None:
        if self._strict:
            if cues.VERDICT.search(one.folded.strip()) or one.has(cues.JUDGEMENT):
                return "verdict"
            if one.has(cues.TRUTH) and self._has_verdict:
                return "verdict"
            if one.has(cues.RIDDLE):
                return "riddle"
        for item in self._items:
            if item.verdict is None:
                continue
            said = _covered(item.prompt, one.stem_set)
            asks = one.is_question
            if item.id in self._on and said and not asks and one.has(cues.NEGATION):
                return "verdict"
            judged = one.has(cues.TRUTH) or one.has(cues.JUDGEMENT)
            if item.id in near and judged and not asks:
                return "verdict"
            if said >= 0.5 and (judged or _MARK.search(one.raw)):
                return "verdict"
            least = 0.3 if self._strict and item.id in near else 0.6
            if said >= least and not asks and (item.verdict or one.has(cues.NEGATION)):
                return "verdict"
            if (
                item.id in near
                and self._strict
                and not asks
                and not item.verdict
                and said >= 0.4
                and one.has(cues.NEGATION)
            ):
                return "verdict"
        return None

    def _orders(self, one: _Piece, window: _Piece, near: frozenset[str]) -> str | None:
        ordered = one.has(cues.SEQUENCE)
        for item in self._items:
            if len(item.order) < 2:
                continue
            here = [place for option in item.order if (place := self._place(option, one)) >= 0]
            if not here:
                continue
            if self._strict and ordered and (item.id in self._on or len(here) >= 2):
                return "order"
            if self._strict and len(one.tokens) <= 2:
                # A line that names one of them and nothing else is a list.
                return "order"
            places = [place for option in item.order if (place := self._place(option, window)) >= 0]
            rising = places == sorted(places)
            if not rising and places != sorted(places, reverse=True):
                continue
            least = 2 if self._strict and ordered else max(3, len(item.order) - 1)
            if len(places) >= least:
                return "order"
        return None

    @staticmethod
    def _place(option: Option, piece: _Piece) -> int:
        """Where a text first names an option, by its letters; -1 when it does not."""
        if len(option.core) >= 4:
            place = piece.squeezed.find(option.core)
            if place >= 0:
                return place
        # `parsing` and `parsed` for `Parser`; `run` where that is the author's name for a station.
        stem = option.core[: max(4, len(option.core) - 3)] if len(option.stems) == 1 else "\0"
        if stem not in piece.squeezed and option.name not in piece.tokens:
            return -1
        place = 0
        for token in piece.tokens:
            if token == option.name or token.startswith(stem):
                return place
            place += len(token)
        return -1

    def _pairs(self, one: _Piece, window: _Piece, near: frozenset[str]) -> str | None:
        for item in self._items:
            if not item.pairs:
                continue
            on = item.id in near
            rights = [one.squeezed.find(option.core) for _, _, option in item.pairs]
            if self._strict and len(rights) >= 2 and min(rights) >= 0 and rights == sorted(rights):
                return "pair"
            for stems, core, option in item.pairs:
                for piece in (one, window):
                    if not self._mentions(option, piece) and option.id not in self._asked_rights:
                        continue
                    share = _covered(stems, piece.stem_set)
                    asked = on or option.id in self._asked_rights
                    least = 0.5 if asked and (self._strict or piece is one) else 0.7
                    if piece is window and not asked:
                        least = 0.85
                    if share >= least or (len(core) >= 12 and core in piece.squeezed):
                        return "pair"
            if (
                self._strict
                and on
                and any(self._mentions(option, one) for _, _, option in item.pairs)
            ):
                # Naming one side where the other was asked for is an answer as well.
                return "pair"
        return None

    def _codes(self, one: _Piece, window: _Piece) -> str | None:
        """The secret in another spelling: reversed, shifted, encoded, by first letters."""
        if not self._hidden:
            return None
        letters = window.squeezed
        initials = "".join([token[0] for token in window.tokens])
        lines = "".join(self._initials) + (one.tokens[0][0] if one.tokens else "")
        leet = letters
        if _LEET_SIGN.search(window.raw):
            leet = words.squeeze(_mapped(window.folded, _LEET))
        phonetic = "".join(cues.PHONETIC.get(token, "") for token in window.tokens)
        candidates = [
            letters[::-1],
            _mapped(letters, _ROT13),
            initials,
            initials[::-1],
            lines,
            lines[::-1],
            leet,
            phonetic,
            "".join([token[-1] for token in window.tokens]),
            *self._decoded(one.raw),
            *(self._decoded(window.raw) if window is not one else ()),
        ]
        # One search over all spellings; the mark keeps a hit from crossing two of them.
        joined = "\0".join(candidate for candidate in candidates if len(candidate) >= 5)
        # What is there in plain letters was judged before.
        if any(core in joined and core not in letters for core in self._hidden):
            return "encoded"
        bones = _consonants(letters)
        if any(skeleton in bones and core not in letters for skeleton, core in self._skeletons):
            return "encoded"
        if self._strict:
            spelled = "".join(token if len(token) == 1 else " " for token in window.tokens)
            if re.search(r"[a-z]{4,}", spelled):
                return "encoded"
        return None

    @staticmethod
    def _decoded(raw: str) -> Iterable[str]:
        """What the encoded runs of a text say, as folded letters."""
        found: list[str] = []
        coded = " ".join(
            [
                token
                for token in raw.split()
                if len(token) >= 7 and not (token[1:].islower() and not _FIGURE.search(token))
            ]
        )
        for token in _BASE64.findall(coded):
            body = token.rstrip("=")
            try:
                data = base64.b64decode(
                    body + "=" * (-len(body) % 4),
                    altchars=b"-_" if "-" in body or "_" in body else None,
                )
                found.append(data.decode("utf-8"))
            except (binascii.Error, ValueError):
                continue
        for part in _NUMBERED.findall(raw):
            for match in _HEX.findall(part):
                digits = re.sub(r"0x|\\x|\\u00|[^0-9a-fA-F]", "", match)
                try:
                    found.append(bytes.fromhex(digits[: len(digits) // 2 * 2]).decode("utf-8"))
                except ValueError:
                    continue
            for match in _CODES.findall(part):
                codes = [int(code) for code in re.findall(r"\d+", match)]
                if all(31 < code < 127 for code in codes):
                    found.append("".join(chr(code) for code in codes))
            for match in _PLACES.findall(part):
                places = [int(place) for place in re.findall(r"\d+", match)]
                if all(1 <= place <= 26 for place in places):
                    found.append("".join(questions.LETTERS[place - 1] for place in places))
            for match in _BITS.findall(part):
                found.append("".join(chr(int(bits, 2)) for bits in re.findall(r"[01]{7,8}", match)))
        return [words.squeeze(words.fold(text)) for text in found if text.isprintable()]

    def _foreign(self, one: _Piece, window: _Piece) -> str | None:
        if self._language not in words.FUNCTION_WORDS:
            return None
        for piece in (one, window):
            text = _CODE.sub(" ", piece.raw)
            tokens = words.words(words.fold(text)) if text != piece.raw else piece.tokens
            if len(tokens) < 3:
                continue
            name, count = words.guess_language(tokens)
            if name in {None, self._language}:
                continue
            own = words.function_words(tokens, self._language)
            if count >= 2 and count > own + (0 if piece is one else 2):
                return "language"
        return None

    def _unasked(self, one: _Piece) -> str | None:
        """Whether a sentence tells of the case of a question although nobody asked about it."""
        if not self._finder.own(one.stem_set) or one.is_question:
            return None
        return "unasked"

    def _ungrounded(self, one: _Piece) -> str | None:
        """Whether a sentence is made of other words than those of the lessons."""
        strange = [
            token for token in one.tokens if len(token) >= 6 and token not in self._source_words
        ]
        if _GIBBERISH.search(" ".join(strange)):
            return "encoded"
        stems = [stem for stem in one.stems if not stem.isdigit()]
        if not stems:
            # Markup alone, such as a fence or a list mark, says nothing.
            return "ungrounded" if len(one.tokens) == 1 or _MORSE.search(one.raw) else None
        if (
            len(one.tokens) <= 2
            and not self._harmless.issuperset(stems)
            and not self._continues(one.raw)
        ):
            # A word of the lessons by itself tells by being chosen.
            return "ungrounded"
        known = sum(1 for stem in stems if stem in self._vocabulary)
        least = _GROUNDED if len(stems) >= 3 else 1.0
        if one.is_question:
            # A question asks more than it tells; what it tells was compared above.
            least = _GROUNDED_QUESTION
        return None if known >= least * len(stems) else "ungrounded"


def _mapped(letters: str, table: bytes | None, without: bytes = b"") -> str:
    """Folded letters by a table of bytes; what is not ASCII stays as it is."""
    return letters.encode().translate(table, without).decode()


def _consonants(letters: str) -> str:
    return _mapped(letters, None, _VOWELS)


def _roman(numeral: str) -> int:
    total = 0
    for at, sign in enumerate(numeral):
        value = _ROMAN_VALUES[sign]
        following = _ROMAN_VALUES[numeral[at + 1]] if at + 1 < len(numeral) else 0
        total += -value if value < following else value
    return total
