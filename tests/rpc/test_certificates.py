"""Certificates: issued once with the completion, a snapshot, for anyone who has the code."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import (
    World,
    answer,
    as_owner,
    as_user,
    at_once,
    audit_lines,
    call,
    committed,
    refuse,
)
from tests.rpc.support import refusals as refused_among
from tests.support.database import Database, Row, Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A course of a quiz of 90 minutes and a text of 15, with a learner called Ada Lovelace."""
    owner = school.user("instructor")
    learner = school.user(name="Ada Lovelace")
    course_id = school.course(owner=owner, title="Analytical Engines", locale="de")
    school.enroll(learner, course_id)
    made = make_exam(
        school,
        course_id=course_id,
        owner=owner,
        learner=learner,
        lesson={"duration_minutes": 90},
    )
    made.question("true_false")
    school.lesson(made.module_id, duration_minutes=15)
    school.lesson(made.module_id, duration_minutes=600, is_required=False)
    school.lesson(made.module_id, duration_minutes=600, is_published=False)
    return made


def complete(exam: Exam) -> Row:
    """Completes the course by passing the quiz and reading the text; the certificate."""
    exam.take(dict.fromkeys(questions(exam), True))
    assert exam.certificates() == []
    text = exam.root().value(
        "select id from public.lessons where module_id = %s and content_type <> 'quiz' "
        "and is_published and is_required",
        exam.module_id,
    )
    exam.student().rpc("complete_lesson", lesson_id=text)
    (row,) = exam.certificates()
    return row


def questions(exam: Exam) -> list[UUID]:
    """The questions of the quiz."""
    rows = exam.root().all("select id from public.questions where lesson_id = %s", exam.lesson_id)
    return [row["id"] for row in rows]


def verify(session: Session, code: Any) -> Row:
    """What anybody sees of a certificate."""
    seen: Row = answer(session.act("anon"), "verify_certificate", code=code)
    return seen


def test_a_certificate_is_a_snapshot(exam: Exam) -> None:
    """Name, title, locale, version, date and hours are those of the completion, and stay."""
    row = complete(exam)
    enrollment = exam.enrollment()
    assert (row["name"], row["title"], row["locale"]) == (
        "Ada Lovelace",
        "Analytical Engines",
        "de",
    )
    assert float(row["hours"]) == pytest.approx(1.75, abs=0.06)
    assert row["version"] == enrollment["completed_version"]
    assert row["completed_at"] == enrollment["completed_at"]
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{20}", row["code"])
    assert (row["revoked_at"], row["revoke_reason"]) == (None, None)
    exam.student().run("update public.profiles set name = 'Countess' where id = %s", exam.learner)
    exam.staff().run(
        "update public.courses set title = 'Other', locale = 'en' where id = %s", exam.course_id
    )
    exam.school.lesson(exam.module_id, duration_minutes=300)
    assert exam.certificates() == [row]
    assert exam.school.drift() == []


def test_anyone_verifies(exam: Exam, db: Session) -> None:
    """With the code, in any spelling, anybody gets the few fields that a certificate shows."""
    row = complete(exam)
    seen = verify(db, row["code"])
    assert set(seen) == {
        "code",
        "valid",
        "name",
        "title",
        "teachers",
        "locale",
        "version",
        "hours",
        "completed_at",
        "completed_on",
        "issued_at",
        "issued_on",
        "revoked_at",
        "course_id",
        "status_index",
        "identity_salt",
        "identity_hash",
        "revoked_on",
        "replaced_by",
    }
    assert (seen["valid"], seen["name"], seen["title"]) == (True, row["name"], row["title"])
    assert str(exam.learner) not in str(seen)
    code = row["code"]
    grouped = "-".join(code[at : at + 5] for at in range(0, 20, 5))
    for spelling in (code.lower(), f"  {code} ", grouped, grouped.lower().replace("-", " ")):
        assert verify(db, spelling) == seen
    for user_id in (exam.learner, exam.owner, exam.school.user()):
        assert answer(db.act(user_id=user_id), "verify_certificate", code=code) == seen
    assert answer(db.act("service_role"), "verify_certificate", code=code) == seen


