"""Dashboards through PostgREST: JSON and CSV, GET and POST, access."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.cluster import ROOT
from tests.support.http import token
from tests.support.stack import Stack

COURSE = {"course_id": "c1000000-0000-4000-8000-000000000000"}
STAFF, ADMIN, LEARNER = "instructor@lyceum.test", "admin@lyceum.test", "learner@lyceum.test"
QUIZ = "select lesson_id::text from public.quizzes where course_id = %s order by 1 limit 1"

# The caller, the arguments, and the columns of the table.
TABLES: dict[str, tuple[str, dict[str, Any], str]] = {
    "course_overview": (
        STAFF,
        {**COURSE, "since": "2020-01-01"},
        "course_id,course_slug,title,since,pending,waitlisted,active,completed,withdrawn,active_learners,"
        "enrolled_since,completed_since,completion_rate,mean_progress,median_days_to_complete,"
        "seconds_spent,mean_score,score_distribution,days",
    ),
    "course_activity": (
        STAFF,
        COURSE,
        "day,enrolled,active_learners,lessons_completed,completed,seconds_spent",
    ),
    "course_funnel": (
        STAFF,
        COURSE,
        "lesson_id,course_slug,lesson_slug,ord,module_title,title,content_type,is_required,started,"
        "completed,seconds_per_learner,mean_score,completion_rate,drop_rate,is_biggest_drop,cursor",
    ),
    "course_learners": (
        STAFF,
        {**COURSE, "sort": "-progress", "page_size": 5},
        "user_id,enrollment_id,name,email,status,progress,lessons_completed,seconds_spent,course_score,"
        "enrolled_at,last_activity_at,completed_at,cursor",
    ),
    "at_risk_learners": (
        STAFF,
        COURSE,
        "user_id,name,email,progress,last_activity_at,reasons,course_slug,stuck_lesson_id,"
        "stuck_lesson_slug,next_due_at,risk,cursor",
    ),
    "question_stats": (
        STAFF,
        {},
        "question_id,ord,kind,prompt_md,answer_count,difficulty,discrimination,choices,cursor",
    ),
    "instructor_dashboard": (
        STAFF,
        {},
        "course_id,course_slug,title,is_published,role,pending,waitlisted,active,completed,"
        "active_learners_7d,inactive_learners,completed_7d,completion_rate,labs_to_grade,"
        "mean_score,cursor",
    ),
    "platform_overview": (
        ADMIN,
        {},
        "since,learners,instructors,admins,courses,courses_published,lessons_published,"
        "enrollments_active,enrollments_completed,certificates,active_learners,enrolled_since,"
        "completed_since,seconds_spent,days,top_courses",
    ),
    "my_learning": (
        LEARNER,
        {},
        "course_id,slug,title,locale,cover_url,status,progress,lessons_completed,required_count,"
        "lesson_count,enrolled_at,completed_at,last_activity_at,next_lesson,streak_days,"
        "minutes_this_week,due_dates,certificate_code,cursor",
    ),
}


@pytest.fixture
def gateway(stack: Stack) -> Iterator[httpx.Client]:
    """Plain HTTP against the gateway."""
    with httpx.Client(base_url=stack.supabase_url) as client:
        yield client


def ask(
    stack: Stack, gateway: httpx.Client, name: str, given: dict[str, Any], **more: str
) -> httpx.Response:
    """One RPC as `email`, by `method`, in the format `accept`."""
    headers = {
        "apikey": stack.publishable_key,
        "Accept": more.get("accept", "application/json"),
    }
    if "email" in more:
        headers["Authorization"] = f"Bearer {token(stack, more['email'])}"
    method = more.get("method", "POST")
    return gateway.request(
        method,
        f"/rest/v1/rpc/{name}",
        headers=headers,
        params=given if method == "GET" else None,
        json=given if method == "POST" else None,
    )


def arguments(stack: Stack, name: str) -> dict[str, Any]:
    """The arguments; the id of the demo quiz is looked up."""
    given = dict(TABLES[name][1])
    if name == "question_stats":
        session = stack.database.connect()
        given["lesson_id"] = session.value(QUIZ, COURSE["course_id"])
        session.close()
    return given


@pytest.mark.slow
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", sorted(TABLES))
def test_a_table_for_a_spreadsheet(
    stack: Stack, gateway: httpx.Client, name: str, method: str
) -> None:
    """Each answer is also CSV with the columns and rows of the JSON."""
    email, _, columns = TABLES[name]
    given = arguments(stack, name)
    table = ask(stack, gateway, name, given, email=email, method=method, accept="text/csv")
    assert table.status_code == 200, table.text
    assert table.headers["content-type"].startswith("text/csv")
    # A table without rows has no header.
    lines = list(csv.DictReader(io.StringIO(table.text)))
    whole = ask(stack, gateway, name, given, email=email, method=method)
    assert whole.status_code == 200, whole.text
    rows = whole.json() if isinstance(whole.json(), list) else [whole.json()]
    assert len(lines) == len(rows)
    if rows:
        assert table.text.splitlines()[0] == columns
        assert list(rows[0]) == columns.split(",")
    if name != "at_risk_learners":
        assert rows


@pytest.mark.parametrize("name", sorted(set(TABLES) - {"my_learning", "instructor_dashboard"}))
def test_others_are_refused(stack: Stack, gateway: httpx.Client, name: str) -> None:
    """A learner gets 403 with the code, a signed-out caller 401, for CSV too."""
    given = arguments(stack, name)
    for accept in ("application/json", "text/csv"):
        refused = ask(stack, gateway, name, given, email=LEARNER, accept=accept)
        assert refused.status_code == 403
        code = "admin_required" if name == "platform_overview" else "not_course_staff"
        assert refused.json()["code"] == code
        assert ask(stack, gateway, name, given, accept=accept).status_code == 401


def test_pages_of_learners(stack: Stack, gateway: httpx.Client) -> None:
    """The cursor of the last row is safe in a URL and returns the next page."""
    given: dict[str, Any] = {**COURSE, "page_size": 1, "sort": "name"}
    seen: list[str] = []
    while page := ask(stack, gateway, "course_learners", given, email=STAFF, method="GET").json():
        seen.append(page[0]["user_id"])
        given["cursor"] = page[0]["cursor"]
    whole = ask(stack, gateway, "course_learners", COURSE, email=STAFF).json()
    assert seen == [row["user_id"] for row in whole]
    assert seen
    given["sort"] = "-name"
    refused = ask(stack, gateway, "course_learners", given, email=STAFF, method="GET")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("since", ["yesterday-ish", "2026-13-01", "1e9"])
def test_a_day_that_is_none(stack: Stack, gateway: httpx.Client, since: str) -> None:
    """A malformed date is 400."""
    given = {**COURSE, "since": since}
    assert ask(stack, gateway, "course_overview", given, email=STAFF).status_code == 400


def test_maintenance_is_for_the_server(stack: Stack, gateway: httpx.Client) -> None:
    """The secret key may run it by POST, no account may."""
    key = {"apikey": stack.secret_key, "Authorization": f"Bearer {stack.secret_key}"}
    done = gateway.post("/rest/v1/rpc/run_maintenance", headers=key, json={})
    assert done.status_code == 200, done.text
    assert set(done.json()) >= {"partitions", "attempts_expired", "progress_events_pruned"}
    assert ask(stack, gateway, "run_maintenance", {}, email=ADMIN).status_code == 403
    assert ask(stack, gateway, "run_maintenance", {}).status_code == 401


def test_maintenance_with_curl(stack: Stack) -> None:
    """The command of docs/operations.md runs the maintenance."""
    page = (ROOT / "docs" / "operations.md").read_text()
    [command] = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    keys = {"SUPABASE_URL": stack.supabase_url, "SUPABASE_SECRET_KEY": stack.secret_key}
    run = subprocess.run(
        command, shell=True, env=os.environ | keys, capture_output=True, text=True, timeout=30
    )
    assert "facts_folded" in json.loads(run.stdout), run.stderr


def test_a_removed_limit_is_null(stack: Stack, gateway: httpx.Client) -> None:
    """set_tutor_limit returns the limit, and null once it is removed."""
    given = {**COURSE, "scope": "user_course", "period": "day", "meter": "requests"}
    for amount in (9, None, None):
        found = ask(stack, gateway, "set_tutor_limit", {**given, "max_amount": amount}, email=STAFF)
        assert found.status_code == 200, found.text
        limit = found.json()
        assert (limit and limit["max_amount"]) == amount


def test_events(stack: Stack, gateway: httpx.Client) -> None:
    """The table of events is read-only, with filter, order and range."""
    headers = {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, LEARNER)}",
    }
    key = {"apikey": stack.secret_key, "Authorization": f"Bearer {stack.secret_key}"}
    fold = gateway.post("/rest/v1/rpc/fold_facts", headers=key, json={})
    assert fold.status_code == 200, fold.text
    path = "/rest/v1/learning_events"
    read = gateway.get(f"{path}?kind=eq.enrolled&order=occurred_at.desc&limit=1", headers=headers)
    assert read.status_code == 200, read.text
    assert [row["kind"] for row in read.json()] == ["enrolled"]
    assert gateway.post(path, headers=headers, json={"kind": "enrolled"}).status_code == 403
    assert gateway.delete(f"{path}?seq=gt.0", headers=headers).status_code == 403
    changed = gateway.patch(f"{path}?seq=gt.0", headers=headers, json={"kind": "withdrawn"})
    assert changed.status_code == 403
