"""The school of the access matrix: its people, its courses, a row of each visibility."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.policies.subject import Move, Subject, Upsert
from tests.policies.talks import Talks
from tests.policies.tasks import Tasks
from tests.support.database import Row, Session
from tests.support.school import School, insert

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
LONG_AGO = YESTERDAY - timedelta(days=30)
NEXT_YEAR = YESTERDAY + timedelta(days=366)
# In the text of every lesson, and nowhere else.
SECRET = "Only for those inside:"


@dataclass(frozen=True)
class Actor:
    """An identity for the database: a role and, when signed in, an account."""

    role: str
    user_id: UUID | None = None


class World:
    """One school in an open transaction. All its rows are created in this transaction."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.school = School(session)
        self.actors: dict[str, Actor] = {"anon": Actor("anon"), "service": Actor("service_role")}
        self._people()
        self._courses()
        self._lessons()
        self._learners()
        self._sales()
        self.tasks = Tasks(self)
        self.talks = Talks(self)
        self.subjects = (
            self._catalogue()
            | self._lesson_tables()
            | self._people_tables()
            | self._activity()
            | self.tasks.subjects()
            | self.talks.subjects()
        )
        session.act("postgres")

    def id(self, name: str) -> UUID:
        """The account of a signed-in actor."""
        user_id = self.actors[name].user_id
        assert user_id is not None, f"{name} is not signed in"
        return user_id

    def act(self, name: str) -> Session:
        """Make the session act as this actor."""
        actor = self.actors[name]
        return self.session.act(actor.role, actor.user_id)

    def _people(self) -> None:
        roles = {"instructor": "instructor", "owner": "instructor", "rival": "instructor"}
        roles["admin"] = "admin"
        for name in (
            *("outsider", "learner", "peer", "elsewhere", "assistant", "instructor", "owner"),
            *("rival", "admin", "pending", "waitlisted", "withdrawn", "future", "expired"),
            *("revoked", "completed"),
        ):
            user_id = self.school.user(roles.get(name, "learner"), name=name.capitalize())
            self.actors[name] = Actor("authenticated", user_id)

    def _course(self, owner: str, *, published: bool = True) -> UUID:
        return self.school.course(
            created_by=self.id(owner), created_at=YESTERDAY, is_published=published
        )

    def _courses(self) -> None:
        # The main course, a draft and one without enrollments have the same staff.
        self.course = self._course("owner")
        self.draft = self._course("owner", published=False)
        self.empty = self._course("owner")
        for course_id in (self.course, self.draft, self.empty):
            for role in ("instructor", "assistant"):
                self.school.staff(course_id, self.id(role), role)
        # The rival has created a draft; the outsider has created one and left its staff.
        self.fresh = self.school.course(created_by=self.id("rival"), is_published=False)
        self.left = self._course("outsider", published=False)
        self.school.staff(self.left, self.id("owner"), "owner")
        self.session.run(
            "delete from public.course_staff where course_id = %s and user_id = %s",
            self.left,
            self.id("outsider"),
        )
        # The rival owns two courses; in one of them another learner is enrolled.
        self.foreign = self._course("rival")
        self.foreign_other = self._course("rival")
        for course_id, prerequisite_id in (
            (self.course, self.foreign),
            (self.draft, self.foreign),
        ):
            insert(
                self.session,
                "course_prerequisites",
                course_id=course_id,
                prerequisite_id=prerequisite_id,
            )

        # An archived course, which nobody finds but its learner and its staff.
        self.archived = self._course("owner")
        # Invitations to the course, to that of the rival, and to the platform.
        self.invitations: dict[str, UUID] = {
            name: insert(
                self.session,
                "invitations",
                email="guest@school.test",
                address="guest@school.test",
                course_id=course_id,
                role="instructor",
                expires_at="2100-01-01",
            )["id"]
            for name, course_id in (
                ("course", self.course),
                ("foreign", self.foreign),
                ("platform", None),
            )
        }

    def _lessons(self) -> None:
        school = self.school
        self.module = school.module(self.course)
        self.module_empty = school.module(self.course)
        self.module_draft = school.module(self.draft)
        self.module_foreign = school.module(self.foreign)
        self.module_archived = school.module(self.archived)
        self.lessons: dict[str, UUID] = {}
        lessons: tuple[tuple[str, UUID, dict[str, Any]], ...] = (
            ("preview", self.module, {"is_preview": True}),
            ("open", self.module, {}),
            # Not yet released; waiting for the previous lesson; unpublished, although a preview.
            ("locked", self.module, {"release_at": NEXT_YEAR}),
            ("gated", self.module, {}),
            ("unpublished", self.module, {"is_published": False, "is_preview": True}),
            # Published as a preview, but in a draft course.
            ("draft", self.module_draft, {"is_preview": True}),
            ("draft_gated", self.module_draft, {}),
            ("foreign", self.module_foreign, {}),
            ("archived", self.module_archived, {}),
            ("archived_draft", self.module_archived, {"is_published": False}),
            # Unpublished, in a course without prerequisites.
            ("unlisted", self.module_foreign, {"is_published": False}),
            # Without content.
            ("bare", self.module, {"body": None}),
            ("bare_foreign", self.module_foreign, {"body": None}),
        )
        for name, module_id, columns in lessons:
            self.lessons[name] = school.lesson(module_id, **{"body": f"{SECRET} {name}", **columns})
        self.session.run(
            "update public.courses set is_published = false, archived_at = now() where id = %s",
            self.archived,
        )
        self.module_hidden = school.module(self.archived, archived_at=YESTERDAY)
        self.lesson_prerequisites = {
            "listed": self._prerequisite("gated", "open"),
            "draft": self._prerequisite("draft_gated", "draft"),
            "of_draft": self._prerequisite("unpublished", "open"),
            "on_draft": self._prerequisite("bare", "unpublished"),
        }

    def _prerequisite(self, lesson: str, prerequisite: str) -> Row:
        key = {
            "lesson_id": self.lessons[lesson],
            "prerequisite_id": self.lessons[prerequisite],
        }
        insert(self.session, "lesson_prerequisites", **key)
        return key

    def _learners(self) -> None:
        for name, course_id in (
            *(("learner", self.course), ("learner", self.draft), ("peer", self.course)),
            *(("elsewhere", self.foreign), ("learner", self.archived)),
        ):
            self.school.enroll(self.id(name), course_id)
        for course_id in (self.course, self.draft):
            self._half_learners(course_id)
        for name in ("future", "expired", "revoked"):
            # An entitlement to another course opens nothing here.
            self._right(name, self.foreign_other)
        session = self.session
        for name, state, lesson in (
            ("learner", "started", "open"),
            ("peer", "completed", "open"),
            ("elsewhere", "started", "foreign"),
        ):
            insert(
                session,
                "lesson_progress",
                user_id=self.id(name),
                lesson_id=self.lessons[lesson],
                course_id=self.foreign if lesson == "foreign" else self.course,
                status=state,
                completed_at=YESTERDAY if state == "completed" else None,
            )

    def _half_learners(self, course_id: UUID) -> None:
        """Learners without access by their status or entitlement, and one who has finished."""
        session = self.session
        for name in ("pending", "waitlisted", "withdrawn"):
            # The entitlement is valid, so that the status alone closes the lessons. It comes first:
            # a later one would take the free seat.
            self._right(name, course_id)
            self.school.enroll(self.id(name), course_id, name)
        rights: dict[str, tuple[datetime, datetime | None, datetime | None]] = {
            "future": (NEXT_YEAR, None, None),
            "expired": (LONG_AGO, YESTERDAY, None),
            "revoked": (LONG_AGO, None, YESTERDAY),
        }
        for name, (starts_at, expires_at, revoked_at) in rights.items():
            self.school.enroll(self.id(name), course_id)
            session.run(
                "update public.entitlements set starts_at = %s, expires_at = %s, revoked_at = %s "
                "where user_id = %s and course_id = %s",
                *(starts_at, expires_at, revoked_at, self.id(name), course_id),
            )
        insert(
            session,
            "enrollments",
            user_id=self.id("completed"),
            course_id=course_id,
            status="completed",
            completed_at=YESTERDAY,
            completed_version=1,
        )

    def _sales(self) -> None:
        """An offer that is for sale, one that is not, and an order of the learner."""
        self.offers = {}
        for name, course_id in (("sold", self.course), ("hidden", self.draft)):
            offer = insert(self.session, "offers", title=name, price=100, currency="EUR")
            self.offers[name] = offer["id"]
            insert(self.session, "offer_courses", offer_id=offer["id"], course_id=course_id)
        insert(
            self.session,
            "orders",
            **{"provider": "bank", "reference": "learner", "user_id": self.id("learner")},
            **{"offer_id": self.offers["sold"], "amount": 100, "currency": "EUR"},
        )

    def _right(self, name: str, course_id: UUID) -> None:
        insert(
            self.session,
            "entitlements",
            **{"user_id": self.id(name), "course_id": course_id, "source": "staff"},
        )

    def _catalogue(self) -> dict[str, Subject]:
        slug = f"new-{uuid4().hex[:8]}"
        session = self.session
        course_slug = session.value("select slug from public.courses where id = %s", self.course)
        return {
            "courses": Subject(
                key=("id",),
                rows={
                    "published": {"id": self.course},
                    "draft": {"id": self.draft},
                    "empty": {"id": self.empty},
                    "foreign": {"id": self.foreign},
                    "fresh": {"id": self.fresh},
                    "left": {"id": self.left},
                },
                change={"title": "Changed"},
                inserts={
                    "new": {"slug": slug, "title": "New"},
                    "author": {"slug": slug, "title": "New", "created_by": self.id("peer")},
                },
                upserts={
                    "by_id": Upsert("published", ("id",), {"id": self.course, "slug": slug}),
                    "by_slug": Upsert(
                        "published", ("slug",), {"slug": course_slug, "title": "Changed"}
                    ),
                },
                moves={"empty": Move("empty", {"id": uuid4()})},
                written={"author": {"created_by": None}},
            ),
            "course_staff": Subject(
                key=("course_id", "user_id"),
                rows={
                    name: {"course_id": self.course, "user_id": self.id(name)}
                    for name in ("assistant", "instructor", "owner")
                },
                change={"role": "instructor"},
                inserts={
                    "outsider": self._staff("outsider", "owner"),
                    # Staff of other courses try to add themselves to this course.
                    "rival": self._staff("rival", "owner"),
                    "learner": self._staff("learner", "instructor"),
                },
                upserts={
                    "assistant": Upsert(
                        "assistant",
                        ("course_id", "user_id"),
                        self._staff("assistant", "instructor"),
                    )
                },
                moves={
                    name: Move(name, {"course_id": self.foreign}) for name in ("assistant", "owner")
                },
            ),
            "invitations": Subject(
                key=("id",),
                rows={name: {"id": id} for name, id in self.invitations.items()},
                change={"role": "owner"},
                inserts={"new": {"course_id": self.course, "email": "new@school.test"}},
                upserts={
                    "course": Upsert("course", ("id",), {"id": self.invitations["course"]}),
                },
                moves={"course": Move("course", {"course_id": self.foreign})},
            ),
            "modules": Subject(
                key=("id",),
                rows={
                    "listed": {"id": self.module_empty},
                    "archived": {"id": self.module_archived},
                    "hidden": {"id": self.module_hidden},
                    "draft": {"id": self.module_draft},
                    "foreign": {"id": self.module_foreign},
                },
                change={"title": "Changed"},
                inserts={
                    "listed": {"course_id": self.course, "title": "New"},
                    "draft": {"course_id": self.draft, "title": "New"},
                    "foreign": {"course_id": self.foreign, "title": "New"},
                },
                upserts={
                    "listed": Upsert(
                        "listed",
                        ("id",),
                        {"id": self.module_empty, "course_id": self.course, "title": "Changed"},
                    )
                },
                moves={"listed": Move("listed", {"course_id": self.foreign})},
            ),
            "course_prerequisites": Subject(
                key=("course_id", "prerequisite_id"),
                rows={
                    "published": {"course_id": self.course, "prerequisite_id": self.foreign},
                    "draft": {"course_id": self.draft, "prerequisite_id": self.foreign},
                },
                change={"min_score": 50},
                inserts={
                    "published": {"course_id": self.course, "prerequisite_id": self.empty},
                    "draft": {"course_id": self.draft, "prerequisite_id": self.empty},
                    "foreign": {"course_id": self.foreign, "prerequisite_id": self.empty},
                },
                upserts={
                    "published": Upsert(
                        "published",
                        ("course_id", "prerequisite_id"),
                        {
                            "course_id": self.course,
                            "prerequisite_id": self.foreign,
                            "min_score": 50,
                        },
                    )
                },
                moves={"published": Move("published", {"course_id": self.foreign_other})},
            ),
        }

    def _staff(self, name: str, role: str) -> Row:
        return {"course_id": self.course, "user_id": self.id(name), "role": role}

    def _lesson_tables(self) -> dict[str, Subject]:
        return {
            "lessons": Subject(
                key=("id",),
                rows={
                    "listed": {"id": self.lessons["open"]},
                    "archived": {"id": self.lessons["archived"]},
                    "archived_draft": {"id": self.lessons["archived_draft"]},
                    "unpublished": {"id": self.lessons["unpublished"]},
                    "draft": {"id": self.lessons["draft"]},
                    "foreign": {"id": self.lessons["foreign"]},
                },
                change={"title": "Changed"},
                inserts={
                    name: {"module_id": module_id, "slug": "new", "title": "New"}
                    for name, module_id in {
                        "listed": self.module,
                        "draft": self.module_draft,
                        "foreign": self.module_foreign,
                    }.items()
                },
                upserts={
                    "listed": Upsert(
                        "listed",
                        ("id",),
                        {
                            "id": self.lessons["open"],
                            "module_id": self.module,
                            "slug": "new",
                            "title": "Changed",
                        },
                    )
                },
                moves={
                    "within": Move("listed", {"module_id": self.module_empty}),
                    "away": Move("listed", {"module_id": self.module_foreign}),
                    "course": Move("listed", {"course_id": self.foreign}),
                },
            ),
            "lesson_contents": Subject(
                key=("lesson_id",),
                rows={
                    name: {"lesson_id": self.lessons[name]}
                    for name in self.lessons
                    if not name.startswith("bare")
                },
                change={"body_md": "Changed"},
                inserts={"bare": {"lesson_id": self.lessons["bare"], "body_md": "New"}},
                upserts={
                    "open": Upsert(
                        "open", ("lesson_id",), {"lesson_id": self.lessons["open"], "body_md": "Up"}
                    )
                },
                moves={"open": Move("open", {"lesson_id": self.lessons["bare"]})},
            ),
            "lesson_versions": Subject(
                key=("lesson_id", "version"),
                rows={
                    name: {"lesson_id": self.lessons[name], "version": 1}
                    for name in ("open", "draft", "foreign")
                },
                change={"body_md": "Changed"},
                inserts={
                    "open": {
                        "lesson_id": self.lessons["open"],
                        "version": 2,
                        "course_id": self.course,
                        "title": "New",
                        "body_md": "New",
                    }
                },
                upserts={
                    "open": Upsert(
                        "open",
                        ("lesson_id", "version"),
                        {
                            "lesson_id": self.lessons["open"],
                            "version": 1,
                            "course_id": self.course,
                            "title": "Up",
                            "body_md": "Up",
                        },
                    )
                },
                moves={"open": Move("open", {"lesson_id": self.lessons["bare"]})},
            ),
            "lesson_drafts": Subject(
                key=("lesson_id",),
                rows={
                    name: {"lesson_id": self.lessons[name]}
                    for name in ("preview", "open", "draft", "foreign")
                },
                change={"body_md": "Changed"},
                inserts={
                    name: {"lesson_id": self.lessons[name], "body_md": "New"}
                    for name in ("bare", "bare_foreign")
                },
                upserts={
                    name: Upsert(
                        name, ("lesson_id",), {"lesson_id": self.lessons[name], "body_md": "Up"}
                    )
                    for name in ("open", "foreign")
                },
                moves={
                    "preview": Move("preview", {"lesson_id": self.lessons["bare"]}),
                    "course": Move("preview", {"course_id": self.foreign}),
                },
            ),
            "lesson_files": Subject(
                key=("id",),
                rows={
                    name: {"id": self.school.file(lesson_id)["id"]}
                    for name, lesson_id in self.lessons.items()
                    if not name.startswith("bare")
                },
                change={"title": "Changed"},
                inserts={
                    name: {
                        "lesson_id": self.lessons[name],
                        "path": self.school.lesson_path(self.lessons[name]),
                        "title": "New",
                    }
                    for name in ("bare", "bare_foreign")
                },
                upserts={
                    "open": Upsert(
                        "open",
                        ("path",),
                        {
                            "lesson_id": self.lessons["open"],
                            "path": self.school.lesson_path(self.lessons["open"]),
                            "title": "Up",
                        },
                    )
                },
                moves={"course": Move("preview", {"course_id": self.foreign})},
            ),
            "lesson_passages": self._passages(),
            "lesson_prerequisites": Subject(
                key=("lesson_id", "prerequisite_id"),
                rows=self.lesson_prerequisites,
                change={"min_score": 50},
                inserts={
                    "listed": {
                        "lesson_id": self.lessons["locked"],
                        "prerequisite_id": self.lessons["open"],
                    },
                    "of_draft": {
                        "lesson_id": self.lessons["unpublished"],
                        "prerequisite_id": self.lessons["preview"],
                    },
                    "foreign": {
                        "lesson_id": self.lessons["foreign"],
                        "prerequisite_id": self.lessons["bare_foreign"],
                    },
                },
                upserts={
                    "listed": Upsert(
                        "listed",
                        ("lesson_id", "prerequisite_id"),
                        {**self.lesson_prerequisites["listed"], "min_score": 50},
                    )
                },
                moves={"listed": Move("listed", {"course_id": self.foreign})},
            ),
        }

    def _passages(self) -> Subject:
        """The first passage of each lesson with content."""
        new = {
            "lesson_id": self.lessons["open"],
            "ord": 2,
            "course_id": self.course,
            "source": "body",
            "heading_path": [],
            "anchor": "",
            "body": "New",
            "is_public": True,
        }
        return Subject(
            key=("lesson_id", "ord"),
            rows={
                name: {"lesson_id": lesson_id, "ord": 1}
                for name, lesson_id in self.lessons.items()
                if not name.startswith("bare")
            },
            change={"body": "Changed"},
            inserts={"open": new},
            upserts={"open": Upsert("open", ("lesson_id", "ord"), {**new, "ord": 1})},
            moves={"open": Move("open", {"lesson_id": self.lessons["locked"], "ord": 2})},
        )

    def _activity(self) -> dict[str, Subject]:
        """The activity of a learner in the course, and of another in the foreign course."""
        events = {}
        for seq, name, course_id in ((1, "learner", self.course), (2, "elsewhere", self.foreign)):
            values = {"kind": "lab_graded", "user_id": self.id(name), "course_id": course_id}
            insert(self.session, "learning_events", seq=-seq, **values)
            events[name] = {"seq": -seq}
        new = {
            "seq": -3,
            "occurred_at": YESTERDAY,
            "kind": "course_completed",
            "user_id": self.id("learner"),
            "course_id": self.course,
        }
        return {
            "learning_events": Subject(
                key=("seq",),
                rows=events,
                change={"kind": "course_completed"},
                inserts={"learner": new},
                upserts={"learner": Upsert("learner", ("occurred_at", "seq"), new)},
                moves={"learner": Move("learner", {"user_id": self.id("peer")})},
            )
        }

    def _people_tables(self) -> dict[str, Subject]:
        rights = {
            name: {"user_id": self.id(name), "course_id": course_id}
            for name, course_id in (("learner", self.course), ("elsewhere", self.foreign))
        }
        progress = {
            "learner": {"user_id": self.id("learner"), "lesson_id": self.lessons["open"]},
            "elsewhere": {"user_id": self.id("elsewhere"), "lesson_id": self.lessons["foreign"]},
        }
        new_progress = {
            "user_id": self.id("learner"),
            "lesson_id": self.lessons["preview"],
            "course_id": self.course,
            "status": "completed",
            "completed_at": YESTERDAY,
        }
        return {
            "profiles": Subject(
                key=("id",),
                rows={
                    name: {"id": self.id(name)}
                    for name in ("learner", "elsewhere", "withdrawn", "owner", "admin")
                },
                change={"name": "Changed"},
                inserts={"new": {"id": uuid4(), "name": "New"}},
                upserts={
                    "learner": Upsert(
                        "learner", ("id",), {"id": self.id("learner"), "name": "Changed"}
                    )
                },
                moves={name: Move(name, {"id": self.id("peer")}) for name in ("learner", "admin")},
            ),
            "offers": Subject(
                key=("id",),
                rows={name: {"id": offer_id} for name, offer_id in self.offers.items()},
                change={"price": 1},
                inserts={"new": {"title": "New", "price": 1, "currency": "EUR"}},
                upserts={
                    "sold": Upsert("sold", ("id",), {"id": self.offers["sold"], "title": "Changed"})
                },
                moves={"sold": Move("sold", {"id": uuid4()})},
            ),
            "offer_courses": Subject(
                key=("offer_id", "course_id"),
                rows={
                    "sold": {"offer_id": self.offers["sold"], "course_id": self.course},
                    "hidden": {"offer_id": self.offers["hidden"], "course_id": self.draft},
                },
                change={"course_id": self.foreign},
                inserts={"new": {"offer_id": self.offers["sold"], "course_id": self.foreign}},
                upserts={
                    "sold": Upsert(
                        "sold",
                        ("offer_id", "course_id"),
                        {"offer_id": self.offers["sold"], "course_id": self.course},
                    )
                },
                moves={"sold": Move("sold", {"course_id": self.foreign})},
            ),
            "orders": Subject(
                key=("provider", "reference"),
                rows={"learner": {"provider": "bank", "reference": "learner"}},
                change={"status": "paid"},
                inserts={
                    "new": {
                        **{"provider": "bank", "reference": "new", "user_id": self.id("learner")},
                        **{"offer_id": self.offers["sold"], "amount": 1, "currency": "EUR"},
                    }
                },
                upserts={
                    "learner": Upsert(
                        "learner",
                        ("provider", "reference"),
                        {"provider": "bank", "reference": "learner", "status": "paid"},
                    )
                },
                moves={"learner": Move("learner", {"user_id": self.id("peer")})},
            ),
            "entitlements": Subject(
                key=("user_id", "course_id"),
                rows=rights,
                change={"expires_at": None},
                inserts={
                    "learner": {
                        "user_id": self.id("learner"),
                        "course_id": self.empty,
                        "source": "purchase",
                    }
                },
                upserts={
                    "learner": Upsert(
                        "learner",
                        ("user_id", "course_id", "source", "reference"),
                        {
                            **rights["learner"],
                            **{"source": "enrollment", "reference": "", "revoked_at": None},
                        },
                    )
                },
                moves={"learner": Move("learner", {"course_id": self.empty})},
            ),
            "enrollments": Subject(
                key=("user_id", "course_id"),
                rows=rights,
                change={"status": "completed", "completed_at": YESTERDAY},
                inserts={"learner": {"user_id": self.id("learner"), "course_id": self.empty}},
                upserts={
                    "learner": Upsert(
                        "learner",
                        ("course_id", "user_id"),
                        {**rights["learner"], "progress": 100},
                    )
                },
                moves={"learner": Move("learner", {"course_id": self.empty})},
            ),
            "lesson_progress": Subject(
                key=("user_id", "lesson_id"),
                rows=progress,
                change={"status": "completed", "completed_at": YESTERDAY},
                inserts={"learner": new_progress},
                upserts={
                    "learner": Upsert(
                        "learner",
                        ("user_id", "lesson_id"),
                        {**new_progress, **progress["learner"]},
                    )
                },
                moves={"learner": Move("learner", {"lesson_id": self.lessons["preview"]})},
            ),
        }
