"""The code blocks of README.md and of the pages of docs/, and how they are run."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.support.cluster import ROOT
from tests.support.stack import Stack

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)
# Node 20 neither reads TypeScript nor has the WebSocket that supabase-js looks for.
TRANSPILE = """
const { transpileModule } = require("typescript");
const compilerOptions = { target: "es2022", module: "esnext" };
const text = require("node:fs").readFileSync(0, "utf8");
process.stdout.write(transpileModule(text, { compilerOptions }).outputText);
"""
POLYFILL = "globalThis.WebSocket ??= class {};\n"


def blocks(page: Path, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    return [text for name, text in BLOCK.findall(page.read_text()) if name == language]


def on_stack(text: str, stack: Stack) -> str:
    """A snippet with the addresses of this stack."""
    text = text.replace("http://127.0.0.1:54321", stack.supabase_url)
    return text.replace("http://127.0.0.1:8000", stack.service_url)


def run(command: list[str], script: str = "") -> str:
    """What a command prints, which must succeed."""
    result = subprocess.run(
        command, input=script, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def run_typescript(text: str, stack: Stack) -> str:
    """What a program in TypeScript prints on this stack."""
    script = run(["node", "--input-type=commonjs", "-e", TRANSPILE], on_stack(text, stack))
    return run(["node", "--input-type=module", "-"], f"{POLYFILL}{script}\nprocess.exit(0);\n")
