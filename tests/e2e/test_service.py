"""The service against the real stack: answers that it passes on, refusals that it translates."""

from __future__ import annotations

import pytest

from tests.support.http import service
from tests.support.stack import Stack

DATABASES = "c1000000-0000-4000-8000-000000000000"
STATISTICS = "c2000000-0000-4000-8000-000000000000"
NOWHERE = "ffffffff-0000-4000-8000-000000000000"


def test_ready(stack: Stack) -> None:
    """The service finds Auth and PostgREST."""
    with service(stack) as client:
        assert client.get("/v1/health").json() == {"status": "ok"}
        assert client.get("/v1/health/ready").status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("port", [3000, 5173])
def test_e5_a_page_on_this_machine_may_call(stack: Stack, host: str, port: int) -> None:
    """Both spellings of this machine are in the defaults, for both usual ports."""
    asked = {
        "Origin": f"http://{host}:{port}",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    with service(stack) as client:
        answer = client.options("/v1/tutor/chat", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == asked["Origin"]


def test_me_is_the_profile(stack: Stack) -> None:
    """/v1/me is the profile as the database shows it, and 401 without a token."""
    with service(stack, "admin@lyceum.test") as client:
        assert client.get("/v1/me").json()["role"] == "admin"
    with service(stack) as client:
        answer = client.get("/v1/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_enroll_and_withdraw(stack: Stack) -> None:
    """A new enrollment gives 201, a repeated one 200, a withdrawal 200, enrolling again 201."""
    path = f"/v1/courses/{STATISTICS}/enroll"
    with service(stack, "learner3@lyceum.test") as client:
        calls = [client.post(path), client.post(path), client.delete(path), client.post(path)]
        assert [call.status_code for call in calls] == [201, 200, 200, 201]
        assert [call.json()["status"] for call in calls] == [
            "active",
            "active",
            "withdrawn",
            "active",
        ]
        assert len({call.json()["id"] for call in calls}) == 1


@pytest.mark.parametrize(
    ("course", "status", "code"),
    [(NOWHERE, 404, "course_not_found"), ("no-uuid", 422, "validation_failed")],
)
def test_enroll_is_refused(stack: Stack, course: str, status: int, code: str) -> None:
    """The database's code and status pass unchanged, as problem+json."""
    with service(stack, "learner3@lyceum.test") as client:
        answer = client.post(f"/v1/courses/{course}/enroll")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_roster(stack: Stack) -> None:
    """Staff invite a CSV roster, with a result for each row; other callers are refused."""
    roster = "email\nlearner4@lyceum.test\nnobody@lyceum.test\nnot an address\n"
    path, headers = f"/v1/courses/{DATABASES}/enrollments", {"content-type": "text/csv"}
    with service(stack, "instructor@lyceum.test") as client:
        answer = client.post(path, content=roster, headers=headers)
        assert answer.status_code == 207
        results = answer.json()["results"]
        assert [row["http_status"] for row in results] == [202, 202, 422]
        assert [row["status"] for row in results] == ["invited", "invited", "failed"]
        again = client.post(path, content=roster, headers=headers)
        assert again.json()["results"][0]["status"] == "invited"
    for email in ("instructor2@lyceum.test", "learner@lyceum.test"):
        with service(stack, email) as client:
            answer = client.post(path, content=roster, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_course_staff")
