"""enroll and withdraw: modes, windows, codes, prerequisites, seats and the waitlist."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import (
    answer,
    as_role,
    as_user,
    at_once,
    audit_lines,
    call,
    committed,
    refusals,
    refuse,
)
from tests.support.database import Database, Row, Session
from tests.support.school import School


def rights(db: Session, user_id: UUID, course_id: UUID) -> dict[str, bool]:
    """The sources of a person's rights to a course, and whether each is revoked."""
    db.act("postgres")
    rows = db.all(
        "select source, revoked_at is not null as revoked from public.entitlements "
        "where user_id = %s and course_id = %s",
        user_id,
        course_id,
    )
    return {row["source"]: row["revoked"] for row in rows}


def enroll(db: Session, user_id: UUID, course_id: UUID, **arguments: Any) -> Row:
    """Enrolls a person as himself."""
    db.act(user_id=user_id)
    return call(db, "enroll", course_id=course_id, **arguments)


def withdraw(db: Session, user_id: UUID, course_id: UUID) -> Row:
    """Withdraws a person as himself."""
    db.act(user_id=user_id)
    return call(db, "withdraw", course_id=course_id)


def statuses(db: Session, course_id: UUID) -> dict[UUID, str]:
    """The state of each enrollment of a course."""
    db.act("postgres")
    rows = db.all(
        "select user_id, status::text from public.enrollments where course_id = %s", course_id
    )
    return {row["user_id"]: row["status"] for row in rows}


def response_status(db: Session) -> str:
    """The HTTP status that PostgREST would answer with; reset for the next call."""
    status: str = db.value(
        "select coalesce(nullif(current_setting('response.status', true), ''), '200')"
    )
    db.run("select set_config('response.status', '', true)")
    return status


def test_enroll_in_an_open_course(db: Session, school: School) -> None:
    """The enrollment is active and the right is on record; 201 first, then 200 and the same row."""
    learner, course_id = school.user(), school.course()
    first = enroll(db, learner, course_id)
    assert response_status(db) == "201"
    assert (first["status"], first["user_id"], first["course_id"]) == ("active", learner, course_id)
    assert (first["progress"], first["lessons_completed"], first["completed_at"]) == (0, 0, None)
    assert enroll(db, learner, course_id) == first
    assert response_status(db) == "200"
    assert rights(db, learner, course_id) == {"open": False}
    assert school.drift() == []


def test_an_ignored_code_does_no_harm(db: Session, school: School) -> None:
    """An open course takes no notice of a code."""
    assert enroll(db, school.user(), school.course(), code="whatever")["status"] == "active"


def test_enroll_in_what_is_not_there(db: Session, school: School) -> None:
    """Unknown, NULL and unpublished courses look the same."""
    draft_id = school.course(is_published=False)
    db.act(user_id=school.user())
    for course_id in (uuid4(), None, draft_id):
        refuse(db, "enroll", "course_not_found", course_id=course_id)
    db.act()
    refuse(db, "enroll", "not_authenticated", course_id=draft_id)


@pytest.mark.parametrize(
    "columns",
    [
        {"enrollment_mode": "closed"},
        {"opens_at": "2100-01-01"},
        {"closes_at": "2020-01-01"},
        {"enrollment_mode": "approval", "closes_at": "2020-01-01"},
        {"enrollment_mode": "code", "opens_at": "2100-01-01"},
        {"enrollment_mode": "closed", "opens_at": "2020-01-01", "closes_at": "2100-01-01"},
    ],
)
def test_a_closed_course(db: Session, school: School, columns: Row) -> None:
    """Mode closed, or outside the window: refused, unless a right was given before."""
    learner, guest, course_id = school.user(), school.user(), school.course(**columns)
    db.act(user_id=learner)
    refuse(db, "enroll", "course_closed", course_id=course_id)
    db.act("service_role")
    call(db, "grant_entitlement", user_id=guest, course_id=course_id, source="purchase")
    assert enroll(db, guest, course_id)["status"] == "active"
    assert statuses(db, course_id) == {guest: "active"}


