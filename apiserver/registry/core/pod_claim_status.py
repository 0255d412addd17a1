"""What the status of a pod may say about resource claims: those of its spec, and the one that was made for
extended resources."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalids

NO_CONTAINER = "must match the name of an entry in spec.initContainers.name or spec.containers.name"
NO_RESOURCE = (
    "must match the extended resource name of an entry in spec.initContainers.resources.requests or "
    "spec.containers.resources.requests"
)


def validate_claim_statuses(status: Object, spec: Object) -> Errors:
    errors = _claims(status.get("resourceClaimStatuses") or [], spec)
    if "extendedResourceClaimStatus" in status:
        errors += _extended(status["extendedResourceClaimStatus"], spec)
    return errors


def _claims(statuses: list[Object], spec: Object) -> Errors:
    errors: Errors = []
    known = {claim.get("name") for claim in spec.get("resourceClaims") or ()}
    seen: set[str] = set()
    for i, status in enumerate(statuses):
        path, name = f"status.resourceClaimStatuses[{i}]", status.get("name", "")
        if name not in known:
            why = "must match the name of an entry in `spec.resourceClaims`"
            errors.append(field.invalid(f"{path}.name", name, why))
        if name in seen:
            errors.append(field.duplicate(f"{path}.name", name))
        seen.add(name)
        claim = status.get("resourceClaimName")
        if claim is not None:
            errors += invalids(f"{path}.resourceClaimName", claim, names.dns1123_subdomain(claim))
    return errors


def _extended(status: Object, spec: Object) -> Errors:
    path = "status.extendedResourceClaimStatus"
    containers = {c.get("name", ""): c for c in [*(spec.get("initContainers") or ()), *spec["containers"]]}
    mappings = status.get("requestMappings") or ()
    errors: Errors = []
    if not mappings:
        errors.append(field.required(f"{path}.requestMappings", "at least one request mapping is required"))
    seen: set[tuple[str, ...]] = set()
    for i, mapping in enumerate(mappings):
        here = f"{path}.requestMappings[{i}]"
        given = {key: mapping.get(key, "") for key in ("containerName", "resourceName", "requestName")}
        container = containers.get(given["containerName"])
        if container is None:
            errors.append(field.invalid(f"{here}.containerName", given["containerName"], NO_CONTAINER))
        elif given["resourceName"] not in ((container.get("resources") or {}).get("requests") or ()):
            errors.append(field.invalid(f"{here}.resourceName", given["resourceName"], NO_RESOURCE))
        request = given["requestName"]
        errors += invalids(f"{path}.requestName", request, names.dns1123_label(request))
        if tuple(given.values()) in seen:
            errors += [field.duplicate(f"{here}.{key}", value) for key, value in given.items()]
        seen.add(tuple(given.values()))
    claim = status.get("resourceClaimName", "")
    if not claim:
        return [*errors, field.required(f"{path}.resourceClaimName")]
    return errors + invalids(f"{path}.resourceClaimName", claim, names.dns1123_subdomain(claim))
