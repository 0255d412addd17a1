"""Certificate requests are approved, signed and removed."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from wherry.apimachinery.clock import rfc3339
from wherry.client.resources import CERTIFICATESIGNINGREQUESTS
from wherry.controllers.certificates import cleaner, requests

from tests.controllers.cluster import Cluster, cluster
from tests.support import run

Object = dict[str, Any]
CONTROLLERS = (
    "certificatesigningrequest-signing-controller",
    "certificatesigningrequest-approving-controller",
)
NOW = datetime(2026, 1, 2, tzinfo=UTC)
CLIENT_USAGES = ["digital signature", "key encipherment", "client auth"]


@cache
def pem(name: str, organization: str = "", *dns: str) -> str:
    """A request as the API carries it."""
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(parts))
    if dns:
        names = x509.SubjectAlternativeName([x509.DNSName(each) for each in dns])
        builder = builder.add_extension(names, critical=False)
    made = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return b64encode(made.public_bytes(serialization.Encoding.PEM)).decode()


def request(signer: str, body: str, usages: list[str], **spec: Any) -> Object:
    return {
        "kind": "CertificateSigningRequest",
        "apiVersion": "certificates.k8s.io/v1",
        "metadata": {"name": "r"},
        "spec": {"signerName": signer, "request": body, "usages": usages, **spec},
    }


async def approve(api: Cluster) -> None:
    condition = {"type": "Approved", "status": "True", "reason": "Test", "message": "by hand"}
    patch = {"status": {"conditions": [condition]}}
    await api.client.patch(CERTIFICATESIGNINGREQUESTS, "r", patch, subresource="approval")


@pytest.fixture
def authority(tmp_path: Path) -> Object:
    """The settings that sign with the cluster's own authority."""
    pki = tmp_path / "pki"
    return {
        "cluster_signing_cert_file": str(pki / "ca.crt"),
        "cluster_signing_key_file": str(pki / "ca.key"),
    }


def issuer(file: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(Path(file).read_bytes())


def test_an_approved_request_is_signed_for_as_long_as_it_asks(tmp_path: Path, authority: Object) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS, **authority) as api:
            body = request(
                requests.CLIENT,
                pem("alice", "team"),
                ["client auth", "digital signature"],
                expirationSeconds=3600,
            )
            await api.client.create(CERTIFICATESIGNINGREQUESTS, body)
            await approve(api)
            found = await api.until(CERTIFICATESIGNINGREQUESTS, "r", requests.is_issued)
            issued = x509.load_pem_x509_certificate(b64decode(found["status"]["certificate"]))
            assert issued.subject.rfc4514_string() == "CN=alice,O=team"
            assert issued.not_valid_after_utc - issued.not_valid_before_utc == timedelta(hours=1)
            issued.verify_directly_issued_by(issuer(authority["cluster_signing_cert_file"]))
            usage = issued.extensions.get_extension_for_class(x509.KeyUsage).value
            assert (usage.digital_signature, usage.key_encipherment) == (True, False)

    run(scenario())


def test_what_a_signer_may_not_grant_fails(tmp_path: Path, authority: Object) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS, **authority) as api:
            body = request(requests.CLIENT, pem("alice"), ["server auth"])
            await api.client.create(CERTIFICATESIGNINGREQUESTS, body)
            await approve(api)
            found = await api.until(
                CERTIFICATESIGNINGREQUESTS, "r", lambda r: requests.has(r, "Failed"), namespace=""
            )
            failed = found["status"]["conditions"][-1]
            assert failed["reason"] == "SignerValidationFailure"
            assert failed["message"] == "invalid usage for client certificate: server auth"

    run(scenario())


def test_a_kubelets_request_needs_nobody(tmp_path: Path, authority: Object) -> None:
    async def scenario() -> None:
        async with cluster(tmp_path, *CONTROLLERS, **authority) as api:
            body = request(requests.KUBELET_CLIENT, pem("system:node:n1", "system:nodes"), CLIENT_USAGES)
            await api.client.create(CERTIFICATESIGNINGREQUESTS, body)
            found = await api.until(CERTIFICATESIGNINGREQUESTS, "r", requests.is_issued)
            assert found["status"]["conditions"][0]["reason"] == "AutoApproved"

    run(scenario())


NODE = ("system:node:n1", "system:nodes")


@pytest.mark.parametrize(
    ("signer", "body", "usages", "why"),
    [
        (requests.LEGACY, pem("x"), ["any"], ""),
        (requests.CLIENT, pem("x"), ["digital signature"], "missing required usage for client certificate"),
        (requests.KUBELET_CLIENT, pem(*NODE), CLIENT_USAGES, ""),
        (requests.KUBELET_CLIENT, pem(*NODE), ["client auth", "digital signature"], ""),
        (requests.KUBELET_CLIENT, pem("x", "y"), CLIENT_USAGES, "organization is not system:nodes"),
        (requests.KUBELET_CLIENT, pem("x", "system:nodes"), CLIENT_USAGES, "does not begin with"),
        (requests.KUBELET_CLIENT, pem(*NODE, "d"), CLIENT_USAGES, "DNS subjectAltNames are not allowed"),
        (requests.KUBELET_CLIENT, pem(*NODE), ["client auth"], "usages did not match [client auth"),
        (requests.KUBELET_SERVING, pem(*NODE, "d"), ["server auth", "digital signature"], ""),
        (requests.KUBELET_SERVING, pem(*NODE), ["server auth"], "DNS or IP subjectAltName is required"),
    ],
)
def test_what_each_signer_grants(signer: str, body: str, usages: list[str], why: str) -> None:
    asked = request(signer, body, usages)
    problem = requests.problem(asked, requests.parse(asked))
    assert why in problem if why else problem == ""


def decided(kind: str, hours: float, **status: Any) -> Object:
    made = {"name": "r", "creationTimestamp": rfc3339(NOW - timedelta(hours=hours))}
    condition = {"type": kind, "status": "True", "lastUpdateTime": rfc3339(NOW - timedelta(hours=hours))}
    return {"metadata": made, "status": {"conditions": [condition] if kind else [], **status}}


@pytest.mark.parametrize(
    ("found", "over"),
    [
        (decided("", 23), False),
        (decided("", 25), True),
        (decided("Denied", 0.5), False),
        (decided("Denied", 1.5), True),
        (decided("Approved", 99), False),
        (decided("Approved", 1.5, certificate="eA=="), True),
    ],
)
def test_requests_are_removed_in_time(found: Object, over: bool) -> None:
    assert cleaner.is_over(found, NOW) is over
