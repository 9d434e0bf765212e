"""No answer key, rubric detail or author's note reaches a learner."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from tests.policies.canary import (
    CURIOUS,
    HOLDERS,
    ITEM,
    LEARNERS,
    Canary,
    foreign_keys,
    functions,
    relations,
    slip,
)
from tests.rpc.exam import stored
from tests.support.database import Database, Row, Session

pytestmark = pytest.mark.once

# The arguments of type jsonb.
DOCUMENTS = {
    *(
        "answer",
        "criteria",
        "feedback",
        "grades",
        "hints",
        "key",
        "learners",
        "options",
        "passages",
    ),
    *("citations", "details", "usage", "watched"),
}
# Functions that show figures to staff and admins.
ANALYTICS = {
    *("course_overview", "course_activity", "course_funnel", "course_learners"),
    *("at_risk_learners", "instructor_dashboard", "platform_overview", "tutor_usage"),
}
SERVER = {
    *("run_maintenance", "passages_to_embed", "save_embeddings", "register_tutor_model"),
    *("save_tutor_answers", "finish_tutor_turn", "sweep_tutor_turns", "tutor_guard_material"),
}
NOTHING = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def planted(database: Database) -> Iterator[Canary]:
    """The course with the marks, in a transaction that is rolled back after the module."""
    session = database.connect()
    try:
        yield Canary(session)
    finally:
        session.rollback()
        session.close()


@pytest.fixture
def canary(planted: Canary) -> Iterator[Canary]:
    """The course for one test."""
    with planted.session.savepoint():
        yield planted


def told(error: psycopg.Error) -> str:
    """All text of an error."""
    diag = error.diag
    parts = [getattr(diag, name) for name in dir(diag) if not name.startswith("_")]
    return str([part for part in parts if isinstance(part, str)]) + str(error)


def attempt(session: Session, statement: sql.SQL | sql.Composed | str) -> tuple[bool, str]:
    """Whether a statement succeeds, and all its output; rolled back."""
    try:
        with session.savepoint():
            return True, str(session.all(statement))
    except psycopg.Error as error:
        return False, told(error)


def forget_the_question(turn: Row) -> None:
    """Leaves out of a turn what the learner wrote: the words of the question as they were asked."""
    for word in turn.get("words", ()):
        del word["word"]


def call(session: Session, name: str, arguments: Row) -> tuple[bool, str]:
    """Whether a call succeeds, and all its output; rolled back."""
    values = {
        key: Jsonb(value) if key in DOCUMENTS and value is not None else value
        for key, value in arguments.items()
    }
    try:
        with session.savepoint():
            rows = session.rpc(name, **values)
            if name == "begin_tutor_turn":
                forget_the_question(rows[0][name])
            return True, str(rows)
    except psycopg.Error as error:
        return False, told(error)


def test_staff_see_the_marks(canary: Canary) -> None:
    """Staff see the marks, so the marks are in place."""
    owner = canary.act("owner")
    keys = str(owner.rpc("question_keys", lesson_id=canary.quizzes[0]))
    for mark in canary.marks:
        assert mark in keys
    assert canary.secret in str(owner.rpc("rubric", lesson_id=canary.lab))
    assert canary.secret in str(owner.all("select * from public.questions"))
    bank_keys = owner.rpc("question_keys", bank_id=canary.bank)
    history = owner.rpc("question_history", question_id=canary.questions[0]["bank"])
    assert canary.secret in str(bank_keys) and canary.secret in str(history)
    bundle = str(owner.rpc("export_course", course_id=canary.course))
    for mark in (*canary.marks, canary.noted, canary.closed, canary.drafted):
        assert mark in bundle
    for table in ("lesson_drafts", "lesson_versions"):
        assert canary.drafted in str(owner.all(f"select * from public.{table}"))
    reviewed = str(owner.rpc("review_attempt", attempt_id=canary.attempts["closed"]))
    assert canary.secret in reviewed
    assert "'score_percent'" in reviewed and "'correct'" in reviewed
    for lesson_id in (canary.texts["open"], canary.quizzes[0]):
        assert canary.noted in str(owner.rpc("tutor_guidance", lesson_id=lesson_id))
    session = canary.session.act("service_role")
    material = str(session.rpc("tutor_guard_material", turn_id=canary.turn_id))
    for mark in (*canary.marks, canary.noted):
        assert mark in material


def test_a_learner_sees_them_when_it_is_time(canary: Canary) -> None:
    """Marks appear after the last open attempt with after_submit, and after a lab is graded."""
    canary.submit("taking", {"id": canary.attempts["again"]})
    told = str(canary.act("taking").rpc("review_attempt", attempt_id=canary.attempts["before"]))
    assert canary.secret in told
    criteria = {f"{canary.secret}-0": 1, f"{canary.secret}-1": 2}
    canary.act("owner").rpc(
        "grade_lab",
        **{"submission_id": canary.submission, "score": None, "feedback": None, "accept": True},
        criteria=Jsonb(criteria),
    )
    (row,) = canary.act("done").all("select criteria from public.lab_submissions")
    assert canary.secret in str(row)


@pytest.mark.parametrize("actor", CURIOUS)
def test_tables_tell_no_key(canary: Canary, actor: str) -> None:
    """No table, and no join over a foreign key in either direction, shows a mark."""
    names, keys = relations(canary.session), foreign_keys(canary.session)
    assert len(names) > 15 and len(keys) > 20
    session = canary.act(actor)
    statements = [
        *(sql.SQL("select * from public.{}").format(sql.Identifier(name)) for name in names),
        *(
            sql.SQL(
                "select to_jsonb(a), to_jsonb(b) from public.{} as a {} join public.{} as b "
                "on true where to_jsonb(a) ->> 'course_id' = {} limit 2000"
            ).format(
                sql.Identifier(key["child"]),
                sql.SQL(side),
                sql.Identifier(key["parent"]),
                sql.Literal(str(canary.course)),
            )
            for key in keys
            for side in ("left", "right")
        ),
    ]
    seen: Counter[bool] = Counter()
    for statement in statements:
        ran, answer = attempt(session, statement)
        seen[ran] += 1
        for mark in canary.forbidden(actor):
            assert mark not in answer, statement.as_string(session.connection)
    assert seen[True] > (5 if actor == "anon" else 40)


@pytest.mark.parametrize(
    ("leak", "name"),
    [
        ("alter policy questions_select_staff on public.questions using (true)", "questions"),
        (
            "update public.quiz_attempts set items = items || (select jsonb_agg(to_jsonb(k)) "
            "from private.answer_keys as k)",
            "quiz_attempts",
        ),
    ],
)
def test_a_leak_would_be_found(canary: Canary, leak: str, name: str) -> None:
    """The walk over the tables finds a mark after a deliberate leak."""
    canary.session.run(leak)
    _, answer = attempt(canary.act("done"), f"select * from public.{name}")
    assert canary.secret in answer


# Three actors for every change, since each takes seconds; the others in `make pooled`.
@pytest.mark.parametrize(
    "actor",
    [
        pytest.param(one, marks=() if one in ("anon", "taking", "done") else pytest.mark.slow)
        for one in CURIOUS
    ],
)
def test_functions_tell_no_key(canary: Canary, actor: str) -> None:
    """No function shows a mark, for own, foreign and unknown ids, and for nulls."""
    listed = functions(canary.session)
    answered: Counter[bool] = Counter()
    reached: set[str] = set()
    for function in listed:
        session = canary.act(actor)
        for arguments in canary.calls(function, actor, most=160):
            ran, answer = call(session, function["name"], arguments)
            answered[ran] += 1
            reached |= {function["name"]} if ran else set()
            for mark in canary.forbidden(actor, function["name"]):
                assert mark not in answer, (function["name"], arguments)
    assert len(listed) > 35
    assert answered[True] > 0 and answered[False] > 100
    assert reached >= {"lesson_access", "explain_access", "course_outline", "lesson_page"}
    assert reached >= {"search", "search_facets", "suggest"}
    if actor in HOLDERS:
        assert reached >= {
            *("review_attempt", "gradebook", "grade_history", "start_attempt", "submit_attempt"),
            *("submit_lab", "my_learning", "search_passages"),
        }
    if actor != "anon":
        assert reached >= {"tutor_quota"}
    # The tutor refuses learners with an open attempt.
    assert ("begin_tutor_turn" in reached) == (actor in ("fresh", "done", "rival"))
    if actor == "rival":
        # The rival owns a course, so these functions answer for that course.
        assert reached >= ANALYTICS - {"platform_overview"}
    else:
        assert not reached & (ANALYTICS - {"instructor_dashboard"})
    assert not reached & SERVER
    # Only `taking` has an open attempt.
    assert ("save_answer" in reached) == (actor == "taking")


@pytest.mark.parametrize("actor", [*CURIOUS, "owner"])
def test_search_shows_no_mark(canary: Canary, actor: str) -> None:
    """No search by words, phrases, misspellings or prefixes shows a key or an aside."""
    session = canary.act(actor)
    marks = {*canary.marks, canary.inside, canary.aside, canary.noted}
    marks |= set() if actor == "owner" else {canary.closed}
    reads = actor == "owner" or actor in LEARNERS
    for mark in (*marks, canary.told):
        for query in (mark, slip(mark), f'"{mark} explains"', f"{mark[:16]}*", f"bird or {mark}"):
            course: Row = {"course_id": canary.course, "query": query}
            calls = {
                **dict.fromkeys(("search", "search_facets", "search_passages"), course),
                "suggest": {"prefix": mark[:10]},
            }
            if actor == "anon":
                del calls["search_passages"]
            answers = {name: call(session, name, arguments) for name, arguments in calls.items()}
            for name, (ran, answer) in answers.items():
                assert ran, name
                assert not [hidden for hidden in marks if hidden in answer], (name, query)
                assert reads or canary.told not in answer, (name, query)
            # Readable text is found, also with a misspelled query.
            known = mark == canary.told and query in (mark, slip(mark))
            assert (canary.told in answers["search"][1]) == (
                reads and (known or query.startswith("bird"))
            ), query


@pytest.mark.parametrize("actor", ["fresh", "done"])
def test_the_tutor_knows_no_mark(canary: Canary, actor: str) -> None:
    """A learner's turn contains only open text and no mark, for any question in any lesson."""
    marks = {*canary.marks, canary.inside, canary.aside, canary.closed, canary.noted}
    talk = UUID(NOTHING)
    canary.session.act("postgres").run("delete from private.tutor_limits where period = 'minute'")
    for number, mark in enumerate((*sorted(marks), canary.told)):
        for place, lesson_id in enumerate((None, canary.texts["open"], canary.quizzes[0])):
            question = mark if place else f"What does the key say of {mark} and {slip(mark)}?"
            turn = canary.ask(
                actor,
                **{"conversation_id": talk, "lesson_id": lesson_id, "question": question},
                turn_key=f"key {number} {place}",
                mode=("auto", "summarize", "explain")[place],
            )
            # The history contains the learner's own words.
            del turn["history"]
            forget_the_question(turn)
            assert not [hidden for hidden in marks if hidden in str(turn)], question
            assert (canary.told in str(turn)) == (place == 1 or mark == canary.told)
            finished = canary.session.act("service_role").rpc(
                "finish_tutor_turn", turn_id=UUID(turn["turn_id"]), status="complete", content="No."
            )
            assert finished
            canary.act(actor)
    answers = canary.session.all("select * from public.tutor_messages where role = 'assistant'")
    quota = canary.session.rpc("tutor_quota", course_id=canary.course)
    assert answers and not [hidden for hidden in marks if hidden in f"{answers}{quota}"]


