"""The endpoints that read and write courses as files, with a stand-in for the database."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.services.formats.reading import read_upload
from tests.api.support import Upstream, assert_problem, bearer, hs256
from tests.formats.support import as_zip

GIFT = b"Is it flat? {T}\n\nWhich one? {=a ~b}\n"
FORM: dict[str, Any] = {"file": ("trees.gift", GIFT, "text/plain")}


@pytest.fixture
def imported(upstream: Upstream) -> dict[str, Any]:
    """The answer of the database to the import of a course."""
    row = {"course_id": str(uuid4()), "course_slug": "trees", "is_new": True, "files": []}
    upstream.rpc("import_course", 200, row)
    upstream.rpc("question_keys", 200, [])
    return row


async def test_a_dry_run_changes_nothing(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """The database is asked who the caller is, and gets no course."""
    upstream.fail("import_course", 422, "invalid_bundle", "Not a bundle.")
    response = await client.post(
        "/v1/courses/import?dry_run=true", files=FORM, headers=bearer(hs256())
    )
    assert response.status_code == 200
    answer = response.json()
    assert (answer["is_dry_run"], answer["course_id"]) == (True, None)
    assert answer["report"]["format"] == "gift"
    assert answer["report"]["counts"] == {
        **{"modules": 1, "lessons": 1, "quizzes": 1, "labs": 0, "questions": 2},
        **{"skipped_questions": 0, "files": 0},
    }
    (call,) = upstream.calls("/rest/v1/rpc/import_course")
    assert json.loads(call.content) == {"bundle": {}}


async def test_a_course_is_imported(
    client: httpx.AsyncClient, upstream: Upstream, imported: dict[str, Any]
) -> None:
    """A form and a body are the same; the same content has the same key."""
    headers = bearer(hs256())
    first = await client.post("/v1/courses/import", files=FORM, headers=headers)
    assert first.status_code == 201
    assert first.json()["course_id"] == imported["course_id"]
    imported["is_new"] = False
    upstream.rpc("import_course", 200, imported)
    again = await client.post(
        "/v1/courses/import?name=trees.gift",
        content=GIFT,
        headers=headers | {"Content-Type": "application/octet-stream"},
    )
    assert (again.status_code, again.json()["is_new"]) == (200, False)
    other = await client.post("/v1/courses/import?slug=other", files=FORM, headers=headers)
    assert other.status_code == 200
    sent = [json.loads(call.content) for call in upstream.calls("/rest/v1/rpc/import_course")]
    sent = [arguments for arguments in sent if arguments["bundle"]]
    assert sent[0] == sent[1]
    assert sent[0]["bundle"]["course"]["modules"][0]["lessons"][0]["quiz"]["questions"][0] == {
        **{"kind": "true_false", "prompt_md": "Is it flat?", "key": {"correct": True}},
    }
    assert (sent[2]["slug"], sent[2]["import_key"] == sent[0]["import_key"]) == ("other", False)


@pytest.mark.parametrize(
    ("data", "code", "place"),
    [
        (b"", "invalid_file", {"file": "x.zip", "line": None}),
        (b"PK\x03\x04", "invalid_archive", {"file": "x.zip", "line": None}),
        (as_zip({"../a.md": "A"}), "invalid_archive", {"file": "../a.md", "line": None}),
        (as_zip({"a.bin": "A"}), "unknown_format", {"file": "x.zip", "line": None}),
        (as_zip({"a.md": "---\na: [\n---\n"}), "invalid_file", {"file": "a.md", "line": 3}),
        (b"<quiz>\n<question></quiz>", "invalid_file", {"file": "x.zip", "line": 2}),
    ],
)
async def test_refusals_name_the_place(
    client: httpx.AsyncClient, imported: dict[str, Any], data: bytes, code: str, place: Any
) -> None:
    """An upload that cannot be read is 422 with file and line."""
    for path in ("/v1/courses/import", f"/v1/lessons/{uuid4()}/questions/import"):
        response = await client.post(path, files={"file": ("x.zip", data)}, headers=bearer(hs256()))
        problem = assert_problem(response, 422, code)
        assert {name: problem.get(name) for name in place} == place


async def test_who_may_not_import(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """The refusal of the database is the answer, of a dry run too, before a file is read."""
    assert_problem(await client.post("/v1/courses/import", files=FORM), 401, "unauthenticated")
    upstream.fail("import_course", 403, "author_required", "Only instructors make courses.")
    upstream.fail("question_keys", 403, "not_course_staff", "Not yours.")
    damaged = {"file": ("a.zip", b"PK\x03\x04")}
    for path, code in (
        ("/v1/courses/import", "author_required"),
        (f"/v1/lessons/{uuid4()}/questions/import", "not_course_staff"),
    ):
        for query in ("", "?dry_run=true"):
            response = await client.post(path + query, files=damaged, headers=bearer(hs256()))
            assert_problem(response, 403, code)


async def test_forms_and_sizes(client: httpx.AsyncClient, imported: dict[str, Any]) -> None:
    """A form without a file is refused, and an upload has a limit of its own."""
    headers = bearer(hs256())
    response = await client.post("/v1/courses/import", files={"other": b"x"}, headers=headers)
    assert_problem(response, 422, "validation_failed")
    big = b"A {T}\n\n" * 20_000
    response = await client.post("/v1/courses/import?name=a.gift", content=big, headers=headers)
    assert response.status_code in {201, 422}
    response = await client.post("/v1/courses/import", content=b" " * 1_048_577, headers=headers)
    assert_problem(response, 413, "body_too_large")


async def test_questions_are_imported(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """All questions of a file go to the database in one call."""
    lesson_id, ids = str(uuid4()), [str(uuid4()), str(uuid4())]
    path = f"/v1/lessons/{lesson_id}/questions/import"
    upstream.rpc("question_keys", 200, [])
    dry = await client.post(path + "?dry_run=true", files=FORM, headers=bearer(hs256()))
    assert (dry.status_code, dry.json()["question_ids"]) == (200, [])
    upstream.rpc("import_questions", 200, {"is_new": True, "question_ids": ids})
    response = await client.post(path, files=FORM, headers=bearer(hs256()))
    assert (response.status_code, response.json()["question_ids"]) == (201, ids)
    (call,) = upstream.calls("/rest/v1/rpc/import_questions")
    sent = json.loads(call.content)
    assert sent["lesson_id"] == lesson_id
    assert [question["kind"] for question in sent["questions"]] == ["true_false", "single"]
    text = {"file": ("a.md", b"# Only a text\n")}
    response = await client.post(path, files=text, headers=bearer(hs256()))
    assert_problem(response, 422, "nothing_to_import")
    upstream.fail("question_keys", 403, "not_course_staff", "Not yours.")
    response = await client.post(path + "?dry_run=true", files=FORM, headers=bearer(hs256()))
    assert_problem(response, 403, "not_course_staff")


FOLDER = as_zip({"a.md": "# A\n\n![Map](map.png)\n", "b.md": "# B\n", "map.png": b"PNG"})


def storage(upstream: Upstream, course_id: str, status: int, body: Any) -> list[httpx.Request]:
    """Storage that answers so to each upload; the list has the uploads."""
    uploads: list[httpx.Request] = []
    lesson_id = str(uuid4())
    files = [
        {"path": "map.png", "title": "map.png", "media_type": "image/png", "lesson_id": lesson_id}
    ]
    row = {"course_id": course_id, "course_slug": "c", "is_new": True, "files": files}
    upstream.rpc("import_course", 200, row)
    upstream.on("GET", "lesson_files", httpx.Response(200, json=[]))
    upstream.on("POST", "lesson_files", httpx.Response(201))

    def answer(request: httpx.Request) -> httpx.Response:
        uploads.append(request)
        return httpx.Response(status, json=body)

    upstream.objects = answer
    return uploads


async def test_pictures_of_two_quizzes_stay_apart(
    client: httpx.AsyncClient, upstream: Upstream
) -> None:
    """Files of one name that come into one quiz have their paths as titles."""
    uploads = storage(upstream, str(uuid4()), 200, {"Id": "x", "Key": "y"})
    parts = "".join(
        f"""<question type="category"><category><text>$course$/{name}</text></category></question>
        <question type="truefalse"><name><text>{name}</text></name>
        <questiontext format="html"><text><![CDATA[<img src="@@PLUGINFILE@@/map.png">]]></text>
        <file name="map.png" encoding="base64">{data}</file></questiontext>
        <answer fraction="100"><text>true</text></answer>
        <answer fraction="0"><text>false</text></answer></question>"""
        for name, data in (("One", "T05F"), ("Two", "VFdP"))
    )
    upstream.rpc("question_keys", 200, [])
    upstream.rpc("import_questions", 200, {"is_new": True, "question_ids": []})
    upstream.on("GET", "lessons", httpx.Response(200, json=[{"course_id": str(uuid4())}]))
    response = await client.post(
        f"/v1/lessons/{uuid4()}/questions/import",
        files={"file": ("quiz.xml", f"<quiz>{parts}</quiz>".encode())},
        headers=bearer(hs256()),
    )
    assert (response.status_code, response.json()["stored_files"]) == (201, 2), response.text
    assert sorted(request.content for request in uploads) == [b"ONE", b"TWO"]
    rows = [
        json.loads(call.content)
        for call in upstream.calls("/rest/v1/lesson_files")
        if call.method == "POST"
    ]
    assert len({row["title"] for row in rows}) == 2


async def test_files_are_stored(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """Each file goes to Storage as the caller, then has a row; repeated, the names are the same."""
    course_id, token = str(uuid4()), hs256()
    uploads = storage(upstream, course_id, 200, {"Key": "x"})
    form = {"file": ("c.zip", FOLDER)}
    first = await client.post("/v1/courses/import", files=form, headers=bearer(token))
    assert (first.status_code, first.json()["stored_files"]) == (201, 1)
    (upload,) = uploads
    assert upload.content == b"PNG"
    assert upload.headers["authorization"] == f"Bearer {token}"
    assert upload.headers["content-type"] == "image/png"
    (call,) = [c for c in upstream.calls("/rest/v1/lesson_files") if c.method == "POST"]
    row = json.loads(call.content)
    assert upload.url.path == f"/storage/v1/object/lesson-files/{row['path']}"
    assert row["path"].startswith(f"{course_id}/{row['lesson_id']}/")
    upstream.on("GET", "lesson_files", httpx.Response(200, json=[{"path": row["path"]}]))
    again = await client.post("/v1/courses/import", files=form, headers=bearer(token))
    assert (again.json()["stored_files"], len(uploads)) == (1, 1)


@pytest.mark.parametrize(
    ("status", "body", "stored"),
    [
        (400, {"statusCode": "409", "error": "Duplicate", "message": "It exists"}, 1),
        (400, {"statusCode": "413", "error": "Payload too large", "message": "Too large"}, 0),
        (429, {"error": "budget_exceeded", "message": "Enough"}, 0),
        (404, {"message": "no Route matched"}, 0),
        (503, {}, 0),
    ],
)
async def test_the_course_comes_without_storage(
    client: httpx.AsyncClient, upstream: Upstream, status: int, body: Any, stored: int
) -> None:
    """What Storage refuses is named in the report, and the course is there."""
    storage(upstream, str(uuid4()), status, body)
    response = await client.post(
        "/v1/courses/import", files={"file": ("c.zip", FOLDER)}, headers=bearer(hs256())
    )
    assert response.status_code == 201
    answer = response.json()
    assert answer["stored_files"] == stored
    notes = [
        note["file"] for note in answer["report"]["notes"] if note["code"] == "file_not_stored"
    ]
    assert notes == ([] if stored else ["map.png"])


async def test_a_course_is_exported(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """The folder reads back as the bundle."""
    bundle = read_upload("trees.gift", GIFT).bundle
    upstream.rpc("export_course", 200, bundle.model_dump(mode="json"))
    path = f"/v1/courses/{uuid4()}/export.zip"
    response = await client.get(path, headers=bearer(hs256()))
    assert response.status_code == 200
    assert response.headers["content-disposition"] == 'attachment; filename="trees.zip"'
    assert response.headers["cache-control"] == "private, no-store"
    back = read_upload("trees.zip", response.content).bundle
    assert back.model_dump(mode="json") == bundle.model_dump(mode="json")
    upstream.rpc("export_course", 200, {"format": "other"})
    assert_problem(await client.get(path, headers=bearer(hs256())), 502, "upstream_error")


async def test_an_export_has_files(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """What Storage gives is in the folder under its title; what it does not give keeps its path."""
    bundle = read_upload("c.zip", FOLDER).bundle.model_dump(mode="json")
    (here,) = bundle["course"]["modules"][0]["lessons"][0]["files"]
    here["path"], here["title"] = "c/l/1", "../map?.png"
    bundle["course"]["modules"][0]["lessons"][1]["files"] = [{**here, "path": "c/l/2"}]
    upstream.rpc("export_course", 200, bundle)

    def answer(request: httpx.Request) -> httpx.Response:
        is_here = request.url.path == "/storage/v1/object/lesson-files/c/l/1"
        return httpx.Response(200, content=b"PNG") if is_here else httpx.Response(404, json={})

    upstream.objects = answer
    path = f"/v1/courses/{uuid4()}/export.zip?with_files=true"
    response = await client.get(path, headers=bearer(hs256()))
    back = read_upload("c.zip", response.content)
    first, second = back.lessons()
    assert [file.path for file in first.files] == ["files/1/_map_.png"]
    assert back.files.content["files/1/_map_.png"] == b"PNG"
    assert [file.path for file in second.files] == ["c/l/2"]
    assert back.report.notes == []