def test_inside_the_window(db: Session, school: School) -> None:
    """Between opens_at and closes_at the course is open; opens_at counts, closes_at does not."""
    assert enroll(db, school.user(), school.course(opens_at="2020-01-01", closes_at="2100-01-01"))
    now = db.value("select now()")
    assert enroll(db, school.user(), school.course(opens_at=now))["status"] == "active"
    ended_id = school.course(closes_at=now)
    db.act(user_id=school.user())
    refuse(db, "enroll", "course_closed", course_id=ended_id)


# Codes -----------------------------------------------------------------------------------------


def code_course(db: Session, school: School, **code: Any) -> UUID:
    """A course that opens with the code `Open-Sesame`."""
    course_id = school.course(enrollment_mode="code")
    db.act("service_role")
    db.rpc("create_course_code", course_id=course_id, **{"code": "Open-Sesame", **code})
    return course_id


def uses(db: Session, course_id: UUID) -> int:
    """How often the codes of a course were used."""
    db.act("postgres")
    used: int = db.value(
        "select coalesce(sum(use_count), 0) from private.course_codes where course_id = %s",
        course_id,
    )
    return used


@pytest.mark.parametrize("code", ["Open-Sesame", "open-sesame", "  OPEN-SESAME  "])
def test_enroll_with_a_code(db: Session, school: School, code: str) -> None:
    """Case and outer blanks do not matter; a retry does not use the code again."""
    learner, course_id = school.user(), code_course(db, school)
    first = enroll(db, learner, course_id, code=code)
    assert first["status"] == "active"
    assert enroll(db, learner, course_id, code=code) == first
    assert enroll(db, learner, course_id) == first
    assert enroll(db, learner, course_id, code="nonsense") == first
    assert uses(db, course_id) == 1
    assert rights(db, learner, course_id) == {"code": False}


def test_code_required(db: Session, school: School) -> None:
    """Without a code, or with a blank one, the answer says that one is needed."""
    course_id = code_course(db, school)
    db.act(user_id=school.user())
    for code in (None, "", "   "):
        refuse(db, "enroll", "code_required", course_id=course_id, code=code)
    refuse(db, "enroll", "code_required", course_id=course_id)
    assert (statuses(db, course_id), uses(db, course_id)) == ({}, 0)


def test_code_invalid(db: Session, school: School) -> None:
    """Wrong, expired, used up, of another course, a pattern: one answer, and nothing is used."""
    course_id = code_course(db, school)
    expired_id = code_course(db, school, expires_at="2020-01-01")
    used_id = code_course(db, school, max_uses=1)
    other_id = school.course(enrollment_mode="code")
    enroll(db, school.user(), used_id, code="open-sesame")
    db.act(user_id=school.user())
    for wrong in (
        "open-sesam",
        "open-sesame2",
        "%",
        "open%",
        "_" * 11,
        "x" * 10_000,
        "'",
    ):
        refuse(db, "enroll", "code_invalid", course_id=course_id, code=wrong)
    for one in (expired_id, used_id, other_id):
        refuse(db, "enroll", "code_invalid", course_id=one, code="open-sesame")
    assert statuses(db, course_id) == {}
    assert (uses(db, course_id), uses(db, expired_id), uses(db, used_id)) == (0, 0, 1)


def guess(db: Session, learner: UUID, course_id: UUID, code: str = "wrong-one") -> Row:
    """One call of enroll as PostgREST makes it, whose transaction commits."""
    db.act(user_id=learner)
    db.run("select set_config('request.method', 'POST', true)")
    row = db.one("select * from public.enroll(%s, %s)", course_id, code)
    db.run("select set_config('request.method', '', true)")
    return row


def test_b5_the_answer_begins_with_the_enrollment(db: Session) -> None:
    """enroll answers with the columns of enrollments, in their order, and those of an error."""
    columns = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
    found = [
        [row["attname"] for row in db.all(f"{columns} and not attisdropped order by attnum", name)]
        for name in ("public.enrollments", "public.enrollment_answer")
    ]
    assert found[1] == [*found[0], "code", "message", "details", "hint"]


