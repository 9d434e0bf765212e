"""The key that signs credentials."""

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

PrivateKey = EllipticCurvePrivateKey | RSAPrivateKey

# The members that RFC 7638 hashes, in its order.
_MEMBERS: Final = {
    "EC": ("crv", "kty", "x", "y"),
    "RSA": ("e", "kty", "n"),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the algorithm that belongs to it.

    Attributes:
        algorithm: ES256 for P-256, RS256 for RSA: validators of badges take these.
        thumbprint: RFC 7638, of the public key.
        public: the public key as a JWK, its required members only.
    """

    _private: PrivateKey
    algorithm: str
    thumbprint: str
    public: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "SigningKey":
        """Read a private key, as PEM (line breaks may be written `\\n`) or as a JWK.

        Raises:
            ValueError: the text is not a private key, or the key is too weak; the message
                contains no value.
        """
        try:
            private = _load(text.strip())
        except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, jwt.PyJWTError):
            # Not chained: the cause may quote the key.
            raise ValueError("must be an unencrypted private key, as PEM or JWK") from None
        if isinstance(private, EllipticCurvePrivateKey) and isinstance(private.curve, SECP256R1):
            algorithm = "ES256"
        elif isinstance(private, RSAPrivateKey) and private.key_size >= 2048:
            algorithm = "RS256"
        else:
            raise ValueError("must be a P-256 private key, or an RSA one of 2048 bits or more")
        handler: Any = jwt.get_algorithm_by_name(algorithm)
        jwk = handler.to_jwk(private.public_key(), as_dict=True)
        public = {member: str(jwk[member]) for member in _MEMBERS[jwk["kty"]]}
        canonical = json.dumps(public, separators=(",", ":"), sort_keys=True).encode()
        digest = base64.urlsafe_b64encode(hashlib.sha256(canonical).digest())
        return cls(private, algorithm, digest.rstrip(b"=").decode(), public)

    def __repr__(self) -> str:
        return f"SigningKey({self.algorithm}, {self.thumbprint})"

    def sign(self, payload: dict[str, Any], kid: str) -> str:
        """A compact JWS with the header members `alg`, `kid` and `typ`."""
        return jwt.encode(payload, self._private, algorithm=self.algorithm, headers={"kid": kid})


def _load(text: str) -> object:
    if text.startswith("{"):
        return jwt.PyJWK.from_dict(json.loads(text)).key
    return load_pem_private_key(text.replace("\\n", "\n").encode(), password=None)
