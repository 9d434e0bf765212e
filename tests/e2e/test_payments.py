"""A purchase on a fake of Stripe: the page of payment, its events, and what the buyer reads."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.core.config import Settings
from app.main import create_app
from tests.support.http import token
from tests.support.stack import Stack
from tests.support.stripe import KEY, SECRET, FakeStripe, fake_stripe, invoice, session, signed

BUYER = "learner2@lyceum.test"


@pytest.fixture
def fake() -> Iterator[FakeStripe]:
    """Stripe."""
    with fake_stripe() as running:
        yield running


@pytest.fixture
async def shop(stack: Stack, fake: FakeStripe) -> AsyncIterator[httpx.AsyncClient]:
    """The service with an account of Stripe, in front of the database of the stack."""
    settings = Settings(
        _env_file=None,
        supabase_url=stack.supabase_url,
        supabase_publishable_key=SecretStr(stack.publishable_key),
        supabase_secret_key=SecretStr(stack.secret_key),
        supabase_jwt_secret=SecretStr(stack.jwt_secret),
        web_url=stack.web_url,
        stripe_secret_key=SecretStr(KEY),
        stripe_webhook_secret=SecretStr(SECRET),
        stripe_url=fake.url,
    )
    app = create_app(settings)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://lyceum") as client,
    ):
        yield client
    # Other tests of this database count orders and offers.
    with closing(stack.database.connect()) as db:
        db.run("delete from public.orders")
        db.run("delete from public.offers")
        db.commit()


async def test_a_purchase(stack: Stack, fake: FakeStripe, shop: httpx.AsyncClient) -> None:
    """Bought twice, refunded twice, subscribed and disputed: the lesson is readable while paid."""
    owner = token(stack, "instructor@lyceum.test")
    buyer = token(stack, BUYER)

    def rest(path: str, caller: str, **more: Any) -> Any:
        answer = httpx.request(
            "POST" if "json" in more else "GET",
            f"{stack.supabase_url}/rest/v1/{path}",
            headers={"apikey": stack.publishable_key, "Authorization": f"Bearer {caller}"},
            **more,
        )
        assert answer.is_success, answer.text
        return answer.json()

    course = httpx.post(
        f"{stack.supabase_url}/rest/v1/courses",
        headers={
            **{"apikey": stack.publishable_key, "Authorization": f"Bearer {owner}"},
            "Prefer": "return=representation",
        },
        json={
            **{"slug": "sold", "title": "Sold", "description": "A sold course."},
            "enrollment_mode": "closed",
        },
    ).json()[0]
    module_id, lesson_id = (str(f"5e110000-0000-4000-8000-00000000000{n}") for n in (1, 2))
    for table, row in (
        ("modules", {"id": module_id, "course_id": course["id"], "title": "One", "ord": 1}),
        (
            "lessons",
            {
                **{"id": lesson_id, "course_id": course["id"], "module_id": module_id, "ord": 1},
                **{"slug": "one", "title": "One", "content_type": "text", "is_published": True},
            },
        ),
        ("lesson_drafts", {"lesson_id": lesson_id, "body_md": "What was paid for."}),
    ):
        made = httpx.post(
            f"{stack.supabase_url}/rest/v1/{table}",
            headers={"apikey": stack.publishable_key, "Authorization": f"Bearer {owner}"},
            json=row,
        )
        assert made.is_success, made.text
    publication = rest("rpc/publish_course", owner, json={"course_id": course["id"]})
    assert publication["is_published"], publication
    offer = rest(
        "rpc/save_offer",
        owner,
        json={"title": "Sold", "course_ids": [course["id"]], "price": 4900, "currency": "EUR"},
    )

    def is_open() -> bool:
        found = bool(rest(f"lesson_contents?lesson_id=eq.{lesson_id}", buyer))
        (module,) = rest("rpc/course_outline", buyer, json={"slug": "sold"})["modules"]
        assert [one["is_open"] for one in module["lessons"]] == [found]
        return found

    async def send(kind: str, thing: dict[str, Any]) -> None:
        body, headers = signed(kind, thing)
        answer = await shop.post("/v1/payments/stripe", content=body, headers=headers)
        assert (answer.status_code, answer.json()) == (200, {"orders": 1}), answer.text

    assert not is_open()
    opened = await shop.post(
        f"/v1/offers/{offer['id']}/checkout", headers={"Authorization": f"Bearer {buyer}"}
    )
    assert opened.json()["url"] == f"{fake.url}/pay/cs_test_1"
    user_id = fake.sessions[0]["metadata[user_id]"]
    offer_id = fake.sessions[0]["metadata[offer_id]"]
    for intent in ("pi_1", "pi_1", "pi_2"):
        await send("checkout.session.completed", session(user_id, offer_id, intent))
        assert is_open()
    (mine, _) = rest("orders?select=provider,status,amount", buyer)
    assert mine == {"provider": "stripe", "status": "paid", "amount": 4900}
    refund = {"id": "ch_1", "refunded": True, "amount_refunded": 4900}
    await send("charge.refunded", refund | {"payment_intent": "pi_1"})
    assert is_open()
    await send("charge.refunded", refund | {"payment_intent": "pi_2"})
    assert not is_open()
    fake.invoices = {"pi_3": "in_3"}
    ends = int(time.time()) + 86_400
    await send("invoice.paid", invoice(user_id, offer_id, "in_3", ends))
    assert is_open()
    await send("charge.dispute.created", {"id": "dp_1", "payment_intent": "pi_3", "status": "lost"})
    assert not is_open()
