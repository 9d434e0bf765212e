"""How to teach in a turn: a pure function of the question and the learner's state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.schemas.tutor import SupportLevel
from app.services.tutor.context import Context, GuardMaterial, Message
from app.services.tutor.language import cues, numbers, rarity, table, texts, words
from app.services.tutor.teach import abstention, evidence
from app.services.tutor.teach import items as questions
from app.services.tutor.teach.evidence import Evidence
from app.services.tutor.teach.intent import Intent, agrees, classify, has_attempt, is_asking
from app.services.tutor.teach.plan import Act, Plan, Style

_LEVELS: Final[tuple[SupportLevel, ...]] = ("low", "medium", "high")
_START: Final = {"low": 1, "medium": 2, "high": 3}
_LIMIT: Final = {"low": 3, "medium": 4, "high": 4}
_STYLES: Final[dict[int, Style]] = {
    1: "orient",
    2: "question",
    3: "concept",
    4: "example",
    5: "explain",
}
_BY_INTENT: Final = {
    "practice": ("hint", "check", "explain"),
    "summary": ("practice", "explain", "next"),
    "chat": ("explain", "practice"),
}
_BY_RUNG: Final = {
    1: ("hint", "check", "explain"),
    2: ("hint", "check", "explain"),
    3: ("practice", "check", "next"),
    4: ("check", "practice", "next"),
    5: ("practice", "summary", "next"),
}
# Words that add nothing to a conversation.
_FILLER: Final = table.vocabulary(lambda one: one.filler)
# Words of questions besides the terms of a course.
_PLAIN: Final = {
    code: frozenset(words.content(cues.pedagogic(code), code)) for code in table.LANGUAGES
}
_HELP: Final = frozenset({"answer", "stuck", "practice"})
# A thread reaches back over this many messages that say something.
_RECENT: Final = 3
# Names a question by its number.
_NUMBERED: Final = re.compile(
    rf"\b(?:{table.alternatives(lambda one: one.question)})[\s.:#]{{0,3}}(\d{{1,2}})\b"
)


@dataclass(frozen=True, slots=True)
class _Said:
    """A message of the learner.

    Attributes:
        stems: what it says, without filler; `numbers` the figures.
        items: the questions that its words are about.
        labels: the numbers that it calls questions by.
        attempt: it announces a thought or a result.
        agrees: it agrees on a sign for an answer.
    """

    text: str
    stems: frozenset[str]
    numbers: frozenset[float]
    items: tuple[str, ...]
    labels: frozenset[str]
    intent: Intent
    attempt: bool
    agrees: bool

    @property
    def is_nod(self) -> bool:
        """Whether it adds nothing: only filler."""
        return not (self.stems or self.numbers)


def _said(text: str, finder: questions.Finder, language: str) -> _Said:
    folded = words.fold(text)
    tokens = [token for token in words.words(folded) if token not in _FILLER]
    return _Said(
        text=text,
        stems=frozenset(words.content(tokens, language)),
        numbers=frozenset(value for _, _, value in numbers.figures(folded)),
        items=finder.touched(folded),
        labels=frozenset(_NUMBERED.findall(folded)),
        intent=classify(text),
        attempt=has_attempt(text),
        agrees=agrees(text),
    )


def _recent(before: Sequence[_Said]) -> Sequence[_Said]:
    """The last messages that say something: nods do not push a question out of the thread."""
    return [said for said in before if not said.is_nod][-_RECENT:]


def _same_topic(now: _Said, before: Sequence[_Said], answer: frozenset[str]) -> bool:
    """Whether a message continues the topic, or starts another."""
    if not before:
        return False
    earlier_items = {id_ for said in before for id_ in said.items}
    if now.items:
        return bool(earlier_items & set(now.items))
    if now.labels:
        return bool(now.labels & frozenset().union(*(said.labels for said in before)))
    if len(now.stems) <= 2 or now.attempt:
        return True
    known = frozenset().union(*(said.stems for said in before))
    shared = len(now.stems & known)
    return shared >= max(1, len(now.stems) / 4) or len(now.stems & answer) >= max(
        2, len(now.stems) / 3
    )


def _repeats(now: _Said, before: Sequence[_Said]) -> bool:
    """Whether a message adds nothing to an earlier one."""
    if not now.stems and not now.numbers:
        return True
    for said in before:
        if now.numbers - said.numbers:
            continue
        fresh = now.stems - said.stems
        if len(fresh) <= 1 and len(fresh) <= 0.4 * len(now.stems):
            return True
    return False


def _adds(now: _Said, before: Sequence[_Said], intent: Intent, lesson: frozenset[str]) -> bool:
    """Whether a message is a real reply: a thought or an attempt, on topic."""
    if _repeats(now, before):
        return False
    known = frozenset().union(*(said.stems for said in before))
    figures = frozenset().union(*(said.numbers for said in before))
    fresh, numbers = now.stems - known, now.numbers - figures
    if not numbers and not now.stems & lesson:
        return False
    if now.attempt:
        return bool(fresh or numbers)
    return intent not in {"answer", "chat"} and len(fresh) >= 3


def _is_foreign(text: str, language: str) -> bool:
    """Whether a question is in another language than its course."""
    tokens = words.words(words.fold(text))
    if language in words.BLANKLESS_LANGUAGES:
        return not words.letters_without_blanks(text)
    if any(ord(character) > 0x0250 and character.isalpha() for character in text):
        return True
    own = words.function_words(tokens, language)
    if any(mark in text for mark in "\u00bf\u00a1") and language != "es":
        return True
    if len(tokens) >= 4 and own == 0 and not words.STOPWORDS.get(language, frozenset()) & {*tokens}:
        return True
    other, count = words.guess_language(tokens)
    return other not in {None, language} and count >= 2 and count > own


def _is_off_course(now: _Said, course: frozenset[str]) -> bool:
    """Whether most words of a question are foreign to the lessons.

    True of games, riddles and borrowed authority; false of a question about a term of the course.
    """
    stems = [stem for stem in now.stems if not stem.isdigit()]
    known = sum(1 for stem in stems if stem in course)
    return known < 0.67 * len(stems) or not stems


def _points(now: _Said, language: str, course: frozenset[str]) -> bool:
    """Whether a message by itself is about a withheld question, or hides its topic."""
    if now.items or now.agrees:
        return True
    if now.intent == "chat" and len(now.stems) <= 2:
        return False
    return (
        now.intent == "answer"
        or _is_foreign(now.text, language)
        or (now.attempt and (bool(now.numbers) or len(now.stems) <= 4))
        or _is_off_course(now, course)
    )


def _is_clear(
    now: _Said, language: str, withheld: Sequence[questions.Item], found: Evidence
) -> bool:
    """Whether a message plainly asks for what the lessons teach, and they support an answer.

    A yes-or-no question that names an option is a guess. A request that asks for no explanation
    may be about a withheld question.
    """
    if now.intent in {"chat", "summary"}:
        return True
    if not abstention.is_supported(found):
        return False
    if is_asking(now.text, language):
        return True
    if now.numbers or any(
        option.stems and option.stems <= now.stems for item in withheld for option in item.options
    ):
        return False
    folded = words.fold(now.text)
    if now.text.rstrip().endswith("?"):
        return not (cues.JUDGEMENT.search(folded) or cues.ANSWER.search(folded))
    return len(words.words(folded)) <= 3


def _is_about(now: _Said, known: frozenset[str]) -> bool:
    """Whether a reply uses words of the conversation and of the lessons."""
    return len(now.stems & known) >= (0.25 if now.attempt else 0.5) * len(now.stems)


def _level(asked: SupportLevel | None, most: SupportLevel) -> SupportLevel:
    return _LEVELS[min(_LEVELS.index(asked or "medium"), _LEVELS.index(most))]


def _last_rung(
    history: Sequence[Message],
    said: Sequence[_Said],
    on_items: tuple[str, ...],
    unnamed: tuple[str, ...],
) -> int:
    """The rung of the last answer, or of the last one that these questions were the topic of.

    `unnamed`: the topic of a message that wants an answer or help and names no question.
    """
    last = at = 0
    topic: tuple[str, ...] = ()
    none: frozenset[str] = frozenset()
    for message in history:
        if message.role == "user":
            now = said[at]
            if now.items or not _same_topic(now, _recent(said[:at]), none):
                topic = now.items or (unnamed if now.intent in _HELP else ())
            at += 1
        elif (
            message.rung
            and message.intent not in {"chat", "distress"}
            and (not on_items or set(topic) & set(on_items))
        ):
            last = message.rung
    return last


def _matter(context: Context, language: str, quizzes: frozenset[str]) -> frozenset[str]:
    """The stems of the turn's sources, without the lessons of the quizzes themselves."""
    bodies = [
        " ".join([passage.lesson_title, *passage.heading_path, passage.body])
        for passage in context.passages
        if str(passage.lesson_id) not in quizzes
    ]
    if context.lesson is not None and str(context.lesson.id) not in quizzes:
        bodies += [context.lesson.title, context.lesson.body]
    return frozenset(words.content(words.words(words.fold("\n".join(bodies))), language))


