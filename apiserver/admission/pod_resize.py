"""PodResizeValidator: a pod cannot be resized beyond its node, nor on a node that cannot resize.

Source: KEP-1287; kubernetes plugin/pkg/admission/podresize.
"""

from __future__ import annotations

from ...apimachinery import quantity
from ...apimachinery.field import quote
from ...apimachinery.quota.pod_totals import pod_requests, with_overhead
from ..registry.strategy import Object, Reader
from .plugin import UPDATE, Attributes, Plugin, forbidden

_OS_LABEL = "kubernetes.io/os"
_MEASURES = {"cpu": quantity.milli, "memory": quantity.whole}
"""The numbers that the refusal shows: thousandths of a CPU, bytes."""


def _validate(attrs: Attributes, obj: Object, old: Object, reader: Reader) -> None:
    name = obj["spec"].get("nodeName")
    if not name or obj["metadata"].get("generation") == old["metadata"].get("generation"):
        return
    node = reader.get("", "nodes", "", name)
    if node is None:
        raise forbidden(attrs, f"node {quote(name)} not found", obj)
    problems = _too_large(obj["spec"], node)
    if problems:
        why = f"Node didn't have enough allocatable resources: {'; '.join(problems)}"
        raise forbidden(attrs, why, obj)
    system = (node["metadata"].get("labels") or {}).get(_OS_LABEL, "")
    if system != "linux":
        why = f"pod resize is only supported on linux nodes, node {quote(name)} is {quote(system)}"
        raise forbidden(attrs, why, obj)


def _too_large(spec: Object, node: Object) -> list[str]:
    wanted = with_overhead(pod_requests(spec), spec)
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    problems = []
    for name, measure in _MEASURES.items():
        asked = measure(wanted[name].format()) if name in wanted else 0
        has = measure(allocatable.get(name, "0"))
        if asked > has:
            problems.append(f"{name}, requested: {asked}, allocatable: {has}")
    return problems


PLUGIN = Plugin(name="PodResizeValidator", on={("", "pods/resize"): frozenset({UPDATE})}, validate=_validate)
