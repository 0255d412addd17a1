"""Probes and lifecycle handlers."""

from __future__ import annotations

from ....apimachinery import field, names
from .common import NEGATIVE, Errors, Object, invalids, supported
from .ports import port_number_or_name

NOT_NEGATIVE = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)


def validate_probes(container: Object, path: str) -> Errors:
    """Liveness, readiness and startup probe of a container that may have them."""
    errors: Errors = []
    if "livenessProbe" in container:
        errors += _probe(container["livenessProbe"], f"{path}.livenessProbe", once=True)
    if "readinessProbe" in container:
        probe, probe_path = container["readinessProbe"], f"{path}.readinessProbe"
        errors += _probe(probe, probe_path)
        if "terminationGracePeriodSeconds" in probe:
            why = "must not be set for readinessProbes"
            grace = probe["terminationGracePeriodSeconds"]
            errors.append(field.invalid(f"{probe_path}.terminationGracePeriodSeconds", grace, why))
    if "startupProbe" in container:
        errors += _probe(container["startupProbe"], f"{path}.startupProbe", once=True)
    return errors


def _probe(probe: Object, path: str, *, once: bool = False) -> Errors:
    errors = _handler(probe, path, None)
    for name in NOT_NEGATIVE:
        if probe.get(name, 0) < 0:
            errors.append(field.invalid(f"{path}.{name}", probe[name], NEGATIVE))
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        errors.append(field.invalid(f"{path}.terminationGracePeriodSeconds", grace, "must be greater than 0"))
    threshold = probe.get("successThreshold", 0)
    if once and threshold != 1:
        errors.append(field.invalid(f"{path}.successThreshold", threshold, "must be 1"))
    return errors


def validate_lifecycle(lifecycle: Object, grace: int | None, path: str) -> Errors:
    errors: Errors = []
    for name in ("postStart", "preStop"):
        if name in lifecycle:
            errors += _handler(lifecycle[name], f"{path}.{name}", grace)
    return errors


def _exec(action: Object, path: str, grace: int | None) -> Errors:
    return [] if action.get("command") else [field.required(f"{path}.command")]


def _http(action: Object, path: str, grace: int | None) -> Errors:
    errors = [] if action.get("path") else [field.required(f"{path}.path")]
    errors += port_number_or_name(action.get("port", 0), f"{path}.port")
    errors += supported(action.get("scheme", ""), ("HTTP", "HTTPS"), f"{path}.scheme")
    for header in action.get("httpHeaders") or ():
        name = header.get("name", "")
        errors += invalids(f"{path}.httpHeaders", name, names.http_header_name(name))
    return errors


def _port(action: Object, path: str, grace: int | None) -> Errors:
    return port_number_or_name(action.get("port", 0), f"{path}.port")


def _sleep(action: Object, path: str, grace: int | None) -> Errors:
    seconds = action.get("seconds", 0)
    if grace is None or 0 <= seconds <= grace:
        return []
    why = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
    return [field.invalid(path, seconds, why)]


HANDLERS = {"exec": _exec, "httpGet": _http, "tcpSocket": _port, "grpc": _port, "sleep": _sleep}


def _handler(handler: Object, path: str, grace: int | None) -> Errors:
    errors: Errors = []
    count = 0
    for name, check in HANDLERS.items():
        if name not in handler:
            continue
        count += 1
        if count > 1:
            errors.append(field.forbidden(f"{path}.{name}", "may not specify more than 1 handler type"))
        else:
            errors += check(handler[name], f"{path}.{name}", grace)
    if not count:
        errors.append(field.required(path, "must specify a handler type"))
    return errors
