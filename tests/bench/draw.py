"""Selects people, courses and words of a loaded school; the same seed selects the same."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.support.database import Row

ENROLLED = """
select e.user_id, e.course_id, c.slug
from public.enrollments as e inner join public.courses as c on c.id = e.course_id
where e.status in ('active', 'completed') and c.is_published and c.slug like 'course-%%'
order by md5(e.id::text || %(seed)s) limit %(count)s
"""
CONTENT = """
select e.user_id, p.lesson_id
from (
  select e.* from public.enrollments as e
  where e.status in ('active', 'completed') and e.progress > 0
  order by md5(e.id::text || %(seed)s) limit %(count)s
) as e
cross join lateral (
  select lp.lesson_id from public.lesson_progress as lp
  where lp.user_id = e.user_id and lp.course_id = e.course_id
  order by md5(lp.lesson_id::text || %(seed)s) limit 1
) as p
"""
PREVIEWS = """
select t.lesson_id from public.lesson_contents as t
where t.is_public order by md5(t.lesson_id::text || %(seed)s) limit %(count)s
"""
# Videos that are started and not completed.
WATCHED = """
select w.user_id, w.lesson_id, w.position_seconds
from (
  select lp.*
  from public.lesson_progress as lp
  inner join public.lessons as l on l.id = lp.lesson_id and l.content_type = 'video'
  inner join public.enrollments as e
    on e.user_id = lp.user_id and e.course_id = lp.course_id
    and e.status in ('active', 'completed')
  where lp.status = 'started'
  order by md5(lp.user_id::text || lp.lesson_id::text || %(seed)s) limit %(count)s * 2
) as w
cross join lateral (
  select from private.lesson_states(w.user_id, array[w.course_id]) as s
  where s.lesson_id = w.lesson_id and s.is_open
) as s
limit %(count)s
"""
# The next lesson of a learner, when viewing completes it.
NEXT = """
select e.user_id, s.lesson_id
from (
  select e.* from public.enrollments as e
  where e.status = 'active' order by md5(e.id::text || %(seed)s) limit %(count)s * 4
) as e
cross join lateral (
  select s.lesson_id
  from private.lesson_states(e.user_id, array[e.course_id]) as s
  inner join public.lessons as l on l.id = s.lesson_id
  where s.is_open and s.status is distinct from 'completed' and l.completion_rule = 'view'
  order by s.ordinal limit 1
) as s
limit %(count)s
"""
# A learner and a course in which they can enroll.
NEWCOMERS = """
select p.id as user_id, c.id as course_id
from (
  select p.id from public.profiles as p
  where p.role = 'learner' and p.email like 'learner-%%'
  order by md5(p.id::text || %(seed)s) limit %(count)s
) as p
cross join lateral (
  select c.id from public.courses as c
  where c.is_published and c.slug like 'course-%%' and c.enrollment_mode = 'open'
    and c.capacity is null
    and not exists (select from public.course_prerequisites as r where r.course_id = c.id)
    and not exists (
      select from public.enrollments as e where e.course_id = c.id and e.user_id = p.id
    )
  order by md5(c.id::text || p.id::text) limit 3
) as c
order by md5(c.id::text || p.id::text || %(seed)s) limit %(count)s
"""
# The final examination of a course, open and not yet attempted.
EXAMS = """
select e.user_id, e.course_id, s.lesson_id
from (
  select e.* from public.enrollments as e
  inner join public.courses as c on c.id = e.course_id and c.is_published and not c.is_sequential
  where e.status in ('active', 'completed') and c.slug like 'course-%%'
  order by md5(e.id::text || %(seed)s) limit %(count)s * 2
) as e
cross join lateral (
  select s.lesson_id
  from private.lesson_states(e.user_id, array[e.course_id]) as s
  inner join public.lessons as l on l.id = s.lesson_id and l.slug = 'lesson-20'
  where s.is_open
) as s
where not exists (
  select from public.quiz_attempts as a
  where a.user_id = e.user_id and a.lesson_id = s.lesson_id
)
limit %(count)s
"""
OPEN_ATTEMPTS = """
select
  a.user_id, a.id as attempt_id,
  jsonb_path_query_first(
    a.items, '$[*] ? (@.kind == "true_false")'
  ) ->> 'question_id' as question_id
