"""The commit of the measured code, and hashes that ignore comments and moved files."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterable
from hashlib import sha256

from tests.support.cluster import ROOT
from tests.tools.snapshot import FILE as SNAPSHOT

SERVICE = ROOT / "backend" / "app"
MEASURED = ("backend", "sql", "supabase")


def schema_hash(snapshot: str) -> str:
    """The hash of the definitions in a snapshot of the schema, without comments."""
    text = re.sub(r"^comment on .*?';$", "", snapshot, flags=re.DOTALL | re.MULTILINE)
    lines = [re.sub(r"\s*--.*", "", line) for line in text.splitlines()]
    return _digest("\n".join(filter(None, lines)))


def service_hash(sources: Iterable[str]) -> str:
    """The hash of Python modules in any order, without comments and docstrings."""
    return _digest("\n".join(sorted(map(_code, sources))))


def versions() -> dict[str, str]:
    """The hashes of the current code."""
    return {
        "schema": schema_hash(SNAPSHOT.read_text()),
        "service": service_hash(file.read_text() for file in SERVICE.rglob("*.py")),
    }


def commit() -> str | None:
    """The short hash of the commit, with a + when the measured code differs from it."""
    try:
        head = _git("rev-parse", "--short", "HEAD")
        return head + ("+" if _git("status", "--porcelain", "--", *MEASURED) else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _code(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and (ast.get_docstring(node, clean=False) is not None):
            del node.body[0]
    return ast.dump(tree)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return run.stdout.strip()
