"""The gateway: the access that each key and token gives."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.support.browser import BROWSER, browser
from tests.support.http import token
from tests.support.stack import Stack


@pytest.fixture
def gateway(stack: Stack) -> Iterator[httpx.Client]:
    """Plain HTTP against the gateway."""
    with httpx.Client(base_url=stack.supabase_url) as client:
        yield client


def test_the_openapi_document_names_the_gateway(stack: Stack, gateway: httpx.Client) -> None:
    """The document at /rest/v1/ names the gateway, and comments become summary and description."""
    document = gateway.get("/rest/v1/", headers={"apikey": stack.publishable_key}).json()
    assert f"http://{document['host']}{document['basePath']}" == f"{stack.supabase_url}/rest/v1"
    call = document["paths"]["/rpc/course_outline"]["post"]
    assert call["summary"].endswith(".") and "course_not_found" in call["description"]


@pytest.mark.parametrize(
    "email",
    [
        "admin@lyceum.test",
        "instructor@lyceum.test",
        "instructor2@lyceum.test",
        "learner@lyceum.test",
        "learner2@lyceum.test",
    ],
)
def test_demo_account_signs_in(stack: Stack, gateway: httpx.Client, email: str) -> None:
    """Each demo account can sign in and read its own profile."""
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, email)}",
    }
    rows = gateway.get(f"/rest/v1/profiles?email=eq.{email}", headers=headers).json()
    assert [row["email"] for row in rows] == [email]


def test_e8_covers_and_films_of_the_demo_are_served(stack: Stack) -> None:
    """Each address in the seeds is an SVG or a WebM, without a key and in parts."""
    session = stack.database.connect()
    rows = session.all(
        "select cover_url as url from public.courses where cover_url is not null "
        "union all select video_url from public.lesson_contents where video_url is not null"
    )
    session.close()
    assert len(rows) == 6
    for url in (row["url"] for row in rows):
        assert url.startswith(f"{stack.supabase_url}/storage/v1/object/public/media/")
        answer = httpx.get(url)
        is_cover = "/covers/" in url
        kind = "image/svg+xml" if is_cover else "video/webm"
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.content.startswith(b"<svg" if is_cover else b"\x1a\x45\xdf\xa3")
        part = httpx.get(url, headers={"Range": "bytes=4-"})
        assert (part.status_code, part.content) == (206, answer.content[4:])
        assert part.headers["content-range"].startswith("bytes 4-")
        tail = httpx.get(url, headers={"Range": "bytes=-3"})
        assert tail.content == answer.content[-3:]
        assert httpx.get(url, headers={"Range": "bytes=999999-"}).status_code == 416
        assert httpx.head(url).headers["content-length"] == str(len(answer.content))
    for path in ("covers/none.svg", "%2e%2e/config.toml", "../config.toml", "covers/", ""):
        url = f"{stack.supabase_url}/storage/v1/object/public/media/{path}"
        assert httpx.get(url).status_code in (400, 401, 404)


@pytest.mark.skipif(
    BROWSER is None, reason="NO BROWSER: install chromium (`supabase/local/install.sh browser`)"
)
@pytest.mark.parametrize(
    ("name", "seconds"), [("databases-inside", 270), ("statistik-verstehen", 210)]
)
def test_e8_the_films_play(stack: Stack, name: str, seconds: int) -> None:
    """Chromium decodes each film of the demo, which is as long as its lessons, and seeks in it."""
    with browser() as tab:
        folder = f"{stack.supabase_url}/storage/v1/object/public/media"
        tab.open(f"{folder}/films/{name}.webm", {})
        tab.evaluate("film = document.querySelector('video'); film.muted = true; film.play(); 0")
        deadline = time.monotonic() + 20
        while tab.evaluate("film.currentTime") == 0 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert tab.evaluate("[film.videoWidth, film.duration, film.currentTime > 0]") == [
            320,
            seconds,
            True,
        ]
        tab.evaluate(f"film.currentTime = {seconds - 0.5}; 0")
        while not tab.evaluate("film.ended") and time.monotonic() < deadline:
            time.sleep(0.05)
        assert tab.evaluate("film.ended")


def test_no_key_is_refused(gateway: httpx.Client) -> None:
    """A request without apikey does not reach the database."""
    assert gateway.get("/rest/v1/courses").status_code == 401


def test_wrong_key_is_refused(gateway: httpx.Client) -> None:
    """A request with an unknown key does not reach the database."""
    answer = gateway.get("/rest/v1/courses", headers={"apikey": "sb_publishable_wrong"})
    assert answer.status_code == 401


def test_publishable_key_is_anon(stack: Stack, gateway: httpx.Client) -> None:
    """The publishable key alone reads the catalogue and no account."""
    headers = {"apikey": stack.publishable_key}
    assert gateway.get("/rest/v1/courses", headers=headers).status_code == 200
    assert gateway.get("/rest/v1/profiles", headers=headers).status_code == 401


def test_signed_out_call_is_401(stack: Stack, gateway: httpx.Client) -> None:
    """A function of signed-in users answers 401 and 42501 when nobody is signed in."""
    headers = {"apikey": stack.publishable_key}
    answer = gateway.post("/rest/v1/rpc/my_learning", headers=headers, json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "42501")
    assert "permission denied for function" in answer.json()["message"]
    answer = gateway.post("/rest/v1/courses", headers=headers, json={"slug": "x", "title": "X"})
    assert (answer.status_code, answer.json()["code"]) == (401, "42501")


def test_secret_key_is_service_role(stack: Stack, gateway: httpx.Client) -> None:
    """The secret key reads every profile."""
    answer = gateway.get("/rest/v1/profiles", headers={"apikey": stack.secret_key})
    assert len(answer.json()) >= 9


def test_user_token_wins_over_secret_key(stack: Stack, gateway: httpx.Client) -> None:
    """A user's token overrides the secret key, and gives only the user's access."""
    bearer = token(stack, "learner2@lyceum.test")
    headers = {"apikey": stack.secret_key, "Authorization": f"Bearer {bearer}"}
    rows = gateway.get("/rest/v1/profiles", headers=headers).json()
    assert [row["email"] for row in rows] == ["learner2@lyceum.test"]


@pytest.mark.parametrize(
    ("secret", "claims", "status"),
    [
        ("another-secret-with-at-least-32-characters", {"role": "service_role"}, 401),
        (None, {"role": "supabase_admin"}, 403),
        (None, {"role": "postgres"}, 403),
        (None, {"role": "authenticated", "exp": 1}, 401),
    ],
)
def test_forged_token_is_refused(
    stack: Stack, gateway: httpx.Client, secret: str | None, claims: dict[str, object], status: int
) -> None:
    """A token with a wrong signature, with a forbidden role, or expired, is refused."""
    forged = jwt.encode(claims, secret or stack.jwt_secret, algorithm="HS256")
    answer = gateway.get(
        "/rest/v1/profiles",
        headers={"apikey": stack.publishable_key, "Authorization": f"Bearer {forged}"},
    )
    assert answer.status_code in {status, 401}
    assert answer.json()["code"] in {"PGRST301", "PGRST303", "42501"} or answer.status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "rpc/my_learning",
        "rpc/course_outline?slug=databases-inside",
        "rpc/lesson_access?course_id=c1000000-0000-4000-8000-000000000000",
        "rpc/explain_access?lesson_id=c1000000-0000-4000-8000-000000000101",
        "rpc/lesson_page?lesson_id=c1000000-0000-4000-8000-000000000101",
    ],
)
def test_reading_function_answers_get(stack: Stack, gateway: httpx.Client, path: str) -> None:
    """A read-only function answers GET, in a read-only transaction."""
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, 'learner@lyceum.test')}",
    }
    answer = gateway.get(f"/rest/v1/{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()


@pytest.mark.parametrize(
    ("table", "select", "path"),
    [
        ("quiz_attempts", "score,quizzes(lessons(slug,title))", ("quizzes", "lessons")),
        ("lesson_progress", "status,lessons(slug,courses(title))", ("lessons", "courses")),
        (
            "lesson_passages",
            "ord,lesson_contents(lessons(slug,title))",
            ("lesson_contents", "lessons"),
        ),
    ],
)
def test_lessons_and_courses_are_embedded(
    stack: Stack, gateway: httpx.Client, table: str, select: str, path: tuple[str, ...]
) -> None:
    """The joins that the comments of the tables name, as PostgREST makes them for staff."""
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, 'instructor@lyceum.test')}",
    }
    answer = gateway.get(f"/rest/v1/{table}?select={select}&limit=3", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()
    for row in answer.json():
        for name in path:
            row = row[name]
        assert row["title"]


def test_browser_may_ask(stack: Stack, gateway: httpx.Client) -> None:
    """The gateway answers the preflight of a page on another origin."""
    answer = gateway.options(
        "/rest/v1/courses",
        headers={
            "Origin": "http://localhost:3000",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "apikey, authorization, x-client-info",
        },
    )
    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] in {"*", "http://localhost:3000"}
    assert "apikey" in answer.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_gradebook_as_csv(stack: Stack, gateway: httpx.Client, method: str) -> None:
    """The gradebook is available as CSV, for staff only."""
    course = {"course_id": "c1000000-0000-4000-8000-000000000000"}
    answers = {}
    for email in ("instructor@lyceum.test", "instructor2@lyceum.test"):
        headers = {
            "apikey": stack.publishable_key,
            "Authorization": f"Bearer {token(stack, email)}",
            "Accept": "text/csv",
        }
        answers[email] = gateway.request(
            method,
            "/rest/v1/rpc/gradebook",
            headers=headers,
            params=course if method == "GET" else None,
            json=course if method == "POST" else None,
        )
    table = answers["instructor@lyceum.test"]
    assert table.status_code == 200, table.text
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("user_id,name,email,lesson_id")
    assert answers["instructor2@lyceum.test"].status_code == 403


def test_mails_are_a_page(stack: Stack) -> None:
    """`/mail` shows what Auth has sent; the addresses in it are links, all else is text."""
    email = f"{uuid4().hex}@school.test"
    headers = {"apikey": stack.publishable_key}
    body = {"email": email, "create_user": True}
    httpx.post(f"{stack.supabase_url}/auth/v1/otp", headers=headers, json=body)
    page = httpx.get(f"{stack.supabase_url}/mail")
    assert page.status_code == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    [article] = [one for one in page.text.split("<article>") if email in one]
    [link] = re.findall(r'<a href="([^"]+)">', article)
    assert "&amp;" in link and httpx.get(html.unescape(link)).status_code == 303
