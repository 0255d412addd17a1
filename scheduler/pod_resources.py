"""What every pod asks for and may take, one line each: `/metrics/resources`, under upstream's names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..apimachinery import exposition
from . import quantities
from .quantities import CPU, MEMORY, STORAGE, Amounts

Object = dict[str, Any]

UNITS = {CPU: "cores", MEMORY: "bytes", STORAGE: "bytes", "storage": "bytes"}
METRICS: tuple[tuple[str, str, Callable[[Object], Amounts]], ...] = (
    ("kube_pod_resource_limit", "What pods may take of a resource.", quantities.limits_of),
    ("kube_pod_resource_request", "What pods ask for of a resource.", quantities.requests_of),
)


def render(pods: Iterable[Object]) -> bytes:
    """The exposition text. Pods that have ended ask for nothing."""
    living = [pod for pod in pods if not _ended(pod)]
    lines = []
    for name, text, amounts in METRICS:
        lines += exposition.head(name, "gauge", text)
        for pod in living:
            of = _of(pod)
            for resource, amount in sorted(amounts(pod["spec"]).items()):
                if amount:
                    value = amount / 1000 if resource == CPU else float(amount)
                    labels = exposition.labels([*of, ("resource", resource), ("unit", _unit(resource))])
                    lines.append(f"{name}{{{labels}}} {value}")
    return exposition.document(lines).encode()


def _ended(pod: Object) -> bool:
    phase = (pod.get("status") or {}).get("phase")
    return bool(pod["spec"].get("nodeName")) and phase in ("Succeeded", "Failed")


def _of(pod: Object) -> list[tuple[str, str]]:
    """The labels of all of a pod's lines."""
    meta, spec = pod["metadata"], pod["spec"]
    priority = spec.get("priority")
    return [
        ("namespace", meta["namespace"]),
        ("node", spec.get("nodeName", "")),
        ("pod", meta["name"]),
        ("priority", "" if priority is None else str(priority)),
        ("scheduler", spec.get("schedulerName", "")),
    ]


def _unit(resource: str) -> str:
    if resource.startswith("hugepages-"):
        return "bytes"
    return "integer" if resource.startswith("attachable-volumes-") else UNITS.get(resource, "")
