"""Enrollment by staff and other servers: approval, roster, codes, entitlements."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, audit_lines, call, refuse
from tests.support.database import Row, Session
from tests.support.school import School


@pytest.fixture
def owner(school: School) -> UUID:
    """The owner of the courses of a test."""
    return school.user("instructor")


def outsiders(school: School, course_id: UUID) -> list[UUID]:
    """People who may not manage this course: an assistant, a learner in it, staff of another."""
    assistant, learner, other = school.user(), school.user(), school.user("instructor")
    school.staff(course_id, assistant, "assistant")
    school.enroll(learner, course_id)
    school.course(owner=other)
    return [assistant, learner, other]


def roster(db: Session, course_id: UUID, learners: Any) -> list[Row]:
    """The rows that a roster is answered with, ids as text."""
    rows = db.rpc("enroll_roster", course_id=course_id, learners=Jsonb(learners))
    return [
        {key: str(value) if isinstance(value, UUID) else value for key, value in row.items()}
        for row in rows
    ]


def status_of(db: Session, user_id: UUID, course_id: UUID) -> str:
    """The state of an enrollment."""
    db.act("postgres")
    status: str = db.value(
        "select status::text from public.enrollments where user_id = %s and course_id = %s",
        user_id,
        course_id,
    )
    return status


def test_a4_nobody_decides_about_themselves(db: Session, school: School, owner: UUID) -> None:
    """Neither approved, granted nor enrolled by oneself, admins included."""
    course_id = school.course(owner=owner, enrollment_mode="approval")
    for person in (owner, school.user("admin")):
        row = call(db.act(user_id=person), "enroll", course_id=course_id)
        refuse(db, "decide_enrollment", "own_work", enrollment_id=row["id"], accept=True)
        refuse(db, "grant_entitlement", "own_work", user_id=person, course_id=course_id)
        (line,) = roster(db, course_id, [{"user_id": str(person)}])
        assert (line["status"], line["code"]) == ("failed", "own_work")
        assert status_of(db, person, course_id) == "pending"


# decide_enrollment -----------------------------------------------------------------------------


def test_review_accepts_and_declines(db: Session, school: School, owner: UUID) -> None:
    """Accepted means active with a right; declined means withdrawn without one."""
    course_id = school.course(owner=owner, enrollment_mode="approval")
    people = [school.user() for _ in range(2)]
    rows = []
    for person in people:
        db.act(user_id=person)
        rows.append(call(db, "enroll", course_id=course_id))
    db.act(user_id=owner)
    for row, accept, status in zip(rows, (True, False), ("active", "withdrawn"), strict=True):
        reviewed = call(db, "decide_enrollment", enrollment_id=row["id"], accept=accept)
        assert (reviewed["id"], reviewed["status"]) == (row["id"], status)
    sources = db.all(
        "select user_id, source from public.entitlements where course_id = %s", course_id
    )
    assert sources == [{"user_id": people[0], "source": "approval"}]
    db.act(user_id=people[1])
    assert call(db, "enroll", course_id=course_id)["status"] == "pending"
    assert school.drift() == []


def test_review_into_a_full_course(db: Session, school: School, owner: UUID) -> None:
    """Accepted without a seat is waitlisted, in the order of asking, not of accepting."""
    course_id = school.course(owner=owner, enrollment_mode="approval", capacity=1)
    people = [school.user() for _ in range(3)]
    ids = {}
    for person in people:
        db.act(user_id=person)
        ids[person] = call(db, "enroll", course_id=course_id)["id"]
    db.act(user_id=owner)
    for person in (people[0], people[2], people[1]):
        db.rpc("decide_enrollment", enrollment_id=ids[person], accept=True)
    assert [status_of(db, person, course_id) for person in people] == [
        "active",
        "waitlisted",
        "waitlisted",
    ]
    db.act(user_id=people[0]).rpc("withdraw", course_id=course_id)
    assert status_of(db, people[1], course_id) == "active"
    assert school.drift() == []


def test_review_again(db: Session, school: School, owner: UUID) -> None:
    """A second review, and one of an enrollment that does not wait, says not_pending."""
    course_id = school.course(owner=owner, enrollment_mode="approval")
    learner = school.user()
    enrollment_id = school.enroll(learner, course_id, "pending")
    db.act(user_id=owner)
    call(db, "decide_enrollment", enrollment_id=enrollment_id, accept=True)
    for accept in (True, False):
        refuse(db, "decide_enrollment", "not_pending", enrollment_id=enrollment_id, accept=accept)
    assert status_of(db, learner, course_id) == "active"


def test_review_refuses(db: Session, school: School, owner: UUID) -> None:
    """Wrong actor, unknown enrollment, no decision."""
    course_id = school.course(owner=owner, enrollment_mode="approval")
    asker = school.user()
    enrollment_id = school.enroll(asker, course_id, "pending")
    for actor in [*outsiders(school, course_id), asker]:
        db.act(user_id=actor)
        for given in (enrollment_id, uuid4(), None):
            refuse(db, "decide_enrollment", "not_course_staff", enrollment_id=given, accept=True)
    db.act(user_id=school.user("admin"))
    for given in (uuid4(), None):
        refuse(db, "decide_enrollment", "enrollment_not_found", enrollment_id=given, accept=True)
    db.act(user_id=owner)
    refuse(db, "decide_enrollment", "invalid_decision", enrollment_id=enrollment_id, accept=None)
    assert status_of(db, asker, course_id) == "pending"


# enroll_roster ---------------------------------------------------------------------------------


def test_roster(db: Session, school: School, owner: UUID) -> None:
    """One row an entry, in order: enrolled, already, waitlisted, invited, failed."""
    school.direct_rosters()
    course_id = school.course(owner=owner, enrollment_mode="closed", capacity=3)
    there = school.user()
    school.enroll(there, course_id)
    by_id, by_email, late = school.user(), school.user(email="Ada@School.Test"), school.user()
    learners = [
        {"user_id": str(by_id)},
        {"email": "  ada@school.TEST "},
        {"user_id": str(there), "email": "ignored@school.test"},
        {"user_id": str(late).upper()},
        {"email": "nobody@school.test"},
        {"user_id": str(uuid4())},
        {"user_id": "not-a-uuid", "email": "ada@school.test"},
        {"user_id": str(by_id)},
    ]
    db.act(user_id=owner)
    rows = roster(db, course_id, learners)
    assert [row["number"] for row in rows] == list(range(1, 9))
    assert [row["status"] for row in rows] == [
        "enrolled",
        "enrolled",
        "already",
        "waitlisted",
        "invited",
        "failed",
        "failed",
        "already",
    ]
    assert [row["user_id"] for row in rows] == [
        str(by_id),
        str(by_email),
        str(there),
        str(late),
        None,
        None,
        None,
        str(by_id),
    ]
    assert [row["code"] for row in rows] == [None] * 5 + ["user_not_found"] * 2 + [None]
    assert rows[4]["email"] == "nobody@school.test"
    assert rows[0]["enrollment_id"] == rows[7]["enrollment_id"]
    assert len(audit_lines(db, "enroll_roster", course_id)) == 1
    assert school.drift() == []


def test_roster_again(db: Session, school: School, owner: UUID) -> None:
    """The same roster again changes nothing and says already."""
    school.direct_rosters()
    course_id = school.course(owner=owner, capacity=2)
    learners = [{"user_id": str(school.user())} for _ in range(3)]
    db.act(user_id=owner)
    first = roster(db, course_id, learners)
    again = roster(db, course_id, learners)
    assert [row["status"] for row in first] == ["enrolled", "enrolled", "waitlisted"]
    assert [row["status"] for row in again] == ["already"] * 3
    assert [row["enrollment_id"] for row in first] == [row["enrollment_id"] for row in again]


def test_roster_takes_people_past_the_door(db: Session, school: School, owner: UUID) -> None:
    """Mode, window, prerequisites, pending, withdrawn by staff, revoked rights: all get in."""
    school.direct_rosters()
    course_id = school.course(owner=owner, enrollment_mode="code", closes_at="2020-01-01")
    lesson_id = school.lesson(school.module(course_id))
    db.run("insert into public.course_prerequisites values (%s, %s)", course_id, school.course())
    states = ["pending", "withdrawn", "active"]
    people = [school.user() for _ in range(4)]
    for person, status in zip(people, states, strict=False):
        school.enroll(person, course_id, status)
    db.run("update public.entitlements set revoked_at = now() where course_id = %s", course_id)
    db.act(user_id=owner)
    rows = roster(db, course_id, [{"user_id": str(person)} for person in people])
    assert [row["status"] for row in rows] == ["enrolled", "enrolled", "already", "enrolled"]
    for person in people:
        db.act(user_id=person)
        assert call(db, "record_progress", lesson_id=lesson_id)["status"] == "started"
    assert school.drift() == []


def test_b6_a_draft_takes_no_roster(db: Session, school: School, owner: UUID) -> None:
    """A draft tells nobody who has an account: known and unknown addresses, admins and servers."""
    course_id = school.course(owner=owner, published=False)
    learners = Jsonb([{"email": "known@school.test"}, {"email": "nobody@school.test"}])
    known = school.user(email="known@school.test")
    for actor in (owner, school.user("admin")):
        db.act(user_id=actor)
        refuse(db, "enroll_roster", "course_not_published", course_id=course_id, learners=learners)
    db.act("service_role")
    refuse(db, "enroll_roster", "course_not_published", course_id=course_id, learners=learners)
    db.act(user_id=owner)
    assert db.all("select id from public.profiles where id = %s", known) == []


def test_b6_who_withdrew_stays_withdrawn(db: Session, school: School, owner: UUID) -> None:
    """A roster reports learners who left, staff do not list them, and only they come back."""
    school.direct_rosters()
    course_id = school.course(owner=owner)
    learner, left = school.user(name="Ida"), school.user(name="Ada")
    for person in (learner, left):
        db.act(user_id=person)
        call(db, "enroll", course_id=course_id)
    assert call(db, "withdraw", course_id=course_id)["has_left"] is True
    listing = [{"user_id": str(left)}, {"user_id": str(learner)}]
    db.act(user_id=owner)
    for _ in range(2):
        rows = roster(db, course_id, listing)
        assert [row["status"] for row in rows] == ["withdrawn", "already"]
    assert [row["name"] for row in db.rpc("course_learners", course_id=course_id)] == ["Ida"]
    assert db.rpc("course_learners", course_id=course_id, status="withdrawn") == []
    assert status_of(db, left, course_id) == "withdrawn"
    db.act(user_id=left)
    assert call(db, "enroll", course_id=course_id)["has_left"] is False
    db.act(user_id=owner)
    names = [row["name"] for row in db.rpc("course_learners", course_id=course_id)]
    assert names == ["Ada", "Ida"]


def test_b6_who_takes_a_request_back_stays_out(db: Session, school: School, owner: UUID) -> None:
    """The same for a learner who waited for approval; one whom staff declined is listed."""
    school.direct_rosters()
    course_id = school.course(owner=owner, enrollment_mode="approval")
    left, declined = school.user(), school.user(name="Declined")
    for person in (left, declined):
        db.act(user_id=person)
        enrollment_id = call(db, "enroll", course_id=course_id)["id"]
    db.act(user_id=left).rpc("withdraw", course_id=course_id)
    db.act(user_id=owner)
    (pending,) = db.rpc("course_learners", course_id=course_id, status="pending")
    assert pending["enrollment_id"] == enrollment_id
    call(db, "decide_enrollment", enrollment_id=pending["enrollment_id"], accept=False)
    assert [row["name"] for row in db.rpc("course_learners", course_id=course_id)] == ["Declined"]
    rows = roster(db, course_id, [{"user_id": str(left)}, {"user_id": str(declined)}])
    assert [row["status"] for row in rows] == ["withdrawn", "enrolled"]


@pytest.mark.parametrize(
    "learners",
    [
        [],
        {},
        {"email": "ada@school.test"},
        "ada@school.test",
        17,
        True,
        None,
        [{"email": "x@school.test"}] * 501,
    ],
)
def test_roster_of_a_wrong_shape(db: Session, school: School, owner: UUID, learners: Any) -> None:
    """A roster is a list of 1 to 500."""
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    refuse(db, "enroll_roster", "invalid_roster", course_id=course_id, learners=Jsonb(learners))
    refuse(db, "enroll_roster", "invalid_roster", course_id=course_id, learners=None)


def test_roster_of_odd_entries(db: Session, school: School, owner: UUID) -> None:
    """An entry without an account fails alone; the call succeeds."""
    course_id = school.course(owner=owner)
    anonymous = school.user(email="")
    db.run("update auth.users set email = null where id = %s", anonymous)
    odd = [
        None,
        1,
        "ada@school.test",
        [],
        [["email"]],
        {},
        {"email": None},
        {"email": ""},
        {"email": " "},
        {"email": {"a": 1}},
        {"email": "%"},
        {"user_id": 5},
        {"user_id": ""},
        {"user_id": "' or true --"},
        {"email": "x" * 20_000},
    ]
    db.act(user_id=owner)
    rows = roster(db, course_id, odd)
    assert [row["status"] for row in rows] == ["failed"] * len(odd)


@pytest.mark.slow
def test_roster_of_500(db: Session, school: School, owner: UUID) -> None:
    """The largest roster works in one call."""
    school.direct_rosters()
    course_id = school.course(owner=owner, capacity=400)
    db.act("postgres")
    ids = db.all(
        "insert into auth.users (id) select gen_random_uuid() from generate_series(1, 500) "
        "returning id"
    )
    db.act(user_id=owner)
    rows = roster(db, course_id, [{"user_id": str(row["id"])} for row in ids])
    statuses = [row["status"] for row in rows]
    assert (statuses.count("enrolled"), statuses.count("waitlisted")) == (400, 100)
    assert school.drift() == []


def test_roster_refuses(db: Session, school: School, owner: UUID) -> None:
    """Wrong actor, unknown course."""
    course_id = school.course(owner=owner)
    learners = Jsonb([{"user_id": str(school.user())}])
    for actor in outsiders(school, course_id):
        db.act(user_id=actor)
        for given in (course_id, uuid4(), None):
            refuse(db, "enroll_roster", "not_course_staff", course_id=given, learners=learners)
    db.act("service_role")
    for given in (uuid4(), None):
        refuse(db, "enroll_roster", "course_not_found", course_id=given, learners=learners)


# Codes -----------------------------------------------------------------------------------------


def test_codes(db: Session, school: School, owner: UUID) -> None:
    """A code is made, listed newest first, used, and deleted; each act is audited."""
    course_id = school.course(owner=owner, enrollment_mode="code")
    db.act(user_id=owner)
    first = answer(
        db,
        "create_course_code",
        course_id=course_id,
        code="  Spring-26 ",
        max_uses=3,
        expires_at="2100-01-01",
    )
    assert (first["code"], first["use_count"], first["max_uses"]) == ("Spring-26", 0, 3)
    made = answer(db, "create_course_code", course_id=course_id)
    assert re.fullmatch(r"[0-9a-hjkmnp-tv-z]{16}", made["code"])
    assert (made["max_uses"], made["expires_at"]) == (None, None)
    learner = school.user()
    db.act(user_id=learner).rpc("enroll", course_id=course_id, code="spring-26")
    db.act(user_id=owner)
    listed = {row["code"]: row["use_count"] for row in db.rpc("course_codes", course_id=course_id)}
    assert listed == {first["code"]: 1, made["code"]: 0}
    for _ in range(2):
        db.act(user_id=owner).rpc("delete_course_code", code_id=first["id"])
    (left,) = db.rpc("course_codes", course_id=course_id)
    assert str(left["id"]) == made["id"]
    assert status_of(db, learner, course_id) == "active"
    assert len(audit_lines(db, "create_course_code", course_id)) == 2
    assert len(audit_lines(db, "delete_course_code", course_id)) == 1
    assert "spring" not in str(audit_lines(db, "create_course_code", course_id)).lower()


def test_codes_differ(db: Session, school: School, owner: UUID) -> None:
    """Codes that are made are not repeated."""
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    codes = {answer(db, "create_course_code", course_id=course_id)["code"] for _ in range(50)}
    assert len(codes) == 50


def test_code_taken(db: Session, school: School, owner: UUID) -> None:
    """A course has a code once, whatever the case; another course may have it too."""
    course_id, other_id = school.course(owner=owner), school.course(owner=owner)
    db.act(user_id=owner)
    db.rpc("create_course_code", course_id=course_id, code="spring-26")
    db.rpc("create_course_code", course_id=other_id, code="spring-26")
    for code in ("spring-26", "SPRING-26", " Spring-26 "):
        refuse(db, "create_course_code", "code_taken", course_id=course_id, code=code)


@pytest.mark.parametrize(
    ("code", "is_strong"),
    [
        ("spring", False),
        ("123456", False),
        ("123456789012", False),
        ("583920174", False),
        ("aaaaaaaaaaaaaaaa", False),
        ("abcdefghijklmnop", False),
        ("KLMN1234", False),
        ("a\u200bb\u200cc\u200dd\u2060e\u2061f\u2062g\u2063h", False),
        ("5829308174263", True),
        ("k7m2p9x4", True),
        ("open-sesame", True),
    ],
)
def test_b5_codes_have_40_bits(db: Session, school: School, code: str, is_strong: bool) -> None:
    """A code that is short, of few signs or a run is refused; one left out has 80 random bits."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    if is_strong:
        assert answer(db, "create_course_code", course_id=course_id, code=code)["code"] == code
    else:
        refuse(db, "create_course_code", "weak_code", course_id=course_id, code=code)
    assert len(answer(db, "create_course_code", course_id=course_id)["code"]) == 16


