"""Writing questions: what fits a kind, who may see keys, and what the figures of a question say."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import MODELS, PROMPTS, Exam, make_exam, options
from tests.rpc.support import call, pages, refuse
from tests.support.database import Session, told
from tests.support.school import School


def arguments(exam: Exam, model: str = "single", **more: Any) -> dict[str, Any]:
    """Arguments with which save_question succeeds, except for the changes."""
    given: dict[str, Any] = {
        "lesson_id": exam.lesson_id,
        "kind": model,
        "prompt_md": PROMPTS.get(model, "What?"),
        "points": 1,
        "options": MODELS[model][0],
        "key": MODELS[model][1],
        **more,
    }
    documents = ("options", "key", *({"feedback", "hints"} & given.keys()))
    return given | {name: Jsonb(given[name]) for name in documents}


def stored(exam: Exam) -> list[dict[str, Any]]:
    """The questions of the quiz with their keys."""
    return exam.root().all(
        "select q.*, k.key, k.explanation_md from public.questions as q "
        "left join private.answer_keys as k on k.question_id = q.id "
        "where q.lesson_id = %s order by q.ord",
        exam.lesson_id,
    )


AB = options("a", "b")
SIDES = {"left": options("k", "l"), "right": options("x", "y")}


def gaps(*kinds: str, start: int = 1) -> dict[str, Any]:
    """Gaps of these kinds, counted from 1."""
    return {
        "gaps": [
            {"id": str(number), "kind": kind, **({"options": AB} if kind == "choice" else {})}
            for number, kind in enumerate(kinds, start=start)
        ]
    }


TEXT = {"accepted": ["x"]}
INVALID: list[tuple[str, dict[str, Any]]] = [
    # Independent of the kind.
    ("single", {"kind": None}),
    ("single", {"prompt_md": None}),
    ("single", {"prompt_md": "   "}),
    ("single", {"prompt_md": "x" * 20001}),
    ("single", {"explanation_md": "x" * 20001}),
    ("single", {"points": None}),
    ("single", {"points": 0}),
    ("single", {"points": -1}),
    ("single", {"points": Decimal("1000.01")}),
    ("single", {"points": Decimal("nan")}),
    ("single", {"points": Decimal("0.001")}),
    ("single", {"ord": -1}),
    ("single", {"key": None}),
    ("single", {"key": "a"}),
    ("single", {"key": []}),
    ("single", {"key": {}}),
    # Options.
    ("single", {"options": None}),
    ("single", {"options": []}),
    ("single", {"options": options("a")}),
    ("single", {"options": options(*map(str, range(51))), "key": {"correct": "1"}}),
    ("single", {"options": options("a", "a")}),
    ("single", {"options": {"a": "b"}}),
    ("single", {"options": ["a", "b"]}),
    ("single", {"options": [{"id": "a"}, {"id": "b"}]}),
    # Of several options one has no text.
    ("single", {"options": [{"id": "a"}, {"id": "b", "text": "B"}]}),
    ("single", {"options": [{"id": 1, "text": "x"}, {"id": 2, "text": "y"}]}),
    ("single", {"options": [{"id": "", "text": "x"}, {"id": "a", "text": "y"}]}),
    ("single", {"options": [{"id": "a", "text": None}, {"id": "b", "text": "y"}]}),
    ("single", {"options": [{"id": "a", "text": "x" * 100000}, {"id": "b", "text": "y"}]}),
    ("true_false", {"options": AB}),
    ("true_false", {"options": {}}),
    ("numeric", {"options": AB}),
    ("short_text", {"options": AB}),
    # Keys.
    ("single", {"key": {"correct": "z"}}),
    ("single", {"key": {"correct": ["a"]}}),
    ("single", {"key": {"correct": None}}),
    ("multiple", {"key": {"correct": []}}),
    ("multiple", {"key": {"correct": "a"}}),
    ("multiple", {"key": {"correct": ["a", "a"]}}),
    ("multiple", {"key": {"correct": ["a", "z"]}}),
    ("multiple", {"key": {"correct": ["a", 1]}}),
    ("true_false", {"key": {"correct": "true"}}),
    ("true_false", {"key": {"correct": 1}}),
    ("true_false", {"key": {"correct": None}}),
    ("numeric", {"key": {"value": "9.81"}}),
    ("numeric", {"key": {"tolerance": 1}}),
    ("numeric", {"key": {"value": 1, "tolerance": -0.1}}),
    ("numeric", {"key": {"value": 1, "tolerance": "0.1"}}),
    ("numeric", {"key": {"value": 1, "tolerance": None}}),
    ("numeric", {"key": {"value": 1, "relative": "yes"}}),
    ("short_text", {"key": {"accepted": []}}),
    ("short_text", {"key": {"accepted": "Paris"}}),
    ("short_text", {"key": {"accepted": ["Paris", ""]}}),
    ("short_text", {"key": {"accepted": ["  "]}}),
    ("short_text", {"key": {"accepted": [1]}}),
    ("short_text", {"key": {"accepted": ["x" * 201]}}),
    ("short_text", {"key": {"accepted": [str(one) for one in range(51)]}}),
    ("short_text", {"key": {"accepted": ["Paris"], "max_distance": 4}}),
    ("short_text", {"key": {"accepted": ["Paris"], "max_distance": -1}}),
    ("short_text", {"key": {"accepted": ["Paris"], "max_distance": 1.5}}),
    ("short_text", {"key": {"accepted": ["Paris"], "max_distance": "1"}}),
    ("short_text", {"key": {"accepted": ["Paris"], "max_distance": None}}),
    ("ordering", {"options": AB, "key": {"order": ["a"]}}),
    ("ordering", {"options": AB, "key": {"order": ["a", "b", "b"]}}),
    ("ordering", {"options": AB, "key": {"order": ["a", "z"]}}),
    ("ordering", {"options": AB, "key": {"order": "ab"}}),
    ("matching", {"options": AB}),
    ("matching", {"options": {"left": AB}}),
    ("matching", {"options": {"left": AB, "right": options("x", "x")}}),
    ("matching", {"options": SIDES, "key": {"pairs": {"k": "x"}}}),
    ("matching", {"options": SIDES, "key": {"pairs": {"k": "x", "l": "z"}}}),
    ("matching", {"options": SIDES, "key": {"pairs": {"k": "x", "z": "y"}}}),
    ("matching", {"options": SIDES, "key": {"pairs": {"k": "x", "l": 1}}}),
    ("matching", {"options": SIDES, "key": {"pairs": [["k", "x"]]}}),
    ("matching", {"options": SIDES, "key": {"pairs": {}}}),
    ("numeric", {"key": {"values": []}}),
    ("numeric", {"key": {"values": 1}}),
    ("numeric", {"key": {"values": [1]}}),
    ("numeric", {"key": {"values": [{"value": 1}], "value": 1}}),
    ("numeric", {"key": {"values": [{"value": 1}] * 21}}),
    ("numeric", {"key": {"values": [{"value": 1}, {"value": 2, "tolerance": -1}]}}),
    ("numeric", {"key": {"values": [{"value": 1, "relative": 1}]}}),
    ("cloze", {"options": []}),
    ("cloze", {"options": {"gaps": []}}),
    ("cloze", {"options": {"gaps": [1, 2, 12]}}),
    ("cloze", {"options": gaps("text", "text", "essay")}),
    ("cloze", {"options": gaps("text", start=0)}),
    ("cloze", {"options": {"gaps": gaps("text")["gaps"] * 2}, "prompt_md": "[[1]]"}),
    ("cloze", {"prompt_md": "[[1]] and [[2]]"}),
    ("cloze", {"prompt_md": "[[1]], [[2]], [[12]] and [[12]]"}),
    ("cloze", {"prompt_md": "[[1]], [[2]], [[12]] and [[3]]"}),
    ("cloze", {"key": {"gaps": {}}}),
    ("cloze", {"key": {"gaps": []}}),
    ("cloze", {"key": {"gaps": {"1": TEXT, "2": {"value": 1}}}}),
    ("cloze", {"key": {"gaps": {"1": TEXT, "2": TEXT, "12": {"correct": "b"}}}}),
    ("cloze", {"key": {"gaps": {"1": TEXT, "2": 1, "12": {"correct": "b"}}}}),
    ("cloze", {"key": {"gaps": {"1": TEXT, "2": {"value": 1}, "12": {"correct": "z"}}}}),
    (
        "cloze",
        {
            "options": {"gaps": [{"id": "1", "kind": "text", "options": AB}]},
            "key": {"gaps": {"1": TEXT}},
            "prompt_md": "[[1]]",
        },
    ),
    ("single", {"feedback": []}),
    ("single", {"feedback": {"z": "No."}}),
    ("single", {"feedback": {"a": ""}}),
    ("single", {"feedback": {"a": 1}}),
    ("single", {"feedback": {"a": "x" * 100000}}),
    ("true_false", {"feedback": {"a": "No."}}),
    ("numeric", {"feedback": {"a": "No."}}),
    ("matching", {"feedback": {"w": "No."}}),
    ("cloze", {"feedback": {"3": "No."}}),
    ("single", {"hints": {}}),
    ("single", {"hints": ["Think."]}),
    ("single", {"hints": [{"text_md": "Think."}]}),
    ("single", {"hints": [{"text_md": " ", "cost_percent": 1}]}),
    ("single", {"hints": [{"text_md": "Think.", "cost_percent": 101}]}),
    ("single", {"hints": [{"text_md": "Think.", "cost_percent": "1"}]}),
    ("single", {"hints": [{"text_md": "Think.", "cost_percent": 1}] * 11}),
]


@pytest.mark.parametrize(("kind", "change"), INVALID, ids=lambda value: str(value)[:60])
def test_invalid_questions(db: Session, school: School, kind: str, change: dict[str, Any]) -> None:
    """Invalid arguments are refused with invalid_question, and nothing is written."""
    exam = make_exam(school)
    given = arguments(exam, kind, **change)
    refuse(exam.staff(), "save_question", "invalid_question", **given)
    assert stored(exam) == []
    question_id = exam.question(kind)
    before = stored(exam)
    refuse(exam.staff(), "save_question", "invalid_question", **given, question_id=question_id)
    assert stored(exam) == before


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_a_question_is_saved_with_its_key(db: Session, school: School, kind: str) -> None:
    """The answer has no key; staff read the key with question_keys."""
    exam = make_exam(school)
    row = call(
        exam.staff(),
        "save_question",
        **arguments(exam, kind, points=Decimal("2.5"), explanation_md="Why."),
    )
    assert "key" not in row
    assert "explanation_md" not in row
    assert (row["kind"], row["points"], row["options"]) == (kind, 2.5, MODELS[kind][0])
    assert (row["lesson_id"], row["course_id"]) == (exam.lesson_id, exam.course_id)
    assert exam.staff().rpc("question_keys", lesson_id=exam.lesson_id) == [
        {
            "question_id": row["id"],
            "key": MODELS[kind][1],
            "explanation_md": "Why.",
            "feedback": {},
            "hints": [],
        }
    ]


def test_keys_are_in_the_order_of_the_quiz(db: Session, school: School) -> None:
    """A row for each question of this quiz, by position."""
    exam = make_exam(school)
    make_exam(school).question()
    second, first = exam.question(), exam.question(ord=0)
    rows = exam.staff().rpc("question_keys", lesson_id=exam.lesson_id)
    assert [row["question_id"] for row in rows] == [first, second]


def test_whole_numbers_in_any_notation_grade(db: Session, school: School) -> None:
    """A distance written as 1.0 is valid in a key and works in grading."""
    exam = make_exam(school)
    key = {"accepted": ["Paris"], "max_distance": 1.0}
    question_id = exam.question("short_text", key=key)
    assert exam.take({question_id: "Pari"})["score"] == 1


def test_letters_that_fold_to_many(db: Session, school: School) -> None:
    """An accepted text that grows when it is folded does not break the grading of an answer."""
    exam = make_exam(school)
    question_id = exam.question("short_text", key={"accepted": ["㎯" * 66], "max_distance": 1})
    assert exam.take({question_id: "x" * 250})["score"] == 0


def test_the_first_question_makes_the_quiz(db: Session, school: School) -> None:
    """A lesson becomes a quiz with its first question, with the default rules."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    school.enroll(learner, course_id)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id, content_type="quiz", completion_rule="pass")
    exam = Exam(db, school, owner, learner, course_id, module_id, lesson_id)
    refuse(exam.student(), "start_attempt", "quiz_not_found", lesson_id=lesson_id)
    exam.question("true_false")
    row = exam.root().one("select * from public.quizzes where lesson_id = %s", lesson_id)
    assert (row["course_id"], row["pass_mark"], row["scoring"]) == (course_id, 60, "highest")
    assert (row["max_attempts"], row["reveal"], row["is_shuffled"]) == (None, "after_submit", True)
    assert exam.start()["number"] == 1


