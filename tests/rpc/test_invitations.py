"""Invitations: who may invite, who finds and accepts them, held seats, rosters that invite."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import as_user, at_once, audit_lines, call, committed, pages, refuse
from tests.support.database import Database, Row, Session
from tests.support.school import School


@pytest.fixture
def owner(school: School) -> UUID:
    """The owner of the courses of a test."""
    return school.user("instructor", name="Olga")


def guest(school: School, email: str, *, confirmed: bool = True) -> UUID:
    """An account with this address."""
    user_id = school.user(email=email)
    if confirmed:
        school.confirm(user_id)
    return user_id


def mine(db: Session, user_id: UUID) -> list[Row]:
    """The invitations that a person finds."""
    return db.act(user_id=user_id).rpc("my_invitations")


def roster(db: Session, course_id: UUID, *learners: dict[str, Any]) -> list[Row]:
    """The rows that a roster is answered with."""
    return db.rpc("enroll_roster", course_id=course_id, learners=Jsonb(learners))


def test_a_learner_is_invited_and_accepts(db: Session, school: School, owner: UUID) -> None:
    """Past mode and period, once, with a line in the audit log; a retry changes nothing."""
    course_id = school.course(owner=owner, enrollment_mode="closed")
    lesson_id = school.lesson(school.module(course_id))
    made = call(db.act(user_id=owner), "invite", email=" Ada@School.TEST ", course_id=course_id)
    assert (made["email"], made["status"]) == ("Ada@School.TEST", "pending")
    learner = guest(school, "ada@school.test")
    (found,) = mine(db, learner)
    assert (found["id"], found["role"], found["invited_by"]) == (made["id"], "learner", "Olga")
    assert found["course_id"] == course_id and found["course_slug"]
    for _ in range(2):
        accepted = call(db, "accept_invitation", invitation_id=made["id"])
        assert (accepted["status"], accepted["accepted_by"]) == ("accepted", learner)
    assert mine(db, learner) == []
    assert call(db, "record_progress", lesson_id=lesson_id)["status"] == "started"
    sources = db.act("postgres").all(
        "select source from public.entitlements where course_id = %s", course_id
    )
    assert [row["source"] for row in sources] == ["invitation"]
    assert len(audit_lines(db, "accept_invitation", learner)) == 1
    assert school.drift() == []


@pytest.mark.parametrize(
    ("spelling", "same"),
    [
        ("ADA.L@School.Test", True),
        ("ada.l@school.test\n", True),
        ("ada.l+x@school.test", False),
        ("adal@school.test", False),
        # Other mailboxes that look alike: a Cyrillic a, a Kelvin sign, full width.
        ("\u0430da.l@school.test", False),
        ("ada.l@sc\u212aool.test", False),
        ("\uff41da.l@school.test", False),
    ],
)
def test_spellings(db: Session, school: School, owner: UUID, spelling: str, same: bool) -> None:
    """Addresses are equal without the case of A to Z and outer blanks; nothing else is folded."""
    course_id = school.course(owner=owner)
    call(db.act(user_id=owner), "invite", email=spelling, course_id=course_id)
    assert bool(mine(db, guest(school, "ada.l@school.test"))) == same


def test_only_a_confirmed_address_counts(db: Session, school: School, owner: UUID) -> None:
    """Others, and the person before the confirmation, neither find nor answer it."""
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    invitation_id = call(db, "invite", email="ada@school.test", course_id=course_id)["id"]
    person, other = guest(school, "ada@school.test", confirmed=False), guest(school, "b@x.test")
    for caller in (person, other, owner, school.user("admin")):
        assert mine(db, caller) == []
        for given in (invitation_id, uuid4(), None):
            refuse(db, "accept_invitation", "invitation_not_found", invitation_id=given)
            refuse(db, "decline_invitation", "invitation_not_found", invitation_id=given)
    school.confirm(person)
    assert len(mine(db, person)) == 1
    # The address moves to another account, and the invitation with it.
    db.act("postgres").run("update auth.users set email = 'new@x.test' where id = %s", person)
    assert mine(db, person) == []


def test_the_answer_does_not_tell_who_has_an_account(
    db: Session, school: School, owner: UUID
) -> None:
    """Invitation and roster look alike for an account, for nobody, and for one who has left."""
    course_id = school.course(owner=owner, capacity=9)
    guest(school, "known@school.test")
    left = guest(school, "left@school.test")
    db.act(user_id=left).rpc("enroll", course_id=course_id)
    db.rpc("withdraw", course_id=course_id)
    addresses = ["known@school.test", "nobody@school.test", "left@school.test"]
    db.act(user_id=owner)
    varying = {"id", "email", "address", "number"}
    answers = [
        {key: value for key, value in row.items() if key not in varying}
        for row in (call(db, "invite", email=one, course_id=course_id) for one in addresses)
    ]
    assert answers[0] == answers[1] == answers[2]
    rows = [
        {key: value for key, value in row.items() if key not in varying}
        for row in roster(db, course_id, *({"email": one} for one in addresses))
    ]
    assert rows[0] == rows[1] == rows[2]
    assert (rows[0]["status"], rows[0]["user_id"]) == ("invited", None)
    assert db.rpc("course_learners", course_id=course_id) == []
    assert db.all("select id from public.profiles where id <> %s", owner) == []
    assert db.act("anon").rpc("course_outline", course_id=course_id)[0]["course_outline"][
        "seats_left"
    ] == (9 - 3)


def test_b6_a_roster_invites(db: Session, school: School, owner: UUID) -> None:
    """Nobody is enrolled without asking, but for those of the course; known learners by id."""
    course_id, other_id = school.course(owner=owner), school.course(owner=owner)
    pending, taught, stranger = school.user(), school.user(), school.user()
    school.enroll(pending, course_id, "pending")
    school.enroll(taught, other_id)
    db.act(user_id=owner)
    rows = roster(
        db,
        course_id,
        {"user_id": str(pending)},
        {"user_id": str(taught)},
        {"user_id": str(stranger)},
        {"email": f"{stranger}@school.test"},
        {"email": "no address"},
        {"email": f"{owner}@school.test"},
    )
    assert [(row["status"], row["code"]) for row in rows] == [
        ("enrolled", None),
        ("invited", None),
        ("failed", "user_not_found"),
        ("invited", None),
        ("failed", "invalid_email"),
        ("failed", "own_work"),
    ]
    # As an admin has set, and as admins do themselves.
    school.direct_rosters()
    (row,) = roster(db.act(user_id=owner), course_id, {"email": f"{stranger}@school.test"})
    assert (row["status"], row["user_id"]) == ("enrolled", stranger)


def test_direct_rosters_are_a_setting_of_admins(db: Session, school: School, owner: UUID) -> None:
    """Read and saved by admins; null changes nothing."""
    for caller in (owner, school.user()):
        db.act(user_id=caller)
        refuse(db, "platform_settings", "admin_required")
        refuse(db, "save_platform_settings", "admin_required", is_roster_direct=True)
    db.act(user_id=school.user("admin"))
    for given, direct in ((None, False), (True, True), (None, True), (False, False)):
        saved = call(db, "save_platform_settings", is_roster_direct=given)
        assert saved == {"save_platform_settings": {"is_roster_direct": direct}}
        assert call(db, "platform_settings") == {"platform_settings": {"is_roster_direct": direct}}


def test_staff_accept_their_appointment(db: Session, school: School, owner: UUID) -> None:
    """Owners invite staff, also to a draft; the role holds from the acceptance and never falls."""
    course_id = school.course(owner=owner, published=False)
    person = guest(school, "ines@school.test")
    db.act(user_id=owner)
    ids = {
        role: call(db, "invite", email="ines@school.test", course_id=course_id, role=role)["id"]
        for role in ("owner", "assistant")
    }
    team = db.rpc("course_team", course_id=course_id)
    assert [row["user_id"] for row in team] == [owner]
    assert (
        db.act(user_id=person).all("select id from public.courses where id = %s", course_id) == []
    )
    for role in ("owner", "assistant"):
        call(db.act(user_id=person), "accept_invitation", invitation_id=ids[role])
        team = db.rpc("course_team", course_id=course_id)
        assert {row["user_id"]: row["role"] for row in team} == {owner: "owner", person: "owner"}


def test_b7_an_appointment_is_accepted_first(db: Session, school: School, owner: UUID) -> None:
    """Owners neither insert staff nor make an owner of them."""
    course_id, person = school.course(owner=owner), school.user()
    statement = "insert into public.course_staff (course_id, user_id, role) values (%s, %s, %s)"
    db.act(user_id=owner)
    with db.refused("42501"):
        db.run(statement, course_id, person, "assistant")
    school.staff(course_id, person, "assistant")
    change = "update public.course_staff set role = %s where course_id = %s and user_id = %s"
    db.act(user_id=owner).run(change, "instructor", course_id, person)
    with db.refused(409, "invitation_required"):
        db.run(change, "owner", course_id, person)


def test_an_appointment_ends_with_the_right_of_the_inviter(
    db: Session, school: School, owner: UUID
) -> None:
    """An owner who has left, or is suspended, appoints nobody; learners keep their seat."""
    course_id, other = school.course(owner=owner), school.user("instructor")
    school.staff(course_id, other, "owner")
    person = guest(school, "ines@school.test")
    db.act(user_id=other)
    for role in ("assistant", "learner"):
        call(db, "invite", email="ines@school.test", course_id=course_id, role=role)
    assert {row["role"] for row in mine(db, person)} == {"assistant", "learner"}
    (invitation_id,) = (row["id"] for row in mine(db, person) if row["role"] == "assistant")
    db.act(user_id=other).run("delete from public.course_staff where user_id = %s", other)
    assert {row["role"] for row in mine(db, person)} == {"learner"}
    refuse(db, "accept_invitation", "invitation_closed", invitation_id=invitation_id)


def test_roles_on_the_platform(db: Session, school: School, owner: UUID) -> None:
    """Admins invite to them; accepting raises the role and never lowers it."""
    admin, person = school.user("admin"), guest(school, "ines@school.test")
    refuse(db.act(user_id=owner), "invite", "admin_required", email="x@x.test", role="instructor")
    db.act(user_id=admin)
    for role in ("admin", "instructor"):
        call(db, "invite", email="ines@school.test", role=role)
    for row in sorted(mine(db, person), key=lambda one: str(one["role"])):
        assert row["course_id"] is None
        call(db, "accept_invitation", invitation_id=row["id"])
        assert db.value("select role from public.profiles where id = %s", person) == "admin"


def test_invite_refuses(db: Session, school: School, owner: UUID) -> None:
    """Wrong actor, role, address, date, course; members; oneself."""
    course_id = school.course(owner=owner)
    instructor, assistant, learner = school.user("instructor"), school.user(), school.user()
    school.staff(course_id, instructor, "instructor")
    school.staff(course_id, assistant, "assistant")
    school.enroll(learner, course_id)
    to = {"email": "ada@school.test", "course_id": course_id}
    for caller in (assistant, learner, school.user("instructor")):
        for role in ("learner", "owner"):
            refuse(db.act(user_id=caller), "invite", "not_course_staff", **to, role=role)
    db.act(user_id=instructor)
    call(db, "invite", **to)
    refuse(db, "invite", "owners_only", **to, role="assistant")
    db.act(user_id=owner)
    refuse(db, "invite", "invalid_role", **to, role="admin")
    refuse(db, "invite", "invalid_role", **to, role=None)
    refuse(db, "invite", "invalid_role", email="ada@school.test", role="owner")
    for email in (None, "", "ada", "a b@x.test", "ada@x", "a@b@x.test", f"{'x' * 300}@x.test"):
        refuse(db, "invite", "invalid_email", course_id=course_id, email=email)
    for moment in ("2020-01-01", "infinity", "-infinity", "2200-01-01"):
        refuse(db, "invite", "invalid_expiry", **to, expires_at=moment)
    refuse(db, "invite", "own_work", course_id=course_id, email=f"{owner}@school.test")
    for member, role in ((learner, "learner"), (instructor, "assistant")):
        email = f"{member}@school.test"
        refuse(db, "invite", "already_member", course_id=course_id, email=email, role=role)
    draft_id = school.course(owner=owner, published=False)
    db.act(user_id=owner)
    refuse(db, "invite", "course_not_published", email="ada@school.test", course_id=draft_id)
    db.act(user_id=school.user("admin"))
    refuse(db, "invite", "course_not_found", email="ada@school.test", course_id=uuid4())
    db.act("postgres").run("update private.budgets set max_rows = 0 where kind = 'invitations'")
    refuse(db.act(user_id=owner), "invite", "budget_exceeded", **to)
    db.act(user_id=owner)
    refuse(
        db,
        "enroll_roster",
        "budget_exceeded",
        course_id=course_id,
        learners=Jsonb([{"email": "x@x.test"}]),
    )


def test_invitations_end(db: Session, school: School, owner: UUID) -> None:
    """Expired, declined, revoked: not found and not accepted; inviting again renews."""
    course_id = school.course(owner=owner, capacity=1)
    person = guest(school, "ada@school.test")
    to = {"email": "ada@school.test", "course_id": course_id}
    made = call(db.act(user_id=owner), "invite", **to)
    one = {"invitation_id": made["id"]}
    db.act("postgres").run(
        "update public.invitations set expires_at = now() - interval '1 second' where id = %s",
        made["id"],
    )
    assert mine(db, person) == []
    refuse(db, "accept_invitation", "invitation_closed", **one)
    renewed = call(db.act(user_id=owner), "invite", **to)
    assert (renewed["id"], renewed["has_seat"]) == (made["id"], True)
    assert renewed["expires_at"] > made["expires_at"].replace(year=2000)
    db.act(user_id=person)
    for _ in range(2):
        assert call(db, "decline_invitation", **one)["status"] == "declined"
    refuse(db, "accept_invitation", "invitation_closed", **one)
    db.act(user_id=owner)
    refuse(db, "revoke_invitation", "invitation_closed", **one)
    again = call(db, "invite", **to)
    assert again["id"] != made["id"]
    one = {"invitation_id": again["id"]}
    for caller in (person, school.user("instructor")):
        refuse(db.act(user_id=caller), "revoke_invitation", "not_course_staff", **one)
    instructor = school.user("instructor")
    school.staff(course_id, instructor, "instructor")
    staff = call(db.act(user_id=owner), "invite", **{**to, "role": "owner"})
    db.act(user_id=instructor)
    refuse(db, "revoke_invitation", "owners_only", invitation_id=staff["id"])
    for _ in range(2):
        assert call(db, "revoke_invitation", **one)["status"] == "revoked"
    db.act(user_id=person)
    refuse(db, "decline_invitation", "invitation_closed", **one)
    db.act(user_id=school.user("admin"))
    refuse(db, "revoke_invitation", "invitation_not_found", invitation_id=uuid4())


def test_my_invitations_are_paged(db: Session, school: School, owner: UUID) -> None:
    """Newest first, page by page."""
    person = guest(school, "ada@school.test")
    for _ in range(3):
        course_id = school.course(owner=owner)
        call(db.act(user_id=owner), "invite", email="ada@school.test", course_id=course_id)
    db.act(user_id=person)
    assert [len(page) for page in pages(db, "my_invitations", page_size=2)] == [2, 1]
    refuse(db, "my_invitations", "invalid_page", page_size=0)
    refuse(db, "my_invitations", "invalid_cursor", cursor="x")
    db.act()
    refuse(db, "my_invitations", "not_authenticated")
    refuse(db, "accept_invitation", "not_authenticated", invitation_id=uuid4())
    refuse(db, "decline_invitation", "not_authenticated", invitation_id=uuid4())


def test_held_seats(db: Session, school: School, owner: UUID) -> None:
    """A held seat is nobody else's until the invitation ends; then the waitlist has it."""
    course_id = school.course(owner=owner, capacity=2)
    people = [guest(school, f"p{number}@school.test") for number in range(4)]
    db.act(user_id=owner)
    made = [
        call(db, "invite", email=f"p{number}@school.test", course_id=course_id)
        for number in range(3)
    ]
    assert [row["has_seat"] for row in made] == [True, True, False]
    assert call(db.act(user_id=people[3]), "enroll", course_id=course_id)["status"] == "waitlisted"
    call(db.act(user_id=people[2]), "accept_invitation", invitation_id=made[2]["id"])
    call(db.act(user_id=people[0]), "accept_invitation", invitation_id=made[0]["id"])
    call(db.act(user_id=people[1]), "decline_invitation", invitation_id=made[1]["id"])
    rows = db.act("postgres").all(
        "select user_id, status::text from public.enrollments where course_id = %s", course_id
    )
    status = {row["user_id"]: row["status"] for row in rows}
    assert [status.get(one) for one in people] == ["active", None, "waitlisted", "active"]
    assert school.drift() == []


