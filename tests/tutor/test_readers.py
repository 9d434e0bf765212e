"""Readers of one answer: how many may read it at once, and how often it is polled for them."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast
from uuid import uuid4

import pytest

from app.core.errors import ServiceError
from app.core.supabase import Row, Supabase
from app.services.tutor.turn import store
from app.services.tutor.turn.runs import MAX_READERS, Run
from app.services.tutor.turn.store import StoredAnswer
from tests.support.stack import Stack
from tests.support.tutor import Books, Student, tutor_service
from tests.tutor.script import DATABASES, SCRIPT, about


class Table:
    """A message that gets one more word at each select, and is complete at the tenth."""

    def __init__(self) -> None:
        self.id = str(uuid4())
        self.selects: Counter[int] = Counter()

    @property
    def row(self) -> Row:
        """The message as it is now."""
        count = self.selects.total()
        return {
            "id": self.id,
            "status": "streaming" if count < 10 else "complete",
            "content": "word " * count,
            "details": {},
            "citations": [],
        }

    def reader(self, number: int) -> Supabase:
        """PostgREST as one of the readers reaches it."""

        class Client:
            async def select(_, table: str, **query: str) -> list[Row]:
                assert (table, query["id"]) == ("tutor_messages", f"eq.{self.id}")
                self.selects[number] += 1
                return [self.row]

        return cast(Supabase, Client())


async def read(answer: StoredAnswer, most: int = 1000) -> bytes:
    """All chunks, or the first ones."""
    chunks: list[bytes] = []
    async for chunk in answer.read():
        chunks.append(chunk)
        if len(chunks) == most:
            break
    return b"".join(chunks)


async def test_c5_readers_share_one_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five readers cost as many selects as one, also when the one that polls leaves."""
    monkeypatch.setattr(store, "_POLL_SECONDS", 0.01)
    table = Table()
    answers = [StoredAnswer(table.reader(number), table.row) for number in range(MAX_READERS)]
    first, *rest = [asyncio.create_task(read(answer)) for answer in answers]
    while table.selects.total() < 3:
        await asyncio.sleep(0.001)
    first.cancel()
    whole = await asyncio.gather(*rest)
    assert table.selects.total() == 10
    assert len(table.selects) >= 2
    for said in whole:
        assert said.count(b"word") == 10 and said.endswith(b"data: [DONE]\n\n")


async def test_c5_an_answer_has_five_readers_at_most() -> None:
    """The sixth reader is refused before its first byte; one that leaves makes room."""
    table = Table()
    run = Run(uuid4(), uuid4(), uuid4())
    for answer in (run, StoredAnswer(table.reader(0), table.row)):
        readers: list[Any] = [answer.read() for _ in range(MAX_READERS)]
        for _ in range(2):
            with pytest.raises(ServiceError) as refused:
                answer.read()
            assert refused.value.code == "rate_limited"
        del readers[0]
        readers.append(answer.read())
        with pytest.raises(ServiceError):
            answer.read()
    other = StoredAnswer(Table().reader(0), Table().row)
    other.read()


@pytest.mark.slow
def test_c5_the_sixth_connection_is_refused(
    stack: Stack, student: Student, books: Books, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In the process that answers and in another, 429 with Retry-After; the others read on."""
    with (
        tutor_service(stack, tmp_path_factory.mktemp("readers"), SCRIPT) as other,
        ThreadPoolExecutor(24) as pool,
    ):
        student.ask(about("slowly"), most=6)
        there = Student(stack, other, student.user_id, DATABASES, student.conversation_id)
        asked = [
            [pool.submit(reader.resume, most=8) for _ in range(12)] for reader in (student, there)
        ]
        for submitted in asked:
            got = [one.result() for one in submitted]
            statuses = Counter(one.status for one in got)
            assert statuses[200] >= 1 and statuses[429] >= 1, statuses
            assert all(int(one.headers["retry-after"]) > 0 for one in got if one.status == 429)
        student.stop()
