"""Banks: questions of a course that its quizzes draw by tag and number."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.exam import Exam, item_of, make_exam
from tests.rpc.support import (
    Background,
    answer,
    call,
    committed,
    refusals,
    refuse,
    transaction,
)
from tests.support.database import Database, Row, Session
from tests.support.school import School


@pytest.fixture
def exam(school: School) -> Exam:
    """A published quiz without questions of its own."""
    return make_exam(school, is_shuffled=False)


@pytest.fixture
def bank_id(exam: Exam) -> UUID:
    """A bank of the course."""
    return make_bank(exam)


def make_bank(exam: Exam, title: str = "Bank") -> UUID:
    """A bank that the owner makes."""
    row = exam.staff().one(
        "insert into public.question_banks (course_id, title) values (%s, %s) returning id",
        *(exam.course_id, title),
    )
    made: UUID = row["id"]
    return made


def put(exam: Exam, bank_id: UUID, kind: str = "true_false", *tags: str, **more: Any) -> UUID:
    """A question in a bank."""
    return exam.question(kind, lesson_id=None, bank_id=bank_id, tags=list(tags), **more)


def draw(exam: Exam, bank_id: UUID, tag: str = "", count: int | None = None) -> None:
    """The owner lets the quiz draw from a bank."""
    exam.staff().run(
        "insert into public.quiz_draws (lesson_id, bank_id, tag, question_count) "
        "values (%s, %s, %s, %s)",
        *(exam.lesson_id, bank_id, tag, count),
    )


def another_quiz(exam: Exam, **rules: Any) -> Exam:
    """One more quiz of the course, with the same people."""
    return make_exam(
        exam.school, course_id=exam.course_id, owner=exam.owner, learner=exam.learner, **rules
    )


def ids(attempt: Row) -> list[UUID]:
    """The questions of an attempt."""
    return [UUID(item["question_id"]) for item in attempt["items"]]


def page_count(exam: Exam) -> int:
    """How many questions the page of the quiz announces."""
    found: int = answer(exam.student(), "lesson_page", lesson_id=exam.lesson_id)["quiz"][
        "question_count"
    ]
    return found


def test_questions_are_drawn_by_tag_and_number(exam: Exam, bank_id: UUID) -> None:
    """Own questions first, then those of the draws, none twice; graded and counted like others."""
    own = exam.question("true_false")
    easy = {put(exam, bank_id, "true_false", "easy", "sql") for _ in range(4)}
    hard = {put(exam, bank_id, "single", "hard") for _ in range(2)}
    put(exam, make_bank(exam, "Unused"), "numeric", "easy")
    draw(exam, bank_id, "easy", 2)
    draw(exam, bank_id, "hard")
    assert page_count(exam) == 5
    attempt = exam.start()
    drawn = ids(attempt)
    assert drawn[0] == own
    assert len(drawn) == len(set(drawn)) == 5
    assert set(drawn) >= hard and len(set(drawn) & easy) == 2
    for question_id in drawn[1:]:
        exam.save(attempt, question_id, "a" if question_id in hard else False)
    row = exam.submit(attempt["id"])
    assert (row["score"], row["max_score"]) == (2, 5)
    stats = exam.staff().rpc("question_stats", lesson_id=exam.lesson_id)
    assert {one["question_id"]: one["difficulty"] for one in stats} == {
        question_id: 100 * (question_id in hard) for question_id in drawn
    }
    # By chance, for each learner: of ten draws of two of four, all four come.
    seen = Counter(one for _ in range(10) for one in ids(exam.start(exam.another_learner())))
    assert set(seen) == {own, *easy, *hard}
    assert seen[own] == 10


def test_draws_share_their_questions(exam: Exam, bank_id: UUID) -> None:
    """The draw with the fewest to choose from goes first, so that no other takes them away."""
    both = put(exam, bank_id, "true_false", "a", "b")
    more = put(exam, bank_id, "true_false", "a")
    for tag in ("a", "b"):
        draw(exam, bank_id, tag, 1)
    for _ in range(6):
        assert set(ids(exam.start(exam.another_learner()))) == {both, more}
    draw(exam, bank_id, "", 5)
    assert set(ids(exam.start())) == {both, more}


def test_a_question_is_edited_once(exam: Exam, bank_id: UUID) -> None:
    """The next attempts at all quizzes have the new version; those that run keep theirs."""
    other = another_quiz(exam)
    made = put(exam, bank_id, "single", "a")
    for quiz in (exam, other):
        draw(quiz, bank_id)
    before = exam.start()
    given = {"lesson_id": None, "bank_id": bank_id, "question_id": made}
    exam.question("single", **given, prompt_md="New?", key={"correct": "b"})
    after = other.start()
    assert item_of(before, made)["prompt_md"] == "Prompt of single?"
    assert item_of(after, made)["prompt_md"] == "New?"
    for quiz, attempt, right in ((exam, before, "a"), (other, after, "b")):
        quiz.save(attempt, made, right)
        assert quiz.submit(attempt["id"])["score"] == 1
    report = answer(exam.staff(), "regrade_quiz", lesson_id=exam.lesson_id)
    assert report == {"attempts": 1, "changed": 1, "learners": 1}
    assert exam.attempt(before["id"])["score"] == 0
    row = exam.staff().one("select * from public.questions where id = %s", made)
    assert (row["lesson_id"], row["bank_id"], row["tags"]) == (None, bank_id, ["a"])
    keys = exam.staff().rpc("question_keys", bank_id=bank_id)
    assert [(one["question_id"], one["key"]) for one in keys] == [(made, {"correct": "b"})]
    assert exam.staff().rpc("question_keys", lesson_id=exam.lesson_id) == []


def test_an_open_attempt_hides_its_questions_everywhere(exam: Exam, bank_id: UUID) -> None:
    """The review of another quiz shows no key of a question that is being answered."""
    other = another_quiz(exam)
    put(exam, bank_id)
    for quiz in (exam, other):
        draw(quiz, bank_id)
    done = exam.take({})
    assert exam.review(done["id"])["is_revealed"] is True
    running = other.start()
    hidden = exam.review(done["id"])
    assert hidden["is_revealed"] is False and "correct" not in hidden["items"][0]
    assert exam.review(done["id"], exam.owner)["is_revealed"] is True
    other.submit(running["id"])
    assert exam.review(done["id"])["is_revealed"] is True


@pytest.mark.parametrize("rule", ["never", "after_close", "after_pass"])
def test_another_quiz_hides_what_it_can_draw(exam: Exam, bank_id: UUID, rule: str) -> None:
    """A practice quiz shows no key of a bank question that an exam may ask and does not reveal."""
    later = another_quiz(exam)
    asked, own = put(exam, bank_id, "true_false", "exam"), put(exam, bank_id)
    draw(exam, bank_id)
    draw(later, bank_id, "exam")
    later.rules(reveal=rule, due_at="2100-01-01", max_attempts=2)
    done = exam.take({})
    hidden = exam.review(done["id"])
    assert set(ids(done)) == {asked, own}
    assert hidden["is_revealed"] is False
    assert all("correct" not in item for item in hidden["items"])
    assert exam.review(done["id"], exam.owner)["is_revealed"] is True
    if rule == "after_pass":
        later.take({asked: True})
    elif rule == "after_close":
        later.rules(due_at="2020-01-01")
    else:
        exam.staff().rpc("archive_lesson", lesson_id=later.lesson_id)
    assert exam.review(done["id"])["is_revealed"] is True


def test_what_attempts_hold_stays(db: Session, exam: Exam, bank_id: UUID) -> None:
    """Neither a question that was drawn is deleted, nor its bank, nor one that is in use."""
    made, spare = put(exam, bank_id), put(exam, bank_id)
    draw(exam, bank_id, "", 1)
    attempt = exam.start()
    (held,) = ids(attempt)
    (free,) = {made, spare} - {held}
    with exam.staff().refused(409, "question_has_attempts"):
        db.run("delete from public.questions where id = %s", held)
    assert exam.staff().run("delete from public.questions where id = %s", free) == 1
    gone = "delete from public.question_banks where id = %s"
    with exam.staff().refused(409, "bank_in_use"):
        db.run(gone, bank_id)
    exam.staff().run("delete from public.quiz_draws where bank_id = %s", bank_id)
    for statement, held_id in (
        (gone, bank_id),
        ("delete from public.questions where id = %s", held),
    ):
        with exam.staff().refused(409, "question_has_attempts"):
            db.run(statement, held_id)
    empty = make_bank(exam, "Empty")
    put(exam, empty)
    assert exam.staff().run(gone, empty) == 1
    assert call(exam.staff(), "archive_question", question_id=held)["archived_at"] is not None
    assert exam.submit(attempt["id"])["max_score"] == 1
    refuse(exam.student(), "start_attempt", "quiz_empty", lesson_id=exam.lesson_id)


def test_a_quiz_of_draws_is_no_empty_quiz(exam: Exam, bank_id: UUID) -> None:
    """The problems of a course know what draws give."""

    def problems() -> set[str]:
        rows = exam.staff().rpc("course_problems", course_id=exam.course_id)
        return {row["code"] for row in rows if row["subject_id"] == exam.lesson_id}

    draw(exam, bank_id, "a")
    assert problems() == {"quiz_empty"} and page_count(exam) == 0
    put(exam, bank_id, "true_false", "b")
    assert problems() == {"quiz_empty"}
    put(exam, bank_id, "true_false", "a")
    assert problems() == set() and page_count(exam) == 1


def test_a_bank_of_a_published_quiz_is_for_managers(
    db: Session, school: School, exam: Exam, bank_id: UUID
) -> None:
    """An assistant changes neither draws of a published quiz nor the questions that they draw."""
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")
    given = {
        **{"lesson_id": None, "bank_id": bank_id, "kind": "true_false", "prompt_md": "Is it?"},
        **{"points": 1, "options": Jsonb([]), "key": Jsonb({"correct": True})},
    }
    made = call(db.act(user_id=assistant), "save_question", **given)["id"]
    draw(exam, bank_id)
    changed = given | {"question_id": made, "key": Jsonb({"correct": False})}
    for arguments in (given, changed):
        refuse(db.act(user_id=assistant), "save_question", "managers_only", **arguments)
    words = given | {"question_id": made, "explanation_md": "Because."}
    assert call(db.act(user_id=assistant), "save_question", **words)["revision"] == 2
    for statement in (
        "delete from public.questions where id = %s",
        "delete from public.quiz_draws where bank_id = (select bank_id from public.questions"
        " where id = %s)",
    ):
        with db.act(user_id=assistant).refused(403, "managers_only"):
            db.run(statement, made)
    assert call(exam.staff(), "save_question", **changed)["revision"] == 3


def test_invalid_banks_and_tags(db: Session, school: School, exam: Exam, bank_id: UUID) -> None:
    """Unknown and foreign banks, both places at once, and tags that are none."""
    foreign = make_exam(school)
    theirs = make_bank(foreign)
    given = {
        **{"lesson_id": None, "kind": "true_false", "prompt_md": "Is it?", "points": 1},
        **{"options": Jsonb([]), "key": Jsonb({"correct": True})},
    }
    staff = exam.staff()
    refuse(staff, "save_question", "not_course_staff", **given)
    refuse(staff, "save_question", "not_course_staff", **given, bank_id=theirs)
    refuse(db.act("service_role"), "save_question", "bank_not_found", **given, bank_id=uuid4())
    staff = exam.staff()
    both = given | {"lesson_id": exam.lesson_id, "bank_id": bank_id}
    refuse(staff, "save_question", "invalid_question", **both)
    for tags in ([""], ["x" * 41], [None], [str(one) for one in range(21)]):
        refuse(staff, "save_question", "invalid_question", **given, bank_id=bank_id, tags=tags)
    moved = given | {"bank_id": bank_id, "question_id": exam.question("true_false")}
    refuse(exam.staff(), "save_question", "question_not_found", **moved)
    refuse(exam.staff(), "question_keys", "not_course_staff", bank_id=theirs)
    for unknown in (theirs, uuid4()):
        with db.refused(404, "bank_not_found"):
            draw(exam, unknown)
    ruleless = school.lesson(exam.module_id, content_type="quiz")
    with db.refused(404, "quiz_not_found"):
        draw(replace(exam, lesson_id=ruleless), bank_id)
    # Policies answer first to whoever may not write there.
    with db.refused("42501"):
        draw(replace(exam, lesson_id=foreign.lesson_id), theirs)
    for title in ("\u200b", "\u00a0 "):
        with exam.staff().refused(422, "invalid_title"):
            make_bank(exam, title)
    refuse(
        exam.staff(), "save_question", "invalid_question", **given, bank_id=bank_id, ord=2**31 - 1
    )


def test_d2_a_tag_has_one_spelling(exam: Exam, bank_id: UUID) -> None:
    """A draw finds the tag also where it is written with other blanks or composed otherwise."""
    made = put(exam, bank_id, "true_false", " e\u0301te\u0301  2030")
    draw(exam, bank_id, "été\u00a02030 ")
    assert ids(exam.start()) == [made]


def test_d7_titles_in_the_order_of_people(exam: Exam) -> None:
    """Banks and offers sort by title as people expect."""
    for title in ("Zoo", "Émile", "apple", "Tree"):
        make_bank(exam, title)
        offer = {"title": title, "course_ids": [exam.course_id], "price": 1, "currency": "EUR"}
        exam.staff().rpc("save_offer", **offer)
    for table in ("question_banks", "offers"):
        rows = exam.staff().all(f"select title from public.{table} order by title")
        assert [row["title"] for row in rows] == ["apple", "Émile", "Tree", "Zoo"]


def test_a_bank_waits_for_a_draw(database: Database) -> None:
    """Of a draw and the deletion of its bank at once, the deletion is refused."""
    with committed(database) as world, transaction(database) as author:
        exam = make_exam(world.school)
        world.course_ids.append(exam.course_id)
        world.user_ids += [exam.owner, exam.learner]
        bank_id = make_bank(exam)
        world.commit()
        author.act(user_id=exam.owner)
        draw(replace(exam, session=author), bank_id)

        def delete(session: Session) -> int:
            session.act(user_id=exam.owner)
            return session.run("delete from public.question_banks where id = %s", bank_id)

        deletion = Background(database, delete)
        assert deletion.blocked()
        author.commit()
        (refusal,) = refusals([deletion.result()])
        assert refusal.code == "bank_in_use"
        assert (
            world.value("select count(*) from public.quiz_draws where bank_id = %s", bank_id) == 1
        )