def test_b5_wrong_codes_are_counted(db: Session, school: School) -> None:
    """A wrong code is an answer with the status of the error; after ten, every code is refused."""
    learner, other, course_id = school.user(), school.user(), code_course(db, school)
    second_id = code_course(db, school)
    for _ in range(10):
        row = guess(db, learner, course_id)
        assert (row["id"], row["status"], row["code"]) == (None, None, "code_invalid")
        assert row["message"] and row["hint"] and row["details"] is None
        assert response_status(db) == "403"
    for code in ("wrong-one", "open-sesame"):
        db.act(user_id=learner)
        refuse(db, "enroll", "too_many_guesses", course_id=course_id, code=code)
    refuse(db, "enroll", "code_required", course_id=course_id)
    # Another course, and another person.
    assert enroll(db, learner, second_id, code="open-sesame")["code"] is None
    assert enroll(db, other, course_id, code="open-sesame")["status"] == "active"
    lines = audit_lines(db, "refuse_course_code", course_id)
    assert [line["detail"] for line in lines] == [{"user_id": str(learner)}] * 10
    assert "wrong" not in str(lines)
    db.run(
        "update private.code_guesses set started_at = started_at - interval '1 hour' "
        "where user_id = %s",
        learner,
    )
    assert guess(db, learner, course_id)["code"] == "code_invalid"
    db.act("postgres")
    assert (
        db.value("select failure_count from private.code_guesses where user_id = %s", learner) == 1
    )
    assert guess(db, learner, course_id, "open-sesame")["status"] == "active"


def test_coming_back_needs_no_second_code(db: Session, school: School) -> None:
    """Withdrawal keeps the entitlement, so that the learner enrolls again without a code."""
    learner, course_id = school.user(), code_course(db, school)
    enroll(db, learner, course_id, code="open-sesame")
    withdraw(db, learner, course_id)
    assert rights(db, learner, course_id) == {"code": False}
    assert enroll(db, learner, course_id)["status"] == "active"
    assert (uses(db, course_id), rights(db, learner, course_id)) == (1, {"code": False})


def test_an_expired_right_needs_a_new_code(db: Session, school: School) -> None:
    """A learner whose entitlement expired enrolls again with a code; row and progress stay."""
    learner, course_id = school.user(), code_course(db, school)
    lesson_id = school.lesson(school.module(course_id))
    school.lesson(school.module(course_id))
    row = enroll(db, learner, course_id, code="open-sesame")
    assert response_status(db) == "201"
    db.rpc("complete_lesson", lesson_id=lesson_id)
    db.act("postgres")
    db.run(
        "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
        "where user_id = %s",
        learner,
    )
    db.act(user_id=learner)
    refuse(db, "enroll", "code_required", course_id=course_id)
    again = enroll(db, learner, course_id, code="open-sesame")
    assert (again["id"], again["status"], again["progress"]) == (row["id"], "active", 50)
    assert (uses(db, course_id), response_status(db)) == (2, "200")


