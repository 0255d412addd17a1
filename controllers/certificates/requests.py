"""What a request asks for, and whether one of Kubernetes' own signers may grant it.

Source of the rules: upstream's certificate helpers.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509

Object = dict[str, Any]
CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
KUBELET_SERVING = "kubernetes.io/kubelet-serving"
LEGACY = "kubernetes.io/legacy-unknown"
SIGNERS = (CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY)

NODES, NODE = "system:nodes", "system:node:"
_CLIENT_USAGES = {"client auth", "digital signature", "key encipherment"}
_SERVING_USAGES = {"digital signature", "key encipherment", "server auth"}
_RSA_ONLY = "key encipherment"


def has(request: Object, *kinds: str) -> bool:
    """Whether it has a condition of one of the types."""
    return any(c.get("type") in kinds for c in (request.get("status") or {}).get("conditions") or ())


def is_issued(request: Object) -> bool:
    return bool((request.get("status") or {}).get("certificate"))


def parse(request: Object) -> x509.CertificateSigningRequest:
    """ValueError when it is none."""
    from cryptography import x509

    return x509.load_pem_x509_csr(base64.b64decode(request["spec"]["request"]))


def problem(request: Object, asked: x509.CertificateSigningRequest) -> str:
    """Why its signer may not grant it; empty when it may."""
    usages = set(request["spec"].get("usages") or ())
    signer = request["spec"]["signerName"]
    if signer == CLIENT:
        return _client(request["spec"].get("usages") or [])
    if signer == KUBELET_CLIENT:
        return kubelet_client(asked, usages)
    return _kubelet_serving(asked, usages) if signer == KUBELET_SERVING else ""


def _client(usages: list[str]) -> str:
    for usage in usages:
        if usage not in _CLIENT_USAGES:
            return f"invalid usage for client certificate: {usage}"
    return "" if "client auth" in usages else "missing required usage for client certificate: client auth"


def kubelet_client(asked: x509.CertificateSigningRequest, usages: set[str]) -> str:
    """Why this is no request for a kubelet's client certificate; empty when it is."""
    names = alternative_names(asked)
    if _subject(asked, "2.5.4.10") != [NODES]:
        return "subject organization is not system:nodes"
    for kind in ("DNS", "Email", "IP", "URI"):
        if names[kind]:
            return f"{kind} subjectAltNames are not allowed"
    return _usages(usages, _CLIENT_USAGES) or _node(asked)


def _kubelet_serving(asked: x509.CertificateSigningRequest, usages: set[str]) -> str:
    names = alternative_names(asked)
    if _subject(asked, "2.5.4.10") != [NODES]:
        return "subject organization is not system:nodes"
    if not names["DNS"] and not names["IP"]:
        return "DNS or IP subjectAltName is required"
    for kind in ("Email", "URI"):
        if names[kind]:
            return f"{kind} subjectAltNames are not allowed"
    return _usages(usages, _SERVING_USAGES) or _node(asked)


def _usages(usages: set[str], wanted: set[str]) -> str:
    if usages in (wanted, wanted - {_RSA_ONLY}):
        return ""
    return f"usages did not match [{' '.join(sorted(wanted))}]"


def _node(asked: x509.CertificateSigningRequest) -> str:
    name = common_name(asked)
    return "" if name.startswith(NODE) else "subject common name does not begin with system:node: "


def common_name(asked: x509.CertificateSigningRequest) -> str:
    return next(iter(_subject(asked, "2.5.4.3")), "")


def _subject(asked: x509.CertificateSigningRequest, oid: str) -> list[str]:
    from cryptography.x509 import ObjectIdentifier

    return [str(part.value) for part in asked.subject.get_attributes_for_oid(ObjectIdentifier(oid))]


def alternative_names(asked: x509.CertificateSigningRequest) -> dict[str, list[str]]:
    """The subject's other names by kind: DNS, Email, IP, URI."""
    from cryptography import x509

    kinds = {
        "DNS": x509.DNSName,
        "Email": x509.RFC822Name,
        "IP": x509.IPAddress,
        "URI": x509.UniformResourceIdentifier,
    }
    try:
        found = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return {kind: [] for kind in kinds}
    return {
        kind: [str(name.value) for name in found if isinstance(name, type_)] for kind, type_ in kinds.items()
    }
