"""Verification of Supabase access tokens.

The header of a token selects one of the allowed algorithms and cannot add one: ES256 and RS256 with
a key of that type from the JWKS of Supabase Auth, HS256 only with the configured secret.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.core.config import Settings
from app.core.errors import ServiceError
from app.core.logging import get_logger

# That of PostgREST: a token is good for both or for neither.
LEEWAY_SECONDS: Final = 30
MAX_TOKEN_CHARS: Final = 8192
KEYS_FRESH_SECONDS: Final = 300
KEYS_USABLE_SECONDS: Final = 600
UNKNOWN_KID_SECONDS: Final = 30
FAILED_FETCH_SECONDS: Final = 5
FETCH_TIMEOUT_SECONDS: Final = 3

_REQUIRED: Final = ["exp", "iat", "aud", "sub", "role"]

Key = EllipticCurvePublicKey | RSAPublicKey


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The caller, as a verified token names them. The database decides what they may do."""

    id: UUID
    email: str | None
    token: str = field(repr=False)


class KeySet:
    """The public keys of Supabase Auth: refreshed after 5 minutes, never used after 10.

    Only one fetch runs at a time. An unknown `kid` triggers a fetch at most once in 30 seconds, so
    that forged tokens cannot cause load; after a failed fetch the next one waits 5 seconds.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        url: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self._url = url
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, tuple[str, Key]] = {}
        self._fetched_at = float("-inf")
        self._attempted_at = float("-inf")

    async def get(self, kid: str, algorithm: str) -> Key | None:
        """The key with this id for this algorithm, or None.

        Raises:
            ServiceError: `auth_unavailable`, there is no usable key set.
        """
        await self._refresh(kid)
        known = self._keys.get(kid)
        return known[1] if known is not None and known[0] == algorithm else None

    async def usable(self) -> bool:
        """Whether there are keys to verify with; fetches them when due."""
        try:
            await self._refresh(None)
        except ServiceError:
            return False
        return bool(self._keys)

    async def _refresh(self, kid: str | None) -> None:
        if not self._due(kid) or (self._lock.locked() and self._is_known(kid)):
            return
        async with self._lock:
            if self._due(kid):
                await self._fetch()
        if self._age() >= KEYS_USABLE_SECONDS:
            self._keys = {}
            raise ServiceError("auth_unavailable")

    def _due(self, kid: str | None) -> bool:
        now, age = self._clock(), self._age()
        if age >= KEYS_USABLE_SECONDS:
            # Expired keys are due even when throttled, so that the caller gets an error.
            return True
        since = now - self._attempted_at
        if age >= KEYS_FRESH_SECONDS:
            return since >= FAILED_FETCH_SECONDS
        return not self._is_known(kid) and since >= UNKNOWN_KID_SECONDS

    def _is_known(self, kid: str | None) -> bool:
        return self._age() < KEYS_USABLE_SECONDS and (kid is None or kid in self._keys)

    def _age(self) -> float:
        return self._clock() - self._fetched_at

    async def _fetch(self) -> None:
        now = self._clock()
        if now - self._attempted_at < FAILED_FETCH_SECONDS:
            return
        self._attempted_at = now
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                response = await self._http.get(self._url)
            if response.status_code == 404:
                # A stack that signs only with a secret publishes no keys.
                keys: Mapping[str, tuple[str, Key]] = {}
            else:
                keys = _read_keys(response.raise_for_status().json())
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            get_logger().warning("jwks_fetch_failed", error=type(error).__name__)
            return
        self._keys = keys
        self._fetched_at = now


class TokenVerifier:
    """Verifies an access token and returns its `CurrentUser`."""

    def __init__(self, settings: Settings, keys: KeySet) -> None:
        secret = settings.supabase_jwt_secret
        self._secret = secret.get_secret_value() if secret else None
        self._audience = settings.supabase_jwt_audience
        self._issuer = settings.supabase_jwt_issuer
        self._keys = keys

    async def verify(self, token: str) -> CurrentUser:
        """The user of an access token.

        Raises:
            ServiceError: `invalid_token`, or `auth_unavailable` when the keys cannot be fetched.
        """
        if len(token) > MAX_TOKEN_CHARS:
            raise _invalid("The token is too long.")
        try:
            header = jwt.get_unverified_header(token)
            key, algorithm = await self._key(header)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": _REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise _invalid("The token has expired.") from None
        except jwt.ImmatureSignatureError:
            raise _invalid("The token is from the future: compare the clocks.") from None
        except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError):
            raise _invalid(
                "The token is malformed, forged or not meant for this service."
            ) from None
        if claims["role"] != "authenticated":
            raise _invalid("The token is not that of a signed-in user.")
        try:
            user_id = UUID(claims["sub"])
        except (ValueError, TypeError, AttributeError):
            raise _invalid("The subject of the token is not a user id.") from None
        email = claims.get("email")
        return CurrentUser(user_id, email if isinstance(email, str) else None, token)

    async def ready(self) -> bool:
        """Whether tokens can be verified now."""
        return self._secret is not None or await self._keys.usable()

    async def _key(self, header: Mapping[str, Any]) -> tuple[Key | str, str]:
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm == "HS256" and self._secret is not None:
            return self._secret, algorithm
        if algorithm in {"ES256", "RS256"} and isinstance(kid, str):
            key = await self._keys.get(kid, algorithm)
            if key is not None:
                return key, algorithm
        raise _invalid("No key is known for the token.")


def _read_keys(document: Any) -> dict[str, tuple[str, Key]]:
    """Signing keys of a JWKS by id, each with the one algorithm of its type; skips other keys.

    Raises:
        ValueError: the document is not a JWKS.
    """
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("not a JWKS")
    keys: dict[str, tuple[str, Key]] = {}
    for item in document["keys"]:
        if not isinstance(item, dict) or item.get("use", "sig") != "sig":
            continue
        kid, algorithm = item.get("kid"), {"EC": "ES256", "RSA": "RS256"}.get(str(item.get("kty")))
        if not isinstance(kid, str) or algorithm is None or item.get("alg", algorithm) != algorithm:
            continue
        try:
            key = jwt.PyJWK(item, algorithm).key
        except (jwt.PyJWTError, ValueError, TypeError):
            continue
        strong = (isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)) or (
            isinstance(key, RSAPublicKey) and key.key_size >= 2048
        )
        if strong:
            keys[kid] = (algorithm, key)
    return keys


def _invalid(detail: str) -> ServiceError:
    return ServiceError("invalid_token", detail)
