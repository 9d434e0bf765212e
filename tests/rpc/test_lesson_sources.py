"""Content of lessons: learners read it without parts for staff, and staff get all of it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.rpc.finding import Library, search
from tests.rpc.support import refuse
from tests.support.database import Row, Session
from tests.support.school import School

STAFF = {
    "staff": "::: staff\nSECRET\n:::",
    "carpentries": ":::::::::::: instructor\n\nSECRET\n\n::::::::::::",
    "class": '::: {.content-visible when-profile="instructor"}\nSECRET\n:::',
    "in-a-solution": "::: solution\nshown\n::: instructor\nSECRET\n:::\nshown\n:::",
    "myst": "```{instructor-note}\nSECRET\n```",
    "myst-colons": ":::{instructor-note} Title\nSECRET\n:::",
    "myst-title": "```{admonition} Instructor notes\nSECRET\n```",
    "callout": "> [!instructor]\n> SECRET",
    "kramdown": "> SECRET\n{: .instructor}",
    "element": '<div class="instructor">\nSECRET\n<div>SECRET</div>\nSECRET\n</div>',
    "component": "<InstructorNote>\nSECRET\n</InstructorNote>",
    "details": "<details>\n<summary>Instructor notes</summary>\n\nSECRET\n\n</details>",
    "comment": "<!-- SECRET -->",
    "comment-lines": "shown <!-- SECRET\n\nSECRET --> shown",
    "comment-inline": "shown <!-- SECRET --> shown",
    "comment-link": "[//]: # (SECRET)",
    "comment-kramdown": "{::comment}\nSECRET\n{:/comment}",
    "comment-liquid": "{% comment %}\nSECRET\n{% endcomment %}",
    "comment-mdx": "{/* SECRET */}",
}


@pytest.fixture
def library(db: Session, school: School) -> Library:
    """A course with an owner and a learner."""
    return Library(db, school)


def write(library: Library, lesson_id: UUID, **columns: Any) -> None:
    """The owner writes the content through the table, as a client does."""
    library.db.act(user_id=library.owner)
    names = ", ".join(f"{name} = %s" for name in columns)
    assert library.db.run(
        f"update public.lesson_contents set {names} where lesson_id = %s",
        *columns.values(),
        lesson_id,
    )


def source(library: Library, lesson_id: UUID) -> Row:
    """The content as staff read it."""
    library.db.act(user_id=library.owner)
    (row,) = library.db.rpc("lesson_source", lesson_id=lesson_id)
    return row


def read(library: Library, lesson_id: UUID) -> str:
    """Everything that the learner reads of the lesson."""
    library.db.act(user_id=library.learner)
    row = library.db.one("select * from public.lesson_contents where lesson_id = %s", lesson_id)
    passages = library.db.all(
        "select heading_path, anchor, body from public.lesson_passages where lesson_id = %s",
        lesson_id,
    )
    return str([row, passages, library.db.rpc("lesson_page", lesson_id=lesson_id)])


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("form", STAFF)
def test_b11_learners_do_not_read_parts_for_staff(library: Library, form: str, ending: str) -> None:
    """Learners read the text around a part for staff; staff read it as it was written."""
    text = f"Before.\n\n{STAFF[form]}\n\n## Later\n\nEnd.".replace("\n", ending)
    lesson_id = library.lesson()
    write(library, lesson_id, body_md=text, transcript=text)
    said = read(library, lesson_id)
    assert "SECRET" not in said
    for word in ("Before.", "Later", "End."):
        assert said.count(word) >= 4, word
    assert ("shown" in text) == ("shown" in said)
    found = source(library, lesson_id)
    assert (found["body_md"], found["transcript"]) == (text, text)
    assert (found["dropped_body_md"], found["dropped_transcript"]) == (None, None)
    library.db.act(user_id=library.owner)
    assert not search(library.db, "SECRET", course_id=library.course_id)["results"]


@pytest.mark.parametrize(
    "matter",
    [
        "---\ntitle: SECRET\ntags:\n  - SECRET\n\n# SECRET\nlayout: page\n---\n",
        '+++\ntitle = "SECRET"\n[extra]\nanswer = "SECRET"\n+++\n',
        "\ufeff---\r\ntitle: SECRET\r\n...\r\n",
    ],
    ids=["yaml", "toml", "byte-order-mark"],
)
def test_b11_front_matter_is_metadata(library: Library, matter: str) -> None:
    """Front matter is in the source and nowhere else."""
    lesson_id = library.lesson(matter + "# Text\n\nMore.")
    assert "SECRET" not in read(library, lesson_id)
    assert "# Text\\n\\nMore." in read(library, lesson_id)
    assert source(library, lesson_id)["body_md"] == matter + "# Text\n\nMore."


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA rule, and text.\n\n---\nmore",
        "```\n::: staff\nshown\n:::\n<!-- shown -->\n```",
        "In `<!-- code -->` a comment is code.\r\nAn instructor reads it.",
        "> [!note]\n> For the staff of a shop.",
        "# Staff\n\nA staff has five lines.",
        "::: note\nText.\n:::\n\n::: solution\nB-tree.\n:::",
    ],
    ids=["rules", "code", "span", "callout", "heading", "blocks"],
)
def test_b11_other_text_is_stored_as_it_is(library: Library, text: str) -> None:
    """A text without parts for staff is stored byte for byte."""
    lesson_id = library.lesson(text)
    library.db.act(user_id=library.learner)
    (row,) = library.db.all(
        "select body_md from public.lesson_contents where lesson_id = %s", lesson_id
    )
    assert row["body_md"] == text
    assert source(library, lesson_id)["body_md"] == text


def test_b11_no_write_loses_a_part_for_staff(library: Library) -> None:
    """An editor that knows only lesson_contents cannot lose what it does not see."""
    text = "One.\n\n::: staff\nSECRET\n:::\n\nTwo."
    lesson_id = library.lesson(text)
    shown = "One.\n\n\n\nTwo."
    write(library, lesson_id, body_md=shown)
    assert source(library, lesson_id)["body_md"] == text
    write(library, lesson_id, transcript="Said. <!-- SECRET -->")
    assert source(library, lesson_id)["body_md"] == text
    write(library, lesson_id, body_md="Three.")
    found = source(library, lesson_id)
    assert (found["body_md"], found["dropped_body_md"]) == ("Three.", text)
    assert found["transcript"] == "Said. <!-- SECRET -->"
    again = "Three.\n\n::: instructor\nSECRET 2\n:::"
    write(library, lesson_id, body_md=again)
    found = source(library, lesson_id)
    assert (found["body_md"], found["dropped_body_md"]) == (again, None)
    assert "SECRET" not in read(library, lesson_id)


def test_b11_an_upsert_stores_the_source(library: Library) -> None:
    """The upsert of PostgREST, an insert with a conflict, separates the parts as well."""
    lesson_id = library.lesson(body="Old.")
    library.db.act(user_id=library.owner)
    for text in ("New. <!-- SECRET -->", "Newer.\n\n::: staff\nSECRET\n:::"):
        assert library.db.run(
            "insert into public.lesson_contents (lesson_id, body_md) values (%s, %s) "
            "on conflict (lesson_id) do update set body_md = excluded.body_md",
            lesson_id,
            text,
        )
        assert "SECRET" not in read(library, lesson_id)
        assert source(library, lesson_id)["body_md"] == text


def test_the_source_has_the_addresses_of_the_content(library: Library) -> None:
    """An editor needs one call: film and file come with the text."""
    lesson_id = library.lesson("Body.")
    film = "https://films.test/a.webm"
    write(library, lesson_id, video_url=film)
    found = source(library, lesson_id)
    assert (found["body_md"], found["video_url"], found["md_url"]) == ("Body.", film, None)


def test_b11_only_staff_read_the_source(library: Library, school: School) -> None:
    """Learners, strangers and staff of another course are refused."""
    lesson_id = library.lesson("Text. <!-- SECRET -->")
    empty_id = library.school.lesson(library.module_id, body=None)
    others = [library.learner, school.user(), school.user("instructor")]
    for user_id in others:
        library.db.act(user_id=user_id)
        refuse(library.db, "lesson_source", "not_course_staff", lesson_id=lesson_id)
    library.db.act(user_id=library.owner)
    assert library.db.rpc("lesson_source", lesson_id=empty_id) == []
    refuse(library.db, "lesson_source", "not_course_staff", lesson_id=None)
