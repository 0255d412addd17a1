"""Requests for certificates (upstream: test/e2e/auth/certificates.go, «should support CSR API operations»).
Nobody signs them here yet."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.conformance.api import Api, unique

Object = dict[str, Any]
PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "e2e.example.com")])
PEM = serialization.Encoding.PEM


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def request_pem(key: ec.EllipticCurvePrivateKey) -> str:
    request = x509.CertificateSigningRequestBuilder().subject_name(NAME).sign(key, hashes.SHA256())
    return base64.b64encode(request.public_bytes(PEM)).decode()


@pytest.fixture(scope="module")
def certificate(key: ec.EllipticCurvePrivateKey) -> str:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(NAME)
        .issuer_name(NAME)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    return base64.b64encode(made.public_bytes(PEM)).decode()


@pytest.fixture
def signer(api: Api) -> Iterator[str]:
    found = f"example.com/{unique('e2e')}"
    yield found
    api.delete(PATH, fieldSelector=f"spec.signerName={found}")


def template(signer: str, request_pem: str) -> Object:
    return {
        "metadata": {"generateName": "e2e-example-csr-"},
        "spec": {
            "request": request_pem,
            "signerName": signer,
            "expirationSeconds": 3600,
            "usages": ["digital signature", "key encipherment", "server auth"],
        },
    }


def test_discovered(api: Api) -> None:
    names = {one["name"] for one in api.get("/apis/certificates.k8s.io/v1")["resources"]}
    parts = ("", "/approval", "/status")
    assert {f"certificatesigningrequests{part}" for part in parts} <= names


def test_life(api: Api, signer: str, request_pem: str) -> None:
    made = [api.create(PATH, template(signer, request_pem)) for _ in range(3)]
    name, uid = made[2]["metadata"]["name"], made[2]["metadata"]["uid"]
    got = api.get(f"{PATH}/{name}")
    assert got["metadata"]["uid"] == uid and got["spec"]["expirationSeconds"] == 3600
    listed = api.get(PATH, fieldSelector=f"spec.signerName={signer}")
    assert len(listed["items"]) == 3
    since = listed["metadata"]["resourceVersion"]
    with api.watch(PATH, fieldSelector=f"metadata.name={name}", resourceVersion=since) as watch:
        patched = api.patch(f"{PATH}/{name}", {"metadata": {"annotations": {"patched": "true"}}})
        patched["metadata"]["annotations"]["updated"] = "true"
        updated = api.update(f"{PATH}/{name}", patched)
        assert updated["metadata"]["annotations"]["updated"] == "true"
        watch.until("MODIFIED", patched="true", updated="true")
    api.delete(f"{PATH}/{name}")
    assert api.gone(f"{PATH}/{name}")
    assert len(api.names(PATH, fieldSelector=f"spec.signerName={signer}")) == 2
    api.delete(PATH, fieldSelector=f"spec.signerName={signer}")
    assert not api.names(PATH, fieldSelector=f"spec.signerName={signer}")


def condition(kind: str) -> Object:
    return {"type": kind, "status": "True", "reason": "E2E", "message": "Set from an e2e test"}


def test_approval(api: Api, signer: str, request_pem: str) -> None:
    made = api.create(PATH, template(signer, request_pem))
    path = f"{PATH}/{made['metadata']['name']}/approval"
    assert api.get(path)["kind"] == "CertificateSigningRequest"
    patch = {
        "metadata": {"annotations": {"patchedapproval": "true"}},
        "status": {"conditions": [condition("ApprovalPatch")]},
    }
    patched = api.patch(path, patch)
    assert [one["type"] for one in patched["status"]["conditions"]] == ["ApprovalPatch"]
    assert patched["metadata"]["annotations"]["patchedapproval"] == "true"
    patched["status"]["conditions"].append(condition("Approved"))
    updated = api.update(path, patched)
    assert [one["type"] for one in updated["status"]["conditions"]] == ["ApprovalPatch", "Approved"]


def test_status(api: Api, signer: str, request_pem: str, certificate: str) -> None:
    made = api.create(PATH, template(signer, request_pem))
    path = f"{PATH}/{made['metadata']['name']}/status"
    assert api.get(path)["metadata"]["uid"] == made["metadata"]["uid"]
    patch = {"metadata": {"annotations": {"patchedstatus": "true"}}, "status": {"certificate": certificate}}
    patched = api.patch(path, patch)
    assert patched["status"]["certificate"] == certificate
    assert patched["metadata"]["annotations"]["patchedstatus"] == "true"
    patched["status"]["conditions"] = [condition("StatusUpdate")]
    updated = api.update(path, patched)
    assert [one["type"] for one in updated["status"]["conditions"]] == ["StatusUpdate"]
