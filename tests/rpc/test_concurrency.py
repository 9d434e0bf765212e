"""Many connections at once, committed: seats, codes, counts and locks. No deadlock is accepted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import (
    LOST,
    Background,
    Job,
    World,
    as_owner,
    as_role,
    as_user,
    at_once,
    committed,
    refusals,
    transaction,
)
from tests.support.database import Database, Row, Session

pytestmark = pytest.mark.once


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []


def none_refused(answers: Sequence[Any]) -> None:
    """No call may end with an error."""
    assert [(one.state, one.code) for one in refusals(answers)] == []


def only_refused(answers: Sequence[Any], *codes: str) -> None:
    """Calls end with an answer or one of these codes; never with a deadlock or a constraint."""
    assert {one.code for one in refusals(answers)} <= set(codes)


def as_person(user_id: UUID, statement: str, *params: Any) -> Job:
    """A job: one statement by a signed-in user on a table, as PostgREST runs it."""

    def job(session: Session) -> int:
        session.act(user_id=user_id)
        return session.run(statement, *params)

    return job


def shuffled(jobs: Sequence[Job], seed: int = 7) -> list[Job]:
    """The jobs in an order that does not group them by kind."""
    mixed = list(jobs)
    random.Random(seed).shuffle(mixed)
    return mixed


def queue(world: World, course_id: UUID, status: str = "waitlisted") -> list[UUID]:
    """The learners in this state, in the order of asking."""
    rows = world.all(
        "select user_id from public.enrollments where course_id = %s and status = %s "
        "order by requested_at, id",
        course_id,
        status,
    )
    return [row["user_id"] for row in rows]


# Seats -----------------------------------------------------------------------------------------


def test_two_hundred_learners_and_fifty_seats(database: Database, world: World) -> None:
    """200 enroll at once: 50 active, 150 waitlisted; 30 withdraw at once: the first 30 move up."""
    course_id = world.course(capacity=50)
    people = world.users(200)
    world.commit()
    answers = at_once(database, [as_user(one, "enroll", course_id=course_id) for one in people])
    none_refused(answers)
    assert Counter(rows[0]["status"] for rows in answers) == {"active": 50, "waitlisted": 150}
    assert world.statuses(course_id) == {"active": 50, "waitlisted": 150}
    waiting = queue(world, course_id)
    leaving = queue(world, course_id, "active")[:30]
    none_refused(
        at_once(database, [as_user(one, "withdraw", course_id=course_id) for one in leaving])
    )
    assert world.statuses(course_id) == {"active": 50, "waitlisted": 120, "withdrawn": 30}
    assert queue(world, course_id) == waiting[30:]
    moved = world.all(
        "select user_id from public.enrollments where course_id = %s and user_id = any(%s) "
        "order by enrolled_at",
        course_id,
        waiting[:30],
    )
    assert [row["user_id"] for row in moved] == waiting[:30]


def test_capacity_changes_while_learners_enroll(database: Database, world: World) -> None:
    """Seats are added and taken away while 60 enroll and withdraw; in the end all are used."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, capacity=5)
    people = world.users(60)
    world.commit()
    jobs = [as_user(one, "enroll", course_id=course_id) for one in people]
    jobs += [as_user(one, "withdraw", course_id=course_id) for one in people[:15]]
    for capacity in (10, 3, 20, 40):
        set_seats = "update public.courses set capacity = %s where id = %s"
        jobs.append(as_person(owner, set_seats, capacity, course_id))
    only_refused(at_once(database, shuffled(jobs), connections=30), "not_enrolled")
    world.all("update public.courses set capacity = 40 where id = %s", course_id)
    states = world.statuses(course_id)
    assert states["active"] == min(40, 60 - states.get("withdrawn", 0))


def test_a_seat_is_never_given_twice(database: Database, world: World) -> None:
    """While 40 come and go three times each, no snapshot shows more learners than seats."""
    course_id = world.course(capacity=7)
    people = world.users(40)
    world.commit()
    jobs: list[Job] = []
    for _ in range(3):
        jobs += [as_user(one, "enroll", course_id=course_id) for one in people]
        jobs += [as_user(one, "withdraw", course_id=course_id) for one in people]

    def look(session: Session) -> int:
        taken: int = session.value(
            "select count(*) from public.enrollments "
            "where course_id = %s and status in ('active', 'completed')",
            course_id,
        )
        return taken

    jobs += [look] * 60
    answers = at_once(database, shuffled(jobs), connections=20)
    only_refused(answers, "not_enrolled")
    assert max(value for value in answers if isinstance(value, int)) <= 7


