"""Resources of a pod as a whole (`spec.resources`)."""

from __future__ import annotations

from collections.abc import Collection

from ....apimachinery import field, quantity
from ....apimachinery.quantity import ZERO, Quantity
from .common import Errors, Object
from .resources import HUGE_PAGES, validate_pod_resource_name, validate_requirements


def validate_pod_resources(spec: Object, path: str, claim_names: Collection[str]) -> Errors:
    if (spec.get("os") or {}).get("name") == "windows":
        return [field.forbidden(path, "may not be set for a windows pod")]
    own = spec["resources"]
    errors: Errors = []
    if own.get("claims") is not None:
        errors.append(field.forbidden(f"{path}.claims", "claims may not be set for Resources at pod-level"))
    errors += validate_requirements(own, path, check_name=validate_pod_resource_name, claim_names=claim_names)
    pages = [name for name in own.get("limits") or () if name.startswith(HUGE_PAGES)]
    errors += _covered(spec, "requests", own.get("requests") or (), path)
    return errors + _covered(spec, "limits", pages, path) + _limits(spec, path)


def _covered(spec: Object, kind: str, named: Collection[str], path: str) -> Errors:
    """Whether the pod's own amounts of the resources `named` are enough for its containers together."""
    errors: Errors = []
    for name, total in container_totals(spec, kind).items() if named else ():
        if name in named and total > (given := quantity.parse(spec["resources"][kind][name])):
            why = f"must be greater than or equal to aggregate container {kind} of {total.format()}"
            errors.append(field.invalid(f"{path}.{kind}[{name}]", given.format(), why))
    return errors


def _limits(spec: Object, path: str) -> Errors:
    errors: Errors = []
    own = spec["resources"].get("limits") or {}
    for i, container in enumerate(spec.get("containers") or ()):
        for name, text in ((container.get("resources") or {}).get("limits") or {}).items():
            if name in own and quantity.parse(text) > quantity.parse(own[name]):
                why = f"must be less than or equal to pod limits of {own[name]}"
                errors.append(field.invalid(f"{path}.containers[{i}][{name}].limits", text, why))
    return errors


def _amounts(container: Object, kind: str) -> dict[str, Quantity]:
    given = (container.get("resources") or {}).get(kind) or {}
    return {name: quantity.parse(text) for name, text in given.items()}


def _add(total: dict[str, Quantity], more: dict[str, Quantity]) -> dict[str, Quantity]:
    return total | {name: total.get(name, ZERO) + value for name, value in more.items()}


def _most(left: dict[str, Quantity], right: dict[str, Quantity]) -> dict[str, Quantity]:
    return left | {name: max(left.get(name, ZERO), value) for name, value in right.items()}


def container_totals(spec: Object, kind: str) -> dict[str, Quantity]:
    """What the `requests` or `limits` of the containers are together: the sum of main and sidecar
    containers, or more while an init container runs beside the sidecars started before it."""
    total: dict[str, Quantity] = {}
    for container in spec.get("containers") or ():
        total = _add(total, _amounts(container, kind))
    sidecars: dict[str, Quantity] = {}
    peak: dict[str, Quantity] = {}
    for container in spec.get("initContainers") or ():
        amounts = _amounts(container, kind)
        if container.get("restartPolicy") == "Always":
            total = _add(total, amounts)
            sidecars = _add(sidecars, amounts)
            amounts = sidecars
        else:
            amounts = _add(amounts, sidecars)
        peak = _most(peak, amounts)
    return _most(total, peak)