@pytest.mark.parametrize("mode", ["open", "code", "approval"])
def test_a_revoked_right_does_not_come_back(db: Session, school: School, mode: str) -> None:
    """enroll does not renew a revoked entitlement; staff can grant it again."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner, enrollment_mode=mode)
    db.act(user_id=owner)
    db.rpc("create_course_code", course_id=course_id, code="open-sesame")
    given = call(db, "grant_entitlement", user_id=learner, course_id=course_id)
    enroll(db, learner, course_id, code="open-sesame")
    db.act(user_id=owner).rpc("revoke_entitlement", entitlement_id=given["id"])
    for leaves in (False, True):
        db.act(user_id=learner)
        if leaves:
            db.rpc("withdraw", course_id=course_id)
        refuse(db, "enroll", "entitlement_revoked", course_id=course_id, code="open-sesame")
        refuse(db, "enroll", "entitlement_revoked", course_id=course_id)
    assert rights(db, learner, course_id) == {"staff": True}
    db.act(user_id=owner).rpc("grant_entitlement", user_id=learner, course_id=course_id)
    assert enroll(db, learner, course_id)["status"] == "active"


# Approval and prerequisites --------------------------------------------------------------------


def test_approval(db: Session, school: School) -> None:
    """The enrollment waits, without a right and without a seat; a retry is the same row."""
    learner, course_id = school.user(), school.course(enrollment_mode="approval", capacity=1)
    first = enroll(db, learner, course_id)
    assert first["status"] == "pending"
    assert response_status(db) == "201"
    assert enroll(db, learner, course_id) == first
    assert rights(db, learner, course_id) == {}
    assert withdraw(db, learner, course_id)["status"] == "withdrawn"
    again = enroll(db, learner, course_id)
    assert (again["status"], again["id"]) == ("pending", first["id"])
    assert again["requested_at"] > first["requested_at"]


def completed(db: Session, school: School, user_id: UUID, score: float | None = None) -> UUID:
    """A course with one lab that the person has completed, scored or not."""
    course_id = school.course()
    lesson_id = school.lesson(
        school.module(course_id), content_type="lab", completion_rule="manual"
    )
    school.enroll(user_id, course_id)
    db.act(user_id=user_id).rpc("complete_lesson", lesson_id=lesson_id)
    db.act("postgres")
    db.run("update public.lesson_progress set score = %s where lesson_id = %s", score, lesson_id)
    return course_id


def demand(db: Session, course_id: UUID, prerequisite_id: UUID, score: float | None = None) -> None:
    """Makes a course a prerequisite of another."""
    db.act("postgres")
    db.run(
        "insert into public.course_prerequisites values (%s, %s, %s)",
        course_id,
        prerequisite_id,
        score,
    )


@pytest.mark.parametrize(
    ("least", "score", "enough"),
    [
        (None, None, True),
        (None, 10, True),
        (60, None, False),
        (60, 59.99, False),
        (60, 60, True),
        (0, None, True),
        (0, 0, True),
    ],
)
def test_course_prerequisite(
    db: Session, school: School, least: float | None, score: float | None, enough: bool
) -> None:
    """Learners enroll after they complete the prerequisite with its minimum score."""
    learner, course_id = school.user(), school.course()
    demand(db, course_id, completed(db, school, learner, score), least)
    db.act(user_id=learner)
    if enough:
        assert call(db, "enroll", course_id=course_id)["status"] == "active"
    else:
        refuse(db, "enroll", "prerequisite_missing", course_id=course_id)


def test_each_course_prerequisite_counts(db: Session, school: School) -> None:
    """All are needed, started is not enough, and neither a right nor a code gets around them."""
    learner, course_id = school.user(), code_course(db, school)
    started_id = school.course()
    school.lesson(school.module(started_id))
    school.enroll(learner, started_id)
    demand(db, course_id, completed(db, school, learner))
    demand(db, course_id, started_id)
    db.act(user_id=learner)
    refuse(db, "enroll", "prerequisite_missing", course_id=course_id, code="open-sesame")
    assert uses(db, course_id) == 0
    db.act("service_role")
    call(db, "grant_entitlement", user_id=learner, course_id=course_id)
    db.act(user_id=learner)
    refuse(db, "enroll", "prerequisite_missing", course_id=course_id)


def test_a_completed_prerequisite_counts_after_withdrawal(db: Session, school: School) -> None:
    """A banked completion stays one when the learner leaves the course and its lessons change."""
    learner, course_id = school.user(), school.course()
    done_id = completed(db, school, learner)
    demand(db, course_id, done_id)
    school.lesson(school.module(done_id))
    withdraw(db, learner, done_id)
    assert enroll(db, learner, course_id)["status"] == "active"


# Seats -----------------------------------------------------------------------------------------


def test_a_full_course_has_a_waitlist(db: Session, school: School) -> None:
    """A learner without a seat waits; a retry keeps the place; the waitlist moves in order."""
    course_id = school.course(capacity=2)
    people = [school.user() for _ in range(6)]
    rows = [enroll(db, person, course_id) for person in people]
    assert [row["status"] for row in rows] == ["active"] * 2 + ["waitlisted"] * 4
    assert enroll(db, people[2], course_id) == rows[2]
    withdraw(db, people[0], course_id)
    assert statuses(db, course_id)[people[2]] == "active"
    withdraw(db, people[3], course_id)
    withdraw(db, people[1], course_id)
    assert statuses(db, course_id) == dict(
        zip(
            people,
            ["withdrawn", "withdrawn", "active", "withdrawn", "active", "waitlisted"],
            strict=True,
        )
    )
    assert enroll(db, people[0], course_id)["status"] == "waitlisted"
    withdraw(db, people[2], course_id)
    assert statuses(db, course_id)[people[5]] == "active"
    assert statuses(db, course_id)[people[0]] == "waitlisted"
    assert school.drift() == []


def test_moving_up_dates_the_enrollment(db: Session, school: School) -> None:
    """A freed seat sets enrolled_at of the learner who gets it; requested_at stays."""
    course_id, first, second = school.course(capacity=1), school.user(), school.user()
    enroll(db, first, course_id)
    waiting = enroll(db, second, course_id)
    withdraw(db, first, course_id)
    seated = enroll(db, second, course_id)
    assert seated["enrolled_at"] > waiting["enrolled_at"]
    assert seated["requested_at"] == waiting["requested_at"]


@pytest.mark.parametrize("capacity", [3, 5, 50, None])
def test_more_seats(db: Session, school: School, capacity: int | None) -> None:
    """Raising or lifting the capacity moves as many up as there are new seats, in order."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner, capacity=2)
    people = [school.user() for _ in range(6)]
    for person in people:
        enroll(db, person, course_id)
    db.act(user_id=owner)
    db.run("update public.courses set capacity = %s where id = %s", capacity, course_id)
    seats = min(capacity or 99, 6)
    found = statuses(db, course_id)
    assert [found[person] for person in people] == ["active"] * seats + ["waitlisted"] * (6 - seats)
    assert school.drift() == []


