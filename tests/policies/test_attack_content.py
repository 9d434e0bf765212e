"""Attempts to read closed content through joins, counts, functions and error texts."""

from __future__ import annotations

import psycopg
import pytest

from tests.policies.world import SECRET, World
from tests.support.database import told

# The lessons of the school whose content each actor may read.
INSIDE = {"preview", "open", "locked", "gated", "unpublished", "draft", "draft_gated"}
# The archived course, whose staff is the owner; its learner reads on.
ARCHIVED = {"archived", "archived_draft"}
READABLE = {
    "anon": {"preview"},
    "outsider": {"preview"},
    "learner": {"preview", "open", "archived"},
    "peer": {"preview", "open", "gated"},
    "elsewhere": {"preview", "foreign"},
    "pending": {"preview"},
    "waitlisted": {"preview"},
    "withdrawn": {"preview"},
    "future": {"preview"},
    "expired": {"preview"},
    "revoked": {"preview"},
    "completed": {"preview", "open"},
    "assistant": INSIDE,
    "instructor": INSIDE,
    "owner": INSIDE | ARCHIVED,
    "rival": {"preview", "foreign", "unlisted"},
    "admin": INSIDE | ARCHIVED | {"foreign", "unlisted"},
    "service": INSIDE | ARCHIVED | {"foreign", "unlisted"},
}
STRANGERS = ("anon", "outsider", "elsewhere", "rival", "pending", "withdrawn", "expired", "revoked")


def names(world: World, rows: list[dict[str, object]]) -> set[str]:
    """The names of the lessons in a list of rows; lessons of other schools are omitted."""
    found = {row["lesson_id"] for row in rows}
    return {name for name, lesson_id in world.lessons.items() if lesson_id in found}


@pytest.mark.parametrize("actor", READABLE)
@pytest.mark.parametrize(
    "query",
    [
        "select lesson_id from public.lesson_contents",
        # Embedding as PostgREST does it, from either side.
        "select t.lesson_id from public.lessons as l "
        "inner join public.lesson_contents as t on t.lesson_id = l.id",
        "select t.lesson_id from public.courses as c left join lateral ("
        "select x.lesson_id from public.lesson_contents as x where x.course_id = c.id"
        ") as t on true where t.lesson_id is not null",
        "select lesson_id from public.lesson_contents where body_md like 'Only%'",
        "select unnest(array_agg(lesson_id)) as lesson_id from public.lesson_contents",
        "select lesson_id from public.lesson_passages",
        "select p.lesson_id from public.lessons as l "
        "left join public.lesson_passages as p on p.lesson_id = l.id where p.ord > 0",
        "select lesson_id from public.lesson_passages where body like 'Only%'",
    ],
)
def test_only_readable_content_is_found(scene: World, actor: str, query: str) -> None:
    """Each actor finds only their open contents, with every form of query."""
    session = scene.act(actor)
    assert names(scene, session.all(query)) == READABLE[actor]


@pytest.mark.parametrize("actor", READABLE)
def test_counting_tells_nothing(scene: World, actor: str) -> None:
    """count(*) and exists() see only the rows that select sees."""
    session = scene.act(actor)
    for name in {*INSIDE, "foreign", "unlisted"}:
        lesson_id = scene.lessons[name]
        for table in ("lesson_contents", "lesson_passages"):
            count = session.value(
                f"select count(*) from public.{table} where lesson_id = %s", lesson_id
            )
            assert count == (name in READABLE[actor]), (table, name)


@pytest.mark.parametrize("actor", ["anon", "learner", "rival"])
def test_a_condition_that_fails_never_sees_a_hidden_row(scene: World, actor: str) -> None:
    """A condition whose error would reveal a row is evaluated after the policy."""
    session = scene.act(actor)
    for condition in (
        "1 / (case when body_md like 'Only%%' then 0 else 1 end) = 1",
        "body_md::integer = 1",
    ):
        found = session.all(
            f"select lesson_id from public.lesson_contents where lesson_id = %s and {condition}",
            scene.lessons["locked"],
        )
        assert found == []