def test_unknown_codes(exam: Exam, db: Session) -> None:
    """What is no code of a certificate is not found, whatever it looks like."""
    code = complete(exam)["code"]
    for bad in (None, "", "0" * 20, code[:-1], code + "0", "%", "_" * 20, code[:10] + "%", "'"):
        refuse(db.act("anon"), "verify_certificate", "certificate_not_found", code=bad)


def test_codes_are_not_to_be_listed(exam: Exam, db: Session) -> None:
    """The table is closed to anon, and to others but the learner and the staff."""
    row = complete(exam)
    db.act("anon")
    with db.refused("42501"):
        db.all("select code from public.certificates")
    statement = "select id from public.certificates where course_id = %s"
    for user_id, expected in (
        (exam.learner, [row["id"]]),
        (exam.owner, [row["id"]]),
        (exam.another_learner(), []),
        (exam.school.user(), []),
    ):
        rows = db.act(user_id=user_id).all(statement, exam.course_id)
        assert [one["id"] for one in rows] == expected
    for user_id in (exam.learner, exam.owner):
        for change in (
            "update public.certificates set name = 'Me'",
            "delete from public.certificates",
            "insert into public.certificates (code) values ('0')",
        ):
            db.act(user_id=user_id)
            with db.refused("42501"):
                db.run(change)


def test_codes_differ(db: Session) -> None:
    """Codes use the whole alphabet and do not repeat."""
    codes = [
        row["code"]
        for row in db.all("select private.random_code(20) as code from generate_series(1, 500)")
    ]
    assert len(set(codes)) == 500
    assert set("".join(codes)) == set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


# Revoking --------------------------------------------------------------------------------------


def revoke(exam: Exam, certificate_id: UUID, reason: str = "Copied work.") -> Row:
    """Revokes a certificate as the owner."""
    return call(exam.staff(), "revoke_certificate", certificate_id=certificate_id, reason=reason)


def test_revoked_certificates_say_so(exam: Exam, db: Session) -> None:
    """It stays to be verified, as revoked, without the reason; the act is on record."""
    row = complete(exam)
    revoked = revoke(exam, row["id"], "  Copied work. ")
    assert revoked["revoke_reason"] == "Copied work."
    seen = verify(db, row["code"])
    assert seen["valid"] is False
    assert seen["revoked_at"] is not None
    assert "Copied" not in str(seen)
    (line,) = audit_lines(db, "revoke_certificate", exam.learner)
    assert line["actor_id"] == exam.owner
    assert revoke(exam, row["id"], "Another reason.") == revoked
    assert len(audit_lines(db, "revoke_certificate", exam.learner)) == 1
    assert exam.enrollment()["status"] == "completed"


def test_who_may_revoke(exam: Exam, db: Session, school: School) -> None:
    """Owners and instructors of the course, admins and the server, with a reason."""
    row = complete(exam)
    assistant, instructor = school.user(), school.user()
    school.staff(exam.course_id, assistant, "assistant")
    school.staff(exam.course_id, instructor, "instructor")
    named = {"certificate_id": row["id"]}
    for user_id in (exam.learner, assistant, school.user(), make_exam(school).owner):
        refuse(
            db.act(user_id=user_id),
            "revoke_certificate",
            "not_course_staff",
            **named,
            reason="Because.",
        )
    for reason in (None, "", "  ", "\ufeff", "x" * 1001):
        refuse(
            db.act(user_id=instructor),
            "revoke_certificate",
            "reason_required",
            **named,
            reason=reason,
        )
    for certificate_id in (uuid4(), None):
        refuse(
            db.act("service_role"),
            "revoke_certificate",
            "certificate_not_found",
            certificate_id=certificate_id,
            reason="Because.",
        )
    assert exam.certificates() == [row]
    call(db.act(user_id=instructor), "revoke_certificate", **named, reason="Because.")
    assert verify(db, row["code"])["valid"] is False


# Names, and certificates that replace others -----------------------------------------------------


def rename(exam: Exam, name: str) -> None:
    """The learner changes their name."""
    exam.student().run("update public.profiles set name = %s where id = %s", name, exam.learner)


def reissue(exam: Exam, certificate_id: UUID, reason: str = "The name was misspelt.") -> Row:
    """Reissues a certificate as the owner."""
    return call(exam.staff(), "reissue_certificate", certificate_id=certificate_id, reason=reason)


