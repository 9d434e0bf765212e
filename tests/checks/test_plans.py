"""At 100,000 rows, no hot statement scans a big table or calls a function for each row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.checks.plans import BIG, Node, Recorder, faults, is_keyed, recorder
from tests.support.cluster import MIGRATIONS, run_file
from tests.support.database import Database
from tests.tools.second import second_database

pytestmark = [pytest.mark.once, pytest.mark.slow]

CROWD = Path(__file__).with_name("crowd.sql")
ACTORS = {"learner": "authenticated", "staff": "authenticated", "anon": "anon"}


@dataclass(frozen=True)
class Read:
    """A client's read of a table: actor, table and filter; an index must serve the key."""

    actor: str
    table: str
    key: str
    where: str = ""

    def __str__(self) -> str:
        return " ".join([self.actor, self.table, *self.where.split("%(")[:1]]).strip()

    @property
    def statement(self) -> sql.Composed:
        """The statement, with PostgREST's limit of 1,000 rows."""
        return sql.SQL("select * from public.{} {} limit 1000").format(
            sql.Identifier(self.table), sql.SQL(f"where {self.where}" if self.where else "")
        )


# Without a filter, the policy alone must find the rows: many clients send no filter.
READS = [
    *(
        Read("learner", table, "user_id")
        for table in (
            "certificates",
            "enrollments",
            "entitlements",
            "lab_submissions",
            "learning_events",
            "lesson_progress",
            "quiz_attempts",
            "tutor_conversations",
            "tutor_messages",
        )
    ),
    Read("learner", "profiles", "id"),
    *(
        Read("staff", table, "course_id")
        for table in (
            "certificates",
            "enrollments",
            "entitlements",
            "lab_submissions",
            "learning_events",
            "lesson_progress",
            "questions",
            "quiz_attempts",
        )
    ),
    Read("staff", "profiles", "id"),
    Read("learner", "enrollments", "user_id", "user_id = %(learner)s"),
    Read("learner", "lesson_progress", "user_id", "user_id = %(learner)s"),
    Read("learner", "lesson_progress", "course_id", "course_id = %(course)s"),
    Read("learner", "lesson_progress", "user_id", "lesson_id = %(lesson)s"),
    Read(
        "learner",
        "lesson_progress",
        "user_id",
        "course_id = %(course)s and user_id = %(learner)s",
    ),
    Read("learner", "quiz_attempts", "lesson_id", "lesson_id = %(quiz)s"),
    Read("learner", "quiz_attempts", "user_id", "user_id = %(learner)s"),
    Read("learner", "profiles", "id", "id = %(learner)s"),
    Read("learner", "learning_events", "user_id", "user_id = %(learner)s"),
    Read("learner", "lessons", "course_id", "course_id = %(course)s"),
    Read("learner", "lesson_contents", "lesson_id", "lesson_id = %(lesson)s"),
    Read("learner", "lesson_contents", "course_id", "course_id = %(course)s"),
    Read("learner", "lesson_passages", "lesson_id", "lesson_id = %(lesson)s"),
    Read("learner", "lesson_passages", "course_id", "course_id = %(course)s"),
    Read("learner", "lesson_prerequisites", "course_id", "course_id = %(course)s"),
    Read("learner", "tutor_messages", "conversation_id", "conversation_id = %(conversation)s"),
    Read("staff", "enrollments", "course_id", "course_id = %(taught)s"),
    Read("staff", "lesson_progress", "course_id", "course_id = %(taught)s"),
    Read("staff", "learning_events", "course_id", "course_id = %(taught)s"),
    Read("staff", "quiz_attempts", "course_id", "course_id = %(taught)s"),
    Read("staff", "lesson_contents", "course_id", "course_id = %(taught)s"),
    Read(
        "staff",
        "profiles",
        "id",
        "id in (select user_id from public.enrollments where course_id = %(taught)s)",
    ),
    Read("anon", "lessons", "course_id", "course_id = %(course)s"),
    Read("anon", "lesson_contents", "lesson_id", "lesson_id = %(lesson)s"),
    Read("anon", "lesson_passages", "course_id", "course_id = %(course)s"),
    Read("anon", "lesson_prerequisites", "course_id", "course_id = %(course)s"),
]