@pytest.mark.parametrize("actor", READABLE)
def test_functions_carry_no_content(scene: World, actor: str) -> None:
    """No read function returns a lesson's text, not even to staff."""
    session = scene.session
    slugs = session.all("select id, slug from public.courses where id = any(%s)", courses(scene))
    calls = [("course_outline", {"slug": row["slug"]}) for row in slugs]
    calls += [("lesson_access", {"course_id": row["id"]}) for row in slugs]
    calls += [("explain_access", {"lesson_id": lesson}) for lesson in scene.lessons.values()]
    calls += [("my_learning", {})]
    scene.act(actor)
    answered = 0
    for name, arguments in calls:
        try:
            with session.connection.transaction():
                answer = str(session.rpc(name, **arguments))
        except psycopg.Error as error:
            answer = str(vars(error.diag)) + str(error)
            assert told(error).state in (401, 403, 404, "42501"), name
        else:
            answered += 1
        assert SECRET not in answer, name
    assert answered > 0


@pytest.mark.parametrize("actor", READABLE)
def test_open_means_readable(scene: World, actor: str) -> None:
    """lesson_access calls a lesson open if and only if the policy shows its content."""
    session = scene.act(actor)
    said = session.rpc("lesson_access", course_id=scene.course)
    said += session.rpc("lesson_access", course_id=scene.foreign)
    opened = names(scene, [row for row in said if row["is_open"]]) - {"bare", "bare_foreign"}
    assert opened == READABLE[actor] - {"draft", "draft_gated"} - ARCHIVED


@pytest.mark.parametrize("actor", READABLE)
def test_a_lesson_page_has_readable_content(scene: World, actor: str) -> None:
    """lesson_page gives the content that the policy lets through, and nothing of any other."""
    slugs = {
        row["id"]: {"course_slug": row["course_slug"], "lesson_slug": row["lesson_slug"]}
        for row in scene.session.all(
            "select l.id, c.slug as course_slug, l.slug as lesson_slug "
            "from public.lessons as l inner join public.courses as c on c.id = l.course_id"
        )
    }
    session = scene.act(actor)
    read: set[str] = set()
    for name, lesson_id in scene.lessons.items():
        for arguments in ({"lesson_id": lesson_id}, slugs[lesson_id]):
            try:
                with session.connection.transaction():
                    ((page,),) = (row.values() for row in session.rpc("lesson_page", **arguments))
            except psycopg.Error as error:
                assert told(error).code == "lesson_not_found"
                assert SECRET not in str(vars(error.diag)) + str(error)
                assert not session.all("select id from public.lessons where id = %s", lesson_id)
                continue
            if page["content"] is not None:
                assert page["content"]["body_md"] == f"{SECRET} {name}"
                read.add(name)
            else:
                assert SECRET not in str(page)
            assert page["lesson"]["is_open"] == (page["lesson"]["reason"] is None)
    assert read == READABLE[actor]


@pytest.mark.parametrize("actor", READABLE)
def test_searching_finds_what_is_readable(scene: World, actor: str) -> None:
    """A search for words of a text finds it for its readers only, and suggests it to nobody."""
    session = scene.act(actor)
    shown: set[str] = set()
    for course_id in courses(scene):
        given = {"query": "inside", "course_id": course_id}
        results = session.rpc("search", **given, page_size=200)
        shown |= names(scene, results)
        assert all("Only for those <mark>inside</mark>" in result["snippet"] for result in results)
        facets = session.rpc("search_facets", **given)
        counted = [row["count"] for row in facets if row["facet"] == "kind"]
        assert sum(counted) == len(results)
    assert shown == READABLE[actor] - ARCHIVED
    assert session.rpc("suggest", prefix="those ins") == []


@pytest.mark.parametrize("actor", [name for name in READABLE if name != "anon"])
def test_passages_are_found_where_they_are_open(scene: World, actor: str) -> None:
    """search_passages returns passages of open lessons only, and hides drafts."""
    session = scene.act(actor)
    found: list[dict[str, object]] = []
    for course_id in courses(scene):
        try:
            with session.connection.transaction():
                found += session.rpc("search_passages", course_id=course_id, query="inside", k=50)
        except psycopg.Error as error:
            assert told(error).code == "course_not_found"
            assert not session.all("select id from public.courses where id = %s", course_id)
    assert names(scene, found) == READABLE[actor] - ARCHIVED