def test_fewer_seats(db: Session, school: School) -> None:
    """A lower capacity revokes no seat; the waitlist moves when enough learners have left."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner, capacity=3)
    people = [school.user() for _ in range(4)]
    for person in people:
        enroll(db, person, course_id)
    db.act(user_id=owner)
    db.run("update public.courses set capacity = 1 where id = %s", course_id)
    for leaving, waits in ((0, True), (1, True), (2, False)):
        withdraw(db, people[leaving], course_id)
        assert (statuses(db, course_id)[people[3]] == "waitlisted") is waits
    assert school.drift() == []


def test_completed_learners_keep_their_seats(db: Session, school: School) -> None:
    """A completed enrollment takes a seat; after a withdrawal it becomes completed again."""
    course_id = school.course(capacity=1)
    lesson_id = school.lesson(school.module(course_id))
    first, second = school.user(), school.user()
    enroll(db, first, course_id)
    db.rpc("complete_lesson", lesson_id=lesson_id)
    assert enroll(db, second, course_id)["status"] == "waitlisted"
    left = withdraw(db, first, course_id)
    assert (left["status"], left["progress"]) == ("withdrawn", 100)
    assert statuses(db, course_id)[second] == "active"
    assert enroll(db, first, course_id)["status"] == "waitlisted"
    withdraw(db, second, course_id)
    again = enroll(db, first, course_id)
    assert (again["status"], again["completed_at"]) == ("completed", left["completed_at"])
    assert school.drift() == []


def test_pending_takes_no_seat(db: Session, school: School) -> None:
    """A pending learner gets no free seat and no place on the waitlist."""
    course_id = school.course(enrollment_mode="approval", capacity=1)
    asker, guest = school.user(), school.user()
    enroll(db, asker, course_id)
    db.act("service_role")
    db.rpc("grant_entitlement", user_id=guest, course_id=course_id)
    assert enroll(db, guest, course_id)["status"] == "active"
    withdraw(db, guest, course_id)
    assert statuses(db, course_id)[asker] == "pending"


# Withdrawing -----------------------------------------------------------------------------------


def test_withdraw(db: Session, school: School) -> None:
    """The enrollment is withdrawn; progress and entitlement stay; a retry answers the same row."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    lessons = [school.lesson(module_id) for _ in range(2)]
    enroll(db, learner, course_id)
    db.rpc("complete_lesson", lesson_id=lessons[0])
    row = withdraw(db, learner, course_id)
    assert (row["status"], row["progress"], row["lessons_completed"]) == ("withdrawn", 50, 1)
    assert withdraw(db, learner, course_id) == row
    assert rights(db, learner, course_id) == {"open": False}
    assert school.drift() == []
    back = enroll(db, learner, course_id)
    assert (back["status"], back["progress"], back["id"]) == ("active", 50, row["id"])
    assert back["enrolled_at"] > row["enrolled_at"]


