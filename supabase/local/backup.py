"""Saves all data of a Lyceum database to one file, and loads such a file.

    python supabase/local/backup.py save FILE [URL]   URL of Postgres; without one, the stack's
    python supabase/local/backup.py load FILE [URL]   replaces all data; asks nothing

The file is text, compressed with gzip: a line of JSON, then for each table a line of JSON, the
rows as COPY writes them and `\\.`, and last a line with the sequences. It holds data only: the
migrations make the schema, and must be the same on both sides. Rows are loaded with triggers off,
because the file also holds what triggers derive; then the audits run.
"""

import argparse
import gzip
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import quote, urlsplit

import psycopg

FORMAT: Final = "lyceum-data-1"
AUDITS: Final = (
    "progress_audit",
    "access_audit",
    "search_audit",
    "analytics_audit",
    "risk_audit",
    "place_audit",
)
ROOT: Final = Path(__file__).resolve().parents[2]
END: Final = b"\\.\n"
# The tables of the school. A partition is part of its table.
TABLES: Final = """
select format('%I.%I', n.nspname, c.relname), array(
  select quote_ident(a.attname) from pg_attribute as a
  where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  order by a.attnum
)
from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('auth', 'private', 'public') and c.relkind in ('r', 'p')
  and not c.relispartition and c.relname <> 'schema_migrations'
order by 1
"""
SEQUENCES: Final = """
select format('%I.%I', schemaname, sequencename), last_value from pg_sequences
where schemaname in ('auth', 'private', 'public') and last_value is not null order by 1
"""

Connection = psycopg.Connection[tuple[Any, ...]]


class Refused(Exception):
    """A failure that the operator can mend; its text is one sentence."""


def stack_url() -> str:
    """The superuser of the local stack, who may turn off triggers; else DATABASE_URL."""
    file = Path(os.environ.get("LYCEUM_ENV_FILE", ROOT / ".env"))
    lines = file.read_text().splitlines() if file.exists() else []
    values = dict(line.split("=", 1) for line in lines if "=" in line and line[:1] != "#")
    url = os.environ.get("DATABASE_URL") or values.get("DATABASE_URL", "").strip()
    if not url:
        raise Refused("DATABASE_URL is not set.")
    parts = urlsplit(url)
    folder = Path(os.environ.get("LYCEUM_LOCAL_DIR", ROOT / ".local"))
    password = folder / "postgres.password"
    if parts.hostname not in {"127.0.0.1", "localhost"} or not password.exists():
        return url
    secret = quote(password.read_text().strip(), safe="")
    return f"postgresql://supabase_admin:{secret}@127.0.0.1:{parts.port}/postgres"


def versions_of(connection: Connection) -> list[str]:
    """The migrations of the database."""
    rows = connection.execute(
        "select version from supabase_migrations.schema_migrations order by 1"
    )
    return [row[0] for row in rows]


def save(connection: Connection, file: Path) -> None:
    """Write the data of one snapshot to a file that is only there when it is whole."""
    part = file.with_name(f"{file.name}.part")
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with (
            os.fdopen(descriptor, "wb") as raw,
            gzip.open(raw, "wb", compresslevel=6) as out,
            connection.transaction(),
        ):
            head = {"format": FORMAT, "saved_at": datetime.now(UTC).isoformat()}
            _line(out, {**head, "versions": versions_of(connection)})
            tables = connection.execute(TABLES).fetchall()
            for name, columns in tables:
                _line(out, {"table": name, "columns": columns})
                select = f"copy (select {', '.join(columns)} from {name}) to stdout"
                with connection.cursor().copy(select.encode()) as rows:
                    for block in rows:
                        out.write(block)
                out.write(END)
            _line(out, {"sequences": dict(connection.execute(SEQUENCES).fetchall())})
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    print(f"Saved {len(tables)} tables to {file}.")


def load(connection: Connection, file: Path) -> None:
    """Replace the data of the database by that of a file, all or nothing; then run the audits."""
    if not file.is_file():
        raise Refused(f"There is no file {file}.")
    count = 0
    with gzip.open(file, "rb") as packed, connection.transaction():
        lines = _lines(packed, file)
        head = _parse(next(lines), file)
        if head.get("format") != FORMAT:
            raise Refused(f"{file} is no backup of Lyceum.")
        if head["versions"] != versions_of(connection):
            raise Refused(
                f"{file} was saved with other migrations. Apply those of the code that saved it,"
                " load it, and then apply the newer ones."
            )
        connection.execute("set local session_replication_role = replica")
        names = ", ".join(row[0] for row in connection.execute(TABLES))
        connection.execute(f"truncate {names} cascade".encode())
        while "sequences" not in (entry := _parse(next(lines), file)):
            target = f"copy {entry['table']} ({', '.join(entry['columns'])}) from stdin"
            with connection.cursor().copy(target.encode()) as rows:
                while (line := next(lines)) != END:
                    rows.write(line)
            count += 1
        for name, value in entry["sequences"].items():
            connection.execute("select setval(%s::regclass, %s)", (name, value))
    print(f"Loaded {count} tables from {file}.")
    drift = 0
    for audit in AUDITS:
        [(found,)] = connection.execute(f"select count(*) from private.{audit}()".encode())
        drift += found
        print(f"{audit}: {found} rows have drifted")
    if drift:
        raise Refused(
            "The data is loaded but has drifted; docs/operations.md says what to rebuild."
        )


def _line(out: IO[bytes] | gzip.GzipFile, value: dict[str, Any]) -> None:
    out.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


def _lines(packed: IO[bytes] | gzip.GzipFile, file: Path) -> Iterator[bytes]:
    try:
        for line in packed:
            if not line.endswith(b"\n"):
                break
            yield line
    except (EOFError, gzip.BadGzipFile):
        pass
    raise Refused(f"{file} ends too early: it is not whole.")


def _parse(line: bytes, file: Path) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        raise Refused(f"{file} is damaged.") from None
    return value if isinstance(value, dict) else {}


def main() -> int:
    """Save or load; returns the status of the process."""
    parser = argparse.ArgumentParser(prog="backup.py")
    parser.add_argument("act", choices=["save", "load"])
    parser.add_argument("file", type=Path)
    parser.add_argument("url", nargs="?")
    given = parser.parse_args()
    try:
        with psycopg.connect(given.url or stack_url(), prepare_threshold=None) as connection:
            (save if given.act == "save" else load)(connection, given.file.absolute())
    except (Refused, psycopg.Error, OSError) as error:
        print(f"lyceum: {str(error).strip()}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
