"""record_progress and complete_lesson: what counts as watched, what completes, what never goes.

The learners of most tests enrolled two days before, so that the clock does not bound their reports.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, call, refuse
from tests.support.database import Row, Session
from tests.support.school import School

TWO_DAYS = 172800


@pytest.fixture
def learner(school: School) -> UUID:
    """The learner of a test."""
    return school.user()


def video(school: School, learner: UUID, minutes: float = 1, **columns: Any) -> UUID:
    """A video lesson in a course of its own, where the learner is enrolled and which has another
    lesson."""
    course_id = school.course()
    module_id = school.module(course_id)
    lesson_id = school.lesson(module_id, content_type="video", duration_minutes=minutes, **columns)
    school.lesson(module_id)
    school.enroll(learner, course_id)
    school.let_pass(learner, TWO_DAYS)
    return lesson_id


def watch(db: Session, learner: UUID, lesson_id: UUID, watched: Any, **more: Any) -> Row:
    """One report of the learner's player."""
    db.act(user_id=learner)
    given = None if watched is None else Jsonb(watched)
    return call(db, "record_progress", lesson_id=lesson_id, watched=given, **more)


def spans(row: Row) -> list[tuple[int, int]]:
    """The watched ranges of a progress row."""
    return [(span.lower, span.upper) for span in row["watched"]]


def enrollment(db: Session, learner: UUID, lesson_id: UUID) -> Row:
    """The enrollment of the learner in the course of the lesson."""
    db.act("postgres")
    return db.one(
        "select e.*, c.version from public.enrollments as e "
        "inner join public.courses as c on c.id = e.course_id "
        "inner join public.lessons as l on l.course_id = c.id where l.id = %s and e.user_id = %s",
        lesson_id,
        learner,
    )


# Watching --------------------------------------------------------------------------------------


def test_intervals_are_merged(db: Session, school: School, learner: UUID) -> None:
    """Overlapping, touching, repeated and disordered ranges become their union."""
    lesson_id = video(school, learner)
    for watched, union in (
        ([[10, 20]], [(10, 20)]),
        ([[15, 25]], [(10, 25)]),
        ([[25, 30], [0, 5]], [(0, 5), (10, 30)]),
        ([[12, 15]], [(0, 5), (10, 30)]),
        ([], [(0, 5), (10, 30)]),
        (None, [(0, 5), (10, 30)]),
        ([[4, 11]], [(0, 30)]),
    ):
        row = watch(db, learner, lesson_id, watched)
        assert (spans(row), row["status"]) == (union, "started")


def test_fractions_of_a_second(db: Session, school: School, learner: UUID) -> None:
    """A second of which a part was played counts; the position is the nearest second."""
    lesson_id = video(school, learner)
    for watched, position, union, rounded in (
        ([[0, 4.87], [4.87, 9.5]], 9.5, [(0, 10)], 10),
        ([[20.9, 21.1]], "21.4", [(0, 10), (20, 22)], 21),
        ([[59.2, 60.7]], "59.6", [(0, 10), (20, 22), (59, 60)], 60),
        ([[60.1, 60.9], [1e30, 1e31]], "1e30", [(0, 10), (20, 22), (59, 60)], 60),
    ):
        row = watch(db, learner, lesson_id, watched, position_seconds=Decimal(position))
        assert (spans(row), row["position_seconds"]) == (union, rounded)
        assert row["watched_seconds"] == sum(end - start for start, end in union)


def test_seeking_to_the_end_proves_nothing(db: Session, school: School, learner: UUID) -> None:
    """The furthest position and hours spent do not complete a video; distinct seconds do."""
    lesson_id = video(school, learner)
    row = watch(db, learner, lesson_id, [[59, 60]], position_seconds=60, seconds_spent=86400)
    assert (row["status"], row["position_seconds"]) == ("started", 60)
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)
    for _ in range(5):
        row = watch(db, learner, lesson_id, [[0, 30]])
    assert row["status"] == "started"
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)
    assert enrollment(db, learner, lesson_id)["progress"] == 0


