"""What the staff of a published course may change, and what an edit cannot destroy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import answer, audit_lines, call, refuse
from tests.support.database import Row, Session
from tests.support.school import School


@dataclass
class Desk:
    """A published course with a quiz, a lab, a text and a draft, and its staff."""

    db: Session
    school: School
    exam: Exam
    assistant: UUID
    question_id: UUID
    lab_id: UUID
    text_id: UUID
    draft_id: UUID
    lab_draft_id: UUID

    def write(self, user_id: UUID, statement: str, *params: Any) -> int:
        """Writes to a table as PostgREST does for this person."""
        return self.db.act(user_id=user_id).run(statement, *params)

    def edits(self) -> list[Row]:
        """The lines of the audit log about edits of the course."""
        return audit_lines(self.db, "edit_course", self.exam.course_id)

    def listed(self, user_id: UUID) -> list[UUID]:
        """The lessons in the outline of this person."""
        outline = answer(
            self.db.act(user_id=user_id), "course_outline", course_id=self.exam.course_id
        )
        return [UUID(one["id"]) for part in outline["modules"] for one in part["lessons"]]


@pytest.fixture
def desk(db: Session, school: School) -> Desk:
    """The owner is the one of the exam."""
    exam = make_exam(school)
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    question_id = exam.question("single")
    lab_id = school.lesson(exam.module_id, content_type="lab")
    text_id = school.lesson(exam.module_id)
    draft_id = school.lesson(exam.module_id, content_type="quiz", is_published=False)
    lab_draft_id = school.lesson(exam.module_id, content_type="lab", is_published=False)
    db.run("insert into public.labs (lesson_id) values (%s)", lab_id)
    # The lines about what the fixture made.
    db.run("delete from private.audit_log where subject_id = %s", exam.course_id)
    return Desk(db, school, exam, assistant, question_id, lab_id, text_id, draft_id, lab_draft_id)


LESSON = {
    "weight": 3,
    "completion_rule": "manual",
    "completion_threshold": 10,
    "is_required": False,
    "is_published": False,
    "is_preview": True,
    "release_at": "2030-01-01",
    "release_after": "3 days",
    "duration_minutes": 1,
}
QUIZ = {
    "pass_mark": 10,
    "scoring": "last",
    "reveal": "never",
    "time_limit_seconds": 60,
    "due_at": "2030-01-01",
    "max_attempts": 1,
    "draw_count": 1,
    "is_shuffled": False,
}
COLUMNS = [
    *(("lessons", "id", name, value) for name, value in LESSON.items()),
    *(("quizzes", "lesson_id", name, value) for name, value in QUIZ.items()),
]


@pytest.mark.parametrize(("table", "key", "column", "value"), COLUMNS)
def test_a3_a_rule_is_for_managers_and_leaves_a_line(
    desk: Desk, table: str, key: str, column: str, value: Any
) -> None:
    """An assistant gets managers_only and changes nothing; a manager's edit is audited."""
    statement = f"update public.{table} set {column} = %s where {key} = %s"
    read = f"select {column}::text from public.{table} where {key} = %s"
    before = desk.db.act("postgres").value(read, desk.exam.lesson_id)
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, statement, value, desk.exam.lesson_id)
    assert desk.db.act("postgres").value(read, desk.exam.lesson_id) == before
    assert desk.edits() == []
    assert desk.write(desk.exam.owner, statement, value, desk.exam.lesson_id) == 1
    (line,) = desk.edits()
    assert line["actor_id"] == desk.exam.owner
    assert (line["detail"]["table"], line["detail"]["act"]) == (table, "update")
    (change,) = line["detail"]["changes"]
    assert set(change["old"]) == set(change["new"]) == {column}
    assert change["key"][key] == str(desk.exam.lesson_id)


def test_a3_the_type_of_a_lesson_is_for_managers(desk: Desk) -> None:
    """A text becomes a lab only by a manager."""
    statement = "update public.lessons set content_type = 'lab' where id = %s"
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, statement, desk.text_id)
    assert desk.write(desk.exam.owner, statement, desk.text_id) == 1
    assert [line["detail"]["table"] for line in desk.edits()] == ["lessons"]


