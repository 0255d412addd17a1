"""What makes a NetworkPolicy invalid. Source: networking validation."""

from __future__ import annotations

from ....apimachinery import field, names
from ..strategy import Object
from ..validation.common import Errors, invalids
from ..validation.selectors import validate_label_selector

PROTOCOLS = ("TCP", "UDP", "SCTP")
TYPES = ("Ingress", "Egress")


def validate_spec(spec: Object, path: str) -> Errors:
    errors = validate_label_selector(spec.get("podSelector") or {}, f"{path}.podSelector")
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for i, rule in enumerate(spec.get(direction) or ()):
            at = f"{path}.{direction}[{i}]"
            for j, port in enumerate(rule.get("ports") or ()):
                errors += _port(port, f"{at}.ports[{j}]")
            for j, peer in enumerate(rule.get(peers) or ()):
                errors += _peer(peer, f"{at}.{peers}[{j}]")
    return errors + _types(spec.get("policyTypes") or [], f"{path}.policyTypes")


def _types(types: list[str], path: str) -> Errors:
    if len(types) > len(TYPES):
        return [field.invalid(path, types, "may not specify more than two policyTypes")]
    return [
        field.not_supported(f"{path}[{i}]", kind, TYPES) for i, kind in enumerate(types) if kind not in TYPES
    ]


def _port(port: Object, path: str) -> Errors:
    errors: Errors = []
    protocol, number, end = port.get("protocol"), port.get("port"), port.get("endPort")
    if protocol is not None and protocol not in PROTOCOLS:
        errors.append(field.not_supported(f"{path}.protocol", protocol, PROTOCOLS))
    if number is None:
        if end is not None:
            why = "may not be specified when `port` is not specified"
            errors.append(field.invalid(f"{path}.endPort", end, why))
    elif isinstance(number, int):
        errors += invalids(f"{path}.port", number, names.port_number(number))
        if end is not None:
            if end < number:
                why = "must be greater than or equal to `port`"
                errors.append(field.invalid(f"{path}.endPort", number, why))
            errors += invalids(f"{path}.endPort", end, names.port_number(end))
    else:
        if end is not None:
            why = "may not be specified when `port` is non-numeric"
            errors.append(field.invalid(f"{path}.endPort", end, why))
        errors += invalids(f"{path}.port", number, names.port_name(number))
    return errors


def _peer(peer: Object, path: str) -> Errors:
    errors: Errors = []
    others = 0
    for name in ("podSelector", "namespaceSelector"):
        if peer.get(name) is not None:
            others += 1
            errors += validate_label_selector(peer[name], f"{path}.{name}")
    block = peer.get("ipBlock")
    if block is not None:
        errors += _block(block, f"{path}.ipBlock")
    if block is not None and others:
        errors.append(field.forbidden(path, "may not specify both ipBlock and another peer"))
    elif block is None and not others:
        errors.append(field.required(path, "must specify a peer"))
    return errors


def _block(block: Object, path: str) -> Errors:
    text = block.get("cidr", "")
    if not text:
        return [field.required(f"{path}.cidr")]
    errors = invalids(f"{path}.cidr", text, names.cidr(text, True, False))
    outer = names.parse_cidr_sloppy(text)
    if outer is None:
        return errors
    for i, each in enumerate(block.get("except") or ()):
        at = f"{path}.except[{i}]"
        errors += invalids(at, each, names.cidr(each, True, False))
        inner = names.parse_cidr_sloppy(each)
        if inner is None:
            continue
        inside = inner.version == outer.version and inner.network_address in outer
        if not inside or outer.prefixlen >= inner.prefixlen:
            errors.append(field.invalid(at, each, "must be a strict subset of `cidr`"))
    return errors
