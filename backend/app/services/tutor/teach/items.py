"""Withheld questions, reduced to what can be compared with a text."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from app.services.tutor.context import GuardedItem, Kind
from app.services.tutor.language import numbers, words

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a question.

    Attributes:
        letter: what learners call it, by its place.
        stems: what its text says; `core` is its folded letters without what all options share.
        name: its id where that is a word, which authors give as `plan` for `Planner`; else empty.
    """

    id: str
    letter: str
    text: str
    name: str
    stems: frozenset[str]
    core: str
    correct: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A withheld question.

    Attributes:
        prompt: the stems of what is asked, with the left side of a matching question.
        numbers: the numbers in the prompt.
        secrets: texts that answer it: correct options, accepted texts, the explanation.
        value, tolerance: of a numeric key; the tolerance is absolute.
        order: the options of an ordering question, first to last.
        pairs: left stems, left core and right option of a matching question.
    """

    id: str
    lesson_id: str
    kind: Kind
    prompt_text: str
    prompt: frozenset[str]
    numbers: frozenset[float]
    options: tuple[Option, ...] = ()
    accepted: tuple[str, ...] = ()
    explanation: str = ""
    value: float | None = None
    tolerance: float = 0.0
    verdict: bool | None = None
    order: tuple[Option, ...] = ()
    pairs: tuple[tuple[frozenset[str], str, Option], ...] = ()
    option_words: frozenset[str] = field(default_factory=frozenset)


def _records(value: Any) -> list[tuple[str, str]]:
    """The `id` and `text` of a list of options; entries of another shape are skipped."""
    if not isinstance(value, list):
        return []
    return [
        (str(entry["id"]), str(entry.get("text", "")))
        for entry in value
        if isinstance(entry, dict) and "id" in entry
    ]


def _shared_ends(texts: list[str]) -> tuple[int, int]:
    """How many letters all texts share at their start and at their end."""
    shortest = min(len(text) for text in texts)
    start = end = 0
    while start < shortest and len({text[start] for text in texts}) == 1:
        start += 1
    while end < shortest - start and len({text[-1 - end] for text in texts}) == 1:
        end += 1
    return start, end


def _options(
    records: list[tuple[str, str]], correct: frozenset[str], language: str
) -> tuple[Option, ...]:
    folded = [words.fold(text) for _, text in records]
    squeezed = [words.squeeze(text) for text in folded]
    start, end = _shared_ends(squeezed) if len(squeezed) > 1 else (0, 0)
    result: list[Option] = []
    for place, (id_, _) in enumerate(records):
        core = squeezed[place]
        if (start >= 4 or end >= 4) and len(core) - (start if start >= 4 else 0) - (
            end if end >= 4 else 0
        ) >= 4:
            core = core[start if start >= 4 else 0 : len(core) - (end if end >= 4 else 0)]
        result.append(
            Option(
                id=id_,
                letter=LETTERS[place % 26],
                text=folded[place],
                name=words.fold(id_) if id_.isalpha() and len(id_) >= 3 else "",
                stems=frozenset(words.content(words.words(folded[place]), language)),
                core=core,
                correct=id_ in correct,
            )
        )
    return tuple(result)


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def read(item: GuardedItem, language: str) -> Item:
    """Reads a question as authors wrote it; a malformed key is no error."""
    key: dict[str, Any] = item.key if isinstance(item.key, dict) else {}
    prompt = words.fold(item.prompt_md)
    values = {value for _, _, value in numbers.figures(prompt)}
    options: tuple[Option, ...] = ()
    order: tuple[Option, ...] = ()
    pairs: list[tuple[frozenset[str], str, Option]] = []
    left_words: set[str] = set()
    if isinstance(item.options, dict):
        left = _options(_records(item.options.get("left")), frozenset(), language)
        options = _options(_records(item.options.get("right")), frozenset(), language)
        by_id = {option.id: option for option in options}
        given = key.get("pairs")
        for side in left:
            left_words |= side.stems
            match = by_id.get(str(given.get(side.id))) if isinstance(given, dict) else None
            if match is not None:
                pairs.append((side.stems, side.core, match))
    else:
        given = key.get("correct")
        chosen = given if isinstance(given, list) else [given]
        options = _options(
            _records(item.options), frozenset(str(choice) for choice in chosen), language
        )
        by_id = {option.id: option for option in options}
        sequence = key.get("order")
        if isinstance(sequence, list):
            order = tuple(by_id[str(id_)] for id_ in sequence if str(id_) in by_id)
    value = _number(key.get("value"))
    tolerance = abs(_number(key.get("tolerance")) or 0.0)
    if value is not None and key.get("relative"):
        tolerance *= abs(value)
    accepted = key.get("accepted")
    return Item(
        id=str(item.question_id),
        lesson_id=str(item.lesson_id),
        kind=item.kind,
        prompt_text=words.one_line(prompt),
        prompt=frozenset(words.content(words.words(prompt), language)) | frozenset(left_words),
        numbers=frozenset(values),
        options=options,
        accepted=tuple(words.fold(str(text)) for text in accepted)
        if isinstance(accepted, list)
        else (),
        explanation=words.fold(item.explanation_md or ""),
        value=value,
        tolerance=tolerance,
        verdict=key["correct"] if isinstance(key.get("correct"), bool) else None,
        order=order,
        pairs=tuple(pairs),
        option_words=frozenset().union(*(option.stems for option in options))
        if item.kind in {"single", "multiple"}
        else frozenset(),
    )


def common(items: list[Item]) -> frozenset[str]:
    """Stems in more than a third of the prompts, which distinguish no question."""
    if len(items) < 6:
        return frozenset()
    counts = Counter(stem for item in items for stem in item.prompt)
    return frozenset(stem for stem, count in counts.items() if count * 3 > len(items))


class Finder:
    """Tells which questions a text is about."""

    def __init__(
        self, items: list[Item], language: str, usual: frozenset[str] = frozenset()
    ) -> None:
        """`usual` are the stems of the lessons; a word that only a prompt has identifies it."""
        self._language = language
        self._dull = common(items)
        self._items = [
            (
                item,
                frozenset(
                    stem
                    for stem in item.prompt - self._dull
                    if len(stem) > 1 and not stem.isdigit()
                ),
                item.option_words - item.prompt,
                frozenset(
                    stem
                    for stem in item.prompt - self._dull - usual
                    if usual and len(stem) >= 4 and stem.isalpha()
                ),
                item.prompt.union(*(option.stems for option in item.options)),
            )
            for item in items
        ]
        self._own = frozenset().union(*(rare for _, _, _, rare, _ in self._items))

    def touched(self, text: str) -> tuple[str, ...]:
        """The ids of the questions that a folded text is about."""
        values = frozenset(value for _, _, value in numbers.figures(text))
        return self.match(frozenset(words.content(words.words(text), self._language)), values)

    def own(self, stems: frozenset[str]) -> bool:
        """Whether one of these stems is in a question and in no lesson that may be quoted."""
        return not self._own.isdisjoint(stems)

    def match(self, stems: frozenset[str], numbers: frozenset[float]) -> tuple[str, ...]:
        """The ids of the questions that share enough of these words and numbers.

        Names of options alone do not count: they are terms of the course.
        """
        said = frozenset(stem for stem in stems - self._dull if not stem.isdigit())
        telling = frozenset(value for value in numbers if value >= 10 or value % 1)
        found: list[str] = []
        for item, prompt, choices, rare, every in self._items:
            if every.isdisjoint(stems) and item.numbers.isdisjoint(numbers):
                continue
            asked = len(said & prompt)
            chosen = len(said & choices)
            shared = len(telling & item.numbers)
            named = sum(1 for option in item.order if option.stems and option.stems <= stems)
            listed = len(numbers & item.numbers) >= max(3, 0.75 * len(item.numbers))
            matched = {option.id for _, _, option in item.pairs if option.stems <= stems}
            if named >= 3 or listed or len(matched) >= 3 or said & rare:
                found.append(item.id)
                continue
            if not (asked or chosen or shared):
                continue
            covered = asked / len(prompt) if prompt else 0.0
            share = asked / len(said) if said else 0.0
            if item.kind == "numeric" and len(item.numbers) >= 2:
                about = asked >= 3 and (share >= 0.5 or covered >= 0.75)
            else:
                about = (
                    asked >= 3
                    or (asked >= 2 and (share >= 0.34 or covered >= 0.5))
                    or bool(asked and named and (asked + named) / len(said) >= 0.4)
                    or bool(asked and chosen and (asked + chosen) / len(said) >= 0.4)
                    or chosen >= 3
                )
            if about or shared >= 2 or (shared and asked):
                found.append(item.id)
        return tuple(found)
