"""Whether a definition in one of the Kubernetes community's groups says that its API was reviewed.

Source: apiextensions-apiserver pkg/apihelpers, pkg/controller/apiapproval.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from ..strategy import Object

ANNOTATION = "api-approved.kubernetes.io"
CONDITION = "KubernetesAPIApprovalPolicyConformant"
DOMAINS = ("k8s.io", "kubernetes.io")
MUST = f'protected groups must have approval annotation "{ANNOTATION}"'
SEE = "see https://github.com/kubernetes/enhancements/pull/1111"


class Approval(NamedTuple):
    """`state` is Approved, Unapproved (which may be), Missing or Invalid; `given` the annotation."""

    state: str
    given: str
    message: str


def of(obj: Object) -> Approval | None:
    """What a definition in a protected group says; None for all others."""
    group = (obj.get("spec") or {}).get("group", "")
    if not any(group == domain or group.endswith(f".{domain}") for domain in DOMAINS):
        return None
    given = (obj["metadata"].get("annotations") or {}).get(ANNOTATION, "")
    if not given:
        return Approval("Missing", given, f"{MUST}, {SEE}")
    if given.startswith("unapproved"):
        return Approval("Unapproved", given, f'not approved: "{given}"')
    if _is_url(given):
        return Approval("Approved", given, f"approved in {given}")
    return Approval(
        "Invalid", given, f'{MUST} with either a URL or a reason starting with "unapproved", {SEE}'
    )


def condition(obj: Object) -> Object | None:
    """The condition that tells it; None for a group that is not protected."""
    found = of(obj)
    if found is None:
        return None
    status = "True" if found.state == "Approved" else "False"
    return {
        "type": CONDITION,
        "status": status,
        "reason": f"{found.state}Annotation",
        "message": found.message,
    }


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)
