"""course_outline, lesson_page, lesson_access, explain_access, my_learning: what they show whom."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, call, pages, refuse
from tests.support.database import Row, Session
from tests.support.school import School, insert


def slug_of(db: Session, course_id: UUID) -> str:
    """The slug of a course."""
    db.act("postgres")
    slug: str = db.value("select slug from public.courses where id = %s", course_id)
    return slug


def lessons_in(outline: Row) -> list[str]:
    """The ids of the lessons of an outline, in order."""
    return [lesson["id"] for module in outline["modules"] for lesson in module["lessons"]]


def test_outline(db: Session, school: School) -> None:
    """Course, own enrollment, modules and lessons in order, with the state of each; no content."""
    learner, course_id = school.user(), school.course()
    modules = [school.module(course_id) for _ in range(3)]
    first = [school.lesson(modules[0], body="SECRET-BODY") for _ in range(2)]
    second = [school.lesson(modules[1]) for _ in range(2)]
    draft = school.lesson(modules[1], is_published=False)
    db.run("update public.modules set ord = 4 - ord where course_id = %s", course_id)
    db.run("update public.lessons set ord = 3 - ord where module_id = %s", modules[0])
    school.enroll(learner, course_id)
    slug = slug_of(db, course_id)
    db.act(user_id=learner).rpc("complete_lesson", lesson_id=second[0])
    outline = answer(db, "course_outline", slug=slug)
    assert [module["id"] for module in outline["modules"]] == [str(one) for one in modules[::-1]]
    assert lessons_in(outline) == [str(one) for one in [*second, first[1], first[0]]]
    assert str(draft) not in str(outline)
    assert outline["enrollment"]["progress"] == 25
    assert outline["is_staff"] is False
    assert outline["course"]["slug"] == slug
    assert "created_by" not in outline["course"]
    states = [lesson["status"] for module in outline["modules"] for lesson in module["lessons"]]
    assert states == ["completed", "open", "open", "open"]
    assert "SECRET-BODY" not in str(outline)


def test_outline_for_anyone_and_for_staff(db: Session, school: School) -> None:
    """Anyone sees the locked syllabus of a published course; staff see drafts, and all is open."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id)
    draft_id = school.lesson(module_id, is_published=False)
    school.enroll(owner, course_id)
    slug = slug_of(db, course_id)
    db.run(
        "insert into public.lesson_progress (user_id, lesson_id, course_id, position_seconds) "
        "select %s, l.id, l.course_id, 40 from public.lessons as l where l.course_id = %s",
        owner,
        course_id,
    )
    outline = answer(db.act("anon"), "course_outline", slug=slug)
    assert (outline["enrollment"], outline["is_staff"]) == (None, False)
    assert lessons_in(outline) == [str(lesson_id)]
    assert outline["modules"][0]["lessons"][0]["reason"] == "not_enrolled"
    for session in (
        db.act(user_id=owner),
        db.act(user_id=school.user("admin")),
        db.act("service_role"),
    ):
        outline = answer(session, "course_outline", slug=slug)
        assert outline["is_staff"] is True
        assert lessons_in(outline) == [str(lesson_id), str(draft_id)]
        assert all(lesson["is_open"] for lesson in outline["modules"][0]["lessons"])
    own = answer(db.act(user_id=owner), "course_outline", slug=slug)["modules"][0]["lessons"]
    assert [(lesson["status"], lesson["position_seconds"]) for lesson in own] == [
        ("started", 40),
        ("open", 40),
    ]


