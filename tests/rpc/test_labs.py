"""Labs: versions, late work, the queue, who grades what, and what an accepted lab completes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, audit_lines, call, pages, refuse
from tests.support.database import Row, Session
from tests.support.school import School, insert

RUBRIC = [
    {"id": "works", "title": "It works", "points": 6},
    {"id": "clear", "title": "It is clear", "points": 2},
]


@dataclass
class Lab:
    """One lab in a course; its methods speak as owner, learner or `postgres`."""

    session: Session
    school: School
    owner: UUID
    learner: UUID
    course_id: UUID
    module_id: UUID
    lesson_id: UUID

    def staff(self) -> Session:
        """The session, speaking as the owner of the course."""
        return self.session.act(user_id=self.owner)

    def student(self, user_id: UUID | None = None) -> Session:
        """The session, speaking as the learner, or as another one."""
        return self.session.act(user_id=user_id or self.learner)

    def root(self) -> Session:
        """The session, speaking as the owner of the database."""
        return self.session.act("postgres")

    def assistant(self) -> UUID:
        """One more grader."""
        user_id = self.school.user()
        self.school.staff(self.course_id, user_id, "assistant")
        return user_id

    def hand_in(self, body: str | None = "Work.", user_id: UUID | None = None, **more: Any) -> Row:
        """A version of the work."""
        return call(
            self.student(user_id), "submit_lab", lesson_id=self.lesson_id, body=body, **more
        )

    def grade(self, submission_id: UUID, accept: bool = True, **more: Any) -> Row:
        """A grade by the owner, 80 per cent unless said otherwise."""
        return call(
            self.staff(),
            "grade_lab",
            **{
                "submission_id": submission_id,
                "score": 80,
                "feedback": "Good.",
                "accept": accept,
                **more,
            },
        )

    def stored(self, submission_id: UUID) -> Row:
        """The submission as it is stored."""
        return self.root().one("select * from public.lab_submissions where id = %s", submission_id)

    def progress(self) -> Row:
        """The stored progress of the learner."""
        return self.root().one(
            "select * from public.lesson_progress where user_id = %s and lesson_id = %s",
            self.learner,
            self.lesson_id,
        )

    def status(self) -> Any:
        """The state of the learner's enrollment."""
        return self.root().value(
            "select status::text from public.enrollments where user_id = %s and course_id = %s",
            self.learner,
            self.course_id,
        )

    def queue(self, **more: Any) -> list[Row]:
        """The queue of the course."""
        return self.staff().rpc("lab_queue", course_id=self.course_id, **more)


def make_lab(school: School) -> Lab:
    """A lab with rule accept as the only lesson of a course."""
    owner, learner = school.user("instructor"), school.user(name="Ada")
    course_id = school.course(owner=owner)
    school.enroll(learner, course_id)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id, content_type="lab", completion_rule="accept")
    return Lab(school.session, school, owner, learner, course_id, module_id, lesson_id)


@pytest.fixture
def lab(school: School) -> Lab:
    """The lab of a test."""
    return make_lab(school)


# Handing in ------------------------------------------------------------------------------------


def test_what_can_be_handed_in(lab: Lab) -> None:
    """Text, an address, a file of one's own folder, or all of them."""
    row = lab.hand_in(" Text. ")
    assert (row["version"], row["status"], row["is_late"]) == (1, "submitted", False)
    assert (row["body"], row["url"], row["file_path"]) == ("Text.", None, None)
    assert (row["score"], row["feedback"], row["graded_at"]) == (None, None, None)
    assert lab.session.value("select current_setting('response.status', true)") == "201"
    row = lab.hand_in(None, url="https://example.test/repository")
    assert row["url"] == "https://example.test/repository"
    path = lab.school.stored("submissions", f"{lab.learner}/report.pdf")
    assert lab.hand_in(None, file_path=path)["file_path"] == path
    row = lab.hand_in("Text.", url="http://example.test", file_path=path)
    assert (row["version"], row["status"]) == (4, "submitted")
    assert (lab.progress()["status"], lab.progress()["score"]) == ("started", None)