def test_only_seconds_of_the_video_count(db: Session, school: School, learner: UUID) -> None:
    """Ranges beyond the end are cut off and prove nothing."""
    lesson_id = video(school, learner)
    row = watch(db, learner, lesson_id, [[50, 2147483647]], position_seconds=2147483647)
    assert (spans(row), row["position_seconds"], row["status"]) == ([(50, 60)], 60, "started")
    assert spans(watch(db, learner, lesson_id, [[1000, 2000], [60, 70]])) == [(50, 60)]


@pytest.mark.parametrize(
    ("threshold", "needed"),
    [(90, 54), (0.9, 54), (100, 60), (1, 60), (50, 30), (0.5, 30), (0.01, 1), (1.01, 1), (2, 2)],
)
def test_threshold(
    db: Session, school: School, learner: UUID, threshold: float, needed: int
) -> None:
    """90 and 0.9 are the same; one second less is not enough, the last one completes at once."""
    lesson_id = video(school, learner, completion_threshold=threshold)
    row = watch(db, learner, lesson_id, [[3, 3 + needed - 1]] if needed > 1 else [])
    assert row["status"] == "started"
    db.act(user_id=learner)
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)
    row = watch(db, learner, lesson_id, [[0, 1]] if needed < 58 else [[0, needed]])
    assert row["status"] == "completed"
    assert row["completed_at"] is not None
    assert enrollment(db, learner, lesson_id)["progress"] == 50
    assert school.drift() == []


def test_a_lower_threshold_is_met_by_what_was_watched(
    db: Session, school: School, learner: UUID
) -> None:
    """Once staff lower the threshold, complete_lesson accepts what was watched before."""
    lesson_id = video(school, learner)
    watch(db, learner, lesson_id, [[0, 40]])
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)
    db.act("postgres")
    db.run("update public.lessons set completion_threshold = 60 where id = %s", lesson_id)
    db.act(user_id=learner)
    assert call(db, "complete_lesson", lesson_id=lesson_id)["status"] == "completed"


@pytest.mark.parametrize(("minutes", "seconds"), [(0.5, 30), (0.51, 31), (90, 5400)])
def test_the_whole_video_is_enough(
    db: Session, school: School, learner: UUID, minutes: float, seconds: int
) -> None:
    """Fractions of a second in the playing time do not make 100 per cent unreachable."""
    lesson_id = video(school, learner, minutes, completion_threshold=100)
    assert watch(db, learner, lesson_id, [[0, seconds]])["status"] == "completed"


def test_without_a_playing_time_nothing_completes(
    db: Session, school: School, learner: UUID
) -> None:
    """A video of unknown length records what was watched, up to a day, and never completes."""
    lesson_id = video(school, learner, 0)
    row = watch(db, learner, lesson_id, [[0, 2000000]], position_seconds=2000000)
    assert (row["status"], row["position_seconds"], spans(row)) == ("started", 86400, [(0, 86400)])
    db.act(user_id=learner)
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)


def test_progress_never_moves_backwards(db: Session, school: School, learner: UUID) -> None:
    """Fewer ranges and a later report of an early part change nothing."""
    lesson_id = video(school, learner, 10)
    row = watch(db, learner, lesson_id, [[0, 600]], position_seconds=500, seconds_spent=600)
    assert row["status"] == "completed"
    again = watch(db, learner, lesson_id, [[0, 1]], position_seconds=3, seconds_spent=0)
    for column in ("status", "completed_at", "furthest_seconds", "watched", "seconds_spent"):
        assert again[column] == row[column]
    assert watch(db, learner, lesson_id, None, seconds_spent=7)["seconds_spent"] == 607


def test_seconds_spent_do_not_overflow(db: Session, school: School, learner: UUID) -> None:
    """Time spent stops at the largest integer instead of failing."""
    lesson_id = video(school, learner)
    watch(db, learner, lesson_id, None)
    db.act("postgres")
    db.run(
        "update public.lesson_progress set seconds_spent = 2147483600 where lesson_id = %s",
        lesson_id,
    )
    school.let_pass(learner, TWO_DAYS)
    assert watch(db, learner, lesson_id, None, seconds_spent=86400)["seconds_spent"] == 2147483647


