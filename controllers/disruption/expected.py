"""How many pods the controllers of a budget's pods want: the sum of their scales."""

from __future__ import annotations

from typing import Any

from ...client.informer import Informer
from ..ownership import controller_of
from ..scales import Scales

Object = dict[str, Any]


class Uncountable(Exception):  # noqa: N818
    """A pod's controller is not to be found."""


class Expected:
    """Reads the caches of the usual controllers and asks the scale subresource of any other."""

    def __init__(self, known: dict[tuple[str, str], Informer], scales: Scales) -> None:
        """`known`: group and kind → cache. A Deployment is found through its ReplicaSet."""
        self._known = known
        self._scales = scales

    async def count(self, pods: list[Object]) -> tuple[int, list[Object]]:
        """The sum, and the pods that nobody controls. Raises Uncountable, NoMatch or StatusError."""
        sizes: dict[str, int] = {}
        asked: set[str] = set()
        bare: list[Object] = []
        for pod in pods:
            ref = controller_of(pod)
            if ref is None:
                bare.append(pod)
            elif ref["uid"] not in asked:
                asked.add(ref["uid"])
                found = await self._scale(ref, pod["metadata"]["namespace"])
                if found is None:
                    raise Uncountable(f'found no controllers for pod "{pod["metadata"]["name"]}"')
                sizes[found[0]] = found[1]
        return sum(sizes.values()), bare

    async def _scale(self, ref: Object, namespace: str) -> tuple[str, int] | None:
        """Uid and size of the controller, or of the Deployment above it."""
        owner = self._cached(ref, namespace)
        if owner is not None:
            above = controller_of(owner) if ref["kind"] == "ReplicaSet" else None
            if above is not None and above["kind"] == "Deployment":
                owner = self._cached(above, namespace)
            if owner is not None:
                return owner["metadata"]["uid"], owner["spec"].get("replicas", 1)
        group, _, version = ref["apiVersion"].rpartition("/")
        (r, *_) = await self._scales.of_kind(group, ref["kind"], version)
        scale = await self._scales.get(r, ref["name"], namespace)
        if scale is None or scale["metadata"].get("uid") != ref["uid"]:
            return None
        return ref["uid"], (scale.get("spec") or {}).get("replicas", 0)

    def _cached(self, ref: Object, namespace: str) -> Object | None:
        informer = self._known.get((ref["apiVersion"].rpartition("/")[0], ref["kind"]))
        owner = informer.get(f"{namespace}/{ref['name']}") if informer is not None else None
        return owner if owner is not None and owner["metadata"]["uid"] == ref["uid"] else None
