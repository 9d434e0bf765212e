"""Attempts: drawing, saving, scoring, completion, and the rules of reviews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import MODELS, Exam, item_of, make_exam, options
from tests.rpc.support import answer, audit_lines, call, pages, refuse
from tests.support.database import Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A quiz with four questions of one point."""
    made = make_exam(school)
    for _ in range(4):
        made.question("true_false")
    return made


def ids(exam: Exam) -> list[UUID]:
    """The questions of the quiz, in order."""
    rows = exam.root().all(
        "select id from public.questions where lesson_id = %s order by ord", exam.lesson_id
    )
    return [row["id"] for row in rows]


def take(exam: Exam, right: int, user_id: UUID | None = None) -> Any:
    """An attempt with so many right answers."""
    return exam.take(dict.fromkeys(ids(exam)[:right], True), user_id)


# Starting --------------------------------------------------------------------------------------


def test_start_save_submit(exam: Exam) -> None:
    """An attempt is open with items, collects answers, and ends with a score."""
    first, second, *_ = ids(exam)
    attempt = exam.start()
    assert (attempt["status"], attempt["number"], attempt["answers"]) == ("open", 1, {})
    assert (attempt["score"], attempt["is_passed"], attempt["submitted_at"]) == (None, None, None)
    assert (attempt["max_score"], attempt["deadline"]) == (4, None)
    assert exam.session.value("select current_setting('response.status', true)") == "201"
    exam.save(attempt, first, True)
    saved = exam.save(attempt, second, False)
    assert saved["answers"] == {str(first): True, str(second): False}
    done = exam.submit(attempt["id"])
    assert (done["status"], done["score"], done["is_passed"]) == ("submitted", 1, False)
    assert done["submitted_at"] >= done["started_at"]
    assert [(row["action"], row["new_score"]) for row in exam.history(done["id"])] == [
        ("submitted", 1)
    ]


def test_a_reload_shows_the_same(db: Session, school: School) -> None:
    """start_attempt returns the open attempt: same items, order, options and answers."""
    exam = make_exam(school)
    made = [exam.question(kind) for kind in (*MODELS, *MODELS)]
    first = exam.start()
    saved = exam.save(first, made[0], "b")
    for _ in range(3):
        assert exam.start() == saved
    assert saved["items"] == first["items"]


def orders(exam: Exam, number: int = 8) -> set[tuple[str, ...]]:
    """The orders of questions in attempts of several learners."""
    found = set()
    for _ in range(number):
        attempt = exam.start(exam.another_learner())
        found.add(tuple(one["question_id"] for one in attempt["items"]))
    return found


def test_shuffle(exam: Exam) -> None:
    """Questions are mixed for each attempt, or not at all."""
    assert len(orders(exam)) > 1
    exam.rules(is_shuffled=False)
    assert orders(exam) == {tuple(map(str, ids(exam)))}


def test_options_are_shuffled(db: Session, school: School) -> None:
    """Options are mixed with shuffle; orderings and the right side of matchings always are."""
    many = [f"o{number}" for number in range(8)]
    exam = make_exam(school, is_shuffled=False)
    sides = {"left": options(*many), "right": options(*many)}
    made = {
        "single": exam.question("single", choices=options(*many), key={"correct": "o0"}),
        "ordering": exam.question("ordering", choices=options(*many), key={"order": many}),
        "matching": exam.question(
            "matching", choices=sides, key={"pairs": {one: one for one in many}}
        ),
    }

    def seen(listed: list[dict[str, str]]) -> list[str]:
        return [one["text"].removeprefix("Text of ") for one in listed]

    attempts = [exam.start(exam.another_learner()) for _ in range(4)]
    for attempt in attempts:
        assert seen(item_of(attempt, made["single"])["options"]) == many
        assert seen(item_of(attempt, made["matching"])["options"]["left"]) == many
    assert any(seen(item_of(one, made["ordering"])["options"]) != many for one in attempts)
    assert any(seen(item_of(one, made["matching"])["options"]["right"]) != many for one in attempts)
    exam.rules(is_shuffled=True)
    attempts = [exam.start(exam.another_learner()) for _ in range(4)]
    assert any(seen(item_of(one, made["single"])["options"]) != many for one in attempts)
    for attempt in attempts:
        listed = item_of(attempt, made["single"])["options"]
        assert [one["id"] for one in listed] == [f"o{number}" for number in range(1, 9)]


