"""What becomes of a new pod before it is validated: status, label keys as selectors, old profiles."""

from __future__ import annotations

from ....apimachinery.clock import rfc3339
from ..strategy import Context, Object
from ..validation.affinity import PREFERRED, REQUIRED
from ..validation.pod_annotations import APP_ARMOR, app_armor_profile
from ..validation.pod_warnings import APP_ARMOR_FIELD
from ..validation.security import all_containers, validate_app_armor
from .qos import qos_class

GATED = "Scheduling is blocked due to non-empty scheduling gates"


def new_status(ctx: Context, spec: Object, quality: str | None) -> Object:
    """`quality` is the class that the creator claims, which upstream believes."""
    status: Object = {"phase": "Pending"}
    if spec.get("schedulingGates"):
        status["conditions"] = [
            {
                "type": "PodScheduled",
                "status": "False",
                "lastProbeTime": None,
                "lastTransitionTime": rfc3339(ctx.now),
                "reason": "SchedulingGated",
                "message": GATED,
            }
        ]
    status["qosClass"] = quality or qos_class(spec)
    return status


def apply_label_keys(spec: Object, labels: dict[str, str]) -> None:
    """`matchLabelKeys` become expressions of the selector with the values of the pod's own labels."""
    affinity = spec.get("affinity") or {}
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = affinity.get(kind) or {}
        terms = list(rules.get(REQUIRED) or ())
        terms += [weighted.get("podAffinityTerm") or {} for weighted in rules.get(PREFERRED) or ()]
        for term in terms:
            _extend(term, "matchLabelKeys", "In", labels)
            _extend(term, "mismatchLabelKeys", "NotIn", labels)
    for constraint in spec.get("topologySpreadConstraints") or ():
        _extend(constraint, "matchLabelKeys", "In", labels)


def _extend(term: Object, keys: str, operator: str, labels: dict[str, str]) -> None:
    selector = term.get("labelSelector")
    if selector is None or not term.get(keys):
        return
    for key in term[keys]:
        if key in labels:
            rule = {"key": key, "operator": operator, "values": [labels[key]]}
            selector.setdefault("matchExpressions", []).append(rule)


def apply_app_armor(pod: Object) -> list[str]:
    """The old annotations of containers become fields, where there is no field yet; the warnings about
    those that do, and those that cannot."""
    annotations = pod["metadata"].get("annotations")
    spec = pod["spec"]
    if not annotations or (spec.get("os") or {}).get("name") == "windows":
        return []
    of_pod = (spec.get("securityContext") or {}).get("appArmorProfile")
    warnings = []
    for container, _ in all_containers(spec, ""):
        key = APP_ARMOR + container.get("name", "")
        if key not in annotations or (container.get("securityContext") or {}).get("appArmorProfile"):
            continue
        profile = app_armor_profile(annotations[key])
        if profile is None or validate_app_armor(profile, ""):
            warnings.append(f"metadata.annotations[{key}]: {APP_ARMOR_FIELD}")
        elif profile != of_pod:
            container.setdefault("securityContext", {})["appArmorProfile"] = profile
            warnings.append(f"metadata.annotations[{key}]: {APP_ARMOR_FIELD}")
    return warnings
