"""The table row of a policy binding, and how it names its parameters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ..printing import UNSET, age
from ..strategy import Object


def binding_cells(obj: Object, now: datetime) -> list[Any]:
    """The row of a policy binding."""
    spec = obj.get("spec") or {}
    return [obj["metadata"]["name"], spec.get("policyName", ""), param_ref(spec), age(obj, now)]


def param_ref(spec: Object) -> str:
    """`namespace/name`, `*/name` or a selector as Go prints it; `<unset>` without parameters."""
    reference = spec.get("paramRef")
    if not reference:
        return UNSET
    if reference.get("name"):
        return f"{reference.get('namespace') or '*'}/{reference['name']}"
    selector = reference.get("selector")
    return UNSET if selector is None else _selector(selector)


def _selector(selector: Object) -> str:
    labels = selector.get("matchLabels") or {}
    pairs = "".join(f"{key}: {labels[key]}," for key in sorted(labels))
    rules = "".join(
        f"LabelSelectorRequirement{{Key:{rule.get('key', '')},Operator:{rule.get('operator', '')},"
        f"Values:[{' '.join(rule.get('values') or ())}],}},"
        for rule in selector.get("matchExpressions") or ()
    )
    matched = f"MatchLabels:map[string]string{{{pairs}}},"
    return f"&LabelSelector{{{matched}MatchExpressions:[]LabelSelectorRequirement{{{rules}}},}}"
