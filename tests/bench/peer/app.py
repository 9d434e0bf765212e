"""A learning platform in the classic design: the peer that the benchmark measures beside Lyceum.

One FastAPI process, SQLModel, an async pool of connections, indexes for every query, and a fixed
number of set-based queries for each request. Authorization is in the endpoints. It does less than
Lyceum: no rules of access, seats, streaks, due dates, events, sums or certificates.

Run as `python -m uvicorn tests.bench.peer.app:app`, with PEER_DATABASE_URL and PEER_JWT_SECRET.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from sqlalchemy import Row, update
from sqlalchemy import select as select_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlmodel import SQLModel, and_, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from tests.bench.peer.models import Course, Enrollment, Lesson, Module, Progress, User

SECRET = os.environ["PEER_JWT_SECRET"]
# As many connections as PostgREST has.
engine = create_async_engine(
    os.environ["PEER_DATABASE_URL"],
    pool_size=20,
    max_overflow=0,
    connect_args={"server_settings": {"application_name": "peer", "jit": "off"}},
)
sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)


async def get_session() -> AsyncIterator[AsyncSession]:
    """One session for a request."""
    async with sessions() as session:
        yield session


SessionDep = Annotated[AsyncSession, Depends(get_session)]


async def get_user(session: SessionDep, authorization: Annotated[str, Header()]) -> User:
    """The caller, by their token."""
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "), SECRET, ["HS256"], audience="authenticated"
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    user = await session.get(User, UUID(claims["sub"]))
    if user is None:
        raise HTTPException(401)
    return user


UserDep = Annotated[User, Depends(get_user)]


@app.get("/home")
async def home(session: SessionDep, user: UserDep) -> list[dict[str, Any]]:
    """The courses of the caller with their progress and next lesson."""
    courses = (
        await session.exec(
            select(Enrollment, Course)
            .join(Course, col(Course.id) == Enrollment.course_id)
            .where(Enrollment.user_id == user.id)
            .order_by(col(Enrollment.active_at).desc())
            .limit(50)
        )
    ).all()
    done = and_(
        col(Progress.lesson_id) == Lesson.id,
        col(Progress.user_id) == user.id,
        col(Progress.completed_at).is_not(None),
    )
    place = func.row_number().over(
        partition_by=col(Lesson.course_id),
        order_by=(col(Progress.completed_at).is_not(None), col(Module.ord), col(Lesson.ord)),
    )
    count = func.count(col(Progress.completed_at)).over(partition_by=col(Lesson.course_id))
    total = func.count().over(partition_by=col(Lesson.course_id))
    ranked = (
        select_rows(
            col(Lesson.course_id),
            col(Lesson.slug),
            col(Lesson.title),
            col(Progress.completed_at),
            place.label("place"),
            count.label("completed"),
            total.label("lessons"),
        )
        .join(Module, col(Module.id) == Lesson.module_id)
        .outerjoin(Progress, done)
        .where(
            col(Lesson.course_id).in_([course.id for _, course in courses]),
            col(Lesson.is_published),
        )
        .subquery()
    )
    found = {
        row.course_id: row
        for row in (await session.execute(select_rows(ranked).where(ranked.c.place == 1))).all()
    }
    return [_home(enrollment, course, found.get(course.id)) for enrollment, course in courses]


def _home(enrollment: Enrollment, course: Course, first: Row[Any] | None) -> dict[str, Any]:
    completed, lessons = (first.completed, first.lessons) if first is not None else (0, 0)
    has_next = first is not None and first.completed_at is None
    return {
        "course_id": course.id,
        "slug": course.slug,
        "title": course.title,
        "status": enrollment.status,
        "active_at": enrollment.active_at,
        "progress": round(100 * completed / lessons, 2) if lessons else 0,
        "next_lesson": {"slug": first.slug, "title": first.title}
        if first is not None and has_next
        else None,
    }


@app.get("/courses/{slug}")
async def outline(session: SessionDep, user: UserDep, slug: str) -> dict[str, Any]:
    """A course with its modules, lessons, and the progress of the caller."""
    found = (
        await session.exec(
            select(Course, Enrollment)
            .outerjoin(
                Enrollment,
                and_(col(Enrollment.course_id) == Course.id, col(Enrollment.user_id) == user.id),
            )
            .where(Course.slug == slug, Course.is_published)
        )
    ).first()
    if found is None:
        raise HTTPException(404)
    course, enrollment = found
    rows: Sequence[tuple[Module, Lesson, Progress | None]] = (
        await session.exec(
            select(Module, Lesson, Progress)
            .join(Lesson, col(Lesson.module_id) == Module.id)
            .outerjoin(
                Progress,
                and_(col(Progress.lesson_id) == Lesson.id, col(Progress.user_id) == user.id),
            )
            .where(Module.course_id == course.id, Lesson.is_published)
            .order_by(col(Module.ord), col(Lesson.ord))
        )
    ).all()
    learners = (
        await session.exec(
            select(func.count()).select_from(Enrollment).where(Enrollment.course_id == course.id)
        )
    ).one()
    modules: dict[UUID, dict[str, Any]] = {}
    for module, lesson, progress in rows:
        shown = modules.setdefault(
            module.id, {"id": module.id, "title": module.title, "lessons": []}
        )
        shown["lessons"].append(
            {
                "id": lesson.id,
                "slug": lesson.slug,
                "title": lesson.title,
                "content_type": lesson.content_type,
                "duration_minutes": lesson.duration_minutes,
                "status": progress.status if progress is not None else "open",
                "score": progress.score if progress is not None else None,
            }
        )
    return {
        "course": course.model_dump(),
        "enrollment": _dump(enrollment),
        "learner_count": learners,
        "modules": list(modules.values()),
    }


def _dump(row: SQLModel | None) -> dict[str, Any] | None:
    return row.model_dump() if row is not None else None


@app.post("/lessons/{lesson_id}/complete")
async def complete(session: SessionDep, user: UserDep, lesson_id: UUID) -> dict[str, Any]:
    """Complete a lesson, and the course with its last lesson."""
    found = (
        await session.exec(
            select(Lesson, Enrollment)
            .join(Enrollment, col(Enrollment.course_id) == Lesson.course_id)
            .where(Lesson.id == lesson_id, Lesson.is_published, Enrollment.user_id == user.id)
            .with_for_update(of=Enrollment)
        )
    ).first()
    if found is None:
        raise HTTPException(404)
    lesson, enrollment = found
    now = datetime.now(UTC)
    await session.exec(
        insert(Progress)
        .values(
            user_id=user.id,
            lesson_id=lesson.id,
            course_id=lesson.course_id,
            status="completed",
            completed_at=now,
        )
        .on_conflict_do_update(
            index_elements=["user_id", "lesson_id"],
            set_={"status": "completed", "completed_at": now},
        )
    )
    missing = (
        await session.exec(
            select(func.count())
            .select_from(Lesson)
            .outerjoin(
                Progress,
                and_(
                    col(Progress.lesson_id) == Lesson.id,
                    col(Progress.user_id) == user.id,
                    col(Progress.completed_at).is_not(None),
                ),
            )
            .where(
                Lesson.course_id == lesson.course_id,
                Lesson.is_published,
                col(Progress.lesson_id).is_(None),
            )
        )
    ).one()
    await session.exec(
        update(Enrollment)
        .where(col(Enrollment.id) == enrollment.id)
        .values(
            active_at=now,
            **({"status": "completed", "completed_at": now} if missing == 0 else {}),
        )
    )
    await session.commit()
    return {"lesson_id": lesson.id, "completed_at": now, "is_course_complete": missing == 0}


@app.post("/courses/{course_id}/enroll")
async def enroll(session: SessionDep, user: UserDep, course_id: UUID) -> dict[str, Any]:
    """Enroll the caller in a course."""
    course = await session.get(Course, course_id)
    if course is None or not course.is_published:
        raise HTTPException(404)
    now = datetime.now(UTC)
    await session.exec(
        insert(Enrollment)
        .values(user_id=user.id, course_id=course.id, enrolled_at=now, active_at=now)
        .on_conflict_do_nothing(index_elements=["user_id", "course_id"])
    )
    enrollment = (
        await session.exec(
            select(Enrollment).where(
                Enrollment.user_id == user.id, Enrollment.course_id == course.id
            )
        )
    ).one()
    await session.commit()
    return enrollment.model_dump()
