"""What a learner wants from a turn, read from the words of the message.

All patterns run on the folded text without apostrophes: `don't` is `dont`, `möchte` is `mochte`.
The gaps in them are bounded, so that each takes linear time.
"""

import re
from collections.abc import Callable
from typing import Final, Literal

from app.services.tutor.language import words
from app.services.tutor.language.spec import Language
from app.services.tutor.language.table import alternatives, vocabulary

Intent = Literal["answer", "stuck", "concept", "summary", "practice", "chat", "distress"]


def _any(pattern: Callable[[Language], str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{alternatives(pattern)})\b")


_DISTRESS: Final = _any(lambda one: one.distress)
# Also said of exercises: it counts only where nothing of the course is named.
_WEARY: Final = _any(lambda one: one.weary)
_STUDY: Final = _any(lambda one: one.study)
# Idioms and statistics that look like distress.
_FIGURATIVE: Final = _any(lambda one: one.figurative)
_DEMANDS: Final = _any(lambda one: one.demand)
# The last four alternatives mix languages.
_ASKS_ANSWER: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.asks_answer)}"
    r"|(?:answer|reply|respond|antworte|antworten|antwortet) (?:(?:only|just|nur|bitte|please) )?"
    r"(?:with|in|mit)\b"
    r"|(?:thumbs|emoji|emojis|smiley|nod|blink|wink|verdict|digits?|ziffern?)"
    r"|(?:so|also|then|dann) (?:\w+ ){1,8}(?:is|are|ist|sind) (?:\w+ ){0,5}\w+$"
    r"|(?:en|in|auf|po|na) (?:espanol|castellano|francais|italiano|portugues|deutsch|english"
    r"|englisch|franzosisch|polsku|russkom|nederlands|svenska|turkce|latein|latin)\b)"
)
_SHORT: Final = 6
# Later in a clause an interrogative belongs to what is said: "the one that shows how it runs".
_ASKING: Final = re.compile(rf"(?:\w+ ){{0,3}}(?:{alternatives(lambda one: one.asking)})\b")
_CLAUSES: Final = re.compile(r"[.,;:!?\u2026\u00a1\u00bf\n]+")
# Asks whether a guess is right.
_CHECK: Final = re.compile(
    rf"\b(?:{alternatives(lambda one: one.check)})$|^(?:so|also|dann|then)\b"
)
_ATTEMPT: Final = _any(lambda one: one.attempt)
_STUCK: Final = _any(lambda one: one.stuck)
_SUMMARY: Final = _any(lambda one: one.summary)
_PRACTICE: Final = _any(lambda one: one.practice)
_THANKS: Final = _any(lambda one: one.thanks)
_GREETING: Final = vocabulary(lambda one: one.greeting)
_OFF_TOPIC: Final = _any(lambda one: one.off_topic)


def plain(question: str) -> str:
    """The folded question on one line, apostrophes gone and other punctuation as spaces."""
    text = words.fold(question).replace("'", "").replace("\u2019", "").replace("`", "")
    return words.one_line("".join(c if c.isalnum() or c in "\"'" else " " for c in text))


def is_distress(question: str) -> bool:
    """Whether the learner speaks of self-harm or of being harmed; idioms do not count."""
    text = plain(question)
    bare = _FIGURATIVE.sub(" ", text)
    if _DISTRESS.search(bare):
        return True
    return bool(_WEARY.search(bare)) and not _STUDY.search(bare)


def has_attempt(question: str) -> bool:
    """Whether the words announce a thought or a result of the learner."""
    return bool(_ATTEMPT.search(plain(question)))


def thanks(question: str) -> bool:
    """Whether a short message thanks, and asks nothing."""
    text = plain(question)
    is_short = len(text.split()) <= _SHORT and "?" not in question
    return is_short and bool(_THANKS.search(text)) and not asks(question)


def demands_answer(question: str) -> bool:
    """Whether the words order the tutor to say the answer."""
    return bool(_DEMANDS.search(plain(question)))


def asks(question: str) -> bool:
    """Whether a clause asks to be told about something; a guess with a question mark does not."""
    return any(_ASKING.match(plain(clause)) for clause in _CLAUSES.split(question))


def classify(question: str) -> Intent:
    """What the learner wants; `concept` when no pattern matches."""
    if is_distress(question):
        return "distress"
    text = plain(question)
    if text and all(word in _GREETING for word in text.split()):
        return "chat"
    if thanks(question):
        return "chat"
    if _PRACTICE.search(text) and not re.search(r"\banswers?|antwort|losung|solution", text):
        return "practice"
    if _DEMANDS.search(text) or _ASKS_ANSWER.search(text) or _CHECK.search(text):
        return "answer"
    if _SUMMARY.search(text):
        return "summary"
    if _STUCK.search(text):
        return "stuck"
    if _OFF_TOPIC.search(text):
        return "chat"
    return "concept"
