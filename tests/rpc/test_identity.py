"""Profiles that follow accounts, and set_user_role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import (
    World,
    as_owner,
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


def sign_up(db: Session, email: str | None, metadata: Any) -> UUID:
    """An account as Supabase Auth inserts it."""
    user_id = uuid4()
    db.act("postgres")
    db.run(
        "insert into auth.users (id, email, raw_user_meta_data, raw_app_meta_data) "
        "values (%s, %s, %s, %s)",
        user_id,
        email,
        None if metadata is None else Jsonb(metadata),
        Jsonb({"role": "admin", "provider": "email"}),
    )
    return user_id


def profile(db: Session, user_id: UUID) -> Row:
    """The profile of an account."""
    db.act("postgres")
    return db.one("select * from public.profiles where id = %s", user_id)


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"name": "Ada"}, "Ada"),
        ({"full_name": "Ada L."}, "Ada L."),
        ({"name": "  ", "full_name": "Ada L."}, "Ada L."),
        ({"name": "Ada", "full_name": "Other"}, "Ada"),
        ({"name": ""}, "ada"),
        ({"name": None}, "ada"),
        ({"name": "n" * 10_000}, "n" * 200),
        ({"name": "Ünï©ødé " * 100}, ("Ünï©ødé " * 100)[:200]),
        ({"name": 17}, "17"),
        ({}, "ada"),
        ([], "ada"),
        ([{"name": "Ada"}], "ada"),
        ("Ada", "ada"),
        (None, "ada"),
    ],
)
def test_sign_up_makes_a_profile(db: Session, metadata: Any, name: str) -> None:
    """The profile takes its name from the metadata, else from the email; nothing makes it fail."""
    made = profile(db, sign_up(db, "ada@school.test", metadata))
    assert (made["email"], made["name"], made["locale"]) == ("ada@school.test", name, "en")
    assert made["role"] == "learner"


@pytest.mark.parametrize("metadata", [{"role": "admin"}, {"app_role": "admin", "admin": True}])
def test_metadata_never_gives_a_role(db: Session, metadata: Any) -> None:
    """User metadata, at sign-up or later, never changes the role."""
    user_id = sign_up(db, None, metadata)
    db.run(
        "update auth.users set raw_user_meta_data = %s where id = %s",
        Jsonb({**metadata, "name": "Eve", "is_admin": True}),
        user_id,
    )
    assert profile(db, user_id)["role"] == "learner"


@pytest.mark.parametrize(
    ("locale", "kept"),
    [
        ("de", "de"),
        ("pt-BR", "pt-BR"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("english", "en"),
        ("EN", "en"),
        ("de_DE", "en"),
        ("de\n", "en"),
        ("", "en"),
        ("d" * 10_000, "en"),
        (None, "en"),
        ({"a": 1}, "en"),
    ],
)
def test_sign_up_takes_a_valid_locale_only(db: Session, locale: Any, kept: str) -> None:
    """A locale that is no language tag becomes English, and the sign-up succeeds."""
    assert profile(db, sign_up(db, "a@school.test", {"locale": locale}))["locale"] == kept


@pytest.mark.parametrize(
    ("zone", "kept"),
    [
        ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Etc/GMT+12", "Etc/GMT+12"),
        ("UTC", "UTC"),
        ("Mars/Olympus", "UTC"),
        ("CEST", "UTC"),
        ("America/Nowhere5", "UTC"),
        ("posix/Europe/Paris", "UTC"),
        ("Etc/../../etc/passwd", "UTC"),
        ("", "UTC"),
        (None, "UTC"),
        ({"a": 1}, "UTC"),
    ],
)
def test_d4_time_zones(db: Session, zone: Any, kept: str) -> None:
    """A sign-up takes the name of a time zone from the metadata; a profile refuses any other."""
    user_id = sign_up(db, "a@school.test", {"time_zone": zone})
    assert profile(db, user_id)["time_zone"] == kept
    db.act(user_id=user_id)
    change = "update public.profiles set time_zone = %s where id = %s"
    if zone == kept:
        assert db.run(change, zone, user_id) == 1
    elif isinstance(zone, str):
        with db.refused(422, "invalid_time_zone"):
            db.run(change, zone, user_id)


def test_d4_the_zones_of_postgres(db: Session) -> None:
    """The names with a slash are those of pg_timezone_names."""
    wrong = (
        "select name from pg_timezone_names where name ~ '^[A-Z].*/' and name !~ '/.*[0-9]' "
        "and not private.is_time_zone(name)"
    )
    assert db.all(wrong) == []


def test_sign_up_without_email(db: Session) -> None:
    """An account without an email, by phone or anonymous, has a profile with empty strings."""
    made = profile(db, sign_up(db, None, None))
    assert (made["email"], made["name"]) == ("", "")


def test_name_in_a_later_update(db: Session) -> None:
    """The local Auth writes metadata after the insert; the profile takes the name then."""
    user_id = sign_up(db, "ada@school.test", None)
    db.run(
        "update auth.users set raw_user_meta_data = %s where id = %s",
        Jsonb({"name": "Ada", "locale": "de"}),
        user_id,
    )
    assert profile(db, user_id)["name"] == "Ada"


def test_a_hostile_name_in_a_later_update(db: Session) -> None:
    """A name of 10 kB in a later update is cut as well."""
    user_id = sign_up(db, "ada@school.test", {"name": "Ada"})
    db.run(
        "update auth.users set raw_user_meta_data = %s where id = %s",
        Jsonb({"name": "x" * 10_000}),
        user_id,
    )
    assert profile(db, user_id)["name"] == "x" * 200


def test_own_name_outlives_other_metadata(db: Session) -> None:
    """A name that the person chose stays when Auth touches the account without renaming it."""
    user_id = sign_up(db, "ada@school.test", {"name": "Ada"})
    db.act(user_id=user_id)
    assert db.run("update public.profiles set name = 'Countess' where id = %s", user_id) == 1
    db.act("postgres")
    for change in (Jsonb({"name": "Ada", "seen": 1}), Jsonb({}), None):
        db.run("update auth.users set raw_user_meta_data = %s where id = %s", change, user_id)
    db.run("update auth.users set email = 'new@school.test' where id = %s", user_id)
    assert profile(db, user_id)["name"] == "Countess"


def test_email_change(db: Session) -> None:
    """The profile follows a changed email, also to none; updated_at moves only with a change."""
    user_id = sign_up(db, "ada@school.test", None)
    for email, kept in (
        ("new@school.test", "new@school.test"),
        (None, ""),
        ("b@x.test", "b@x.test"),
    ):
        db.run("update auth.users set email = %s where id = %s", email, user_id)
        assert profile(db, user_id)["email"] == kept


def test_account_deletion_takes_everything_of_the_person(db: Session, school: School) -> None:
    """Profile, enrollments, rights, progress and events go; the course and its counts stay."""
    learner, other = school.user(), school.user()
    course_id = school.course()
    lesson_id = school.lesson(school.module(course_id))
    for user_id in (learner, other):
        school.enroll(user_id, course_id)
        db.act(user_id=user_id).rpc("record_progress", lesson_id=lesson_id, event_id=uuid4())
        db.rpc("complete_lesson", lesson_id=lesson_id)
    db.act("postgres")
    db.run("delete from auth.users where id = %s", learner)
    for table, column in (
        ("public.profiles", "id"),
        ("public.enrollments", "user_id"),
        ("public.entitlements", "user_id"),
        ("public.lesson_progress", "user_id"),
        ("private.progress_events", "user_id"),
        ("private.learner_clocks", "user_id"),
        ("private.learner_days", "user_id"),
    ):
        count = f"select count(*) from {table} where {column} = %s"
        assert (db.value(count, learner), db.value(count, other)) == (0, 1), table
    assert school.drift() == []


def test_account_deletion_frees_the_seat(db: Session, school: School) -> None:
    """The seat of a deleted account goes to the waitlist."""
    first, second = school.user(), school.user()
    course_id = school.course(capacity=1)
    for user_id in (first, second):
        db.act(user_id=user_id).rpc("enroll", course_id=course_id)
    db.act("postgres")
    db.run("delete from auth.users where id = %s", first)
    assert db.all(
        "select user_id, status::text from public.enrollments where course_id = %s", course_id
    ) == [{"user_id": second, "status": "active"}]
    assert school.drift() == []


def test_b7_the_last_owner_can_be_deleted(db: Session, school: School) -> None:
    """The account of a last owner is deleted, and admins own the course from then on."""
    owner, appointed, admin = school.user("instructor"), school.user(), school.user("admin")
    course_id = school.course(owner=owner)
    school.staff(course_id, appointed, "owner")
    db.act(user_id=owner)
    leave = "delete from public.course_staff where course_id = %s and user_id = %s"
    assert db.run(leave, course_id, owner) == 1
    db.act("postgres")
    assert db.run("delete from auth.users where id = %s", appointed) == 1
    staff = "select user_id, role::text from public.course_staff where course_id = %s"
    assert db.all(staff, course_id) == []
    db.act(user_id=admin)
    appoint = "insert into public.course_staff (course_id, user_id, role) values (%s, %s, 'owner')"
    assert db.run("update public.courses set title = 'Kept' where id = %s", course_id) == 1
    assert db.run(appoint, course_id, owner) == 1
    with db.refused(409, "last_owner"):
        db.run(leave, course_id, owner)


def soften(db: Session, user_id: UUID) -> None:
    """Deletes an account softly, in the statements of Supabase Auth."""
    db.act("postgres")
    db.run(
        "update auth.users set email = %s, phone = null, encrypted_password = '', "
        "deleted_at = now() where id = %s",
        f"{user_id.hex}0a1b2c",
        user_id,
    )
    db.run("update auth.users set raw_user_meta_data = '{}' where id = %s", user_id)


def test_b8_soft_deletion_clears_the_profile(db: Session, school: School) -> None:
    """Name, address, picture and role go, once; what happened stays; the act is audited."""
    person = school.user("instructor", name="Ada")
    db.run("update public.profiles set avatar_url = 'https://x.test/a.png' where id = %s", person)
    soften(db, person)
    gone = profile(db, person)
    assert (gone["name"], gone["email"], gone["avatar_url"]) == ("", "", None)
    assert (gone["role"], gone["deleted_at"] is None) == ("learner", False)
    db.run(
        "update auth.users set email = 'again@school.test', raw_user_meta_data = %s where id = %s",
        Jsonb({"name": "Ada"}),
        person,
    )
    assert (profile(db, person)["name"], profile(db, person)["email"]) == ("", "")
    assert len(audit_lines(db, "delete_account", person)) == 1


def test_b8_soft_deletion_gives_up_seats_and_staff_roles(db: Session, school: School) -> None:
    """The seat goes to the waitlist, staff roles end, a course without an owner remains."""
    person, waiting = school.user("instructor"), school.user()
    own, full = school.course(owner=person), school.course(capacity=1, owner=school.user())
    for user_id in (person, waiting):
        db.act(user_id=user_id).rpc("enroll", course_id=full)
    soften(db, person)
    statuses = "select user_id, status::text, has_left from public.enrollments where course_id = %s"
    assert sorted(db.all(statuses, full), key=lambda row: row["status"]) == [
        {"user_id": waiting, "status": "active", "has_left": False},
        {"user_id": person, "status": "withdrawn", "has_left": True},
    ]
    assert db.all("select * from public.course_staff where course_id = %s", own) == []
    assert school.drift() == []


def test_b8_a_soft_deleted_account_is_refused(db: Session, school: School) -> None:
    """Its token reads and writes nothing any more: neither by function nor through a policy."""
    person, owner = school.user("instructor"), school.user("instructor")
    own, course_id = school.course(owner=person, published=False), school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id))
    db.act(user_id=person).rpc("enroll", course_id=course_id)
    soften(db, person)
    db.act(user_id=person)
    for function, arguments in (
        ("enroll", {"course_id": course_id}),
        ("withdraw", {"course_id": course_id}),
        ("record_progress", {"lesson_id": lesson_id}),
        ("complete_lesson", {"lesson_id": lesson_id}),
        ("start_attempt", {"lesson_id": lesson_id}),
        ("my_learning", {}),
        ("tutor_quota", {}),
        ("instructor_dashboard", {}),
    ):
        refuse(db, function, "not_authenticated", **arguments)
    refuse(db, "publish_course", "not_course_staff", course_id=own)
    assert db.all("select * from public.lesson_contents where lesson_id = %s", lesson_id) == []
    assert db.all("select id from public.courses where id = %s", own) == []
    for table in ("profiles", "enrollments", "entitlements", "learning_events"):
        assert db.all(f"select * from public.{table}") == [], table
    assert db.run("update public.profiles set name = 'Back' where id = %s", person) == 0
    with db.refused("42501"):
        db.run("insert into public.courses (slug, title) values ('mine', 'Mine')")
    admin = school.user("admin")
    db.act(user_id=admin)
    refuse(db, "set_user_role", "user_not_found", user_id=person, role="admin")
    refuse(db, "grant_entitlement", "user_not_found", user_id=person, course_id=course_id)
    listed = db.rpc(
        "enroll_roster", course_id=course_id, learners=Jsonb([{"user_id": str(person)}])
    )
    assert [row["code"] for row in listed] == ["user_not_found"]


def test_b8_the_last_admin_is_not_deleted_softly(db: Session, school: School) -> None:
    """Auth is refused, as it is for a deletion; with a second admin it succeeds."""
    admin = school.user("admin")
    db.run("update public.profiles set role = 'learner' where id <> %s", admin)
    with db.refused(409, "last_admin"):
        soften(db, admin)
    school.user("admin")
    soften(db, admin)
    assert profile(db, admin)["role"] == "learner"


def test_b8_a_soft_deleted_account_can_be_deleted(db: Session, school: School) -> None:
    """The deletion that follows takes the rest."""
    person, course_id = school.user(), school.course()
    db.act(user_id=person).rpc("enroll", course_id=course_id)
    soften(db, person)
    assert db.run("delete from auth.users where id = %s", person) == 1
    assert db.all("select * from public.enrollments where course_id = %s", course_id) == []


def test_b8_soft_deletions_and_work_at_once(database: Database) -> None:
    """Accounts are deleted softly while their people work: no deadlock, no seat is lost."""
    with committed(database) as world:
        owner = world.user("instructor")
        course_id = world.course(owner=owner, capacity=6)
        lesson_id = world.school.lesson(world.school.module(course_id))
        people = world.users(18)
        world.commit()
        jobs = [as_user(one, "enroll", course_id=course_id) for one in people]
        assert refusals(at_once(database, jobs)) == []
        jobs = []
        for number, one in enumerate(people):
            jobs += [
                as_user(one, "record_progress", lesson_id=lesson_id, event_id=uuid4()),
                as_user(one, "complete_lesson", lesson_id=lesson_id),
                as_user(one, "withdraw", course_id=course_id),
                as_user(one, "enroll", course_id=course_id),
            ]
            if number % 2:
                jobs.append(as_owner("update auth.users set deleted_at = now() where id = %s", one))
        codes = {refusal.code for refusal in refusals(at_once(database, jobs))}
        assert codes <= {"not_authenticated", "not_enrolled"}
        assert (
            world.all(
                "select e.id from public.enrollments as e inner join public.profiles as p "
                "on p.id = e.user_id where p.deleted_at is not null and e.status <> 'withdrawn'"
            )
            == []
        )
        assert world.school.drift() == []


# set_user_role ---------------------------------------------------------------------------------


def test_set_user_role(db: Session, school: School) -> None:
    """An admin and the service key change a role; the profile comes back and the act is audited."""
    admin, person = school.user("admin"), school.user()
    db.act(user_id=admin)
    assert call(db, "set_user_role", user_id=person, role="instructor")["role"] == "instructor"
    db.act("service_role")
    assert call(db, "set_user_role", user_id=person, role="admin")["id"] == person
    lines = audit_lines(db, "set_user_role", person)
    assert [(line["actor_id"], line["actor_role"], line["detail"]) for line in lines] == [
        (admin, "authenticated", {"from": "learner", "to": "instructor"}),
        (None, "service_role", {"from": "instructor", "to": "admin"}),
    ]


def test_set_user_role_again(db: Session, school: School) -> None:
    """The same call again gives the same answer and no second line in the audit log."""
    admin, person = school.user("admin"), school.user()
    db.act(user_id=admin)
    first = call(db, "set_user_role", user_id=person, role="instructor")
    assert call(db, "set_user_role", user_id=person, role="instructor") == first
    assert len(audit_lines(db, "set_user_role", person)) == 1


@pytest.mark.parametrize("role", ["instructor", "admin"])
def test_a5_a_demoted_account_leaves_every_staff(db: Session, school: School, role: str) -> None:
    """Who becomes a learner manages nothing; courses without an owner are listed."""
    admin, person, second, learner = (
        school.user(one) for one in ("admin", role, "instructor", "learner")
    )
    alone, shared = school.course(owner=person), school.course(owner=person)
    school.staff(shared, second, "owner")
    assisted = school.course(owner=second)
    school.staff(assisted, person, "assistant")
    school.enroll(learner, alone)
    db.act(user_id=admin)
    assert call(db, "set_user_role", user_id=person, role="instructor")["ownerless_courses"] == []
    row = call(db, "set_user_role", user_id=person, role="learner")
    assert row["role"] == "learner"
    assert [one["course_id"] for one in row["ownerless_courses"]] == [str(alone)]
    staff = "select course_id, user_id from public.course_staff where course_id = any(%s)"
    left = db.act("postgres").all(staff, [alone, shared, assisted])
    assert {(one["course_id"], one["user_id"]) for one in left} == {
        (shared, second),
        (assisted, second),
    }
    (line,) = [
        one for one in audit_lines(db, "set_user_role", person) if one["detail"]["to"] == "learner"
    ]
    assert line["detail"]["ownerless_courses"] == row["ownerless_courses"]
    assert len(audit_lines(db, "course_staff_delete", person)) == 3
    db.act(user_id=person)
    refuse(db, "unpublish_course", "not_course_staff", course_id=alone)
    assert db.run("update public.courses set title = 'Mine' where id = %s", alone) == 0
    # The course is for admins, who can appoint an owner.
    db.act(user_id=admin).rpc("unpublish_course", course_id=alone)
    db.run(
        "insert into public.course_staff (course_id, user_id, role) values (%s, %s, 'owner')",
        alone,
        second,
    )
    db.act(user_id=second).rpc("publish_course", course_id=alone)


def test_a5_the_last_owner_still_cannot_leave(db: Session, school: School) -> None:
    """Without a change of the role a course keeps its last owner, also before an admin."""
    owner, admin = school.user("instructor"), school.user("admin")
    course_id = school.course(owner=owner)
    for actor in (owner, admin):
        db.act(user_id=actor)
        with db.refused(409, "last_owner"):
            db.run("delete from public.course_staff where course_id = %s", course_id)


def test_set_user_role_refuses(db: Session, school: School) -> None:
    """Wrong actor, missing role, unknown account."""
    admin, instructor, learner = school.user("admin"), school.user("instructor"), school.user()
    for actor in (learner, instructor):
        db.act(user_id=actor)
        refuse(db, "set_user_role", "admin_required", user_id=actor, role="admin")
        refuse(db, "set_user_role", "admin_required", user_id=uuid4(), role="admin")
    db.act()
    refuse(db, "set_user_role", "admin_required", user_id=learner, role="admin")
    db.act(user_id=admin)
    refuse(db, "set_user_role", "invalid_role", user_id=learner, role=None)
    refuse(db, "set_user_role", "user_not_found", user_id=uuid4(), role="admin")
    refuse(db, "set_user_role", "user_not_found", user_id=None, role="admin")
    assert profile(db, learner)["role"] == "learner"


def test_service_role_claim_is_not_the_service_role(db: Session, school: School) -> None:
    """A claim that says service_role in a token verified as authenticated changes nothing."""
    learner = school.user()
    db.act(user_id=learner)
    db.run(
        "select set_config('request.jwt.claims', %s, true)",
        json.dumps({"role": "service_role", "sub": str(learner)}),
    )
    refuse(db, "set_user_role", "admin_required", user_id=learner, role="admin")


def test_the_last_admin_stays(db: Session, school: School) -> None:
    """The only admin cannot be demoted, by himself or by the service key."""
    admin, second = school.user("admin"), school.user()
    db.run("update public.profiles set role = 'learner' where role = 'admin' and id <> %s", admin)
    db.act(user_id=admin)
    refuse(db, "set_user_role", "last_admin", user_id=admin, role="learner")
    assert call(db, "set_user_role", user_id=admin, role="admin")["role"] == "admin"
    db.act("service_role")
    refuse(db, "set_user_role", "last_admin", user_id=admin, role="instructor")
    call(db, "set_user_role", user_id=second, role="admin")
    assert call(db, "set_user_role", user_id=admin, role="learner")["role"] == "learner"


@contextmanager
def only_admins(world: World, user_ids: list[UUID]) -> Iterator[None]:
    """Makes these accounts the only admins for a while."""
    others = world.all(
        "update public.profiles set role = 'learner' "
        "where role = 'admin' and not id = any(%s) returning id",
        user_ids,
    )
    try:
        yield
    finally:
        world.all(
            "update public.profiles set role = 'admin' where id = any(%s)",
            [row["id"] for row in others],
        )


def test_the_account_of_the_last_admin_stays(db: Session, school: School) -> None:
    """The only admin cannot be deleted; one of two can, and then the other cannot."""
    pair = [school.user("admin") for _ in range(2)]
    db.run("update public.profiles set role = 'learner' where not id = any(%s)", pair)
    delete = "delete from auth.users where id = %s"
    assert db.run(delete, pair[0]) == 1
    with db.refused(409, "last_admin"):
        db.run(delete, pair[1])
    assert db.run("update public.profiles set role = 'admin' where id = %s", school.user()) == 1
    assert db.run(delete, pair[1]) == 1


def test_two_admins_are_deleted_at_once(database: Database) -> None:
    """One of the two accounts stays, and there is no deadlock."""
    with committed(database) as world:
        for _ in range(4):
            pair = world.users(2, "admin")
            world.commit()
            with only_admins(world, pair):
                jobs = [as_owner("delete from auth.users where id = %s returning 1", one)
                        for one in pair]  # fmt: skip
                refused = refusals(at_once(database, jobs))
                assert [refusal.code for refusal in refused] == ["last_admin"]


def test_two_admins_suspend_each_other_at_once(database: Database) -> None:
    """One of the two stays able to act."""
    with committed(database) as world:
        pair = world.users(2, "admin")
        world.commit()
        with only_admins(world, pair):
            jobs = [
                as_user(one, "suspend_user", user_id=other, reason="Envy.")
                for one, other in (pair, pair[::-1])
            ]
            codes = [one.code for one in refusals(at_once(database, jobs))]
            assert codes in (["last_admin"], ["admin_required"])


def test_two_admins_demote_each_other_at_once(database: Database) -> None:
    """One of the two stays admin, in either order."""
    with committed(database) as world:
        pair = world.users(2, "admin")
        world.commit()
        with only_admins(world, pair):
            for _ in range(8):
                jobs = [
                    as_user(pair[0], "set_user_role", user_id=pair[1], role="learner"),
                    as_user(pair[1], "set_user_role", user_id=pair[0], role="learner"),
                ]
                refused = refusals(at_once(database, jobs))
                left = world.value(
                    "select count(*) from public.profiles where id = any(%s) and role = 'admin'",
                    pair,
                )
                assert left == 1
                assert [refusal.code for refusal in refused] in (
                    ["last_admin"],
                    ["admin_required"],
                )
                world.all("update public.profiles set role = 'admin' where id = any(%s)", pair)