def test_questions_are_appended(db: Session, school: School) -> None:
    """Without a position a question is appended; with one it is inserted there."""
    exam = make_exam(school)
    first, second = exam.question(), exam.question()
    third = exam.question(ord=10)
    fourth = exam.question()
    assert [(row["id"], row["ord"]) for row in stored(exam)] == [
        (first, 1),
        (second, 2),
        (third, 10),
        (fourth, 11),
    ]
    exam.question(question_id=second, ord=20)
    assert [row["id"] for row in stored(exam)] == [first, third, fourth, second]


def test_a_question_is_replaced(db: Session, school: School) -> None:
    """With question_id everything but kind and, unless given, position is new."""
    exam = make_exam(school)
    question_id = exam.question("single")
    exam.question(
        "single",
        question_id=question_id,
        choices=options("p", "q"),
        key={"correct": "q"},
        points=3,
        prompt_md="New?",
        explanation_md="",
    )
    (row,) = stored(exam)
    assert (row["id"], row["ord"], row["points"]) == (question_id, 1, 3)
    assert (row["prompt_md"], row["options"]) == ("New?", options("p", "q"))
    assert (row["key"], row["explanation_md"]) == ({"correct": "q"}, None)


def test_what_is_not_sent_stays(db: Session, school: School) -> None:
    """An explanation and feedback stay when they are left out; an empty value removes them."""
    exam = make_exam(school)
    told = {"a": "Not quite.", "c": "Why?"}
    given = arguments(exam, explanation_md="Why.", feedback=told)
    given["question_id"] = call(exam.staff(), "save_question", **given)["id"]
    for left_out in ("explanation_md", "feedback"):
        del given[left_out]
    call(exam.staff(), "save_question", **given)
    (key,) = db.rpc("question_keys", lesson_id=exam.lesson_id)
    assert (key["explanation_md"], key["feedback"]) == ("Why.", told)
    call(exam.staff(), "save_question", **given | {"options": Jsonb(AB)})
    (key,) = db.rpc("question_keys", lesson_id=exam.lesson_id)
    assert (key["explanation_md"], key["feedback"]) == ("Why.", {"a": "Not quite."})
    call(exam.staff(), "save_question", **given, explanation_md="", feedback=Jsonb({}))
    (key,) = db.rpc("question_keys", lesson_id=exam.lesson_id)
    assert (key["explanation_md"], key["feedback"]) == (None, {})


