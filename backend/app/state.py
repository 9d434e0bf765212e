"""The state of one process."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
from anyio import CapacityLimiter

from app.core.config import Settings
from app.core.security import TokenVerifier
from app.services.certificates.credential import Issuer
from app.services.folding import Folding
from app.services.readiness import Readiness
from app.services.tutor.models.base import ChatModel
from app.services.tutor.turn.pipeline import Tutor

if TYPE_CHECKING:
    from app.services.payments.stripe import Stripe


@dataclass(slots=True)
class State:
    """Built in the lifespan, stored at `app.state.lyceum`."""

    settings: Settings
    http: httpx.AsyncClient
    verifier: TokenVerifier
    readiness: Readiness
    issuer: Issuer
    # None without a secret key: only service_role may write answers.
    tutor: Tutor | None
    model: ChatModel
    # None without a secret key, as the tutor.
    folding: Folding | None
    # Threads that draw compete with the event loop for the interpreter lock: one at a time.
    drawing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    # The same for what reads and packs courses.
    reading: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
    # The account that takes payments, made at the first: its package takes a second to import.
    stripe: Stripe | None = None
