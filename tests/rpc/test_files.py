"""Files: who adds an object and who reads it, what uploads cost, and which objects nobody uses."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, call, refuse
from tests.support.database import Row, Session
from tests.support.school import School, insert

pytestmark = pytest.mark.once


@dataclass
class Desk:
    """A course with an open lesson, a locked one and a lab."""

    school: School
    owner: UUID
    learner: UUID
    course_id: UUID
    module_id: UUID
    open_id: UUID
    locked_id: UUID
    lab_id: UUID

    @property
    def db(self) -> Session:
        """The session of the test."""
        return self.school.session

    def staff(self) -> Session:
        """The session, speaking as the owner."""
        return self.db.act(user_id=self.owner)

    def student(self) -> Session:
        """The session, speaking as the learner."""
        return self.db.act(user_id=self.learner)

    def work(self, lesson_id: UUID | None = None) -> str:
        """A path for the learner's work."""
        return f"{self.learner}/{lesson_id or self.lab_id}/{uuid4()}"


@pytest.fixture
def desk(school: School) -> Desk:
    """The desk of a test."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    school.enroll(learner, course_id)
    module_id = school.module(course_id)
    return Desk(
        *(school, owner, learner, course_id, module_id),
        school.lesson(module_id),
        school.lesson(module_id, release_after="1 day"),
        school.lesson(module_id, content_type="lab", completion_rule="accept"),
    )


def upload(session: Session, bucket: str, path: str) -> None:
    """Add an object as its Storage server asks whether the caller may."""
    session.run(
        "insert into storage.objects (bucket_id, name, owner_id) values (%s, %s, auth.uid()::text)",
        bucket,
        path,
    )


def may_upload(session: Session, bucket: str, path: str) -> bool:
    """Whether the policies let the caller add an object; nothing is added."""
    return bool(session.value("select private.may_store(%s, %s)", bucket, path))


def readable(session: Session, bucket: str) -> set[str]:
    """The objects of a bucket that the caller reads."""
    rows = session.all("select name from storage.objects where bucket_id = %s", bucket)
    return {row["name"] for row in rows}


# Who adds --------------------------------------------------------------------------------------


def test_who_adds_an_object(desk: Desk) -> None:
    """Each bucket has its people and its form of names; the policy refuses all else."""
    course, lesson, me = desk.course_id, desk.open_id, desk.learner
    assistant, admin = desk.school.user(), desk.school.user("admin")
    desk.school.staff(course, assistant, "assistant")
    rival = desk.school.user("instructor")
    other_course = desk.school.course(owner=rival)
    file, cover = f"{course}/{lesson}/{uuid4()}", f"{course}/{uuid4()}"
    lab, own = desk.work(), f"{me}/{uuid4()}"
    allowed = {
        desk.owner: {("lesson-files", file), ("covers", cover)},
        assistant: {("lesson-files", file)},
        admin: {("lesson-files", file), ("covers", cover)},
        rival: set(),
        me: {("submissions", lab), ("avatars", own)},
    }
    names = [("lesson-files", file), ("covers", cover), ("submissions", lab), ("avatars", own)]
    for user_id, rights in allowed.items():
        for bucket, path in names:
            desk.db.act(user_id=user_id)
            if (bucket, path) in rights:
                with desk.db.savepoint():
                    upload(desk.db, bucket, path)
            else:
                with desk.db.refused("42501"):
                    upload(desk.db, bucket, path)
    for bucket, path in names:
        desk.db.act("anon")
        with desk.db.refused("42501"):
            upload(desk.db, bucket, path)
    never = [
        ("lesson-files", f"{course}/{lesson}/notes.pdf"),
        ("lesson-files", f"{course}/{uuid4()}/{uuid4()}"),
        ("lesson-files", f"{other_course}/{lesson}/{uuid4()}"),
        ("lesson-files", f"{course}/{lesson}/{uuid4()}/"),
        ("lesson-files", f"{course}/{lesson}/{uuid4()}\n"),
        ("lesson-files", f"/{course}/{lesson}/{uuid4()}"),
        ("lesson-files", f"{course}/{lesson}/{str(uuid4()).upper()}".replace("0", "A")),
        ("lesson-files", cover),
        ("covers", file),
        ("covers", f"{course}"),
        ("covers", f"{uuid4()}/{uuid4()}"),
        ("nowhere", file),
        ("", ""),
    ]
    for user_id in (desk.owner, admin):
        desk.db.act("postgres")
        desk.db.act(user_id=user_id)
        for bucket, path in never:
            with desk.db.refused("42501"):
                upload(desk.db, bucket, path)


def test_work_needs_an_open_lab(desk: Desk) -> None:
    """Learners add work for labs and quizzes that are open to them, in their own folder."""
    school, module_id = desk.school, desk.module_id
    quiz_id = school.lesson(module_id, content_type="quiz")
    closed_id = school.lesson(module_id, content_type="lab", release_after="1 day")
    preview_id = school.lesson(module_id, content_type="lab", is_preview=True)
    outsider = school.user()
    cases = {
        desk.work(): True,
        desk.work(quiz_id): True,
        desk.work(preview_id): True,
        desk.work(closed_id): False,
        desk.work(desk.open_id): False,
        desk.work(uuid4()): False,
        f"{desk.owner}/{desk.lab_id}/{uuid4()}": False,
    }
    for path, expected in cases.items():
        desk.db.act("postgres").run(
            "select set_config('request.jwt.claims', %s, true)", f'{{"sub": "{desk.learner}"}}'
        )
        assert may_upload(desk.db, "submissions", path) is expected, path
    for lesson_id in (desk.lab_id, preview_id):
        desk.db.act(user_id=outsider)
        with desk.db.refused("42501"):
            upload(desk.db, "submissions", f"{outsider}/{lesson_id}/{uuid4()}")
    call(desk.student(), "withdraw", course_id=desk.course_id)
    with desk.db.refused("42501"):
        upload(desk.student(), "submissions", desk.work())


def test_a12_an_open_attempt_takes_a_file(desk: Desk) -> None:
    """The file of an answer is uploaded whatever has happened to the lesson since the start."""
    quiz_id = desk.school.lesson(desk.module_id, content_type="quiz")
    key = {"options": Jsonb([]), "key": Jsonb({})}
    asked = {"lesson_id": quiz_id, "kind": "file", "prompt_md": "Draw it.", "points": 1}
    call(desk.staff(), "save_question", **asked, **key)
    attempt_id = call(desk.student(), "start_attempt", lesson_id=quiz_id)["id"]
    desk.staff().run("update public.lessons set release_at = '2100-01-01' where id = %s", quiz_id)
    upload(desk.student(), "submissions", desk.work(quiz_id))
    call(desk.student(), "submit_attempt", attempt_id=attempt_id)
    with desk.db.refused("42501"):
        upload(desk.student(), "submissions", desk.work(quiz_id))


def test_an_answer_in_a_quiz_is_read_by_staff(desk: Desk) -> None:
    """A path among the answers of an attempt: staff read the object, and it stays in use."""
    quiz_id = desk.school.lesson(desk.module_id, content_type="quiz")
    insert(desk.db, "quizzes", lesson_id=quiz_id)
    path = desk.school.stored("submissions", desk.work(quiz_id))
    desk.db.run("update storage.objects set created_at = now() - interval '2 days'")
    in_use = "select %s not in (select path from public.unused_objects(200))"
    assert not desk.db.act("service_role").value(in_use, path)
    assert path not in readable(desk.staff(), "submissions")
    insert(
        desk.db.act("postgres"),
        "quiz_attempts",
        lesson_id=quiz_id,
        course_id=desk.course_id,
        user_id=desk.learner,
        number=1,
        items=Jsonb([]),
        answers=Jsonb({str(uuid4()): path}),
        max_score=1,
    )
    assert path in readable(desk.staff(), "submissions")
    assert desk.db.act("service_role").value(in_use, path)
    rival = desk.school.user("instructor")
    assert readable(desk.db.act(user_id=rival), "submissions") == set()


def test_nobody_changes_an_object(desk: Desk) -> None:
    """No client updates or deletes objects, makes buckets or sees them."""
    path = desk.school.file(desk.open_id)["path"]
    own = desk.school.stored("submissions", desk.work())
    for user_id in (desk.owner, desk.learner):
        db = desk.db.act(user_id=user_id)
        assert db.run("update storage.objects set name = name || 'x'") == 0
        with db.savepoint():
            db.run("set local storage.can_delete = 'true'")
            assert db.run("delete from storage.objects where bucket_id = 'submissions'") == 0
        assert db.all("select * from storage.buckets") == []
        with db.refused("42501"):
            db.run("insert into storage.buckets (id, name) values ('mine', 'mine')")
    assert readable(desk.student(), "submissions") == {own}
    assert path in readable(desk.student(), "lesson-files")


# Who reads -------------------------------------------------------------------------------------


def test_work_is_read_once_it_is_handed_in(desk: Desk) -> None:
    """Staff and admins read what was handed in; other learners never do."""
    path = desk.school.stored("submissions", desk.work())
    other, admin = desk.school.user(), desk.school.user("admin")
    desk.school.enroll(other, desk.course_id)
    assert readable(desk.student(), "submissions") == {path}
    assert readable(desk.staff(), "submissions") == set()
    row = call(
        desk.student(), "submit_lab", lesson_id=desk.lab_id, file_path=path, file_name=" a.pdf "
    )
    assert (row["file_path"], row["file_name"]) == (path, "a.pdf")
    for user_id in (desk.owner, admin):
        assert path in readable(desk.db.act(user_id=user_id), "submissions")
    for user_id in (other, desk.school.user("instructor")):
        assert readable(desk.db.act(user_id=user_id), "submissions") == set()
    assert readable(desk.db.act("anon"), "submissions") == set()


class Walk:
    """A course that changes at random; each lesson has content and a file."""

    def __init__(self, school: School, seed: int) -> None:
        self.school, self.random = school, random.Random(seed)
        self.db = school.session
        self.owner, self.helper = school.user("instructor"), school.user()
        self.learners = [school.user() for _ in range(3)]
        self.course_id = school.course(owner=self.owner)
        self.lessons = [
            school.lesson(module_id, **columns)
            for module_id in (school.module(self.course_id), school.module(self.course_id))
            for columns in ({}, {"is_preview": True}, {"content_type": "lab"}, {})
        ]
        for lesson_id in self.lessons:
            school.file(lesson_id)
        self.people: list[UUID | None] = [
            *self.learners,
            self.owner,
            self.helper,
            school.user("admin"),
            school.user("instructor"),
            None,
        ]

    def change(self) -> str:
        """One random change of the course, of a right or of what a learner has done."""
        lesson_id, learner = self.random.choice(self.lessons), self.random.choice(self.learners)
        course_id = self.course_id
        changes: list[tuple[str, list[Any]]] = [
            (
                "update public.lessons set is_published = not is_published where id = %s",
                [lesson_id],
            ),
            (
                "update public.lessons set is_preview = not is_preview where id = %s",
                [lesson_id],
            ),
            (
                "update public.lessons set release_at = now() + %s where id = %s",
                [timedelta(days=self.random.choice([-1, 1])), lesson_id],
            ),
            ("update public.lessons set release_at = null where id = %s", [lesson_id]),
            (
                "update public.courses set is_published = not is_published where id = %s",
                [course_id],
            ),
            (
                "update public.courses set is_sequential = not is_sequential where id = %s",
                [course_id],
            ),
            (
                "insert into public.enrollments (user_id, course_id) values (%s, %s) "
                "on conflict (user_id, course_id) do update set status = 'active', "
                "completed_at = null, completed_version = null",
                [learner, course_id],
            ),
            (
                "update public.enrollments set status = 'withdrawn' "
                "where user_id = %s and course_id = %s and status = 'active'",
                [learner, course_id],
            ),
            (
                "update public.entitlements set revoked_at = case when revoked_at is null "
                "then now() end where user_id = %s and course_id = %s",
                [learner, course_id],
            ),
            (
                "insert into public.lesson_progress (user_id, lesson_id, course_id, status, "
                "completed_at) select e.user_id, %s, e.course_id, 'completed', now() "
                "from public.enrollments as e where e.user_id = %s and e.course_id = %s "
                "on conflict (user_id, lesson_id) do nothing",
                [lesson_id, learner, course_id],
            ),
            (
                "insert into public.course_staff (course_id, user_id, role) "
                "values (%s, %s, 'assistant') on conflict do nothing",
                [course_id, self.helper],
            ),
            ("delete from public.course_staff where user_id = %s", [self.helper]),
            ("delete from public.lesson_files where lesson_id = %s", [lesson_id]),
            ("", []),
        ]
        statement, params = self.random.choice(changes)
        self.db.act("postgres")
        if statement:
            self.db.run(statement, *params)
        else:
            self.school.file(lesson_id)
        return statement

    def check(self, user_id: UUID | None) -> None:
        """Who downloads is who reads the row, and that is who reads the content of the lesson."""
        db = self.db.act("anon") if user_id is None else self.db.act(user_id=user_id)
        rows = db.all("select path, lesson_id from public.lesson_files")
        contents = {
            row["lesson_id"] for row in db.all("select lesson_id from public.lesson_contents")
        }
        objects = readable(db, "lesson-files")
        files = self.db.act("postgres").all("select path, lesson_id from public.lesson_files")
        assert objects == {row["path"] for row in rows}
        assert objects == {row["path"] for row in files if row["lesson_id"] in contents}


@pytest.mark.parametrize("states", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_who_downloads_is_who_reads(school: School, states: int) -> None:
    """In random states a person reads the files of those lessons whose content they read."""
    walk = Walk(school, states)
    for _ in range(states):
        walk.change()
        for user_id in walk.random.sample(walk.people, 2):
            walk.check(user_id)


# Rows ------------------------------------------------------------------------------------------


def test_a_row_names_an_object(desk: Desk) -> None:
    """Size and type come from Storage; a path elsewhere or without an object is refused."""
    path = desk.school.lesson_path(desk.open_id)
    row = insert(desk.staff(), "lesson_files", lesson_id=desk.open_id, path=path, title="A")
    assert (row["size_bytes"], row["media_type"]) == (1000, "application/pdf")
    folder = f"{desk.course_id}/{desk.open_id}"
    for bad, code in {
        f"{folder}/{uuid4()}": "file_not_found",
        desk.school.lesson_path(desk.locked_id): "invalid_path",
        desk.school.stored("lesson-files", f"{folder}/notes"): "invalid_path",
        f"{folder}/../{uuid4()}": "invalid_path",
        "": "invalid_path",
    }.items():
        desk.staff()
        with desk.db.refused(404 if code == "file_not_found" else 422, code):
            insert(desk.db, "lesson_files", lesson_id=desk.open_id, path=bad, title="A")
    old = desk.school.lesson_path(desk.open_id)
    desk.db.run(
        "update storage.objects set created_at = now() - interval '25 hours' where name = %s", old
    )
    desk.staff()
    with desk.db.refused(404, "file_not_found"):
        insert(desk.db, "lesson_files", lesson_id=desk.open_id, path=old, title="A")
    with desk.db.refused(422, "invalid_title"):
        desk.db.run("update public.lesson_files set title = ' ' where id = %s", row["id"])
    # Others learn nothing about objects.
    for path in (f"{folder}/{uuid4()}", desk.school.lesson_path(desk.open_id)):
        desk.student()
        with desk.db.refused("42501"):
            desk.db.run(
                "insert into public.lesson_files (lesson_id, path, title) values (%s, %s, 'A')",
                *(desk.open_id, path),
            )


def test_a_lesson_takes_50_files(desk: Desk) -> None:
    """The page of a lesson lists its files in their order, and there are at most 50."""
    for title in "BA":
        desk.school.file(desk.open_id, title)
    desk.db.run("update public.lesson_files set ord = 1 where title = 'B'")
    page = answer(desk.student(), "lesson_page", lesson_id=desk.open_id)
    assert [file["title"] for file in page["files"]] == ["A", "B"]
    for _ in range(48):
        desk.school.file(desk.open_id)
    path = desk.school.lesson_path(desk.open_id)
    desk.staff()
    with desk.db.refused(409, "too_many_files"):
        insert(desk.db, "lesson_files", lesson_id=desk.open_id, path=path, title="One more")
    desk.school.file(desk.locked_id)
    assert answer(desk.student(), "lesson_page", lesson_id=desk.locked_id)["files"] == []
    assert len(answer(desk.staff(), "lesson_page", lesson_id=desk.locked_id)["files"]) == 1


def test_work_names_an_object_of_ones_own(desk: Desk) -> None:
    """submit_lab takes an object of the learner that exists; what was handed in stays valid."""
    db, lab = desk.student, {"lesson_id": desk.lab_id}
    refuse(db(), "submit_lab", "file_not_found", **lab, file_path=desk.work())
    path = desk.school.stored("submissions", desk.work())
    for bad in (
        {"file_name": "a.pdf"},
        {"file_path": path, "file_name": "x" * 201},
        {"file_path": path, "file_name": "\u202egpj.exe"},
        {"file_path": desk.school.stored("submissions", f"{desk.owner}/{desk.lab_id}/{uuid4()}")},
    ):
        refuse(db(), "submit_lab", "invalid_submission", **lab, **{"body": "Work.", **bad})
    other = desk.school.stored("lesson-files", desk.work())
    refuse(db(), "submit_lab", "file_not_found", **lab, file_path=other)
    call(db(), "submit_lab", **lab, file_path=path)
    desk.db.act("postgres").run(
        "update storage.objects set created_at = now() - interval '9 days' where name = %s", path
    )
    assert call(db(), "submit_lab", **lab, file_path=path)["version"] == 2


# Budgets and leftovers -------------------------------------------------------------------------


def test_uploads_have_a_budget(desk: Desk) -> None:
    """Objects and their bytes count for who uploads them, by kind of bucket; a server has none."""

    def spend(bucket: str, path: str, user_id: UUID | None, size: int) -> None:
        desk.db.act("postgres").run(
            "insert into storage.objects (bucket_id, name, owner_id, metadata) "
            "values (%s, %s, %s, jsonb_build_object('size', %s))",
            *(bucket, path, user_id and str(user_id), size),
        )

    desk.db.act("postgres").run(
        "update private.budgets set max_rows = 3, max_bytes = 1000 where kind = 'files'"
    )
    spend("submissions", desk.work(), desk.learner, 600)
    with desk.db.refused(429, "budget_exceeded"):
        spend("avatars", f"{desk.learner}/{uuid4()}", desk.learner, 401)
    spend("avatars", f"{desk.learner}/{uuid4()}", desk.learner, 400)
    upload(desk.student(), "submissions", desk.work())
    with desk.db.refused(429, "budget_exceeded"):
        upload(desk.student(), "submissions", desk.work())
    spend("submissions", desk.work(), None, 10_000)
    spend("submissions", desk.work(), uuid4(), 10_000)
    spend("lesson-files", f"{desk.course_id}/{desk.open_id}/{uuid4()}", desk.owner, 10_000)
    uses: list[Row] = desk.db.act("postgres").all(
        "select user_id, kind, row_count, byte_count from private.budget_uses "
        "where kind in ('files', 'media') and user_id in (%s, %s) order by kind",
        *(desk.learner, desk.owner),
    )
    assert [tuple(use.values()) for use in uses] == [
        (desk.learner, "files", 3, 1000),
        (desk.owner, "media", 1, 10_000),
    ]


def test_what_nobody_uses_is_listed(desk: Desk) -> None:
    """Objects without a row are listed once their day is over; those in use never are."""
    school, db = desk.school, desk.db
    db.act("postgres").run("set local storage.can_delete = 'true'")
    db.run("delete from storage.objects")
    used = [school.file(desk.open_id)["path"], school.stored("submissions", desk.work())]
    call(desk.student(), "submit_lab", lesson_id=desk.lab_id, file_path=used[1])
    gone = school.file(desk.open_id)
    cover, picture = f"{desk.course_id}/{uuid4()}", f"{desk.learner}/{uuid4()}"
    address = "https://x.test/storage/v1/object/public"
    for bucket, path in (("covers", cover), ("avatars", picture)):
        school.stored(bucket, path)
    db.run(
        "update public.courses set cover_url = %s where id = %s",
        *(f"{address}/covers/{cover}?v=2", desk.course_id),
    )
    db.run(
        "update public.profiles set avatar_url = %s where id = %s",
        *(f"{address}/avatars/{picture}", desk.learner),
    )
    unused = {
        ("lesson-files", gone["path"]),
        ("lesson-files", school.lesson_path(desk.open_id)),
        ("submissions", school.stored("submissions", desk.work())),
        ("covers", school.stored("covers", f"{desk.course_id}/{uuid4()}")),
        ("avatars", school.stored("avatars", "no-uuid/x")),
    }
    db.run("delete from public.lesson_files where id = %s", gone["id"])

    def listed(**more: Any) -> set[tuple[str, str]]:
        rows = db.act("service_role").rpc("unused_objects", **more)
        return {(row["bucket"], row["path"]) for row in rows}

    assert listed() == set()
    db.act("postgres").run("update storage.objects set created_at = now() - interval '26 hours'")
    assert listed() == unused
    assert len(listed(page_size=2)) == 2
    refuse(db, "unused_objects", "invalid_page", page_size=0)
    refuse(db.act("postgres"), "unused_objects", "service_required")
