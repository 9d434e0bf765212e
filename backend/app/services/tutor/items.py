"""Withheld questions and the texts that state their answers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.services.tutor.context import GuardedItem
from app.services.tutor.language import numbers, words
from app.services.tutor.language.piece import Piece, covered, prepare, weights
from app.services.tutor.language.table import LANGUAGES, alternatives, known

# Of the weight of a key; a choice is recognized by half of what only it says.
_LEAST: Final = 0.75
_LEAST_OF_CHOICE: Final = 0.5
_LEAST_OF_PAIR: Final = 0.34
# A smaller share of words that only it has does not tell a text.
_LEAST_OWN: Final = 0.25
_FEW: Final = 3
_LEAST_OF_MANY: Final = 0.65
_SQUEEZED: Final = 7
_USUAL: Final = 1.0
_RARE: Final = 1.5
_LEAST_REPEATED: Final = 0.25
_LEAST_OF_LARGE: Final = 0.1
_SMALL: Final = 12
# Signs that punctuation and Markdown use: a key only in code or between quotation marks.
_MARKUP: Final = frozenset(".,:;*_-#|~>()'\"`")
# Of these, the ones that also stand between words.
_BETWEEN: Final = frozenset("-_|*.,'\"")
_WORDS: Final = frozenset("aeioyu\u00e0")
_OPERATOR: Final = r"[^\w\s`'\"\u2018-\u201e\u00ab\u00bb()\[\]{},;.:/]"
_QUOTE: Final = "[`'\"\u2018-\u201e\u00ab\u00bb]"
_NAMES: Final[dict[str, list[str]]] = {}
_REPEATED: Final[dict[int, list[str]]] = {}
for _language in LANGUAGES.values():
    for _sign in _language.signs.split(" / "):
        _NAMES.setdefault(_sign.partition(" ")[0], []).append(_sign.partition(" ")[2])
    for _times, _words in enumerate(_language.repeats.split(), 2):
        _REPEATED.setdefault(_times, []).append(_words)
# Before the letter of an option of a command.
_LETTERS: Final = alternatives(lambda one: one.choice)
_VERDICT: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.verdict)})\b|\b(?:o|or|oder|ou)\b"
)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that states an answer, or belongs to one.

    Attributes:
        weights: the stems that only it has, by weight; `least` the share that states it.
        core: its letters and digits.
        literal: a key with signs, or of one or two characters, letter by letter; `in_code` the same
            where the text is code; `names` its signs in words.
        is_phrase: a few usual words, such as `one day`.
    """

    weights: Mapping[str, float]
    least: float
    core: str
    literal: re.Pattern[str] | None = None
    in_code: re.Pattern[str] | None = None
    names: re.Pattern[str] | None = None
    is_phrase: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether it is words that often stand in other texts."""
        return self.in_code is None and sum(self.weights.values()) < _USUAL

    @property
    def is_rare(self) -> bool:
        """Whether it is a few words that are hardly said of anything else."""
        weights = [*self.weights.values()]
        is_few = self.in_code is None and len(weights) <= _FEW
        return is_few and (sum(weights) >= _RARE or weights == [1.0])

    def is_whole_in(self, piece: Piece) -> bool:
        """Whether a text has it letter by letter."""
        return len(self.core) >= _SQUEEZED and self.core in piece.squeezed

    def is_in(self, piece: Piece) -> bool:
        """Whether a text says it."""
        if self.in_code is not None:
            return bool(
                self.in_code.search(piece.code)
                or (self.literal is not None and self.literal.search(piece.raw))
                or (self.names is not None and self.names.search(piece.folded))
                or (self.core.isdigit() and self.core in piece.stems)
            )
        if covered(dict(self.weights), piece.stems, piece.squeezed) >= self.least:
            return bool(self.weights)
        return (
            self.is_whole_in(piece)
            or self.core == piece.squeezed
            or (not self.weights and self.core in piece.tokens)
        )


def is_small(value: float) -> bool:
    """Whether a number also counts things that are in no question."""
    return not value % 1 and abs(value) <= _SMALL


@dataclass(frozen=True, slots=True)
class Item:
    """A withheld question.

    Attributes:
        prompt: what it asks; `asked` its stems by weight, `numbers` its figures.
        keys: each of them states the answer; `others` are the wrong options.
        places: the places of the right options among `options`, from 0; `marks` what options are
            called, by letter and by id.
        value, tolerance: of a numeric key; `is_percent` when the prompt speaks of per cent;
            `times` the value in seconds, for each unit of time of the prompt.
        contrast: each option by the stems that not all of them have.
        order: the options of an ordering question, first to last; `order_places` their places.
        pairs: left and right side of a matching question, with their places and ids.
    """

    id: str
    lesson_id: str
    prompt: str
    asked: Mapping[str, float]
    numbers: frozenset[float]
    keys: tuple[Text, ...] = ()
    others: tuple[Text, ...] = ()
    options: tuple[str, ...] = ()
    places: frozenset[int] = frozenset()
    marks: Mapping[str, int] = field(default_factory=dict)
    value: float | None = None
    tolerance: float = 0.0
    is_percent: bool = False
    times: frozenset[float] = frozenset()
    verdict: bool | None = None
    order: tuple[Text, ...] = ()
    order_places: tuple[int, ...] = ()
    pairs: tuple[tuple[Text, Text, frozenset[str], frozenset[str]], ...] = ()
    extent: Mapping[str, float] = field(default_factory=dict)
    contrast: tuple[Mapping[str, float], ...] = ()

    @property
    def distinct(self) -> list[frozenset[str]]:
        """Of each option the stems that no other one and not the question has."""
        return [
            frozenset(own).difference(self.asked, *(o for o in self.contrast if o is not own))
            for own in self.contrast
        ]

    @property
    def least_repeated(self) -> float:
        """The share of the question that a text repeats before it can be about it, 0 to 1.

        Rare words and large numbers are hardly said of anything else.
        """
        if self.order or (not self.options and any(key.is_rare for key in self.keys)):
            return 0.0
        is_large = self.value is not None and not is_small(self.value)
        return _LEAST_OF_LARGE if is_large else _LEAST_REPEATED

    def restated(self, stems: frozenset[str], squeezed: str = "") -> float:
        """The share of the question that a text repeats, 0 to 1."""
        return covered(dict(self.asked), stems, squeezed)


def _literal(raw: str) -> tuple[re.Pattern[str] | None, re.Pattern[str]]:
    """How a key of signs is written in prose, and in code."""
    # Between a pair of signs is what they enclose.
    blank = r"[^\n]{0,60}?" if re.fullmatch(r"[^\w\s]+ [^\w\s]+", raw) else r"\s+"
    body = blank.join(map(re.escape, raw.split()))
    left = r"(?<!\w)" if raw[0].isalnum() else rf"(?<!{_OPERATOR})"
    right = r"(?!\w)" if raw[-1].isalnum() else rf"(?!{_OPERATOR})"
    if raw[-1] == "-" or re.search(r"\w\W+$", raw):
        # `--` stands alone; the beginning of `--all` does not.
        right = rf"(?!\w|{_OPERATOR})"
    letters = sum(character.isalpha() for character in raw)
    if re.fullmatch(r"-[^\W\d_]", raw):
        # Short options may be joined: `-la`.
        joined = re.compile(rf"(?<![\w-])-[a-zA-Z]{{0,3}}{raw[1]}[a-zA-Z]{{0,3}}(?![\w-])")
        return joined, joined
    exact = re.compile(left + body + right, 0 if 0 < letters <= 2 else re.IGNORECASE)
    in_code = exact
    if letters == len(raw) and letters == 2:
        in_code = re.compile(left + body + right, re.IGNORECASE)
    if len(raw) == 1 and letters:
        # In prose some letters are words.
        alone = (
            rf"(?<=[:=]\s){body}\W*\Z"
            if raw.lower() in _WORDS
            else (rf"(?<![\w'\u2019.-]){body}(?![\w'\u2019-])")
        )
        return re.compile(rf"{_QUOTE}\s?{body}\s?{_QUOTE}|{alone}"), in_code
    if len(raw) > 1 and set(raw) <= _MARKUP and len(set(raw)) == 1:
        return re.compile(rf"{_QUOTE}\s?{body}\s?{_QUOTE}|(?<!\S){body}(?=[\s.,!?]|\Z)"), in_code
    if set(raw) <= _MARKUP and (len(raw) == 1 or ">" not in raw):
        # Behind a word and a blank: not the mark of a list, nor punctuation.
        after = r"(?=[\s.!?,]*\Z)" if set(raw) <= _BETWEEN - {"|"} else r"(?=[\s.!?,]|\Z)"
        # Nor a mark in a row of a table.
        before = r"\A(?!\W*\|)[^|]*" if raw == "|" else ""
        after += r"(?=[^|]*\Z)" if raw == "|" else ""
        between = rf"|(?<=[^\W\d]\s){body}(?=,?\s\w)" if raw in "_*'\"" else ""
        between += rf"|(?<=\w\s){body}(?=\w)" if raw in "#~>" else ""
        return re.compile(
            rf"{_QUOTE}\s?{body}\s?{_QUOTE}|(?<=[:=]\s){body}\W*\Z|{before}(?<=\w\s){body}{after}"
            + between
        ), in_code
    if len(raw) == 1 and raw in "?!%":
        # Not the end of a sentence, nor a share.
        return re.compile(
            rf"(?<![\w)]){re.escape(raw)}(?=[\s\u00bb`'\"\u201d\u2019)*_.,]|\Z)"
        ), in_code
    return exact, in_code


def _named(raw: str) -> re.Pattern[str] | None:
    """The names of signs, one after the other, or of one sign and how often it stands."""
    names = [rf"(?:{'|'.join(_NAMES[one])})(?:e?s)?" if one in _NAMES else "" for one in raw]
    if re.fullmatch(r"-[^\W\d_]", raw):
        dash, letter = names[0], raw[1].lower()
        return re.compile(
            rf"\b(?:{dash}) {letter}\b|\b{letter}\b(?:\W+\w+){{0,3}}\W+(?:{dash})\b"
            rf"|\b(?:{_LETTERS})\W{{1,3}}{letter}\b|\b{letter}\W{{1,3}}(?:{_LETTERS})\b"
        )
    runs = [one[0] for one in re.finditer(r"(\S)\1*", raw)]
    if not all(one[0] in _NAMES for one in runs):
        return None
    return re.compile(r"(?:\W+\w+){0,4}?\W+".join(map(_run_named, runs)))


def _run_named(run: str) -> str:
    """The name of a sign, as often as it stands, or with how often it does."""
    name = rf"\b(?:{'|'.join(_NAMES[run[0]])})(?:e?s)?\b"
    if len(run) == 1:
        return name
    counts = [one for one, value in numbers.NUMERALS.items() if value == len(run)]
    times = rf"\b(?:{'|'.join([str(len(run)), *counts, *_REPEATED.get(len(run), [])])})\b"
    each = r"(?:\W+\w+){0,4}?\W+".join([name] * len(run))
    return rf"(?:{each}|{times}(?: \w+){{0,2}}? {name}|{name}\W(?:\w+ ){{0,2}}?{times})"


def text_of(
    raw: str, language: str, shared: Iterable[str] = (), least: float = _LEAST, only: str = ""
) -> Text | None:
    """A text as what states it.

    Args:
        shared: stems that say nothing of it.
        only: the part that others do not have, such as the letter of an option.
    """
    raw = words.one_line(raw.replace("`", ""))
    if not raw:
        return None
    core = words.squeeze(words.fold(raw))
    all_weights = weights(raw, language)
    shared = frozenset(shared)
    own = {one: weight for one, weight in all_weights.items() if one not in shared}
    if shared and sum(own.values()) < _LEAST_OWN * sum(all_weights.values()):
        # Only letter by letter does it differ from the others: `one day` from `two days`.
        if len(core) >= _SQUEEZED:
            return Text({}, least, core)
        phrase = r"\W+".join(map(re.escape, raw.split()))
        spelled = re.compile(rf"(?i)(?<!\w){phrase}(?!\w)")
        return Text({}, least, core, spelled, spelled, is_phrase=True)
    if len(own) > _FEW:
        least = max(least, _LEAST_OF_MANY)
    has_signs = re.search(r"[^\w\s.,;:'\u2019\"()\u2013-]|(?<!\w)-|^\W+$|\w[.:(]\w", raw)
    if len(core) <= 2 or (has_signs and len(raw) <= 60):
        literal, in_code = _literal(only if re.match(r"[^\w\s]", only) else raw)
        return Text(own, least, core, literal, in_code, _named(only or raw))
    if not all_weights and raw.isupper():
        # A keyword that is a usual word in small letters, such as `HAVING`.
        return Text({}, least, core, re.compile(rf"\b{raw}\b"), re.compile(rf"(?i)\b{raw}\b"))
    if not own:
        own = dict.fromkeys(prepare(raw, language).stems, 1.0)
    if all(one.isdigit() for one in own):
        least = 1.0
    return Text(own, least, core)


def _records(value: Any) -> list[tuple[str, str]]:
    """The `id` and `text` of a list of options; entries of another shape are skipped."""
    if not isinstance(value, list):
        return []
    return [
        (str(entry["id"]), str(entry.get("text", "")))
        for entry in value
        if isinstance(entry, dict) and "id" in entry
    ]


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _texts(
    records: list[tuple[str, str]], language: str, prompt: Iterable[str], least: float
) -> list[Text | None]:
    """Options, each by the stems that the others and the prompt do not have."""
    stems = [frozenset(weights(text, language)) for _, text in records]
    found: list[Text | None] = []
    for at, (_, text) in enumerate(records):
        elsewhere = frozenset().union(*stems[:at], *stems[at + 1 :])
        others = {one for other in records if other[1] != text for one in other[1].split()}
        only = " ".join(one for one in text.replace("`", "").split() if one not in others)
        found.append(text_of(text, language, elsewhere | frozenset(prompt), least, only))
    return found


_GAPS: Final = {"text": "short_text", "number": "numeric", "choice": "single"}


def _parts(item: GuardedItem) -> Iterator[GuardedItem]:
    """Gaps of a cloze and values of a number as questions of their own, a sample as a text."""
    key = item.key if isinstance(item.key, dict) else {}
    options = item.options if isinstance(item.options, dict) else {}
    if item.kind == "cloze":
        keys = key["gaps"] if isinstance(key.get("gaps"), dict) else {}
        gaps = options["gaps"] if isinstance(options.get("gaps"), list) else []
        for gap in gaps:
            if isinstance(gap, dict) and gap.get("kind") in _GAPS and gap.get("id") in keys:
                more = {
                    "kind": _GAPS[gap["kind"]],
                    "options": gap.get("options", []),
                    "key": keys[gap["id"]],
                    "part": f"{item.part}/{gap['id']}",
                }
                yield from _parts(item.model_copy(update=more))
    elif item.kind in ("essay", "file"):
        accepted = {"accepted": [key["sample_md"]]} if key.get("sample_md") else {}
        yield item.model_copy(update={"kind": "short_text", "key": accepted})
    elif isinstance(key.get("values"), list):
        for at, value in enumerate(key["values"]):
            yield item.model_copy(update={"key": value, "part": f"{item.part}/{at}"})
    else:
        yield item


def read_all(items: Iterable[GuardedItem], language: str) -> list[Item]:
    """Reads questions as authors wrote them, each part of one as an item."""
    return [read(part, language) for item in items for part in _parts(item)]


def _contrast(texts: list[str], language: str) -> tuple[Mapping[str, float], ...]:
    held = [weights(text, language) for text in texts]
    common = frozenset(held[0]).intersection(*held)
    return tuple({one: w for one, w in own.items() if one not in common} for own in held)


def _spoken(key: str, prompt: str) -> list[str]:
    """A key of several words, and what is left of it without those of the question: `fetch`."""
    said = frozenset(words.words(prompt))
    rest = [
        one
        for one in key.split()
        if not (held := words.words(words.fold(one))) or not said.issuperset(held)
    ]
    return list(dict.fromkeys([key, " ".join(rest)]))


def read(item: GuardedItem, language: str) -> Item:
    """Reads a question as authors wrote it; a malformed key is no error."""
    key: dict[str, Any] = item.key if isinstance(item.key, dict) else {}
    prompt = words.one_line(item.prompt_md)
    verdict = key["correct"] if isinstance(key.get("correct"), bool) else None
    folded = words.fold(prompt)
    asked = weights(_VERDICT.sub(" ", folded) if verdict is not None else prompt, language)
    given: dict[str, Any] = {}
    if isinstance(item.options, dict):
        left, right = _records(item.options.get("left")), _records(item.options.get("right"))
        matched: dict[str, Any] = key["pairs"] if isinstance(key.get("pairs"), dict) else {}
        lefts = _texts(left, language, (), _LEAST_OF_PAIR)
        ids = [id_ for id_, _ in right]
        rights = dict(zip(ids, _texts(right, language, (), _LEAST_OF_PAIR), strict=True))
        pairs = [
            (one, other, _marks(at, id_), _marks(ids.index(str(matched[id_])), matched[id_]))
            for at, ((id_, _), one) in enumerate(zip(left, lefts, strict=True))
            if str(matched.get(id_)) in rights
            and one is not None
            and (other := rights[str(matched[id_])]) is not None
        ]
        asked |= weights(" ".join(text for _, text in left), language)
        given |= {"pairs": tuple(pairs)}
        texts = [text for _, text in [*left, *right]]
    else:
        records = _records(item.options)
        ids = [id_ for id_, _ in records]
        texts = [text for _, text in records]
        chosen = key.get("correct")
        correct = {str(one) for one in (chosen if isinstance(chosen, list) else [chosen])}
        sequence = [str(id_) for id_ in key.get("order") or [] if str(id_) in ids]
        is_order = item.kind == "ordering"
        made = _texts(records, language, () if is_order else asked, _LEAST_OF_CHOICE)
        right_places = [at for at, id_ in enumerate(ids) if id_ in correct]
        given |= {
            "keys": tuple(one for at in right_places if (one := made[at]) is not None),
            "others": ()
            if is_order
            else tuple(one for at, one in enumerate(made) if at not in right_places and one),
            "options": tuple(texts),
            "contrast": _contrast(texts, language) if right_places else (),
            "places": frozenset(right_places),
            "marks": {chr(ord("a") + at % 26): at for at in range(len(ids))}
            | {words.fold(id_): at for at, id_ in enumerate(ids)},
            "order_places": tuple(ids.index(id_) for id_ in sequence),
            "order": tuple(one for id_ in sequence if (one := made[ids.index(id_)]) is not None),
        }
    accepted = key.get("accepted") if isinstance(key.get("accepted"), list) else []
    given["keys"] = given.get("keys", ()) + tuple(
        one
        for text in accepted or []
        for part in _spoken(str(text), folded)
        if (one := text_of(part, language)) is not None
    )
    value = _number(key.get("value"))
    if value is None and accepted:
        value = _number(str(accepted[0]).strip())
    tolerance = abs(_number(key.get("tolerance")) or 0.0)
    if value is not None and key.get("relative"):
        tolerance *= abs(value)
    return Item(
        id=f"{item.question_id}{item.part}",
        lesson_id=str(item.lesson_id),
        prompt=prompt,
        asked=asked,
        numbers=frozenset(number for _, _, number in numbers.figures(folded)),
        value=value,
        tolerance=tolerance,
        is_percent=bool(re.search(rf"%|\b(?:{known(language).percent or 'percent'})\b", folded)),
        times=frozenset(value * one for one in numbers.units_of_time(folded))
        if value
        else frozenset(),
        verdict=verdict,
        extent=weights(" ".join([prompt, *texts]), language),
        **given,
    )


def _marks(place: int, id_: str) -> frozenset[str]:
    """What one calls a side of a pair: its id, its letter, its number."""
    return frozenset({words.fold(str(id_)), chr(ord("a") + place % 26), str(place + 1)})
