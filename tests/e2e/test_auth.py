"""The local Auth with the official client: what it can do works, the rest is one clear error."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.e2e.test_local_stack import Local
from tests.support.cluster import ROOT
from tests.support.stack import Stack

EMAIL, PASSWORD = "learner@lyceum.test", "lyceum-demo"
PAGE = "http://localhost:5173/welcome?next=1"


class Mails:
    """A stack of `make up` whose log is read: it holds the mails."""

    def __init__(self, local: Local) -> None:
        self.local = local
        text = (local.folder / ".env").read_text()
        self.keys = dict(re.findall(r"(?m)^(SUPABASE_\w+_KEY)=(.+)$", text))
        self.lines: list[str] = []

    def run(self, **given: Any) -> dict[str, Any]:
        """Run a step of `auth.mjs`."""
        return walk(
            self.local.gateway,
            self.keys["SUPABASE_PUBLISHABLE_KEY"],
            self.keys["SUPABASE_SECRET_KEY"],
            given,
        )

    def wait(self, pattern: str) -> str:
        """What the last mail holds."""
        for _ in range(200):
            found = re.findall(pattern, "\n".join(self.lines))
            if found:
                return str(found[-1])
            time.sleep(0.05)
        raise AssertionError(f"no mail has {pattern}")


def walk(url: str, key: str, secret: str, given: dict[str, Any]) -> dict[str, Any]:
    """Run `auth.mjs` with an input; its answer."""
    done = subprocess.run(
        ["node", str(ROOT / "tests" / "e2e" / "auth.mjs"), url, key, secret],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mails]:
    """A running stack."""
    folder: Path = tmp_path_factory.mktemp("auth")
    folder.chmod(0o755)
    mails = Mails(Local.make(folder))
    process = mails.local.spawn("--no-service")
    assert process.stdout is not None
    output = process.stdout

    def read() -> None:
        mails.lines.extend(line.rstrip("\n") for line in output)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        for _ in range(600):
            if any("Ctrl-C" in line for line in mails.lines):
                break
            assert process.poll() is None, "\n".join(mails.lines)
            time.sleep(0.1)
        yield mails
    finally:
        process.terminate()
        process.wait(30)
        reader.join(5)
        output.close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["magiclink", "recovery"])
def test_e4_a_link_leads_back_to_the_page(mails: Mails, kind: str) -> None:
    """The link has the host of the gateway and `redirectTo`; its code is exchanged once (PKCE)."""
    mails.lines.clear()
    asked = mails.run(act="ask", kind=kind, email=EMAIL, redirectTo=PAGE)
    assert asked["error"] is None
    link = mails.wait(r"(https?://\S+/auth/v1/verify\?\S+)")
    assert link.startswith(f"{mails.local.gateway}/auth/v1/verify?")
    back = httpx.get(link)
    assert back.status_code == 303
    target = urlsplit(back.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == "http://localhost:5173/welcome"
    query = parse_qs(target.query)
    assert query["next"] == ["1"] and target.fragment == ""
    stolen = mails.run(act="exchange", code=query["code"][0], memory={})
    assert stolen["error"] is not None
    got = mails.run(act="exchange", code=query["code"][0], memory=asked["memory"])
    assert (got["email"], got["error"]) == (EMAIL, None)
    again = mails.run(act="exchange", code=query["code"][0], memory=asked["memory"])
    assert again["error"] is not None


def test_e4_a_code_of_a_mail_signs_in(mails: Mails) -> None:
    """`verifyOtp({ type: "email" })` takes the code of the mail, and no other."""
    mails.lines.clear()
    mails.run(act="ask", kind="magiclink", email="learner2@lyceum.test")
    code = mails.wait(r"login code is: (\d{6})")
    wrong = mails.run(act="code", email="learner2@lyceum.test", token="000000")
    assert wrong["error"]
    got = mails.run(act="code", email="learner2@lyceum.test", token=code)
    assert (got["email"], got["error"]) == ("learner2@lyceum.test", None)


def test_e4_what_is_not_there_says_so(stack: Stack) -> None:
    """Each call that the local Auth lacks is one AuthApiError with a code and a sentence."""
    given = {"act": "refused", "email": EMAIL, "password": PASSWORD}
    found = walk(stack.supabase_url, stack.publishable_key, stack.secret_key, given)
    assert found.pop("functions") == ["FunctionsHttpError", 404, "NOT_FOUND"]
    assert set(found) == {
        *("createUser", "listUsers", "enroll", "linkIdentity", "idToken", "phone")
    }
    for call, error in found.items():
        assert error == ["AuthApiError", 422, "not_supported", True], call
