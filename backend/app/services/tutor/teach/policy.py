"""How to teach in a turn: a pure function of the question and the learner's state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.schemas.tutor import SupportLevel
from app.services.tutor.context import Context, GuardMaterial, Message
from app.services.tutor.items import read_all
from app.services.tutor.language import numbers, rarity, table, texts, words
from app.services.tutor.teach import abstention, evidence
from app.services.tutor.teach.intent import (
    Intent,
    asks,
    classify,
    demands_answer,
    has_attempt,
    thanks,
)
from app.services.tutor.teach.items import Finder
from app.services.tutor.teach.plan import Act, Plan, Style
from app.services.tutor.teach.review import reviewed

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
_HELP: Final = frozenset({"answer", "stuck", "practice"})
# A thread reaches back over this many messages that say something.
_RECENT: Final = 3
# So many messages are one talk about a question of the open quiz.
_TALK: Final = 8
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
    """

    text: str
    stems: frozenset[str]
    numbers: frozenset[float]
    items: tuple[str, ...]
    labels: frozenset[str]
    intent: Intent
    attempt: bool

    @property
    def is_nod(self) -> bool:
        """Whether it adds nothing: only filler."""
        return not (self.stems or self.numbers)


def _said(text: str, finder: Finder, language: str) -> _Said:
    folded = words.fold(text)
    tokens = [token for token in words.words(folded) if token not in _FILLER]
    return _Said(
        text=text,
        stems=frozenset(words.content(tokens, language)),
        numbers=frozenset(value for _, _, value in numbers.figures(folded)),
        items=finder.touched(text),
        labels=frozenset(_NUMBERED.findall(folded)),
        intent=classify(text),
        attempt=has_attempt(text) and not demands_answer(text),
    )


def _recent(before: Sequence[_Said]) -> Sequence[_Said]:
    """The last messages that say something: nods do not push a question out of the thread."""
    return [said for said in before if not said.is_nod][-_RECENT:]


def _same_topic(now: _Said, before: Sequence[_Said], answer: frozenset[str]) -> bool:
    """Whether a message continues the topic, or starts another."""
    if not before:
        return False
    earlier_items = {id_ for said in before for id_ in said.items}
    if now.items and earlier_items:
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
    withheld = [] if staff else read_all(material.items, language)
    matter = _matter(context, language, frozenset(item.lesson_id for item in withheld))
    finder = Finder(withheld, language, context)
    now = _said(question, finder, language)
    users = [message.content for message in context.history if message.role == "user"]
    before = [_said(content, finder, language) for content in users]
    recent = _recent(before)
    answers = [message.content for message in context.history if message.role == "assistant"]
    answer = frozenset(
        words.content(words.words(words.fold(answers[-1])), language) if answers else ()
    )
    same_topic = _same_topic(now, recent, answer)
    thread = list(recent) if same_topic else []

    here = tuple(
        item.id
        for item in withheld
        if context.lesson is not None and item.lesson_id == str(context.lesson.id)
    )
    on_items = now.items
    thread_asks = same_topic and any(said.intent == "answer" for said in recent)
    if not on_items and same_topic:
        on_items = tuple(dict.fromkeys(id_ for said in recent for id_ in said.items))
    talk = "\n".join([*users[-_TALK:], question])
    review = None if staff else reviewed(question, talk, material.revealed, context, language)
    if review is not None and not now.items:
        # The open quiz is over, and its answers may be said: they talk about that one.
        on_items = ()
    wants = intent in _HELP or thread_asks or len(now.stems) <= 2
    nearness = finder.near(question)
    near = tuple(nearness)
    is_reply = bool(answers) and not asks(question)
    on_ladder = bool(on_items) or (
        bool(here) and (wants or is_reply or not set(near).isdisjoint(here))
    )
    # In the lesson of a quiz the whole conversation tells which question a short reply is about.
    focus = on_items or tuple(id_ for id_ in finder.near(talk) if id_ in here)
    if not on_items:
        # In the open quiz a message is about its questions; a plea without a topic is about any.
        on_items = tuple(
            sorted(here, key=lambda id_: near.index(id_) if id_ in near else len(near))
        )
        if not here and intent == "answer" and now.is_nod:
            on_items, on_ladder = tuple(item.id for item in withheld), True
    strict = bool(on_items)
    unnamed = here or tuple(item.id for item in withheld)

    named = " ".join(text for item in withheld for text in (item.prompt, *item.options))
    known = (answer | matter).union(words.content(words.words(words.fold(named)), language))
    finished = context.plan.quiz_state == "finished"
    limit = 5 if level == "high" and finished and not strict else _LIMIT[level]
    bare_stuck = intent == "stuck" and (context.plan.mode == "hint" or len(now.stems) < 2)
    on_ladder = on_ladder or bare_stuck or intent == "practice"
    if staff:
        rung = 5
    elif intent in {"chat", "summary"}:
        rung = 1 if intent == "chat" else 3
    else:
        rung = _START[level] if on_ladder else 3
        last = (
            _last_rung(context.history, before, on_items if on_ladder else (), unnamed)
            if same_topic
            else 0
        )
        if last and now.is_nod and not on_ladder:
            rung = last
        elif last:
            rung = max(rung, last + (1 if _adds(now, before, intent, known) else 0))
        if intent == "stuck" and context.history:
            # A learner who is stuck gets at least as much help as before.
            rung = max(rung, context.history[-1].rung or 0)
        rung = min(rung, limit)

    style = _STYLES[rung]
    if intent == "summary":
        style = "summarize"
    elif intent == "practice" and rung < 5:
        style = "question"
    elif intent == "chat":
        style = "orient"
    spoken = language if strict else asked
    act: Act = "thanks" if intent == "chat" and thanks(question) else "ask"
    if act != "thanks" and (on_ladder or same_topic or review is not None):
        if demands_answer(question):
            act = "demand"
        elif now.attempt:
            act = "attempt"
        elif intent == "stuck":
            act = "stuck"
        elif intent != "chat" and (strict or review is not None) and is_reply and not now.is_nod:
            # A guess.
            act = "attempt"
        elif intent == "answer" and not asks(question):
            act = "demand"
    names = _BY_INTENT.get(intent, _BY_RUNG[rung])
    return Plan(
        style=style,
        intent=intent,
        rung=rung,
        support_level=level,
        strict=strict,
        language=spoken,
        item_ids=finder.named((*on_items, *near)),
        on_ids=on_items,
        near_ids=near,
        nearness=max(nearness.values(), default=0.0),
        suggestions=tuple(texts.text(f"suggestion_{name}", spoken) for name in names),
        thread=tuple(said.text for said in thread),
        goes_on=bool(set(now.items) & set(here))
        or (bool(answers) and review is not None)
        or (
            same_topic
            and bool(answers)
            and not abstention.is_abstention(answers[-1])
            and _is_about(now, known.union(*(said.stems for said in recent)))
        ),
        act=act,
        evidence=found,
        pointers=finder.helpful(
            now.items if asks(question) else focus, "" if act in {"demand", "stuck"} else question
        )
        if strict
        else review.pointers
        if review
        else (),
        focus=""
        if intent in {"chat", "summary"}
        else next((item.prompt for item in withheld if strict and item.id in focus[:1]), "")
        or (review.prompt if review and not strict else ""),
        told=review.answer
        if review
        and not strict
        and (
            review.is_right
            or act == "demand"
            or (act == "attempt" and not any(review.answer in one for one in answers))
        )
        else "",
        is_right=bool(review and review.is_right),
    )