@pytest.mark.parametrize(
    "arguments",
    [
        {"position_seconds": -1},
        {"position_seconds": -2147483648},
        {"seconds_spent": -1},
        {"seconds_spent": 86401},
        {"seconds_spent": 2147483647},
        {"position_seconds": Decimal("NaN")},
        {"position_seconds": Decimal("Infinity")},
        {"watched": Jsonb([[-1, 5]])},
        {"watched": Jsonb([[-0.5, 5]])},
        {"watched": Jsonb([[-1e300, -1]])},
        {"watched": Jsonb([[5, 4]])},
        {"watched": Jsonb([[None, 5]])},
        {"watched": Jsonb([[5, None]])},
        {"watched": Jsonb([["0", "5"]])},
        {"watched": Jsonb([[5]])},
        {"watched": Jsonb([[]])},
        {"watched": Jsonb([[1, 2, 3]])},
        {"watched": Jsonb([[1, 2, None]])},
        {"watched": Jsonb([0, 30])},
        {"watched": Jsonb([{"start": 0, "end": 5}])},
        {"watched": Jsonb([[10, 20], [-5, -3]])},
        {"watched": Jsonb([[10, 20], None])},
        {"watched": Jsonb({})},
        {"watched": Jsonb("{[0,30)}")},
        {"watched": Jsonb(30)},
        {"watched": Jsonb([[2 * n, 2 * n + 1] for n in range(1001)])},
    ],
)
def test_invalid_progress(
    db: Session, school: School, learner: UUID, arguments: dict[str, Any]
) -> None:
    """Negative, unbounded and huge reports are refused and leave nothing behind."""
    lesson_id = video(school, learner)
    db.act(user_id=learner)
    event_id = uuid4()
    refuse(
        db,
        "record_progress",
        "invalid_progress",
        lesson_id=lesson_id,
        event_id=event_id,
        **arguments,
    )
    assert db.all("select * from public.lesson_progress") == []
    assert watch(db, learner, lesson_id, [[0, 5]], event_id=event_id)["seconds_spent"] == 0


def test_the_largest_report(db: Session, school: School, learner: UUID) -> None:
    """A thousand ranges and a day of time are accepted."""
    lesson_id = video(school, learner, 60)
    watched = [[2 * n, 2 * n + 1] for n in range(1000)]
    row = watch(db, learner, lesson_id, watched, position_seconds=0, seconds_spent=86400)
    assert (row["watched_seconds"], row["seconds_spent"]) == (1500, 86400)


def test_c2_a_row_has_at_most_500_ranges(db: Session, school: School, learner: UUID) -> None:
    """The shortest gaps are filled; however many ranges are reported, the row stays small."""
    lesson_id = video(school, learner, 600)
    near = [[2 * n, 2 * n + 1] for n in range(10)]
    far = [[100 + 20 * n, 110 + 20 * n] for n in range(495)]
    row = watch(db, learner, lesson_id, near + far)
    assert spans(row)[:6] == [(0, 11), (12, 13), (14, 15), (16, 17), (18, 19), (100, 110)]
    assert len(spans(row)) == 500
    for number in range(44):
        start = 20 * number + 3
        row = watch(
            db, learner, lesson_id, [[start + 36 * n, start + 36 * n + 1] for n in range(1000)]
        )
        assert len(spans(row)) <= 500
        assert row["watched_seconds"] == sum(end - begin for begin, end in spans(row))
    db.act("postgres")
    size = "select pg_column_size(watched) from public.lesson_progress where lesson_id = %s"
    assert db.value(size, lesson_id) < 8000


def test_c2_filled_gaps_are_bounded_by_the_clock(
    db: Session, school: School, learner: UUID
) -> None:
    """Seconds between the ranges of a report are no way around the clock."""
    lesson_id = video(school, learner, 60)
    db.act("postgres")
    db.run("update public.enrollments set enrolled_at = now() - interval '485 seconds'")
    row = watch(db, learner, lesson_id, [[3 * n, 3 * n + 1] for n in range(1000)])
    assert (row["watched_seconds"], row["watch_credit"]) == (0, 1000)
    row = watch(db, learner, lesson_id, [[3 * n, 3 * n + 1] for n in range(500)])
    assert (row["watched_seconds"], row["watch_credit"]) == (500, 500)


