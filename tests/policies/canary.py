"""A course with unique marks in its keys, explanations, rubric, option ids, notes and closed texts.

No learner may see the marks.
"""

from __future__ import annotations

from math import prod
from typing import Any
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb

from tests.support.database import Row, Session
from tests.support.school import School

NUMBER = "86753.0917"
# The only fields of an item that the learner sees.
ITEM = {"question_id", "kind", "prompt_md", "points", "options"}
# Actors who must see no mark. `taking` has an open attempt at both quizzes and a submitted one at
# the second, whose reveal is after_submit; `done` has a submitted one at the first, whose reveal is
# never, and has submitted the lab; `fresh` is enrolled and has started nothing.
CURIOUS = ("anon", "outsider", "fresh", "taking", "done", "rival")
# Actors whose attempts have a copy of the questions.
HOLDERS = ("taking", "done")
LEARNERS = ("fresh", "taking", "done")


def make_mark(bird: str) -> str:
    """A unique word of letters only, because the search corrects only such words."""
    return bird + uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))


def slip(mark: str) -> str:
    """A mark with its last letter wrong."""
    return mark[:-1] + ("x" if mark[-1] == "e" else "e")


class Canary:
    """The course, its people and their work. Created as `postgres`; the caller may commit it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.school = School(session)
        # The first is in all data for staff only, the second in an attempt, for its owner only.
        self.secret = make_mark("canary")
        self.inside = make_mark("finch")
        # The first is in the text of lessons that nobody may open, the second only in the source of
        # a text.
        self.closed = make_mark("raven")
        self.aside = make_mark("wagtail")
        # In parts of the text for staff and in unpublished words: in drafts, versions and bundles.
        self.drafted = make_mark("dunlin")
        # In the notes of the authors for the tutor.
        self.noted = make_mark("plover")
        # In a text that learners of the course read.
        self.told = make_mark("sparrow")
        self.users: dict[str, UUID] = {}
        for name in ("outsider", "fresh", "taking", "done", "rival", "owner"):
            role = "instructor" if name in ("rival", "owner") else "learner"
            self.users[name] = self.school.user(role, name=name)
        self.course = self.school.course(owner=self.users["owner"], enrollment_mode="closed")
        self.foreign = self.school.course(owner=self.users["rival"])
        module = self.school.module(self.course)
        self.quizzes = [
            self.school.lesson(module, body=None, content_type="quiz", completion_rule="manual")
            for _ in range(2)
        ]
        self.lab = self.school.lesson(module, body=None, content_type="lab")
        self.foreign_lesson = self.school.lesson(self.school.module(self.foreign))
        self.texts = self._texts(module)
        self.questions = [self._questions(lesson_id) for lesson_id in self.quizzes]
        # The first quiz draws one of its questions.
        self.bank = self._bank()
        self._rules()
        for name in ("fresh", "taking", "done"):
            self.school.enroll(self.users[name], self.course)
        self.slug = self._slug("courses", self.course)
        self.lesson_slugs = [
            self._slug("lessons", lesson_id)
            for lesson_id in (self.quizzes[0], self.lab, self.texts["open"], self.texts["locked"])
        ]
        self.attempts: dict[str, UUID] = {}
        self._work()
        self.session.act("postgres")

    @property
    def marks(self) -> tuple[str, ...]:
        """The marks of the keys, which must be in no answer to a learner."""
        return (self.secret, NUMBER)

    def forbidden(self, actor: str, function: str = "") -> tuple[str, ...]:
        """The marks that must be in no answer to this actor, except that `fresh` may start an
        attempt.

        A learner may read the source of an open text; only lesson_page returns it.
        """
        marks = [*self.marks, self.closed, self.noted, self.drafted]
        if actor not in HOLDERS and (actor, function) != ("fresh", "start_attempt"):
            marks.append(self.inside)
        if actor not in LEARNERS:
            marks += [self.told, self.aside]
        elif function not in ("", "lesson_page"):
            marks.append(self.aside)
        return tuple(marks)

    def act(self, actor: str) -> Session:
        """Make the session act as one of the people."""
        if actor == "anon":
            return self.session.act("anon")
        return self.session.act("authenticated", self.users[actor])

    def _options(self, prefix: str, count: int) -> list[Row]:
        return [
            {"id": f"{self.secret}-{prefix}{n}", "text": f"{self.inside} {prefix} {n}"}
            for n in range(count)
        ]

    def _questions(self, lesson_id: UUID) -> dict[str, UUID]:
        def ids(options: list[Row]) -> list[str]:
            return [option["id"] for option in options]

        choice, order = self._options("c", 8), self._options("s", 12)
        left, right = self._options("a", 5), self._options("b", 5)
        kinds: dict[str, tuple[Any, Row]] = {
            "single": (choice, {"correct": choice[2]["id"]}),
            "multiple": (choice, {"correct": ids(choice)[1:4]}),
            "true_false": ([], {"correct": True}),
            "numeric": ([], {"value": float(NUMBER), "tolerance": 0.5}),
            "short_text": ([], {"accepted": [f"{self.secret} accepted"], "max_distance": 1}),
            "ordering": (order, {"order": ids(order)}),
            "matching": (
                {"left": left, "right": right},
                {"pairs": dict(zip(ids(left), ids(right), strict=True))},
            ),
            "essay": ([], {"sample_md": f"{self.secret} is a sample."}),
            "file": ([], {}),
            "cloze": (
                {
                    "gaps": [
                        {"id": "1", "kind": "text"},
                        {"id": "2", "kind": "number"},
                        {"id": "3", "kind": "choice", "options": choice},
                    ]
                },
                {
                    "gaps": {
                        "1": {"accepted": [f"{self.secret} accepted"]},
                        "2": {"values": [{"value": float(NUMBER)}, {"value": 7}]},
                        "3": {"correct": choice[2]["id"]},
                    }
                },
            ),
        }
        found = {}
        for kind, (options, key) in kinds.items():
            (row,) = self.act("owner").rpc(
                "save_question",
                **{"lesson_id": lesson_id, "kind": kind, "points": 2},
                prompt_md=f"{self.inside} {kind}?{' [[1]] [[2]] [[3]]' if kind == 'cloze' else ''}",
                options=Jsonb(options),
                key=Jsonb(key),
                explanation_md=f"{self.secret} explains {kind}.",
                feedback=Jsonb(
                    {choice[0]["id"]: f"{self.secret} is not it."} if kind == "single" else {}
                ),
                hints=Jsonb(
                    [{"text_md": f"{self.secret} hints.", "cost_percent": 5}]
                    if kind == "essay"
                    else []
                ),
            )
            found[kind] = row["id"]
        return found

    def _bank(self) -> UUID:
        session = self.act("owner")
        bank = session.one(
            "insert into public.question_banks (course_id, title) values (%s, %s) returning id",
            *(self.course, f"Bank of {self.secret}"),
        )
        for name in ("met", "spare"):
            (row,) = session.rpc(
                "save_question",
                **{"lesson_id": None, "bank_id": bank["id"], "kind": "short_text", "points": 2},
                prompt_md=f"{self.inside} bank?" if name == "met" else f"{self.secret} is spare.",
                options=Jsonb([]),
                key=Jsonb({"accepted": [f"{self.secret} accepted"]}),
                explanation_md=f"{self.secret} explains the bank.",
                tags=[f"{name}-{self.secret[:30]}"],
            )
            if name == "met":
                self.questions[0]["bank"] = row["id"]
        session.run(
            "insert into public.quiz_draws (lesson_id, bank_id, tag) values (%s, %s, %s)",
            *(self.quizzes[0], bank["id"], f"met-{self.secret[:30]}"),
        )
        made: UUID = bank["id"]
        return made

    def _texts(self, module: UUID) -> dict[str, UUID]:
        """An open lesson with an aside, one that opens next year, and an unpublished one."""
        school = self.school
        hidden = (f"{self.closed} in the text.", f"{self.closed} as it was said.")
        bodies = {
            "open": f"{self.told} is a bird.\n\n<!-- {self.aside} -->\n\n"
            f"::: solution\n{self.aside} is the answer.\n:::\n\nNothing but a bird.\n\n"
            f"::: staff\n{self.drafted}\n:::\n",
            "locked": f"# {hidden[0]}\n\nMore of {hidden[0]}",
            "unpublished": hidden[0],
        }
        columns: dict[str, Row] = {
            "open": {},
            "locked": {"release_at": "2100-01-01T00:00:00Z"},
            "unpublished": {"is_published": False, "title": f"Draft of {self.closed}"},
        }
        found = {}
        for name, body in bodies.items():
            found[name] = school.lesson(module, body=body, is_required=False, **columns[name])
            if name != "open":
                school.publish(found[name], transcript=hidden[1])
        self.session.run(
            "update public.lesson_drafts set body_md = body_md || %s where lesson_id = %s",
            *(f"\n\n{self.drafted} comes next.", found["open"]),
        )
        return found

    def _rules(self) -> None:
        session = self.act("owner")
        for lesson_id, reveal in zip(self.quizzes, ("never", "after_submit"), strict=True):
            session.run(
                "update public.quizzes set reveal = %s, time_limit_seconds = 3600 "
                "where lesson_id = %s",
                *(reveal, lesson_id),
            )
        criteria = [
            {"id": f"{self.secret}-{n}", "title": f"{self.secret} criterion", "points": 5}
            for n in range(2)
        ]
        session.rpc("save_rubric", lesson_id=self.lab, criteria=Jsonb(criteria))
        for lesson_id, question_id in (
            (self.texts["open"], None),
            (self.texts["locked"], None),
            (self.quizzes[0], None),
            (self.quizzes[0], self.questions[0]["single"]),
        ):
            session.rpc(
                "save_tutor_guidance",
                lesson_id=lesson_id,
                notes=f"They mix {self.noted} and {self.told}.",
                misconceptions=[f"{self.noted} is a bird."],
                question_id=question_id,
            )

    def _slug(self, table: str, id_: UUID) -> str:
        self.session.act("postgres")
        slug: str = self.session.value(f"select slug from public.{table} where id = %s", id_)
        return slug

    def start(self, actor: str, quiz: int) -> Row:
        """An open attempt of this actor."""
        (attempt,) = self.act(actor).rpc("start_attempt", lesson_id=self.quizzes[quiz])
        return attempt

    def answer(self, actor: str, attempt: Row) -> Row:
        """Answer every item with any value; return the attempt."""
        for item in attempt["items"]:
            options = item["options"]
            answers: dict[str, Any] = {
                "true_false": False,
                "numeric": 7,
                "short_text": "I do not know",
                "essay": "I do not know",
            }
            match item["kind"]:
                case "single":
                    answer: Any = options[0]["id"]
                case "multiple" | "ordering":
                    answer = [option["id"] for option in options]
                case "file":
                    path = f"{self.users[actor]}/{attempt['lesson_id']}/{uuid4()}"
                    answer = self.school.stored("submissions", path)
                case "cloze":
                    answer = {"1": "I do not know", "3": options["gaps"][2]["options"][0]["id"]}
                case "matching":
                    answer = {options["left"][0]["id"]: options["right"][0]["id"]}
                case kind:
                    answer = answers[kind]
            (attempt,) = self.act(actor).rpc(
                "save_answer",
                attempt_id=attempt["id"],
                question_id=UUID(item["question_id"]),
                answer=Jsonb(answer),
            )
        return attempt

    def submit(self, actor: str, attempt: Row) -> Row:
        """Submit an attempt."""
        (closed,) = self.act(actor).rpc("submit_attempt", attempt_id=attempt["id"])
        return closed

    def _work(self) -> None:
        for actor, quiz, submitted, name in (
            ("taking", 1, True, "before"),
            ("taking", 1, False, "again"),
            ("taking", 0, False, "open"),
            ("done", 0, True, "closed"),
        ):
            attempt = self.answer(actor, self.start(actor, quiz))
            if submitted:
                attempt = self.submit(actor, attempt)
            self.attempts[name] = attempt["id"]
        (submission,) = self.act("done").rpc("submit_lab", lesson_id=self.lab, body="My work.")
        self.submission: UUID = submission["id"]
        self.talk = uuid4()
        self.turn_id = UUID(self.ask("done", conversation_id=self.talk)["turn_id"])

    def ask(self, actor: str, **more: Any) -> Row:
        """Ask the tutor about the bird; return what the turn may use."""
        given = {"conversation_id": uuid4(), "turn_key": str(uuid4()), **more}
        ((turn,),) = (
            row.values()
            for row in self.act(actor).rpc(
                "begin_tutor_turn",
                **{"course_id": self.course, "question": f"What is {self.told}?", **given},
            )
        )
        found: Row = turn
        return found

    # Arguments for the functions of schema public -----------------------------------------------

    def candidates(self, name: str, kind: str, actor: str) -> list[Any]:
        """Values to try for an argument of this name and type, the most promising first."""
        nothing = UUID("00000000-0000-4000-8000-000000000000")
        me = self.users.get(actor, nothing)
        ids: dict[str, list[UUID]] = {
            "lesson_id": [*self.quizzes, self.lab, self.foreign_lesson, *self.texts.values()],
            "attempt_id": [*self.attempts.values()],
            "question_id": [self.questions[0]["single"], self.questions[1]["ordering"]],
            "submission_id": [self.submission],
            "course_id": [self.course, self.foreign],
            "user_id": [me, self.users["done"], self.users["taking"]],
            "after": [self.submission, me],
            "conversation_id": [self.talk, UUID("11111111-1111-4111-8111-111111111111")],
            "turn_id": [self.turn_id],
        }
        if kind == "uuid":
            return [*ids.get(name, []), nothing, None]
        named: dict[str, list[Any]] = {
            # Whole marks, misspelled marks, prefixes of marks.
            "query": [self.told, *self._guesses(), "x", "", None],
            "prefix": [*(mark[:12] for mark in self._guesses()), "wagtail", "", None],
            "locale": [None, "en"],
            "question": [f"What is {self.told}?", *self._guesses(), "", None],
            "mode": ["auto", "hint", None, "x"],
            "turn_key": ["key", str(self.turn_id), None],
            "max_support_level": ["high", "x", None],
            "scope": ["user_course", "course", "platform", None],
            "period": ["day", "x", None],
            "meter": ["requests", None],
            "provider": ["extractive", None],
            "model": ["extractive", None],
            "status": ["refunded", "complete", None],
            "content": [None, "x"],
            "details": [None, {}, []],
            "citations": [None, [], {}],
            "usage": [None, {}, []],
            "cursor": [None, "x"],
            "sort": ["name", None, "-progress", "x"],
            "page_size": [20, None, 0],
            # A hint that is taken is read: only the second one, which nobody may take first.
            "number": [2, None, 0],
            "k": [8, None, 0],
            "query_embedding": [None, [0.5], []],
            "url": [None, "https://x.test", "x"],
            "file_path": [None, f"{me}/x", "x"],
            "file_name": [None, "x"],
            "criteria": [[{"id": "a", "title": "A", "points": 1}], {}, None],
            "key": [{"correct": True}, {}, None],
            "options": [[], {}, None],
            "answer": [True, "o1", ["o1"], {}, None],
            "watched": [[[0, 5]], None, {}],
            "course_slug": [None, self.slug, "x"],
            "lesson_slug": [None, *self.lesson_slugs, "x"],
            "slug": [self.slug, None, "x"],
            "grades": [{}, {str(self.questions[0]["essay"]): {"score_percent": 100}}, None],
        }
        if name in named and kind != "enrollment_status":
            return named[name]
        if (name, kind) == ("kind", "text"):
            return [None, "lesson", "x"]
        values: dict[str, list[Any]] = {
            "jsonb": [{}, [], None, "o1", {"correct": "o1"}, True],
            "text": ["x", "", None],
            "numeric": [1, None, -1],
            "integer": [1, None, -1],
            "bigint": [None, 1],
            "boolean": [True, False, None],
            "uuid[]": [[], [*self.questions[0].values()], None],
            "text[]": [[], ["x"], None],
            "question_kind": ["true_false", "single", "matching", None],
            "app_role": ["admin", None],
            "invited_role": ["learner", "admin", None],
            "enrollment_status": [None, "active"],
            "date": [None, "2000-01-01"],
            "timestamp with time zone": [None, "2030-01-01T00:00:00Z"],
        }
        return values[kind]

    def _guesses(self) -> list[str]:
        """Marks that a learner may guess, correct and with one letter wrong."""
        marks = (self.secret, self.closed, self.aside, self.inside, self.noted)
        return [*marks, *(slip(mark) for mark in marks)]

    def calls(self, function: Row, actor: str, most: int) -> list[Row]:
        """Calls of a function: at most this many combinations of arguments, spread evenly."""
        names, kinds = function["names"], function["kinds"]
        lists = [
            self.candidates(name, kind, actor) for name, kind in zip(names, kinds, strict=True)
        ]
        count = prod(map(len, lists))

        def combination(number: int) -> Row:
            """The combination with this number; the first argument varies fastest."""
            chosen: Row = {}
            for name, values in zip(names, lists, strict=True):
                number, at = divmod(number, len(values))
                chosen[name] = values[at]
            return chosen

        if count <= most:
            return [combination(number) for number in range(count)]
        numbers = (*range(most // 2), *range(0, count, -(-count * 2 // most)))
        return [combination(number) for number in numbers]


def functions(session: Session) -> list[Row]:
    """The functions of schema public; those that close or leave something come last."""
    last = "array['submit_attempt', 'start_attempt', 'withdraw', 'set_user_role']"
    return session.all(
        "select p.proname as name, p.provolatile = 's' as reads, "
        "coalesce(p.proargnames[1:p.pronargs], '{}') as names, "
        "array(select format_type(t.oid, null) from unnest(p.proargtypes) with ordinality as a "
        "(id, at) inner join pg_type as t on t.oid = a.id order by a.at) as kinds "
        "from pg_proc as p where p.pronamespace = 'public'::regnamespace "
        f"order by array_position({last}, p.proname::text) nulls first, p.proname"
    )


def relations(session: Session) -> list[str]:
    """The tables and views of schema public."""
    return [
        row["relname"]
        for row in session.all(
            "select relname from pg_class where relnamespace = 'public'::regnamespace "
            "and relkind in ('r', 'p', 'v', 'm', 'f') order by 1"
        )
    ]


def foreign_keys(session: Session) -> list[Row]:
    """The foreign keys among the tables of schema public."""
    return session.all(
        "select conname as name, conrelid::regclass::text as child, "
        "confrelid::regclass::text as parent from pg_constraint where contype = 'f' "
        "and connamespace = 'public'::regnamespace "
        "and confrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace) "
        "order by 1"
    )