def test_what_cannot_be_handed_in(lab: Lab) -> None:
    """An empty submission, an invalid address and a file of another account are refused."""
    bad: list[dict[str, Any]] = [
        {},
        {"body": "  "},
        {"url": ""},
        {"url": "javascript:alert(1)"},
        {"url": "ftp://example.test"},
        {"body": "Text.", "url": "example.test"},
        {"url": "https://" + "x" * 2048},
        {"file_path": "report.pdf"},
        {"file_path": f"{lab.owner}/report.pdf"},
        {"file_path": f"{lab.learner}x/report.pdf"},
        {"body": "Text.", "file_path": f"/{lab.learner}/report.pdf"},
        {"file_path": f"{lab.learner}/" + "x" * 1024},
        {"file_path": f"{lab.learner}/../{lab.owner}/report.pdf"},
        {"file_path": f"{lab.learner}//report.pdf"},
        {"file_path": f"{lab.learner}/"},
        {"file_path": f"{lab.learner}/./report.pdf"},
        {"file_path": f"{lab.learner}/%2e%2e/report.pdf"},
        {"file_path": f"{lab.learner}/a\\b"},
        {"file_path": f"{lab.learner}/a\tb"},
        {"file_path": f"{lab.learner}/\u202egpj.exe"},
        {"url": "https://user@x.test"},
        {"url": "https://x.test/a\tb"},
        {"url": "https://"},
        {"body": "x" * 200001},
    ]
    for given in bad:
        refuse(lab.student(), "submit_lab", "invalid_submission", lesson_id=lab.lesson_id, **given)
    assert lab.queue() == []


def test_who_may_hand_in(lab: Lab, db: Session, school: School) -> None:
    """A learner to whom the lab is open."""
    given = {"lesson_id": lab.lesson_id, "body": "Work."}
    for lesson_id in (uuid4(), None):
        refuse(lab.student(), "submit_lab", "lesson_not_found", **given | {"lesson_id": lesson_id})
    for user_id in (lab.owner, school.user()):
        refuse(db.act(user_id=user_id), "submit_lab", "not_enrolled", **given)
    text = school.lesson(lab.module_id)
    refuse(lab.student(), "submit_lab", "not_a_lab", **given | {"lesson_id": text})
    lab.root().run(
        "update public.lessons set release_at = '2100-01-01' where id = %s", lab.lesson_id
    )
    refuse(lab.student(), "submit_lab", "lesson_locked", **given)
    refuse(db.act(), "submit_lab", "not_authenticated", **given)


def test_a_new_version_supersedes(lab: Lab) -> None:
    """The newest version awaits a grade; older ones can neither be graded nor claimed."""
    first, second = lab.hand_in("One."), lab.hand_in("Two.")
    assert (second["version"], second["status"]) == (2, "submitted")
    assert lab.stored(first["id"]) == first | {"status": "superseded"}
    assert [row["submission_id"] for row in lab.queue()] == [second["id"]]
    for function, more in (
        ("claim_submission", {}),
        ("grade_lab", {"score": 1, "feedback": None, "accept": True}),
    ):
        with lab.session.refused(409, "not_submitted"):
            lab.staff().rpc(function, submission_id=first["id"], **more)


def test_late_work(lab: Lab) -> None:
    """What comes after the due date is taken and marked, unless the learner has another date."""
    insert(lab.root(), "labs", lesson_id=lab.lesson_id, due_at="2100-01-01")
    assert lab.hand_in()["is_late"] is False
    lab.root().run("update public.labs set due_at = '2020-01-01'")
    row = lab.hand_in()
    assert (row["is_late"], row["version"]) == (True, 2)
    assert lab.queue()[0]["is_late"] is True
    answer(
        lab.staff(),
        "save_quiz_override",
        lesson_id=lab.lesson_id,
        user_id=lab.learner,
        due_at="2100-01-01",
    )
    assert lab.hand_in()["is_late"] is False
    other = lab.school.user()
    lab.school.enroll(other, lab.course_id)
    assert lab.hand_in(user_id=other)["is_late"] is True


