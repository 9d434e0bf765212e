"""Courses, staff, modules, lessons, prerequisites: order, publication, and computed columns."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from psycopg import sql

from tests.rpc.exam import make_exam
from tests.rpc.support import answer, audit_lines, pages, refuse
from tests.support.database import Row, Session
from tests.support.school import School


def orders(db: Session, table: str, parent: str, parent_id: UUID) -> list[tuple[UUID, int]]:
    """(id, ord) of the children in order; checks deferred constraints first."""
    db.act("postgres")
    db.run("set constraints all immediate")
    db.run("set constraints all deferred")
    rows = db.all(f"select id, ord from public.{table} where {parent} = %s order by ord", parent_id)
    return [(row["id"], row["ord"]) for row in rows]


def flags(db: Session, lesson_id: UUID) -> tuple[bool, bool]:
    """is_listed of a lesson and is_public of its content."""
    db.act("postgres")
    row = db.one(
        "select l.is_listed, t.is_public from public.lessons as l "
        "inner join public.lesson_contents as t on t.lesson_id = l.id where l.id = %s",
        lesson_id,
    )
    return row["is_listed"], row["is_public"]


# Order -----------------------------------------------------------------------------------------


def test_reorder_modules(db: Session, school: School) -> None:
    """Staff put the modules in order, counted from 1; the same call again changes nothing."""
    owner, assistant = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    school.staff(course_id, assistant, "assistant")
    ids = [school.module(course_id) for _ in range(4)]
    wanted = [ids[2], ids[0], ids[3], ids[1]]
    for actor in (owner, assistant):
        db.act(user_id=actor)
        rows = db.rpc("reorder_modules", course_id=course_id, module_ids=wanted)
        assert [(row["id"], row["ord"]) for row in rows] == list(
            zip(wanted, range(1, 5), strict=True)
        )
    assert orders(db, "modules", "course_id", course_id) == list(
        zip(wanted, range(1, 5), strict=True)
    )


def test_reorder_lessons(db: Session, school: School) -> None:
    """Staff put the lessons of a module in order, gaps and all; learners' progress is untouched."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    ids = [school.lesson(module_id, ord=number) for number in (7, 3, 90, 0)]
    db.act(user_id=owner)
    for _ in range(2):
        rows = db.rpc("reorder_lessons", module_id=module_id, lesson_ids=ids)
        assert [row["id"] for row in rows] == ids
    assert orders(db, "lessons", "module_id", module_id) == list(zip(ids, range(1, 5), strict=True))
    assert school.drift() == []


def bad_lists(ids: list[UUID], foreign_id: UUID) -> list[list[UUID | None] | None]:
    """Lists that do not name each of the ids exactly once."""
    return [
        [],
        None,
        [*ids[:-1]],
        [*ids, ids[0]],
        [ids[0]] * len(ids),
        [*ids, foreign_id],
        [*ids[:-1], foreign_id],
        [*ids[:-1], None],
        [*ids, None],
        [uuid4() for _ in ids],
    ]


def test_reorder_modules_refuses(db: Session, school: School) -> None:
    """An incomplete, repeated or foreign list changes nothing; strangers are refused."""
    owner, other = school.user("instructor"), school.user("instructor")
    course_id, other_id = school.course(owner=owner), school.course(owner=other)
    ids = [school.module(course_id) for _ in range(3)]
    foreign_id = school.module(other_id)
    before = orders(db, "modules", "course_id", course_id)
    db.act(user_id=owner)
    for module_ids in bad_lists(ids, foreign_id):
        refuse(db, "reorder_modules", "incomplete_list", course_id=course_id, module_ids=module_ids)
    db.act(user_id=other)
    refuse(db, "reorder_modules", "not_course_staff", course_id=course_id, module_ids=ids[::-1])
    refuse(db, "reorder_modules", "not_course_staff", course_id=uuid4(), module_ids=[])
    refuse(db, "reorder_modules", "not_course_staff", course_id=None, module_ids=ids)
    assert orders(db, "modules", "course_id", course_id) == before


