"""PodTopologyLabels: a pod on a node, made there or bound to it, gets the node's region and zone as labels.

Source: KEP-4742.
"""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import CREATE, Attributes, Plugin

LABELS = ("topology.kubernetes.io/region", "topology.kubernetes.io/zone")


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    name = _node_name(attrs, obj)
    node = reader.get("", "nodes", "", name) if name else None
    labels = (node["metadata"].get("labels") or {}) if node is not None else {}
    found = {key: labels[key] for key in LABELS if key in labels}
    if found:
        meta = obj["metadata"]
        meta["labels"] = {**(meta.get("labels") or {}), **found}


def _node_name(attrs: Attributes, obj: Object) -> str:
    """Of a pod, or of what a Binding binds it to."""
    if not attrs.subresource:
        return str(obj["spec"].get("nodeName") or "")
    target = obj.get("target") or {}
    return str(target.get("name", "")) if target.get("kind") in ("", None, "Node") else ""


PLUGIN = Plugin(
    name="PodTopologyLabels",
    on={("", "pods"): frozenset({CREATE}), ("", "pods/binding"): frozenset({CREATE})},
    mutate=_admit,
)