def test_d5_late_after_a_day(lab: Lab) -> None:
    """A lab is due at the end of a day; another day marks the work that was handed in anew."""
    insert(lab.root(), "labs", lesson_id=lab.lesson_id, due_on="2100-12-24")
    assert (
        lab.root().value("select due_at::text from public.labs").startswith("2100-12-24 23:59:59")
    )
    first = lab.hand_in()
    assert first["is_late"] is False
    late = "select is_late from public.lab_submissions where id = %s"
    lab.staff().run("update public.labs set due_on = '2020-01-01'")
    assert lab.root().value(late, first["id"]) is True
    lab.staff().run("update public.labs set due_on = '2100-01-01'")
    assert lab.root().value(late, first["id"]) is False


# Rubrics ---------------------------------------------------------------------------------------


def test_rubrics(lab: Lab, db: Session, school: School) -> None:
    """Staff write and read the rubric, a row for each criterion; a lab without one has no rows."""
    named = {"lesson_id": lab.lesson_id}
    assert lab.staff().rpc("rubric", **named) == []
    turned = RUBRIC[::-1]
    for criteria in (RUBRIC, turned, RUBRIC[:1]):
        more = [one | {"note": "Dropped."} for one in criteria]
        assert lab.staff().rpc("save_rubric", **named, criteria=Jsonb(more)) == criteria
        assert lab.staff().rpc("rubric", **named) == criteria
    assert db.act(user_id=lab.assistant()).rpc("rubric", **named) == RUBRIC[:1]
    for user_id in (lab.learner, school.user(), make_lab(school).owner):
        session = db.act(user_id=user_id)
        refuse(session, "rubric", "not_course_staff", **named)
        refuse(session, "save_rubric", "not_course_staff", **named, criteria=Jsonb(RUBRIC))
    refuse(
        db.act("service_role"),
        "save_rubric",
        "lesson_not_found",
        lesson_id=uuid4(),
        criteria=Jsonb(RUBRIC),
    )


@pytest.mark.parametrize(
    "criteria",
    [
        None,
        [],
        {},
        "rubric",
        ["works"],
        [{"id": "a", "title": "A"}],
        [{"id": "a", "points": 1}],
        [{"title": "A", "points": 1}],
        [{"id": 1, "title": "A", "points": 1}],
        [{"id": "a", "title": "A", "points": "1"}],
        [{"id": "a", "title": "A", "points": 0}],
        [{"id": "a", "title": "A", "points": -1}],
        [{"id": "a", "title": "A", "points": 1e300}],
        [{"id": "", "title": "A", "points": 1}],
        [{"id": "a" * 101, "title": "A", "points": 1}],
        [{"id": "a", "title": "A" * 1001, "points": 1}],
        [RUBRIC[0], RUBRIC[0]],
        [{"id": str(one), "title": "A", "points": 1} for one in range(51)],
    ],
)
def test_invalid_rubrics(lab: Lab, criteria: Any) -> None:
    """An invalid rubric is refused, and the stored one is unchanged."""
    named = {"lesson_id": lab.lesson_id}
    lab.staff().rpc("save_rubric", **named, criteria=Jsonb(RUBRIC))
    refuse(lab.staff(), "save_rubric", "invalid_rubric", **named, criteria=Jsonb(criteria))
    assert lab.staff().rpc("rubric", **named) == RUBRIC


# Grading ---------------------------------------------------------------------------------------


def test_accepted_work_completes(lab: Lab) -> None:
    """Accept completes a lesson with rule accept, and the course, and issues the certificate."""
    row = lab.hand_in()
    graded = lab.grade(row["id"], feedback=" Well done. ")
    assert (graded["status"], graded["score"], graded["feedback"]) == ("accepted", 80, "Well done.")
    assert (graded["graded_by"], graded["criteria"]) == (lab.owner, None)
    assert graded["graded_at"] is not None
    assert (lab.progress()["status"], lab.progress()["score"]) == ("completed", 80)
    assert lab.status() == "completed"
    assert (
        lab.root().value("select count(*) from public.certificates where user_id = %s", lab.learner)
        == 1
    )
    assert lab.queue() == []
    assert lab.school.drift() == []
    refuse(lab.student(), "submit_lab", "lab_accepted", lesson_id=lab.lesson_id, body="More.")


def test_accept_with_another_rule(lab: Lab) -> None:
    """Where the rule is not accept, accepted work scores and does not complete."""
    lab.root().run(
        "update public.lessons set completion_rule = 'manual' where id = %s", lab.lesson_id
    )
    lab.grade(lab.hand_in()["id"])
    assert (lab.progress()["status"], lab.progress()["score"]) == ("started", 80)


