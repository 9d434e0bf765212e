"""The journey of a learner and an instructor through a running stack: `make demo`.

The learner uses supabase-py as a browser would, and the service for enrollment, as another server
would. Every step checks its result; the report shows the time of each step.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import httpx
from dotenv import dotenv_values
from postgrest.exceptions import APIError
from supabase import Client, create_client
from supabase.client import ClientOptions

from tests.e2e.demo_import import import_journey
from tests.e2e.demo_tutor import tutor_journey

COURSE = "databases-inside"
PASSWORD = "lyceum-demo"
PLANETS = ["Mercury", "Venus", "Earth", "Jupiter"]
RUBRIC = [
    {"id": "scale", "title": "Drawn to scale", "points": 5},
    {"id": "names", "title": "Every planet is named", "points": 5},
]
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Address:
    """The address of the stack, and the key that a browser has."""

    supabase_url: str
    publishable_key: str
    service_url: str

    @classmethod
    def from_environment(cls) -> Address:
        """Read .env; the environment overrides it."""
        values = {**dotenv_values(ROOT / ".env"), **os.environ}
        return cls(
            supabase_url=values["SUPABASE_URL"] or "",
            publishable_key=values["SUPABASE_PUBLISHABLE_KEY"] or "",
            service_url=values["SERVICE_URL"] or "",
        )


class Report:
    """Prints each step with its time, and raises at the first failure."""

    def __init__(self, write: Callable[[str], object] = print) -> None:
        self.write = write
        self.started = time.perf_counter()
        self.steps = 0

    def heading(self, text: str) -> None:
        """Start a part of the journey."""
        self.write(f"\n{text}")
        self.started = time.perf_counter()

    def step(self, text: str, held: bool = True) -> None:
        """Finish a step; print the time since the previous one."""
        elapsed = (time.perf_counter() - self.started) * 1000
        if not held:
            raise AssertionError(text)
        self.steps += 1
        self.write(f"  {elapsed:7.1f} ms  {text}")
        self.started = time.perf_counter()


@contextmanager
def browser(address: Address) -> Iterator[Client]:
    """A client like that of a browser: its own connections and session."""
    with httpx.Client() as http:
        options = ClientOptions(httpx_client=http, auto_refresh_token=False)
        yield create_client(address.supabase_url, address.publishable_key, options)


def rpc(client: Client, name: str, **arguments: Any) -> Any:
    """The result of an RPC."""
    return client.rpc(name, arguments).execute().data


def refused(client: Client, name: str, **arguments: Any) -> str:
    """The error code of a refused RPC."""
    try:
        rpc(client, name, **arguments)
    except APIError as error:
        return str(error.code)
    return "nothing"


def contents(client: Client, lesson_id: str) -> list[Any]:
    """The content of a lesson that the client may read: one row or none."""
    query = client.table("lesson_contents").select("body_md, video_url, transcript")
    return list(query.eq("lesson_id", lesson_id).execute().data)


def learner_journey(address: Address, client: Client, report: Report) -> str:
    """Sign up, browse, enroll, read, watch and complete. Return the learner's id."""
    report.heading("A learner")
    courses = client.table("courses").select("slug, title, lesson_count").order("slug").execute()
    report.step(f"browses {len(courses.data)} courses without an account", len(courses.data) >= 2)

    email = f"ada-{uuid4().hex[:12]}@lyceum.test"
    signed_up = client.auth.sign_up(
        {"email": email, "password": PASSWORD, "options": {"data": {"name": "Ada"}}}
    )
    assert signed_up.user is not None and signed_up.session is not None
    user_id, token = signed_up.user.id, signed_up.session.access_token
    report.step(f"signs up as {email}")
    profile = client.table("profiles").select("name, role").execute().data
    report.step("has a profile, as a learner", profile == [{"name": "Ada", "role": "learner"}])

    outline = rpc(client, "course_outline", slug=COURSE)
    course_id = outline["course"]["id"]
    lessons = {lesson["slug"]: lesson for part in outline["modules"] for lesson in part["lessons"]}
    locked = [lesson for lesson in lessons.values() if lesson["status"] == "locked"]
    report.step(
        f"reads the outline: {len(lessons)} lessons, {len(locked)} locked, 2 previews",
        sum(lesson["is_open"] for lesson in lessons.values()) == 2,
    )
    reading, video = lessons["null-and-three-valued-logic"], lessons["life-of-a-query"]
    report.step("gets no word of a locked lesson", contents(client, reading["id"]) == [])
    report.step(
        "cannot complete it either",
        refused(client, "complete_lesson", lesson_id=reading["id"]) == "not_enrolled",
    )

    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=address.service_url, headers=headers) as service:
        first = service.post(f"/v1/courses/{course_id}/enroll")
        report.step(f"enrolls through the service: {first.status_code}", first.status_code == 201)
        again = service.post(f"/v1/courses/{course_id}/enroll")
        report.step(f"enrolls again, to no effect: {again.status_code}", again.status_code == 200)
        me = service.get("/v1/me").json()
        report.step("is known to the service", me["id"] == user_id)

    (content,) = contents(client, reading["id"])
    report.step(f"reads “{reading['title']}”, {len(content['body_md'])} characters")
    done = rpc(client, "complete_lesson", lesson_id=reading["id"])
    report.step("completes it", done["status"] == "completed")

    seconds = int(float(video["duration_minutes"]) * 60)
    rpc(client, "record_progress", lesson_id=video["id"], position_seconds=seconds)
    report.step(
        "seeks to the end of a video, which proves nothing",
        refused(client, "complete_lesson", lesson_id=video["id"]) == "lesson_rule",
    )
    event_id = str(uuid4())
    for _ in range(2):
        watching = rpc(
            client, "record_progress", lesson_id=video["id"], watched=[[0, 20]], event_id=event_id
        )
    report.step(
        "watches 20 seconds, reported twice, counted once", watching["watched_seconds"] == 20
    )
    watching = rpc(client, "record_progress", lesson_id=video["id"], watched=[[0, seconds]])
    report.step(
        f"claims the rest, of which the clock allows {watching['watched_seconds'] - 20} s",
        watching["status"] == "started",
    )

    lab = lessons["lab-repair-a-slow-query"]
    why = rpc(client, "explain_access", lesson_id=lab["id"])
    report.step(f"asks why the last lab is closed: {why['reason']}", not why["is_open"])
    (mine,) = rpc(client, "my_learning")
    report.step(
        f"sees {mine['lessons_completed']} of {mine['required_count']} lessons done, "
        f"{mine['progress']:g} %, next “{mine['next_lesson']['title']}”",
        mine["lessons_completed"] == 1,
    )
    try:
        client.table("enrollments").update({"progress": 100}).eq("user_id", user_id).execute()
        report.step("wrote progress directly", held=False)
    except APIError as error:
        report.step(f"cannot write progress directly: {error.code}", error.code == "42501")
    return user_id


