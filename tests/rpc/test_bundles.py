"""Courses as documents: export, import and copy."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from pydantic import ValidationError

from app.models.bundle import Bundle as Model
from tests.rpc.bundles import Bundle, full_bundle, minimal_bundle, question, wild_bundle
from tests.rpc.support import Refusal, answer, as_owner, as_user, at_once, call, committed, refuse
from tests.support.database import Database, Row, Session, told
from tests.support.school import School

DEMO = ("databases-inside", "statistik-verstehen")
# Tables that an import writes.
WRITTEN = (
    *("public.courses", "public.modules", "public.lessons", "public.lesson_contents"),
    *("public.lesson_drafts", "public.lesson_versions"),
    *("public.quizzes", "public.questions", "public.labs", "public.lesson_prerequisites"),
    *("public.question_banks", "public.quiz_draws"),
    *("private.answer_keys", "private.question_versions", "private.lab_rubrics"),
    "private.tutor_guidance",
    *("private.tutor_settings", "private.course_imports", "private.audit_log"),
)


def bring(session: Session, bundle: Any, **more: Any) -> Row:
    """Imports a bundle."""
    return call(session, "import_course", bundle=Jsonb(bundle), **more)


def take(session: Session, course_id: UUID) -> Bundle:
    """Exports a course."""
    exported: Bundle = answer(session, "export_course", course_id=course_id)
    return exported


def unnamed(bundle: Bundle) -> Bundle:
    """A bundle without the slug of its course."""
    return bundle | {"course": {k: v for k, v in bundle["course"].items() if k != "slug"}}


def assert_has(got: Any, given: Any, place: str = "$") -> None:
    """Fails unless everything given is there; what is beyond it are defaults."""
    if isinstance(given, dict):
        for key, value in given.items():
            assert_has(got[key], value, f"{place}.{key}")
    elif isinstance(given, list):
        assert len(got) == len(given), place
        for index, value in enumerate(given):
            assert_has(got[index], value, f"{place}[{index}]")
    else:
        assert got == given, place


def counts(session: Session) -> list[int]:
    """How many rows the tables have that an import writes."""
    session.act("postgres")
    return [session.value(f"select count(*) from {table}") for table in WRITTEN]


@pytest.fixture
def author(school: School) -> UUID:
    """An instructor without courses."""
    return school.user("instructor")


@pytest.mark.parametrize("slug", [DEMO[0], pytest.param(DEMO[1], marks=pytest.mark.slow)])
def test_a_demo_course_round_trips(db: Session, author: UUID, slug: str) -> None:
    """What is exported, imported and exported again is the same."""
    course_id = db.value("select id from public.courses where slug = %s", slug)
    first = take(db.act("service_role"), course_id)
    made = bring(db.act(user_id=author), first, slug=f"{slug}-again")
    second = take(db, made["course_id"])
    assert made["course_slug"] == second["course"]["slug"] == f"{slug}-again"
    assert unnamed(second) == unnamed(first)
    assert len([one for m in first["course"]["modules"] for one in m["lessons"]]) > 5


def test_every_field_arrives(db: Session, school: School, author: UUID) -> None:
    """All that a bundle can say is in the export of the course that it made."""
    needed = school.course()
    slug = db.value("select slug from public.courses where id = %s", needed)
    bundle = full_bundle()
    bundle["course"]["prerequisites"] = [{"course": slug, "min_score": 60}]
    made = bring(db.act(user_id=author), bundle)
    exported = take(db, made["course_id"])
    assert_has(exported, bundle)
    course = db.one("select * from public.courses where id = %s", made["course_id"])
    assert not course["is_published"]
    db.act("postgres")
    staff = db.all(
        "select user_id, role from public.course_staff where course_id = %s", course["id"]
    )
    assert [(row["user_id"], row["role"]) for row in staff] == [(author, "owner")]
    assert str(author) not in str(exported)
    # Learners of the copy will read the text without what is for staff, and not the draft.
    shown = db.all("select * from public.lesson_contents where course_id = %s", course["id"])
    assert len(shown) == 2
    assert "For staff" in str(exported) and "Aside" in str(exported)
    assert "For staff" not in str(shown) and "Aside" not in str(shown)


def test_what_is_left_out_has_the_default_of_the_model(db: Session, author: UUID) -> None:
    """The database and the model have the same defaults."""
    bundle = minimal_bundle(
        modules=[
            {
                "title": "M",
                "lessons": [
                    {"slug": "a", "title": "A", "content": {}, "guidance": {}},
                    {"slug": "q", "title": "Q", "content_type": "quiz", "quiz": {}},
                    {"slug": "l", "title": "L", "content_type": "lab", "lab": {}},
                ],
            }
        ],
        tutor={},
    )
    lessons = bundle["course"]["modules"][0]["lessons"]
    lessons[1]["quiz"]["questions"] = [
        {"kind": "true_false", "prompt_md": "?", "key": {"correct": True}, "guidance": {}}
    ]
    exported = take(db.act(user_id=author), bring(db.act(user_id=author), bundle)["course_id"])
    rules = {"a": "view", "q": "pass", "l": "accept"}
    for lesson in lessons:
        lesson["completion_rule"] = rules[lesson["slug"]]
    assert exported == Model.model_validate_json(json.dumps(bundle)).model_dump(mode="json")


@pytest.mark.parametrize(
    "seed", [*range(2), *(pytest.param(n, marks=pytest.mark.long) for n in range(2, 60))]
)
def test_a_wild_course_round_trips(db: Session, author: UUID, seed: int) -> None:
    """A random course arrives whole, twice."""
    bundle = wild_bundle(Random(seed))
    db.act(user_id=author)
    first = take(db, bring(db, bundle)["course_id"])
    assert_has(first, bundle)
    second = take(db, bring(db, first, slug=f"wild-{uuid4().hex[:8]}")["course_id"])
    assert unnamed(second) == unnamed(first)


def test_archived_parts_stay(db: Session, author: UUID) -> None:
    """What is archived is not exported, nor that something depends on it."""
    db.act(user_id=author)
    course_id = bring(db, full_bundle())["course_id"]
    quiz = db.one("select * from public.lessons where course_id = %s and slug = 'quiz'", course_id)
    last = db.value("select id from public.modules where course_id = %s and ord = 3", course_id)
    question = db.value(
        "select id from public.questions where lesson_id = %s and ord = 1", quiz["id"]
    )
    call(db, "archive_question", question_id=question)
    call(db, "archive_module", module_id=last)
    modules = take(db, course_id)["course"]["modules"]
    assert [one["title"] for one in modules] == ["First", "Empty"]
    assert modules[0]["lessons"][0]["quiz"]["questions"][0]["kind"] == "multiple"
    call(db, "archive_lesson", lesson_id=quiz["id"])
    (text,) = take(db, course_id)["course"]["modules"][0]["lessons"]
    assert text["prerequisites"] == []


def test_dates_are_shifted_in_the_time_zone_of_the_course(db: Session, author: UUID) -> None:
    """The hour of the day stays across a change of the clocks, days stay days, durations stay."""
    db.act(user_id=author)
    course_id = bring(db, full_bundle())["course_id"]
    made = call(
        db, "clone_course", course_id=course_id, slug=f"later-{uuid4().hex[:8]}",
        title="Later", starts_on=date(2031, 3, 2),
    )  # fmt: skip
    course = take(db, made["course_id"])["course"]
    lessons = {one["slug"]: one for module in course["modules"] for one in module["lessons"]}
    assert course["title"] == "Later"
    # 366 days later; the release was before the clocks changed and is after it.
    assert datetime.fromisoformat(course["opens_at"]) == datetime(2031, 3, 2, 8, tzinfo=UTC)
    assert datetime.fromisoformat(lessons["text"]["release_at"]) == datetime(
        2031, 3, 31, 8, tzinfo=UTC
    )
    assert lessons["quiz"]["quiz"]["due_on"] == "2031-04-03"
    assert lessons["quiz"]["quiz"]["due_at"] is None
    assert datetime.fromisoformat(lessons["lab"]["lab"]["due_at"]) == datetime(
        2031, 4, 2, 10, 30, tzinfo=UTC
    )
    assert lessons["text"]["release_after"] == "P1M2DT3H"
    due = db.value("select due_at from public.quizzes where course_id = %s", made["course_id"])
    assert due == datetime(2031, 4, 3, 21, 59, 59, tzinfo=UTC)


def test_without_an_opening_the_first_date_is_the_start(db: Session, author: UUID) -> None:
    """The earliest date moves to the start; a course without dates has nothing to shift."""
    db.act(user_id=author)
    bundle = full_bundle()
    del bundle["course"]["opens_at"]
    made = bring(db, bundle, starts_on=date(2030, 3, 20))
    course = take(db, made["course_id"])["course"]
    lesson = course["modules"][0]["lessons"][1]
    assert datetime.fromisoformat(lesson["release_at"]) == datetime(2030, 3, 20, 9, tzinfo=UTC)
    bring(db, minimal_bundle(), starts_on=date(2030, 3, 20))


def test_a_copy_has_no_learner_and_no_staff_but_its_maker(db: Session, school: School) -> None:
    """An instructor of a course copies it; people, codes and publication stay behind."""
    owner, other, learner = (school.user(one) for one in ("instructor", "instructor", "learner"))
    course_id = school.course(owner=owner)
    school.lesson(school.module(course_id))
    school.staff(course_id, other, "instructor")
    school.enroll(learner, course_id)
    call(db.act(user_id=owner), "create_course_code", course_id=course_id)
    made = call(db.act(user_id=other), "clone_course", course_id=course_id, slug="a-copy-of-it")
    db.act("postgres")
    for table, number in (
        ("public.enrollments", 0), ("private.course_codes", 0), ("public.course_staff", 1),
        ("public.modules", 1), ("public.lessons", 1), ("public.lesson_contents", 1),
    ):  # fmt: skip
        count = db.value(f"select count(*) from {table} where course_id = %s", made["course_id"])
        assert count == number, table
    assert not db.value("select is_published from public.courses where id = %s", made["course_id"])


def test_files_are_named_to_the_caller(db: Session, author: UUID) -> None:
    """The answer says which files the lessons want."""
    bundle = full_bundle()
    file = {"title": "Slides", "path": "img/slides.pdf", "media_type": None, "size": 9}
    bundle["course"]["modules"][0]["lessons"][1]["files"] = [file]
    made = bring(db.act(user_id=author), bundle)
    (wanted,) = made["files"]
    lesson_id = db.value(
        "select id from public.lessons where course_id = %s and slug = 'text'", made["course_id"]
    )
    assert wanted == {**file, "lesson_id": str(lesson_id), "lesson_slug": "text"}


def test_a_repeated_import_makes_one_course(db: Session, author: UUID) -> None:
    """The key of an import returns its course; another bundle with it is refused."""
    db.act(user_id=author)
    key, bundle = uuid4(), full_bundle()
    first = bring(db, bundle, import_key=key)
    second = bring(db, bundle, import_key=key)
    assert (first["is_new"], second["is_new"]) == (True, False)
    assert second["course_id"] == first["course_id"]
    refuse(db, "import_course", "import_key_reused", bundle=Jsonb(minimal_bundle()), import_key=key)
    copy_key = {"course_id": first["course_id"], "slug": "one-copy", "import_key": uuid4()}
    assert call(db, "clone_course", **copy_key)["is_new"]
    assert not call(db, "clone_course", **copy_key)["is_new"]
    refuse(db, "clone_course", "import_key_reused", **{**copy_key, "slug": "other-copy"})
    # A key belongs to its author, and is free again with its course.
    db.act("postgres").run("delete from public.courses where id = %s", first["course_id"])
    assert bring(db.act(user_id=author), bundle, import_key=key)["is_new"]


def test_concurrent_imports_with_one_key_make_one_course(database: Database) -> None:
    """Of imports with one key at the same time one makes a course, and all return it."""
    with committed(database) as world:
        author = world.user("instructor")
        world.commit()
        bundle = full_bundle()
        job = as_user(author, "import_course", bundle=Jsonb(bundle), import_key=uuid4())
        try:
            rows = [row for (row,) in at_once(database, [job] * 4)]
            assert sorted(row["is_new"] for row in rows) == [False, False, False, True]
            assert len({row["course_id"] for row in rows}) == 1
            # Without a key the slug decides, between authors too.
            other = world.user("instructor")
            world.commit()
            world.course_ids.append(rows[0]["course_id"])
            fresh = minimal_bundle()
            answers = at_once(
                database,
                [as_user(one, "import_course", bundle=Jsonb(fresh)) for one in (author, other)],
            )
            made = [one for one in answers if not isinstance(one, Refusal)]
            refused = [one for one in answers if isinstance(one, Refusal)]
            assert [one.code for one in refused] == ["slug_taken"]
            world.course_ids.append(made[0][0]["course_id"])
        finally:
            world.course_ids += [
                row["course_id"]
                for row in world.all(
                    "select course_id from public.course_staff where user_id = any(%s)",
                    world.user_ids,
                )
            ]


@pytest.mark.slow
def test_imports_meet_other_edits_without_a_deadlock(database: Database) -> None:
    """Imports, copies, prerequisites, publications, deletions at once: none waits in a circle."""
    with committed(database) as world:
        authors = world.users(3, "instructor")
        courses = [world.course(owner=one) for one in authors]
        for course_id in courses:
            world.lessons(course_id, 2)
        world.commit()
        slugs = [
            world.value("select slug from public.courses where id = %s", one) for one in courses
        ]
        jobs = []
        for number in range(24):
            author, course_id = authors[number % 3], courses[number % 3]
            bundle = full_bundle()
            bundle["course"]["prerequisites"] = [{"course": slug} for slug in slugs]
            slug = f"copy-{uuid4().hex[:8]}"
            jobs += [
                as_user(author, "import_course", bundle=Jsonb(bundle), import_key=uuid4()),
                as_user(author, "clone_course", course_id=course_id, slug=slug),
                as_user(author, "publish_course", course_id=course_id),
                as_owner(
                    "insert into public.course_prerequisites (course_id, prerequisite_id)"
                    " values (%s, %s) on conflict do nothing",
                    course_id,
                    courses[(number + 1) % 3],
                ),
                as_owner("delete from public.modules where course_id = %s", course_id),
            ]
        try:
            answers = at_once(database, jobs, connections=12)
            refused = {repr(one) for one in answers if isinstance(one, Refusal)}
            assert refused <= {"409 prerequisite_cycle", "409 slug_taken"}, refused
            assert sum(not isinstance(one, Refusal) for one in answers[::5]) == 24
        finally:
            world.course_ids += [
                row["course_id"]
                for row in world.all(
                    "select course_id from public.course_staff where user_id = any(%s)",
                    world.user_ids,
                )
            ]


def test_who_may_not(db: Session, school: School, author: UUID) -> None:
    """Learners, other instructors and assistants who may not create courses get nothing."""
    learner, assistant, gone = school.user(), school.user(), school.user("instructor")
    course_id = school.course(owner=author)
    school.staff(course_id, assistant, "assistant")
    copy_of = {"course_id": course_id, "slug": "my-own-copy"}
    bundle = {"bundle": Jsonb(minimal_bundle())}
    db.act("postgres").run("delete from auth.users where id = %s", gone)
    for who, code in ((learner, "author_required"), (assistant, "author_required")):
        refuse(db.act(user_id=who), "import_course", code, **bundle)
    refuse(db.act(user_id=learner), "import_course", "author_required", **bundle)
    refuse(db.act(user_id=gone), "import_course", "not_authenticated", **bundle)
    refuse(db.act(user_id=assistant), "clone_course", "author_required", **copy_of)
    refuse(db.act(user_id=learner), "clone_course", "not_course_staff", **copy_of)
    refuse(db.act(user_id=school.user("instructor")), "clone_course", "not_course_staff", **copy_of)
    for who in (learner, school.user("instructor"), gone):
        refuse(db.act(user_id=who), "export_course", "not_course_staff", course_id=course_id)
    take(db.act(user_id=assistant), course_id)
    admin = school.user("admin")
    refuse(db.act(user_id=admin), "export_course", "course_not_found", course_id=uuid4())
    refuse(db, "clone_course", "course_not_found", course_id=uuid4(), slug="nothing")


def test_a_deleted_account_copies_nothing(db: Session, school: School) -> None:
    """A token that outlives its account is refused, also where its role was admin."""
    course_id = school.course()
    admin = school.user("admin")
    db.act("postgres").run("update public.profiles set deleted_at = now() where id = %s", admin)
    refuse(
        db.act(user_id=admin), "clone_course", "not_authenticated", course_id=course_id, slug="x"
    )


def test_taken_slugs_and_spent_budgets_keep_their_codes(
    db: Session, school: School, author: UUID
) -> None:
    """A slug that is taken and a budget that is spent are no faults of the bundle."""
    course_id = school.course(owner=author)
    slug = db.value("select slug from public.courses where id = %s", course_id)
    taken = Jsonb(minimal_bundle(slug=slug))
    db.act(user_id=author)
    refuse(db, "import_course", "slug_taken", bundle=taken)
    refuse(db, "clone_course", "slug_taken", course_id=course_id, slug=slug)
    refuse(db, "clone_course", "invalid_bundle", course_id=course_id, slug="No Slug")
    db.act("postgres").run("update private.budgets set max_rows = 5 where kind = 'content'")
    db.act(user_id=author)
    refuse(db, "import_course", "budget_exceeded", bundle=Jsonb(full_bundle()))
    db.act("postgres").run("update private.budgets set max_rows = 0 where kind = 'content'")
    db.act(user_id=author)
    refuse(db, "clone_course", "budget_exceeded", course_id=course_id, slug="no-room")


def lesson(**more: Any) -> Bundle:
    """A bundle with one lesson."""
    one = {"slug": "one", "title": "One", **more}
    return minimal_bundle(modules=[{"title": "M", "lessons": [one]}])


def quiz_of(**more: Any) -> Bundle:
    """A bundle with one question."""
    asked = {"kind": "true_false", "prompt_md": "?", "key": {"correct": True}, **more}
    return lesson(content_type="quiz", quiz={"questions": [asked]})


def drawing(*draws: Bundle) -> Bundle:
    """A bundle with a bank and a quiz that draws from it."""
    listed = [{"bank": "B", **one} for one in draws]
    bundle = lesson(content_type="quiz", quiz={"draws": listed})
    bundle["course"]["banks"] = [{"title": "B"}]
    return bundle


AT = "$.course.modules[0].lessons[0]"
DAMAGED: list[tuple[Any, str]] = [
    (None, "$"),
    ([], "$"),
    ("lyceum.course", "$"),
    ({}, "$.format"),
    ({**minimal_bundle(), "format": "canvas"}, "$.format"),
    ({**minimal_bundle(), "version": 2, "new": 1}, "$.version"),
    ({**minimal_bundle(), "version": "1"}, "$.version"),
    ({**minimal_bundle(), "more": 1}, "$.more"),
    ({"format": "lyceum.course", "version": 1}, "$.course"),
    (minimal_bundle(id=str(uuid4())), "$.course.id"),
    (minimal_bundle(is_published=True), "$.course.is_published"),
    (minimal_bundle(created_by=str(uuid4())), "$.course.created_by"),
    (minimal_bundle(slug="Not A Slug"), "$.course"),
    (minimal_bundle(title=" "), "$.course"),
    (minimal_bundle(title=None), "$.course.title"),
    (minimal_bundle(time_zone="Mars/Olympus"), "$.course"),
    (minimal_bundle(cover_url="javascript:alert(1)"), "$.course.cover_url"),
    (minimal_bundle(enrollment_mode="bribe"), "$.course"),
    (minimal_bundle(capacity=1.5), "$.course"),
    (minimal_bundle(capacity=10**12), "$.course"),
    (minimal_bundle(tags=["a", 1]), "$.course.tags[1]"),
    (minimal_bundle(opens_at="tomorrow"), "$.course.opens_at"),
    (minimal_bundle(opens_at="2030-02-31T00:00:00Z"), "$.course"),
    (minimal_bundle(tutor={"max_support_level": "total"}), "$.course.tutor"),
    (minimal_bundle(prerequisites=[{"course": "none-such"}]), "$.course.prerequisites[0].course"),
    (minimal_bundle(modules={}), "$.course.modules"),
    (minimal_bundle(modules=[{}]), "$.course.modules[0].title"),
    (minimal_bundle(modules=[{"title": "x" * 201}]), "$.course.modules[0]"),
    (minimal_bundle(modules=[{"title": "M"}] * 1001), "$.course.modules"),
    (lesson(course_id=str(uuid4())), f"{AT}.course_id"),
    (lesson(content_type="game"), AT),
    (lesson(release_after="P20Y"), AT),
    (lesson(release_after="soon"), AT),
    (lesson(weight=1e9), AT),
    (lesson(weight=10**300), AT),
    (lesson(completion_threshold=0), AT),
    (lesson(content={"body_md": "x" * 400_001}), f"{AT}.content"),
    (lesson(content={"video_url": "file:///etc/passwd"}), f"{AT}.content.video_url"),
    (lesson(quiz={}), f"{AT}.quiz"),
    (lesson(lab={}), f"{AT}.lab"),
    (lesson(guidance={"misconceptions": [""]}), f"{AT}.guidance"),
    (lesson(prerequisites=[{"lesson": "two"}]), f"{AT}.prerequisites[0].lesson"),
    (lesson(prerequisites=[{"lesson": "one"}]), f"{AT}.prerequisites[0]"),
    (lesson(content_type="quiz", quiz={"pass_mark": 0}), f"{AT}.quiz"),
    (lesson(content_type="quiz", quiz={"due_on": "2030-13-01"}), f"{AT}.quiz"),
    (lesson(content_type="lab", lab={"rubric": [{"id": "a"}]}), f"{AT}.lab.rubric[0].title"),
    (
        lesson(content_type="lab", lab={"rubric": [{"id": "a", "title": "A", "points": 0}]}),
        f"{AT}.lab.rubric",
    ),
    (quiz_of(kind="riddle"), f"{AT}.quiz.questions[0]"),
    (quiz_of(key={"correct": "yes"}), f"{AT}.quiz.questions[0]"),
    (quiz_of(key=[]), f"{AT}.quiz.questions[0].key"),
    (quiz_of(points=0), f"{AT}.quiz.questions[0]"),
    (quiz_of(options={"a": [[[]]]}), f"{AT}.quiz.questions[0]"),
    (quiz_of(id=str(uuid4())), f"{AT}.quiz.questions[0].id"),
    (quiz_of(tags=["x"] * 21), f"{AT}.quiz.questions[0].tags"),
    (quiz_of(tags=["x" * 41]), f"{AT}.quiz.questions[0]"),
    (lesson(content_type="quiz", quiz={"draws": [{"bank": "B"}]}), f"{AT}.quiz.draws[0].bank"),
    (drawing({"question_count": 0}), f"{AT}.quiz.draws[0]"),
    (drawing({"question_count": 1.5}), f"{AT}.quiz.draws[0]"),
    (drawing({}, {}), f"{AT}.quiz.draws[1]"),
    (minimal_bundle(banks=[{"title": "B"}, {"title": "B"}]), "$.course.banks[1]"),
    (minimal_bundle(banks=[{"title": " "}]), "$.course.banks[0]"),
    (
        minimal_bundle(banks=[{"title": "B", "questions": [{"kind": "single"}]}]),
        "$.course.banks[0].questions[0].prompt_md",
    ),
    (
        minimal_bundle(banks=[{"title": "B", "questions": [question("single", options=[])]}]),
        "$.course.banks[0].questions[0]",
    ),
    (
        minimal_bundle(banks=[{"title": "B", "questions": [question("single", guidance={})]}]),
        "$.course.banks[0].questions[0].guidance",
    ),
    (quiz_of(guidance={"notes": "x" * 4001}), f"{AT}.quiz.questions[0].guidance"),
    (
        minimal_bundle(
            modules=[
                {"title": "M", "lessons": [{"slug": "one", "title": "A"}]},
                {"title": "N", "lessons": [{"slug": "one", "title": "B"}]},
            ]
        ),
        "$.course.modules[1].lessons[0]",
    ),
    (
        minimal_bundle(
            modules=[
                {
                    "title": "M",
                    "lessons": [
                        {"slug": "a", "title": "A", "prerequisites": [{"lesson": "b"}]},
                        {"slug": "b", "title": "B", "prerequisites": [{"lesson": "a"}]},
                    ],
                }
            ]
        ),
        "$.course.modules[0].lessons[1].prerequisites[0]",
    ),
]


def test_a_damaged_bundle_is_refused_with_its_place(db: Session, author: UUID) -> None:
    """Each fault is an invalid_bundle that says where it is, and nothing is written."""
    before = counts(db)
    db.act(user_id=author)
    refuse(db, "import_course", "invalid_bundle", bundle=Jsonb({}))
    for bundle, place in DAMAGED:
        given = None if bundle is None else Jsonb(bundle)
        with pytest.raises(psycopg.Error) as caught, db.savepoint():
            db.rpc("import_course", bundle=given)
        found = told(caught.value)
        assert (found.state, found.code) == (422, "invalid_bundle"), (place, found)
        assert found.details["path"] == place, found
        assert found.details["problem"] and "null value" not in found.details["problem"], found
    assert counts(db) == before


def test_a_prerequisite_tells_nothing_of_courses_that_the_caller_may_not_see(
    db: Session, school: School, author: UUID
) -> None:
    """The draft of somebody else is answered like a course that does not exist."""
    hidden = school.course(published=False)
    slug = db.value("select slug from public.courses where id = %s", hidden)
    said = []
    for name in (slug, "none-such"):
        with pytest.raises(psycopg.Error) as caught, db.savepoint():
            bring(db.act(user_id=author), minimal_bundle(prerequisites=[{"course": name}]))
        said.append(told(caught.value))
    assert said[0] == said[1]


@pytest.mark.slow
def test_a_large_or_deep_bundle_is_refused_soon(db: Session, author: UUID) -> None:
    """50 MB, a million modules or elements, and deep nesting are refused, none in a minute."""
    db.act(user_id=author).run("set local statement_timeout = '60s'")
    deep: Any = []
    for _ in range(900):
        deep = [deep]
    for bundle in (
        "jsonb_build_object('course', jsonb_build_object('title', repeat('x', 50000000)))",
        "jsonb_build_object('format', 'lyceum.course', 'version', 1, 'course',"
        " jsonb_build_object('slug', 'a', 'title', 'A', 'modules',"
        " (select jsonb_agg('{}'::jsonb) from generate_series(1, 1000000))))",
        f"'{json.dumps(quiz_of(options=deep))}'::jsonb",
        f"jsonb_set('{json.dumps(minimal_bundle())}', '{{course,level}}',"
        " (repeat('[', 5000) || repeat(']', 5000))::jsonb)",
    ):
        with db.refused(422, "invalid_bundle"):
            db.all(f"select * from public.import_course({bundle})")


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each container in a document with each of its keys."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(items):
        yield value, key
        if isinstance(inner, (dict, list)):
            yield from places(inner)


def damage(random: Random) -> Bundle:
    """The full bundle, or a wild one, with one or two random faults."""
    bundle = copy.deepcopy(full_bundle() if random.random() < 0.5 else wild_bundle(random))
    junk: list[Any] = [
        *(None, True, 0, -1, 1e30, 10**40, "", " ", "x" * 500, [], {}, [[]], [{}], {"": ""}),
        *("\u202e", "'; drop table lessons; --", "2030-01-01", "9999-99-99", str(uuid4())),
        *("Infinity", "now", "-infinity", "P1D", "quiz", "{}", [None], 0.1, "\ud83d\ude00"),
    ]
    for _ in range(random.randint(1, 2)):
        owner, key = random.choice(list(places(bundle)))
        act = random.randrange(4)
        if act == 0:
            del owner[key]
        elif act == 1 and isinstance(owner, dict):
            owner[random.choice(["id", "course_id", "key", "is_listed", "x"])] = random.choice(junk)
        elif act == 2 and isinstance(owner, list):
            owner.append(copy.deepcopy(owner[key]))
        else:
            owner[key] = random.choice(junk)
    return bundle


def is_of_the_shape(bundle: Bundle) -> bool:
    """Whether the model takes the bundle; what options and keys may be, save_question says."""
    try:
        Model.model_validate_json(json.dumps(bundle))
    except ValidationError as error:
        return all({"options", "key"} & set(one["loc"]) for one in error.errors())
    return True


@pytest.mark.parametrize("runs", [25, pytest.param(1500, marks=pytest.mark.long)])
def test_random_damage(db: Session, author: UUID, runs: int) -> None:
    """A damaged bundle is refused, or was none: then it has the shape, and arrives whole."""
    refused = 0
    for seed in range(runs):
        bundle = damage(Random(f"{runs}-{seed}"))
        is_valid = is_of_the_shape(bundle)
        db.act(user_id=author)
        try:
            with db.savepoint():
                made = db.one("select * from public.import_course(%s)", Jsonb(bundle))
                assert is_valid, (seed, bundle)
                db.value("select public.export_course(%s)", made["course_id"])
        except psycopg.Error as error:
            found = told(error)
            assert (found.state, found.code) == (422, "invalid_bundle"), (seed, found, bundle)
            refused += 1
    assert refused > runs / 3


def test_the_database_and_the_model_have_the_same_fields(db: Session) -> None:
    """The table of fields lists what the model has: kinds, children, what is needed or null."""
    shapes = {"course": "BundleCourse", "criterion": "Criterion", "bundle": None}
    schema = Model.model_json_schema()
    rows = db.all("select * from private.bundle_fields")
    for shape in {row["shape"] for row in rows}:
        name = shapes.get(shape, "Bundle" + "".join(part.title() for part in shape.split("_")))
        model = schema["$defs"][name] if name else schema
        ours = {row["field"]: row for row in rows if row["shape"] == shape}
        assert set(ours) == set(model["properties"]), shape
        required = {field for field, row in ours.items() if row["is_required"]}
        assert required == set(model.get("required", ())), shape
        for field, row in ours.items():
            said = json.dumps(model["properties"][field])
            assert row["is_nullable"] == ('"null"' in said and row["kind"] != "any"), (shape, field)


def test_a_column_that_authors_write_is_in_the_bundle(db: Session) -> None:
    """What a client may insert into the tables of a course, the bundle has."""
    local = {"id", "course_id", "module_id", "lesson_id", "bank_id", "ord", "updated_at"}
    for table, shape in (
        *(("courses", "course"), ("modules", "module"), ("lessons", "lesson")),
        *(("quizzes", "quiz"), ("labs", "lab"), ("lesson_drafts", "content")),
        *(("question_banks", "bank"), ("quiz_draws", "draw")),
    ):
        columns = db.all(
            "select column_name::text as name from information_schema.column_privileges"
            " where table_schema = 'public' and table_name = %s and grantee = 'authenticated'"
            " and privilege_type = 'INSERT'",
            table,
        )
        fields = db.all("select field from private.bundle_fields where shape = %s", shape)
        missing = {row["name"] for row in columns} - {row["field"] for row in fields} - local
        assert missing == set(), table