@pytest.mark.parametrize(
    "arguments",
    [
        {"code": ""},
        {"code": "   "},
        {"code": "12345"},
        {"code": "     1"},
        {"code": "x" * 65},
        {"code": "x" * 100_000},
        {"code": "spring-26", "max_uses": 0},
        {"max_uses": -1},
    ],
)
def test_invalid_code(db: Session, school: School, owner: UUID, arguments: Row) -> None:
    """A code has 6 to 64 characters and at least one use."""
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    refuse(db, "create_course_code", "invalid_code", course_id=course_id, **arguments)


def test_codes_refuse(db: Session, school: School, owner: UUID) -> None:
    """Only managers of the course create, list and delete its codes."""
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    code_id = answer(db, "create_course_code", course_id=course_id)["id"]
    for actor in outsiders(school, course_id):
        db.act(user_id=actor)
        for given in (course_id, uuid4(), None):
            refuse(db, "create_course_code", "not_course_staff", course_id=given)
            refuse(db, "course_codes", "not_course_staff", course_id=given)
        refuse(db, "delete_course_code", "not_course_staff", code_id=code_id)
        with db.refused("42501"):
            db.all("select * from private.course_codes")
    db.act("service_role")
    for given in (uuid4(), None):
        refuse(db, "create_course_code", "course_not_found", course_id=given)
        assert db.rpc("course_codes", course_id=given) == []
    db.act(user_id=owner)
    assert len(db.rpc("course_codes", course_id=course_id)) == 1


