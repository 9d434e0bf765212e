"""Payments: a page on which an offer is bought, and what the provider reports."""

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter, Request

from app.api.v1 import PREFIX
from app.api.v1.deps import ActiveUser, StateDep, SupabaseDep
from app.core.errors import ServiceError
from app.core.supabase import Supabase
from app.schemas.payments import Checkout, Received
from app.schemas.problem import problems
from app.services.payments.base import Purchase
from app.state import State

if TYPE_CHECKING:
    from app.services.payments.stripe import Stripe

router = APIRouter(prefix=PREFIX, tags=["payments"])


async def _stripe(state: State) -> "Stripe":
    """The account of the process; the package is imported in a thread, at the first payment."""
    if state.stripe is None:

        def build() -> "Stripe":
            from app.services.payments.stripe import Stripe

            return Stripe(state.settings)

        state.stripe = await asyncio.to_thread(build)
    return state.stripe


@router.post("/offers/{offer_id}/checkout", responses=problems(401, 404, 422, 503))
async def checkout(
    offer_id: UUID, user: ActiveUser, supabase: SupabaseDep, state: StateDep
) -> Checkout:
    """Open a page of the payment provider on which the caller buys an offer."""
    provider = await _stripe(state)
    offers = await supabase.select(
        "offers",
        select="*,offer_courses(courses(slug))",
        id=f"eq.{offer_id}",
        is_active="is.true",
    )
    if not offers:
        raise ServiceError("not_found", "This offer is not for sale.")
    (offer,) = offers
    slug = offer["offer_courses"][0]["courses"]["slug"]
    url = await provider.open(
        Purchase(
            user_id=user.id,
            offer_id=offer_id,
            title=offer["title"],
            price=offer["price"],
            currency=offer["currency"],
            billing_period=offer["billing_period"],
            return_url=f"{state.settings.web_url}/courses/{slug}",
        )
    )
    return Checkout(url=url)


@router.post("/payments/stripe", responses=problems(400, 403, 404, 409, 413, 422, 503))
async def stripe_event(request: Request, state: StateDep) -> Received:
    """Take a signed event of Stripe. Events may repeat and come in any order.

    Events that concern no order are answered with `orders: 0`. After an error Stripe sends the
    event again.
    """
    provider = await _stripe(state)
    database = Supabase.as_service(state.http, state.settings)
    if database is None:
        raise ServiceError("payments_not_configured")
    reports = await provider.read(await request.body(), request.headers.get("stripe-signature"))
    for report in reports:
        await database.rpc(report.function, **report.arguments)
    return Received(orders=len(reports))
