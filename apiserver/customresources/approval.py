"""Whether a definition in one of Kubernetes' own groups says that its API was reviewed.

Source: apiextensions-apiserver pkg/apihelpers, pkg/controller/apiapproval.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from ..registry.strategy import Object

ANNOTATION = "api-approved.kubernetes.io"
CONDITION = "KubernetesAPIApprovalPolicyConformant"
SEE = "see https://github.com/kubernetes/enhancements/pull/1111"
GROUPS = ("k8s.io", "kubernetes.io")


def protected(group: str) -> bool:
    return group in GROUPS or group.endswith(tuple(f".{name}" for name in GROUPS))


def judge(raw: Object) -> Object | None:
    """The condition of a definition in a protected group; None for all others."""
    if not protected(raw["spec"]["group"]):
        return None
    said = (raw["metadata"].get("annotations") or {}).get(ANNOTATION, "")
    must = f'protected groups must have approval annotation "{ANNOTATION}"'
    if not said:
        status, reason, message = "False", "MissingAnnotation", f"{must}, {SEE}"
    elif said.startswith("unapproved"):
        status, reason, message = "False", "UnapprovedAnnotation", f'not approved: "{said}"'
    elif _is_url(said):
        status, reason, message = "True", "ApprovedAnnotation", f"approved in {said}"
    else:
        message = f'{must} with either a URL or a reason starting with "unapproved", {SEE}'
        status, reason = "False", "InvalidAnnotation"
    return {"type": CONDITION, "status": status, "reason": reason, "message": message}


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)
