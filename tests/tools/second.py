"""A second database in the cluster under test, for tests that must commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg

from tests.support.cluster import BOOTSTRAP, run_file
from tests.support.database import Database


@contextmanager
def second_database(database: Database, name: str) -> Iterator[Database]:
    """An empty database with the platform's roles, schemas and default privileges."""
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template template0")
        try:
            second = Database(
                urlsplit(database.url)._replace(path=f"/{name}").geturl(),
                urlsplit(database.superuser_url)._replace(path=f"/{name}").geturl(),
            )
            for file in sorted(BOOTSTRAP.glob("*.sql")):
                run_file(second.superuser_url, file)
            yield second
        finally:
            connection.execute(f"drop database {name} (force)")