def test_outline_tells_who_teaches_and_who_learns(db: Session, school: School) -> None:
    """Owners and instructors without addresses, hours, learners, seats, and the own place."""
    owner = school.user("instructor", name="Olga")
    course_id = school.course(owner=owner, capacity=2)
    for name, role in (("Ines", "instructor"), ("Anna", "assistant")):
        school.staff(course_id, school.user("instructor", name=name), role)
    db.act(user_id=owner).run(
        "update public.profiles set avatar_url = 'https://x.test/o.png', "
        "headline = 'Writes compilers', bio_md = 'Since *1990*.' where id = %s",
        owner,
    )
    module_id = school.module(course_id)
    for minutes in (30, 61.5):
        school.lesson(module_id, duration_minutes=minutes)
    school.lesson(module_id, duration_minutes=600, is_published=False)
    learners = [school.user() for _ in range(4)]
    for learner in learners[:2]:
        school.enroll(learner, course_id)
    for learner in learners[2:]:
        db.act(user_id=learner).rpc("enroll", course_id=course_id)
    places = []
    for reader in (None, *learners):
        session = db.act("anon") if reader is None else db.act(user_id=reader)
        outline = answer(session, "course_outline", course_id=course_id)
        assert outline["teachers"] == [
            {
                "name": "Olga",
                "headline": "Writes compilers",
                "picture": "https://x.test/o.png",
                "bio_md": "Since *1990*.",
            },
            {"name": "Ines", "headline": "", "picture": None, "bio_md": ""},
        ]
        assert (outline["hours"], outline["learner_count"], outline["seats_left"]) == (1.5, 2, 0)
        assert "@" not in str(outline)
        places.append(outline["waitlist_position"])
    assert places == [None, None, None, 1, 2]
    db.act("postgres").run("update public.courses set capacity = null where id = %s", course_id)
    assert answer(db.act("anon"), "course_outline", course_id=course_id)["seats_left"] is None


def make_work(school: School, course_id: UUID) -> tuple[UUID, UUID]:
    """A quiz and a lab of a course, with due dates and a rubric."""
    module_id = school.module(course_id)
    quiz_id, lab_id = (
        school.lesson(module_id, content_type=kind, body=f"About the {kind}.")
        for kind in ("quiz", "lab")
    )
    insert(
        school.session,
        "quizzes",
        **{"lesson_id": quiz_id, "max_attempts": 3, "time_limit_seconds": 60, "draw_count": 2},
        pass_mark=0.5,
        due_at="2100-01-01",
    )
    insert(school.session, "labs", lesson_id=lab_id, due_at="2100-01-02")
    for number in range(3):
        insert(
            school.session,
            "questions",
            **{"lesson_id": quiz_id, "course_id": course_id, "ord": number},
            kind="true_false",
            prompt_md=f"PROMPT {number}",
        )
    school.session.run(
        "insert into private.lab_rubrics (lesson_id, criteria) values (%s, %s)",
        lab_id,
        Jsonb([{"id": "a", "title": "RUBRIC", "points": 4}]),
    )
    return quiz_id, lab_id