def test_codes_are_paged(db: Session, school: School, owner: UUID) -> None:
    """Pages give every code once, newest first; codes of the same moment are told apart."""
    course_id, other_id = school.course(owner=owner), school.course(owner=owner)
    db.act("postgres")
    db.run(
        "insert into private.course_codes (course_id, code, created_at) "
        "select %s, 'code-' || n, timestamptz '2026-01-01' + n / 3 * interval '1 microsecond' "
        "from generate_series(1000, 1010) as n",
        course_id,
    )
    db.act(user_id=owner)
    whole = db.rpc("course_codes", course_id=course_id)
    assert len(whole) == 11
    assert whole == sorted(whole, key=lambda row: (row["created_at"], row["id"]), reverse=True)
    pages: list[list[Row]] = []
    cursor = None
    while page := db.rpc("course_codes", course_id=course_id, page_size=4, cursor=cursor):
        pages.append(page)
        cursor = page[-1]["cursor"]
    assert [len(page) for page in pages] == [4, 4, 3]
    assert [row for page in pages for row in page] == whole
    for given in (other_id, None):
        db.act(user_id=owner) if given else db.act("service_role")
        refuse(db, "course_codes", "invalid_cursor", course_id=given, cursor=cursor)
    for size in (0, 201, None):
        refuse(db, "course_codes", "invalid_page", course_id=course_id, page_size=size)