@pytest.mark.parametrize("actor", READABLE)
def test_an_outline_is_there_for_whom_the_course_is(scene: World, actor: str) -> None:
    """course_outline answers if and only if the policy of courses shows the row."""
    slugs = scene.session.all("select slug from public.courses where id = any(%s)", courses(scene))
    session = scene.act(actor)
    for slug in (row["slug"] for row in slugs):
        if session.all("select id from public.courses where slug = %s", slug):
            assert session.rpc("course_outline", slug=slug)
        else:
            with session.refused(404, "course_not_found"):
                session.rpc("course_outline", slug=slug)


def courses(world: World) -> list[object]:
    """The courses of the school."""
    return [world.course, world.draft, world.empty, world.foreign]


@pytest.mark.parametrize("actor", [*STRANGERS, "learner", "peer"])
def test_functions_list_no_drafts(scene: World, actor: str) -> None:
    """Unpublished lessons are in answers to staff only."""
    slug = scene.session.value("select slug from public.courses where id = %s", scene.course)
    session = scene.act(actor)
    hidden = str(scene.lessons["unpublished"])
    assert hidden not in str(session.rpc("course_outline", slug=slug))
    assert hidden not in str(session.rpc("lesson_access", course_id=scene.course))
    assert hidden not in str(session.rpc("lesson_page", lesson_id=scene.lessons["gated"]))
    for name in ("explain_access", "lesson_page"):
        with session.refused(404, "lesson_not_found"):
            session.rpc(name, lesson_id=hidden)


def refusal(world: World, actor: str, name: str, **arguments: object) -> tuple[str | None, ...]:
    """All fields of the error of a refused call."""
    session = world.act(actor)
    try:
        with session.connection.transaction():
            session.rpc(name, **arguments)
    except psycopg.Error as error:
        diag = error.diag
        return (
            *(error.sqlstate, diag.message_primary, diag.message_detail, diag.message_hint),
            *(diag.table_name, diag.constraint_name),
        )
    raise AssertionError(f"{name} was not refused")


@pytest.mark.parametrize("actor", ["outsider", "peer", "elsewhere", "rival"])
def test_a_hidden_thing_answers_like_nothing(scene: World, actor: str) -> None:
    """A draft course or lesson gets exactly the refusal of an id that does not exist."""
    slug = scene.session.value("select slug from public.courses where id = %s", scene.draft)
    nothing = "00000000-0000-4000-8000-000000000000"
    draft_enrollment = scene.session.value(
        "select id from public.enrollments where course_id = %s limit 1", scene.draft
    )
    draft_right = scene.session.value(
        "select id from public.entitlements where course_id = %s limit 1", scene.draft
    )
    for name, argument, hidden, absent in (
        ("course_outline", "slug", slug, "no-such-course"),
        ("course_outline", "course_id", scene.draft, nothing),
        ("lesson_access", "course_id", scene.draft, nothing),
        ("lesson_page", "lesson_id", scene.lessons["draft"], nothing),
        ("enroll", "course_id", scene.draft, nothing),
        ("withdraw", "course_id", scene.draft, nothing),
        ("publish_course", "course_id", scene.draft, nothing),
        ("course_overview", "course_id", scene.draft, nothing),
        ("course_activity", "course_id", scene.draft, nothing),
        ("course_funnel", "course_id", scene.draft, nothing),
        ("course_learners", "course_id", scene.draft, nothing),
        ("at_risk_learners", "course_id", scene.draft, nothing),
        ("tutor_quota", "course_id", scene.draft, nothing),
        ("tutor_usage", "course_id", scene.draft, nothing),
        ("tutor_guidance", "lesson_id", scene.lessons["draft"], nothing),
        ("explain_access", "lesson_id", scene.lessons["draft"], nothing),
        ("complete_lesson", "lesson_id", scene.lessons["draft"], nothing),
        ("record_progress", "lesson_id", scene.lessons["draft"], nothing),
        ("revoke_entitlement", "entitlement_id", draft_right, nothing),
    ):
        assert refusal(scene, actor, name, **{argument: hidden}) == refusal(
            scene, actor, name, **{argument: absent}
        ), name
    assert refusal(
        scene, actor, "search_passages", course_id=scene.draft, query="inside"
    ) == refusal(scene, actor, "search_passages", course_id=nothing, query="inside")
    turn = {"conversation_id": nothing, "question": "inside", "turn_key": "key"}
    assert refusal(scene, actor, "begin_tutor_turn", course_id=scene.draft, **turn) == refusal(
        scene, actor, "begin_tutor_turn", course_id=nothing, **turn
    )
    assert refusal(
        scene, actor, "decide_enrollment", enrollment_id=draft_enrollment, accept=True
    ) == refusal(scene, actor, "decide_enrollment", enrollment_id=nothing, accept=True)
    assert refusal(
        scene, actor, "reorder_lessons", module_id=scene.module_draft, lesson_ids=[]
    ) == refusal(scene, actor, "reorder_lessons", module_id=nothing, lesson_ids=[])


