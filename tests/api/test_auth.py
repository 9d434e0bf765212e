"""The access tokens that the service accepts and refuses."""

import time
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest

from tests.api.conftest import Serve
from tests.api.support import (
    JWT_SECRET,
    Signer,
    Upstream,
    assert_problem,
    bearer,
    claims,
    hs256,
    make_settings,
    unsigned,
)


@pytest.fixture(autouse=True)
def _profile(upstream: Upstream, profile: dict[str, Any]) -> None:
    upstream.on("GET", "profiles", httpx.Response(200, json=[profile]))


async def test_hs256_with_the_configured_secret_is_accepted(
    client: httpx.AsyncClient, user_id: UUID
) -> None:
    """A token signed with the configured secret, as on the local stack, is accepted."""
    response = await client.get("/v1/me", headers=bearer(hs256(sub=str(user_id))))
    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["elliptic", "rsa_signer"])
async def test_a_published_key_is_accepted(
    kind: str, request: pytest.FixtureRequest, client: httpx.AsyncClient, upstream: Upstream
) -> None:
    """A token signed with a published ES256 or RS256 key, as on a hosted project, is accepted."""
    signer: Signer = request.getfixturevalue(kind)
    upstream.jwks = [signer.jwk()]
    for _ in range(3):
        response = await client.get("/v1/me", headers=bearer(signer.token()))
        assert response.status_code == 200
    assert upstream.jwks_fetches == 1


async def test_nobody_is_asked_to_sign_in(client: httpx.AsyncClient) -> None:
    """Without an authorization header, the challenge names no error."""
    response = await client.get("/v1/me")
    assert_problem(response, 401, "unauthenticated")
    assert "error" not in response.headers["www-authenticate"]


@pytest.mark.parametrize(
    "header",
    [
        "Basic dTpw",
        "Bearer",
        "Bearer ",
        "Bearer a.b",
        "Bearer a b c",
        "bearer x.y.z",
        "",
        "Token t",
    ],
)
async def test_a_header_that_is_no_bearer_token_is_refused(
    client: httpx.AsyncClient, header: str
) -> None:
    """A malformed authorization header is refused, not treated as signed out."""
    response = await client.get("/v1/me", headers={"Authorization": header})
    assert_problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


def _now(seconds: int) -> int:
    return int(time.time()) + seconds


BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "expired": {"exp": _now(-60), "iat": _now(-600)},
    "no exp": {"exp": None},
    "exp is text": {"exp": "tomorrow"},
    "exp is infinite": {"exp": float("inf")},
    "no iat": {"iat": None},
    "iat in the future": {"iat": _now(86_400)},
    "nbf in the future": {"nbf": _now(86_400)},
    "no aud": {"aud": None},
    "wrong aud": {"aud": "anon"},
    "no sub": {"sub": None},
    "sub is no uuid": {"sub": "learner"},
    "sub is a number": {"sub": 7},
    "no role": {"role": None},
    "anon": {"role": "anon"},
    "service_role": {"role": "service_role"},
    "role is a list": {"role": ["authenticated"]},
}


@pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS.keys())
async def test_wrong_claims_are_refused(
    client: httpx.AsyncClient, upstream: Upstream, elliptic: Signer, changes: dict[str, Any]
) -> None:
    """Wrong claims are refused despite a valid signature, for every algorithm."""
    upstream.jwks = [elliptic.jwk()]
    tokens = [hs256(**changes)]
    if changes.get("sub") != 7:
        tokens.append(elliptic.token(**changes))
    for token in tokens:
        response = await client.get("/v1/me", headers=bearer(token))
        assert_problem(response, 401, "invalid_token")
    assert upstream.calls("/rest/v1/profiles") == []


async def test_an_expired_token_is_told_so(client: httpx.AsyncClient) -> None:
    """The refusal of an expired token says so, so that a client can refresh it."""
    response = await client.get("/v1/me", headers=bearer(hs256(exp=_now(-60), iat=_now(-600))))
    assert assert_problem(response, 401, "invalid_token")["detail"] == "The token has expired."


async def test_d10_clocks_may_differ_by_half_a_minute(client: httpx.AsyncClient) -> None:
    """Clocks may differ by 30 seconds in either direction, as for PostgREST."""
    accepted: tuple[dict[str, Any], ...] = (
        {"exp": _now(-28), "iat": _now(-600)},
        {"iat": _now(28)},
        {"iat": _now(28), "nbf": _now(28)},
    )
    for changes in accepted:
        response = await client.get("/v1/me", headers=bearer(hs256(**changes)))
        assert response.status_code == 200


