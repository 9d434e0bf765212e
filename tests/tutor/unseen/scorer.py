"""How well the tutor finds, quotes and abstains on the courses of this folder.

`measure` loads the courses into a stack, asks the service with the default provider, and gives the
figures; `table` and `details` print them. README.md says what a figure means.
"""

from __future__ import annotations

import asyncio
import math
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from psycopg.types.numeric import Float4

from app.services.tutor.models.local_embeddings import LocalEmbedder
from tests.rpc.support import World
from tests.support.database import Row, Session
from tests.support.school import School
from tests.support.stack import Stack
from tests.support.tutor import Received, access_token, tutor_service
from tests.tutor.unseen.questions import COURSES, Question, Verdict, holds, lessons

DEPTH = 12


@dataclass(frozen=True)
class Passage:
    """A passage of the database, with the name of its lesson's file."""

    lesson_id: str
    ord: int
    lesson: str
    words: str
    body: str


@dataclass
class Library:
    """The loaded courses: their ids, names of lessons by id, passages by course."""

    learner: UUID
    courses: dict[str, UUID]
    names: dict[str, str]
    passages: dict[str, list[Passage]]

    def passage(self, course: str, lesson_id: str, place: int) -> Passage | None:
        """The passage of a course at a place of a lesson."""
        return next(
            (
                passage
                for passage in self.passages[course]
                if (passage.lesson_id, passage.ord) == (lesson_id, place)
            ),
            None,
        )


@dataclass
class Reply:
    """What came of a question."""

    question: Question
    received: Received
    first_source: float | None
    # Places, from 1, of the first right passage: of search_passages, of BM25, of the sources.
    found: int | None = None
    baseline: int | None = None
    source: int | None = None
    is_held: bool = True
    altered: int = 0
    # How many quotations are of right passages.
    right: int = 0

    @property
    def abstained(self) -> bool:
        """Whether the tutor said that the course does not answer."""
        return bool(self.received.of("data-abstain"))

    @cached_property
    def citations(self) -> list[Row]:
        """The citations that quote."""
        return [
            citation
            for part in self.received.of("text-end")
            for citation in part["citations"]
            if citation["citedText"]
        ]

    @property
    def quotes(self) -> list[str]:
        """The quotations that the text shows."""
        shown = self.received.text
        return [one["citedText"] for one in self.citations if holds(shown, one["citedText"])]

    @property
    def verdict(self) -> Verdict:
        """Whether the quotations answer; an abstention does not."""
        return "no" if self.abstained else self.question.judge(self.quotes)


@dataclass
class Results:
    """The replies and the queries of the search box with whether they were found."""

    replies: list[Reply] = field(default_factory=list)
    searches: list[tuple[Question, bool]] = field(default_factory=list)


def open_library(world: World, courses: Iterable[str] = COURSES) -> Library:
    """Writes the courses, and enrolls a learner who may ask as often as they like."""
    school = world.school
    learner = school.user()
    world.user_ids.append(learner)
    school.session.run(
        "insert into private.tutor_limits (scope, period, meter, user_id, max_amount) "
        "values ('user', 'minute', 'requests', %s, 100000), "
        "('user', 'day', 'requests', %s, 100000)",
        learner,
        learner,
    )
    library = Library(learner, {}, {}, {})
    for course in courses:
        _write(school, library, course)
    world.course_ids += library.courses.values()
    world.commit()
    return library


def _write(school: School, library: Library, course: str) -> None:
    title, locale = COURSES[course]
    course_id = school.course(title=title, locale=locale, is_sequential=False)
    library.courses[course] = course_id
    module_id = school.module(course_id, title=title)
    for lesson in lessons(course):
        lesson_id = school.lesson(module_id, body=lesson.body, title=lesson.title, slug=lesson.name)
        library.names[str(lesson_id)] = lesson.name
    school.enroll(library.learner, course_id)
    school.session.act("postgres")
    library.passages[course] = [
        Passage(
            str(row["lesson_id"]),
            row["ord"],
            library.names[str(row["lesson_id"])],
            " ".join([row["title"], *row["heading_path"], row["body"]]),
            row["body"],
        )
        for row in school.session.all(
            "select p.lesson_id, p.ord, p.heading_path, p.body, l.title "
            "from public.lesson_passages as p inner join public.lessons as l on l.id = p.lesson_id "
            "where p.course_id = %s order by p.lesson_id, p.ord",
            course_id,
        )
    ]


