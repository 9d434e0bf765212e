"""The facts of a certificate from the database, and the documents that are not JSON."""

from datetime import date
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from app.schemas.problem import problems


class CertificateFacts(BaseModel):
    """Answer of the function `verify_certificate`: all that the service knows."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(pattern=r"^[0-9A-Z]{20}$")
    valid: bool
    name: str
    title: str
    teachers: tuple[str, ...] = ()
    locale: str
    version: int
    hours: Decimal
    completed_at: AwareDatetime
    completed_on: date
    issued_at: AwareDatetime
    issued_on: date
    revoked_at: AwareDatetime | None = None
    course_id: UUID
    status_index: int = Field(ge=0)
    identity_salt: str
    identity_hash: str | None = None
    revoked_on: date | None = None
    replaced_by: str | None = None

    @field_validator("name", "title", "teachers", "locale")
    @classmethod
    def _check_text(cls, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
        "".join(value).encode()  # raises a ValueError for half a surrogate pair
        return value


class PublicKey(BaseModel):
    """A public key as a JSON Web Key (RFC 7517). `kid` is the URL where the key is published."""

    model_config = ConfigDict(extra="allow")

    kty: str
    kid: str
    alg: str
    use: str


class PublicKeys(BaseModel):
    """A JSON Web Key Set."""

    keys: list[PublicKey]


class RevokedCredential(BaseModel):
    """A credential that is no longer valid."""

    id: str
    revoked: Literal[True] = True


class RevocationList(BaseModel):
    """List of the 1EdTech Revocation List Status Method 1.0, for one certificate.

    The specification names the member `revokedCredential`, its examples `revokedCredentials`.
    """

    id: str
    issuer: str
    revokedCredential: list[RevokedCredential]
    revokedCredentials: list[RevokedCredential]


def document(media_type: str, description: str, *statuses: int) -> dict[int | str, Any]:
    """`responses` of an operation that returns a document of this type."""
    return {
        200: {
            "description": description,
            "content": {media_type: {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(*statuses),
    }