def test_outline_has_the_own_work(db: Session, school: School) -> None:
    """Score and position, due dates and attempts left with exceptions, for members only."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    quiz_id, lab_id = make_work(school, course_id)
    video_id = school.lesson(
        school.module(course_id), content_type="video", duration_minutes=5, body=None
    )
    school.enroll(learner, course_id)
    given = {"lesson_id": quiz_id, "user_id": learner, "extra_seconds": 30, "extra_attempts": 2}
    db.act(user_id=owner).rpc("save_quiz_override", **given, due_at="2101-01-01")
    db.act(user_id=learner).rpc("record_progress", lesson_id=video_id, position_seconds=12)
    db.rpc("start_attempt", lesson_id=quiz_id)
    db.act("postgres").run(
        "update public.lesson_progress set score = 80 where lesson_id = %s", video_id
    )

    def lessons(session: Session) -> dict[str, Row]:
        outline = answer(session, "course_outline", course_id=course_id)
        return {one["id"]: one for module in outline["modules"] for one in module["lessons"]}

    mine = lessons(db.act(user_id=learner))
    assert (mine[str(quiz_id)]["due_at"][:4], mine[str(quiz_id)]["attempts_left"]) == ("2101", 4)
    assert (mine[str(lab_id)]["due_at"][:10], mine[str(lab_id)]["attempts_left"]) == (
        "2100-01-02",
        None,
    )
    assert (mine[str(video_id)]["position_seconds"], mine[str(video_id)]["score"]) == (12, 80)
    assert lessons(db.act(user_id=owner))[str(quiz_id)]["attempts_left"] == 3
    for session in (db.act("anon"), db.act(user_id=school.user())):
        for one in lessons(session).values():
            assert (one["due_at"], one["attempts_left"], one["score"]) == (None, None, None)


def test_lesson_page_of_a_quiz(db: Session, school: School) -> None:
    """The rules as they hold for the caller, the number of questions, and no question."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    quiz_id, _ = make_work(school, course_id)
    school.enroll(learner, course_id)
    given = {"lesson_id": quiz_id, "user_id": learner, "extra_seconds": 30, "extra_attempts": 2}
    db.act(user_id=owner).rpc("save_quiz_override", **given, due_at="2101-01-01")
    db.act(user_id=learner).rpc("start_attempt", lesson_id=quiz_id)
    page = answer(db, "lesson_page", lesson_id=quiz_id)
    assert page["content"]["body_md"] == "About the quiz."
    assert (page["is_enrolled"], page["is_staff"]) == (True, False)
    quiz = page["quiz"]
    assert (quiz["pass_mark"], quiz["question_count"]) == (50, 2)
    assert (quiz["max_attempts"], quiz["attempts_left"], quiz["extra_attempts"]) == (5, 4, 2)
    assert (quiz["time_limit_seconds"], quiz["extra_seconds"]) == (90, 30)
    assert quiz["due_at"].startswith("2101-01-01")
    assert page["lab"] is None
    assert "PROMPT" not in str(page)
    own = answer(db.act(user_id=owner), "lesson_page", lesson_id=quiz_id)
    assert (own["is_enrolled"], own["is_staff"]) == (False, True)
    own = own["quiz"]
    assert (own["max_attempts"], own["time_limit_seconds"], own["extra_seconds"]) == (3, 60, 0)
    for session in (db.act("anon"), db.act(user_id=school.user())):
        page = answer(session, "lesson_page", lesson_id=quiz_id)
        assert page["is_enrolled"] is False
        assert (page["quiz"], page["content"], page["lesson"]["reason"]) == (
            *(None, None),
            "not_enrolled",
        )


def test_lesson_page_of_a_lab(db: Session, school: School) -> None:
    """A learner sees the rubric once their work is graded by it, staff at all times."""
    owner, learner, other = school.user("instructor"), school.user(), school.user()
    course_id = school.course(owner=owner)
    _, lab_id = make_work(school, course_id)
    for person in (learner, other):
        school.enroll(person, course_id)
    rubric = [{"id": "a", "title": "RUBRIC", "points": 4}]
    lab = answer(db.act(user_id=owner), "lesson_page", lesson_id=lab_id)["lab"]
    assert lab["rubric"] == rubric
    db.act(user_id=learner)
    (submission,) = db.rpc("submit_lab", lesson_id=lab_id, body="Work.")
    page = answer(db, "lesson_page", lesson_id=lab_id)
    assert page["lab"]["due_at"].startswith("2100-01-02")
    assert page["lab"]["rubric"] is None
    assert "RUBRIC" not in str(page)
    db.act(user_id=owner).rpc(
        "grade_lab",
        **{"submission_id": submission["id"], "score": None, "feedback": None, "accept": False},
        criteria=Jsonb({"a": 3}),
    )
    page = answer(db.act(user_id=learner), "lesson_page", lesson_id=lab_id)
    assert page["lab"]["rubric"] == rubric
    assert "RUBRIC" not in str(answer(db.act(user_id=other), "lesson_page", lesson_id=lab_id))