def test_draw_count(exam: Exam) -> None:
    """So many questions are drawn, in their order without shuffle; more than there are: all."""
    exam.rules(draw_count=2, is_shuffled=False)
    listed = list(map(str, ids(exam)))
    drawn = orders(exam, 12)
    assert {len(one) for one in drawn} == {2}
    assert len(drawn) > 1
    assert all(sorted(one, key=listed.index) == list(one) for one in drawn)
    assert exam.start()["max_score"] == 2
    exam.rules(draw_count=9)
    assert orders(exam, 1) == {tuple(listed)}


def test_an_attempt_keeps_what_it_was_given(exam: Exam) -> None:
    """Later edits of questions do not change the items of an open attempt."""
    attempt = exam.start()
    one = ids(exam)[0]
    exam.question("true_false", question_id=one, prompt_md="Edited?", points=50)
    exam.question("numeric")
    assert exam.start() == attempt
    exam.save(attempt, one, True)
    done = exam.submit(attempt["id"])
    assert (done["score"], done["max_score"]) == (1, 4)


def test_who_may_start(exam: Exam, db: Session, school: School) -> None:
    """Only a learner to whom the lesson is open starts an attempt."""
    lesson = {"lesson_id": exam.lesson_id}
    for lesson_id in (uuid4(), None):
        refuse(exam.student(), "start_attempt", "lesson_not_found", lesson_id=lesson_id)
    for user_id in (exam.owner, school.user()):
        refuse(db.act(user_id=user_id), "start_attempt", "not_enrolled", **lesson)
    for status in ("pending", "waitlisted", "withdrawn"):
        learner = school.user()
        school.enroll(learner, exam.course_id, status)
        refuse(db.act(user_id=learner), "start_attempt", "not_enrolled", **lesson)
    text = school.lesson(exam.module_id)
    refuse(exam.student(), "start_attempt", "quiz_not_found", lesson_id=text)
    exam.root().run(
        "update public.lessons set release_at = '2100-01-01' where id = %s", exam.lesson_id
    )
    refuse(exam.student(), "start_attempt", "lesson_locked", **lesson)
    refuse(db.act(), "start_attempt", "not_authenticated", **lesson)


def test_an_empty_quiz(db: Session, school: School) -> None:
    """A quiz without questions cannot be started, and nothing of the try is left."""
    exam = make_exam(school)
    refuse(exam.student(), "start_attempt", "quiz_empty", lesson_id=exam.lesson_id)
    assert (
        exam.root().value(
            "select count(*) from public.quiz_attempts where lesson_id = %s", exam.lesson_id
        )
        == 0
    )


# Saving and submitting -------------------------------------------------------------------------


def test_attempts_are_private(exam: Exam, db: Session, school: School) -> None:
    """Only its learner saves and submits an attempt; only they and staff review it."""
    attempt = exam.start()
    named = {"attempt_id": attempt["id"]}
    reply = {"question_id": ids(exam)[0], "answer": Jsonb(True)}
    for user_id in (exam.another_learner(), school.user(), exam.owner):
        session = db.act(user_id=user_id)
        refuse(session, "save_answer", "attempt_not_found", **named, **reply)
        refuse(session, "submit_attempt", "attempt_not_found", **named)
    refuse(exam.student(school.user()), "review_attempt", "attempt_not_found", **named)
    for attempt_id in (uuid4(), None):
        for user_id in (exam.learner, exam.owner):
            session = db.act(user_id=user_id)
            refuse(session, "save_answer", "attempt_not_found", attempt_id=attempt_id, **reply)
            refuse(session, "submit_attempt", "attempt_not_found", attempt_id=attempt_id)
            refuse(session, "review_attempt", "attempt_not_found", attempt_id=attempt_id)
    refuse(db.act(), "save_answer", "not_authenticated", **named, **reply)
    refuse(db.act(), "submit_attempt", "not_authenticated", **named)
    hint = {"question_id": reply["question_id"], "number": 1}
    refuse(db.act(), "take_hint", "not_authenticated", **named, **hint)
    refuse(db.act(), "review_attempt", "not_authenticated", **named)
    assert exam.attempt(attempt["id"]) == attempt


