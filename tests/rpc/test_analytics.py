"""Dashboards: expected figures, access, small groups, pages and boundaries."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import make_exam
from tests.rpc.support import World, as_user, at_once, call, committed, pages, refusals, refuse
from tests.support.database import Database, Row, Session
from tests.support.school import School, insert

OVERVIEW = {
    *("pending", "waitlisted", "active", "completed", "withdrawn", "active_learners"),
    *("enrolled_since", "completed_since", "completion_rate", "mean_progress"),
    *("median_days_to_complete", "seconds_spent", "mean_score"),
}


@dataclass
class Course:
    """A course with rows written directly, so that each expected figure is known."""

    db: Session
    school: School
    owner: UUID
    course_id: UUID
    lessons: dict[str, UUID]
    people: dict[str, UUID]

    def learner(self, name: str, *, enrolled: float = 0, seen: float = 0) -> UUID:
        """A learner who enrolled and was last active a number of days ago."""
        user_id = self.school.user(name=name)
        self.people[name] = user_id
        self.school.enroll(user_id, self.course_id)
        self.set_enrollment(name, enrolled_at=enrolled, last_activity_at=seen)
        return user_id

    def set_enrollment(self, name: str, **days: float) -> None:
        """Sets times of an enrollment to a number of days ago."""
        self.db.act("postgres")
        for column, ago in days.items():
            self.db.run(
                f"update public.enrollments set {column} = now() - make_interval(secs => %s) "
                "where user_id = %s and course_id = %s",
                ago * 86400,
                self.people[name],
                self.course_id,
            )

    def did(
        self,
        name: str,
        lesson: str,
        *,
        started: float = 0,
        completed: float | None = None,
        score: float | None = None,
        seconds: int = 0,
        updated: float | None = None,
    ) -> None:
        """Progress of a learner in a lesson; times are in days before now."""
        self.db.act("postgres")
        self.db.run(
            "insert into public.lesson_progress (user_id, lesson_id, course_id, status, "
            "started_at, completed_at, updated_at, score, seconds_spent) "
            "select %s, %s, %s, %s, now() - make_interval(secs => %s), "
            "now() - make_interval(secs => %s), now() - make_interval(secs => %s), %s, %s",
            self.people[name],
            self.lessons[lesson],
            self.course_id,
            "started" if completed is None else "completed",
            started * 86400,
            None if completed is None else completed * 86400,
            (updated if updated is not None else completed or started) * 86400,
            score,
            seconds,
        )
        self.db.run("select private.recount_learner(%s, %s)", self.course_id, self.people[name])
        self.db.run(
            "select private.complete_enrollments(%s, array[%s::uuid], 'learner')",
            self.course_id,
            self.people[name],
        )

    def day(self, name: str, ago: int, seconds: int = 0) -> None:
        """A day with activity of a learner."""
        self.db.act("postgres").run(
            "insert into private.learner_days (user_id, course_id, day, seconds) "
            "values (%s, %s, private.today() - %s, %s)",
            self.people[name],
            self.course_id,
            ago,
            seconds,
        )

    def staff(self) -> Session:
        """The session, acting as the owner of the course."""
        return self.db.act(user_id=self.owner)

    def overview(self, session: Session | None = None, **more: Any) -> Row:
        """The overview for the owner, or for the actor of another session."""
        return call(session or self.staff(), "course_overview", course_id=self.course_id, **more)

    def funnel(self, session: Session | None = None) -> dict[str, Row]:
        """The funnel by name of the lesson, for the owner or another actor."""
        rows = (session or self.staff()).rpc("course_funnel", course_id=self.course_id)
        names = {one: name for name, one in self.lessons.items()}
        return {names[row["lesson_id"]]: row for row in rows}

    def today(self, ago: int = 0) -> date:
        """The day of UTC a number of days ago."""
        day: date = self.db.act("postgres").value("select private.today() - %s", ago)
        return day

    def slug(self) -> str:
        """The slug of the course."""
        return str(
            self.db.act("postgres").value(
                "select slug from public.courses where id = %s", self.course_id
            )
        )

    def slugs(self) -> dict[str, str]:
        """The slugs of the lessons by name."""
        rows = self.db.act("postgres").all(
            "select id, slug from public.lessons where course_id = %s", self.course_id
        )
        by_id = {row["id"]: row["slug"] for row in rows}
        return {name: by_id[one] for name, one in self.lessons.items()}


@pytest.fixture
def bare(db: Session, school: School) -> Course:
    """The course without learners: a text, an optional one, a quiz, a lab and a draft."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner, title="Weaving")
    first = school.module(course_id, title="Warp")
    lessons = {
        "text": school.lesson(first, title="Text"),
        "optional": school.lesson(first, title="Optional", is_required=False),
    }
    exam = make_exam(
        school,
        course_id=course_id,
        owner=owner,
        learner=owner,
        lesson={"title": "Quiz", "weight": 3},
    )
    lessons["quiz"] = exam.lesson_id
    lessons["lab"] = school.lesson(
        exam.module_id, title="Lab", content_type="lab", completion_rule="accept", weight=1
    )
    insert(db, "labs", lesson_id=lessons["lab"])
    lessons["draft"] = school.lesson(exam.module_id, title="Draft", is_published=False)
    return Course(db, school, owner, course_id, lessons, {})


@pytest.fixture
def course(bare: Course) -> Course:
    """Ten learners of every status; two have completed, after 4 and after 10 days."""
    bare.learner("Ada", enrolled=40, seen=36)
    bare.did("Ada", "text", started=39, completed=39, seconds=600)
    bare.did("Ada", "quiz", started=38, completed=38, score=95, seconds=300)
    bare.did("Ada", "lab", started=37, completed=36, score=80)
    bare.set_enrollment("Ada", completed_at=36)
    bare.learner("Bob", enrolled=20, seen=10)
    bare.did("Bob", "text", started=19, completed=19, seconds=300)
    bare.did("Bob", "quiz", started=18, completed=18, score=70)
    bare.did("Bob", "lab", started=17, completed=10, score=60)
    bare.set_enrollment("Bob", completed_at=10)
    bare.learner("Cleo", enrolled=20, seen=3)
    bare.did("Cleo", "text", started=5, completed=5, seconds=100)
    bare.did("Cleo", "quiz", started=4, completed=4, score=55)
    bare.did("Cleo", "lab", started=3)
    bare.learner("Dan", enrolled=8, seen=8)
    bare.did("Dan", "text", started=8, completed=8)
    bare.did("Dan", "quiz", started=8, score=20)
    bare.learner("Eve", enrolled=1, seen=1)
    bare.did("Eve", "text", started=1, seconds=50)
    bare.learner("Fay")
    bare.learner("Gus", enrolled=16, seen=15)
    bare.did("Gus", "text", started=15, completed=15, seconds=100)
    bare.learner("Hank", enrolled=16, seen=15)
    for name in ("Gus", "Hank"):
        bare.db.act(user_id=bare.people[name]).rpc("withdraw", course_id=bare.course_id)
    # Gus left by himself, Hank was withdrawn by staff.
    bare.db.act("postgres").run(
        "update public.enrollments set has_left = false where user_id = %s", bare.people["Hank"]
    )
    for name, status in (("Ivy", "pending"), ("Jon", "waitlisted")):
        bare.people[name] = bare.school.user(name=name)
        bare.school.enroll(bare.people[name], bare.course_id, status)
    for name, ago, seconds in (
        *(("Ada", 39, 600), ("Ada", 38, 300), ("Bob", 19, 300), ("Cleo", 5, 100)),
        *(("Cleo", 3, 0), ("Dan", 8, 0), ("Eve", 1, 50), ("Gus", 15, 100)),
    ):
        bare.day(name, ago, seconds)
    assert bare.db.all("select * from private.analytics_audit()") == []
    return bare


def watchers(course: Course) -> Iterator[Session]:
    """The callers who see the figures and are not staff: an admin and the server."""
    yield course.db.act(user_id=course.school.user("admin"))
    yield course.db.act("service_role")


# The figures -------------------------------------------------------------------------------------


