"""Grading after the fact: regrade and override, and that no completion is ever taken away."""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.exam import Exam, make_exam, options
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
    """A regrade also judges by the pass mark of now."""
    first, _ = ids(exam)
    exam.rules(pass_mark=80)
    done = exam.take({first: True})
    assert done["is_passed"] is False
    exam.rules(pass_mark=50)
    assert regrade(exam)["changed"] == 1
    assert exam.attempt(done["id"])["is_passed"] is True
    assert exam.progress()["status"] == "completed"


def test_a_new_scoring_rule(exam: Exam) -> None:
    """A regrade also carries over the score that counts by the rule of now."""
    first, second = ids(exam)
    exam.take({first: True, second: "a"})
    exam.take({})
    assert exam.progress()["score"] == 100
    exam.rules(scoring="average")
    regrade(exam)
    assert exam.progress()["score"] == 50


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
    assert exam.attempt(done["id"])["score"] == 0
    assert exam.review(done["id"])["is_revealed"] is True


def test_a_deleted_question_keeps_its_share(exam: Exam) -> None:
    """What was earned with a question that is gone is still earned."""
    first, second = ids(exam)
    done = exam.take({first: True, second: "b"})
    exam.staff().run("delete from public.questions where id = %s", first)
    assert regrade(exam) == {"attempts": 1, "changed": 0, "learners": 0}
    exam.question("single", question_id=second, key={"correct": "b"})
    assert regrade(exam)["changed"] == 1
    row = exam.attempt(done["id"])
    assert (row["score"], row["max_score"], len(row["items"])) == (2, 2, 2)
    review = exam.review(done["id"])
    assert len(review["items"]) == 2
    assert {one["score_percent"] for one in review["items"]} == {100}


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
    """Staff of the course; a lesson without a quiz is not found."""
    for user_id in (exam.learner, school.user(), make_exam(school).owner):
        refuse(
            db.act(user_id=user_id), "regrade_quiz", "not_course_staff", lesson_id=exam.lesson_id
        )
    text = school.lesson(exam.module_id)
    refuse(exam.staff(), "regrade_quiz", "quiz_not_found", lesson_id=text)
    refuse(db.act("service_role"), "regrade_quiz", "quiz_not_found", lesson_id=uuid4())


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
    exam.rules(pass_mark=5)
    started = time.perf_counter()
    assert regrade(exam)["changed"] == 1000
    print(f"regrade that completes 1,000 lessons: {time.perf_counter() - started:.2f} s")
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
    for score in (-1, Decimal("2.001"), None, Decimal("nan")):
        refuse(exam.staff(), "override_grade", "invalid_score", **named, score=score)
    for reason in ("", "   ", None, "x" * 1001):
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