def test_questions_are_reordered(db: Session, school: School) -> None:
    """The list names every question of the quiz once; nothing changes otherwise."""
    exam, other = make_exam(school), make_exam(school)
    ids = [exam.question("true_false") for _ in range(3)]
    call(exam.staff(), "archive_question", question_id=ids[1])
    order = [ids[2], ids[0], ids[1]]
    named = {"lesson_id": exam.lesson_id}
    rows = exam.staff().rpc("reorder_questions", **named, question_ids=order)
    assert [(row["id"], row["ord"]) for row in rows] == list(zip(order, (1, 2, 3), strict=True))
    foreign = other.question("true_false")
    for wrong in (ids[:2], [*ids, ids[0]], [*ids, foreign], [], None):
        refuse(exam.staff(), "reorder_questions", "incomplete_list", **named, question_ids=wrong)
    for outsider in (exam.learner, other.owner):
        session = exam.session.act(user_id=outsider)
        refuse(session, "reorder_questions", "not_course_staff", **named, question_ids=ids)
    assert [row["id"] for row in stored(exam)] == order


def test_a_question_of_another_kind_or_quiz(db: Session, school: School) -> None:
    """A question cannot change its kind or quiz; an unknown one is not found."""
    exam, other = make_exam(school), make_exam(school)
    question_id = exam.question("single")
    foreign = other.question("single")
    before = stored(exam) + stored(other)
    for kind, named in (("multiple", question_id), ("single", foreign), ("single", uuid4())):
        refuse(
            exam.staff(),
            "save_question",
            "question_not_found",
            **arguments(exam, kind),
            question_id=named,
        )
    assert stored(exam) + stored(other) == before