def test_overview(course: Course) -> None:
    """Each figure of the overview."""
    row = course.overview()
    days, distribution = row.pop("days"), row.pop("score_distribution")
    assert row == {
        "course_id": course.course_id,
        "course_slug": course.slug(),
        "title": "Weaving",
        "since": course.today(29),
        "pending": 1,
        "waitlisted": 1,
        "active": 4,
        "completed": 2,
        "withdrawn": 2,
        # All with a seat except Ada, whose last activity was 36 days ago.
        "active_learners": 5,
        "enrolled_since": 5,
        "completed_since": 1,
        "completion_rate": Decimal("33.33"),
        # 100, 100, 66.66, 33.33, 0 and 0.
        "mean_progress": Decimal("50.00"),
        "median_days_to_complete": 4,
        "seconds_spent": 550,
        # 95, 80, 70, 60, 55 and 20.
        "mean_score": Decimal("63.33"),
    }
    assert distribution == [0, 0, 1, 0, 0, 1, 1, 1, 1, 1]
    assert [one["day"] for one in days] == [str(course.today(29 - n)) for n in range(30)]
    counted = {
        29 - n: {k: v for k, v in one.items() if v and k != "day"} for n, one in enumerate(days)
    }
    assert {ago: figures for ago, figures in counted.items() if figures} == {
        20: {"enrolled": 2},
        19: {"active_learners": 1, "lessons_completed": 1, "seconds_spent": 300},
        18: {"lessons_completed": 1},
        15: {"active_learners": 1, "lessons_completed": 1, "seconds_spent": 100},
        10: {"lessons_completed": 1, "completed": 1},
        8: {"enrolled": 1, "active_learners": 1, "lessons_completed": 1},
        5: {"active_learners": 1, "lessons_completed": 1, "seconds_spent": 100},
        4: {"lessons_completed": 1},
        3: {"active_learners": 1},
        1: {"enrolled": 1, "active_learners": 1, "seconds_spent": 50},
        0: {"enrolled": 1},
    }


def test_activity_is_the_days_of_the_overview(course: Course) -> None:
    """course_activity returns the same days as rows."""
    for since in (None, course.today(100), course.today(3), course.today()):
        rows = course.staff().rpc("course_activity", course_id=course.course_id, since=since)
        listed = [{**row, "day": str(row["day"])} for row in rows]
        assert listed == course.overview(since=since)["days"]
        assert rows[-1]["day"] == course.today()


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (40, {"active_learners": 6, "enrolled_since": 6, "completed_since": 2, "seconds": 1450}),
        (36, {"active_learners": 6, "enrolled_since": 5, "completed_since": 2, "seconds": 550}),
        (35, {"active_learners": 5, "enrolled_since": 5, "completed_since": 1, "seconds": 550}),
        (8, {"active_learners": 4, "enrolled_since": 3, "completed_since": 0, "seconds": 150}),
        (7, {"active_learners": 3, "enrolled_since": 2, "completed_since": 0, "seconds": 150}),
        (0, {"active_learners": 1, "enrolled_since": 1, "completed_since": 0, "seconds": 0}),
        (-1, {"active_learners": 0, "enrolled_since": 0, "completed_since": 0, "seconds": 0}),
    ],
)
def test_since(course: Course, ago: int, expected: dict[str, int]) -> None:
    """The period begins with the given day, and changes only the figures of the period."""
    row, usual = course.overview(since=course.today(ago)), course.overview()
    assert row["since"] == course.today(ago)
    assert len(row["days"]) == ago + 1
    assert {
        "active_learners": row["active_learners"],
        "enrolled_since": row["enrolled_since"],
        "completed_since": row["completed_since"],
        "seconds": row["seconds_spent"],
    } == expected
    for key in ("active", "completion_rate", "mean_progress", "mean_score", "score_distribution"):
        assert row[key] == usual[key]


@pytest.mark.parametrize("since", ["0001-01-01", "1999-12-31", "-infinity"])
def test_since_long_ago(course: Course, since: str) -> None:
    """A period longer than a year counts all of it and lists 366 days."""
    course.learner("Zoe", enrolled=3650, seen=3650)
    row = course.overview(since=since)
    assert (row["active_learners"], row["enrolled_since"], row["seconds_spent"]) == (7, 7, 1450)
    assert [row["days"][n]["day"] for n in (0, -1)] == [str(course.today(365)), str(course.today())]
    assert len(row["days"]) == 366
    rows = course.staff().rpc("course_activity", course_id=course.course_id, since=since)
    assert len(rows) == 366


@pytest.mark.parametrize("since", ["9999-12-31", "infinity"])
def test_since_in_the_future(course: Course, since: str) -> None:
    """A period in the future is empty."""
    row = course.overview(since=since)
    assert row["days"] == []
    assert (row["active_learners"], row["seconds_spent"], row["active"]) == (0, 0, 4)
    assert course.staff().rpc("course_activity", course_id=course.course_id, since=since) == []
    admin = course.db.act(user_id=course.school.user("admin"))
    assert call(admin, "platform_overview", since=since)["days"] == []


def test_null_arguments(course: Course) -> None:
    """NULL for since is the default; the other arguments are tested with the refusals."""
    assert course.overview(since=None) == course.overview()
    admin = course.db.act(user_id=course.school.user("admin"))
    assert call(admin, "platform_overview", since=None) == call(admin, "platform_overview")
    rows = course.staff().rpc("course_activity", course_id=course.course_id, since=None)
    assert len(rows) == 30


def test_an_empty_course(bare: Course) -> None:
    """Counts are 0, means are null, lists are empty."""
    row = bare.overview()
    empty = {"completion_rate", "mean_progress", "median_days_to_complete", "mean_score"}
    assert {row[key] for key in empty} == {None}
    assert {row[key] for key in OVERVIEW - empty} == {0}
    assert row["score_distribution"] == [0] * 10
    assert len(row["days"]) == 30
    funnel = bare.funnel()
    assert set(funnel) == {"text", "optional", "quiz", "lab"}
    for one in funnel.values():
        assert (one["started"], one["completed"], one["is_biggest_drop"]) == (0, 0, False)
        for key in ("seconds_per_learner", "mean_score", "completion_rate", "drop_rate"):
            assert one[key] is None
    bare.db.act("postgres").run("delete from public.modules where course_id = %s", bare.course_id)
    for function in ("course_funnel", "course_learners", "at_risk_learners"):
        assert bare.staff().rpc(function, course_id=bare.course_id) == []
    for session in watchers(bare):
        assert bare.overview(session)["score_distribution"] == [0] * 10


@pytest.mark.parametrize(
    ("durations", "median"),
    [
        ([], None),
        ([0], 0),
        ([0.9], 0),
        ([7], 7),
        ([3, 9], 3),
        ([9, 3, 4], 4),
        ([1, 1, 1, 50], 1),
        ([1, 2, 50, 50], 2),
        ([5, 5, 6, 7, 800], 6),
    ],
)
def test_median(bare: Course, durations: list[float], median: int | None) -> None:
    """The median of the whole days to complete; of two middle values the lower."""
    for number, days in enumerate(durations):
        name = str(number)
        bare.learner(name, enrolled=1000)
        for lesson in ("text", "quiz", "lab"):
            bare.did(name, lesson, completed=0)
        bare.set_enrollment(name, completed_at=1000 - days)
    row = bare.overview()
    assert row["completed"] == len(durations)
    assert row["median_days_to_complete"] == median


@pytest.mark.parametrize(
    ("score", "tenth"),
    [(0, 0), (9.99, 0), (10, 1), (49.99, 4), (50, 5), (89.99, 8), (90, 9), (99.99, 9), (100, 9)],
)
def test_tenths(bare: Course, score: float, tenth: int) -> None:
    """A result on a boundary counts in the upper tenth; 100 in the last."""
    bare.learner("Ada")
    bare.did("Ada", "quiz", score=score)
    row = bare.overview()
    assert row["score_distribution"] == [int(n == tenth) for n in range(10)]
    assert row["mean_score"] == Decimal(str(score)).quantize(Decimal("0.01"))


def test_all_results_are_nought(bare: Course) -> None:
    """A mean of results that are all 0 is 0, not nothing."""
    for number in range(5):
        bare.learner(str(number))
        bare.did(str(number), "quiz", score=0)
    (row,) = bare.staff().rpc("instructor_dashboard")
    assert row["mean_score"] == 0
    for session in (bare.staff(), *watchers(bare)):
        assert bare.overview(session)["mean_score"] == 0
        assert bare.overview(session)["score_distribution"] == [5] + [0] * 9
        assert bare.funnel(session)["quiz"]["mean_score"] == 0
        assert bare.funnel(session)["lab"]["mean_score"] is None


def test_coming_back_after_completing(bare: Course) -> None:
    """A learner who returns is completed again; the new enrollment has no duration."""
    bare.learner("Ada", enrolled=20, seen=9)
    for lesson in ("text", "quiz", "lab"):
        bare.did("Ada", lesson, completed=9)
    bare.set_enrollment("Ada", completed_at=9)
    assert bare.overview()["median_days_to_complete"] == 11
    learner = bare.db.act(user_id=bare.people["Ada"])
    learner.rpc("withdraw", course_id=bare.course_id)
    row = bare.overview()
    assert (row["withdrawn"], row["completed"], row["completed_since"]) == (1, 0, 0)
    assert (row["completion_rate"], row["median_days_to_complete"]) == (None, None)
    bare.db.act(user_id=bare.people["Ada"]).rpc("enroll", course_id=bare.course_id)
    row = bare.overview()
    assert (row["withdrawn"], row["completed"], row["completed_since"]) == (0, 1, 1)
    assert (row["enrolled_since"], row["completion_rate"]) == (1, 100)
    assert row["median_days_to_complete"] is None
    by_day = {one["day"]: one for one in row["days"]}
    assert by_day[str(bare.today(9))]["completed"] == 1
    assert by_day[str(bare.today())]["enrolled"] == 1
    assert bare.db.act("postgres").all("select * from private.analytics_audit()") == []


