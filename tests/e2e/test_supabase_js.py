"""The same platform through supabase-js."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.support.contract import check_answer, is_checked
from tests.support.stack import Stack

SCRIPT = Path(__file__).with_name("journey.mjs")
STEPS = 12


def test_supabase_js(stack: Stack, tmp_path: Path) -> None:
    """Every step of the script succeeds, and every answer has the shape of the contract."""
    answers = tmp_path / "answers"
    result = subprocess.run(
        ["node", str(SCRIPT)],
        env={
            **os.environ,
            "ANSWERS": str(answers),
            "SUPABASE_URL": stack.supabase_url,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("ok ") == STEPS, result.stdout
    checked = set()
    for line in answers.read_text().splitlines():
        name, text = json.loads(line)
        if is_checked(name):
            check_answer(name, text)
            checked.add(name)
    assert checked >= {"course_outline", "my_learning", "record_progress", "publish_course"}
