"""Tutor conversations for the access matrix, and the staff's notes for the tutor."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from tests.policies.subject import Move, Subject, Upsert
from tests.support.database import Row
from tests.support.school import insert

if TYPE_CHECKING:
    from tests.policies.world import World


class Talks:
    """Three people's conversations, one of whom has left; a running turn; notes of staff."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.conversations: dict[str, UUID] = {}
        self.messages: dict[str, UUID] = {}
        for who, course_id in (
            ("learner", world.course),
            ("elsewhere", world.foreign),
            ("withdrawn", world.course),
        ):
            row = insert(world.session, "tutor_conversations", **self._conversation(who, course_id))
            self.conversations[who] = row["id"]
            row = insert(world.session, "tutor_messages", **self._message(who))
            self.messages[who] = row["id"]
        self.turn_id = self._turn()
        world.session.run(
            "insert into private.tutor_guidance (course_id, lesson_id, notes, misconceptions) "
            "values (%s, %s, 'They mix it up.', '{}')",
            world.course,
            world.lessons["open"],
        )

    def _conversation(self, who: str, course_id: UUID) -> Row:
        return {
            "id": uuid4(),
            "user_id": self.world.id(who),
            "course_id": course_id,
            "title": "What is it?",
        }

    def _message(self, who: str) -> Row:
        return {
            "id": uuid4(),
            "conversation_id": self.conversations[who],
            "user_id": self.world.id(who),
            "role": "user",
            "content": "What is it?",
            "status": "complete",
        }

    def _turn(self) -> UUID:
        turn_id: UUID = self.world.session.value(
            "insert into private.tutor_turns (user_id, course_id, conversation_id, question_id, "
            "message_id, turn_key, request_hash, is_staff, provider, model, price, expires_at) "
            "values (%s, %s, %s, %s, gen_random_uuid(), 'key', 'hash', false, 'extractive', "
            "'extractive', '{}', now() + interval '1 hour') returning id",
            *(self.world.id("learner"), self.world.course),
            *(self.conversations["learner"], self.messages["learner"]),
        )
        return turn_id

    def subjects(self) -> dict[str, Subject]:
        """The subjects of the matrix."""
        conversation = self._conversation("learner", self.world.course)
        message = self._message("learner")
        return {
            "tutor_conversations": Subject(
                key=("id",),
                rows={who: {"id": one} for who, one in self.conversations.items()},
                change={"title": "Changed"},
                inserts={"learner": conversation},
                upserts={
                    "learner": Upsert(
                        "learner", ("id",), {**conversation, "id": self.conversations["learner"]}
                    )
                },
                moves={
                    "learner": Move("learner", {"user_id": self.world.id("peer")}),
                    "course": Move("learner", {"course_id": self.world.empty}),
                },
            ),
            "tutor_messages": Subject(
                key=("id",),
                rows={who: {"id": one} for who, one in self.messages.items()},
                change={"content": "Changed"},
                inserts={"learner": {**message, "role": "assistant"}},
                upserts={
                    "learner": Upsert(
                        "learner", ("id",), {**message, "id": self.messages["learner"]}
                    )
                },
                moves={
                    "learner": Move("learner", {"user_id": self.world.id("peer")}),
                    "talk": Move("learner", {"conversation_id": self.conversations["elsewhere"]}),
                },
            ),
        }
