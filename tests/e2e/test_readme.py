"""The examples of the README work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cluster import MIGRATIONS, ROOT
from tests.support.stack import Stack

README = (ROOT / "README.md").read_text()
RAISED = re.compile(r"raise sqlstate '(?:PT(\d+)|(42501))' using\s+message = '(\w+)'")
ROW = re.compile(r"^\| `(\w+)` \| ([\d, ]+) \|", re.MULTILINE)


def snippet(language: str, containing: str, stack: Stack) -> str:
    """The README's code block in this language that contains a text, adapted to this stack."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    (block,) = [block for block in blocks if containing in block]
    return str(block).replace("http://127.0.0.1:54321", stack.supabase_url)


def test_curl(stack: Stack) -> None:
    """The first curl lists the demo courses."""
    command = snippet("sh", "/courses?", stack)
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=30)
    assert "databases-inside" in result.stdout


def test_search(stack: Stack) -> None:
    """The search with curl finds three rows for a visitor."""
    command = snippet("sh", "rpc/search", stack)
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=30)
    assert len(json.loads(result.stdout)) == 3


def test_tutor(stack: Stack) -> None:
    """The question with curl gets a complete answer with sources and text."""
    command = snippet("sh", "/v1/tutor/chat", stack)
    command = command.replace("http://127.0.0.1:8000", stack.service_url)
    result = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=30)
    assert '"type":"source-document"' in result.stdout
    assert '"type":"text-delta"' in result.stdout
    assert result.stdout.endswith("data: [DONE]\n\n")


def test_supabase_py(stack: Stack) -> None:
    """The supabase-py example prints the learner's course."""
    script = snippet("python", "create_client", stack)
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30
    )
    assert result.returncode == 0, result.stderr
    assert "50" in result.stdout


def test_supabase_js(stack: Stack, tmp_path: Path) -> None:
    """The supabase-js example enrolls, reads and completes."""
    script = snippet("js", "createClient", stack)
    # Node 20 has no WebSocket; only Realtime needs it.
    polyfill = "globalThis.WebSocket ??= class {};\n"
    result = subprocess.run(
        ["node", "--input-type=module", "-e", polyfill + script + "\nprocess.exit(0);"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"active \d{3,}\n", result.stdout)


def test_error_table() -> None:
    """The table of errors names exactly the codes that migrations raise, with their status."""
    raised: dict[str, set[str]] = {}
    for file in MIGRATIONS.glob("*.sql"):
        for status, denied, code in RAISED.findall(file.read_text()):
            raised.setdefault(code, set()).add(status or denied)
    table = README.split("<!-- errors -->")[1].split("<!-- /errors -->")[0]
    documented = {code: set(statuses.split(", ")) for code, statuses in ROW.findall(table)}
    assert documented == raised


@pytest.mark.parametrize("target", re.findall(r"make (\w+)", README))
def test_make_target_exists(target: str) -> None:
    """Every target that the README names is in the Makefile."""
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
