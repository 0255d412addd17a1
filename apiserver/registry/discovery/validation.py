"""What makes an EndpointSlice invalid. Source: discovery validation."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.addresses import validate_reachable
from ..validation.common import Errors, invalids

ADDRESS_TYPES = ("FQDN", "IPv4", "IPv6")
PROTOCOLS = ("SCTP", "TCP", "UDP")
MAX_ENDPOINTS = 1000
MAX_PORTS = 20000
MAX_ADDRESSES = 100
MAX_TOPOLOGY = 16
MAX_HINTS = 8
DEPRECATED_TOPOLOGY = ("topology.kubernetes.io/zone",)


def validate_slice(obj: Object) -> Errors:
    kind = obj.get("addressType", "")
    errors = _ports(obj.get("ports") or [], "ports")
    errors += _endpoints(obj.get("endpoints") or [], kind, "endpoints")
    if not kind:
        errors.append(field.required("addressType"))
    elif kind not in ADDRESS_TYPES:
        errors.append(field.not_supported("addressType", kind, ADDRESS_TYPES))
    return errors


def _endpoints(endpoints: list[Object], kind: str, path: str) -> Errors:
    if len(endpoints) > MAX_ENDPOINTS:
        return [field.too_many(path, len(endpoints), MAX_ENDPOINTS)]
    errors: Errors = []
    for i, endpoint in enumerate(endpoints):
        errors += _endpoint(endpoint, kind, f"{path}[{i}]")
    return errors


def _endpoint(endpoint: Object, kind: str, path: str) -> Errors:
    errors: Errors = []
    addresses = endpoint.get("addresses") or []
    if not addresses:
        errors.append(field.required(f"{path}.addresses", "must contain at least 1 address"))
    elif len(addresses) > MAX_ADDRESSES:
        errors.append(field.too_many(f"{path}.addresses", len(addresses), MAX_ADDRESSES))
    for i, address in enumerate(addresses):
        errors += _address(address, kind, f"{path}.addresses", i)
    if endpoint.get("nodeName") is not None:
        node = endpoint["nodeName"]
        errors += invalids(f"{path}.nodeName", node, names.dns1123_subdomain(node))
    errors += _topology(endpoint.get("deprecatedTopology") or {}, f"{path}.deprecatedTopology")
    if endpoint.get("hostname") is not None:
        errors += invalids(
            f"{path}.hostname", endpoint["hostname"], names.dns1123_label(endpoint["hostname"])
        )
    if endpoint.get("hints") is not None:
        errors += _hints(endpoint["hints"], f"{path}.hints")
    return errors


def _address(address: str, kind: str, path: str, i: int) -> Errors:
    if kind == "FQDN":
        return invalids(f"{path}[{i}]", address, names.dns1123_subdomain(address))
    if kind not in ("IPv4", "IPv6"):
        return []
    problems = names.ip(address, True, False)
    parsed = names.parse_ip_sloppy(address)
    errors = invalids(f"{path}[{i}]", address, problems)
    if parsed is None:
        return errors
    if kind == "IPv4" and parsed.version != 4:
        errors.append(field.invalid(path, address, "must be an IPv4 address"))
    if kind == "IPv6" and parsed.version != 6:
        errors.append(field.invalid(path, address, "must be an IPv6 address"))
    return errors + validate_reachable(parsed, address, f"{path}[{i}]")


def _topology(topology: Object, path: str) -> Errors:
    errors: Errors = []
    if len(topology) > MAX_TOPOLOGY:
        errors.append(field.too_many(path, len(topology), MAX_TOPOLOGY))
    for key, value in topology.items():
        errors += invalids(path, key, names.qualified_name(key))
        errors += invalids(path, value, names.label_value(value))
    for key in DEPRECATED_TOPOLOGY:
        if key in topology:
            why = f"{key} topology must be set with `zone`"
            errors.append(field.invalid(f"{path}[{key}]", topology[key], why))
    return errors


def _hints(hints: Object, path: str) -> Errors:
    errors: Errors = []
    for key, part in (("forZones", "zone"), ("forNodes", "node")):
        targets = hints.get(key) or []
        if len(targets) > MAX_HINTS:
            errors.append(field.too_many(f"{path}.{key}", len(targets), MAX_HINTS))
            continue
        seen: set[str] = set()
        for i, target in enumerate(targets):
            name = target.get("name", "")
            at = f"{path}.{key}[{i}].name"
            if name in seen:
                errors.append(field.duplicate(at, name))
            seen.add(name)
            check = names.label_value if part == "zone" else names.dns1123_subdomain
            errors += invalids(at, name, check(name))
    return errors


def _ports(ports: list[Object], path: str) -> Errors:
    if len(ports) > MAX_PORTS:
        return [field.too_many(path, len(ports), MAX_PORTS)]
    errors: Errors = []
    seen: set[str] = set()
    for i, port in enumerate(ports):
        at = f"{path}[{i}]"
        name, protocol = port.get("name") or "", port.get("protocol", "")
        if name:
            errors += invalids(f"{at}.name", name, names.dns1123_label(name))
        if name in seen:
            errors.append(field.duplicate(f"{at}.name", name))
        seen.add(name)
        if not protocol:
            errors.append(field.required(f"{at}.protocol"))
        elif protocol not in PROTOCOLS:
            errors.append(field.not_supported(f"{at}.protocol", protocol, PROTOCOLS))
        application = port.get("appProtocol")
        if application is not None:
            errors += invalids(f"{at}.appProtocol", application, names.qualified_name(application))
    return errors