def test_reorder_lessons_refuses(db: Session, school: School) -> None:
    """The list is that of one module: lessons of its neighbour are foreign as well."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    school.enroll(learner, course_id)
    module_id, neighbour_id = school.module(course_id), school.module(course_id)
    ids = [school.lesson(module_id) for _ in range(3)]
    foreign_id = school.lesson(neighbour_id)
    before = orders(db, "lessons", "module_id", module_id)
    db.act(user_id=owner)
    for lesson_ids in bad_lists(ids, foreign_id):
        refuse(db, "reorder_lessons", "incomplete_list", module_id=module_id, lesson_ids=lesson_ids)
    for actor in (learner, school.user("instructor")):
        db.act(user_id=actor)
        refuse(db, "reorder_lessons", "not_course_staff", module_id=module_id, lesson_ids=ids[::-1])
        refuse(db, "reorder_lessons", "not_course_staff", module_id=uuid4(), lesson_ids=[])
        refuse(db, "reorder_lessons", "not_course_staff", module_id=None, lesson_ids=[])
    assert orders(db, "lessons", "module_id", module_id) == before


def test_order_is_appended(db: Session, school: School) -> None:
    """Without a position, modules and lessons come last in their own parent."""
    course_id, other_id = school.course(), school.course()
    modules = [school.module(course_id) for _ in range(3)]
    school.module(other_id)
    assert [number for _, number in orders(db, "modules", "course_id", course_id)] == [1, 2, 3]
    school.lesson(modules[0], ord=10)
    school.lesson(modules[0])
    school.lesson(modules[1])
    assert [number for _, number in orders(db, "lessons", "module_id", modules[0])] == [10, 11]
    assert [number for _, number in orders(db, "lessons", "module_id", modules[1])] == [1]


def test_order_of_many_rows_in_one_statement(db: Session, school: School) -> None:
    """Rows of one INSERT without positions get different ones."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    db.act(user_id=owner)
    db.run(
        "insert into public.lessons (module_id, slug, title) "
        "select %s, 'lesson-' || n, 'Lesson' from generate_series(1, 5) as n",
        module_id,
    )
    assert [number for _, number in orders(db, "lessons", "module_id", module_id)] == [
        1,
        2,
        3,
        4,
        5,
    ]


def test_positions_are_swapped_in_one_transaction(db: Session, school: School) -> None:
    """Positions are unique when the transaction ends, so that two updates can swap them."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    first, second = school.module(course_id), school.module(course_id)
    lessons = [school.lesson(first), school.lesson(first)]
    db.act(user_id=owner)
    db.run("update public.modules set ord = 2 where id = %s", first)
    db.run("update public.modules set ord = 1 where id = %s", second)
    db.run("update public.lessons set ord = 3 - ord where module_id = %s", first)
    assert orders(db, "modules", "course_id", course_id) == [(second, 1), (first, 2)]
    assert orders(db, "lessons", "module_id", first) == [(lessons[1], 1), (lessons[0], 2)]
    with db.refused("23505"):
        db.run("update public.lessons set ord = 1 where module_id = %s", first)
        db.run("set constraints all immediate")


def test_lesson_moves_between_modules(db: Session, school: School) -> None:
    """A moved lesson is appended, or put where the same update says; counts do not change."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    first, second = school.module(course_id), school.module(course_id)
    moving, staying = school.lesson(first), school.lesson(first)
    target = school.lesson(second)
    school.enroll(learner, course_id)
    db.act(user_id=learner).rpc("complete_lesson", lesson_id=moving)
    version = db.value("select version from public.courses where id = %s", course_id)
    db.act(user_id=owner)
    assert db.run("update public.lessons set module_id = %s where id = %s", second, moving) == 1
    assert orders(db, "lessons", "module_id", second) == [(target, 1), (moving, 2)]
    db.act(user_id=owner)
    db.run("update public.lessons set module_id = %s, ord = 0 where id = %s", second, staying)
    assert [one for one, _ in orders(db, "lessons", "module_id", second)] == [
        staying,
        target,
        moving,
    ]
    assert school.drift() == []
    state = db.one(
        "select e.progress, c.version from public.enrollments as e "
        "inner join public.courses as c on c.id = e.course_id where e.user_id = %s",
        learner,
    )
    assert (float(state["progress"]), state["version"]) == (33.33, version)


def test_lesson_stays_in_its_course(db: Session, school: School) -> None:
    """A lesson cannot be moved, or inserted, into a module of another course."""
    owner = school.user("instructor")
    course_id, other_id = school.course(owner=owner), school.course(owner=owner)
    module_id, other_module_id = school.module(course_id), school.module(other_id)
    lesson_id = school.lesson(module_id)
    db.act(user_id=owner)
    with db.refused("23503"):
        db.run("update public.lessons set module_id = %s where id = %s", other_module_id, lesson_id)
    with db.refused("23503"):
        db.run(
            "insert into public.lessons (course_id, module_id, slug, title) "
            "values (%s, %s, 'x', 'X')",
            other_id,
            module_id,
        )
    with db.refused("42501"):
        db.run("update public.lessons set course_id = %s where id = %s", other_id, lesson_id)