# Big tables that an unfiltered read may scan, each with the reason.
WHOLE = {
    "lessons": "everybody reads the syllabus of every published course",
    "lesson_contents": "everybody reads every preview, and thus a share of all rows",
    "lesson_passages": "the same: pieces of that content",
    "lesson_prerequisites": "a part of the syllabus",
}


@dataclass(frozen=True)
class Call:
    """A hot function, and the tables that its statements must find by these columns."""

    name: str
    actor: str
    statements: tuple[str, ...]
    keys: dict[str, str]

    def __str__(self) -> str:
        return f"{self.name} {self.actor}"


START = "select public.start_attempt(%(quiz)s)"
CALLS = [
    Call(
        "my_learning",
        "learner",
        ("select * from public.my_learning()",),
        {"enrollments": "user_id", "lesson_progress": "user_id", "learner_days": "user_id"},
    ),
    *(
        Call(
            "course_outline",
            actor,
            ("select public.course_outline(%(slug)s)",),
            {"lessons": "course_id"},
        )
        for actor in ("learner", "anon")
    ),
    Call(
        "lesson_access",
        "learner",
        ("select * from public.lesson_access(%(course)s)",),
        {"lessons": "course_id", "lesson_progress": "user_id"},
    ),
    Call(
        "explain_access",
        "learner",
        ("select public.explain_access(%(lesson)s)",),
        {"lessons": "id", "lesson_prerequisites": "course_id"},
    ),
    Call(
        "record_progress",
        "learner",
        (
            "select public.record_progress(%(video)s, 5, '[[0, 10]]', 10, gen_random_uuid())",
            "select public.record_progress(%(video)s, 600, '[[0, 600]]', 10, gen_random_uuid())",
        ),
        {"lessons": "id", "enrollments": "user_id", "entitlements": "user_id"},
    ),
    Call(
        "complete_lesson",
        "learner",
        ("select public.complete_lesson(%(text)s)",),
        {"lessons": "id", "enrollments": "user_id", "lesson_progress": "user_id"},
    ),
    Call(
        "enroll",
        "learner",
        ("select public.enroll(%(other)s)", "select public.withdraw(%(other)s)"),
        {"enrollments": "user_id", "entitlements": "user_id", "lesson_progress": "user_id"},
    ),
    Call(
        "start_attempt",
        "learner",
        (START,),
        {"quiz_attempts": "lesson_id", "questions": "lesson_id"},
    ),
    Call(
        "submit_attempt",
        "learner",
        (
            START,
            "select public.submit_attempt(a.id) from public.quiz_attempts as a "
            "where a.lesson_id = %(quiz)s and a.status = 'open' and a.user_id = %(learner)s",
        ),
        {"quiz_attempts": "id", "question_versions": "question_id"},
    ),
    Call(
        "course_overview",
        "staff",
        ("select public.course_overview(%(taught)s)",),
        {"course_rollups": "course_id", "lesson_rollups": "course_id"},
    ),
    Call(
        "instructor_dashboard",
        "staff",
        ("select * from public.instructor_dashboard()",),
        {"course_rollups": "course_id"},
    ),
    Call(
        "course_learners",
        "staff",
        tuple(
            f"select * from public.course_learners(%(taught)s, sort => '{sort}')"
            for sort in ("name", "-name", "progress", "-progress", "-last_activity", "-enrolled")
        ),
        {
            "enrollments": "course_id",
            "learner_places": "course_id",
            "profiles": "id",
            "lesson_progress": "course_id",
        },
    ),
    *(
        Call(
            "search",
            actor,
            (
                "select * from public.search(%(words)s)",
                "select * from public.search(%(typo)s)",
                "select * from public.search_facets(%(words)s)",
                "select * from public.suggest(%(prefix)s)",
            ),
            {"search_documents": "syllabus_terms"},
        )
        for actor in ("learner", "staff", "anon")
    ),
    Call(
        "search_passages",
        "learner",
        ("select * from public.search_passages(%(course)s, %(words)s)",),
        {"passage_vectors": "course_id"},
    ),
    Call(
        "begin_tutor_turn",
        "learner",
        (
            "select public.begin_tutor_turn("
            "gen_random_uuid(), %(course)s, %(lesson)s, %(words)s, 'auto', 'first')",
        ),
        {"passage_vectors": "course_id", "tutor_usage": "subject", "quiz_attempts": "user_id"},
    ),
]