def test_an_open_attempt_ends_the_talk(canary: Canary) -> None:
    """Starting a quiz makes the tutor refuse the learner and stops a running turn."""
    with canary.act("taking").refused(423, "tutor_locked"):
        canary.ask("taking")
    session = canary.session.act("service_role")
    save = {"answers": Jsonb([{"turn_id": str(canary.turn_id), "content": "The answer"}])}
    assert session.rpc("save_tutor_answers", **save) == [{"save_tutor_answers": []}]
    canary.start("done", 1)
    session = canary.session.act("service_role")
    [ended] = session.rpc("save_tutor_answers", **save)
    assert [str(one) for one in ended["save_tutor_answers"]] == [str(canary.turn_id)]
    with canary.act("done").refused(423, "tutor_locked"):
        canary.ask("done")


@pytest.mark.parametrize("actor", ["owner", *LEARNERS])
def test_passages_hold_no_aside(canary: Canary, actor: str) -> None:
    """No passage contains comments or solutions, although the source of the text does."""
    session = canary.act(actor)
    (source,) = session.all(
        "select body_md from public.lesson_contents where lesson_id = %s", canary.texts["open"]
    )
    assert canary.aside in source["body_md"]
    passages = session.all(
        "select * from public.lesson_passages where course_id = %s", canary.course
    )
    assert canary.told in str(passages)
    assert canary.aside not in str(passages)
    assert (canary.closed in str(passages)) == (actor == "owner")