def test_funnel(course: Course) -> None:
    """The funnel counts the six with a seat and the one who left after a lesson."""
    keys = (
        *("lesson_slug", "ord", "module_title", "title", "content_type", "is_required"),
        *("started", "completed"),
        *("seconds_per_learner", "mean_score", "completion_rate", "drop_rate", "is_biggest_drop"),
    )
    rows = course.staff().rpc("course_funnel", course_id=course.course_id)
    slugs = course.slugs()
    expected: list[tuple[Any, ...]] = [
        (slugs["text"], 1, "Warp", "Text", "text", True, 6, 5, 192, None, "71.43", "28.57", True),
        (
            slugs["optional"],
            2,
            "Warp",
            "Optional",
            "text",
            False,
            0,
            0,
            None,
            None,
            "0.00",
            None,
            False,
        ),
        (
            slugs["quiz"],
            3,
            "Module",
            "Quiz",
            "quiz",
            True,
            4,
            3,
            75,
            "60.00",
            "42.86",
            "28.57",
            False,
        ),
        (slugs["lab"], 4, "Module", "Lab", "lab", True, 3, 2, 0, "70.00", "28.57", "14.29", False),
    ]
    found = [
        tuple(str(row[key]) if isinstance(row[key], Decimal) else row[key] for key in keys)
        for row in rows
    ]
    assert found == expected
    assert [row["lesson_id"] for row in rows] == list(course.lessons.values())[:4]
    assert {row["course_slug"] for row in rows} == {course.slug()}


def test_funnel_follows_the_outline(course: Course) -> None:
    """The order is that of the course; a learner who skips a lesson is no drop of the next."""
    course.db.act("postgres").run(
        "update public.modules set ord = 10 - ord where course_id = %s", course.course_id
    )
    rows = list(course.funnel().values())
    assert [row["title"] for row in rows] == ["Quiz", "Lab", "Text", "Optional"]
    assert [row["ord"] for row in rows] == [1, 2, 3, 4]
    assert [row["drop_rate"] for row in rows] == [
        *(Decimal("57.14"), Decimal("14.29")),
        *(0, None),
    ]
    assert [row["is_biggest_drop"] for row in rows] == [True, False, False, False]


def test_funnel_ties(bare: Course) -> None:
    """Of two equal drops the first is the biggest."""
    for number in range(4):
        bare.learner(str(number))
    for number in range(2):
        bare.did(str(number), "text", completed=1)
    rows = bare.funnel()
    assert [rows[name]["drop_rate"] for name in ("text", "quiz", "lab")] == [50, 50, 0]
    assert [name for name, row in rows.items() if row["is_biggest_drop"]] == ["text"]


