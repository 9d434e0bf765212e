"""Grading after the fact: regrade and override, and that no completion is ever taken away."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import MODELS, Exam, make_exam, options
from tests.rpc.support import answer, audit_lines, call, refuse
from tests.support.database import Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A quiz of two questions, where half the points pass."""
    made = make_exam(school, pass_mark=50)
    made.question("true_false")
    made.question("single")
    return made


def ids(exam: Exam) -> list[UUID]:
    """The questions of the quiz, in order."""
    rows = exam.root().all(
        "select id from public.questions where lesson_id = %s order by ord", exam.lesson_id
    )
    return [row["id"] for row in rows]


def regrade(exam: Exam) -> Any:
    """A regrade by the owner."""
    return answer(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)


def override(exam: Exam, attempt_id: UUID, score: Any, reason: str = "Agreed.") -> Any:
    """A score set by the owner."""
    return call(
        exam.staff(),
        "override_grade",
        attempt_id=attempt_id,
        score=Decimal(str(score)),
        reason=reason,
    )


# Regrade ---------------------------------------------------------------------------------------


def test_nothing_to_regrade(exam: Exam) -> None:
    """Without attempts, or with the same keys, nothing changes and no line is written."""
    assert regrade(exam) == {"attempts": 0, "changed": 0, "learners": 0}
    done = exam.take({ids(exam)[0]: True})
    assert regrade(exam) == {"attempts": 1, "changed": 0, "learners": 0}
    assert exam.attempt(done["id"]) == done
    assert len(exam.history(done["id"])) == 1


def test_a_corrected_key(exam: Exam) -> None:
    """Scores follow the new key; the history has the old scores."""
    first, second = ids(exam)
    wrong = exam.take({first: False})
    right = exam.take({first: True, second: "a"})
    other = exam.another_learner()
    theirs = exam.take({first: False}, other)
    open_attempt = exam.start()
    exam.question("true_false", question_id=first, key={"correct": False})
    assert regrade(exam) == {"attempts": 3, "changed": 3, "learners": 2}
    scores = [exam.attempt(one["id"])["score"] for one in (wrong, right, theirs)]
    assert scores == [1, 1, 1]
    assert exam.attempt(wrong["id"])["is_passed"] is True
    assert exam.attempt(open_attempt["id"]) == open_attempt
    for attempt, old in ((wrong, 0), (right, 2), (theirs, 0)):
        line = exam.history(attempt["id"])[-1]
        assert (line["action"], line["old_score"], line["new_score"]) == ("regraded", old, 1)
        assert line["actor_id"] == exam.owner
        assert exam.attempt(attempt["id"])["submitted_at"] == attempt["submitted_at"]
    assert exam.progress(other)["score"] == 50
    (audit,) = audit_lines(exam.session, "regrade_quiz", exam.lesson_id)
    assert audit["actor_id"] == exam.owner
    assert regrade(exam) == {"attempts": 3, "changed": 0, "learners": 0}


def test_who_passes_now_completes(exam: Exam) -> None:
    """Who passes by the new key completes the lesson; the course is theirs to claim."""
    first, _ = ids(exam)
    exam.take({first: False})
    assert exam.enrollment()["status"] == "active"
    exam.question("true_false", question_id=first, key={"correct": False})
    regrade(exam)
    assert exam.progress()["status"] == "completed"
    assert (exam.enrollment()["status"], exam.enrollment()["progress"]) == ("active", 100)
    assert exam.certificates() == []
    assert exam.school.drift() == []


def test_who_passed_stays_completed(exam: Exam) -> None:
    """A score may fall below the mark; the completion and the certificate stay."""
    first, _ = ids(exam)
    done = exam.take({first: True})
    before, progress = exam.enrollment(), exam.progress()
    certificates = exam.certificates()
    exam.question("true_false", question_id=first, key={"correct": False})
    regrade(exam)
    assert (exam.attempt(done["id"])["score"], exam.attempt(done["id"])["is_passed"]) == (0, False)
    assert exam.enrollment() == before
    after = exam.progress()
    assert (after["score"], after["status"]) == (0, "completed")
    assert after["completed_at"] == progress["completed_at"]
    assert exam.certificates() == certificates
    assert exam.school.drift() == []


