"""CertificateSigningRequest: who asks, what for, and how it is approved."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..drive import CREATED, Kind

CSR = Kind("certificates.k8s.io", "v1", "CertificateSigningRequest")


def _pem() -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "jane")])
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return base64.b64encode(request.public_bytes(serialization.Encoding.PEM)).decode()


REQUEST = _pem()
APPROVED = {"type": "Approved", "status": "True", "reason": "R"}


def body(**spec: Any) -> dict[str, Any]:
    core = {"request": REQUEST, "signerName": "example.com/robot", "usages": ["client auth"]}
    return {"spec": {**core, **spec}}


def status(*conditions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {**body(), "status": {"conditions": list(conditions), **more}}


def test_the_server_says_who_asks() -> None:
    spec = CSR.created(body(username="boss", uid="1", extra={"a": ["b"]}))["spec"]
    assert (spec["username"], spec["groups"]) == ("jane", ["devs"])
    assert "uid" not in spec and "extra" not in spec


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"usages": []}, "spec.usages: Required value"),
        ({"usages": ["any", "any"]}, 'spec.usages[1]: Duplicate value: "any"'),
        ({"signerName": ""}, "spec.signerName: Required value"),
        (
            {"signerName": "plain"},
            'spec.signerName: Invalid value: "plain": '
            "must be a fully qualified domain and path of the form 'example.com/signer-name'",
        ),
        (
            {"signerName": "example/a"},
            'spec.signerName: Invalid value: "example": '
            "should be a domain with at least two segments separated by dots",
        ),
        (
            {"signerName": "kubernetes.io/legacy-unknown"},
            'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": '
            "the legacy signerName is not allowed via this API version",
        ),
        (
            {"expirationSeconds": 599},
            "spec.expirationSeconds: Invalid value: 599: "
            "may not specify a duration less than 600 seconds (10 minutes)",
        ),
    ],
)
def test_what_is_refused(spec: dict[str, Any], problem: str) -> None:
    assert CSR.problems(body(**spec)) == [problem]


def test_the_request_is_a_pem_block_of_its_kind() -> None:
    (problem,) = CSR.problems(body(request="aGVsbG8="))
    assert problem.endswith("PEM block type must be CERTIFICATE REQUEST")


def test_the_spec_never_changes() -> None:
    updated = CSR.updated(body(), body(usages=["any"]))
    assert updated["spec"]["usages"] == ["client auth"]


def test_an_approval_gets_its_times_and_no_certificate() -> None:
    done = CSR.updated(body(), status(dict(APPROVED), certificate="eA=="), "approval")["status"]
    times = {"lastUpdateTime": CREATED, "lastTransitionTime": CREATED}
    assert done == {"conditions": [{**APPROVED, **times}]}


@pytest.mark.parametrize(
    ("conditions", "subresource", "problem"),
    [
        (
            [APPROVED],
            "status",
            'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
        ),
        (
            [APPROVED, APPROVED],
            "approval",
            'status.conditions[1].type: Duplicate value: "Approved"',
        ),
        (
            [{**APPROVED, "status": "False"}],
            "approval",
            'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
        ),
    ],
)
def test_conditions(conditions: list[dict[str, Any]], subresource: str, problem: str) -> None:
    assert CSR.update_problems(body(), status(*conditions), subresource) == [problem]


def test_what_was_decided_stays() -> None:
    before = status(APPROVED, certificate="eA==")
    assert CSR.update_problems(before, status(), "status") == [
        'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
        "status.certificate: Forbidden: updates may not modify existing certificate content",
    ]


def test_a_certificate_is_one() -> None:
    (problem,) = CSR.update_problems(body(), status(certificate="aGVsbG8="), "status")
    assert problem.endswith("must contain at least one CERTIFICATE PEM block")


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ({}, "Pending"),
        ({"conditions": [APPROVED]}, "Approved"),
        ({"conditions": [APPROVED], "certificate": "eA=="}, "Approved,Issued"),
        ({"conditions": [APPROVED, {"type": "Failed"}]}, "Approved,Failed"),
    ],
)
def test_the_row_shows_the_state(state: dict[str, Any], shown: str) -> None:
    row = CSR.cells({**body(expirationSeconds=3600), "status": state})
    assert row == ["a", "0s", "example.com/robot", "jane", "60m", shown]
