"""Answers and the share of the points that they earn, kind by kind, through attempts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import MODELS, Exam, item_of, make_exam, options, translate
from tests.rpc.support import answer, call, refuse
from tests.support.database import Session
from tests.support.school import School

POINTS = 12


def share(school: School, kind: str, value: Any, **question: Any) -> Decimal:
    """The share of the points that an answer in ids of the author earns."""
    exam = make_exam(school)
    question_id = exam.question(kind, points=POINTS, **question)
    row = exam.take({question_id: value})
    assert (row["status"], row["max_score"]) == ("submitted", POINTS)
    scored: Decimal = row["score"] / POINTS
    return scored


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("single", "a", 1),
        ("single", "b", 0),
        ("multiple", ["a", "c"], 1),
        ("multiple", ["c", "a"], 1),
        ("multiple", ["a"], 0.5),
        ("multiple", ["a", "b"], 0),
        ("multiple", ["a", "c", "b"], 0.5),
        ("multiple", ["a", "b", "c", "d"], 0),
        ("multiple", ["b", "d"], 0),
        ("multiple", [], 0),
        ("true_false", True, 1),
        ("true_false", False, 0),
        ("numeric", 9.81, 1),
        ("numeric", 9.80, 1),
        ("numeric", 9.82, 1),
        ("numeric", 9.8201, 0),
        ("numeric", 9.7999, 0),
        ("numeric", -9.81, 0),
        ("numeric", 0, 0),
        ("short_text", "Zürich", 1),
        ("short_text", "zurich", 1),
        ("short_text", "  ZÜRICH\t", 1),
        ("short_text", "Zurch", 1),
        ("short_text", "Zuerich", 1),
        ("short_text", "Zuerichh", 0),
        ("short_text", "Bern", 0),
        ("short_text", "", 0),
        ("short_text", "x" * 1000, 0),
        ("ordering", list("bdac"), 1),
        ("ordering", list("dacb"), 2 / 3),
        ("ordering", list("acbd"), 2 / 3),
        ("ordering", list("bdca"), 1 / 3),
        ("ordering", list("cadb"), 0),
        ("matching", {"k": "y", "l": "w", "m": "y"}, 1),
        ("matching", {"k": "y", "l": "w", "m": "x"}, 2 / 3),
        ("matching", {"k": "y"}, 1 / 3),
        ("matching", {"k": "x", "l": "z", "m": "w"}, 0),
        ("matching", {}, 0),
        ("cloze", {"1": "zurch", "2": "9,81", "12": "b"}, 1),
        ("cloze", {"1": "Bern", "2": 9.81, "12": "b"}, 2 / 3),
        ("cloze", {"1": "Zürich", "2": 9, "12": "a"}, 1 / 3),
        ("cloze", {"12": "b"}, 1 / 3),
        # A text that reads like an id of an option.
        ("cloze", {"1": "12o1"}, 0),
        ("cloze", {}, 0),
    ],
)
def test_share_of_the_points(
    db: Session, school: School, kind: str, value: Any, expected: float
) -> None:
    """Each kind scores by its rule, with partial credit and never below zero."""
    assert float(share(school, kind, value)) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ({"value": 200, "tolerance": 0.05, "relative": True}, 210, 1),
        ({"value": 200, "tolerance": 0.05, "relative": True}, 190, 1),
        ({"value": 200, "tolerance": 0.05, "relative": True}, 210.001, 0),
        ({"value": -200, "tolerance": 0.05, "relative": True}, -209, 1),
        ({"value": -200, "tolerance": 0.05, "relative": True}, 200, 0),
        ({"value": 0, "tolerance": 0.05, "relative": True}, 0, 1),
        ({"value": 0, "tolerance": 0.05, "relative": True}, 0.01, 0),
        ({"value": 3}, 3, 1),
        ({"value": 3}, 3.0, 1),
        ({"value": 3}, 3.0000001, 0),
        ({"value": 1e30, "tolerance": 0}, 1e30, 1),
        ({"values": [{"value": 2}, {"value": -2, "tolerance": 0.1}]}, 2, 1),
        ({"values": [{"value": 2}, {"value": -2, "tolerance": 0.1}]}, -2.1, 1),
        ({"values": [{"value": 2}, {"value": -2, "tolerance": 0.1}]}, 2.1, 0),
        ({"values": [{"value": 2}, {"value": 200, "tolerance": 0.1, "relative": True}]}, 181, 1),
        ({"values": [{"value": 2}], "unit": "m"}, "2 m", 1),
        ({"values": [{"value": 2}], "unit": "m"}, "2 s", 0),
    ],
)
def test_tolerance(
    db: Session, school: School, key: dict[str, Any], value: float, expected: int
) -> None:
    """A relative tolerance is a share of the key, whatever its sign; without one, equality."""
    assert share(school, "numeric", value, key=key) == expected


@pytest.mark.parametrize(
    ("accepted", "distance", "value", "expected"),
    [
        (["Paris", "Lutetia"], 0, "lutetia", 1),
        (["Paris", "Lutetia"], 0, "Pariss", 0),
        (["New York"], 0, "new   york", 1),
        (["New York"], 0, "\tnew\nyork\r\n", 1),
        (["crème brûlée"], 0, "CREME BRULEE", 1),
        (["straße"], 0, "strasse", 1),
        (["photosynthesis"], 2, "fotosynthesis", 1),
        (["photosynthesis"], 1, "fotosynthesis", 0),
        (["photosynthesis"], 3, "fotosintesis", 0),
        (["naïve"], 1, "naiv", 1),
        (["東京"], 1, "東", 1),
        (["x" * 200], 3, "x" * 198, 1),
        (["a"], 1, "   ", 0),
        (["a"], None, "a", 1),
    ],
)
def test_texts_are_folded_and_forgiven(
    db: Session,
    school: School,
    accepted: list[str],
    distance: int | None,
    value: str,
    expected: int,
) -> None:
    """Case, accents and blanks do not count; so many edits are forgiven as the key says."""
    key: dict[str, Any] = {"accepted": accepted}
    if distance is not None:
        key["max_distance"] = distance
    assert share(school, "short_text", value, key=key) == expected


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_no_answer_earns_nothing(db: Session, school: School, kind: str) -> None:
    """A question that was left out, or whose answer was taken back, earns 0."""
    exam = make_exam(school)
    question_id = exam.question(kind)
    assert exam.submit(exam.start()["id"])["score"] == 0
    attempt = exam.start()
    saved = exam.save(attempt, question_id, MODELS[kind][2])
    assert list(saved["answers"]) == [str(question_id)]
    assert exam.save(attempt, question_id, None)["answers"] == {}
    assert exam.submit(attempt["id"])["score"] == 0


MALFORMED: list[tuple[str, Any]] = [
    ("single", ["a"]),
    ("single", "z"),
    ("single", 1),
    ("single", True),
    ("single", {}),
    ("single", ""),
    ("multiple", "a"),
    ("multiple", ["a", "a"]),
    ("multiple", ["z"]),
    ("multiple", [None]),
    ("multiple", [["a"]]),
    ("multiple", [1]),
    ("multiple", {"a": "b"}),
    ("true_false", "true"),
    ("true_false", 1),
    ("true_false", []),
    ("numeric", [9.81]),
    ("numeric", True),
    ("numeric", 10**100),
    ("short_text", 1),
    ("short_text", ["Zürich"]),
    ("short_text", "x" * 1001),
    ("ordering", list("bda")),
    ("ordering", list("bdaa")),
    ("ordering", list("bdacb")),
    ("ordering", list("bdaz")),
    ("ordering", []),
    ("ordering", "bdac"),
    ("ordering", {}),
    ("matching", ["k"]),
    ("matching", "k"),
    ("matching", {"z": "y"}),
    ("matching", {"k": "k"}),
    ("matching", {"k": ["y"]}),
    ("matching", {"k": None}),
    ("matching", {"": ""}),
    ("cloze", ["Zürich"]),
    ("cloze", "Zürich"),
    ("cloze", {"3": "Zürich"}),
    ("cloze", {"1": 9.81}),
    ("cloze", {"1": None}),
    ("cloze", {"2": "many"}),
    ("cloze", {"12": "z"}),
    ("cloze", {"12": ["b"]}),
    ("cloze", {"1": "b", "12": "1o1"}),
]


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_malformed_answers_are_refused(db: Session, school: School, kind: str) -> None:
    """invalid_answer, and the attempt is what it was; the right answer counts afterwards."""
    exam = make_exam(school)
    question_id = exam.question(kind)
    attempt = exam.start()
    before = exam.save(attempt, question_id, MODELS[kind][2])
    bad = [value for one, value in MALFORMED if one == kind]
    assert bad
    for value in bad:
        refuse(
            exam.student(),
            "save_answer",
            "invalid_answer",
            attempt_id=attempt["id"],
            question_id=question_id,
            answer=Jsonb(translate(attempt, question_id, value)),
        )
    assert exam.attempt(attempt["id"]) == before
    assert exam.submit(attempt["id"])["score"] == 1


@pytest.mark.parametrize("kind", ["single", "multiple", "ordering", "matching", "cloze"])
def test_ids_of_the_author_are_no_answer(db: Session, school: School, kind: str) -> None:
    """Options in an attempt have ids of the attempt's own; those of the author are unknown."""
    exam = make_exam(school)
    question_id = exam.question(kind)
    attempt = exam.start()
    refuse(
        exam.student(),
        "save_answer",
        "invalid_answer",
        attempt_id=attempt["id"],
        question_id=question_id,
        answer=Jsonb(MODELS[kind][2]),
    )


