"""Who may approve and sign certificate requests, and for whom."""

from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from wherry.apiserver.admission.certificates import plugins
from wherry.apiserver.authorization import Attributes as Access
from wherry.apiserver.authorization import Decision

from tests.apiserver.admission.support import Object, attributes, refusal, validate
from tests.apiserver.readers import MapReader

RESOURCE = "certificates.k8s.io|certificatesigningrequests"


class Names:
    """Allows one verb on the named signers."""

    def __init__(self, verb: str, *names: str) -> None:
        self.verb, self.names = verb, names

    def authorize(self, attrs: Access) -> Decision:
        return Decision(attrs.verb == self.verb and attrs.name in self.names)


def request(organization: str = "", signer: str = "example.com/own", **status: object) -> Object:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, "jane")]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    key = ec.generate_private_key(ec.SECP256R1())
    made = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts)).sign(key, hashes.SHA256())
    pem = made.public_bytes(serialization.Encoding.PEM)
    spec = {"signerName": signer, "request": base64.b64encode(pem).decode()}
    return {"metadata": {"name": "x"}, "spec": spec, "status": status}


@pytest.mark.parametrize("name", ["example.com/own", "example.com/*"])
def test_approving_needs_the_signer_or_its_domain(name: str) -> None:
    approval, _, _ = plugins(Names("approve", name))
    validate(approval, attributes(f"{RESOURCE}/approval", "UPDATE"), request(), MapReader(), request())


def test_approving_without_the_right() -> None:
    approval, _, _ = plugins(Names("approve"))
    message = refusal(
        approval.validate, attributes(f"{RESOURCE}/approval", "UPDATE"), request(), MapReader(), request()
    )
    assert message == 'user not permitted to approve requests with signerName "example.com/own"'


def test_only_a_signer_writes_certificates() -> None:
    _, signing, _ = plugins(Names("sign"))
    attrs = attributes(f"{RESOURCE}/status", "UPDATE")
    signed = request(certificate="PEM")
    assert "not permitted to sign" in refusal(signing.validate, attrs, signed, MapReader(), request())
    validate(signing, attrs, request(), MapReader(), request())


def test_nobody_becomes_a_master_by_certificate() -> None:
    _, _, subjects = plugins(Names("approve"))
    client = "kubernetes.io/kube-apiserver-client"
    attrs = attributes(RESOURCE)
    message = refusal(subjects.validate, attrs, request("system:masters", client), MapReader())
    assert message == f"use of {client} signer with system:masters group is not allowed"
    validate(subjects, attrs, request("devs", client), MapReader())
    validate(subjects, attrs, request("system:masters"), MapReader())
