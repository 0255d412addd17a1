"""A ready endpoint of a Service, from the watch cache (as upstream's endpoint resolver finds one)."""

from __future__ import annotations

import random
from typing import Any, NamedTuple

from ...apimachinery import field
from ..registry.strategy import Object, Reader
from .target import Service

SERVICE_NAME = "kubernetes.io/service-name"
DISCOVERY = "discovery.k8s.io"


class Endpoint(NamedTuple):
    """An address to dial. `pod` is the namespace and name of the pod behind it, empty when there is none."""

    host: str
    port: int
    pod: tuple[str, str] = ("", "")


class Unresolved(Exception):  # noqa: N818
    """The Service leads nowhere; the text says why, in upstream's words."""


def resolve(reader: Reader, rng: random.Random, service: Service) -> Endpoint:
    """A random ready endpoint. Unresolved."""
    found = reader.get("", "services", service.namespace, service.name)
    if found is None:
        raise Unresolved(f"service {field.quote(service.name)} not found")
    spec = found.get("spec") or {}
    if spec.get("type") == "ExternalName":
        return Endpoint(spec.get("externalName", ""), service.port)
    if spec.get("clusterIP") == "None":
        raise Unresolved('cannot route to service with ClusterIP "None"')
    port = _port_name(spec, service)
    choices = _ready(reader, service, port)
    if not choices:
        raise Unresolved(f"no endpoints available for service {field.quote(service.name)}")
    return rng.choice(choices)


def _port_name(spec: Object, service: Service) -> str:
    for port in spec.get("ports") or ():
        if port["port"] == service.port:
            return port.get("name") or ""
    raise Unresolved(f"no service port {service.port} found for service {field.quote(service.name)}")


def _ready(reader: Reader, service: Service, port_name: str) -> list[Endpoint]:
    return [
        Endpoint(endpoint["addresses"][0], port["port"], _pod(endpoint))
        for piece in reader.list(DISCOVERY, "endpointslices", service.namespace)
        if (piece["metadata"].get("labels") or {}).get(SERVICE_NAME) == service.name
        for port in piece.get("ports") or ()
        if (port.get("name") or "") == port_name and port.get("port")
        for endpoint in piece.get("endpoints") or ()
        if endpoint.get("addresses") and _is_ready(endpoint)
    ]


def _is_ready(endpoint: Object) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False


def _pod(endpoint: Object) -> tuple[str, str]:
    reference: dict[str, Any] = endpoint.get("targetRef") or {}
    if reference.get("kind") != "Pod":
        return "", ""
    return reference.get("namespace", ""), reference.get("name", "")
