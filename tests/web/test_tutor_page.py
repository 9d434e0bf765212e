"""The page of docs/tutor.md, built and used in Chromium: an unmodified `useChat` and the tutor."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest

from app.models.errors import ERRORS
from tests.rpc.support import World
from tests.support.browser import BROWSER, Tab, browser
from tests.support.cluster import ROOT
from tests.support.stack import Stack
from tests.support.tutor import Books, tutor_service
from tests.tutor.script import DATABASES, QUESTION, SCRIPT, about

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="NO BROWSER: install chromium (`supabase/local/install.sh browser`)"
)

BLOCK = re.compile(r"^```(tsx?)\n(.*?)^```", re.DOTALL | re.MULTILINE)
SERVICE = "http://127.0.0.1:8000"
PASSWORD = "a page of its own"


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and writes no log."""

    def log_message(self, *_: object) -> None:
        """Writes nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A web server for a folder, on loopback; its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def build(folder: Path, site: Path, service: str) -> None:
    """Bundles the snippets of the page as they stand in the docs, with the address of a service."""
    blocks = dict(BLOCK.findall((ROOT / "docs/tutor.md").read_text()))
    assert blocks["tsx"].count(SERVICE) == 1
    (folder / "tutor.tsx").write_text(blocks["tsx"].replace(SERVICE, service))
    (folder / "history.ts").write_text(blocks["ts"])
    (folder / "main.jsx").write_text((ROOT / "tests/web/main.jsx").read_text())
    run = subprocess.run(
        [
            *(str(ROOT / "node_modules/.bin/esbuild"), "main.jsx", "--bundle"),
            *(f"--outfile={site / 'main.js'}", "--jsx=automatic", "--log-level=warning"),
            '--define:process.env.NODE_ENV="production"',
        ],
        cwd=folder,
        env=os.environ | {"NODE_PATH": str(ROOT / "node_modules")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0 and not run.stderr, run.stderr
    (site / "index.html").write_text(
        '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Tutor</title>'
        '<body><script src="main.js"></script>'
    )


class Page:
    """The page in a tab, as a learner uses it."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def wait(self, expression: str, seconds: float = 20) -> None:
        """Waits until an expression is true."""
        deadline = time.monotonic() + seconds
        while not self.tab.evaluate(expression):
            assert time.monotonic() < deadline, (
                expression,
                self.tab.evaluate(_BODY),
                self.tab.complaints,
            )
            time.sleep(0.05)

    def sign_in(self, email: str) -> None:
        """Fills in the form of the page."""
        self.wait("!!document.querySelector('[name=email]')")
        self.tab.evaluate(
            f"document.querySelector('[name=email]').value = {json.dumps(email)};"
            f"document.querySelector('[name=password]').value = {json.dumps(PASSWORD)};"
            "document.querySelector('form').requestSubmit()"
        )
        self.wait("!!document.querySelector('[name=question]')")

    def ask(self, question: str) -> None:
        """Sends a question."""
        self.tab.evaluate(
            f"document.querySelector('[name=question]').value = {json.dumps(question)};"
            "document.querySelector('form').requestSubmit()"
        )

    def press(self, label: str) -> None:
        """Presses a button, once it is there."""
        button = f"[...document.querySelectorAll('button')].find(b => b.textContent === '{label}')"
        self.wait(f"!!{button}")
        self.tab.evaluate(f"{button}.click()")

    def settle(self, count: int) -> None:
        """Waits until so many answers are there, and none grows."""
        self.wait(f"{SHOWN}.length === {count} && {_BODY}.includes('Another answer')")

    def answers(self) -> list[str]:
        """The texts of the answers, top to bottom."""
        texts: list[str] = self.tab.evaluate(f"[...{SHOWN}].map(p => p.textContent)")
        return texts

    def grow(self, count: int) -> None:
        """Waits until so many answers are there, and the last one grows."""
        self.wait(f"{SHOWN}.length === {count} && {SHOWN}[{count - 1}].textContent.length > 60")

    def alerts(self) -> list[str]:
        """The errors that the page shows."""
        texts: list[str] = self.tab.evaluate(
            "[...document.querySelectorAll('[role=alert]')].map(p => p.textContent)"
        )
        return texts


