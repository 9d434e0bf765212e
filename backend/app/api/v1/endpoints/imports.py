"""Courses and questions come in as files of other systems, and courses go out as Markdown.

The service reads files; the database checks and stores what they become, in one transaction.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID, uuid5

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from app.api.v1 import PREFIX
from app.api.v1.deps import ActiveUser, StateDep, SupabaseDep
from app.core.errors import ServiceError, UpstreamError
from app.core.supabase import Reply, Supabase
from app.models.bundle import Bundle
from app.schemas.imports import UPLOAD_BODY, CourseImport, QuestionImport
from app.schemas.problem import problems
from app.services.formats.apart import read_apart
from app.services.formats.course import bundle_files
from app.services.formats.folder import write_folder, zip_folder
from app.services.formats.reading import Imported
from app.services.formats.report import FormatError, Place
from app.services.formats.summary import summarize
from app.services.storing import Wanted, fetch_files, store_files
from app.state import State

router = APIRouter(prefix=PREFIX, tags=["import and export"])

# An import inserts thousands of rows.
_PATIENCE_SECONDS: Final = 60.0
_MAX_FILE_BYTES: Final = 50 * 1024 * 1024
_DRY: Final[dict[str, Any]] = {"is_dry_run": True, "is_new": None, "stored_files": 0}
_NAMES: Final = {"text/markdown": "upload.md", "text/plain": "upload.txt"}
_KEYS: Final = UUID("6d1f5a2e-8f0c-4b7e-9d0a-1c1f3a7be0a4")
_STATUSES: Final = (400, 401, 403, 404, 408, 409, 413, 422, 429, 503)

_Answer = TypeVar("_Answer", CourseImport, QuestionImport)

DryRun = Annotated[bool, Query(description="Report what would come, and change nothing")]
ImportKey = Annotated[
    UUID | None,
    Query(description="Names this import, so that it can be repeated; left out, its content does"),
]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    data: bytes


async def read_body(
    request: Request,
    user: ActiveUser,
    name: Annotated[
        str | None,
        Query(max_length=200, description="The name of the file, where the body is the file"),
    ] = None,
) -> Upload:
    """The file of a form, or the whole body.

    Raises:
        ServiceError: `validation_failed`, the form has no file.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "multipart/form-data":
        return Upload(name or _NAMES.get(media_type, "upload"), await request.body())
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise ServiceError("validation_failed", "The form has no field `file` with a file.")
        return Upload(name or file.filename or "upload", await file.read())


UploadDep = Annotated[Upload, Depends(read_body)]


@router.post(
    "/courses/import",
    status_code=201,
    responses={
        200: {"model": CourseImport, "description": "A dry run, or imported before"},
        **problems(*_STATUSES),
    },
    openapi_extra=UPLOAD_BODY,
)
async def import_course(
    upload: UploadDep,
    supabase: SupabaseDep,
    state: StateDep,
    response: Response,
    dry_run: DryRun = False,
    slug: Annotated[str | None, Query(max_length=80)] = None,
    title: Annotated[str | None, Query(max_length=200)] = None,
    starts_on: Annotated[
        str | None,
        Query(pattern=r"^\d{4}-\d\d-\d\d$", description="Shift all dates so that it opens then"),
    ] = None,
    import_key: ImportKey = None,
) -> CourseImport:
    """Make a course of a file, as a draft of the caller. For instructors and admins.

    Zip, tar.gz, mbz, imscc, xml, gift, txt or md: Markdown with front matter, The Carpentries,
    Common Cartridge and Canvas, backups of Moodle, Moodle XML, GIFT, OLX of Open edX, QTI 1.2 to
    3.0. With `dry_run` nothing is stored. All is stored, or nothing; the same import repeated
    returns the course of the first.
    """
    # The database decides who may import, before a file is read; an empty bundle is refused after
    # that.
    try:
        await supabase.rpc("import_course", bundle={})
    except UpstreamError as error:
        if error.code != "invalid_bundle":
            raise
    imported = await _read(state, upload)
    if dry_run:
        response.status_code = 200
        report = summarize(imported)
        return CourseImport(**_DRY, course_id=None, course_slug=None, report=report)
    options: dict[str, Any] = {"slug": slug, "title": title, "starts_on": starts_on}
    bundle = imported.bundle.model_dump(mode="json", exclude_defaults=True)
    key = import_key or _key([bundle, options])
    reply = await supabase.patient(_PATIENCE_SECONDS).rpc(
        "import_course", bundle=bundle, import_key=str(key), **options
    )
    row = reply.row()
    response.status_code = 201 if row.get("is_new") else 200
    stored = await _store(supabase, str(row.get("course_id")), row.get("files"), imported)
    return _answer(
        CourseImport,
        is_dry_run=False,
        is_new=row.get("is_new"),
        course_id=row.get("course_id"),
        course_slug=row.get("course_slug"),
        stored_files=stored,
        report=summarize(imported),
    )