# Rights ----------------------------------------------------------------------------------------


def test_grant_and_revoke(db: Session, school: School, owner: UUID) -> None:
    """Staff give, renew and take away a right; each act is audited, a retry is the same row."""
    course_id, learner = school.course(owner=owner, enrollment_mode="closed"), school.user()
    db.act(user_id=owner)
    given = call(db, "grant_entitlement", user_id=learner, course_id=course_id)
    assert (given["source"], given["expires_at"], given["revoked_at"]) == ("staff", None, None)
    assert call(db, "grant_entitlement", user_id=learner, course_id=course_id) == given
    taken = call(db, "revoke_entitlement", entitlement_id=given["id"])
    assert taken["revoked_at"] is not None
    assert call(db, "revoke_entitlement", entitlement_id=given["id"]) == taken
    again = call(
        db, "grant_entitlement", user_id=learner, course_id=course_id, expires_at="2100-01-01"
    )
    assert (again["id"], again["revoked_at"]) == (given["id"], None)
    assert again["expires_at"] is not None
    assert len(audit_lines(db, "revoke_entitlement", learner)) == 1
    assert len(audit_lines(db, "grant_entitlement", learner)) == 3


def test_rights_of_different_sources(db: Session, school: School, owner: UUID) -> None:
    """One right taken away leaves another one valid."""
    course_id, learner = school.course(owner=owner), school.user()
    lesson_id = school.lesson(school.module(course_id))
    db.act("service_role")
    bought = call(db, "grant_entitlement", user_id=learner, course_id=course_id, source="purchase")
    db.act(user_id=owner)
    given = call(db, "grant_entitlement", user_id=learner, course_id=course_id)
    db.act(user_id=learner).rpc("enroll", course_id=course_id)
    db.act(user_id=owner).rpc("revoke_entitlement", entitlement_id=given["id"])
    db.act(user_id=learner)
    assert call(db, "record_progress", lesson_id=lesson_id)["status"] == "started"
    db.act(user_id=owner).rpc("revoke_entitlement", entitlement_id=bought["id"])
    db.act(user_id=learner)
    refuse(db, "record_progress", "not_enrolled", lesson_id=lesson_id)


