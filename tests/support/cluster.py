"""A throw-away cluster of the system's Postgres, migrated like a Supabase project."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.support.database import Database

ROOT = Path(__file__).resolve().parents[2]
BOOTSTRAP = ROOT / "sql" / "bootstrap"
MIGRATIONS = ROOT / "supabase" / "migrations"
SEEDS = ROOT / "supabase" / "seeds"


def system_binaries() -> Path | None:
    """The newest system Postgres that has a server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


def free_port() -> int:
    """A free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def run_file(url: str, file: Path) -> None:
    """Run one SQL file in one transaction."""
    with psycopg.connect(url) as connection:
        connection.execute(file.read_bytes())


@contextmanager
def system_cluster(*, storage: bool = True) -> Iterator[Database]:
    """Start the system's Postgres, apply bootstrap, migrations and seeds; remove it afterwards.

    `storage` says whether it has schema `storage`; a server of Storage it never has.
    """
    binaries = system_binaries()
    if binaries is None:
        raise FileNotFoundError("no system Postgres under /usr/lib/postgresql")
    # Postgres refuses to run as root; Debian's package creates the account postgres.
    user = "postgres" if os.geteuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="lyceum-pg-"))
    if user:
        account = pwd.getpwnam(user)
        os.chown(home, account.pw_uid, account.pw_gid)
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd=home, stdout=subprocess.DEVNULL)

    try:
        run(str(binaries / "initdb"), "-D", f"{home}/data", "-U", "supabase_admin", "-A", "trust")
        options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -k {home} -c fsync=off "
            "-c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c jit=off"
        )
        control = str(binaries / "pg_ctl")
        run(control, "-D", f"{home}/data", "-o", options, "-l", f"{home}/log", "-w", "start")
        try:
            host = f"127.0.0.1:{port}"
            database = Database(
                url=f"postgresql://postgres:postgres@{host}/postgres",
                superuser_url=f"postgresql://supabase_admin@{host}/postgres",
            )
            left_out = set() if storage else {BOOTSTRAP / "45_storage.sql"}
            for file in sorted(set(BOOTSTRAP.glob("*.sql")) - left_out):
                run_file(database.superuser_url, file)
            for file in [*sorted(MIGRATIONS.glob("*.sql")), *sorted(SEEDS.glob("*.sql"))]:
                run_file(database.url, file)
            yield database
        finally:
            run(control, "-D", f"{home}/data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)