def test_submitting_twice(exam: Exam) -> None:
    """A second submit changes nothing and answers the same; answers are refused."""
    attempt = exam.start()
    first = ids(exam)[0]
    done = exam.submit(attempt["id"])
    assert exam.submit(attempt["id"]) == done
    assert len(exam.history(attempt["id"])) == 1
    refuse(
        exam.student(),
        "save_answer",
        "attempt_closed",
        attempt_id=attempt["id"],
        question_id=first,
        answer=Jsonb(True),
    )
    assert exam.attempt(attempt["id"]) == done


def test_attempts_are_numbered_and_counted(exam: Exam) -> None:
    """One attempt after another, up to the number allowed."""
    exam.rules(max_attempts=3)
    assert [take(exam, 0)["number"] for _ in range(3)] == [1, 2, 3]
    refuse(exam.student(), "start_attempt", "attempts_exhausted", lesson_id=exam.lesson_id)
    assert take(exam, 0, exam.another_learner())["number"] == 1
    exam.rules(max_attempts=None)
    assert take(exam, 0)["number"] == 4


def test_a_withdrawn_learner_gets_no_new_attempts(exam: Exam, db: Session) -> None:
    """Leaving and coming back neither loses nor wins an attempt."""
    exam.rules(max_attempts=1)
    attempt = exam.start()
    exam.student().rpc("withdraw", course_id=exam.course_id)
    refuse(exam.student(), "start_attempt", "not_enrolled", lesson_id=exam.lesson_id)
    exam.student().rpc("enroll", course_id=exam.course_id)
    assert exam.start()["id"] == attempt["id"]
    exam.submit(attempt["id"])
    exam.student().rpc("withdraw", course_id=exam.course_id)
    exam.student().rpc("enroll", course_id=exam.course_id)
    refuse(exam.student(), "start_attempt", "attempts_exhausted", lesson_id=exam.lesson_id)


# Scoring and completion ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scoring", "rights", "counts"),
    [
        ("highest", [1, 4, 2], [25, 100, 100]),
        ("last", [1, 4, 2], [25, 100, 50]),
        ("first", [1, 4, 2], [25, 25, 25]),
        ("average", [1, 4, 2], [25, 62.5, 58.33]),
    ],
)
def test_which_attempt_counts(
    exam: Exam, scoring: str, rights: list[int], counts: list[float]
) -> None:
    """The score in the progress follows the scoring after each attempt; an open one is nothing."""
    exam.rules(scoring=scoring)
    for right, score in zip(rights, counts, strict=True):
        take(exam, right)
        assert float(exam.progress()["score"]) == score
        exam.start()
        assert float(exam.progress()["score"]) == score
        exam.root().run(
            "delete from public.quiz_attempts where status = 'open' and lesson_id = %s",
            exam.lesson_id,
        )


@pytest.mark.parametrize(
    ("scoring", "rights", "completed_after"),
    [
        ("highest", [1, 3, 0], 2),
        ("last", [1, 3, 0], 2),
        ("first", [1, 4, 4], None),
        ("first", [3, 0], 1),
        ("average", [1, 4], 2),
        ("average", [1, 3], None),
    ],
)
def test_when_the_result_completes(
    exam: Exam, scoring: str, rights: list[int], completed_after: int | None
) -> None:
    """The lesson, and with it the course, completes when the score that counts reaches the mark."""
    exam.rules(scoring=scoring)
    for number, right in enumerate(rights, start=1):
        take(exam, right)
        done = completed_after is not None and number >= completed_after
        assert exam.progress()["status"] == ("completed" if done else "started")
        enrollment = exam.enrollment()
        assert enrollment["status"] == ("completed" if done else "active")
        assert enrollment["progress"] == (100 if done else 0)
        assert len(exam.certificates()) == int(done)
    assert exam.school.drift() == []