def test_an_answer_to_a_question_of_another_quiz(db: Session, school: School) -> None:
    """Only questions of the attempt take answers."""
    exam, other = make_exam(school), make_exam(school)
    exam.question("true_false")
    foreign = other.question("true_false")
    attempt = exam.start()
    for question_id in (foreign, uuid4(), None):
        refuse(
            exam.student(),
            "save_answer",
            "question_not_found",
            attempt_id=attempt["id"],
            question_id=question_id,
            answer=Jsonb(True),
        )


def all_kinds(exam: Exam) -> dict[UUID, Any]:
    """A question of each kind, with 1 to 8 points, and the right answers."""
    return {
        exam.question(kind, points=number): MODELS[kind][2]
        for number, kind in enumerate(MODELS, start=1)
    }


def test_points_of_all_kinds_add_up(db: Session, school: School) -> None:
    """The score is the sum of the points of the items, each by its share."""
    exam = make_exam(school)
    right = all_kinds(exam)
    row = exam.take(right)
    assert (row["score"], row["max_score"], row["is_passed"]) == (36, 36, True)
    # 2 points at half and 6 points at two thirds; the rest is left out.
    ids = list(right)
    row = exam.take({ids[1]: ["a"], ids[5]: list("dacb")})
    assert (row["score"], row["is_passed"]) == (5, False)
    results = {one["question_id"]: one["score_percent"] for one in exam.review(row["id"])["items"]}
    assert results[str(ids[1])] == 50
    assert results[str(ids[5])] == pytest.approx(200 / 3, abs=1e-3)
    assert sorted(results.values()) == pytest.approx([0, 0, 0, 0, 0, 0, 50, 200 / 3], abs=1e-3)


