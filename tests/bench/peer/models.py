"""The tables of the peer, in a schema of their own, and how they are filled from the school."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import DateTime, Index, UniqueConstraint, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import Field, SQLModel

SCHEMA = "peer"


class User(SQLModel, table=True):
    """An account."""

    __tablename__ = "users"
    __table_args__ = ({"schema": SCHEMA},)

    id: UUID = Field(primary_key=True)
    email: str
    name: str
    role: str


class Course(SQLModel, table=True):
    """A course."""

    __tablename__ = "courses"
    __table_args__ = (UniqueConstraint("slug"), {"schema": SCHEMA})

    id: UUID = Field(primary_key=True)
    slug: str
    title: str
    description: str
    cover_url: str | None
    is_published: bool


class Module(SQLModel, table=True):
    """A part of a course."""

    __tablename__ = "modules"
    __table_args__ = ({"schema": SCHEMA},)

    id: UUID = Field(primary_key=True)
    course_id: UUID = Field(foreign_key=f"{SCHEMA}.courses.id", index=True)
    title: str
    ord: int


class Lesson(SQLModel, table=True):
    """A lesson of a module."""

    __tablename__ = "lessons"
    __table_args__ = ({"schema": SCHEMA},)

    id: UUID = Field(primary_key=True)
    course_id: UUID = Field(foreign_key=f"{SCHEMA}.courses.id", index=True)
    module_id: UUID = Field(foreign_key=f"{SCHEMA}.modules.id", index=True)
    slug: str
    title: str
    ord: int
    content_type: str
    duration_minutes: Decimal | None
    is_published: bool


class Enrollment(SQLModel, table=True):
    """A learner in a course."""

    __tablename__ = "enrollments"
    __table_args__ = (UniqueConstraint("user_id", "course_id"), {"schema": SCHEMA})

    id: int | None = Field(default=None, primary_key=True)
    user_id: UUID = Field(foreign_key=f"{SCHEMA}.users.id")
    course_id: UUID = Field(foreign_key=f"{SCHEMA}.courses.id", index=True)
    status: str = Field(default="active", sa_column_kwargs={"server_default": text("'active'")})
    enrolled_at: datetime = Field(sa_type=DateTime(timezone=True))
    active_at: datetime = Field(sa_type=DateTime(timezone=True))
    completed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


class Progress(SQLModel, table=True):
    """A learner in a lesson."""

    __tablename__ = "progress"
    __table_args__ = (
        Index("progress_course_id_user_id_idx", "course_id", "user_id"),
        {"schema": SCHEMA},
    )

    user_id: UUID = Field(foreign_key=f"{SCHEMA}.users.id", primary_key=True)
    lesson_id: UUID = Field(foreign_key=f"{SCHEMA}.lessons.id", primary_key=True, index=True)
    course_id: UUID = Field(foreign_key=f"{SCHEMA}.courses.id")
    status: str
    score: Decimal | None = None
    completed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))


COPIES = {
    User: "select id, email, name, role::text from public.profiles",
    Course: ("select id, slug, title, description, cover_url, is_published from public.courses"),
    Module: "select id, course_id, title, ord from public.modules",
    Lesson: (
        "select id, course_id, module_id, slug, title, ord, content_type::text, duration_minutes, "
        "is_published from public.lessons"
    ),
    Enrollment: (
        "select row_number() over (), user_id, course_id, status::text, enrolled_at, "
        "last_activity_at, completed_at from public.enrollments "
        "where status in ('active', 'completed')"
    ),
    Progress: (
        "select user_id, lesson_id, course_id, status::text, score, completed_at "
        "from public.lesson_progress"
    ),
}


def statements() -> list[str]:
    """The SQL that makes the tables, fills them from the school, and indexes them."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    # Without checks of foreign keys: the rows are those of the school.
    made = [f"create schema {SCHEMA}", "set session_replication_role = replica"]
    for model, rows in COPIES.items():
        table = model.__table__  # type: ignore[attr-defined]
        made.append(str(CreateTable(table).compile(dialect=dialect)))
        made.append(f"insert into {table.fullname} {rows}")
        made += [str(CreateIndex(one).compile(dialect=dialect)) for one in table.indexes]
        made.append(f"analyze {table.fullname}")
    made.append("reset session_replication_role")
    made.append(
        f"select setval(pg_get_serial_sequence('{SCHEMA}.enrollments', 'id'), "
        f"max(id)) from {SCHEMA}.enrollments"
    )
    return made