def test_a_code_with_twenty_uses(database: Database, world: World) -> None:
    """60 learners at once with a code for 20: 20 are in, 40 are refused, 20 uses are counted."""
    course_id = world.course(enrollment_mode="code")
    people = world.users(60)
    world.session.act("service_role").rpc(
        "create_course_code", course_id=course_id, code="twenty-uses", max_uses=20
    )
    world.commit()
    answers = at_once(
        database,
        [as_user(one, "enroll", course_id=course_id, code="twenty-uses") for one in people],
    )
    assert Counter(one.code for one in refusals(answers)) == {"code_invalid": 40}
    assert world.statuses(course_id) == {"active": 20}
    assert (
        world.value("select use_count from private.course_codes where course_id = %s", course_id)
        == 20
    )


def test_one_learner_on_twenty_connections(database: Database, world: World) -> None:
    """The same learner enrolls 20 times at once: one row, one right, and the code is used once."""
    course_id = world.course(enrollment_mode="code", capacity=5)
    learner = world.user()
    world.session.act("service_role").rpc(
        "create_course_code", course_id=course_id, code="only-once-26", max_uses=1
    )
    world.commit()
    answers = at_once(
        database, [as_user(learner, "enroll", course_id=course_id, code="only-once-26")] * 20
    )
    none_refused(answers)
    assert len({rows[0]["id"] for rows in answers}) == 1
    assert world.statuses(course_id) == {"active": 1}
    assert (
        world.value("select use_count from private.course_codes where course_id = %s", course_id)
        == 1
    )
    assert (
        world.value("select count(*) from public.entitlements where course_id = %s", course_id) == 1
    )


def test_rosters_and_learners(database: Database, world: World) -> None:
    """Rosters in opposite orders, learners who enroll and leave, and reviews: no deadlock."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, capacity=20)
    people = world.users(30)
    askers = world.users(10)
    pending = [world.school.enroll(one, course_id, "pending") for one in askers]
    world.commit()
    entries = [{"user_id": str(one)} for one in [*people, *askers]]
    jobs: list[Job] = []
    for number in range(6):
        order = entries[number:] + entries[:number]
        learners = Jsonb(order if number % 2 else order[::-1])
        jobs.append(
            as_role("service_role", "enroll_roster", course_id=course_id, learners=learners)
        )
    for one in people:
        jobs += [as_user(one, "enroll", course_id=course_id)] * 2
        jobs.append(as_user(one, "withdraw", course_id=course_id))
    jobs += [as_user(owner, "decide_enrollment", enrollment_id=one, accept=True) for one in pending]
    answers = at_once(database, shuffled(jobs), connections=25)
    only_refused(answers, "not_enrolled", "not_pending")
    assert world.statuses(course_id)["active"] == 20


def test_two_reviews_at_once(database: Database, world: World) -> None:
    """Accepted and declined at once: one decision counts, the other says not_pending."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    for _ in range(6):
        enrollment_id = world.school.enroll(world.user(), course_id, "pending")
        world.commit()
        answers = at_once(
            database,
            [
                as_user(owner, "decide_enrollment", enrollment_id=enrollment_id, accept=accept)
                for accept in (True, False)
            ],
        )
        assert [one.code for one in refusals(answers)] == ["not_pending"]


def test_the_waitlist_passes_over_nobody(database: Database, world: World) -> None:
    """Refused reports of the first waitlisted learner do not cost them the freed seat."""
    course_id = world.course(capacity=1)
    (lesson_id,) = world.lessons(course_id, 1)
    people = world.users(3)
    world.commit()
    for one in people:
        none_refused(at_once(database, [as_user(one, "enroll", course_id=course_id)]))
    for _ in range(6):
        leaving, following, _ = people
        jobs = [as_user(following, "record_progress", lesson_id=lesson_id)] * 12
        jobs.insert(6, as_user(leaving, "withdraw", course_id=course_id))
        only_refused(at_once(database, jobs), "not_enrolled")
        assert queue(world, course_id, "active") == [following]
        none_refused(at_once(database, [as_user(leaving, "enroll", course_id=course_id)]))
        people = [*people[1:], leaving]


