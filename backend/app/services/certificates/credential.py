"""A certificate as an Open Badges 3.0 credential.

Secured as §8.2 of the specification says: a compact JWS whose payload is the credential with the
claims `iss`, `jti`, `nbf` and `sub`, and whose header `kid` is the URL of the public key. The
header has no `jwk`: a key inside the token would prove nothing.
"""

import base64
import gzip
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from app.core.signing import SigningKey
from app.schemas.certificates import CertificateFacts, PublicKey, RevocationList, RevokedCredential
from app.services.certificates.layout import summary
from app.services.certificates.svg import badge_image
from app.services.certificates.texts import texts_for

# §5.2: the response is the compact JWS, as text/plain.
MEDIA_TYPE: Final = "text/plain"
# Places in a list, as in the database; also the smallest list of the specification.
STATUSES: Final = 131_072
# A status list is a credential: the compact JWS of "Securing Verifiable Credentials".
STATUSES_TYPE: Final = "application/vc+jwt"
STATUSES_JSON_TYPE: Final = "application/vc"

_CONTEXTS: Final = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
)
_SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)


class Issuer:
    """The issuer, and the address of the service.

    Args:
        name: of the issuer.
        url: identifies the issuer; its home page.
        service: address of this service, without a trailing slash.
    """

    def __init__(self, name: str, url: str, service: str) -> None:
        self.name = name
        self.url = url
        self._service = service
        self._certificates = f"{service}/v1/certificates"

    def published(self, key: SigningKey) -> PublicKey:
        """The public half of a key; its `kid` is the URL where it is published."""
        kid = f"{self._certificates}/keys/{key.thumbprint}"
        return PublicKey.model_validate(
            {**key.public, "kid": kid, "alg": key.algorithm, "use": "sig"}
        )

    def sign(self, facts: CertificateFacts, key: SigningKey) -> str:
        """The credential of a certificate, as a compact JWS."""
        credential = self.credential(facts)
        claims = {
            "iss": credential["issuer"]["id"],
            "jti": credential["id"],
            "nbf": int(facts.issued_at.timestamp()),
            "sub": credential["credentialSubject"]["id"],
        }
        return key.sign(credential | claims, self.published(key).kid)

    def revocations(self, facts: CertificateFacts) -> RevocationList:
        """The answer to `credentialStatus`: lists the credential once it is revoked."""
        address = f"{self._certificates}/{facts.code}"
        revoked = [] if facts.valid else [RevokedCredential(id=f"{address}/credential")]
        return RevocationList(
            id=f"{address}/revocations",
            issuer=self.url,
            revokedCredential=revoked,
            revokedCredentials=revoked,
        )

    def statuses(self, number: int, revoked: Iterable[int], now: datetime) -> dict[str, Any]:
        """A list of statuses as a BitstringStatusListCredential, unsigned.

        Args:
            number: of the list.
            revoked: places of revoked certificates in the list.
            now: since when it is valid.
        """
        bits = bytearray(STATUSES // 8)
        for place in revoked:
            # The first place is the highest bit of the first byte.
            bits[place // 8] |= 0x80 >> place % 8
        packed = gzip.compress(bytes(bits), mtime=0)
        address = self._statuses(number)
        return {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": address,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": self.url,
            "validFrom": _moment(now),
            "credentialSubject": {
                "id": f"{address}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                # Multibase: `u` is base64url without padding.
                "encodedList": f"u{base64.urlsafe_b64encode(packed).rstrip(b'=').decode()}",
            },
        }

    def sign_statuses(self, statuses: dict[str, Any], key: SigningKey) -> str:
        """A list of statuses as a compact JWS."""
        valid_from = datetime.fromisoformat(statuses["validFrom"])
        claims = {
            "iss": statuses["issuer"],
            "jti": statuses["id"],
            "nbf": int(valid_from.timestamp()),
            "sub": statuses["credentialSubject"]["id"],
        }
        return key.sign(statuses | claims, self.published(key).kid)

    def _statuses(self, number: int) -> str:
        return f"{self._certificates}/statuses/{number}"

    def credential(self, facts: CertificateFacts) -> dict[str, Any]:
        """The credential, unsigned. Its achievement is that of all who completed this version."""
        texts = texts_for(facts.locale)
        address = f"{self._certificates}/{facts.code}"
        number, place = divmod(facts.status_index, STATUSES)
        return {
            "@context": list(_CONTEXTS),
            "id": f"{address}/credential",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "name": facts.title,
            "issuer": {
                "id": self.url,
                "type": ["Profile"],
                "name": self.name,
                "url": self.url,
            },
            "validFrom": _moment(facts.issued_at),
            "awardedDate": _moment(facts.issued_at),
            "credentialSubject": {
                "id": f"{address}#learner",
                "type": ["AchievementSubject"],
                "activityEndDate": _moment(facts.completed_at),
                "identifier": _identifiers(facts),
                "achievement": {
                    "id": f"{self._service}/v1/courses/{facts.course_id}#version-{facts.version}",
                    "type": ["Achievement"],
                    "image": {
                        "id": badge_image(facts.title),
                        "type": "Image",
                        "caption": facts.title,
                    },
                    "achievementType": "CertificateOfCompletion",
                    "name": facts.title,
                    "description": summary(facts, texts),
                    "criteria": {"narrative": texts.criteria},
                    "inLanguage": facts.locale,
                    "version": str(facts.version),
                },
            },
            "credentialStatus": {
                "id": f"{self._statuses(number)}#{place}",
                "type": "BitstringStatusListEntry",
                "statusPurpose": "revocation",
                "statusListIndex": str(place),
                "statusListCredential": self._statuses(number),
            },
            "credentialSchema": [{"id": _SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        }


def _identifiers(facts: CertificateFacts) -> list[dict[str, Any]]:
    """The name, and the address as a hash: a wallet compares it with that of its owner."""
    identifiers: list[dict[str, Any]] = [
        {
            "type": "IdentityObject",
            "identityHash": facts.name,
            "identityType": "name",
            "hashed": False,
        }
    ]
    if facts.identity_hash is not None:
        identifiers.insert(
            0,
            {
                "type": "IdentityObject",
                "identityHash": facts.identity_hash,
                "identityType": "emailAddress",
                "hashed": True,
                "salt": facts.identity_salt,
            },
        )
    return identifiers


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
