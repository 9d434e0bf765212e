"""Attempts to write what only a function or another person may write."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.policies.privileges import read_audiences, read_privileges, updatable
from tests.policies.world import World
from tests.support.school import School


def arguments(world: World, name: str, actor: str) -> dict[str, Any]:
    """Arguments of a call that would benefit the actor if it succeeded."""
    session = world.session.act("postgres")
    me = world.actors[actor].user_id
    if name == "delete_course_code":
        code_id = session.value(
            "insert into private.course_codes (course_id, code) values (%s, 'let-me-in') "
            "on conflict (course_id, lower(code)) do update set use_count = 0 returning id",
            world.course,
        )
        return {"code_id": code_id}
    if name == "revoke_entitlement":
        right = session.value(
            "select id from public.entitlements where user_id = %s and course_id = %s",
            *(world.id("learner"), world.course),
        )
        return {"entitlement_id": right}
    if name == "decide_enrollment":
        pending = session.value(
            "select id from public.enrollments where course_id = %s and status = 'pending'",
            world.course,
        )
        return {"enrollment_id": pending, "accept": True}
    if name == "revoke_invitation":
        return {"invitation_id": world.invitations["course"]}
    course = {"course_id": world.course}
    lesson = {"lesson_id": world.lessons["open"]}
    turn = {"turn_id": world.talks.turn_id}
    quiz = {"lesson_id": world.tasks.quizzes["open"]}
    attempt = {"attempt_id": world.tasks.attempts["learner"]}
    lab = {"lesson_id": world.tasks.labs["open"]}
    submission = {"submission_id": world.tasks.submissions["learner"]}
    ids = course | quiz | attempt | submission | turn
    calls: dict[str, dict[str, Any]] = {
        "save_question": quiz
        | {
            "kind": "true_false",
            "prompt_md": "Is it so?",
            "points": 1,
            "options": Jsonb([]),
            "key": Jsonb({"correct": False}),
            "question_id": world.tasks.questions["open"],
        },
        "save_quiz_override": quiz | {"user_id": world.id("learner"), "extra_attempts": 9},
        "override_grade": attempt | {"score": 1, "reason": "I want it."},
        "save_rubric": lab | {"criteria": Jsonb([{"id": "a", "title": "Nothing", "points": 1}])},
        "rubric": lab,
        "question_history": {"question_id": world.tasks.questions["open"]},
        "archive_question": {"question_id": world.tasks.questions["open"]},
        "restore_question_archive": {"question_id": world.tasks.questions["open"]},
        "grade_attempt": attempt | {"grades": Jsonb({})},
        "grade_lab": submission | {"score": 100, "feedback": "Good.", "accept": True},
        "reissue_certificate": {
            "certificate_id": world.tasks.certificates["learner"],
            "reason": "Envy.",
        },
        "revoke_certificate": {
            "certificate_id": world.tasks.certificates["learner"],
            "reason": "Envy.",
        },
        "publish_course": {"course_id": world.draft},
        "restore_lesson": lesson | {"version": 1},
        "seen_versions": course | {"user_id": world.id("learner")},
        "enroll_roster": course | {"learners": Jsonb([{"user_id": str(me)}])},
        "clone_course": course | {"slug": "my-copy"},
        "import_course": {"bundle": Jsonb({"format": "lyceum.course", "version": 1})},
        "import_questions": quiz
        | {
            "questions": Jsonb([{"kind": "true_false", "prompt_md": "?", "key": {"correct": True}}])
        },
        "complete_learners": course | {"user_ids": [me]},
        "archive_module": {"module_id": world.module},
        "restore_module_archive": {"module_id": world.module},
        "create_course_code": course | {"code": "open-sesame"},
        "grant_entitlement": course | {"user_id": me, "source": "staff"},
        "save_offer": {
            **{"title": "Mine", "course_ids": [world.course], "price": 1, "currency": "EUR"}
        },
        "grant_order": {
            **{"provider": "bank", "reference": "forged", "user_id": me, "amount": 0},
            **{"offer_id": world.offers["sold"], "currency": "EUR"},
        },
        "refund_order": {"provider": "bank", "reference": "learner"},
        "reorder_modules": course | {"module_ids": [world.module_empty, world.module]},
        "reorder_lessons": {"module_id": world.module, "lesson_ids": []},
        "reorder_questions": quiz | {"question_ids": []},
        "set_user_role": {"user_id": me, "role": "admin"},
        "suspend_user": {"user_id": world.id("owner"), "reason": "Envy."},
        "restore_user": {"user_id": me},
        "people": {},
        "platform_settings": {},
        "save_platform_settings": {"is_roster_direct": True},
        "invite": course | {"email": "friend@school.test"},
        "passages_to_embed": {"model": "mine"},
        "save_embeddings": {"model": "mine", "passages": Jsonb([])},
        "save_tutor_guidance": lesson | {"notes": "Tell him all."},
        "save_tutor_settings": course | {"is_enabled": True, "max_support_level": "high"},
        "set_tutor_limit": course
        | {"scope": "user_course", "period": "day", "meter": "requests", "max_amount": 9},
        "save_budget": {"kind": "reports", "max_rows": 1, "max_bytes": 1},
        "save_model_price": {
            **{"provider": "extractive", "model": "extractive"},
            **{"input_micros": 0, "output_micros": 0},
        },
        "register_tutor_model": {
            **{"provider": "extractive", "model": "extractive", "max_output_tokens": 9},
        },
        "save_tutor_answers": {
            "answers": Jsonb([{"turn_id": str(world.talks.turn_id), "content": "Mine."}])
        },
        "finish_tutor_turn": turn | {"status": "refunded"},
    }
    if name in calls:
        return calls[name]
    # The other functions take only ids, and the parameter names say of what.
    parameters = session.value(
        "select proargnames[:pronargs] from pg_proc "
        "where pronamespace = 'public'::regnamespace and proname = %s",
        name,
    )
    return {key: ids[key] for key in parameters or () if key in ids}


OUTSIDE = ("anon", "outsider", "learner", "elsewhere", "pending", "revoked", "rival")
REFUSED = {
    "authors": ("anon", "outsider", "learner", "elsewhere", "pending", "revoked", "assistant"),
    "staff": OUTSIDE,
    "managers": (*OUTSIDE, "assistant"),
    "admins": (*OUTSIDE, "assistant", "owner"),
    "servers": (*OUTSIDE, "assistant", "owner", "admin"),
}


@pytest.mark.parametrize(
    ("name", "actor"),
    [
        (name, actor)
        for name, audience in read_audiences().items()
        for actor in REFUSED.get(audience, ())
    ],
)
def test_functions_refuse_who_is_not_meant(scene: World, name: str, actor: str) -> None:
    """Each function answers actors outside its audience with 42501, which rolls back its writes."""
    call = arguments(scene, name, actor)
    session = scene.act(actor)
    with session.refused("42501"):
        session.rpc(name, **call)


@pytest.mark.parametrize("lesson", ["locked", "gated", "unpublished", "draft", "foreign"])
@pytest.mark.parametrize("name", ["record_progress", "complete_lesson"])
def test_a_closed_lesson_cannot_be_worked_on(scene: World, name: str, lesson: str) -> None:
    """A learner gets no progress for a lesson that is closed to them."""
    session = scene.act("learner")
    with session.refused(403):
        session.rpc(name, lesson_id=scene.lessons[lesson])
    assert not session.value(
        "select exists (select from public.lesson_progress where lesson_id = %s)",
        scene.lessons[lesson],
    )


@pytest.mark.parametrize("actor", ["pending", "waitlisted", "withdrawn", "expired", "revoked"])
def test_without_a_seat_and_a_right_nothing_counts(scene: World, actor: str) -> None:
    """A learner without an active enrollment or a valid entitlement completes no lesson."""
    session = scene.act(actor)
    with session.refused(403):
        session.rpc("complete_lesson", lesson_id=scene.lessons["open"])
    with session.refused(403):
        session.rpc("record_progress", lesson_id=scene.lessons["open"], seconds_spent=60)


def test_a_right_that_staff_took_stays_taken(scene: World) -> None:
    """Withdrawing and enrolling again does not renew an entitlement that staff revoked."""
    session = scene.session
    right = arguments(scene, "revoke_entitlement", "owner")
    scene.act("owner").rpc("revoke_entitlement", **right)
    scene.act("learner")
    for _ in range(2):
        with session.refused(403, "entitlement_revoked"):
            session.rpc("withdraw", course_id=scene.course)
            session.rpc("enroll", course_id=scene.course)
    found = session.all(
        "select lesson_id from public.lesson_contents where lesson_id = %s", scene.lessons["open"]
    )
    assert found == []


def test_staff_grant_only_their_own_source(scene: World) -> None:
    """An instructor cannot record a purchase for their course."""
    session = scene.act("owner")
    with session.refused(403, "source_reserved"):
        session.rpc(
            "grant_entitlement",
            **{"user_id": scene.id("outsider"), "course_id": scene.course, "source": "purchase"},
        )


@pytest.mark.parametrize("actor", ["learner", "instructor", "owner", "admin", "service"])
@pytest.mark.parametrize(
    "table",
    [
        *("courses", "modules", "lessons", "lesson_drafts", "course_staff", "quizzes", "labs"),
        *("questions", "quiz_attempts", "lab_submissions", "certificates"),
        *("question_banks", "quiz_draws"),
        *("tutor_conversations", "tutor_messages"),
    ],
)
def test_protected_columns_cannot_be_inserted(scene: World, actor: str, table: str) -> None:
    """A column that functions and triggers maintain is refused in an INSERT too."""
    session = scene.session
    role = scene.actors[actor].role
    insertable = {
        column
        for holder, privilege, name, column in read_privileges()
        if (holder, privilege, name) == (role, "insert", table)
    }
    columns = session.all(
        "select attname from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        f"public.{table}",
    )
    protected = {row["attname"] for row in columns} - insertable
    assert protected
    scene.act(actor)
    for column in sorted(protected):
        statement = sql.SQL("insert into public.{} ({}) values (default)").format(
            sql.Identifier(table), sql.Identifier(column)
        )
        with session.refused("42501"):
            session.run(statement)


@pytest.mark.parametrize(
    "column", ["is_published", "lesson_count", "required_count", "created_by", "version"]
)
@pytest.mark.parametrize("actor", ["instructor", "owner", "admin", "service"])
def test_what_functions_keep_of_a_course(scene: World, actor: str, column: str) -> None:
    """No client may write publication, counts, creator or version of a course."""
    assert column not in updatable("courses", scene.actors[actor].role)
    with scene.act(actor).refused("42501"):
        scene.session.run(
            sql.SQL("update public.courses set {} = default where id = %s").format(
                sql.Identifier(column)
            ),
            scene.course,
        )


@pytest.mark.parametrize(
    ("actor", "role"),
    [("assistant", "instructor"), ("assistant", "owner"), ("instructor", "owner")],
)
def test_nobody_promotes_himself(scene: World, actor: str, role: str) -> None:
    """Staff below the owner can neither change nor replace their own row."""
    session = scene.act(actor)
    key = (scene.course, scene.id(actor))
    changed = session.run(
        "update public.course_staff set role = %s where course_id = %s and user_id = %s", role, *key
    )
    assert changed == 0
    for resolution in ("do update set role = excluded.role", "do nothing"):
        with session.refused("42501"):
            session.run(
                "insert into public.course_staff (course_id, user_id, role) values (%s, %s, %s) "
                f"on conflict (course_id, user_id) {resolution}",
                *(*key, role),
            )
    session.run("delete from public.course_staff where course_id = %s and user_id = %s", *key)
    with session.refused("42501"):
        session.run(
            "insert into public.course_staff (course_id, user_id, role) values (%s, %s, %s)",
            *(*key, role),
        )


def test_whoever_leaves_the_staff_loses_it_all(scene: World) -> None:
    """Removed staff lose access to the draft, its lessons, their content and the learners."""
    session = scene.session
    session.run("delete from public.course_staff where user_id = %s", scene.id("assistant"))
    scene.act("assistant")
    assert session.all("select id from public.courses where id = %s", scene.draft) == []
    assert session.all("select id from public.lessons where course_id = %s", scene.draft) == []
    inside = [scene.lessons[name] for name in ("open", "locked", "draft")]
    assert (
        session.all(
            "select lesson_id from public.lesson_contents where lesson_id = any(%s)", inside
        )
        == []
    )
    for table in ("enrollments", "entitlements", "lesson_progress", "course_staff"):
        assert session.all(f"select * from public.{table}") == []
    assert [row["id"] for row in session.all("select id from public.profiles")] == [
        scene.id("assistant")
    ]


@pytest.mark.parametrize("actor", ["assistant", "instructor", "owner"])
def test_staff_see_the_people_of_their_course_only(scene: World, actor: str) -> None:
    """Staff see people who are enrolled in their course or wait for it, and none who have left."""
    session = scene.act(actor)
    seen = {row["id"] for row in session.all("select id from public.profiles")}
    inside = {"learner", "peer", "pending", "waitlisted", "future", "expired", "revoked"}
    assert seen == {scene.id(name) for name in {*inside, "completed", actor}}
    scene.act("peer").rpc("withdraw", course_id=scene.course)
    scene.act(actor)
    assert not session.value(
        "select exists (select from public.profiles where id = %s)", scene.id("peer")
    )


def test_a_lesson_stays_in_one_course(scene: World) -> None:
    """No lesson, module or prerequisite can connect two courses, whatever ids are sent."""
    session = scene.act("owner")
    for sqlstate, course, module in (
        ("23503", scene.course, scene.module_foreign),
        ("42501", scene.foreign, scene.module),
        ("42501", scene.foreign, scene.module_foreign),
    ):
        with session.refused(sqlstate):
            session.run(
                "insert into public.lessons (course_id, module_id, slug, title) "
                "values (%s, %s, 'mine', 'Mine')",
                course,
                module,
            )
            session.run("set constraints all immediate")
    lessons = scene.lessons
    for sqlstate, lesson, prerequisite in (
        ("23503", "locked", "foreign"),
        ("23503", "locked", "draft"),
        ("42501", "foreign", "open"),
    ):
        with session.refused(sqlstate):
            session.run(
                "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) "
                "values (%s, %s)",
                lessons[lesson],
                lessons[prerequisite],
            )


def test_a_reorder_takes_no_foreign_lesson(scene: World) -> None:
    """A reorder with ids of another module is refused, and the order does not change."""
    session = scene.act("owner")
    with session.refused(409, "incomplete_list"):
        session.rpc(
            "reorder_lessons",
            **{"module_id": scene.module_empty, "lesson_ids": [scene.lessons["foreign"]]},
        )
    with session.refused(409, "incomplete_list"):
        session.rpc(
            "reorder_modules",
            **{
                "course_id": scene.course,
                "module_ids": [scene.module, scene.module_empty, scene.module_foreign],
            },
        )


def test_progress_of_others_cannot_be_reported(scene: World) -> None:
    """A progress report applies to the caller only, and another learner's event id does not match
    it.
    """
    session = scene.session
    event_id = scene.lessons["open"]
    for actor in ("learner", "peer"):
        School(session).let_pass(scene.id(actor), 60)
        scene.act(actor).rpc(
            "record_progress",
            **{"lesson_id": scene.lessons["open"], "seconds_spent": 30, "event_id": event_id},
        )
    session.act("postgres")
    rows = session.all(
        "select user_id, seconds_spent from public.lesson_progress where lesson_id = %s",
        scene.lessons["open"],
    )
    assert {(row["user_id"], row["seconds_spent"]) for row in rows} == {
        (scene.id("learner"), 30),
        (scene.id("peer"), 30),
    }


def test_nobody_enrolls_past_a_closed_door(scene: World) -> None:
    """Enrollment mode, period and code apply to a learner for any arguments."""
    session = scene.session
    course = {"course_id": scene.empty}
    for setting, code, sqlstate, message in (
        ("enrollment_mode = 'closed'", None, 409, "course_closed"),
        ("opens_at = now() + interval '1 day'", None, 409, "course_closed"),
        ("closes_at = now() - interval '1 day'", None, 409, "course_closed"),
        ("enrollment_mode = 'code'", None, 403, "code_required"),
        ("enrollment_mode = 'code'", "   ", 403, "code_required"),
        ("enrollment_mode = 'code'", "%", 403, "code_invalid"),
        ("enrollment_mode = 'code'", "' or true --", 403, "code_invalid"),
        ("is_published = false", None, 404, "course_not_found"),
    ):
        with session.savepoint():
            session.act("postgres")
            session.run(f"update public.courses set {setting} where id = %s", scene.empty)
            with scene.act("outsider").refused(sqlstate, message):
                session.rpc("enroll", **course, code=code)