def test_d11_a_funnel_of_1200_lessons_is_whole(db: Session, school: School) -> None:
    """Each lesson has its row on some page; ord and the biggest drop are those of the course."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    modules = [school.module(course_id) for _ in range(3)]
    db.run(
        "insert into public.lessons (module_id, slug, title, is_published) "
        "select m.id, 'lesson-' || m.ordinality || '-' || n, 'Lesson', true "
        "from unnest(%s::uuid[]) with ordinality as m (id), generate_series(1, 400) as n",
        modules,
    )
    school.enroll(learner, course_id)
    db.act(user_id=owner)
    listed = list(pages(db, "course_funnel", course_id=course_id, page_size=200))
    rows = [row for page in listed for row in page]
    assert [len(page) for page in listed] == [200] * 6
    assert [row["ord"] for row in rows] == list(range(1, 1201))
    assert len({row["lesson_id"] for row in rows}) == 1200
    assert [row["ord"] for row in rows if row["is_biggest_drop"]] == [1]
    assert db.rpc("course_funnel", course_id=course_id) == listed[0]
    refuse(db, "course_funnel", "invalid_page", course_id=course_id, page_size=201)
    refuse(db, "course_funnel", "invalid_cursor", course_id=course_id, cursor="x")
    other = school.course(owner=owner)
    school.lesson(school.module(other))
    (row,) = db.act(user_id=owner).rpc("course_funnel", course_id=other)
    refuse(db, "course_funnel", "invalid_cursor", course_id=course_id, cursor=row["cursor"])


# Access -----------------------------------------------------------------------------------------


def test_who_is_refused(course: Course) -> None:
    """Learners, strangers and staff of another course are refused each figure of a course."""
    school = course.school
    stranger = school.user("instructor")
    school.course(owner=stranger)
    outsider = school.user()
    given = {"course_id": course.course_id}
    for user_id in (course.people["Cleo"], course.people["Gus"], outsider, stranger):
        session = course.db.act(user_id=user_id)
        refuse(session, "course_overview", "not_course_staff", **given)
        refuse(session, "course_activity", "not_course_staff", **given)
        refuse(session, "course_funnel", "not_course_staff", **given)
        refuse(session, "course_learners", "not_course_staff", **given)
        refuse(session, "at_risk_learners", "not_course_staff", **given)
        refuse(session, "question_stats", "not_course_staff", lesson_id=course.lessons["quiz"])
        refuse(session, "platform_overview", "admin_required")
    session = course.staff()
    refuse(session, "platform_overview", "admin_required")
    for unknown in (uuid4(), None):
        refuse(session, "course_overview", "not_course_staff", course_id=unknown)
        refuse(session, "course_activity", "not_course_staff", course_id=unknown)
        refuse(session, "course_funnel", "not_course_staff", course_id=unknown)
        refuse(session, "course_learners", "not_course_staff", course_id=unknown)
        refuse(session, "at_risk_learners", "not_course_staff", course_id=unknown)


FUNCTIONS = {
    "course_overview": True,
    "course_activity": True,
    "course_funnel": True,
    "course_learners": True,
    "at_risk_learners": True,
    "platform_overview": False,
    "instructor_dashboard": False,
    "my_learning": False,
}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_anon_sees_nothing(course: Course, function: str) -> None:
    """A signed-out caller gets no figure."""
    given = {"course_id": course.course_id} if FUNCTIONS[function] else {}
    course.db.act("anon")
    with course.db.refused("42501"):
        course.db.rpc(function, **given)


def test_unknown_courses(course: Course) -> None:
    """Admins and the server get course_not_found."""
    for session in watchers(course):
        for unknown in (uuid4(), None):
            refuse(session, "course_overview", "course_not_found", course_id=unknown)
            refuse(session, "course_activity", "course_not_found", course_id=unknown)
            refuse(session, "course_funnel", "course_not_found", course_id=unknown)
            refuse(session, "course_learners", "course_not_found", course_id=unknown)
            refuse(session, "at_risk_learners", "course_not_found", course_id=unknown)


def test_accounts_of_their_own(db: Session) -> None:
    """A function about the caller needs an account."""
    session = db.act("authenticated")
    refuse(session, "instructor_dashboard", "not_authenticated")
    refuse(session, "my_learning", "not_authenticated")
    for function in ("instructor_dashboard", "my_learning"):
        db.act("service_role")
        with db.refused("42501"):
            db.rpc(function)


@pytest.mark.parametrize("role", ["owner", "instructor", "assistant"])
def test_all_staff_see_small_groups(course: Course, role: str) -> None:
    """Staff of each role see what the owner sees, also if they are admins."""
    people = [course.school.user(), course.school.user("admin")]
    for one in people:
        course.school.staff(course.course_id, one, role)
    expected = (course.overview(), course.funnel())
    for one in people:
        session = course.db.act(user_id=one)
        assert (course.overview(session), course.funnel(session)) == expected


# Small groups ------------------------------------------------------------------------------------


def crowd(bare: Course, number: int) -> None:
    """A number of learners of each status with equal activity on one day."""
    for n in range(number):
        name = f"done {n}"
        bare.learner(name, enrolled=3, seen=2)
        bare.did(name, "text", started=3, completed=2, seconds=60)
        for lesson in ("quiz", "lab"):
            bare.did(name, lesson, started=3, completed=2, score=75)
        bare.set_enrollment(name, completed_at=2)
        bare.day(name, 2, 60)
        bare.learner(f"gone {n}", enrolled=3, seen=3)
        bare.db.act(user_id=bare.people[f"gone {n}"]).rpc("withdraw", course_id=bare.course_id)
        bare.learner(f"idle {n}", enrolled=3, seen=3)
        for status in ("pending", "waitlisted"):
            bare.school.enroll(bare.school.user(), bare.course_id, status)


def numbers(value: Any) -> list[Any]:
    """All figures in an answer at any depth, without flags, ids, times and names."""
    if isinstance(value, dict):
        return [one for key, part in value.items() if key != "ord" for one in numbers(part)]
    if isinstance(value, list):
        return [one for part in value for one in numbers(part)]
    if isinstance(value, bool | str | UUID | date | datetime):
        return []
    return [value]


def test_five_learners_are_shown(bare: Course) -> None:
    """A figure about five learners is the same for every caller."""
    crowd(bare, 5)
    expected = (bare.overview(), bare.funnel())
    assert {None} < set(numbers(list(expected)))
    for session in watchers(bare):
        assert (bare.overview(session), bare.funnel(session)) == expected


def test_four_learners_are_not(bare: Course) -> None:
    """Admins and the server see no figure about one to four learners; 0 stays 0."""
    crowd(bare, 4)
    mine = bare.overview()
    assert (mine["active"], mine["completed"], mine["mean_score"]) == (4, 4, 75)
    enrolled_on, completed_on = str(bare.today(3)), str(bare.today(2))
    for session in watchers(bare):
        row = bare.overview(session)
        # Of eight with a seat.
        assert row["enrolled_since"] == 8
        # No day is the last activity of five.
        assert row["active_learners"] is None
        assert row["mean_progress"] == 50
        hidden = [
            *("completed_since", "median_days_to_complete", "mean_score"),
            # Both groups of the eight have four.
            *("pending", "waitlisted", "active", "completed", "withdrawn", "completion_rate"),
        ]
        assert {key: row[key] for key in hidden} == dict.fromkeys(hidden)
        assert row["score_distribution"] is None
        by_day = {one["day"]: one for one in row["days"]}
        assert by_day[enrolled_on]["enrolled"] == 8
        assert numbers(by_day[completed_on]) == [0, None, None, None, None]
        for one in bare.funnel(session).values():
            assert {one["started"], one["completed"]} <= {0, None}
            assert {one["mean_score"], one["seconds_per_learner"]} == {None}
            assert one["completion_rate"] in (0, None)
    rows = bare.staff().rpc("course_activity", course_id=bare.course_id)
    assert rows[-3]["seconds_spent"] == 240


def test_one_learner_is_not(bare: Course) -> None:
    """In a course with one learner an admin sees no completion and no score."""
    bare.learner("Ada", enrolled=3)
    for lesson in ("text", "quiz", "lab"):
        bare.did("Ada", lesson, completed=1, score=75 if lesson != "text" else None, seconds=9)
    bare.day("Ada", 1, 9)
    for session in watchers(bare):
        row = bare.overview(session)
        assert set(numbers(row)) <= {0, None}
        assert set(numbers(list(bare.funnel(session).values()))) <= {0, None}
        rows = session.rpc("course_activity", course_id=bare.course_id)
        assert set(numbers(rows)) == {0, None}


def test_results_are_not_learners(bare: Course) -> None:
    """Six results of one learner are about one learner."""
    bare.learner("Ada")
    module_id = bare.school.module(bare.course_id)
    for number in range(6):
        bare.lessons[str(number)] = bare.school.lesson(module_id, content_type="quiz")
        bare.did("Ada", str(number), score=95)
    assert bare.overview()["mean_score"] == 95
    for session in watchers(bare):
        row = bare.overview(session)
        assert row["mean_score"] is None
        # A null bucket, instead of 0, would reveal the tenth.
        assert row["score_distribution"] is None


def test_one_result_among_many(bare: Course) -> None:
    """The only result of a lesson is hidden from the mean and the distribution."""
    for number in range(6):
        bare.learner(str(number))
        bare.did(str(number), "quiz", score=50)
    bare.did("0", "lab", score=99)
    assert bare.overview()["mean_score"] == 57
    for session in watchers(bare):
        shown = bare.overview(session)["mean_score"]
        funnel = bare.funnel(session)
        assert (funnel["quiz"]["mean_score"], funnel["lab"]["mean_score"]) == (50, None)
        assert shown == 50
        assert bare.overview(session)["score_distribution"] == [0] * 5 + [6] + [0] * 4


def test_windows_do_not_single_out(bare: Course) -> None:
    """The difference of two periods does not reveal a hidden day."""
    for number in range(6):
        bare.learner(str(number), enrolled=10)
        bare.day(str(number), 5, 100)
    bare.day("0", 7, 4321)
    admin = bare.school.user("admin")

    def window(ago: int) -> tuple[Any, Any]:
        since = bare.today(ago)
        row = bare.overview(bare.db.act(user_id=admin), since=since)
        return row["seconds_spent"], row["days"][0]["seconds_spent"]

    (long, hidden), (short, _) = window(7), window(6)
    assert hidden is None
    assert long is None or short is None or long - short != 4321


def test_since_of_operators(bare: Course) -> None:
    """Totals are the sum of the visible days, also old ones."""
    for number in range(5):
        bare.learner(str(number), enrolled=1000)
        bare.day(str(number), 900, 60)
    bare.learner("one", enrolled=500)
    bare.day("one", 500, 5)
    since = bare.today(1100)
    for session in watchers(bare):
        row = bare.overview(session, since=since)
        assert (row["enrolled_since"], row["seconds_spent"]) == (5, 300)
        assert len(row["days"]) == 366
    row = bare.overview(since=since)
    assert (row["enrolled_since"], row["seconds_spent"]) == (6, 305)


def test_questions_of_few_learners(bare: Course) -> None:
    """Answers of one to four learners are visible to staff only."""
    owner, db = bare.owner, bare.db
    exam = make_exam(bare.school, course_id=bare.course_id, owner=owner, learner=owner)
    question = exam.question("true_false", key={"correct": True})
    people = []
    for number in range(5):
        people.append(bare.learner(str(number)))
        exam.take({question: False}, people[-1])
        # Two attempts of one learner count as one learner.
        if number == 0:
            exam.take({question: True}, people[-1])
        (mine,) = bare.staff().rpc("question_stats", lesson_id=exam.lesson_id)
        assert mine["answer_count"] == number + 2
        for session in watchers(bare):
            (row,) = session.rpc("question_stats", lesson_id=exam.lesson_id)
            if number == 4:
                assert row == mine
            else:
                assert (row["difficulty"], row["discrimination"], row["choices"]) == (None,) * 3
                assert row["answer_count"] in (0, None)
    assert db.act("postgres").all("select * from private.analytics_audit()") == []


# Learners ----------------------------------------------------------------------------------------

SORTS = ["name", "progress", "last_activity", "enrolled"]
BOTH = [*SORTS, *(f"-{one}" for one in SORTS)]


def walk(
    course: Course, size: int, *, function: str = "course_learners", **given: Any
) -> list[Row]:
    """All pages of a list of learners."""
    rows: list[Row] = []
    cursor: str | None = None
    for _ in range(100):
        page = course.staff().rpc(
            function, course_id=course.course_id, page_size=size, cursor=cursor, **given
        )
        assert len(page) <= size
        rows += page
        if not page:
            return rows
        cursor = page[-1]["cursor"]
    raise AssertionError("no end")


def test_learners(course: Course) -> None:
    """Each column of a row; learners of every status, by name, but for those who left."""
    rows = {row["name"]: row for row in walk(course, 50)}
    assert list(rows) == sorted(course.people.keys() - {"Gus"})
    at = course.db.act("postgres").value("select now()")
    ada = rows["Ada"]
    assert ada.pop("cursor")
    assert ada.pop("enrollment_id") == course.db.value(
        "select id from public.enrollments where (course_id, user_id) = (%s, %s)",
        course.course_id,
        course.people["Ada"],
    )
    assert ada == {
        "user_id": course.people["Ada"],
        "name": "Ada",
        "email": f"{course.people['Ada']}@school.test",
        "status": "completed",
        "progress": 100,
        "lessons_completed": 3,
        "seconds_spent": 900,
        # The quiz weighs 3, the lab 1.
        "course_score": Decimal("91.25"),
        "enrolled_at": at - timedelta(days=40),
        "last_activity_at": at - timedelta(days=36),
        "completed_at": at - timedelta(days=36),
    }
    assert {
        name: (row["status"], row["progress"], row["course_score"]) for name, row in rows.items()
    } == {
        "Ada": ("completed", 100, Decimal("91.25")),
        "Bob": ("completed", 100, Decimal("67.50")),
        "Cleo": ("active", Decimal("66.66"), Decimal("41.25")),
        "Dan": ("active", Decimal("33.33"), Decimal("15.00")),
        "Eve": ("active", 0, 0),
        "Fay": ("active", 0, 0),
        "Hank": ("withdrawn", 0, 0),
        "Ivy": ("pending", 0, 0),
        "Jon": ("waitlisted", 0, 0),
    }


def test_learners_of_one_state(course: Course) -> None:
    """The filter selects one status; NULL selects all."""
    for state, names in {
        "active": ["Cleo", "Dan", "Eve", "Fay"],
        "completed": ["Ada", "Bob"],
        "withdrawn": ["Hank"],
        "pending": ["Ivy"],
        "waitlisted": ["Jon"],
        None: sorted(course.people.keys() - {"Gus"}),
    }.items():
        assert [row["name"] for row in walk(course, 3, status=state)] == names


def test_learners_sorted(course: Course) -> None:
    """Each order, ascending and descending."""
    only = {"status": "active"}
    for sort, names in {
        "name": "Cleo Dan Eve Fay",
        "-name": "Fay Eve Dan Cleo",
        "last_activity": "Dan Cleo Eve Fay",
        "-last_activity": "Fay Eve Cleo Dan",
        "enrolled": "Cleo Dan Eve Fay",
        "-enrolled": "Fay Eve Dan Cleo",
    }.items():
        assert [row["name"] for row in walk(course, 50, sort=sort, **only)] == names.split()
    rows = walk(course, 50, sort="progress", **only)
    assert [row["name"] for row in rows[2:]] == ["Dan", "Cleo"]
    rows = walk(course, 50, sort="-progress", **only)
    assert [row["name"] for row in rows[:2]] == ["Cleo", "Dan"]


# Names in the order that people expect.
ORDER = ["ada", "Ada", "ADA", "Åse", "Émile", "Müller", "zoe", "Zoe", "李"]


def test_d7_names_sort_as_people_expect(bare: Course) -> None:
    """É is beside E, whatever the case; the pages of the list follow the same order."""
    names = ["Emil", "Émile", "Emilia", "Fritz", "Özil", "Orsini", "Zoe", "zoé", "Ångström"]
    for name in names:
        bare.people[name] = bare.school.user(name=name)
        bare.school.enroll(bare.people[name], bare.course_id)
    expected = ["Ångström", "Emil", "Émile", "Emilia", "Fritz", "Orsini", "Özil", "Zoe", "zoé"]
    for size in (1, 2, 50):
        assert [row["name"] for row in walk(bare, size)] == expected
        assert [row["name"] for row in walk(bare, size, sort="-name")] == expected[::-1]
    rows = bare.staff().all(
        "select name from public.profiles where name = any(%s) order by name", names
    )
    assert [row["name"] for row in rows] == expected


@pytest.fixture
def school_of_many(bare: Course) -> Course:
    """Thirty learners, many with equal names, progress and times."""
    names = [*ORDER[3:], *ORDER[:3]]
    for number in range(30):
        key = str(number)
        bare.people[key] = bare.school.user(name=names[number % len(names)])
        bare.school.enroll(bare.people[key], bare.course_id)
        bare.set_enrollment(
            key, enrolled_at=number // 4, last_activity_at=(number // 7) + number % 2 / 1e9
        )
        if number % 3:
            bare.did(key, "text", completed=1)
    return bare


@pytest.mark.slow
@pytest.mark.parametrize("waiting", ["all", "some", "none"])
@pytest.mark.parametrize("sort", BOTH)
def test_pages_have_no_gap(school_of_many: Course, sort: str, waiting: str) -> None:
    """Pages of any size return the rows of one large page, in order, whatever waits for a fold."""
    if waiting != "all":
        school_of_many.db.act("postgres").fold()
    for number in range(0, 30, 4) if waiting == "some" else ():
        school_of_many.set_enrollment(str(number), enrolled_at=number, last_activity_at=30 - number)
        school_of_many.db.run(
            "update public.enrollments set progress = %s, status = 'completed', "
            "completed_at = now() where user_id = %s",
            *(number, school_of_many.people[str(number)]),
        )
    pages = walk(school_of_many, 200, sort=sort)
    for size in (1, 7, 30):
        assert walk(school_of_many, size, sort=sort) == pages, size
    assert {row["user_id"] for row in pages} == set(school_of_many.people.values())
    assert len(pages) == 30
    column = {"last_activity": "last_activity_at", "enrolled": "enrolled_at"}.get(
        sort.lstrip("-"), sort.lstrip("-")
    )
    keys = [ORDER.index(row[column]) if column == "name" else row[column] for row in pages]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


@pytest.mark.parametrize("sort", BOTH)
def test_pages_while_people_come(school_of_many: Course, sort: str) -> None:
    """Learners who join or leave between two pages shift no other row."""
    course = school_of_many
    given = {"course_id": course.course_id, "sort": sort, "page_size": 10}
    first = course.staff().rpc("course_learners", **given)
    for number, name in enumerate(["", "aaa", "Mmm", "zzz"]):
        key = f"new {number}"
        course.people[key] = course.school.user(name=name)
        course.school.enroll(course.people[key], course.course_id)
        course.set_enrollment(key, enrolled_at=number * 3, last_activity_at=number)
    gone = first[3]["user_id"]
    # Also the last row of the page.
    course.db.act("postgres").run(
        "delete from auth.users where id = any(%s)", [gone, first[-1]["user_id"]]
    )
    rows, cursor = list(first), first[-1]["cursor"]
    while page := course.staff().rpc("course_learners", **given, cursor=cursor):
        rows += page
        cursor = page[-1]["cursor"]
    seen = [row["user_id"] for row in rows]
    assert len(seen) == len(set(seen))
    old = {one for key, one in course.people.items() if not key.startswith("new")}
    assert old <= set(seen)


def test_cursors(school_of_many: Course) -> None:
    """A cursor belongs to its course, order and status; other text is refused."""
    course = school_of_many
    given: dict[str, Any] = {"course_id": course.course_id, "sort": "name", "status": None}
    cursor = course.staff().rpc("course_learners", **given, page_size=2)[-1]["cursor"]
    assert len(course.staff().rpc("course_learners", **given, page_size=5, cursor=cursor)) == 5
    other_id = course.school.course(owner=course.owner)
    session = course.staff()
    changes: list[dict[str, Any]] = [
        *[{"sort": one} for one in BOTH if one != "name"],
        {"status": "active"},
        {"course_id": other_id},
    ]
    for changed in changes:
        arguments = {**given, **changed, "cursor": cursor}
        refuse(session, "course_learners", "invalid_cursor", **arguments)

    def packed(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    padded = cursor + "=" * (-len(cursor) % 4)
    real = json.loads(base64.b64decode(padded.replace("-", "+").replace("_", "/")))
    for garbage in (
        *("", " ", "x", "null", "!!!", "a" * 5000, "é", "%00", cursor[:-3], cursor + "A"),
        *map(packed, (None, [], {}, 1, "x", {"s": real["s"]})),
        packed({**real, "id": "x"}),
        packed({**real, "id": None}),
        packed({**real, "number": "x"}),
        packed({**real, "number": {}}),
        packed({**real, "s": None}),
        str(uuid4()),
    ):
        refuse(session, "course_learners", "invalid_cursor", **given, cursor=garbage)


def test_a_cursor_that_is_too_deep(bare: Course) -> None:
    """A cursor that decodes to deeply nested JSON is refused."""
    deep = base64.b64encode(b"[" * 60_000).decode().rstrip("=")
    session = bare.staff()
    refuse(session, "course_learners", "invalid_cursor", course_id=bare.course_id, cursor=deep)


@pytest.mark.parametrize(
    "sort", ["", "email", "Name", "--name", "name ", "name;", "+name", None], ids=str
)
def test_unknown_sorts(bare: Course, sort: str | None) -> None:
    """An unknown order is refused."""
    refuse(bare.staff(), "course_learners", "invalid_sort", course_id=bare.course_id, sort=sort)


@pytest.mark.parametrize("size", [0, -1, 201, 2147483647, None])
def test_page_sizes(bare: Course, size: int | None) -> None:
    """A page has 1 to 200 rows, in each list."""
    given = {"course_id": bare.course_id, "page_size": size}
    refuse(bare.staff(), "course_learners", "invalid_page", **given)
    refuse(bare.staff(), "at_risk_learners", "invalid_page", **given)
    refuse(bare.staff(), "instructor_dashboard", "invalid_page", page_size=size)


def test_cursors_of_other_lists(school_of_many: Course) -> None:
    """A cursor of one list is refused by the others."""
    course, given = school_of_many, {"course_id": school_of_many.course_id}
    session = course.staff()
    board = session.rpc("instructor_dashboard")[-1]["cursor"]
    learners = session.rpc("course_learners", **given)[-1]["cursor"]
    refuse(session, "at_risk_learners", "invalid_cursor", cursor=learners, **given)
    refuse(session, "instructor_dashboard", "invalid_cursor", cursor=learners)
    refuse(session, "course_learners", "invalid_cursor", cursor=board, **given)
    colleague = course.school.user()
    course.school.staff(course.course_id, colleague, "assistant")
    refuse(course.db.act(user_id=colleague), "instructor_dashboard", "invalid_cursor", cursor=board)


def test_a_state_that_does_not_exist(bare: Course) -> None:
    """An unknown status is an input error."""
    bare.staff()
    with bare.db.refused("22P02"):
        bare.db.all("select * from public.course_learners(%s, status => 'gone')", bare.course_id)


# At risk -----------------------------------------------------------------------------------------

SECOND = 1 / 86400


def risks(course: Course) -> dict[str, list[str]]:
    """Name to reasons."""
    rows = course.staff().rpc("at_risk_learners", course_id=course.course_id)
    assert [row["risk"] for row in rows] == [len(row["reasons"]) for row in rows]
    return {row["name"]: row["reasons"] for row in rows}


def test_at_risk(course: Course) -> None:
    """Only active learners, with their reasons."""
    rows = course.staff().rpc("at_risk_learners", course_id=course.course_id)
    (row,) = rows
    assert row.pop("cursor")
    at = course.db.act("postgres").value("select now()")
    assert row == {
        "user_id": course.people["Dan"],
        "name": "Dan",
        "email": f"{course.people['Dan']}@school.test",
        "progress": Decimal("33.33"),
        "last_activity_at": at - timedelta(days=8),
        "reasons": ["inactive", "stuck"],
        "course_slug": course.slug(),
        "stuck_lesson_id": course.lessons["quiz"],
        "stuck_lesson_slug": course.slugs()["quiz"],
        "next_due_at": None,
        "risk": 2,
    }


@pytest.mark.parametrize(("seen", "flagged"), [(7 - SECOND, False), (7, False), (7 + SECOND, True)])
def test_inactive(bare: Course, seen: float, flagged: bool) -> None:
    """No activity for more than 7 days."""
    bare.learner("Ada", seen=seen)
    assert risks(bare) == ({"Ada": ["inactive"]} if flagged else {})


@pytest.mark.parametrize(
    ("started", "flagged"), [(7 - SECOND, False), (7, False), (7 + SECOND, True)]
)
def test_stuck(bare: Course, started: float, flagged: bool) -> None:
    """A required lesson started more than 7 days ago and not completed."""
    bare.learner("Ada")
    bare.did("Ada", "lab", started=started)
    assert risks(bare) == ({"Ada": ["stuck"]} if flagged else {})


def test_not_stuck(bare: Course) -> None:
    """Optional, unpublished and completed lessons are no reason."""
    bare.learner("Ada")
    bare.did("Ada", "optional", started=20)
    bare.did("Ada", "draft", started=20)
    bare.did("Ada", "text", started=20, completed=1)
    assert risks(bare) == {}


def test_stuck_on_the_latest(bare: Course) -> None:
    """Of several lessons the most recent one."""
    bare.learner("Ada")
    bare.did("Ada", "lab", started=30, updated=2)
    bare.did("Ada", "quiz", started=10, updated=5)
    bare.did("Ada", "text", started=3, updated=1)
    (row,) = bare.staff().rpc("at_risk_learners", course_id=bare.course_id)
    assert (row["reasons"], row["stuck_lesson_id"]) == (["stuck"], bare.lessons["lab"])


@pytest.mark.parametrize(
    ("scores", "flagged"),
    [
        ([], False),
        ([90], False),
        ([90, 10], False),
        ([90, 75, 75], True),
        ([90, 75, 75.02], False),
        ([90, 75, 74.98], True),
        ([40, 100, 100], False),
        ([100, 80, 75, 75], True),
        ([100, 79.9, 75, 75], False),
        ([100, 100, 10, 100, 100], False),
    ],
    ids=str,
)
def test_falling_scores(bare: Course, scores: list[float], flagged: bool) -> None:
    """The mean of the last two results is 15 points or more below the mean of those before."""
    bare.learner("Ada")
    module_id = bare.school.module(bare.course_id)
    for number, score in enumerate(scores):
        key = str(number)
        bare.lessons[key] = bare.school.lesson(module_id, content_type="quiz")
        bare.did("Ada", key, score=score, completed=1, updated=50 - number)
    assert risks(bare) == ({"Ada": ["falling_scores"]} if flagged else {})


@pytest.mark.parametrize(
    ("ahead", "flagged"),
    [(-SECOND, False), (0, True), (1, True), (3, True), (3 + SECOND, False), (None, False)],
)
@pytest.mark.parametrize("work", ["quiz", "lab"])
def test_deadline(bare: Course, work: str, ahead: float | None, flagged: bool) -> None:
    """Required work that is due within 3 days and not completed."""
    for name in ("Ada", "Bob"):
        bare.learner(name)
    bare.did("Bob", work, completed=0)
    set_due(bare, work, ahead)
    rows = bare.staff().rpc("at_risk_learners", course_id=bare.course_id)
    assert [(row["name"], row["reasons"]) for row in rows] == (
        [("Ada", ["deadline"])] if flagged else []
    )
    if flagged and ahead is not None:
        at = bare.db.act("postgres").value("select now()")
        assert rows[0]["next_due_at"] == at + timedelta(days=ahead)


def set_due(course: Course, work: str, ahead: float | None) -> None:
    """Sets the due date a number of days ahead, or removes it."""
    table = "quizzes" if work == "quiz" else "labs"
    course.db.act("postgres").run(
        f"update public.{table} set due_at = now() + make_interval(secs => %s) "
        "where lesson_id = %s",
        None if ahead is None else ahead * 86400,
        course.lessons[work],
    )


def override(course: Course, name: str, work: str, ahead: float) -> None:
    """Sets a due date for one learner."""
    at = course.db.act("postgres").value("select now()") + timedelta(days=ahead)
    course.staff().rpc(
        "save_quiz_override",
        lesson_id=course.lessons[work],
        user_id=course.people[name],
        due_at=at,
    )


@pytest.mark.parametrize("work", ["quiz", "lab"])
def test_deadline_of_one_learner(bare: Course, work: str) -> None:
    """A learner's own due date replaces that of the quiz or lab."""
    for name in ("Ada", "Bob", "Cleo"):
        bare.learner(name)
    set_due(bare, work, 1)
    override(bare, "Ada", work, 9)
    override(bare, "Bob", work, 2)
    rows = bare.staff().rpc("at_risk_learners", course_id=bare.course_id)
    at = bare.db.act("postgres").value("select now()")
    assert {row["name"]: row["next_due_at"] - at for row in rows} == {
        "Bob": timedelta(days=2),
        "Cleo": timedelta(days=1),
    }
    set_due(bare, work, 30)
    override(bare, "Ada", work, 3)
    assert risks(bare) == {"Ada": ["deadline"], "Bob": ["deadline"]}
    set_due(bare, work, None)
    assert risks(bare) == {"Ada": ["deadline"], "Bob": ["deadline"]}