def test_a_new_pass_mark(exam: Exam) -> None:
    """The pass mark of now holds at once."""
    first, _ = ids(exam)
    exam.rules(pass_mark=80)
    done = exam.take({first: True})
    assert done["is_passed"] is False
    exam.rules(pass_mark=50)
    assert exam.attempt(done["id"])["is_passed"] is True
    assert exam.progress()["status"] == "completed"


def test_a_new_scoring_rule(exam: Exam) -> None:
    """The score that counts is that of the rule of now, at once."""
    first, second = ids(exam)
    exam.take({first: True, second: "a"})
    exam.take({})
    assert exam.progress()["score"] == 100
    exam.rules(scoring="average")
    assert exam.progress()["score"] == 50
    assert regrade(exam) == {"attempts": 2, "changed": 0, "learners": 0}


def test_new_options(exam: Exam) -> None:
    """Answers are judged by the author's ids of then, also when the options are others now."""
    _, second = ids(exam)
    done = exam.take({second: "b"})
    exam.question("single", question_id=second, choices=options("b", "x"), key={"correct": "b"})
    assert regrade(exam)["changed"] == 1
    assert exam.attempt(done["id"])["score"] == 1
    assert exam.review(done["id"])["score"] == 1
    exam.question("single", question_id=second, choices=options("x", "y"), key={"correct": "x"})
    regrade(exam)
    assert exam.attempt(done["id"])["score"] == 1
    assert exam.review(done["id"])["is_revealed"] is True


def archive(exam: Exam, question_id: UUID, name: str = "archive_question") -> Any:
    """The owner takes a question out of use, or back."""
    return call(exam.staff(), name, question_id=question_id)


def test_a10_an_archived_question_leaves_all_attempts(exam: Exam) -> None:
    """Handed in before or after, attempts with the same answers have the same score."""
    first, second = ids(exam)
    other = exam.another_learner()
    before = exam.take({first: True})
    assert (before["score"], before["max_score"]) == (1, 2)
    attempt = exam.start(other)
    exam.save(attempt, first, True, other)
    assert archive(exam, second)["archived_at"] is not None
    after = exam.submit(attempt["id"], other)
    assert (after["score"], after["max_score"]) == (1, 1)
    assert exam.progress(other)["score"] == 100
    assert regrade(exam) == {"attempts": 2, "changed": 1, "learners": 1}
    assert exam.attempt(before["id"])["max_score"] == 1
    assert exam.progress()["score"] == 100
    assert [one["action"] for one in exam.history(before["id"])] == ["submitted", "regraded"]
    counted = {one["question_id"]: one["is_counted"] for one in exam.review(before["id"])["items"]}
    assert counted == {str(first): True, str(second): False}
    assert [one["question_id"] for one in exam.start()["items"]] == [str(first)]
    archive(exam, second, "restore_question_archive")
    regrade(exam)
    assert exam.attempt(before["id"])["max_score"] == exam.attempt(after["id"])["max_score"] == 2
    assert exam.progress()["score"] == exam.progress(other)["score"] == 50
    for name in ("archive_question", "restore_question_archive"):
        assert len(audit_lines(exam.session, name, second)) == 1
    assert exam.school.drift() == []


def test_a10_attempts_of_archived_questions_only(exam: Exam) -> None:
    """They keep their points, and no new attempt is drawn."""
    first, second = ids(exam)
    done = exam.take({first: True})
    for one in (first, second, second):
        archive(exam, one)
    regrade(exam)
    assert exam.attempt(done["id"]) == done
    refuse(exam.student(), "start_attempt", "quiz_empty", lesson_id=exam.lesson_id)


