"""Bodies of the payment endpoints."""

from pydantic import BaseModel, Field


class Checkout(BaseModel):
    """Where to send the buyer."""

    url: str = Field(description="Page of the payment provider, for `location.href`.")


class Received(BaseModel):
    """An event was taken."""

    orders: int = Field(description="Number of orders that the event was about.")
