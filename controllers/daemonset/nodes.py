"""Which nodes should run a set's pods, and which may keep them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...apimachinery.node_affinity import NodeWish
from ...apimachinery.taints import tolerates
from .pods import tolerations

Object = dict[str, Any]


class Verdict(NamedTuple):
    run: bool
    """A pod should be there."""
    keep: bool
    """One that is there may stay."""


class Eligibility:
    """The demands of a set's template, read once and then asked for many nodes."""

    def __init__(self, owner: Object) -> None:
        spec = owner["spec"]["template"]["spec"]
        self._name = spec.get("nodeName", "")
        self._wish = NodeWish(spec)
        self._tolerations = tolerations(spec)

    def of(self, node: Object) -> Verdict:
        meta = node["metadata"]
        if self._name and self._name != meta["name"]:
            return Verdict(False, False)
        if not self._wish.matches(meta["name"], meta.get("labels") or {}):
            return Verdict(False, False)
        bad = {taint["effect"] for taint in self._not_tolerated(node.get("spec", {}).get("taints") or ())}
        if "NoExecute" in bad:
            return Verdict(False, False)
        return Verdict("NoSchedule" not in bad, True)

    def _not_tolerated(self, taints: Iterable[Object]) -> Iterable[Object]:
        for taint in taints:
            if not any(tolerates(toleration, taint) for toleration in self._tolerations):
                yield taint


def same_to_sets(one: Object, two: Object) -> bool:
    """Whether a node's change cannot matter to any set."""
    return bool(
        (one["metadata"].get("labels") or {}) == (two["metadata"].get("labels") or {})
        and (one.get("spec", {}).get("taints") or []) == (two.get("spec", {}).get("taints") or [])
    )