async def export_course(
    course_id: UUID,
    user: ActiveUser,
    supabase: SupabaseDep,
    state: StateDep,
    with_files: Annotated[
        bool, Query(description="With the files of lessons, up to 50 MB of them")
    ] = False,
) -> Response:
    """A course as a folder of Markdown, for its staff: it has the keys of its quizzes.

    `course.yml` has the order and the rules, `lessons/` a file for each lesson, `drafts/` what is
    not published, `files/` the files of lessons. The import reads it back.
    """
    patient = supabase.patient(_PATIENCE_SECONDS)
    reply = await patient.rpc("export_course", course_id=str(course_id))
    bundle = await anyio.to_thread.run_sync(_bundle, reply, limiter=state.reading)
    files: dict[str, bytes] = {}
    if with_files:
        sizes = {
            file.path: file.size or 0
            for part in bundle.course.modules
            for lesson in part.lessons
            for file in lesson.files
        }
        files = await fetch_files(patient, sizes, _MAX_FILE_BYTES, _PATIENCE_SECONDS)
    bundle, data = await anyio.to_thread.run_sync(_pack, reply, files, limiter=state.reading)
    return Response(
        data,
        headers={
            "Cache-Control": "private, no-store",
            "Content-Disposition": f'attachment; filename="{bundle.course.slug}.zip"',
            "X-Content-Type-Options": "nosniff",
        },
        media_type="application/zip",
    )


router.add_api_route(
    "/courses/{course_id}/export.zip",
    export_course,
    methods=["GET"],
    response_class=Response,
    responses={
        200: {
            "description": "The folder",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(401, 403, 404, 422, 503),
    },
)


@router.post(
    "/lessons/{lesson_id}/questions/import",
    status_code=201,
    responses={
        200: {"model": QuestionImport, "description": "A dry run, or imported before"},
        **problems(*_STATUSES),
    },
    openapi_extra=UPLOAD_BODY,
)
async def import_questions(
    lesson_id: UUID,
    upload: UploadDep,
    supabase: SupabaseDep,
    state: StateDep,
    response: Response,
    dry_run: DryRun = False,
    import_key: ImportKey = None,
) -> QuestionImport:
    """Add the questions of a file to a quiz, behind those that it has. For staff of the course.

    Reads what the import of courses reads; of a course all questions come. All are saved, or none;
    the same import repeated adds nothing.
    """
    # As in the import of a course.
    await supabase.rpc("question_keys", lesson_id=str(lesson_id))
    imported = await _read(state, upload)
    questions = [
        question.model_dump(mode="json", exclude_defaults=True) for question in imported.questions()
    ]
    if not questions:
        raise ServiceError("nothing_to_import", "The upload has no question.")
    if dry_run:
        response.status_code = 200
        report = summarize(imported)
        return QuestionImport(**_DRY, question_ids=[], report=report)
    key = import_key or _key([str(lesson_id), questions])
    reply = await supabase.patient(_PATIENCE_SECONDS).rpc(
        "import_questions", lesson_id=str(lesson_id), questions=questions, import_key=str(key)
    )
    row = reply.row()
    response.status_code = 201 if row.get("is_new") else 200
    # Together: files of one name from two quizzes of the upload are told apart.
    paths = [
        file.path
        for lesson in imported.lessons()
        if lesson.quiz is not None
        for file in lesson.files
    ]
    files = [
        {**file.model_dump(), "lesson_id": str(lesson_id)}
        for file in bundle_files(imported.files, paths)
    ]
    stored = 0
    if files:
        lessons = await supabase.select("lessons", select="course_id", id=f"eq.{lesson_id}")
        course_id = next((str(lesson.get("course_id")) for lesson in lessons), "")
        stored = await _store(supabase, course_id, files, imported)
    return _answer(
        QuestionImport,
        is_dry_run=False,
        is_new=row.get("is_new"),
        question_ids=row.get("question_ids"),
        stored_files=stored,
        report=summarize(imported),
    )


async def _read(state: State, upload: Upload) -> Imported:
    """Read an upload in another process.

    Raises:
        ServiceError: the code of a FormatError, with `file` and `line`.
    """
    try:
        return await read_apart(upload.name, upload.data, state.reading)
    except FormatError as error:
        place = error.place
        members = {} if place is None else {"file": place.file, "line": place.line}
        raise ServiceError(error.code, error.detail, **members) from None


async def _store(supabase: Supabase, course_id: str, files: Any, imported: Imported) -> int:
    """Store the files that lessons have; what is not stored has a note."""
    wanted = [
        Wanted(str(file["lesson_id"]), file["path"], file["title"], file.get("media_type"))
        for file in (files if isinstance(files, list) else [])
        if file["path"] in imported.files
    ]
    content = imported.files.content
    stored = await store_files(
        supabase.patient(_PATIENCE_SECONDS), course_id, wanted, content, _PATIENCE_SECONDS
    )
    for path, reason in stored.failed.items():
        imported.report.lost("file_not_stored", reason, Place(path))
    return stored.count


def _bundle(reply: Reply) -> Bundle:
    try:
        return Bundle.model_validate_json(json.dumps(reply.data))
    except ValidationError:
        raise ServiceError("upstream_error") from None


def _pack(reply: Reply, files: dict[str, bytes]) -> tuple[Bundle, bytes]:
    """The folder as a zip; a file that is in it has its path there."""
    found: dict[str, str | bytes] = {}
    for part in reply.row()["course"]["modules"]:
        for lesson in part["lessons"]:
            for file in lesson.get("files") or []:
                data = files.get(file["path"])
                if data is not None:
                    name = re.sub(r"[^\w.() -]", "_", file["title"]).strip(". ") or "file"
                    file["path"] = f"files/{file['path'].rpartition('/')[2]}/{name}"
                    found[file["path"]] = data
    bundle = _bundle(reply)
    return bundle, zip_folder({**write_folder(bundle), **found})


def _answer(shape: type[_Answer], **fields: Any) -> _Answer:
    try:
        return shape(**fields)
    except ValidationError:
        raise ServiceError("upstream_error") from None


def _key(content: Any) -> UUID:
    """The key of an import: the same content has the same key."""
    text = json.dumps(content, sort_keys=True)
    return uuid5(_KEYS, hashlib.sha256(text.encode()).hexdigest())