def test_coming_back_counts_the_course_as_it_is(db: Session, school: School) -> None:
    """Lessons deleted during a withdrawal count on return; the learner claims the completion."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    done, going = school.lesson(module_id), school.lesson(module_id)
    enroll(db, learner, course_id)
    db.rpc("complete_lesson", lesson_id=done)
    withdraw(db, learner, course_id)
    db.act("postgres")
    db.run("delete from public.lessons where id = %s", going)
    row = enroll(db, learner, course_id)
    assert (row["status"], row["progress"]) == ("active", 100)
    assert call(db, "complete_course", course_id=course_id)["is_course_complete"] is True
    assert school.drift() == []


def test_a_bought_right_outlives_withdrawal(db: Session, school: School) -> None:
    """Withdrawal keeps an entitlement from staff; the next enrollment needs no code."""
    learner, course_id = school.user(), code_course(db, school)
    db.act("service_role")
    db.rpc("grant_entitlement", user_id=learner, course_id=course_id, source="purchase")
    enroll(db, learner, course_id)
    withdraw(db, learner, course_id)
    assert rights(db, learner, course_id) == {"purchase": False}
    assert enroll(db, learner, course_id)["status"] == "active"


@pytest.mark.parametrize("status", ["pending", "waitlisted"])
def test_withdraw_while_waiting(db: Session, school: School, status: str) -> None:
    """A waitlisted learner can withdraw."""
    learner, course_id = school.user(), school.course()
    school.enroll(learner, course_id, status)
    assert withdraw(db, learner, course_id)["status"] == "withdrawn"


@pytest.mark.parametrize("status", ["pending", "waitlisted"])
def test_leaving_the_queue_counts_the_course_as_it_is(
    db: Session, school: School, status: str
) -> None:
    """Progress that is stale while the learner waits is correct after the withdrawal."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    done, going = school.lesson(module_id), school.lesson(module_id)
    enroll(db, learner, course_id)
    db.rpc("complete_lesson", lesson_id=done)
    withdraw(db, learner, course_id)
    db.act("postgres")
    db.run("update public.enrollments set status = %s where user_id = %s", status, learner)
    db.run("delete from public.lessons where id = %s", going)
    row = withdraw(db, learner, course_id)
    assert row["status"] == "withdrawn"
    db.act("postgres")
    assert db.value("select progress from public.enrollments where user_id = %s", learner) == 100
    assert school.drift() == []


def test_withdraw_refuses(db: Session, school: School) -> None:
    """Nothing to withdraw from is PT404, also for the enrollment of another."""
    course_id = school.course()
    school.enroll(school.user(), course_id)
    db.act(user_id=school.user())
    for given in (course_id, uuid4(), None):
        refuse(db, "withdraw", "not_enrolled", course_id=given)
    db.act()
    refuse(db, "withdraw", "not_authenticated", course_id=course_id)


def test_an_ended_right_is_renewed_by_enrolling(db: Session, school: School) -> None:
    """An active learner whose right ended enrolls again in an open course and is back in."""
    learner, course_id = school.user(), school.course()
    lesson_id = school.lesson(school.module(course_id))
    first = enroll(db, learner, course_id)
    db.act("postgres")
    db.run(
        "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
        "where user_id = %s",
        learner,
    )
    db.act(user_id=learner)
    refuse(db, "record_progress", "lesson_locked", lesson_id=lesson_id)
    assert enroll(db, learner, course_id)["id"] == first["id"]
    assert call(db, "record_progress", lesson_id=lesson_id)["status"] == "started"


def end(db: Session, user_id: UUID, course_id: UUID) -> None:
    """Ends the right of a learner to a course by time."""
    db.act("postgres")
    db.run(
        "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
        "where user_id = %s and course_id = %s",
        user_id,
        course_id,
    )


def test_b3_maintenance_releases_ended_seats(db: Session, school: School) -> None:
    """The seat of a learner whose right has ended goes to the waitlist in the maintenance."""
    first, second, third = (school.user() for _ in range(3))
    course_id = school.course(capacity=2)
    for person in (first, second, third):
        enroll(db, person, course_id)
    end(db, first, course_id)
    assert statuses(db, course_id)[third] == "waitlisted"
    db.act("service_role")
    assert answer(db, "run_maintenance")["seats_released"] == 1
    assert statuses(db, course_id) == {first: "withdrawn", second: "active", third: "active"}
    assert answer(db.act("service_role"), "run_maintenance")["seats_released"] == 0
    assert school.drift() == []