def question(desk: Desk, **more: Any) -> dict[str, Any]:
    """Arguments of save_question that leave the question as it is, but for what is named."""
    db = desk.db.act("postgres")
    row = db.one("select * from public.questions where id = %s", desk.question_id)
    key = db.value("select key from private.answer_keys where question_id = %s", desk.question_id)
    return {
        "lesson_id": desk.exam.lesson_id,
        "kind": row["kind"],
        "prompt_md": row["prompt_md"],
        "points": row["points"],
        "options": Jsonb(row["options"]),
        "key": Jsonb(key),
        "explanation_md": "Explanation of single.",
        "question_id": desk.question_id,
        **more,
    }


@pytest.mark.parametrize(
    ("more", "table"),
    [
        ({"prompt_md": "Another?"}, "questions"),
        ({"points": 7}, "questions"),
        ({"key": Jsonb({"correct": "b"})}, "answer_keys"),
        ({"question_id": None}, "questions"),
    ],
)
def test_a3_questions_and_keys_are_for_managers(
    desk: Desk, more: dict[str, Any], table: str
) -> None:
    """Text, points and key of a question of a published quiz, and a further question."""
    given = question(desk, **more)
    desk.db.act(user_id=desk.assistant)
    refuse(desk.db, "save_question", "managers_only", **given)
    desk.db.act(user_id=desk.exam.owner).rpc("save_question", **given)
    lines = desk.edits()
    assert table in {line["detail"]["table"] for line in lines}
    assert {line["actor_id"] for line in lines} == {desk.exam.owner}


def test_a3_an_explanation_is_a_word(desk: Desk) -> None:
    """An assistant may save a question with another explanation and another position."""
    given = question(desk, explanation_md="Clearer.", ord=5)
    desk.db.act(user_id=desk.assistant).rpc("save_question", **given)
    assert desk.edits() == []


def test_a3_a_question_is_deleted_by_managers(desk: Desk) -> None:
    """Deleting a question of a published quiz."""
    statement = "delete from public.questions where id = %s"
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, statement, desk.question_id)
    assert desk.write(desk.exam.owner, statement, desk.question_id) == 1
    (line,) = desk.edits()
    assert (line["detail"]["table"], line["detail"]["act"]) == ("questions", "delete")


def test_a3_labs_rubrics_and_prerequisites_are_for_managers(desk: Desk) -> None:
    """The due date of a lab, its rubric, and what must be completed before a lesson."""
    due = "update public.labs set due_at = '2030-01-01' where lesson_id = %s"
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, due, desk.lab_id)
    rubric = {
        "lesson_id": desk.lab_id,
        "criteria": Jsonb([{"id": "a", "title": "It works", "points": 4}]),
    }
    desk.db.act(user_id=desk.assistant)
    refuse(desk.db, "save_rubric", "managers_only", **rubric)
    insert = "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)"
    pair = (desk.lab_id, desk.text_id)
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, insert, *pair)
    assert desk.write(desk.exam.owner, due, desk.lab_id) == 1
    desk.db.rpc("save_rubric", **rubric)
    assert desk.write(desk.exam.owner, insert, *pair) == 1
    for statement in (
        "update public.lesson_prerequisites set min_score = 5 where lesson_id = %s",
        "delete from public.lesson_prerequisites where lesson_id = %s",
    ):
        with desk.db.refused(403, "managers_only"):
            desk.write(desk.assistant, statement, desk.lab_id)
    assert [line["detail"]["table"] for line in desk.edits()] == [
        "labs",
        "lab_rubrics",
        "lesson_prerequisites",
    ]


def test_a3_published_lessons_come_and_go_by_managers(desk: Desk) -> None:
    """An assistant neither adds a published lesson nor publishes or deletes one."""
    insert = (
        "insert into public.lessons (module_id, slug, title, is_published) "
        "values (%s, %s, 'New', %s)"
    )
    publish = "update public.lessons set is_published = true where id = %s"
    delete = "delete from public.lessons where id = %s"
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, insert, desk.exam.module_id, "published", True)
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, publish, desk.draft_id)
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, delete, desk.text_id)
    with desk.db.refused(403, "managers_only"):
        desk.write(desk.assistant, "delete from public.modules where id = %s", desk.exam.module_id)
    assert desk.write(desk.assistant, insert, desk.exam.module_id, "draft", False) == 1
    assert desk.write(desk.assistant, delete, desk.draft_id) == 1
    assert desk.edits() == []


