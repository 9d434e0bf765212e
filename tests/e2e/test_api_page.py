"""docs/api.md: its program runs, and its tables are those of the catalogue and of the service."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.e2e.pages import blocks, on_stack, run, run_typescript
from tests.support.cluster import ROOT
from tests.support.database import Session
from tests.support.http import service, token
from tests.support.stack import Stack

PAGE = ROOT / "docs" / "api.md"
PROGRAM = "\n".join(blocks(PAGE, "ts"))
CELLS = re.compile(r"^\| (`.+?) \|(.+)", re.MULTILINE)
EMBEDS = re.findall(r'`\.from\("(\w+)"\)\.select\("([^"]+)"\)`', PAGE.read_text())
CODE = re.compile(r"`([^`]+)`")
# Functions that clients may call; a parameter that may be left out is followed by a question mark.
FUNCTIONS = """
select
  p.proname as name,
  format('%s(%s)', p.proname, array_to_string(array(
    select a.name || case when a.at > p.pronargs - p.pronargdefaults then '?' else '' end
    from unnest(p.proargnames[:p.pronargs]) with ordinality as a (name, at) order by a.at
  ), ', ')) as signature,
  array(
    select a.name from unnest(p.proargnames[:p.pronargs - p.pronargdefaults]) as a (name)
  ) as required,
  'cursor' = any(p.proargnames[:p.pronargs]) as is_paged
from pg_proc as p
where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'
  and has_function_privilege('authenticated', p.oid, 'execute')
  and not exists (select from pg_depend as d where d.objid = p.oid and d.deptype = 'e')
order by 1
"""
TABLES = """
select c.relname as name from pg_class as c
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v')
  and has_table_privilege('authenticated', c.oid, 'select')
"""
COURSES = ("c1000000-0000-4000-8000-000000000000", "c2000000-0000-4000-8000-000000000000")
CONVERSATION = str(uuid4())
QUIZ = "c1000000-0000-4000-8000-000000000303"
# What a list is asked for: the demo course, a word in it, and a conversation of the learner.
ARGUMENTS = {
    "course_id": COURSES[0],
    "user_id": "a0000000-0000-4000-8000-000000000021",
    "lesson_id": QUIZ,
    "question_id": "f1000000-0000-4000-8000-000000000301",
    "query": "index",
    "conversation_id": CONVERSATION,
}
# Lists of which the demo courses have less than two rows.
SHORT = {
    *("at_risk_learners", "course_problems", "grade_history", "lab_queue", "learners_to_complete"),
    *("quiz_overrides", "tutor_usage", "my_invitations", "lesson_history"),
    "question_history",
}
REFUSED = ("not_course_staff", "admin_required", "conversation_not_found")
STUDENT = f"{uuid4()}@lyceum.test"
ACCOUNTS = ("learner@lyceum.test", "instructor@lyceum.test", "admin@lyceum.test", STUDENT)
# Reads each list in pages of 1 row and of 200, as each account: its rows, or the code of the error.
READ_LISTS = """
for (const email of %s) {
  await supabase.auth.signInWithPassword({ email, password: "lyceum-demo" });
  for (const [name, args] of %s) {
    const read = (page_size) => readAll(
      (cursor) => supabase.rpc(name, { ...args, page_size, cursor }),
    ).then((rows) => rows.map(({ cursor, ...row }) => row), (error) => error.code);
    console.log(JSON.stringify({ email, name, single: await read(1), whole: await read(200) }));
  }
}
"""


@pytest.fixture
def session(stack: Stack) -> Iterator[Session]:
    """The database of the stack, read as its owner."""
    session = stack.database.connect()
    try:
        yield session
    finally:
        session.close()


def signed_in(stack: Stack, email: str) -> dict[str, str]:
    """The headers of a request to Supabase by a demo account."""
    return {
        "apikey": stack.publishable_key,
        "Authorization": f"Bearer {token(stack, email)}",
    }


def named(pattern: str) -> list[str]:
    """The code in the first cells of the rows of tables that has this form."""
    found = [code for cell, _ in CELLS.findall(PAGE.read_text()) for code in CODE.findall(cell)]
    return [code for code in found if re.fullmatch(pattern, code)]


def compare(said: list[str], found: list[str]) -> None:
    """What a page says is what is found: nothing is missing, unknown or said twice."""
    missing, unknown = set(found) - set(said), set(said) - set(found)
    assert not missing | unknown, f"missing: {sorted(missing)}; unknown: {sorted(unknown)}"
    assert len(said) == len(set(said))


def test_functions(session: Session) -> None:
    """Each function that clients may call has its signature in a table, once; no other has."""
    compare(named(r"\w+\(.*\)"), [row["signature"] for row in session.all(FUNCTIONS)])


def test_tables(session: Session) -> None:
    """Each table that clients may read is in the table of tables, once."""
    compare(named(r"\w+"), [row["name"] for row in session.all(TABLES)])


def test_endpoints(stack: Stack) -> None:
    """Each endpoint of the service is in its table, once; no other is."""
    paths = httpx.get(f"{stack.service_url}/openapi.json").json()["paths"]
    served = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    compare(named(r"[A-Z]+ /.*"), served)


@pytest.mark.parametrize(("table", "columns"), EMBEDS)
def test_embeds(stack: Stack, table: str, columns: str) -> None:
    """Each select in the text of the page is one that PostgREST can read for a learner."""
    answer = httpx.get(
        f"{stack.supabase_url}/rest/v1/{table}",
        headers=signed_in(stack, ACCOUNTS[0]),
        params={"select": columns.replace(" ", "")},
    )
    assert answer.status_code == 200, answer.text


def test_program(stack: Stack) -> None:
    """The page's TypeScript reads tables, calls functions, reads a list and shows an error."""
    home, grades, *error = run_typescript(PROGRAM, stack).splitlines()
    assert re.fullmatch(r"2 \w.+", home)
    assert int(grades) > 2
    assert error == ["not_released", "This lesson is not open to you yet."]


