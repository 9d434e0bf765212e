"""What reaches a learner when the model answers freely, over HTTP, on courses that are unseen.

A leaky model states the key whatever its prompt says. A compliant one states it unless the plan
tells it to guide. Both are asked again when what they said may not be sent; the compliant one then
says something harmless, the leaky one states the key in other words.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal
from unittest.mock import patch
from uuid import UUID, uuid4

import uvicorn

from app.main import create_app
from app.services.tutor.models.base import Ask
from app.services.tutor.teach.plan import Plan
from tests.support.cluster import free_port
from tests.support.school import School
from tests.support.scripted import Script as Steps
from tests.support.scripted import ScriptedModel, say
from tests.support.stack import Stack
from tests.support.tutor import Address, Received, Student, register_model, save_price
from tests.tutor.eval.stage import settings_for
from tests.tutor.unseen.guard_items import Item, Other, Reply, Script, Shelf, lay_out, scripts
from tests.tutor.unseen.scorer import embedded

Asked = Literal["pasted", "rephrased", "explain", "follow-up"]
Said = Literal["stated", "giveaway", "harmless"]
ASKED: tuple[Asked, ...] = ("pasted", "rephrased", "explain", "follow-up")
AT_ONCE = 4
_PIECE = 24
_SENTENCE = re.compile(r"(?<=[.!?:])\s+|\n+")


def guides(plan: Plan, question_id: UUID | None) -> bool:
    """Whether the plan tells the model not to solve this question, or any where none is meant."""
    if question_id is None:
        return plan.strict or bool(plan.item_ids)
    return str(question_id) in plan.item_ids or (plan.strict and not plan.item_ids)


@dataclass(eq=False)
class Case:
    """One conversation: what the learner asks, what the model says, and what came of it."""

    course: str
    lesson_id: UUID | None
    questions: list[str]
    said: Said
    replies: list[Reply]
    harmless: list[Reply]
    item: Item | None = None
    question_id: UUID | None = None
    asked: Asked | None = None
    compliant: bool = False
    conversation_id: UUID = field(default_factory=uuid4)
    received: list[Received] = field(default_factory=list)
    # By turn: whether the plan guided, and what the model said, each time that it was asked.
    guided: list[bool | None] = field(default_factory=list)
    spoken: list[list[Reply]] = field(default_factory=list)

    def speak(self, plan: Plan) -> Reply:
        """What the model says now. Before the last question it says nothing of interest."""
        guided = guides(plan, self.question_id)
        self.guided[-1] = guided
        again = len(self.spoken[-1])
        is_last = len(self.spoken) == len(self.questions)
        if not is_last or (self.compliant and (again or guided)):
            reply = self.harmless[(len(self.spoken) - 1 + again) % len(self.harmless)]
        else:
            reply = self.replies[again % len(self.replies)]
        self.spoken[-1].append(reply)
        return reply

    @property
    def facts(self) -> dict[str, str]:
        """What it is counted by."""
        return {"asked": self.asked or "", "sort": self.item.sort if self.item else ""}

    @property
    def text(self) -> str:
        """What the learner reads in the end."""
        return self.received[-1].text

    @property
    def abstained(self) -> bool:
        """Whether the lessons held too little of the question."""
        return bool(self.received[-1].of("data-abstain"))

    @property
    def is_known(self) -> bool:
        """Whether what gives the key away has reached the learner."""
        shown = _squeezed(self.text)
        found = [
            [_squeezed(part) in shown for part in reply.marked]
            for reply in self.spoken[-1]
            if reply.marked
        ]
        if self.said == "giveaway":
            return any(map(all, found))
        # One pair of several is what any explanation of a term says.
        least = 2 if self.item is not None and self.item.kind == "matching" else 1
        return any(sum(parts) >= min(least, len(parts)) for parts in found)

    @property
    def is_hinted(self) -> bool:
        """Whether the tutor itself states the key, which neither model nor learner has said."""
        if self.item is None or self.is_known:
            return False
        said = " ".join([*self.questions, *(r.text for turn in self.spoken for r in turn)])
        # The number of a source is no answer.
        shown = re.sub(r"\[\d+\]", "", " ".join(one.text for one in self.received))
        return any(_holds(shown, key) and not _holds(said, key) for key in self.item.spoken_key)

    @property
    def is_whole(self) -> bool:
        """Whether one of the replies of the model has arrived, sentence by sentence."""
        shown = _squeezed(self.text)
        return any(
            all(_squeezed(part) in shown for part in _sentences(reply.text))
            for reply in self.spoken[-1]
        )

    @property
    def is_cut(self) -> bool:
        """Whether the model was asked, and a sentence of what it said is missing."""
        return bool(self.spoken[-1]) and not self.is_whole

    @property
    def is_canned(self) -> bool:
        """Whether no sentence of the model has arrived, and something else has."""
        shown = _squeezed(self.text)
        return not self.abstained and not any(
            _squeezed(part) in shown for reply in self.spoken[-1] for part in _sentences(reply.text)
        )

    @property
    def is_repeated(self) -> bool:
        """Whether the learner has read the same answer twice."""
        texts = [_squeezed(one.text) for one in self.received]
        return len(set(texts)) < len(texts)


@dataclass
class Result:
    """All cases of one run.

    `anyway`: the same with those that were abstained on asked once more, and the model asked all
    the same. So much would arrive if the lessons held more of the question.
    """

    cases: list[Case]
    anyway: list[Case]

    def of(self, said: Said, *, compliant: bool = False, anyway: bool = False) -> list[Case]:
        """The cases with replies of one kind."""
        some = self.anyway if anyway else self.cases
        return [one for one in some if one.said == said and one.compliant is compliant]


def cases(written: Sequence[Script], others: Sequence[Other], shelf: Shelf) -> Iterator[Case]:
    """Everything that is asked."""
    for number, script in enumerate(written):
        # Every other learner who rephrases has no lesson open.
        yield from _about(script, shelf, in_lesson=number % 2 == 0)
    for other in others:
        open_lesson = shelf.lessons[other.course, other.lesson] if other.lesson else None
        yield Case(
            other.course, open_lesson, [other.question], "harmless", [other.reply], [other.reply]
        )


def _about(script: Script, shelf: Shelf, *, in_lesson: bool) -> Iterator[Case]:
    item = script.item
    place = item.course, item.lesson
    quiz = shelf.quizzes[place].lesson_id
    lesson = shelf.lessons[place] if in_lesson else None
    questions: dict[Asked, tuple[UUID | None, list[str]]] = {
        "pasted": (quiz, [item.pasted]),
        "rephrased": (lesson, [script.rephrased]),
        "explain": (quiz, [script.explain]),
        "follow-up": (quiz, [item.pasted, script.follow_up]),
    }

    def case(asked: Asked, said: Said, replies: Sequence[Reply], compliant: bool = False) -> Case:
        lesson_id, texts = questions[asked]
        harmless = list(script.harmless)
        return Case(
            item.course,
            lesson_id,
            texts,
            said,
            list(replies),
            harmless,
            item,
            shelf.questions[item.id],
            asked,
            compliant,
        )

    for compliant in (False, True):
        for at, asked in enumerate(ASKED):
            # Each kind of ask has a reply of its own where there are as many.
            two = [script.stated[(at + turn) % len(script.stated)] for turn in (0, 1)]
            yield case(asked, "stated", two, compliant)
            yield case(asked, "stated", two[::-1], compliant)
        yield case("rephrased", "giveaway", [script.giveaway], compliant)
    yield case("rephrased", "harmless", script.harmless[:1])
    yield case("explain", "harmless", script.harmless[1:])


class Speakers:
    """The model of the service: speaks for the case of the conversation."""

    def __init__(self) -> None:
        self._cases: dict[UUID, Case] = {}

    def put(self, case: Case) -> None:
        """A case that is about to be asked."""
        self._cases[case.conversation_id] = case

    def choose(self, ask: Ask) -> Steps:
        """For `ScriptedModel`."""
        text = self._cases[ask.context.conversation_id].speak(ask.plan).text
        return say(*(text[at : at + _PIECE] for at in range(0, len(text), _PIECE)))


@contextmanager
def serving(
    stack: Stack, choose: Callable[[Ask], Steps], embeddings: str | None = None
) -> Iterator[str]:
    """The service with a model that speaks freely; gives its address."""
    save_price(stack, "scripted", "scripted")
    settings = settings_for(stack).model_copy(
        update={
            "log_level": "ERROR",
            "tutor_embedding_model": f"local:{embeddings}" if embeddings else "",
        }
    )
    app = create_app(settings, model=ScriptedModel(choose))
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        _wait(port)
        register_model(stack, "scripted", "scripted")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def enroll(stack: Stack, courses: set[str]) -> tuple[Shelf, UUID]:
    """Courses, and a learner of all of them whom no limit stops."""
    session = stack.database.connect()
    try:
        school = School(session)
        shelf = lay_out(school, courses)
        learner = school.user()
        for course_id in shelf.courses.values():
            school.enroll(learner, course_id)
        session.run("delete from private.tutor_limits where true")
        session.run(
            "update private.budgets set max_rows = 1000000, max_bytes = 1000000000 "
            "where kind = 'questions'"
        )
        session.commit()
    finally:
        session.close()
    return shelf, learner


def measure(stack: Stack, *, held_out: bool, embeddings: str | None = None) -> Result:
    """Asks everything of one half."""
    written, others = scripts(held_out=held_out)
    shelf, learner = enroll(stack, {one.item.course for one in written})
    speakers = Speakers()
    everything = list(cases(written, others, shelf))

    with serving(stack, speakers.choose, embeddings) as url:
        if embeddings:
            with closing(stack.database.connect()) as session:
                embedded(session, f"local:{embeddings}")

        def play(case: Case) -> None:
            speakers.put(case)
            course_id = shelf.courses[case.course]
            student = Student(stack, Address(url), learner, course_id, case.conversation_id)
            lesson_id = str(case.lesson_id) if case.lesson_id else None
            for text in case.questions:
                case.guided.append(None)
                case.spoken.append([])
                received = student.ask(text, lesson_id=lesson_id)
                assert received.status == 200, received.body
                case.received.append(received)

        def once_more(case: Case) -> Case:
            if not case.abstained:
                return case
            again = replace(case, conversation_id=uuid4(), received=[], guided=[], spoken=[])
            play(again)
            return again

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(play, everything))
            with patch("app.services.tutor.teach.abstention.abstains", return_value=False):
                anyway = list(pool.map(once_more, everything))
    return Result(everything, anyway)


def table(result: Result) -> str:
    """The figures as tables in Markdown."""
    columns = [(compliant, anyway) for anyway in (False, True) for compliant in (False, True)]

    def row(name: str, said: Said, of: Callable[[Case], bool], **only: str) -> str:
        cells = []
        for compliant, anyway in columns:
            some = result.of(said, compliant=compliant, anyway=anyway)
            cells.append(_share([of(one) for one in some if only.items() <= one.facts.items()]))
        return f"| {name} | {' | '.join(cells)} |"

    sorts = sorted({one.item.sort for one in result.cases if one.item})
    lines = [
        "| | leaky | compliant | leaky, always asked | compliant, always asked |",
        "|---|---|---|---|---|",
        *(row(f"stated key, {one}", "stated", lambda c: c.is_known, asked=one) for one in ASKED),
        *(row(f"stated key, {one}", "stated", lambda c: c.is_known, sort=one) for one in sorts),
        row("giveaway, rephrased", "giveaway", lambda c: c.is_known),
        row("key in a hint of the tutor", "stated", lambda c: c.is_hinted),
        row("same answer twice", "stated", lambda c: c.is_repeated, asked="follow-up"),
        *(row(f"guides, {a}", "stated", lambda c: bool(c.guided[-1]), asked=a) for a in ASKED),
        *(row(f"abstained, {a}", "stated", lambda c: c.abstained, asked=a) for a in ASKED),
        "",
        "| harmless replies | sentence cut | only canned | plan guides | abstained |",
        "|---|---|---|---|---|",
    ]
    harmless = result.of("harmless")
    for name, some in (
        ("about a question of a quiz", [one for one in harmless if one.item]),
        ("about none", [one for one in harmless if one.item is None]),
        ("all", harmless),
        ("all, always asked", result.of("harmless", anyway=True)),
    ):
        answered = [one for one in some if not one.abstained]
        shares = [
            _share([one.is_cut for one in answered]),
            _share([one.is_canned for one in answered]),
            _share([bool(one.guided[-1]) for one in answered]),
            _share([one.abstained for one in some]),
        ]
        lines.append(f"| {name} | {' | '.join(shares)} |")
    return "\n".join(lines)


def faults(result: Result) -> str:
    """One line for each case that went wrong; only for the half that may be looked at."""
    lines: dict[str, list[str]] = defaultdict(list)
    again = [one for one in result.anyway if one not in result.cases]
    for one in [*result.cases, *again]:
        model = "compliant" if one.compliant else "leaky"
        name = f"{one.item.id} {one.item.sort}" if one.item else one.course
        anyway = " though the lessons held too little" if one in again else ""
        where = f"{name} {one.asked or 'other'} guided={one.guided[-1]}{anyway}"
        if one.said != "harmless" and one.is_known:
            marked = " | ".join(part for reply in one.spoken[-1] for part in reply.marked)
            lines[f"{one.said} arrives, {model}"].append(f"{where}: {marked!r}")
        if one.is_hinted:
            shown = " / ".join(answer.text for answer in one.received)
            lines["hint states the key"].append(f"{where}: {shown!r}")
        if one.said == "harmless" and (one.is_canned or one.is_cut):
            kind = "only canned" if one.is_canned else "cut"
            lines[f"harmless, {kind}"].append(
                f"{where}\n    asked {one.questions[-1]!r}\n    said  {one.spoken[-1]!r}\n"
                f"    shown {one.text!r}"
            )
        if one.said == "harmless" and one.abstained:
            lines["harmless, abstained"].append(f"{where}: {one.questions[-1]!r}")
        if one.said == "stated" and not one.compliant and one.guided[-1] is False:
            lines["no guiding plan"].append(f"{where}: {one.questions[-1]!r}")
        if len(one.questions) > 1 and one.is_repeated:
            lines["same answer twice"].append(f"{where}: {one.text!r}")
    canned = Counter(one.text for one in result.cases if one.spoken[-1] and one.is_canned)
    lines["canned texts"] = [f"{count} times {text!r}" for text, count in canned.most_common(12)]
    return "\n".join(
        f"## {title} ({len(found)})\n" + "\n".join(dict.fromkeys(found)) + "\n"
        for title, found in lines.items()
    )


def run(stack: Stack, *, held_out: bool, verbose: bool, embeddings: str | None = None) -> None:
    """Measures and prints."""
    started = time.monotonic()
    result = measure(stack, held_out=held_out, embeddings=embeddings)
    print(f"{'held-out' if held_out else 'dev'} half, {len(result.cases)} conversations")
    print(table(result))
    if verbose and not held_out:
        print(faults(result))
    print(f"{time.monotonic() - started:.0f} seconds")


def _holds(text: str, key: str) -> bool:
    # A word, number or sign by itself; capitals count where the key has nothing else.
    flags = 0 if key.isupper() else re.IGNORECASE
    edge = r"[\w%$~*!<>=|/-]" if not key.isalnum() else r"\w"
    return bool(re.search(f"(?<!{edge}){re.escape(key)}(?!{edge})", text, flags))


def _share(marks: Sequence[bool]) -> str:
    return f"{sum(marks)}/{len(marks)}"


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCE.split(text) if _squeezed(part)]


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _wait(port: int) -> None:
    for _ in range(400):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.03)
    raise AssertionError("the service did not start")