def test_a3_an_assistant_goes_on_editing_words_and_drafts(desk: Desk) -> None:
    """Titles, content and order; every rule of a lesson that learners do not see."""
    lesson_id, draft_id = desk.exam.lesson_id, desk.draft_id
    for statement, key in (
        ("update public.lessons set title = 'New', slug = 'new' where id = %s", lesson_id),
        ("update public.lesson_drafts set body_md = 'New.' where lesson_id = %s", lesson_id),
        ("update public.lessons set weight = 9, is_required = false where id = %s", draft_id),
        ("insert into public.quizzes (lesson_id, pass_mark) values (%s, 50)", draft_id),
        ("update public.quizzes set pass_mark = 20 where lesson_id = %s", draft_id),
        # The same value is no change.
        ("update public.lessons set weight = weight where id = %s", lesson_id),
    ):
        assert desk.write(desk.assistant, statement, key) == 1
    given = question(desk, lesson_id=draft_id, question_id=None)
    desk.db.act(user_id=desk.assistant).rpc("save_question", **given)
    rubric = Jsonb([{"id": "a", "title": "It works", "points": 4}])
    desk.db.rpc("save_rubric", lesson_id=desk.lab_draft_id, criteria=rubric)
    assert desk.edits() == []


def test_a3_a_draft_of_a_course_is_free(desk: Desk) -> None:
    """In a course that is not published an assistant changes every rule, without a line."""
    desk.db.act(user_id=desk.exam.owner).rpc("unpublish_course", course_id=desk.exam.course_id)
    for table, key, column, value in COLUMNS:
        assert desk.write(
            desk.assistant,
            f"update public.{table} set {column} = %s where {key} = %s",
            value,
            desk.exam.lesson_id,
        )
    assert desk.edits() == []


def test_a3_one_line_a_statement(desk: Desk) -> None:
    """An edit of several lessons is one line with each change; a rename is none."""
    desk.write(
        desk.exam.owner,
        "update public.lessons set weight = 5, title = 'New' where course_id = %s",
        desk.exam.course_id,
    )
    (line,) = desk.edits()
    # The two drafts are no part of it.
    assert {change["key"]["id"] for change in line["detail"]["changes"]} == {
        str(one) for one in (desk.exam.lesson_id, desk.lab_id, desk.text_id)
    }
    assert {tuple(change["new"]) for change in line["detail"]["changes"]} == {("weight",)}
    desk.write(
        desk.exam.owner,
        "update public.courses set title = 'New', is_sequential = true where id = %s",
        desk.exam.course_id,
    )
    assert desk.edits()[1]["detail"]["changes"][0]["new"] == {"is_sequential": True}


def test_a3_servers_and_admins(desk: Desk) -> None:
    """An admin edits and is audited; a server edits and has no account to write down."""
    statement = "update public.lessons set weight = %s where id = %s"
    admin = desk.school.user("admin")
    desk.db.act("service_role")
    assert desk.db.run(statement, 4, desk.exam.lesson_id) == 1
    assert desk.edits() == []
    assert desk.write(admin, statement, 5, desk.exam.lesson_id) == 1
    assert [line["actor_id"] for line in desk.edits()] == [admin]


# Work is never deleted -------------------------------------------------------------------------


def worked(desk: Desk, kind: str) -> UUID:
    """The lesson in which the learner has worked in this way."""
    exam = desk.exam
    desk.db.act(user_id=exam.learner)
    if kind == "attempt":
        exam.start()
        return exam.lesson_id
    if kind == "graded":
        exam.take({desk.question_id: "b"})
        return exam.lesson_id
    if kind == "submission":
        desk.db.rpc("submit_lab", lesson_id=desk.lab_id, body="Work.")
        return desk.lab_id
    desk.db.rpc("complete_lesson", lesson_id=desk.text_id)
    return desk.text_id


KINDS = ["attempt", "graded", "submission", "completion"]


@pytest.mark.parametrize("kind", KINDS)
def test_a2_a_lesson_with_work_is_not_deleted(desk: Desk, kind: str) -> None:
    """Nobody deletes it, alone or with its module; account and work can still go."""
    lesson_id = worked(desk, kind)
    admin = desk.school.user("admin")
    for act in (
        {"user_id": desk.exam.owner},
        {"user_id": admin},
        {"role": "service_role"},
        {"role": "postgres"},
    ):
        for table, key in (("lessons", lesson_id), ("modules", desk.exam.module_id)):
            desk.db.act(**act)
            with desk.db.refused(409, "lesson_has_work"):
                desk.db.run(f"delete from public.{table} where id = %s", key)
    desk.db.act("postgres")
    assert desk.db.run("delete from auth.users where id = %s", desk.exam.learner) == 1
    assert desk.write(desk.exam.owner, "delete from public.lessons where id = %s", lesson_id) == 1