def test_options_with_equal_texts_and_telling_ids(db: Session, school: School) -> None:
    """Nothing of the author's ids is in the attempt, for any kind."""
    exam = make_exam(school)
    secret = [{"id": f"right-{one}", "text": "Same"} for one in range(3)]
    exam.question("single", choices=secret, key={"correct": "right-1"})
    exam.question("multiple", choices=secret, key={"correct": ["right-1"]})
    exam.question("ordering", choices=secret, key={"order": [one["id"] for one in secret]})
    exam.question(
        "matching",
        choices={"left": secret, "right": options("right-x", "y")},
        key={"pairs": {one["id"]: "right-x" for one in secret}},
    )
    attempt = exam.start()
    ids = [
        option["id"]
        for item in attempt["items"]
        for listed in (
            item["options"].values() if item["kind"] == "matching" else [item["options"]]
        )
        for option in listed
    ]
    assert all(len(one) <= 3 and "right" not in one for one in ids)
    assert {key for item in attempt["items"] for key in item} == {
        "question_id",
        "kind",
        "prompt_md",
        "points",
        "options",
    }
    for question in attempt["items"]:
        assert item_of(attempt, UUID(question["question_id"])) == question


def test_a_review_has_feedback_in_ids_of_the_attempt(db: Session, school: School) -> None:
    """Feedback of the options that the attempt showed, once the key is shown; never before."""
    exam = make_exam(school, reveal="after_pass", pass_mark=100)
    told: dict[str, Any] = {
        "single": {"a": "Yes.", "b": "No."},
        "true_false": {"false": "No."},
        "matching": {"k": "Left."},
        "cloze": {"12": "Gap."},
    }
    ids = {kind: exam.question(kind, feedback=Jsonb(one)) for kind, one in told.items()}
    attempt = exam.start()
    hidden = exam.review(exam.submit(attempt["id"])["id"])
    assert not hidden["is_revealed"]
    assert not any("feedback" in item for item in hidden["items"])
    exam.rules(reveal="after_submit")
    items = {UUID(item["question_id"]): item for item in exam.review(attempt["id"])["items"]}
    for kind, one in told.items():
        expected = translate(attempt, ids[kind], one)
        if kind == "single":
            shown = {
                o["text"].removeprefix("Text of "): o["id"] for o in items[ids[kind]]["options"]
            }
            expected = {shown[author]: text for author, text in one.items()}
        if kind == "matching":
            left = items[ids[kind]]["options"]["left"]
            expected = {o["id"]: "Left." for o in left if o["text"] == "Text of k"}
        assert items[ids[kind]]["feedback"] == expected


