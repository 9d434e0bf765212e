"""Offers and orders: what is paid gives access, what is taken back ends it, in any order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.rpc.support import (
    World,
    answer,
    as_role,
    at_once,
    audit_lines,
    call,
    committed,
    refusals,
    refuse,
)
from tests.support.database import Database, Session
from tests.support.school import School, insert

PRICE = 4900


class Shop:
    """Two courses that only buyers enter, and offers of them."""

    def __init__(self, school: School) -> None:
        self.school, self.session = school, school.session
        self.owner = school.user("instructor")
        self.courses = [school.course(owner=self.owner, enrollment_mode="closed") for _ in range(2)]
        self.lessons = [school.lesson(school.module(course_id)) for course_id in self.courses]
        self.buyer = school.user()

    def offer(self, *courses: int, **columns: Any) -> UUID:
        """An offer of these courses."""
        values = {"title": "Access", "price": PRICE, "currency": "EUR", **columns}
        self.session.act("postgres")
        offer_id: UUID = insert(self.session, "offers", **values)["id"]
        for course in courses:
            insert(self.session, "offer_courses", offer_id=offer_id, course_id=self.courses[course])
        return offer_id

    def server(self) -> Session:
        """The session as the server that the provider reports to."""
        return self.session.act("service_role")

    def grant(self, reference: str, offer_id: UUID, **arguments: Any) -> Any:
        """Report a payment of the buyer."""
        values = {"user_id": self.buyer, "amount": PRICE, "currency": "EUR", **arguments}
        return call(
            self.server(),
            "grant_order",
            **{"provider": "bank", "reference": reference, "offer_id": offer_id, **values},
        )

    def refund(self, reference: str, **arguments: Any) -> Any:
        """Report that a payment was taken back."""
        return call(
            self.server(), "refund_order", provider="bank", reference=reference, **arguments
        )

    def is_open(self, course: int = 0) -> bool:
        """Whether the buyer reads the lesson of a course: in its table, its outline and search."""
        self.session.act(user_id=self.buyer)
        seen = bool(
            self.session.all(
                "select lesson_id from public.lesson_contents where lesson_id = %s",
                self.lessons[course],
            )
        )
        outline = answer(self.session, "course_outline", course_id=self.courses[course])
        (lesson,) = outline["modules"][0]["lessons"]
        assert lesson["is_open"] == seen
        found = (
            self.session.rpc("search_passages", course_id=self.courses[course], query="lesson", k=3)
            if seen
            else []
        )
        assert all(row["lesson_id"] == self.lessons[course] for row in found)
        return seen


@pytest.fixture
def shop(school: School) -> Shop:
    """A shop in the transaction of the test."""
    return Shop(school)


def offer_of(shop: Shop, **arguments: Any) -> dict[str, Any]:
    """Valid arguments of save_offer."""
    return {
        **{"title": "Access", "course_ids": shop.courses, "price": PRICE, "currency": "eur"},
        **arguments,
    }


# Offers ------------------------------------------------------------------------------------------


def test_staff_sell_their_courses(shop: Shop) -> None:
    """Visitors see the price of what is published and active, and nothing else."""
    session = shop.session.act(user_id=shop.owner)
    offer = call(session, "save_offer", **offer_of(shop))
    assert (offer["price"], offer["currency"], offer["grace_days"]) == (PRICE, "EUR", 0)
    session.act("anon")
    rows = session.all("select course_id from public.offer_courses order by course_id")
    assert [row["course_id"] for row in rows] == sorted(shop.courses)
    session.act(user_id=shop.owner)
    changed = call(
        session,
        "save_offer",
        **offer_of(shop, offer_id=offer["id"], course_ids=shop.courses[:1], is_active=False),
    )
    assert (changed["id"], changed["is_active"]) == (offer["id"], False)
    session.act("anon")
    assert session.all("select id from public.offers") == []
    session.act(user_id=shop.owner)
    assert len(session.all("select course_id from public.offer_courses")) == 1
    assert len(audit_lines(session, "save_offer", offer["id"])) == 2


def test_an_offer_of_a_draft_is_not_shown(shop: Shop) -> None:
    """An offer of a course that is not published cannot be seen, nor its other courses bought."""
    shop.offer(0, 1)
    shop.session.run(
        "update public.courses set is_published = false where id = %s", shop.courses[1]
    )
    assert shop.session.act("anon").all("select id from public.offers") == []


@pytest.mark.parametrize(
    "wrong",
    [
        *({"title": " "}, {"title": None}, {"course_ids": []}, {"course_ids": None}),
        *({"price": 0}, {"price": -1}, {"price": None}, {"price": 100_000_000}),
        *({"currency": "euro"}, {"currency": None}, {"access_days": 0}),
        *({"billing_period": "week"}, {"billing_period": "month", "access_days": 5}),
        *({"grace_days": 91}, {"grace_days": None}, {"is_active": None}),
    ],
)
def test_invalid_offers(shop: Shop, wrong: dict[str, Any]) -> None:
    """Each value has its range."""
    refuse(
        shop.session.act(user_id=shop.owner),
        "save_offer",
        "invalid_offer",
        **offer_of(shop, **wrong),
    )


def test_an_offer_needs_all_its_courses(shop: Shop) -> None:
    """Nobody sells, or takes over, a course of others."""
    rival = shop.school.user("instructor")
    own = shop.school.course(owner=rival)
    offer_id = shop.offer(0)
    session = shop.session.act(user_id=rival)
    refuse(
        session,
        "save_offer",
        "not_course_staff",
        **offer_of(shop, course_ids=[own, shop.courses[0]]),
    )
    refuse(
        session,
        "save_offer",
        "not_course_staff",
        **offer_of(shop, offer_id=offer_id, course_ids=[own]),
    )
    refuse(
        session,
        "save_offer",
        "offer_not_found",
        **offer_of(shop, offer_id=uuid4(), course_ids=[own]),
    )
    session.act("service_role")
    refuse(session, "save_offer", "course_not_found", **offer_of(shop, course_ids=[uuid4()]))


# Orders ------------------------------------------------------------------------------------------


def test_a_payment_opens_the_courses(shop: Shop) -> None:
    """The buyer is enrolled in every course of the offer, and reads their order."""
    offer_id = shop.offer(0, 1, access_days=30)
    assert not shop.is_open(0)
    order = shop.grant("1", offer_id)
    assert order["status"] == "paid"
    assert order["expires_at"] - order["paid_at"] == timedelta(days=30)
    assert shop.is_open(0) and shop.is_open(1)
    assert [row["id"] for row in shop.session.all("select id from public.orders")] == [order["id"]]
    stranger = shop.session.act(user_id=shop.school.user())
    assert stranger.all("select id from public.orders") == []


def test_the_same_payment_five_times(shop: Shop) -> None:
    """Five copies of one report give one right, and bring back nothing that staff revoked."""
    offer_id = shop.offer(0)
    orders = [shop.grant("1", offer_id) for _ in range(5)]
    assert len({order["id"] for order in orders}) == 1
    shop.session.act("postgres")
    (right,) = shop.session.all("select id from public.entitlements where user_id = %s", shop.buyer)
    call(shop.session.act(user_id=shop.owner), "revoke_entitlement", entitlement_id=right["id"])
    shop.grant("1", offer_id)
    assert not shop.is_open()


def test_b4_of_two_orders_one_is_refunded(shop: Shop) -> None:
    """Access stays while anything is paid, and ends with the last refund."""
    single, bundle = shop.offer(0), shop.offer(0, 1)
    shop.grant("1", single)
    shop.grant("2", bundle)
    assert shop.refund("1")["status"] == "refunded"
    assert shop.is_open(0) and shop.is_open(1)
    shop.refund("2")
    assert not shop.is_open(0) and not shop.is_open(1)
    shop.session.act(user_id=shop.buyer)
    refuse(shop.session, "enroll", "entitlement_revoked", course_id=shop.courses[0])
    shop.grant("3", single)
    assert shop.is_open(0) and not shop.is_open(1)


def test_a_right_of_another_source_stays(shop: Shop) -> None:
    """What staff gave is not taken back by a refund."""
    call(
        shop.session.act(user_id=shop.owner),
        "grant_entitlement",
        user_id=shop.buyer,
        course_id=shop.courses[0],
    )
    shop.grant("1", shop.offer(0))
    shop.refund("1")
    assert shop.is_open()


def test_a_part_of_the_price_ends_nothing(shop: Shop) -> None:
    """Refunds are totals: 40, again 40, then all of 49."""
    shop.grant("1", shop.offer(0))
    for amount in (4000, 4000, 1000):
        assert shop.refund("1", amount=amount)["refunded_amount"] == 4000
        assert shop.is_open()
    assert shop.refund("1", amount=PRICE)["status"] == "refunded"
    assert not shop.is_open()


def test_a_refund_before_its_payment(shop: Shop) -> None:
    """The payment that is reported late gives nothing."""
    assert shop.refund("1")["status"] == "reported"
    assert shop.grant("1", shop.offer(0))["status"] == "refunded"
    assert not shop.is_open()


def test_a_dispute_and_its_end(shop: Shop) -> None:
    """A chargeback closes at once; a won one opens again; the latest word counts."""
    start = datetime.now(UTC) - timedelta(days=2)
    shop.grant("1", shop.offer(0))
    assert shop.refund("1", reason="dispute", occurred_at=start)["status"] == "disputed"
    assert not shop.is_open()
    later = start + timedelta(days=1)
    assert shop.refund("1", reason="dispute_won", occurred_at=later)["status"] == "paid"
    shop.refund("1", reason="dispute", occurred_at=start)
    assert shop.is_open()


def test_a_won_dispute_gives_back_only_what_it_took(shop: Shop) -> None:
    """What staff had revoked before a chargeback stays revoked after it."""
    start = datetime.now(UTC) - timedelta(days=2)
    order = shop.grant("1", shop.offer(0))
    (row,) = shop.session.act("postgres").all(
        "select id from public.entitlements where reference = %s", str(order["id"])
    )
    shop.session.act(user_id=shop.owner)
    # A moment of its own: a transaction has one time.
    call(shop.session, "revoke_entitlement", entitlement_id=row["id"])
    shop.session.act("postgres").run(
        "update public.entitlements set revoked_at = revoked_at - interval '1 hour' where id = %s",
        row["id"],
    )
    shop.refund("1", reason="dispute", occurred_at=start)
    won = shop.refund("1", reason="dispute_won", occurred_at=start + timedelta(days=1))
    assert won["status"] == "paid"
    assert not shop.is_open()


def test_a_subscription_is_renewed_and_cancelled(shop: Shop) -> None:
    """Days of grace follow a period; a cancelled one ends with what is paid."""
    offer_id = shop.offer(0, billing_period="month", grace_days=3)
    until = datetime.now(UTC) + timedelta(days=30)
    more = until + timedelta(days=30)
    period = {"subscription": "sub", "period_ends_at": until}
    assert shop.grant("1", offer_id, **period)["expires_at"] == until + timedelta(days=3)
    assert shop.grant("1", offer_id, **period | {"period_ends_at": more})["period_ends_at"] == more
    assert shop.grant("1", offer_id, **period)["period_ends_at"] == more
    shop.refund("sub", reason="cancel")
    shop.session.act(user_id=shop.buyer)
    (order,) = shop.session.all("select * from public.orders")
    assert order["expires_at"] == more
    assert shop.is_open()
    # A cancellation that arrives first is not forgotten.
    shop.refund("other", reason="cancel")
    late = shop.grant("2", offer_id, subscription="other", period_ends_at=until)
    assert late["expires_at"] == until


def test_an_order_keeps_its_days_of_grace(shop: Shop) -> None:
    """An offer that is sold differently later changes no order, also one that is reported again."""
    offer_id = shop.offer(0, billing_period="month", grace_days=7)
    until = datetime.now(UTC) + timedelta(days=30)
    period = {"subscription": "sub", "period_ends_at": until}
    assert shop.grant("1", offer_id, **period)["expires_at"] == until + timedelta(days=7)
    offer = offer_of(
        shop, offer_id=offer_id, course_ids=shop.courses[:1], billing_period="month", grace_days=0
    )
    call(shop.session.act(user_id=shop.owner), "save_offer", **offer)
    assert shop.grant("1", offer_id, **period)["expires_at"] == until + timedelta(days=7)
    assert shop.grant("2", offer_id, **period)["expires_at"] == until


def test_time_alone_ends_access(shop: Shop) -> None:
    """An order that has expired opens nothing, without any report."""
    order = shop.grant("1", shop.offer(0, access_days=1))
    shop.session.act("postgres").run(
        "update public.entitlements set starts_at = now() - interval '2 days', "
        "expires_at = now() - interval '1 second' where reference = %s",
        str(order["id"]),
    )
    assert not shop.is_open()


def test_a_full_course_and_a_prerequisite_lose_no_right(shop: Shop) -> None:
    """A buyer waits for a seat, or enrolls when they have completed what comes before."""
    session = shop.session
    session.run("update public.courses set capacity = 1 where id = %s", shop.courses[0])
    shop.school.enroll(shop.school.user(), shop.courses[0])
    first = shop.school.course(owner=shop.owner)
    insert(session, "course_prerequisites", course_id=shop.courses[1], prerequisite_id=first)
    shop.grant("1", shop.offer(0, 1))
    session.act("postgres")
    rows = session.all(
        "select course_id, status from public.enrollments where user_id = %s", shop.buyer
    )
    assert rows == [{"course_id": shop.courses[0], "status": "waitlisted"}]
    rights = session.all("select id from public.entitlements where user_id = %s", shop.buyer)
    assert len(rights) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        *({"provider": "Bank!"}, {"provider": None}, {"reference": ""}, {"reference": "x" * 256}),
        *({"amount": -1}, {"amount": None}, {"currency": "euro"}, {"currency": None}),
        {"currency": "EU\u0131"},
        *(
            {"paid_at": "infinity"},
            {"period_ends_at": "infinity"},
            {"period_ends_at": "2020-01-01"},
        ),
        *({"subscription": ""}, {"subscription": "1"}),
    ],
)
def test_invalid_reports(shop: Shop, wrong: dict[str, Any]) -> None:
    """A report that cannot be true changes nothing."""
    valid = {
        **{"provider": "bank", "reference": "1", "user_id": shop.buyer, "amount": PRICE},
        **{"currency": "EUR", "offer_id": shop.offer(0)},
    }
    refuse(shop.server(), "grant_order", "invalid_order", **valid | wrong)


def test_an_access_ends_on_a_date(shop: Shop) -> None:
    """Days of access or of grace that end after the year 9999 are refused by their code."""
    report = {"provider": "bank", "reference": "1", "user_id": shop.buyer, "amount": PRICE}
    for rules, times in (
        ({"access_days": 365}, {"paid_at": "9999-12-01T00:00Z"}),
        ({"billing_period": "month", "grace_days": 30}, {"period_ends_at": "9999-12-31T00:00Z"}),
    ):
        given = report | {"currency": "EUR", "offer_id": shop.offer(0, **rules)} | times
        refuse(shop.server(), "grant_order", "invalid_order", **given)
    assert shop.session.act("postgres").all("select id from public.orders") == []


def test_reports_that_contradict(shop: Shop) -> None:
    """A reference belongs to one buyer and offer; an unknown buyer or offer is said so."""
    offer_id = shop.offer(0)
    server = shop.server()
    report = {"provider": "bank", "reference": "1", "amount": PRICE, "currency": "EUR"}
    known = report | {"user_id": shop.buyer, "offer_id": offer_id}
    refuse(server, "grant_order", "user_not_found", **known | {"user_id": uuid4()})
    refuse(server, "grant_order", "offer_not_found", **known | {"offer_id": uuid4()})
    shop.grant("1", offer_id)
    other = shop.school.user()
    server = shop.server()
    refuse(server, "grant_order", "order_conflict", **known | {"user_id": other})
    refuse(
        server, "refund_order", "order_conflict", provider="bank", reference="1", reason="cancel"
    )
    refuse(server, "refund_order", "invalid_order", provider="bank", reference="1", reason="theft")
    refuse(server, "refund_order", "invalid_order", provider="bank", reference="1", amount=-1)
    root = shop.session.act("postgres")
    refuse(root, "grant_order", "service_required", **known)
    refuse(root, "refund_order", "service_required", provider="bank", reference="1")
    for role in ("anon", "authenticated"):
        shop.session.act(role, shop.buyer)
        with shop.session.refused("42501"):
            shop.session.rpc("refund_order", provider="bank", reference="1")


def test_orders_outlive_the_account(shop: Shop) -> None:
    """The books stay when the buyer deletes their account; a repeated report changes nothing."""
    offer_id = shop.offer(0)
    shop.grant("1", offer_id)
    shop.session.act("postgres").run("delete from auth.users where id = %s", shop.buyer)
    (order,) = shop.session.all("select * from public.orders")
    assert (order["user_id"], order["amount"]) == (None, PRICE)
    assert shop.grant("1", offer_id)["user_id"] is None
    assert shop.refund("1")["status"] == "refunded"


# Any order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_reports_in_any_order(shop: Shop, seed: int) -> None:
    """Reports of four orders, repeated and shuffled, end in the same rights."""
    choice = random.Random(seed)
    start = datetime.now(UTC) - timedelta(days=5)
    offers = [shop.offer(0), shop.offer(1), shop.offer(0, 1)]
    courses: set[int] = set()
    reports: list[tuple[str, str, dict[str, Any]]] = []
    for number in range(4):
        reference = str(number)
        bought = choice.randrange(3)
        reports.append(("grant", reference, {"offer_id": offers[bought]}))
        taken = choice.choice(("", "", "part", "refund", "dispute", "won"))
        if taken == "part":
            reports += [("refund", reference, {"amount": amount}) for amount in (1000, PRICE - 1)]
        elif taken == "refund":
            reports += [("refund", reference, {"amount": amount}) for amount in (1000, PRICE)]
        elif taken in ("dispute", "won"):
            reports.append(("refund", reference, {"reason": "dispute", "occurred_at": start}))
            if taken == "won":
                later = {"reason": "dispute_won", "occurred_at": start + timedelta(days=1)}
                reports.append(("refund", reference, later))
        if taken in ("", "part", "won"):
            courses |= ({0}, {1}, {0, 1})[bought]
    reports += choice.sample(reports, 3)
    choice.shuffle(reports)
    for kind, reference, arguments in reports:
        (shop.grant if kind == "grant" else shop.refund)(reference, **arguments)
    assert {course for course in (0, 1) if shop.is_open(course)} == courses


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Accounts and courses that other connections see; removed after the test."""
    with committed(database) as made:
        yield made
        assert made.drift() == []
        made.session.run("delete from public.orders where provider = 'race'")
        made.session.run("delete from public.offers where title = 'Race'")
        made.commit()