@pytest.mark.parametrize("content_type", ["text", "quiz", "lab"])
def test_c2_only_videos_store_ranges(
    db: Session, school: School, learner: UUID, content_type: str
) -> None:
    """A lesson of another kind takes the report and stores none of its ranges."""
    course_id = school.course()
    lesson_id = school.lesson(school.module(course_id), content_type=content_type)
    school.enroll(learner, course_id)
    school.let_pass(learner, TWO_DAYS)
    row = watch(db, learner, lesson_id, [[2 * n, 2 * n + 1] for n in range(1000)], seconds_spent=9)
    assert (spans(row), row["watched_seconds"], row["seconds_spent"]) == ([], 0, 9)


# The clock -------------------------------------------------------------------------------------


def fresh(school: School, learner: UUID, minutes: float = 10, **columns: Any) -> UUID:
    """A video lesson in a course in which the learner has just enrolled."""
    course_id = school.course()
    lesson_id = school.lesson(
        school.module(course_id), content_type="video", duration_minutes=minutes, **columns
    )
    school.enroll(learner, course_id)
    return lesson_id


def test_a6_nothing_is_watched_faster_than_twice_the_clock(
    db: Session, school: School, learner: UUID
) -> None:
    """A whole video right after enrolling is cut to its first 30 seconds, however often sent."""
    lesson_id = fresh(school, learner)
    for _ in range(40):
        row = watch(db, learner, lesson_id, [[0, 600]], position_seconds=600, seconds_spent=86400)
        assert (row["status"], spans(row), row["seconds_spent"]) == ("started", [(0, 30)], 0)
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)
    for place in range(40):
        row = watch(db, learner, lesson_id, [[100 + 10 * place, 110 + 10 * place]])
        assert row["watched_seconds"] == 30
    school.let_pass(learner, 60)
    row = watch(db, learner, lesson_id, [[0, 600]], seconds_spent=86400)
    assert (row["status"], spans(row), row["seconds_spent"]) == ("started", [(0, 150)], 60)
    db.act("postgres")
    assert db.value("select seconds from private.learner_days where user_id = %s", learner) == 60


def test_a6_the_earliest_ranges_remain(db: Session, school: School, learner: UUID) -> None:
    """Only new seconds use up the clock, and the later ones are cut."""
    lesson_id = fresh(school, learner)
    assert spans(watch(db, learner, lesson_id, [[50, 60]])) == [(50, 60)]
    row = watch(db, learner, lesson_id, [[200, 300], [10, 15], [45, 70]])
    assert spans(row) == [(10, 15), (45, 70)]
    assert row["watch_credit"] == 0


def test_a6_reports_that_were_stored_offline_count(
    db: Session, school: School, learner: UUID
) -> None:
    """Ten minutes offline, sent in sixty reports at once, count in full, and nothing beyond."""
    lesson_id = fresh(school, learner, 60)
    school.let_pass(learner, 600)
    for number in range(60):
        row = watch(
            db,
            learner,
            lesson_id,
            [[20 * number, 20 * number + 20]],
            seconds_spent=10,
            event_id=uuid4(),
        )
    assert (row["watched_seconds"], row["seconds_spent"]) == (1200, 600)
    row = watch(db, learner, lesson_id, [[1200, 3600]], seconds_spent=3600)
    assert (row["watched_seconds"], row["seconds_spent"]) == (1230, 600)


def test_a6_two_tabs_do_not_count_twice(db: Session, school: School, learner: UUID) -> None:
    """Time is counted once in all lessons and courses together, and a day has 86,400 seconds."""
    lessons = [fresh(school, learner) for _ in range(3)]
    school.let_pass(learner, 100)
    spent = [
        watch(db, learner, lesson_id, None, seconds_spent=60)["seconds_spent"]
        for lesson_id in lessons
    ]
    assert spent == [60, 40, 0]
    school.let_pass(learner, 10 * TWO_DAYS)
    for lesson_id in lessons:
        watch(db, learner, lesson_id, None, seconds_spent=86400)
        school.let_pass(learner, TWO_DAYS)
    db.act("postgres")
    days = "select sum(seconds) from private.learner_days where user_id = %s"
    assert db.value(days, learner) == 86400


def test_a6_minutes_follow_the_clock(db: Session, school: School, learner: UUID) -> None:
    """my_learning counts the minutes that passed, not those that were reported."""
    lesson_id = fresh(school, learner)
    school.let_pass(learner, 120)
    watch(db, learner, lesson_id, None, seconds_spent=86400)
    assert call(db, "my_learning")["minutes_this_week"] == 2


