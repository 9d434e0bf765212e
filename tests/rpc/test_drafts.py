"""Drafts, versions and what a publication leaves out: learners read the published text alone."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest

from tests.rpc.exam import make_exam
from tests.rpc.finding import Library, search
from tests.rpc.support import answer, at_once, audit_lines, call, committed, pages, refuse
from tests.support.database import Database, Row, Session, told
from tests.support.school import School

STAFF = {
    "staff": "::: staff\nSECRET\n:::",
    "staff-close": ":::staff\nSECRET\n:::",
    "hidden": "::: hidden\nSECRET\n:::",
    "hidden-class": "::: {.note .hidden}\nSECRET\n:::",
    "hidden-fence": "```{hidden}\nSECRET\n```",
    "hidden-nested": ":::: hidden\n::: note\nSECRET\n:::\nSECRET\n::::",
    "hidden-code": "::: hidden\n```\n:::\nSECRET\n```\nSECRET\n:::",
    "quoted": "> ::: staff\n> SECRET\n> :::",
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
    "comment-link-by-name": "[Comment]: # (SECRET)",
    "comment-kramdown": "{::comment}\nSECRET\n{:/comment}",
    "comment-liquid": "{% comment %}\nSECRET\n{% endcomment %}",
    "comment-mdx": "{/* SECRET */}",
}


@pytest.fixture
def library(db: Session, school: School) -> Library:
    """A course with an owner and a learner."""
    return Library(db, school)


def save(session: Session, lesson_id: UUID, **columns: Any) -> Row:
    """The upsert of PostgREST, which sets every column that was sent."""
    columns = {"lesson_id": lesson_id, **columns}
    return session.one(
        f"insert into public.lesson_drafts ({', '.join(columns)}) "
        f"values ({', '.join(['%s'] * len(columns))}) on conflict (lesson_id) do update set "
        + ", ".join(f"{name} = excluded.{name}" for name in columns)
        + " returning *",
        *columns.values(),
    )


def publish(library: Library, lesson_id: UUID, **columns: Any) -> Row:
    """The owner writes the draft through the table and publishes it."""
    library.db.act(user_id=library.owner)
    save(library.db, lesson_id, **columns)
    return call(library.db, "publish_lesson", lesson_id=lesson_id)


def draft(library: Library, lesson_id: UUID) -> Row:
    """The draft as staff read it."""
    library.db.act(user_id=library.owner)
    return library.db.one("select * from public.lesson_drafts where lesson_id = %s", lesson_id)


def read(library: Library, lesson_id: UUID) -> str:
    """Everything that the learner reads of the lesson."""
    library.db.act(user_id=library.learner)
    row = library.db.one("select * from public.lesson_contents where lesson_id = %s", lesson_id)
    passages = library.db.all(
        "select heading_path, anchor, body from public.lesson_passages where lesson_id = %s",
        lesson_id,
    )
    return str([row, passages, library.db.rpc("lesson_page", lesson_id=lesson_id)])


# What a publication leaves out ------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("form", STAFF)
def test_b11_learners_do_not_read_parts_for_staff(library: Library, form: str, ending: str) -> None:
    """Learners read the text around a part for staff; staff read it as it was written."""
    text = f"Before.\n\n{STAFF[form]}\n\n## Later\n\nEnd.".replace("\n", ending)
    lesson_id = library.lesson()
    publish(library, lesson_id, body_md=text, transcript=text)
    said = read(library, lesson_id)
    assert "SECRET" not in said
    for word in ("Before.", "Later", "End."):
        assert said.count(word) >= 4, word
    assert ("shown" in text) == ("shown" in said)
    found = draft(library, lesson_id)
    assert (found["body_md"], found["transcript"]) == (text, text)
    assert not search(library.db, "SECRET", course_id=library.course_id)["results"]


@pytest.mark.parametrize("form", ["::: staff", "::: hidden", ":::: instructor", "```{hidden}"])
def test_b11_an_unclosed_block_hides_the_rest(library: Library, form: str) -> None:
    """A forgotten end shows too little, never too much."""
    lesson_id = library.lesson()
    publish(library, lesson_id, body_md=f"Before.\n\n{form}\nSECRET\n\n## SECRET\n\nSECRET")
    said = read(library, lesson_id)
    assert "Before." in said and "SECRET" not in said


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA rule, and text.\n\n---\nmore",
        "```\n::: staff\nshown\n:::\n<!-- shown -->\n```",
        "~~~\n::: hidden\nshown\n:::\n~~~",
        "In `<!-- code -->` a comment is code.\r\nAn instructor reads it.",
        "> [!note]\n> For the staff of a shop.",
        "A plan: one\nnext: two\n---\n\nA teacher reads it.",
        "# Staff\n\nA staff has five lines.",
        '::: {.content-hidden when-format="pdf"}\nshown\n:::',
        '<div title="Hidden figures">shown</div>\n\nA hidden variable.',
        "::: note\nText.\n:::\n\n::: solution\nB-tree.\n:::",
    ],
    ids=[
        "rules",
        "code",
        "tildes",
        "span",
        "callout",
        "underlined",
        "heading",
        "quarto",
        "title",
        "blocks",
    ],
)
def test_b11_other_text_is_published_as_it_is(library: Library, text: str) -> None:
    """A text without parts for staff is published byte for byte."""
    lesson_id = library.lesson(text)
    library.db.act(user_id=library.learner)
    (row,) = library.db.all(
        "select body_md from public.lesson_contents where lesson_id = %s", lesson_id
    )
    assert row["body_md"] == text
    assert draft(library, lesson_id)["body_md"] == text


@pytest.mark.parametrize(
    "matter",
    [
        "---\nlayout: SECRET\ntags:\n  - SECRET\n\n# SECRET\n{title}minutes: 12.5 # SECRET\n---\n",
        '+++\nminutes = 12.5\n{toml}[extra]\ntitle = "SECRET"\n+++\n',
        "\ufeff---\r\n{title}duration_minutes: '12.5'\r\n...\r\n",
    ],
    ids=["yaml", "toml", "byte-order-mark"],
)
def test_b11_front_matter_is_metadata(library: Library, matter: str) -> None:
    """title and minutes are set at the lesson; nothing of the front matter is in the text."""
    matter = matter.replace("{title}", "title: 'It''s a: tree'\n")
    text = matter.replace("{toml}", 'title = "It\'s a: tree"\n') + "# Text\n\nMore."
    lesson_id = library.lesson()
    row = publish(library, lesson_id, body_md=text)
    assert row["title"] == "It's a: tree"
    said = read(library, lesson_id)
    assert "SECRET" not in said and "# Text\\n\\nMore." in said
    assert draft(library, lesson_id)["body_md"] == text

    def lesson() -> tuple[str, float]:
        row = library.db.one("select * from public.lessons where id = %s", lesson_id)
        return row["title"], float(row["duration_minutes"])

    assert lesson() == ("It's a: tree", 12.5)
    # What a form sets later holds until the front matter changes.
    library.db.run("update public.lessons set title = 'Form' where id = %s", lesson_id)
    publish(library, lesson_id, body_md=text + " Again.")
    assert lesson() == ("Form", 12.5)
    publish(library, lesson_id, body_md=text.replace("a: tree", "a: B-tree").replace("12.5", "7"))
    assert lesson() == ("It's a: B-tree", 7)
    publish(library, lesson_id, body_md="---\ntitle: [a]\nminutes: 2h\n---\nText.")
    assert lesson() == ("It's a: B-tree", 7)


def test_front_matter_keeps_the_rules_of_the_lesson(library: Library, school: School) -> None:
    """A title that is no title is refused; an assistant does not change the minutes."""
    lesson_id = library.lesson("Old.")
    library.db.act(user_id=library.owner)
    save(library.db, lesson_id, body_md="---\ntitle: " + "x" * 201 + "\n---\nNew.")
    refuse(library.db, "publish_lesson", "invalid_title", lesson_id=lesson_id)
    save(library.db, lesson_id, body_md="---\nminutes: 20\n---\nNew.")
    assistant = school.user("instructor")
    school.staff(library.course_id, assistant, "assistant")
    library.db.act(user_id=assistant)
    refuse(library.db, "publish_lesson", "managers_only", lesson_id=lesson_id)
    assert "Old." in read(library, lesson_id)
    library.db.act(user_id=assistant)
    at = draft(library, lesson_id)["updated_at"]
    library.db.act(user_id=assistant)
    save(library.db, lesson_id, body_md="New.", updated_at=at)
    assert call(library.db, "publish_lesson", lesson_id=lesson_id)["version"] == 2


# Drafts ------------------------------------------------------------------------------------------


@pytest.fixture
def other(library: Library, school: School) -> UUID:
    """An assistant of the course."""
    user_id = school.user("instructor", name="Bo Berg")
    school.staff(library.course_id, user_id, "assistant")
    return user_id


def test_a_draft_is_no_text_for_learners(library: Library) -> None:
    """Until it is published: neither page nor table, search or passages change."""
    lesson_id = library.lesson("Old words.")
    before = read(library, lesson_id)
    library.db.act(user_id=library.owner)
    row = save(library.db, lesson_id, body_md="Zephyrine words.")
    assert (row["has_changes"], row["updated_by"]) == (True, library.owner)
    assert read(library, lesson_id) == before
    assert not search(library.db, "zephyrine", course_id=library.course_id)["results"]
    assert library.db.all("select * from public.lesson_drafts") == []
    assert library.db.all("select * from public.lesson_versions") == []
    library.db.act(user_id=library.owner)
    assert call(library.db, "publish_lesson", lesson_id=lesson_id, note=" Why ")["note"] == "Why"
    assert "Zephyrine" in read(library, lesson_id)
    assert search(library.db, "zephyrine", course_id=library.course_id)["results"]
    assert draft(library, lesson_id)["has_changes"] is False
    assert library.db.act("postgres").all("select * from private.search_audit()") == []


def conflict(session: Session, lesson_id: UUID, who: UUID | None, /, **columns: Any) -> None:
    """Expects the write to be refused, with details that name the last writer."""
    before = session.one("select * from public.lesson_drafts where lesson_id = %s", lesson_id)
    with session.refused(409, "draft_conflict"):
        save(session, lesson_id, **columns)
    after = session.one("select * from public.lesson_drafts where lesson_id = %s", lesson_id)
    assert after == before
    assert after["updated_by"] == who


def test_nobodys_words_are_lost(library: Library, other: UUID) -> None:
    """Unpublished words of another person are replaced only by who has read them."""
    lesson_id = library.school.lesson(library.module_id, body=None)
    db = library.db.act(user_id=library.owner)
    mine = save(db, lesson_id, body_md="Mine.", updated_at=None)
    db.act(user_id=other)
    conflict(db, lesson_id, library.owner, body_md="Theirs.")
    conflict(db, lesson_id, library.owner, body_md="Theirs.", updated_at=None)
    conflict(db, lesson_id, library.owner, transcript="Theirs.", updated_at="2026-01-01T00:00:00Z")
    theirs = save(db, lesson_id, body_md="Both.", updated_at=mine["updated_at"])
    assert (theirs["body_md"], theirs["updated_by"]) == ("Both.", other)
    assert theirs["updated_at"] > mine["updated_at"]
    # A retry says the same, and is no conflict.
    assert save(db, lesson_id, body_md="Both.", updated_at=mine["updated_at"]) == theirs
    db.act(user_id=library.owner)
    conflict(db, lesson_id, other, body_md="Again.")
    conflict(db, lesson_id, other, body_md="Again.", updated_at=mine["updated_at"])
    with db.refused(409, "draft_conflict"):
        db.run("update public.lesson_drafts set video_url = 'https://x.test/v'")
    with pytest.raises(psycopg.Error) as caught, db.savepoint():
        save(db, lesson_id, body_md="Again.")
    details = told(caught.value).details
    assert details is not None
    assert datetime.fromisoformat(details.pop("updated_at")) == theirs["updated_at"]
    assert details == {"updated_by": str(other), "name": "Bo Berg"}
    # A server names nobody; what is published may be replaced by everybody.
    db.act("service_role")
    conflict(db, lesson_id, other, body_md="Server.")
    db.act(user_id=other)
    call(db, "publish_lesson", lesson_id=lesson_id)
    db.act(user_id=library.owner)
    assert save(db, lesson_id, body_md="Again.")["updated_by"] == library.owner
    # Two windows of one person.
    conflict(db, lesson_id, library.owner, body_md="Old tab.", updated_at=theirs["updated_at"])


def test_a_draft_knows_whether_it_has_changes(library: Library) -> None:
    """A draft that says again what is published has none; publishing it makes no version."""
    lesson_id = library.lesson("One.")
    db = library.db.act(user_id=library.owner)
    assert save(db, lesson_id, body_md="Two.")["has_changes"] is True
    assert save(db, lesson_id, body_md="One.")["has_changes"] is False
    assert call(db, "publish_lesson", lesson_id=lesson_id)["version"] == 1
    assert save(db, lesson_id, video_url="https://x.test/v")["has_changes"] is True
    assert call(db, "publish_lesson", lesson_id=lesson_id)["version"] == 2
    with db.refused(409, "lesson_fixed"):
        db.run(
            "update public.lesson_drafts set lesson_id = %s where lesson_id = %s",
            library.school.lesson(library.module_id, body=None),
            lesson_id,
        )


def test_history_and_restore(library: Library, other: UUID) -> None:
    """Versions are listed, newest first; one of them goes back into the draft, with its secrets."""
    lesson_id = library.lesson("One. <!-- SECRET -->")
    for number in range(2, 6):
        publish(library, lesson_id, body_md=f"Text {number}.")
    db = library.db.act(user_id=library.owner)
    found = [
        row
        for page in pages(db, "lesson_history", lesson_id=lesson_id, page_size=2)
        for row in page
    ]
    assert [row["version"] for row in found] == [5, 4, 3, 2, 1]
    assert [row["is_current"] for row in found] == [True, False, False, False, False]
    assert {row["published_by"] for row in found} == {library.owner, None}
    row = call(db, "restore_lesson", lesson_id=lesson_id, version=1)
    assert (row["body_md"], row["has_changes"]) == ("One. <!-- SECRET -->", True)
    assert "Text 5." in read(library, lesson_id)
    db.act(user_id=other)
    refuse(db, "restore_lesson", "draft_conflict", lesson_id=lesson_id, version=2)
    at = row["updated_at"]
    refuse(
        db,
        "publish_lesson",
        "draft_conflict",
        lesson_id=lesson_id,
        draft_updated_at="2026-01-01T00:00:00Z",
    )
    refuse(
        db,
        "restore_lesson",
        "draft_conflict",
        lesson_id=lesson_id,
        version=2,
        draft_updated_at="2026-01-01T00:00:00Z",
    )
    row = call(db, "restore_lesson", lesson_id=lesson_id, version=2, draft_updated_at=at)
    assert (row["body_md"], row["updated_by"]) == ("Text 2.", other)
    at = row["updated_at"]
    assert call(db, "publish_lesson", lesson_id=lesson_id, draft_updated_at=at)["version"] == 6
    version = db.one(
        "select * from public.lesson_versions where lesson_id = %s and version = 1", lesson_id
    )
    assert (version["body_md"], version["shown_body_md"]) == ("One. <!-- SECRET -->", "One. ")


def test_refusals(library: Library, school: School) -> None:
    """Each function refuses strangers and what does not exist."""
    lesson_id = library.lesson("One.")
    empty_id = school.lesson(library.module_id, body=None)
    calls: dict[str, Row] = {
        "publish_lesson": {},
        "lesson_history": {},
        "restore_lesson": {"version": 1},
    }
    for user_id in (library.learner, school.user(), school.user("instructor")):
        library.db.act(user_id=user_id)
        for name, more in calls.items():
            with library.db.refused(403, "not_course_staff"):
                library.db.rpc(name, lesson_id=lesson_id, **more)
    db = library.db.act(user_id=library.learner)
    refuse(db, "publish_lesson", "not_course_staff", lesson_id=lesson_id)
    refuse(db, "lesson_history", "not_course_staff", lesson_id=lesson_id)
    refuse(db, "restore_lesson", "not_course_staff", lesson_id=lesson_id, version=1)
    refuse(
        db,
        "seen_versions",
        "not_course_staff",
        course_id=library.course_id,
        user_id=library.learner,
    )
    db.act(user_id=school.user("admin"))
    refuse(db, "publish_lesson", "lesson_not_found", lesson_id=None)
    refuse(db, "lesson_history", "lesson_not_found", lesson_id=None)
    refuse(db, "restore_lesson", "lesson_not_found", lesson_id=None, version=1)
    db.act(user_id=library.owner)
    refuse(db, "publish_lesson", "draft_not_found", lesson_id=empty_id)
    refuse(db, "restore_lesson", "version_not_found", lesson_id=lesson_id, version=2)
    refuse(db, "restore_lesson", "version_not_found", lesson_id=lesson_id, version=None)
    save(db, lesson_id, body_md="Two.")
    refuse(db, "publish_lesson", "invalid_note", lesson_id=lesson_id, note="x" * 1001)
    refuse(db, "lesson_history", "invalid_page", lesson_id=lesson_id, page_size=0)
    refuse(db, "lesson_history", "invalid_cursor", lesson_id=lesson_id, cursor="x")
    course = {"course_id": library.course_id, "user_id": library.learner}
    refuse(db, "seen_versions", "invalid_page", **course, page_size=0)
    refuse(db, "seen_versions", "invalid_cursor", **course, cursor="x")


def test_publishing_a_course_publishes_its_drafts(library: Library, school: School) -> None:
    """Those of published lessons; with a problem, none of them."""
    one, two = library.lesson("One."), library.lesson("Two.")
    hidden = school.lesson(library.module_id, is_published=False, body="Hidden.")
    db = library.db.act(user_id=library.owner)
    db.run("update public.courses set description = 'About.' where id = %s", library.course_id)
    for lesson_id in (one, two, hidden):
        save(db, lesson_id, body_md="" if lesson_id == two else "New.")
    given = answer(db, "publish_course", course_id=library.course_id)
    assert [p["code"] for p in given["problems"]] == ["content_missing"]
    assert (given["is_published"], given["published_drafts"]) == (True, 0)
    assert "New." not in read(library, one)
    db.act(user_id=library.owner)
    save(db, two, body_md="New.")
    given = answer(db, "publish_course", course_id=library.course_id)
    assert (given["problems"], given["published_drafts"]) == ([], 2)
    assert "New." in read(library, one) and "New." in read(library, two)
    assert draft(library, hidden)["has_changes"] is True
    assert answer(db, "publish_course", course_id=library.course_id)["published_drafts"] == 0


# What did the learner see? -----------------------------------------------------------------------


def test_what_the_learner_saw(db: Session, school: School) -> None:
    """A completion, an attempt and a certificate have the version that the learner could read."""
    exam = make_exam(school)
    exam.question("true_false")
    text_id = school.lesson(exam.module_id, body="One.")
    empty_id = school.lesson(exam.module_id, body=None)
    db.act(user_id=exam.learner).rpc("complete_lesson", lesson_id=text_id)
    school.publish(text_id, body_md="Two. <!-- SECRET -->")
    school.publish(exam.lesson_id, body_md="Before the second attempt.")
    attempt = exam.submit(exam.start()["id"])
    db.act(user_id=exam.learner).rpc("complete_lesson", lesson_id=empty_id)
    owner = db.act(user_id=exam.owner)
    seen = [
        row
        for page in pages(
            owner, "seen_versions", course_id=exam.course_id, user_id=exam.learner, page_size=2
        )
        for row in page
    ]
    assert len({(row["kind"], row["subject_id"], row["lesson_id"]) for row in seen}) == len(seen)
    found = {(row["kind"], row["lesson_id"]): row["version"] for row in seen}
    assert found[("completion", text_id)] == 1
    assert found[("completion", empty_id)] is None
    assert found[("attempt", exam.lesson_id)] == 2
    assert [r["subject_id"] for r in seen if r["kind"] == "attempt"] == [attempt["id"]]
    # The certificate is a snapshot of the completions.
    school.session.act("postgres").run(
        "update public.lessons set is_required = false where id = %s", exam.lesson_id
    )
    db.act(user_id=exam.learner).rpc("complete_course", course_id=exam.course_id)
    db.act(user_id=exam.owner)
    rows = db.rpc("seen_versions", course_id=exam.course_id, user_id=exam.learner)
    kept = {r["lesson_id"]: r["version"] for r in rows if r["kind"] == "certificate"}
    assert kept[text_id] == 1
    assert empty_id not in kept
    assert audit_lines(db, "publish_lesson", text_id) == []


# Publications among readers ---------------------------------------------------------------------


def test_a_reader_sees_one_version_at_a_time(database: Database) -> None:
    """Through many publications text, passages and search of one moment have the same words."""
    words = ("marmot", "walrus")
    with committed(database) as world:
        owner, learner = world.user("instructor"), world.user()
        course_id = world.course(owner=owner)
        (lesson_id,) = world.lessons(course_id, 1, body=f"## One\n\nThe {words[0]} sleeps.")
        world.school.enroll(learner, course_id)
        world.commit()
        is_over = threading.Event()
        seen: list[str] = []

        def publish_all(session: Session) -> None:
            # At least 20 of them, and until the readers have read both words.
            for number in range(1, 500):
                if number > 20 and set(seen) == set(words) and len(seen) >= 20:
                    break
                session.act(user_id=owner)
                text = f"## One\n\nThe {words[number % 2]} sleeps."
                session.run(
                    "update public.lesson_drafts set body_md = %s where lesson_id = %s",
                    text,
                    lesson_id,
                )
                session.rpc("publish_lesson", lesson_id=lesson_id)
                session.commit()

        def publisher(session: Session) -> None:
            try:
                publish_all(session)
            finally:
                is_over.set()

        def reader(session: Session) -> None:
            while not is_over.is_set():
                session.run("set transaction isolation level repeatable read")
                session.act(user_id=learner)
                body = session.value(
                    "select body_md from public.lesson_contents where lesson_id = %s", lesson_id
                )
                (word,) = [one for one in words if one in body]
                for one in words:
                    given = {"course_id": course_id, "query": one}
                    passages = session.rpc("search_passages", **given, k=5)
                    assert all(word in str(row) for row in passages)
                    assert bool(passages) == (one == word)
                    found = session.rpc("search", **given)
                    assert any(row["lesson_id"] == lesson_id for row in found) == (one == word)
                seen.append(word)
                session.rollback()

        assert at_once(database, [publisher, reader, reader]) == [None, None, None]
        assert set(seen) == set(words)