async def test_f9_a_token_from_the_future_is_told_so(client: httpx.AsyncClient) -> None:
    """Where the clock of the service is behind, the refusal does not say that it is forged."""
    refused: tuple[dict[str, Any], ...] = ({"iat": _now(60)}, {"nbf": _now(60)})
    for changes in refused:
        response = await client.get("/v1/me", headers=bearer(hs256(**changes)))
        detail = assert_problem(response, 401, "invalid_token")["detail"]
        assert "from the future" in detail and "forged" not in detail


def _forgeries(elliptic: Signer, rsa_signer: Signer) -> dict[str, str]:
    good = elliptic.token()
    head, payload, signature = good.split(".")
    other = hs256().split(".")[1]
    return {
        "alg none": unsigned("none"),
        "alg None": unsigned("None"),
        "alg empty": unsigned(""),
        "no signature": f"{head}.{payload}.",
        "signature of another": f"{head}.{other}.{signature}",
        "cut": good[:-4],
        "other secret": hs256("another-secret-of-the-same-length-or-so-but-wrong"),
        "HS256 with the RSA public key": hs256(
            rsa_signer.pem(), {"alg": "HS256", "kid": rsa_signer.kid}
        ),
        "HS256 with the EC public key": hs256(
            elliptic.pem(), {"alg": "HS256", "kid": elliptic.kid}
        ),
        "HS384": jwt.encode(claims(), JWT_SECRET * 2, algorithm="HS384"),
        "ES256 with the kid of the RSA key": jwt.encode(
            claims(), elliptic.key, algorithm="ES256", headers={"kid": rsa_signer.kid}
        ),
        "RS512": jwt.encode(
            claims(), rsa_signer.key, algorithm="RS512", headers={"kid": rsa_signer.kid}
        ),
        "no kid": jwt.encode(claims(), elliptic.key, algorithm="ES256"),
        "another key, known kid": Signer.elliptic(elliptic.kid).token(),
        "own key in the header": jwt.encode(
            claims(),
            rsa_signer.key,
            algorithm="RS256",
            headers={"kid": "mine", "jwk": {"kty": "RSA"}, "jku": "http://evil.test/jwks"},
        ),
        "crit": hs256(header={"alg": "HS256", "crit": ["exp"]}),
        "kid is a list": hs256(header={"alg": "ES256", "kid": ["elliptic-1"]}),
        "header is a list": "W10.e30.e30",
        "very long": "a" * 9000,
        "secret key": "sb_secret_whatever",
    }


async def test_forged_tokens_are_refused(
    client: httpx.AsyncClient, upstream: Upstream, elliptic: Signer, rsa_signer: Signer
) -> None:
    """A forged token is refused and never reaches PostgREST."""
    upstream.jwks = [elliptic.jwk(), rsa_signer.jwk()]
    for name, token in _forgeries(elliptic, rsa_signer).items():
        response = await client.get("/v1/me", headers=bearer(token))
        assert response.status_code == 401, name
        assert_problem(response, 401, "invalid_token")
    assert upstream.calls("/rest/v1/profiles") == []


async def test_hs256_needs_a_configured_secret(serve: Serve, upstream: Upstream) -> None:
    """Without a secret HS256 tokens are refused, also those signed with an empty secret."""
    async with serve(make_settings(supabase_jwt_secret="")) as client:
        for secret in ("", JWT_SECRET):
            response = await client.get("/v1/me", headers=bearer(hs256(secret)))
            assert_problem(response, 401, "invalid_token")


async def test_a_symmetric_key_in_the_jwks_is_ignored(serve: Serve, upstream: Upstream) -> None:
    """A symmetric key in the JWKS is ignored, because a JWKS is public."""
    upstream.jwks = [{"kty": "oct", "kid": "s", "alg": "HS256", "k": "YQ" * 32}]
    async with serve(make_settings(supabase_jwt_secret=None)) as client:
        token = hs256(b"a" * 48, {"alg": "HS256", "kid": "s"})
        assert_problem(await client.get("/v1/me", headers=bearer(token)), 401, "invalid_token")


@pytest.mark.parametrize(
    ("issuer", "status"),
    [("http://supabase.test/auth/v1", 200), ("http://evil.test/auth/v1", 401), (None, 401)],
)
async def test_the_issuer_counts_when_configured(
    serve: Serve, issuer: str | None, status: int
) -> None:
    """The issuer is checked only when one is configured; tokens of the local stack have none."""
    settings = make_settings(supabase_jwt_issuer="http://supabase.test/auth/v1")
    async with serve(settings) as client:
        response = await client.get("/v1/me", headers=bearer(hs256(iss=issuer)))
        assert response.status_code == status
