"""The gateway while Postgres restarts, and clients that hold connections, memory or cores."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.support.http import token
from tests.support.stack import Stack, ephemeral_stack

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own() -> Iterator[Stack]:
    """A stack of this module's own, because its Postgres is made to crash."""
    with ephemeral_stack() as running:
        yield running


def _crash(stack: Stack) -> None:
    """Kill a backend: Postgres ends all others and recovers."""
    with psycopg.connect(stack.database.superuser_url) as connection:
        [pid] = connection.execute("select pg_backend_pid()").fetchone() or (0,)
        os.kill(pid, signal.SIGKILL)
        with suppress(psycopg.Error):
            connection.execute("select 1")


def test_f7_a_crash_is_503(own: Stack) -> None:
    """Every call during a crash of Postgres is answered, or refused with 503 and Retry-After."""
    bearer = token(own, "learner@lyceum.test")
    headers = {"apikey": own.publishable_key, "Authorization": f"Bearer {bearer}"}
    calls: list[tuple[str, str, dict[str, str] | None]] = [
        ("GET", f"{own.supabase_url}/rest/v1/courses?select=slug", None),
        ("POST", f"{own.supabase_url}/rest/v1/rpc/my_learning", {}),
        ("GET", f"{own.supabase_url}/auth/v1/user", None),
        ("GET", f"{own.service_url}/v1/me", None),
    ]
    over = threading.Event()
    odd: list[tuple[str, int, str]] = []
    seen: set[int] = set()

    def call(number: int) -> None:
        method, url, body = calls[number % len(calls)]
        with httpx.Client(headers=headers, timeout=20) as client:
            while not over.is_set():
                try:
                    answer = client.request(method, url, json=body)
                except httpx.TransportError as error:
                    odd.append((url, 0, repr(error)))
                    continue
                seen.add(answer.status_code)
                if answer.status_code == 200:
                    continue
                if answer.status_code != 503 or not int(answer.headers.get("retry-after", 0)):
                    odd.append((url, answer.status_code, answer.text))

    with ThreadPoolExecutor(12) as pool:
        running = [pool.submit(call, number) for number in range(12)]
        try:
            for _ in range(3):
                time.sleep(1)
                _crash(own)
            time.sleep(3)
        finally:
            over.set()
        for one in running:
            one.result()
    assert odd == []
    assert seen == {200, 503}


def test_auth_waits_for_no_query_for_ever(own: Stack) -> None:
    """A query without an answer is 503 after ten seconds; the next call is answered."""
    bearer = token(own, "learner@lyceum.test")
    headers = {"apikey": own.publishable_key, "Authorization": f"Bearer {bearer}"}

    def user() -> httpx.Response:
        return httpx.get(f"{own.supabase_url}/auth/v1/user", headers=headers, timeout=20)

    with psycopg.connect(own.database.superuser_url) as connection:
        connection.execute("lock table auth.users in access exclusive mode")
        answer = user()
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (503, True)
    assert user().status_code == 200


# A change of the sums and an event, as the writing functions of learners make them.
CHANGE = """
with seen as (
  update public.enrollments e set last_activity_at = e.last_activity_at + interval '1 day'
  where e.status = 'active' returning e.user_id, e.course_id
)

insert into private.facts (kind, user_id, course_id, detail)
select 'attempt_started', s.user_id, s.course_id, '{}' from seen as s
"""
STATE = """
select
  (select count(*) from private.analytics_audit()),
  (select count(*) from public.learning_events as e where e.kind = 'attempt_started'),
  (select max(e.seq) - count(*) from public.learning_events as e)
"""
BLOCKED = "select from pg_catalog.pg_locks as l where l.pid = %s and not l.granted"


def _recovered(url: str) -> psycopg.Connection[tuple[int, ...]]:
    """A connection, once Postgres has recovered."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.parametrize("is_summed", [False, True])
def test_a_killed_fold_changes_nothing(own: Stack, is_summed: bool) -> None:
    """A fold is killed in its statement or after it: no sum drifts, each event comes once."""
    url = own.database.superuser_url
    with (
        closing(_recovered(url)) as writer,
        closing(_recovered(url)) as guard,
        closing(_recovered(url)) as folder,
    ):
        pid = folder.info.backend_pid
        writer.execute("set synchronous_commit = on")
        # The service folds as well: it is kept out until the facts are there.
        folder.execute("begin")
        folder.execute("select private.lock_sums()")
        folder.execute("select private.fold_facts()")
        folder.execute("commit and chain")
        folder.execute("select private.lock_sums()")
        [drifted, started, gaps] = writer.execute(STATE).fetchone() or ()
        assert (drifted, gaps) == (0, 0)
        count = writer.execute(CHANGE).rowcount
        assert count > 0
        assert writer.execute("select count(*) from private.fact_deltas").fetchone() != (0,)
        if not is_summed:
            guard.execute("begin")
            guard.execute("select from private.course_rollups for update")

        def fold() -> None:
            with suppress(psycopg.Error):
                folder.execute("select private.fold_facts()")

        thread = threading.Thread(target=fold)
        thread.start()
        if is_summed:
            thread.join()
            assert folder.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS
        else:
            while writer.execute(BLOCKED, [pid]).fetchone() is None:
                assert thread.is_alive()
                time.sleep(0.01)
        os.kill(pid, signal.SIGKILL)
        thread.join()
        # Until Postgres has ended the others too, a new connection would end with them.
        with suppress(psycopg.OperationalError):
            while True:
                writer.execute("select pg_sleep(0.05)")
    with closing(_recovered(url)) as reader:
        assert reader.execute("select count(*) from private.analytics_audit()").fetchone() == (0,)
        # By whoever comes first.
        while reader.execute("select from private.facts limit 1").fetchone() is not None:
            reader.execute("select private.fold_facts()")
        assert reader.execute(STATE).fetchone() == (0, started + count, 0)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), timeout=20)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /rest/v1/courses HTTP/1.1\r\nHost: lyceum\r\n",
        b"POST /auth/v1/signup HTTP/1.1\r\nHost: lyceum\r\nContent-Le",
    ],
)
def test_c6_half_a_head_is_closed(stack: Stack, sent: bytes) -> None:
    """The gateway does not wait for the head of a request without end."""
    with closing(_connect(stack.supabase_url)) as half:
        half.sendall(sent)
        started = time.monotonic()
        answer = half.recv(1000)
        assert time.monotonic() - started < 15
        assert answer == b"" or answer.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("path", ["/rest/v1/rpc/enroll", "/auth/v1/signup"])
@pytest.mark.parametrize("is_declared", [True, False])
def test_c6_a_large_body_is_refused_at_once(stack: Stack, path: str, is_declared: bool) -> None:
    """40 MB are refused by their length, or when the limit is reached."""
    size = 40_000_000
    head = f"POST {path} HTTP/1.1\r\nHost: lyceum\r\napikey: {stack.publishable_key}\r\n"
    head += "Content-Type: application/json\r\n"
    length = f"Content-Length: {size}" if is_declared else "Transfer-Encoding: chunked"
    with closing(_connect(stack.supabase_url)) as connection:
        connection.sendall(f"{head}{length}\r\n\r\n".encode())
        sent = 0
        with suppress(ConnectionError):
            while not is_declared and sent < size:
                connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")
                sent += 65_536
        answer = b""
        with suppress(ConnectionError):
            answer = connection.recv(4000)
        assert sent < 30_000_000
        assert answer.startswith(b"HTTP/1.1 413") or (not is_declared and answer == b"")