@pytest.mark.parametrize(
    ("content_type", "rule"),
    [("video", "watch"), ("text", "view"), ("quiz", "pass"), ("lab", "accept")],
)
def test_rule_follows_the_content_type(
    db: Session, school: School, content_type: str, rule: str
) -> None:
    """A lesson without a rule gets that of its type; a rule that is given stays."""
    module_id = school.module(school.course())
    made = school.lesson(module_id, content_type=content_type)
    said = school.lesson(module_id, content_type=content_type, completion_rule="manual")
    read = "select completion_rule::text from public.lessons where id = %s"
    assert (db.value(read, made), db.value(read, said)) == (rule, "manual")


# Content ---------------------------------------------------------------------------------------


def test_flags_follow_publication_and_preview(db: Session, school: School) -> None:
    """is_listed and is_public are true exactly while course, lesson and preview say so."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id))

    def edit(column: str, value: bool) -> tuple[bool, bool]:
        db.act(user_id=owner)
        db.run(f"update public.lessons set {column} = %s where id = %s", value, lesson_id)
        assert school.drift() == []
        return flags(db, lesson_id)

    assert flags(db, lesson_id) == (True, False)
    assert edit("is_preview", True) == (True, True)
    assert edit("is_published", False) == (False, False)
    assert edit("is_preview", False) == (False, False)
    assert edit("is_preview", True) == (False, False)
    assert edit("is_published", True) == (True, True)
    for published in (False, True):
        db.act(user_id=owner)
        answer(db, "publish_course" if published else "unpublish_course", course_id=course_id)
        assert flags(db, lesson_id) == (published, published)
        assert school.drift() == []
    db.act("anon")
    assert (
        db.value("select count(*) from public.lesson_contents where lesson_id = %s", lesson_id) == 1
    )


# Publication -----------------------------------------------------------------------------------


def problems(result: Row) -> list[tuple[str, str]]:
    """(code, subject) of each problem in an answer of publish_course."""
    return sorted((problem["code"], problem["subject_id"]) for problem in result["problems"])


def test_a15_problems_of_a_published_course(db: Session, school: School) -> None:
    """A quiz that loses its last question is a problem, listed for a published course too."""
    exam = make_exam(school)
    question_id = exam.question("single")
    other_id = school.lesson(
        exam.module_id, content_type="quiz", completion_rule="view", slug="other"
    )
    given = {"course_id": exam.course_id}
    assistant = school.user()
    school.staff(exam.course_id, assistant, "assistant")

    def listed(user_id: UUID) -> list[tuple[str, UUID]]:
        rows = db.act(user_id=user_id).rpc("course_problems", **given)
        assert {row["message"] for row in rows} and {row["course_slug"] for row in rows}
        return [(row["code"], row["subject_id"]) for row in rows]

    assert listed(exam.owner) == [("quiz_empty", other_id)]
    assert db.rpc("course_problems", **given)[0]["lesson_slug"] == "other"
    db.run("delete from public.questions where id = %s", question_id)
    both = sorted([("quiz_empty", other_id), ("quiz_empty", exam.lesson_id)])
    assert sorted(listed(assistant)) == both
    assert [len(page) for page in pages(db, "course_problems", **given, page_size=1)] == [1, 1]
    result = answer(db.act(user_id=exam.owner), "publish_course", **given)
    assert result["is_published"] is True
    assert sorted((one["code"], UUID(one["subject_id"])) for one in result["problems"]) == both
    assert audit_lines(db, "publish_course", exam.course_id) == []
    # An archived lesson is no problem; nor is what needs it.
    db.act("postgres").run(
        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)",
        other_id,
        exam.lesson_id,
    )
    db.act(user_id=exam.owner).rpc("archive_lesson", lesson_id=exam.lesson_id)
    assert listed(exam.owner) == [("quiz_empty", other_id)]


def test_a15_course_problems_refuses(db: Session, school: School) -> None:
    """For staff of a course that exists."""
    owner = school.user("instructor")
    given = {"course_id": school.course(owner=owner)}
    db.act(user_id=school.user())
    refuse(db, "course_problems", "not_course_staff", **given)
    db.act(user_id=owner)
    refuse(db, "course_problems", "invalid_page", **given, page_size=0)
    refuse(db, "course_problems", "invalid_cursor", **given, cursor="x")
    refuse(db.act("service_role"), "course_problems", "course_not_found", course_id=uuid4())


def test_publish_course_lists_every_problem(db: Session, school: School) -> None:
    """All problems come at once, and the course stays unpublished until none is left."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner, is_published=False, description=" ")
    db.act(user_id=owner)
    result = answer(db, "publish_course", course_id=course_id)
    assert result["is_published"] is False
    assert problems(result) == [
        ("description_missing", str(course_id)),
        ("no_required_lesson", str(course_id)),
    ]
    module_id, empty_id = school.module(course_id), school.module(course_id)
    text = school.lesson(module_id, body="  ")
    missing = school.lesson(module_id, body=None)
    video = school.lesson(module_id, content_type="video")
    draft = school.lesson(module_id, is_published=False, body=None)
    needing = school.lesson(module_id, is_required=False)
    school.session.run(
        "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)",
        needing,
        draft,
    )
    db.act(user_id=owner)
    result = answer(db, "publish_course", course_id=course_id)
    assert result["is_published"] is False
    assert problems(result) == sorted(
        [
            ("description_missing", str(course_id)),
            ("module_empty", str(empty_id)),
            ("content_missing", str(text)),
            ("content_missing", str(missing)),
            ("video_missing", str(video)),
            ("duration_missing", str(video)),
            ("prerequisite_unpublished", str(needing)),
        ]
    )
    db.act("postgres")
    assert db.value("select is_published from public.courses where id = %s", course_id) is False
    assert audit_lines(db, "publish_course", course_id) == []


