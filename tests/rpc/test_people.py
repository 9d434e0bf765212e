"""Teachers and teams: who is named to whom. Suspensions. The list of people."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import make_exam
from tests.rpc.support import answer, audit_lines, call, pages, refuse
from tests.support.database import Session
from tests.support.school import School


def test_teachers_are_named_everywhere_without_address(db: Session, school: School) -> None:
    """Course, search and certificate name owners and instructors, nobody else, and no address."""
    owner = school.user("instructor", name="Olga", email="olga-secret@school.test")
    course_id = school.course(owner=owner, title="Zymurgy")
    for name, role in (("Ines", "instructor"), ("Anna", "assistant")):
        school.staff(course_id, school.user("instructor", name=name), role)
    learner = school.user(name="Lea")
    _, code = make_exam(school, course_id=course_id, owner=owner, learner=learner).certificate()
    db.act("anon")
    outline = answer(db, "course_outline", course_id=course_id)
    assert [one["name"] for one in outline["teachers"]] == ["Olga", "Ines"]
    for row in db.rpc("search", query="zymurgy"):
        assert row["teachers"] == ["Olga", "Ines"]
    certificate = answer(db, "verify_certificate", code=code)
    assert certificate["teachers"] == ["Olga", "Ines"]
    assert "olga-secret" not in json.dumps([outline, certificate], default=str)
    # A certificate is a snapshot.
    db.act("postgres").run("update public.profiles set name = 'Olga N.' where id = %s", owner)
    assert answer(db.act("anon"), "verify_certificate", code=code)["teachers"] == ["Olga", "Ines"]


def test_what_people_write_about_themselves_has_a_length(db: Session, school: School) -> None:
    """One line of 200 characters and a text of 5,000."""
    person = school.user()
    for column, longest in (("headline", 200), ("bio_md", 5000)):
        statement = f"update public.profiles set {column} = repeat('x', %s) where id = %s"
        db.act(user_id=person).run(statement, longest, person)
        with db.refused("23514"):
            db.run(statement, longest + 1, person)


def test_course_team(db: Session, school: School) -> None:
    """Staff see everyone of the staff with role and address; others are refused."""
    owner, assistant = school.user("instructor", name="Olga"), school.user(name="Anna")
    course_id = school.course(owner=owner)
    school.staff(course_id, assistant, "assistant")
    for reader in (owner, assistant, school.user("admin")):
        team = db.act(user_id=reader).rpc("course_team", course_id=course_id)
        assert [(row["user_id"], row["role"]) for row in team] == [
            (owner, "owner"),
            (assistant, "assistant"),
        ]
        assert team[0]["email"] == f"{owner}@school.test"
    learner = school.user()
    school.enroll(learner, course_id)
    for reader in (learner, school.user("instructor")):
        for given in (course_id, uuid4(), None):
            db.act(user_id=reader)
            refuse(db, "course_team", "not_course_staff", course_id=given)


# Suspension ------------------------------------------------------------------------------------


def suspend(db: Session, admin: UUID, user_id: UUID, until: str | None = None) -> Any:
    """What suspend_user answers."""
    db.act(user_id=admin)
    return answer(db, "suspend_user", user_id=user_id, reason="Spam.", until=until)


def ban(db: Session, user_id: UUID, until: str | None) -> None:
    """Auth bans an account, or lifts its ban."""
    db.act("postgres").run("update auth.users set banned_until = %s where id = %s", until, user_id)


@pytest.mark.parametrize("by_auth", [False, True])
def test_no_call_works_for_a_suspended_account(db: Session, school: School, by_auth: bool) -> None:
    """Functions refuse and say why; tables are empty; a visitor's reads stay; then all is back."""
    owner, admin, learner = (school.user(role) for role in ("instructor", "admin", "learner"))
    course_id = school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id))
    db.act(user_id=learner).rpc("enroll", course_id=course_id)
    call(db, "complete_lesson", lesson_id=lesson_id)
    if by_auth:
        ban(db, learner, "2100-01-01")
    else:
        assert suspend(db, admin, learner) == {
            **{"user_id": str(learner), "is_suspended": True, "until": None, "reason": "Spam."},
            **{"banned_until": None, "ownerless_courses": []},
        }
    db.act(user_id=learner)
    lesson, attempt = {"lesson_id": lesson_id}, {"attempt_id": uuid4()}
    course, talk = {"course_id": course_id}, {"conversation_id": uuid4()}
    reply = {**attempt, "question_id": uuid4(), "answer": Jsonb("o1")}
    one = {"invitation_id": uuid4()}
    refuse(db, "record_progress", "account_suspended", **lesson)
    refuse(db, "complete_lesson", "account_suspended", **lesson)
    refuse(db, "complete_course", "account_suspended", **course)
    refuse(db, "enroll", "account_suspended", **course)
    refuse(db, "withdraw", "account_suspended", **course)
    refuse(db, "my_invitations", "account_suspended")
    refuse(db, "accept_invitation", "account_suspended", **one)
    refuse(db, "decline_invitation", "account_suspended", **one)
    refuse(db, "start_attempt", "account_suspended", **lesson)
    refuse(db, "save_answer", "account_suspended", **reply)
    refuse(db, "submit_attempt", "account_suspended", **attempt)
    hint = {"question_id": uuid4(), "number": 1}
    refuse(db, "take_hint", "account_suspended", **attempt, **hint)
    refuse(db, "review_attempt", "account_suspended", **attempt)
    refuse(db, "submit_lab", "account_suspended", **lesson, body="Work.")
    refuse(db, "grade_history", "account_suspended", **course)
    refuse(db, "my_learning", "account_suspended")
    refuse(db, "instructor_dashboard", "account_suspended")
    refuse(db, "tutor_history", "account_suspended", **talk)
    refuse(db, "tutor_quota", "account_suspended")
    refuse(db, "begin_tutor_turn", "account_suspended", **talk, **course, question="Why?")
    refuse(db, "stop_tutor_turn", "account_suspended", **talk)
    refuse(db, "import_course", "account_suspended", bundle=Jsonb({}))
    refuse(db, "import_questions", "account_suspended", **lesson, questions=Jsonb([]))
    refuse(db, "clone_course", "account_suspended", **course, slug="copy")
    own = ("profiles", "enrollments", "entitlements", "lesson_progress")
    # A visitor reads previews.
    content = "select 1 from public.lesson_contents where lesson_id = %s"
    assert db.all(content, lesson_id) == []
    for table in (*own, "certificates", "learning_events"):
        assert db.all(f"select 1 from public.{table}") == [], table
    db.run("update public.profiles set name = 'Spam' where id = %s", learner)
    outline = answer(db, "course_outline", **course)
    assert (outline["enrollment"], outline["is_staff"]) == (None, False)
    assert answer(db, "lesson_page", **lesson)["content"] is None
    assert db.rpc("search_passages", **course, query="text") == []
    # The seat stays: the course has one learner, as before.
    assert outline["learner_count"] == 1
    if by_auth:
        assert answer(db.act(user_id=admin), "restore_user", user_id=learner)["is_suspended"]
        ban(db, learner, None)
    else:
        restored = answer(db.act(user_id=admin), "restore_user", user_id=learner)
        assert (restored["is_suspended"], restored["reason"]) == (False, None)
    db.act(user_id=learner)
    assert [row["status"] for row in db.rpc("my_learning")] == ["completed"]
    assert db.value("select name from public.profiles") == "Test"
    assert school.drift() == []