def test_figures_tell_no_mark(canary: Canary) -> None:
    """No figure for staff and no event contains keys, answers or texts."""
    marks = {*canary.marks, canary.inside, canary.aside, canary.noted}
    session = canary.act("owner")
    for name in sorted(ANALYTICS - {"platform_overview"}):
        arguments = {} if name == "instructor_dashboard" else {"course_id": canary.course}
        answer = str(session.rpc(name, **arguments))
        for mark in marks:
            assert mark not in answer, name
    canary.session.fold()
    events = canary.act("owner").all(
        "select * from public.learning_events where course_id = %s", canary.course
    )
    kinds = {event["kind"] for event in events}
    assert kinds >= {"enrolled", "attempt_started", "attempt_closed", "lab_submitted"}
    for mark in (*marks, canary.closed, canary.told, "o1"):
        assert mark not in str(events)


@pytest.mark.parametrize("actor", CURIOUS)
def test_events_of_others_are_nothing(canary: Canary, actor: str) -> None:
    """Learners find their own events and no others, however they query."""
    canary.session.fold()
    session = canary.act(actor)
    if actor == "anon":
        with session.refused("42501"):
            session.all("select * from public.learning_events")
        return
    others = session.all(
        "select distinct user_id from public.learning_events where course_id = %s", canary.course
    )
    assert {row["user_id"] for row in others} == (
        {canary.users[actor]} if actor in LEARNERS else set()
    )


