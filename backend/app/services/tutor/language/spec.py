"""The words and rules of each language of the tutor: one `Language` in each `<code>.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

# Lists of words, separated by white space; what else is text is a pattern.
WORDS: Final = frozenset(
    {"stopwords", "filler", "greeting", "units", "tens", "number_and", "decimal"}
    | {"ordinals", "repeats"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of courses.

    Words are folded (see `words.fold`) and separated by white space. A pattern is a list of
    alternatives of a regular expression; `cues` and `intent` join it with those of the other
    languages, and an empty one adds nothing.

    Attributes:
        texts: what the tutor says, by key; `texts.text` lists the values of each.

        stopwords: words that carry no meaning of their own.
        filler: words of begging and repeating, which add nothing to a conversation.
        greeting: words of messages that only greet or thank.
        units, tens: numerals from 0 and from 20 in steps of ten; `-` for one that is an article
            or another word as well.
        numerals, scales: other numerals; multipliers such as `hundred`.
        parts, times: words for a half, a third and so on, by their divisor; units of time, by
            their seconds.
        same: words that say the same, such as those for `up`, by a name for it.
        number_and, decimal: words inside a number: `and`, `point`.
        percent: pattern of the unit; `parted` of one that stands before its smaller parts.

        negation: says no to something.
        answer: announces an answer.
        yes, no: a verdict on a guess or a statement, as a clause of its own.
        verdict: what a statement is said to be; `holds` says it as a verb, `claim` are the nouns
            and pronouns, `copula` the verbs between.
        hedge: leaves open what is said, or asks to find out.
        choice, choose: nouns and verbs before the letter of an option; `ordinals` words for its
            place: first to fifth, last, last but one. `link` are words around a letter or place
            that stands for an option.
        quiz: speaks of the quiz itself, or of a question by its number.
        guides: names a place of a lesson, or speaks of the question; `tasks` gives the learner
            something to do, at the beginning of a clause or after a `joint`.
        known: words before a number of things that were named.
        label: nouns before a number that only counts, such as that of a step.
        signs: a sign, a blank and its names, between ` / `; `repeats` what says that one stands
            twice and three times.

        distress: the learner speaks of harm; `weary` counts only where nothing of the course is
            named, which `study` recognizes; `figurative` is removed before.
        demand: orders the tutor to say the answer; `asks_answer` wants it in other words, or a way
            around the rules.
        check: last words of a question whether a guess is right.
        attempt: announces a thought or a result.
        stuck, summary, practice, thanks, off_topic: other intents.
        asking: asks to be told about something.
        question: nouns before the number of a question in a message.

        example, example_heading: an example in a passage, and a heading of one.
        abbreviation: ends in a dot that ends no sentence; not folded.
        meaning: how a question asks what something is, and the verbs of an answer.
    """

    texts: Mapping[str, str]

    stopwords: str
    filler: str = ""
    greeting: str = ""

    units: str = ""
    tens: str = ""
    numerals: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    times: Mapping[str, str] = field(default_factory=dict)
    same: Mapping[str, str] = field(default_factory=dict)
    number_and: str = ""
    decimal: str = ""
    percent: str = ""
    parted: str = ""

    negation: str = ""
    answer: str = ""
    yes: str = ""
    no: str = ""
    verdict: str = ""
    holds: str = ""
    claim: str = ""
    copula: str = ""
    hedge: str = ""
    choice: str = ""
    choose: str = ""
    ordinals: str = "- - - - - - -"
    link: str = ""
    quiz: str = ""
    guides: str = ""
    tasks: str = ""
    joint: str = ""
    known: str = ""
    label: str = ""
    signs: str = ""
    repeats: str = "- -"

    distress: str
    weary: str = ""
    study: str = ""
    figurative: str = ""
    demand: str = ""
    asks_answer: str
    check: str = ""
    attempt: str = ""
    stuck: str = ""
    summary: str = ""
    practice: str = ""
    thanks: str = ""
    off_topic: str = ""
    asking: str
    question: str = ""

    example: str = ""
    example_heading: str = ""
    abbreviation: str = ""
    meaning: tuple[str, str] = ("", "")