def test_publish_and_unpublish(db: Session, school: School) -> None:
    """Owner and instructor publish; a second call is the same answer and no second audit line."""
    owner, instructor = school.user("instructor"), school.user("instructor")
    course_id = school.course(owner=owner, is_published=False)
    school.staff(course_id, instructor, "instructor")
    lesson_id = school.lesson(school.module(course_id), is_preview=True)
    for actor in (owner, instructor):
        for function, published in (("publish_course", True), ("unpublish_course", False)):
            for _ in range(2):
                db.act(user_id=actor)
                assert answer(db, function, course_id=course_id) == {
                    "course_id": str(course_id),
                    "is_published": published,
                    "problems": [],
                    "published_drafts": 0,
                }
                assert flags(db, lesson_id) == (published, published)
            db.act("anon")
            seen = db.value("select count(*) from public.modules where course_id = %s", course_id)
            assert seen == int(published)
    assert len(audit_lines(db, "publish_course", course_id)) == 2
    assert len(audit_lines(db, "unpublish_course", course_id)) == 2


def test_a_published_course_is_not_judged_again(db: Session, school: School) -> None:
    """Publishing a published course is a no-op, even when a lesson has lost its text since."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    school.lesson(school.module(course_id), body="")
    db.act(user_id=owner)
    assert answer(db, "publish_course", course_id=course_id)["is_published"] is True


def test_publish_and_unpublish_refuse(db: Session, school: School) -> None:
    """Assistants, learners and staff of other courses are refused; an unknown id is PT404."""
    owner, assistant, learner = school.user("instructor"), school.user(), school.user()
    course_id = school.course(owner=owner)
    school.staff(course_id, assistant, "assistant")
    school.enroll(learner, course_id)
    for actor in (assistant, learner, school.user("instructor")):
        db.act(user_id=actor)
        for given in (course_id, uuid4(), None):
            refuse(db, "publish_course", "not_course_staff", course_id=given)
            refuse(db, "unpublish_course", "not_course_staff", course_id=given)
    for session in (db.act(user_id=school.user("admin")), db.act("service_role")):
        for given in (uuid4(), None):
            refuse(session, "publish_course", "course_not_found", course_id=given)
            refuse(session, "unpublish_course", "course_not_found", course_id=given)
    db.act(user_id=owner)
    with db.refused("42501"):
        db.run("update public.courses set is_published = false where id = %s", course_id)


# Staff -----------------------------------------------------------------------------------------


def test_creator_becomes_owner(db: Session, school: School) -> None:
    """An instructor inserts a course and gets the row back, owns it, and can work on it."""
    instructor = school.user("instructor")
    db.act(user_id=instructor)
    row = db.one(
        "insert into public.courses (slug, title) values ('new-course', 'New') returning *"
    )
    assert (row["created_by"], row["is_published"]) == (instructor, False)
    assert db.all(
        "select user_id, role::text from public.course_staff where course_id = %s", row["id"]
    ) == [{"user_id": instructor, "role": "owner"}]
    module = db.one(
        "insert into public.modules (course_id, title) values (%s, 'One') returning *", row["id"]
    )
    db.run(
        "insert into public.lessons (module_id, slug, title) values (%s, 'one', 'One')",
        module["id"],
    )
    assert db.run("update public.courses set title = 'Newer' where id = %s", row["id"]) == 1


def test_b6_nobody_reads_who_created_a_course(db: Session, school: School) -> None:
    """The creator of a course is on its staff list alone."""
    instructor = school.user("instructor")
    db.act(user_id=instructor)
    course_id = db.value("insert into public.courses (slug, title) values ('n', 'N') returning id")
    school.session.act("postgres")
    db.run("update public.courses set is_published = true where id = %s", course_id)
    for role in ("anon", "authenticated"):
        db.act(role)
        row = db.one("select * from public.courses where id = %s", course_id)
        assert str(instructor) not in str(row)
    db.act(user_id=instructor)
    assert db.value("select role::text from public.course_staff") == "owner"


def test_learner_makes_no_course(db: Session, school: School) -> None:
    """A learner cannot insert a course, nor an instructor one for another person."""
    instructor, learner = school.user("instructor"), school.user()
    db.act(user_id=learner)
    with db.refused("42501"):
        db.run("insert into public.courses (slug, title) values ('x', 'X')")
    db.act(user_id=instructor)
    with db.refused("42501"):
        db.run(
            "insert into public.courses (slug, title, created_by) values ('x', 'X', %s)", learner
        )


@pytest.mark.parametrize(
    "statement",
    [
        "delete from public.course_staff where course_id = %s and user_id = %s",
        "update public.course_staff set role = 'assistant' where course_id = %s and user_id = %s",
    ],
)
def test_the_last_owner_stays(db: Session, school: School, statement: str) -> None:
    """The last owner is neither removed nor demoted, not even by an admin; one of two is."""
    owner, second = school.user("instructor"), school.user("instructor")
    course_id = school.course(owner=owner)
    school.staff(course_id, second, "instructor")
    for actor in (owner, school.user("admin")):
        db.act(user_id=actor)
        with db.refused(409, "last_owner"):
            db.run(statement, course_id, owner)
    db.act("postgres").run(
        "update public.course_staff set role = 'owner' where course_id = %s and user_id = %s",
        course_id,
        second,
    )
    assert db.act(user_id=owner).run(statement, course_id, owner) == 1
    db.act(user_id=second)
    with db.refused(409, "last_owner"):
        db.run(statement, course_id, second)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from public.course_staff where course_id = %s",
        "update public.course_staff set role = 'assistant' where course_id = %s",
    ],
)
def test_all_owners_in_one_statement(db: Session, school: School, statement: str) -> None:
    """One statement cannot take both of two owners either."""
    owner, second = school.user("instructor"), school.user("instructor")
    course_id = school.course(owner=owner)
    school.staff(course_id, second, "owner")
    db.act(user_id=owner)
    with db.refused(409, "last_owner"):
        db.run(statement, course_id)


def test_staff_changes_are_audited(db: Session, school: School) -> None:
    """Appointing, changing and removing staff leave a line each."""
    owner, person = school.user("admin"), school.user()
    course_id = school.course(owner=owner)
    db.act(user_id=owner)
    db.run(
        "insert into public.course_staff (course_id, user_id, role) values (%s, %s, 'assistant')",
        course_id,
        person,
    )
    db.run(
        "update public.course_staff set role = 'instructor' where course_id = %s and user_id = %s",
        course_id,
        person,
    )
    db.run(
        "delete from public.course_staff where course_id = %s and user_id = %s", course_id, person
    )
    for action in ("insert", "update", "delete"):
        (line,) = audit_lines(db, f"course_staff_{action}", person)
        assert (line["actor_id"], line["detail"]["course_id"]) == (owner, str(course_id))


# Prerequisites ---------------------------------------------------------------------------------

LINK_LESSON = "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)"
LINK_COURSE = "insert into public.course_prerequisites (course_id, prerequisite_id) values (%s, %s)"


@pytest.mark.parametrize("length", [2, 3, 5])
def test_lesson_prerequisites_have_no_cycle(db: Session, school: School, length: int) -> None:
    """A link that closes a cycle is refused; a diamond is no cycle."""
    owner = school.user("instructor")
    module_id = school.module(school.course(owner=owner))
    ids = [school.lesson(module_id) for _ in range(length)]
    db.act(user_id=owner)
    for one, two in pairwise(ids):
        db.run(LINK_LESSON, one, two)
    with db.refused(409, "prerequisite_cycle"):
        db.run(LINK_LESSON, ids[-1], ids[0])
    if length > 2:
        db.run(LINK_LESSON, ids[0], ids[-1])


@pytest.mark.parametrize("length", [2, 3, 5])
def test_course_prerequisites_have_no_cycle(db: Session, school: School, length: int) -> None:
    """The same for courses."""
    owner = school.user("instructor")
    ids = [school.course(owner=owner) for _ in range(length)]
    db.act(user_id=owner)
    for one, two in pairwise(ids):
        db.run(LINK_COURSE, one, two)
    with db.refused(409, "prerequisite_cycle"):
        db.run(LINK_COURSE, ids[-1], ids[0])
    if length > 2:
        db.run(LINK_COURSE, ids[0], ids[-1])


def test_a_cycle_in_one_statement(db: Session, school: School) -> None:
    """Two rows of one INSERT that close a cycle together are refused."""
    owner = school.user("instructor")
    module_id = school.module(school.course(owner=owner))
    one, two = school.lesson(module_id), school.lesson(module_id)
    first, second = school.course(owner=owner), school.course(owner=owner)
    db.act(user_id=owner)
    with db.refused(409, "prerequisite_cycle"):
        db.run(LINK_LESSON + ", (%s, %s)", one, two, two, one)
    with db.refused(409, "prerequisite_cycle"):
        db.run(LINK_COURSE + ", (%s, %s)", first, second, second, first)


def test_nothing_depends_on_itself(db: Session, school: School) -> None:
    """A lesson or course that names itself is refused by a constraint."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id))
    db.act(user_id=owner)
    with db.refused("23514"):
        db.run(LINK_LESSON, lesson_id, lesson_id)
    with db.refused("23514"):
        db.run(LINK_COURSE, course_id, course_id)


