"""What one running process holds."""

from dataclasses import dataclass

import httpx

from app.core.config import Settings
from app.core.security import TokenVerifier
from app.services.certificates.credential import Issuer
from app.services.readiness import Readiness


@dataclass(slots=True)
class State:
    """Made in the lifespan, found at `app.state.lyceum`."""

    settings: Settings
    http: httpx.AsyncClient
    verifier: TokenVerifier
    readiness: Readiness
    issuer: Issuer
