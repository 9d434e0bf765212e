"""Payments: what a signed event means for the database, and what is not believed."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.api.conftest import Serve
from tests.api.support import (
    ORIGIN,
    SECRET_KEY,
    Upstream,
    assert_problem,
    bearer,
    hs256,
    make_settings,
)
from tests.support.stripe import (
    KEY,
    SECRET,
    FakeStripe,
    fake_stripe,
    invoice,
    session,
    signed,
)

OFFER = uuid4()
USER = uuid4()


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeStripe]:
    """Stripe."""
    with fake_stripe() as running:
        yield running


@pytest.fixture
async def shop(
    serve: Serve, upstream: Upstream, fake: FakeStripe
) -> AsyncIterator[httpx.AsyncClient]:
    """The service with an account of Stripe."""
    fake.is_down = False
    fake.invoices = {"pi_of_invoice": "in_1"}
    for function in ("grant_order", "refund_order"):
        upstream.rpc(function, 200, {"id": str(uuid4())})
    for function in ("register_tutor_model", "sweep_tutor_turns", "fold_facts"):
        upstream.rpc(function, 200, 0)
    settings = make_settings(
        supabase_secret_key=SECRET_KEY,
        stripe_secret_key=KEY,
        stripe_webhook_secret=SECRET,
        stripe_url=fake.url,
    )
    async with serve(settings) as client:
        yield client


async def send(
    shop: httpx.AsyncClient, kind: str, thing: dict[str, Any], **more: Any
) -> httpx.Response:
    """Send an event to the service."""
    body, headers = signed(kind, thing, **more)
    return await shop.post("/v1/payments/stripe", content=body, headers=headers)


def reported(upstream: Upstream) -> list[tuple[str, dict[str, Any]]]:
    """The reports that reached the database, with the secret key."""
    found = []
    for function in ("grant_order", "refund_order"):
        for request in upstream.calls(f"/rest/v1/rpc/{function}"):
            assert request.headers["apikey"] == SECRET_KEY
            found.append((function, json.loads(request.content)))
    return found


async def test_a_payment_is_reported(shop: httpx.AsyncClient, upstream: Upstream) -> None:
    """A paid session becomes an order of its PaymentIntent."""
    answer = await send(
        shop, "checkout.session.completed", session(USER, OFFER, "pi_1"), created=1_790_000_000
    )
    assert answer.json() == {"orders": 1}
    assert reported(upstream) == [
        (
            "grant_order",
            {
                **{"provider": "stripe", "reference": "pi_1", "user_id": str(USER)},
                **{"offer_id": str(OFFER), "amount": 4900, "currency": "eur"},
                "paid_at": "2026-09-21T14:13:20+00:00",
            },
        )
    ]


async def test_a_period_is_reported(shop: httpx.AsyncClient, upstream: Upstream) -> None:
    """A paid invoice becomes an order until the end of its period, also in the older form."""
    now = int(time.time())
    ends = now + 1000
    await send(shop, "invoice.paid", invoice(USER, OFFER, "in_1", ends), created=now)
    older = invoice(USER, OFFER, "in_2", ends) | {
        "subscription": "sub_1",
        "subscription_details": {"metadata": {"user_id": str(USER), "offer_id": str(OFFER)}},
    }
    del older["parent"]
    await send(shop, "invoice.paid", older, created=now)
    first, second = (arguments for _, arguments in reported(upstream))
    assert (first.pop("reference"), second.pop("reference")) == ("in_1", "in_2")
    assert first == second
    assert (first["subscription"], first["amount"]) == ("sub_1", 900)


@pytest.mark.parametrize(
    ("kind", "thing", "expected"),
    [
        (
            "charge.refunded",
            {"payment_intent": "pi_1", "amount_refunded": 500, "refunded": False},
            {"reference": "pi_1", "amount": 500},
        ),
        (
            "charge.refunded",
            {"payment_intent": "pi_of_invoice", "amount_refunded": 900, "refunded": True},
            {"reference": "in_1", "amount": None},
        ),
        (
            "charge.refunded",
            {"payment_intent": "pi_9", "invoice": "in_9", "refunded": True},
            {"reference": "in_9", "amount": None},
        ),
        (
            "charge.dispute.created",
            {"payment_intent": {"id": "pi_1"}, "status": "needs_response"},
            {"reference": "pi_1", "reason": "dispute"},
        ),
        (
            "charge.dispute.closed",
            {"payment_intent": "pi_1", "status": "lost"},
            {"reference": "pi_1", "reason": "dispute"},
        ),
        (
            "charge.dispute.closed",
            {"payment_intent": "pi_1", "status": "won"},
            {"reference": "pi_1", "reason": "dispute_won"},
        ),
        (
            "customer.subscription.deleted",
            {"id": "sub_1"},
            {"reference": "sub_1", "reason": "cancel"},
        ),
    ],
)
async def test_what_is_taken_back(
    shop: httpx.AsyncClient,
    upstream: Upstream,
    kind: str,
    thing: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    """Refunds, disputes and cancellations name the same reference as the payment."""
    assert (await send(shop, kind, {"id": "ch_1", **thing})).json() == {"orders": 1}
    ((function, arguments),) = reported(upstream)
    assert function == "refund_order"
    assert arguments.items() >= expected.items()


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("customer.created", {"id": "cus_1"}),
        ("checkout.session.completed", session(USER, OFFER, "pi_1", payment_status="unpaid")),
        ("checkout.session.completed", session(USER, OFFER, "pi_1", mode="subscription")),
        ("checkout.session.completed", session(USER, "no-uuid", "pi_1")),
        ("checkout.session.completed", session(USER, OFFER, "pi_1", metadata=None)),
        ("checkout.session.completed", session(USER, OFFER, "pi_1", metadata={"user_id": 7})),
        ("invoice.paid", {"id": "in_1", "object": "invoice", "lines": {"data": []}}),
        ("charge.refunded", {"id": "ch_1"}),
    ],
)
async def test_events_of_no_order(
    shop: httpx.AsyncClient, upstream: Upstream, kind: str, thing: dict[str, Any]
) -> None:
    """An event that concerns no order is taken and changes nothing."""
    answer = await send(shop, kind, thing)
    assert (answer.status_code, answer.json()) == (200, {"orders": 0})
    assert reported(upstream) == []


async def test_only_stripe_is_believed(shop: httpx.AsyncClient, upstream: Upstream) -> None:
    """No signature, a signature of another secret, of another body, or an old one: nothing."""
    body, headers = signed("checkout.session.completed", session(USER, OFFER, "pi_1"))
    stamp, mark = headers["Stripe-Signature"].split(",")
    old = f"t={int(stamp[2:]) - 10_000},{mark}"
    _, foreign = signed("x", {}, secret="whsec_of_somebody")
    for signature in (None, "", "nonsense", old, foreign["Stripe-Signature"]):
        given = {} if signature is None else {"Stripe-Signature": signature}
        answer = await shop.post("/v1/payments/stripe", content=body, headers=given)
        assert_problem(answer, 400, "invalid_signature")
    answer = await shop.post("/v1/payments/stripe", content=body + b" ", headers=headers)
    assert_problem(answer, 400, "invalid_signature")
    assert reported(upstream) == []


async def test_an_event_comes_again_after_a_failure(
    shop: httpx.AsyncClient, upstream: Upstream, fake: FakeStripe
) -> None:
    """Neither a refusal of the database nor a silent Stripe is answered as taken."""
    upstream.fail("grant_order", 404, "user_not_found", "This account does not exist.")
    answer = await send(shop, "checkout.session.completed", session(USER, OFFER, "pi_1"))
    assert_problem(answer, 404, "user_not_found")
    fake.is_down = True
    answer = await send(shop, "charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"})
    assert_problem(answer, 503, "provider_unavailable")


def offer(**changes: Any) -> dict[str, Any]:
    """An offer with its courses, as PostgREST prints it."""
    return {
        **{"id": str(OFFER), "title": "All of it", "price": 4900, "currency": "EUR"},
        **{"billing_period": None, "offer_courses": [{"courses": {"slug": "sewing"}}]},
        **changes,
    }


@pytest.mark.parametrize("period", [None, "month"])
async def test_checkout(
    shop: httpx.AsyncClient, upstream: Upstream, fake: FakeStripe, period: str | None
) -> None:
    """The price is the database's; the payment carries buyer and offer."""
    upstream.on("GET", "offers", httpx.Response(200, json=[offer(billing_period=period)]))
    answer = await shop.post(
        f"/v1/offers/{OFFER}/checkout", headers=bearer(hs256(sub=str(USER))), json={"price": 1}
    )
    assert answer.json()["url"].startswith(fake.url)
    form = fake.sessions[-1]
    assert form["line_items[0][price_data][unit_amount]"] == "4900"
    assert form["line_items[0][price_data][currency]"] == "eur"
    assert form["success_url"] == f"{ORIGIN}/courses/sewing?payment=done"
    kind = "subscription_data" if period else "payment_intent_data"
    for place in ("metadata", f"{kind}[metadata]"):
        assert UUID(form[f"{place}[user_id]"]) == USER
        assert UUID(form[f"{place}[offer_id]"]) == OFFER
    assert form.get("line_items[0][price_data][recurring][interval]") == period


async def test_checkout_is_refused(
    shop: httpx.AsyncClient, upstream: Upstream, fake: FakeStripe
) -> None:
    """Signed out, an offer that is not for sale, a provider that does not answer."""
    path = f"/v1/offers/{OFFER}/checkout"
    assert_problem(await shop.post(path), 401, "unauthenticated")
    token = bearer(hs256())
    upstream.on("GET", "offers", httpx.Response(200, json=[]))
    assert_problem(await shop.post(path, headers=token), 404, "not_found")
    upstream.on("GET", "offers", httpx.Response(200, json=[offer()]))
    fake.is_down = True
    assert_problem(await shop.post(path, headers=token), 503, "provider_unavailable")


async def test_without_an_account(client: httpx.AsyncClient) -> None:
    """Both endpoints say that the service takes no payments."""
    body, headers = signed("checkout.session.completed", session(USER, OFFER, "pi_1"))
    for answer in (
        await client.post("/v1/payments/stripe", content=body, headers=headers),
        await client.post(f"/v1/offers/{OFFER}/checkout", headers=bearer(hs256())),
    ):
        assert_problem(answer, 503, "payments_not_configured")
