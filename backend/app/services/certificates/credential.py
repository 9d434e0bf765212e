"""A certificate as an Open Badges 3.0 credential.

Secured as §8.2 of the specification says: a compact JWS whose payload is the credential with the
claims `iss`, `jti`, `nbf` and `sub`, and whose header `kid` is the URL of the public key. The
header has no `jwk`: a key inside the token would prove nothing.
"""

from datetime import UTC, datetime
from typing import Any, Final

from app.core.signing import SigningKey
from app.schemas.certificates import CertificateFacts, PublicKey, RevocationList, RevokedCredential
from app.services.certificates.layout import summary
from app.services.certificates.texts import texts_for

# §5.2: the response is the compact JWS, as text/plain.
MEDIA_TYPE: Final = "text/plain"

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
            id=f"{address}/revocations", issuer=self.url, revokedCredentials=revoked
        )

    def credential(self, facts: CertificateFacts) -> dict[str, Any]:
        """The credential, unsigned. Its subject and achievement ids are unique to it."""
        texts = texts_for(facts.locale)
        address = f"{self._certificates}/{facts.code}"
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
                "identifier": [
                    {
                        "type": "IdentityObject",
                        "identityHash": facts.name,
                        "identityType": "name",
                        "hashed": False,
                    }
                ],
                "achievement": {
                    "id": f"{address}#achievement",
                    "type": ["Achievement"],
                    "achievementType": "CertificateOfCompletion",
                    "name": facts.title,
                    "description": summary(facts, texts),
                    "criteria": {"narrative": texts.criteria},
                    "inLanguage": facts.locale,
                    "version": str(facts.version),
                },
            },
            # One list per certificate, so that no list reveals other certificates.
            "credentialStatus": {"id": f"{address}/revocations", "type": "1EdTechRevocationList"},
            "credentialSchema": [{"id": _SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        }


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
