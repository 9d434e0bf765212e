"""Turns of the evaluation: the seeded quizzes withheld, a lesson before the learner, an answer."""

from __future__ import annotations

import math
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from app.schemas.tutor import Mode, SupportLevel
from app.services.tutor.context import (
    Context,
    Course,
    GuardedItem,
    GuardMaterial,
    Lesson,
    Message,
    ModelChoice,
    Passage,
    QuizState,
    Standing,
)
from app.services.tutor.guard.guard import Guard
from app.services.tutor.language import words
from app.services.tutor.language.piece import weights
from app.services.tutor.language.sentences import SentenceBuffer
from app.services.tutor.teach.plan import Plan
from app.services.tutor.teach.policy import plan
from tests.support.database import Session
from tests.tutor.asks import words_of

EVAL = Path(__file__).parent / "eval"
NO_COURSE = UUID(int=0)
LOCALES = {"databases": "en", "statistik": "de"}


def turns(name: str) -> list[dict[str, Any]]:
    """The turns of a file of the evaluation."""
    loaded: list[dict[str, Any]] = tomllib.loads((EVAL / f"{name}.toml").read_text())["turn"]
    return loaded


@dataclass
class School:
    """What the seeded courses hold: withheld questions and lessons, by the letter of the course."""

    items: dict[str, list[GuardedItem]]
    lessons: dict[UUID, Lesson]
    passages: dict[str, list[Passage]]
    stems: dict[int, frozenset[str]] = field(default_factory=dict)

    def material(self, course: str) -> GuardMaterial:
        """All questions of a course, as for a learner before a first attempt."""
        return GuardMaterial(items=self.items[course])

    def found(
        self, course: str, lesson: UUID | None, question: str, limit: int = 8
    ) -> list[Passage]:
        """Passages near to a question, those of the open lesson first."""
        language = LOCALES[course]
        asked = weights(question, language).keys()
        known = self.passages[course]
        for passage in known:
            if id(passage) not in self.stems:
                text = " ".join([passage.lesson_title, *passage.heading_path, passage.body])
                self.stems[id(passage)] = frozenset(weights(text, language))
        counts = Counter(stem for passage in known for stem in self.stems[id(passage)])

        def score(passage: Passage) -> float:
            shared = asked & self.stems[id(passage)]
            near = 1.0 if passage.lesson_id == lesson else 0.0
            return near + sum(math.log(1 + len(known) / counts[stem]) for stem in shared)

        best = sorted(known, key=score, reverse=True)[:limit]
        return [passage.model_copy(update={"number": at}) for at, passage in enumerate(best, 1)]


def read_school(db: Session) -> School:
    """Reads the seeded courses as the owner of the database."""
    letter = "case when course_id::text like 'c1%%' then 'databases' else 'statistik' end as course"
    questions = db.all(
        "select question_id, lesson_id, lesson_title, kind, prompt_md, options, key,"
        f" explanation_md, {letter} from (select q.id as question_id, q.lesson_id, q.course_id,"
        " l.title as lesson_title, q.kind::text, q.prompt_md, q.options, k.key, k.explanation_md,"
        " q.ord from public.questions q join private.answer_keys k on k.question_id = q.id"
        " join public.lessons l on l.id = q.lesson_id) as s"
        " where course_id::text ~ '^c[12]000000' order by lesson_id, ord".replace("%%", "%")
    )
    pieces = db.all(
        "select p.lesson_id, p.ord, l.title as lesson_title, p.heading_path, p.anchor, p.source,"
        " p.body, l.content_type::text, case when p.course_id::text like 'c1%' then 'databases'"
        " else 'statistik' end as course from public.lesson_passages p"
        " join public.lessons l on l.id = p.lesson_id"
        " where p.course_id::text ~ '^c[12]000000' order by p.lesson_id, p.ord"
    )
    items: dict[str, list[GuardedItem]] = {"databases": [], "statistik": []}
    for row in questions:
        items[row.pop("course")].append(GuardedItem(**row))
    passages: dict[str, list[Passage]] = {"databases": [], "statistik": []}
    lessons: dict[UUID, Lesson] = {}
    for row in pieces:
        course, content_type = row.pop("course"), row.pop("content_type")
        passages[course].append(Passage(number=1, **row))
        lesson = lessons.get(row["lesson_id"])
        body = row["body"] if lesson is None else f"{lesson.body}\n\n{row['body']}"
        lessons[row["lesson_id"]] = Lesson(
            id=row["lesson_id"], title=row["lesson_title"], content_type=content_type, body=body
        )
    return School(items, lessons, passages)


