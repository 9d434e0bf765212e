"""How to teach in a turn: a pure function of the question and the learner's state."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.schemas.tutor import SupportLevel
from app.services.tutor.context import Context, GuardMaterial, Message
from app.services.tutor.items import read_all
from app.services.tutor.language import numbers, rarity, table, texts, words
from app.services.tutor.language.piece import weights
from app.services.tutor.teach import abstention, evidence
from app.services.tutor.teach.intent import (
    Intent,
    asks,
    classify,
    demands_answer,
    has_attempt,
    is_distress,
    thanks,
)
from app.services.tutor.teach.items import Finder
from app.services.tutor.teach.plan import Act, Plan, Style
from app.services.tutor.teach.review import reviewed

_LEVELS: Final[tuple[SupportLevel, ...]] = ("low", "medium", "high")
_START: Final = {"low": 1, "medium": 2, "high": 3}
_LIMIT: Final = {"low": 3, "medium": 4, "high": 4}
# By rung, from 1.
_STYLES: Final[tuple[Style, ...]] = ("orient", "question", "concept", "example", "explain")
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
# A sign in a message is something said, and so is the letter of an option: `>>`, `only a?`.
_SIGN: Final = re.compile(r"[#$%&*+/<=>@\\^`|~{}\[\]]|(?<![\w'\u2019])[a-h]\W*$")
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
        is_nod: it adds nothing: only filler.
    """

    text: str
    stems: frozenset[str]
    numbers: frozenset[float]
    items: tuple[str, ...]
    labels: frozenset[str]
    intent: Intent
    attempt: bool
    is_nod: bool


@dataclass(frozen=True, slots=True)
class _Talk:
    """The conversation up to a message.

    Attributes:
        intent: that of the message, in the mode of the turn.
        before: the earlier messages of the learner; `thread` those that this one continues.
        answer: the stems of the last answer.
        is_reply: the message replies to an answer, and asks nothing.
    """

    now: _Said
    intent: Intent
    before: Sequence[_Said]
    thread: Sequence[_Said]
    answer: frozenset[str]
    is_reply: bool


@dataclass(frozen=True, slots=True)
class _Aim:
    """What a message is about.

    Attributes:
        items: the withheld questions; `focus` those that the talk tells apart.
        is_guided: help grows by steps.
    """

    items: tuple[str, ...]
    focus: tuple[str, ...]
    is_guided: bool


def _stems(text: str, language: str) -> frozenset[str]:
    return frozenset(weights(text, language))


def _said(text: str, finder: Finder, language: str) -> _Said:
    folded = words.fold(text)
    tokens = [token for token in words.words(folded) if token not in _FILLER]
    stems = _stems(" ".join(tokens), language)
    figures = frozenset(value for _, _, value in numbers.figures(folded))
    return _Said(
        text=text,
        stems=stems,
        numbers=figures,
        items=finder.touched(text),
        labels=frozenset(_NUMBERED.findall(folded)),
        intent=classify(text),
        attempt=has_attempt(text) and not demands_answer(text),
        is_nod=not (stems or figures or _SIGN.search(text.lower())),
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
    return not (now.stems or now.numbers) or any(
        now.numbers <= said.numbers and len(now.stems - said.stems) <= min(1, 0.4 * len(now.stems))
        for said in before
    )


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
        " ".join([*passage.path, passage.body])
        for passage in context.passages
        if str(passage.lesson_id) not in quizzes
    ]
    if context.lesson is not None and str(context.lesson.id) not in quizzes:
        bodies += [context.lesson.title, context.lesson.body]
    return _stems("\n".join(bodies), language)


def _intent(question: str, context: Context, found: evidence.Evidence) -> Intent:
    """The intent of the words, narrowed by the mode of the turn."""
    intent, mode = classify(question), context.plan.mode
    names = not found.is_bare and abstention.is_supported(found)
    if intent == "chat" and names and not thanks(question):
        intent = "concept"
    if intent in {"distress", "answer"} or mode == "auto":
        return intent
    if mode == "practice":
        return "practice"
    if mode == "summarize":
        return "summary"
    if mode == "hint":
        return "stuck"
    return "concept" if intent in {"practice", "summary", "stuck"} else intent


