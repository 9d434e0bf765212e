"""Attacks with forged claims, with metadata, and with tokens of deleted accounts."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.policies.world import World
from tests.support.database import Session


def claim(session: Session, role: str, claims: dict[str, Any] | str) -> None:
    """Act with this database role and exactly these claims."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    session.run(
        "select set_config('role', %s, true), set_config('request.jwt.claims', %s, true)",
        role,
        text,
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"user_metadata": {"role": "admin", "app_role": "admin"}},
        {"app_metadata": {"role": "admin", "roles": ["admin"], "claims_admin": True}},
        {"role": "service_role"},
        {"role": "admin"},
        {"role": "postgres", "is_super_admin": True},
        {"app_role": "admin", "user_role": "admin", "aal": "aal2"},
    ],
    ids=str,
)
def test_a_claim_makes_nobody_an_admin(scene: World, extra: dict[str, Any]) -> None:
    """Only the profile makes an admin, and only the database role makes the service."""
    session = scene.session
    me = str(scene.id("outsider"))
    claim(session, "authenticated", {"role": "authenticated", "sub": me, **extra})
    profiles = session.all("select id from public.profiles")
    assert [str(row["id"]) for row in profiles] == [me]
    assert session.all("select id from public.courses where id = %s", scene.draft) == []
    for table in ("enrollments", "entitlements", "lesson_progress", "course_staff"):
        assert session.all(f"select * from public.{table}") == []
    with session.refused(403, "admin_required"):
        session.rpc("set_user_role", user_id=me, role="admin")
    with session.refused(403, "not_course_staff"):
        session.rpc("publish_course", course_id=scene.draft)
    with session.refused(403, "not_course_staff"):
        session.rpc("grant_entitlement", user_id=me, course_id=scene.course, source="purchase")
    with session.refused("42501"):
        session.run("insert into public.courses (slug, title) values ('mine', 'Mine')")


@pytest.mark.parametrize(
    "claims",
    ["", "{}", {"role": "authenticated"}, {"role": "authenticated", "sub": None}],
    ids=str,
)
def test_a_token_without_a_subject_is_nobody(scene: World, claims: dict[str, Any] | str) -> None:
    """Without a subject, the role authenticated reads public rows and writes nothing."""
    session = scene.session
    claim(session, "authenticated", claims)
    for table in ("profiles", "enrollments", "entitlements", "lesson_progress", "course_staff"):
        assert session.all(f"select * from public.{table}") == []
    contents = session.all("select lesson_id from public.lesson_contents")
    inside = {lesson for name, lesson in scene.lessons.items() if name != "preview"}
    assert {row["lesson_id"] for row in contents} & inside == set()
    assert session.all("select id from public.courses where not is_published") == []
    personal: dict[str, dict[str, Any]] = {
        "enroll": {"course_id": scene.course},
        "withdraw": {"course_id": scene.course},
        "record_progress": {"lesson_id": scene.lessons["open"]},
        "complete_lesson": {"lesson_id": scene.lessons["preview"]},
        "my_learning": {},
    }
    for name, arguments in personal.items():
        with session.refused(401, "not_authenticated"):
            session.rpc(name, **arguments)
    staff: dict[str, dict[str, Any]] = {
        "publish_course": {"course_id": scene.draft},
        "course_codes": {"course_id": scene.course},
        "enroll_roster": {"course_id": scene.course, "learners": "[]"},
        "reorder_modules": {"course_id": scene.course, "module_ids": []},
    }
    for name, arguments in staff.items():
        with session.refused(403, "not_course_staff"):
            session.rpc(name, **arguments)
    for statement in (
        "insert into public.courses (slug, title) values ('mine', 'Mine')",
        "insert into public.modules (course_id, title) select id, 'Mine' from public.courses",
    ):
        with session.refused("42501"):
            session.run(statement)
    for table in ("courses", "modules", "lessons", "course_staff"):
        assert session.run(f"delete from public.{table}") == 0