# Faults inside a function that affect few rows: a part of the fault, a part of the statement, and
# the reason why the rows are few.
FEW = {
    ("calls private.is_overdue", "public.quiz_attempts"): (
        "open attempts of one learner in one course"
    ),
    ("calls private.is_revealed", "public.quiz_attempts"): "attempts of one learner in one lesson",
    ("calls private.is_entitled", "update public.enrollments"): (
        "people who wait for a seat in one course, until one is given"
    ),
    ("calls private.contains_word", "from unnest(v_hits)"): (
        "20 matches of a word that may have been meant"
    ),
}


@pytest.fixture(scope="module")
def crowd(database: Database) -> Iterator[Database]:
    """A separate database with about 100,000 rows in each table that grows with people."""
    with second_database(database, "lyceum_crowd") as second:
        for file in sorted(MIGRATIONS.glob("*.sql")):
            run_file(second.url, file)
        run_file(second.superuser_url, CROWD)
        with psycopg.connect(second.superuser_url, autocommit=True) as connection:
            connection.execute("vacuum (analyze)")
        yield second


@pytest.fixture(scope="module")
def facts(crowd: Database) -> dict[str, Any]:
    """Ids of a typical learner, of an instructor, and of related rows."""
    session = crowd.connect()
    found = session.one(
        """
        select
          md5('learner17')::uuid as learner,
          md5('instructor3')::uuid as staff,
          md5('conversation17')::uuid as conversation,
          c.id as course,
          c.slug,
          c.title as words,
          -- A letter too many.
          overlay(c.title placing 'x' from 4 for 0) as typo,
          left(c.title, 4) as prefix,
          md5('course3')::uuid as taught,
          -- Not one of the learner's; it asks for another course.
          md5('course331')::uuid as other,
          (select id from public.lessons where course_id = c.id and slug = 'lesson-6') as lesson,
          (select id from public.lessons where course_id = c.id and slug = 'lesson-1') as video,
          (select id from public.lessons where course_id = c.id and slug = 'lesson-15') as text,
          (select id from public.lessons where course_id = c.id and slug = 'lesson-4') as quiz
        from public.courses as c where c.id = md5('course119')::uuid
        """
    )
    session.close()
    return found


@pytest.fixture(scope="module")
def recording(crowd: Database) -> Iterator[Recorder]:
    """The session that records plans."""
    found = recorder(crowd)
    yield found
    found.session.close()


@pytest.fixture
def plans(recording: Recorder) -> Iterator[Recorder]:
    """The recording session, rolled back at the end of the test."""
    yield recording
    recording.session.rollback()


def speak(plans: Recorder, actor: str, facts: dict[str, Any]) -> None:
    """Make the session act as this actor."""
    plans.session.act(ACTORS[actor], facts.get(actor))


def wrong_with(plans: Recorder, read: Read, found: list[Node]) -> list[str]:
    """The faults in the plans of a read; the last plan is that of the read itself."""
    wrong = [fault for plan in found for fault in faults(plan, plans.tables)]
    if not is_keyed(found[-1], plans.tables, read.table, read.key):
        wrong.append(f"has no condition of an index on {read.key}")
    return wrong


@pytest.mark.parametrize("read", READS, ids=str)
def test_read(plans: Recorder, facts: dict[str, Any], read: Read) -> None:
    """A client's read, and the helpers of its policy, find their rows by an index on the key."""
    speak(plans, read.actor, facts)
    found = [plan for _, plan in plans.run(read.statement, facts)]
    wrong = wrong_with(plans, read, found)
    assert wrong == [], "\n".join(wrong)


def run_call(plans: Recorder, call: Call, facts: dict[str, Any]) -> list[tuple[str, Node]]:
    """The plans of all statements of a hot function."""
    speak(plans, call.actor, facts)
    found = [pair for statement in call.statements for pair in plans.run(statement, facts)]
    plans.session.act("postgres")
    return found