def test_an_acceptance_cannot_be_claimed(lab: Lab) -> None:
    """complete_lesson does not complete a lab with rule accept."""
    lab.hand_in()
    refuse(lab.student(), "complete_lesson", "lesson_rule", lesson_id=lab.lesson_id)


def test_return_and_resubmit(lab: Lab) -> None:
    """A learner revises returned work; each version has its grade, and the newest counts."""
    first = lab.hand_in("One.")
    returned = lab.grade(first["id"], accept=False, score=40, feedback="Not yet.")
    assert (returned["status"], lab.progress()["score"]) == ("returned", 40)
    assert (lab.progress()["status"], lab.status(), lab.queue()) == ("started", "active", [])
    second = lab.hand_in("Two.")
    assert (second["version"], lab.stored(first["id"])) == (2, returned)
    lab.grade(second["id"], score=95)
    assert (lab.progress()["status"], lab.progress()["score"]) == ("completed", 95)
    lines = lab.root().all(
        "select * from private.grade_history where lesson_id = %s order by id", lab.lesson_id
    )
    assert [(row["work_id"], row["action"], row["new_score"]) for row in lines] == [
        (first["id"], "returned", 40),
        (second["id"], "accepted", 95),
    ]
    assert [row["reason"] for row in lines] == ["Not yet.", "Good."]
    assert {row["actor_id"] for row in lines} == {lab.owner}


def test_graded_work_is_not_claimed_again(lab: Lab) -> None:
    """A graded submission is not claimed, and not graded once a newer version is there."""
    row = lab.hand_in()
    graded = lab.grade(row["id"], accept=False)
    refuse(lab.staff(), "claim_submission", "not_submitted", submission_id=row["id"])
    lab.hand_in()
    refuse(
        lab.staff(),
        "grade_lab",
        "not_submitted",
        submission_id=row["id"],
        score=1,
        feedback=None,
        accept=True,
        reason="Too late.",
    )
    assert lab.stored(row["id"]) == graded


def history_of(lab: Lab, submission_id: UUID) -> list[tuple[Any, ...]]:
    """Action, old score, new score and reason of each line about a submission."""
    rows = lab.root().all(
        "select action, old_score, new_score, reason from private.grade_history "
        "where work_id = %s order by id",
        submission_id,
    )
    return [tuple(row.values()) for row in rows]


def test_a7_a_grade_is_corrected(lab: Lab) -> None:
    """With a reason: the score, and an acceptance that was meant as a return and back."""
    row = lab.hand_in()
    given = {"submission_id": row["id"], "score": 90, "feedback": "Good.", "accept": True}
    lab.grade(row["id"], score=9)
    for reason in (None, "  ", "\u2060", "x" * 1001):
        refuse(lab.staff(), "grade_lab", "reason_required", **given, reason=reason)
    assert lab.grade(row["id"], score=90, reason="Mistyped.")["score"] == 90
    assert lab.progress()["score"] == 90
    assert history_of(lab, row["id"]) == [
        ("accepted", None, 9, "Good."),
        ("accepted", 9, 90, "Mistyped."),
    ]
    (line,) = audit_lines(lab.session, "regrade_lab", row["id"])
    assert (line["actor_id"], line["detail"]["new_score"]) == (lab.owner, 90)


def test_a7_the_learner_follows_the_correction(lab: Lab) -> None:
    """Returned by mistake, they complete; accepted by mistake, they submit a new version."""
    lab.school.lesson(lab.module_id)
    row = lab.hand_in()
    lab.grade(row["id"], accept=False)
    assert lab.progress()["status"] == "started"
    lab.grade(row["id"], accept=True, reason="Meant to accept it.")
    assert lab.progress()["status"] == "completed"
    refuse(lab.student(), "submit_lab", "lab_accepted", lesson_id=lab.lesson_id, body="More.")
    assert lab.grade(row["id"], accept=False, reason="Another learner's.")["status"] == "returned"
    assert (lab.progress()["status"], lab.progress()["completed_at"]) == ("started", None)
    assert lab.school.drift() == []
    assert lab.hand_in()["version"] == 2


