"""`python -m app.cli`: courses come in, go out and are checked, by hand and from CI.

The service and Supabase are those of the environment or of .env: SERVICE_URL, SUPABASE_URL,
SUPABASE_PUBLISHABLE_KEY. The caller is LYCEUM_TOKEN, an access token, or signs in with LYCEUM_EMAIL
and LYCEUM_PASSWORD. Exit codes: 0 done; 1 refused, or problems were found; 2 wrong usage.
"""

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

import httpx
import typer
from dotenv import load_dotenv
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from app.services.formats.archive import open_upload
from app.services.formats.check import Finding, find_flaws, find_problems
from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError, Place, Report

app = typer.Typer(
    help="Courses of Lyceum: import, export, check.", no_args_is_help=True, add_completion=False
)
_errors: Final = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
_BLOCK: Final = 256 * 1024
_PATIENCE: Final = httpx.Timeout(10, read=600, write=60)
# The folders that an export writes anew: files of deleted lessons are removed.
_OWNED: Final = ("lessons", "drafts")

Source = Annotated[Path, typer.Argument(help="A folder, an archive or a file.", exists=True)]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer of the service.")]


@app.callback()
def settings() -> None:
    """Reads .env; the environment overrides it."""
    load_dotenv(Path(".env"))


@app.command("import")
def import_course(
    source: Source,
    slug: Annotated[str | None, typer.Option(help="Another slug for the course.")] = None,
    title: Annotated[str | None, typer.Option(help="Another title.")] = None,
    starts_on: Annotated[str | None, typer.Option(help="Shift all dates: YYYY-MM-DD.")] = None,
    lesson: Annotated[
        UUID | None, typer.Option(help="Add the questions to this quiz instead of a course.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Report only, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a course of a file or folder, as a draft; the same import again makes no second one."""
    name, data = _packed(source)
    path = f"/v1/lessons/{lesson}/questions/import" if lesson else "/v1/courses/import"
    query = {"name": name, "slug": slug, "title": title, "starts_on": starts_on}
    query = {key: value for key, value in query.items() if value is not None}
    with _service() as service:
        answer = service.post(
            path,
            params={**query, "dry_run": dry_run},
            content=_shown(data, f"Sending {name}"),
            headers={
                "Content-Type": "application/octet-stream",
                "Content-Length": str(len(data)),
            },
        )
    body = _accepted(answer)
    if as_json:
        typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        return
    report = body["report"]
    for note in report["notes"]:
        line = "" if note["line"] is None else f":{note['line']}"
        times = "" if note["count"] == 1 else f" ({note['count']} times)"
        typer.echo(f"{note['file']}{line}: {note['code']}: {note['message']}{times}")
    counts = ", ".join(f"{count} {what.replace('_', ' ')}" for what, count in _some(report))
    typer.echo(f"{report['format']}: {counts}")
    if lesson is not None:
        typer.echo(f"{len(body['question_ids'])} questions added")
    elif body["course_slug"]:
        is_new = "a new draft" if body["is_new"] else "imported before"
        typer.echo(f"{body['course_slug']} ({body['course_id']}): {is_new}")


def _some(report: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The counts of a report, without those that are 0."""
    yield from ((what, count) for what, count in report["counts"].items() if count)


@app.command()
def export(
    course: Annotated[str, typer.Argument(help="The slug or id of a course of yours.")],
    target: Annotated[
        Path, typer.Argument(help="A folder, for git, or a file whose name ends with .zip.")
    ],
    with_files: Annotated[
        bool, typer.Option("--files/--no-files", help="With the files of lessons.")
    ] = True,
) -> None:
    """Write a course as Markdown, with the keys of its quizzes."""
    with _service() as service:
        data = _exported(service, course, with_files=with_files)
    if target.suffix == ".zip":
        target.write_bytes(data)
        typer.echo(f"{target}: {len(data)} bytes")
        return
    files = open_upload("export.zip", data, Report()).content
    for folder in _OWNED:
        for old in (target / folder).glob("*.md"):
            if f"{folder}/{old.name}" not in files:
                old.unlink()
    for path, content in files.items():
        # No name leaves the folder: `open_upload` has checked them.
        file = target / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    typer.echo(f"{target}: {len(files)} files")


@app.command()
def check(
    course: Annotated[
        str, typer.Argument(help="A folder, archive or file, or the slug or id of a course.")
    ],
    is_strict: Annotated[
        bool, typer.Option("--strict", help="Fail also for what does not prevent a publication.")
    ] = False,
) -> None:
    """Say what prevents a publication, and where links are dead or descriptions missing.

    A path is read here, without a server; a slug is a course of yours on the server.
    """
    source = Path(course)
    if source.exists():
        found = _checked(*_packed(source))
    else:
        with _service() as service:
            found = _checked("export.zip", _exported(service, course))
    for finding in found:
        line = "" if finding.place.line is None else f":{finding.place.line}"
        kind = "error" if finding.is_blocking else "warning"
        typer.echo(f"{finding.place.file}{line}: {kind}: {finding.code}: {finding.message}")
    blocking = sum(finding.is_blocking for finding in found)
    typer.echo(f"{blocking} errors, {len(found) - blocking} warnings")
    if blocking or (is_strict and found):
        raise typer.Exit(1)


def _checked(name: str, data: bytes) -> list[Finding]:
    try:
        imported = read_upload(name, data)
    except FormatError as error:
        place = error.place or Place(name)
        return [Finding(error.code, error.detail, place, is_blocking=True)]
    course, top = imported.bundle.course, Place(name)
    if "course.yml" in imported.files:
        top = Place("course.yml")
    missing = [
        Finding(note.code, note.message, note.place, is_blocking=False)
        for note in imported.report.notes
        if note.code in {"missing_file", "dead_link"}
    ]
    places = imported.places
    return [*find_problems(course, places, top), *missing, *find_flaws(course, places, top)]


# The service --------------------------------------------------------------------------------------


def _packed(source: Path) -> tuple[str, bytes]:
    """A file as it is, a folder as a zip without what is hidden; links are not followed."""
    if source.is_file():
        return source.name, source.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(source.rglob("*")):
            name = path.relative_to(source)
            is_hidden = any(part.startswith(".") for part in name.parts)
            if path.is_file() and not path.is_symlink() and not is_hidden:
                # The same folder gives the same bytes.
                archive.writestr(zipfile.ZipInfo(name.as_posix()), path.read_bytes())
    return f"{source.resolve().name}.zip", buffer.getvalue()


def _shown(data: bytes, title: str) -> Iterator[bytes]:
    """The blocks of an upload, with a bar on a terminal."""
    with _bar() as bar:
        task = bar.add_task(title, total=len(data))
        for start in range(0, len(data), _BLOCK):
            block = data[start : start + _BLOCK]
            yield block
            bar.advance(task, len(block))


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    return Progress(*columns, console=_errors, disable=not _errors.is_terminal)


def _exported(service: httpx.Client, course: str, *, with_files: bool = False) -> bytes:
    """The export of a course, with a bar on a terminal."""
    path = f"/v1/courses/{_course_id(service, course)}/export.zip"
    with service.stream("GET", path, params={"with_files": with_files}) as answer:
        if not answer.is_success:
            answer.read()
            _accepted(answer)
        size = int(answer.headers.get("content-length", 0)) or None
        with _bar() as bar:
            task = bar.add_task(f"Receiving {course}", total=size)
            blocks: list[bytes] = []
            for block in answer.iter_bytes(_BLOCK):
                blocks.append(block)
                bar.advance(task, len(block))
        return b"".join(blocks)


def _course_id(service: httpx.Client, course: str) -> str:
    try:
        return str(UUID(course))
    except ValueError:
        pass
    rows = _accepted(
        httpx.get(
            f"{_setting('SUPABASE_URL')}/rest/v1/courses",
            params={"select": "id", "slug": f"eq.{course}"},
            headers={
                "apikey": _setting("SUPABASE_PUBLISHABLE_KEY"),
                "Authorization": service.headers["Authorization"],
            },
            timeout=_PATIENCE,
        )
    )
    if not rows:
        _fail(f"There is no course {course}, or you may not see it.")
    return str(rows[0]["id"])


def _service() -> httpx.Client:
    """A client of the service as the caller."""
    headers = {"Authorization": f"Bearer {_token()}"}
    return httpx.Client(base_url=_setting("SERVICE_URL"), headers=headers, timeout=_PATIENCE)


def _token() -> str:
    """The access token of the caller; without one they sign in."""
    token = os.environ.get("LYCEUM_TOKEN")
    if token:
        return token
    credentials = {"email": _setting("LYCEUM_EMAIL"), "password": _setting("LYCEUM_PASSWORD")}
    answer = httpx.post(
        f"{_setting('SUPABASE_URL')}/auth/v1/token",
        params={"grant_type": "password"},
        json=credentials,
        headers={"apikey": _setting("SUPABASE_PUBLISHABLE_KEY")},
        timeout=_PATIENCE,
    )
    return str(_accepted(answer)["access_token"])


def _setting(name: str) -> str:
    value = os.environ.get(name, "").rstrip("/")
    if not value:
        _errors.print(f"{name} is not set.")
        raise typer.Exit(2)
    return value


def _accepted(answer: httpx.Response) -> Any:
    """The body of an answer; a refusal ends the command."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.is_success:
        return body
    problem = body if isinstance(body, dict) else {}
    code = problem.get("code") or problem.get("error_code") or f"status {answer.status_code}"
    said = problem.get("detail") or problem.get("msg") or problem.get("message") or ""
    place = problem.get("file")
    line = "" if problem.get("line") is None else f":{problem['line']}"
    _fail(f"{'' if place is None else f'{place}{line}: '}{code}: {said}")


def _fail(message: str) -> NoReturn:
    _errors.print(message)
    raise typer.Exit(1)


def main() -> None:
    """Run a command."""
    try:
        app()
    except httpx.HTTPError as error:
        _errors.print(f"The server does not answer: {error}")
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