@pytest.mark.parametrize(
    ("pass_mark", "right", "passed"),
    [
        (75, 3, True),
        (75.01, 3, False),
        (0.75, 3, True),
        (0.76, 3, False),
        (1, 3, False),
        (1, 4, True),
    ],
)
def test_pass_mark(exam: Exam, pass_mark: float, right: int, passed: bool) -> None:
    """The mark is reached at equality; up to 1 it is a share."""
    exam.rules(pass_mark=pass_mark)
    assert take(exam, right)["is_passed"] is passed
    assert exam.progress()["status"] == ("completed" if passed else "started")


def test_thirds_are_not_lost(db: Session, school: School) -> None:
    """Three thirds of a question are the whole, and two of three reach a mark of 66.66."""
    exam = make_exam(school, pass_mark=66.66)
    question_id = exam.question("ordering", points=1)
    row = exam.take({question_id: list("dacb")})
    assert (float(row["score"]), row["is_passed"]) == (0.667, True)
    assert exam.progress()["status"] == "completed"


def test_a_quiz_with_another_rule(exam: Exam) -> None:
    """Where the rule is not pass, a passed quiz scores and does not complete."""
    exam.root().run(
        "update public.lessons set completion_rule = 'view' where id = %s", exam.lesson_id
    )
    assert take(exam, 4)["is_passed"] is True
    assert (exam.progress()["status"], exam.progress()["score"]) == ("started", 100)
    exam.student().rpc("complete_lesson", lesson_id=exam.lesson_id)
    assert exam.progress()["status"] == "completed"


def test_a_pass_cannot_be_claimed(exam: Exam) -> None:
    """complete_lesson does not complete a lesson with rule pass, whatever else was done."""
    take(exam, 1)
    refuse(exam.student(), "complete_lesson", "lesson_rule", lesson_id=exam.lesson_id)


def test_a_failed_attempt_after_a_pass(exam: Exam) -> None:
    """A completion stays, also when the last attempt counts and fails."""
    exam.rules(scoring="last")
    take(exam, 4)
    before = exam.enrollment()
    take(exam, 0)
    assert exam.progress()["score"] == 0
    assert exam.progress()["status"] == "completed"
    assert exam.enrollment() | {"last_activity_at": None} == before | {"last_activity_at": None}
    assert len(exam.certificates()) == 1


def test_a_pass_after_leaving(exam: Exam) -> None:
    """An open attempt waits for a withdrawn learner to enroll again."""
    attempt = exam.start()
    for one in ids(exam):
        exam.save(attempt, one, True)
    exam.student().rpc("withdraw", course_id=exam.course_id)
    refuse(exam.student(), "submit_attempt", "not_enrolled", attempt_id=attempt["id"])
    assert exam.school.drift() == []
    exam.student().rpc("enroll", course_id=exam.course_id)
    assert exam.submit(attempt["id"])["is_passed"] is True
    assert exam.enrollment()["status"] == "completed"
    assert len(exam.certificates()) == 1
    assert exam.school.drift() == []


def test_a_pass_in_a_lesson_that_was_taken_back(exam: Exam) -> None:
    """An attempt may be ended after its lesson was withdrawn; it counts when that is back."""
    exam.school.lesson(exam.module_id)
    attempt = exam.start()
    for one in ids(exam):
        exam.save(attempt, one, True)
    publish = "update public.lessons set is_published = %s where id = %s"
    exam.staff().run(publish, False, exam.lesson_id)
    assert exam.submit(attempt["id"])["is_passed"] is True
    assert exam.enrollment()["progress"] == 0
    assert exam.school.drift() == []
    exam.staff().run(publish, True, exam.lesson_id)
    assert exam.enrollment()["progress"] == 50
    assert exam.school.drift() == []


LOCKS = {
    "hidden": "update public.lessons set is_published = false where id = {lesson}",
    "released later": "update public.lessons set release_at = '2100-01-01' where id = {lesson}",
    "after a prerequisite": "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) "
    "values ({lesson}, {other})",
    "after a lesson of a sequential course": "update public.courses set is_sequential = true "
    "where id = {course}",
    "in a hidden course": "select public.unpublish_course({course})",
}