@pytest.mark.parametrize("subject", ["", "null", "admin", "1 or true"])
def test_a_malformed_subject_is_an_error(scene: World, subject: str) -> None:
    """A subject that is not a UUID fails the request, and never matches an account."""
    claim(scene.session, "authenticated", {"role": "authenticated", "sub": subject})
    with scene.session.refused("22P02"):
        scene.session.all("select * from public.profiles")
    with scene.session.refused("22P02"):
        scene.session.rpc("enroll", course_id=scene.course)


@pytest.mark.parametrize("name", ["learner", "owner", "admin"])
def test_anon_with_a_subject_stays_anon(scene: World, name: str) -> None:
    """The role decides which policies apply: a subject does not give anon more rows."""
    session = scene.session
    tables = ("courses", "modules", "lessons", "lesson_contents", "course_prerequisites")
    claim(session, "anon", {"role": "anon"})
    plain = {table: session.all(f"select * from public.{table}") for table in tables}
    claim(session, "anon", {"role": "anon", "sub": str(scene.id(name))})
    for table in tables:
        assert session.all(f"select * from public.{table}") == plain[table]
    for table in ("profiles", "enrollments", "entitlements", "lesson_progress", "course_staff"):
        with session.refused("42501"):
            session.all(f"select * from public.{table}")
    for function, arguments in (
        ("enroll", {"course_id": scene.course}),
        ("publish_course", {"course_id": scene.draft}),
        ("set_user_role", {"user_id": scene.id("learner"), "role": "admin"}),
        ("my_learning", {}),
    ):
        with session.refused("42501"):
            session.rpc(function, **arguments)


def test_the_service_key_is_a_role_not_a_claim(scene: World) -> None:
    """The claims of the service in a request with the role anon give no access."""
    session = scene.session
    claim(session, "anon", {"role": "service_role"})
    assert session.all("select id from public.courses where not is_published") == []
    with session.refused("42501"):
        session.rpc("set_user_role", user_id=scene.id("learner"), role="admin")


@pytest.mark.parametrize(
    "metadata",
    [
        {"role": "admin", "app_role": "admin", "name": "Mallory"},
        {"name": "Mallory", "locale": "en', role = 'admin"},
        {"name": {"role": "admin"}, "locale": ["admin"]},
    ],
    ids=str,
)
def test_metadata_gives_no_role(scene: World, metadata: dict[str, Any]) -> None:
    """Metadata that users write at sign-up or later never becomes a role."""
    session = scene.session
    user_id = uuid4()
    session.run(
        "insert into auth.users (id, email, raw_user_meta_data, raw_app_meta_data) "
        "values (%s, %s, %s, %s)",
        *(user_id, f"{user_id}@school.test", json.dumps(metadata), json.dumps(metadata)),
    )
    session.run(
        "update auth.users set raw_user_meta_data = %s, role = 'service_role' where id = %s",
        *(json.dumps({**metadata, "role": "instructor"}), user_id),
    )
    profile = session.one("select role, locale from public.profiles where id = %s", user_id)
    assert profile == {"role": "learner", "locale": "en"}


def test_a_deleted_account_is_nobody(scene: World) -> None:
    """A valid token of a deleted account gives no access."""
    session = scene.session
    gone = scene.id("admin")
    session.run("delete from auth.users where id = %s", gone)
    scene.act("admin")
    assert session.all("select id from public.profiles") == []
    assert session.all("select id from public.courses where not is_published") == []
    with session.refused(403, "admin_required"):
        session.rpc("set_user_role", user_id=scene.id("learner"), role="admin")
    with session.refused(401, "not_authenticated"):
        session.rpc("enroll", course_id=scene.empty)
    session.act("postgres")
    assert session.all("select id from public.enrollments where user_id = %s", gone) == []


def test_a_demoted_admin_is_a_learner_at_once(scene: World) -> None:
    """A demotion applies at once: each statement reads the role from the profile, not the token."""
    session = scene.session
    session.run("update public.profiles set role = 'learner' where id = %s", scene.id("admin"))
    scene.act("admin")
    assert session.all("select id from public.courses where id = %s", scene.draft) == []
    with session.refused(403, "admin_required"):
        session.rpc("set_user_role", user_id=scene.id("admin"), role="admin")
