"""Validation of a Service."""

from __future__ import annotations

import orjson

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.addresses import cidr_warnings, ip_warnings, validate_cidr, validate_ip, validate_usual_ip
from ..validation.common import Errors, duplicate_struct, invalids, required_or_supported, supported
from ..validation.metadata import validate_labels
from ..validation.ports import port_number, port_number_or_name, protocol
from .service_addresses import validate_cluster_ips
from .service_fields import externally_accessible, is_headless, needs_health_port

TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
MAX_AFFINITY = 86400
RANGES_ANNOTATION = "service.beta.kubernetes.io/load-balancer-source-ranges"
HINTS = "service.kubernetes.io/topology-aware-hints"
MODE = "service.kubernetes.io/topology-mode"
ONLY_BALANCERS = "may only be used when `type` is 'LoadBalancer'"
DISTRIBUTIONS = ("PreferClose", "PreferSameZone", "PreferSameNode")


def validate_service(service: Object) -> Errors:
    spec, annotations = service["spec"], service["metadata"].get("annotations") or {}
    errors: Errors = []
    if MODE in annotations and HINTS in annotations and annotations[MODE] != annotations[HINTS]:
        why = f"must match annotations[{HINTS}] when both are specified"
        errors.append(field.invalid(f"metadata.annotations[{MODE}]", annotations[MODE], why))
    errors += _type_needs(spec) + _ports(spec)
    if spec.get("selector"):
        errors += validate_labels(spec["selector"], "spec.selector")
    errors += _affinity(spec) + validate_cluster_ips(spec)
    for i, ip in enumerate(spec.get("externalIPs") or ()):
        path = f"spec.externalIPs[{i}]"
        errors += validate_ip(ip, path) or validate_usual_ip(ip, path)
    errors += required_or_supported(spec.get("type", ""), TYPES, "spec.type")
    errors += _port_clashes(spec) + _source_ranges(spec, annotations)
    return errors + _balancer(spec) + _policies(spec)


def _type_needs(spec: Object) -> Errors:
    kind = spec.get("type")
    errors: Errors = []
    if not spec.get("ports") and not is_headless(spec) and kind != "ExternalName":
        errors.append(field.required("spec.ports"))
    if kind in ("LoadBalancer", "NodePort") and is_headless(spec):
        why = f"may not be set to 'None' for {kind} services"
        errors.append(field.invalid("spec.clusterIPs[0]", "None", why))
    if kind == "ExternalName":
        errors += [
            field.forbidden(f"spec.{name}", "may not be set for ExternalName services")
            for name in ("clusterIPs", "ipFamilies", "ipFamilyPolicy")
            if spec.get(name)
        ]
        name = spec.get("externalName", "").removesuffix(".")
        if name:
            errors += invalids("spec.externalName", name, names.dns1123_subdomain(name))
        else:
            errors.append(field.required("spec.externalName"))
    return errors


def _ports(spec: Object) -> Errors:
    errors: Errors = []
    ports = spec.get("ports") or []
    seen: set[str] = set()
    for i, port in enumerate(ports):
        path, name = f"spec.ports[{i}]", port.get("name")
        if name:
            errors += invalids(f"{path}.name", name, names.dns1123_label(name))
            if name in seen:
                errors.append(field.duplicate(f"{path}.name", name))
            seen.add(name)
        elif len(ports) > 1:
            errors.append(field.required(f"{path}.name"))
        errors += port_number(port.get("port", 0), f"{path}.port")
        errors += protocol(port.get("protocol", ""), f"{path}.protocol")
        errors += port_number_or_name(port.get("targetPort", 0), f"{path}.targetPort")
        if "appProtocol" in port:
            app = port["appProtocol"]
            errors += invalids(f"{path}.appProtocol", app, names.qualified_name(app))
    return errors


def _affinity(spec: Object) -> Errors:
    affinity = spec.get("sessionAffinity", "")
    errors = required_or_supported(affinity, ("ClientIP", "None"), "spec.sessionAffinity")
    path, config = "spec.sessionAffinityConfig", spec.get("sessionAffinityConfig")
    if affinity == "None" and config is not None:
        errors.append(field.forbidden(path, "must not be set when session affinity is None"))
    if affinity != "ClientIP":
        return errors
    why = "when session affinity type is ClientIP"
    for name in ("clientIP", "timeoutSeconds"):
        if config is None:
            break
        path, config = f"{path}.{name}", config.get(name)
    if config is None:
        errors.append(field.required(path, why))
    elif not 0 < config <= MAX_AFFINITY:
        errors.append(field.invalid(path, config, f"must be greater than 0 and less than {MAX_AFFINITY}"))
    return errors


