"""Extended resources (`example.com/gpu`) that device classes stand behind: the claim a pod gets for them.

Source: kube-scheduler 1.36, DRAExtendedResource.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...apimachinery import quantity

Object = dict[str, Any]

PREFIX = "deviceclass.resource.kubernetes.io/"
"""Of the resource that every class serves, followed by the name of the class."""
ANNOTATION = "resource.kubernetes.io/extended-resource-claim"
UNNAMED = "<extended-resources>"
"""Of a claim that is not written yet; no claim can be named so."""


class Classes(Mapping[str, Object]):
    """DeviceClasses by the extended resources they serve; of two for one resource, the newer one."""

    def __init__(self, classes: Iterable[Object]) -> None:
        self._found: dict[str, Object] = {}
        by_name = sorted(classes, key=lambda each: str(each["metadata"]["name"]))
        for one in sorted(by_name, key=_created, reverse=True):
            explicit = one["spec"].get("extendedResourceName")
            if explicit:
                self._found.setdefault(explicit, one)
            self._found[PREFIX + one["metadata"]["name"]] = one

    def __getitem__(self, resource: str) -> Object:
        return self._found[resource]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def names(self) -> dict[str, str]:
        """Names of the classes by resource."""
        return {resource: str(one["metadata"]["name"]) for resource, one in self._found.items()}


class Wants(NamedTuple):
    """What a pod needs of devices on a node that does not count the resources itself."""

    requests: list[Object]
    """Of the claim."""
    mappings: list[Object]
    """Of the pod's status: which container uses which request."""


def claim_for(pod: Object, requests: Sequence[Object]) -> Object:
    """The claim to be written once a node is found."""
    meta = pod["metadata"]
    owner = {"apiVersion": "v1", "kind": "Pod", "name": meta["name"], "uid": meta["uid"], "controller": True}
    return {
        "apiVersion": "resource.k8s.io/v1",
        "kind": "ResourceClaim",
        "metadata": {
            "name": UNNAMED,
            "namespace": meta["namespace"],
            "generateName": f"{meta['name']}-extended-resources-",
            "annotations": {ANNOTATION: "true"},
            "ownerReferences": [owner],
        },
        "spec": {"devices": {"requests": list(requests)}},
    }


def is_for(claim: Object, pod_uid: str) -> bool:
    """Whether the claim was made for extended resources of the pod."""
    meta = claim["metadata"]
    if (meta.get("annotations") or {}).get(ANNOTATION) != "true":
        return False
    return any(o["uid"] == pod_uid and o.get("controller") for o in meta.get("ownerReferences") or ())


def wants(spec: Object, resources: Mapping[str, str]) -> Wants:
    """The requests for a pod's resources, given the classes behind them.

    Containers that run before the others reuse what later ones have, and share what they need beyond that.
    """
    found = Wants([], [])
    initial = spec.get("initContainers") or []
    containers = [*initial, *spec["containers"]]
    brief = [
        i < len(initial) and container.get("restartPolicy") != "Always"
        for i, container in enumerate(containers)
    ]
    for resource in sorted(resources):
        _resource(found, containers, brief, resource, resources[resource])
    found.requests.sort(key=lambda request: str(request["name"]))
    return found


def _resource(
    found: Wants, containers: Sequence[Object], brief: Sequence[bool], resource: str, class_name: str
) -> None:
    lasting: list[Object | None] = [None] * len(containers)
    for i, container in enumerate(containers):
        if not brief[i]:
            lasting[i] = _request(found.mappings, i, container, resource, class_name, ())
    most: Object | None = None
    mappings: list[Object] = []
    names: set[str] = set()
    for i, container in enumerate(containers):
        if brief[i]:
            own = _request(mappings, i, container, resource, class_name, lasting[i:])
            if own is not None:
                names.add(own["name"])
                most = own if most is None or _count(most) < _count(own) else most
    for mapping in mappings:
        if most is not None and mapping["requestName"] in names:
            mapping["requestName"] = most["name"]
    found.mappings.extend(mappings)
    found.requests.extend(request for request in (most, *lasting) if request is not None)


def _request(
    mappings: list[Object],
    index: int,
    container: Object,
    resource: str,
    class_name: str,
    reusable: Sequence[Object | None],
) -> Object | None:
    """What a container needs beyond what it may reuse; who uses what goes to `mappings`."""
    asked = (container.get("resources") or {}).get("requests") or {}
    left = quantity.whole(asked[resource]) if resource in asked else 0
    if not left:
        return None
    use = {"containerName": container["name"], "resourceName": resource}
    for other in reusable:
        if other is not None:
            mappings.append({**use, "requestName": other["name"]})
            left -= _count(other)
            if left <= 0:
                return None
    name = f"container-{index}-request-{sorted(asked).index(resource)}"
    mappings.append({**use, "requestName": name})
    exactly = {"deviceClassName": class_name, "allocationMode": "ExactCount", "count": left}
    return {"name": name, "exactly": exactly}


def _count(request: Object) -> int:
    return int(request["exactly"]["count"])


def _created(device_class: Object) -> str:
    return str(device_class["metadata"].get("creationTimestamp") or "")