def test_who_may_write_questions(db: Session, school: School) -> None:
    """Staff of the course, admins and the server write questions and read keys; nobody else."""
    exam = make_exam(school)
    question_id = exam.question()
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    outsiders = [exam.learner, school.user(), make_exam(school).owner]
    for user_id in outsiders:
        session = db.act(user_id=user_id)
        refuse(session, "save_question", "not_course_staff", **arguments(exam))
        refuse(session, "question_keys", "not_course_staff", lesson_id=exam.lesson_id)
        refuse(session, "question_stats", "not_course_staff", lesson_id=exam.lesson_id)
        assert db.all("select * from public.questions where lesson_id = %s", exam.lesson_id) == []
    db.act(user_id=assistant)
    refuse(db, "save_question", "managers_only", **arguments(exam))
    assert db.rpc("question_keys", lesson_id=exam.lesson_id)
    for user_id in (exam.owner, school.user("admin")):
        call(db.act(user_id=user_id), "save_question", **arguments(exam))
        assert db.rpc("question_keys", lesson_id=exam.lesson_id)
    call(db.act("service_role"), "save_question", **arguments(exam))
    keys = db.rpc("question_keys", lesson_id=exam.lesson_id)
    assert question_id in [row["question_id"] for row in keys]
    for lesson_id in (uuid4(), None):
        refuse(
            db.act("service_role"),
            "save_question",
            "lesson_not_found",
            **arguments(exam) | {"lesson_id": lesson_id},
        )
    db.act("anon")
    with db.refused("42501"):
        db.rpc("question_keys", lesson_id=exam.lesson_id)