def test_a_roster_waits_for_more_seats(database: Database, world: World) -> None:
    """Learners who enroll while seats are added get one of them."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, capacity=1)
    people = world.users(3)
    world.school.enroll(people[0], course_id)
    world.commit()
    learners = Jsonb([{"user_id": str(one)} for one in people])
    with transaction(database) as editor:
        editor.run("update public.courses set capacity = 3 where id = %s", course_id)
        waiting = Background(
            database,
            as_role("service_role", "enroll_roster", course_id=course_id, learners=learners),
        )
        assert waiting.blocked()
        editor.commit()
    statuses = [row["status"] for row in waiting.result()]
    assert statuses == ["already", "enrolled", "enrolled"]


def test_a_connection_that_dies(database: Database, world: World) -> None:
    """A backend that is killed in mid-transaction takes no seat and leaves no lock."""
    course_id = world.course(capacity=1, enrollment_mode="code")
    first, second = world.users(2)
    world.session.act("service_role").rpc(
        "create_course_code", course_id=course_id, code="one-use-only", max_uses=1
    )
    world.commit()
    code = {"course_id": course_id, "code": "one-use-only"}
    with transaction(database) as dying:
        dying.act(user_id=first).rpc("enroll", **code)
        waiting = Background(database, as_user(second, "enroll", **code))
        assert waiting.blocked()
        world.all("select pg_terminate_backend(%s)", dying.backend())
        (row,) = waiting.result()
        assert row["status"] == "active"
        with pytest.raises(LOST):
            dying.commit()
    assert world.statuses(course_id) == {"active": 1}


def test_a_rolled_back_enrollment_frees_the_seat(database: Database, world: World) -> None:
    """The next learner waits for the end of the transaction, and gets the seat when it fails."""
    course_id = world.course(capacity=1)
    first, second = world.users(2)
    world.commit()
    with transaction(database) as session:
        session.act(user_id=first).rpc("enroll", course_id=course_id)
        waiting = Background(database, as_user(second, "enroll", course_id=course_id))
        assert waiting.blocked()
        session.rollback()
    assert waiting.result()[0]["status"] == "active"


# Progress --------------------------------------------------------------------------------------


def test_publishing_while_learners_complete(database: Database, world: World) -> None:
    """Lessons and the course come and go while 20 learners complete them; every count is right."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    lessons = world.lessons(course_id, 6)
    module_id = world.value("select module_id from public.lessons where id = %s", lessons[0])
    people = world.users(20)
    world.commit()
    none_refused(at_once(database, [as_user(one, "enroll", course_id=course_id) for one in people]))
    toggle = "update public.lessons set is_published = not is_published where id = %s"
    required = "update public.lessons set is_required = not is_required where id = %s"
    jobs: list[Job] = []
    for one in people:
        jobs += [as_user(one, "complete_lesson", lesson_id=lesson) for lesson in lessons]
    for number in range(15):
        jobs += [
            as_person(owner, toggle, lessons[number % 6]),
            as_person(owner, required, lessons[(number + 3) % 6]),
            as_user(owner, "unpublish_course", course_id=course_id),
            as_user(owner, "publish_course", course_id=course_id),
            as_user(
                owner,
                "reorder_lessons",
                module_id=module_id,
                lesson_ids=lessons if number % 2 else lessons[::-1],
            ),
        ]
    answers = at_once(database, shuffled(jobs), connections=20)
    only_refused(answers, "lesson_locked", "not_enrolled")
    assert world.drift() == []


