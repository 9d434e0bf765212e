"""What each language of the tutor has to bring."""

import re
from dataclasses import fields
from string import Formatter

import pytest

from app.services.tutor.language import rarity, words
from app.services.tutor.language.spec import Language
from app.services.tutor.language.table import FALLBACK, LANGUAGES, alternatives

# Word lists; the other fields that are text are patterns.
LISTS = frozenset(
    {
        "stopwords",
        "filler",
        "greeting",
        "ordinals",
        "signs",
        "units",
        "tens",
        "number_and",
        "decimal",
    }
)


def placeholders(text: str) -> set[str]:
    """The names of the values that a text takes."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    """Each language."""
    return LANGUAGES[request.param]


def test_a_language_has_every_text_with_the_same_values(language: Language) -> None:
    assert language.texts.keys() == FALLBACK.texts.keys()
    for key, text in language.texts.items():
        assert placeholders(text) == placeholders(FALLBACK.texts[key]), key


def test_a_pattern_has_no_empty_alternative(language: Language) -> None:
    """It would be found in every text."""
    patterns = {
        field.name: value
        for field in fields(language)
        if isinstance(value := getattr(language, field.name), str) and field.name not in LISTS
    }
    assert len(patterns) >= 30
    for name, pattern in patterns.items():
        assert not pattern or re.fullmatch(pattern, "") is None, name


def test_words_are_folded(language: Language) -> None:
    """Others are never found."""
    for name in LISTS:
        listed: str = getattr(language, name)
        assert listed == words.fold(listed), name


def test_a_pattern_that_a_language_lacks_adds_nothing() -> None:
    assert alternatives(lambda one: "one" if one is FALLBACK else "", "more") == "one|more"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("I want to die", "en"),
        ("ich will sterben", "de"),
        ("Mein Vater schlägt mich", "de"),
        ("Quiero morir", "es"),
        ("mi padre me pega", "es"),
        ("Je veux mourir", "fr"),
        ("j'en peux plus", "fr"),
    ],
)
def test_a_few_words_tell_their_language(message: str, code: str) -> None:
    assert rarity.usual_in(message) == code


@pytest.mark.parametrize(
    ("question", "course", "code"),
    [
        ("qual é a diferença entre o DNA e o RNA?", "pt", "pt"),
        ("como se calcula a média", "pt", "pt"),
        ("porque é que o índice é mais rápido", "pt", "pt"),
        ("quina és la diferència entre els dos", "ca", "ca"),
        ("hvad er forskellen mellem de to", "da", "da"),
        ("what is the difference between the two", "pt", "en"),
        ("warum ist das so schnell", "pt", "de"),
        ("no entiendo la última parte", "pt", "es"),
    ],
)
def test_a_course_in_a_language_without_lists(question: str, course: str, code: str) -> None:
    """A related language is not taken for one that has lists."""
    assert rarity.spoken(question, course) == code