@pytest.mark.parametrize("actor", [*CURIOUS, "owner"])
def test_private_is_not_named(canary: Canary, actor: str) -> None:
    """Naming a table with keys is refused, for staff too, with an error that reveals nothing."""
    for table in (
        *("answer_keys", "attempt_secrets", "lab_rubrics", "quiz_results", "search_documents"),
        *("passage_vectors", "search_words", "learner_days", "learning_events_rest"),
        "question_versions",
        *("tutor_guidance", "tutor_turns", "tutor_ledger", "tutor_limits", "tutor_usage"),
        *("tutor_settings", "tutor_model", "model_prices"),
    ):
        ran, answer = attempt(canary.act(actor), f"select * from private.{table}")
        assert not ran and "42501" in answer
        assert canary.secret not in answer


@pytest.mark.parametrize("name", ["open", "again", "closed", "before"])
def test_items_bear_ids_of_their_own(canary: Canary, name: str) -> None:
    """An item has five fields; option ids are o1, o2, l1, r1 or 3o1, not those of the author."""
    (row,) = canary.session.all(
        "select a.*, s.option_map from public.quiz_attempts as a "
        "inner join private.attempt_secrets as s on s.attempt_id = a.id where a.id = %s",
        canary.attempts[name],
    )
    assert len(row["items"]) == len(canary.questions[name in ("again", "before")])
    for item in row["items"]:
        assert set(item) - {"hint_costs"} == ITEM
        options = item["options"]
        if item["kind"] == "cloze":
            sides = [(f"{gap['id']}o", gap.get("options", [])) for gap in options["gaps"]]
        elif item["kind"] == "matching":
            sides = [("l", options["left"]), ("r", options["right"])]
        else:
            sides = [("o", options)]
        for prefix, side in sides:
            assert [option["id"] for option in side] == [
                f"{prefix}{n}" for n in range(1, len(side) + 1)
            ]
            assert all(set(option) == {"id", "text"} for option in side)
    told = json.dumps(
        {key: value for key, value in row.items() if key != "option_map"}, default=str
    )
    assert canary.secret not in told
    assert canary.secret in str(row["option_map"])


