"""Tokens, keys, and a mock of Supabase's gateway."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.core.config import Settings

SUPABASE_URL = "http://supabase.test"
PUBLISHABLE_KEY = "sb_publishable_test_key_of_the_suite"
SECRET_KEY = "sb_secret_test_key_of_the_suite"
JWT_SECRET = "a-secret-of-the-test-suite-that-is-long-enough"
ORIGIN = "http://localhost:3000"
SERVICE_URL = "https://service.test"

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Answer = httpx.Response | Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


def make_settings(**changes: Any) -> Settings:
    """Settings that ignore the environment and `.env`."""
    values: dict[str, Any] = {
        "environment": "development",
        "log_level": "INFO",
        "supabase_url": SUPABASE_URL,
        "supabase_publishable_key": PUBLISHABLE_KEY,
        # With a secret key the service registers its model and sweeps turns, for tests of the tutor
        # only.
        "supabase_secret_key": None,
        "supabase_jwt_secret": JWT_SECRET,
        "supabase_jwt_issuer": None,
        "supabase_jwt_audience": "authenticated",
        "supabase_timeout_seconds": 2.0,
        "cors_origins": (ORIGIN,),
        "max_body_bytes": 65_536,
        "max_upload_bytes": 1_048_576,
        "service_url": SERVICE_URL,
        "certificate_issuer_name": "The School",
        "certificate_issuer_url": "https://school.test",
        "certificate_verify_url": "https://school.test/verify/{code}",
        "certificate_signing_key": None,
        "certificate_fonts": (),
        "web_url": ORIGIN,
        "stripe_secret_key": None,
        "stripe_webhook_secret": None,
        "stripe_url": "",
        "tutor_provider": "extractive",
        "tutor_model": "",
        "tutor_base_url": "",
        "tutor_api_key": None,
        "tutor_max_output_tokens": 800,
        "tutor_tokens_field": "max_tokens",
        "tutor_temperature": None,
        "tutor_reasoning_effort": None,
        "tutor_stream_usage": True,
        "tutor_timeout_seconds": 2.0,
        "tutor_idle_timeout_seconds": 2.0,
        "tutor_embedding_model": "",
    }
    return Settings(_env_file=None, **(values | changes))


class Signer:
    """A key of Supabase Auth: signs tokens and exports its public half as a JWK."""

    def __init__(self, key: PrivateKey, kid: str) -> None:
        self.key = key
        self.kid = kid
        self.algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"

    @classmethod
    def elliptic(cls, kid: str, curve: ec.EllipticCurve | None = None) -> "Signer":
        """A key for ES256."""
        return cls(ec.generate_private_key(curve or ec.SECP256R1()), kid)

    @classmethod
    def rsa(cls, kid: str, size: int = 2048) -> "Signer":
        """A key for RS256."""
        return cls(rsa.generate_private_key(65537, size), kid)

    def jwk(self, **changes: Any) -> dict[str, Any]:
        """The public key as Supabase Auth publishes it."""
        name = "ES256" if self.algorithm == "ES256" else "RS256"
        algorithm: Any = jwt.get_algorithm_by_name(name)
        jwk: dict[str, Any] = algorithm.to_jwk(self.key.public_key(), as_dict=True)
        return jwk | {"kid": self.kid, "alg": name, "use": "sig"} | changes

    def pem(self) -> bytes:
        """The public key as text."""
        return self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def token(self, **changes: Any) -> str:
        """A token signed with this key."""
        return jwt.encode(
            claims(**changes), self.key, algorithm=self.algorithm, headers={"kid": self.kid}
        )


class SigningKeys:
    """Private keys in the forms that the setting `CERTIFICATE_SIGNING_KEY` accepts."""

    @staticmethod
    def elliptic(curve: ec.EllipticCurve | None = None) -> str:
        """A key for ES256, as PEM."""
        return _pem(ec.generate_private_key(curve or ec.SECP256R1()))

    @staticmethod
    def edwards() -> str:
        """A key for EdDSA, as PEM."""
        return _pem(ed25519.Ed25519PrivateKey.generate())

    @staticmethod
    def rsa(size: int = 2048) -> str:
        """A key for RS256, as PEM."""
        return _pem(rsa.generate_private_key(65537, size))

    @staticmethod
    def jwk() -> str:
        """A key for ES256, as a JWK."""
        algorithm: Any = jwt.get_algorithm_by_name("ES256")
        return str(algorithm.to_jwk(ec.generate_private_key(ec.SECP256R1())))


def _pem(key: PrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of a signed-in user; a value of None removes a claim."""
    now = int(time.time())
    values: dict[str, Any] = {
        "sub": str(uuid4()),
        "role": "authenticated",
        "aud": "authenticated",
        "iat": now,
        "exp": now + 600,
        "email": "learner@lyceum.test",
    }
    return {name: value for name, value in (values | changes).items() if value is not None}