def test_a6_time_before_an_enrollment_is_not_of_its_course(
    db: Session, school: School, learner: UUID
) -> None:
    """What reports in another course have not filled does not count in a new one."""
    old = fresh(school, learner)
    watch(db, learner, old, None, seconds_spent=1)
    school.let_pass(learner, TWO_DAYS)
    new = fresh(school, learner)
    db.run(
        "update public.enrollments set enrolled_at = now() - interval '10 seconds' "
        "where user_id = %s and course_id = (select course_id from public.lessons where id = %s)",
        learner,
        new,
    )
    spent = [
        watch(db, learner, new, None, seconds_spent=given)["seconds_spent"]
        for given in (4, 86400, 9)
    ]
    assert spent == [4, 10, 10]
    # The offline reports of the other course still count.
    assert watch(db, learner, old, None, seconds_spent=3600)["seconds_spent"] == 3600


@pytest.mark.parametrize("barrier", ["release_at", "release_after", "prerequisite", "sequence"])
def test_a6_a_lesson_is_not_watched_before_it_opens(
    db: Session, school: School, learner: UUID, barrier: str
) -> None:
    """The first report counts from when the lesson opened, not from an enrollment days ago."""
    course_id = school.course(is_sequential=barrier == "sequence")
    module_id = school.module(course_id)
    first = school.lesson(module_id)
    lesson_id = school.lesson(module_id, content_type="video", duration_minutes=10)
    school.enroll(learner, course_id)
    school.let_pass(learner, TWO_DAYS)
    if barrier == "release_at":
        db.run("update public.lessons set release_at = now() where id = %s", lesson_id)
    elif barrier == "release_after":
        db.run("update public.lessons set release_after = '2 days' where id = %s", lesson_id)
    elif barrier == "prerequisite":
        db.run(
            "insert into public.lesson_prerequisites (lesson_id, prerequisite_id) values (%s, %s)",
            lesson_id,
            first,
        )
    call(db.act(user_id=learner), "complete_lesson", lesson_id=first)
    row = watch(db, learner, lesson_id, [[0, 600]])
    assert (row["status"], spans(row)) == ("started", [(0, 30)])


# The place -------------------------------------------------------------------------------------


def test_d9_the_last_place_and_the_furthest(db: Session, school: School, learner: UUID) -> None:
    """A player resumes where the learner left it; a report without a place moves nothing."""
    lesson_id = video(school, learner, 10)
    for position, last, furthest in ((590, 590, 590), (45, 45, 590), (None, 45, 590), (0, 0, 590)):
        row = watch(db, learner, lesson_id, None, position_seconds=position)
        assert (row["position_seconds"], row["furthest_seconds"]) == (last, furthest)
    course_id = row["course_id"]
    outline = answer(db, "course_outline", course_id=course_id)
    (lesson,) = [
        one
        for module in outline["modules"]
        for one in module["lessons"]
        if one["id"] == str(lesson_id)
    ]
    assert (lesson["position_seconds"], lesson["furthest_seconds"]) == (0, 590)
    progress = answer(db, "lesson_page", lesson_id=lesson_id)["progress"]
    assert (progress["position_seconds"], progress["furthest_seconds"]) == (0, 590)
    viewed_id = video(school, learner, completion_rule="view")
    db.act(user_id=learner)
    done = call(db, "complete_lesson", lesson_id=viewed_id)
    assert done["furthest_seconds"] == 0


def test_d9_a_repeated_event_moves_nothing(db: Session, school: School, learner: UUID) -> None:
    """A retry that arrives late does not take the place back."""
    lesson_id, event_id = video(school, learner, 10), uuid4()
    watch(db, learner, lesson_id, None, position_seconds=100, event_id=event_id)
    watch(db, learner, lesson_id, None, position_seconds=200, event_id=uuid4())
    row = watch(db, learner, lesson_id, None, position_seconds=100, event_id=event_id)
    assert row["position_seconds"] == 200


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"position_seconds": None},
        {"watched": Jsonb(None)},
        {"watched": Jsonb([])},
        {"watched": Jsonb([[5, 5], [5.5, 5.5]])},
    ],
)
def test_an_empty_report_starts_the_lesson(
    db: Session, school: School, learner: UUID, arguments: dict[str, Any]
) -> None:
    """A report without anything in it says that the lesson was opened."""
    lesson_id = video(school, learner)
    db.act(user_id=learner)
    row = call(db, "record_progress", lesson_id=lesson_id, **arguments)
    assert (row["status"], row["position_seconds"], row["seconds_spent"], spans(row)) == (
        "started",
        0,
        0,
        [],
    )


