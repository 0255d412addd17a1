"""The key that service-account tokens are signed with: JWTs (RFC 7519), ES256."""

from __future__ import annotations

import hashlib
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

LEGACY_ISSUER = "kubernetes/serviceaccount"
LEGACY_CLAIM = "kubernetes.io/serviceaccount/"
"""What the private claims of tokens in Secrets begin with."""
_ALGORITHM = "ES256"


class AccountKeys:
    """The signing key and, as a JSON Web Key, what others need to verify."""

    def __init__(self, private_pem: bytes) -> None:
        key = serialization.load_pem_private_key(private_pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError("the service-account key is not an elliptic-curve key")
        self._private = key
        self.public = key.public_key()
        der = self.public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = jwt.utils.base64url_encode(hashlib.sha256(der).digest()).decode()

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._private, algorithm=_ALGORITHM, headers={"kid": self.key_id})

    def verify(self, token: str) -> dict[str, Any]:
        """The claims. jwt.InvalidTokenError when the signature or the form is wrong; dates are not looked
        at."""
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        claims: dict[str, Any] = jwt.decode(token, self.public, algorithms=[_ALGORITHM], options=options)
        return claims

    def jwk(self) -> dict[str, str]:
        numbers = self.public.public_numbers()

        def coordinate(value: int) -> str:
            return jwt.utils.base64url_encode(value.to_bytes(32, "big")).decode()

        return {
            "use": "sig",
            "kty": "EC",
            "kid": self.key_id,
            "crv": "P-256",
            "alg": _ALGORITHM,
            "x": coordinate(numbers.x),
            "y": coordinate(numbers.y),
        }