def test_a2_a_lesson_without_work_is_deleted(desk: Desk) -> None:
    """That a learner has opened a lesson does not keep it."""
    desk.db.act(user_id=desk.exam.learner).rpc(
        "record_progress", lesson_id=desk.text_id, seconds_spent=1
    )
    delete = "delete from public.lessons where id = %s"
    assert desk.write(desk.exam.owner, delete, desk.text_id) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a2_an_archived_lesson_is_out_and_its_work_readable(desk: Desk, kind: str) -> None:
    """Hidden from learners and per cents; the work stays for the learner and staff."""
    exam, db = desk.exam, desk.db
    lesson_id = worked(desk, kind)
    before = desk.listed(exam.learner)
    counts = db.act("postgres").one(
        "select lesson_count, required_count from public.courses where id = %s", exam.course_id
    )
    row = call(db.act(user_id=exam.owner), "archive_lesson", lesson_id=lesson_id)
    assert row["archived_at"] is not None and not row["is_published"]
    assert call(db, "archive_lesson", lesson_id=lesson_id) == row
    assert desk.listed(exam.learner) == [one for one in before if one != lesson_id]
    assert lesson_id in desk.listed(exam.owner)
    page = answer(db, "lesson_page", lesson_id=lesson_id)
    assert page["lesson"]["is_archived"] and not page["lesson"]["is_published"]
    after = db.act("postgres").one(
        "select lesson_count, required_count from public.courses where id = %s", exam.course_id
    )
    assert after == {name: number - 1 for name, number in counts.items()}
    assert (
        db.act(user_id=exam.learner).all("select 1 from public.lessons where id = %s", lesson_id)
        == []
    )
    refuse(db, "lesson_page", "lesson_not_found", lesson_id=lesson_id)
    for user_id in (exam.learner, exam.owner, desk.assistant):
        db.act(user_id=user_id)
        assert db.all("select 1 from public.lesson_progress where lesson_id = %s", lesson_id)
        rows = {row["lesson_id"]: row for row in db.rpc("gradebook", course_id=exam.course_id)}
        if kind != "completion":
            assert rows.pop(lesson_id)["is_archived"]
        assert [row for row in rows.values() if row["is_archived"]] == []
        assert (
            db.all(
                "select 1 from public.quiz_attempts where lesson_id = %s union all "
                "select 1 from public.lab_submissions where lesson_id = %s",
                lesson_id,
                lesson_id,
            )
            == []
            if kind == "completion"
            else True
        )
    assert exam.school.drift() == []
    db.act(user_id=exam.owner).rpc("restore_lesson_archive", lesson_id=lesson_id)
    assert desk.listed(exam.learner) == before
    assert {line["actor_id"] for line in audit_lines(db, "archive_lesson", lesson_id)} == {
        exam.owner
    }
    assert len(audit_lines(db, "restore_lesson_archive", lesson_id)) == 1
    assert exam.school.drift() == []


def test_a2_an_archived_quiz_is_reviewed_and_leaves_the_course_score(desk: Desk) -> None:
    """review_attempt works; the mean of the course is that of the other lessons."""
    exam, db = desk.exam, desk.db
    attempt = exam.take({desk.question_id: "a"})
    assert {row["course_score"] for row in db.rpc("gradebook", course_id=exam.course_id)} == {50}
    call(db.act(user_id=exam.owner), "archive_lesson", lesson_id=exam.lesson_id)
    assert exam.review(attempt["id"])["is_revealed"]
    rows = db.rpc("gradebook", course_id=exam.course_id)
    assert {row["lesson_id"]: row["score"] for row in rows} == {
        exam.lesson_id: 100,
        desk.lab_id: None,
    }
    assert {row["course_score"] for row in rows} == {0}
    history = db.rpc("grade_history", course_id=exam.course_id, user_id=exam.learner)
    assert {row["lesson_title"] for row in history} != {None}
    refuse(db, "start_attempt", "lesson_locked", lesson_id=exam.lesson_id)
    with db.refused(409, "lesson_archived"):
        desk.write(
            exam.owner,
            "update public.lessons set is_published = true where id = %s",
            exam.lesson_id,
        )