@pytest.mark.parametrize("is_inside", [False, True])
def test_b3_a_held_seat_ends_nowhere(
    db: Session, school: School, owner: UUID, is_inside: bool
) -> None:
    """Whoever waits and accepts gets the seat that was held; of a learner who has one, the next."""
    course_id = school.course(owner=owner, capacity=2 if is_inside else 1)
    invited, other = guest(school, "ada@school.test"), school.user()
    to = {"email": "ada@school.test", "course_id": course_id}
    made = call(db.act(user_id=owner), "invite", **to)
    assert made["has_seat"]
    for person in (invited, other) if is_inside else (other, invited):
        db.act(user_id=person).rpc("enroll", course_id=course_id)
    call(db.act(user_id=invited), "accept_invitation", invitation_id=made["id"])
    rows = db.act("postgres").all(
        "select user_id, status::text from public.enrollments where course_id = %s", course_id
    )
    assert {row["user_id"]: row["status"] for row in rows} == {
        invited: "active",
        other: "active" if is_inside else "waitlisted",
    }
    assert school.drift() == []


def test_a_revoked_learner_has_no_invitation(db: Session, school: School, owner: UUID) -> None:
    """One of before ends with the last right to the course; a new one lets them in again."""
    course_id = school.course(owner=owner)
    learner = guest(school, "Ada@school.test")
    to = {"email": "ada@school.test", "course_id": course_id}
    made = call(db.act(user_id=owner), "invite", **to)
    db.act(user_id=learner).rpc("enroll", course_id=course_id)
    call(db.act(user_id=owner), "grant_entitlement", user_id=learner, course_id=course_id)
    for row in db.all("select id from public.entitlements where user_id = %s", learner):
        assert [one["id"] for one in mine(db, learner)] == [made["id"]]
        call(db.act(user_id=owner), "revoke_entitlement", entitlement_id=row["id"])
    assert mine(db, learner) == []
    refuse(db, "accept_invitation", "invitation_closed", invitation_id=made["id"])
    again = call(db.act(user_id=owner), "invite", **to)
    call(db.act(user_id=learner), "accept_invitation", invitation_id=again["id"])
    assert call(db, "enroll", course_id=course_id)["status"] == "active"