REPORTS = st.lists(
    st.lists(
        st.tuples(st.integers(0, 150), st.integers(0, 60)).map(lambda r: (r[0], r[0] + r[1])),
        max_size=4,
    ),
    min_size=1,
    max_size=6,
)


@pytest.mark.slow
@settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(reports=REPORTS)
def test_watched_is_the_set_of_seconds(
    db: Session, school: School, reports: list[list[tuple[int, int]]]
) -> None:
    """Whatever is reported, watched is the set of seconds, and the lesson is completed at 90 %."""
    with db.savepoint():
        learner = school.user()
        lesson_id = video(school, learner, 2)
        seconds: set[int] = set()
        done = False
        for report in reports:
            row = watch(db, learner, lesson_id, report)
            for start, end in report:
                seconds |= set(range(start, min(end, 120)))
            found = {second for start, end in spans(row) for second in range(start, end)}
            done = done or len(seconds) >= 108
            assert found == seconds
            assert row["watched_seconds"] == len(seconds)
            assert row["status"] == ("completed" if done else "started")


# Events ----------------------------------------------------------------------------------------


def test_the_same_event_counts_once(db: Session, school: School, learner: UUID) -> None:
    """A retry with the same event id returns the same progress and adds nothing."""
    lesson_id, event_id = video(school, learner), uuid4()
    first = watch(db, learner, lesson_id, [[0, 10]], seconds_spent=10, event_id=event_id)
    again = watch(db, learner, lesson_id, [[0, 10]], seconds_spent=10, event_id=event_id)
    other = watch(db, learner, lesson_id, [[20, 30]], seconds_spent=99, event_id=event_id)
    assert first == again == other
    assert watch(db, learner, lesson_id, None, seconds_spent=5)["seconds_spent"] == 15
    assert watch(db, learner, lesson_id, None, seconds_spent=5)["seconds_spent"] == 20


def test_event_ids_are_of_one_person(db: Session, school: School, learner: UUID) -> None:
    """Two learners may use the same id."""
    lesson_id, event_id, other = video(school, learner), uuid4(), school.user()
    db.act("postgres")
    school.enroll(other, db.value("select course_id from public.lessons where id = %s", lesson_id))
    school.let_pass(other, TWO_DAYS)
    for person in (learner, other):
        row = watch(db, person, lesson_id, None, seconds_spent=10, event_id=event_id)
        assert row["seconds_spent"] == 10


def test_event_id_reused(db: Session, school: School, learner: UUID) -> None:
    """The same id for another lesson is a mistake of the client, and changes nothing."""
    lesson_id, other_id, event_id = video(school, learner), video(school, learner), uuid4()
    watch(db, learner, lesson_id, [[0, 10]], event_id=event_id)
    db.act(user_id=learner)
    refuse(
        db,
        "record_progress",
        "event_id_reused",
        lesson_id=other_id,
        watched=Jsonb([[0, 60]]),
        event_id=event_id,
    )
    db.act("postgres")
    assert db.all("select * from public.lesson_progress where lesson_id = %s", other_id) == []


def test_old_event_ids_are_deleted(db: Session, school: School, learner: UUID) -> None:
    """prune_progress_events deletes ids after 30 days and leaves the progress."""
    lesson_id = video(school, learner)
    for _ in range(3):
        watch(db, learner, lesson_id, None, seconds_spent=1, event_id=uuid4())
    db.act("postgres")
    db.run(
        "update private.progress_events set created_at = now() - interval '31 days' "
        "where event_id = "
        "(select event_id from private.progress_events where user_id = %s limit 1)",
        learner,
    )
    assert db.value("select private.prune_progress_events()") == 1
    assert db.value("select count(*) from private.progress_events where user_id = %s", learner) == 2