def test_a10_a_held_question_is_not_deleted(exam: Exam, school: School, db: Session) -> None:
    """By nobody, from the first attempt on; without attempts it is, and managers archive."""
    first, second = ids(exam)
    third = exam.question("numeric")
    assert exam.staff().run("delete from public.questions where id = %s", third) == 1
    exam.start()
    for session in (exam.staff(), db.act("service_role")):
        with session.refused(409, "question_has_attempts"):
            session.run("delete from public.questions where id = %s", first)
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    for user_id in (assistant, exam.learner, school.user()):
        session = db.act(user_id=user_id)
        refuse(session, "archive_question", "not_course_staff", question_id=second)
        refuse(session, "restore_question_archive", "not_course_staff", question_id=second)
    service = db.act("service_role")
    refuse(service, "archive_question", "question_not_found", question_id=uuid4())
    refuse(service, "restore_question_archive", "question_not_found", question_id=uuid4())


# Options that an attempt did not show -----------------------------------------------------------

# Of each kind: other options and key after the attempt, and the share that a full answer keeps.
EDITS: dict[str, tuple[Any, Any]] = {
    "single": (options("a", "b", "c", "new"), {"correct": "new"}),
    "multiple": (options("a", "b", "c", "d", "new"), {"correct": ["a", "c", "new"]}),
    "ordering": (options("new", "a", "b", "c", "d"), {"order": ["b", "new", "d", "a", "c"]}),
    "matching": (
        {"left": options("k", "l", "m", "n"), "right": options("w", "x", "y", "z", "new")},
        {"pairs": {"k": "y", "l": "w", "m": "new", "n": "new"}},
    ),
}


@pytest.mark.parametrize("kind", EDITS)
def test_a9_only_shown_options_count(school: School, kind: str) -> None:
    """An option that is added later takes no points away, and the review names a shown one."""
    exam = make_exam(school)
    made = exam.question(kind)
    done = exam.take({made: MODELS[kind][2]})
    wrong = exam.take({}, exam.another_learner())
    assert (done["score"], wrong["score"]) == (1, 0)
    choices, key = EDITS[kind]
    exam.question(kind, question_id=made, choices=choices, key=key)
    regrade(exam)
    assert (exam.attempt(done["id"])["score"], exam.attempt(wrong["id"])["score"]) == (1, 0)
    (item,) = exam.review(done["id"])["items"]
    assert item["correct"] is not None and item["score_percent"] == 100
    right = item["correct"]
    if kind == "matching":
        assert right and None not in right.values()
    else:
        shown = {one["id"] for one in item["options"]}
        assert set([right] if isinstance(right, str) else right) <= shown


def test_a9_an_option_that_is_removed(school: School) -> None:
    """The neighbours of the rest of an ordering count, whether the removed option is between."""
    exam = make_exam(school)
    made = exam.question("ordering")
    done = exam.take({made: list("bdac")})
    exam.question("ordering", question_id=made, choices=options(*"abc"), key={"order": list("bac")})
    regrade(exam)
    assert exam.attempt(done["id"])["score"] == 1


def test_a9_an_open_attempt_without_a_right_option(exam: Exam) -> None:
    """It earns the points of the item: nobody could answer it."""
    _, second = ids(exam)
    attempt = exam.start()
    exam.save(attempt, second, "a")
    exam.question("single", question_id=second, choices=options("x", "y"), key={"correct": "x"})
    assert exam.submit(attempt["id"])["score"] == 1


# Rules that change ------------------------------------------------------------------------------


def test_a8_another_scoring_holds_for_all(exam: Exam) -> None:
    """Learners with the same answers have the same score before and after a regrade."""
    first, second = ids(exam)
    other = exam.another_learner()
    right = {first: True, second: "a"}
    exam.take(right)
    exam.take({})
    assert exam.progress()["score"] == 100
    exam.rules(scoring="last")
    exam.take(right, other)
    exam.take({}, other)
    assert exam.progress()["score"] == exam.progress(other)["score"] == 0
    assert regrade(exam) == {"attempts": 4, "changed": 0, "learners": 0}
    assert exam.progress()["score"] == exam.progress(other)["score"] == 0
    (line,) = exam.history(exam.lesson_id)
    assert (line["action"], line["old_score"], line["new_score"]) == ("rescored", 100, 0)
    assert (line["user_id"], line["reason"]) == (exam.learner, "scoring highest → last")
    assert exam.progress()["status"] == "completed"
    assert exam.school.drift() == []


