"""The key that service-account tokens are signed with: JWTs (RFC 7519), ES256 or RS256."""

from __future__ import annotations

import hashlib
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

LEGACY_ISSUER = "kubernetes/serviceaccount"
LEGACY_CLAIM = "kubernetes.io/serviceaccount/"
"""What the private claims of tokens in Secrets begin with."""


class AccountKeys:
    """The signing key and, as a JSON Web Key, what others need to verify."""

    def __init__(self, private_pem: bytes) -> None:
        """ValueError for a key that is neither RSA nor on the curve P-256."""
        key = serialization.load_pem_private_key(private_pem, password=None)
        if isinstance(key, rsa.RSAPrivateKey):
            self.algorithm = "RS256"
        elif isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            self.algorithm = "ES256"
        else:
            raise ValueError("the service-account key is neither an RSA key nor one on the curve P-256")
        self._private = key
        self.public = key.public_key()
        der = self.public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.key_id = jwt.utils.base64url_encode(hashlib.sha256(der).digest()).decode()

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self._private, algorithm=self.algorithm, headers={"kid": self.key_id})

    def verify(self, token: str) -> dict[str, Any]:
        """The claims. jwt.InvalidTokenError when the signature or the form is wrong; dates are not looked
        at."""
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}
        claims: dict[str, Any] = jwt.decode(token, self.public, algorithms=[self.algorithm], options=options)
        return claims

    def jwk(self) -> dict[str, str]:
        numbers = self.public.public_numbers()
        parts = (
            {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}
            if isinstance(numbers, rsa.RSAPublicNumbers)
            else {"kty": "EC", "crv": "P-256", "x": _number(numbers.x, 32), "y": _number(numbers.y, 32)}
        )
        return {"use": "sig", "kid": self.key_id, "alg": self.algorithm, **parts}


def _number(value: int, size: int = 0) -> str:
    """Base64url of an unsigned number, big end first, at least `size` bytes long."""
    length = max(size, (value.bit_length() + 7) // 8)
    return jwt.utils.base64url_encode(value.to_bytes(length, "big")).decode()
