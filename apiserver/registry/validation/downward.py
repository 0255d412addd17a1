"""References to fields and resources of the pod itself (downward API), in environments and volumes."""

from __future__ import annotations

import re

from ....apimachinery import field, names, quantity
from .common import Errors, Object, invalids

ENV_FIELDS = (
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
)
VOLUME_FIELDS = (
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
)
KNOWN_FIELDS = frozenset(
    (*ENV_FIELDS, *VOLUME_FIELDS, "spec.restartPolicy", "spec.schedulerName", "spec.hostname", "status.phase")
) - {"spec.hostname"}
SUBSCRIPTABLE = ("metadata.annotations", "metadata.labels")
RESOURCES = (
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
)
HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
BYTE_DIVISORS = tuple("1" + unit for unit in ("", *"kMGTPE", *(prefix + "i" for prefix in "KMGTPE")))
_SUBSCRIPT = re.compile(r"(.+?)\['(.*)'\]")


def validate_field_ref(ref: Object, allowed: tuple[str, ...], path: str) -> Errors:
    api_version, field_path = ref.get("apiVersion", ""), ref.get("fieldPath", "")
    if not api_version:
        return [field.required(f"{path}.apiVersion")]
    if not field_path:
        return [field.required(f"{path}.fieldPath")]
    if api_version != "v1":
        why = f"error converting fieldPath: unsupported pod version: {api_version}"
        return [field.invalid(f"{path}.fieldPath", field_path, why)]
    match = _SUBSCRIPT.fullmatch(field_path)
    base = match[1] if match else field_path
    if base not in (SUBSCRIPTABLE if match else KNOWN_FIELDS):
        why = f"error converting fieldPath: field label not supported: {field_path}"
        if match and base in KNOWN_FIELDS:
            why = f"error converting fieldPath: field label does not support subscript: {base}"
        return [field.invalid(f"{path}.fieldPath", field_path, why)]
    if match:
        key = match[2].lower() if base == "metadata.annotations" else match[2]
        return invalids(path, key, names.qualified_name(key))
    if base not in allowed:
        return [field.not_supported(f"{path}.fieldPath", base, allowed)]
    return []


def validate_resource_ref(ref: Object, path: str, *, needs_container: bool) -> Errors:
    errors: Errors = []
    resource = ref.get("resource", "")
    if needs_container and not ref.get("containerName"):
        errors.append(field.required(f"{path}.containerName"))
    elif not resource:
        errors.append(field.required(f"{path}.resource"))
    elif resource not in RESOURCES and not resource.startswith(HUGE_PAGES):
        errors.append(field.not_supported(f"{path}.resource", resource, RESOURCES))
    return errors + _divisor(resource, ref.get("divisor", "0"), path)


def _divisor(resource: str, divisor: str, path: str) -> Errors:
    parsed = quantity.parse(divisor)
    if not parsed:
        return []
    if resource.endswith(".cpu"):
        allowed, unit = ("1m", "1"), "cpu"
        listed = "1m and 1"
    else:
        allowed, listed = BYTE_DIVISORS, ", ".join(BYTE_DIVISORS)
        unit = {
            "limits.memory": "memory",
            "requests.memory": "memory",
            "limits.ephemeral-storage": "local ephemeral storage",
            "requests.ephemeral-storage": "local ephemeral storage",
        }.get(resource, "hugepages" if resource.startswith(HUGE_PAGES) else "")
    if not unit or parsed.format() in allowed:
        return []
    why = f"only divisor's values {listed} are supported with the {unit} resource"
    return [field.invalid(f"{path}.divisor", resource, why)]
