"""RuntimeClass: a pod takes overhead, node selector and tolerations from its class.

Source: "Runtime Class" and "Pod Overhead" in the Kubernetes documentation.
"""

from __future__ import annotations

from ...apimachinery import quantity
from ..registry.strategy import Object, Reader
from .plugin import CREATE, Attributes, Plugin, forbidden

_GROUP = "node.k8s.io"


def _class_of(attrs: Attributes, obj: Object, reader: Reader) -> Object | None:
    name = obj["spec"].get("runtimeClassName")
    if not name:
        return None
    found = reader.get(_GROUP, "runtimeclasses", "", name)
    if found is None:
        raise forbidden(attrs, f'pod rejected: RuntimeClass "{name}" not found', obj)
    return found


def _overhead(runtime_class: Object | None) -> Object | None:
    fixed: Object | None = ((runtime_class or {}).get("overhead") or {}).get("podFixed")
    return fixed


def _same(a: Object, b: Object) -> bool:
    return a.keys() == b.keys() and all(quantity.parse(a[k]) == quantity.parse(b[k]) for k in a)


def _admit(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    runtime_class = _class_of(attrs, obj, reader)
    if runtime_class is None:
        return
    overhead = _overhead(runtime_class)
    if overhead:
        given = spec.get("overhead")
        if given and not _same(given, overhead):
            why = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
            raise forbidden(attrs, why, obj)
        spec["overhead"] = dict(overhead)
    scheduling = runtime_class.get("scheduling") or {}
    _select_nodes(attrs, obj, scheduling.get("nodeSelector") or {})
    wanted = scheduling.get("tolerations") or []
    if wanted:
        given = spec.get("tolerations") or []
        spec["tolerations"] = [*given, *(dict(t) for t in wanted if t not in given)]


def _select_nodes(attrs: Attributes, obj: Object, wanted: Object) -> None:
    if not wanted:
        return
    selector = dict(obj["spec"].get("nodeSelector") or {})
    for key, value in wanted.items():
        if selector.get(key, value) != value:
            raise forbidden(
                attrs,
                f"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; "
                f"pod.spec.nodeSelector[{key}] = {selector[key]}",
                obj,
            )
        selector[key] = value
    obj["spec"]["nodeSelector"] = selector


def _check(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    given = obj["spec"].get("overhead")
    if given and not _overhead(_class_of(attrs, obj, reader)):
        why = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"
        raise forbidden(attrs, why, obj)


PLUGIN = Plugin(name="RuntimeClass", on={("", "pods"): frozenset({CREATE})}, mutate=_admit, validate=_check)