def test_whoever_loses_the_right_loses_the_seat(db: Session, school: School, owner: UUID) -> None:
    """A seat freed by a revocation goes to the first waitlisted learner with an entitlement."""
    course_id = school.course(owner=owner, capacity=1)
    people = [school.user() for _ in range(3)]
    for person in people:
        db.act(user_id=person).rpc("enroll", course_id=course_id)
    rights = {
        row["user_id"]: row["id"]
        for row in db.act("postgres").all(
            "select id, user_id from public.entitlements where course_id = %s", course_id
        )
    }
    db.act(user_id=owner)
    for person in (people[1], people[0]):
        db.rpc("revoke_entitlement", entitlement_id=rights[person])
    states = db.act("postgres").all(
        "select user_id, status from public.enrollments where course_id = %s", course_id
    )
    assert {row["user_id"]: row["status"] for row in states} == {
        people[0]: "withdrawn",
        people[1]: "withdrawn",
        people[2]: "active",
    }


def test_a_pending_learner_who_is_given_a_right_enrolls(
    db: Session, school: School, owner: UUID
) -> None:
    """Waiting for approval ends with a right from elsewhere, and with the mode approval."""
    course_id, learner = school.course(owner=owner, enrollment_mode="approval"), school.user()
    db.act(user_id=learner)
    assert call(db, "enroll", course_id=course_id)["status"] == "pending"
    db.act(user_id=owner).rpc("grant_entitlement", user_id=learner, course_id=course_id)
    db.act(user_id=learner)
    assert call(db, "enroll", course_id=course_id)["status"] == "active"