def test_a8_another_pass_mark_holds_for_all(exam: Exam) -> None:
    """Also for overridden attempts; each has a line, and who reaches the mark has the lesson."""
    first, _ = ids(exam)
    exam.rules(pass_mark=80)
    other = exam.another_learner()
    mine, theirs = exam.take({first: True}), exam.take({}, other)
    override(exam, theirs["id"], 1)
    assert exam.attempt(theirs["id"])["is_passed"] is False
    exam.rules(pass_mark=50)
    for attempt in (mine, theirs):
        assert exam.attempt(attempt["id"])["is_passed"] is True
        line = exam.history(attempt["id"])[-1]
        assert (line["action"], line["reason"]) == ("regraded", "pass_mark 80.00 → 50.00")
    assert exam.progress()["status"] == exam.progress(other)["status"] == "completed"
    exam.rules(pass_mark=90)
    assert exam.attempt(theirs["id"])["is_passed"] is False
    assert exam.progress()["status"] == exam.progress(other)["status"] == "completed"
    assert exam.school.drift() == []


def test_overridden_scores_stay(exam: Exam) -> None:
    """A regrade leaves alone what staff have set, whatever the keys say."""
    first, _ = ids(exam)
    done = exam.take({first: True})
    override(exam, done["id"], 1.5)
    exam.question("true_false", question_id=first, key={"correct": False})
    assert regrade(exam) == {"attempts": 0, "changed": 0, "learners": 0}
    assert exam.attempt(done["id"])["score"] == Decimal("1.5")


def test_expired_attempts_are_regraded(exam: Exam) -> None:
    """Attempts that the clock ended count like the others."""
    first, _ = ids(exam)
    attempt = exam.start()
    exam.save(attempt, first, False)
    exam.turn_clock(attempt["id"], 60)
    exam.submit(attempt["id"])
    exam.question("true_false", question_id=first, key={"correct": False})
    assert regrade(exam)["changed"] == 1
    row = exam.attempt(attempt["id"])
    assert (row["status"], row["score"]) == ("expired", 1)


def test_who_may_regrade(exam: Exam, school: School, db: Session) -> None:
    """Managers of the course, with a short reason; a lesson without a quiz is not found."""
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    refuse(
        exam.staff(),
        "regrade_quiz",
        "reason_required",
        lesson_id=exam.lesson_id,
        reason="x" * 1001,
    )
    for user_id in (assistant, exam.learner, school.user(), make_exam(school).owner):
        refuse(
            db.act(user_id=user_id), "regrade_quiz", "not_course_staff", lesson_id=exam.lesson_id
        )
    text = school.lesson(exam.module_id)
    refuse(exam.staff(), "regrade_quiz", "quiz_not_found", lesson_id=text)
    refuse(db.act("service_role"), "regrade_quiz", "quiz_not_found", lesson_id=uuid4())