def test_a4_nobody_grades_their_own_lab(lab: Lab, db: Session) -> None:
    """Neither claimed nor graded by its author, whatever their role in the course is."""
    assistant = lab.assistant()
    lab.school.enroll(assistant, lab.course_id)
    row = lab.hand_in(user_id=assistant)
    session = db.act(user_id=assistant)
    refuse(session, "claim_submission", "own_work", submission_id=row["id"])
    refuse(
        session,
        "grade_lab",
        "own_work",
        submission_id=row["id"],
        score=100,
        feedback=None,
        accept=True,
    )
    assert lab.grade(row["id"])["status"] == "accepted"


def test_a14_rubric_and_rules_of_a_lab_only(lab: Lab) -> None:
    """Other lessons have neither, and a lesson with work keeps its type."""
    text = lab.school.lesson(lab.module_id)
    refuse(lab.staff(), "save_rubric", "not_a_lab", lesson_id=text, criteria=Jsonb(RUBRIC))
    with lab.staff().refused(409, "not_a_lab"):
        lab.session.run("insert into public.labs (lesson_id) values (%s)", text)
    lab.hand_in()
    with lab.staff().refused(409, "content_type_fixed"):
        lab.session.run(
            "update public.lessons set content_type = 'text' where id = %s", lab.lesson_id
        )


def test_a17_late_follows_the_date_that_holds(lab: Lab) -> None:
    """The due date of the lab, or the learner's own, in queue, gradebook and table."""

    def late() -> list[bool]:
        rows = lab.staff().rpc("gradebook", course_id=lab.course_id)
        return [
            lab.stored(row["id"])["is_late"],
            lab.queue()[0]["is_late"],
            *(one["is_late"] for one in rows if one["user_id"] == lab.learner),
        ]

    def exception(**given: Any) -> None:
        lab.staff().rpc("save_quiz_override", lesson_id=lab.lesson_id, user_id=lab.learner, **given)

    row = lab.hand_in()
    assert late() == [False] * 3
    lab.staff().run(
        "insert into public.labs (lesson_id, due_at) values (%s, '2020-01-01')", lab.lesson_id
    )
    assert late() == [True] * 3
    move = "update public.labs set due_at = %s where lesson_id = %s"
    lab.staff().run(move, "2100-01-01", lab.lesson_id)
    assert late() == [False] * 3
    exception(due_at="2020-01-01")
    assert late() == [True] * 3
    exception()
    assert late() == [False] * 3
    lab.staff().run(move, "2020-01-01", lab.lesson_id)
    exception(due_at="2100-01-01")
    assert late() == [False] * 3
    lab.staff().run(move, None, lab.lesson_id)
    assert late() == [False] * 3


def test_grading_by_the_rubric(lab: Lab) -> None:
    """Points per criterion make the score, and the learner sees them with the grade."""
    named = {"lesson_id": lab.lesson_id}
    lab.staff().rpc("save_rubric", **named, criteria=Jsonb(RUBRIC))
    row = lab.hand_in()
    given = Jsonb({"works": 5, "clear": 0.5})
    graded = lab.grade(row["id"], accept=False, score=None, criteria=given)
    assert graded["score"] == Decimal("68.75")
    assert graded["criteria"] == [RUBRIC[0] | {"given": 5}, RUBRIC[1] | {"given": 0.5}]
    seen = lab.student().one("select * from public.lab_submissions where id = %s", row["id"])
    assert seen == graded
    lab.staff().rpc("save_rubric", **named, criteria=Jsonb(RUBRIC[:1]))
    assert lab.stored(row["id"])["criteria"] == graded["criteria"]
    second = lab.grade(lab.hand_in()["id"], score=33, criteria=Jsonb({"works": 6}))
    assert (second["score"], len(second["criteria"])) == (33, 1)