def test_a5_staff_rights_rest(db: Session, school: School) -> None:
    """Neither owner nor admin rights hold; the answer lists courses without another owner."""
    owner, other, admin = (school.user("instructor") for _ in range(3))
    alone, shared = school.course(owner=owner), school.course(owner=owner)
    school.staff(shared, other, "owner")
    db.act("postgres").run("update public.profiles set role = 'admin' where id = %s", admin)
    boss = school.user("admin")
    answered = suspend(db, boss, owner)
    assert [one["course_id"] for one in answered["ownerless_courses"]] == [str(alone)]
    # The other owner can act only while they are not suspended.
    answered = suspend(db, boss, other)
    assert [one["course_id"] for one in answered["ownerless_courses"]] == [str(shared)]
    suspend(db, boss, admin)
    db.act(user_id=owner)
    refuse(db, "course_team", "not_course_staff", course_id=alone)
    refuse(db, "unpublish_course", "not_course_staff", course_id=alone)
    refuse(db, "invite", "not_course_staff", course_id=alone, email="x@x.test")
    for person in (owner, admin):
        db.act(user_id=person)
        changed = db.all("update public.courses set title = 'Mine' returning id")
        assert changed == []
        refuse(db, "set_user_role", "admin_required", user_id=person, role="admin")
        refuse(db, "suspend_user", "admin_required", user_id=boss, reason="Back.")
        refuse(db, "restore_user", "admin_required", user_id=person)
        refuse(db, "people", "admin_required")
        with db.refused("42501"):
            db.run("insert into public.courses (slug, title) values ('mine', 'Mine')")
    assert answer(db.act("anon"), "course_outline", course_id=alone)["teachers"] == []
    call(db.act(user_id=boss), "restore_user", user_id=owner)
    assert len(db.act(user_id=owner).rpc("course_team", course_id=alone)) == 1
    assert len(audit_lines(db, "suspend_user", owner)) == 1