@pytest.mark.parametrize("change", LOCKS)
def test_a12_an_open_attempt_comes_back(exam: Exam, change: str) -> None:
    """Whatever happens to its lesson, it is returned, saved and handed in; a new one is not."""
    first, *_ = ids(exam)
    other = exam.school.lesson(exam.module_id, ord=0)
    exam.root().run("update public.lessons set ord = 9 where id = %s", exam.lesson_id)
    attempt = exam.start()
    exam.staff().run(
        LOCKS[change].format(
            lesson=f"'{exam.lesson_id}'", other=f"'{other}'", course=f"'{exam.course_id}'"
        )
    )
    assert exam.start() == attempt
    exam.save(attempt, first, True)
    assert exam.submit(attempt["id"])["score"] == 1
    with exam.student().refused(403, "lesson_locked"):
        exam.session.rpc("start_attempt", lesson_id=exam.lesson_id)


def test_a12_an_expired_attempt_of_a_locked_lesson(exam: Exam) -> None:
    """It is returned graded; the next start is refused."""
    exam.rules(time_limit_seconds=60)
    attempt = exam.start()
    exam.turn_clock(attempt["id"], 60)
    exam.staff().run(LOCKS["hidden"].format(lesson=f"'{exam.lesson_id}'"))
    assert exam.start()["status"] == "expired"
    refuse(exam.student(), "start_attempt", "lesson_locked", lesson_id=exam.lesson_id)


ENDED = {
    "withdrawn": ("not_enrolled", None),
    "revoked": ("not_enrolled", None),
    "expired": ("lesson_locked", "entitlement_ended"),
}


@pytest.mark.parametrize("change", ENDED)
def test_a13_without_a_right_nothing_is_saved(exam: Exam, change: str) -> None:
    """Neither saved nor handed in nor returned, until the right is back."""
    first, *_ = ids(exam)
    attempt = exam.start()
    if change == "withdrawn":
        exam.student().rpc("withdraw", course_id=exam.course_id)
    elif change == "revoked":
        right = exam.root().value(
            "select id from public.entitlements where user_id = %s", exam.learner
        )
        exam.staff().rpc("revoke_entitlement", entitlement_id=right)
    else:
        exam.root().run(
            "update public.entitlements set starts_at = '2020-01-01', expires_at = '2020-01-02' "
            "where user_id = %s",
            exam.learner,
        )
    code, reason = ENDED[change]
    hint = {"attempt_id": attempt["id"], "question_id": first, "number": 1}
    named = {"attempt_id": attempt["id"], "question_id": first, "answer": Jsonb(True)}
    calls: dict[str, dict[str, Any]] = {
        "save_answer": named,
        "submit_attempt": {"attempt_id": attempt["id"]},
        "start_attempt": {"lesson_id": exam.lesson_id},
    }
    for function, given in calls.items():
        with exam.student().refused(403, code):
            exam.session.rpc(function, **given)
    assert exam.attempt(attempt["id"]) == attempt
    if reason:
        refuse(exam.student(), "save_answer", "lesson_locked", **named)
        refuse(exam.student(), "submit_attempt", "lesson_locked", attempt_id=attempt["id"])
        refuse(exam.student(), "take_hint", "lesson_locked", **hint)
    else:
        refuse(exam.student(), "save_answer", "not_enrolled", **named)
        refuse(exam.student(), "take_hint", "not_enrolled", **hint)


def test_a18_staff_close_an_attempt(exam: Exam, school: School, db: Session) -> None:
    """Graded as it stands, once, with the name of who did it."""
    first, *_ = ids(exam)
    attempt = exam.start()
    exam.save(attempt, first, True)
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    named = {"attempt_id": attempt["id"]}
    for user_id in (exam.learner, school.user()):
        refuse(db.act(user_id=user_id), "close_attempt", "not_course_staff", **named)
    refuse(db.act("service_role"), "close_attempt", "attempt_not_found", attempt_id=uuid4())
    row = call(db.act(user_id=assistant), "close_attempt", **named)
    assert (row["status"], row["score"]) == ("submitted", 1)
    assert call(exam.staff(), "close_attempt", **named) == row
    (line,) = exam.history(attempt["id"])
    assert (line["action"], line["actor_id"]) == ("closed", assistant)
    (audit,) = audit_lines(exam.session, "close_attempt", attempt["id"])
    assert audit["actor_id"] == assistant
    late = exam.start()
    exam.root().run(
        "update public.quiz_attempts set deadline = clock_timestamp() - interval '1 minute' "
        "where id = %s",
        late["id"],
    )
    assert call(exam.staff(), "close_attempt", attempt_id=late["id"])["status"] == "expired"