def test_a_cloze_is_graded_by_the_gaps_that_it_showed(db: Session, school: School) -> None:
    """A gap or an option that was added later does not count; the review shows what counted."""
    exam = make_exam(school)
    options_, key, right = MODELS["cloze"]
    question_id = exam.question("cloze", points=3)
    attempt = exam.start()
    exam.save(attempt, question_id, right)
    more = {"gaps": [*options_["gaps"], {"id": "3", "kind": "text"}]}
    exam.question(
        "cloze",
        question_id=question_id,
        choices=more,
        key={"gaps": {**key["gaps"], "3": {"accepted": ["x"]}}},
        prompt_md="[[1]] [[2]] [[3]] [[12]]",
        points=3,
    )
    row = exam.submit(attempt["id"])
    assert row["score"] == 3
    (item,) = exam.review(row["id"])["items"]
    assert item["correct"] == translate(attempt, question_id, right)
    assert item["answer"] == item["correct"]


# Hints -----------------------------------------------------------------------------------------

HINTS = [{"text_md": "Think.", "cost_percent": 25}, {"text_md": "It is a.", "cost_percent": 100}]


def test_a9_a_regrade_takes_no_hint_away(school: School) -> None:
    """The hints that an open attempt announces are given, whatever the newest version has."""
    exam = make_exam(school)
    hints = [{"text_md": "Think.", "cost_percent": 10}]
    question_id = exam.question("single", hints=Jsonb(hints))
    attempt = exam.start()
    exam.question("single", question_id=question_id, hints=Jsonb([]))
    answer(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)
    named = {"attempt_id": attempt["id"], "question_id": question_id, "number": 1}
    assert call(exam.student(), "take_hint", **named)["hints"] == {str(question_id): hints}


def test_b11_a_learner_reads_nothing_for_staff(db: Session, school: School) -> None:
    """Prompt, hint, explanation and feedback are shown without comments and blocks for staff."""
    exam = make_exam(school)
    hint = {"text_md": "Think. <!-- secret -->", "cost_percent": 0}
    question_id = exam.question(
        "cloze",
        prompt_md="In [[1]] it falls\n<!-- secret -->\nwith [[2]], like [[12]].\n\n"
        "::: staff\nsecret\n:::\n",
        explanation_md="Because. <!-- secret -->",
        feedback=Jsonb({"1": "Look. <!-- secret -->"}),
        hints=Jsonb([hint]),
    )
    attempt = exam.start()
    assert item_of(attempt, question_id)["prompt_md"].startswith("In [[1]] it falls")
    named = {"attempt_id": attempt["id"], "question_id": question_id, "number": 1}
    taken = exam.student().rpc("take_hint", **named)
    exam.submit(attempt["id"])
    seen = exam.review(attempt["id"])
    assert seen["items"][0]["feedback"] == {"1": "Look. "}
    assert "secret" not in str((attempt, taken, seen))
    (kept,) = exam.staff().rpc("question_keys", lesson_id=exam.lesson_id)
    assert kept["hints"] == [hint]
    for words in (
        {"prompt_md": "<!-- secret -->"},
        {"hints": Jsonb([hint | {"text_md": "<!-- -->"}])},
    ):
        with exam.staff().refused(422, "invalid_question"):
            exam.question("single", **words)


