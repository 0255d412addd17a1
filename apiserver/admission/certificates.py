"""CertificateApproval, CertificateSigning, CertificateSubjectRestriction: who may approve and sign requests.

Source: "Certificates and Certificate Signing Requests" in the Kubernetes documentation.
"""

from __future__ import annotations

import base64

from ..authorization.attributes import Attributes as Access
from ..authorization.attributes import Authorizer
from ..registry.strategy import Object, Reader
from .plugin import CREATE, UPDATE, Attributes, Hook, Plugin, forbidden

_GROUP = "certificates.k8s.io"
_KUBE_CLIENT = "kubernetes.io/kube-apiserver-client"
_MASTERS = "system:masters"


def _signer_check(authorizer: Authorizer, verb: str, refusal: str) -> Hook:
    """Checks `verb` on the request's signer: the exact name, else `DOMAIN/*`."""

    def check(attrs: Attributes, obj: Object, old: Object, reader: Reader) -> None:
        if verb == "sign" and _unsigned_change(obj, old):
            return
        signer = old["spec"]["signerName"]
        for name in (signer, signer.partition("/")[0] + "/*"):
            access = Access(attrs.user, verb, _GROUP, "*", "signers", name=name)
            if authorizer.authorize(access).allowed:
                return
        raise forbidden(attrs, refusal.format(signer=signer), obj)

    return check


def _unsigned_change(obj: Object, old: Object) -> bool:
    """Whether a status update neither touches the certificate nor the verdict."""
    new, was = obj.get("status") or {}, old.get("status") or {}
    return all(new.get(f) == was.get(f) for f in ("certificate", "conditions"))


def _restrict_subject(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    if spec.get("signerName") != _KUBE_CLIENT:
        return
    try:
        organizations = subject(spec.get("request") or "", "organizationName")
    except ValueError:
        return  # validation refuses it
    if _MASTERS in organizations:
        why = f"use of {_KUBE_CLIENT} signer with {_MASTERS} group is not allowed"
        raise forbidden(attrs, why, obj)


def subject(request: str, attribute: str) -> list[str]:
    """What a request (PEM in base64) says of `commonName` or `organizationName`. ValueError when it cannot be
    read."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    oid = {"commonName": NameOID.COMMON_NAME, "organizationName": NameOID.ORGANIZATION_NAME}[attribute]
    parsed = x509.load_pem_x509_csr(base64.b64decode(request))
    return [str(a.value) for a in parsed.subject.get_attributes_for_oid(oid)]


def plugins(authorizer: Authorizer) -> tuple[Plugin, ...]:
    requests = "certificatesigningrequests"
    return (
        Plugin(
            name="CertificateApproval",
            on={(_GROUP, f"{requests}/approval"): frozenset({UPDATE})},
            validate=_signer_check(
                authorizer, "approve", 'user not permitted to approve requests with signerName "{signer}"'
            ),
        ),
        Plugin(
            name="CertificateSigning",
            on={(_GROUP, f"{requests}/status"): frozenset({UPDATE})},
            validate=_signer_check(
                authorizer, "sign", 'user not permitted to sign requests with signerName "{signer}"'
            ),
        ),
        Plugin(
            name="CertificateSubjectRestriction",
            on={(_GROUP, requests): frozenset({CREATE})},
            validate=_restrict_subject,
        ),
    )
