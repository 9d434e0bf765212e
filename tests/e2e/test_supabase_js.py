"""The same platform through supabase-js."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.support.stack import Stack

SCRIPT = Path(__file__).with_name("journey.mjs")
STEPS = 12


def test_supabase_js(stack: Stack) -> None:
    """Every step of the script holds."""
    result = subprocess.run(
        ["node", str(SCRIPT)],
        env={
            **os.environ,
            "SUPABASE_URL": stack.supabase_url,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("ok ") == STEPS, result.stdout
