"""PodTopologyLabels: a pod that is bound to a node gets the node's region and zone as labels.

Source: KEP-4742.
"""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import CREATE, Attributes, Plugin

LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    target = obj.get("target") or {}
    node = (
        reader.get("", "nodes", "", target.get("name", ""))
        if target.get("kind") in ("", None, "Node")
        else None
    )
    labels = (node["metadata"].get("labels") or {}) if node is not None else {}
    found = {key: labels[key] for key in LABELS if key in labels}
    if found:
        meta = obj["metadata"]
        meta["labels"] = {**(meta.get("labels") or {}), **found}


PLUGIN = Plugin(
    name="PodTopologyLabels",
    on={("", "pods/binding"): frozenset({CREATE}), ("", "bindings"): frozenset({CREATE})},
    mutate=_admit,
)