@pytest.mark.parametrize("name", ["", "  ", "—", "123", "\u200b", "🦊", "\u3164", "\u115f\u1160"])
def test_d6_a_name_that_is_given_later(exam: Exam, db: Session, name: str) -> None:
    """Without a letter in the name the course completes; the certificate follows the name."""
    rename(exam, name)
    exam.take(dict.fromkeys(questions(exam), True))
    for lesson in exam.root().all(
        "select id from public.lessons where module_id = %s and content_type <> 'quiz' "
        "and is_published and is_required",
        exam.module_id,
    ):
        done = call(exam.student(), "complete_lesson", lesson_id=lesson["id"])
    assert (done["is_course_complete"], done["certificate_code"]) == (True, None)
    assert exam.certificates() == []
    rename(exam, "42")
    assert exam.certificates() == []
    rename(exam, "  李小龙 ")
    (row,) = exam.certificates()
    assert (row["name"], row["completed_at"]) == ("李小龙", exam.enrollment()["completed_at"])
    rename(exam, "")
    rename(exam, "Bruce Lee")
    assert exam.certificates() == [row]
    kind = "select count(*) from public.learning_events where kind = 'certificate_issued'"
    assert db.fold().value(f"{kind} and user_id = %s", exam.learner) == 1
    assert exam.school.drift() == []


def test_d6_staff_reissue(exam: Exam, db: Session) -> None:
    """The new one bears the name of today, the old one is revoked and names it; a retry is safe."""
    old = complete(exam)
    rename(exam, "Ada King")
    exam.staff().run("update public.courses set title = 'Other' where id = %s", exam.course_id)
    new = reissue(exam, old["id"], "  The name was misspelt. ")
    assert new["name"] == "Ada King"
    assert {key: new[key] for key in ("title", "version", "hours", "completed_at")} == {
        key: old[key] for key in ("title", "version", "hours", "completed_at")
    }
    assert new["code"] != old["code"]
    seen = verify(db, old["code"])
    assert (seen["valid"], seen["replaced_by"]) == (False, new["code"])
    assert "misspelt" not in str(seen)
    now = verify(db, new["code"])
    assert (now["valid"], now["replaced_by"]) == (True, None)
    assert reissue(exam, old["id"]) == new
    (line,) = audit_lines(db, "reissue_certificate", exam.learner)
    assert line["detail"] == {
        "certificate_id": str(old["id"]),
        "replaced_by": str(new["id"]),
        "reason": "The name was misspelt.",
    }
    outline = answer(exam.student(), "course_outline", course_id=exam.course_id)
    assert outline["certificate_code"] == new["code"]
    third = reissue(exam, new["id"])
    assert verify(db, new["code"])["replaced_by"] == third["code"]
    db.act("postgres").run("set constraints all immediate")
    assert exam.school.drift() == []


def test_d6_revoked_by_mistake(exam: Exam, db: Session) -> None:
    """A revoked certificate is reissued; its own reason stays."""
    old = revoke(exam, complete(exam)["id"])
    new = reissue(exam, old["id"], "The work was her own.")
    assert verify(db, new["code"])["valid"] is True
    assert {row["revoke_reason"] for row in exam.certificates()} == {"Copied work.", None}
    revoke(exam, new["id"])
    assert verify(db, new["code"])["valid"] is False


def test_d6_who_may_reissue(exam: Exam, db: Session, school: School) -> None:
    """Owners and instructors, with a reason; not for themselves, and not without a name."""
    row = complete(exam)
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    named = {"certificate_id": row["id"], "reason": "Because."}
    for user_id in (exam.learner, assistant, school.user(), make_exam(school).owner):
        refuse(db.act(user_id=user_id), "reissue_certificate", "not_course_staff", **named)
    for reason in (None, "", "  ", "\u200b", "x" * 1001):
        refuse(exam.staff(), "reissue_certificate", "reason_required", **named | {"reason": reason})
    for certificate_id in (uuid4(), None):
        refuse(
            db.act("service_role"),
            "reissue_certificate",
            "certificate_not_found",
            **named | {"certificate_id": certificate_id},
        )
    rename(exam, " ")
    refuse(exam.staff(), "reissue_certificate", "name_required", **named)
    school.staff(exam.course_id, exam.learner, "instructor")
    refuse(exam.student(), "reissue_certificate", "own_work", **named)
    assert exam.certificates() == [row]