def test_lessons_come_and_go(database: Database, world: World) -> None:
    """Lessons are added, moved and deleted with their modules while learners complete them."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    modules = [world.school.module(course_id) for _ in range(8)]
    lessons = [[world.school.lesson(one) for _ in range(3)] for one in modules]
    people = world.users(12)
    world.commit()
    none_refused(at_once(database, [as_user(one, "enroll", course_id=course_id) for one in people]))
    jobs: list[Job] = []
    for number, module_id in enumerate(modules):
        for one in people:
            jobs.append(as_user(one, "complete_lesson", lesson_id=lessons[number][0]))
        added = f"added-{number}"
        jobs += [
            as_person(
                owner,
                "insert into public.lessons (module_id, slug, title, is_published) "
                "values (%s, %s, 'Added', true)",
                modules[0],
                added,
            ),
            as_person(owner, "delete from public.lessons where slug = %s", added),
            as_person(
                owner,
                "update public.lessons set module_id = %s where id = %s",
                modules[0],
                lessons[number][1],
            ),
            as_person(owner, "delete from public.lessons where id = %s", lessons[number][2]),
        ]
        if number:
            jobs.append(as_person(owner, "delete from public.modules where id = %s", module_id))
    answers = at_once(database, shuffled(jobs), connections=20)
    only_refused(answers, "lesson_not_found", "lesson_locked", "lesson_has_work")
    assert world.drift() == []


WALKERS = 6


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a20_a_syllabus_is_published_and_reordered_while_it_changes(
    database: Database, world: World, seed: int
) -> None:
    """Modules and lessons come, go and move under publications, reorders and the archive."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    learner = world.user()
    world.school.enroll(learner, course_id)
    modules = [world.school.module(course_id) for _ in range(6)]
    lessons = [world.school.lesson(module_id) for module_id in modules for _ in range(3)]
    world.commit()
    chance = random.Random(seed)

    def reorder(function: str, key: str, ids: str, table: str, parent: str, of: UUID) -> Job:
        def job(session: Session) -> Any:
            session.act(user_id=owner)
            rows = session.all(f"select id from public.{table} where {parent} = %s", of)
            found = [row["id"] for row in rows]
            session.commit()
            session.act(user_id=owner)
            return session.rpc(function, **{key: of, ids: found[::-1]})

        return job

    def one_step() -> Job:
        module_id, lesson_id = chance.choice(modules), chance.choice(lessons)
        name = f"walk-{chance.random()}".replace(".", "-")
        insert_lesson = (
            "insert into public.lessons (module_id, slug, title, is_published) "
            "select m.id, %s, 'Added', true from public.modules as m where m.id = %s"
        )
        steps: list[Callable[[], Job]] = [
            lambda: as_user(owner, "publish_course", course_id=course_id),
            lambda: as_user(owner, "unpublish_course", course_id=course_id),
            lambda: reorder(
                "reorder_modules", "course_id", "module_ids", "modules", "course_id", course_id
            ),
            lambda: reorder(
                "reorder_lessons", "module_id", "lesson_ids", "lessons", "module_id", module_id
            ),
            lambda: as_person(
                owner,
                "insert into public.modules (course_id, title) values (%s, 'Added')",
                course_id,
            ),
            lambda: as_person(owner, "delete from public.modules where id = %s", module_id),
            lambda: as_person(
                owner,
                "delete from public.modules where course_id = %s and title = 'Added'",
                course_id,
            ),
            lambda: as_person(owner, insert_lesson, name, module_id),
            lambda: as_person(owner, "delete from public.lessons where id = %s", lesson_id),
            lambda: as_person(
                owner,
                "update public.lessons set is_required = not is_required where course_id = %s",
                course_id,
            ),
            lambda: as_person(
                owner,
                "update public.lessons set module_id = %s where id = %s and exists "
                "(select from public.modules as m where m.id = %s)",
                module_id,
                lesson_id,
                module_id,
            ),
            lambda: as_user(owner, "archive_module", module_id=module_id),
            lambda: as_user(owner, "restore_module_archive", module_id=module_id),
            lambda: as_user(owner, "archive_lesson", lesson_id=lesson_id),
            lambda: as_user(learner, "complete_lesson", lesson_id=lesson_id),
        ]
        return chance.choice(steps)()

    jobs = [one_step() for _ in range(120)]
    answers = at_once(database, jobs, connections=WALKERS)
    only_refused(
        answers,
        *("incomplete_list", "not_course_staff", "module_archived", "lesson_not_found"),
        *("lesson_locked", "lesson_has_work", "module_not_found"),
    )
    assert world.drift() == []