def test_lesson_prerequisite_follows_both_lessons(db: Session, school: School) -> None:
    """The flags of a prerequisite are those of its lessons, also after these have changed."""
    course = school.course(owner=school.user("instructor"))
    module = school.module(course)
    first, second = school.lesson(module, is_published=False), school.lesson(module)
    db.run(LINK_LESSON, second, first)

    def listed() -> tuple[bool, ...]:
        rows = db.all(
            "select is_lesson_listed, is_prerequisite_listed from public.lesson_prerequisites "
            "where lesson_id = %s",
            second,
        )
        return tuple(rows[0].values())

    def visible() -> int:
        db.act("anon")
        found = db.all(
            "select lesson_id from public.lesson_prerequisites where lesson_id = %s", second
        )
        db.act("postgres")
        return len(found)

    assert (listed(), visible()) == ((True, False), 0)
    db.run("update public.lessons set is_published = true where id = %s", first)
    assert (listed(), visible()) == ((True, True), 1)
    db.run("update public.lessons set is_published = false where id = %s", second)
    assert (listed(), visible()) == ((False, True), 0)
    db.run("update public.lessons set is_published = true where id = %s", second)
    db.run("update public.courses set is_published = false where id = %s", course)
    assert (listed(), visible()) == ((False, False), 0)
    db.run("update public.courses set is_published = true where id = %s", course)
    assert (listed(), visible()) == ((True, True), 1)