# Refusals --------------------------------------------------------------------------------------


def test_record_progress_refuses(db: Session, school: School, learner: UUID) -> None:
    """Not signed in, unknown, not enrolled, locked."""
    lesson_id = video(school, learner)
    locked_id = video(school, learner, release_at="2100-01-01")
    foreign_id = video(school, school.user())
    draft_id = school.lesson(school.module(school.course()), is_published=False)
    db.act()
    refuse(db, "record_progress", "not_authenticated", lesson_id=lesson_id)
    db.act(user_id=learner)
    for one in (uuid4(), None, draft_id):
        refuse(db, "record_progress", "lesson_not_found", lesson_id=one)
    refuse(db, "record_progress", "not_enrolled", lesson_id=foreign_id)
    refuse(db, "record_progress", "lesson_locked", lesson_id=locked_id)
    db.act("postgres")
    assert db.all("select * from public.lesson_progress where user_id = %s", learner) == []


def test_complete_lesson_refuses(db: Session, school: School, learner: UUID) -> None:
    """Not signed in, unknown, not enrolled, locked, and rules that others fulfil."""
    lesson_id = video(school, learner)
    locked_id = video(school, learner, completion_rule="view", release_at="2100-01-01")
    foreign_id = video(school, school.user(), completion_rule="view")
    db.act()
    refuse(db, "complete_lesson", "not_authenticated", lesson_id=lesson_id)
    db.act(user_id=learner)
    for one in (uuid4(), None):
        refuse(db, "complete_lesson", "lesson_not_found", lesson_id=one)
    refuse(db, "complete_lesson", "not_enrolled", lesson_id=foreign_id)
    refuse(db, "complete_lesson", "lesson_locked", lesson_id=locked_id)
    for rule in ("pass", "accept", "watch"):
        ruled_id = video(school, learner, completion_rule=rule)
        db.act(user_id=learner)
        refuse(db, "complete_lesson", "lesson_rule", lesson_id=ruled_id)
        assert watch(db, learner, ruled_id, [[0, 10]])["status"] == "started"


def test_rules_pass_and_accept_are_not_met_by_watching(
    db: Session, school: School, learner: UUID
) -> None:
    """A quiz or lab with a playing time is not completed by watching all of it."""
    for rule in ("pass", "accept", "view", "manual"):
        lesson_id = video(school, learner, completion_rule=rule)
        assert watch(db, learner, lesson_id, [[0, 60]])["status"] == "started"


@pytest.mark.parametrize("function", ["enroll", "withdraw", "record_progress", "complete_lesson"])
def test_a_token_that_outlives_its_account(db: Session, school: School, function: str) -> None:
    """A valid token of a deleted account is answered with a code, not with a foreign key."""
    learner, course_id = school.user(), school.course()
    lesson_id = school.lesson(school.module(course_id))
    db.run("delete from auth.users where id = %s", learner)
    db.act(user_id=learner)
    if function in ("enroll", "withdraw"):
        with db.refused(401, "not_authenticated"):
            db.rpc(function, course_id=course_id)
    else:
        with db.refused(401, "not_authenticated"):
            db.rpc(function, lesson_id=lesson_id)


# Completing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["view", "manual"])
def test_complete_lesson(db: Session, school: School, learner: UUID, rule: str) -> None:
    """The learner completes a lesson himself, once; a retry is the same row."""
    lesson_id = video(school, learner, completion_rule=rule)
    db.act(user_id=learner)
    first = call(db, "complete_lesson", lesson_id=lesson_id)
    assert (first["status"], first["course_id"]) == (
        "completed",
        enrollment(db, learner, lesson_id)["course_id"],
    )
    db.act(user_id=learner)
    assert call(db, "complete_lesson", lesson_id=lesson_id) == first
    row = enrollment(db, learner, lesson_id)
    assert (row["status"], row["progress"], row["lessons_completed"]) == ("active", 50, 1)
    assert school.drift() == []