@pytest.mark.slow
@pytest.mark.once
def test_a_thousand_attempts(db: Session, school: School) -> None:
    """1,000 attempts of 20 questions are regraded in one call; the test says how long it took."""
    exam = make_exam(school)
    kinds = ("single", "multiple", "true_false", "numeric", "short_text", "ordering", "matching")
    made = [exam.question(kinds[number % 7]) for number in range(20)]
    model = exam.take({one: True for number, one in enumerate(made) if number % 7 == 2})
    assert model["score"] == 3
    exam.root().run(
        "with person as (insert into auth.users (id, email) "
        "  select u.id, u.id || '@school.test' "
        "  from (select gen_random_uuid() as id from generate_series(1, 999)) as u returning id) "
        "select set_config('exam.people', string_agg(id::text, ','), true) from person"
    )
    people = "unnest(string_to_array(current_setting('exam.people'), ',')::uuid[]) as p (id)"
    exam.session.run(
        "insert into public.enrollments (user_id, course_id, status) "
        f"select p.id, %s, 'active' from {people}",
        exam.course_id,
    )
    exam.session.run(
        "insert into public.lesson_progress (user_id, lesson_id, course_id) "
        f"select p.id, %s, %s from {people}",
        exam.lesson_id,
        exam.course_id,
    )
    exam.session.run(
        "insert into public.quiz_attempts (lesson_id, course_id, user_id, number, items, answers, "
        "  status, submitted_at, score, max_score, is_passed) "
        "select a.lesson_id, a.course_id, p.id, 1, a.items, a.answers, a.status, a.submitted_at, "
        f"  a.score, a.max_score, a.is_passed from public.quiz_attempts as a, {people} "
        "where a.id = %s",
        model["id"],
    )
    exam.session.run(
        "insert into private.attempt_secrets (attempt_id, option_map, item_shares) "
        "select a.id, s.option_map, s.item_shares "
        "from public.quiz_attempts as a, private.attempt_secrets as s "
        "where a.lesson_id = %s and a.id <> %s and s.attempt_id = %s",
        exam.lesson_id,
        model["id"],
        model["id"],
    )
    exam.question("true_false", question_id=made[2], key={"correct": False})
    started = time.perf_counter()
    assert regrade(exam) == {"attempts": 1000, "changed": 1000, "learners": 1000}
    print(f"regrade of 1,000 attempts: {time.perf_counter() - started:.2f} s")
    started = time.perf_counter()
    exam.rules(pass_mark=5)
    passed = "select count(*) from public.quiz_attempts where lesson_id = %s and is_passed"
    assert exam.root().value(passed, exam.lesson_id) == 1000
    print(f"a pass mark that completes 1,000 lessons: {time.perf_counter() - started:.2f} s")
    people_ids = [row["id"] for row in exam.session.all(f"select p.id from {people}")]
    started = time.perf_counter()
    for ids_of_call in ([exam.learner, *people_ids[:499]], people_ids[499:]):
        rows = exam.staff().rpc("complete_learners", course_id=exam.course_id, user_ids=ids_of_call)
        assert {row["status"] for row in rows} == {"completed"}
    print(f"completion of 1,000 courses: {time.perf_counter() - started:.2f} s")
    counts = exam.root().one(
        "select count(*) filter (where status = 'completed') as completed, "
        "(select count(*) from public.certificates as f where f.course_id = e.course_id) as issued "
        "from public.enrollments as e where e.course_id = %s group by e.course_id",
        exam.course_id,
    )
    assert counts == {"completed": 1000, "issued": 1000}
    assert exam.school.drift() == []


# Override --------------------------------------------------------------------------------------


def test_an_override(exam: Exam) -> None:
    """The score is what staff say, the history says who and why, and the progress follows."""
    done = exam.take({})
    row = override(exam, done["id"], 1.25, "  Told me at the exam. ")
    assert (row["score"], row["is_passed"], row["is_overridden"]) == (Decimal("1.25"), True, True)
    line = exam.history(done["id"])[-1]
    assert (line["action"], line["old_score"], line["new_score"]) == ("overridden", 0, row["score"])
    assert (line["reason"], line["actor_id"]) == ("Told me at the exam.", exam.owner)
    assert exam.progress()["score"] == Decimal("62.5")
    assert exam.enrollment()["status"] == "completed"
    assert len(exam.certificates()) == 1
    assert exam.school.drift() == []


def test_an_override_takes_no_completion_away(exam: Exam) -> None:
    """A lower score fails the attempt and leaves the completion."""
    first, _ = ids(exam)
    done = exam.take({first: True})
    before = exam.enrollment()
    row = override(exam, done["id"], 0)
    assert (row["score"], row["is_passed"]) == (0, False)
    assert exam.enrollment() == before
    assert (exam.progress()["status"], exam.progress()["score"]) == ("completed", 0)
    assert len(exam.certificates()) == 1
    assert exam.school.drift() == []