def _listen(
    question: str, context: Context, finder: Finder, intent: Intent, language: str
) -> _Talk:
    now = _said(question, finder, language)
    before = [_said(one.content, finder, language) for one in context.history if one.role == "user"]
    answers = [one.content for one in context.history if one.role == "assistant"]
    answer = _stems(answers[-1], language) if answers else frozenset()
    recent = _recent(before)
    thread = recent if _same_topic(now, recent, answer) else ()
    return _Talk(now, intent, before, thread, answer, bool(answers) and not asks(question))


def _aim(
    talk: _Talk,
    near: tuple[str, ...],
    told: tuple[str, ...],
    here: tuple[str, ...],
    withheld: tuple[str, ...],
    *,
    is_over: bool,
) -> _Aim:
    """What a message is about: the questions it names, those of the thread, of the open quiz.

    Args:
        near: the questions that it may be about in other words; `told` those of the whole talk.
        here: the questions of the open quiz; `withheld` all of them.
    """
    now = talk.now
    # When the open quiz is over its answers may be said: they talk about that one.
    earlier = [] if is_over else [id_ for said in talk.thread for id_ in said.items]
    items = now.items or tuple(dict.fromkeys(earlier))
    wants = talk.intent in _HELP or any(said.intent == "answer" for said in talk.thread)
    is_close = wants or len(now.stems) <= 2 or talk.is_reply or not set(near).isdisjoint(here)
    # In the lesson of a quiz the whole conversation tells which question a short reply is about.
    focus = items or tuple(id_ for id_ in told if id_ in here)
    if items or here:
        ranks = {id_: at for at, id_ in enumerate(near)}
        others = sorted(here, key=lambda id_: ranks.get(id_, len(ranks)))
        return _Aim(items or tuple(others), focus, bool(items) or is_close)
    # A plea without a topic is about any question, or about the quiz that is over.
    is_plea = talk.intent == "answer" and now.is_nod and not is_over
    return _Aim(withheld if is_plea else (), (), is_plea)


def _rung(
    talk: _Talk,
    aim: _Aim,
    context: Context,
    level: SupportLevel,
    most: int,
    unnamed: tuple[str, ...],
    known: frozenset[str],
) -> int:
    """The rung of the answer; `known` are the words of the conversation and of the lessons."""
    if context.plan.is_staff:
        return 5
    if talk.intent in {"chat", "summary"}:
        return 1 if talk.intent == "chat" else 3
    rung, last = _START[level] if aim.is_guided else 3, 0
    if talk.thread:
        on_items = aim.items if aim.is_guided else ()
        last = _last_rung(context.history, talk.before, on_items, unnamed)
    if last and talk.now.is_nod and not aim.is_guided:
        rung = last
    elif last:
        rung = max(rung, last + _adds(talk.now, talk.before, talk.intent, known))
    if talk.intent == "stuck" and context.history:
        # A learner who is stuck gets at least as much help as before.
        rung = max(rung, context.history[-1].rung or 0)
    return min(rung, most)


def _style(intent: Intent, rung: int) -> Style:
    if intent == "summary":
        return "summarize"
    if intent == "chat":
        return "orient"
    return "question" if intent == "practice" and rung < 5 else _STYLES[rung - 1]