@pytest.mark.once
def test_reports_at_once(world: World, database: Database) -> None:
    """Payments of ten buyers for five seats, each three times, and five refunds, all at once."""
    course_id = world.course(enrollment_mode="closed", capacity=5)
    buyers = world.users(10)
    offer_id = insert(world.session, "offers", title="Race", price=PRICE, currency="EUR")["id"]
    insert(world.session, "offer_courses", offer_id=offer_id, course_id=course_id)
    world.commit()
    reports = {"provider": "race"}
    paid = {"offer_id": offer_id, "amount": PRICE, "currency": "EUR"}
    jobs = [
        as_role(
            "service_role", "grant_order", reference=str(number), user_id=buyer, **reports, **paid
        )
        for number, buyer in enumerate(buyers)
        for _ in range(3)
    ]
    jobs += [
        as_role("service_role", "refund_order", reference=str(number), **reports)
        for number in range(0, 10, 2)
    ]
    random.Random(3).shuffle(jobs)
    assert refusals(at_once(database, jobs, connections=20)) == []
    rows = world.all(
        "select user_id, status::text from public.enrollments where course_id = %s", course_id
    )
    held = {row["user_id"] for row in rows if row["status"] in ("active", "waitlisted")}
    assert held == {buyers[number] for number in range(1, 10, 2)}
    assert sum(row["status"] == "active" for row in rows) == 5
    assert world.value("select count(*) from public.orders where provider = 'race'") == 10


