"""Extended resources that DeviceClasses stand behind: pods count for them by what their containers ask for,
ResourceClaims by the devices they ask for.

Source: kubernetes pkg/quota/v1/evaluator/core/resource_claims.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..quantity import ZERO
from .pod_totals import Object, Totals
from .usage import DEVICES, IMPLICIT, usage

CLAIMS = ("resource.k8s.io", "resourceclaims")
MADE = "resource.kubernetes.io/extended-resource-claim"
"""The annotation of a claim that the scheduler made for a pod's extended resources."""
Classes = Mapping[str, str]
"""DeviceClass → extended resource, of those that stand behind one."""
NO_CLASSES: Classes = {}


def classes_of(found: Iterable[Object]) -> Classes:
    wanted = ((one["metadata"]["name"], (one.get("spec") or {}).get("extendedResourceName")) for one in found)
    return {name: extended for name, extended in wanted if extended}


def claimed(hard: Iterable[str], classes: Classes) -> list[str]:
    """Those of a quota's names of extended resources that claims count for, beside pods."""
    known = {f"requests.{IMPLICIT}{name}" for name in classes}
    known.update(f"requests.{extended}" for extended in classes.values())
    return [name for name in hard if name in known]


def with_extended(totals: Totals, classes: Classes, covered: Totals) -> Totals:
    """A claim's totals, with what its devices are as extended resources beyond what `covered` has of them."""
    found: Totals = {}
    for name, amount in totals.items():
        device_class = name.removesuffix(DEVICES)
        if device_class != name:
            found[f"requests.{IMPLICIT}{device_class}"] = amount
            if device_class in classes:
                found[f"requests.{classes[device_class]}"] = amount
    left = {name: amount - covered.get(name, ZERO) for name, amount in found.items()}
    return totals | {name: amount for name, amount in left.items() if amount.sign > 0}


def owner(claim: Object) -> tuple[str, str] | None:
    """Name and uid of the pod that the scheduler made the claim for."""
    meta = claim["metadata"]
    if (meta.get("annotations") or {}).get(MADE) != "true":
        return None
    for each in meta.get("ownerReferences") or ():
        if each.get("controller") and (each.get("apiVersion"), each.get("kind")) == ("v1", "Pod"):
            return each["name"], each["uid"]
    return None


def covered(claim: Object, pod: Object | None, claims: Iterable[Object]) -> Totals:
    """What the pod that the claim was made for has been counted for already. Of several claims that say they
    are of the pod (`claims` are those of the namespace) only the first is."""
    wanted = owner(claim)
    if wanted is None or pod is None or pod["metadata"]["uid"] != wanted[1]:
        return {}
    told = (pod.get("status") or {}).get("extendedResourceClaimStatus")
    if told is not None:
        return (
            usage("", "pods", pod) if told.get("resourceClaimName") == claim["metadata"].get("name") else {}
        )
    mine = _age(claim)
    return (
        {}
        if any(owner(other) == wanted and _age(other) < mine for other in claims)
        else usage("", "pods", pod)
    )


def _age(claim: Object) -> tuple[str, str]:
    meta = claim["metadata"]
    return meta.get("creationTimestamp", ""), meta.get("name", "")