_BODY = "document.body.textContent"
SHOWN = "document.querySelectorAll('.assistant p')"
# The invented source [77] of the script is removed.
WHOLE = (
    "A page is a block of a file. It has 8192 bytes [1]. Every read moves whole pages [3], "
    "as another place says.\n\nHow many rows would fit on one? "
)


def sign_up(stack: Stack, world: World, email: str) -> UUID:
    """A new account with a password, enrolled in the course on databases."""
    answer = httpx.post(
        f"{stack.supabase_url}/auth/v1/signup",
        headers={"apikey": stack.publishable_key},
        json={"email": email, "password": PASSWORD},
    )
    assert answer.status_code == 200, answer.text
    user_id = UUID(answer.json()["user"]["id"])
    world.user_ids.append(user_id)
    world.session.act("postgres")
    world.school.enroll(user_id, UUID(DATABASES))
    world.commit()
    return user_id


def test_a_page_with_use_chat(
    stack: Stack, world: World, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Ask, stop, ask again, regenerate, reload and resume, as the docs show it."""
    email = f"{uuid4().hex}@school.test"
    books = Books(stack.database, sign_up(stack, world, email))
    site = tmp_path_factory.mktemp("site")
    with (
        served(site) as origin,
        tutor_service(
            stack, tmp_path, SCRIPT, CORS_ORIGINS=origin, TUTOR_RUN_SECONDS="30"
        ) as service,
        browser() as tab,
    ):
        build(tmp_path, site, service.url)
        page = Page(tab)
        given = {
            "supabase": stack.supabase_url,
            "key": stack.publishable_key,
            "course": DATABASES,
        }

        # Without an id of its own the chat gets one from the SDK.
        tab.open(f"{origin}/?{urlencode(given)}", {})
        page.sign_in(email)
        page.ask(QUESTION)
        page.settle(1)
        assert page.answers() == [WHOLE]
        cited = tab.evaluate("[...document.querySelectorAll('cite')].map(c => c.textContent)")
        assert len(cited) >= 2 and all(cited)
        page.ask("Which bird lays the largest eggs in Patagonia?")
        page.settle(2)

        # With an id that the page knows it can be loaded again.
        chat = str(uuid4())
        address = f"{origin}/?{urlencode(given | {'chat': chat})}"
        tab.open(address, {})
        page.wait("!!document.querySelector('[name=question]')")
        page.ask(about("slowly"))
        page.grow(1)
        page.press("Stop")
        page.settle(1)
        page.ask(QUESTION)
        page.settle(2)
        assert page.answers()[1] == WHOLE
        assert page.alerts() == []

        page.press("Another answer")
        outcomes = [line["outcome"] for line in books.wait(5)]
        page.settle(2)
        assert page.answers()[1] == WHOLE
        assert outcomes == ["complete", "complete", "stopped", "complete", "complete"]

        # The stopped answer is stored with all that was made of it; the rest is what the page has.
        before = page.answers()
        tab.open(address, {})
        page.settle(2)
        after = page.answers()
        assert after[0].startswith(before[0].rstrip()) and after[1:] == before[1:]
        assert tab.evaluate("document.querySelectorAll('.user').length") == 2

        # An answer that is running when the page is loaded again goes on.
        page.ask(about("slowly"))
        page.grow(3)
        tab.open(address, {})
        page.grow(3)
        page.press("Stop")
        page.settle(3)
        page.ask(QUESTION)
        page.settle(4)
        assert page.answers()[3] == WHOLE
        assert page.alerts() == []

        # A refusal shows its sentence.
        world.session.act("postgres")
        world.session.run("delete from public.enrollments where user_id = %s", books.user_id)
        world.session.run("delete from public.entitlements where user_id = %s", books.user_id)
        world.commit()
        page.ask(QUESTION)
        page.wait("!!document.querySelector('[role=alert]')")
        [alert] = page.alerts()
        assert alert == ERRORS["not_enrolled"].message
