"""Passages by meaning: embeddings that a server stores."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import refuse
from tests.support.database import Row, Session
from tests.support.school import School

pytestmark = pytest.mark.once

MODEL = "tests-3"


def real_array(values: list[Any] | str | None) -> str | None:
    """Numbers as an array literal, since psycopg sends double precision; a text is unchanged."""
    if values is None or isinstance(values, str):
        return values
    return f"{{{','.join('null' if value is None else str(value) for value in values)}}}"


@dataclass
class Course:
    """A course of one-passage lessons, a learner in it, and its owner."""

    session: Session
    learner: UUID
    owner: UUID
    id: UUID
    lessons: dict[str, UUID] = field(default_factory=dict)

    def save(self, model: str = MODEL, **embeddings: list[float]) -> int:
        """Stores an embedding of the current passage of each lesson; returns the count."""
        found = self.to_embed(model)
        rows = [
            {
                "lesson_id": str(self.lessons[name]),
                "ord": 1,
                "body_hash": found[name]["body_hash"],
                "embedding": embedding,
            }
            for name, embedding in embeddings.items()
        ]
        return store(self.session, rows, model)

    def to_embed(self, model: str = MODEL) -> dict[str, Row]:
        """The passages of this course without a current embedding, by lesson."""
        self.session.act("service_role")
        rows: list[Row] = []
        asked: Row = {"model": model, "page_size": 200}
        while page := self.session.rpc("passages_to_embed", **asked):
            rows += page
            asked["cursor"] = page[-1]["cursor"]
        names = {lesson_id: name for name, lesson_id in self.lessons.items()}
        return {names[row["lesson_id"]]: row for row in rows if row["lesson_id"] in names}

    def search(
        self, query: str, embedding: list[Any] | str | None = None, *, user: UUID | None = None
    ) -> list[str]:
        """The lessons found, best match first."""
        rows = self.rows(query, embedding, user=user)
        names = {lesson_id: name for name, lesson_id in self.lessons.items()}
        return [names[row["lesson_id"]] for row in rows]

    def rows(
        self, query: str, embedding: list[Any] | str | None = None, *, user: UUID | None = None
    ) -> list[Row]:
        """The rows of search_passages for this user, by default the learner."""
        return self.session.act(user_id=user or self.learner).rpc(
            "search_passages",
            course_id=self.id,
            query=query,
            query_embedding=real_array(embedding),
        )


def store(session: Session, rows: list[dict[str, Any]], model: str = MODEL) -> int:
    """Calls save_embeddings with the service key."""
    (row,) = session.act("service_role").rpc("save_embeddings", model=model, passages=Jsonb(rows))
    count: int = row["save_embeddings"]
    return count


TEXTS = {
    "one": "Larks sing. A lark is a bird, and larks are small.",
    "two": "Some say that a lark is early.",
    "three": "The early worm is eaten.",
}


@pytest.fixture
def course(db: Session, school: School) -> Course:
    """Words find the lessons "one" and "two" for larks, in this order, and not "three"."""
    owner, learner = school.user("instructor"), school.user()
    course_id = school.course(owner=owner)
    module = school.module(course_id)
    made = Course(db, learner, owner, course_id)
    for name, body in TEXTS.items():
        made.lessons[name] = school.lesson(module, body=body, title=f"Part {name}")
    school.enroll(learner, course_id)
    assert made.search("lark") == ["one", "two"]
    return made


def test_what_waits_for_an_embedding(course: Course) -> None:
    """Each model has its own list, which storing an embedding shortens."""
    waiting = course.to_embed()
    assert set(waiting) == set(TEXTS)
    assert waiting["one"]["ord"] == 1
    assert waiting["one"]["body"] == f"Part one\n\n{TEXTS['one']}"
    assert course.save(one=[1, 0, 0], two=[0, 1, 0]) == 2
    assert set(course.to_embed()) == {"three"}
    assert set(course.to_embed("another")) == set(TEXTS)
    # One passage has one embedding: the last.
    assert course.save("another", one=[1, 0]) == 1
    assert set(course.to_embed()) == {"one", "three"}


def test_headings_are_embedded(course: Course) -> None:
    """The text to embed has the headings between title and body."""
    course.session.act("postgres").run(
        "update public.lesson_contents set body_md = %s where lesson_id = %s",
        *("# Birds\n\n## Larks\n\nThey sing.", course.lessons["one"]),
    )
    lines = course.to_embed()["one"]["body"].split("\n\n")
    assert [lines[0], lines[1].split(), lines[2]] == [
        *("Part one", ["Birds", "\u203a", "Larks"], "They sing."),
    ]


def test_pages_of_passages_to_embed(course: Course) -> None:
    """Pages are complete and in order; their size and cursor are checked."""
    session = course.session.act("service_role")
    asked: Row = {"model": MODEL, "page_size": 200}
    whole = session.rpc("passages_to_embed", **asked)[:5]
    assert [(row["lesson_id"], row["ord"]) for row in whole] == sorted(
        (row["lesson_id"], row["ord"]) for row in whole
    )
    first = session.rpc("passages_to_embed", model=MODEL, page_size=2)
    following = session.rpc(
        "passages_to_embed", model=MODEL, page_size=3, cursor=first[-1]["cursor"]
    )
    assert [(row["lesson_id"], row["ord"]) for row in first + following] == [
        (row["lesson_id"], row["ord"]) for row in whole
    ]
    for page_size in (None, 0, -1, 201):
        refuse(session, "passages_to_embed", "invalid_page", model=MODEL, page_size=page_size)
    for model, cursor in (("another", first[-1]["cursor"]), (MODEL, "x")):
        refuse(session, "passages_to_embed", "invalid_cursor", model=model, cursor=cursor)


def test_what_remains_is_counted(course: Course) -> None:
    """Each page says how many passages it and those after it have."""
    session = course.session.act("service_role")
    first = session.rpc("passages_to_embed", model=MODEL, page_size=2)
    following = session.rpc("passages_to_embed", model=MODEL, cursor=first[-1]["cursor"])
    assert {row["remaining"] for row in first} == {following[0]["remaining"] + 2}


def test_meaning_changes_the_order(course: Course) -> None:
    """Words and meaning count half each: the second by words is first if it is nearest."""
    course.save(one=[0, 0, 1], two=[10, 0, 0], three=[0.9, 0.1, 0])
    assert course.search("lark") == ["one", "two"]
    rows = course.rows("lark", [2, 0, 0])
    assert [row["lesson_id"] for row in rows] == [
        course.lessons[name] for name in ("two", "three", "one")
    ]
    assert rows[0]["score"] > 0.5
    # A passage that is near in meaning alone covers no word of the query.
    assert [row["support_percent"] for row in rows] == pytest.approx([100, 0, 100])
    assert course.search("lark", [0, 0, 1]) == ["one", "two", "three"]


def test_the_nearest_of_many_are_found(course: Course, school: School) -> None:
    """Of more passages than are compared in full, the nearest come first, in their order."""
    module = school.module(course.id)
    angles = [math.pi * number / 120 for number in range(120)]
    for number in range(120):
        course.lessons[f"n{number}"] = school.lesson(module, body=f"Text {number}.")
    # Each vector repeats its angle, shifted, so that the signs tell angles apart.
    vectors = {
        f"n{number}": [math.cos(angle + math.pi * step / 16) for step in range(16)]
        for number, angle in enumerate(angles)
    }
    course.save(MODEL, **vectors)
    for number in (0, 47, 119):
        found = course.search("ornithology", vectors[f"n{number}"])
        assert found[0] == f"n{number}"
        assert all(abs(int(name[1:]) - number) <= 8 for name in found)


def test_meaning_finds_what_no_word_does(course: Course) -> None:
    """A question without a matching word finds passages by its embedding."""
    course.save(three=[1, 0, 0])
    assert course.search("ornithology") == []
    assert course.search("ornithology", [1, 0, 0]) == ["three"]


def test_a_changed_text_no_longer_counts(course: Course) -> None:
    """An edit makes an embedding stale until it is computed again."""
    course.save(one=[0, 1, 0], three=[1, 0, 0])
    old = course.to_embed("another")["three"]["body_hash"]
    assert course.search("lark", [1, 0, 0]) == ["two", "three", "one"]
    course.session.act("postgres").run(
        "update public.lesson_contents set body_md = 'Rewritten.' where lesson_id = %s",
        course.lessons["three"],
    )
    assert course.search("lark", [1, 0, 0]) == ["one", "two"]
    assert set(course.to_embed()) == {"two", "three"}
    # An embedding of the old text is not stored.
    late = {"lesson_id": str(course.lessons["three"]), "ord": 1, "embedding": [1, 0, 0]}
    assert store(course.session, [{**late, "body_hash": old}]) == 0
    assert course.search("lark", [1, 0, 0]) == ["one", "two"]
    assert course.save(three=[1, 0, 0]) == 1
    assert course.search("lark", [1, 0, 0]) == ["two", "three", "one"]


def test_a_changed_title_keeps_the_embedding(course: Course) -> None:
    """A new title of the lesson does not make the embedding stale."""
    course.save(three=[1, 0, 0])
    course.session.act("postgres").run(
        "update public.lessons set title = 'Renamed' where id = %s", course.lessons["three"]
    )
    assert course.search("ornithology", [1, 0, 0]) == ["three"]


def test_other_dimensions_are_left_out(course: Course) -> None:
    """Embeddings of another length than that of the query are ignored."""
    course.save(one=[1, 0], three=[1, 0, 0])
    assert course.search("ornithology", [1, 0, 0]) == ["three"]
    assert course.search("ornithology", [1, 0]) == ["one"]
    assert course.search("ornithology", [1, 0, 0, 0]) == []
    assert course.search("lark", [1]) == ["one", "two"]


@pytest.mark.parametrize(
    "embedding",
    [
        [],
        [float("nan")] * 3,
        [float("inf"), 0, 0],
        [0, 0, 0],
        [1.0] * 20000,
        [None, 1, 0],
        [1e38] * 3,
        "{{1,0,0},{0,1,0}}",
    ],
    ids=["empty", "nan", "infinite", "zero", "too long", "null", "huge", "nested"],
)
def test_an_odd_embedding_never_breaks(course: Course, embedding: list[Any] | str) -> None:
    """With a null, empty or non-finite embedding only words count."""
    course.save(one=[1, 0, 0], three=[0, 1, 0])
    assert set(course.search("lark", embedding)) >= {"one", "two"}


def test_a_locked_lesson_is_not_near(course: Course) -> None:
    """An embedding does not find a closed lesson for the learner; it does for staff."""
    school = School(course.session)
    module = school.module(course.id)
    hidden: dict[str, Row] = {
        "locked": {"release_at": "2100-01-01T00:00:00Z"},
        "unpublished": {"is_published": False},
    }
    for name, columns in hidden.items():
        course.lessons[name] = school.lesson(module, body=f"A {name} text.", **columns)
    course.save(locked=[1, 0, 0], unpublished=[0.9, 0.1, 0], three=[0, 1, 0])
    assert course.search("ornithology", [1, 0, 0]) == ["three"]
    assert course.search("ornithology", [1, 0, 0], user=course.owner) == [
        *("locked", "unpublished", "three"),
    ]
    school.session.act("postgres").run(
        "update public.enrollments set status = 'withdrawn' where user_id = %s", course.learner
    )
    assert course.search("ornithology", [1, 0, 0]) == []


def test_another_course_is_not_near(course: Course) -> None:
    """A nearer passage of another course is not found."""
    school = School(course.session)
    other = school.course(owner=course.owner)
    course.lessons["other"] = school.lesson(school.module(other), body="Elsewhere.")
    school.enroll(course.learner, other)
    course.save(other=[1, 0, 0], three=[0, 1, 0])
    assert course.search("ornithology", [1, 0, 0]) == ["three"]


def test_a_deleted_lesson_takes_its_embedding_along(course: Course) -> None:
    """Deleting a passage deletes its embedding."""
    course.save(one=[1, 0, 0], three=[0, 1, 0])
    course.session.act("postgres").run(
        "delete from public.lesson_contents where lesson_id = %s", course.lessons["three"]
    )
    rows = course.session.all(
        "select lesson_id from private.passage_embeddings where lesson_id = any(%s)",
        [*course.lessons.values()],
    )
    assert [row["lesson_id"] for row in rows] == [course.lessons["one"]]


def test_a_retry_changes_nothing(course: Course) -> None:
    """A repeated call stores the same rows once."""
    assert course.save(one=[1, 0, 0]) == 1
    (row,) = course.session.act("postgres").all(
        "select lesson_id, ord, body_hash, embedding::text, signs::text "
        "from private.passage_embeddings where lesson_id = %s",
        course.lessons["one"],
    )
    again = {**row, "lesson_id": str(row["lesson_id"]), "embedding": [1, 0, 0]}
    assert store(course.session, [again]) == 1
    assert course.session.act("postgres").all(
        "select lesson_id, ord, body_hash, embedding::text, signs::text "
        "from private.passage_embeddings where lesson_id = %s",
        course.lessons["one"],
    ) == [row]


def test_a_passage_twice_in_one_call(course: Course) -> None:
    """Of two embeddings of one passage in a call, one is stored."""
    row = {
        "lesson_id": str(course.lessons["one"]),
        "ord": 1,
        "body_hash": course.to_embed()["one"]["body_hash"],
    }
    twice = [{**row, "embedding": [1, 0, 0]}, {**row, "embedding": [0, 1, 0]}]
    assert store(course.session, twice) == 1


def test_unknown_passages_are_left_out(course: Course) -> None:
    """An unknown lesson or position is skipped without an error."""
    row: Row = {"ord": 1, "body_hash": "x", "embedding": [1]}
    lesson_id = str(course.lessons["one"])
    assert store(course.session, [{**row, "lesson_id": str(uuid4())}]) == 0
    assert store(course.session, [{**row, "lesson_id": lesson_id, "ord": 9}]) == 0
    assert store(course.session, []) == 0


CALLS: dict[str, Row] = {
    "passages_to_embed": {"model": MODEL},
    "save_embeddings": {"model": MODEL, "passages": Jsonb([])},
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("role", ["anon", "authenticated"])
def test_only_a_server_may(db: Session, school: School, name: str, role: str) -> None:
    """Neither anon nor an admin may list texts to embed or store embeddings."""
    admin = school.user("admin")
    with db.act(role, admin if role == "authenticated" else None).refused("42501"):
        db.rpc(name, **CALLS[name])


def test_the_owner_is_no_server(db: Session) -> None:
    """The functions check for the service role themselves, beyond grants."""
    db.act("postgres")
    refuse(db, "passages_to_embed", "service_required", **CALLS["passages_to_embed"])
    refuse(db, "save_embeddings", "service_required", **CALLS["save_embeddings"])


def test_words_are_enough(course: Course) -> None:
    """Without stored embeddings an embedding of the query changes nothing."""
    plain = course.rows("lark")
    assert len(plain) == 2
    assert course.rows("lark", [1, 0]) == plain


@pytest.mark.parametrize("embedding", [[], [0, 0], [1e39, 1]], ids=["empty", "zero", "huge"])
def test_a_vector_without_direction_is_not_stored(course: Course, embedding: list[float]) -> None:
    """An empty, zero or infinite vector is skipped."""
    assert course.save(one=embedding) == 0


@pytest.mark.parametrize(
    "passages",
    [
        None,
        {},
        [None],
        *(
            [{"lesson_id": str(uuid4()), "ord": 1, "body_hash": "", "embedding": [1], **bad}]
            for bad in (
                {"lesson_id": "x"},
                {"ord": 2147483648},
                {"embedding": 1},
                {"embedding": ["NaN", "x"]},
            )
        ),
    ],
)
def test_embeddings_have_a_form(db: Session, passages: Any) -> None:
    """What is no list of passages with vectors is refused as a whole."""
    server = db.act("service_role")
    refuse(server, "save_embeddings", "invalid_embeddings", model=MODEL, passages=Jsonb(passages))
    refuse(server, "save_embeddings", "invalid_embeddings", model=None, passages=Jsonb([]))
