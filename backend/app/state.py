"""What one running process holds."""

from dataclasses import dataclass, field

import httpx
from anyio import CapacityLimiter

from app.core.config import Settings
from app.core.security import TokenVerifier
from app.services.certificates.credential import Issuer
from app.services.readiness import Readiness
from app.services.tutor.models.base import ChatModel
from app.services.tutor.turn.pipeline import Tutor


@dataclass(slots=True)
class State:
    """Made in the lifespan, found at `app.state.lyceum`."""

    settings: Settings
    http: httpx.AsyncClient
    verifier: TokenVerifier
    readiness: Readiness
    issuer: Issuer
    # None without a secret key: only a server may write what the tutor says.
    tutor: Tutor | None
    model: ChatModel
    # Threads that draw in Python take turns with the event loop: one waits less than several.
    drawing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(1))