def test_lesson_page_by_slugs(db: Session, school: School) -> None:
    """Slugs and id give the same page: lesson, own progress, and the neighbours with links."""
    learner, course_id = school.user(), school.course(is_sequential=True)
    modules = [school.module(course_id) for _ in range(2)]
    lessons = [school.lesson(modules[number // 2], body=f"B{number}") for number in range(4)]
    school.enroll(learner, course_id)
    slug = slug_of(db, course_id)
    slugs = [
        db.value("select slug from public.lessons where id = %s", lesson_id)
        for lesson_id in lessons
    ]
    db.act(user_id=learner).rpc("complete_lesson", lesson_id=lessons[0])
    pages = [
        answer(db, "lesson_page", course_slug=slug, lesson_slug=lesson_slug)
        for lesson_slug in slugs
    ]
    assert pages == [answer(db, "lesson_page", lesson_id=lesson_id) for lesson_id in lessons]
    assert [page["content"] and page["content"]["body_md"] for page in pages] == [
        *("B0", "B1"),
        *(None, None),
    ]
    assert pages[0]["progress"]["status"] == "completed"
    assert (pages[0]["previous"], pages[3]["next"], pages[1]["progress"]) == (None, None, None)
    assert (pages[2]["lesson"]["reason"], pages[2]["lesson"]["requires"]) == (
        "sequence",
        [str(lessons[1])],
    )
    assert [
        (page["next"]["slug"], page["next"]["course_slug"], page["next"]["is_open"])
        for page in pages[:3]
    ] == [(slugs[1], slug, True), (slugs[2], slug, False), (slugs[3], slug, False)]
    assert [page["previous"]["id"] for page in pages[1:]] == [str(one) for one in lessons[:3]]
    assert pages[1]["module"]["id"] == str(modules[0])


def test_lesson_page_refuses(db: Session, school: School) -> None:
    """A lesson that the caller cannot see is not there; id and slugs exclude each other."""
    owner = school.user("instructor")
    course_id = school.course(owner=owner)
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id)
    draft_id = school.lesson(module_id, is_published=False)
    hidden = school.lesson(school.module(school.course(is_published=False, owner=owner)))
    slug = slug_of(db, course_id)
    draft_slug = db.value("select slug from public.lessons where id = %s", draft_id)
    for session in (db.act("anon"), db.act(user_id=school.user())):
        for given in (draft_id, hidden, uuid4()):
            refuse(session, "lesson_page", "lesson_not_found", lesson_id=given)
        for lesson_slug in (draft_slug, "no-such-lesson"):
            slugs = {"course_slug": slug, "lesson_slug": lesson_slug}
            refuse(session, "lesson_page", "lesson_not_found", **slugs)
    for arguments in (
        {},
        {"course_slug": slug},
        {"lesson_slug": draft_slug},
        {"lesson_id": lesson_id, "course_slug": slug},
        {"lesson_id": lesson_id, "lesson_slug": draft_slug},
        {"lesson_id": lesson_id, "course_slug": slug, "lesson_slug": draft_slug},
    ):
        refuse(db, "lesson_page", "invalid_lookup", **arguments)
    db.act(user_id=owner)
    for given in (draft_id, hidden):
        page = answer(db, "lesson_page", lesson_id=given)
        assert page["content"]["body_md"] == "Text."


def test_outline_of_an_empty_course(db: Session, school: School) -> None:
    """Courses and modules without children have empty lists, not null."""
    course_id = school.course()
    slug = slug_of(db, course_id)
    assert answer(db.act("anon"), "course_outline", slug=slug)["modules"] == []
    school.module(course_id)
    assert answer(db.act("anon"), "course_outline", slug=slug)["modules"][0]["lessons"] == []


def test_outline_refuses(db: Session, school: School) -> None:
    """Unknown, NULL and hidden courses are one and the same."""
    course_id = school.course(is_published=False, owner=school.user("instructor"))
    slug = slug_of(db, course_id)
    for session in (
        db.act("anon"),
        db.act(user_id=school.user()),
        db.act(user_id=school.user("instructor")),
    ):
        for given in (slug, "no-such-course", ""):
            refuse(session, "course_outline", "course_not_found", slug=given)
        for id_ in (course_id, uuid4()):
            refuse(session, "course_outline", "course_not_found", course_id=id_)
    for arguments in ({}, {"slug": slug, "course_id": course_id}):
        refuse(db, "course_outline", "invalid_lookup", **arguments)
    db.act(user_id=school.user("admin"))
    assert answer(db, "course_outline", course_id=course_id)["course"]["slug"] == slug
    assert answer(db, "course_outline", slug=slug)["course"]["is_published"] is False


def test_lesson_access_lists_in_order(db: Session, school: School) -> None:
    """One row a published lesson, in the order of the course."""
    course_id = school.course()
    modules = [school.module(course_id) for _ in range(2)]
    lessons = [school.lesson(modules[number % 2]) for number in range(4)]
    db.act("anon")
    rows = db.rpc("lesson_access", course_id=course_id)
    assert [row["lesson_id"] for row in rows] == [lessons[0], lessons[2], lessons[1], lessons[3]]
    assert {row["status"] for row in rows} == {"locked"}


def test_d11_a_course_of_1200_lessons_is_whole(db: Session, school: School) -> None:
    """The outline has all lessons, lesson_access all pages, and the last lesson has its page."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    modules = [school.module(course_id) for _ in range(3)]
    db.run(
        "insert into public.lessons (module_id, slug, title, is_published) "
        "select m.id, 'lesson-' || m.ordinality || '-' || n, 'Lesson', true "
        "from unnest(%s::uuid[]) with ordinality as m (id), generate_series(1, 400) as n",
        modules,
    )
    school.enroll(learner, course_id)
    db.act(user_id=learner)
    outline = answer(db, "course_outline", course_id=course_id)
    ids = [UUID(one["id"]) for part in outline["modules"] for one in part["lessons"]]
    assert len(set(ids)) == 1200
    listed = list(pages(db, "lesson_access", course_id=course_id, page_size=200))
    assert [len(page) for page in listed] == [200] * 6
    assert [row["lesson_id"] for page in listed for row in page] == ids
    assert answer(db, "explain_access", lesson_id=ids[-1])["is_open"]
    page = answer(db, "lesson_page", lesson_id=ids[-1])
    assert page["lesson"]["status"] == "open"
    assert page["previous"]["id"] == str(ids[-2])


def test_lesson_access_refuses(db: Session, school: School) -> None:
    """A course that the caller cannot see is not there."""
    hidden_id = school.course(is_published=False, owner=school.user("instructor"))
    for session in (db.act("anon"), db.act(user_id=school.user())):
        for given in (hidden_id, uuid4(), None):
            refuse(session, "lesson_access", "course_not_found", course_id=given)
    refuse(db.act("service_role"), "lesson_access", "course_not_found", course_id=uuid4())
    refuse(db, "lesson_access", "invalid_page", course_id=hidden_id, page_size=201)
    refuse(db, "lesson_access", "invalid_cursor", course_id=hidden_id, cursor="x")


def test_explain_access_refuses(db: Session, school: School) -> None:
    """A lesson that the caller cannot see is not there, whichever the reason."""
    owner = school.user("instructor")
    hidden = school.lesson(school.module(school.course(is_published=False, owner=owner)))
    draft = school.lesson(school.module(school.course(owner=owner)), is_published=False)
    for session in (db.act("anon"), db.act(user_id=school.user())):
        for given in (hidden, draft, uuid4(), None):
            refuse(session, "explain_access", "lesson_not_found", lesson_id=given)
    db.act(user_id=owner)
    for given in (hidden, draft):
        assert answer(db, "explain_access", lesson_id=given)["is_open"] is True
    refuse(db, "explain_access", "lesson_not_found", lesson_id=uuid4())


def test_explain_access_gives_the_date(db: Session, school: School) -> None:
    """opens_at is the later of the two release dates, and absent once it has passed."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    later = school.lesson(module_id, release_at="2100-01-01T00:00:00Z", release_after="1 day")
    after = school.lesson(module_id, release_at="2000-01-01T00:00:00Z", release_after="1 day")
    school.enroll(learner, course_id)
    enrolled_at = db.value("select enrolled_at from public.enrollments where user_id = %s", learner)
    db.act(user_id=learner)
    assert answer(db, "explain_access", lesson_id=later)["opens_at"].startswith("2100-01-01")
    (row,) = [
        one for one in db.rpc("lesson_access", course_id=course_id) if one["lesson_id"] == after
    ]
    assert (row["opens_at"] - enrolled_at).days == 1
    # Nobody's enrollment: release_after has nothing to count from.
    stranger = answer(db.act("anon"), "explain_access", lesson_id=later)
    assert stranger["reason"] == "not_enrolled"


def test_my_learning_does_not_depend_on_the_cache(db: Session, school: School) -> None:
    """The next lesson is the same with the entry of open_lessons, without it, and with a part."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    school.lesson(module_id, release_at="2100-01-01T00:00:00Z")
    following, last = school.lesson(module_id), school.lesson(module_id)
    school.enroll(learner, course_id)
    entry = "private.open_lessons where user_id = %s and course_id = %s"
    keep = "update private.open_lessons set lesson_ids = array[%s::uuid] where user_id = %s"
    for change, given in (
        (f"select from {entry}", [learner, course_id]),
        (keep, [last, learner]),
        (f"delete from {entry}", [learner, course_id]),
    ):
        db.act("postgres").run(change, *given)
        [row] = db.act(user_id=learner).rpc("my_learning")
        assert row["next_lesson"]["id"] == str(following)


def test_my_learning(db: Session, school: School) -> None:
    """One row a course, last used first, without withdrawn ones, and the next open lesson."""
    learner = school.user()
    courses = [school.course() for _ in range(3)]
    lessons = {}
    for course_id in courses:
        module_id = school.module(course_id)
        lessons[course_id] = [school.lesson(module_id) for _ in range(3)]
    left_id, waiting_id = school.course(), school.course(enrollment_mode="approval")
    for course_id in [*courses, left_id, waiting_id]:
        db.act(user_id=learner).rpc("enroll", course_id=course_id)
    db.rpc("withdraw", course_id=left_id)
    db.rpc("complete_lesson", lesson_id=lessons[courses[1]][0])
    for lesson_id in lessons[courses[0]]:
        db.rpc("complete_lesson", lesson_id=lesson_id)
    rows = {row["course_id"]: row for row in db.rpc("my_learning")}
    assert set(rows) == {*courses, waiting_id}
    following = {course_id: row["next_lesson"] for course_id, row in rows.items()}
    assert following[courses[0]] is None
    assert following[courses[1]]["id"] == str(lessons[courses[1]][1])
    assert following[courses[2]]["id"] == str(lessons[courses[2]][0])
    assert following[waiting_id] is None
    assert (rows[courses[0]]["status"], rows[courses[0]]["progress"]) == ("completed", 100)
    assert rows[courses[1]]["lessons_completed"] == 1
    assert rows[courses[1]]["required_count"] == 3
    assert rows[waiting_id]["status"] == "pending"


def test_my_learning_skips_locked_lessons(db: Session, school: School) -> None:
    """The next lesson is an open one, also when an earlier one is locked."""
    learner, course_id = school.user(), school.course()
    module_id = school.module(course_id)
    school.lesson(module_id, release_at="2100-01-01")
    reachable = school.lesson(module_id)
    school.enroll(learner, course_id)
    (row,) = db.act(user_id=learner).rpc("my_learning")
    assert row["next_lesson"]["id"] == str(reachable)


def test_my_learning_is_ordered_by_activity(db: Session, school: School) -> None:
    """The course that was used last comes first."""
    learner = school.user()
    courses = [school.course() for _ in range(3)]
    for course_id in courses:
        school.enroll(learner, course_id)
    db.run(
        "update public.enrollments set last_activity_at = now() - interval '1 day' "
        "where course_id = %s",
        courses[0],
    )
    db.run(
        "update public.enrollments set last_activity_at = now() + interval '1 day' "
        "where course_id = %s",
        courses[2],
    )
    rows = db.act(user_id=learner).rpc("my_learning")
    assert [row["course_id"] for row in rows] == [courses[2], courses[1], courses[0]]


def test_my_learning_is_ones_own(db: Session, school: School) -> None:
    """Nobody else's courses, for staff and admins neither; without a user not_authenticated."""
    owner = school.user("instructor")
    school.enroll(school.user(), school.course(owner=owner))
    for actor in (owner, school.user("admin"), school.user()):
        assert db.act(user_id=actor).rpc("my_learning") == []
    for nobody in (None, uuid4()):
        db.act(user_id=nobody)
        refuse(db, "my_learning", "not_authenticated")


def test_my_learning_in_pages(db: Session, school: School) -> None:
    """Pages of any size give each course once, in the order of the whole list."""
    learner = school.user()
    for number in range(7):
        school.enroll(learner, school.course())
        db.run(
            "update public.enrollments set last_activity_at = now() - %s * interval '1 second' "
            "where user_id = %s and last_activity_at = now()",
            # Some at the same time.
            number // 2 + 0.123457,
            learner,
        )
    whole = [row["course_id"] for row in db.act(user_id=learner).rpc("my_learning")]
    assert len(whole) == 7
    for size in (1, 2, 3, 7, 200):
        found: list[UUID] = []
        cursor = None
        while rows := db.rpc("my_learning", page_size=size, cursor=cursor):
            assert len(rows) <= size
            found += [row["course_id"] for row in rows]
            cursor = rows[-1]["cursor"]
        assert found == whole
    for wrong in (0, 201, None):
        refuse(db, "my_learning", "invalid_page", page_size=wrong)
    refuse(db, "my_learning", "invalid_cursor", cursor="x")


def test_my_learning_names_links_and_certificates(db: Session, school: School) -> None:
    """The next lesson and due dates carry slugs; a completed course its certificate's code."""
    learner, course_id, done_id = school.user(), school.course(), school.course()
    quiz_id, lab_id = make_work(school, course_id)
    only_id = school.lesson(school.module(done_id))
    for one in (course_id, done_id):
        school.enroll(learner, one)
    slug = slug_of(db, course_id)
    completion = call(db.act(user_id=learner), "complete_lesson", lesson_id=only_id)
    rows = {row["course_id"]: row for row in db.rpc("my_learning")}
    assert completion["is_course_complete"] is True
    code = completion["certificate_code"]
    assert code is not None
    assert (rows[done_id]["certificate_code"], rows[course_id]["certificate_code"]) == (code, None)
    assert answer(db, "course_outline", course_id=done_id)["certificate_code"] == code
    assert answer(db, "verify_certificate", code=code)["valid"] is True
    assert rows[course_id]["next_lesson"]["id"] == str(quiz_id)
    assert rows[course_id]["next_lesson"]["course_slug"] == slug
    assert [(due["lesson_id"], due["course_slug"]) for due in rows[course_id]["due_dates"]] == [
        (str(quiz_id), slug),
        (str(lab_id), slug),
    ]
    assert all(due["lesson_slug"] for due in rows[course_id]["due_dates"])
    certificate_id = db.act("postgres").value(
        "select id from public.certificates where code = %s", code
    )
    db.act(user_id=school.user("admin")).rpc(
        "revoke_certificate", certificate_id=certificate_id, reason="A mistake."
    )
    db.act(user_id=learner)
    assert {row["certificate_code"] for row in db.rpc("my_learning")} == {None}
    assert answer(db, "course_outline", course_id=done_id)["certificate_code"] is None
    again = call(db, "complete_lesson", lesson_id=only_id)
    assert (again["is_course_complete"], again["certificate_code"]) == (True, None)


@pytest.mark.parametrize(
    "function", ["course_outline", "lesson_access", "explain_access", "lesson_page"]
)
def test_readers_write_nothing(db: Session, school: School, function: str) -> None:
    """The readers work in a read-only transaction, as PostgREST runs a GET."""
    learner, course_id = school.user(), school.course()
    lesson_id = school.lesson(school.module(course_id))
    school.enroll(learner, course_id)
    given: dict[str, dict[str, Any]] = {
        "course_outline": {"slug": slug_of(db, course_id)},
        "lesson_access": {"course_id": course_id},
        "explain_access": {"lesson_id": lesson_id},
        "lesson_page": {"lesson_id": lesson_id},
    }
    db.act(user_id=learner)
    db.run("set transaction read only")
    assert len(db.rpc(function, **given[function])) == 1
    assert db.rpc("my_learning")[0]["next_lesson"]["id"] == str(lesson_id)