def test_a2_an_archived_prerequisite_opens_what_waits_for_it(desk: Desk) -> None:
    """A lesson that needs an archived one is open, also in a course in order."""
    exam, db = desk.exam, desk.db
    db.act("postgres").run(
        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)",
        desk.text_id,
        exam.lesson_id,
    )
    assert not answer(db.act(user_id=exam.learner), "explain_access", lesson_id=desk.text_id)[
        "is_open"
    ]
    db.act(user_id=exam.owner).rpc("archive_lesson", lesson_id=exam.lesson_id)
    assert answer(db.act(user_id=exam.learner), "explain_access", lesson_id=desk.text_id)["is_open"]


def test_a2_an_archived_lesson_is_not_found(desk: Desk) -> None:
    """Neither search nor suggest nor the passages of the tutor have it, for staff neither."""
    exam, db = desk.exam, desk.db
    db.act("postgres").run(
        "update public.lesson_contents set body_md = 'Zephyrine winds.' where lesson_id = %s",
        desk.text_id,
    )
    db.run("update public.lessons set title = 'Zephyrine' where id = %s", desk.text_id)

    def found(user_id: UUID) -> list[bool]:
        db.act(user_id=user_id)
        return [
            bool(db.rpc("search", query="zephyrine")),
            bool(db.rpc("suggest", prefix="zephyr")),
            bool(db.rpc("search_passages", course_id=exam.course_id, query="zephyrine winds")),
        ]

    assert found(exam.learner) == found(exam.owner) == [True] * 3
    db.act(user_id=exam.owner).rpc("archive_lesson", lesson_id=desk.text_id)
    assert found(exam.learner) == [False] * 3
    assert found(exam.owner)[2] is False
    db.act(user_id=exam.owner).rpc("restore_lesson_archive", lesson_id=desk.text_id)
    assert found(exam.learner) == [True] * 3


def test_a2_a_module_is_archived_with_its_lessons(desk: Desk) -> None:
    """And comes back with those that went with it, each published as it was."""
    exam, db = desk.exam, desk.db
    module_id = exam.module_id
    before = desk.listed(exam.learner)
    call(db.act(user_id=exam.owner), "archive_lesson", lesson_id=desk.text_id)
    row = call(db, "archive_module", module_id=module_id)
    assert row["archived_at"] is not None and not row["is_listed"]
    assert call(db, "archive_module", module_id=module_id) == row
    outline = answer(db.act(user_id=exam.learner), "course_outline", course_id=exam.course_id)
    assert outline["modules"] == []
    assert db.all("select 1 from public.modules where id = %s", module_id) == []
    outline = answer(db.act(user_id=exam.owner), "course_outline", course_id=exam.course_id)
    assert [part["is_archived"] for part in outline["modules"]] == [True]
    refuse(db, "restore_lesson_archive", "module_archived", lesson_id=desk.text_id)
    with db.refused(409, "module_archived"):
        db.run(
            "insert into public.lessons (module_id, slug, title, is_published) "
            "values (%s, 'new', 'New', true)",
            module_id,
        )
    # A course that is published again lists no archived module.
    db.rpc("unpublish_course", course_id=exam.course_id)
    db.act("postgres").run(
        "update public.courses set is_published = true where id = %s", exam.course_id
    )
    assert exam.school.drift() == []
    row = call(db.act(user_id=exam.owner), "restore_module_archive", module_id=module_id)
    assert row["archived_at"] is None and row["is_listed"]
    assert desk.listed(exam.learner) == [one for one in before if one != desk.text_id]
    call(db.act(user_id=exam.owner), "restore_lesson_archive", lesson_id=desk.text_id)
    assert desk.listed(exam.learner) == before
    assert len(audit_lines(db, "archive_module", module_id)) == 1
    assert len(audit_lines(db, "restore_module_archive", module_id)) == 1
    assert exam.school.drift() == []


def test_a2_the_archive_is_for_managers(desk: Desk) -> None:
    """Assistants and learners are refused; what does not exist is not found."""
    lesson, module = {"lesson_id": desk.text_id}, {"module_id": desk.exam.module_id}
    for user_id in (desk.assistant, desk.exam.learner):
        desk.db.act(user_id=user_id)
        refuse(desk.db, "archive_lesson", "not_course_staff", **lesson)
        refuse(desk.db, "restore_lesson_archive", "not_course_staff", **lesson)
        refuse(desk.db, "archive_module", "not_course_staff", **module)
        refuse(desk.db, "restore_module_archive", "not_course_staff", **module)
    desk.db.act("service_role")
    refuse(desk.db, "archive_lesson", "lesson_not_found", lesson_id=uuid4())
    refuse(desk.db, "restore_lesson_archive", "lesson_not_found", lesson_id=uuid4())
    refuse(desk.db, "archive_module", "module_not_found", module_id=uuid4())
    refuse(desk.db, "restore_module_archive", "module_not_found", module_id=uuid4())


