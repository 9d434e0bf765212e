"""A backup of one stack, loaded into another one, is the same school."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.support.cluster import ROOT
from tests.support.database import Database
from tests.support.http import token
from tests.support.stack import Stack, ephemeral_stack

pytestmark = pytest.mark.slow

TABLES = """
select format('%I.%I', n.nspname, c.relname) as name
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('auth', 'private', 'public') and c.relkind in ('r', 'p')
  and not c.relispartition order by 1
"""
COURSE = "c1000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def first() -> Iterator[Stack]:
    """A stack with the demo data, which this module changes."""
    with ephemeral_stack("--no-service") as running:
        yield running


@pytest.fixture(scope="module")
def other() -> Iterator[Stack]:
    """A stack with the migrations and without data."""
    with ephemeral_stack("--no-service", "--no-seeds") as running:
        yield running


def backup(act: str, file: Path, stack: Stack) -> subprocess.CompletedProcess[str]:
    """Run the script as an operator does."""
    script = ROOT / "supabase" / "local" / "backup.py"
    return subprocess.run(
        [sys.executable, str(script), act, str(file), stack.database.superuser_url],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=file.parent,
    )


def content(database: Database) -> dict[str, tuple[int, str]]:
    """Number of rows and a hash of each table."""
    with psycopg.connect(database.superuser_url) as connection:
        found = {}
        for (name,) in connection.execute(TABLES).fetchall():
            [row] = connection.execute(
                "select count(*), md5(coalesce(string_agg(t::text, '|' order by t::text), ''))"
                f" from {name} as t".encode()
            ).fetchall()
            found[name] = row
        return found


def call(stack: Stack, bearer: str, function: str, **body: object) -> httpx.Response:
    """Call a function as a signed-in person."""
    return httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/{function}",
        headers={"apikey": stack.publishable_key, "Authorization": f"Bearer {bearer}"},
        json=body,
    )


def test_f10_a_backup_is_restored(first: Stack, other: Stack, tmp_path: Path) -> None:
    """Every table has the same rows, the audits are empty, and the school goes on."""
    bearer = token(first, "learner2@lyceum.test")
    assert call(first, bearer, "enroll", course_id=COURSE).status_code in {200, 201}
    odd = "\u2028 \r tab\t back\\slash \\. \n line 李 🦆"
    answer = httpx.patch(
        f"{first.supabase_url}/rest/v1/profiles?email=eq.learner2@lyceum.test",
        headers={"apikey": first.publishable_key, "Authorization": f"Bearer {bearer}"},
        json={"name": "李 🦆"},
    )
    assert answer.status_code in {200, 204}
    root = first.database.connect()
    root.act("postgres").run("update public.lesson_contents set body_md = body_md || %s", odd)
    root.commit()
    root.hold_sums()
    file = tmp_path / "school.gz"
    saved = backup("save", file, first)
    assert (saved.returncode, saved.stderr) == (0, "")
    before = content(first.database)
    root.close()
    loaded = backup("load", file, other)
    assert (loaded.returncode, loaded.stderr) == (0, ""), loaded.stdout
    assert loaded.stdout.count(": 0 rows have drifted") == 6
    after = content(other.database)
    # Times of use move while the first stack is read.
    moving = {"auth.sessions", "auth.refresh_tokens", "auth.users"}
    assert {name: value for name, value in before.items() if name not in moving} == {
        name: value for name, value in after.items() if name not in moving
    }
    assert sum(count for count, _ in after.values()) > 500
    # Passwords, rights and sequences work as before.
    bearer = token(other, "learner2@lyceum.test")
    courses = call(other, bearer, "my_learning").json()
    assert [row["course_id"] for row in courses] == [COURSE]
    lesson = f"{COURSE[:-3]}101"
    assert call(other, bearer, "complete_lesson", lesson_id=lesson).status_code == 200
    made = httpx.post(
        f"{other.supabase_url}/auth/v1/signup",
        headers={"apikey": other.publishable_key},
        json={"email": "new@lyceum.test", "password": "secret-pass"},
    )
    assert made.status_code == 200


def test_f10_a_bad_file_changes_nothing(first: Stack, other: Stack, tmp_path: Path) -> None:
    """Half a file, another file and another version are refused, and the data stays."""
    whole = tmp_path / "whole.gz"
    assert backup("save", whole, first).returncode == 0
    text = gzip.decompress(whole.read_bytes())
    before = content(other.database)
    for name, damaged in (
        ("ends too early", text[: len(text) // 2]),
        ("is no backup", b'{"hello": 1}\n' + text),
        ("other migrations", text.replace(b'"versions": ["', b'"versions": ["1", "', 1)),
    ):
        file = tmp_path / "bad.gz"
        file.write_bytes(gzip.compress(damaged))
        refused = backup("load", file, other)
        assert refused.returncode == 1
        assert name in refused.stderr
    assert backup("load", tmp_path / "absent.gz", other).returncode == 1
    assert content(other.database) == before
