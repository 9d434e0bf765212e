"""Fixtures of the tests of pages."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.browser import BROWSER
from tests.support.cluster import ROOT
from tests.support.stack import Stack
from tests.tutor.conftest import world

__all__ = ["world"]

WEB = ROOT / "examples" / "web"


@pytest.fixture(scope="session")
def site(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The front end, built for the stack and served as static files; its address."""
    if BROWSER is None:
        pytest.skip("NO BROWSER: install chromium (`supabase/local/install.sh browser`)")
    folder: Path = tmp_path_factory.mktemp("site")
    environment = os.environ | {
        "SUPABASE_URL": stack.supabase_url,
        "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        "SERVICE_URL": stack.service_url,
        "WEB_URL": stack.web_url,
        "MEDIA_ORIGINS": "",
    }
    vite = str(WEB / "node_modules" / ".bin" / "vite")
    built = subprocess.run(
        [vite, "build", "--outDir", str(folder), "--logLevel", "warn", "--emptyOutDir"],
        cwd=WEB,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert built.returncode == 0, built.stderr
    served = subprocess.Popen(
        [vite, "preview", "--outDir", str(folder)],
        cwd=WEB,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(stack.web_url)
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline and served.poll() is None
                time.sleep(0.1)
        yield stack.web_url
    finally:
        served.terminate()
        served.wait(timeout=10)