def test_a_suspension_ends_by_itself(db: Session, school: School) -> None:
    """At its time; suspending again changes the time."""
    admin, learner = school.user("admin"), school.user()
    suspend(db, admin, learner)
    assert suspend(db, admin, learner, "2100-01-01")["until"].startswith("2100-01-01")
    with db.act(user_id=learner).refused(403, "account_suspended"):
        db.rpc("my_learning")
    db.act("postgres").run(
        "update private.suspensions set suspension_ends_at = now() - interval '1 second'"
    )
    assert db.act(user_id=learner).rpc("my_learning") == []


def test_suspend_user_refuses(db: Session, school: School) -> None:
    """Wrong actor, nobody, no reason, a time that is over, the last admin who can act."""
    admin, learner = school.user("admin"), school.user()
    db.act("postgres").run(
        "update public.profiles set role = 'learner' where role = 'admin' and id <> %s", admin
    )
    for caller in (learner, school.user("instructor")):
        refuse(
            db.act(user_id=caller), "suspend_user", "admin_required", user_id=learner, reason="x"
        )
    db.act(user_id=admin)
    for given in (uuid4(), None):
        refuse(db, "suspend_user", "user_not_found", user_id=given, reason="x")
        refuse(db, "restore_user", "user_not_found", user_id=given)
    for reason in (None, " ", "\u200b", "x" * 1001):
        refuse(db, "suspend_user", "reason_required", user_id=learner, reason=reason)
    for until in ("2020-01-01", "infinity", "-infinity"):
        refuse(db, "suspend_user", "invalid_expiry", user_id=learner, reason="Spam.", until=until)
    refuse(db, "suspend_user", "last_admin", user_id=admin, reason="x")
    with db.act("postgres").refused(409, "last_admin"):
        db.run("update auth.users set banned_until = '2100-01-01' where id = %s", admin)
    # A suspended admin is none to fall back on.
    other = school.user("admin")
    suspend(db, admin, other)
    refuse(db, "set_user_role", "last_admin", user_id=admin, role="learner")
    with db.act("postgres").refused(409, "last_admin"):
        db.run("delete from auth.users where id = %s", admin)


def test_people(db: Session, school: School) -> None:
    """A page of accounts for admins: a part of name or address, a role, suspended ones marked."""
    admin, spammer = school.user("admin"), school.user(email="zz_1%@school.test", name="Zed")
    school.user("instructor", email="zzb@school.test", name="zed's friend")
    suspend(db, admin, spammer, "2100-01-01")
    rows = db.rpc("people", query="zed")
    assert [(row["email"], row["is_suspended"]) for row in rows] == [
        ("zz_1%@school.test", True),
        ("zzb@school.test", False),
    ]
    assert rows[0]["suspended_reason"] == "Spam."
    assert [row["name"] for row in db.rpc("people", query="Z_1%")] == ["Zed"]
    assert [row["name"] for row in db.rpc("people", query="zz", role="instructor")] == [
        "zed's friend"
    ]
    assert [len(page) for page in pages(db, "people", query="zz", page_size=1)] == [1, 1]
    refuse(db, "people", "invalid_page", page_size=0)
    refuse(db, "people", "invalid_cursor", cursor="x")
    refuse(db.act(user_id=spammer), "people", "admin_required")