def embedded(session: Session, model: str) -> None:
    """Waits until the service has embedded all passages by a model."""
    for _ in range(600):
        session.act("service_role")
        remaining = session.rpc("passages_to_embed", model=model, page_size=1)
        session.rollback()
        if not remaining:
            return
        time.sleep(1)
    raise AssertionError("the passages are not embedded")


def measure(
    world: World,
    stack: Stack,
    folder: Path,
    questions: Sequence[Question],
    embeddings: str | None = None,
) -> Results:
    """Loads the courses of the questions and asks one question after the other.

    `folder` takes the log of the service; `embeddings` is the folder of an embedding model.
    """
    asked = [course for course in COURSES if any(one.course == course for one in questions)]
    library = open_library(world, asked)
    baselines = {course: Baseline(library.passages[course]) for course in asked}
    results = Results()
    environment = {"TUTOR_EMBEDDING_MODEL": f"local:{embeddings}"} if embeddings else {}
    vector = _vector(embeddings) if embeddings else lambda _: None
    with (
        tutor_service(stack, folder, **environment) as service,
        closing(Learner(stack, service.url, library)) as learner,
    ):
        if embeddings:
            embedded(world.session, f"local:{embeddings}")
        for question in questions:
            if question.kind == "search":
                found = _searched(world.session, library, question)
                results.searches.append((question, found))
                continue
            reply = learner.ask(question)
            if question.kind == "answer":
                baseline = baselines[question.course]
                _place(reply, world.session, library, baseline, vector(question.text))
            results.replies.append(reply)
    return results


class Learner:
    """Asks the service about the courses of a library, over one connection."""

    def __init__(self, stack: Stack, url: str, library: Library) -> None:
        self._library = library
        self._client = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {access_token(stack, library.learner)}"},
            timeout=30,
            trust_env=False,
        )

    def ask(self, question: Question) -> Reply:
        """Asks in a conversation of its own, first what comes before."""
        conversation_id = uuid4()
        if question.after:
            self._send(question, conversation_id, question.after)
        reply = self._send(question, conversation_id, question.text)
        reply.altered = sum(self._is_altered(reply, one) for one in reply.citations)
        return reply

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()

    def _send(self, question: Question, conversation_id: UUID, text: str) -> Reply:
        started = time.perf_counter()
        first_source = None
        body = {
            "conversation_id": str(conversation_id),
            "course_id": str(self._library.courses[question.course]),
            "message": {"id": str(uuid4()), "text": text},
        }
        with self._client.stream("POST", "/v1/tutor/chat", json=body) as response:
            received = Received(response.status_code, response.headers)
            if response.status_code != 200:
                raise AssertionError(f"{text}: {response.read().decode()}")
            pending = ""
            for chunk in response.iter_text():
                pending += chunk
                *events, pending = pending.split("\n\n")
                for event in events:
                    received.take(event)
                if first_source is None and received.of("source-document"):
                    first_source = time.perf_counter() - started
        return Reply(question, received, first_source)

    def _is_altered(self, reply: Reply, citation: Row) -> bool:
        """Whether a quotation is not of its passage, or not what the text shows as Markdown."""
        place = _place_of(reply.received, citation["source"]["id"])
        passage = place and self._library.passage(reply.question.course, *place)
        text = reply.received.text.encode("utf-16-le")
        start, end = citation["startIndex"], citation["endIndex"]
        shown = text[2 * start : 2 * end].decode("utf-16-le")
        quoted: str = citation["citedText"]
        return not passage or quoted not in passage.body or not holds(shown, quoted)