@pytest.mark.parametrize("role", ["assistant", "instructor"])
def test_a1_an_assistant_who_closes_an_attempt_completes_no_course(
    school: School, db: Session, role: str
) -> None:
    """An edit brought the learner to 100 per cent; only their act or a manager's completes."""
    exam = make_exam(school, lesson={"is_required": False})
    exam.question("single")
    school.lesson(exam.module_id)
    left = school.lesson(exam.module_id)
    for lesson_id in exam.root().all(
        "select id from public.lessons where course_id = %s and is_required and id <> %s",
        exam.course_id,
        left,
    ):
        call(exam.student(), "complete_lesson", lesson_id=lesson_id["id"])
    attempt = exam.start()
    exam.staff().run("update public.lessons set is_published = false where id = %s", left)
    assert exam.enrollment()["progress"] == 100
    closer = school.user()
    school.staff(exam.course_id, closer, role)
    call(db.act(user_id=closer), "close_attempt", attempt_id=attempt["id"])
    expected = "active" if role == "assistant" else "completed"
    assert (exam.enrollment()["status"], bool(exam.certificates())) == (
        expected,
        expected == "completed",
    )


def test_a19_an_older_answer_is_ignored(exam: Exam) -> None:
    """A request that was overtaken changes nothing and returns what is stored."""
    first, second, *_ = ids(exam)
    attempt = exam.start()
    named = {"attempt_id": attempt["id"], "question_id": first}

    def save(value: Any, revision: int | None) -> Any:
        row = call(exam.student(), "save_answer", **named, answer=Jsonb(value), revision=revision)
        return row["answers"].get(str(first)), row["revisions"]

    assert save(True, 2) == (True, {str(first): 2})
    assert save(False, 1) == (True, {str(first): 2})
    assert save(None, 1) == (True, {str(first): 2})
    assert save(False, 2) == (False, {str(first): 2})
    assert save(None, 3) == (None, {str(first): 3})
    assert save(True, 2) == (None, {str(first): 3})
    assert save(False, 1_800_000_000_000) == (False, {str(first): 1_800_000_000_000})
    assert save(True, None) == (True, {str(first): 1_800_000_000_000})
    exam.save(attempt, second, True)
    assert exam.submit(attempt["id"])["score"] == 2


# Looking back ----------------------------------------------------------------------------------


def shown(exam: Exam, attempt_id: UUID, user_id: UUID | None = None) -> bool:
    """Whether the review has keys; if not, nothing of them may be in it."""
    review = exam.review(attempt_id, user_id)
    secret = {"score_percent", "correct", "explanation_md"}
    assert all(
        secret <= set(one) if review["is_revealed"] else not secret & set(one)
        for one in review["items"]
    )
    return bool(review["is_revealed"])


def test_reveal_never_and_after_submit(exam: Exam) -> None:
    """never: no keys; after_submit: at once; an open attempt: never."""
    attempt = exam.start()
    assert shown(exam, attempt["id"]) is False
    exam.submit(attempt["id"])
    assert shown(exam, attempt["id"]) is True
    exam.rules(reveal="never")
    assert shown(exam, attempt["id"]) is False
    take(exam, 4)
    assert shown(exam, attempt["id"]) is False


def test_reveal_after_pass(exam: Exam) -> None:
    """All attempts open up once one of the learner's own has passed."""
    exam.rules(reveal="after_pass")
    failed = take(exam, 0)
    take(exam, 4, exam.another_learner())
    assert shown(exam, failed["id"]) is False
    passed = take(exam, 4)
    assert shown(exam, failed["id"]) is True
    assert shown(exam, passed["id"]) is True


