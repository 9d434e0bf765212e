"""Every RPC: who may call it, what a NULL argument does, and that each code it names is tested."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.policies.privileges import functions_for, read_audiences
from tests.rpc.bundles import minimal_bundle
from tests.rpc.exam import make_exam
from tests.rpc.support import call, status_of
from tests.rpc.tutoring import ask
from tests.support.database import Database, Session, told
from tests.support.school import School
from tests.tools.errors import codes

FUNCTIONS = """
select p.proname, obj_description(p.oid, 'pg_proc') as comment, p.proargnames, p.pronargs,
  p.provolatile, p.prosecdef, p.oid
from pg_proc as p
where p.pronamespace = 'public'::regnamespace
  and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
order by p.proname
"""
# Who may call what, as privileges.txt says it.
LEARNERS, STAFF = functions_for("learners"), functions_for("staff", "managers", "admins")
SERVER = functions_for("servers")
ALL = frozenset(read_audiences())
CLIENTS = ALL - SERVER


def documented(db: Session) -> set[tuple[str, str]]:
    """(function, code), as the comments on the functions say it."""
    return {
        (row["proname"], code) for row in db.all(FUNCTIONS) for code in codes(row["comment"] or "")
    }


def test_comments_have_a_summary(db: Session) -> None:
    """The first line of a comment is one sentence: PostgREST makes it the summary."""
    for row in db.all(FUNCTIONS):
        summary, _, rest = (row["comment"] or "").partition("\n")
        assert re.fullmatch(r"[A-Z](?:(?!\. [A-Z]).)+\.", summary), f"{row['proname']}: {summary}"
        assert rest == "" or rest.startswith("\n"), row["proname"]


def asserted() -> set[tuple[str, str]]:
    """(function, code) of every `refuse` call with literal names in the tests of this folder."""
    found = set()
    for file in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "refuse":
                _, function, code = node.args[:3]
                if isinstance(function, ast.Constant) and isinstance(code, ast.Constant):
                    found.add((str(function.value), str(code.value)))
    return found


@pytest.mark.once
def test_every_documented_code_is_asserted(db: Session) -> None:
    """A code in the comment of a function is expected by a test of that function."""
    assert documented(db) - asserted() == set()


@pytest.mark.once
def test_every_asserted_code_is_documented(db: Session) -> None:
    """A code that a test sees is in the comment of the function."""
    assert asserted() - documented(db) == set()


def test_every_raised_code_is_known(db: Session) -> None:
    """The codes that functions refuse with are those of the catalogue, no more and no fewer."""
    sources = db.all(
        "select prosrc from pg_proc where pronamespace in "
        "('public'::regnamespace, 'private'::regnamespace)"
    )
    raised = {
        code
        for row in sources
        for code in re.findall(r"private\.refuse\('([a-z_]+)'", row["prosrc"])
    }
    assert raised == {row["code"] for row in db.all("select code from private.errors")}


def test_no_function_is_overloaded_or_definer(db: Session) -> None:
    """Functions of public have one signature each and run with the rights of the caller."""
    rows = db.all(FUNCTIONS)
    assert len({row["proname"] for row in rows}) == len(rows)
    assert [row["proname"] for row in rows if row["prosecdef"]] == []


Arguments = dict[str, Any]


def valid_calls(school: School) -> dict[str, tuple[UUID | None, Arguments]]:
    """For each function an actor, None for the server, and arguments with which it succeeds."""
    admin, owner, learner, other, asker = (
        school.user(role) for role in ("admin", "instructor", "learner", "learner", "learner")
    )
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    lesson_ids = [school.lesson(module_id) for _ in range(2)]
    closed_id, spare_id = school.course(owner=owner), school.course(owner=owner)
    open_id = school.course(owner=owner, enrollment_mode="code")
    school.enroll(learner, course_id)
    pending_id = school.enroll(asker, course_id, "pending")
    session = school.session
    entitlement_id = session.value(
        "select id from public.entitlements where user_id = %s and course_id = %s",
        learner,
        course_id,
    )
    session.act(user_id=owner)
    code = session.rpc("create_course_code", course_id=open_id, code="open-sesame")
    code_id = code[0]["create_course_code"]["id"]
    codes = session.rpc("course_codes", course_id=open_id)[0]["cursor"]
    offer = {"title": "One of it", "price": 2900, "currency": "EUR", "course_ids": [open_id]}
    offer_id = call(session, "save_offer", **offer)["id"]
    in_course = {"course_id": course_id}
    exam_course_id = school.course(owner=owner)
    school.enroll(learner, exam_course_id)
    exam = make_exam(school, course_id=exam_course_id, owner=owner, learner=learner)
    question_id = exam.question("single", hints=Jsonb([{"text_md": "Think.", "cost_percent": 10}]))
    closed_attempt_id = exam.submit(exam.start()["id"])["id"]
    attempt_id = exam.start()["id"]
    lab_id = school.lesson(exam.module_id, content_type="lab", completion_rule="accept")
    session.act(user_id=learner)
    submission_id = call(session, "submit_lab", lesson_id=lab_id, body="Work.")["id"]
    work = school.stored("submissions", f"{learner}/{lab_id}/{uuid4()}")
    certificate_id, certificate_code = exam.certificate()
    session.act(user_id=learner)
    courses = session.rpc("my_learning")[0]["cursor"]
    access = session.rpc("lesson_access", **in_course)[0]["cursor"]
    filters = {**in_course, "kind": "lesson", "locale": "en"}
    cursor = session.rpc("search", query="text", page_size=1, **filters)[0]["cursor"]
    session.act(user_id=owner)
    learners = session.rpc("course_learners", sort="-progress", status="active", **in_course)[0][
        "cursor"
    ]
    in_exam = {"course_id": exam_course_id}
    graded: dict[str, Arguments] = {
        "lab_queue": {},
        "gradebook": {},
        "grade_history": {"user_id": learner},
    }
    cursors = {
        function: session.rpc(function, **in_exam, **more)[0]["cursor"]
        for function, more in graded.items()
    }
    board = session.rpc("instructor_dashboard")[0]["cursor"]
    school.confirm(other)
    in_a_week = session.value("select now() + interval '7 days'")
    session.act(user_id=owner)
    invitation_ids = [
        call(session, "invite", email=f"{other}@school.test", course_id=course_id, role=role)["id"]
        for role in ("learner", "assistant", "instructor")
    ]
    invitations = session.act(user_id=other).rpc("my_invitations")[0]["cursor"]
    people = session.act(user_id=admin).rpc("people", query="s", role="learner")[0]["cursor"]
    session.act(user_id=owner)
    one = {"lesson_id": exam.lesson_id}
    session.rpc("save_quiz_override", **one, user_id=learner, extra_attempts=1)
    exceptions = session.rpc("quiz_overrides", **one)[0]["cursor"]
    stats = session.rpc("question_stats", **one)[0]["cursor"]
    funnel = session.rpc("course_funnel", **in_course)[0]["cursor"]
    # An edit has brought the learner to 100 per cent.
    ready = {"course_id": school.course(owner=owner)}
    ready_ids = [school.lesson(school.module(ready["course_id"])) for _ in range(2)]
    school.enroll(learner, ready["course_id"])
    session.act(user_id=learner).rpc("complete_lesson", lesson_id=ready_ids[0])
    session.act("postgres").run("delete from public.lessons where id = %s", ready_ids[1])
    # Its description is the only problem.
    flawed = {"course_id": school.course(owner=owner, description="")}
    school.lesson(school.module(flawed["course_id"]))
    flaws = session.act(user_id=owner).rpc("course_problems", **flawed)[0]["cursor"]
    ready_cursor = session.act(user_id=owner).rpc("learners_to_complete", **ready)[0]["cursor"]
    asked = {**in_course, "lesson_id": lesson_ids[0], "question": "What is it?", "mode": "hint"}
    talk_id = uuid4()
    turn_id = ask(session.act(user_id=learner), conversation_id=talk_id, **asked)["turn_id"]
    talk = session.rpc("tutor_history", conversation_id=talk_id)[0]["cursor"]
    turn = {"turn_id": UUID(turn_id), "content": "It is", "details": Jsonb({})}
    session.act("postgres")
    slug = session.value("select slug from public.courses where id = %s", course_id)
    return {
        "set_user_role": (admin, {"user_id": other, "role": "instructor"}),
        "export_course": (owner, in_course),
        "import_course": (
            owner,
            {
                "bundle": Jsonb(minimal_bundle()),
                "slug": "an-imported-course",
                "title": "Imported",
                "starts_on": date(2030, 1, 1),
                "import_key": uuid4(),
            },
        ),
        "import_questions": (
            owner,
            {
                "lesson_id": exam.lesson_id,
                "questions": Jsonb(
                    [{"kind": "true_false", "prompt_md": "?", "key": {"correct": True}}]
                ),
                "import_key": uuid4(),
            },
        ),
        "clone_course": (
            owner,
            {
                **in_course,
                "slug": "a-cloned-course",
                "title": "Cloned",
                "starts_on": date(2030, 1, 1),
                "import_key": uuid4(),
            },
        ),
        "reorder_modules": (owner, {**in_course, "module_ids": [module_id]}),
        "reorder_lessons": (owner, {"module_id": module_id, "lesson_ids": lesson_ids[::-1]}),
        "publish_course": (owner, in_course),
        "course_problems": (owner, {**flawed, "page_size": 5, "cursor": flaws}),
        "course_team": (owner, in_course),
        "suspend_user": (admin, {"user_id": other, "reason": "Spam.", "until": "2100-01-01"}),
        "restore_user": (admin, {"user_id": other}),
        "people": (admin, {"query": "s", "role": "learner", "page_size": 5, "cursor": people}),
        "platform_settings": (admin, {}),
        "save_platform_settings": (admin, {"is_roster_direct": False}),
        "invite": (
            owner,
            {
                **in_course,
                "email": "new@school.test",
                "role": "instructor",
                "expires_at": in_a_week,
            },
        ),
        "my_invitations": (other, {"page_size": 5, "cursor": invitations}),
        "accept_invitation": (other, {"invitation_id": invitation_ids[0]}),
        "decline_invitation": (other, {"invitation_id": invitation_ids[1]}),
        "revoke_invitation": (owner, {"invitation_id": invitation_ids[2]}),
        "archive_course": (owner, {"course_id": closed_id}),
        "restore_course_archive": (owner, {"course_id": closed_id}),
        "delete_course": (owner, {"course_id": spare_id}),
        "archive_lesson": (owner, {"lesson_id": lesson_ids[1]}),
        "restore_lesson_archive": (owner, {"lesson_id": lesson_ids[1]}),
        "archive_module": (owner, {"module_id": module_id}),
        "restore_module_archive": (owner, {"module_id": module_id}),
        "unpublish_course": (owner, {"course_id": closed_id}),
        "course_outline": (learner, {"slug": slug, "course_id": None}),
        "enroll": (other, {"course_id": open_id, "code": "open-sesame"}),
        "withdraw": (learner, in_course),
        "decide_enrollment": (owner, {"enrollment_id": pending_id, "accept": True}),
        "enroll_roster": (owner, {**in_course, "learners": Jsonb([{"email": "new@school.test"}])}),
        "create_course_code": (
            owner,
            {**in_course, "code": "secret-1", "max_uses": 5, "expires_at": "2100-01-01"},
        ),
        "course_codes": (owner, {"course_id": open_id, "page_size": 5, "cursor": codes}),
        "delete_course_code": (owner, {"code_id": code_id}),
        "save_offer": (
            owner,
            {
                **{"offer_id": offer_id, "title": "All of it", "course_ids": [open_id]},
                **{"price": 4900, "currency": "EUR", "access_days": 365, "billing_period": None},
                **{"grace_days": 0, "is_active": True},
            },
        ),
        "grant_order": (
            None,
            {
                **{"provider": "bank", "reference": "1", "user_id": other, "offer_id": offer_id},
                **{"amount": 4900, "currency": "EUR", "paid_at": "2026-01-01"},
                **{"period_ends_at": "2100-01-01", "subscription": "s1"},
            },
        ),
        "refund_order": (
            None,
            {
                **{"provider": "bank", "reference": "1", "amount": 100, "reason": "refund"},
                "occurred_at": "2026-01-02",
            },
        ),
        "grant_entitlement": (
            admin,
            {
                **in_course,
                "user_id": other,
                "source": "purchase",
                "starts_at": "2020-01-01",
                "expires_at": "2100-01-01",
            },
        ),
        "revoke_entitlement": (owner, {"entitlement_id": entitlement_id}),
        "record_progress": (
            learner,
            {
                "lesson_id": lesson_ids[0],
                "position_seconds": 10,
                "watched": Jsonb([[0, 10]]),
                "seconds_spent": 10,
                "event_id": uuid4(),
            },
        ),
        "complete_lesson": (learner, {"lesson_id": lesson_ids[0]}),
        "complete_course": (learner, ready),
        "learners_to_complete": (owner, {**ready, "page_size": 5, "cursor": ready_cursor}),
        "complete_learners": (owner, {**ready, "user_ids": [learner]}),
        "lesson_access": (learner, {**in_course, "page_size": 5, "cursor": access}),
        "lesson_page": (
            learner,
            {"lesson_id": lesson_ids[0], "course_slug": None, "lesson_slug": None},
        ),
        "explain_access": (learner, {"lesson_id": lesson_ids[0]}),
        "my_learning": (learner, {"page_size": 5, "cursor": courses}),
        "save_question": (
            owner,
            {
                "lesson_id": exam.lesson_id,
                "kind": "true_false",
                "prompt_md": "True?",
                "points": 2,
                "options": Jsonb([]),
                "key": Jsonb({"correct": True}),
                "explanation_md": "Because.",
                "ord": 9,
                "question_id": None,
                "revision": None,
                "feedback": Jsonb({"true": "Yes."}),
                "hints": Jsonb([{"text_md": "Think.", "cost_percent": 10}]),
                "bank_id": None,
                "tags": ["easy"],
            },
        ),
        "reorder_questions": (
            owner,
            {"lesson_id": exam.lesson_id, "question_ids": [question_id]},
        ),
        "publish_lesson": (
            owner,
            {"lesson_id": lesson_ids[0], "note": "N", "draft_updated_at": None},
        ),
        "lesson_history": (owner, {"lesson_id": lesson_ids[0], "page_size": 1, "cursor": None}),
        "restore_lesson": (
            owner,
            {"lesson_id": lesson_ids[0], "version": 1, "draft_updated_at": None},
        ),
        "seen_versions": (
            owner,
            {"course_id": course_id, "user_id": learner, "page_size": 1, "cursor": None},
        ),
        "archive_question": (owner, {"question_id": question_id}),
        "restore_question_archive": (owner, {"question_id": question_id}),
        "question_history": (
            owner,
            {"question_id": question_id, "page_size": 1, "cursor": None},
        ),
        "question_keys": (owner, {"lesson_id": exam.lesson_id, "bank_id": None}),
        "start_attempt": (learner, {"lesson_id": exam.lesson_id}),
        "take_hint": (
            learner,
            {"attempt_id": attempt_id, "question_id": question_id, "number": 1},
        ),
        "grade_attempt": (
            owner,
            {"attempt_id": closed_attempt_id, "grades": Jsonb({}), "reason": "Read again."},
        ),
        "save_answer": (
            learner,
            {
                "attempt_id": attempt_id,
                "question_id": question_id,
                "answer": Jsonb("o1"),
                "revision": 1,
            },
        ),
        "submit_attempt": (learner, {"attempt_id": attempt_id}),
        "close_attempt": (owner, {"attempt_id": attempt_id}),
        "review_attempt": (learner, {"attempt_id": closed_attempt_id}),
        "save_quiz_override": (
            owner,
            {
                "lesson_id": exam.lesson_id,
                "user_id": learner,
                "extra_seconds": 60,
                "extra_attempts": 1,
                "due_at": "2100-01-01",
                "due_on": None,
            },
        ),
        "quiz_overrides": (
            owner,
            {"lesson_id": exam.lesson_id, "page_size": 5, "cursor": exceptions},
        ),
        "regrade_quiz": (owner, {"lesson_id": exam.lesson_id, "reason": "A wrong key."}),
        "override_grade": (
            owner,
            {"attempt_id": closed_attempt_id, "score": 1, "reason": "He told me why."},
        ),
        "question_stats": (
            owner,
            {"lesson_id": exam.lesson_id, "page_size": 5, "cursor": stats},
        ),
        "save_rubric": (
            owner,
            {
                "lesson_id": lab_id,
                "criteria": Jsonb([{"id": "a", "title": "It works", "points": 4}]),
            },
        ),
        "rubric": (owner, {"lesson_id": lab_id}),
        "submit_lab": (
            learner,
            {
                "lesson_id": lab_id,
                "body": "Better work.",
                "url": "https://example.test/work",
                "file_path": work,
                "file_name": "work.txt",
            },
        ),
        "claim_submission": (owner, {"submission_id": submission_id}),
        "grade_lab": (
            owner,
            {
                "submission_id": submission_id,
                "score": 80,
                "feedback": "Good.",
                "accept": True,
                "criteria": None,
                "reason": None,
            },
        ),
        **{
            function: (owner, {**in_exam, **more, "page_size": 10, "cursor": cursors[function]})
            for function, more in graded.items()
        },
        "verify_certificate": (learner, {"code": certificate_code}),
        "revoked_certificates": (learner, {"list": 0}),
        "revoke_certificate": (
            owner,
            {"certificate_id": certificate_id, "reason": "It was a mistake."},
        ),
        "reissue_certificate": (
            owner,
            {"certificate_id": certificate_id, "reason": "The name was misspelt."},
        ),
        "search": (
            learner,
            {
                **in_course,
                "query": "text",
                "kind": "lesson",
                "locale": "en",
                "page_size": 1,
                "cursor": cursor,
            },
        ),
        "search_facets": (learner, {**filters, "query": "text"}),
        "suggest": (learner, {"prefix": "les", "page_size": 5}),
        "search_passages": (
            learner,
            {**in_course, "query": "text", "k": 5, "query_embedding": "{0.5,0.5}"},
        ),
        "passages_to_embed": (None, {"model": "test-1", "page_size": 5, "cursor": None}),
        "save_embeddings": (None, {"model": "test-1", "passages": Jsonb([])}),
        "course_overview": (owner, {**in_course, "since": date(2020, 1, 1)}),
        "course_activity": (owner, {**in_course, "since": date(2020, 1, 1)}),
        "course_funnel": (owner, {**in_course, "page_size": 5, "cursor": funnel}),
        "course_learners": (
            owner,
            {
                **in_course,
                "status": "active",
                "sort": "-progress",
                "page_size": 5,
                "cursor": learners,
            },
        ),
        "at_risk_learners": (owner, {**in_course, "page_size": 5, "cursor": None}),
        "instructor_dashboard": (owner, {"page_size": 5, "cursor": board}),
        "platform_overview": (admin, {"since": date(2020, 1, 1)}),
        "budgets": (admin, {}),
        "save_budget": (admin, {"kind": "reports", "max_rows": 30000, "max_bytes": 3000000}),
        "run_maintenance": (None, {}),
        "fold_facts": (None, {}),
        "unused_objects": (None, {"page_size": 5}),
        "begin_tutor_turn": (
            learner,
            {
                **asked,
                "conversation_id": uuid4(),
                "turn_key": str(uuid4()),
                "query_embedding": "{0.5,0.5}",
                "is_regenerated": True,
            },
        ),
        "stop_tutor_turn": (learner, {"conversation_id": talk_id}),
        "tutor_history": (
            learner,
            {"conversation_id": talk_id, "page_size": 5, "cursor": talk},
        ),
        "tutor_quota": (learner, in_course),
        "save_tutor_answers": (None, {"answers": Jsonb([{"turn_id": str(turn["turn_id"])}])}),
        "finish_tutor_turn": (
            None,
            {
                **turn,
                "status": "complete",
                "citations": Jsonb([]),
                "usage": Jsonb({"input_tokens": 9, "output_tokens": 9}),
            },
        ),
        "tutor_guard_material": (None, {"turn_id": UUID(turn_id)}),
        "sweep_tutor_turns": (None, {}),
        "register_tutor_model": (
            None,
            {"provider": "extractive", "model": "extractive", "max_output_tokens": 700},
        ),
        "save_model_price": (
            admin,
            {
                "provider": "openai_compat",
                "model": "test-1",
                "input_micros": 100000,
                "output_micros": 400000,
                "cached_input_micros": 50000,
                "cache_write_micros": 125000,
                "effective_from": date(2020, 1, 1),
            },
        ),
        "set_tutor_limit": (
            owner,
            {
                **in_course,
                "scope": "user_course",
                "period": "day",
                "meter": "requests",
                "max_amount": 9,
                "user_id": learner,
            },
        ),
        "tutor_usage": (
            owner,
            {**in_course, "since": date(2020, 1, 1), "page_size": 5, "cursor": None},
        ),
        "save_tutor_settings": (
            owner,
            {**in_course, "is_enabled": True, "max_support_level": "low"},
        ),
        "save_tutor_guidance": (
            owner,
            {
                "lesson_id": exam.lesson_id,
                "notes": "They mix it up.",
                "misconceptions": ["It is."],
                "question_id": question_id,
            },
        ),
        "tutor_guidance": (owner, {"lesson_id": exam.lesson_id}),
    }


def act(db: Session, actor: UUID | None) -> Session:
    """Speaks as a user, or as the server."""
    return db.act("service_role") if actor is None else db.act(user_id=actor)


class Prepared:
    """A session with what the valid calls need, built once for the file."""

    def __init__(self, session: Session) -> None:
        self.db, self.school = session, School(session)
        self.calls = valid_calls(self.school)
        self.documented = documented(session.act("postgres"))


@pytest.fixture(scope="module")
def built(database: Database) -> Iterator[Prepared]:
    """The valid calls; the transaction ends with the file."""
    with closing(database.connect()) as session:
        yield Prepared(session)


@pytest.fixture
def prepared(built: Prepared) -> Iterator[Prepared]:
    """The valid calls for one test, whose changes are rolled back."""
    with built.db.savepoint():
        built.db.act("postgres")
        yield built


def test_valid_calls_name_every_function_and_argument(prepared: Prepared) -> None:
    """The table of valid calls is complete, and each of them succeeds."""
    db, calls = prepared.db, prepared.calls
    rows = db.all(FUNCTIONS)
    assert {row["proname"] for row in rows} == set(calls)
    for row in rows:
        actor, arguments = calls[row["proname"]]
        assert set((row["proargnames"] or [])[: row["pronargs"]]) == set(arguments)
        with db.savepoint():
            act(db, actor)
            db.rpc(row["proname"], **arguments)


@pytest.mark.once
@pytest.mark.parametrize("function", sorted(ALL))
def test_a_null_argument_is_answered_with_a_code(prepared: Prepared, function: str) -> None:
    """Each argument NULL in turn, and all at once: an answer or a documented code, for anyone."""
    db, says = prepared.db, prepared.documented
    actor, arguments = prepared.calls[function]
    actors = [actor]
    if function in CLIENTS:
        actors += [prepared.school.user("admin"), prepared.school.user()]
    nulls = [{**arguments, name: None} for name in arguments]
    nulls.append(dict.fromkeys(arguments))
    for one in actors:
        for given in nulls:
            act(db, one)
            try:
                with db.savepoint():
                    db.rpc(function, **given)
            except psycopg.Error as error:
                found = told(error)
                assert (function, found.code) in says, f"{given}: {error}"
                assert found.state == status_of(function, found.code)


LONG_TEXTS = ("_a" * 500_000, "數據 é́ " * 150_000)
LONG_JSON = (
    Jsonb([LONG_TEXTS[0]]),
    Jsonb([[number, number + 1] for number in range(50_000)]),
    Jsonb([{"id": str(number), "title": "a", "points": 1} for number in range(20_000)]),
)


@pytest.mark.once
@pytest.mark.slow
def test_c6_a_long_argument_is_answered_at_once(prepared: Prepared) -> None:
    """Each text and each JSON with a million characters: what is not linear would take minutes."""
    db = prepared.db
    slow = []
    for function, (actor, arguments) in prepared.calls.items():
        for name, value in arguments.items():
            longer: tuple[Any, ...] = ()
            if isinstance(value, str):
                longer = LONG_TEXTS
            elif isinstance(value, Jsonb):
                longer = LONG_JSON
            for number, one in enumerate(longer):
                act(db, actor)
                try:
                    with db.savepoint():
                        db.run("set local statement_timeout = '10s'")
                        db.rpc(function, **{**arguments, name: one})
                        db.run("set local statement_timeout = 0")
                except psycopg.errors.QueryCanceled:
                    slow.append((function, name, number))
                except psycopg.Error:
                    pass
    assert slow == []


@pytest.mark.parametrize("function", sorted(STAFF))
def test_staff_functions_refuse_an_outsider_first(prepared: Prepared, function: str) -> None:
    """A learner gets 42501 from each staff function, whether or not what they name exists."""
    db = prepared.db
    _, arguments = prepared.calls[function]
    outsider = prepared.school.user()
    unknown = {
        name: uuid4() if isinstance(value, UUID) else value for name, value in arguments.items()
    }
    for given in (arguments, unknown):
        db.act(user_id=outsider)
        with db.refused("42501"):
            db.rpc(function, **given)


@pytest.mark.parametrize("function", sorted(SERVER))
def test_server_functions_are_for_the_server(prepared: Prepared, function: str) -> None:
    """Neither anon nor a user, an admin neither, may call what is for the server."""
    db = prepared.db
    _, arguments = prepared.calls[function]
    admin = prepared.school.user("admin")
    for session in (db.act("anon"), db.act(user_id=admin)):
        with session.refused("42501"):
            session.rpc(function, **arguments)


@pytest.mark.parametrize("function", sorted(LEARNERS))
def test_learner_functions_need_a_user(prepared: Prepared, function: str) -> None:
    """Without a user: not_authenticated; anon and the service key are refused by grant."""
    db = prepared.db
    _, arguments = prepared.calls[function]
    db.act()
    with db.refused(401, "not_authenticated"):
        db.rpc(function, **arguments)
    for role in ("anon", "service_role"):
        db.act(role)
        with db.refused("42501"):
            db.rpc(function, **arguments)