def test_orders_follow_from_nothing_visible(canary: Canary) -> None:
    """Each attempt has another order, and no ordering starts in the correct order."""
    orders = []
    for actor, name in (("taking", "open"), ("done", "closed")):
        (row,) = canary.act(actor).all(
            "select * from public.quiz_attempts where id = %s", canary.attempts[name]
        )
        item = next(item for item in row["items"] if item["kind"] == "ordering")
        orders.append([option["text"] for option in item["options"]])
        # The seed would be 32 hexadecimal digits.
        others = {str(canary.questions[0][kind]) for kind in canary.questions[0]}
        text = re.sub(rf"{canary.inside}|{'|'.join(others)}", "", str(row["items"]))
        assert not re.search(r"[0-9a-f]{16}", text)
    author = [f"{canary.inside} s {n}" for n in range(12)]
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(author)
    assert len({tuple(order) for order in (*orders, author)}) == 3


@pytest.mark.parametrize("shuffle", [True, False])
def test_without_shuffling_no_key_shows_either(canary: Canary, shuffle: bool) -> None:
    """Orderings and the right side of a matching are shuffled although the quiz is not."""
    canary.act("owner").run(
        "update public.quizzes set is_shuffled = %s where lesson_id = %s",
        shuffle,
        canary.quizzes[0],
    )
    seen: dict[str, set[tuple[str, ...]]] = {"ordering": set(), "matching": set()}
    for _ in range(8):
        started = canary.start("fresh", 0)
        for item in started["items"]:
            if item["kind"] in seen:
                options = item["options"]
                side = options["right"] if isinstance(options, dict) else options
                seen[item["kind"]].add(tuple(option["text"] for option in side))
        canary.submit("fresh", started)
    assert len(seen["ordering"]) == 8
    assert len(seen["matching"]) > 1


def test_an_attempt_has_no_score_of_an_item(canary: Canary) -> None:
    """An attempt has only the total score; scores of items appear only where keys are revealed."""
    (row,) = canary.act("done").all(
        "select * from public.quiz_attempts where id = %s", canary.attempts["closed"]
    )
    assert set(row) == {
        *("id", "lesson_id", "course_id", "user_id", "number", "items", "answers", "status"),
        *("started_at", "deadline", "submitted_at", "score", "max_score", "is_passed"),
        *("is_overridden", "time_limit_seconds", "answered_at", "revisions", "content_version"),
        *("is_pending", "hints"),
    }
    for actor, name in (("done", "closed"), ("taking", "before"), ("taking", "again")):
        (answer,) = canary.act(actor).rpc("review_attempt", attempt_id=canary.attempts[name])
        review = answer["review_attempt"]
        assert review["is_revealed"] is False
        for item in review["items"]:
            assert set(item) - {"comment_md", "hint_costs"} == {*ITEM, "answer", "is_counted"}


@pytest.mark.parametrize("reveal", ["never", "after_pass", "after_close"])
def test_nothing_is_revealed_early(canary: Canary, reveal: str) -> None:
    """A submitted attempt shows no key when reveal is never, or before it is passed or closed."""
    canary.act("owner").run(
        "update public.quizzes set reveal = %s, due_at = now() + interval '1 day' "
        "where lesson_id = %s",
        *(reveal, canary.quizzes[0]),
    )
    (answer,) = canary.act("done").rpc("review_attempt", attempt_id=canary.attempts["closed"])
    assert answer["review_attempt"]["is_revealed"] is False
    assert canary.secret not in str(answer)


