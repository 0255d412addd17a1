"""What is said of certificates for somebody else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from wherry.apiserver.callout.certificates import described
from wherry.apiserver.pki.authority import Leaf

from .backend import authority


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