@pytest.mark.parametrize("actor", STRANGERS)
def test_errors_tell_no_content(scene: World, actor: str) -> None:
    """A write to a closed lesson fails at the policy, before a constraint could be violated."""
    session = scene.act(actor)
    lesson_id = scene.lessons["locked"]
    for statement in (
        "insert into public.lesson_drafts (lesson_id, body_md) values (%s, 'x')",
        "insert into public.lesson_drafts (lesson_id, body_md) values (%s, 'x') "
        "on conflict (lesson_id) do update set body_md = lesson_drafts.body_md "
        "returning body_md",
        "insert into public.lesson_drafts (lesson_id, body_md) values (%s, 'x') "
        "on conflict do nothing",
    ):
        with session.refused("42501"):
            session.run(statement, lesson_id)
    if actor != "anon":
        statement = "update public.lesson_drafts set transcript = body_md where lesson_id = %s"
        assert session.all(f"{statement} returning body_md", lesson_id) == []


def test_a_prerequisite_does_not_name_a_draft(scene: World) -> None:
    """A refusal does not reveal the title of another author's draft prerequisite."""
    session = scene.session
    session.run("update public.courses set title = %s where id = %s", SECRET, scene.draft)
    scene.act("rival").run(
        "insert into public.course_prerequisites (course_id, prerequisite_id) values (%s, %s)",
        scene.foreign_other,
        scene.draft,
    )
    answer = refusal(scene, "outsider", "enroll", course_id=scene.foreign_other)
    assert '"prerequisite_missing"' in str(answer)
    assert SECRET not in str(answer)


def test_a_cycle_is_told_to_authors_only(scene: World) -> None:
    """The cycle check runs after the policy: a stranger gets 42501 for any pair."""
    lessons = scene.lessons
    for prerequisite, lesson in (("draft_gated", "draft"), ("draft", "draft_gated")):
        with scene.act("outsider").refused("42501"):
            scene.session.run(
                "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) "
                "values (%s, %s)",
                lessons[lesson],
                lessons[prerequisite],
            )
    with scene.act("outsider").refused("42501"):
        scene.session.run(
            "insert into public.course_prerequisites (course_id, prerequisite_id) values (%s, %s)",
            scene.foreign,
            scene.course,
        )
    with scene.act("assistant").refused(409, "prerequisite_cycle"):
        scene.session.run(
            "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)",
            lessons["draft"],
            lessons["draft_gated"],
        )


def test_a_shadow_table_fools_no_policy(scene: World) -> None:
    """Helpers ignore a temporary table with the name of one of ours."""
    session = scene.act("outsider")
    for statement in (
        "create temporary table profiles (id uuid, role public.app_role)",
        "create temporary table course_staff (course_id uuid, user_id uuid, role text)",
        "create temporary table enrollments (course_id uuid, user_id uuid, status text)",
    ):
        session.run(statement)
    session.run("insert into pg_temp.profiles values (%s, 'admin')", scene.id("outsider"))
    session.run(
        "insert into pg_temp.course_staff values (%s, %s, 'owner')",
        scene.course,
        scene.id("outsider"),
    )
    found = session.all("select lesson_id from public.lesson_contents")
    assert names(scene, found) == READABLE["outsider"]
    with session.refused(403, "not_course_staff"):
        session.rpc("publish_course", course_id=scene.draft)