def instructor_journey(client: Client, other: Client, learner_id: str, report: Report) -> None:
    """The owner of the course finds the learner; another instructor does not."""
    report.heading("The instructor")
    client.auth.sign_in_with_password({"email": "instructor@lyceum.test", "password": PASSWORD})
    report.step("signs in")
    query = client.table("enrollments").select("status, progress, profiles(name), courses(slug)")
    row: Any = query.eq("user_id", learner_id).single().execute().data
    report.step(
        f"sees the learner: {row['profiles']['name']}, {row['status']}, {row['progress']:g} %",
        row["courses"] == {"slug": COURSE},
    )
    progress = client.table("lesson_progress").select("status").eq("user_id", learner_id).execute()
    report.step(f"sees {len(progress.data)} lessons of the learner", len(progress.data) == 2)

    other.auth.sign_in_with_password({"email": "instructor2@lyceum.test", "password": PASSWORD})
    seen = other.table("enrollments").select("id").eq("user_id", learner_id).execute()
    report.step("another instructor sees nothing of it", seen.data == [])


def answers(items: list[Any], texts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Answers by visible text: prompt to value, or to the texts of the options."""
    found = []
    for item in items:
        wanted = next(
            value for prompt, value in texts.items() if item["prompt_md"].startswith(prompt)
        )
        options = item["options"]
        if options:
            ids = {one["text"]: one["id"] for one in options}
            wanted = [ids[one] for one in wanted] if isinstance(wanted, list) else ids[wanted]
        found.append((item["question_id"], wanted))
    return found


def take_quiz(client: Client, lesson_id: str, texts: dict[str, Any]) -> Any:
    """Start an attempt, answer the known questions, submit."""
    attempt = rpc(client, "start_attempt", lesson_id=lesson_id)
    for question_id, answer in answers(attempt["items"], texts):
        saved = {"attempt_id": attempt["id"], "question_id": question_id, "answer": answer}
        rpc(client, "save_answer", **saved)
    return rpc(client, "submit_attempt", attempt_id=attempt["id"])


def make_course(owner: Client) -> tuple[str, str, str]:
    """A short, published course with a quiz and a lab; its id and those of its lessons."""
    slug = f"demo-{uuid4().hex[:8]}"
    course: Any = (
        owner.table("courses")
        .insert({"slug": slug, "title": "Planets", "description": "A quiz and a lab."})
        .execute()
        .data
    )
    course_id = course[0]["id"]
    part: Any = (
        owner.table("modules").insert({"course_id": course_id, "title": "All"}).execute().data
    )
    lessons: Any = (
        owner.table("lessons")
        .insert(
            [
                {
                    "module_id": part[0]["id"],
                    "slug": kind,
                    "title": kind.title(),
                    "content_type": kind,
                    "is_published": True,
                    "duration_minutes": 30,
                }
                for kind in ("quiz", "lab")
            ]
        )
        .execute()
        .data
    )
    quiz_id, lab_id = lessons[0]["id"], lessons[1]["id"]
    planets = [{"id": f"planet-{at}", "text": name} for at, name in enumerate(PLANETS)]
    question = {"lesson_id": quiz_id, "points": 1}
    for more in (
        {
            "kind": "single",
            "prompt_md": "Which planet is the largest?",
            "options": planets,
            "key": {"correct": "planet-3"},
        },
        {
            "kind": "ordering",
            "prompt_md": "Order them by their distance from the sun.",
            "options": planets,
            "key": {"order": ["planet-0", "planet-1", "planet-2", "planet-3"]},
        },
        {
            "kind": "numeric",
            "prompt_md": "How many planets has the solar system?",
            "options": [],
            "key": {"value": 8},
        },
    ):
        rpc(owner, "save_question", **question, **more)
    rpc(owner, "save_rubric", lesson_id=lab_id, criteria=RUBRIC)
    return course_id, quiz_id, lab_id


def assessment_journey(
    address: Address, learner: Client, owner: Client, learner_id: str, report: Report
) -> tuple[str, str]:
    """A failed and a passed attempt, a graded lab, a certificate that anyone can verify.

    Returns the ids of the course and of its quiz.
    """
    report.heading("Assessment")
    course_id, quiz_id, lab_id = make_course(owner)
    published = rpc(owner, "publish_course", course_id=course_id)
    report.step("the instructor makes a course of a quiz and a lab", published["is_published"])

    rpc(learner, "enroll", course_id=course_id)
    questions = learner.table("questions").select("*").execute().data
    attempt = rpc(learner, "start_attempt", lesson_id=quiz_id)
    seen = str(attempt["items"])
    report.step(
        f"the learner starts an attempt of {len(attempt['items'])} items and finds no key",
        questions == [] and "planet-" not in seen and "correct" not in seen,
    )
    wrong = {"Which": "Venus", "Order": list(reversed(PLANETS)), "How": 9}
    failed = take_quiz(learner, quiz_id, wrong)
    report.step(
        f"fails with {failed['score']:g} of {failed['max_score']:g} points", not failed["is_passed"]
    )
    passed = take_quiz(learner, quiz_id, {"Which": "Jupiter", "Order": PLANETS, "How": 8})
    report.step(
        f"passes with {passed['score']:g} of {passed['max_score']:g} points", passed["is_passed"]
    )
    review = rpc(learner, "review_attempt", attempt_id=passed["id"])
    report.step("reviews it", review["is_revealed"] and len(review["items"]) == 3)

    rpc(learner, "submit_lab", lesson_id=lab_id, body="A drawing, to scale.")
    (waiting,) = rpc(owner, "lab_queue", course_id=course_id)
    rpc(owner, "claim_submission", submission_id=waiting["submission_id"])
    graded = rpc(
        owner,
        "grade_lab",
        submission_id=waiting["submission_id"],
        score=None,
        feedback="Well drawn.",
        accept=True,
        criteria={"scale": 5, "names": 4},
    )
    report.step(
        f"the lab is graded by its rubric: {graded['score']:g} %", graded["status"] == "accepted"
    )
    lines = rpc(owner, "gradebook", course_id=course_id)
    report.step(
        f"the gradebook says {lines[0]['course_score']:g} % for the course",
        {line["user_id"] for line in lines} == {learner_id},
    )
    mine: Any = learner.table("certificates").select("code, title").execute().data
    code = mine[0]["code"]
    report.step(f"the learner holds certificate {code}", mine[0]["title"] == "Planets")
    with browser(address) as visitor:
        shown = rpc(visitor, "verify_certificate", code=code)
    report.step(f"anyone verifies it: {shown['name']}, {shown['hours']:g} h", shown["valid"])
    for kind, media in (("pdf", "application/pdf"), ("svg", "image/svg+xml")):
        drawn = httpx.get(f"{address.service_url}/v1/certificates/{code}.{kind}")
        report.step(
            f"the service draws it as {kind.upper()}, {len(drawn.content)} bytes",
            drawn.status_code == 200 and drawn.headers["content-type"].startswith(media),
        )
    return course_id, quiz_id


def tutor(
    address: Address, learner: Client, owner: Client, planets: tuple[str, str], report: Report
) -> None:
    """The learner asks the tutor, in the demo course and in the one with the quiz."""
    report.heading("Tutor")
    session = learner.auth.get_session()
    assert session is not None
    course: Any = learner.table("courses").select("id").eq("slug", COURSE).single().execute().data
    headers = {"Authorization": f"Bearer {session.access_token}"}
    with httpx.Client(base_url=address.service_url, headers=headers, timeout=30) as service:
        tutor_journey(
            service,
            course["id"],
            planets[0],
            start_attempt=lambda: rpc(learner, "start_attempt", lesson_id=planets[1])["id"],
            submit_attempt=lambda one: rpc(learner, "submit_attempt", attempt_id=one),
            set_limit=lambda most: rpc(
                owner,
                "set_tutor_limit",
                scope="user_course",
                period="day",
                meter="requests",
                max_amount=most,
                course_id=planets[0],
            ),
            step=report.step,
        )
    spent = rpc(owner, "tutor_usage", course_id=planets[0])
    report.step(
        f"its staff see {spent[0]['turns']} turn, {spent[0]['cost_micros']} micro-dollars",
        spent[0]["turns"] == 1,
    )


def search_journey(client: Client, visitor: Client, report: Report) -> None:
    """Search as a learner, and as a visitor who finds no closed text."""
    report.heading("Search")
    phrase = '"nested loop"'
    found = rpc(client, "search", query=phrase)
    report.step(
        f"the learner finds what says {phrase}: {len(found)}",
        bool(found) and "<mark>" in found[0]["snippet"],
    )
    closed = rpc(visitor, "search", query=phrase)
    report.step("a visitor finds none of them", closed == [])
    typo = rpc(client, "search", query="vacum")
    report.step(
        f"“vacum” is answered as “{typo[0]['did_you_mean']}”",
        typo[0]["did_you_mean"] == "vacuum",
    )
    titles = [row["title"] for row in rpc(visitor, "suggest", prefix="inside")]
    report.step(f"“inside” suggests {titles}", "Inside a B-tree" in titles)
    course_id = found[0]["course_id"]
    passages = rpc(
        client,
        "search_passages",
        course_id=course_id,
        query="Why does a comparison with NULL find no rows?",
    )
    report.step(
        f"a question leads to “{passages[0]['lesson_title']}”",
        passages[0]["lesson_title"] == "NULL and three-valued logic",
    )


def dashboard_journey(address: Address, owner: Client, course_id: str, report: Report) -> None:
    """The owner reads the figures of the course and the report that the service draws."""
    report.heading("Dashboards")
    board = {row["course_id"]: row for row in rpc(owner, "instructor_dashboard")}
    report.step(
        f"{len(board)} courses, {board[course_id]['active_learners_7d']} learners this week",
        board[course_id]["active_learners_7d"] >= 1,
    )
    figures = rpc(owner, "course_overview", course_id=course_id)
    today = figures["days"][-1]
    report.step(
        f"today: {today['enrolled']} enrolled, {today['lessons_completed']} lessons completed",
        today["enrolled"] >= 1 and today["lessons_completed"] >= 1,
    )
    (worst,) = [
        row for row in rpc(owner, "course_funnel", course_id=course_id) if row["is_biggest_drop"]
    ]
    report.step(f"most are lost at “{worst['title']}”: {worst['drop_rate']:g} points")
    session = owner.auth.get_session()
    assert session is not None
    page = httpx.get(
        f"{address.service_url}/v1/courses/{course_id}/report.html",
        headers={"Authorization": f"Bearer {session.access_token}"},
    )
    report.step(
        f"the service draws a report, {len(page.content)} bytes",
        page.status_code == 200 and page.headers["content-type"].startswith("text/html"),
    )


def imports(address: Address, learner: Client, owner: Client, report: Report) -> None:
    """Courses of other systems come in, are taken, and go out."""
    report.heading("Imports")
    session = owner.auth.get_session()
    assert session is not None
    headers = {"Authorization": f"Bearer {session.access_token}"}
    with httpx.Client(base_url=address.service_url, headers=headers, timeout=60) as service:
        import_journey(
            service,
            owner,
            learner,
            lambda lesson_id, texts: take_quiz(learner, lesson_id, texts),
            report.step,
        )


def journey(address: Address, write: Callable[[str], object] = print) -> int:
    """Run the journeys; return the number of steps."""
    report = Report(write)
    with browser(address) as learner, browser(address) as owner, browser(address) as other:
        learner_id = learner_journey(address, learner, report)
        instructor_journey(owner, other, learner_id, report)
        planets = assessment_journey(address, learner, owner, learner_id, report)
        course = owner.table("courses").select("id").eq("slug", COURSE).single().execute()
        with browser(address) as visitor:
            search_journey(learner, visitor, report)
        tutor(address, learner, owner, planets, report)
        imports(address, learner, owner, report)
        dashboard_journey(address, owner, cast(dict[str, Any], course.data)["id"], report)
    return report.steps


def main() -> int:
    """Run the journey against the stack in .env."""
    try:
        steps = journey(Address.from_environment())
    except (httpx.ConnectError, KeyError) as error:
        print(f"No stack answers ({error}). Start one with `make up`.", file=sys.stderr)
        return 1
    print(f"\n{steps} steps, all as they should be.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
