"""backend/app/models/database.py is what the Supabase CLI makes of the schema."""

from __future__ import annotations

import difflib
import subprocess

import pytest

from tests.support.cluster import ROOT
from tests.support.stack import Stack

FILE = ROOT / "backend" / "app" / "models" / "database.py"


def test_row_models_are_current(stack: Stack) -> None:
    """The committed models equal `make types` on the migrated database."""
    run = subprocess.run(
        ["node", "supabase/local/types.mjs", "-", "--database-url", stack.database.url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    committed = FILE.read_text()
    if run.stdout != committed:
        difference = difflib.unified_diff(
            committed.splitlines(), run.stdout.splitlines(), "committed", "generated", lineterm=""
        )
        pytest.fail("\n".join([*difference, "", "Write it: make types"]), pytrace=False)
