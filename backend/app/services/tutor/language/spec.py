"""What the tutor has to know of a language: one value of `Language` a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language of courses.

    Words are folded (see `words.fold`) and separated by white space. A pattern is a list of
    alternatives of a regular expression; `cues` and `intent` join it with those of the other
    languages, and an empty one adds nothing.

    Attributes:
        texts: what the tutor says, by key; `texts.text` lists the values of each.

        suffixes: endings that a stem loses, the first that fits.
        stopwords: words that carry no meaning of their own.
        function_words: words by which the language is recognized; rare in other languages.
        pedagogic: words that a tutor needs although no lesson contains them.
        filler: words of begging and repeating, which add nothing to a conversation.
        greeting: words of messages that only greet or thank.
        spelling: words of the spelling alphabet; each stands for its first letter.

        units, tens: numerals from 0 and from 20 in steps of ten; `-` for one that is an article
            or another word as well.
        numerals, scales: other numerals; multipliers such as `hundred`.
        number_and, decimal: words inside a number: `and`, `point`.
        plus, minus, times, over, loosely: patterns of operators between two numbers; `loosely`
            may mean a sum.
        factors: words that multiply the number behind them; `roots` take its square root.
        seconds, percent, thousands: patterns of units.

        judgement: says that something is right or wrong.
        negation: says no to something, or that it does not work.
        answer: announces an answer.
        spoken: a verdict wherever it is said; `whole` only as a sentence of its own.
        verdict: a verdict on a guess.
        truth: says true or false of a statement.
        choice, choose: nouns and verbs before the letter of a choice.
        clause: nouns for one side of a pair.
        riddle: describes a word or a number instead of saying it.
        quiz: nouns before the number of a question in an answer.
        test: talks of the test itself.
        sequence: orders what it names.

        distress: the learner speaks of harm; `weary` counts only where nothing of the course is
            named, which `study` recognizes; `figurative` is removed before.
        asks_answer: wants the answer itself, or a way around the rules.
        check: last words of a question whether a guess is right.
        attempt: announces a thought or a result.
        agreement: agrees on words that are to stand for answers.
        stuck, summary, practice, off_topic: other intents.
        asking: asks to be told about something.
        question: nouns before the number of a question in a message.

        example, example_heading: an example in a passage, and a heading of one.
        abbreviation: ends in a dot that ends no sentence; not folded.
        kinds: by kind of question, how it asks (anchored where the pattern says so) and what an
            answer of that kind says.
        back: first words of a sentence that refers to the one before.
    """

    texts: Mapping[str, str]

    suffixes: tuple[str, ...]
    stopwords: str
    function_words: str
    pedagogic: str
    filler: str = ""
    greeting: str = ""
    spelling: str = ""

    units: str = ""
    tens: str = ""
    numerals: Mapping[str, int] = field(default_factory=dict)
    scales: Mapping[str, int] = field(default_factory=dict)
    number_and: str = ""
    decimal: str = ""
    plus: str = ""
    minus: str = ""
    times: str = ""
    over: str = ""
    loosely: str = ""
    factors: Mapping[str, float] = field(default_factory=dict)
    roots: str = ""
    seconds: str = ""
    percent: str = ""
    thousands: str = ""

    judgement: str = ""
    negation: str = ""
    answer: str = ""
    spoken: str = ""
    whole: str = ""
    verdict: str = ""
    truth: str = ""
    choice: str = ""
    choose: str = ""
    clause: str = ""
    riddle: str = ""
    quiz: str = ""
    test: str = ""
    sequence: str = ""

    distress: str
    weary: str = ""
    study: str = ""
    figurative: str = ""
    asks_answer: str
    check: str = ""
    attempt: str = ""
    agreement: str = ""
    stuck: str = ""
    summary: str = ""
    practice: str = ""
    off_topic: str = ""
    asking: str
    question: str = ""

    example: str = ""
    example_heading: str = ""
    abbreviation: str = ""
    kinds: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    back: str = ""