def test_keys_of_nothing(db: Session, school: School) -> None:
    """A quiz without questions has no keys."""
    exam = make_exam(school)
    assert exam.staff().rpc("question_keys", lesson_id=exam.lesson_id) == []


# Figures ---------------------------------------------------------------------------------------


def test_stats_of_nothing(db: Session, school: School) -> None:
    """Before the first attempt: no answers, no figures."""
    exam = make_exam(school)
    exam.question("single")
    exam.question("numeric")
    exam.start()
    rows = exam.staff().rpc("question_stats", lesson_id=exam.lesson_id)
    assert [(row["answer_count"], row["difficulty"], row["discrimination"]) for row in rows] == [
        (0, None, None),
        (0, None, None),
    ]
    assert [row["choices"] for row in rows] == [{}, None]


def test_stats_of_questions(db: Session, school: School) -> None:
    """Difficulty in per cent, discrimination against the rest, choices by author."""
    exam = make_exam(school)
    single = exam.question("single")
    multiple = exam.question("multiple")
    truth = exam.question("true_false")
    number = exam.question("numeric")
    nobody = exam.question("matching")
    for answers in (
        {single: "a", multiple: ["a", "c"], truth: True, number: 9.81},
        {single: "a", multiple: ["a"], truth: True, number: 9.81},
        {single: "b", multiple: ["b"], truth: False, number: 9.81},
        {single: "b", truth: True},
    ):
        exam.take(answers)
    rows = {
        row["question_id"]: row
        for row in exam.staff().rpc("question_stats", lesson_id=exam.lesson_id)
    }
    assert list(rows) == [single, multiple, truth, number, nobody]
    assert {row["answer_count"] for row in rows.values()} == {4}
    assert [float(row["difficulty"]) for row in rows.values()] == [50, 37.5, 75, 75, 0]
    assert rows[single]["choices"] == {"a": 2, "b": 2}
    assert rows[multiple]["choices"] == {"a": 2, "b": 1, "c": 1}
    assert rows[truth]["choices"] == {"true": 3, "false": 1}
    assert rows[number]["choices"] is None
    # Shares of single against the rest: 1, 1, 0, 0 against 3, 2.5, 1, 1.
    assert float(rows[single]["discrimination"]) == pytest.approx(0.9802, abs=1e-3)
    assert rows[nobody]["discrimination"] is None


