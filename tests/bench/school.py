"""Fills a database with sql/bench/generate.sql."""

from __future__ import annotations

import psycopg

from tests.support.cluster import ROOT
from tests.support.database import Row

GENERATOR = ROOT / "sql" / "bench" / "generate.sql"


def generate(connection: psycopg.Connection[Row], **settings: object) -> None:
    """Writes a school in the transaction of a superuser's connection; see the file for settings.

    The file's local settings are undone, so that the transaction goes on as it began.
    """
    for name, value in settings.items():
        connection.execute("select set_config(%s, %s, true)", [f"bench.{name}", str(value)])
    connection.execute(GENERATOR.read_bytes())
    for name in settings:
        connection.execute("select set_config(%s, '', true)", [f"bench.{name}"])
