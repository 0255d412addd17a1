"""TaintNodesByCondition: a new node takes no pods until a controller has seen it ready."""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import CREATE, Attributes, Plugin

TAINT = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj.setdefault("spec", {})
    taints = spec.get("taints") or []
    if not any(t.get("key") == TAINT["key"] and t.get("effect") == TAINT["effect"] for t in taints):
        spec["taints"] = [*taints, dict(TAINT)]


PLUGIN = Plugin(name="TaintNodesByCondition", on={("", "nodes"): frozenset({CREATE})}, mutate=_admit)