def test_d11_stats_of_1100_questions_are_whole(db: Session, school: School) -> None:
    """Each question has its row on some page."""
    exam = make_exam(school)
    exam.question("true_false")
    db.act("postgres").run(
        "insert into public.questions (lesson_id, course_id, ord, kind, prompt_md, points) "
        "select %s, %s, n, 'true_false', 'Is it?', 1 from generate_series(2, 1100) as n",
        exam.lesson_id,
        exam.course_id,
    )
    given = {"lesson_id": exam.lesson_id}
    listed = list(pages(exam.staff(), "question_stats", **given, page_size=200))
    assert [len(page) for page in listed] == [200] * 5 + [100]
    assert [row["ord"] for page in listed for row in page] == list(range(1, 1101))
    assert exam.staff().rpc("question_stats", **given) == listed[0]
    refuse(db, "question_stats", "invalid_page", **given, page_size=0)
    refuse(db, "question_stats", "invalid_cursor", **given, cursor="x")


def test_stats_without_a_deleted_question(db: Session, school: School) -> None:
    """A deleted question has no row; the others are unchanged."""
    exam = make_exam(school)
    ids = [exam.question("true_false") for _ in range(2)]
    assert exam.staff().run("delete from public.questions where id = %s", ids[0]) == 1
    rows = exam.staff().rpc("question_stats", lesson_id=exam.lesson_id)
    assert [row["question_id"] for row in rows] == ids[1:]


def test_a14_only_a_quiz_has_questions(school: School) -> None:
    """Neither by the function nor by the table; the type of a lesson with questions is fixed."""
    exam = make_exam(school)
    text = school.lesson(exam.module_id, content_type="video")
    refuse(
        exam.staff(),
        "save_question",
        "not_a_quiz",
        lesson_id=text,
        kind="true_false",
        prompt_md="Is it?",
        points=1,
        options=Jsonb([]),
        key=Jsonb({"correct": True}),
    )
    with exam.staff().refused(409, "not_a_quiz"):
        exam.session.run("insert into public.quizzes (lesson_id) values (%s)", text)
    retype = "update public.lessons set content_type = %s where id = %s"
    exam.staff().run(retype, "video", exam.lesson_id)
    left = "select count(*) from public.quizzes where lesson_id = %s"
    assert exam.root().value(left, exam.lesson_id) == 0
    exam.staff().run(retype, "quiz", exam.lesson_id)
    exam.question()
    with exam.staff().refused(409, "content_type_fixed"):
        exam.session.run(retype, "text", exam.lesson_id)


def test_a19_two_authors_of_a_question(school: School) -> None:
    """The second one is told who saved it and when, and nothing of the first is lost."""
    exam = make_exam(school)
    made = exam.question("true_false")
    other = school.user("instructor", name="Grace")
    school.staff(exam.course_id, other, "instructor")
    given = {
        "lesson_id": exam.lesson_id,
        "kind": "true_false",
        "points": 1,
        "options": Jsonb([]),
        "key": Jsonb({"correct": True}),
        "question_id": made,
    }
    session = exam.session.act(user_id=other)
    row = call(session, "save_question", **given, prompt_md="Theirs?", revision=1)
    assert (row["revision"], row["updated_by"]) == (2, other)
    refuse(
        exam.staff(), "save_question", "question_changed", **given, prompt_md="Mine?", revision=1
    )
    with pytest.raises(psycopg.Error) as error, exam.session.savepoint():
        exam.staff().rpc("save_question", **given, prompt_md="Mine?", revision=1)
    details = told(error.value).details
    assert (details["revision"], details["updated_by"], details["name"]) == (
        2,
        str(other),
        "Grace",
    )
    assert datetime.fromisoformat(details["updated_at"]) == row["updated_at"]
    assert call(exam.staff(), "save_question", **given, prompt_md="Mine?", revision=2)
    assert call(exam.staff(), "save_question", **given, prompt_md="Last?")["revision"] == 4


def test_a_position_that_is_taken(db: Session, school: School) -> None:
    """Two questions never have one position, and the constraint is never violated."""
    exam = make_exam(school)
    first: UUID = exam.question()
    second = exam.question(ord=1)
    exam.root().run("set constraints all immediate")
    assert {row["id"] for row in stored(exam)} == {first, second}
    assert len({row["ord"] for row in stored(exam)}) == 2