def test_a20_publication_waits_for_an_insert_and_lists_it(database: Database, world: World) -> None:
    """A module that is being inserted is listed by the publication that waits for it."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, is_published=False)
    world.lessons(course_id, 1)
    world.commit()
    with transaction(database) as writer:
        writer.act(user_id=owner)
        module_id = writer.value(
            "insert into public.modules (course_id, title) values (%s, 'Added') returning id",
            course_id,
        )
        writer.run(
            "insert into public.lessons (module_id, slug, title, is_published, content_type, "
            "completion_rule) values (%s, 'added', 'Added', true, 'lab', 'manual')",
            module_id,
        )
        publication = Background(database, as_user(owner, "publish_course", course_id=course_id))
        assert publication.blocked()
        writer.commit()
        (answer,) = publication.result()
    assert answer["publish_course"]["is_published"] is True
    assert world.value("select is_listed from public.modules where id = %s", module_id)
    assert world.drift() == []


def test_one_event_on_ten_connections(database: Database, world: World) -> None:
    """The same report from ten connections is counted once, and so are different ones."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1, content_type="video", duration_minutes=10)
    learner = world.user()
    world.school.enroll(learner, course_id)
    world.school.let_pass(learner, 600)
    world.commit()
    event_id = uuid4()
    jobs = [
        as_user(
            learner,
            "record_progress",
            lesson_id=lesson_id,
            watched=Jsonb([[0, 10]]),
            seconds_spent=10,
            event_id=event_id,
        )
    ] * 10
    jobs += [
        as_user(
            learner,
            "record_progress",
            lesson_id=lesson_id,
            watched=Jsonb([[start, start + 10]]),
            position_seconds=start,
            seconds_spent=10,
            event_id=uuid4(),
        )
        for start in range(100, 200, 10)
    ]
    none_refused(at_once(database, shuffled(jobs)))
    row = world.all("select * from public.lesson_progress where lesson_id = %s", lesson_id)[0]
    assert (row["seconds_spent"], row["furthest_seconds"]) == (110, 190)
    assert [(span.lower, span.upper) for span in row["watched"]] == [(0, 10), (100, 200)]


def test_the_last_two_lessons_at_once(database: Database, world: World) -> None:
    """The course is completed once, with one date and one version, and counts both lessons."""
    course_id = world.course()
    lessons = world.lessons(course_id, 2)
    people = world.users(10)
    for one in people:
        world.school.enroll(one, course_id)
    world.commit()
    jobs = [
        as_user(one, "complete_lesson", lesson_id=lesson)
        for one in people
        for lesson in lessons
        for _ in range(2)
    ]
    none_refused(at_once(database, jobs))
    assert world.statuses(course_id) == {"completed": 10}
    rows = world.all(
        "select distinct lessons_completed, progress, completed_version "
        "from public.enrollments where course_id = %s",
        course_id,
    )
    assert len(rows) == 1
    assert (rows[0]["lessons_completed"], rows[0]["progress"]) == (2, 100)


def test_a_lesson_that_is_unpublished_meanwhile(database: Database, world: World) -> None:
    """A completion that waits for an open unpublish sees its result and is refused."""
    course_id = world.course()
    lessons = world.lessons(course_id, 2)
    learner = world.user()
    world.school.enroll(learner, course_id)
    world.commit()
    with transaction(database) as editor:
        editor.run("update public.lessons set is_published = false where id = %s", lessons[0])
        waiting = Background(database, as_user(learner, "complete_lesson", lesson_id=lessons[0]))
        assert waiting.blocked()
        editor.commit()
    assert waiting.result().code == "lesson_locked"