def test_overrides_follow_the_scoring(exam: Exam) -> None:
    """What counts is computed from all attempts, also after an override of one."""
    exam.rules(scoring="last")
    first = exam.take({})
    exam.take({})
    override(exam, first["id"], 2)
    assert (exam.progress()["score"], exam.progress()["status"]) == (0, "started")
    exam.rules(scoring="highest")
    override(exam, first["id"], 2, "Again.")
    assert (exam.progress()["score"], exam.progress()["status"]) == (100, "completed")


def test_bad_overrides(exam: Exam, school: School, db: Session) -> None:
    """Closed attempts, points within bounds, a reason, and staff only."""
    attempt = exam.start()
    named = {"attempt_id": attempt["id"], "reason": "Because."}
    refuse(exam.staff(), "override_grade", "attempt_open", **named, score=1)
    done = exam.submit(attempt["id"])
    for score in (-1, Decimal("2.001"), Decimal("nan")):
        refuse(exam.staff(), "override_grade", "invalid_score", **named, score=score)
    for reason in ("", "   ", "\u200b \u200b", None, "x" * 1001):
        refuse(
            exam.staff(),
            "override_grade",
            "reason_required",
            attempt_id=attempt["id"],
            score=1,
            reason=reason,
        )
    for user_id in (exam.learner, school.user(), make_exam(school).owner):
        refuse(db.act(user_id=user_id), "override_grade", "not_course_staff", **named, score=2)
    refuse(
        db.act("service_role"),
        "override_grade",
        "attempt_not_found",
        attempt_id=uuid4(),
        score=1,
        reason="Because.",
    )
    assert exam.attempt(attempt["id"]) == done
    assert len(exam.history(attempt["id"])) == 1


@pytest.mark.parametrize("role", ["assistant", "instructor", "admin"])
def test_a4_nobody_overrides_their_own_grade(
    exam: Exam, school: School, db: Session, role: str
) -> None:
    """Staff and admins who learn in a course are graded by others."""
    person = school.user("admin" if role == "admin" else "instructor")
    if role != "admin":
        school.staff(exam.course_id, person, role)
    school.enroll(person, exam.course_id)
    done = exam.take({}, person)
    open_attempt = exam.start(person)
    session = db.act(user_id=person)
    refuse(
        session,
        "override_grade",
        "own_work",
        attempt_id=done["id"],
        score=2,
        reason="I know it.",
    )
    refuse(
        session,
        "save_quiz_override",
        "own_work",
        lesson_id=exam.lesson_id,
        user_id=person,
        extra_attempts=9,
    )
    refuse(session, "close_attempt", "own_work", attempt_id=open_attempt["id"])
    assert exam.attempt(done["id"]) == done
    assert override(exam, done["id"], 1)["score"] == 1
    (line,) = audit_lines(exam.session, "override_grade", done["id"])
    assert (line["actor_id"], line["detail"]["old_score"]) == (exam.owner, 0)


def test_a16_an_override_is_taken_back(exam: Exam) -> None:
    """With a null score the computed one holds again, also for the next regrade."""
    first, second = ids(exam)
    done = exam.take({first: True})
    override(exam, done["id"], 2)
    row = call(
        exam.staff(), "override_grade", attempt_id=done["id"], score=None, reason="Wrong person."
    )
    assert (row["score"], row["is_overridden"], row["is_passed"]) == (1, False, True)
    line = exam.history(done["id"])[-1]
    assert (line["action"], line["old_score"], line["new_score"]) == ("restored", 2, 1)
    assert exam.progress()["score"] == 50
    exam.question("single", question_id=second, key={"correct": "b"})
    assert regrade(exam)["attempts"] == 1


def test_learners_change_no_attempt(exam: Exam) -> None:
    """Neither an open nor a closed attempt can be written directly, by learner or staff."""
    done = exam.take({})
    for user_id in (exam.learner, exam.owner):
        for statement in (
            "update public.quiz_attempts set score = 2",
            "insert into public.quiz_attempts (lesson_id) values (null)",
            "delete from public.quiz_attempts",
        ):
            exam.session.act(user_id=user_id)
            with exam.session.refused("42501"):
                exam.session.run(statement)
    assert exam.attempt(done["id"]) == done
