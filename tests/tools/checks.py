"""The catalogue checks of sql/checks: reads them, runs them, filters the exceptions.

`python -m tests.tools.checks [DATABASE_URL]` prints the findings in any database with the
migrations, hosted or local, and exits with 1 when there are any.
"""

from __future__ import annotations

import os
import sys
import tomllib
from pathlib import Path
from typing import cast

from tests.support.cluster import ROOT
from tests.support.database import Database, Row, Session

FOLDER = ROOT / "sql" / "checks"
COLUMNS = ["name", "level", "detail", "cache_key"]


def check_files() -> list[Path]:
    """The files of all checks, in order."""
    return sorted(FOLDER.glob("*.sql"))


def check_name(file: Path) -> str:
    """The name of a check: its file without number and suffix."""
    return file.stem.split("_", 1)[1]


def exceptions() -> dict[str, str]:
    """Intended findings: cache_key to reason."""
    entries = tomllib.loads((FOLDER / "exceptions.toml").read_text()).get("exception", [])
    return {entry["cache_key"]: entry["reason"] for entry in entries}


def findings(session: Session, file: Path) -> list[Row]:
    """The rows of one check, as (name, level, detail, cache_key)."""
    # With an empty search path, the catalogue prints every name with its schema.
    session.run("set local search_path = ''")
    rows = session.all(file.read_text())
    session.run("reset search_path")
    return rows


def main() -> int:
    """Run every check on one database and print the findings."""
    url = sys.argv[1] if len(sys.argv) > 1 else os.environ["DATABASE_URL"]
    session = Database(url, url).connect()
    excepted = exceptions()
    found = [row for file in check_files() for row in findings(session, file)]
    session.close()
    unexpected = [row for row in found if row["cache_key"] not in excepted]
    for row in unexpected:
        print(f"{cast(str, row['level']):5} {row['detail']} [{row['cache_key']}]")
    print(f"{len(unexpected)} findings, {len(found) - len(unexpected)} excepted")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