def test_no_deadline(bare: Course) -> None:
    """Optional and unpublished work is not due, and only active learners are listed."""
    bare.learner("Ada")
    for status in ("pending", "waitlisted", "withdrawn"):
        bare.school.enroll(bare.school.user(), bare.course_id, status)
    set_due(bare, "quiz", 1)
    set_due(bare, "lab", 1)
    assert list(risks(bare)) == ["Ada"]
    db = bare.db.act("postgres")
    db.run("update public.lessons set is_required = false where id = %s", bare.lessons["quiz"])
    db.run("update public.lessons set is_published = false where id = %s", bare.lessons["lab"])
    assert risks(bare) == {}


def test_most_reasons_first(bare: Course) -> None:
    """Most reasons first, then the longest inactive; in pages of any size."""
    module_id = bare.school.module(bare.course_id)
    for name, seen in (("One", 30), ("Four", 9), ("Two", 8), ("Also", 20)):
        bare.learner(name, seen=seen)
    for number, score in enumerate((90, 50, 50)):
        bare.lessons[str(number)] = bare.school.lesson(module_id, content_type="quiz")
        bare.did("Four", str(number), score=score, completed=1, updated=9 - number)
    for name in ("Four", "Two", "Also"):
        bare.did(name, "text", started=9)
    set_due(bare, "quiz", 1)
    for name in ("One", "Two", "Also"):
        bare.did(name, "quiz", completed=1)
    found = risks(bare)
    assert list(found) == ["Four", "Also", "Two", "One"]
    assert found["Four"] == ["inactive", "falling_scores", "stuck", "deadline"]
    for size in (1, 3, 4, 200):
        pages = walk(bare, size, function="at_risk_learners")
        assert [row["name"] for row in pages] == list(found)