def test_a_suspension_waits_for_a_report(database: Database, world: World) -> None:
    """What ends the rights of an account waits for its calls, and the next call is refused."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    learner, admin = world.user(), world.user("admin")
    world.school.enroll(learner, course_id)
    world.commit()
    given = {"lesson_id": lesson_id, "seconds_spent": 1}
    for function, more in (
        ("set_user_role", {"role": "instructor"}),
        ("suspend_user", {"reason": "Spam."}),
    ):
        with transaction(database) as report:
            report.act(user_id=learner).rpc("record_progress", **given)
            waiting = Background(database, as_user(admin, function, user_id=learner, **more))
            assert waiting.blocked()
            report.commit()
        assert refusals([waiting.result()]) == []
    (refused,) = refusals(at_once(database, [as_user(learner, "record_progress", **given)]))
    assert refused.code == "account_suspended"


# Authoring and rights --------------------------------------------------------------------------


def test_reorders_at_once(database: Database, world: World) -> None:
    """Reorders, additions and moves in one course at once leave unique positions."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner)
    modules = [world.school.module(course_id) for _ in range(4)]
    lessons = [world.school.lesson(modules[0]) for _ in range(4)]
    world.commit()
    jobs: list[Job] = []
    for number in range(20):
        turned = modules[number % 4 :] + modules[: number % 4]
        jobs += [
            as_user(owner, "reorder_modules", course_id=course_id, module_ids=turned),
            as_user(owner, "reorder_lessons", module_id=modules[0], lesson_ids=lessons[::-1]),
            as_person(
                owner,
                "insert into public.lessons (module_id, slug, title) values (%s, %s, 'New')",
                modules[1],
                f"new-{number}",
            ),
            as_person(
                owner,
                "update public.lessons set module_id = %s where slug = %s",
                modules[2],
                f"new-{number}",
            ),
        ]
    none_refused(at_once(database, jobs, connections=16))
    rows = world.all(
        "select module_id, count(*), count(distinct ord) as places from public.lessons "
        "where course_id = %s group by module_id",
        course_id,
    )
    assert all(row["count"] == row["places"] for row in rows)


def test_publishing_at_once(database: Database, world: World) -> None:
    """Two publish the same course at once: one audit line."""
    owner, second = world.users(2, "instructor")
    course_id = world.course(owner=owner, is_published=False)
    world.school.staff(course_id, second, "instructor")
    world.lessons(course_id, 1)
    world.commit()
    jobs = [as_user(one, "publish_course", course_id=course_id) for one in (owner, second)] * 4
    none_refused(at_once(database, jobs))
    assert (
        world.value(
            "select count(*) from private.audit_log where action = 'publish_course' "
            "and subject_id = %s",
            course_id,
        )
        == 1
    )


@pytest.mark.parametrize("kind", ["lesson", "course"])
def test_a_cycle_closed_by_two(database: Database, world: World, kind: str) -> None:
    """Of two concurrent links that close a cycle together, one is refused."""
    owner = world.user("instructor")
    for _ in range(5):
        course_id = world.course(owner=owner)
        if kind == "lesson":
            ids = world.lessons(course_id, 3)
        else:
            ids = [course_id, world.course(owner=owner), world.course(owner=owner)]
        world.commit()
        link = (
            f"insert into public.{kind}_prerequisites ({kind}_id, prerequisite_id) values (%s, %s)"
        )
        answers = at_once(
            database,
            [as_person(owner, link, ids[one], ids[(one + 1) % 3]) for one in range(3)],
        )
        assert [one.code for one in refusals(answers)] == ["prerequisite_cycle"]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from public.course_staff where course_id = %s and user_id = %s",
        "update public.course_staff set role = 'instructor' where course_id = %s and user_id = %s",
    ],
)
def test_two_owners_leave_at_once(database: Database, world: World, statement: str) -> None:
    """One of two owners stays."""
    for _ in range(5):
        owners = world.users(2, "instructor")
        course_id = world.course(owner=owners[0])
        world.school.staff(course_id, owners[1], "owner")
        world.commit()
        answers = at_once(database, [as_person(one, statement, course_id, one) for one in owners])
        assert [one.code for one in refusals(answers)] == ["last_owner"]
        assert (
            world.value(
                "select count(*) from public.course_staff where course_id = %s and role = 'owner'",
                course_id,
            )
            == 1
        )


