"""The page for authors: each JSON example has its shape, is saved, and earns what the page says."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

import pytest
from psycopg.types.json import Jsonb
from pydantic import TypeAdapter

from app.models.rpc import questions
from app.models.rpc.base import QuestionKind
from app.models.rpc.registry import ARGUMENTS
from tests.rpc.exam import Exam, make_exam
from tests.rpc.support import call
from tests.support.cluster import ROOT
from tests.support.database import Row, Session
from tests.support.school import School, insert

PAGE = (ROOT / "docs" / "authoring.md").read_text()
QUESTIONS, QUIZ, RUBRIC, CRITERIA, BUNDLE = (
    json.loads(block)
    for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
)
(MARKDOWN,) = re.findall(r"^```markdown\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
KINDS = get_args(QuestionKind.__value__)
KEYS = {
    "single": questions.SingleKey,
    "multiple": questions.MultipleKey,
    "true_false": questions.TrueFalseKey,
    "numeric": questions.NumericKey,
    "short_text": questions.ShortTextKey,
    "ordering": questions.OrderingKey,
    "matching": questions.MatchingKey,
    "cloze": questions.ClozeKey,
}


def check(shape: Any, value: Any) -> None:
    """Fails unless the JSON has this shape."""
    TypeAdapter(shape).validate_json(json.dumps(value), strict=True)


def titled(options: Any) -> Any:
    """The options with texts by which an exam finds the author's ids again."""
    if isinstance(options, dict) and "gaps" in options:
        return {
            "gaps": [
                gap | ({"options": titled(gap["options"])} if "options" in gap else {})
                for gap in options["gaps"]
            ]
        }
    if isinstance(options, dict):
        return {side: titled(listed) for side, listed in options.items()}
    return [{"id": one["id"], "text": f"Text of {one['id']}"} for one in options]


def test_the_page_has_an_example_of_each_kind() -> None:
    """Of the enum, of the table of kinds, and of the examples the kinds are the same."""
    # Staff grade the others.
    assert [one["kind"] for one in QUESTIONS] == list(KEYS) == list(KINDS)[:-2]
    assert tuple(re.findall(r"^\| `(\w+)` \| .* \| .* \|$", PAGE, re.MULTILINE)) == KINDS


@pytest.mark.parametrize("example", QUESTIONS, ids=lambda example: str(example["kind"]))
def test_a_question_of_the_page(school: School, example: Row) -> None:
    """Options, key and answer have their shapes, and the answer earns what the page says."""
    kind = example["kind"]
    check(questions.QuestionOptions, example["options"])
    check(KEYS[kind], example["key"])
    check(questions.Answer, example["answer"])
    exam = make_exam(school)
    given = {name: example[name] for name in ("key", "prompt_md") if name in example}
    exam.question(kind, choices=example["options"], **given)
    question_id = exam.question(kind, choices=titled(example["options"]), **given)
    attempt = exam.take({question_id: example["answer"]})
    results = {one["question_id"]: one for one in exam.review(attempt["id"])["items"]}
    assert results[str(question_id)]["score_percent"] == example["score_percent"]


def test_the_rules_of_the_page(school: School) -> None:
    """Staff may write each rule, and there is no other."""
    exam = make_exam(school)
    lesson_id = school.lesson(exam.module_id, content_type="quiz")
    rights = exam.root().all(
        "select column_name::text as name from information_schema.column_privileges "
        "where table_schema = 'public' and table_name = 'quizzes' and grantee = 'authenticated' "
        "and privilege_type = 'UPDATE'"
    )
    # A due date is written as a moment or as a day.
    assert {*QUIZ, "due_on"} == {row["name"] for row in rights}
    row = insert(exam.staff(), "quizzes", lesson_id=lesson_id, **QUIZ)
    assert {name: str(row[name]) for name in ("scoring", "reveal", "max_attempts")} == {
        name: str(QUIZ[name]) for name in ("scoring", "reveal", "max_attempts")
    }


def test_the_rubric_of_the_page(db: Session, school: School) -> None:
    """The rubric is saved, and the points of the page make the score of the page."""
    check(ARGUMENTS["save_rubric"]["criteria"], RUBRIC)
    check(ARGUMENTS["grade_lab"]["criteria"], CRITERIA)
    exam: Exam = make_exam(school)
    lab_id = school.lesson(exam.module_id, content_type="lab")
    exam.staff().rpc("save_rubric", lesson_id=lab_id, criteria=Jsonb(RUBRIC))
    work = call(exam.student(), "submit_lab", lesson_id=lab_id, body="Work.")
    graded = call(
        exam.staff(),
        "grade_lab",
        **{"submission_id": work["id"], "score": None, "feedback": None, "accept": True},
        criteria=Jsonb(CRITERIA),
    )
    assert f"here {graded['score']:.0f} %" in PAGE


def test_the_bundle_of_the_page(db: Session, school: School) -> None:
    """The bundle has its shape, is imported, and the course has what it says."""
    check(ARGUMENTS["import_course"]["bundle"], BUNDLE)
    made = call(db.act(user_id=school.user("instructor")), "import_course", bundle=Jsonb(BUNDLE))
    lessons = db.all("select slug from public.lessons where course_id = %s", made["course_id"])
    assert {row["slug"] for row in lessons} == {"b-trees", "quiz"}
    db.rpc("publish_course", course_id=made["course_id"])
    assert db.value("select is_published from public.courses where id = %s", made["course_id"])


def test_the_hidden_block_of_the_page(db: Session) -> None:
    """No passage has the solution; the text around it is in one."""
    rows = db.all("select * from private.split_markdown(%s)", MARKDOWN)
    assert "faster" in str(rows)
    assert "B-tree" in MARKDOWN
    assert "B-tree" not in str(rows)