def test_pages_of_equal_risk(bare: Course) -> None:
    """Learners with equal reasons and times follow each other by id, each once."""
    for number in range(7):
        bare.learner(str(number), seen=9)
    whole = walk(bare, 200, function="at_risk_learners")
    assert [row["user_id"] for row in whole] == sorted(bare.people.values())
    for size in (1, 2, 3):
        assert walk(bare, size, function="at_risk_learners") == whole


# Dashboards --------------------------------------------------------------------------------------


def test_dashboard(course: Course) -> None:
    """One row for each course, with the role of the caller."""
    other_id = course.school.course(owner=course.owner, title="Other", is_published=False)
    cleo = course.db.act(user_id=course.people["Cleo"])
    for body in ("First.", "Second."):
        cleo.rpc("submit_lab", lesson_id=course.lessons["lab"], body=body)
    course.set_enrollment("Cleo", last_activity_at=6)
    first, second = course.staff().rpc("instructor_dashboard")
    assert first.pop("cursor")
    assert first == {
        "course_id": course.course_id,
        "course_slug": course.slug(),
        "title": "Weaving",
        "is_published": True,
        "role": "owner",
        "pending": 1,
        "waitlisted": 1,
        "active": 4,
        "completed": 2,
        # Cleo six days ago, Eve and Fay; Dan's last activity was eight days ago.
        "active_learners_7d": 3,
        "inactive_learners": 1,
        "completed_7d": 0,
        "completion_rate": Decimal("33.33"),
        # Only the newest version of a submission waits.
        "labs_to_grade": 1,
        "mean_score": Decimal("63.33"),
    }
    assert (second["course_id"], second["is_published"]) == (other_id, False)
    assert (second["completion_rate"], second["mean_score"]) == (None, None)
    assert {second[key] for key in ("active", "labs_to_grade", "inactive_learners")} == {0}


