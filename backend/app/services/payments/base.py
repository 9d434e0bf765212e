"""What every payment provider needs: reports, and the offer that is bought."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Report:
    """A call of the database that follows from what a provider reported."""

    function: Literal["grant_order", "refund_order"]
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a signed-in buyer is about to pay.

    Attributes:
        price: in the smallest unit of the currency.
        billing_period: month or year for a subscription, None for a single payment.
        return_url: page of the front end to which the provider leads back.
    """

    user_id: UUID
    offer_id: UUID
    title: str
    price: int
    currency: str
    billing_period: str | None
    return_url: str