def test_hints_cost_once_and_are_read_when_taken(db: Session, school: School) -> None:
    """In order; a text is in no answer before; the cost leaves the share, at least 0."""
    exam = make_exam(school)
    question_id = exam.question("single", points=4, hints=Jsonb(HINTS))
    plain = exam.question("true_false")
    attempt = exam.start()
    assert item_of(attempt, question_id)["hint_costs"] == [25, 100]
    assert "hint_costs" not in item_of(attempt, plain)
    assert "Think" not in str(attempt) and attempt["hints"] == {}
    named = {"attempt_id": attempt["id"], "question_id": question_id}
    for number in (2, 0, -1, -(2**31), 2**31 - 1, None):
        refuse(exam.student(), "take_hint", "hint_not_found", **named, number=number)
    refuse(
        exam.student(), "take_hint", "hint_not_found", **named | {"question_id": plain}, number=1
    )
    for _ in range(2):
        (row,) = exam.student().rpc("take_hint", **named, number=1)
        assert row["hints"] == {str(question_id): HINTS[:1]}
    stranger = exam.another_learner()
    refuse(exam.student(stranger), "take_hint", "attempt_not_found", **named, number=2)
    # The promise of the attempt holds: texts and costs are those of its version.
    exam.question(
        "single",
        question_id=question_id,
        points=4,
        hints=Jsonb([{"text_md": "Now.", "cost_percent": 90}]),
    )
    with db.savepoint():
        (row,) = exam.student().rpc("take_hint", **named, number=2)
        assert row["hints"] == {str(question_id): HINTS}
    exam.save(attempt, question_id, "a")
    exam.save(attempt, plain, True)
    row = exam.submit(attempt["id"])
    assert (row["score"], row["max_score"]) == (4, 5)
    refuse(exam.student(), "take_hint", "attempt_closed", **named, number=1)
    items = {one["question_id"]: one for one in exam.review(row["id"])["items"]}
    assert items[str(question_id)]["score_percent"] == 75
    assert exam.staff().rpc("regrade_quiz", lesson_id=exam.lesson_id)
    assert exam.attempt(row["id"])["score"] == 4


def test_hints_never_cost_more_than_the_question(db: Session, school: School) -> None:
    """125 per cent of hints leave 0, and a wrong answer loses nothing more."""
    exam = make_exam(school)
    question_id = exam.question("single", hints=Jsonb(HINTS))
    attempt = exam.start()
    for number in (1, 2):
        exam.student().rpc(
            "take_hint", attempt_id=attempt["id"], question_id=question_id, number=number
        )
    exam.save(attempt, question_id, "a")
    assert exam.submit(attempt["id"])["score"] == 0


def test_no_hint_after_the_deadline(db: Session, school: School) -> None:
    """An expired attempt takes neither answers nor hints."""
    exam = make_exam(school, time_limit_seconds=60)
    question_id = exam.question("single", hints=Jsonb(HINTS))
    attempt = exam.start()
    exam.turn_clock(attempt["id"], 11)
    refuse(
        exam.student(),
        "take_hint",
        "attempt_expired",
        attempt_id=attempt["id"],
        question_id=question_id,
        number=1,
    )


def test_a_hint_spends_the_budget_of_answers(db: Session, school: School) -> None:
    """A hint is text that is written for the learner."""
    exam = make_exam(school)
    question_id = exam.question("single", hints=Jsonb(HINTS))
    attempt = exam.start()
    exam.root().run("update private.budgets set max_bytes = 1 where kind = 'answers'")
    refuse(
        exam.student(),
        "take_hint",
        "budget_exceeded",
        attempt_id=attempt["id"],
        question_id=question_id,
        number=1,
    )
