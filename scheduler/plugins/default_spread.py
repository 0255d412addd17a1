"""What a pod without spread constraints is a replica of: the selectors of its Services and of its owner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...apimachinery import labels
from ..pod import PodInfo

Object = dict[str, Any]
Lookup = Callable[[str], Iterable[Object]]
"""The objects of a namespace."""


class ReplicaSelectors:
    """`owners` maps the kind of an owner to its objects of a namespace."""

    def __init__(self, services: Lookup, owners: Mapping[str, Callable[[str], Object | None]]) -> None:
        self._services = services
        self._owners = owners

    def of(self, pod: PodInfo) -> labels.Selector:
        """Everything of the selectors together; `empty` when the pod is nobody's replica."""
        requirements: list[labels.Requirement] = []
        for service in self._services(pod.namespace):
            wanted = service["spec"].get("selector")
            if wanted and wanted.items() <= pod.labels.items():
                requirements += labels.from_map(wanted).requirements
        owner = self._owner(pod)
        if owner is not None:
            requirements += _selector(owner).requirements
        return labels.Selector(requirements)

    def _owner(self, pod: PodInfo) -> Object | None:
        for ref in pod.obj["metadata"].get("ownerReferences") or ():
            if ref.get("controller") and ref["kind"] in self._owners:
                return self._owners[ref["kind"]](f"{pod.namespace}/{ref['name']}")
        return None


def _selector(owner: Object) -> labels.Selector:
    wanted = owner["spec"].get("selector")
    if owner.get("kind") == "ReplicationController":
        return labels.from_map(wanted)
    return labels.from_label_selector(wanted)
