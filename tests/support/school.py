"""Builds accounts and courses as role `postgres`; a test names only the values it needs."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from psycopg import sql

from tests.support.database import Row, Session

_numbers = count(1)


def insert(session: Session, table: str, **columns: Any) -> Row:
    """Inserts one row into a table of schema public and returns it."""
    statement = sql.SQL("insert into public.{} ({}) values ({}) returning *").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(sql.Placeholder() for _ in columns),
    )
    return session.one(statement, *columns.values())


class School:
    """Creates objects and returns their ids. Acts as `postgres`; call `session.act` afterwards."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def user(self, role: str = "learner", *, email: str | None = None, name: str = "Test") -> UUID:
        """An account with a profile of this platform role."""
        user_id = uuid4()
        self.session.act("postgres")
        self.session.run(
            "insert into auth.users (id, email, raw_user_meta_data) "
            "values (%s, %s, jsonb_build_object('name', %s::text))",
            user_id,
            email or f"{user_id}@school.test",
            name,
        )
        if role != "learner":
            self.session.run("update public.profiles set role = %s where id = %s", role, user_id)
        return user_id

    def confirm(self, *user_ids: UUID) -> None:
        """Accounts confirm their addresses, as by the link in a mail."""
        self.session.act("postgres")
        self.session.run(
            "update auth.users set email_confirmed_at = now() where id = any(%s)", list(user_ids)
        )

    def direct_rosters(self) -> None:
        """Rosters of staff enroll the accounts that exist, as admins can set."""
        self.session.act("postgres")
        self.session.run("update private.platform_settings set is_roster_direct = true where id")

    def course(self, *, owner: UUID | None = None, published: bool = True, **columns: Any) -> UUID:
        """A course, published by default, with an owner when one is given."""
        self.session.act("postgres")
        number = next(_numbers)
        row = insert(
            self.session,
            "courses",
            **{
                "slug": f"course-{number}-{uuid4().hex[:8]}",
                "title": f"Course {number}",
                "description": "A course for a test.",
                "is_published": published,
                **columns,
            },
        )
        course_id: UUID = row["id"]
        if owner is not None:
            self.staff(course_id, owner, "owner")
        return course_id

    def staff(self, course_id: UUID, user_id: UUID, role: str) -> None:
        """Add a person to the staff of a course."""
        self.session.act("postgres")
        insert(self.session, "course_staff", course_id=course_id, user_id=user_id, role=role)

    def module(self, course_id: UUID, **columns: Any) -> UUID:
        """A module at the end of the course."""
        self.session.act("postgres")
        row = insert(self.session, "modules", course_id=course_id, **{"title": "Module", **columns})
        module_id: UUID = row["id"]
        return module_id

    def lesson(self, module_id: UUID, *, body: str | None = "Text.", **columns: Any) -> UUID:
        """A published text lesson at the end of the module, with content unless body is None."""
        self.session.act("postgres")
        number = next(_numbers)
        row = insert(
            self.session,
            "lessons",
            module_id=module_id,
            **{
                "slug": f"lesson-{number}",
                "title": f"Lesson {number}",
                "is_published": True,
                **columns,
            },
        )
        lesson_id: UUID = row["id"]
        if body is not None:
            self.publish(lesson_id, body_md=body)
        return lesson_id

    def publish(self, lesson_id: UUID, **columns: Any) -> None:
        """Write the draft of a lesson and publish it, as nobody."""
        self.session.act("postgres")
        names = ", ".join(columns)
        holes = ", ".join(["%s"] * len(columns))
        sets = ", ".join(f"{name} = excluded.{name}" for name in columns)
        self.session.run(
            f"insert into public.lesson_drafts (lesson_id, {names}) values (%s, {holes}) "
            f"on conflict (lesson_id) do update set {sets}",
            lesson_id,
            *columns.values(),
        )
        self.session.value("select private.publish_drafts(%s, null)", [lesson_id])

    def stored(self, bucket: str, path: str, size: int = 1000) -> str:
        """An object of Storage, where the database has the schema; returns its path."""
        self.session.act("postgres")
        if self.session.value("select to_regclass('storage.objects') is not null"):
            self.session.run(
                "insert into storage.objects (bucket_id, name, metadata) "
                "values (%s, %s, jsonb_build_object('size', %s, 'mimetype', 'application/pdf'))",
                bucket,
                path,
                size,
            )
        return path

    def lesson_path(self, lesson_id: UUID) -> str:
        """A new object in the folder of a lesson."""
        self.session.act("postgres")
        course_id = self.session.value(
            "select course_id from public.lessons where id = %s", lesson_id
        )
        return self.stored("lesson-files", f"{course_id}/{lesson_id}/{uuid4()}")

    def file(self, lesson_id: UUID, title: str = "File") -> Row:
        """A file of a lesson."""
        path = self.lesson_path(lesson_id)
        return insert(self.session, "lesson_files", lesson_id=lesson_id, path=path, title=title)

    def enroll(self, user_id: UUID, course_id: UUID, status: str = "active") -> UUID:
        """An enrollment with this status, inserted directly."""
        self.session.act("postgres")
        row = insert(
            self.session, "enrollments", user_id=user_id, course_id=course_id, status=status
        )
        enrollment_id: UUID = row["id"]
        return enrollment_id

    def let_pass(self, user_id: UUID, seconds: float) -> None:
        """Let time pass for the reports of a learner: what they did is so much longer ago."""
        self.session.act("postgres")
        for statement in (
            "update public.enrollments set enrolled_at = enrolled_at - %s where user_id = %s",
            "update public.lesson_progress set updated_at = updated_at - %s where user_id = %s",
            "update private.learner_clocks set counted_at = counted_at - %s where user_id = %s",
        ):
            self.session.run(statement, timedelta(seconds=seconds), user_id)

    def drift(self) -> list[Row]:
        """The findings of all audits but that of the search; must be empty."""
        self.session.act("postgres")
        return [
            *self.session.all("select * from private.progress_audit()"),
            *self.session.all("select * from private.access_audit()"),
            *self.session.all("select * from private.analytics_audit()"),
            *self.session.all("select * from private.risk_audit()"),
            *self.session.all("select * from private.place_audit()"),
        ]
