"""Stripe: Checkout opens the page of payment, and signed events report what was paid.

The reference of a single payment is its PaymentIntent, that of a period of a subscription its
invoice. Events say refunds of both by the PaymentIntent alone, so that the invoice is looked up.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

# The package takes a second to import: `State` imports this module at the first payment.
import stripe

from app.core.config import Settings
from app.core.errors import ServiceError
from app.core.logging import get_logger
from app.services.payments.base import Purchase, Report

PROVIDER: Final = "stripe"
_TIMEOUT_SECONDS: Final = 10.0
_PAID: Final = ("paid", "no_payment_required")


class Stripe:
    """The account that the settings name.

    Raises:
        ServiceError: `payments_not_configured`, the settings name no account.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.stripe_secret_key is None or settings.stripe_webhook_secret is None:
            raise ServiceError("payments_not_configured")
        self._settings = settings
        self._webhook_secret = settings.stripe_webhook_secret.get_secret_value()
        self._secret_key = settings.stripe_secret_key.get_secret_value()

    @cached_property
    def _client(self) -> stripe.StripeClient:
        url = self._settings.stripe_url
        return stripe.StripeClient(
            self._secret_key,
            base_addresses={"api": url} if url else {},
            http_client=stripe.HTTPXClient(timeout=_TIMEOUT_SECONDS),
            max_network_retries=1,
        )

    async def open(self, purchase: Purchase) -> str:
        """Make a Checkout session and return the address of its page.

        Raises:
            ServiceError: `provider_unavailable`, Stripe refused or did not answer.
        """
        about = {"user_id": str(purchase.user_id), "offer_id": str(purchase.offer_id)}
        price: dict[str, Any] = {
            "currency": purchase.currency.lower(),
            "unit_amount": purchase.price,
            "product_data": {"name": purchase.title},
        }
        params: dict[str, Any] = {
            "mode": "subscription" if purchase.billing_period else "payment",
            "line_items": [{"quantity": 1, "price_data": price}],
            "client_reference_id": about["user_id"],
            "metadata": about,
            "success_url": f"{purchase.return_url}?payment=done",
            "cancel_url": purchase.return_url,
        }
        if purchase.billing_period:
            price["recurring"] = {"interval": purchase.billing_period}
            params["subscription_data"] = {"metadata": about}
        else:
            params["payment_intent_data"] = {"metadata": about}
        try:
            session = await self._client.v1.checkout.sessions.create_async(params)  # type: ignore[arg-type]
        except stripe.StripeError as error:
            get_logger().warning("stripe_refused", error=type(error).__name__, code=error.code)
            raise ServiceError("provider_unavailable", "Stripe did not open a payment.") from None
        return str(session.url)

    async def read(self, body: bytes, signature: str | None) -> list[Report]:
        """The reports in a signed event; none for an event that concerns no order.

        Raises:
            ServiceError: `invalid_signature`; `provider_unavailable`, the invoice of a refund
                could not be looked up, and Stripe sends the event again.
        """
        try:
            event = stripe.Webhook.construct_event(body, signature, self._webhook_secret)
        except (ValueError, stripe.SignatureVerificationError):
            raise ServiceError("invalid_signature") from None
        read = _EVENTS.get(str(event.type))
        if read is None:
            return []
        return await read(self, event.data.object.to_dict(), int(event.created))

    async def _reference(self, payment: Mapping[str, Any]) -> str | None:
        """The reference of the order that a charge or dispute is about."""
        if payment.get("invoice"):
            return _id(payment["invoice"])
        intent = _id(payment.get("payment_intent"))
        if intent is None:
            return None
        try:
            found = await self._client.v1.invoice_payments.list_async(
                {"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}
            )
        except stripe.StripeError as error:
            get_logger().warning("stripe_refused", error=type(error).__name__, code=error.code)
            raise ServiceError("provider_unavailable", "Stripe did not name the invoice.") from None
        return _id(found.data[0].invoice) if found.data else intent


async def _session_paid(_: Stripe, session: dict[str, Any], created: int) -> list[Report]:
    about = _about(session.get("metadata"))
    if session.get("mode") != "payment" or session.get("payment_status") not in _PAID or not about:
        return []
    paid = {
        "reference": _id(session.get("payment_intent")) or session["id"],
        "amount": session.get("amount_total") or 0,
        "currency": session.get("currency"),
        "paid_at": _time(created),
    }
    return [_report("grant_order", **about, **paid)]


async def _invoice_paid(_: Stripe, invoice: dict[str, Any], created: int) -> list[Report]:
    parent = (invoice.get("parent") or {}).get("subscription_details") or {}
    subscription = _id(parent.get("subscription") or invoice.get("subscription"))
    older = (invoice.get("subscription_details") or {}).get("metadata")
    about = _about(parent.get("metadata") or older)
    ends = [line["period"]["end"] for line in (invoice.get("lines") or {}).get("data", [])]
    if subscription is None or not about or not ends:
        return []
    paid = {
        "reference": invoice["id"],
        "amount": invoice.get("amount_paid") or 0,
        "currency": invoice.get("currency"),
        "paid_at": _time(created),
        "period_ends_at": _time(max(ends)),
        "subscription": subscription,
    }
    return [_report("grant_order", **about, **paid)]


async def _charge_refunded(account: Stripe, charge: dict[str, Any], created: int) -> list[Report]:
    reference = await account._reference(charge)
    if reference is None:
        return []
    # Without an amount: the whole, also where a part was paid from a balance.
    amount = None if charge.get("refunded") else charge.get("amount_refunded")
    return [_report("refund_order", reference=reference, amount=amount)]


async def _disputed(account: Stripe, dispute: dict[str, Any], created: int) -> list[Report]:
    reference = await account._reference(dispute)
    if reference is None:
        return []
    is_won = dispute.get("status") in ("won", "warning_closed", "prevented")
    reason = "dispute_won" if is_won else "dispute"
    return [_report("refund_order", reference=reference, reason=reason, occurred_at=_time(created))]


async def _subscription_ended(_: Stripe, ended: dict[str, Any], created: int) -> list[Report]:
    return [
        _report("refund_order", reference=ended["id"], reason="cancel", occurred_at=_time(created))
    ]


_EVENTS: Final = {
    "checkout.session.completed": _session_paid,
    "checkout.session.async_payment_succeeded": _session_paid,
    "invoice.paid": _invoice_paid,
    "charge.refunded": _charge_refunded,
    "charge.dispute.created": _disputed,
    "charge.dispute.closed": _disputed,
    "customer.subscription.deleted": _subscription_ended,
}


def _report(function: Any, **arguments: Any) -> Report:
    return Report(function, {"provider": PROVIDER, **arguments})


def _about(metadata: Any) -> dict[str, str] | None:
    """The buyer and the offer; None for a payment that was not opened here."""
    try:
        return {name: str(UUID(metadata[name])) for name in ("user_id", "offer_id")}
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _id(value: Any) -> str | None:
    """The id of an object, which may be expanded."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and value else None


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
