"""Fills a database with sql/bench/generate.sql."""

from __future__ import annotations

import psycopg

from tests.support.cluster import ROOT
from tests.support.database import Row

GENERATOR = ROOT / "sql" / "bench" / "generate.sql"


def generate(connection: psycopg.Connection[Row], **settings: object) -> None:
    """Generate a school in a superuser's transaction; sql/bench/generate.sql has the settings.

    The local settings of the file are reset, so that the transaction continues as before.
    """
    for name, value in settings.items():
        connection.execute("select set_config(%s, %s, true)", [f"bench.{name}", str(value)])
    connection.execute(GENERATOR.read_bytes())
    for name in settings:
        connection.execute("select set_config(%s, '', true)", [f"bench.{name}"])