def test_reveal_after_close(exam: Exam) -> None:
    """Not without a due date, not before it, not before anybody's own one."""
    exam.rules(reveal="after_close")
    done = take(exam, 4)
    assert shown(exam, done["id"]) is False
    exam.rules(due_at="2100-01-01")
    assert shown(exam, done["id"]) is False
    exam.rules(due_at="2020-01-01")
    assert shown(exam, done["id"]) is True
    override(exam, due_at="2100-01-01")
    assert shown(exam, done["id"]) is False


def test_b1_a_key_waits_for_everybody(exam: Exam) -> None:
    """Until the latest due date of any learner and the grace are over and no attempt is open."""
    exam.rules(reveal="after_close", due_at="2100-01-01")
    done = take(exam, 4)
    other = exam.another_learner()
    override(exam, user_id=other, due_at="2100-01-01")
    exam.rules(due_at="2020-01-01")
    assert shown(exam, done["id"]) is False
    attempt = exam.start(other)
    override(exam, user_id=other)
    # The attempt ends now, and its answers are accepted for ten seconds more.
    assert shown(exam, done["id"]) is False
    exam.turn_clock(attempt["id"], 11)
    assert shown(exam, done["id"]) is True
    exam.rules(due_at=datetime.now(UTC) - timedelta(seconds=5))
    assert shown(exam, done["id"]) is False


@pytest.mark.parametrize("reveal", ["after_submit", "after_pass", "after_close"])
def test_nothing_is_revealed_while_another_attempt_is_open(exam: Exam, reveal: str) -> None:
    """An open attempt may contain the same questions: keys are hidden until it is closed."""
    done = take(exam, 4)
    attempt = exam.start()
    exam.rules(reveal=reveal, due_at="2020-01-01")
    # Within the grace: neither graded nor to be given away.
    exam.turn_clock(attempt["id"], 1)
    assert shown(exam, done["id"]) is False
    assert shown(exam, attempt["id"]) is False
    exam.submit(attempt["id"])
    assert shown(exam, done["id"]) is True


def test_review_by_staff(exam: Exam, db: Session, school: School) -> None:
    """Staff and admins see keys of others at any time, of their own attempts as learners do."""
    exam.rules(reveal="never")
    attempt = exam.start()
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    for user_id in (exam.owner, assistant, school.user("admin")):
        assert shown(exam, attempt["id"], user_id) is True
    school.enroll(assistant, exam.course_id)
    own = exam.start(assistant)
    assert shown(exam, own["id"], assistant) is False
    exam.submit(own["id"], assistant)
    assert shown(exam, own["id"], assistant) is False
    refuse(
        db.act(user_id=make_exam(school).owner),
        "review_attempt",
        "attempt_not_found",
        attempt_id=attempt["id"],
    )


def test_what_a_review_says(db: Session, school: School) -> None:
    """Answers, shares, explanations, and right answers in ids of the attempt, which score 1."""
    exam = make_exam(school)
    made = {kind: exam.question(kind) for kind in MODELS}
    done = exam.take({made["single"]: "b", made["true_false"]: True})
    review = exam.review(done["id"])
    assert (review["score"], review["max_score"], review["status"]) == (
        *(1, len(MODELS), "submitted"),
    )
    assert [one["question_id"] for one in review["items"]] == [
        one["question_id"] for one in done["items"]
    ]
    again = exam.start()
    for kind, question_id in made.items():
        item = item_of(review, question_id)
        assert item["explanation_md"] == f"Explanation of {kind}."
        assert item["answer"] == done["answers"].get(str(question_id))
        assert item["score_percent"] == (100 if kind == "true_false" else 0)
        texts: dict[str, str] = {}
        listed = item["options"]
        if isinstance(listed, dict):
            gaps = [one for gap in listed.get("gaps", []) for one in gap.get("options", [])]
            listed = [*listed.get("left", []), *listed.get("right", []), *gaps]
        for one in listed:
            texts[one["id"]] = one["text"].removeprefix("Text of ")
        right = item["correct"]
        if isinstance(right, list):
            right = [texts[one] for one in right]
        elif isinstance(right, dict):
            right = {texts.get(key, key): texts.get(one, one) for key, one in right.items()}
        elif kind == "single":
            right = texts[right]
        exam.save(again, question_id, right)
    assert exam.submit(again["id"])["score"] == len(MODELS)


# Exceptions for one learner --------------------------------------------------------------------