def test_curl(stack: Stack) -> None:
    """The search with curl, a POST with quotes and operators in the query, finds lessons."""
    (block,) = blocks(PAGE, "sh")
    found = json.loads(run(["sh", "-c", on_stack(block, stack)]))
    assert any(row["kind"] == "lesson" for row in found)


@pytest.mark.parametrize("text", ["in.memory", "eq.1", "not.is.null", 'a,"b")', "50% of (x)"])
def test_free_text(stack: Stack, text: str) -> None:
    """By POST a search takes any text."""
    answer = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/search",
        headers={"apikey": stack.publishable_key},
        json={"query": text},
    )
    assert answer.status_code == 200


def test_free_text_by_get(stack: Stack) -> None:
    """By GET the text of the page's example is a filter that PostgREST cannot read."""
    assert "`in.memory`" in PAGE.read_text()
    answer = httpx.get(
        f"{stack.supabase_url}/rest/v1/rpc/search",
        headers={"apikey": stack.publishable_key},
        params={"query": "in.memory"},
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "PGRST100")


def call(stack: Stack, email: str, function: str, **arguments: str) -> None:
    """A call of a function by an account, which must succeed."""
    answer = httpx.post(
        f"{stack.supabase_url}/rest/v1/rpc/{function}",
        headers=signed_in(stack, email),
        json=arguments,
    )
    assert answer.is_success, answer.text


def fill_lists(stack: Stack) -> None:
    """A new learner in both courses, two access codes, and an answer of the tutor."""
    learner, instructor = ACCOUNTS[:2]
    account = {"email": STUDENT, "password": "lyceum-demo"}
    headers = {"apikey": stack.publishable_key}
    url = f"{stack.supabase_url}/auth/v1/signup"
    assert httpx.post(url, headers=headers, json=account).is_success
    for course_id in COURSES:
        call(stack, STUDENT, "enroll", course_id=course_id)
        call(stack, instructor, "create_course_code", course_id=COURSES[0])
    message = {"id": str(uuid4()), "text": "What does a leaf of a B-tree know?"}
    question = {"conversation_id": CONVERSATION, "course_id": COURSES[0], "message": message}
    with service(stack, learner) as client:
        answer = client.post("/v1/tutor/chat", json=question)
    assert answer.text.endswith("data: [DONE]\n\n")


@pytest.mark.slow
def test_one_loop_reads_every_list(stack: Stack, session: Session) -> None:
    """Read row by row, each list has the same rows in the same order as in one page."""
    fill_lists(stack)
    lists = [
        (row["name"], {name: ARGUMENTS[name] for name in row["required"]})
        for row in session.all(FUNCTIONS)
        if row["is_paged"]
    ]
    script = PROGRAM + READ_LISTS % (json.dumps(ACCOUNTS), json.dumps(lists))
    told = run_typescript(script, stack).splitlines()
    answers = [json.loads(line) for line in told if line.startswith("{")]
    assert len(answers) == len(lists) * len(ACCOUNTS)
    read: dict[str, int] = {}
    for answer in answers:
        assert answer["single"] == answer["whole"], answer["name"]
        if isinstance(answer["whole"], str):
            assert answer["whole"] in REFUSED, answer["name"]
        else:
            read[answer["name"]] = max(read.get(answer["name"], 0), len(answer["whole"]))
    assert set(read) == {name for name, _ in lists}
    assert {name for name, rows in read.items() if rows < 2} <= SHORT
