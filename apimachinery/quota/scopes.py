"""Which objects a quota's scopes choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..quantity import parse

Object = dict[str, Any]
Scope = Callable[[Object, Object], bool]
NATIVE = ("cpu", "memory", "ephemeral-storage")


def in_scope(quota_spec: Object, group: str, resource: str, obj: Object) -> bool:
    """Whether the quota's scopes choose this object. A kind without scopes is in none."""
    wanted = [{"scopeName": s, "operator": "Exists"} for s in quota_spec.get("scopes") or ()]
    wanted += (quota_spec.get("scopeSelector") or {}).get("matchExpressions") or []
    if not wanted:
        return True
    scopes = _SCOPES.get((group, resource), {})
    return all(s["scopeName"] in scopes and scopes[s["scopeName"]](obj, s) for s in wanted)


def _selects(values: Iterable[str], scope: Object) -> bool:
    """Whether one of the names (or their absence) is what the scope's operator and values ask for."""
    names = [value for value in values if value]
    operator, wanted = scope.get("operator"), scope.get("values") or ()
    if operator in ("Exists", "DoesNotExist"):
        return bool(names) is (operator == "Exists")
    if operator == "In":
        return any(name in wanted for name in names)
    return not names or any(name not in wanted for name in names)


def _best_effort(pod: Object) -> bool:
    spec = pod["spec"]
    parts = [spec, *(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    return not any(
        name in NATIVE[:2] and parse(amount)
        for part in parts
        for amounts in (part.get("resources") or {}).values()
        if isinstance(amounts, dict)
        for name, amount in amounts.items()
    )


def terminating(pod: Object) -> bool:
    """Whether the pod has a time to end."""
    deadline = pod["spec"].get("activeDeadlineSeconds")
    return deadline is not None and deadline >= 0


def _crosses_namespaces(pod: Object) -> bool:
    affinity = pod["spec"].get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        terms = affinity.get(kind) or {}
        required = terms.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
        preferred = terms.get("preferredDuringSchedulingIgnoredDuringExecution") or ()
        for term in (*required, *(p.get("podAffinityTerm") or {} for p in preferred)):
            if term.get("namespaces") or term.get("namespaceSelector") is not None:
                return True
    return False


def _attributes_classes(claim: Object) -> tuple[str, ...]:
    """Every VolumeAttributesClass the claim has, wants, or is being changed to."""
    status = claim.get("status") or {}
    target = (status.get("modifyVolumeStatus") or {}).get("targetVolumeAttributesClassName")
    wanted = claim["spec"].get("volumeAttributesClassName")
    return (wanted or "", status.get("currentVolumeAttributesClassName") or "", target or "")


_SCOPES: dict[tuple[str, str], dict[str, Scope]] = {
    ("", "pods"): {
        "Terminating": lambda pod, _: terminating(pod),
        "NotTerminating": lambda pod, _: not terminating(pod),
        "BestEffort": lambda pod, _: _best_effort(pod),
        "NotBestEffort": lambda pod, _: not _best_effort(pod),
        "PriorityClass": lambda pod, scope: _selects((pod["spec"].get("priorityClassName") or "",), scope),
        "CrossNamespacePodAffinity": lambda pod, _: _crosses_namespaces(pod),
    },
    ("", "persistentvolumeclaims"): {
        "VolumeAttributesClass": lambda claim, scope: _selects(_attributes_classes(claim), scope),
    },
}
"""(group, resource) → scope name → whether an object is in it."""