def test_a_completed_lesson_stays_completed(db: Session, school: School, learner: UUID) -> None:
    """A retry is answered with the completion, whatever the rule of the lesson has become."""
    lesson_id = video(school, learner, completion_rule="view")
    db.act(user_id=learner)
    first = call(db, "complete_lesson", lesson_id=lesson_id)
    for rule in ("pass", "accept", "watch"):
        db.act("postgres")
        db.run("update public.lessons set completion_rule = %s where id = %s", rule, lesson_id)
        db.act(user_id=learner)
        assert call(db, "complete_lesson", lesson_id=lesson_id) == first
        assert watch(db, learner, lesson_id, [])["status"] == "completed"


def test_completion_is_banked(db: Session, school: School, learner: UUID) -> None:
    """The last lesson completes the course with its version; later edits never take it away."""
    course_id = school.course()
    module_id = school.module(course_id)
    lessons = [school.lesson(module_id) for _ in range(3)]
    optional = school.lesson(module_id, is_required=False)
    school.enroll(learner, course_id)
    db.act(user_id=learner)
    for number, lesson_id in enumerate(lessons, 1):
        call(db, "complete_lesson", lesson_id=lesson_id)
        assert enrollment(db, learner, lesson_id)["lessons_completed"] == number
        db.act(user_id=learner)
    banked = enrollment(db, learner, lessons[0])
    assert (banked["status"], banked["completed_version"]) == ("completed", banked["version"])
    edits = (
        f"update public.lessons set is_published = false where id = '{lessons[0]}'",
        f"insert into public.lessons (module_id, slug, title, is_published) "
        f"values ('{module_id}', 'new', 'New', true)",
        f"update public.lessons set is_required = true where id = '{optional}'",
        f"select public.archive_lesson('{lessons[1]}')",
        f"update public.courses set is_published = false where id = '{course_id}'",
        f"select public.archive_module('{module_id}')",
    )
    for edit in edits:
        db.act("service_role" if "archive" in edit else "postgres")
        db.run(edit)
        db.act("postgres")
        row = db.one("select * from public.enrollments where user_id = %s", learner)
        for column in ("status", "completed_at", "completed_version"):
            assert row[column] == banked[column], edit
        assert school.drift() == [], edit
    assert row["progress"] == 0


def test_progress_is_rounded_down(db: Session, school: School, learner: UUID) -> None:
    """99.99 is the most that an unfinished course shows; 100 means all of it."""
    course_id = school.course()
    module_id = school.module(course_id)
    lessons = [school.lesson(module_id, body=None) for _ in range(7)]
    school.enroll(learner, course_id)
    seen = []
    for lesson_id in lessons:
        db.act(user_id=learner).rpc("complete_lesson", lesson_id=lesson_id)
        seen.append(float(enrollment(db, learner, lesson_id)["progress"]))
    assert seen == [14.28, 28.57, 42.85, 57.14, 71.42, 85.71, 100.0]


def test_optional_and_draft_lessons_do_not_count(
    db: Session, school: School, learner: UUID
) -> None:
    """Only published required lessons are in the percentage."""
    course_id = school.course()
    module_id = school.module(course_id)
    optional = school.lesson(module_id, is_required=False)
    school.lesson(module_id, is_published=False)
    required = school.lesson(module_id)
    school.enroll(learner, course_id)
    db.act(user_id=learner).rpc("complete_lesson", lesson_id=optional)
    assert enrollment(db, learner, optional)["progress"] == 0
    db.act(user_id=learner).rpc("complete_lesson", lesson_id=required)
    row = enrollment(db, learner, required)
    assert (row["progress"], row["lessons_completed"], row["status"]) == (100, 1, "completed")


def test_activity_is_noted(db: Session, school: School, learner: UUID) -> None:
    """Both writers move last_activity_at; a refused call does not."""
    lesson_id = video(school, learner)
    text_id = video(school, learner, completion_rule="view")
    db.act("postgres")
    db.run(
        "update public.enrollments set last_activity_at = '2020-01-01' where user_id = %s", learner
    )
    db.act(user_id=learner)
    refuse(db, "complete_lesson", "lesson_rule", lesson_id=lesson_id)
    assert enrollment(db, learner, lesson_id)["last_activity_at"].year == 2020
    watch(db, learner, lesson_id, None)
    db.rpc("complete_lesson", lesson_id=text_id)
    for one in (lesson_id, text_id):
        assert enrollment(db, learner, one)["last_activity_at"].year > 2020
