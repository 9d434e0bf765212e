"""Questions with a context and a plan, as the pipeline hands them to a model."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.services.tutor.context import Context, Course, Lesson, Passage, Word
from app.services.tutor.language import rarity, words
from app.services.tutor.models.base import Ask, ChatMessage, ModelStream
from app.services.tutor.teach.plan import Plan

TURN = UUID("6a3f6f0e-9d0e-4f57-8f43-1a40b7f3c001")
COURSE = UUID("6a3f6f0e-9d0e-4f57-8f43-1a40b7f3c002")
LESSON = UUID("6a3f6f0e-9d0e-4f57-8f43-1a40b7f3c003")


def make_passage(number: int = 1, body: str = "Water boils at 100 °C.", **changes: Any) -> Passage:
    """A passage of the lesson."""
    values: dict[str, Any] = {
        "number": number,
        "lesson_id": LESSON,
        "ord": number,
        "lesson_title": "Boiling",
        "heading_path": ["Heat", "Phases"],
        "anchor": "phases",
        "body": body,
    }
    return Passage(**(values | changes))


def make_context(**changes: Any) -> Context:
    """The context of a turn in a lesson, with one passage."""
    values: dict[str, Any] = {
        "turn_id": TURN,
        "message_id": UUID(int=1),
        "conversation_id": UUID(int=2),
        "is_replay": False,
        "model": {"provider": "scripted", "name": "scripted"},
        "course": Course(id=COURSE, title="Physics", locale="en"),
        "lesson": Lesson(id=LESSON, title="Boiling", content_type="text", body="On boiling."),
        "passages": [make_passage()],
        "plan": {
            "mode": "auto",
            "max_support_level": "high",
            "quiz_state": "none",
            "is_staff": False,
        },
    }
    return Context(**(values | changes))


def words_of(question: str, passages: Sequence[Passage], locale: str = "en") -> list[Word]:
    """The words of a question as the database counts them in these passages."""
    language = locale.partition("-")[0]
    held = [
        set(rarity.stems(" ".join([one.lesson_title, *one.heading_path, one.body]), language))
        for one in passages
    ]
    return [
        Word(
            word=word,
            frequency=None
            if word in words.STOPWORDS[language]
            else sum(rarity.stem(word, language) in one for one in held),
        )
        for word in dict.fromkeys(words.words(question.lower()))
    ]


def make_plan(**changes: Any) -> Plan:
    """A plan that explains a concept."""
    values: dict[str, Any] = {
        "style": "concept",
        "intent": "concept",
        "rung": 3,
        "support_level": "medium",
        "strict": False,
        "language": "en",
    }
    return Plan(**(values | changes))


def make_ask(question: str = "When does water boil?", *messages: ChatMessage) -> Ask:
    """A question, with its prompt."""
    return Ask(
        messages=messages or (ChatMessage("system", "Teach."), ChatMessage("user", question)),
        max_output_tokens=800,
        question=question,
        context=make_context(),
        plan=make_plan(),
    )


async def read(stream: ModelStream) -> list[str]:
    """All deltas of a stream, which is closed afterwards."""
    try:
        return [delta async for delta in stream]
    finally:
        await stream.aclose()