def context(
    *,
    locale: str = "en",
    lesson: Lesson | None = None,
    passages: Iterable[Passage] = (),
    history: Iterable[Message] = (),
    mode: Mode = "auto",
    level: SupportLevel = "high",
    quiz_state: QuizState = "unattempted",
    is_staff: bool = False,
    question: str = "",
) -> Context:
    """A context as `begin_tutor_turn` answers it to a question, in a course of some passages."""
    found = list(passages)
    return Context(
        turn_id=uuid4(),
        message_id=uuid4(),
        conversation_id=uuid4(),
        is_replay=False,
        model=ModelChoice(provider="scripted", name="scripted"),
        course=Course(id=NO_COURSE, title="Course", locale=locale),
        lesson=lesson,
        passages=found,
        words=words_of(question, found, locale),
        passage_count=max(40, 2 * len(found)),
        history=list(history),
        plan=Standing(mode=mode, max_support_level=level, quiz_state=quiz_state, is_staff=is_staff),
    )


@dataclass
class Outcome:
    """What a turn came to: each sentence with the reason why it was held back, if it was."""

    plan: Plan
    sentences: list[tuple[str, str | None]]

    @property
    def delivered(self) -> str:
        """What the learner reads, on one line."""
        return words.one_line("".join(text for text, reason in self.sentences if reason is None))


def play(
    school: School, turn: dict[str, Any], guarded: bool = True, history: Sequence[Message] = ()
) -> Outcome:
    """Runs a turn, after what was said earlier, as an answer is streamed: plan, buffer, guard."""
    if "earlier" in turn:
        said: list[Message] = []
        for message in turn["earlier"]:
            earlier = {key: value for key, value in turn.items() if key != "earlier"}
            earlier |= {"question": message["text"], "says": message["says"]}
            outcome = play(school, earlier, guarded, said)
            said += [
                Message(role="user", content=message["text"]),
                Message(
                    role="assistant",
                    content=outcome.delivered or "...",
                    rung=outcome.plan.rung,
                    intent=outcome.plan.intent,
                ),
            ]
        return play(
            school, {key: value for key, value in turn.items() if key != "earlier"}, guarded, said
        )
    course: str = turn["course"]
    lesson = school.lessons[UUID(turn["lesson"])]
    found = school.found(course, lesson.id, turn["question"])
    if "injected" in turn:
        lesson = lesson.model_copy(update={"body": f"{lesson.body}\n\n{turn['injected']}"})
        update = {"body": turn["injected"], "number": len(found) + 1}
        found.append(found[0].model_copy(update=update))
    material = school.material(course)
    here = context(
        locale=LOCALES[course],
        lesson=lesson,
        passages=found,
        history=history,
        mode=turn.get("mode", "auto"),
        question=turn["question"],
    )
    made = plan(turn["question"], here, material, "high")
    messages = [*made.thread, turn["question"]]
    guard = Guard(material, made.on_ids, made.near_ids, messages, here.course.locale)
    buffer = SentenceBuffer()
    sentences = [sentence for chunk in turn["says"] for sentence in buffer.feed(chunk)]
    sentences += buffer.flush()
    return Outcome(
        made,
        [(text, guard.check(text) if guarded else None) for text in sentences],
    )


def leaks(turn: dict[str, Any], outcome: Outcome) -> list[str]:
    """The strings that reached the learner and must not."""
    shown = f" {outcome.delivered} "
    found = [secret for secret in turn["leak"] if words.one_line(secret) in shown]
    if turn.get("together") and len(found) < len(turn["leak"]):
        return []
    return found
