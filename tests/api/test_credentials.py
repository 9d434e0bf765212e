"""Certificates as Open Badges 3.0 credentials, and the keys that verify them."""

import base64
import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jsonschema import FormatChecker
from jsonschema.validators import validator_for

from app.core.signing import SigningKey
from tests.api.conftest import Serve
from tests.api.support import (
    SERVICE_URL,
    SigningKeys,
    Upstream,
    assert_problem,
    bearer,
    hs256,
    make_settings,
)
from tests.api.test_certificates import CODE, FACTS, REVOKED

URL = f"/v1/certificates/{CODE}/credential"
KEYS = "/v1/certificates/keys"
SCHEMA = Path(__file__).parents[1] / "support/data/ob_v3p0_achievementcredential_schema.json"


@pytest.fixture(scope="module")
def pem() -> str:
    """The signing key of the service."""
    return SigningKeys.elliptic()


@pytest.fixture
async def signing(serve: Serve, upstream: Upstream, pem: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service that has a signing key and one certificate."""
    upstream.rpc("verify_certificate", 200, FACTS)
    async with serve(make_settings(certificate_signing_key=pem)) as client:
        yield client


async def verified(client: httpx.AsyncClient, token: str) -> dict[str, Any]:
    """The payload of a credential, verified with the key at `kid`."""
    header = jwt.get_unverified_header(token)
    assert header["kid"].startswith(f"{SERVICE_URL}/")
    published = (await client.get(header["kid"].removeprefix(SERVICE_URL))).json()
    key = jwt.PyJWK.from_dict(published)
    payload: dict[str, Any] = jwt.decode(token, key, algorithms=[published["alg"]])
    return payload


def damaged(token: str, part: int, **changes: Any) -> str:
    """The token with changed values in its header or payload, and the old signature."""
    parts = token.split(".")
    raw = base64.urlsafe_b64decode(parts[part] + "=" * (-len(parts[part]) % 4))
    value = json.dumps(json.loads(raw) | changes).encode()
    parts[part] = base64.urlsafe_b64encode(value).rstrip(b"=").decode()
    return ".".join(parts)


async def test_a_credential(signing: httpx.AsyncClient, upstream: Upstream) -> None:
    """The answer is the compact JWS alone, signed with the published key."""
    response = await signing.get(URL)
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == "text/plain"
    assert response.headers["cache-control"] == "private, no-cache"
    assert f'filename="certificate-{CODE}.jwt"' in response.headers["content-disposition"]
    assert jwt.get_unverified_header(response.text).keys() == {"alg", "kid", "typ"}
    assert jwt.get_unverified_header(response.text)["typ"] == "JWT"
    await verified(signing, response.text)
    assert "authorization" not in upstream.requests[0].headers
    assert (await signing.head(URL)).status_code == 200


async def test_its_content(signing: httpx.AsyncClient) -> None:
    """The payload is an OpenBadgeCredential in the data model 2.0."""
    payload = await verified(signing, (await signing.get(URL)).text)
    assert payload["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
    ]
    assert payload["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert payload["id"] == payload["jti"] == SERVICE_URL + URL
    assert payload["issuer"] == {
        "id": "https://school.test",
        "type": ["Profile"],
        "name": "The School",
        "url": "https://school.test",
    }
    assert payload["iss"] == payload["issuer"]["id"]
    assert payload["validFrom"] == "2026-11-21T01:00:00Z"
    assert payload["nbf"] == datetime.fromisoformat(payload["validFrom"]).timestamp()
    assert "vc" not in payload
    assert "exp" not in payload

    subject = payload["credentialSubject"]
    assert subject["type"] == ["AchievementSubject"]
    assert subject["id"] == payload["sub"]
    assert subject["activityEndDate"] == "2026-11-20T23:30:00Z"
    assert subject["identifier"] == [
        {
            "type": "IdentityObject",
            "identityHash": FACTS["identity_hash"],
            "identityType": "emailAddress",
            "hashed": True,
            "salt": "Kosher",
        },
        {
            "type": "IdentityObject",
            "identityHash": "Lea Hoffmann",
            "identityType": "name",
            "hashed": False,
        },
    ]
    achievement = subject["achievement"]
    assert achievement["type"] == ["Achievement"]
    assert achievement["name"] == payload["name"] == "Databases from the inside"
    assert achievement["version"] == "3"
    assert achievement["inLanguage"] == "en"
    assert "12.5 hours" in achievement["description"]
    assert achievement["criteria"]["narrative"]
    assert achievement["id"].startswith(SERVICE_URL)


async def test_a_changed_credential_is_refused(signing: httpx.AsyncClient) -> None:
    """A credential with a changed payload or header, or without a signature, fails verification."""
    token = (await signing.get(URL)).text
    header, payload, signature = token.split(".")
    for forged in (
        damaged(token, 1, name="Another course"),
        damaged(token, 1, validFrom="2020-01-01T00:00:00Z"),
        damaged(token, 0, typ="other"),
        damaged(token, 0, alg="none"),
        f"{header}.{payload}.",
        f"{header}.{payload}.{'A' * len(signature)}",
    ):
        with pytest.raises(jwt.InvalidTokenError):
            await verified(signing, forged)
    await verified(signing, token)


async def test_another_key_does_not_verify(signing: httpx.AsyncClient) -> None:
    """A credential that is signed with another key but names ours fails verification."""
    token = (await signing.get(URL)).text
    payload = await verified(signing, token)
    kid = jwt.get_unverified_header(token)["kid"]
    forged = SigningKey.parse(SigningKeys.elliptic()).sign(payload, kid)
    with pytest.raises(jwt.InvalidSignatureError):
        await verified(signing, forged)


@pytest.mark.parametrize(
    ("kind", "algorithm", "members"),
    [
        ("elliptic", "ES256", {"crv", "x", "y"}),
        ("rsa", "RS256", {"n", "e"}),
        ("jwk", "ES256", {"crv", "x", "y"}),
    ],
)
async def test_kinds_of_keys(
    serve: Serve, upstream: Upstream, kind: str, algorithm: str, members: set[str]
) -> None:
    """The key determines the algorithm, and only its public half is published."""
    text = getattr(SigningKeys, kind)()
    upstream.rpc("verify_certificate", 200, FACTS)
    # On one line, as in a file of settings.
    async with serve(make_settings(certificate_signing_key=text.replace("\n", "\\n"))) as client:
        token = (await client.get(URL)).text
        assert (await verified(client, token))["name"] == FACTS["title"]
        [key] = (await client.get(KEYS)).json()["keys"]
    assert jwt.get_unverified_header(token)["alg"] == key["alg"] == algorithm
    assert set(key) == {"kty", "kid", "alg", "use"} | members
    assert key["kid"] == jwt.get_unverified_header(token)["kid"]
    assert key["kid"].endswith(SigningKey.parse(text).thumbprint)


def test_the_thumbprint() -> None:
    """The thumbprint equals that of the example in RFC 7638, section 3.1."""
    key = SigningKey.parse(SigningKeys.jwk())
    assert list(key.public) == sorted(key.public)
    assert len(key.thumbprint) == 43
    assert SigningKey.parse(SigningKeys.jwk()).thumbprint != key.thumbprint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "{}",
        "{",
        "[]",
        '{"kty":"EC","crv":"P-256","x":"AA","y":"AA","d":"AA"}',
        '{"kty":"oct","k":"c2VjcmV0LXRoYXQtaXMtbG9uZy1lbm91Z2gtZm9yLWhzMjU2"}',
        '{"kty":["EC"]}',
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_key(text: str) -> None:
    """An invalid key is refused with one sentence that does not contain it."""
    with pytest.raises(ValueError, match="must be") as caught:
        SigningKey.parse(text)
    assert caught.value.__cause__ is None
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("weak", ["curve", "rsa", "public"])
def test_a_key_that_does_not_do(weak: str) -> None:
    """Another curve, a short RSA key and a public key are refused."""
    if weak == "curve":
        text = SigningKeys.elliptic(ec.SECP384R1())
    elif weak == "rsa":
        text = SigningKeys.rsa(1024)
    else:
        text = json.dumps(SigningKey.parse(SigningKeys.elliptic()).public)
    with pytest.raises(ValueError, match="must be"):
        SigningKey.parse(text)


async def test_the_keys(signing: httpx.AsyncClient) -> None:
    """The keys may be cached for a while, and an unknown one is not found."""
    response = await signing.get(KEYS)
    assert response.headers["cache-control"] == "public, max-age=300"
    [key] = response.json()["keys"]
    one = await signing.get(key["kid"].removeprefix(SERVICE_URL))
    assert one.json() == key
    assert_problem(await signing.get(f"{KEYS}/other"), 404, "not_found")


async def test_without_a_key(client: httpx.AsyncClient, upstream: Upstream) -> None:
    """Without a key credentials answer 503 before any other call; documents are still drawn."""
    upstream.rpc("verify_certificate", 200, FACTS)
    assert_problem(await client.get(URL), 503, "credentials_not_configured")
    assert upstream.requests == []
    assert (await client.get(KEYS)).json() == {"keys": []}
    assert_problem(await client.get(f"{KEYS}/any"), 404, "not_found")
    assert (await client.get(f"/v1/certificates/{CODE}.svg")).status_code == 200


async def test_a_revoked_certificate_gets_none(
    signing: httpx.AsyncClient, upstream: Upstream
) -> None:
    """A revoked certificate gets no credential, and its earlier one is on the revocation list."""
    payload = await verified(signing, (await signing.get(URL)).text)
    status = payload["credentialStatus"]
    assert status["type"] == "BitstringStatusListEntry"
    address = f"/v1/certificates/{CODE}/revocations"
    answer = {
        "id": SERVICE_URL + address,
        "issuer": payload["iss"],
        "revokedCredential": [],
        "revokedCredentials": [],
    }
    response = await signing.get(address)
    assert response.json() == answer
    assert response.headers["cache-control"] == "no-store"

    upstream.rpc("verify_certificate", 200, FACTS | REVOKED)
    assert_problem(await signing.get(URL), 410, "certificate_revoked")
    entry = [{"id": payload["id"], "revoked": True}]
    revoked = {"revokedCredential": entry, "revokedCredentials": entry}
    assert (await signing.get(address)).json() == answer | revoked

    upstream.fail("verify_certificate", 404, "certificate_not_found", "No such code.")
    assert_problem(await signing.get(address), 404, "certificate_not_found")


async def is_revoked(client: httpx.AsyncClient, payload: dict[str, Any]) -> bool:
    """What a verifier finds in the status list, step by step as the specification says."""
    entry = payload["credentialStatus"]
    assert entry["type"] == "BitstringStatusListEntry"
    address = entry["statusListCredential"]
    response = await client.get(address.removeprefix(SERVICE_URL))
    assert response.headers["content-type"].split(";")[0] == "application/vc+jwt"
    listed = await verified(client, response.text)
    assert listed["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert (listed["id"], listed["issuer"]) == (address, payload["issuer"]["id"])
    assert datetime.fromisoformat(listed["validFrom"]) <= datetime.now(UTC)
    subject = listed["credentialSubject"]
    assert subject["type"] == "BitstringStatusList"
    assert subject["statusPurpose"] == entry["statusPurpose"] == "revocation"
    # Multibase, then GZIP, then bits from the left.
    encoded = subject["encodedList"]
    assert encoded[0] == "u" and not set(encoded) & set("=+/")
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4)))
    place = int(entry["statusListIndex"])
    assert len(bits) * 8 >= 131_072 > place
    return bool(bits[place // 8] >> (7 - place % 8) & 1)


async def test_e1_a_revoked_badge_is_refused(
    signing: httpx.AsyncClient, upstream: Upstream
) -> None:
    """A verifier that follows the specification finds a revoked badge in the status list."""
    payload = await verified(signing, (await signing.get(URL)).text)
    asked: list[dict[str, Any]] = []

    def revoke(*places: int) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(json.loads(request.content))
            return httpx.Response(200, json=places)

        upstream.on("POST", "rpc/revoked_certificates", answer)

    revoke()
    assert not await is_revoked(signing, payload)
    revoke(8, 10, 131_071)
    assert not await is_revoked(signing, payload)
    revoke(0, 9)
    assert await is_revoked(signing, payload)
    assert asked == [{"list": 1}] * 3
    assert "authorization" not in upstream.requests[-1].headers


async def test_e1_the_list_as_json(signing: httpx.AsyncClient, upstream: Upstream) -> None:
    """A reader that asks for JSON gets the list without the signature."""
    upstream.rpc("revoked_certificates", 200, [3])
    path = "/v1/certificates/statuses/0"
    for accepted in ("application/json", "application/ld+json", "application/vc, */*;q=0.1"):
        response = await signing.get(path, headers={"Accept": accepted})
        assert response.headers["content-type"] == "application/vc"
        assert response.json()["credentialSubject"]["encodedList"].startswith("u")
    for accepted in ("*/*", "application/vc+jwt", "text/plain"):
        response = await signing.get(path, headers={"Accept": accepted})
        assert response.headers["content-type"] == "application/vc+jwt"
    assert_problem(await signing.get("/v1/certificates/statuses/-1"), 422, "validation_failed")
    upstream.fail("revoked_certificates", 404, "list_not_found", "There is no such list.")
    assert_problem(await signing.get(path), 404, "list_not_found")


async def test_e2_one_achievement_for_all(
    serve: Serve, upstream: Upstream, signing: httpx.AsyncClient
) -> None:
    """Two learners have one achievement; another version or course is another one."""

    async def achievement(**changes: Any) -> dict[str, Any]:
        upstream.rpc("verify_certificate", 200, FACTS | changes)
        payload = await verified(signing, (await signing.get(URL)).text)
        found: dict[str, Any] = payload["credentialSubject"]["achievement"]
        return found

    first = await achievement()
    other = await achievement(name="Another", code="0123456789ABCDEFGHJK", status_index=4)
    assert first == other
    ids = {
        first["id"],
        (await achievement(version=4))["id"],
        (await achievement(course_id="aaaaaaaa-5c6a-4a3e-9a53-1d8ce3d2b7f0"))["id"],
    }
    assert len(ids) == 3
    image = first["image"]
    assert image["type"] == "Image"
    kind, _, data = image["id"].partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert ElementTree.fromstring(base64.b64decode(data)).tag.endswith("svg")


async def test_e2_the_identity_is_that_of_the_specification(signing: httpx.AsyncClient) -> None:
    """The hash is that of the specification's example: address, then salt."""
    payload = await verified(signing, (await signing.get(URL)).text)
    [identity, _] = payload["credentialSubject"]["identifier"]
    assert identity["identityHash"] == (
        "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    )


@pytest.mark.parametrize("changes", [{}, {"identity_hash": None}, {"title": "»★« <b>&"}])
async def test_e2_the_official_schema(
    signing: httpx.AsyncClient, upstream: Upstream, changes: dict[str, Any]
) -> None:
    """A credential is valid by the schema of 1EdTech, which finds what is missing or odd."""
    upstream.rpc("verify_certificate", 200, FACTS | changes)
    payload = await verified(signing, (await signing.get(URL)).text)
    schema = json.loads(SCHEMA.read_text())
    validator = validator_for(schema)
    validator.check_schema(schema)
    formats = FormatChecker(())
    formats.checks("date-time", raises=ValueError)(datetime.fromisoformat)
    validates = validator(schema, format_checker=formats)
    assert list(validates.iter_errors(payload)) == []
    broken = json.loads(json.dumps(payload))
    del broken["credentialSubject"]["achievement"]["criteria"]
    broken["credentialSubject"]["identifier"][0]["type"] = "Identity"
    broken["credentialStatus"].pop("type")
    broken["validFrom"] = "yesterday"
    assert sorted(error.json_path for error in validates.iter_errors(broken)) == [
        "$.credentialStatus",
        "$.credentialSubject.achievement",
        "$.credentialSubject.identifier[0].type",
        "$.validFrom",
    ]


def test_e2_keys_that_validators_take() -> None:
    """Ed25519 is refused: validators of badges take RSA and P-256."""
    with pytest.raises(ValueError, match="P-256"):
        SigningKey.parse(SigningKeys.edwards())


async def test_errors_of_the_database(signing: httpx.AsyncClient, upstream: Upstream) -> None:
    """Errors of the database are passed on, as for the documents."""
    upstream.fail("verify_certificate", 404, "certificate_not_found", "No such code.")
    assert_problem(await signing.get(URL), 404, "certificate_not_found")
    problem = assert_problem(
        await signing.get("/v1/certificates/x/credential"), 422, "validation_failed"
    )
    assert problem["errors"][0]["pointer"] == "/path/code"
    assert_problem(await signing.get(URL, headers=bearer("bad")), 401, "invalid_token")


async def test_the_caller_is_passed_on(signing: httpx.AsyncClient, upstream: Upstream) -> None:
    """The token of the caller is passed to the database, as for the documents."""
    token = hs256()
    assert (await signing.get(URL, headers=bearer(token))).status_code == 200
    assert upstream.requests[-1].headers["authorization"] == f"Bearer {token}"


async def test_the_private_key_is_shown_nowhere(
    serve: Serve, upstream: Upstream, pem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The private key is not in logs, in answers, or in printed settings and keys."""
    settings = make_settings(certificate_signing_key=pem)
    secret = "".join(pem.splitlines()[1:-1])[-40:]
    upstream.rpc("verify_certificate", 200, FACTS)
    async with serve(settings) as client:
        texts = [(await client.get(path)).text for path in (URL, KEYS, "/openapi.json")]
    assert settings.signing_key is not None
    texts += [repr(settings), repr(settings.signing_key), str(settings.signing_key)]
    output = capsys.readouterr()
    for text in (*texts, output.out, output.err):
        assert secret not in text.replace("\\n", "").replace("\n", "")
        assert '"d"' not in text