@pytest.mark.parametrize("name", ["review_attempt", "save_answer", "submit_attempt"])
@pytest.mark.parametrize("actor", ["outsider", "fresh", "done", "rival"])
def test_the_attempt_of_another_is_nothing(canary: Canary, actor: str, name: str) -> None:
    """Another learner's attempt gets the same refusal as an id that does not exist."""
    session = canary.act(actor)
    more: Row = {}
    if name == "save_answer":
        more = {"question_id": canary.questions[0]["true_false"], "answer": True}
    # The first call in a session has one stack frame less: PL/pgSQL prepares its expressions then.
    call(session, name, {"attempt_id": UUID(NOTHING), **more})
    foreign = call(session, name, {"attempt_id": canary.attempts["open"], **more})
    absent = call(session, name, {"attempt_id": UUID(NOTHING), **more})
    assert foreign == absent
    assert "attempt_not_found" in foreign[1]
    assert not session.all(
        "select id from public.quiz_attempts where id = %s", canary.attempts["open"]
    )


@pytest.mark.parametrize("actor", ["taking", "done", "fresh"])
@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("quiz_attempts", "score = max_score"),
        ("quiz_attempts", "is_passed = true"),
        ("quiz_attempts", "answers = '{}'"),
        ("quiz_attempts", "items = '[]'"),
        ("quiz_attempts", "status = 'open'"),
        ("quiz_attempts", "deadline = null"),
        ("quiz_attempts", "number = 1"),
        ("quiz_attempts", "is_overridden = true"),
        ("lab_submissions", "score = 100"),
        ("lab_submissions", "status = 'accepted'"),
        ("lab_submissions", "is_late = false"),
        ("lab_submissions", "claimed_by = user_id"),
        ("certificates", "revoked_at = null"),
        ("certificates", "name = 'Somebody else'"),
        ("questions", "points = 1000"),
        ("lesson_progress", "score = 100"),
    ],
)
def test_a_learner_writes_no_result(canary: Canary, actor: str, table: str, values: str) -> None:
    """No client may write a score, answers, status, deadline or certificate."""
    with canary.act(actor).refused("42501"):
        canary.session.run(f"update public.{table} set {values}")


@pytest.mark.parametrize("actor", [*HOLDERS, "fresh", "outsider", "rival"])
def test_a_learner_changes_no_rule(canary: Canary, actor: str) -> None:
    """Learners cannot change weight, pass mark, limits, reveal and due dates of the course."""
    session = canary.act(actor)
    for statement in (
        "update public.lessons set weight = 0, is_published = false where course_id = %s",
        "update public.quizzes set pass_mark = 1 where course_id = %s",
        "update public.quizzes set reveal = 'after_submit', max_attempts = null "
        "where course_id = %s",
        "update public.quizzes set time_limit_seconds = null, due_at = null where course_id = %s",
        "update public.labs set due_at = null where course_id = %s",
        "delete from public.questions where course_id = %s",
    ):
        assert session.run(statement, canary.course) == 0, statement
    for table in ("quizzes", "labs"):
        with session.refused("42501"):
            session.run(f"insert into public.{table} (lesson_id) values (%s)", canary.lab)


@pytest.mark.parametrize("actor", ["done", "fresh", "outsider", "rival"])
def test_nobody_outside_grades(canary: Canary, actor: str) -> None:
    """Claiming, grading, overriding and regrading are refused, also for one's own work."""
    session = canary.act(actor)
    for name, arguments in (
        ("claim_submission", {"submission_id": canary.submission}),
        (
            "grade_lab",
            {"submission_id": canary.submission, "score": 9, "feedback": "", "accept": True},
        ),
        ("override_grade", {"attempt_id": canary.attempts["closed"], "score": 9, "reason": "x"}),
        ("regrade_quiz", {"lesson_id": canary.quizzes[0]}),
    ):
        with session.refused(403, "not_course_staff"):
            session.rpc(name, **arguments)


def test_a_foreign_question_is_not_taken_over(canary: Canary) -> None:
    """Owners of another quiz can neither read nor write a question through it."""
    session = canary.act("rival")
    question_id = canary.questions[0]["true_false"]
    session.run(
        "update public.lessons set content_type = 'quiz' where id = %s", canary.foreign_lesson
    )
    with session.refused(404, "question_not_found"):
        session.rpc(
            "save_question",
            **{"lesson_id": canary.foreign_lesson, "kind": "true_false", "points": 1},
            prompt_md="Mine?",
            options=Jsonb([]),
            key=Jsonb({"correct": False}),
            question_id=question_id,
        )
    session.act("postgres")
    key = session.value("select key from private.answer_keys where question_id = %s", question_id)
    assert key == {"correct": True}


