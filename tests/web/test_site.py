"""The front end of examples/web, built and used in Chromium: a journey is a file of journeys/."""

from __future__ import annotations

import html
import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.support.stack import Stack
from tests.web.conftest import WEB

JOURNEYS = Path(__file__).parent / "journeys"
SHORT = ("visitor", "lesson")
LONG = sorted({file.stem for file in JOURNEYS.glob("*.mjs")} - set(SHORT))


def run(name: str, site: str, stack: Stack) -> None:
    """A journey ends with 0 when every step and check of it passed."""
    done = subprocess.run(
        ["node", str(JOURNEYS / f"{name}.mjs")],
        env=os.environ
        | {
            "SITE": site,
            "SITE_IS_BUILT": "1",
            "SUPABASE_URL": stack.supabase_url,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
            "DATABASE_URL": stack.database.url,
        },
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", SHORT)
def test_short_journey(name: str, site: str, stack: Stack) -> None:
    """What must work after every change."""
    run(name, site, stack)


@pytest.mark.long
@pytest.mark.parametrize("name", LONG)
def test_journey(name: str, site: str, stack: Stack) -> None:
    """Every page, as its people use it."""
    run(name, site, stack)


def test_policy_is_in_the_page(site: str, stack: Stack) -> None:
    """The page itself forbids scripts of others, inline scripts and styles."""
    answer = httpx.get(site)
    [policy] = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', answer.text)
    policy = html.unescape(policy)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == "'self'"
    assert rules["connect-src"] == f"'self' {stack.supabase_url} {stack.service_url}"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_no_other_key_is_in_the_files(site: str, stack: Stack) -> None:
    """No file of the site has a secret, and no source reads one."""
    for source in [*WEB.glob("src/**/*.ts*"), WEB / "vite.config.ts"]:
        assert "SECRET" not in source.read_text(), source
    scripts = re.findall(r'"(/assets/[^"]+\.js)"', httpx.get(site).text)
    for script in scripts:
        text = httpx.get(site + script).text
        assert stack.secret_key not in text and stack.jwt_secret not in text


def test_sizes() -> None:
    """The front end is small: at most 5,000 lines of code beside its texts, and 250 in a file."""
    lines = {file: file.read_text().splitlines() for file in WEB.glob("src/**/*.*")}
    code = [
        line
        for file, text in lines.items()
        for line in text
        if file.parent.name != "messages" and not re.match(r"\s*(//|$)", line)
    ]
    assert len(code) <= 5000
    longest = max(lines, key=lambda file: len(lines[file]))
    assert len(lines[longest]) <= 250, longest
