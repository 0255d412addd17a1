"""The downward API: fields of the pod and resources of a container as text. Source: core/v1
ObjectFieldSelector."""

from __future__ import annotations

import re
from typing import Any

from ...apimachinery import quantity
from ...apimachinery.field import quote

Object = dict[str, Any]
POD_LEVEL = ("cpu", "memory")
"""Resources that the downward API tells and pods can limit as a whole."""
_KEYED = re.compile(r"^metadata\.(labels|annotations)\['(.+)'\]$")


def pod_field(pod: Object, path: str, pod_ip: str, host_ip: str) -> str:
    """ValueError for a path that is not supported; the API refuses those."""
    meta, spec = pod["metadata"], pod["spec"]
    keyed = _KEYED.match(path)
    if keyed:
        return str((meta.get(keyed.group(1)) or {}).get(keyed.group(2), ""))
    if path in ("metadata.labels", "metadata.annotations"):
        return _lines(meta.get(path.partition(".")[2]) or {})
    simple = {
        "metadata.name": meta["name"],
        "metadata.namespace": meta["namespace"],
        "metadata.uid": meta["uid"],
        "spec.nodeName": spec.get("nodeName", ""),
        "spec.serviceAccountName": spec.get("serviceAccountName", ""),
        "status.hostIP": host_ip,
        "status.hostIPs": host_ip,
        "status.podIP": pod_ip,
        "status.podIPs": pod_ip,
    }
    if path not in simple:
        raise ValueError(f"unsupported fieldPath: {path}")
    return str(simple[path])


def _lines(values: dict[str, str]) -> str:
    """`key="value"` a line, sorted, as Go quotes it."""
    return "\n".join(f"{key}={quote(values[key])}" for key in sorted(values))


def _of_pod(pod: Object, resource: str) -> str:
    """The pod's own limit; "" where it has none."""
    own = str(((pod["spec"].get("resources") or {}).get("limits") or {}).get(resource, "0"))
    return own if resource in POD_LEVEL and quantity.milli(own) else ""


def container_resource(pod: Object, container: Object, ref: Object, capacity: dict[str, str]) -> str:
    """A request or limit in units of `divisor`, rounded up; an absent limit is the pod's, else the node's
    capacity."""
    name = ref.get("containerName")
    if name:
        everyone = [*pod["spec"]["containers"], *(pod["spec"].get("initContainers") or [])]
        container = next((c for c in everyone if c["name"] == name), container)
    kind, _, resource = ref["resource"].partition(".")
    values = (container.get("resources") or {}).get(kind) or {}
    text = values.get(resource) or "0"
    if kind == "limits" and resource in capacity and not quantity.milli(text):
        text = _of_pod(pod, resource) or capacity[resource]
    divisor = ref.get("divisor") or "0"
    if resource == "cpu":
        unit = quantity.milli(divisor) or 1000
        return str(-(-quantity.milli(text) // unit))
    unit = quantity.whole(divisor) or 1
    return str(-(-quantity.whole(text) // unit))