@pytest.mark.parametrize(
    "criteria",
    [
        {},
        {"works": 5},
        {"works": 7, "clear": 1},
        {"works": -1, "clear": 1},
        {"works": "5", "clear": 1},
        {"works": None, "clear": 1},
        [5, 1],
        5,
        "works",
    ],
)
def test_invalid_criteria(lab: Lab, criteria: Any) -> None:
    """Each criterion of the rubric gets 0 to its points, or nothing is graded."""
    lab.staff().rpc("save_rubric", lesson_id=lab.lesson_id, criteria=Jsonb(RUBRIC))
    row = lab.hand_in()
    for score in (None, 50):
        refuse(
            lab.staff(),
            "grade_lab",
            "invalid_criteria",
            submission_id=row["id"],
            score=score,
            feedback=None,
            accept=True,
            criteria=Jsonb(criteria),
        )
    assert lab.stored(row["id"]) == row


def test_criteria_without_a_rubric(lab: Lab) -> None:
    """A lab without a rubric is graded by a score."""
    row = lab.hand_in()
    refuse(
        lab.staff(),
        "grade_lab",
        "invalid_criteria",
        submission_id=row["id"],
        score=50,
        feedback=None,
        accept=True,
        criteria=Jsonb({"works": 1}),
    )


def test_invalid_grades(lab: Lab) -> None:
    """A grade has a score of 0 to 100 and a decision."""
    row = lab.hand_in()
    good: dict[str, Any] = {"score": 50, "feedback": None, "accept": True}
    bad: list[dict[str, Any]] = [
        {"score": None},
        {"score": -1},
        {"score": Decimal("100.01")},
        {"score": Decimal("nan")},
        {"accept": None},
        {"feedback": "x" * 20001},
    ]
    for change in bad:
        refuse(lab.staff(), "grade_lab", "invalid_grade", submission_id=row["id"], **good | change)
    assert lab.stored(row["id"]) == row


def test_who_may_grade(lab: Lab, db: Session, school: School) -> None:
    """Staff of the course; not the learner, not staff of another course."""
    row = lab.hand_in()
    grade: dict[str, Any] = {"score": 50, "feedback": None, "accept": True}
    for user_id in (lab.learner, school.user(), make_lab(school).owner):
        session = db.act(user_id=user_id)
        named = {"submission_id": row["id"]}
        refuse(session, "grade_lab", "not_course_staff", **named, **grade)
        refuse(session, "claim_submission", "not_course_staff", **named)
        refuse(session, "lab_queue", "not_course_staff", course_id=lab.course_id)
    for submission_id in (uuid4(), None):
        named = {"submission_id": submission_id}
        refuse(db.act("service_role"), "grade_lab", "submission_not_found", **named, **grade)
        refuse(db.act("service_role"), "claim_submission", "submission_not_found", **named)
    assert (
        call(db.act("service_role"), "grade_lab", submission_id=row["id"], **grade)["score"] == 50
    )
    assert lab.stored(row["id"])["graded_by"] is None


# The queue -------------------------------------------------------------------------------------


def test_two_graders(lab: Lab, db: Session) -> None:
    """A claimed submission is graded by the one who took it, until the half hour is over."""
    row = lab.hand_in()
    named = {"submission_id": row["id"]}
    grade: dict[str, Any] = {"score": 50, "feedback": None, "accept": True}
    claimed = call(lab.staff(), "claim_submission", **named)
    assert claimed["claimed_by"] == lab.owner
    assert claimed["claimed_until"] is not None
    assert call(lab.staff(), "claim_submission", **named)["claimed_by"] == lab.owner
    (line,) = lab.queue()
    assert (line["claimed_by"], line["claimed_until"]) == (lab.owner, claimed["claimed_until"])
    second = lab.assistant()
    refuse(db.act(user_id=second), "claim_submission", "submission_claimed", **named)
    refuse(db.act(user_id=second), "grade_lab", "submission_claimed", **named, **grade)
    refuse(db.act("service_role"), "grade_lab", "submission_claimed", **named, **grade)
    lab.root().run("update public.lab_submissions set claimed_until = now() - interval '1 minute'")
    (line,) = lab.queue()
    assert (line["claimed_by"], line["claimed_until"]) == (None, None)
    assert call(db.act(user_id=second), "claim_submission", **named)["claimed_by"] == second
    graded = call(db.act(user_id=second), "grade_lab", **named, **grade)
    assert (graded["graded_by"], graded["claimed_by"]) == (second, None)


