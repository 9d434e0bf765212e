"""The list of learners at risk equals a recount, whatever was folded and whatever changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any
from uuid import UUID

import pytest

from tests.support.database import Database, Row, Session
from tests.support.school import School, insert

# The list, counted from the rows: without risks, facts and the formula of the migrations.
RECOUNT = """
with learner as (
  select e.user_id, e.progress, e.last_activity_at
  from public.enrollments as e
  where e.course_id = %(course_id)s and e.status = 'active'
),

stuck as (
  select distinct on (lp.user_id) lp.user_id, lp.lesson_id, l.slug
  from public.lesson_progress as lp
  inner join public.lessons as l on l.id = lp.lesson_id and l.is_published and l.is_required
  where lp.course_id = %(course_id)s and lp.status = 'started'
    and lp.started_at < now() - interval '7 days'
  order by lp.user_id, lp.updated_at desc, lp.lesson_id
),

result as (
  select
    lp.user_id, lp.score,
    row_number() over (
      partition by lp.user_id order by lp.updated_at desc, lp.lesson_id
    ) as place
  from public.lesson_progress as lp
  where lp.course_id = %(course_id)s and lp.score is not null
),

falling as (
  select r.user_id
  from result as r
  group by r.user_id
  having avg(r.score) filter (where r.place <= 2)
    <= avg(r.score) filter (where r.place > 2) - 15
),

work as (
  select z.lesson_id, z.due_at
  from (
    select lesson_id, due_at from public.quizzes where course_id = %(course_id)s
    union all
    select lesson_id, due_at from public.labs where course_id = %(course_id)s
  ) as z
  inner join public.lessons as l on l.id = z.lesson_id and l.is_published and l.is_required
),

due as (
  select e.user_id, min(coalesce(o.due_at, w.due_at)) as due_at
  from learner as e
  cross join work as w
  left join private.quiz_overrides as o
    on o.lesson_id = w.lesson_id and o.user_id = e.user_id
  where coalesce(o.due_at, w.due_at) between now() and now() + interval '3 days'
    and not exists (
      select from public.lesson_progress as lp
      where lp.user_id = e.user_id and lp.lesson_id = w.lesson_id and lp.status = 'completed'
    )
  group by e.user_id
),

judged as (
  select
    e.*, s.lesson_id, s.slug, d.due_at,
    array_remove(array[
      case when e.last_activity_at < now() - interval '7 days' then 'inactive' end,
      case when f.user_id is not null then 'falling_scores' end,
      case when s.user_id is not null then 'stuck' end,
      case when d.user_id is not null then 'deadline' end
    ], null) as reasons
  from learner as e
  left join stuck as s on s.user_id = e.user_id
  left join falling as f on f.user_id = e.user_id
  left join due as d on d.user_id = e.user_id
)

select
  j.user_id, p.name, p.email, j.progress, j.last_activity_at, j.reasons,
  c.slug as course_slug, j.lesson_id as stuck_lesson_id, j.slug as stuck_lesson_slug,
  j.due_at as next_due_at, cardinality(j.reasons) as risk
