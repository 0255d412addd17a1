"""Ports of containers and handlers."""

from __future__ import annotations

from collections.abc import Iterable

from ....apimachinery import field, names
from .common import Errors, Object, invalids, required_or_supported

PROTOCOLS = ("SCTP", "TCP", "UDP")


def port_number(port: int, path: str) -> Errors:
    return [] if 1 <= port <= 65535 else invalids(path, port, names.port_number(port))


def port_number_or_name(port: int | str, path: str) -> Errors:
    if isinstance(port, int):
        return port_number(port, path)
    return invalids(path, port, names.port_name(port))


def protocol(value: str, path: str) -> Errors:
    return [] if value in PROTOCOLS else required_or_supported(value, PROTOCOLS, path)


def validate_container_ports(ports: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    seen: set[str] = set()
    for i, port in enumerate(ports):
        name = port.get("name")
        if name:
            messages = names.port_name(name)
            if messages:
                errors += invalids(f"{path}[{i}].name", name, messages)
            elif name in seen:
                errors.append(field.duplicate(f"{path}[{i}].name", name))
            seen.add(name)
        number = port.get("containerPort", 0)
        if number == 0:
            errors.append(field.required(f"{path}[{i}].containerPort"))
        elif not 1 <= number <= 65535:
            errors += port_number(number, f"{path}[{i}].containerPort")
        host = port.get("hostPort", 0)
        if host and not 1 <= host <= 65535:
            errors += port_number(host, f"{path}[{i}].hostPort")
        if port.get("protocol") not in PROTOCOLS:
            errors += protocol(port.get("protocol", ""), f"{path}[{i}].protocol")
    return errors


def host_port_conflicts(containers: Iterable[Object], path: str) -> Errors:
    errors: Errors = []
    taken: set[str] = set()
    for i, container in enumerate(containers):
        for j, port in enumerate(container.get("ports") or ()):
            if not port.get("hostPort"):
                continue
            key = f"{port.get('protocol', '')}/{port.get('hostIP', '')}/{port['hostPort']}"
            if key in taken:
                errors.append(field.duplicate(f"{path}[{i}].ports[{j}].hostPort", key))
            taken.add(key)
    return errors


def host_network_ports(spec: Object, path: str, is_pod: bool) -> Errors:
    """On the host's network a host port is the container's port; templates may leave it to defaulting."""
    errors: Errors = []
    if not spec.get("hostNetwork"):
        return errors
    for i, container in enumerate(spec.get("containers") or ()):
        for j, port in enumerate(container.get("ports") or ()):
            host = port.get("hostPort", 0)
            if (is_pod or host) and host != port.get("containerPort", 0):
                why = "must match `containerPort` when `hostNetwork` is true"
                errors.append(field.invalid(f"{path}.containers[{i}].ports[{j}].hostPort", host, why))
    return errors
