"""Drafts and publications at once: nobody's words are lost, and readers see one version."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tests.rpc.support import Job, Refusal, World, as_user, at_once, committed, refusals
from tests.support.database import Database, Session

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Courses that all connections see, removed afterwards."""
    with committed(database) as world:
        yield world


def edit(author: UUID, lesson_id: UUID, body_md: str, base: Any) -> Job:
    """A job: one write of a draft that names the version it replaces, as a client makes it."""

    def job(session: Session) -> int:
        session.act(user_id=author)
        return session.run(
            "update public.lesson_drafts set body_md = %s, updated_at = %s where lesson_id = %s",
            body_md,
            base,
            lesson_id,
        )

    return job


def test_many_editors_lose_no_word(database: Database, world: World) -> None:
    """Six people add a line each to what they have read; who is refused reads and adds again."""
    course_id = world.course()
    (lesson_id,) = world.lessons(course_id, 1)
    authors = world.users(6, "instructor")
    for author in authors:
        world.school.staff(course_id, author, "assistant")
    world.commit()
    left = authors
    while left:
        (base,) = world.all(
            "select body_md, updated_at from public.lesson_drafts where lesson_id = %s", lesson_id
        )
        answers = at_once(
            database,
            [
                edit(author, lesson_id, f"{base['body_md']}\n{author}", base["updated_at"])
                for author in left
            ],
        )
        assert {one.code for one in refusals(answers)} <= {"draft_conflict"}
        refused = [isinstance(one, Refusal) for one in answers]
        assert refused.count(False) == 1
        left = [author for author, no in zip(left, refused, strict=True) if no]
    text = world.value("select body_md from public.lesson_drafts where lesson_id = %s", lesson_id)
    assert all(str(author) in text for author in authors)


def test_readers_see_one_version(database: Database, world: World) -> None:
    """Page, table, passages and search agree in every statement, all through publications."""
    owner, learner = world.user("instructor"), world.user()
    course_id = world.course(owner=owner)
    (lesson_id,) = world.lessons(course_id, 1, body="Zephyr1.\n\n## Part\n\nMore zephyr1.")
    world.school.enroll(learner, course_id)
    world.commit()
    ended = threading.Event()

    def publish(session: Session) -> None:
        for number in range(2, 26):
            session.act(user_id=owner)
            session.run(
                "update public.lesson_drafts set body_md = %s where lesson_id = %s",
                f"Zephyr{number}.\n\n## Part\n\nMore zephyr{number}.",
                lesson_id,
            )
            session.rpc("publish_lesson", lesson_id=lesson_id)
            session.commit()
        ended.set()

    def read(session: Session) -> set[int]:
        seen: set[int] = set()
        while True:
            last = ended.is_set()
            session.act(user_id=learner)
            row = session.one(
                "select t.version, t.body_md, public.lesson_page(lesson_id => t.lesson_id)::text"
                " as page, (select string_agg(p.body, ' ') from public.lesson_passages as p"
                " where p.lesson_id = t.lesson_id) as passages, (select string_agg(s.lesson_id"
                "::text, '') from public.search(query => 'zephyr' || t.version) as s) as found"
                " from public.lesson_contents as t where t.lesson_id = %s",
                lesson_id,
            )
            session.rollback()
            said = {
                int(number)
                for text in (row["body_md"], row["page"], row["passages"])
                for number in re.findall(r"[Zz]ephyr(\d+)", text)
            }
            assert said == {row["version"]}
            assert row["found"] == str(lesson_id)
            seen.add(row["version"])
            if last:
                return seen

    answers = at_once(database, [publish, read, read])
    assert refusals(answers) == []
    assert all(max(seen) == 25 and len(seen) > 2 for seen in answers[1:])
    assert world.all("select * from private.search_audit()") == []


def test_a_lesson_is_published_once(database: Database, world: World) -> None:
    """Of many publications at once, of lesson and course, one makes the version; none deadlocks."""
    owner = world.user("instructor")
    course_id = world.course(owner=owner, description="About.")
    lesson_ids = world.lessons(course_id, 3)
    for lesson_id in lesson_ids:
        world.all(
            "update public.lesson_drafts set body_md = '---\ntitle: New\n---\nNew.' "
            "where lesson_id = %s returning 1",
            lesson_id,
        )
    world.commit()
    jobs = [as_user(owner, "publish_lesson", lesson_id=one) for one in lesson_ids * 4]
    jobs += [as_user(owner, "publish_course", course_id=course_id) for _ in range(4)]
    assert refusals(at_once(database, jobs)) == []
    rows = world.all(
        "select lesson_id, max(version) as version from public.lesson_versions "
        "where course_id = %s group by 1",
        course_id,
    )
    assert [row["version"] for row in rows] == [2, 2, 2]