def test_a_new_version_is_free(lab: Lab, db: Session) -> None:
    """A claim is of one version; a new version is unclaimed."""
    row = lab.hand_in()
    call(lab.staff(), "claim_submission", submission_id=row["id"])
    new = lab.hand_in("Better.")
    assert (new["claimed_by"], lab.stored(row["id"])["claimed_by"]) == (None, None)
    second = lab.assistant()
    claimed = call(db.act(user_id=second), "claim_submission", submission_id=new["id"])
    assert claimed["claimed_by"] == second


def test_the_queue_is_paged(lab: Lab, school: School) -> None:
    """Oldest first, page after page, each submission once, also when times are equal."""
    rows = []
    for _ in range(7):
        user_id = school.user(name="Grace")
        school.enroll(user_id, lab.course_id)
        rows.append(lab.hand_in(user_id=user_id))
    lab.root().run(
        "update public.lab_submissions set submitted_at = '2026-01-01' where id = any(%s)",
        [row["id"] for row in rows[2:5]],
    )
    expected = sorted((lab.stored(row["id"])["submitted_at"], row["id"]) for row in rows)
    listed = list(pages(lab.staff(), "lab_queue", course_id=lab.course_id, page_size=2))
    assert [len(page) for page in listed] == [2, 2, 2, 1]
    assert [row["submission_id"] for page in listed for row in page] == [one for _, one in expected]
    first = lab.queue()[0]
    assert (first["name"], first["version"], first["lesson_id"]) == ("Grace", 1, lab.lesson_id)
    # A submission that is graded between two pages neither ends the list nor shifts its rows.
    lab.grade(expected[1][1])
    rest = lab.queue(cursor=listed[0][-1]["cursor"])
    assert [row["submission_id"] for row in rest] == [one for _, one in expected[2:]]


def test_invalid_pages_of_the_queue(lab: Lab, school: School) -> None:
    """Other page sizes and cursors of other lists are refused."""
    lab.hand_in()
    named = {"course_id": lab.course_id}
    for page_size in (0, -1, 201, None):
        refuse(lab.staff(), "lab_queue", "invalid_page", **named, page_size=page_size)
    other = make_lab(school)
    other.hand_in()
    for cursor in ("", "x", other.queue()[0]["cursor"]):
        refuse(lab.staff(), "lab_queue", "invalid_cursor", **named, cursor=cursor)


@pytest.mark.parametrize("number", [None, "NaN", "Infinity", "-1e400", "1e400", "1e-400"])
def test_a_forged_cursor_of_the_queue(lab: Lab, number: str | None) -> None:
    """A number out of range returns a page, never an error of the database."""
    lab.hand_in()
    forged = lab.root().value(
        "select private.make_cursor(md5('lab_queue|' || %s::text), %s::numeric, null, %s)",
        *(lab.course_id, number, lab.course_id),
    )
    assert len(lab.queue(cursor=forged)) == (number in {None, "-1e400", "1e-400"})


def test_the_queue_names_its_pages(lab: Lab) -> None:
    """A row has the slugs of the course and the lesson."""
    lab.hand_in()
    (row,) = lab.queue()
    slugs = lab.root().one(
        "select c.slug as course_slug, l.slug as lesson_slug from public.lessons as l "
        "inner join public.courses as c on c.id = l.course_id where l.id = %s",
        lab.lesson_id,
    )
    assert {name: row[name] for name in slugs} == slugs


def test_the_queue_of_a_course(lab: Lab, school: School) -> None:
    """Submissions of other courses are not in it."""
    other = make_lab(school)
    other.hand_in()
    row = lab.hand_in()
    assert [one["submission_id"] for one in lab.queue()] == [row["id"]]


def test_submissions_are_private(lab: Lab, db: Session, school: School) -> None:
    """Learners read their own versions only, and no client writes them directly."""
    row = lab.hand_in()
    other = school.user()
    school.enroll(other, lab.course_id)
    statement = "select id from public.lab_submissions where lesson_id = %s"
    assert lab.student().all(statement, lab.lesson_id) == [{"id": row["id"]}]
    assert db.act(user_id=other).all(statement, lab.lesson_id) == []
    for user_id in (lab.learner, lab.owner):
        db.act(user_id=user_id)
        with db.refused("42501"):
            db.run("update public.lab_submissions set score = 100")
