"""Which pods stand behind a Service, and on which ports; shared by Endpoints and EndpointSlices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..apimachinery import labels
from ..client.informer import Handler, Informer
from ..client.workqueue import WorkQueue
from . import pods as podlib

Object = dict[str, Any]
HEADLESS = "service.kubernetes.io/headless"


def has_selector(service: Object) -> bool:
    """Services without one have their endpoints made by somebody else."""
    return bool(service["spec"].get("selector")) and service["spec"].get("type") != "ExternalName"


def is_headless(service: Object) -> bool:
    return bool(service["spec"].get("clusterIP") == "None")


def selected(service: Object, pods: Informer) -> list[Object]:
    selector = labels.from_map(service["spec"]["selector"])
    found = pods.list(service["metadata"]["namespace"])
    return [pod for pod in found if selector.matches(pod["metadata"].get("labels"))]


def serves(pod: Object, *, include_terminating: bool) -> bool:
    """Whether the pod can be an endpoint at all: with an address, not finished."""
    if podlib.is_finished(pod) or not addresses(pod):
        return False
    return include_terminating or not podlib.is_deleted(pod)


def addresses(pod: Object) -> list[str]:
    status = pod.get("status", {})
    found = [entry["ip"] for entry in status.get("podIPs") or () if entry.get("ip")]
    return found or ([status["podIP"]] if status.get("podIP") else [])


def address(pod: Object, family: str) -> str:
    """The pod's address of `family` (IPv4 or IPv6), or empty."""
    return next((ip for ip in addresses(pod) if (":" in ip) == (family == "IPv6")), "")


def hostname(pod: Object, service: Object) -> str:
    """The name a headless Service gives the pod in DNS."""
    spec = pod["spec"]
    if spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]:
        return str(spec["hostname"])
    return ""


def target_ref(pod: Object) -> Object:
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def port_number(pod: Object, service_port: Object) -> int | None:
    """The number behind `targetPort`; None when the pod has no container port of that name and protocol."""
    target = service_port.get("targetPort") or service_port["port"]
    if isinstance(target, int):
        return target
    protocol = service_port.get("protocol", "TCP")
    for port in _container_ports(pod):
        if port.get("name") == target and port.get("protocol", "TCP") == protocol:
            return int(port["containerPort"])
    return None


def _container_ports(pod: Object) -> Iterator[Object]:
    spec = pod["spec"]
    for container in spec.get("containers") or ():
        yield from container.get("ports") or ()
    for container in spec.get("initContainers") or ():
        if container.get("restartPolicy") == "Always":
            yield from container.get("ports") or ()


def fingerprint(pod: Object) -> tuple[object, ...]:
    """What of a pod its endpoints depend on, apart from its labels."""
    spec = pod["spec"]
    return (
        pod["metadata"]["uid"],
        addresses(pod),
        podlib.is_ready(pod),
        podlib.is_deleted(pod),
        podlib.is_finished(pod),
        spec.get("nodeName"),
        spec.get("hostname"),
        spec.get("subdomain"),
    )


def on_pods(services: Informer, queue: WorkQueue[str]) -> Handler:
    """A handler that enqueues the Services whose endpoints a pod's change may alter."""

    def changed(kind: str, new: Object, old: Object | None) -> None:
        for key in affected(services, new, None if kind == "DELETED" else old):
            queue.add(key)

    return changed


def affected(services: Informer, new: Object, old: Object | None) -> set[str]:
    """Keys of the Services that a pod's change concerns."""
    states = [new] if old is None or old is new else [new, old]
    if len(states) == 2:
        same_labels = new["metadata"].get("labels") == old["metadata"].get("labels") if old else False
        if same_labels and old is not None and fingerprint(new) == fingerprint(old):
            return set()
        if same_labels:
            states = [new]
    found = set()
    for service in services.list(new["metadata"]["namespace"]):
        if has_selector(service):
            selector = labels.from_map(service["spec"]["selector"])
            if any(selector.matches(state["metadata"].get("labels")) for state in states):
                found.add(f"{service['metadata']['namespace']}/{service['metadata']['name']}")
    return found
