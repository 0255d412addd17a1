"""What the status subresource of a pod may say."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.addresses import family, ip_warnings, validate_ip
from ..validation.common import Errors, immutable, invalids, supported
from .pod_claim_status import validate_claim_statuses

CONTAINER_STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
SYSTEM_CONDITIONS = frozenset({"PodScheduled", "Ready", "Initialized"})
HEALTH = ("Healthy", "Unhealthy", "Unknown")


def keep_observed(status: Object, was: Object) -> None:
    """A writer that gives no observedGeneration leaves those that are known: the status's own and, in their
    order, those of its conditions of each type."""
    if not status.get("observedGeneration") and was.get("observedGeneration"):
        status["observedGeneration"] = was["observedGeneration"]
    known: dict[str, list[int]] = {}
    for condition in was.get("conditions") or ():
        known.setdefault(condition.get("type", ""), []).append(condition.get("observedGeneration", 0))
    for condition in status.get("conditions") or ():
        before = known.get(condition.get("type", ""))
        generation = before.pop(0) if before else 0
        if not condition.get("observedGeneration") and generation:
            condition["observedGeneration"] = generation


def drop_gated_status(status: Object) -> None:
    """Fields whose feature gates are off in 1.36 (ImageVolumeWithDigest, DRANodeAllocatableResources)."""
    status.pop("nodeAllocatableResourceClaimStatuses", None)
    for kind in CONTAINER_STATUSES:
        for container in status.get(kind) or ():
            for mount in container.get("volumeMounts") or ():
                mount.pop("volumeStatus", None)


def status_warnings(status: Object) -> list[str]:
    return [
        warning
        for name in ("podIPs", "hostIPs")
        for i, entry in enumerate(status.get(name) or ())
        for warning in ip_warnings(entry.get("ip", ""), f"status.{name}[{i}].ip")
    ]


def validate_pod_status(new: Object, old: Object) -> Errors:
    status, was = new.get("status") or {}, old.get("status") or {}
    errors = _conditions(status)
    node = status.get("nominatedNodeName")
    if node and node != was.get("nominatedNodeName"):
        errors += invalids("status.nominatedNodeName", node, names.dns1123_subdomain(node))
        if old["spec"].get("nodeName"):
            why = "may not be set on pods that are already bound to a node"
            errors.append(field.forbidden("status.nominatedNodeName", why))
    errors += _observed(status, "status")
    errors += immutable(status.get("qosClass", ""), was.get("qosClass", ""), "status.qosClass")
    errors += _transitions(status, was, old["spec"])
    errors += validate_claim_statuses(status, new["spec"])
    errors += _ips(status, "podIPs") + _host_ip(status) + _ips(status, "hostIPs")
    return errors + _users(status, new["spec"]) + _allocated(status, new["spec"])


def _conditions(status: Object) -> Errors:
    errors: Errors = []
    for i, condition in enumerate(status.get("conditions") or ()):
        path, kind = f"status.conditions[{i}]", condition.get("type", "")
        errors += _observed(condition, path)
        if kind not in SYSTEM_CONDITIONS:
            errors += invalids(f"{path}.Type", kind, names.qualified_name(kind))
    return errors


def _observed(part: Object, path: str) -> Errors:
    generation = part.get("observedGeneration", 0)
    if generation >= 0:
        return []
    return [field.invalid(f"{path}.observedGeneration", generation, "must be a non-negative integer")]


def _transitions(status: Object, was: Object, spec: Object) -> Errors:
    """A container that ended and will not be restarted stays ended."""
    inits, mains = spec.get("initContainers") or [], spec["containers"]
    rules = [rule for c in [*inits, *mains] for rule in c.get("restartPolicyRules") or ()]
    errors = _ended(status, was, "ephemeralContainerStatuses", {})
    if any(rule.get("action") == "RestartAllContainers" for rule in rules):
        return errors
    by_pod = {"restartPolicy": spec.get("restartPolicy", "Always")}
    for kind, containers in (("initContainerStatuses", inits), ("containerStatuses", mains)):
        errors = _ended(status, was, kind, {c["name"]: by_pod | c for c in containers}) + errors
    return errors


def _restarts(container: Object, code: int) -> bool:
    """Its own rules, then its own or the pod's policy."""
    for rule in container.get("restartPolicyRules") or ():
        codes = rule.get("exitCodes") or {}
        if (code in (codes.get("values") or ())) == (codes.get("operator") == "In"):
            return True
    policy = container["restartPolicy"]
    return bool(policy == "Always" or (policy == "OnFailure" and code))


