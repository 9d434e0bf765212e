"""What the command line says about a folder is what the database says about the course."""

from __future__ import annotations

from uuid import uuid4

from psycopg.types.json import Jsonb

from app.services.formats.check import find_problems
from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError, Place
from tests.formats.support import as_zip
from tests.formats.test_check import FLAWS, GOOD
from tests.support.database import Session
from tests.support.school import School


def test_the_same_problems(db: Session, school: School) -> None:
    """`course_problems` of the imported draft has the codes that `check` finds in the files."""
    author = school.user(role="instructor")
    seen: set[str] = set()
    for changes, _ in FLAWS:
        try:
            imported = read_upload("seas.zip", as_zip({**GOOD, **changes}))
        except FormatError:
            continue
        course = imported.bundle.course
        expected = sorted(one.code for one in find_problems(course, {}, Place("seas")))
        seen |= set(expected)
        bundle = imported.bundle.model_dump(mode="json", exclude_defaults=True)
        slug = f"seas-{uuid4()}"
        (made,) = db.act(user_id=author).rpc("import_course", bundle=Jsonb(bundle), slug=slug)
        rows = db.rpc("course_problems", course_id=made["course_id"])
        assert sorted(row["code"] for row in rows) == expected
    assert len(seen) >= 7