def _place_of(received: Received, source_id: str) -> tuple[str, int] | None:
    for part in received.of("source-document"):
        if part["sourceId"] == source_id:
            passage = part["providerMetadata"]["tutor"]
            return passage["lessonId"], passage["ord"]
    return None


def _vector(folder: str) -> Callable[[str], list[Float4] | None]:
    """Embeds a question."""
    model = LocalEmbedder(folder)
    asyncio.run(model.open())

    def embed(text: str) -> list[Float4]:
        [vector] = asyncio.run(model.embed([text], queries=True))
        return [Float4(one) for one in vector]

    return embed


def _place(
    reply: Reply,
    session: Session,
    library: Library,
    baseline: Baseline,
    vector: list[Float4] | None,
) -> None:
    question = reply.question
    passages = library.passages[question.course]
    gold = {
        (passage.lesson_id, passage.ord)
        for passage in passages
        if question.is_gold(passage.lesson, passage.body)
    }
    reply.is_held = bool(gold)
    if not question.after:
        session.act(user_id=library.learner)
        rows = session.rpc(
            "search_passages",
            course_id=library.courses[question.course],
            query=question.text,
            k=DEPTH,
            query_embedding=vector,
        )
        session.rollback()
        reply.found = _first(((str(row["lesson_id"]), row["ord"]) for row in rows), gold)
        reply.baseline = _first(baseline.ranked(question.text), gold)
    sources = (_place_of(reply.received, part["sourceId"]) for part in _sources(reply))
    reply.source = _first(sources, gold)
    cited = (_place_of(reply.received, one["source"]["id"]) for one in reply.citations)
    reply.right = sum(place in gold for place in cited)


def _sources(reply: Reply) -> list[Row]:
    return reply.received.of("source-document")


def _first(places: Iterable[Any], gold: set[tuple[str, int]]) -> int | None:
    return next((rank for rank, place in enumerate(places, 1) if place in gold), None)


def _searched(session: Session, library: Library, question: Question) -> bool:
    session.act(user_id=library.learner)
    rows = session.rpc(
        "search", query=question.text, course_id=library.courses[question.course], page_size=20
    )
    session.rollback()
    ids = dict.fromkeys(str(row["lesson_id"]) for row in rows if row["lesson_id"])
    return any(library.names[one] in question.lessons for one in list(ids)[:5])


class Baseline:
    """Okapi BM25 over title, headings and text, words in lower case, nothing else."""

    def __init__(self, passages: Sequence[Passage], k1: float = 1.2, b: float = 0.75) -> None:
        self._places = [(passage.lesson_id, passage.ord) for passage in passages]
        self._counts = [Counter(_words(passage.words)) for passage in passages]
        lengths = [counts.total() for counts in self._counts]
        mean = statistics.mean(lengths)
        self._norms = [k1 * (1 - b + b * length / mean) for length in lengths]
        self._k1 = k1
        seen = Counter(word for counts in self._counts for word in counts)
        total = len(passages)
        self._weights = {
            word: math.log(1 + (total - count + 0.5) / (count + 0.5))
            for word, count in seen.items()
        }

    def ranked(self, query: str) -> list[tuple[str, int]]:
        """The places of the best passages, best first."""
        words = [word for word in _words(query) if word in self._weights]
        scores = [
            sum(
                self._weights[word] * counts[word] * (self._k1 + 1) / (counts[word] + norm)
                for word in words
            )
            for counts, norm in zip(self._counts, self._norms, strict=True)
        ]
        best = sorted(range(len(scores)), key=lambda one: -scores[one])
        return [self._places[one] for one in best[:DEPTH] if scores[one] > 0]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


# Figures ------------------------------------------------------------------------------------------