def test_dashboard_of_others(course: Course) -> None:
    """Callers see the courses that they are staff of, admins too."""
    school, db = course.school, course.db
    assistant = school.user()
    school.staff(course.course_id, assistant, "assistant")
    (row,) = db.act(user_id=assistant).rpc("instructor_dashboard")
    assert (row["course_id"], row["role"]) == (course.course_id, "assistant")
    for one in (school.user("admin"), school.user("instructor"), course.people["Cleo"]):
        assert db.act(user_id=one).rpc("instructor_dashboard") == []


@pytest.mark.parametrize(("ago", "counts"), [(6, True), (7, False)])
def test_a_week_of_the_dashboard(bare: Course, ago: int, counts: bool) -> None:
    """Seven days of UTC, including today."""
    bare.learner("Ada", enrolled=30, seen=ago)
    bare.learner("Bob", enrolled=30, seen=ago)
    for lesson in ("text", "quiz", "lab"):
        bare.did("Bob", lesson, completed=ago)
    bare.set_enrollment("Bob", completed_at=ago)
    (row,) = bare.staff().rpc("instructor_dashboard")
    assert (row["active_learners_7d"], row["inactive_learners"], row["completed_7d"]) == (
        (2, 0, 1) if counts else (0, 1, 0)
    )


def test_a_hundred_courses(db: Session, school: School) -> None:
    """The most active first, then by title, in pages; only courses of the caller."""
    owner, learners = school.user("instructor"), [school.user() for _ in range(3)]
    ids = [school.course(owner=owner, title=f"Course {n:03}") for n in range(100)]
    school.course(owner=school.user("instructor"))
    for place, number in ((70, 3), (20, 2), (50, 2)):
        for one in learners[:number]:
            school.enroll(one, ids[place])
    order = [70, 20, 50, *(n for n in range(100) if n not in (70, 20, 50))]
    for size in (7, 50, 200):
        rows: list[Row] = []
        cursor = None
        while page := db.act(user_id=owner).rpc(
            "instructor_dashboard", page_size=size, cursor=cursor
        ):
            assert len(page) <= size
            rows += page
            cursor = page[-1]["cursor"]
        assert [row["course_id"] for row in rows] == [ids[n] for n in order]


@pytest.fixture
def platform(course: Course) -> Course:
    """The platform with learners in this course only."""
    db = course.db.act("postgres")
    for table in ("certificates", "enrollments"):
        db.run(f"delete from public.{table} where course_id <> %s", course.course_id)
    return course


def test_platform(platform: Course) -> None:
    """Accounts, courses and the figures of a period; groups under five are null."""
    db, school = platform.db, platform.school
    admin, since = school.user("admin"), platform.today(60)
    school.course(is_published=False)
    row = call(db.act(user_id=admin), "platform_overview", since=since)
    days, top = row.pop("days"), row.pop("top_courses")
    shown = [one for one in top if one["active"] != 0]
    counted = db.act("postgres").one(
        "select count(*) filter (where role = 'learner') as learners, "
        "count(*) filter (where role = 'instructor') as instructors, "
        "count(*) filter (where role = 'admin') as admins from public.profiles"
    )
    counted |= db.one(
        "select count(*) as courses, count(*) filter (where is_published) as courses_published "
        "from public.courses"
    )
    counted |= db.one(
        "select count(*) as lessons_published from public.lessons as l "
        "inner join public.courses as c on c.id = l.course_id and c.is_published "
        "where l.is_published"
    )
    assert row == counted | {
        "since": since,
        "enrollments_active": None,
        "enrollments_completed": None,
        "certificates": None,
        # Ada, Bob, Cleo, Dan, Eve and Gus were active.
        "active_learners": 6,
        # No day had five of them.
        "enrolled_since": None,
        "completed_since": None,
        "seconds_spent": None,
    }
    assert len(days) == 61
    assert set(numbers(days)) == {0, None}
    assert shown == [
        {
            "course_id": str(platform.course_id),
            "course_slug": platform.slug(),
            "title": "Weaving",
            "active": None,
            "completed": None,
        }
    ]
    assert call(db.act("service_role"), "platform_overview", since=since) == {
        **row,
        "days": days,
        "top_courses": top,
    }


def test_platform_of_five(platform: Course) -> None:
    """With groups of five all figures and days are visible."""
    for number in range(5):
        platform.learner(str(number), enrolled=2, seen=1)
        platform.day(str(number), 1, 10)
    for name in ("Dan", "Eve", "Fay"):
        for lesson in ("text", "quiz", "lab"):
            platform.db.act("postgres").run(
                "delete from public.lesson_progress where user_id = %s and lesson_id = %s",
                platform.people[name],
                platform.lessons[lesson],
            )
            platform.did(name, lesson, completed=1)
        platform.set_enrollment(name, completed_at=1, last_activity_at=1)
    since = platform.today(40)
    admin = platform.db.act(user_id=platform.school.user("admin"))
    row = call(admin, "platform_overview", since=since)
    # Cleo and the five are active; Ada, Bob, Dan, Eve and Fay have completed.
    assert (row["enrollments_active"], row["enrollments_completed"]) == (6, 5)
    assert (row["certificates"], row["completed_since"], row["enrolled_since"]) == (5, None, 5)
    assert (row["active_learners"], row["seconds_spent"]) == (11, 100)
    assert row["days"][-2] == {
        "day": str(platform.today(1)),
        "enrolled": None,
        "active_learners": 6,
        "lessons_completed": 9,
        "completed": None,
        "seconds_spent": 100,
    }
    assert row["days"][-3]["enrolled"] == 5
    assert row["top_courses"][:1] == [
        {
            "course_id": str(platform.course_id),
            "course_slug": platform.slug(),
            "title": "Weaving",
            "active": 6,
            "completed": 5,
        }
    ]


def test_a_learner_of_two_courses_is_one(platform: Course) -> None:
    """active_learners of the platform counts accounts, not enrollments."""
    others = [platform.school.course() for _ in range(2)]
    names = ["Ada", "Bob", "Cleo", "Dan", "Eve"]
    for course_id in others:
        for name in names:
            platform.school.enroll(platform.people[name], course_id)
            platform.db.act("postgres").run(
                "insert into private.learner_days (user_id, course_id, day) "
                "values (%s, %s, private.today())",
                *(platform.people[name], course_id),
            )
    since = platform.today()
    admin = platform.db.act(user_id=platform.school.user("admin"))
    row = call(admin, "platform_overview", since=since)
    assert row["active_learners"] == 5
    top = row["top_courses"]
    assert [one["active"] for one in top if one["active"] != 0] == [5, 5, None]
    assert {one["course_id"] for one in top[:2]} == {str(one) for one in others}


def test_the_ten_largest(platform: Course) -> None:
    """At most ten courses, the largest first; a single certificate is hidden."""
    people = [platform.school.user() for _ in range(7)]
    ids = [platform.school.course() for _ in range(12)]
    for number, course_id in enumerate(ids):
        for one in people[: 5 + number % 3]:
            platform.school.enroll(one, course_id)
    platform.db.act("postgres").run(
        "update public.certificates set revoked_at = now(), revoke_reason = 'x' where user_id = %s",
        platform.people["Ada"],
    )
    admin = platform.db.act(user_id=platform.school.user("admin"))
    row = call(admin, "platform_overview")
    assert [one["active"] for one in row["top_courses"]] == [7] * 4 + [6] * 4 + [5] * 2
    # One, which is fewer than five.
    assert row["certificates"] is None


# A learner's own page ----------------------------------------------------------------------------


def learning(course: Course, name: str) -> Row:
    """The row of my_learning about the course."""
    rows = course.db.act(user_id=course.people[name]).rpc("my_learning")
    (row,) = (one for one in rows if one["course_id"] == course.course_id)
    return row


@pytest.mark.parametrize(
    ("days", "streak"),
    [
        ([], 0),
        ([0], 1),
        ([1], 1),
        ([2], 0),
        ([0, 1, 2], 3),
        ([1, 2, 3], 3),
        ([0, 2, 3], 1),
        ([1, 3], 1),
        ([2, 3, 4], 0),
        ([0, 1, 2, 4, 5, 6, 7], 3),
        ([-1, 0, 1], 2),
        (list(range(400)), 400),
    ],
    ids=lambda value: str(value)[:30],
)
def test_streak(bare: Course, days: list[int], streak: int) -> None:
    """Consecutive days up to today or yesterday."""
    bare.learner("Ada")
    for ago in days:
        bare.day("Ada", ago)
    assert learning(bare, "Ada")["streak_days"] == streak