def _ended(status: Object, was: Object, kind: str, containers: dict[str, Object]) -> Errors:
    """`containers` by name; one that is not among them is never restarted."""
    running = {c.get("name") for c in status.get(kind) or () if "terminated" not in (c.get("state") or {})}
    errors: Errors = []
    for i, container in enumerate(was.get(kind) or ()):
        end = (container.get("state") or {}).get("terminated")
        if end is None:
            continue
        known = containers.get(container.get("name", ""))
        if known is not None and _restarts(known, end.get("exitCode", 0)):
            continue
        if container.get("name") in running:
            why = "may not be transitioned to non-terminated state"
            errors.append(field.forbidden(f"status.{kind}[{i}].state", why))
    return errors


def _ips(status: Object, name: str) -> Errors:
    path = f"status.{name}"
    ips = [entry.get("ip", "") for entry in status.get(name) or ()]
    errors: Errors = []
    for i, ip in enumerate(ips):
        errors += validate_ip(ip, f"{path}[{i}]")
    if len(ips) < 2:
        return errors
    families = [family(ip) for ip in ips]
    if None in families:
        i = families.index(None)
        why = f"failed to check for dual stack with error:invalid IP[{i}]: {ips[i]}"
        errors.append(field.internal(path, why))
    if None in families or len(ips) > 2 or len(set(families)) < 2:
        shown = [{"IP": ip} for ip in ips]
        errors.append(field.invalid(path, shown, "may specify no more than one IP for each IP family"))
    return errors


def _host_ip(status: Object) -> Errors:
    ips = status.get("hostIPs")
    if not ips or ips[0].get("ip", "") == status.get("hostIP", ""):
        return []
    return [field.invalid("status.hostIPs[0].ip", ips[0].get("ip", ""), "must be equal to `hostIP`")]


def _users(status: Object, spec: Object) -> Errors:
    errors: Errors = []
    windows = (spec.get("os") or {}).get("name") == "windows"
    for kind in CONTAINER_STATUSES:
        for i, container in enumerate(status.get(kind) or ()):
            user = (container.get("user") or {}).get("linux")
            path = f"status.{kind}[{i}].linux"
            if user is None:
                continue
            if windows:
                errors.append(field.forbidden(path, "cannot be set for a windows pod"))
            else:
                errors += _linux_user(user, path)
    return errors


def _linux_user(user: Object, path: str) -> Errors:
    errors: Errors = []
    for name in ("uid", "gid"):
        errors += invalids(f"{path}.{name}", user.get(name, 0), names.user_id(user.get(name, 0)))
    for i, group in enumerate(user.get("supplementalGroups") or ()):
        errors += invalids(f"{path}.supplementalGroups[{i}]", group, names.user_id(group))
    return errors


def _allocated(status: Object, spec: Object) -> Errors:
    errors: Errors = []
    for kind, list_name in (("containerStatuses", "containers"), ("initContainerStatuses", "initContainers")):
        containers = {c.get("name"): c for c in spec.get(list_name) or ()}
        for i, entry in enumerate(status.get(kind) or ()):
            path = f"status.{kind}[{i}].allocatedResourcesStatus"
            container = containers.get(entry.get("name"))
            for j, resource in enumerate(entry.get("allocatedResourcesStatus") or ()):
                errors += _allocation(resource, container, f"{path}[{j}]")
    for i, entry in enumerate(status.get("ephemeralContainerStatuses") or ()):
        if entry.get("allocatedResourcesStatus"):
            path = f"status.ephemeralContainerStatuses[{i}].allocatedResourcesStatus"
            errors.append(field.forbidden(path, "must not be specified in container status"))
    return errors


def _allocation(resource: Object, container: Object | None, path: str) -> Errors:
    errors: Errors = []
    name = resource.get("name", "")
    if container is not None:
        errors += _named(name, container.get("resources") or {}, f"{path}.name")
    seen: set[str] = set()
    for i, unit in enumerate(resource.get("resources") or ()):
        here, key = f"{path}.resources[{i}]", unit.get("resourceID", "")
        errors += supported(unit.get("health", ""), HEALTH, f"{here}.health")
        if key in seen:
            errors.append(field.duplicate(f"{here}.resourceID", key))
        seen.add(key)
    return errors


def _named(name: str, resources: Object, path: str) -> Errors:
    if name.startswith("claim:"):
        claims = resources.get("claims") or ()
        full = {c["name"] + (f"/{c['request']}" if c.get("request") else "") for c in claims}
        if name.removeprefix("claim:") in full:
            return []
        why = (
            "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or "
            "'claim:<claimName>' if request is empty"
        )
        return [field.invalid(path, name, why)]
    if name in (resources.get("requests") or ()):
        return []
    return [field.invalid(path, name, "must match one of the container's resource requests")]
