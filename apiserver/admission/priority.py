"""Priority: turns a pod's priorityClassName into its numbers, and keeps PriorityClasses to one default.

Source: "Pod Priority and Preemption" in the Kubernetes documentation.
"""

from __future__ import annotations

from ..registry.strategy import Object, Reader
from .plugin import CREATE, DELETE, UPDATE, WRITES, Attributes, Plugin, forbidden

_GROUP = "scheduling.k8s.io"
SYSTEM_CLASSES = frozenset({"system-cluster-critical", "system-node-critical"})
_DEFAULT_POLICY = "PreemptLowerPriority"


def _default_class(reader: Reader) -> Object | None:
    """The global default; of several the lowest counts."""
    defaults = [c for c in reader.list(_GROUP, "priorityclasses") if c.get("globalDefault")]
    return min(defaults, key=lambda c: int(c.get("value", 0)), default=None)


def _admit_pod(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    spec = obj["spec"]
    if attrs.operation == UPDATE:
        _keep(spec, (old or {}).get("spec") or {})
        return
    name = spec.get("priorityClassName", "")
    if name:
        found = reader.get(_GROUP, "priorityclasses", "", name)
        if found is None:
            raise forbidden(attrs, f"no PriorityClass with name {name} was found", obj)
    else:
        found = _default_class(reader)
        if found is not None:
            spec["priorityClassName"] = found["metadata"]["name"]
    priority = int(found.get("value", 0)) if found else 0
    policy = (found.get("preemptionPolicy") if found else None) or _DEFAULT_POLICY
    _refuse_given(attrs, obj, priority, policy)
    spec["priority"] = priority
    spec["preemptionPolicy"] = policy


def _keep(spec: Object, old: Object) -> None:
    """An update that leaves the numbers out keeps them."""
    for name in ("priority", "preemptionPolicy"):
        if name in old and spec.get(name) is None:
            spec[name] = old[name]


def _refuse_given(attrs: Attributes, obj: Object, priority: int, policy: str) -> None:
    given, given_policy = obj["spec"].get("priority"), obj["spec"].get("preemptionPolicy")
    if given is not None and given != priority:
        raise forbidden(
            attrs,
            f"the integer value of priority ({given}) must not be provided in pod spec; priority admission "
            f"controller computed {priority} from the given PriorityClass name",
            obj,
        )
    if given_policy is not None and given_policy != policy:
        raise forbidden(
            attrs,
            f"the string value of PreemptionPolicy ({given_policy}) must not be provided in pod spec; "
            f"priority admission controller computed {policy} from the given PriorityClass name",
            obj,
        )


def _one_default(attrs: Attributes, obj: Object, old: Object | None, reader: Reader) -> None:
    if not obj.get("globalDefault"):
        return
    name = obj["metadata"].get("name", "")
    for other in reader.list(_GROUP, "priorityclasses"):
        other_name = other["metadata"]["name"]
        if other.get("globalDefault") and other_name != name:
            raise forbidden(
                attrs,
                f"PriorityClass {other_name} is already marked as default. Only one default can exist",
                obj,
            )


def _keep_system(attrs: Attributes, obj: Object | None, old: Object | None, reader: Reader) -> None:
    if attrs.name in SYSTEM_CLASSES:
        raise forbidden(attrs, "this is a system priority class and cannot be deleted")


PLUGIN = Plugin(name="Priority", on={("", "pods"): frozenset({CREATE, UPDATE})}, mutate=_admit_pod)
CLASSES = Plugin(name="Priority", on={(_GROUP, "priorityclasses"): WRITES}, validate=_one_default)
DELETIONS = Plugin(
    name="Priority", on={(_GROUP, "priorityclasses"): frozenset({DELETE})}, validate=_keep_system
)