def test_b3_enroll_releases_ended_seats(db: Session, school: School) -> None:
    """The next enroll gives the seat: to the waitlist first, else to the caller."""
    first, second, third = (school.user() for _ in range(3))
    course_id = school.course(capacity=1)
    enroll(db, first, course_id)
    end(db, first, course_id)
    assert enroll(db, second, course_id)["status"] == "active"
    assert enroll(db, first, course_id)["status"] == "waitlisted"
    end(db, second, course_id)
    assert enroll(db, third, course_id)["status"] == "waitlisted"
    assert statuses(db, course_id) == {
        first: "active",
        second: "withdrawn",
        third: "waitlisted",
    }
    assert school.drift() == []


def test_b3_a_roster_releases_ended_seats(db: Session, school: School) -> None:
    """A roster takes the seat of a learner whose right has ended."""
    owner, first, second = school.user("instructor"), school.user(), school.user()
    course_id = school.course(owner=owner, capacity=1)
    enroll(db, first, course_id)
    end(db, first, course_id)
    db.act("service_role")
    rows = db.rpc("enroll_roster", course_id=course_id, learners=Jsonb([{"user_id": str(second)}]))
    assert [row["status"] for row in rows] == ["enrolled"]
    assert statuses(db, course_id) == {first: "withdrawn", second: "active"}


def test_b3_what_is_no_ended_right_keeps_its_seat(db: Session, school: School) -> None:
    """A second right, one that has yet to start, and an unlimited course: nobody loses a seat."""
    both, later, free = (school.user() for _ in range(3))
    course_id, unlimited = school.course(capacity=2), school.course()
    for person in (both, later):
        enroll(db, person, course_id)
    for person in (both, later):
        end(db, person, course_id)
    enroll(db, free, unlimited)
    end(db, free, unlimited)
    insert = "insert into public.entitlements (user_id, course_id, source, starts_at) values "
    db.run(f"{insert} (%s, %s, 'purchase', now())", both, course_id)
    db.run(f"{insert} (%s, %s, 'purchase', now() + interval '1 day')", later, course_id)
    assert answer(db.act("service_role"), "run_maintenance")["seats_released"] == 0
    assert enroll(db, school.user(), course_id)["status"] == "waitlisted"
    assert enroll(db, free, unlimited)["status"] == "active"


def test_b3_a_seat_that_nobody_took_is_renewed(db: Session, school: School) -> None:
    """A learner of a limited course who enrolls again keeps the seat and the date of it."""
    learner, course_id = school.user(), school.course(capacity=1)
    first = enroll(db, learner, course_id)
    end(db, learner, course_id)
    again = enroll(db, learner, course_id)
    assert (again["status"], again["enrolled_at"]) == ("active", first["enrolled_at"])


def test_b3_seats_end_while_people_enroll(database: Database) -> None:
    """Maintenance, renewals and enrollments at once: no deadlock, never too many seats."""
    with committed(database) as world:
        courses = [world.course(capacity=3) for _ in range(2)]
        people = world.users(12)
        world.commit()
        for course_id in courses:
            jobs = [as_user(one, "enroll", course_id=course_id) for one in people]
            assert refusals(at_once(database, jobs)) == []
        world.session.run(
            "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
            "where course_id = any(%s) and user_id = any(%s)",
            courses,
            people[:6],
        )
        world.commit()
        jobs = [as_role("service_role", "run_maintenance")] * 3
        for number, one in enumerate(people):
            for course_id in courses[:: 1 if number % 2 else -1]:
                jobs.append(as_user(one, "enroll", course_id=course_id))
                jobs.append(as_user(one, "withdraw", course_id=course_id))
                jobs.append(as_user(one, "enroll", course_id=course_id))
        assert refusals(at_once(database, jobs)) == []
        assert (
            world.all(
                "select course_id from public.enrollments where course_id = any(%s) "
                "and status in ('active', 'completed') group by course_id having count(*) > 3",
                courses,
            )
            == []
        )
        assert world.school.drift() == []
