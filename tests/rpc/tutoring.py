"""Shared by the tests of the tutor: a course, its people, and the ledger of costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, status_of
from tests.support.database import Row, Session, told
from tests.support.school import School

BODY = "A kestrel is a bird of prey. It hovers over a field.\n\nIts nest is in a tower."
QUESTION = "What is a kestrel?"
# Micro-dollars for a million tokens.
PRICE = {
    **{"input_micros": 3_000_000, "cached_input_micros": 300_000},
    **{"cache_write_micros": 3_750_000, "output_micros": 15_000_000},
}
# The keys of the context of a turn.
CONTEXT = (*("lesson", "passages", "words", "passage_count", "closest", "history", "plan"),)


def ask(session: Session, /, **more: Any) -> Row:
    """Begins a turn with a conversation and a key of its own, unless said otherwise."""
    given = {"conversation_id": uuid4(), "question": QUESTION, "turn_key": str(uuid4()), **more}
    turn: Row = answer(session, "begin_tutor_turn", **given)
    return turn


def wait_for_a_minute(session: Session) -> None:
    """Waits at the end of a minute for the next one, so that a test sees one window."""
    session.run(
        "select pg_sleep(60.05 - extract(second from clock_timestamp())) "
        "where extract(second from clock_timestamp()) > 58.5"
    )


def refused_by(session: Session, code: str = "quota_exceeded", **arguments: Any) -> Row:
    """Begins a turn that is refused, by a quota or with another code; returns the details."""
    try:
        with session.connection.transaction():
            session.rpc("begin_tutor_turn", **arguments)
    except psycopg.Error as error:
        found = told(error)
        assert (found.state, found.code) == (status_of("begin_tutor_turn", code), code)
        details: Row = found.details
        return details
    raise AssertionError(f"nothing refused it; expected {code}")


class Desk:
    """A published course with a text about kestrels, an owner and a learner who asks."""

    def __init__(self, session: Session, school: School, **columns: Any) -> None:
        self.session, self.school = session, school
        self.owner, self.learner = school.user("instructor"), school.user()
        self.course_id = school.course(owner=self.owner, **columns)
        self.module_id = school.module(self.course_id)
        self.lesson_id = school.lesson(self.module_id, body=BODY)
        school.enroll(self.learner, self.course_id)

    def root(self) -> Session:
        """The session, speaking as the owner of the database."""
        return self.session.act("postgres")

    def staff(self) -> Session:
        """The session, speaking as the owner of the course."""
        return self.session.act(user_id=self.owner)

    def student(self, user_id: UUID | None = None) -> Session:
        """The session, speaking as the learner, or as another one."""
        return self.session.act(user_id=user_id or self.learner)

    def server(self) -> Session:
        """The session, speaking with the service key."""
        return self.session.act("service_role")

    def another(self) -> UUID:
        """One more learner of the course."""
        user_id = self.school.user()
        self.school.enroll(user_id, self.course_id)
        return user_id

    def question(self, **more: Any) -> Row:
        """The arguments of a question in the course."""
        return {
            "conversation_id": uuid4(),
            "course_id": self.course_id,
            "question": QUESTION,
            "turn_key": str(uuid4()),
            **more,
        }

    def ask(self, who: UUID | None = None, /, **more: Any) -> Row:
        """A turn of the learner, or of somebody else."""
        return ask(self.student(who), **self.question(**more))

    def save(self, turn: Row, content: str | None = None, details: Row | None = None) -> bool:
        """Saves an answer in progress."""
        given = {"turn_id": str(turn["turn_id"]), "content": content, "details": details}
        ended = answer(self.server(), "save_tutor_answers", answers=Jsonb([given]))
        return not ended

    def finish(self, turn: Row, status: str = "complete", /, **more: Any) -> Row:
        """Ends a turn; usage and what else is JSON may be given as it is."""
        given = {
            name: Jsonb(value) if isinstance(value, dict | list) else value
            for name, value in more.items()
        }
        finished: Row = answer(
            self.server(), "finish_tutor_turn", turn_id=turn["turn_id"], status=status, **given
        )
        return finished

    def sweep(self) -> int:
        """Settles what expired."""
        count: int = answer(self.server(), "sweep_tutor_turns")
        return count

    def protect_other_turns(self) -> None:
        """Excludes the turns of aborted tests from the sweep of this one."""
        self.root().run(
            "update private.tutor_turns set expires_at = 'infinity' where status = 'reserved'"
        )

    def expire(self, turn: Row) -> None:
        """Makes a turn expire."""
        self.set_turn(turn, "expires_at = clock_timestamp() - interval '1 second'")

    def set_turn(self, turn: Row, setting: str) -> None:
        """Changes a turn as it is stored."""
        self.root().run(f"update private.tutor_turns set {setting} where id = %s", turn["turn_id"])

    def shift(self, turn: Row, period: str, step: timedelta) -> None:
        """Makes a turn, and what it reserved in windows of this period, lie so far back."""
        self.root().run(
            "update private.tutor_usage u set starts_at = u.starts_at - %s "
            "from jsonb_to_recordset((select t.windows from private.tutor_turns as t "
            "where t.id = %s)) as w (scope text, subject text, period text, meter text, "
            "starts_at timestamptz) where w.period = %s and (u.scope, u.subject, u.period, "
            "u.meter, u.starts_at) = (w.scope, w.subject, w.period, w.meter, w.starts_at)",
            *(step, turn["turn_id"], period),
        )
        self.root().run(
            "update private.tutor_turns t set windows = (select jsonb_agg(case w ->> 'period' "
            "when %s then w || jsonb_build_object('starts_at', "
            "(w ->> 'starts_at')::timestamptz - %s) else w end) "
            "from jsonb_array_elements(t.windows) as w) where t.id = %s",
            *(period, step, turn["turn_id"]),
        )

    def turn(self, turn: Row) -> Row:
        """A turn as it is stored."""
        return self.root().one("select * from private.tutor_turns where id = %s", turn["turn_id"])

    def ledger(self, turn: Row) -> list[Row]:
        """The lines of the ledger about a turn."""
        return self.root().all(
            "select * from private.tutor_ledger where turn_id = %s", turn["turn_id"]
        )

    def messages(self, conversation_id: UUID | str) -> list[Row]:
        """What was said in a conversation, oldest first."""
        return self.root().all(
            "select * from public.tutor_messages where conversation_id = %s order by created_at",
            conversation_id,
        )

    def used(self, scope: str, period: str, meter: str = "requests") -> list[tuple[int, int]]:
        """(reserved, settled) of the windows of the learner, the course or all, newest first."""
        subjects = {
            "user": str(self.learner),
            "user_course": f"{self.learner}:{self.course_id}",
            "course": str(self.course_id),
            "platform": "",
        }
        rows = self.root().all(
            "select reserved, settled from private.tutor_usage where scope = %s and subject = %s "
            "and period = %s and meter = %s order by starts_at desc",
            *(scope, subjects[scope], period, meter),
        )
        return [(row["reserved"], row["settled"]) for row in rows]

    def price(self, **micros: int) -> None:
        """Registers a model with these prices from today on."""
        self.server().rpc(
            "save_model_price", provider="openai_compat", model="test-1", **{**PRICE, **micros}
        )
        self.session.rpc(
            "register_tutor_model",
            provider="openai_compat",
            model="test-1",
            max_output_tokens=1000,
        )

    def limit(self, scope: str, period: str, amount: int | None, **more: Any) -> None:
        """Sets a limit of requests, unless said otherwise, with the service key."""
        given = {"meter": "requests", **more}
        self.server().rpc("set_tutor_limit", scope=scope, period=period, max_amount=amount, **given)