@pytest.mark.parametrize("value", ["1000000 years", "10 years 1 day", "-1 day"])
def test_a_release_rule_stays_in_the_calendar(
    db: Session, school: School, owner: UUID, value: str
) -> None:
    """No release rule that staff can set overflows the calendar."""
    lesson_id = school.lesson(school.module(school.course(owner=owner)))
    db.act(user_id=owner)
    with db.refused("23514"):
        db.run("update public.lessons set release_after = %s where id = %s", value, lesson_id)


@pytest.mark.parametrize("function", ["grant_entitlement", "enroll", "enroll_roster"])
def test_a_renewed_right_takes_the_free_seat(
    db: Session, school: School, owner: UUID, function: str
) -> None:
    """fill_seats skips a learner without an entitlement; a new one gives them the free seat."""
    course_id = school.course(owner=owner, capacity=1)
    first, second = school.user(), school.user()
    for person in (first, second):
        db.act(user_id=person).rpc("enroll", course_id=course_id)
    db.act("postgres")
    db.run(
        "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
        "where user_id = %s",
        second,
    )
    db.act(user_id=first).rpc("withdraw", course_id=course_id)
    assert status_of(db, second, course_id) == "waitlisted"
    assert school.drift() == []
    db.act(user_id=owner)
    if function == "enroll":
        assert call(db.act(user_id=second), "enroll", course_id=course_id)["status"] == "active"
    elif function == "enroll_roster":
        assert roster(db, course_id, [{"user_id": str(second)}])[0]["status"] == "enrolled"
    else:
        db.rpc("grant_entitlement", user_id=second, course_id=course_id)
    assert status_of(db, second, course_id) == "active"
    assert school.drift() == []