def hs256(
    secret: str | bytes = JWT_SECRET, header: dict[str, Any] | None = None, **changes: Any
) -> str:
    """A token signed with a secret, built by hand: the library refuses to create some forgeries."""
    key = secret.encode() if isinstance(secret, str) else secret
    signed = f"{_encode(header or {'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims(**changes))}"
    signature = hmac.new(key, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def unsigned(algorithm: str = "none") -> str:
    """A token without a signature."""
    return f"{_encode({'alg': algorithm, 'typ': 'JWT'})}.{_encode(claims())}."


def bearer(token: str) -> dict[str, str]:
    """The authorization header with a token."""
    return {"Authorization": f"Bearer {token}"}


def _encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class Upstream:
    """The gateway: answers by method and path, and records its requests."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.jwks: list[dict[str, Any]] = []
        # Answers each upload to Storage.
        self.objects: Answer | None = None
        self.answers: dict[tuple[str, str], Answer] = {
            ("GET", "/auth/v1/.well-known/jwks.json"): self._jwks,
            ("GET", "/rest/v1/courses"): httpx.Response(200, json=[]),
        }

    def on(self, method: str, path: str, answer: Answer) -> None:
        """Answer a call of PostgREST; `path` is relative to `/rest/v1`."""
        self.answers[method, f"/rest/v1/{path}"] = answer

    def rpc(self, function: str, status: int, body: Any) -> None:
        """Answer a call of a function."""
        self.on("POST", f"rpc/{function}", httpx.Response(status, json=body))

    def fail(self, function: str, status: int, code: str, message: str, **more: Any) -> None:
        """Answer a call of a function with an error of PostgREST."""
        self.rpc(function, status, {"code": code, "message": message, **more})

    def calls(self, path: str) -> list[httpx.Request]:
        """The requests for a path."""
        return [request for request in self.requests if request.url.path == path]

    @property
    def jwks_fetches(self) -> int:
        """The number of fetches of the keys."""
        return len(self.calls("/auth/v1/.well-known/jwks.json"))

    def transport(self) -> httpx.MockTransport:
        """The transport that replaces the network for the service."""
        return httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        is_object = self.objects is not None and "/storage/v1/object/" in request.url.path
        answer = self.objects if is_object else self.answers[request.method, request.url.path]
        assert answer is not None
        if isinstance(answer, httpx.Response):
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )
        result = answer(request)
        return result if isinstance(result, httpx.Response) else await result

    def _jwks(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": self.jwks})


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Assert that a response is a whole problem document with this status and code; return it."""
    body: dict[str, Any] = response.json()
    assert (response.status_code, body.get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"urn:lyceum:problem:{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    assert body["instance"].startswith("/")
    assert body["request_id"] == response.headers["x-request-id"]
    if status == 401:
        assert response.headers["www-authenticate"].startswith("Bearer ")
    if status == 503:
        assert int(response.headers["retry-after"]) > 0
    return body
