"""Teachers and teams: who is named to whom."""

from __future__ import annotations

import json
from uuid import uuid4

from tests.rpc.exam import make_exam
from tests.rpc.support import answer, refuse
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
