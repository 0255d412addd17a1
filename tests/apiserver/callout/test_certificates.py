"""What is said of certificates for somebody else, and which are good though OpenSSL sees no issuer."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from wherry.apiserver.callout import CallFailed, CallOut, Target
from wherry.apiserver.callout.certificates import described
from wherry.apiserver.pki.authority import KeyPair, Leaf, key_pem, new_key

from ..harness import Api, drive
from .backend import authority, listening, shown


def certificate(*names: str) -> bytes:
    pair = authority("webhooks").issue(Leaf("hook.example", names=names, server=True), datetime.now(UTC))
    return x509.load_pem_x509_certificate(pair.certificate).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("names", "wanted", "said"),
    [
        (
            ("a.example", "b.example"),
            "c.example",
            "certificate is valid for a.example, b.example, not c.example",
        ),
        (("10.0.0.1",), "127.0.0.1", "certificate is valid for 10.0.0.1, not 127.0.0.1"),
        (
            ("a.example",),
            "127.0.0.1",
            "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
        ),
        (
            ("10.0.0.1",),
            "a.example",
            "certificate is not valid for any names, but wanted to match a.example",
        ),
        ((), "hook.example", "certificate relies on legacy Common Name field, use SANs instead"),
        ((), "a.example", "certificate is not valid for any names, but wanted to match a.example"),
    ],
)
def test_a_certificate_says_whom_it_is_for(names: tuple[str, ...], wanted: str, said: str) -> None:
    assert described(certificate(*names), wanted) == f"x509: {said}"


NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hook")])


def certified(key: EllipticCurvePrivateKey, signer: EllipticCurvePrivateKey, *, ca: bool) -> bytes:
    """As knative makes them: authority and server have one name, and there are no key identifiers."""
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.BasicConstraints(ca, None), critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return made.add_extension(names, critical=False).sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


async def ask(api: Api, tls: KeyPair, ca: bytes) -> object:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response({"well": True})

    callout: CallOut = api.app.server.services["callout"]
    async with listening(answer, tls=shown(tls)) as port:
        return await callout.post(Target(f"https://127.0.0.1:{port}/", None, ca), {}, timeout=5)


def test_an_authority_may_bear_the_name_of_what_it_signs() -> None:
    async def scenario(api: Api) -> None:
        root, other, key = new_key(), new_key(), new_key()
        serving = KeyPair(certified(key, root, ca=False), key_pem(key))
        # The one that has nothing to do with it comes first.
        bundle = certified(other, other, ca=True) + certified(root, root, ca=True)
        assert await ask(api, serving, bundle) == {"well": True}

    drive(scenario)


@pytest.mark.parametrize("ca", [True, False])
def test_the_name_alone_is_not_enough(ca: bool) -> None:
    async def scenario(api: Api) -> None:
        root, other, key = new_key(), new_key(), new_key()
        serving = KeyPair(certified(key, root, ca=False), key_pem(key))
        trusted = certified(other, other, ca=True) if ca else certified(root, root, ca=False)
        with pytest.raises(CallFailed, match="certificate signed by unknown authority"):
            await ask(api, serving, trusted)

    drive(scenario)
