"""Questions that are added to a quiz all at once."""

from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.rpc.bundles import question
from tests.rpc.exam import MODELS
from tests.rpc.support import as_user, at_once, call, committed, refuse
from tests.support.database import Database, Session, told
from tests.support.school import School


@pytest.fixture
def quiz(db: Session, school: School) -> UUID:
    """The quiz of a course whose owner calls."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    lesson_id: UUID = school.lesson(school.module(course_id), content_type="quiz")
    db.act(user_id=owner)
    return lesson_id


def add(session: Session, lesson_id: UUID, questions: Any, **more: Any) -> Any:
    """Imports questions."""
    return call(
        session, "import_questions", lesson_id=lesson_id, questions=Jsonb(questions), **more
    )


def test_questions_come_in_order(db: Session, quiz: UUID) -> None:
    """Questions of every kind come behind those that the quiz has."""
    first = add(db, quiz, [question("single", points=2, explanation_md="So.")])
    made = add(db, quiz, [question(kind) for kind in MODELS])
    assert (first["is_new"], made["is_new"]) == (True, True)
    ids = [*first["question_ids"], *made["question_ids"]]
    rows = db.all("select id, kind from public.questions where lesson_id = %s order by ord", quiz)
    assert [row["id"] for row in rows] == [UUID(str(item)) for item in ids]
    assert [row["kind"] for row in rows] == ["single", *MODELS]


@pytest.mark.parametrize(
    ("bad", "path"),
    [
        (None, "$"),
        ([], "$"),
        ({}, "$"),
        ([1], "$[0]"),
        ([question("single"), question("single", points=0)], "$[1]"),
        ([question("single"), question("single") | {"kind": "riddle"}], "$[1]"),
        ([question("single"), question("single") | {"key": {"correct": "zzz"}}], "$[1]"),
        ([question("single"), question("single", other=1)], "$[1].other"),
        ([question("single"), {"kind": "single", "prompt_md": "?"}], "$[1].key"),
    ],
)
def test_all_or_none(db: Session, quiz: UUID, bad: Any, path: str) -> None:
    """A wrong question is named by its place, and none is saved."""
    given = None if bad is None else Jsonb(bad)
    with pytest.raises(psycopg.Error) as caught, db.savepoint():
        db.rpc("import_questions", lesson_id=quiz, questions=given)
    found = told(caught.value)
    assert (found.state, found.code) == (422, "invalid_bundle"), found
    assert found.details["path"] == path, found
    assert db.value("select count(*) from public.questions where lesson_id = %s", quiz) == 0


def test_refusals(db: Session, school: School, quiz: UUID) -> None:
    """Who may not, and where not."""
    one = {"questions": Jsonb([question("single")])}
    refuse(db, "import_questions", "invalid_bundle", lesson_id=quiz, questions=Jsonb([]))
    owner = db.value("select auth.uid()")
    key = uuid4()
    add(db, quiz, [question("single")], import_key=key)
    refuse(
        db,
        "import_questions",
        "import_key_reused",
        lesson_id=quiz,
        import_key=key,
        questions=Jsonb([question("multiple")]),
    )
    text = school.lesson(school.module(school.course(owner=owner)))
    db.act(user_id=owner)
    refuse(db, "import_questions", "not_a_quiz", lesson_id=text, **one)
    other = school.user("instructor")
    refuse(db.act(user_id=other), "import_questions", "not_course_staff", lesson_id=quiz, **one)
    admin = school.user("admin")
    refuse(db.act(user_id=admin), "import_questions", "lesson_not_found", lesson_id=uuid4(), **one)
    busy, assistant = school.course(owner=owner, published=True), school.user()
    school.staff(busy, assistant, "assistant")
    rated = school.lesson(school.module(busy), content_type="quiz", is_published=True)
    refuse(db.act(user_id=assistant), "import_questions", "managers_only", lesson_id=rated, **one)
    gone = school.user("instructor")
    db.act("postgres").run("delete from auth.users where id = %s", gone)
    refuse(db.act(user_id=gone), "import_questions", "not_authenticated", lesson_id=quiz, **one)


def test_two_at_once_with_one_key(database: Database) -> None:
    """Of two equal imports at once one adds the questions."""
    with committed(database) as world:
        owner = world.user("instructor")
        course_id = world.course(owner=owner)
        (lesson_id,) = world.lessons(course_id, 1, content_type="quiz")
        world.commit()
        questions = Jsonb([question(kind) for kind in MODELS])
        arguments = {"lesson_id": lesson_id, "questions": questions, "import_key": uuid4()}
        rows = [
            r for (r,) in at_once(database, [as_user(owner, "import_questions", **arguments)] * 4)
        ]
        assert sorted(row["is_new"] for row in rows) == [False, False, False, True]
        counted = "select count(*) from public.questions where lesson_id = %s"
        assert world.value(counted, lesson_id) == len(MODELS)
