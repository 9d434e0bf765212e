"""The cost of turns of the tutor: prices, estimates, limits, windows, ledger, figures."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from tests.rpc.support import answer, audit_lines, refuse
from tests.rpc.tutoring import CONTEXT, PRICE, QUESTION, Desk, ask, refused_by, wait_for_a_minute
from tests.support.database import Row, Session
from tests.support.school import School

pytestmark = pytest.mark.once


@pytest.fixture
def desk(db: Session, school: School) -> Desk:
    """A course on a platform without limits, not at the end of a minute."""
    wait_for_a_minute(db)
    db.run("delete from private.tutor_limits")
    desk = Desk(db, school)
    desk.protect_other_turns()
    return desk


def cost(
    input_tokens: int, cached: int, output: int, price: Row = PRICE, *, written: int = 0
) -> int:
    """Micro-dollars, rounded up."""
    micros = (
        price["input_micros"] * (input_tokens - cached - written)
        + price["cached_input_micros"] * cached
        + price["cache_write_micros"] * written
        + price["output_micros"] * output
    )
    return ceil(Fraction(micros, 1_000_000))


def remaining(desk: Desk, scope: str, period: str, meter: str = "requests") -> int:
    """What remains to the learner by tutor_quota."""
    quotas = answer(desk.student(), "tutor_quota", course_id=desk.course_id)["quotas"]
    (found,) = (
        one
        for one in quotas
        if (one["scope"], one["period"], one["meter"]) == (scope, period, meter)
    )
    left: int = found["remaining"]
    return left


# Prices -----------------------------------------------------------------------------------------


def test_a_price_is_set_by_admins(desk: Desk, school: School) -> None:
    """It is returned and can be changed; a cache costs as input by default."""
    desk.session.act(user_id=school.user("admin"))
    given: Row = {"provider": "bedrock", "model": "m", "input_micros": 5, "output_micros": 9}
    first = answer(desk.session, "save_model_price", **given)
    assert (first["cached_input_micros"], first["input_micros"], first["output_micros"]) == (
        5,
        5,
        9,
    )
    assert first["effective_from"] == str(datetime.now(UTC).date())
    second = answer(desk.session, "save_model_price", **{**given, "cached_input_micros": 1})
    assert (second["cached_input_micros"], second["cache_write_micros"]) == (1, 5)
    third = answer(desk.session, "save_model_price", **{**given, "cache_write_micros": 6})
    assert (third["cached_input_micros"], third["cache_write_micros"]) == (5, 6)
    for user_id in (desk.learner, desk.owner):
        refuse(desk.student(user_id), "save_model_price", "admin_required", **given)


@pytest.mark.once
@pytest.mark.parametrize(
    "change",
    [
        *({name: None} for name in ("provider", "model", "input_micros", "output_micros")),
        *({name: -1} for name in ("input_micros", "output_micros", "cached_input_micros")),
        {"provider": " "},
        {"model": "x" * 201},
        {"output_micros": 10_000_000_001},
        {"cache_write_micros": 4},
        {"cache_write_micros": 10_000_000_001},
        {"effective_from": None},
    ],
)
def test_a_price_has_a_form(desk: Desk, change: Row) -> None:
    """Without a model, an amount or a day, or with a bad amount: invalid_price."""
    given = {"provider": "bedrock", "model": "m", "input_micros": 5, "output_micros": 9, **change}
    refuse(desk.server(), "save_model_price", "invalid_price", **given)


def test_a_model_without_a_price_does_not_answer(desk: Desk) -> None:
    """Unknown, priced from tomorrow, or without a length: price_missing, nothing changes."""
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    desk.server().rpc(
        "save_model_price",
        **{"provider": "bedrock", "model": "m", "input_micros": 5, "output_micros": 9},
        effective_from=tomorrow,
    )
    for provider, model, tokens in (
        ("bedrock", "unknown", 500),
        ("bedrock", "m", 500),
        ("extractive", "extractive", 0),
        ("extractive", "extractive", None),
        (None, None, 500),
    ):
        given = {"provider": provider, "model": model, "max_output_tokens": tokens}
        refuse(desk.server(), "register_tutor_model", "price_missing", **given)
    assert desk.ask()["model"]["name"] == "extractive"
    given = {"provider": "extractive", "model": "extractive", "max_output_tokens": 5}
    refuse(desk.root(), "register_tutor_model", "service_required", **given)


def test_the_price_of_the_day_counts(desk: Desk) -> None:
    """The latest price in effect applies to a new turn."""
    today = datetime.now(UTC).date()
    for day, micros in ((today - timedelta(days=9), 1), (today, 2), (today + timedelta(days=1), 3)):
        desk.server().rpc(
            "save_model_price",
            **{"provider": "bedrock", "model": "m", "output_micros": 0, "input_micros": micros},
            effective_from=day,
        )
    given: Row = {"provider": "bedrock", "model": "m", "max_output_tokens": 5}
    assert answer(desk.session, "register_tutor_model", **given)["input_micros"] == 2
    turn = desk.turn(desk.ask())
    assert (turn["provider"], turn["model"], turn["price"]["input_micros"]) == ("bedrock", "m", 2)


# Estimates and settlement -----------------------------------------------------------------------


def test_an_estimate_is_made_of_bytes_and_the_price(desk: Desk) -> None:
    """1,500 tokens, one for three bytes of context, question and notes, and the longest answer."""
    desk.price()
    desk.staff().rpc(
        "save_tutor_guidance", lesson_id=desk.lesson_id, notes="ä" * 50, misconceptions=["x" * 10]
    )
    question = "Was ist größer? " * 9
    turn = desk.ask(lesson_id=desk.lesson_id, question=question)
    context = {name: turn[name] for name in CONTEXT}
    size = desk.root().value("select octet_length(%s::jsonb::text)", Jsonb(context))
    tokens = 1500 + ceil((size + len(question.encode()) + 110) / 3)
    stored = desk.turn(turn)
    assert stored["input_tokens"] == tokens
    assert (
        turn["estimate_micros"]
        == stored["estimate_micros"]
        == cost(tokens, 0, 1000, written=tokens)
    )
    assert turn["estimate_micros"] > 15_000


def test_nobody_names_a_cost(desk: Desk) -> None:
    """No function takes an amount of money from the service."""
    rows = desk.root().all(
        "select proname, proargnames from pg_proc where pronamespace = 'public'::regnamespace "
        "and proname in ('begin_tutor_turn', 'finish_tutor_turn', 'save_tutor_answers')"
    )
    assert len(rows) == 3
    assert [row for row in rows if "micros" in str(row) or "cost" in str(row)] == []
    desk.price()
    turn = desk.ask()
    usage = {"input_tokens": 1, "output_tokens": 1, "cost_micros": 0, "costMicros": 0}
    assert desk.finish(turn, usage=usage)["usage"]["costMicros"] == 18


def test_a_turn_costs_what_was_counted(desk: Desk) -> None:
    """Input, cached input and output at their prices; the reservation is released."""
    desk.price()
    desk.limit("user", "day", 1_000_000, meter="micros")
    turn = desk.ask()
    estimate = turn["estimate_micros"]
    assert desk.used("user", "day", "micros") == [(estimate, 0)]
    assert remaining(desk, "user", "day", "micros") == 1_000_000 - estimate
    usage = {
        **{"input_tokens": 2001, "cached_tokens": 1500, "output_tokens": 333},
        **{"output_bytes": 9999, "guard_hits": 2, "invalid_citations": 1, "abstained": True},
    }
    finished = desk.finish(turn, content="A bird", usage=usage)["usage"]
    expected = cost(2001, 1500, 333)
    assert {name: finished[name] for name in finished if name != "quotas"} == {
        **{"inputTokens": 2001, "cachedTokens": 1500, "cacheWriteTokens": 0, "outputTokens": 333},
        **{"isEstimated": False, "costMicros": expected},
    }
    assert finished["quotas"][0]["remaining"] == 1_000_000 - expected
    assert desk.used("user", "day", "micros") == [(0, expected)]
    (line,) = desk.ledger(turn)
    assert (line["cost_micros"], line["requests"], line["outcome"]) == (expected, 1, "complete")
    assert (line["is_abstained"], line["guard_hits"], line["invalid_citations"]) == (True, 2, 1)
    assert (line["user_id"], line["course_id"]) == (desk.learner, desk.course_id)
    # No more is cached than there is input, and no more written than is left of it.
    for cached, written, expected in (
        (99, 0, cost(10, 10, 0)),
        (4, 5, cost(10, 4, 0, written=5)),
        (4, 99, cost(10, 4, 0, written=6)),
    ):
        turn = desk.ask()
        usage = {"input_tokens": 10, "cached_tokens": cached, "output_tokens": 0}
        finished = desk.finish(turn, usage=usage | {"cache_write_tokens": written})["usage"]
        assert (finished["costMicros"], finished["cacheWriteTokens"]) == (expected, written)


@pytest.mark.once
@pytest.mark.parametrize(
    ("usage", "content", "tokens"),
    [
        (None, "ä" * 100, (None, 67)),
        ({}, None, (None, 0)),
        ({"output_bytes": 3000}, "A bird", (None, 1000)),
        ({"input_tokens": 5}, "x" * 30, (5, 10)),
        ({"output_tokens": 5}, "x" * 30, (None, 5)),
        ({"input_tokens": None, "output_tokens": None}, "x" * 30, (None, 10)),
    ],
)
def test_what_was_not_counted_is_estimated(
    desk: Desk, usage: Row | None, content: str | None, tokens: tuple[int | None, int]
) -> None:
    """Missing input is the estimate, missing output one token for three bytes."""
    desk.price()
    turn = desk.ask()
    input_tokens = desk.turn(turn)["input_tokens"] if tokens[0] is None else tokens[0]
    more = {} if usage is None else {"usage": usage}
    finished = desk.finish(turn, content=content, **more)["usage"]
    assert finished["isEstimated"] is True
    assert (finished["inputTokens"], finished["outputTokens"]) == (input_tokens, tokens[1])
    assert finished["costMicros"] == cost(input_tokens, 0, tokens[1])


@pytest.mark.parametrize(("content", "requests"), [(None, 0), ("Call somebody.", 1)])
def test_c3_a_refund_costs_no_money(desk: Desk, content: str | None, requests: int) -> None:
    """A refund costs no money in any window, and a request only where it has an answer."""
    desk.price()
    for meter in ("requests", "micros"):
        desk.limit("user", "day", 1_000_000, meter=meter)
    turn = desk.ask()
    usage = {"input_tokens": 500, "output_tokens": 50}
    finished = desk.finish(turn, "refunded", content=content, usage=usage)["usage"]
    assert (finished["costMicros"], finished["isEstimated"]) == (0, False)
    assert desk.used("user", "day") == [(0, requests)]
    assert desk.used("user", "day", "micros") == [(0, 0)]
    (line,) = desk.ledger(turn)
    assert (line["outcome"], line["requests"], line["cost_micros"]) == ("refunded", requests, 0)


def test_c3_free_answers_end_at_the_quota(desk: Desk) -> None:
    """Answers whose money is refunded, as in distress, end at the limits of requests."""
    desk.limit("user", "minute", 5)
    for _ in range(5):
        desk.finish(desk.ask(), "refunded", content="Call somebody.")
    details = refused_by(desk.student(), **desk.question())
    assert (details["period"], details["meter"], details["limit"]) == ("minute", "requests", 5)


def test_c4_a_turn_that_never_ran_costs_no_money(desk: Desk) -> None:
    """A turn begun without the service counts as a request; one that ran costs its estimate."""
    desk.price()
    for meter in ("requests", "micros"):
        desk.limit("user", "day", 1_000_000, meter=meter)
    desk.protect_other_turns()
    idle, run = desk.ask(), desk.ask()
    desk.save(run)
    for turn in (idle, run):
        desk.expire(turn)
    desk.sweep()
    for turn, tokens in ((idle, 0), (run, desk.turn(run)["input_tokens"])):
        (line,) = desk.ledger(turn)
        assert (line["outcome"], line["requests"]) == ("expired", 1)
        assert (line["input_tokens"], line["cost_micros"]) == (tokens, cost(tokens, 0, 0))
    assert desk.used("user", "day") == [(0, 2)]
    assert desk.used("user", "day", "micros") == [(0, desk.ledger(run)[0]["cost_micros"])]


def test_a_turn_is_settled_once(desk: Desk) -> None:
    """Later calls of finish and sweep change no window and no ledger row."""
    desk.price()
    for meter in ("requests", "micros"):
        desk.limit("user", "day", 1_000_000, meter=meter)
    first, second = desk.ask(), desk.ask()
    usage = {"input_tokens": 100, "output_tokens": 10}
    desk.finish(first, usage=usage)
    desk.finish(first, usage={"input_tokens": 900, "output_tokens": 90})
    desk.save(second, "x" * 300)
    for turn in (first, second):
        desk.expire(turn)
    assert desk.sweep() == 1
    assert desk.sweep() == 0
    late = desk.finish(second, content="x" * 900, usage={"input_tokens": 1, "output_tokens": 1})
    swept = cost(desk.turn(second)["input_tokens"], 0, 100)
    assert (late["is_settled"], late["usage"]["costMicros"]) == (False, swept)
    assert desk.used("user", "day") == [(0, 2)]
    assert desk.used("user", "day", "micros") == [(0, cost(100, 0, 10) + swept)]
    assert [line["outcome"] for line in (*desk.ledger(first), *desk.ledger(second))] == [
        *("complete", "expired"),
    ]


def test_a_turn_keeps_its_price(desk: Desk) -> None:
    """A price or model that changes during a turn applies to the next turn."""
    desk.price()
    turn = desk.ask()
    more = {"input_micros": 7_000_000, "cache_write_micros": 7_000_000}
    desk.price(**more, output_micros=90_000_000)
    next_turn = desk.ask()
    desk.server().rpc(
        "register_tutor_model", provider="extractive", model="extractive", max_output_tokens=5
    )
    usage = {"input_tokens": 1000, "output_tokens": 100}
    assert desk.finish(turn, usage=usage)["usage"]["costMicros"] == cost(1000, 0, 100)
    assert desk.finish(next_turn, usage=usage)["usage"]["costMicros"] == 7000 + 9000
    (line,) = desk.ledger(turn)
    assert (line["provider"], line["model"]) == ("openai_compat", "test-1")


@pytest.mark.parametrize(
    ("period", "step"), [("minute", timedelta(minutes=1)), ("day", timedelta(days=1))]
)
def test_a_turn_is_settled_where_it_was_reserved(desk: Desk, period: str, step: timedelta) -> None:
    """A turn is charged to the window in which it began."""
    desk.limit("user", period, 1)
    first = desk.ask()
    assert refused_by(desk.student(), **desk.question())["period"] == period
    desk.shift(first, period, step)
    assert remaining(desk, "user", period) == 1
    second = desk.ask()
    assert desk.used("user", period) == [(1, 0), (1, 0)]
    desk.finish(first)
    assert desk.used("user", period) == [(1, 0), (0, 1)]
    desk.finish(second, "refunded")
    assert desk.used("user", period) == [(0, 0), (0, 1)]


# Limits -----------------------------------------------------------------------------------------

LIMITS: list[tuple[str, str, Row]] = [
    ("user", "minute", {}),
    ("user", "day", {}),
    ("user", "month", {}),
    ("user_course", "day", {}),
    ("course", "day", {}),
    ("platform", "minute", {}),
]


@pytest.mark.once
@pytest.mark.parametrize("meter", ["requests", "micros"])
@pytest.mark.parametrize(("scope", "period", "more"), LIMITS)
def test_each_limit_refuses(desk: Desk, scope: str, period: str, more: Row, meter: str) -> None:
    """Over a limit: refused with its details; nothing is reserved."""
    desk.price()
    turn = desk.ask()
    estimate = turn["estimate_micros"]
    desk.finish(turn, "refunded")
    amount = 2 if meter == "requests" else 2 * estimate + 1
    desk.limit(scope, period, amount, meter=meter, **more)
    turns = [desk.ask(), desk.ask()]
    given = desk.question()
    before = datetime.now(UTC)
    told = refused_by(desk.student(), **given)
    assert (told["scope"], told["period"], told["meter"]) == (scope, period, meter)
    assert (told["limit"], told["remaining"]) == (amount, 0)
    reset_at = datetime.fromisoformat(told["reset_at"])
    assert reset_at == next_window(before, period)
    assert 0 <= told["retry_after"] - (reset_at - before).total_seconds() + 1 < 3
    refuse(desk.student(), "begin_tutor_turn", "quota_exceeded", **given)
    reserved = 2 if meter == "requests" else 2 * estimate
    assert desk.used(scope, period, meter) == [(reserved, 0)]
    assert desk.messages(given["conversation_id"]) == []
    # A released amount can be used again, with the same key.
    desk.finish(turns[0], "refunded")
    assert ask(desk.student(), **given)["is_replay"] is False


def next_window(at: datetime, period: str) -> datetime:
    """The end of the window of UTC that contains a time."""
    if period == "minute":
        return at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "day":
        return day + timedelta(days=1)
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def test_a_limit_is_of_its_subject(desk: Desk, school: School) -> None:
    """Usage of one user, pair or course does not count for another."""
    other, elsewhere = desk.another(), Desk(desk.session, school)
    school.enroll(desk.learner, elsewhere.course_id)
    desk.limit("user_course", "day", 1)
    desk.ask()
    refused_by(desk.student(), **desk.question())
    assert desk.ask(other) and ask(desk.student(), **elsewhere.question())
    desk.limit("user_course", "day", None)
    desk.limit("user", "day", 2)
    # A window counts from the time when it has a limit.
    assert desk.ask() and ask(desk.student(), **elsewhere.question())
    refused_by(desk.student(), **elsewhere.question())
    assert desk.ask(other)
    desk.limit("user", "day", None)
    desk.limit("course", "day", 1, course_id=elsewhere.course_id)
    assert ask(desk.student(), **elsewhere.question())
    refused_by(desk.student(), **elsewhere.question())
    assert desk.ask()


def test_all_limits_hold_or_none(desk: Desk) -> None:
    """A turn that one limit refuses is reserved in no other."""
    desk.limit("user", "day", 10)
    desk.limit("course", "day", 10)
    desk.limit("platform", "day", 0)
    told = refused_by(desk.student(), **desk.question())
    assert (told["scope"], told["limit"]) == ("platform", 0)
    assert desk.used("user", "day") == desk.used("course", "day") == []
    desk.limit("platform", "day", 1)
    desk.ask()
    refused_by(desk.student(), **desk.question())
    assert desk.used("user", "day") == desk.used("course", "day") == [(1, 0)]


def test_what_costs_nothing_is_not_limited_in_money(desk: Desk) -> None:
    """A free model answers with a limit of 0, and reserves no money."""
    desk.limit("platform", "day", 0, meter="micros")
    turn = desk.ask()
    assert desk.turn(turn)["windows"] == []
    desk.price()
    assert refused_by(desk.student(), **desk.question())["meter"] == "micros"


def test_the_limit_that_names_most_counts(desk: Desk, school: School) -> None:
    """The most specific limit applies: user and course, user, course, everyone."""
    other, elsewhere = desk.another(), Desk(desk.session, school)
    school.enroll(desk.learner, elsewhere.course_id)
    desk.limit("user_course", "day", 10)

    def limits() -> list[int]:
        found = []
        for who, course_id in (
            (desk.learner, desk.course_id),
            (desk.learner, elsewhere.course_id),
            (other, desk.course_id),
            (other, elsewhere.course_id),
        ):
            quotas = answer(desk.student(who), "tutor_quota", course_id=course_id)["quotas"]
            found += [one["limit"] for one in quotas if one["scope"] == "user_course"]
        return found

    assert limits() == [10, 10, 10, 10]
    desk.limit("user_course", "day", 20, course_id=desk.course_id)
    assert limits() == [20, 10, 20, 10]
    desk.limit("user_course", "day", 30, user_id=desk.learner)
    assert limits() == [30, 30, 20, 10]
    desk.limit("user_course", "day", 40, user_id=desk.learner, course_id=desk.course_id)
    assert limits() == [40, 30, 20, 10]
    desk.limit("user", "day", 5)
    desk.limit("user", "day", 1, user_id=desk.learner)
    desk.ask()
    assert refused_by(desk.student(), **desk.question())["scope"] == "user"
    desk.limit("user_course", "day", None, user_id=desk.learner, course_id=desk.course_id)
    assert limits() == [30, 30, 20, 10]
    desk.limit("user_course", "day", None, user_id=desk.learner)
    desk.limit("user_course", "day", None, course_id=desk.course_id)
    assert limits() == [10, 10, 10, 10]
    desk.limit("user_course", "day", None)
    assert limits() == []


def test_a_limit_may_be_raised_at_once(desk: Desk) -> None:
    """A higher limit applies at once; usage stays."""
    desk.limit("user", "day", 1)
    desk.ask()
    refused_by(desk.student(), **desk.question())
    desk.limit("user", "day", 2)
    desk.ask()
    assert remaining(desk, "user", "day") == 0
    desk.limit("user", "day", 1)
    assert remaining(desk, "user", "day") == 0


def test_quotas_are_ones_own(desk: Desk) -> None:
    """tutor_quota returns user and user_course, and no limit shared with others."""
    for scope in ("user", "user_course", "course", "platform"):
        desk.limit(scope, "day", 7)
    turn = desk.ask()
    for quotas in (
        turn["quotas"],
        answer(desk.student(), "tutor_quota", course_id=desk.course_id)["quotas"],
        desk.finish(turn)["usage"]["quotas"],
    ):
        assert [(one["scope"], one["used"], one["remaining"]) for one in quotas] == [
            *(("user", 1, 6), ("user_course", 1, 6)),
        ]
        assert set(quotas[0]) == {
            *("scope", "period", "meter", "limit", "used", "remaining", "reset_at"),
        }
    told = answer(desk.student(), "tutor_quota")
    assert [one["scope"] for one in told["quotas"]] == ["user"]
    assert (told["is_enabled"], told["max_support_level"], told["is_locked"]) == (
        *(True, "high"),
        False,
    )


def test_staff_limit_people_in_their_course(desk: Desk, school: School) -> None:
    """Owners and instructors set user_course in their own course, and nothing else; audited."""
    given: Row = {"scope": "user_course", "period": "day", "meter": "requests", "max_amount": 3}
    own = {**given, "course_id": desk.course_id}
    row = answer(desk.staff(), "set_tutor_limit", **own)
    assert row["max_amount"] == 3 and "id" not in row
    answer(desk.staff(), "set_tutor_limit", **own, user_id=desk.learner)
    removed = {**own, "max_amount": None}
    # A limit that is removed, and one that is not there.
    assert answer(desk.staff(), "set_tutor_limit", **removed) is None
    assert answer(desk.staff(), "set_tutor_limit", **removed) is None
    assert len(audit_lines(desk.session, "set_tutor_limit", desk.course_id)) == 3
    assert len(audit_lines(desk.session, "set_tutor_limit", desk.learner)) == 1
    assistant = school.user()
    school.staff(desk.course_id, assistant, "assistant")
    elsewhere = Desk(desk.session, school)
    for user_id, course_id in (
        (desk.owner, elsewhere.course_id),
        (assistant, desk.course_id),
        (desk.learner, desk.course_id),
    ):
        refuse(
            desk.student(user_id),
            "set_tutor_limit",
            "not_course_staff",
            **{**given, "course_id": course_id},
        )
    for change in (
        {"course_id": None},
        {"scope": "course"},
        {"scope": "user", "course_id": None, "user_id": desk.learner},
        {"scope": "platform", "course_id": None},
        {"scope": None},
    ):
        refuse(desk.staff(), "set_tutor_limit", "admin_required", **{**own, **change})


@pytest.mark.once
@pytest.mark.parametrize(
    "change",
    [
        {"scope": "school"},
        {"scope": None},
        {"period": "year"},
        {"period": None},
        {"meter": "tokens"},
        {"meter": None},
        {"max_amount": -1},
        {"scope": "platform", "user_id": "own"},
        {"scope": "course", "user_id": "own"},
        {"scope": "user", "course_id": "own"},
        {"course_id": UUID("00000000-0000-4000-8000-000000000000")},
        {"scope": "user", "user_id": UUID("00000000-0000-4000-8000-000000000000")},
    ],
)
def test_a_limit_has_a_form(desk: Desk, change: Row) -> None:
    """Unknown values, a negative amount or a wrong subject: invalid_limit."""
    own: Row = {"user_id": desk.learner, "course_id": desk.course_id}
    given = {"scope": "user_course", "period": "day", "meter": "requests", "max_amount": 1}
    given |= {name: own[name] if value == "own" else value for name, value in change.items()}
    refuse(desk.server(), "set_tutor_limit", "invalid_limit", **given)


def test_limits_that_stand_from_the_start(db: Session, school: School) -> None:
    """The default limits of requests and money."""
    wait_for_a_minute(db)
    desk = Desk(db, school)
    for _ in range(20):
        desk.ask()
    told = refused_by(desk.student(), **desk.question())
    assert (told["scope"], told["period"], told["limit"]) == ("user", "minute", 20)
    quotas = answer(desk.student(), "tutor_quota")["quotas"]
    assert [(one["period"], one["meter"], one["limit"]) for one in quotas] == [
        *(("month", "micros", 5_000_000), ("minute", "requests", 20), ("day", "requests", 300)),
    ]


# Figures ----------------------------------------------------------------------------------------


def test_use_is_what_the_ledger_says(desk: Desk, school: School) -> None:
    """One row for each course and day; staff see their course, admins all."""
    desk.price()
    elsewhere = Desk(desk.session, school)
    other = desk.another()
    for user_id, status, usage in (
        (desk.learner, "complete", {"input_tokens": 9000, "output_tokens": 10, "guard_hits": 2}),
        (desk.learner, "failed", {"input_tokens": 10, "invalid_citations": 3}),
        (other, "stopped", {"abstained": True}),
        (other, "refunded", {}),
    ):
        desk.finish(desk.ask(user_id), status, content="A bird", usage=usage)
    elsewhere.finish(elsewhere.ask())
    late = desk.ask()
    desk.finish(late)
    desk.root().run(
        "update private.tutor_ledger set occurred_at = occurred_at - interval '3 days' "
        "where turn_id = %s",
        late["turn_id"],
    )
    rows = desk.staff().rpc("tutor_usage", course_id=desk.course_id)
    assert [(row["turns"], row["completed"], row["failed"]) for row in rows] == [
        (4, 1, 2),
        (1, 1, 0),
    ]
    assert rows[0]["day"] - rows[1]["day"] == timedelta(days=3)
    assert (rows[0]["abstained"], rows[0]["guard_hits"], rows[0]["invalid_citations"]) == (1, 2, 3)
    for session in (desk.session.act(user_id=school.user("admin")), desk.server()):
        everything = session.rpc("tutor_usage", since=date(2020, 1, 1))
        assert {row["course_slug"] for row in everything} >= {row["course_slug"] for row in rows}
        assert {row["course_id"] for row in everything} >= {desk.course_id, elsewhere.course_id}
        assert len({row["course_slug"] for row in everything}) >= 2
    names = ("input_tokens", "output_tokens", "cost_micros")
    for course_id, total in ((desk.course_id, rows), (None, everything)):
        sums = desk.root().one(
            "select sum(input_tokens)::bigint as input_tokens, "
            "sum(output_tokens)::bigint as output_tokens, sum(cost_micros)::bigint as cost_micros "
            "from private.tutor_ledger where %s::uuid is null or course_id = %s",
            *(course_id, course_id),
        )
        assert {name: sum(row[name] for row in total) for name in names} == sums
    since = rows[0]["day"]
    assert len(desk.staff().rpc("tutor_usage", course_id=desk.course_id, since=since)) == 1
    assert desk.session.rpc("tutor_usage", course_id=desk.course_id, since="2999-01-01") == []


def test_use_is_for_staff(desk: Desk, school: School) -> None:
    """Assistants see usage; learners and other staff do not; admins see every course."""
    assistant = school.user()
    school.staff(desk.course_id, assistant, "assistant")
    assert desk.student(assistant).rpc("tutor_usage", course_id=desk.course_id) == []
    elsewhere = Desk(desk.session, school)
    for user_id in (desk.learner, elsewhere.owner):
        refuse(desk.student(user_id), "tutor_usage", "not_course_staff", course_id=desk.course_id)
    refuse(desk.staff(), "tutor_usage", "admin_required")


def test_pages_of_use(desk: Desk, school: School) -> None:
    """Newest day first, each course and day once; a cursor belongs to its arguments."""
    elsewhere = Desk(desk.session, school)
    for one in (desk, elsewhere):
        for days in (0, 1, 2):
            turn = one.ask()
            one.finish(turn)
            one.root().run(
                "update private.tutor_ledger set occurred_at = occurred_at - %s where turn_id = %s",
                *(timedelta(days=days), turn["turn_id"]),
            )
    whole = desk.server().rpc("tutor_usage", page_size=200)
    keys = [(-row["day"].toordinal(), row["course_id"]) for row in whole]
    assert len(keys) >= 6 and keys == sorted(set(keys))
    for size in (1, 4):
        rows: list[Row] = []
        cursor = None
        while page := desk.server().rpc("tutor_usage", page_size=size, cursor=cursor):
            assert len(page) <= size
            rows += page
            cursor = page[-1]["cursor"]
        assert rows == whole
    for wrong in (0, 201, None):
        refuse(desk.server(), "tutor_usage", "invalid_page", page_size=wrong)
    for given in ({"course_id": desk.course_id}, {"since": date(2020, 1, 1)}):
        refuse(desk.server(), "tutor_usage", "invalid_cursor", cursor=whole[0]["cursor"], **given)


def test_books_outlive_courses_and_people(desk: Desk) -> None:
    """Ledger and windows outlive a deleted course and account."""
    turn = desk.ask()
    desk.finish(turn, content=QUESTION)
    desk.root().run("delete from public.enrollments where course_id = %s", desk.course_id)
    desk.session.run("delete from public.entitlements where course_id = %s", desk.course_id)
    desk.session.run("delete from public.courses where id = %s", desk.course_id)
    desk.session.run("delete from auth.users where id = %s", desk.learner)
    assert desk.messages(turn["conversation_id"]) == []
    assert len(desk.ledger(turn)) == 1
    rows = desk.server().rpc("tutor_usage")
    assert None in {row["course_slug"] for row in rows}


# Sweeping and pruning --------------------------------------------------------------------------


def test_a_sweep_settles_what_is_silent(desk: Desk) -> None:
    """A sweep settles expired turns only, with their saved text and an estimated cost."""
    desk.price()
    desk.limit("user", "day", 1_000_000, meter="micros")
    silent, running = desk.ask(), desk.ask()
    desk.save(silent, "ä" * 30)
    desk.expire(silent)
    assert desk.sweep() == 1
    (line,) = desk.ledger(silent)
    tokens = desk.turn(silent)["input_tokens"]
    assert (line["outcome"], line["requests"], line["is_estimated"]) == ("expired", 1, True)
    assert (line["input_tokens"], line["output_tokens"]) == (tokens, 20)
    assert line["cost_micros"] == cost(tokens, 0, 20)
    assert desk.used("user", "day", "micros") == [(running["estimate_micros"], cost(tokens, 0, 20))]
    assert desk.ledger(running) == []


def test_old_turns_and_windows_are_forgotten(desk: Desk) -> None:
    """Turns go after 90 days, windows after 62; the ledger and reservations stay."""
    desk.limit("user", "day", 9)
    old, silent, fresh = desk.ask(), desk.ask(), desk.ask()
    for turn in (old, fresh):
        desk.finish(turn)
    for turn in (old, silent):
        desk.set_turn(turn, "created_at = now() - interval '91 days'")
    desk.shift(old, "day", timedelta(days=63))
    assert desk.used("user", "day") == [(1, 2)]
    desk.root().run("select private.delete_old_turns()")
    assert desk.used("user", "day") == [(1, 2)]
    desk.root().run("update private.tutor_usage set reserved = 0")
    assert desk.session.value("select private.delete_old_turns()") == 0
    left = desk.session.all(
        "select id from private.tutor_turns where id = any(%s)",
        [turn["turn_id"] for turn in (old, silent, fresh)],
    )
    assert {str(row["id"]) for row in left} == {silent["turn_id"], fresh["turn_id"]}
    assert desk.used("user", "day") == []
    assert len(desk.ledger(old)) == 1


def test_maintenance_settles_what_is_silent(desk: Desk) -> None:
    """run_maintenance settles expired turns and reports what it deleted."""
    # A run that changes partitions does nothing else.
    desk.server().rpc("run_maintenance")
    turn = desk.ask()
    desk.expire(turn)
    done = answer(desk.server(), "run_maintenance")
    assert done["turns_pruned"] == 0
    assert [line["outcome"] for line in desk.ledger(turn)] == ["expired"]