from judged as j
inner join public.profiles as p on p.id = j.user_id
inner join public.courses as c on c.id = %(course_id)s
where cardinality(j.reasons) > 0
order by cardinality(j.reasons) desc, j.last_activity_at, j.user_id
"""


def recount(session: Session, course_id: UUID) -> list[Row]:
    """The list as it must be, for the present of the session."""
    session.act("postgres")
    return session.connection.execute(RECOUNT, {"course_id": course_id}).fetchall()


def listed(session: Session, owner: UUID, course_id: UUID, size: int) -> list[Row]:
    """All pages of the list, as the owner of the course."""
    rows: list[Row] = []
    cursor = None
    while True:
        page = session.act(user_id=owner).rpc(
            "at_risk_learners", course_id=course_id, page_size=size, cursor=cursor
        )
        if not page:
            return [{key: row[key] for key in row if key != "cursor"} for row in rows]
        rows += page
        cursor = page[-1]["cursor"]


class Messy:
    """A course with learners and work of every kind, and acts that change them."""

    def __init__(self, session: Session, seed: int) -> None:
        self.db = session
        self.random = Random(seed)
        self.school = School(session)
        self.owner = self.school.user("instructor")
        self.course_id = self.school.course(owner=self.owner)
        module_id = self.school.module(self.course_id)
        self.lessons = [
            self.school.lesson(module_id, content_type=kind, is_required=is_required)
            for kind in ("text", "quiz", "lab", "quiz")
            for is_required in (True, True, False)
        ]
        for number, lesson_id in enumerate(self.lessons):
            if number // 3 != 0:
                table = "labs" if number // 3 == 2 else "quizzes"
                insert(self.db, table, lesson_id=lesson_id)
        self.people = [self.school.user() for _ in range(25)]
        for one in self.people:
            self.school.enroll(one, self.course_id)
            for lesson_id in self.random.sample(self.lessons, 5):
                self.work(one, lesson_id)
            self.see(one)

    def run(self, statement: str, *params: Any) -> None:
        """One statement as the owner of the database."""
        self.db.act("postgres").run(statement, *params)

    def ago(self, days: int) -> float:
        """A time before now in seconds, now and then at the very edge of a week."""
        edge = self.random.choice([0, 0, 0, 7 * 86400, 7 * 86400 + 1, 7 * 86400 - 1])
        return edge or self.random.uniform(0, days * 86400)

    def see(self, user_id: UUID) -> None:
        """The last activity of a learner moves."""
        self.run(
            "update public.enrollments set last_activity_at = now() - make_interval(secs => %s) "
            "where course_id = %s and user_id = %s",
            *(self.ago(14), self.course_id, user_id),
        )

    def work(self, user_id: UUID, lesson_id: UUID) -> None:
        """A learner begins or completes a lesson, or gets another result."""
        begun = self.ago(14)
        done = self.random.choice([None, 0.0])
        self.run(
            "insert into public.lesson_progress as lp (user_id, lesson_id, course_id, status, "
            "score, started_at, completed_at, updated_at) select %s, %s, %s, %s, %s, "
            "now() - make_interval(secs => %s), now() - make_interval(secs => %s), "
            "now() - make_interval(secs => %s) "
            "on conflict (user_id, lesson_id) do update set status = excluded.status, "
            "score = excluded.score, started_at = excluded.started_at, "
            "completed_at = excluded.completed_at, updated_at = excluded.updated_at",
            *(user_id, lesson_id, self.course_id, "started" if done is None else "completed"),
            *(self.random.choice([None, 20, 50, 90]), begun, done, self.ago(9)),
        )

    def act(self) -> None:
        """One random change."""
        one, lesson_id = self.random.choice(self.people), self.random.choice(self.lessons)
        at = self.random.choice([None, self.random.uniform(-1, 9)])
        changes: list[Callable[[], None]] = [
            lambda: self.see(one),
            lambda: self.work(one, lesson_id),
            lambda: self.run(
                "update public.enrollments set status = %s, completed_at = now() "
                "where course_id = %s and user_id = %s",
                *(self.random.choice(["active", "withdrawn", "completed"]), self.course_id, one),
            ),
            lambda: self.run(
                "update public.lesson_progress set updated_at = now() - make_interval(secs => %s) "
                "where user_id = %s and lesson_id = %s",
                *(self.ago(9), one, lesson_id),
            ),
            lambda: self.run(
                "delete from public.lesson_progress where user_id = %s and lesson_id = %s",
                *(one, lesson_id),
            ),
            lambda: self.run(
                "update public.quizzes set due_at = now() + make_interval(secs => %s) "
                "where lesson_id = %s",
                *(at and at * 86400, lesson_id),
            ),
            lambda: self.run(
                "update public.labs set due_at = now() + make_interval(secs => %s) "
                "where lesson_id = %s",
                *(at and at * 86400, lesson_id),
            ),
            lambda: self.run(
                "insert into private.quiz_overrides (lesson_id, user_id, due_at) "
                "values (%s, %s, now() + make_interval(secs => %s)) "
                "on conflict (lesson_id, user_id) do update set due_at = excluded.due_at",
                *(lesson_id, one, at and at * 86400),
            ),
            lambda: self.run("delete from private.quiz_overrides where user_id = %s", one),
            lambda: self.run(
                "update public.lessons set is_published = not is_published where id = %s", lesson_id
            ),
            lambda: self.run(
                "update public.lessons set is_required = not is_required where id = %s", lesson_id
            ),
            lambda: self.pass_days(self.random.choice([1, 2, 7])),
        ]
        self.random.choice(changes)()

    def pass_days(self, days: int) -> None:
        """Time passes, and nothing else: everything becomes older, without triggers."""
        self.run("set local session_replication_role = 'replica'")
        for table, columns in {
            "public.enrollments": ("enrolled_at", "completed_at", "last_activity_at"),
            "public.lesson_progress": ("started_at", "completed_at", "updated_at"),
            "public.quizzes": ("due_at",),
            "public.labs": ("due_at",),
            "private.risks": ("changes_at",),
        }.items():
            shifted = ", ".join(f"{one} = {one} - interval '{days * 24} hours'" for one in columns)
            self.run(f"update {table} set {shifted} where course_id = %s", self.course_id)
        self.run(
            f"update private.quiz_overrides set due_at = due_at - interval '{days * 24} hours' "
            "where user_id = any(%s)",
            self.people,
        )
        self.run(
            "update private.risks set seen_day = seen_day - %s where course_id = %s",
            *(days, self.course_id),
        )
        self.run("set local session_replication_role = 'origin'")


@pytest.fixture
def superuser(database: Database) -> Iterator[Session]:
    """A session that may turn off triggers; rolled back."""
    session = Database(database.superuser_url, database.superuser_url).connect()
    session.run("set timezone = 'UTC'")
    yield session
    session.rollback()
    session.close()


@pytest.mark.parametrize(
    ("seed", "steps"), [(1, 40), *(pytest.param(n, 200, marks=pytest.mark.slow) for n in (2, 3))]
)
def test_the_list_is_a_recount(superuser: Session, seed: int, steps: int) -> None:
    """After each of some random changes, days and folds all pages equal a recount."""
    messy = Messy(superuser, seed)
    seen, judged = set(), 0
    for _ in range(steps):
        for _ in range(messy.random.randint(0, 3)):
            messy.act()
        if messy.random.random() < 0.5:
            superuser.fold()
        expected = recount(superuser, messy.course_id)
        size = messy.random.choice([1, 3, 7, 200])
        assert listed(superuser, messy.owner, messy.course_id, size) == expected
        superuser.act("postgres")
        assert superuser.all("select * from private.risk_audit()") == []
        seen |= {tuple(row["reasons"]) for row in expected}
        stale = superuser.value(
            "select cardinality(private.unjudged_user_ids(%s))", messy.course_id
        )
        judged += stale < len(expected)
    # The walk reached lists of every length, and most from the table.
    assert len(seen) > 8 and judged > steps / 4


def test_a_list_without_folds(superuser: Session) -> None:
    """Learners whom no fold has judged yet are listed at once, and after a rebuild."""
    messy = Messy(superuser, 9)
    expected = recount(superuser, messy.course_id)
    assert expected and listed(superuser, messy.owner, messy.course_id, 5) == expected
    superuser.act("postgres").run("delete from private.facts")
    superuser.run("select private.rebuild_analytics()")
    assert listed(superuser, messy.owner, messy.course_id, 5) == expected


@pytest.mark.parametrize(
    "change", ["place = 3 - place", "seen_day = seen_day + 1", "changes_at = 'infinity'"]
)
def test_the_audit_sees(superuser: Session, change: str) -> None:
    """A row that is wrong, or valid for too long, is drift until a rebuild."""
    messy = Messy(superuser, 4)
    superuser.fold()
    assert superuser.all("select * from private.risk_audit()") == []
    superuser.run(f"update private.risks set {change} where course_id = %s", messy.course_id)
    assert superuser.all("select * from private.risk_audit()")
    superuser.run("select private.rebuild_analytics()")
    assert superuser.all("select * from private.risk_audit()") == []