def _port_clashes(spec: Object) -> Errors:
    errors: Errors = []
    ports = spec.get("ports") or []
    if spec.get("type") == "ClusterIP":
        why = "may not be used when `type` is 'ClusterIP'"
        errors += [
            field.forbidden(f"spec.ports[{i}].nodePort", why)
            for i, port in enumerate(ports)
            if port.get("nodePort")
        ]
    nodes: set[tuple[str, int]] = set()
    for i, port in enumerate(ports):
        key = port.get("protocol", ""), port.get("nodePort", 0)
        if key[1] and key in nodes:
            errors.append(field.duplicate(f"spec.ports[{i}].nodePort", key[1]))
        nodes.add(key)
    own: set[tuple[str, int]] = set()
    for i, port in enumerate(ports):
        key = port.get("protocol", ""), port.get("port", 0)
        if key in own:
            errors.append(duplicate_struct(f"spec.ports[{i}]", _shown_port(*key)))
        own.add(key)
    return errors


def _shown_port(kind: str, number: int) -> str:
    """As upstream's internal struct prints."""
    shown = {"Name": "", "Protocol": kind, "AppProtocol": None, "Port": number}
    return orjson.dumps({**shown, "TargetPort": 0, "NodePort": 0}).decode()


def _source_ranges(spec: Object, annotations: Object) -> Errors:
    errors: Errors = []
    balances = spec.get("type") == "LoadBalancer"
    ranges = spec.get("loadBalancerSourceRanges") or []
    if ranges:
        path = "spec.LoadBalancerSourceRanges"
        if not balances:
            errors.append(field.forbidden(path, ONLY_BALANCERS))
        for i, value in enumerate(ranges):
            errors += validate_cidr(value.strip(), f"{path}[{i}]")
    elif RANGES_ANNOTATION in annotations:
        path = f"metadata.annotations[{RANGES_ANNOTATION}]"
        if not balances:
            errors.append(field.forbidden(path, ONLY_BALANCERS))
        text = annotations[RANGES_ANNOTATION].strip()
        for value in text.split(",") if text else ():
            errors += validate_cidr(value.strip(), path)
    return errors


def _balancer(spec: Object) -> Errors:
    errors: Errors = []
    balances = spec.get("type") == "LoadBalancer"
    if "allocateLoadBalancerNodePorts" in spec and not balances:
        errors.append(field.forbidden("spec.allocateLoadBalancerNodePorts", ONLY_BALANCERS))
    if "allocateLoadBalancerNodePorts" not in spec and balances:
        errors.append(field.required("allocateLoadBalancerNodePorts"))
    return errors + _balancer_class(spec)


def _balancer_class(spec: Object) -> Errors:
    """Upstream says this twice of an update."""
    name = spec.get("loadBalancerClass")
    if name is None:
        return []
    if spec.get("type") != "LoadBalancer":
        return [field.forbidden("spec.loadBalancerClass", ONLY_BALANCERS)]
    return invalids("spec.loadBalancerClass", name, names.qualified_name(name))


def _policies(spec: Object) -> Errors:
    errors: Errors = []
    path, policy = "spec.externalTrafficPolicy", spec.get("externalTrafficPolicy", "")
    if externally_accessible(spec):
        errors += required_or_supported(policy, ("Cluster", "Local"), path)
    elif policy:
        errors.append(field.invalid(path, policy, "may only be set for externally-accessible services"))
    errors += _health_port(spec)
    internal = spec.get("internalTrafficPolicy")
    if internal is not None:
        errors += supported(internal, ("Cluster", "Local"), "spec.internalTrafficPolicy")
    elif spec.get("type") in ("NodePort", "LoadBalancer", "ClusterIP"):
        errors.append(field.required("spec.internalTrafficPolicy"))
    if "trafficDistribution" in spec:
        errors += supported(spec["trafficDistribution"], DISTRIBUTIONS, "spec.trafficDistribution")
    return errors