def test_lesson_prerequisite_is_of_the_same_course(db: Session, school: School) -> None:
    """A lesson cannot depend on a lesson of another course."""
    owner = school.user("instructor")
    one = school.lesson(school.module(school.course(owner=owner)))
    two = school.lesson(school.module(school.course(owner=owner)))
    db.act(user_id=owner)
    with db.refused("23503"):
        db.run(LINK_LESSON, one, two)


# Refusals of plain writes ------------------------------------------------------------------------

INSERT_COURSE = "insert into public.courses (slug, title) values (%s, 'Course')"
INSERT_LESSON = "insert into public.lessons (module_id, slug, title) values (%s, %s, 'Lesson')"


def test_a_position_leaves_room_behind_it(db: Session, school: School) -> None:
    """What is appended behind the largest position has one, too."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id)
    db.act(user_id=owner)
    for table, one in (("modules", module_id), ("lessons", lesson_id)):
        change = sql.SQL("update public.{} set ord = %s where id = %s").format(
            sql.Identifier(table)
        )
        with db.refused("23514"):
            db.run(change, 2147483647, one)
        db.run(change, 999999999, one)
    db.run("insert into public.modules (course_id, title) values (%s, 'Behind')", course_id)
    db.run(INSERT_LESSON, module_id, "behind")


@pytest.mark.parametrize("tags", [[None], [["a", "b"], ["c", "d"]]])
def test_tags_are_a_list_of_texts(db: Session, school: School, tags: list[object]) -> None:
    """Clients read them as such: none is null or a list."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    with db.act(user_id=owner).refused("23514"):
        db.run("update public.courses set tags = %s where id = %s", tags, course_id)


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("courses", "slug", "With Space", "invalid_slug"),
        ("courses", "slug", "", "invalid_slug"),
        ("courses", "slug", "x" * 81, "invalid_slug"),
        ("lessons", "slug", "-x", "invalid_slug"),
        ("courses", "title", " ", "invalid_title"),
        ("courses", "title", "\u00a0\u200b", "invalid_title"),
        ("modules", "title", "", "invalid_title"),
        ("lessons", "title", "x" * 201, "invalid_title"),
        ("courses", "cover_url", "ftp://example.test/x", "invalid_address"),
        ("courses", "cover_url", "https://" + "x" * 2048, "invalid_address"),
        ("lesson_drafts", "video_url", " javascript:alert(1)", "invalid_address"),
        ("lesson_drafts", "md_url", "data:text/html,x", "invalid_address"),
        ("lesson_drafts", "video_url", "java\tscript:alert(1)", "invalid_address"),
        ("profiles", "avatar_url", "javascript:alert(1)", "invalid_address"),
    ],
)
def test_an_invalid_value_is_refused_with_a_code(
    db: Session, school: School, table: str, column: str, value: str, code: str
) -> None:
    """A value that breaks a check of an author's column comes back as a code; a null does not."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id))
    keys = {"courses": ("id", course_id), "modules": ("course_id", course_id)} | {
        "lessons": ("id", lesson_id),
        "lesson_drafts": ("lesson_id", lesson_id),
        "profiles": ("id", owner),
    }
    key, key_id = keys[table]
    update = f"update public.{table} set {column} = %s where {key} = %s"
    db.act(user_id=owner)
    with db.refused(422, code):
        db.run(update, value, key_id)
    if column.endswith("_url"):
        assert db.run(update, None, key_id) == 1
        assert db.run(update, "https://example.test/x", key_id) == 1
    else:
        assert db.run(update, "fine", key_id) == 1


def test_a_taken_slug_is_refused_with_a_code(db: Session, school: School) -> None:
    """A slug is taken among all courses and among the lessons of one course; its own is not."""
    owner = school.user("instructor")
    draft_id = school.course(owner=school.user("instructor"), slug="a-draft", is_published=False)
    course_id, other_id = school.course(owner=owner), school.course(owner=owner)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id, slug="first")
    db.act(user_id=owner)
    rename = "update public.{} set slug = %s where id = %s"
    with db.refused(409, "slug_taken"):
        db.run(INSERT_COURSE, "a-draft")
    with db.refused(409, "slug_taken"):
        db.run(rename.format("courses"), "a-draft", course_id)
    with db.refused(409, "slug_taken"):
        db.run(INSERT_COURSE + ", ('one', 'Course')", "one")
    with db.refused(409, "slug_taken"):
        db.run(INSERT_LESSON, module_id, "first")
    assert db.run(INSERT_LESSON, module_id, "second") == 1
    with db.refused(409, "slug_taken"):
        db.run(rename.format("lessons"), "second", lesson_id)
    assert db.run(rename.format("lessons"), "first", lesson_id) == 1
    assert db.run(INSERT_LESSON, school.module(other_id), "first") == 1
    db.act("service_role")
    with db.refused(409, "slug_taken"):
        db.run(INSERT_COURSE, "a-draft")
    assert db.value("select slug from public.courses where id = %s", draft_id) == "a-draft"


def test_a_stranger_learns_no_slug(db: Session, school: School) -> None:
    """A caller who may not write gets the same answer for a slug of a draft as for a free one."""
    course_id = school.course(owner=school.user("instructor"), slug="a-draft", is_published=False)
    module_id = school.module(course_id)
    school.lesson(module_id, slug="a-secret")
    for stranger in (school.user(), school.user("instructor")):
        db.act(user_id=stranger)
        for slug in ("a-secret", "free", "Not A Slug"):
            with db.refused("42501"):
                db.run(INSERT_LESSON, module_id, slug)
        assert db.run("update public.courses set slug = 'x y' where id = %s", course_id) == 0
        assert db.run("update public.lessons set slug = 'x y' where module_id = %s", module_id) == 0
    db.act(user_id=school.user())
    for slug in ("a-draft", "free", "Not A Slug"):
        with db.refused("42501"):
            db.run(INSERT_COURSE, slug)


def test_an_upsert_resolves_a_taken_slug(db: Session, school: School) -> None:
    """A request that resolves duplicates updates the row with the slug."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner, slug="the-course")
    db.act(user_id=owner)
    upsert = INSERT_COURSE + " on conflict (slug) do update set title = excluded.title returning id"
    with db.refused(409, "slug_taken"):
        db.run(upsert, "the-course")
    prefer = '{"prefer": "return=representation,resolution=merge-duplicates"}'
    db.run("select set_config('request.headers', %s, true)", prefer)
    assert db.value(upsert, "the-course") == course_id