def test_a2_an_archived_lesson_completes_nobody(desk: Desk) -> None:
    """The learner who lacks only the archived lesson is at 100 per cent and not complete."""
    exam, db = desk.exam, desk.db
    db.act("postgres").run(
        "update public.lessons set is_required = false where id = %s", desk.lab_id
    )
    worked(desk, "completion")
    db.act(user_id=exam.owner).rpc("archive_lesson", lesson_id=exam.lesson_id)
    assert (exam.enrollment()["progress"], exam.enrollment()["status"]) == (100, "active")


@pytest.mark.parametrize("is_course", [True, False])
def test_a3_work_keeps_its_meaning_while_it_is_hidden(desk: Desk, is_course: bool) -> None:
    """An assistant regrades nobody in a lesson or course that was taken back."""
    exam = desk.exam
    attempt = exam.take({desk.question_id: "a"})
    if is_course:
        exam.staff().rpc("unpublish_course", course_id=exam.course_id)
    else:
        desk.write(
            exam.owner,
            "update public.lessons set is_published = false where id = %s",
            exam.lesson_id,
        )
    for statement in (
        "update public.quizzes set pass_mark = 1 where lesson_id = %s",
        "update public.quizzes set scoring = 'last' where lesson_id = %s",
        "update public.lessons set weight = 7 where id = %s",
        "update public.lessons set is_required = false where id = %s",
    ):
        with desk.db.act(user_id=desk.assistant).refused(403, "managers_only"):
            desk.db.run(statement, exam.lesson_id)
    with desk.db.act(user_id=desk.assistant).refused(403, "managers_only"):
        desk.db.rpc(
            "save_question",
            lesson_id=exam.lesson_id,
            kind="single",
            prompt_md="Prompt of single?",
            points=1,
            options=Jsonb([{"id": "a", "text": "Text of a"}, {"id": "b", "text": "Text of b"}]),
            key=Jsonb({"correct": "b"}),
            question_id=desk.question_id,
        )
    assert exam.attempt(attempt["id"]) == attempt
    # A manager may, with a line; words and lessons without work stay free.
    desk.write(
        exam.owner, "update public.quizzes set pass_mark = 10 where lesson_id = %s", exam.lesson_id
    )
    assert desk.edits()[-1]["detail"]["table"] == "quizzes"
    title = "update public.lessons set title = 'Words' where id = %s"
    assert desk.write(desk.assistant, title, exam.lesson_id) == 1
    assert desk.write(
        desk.assistant, "update public.lessons set weight = 3 where id = %s", desk.draft_id
    )


def test_b2_a_weight_is_a_number(desk: Desk) -> None:
    """NaN would pass every min_score."""
    with desk.db.act(user_id=desk.exam.owner).refused("23514"):
        desk.db.run("update public.lessons set weight = 'NaN' where id = %s", desk.exam.lesson_id)


ENDLESS = ["infinity", "-infinity", "294276-12-31T23:59:59Z", "0044-03-15 BC"]


@pytest.mark.parametrize("time", ENDLESS)
def test_a11_a_date_is_one_that_clients_can_read(desk: Desk, time: str) -> None:
    """A due date, an exception and a code have a year of 1 to 9999."""
    exam = desk.exam
    for table, lesson_id in (("quizzes", exam.lesson_id), ("labs", desk.lab_id)):
        with exam.staff().refused("23514"):
            desk.db.run(
                f"update public.{table} set due_at = %s where lesson_id = %s", time, lesson_id
            )
    with exam.staff().refused("23514"):
        desk.db.run("update public.lessons set release_at = %s where id = %s", time, desk.text_id)
    with exam.staff().refused("23514"):
        desk.db.run("update public.courses set opens_at = %s where id = %s", time, exam.course_id)
    given = {"lesson_id": exam.lesson_id, "user_id": exam.learner, "due_at": time}
    refuse(desk.db.act(user_id=desk.assistant), "save_quiz_override", "invalid_override", **given)
    code = {"course_id": exam.course_id, "expires_at": time}
    refuse(exam.staff(), "create_course_code", "invalid_code", **code)