@pytest.mark.parametrize("actor", ["outsider", "fresh", "done", "rival"])
def test_a_key_cannot_be_guessed_at(canary: Canary, actor: str) -> None:
    """save_answer validates only the form of an answer: right and wrong answers look the same."""
    if actor != "done":
        with canary.act(actor).refused(404, "attempt_not_found"):
            canary.session.rpc(
                "save_answer",
                attempt_id=canary.attempts["open"],
                question_id=canary.questions[0]["true_false"],
                answer=Jsonb(True),
            )
        return
    started = canary.start("done", 0)
    for item in started["items"]:
        if item["kind"] in ("true_false", "single"):
            values = (
                [True, False]
                if item["kind"] == "true_false"
                else [option["id"] for option in item["options"]]
            )
            seen = set()
            for value in values:
                (row,) = canary.act("done").rpc(
                    "save_answer",
                    attempt_id=started["id"],
                    question_id=UUID(item["question_id"]),
                    answer=Jsonb(value),
                )
                seen.add(str(stored(row) | {"answers": None, "answered_at": None}))
            assert len(seen) == 1


def certificate(canary: Canary) -> Row:
    """A certificate of the course; the session acts as `postgres`."""
    canary.session.act("postgres")
    canary.session.run(
        "update public.enrollments set status = 'completed', completed_at = now() "
        "where user_id = %s",
        canary.users["fresh"],
    )
    return canary.session.one(
        "select * from public.certificates where user_id = %s", canary.users["fresh"]
    )


@pytest.mark.parametrize("actor", ["anon", "fresh", "outsider", "rival"])
def test_a_code_is_all_or_nothing(canary: Canary, actor: str) -> None:
    """Only a complete code is accepted, with any spacing; all other codes get the same refusal."""
    row = certificate(canary)
    code: str = row["code"]
    session = canary.act(actor)
    for same in (code, code.lower(), f" {code[:10]}-{code[10:]} ", f"{code}\u200b"):
        (answer,) = session.rpc("verify_certificate", code=same)
        assert set(answer["verify_certificate"]) == {
            *("code", "valid", "name", "title", "locale", "version", "hours", "completed_at"),
            *("issued_at", "revoked_at", "course_id", "status_index", "identity_salt"),
            *("identity_hash", "completed_on", "issued_on", "revoked_on", "replaced_by"),
            "teachers",
        }
        assert str(canary.users["fresh"]) not in str(answer)
    changed = ("1" if code[-1] == "0" else "0").join((code[:-1], ""))
    refusals = {
        call(session, "verify_certificate", {"code": guess})
        for guess in (
            *(code[:-1], code[1:], code[:1], f"{code}0", f"{code},{code}", changed, "%", "_" * 20),
            *(f"{code[:19]}%", f"{code[:19]}_", f"^{code[:10]}.*", ".*", "", None, "*"),
            *(f"{{{code}}}", f'["{code}"]', f"{code}' or true --", "\\", code[::-1]),
            *("\uff10" * 20, f"like.{code[:3]}*"),
        )
    }
    ((ran, refusal),) = refusals
    assert not ran and "certificate_not_found" in refusal


@pytest.mark.parametrize("actor", ["anon", "fresh", "outsider", "rival"])
def test_a_certificate_is_nobodys_to_write(canary: Canary, actor: str) -> None:
    """No client can issue, change, delete or revoke a certificate; only its owner and staff list
    it.
    """
    row = certificate(canary)
    session = canary.act(actor)
    for statement in (
        "insert into public.certificates (user_id, course_id, code, name, title, locale, version, "
        "hours, completed_at) select gen_random_uuid(), gen_random_uuid(), 'A', 'B', 'C', 'en', 1, "
        "1, now()",
        "update public.certificates set name = 'X'",
        "delete from public.certificates",
    ):
        with session.refused("42501"):
            session.run(statement)
    with session.refused("42501"):
        session.rpc("revoke_certificate", certificate_id=row["id"], reason="Envy.")
    if actor != "anon":
        found = session.all("select id from public.certificates where id = %s", row["id"])
        assert bool(found) == (actor == "fresh")