def figures(results: Results) -> dict[str, float]:
    """The figures by name, of the questions there are."""
    answers = [one for one in results.replies if one.question.kind == "answer"]
    alone = [one for one in answers if not one.question.after]
    rows: dict[str, float] = {"questions": len(answers)}
    _add_ranks(rows, "search_passages", [one.found for one in alone])
    _add_ranks(rows, "BM25", [one.baseline for one in alone])
    _add_ranks(rows, "sources", [one.source for one in answers])
    verdicts = [one.verdict for one in answers]
    for verdict in ("yes", "partly", "no"):
        _share(rows, f"quoted answer {verdict}", [one == verdict for one in verdicts])
    first = [not one.abstained and one.question.judge(one.quotes[:1]) == "yes" for one in answers]
    _share(rows, "yes by the first quote", first)
    lengths = [len(" ".join(one.quotes).split()) for one in answers if one.quotes]
    if lengths:
        rows["words quoted, median"] = statistics.median(lengths)
    _share(rows, "false abstention", [one.abstained for one in answers])
    for name, kind in (("abstention recall", "none"), ("talk abstained on", "talk")):
        asked = [one for one in results.replies if one.question.kind == kind]
        _share(rows, name, [one.abstained for one in asked])
    _share(rows, "search recall@5", [is_found for _, is_found in results.searches])
    quoted = sum(len(one.citations) for one in answers)
    if quoted:
        rows["quotes of right passages"] = sum(one.right for one in answers) / quoted
    quotes = sum(len(one.citations) for one in results.replies)
    rows["citations"] = quotes
    rows["citations altered"] = sum(one.altered for one in results.replies)
    rows["gold in no passage"] = sum(not one.is_held for one in answers)
    times = [one.first_source for one in results.replies if one.first_source is not None]
    if times:
        rows["first source p50, ms"] = statistics.median(times) * 1000
    return rows


def _add_ranks(rows: dict[str, float], name: str, places: Sequence[int | None]) -> None:
    for k in (1, 3, 5):
        _share(rows, f"{name} hit@{k}", [(place or 99) <= k for place in places])
    if places:
        rows[f"{name} MRR"] = sum(1 / place for place in places if place) / len(places)


def _share(rows: dict[str, float], name: str, values: Sequence[bool]) -> None:
    if values:
        rows[name] = sum(values) / len(values)


def table(results: Results) -> str:
    """The figures of all and of each course."""
    courses = [
        course for course in COURSES if any(_course(one) == course for one in results.replies)
    ]
    columns = {"all": figures(results)} | {
        course: figures(
            Results(
                [one for one in results.replies if _course(one) == course],
                [one for one in results.searches if one[0].course == course],
            )
        )
        for course in courses
    }
    lines = ["figure".ljust(24) + "".join(name.rjust(12) for name in columns)]
    for name in columns["all"]:
        cells = (column.get(name) for column in columns.values())
        lines.append(name.ljust(24) + "".join(_cell(name, cell).rjust(12) for cell in cells))
    return "\n".join(lines)


def details(results: Results) -> str:
    """A paragraph for each question: places, verdict, what was quoted."""
    lines = []
    for one in results.replies:
        question = one.question
        asked = f"{question.after} / {question.text}" if question.after else question.text
        verdict = one.verdict if question.kind == "answer" else question.kind
        state = "abstained" if one.abstained else verdict
        lines.append(
            f"{question.course} {verdict:6} found {one.found or '-'} bm25 {one.baseline or '-'} "
            f"source {one.source or '-'} {state if state != verdict else ''} | {asked}"
        )
        lines += [f"    > {' '.join(quote.split())}" for quote in one.quotes]
        if not one.quotes:
            lines.append(f"    = {' '.join(one.received.text.split())[:300]}")
    for query, is_found in results.searches:
        if not is_found:
            lines.append(f"{query.course} search not found | {query.text}")
    return "\n".join(lines)


def _course(reply: Reply) -> str:
    return reply.question.course


def _cell(name: str, value: float | None) -> str:
    if value is None:
        return ""
    counts = ("questions", "citations", "citations altered", "gold in no passage")
    is_whole = name in counts or name.endswith(("ms", "median"))
    return f"{value:.0f}" if is_whole else f"{value:.2f}"
