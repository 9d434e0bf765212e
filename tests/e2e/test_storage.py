"""Files on the local stack, through supabase-js and supabase-py."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from storage3.exceptions import StorageApiError
from supabase import Client, create_client

from app.core.supabase import Supabase
from app.services.sweeping import Sweeping
from tests.api.support import make_settings
from tests.support.school import School
from tests.support.stack import Stack

SCRIPT = Path(__file__).with_name("storage.mjs")
STEPS = 11
PASSWORD = "lyceum-demo"


@dataclass(frozen=True)
class Scene:
    """A course with an open lesson, a locked one and a lab; its teacher and a learner in it."""

    course_id: str
    lesson_id: str
    locked_id: str
    lab_id: str
    teacher: str
    learner: str


def account(stack: Stack) -> tuple[str, str]:
    """A new account that can sign in: address and id."""
    email = f"storage-{uuid4()}@lyceum.test"
    answer = httpx.post(
        f"{stack.supabase_url}/auth/v1/signup",
        headers={"apikey": stack.publishable_key},
        json={"email": email, "password": PASSWORD},
    )
    return email, answer.json()["user"]["id"]


@pytest.fixture(scope="module")
def scene(stack: Stack) -> Scene:
    """The scene, committed."""
    (teacher, teacher_id), (learner, learner_id) = account(stack), account(stack)
    session = stack.database.connect(autocommit=True)
    try:
        school = School(session)
        session.run("update public.profiles set role = 'instructor' where id = %s", teacher_id)
        course_id = school.course(created_by=teacher_id)
        school.enroll(UUID(learner_id), course_id)
        module_id = school.module(course_id)
        next_year = datetime.now(UTC) + timedelta(days=365)
        lessons = [
            school.lesson(module_id),
            school.lesson(module_id, release_at=next_year),
            school.lesson(module_id, content_type="lab"),
        ]
        open_id, locked_id, lab_id = map(str, lessons)
        return Scene(str(course_id), open_id, locked_id, lab_id, teacher, learner)
    finally:
        session.close()


def signed_in(stack: Stack, email: str) -> Client:
    """A client with the session of an account."""
    client = create_client(stack.supabase_url, stack.publishable_key)
    client.auth.sign_in_with_password({"email": email, "password": PASSWORD})
    return client


def test_supabase_js(stack: Stack, scene: Scene) -> None:
    """Every step of the script succeeds."""
    result = subprocess.run(
        ["node", str(SCRIPT)],
        env={
            **os.environ,
            "SCENE": json.dumps(asdict(scene)),
            "SUPABASE_URL": stack.supabase_url,
            "SUPABASE_PUBLISHABLE_KEY": stack.publishable_key,
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("ok ") == STEPS, result.stdout


def test_supabase_py(stack: Stack, scene: Scene) -> None:
    """The client of Python uploads, signs, downloads and is refused in the same way."""
    teacher, learner = signed_in(stack, scene.teacher), signed_in(stack, scene.learner)
    path = f"{scene.course_id}/{scene.lesson_id}/{uuid4()}"
    files = teacher.storage.from_("lesson-files")
    files.upload(path, b"id,name\n1,Ada\n", {"content-type": "text/csv"})
    teacher.table("lesson_files").insert(
        {"lesson_id": scene.lesson_id, "path": path, "title": "People.csv"}
    ).execute()
    seen = learner.storage.from_("lesson-files")
    assert seen.download(path) == b"id,name\n1,Ada\n"
    signed = seen.create_signed_url(path, 60)["signedURL"]
    assert signed is not None
    assert httpx.get(signed).text == "id,name\n1,Ada\n"
    assert [row["signedURL"] is None for row in seen.create_signed_urls([path, "x"], 60)] == [
        False,
        True,
    ]
    info: Any = seen.info(path)
    assert (info["size"], info["content_type"]) == (14, "text/csv")
    ticket = files.create_signed_upload_url(f"{scene.course_id}/{scene.lesson_id}/{uuid4()}")
    files.upload_to_signed_url(ticket["path"], ticket["token"], b"%PDF-")
    for refused in (
        lambda: seen.upload(f"{scene.course_id}/{scene.lesson_id}/{uuid4()}", b"x"),
        lambda: seen.download(ticket["path"]),
        lambda: files.upload(path, b"x", {"upsert": "true"}),
    ):
        with pytest.raises(StorageApiError):
            refused()


def test_a_broken_upload_stores_nothing(stack: Stack, scene: Scene) -> None:
    """A form without end or file, and a body over the limit, are refused; the server goes on."""
    learner = signed_in(stack, scene.learner)
    session = learner.auth.get_session()
    assert session is not None
    path = f"{session.user.id}/{scene.lab_id}/{uuid4()}"
    url = f"{stack.supabase_url}/storage/v1/object/submissions/{path}"
    headers = {
        "apikey": stack.publishable_key,
        "authorization": f"Bearer {session.access_token}",
        "content-type": "multipart/form-data; boundary=b",
    }
    head = b'--b\r\ncontent-disposition: form-data; name=""; filename="x"\r\n'
    for body in (
        head + b"content-type: text/plain\r\n\r\nhalf",
        b'--b\r\ncontent-disposition: form-data; name="cacheControl"\r\n\r\n60\r\n--b--\r\n',
        b"no form at all",
        b"",
    ):
        answer = httpx.post(url, headers=headers, content=body)
        assert (answer.status_code, answer.json()["statusCode"]) == (400, "400"), answer.text
    with pytest.raises(StorageApiError):
        learner.storage.from_("submissions").download(path)
    raw = headers | {"content-type": "text/plain"}
    answer = httpx.post(url, headers=raw, content=b"x" * 26_300_000)
    assert (answer.status_code, answer.json()["statusCode"]) == (400, "413"), answer.text
    answer = httpx.post(
        url, headers=headers, content=head + b"content-type: text/plain\r\n\r\nall\r\n--b--\r\n"
    )
    assert answer.status_code == 200, answer.text
    assert learner.storage.from_("submissions").download(path) == b"all"


def test_a_budget_holds_under_parallel_uploads(stack: Stack, scene: Scene) -> None:
    """Of ten parallel uploads of a person who has three left, three are stored."""
    email, user_id = account(stack)
    session = stack.database.connect(autocommit=True)
    try:
        School(session).enroll(UUID(user_id), UUID(scene.course_id))
        session.run(
            "insert into private.budget_uses (user_id, day, kind, row_count, byte_count) "
            "select %s, (now() at time zone 'UTC')::date, kind, max_rows - 3, 0 "
            "from private.budgets where kind = 'files'",
            user_id,
        )
    finally:
        session.close()
    bucket = signed_in(stack, email).storage.from_("submissions")

    def upload(path: str) -> int:
        try:
            bucket.upload(path, b"Work.", {"content-type": "text/plain"})
        except StorageApiError as error:
            assert error.code == "budget_exceeded"
            return int(error.status)
        return 200

    paths = [f"{user_id}/{scene.lab_id}/{uuid4()}" for _ in range(10)]
    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(upload, paths)) == [200] * 3 + [429] * 7
    assert len(bucket.list(f"{user_id}/{scene.lab_id}")) == 3


async def test_the_service_removes_what_nobody_uses(stack: Stack, scene: Scene) -> None:
    """Once its day is over, an object without a row is gone, and its bytes with it."""
    learner = signed_in(stack, scene.learner)
    session = learner.auth.get_session()
    assert session is not None
    bucket = learner.storage.from_("submissions")
    used, unused = (f"{session.user.id}/{scene.lab_id}/{uuid4()}" for _ in range(2))
    for path in (used, unused):
        bucket.upload(path, b"Work.", {"content-type": "text/plain"})
    learner.rpc("submit_lab", {"lesson_id": scene.lab_id, "file_path": used}).execute()
    database = stack.database.connect(autocommit=True)
    try:
        database.run(
            "update storage.objects set created_at = now() - interval '2 days' "
            "where name in (%s, %s)",
            *(used, unused),
        )
    finally:
        database.close()
    settings = make_settings(supabase_url=stack.supabase_url, supabase_secret_key=stack.secret_key)
    async with httpx.AsyncClient() as http:
        service = Supabase.as_service(http, settings)
        assert service is not None
        assert await Sweeping(service).sweep() >= 1
        assert await Sweeping(service).sweep() == 0
    assert bucket.download(used) == b"Work."
    with pytest.raises(StorageApiError):
        bucket.download(unused)