def test_grant_refuses(db: Session, school: School, owner: UUID) -> None:
    """Wrong actor, reserved source, unknown course or account."""
    course_id, learner = school.course(owner=owner), school.user()
    for actor in [*outsiders(school, course_id), learner]:
        db.act(user_id=actor)
        for given in (course_id, uuid4(), None):
            refuse(db, "grant_entitlement", "not_course_staff", user_id=learner, course_id=given)
    db.act(user_id=owner)
    for source in ("purchase", "open", "code", "STAFF", "", " staff"):
        refuse(
            db,
            "grant_entitlement",
            "source_reserved",
            user_id=learner,
            course_id=course_id,
            source=source,
        )
    for user_id in (uuid4(), None):
        refuse(db, "grant_entitlement", "user_not_found", user_id=user_id, course_id=course_id)
    db.act(user_id=school.user("admin"))
    for given in (uuid4(), None):
        refuse(db, "grant_entitlement", "course_not_found", user_id=learner, course_id=given)


@pytest.mark.parametrize(
    "arguments",
    [
        {"source": None},
        {"source": ""},
        {"source": "Purchase"},
        {"source": "a b"},
        {"source": "1st"},
        {"source": "x" * 41},
        {"expires_at": "2020-01-01"},
        {"starts_at": "2030-01-01", "expires_at": "2030-01-01"},
        {"starts_at": "2030-01-02", "expires_at": "2030-01-01"},
        {"starts_at": "infinity", "expires_at": "infinity"},
        {"expires_at": "-infinity"},
        {"expires_at": "infinity"},
        {"starts_at": "-infinity"},
        {"starts_at": "infinity"},
    ],
)
def test_invalid_entitlement(db: Session, school: School, arguments: Row) -> None:
    """A source is a lower-case word and a right ends after it starts."""
    course_id, learner = school.course(), school.user()
    db.act("service_role")
    refuse(
        db,
        "grant_entitlement",
        "invalid_entitlement",
        **{"user_id": learner, "course_id": course_id, "source": "trial", **arguments},
    )


def test_revoke_refuses(db: Session, school: School, owner: UUID) -> None:
    """Wrong actor, unknown right."""
    course_id, learner = school.course(owner=owner), school.user()
    db.act(user_id=owner)
    given = call(db, "grant_entitlement", user_id=learner, course_id=course_id)["id"]
    for actor in [*outsiders(school, course_id), learner]:
        db.act(user_id=actor)
        for entitlement_id in (given, uuid4(), None):
            refuse(db, "revoke_entitlement", "not_course_staff", entitlement_id=entitlement_id)
    db.act("service_role")
    for entitlement_id in (uuid4(), None):
        refuse(db, "revoke_entitlement", "entitlement_not_found", entitlement_id=entitlement_id)