def test_streak_of_several_courses(bare: Course) -> None:
    """Days of all courses count, each once; every row has the same streak."""
    bare.learner("Ada")
    other_id = bare.school.course()
    bare.school.enroll(bare.people["Ada"], other_id)
    for ago in (0, 2, 3):
        bare.day("Ada", ago)
    for ago in (0, 1, 5):
        bare.db.run(
            "insert into private.learner_days (user_id, course_id, day) "
            "values (%s, %s, private.today() - %s)",
            *(bare.people["Ada"], other_id, ago),
        )
    rows = bare.db.act(user_id=bare.people["Ada"]).rpc("my_learning")
    assert [row["streak_days"] for row in rows] == [4, 4]
    bare.learner("Bob")
    assert learning(bare, "Bob")["streak_days"] == 0
    bare.db.act(user_id=bare.people["Bob"]).rpc(
        "record_progress", lesson_id=bare.lessons["text"], seconds_spent=1
    )
    assert learning(bare, "Bob")["streak_days"] == 1


def test_d4_days_are_those_of_the_learner(bare: Course) -> None:
    """Friday 15:00 and Saturday 17:00 in Los Angeles are two days, Friday and Saturday of UTC."""
    bare.learner("Ada")
    db, ada = bare.db, bare.people["Ada"]
    db.act(user_id=ada)
    db.run("update public.profiles set time_zone = 'America/Los_Angeles' where id = %s", ada)
    db.act("postgres")
    times = ["2026-07-10 15:00 America/Los_Angeles", "2026-07-11 17:00 America/Los_Angeles"]
    days = [db.value("select private.learner_day(%s, %s)", ada, time) for time in times]
    assert [day.strftime("%A") for day in days] == ["Friday", "Saturday"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/Los_Angeles"])
def test_d4_streak_and_week_in_a_zone(bare: Course, zone: str) -> None:
    """A report counts on the day of the learner, and today, yesterday and Monday are theirs."""
    bare.learner("Ada")
    db, ada = bare.db, bare.people["Ada"]
    db.act(user_id=ada).run("update public.profiles set time_zone = %s where id = %s", zone, ada)
    db.rpc("record_progress", lesson_id=bare.lessons["text"], event_id=uuid4())
    db.act("postgres")
    today = db.value("select (now() at time zone %s)::date", zone)
    stored = "select day from private.learner_days where user_id = %s"
    assert [row["day"] for row in db.all(stored, ada)] == [today]
    db.run(
        "insert into private.learner_days (user_id, course_id, day, seconds) "
        "select %s, %s, %s::date - n, 60 from generate_series(1, 8) as n",
        *(ada, bare.course_id, today),
    )
    row = learning(bare, "Ada")
    assert (row["streak_days"], row["minutes_this_week"]) == (9, today.weekday())
    assert bare.school.drift() == []


def test_d4_a_change_of_the_zone_moves_no_day(bare: Course) -> None:
    """Sums follow the stored days, also when the zone changes between two reports."""
    bare.learner("Ada")
    db, ada = bare.db, bare.people["Ada"]
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Pacific/Kiritimati", "UTC"):
        db.act(user_id=ada)
        db.run("update public.profiles set time_zone = %s where id = %s", zone, ada)
        db.rpc("record_progress", lesson_id=bare.lessons["text"], event_id=uuid4())
        assert bare.school.drift() == []
    days = db.value("select count(*) from private.learner_days where user_id = %s", ada)
    assert days in (2, 3)
    db.run("delete from auth.users where id = %s", ada)
    assert bare.school.drift() == []


def test_minutes_this_week(bare: Course) -> None:
    """Whole minutes since Monday, in this course only."""
    bare.learner("Ada")
    other_id = bare.school.course()
    bare.school.enroll(bare.people["Ada"], other_id)
    monday = bare.today().weekday()
    bare.day("Ada", monday + 1, 6000)
    assert learning(bare, "Ada")["minutes_this_week"] == 0
    bare.day("Ada", monday, 119)
    assert learning(bare, "Ada")["minutes_this_week"] == 1
    bare.db.act("postgres").run(
        "insert into private.learner_days (user_id, course_id, day, seconds) "
        "values (%s, %s, private.today(), 600)",
        *(bare.people["Ada"], other_id),
    )
    bare.db.act("postgres").run(
        "update private.learner_days set seconds = 120 where user_id = %s and seconds = 119",
        bare.people["Ada"],
    )
    assert learning(bare, "Ada")["minutes_this_week"] == 2
    rows = bare.db.act(user_id=bare.people["Ada"]).rpc("my_learning")
    assert {row["course_id"]: row["minutes_this_week"] for row in rows} == {
        bare.course_id: 2,
        other_id: 10,
    }


def due(course: Course, name: str) -> list[tuple[str, str]]:
    """Titles and days of due dates."""
    now = course.db.act("postgres").value("select now()")
    return [
        (one["title"], f"{(datetime.fromisoformat(one['due_at']) - now).total_seconds() / 86400:g}")
        for one in learning(course, name)["due_dates"]
    ]


def test_due_dates(bare: Course) -> None:
    """Work with a due date that is not completed, earliest first, overdue work included."""
    for name in ("Ada", "Bob"):
        bare.learner(name)
    assert learning(bare, "Ada")["due_dates"] == []
    set_due(bare, "quiz", 5)
    set_due(bare, "lab", 2)
    assert due(bare, "Ada") == [("Lab", "2"), ("Quiz", "5")]
    (first, _) = learning(bare, "Ada")["due_dates"]
    assert {key: first[key] for key in ("lesson_id", "title", "content_type")} == {
        "lesson_id": str(bare.lessons["lab"]),
        "title": "Lab",
        "content_type": "lab",
    }
    override(bare, "Ada", "lab", 9)
    assert due(bare, "Ada") == [("Quiz", "5"), ("Lab", "9")]
    assert due(bare, "Bob") == [("Lab", "2"), ("Quiz", "5")]
    set_due(bare, "lab", None)
    assert (due(bare, "Ada"), due(bare, "Bob")) == ([("Quiz", "5"), ("Lab", "9")], [("Quiz", "5")])
    set_due(bare, "quiz", -1)
    assert due(bare, "Bob") == [("Quiz", "-1")]
    bare.did("Ada", "lab", started=1)
    bare.did("Ada", "quiz", completed=1)
    assert due(bare, "Ada") == [("Lab", "9")]


def test_what_is_not_due(bare: Course) -> None:
    """Unpublished work and courses, and enrollments without a seat, have no due dates."""
    bare.learner("Ada")
    set_due(bare, "quiz", 5)
    set_due(bare, "lab", 2)
    db = bare.db.act("postgres")
    db.run("update public.lessons set is_published = false where id = %s", bare.lessons["lab"])
    assert due(bare, "Ada") == [("Quiz", "5")]
    for status in ("pending", "waitlisted"):
        bare.people[status] = bare.school.user()
        bare.school.enroll(bare.people[status], bare.course_id, status)
        assert due(bare, status) == []
    bare.staff().rpc("unpublish_course", course_id=bare.course_id)
    assert due(bare, "Ada") == []


def test_at_most_ten_are_due(bare: Course) -> None:
    """At most the ten earliest."""
    bare.learner("Ada")
    module_id = bare.school.module(bare.course_id)
    for number in range(12):
        lesson_id = bare.school.lesson(module_id, title=f"Q{number}", content_type="quiz")
        insert(bare.db, "quizzes", lesson_id=lesson_id)
        bare.lessons["quiz"] = lesson_id
        set_due(bare, "quiz", 12 - number)
    assert due(bare, "Ada") == [(f"Q{12 - n}", str(n)) for n in range(1, 11) if n <= 12]


# Concurrency -------------------------------------------------------------------------------------


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Committed accounts and courses; removed after the test."""
    with committed(database) as made:
        yield made


def test_reading_while_learners_work(database: Database, world: World) -> None:
    """Concurrent reads and writes: each answer of a dashboard is consistent."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    lessons = world.lessons(course_id, 2)
    people = world.users(20)
    world.commit()
    jobs = []
    for one in people:
        jobs.append(as_user(one, "enroll", course_id=course_id))
    readers = [
        as_user(owner, function, course_id=course_id)
        for function in ("course_overview", "course_funnel", "course_learners", "at_risk_learners")
    ]
    assert refusals(at_once(database, [*jobs, *readers * 5], connections=12)) == []
    jobs = [
        as_user(one, "complete_lesson", lesson_id=lesson) for one in people for lesson in lessons
    ]
    answers = at_once(database, [*readers, *jobs, *readers * 5], connections=12)
    assert refusals(answers) == []
    for rows in answers:
        if rows and "completion_rate" in rows[0] and "pending" in rows[0]:
            row = rows[0]
            assert row["active"] + row["completed"] == 20
            assert row["completed"] == sum(one["completed"] for one in row["days"])
            assert row["completed"] == row["completed_since"]