def override(exam: Exam, **given: Any) -> Any:
    """An exception for the learner of the exam."""
    return answer(
        exam.staff(),
        "save_quiz_override",
        **{"lesson_id": exam.lesson_id, "user_id": exam.learner, **given},
    )


def test_extra_attempts(exam: Exam) -> None:
    """One learner gets more attempts; the others do not."""
    exam.rules(max_attempts=1)
    take(exam, 0)
    refuse(exam.student(), "start_attempt", "attempts_exhausted", lesson_id=exam.lesson_id)
    override(exam, extra_attempts=1)
    assert take(exam, 0)["number"] == 2
    refuse(exam.student(), "start_attempt", "attempts_exhausted", lesson_id=exam.lesson_id)


def test_a16_exceptions_are_listed_and_taken_back(exam: Exam, school: School) -> None:
    """Each call states the whole exception; null takes a part back, and each call is audited."""

    def listed() -> list[tuple[Any, ...]]:
        rows = exam.staff().rpc("quiz_overrides", lesson_id=exam.lesson_id)
        return [
            (row["user_id"], row["extra_seconds"], row["extra_attempts"], row["due_at"] is None)
            for row in rows
        ]

    other = exam.another_learner()
    override(exam, extra_seconds=60, extra_attempts=2, due_at="2100-01-01")
    override(exam, user_id=other, extra_attempts=1)
    assert sorted(listed()) == sorted([(exam.learner, 60, 2, False), (other, 0, 1, True)])
    found = [
        row
        for page in pages(exam.staff(), "quiz_overrides", lesson_id=exam.lesson_id, page_size=1)
        for row in page
    ]
    assert [row["user_id"] for row in found] == sorted([exam.learner, other])
    row = override(exam, extra_seconds=60)
    assert (row["extra_seconds"], row["extra_attempts"], row["due_at"]) == (60, 0, None)
    override(exam, user_id=other)
    assert listed() == [(exam.learner, 60, 0, True)]
    assert override(exam, extra_seconds=0)["extra_seconds"] == 0
    assert listed() == []
    for user_id in (exam.learner, school.user(), make_exam(school).owner):
        refuse(
            exam.session.act(user_id=user_id),
            "quiz_overrides",
            "not_course_staff",
            lesson_id=exam.lesson_id,
        )
    refuse(exam.staff(), "quiz_overrides", "invalid_page", lesson_id=exam.lesson_id, page_size=0)
    refuse(exam.staff(), "quiz_overrides", "invalid_cursor", lesson_id=exam.lesson_id, cursor="x")
    lines = exam.root().value(
        "select count(*) from private.audit_log "
        "where action = 'save_quiz_override' and subject_id = %s",
        exam.learner,
    )
    assert lines == 3


def test_bad_overrides(exam: Exam, school: School, db: Session) -> None:
    """Only staff, only for people of the course, only within bounds."""
    named = {"lesson_id": exam.lesson_id, "user_id": exam.learner}
    for bad in (
        {"extra_seconds": -1},
        {"extra_seconds": 604801},
        {"extra_attempts": -1},
        {"extra_attempts": 1001},
    ):
        refuse(exam.staff(), "save_quiz_override", "invalid_override", **named, **bad)
    for user_id in (school.user(), uuid4(), None):
        refuse(
            exam.staff(),
            "save_quiz_override",
            "learner_not_found",
            **named | {"user_id": user_id},
        )
    for user_id in (exam.learner, make_exam(school).owner):
        refuse(
            db.act(user_id=user_id),
            "save_quiz_override",
            "not_course_staff",
            **named,
            extra_seconds=60,
        )
    assert (
        exam.root().all("select * from private.quiz_overrides where lesson_id = %s", exam.lesson_id)
        == []
    )


def test_question_ids_of_review_for_the_server(exam: Exam) -> None:
    """Statistics and keys are for the server too, without a user."""
    take(exam, 2)
    exam.session.act("service_role")
    assert len(exam.session.rpc("question_stats", lesson_id=exam.lesson_id)) == 4
    assert (
        call(exam.session, "regrade_quiz", lesson_id=exam.lesson_id)["regrade_quiz"]["attempts"]
        == 1
    )