def excuse(fault: str, text: str) -> tuple[str, str] | None:
    """The entry of FEW that matches a fault of a statement."""
    matches = (key for key in FEW if key[0] in fault and key[1] in text)
    return next(matches, None)


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_call(plans: Recorder, facts: dict[str, Any], call: Call) -> None:
    """Every statement inside a hot function finds its rows by an index."""
    found = run_call(plans, call, facts)
    wrong = [
        f"{fault} in {text[:200]}"
        for text, plan in found
        for fault in faults(plan, plans.tables)
        if excuse(fault, text) is None
    ]
    assert wrong == [], "\n".join(wrong)
    for table, key in call.keys.items():
        assert any(is_keyed(plan, plans.tables, table, key) for _, plan in found), (table, key)


def test_excuses_are_in_use(plans: Recorder, facts: dict[str, Any]) -> None:
    """Each entry of FEW matches an existing fault."""
    used = set()
    for call in CALLS:
        with plans.session.savepoint():
            for text, plan in run_call(plans, call, facts):
                used |= {excuse(fault, text) for fault in faults(plan, plans.tables)}
    assert used - {None} == set(FEW)


def test_every_big_table_is_read_without_a_filter(plans: Recorder) -> None:
    """READS has an unfiltered read of each big table, or WHOLE has a reason not to."""
    tables = {
        row["name"]
        for row in plans.session.all(
            "select distinct tablename as name from pg_policies "
            "where schemaname = 'public' and cmd = 'SELECT'"
        )
        if sum(
            rows
            for name, rows in plans.tables.rows.items()
            if plans.tables.of({"Relation Name": name}) == row["name"]
        )
        >= BIG
    }
    assert tables == {read.table for read in READS if not read.where} | set(WHOLE)
    assert all(plans.tables.rows[name] >= 100_000 for name in ("lesson_progress", "enrollments"))


# Mutations ---------------------------------------------------------------------------------------

CALLER = "( SELECT private.account_id() AS account_id)"
STAFFED = "(course_id = ANY (ARRAY( SELECT private.staffed_course_ids() AS staffed_course_ids)))"
RANGE = re.compile(
    r"\(\((\w+) >= \( SELECT private\.admin_floor\(\) AS admin_floor\)\) AND "
    r"\(\1 <= '[f-]+'::uuid\)\)"
)
# A helper that takes the row as its argument, which the conventions forbid.
TEACHES = """
create function private.teaches(p_course_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
  return exists (
    select from public.course_staff as s
    where s.course_id = p_course_id and s.user_id = (select auth.uid())
  );
end
$$;
grant execute on function private.teaches(uuid) to authenticated;
"""


def mutated(plans: Recorder, read: Read, facts: dict[str, Any]) -> list[str]:
    """The faults in the plan of a read, which is not executed because it would be slow."""
    speak(plans, read.actor, facts)
    found = plans.explain(read.statement, facts)
    plans.session.act("postgres")
    return wrong_with(plans, read, [found])


def rewrite(plans: Recorder, table: str, change: Callable[[str], str]) -> bool:
    """Rewrite the policy of signed-in readers of a table; False if nothing changes."""
    policy = plans.session.one(
        "select policyname as name, qual from pg_policies "
        "where schemaname = 'public' and tablename = %s and cmd = 'SELECT' "
        "and roles = '{authenticated}'",
        table,
    )
    changed = change(policy["qual"])
    if changed == policy["qual"]:
        return False
    plans.session.run(
        sql.SQL("alter policy {} on public.{} using ({})").format(
            sql.Identifier(policy["name"]), sql.Identifier(table), sql.SQL(changed)
        )
    )
    return True


def noticed(plans: Recorder, table: str, facts: dict[str, Any], fault: str, **of: str) -> list[str]:
    """The reads of a table whose plans now have a fault with this beginning."""
    return [
        str(read)
        for read in READS
        if read.table == table
        and all(getattr(read, name) == value for name, value in of.items())
        and any(found.startswith(fault) for found in mutated(plans, read, facts))
    ]