def _intent(intent: Intent, context: Context) -> Intent:
    """The intent of the words, narrowed by the mode of the turn."""
    mode = context.plan.mode
    if intent in {"distress", "answer"} or mode == "auto":
        return intent
    if mode == "practice":
        return "practice"
    if mode == "summarize":
        return "summary"
    if mode == "hint":
        return "stuck"
    return "concept" if intent in {"practice", "summary", "stuck"} else intent


def plan(
    question: str,
    context: Context,
    material: GuardMaterial,
    support_level: SupportLevel | None,
) -> Plan:
    """The plan of a turn.

    Nothing is withheld from staff, and the ladder does not apply to them. While anything is
    touched the tutor answers in the language of the course: no comparison finds a translation.
    """
    language = table.language(context.course.locale)
    asked = rarity.spoken(question, language)
    level = _level(support_level, context.plan.max_support_level)
    intent = _intent(classify(question), context)
    if intent == "distress":
        return Plan("support", intent, 1, level, False, asked)

    found = evidence.find(question, context, asked)
    if intent == "chat" and not found.is_bare and abstention.is_supported(found):
        intent = "concept"
    staff = context.plan.is_staff
    withheld = [] if staff else [questions.read(item, language) for item in material.items]
    matter = _matter(context, language, frozenset(item.lesson_id for item in withheld))
    plain = _PLAIN.get(language, frozenset())
    finder = questions.Finder(withheld, language, matter | plain)
    now = _said(question, finder, language)
    users = [message.content for message in context.history if message.role == "user"]
    before = [_said(content, finder, language) for content in users]
    recent = _recent(before)
    answers = [message.content for message in context.history if message.role == "assistant"]
    answer = frozenset(
        words.content(words.words(words.fold(answers[-1])), language) if answers else ()
    )
    same_topic = _same_topic(now, recent, answer)
    thread = [said for said in before if said.agrees or (same_topic and said in recent)]

    on_items = now.items
    thread_asks = False
    if same_topic and withheld:
        if not on_items:
            on_items = tuple(dict.fromkeys(id_ for said in recent for id_ in said.items))
        thread_asks = any(said.intent == "answer" for said in recent)
    here = tuple(
        item.id
        for item in withheld
        if context.lesson is not None and item.lesson_id == str(context.lesson.id)
    )
    strict = bool(withheld) and (
        bool(on_items or here)
        or _points(now, language, matter | plain)
        or any(_points(said, language, matter | plain) for said in thread)
        or not _is_clear(now, language, withheld, found)
    )
    unnamed = here or tuple(item.id for item in withheld)
    asks = intent in _HELP or thread_asks or len(now.stems) <= 2
    if strict and not on_items and asks:
        on_items = unnamed

    known = (answer | matter).union(*(item.prompt | item.option_words for item in withheld))
    finished = context.plan.quiz_state == "finished"
    limit = 5 if level == "high" and finished and not strict else _LIMIT[level]
    bare_stuck = intent == "stuck" and (context.plan.mode == "hint" or len(now.stems) < 2)
    on_ladder = bool(strict and on_items) or bare_stuck or intent == "practice"
    if staff:
        rung = 5
    elif intent in {"chat", "summary"}:
        rung = 1 if intent == "chat" else 3
    else:
        rung = _START[level] if on_ladder else 3
        last = _last_rung(context.history, before, on_items, unnamed) if same_topic else 0
        if last:
            rung = max(rung, last + (1 if _adds(now, before, intent, known) else 0))
        rung = min(rung, limit)

    style = _STYLES[rung]
    if intent == "summary":
        style = "summarize"
    elif intent == "practice" and rung < 5:
        style = "question"
    elif intent == "chat":
        style = "orient"
    spoken = language if strict else asked
    act: Act = "ask"
    if on_ladder or same_topic:
        act = (
            "attempt"
            if now.attempt
            else "stuck"
            if intent == "stuck"
            else "demand"
            if intent == "answer"
            else "ask"
        )
    names = _BY_INTENT.get(intent, _BY_RUNG[rung])
    return Plan(
        style=style,
        intent=intent,
        rung=rung,
        support_level=level,
        strict=strict,
        language=spoken,
        item_ids=on_items if strict else (),
        suggestions=tuple(texts.text(f"suggestion_{name}", spoken) for name in names),
        thread=tuple(said.text for said in thread),
        goes_on=bool(set(now.items) & set(here))
        or (
            same_topic
            and bool(answers)
            and not abstention.is_abstention(answers[-1])
            and _is_about(now, known.union(*(said.stems for said in recent)))
        ),
        act=act,
        evidence=found,
    )
