"""A database without schema storage: the migrations apply, and everything but files works."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.rpc.support import answer, call
from tests.support.cluster import system_cluster
from tests.support.school import School, insert


def test_without_schema_storage(request: pytest.FixtureRequest) -> None:
    """Paths are not compared with objects; nothing is listed as unused."""
    if request.config.getoption("--database") != "system":
        pytest.skip("runs with --database system, as `make test-all` does")
    with system_cluster(storage=False) as database:
        db = database.connect()
        school = School(db)
        owner, learner = school.user("instructor"), school.user()
        course_id = school.course(owner=owner)
        school.enroll(learner, course_id)
        module_id = school.module(course_id)
        lesson_id = school.lesson(module_id)
        lab_id = school.lesson(module_id, content_type="lab", completion_rule="accept")
        path = f"{course_id}/{lesson_id}/{uuid4()}"
        db.act(user_id=owner)
        row = insert(db, "lesson_files", lesson_id=lesson_id, path=path, title="A")
        assert (row["size_bytes"], row["media_type"]) == (None, None)
        db.act(user_id=learner)
        page = answer(db, "lesson_page", lesson_id=lesson_id)
        assert [file["path"] for file in page["files"]] == [path]
        work = f"{learner}/{lab_id}/{uuid4()}"
        assert call(db, "submit_lab", lesson_id=lab_id, file_path=work)["file_path"] == work
        assert db.act("service_role").rpc("unused_objects") == []
        assert answer(db, "run_maintenance")
        db.close()
