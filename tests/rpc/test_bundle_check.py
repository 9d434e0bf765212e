"""What the command line says about a folder is what the database says about the course."""

from __future__ import annotations

from random import Random
from typing import Final
from uuid import uuid4

import pytest
from psycopg.types.json import Jsonb

from app.services.formats.check import find_problems
from app.services.formats.reading import read_upload
from app.services.formats.report import FormatError, Place
from tests.formats.support import as_zip
from tests.formats.test_check import FLAWS, GOOD
from tests.formats.test_damage import UPLOADS, damaged
from tests.support.database import Session
from tests.support.school import School

ROUNDS: Final = 6


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


# A folder of Markdown is the author's own bundle: the database names what is wrong in it.
@pytest.mark.parametrize("kind", sorted(UPLOADS.keys() - {"markdown"}))
def test_what_is_read_is_imported(db: Session, school: School, kind: str) -> None:
    """The database takes what a reader makes of an upload, whole or damaged."""
    author = school.user(role="instructor")
    random = Random(kind)
    whole = UPLOADS[kind]
    for number in range(ROUNDS):
        files = dict(whole)
        for _ in range(number % 3):
            path = random.choice(list(whole))
            files[path] = damaged(random, files[path])
        try:
            bundle = read_upload("upload.zip", as_zip(files)).bundle
        except FormatError:
            continue
        db.act(user_id=author)
        document = Jsonb(bundle.model_dump(mode="json", exclude_defaults=True))
        (made,) = db.rpc("import_course", bundle=document, slug=f"damage-{uuid4()}")
        assert made["is_new"]