@pytest.mark.once
def test_a_cancellation_among_other_reports(world: World, database: Database) -> None:
    """Payments, renewals, disputes and the end of one subscription arrive together."""
    courses = [world.course(enrollment_mode="closed", capacity=20) for _ in range(3)]
    (buyer,) = world.users(1)
    offers = []
    for ids in (courses[:2], courses[::-1][:2], courses):
        offer = insert(
            world.session, "offers",
            title="Race", price=PRICE, currency="EUR", billing_period="month", grace_days=5,
        )  # fmt: skip
        for course_id in ids:
            insert(world.session, "offer_courses", offer_id=offer["id"], course_id=course_id)
        offers.append(offer["id"])
    world.commit()
    until = datetime.now(UTC) + timedelta(days=20)
    jobs = []
    for number in range(9):
        paid = {
            "provider": "race",
            "reference": str(number),
            "user_id": buyer,
            "offer_id": offers[number % 3],
            "amount": PRICE,
            "currency": "EUR",
            "subscription": "sub",
        }
        for days in (0, 3):
            ends_at = until + timedelta(days=days)
            jobs.append(as_role("service_role", "grant_order", **paid, period_ends_at=ends_at))
        for reason in ("dispute", "dispute_won"):
            late = until - timedelta(days=30 if reason == "dispute" else 29)
            report = {"provider": "race", "reference": str(number), "reason": reason}
            jobs.append(as_role("service_role", "refund_order", **report, occurred_at=late))
    cancel = {"provider": "race", "reference": "sub", "reason": "cancel"}
    jobs += [as_role("service_role", "refund_order", **cancel) for _ in range(4)]
    random.Random(5).shuffle(jobs)
    assert refusals(at_once(database, jobs, connections=20)) == []
    rows = world.all(
        "select o.status, o.expires_at, o.period_ends_at, t.expires_at as ends, t.revoked_at "
        "from public.orders as o join public.entitlements as t on t.reference = o.id::text "
        "where o.provider = 'race'"
    )
    assert len(rows) == 3 * (2 + 2 + 3)
    end = until + timedelta(days=3)
    for row in rows:
        assert (row["status"], row["revoked_at"]) == ("paid", None)
        assert row["expires_at"] == row["period_ends_at"] == row["ends"] == end