def test_fewer_seats_are_held_when_the_capacity_falls(
    db: Session, school: School, owner: UUID
) -> None:
    """The latest invitations lose them; those that keep one are seated."""
    course_id = school.course(owner=owner, capacity=4)
    people = [guest(school, f"p{number}@school.test") for number in range(4)]
    db.act(user_id=owner)
    ids = [
        call(db, "invite", email=f"p{number}@school.test", course_id=course_id)["id"]
        for number in range(4)
    ]
    db.act("postgres")
    for number, invitation_id in enumerate(ids):
        db.run(
            "update public.invitations set created_at = now() + %s * interval '1 second' "
            "where id = %s",
            number,
            invitation_id,
        )
    db.act(user_id=owner).run("update public.courses set capacity = 2 where id = %s", course_id)
    statuses = []
    for number in (3, 0, 1, 2):
        call(db.act(user_id=people[number]), "accept_invitation", invitation_id=ids[number])
        statuses.append(
            db.value(
                "select status::text from public.enrollments where user_id = %s", people[number]
            )
        )
    assert statuses == ["waitlisted", "active", "active", "waitlisted"]
    assert school.drift() == []


def test_an_expired_invitation_gives_its_seat_back(
    db: Session, school: School, owner: UUID
) -> None:
    """At the latest with the daily maintenance."""
    course_id = school.course(owner=owner, capacity=1)
    waiting = school.user()
    call(db.act(user_id=owner), "invite", email="ada@school.test", course_id=course_id)
    db.act(user_id=waiting).rpc("enroll", course_id=course_id)
    db.act("postgres").run("update public.invitations set expires_at = now() - interval '1 second'")
    db.run("select private.release_ended_seats()")
    status = "select status::text from public.enrollments where user_id = %s"
    assert db.value(status, waiting) == "active"


@pytest.mark.slow
def test_fifty_acceptances_for_ten_seats(database: Database) -> None:
    """Ten are enrolled, forty wait; five clicks of one person are one acceptance."""
    with committed(database) as world:
        owner = world.user("instructor")
        course_id = world.course(owner=owner, capacity=10)
        people = world.users(50)
        world.school.confirm(*people)
        world.session.act(user_id=owner)
        jobs = []
        for person in people:
            to = {"email": f"{person}@school.test", "course_id": course_id}
            invitation_id = call(world.session, "invite", **to)["id"]
            jobs.append(as_user(person, "accept_invitation", invitation_id=invitation_id))
        # Seats that are held by none are taken by whoever comes first.
        world.session.act("postgres").run("update public.invitations set has_seat = false")
        world.commit()
        at_once(database, [*jobs, *[jobs[0]] * 4])
        assert world.statuses(course_id) == {"active": 10, "waitlisted": 40}
        assert world.drift() == []