def _act(question: str, talk: _Talk, *, is_about: bool, is_open: bool) -> Act:
    """What the learner does.

    Args:
        is_about: the message goes on with the talk, or is about a question of a quiz.
        is_open: guesses are about a question of a quiz.
    """
    now, intent = talk.now, talk.intent
    if intent == "chat":
        return "thanks" if thanks(question) else "ask"
    acts: tuple[tuple[Act, bool], ...] = (
        ("demand", demands_answer(question)),
        ("attempt", now.attempt),
        ("stuck", intent == "stuck"),
        # A guess.
        ("attempt", is_open and talk.is_reply and not now.is_nod),
        ("demand", intent == "answer" and not asks(question)),
    )
    return next((act for act, is_done in acts if is_about and is_done), "ask")


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
    level = min(support_level or "medium", context.plan.max_support_level, key=_LEVELS.index)
    if is_distress(question):
        return Plan("support", "distress", 1, level, False, asked)

    found = evidence.find(question, context, asked)
    intent = _intent(question, context, found)
    staff = context.plan.is_staff
    items = [] if staff else read_all(material.items, language)
    finder = Finder(items, language, context)
    talk = _listen(question, context, finder, intent, language)
    now = talk.now
    withheld = tuple(item.id for item in items)
    lesson = str(context.lesson.id) if context.lesson else None
    here = tuple(item.id for item in items if item.lesson_id == lesson)

    users = [message.content for message in context.history if message.role == "user"]
    spoken = "\n".join([*users[-_TALK:], question])
    review = None if staff else reviewed(question, spoken, material.revealed, context, language)
    nearness = finder.near(question)
    near = tuple(nearness)
    told_of = tuple(finder.near(spoken)) if here else ()
    aim = _aim(talk, near, told_of, here, withheld, is_over=review is not None)
    strict = bool(aim.items)
    if intent == "practice" or (
        intent == "stuck" and (context.plan.mode == "hint" or len(now.stems) < 2)
    ):
        aim = replace(aim, is_guided=True)

    focus = next((item for item in items if item.id in aim.focus[:1]), None)
    most = _LIMIT[level]
    if focus is not None and focus.verdict is not None:
        # Whether a statement is true stands in the sentence about it.
        most = _START["medium"]
    elif level == "high" and context.plan.quiz_state == "finished" and not strict:
        most = 5
    named = " ".join(text for item in items for text in (item.prompt, *item.options))
    matter = _matter(context, language, frozenset(item.lesson_id for item in items))
    known = talk.answer | matter | _stems(named, language)
    rung = _rung(talk, aim, context, level, most, here or withheld, known)
    act = _act(
        question,
        talk,
        is_about=aim.is_guided or bool(talk.thread) or review is not None,
        is_open=strict or review is not None,
    )

    answers = [message.content for message in context.history if message.role == "assistant"]
    pointers: tuple[evidence.Quotation, ...] = ()
    told = ""
    if strict:
        is_aside = act == "ask" and asks(question) and not found.is_bare
        ids = now.items if is_aside else aim.focus
        pointers = finder.helpful(ids, "" if act in {"demand", "stuck"} else question)
    elif review is not None:
        pointers = review.pointers
        is_new = not any(review.answer in one for one in answers)
        if review.is_right or act == "demand" or (act == "attempt" and is_new):
            told = review.answer
    prompt = focus.prompt if focus else review.prompt if review and not strict else ""
    goes_on = bool(answers) and not abstention.is_abstention(answers[-1]) and bool(talk.thread)
    recalled = now.stems & known.union(*(said.stems for said in talk.thread))
    # A reply uses words of the conversation and of the lessons.
    goes_on &= len(recalled) >= (0.25 if now.attempt else 0.5) * len(now.stems)
    speaks = language if strict else asked
    return Plan(
        style=_style(intent, rung),
        intent=intent,
        rung=rung,
        support_level=level,
        strict=strict,
        language=speaks,
        item_ids=finder.named((*aim.items, *near)),
        on_ids=aim.items,
        near_ids=near,
        nearness=max(nearness.values(), default=0.0),
        suggestions=tuple(
            texts.text(f"suggestion_{name}", speaks)
            for name in _BY_INTENT.get(intent, _BY_RUNG[rung])
        ),
        thread=tuple(said.text for said in talk.thread),
        goes_on=not set(now.items).isdisjoint(here)
        or (bool(answers) and review is not None)
        or goes_on,
        act=act,
        evidence=found,
        pointers=pointers,
        focus="" if intent in {"chat", "summary"} else prompt,
        told=told,
        is_right=bool(review and review.is_right),
    )
