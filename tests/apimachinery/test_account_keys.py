"""Keys that sign service accounts' tokens."""

from __future__ import annotations

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from wherry.apimachinery.account_keys import AccountKeys

Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def pem(key: Private) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [(ec.generate_private_key(ec.SECP256R1()), "ES256"), (rsa.generate_private_key(65537, 2048), "RS256")],
)
def test_what_is_published_verifies_what_is_signed(key: Private, algorithm: str) -> None:
    keys = AccountKeys(pem(key))
    token = keys.sign({"sub": "a"})
    assert keys.verify(token) == {"sub": "a"}
    assert keys.jwk()["alg"] == algorithm
    assert jwt.decode(token, jwt.PyJWK(keys.jwk()), algorithms=[algorithm]) == {"sub": "a"}


@pytest.mark.parametrize(
    "key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()]
)
def test_other_keys_are_refused(key: Private) -> None:
    with pytest.raises(ValueError, match="neither an RSA key nor one on the curve P-256"):
        AccountKeys(pem(key))