from public.quiz_attempts as a
where a.status = 'open' order by md5(a.id::text || %(seed)s) limit %(count)s
"""
OWNED = """
select s.user_id, s.course_id, c.slug
from public.course_staff as s inner join public.courses as c on c.id = s.course_id
where s.role = 'owner' and c.is_published and c.slug like 'course-%%'
order by md5(c.id::text || %(seed)s) limit %(count)s
"""
# The largest course, and the one whose number of learners is closest to a hundredth of that.
COURSES = """
with sized as (
  select c.id as course_id, s.user_id, count(e.id) as learners
  from public.courses as c
  inner join public.course_staff as s on s.course_id = c.id and s.role = 'owner'
  left join public.enrollments as e on e.course_id = c.id
  where c.slug like 'course-%%' and c.is_published
  group by c.id, s.user_id
)

select z.*
from sized as z cross join (select max(z.learners) as learners from sized as z) as m
order by abs(ln(greatest(z.learners, 1)::numeric / (m.learners / %(divisor)s::numeric)))
limit 1
"""
# Learners of many courses, and learners of the longest course.
BUSY = """
select e.user_id
from public.enrollments as e
group by e.user_id order by count(*) desc, md5(e.user_id::text || %(seed)s)
limit least(%(count)s, 20)
"""
LONG = """
select e.user_id, c.slug
from (
  select l.course_id from public.lessons as l
  group by l.course_id order by count(*) desc, l.course_id limit 1
) as l
inner join public.courses as c on c.id = l.course_id
inner join public.enrollments as e on e.course_id = c.id and e.status in ('active', 'completed')
order by md5(e.id::text || %(seed)s) limit %(count)s
"""
ADMIN = "select p.id as user_id from public.profiles as p where p.email like 'admin-%%@school.test'"
TITLES = """
select l.title, l.course_id from public.lessons as l inner join public.courses as c
  on c.id = l.course_id
where l.is_listed and c.slug like 'course-%%' order by md5(l.id::text || %(seed)s) limit 1000
"""
BODIES = """
select t.body_md from public.lesson_contents as t inner join public.courses as c
  on c.id = t.course_id
where c.slug like 'course-%%' order by md5(t.lesson_id::text || %(seed)s) limit 300
"""


@dataclass
class Draw:
    """Rows of the school in a pseudo-random order."""

    connection: psycopg.Connection[Row]
    seed: int
    random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def some(self, statement: str, count: int, **params: Any) -> list[Row]:
        """Up to this many distinct rows.

        Raises:
            LookupError: there are no rows.
        """
        given = {"seed": str(self.seed), "count": count, **params}
        found = self.connection.execute(statement, given).fetchall()
        if not found:
            raise LookupError(f"the school has nothing for: {statement}")
        return found

    def rows(self, statement: str, count: int, **params: Any) -> list[Row]:
        """This many rows, repeated when there are fewer."""
        found = self.some(statement, count, **params)
        return [found[number % len(found)] for number in range(count)]


class Queries:
    """Typical queries: words of titles and texts, with typos, and very frequent words."""

    KINDS = ("word", "words", "body", "typo", "broad", "phrase", "nothing")
    SHARES = (25, 25, 15, 15, 10, 5, 5)

    def __init__(self, draw: Draw) -> None:
        self.random = draw.random
        self.titles = [str(row["title"]).lower().split() for row in draw.some(TITLES, 0)]
        counted: Counter[str] = Counter()
        for row in draw.some(BODIES, 0):
            words = "".join(c if c.isalpha() else " " for c in str(row["body_md"]).lower()).split()
            counted.update({word for word in words if len(word) > 4})
        common = [word for word, _ in counted.most_common()]
        self.broad = common[:30]
        self.body = common[100:3000] or common

    def typo(self, word: str) -> str:
        """The word with two letters swapped, one omitted, or one wrong."""
        at = self.random.randrange(1, len(word) - 1)
        kind = self.random.randrange(3)
        if kind == 0:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return word[:at] + ("" if kind == 1 else "x") + word[at + 1 :]

    def query(self, kind: str | None = None) -> str:
        """A query of this kind, or of any."""
        title = self.random.choice(self.titles)
        match kind or self.random.choices(self.KINDS, self.SHARES)[0]:
            case "word":
                return self.random.choice(title)
            case "words":
                return " ".join(title[: self.random.choice((2, 2, 3))])
            case "body":
                return " ".join(self.random.sample(self.body, self.random.choice((1, 2))))
            case "typo":
                # Of a word of two letters none is in the middle.
                return self.typo(self.random.choice([word for word in title if len(word) > 2]))
            case "broad":
                return self.random.choice(self.broad)
            case "phrase":
                return f'"{" ".join(title[:2])}"'
            case _:
                return "qwrtzpsdfg"

    def question(self) -> str:
        """A question with words of a title and of a text."""
        return f"{self.query('words')} {self.query('body')}?"

    def prefix(self) -> str:
        """The beginning of a title, two letters or more."""
        title = " ".join(self.random.choice(self.titles))
        return title[: self.random.randint(2, 8)]