def test_d6_codes_as_people_read_them(exam: Exam, db: Session) -> None:
    """O is read as 0, I and L as 1, in either case, with any blanks and hyphens."""
    row = complete(exam)
    exam.root().run(
        "update public.certificates set code = '01AB01CD01EF01GH01JK' where id = %s", row["id"]
    )
    for spelling in ("OIAB-OLCD-oiEF-olGH-01JK", "oi ab ol cd\u00a0oi\u2011ef\u2013o1gh\n0ljk"):
        assert verify(db, spelling)["code"] == "01AB01CD01EF01GH01JK"
    refuse(
        db.act("anon"),
        "verify_certificate",
        "certificate_not_found",
        code="OIAB-OLCD-oiEF-olGH-O2JK",
    )


def test_d5_dates_are_those_of_the_course(exam: Exam, db: Session) -> None:
    """A certificate bears the dates in the time zone that the course had at the issue."""
    exam.staff().run(
        "update public.courses set time_zone = 'Pacific/Kiritimati' where id = %s", exam.course_id
    )
    row = complete(exam)
    exam.staff().run("update public.courses set time_zone = 'UTC' where id = %s", exam.course_id)
    exam.root().run(
        "update public.certificates set completed_at = '2026-11-20 23:30Z', "
        "issued_at = '2026-11-21 01:00Z' where id = %s",
        row["id"],
    )
    seen = verify(db, row["code"])
    assert (seen["completed_on"], seen["issued_on"]) == ("2026-11-21", "2026-11-21")
    exam.staff()
    with db.refused(422, "invalid_time_zone"):
        db.run("update public.courses set time_zone = 'CEST' where id = %s", exam.course_id)


# Once ------------------------------------------------------------------------------------------


def test_no_second_certificate(exam: Exam) -> None:
    """Leaving, coming back and completing again changes nothing about the first one."""
    row = complete(exam)
    exam.student().rpc("withdraw", course_id=exam.course_id)
    assert exam.certificates() == [row]
    exam.student().rpc("enroll", course_id=exam.course_id)
    assert exam.enrollment()["status"] == "completed"
    exam.take(dict.fromkeys(questions(exam), True))
    assert exam.certificates() == [row]
    assert exam.school.drift() == []


def test_a_revoked_one_is_not_replaced(exam: Exam) -> None:
    """Completing again after a revocation does not give a new certificate."""
    revoked = revoke(exam, complete(exam)["id"])
    exam.student().rpc("withdraw", course_id=exam.course_id)
    exam.student().rpc("enroll", course_id=exam.course_id)
    extra = exam.school.lesson(exam.module_id)
    exam.student().rpc("complete_lesson", lesson_id=extra)
    assert exam.certificates() == [revoked]


def test_who_has_none(exam: Exam) -> None:
    """A course in progress has no certificate."""
    exam.take(dict.fromkeys(questions(exam), True))
    assert exam.enrollment()["status"] == "active"
    assert exam.certificates() == []


def test_certificates_go_with_the_account(exam: Exam, db: Session) -> None:
    """An account that is deleted takes its certificates along."""
    row = complete(exam)
    exam.root().run("delete from auth.users where id = %s", exam.learner)
    assert exam.certificates() == []
    refuse(db.act("anon"), "verify_certificate", "certificate_not_found", code=row["code"])


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []


def test_the_last_two_lessons_at_once(database: Database, world: World) -> None:
    """20 learners complete the last two lessons on two connections each: one certificate each."""
    course_id = world.course()
    lessons = world.lessons(course_id, 2)
    people = world.users(20)
    for user_id in people:
        world.school.enroll(user_id, course_id)
    world.commit()
    jobs = [
        as_user(user_id, "complete_lesson", lesson_id=lesson_id)
        for user_id in people
        for lesson_id in lessons
    ]
    assert refused_among(at_once(database, jobs, connections=40)) == []
    rows = world.all("select user_id from public.certificates where course_id = %s", course_id)
    assert sorted(row["user_id"] for row in rows) == sorted(people)