def test_codes_and_rights_at_once(database: Database, world: World) -> None:
    """The same code, the same right and the same revocation on eight connections: once each."""
    owner, learner = world.user("instructor"), world.user()
    course_id = world.course(owner=owner)
    world.commit()
    made = at_once(
        database,
        [as_user(owner, "create_course_code", course_id=course_id, code="the-same")] * 8,
    )
    assert Counter(one.code for one in refusals(made)) == {"code_taken": 7}
    granted = at_once(
        database, [as_user(owner, "grant_entitlement", user_id=learner, course_id=course_id)] * 8
    )
    none_refused(granted)
    ids = {rows[0]["id"] for rows in granted}
    assert len(ids) == 1
    revoked = at_once(
        database, [as_user(owner, "revoke_entitlement", entitlement_id=one) for one in ids] * 8
    )
    none_refused(revoked)
    assert len({rows[0]["revoked_at"] for rows in revoked}) == 1
    code_id = next(rows[0]["create_course_code"]["id"] for rows in made if isinstance(rows, list))
    none_refused(
        at_once(database, [as_role("service_role", "delete_course_code", code_id=code_id)] * 8)
    )
    lines = world.all(
        "select action, count(*) from private.audit_log where subject_id = any(%s) "
        "and action in ('create_course_code', 'delete_course_code', 'revoke_entitlement') "
        "group by action",
        [course_id, learner],
    )
    assert {row["action"]: row["count"] for row in lines} == dict.fromkeys(
        ("create_course_code", "delete_course_code", "revoke_entitlement"), 1
    )


# Accounts --------------------------------------------------------------------------------------


def account_race(world: World, lessons: list[UUID], course_id: UUID, owner: UUID) -> list[Job]:
    """Accounts are deleted while their people, and staff, go on working."""
    people = world.users(40)
    for one in people[:25]:
        world.school.enroll(one, course_id)
    world.commit()
    toggle = "update public.lessons set is_published = not is_published where id = %s"
    jobs: list[Job] = []
    for number, one in enumerate(people):
        lesson_id = lessons[number % len(lessons)]
        jobs += [
            as_user(one, "record_progress", lesson_id=lesson_id, event_id=uuid4()),
            as_user(one, "complete_lesson", lesson_id=lesson_id),
            as_user(one, "enroll", course_id=course_id),
            as_owner("delete from auth.users where id = %s", one),
            as_user(one, "withdraw", course_id=course_id),
            as_user(one, "enroll", course_id=course_id),
        ]
        if number % 4 == 0:
            jobs += [
                as_person(owner, toggle, lesson_id),
                as_person(
                    owner,
                    "update public.courses set capacity = %s where id = %s",
                    20 + number,
                    course_id,
                ),
            ]
    return jobs


def test_accounts_are_deleted_meanwhile(database: Database, world: World) -> None:
    """Deleting accounts under load neither deadlocks nor leaks a constraint."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, capacity=30)
    lessons = world.lessons(course_id, 4)
    jobs = account_race(world, lessons, course_id, owner)
    answers = at_once(database, jobs, connections=12)
    only_refused(answers, "not_authenticated", "not_enrolled", "lesson_locked", "lesson_not_found")


def snapshot(rows: list[Row]) -> list[tuple[Any, ...]]:
    """Rows as comparable values."""
    return [tuple(row.values()) for row in rows]


def test_nothing_is_left_behind(database: Database) -> None:
    """The worlds of this file leave no account, course or lock behind."""
    read = (
        "select (select count(*) from auth.users), (select count(*) from public.courses), "
        "(select count(*) from public.enrollments)"
    )
    with transaction(database) as session:
        before = snapshot(session.all(read))
    with committed(database) as world:
        course_id = world.course(owner=world.user("instructor"), capacity=1)
        world.lessons(course_id, 2)
        people = world.users(3)
        world.commit()
        at_once(database, [as_user(one, "enroll", course_id=course_id) for one in people])
    with transaction(database) as session:
        assert snapshot(session.all(read)) == before


def test_c1_a_caller_without_courses_does_not_hold_up_authors(
    database: Database, world: World
) -> None:
    """Their statement changes no row, so it does not wait for a long edit, nor others for it."""
    owner, stranger = world.user("instructor"), world.user()
    course_id = world.course(owner=owner)
    [lesson_id] = world.lessons(course_id, 1)
    world.commit()
    with transaction(database) as writer, transaction(database) as idle:
        writer.act(user_id=owner)
        writer.run("insert into public.modules (course_id, title) values (%s, 'Long')", course_id)
        idle.act(user_id=stranger).run("set local lock_timeout = '300ms'")
        for table, row_id in (("lessons", lesson_id), ("courses", course_id)):
            assert idle.run(f"delete from public.{table} where id = %s", row_id) == 0
    assert world.value("select count(*) from public.lessons where id = %s", lesson_id) == 1
