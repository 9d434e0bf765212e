"""A Postgres with pgvector, migrated and seeded: PGlite, from the npm packages of the stack."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.support.cluster import BOOTSTRAP, MIGRATIONS, ROOT, SEEDS, run_file
from tests.support.database import Database

# The extension that PGlite lacks; no migration needs it.
ABSENT = "create extension if not exists pg_stat_statements with schema extensions;"


@contextmanager
def pglite_database() -> Iterator[Database]:
    """PGlite in memory; one connection at a time, and each shares the session of the last one."""
    process = subprocess.Popen(
        ["node", str(ROOT / "tests" / "support" / "pglite.mjs")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, "PGlite did not start"
        url = f"postgresql://postgres@127.0.0.1:{int(line)}/postgres?sslmode=disable"
        with psycopg.connect(f"{url}&gssencmode=disable", autocommit=True) as connection:
            # PGlite starts with a superuser named postgres.
            connection.execute("create role supabase_admin superuser login")
            connection.execute("set session authorization supabase_admin")
            connection.execute("alter role postgres rename to founder")
            for file in sorted(BOOTSTRAP.glob("*.sql")):
                connection.execute(file.read_text().replace(ABSENT, "").encode())
            # On the platform postgres may create it, although pgvector is not marked as trusted.
            connection.execute("create extension vector with schema extensions")
            connection.execute("set session authorization postgres")
            connection.execute("set search_path = '$user', public, extensions")
        for file in [*sorted(MIGRATIONS.glob("*.sql")), *sorted(SEEDS.glob("*.sql"))]:
            run_file(f"{url}&gssencmode=disable", file)
        yield Database(f"{url}&gssencmode=disable", f"{url}&gssencmode=disable")
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()
