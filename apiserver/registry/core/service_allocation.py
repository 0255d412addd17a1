"""Hands a Service its cluster IP, node ports and health check port, and takes back what it gives up."""

from __future__ import annotations

from collections.abc import Callable

from ....apimachinery import errors, field
from ....apimachinery.errors import StatusError
from ..strategy import Object
from .allocation import AllocationError, ServicePools, Transaction, cluster_ips, node_ports
from .service_fields import (
    allocates_node_ports,
    needs_cluster_ip,
    needs_health_port,
    needs_node_port,
)


def allocate(
    pools: ServicePools, service: Object, old: Object | None, *, dry_run: bool = False
) -> Callable[[], None]:
    """Fills in what is missing; the result undoes it. Raises StatusError, and has taken nothing then."""
    work = Transaction(pools, dry_run=dry_run)
    try:
        _cluster_ip(work, service, old)
        _ports(work, service, old)
        _health_port(work, service, old)
    except StatusError:
        work.undo()
        raise
    if dry_run:
        work.undo()
    return work.undo


def check(pools: ServicePools, service: Object, old: Object | None, *, dry_run: bool = False) -> None:
    """Whether what the client asks for can be had, before anything else is said about the Service."""
    spec = service["spec"]
    work = Transaction(pools, dry_run=dry_run)
    try:
        if old is None and needs_cluster_ip(spec):
            for ip in cluster_ips(service):
                _take_ip(work, service, ip)
        if needs_node_port(spec):
            before = set(node_ports(old)) if old else set()
            for i, port in enumerate(spec.get("ports") or ()):
                number = port.get("nodePort", 0)
                if number and number not in before and not _shared(spec["ports"][:i], port, old):
                    _take_port(work, service, f"spec.ports[{i}].nodePort", number)
    finally:
        work.undo()


def _shared(earlier: list[Object], port: Object, old: Object | None) -> bool:
    """A node port may serve the same port number in several protocols (any of them, in an update)."""
    return any(
        other.get("nodePort") == port["nodePort"] and (old or other.get("port") == port.get("port"))
        for other in earlier
    )


def _refuse(service: Object, path: str, value: object, why: str) -> StatusError:
    problem = field.invalid(path, value, why)
    return errors.invalid("", "Service", service["metadata"].get("name", ""), [problem])


def _take_ip(work: Transaction, service: Object, ip: str) -> None:
    try:
        work.ip(ip)
    except AllocationError as error:
        ips = service["spec"]["clusterIPs"]
        why = f"failed to allocate IP {ip}: {error}"
        raise _refuse(service, "spec.clusterIPs", ips, why) from None


def _take_port(work: Transaction, service: Object, path: str, port: int) -> None:
    try:
        work.port(port)
    except AllocationError as error:
        raise _refuse(service, path, port, str(error)) from None


def _cluster_ip(work: Transaction, service: Object, old: Object | None) -> None:
    spec = service["spec"]
    held = cluster_ips(old) if old else []
    if not needs_cluster_ip(spec):
        for ip in held:
            work.drop_ip(ip)
        return
    if held or spec.get("clusterIP") == "None":
        return
    wanted = cluster_ips(service)
    for ip in wanted:
        _take_ip(work, service, ip)
    if not wanted:
        try:
            ip = work.ip()
        except AllocationError as error:
            raise errors.internal(f"failed to allocate a serviceIP: {error}") from None
        spec["clusterIP"], spec["clusterIPs"] = ip, [ip]


def _ports(work: Transaction, service: Object, old: Object | None) -> None:
    spec = service["spec"]
    health = {((old or {}).get("spec") or {}).get("healthCheckNodePort", 0)}
    before = set(node_ports(old)) - health if old else set()
    by_number: dict[int, int] = {}
    taken: set[int] = set()
    for i, port in enumerate(spec.get("ports") or () if needs_node_port(spec) else ()):
        number = port.get("nodePort", 0)
        if not number:
            if not allocates_node_ports(spec):
                continue
            shared = by_number.get(port.get("port", 0), 0) if old is None else 0
            port["nodePort"] = number = shared or _any_port(work)
        elif number not in before and number not in taken:
            _take_port(work, service, f"spec.ports[{i}].nodePort", number)
        taken.add(number)
        by_number.setdefault(port.get("port", 0), number)
    for number in before - taken:
        work.drop_port(number)


def _any_port(work: Transaction) -> int:
    try:
        return work.port()
    except AllocationError as error:
        raise errors.internal(f"failed to allocate a nodePort: {error}") from None


def _health_port(work: Transaction, service: Object, old: Object | None) -> None:
    spec = service["spec"]
    was = (old or {}).get("spec") or {}
    held, wanted = was.get("healthCheckNodePort", 0), spec.get("healthCheckNodePort", 0)
    if not needs_health_port(spec):
        if held:
            work.drop_port(held)
        return
    if held:
        return
    if wanted:
        try:
            work.port(wanted)
        except AllocationError as error:
            why = f"failed to allocate requested HealthCheck NodePort {wanted}: {error}"
            raise errors.internal(why) from None
    else:
        spec["healthCheckNodePort"] = _any_port(work)
