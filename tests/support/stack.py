"""The local stack, started for the tests on free ports and removed afterwards."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.cluster import ROOT
from tests.support.database import Database


@dataclass(frozen=True)
class Replica:
    """A Postgres that replicates the stack's, and a PostgREST on it."""

    database: Database
    postgrest_url: str


@dataclass(frozen=True)
class Stack:
    """Addresses and keys of a running stack; no `postgrest_url` where PostgREST has no binary."""

    supabase_url: str
    postgrest_url: str | None
    service_url: str
    web_url: str
    publishable_key: str
    secret_key: str
    jwt_secret: str
    database: Database
    replica: Replica | None = None


def _replica(facts: dict[str, str | None]) -> Replica | None:
    url, superuser_url = facts["replica_database_url"], facts["replica_superuser_url"]
    postgrest_url = facts["replica_postgrest_url"]
    if url is None or superuser_url is None or postgrest_url is None:
        return None
    return Replica(Database(url, superuser_url), postgrest_url)


@contextmanager
def ephemeral_stack(*options: str) -> Iterator[Stack]:
    """Start Postgres, Auth, PostgREST, the gateway and the service, migrated and seeded.

    Options are those of `up.mjs --ephemeral`.
    """
    with tempfile.NamedTemporaryFile("w+", prefix="lyceum-stack-", suffix=".log") as log:
        process = subprocess.Popen(
            ["node", str(ROOT / "supabase" / "local" / "up.mjs"), "--ephemeral", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            text=True,
        )
        try:
            assert process.stdout is not None
            ready = next(
                (line for line in process.stdout if line.startswith('{"ready":true')), None
            )
            if ready is None:
                process.wait(timeout=30)
                raise RuntimeError(f"the stack did not start:\n{Path(log.name).read_text()}")
            facts = json.loads(ready)
            yield Stack(
                supabase_url=facts["supabase_url"],
                postgrest_url=facts["postgrest_url"],
                service_url=facts["service_url"],
                web_url=facts["web_url"],
                publishable_key=facts["publishable_key"],
                secret_key=facts["secret_key"],
                jwt_secret=facts["jwt_secret"],
                database=Database(
                    facts["database_url"], facts["superuser_url"], facts["pooled_url"]
                ),
                replica=_replica(facts),
            )
        finally:
            process.terminate()
            process.wait(timeout=30)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