def test_a_lesson_that_goes_while_many_complete(database: Database, world: World) -> None:
    """A lesson goes while learners complete the other one: each is complete or ready to be."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    first, last = world.lessons(course_id, 2)
    people = world.users(10)
    for user_id in people:
        world.school.enroll(user_id, course_id)
    world.commit()

    def unpublish(session: Session) -> int:
        session.act(user_id=owner)
        return session.run("update public.lessons set is_published = false where id = %s", last)

    jobs = [as_user(user_id, "complete_lesson", lesson_id=first) for user_id in people]
    jobs.insert(5, unpublish)
    assert refused_among(at_once(database, jobs, connections=11)) == []
    ready = world.session.act(user_id=owner).rpc("learners_to_complete", course_id=course_id)
    ids = [row["user_id"] for row in ready]
    world.session.rpc("complete_learners", course_id=course_id, user_ids=ids or people)
    world.commit()
    rows = world.all("select user_id from public.certificates where course_id = %s", course_id)
    assert sorted(row["user_id"] for row in rows) == sorted(people)


def test_e1_a_revoked_certificate_is_in_its_list(exam: Exam) -> None:
    """The place of a certificate appears in its list when it is revoked, and nothing else does."""
    row = complete(exam)
    seen = verify(exam.session, row["code"])
    number, place = divmod(seen["status_index"], 131_072)
    anyone = exam.session.act("anon")
    before = answer(anyone, "revoked_certificates", list=number)
    assert place not in before
    exam.staff().rpc("revoke_certificate", certificate_id=row["id"], reason="It was a mistake.")
    after = answer(exam.session.act("anon"), "revoked_certificates", list=number)
    assert after == sorted([*before, place])
    assert place not in answer(exam.session.act("anon"), "revoked_certificates", list=number + 1)
    for bad in (-1, None):
        refuse(exam.session.act("anon"), "revoked_certificates", "list_not_found", list=bad)


def test_e1_every_place_is_taken_once(db: Session) -> None:
    """Places are spread over a list, and each is taken once."""
    places = db.act("postgres").value(
        "select array_agg(private.next_status_index()) from generate_series(1, 131072)"
    )
    assert len(set(places)) == 131_072
    assert max(places) - min(places) < 2 * 131_072
    near = sum(abs(a - b) < 1000 for a, b in pairwise(places))
    assert near < 100


def test_e2_the_address_is_shown_as_a_hash(exam: Exam) -> None:
    """Whoever knows the address of the learner can confirm it; nobody reads it."""
    row = complete(exam)
    seen = verify(exam.session, row["code"])
    address = exam.root().value("select email from public.profiles where id = %s", exam.learner)
    salted = f"{address.lower()}{seen['identity_salt']}".encode()
    assert seen["identity_hash"] == f"sha256${hashlib.sha256(salted).hexdigest()}"
    assert address not in str(seen)
    assert seen["course_id"] == str(exam.course_id)
    exam.root().run("update public.profiles set email = '' where id = %s", exam.learner)
    assert verify(exam.session, row["code"])["identity_hash"] is None


def test_d6_names_and_completions_at_once(database: Database, world: World) -> None:
    """Learners without a name complete the course while they give one: no certificate is lost."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    people = world.users(30)
    world.session.run("update public.profiles set name = '' where id = any(%s)", people)
    for user_id in people:
        world.school.enroll(user_id, course_id)
    world.commit()
    jobs = []
    for user_id in people:
        jobs.append(as_user(user_id, "complete_lesson", lesson_id=lesson_id))
        jobs.append(as_owner("update public.profiles set name = 'Ada' where id = %s", user_id))
    assert refused_among(at_once(database, jobs, connections=20)) == []
    rows = world.all(
        "select user_id, name from public.certificates where course_id = %s", course_id
    )
    assert sorted(row["user_id"] for row in rows) == sorted(people)
    assert {row["name"] for row in rows} == {"Ada"}


def test_d6_reissued_at_once(database: Database, world: World) -> None:
    """Eight calls for one certificate give one new certificate."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    (lesson_id,) = world.lessons(course_id, 1)
    (learner,) = world.users(1)
    world.school.enroll(learner, course_id)
    world.commit()
    at_once(database, [as_user(learner, "complete_lesson", lesson_id=lesson_id)])
    old_id = world.value("select id from public.certificates where course_id = %s", course_id)
    world.commit()
    job = as_user(owner, "reissue_certificate", certificate_id=old_id, reason="A typo.")
    answers = at_once(database, [job] * 8)
    assert refused_among(answers) == []
    assert len({rows[0]["id"] for rows in answers}) == 1