def test_an_entitlement_keeps_a_course(db: Session, school: School) -> None:
    """A course with an entitlement but no enrollment stays; strangers delete nothing."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    db.act(user_id=owner).rpc("grant_entitlement", user_id=learner, course_id=course_id)
    with db.refused(409, "course_has_learners"):
        db.run("delete from public.courses where id = %s", course_id)
    db.act(user_id=learner)
    assert db.run("delete from public.courses where id = %s", course_id) == 0


# Deletion --------------------------------------------------------------------------------------


def test_deleting_a_course(db: Session, school: School) -> None:
    """A course without enrollments is deleted with all its parts; one with enrollments is not."""
    owner, learner = school.user("instructor"), school.user()
    course_id, kept_id = school.course(owner=owner), school.course(owner=owner)
    for one in (course_id, kept_id):
        module_id = school.module(one)
        lessons = [school.lesson(module_id) for _ in range(2)]
        school.session.run(LINK_LESSON, *lessons)
    school.session.run(LINK_COURSE, course_id, kept_id)
    school.enroll(learner, kept_id)
    db.act(user_id=owner).rpc("create_course_code", course_id=course_id)
    assert db.run("delete from public.courses where id = %s", course_id) == 1
    with db.refused(409, "course_has_learners"):
        db.run("delete from public.courses where id = %s", kept_id)
    db.act("postgres")
    for table in (
        "public.modules",
        "public.lessons",
        "public.lesson_contents",
        "public.lesson_drafts",
        "public.lesson_versions",
        "public.lesson_prerequisites",
        "public.course_staff",
        "private.course_codes",
    ):
        assert db.value(f"select count(*) from {table} where course_id = %s", course_id) == 0, table
    assert school.drift() == []


def test_only_the_owner_deletes_a_course(db: Session, school: School) -> None:
    """Instructors and assistants of the course do not; an admin does."""
    owner, instructor = school.user("instructor"), school.user("instructor")
    course_id = school.course(owner=owner)
    school.staff(course_id, instructor, "instructor")
    delete = "delete from public.courses where id = %s"
    db.act(user_id=instructor)
    assert db.run(delete, course_id) == 0
    db.act(user_id=school.user("admin"))
    assert db.run(delete, course_id) == 1


# Addresses: of the web, and of objects in storage.
ADDRESSES = [
    "https://example.test",
    "http://127.0.0.1:5173/a.png",
    "HTTPS://Example.test/a?b=c#d",
    "https://[::1]:8000/x",
    "https://münchen.test/ü",
    "https://x.test/a%20b",
]
PATHS = ["a", "courses/one.mp4", "c0/l1/Ein Film.mp4", "dir/.hidden", "a..b/c"]
NEITHER = [
    "",
    " ",
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "java\nscript:alert(1)",
    "\tjavascript:alert(1)",
    "\u200bjavascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "vbscript:x",
    "data:text/html,x",
    "blob:https://x.test/1",
    "file:///etc/passwd",
    "ftp://x.test/a",
    "//x.test/a",
    "/a/b",
    "a//b",
    "a/",
    "../a",
    "a/../b",
    "a/./b",
    "a/..",
    "a\\b",
    "a/%2e%2e/b",
    "a\u0001b",
    "a\u202eb",
    " a",
    "a/ b",
    "https://",
    "https:///a",
    "https://?a",
    "https://user@x.test",
    "https://x.test@evil.test/",
    "https://x.test/a b",
    "https://x.test/a\tb",
    "https://x.test/a\nb",
    'https://x.test/"onload=',
    "https://x.test/'a",
    "https://x.test/<a",
    "https://x.test\\a",
    "https:/x.test",
    "https:x.test",
    "https://x.test/\u202egpj.exe",
    "https://-",
    "https://x.test/\u00a0a",
    "https://x.test/\u3000a",
    "https://x.test/\u3164",
    "https://\u3164.test",
    "https://x.test/\u180ea",
    "https://x.test/\u2800a",
    "https://x.test/\U000e0041",
    "https://x.test\uff0f@y.test",
    "https://x.test\u2044y.test",
    "https://%78.test/",
    "a/\uff0e\uff0e/b",
    "a/\u2025/b",
    "a\uff0f\uff0fb",
    "\u00a0/a",
    "a\u3164b",
    "https://" + "x" * 2048,
]


@pytest.mark.slow
@pytest.mark.parametrize("text", [*ADDRESSES, *PATHS, *NEITHER])
def test_b9_addresses_are_of_the_web_or_of_storage(db: Session, school: School, text: str) -> None:
    """What an author or a person writes as an address is http, https or an object in storage."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    lesson_id = school.lesson(school.module(course_id))
    for table, column, key, paths in (
        ("profiles", "avatar_url", owner, False),
        ("courses", "cover_url", course_id, False),
        ("lesson_drafts", "md_url", lesson_id, True),
        ("lesson_drafts", "video_url", lesson_id, True),
    ):
        db.act(user_id=owner)
        name = "lesson_id" if table == "lesson_drafts" else "id"
        update = f"update public.{table} set {column} = %s where {name} = %s"
        if text in ADDRESSES or (paths and text in PATHS):
            assert db.run(update, text, key) == 1
        else:
            with db.refused(422, "invalid_address"):
                db.run(update, text, key)