def _health_port(spec: Object) -> Errors:
    """The port is handed out after validation, so it may still be missing here."""
    path, port = "spec.healthCheckNodePort", spec.get("healthCheckNodePort", 0)
    if not port:
        return []
    if not needs_health_port(spec):
        why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        return [field.invalid(path, port, why)]
    return port_number(port, path)


def validate_service_change(spec: Object, was: Object) -> Errors:
    """Load balancer class and health check port, once they are in use."""
    errors: Errors = []
    name, before = spec.get("loadBalancerClass"), was.get("loadBalancerClass")
    if spec.get("type") == was.get("type") == "LoadBalancer" and name != before:
        errors.append(field.invalid("spec.loadBalancerClass", name, "may not change once set"))
    errors += _balancer_class(spec)
    if needs_health_port(was) and needs_health_port(spec):
        changed = spec.get("healthCheckNodePort") != was.get("healthCheckNodePort")
        if changed:
            errors.append(field.forbidden("spec.healthCheckNodePort", "field is immutable"))
    return errors


def validate_service_status(service: Object) -> Errors:
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    path = "status.loadBalancer.ingress"
    if ingress and service["spec"].get("type") != "LoadBalancer":
        return [field.forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")]
    errors: Errors = []
    for i, entry in enumerate(ingress):
        errors += _ingress(entry, f"{path}[{i}]")
    return errors


def _ingress(entry: Object, path: str) -> Errors:
    errors: Errors = []
    ip, name, mode = entry.get("ip"), entry.get("hostname"), entry.get("ipMode")
    if ip:
        errors += validate_ip(ip, f"{path}.ip")
    if mode is None and ip:
        errors.append(field.required(f"{path}.ipMode", "must be specified when `ip` is set"))
    elif mode is not None and not ip:
        errors.append(field.forbidden(f"{path}.ipMode", "may not be specified when `ip` is not set"))
    elif mode is not None:
        errors += supported(mode, ("Proxy", "VIP"), f"{path}.ipMode")
    if name:
        errors += invalids(f"{path}.hostname", name, names.dns1123_subdomain(name))
        if names.parse_ip_sloppy(name) is not None:
            why = "must be a DNS name, not an IP address"
            errors.append(field.invalid(f"{path}.hostname", name, why))
    return errors


def service_warnings(service: Object) -> list[str]:
    spec = service["spec"]
    found: list[str] = []
    if HINTS in (service["metadata"].get("annotations") or {}):
        found.append(f"annotation {HINTS} is deprecated, please use {MODE} instead")
    external = spec.get("externalIPs") or []
    for i, ip in enumerate(external):
        found += ip_warnings(ip, f"spec.externalIPs[{i}]")
    if spec.get("loadBalancerIP"):
        found += ip_warnings(spec["loadBalancerIP"], "spec.loadBalancerIP")
    for i, value in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        found += cidr_warnings(value, f"spec.loadBalancerSourceRanges[{i}]")
    if external and spec.get("type") != "ExternalName" and not is_headless(spec):
        found.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
    return found + _ignored(spec, bool(external))


def status_warnings(status: Object) -> list[str]:
    ingress = (status.get("loadBalancer") or {}).get("ingress") or ()
    return [
        warning
        for i, entry in enumerate(ingress)
        for warning in ip_warnings(entry.get("ip", ""), f"status.loadBalancer.ingress[{i}]")
    ]


def _ignored(spec: Object, external: bool) -> list[str]:
    found: list[str] = []
    headless, named = is_headless(spec), spec.get("type") == "ExternalName"
    if headless and spec.get("loadBalancerIP"):
        found.append("spec.loadBalancerIP is ignored for headless services")
    if headless and external:
        found.append("spec.externalIPs is ignored for headless services")
    if headless and spec.get("sessionAffinity") != "None":
        found.append("spec.SessionAffinity is ignored for headless services")
    if named and external:
        found.append('spec.externalIPs is ignored when spec.type is "ExternalName"')
    if not named and spec.get("externalName"):
        found.append('spec.externalName is ignored when spec.type is not "ExternalName"')
    if spec.get("trafficDistribution") == "PreferClose":
        found.append('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"')
    return found