def drop_indexes(plans: Recorder, table: str, key: str) -> None:
    """Drop the indexes of a table that lead with this column, and their constraints."""
    for row in plans.session.all(
        """
        select
          case
            when n.oid is null then format('drop index %%s', x.oid::regclass)
            else format('alter table %%s drop constraint %%I cascade', t.oid::regclass, n.conname)
          end as statement
        from pg_index as i
        inner join pg_class as x on x.oid = i.indexrelid
        inner join pg_class as t on t.oid = i.indrelid
        left join pg_constraint as n on n.conindid = x.oid and n.conrelid = t.oid
        inner join pg_attribute as a on a.attrelid = t.oid and a.attnum = i.indkey[0]
        where t.relname = %s and a.attname = %s
        """,
        table,
        key,
    ):
        plans.session.run(row["statement"])


def open_reads(actor: str) -> list[str]:
    """The tables that an actor reads without a filter."""
    return [read.table for read in READS if read.actor == actor and not read.where]


@pytest.mark.parametrize("table", open_reads("learner"))
def test_unwrapped_caller_is_noticed(plans: Recorder, facts: dict[str, Any], table: str) -> None:
    """account_id() outside a subselect is called for each row, with and without a filter."""
    assert rewrite(plans, table, lambda text: text.replace(CALLER, "private.account_id()"))
    reads = [str(read) for read in READS if read.table == table and read.actor == "learner"]
    found = noticed(plans, table, facts, "calls private.account_id for each row", actor="learner")
    assert found == reads


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("private.teaches(course_id)", "calls private.teaches for each row"),
        ("(select private.teaches(course_id))", "runs a subquery for each row"),
        ("course_id in (select private.staffed_course_ids())", "reads all of"),
    ],
)
@pytest.mark.parametrize("table", [name for name in open_reads("staff") if name != "profiles"])
def test_helper_with_the_row_is_noticed(
    plans: Recorder, facts: dict[str, Any], table: str, call: str, fault: str
) -> None:
    """A helper that is called for each row, or whose set no index can use, is found."""
    plans.session.run(TEACHES)
    assert rewrite(plans, table, lambda text: text.replace(STAFFED, call))
    assert noticed(plans, table, facts, fault, actor="staff", where="")


@pytest.mark.parametrize("table", open_reads("staff"))
def test_flag_of_admins_is_noticed(plans: Recorder, facts: dict[str, Any], table: str) -> None:
    """An is-admin flag in a disjunction makes readers scan the whole table."""
    assert rewrite(plans, table, lambda text: RANGE.sub("(select private.is_admin())", text))
    assert noticed(plans, table, facts, "reads all of", where="")


@pytest.mark.parametrize(
    ("table", "key"),
    [
        *sorted({(read.table, read.key) for read in READS if not read.where}),
        ("lesson_contents", "lesson_id"),
        ("lesson_passages", "course_id"),
        ("lesson_prerequisites", "course_id"),
        ("lessons", "course_id"),
    ],
)
def test_lost_index_is_noticed(
    plans: Recorder, facts: dict[str, Any], table: str, key: str
) -> None:
    """Without the indexes that lead with the key, a read by this key fails."""
    drop_indexes(plans, table, key)
    assert any(
        mutated(plans, read, facts) for read in READS if (read.table, read.key) == (table, key)
    )


@pytest.mark.parametrize(
    ("name", "table", "key"),
    [
        ("my_learning", "enrollments", "user_id"),
        ("course_outline", "lessons", "course_id"),
        ("submit_attempt", "question_versions", "question_id"),
        ("search", "search_documents", "syllabus_terms"),
        ("complete_lesson", "lessons", "id"),
    ],
)
def test_lost_index_of_a_function_is_noticed(
    plans: Recorder, facts: dict[str, Any], name: str, table: str, key: str
) -> None:
    """Without the indexes that lead with a key, a function that uses it scans the table."""
    drop_indexes(plans, table, key)
    call = next(call for call in CALLS if call.name == name)
    found = [
        fault for _, plan in run_call(plans, call, facts) for fault in faults(plan, plans.tables)
    ]
    assert any(fault.startswith(f"reads all of {table}") for fault in found)
